"""Gradients that can be differentiated again: the native engine makes the graph that the rules of
the table record when they run on Values, node by node and bit by bit."""

import gc
import math
import struct
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_random_graphs import on_engine, programs

import autograd_lite as ag
from autograd_lite import Primitive, derivatives, gradients, topological_order
from autograd_lite.chain_rule import order_since
from autograd_lite.primitive import Reduction, is_value, real
from autograd_lite.primitives import TABLE, _polygamma

inf, nan = math.inf, math.nan
Native = ag.NativeValue
native_only = pytest.mark.skipif(Native is None, reason="the native engine is not built")


def by_rules(y, xs, since=0):
    """The same by the rules themselves, run on Values."""
    adjoint = derivatives.value_adjoints(order_since(since, [y]), xs)
    return [g if is_value(g := adjoint.get(x, 0.0)) else type(y)(g) for x in xs]


def bits(x):
    return "nan" if x != x else struct.pack("<d", x)


def assert_same_graph(ones, others, shared):
    """Two graphs are equal: operations, operands and which of them are shared, numbers, partials.

    What is below both, the nodes in `shared`, is one and the same.
    """
    partner = {}
    for one, other in zip(ones, others, strict=True):
        for a, b in zip(topological_order(one), topological_order(other), strict=True):
            if a in partner:
                assert partner[a] is b
                continue
            partner[a] = b
            if a in shared:
                assert a is b
                continue
            assert a is not b
            assert (a.op, a.label, a.scope) == (b.op, b.label, b.scope)
            assert bits(a._data) == bits(b._data)
            assert list(map(bits, a._partials)) == list(map(bits, b._partials))
            assert len(a.args) == len(b.args)
            for x, y in zip(a.args, b.args):
                assert partner[x] is y if is_value(x) else bits(x) == bits(y)


def check(y, xs):
    shared = set(topological_order(y)) | set(xs)
    wanted = by_rules(y, xs)
    made = gradients(y, xs, create_graph=True)
    assert_same_graph(made, wanted, shared)
    return made


POINTS = (-inf, -1e300, -2.5, -1.0, -0.3, -0.0, 0.0, 5e-324, 0.5, 1.0, 2.0, 30.0, 1e300, inf, nan)
PAIRS = [(x, y) for x in (-inf, -1.5, -0.0, 0.0, 1.0, 2.5, inf, nan) for y in POINTS[::2]]
FIXED = [row for row in TABLE.values() if not isinstance(row, Reduction)]
REDUCTIONS = [row for row in TABLE.values() if isinstance(row, Reduction)]


def operands_of(row):
    if row is TABLE["clip"]:
        return [
            (x, lo, hi) for x in POINTS[1::2] for lo, hi in ((-1, 2), (2, -1), (nan, 1), (1, 1))
        ]
    return [(x,) for x in POINTS] if len(row.operands) == 1 else PAIRS


@pytest.mark.parametrize("row", [*FIXED, _polygamma(2)], ids=lambda row: row.name)
def test_every_row_at_ordinary_and_special_points_in_three_orders(Value, row, full_or_quick):
    every = full_or_quick(1, 1 if len(row.operands) == 1 else 3)
    for numbers in operands_of(row)[::every]:
        arity = len(numbers)
        for values in range(1, 2**arity):  # which of the operands are Values
            operands = [Value(x) if values >> i & 1 else x for i, x in enumerate(numbers)]
            xs = [x for x in operands if is_value(x)]
            y = Value._apply(row, tuple(operands))
            for _ in range(2):
                slopes = check(y, xs)
                y = 1.5 * slopes[0] + ag.tanh(slopes[-1]) * slopes[0]


@pytest.mark.parametrize("row", REDUCTIONS, ids=lambda row: row.name)
def test_rows_of_any_number_of_operands(Value, row):
    points = [(1.0,), (2.0, 2.0), (0.5, -1.0, 3.0), (0.0, -0.0, 2.0, 2.0), (inf, 1.0), (nan, 1.0)]
    points += [(-inf, -inf), (1e3, -1e3, 5.0), tuple(0.1 * i for i in range(70))]
    for numbers in points:
        for every in (1, 2, 3):  # all Values, or every second or third
            operands = [
                Value(x) if i % every == 0 else x for i, x in enumerate(numbers * row.columns)
            ]
            xs = [x for x in operands if is_value(x)]
            y = Value._apply(row, tuple(operands))
            slopes = check(y, xs)
            check(slopes[0] * ag.sum(slopes), xs)


def test_operands_used_twice_and_interior_xs(Value):
    x, unused = Value(0.7), Value(2.0)
    z = x * x
    y = ag.sum([z, z, x, ag.dot([z, x], [x, z])]) - z
    check(y, [x])
    check(y, [z, x, z])
    check(y, [y, x])
    check(y, [unused, x])
    check(x, [x, unused])
    assert [g.data for g in check(y, [unused])] == [0.0]
    assert gradients(y, z, create_graph=True).data == gradients(y, z)
    assert gradients(y, [], create_graph=True) == []


def test_layers_whose_products_share_columns(Value):
    from autograd_lite.nn import MLP, mse

    net = MLP(2, [4, 3, 1], seed=2)
    xs = [[Value(0.3), Value(-1.2)], [0.5, 1.5]]
    loss = mse([net(x)[0] for x in xs], [1.0, -1.0])
    parameters = [*net.parameters(), *xs[0]]
    slopes = check(loss, parameters)
    check(ag.sum([g * g for g in slopes]), parameters)


cube = Primitive("cube", lambda x: x * x * x, lambda out, x: (3.0 * x * x,))
split = Primitive("split", lambda x, y: x - 2.0 * y, lambda out, x, y: (1, -2))
powers = Primitive(
    "powers", lambda *xs: math.fsum(x**k for k, x in enumerate(xs)),
    lambda out, *xs: tuple(float(k) * x ** (k - 1.0) for k, x in enumerate(xs)),
)  # fmt: skip


def test_primitives_of_ones_own_are_asked_in_python(Value):
    x, w = Value(0.7), Value(-1.2)
    y = ag.sin(cube(x) * split(ag.exp(w), x)) + split(cube(w), 3.0) * powers(x, 2.0, w, x * w)
    slopes = check(y, [x, w])
    check(slopes[0] * slopes[1], [x, w])


@pytest.mark.slow
@given(programs())
def test_graphs_of_all_rows(Value, program):
    leaves, y = on_engine(Value, program)
    slopes = check(y, leaves)
    check(ag.sum([g * g for g in slopes]), leaves)


@given(programs(), st.lists(st.floats(-1, 1), min_size=5, max_size=5))
def test_rates_of_a_run_are_those_of_the_loop_in_python(Value, program, tangents):
    leaves, y = on_engine(Value, program)
    tangents = tangents[: len(leaves)]
    rates = dict(zip(leaves, tangents))
    for node in topological_order(y):
        for parent, partial in zip(node.parents, node.partials):
            if rates.get(parent, 0.0) != 0.0:
                rates[node] = rates.get(node, 0.0) + rates[parent] * partial
    assert bits(ag.jvp(y, leaves, tangents)) == bits(rates.get(y, 0.0))


def test_a_rate_that_does_not_move_meets_no_infinite_partial(Value):
    x, w = Value(0.0), Value(2.0)
    y = ag.sqrt(x) * w
    assert ag.jvp(y, [x, w], [0.0, 3.0]) == 0.0
    assert ag.jvp(y, [x, w, w], [0.0, 3.0, 1.0]) == 0.0
    assert ag.jvp(y * y + w, [w, w], [3.0, 1.0]) == 4.0
    assert ag.jvp(y, [Value(1.0)], [1.0]) == 0.0
    x.grad = w.grad = 7.0
    ag.jvp(y, [x, w], [1.0, 1.0])
    assert (x.grad, w.grad, y.grad) == (7.0, 7.0, 0.0)
    with pytest.raises(TypeError, match="real number"):
        ag.jvp(y, [x], ["1"])


def test_division_by_a_constant_zero_is_no_error(Value):
    x = Value(2.0)
    for y, wanted in ((x / 0.0, inf), ((x * 2.0) / -0.0, -inf), (ag.log(x / 0.0), nan)):
        [slope] = check(y, [x])
        assert bits(slope.data) == bits(gradients(y, x)) == bits(wanted)


def test_gradients_and_labels_stay_as_they_were(Value):
    x, w = Value(0.7, label="x"), Value(2.0, label="w")
    h = ag.tanh(x * w)
    y = h * cube(x)
    y.backward()
    before = [node.grad for node in topological_order(y)]
    [slope, _] = gradients(y, [x, w], create_graph=True)
    assert [node.grad for node in topological_order(y)] == before
    assert {node.label for node in topological_order(slope)} == {"x", "w", None}


def test_a_leaf_that_changed_is_told_wherever_it_is(Value):
    for below in (ag.tanh, cube, lambda x: ag.logsumexp([x, 1.0]), lambda x: ag.clip(x, 0.0, 9.0)):
        x = Value(0.5)
        y = below(x) * 2.0
        y.backward()
        x.data = 0.75
        with pytest.raises(RuntimeError, match="was changed after the graph was recorded"):
            gradients(y, x, create_graph=True)
        assert x.grad == gradients(y, x)
        x.data = 0.5
        check(y, [x])
    x, zero = Value(2.0), Value(0.0)
    y = x * zero
    x.data = 3.0  # y is 0 still, but its partial has changed
    with pytest.raises(RuntimeError, match="was changed after the graph was recorded"):
        gradients(y, zero, create_graph=True)


def test_scopes_and_modes(Value):
    x = Value(0.7)
    with ag.scope("f"):
        y = ag.tanh(x * x)
    with ag.scope("slope"):
        [slope] = check(y, [x])
        assert {str(n.scope) for n in topological_order(slope)} == {"f", "slope", "None"}
    with ag.no_grad():
        [flat] = check(y, [x])
        assert (flat.op, flat.data) == (None, slope.data)
    with ag.detect_anomaly():
        assert [g.data for g in gradients(y, [x], create_graph=True)] == [slope.data]
        root = ag.sqrt(Value(0.0))
        with pytest.raises(ag.AnomalyError, match="its partial is inf"):
            gradients(root * x, [root.parents[0]], create_graph=True)
    with ag.source_lines():
        marked = gradients(y, [x], create_graph=True)[0]
        assert marked.source.file == __file__


def test_runs_inside_runs_take_older_nodes_for_leaves(Value):
    w = Value(3.0)
    deep = w
    for _ in range(50):
        deep = ag.sin(deep)

    def f(x):
        inner = ag.grad(lambda t: ag.tanh(deep * t) * cube(t * x))
        return inner(x) * ag.grad(lambda t: ag.exp(t * x * deep))(x * 2.0)

    x, older = Value(0.4), w * w  # its parent's `grad`, 0, is no place in the order of the run
    slope = ag.grad(ag.grad(lambda t: t * older * t))(x)
    assert (slope.data, gradients(slope, w)) == (18.0, 12.0)
    assert ag.jvp(lambda t: t * older * t)(x, 1.0).data == 0.8 * 9.0
    y = ag.grad(f)(x)
    step = 1e-5
    low, high = (ag.grad(f)(Value(0.4 + d)).data for d in (-step, step))
    assert math.isclose(gradients(y, x), (high - low) / (2 * step), rel_tol=1e-7)
    assert gradients(y, w) != 0.0


def test_a_rule_may_run_transforms_of_its_own(Value):
    """The Python code of a primitive runs in the middle, and may walk the very same graph."""
    seen = []

    def slopes(out, x):
        seen.append(gradients(shared, leaf) if is_value(x) else None)
        return (2.0 * x + (ag.grad(lambda t: t * t)(x) - 2.0 * x),)

    square = Primitive("square_by_transform", lambda x: x * x, slopes)
    leaf = Value(1.5)
    shared = ag.exp(leaf)
    y = square(shared) * shared
    leaf.grad = 5.0
    [slope] = check(y, [leaf])
    assert math.isclose(slope.data, 3.0 * math.exp(4.5))
    assert leaf.grad == 5.0
    assert math.exp(1.5) in seen


@native_only
def test_errors_of_rules_come_through_and_change_nothing():
    def fails(out, x):
        if is_value(x):
            raise KeyError("no second derivative")
        return (1.0,)

    x = Native(2.0)
    y = ag.exp(Primitive("fails", lambda x: x, fails)(x)) * x
    y.backward()
    grads = [n.grad for n in topological_order(y)]
    with pytest.raises(KeyError, match="no second"):
        gradients(y, x, create_graph=True)
    assert [n.grad for n in topological_order(y)] == grads
    with pytest.raises(TypeError, match="Values of the native engine"):
        y._gradient_graph([1.0], 0)
    with pytest.raises(ValueError, match="one tangent for each x"):
        Native._rates([y], [x], [], 0)


@native_only
def test_a_failing_allocation_anywhere_is_an_error_and_no_leak():
    from autograd_lite.native import engine

    x, w = Native(0.5), Native(1.5)
    operands = [ag.sin(x * (0.1 * i)) for i in range(80)]
    y = ag.logsumexp(operands) * ag.clip(w, -1.0, x) + ag.dot(operands[:3], [w, x, w])
    y = y + cube(x) * 0.0
    wanted = [g.data for g in gradients(y, [x, w], create_graph=True)]
    failures = 0
    for do in (
        lambda: gradients(y, [x, w], create_graph=True),
        lambda: ag.jvp(y, [x, w], [1.0, 2.0]),
    ):
        for nth in range(1, 40):
            blocks = [Native(0.0) for _ in range(500 * (nth % 3))]  # so that new ones are wanted
            engine.fail_allocation(nth)
            try:
                do()
            except MemoryError:
                failures += 1
            finally:
                engine.fail_allocation(0)
            del blocks
    assert failures > 10
    assert {n.grad for n in topological_order(y)} == {0.0}
    assert [g.data for g in gradients(y, [x, w], create_graph=True)] == wanted


@native_only
def test_gradient_graphs_are_freed_with_their_last_name():
    gc.collect()
    gc.disable()
    try:
        x = Native(0.5)
        y = ag.softplus(x) * ag.logsumexp([x, x * x, 1.0]) * cube(x)
        watched = []
        for _ in range(20):
            slope = gradients(y, x, create_graph=True)
            watched += [weakref.ref(n) for n in topological_order(slope)[-10:]]
            second = gradients(slope, x, create_graph=True)
            watched.append(weakref.ref(second))
            below = set(topological_order(y))
            del slope, second
        alive = [r() for r in watched if r() is not None]
        assert all(n in below for n in alive)
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_deep_graph_on_a_small_stack(Value):
    y = x = Value(0.5)
    for _ in range(30_000):
        y = ag.sin(y) * 1.0
    [slope] = gradients(y, [x], create_graph=True)
    assert slope.data == gradients(y, x)
    assert math.isfinite(gradients(slope, x))


def test_rows_whose_rules_are_written_down():
    from autograd_lite.native.steps import fold_steps_of, steps_of

    asked = [name for name, row in TABLE.items() if steps_of(row) is None]
    assert asked == [
        "polygamma_1", "pow_log_1", "real_of_inverse_power_1", "imaginary_of_inverse_power_1",
    ]  # fmt: skip
    assert str(steps_of(TABLE["dot"])) == "-> 2, 1"
    assert len(fold_steps_of(TABLE["logsumexp"])) == 3
    assert real(steps_of(TABLE["sqrt"]).numbers[0]) == 0.5
    with pytest.raises(TypeError, match="not with `if`"):
        steps_of(Primitive("branchy", lambda x: x, lambda out, x: (1.0 if x > 0.0 else 0.0,)))
