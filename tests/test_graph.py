"""Every promise about graphs and gradients."""

import copy
import gc
import math
import operator
import os
import pickle
import subprocess
import sys
import threading
import tracemalloc

import pytest

import autograd_lite as ag
from autograd_lite import gradients, jvp, no_grad, topological_order


def test_a_node_records_its_operands_in_order(Value):
    a, b = Value(2.0, label="a"), Value(5.0)
    y = a - b
    assert (y.op.name, y.args, y.parents, y.partials) == ("sub", (a, b), (a, b), (1.0, -1.0))
    y = b / 2
    assert (y.args, y.parents, y.partials) == ((b, 2.0), (b,), (0.5,))
    z = 3 / b
    assert z.args == (3.0, b)
    assert z.parents == (b,)
    assert z.partials == (-3 / 25,)
    assert (a.op, a.args, a.parents, a.partials, a.label, b.label) == (None, (), (), (), "a", None)
    square = a * a
    assert square.parents == (a, a)
    assert square.partials == (2.0, 2.0)


def test_backward_returns_none_and_accumulates_on_leaves(Value):
    a = Value(3.0)
    interior = 2 * a
    y = interior**2
    assert y.backward() is None
    assert (a.grad, interior.grad, y.grad) == (24.0, 12.0, 1.0)
    y.backward()
    assert (a.grad, interior.grad, y.grad) == (48.0, 12.0, 1.0)


def test_two_roots_that_share_a_subgraph_each_add_their_own(Value):
    a = Value(3.0)
    shared = a * a
    y, z = shared * 2, shared * 5
    y.backward()
    z.backward()
    assert a.grad == 12.0 + 30.0
    assert shared.grad == 5.0


def test_backward_takes_a_seed(Value):
    a = Value(3.0)
    (a * a).backward(gradient=10)
    assert a.grad == 60.0
    with pytest.raises(TypeError, match="real number"):
        a.backward("1")
    assert a.grad == 60.0


def test_backward_of_a_leaf(Value):
    a = Value(3.0)
    a.backward()
    assert a.grad == 1.0
    a.backward(2.0)
    assert a.grad == 3.0


def test_micrograd_readme_example(Value):
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def test_the_order_is_topological_deterministic_and_left_to_right(Value):
    a, b, c = (Value(float(i), label=n) for i, n in enumerate("abc"))
    y = (a + b) * (b + c) + a
    order = topological_order(y)
    position = {node: i for i, node in enumerate(order)}
    assert all(position[p] < position[node] for node in order for p in node.parents)
    assert len(order) == len(set(order)) == 7
    assert [n.label or n.op.name for n in order] == ["a", "b", "add", "c", "add", "mul", "add"]
    assert topological_order(y, a) == order
    assert topological_order(a, y)[0] is a
    p, q = 2.0 * a, 3.0 * c
    assert topological_order(p, q) == [a, p, c, q]
    assert topological_order(q, p) == [c, q, a, p]


def test_augmented_assignment_makes_a_new_node(Value):
    y = x = Value(1.0)
    y += 1
    assert y is not x
    assert (x.data, y.data) == (1.0, 2.0)


def test_data_of_a_leaf_changes_and_of_an_interior_node_does_not(Value):
    x = Value(1.0)
    y = x * x
    x.data = 5
    assert x.data == 5.0
    y.backward()
    assert x.grad == 2.0, "the partials were recorded when y was computed"
    with pytest.raises(AttributeError, match="result of mul"):
        y.data = 3.0
    assert y.data == 1.0
    y.grad = 7
    assert y.grad == 7.0


def test_equality_and_hash_are_identity_and_comparisons_compare_data(Value):
    a, b = Value(1.0), Value(1.0)
    assert a != b
    assert a == a
    assert len({a, b, a}) == 2
    assert a <= b
    assert a >= b
    assert not a < b
    assert not a > 1.0
    assert a < 2
    assert a < 2
    assert a >= 0.5
    assert bool(Value(0.0)) is False
    assert bool(Value(-0.0)) is False
    assert bool(Value(math.nan)) is True
    assert bool(Value(0.1)) is True


@pytest.mark.parametrize(
    "convert", [float, int, complex, math.exp, math.sin], ids=lambda f: f.__name__
)
def test_a_silent_conversion_is_refused_with_a_hint(Value, convert):
    with pytest.raises(TypeError, match=r"v\.data .*autograd_lite\.exp"):
        convert(Value(1.0))


def test_formatting_and_repr(Value):
    v = Value(2 / 3, label="x")
    assert f"{v:.3f}" == "0.667"
    assert f"{v:>8.2f}|" == "    0.67|"
    assert f"{v}" == str(v) == repr(v) == "Value(0.666667, label='x')"
    y = v * 3
    y.backward()
    assert repr(y) == "Value(2, grad=1, op=mul)"
    assert repr(v) == "Value(0.666667, grad=3, label='x')"


def test_no_grad_records_nothing_and_nests(Value):
    x = Value(3.0)
    with no_grad():
        y = x * x
        with no_grad():
            z = x.exp()
        w = 1 / x
        s = ag.sum([x, x])
    for v in (y, z, w, s):
        assert (v.op, v.args, v.parents) == (None, (), ())
    assert y.data == 9.0
    assert (x * x).op.name == "mul"

    @no_grad()
    def f():
        return x * x

    assert f().op is None
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * x).op.name == "mul"


def test_no_grad_belongs_to_its_thread(Value):
    x = Value(3.0)
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * x).op))
        thread.start()
        thread.join()
    assert seen[0].name == "mul"


def test_detach_is_a_leaf_with_the_same_data(Value):
    x = Value(3.0)
    y = (x * x).detach()
    assert (y.data, y.op, type(y)) == (9.0, None, Value)
    (x * y).backward()
    assert x.grad == 9.0


def test_gradients_leave_grad_alone(Value):
    x, y, unused = Value(3.0), Value(4.0), Value(1.0)
    z = x * x * y
    assert gradients(z, [x, y, unused]) == [24.0, 9.0, 0.0]
    assert gradients(z, x) == 24.0
    assert x.grad == y.grad == z.grad == 0.0
    assert gradients(z, [z.parents[0]]) == [4.0]
    assert gradients(x, [x, y]) == [1.0, 0.0]


def test_gradients_with_a_graph_give_values_of_any_order(Value):
    x = Value(0.7)
    y = x.tanh()
    derivatives = [y]
    for _ in range(5):
        derivatives.append(gradients(derivatives[-1], x, create_graph=True))
    import mpmath

    for order, d in enumerate(derivatives):
        assert type(d) is Value
        assert d.data == pytest.approx(float(mpmath.diff(mpmath.tanh, 0.7, order)), rel=1e-9)
    slope, zero = gradients(x * 3, [x, Value(1.0)], create_graph=True)
    assert (type(slope), slope.data, type(zero), zero.data) == (Value, 3.0, Value, 0.0)


def test_second_order_after_a_leaf_changed_is_refused(Value):
    for f in (lambda x: x**3, lambda x: x + 1, lambda x: x.relu(), lambda x: ag.max(x, 0.5)):
        x = Value(2.0)
        y = f(x)
        x.data = 3.0
        with pytest.raises(RuntimeError, match="changed after the graph was recorded"):
            gradients(y, x, create_graph=True)
        gradients(y, x)
        x.data = 2.0
        gradients(y, x, create_graph=True)


def test_a_change_of_a_leaf_is_seen_by_its_partials_also_under_no_grad(Value):
    x, y = Value(2.0), Value(3.0)
    z = x * y
    x.data, y.data = 3.0, 2.0  # the product is the same, and its slopes are not
    with no_grad(), pytest.raises(RuntimeError, match="changed after the graph was recorded"):
        gradients(z, x, create_graph=True)


def test_a_gradient_of_minus_zero_keeps_its_sign(Value):
    x = Value(1.0)
    y = x * 1.0
    z = y * -0.0
    for slope in (gradients(z, x), gradients(z, x, create_graph=True).data):
        assert math.copysign(1.0, slope) == -1.0
    z.backward()
    assert math.copysign(1.0, y.grad) == -1.0
    assert math.copysign(1.0, x.grad) == 1.0  # it is added to the 0.0 of before
    x.grad = -0.0
    z.backward()
    assert math.copysign(1.0, x.grad) == -1.0
    assert math.copysign(1.0, gradients(z, Value(1.0))) == 1.0


def test_second_order_at_nan_and_inf(Value):
    x = Value(math.nan)
    assert math.isnan(gradients(x**2, x, create_graph=True).data)
    x = Value(0.0)
    assert gradients(x.sqrt(), x, create_graph=True).data == math.inf


def test_gradients_and_jvp_name_bad_arguments(Value):
    x = Value(1.0)
    with pytest.raises(TypeError, match="y must be a Value, got float"):
        gradients(1.0, [x])
    with pytest.raises(TypeError, match="a root must be a Value, got float"):
        topological_order(x, 1.0)
    with pytest.raises(TypeError, match=r"got float 2\.0"):
        gradients(x * x, [2.0])
    with pytest.raises(ValueError, match="one tangent for each x"):
        jvp(x * x, [x], [1.0, 2.0])
    with pytest.raises(TypeError):
        jvp(x * x, [1.0], [1.0])


def test_jvp_is_the_directional_derivative(Value):
    x, y = Value(0.5), Value(2.0)
    z = x.exp() * y + x * y
    slopes = gradients(z, [x, y])
    assert jvp(z, [x, y], [3.0, -1.0]) == pytest.approx(3 * slopes[0] - slopes[1], rel=1e-15)
    assert jvp(z, [Value(1.0)], [1.0]) == 0.0


def test_leaves_are_copied_and_pickled(Value):
    x = Value(2.5, label="x")
    x.grad = 4.0
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin is not x
        assert type(twin) is Value
        assert (twin.data, twin.grad, twin.label, twin.op) == (2.5, 4.0, "x", None)
    pair = copy.deepcopy([x, x])
    assert pair[0] is pair[1]


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, pickle.dumps], ids=lambda f: f.__name__
)
def test_an_interior_node_is_not_copied(Value, duplicate):
    with pytest.raises(TypeError, match=r"interior node.*v\.detach\(\)"):
        duplicate(Value(1.0) + 1)


def test_primitives_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(ag.tanh)) is ag.tanh


def test_threads_build_separate_graphs(Value):
    results = {}

    def work(i):
        x = Value(i + 1.0)
        y = x
        for _ in range(300):
            y = y * 1.001 + x.sin() * 0.001
        y.backward()
        results[i] = x.grad

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = dict(results)
    for i in range(8):
        work(i)
    assert results == expected


def test_threads_that_share_leaves_lose_no_gradient(Value):
    x, before = Value(2.0), sys.getswitchinterval()

    def work():
        y = x
        for _ in range(400):
            y = y + x * 3.0
        for _ in range(20):
            gradients(y, x)
            y.backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert x.grad == 4 * 20 * 1201.0


@pytest.mark.slow
def test_no_cycles_and_flat_memory_without_the_collector(Value, full_or_quick):
    import nn

    steps = full_or_quick(300, 60)
    net = nn.MLP(2, [8, 1], ag.tanh, seed=0)
    data = nn.datasets.moons(20)
    optimizer = nn.SGD(net.parameters(), lr=0.05)

    def step():
        loss = nn.mse([net(x) for x in data.x], [[y] for y in data.y])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.data

    gc.collect()
    gc.disable()
    try:
        first = step()
        step()
        tracemalloc.start()
        step()
        gc.collect()  # also empties the free lists of the interpreter
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            last = step()
        assert gc.collect() < 100, "unreachable cycles were left behind"
        growth = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert growth < 170 * steps  # bytes; a node takes more
    assert last < first / 2


def test_an_error_in_backward_changes_no_gradient(Value):
    x, y = Value(0.0), Value(2.0)
    z = y * 3 + x.sqrt()
    y.grad = 5.0
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError):
        z.backward()
    assert (x.grad, y.grad) == (0.0, 5.0)
    z.backward()
    assert (x.grad, y.grad) == (math.inf, 8.0)


def test_attributes_of_a_node_need_no_dict(Value):
    with pytest.raises(AttributeError):
        Value(1.0).lable = "typo"


def test_where_gives_the_chosen_branch(Value):
    x, y = Value(1.0), Value(2.0)
    assert ag.where(x < y, x, y) is x
    assert ag.where(x > y, x, y) is y
    assert type(ag.where(False, x, 3)) is Value
    assert ag.where(True, 1.0, 2.0) == 1.0


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_comparisons_with_nan_are_false(Value, compare):
    assert compare(Value(math.nan), 1.0) is False
    assert compare(Value(1.0), Value(math.nan)) is False


def test_jvp_of_repeated_interior_and_unreached_nodes(Value):
    x = Value(2.0)
    h = x * x
    y = h * 3
    assert jvp(y, [x, h], [1.0, 1.0]) == 15.0
    assert jvp(y, [x, x], [1.0, 1.0]) == 24.0
    a = Value(1.0)
    assert jvp(a + Value(0.0).sqrt(), [a], [1.0]) == 1.0


def test_a_rule_that_rounds_otherwise_on_values_is_not_taken_for_a_change(Value):
    cube = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x**2,))
    for i in range(300):
        x = Value(2.4 + i / 997)
        gradients(cube(x), x, create_graph=True)
    x = Value(2.0)
    y = x * x
    x.data = math.nan
    with pytest.raises(RuntimeError, match="changed"):
        gradients(y, x, create_graph=True)


def test_a_mode_shared_by_threads_stays_with_each(Value):
    shared, x = no_grad(), Value(1.0)
    inside, leave = threading.Event(), threading.Event()
    seen = []

    def other():
        with shared:
            inside.set()
            leave.wait()
        seen.append((x * x).op)

    thread = threading.Thread(target=other)
    with no_grad():
        with shared:
            thread.start()
            inside.wait()
        seen.append((x * x).op)
        leave.set()
        thread.join()
    assert seen[0] is None
    assert seen[1].name == "mul"


def test_between_tests_the_engine_is_the_one_in_use():  # whatever a test with `Value` put there
    of = {"native": ag.NativeValue, "python": ag.PythonValue}
    assert ag.Value is of[ag.backend]


ALONE = """
import operator
from autograd_lite import Value, modes

assert not modes.active  # else recording goes another way
for name in ("add", "sub", "mul", "truediv", "mod", "pow"):
    f, x, y = getattr(operator, name), Value(3.0), Value(2.0)
    both, left, right = f(x, y), f(x, 2.0), f(3.0, y)
    assert (both.parents, left.parents, right.parents) == ((x, y), (x,), (y,)), name
    assert left.partials + right.partials == both.partials, name
"""


def test_what_the_python_engine_records_where_no_other_is_loaded():
    environment = {**os.environ, "AUTOGRAD_LITE_BACKEND": "python"}
    subprocess.run([sys.executable, "-c", ALONE], check=True, env=environment)
