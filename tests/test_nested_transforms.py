"""Transforms inside transforms and around Values: no path is lost in silence, and a derivative
costs what lies between its argument and its result."""

import inspect
import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import (
    LostPathWarning,
    Primitive,
    compile,
    grad,
    gradcheck,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
)
from autograd_lite.chain_rule import order_since

# A path that is lost is told ---------------------------------------------------------------------

TRANSFORMS = {
    "grad": lambda f, t: grad(f)(t),
    "value_and_grad": lambda f, t: value_and_grad(f)(t)[1],
    "jacobian": lambda f, t: jacobian(lambda x: [x, f(x)])(t)[1],
    "hessian": lambda f, t: hessian(f)(t),
    "hvp": lambda f, t: hvp(f)(t, 1.0),
    "jvp": lambda f, t: jvp(f)(t, 1.0),
    "grad of grad": lambda f, t: grad(grad(f))(t),
    "nested jvp": lambda f, t: jvp(grad(f))(t, 1.0),
    "with data": lambda f, t: grad(lambda x, data: f(x), argnums=0)(t, "data"),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_floats_that_depend_on_a_value_outside_are_told_and_values_keep_the_path(Value, transform):
    w = Value(3.0)
    f = lambda t: w * t * t
    with pytest.warns(LostPathWarning, match="give the argument as a Value"):
        slope = transform(f, 2.0)
    assert type(slope) is float
    with ag.no_grad():
        assert transform(f, 2.0) == slope
    kept = transform(f, Value(2.0))
    assert (kept.data, gradients(kept, w)) == (slope, slope / 3.0)


def test_the_path_is_kept_in_every_order(Value):
    w = Value(4.0)
    (w * grad(lambda t: w * t)(Value(1.0))).backward()
    assert w.grad == 8.0
    x = Value(0.5)
    y = x * grad(lambda t: x * grad(lambda s: ag.sin(s * t * x))(Value(1.0)))(Value(2.0))
    # inner: cos(t x) t x; times x, d/dt: x (x cos(t x) - t x² sin(t x)); times x, at t = 2
    truth = lambda x: x**3 * math.cos(2 * x) - 2 * x**4 * math.sin(2 * x)
    assert y.data == pytest.approx(truth(0.5), rel=1e-14)
    slope = gradients(y, x, create_graph=True)
    for found, f, h in ((slope, truth, 1e-4), (gradients(slope, x), None, 1e-4)):
        if f is None:
            f = lambda x: (truth(x + 1e-3) - truth(x - 1e-3)) / 2e-3
        assert float(getattr(found, "data", found)) == pytest.approx(
            (f(0.5 + h) - f(0.5 - h)) / (2 * h), rel=1e-5
        )


def harmless(Value):
    """Functions whose derivatives do not depend on a Value outside, and the transforms asked."""
    w, deep = Value(3.0), Value(1.0) * 2.0
    Own = type("Own", (Value,), {})
    return [
        (grad, lambda t: t * t),
        (grad, lambda t: t * t + w),
        (grad, lambda t: (deep - t * t + 2.0) * 3.0),
        (grad, lambda t: ag.sum([t, w, t * t])),
        (grad, lambda t: ag.relu(t - w) + ag.max(t, w)),
        (grad, lambda t: Value(2.0) * t),
        (grad, lambda t: Own(2.0) * t),
        (grad, lambda t: (Value(2.0) * Value(3.0)) * t),
        (grad, lambda t: w.data * t),
        (grad, lambda t: w.detach() * t),
        (grad, lambda t: w),
        (hessian, lambda t: t * w),
        (jacobian, lambda t: [t, w, deep]),
        (grad, lambda t: grad(lambda s: s * t)(1.0)),
        (value_and_grad, lambda t: t * t),
    ]


@pytest.mark.parametrize("case", range(15))
def test_no_false_alarm(Value, case):
    transform, f = harmless(Value)[case]
    transform(f)(2.0)  # a warning is an error here


def test_a_value_that_is_lost_beside_the_derivative_is_told_too(Value):
    w = Value(3.0)
    with pytest.warns(LostPathWarning):
        assert value_and_grad(lambda t: t * t + w)(2.0) == (7.0, 4.0)
    with pytest.warns(LostPathWarning):
        assert value_and_grad(lambda t: w)(2.0) == (3.0, 0.0)


def test_the_warning_names_the_line_and_comes_once_at_each(Value):
    w = Value(3.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.resetwarnings()
        warnings.simplefilter("default")
        for t in (1.0, 2.0, 3.0):
            line = inspect.currentframe().f_lineno + 1
            grad(lambda t: w * t)(t)
        jacobian(lambda t: [w * t, w * w * t])(1.0)
    assert [(x.category, x.filename, x.lineno) for x in caught] == [
        (LostPathWarning, __file__, line), (LostPathWarning, __file__, line + 1),
    ]  # fmt: skip


def test_gradcheck_means_numbers(Value):
    w = Value(3.0)
    assert gradcheck(lambda x: ag.sin(w * x), 0.5, order=2)


@pytest.mark.parametrize("work", [
    lambda y: y.backward(),
    lambda y: ag.topological_order(y),
    lambda y: gradients(y, y.parents),
    lambda y: gradients(y, y.parents, create_graph=True),
    lambda y: grad(lambda s: s * y)(1.0),
])  # fmt: skip
def test_a_walk_inside_the_function_does_not_hide_what_is_outside(Value, work):
    w = Value(3.0)
    deep = w
    for _ in range(100):
        deep = deep * 1.0
    since = []

    def f(t):
        since.append(len(order_since(before, [deep * t])))
        work(deep * w)
        since.append(len(order_since(before, [deep * t])))
        return deep * t

    before = Value._begin_run()
    with pytest.warns(LostPathWarning):
        assert grad(f)(2.0) == 3.0
    assert since == [3, 3]  # the product, its operand inside and the one outside


# The cost ----------------------------------------------------------------------------------------


def counted():
    """A primitive, and a list that grows each time its rule runs on Values."""
    runs = []

    def partials(out, x):
        if not isinstance(out, float):
            runs.append(out)
        return (1.0,)

    return Primitive("counted", lambda x: x, partials), runs


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_rules_run_only_between_the_argument_and_the_result(Value, transform):
    through, runs = counted()
    upstream = Value(0.5)
    for _ in range(50):
        upstream = through(upstream)
    inside = through(upstream)
    transform(lambda t: t * t * t * inside + through(inside), upstream)
    assert runs == []
    transform(lambda t: t * t * t * through(t), upstream)
    assert runs


def test_gradients_run_no_rule_beside_the_way_to_x(Value):
    through, runs = counted()
    x, w = Value(0.5), Value(2.0)
    between = through(x)
    y = through(w) * between * x
    slope = gradients(y, between, create_graph=True)
    assert (slope.data, len(runs)) == (1.0, 0)
    assert gradients(y, Value(1.0), create_graph=True).data == 0.0
    assert gradients(y, [x, between], create_graph=True)[0].data == 2.0
    assert len(runs) == 1


def test_a_run_sees_nothing_upstream_of_it(Value):
    v = w = Value(1.0)
    for _ in range(1000):
        v, w = v * 1.0, w * 1.0
    since = Value._begin_run()
    x = 1.0 * v
    y = ag.sin(x) * w + ag.dot([x, w], [w, w]) + ag.matvec([[x, w], [w, w]], [w, x])[1]
    order = order_since(since, [y])
    assert order[-1] is y
    assert sum(node._made < since for node in order) == 2  # v and w, which are leaves of it
    assert len(order) < 12
    assert len(ag.topological_order(y)) > 2000
    assert order_since(Value._begin_run(), [y]) == [y]


def test_a_run_leaves_grads_and_later_walks_as_they_are(Value):
    w = Value(2.0)
    u = w * w
    u.backward()
    with ag.no_grad():
        assert grad(lambda t: u * t + ag.dot([t, u], [u, t]))(3.0) == 12.0
    assert (w.grad, u.grad) == (4.0, 1.0)
    u.backward()
    assert w.grad == 8.0


# Rules that differentiate -------------------------------------------------------------------------


def cubic(x, theta):
    return x * x * x + x - theta


def newton(theta):
    """The root, by a method that takes derivatives itself."""
    x = 0.0
    for _ in range(50):
        x -= cubic(x, theta) / grad(lambda t: cubic(t, theta))(x)
    return x


def by_both(out, theta):
    slope, by_theta = grad(cubic)(out, theta)
    return (-by_theta / slope,)


ROOTS = [
    Primitive("root", newton, by_both),
    Primitive("root", newton, lambda out, theta: (1.0 / grad(lambda x: cubic(x, theta))(out),)),
]


@pytest.mark.slow
@pytest.mark.parametrize("root", ROOTS)
def test_a_rule_may_take_gradients_itself_to_any_order(Value, root):
    # at theta = 2 the root is 1; derivatives of the inverse of x**3 + x there
    truth = [1.0, 1 / 4, -3 / 32, 21 / 256, -225 / 2048]
    f = root
    for order in range(5):
        assert f(2.0) == pytest.approx(truth[order], rel=1e-12)
        f = grad(f)
    x = Value(2.0)
    y = root(x)
    for order in range(1, 5):
        y = gradients(y, x, create_graph=True)
        assert y.data == pytest.approx(truth[order], rel=1e-12)
    assert jvp(root)(2.0, 1.0) == 0.25
    assert hvp(root)(2.0, 1.0) == pytest.approx(truth[2], rel=1e-12)
    assert gradcheck(root, 2.0, order=2)
    assert gradcheck(lambda t: root(root(t) * 3.0) * t, 2.0, order=2)
    with ag.detect_anomaly():
        assert grad(grad(root))(2.0) == pytest.approx(truth[2], rel=1e-12)


@pytest.mark.parametrize("root", ROOTS)
def test_such_a_rule_compiles(Value, root):
    f = lambda t: root(t) * t
    program, slope = compile(f), compile(grad(f))
    for t in (2.0, 3.0, 0.5):
        first, second = grad(f)(t), grad(grad(f))(t)
        assert program(t).data == f(t)
        assert program.grad(t) == pytest.approx(first, rel=1e-14)
        assert program.hvp(t, 1.0) == pytest.approx(second, rel=1e-13)
        assert slope(t).data == pytest.approx(first, rel=1e-14)
        assert slope.grad(t) == pytest.approx(second, rel=1e-13)


@pytest.mark.parametrize("ask", [
    lambda f, t: f(t).data * 2.0 / t,
    lambda f, t: f.grad(t),
    lambda f, t: f.value_and_grad(t)[1],
    lambda f, t: f.jvp(t, 1.0),
])  # fmt: skip
def test_a_call_that_runs_uncompiled_keeps_the_path_as_a_trace_does(Value, ask):
    @compile
    def f(x):
        steps = 0
        while steps < x:  # another branch at each call
            steps += 1
        return x * grad(lambda y: x * y)(1.0)

    with pytest.warns(ag.CompileWarning):
        slopes = [ask(f, float(t)) for t in range(1, 40)]
    assert slopes == [2.0 * t for t in range(1, 40)]


# Random nests -------------------------------------------------------------------------------------
#
# A program is a tree over the names in sight; a transform in it brings one more name into its body,
# whose expressions close over all the names around them.


class Ours:
    grad, value_and_grad, hvp = staticmethod(grad), staticmethod(value_and_grad), staticmethod(hvp)
    sin, tanh = ag.sin, ag.tanh
    number = staticmethod(float)


def expressions(names, depth):
    leaf = st.one_of(
        st.sampled_from([("name", i) for i in range(names)]),
        st.sampled_from([("number", x) for x in (0.5, -1.25, 2.0)]),
    )
    if depth == 0:
        return leaf
    less, body = expressions(names, depth - 1), expressions(names + 1, depth - 1)
    return st.one_of(
        st.tuples(st.sampled_from(["add", "mul"]), less, less),
        st.tuples(st.sampled_from(["sin", "tanh"]), less),
        st.tuples(st.sampled_from(["grad", "value_and_grad"]), body, less),
        st.tuples(st.just("hvp"), body, less, less),
    )


def run(tree, names, lib):
    kind, *rest = tree
    if kind == "name":
        return names[rest[0]]
    if kind == "number":
        return lib.number(rest[0])
    if kind in ("sin", "tanh"):
        return getattr(lib, kind)(run(rest[0], names, lib))
    if kind in ("add", "mul"):
        x, y = (run(part, names, lib) for part in rest)
        return x + y if kind == "add" else x * y
    # a name of its own is kept in the body, so that its derivative is not 0 too often
    f = lambda t: run(rest[0], [*names, t], lib) * lib.sin(t * names[0])
    at = [run(part, names, lib) for part in rest[1:]]
    if kind == "value_and_grad":
        value, slope = lib.value_and_grad(f)(*at)
        return value + 2.0 * slope
    return getattr(lib, kind)(f)(*at)


POINT = (0.7, -0.4)
nests = expressions(2, 3).map(lambda tree: ("add", tree, ("mul", ("name", 0), ("name", 1))))


def all_orders(tree, Value):
    """The program at POINT, its gradient and a mixed derivative, by ways that must agree."""
    ours = lambda x, y: run(tree, [x, y], Ours)
    by_transforms = (
        grad(ours)(*POINT), grad(lambda x, y: grad(ours)(x, y)[0])(*POINT),
    )  # fmt: skip

    class OnValues(Ours):
        number = staticmethod(Value)  # so that no transform is given plain numbers

    x, y = map(Value, POINT)
    z = run(tree, [x, y], OnValues)
    first = gradients(z, [x, y], create_graph=True)
    by_graph = tuple(g.data for g in first), tuple(gradients(first[0], [x, y]))
    for one, other in zip(by_transforms, by_graph):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)
    return z.data, *by_transforms


@pytest.mark.slow
@given(tree=nests)
def test_random_nests_agree_with_finite_differences(Value, tree):
    value, first, second = all_orders(tree, Value)
    f = lambda x, y: run(tree, [x, y], Ours)

    def at(x, y):
        with ag.no_grad():  # the closures hold numbers only
            return f(x, y)

    assert at(*POINT) == pytest.approx(value, rel=1e-9, abs=1e-9)
    h = 1e-4
    for g, derivative in ((at, first), (lambda x, y: grad(f)(x, y)[0], second)):
        (x, y), scale = POINT, 1.0 + max(map(abs, (*first, *second)))
        numeric = (
            (8 * (g(x + h, y) - g(x - h, y)) - (g(x + 2 * h, y) - g(x - 2 * h, y))) / (12 * h),
            (8 * (g(x, y + h) - g(x, y - h)) - (g(x, y + 2 * h) - g(x, y - 2 * h))) / (12 * h),
        )
        assert derivative == pytest.approx(numeric, rel=1e-5, abs=1e-6 * scale)


@settings(max_examples=12)  # JAX makes each operation of each program anew
@given(tree=nests)
def test_random_nests_agree_with_jax(Value, tree):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    class Jax:
        grad, value_and_grad = staticmethod(jax.grad), staticmethod(jax.value_and_grad)
        hvp = staticmethod(lambda f: lambda x, t: jax.jvp(jax.grad(f), (x,), (t,))[1])
        sin, tanh = staticmethod(jax.numpy.sin), staticmethod(jax.numpy.tanh)
        number = staticmethod(jax.numpy.float64)

    theirs = lambda x, y: run(tree, [x, y], Jax)
    value, first, second = all_orders(tree, Value)
    slope = jax.grad(theirs, (0, 1))
    assert value == pytest.approx(float(theirs(*map(Jax.number, POINT))), rel=1e-9, abs=1e-9)
    assert first == pytest.approx(tuple(map(float, slope(*POINT))), rel=1e-9, abs=1e-9)
    mixed = jax.grad(lambda x, y: slope(x, y)[0], (0, 1))(*POINT)
    assert second == pytest.approx(tuple(map(float, mixed)), rel=1e-8, abs=1e-8)


# Arguments that depend on one another -------------------------------------------------------------


WRAPPED = {
    "compile": compile,
    "checkpoint": ag.checkpoint,
    "a compiled checkpoint": lambda f: compile(ag.checkpoint(f)),
    "a checkpoint of what is compiled": lambda f: ag.checkpoint(compile(f)),
    "implicit": lambda f: ag.implicit(lambda y, a, b: y - f(a, b), f),
}


@pytest.mark.parametrize(
    ("wrap", "read"),
    [
        (name, read)
        for name in WRAPPED
        for read in (False, True)
        if not (read and name == "implicit")
    ],
)
def test_arguments_that_depend_on_one_another_in_every_order(Value, wrap, read):
    """Each path from x counts once: through both arguments, one twice, or from outside (`read`)."""

    def nested(x, run):
        inner = lambda a, b: a * ag.sin(b * a) + (x * a * b if read else 0.0)
        u = x * x
        return run(inner)(x, u) * run(inner)(u, u) + run(lambda a, b: a)(u, x)

    x = Value(0.7)
    y, wanted = nested(x, WRAPPED[wrap]), nested(x, lambda f: f)
    for order in range(3):
        assert y.data == pytest.approx(wanted.data, rel=1e-11), order
        assert gradients(y, x) == pytest.approx(gradients(wanted, x), rel=1e-11), order
        y, wanted = (gradients(each, x, create_graph=True) for each in (y, wanted))
    if not read:
        slope = grad(grad(lambda x: nested(x, WRAPPED[wrap])))(0.7)
        assert slope == pytest.approx(grad(grad(lambda x: nested(x, lambda f: f)))(0.7), rel=1e-11)
