"""paths and explain: against brute force and `gradients`, and the words and numbers they show."""

import itertools
import math
import random
import re
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import explain, gradients, paths, topological_order
from autograd_lite.formulas.symbol import Symbol, symbols
from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE
from autograd_lite.special_rows import SPECIAL
from autograd_lite.views.formula.by_hand import LATEX, PLAIN
from autograd_lite.views.formula.writer import FormulaWriter
from autograd_lite.views.latex import latex_name, latex_number
from autograd_lite.views.names import names
from autograd_lite.views.rows import written_as
from autograd_lite.views.text import (
    number,
    operation_text,
    shortened,
    terminal_width,
    text_width,
)

OPERATIONS = (
    lambda x, y: x + y,
    lambda x, y: x * y,
    lambda x, y: x - 2.0 * y,
    lambda x, y: ag.dot([x, y, x], [y, 3.0, x]),
    lambda x, y: ag.max(x, y),
    lambda x, y: x.tanh(),
    lambda x, y: x.relu(),
    lambda x, y: (y - x) ** 2,
)
recipes = st.lists(
    st.tuples(st.integers(0, len(OPERATIONS) - 1), st.integers(0, 4), st.integers(0, 4)),
    max_size=8,
)
numbers = st.sampled_from([-2.0, -0.75, 0.0, 0.5, 1.0, 3.0])


def built(Value, recipe, data):
    """A graph whose operations reach back a few nodes; its leaf x and its root."""
    nodes = [Value(data), Value(1.5), Value(-0.5)]
    for which, i, j in recipe:
        nodes.append(OPERATIONS[which](nodes[-1 - i % len(nodes)], nodes[-1 - j % len(nodes)]))
    return nodes[0], nodes[-1]


def every_path(x, root):
    """The product of each path, from the root down, by walking them all."""
    found, stack = [], [(root, 1.0)]
    while stack:
        node, product = stack.pop()
        if node is x:
            found.append(product)
        else:
            stack += [(p, product * d) for p, d in zip(node.parents, node.partials)]
    return found


def bits(x):
    return struct.pack("d", x)


def the_neuron(Value):
    def named(v, label):
        v.label = label
        return v

    x, w, b = Value(2.0, label="x1"), Value(-0.6, label="w1"), Value(1.3, label="b")
    p = named(x * w, "p")
    u = named(w * w, "u")
    a = named((named(p + b, "z")).tanh(), "a")
    return x, w, b, named(a + u, "L")


# Paths --------------------------------------------------------------------------------------------


@given(recipe=recipes, data=numbers, top=st.integers(0, 30))
def test_the_largest_paths_are_those_of_brute_force(Value, recipe, data, top):
    x, root = built(Value, recipe, data)
    truth = sorted(every_path(x, root), key=abs, reverse=True)
    found = paths(x, root, top)
    assert found.count == len(truth)
    assert len(found) == min(top, len(truth))
    assert [abs(p.product) for p in found] == pytest.approx(
        [abs(p) for p in truth[:top]], rel=1e-12
    )
    assert bits(found.total) == bits(gradients(root, x) if truth else 0.0)
    assert found.shown + found.remainder == pytest.approx(found.total, rel=1e-12, abs=1e-12)
    if len(found) == len(truth):
        assert found.remainder == 0.0
        assert found.shown == pytest.approx(found.total, rel=1e-12, abs=1e-10)
        if any(truth):
            assert found.share == pytest.approx(1.0)


@given(recipe=recipes, data=numbers)
def test_a_path_is_a_way_through_the_graph(Value, recipe, data):
    x, root = built(Value, recipe, data)
    seen = set()
    for path in paths(x, root, 50):
        assert path.nodes[0] is x
        assert path.nodes[-1] is root
        for k, (node, after) in enumerate(itertools.pairwise(path.nodes)):
            assert after.parents[path.operands[k]] is node
            assert after.partials[path.operands[k]] == path.partials[k]
        assert path.product == math.prod(reversed(path.partials))
        seen.add((path.operands, path.nodes))
    assert len(seen) == len(paths(x, root, 50))


def test_two_to_the_200_paths_are_counted_and_not_walked(Value):
    x = Value(3.0, label="x")
    y = x
    for _ in range(200):
        y = y + y
    found = paths(x, y, 3)
    assert found.count == 2**200
    assert found.total == 2.0**200
    assert [path.product for path in found] == [1.0] * 3
    assert len({path.operands for path in found}) == 3
    assert "About 1.6×10⁶⁰ paths from x to v198; the 3 with the largest products" in str(found)


def test_the_largest_of_very_many_paths_are_exact(Value):
    """Each layer has a strong and a weak way, so the products are known: 3^(n - k) 2^k."""
    x = y = Value(1.0)
    for _ in range(60):
        y = 3.0 * y - 2.0 * y
    found = paths(x, y, 62)
    assert [path.product for path in found] == pytest.approx(
        [3.0**60] + [-(3.0**59) * 2.0] * 60 + [3.0**58 * 4.0]
    )
    assert found.count == 2**60
    assert found.total == 1.0


@pytest.mark.slow
def test_a_count_of_thousands_of_digits_is_shown(Value):
    x = y = Value(0.0, label="x")
    for _ in range(20_000):
        y = y + y
    found = paths(x, y, 1)
    assert found.count == 2**20_000
    assert "About 4.0×10⁶⁰²⁰ paths" in str(found)
    assert found.total == math.inf


def test_products_of_zero_come_last_and_undefined_ones_first(Value):
    x = Value(0.0, label="x")
    root = ag.sum([x * 2.0, x * 0.0, x.sqrt() * 1.0, x.sqrt() * 0.0, x * -5.0])
    products = [path.product for path in paths(x, root)]
    assert products[0] != products[0]
    assert products[1:] == [math.inf, -5.0, 2.0, 0.0]
    assert paths(x, root).total != paths(x, root).total
    assert [p.product for p in paths(x, root, 3)][1:] == [math.inf, -5.0]
    assert "nan" in str(paths(x, root))


def test_cancelling_paths_still_have_shares_that_add_up(Value):
    x = Value(1.0, label="x")
    found = paths(x, ag.sum([100.0 * x, -100.0 * x, x]), 2)
    assert [path.product for path in found] == [100.0, -100.0]
    assert (found.total, found.shown, found.remainder) == (1.0, 0.0, 1.0)
    assert found.share == pytest.approx(200 / 201)


def test_a_complete_list_leaves_no_remainder(Value):
    x = Value(1.0)
    found = paths(x, ag.sum([0.3 * x, 0.2 * x, 0.1 * x]))
    assert found.shown != found.total  # added in another order
    assert found.remainder == 0.0


def test_the_table_is_aligned(Value):
    _, w, _, L = the_neuron(Value)
    assert str(paths(w, L)) == (
        "3 paths from w1 to L; the products along them add up to w1.grad.\n"
        "                                               share\n"
        "  w1 → p → z → a → L  2 × 1 × 0.99 × 1 = 1.98    62%\n"
        "  w1′ → u → L                 −0.6 × 1 = −0.6    19%\n"
        "  w1″ → u → L                 −0.6 × 1 = −0.6    19%\n"
        "  ──────────────────────────────────────────────────\n"
        "  w1.grad                              = 0.78\n"
        "\n"
        "  ′, ″: the first, the second of several operands that are one Value."
    )


def test_a_long_path_shows_its_ends(Value):
    x = y = Value(1.0, label="x")
    for _ in range(1000):
        y = y.sin()
    text = str(paths(x, y))
    assert "x → v0 → v1 → v2 → … 993 more … → v996" in text
    assert max(map(len, text.splitlines())) < 150


def test_x_may_be_interior_the_root_itself_or_elsewhere(Value):
    x = Value(2.0, label="x")
    u = x * x
    u.label = "u"
    y = u * 3.0 + u
    assert [p.product for p in paths(u, y)] == [3.0, 1.0]
    assert paths(x, x).total == 1.0
    assert [p.product for p in paths(x, x)] == [1.0]
    assert "x is the result itself, so x.grad = 1" in str(paths(x, x))
    nowhere = paths(y, u)
    assert (len(nowhere), nowhere.count, nowhere.total) == (0, 0, 0.0)
    assert "u does not depend on v0, so u.backward() adds nothing to v0.grad." in str(nowhere)
    assert "u does not depend on v0" in str(explain(y, u))
    assert str(nowhere).endswith("But v0 depends on u: swap the two.")
    assert "depends on" not in str(explain(Value(1.0), u))
    assert explain(y, u).gradient == 0.0
    assert explain(x, x).gradient == 1.0
    for found in (nowhere, paths(x, x), explain(y, u), explain(x, x)):
        assert found._repr_latex_().startswith("$")


# Explain ------------------------------------------------------------------------------------------


@given(recipe=recipes, data=numbers)
def test_the_steps_give_the_gradient_to_the_last_bit(Value, recipe, data):
    x, root = built(Value, recipe, data)
    found = explain(x, root)
    assert bits(found.gradient) == bits(gradients(root, x))
    now = {root: 1.0}
    for step in found.steps:
        assert step.gradient == now[step.node]
        assert step.before == now.get(step.parent)
        now[step.parent] = now.get(step.parent, -0.0) + step.partial * step.gradient
        assert bits(step.after) == bits(now[step.parent])
    if found.steps:
        assert bits(now[x]) == bits(found.gradient)
        assert {step.node for step in found.steps} <= set(topological_order(root))


@given(recipe=recipes, data=numbers)
def test_steps_come_in_the_order_of_backward(Value, recipe, data):
    x, root = built(Value, recipe, data)
    place = {node: k for k, node in enumerate(topological_order(root))}
    places = [place[step.node] for step in explain(x, root).steps]
    assert places == sorted(places, reverse=True)


def test_an_explanation_reads_well(Value):
    _, w, _, L = the_neuron(Value)
    text = str(explain(w, L))
    assert text == TEXT + str(paths(w, L))
    assert repr(explain(w, L)) == text


TEXT = """\
w1.grad after L.backward(): how much does L change when w1 changes?

Start at L with L.grad = 1 and go back towards w1:

1. L = a + u
   a.grad += ∂L/∂a · L.grad = 1 × 1 = 1
   u.grad += ∂L/∂u · L.grad = 1 × 1 = 1
2. u = w1·w1 = w1′·w1″
   w1.grad += ∂u/∂w1′ · u.grad = −0.6 × 1 = −0.6   (∂(w1′·w1″)/∂w1′ = w1″)
   w1.grad += ∂u/∂w1″ · u.grad = −0.6 × 1 = −0.6   (∂(w1′·w1″)/∂w1″ = w1′)
           accumulates: −0.6 − 0.6 = −1.2
3. a = tanh(z)
   z.grad += ∂a/∂z · a.grad = 0.99 × 1 = 0.99      (∂a/∂z = 1 − a²)
4. z = p + b
   p.grad += ∂z/∂p · z.grad = 1 × 0.99 = 0.99
5. p = x1·w1
   w1.grad += ∂p/∂w1 · p.grad = 2 × 0.99 = 1.98    (∂p/∂w1 = x1)
           accumulates: −1.2 + 1.98 = 0.78

So w1.grad = 0.78.

"""


def test_grad_that_holds_something_else_is_told(Value):
    _, w, _, L = the_neuron(Value)
    L.backward()
    assert "holds" not in str(explain(w, L))
    L.backward()
    assert "w1.grad holds 1.56 now, not this 0.78: leaves add up" in str(explain(w, L))
    assert w.grad == 2 * explain(w, L).gradient


def test_constants_stand_before_and_after(Value):
    x = Value(4.0, label="x")
    text = str(explain(x, (2.0 / x).log() - 1.0))
    assert "3. 2/x\n   x.grad += ∂(2/x)/∂x · (2/x).grad = −0.125 × 2 = −0.25 " in text
    assert "(∂(2/x)/∂x = −2/x/x)" in text


def test_nothing_is_changed(Value):
    _, w, _, L = the_neuron(Value)
    str(explain(w, L)), str(paths(w, L))
    assert all(node.grad == 0.0 for node in topological_order(L))


def test_a_long_explanation_shows_both_ends(Value):
    x = y = Value(1.5, label="x")
    for _ in range(100):
        y = (y * x).sin()
    text = str(explain(x, y, steps=6))
    assert "⋮  294 steps left out (steps=None shows all)" in text
    assert text.count("accumulates") == 2
    assert len(str(explain(x, y)).splitlines()) < 120
    assert "left out" not in str(explain(x, y, steps=None))
    assert "left out" in explain(x, y, steps=6).latex
    assert "⋮  300 steps left out" in str(explain(x, y, steps=0))


def test_a_wide_dot_product_shows_the_operands_on_the_way(Value):
    w = [Value(float(i)) for i in range(100)]
    y = ag.dot(w, [2.0] * 100)
    text = str(explain(w[70], y, name_from={"w": w, "y": y}))
    assert "1. y = … (99 more) + w[70]·2" in text


def test_kinks_say_why(Value):
    kink = "(0 is a choice: ReLU(x) has a kink at x = 0)"
    for data, reason in ((2.0, "(since x > 0)"), (-2.0, "(since x < 0)"), (0.0, kink)):
        x = Value(data, label="x")
        assert reason in str(explain(x, x.relu()))
    x = Value(-1.0, label="x")
    assert "(∂ELU(x, 1)/∂x = exp(x), since x ≤ 0)" in str(explain(x, x.elu() * 2.0))
    assert "since" not in str(explain(x, x.silu()))  # its guards against overflow are no kinks
    x, y = Value(2.0, label="x"), Value(1.0, label="y")
    assert "(since max(x, y) > y)" in str(explain(y, ag.max(x, y)))


def test_nothing_is_said_of_numbers_that_a_leaf_no_longer_holds(Value):
    w, x = Value(0.5, label="w"), Value(3.0, label="x")
    loss = (w * x - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    before = explain(w, loss)
    formulas, text = before.latex, str(before)
    w.data -= 0.1 * w.grad
    after = explain(w, loss)
    note = (
        "w·x was computed from other numbers than its operands hold now; those here were recorded "
        "then.\n"
    )
    assert str(after).replace(note, "", 1) == text
    assert note not in text
    assert after.latex == formulas
    assert "约定" not in str(explain(w, loss, language="zh"))


@pytest.mark.parametrize(
    ("function", "then", "now", "rule"),
    [
        (lambda x: x.relu(), 2.0, -2.0, ""),
        (lambda x: x.elu(), 2.0, -2.0, ""),
        (lambda x: x.floor(), 2.5, 3.5, ""),
        (lambda x: ag.max(x, 1.0), 2.0, -2.0, ""),
        (lambda x: ag.logsumexp([x, 1.0, 2.0]), 2.0, -2.0, ""),
        (lambda x: x.log(), 2.0, math.inf, ""),
        (lambda x: x * 1.0, math.nan, 2.0, ""),
        (abs, 2.0, -2.0, "∂y/∂x = sign(x)"),  # its value is the same: only the partial tells
        (lambda x: x**2, 2.0, -2.0, "∂y/∂x = 2·x"),
        (lambda x: x.tanh(), 2.0, 0.0, "∂y/∂x = 1 − y²"),
    ],
)
def test_a_rule_that_depends_on_numbers_is_not_told_of_others(Value, function, then, now, rule):
    x = Value(then, label="x")
    y = function(x)
    y.label = "y"
    x.data = now
    text = str(explain(x, y))
    assert "y was computed from other numbers" in text
    assert (f"({rule})" in text) if rule else ("(" not in text.splitlines()[5])
    x.data = then
    assert "other numbers" not in str(explain(x, y))


def test_nodes_whose_operands_have_changed_are_named_unless_they_may_be_random(Value):
    x = Value(2.0, label="x")
    y = ((x * 2.0).tanh() + x * 3.0) * (x * 4.0 + x * 5.0)
    x.data = 1.0
    text = str(explain(x, y, name_from={"y": y}))
    assert re.search(r"^x·\d, x·\d, x·\d, … were computed from other numbers than", text, re.M)
    noise = ag.Primitive("noise", lambda x: x + random.random(), lambda out, x: (1.0,))
    assert "other numbers" not in str(explain(x, noise(x)))


def test_notebooks_get_formulas_and_text(Value):
    _, w, _, L = the_neuron(Value)
    found = explain(w, L)
    bundle = found._repr_mimebundle_()
    assert set(bundle) == {"text/latex", "text/plain"}
    assert bundle["text/plain"] == str(found)
    latex = bundle["text/latex"]
    assert latex.startswith(r"$\displaystyle \begin{array}{l}")
    assert r"\frac{\partial a}{\partial z} = 1 - a^{2}" in latex
    assert r"\frac{\partial (w_{1}' \cdot w_{1}'')}{\partial w_{1}'} = w_{1}''" in latex
    assert r"w_{1}.\mathrm{grad} &\mathrel{+}= \frac{\partial p}{\partial w_{1}} \cdot p" in latex
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert latex.count("{") == latex.count("}")


LABELS = ["w_1", "100%", "L#", "a b", "{x", "$5", "a&b", "back\\slash", "~", "^", "w1[2]", "<b>",
          "\ud800", "a\nb", "x²", "_", "layers.0.weight", "[0]", "%\\", "", "重み",
          "שלום"]  # fmt: skip


@pytest.mark.parametrize("label", LABELS, ids=range(len(LABELS)))
def test_any_label_can_be_shown(Value, label):
    x = Value(3.0, label=label)
    y = x * x + x.relu()
    for text in (str(explain(x, y)), str(paths(x, y)), explain(x, y).latex):
        text.encode()
    bare = explain(x, y).latex.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    mathtext = pytest.importorskip("matplotlib.mathtext")
    if label.isascii():  # its fonts have no others
        mathtext.MathTextParser("path").parse(f"${latex_name(names([x])[x])}$")


@given(
    st.lists(st.sampled_from(["w", "w1", "w_1", "w[1]", "w2", "w_in", "loss_2", "重2"]), max_size=9)
)
def test_no_two_names_of_a_graph_are_alike_in_latex(labels):
    leaves = [ag.Value(1.0, label=label) for label in labels]
    root = ag.sum([ag.Value(1.0), *(x * y for x, y in itertools.pairwise(leaves))])
    named = names(topological_order(root))
    formulas = FormulaWriter(named)
    written = [formulas.latex_name(name) for name in named.values()]
    assert len(set(written)) == len(set(named.values()))
    assert not any(r"\mathrm{w1}" in text or r"\mathrm{w2}" in text for text in written)


def test_a_name_that_would_look_as_another_keeps_its_signs_in_latex(Value):
    w, v, w2 = Value(2.0, "w"), Value(3.0, "w"), Value(4.0, "w2")
    y = w * v + w2
    y.label = "y"
    for text in (explain(v, y).latex, paths(v, y).latex):
        assert r"\mathrm{w\_2}.\mathrm{grad}" in text
        assert r"w \cdot \mathrm{w\_2}" in text
    assert r"y &= w \cdot \mathrm{w\_2} + w_{2} \\" in explain(v, y).latex
    assert r"\mathrm" not in FormulaWriter(names([w, v])).latex_name("w_2")


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_the_formula_of_every_row_has_the_recorded_value(Value, row):
    if isinstance(row, Reduction):
        operands = [Value(0.5), Value(-1.5), Value(0.5), 2.0]
        y = row(operands[:2], operands[2:]) if row.columns == 2 else row(operands)
    else:
        y = row(*(Value(0.3 * low + 0.7 * high) for low, high in row.domain))
    formulas = FormulaWriter(names(topological_order(y)))
    assert formulas.text(formulas.value(y))
    places = [k for k, x in enumerate(y.args) if not isinstance(x, float)]
    for k, partial in zip(places, y.partials):
        formula = formulas.partial(y, k)
        if formula is None:
            assert row.name == "gelu_tanh"  # too long to show
            continue
        assert formula.value == pytest.approx(partial, rel=1e-14)
        assert formulas.latex(formula)
        assert formulas.text(formula)


def written_rows():
    """Each row of both files of the table on names, as plain text and as LaTeX."""
    for row in {**TABLE, **SPECIAL}.values():
        if not isinstance(row, Reduction):
            tree = Symbol._apply(written_as(row), symbols("abcd"[: len(row.operands)]))
            yield row, PLAIN.text(tree), LATEX.text(tree)


def test_rows_are_written_in_formulas_that_a_reader_knows_and_each_in_its_own():
    same = {"add", "pow", "power", "tanh_slope", "one_less_square"}  # two rows, one function
    plain, latex = {}, {}
    for row, text, formula in written_rows():
        assert not re.search(r"[a-z]_", text), text
        assert r"\_" not in formula or row.name in ("leaky_relu", "gelu_tanh")
        for written, seen in ((text, plain), (formula, latex)):
            assert seen.setdefault(written, row) is row or row.name in same, (row, seen[written])


@pytest.mark.parametrize("row", SPECIAL.values(), ids=SPECIAL)
def test_rules_of_functions_of_science_name_no_row_by_its_own_name(Value, row):
    operands = [
        Value(0.3 * low + 0.7 * high, label=name) for name, (low, high) in zip("abcd", row.domain)
    ]
    y = row(*operands)
    y.label = "y"
    formulas = FormulaWriter(names(topological_order(y)))
    for k in range(len(operands)):
        rule, latex = formulas.rule(y, k), formulas.latex_rule(y, k)
        assert not re.search(r"[a-z]_", rule), rule
        assert r"\_" not in latex, latex
        assert rule.partition(" = ")[2] != formulas.text(
            formulas.value(y)
        )  # no function is its slope


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("gamma_density_0", "b^(a − 1)·exp(−b)/Γ(a)"),
        ("beta_density_0_0", "c^(a − 1)·(1 − c)^(b − 1)/B(a, b)"),
        ("log1mexp_slope", "−1/(exp(−a) − 1)"),
        ("normal_hazard", "φ(a)/Φ(a)"),
        ("t_hazard", "f(a, b)/F(a, b)"),
        ("t_density_0", "f(a, b)"),
        ("t_score_0", "(a + 1)/(2·a)·tanh(b)² − log(cosh(b))"),
        ("t_constant_0", "log(√(2·π)·f(a, 0))"),
        ("t_fall", "log(cosh(a) + b·sinh(a))"),
        ("line", "c + d·(a − b)"),
        ("polygamma_difference_0", "ψ(a) − ψ(a + b)"),
    ],
)
def test_the_formulas_of_such_rows_are_right(name, formula):
    mpmath = pytest.importorskip("mpmath")
    row = SPECIAL[name]
    assert formula in {text for _, text, _ in written_rows()}
    operands = [0.3 * low + 0.7 * high for low, high in row.domain]
    density = lambda df, t: (
        (1 + t * t / df) ** (-(df + 1) / 2) / (mpmath.sqrt(df) * mpmath.beta(0.5, df / 2))
    )
    known = {
        "exp": mpmath.exp, "log": mpmath.log, "cosh": mpmath.cosh, "sinh": mpmath.sinh,
        "tanh": mpmath.tanh, "sqrt": mpmath.sqrt, "Γ": mpmath.gamma, "B": mpmath.beta,
        "ψ": mpmath.digamma, "φ": mpmath.npdf, "Φ": mpmath.ncdf, "f": density, "π": mpmath.pi,
        "F": lambda df, t: mpmath.quad(lambda x: density(df, x), [-mpmath.inf, t]),
    }  # fmt: skip
    code = formula
    for sign, python in (("^", "**"), ("·", "*"), ("−", "-"), ("²", "**2"), ("√", "sqrt")):
        code = code.replace(sign, python)
    wanted = eval(code, known, dict(zip("abcd", operands)))
    assert row.evaluate(*operands) == pytest.approx(float(wanted), rel=1e-9)


def test_a_derivative_by_an_operand_that_is_a_formula_stands_in_brackets(Value):
    a, x = Value(2.0, "a"), Value(3.0, "x")
    y = ag.special.gammainc(a * 2.0, x)
    y.label = "y"
    text, latex = str(explain(a, y)), explain(a, y).latex
    assert "(∂y/∂(a·2) = ∂P(a·2, x)/∂(a·2))" in text
    assert r"\frac{\partial}{\partial \left(a \cdot 2\right)}P\left(a \cdot 2, x\right)" in latex


def test_a_rule_that_does_not_run_on_names_is_left_out(Value):
    odd = ag.Primitive("odd", math.sin, lambda out, x: (math.cos(x),))
    x = Value(1.0, label="x")
    text = str(explain(x, odd(x) * 2.0))
    assert "odd(x)" in text
    assert "∂odd(x)/∂x =" not in text
    squares = ag.Primitive("squares", lambda x: x, lambda out, x: (grown(x),))
    assert "squares" in str(explain(x, squares(x)))  # its formula would have 3^60 names


def grown(x):
    for _ in range(60):
        x = x * x + x
    return x


@pytest.mark.parametrize("function", [explain, paths])
def test_what_is_no_value_is_refused(Value, function):
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"x must be a Value, got float 1\.0"):
        function(1.0, x)
    with pytest.raises(TypeError, match="root must be a Value, got None"):
        function(x, None)
    with pytest.raises(TypeError, match="top must be an int, how many to show, got str"):
        function(x, x, top="3")
    with pytest.raises(ValueError, match="top must be 0 or more, how many to show, got -1"):
        function(x, x, top=-1)
    if ag.NativeValue:
        other = ag.PythonValue if Value is ag.NativeValue else ag.NativeValue
        with pytest.raises(TypeError, match="two engines"):
            function(x, other(1.0))


def test_a_subclass_is_a_value_of_its_engine(Value):
    class Weight(Value):
        pass

    w = Weight(2.0, label="w")
    assert explain(w, w * 3.0).gradient == 3.0


@pytest.mark.slow
def test_any_depth_will_do(Value):
    x = y = Value(1.0, label="x")
    for _ in range(50_000):
        y = y * x
    found = explain(x, y, top=2)
    assert found.paths.count == 50_001
    assert found.gradient == gradients(y, x) == 50_001.0
    assert len(str(found)) < 10_000
    assert len(found.latex) < 20_000


# Text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "text", "latex"),
    [
        (0.0, "0", "0"), (-0.0, "0", "0"), (1.0, "1", "1"), (-0.65904, "−0.659", "-0.659"),
        (2.5e-7, "2.5×10⁻⁷", r"2.5 \times 10^{-7}"), (math.nan, "nan", r"\mathrm{nan}"),
        (math.inf, "∞", r"\infty"), (-math.inf, "−∞", r"-\infty"), (99999.0, "99999", "99999"),
        (1e6, "1000000", "1000000"), (1234.5, "1234.5", "1234.5"),
        (1e7, "1×10⁷", r"1 \times 10^{7}"), (0.1 + 0.2, "0.3", "0.3"), (1e-4, "0.0001", "0.0001"),
        (123.4, "123.4", "123.4"),
        (99.96, "99.96", "99.96"), (1.0001, "1.0001", "1.0001"), (0.99986, "0.9999", "0.9999"),
        (-1.00000001, "≈−1", r"\approx -1"), (123456.789, "≈123457", r"\approx 123457"),
        (1000000.5, "≈1×10⁶", r"\approx 1 \times 10^{6}"),
        (1e-9 + 2e-17, "≈1×10⁻⁹", r"\approx 1 \times 10^{-9}"),
        (5e-324, "4.94×10⁻³²⁴", r"4.94 \times 10^{-324}"),
    ],
)  # fmt: skip
def test_numbers(x, text, latex):
    assert number(x) == text
    assert latex_number(x) == latex


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 12))
@settings(max_examples=3 * settings.default.max_examples)
def test_a_number_shown_is_the_number(x, digits):
    about = number(x, digits).startswith("≈")
    text = number(x, digits).lstrip("≈").replace("−", "-")
    power = text.partition("×10")[2]
    plain = text.replace("×10" + power, "e" + power) if power else text
    plain = plain.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    if 1e-300 < abs(x) < 1e300:
        assert float(plain) == pytest.approx(x, rel=0.51 * 10.0 ** (1 - digits))
    assert (text == "0") == (x == 0.0)
    assert not plain.endswith(".")
    if "." not in text.partition("×")[0]:
        assert about == (float(plain) != x), "what reads as a whole number is one"


def test_names_are_labels_then_variables_then_numbers(Value):
    a, b, c = Value(1.0, label="in"), Value(2.0), Value(3.0)
    d = {"k": Value(4.0)}
    deep = Value(5.0)
    y = ag.sum([a, b, c, d["k"], deep, Value(5.0), Value(6.0, label="v1")]) + 1.0
    found = {"zb": b, "b": b, "_c": c, "ws": [a, c], "d": d, "Out": {3: y}, "n": 5, 7: b,
             "rows": [[1.0], ({"x": deep},)]}  # fmt: skip
    assert list(names(topological_order(y), found).values()) == [
        "in", "b", "ws[1]", "d['k']", "rows[1][0]['x']", "t0", "v1", "t1", "t2"
    ]  # fmt: skip
    assert list(names(topological_order(y)).values())[1] == "t0"  # v1 is the program's own
    assert list(names(topological_order(c * 2.0)).values()) == ["v0", "v1"]
    assert names([Value(1.0, label="a\nb")]).popitem()[1] == "a b"


def test_shortened_is_one_safe_line():
    assert shortened("a\x00\n b\u2028c\u202ed\ud800", 99) == "a b cd\ufffd"
    assert shortened("x" * 100, 5) == "xxxx…"
    assert len(shortened("y" * 10**6, 30)) == 30


def test_constants_and_powers_of_an_operation(Value):
    x, y = Value(3.0), Value(2.0)
    for node, text in [
        (x**2, "x²"), (x**-1, "x⁻¹"), (x**0.5, "x^0.5"), (2**x, "2ˣ"), (x**y, "xʸ"),
        ((-2) ** x, "(−2)ˣ"), (1e-7 * x, "1×10⁻⁷ ×"), (x * -math.inf, "× −∞"),
        (ag.dot([x], [1.0]), "dot"), (x.tanh(), "tanh"), (round(x, 2), "round 2"),
    ]:  # fmt: skip
        assert operation_text(node) == text


@pytest.mark.parametrize("bold", [False, True])
def test_widths_are_those_of_the_font(bold):
    fonts = pytest.importorskip("matplotlib.font_manager")  # brings the font, and fontTools
    from fontTools.ttLib import TTFont

    wanted = fonts.FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    font = TTFont(fonts.findfont(wanted))
    glyphs, advances = font.getBestCmap(), font["hmtx"]
    for sign in "".join(map(chr, range(32, 127))) + "−×÷·∂√αω→⁻⁷₁éÄ":
        true = advances[glyphs[ord(sign)]][0] / 2048 * 100
        assert true <= text_width(sign, 100, bold) < true + 1, sign


def test_widths_of_other_signs():
    assert text_width("日本", 10) == 20
    assert text_width("😀", 10) == 13
    assert text_width("e\u0301", 10) == text_width("e", 10) == text_width("é", 10)
    assert terminal_width("日本é\u0301") == 5


@pytest.mark.parametrize("view", [explain, paths])
@pytest.mark.parametrize(
    ("digits", "error", "message"),
    [(0, ValueError, "1 or more, how many"), ("3", TypeError, "got str '3'")],
)
def test_digits_are_a_number(view, digits, error, message):
    x = ag.Value(1.0)
    with pytest.raises(error, match=message):
        view(x, x * 2.0, digits=digits)


def test_no_paths_asked_for_leave_the_sum():
    x = ag.Value(3.0, "x")
    text = str(paths(x, x * x, top=0))
    assert text.splitlines()[1:] == ["", "  x.grad = 6"]


def test_values_that_share_a_label_are_told_apart(Value):
    first, second, third = (Value(x, "w") for x in (2.0, 3.0, 5.0))
    taken = Value(7.0, "w_2")
    y = first * second * taken * third
    text = str(explain(third, y))
    assert "w_4.grad" in text.splitlines()[0]
    assert "3. w·w_3\n" in str(explain(second, y))
    assert "w → w·w_3 → w·w_3·w_2 → v0" in str(paths(first, y))
    named = str(explain(second, y, name_from={"b": second, "y": y}))
    assert named.startswith("b.grad after y.backward()")
    assert "3. w·b\n" in named


def test_parameters_have_the_names_of_their_paths(Value):
    import nn

    net = nn.MLP(2, [2, 1], seed=1)
    (y,) = net([1.0, 2.0])
    text = str(explain(net.layers[1].w[0][1], y, name_from=net))
    assert text.startswith("layers.1.w.0.1.grad after v4.backward(): how much does v4 change")
    assert str(paths(net.layers[0].b[0], y, name_from=net)).count("layers.0.b.0 → ") >= 1
    with pytest.raises(TypeError, match=r"as locals\(\) gives it, a module, or .*; got list"):
        paths(net.layers[0].b[0], y, name_from=[net])


def test_a_formula_that_names_an_operand_it_has_not(Value):
    odd = ag.Primitive("odd", lambda x: x, lambda out, x: (1.0,), latex="#1 + #2 + #0")
    x = Value(1.0, "x")
    assert r"\mathrm{odd}(x) &= x + #2 + #0" in explain(x, odd(x)).latex
