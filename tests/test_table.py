"""One loop over the table: every row against mpmath. A new row is tested by existing."""

import functools
import itertools
import math
import operator
import random
import sys
from math import inf, nan

import pytest
from mpmath import mp, mpf
from truth import as_float, truth

from autograd_lite import gradients, no_grad, polygamma, primitive, primitives
from autograd_lite.formulas.c import C
from autograd_lite.formulas.c_functions import value_in_c
from autograd_lite.formulas.symbol import latex_text, partials_of, value_of
from autograd_lite.primitive import Primitive, Reduction
from autograd_lite.primitives import TABLE

EXTREME = [
    0.0, 1e-300, -1e-300, 1e-12, -1e-12, 0.5, -0.5, 1.0, -1.0, 1.5, 2.0, -3.7, 20.0, -20.0, 40.0,
    -36.0, 700.0, -700.0, 750.0, -750.0, 1e5, -1e5, 1e154, -1e154, 1e308, -1e308, inf, -inf, nan,
]  # fmt: skip
SLOW = {"gamma", "lgamma", "digamma", "polygamma_1", "sin", "cos", "tan"}  # in mpmath, far out
ROWS = [pytest.param(row, id=row.name) for row in TABLE.values()]
# Python's `math` has algorithms of its own for these, not the C library's (in some versions).
NOT_LIBM = {"erf", "erfc", "gelu", "cbrt"} if sys.version_info < (3, 11) else set()
UNARY = [
    pytest.param(row, id=row.name)
    for row in TABLE.values()
    if len(row.operands) == 1 and not row.variadic
]


def close(got, wanted, rel, absolute=0.0):
    wanted = as_float(wanted)
    if wanted != wanted:
        return got != got
    if math.isinf(wanted) or math.isinf(got):
        return got == wanted or abs(got) > 1e307 < abs(wanted)
    return abs(got - wanted) <= rel * abs(wanted) + absolute + 1e-307


def samples(row, count=25):
    rng = random.Random(row.name)
    for i in range(count):
        domain = row.domain
        if isinstance(row, Reduction):
            domain = [d for d in domain for _ in range(1 + i % 6)]
        yield tuple(rng.uniform(low, high) for low, high in domain)


def run(Value, row, xs):
    """Value and partials of `row` at `xs`, as the engine records them."""
    node = Value._apply(row, tuple(map(Value, xs)))
    return node.data, node.partials


@pytest.mark.parametrize("row", ROWS)
def test_value_and_partials_at_ordinary_points(Value, row):
    for xs in samples(row):
        data, partials = run(Value, row, xs)
        # An ulp of the operands of a sum that cancels is no error of the sum.
        scale = sum(map(abs, xs)) * 1e-15 if row.name in ("add", "sub", "sum", "dot") else 0.0
        condition = 2e-15 if row.name in ("lgamma", "digamma", "logsumexp") else 0.0
        assert close(data, truth(row, *xs), 1e-13, scale + condition), (xs, data, truth(row, *xs))
        assert len(partials) == len(xs)
        for i, partial in enumerate(partials):
            if row.name == "power" and i == 1:
                continue  # its exponent is always a number
            order = tuple(int(j == i) for j in range(len(xs)))
            slope = mp.diff(lambda *t: truth(row, *t), xs, order)
            assert close(partial, slope, 1e-11, 1e-15), (xs, i, partial, slope)


@pytest.mark.parametrize("row", UNARY)
def test_value_of_functions_at_extreme_points(Value, row):
    checked = 0
    for x in EXTREME:
        data, _ = run(Value, row, (x,))
        if x != x:
            assert data != data, "nan must propagate"
            continue
        if row.name in SLOW and abs(x) > 100:
            continue
        wanted = truth(row, x)
        if wanted is None or mp.isnan(wanted):
            continue
        checked += 1
        assert close(data, wanted, 1e-12 if abs(x) > 5 else 1e-13), (x, data, wanted)
    assert checked >= 5


@pytest.mark.parametrize("row", ROWS)
def test_second_order_by_the_rule_on_values(Value, row):
    for xs in samples(row, 4):
        leaves = [Value(x) for x in xs]
        arity = 1 if row.name == "power" else len(xs)
        operands = leaves if row.name != "power" else [leaves[0], xs[1]]
        y = Value._apply(row, tuple(operands))
        for i, slope in enumerate(gradients(y, leaves[:arity], create_graph=True)):
            for j, second in enumerate(gradients(slope, leaves[:arity])):
                order = [0] * len(xs)
                order[i] += 1
                order[j] += 1
                wanted = mp.diff(lambda *t: truth(row, *t), xs, tuple(order))
                assert close(second, wanted, 1e-9, 1e-10), (xs, i, j, second, wanted)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_shown_as_latex_and_c(row):
    assert row.label
    assert row.latex.count("{") == row.latex.count("}")
    for partial in partials_of(row):
        assert latex_text(partial)
    if not isinstance(row, Reduction):
        assert latex_text(value_of(row))
        text = C.text(value_in_c(row))
        assert text.count("(") == text.count(")")
        for name, partial in zip(row.operands, partials_of(row)):
            assert name in text or partial == 0.0  # what makes no difference need not be read


@pytest.mark.parametrize("row", ROWS)
def test_values_and_plain_numbers_give_the_same(Value, row):
    for xs in samples(row, 3):
        with no_grad():
            got, plain = Value._apply(row, tuple(map(Value, xs))).data, primitive.apply(row, xs)
            assert got == plain or (
                row.name in NOT_LIBM and math.isclose(got, plain, rel_tol=4e-15)
            )


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("x", [-2.7, -0.3, 0.2, 0.5, 1.0, 1.4616, 3.3, 30.0])
def test_polygamma_of_any_order(Value, order, x):
    assert close(polygamma(order, Value(x)).data, mp.polygamma(order, mpf(x)), 1e-12)


@pytest.mark.parametrize(
    ("order", "x"),
    [(16, 3.3), (17, 3.3), (17, -0.3), (20, 1e13), (30, -2.25), (120, 5000.0), (150, 200.0),
     (163, 0.7), (164, 2.0), (170, 30.0), (170, 1000.0)],
)  # fmt: skip
def test_polygamma_of_high_orders(Value, order, x):
    """n! is huge there, and the powers are tiny: neither may be an infinity or a 0 by itself."""
    with mp.workdps(60):
        value, slope = (mp.polygamma(n, mpf(x)) for n in (order, order + 1))
    leaf = Value(x)
    y = polygamma(order, leaf)
    y.backward()
    assert y.data == pytest.approx(float(value), rel=1e-11)
    assert leaf.grad == pytest.approx(float(slope), rel=1e-11)


@pytest.mark.parametrize("x", [-3.3, -0.5, 0.1, 2.0, 12.0, 1e10])
def test_digamma_on_both_sides(Value, x):
    assert close(primitives.digamma(Value(x)).data, mp.digamma(mpf(x)), 1e-13)


def test_the_truth_of_an_unknown_row_is_its_own_formula_in_high_precision():
    row = Primitive("hill", lambda x: 1.0 / (1.0 + x * x), lambda out, x: (-2.0 * x * out * out,))
    assert close(row(0.7), truth(row, 0.7), 1e-15)


OPERANDS = (-3.5, -1.0, 0.0, 2.0, 7.25)


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.operator], ids=repr)
def test_what_a_row_says_of_pythons_operator_holds(row):
    function = getattr(operator, row.operator)
    for xs in itertools.product(OPERANDS, repeat=len(row.operands)):
        try:
            expected = function(*xs)
        except ArithmeticError:  # where the row follows IEEE 754
            continue
        if not isinstance(expected, complex):
            assert row(*xs) == expected
    if row.infix:
        assert row(5.0, 2.0) == eval(f"5.0 {row.infix} 2.0")


@pytest.mark.parametrize(
    "row", [row for row in TABLE.values() if row.neutral is not None], ids=repr
)
def test_a_neutral_operand_changes_nothing(row):
    for x in OPERANDS:
        assert row(x, row.neutral) == x


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.commutative], ids=repr)
def test_operands_of_a_commutative_row_may_change_places(row):
    assert all(row(x, y) == row(y, x) for x in OPERANDS for y in OPERANDS)


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.unfolds], ids=repr)
def test_a_reduction_unfolds_into_the_operations_it_names(row):
    rows = [OPERANDS, OPERANDS[::-1]][: row.columns]
    *within, joins = row.unfolds
    terms = [functools.reduce(within[0] if within else joins, term) for term in zip(*rows)]
    assert row(*rows) == functools.reduce(joins, terms)


OPERATORS = [
    pytest.param(row, id=row.name)
    for row in TABLE.values()
    if row.operator and len(row.operands) == 2 and row.name != "power"
]


@pytest.mark.parametrize("row", OPERATORS)
def test_an_operator_records_what_its_row_says_beside_numbers_too(Value, row):
    infix, count = getattr(operator, row.operator), 0
    for a, b in itertools.product(EXTREME, repeat=2):
        x, y = Value(a), Value(b)
        wanted = Value._apply(row, (x, y))
        both, right, left = infix(x, y), infix(x, b), infix(a, y)
        if row.name == "pow":  # whose constant exponents have a row of their own
            right = Value._apply(row, (x, b))
        assert (both.op, both.args, both.parents) == (row, (x, y), (x, y))
        assert (right.parents, left.parents) == ((x,), (y,))
        assert repr((*right.args, *left.args)) == repr((x, b, a, y))
        assert repr([both.data, right.data, left.data]) == repr([wanted.data] * 3)
        partials = (*both.partials, *right.partials, *left.partials)
        for partial, same in zip(partials, (*wanted.partials, *wanted.partials)):
            assert repr(partial) == repr(same), (a, b)
            count += 1
    assert count == 4 * len(EXTREME) ** 2


@pytest.mark.parametrize("row", ROWS)
def test_a_row_gives_floats_and_a_tuple_of_floats(row):
    for xs in samples(row):
        value = row.evaluate(*xs)
        partials = row.partials(value, *xs)
        assert type(partials) is tuple
        assert [type(x) for x in (value, *partials)] == [float] * (1 + len(xs))
