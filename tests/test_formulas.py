"""Formulas as text: what is written in Python means the tree, and each dialect its parentheses."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.formulas.c_functions import Kernels
from autograd_lite.formulas.python import PYTHON, TOTAL_PYTHON
from autograd_lite.formulas.symbol import (
    Symbol,
    fold,
    latex_text,
    partials_of,
    plain_text,
    symbols,
)
from autograd_lite.primitives import TABLE

NAMES = {"a": 1.5, "b": -0.75, "c": 3.0}
OPERATORS = [row for row in TABLE.values() if row.operator]
LEAVES = st.one_of(st.sampled_from(sorted(NAMES)).map(Symbol), st.sampled_from([2.0, -3.0, 0.5]))


def operations(operands):
    def of(row):
        return st.tuples(*[operands] * len(row.operands)).map(lambda xs: Symbol._apply(row, xs))

    return st.sampled_from([*OPERATORS, TABLE["tanh"], TABLE["atan2"]]).flatmap(of)


def value(tree):
    def operation(node, xs):
        return float(ag.primitive.apply(node.op, tuple(xs)))

    return fold(tree, operation, lambda x: NAMES[x.name] if isinstance(x, Symbol) else x)


@given(tree=st.recursive(LEAVES, operations, max_leaves=12))
def test_python_text_means_the_tree(tree):
    wanted = value(tree)
    names = {**TABLE, **NAMES, "inf": math.inf, "nan": math.nan}
    for dialect in (PYTHON, TOTAL_PYTHON):
        try:
            found = eval(dialect.text(tree), {"__builtins__": {}}, names)
        except ArithmeticError:  # an operator where its primitive gives inf or nan
            assert dialect is PYTHON
            continue
        assert found == wanted or (math.isnan(found) and math.isnan(wanted))


x, y = symbols("xy")


@pytest.mark.parametrize(
    ("tree", "plain", "latex"),
    [
        (x - (y - 1.0), "x − (y − 1.0)", r"x - \left(y - 1\right)"),
        ((x + y) // (x * y), "⌊(x + y) / (x · y)⌋",
         r"\left\lfloor\frac{x + y}{x \cdot y}\right\rfloor"),
        (abs(x + y), "|x + y|", r"\left|{x + y}\right|"),
        ((x * y) ** 2.0, "(x · y)²", r"\left(x \cdot y\right)^{2}"),
        (TABLE["hypot"](x * y, -2.0), "hypot(x · y, -2.0)",
         r"\sqrt{\left(x \cdot y\right)^2 + \left(-2\right)^2}"),
        (TABLE["dot"]([x, y], [y, 2.0]), "dot(x, y, y, 2.0)",
         r"\left(x, y\right) \cdot \left(y, 2\right)"),
        (ag.where(x <= y, x, ag.where(x < 1.0, y, 1.0)) * 2.0,
         "(x if x ≤ y else (y if x < 1.0 else 1.0)) · 2.0",
         r"\left(\begin{cases}x & x \le y\\y & x < 1\\1 & \text{else}\end{cases}\right) \cdot 2"),
    ],
)  # fmt: skip
def test_parentheses_stand_where_they_are_needed(tree, plain, latex):
    assert plain_text(tree) == plain
    assert latex_text(tree) == latex


def test_a_symbol_is_neither_true_nor_false():
    with pytest.raises(TypeError, match="where"):
        bool(x < y)


def test_a_reduction_has_partials_of_one_step():
    assert [str(p) for p in partials_of(TABLE["dot"])] == ["y", "x"]


def test_a_number_in_a_branch_that_is_chosen_stays_a_number():
    assert ag.where(1.0 < 2.0, 0.5, x) == 0.5
    assert str(x * ag.where(1.0 < 2.0, -0.5, x)) == "x * (-0.5)"


def test_c_has_a_rule_once_where_the_partials_call_it_too():
    kernels, row = Kernels(), TABLE["digamma"]  # a partial of lgamma, and a row
    kernels.reverse(TABLE["lgamma"], masked=False)
    kernels.forward(row)
    assert "= al_digamma(x)" in kernels.functions["digamma_forward"]
    assert "\n".join(kernels.helpers.parts).count("al_digamma(double x)") == 1
