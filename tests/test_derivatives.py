"""Every row in every order at every magnitude: one loop over the table, against mpmath.

The value of a row is right to 1e-13, and its derivatives d of orders 1 to 3 to
1e-11 (|d| + sum of |x_i times the derivative of d with respect to x_i|): as if the operands had
been off by a few of their last digits. A new row is tested by existing; at its kinks, where a
derivative is chosen, it is left out by a line in `KINKS`.
"""

import functools
import itertools
import math
from math import inf, nan

import mpmath
import pytest
from mpmath import mpf
from truth import LARGEST, Derivatives, as_float, fault, function, has_truth

import autograd_lite
from autograd_lite import gradients
from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE, _polygamma

ORDER, QUICK_ORDER = 3, 2
UNARY = [row for row in TABLE.values() if len(row.operands) == 1 and not row.variadic]
UNARY += [_polygamma(order) for order in (2, 3, 4)]
OTHERS = [row for row in TABLE.values() if row not in UNARY]


def near_whole(x):
    return abs(x) > 2.0**52 or x == round(x)


def jumps(x, y):
    """Whether x / y is a whole number, or next to one, or has no digits behind the point."""
    ratio = abs(x / y) if y else 0.0
    return ratio > 1e15 or abs(ratio - round(ratio)) <= 1e-12 * ratio


def tie(*xs):
    return len(set(xs)) < len(xs)


def at_zero(x, *_):
    return x == 0.0


def pole_of_gamma(x):
    return x <= 0.0 and near_whole(x)


KINKS = {  # where the truth jumps or bends, or a derivative is infinite
    "abs": at_zero, "sign": at_zero, "heaviside": at_zero, "relu": at_zero,
    "leaky_relu": at_zero, "elu": at_zero, "sqrt": at_zero, "cbrt": at_zero, "power": at_zero,
    "log": at_zero, "log2": at_zero, "log10": at_zero, "log1p": lambda x: x == -1.0,
    "asin": lambda x: abs(x) == 1.0, "acos": lambda x: abs(x) == 1.0,
    "atanh": lambda x: abs(x) == 1.0, "acosh": lambda x: x == 1.0,
    "floor": near_whole, "ceil": near_whole, "round": lambda x: near_whole(x + 0.5),
    "mod": jumps, "floordiv": jumps, "div": lambda x, y: y == 0.0,
    "pow": lambda x, y: x <= 0.0, "pow_log_1": lambda x, y: x <= 0.0,
    "hypot": lambda x, y: x == y == 0.0, "direction": lambda x, y: x == y == 0.0,
    "real_of_inverse_power_1": lambda x, y: x == y == 0.0,
    "imaginary_of_inverse_power_1": lambda x, y: x == y == 0.0,
    "atan2": lambda y, x: y == 0.0 and x <= 0.0,
    "clip": lambda x, low, high: x in (low, high), "max": tie, "min": tie,
}  # fmt: skip
KINKS |= {row.name: pole_of_gamma for row in UNARY if "gamma" in row.name}

# Operands of one -------------------------------------------------------------------------------

QUICK = (1e-160, 0.3, 2.5, 19.1, 745.0, 1e155)
FULL = sorted(
    {
        10.0**k
        for k in (
            -307, -300, -200, -160, -155, -154, -103, -100, -77, -50, -30, -20, -16, -12, -8, -5,
            -3, -2, -1, 0, 1, 2, 3, 4, 5, 8, 12, 15, 16, 20, 30, 50, 77, 100, 103, 154, 155, 160,
            200, 300, 307,
        )
    }
    | {
        0.25, 0.5, 0.9, 0.99, 0.999999, 1.0 - 2.0**-53, 1.0 + 2.0**-52, 1.000001, 1.9999, 2.00001,
        2.0, 3.0, 7.0, 14.0, 19.1, 20.0, 25.3, 30.0, 36.7, 38.0, 40.0, 171.5, 171.7, 172.5, 300.0,
        700.0, 710.0, 745.0, 800.0,
    }
    | set(QUICK)
)  # fmt: skip


def row_of(name):
    return TABLE.get(name) or _polygamma(int(name.rpartition("_")[2]))


@functools.cache
def derivatives(name, xs):
    """The true derivatives at a point; the same for both engines."""
    return Derivatives(function(row_of(name)), xs)


def true_and_allowed(row, xs, order):
    """The true derivative and the error allowed; None where mpmath has none."""
    truth = derivatives(row.name, xs)
    relative = mpf("1e-11") if sum(order) else mpf("4e-16")
    try:
        wanted, allowed = truth[order], truth.allowed(order, relative)
    except (ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence):
        return None
    if wanted is None or allowed is None:
        return None
    return wanted, allowed if sum(order) else allowed + mpf("1e-13") * abs(wanted)


def is_wrong(row, xs, order, number, truth):
    if fault(number, *truth) <= 1.0:
        return False
    return not (number == 0.0 and derivatives(row.name, xs).vanishes(order))


def in_all_orders(Value, row, x, highest=ORDER):
    """The value and the first derivatives of a row of one operand."""
    leaf = Value(x)
    y = Value._apply(row, (leaf,))
    numbers = [y.data]
    for _ in range(highest):
        y = gradients(y, leaf, create_graph=True)
        numbers.append(y.data)
    return numbers


@functools.cache
def zeros(row):
    """Points close to where the value or a derivative changes its sign."""
    xs = [0.01 + 0.23 * k for k in range(-25, 25)]
    of = functools.partial(in_all_orders, autograd_lite.Value, row)
    rows, found = [of(x) for x in xs], []
    for order in range(ORDER + 1):
        for low, high, left, right in zip(xs, xs[1:], rows, rows[1:]):
            if left[order] * right[order] < 0.0:
                while high - low > 1e-9:
                    middle = 0.5 * (low + high)
                    same = of(middle)[order] * left[order] > 0.0
                    low, high = (middle, high) if same else (low, middle)
                found.append(high)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("row", UNARY, ids=repr)
def test_a_function_in_every_order_at_every_magnitude(Value, row, full_or_quick):
    magnitudes = full_or_quick(FULL, QUICK)
    points = [0.0, *magnitudes, *(-x for x in magnitudes), *zeros(row)]
    kink, checked, wrong = KINKS.get(row.name, lambda x: False), 0, []
    for x in points:
        if kink(x):
            continue
        numbers = in_all_orders(Value, row, x, full_or_quick(ORDER, QUICK_ORDER))
        for order, number in enumerate(numbers):
            truth = true_and_allowed(row, (x,), (order,))
            if truth is not None:
                checked += 1
                if is_wrong(row, (x,), (order,), number, truth):
                    wrong.append((x, order, number, as_float(truth[0])))
    assert not wrong
    assert checked > len(points) // 2


@functools.cache
def limit(name, sign, order):
    """The derivative at inf or -inf; nan if there is no limit."""
    f, found = function(row_of(name)), []
    for far in (mpf(10) ** 310, mpf(10) ** 313):
        if name in KINKS and KINKS[name](sign * far):
            return nan
        try:
            found.append(as_float(Derivatives(f, (sign * far,))[order,]))
        except (ValueError, OverflowError, TypeError, mpmath.libmp.NoConvergence):
            return nan  # no such number, or it is not real
    return found[0] if found[0] == found[1] else nan


@pytest.mark.parametrize("row", UNARY, ids=repr)
def test_a_function_at_infinity_and_nan(Value, row):
    """At inf a row and its derivatives have their limits; of nan they are nan, or constant."""
    for x in (inf, -inf):
        for order, number in enumerate(in_all_orders(Value, row, x)):
            wanted = limit(row.name, int(math.copysign(1.0, x)), order)
            assert number == wanted or wanted != wanted, (x, order)
    constant = zip(in_all_orders(Value, row, 0.3), in_all_orders(Value, row, 0.7))
    for number, (one, other) in zip(in_all_orders(Value, row, nan), constant):
        assert number != number or number == one == other


def test_every_row_has_a_truth_that_is_not_its_own_formula():
    missing = [row.name for row in TABLE.values() if not has_truth(row)]
    assert not missing, f"add to TRUTH in tests/truth.py what mpmath calls {missing}"


# Operands of several ---------------------------------------------------------------------------

SIDE_QUICK = (1e-160, 0.7, 3.0)
SIDE = (
    1e-300, 1e-160, 1e-100, 1e-12, 1e-3, 0.5, 1.0, 2.0, 7.3, 40.0, 1e5, 1e12, 1e100, 1e160, 1e300,
)  # fmt: skip


def both_signs(magnitudes):
    return [0.0, *magnitudes, *(-x for x in magnitudes)]


def points_of(row, full):
    """Points for a row of several operands."""
    side = both_signs(SIDE if full else SIDE_QUICK)
    if row.name in ("pow", "power", "pow_log_1"):
        exponents = (-2.0, -1.0, 0.0, 0.5, 1.0, 1.0000001, 2.0, 3.0, 4.0, -0.3, 20.0, 1e-9)
        bases = (1e-160, 0.3, 1.0, 2.0, 23.0, 1e8, 1e160, -2.0)
        return list(itertools.product(bases if full else bases[::2] + bases[3:4], exponents))
    if row.name in ("leaky_relu", "elu", "heaviside"):
        return list(itertools.product(side, (0.01, 2.0, -1.0)))
    if row.name == "clip":
        return list(itertools.product((-3.0, 0.1, 1e10, -1e300), (-1.0, -1e-5), (2.0, 1e-7)))
    if row.name == "dot":
        return list(itertools.product((1.0, -1e100), (2.0, 1e-100), (1.5, -2e50), (0.3, 0.0)))
    if row.name == "logsumexp":
        some = (0.0, 1.0, -2.5, 40.0, -300.0, 700.0)
        large = (1e4, 1e8, 1e16, 1e50, -1e300)
        return [
            *itertools.product(some, some), *((m, m) for m in large), *((m, m, m) for m in large),
            (40.0, 0.0, 1.0), (1e8, 1e8 - 1.0, 1e8 - 40.0), (700.0, 700.0, 0.0), (0.0, 0.0, 1e-9),
        ]  # fmt: skip
    if isinstance(row, Reduction):
        return [*itertools.product(side[::3], side[1::4]), (1.0, 2.0, 3.0), (5.0, 5.1, -300.0)]
    pairs = list(itertools.product(side, side))
    return pairs if full else pairs[::2]  # their number is odd: each operand takes all magnitudes


def mixed_derivatives(Value, row, xs, highest):
    """By multi-index: the derivatives, as they come out of each order of differentiation."""
    leaves = [Value(x) for x in xs]
    numbers = leaves if row.name != "power" else [leaves[0], xs[1]]
    level = {(0,) * len(xs): [Value._apply(row, tuple(numbers))]}
    for _ in range(highest):
        further = {}
        for order, values in level.items():
            for value in values:
                slopes = gradients(value, leaves, create_graph=True)
                for i, slope in enumerate(slopes):
                    index = (*order[:i], order[i] + 1, *order[i + 1 :])
                    further.setdefault(index, []).append(slope)
        yield {index: [v.data for v in values] for index, values in further.items()}
        level = further


@pytest.mark.slow
@pytest.mark.parametrize("row", OTHERS, ids=repr)
def test_mixed_derivatives_in_every_order_at_every_magnitude(Value, row, full_or_quick):
    kink, checked, wrong = KINKS.get(row.name, lambda *xs: False), 0, []
    for xs in points_of(row, full_or_quick(True, False)):
        if kink(*xs):
            continue
        overflow = False
        for numbers in mixed_derivatives(Value, row, xs, full_or_quick(ORDER, QUICK_ORDER)):
            truths = {order: true_and_allowed(row, xs, order) for order in numbers}
            known = {order: truth for order, truth in truths.items() if truth is not None}
            # Beside a derivative that overflows, another of its order may be inf or nan.
            overflow = overflow or any(abs(wanted) > LARGEST for wanted, _ in known.values())
            for order, truth in known.items():
                if row.name == "power" and order[1]:
                    continue  # its exponent is always a number
                for number in numbers[order]:
                    checked += 1
                    unknown = overflow and not math.isfinite(number)
                    if not unknown and is_wrong(row, xs, order, number, truth):
                        wrong.append((xs, order, number, as_float(truth[0])))
    assert not wrong
    assert checked > 20
