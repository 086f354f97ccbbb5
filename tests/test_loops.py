"""scan, while_loop and checkpoint, against the loops that one would write by hand and mpmath."""

import math

import mpmath
import pytest

from autograd_lite import (
    checkpoint,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    scan,
    sin,
    topological_order,
    while_loop,
)  # fmt: skip


def by_hand(step, start, xs):
    state, ys = start, []
    for x in xs:
        state, y = step(state, x)
        ys.append(y)
    return state, ys


def pendulum(state, force):
    angle, speed = state
    speed = speed + 0.1 * (force - sin(angle))
    return (angle + 0.1 * speed, speed), angle * speed


FORCES = [0.1, -0.4, 0.3, 0.25, -0.2]


def test_scan_is_the_loop_bit_by_bit(Value):
    for make in (float, Value):
        (angle, speed), ys = scan(pendulum, (make(0.3), make(-0.1)), FORCES)
        (wanted, wanted_speed), wanted_ys = by_hand(pendulum, (make(0.3), make(-0.1)), FORCES)
        plain = [getattr(x, "data", x) for x in (angle, speed, *ys)]
        assert plain == [getattr(x, "data", x) for x in (wanted, wanted_speed, *wanted_ys)]
        assert all(isinstance(y, make) for y in ys)


def test_gradients_reach_the_start_the_xs_and_what_is_captured(Value):
    """The state after n steps of x <- r x (1 - x) + u, against mpmath at 40 digits."""
    r, start, pushes = Value(3.1), Value(0.3), [Value(u) for u in (0.01, -0.02, 0.03)]
    end, _none = scan(lambda x, u: (r * x * (1.0 - x) + u, None), start, pushes)
    end.backward()

    def exact(*numbers):
        rate, x, *us = numbers
        for u in us:
            x = rate * x * (1 - x) + u
        return x

    leaves = [r, start, *pushes]
    with mpmath.workdps(40):
        at = [mpmath.mpf(leaf.data) for leaf in leaves]
        for i, leaf in enumerate(leaves):
            wanted = mpmath.diff(lambda t, i=i: exact(*at[:i], t, *at[i + 1 :]), at[i])
            assert leaf.grad == pytest.approx(float(wanted), rel=1e-13)


def test_structures_of_xs_and_ys(Value):
    np = pytest.importorskip("numpy")
    xs = {"a": [1.0, 2.0], "b": np.array([[3.0, 4.0], [5.0, 6.0]])}

    def step(total, x):
        return total + x["a"] * x["b"].sum(), (x["a"], {"twice": 2.0 * x["b"], "none": None})

    end, (first, rest) = scan(step, Value(0.0), xs)
    assert end.data == 29.0
    assert first == [1.0, 2.0]
    assert rest["none"] is None
    assert rest["twice"].tolist() == [[6.0, 8.0], [10.0, 12.0]]
    assert scan(lambda s, x: (s, [x, s]), 0.0, range(2))[1] == [[0, 0.0], [1, 0.0]]


def test_no_step_one_step_reverse_and_length(Value):
    assert scan(lambda s, x: 1 / 0, 3.0, []) == (3.0, [])
    assert scan(lambda s, x: (s + x, s), 3.0, [4.0]) == (7.0, [3.0])
    assert scan(lambda s, x: (10 * s + x, s), 0, [1, 2, 3], reverse=True) == (321, [32, 3, 0])
    assert scan(lambda s, _: (2 * s, None), 1.0, length=10) == (1024.0, None)
    assert scan(lambda s, _: (2 * s, None), 1.0, length=Value(3.0)) == (8.0, None)
    assert scan(lambda s, x: (s + x, None), 0.0, [1.0, 2.0], 2) == (3.0, None)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((lambda s, x: (s, x), 0.0), TypeError, "wants xs or a length"),
        ((lambda s, x: (s, x), 0.0, 3.0), TypeError, "xs is a list or an array.*float 3.0"),
        ((lambda s, x: (s, x), 0.0, (1.0, 2.0)), TypeError, "a tuple or a dict of such"),
        ((lambda s, x: (s, x), 0.0, ([1.0], [1.0, 2.0])), ValueError, "one length, got 1, 2"),
        ((lambda s, x: (s, x), 0.0, [1.0], 2), ValueError, "got 1; length is 2"),
        ((lambda s, x: (s, x), 0.0, None, -1), ValueError, "from 0, got -1"),
        ((lambda s, x: (s, x), 0.0, None, 1.5), TypeError, "whole number of steps, got float 1.5"),
        ((lambda s, x: (s, x), 0.0, None, math.inf), ValueError, "53, got float inf"),
        (
            (lambda s, x: (s, x), 0.0, [1.0], math.nan),
            ValueError,
            r"at most 2\*\*53, got float nan",
        ),
        ((lambda s, x: (s, x), 0.0, None, 10**30), ValueError, "53, got int 1000000"),
        ((lambda s, x: s, 0.0, [1.0]), TypeError, "gives a pair"),
        ((lambda s, x: ((s, s), None), 0.0, [1.0]), ValueError, "a number; got a tuple of 2"),
        ((lambda s, x: (s, 0 if x else [0]), 0.0, [0.0]), None, ""),
        ((3.0, 0.0, [1.0]), TypeError, "scan takes a step"),
    ],
)
def test_what_is_wrong_is_said(arguments, error, says):
    if error is None:
        scan(*arguments)
    else:
        with pytest.raises(error, match=says):
            scan(*arguments)


def test_while_loop_is_the_loop(Value):
    """Newton's iteration for a square root: the derivative is that of the steps made."""
    a = Value(2.0)

    def newton(x):
        return 0.5 * (x + a / x)

    root = while_loop(lambda x: abs(x * x - a) > 1e-12, newton, Value(1.0))
    root.backward()
    assert root.data == pytest.approx(2**0.5, rel=1e-12)
    assert a.grad == pytest.approx(0.5 / 2**0.5, rel=1e-11)
    assert while_loop(lambda x: False, newton, 1.0) == 1.0
    with pytest.raises(ValueError, match="got a tuple of 2"):
        while_loop(lambda x: True, lambda x: (x, x), 1.0)
    with pytest.raises(TypeError, match="condition is float 1"):
        while_loop(1.0, newton, 1.0)


def test_checkpoint_gives_the_numbers_without_the_graph(Value):
    """A drift with a leaf from outside, two results, an argument handed through."""
    k = Value(0.7)

    def f(x, y):
        for _ in range(20):
            x, y = x + 0.1 * y, y - 0.1 * k * sin(x)
        return x, {"y": y * 2.0}, k, 3.0

    pairs = []
    for function in (f, checkpoint(f)):
        x, y = Value(0.4), Value(0.2)
        a, b, same, number = function(x, y)
        loss = a * b["y"] + a
        count, k.grad = len(topological_order(loss)), 0.0
        loss.backward()
        assert same is k
        assert number == 3.0
        pairs.append((loss.data, x.grad, y.grad, k.grad, count))
    (value, *slopes, many), (lean_value, *lean_slopes, few) = pairs
    assert value == lean_value
    assert few < 10 < many
    assert slopes == pytest.approx(lean_slopes, rel=1e-13)


def test_checkpoint_in_every_order(Value):
    def f(x):
        return exp(sin(x) * x)

    for transform in (grad, lambda g: grad(grad(g)), lambda g: grad(grad(grad(g)))):
        assert transform(checkpoint(f))(0.8) == pytest.approx(transform(f)(0.8), rel=1e-13)
    two = lambda v: sin(v[0]) * v[1] ** 2
    for lean, wanted in zip(hessian(checkpoint(two))([0.3, 0.4]), hessian(two)([0.3, 0.4])):
        assert lean == pytest.approx(wanted, rel=1e-13)
    x = Value(2.0)
    product = checkpoint(lambda a, b: a * b)(x, x)  # one Value, given twice
    product.backward()
    assert x.grad == 4.0
    with pytest.raises(TypeError, match="checkpoint takes a function"):
        checkpoint(3.0)


@pytest.mark.parametrize("every", [1, 2, 5, 7])
def test_checkpoints_in_a_scan(Value, every):
    def end(start, checkpoint=None):
        (angle, _), ys = scan(pendulum, (start, 0.1), FORCES, checkpoint=checkpoint)
        return angle * ys[2] + ys[4]

    both = (
        end(0.3, every),
        grad(lambda x: end(x, every))(0.3),
        hvp(lambda x: end(x, every))(0.3, 1.0),
    )
    wanted = end(0.3), grad(end)(0.3), hvp(end)(0.3, 1.0)
    assert both == pytest.approx(wanted, rel=1e-13)
    with pytest.raises(ValueError, match="from 1, got 0"):
        end(0.3, 0)


def from_outside(x, run):
    """A function that uses Values from outside, of which one is made of the other."""
    w, v = x + 0.25, x * x
    return run(lambda a: sin(a * w + v) * a)(x * w) * run(lambda: w * v)() + v


def handed_in_and_from_outside(x, run):
    return run(lambda a, b: exp(a * x - b) + b * x)(x, sin(x))


def one_in_the_other(x, run):
    return run(lambda a: run(lambda b: sin(b * a) * x)(a * x) + a)(2.0 * x)


@pytest.mark.parametrize("f", [from_outside, handed_in_and_from_outside, one_in_the_other])
def test_checkpoint_with_values_from_outside_in_every_order(Value, f):
    lean, plain = (lambda x, run=run: f(x, run) for run in (checkpoint, lambda function: function))
    for order in range(1, 4):
        lean, plain = grad(lean), grad(plain)
        assert lean(0.7) == pytest.approx(plain(0.7), rel=1e-12), order


@pytest.mark.parametrize("every", [None, 1, 2, 3, 5])
def test_a_checkpointed_scan_in_every_order(Value, every):
    """The step uses two Values from outside, of which one is made of the other."""

    def end(w):
        v = 2.0 * w
        return scan(lambda h, x: (sin(h * w + v * x), None), w, FORCES, checkpoint=every)[0]

    with mpmath.workdps(40):

        def in_mpmath(w):
            h = w
            for x in FORCES:
                h = mpmath.sin(h * w + 2 * w * mpmath.mpf(x))
            return h

        wanted = mpmath.taylor(in_mpmath, mpmath.mpf(0.5), 3)
    first, second, third = grad(end), grad(grad(end)), grad(grad(grad(end)))
    assert first(0.5) == pytest.approx(float(wanted[1]), rel=1e-12)
    assert second(0.5) == pytest.approx(float(2 * wanted[2]), rel=1e-11)
    assert hessian(end)(0.5) == pytest.approx(float(2 * wanted[2]), rel=1e-11)
    assert third(0.5) == pytest.approx(float(6 * wanted[3]), rel=1e-10)


@pytest.mark.parametrize("changed", ["given", "outside"])
def test_a_leaf_that_changed_after_a_checkpoint_is_noticed(Value, changed):
    leaves = {"given": Value(2.0), "outside": Value(3.0)}
    y = checkpoint(lambda x: x**3 * leaves["outside"])(leaves["given"])
    leaves[changed].data = 5.0
    assert gradients(y, leaves["given"]) == 36.0  # those of the numbers that it was made of
    with pytest.raises(RuntimeError, match="was changed after the graph was recorded"):
        gradients(y, leaves["given"], create_graph=True)


def test_checkpoint_hands_arrays_of_integers_on_as_they_are(Value):
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    places = numpy.array([1, 0])
    xs = [Value(2.0), Value(3.0)]
    y = checkpoint(lambda xs, places: xs[places[0]] ** 2)(xs, places)
    places[0] = 0  # what it was given then counts when it is run again
    assert gradients(gradients(y, xs[1], create_graph=True), xs[1]) == 2.0
