"""Derivatives of plain Python functions."""

import functools
import math
from itertools import pairwise

import pytest

import autograd_lite as ag
from autograd_lite import grad, hessian, hvp, jacobian, value_and_grad


def test_one_and_several_arguments(Value):
    assert grad(lambda x: x**3)(2.0) == 12.0
    assert grad(lambda x, y: x * y)(2, 3) == (3.0, 2.0)
    assert value_and_grad(lambda x, y: x * y)(2, 3) == (6.0, (3.0, 2.0))


def test_structures_keep_their_shape(Value):
    params = {"w": [[1.0, 2.0], (3.0,)], "b": 4.0}

    def f(p):
        return p["w"][0][0] * p["w"][0][1] + p["w"][1][0] ** 2 * p["b"]

    assert grad(f)(params) == {"w": [[2.0, 1.0], (24.0,)], "b": 9.0}
    assert params["b"] == 4.0


def test_higher_orders_by_nesting(Value):
    f = ag.sin
    expected = [math.sin, math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x)]
    for order in range(4):
        assert f(0.7) == pytest.approx(expected[order](0.7))
        f = grad(f)


def test_no_confusion_of_inner_and_outer_arguments(Value):
    # d/dx (x * d/dy (x * y)) = d/dx x**2 ; the inner argument is the outer one itself
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * x * y)(1.0))(3.0) == 6.0
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(2.0) == 1.0


def test_closing_over_parameters_and_values_as_arguments(Value):
    w = Value(3.0)
    with ag.no_grad():
        assert grad(lambda x: w * x)(2.0) == 3.0
    assert w.grad == 0.0
    slope = grad(lambda x: w * x * x)(Value(2.0))
    assert isinstance(slope, Value)
    assert ag.gradients(slope, w) == 4.0
    slopes = grad(lambda x: x[0] * x[1] * x[2])([2, 3.0, w])  # one Value among ints and floats
    assert [ag.gradients(slope, w) for slope in slopes] == [3.0, 2.0, 0.0]


def test_python_control_flow(Value):
    def f(x):
        while x < 100:
            x = x * x if x > 2 else x * 3
        return x

    assert grad(f)(1.5) == pytest.approx(4 * 1.5**3 * 81)


def test_jacobian_and_hessian(Value):
    assert jacobian(lambda x: [x[0] * x[1], x[0] ** 2, 5.0])([2.0, 3.0]) == [
        [3.0, 2.0], [4.0, 0.0], [0.0, 0.0],
    ]  # fmt: skip
    assert jacobian(lambda x: {"a": x**2})(3.0) == {"a": 6.0}
    assert hessian(lambda x: x**4)(2.0) == 48.0
    assert hessian(lambda x, y: x**2 * y)(2.0, 3.0) == ((6.0, 4.0), (4.0, 0.0))
    assert hessian(lambda p: p["a"] * p["b"])({"a": 1.0, "b": 2.0}) == {
        "a": {"a": 0.0, "b": 1.0}, "b": {"a": 1.0, "b": 0.0},
    }  # fmt: skip


def test_a_jacobian_goes_backward_or_forward_whichever_is_less(Value, monkeypatch):
    passes = []
    rows, rates = ag.derivatives.rows_since, ag.derivatives.rates_since

    def backward(since, ys, xs):
        passes.extend(["backward"] * len(ys))
        return rows(since, ys, xs)

    def forward(since, ys, xs, tangents):
        passes.append("forward")
        return rates(since, ys, xs, tangents)

    monkeypatch.setattr(ag.derivatives, "rows_since", backward)
    monkeypatch.setattr(ag.derivatives, "rates_since", forward)
    for n, m, wanted in ((2, 3, ["forward"] * 2), (3, 2, ["backward"] * 2), (1, 1, ["backward"])):
        passes.clear()
        found = jacobian(lambda x: [k * x[0] * x[-1] for k in range(m)])([3.0] * n)  # noqa: B023
        assert passes == wanted
        assert [math.fsum(row) for row in found] == [6.0 * k for k in range(m)]


def rosenbrock(x):
    return ag.sum([100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])


def test_hvp_is_the_hessian_times_a_vector(Value):
    x, v = [0.5, -0.3, 1.2, 0.1], [1.0, -2.0, 0.5, 3.0]
    product = [math.fsum(h * t for h, t in zip(row, v)) for row in hessian(rosenbrock)(x)]
    assert hvp(rosenbrock)(x, v) == pytest.approx(product, rel=1e-12)
    assert hvp(lambda x, y: x * x * y)((2.0, 3.0), (1.0, 0.0)) == (6.0, 4.0)
    with pytest.raises(ValueError, match="tangents must be a list of 4, got list of length 1"):
        hvp(rosenbrock)(x, [1.0])


def test_newtons_method(Value):
    x = 2.0
    f = lambda x: ag.exp(x) - 3 * x
    for _ in range(8):
        x -= grad(f)(x) / grad(grad(f))(x)
    assert x == pytest.approx(math.log(3.0), rel=1e-15)


@pytest.mark.parametrize(
    "name", ["grad", "value_and_grad", "jacobian", "hessian", "hvp", "gradcheck"]
)
def test_what_is_no_function_is_refused_at_once(Value, name):
    transform, x = getattr(ag, name), Value(2.0)
    message = f"^{name} takes a function, as in .* or gradients\\(y, x\\); got Value"
    for call in (lambda: transform(x * x), lambda: transform(x * x, x)):
        with pytest.raises(TypeError, match=message):
            call()
    with pytest.raises(TypeError, match=r"got float 3\.0"):
        transform(3.0)
    program = ag.compile(lambda x: x * x)
    for f in (program, functools.partial(lambda a, x: a * x * x, 1.0)):
        assert grad(f)(3.0) == 6.0
        assert ag.gradcheck(f, 3.0)


def test_errors_name_the_function_and_the_thing(Value):
    with pytest.raises(TypeError, match="must return one Value or number, got list of length 2"):
        grad(lambda x: [x, x])(1.0)
    with pytest.raises(TypeError, match="real number, got str"):
        grad(lambda x: x)("a")
    with pytest.raises(TypeError, match="without an argument"):
        grad(lambda: 1.0)()
    assert grad(lambda x: 7.0)(1.0) == 0.0
    # a failure inside leaves no trace: the next call is an outermost one again
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 / 0)(1.0)
    assert type(grad(lambda x: x * x)(1.0)) is float


def test_the_name_and_docstring_stay():
    def f(x):
        """Doc."""
        return x

    assert (grad(f).__name__, grad(f).__doc__) == ("f", "Doc.")


def test_no_grad_around_a_transform_does_not_silence_it(Value):
    with ag.no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert hessian(lambda x: x**3)(2.0) == 12.0
        assert (Value(1.0) + 1).op is None


def test_tangents_are_matched_by_key_and_structure(Value):
    f = lambda p: p["a"] ** 2 * p["b"]
    assert hvp(f)({"a": 3.0, "b": 5.0}, {"b": 0.0, "a": 1.0}) == {"a": 10.0, "b": 6.0}
    for wrong in ({"a": 1.0}, [1.0, 2.0], {"a": [1.0], "b": 1.0}):
        with pytest.raises(ValueError, match=r"must be .*, got"):
            hvp(f)({"a": 3.0, "b": 5.0}, wrong)


@pytest.mark.parametrize("empty", [[], (), {}])
def test_derivatives_with_respect_to_no_numbers_are_empty(Value, empty):
    assert grad(lambda x: 1.0)(empty) == empty
    assert jacobian(lambda x: [1.0, 2.0])(empty) == [empty, empty]
    assert jacobian(lambda x: {"a": Value(1.0)})(empty) == {"a": empty}
    assert jacobian(lambda x: 1.0)(empty) == empty
