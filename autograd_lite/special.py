"""Functions of statistics, physics and finance, and on sequences.

With NumPy's and SciPy's names and conventions; loaded when first asked for:

>>> from autograd_lite import Value, special
>>> x = Value(-40.0)
>>> y = special.log1mexp(x)  # log(1 - exp(x))
>>> y.backward()
>>> print(f"{y:.12e} {x.grad:.12e}")
-4.248354255292e-18 -4.248354255292e-18

The rows are in `special_rows.py` and `student_rows.py`; here are the functions that are made of
them.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from math import inf

from . import primitives
from .primitive import describe, plain, real, where
from .primitives import abs, add, div, dot, hypot, log, logsumexp, mul
from .special_rows import *  # noqa: F403
from .special_rows import (
    FUNCTIONS,
    _bessel_i,
    _bessel_j,
    _bessel_k,
    _lambertw,
    _line,
    log_ndtr,
)
from .special_rows import SPECIAL as SPECIAL  # text of programs names it
from .student_rows import _log_stdtr, _t_log_density

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Rows of a branch, of an order --------------------------------------------------------------------


def lambertw(x: Any, k: int = 0) -> Any:
    """Lambert's W: the w with w exp(w) = x, for real x >= -1 / e; else nan.

    Args:
        x: a number or a Value.
        k: the branch: 0 for w >= -1, or -1 for w <= -1, which is there for x < 0.

    >>> from autograd_lite.special import lambertw
    >>> print(f"{lambertw(math.e):.12f} {lambertw(-0.1, -1):.12f}")
    1.000000000000 -3.577152063957
    """
    if k not in (0, -1):
        raise ValueError(f"the branch k of lambertw is 0 or -1, the real ones, got {describe(k)}")
    return _lambertw(k)(x)


def _of_order(family: Any, name: str, n: int, x: Any) -> Any:
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= 20:
        raise ValueError(f"the order of {name} is an int from 0 to 20, got {describe(n)}")
    return family(n)(x)


def jv(n: int, x: Any) -> Any:
    """The Bessel function J_n(x) of whole order n, from 0 to 20.

    >>> from autograd_lite.special import jv
    >>> print(f"{jv(3, 1.0):.12f}")
    0.019563353983
    """
    return _of_order(_bessel_j, "jv", n, x)


def iv(n: int, x: Any) -> Any:
    """The modified Bessel function I_n(x) of whole order n, from 0 to 20.

    >>> from autograd_lite.special import iv
    >>> print(f"{iv(3, 1.0):.12f}")
    0.022168424924
    """
    return _of_order(_bessel_i, "iv", n, x)


def kv(n: int, x: Any) -> Any:
    """The modified Bessel function K_n(x) of whole order n, from 0 to 20, for x > 0.

    >>> from autograd_lite.special import kv
    >>> print(f"{kv(3, 1.0):.12f}")
    7.101262824738
    """
    return _of_order(_bessel_k, "kv", n, x)


# Logarithms -------------------------------------------------------------------------------------


def logaddexp(x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)): `logsumexp` of two, under NumPy's name.

    >>> from autograd_lite.special import logaddexp
    >>> print(f"{logaddexp(1000.0, 1000.0):.6f}")
    1000.693147
    """
    return logsumexp(x, y)


def norm_logpdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of the normal density, as `scipy.stats.norm.logpdf`; its distribution function
    is `ndtr`.

    >>> from autograd_lite.special import norm_logpdf
    >>> norm_logpdf(1.0)
    -1.4189385332046727
    """
    z = div(x - loc, scale)
    return -0.5 * math.log(2.0 * math.pi) - 0.5 * z * z - log(scale)


def norm_logcdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of the normal distribution function, as `scipy.stats.norm.logcdf`.

    >>> from autograd_lite.special import norm_logcdf
    >>> print(f"{norm_logcdf(-40.0):.12f}")
    -804.608442013754
    """
    return log_ndtr(div(x - loc, scale))


def t_logpdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of Student's density with `df` degrees of freedom, as `scipy.stats.t.logpdf`.

    >>> from autograd_lite.special import t_logpdf
    >>> print(f"{t_logpdf(1.0, 3.0):.12f}")
    -1.576252994527
    """
    return _t_log_density(df, div(x - loc, scale)) - log(scale)


def t_logcdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of Student's distribution function, as `scipy.stats.t.logcdf`; the function
    itself is `stdtr`. It keeps its digits where that is 0 as a float.

    >>> from autograd_lite.special import t_logcdf
    >>> print(f"{t_logcdf(-100.0, 1000.0):.9f}")
    -1203.273147258
    """
    return _log_stdtr(df, div(x - loc, scale))


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
    >>> print(f"{std([1.0, 2.0, 6.0], ddof=1) ** 2:.12f}")
    7.000000000000
    """
    deviations, count = _deviations(xs, ddof, "std")
    return norm(deviations) / math.sqrt(count)


def norm(xs: Iterable[Any], ord: float = 2) -> Any:
    """The length of a vector, without overflow; at the origin its derivatives are 0.

    Args:
        xs: numbers or Values.
        ord: 2 for the Euclidean norm, 1 for the sum of absolute values, `math.inf` for the largest.

    >>> from autograd_lite.special import norm
    >>> norm([3.0, -4.0]), norm([3.0, -4.0], ord=1), norm([3.0, -4.0], ord=math.inf)
    (5.0, 7.0, 4.0)
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


__all__ = [
    *FUNCTIONS,
    "cumsum",
    "interp",
    "iv",
    "jv",
    "kv",
    "lambertw",
    "logaddexp",
    "mean",
    "norm",
    "norm_logcdf",
    "norm_logpdf",
    "prod",
    "std",
    "t_logcdf",
    "t_logpdf",
    "var",
]
