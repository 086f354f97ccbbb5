"""The second file of the table: functions of statistics, physics and finance, on sequences, too.

Rows like those of `primitives.py`, with NumPy's and SciPy's names and conventions; loaded when
first asked for:

>>> from autograd_lite import Value, special
>>> x = Value(-40.0)
>>> y = special.log1mexp(x)  # log(1 - exp(x))
>>> y.backward()
>>> y.data, x.grad
(-4.248354255291589e-18, -4.248354255291589e-18)

What is a difference of nearly equal numbers, or overflows on the way, is written so that it does
not, in the value and in every derivative: a slope is a row of its own where it would lose digits in
the next order. Formulas are those of the Digital Library of Mathematical Functions (DLMF) where a
number such as DLMF 7.18.7 says so.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from math import inf, nan, pi

from . import primitives
from .primitive import ANY, Primitive, describe, plain, real, where
from .primitives import (
    BERNOULLI,
    POSITIVE,
    _from_whole,
    _stirling,
    abs,
    add,
    cos,
    div,
    dot,
    exp,
    expm1,
    hypot,
    lgamma,
    log,
    log1p,
    logsumexp,
    mod,
    mul,
    power,
    round,
    sign,
    sin,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NEGATIVE = (-8.0, -0.05)


class Row(Primitive):
    """A row of this file."""

    def __reduce__(self) -> Any:
        if SPECIAL.get(self.name) is not self:
            return super().__reduce__()
        return _special_row, (self.name,)


def _special_row(name: str) -> Row:
    """The row called `name` (pickles of rows refer to it)."""
    return SPECIAL[name]


# fmt: off
# Sums of exponentials, logarithms -----------------------------------------------------------------

square = Row(
    "square", lambda x: x * x, lambda out, x: (2.0 * x,),
    label="x²", latex="#1^{2}", c="#1 * #1", plain="#1²", binds=3,
)
copysign: Row = Row(  # its slope is chosen at 0, as that of abs
    "copysign", math.copysign, lambda out, x, y: (sign(x) * copysign(1.0, y), 0.0),
    latex=r"\operatorname{copysign}\left(#1, #2\right)", c="copysign(#1, #2)",
)
# log(1 - exp(x)) for x <= 0, as SciPy, Stan and Julia have it: Maechler 2012, `Accurately computing
# log(1 - exp(-|a|))`
log1mexp = Row(
    "log1mexp",
    lambda x: where(x < -math.log(2.0), log1p(-exp(x)), log(-expm1(x))),
    lambda out, x: (where(x > 0.0, out, _log1mexp_slope(x)),),
    latex=r"\ln\left(1 - e^{#1}\right)", domain=(NEGATIVE,),
)
_log1mexp_slope: Row = Row(
    "log1mexp_slope", lambda x: div(-1.0, expm1(-x)), lambda out, x: (out * (1.0 - out),),
    latex=r"\frac{-1}{e^{-#1} - 1}", domain=(NEGATIVE,),
)
logsubexp = Row(
    "logsubexp",
    lambda x, y: where(x > -inf, x + log1mexp(y - x), where(y <= x, x, nan)),
    lambda out, x, y: (1.0 - _log1mexp_slope(y - x), _log1mexp_slope(y - x)),
    latex=r"\ln\left(e^{#1} - e^{#2}\right)", domain=((1.0, 5.0), (-5.0, 0.9)),
)


def logaddexp(x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)): `logsumexp` of two, under NumPy's name.

    >>> from autograd_lite.special import logaddexp
    >>> logaddexp(1000.0, 1000.0) - 1000.0 == math.log(2.0)
    True
    """
    return logsumexp(x, y)


xlogy = Row(  # 0 at x = 0, also for y = 0
    "xlogy",
    lambda x, y: where(abs(x) > 0.0, x * log(y), where(y <= inf, 0.0 * x, y)),
    lambda out, x, y: (
        log(y), where(y < 0.0, log(y), where(abs(x) + y > 0.0, div(x, y), 0.0 * y)),
    ),
    latex=r"#1 \ln\left(#2\right)", domain=(ANY, POSITIVE), binds=2,
)
xlog1py = Row(
    "xlog1py",
    lambda x, y: where(abs(x) > 0.0, x * log1p(y), where(y <= inf, 0.0 * x, y)),
    lambda out, x, y: (
        log1p(y),
        where(y < -1.0, log1p(y), where(abs(x) + (1.0 + y) > 0.0, div(x, 1.0 + y), 0.0 * y)),
    ),
    latex=r"#1 \ln\left(1 + #2\right)", domain=(ANY, (-0.9, 8.0)), binds=2,
)
logit = Row(
    "logit",
    lambda x: where(
        abs(x - 0.5) < 0.25, log1p(div(2.0 * x - 1.0, 1.0 - x)), log(div(x, 1.0 - x))
    ),
    lambda out, x: (where(x < 0.0, out, where(x > 1.0, out, 1.0 / x + 1.0 / (1.0 - x))),),
    latex=r"\ln\frac{#1}{1 - #1}", domain=((0.05, 0.95),),
)

# sin(pi x) / (pi x), as NumPy has it --------------------------------------------------------------


def _sin_pi(x: Any) -> Any:
    """sin(pi x), with the digits of x - round(x)."""
    sine = sin(pi * _from_whole(x))
    return where(mod(round(x), 2.0) > 0.0, -sine, sine)


def _cos_pi(x: Any) -> Any:
    cosine = cos(pi * _from_whole(x))
    return where(mod(round(x), 2.0) > 0.0, -cosine, cosine)


@functools.cache
def _sinc(order: int) -> Row:
    """The derivative of sinc of this order.

    Near 0 by its power series, further out by the recurrence that x sinc(x) = sin(pi x) / pi
    becomes when it is differentiated.
    """
    near = (order + 2.0) / pi
    first = (order + 1) // 2
    coefficients = [
        (-1) ** k * pi ** (2 * k) * math.factorial(2 * k)
        / (math.factorial(2 * k - order) * math.factorial(2 * k + 1))
        for k in range(first, first + 16 + 2 * order)
    ]

    def evaluate(x: Any) -> Any:
        small: Any = where(abs(x) < near, x, 0.0)
        series = 0.0 * small
        for coefficient in reversed(coefficients):
            series = series * (small * small) + coefficient
        if 2 * first > order:
            series = series * small
        far = where(abs(x) < inf, x, 1.0)
        sine, cosine = _sin_pi(far), _cos_pi(far)
        turned = (sine, cosine, -sine, -cosine)  # the derivatives of the sine
        value = div(sine, pi * far)
        for n in range(1, order + 1):
            value = div(pi ** (n - 1) * turned[n % 4] - float(n) * value, far)
        value = where(abs(x) < inf, value, div(0.0 * sign(x), 1.0))
        return where(abs(x) < near, series, where(abs(x) <= inf, value, x))

    return Row(
        f"sinc_{order}" if order else "sinc", evaluate, lambda out, x: (_sinc(order + 1)(x),),
        latex=r"\operatorname{sinc}^{(%d)}\left(#1\right)" % order if order
        else r"\frac{\sin\left(\pi #1\right)}{\pi #1}",
    )


sinc, _sinc_1, _sinc_2 = map(_sinc, range(3))

# Beta function ------------------------------------------------------------------------------------


@functools.cache
def _polygamma_difference(order: int) -> Row:
    """psi(x) - psi(x + y), or its derivative with respect to x of this order, for x, y > 0.

    Term by term as polygamma (DLMF 25.11.28), each difference of powers by expm1 of a logarithm, so
    that it keeps its digits if y is small beside x.
    """
    s, shift = order + 1.0, 10 + order
    scale = float((-1) ** (order + 1) * math.factorial(order))

    def less(power: float, ratio: Any) -> Any:  # 1 - (x / (x + y))**power; ratio: log1p(y / x)
        return -expm1(-power * ratio)

    def evaluate(x: Any, y: Any) -> Any:
        z = x + float(shift)
        ratio = log1p(y / z)
        series: Any = 0.0
        for k, bernoulli in reversed(list(enumerate(BERNOULLI, start=1))):
            rising = math.prod(s + i for i in range(2 * k - 1)) / math.factorial(2 * k)
            term = bernoulli * rising * less(s + 2.0 * k - 1.0, ratio)
            series = (series + term) / (z * z if k > 1 else z)
        lead = less(s - 1.0, ratio) * z / (s - 1.0) if order else ratio * z
        total = power(z, -s) * (lead + 0.5 * less(s, ratio) + series)
        for k in reversed(range(shift)):
            z = x + float(k)
            total = total + power(z, -s) * less(s, log1p(div(y, z)))
        return scale * total

    return Row(
        f"polygamma_difference_{order}", evaluate,
        lambda out, x, y: (
            _polygamma_difference(order + 1)(x, y), -primitives._polygamma(order + 1)(x + y),
        ),
        latex=r"\left(\psi^{(%d)}\left(#1\right) - \psi^{(%d)}\left(#1 + #2\right)\right)"
        % (order, order),
        domain=(POSITIVE, POSITIVE),
    )


_digamma_difference, _trigamma_difference = map(_polygamma_difference, range(2))


def _betaln(x: Any, y: Any) -> Any:
    """ln B(x, y); where an operand is large by Stirling's series, whose large terms are taken
    together: Didonato and Morris 1992."""
    a, b = where(x < y, x, y), where(x < y, y, x)
    near = lgamma(a) + lgamma(b) - lgamma(a + b)
    far, both = where(b < 10.0, 10.0, b), where(a < 10.0, 10.0, a)
    total = a + far
    one = (
        lgamma(a) - (far - 0.5) * log1p(a / far) - a * (log(total) - 1.0)
        + (_stirling(far) - _stirling(where(total < 10.0, 10.0, total)))
    )
    ratio = both / far
    two = (
        0.5 * math.log(2.0 * pi) - 0.5 * log(far)
        + (_stirling(both) + _stirling(far) - _stirling(both + far))
        - (both - 0.5) * log1p(far / both) - far * log1p(ratio)
    )
    return where(a > 0.0, where(b < 10.0, near, where(a < 10.0, one, two)), near)


betaln = Row(
    "betaln", _betaln,
    lambda out, x, y: (_digamma_difference(x, y), _digamma_difference(y, x)),
    latex=r"\ln\mathrm{B}\left(#1, #2\right)", domain=(POSITIVE, POSITIVE),
)

# Sequences ----------------------------------------------------------------------------------------


def _several(xs: Iterable[Any], what: str) -> list[Any]:
    xs = list(xs)
    if not xs:
        raise ValueError(f"{what} of no operands is undefined; give at least one")
    return xs


def cumsum(xs: Iterable[Any]) -> list[Any]:
    """The sums of the first 1, 2, ... of `xs`; of nothing, nothing.

    >>> from autograd_lite.special import cumsum
    >>> cumsum([1.0, 2.0, 3.0])
    [1.0, 3.0, 6.0]
    """
    return list(itertools.accumulate(xs, lambda total, x: add(total, x)))


def prod(xs: Iterable[Any]) -> Any:
    """The product of `xs`, from left to right; 1.0 of nothing.

    >>> from autograd_lite import Value
    >>> from autograd_lite.special import prod
    >>> x = Value(0.0)
    >>> y = prod([x, 2.0, 3.0])  # no division: a factor of 0 has its derivative, too
    >>> y.backward()
    >>> y.data, x.grad
    (0.0, 6.0)
    """
    return functools.reduce(lambda total, x: mul(total, x), xs, 1.0)


def mean(xs: Iterable[Any]) -> Any:
    """The arithmetic mean.

    >>> from autograd_lite.special import mean
    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    xs = _several(xs, "mean")
    return primitives.sum(xs) / float(len(xs))


def _deviations(xs: Iterable[Any], ddof: float, what: str) -> tuple[list[Any], float]:
    """Each less the mean, and how many of them count."""
    xs = _several(xs, what)
    count = len(xs) - real(ddof)
    if count <= 0.0:
        raise ValueError(f"{what} of {len(xs)} operands with ddof={ddof} divides by {count:g}")
    middle = mean(xs)
    return [x - middle for x in xs], count


def var(xs: Iterable[Any], ddof: float = 0) -> Any:
    """The variance: the sum of squared deviations from the mean, divided by n - ddof.

    Args:
        xs: numbers or Values.
        ddof: 0 for the variance of just these, 1 for an unbiased estimate; NumPy's.

    >>> from autograd_lite.special import var
    >>> var([1.0, 2.0, 6.0]), var([1.0, 2.0, 6.0], ddof=1)
    (4.666666666666667, 7.0)
    """
    deviations, count = _deviations(xs, ddof, "var")
    return dot(deviations, deviations) / count


def std(xs: Iterable[Any], ddof: float = 0) -> Any:
    """The standard deviation: the square root of `var`; where that is 0, its derivatives are 0.

    >>> from autograd_lite.special import std
    >>> std([1.0, 2.0, 6.0], ddof=1) ** 2
    7.000000000000001
    """
    deviations, count = _deviations(xs, ddof, "std")
    return norm(deviations) / math.sqrt(count)


def norm(xs: Iterable[Any], ord: float = 2) -> Any:
    """The length of a vector, without overflow; at the origin its derivatives are 0.

    Args:
        xs: numbers or Values.
        ord: 2 for the Euclidean norm, 1 for the sum of absolute values, `math.inf` for the largest.

    >>> from autograd_lite.special import norm
    >>> norm([3e200, -4e200]), norm([3.0, -4.0], ord=1), norm([3.0, -4.0], ord=math.inf)
    (5e+200, 7.0, 4.0)
    """
    xs = list(xs)
    if ord not in (1, 2, inf):
        raise ValueError(f"ord of norm is 1, 2 or math.inf, got {describe(ord)}")
    if not xs:
        return 0.0
    if ord == 2:
        return functools.reduce(lambda total, x: hypot(total, x), xs[1:], abs(xs[0]))
    sizes = [abs(x) for x in xs]
    return primitives.sum(sizes) if ord == 1 else primitives.max(sizes)


_line = Row(  # the line through (x0, y0)
    "line", lambda x, x0, y0, rate: rate * (x - x0) + y0,
    lambda out, x, x0, y0, rate: (rate, -rate, 1.0, x - x0),
    latex=r"\left(#3 + #4 \cdot \left(#1 - #2\right)\right)", domain=(ANY, ANY, ANY, ANY),
)


def interp(
    x: Any, xp: Sequence[Any], fp: Sequence[Any], left: Any = None, right: Any = None
) -> Any:
    """Piecewise linear interpolation in a table, as `numpy.interp`.

    It is one operation if the table is of numbers. It may hold Values: the result is differentiated
    with respect to these, too. At a knot the slope is that to the right, at the last one that to
    the left, and 0 beyond the ends. Compiled, with an `x` that differs from call to call, it looks
    the interval up by as many operations as there are knots.

    Args:
        x: where, a number or a Value; for several points call it for each.
        xp: the knots, ascending.
        fp: the values there.
        left: the value for x < xp[0]; fp[0] if it is None.
        right: the value for x > xp[-1]; fp[-1] if it is None.

    Raises:
        ValueError: there are no knots, not one value for each, or they do not ascend.

    >>> from autograd_lite import Value
    >>> from autograd_lite.special import interp
    >>> x = Value(2.5)
    >>> y = interp(x, [1.0, 2.0, 4.0], [10.0, 20.0, 30.0])
    >>> y.backward()
    >>> y.data, x.grad
    (22.5, 5.0)
    """
    xp, fp = list(xp), list(fp)
    knots = [plain(knot) for knot in xp]
    if not xp or len(xp) != len(fp):
        raise ValueError(
            f"interp takes one value for each knot, and at least one: got {len(xp)} knots and "
            f"{len(fp)} values"
        )
    for before, after in itertools.pairwise(knots):
        if not before < after:
            raise ValueError(f"the knots of interp must ascend, got {before} before {after}")

    def between(low: int, high: int) -> Any:
        """On the intervals from knot `low` to knot `high`."""
        if high - low == 1:
            slope = (fp[high] - fp[low]) / (xp[high] - xp[low])
            return _line(x, xp[low], fp[low], slope)
        middle = (low + high) // 2
        below = x < xp[middle]
        if below is True or below is False:
            return between(low, middle) if below else between(middle, high)
        return where(below, between(low, middle), between(middle, high))

    left = fp[0] if left is None else left
    right = fp[-1] if right is None else right
    inside = between(0, len(xp) - 1) if len(xp) > 1 else where(x <= xp[0], fp[0], 0.0 * x + fp[0])
    return where(x < xp[0], left, where(x > xp[-1], right, inside))


# fmt: on
SPECIAL: dict[str, Row] = {}  # by name
for _name, _value in list(globals().items()):
    if isinstance(_value, Row):
        _value.custom = False
        SPECIAL[_value.name] = _value
FUNCTIONS = {name: row for name, row in SPECIAL.items() if globals().get(name) is row}
__all__ = [
    *FUNCTIONS,
    "cumsum",
    "interp",
    "logaddexp",
    "mean",
    "norm",
    "prod",
    "std",
    "var",
]
