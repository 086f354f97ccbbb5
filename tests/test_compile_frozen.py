"""Nothing that a call computes is frozen into the next one: it is recorded, or refused."""

import copy
import math
import os
import pickle
import subprocess
import sys
from random import Random

import pytest

import autograd_lite as ag
from autograd_lite import (
    Primitive,
    TraceError,
    compile,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    sin,
    sqrt,
    value_and_grad,
    where,
)

# Derivatives taken inside -------------------------------------------------------------------------

SQUARES = {  # x**2, by a derivative at a constant point
    "grad": lambda x: x * grad(lambda y: x * y)(1.0),
    "grad of a list": lambda x: x * grad(lambda y: x * y[0])([1.0, 2.0])[0],
    "grad of two": lambda x: x * grad(lambda y, z: x * y * z)(1.0, 1.0)[0],
    "value_and_grad": lambda x: x * value_and_grad(lambda y: x * y)(1.0)[1],
    "its value": lambda x: x * value_and_grad(lambda y: x * y)(1.0)[0],
    "hessian": lambda x: x * hessian(lambda y: 0.5 * x * y * y)(1.0),
    "jacobian": lambda x: x * jacobian(lambda y: [x * y])(1.0)[0],
    "hvp": lambda x: x * hvp(lambda y: 0.5 * x * y * y)(1.0, 1.0),
    "jvp of a function": lambda x: x * jvp(lambda y: x * y)(3.0, 1.0),
    "grad of grad": lambda x: x * grad(grad(lambda y: 0.5 * x * y * y))(3.0),
}


@pytest.mark.parametrize("square", SQUARES.values(), ids=SQUARES.keys())
def test_derivatives_at_a_constant_point_are_recorded(Value, square):
    program = compile(square)
    assert program.value(4.0) == 16.0
    assert (program.value(5.0), program.grad(5.0)) == (25.0, 10.0)
    assert program.hvp(5.0, 1.0) == pytest.approx(2.0)
    assert compile(square, batch="none").value_and_grad([3.0, 5.0]) == ([9.0, 25.0], [6.0, 10.0])
    assert program.traces == 1


@pytest.mark.parametrize("square", SQUARES.values(), ids=SQUARES.keys())
def test_higher_orders_of_a_node_know_derivatives_taken_inside(Value, square):
    program, x = compile(square), Value(4.0)
    slope = gradients(program(x), x, create_graph=True)
    assert (slope.data, gradients(slope, x)) == (8.0, pytest.approx(2.0))
    assert grad(grad(program))(4.0) == pytest.approx(2.0)


def test_a_loss_that_differentiates_the_model_at_constant_points(Value):
    """As a physics-informed loss does: the leaves are read at each call, and get gradients."""
    w = Value(0.5)

    def loss():
        return sum((grad(lambda t: (w * t).tanh())(t) - 1.0) ** 2 for t in (0.25, 0.75))

    def wanted():
        w.grad = 0.0
        y = sum((grad(lambda t: (w * t).tanh())(Value(t)) - 1.0) ** 2 for t in (0.25, 0.75))
        y.backward()
        return y.data, w.grad

    program = compile(loss)
    program.value()
    for number in (0.5, 0.8, -1.3):
        w.data = number
        expected = wanted()
        w.grad = 0.0
        assert (program.backward(), w.grad) == pytest.approx(expected, rel=1e-14)


FLOATS = {  # x times a float that is 2 x; a float passes no gradient on
    "gradients": lambda x: x * gradients(x * x, x),
    "gradients of several": lambda x: x * gradients(x * x, [x])[0],
    "gradients of a branch": lambda x: x * gradients(where(x > 0.0, x * x, sqrt(-x)), x),
    "jvp": lambda x: x * jvp(x * x, [x], [1.0]),
    "jvp with data as a rate": lambda x: 2.0 * x * jvp(x * 3.0, [x], [x.data]) / 3.0,
    "partials": lambda x: x * ((x**2).partials[0]),
    "partials of a leaf": lambda x: x * x.data * (2.0 if x.partials == () else 0.0),
    "partials of a sum": lambda x: x * (x.data * 2.0 * (x + x).partials[1]),
}


@pytest.mark.parametrize("function", FLOATS.values(), ids=FLOATS.keys())
def test_numbers_read_from_the_graph_are_recorded_and_pass_no_gradient(Value, function):
    program = compile(function)
    assert program.value(4.0) == 32.0
    assert program.value_and_grad(5.0) == (50.0, 10.0)


def test_a_rate_of_a_graph_has_the_bits_of_eager_code(Value):
    """It is pushed forward there, too, from leaves and interior nodes; one x may come twice."""

    def rate(a, b, c):
        y = sin(a * b) * c + a / b * c + a * a * c
        z = where(y > 0.0, y * b + sin(y) * a, y * y)
        return jvp(z * y, [a, b, y, c, b], [1.1, 0.3, 0.7, c.data, 0.2])

    program, random = compile(rate), Random(0)
    for _ in range(50):
        numbers = [random.uniform(-3.0, 3.0) for _ in range(3)]
        assert program.value(*numbers) == rate(*map(Value, numbers))


@pytest.mark.slow
def test_a_rate_in_the_first_trace_of_a_process():
    """Nodes have the number of the last run of a transform: here none has been."""
    code = """
import autograd_lite as ag
print(ag.compile(lambda x: ag.jvp(x * x * x, [x], [1.0])).value(3.0), ag.backend)
"""
    for engine in ("python", "native") if ag.NativeValue else ("python",):
        environment = {**os.environ, "AUTOGRAD_LITE_BACKEND": engine}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        command = [sys.executable, "-c", code]
        found = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        assert found.stdout.split() == ["27.0", engine]


def test_what_is_detached_has_no_rate_however_large_its_partial(Value):
    inside = jvp(lambda t: t + sqrt(t).detach())
    program = compile(lambda x: inside(x, 1.0) + jvp(x + sqrt(x).detach(), [x], [2.0]))
    assert program.value(0.0) == program.value(4.0) == 3.0


def test_gradients_of_what_does_not_depend(Value):
    program = compile(lambda x, y: gradients(x * x, y) + y)
    assert program.value_and_grad(2.0, 3.0) == (3.0, (0.0, 1.0))


# What has no meaning in a replay is refused -------------------------------------------------------

REFUSED = {
    "writing a Value as text": [
        lambda x, w: x * float(f"{x:.3f}"),
        lambda x, w: x * float(f"{x.data}"),
        lambda x, w: x * len(str(w)),
        lambda x, w: x * len(repr(x)),
        lambda x, w: x * float("%s" % x.data),
        lambda x, w: x * len(repr([x])),
        lambda x, w: x * len(str(x > 0.0)),
        lambda x, w: print(x),
    ],
    "reading grad": [lambda x, w: x * w.grad, lambda x, w: x + x.grad],
    "assigning grad": [lambda x, w: setattr(w, "grad", 0.0)],
    "copying or pickling a Value": [
        lambda x, w: x * copy.copy(x),
        lambda x, w: x * copy.deepcopy([w])[0],
        lambda x, w: x * pickle.loads(pickle.dumps(w)),
    ],
    "calling backward": [lambda x, w: (x * w).backward()],
    "cannot be a plain number": [
        lambda x, w: x * float(x),
        lambda x, w: x * math.exp(x.data),
        lambda x, w: x * "%.3f".__len__() * float("%.3f" % x),
        lambda x, w: x * Value_of(x),
    ],
}


def Value_of(x):
    return ag.Value(x.data)


@pytest.mark.parametrize(
    ("what", "function"),
    [(what, f) for what, functions in REFUSED.items() for f in functions],
)
def test_what_a_replay_could_not_repeat_is_refused_with_the_line(Value, what, function):
    w = Value(3.0)
    w.grad = 7.0
    program = compile(lambda x: function(x, w))
    with pytest.raises(TraceError, match=f"(?s){what}.*line"):
        program.value(2.0)
    assert (w.data, w.grad) == (3.0, 7.0)
    assert (repr(w), f"{w:.1f}") == ("Value(3, grad=7)", "3.0")  # outside as ever


def test_zero_grad_inside_is_refused(Value):
    import nn

    net = nn.Linear(1, 1, seed=0)
    optimizer = nn.SGD(net.parameters(), lr=0.1)

    def step(x):
        optimizer.zero_grad()
        return net([x])[0]

    with pytest.raises(TraceError, match="assigning grad"):
        compile(step).value(2.0)


def test_errors_inside_describe_values(Value):
    """The text of an error may name a Value, though the function may not."""

    class Holder:
        def __init__(self, x):
            self.x = x

        def __repr__(self):
            return f"Holder({self.x})"

    with pytest.raises(TraceError, match=r"returned Holder Holder\(Value\(2\)\)"):
        compile(Holder).value(2.0)


def test_a_condition_used_as_a_bool_is_a_decision(Value):
    for function in (
        lambda x: x * (2.0 if (x > 4.5) == True else 3.0),  # noqa: E712
        lambda x: x * (2.0 if (x > 4.5) == True else 3.0),  # noqa: E712
        lambda x: x * {True: 2.0, False: 3.0}[x > 4.5],
        lambda x: x * [3.0, 2.0][x > 4.5],
        lambda x: x * (3.0 - int(x > 4.5)),
        lambda x: x * (3.0 if (x > 4.5) != (x > 2.0) else 2.0),
    ):
        program = compile(function)
        assert [program.value(x) for x in (4.0, 5.0, 4.0)] == [12.0, 10.0, 12.0]


def test_a_condition_used_as_a_number_is_recorded(Value):
    for function in (
        lambda x: x * (x > 4.5),
        lambda x: (x > 4.5) * x + (x < 4.5) * (2.0 * x),
        lambda x: x * sum(x > n for n in (1.0, 4.5, 9.0)),
        lambda x: x * (3.0 - ((x > 4.5) & (x < 9.0))),
        lambda x: x * ((x > 4.5) - 2.0 + (x > 3.0)),
    ):
        program = compile(function)
        for x in (4.0, 5.0, 4.0):
            leaf = Value(x)
            y = function(leaf)
            assert program.value_and_grad(x) == (y.data, gradients(y, leaf))
        assert program.traces == 1


# Branches not taken -------------------------------------------------------------------------------


def huber_of_norm(x, y):
    n = sqrt(x * x + y * y)
    return where(n <= 1.0, 0.5 * (x * x + y * y), n - 0.5)


def direction(x, y):
    n = sqrt(x * x + y * y)
    return where(n > 0.0, x / n, 0.0)


def shared(x, y):
    r = sqrt(x)
    return where(r >= 0.0, 3.0 * x * x, r) + where(r > 1.0, r, y * y)


def nested(x, y):
    n = sqrt(x * x + y * y)
    return where(x > 0.0, where(n > 2.0, n, x / n), where(n > 1e-3, x / n, x * y))


def used_often(x, y):
    n = sqrt(x * x + y * y)
    total = x * y
    for i in range(20):  # more branches than there are ways to write down
        total = total + where(n > 0.1 * i, n, x) * where(n > 0.0, 1.0 / (n + i), y)
    return total


@pytest.mark.parametrize("function", [huber_of_norm, direction, shared, nested, used_often])
@pytest.mark.parametrize("point", [(0.0, 0.0), (1.0, 0.0), (0.0, 0.25), (3.0, -1.0)])
def test_second_order_through_a_condition_and_a_branch_that_share_a_value(Value, function, point):
    """A condition passes nothing back, and a branch not taken neither, in every order."""
    slopes, second = grad(function)(*point), hessian(function)(*point)
    assert all(map(math.isfinite, (*slopes, *second[0], *second[1])))
    program = compile(grad(function))
    program.value(0.5, 0.5)
    assert program.value(*point) == pytest.approx(slopes, rel=1e-13)
    program = compile(function)
    assert program.hvp(point, (1.0, 0.0)) == pytest.approx(second[0], rel=1e-12)
    assert program.hvp(point, (0.0, 1.0)) == pytest.approx(second[1], rel=1e-12)
    many = compile(function, batch="none")
    xs, ys = ([p[i] for p in ((0.5, 0.5), point, (2.0, 1.0))] for i in (0, 1))
    columns = many.hvp((xs, ys), ([1.0] * 3, [0.0] * 3))
    assert [column[1] for column in columns] == pytest.approx(second[0], rel=1e-12)


def test_no_branch_error_without_a_branch(Value):
    program = compile(lambda x: x * (x * x).detach(), batch="sum")
    assert program.hvp([1.0, 2.0, 1.0], [1.0, 1.0, 3.0]) == [0.0, 0.0, 0.0]
    slope = compile(grad(lambda x: x * (x * x).data))
    assert [slope.value(x) for x in (1.0, 2.0)] == [1.0, 4.0]
    assert slope.traces == 1
    assert slope.tapes()[0].guards == []


# Custom primitives --------------------------------------------------------------------------------


def test_a_custom_primitive_at_its_pole(Value):
    inverse = Primitive("inverse", lambda x: 1.0 / x, lambda out, x: (-out * out,))
    program = compile(inverse)
    assert program.value_and_grad(0.0) == (math.inf, -math.inf)
    assert program.value_and_grad(2.0) == (0.5, -0.25)
    ratio = Primitive("ratio", lambda x: x / (x - 1.0), lambda out, x: (-1.0 / (x - 1.0) ** 2,))
    assert compile(lambda x: ratio(x)).value_and_grad(1.0) == (math.inf, -math.inf)
    assert compile(lambda x: ratio(x) * 2.0).hvp(3.0, 1.0) == pytest.approx(0.5)


def test_a_custom_primitive_whose_rule_takes_derivatives(Value):
    """Implicit differentiation: the root x of x**3 + a x = 1."""

    def residual(x, a):
        return x * x * x + a * x - 1.0

    def newton(a):
        x = 1.0
        for _ in range(50):
            x = x - residual(x, a) / grad(lambda x: residual(x, a))(x)
        return x

    root = Primitive(
        "root",
        newton,
        lambda out, a: (
            -grad(lambda a: residual(out, a))(a) / grad(lambda x: residual(x, a))(out),
        ),
    )
    program = compile(lambda a: 2.0 * root(a))
    for a in (1.0, 2.0, 0.5):
        x = newton(a)
        slope = -x / (3.0 * x * x + a)
        curvature = (-slope * (3 * x * x + a) + x * (6 * x * slope + 1.0)) / (3 * x * x + a) ** 2
        assert program.value_and_grad(a) == pytest.approx((2.0 * x, 2.0 * slope), rel=1e-13)
        assert program.hvp(a, 1.0) == pytest.approx(2.0 * curvature, rel=1e-11)
    assert program.traces == 1
