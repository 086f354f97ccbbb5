"""Float functions that return inf or nan where Python's `math` raises.

IEEE 754 gives every operation an answer: an overflow is inf, a pole is a signed inf, an undefined
result is nan. `math` raises instead, which would end a long computation in the middle of a graph.
Each function here is `math`'s, with that answer put back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from math import copysign, inf, nan

INTEGERS_ONLY = 2.0**52  # from here on every float is a whole number


def total(
    function: Callable[[float], float],
    pole: Callable[[float], float] = lambda x: nan,
    overflow: Callable[[float], float] = lambda x: inf,
) -> Callable[[float], float]:
    """`function`, answering `pole(x)` for a ValueError and `overflow(x)` for an OverflowError."""

    def evaluate(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return pole(x)
        except OverflowError:
            return overflow(x)

    evaluate.__name__ = function.__name__
    return evaluate


def _log_pole(at: float) -> Callable[[float], float]:
    return lambda x: -inf if x == at else nan


exp = total(math.exp)
expm1 = total(math.expm1)
log = total(math.log, pole=_log_pole(0.0))
log2 = total(math.log2, pole=_log_pole(0.0))
log10 = total(math.log10, pole=_log_pole(0.0))
log1p = total(math.log1p, pole=_log_pole(-1.0))
sqrt = total(lambda x: math.sqrt(x + 0.0))  # of -0.0 it is 0.0, so that its slope is inf
sin = total(math.sin)
cos = total(math.cos)
tan = total(math.tan)
asin = total(math.asin)
acos = total(math.acos)
sinh = total(math.sinh, overflow=lambda x: copysign(inf, x))
cosh = total(math.cosh)
acosh = total(math.acosh)
atanh = total(math.atanh, pole=lambda x: copysign(inf, x) if abs(x) == 1.0 else nan)


def hypot(x: float, y: float) -> float:
    """sqrt(x**2 + y**2); by way of abs(complex), which is the C library's hypot."""
    try:
        return abs(complex(x, y))
    except OverflowError:  # also of nan, where CPython may look at an errno from long ago
        return inf if x == x and y == y else nan


def divide(x: float, y: float) -> float:
    """`x / y`; division by zero gives a signed inf, or nan for 0 / 0."""
    try:
        return x / y
    except ZeroDivisionError:
        return nan if x == 0.0 or x != x else copysign(inf, x) * copysign(1.0, y)


def power(x: float, y: float) -> float:
    """`x ** y` over the reals: nan for a negative base with a fractional exponent."""
    if y == 2.0:
        return x * x
    if y == 1.0:
        return x
    try:
        return math.pow(x, y)
    except ValueError:  # 0 ** negative, or negative ** fraction
        return nan if x != 0.0 else copysign(inf, x) if y % 2.0 == 1.0 else inf
    except OverflowError:
        return -inf if x < 0.0 and y % 2.0 == 1.0 else inf


def modulo(x: float, y: float) -> float:
    """`x % y` with Python's sign convention (the sign of `y`); nan for `y` = 0."""
    try:
        return x % y
    except ZeroDivisionError:
        return nan


def fsum(numbers: Iterable[float]) -> float:
    """Their sum, rounded once; where it overflows on the way, or is undefined, it is inf or nan."""
    numbers = list(numbers)
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):
        return sum(numbers)


def _whole(rounding: Callable[[float], int]) -> Callable[[float], float]:
    """`rounding` as float to float, keeping -0.0, inf and nan."""

    def evaluate(x: float) -> float:
        return copysign(float(rounding(x)), x) if abs(x) < INTEGERS_ONLY else x

    evaluate.__name__ = rounding.__name__
    return evaluate


floor = _whole(math.floor)
ceil = _whole(math.ceil)
rint = _whole(round)


def _cbrt(x: float) -> float:
    if x == 0.0 or x - x != 0.0:  # zero, inf and nan are their own cube roots
        return x
    root = copysign(math.exp(math.log(abs(x)) / 3.0), x)
    return root - (root - x / root / root) / 3.0  # one Newton step: full precision


cbrt: Callable[[float], float] = getattr(math, "cbrt", _cbrt)  # in `math` since Python 3.11
