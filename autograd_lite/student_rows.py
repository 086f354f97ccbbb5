"""Student's t distribution, rows only: they are part of the second file of the table.

With s = asinh(t / sqrt(df)) the density is sech(s)**(df + 1) times a constant. What is beyond t is

    integral from s to infinity of sech**df = sech(s)**df * integral over w of exp(-df fall(w))

where fall(w) = ln(cosh(s + w) / cosh(s)). The last integral is taken by Gauss's rule, and keeps its
digits where the first is too small for a float. Differentiated under the integral sign it gives the
derivatives by df, too.
"""

from __future__ import annotations

import functools
import math
from math import inf, nan, pi

from .primitive import ANY, family, where
from .primitives import (
    BERNOULLI,
    POSITIVE,
    abs,
    asinh,
    div,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    power,
    sinh,
    sqrt,
    tanh,
)
from .special_table import Row, derivative, raised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NODES = 36
LAST = 38.0  # of an exponential: what is less than exp(-LAST) of the first is nothing
# fmt: off


def _positive(df: Any) -> Any:
    """`df`, or nan if it is 0 or less; from 1e300 on the distribution is the normal one."""
    return where(df > 0.0, where(df < 1e300, df, 1e300), nan)


def _signed(n: int) -> float:
    """(-1)**n n!"""
    return float((-1) ** n * math.factorial(n))


# The density --------------------------------------------------------------------------------------


# How the density and the distribution function are written, and what t is, of the s in a score
DENSITY = "f(#1, #2)", r"f_{#1}\left(#2\right)"
DISTRIBUTION = "F(#1, #2)", r"F_{#1}\left(#2\right)"
AT_T = "(t = √(#1)·sinh(#2))"


@family
def _t_constant(order: int) -> Row:
    """ln(sqrt(2 pi) f(0)) of Student's density f, 0 for a large df; or its derivative.

    By the series of ln Gamma(x + 1/2) - ln Gamma(x), from DLMF 5.11.8; a small df by recurrence.
    """
    least = 30.0
    coefficients = [
        -bernoulli * (2.0 ** (2 * k) - 1.0) / (2.0 * k * (2.0 * k - 1.0))
        * (-1) ** order * math.prod(range(2 * k - 1, 2 * k - 1 + order))
        for k, bernoulli in enumerate(BERNOULLI, start=1)
    ]

    def step(x: Any) -> Any:
        """What it is less at x than at x + 2."""
        if order == 0:
            return -0.5 * log1p(1.0 / (x * (x + 2.0)))
        if order == 1:
            return 1.0 / (x * (x + 1.0) * (x + 2.0))
        n = -float(order)
        second = 2.0 * power(x + 1.0, n) - power(x, n) - power(x + 2.0, n)
        return -0.5 * _signed(order - 1) * second

    def evaluate(df: Any) -> Any:
        df = _positive(df)
        far = where(df < least, df + least, df)
        series: Any = 0.0
        for coefficient in reversed(coefficients):
            series = series / (far * far) + coefficient
        series = series * power(far, -(order + 1.0))
        near = where(df < least, df, 1.0)
        total = series
        for k in reversed(range(int(least) // 2)):
            total = total + step(near + 2.0 * k)
        return where(df < least, total, series)

    how = derivative("log f(#1, 0)", r"\ln f_{#1}\left(0\right)", order)
    if not order:
        how = {
            "label": "log √(2π) f", "plain": "log(√(2·π)·f(#1, 0))",
            "latex": r"\ln\left(\sqrt{2\pi} f_{#1}\left(0\right)\right)",
        }
    return Row(
        f"t_constant_{order}", evaluate, lambda out, df: (_t_constant(order + 1)(df),),
        domain=(POSITIVE,), **how,
    )


@family
def _t_score(order: int) -> Row:
    """The derivative by df of ln(f(t) / f(0)), and of higher order, as a function of df and s.

    Written in tanh(s)**2 = t**2 / (df + t**2), so that nothing cancels for a large df.
    """
    scale = 0.5 * _signed(order)

    def evaluate(df: Any, s: Any) -> Any:
        df, m, y = _positive(df), abs(s), tanh(s)
        part = y * y
        if order == 0:
            series: Any = 0.0
            for k in range(13, 1, -1):
                series = (series + 1.0 / k) * part
            far = part - 2.0 * (m - math.log(2.0) + log1p(exp(-2.0 * m)))
            first = where(part < 0.05, -part * series, far)
        else:
            rest, total = 1.0 - part, 0.0
            for k in range(order, 0, -1):
                total = total * rest + float(k)
            first = -part * part / float(order) * total
        rest, total = 1.0 - part, 1.0
        for _ in range(order):
            total = total * rest + 1.0
        value = scale * (first + part * total / df)
        return value * power(df, -order) if order else value

    def partials(out: Any, df: Any, s: Any) -> tuple[Any, Any]:
        y = tanh(s)
        part, rest = y * y, 1.0 - y * y
        if order == 0:
            by_s = y * (rest / df - part)
        else:
            total: Any = 0.0
            for k in range(order + 1):
                slope: Any = (1.0 if k == 0 else power(rest, k)) / df
                if k:
                    slope = slope - part * float(k) * power(rest, k - 1.0) / df
                if k < order:
                    slope = slope - 2.0 * part * (k + 1.0) / float(order) * power(rest, k)
                if 0 < k < order:
                    more = part * part * (k + 1.0) * float(k) / float(order)
                    slope = slope + more * power(rest, k - 1.0)
                total = total + slope
            by_s = scale * total * 2.0 * y * rest * power(df, -order)
        return _t_score(order + 1)(df, s) + 0.5 * y / df * by_s, by_s  # s falls as df grows

    if order:
        by = derivative("log(f(#1, t)/f(#1, 0))", r"\ln\frac{f_{#1}(t)}{f_{#1}(0)}", order + 1)
        how = {
            "label": f"∂{raised(order + 1)}log f", "plain": by["plain"].join("[]") + AT_T,
            "latex": r"\left[%s\right]_{t=\sqrt{#1}\,\sinh\left(#2\right)}" % by["latex"],
        }
    else:
        how = {
            "label": "∂log f", "plain": "(#1 + 1)/(2·#1)·tanh(#2)² − log(cosh(#2))", "binds": 1,
            "latex": r"\frac{#1 + 1}{2 \cdot #1} \tanh^2\left(#2\right)"
            r" - \ln\cosh\left(#2\right)",
        }
    return Row(f"t_score_{order}", evaluate, partials, domain=(POSITIVE, ANY), **how)


def _bell(order: int, scores: list[Any]) -> Any:
    """A derivative by df of a density over the density; of those of its logarithm."""
    found: list[Any] = [1.0]
    for n in range(1, order + 1):
        total: Any = 0.0
        for j in range(n):
            total = total + float(math.comb(n - 1, j)) * scores[j] * found[n - 1 - j]
        found.append(total)
    return found[order]


def _relative(order: int, df: Any, t: Any) -> Any:
    """The derivative of the density by df, over the density."""
    s = asinh(div(t, sqrt(df)))
    return _bell(order, [_t_constant(k + 1)(df) + _t_score(k)(df, s) for k in range(order)])


def _pull(df: Any, t: Any) -> Any:
    """The derivative of the logarithm of the density by t."""
    size = hypot(sqrt(df), t)
    return -(df + 1.0) * (t / size) / size


def _log_cosh(ratio: Any) -> Any:
    """ln cosh(s), of sinh(s)."""
    near = where(abs(ratio) < 1.0, ratio, 1.0)
    return where(abs(ratio) < 1.0, 0.5 * log1p(near * near), log(hypot(1.0, ratio)))


def _log_density(df: Any, t: Any) -> Any:
    df = _positive(df)
    size = _log_cosh(div(t, sqrt(df)))
    return _t_constant(0)(df) - 0.5 * math.log(2.0 * pi) - (df + 1.0) * size


_t_log_density: Row = Row(
    "t_log_density", _log_density,
    lambda out, df, t: (_relative(1, df, t), _pull(df, t)),
    label="log f", latex=r"\ln f_{#1}\left(#2\right)", domain=(POSITIVE, ANY),
)


@family
def _t_density(order: int) -> Row:
    """Student's density, or its derivative by df of this order."""

    def partials(out: Any, df: Any, t: Any) -> tuple[Any, Any]:
        by_t = _pull(df, t) * out
        size = hypot(sqrt(df), t)
        for k in range(1, order + 1):
            slope = -_signed(k) * math.comb(order, k) * t * (1.0 - t) * (1.0 + t)
            by_t = by_t + slope * power(size, -2.0 * (k + 1.0)) * _t_density(order - k)(df, t)
        return _t_density(order + 1)(df, t), by_t

    return Row(
        f"t_density_{order}",
        lambda df, t: exp(_t_log_density(df, t)) * _relative(order, df, t),
        partials, domain=(POSITIVE, ANY), **derivative(*DENSITY, order, 0),
    )


# Integrals ----------------------------------------------------------------------------------------


@functools.cache
def _gauss() -> list[tuple[float, float]]:
    """Nodes and weights of Gauss's rule on the interval from 0 to 1: DLMF 3.5.v."""
    found = []
    for k in range(NODES):
        angle = pi * (k + 0.75) / (NODES + 0.5)  # small ones keep the digits of nodes near 0
        for _ in range(6):
            before, legendre = 1.0, math.cos(angle)
            for n in range(2, NODES + 1):
                next_one = (2.0 * n - 1.0) * math.cos(angle) * legendre - (n - 1.0) * before
                before, legendre = legendre, next_one / n
            slope = NODES * (before - math.cos(angle) * legendre) / math.sin(angle)
            angle += legendre / slope
        found.append((math.sin(0.5 * angle) ** 2, 1.0 / slope**2))
    return found


_t_fall: Row = Row(
    "t_fall",
    lambda w, y: _fall(w, y),
    lambda out, w, y: ((tanh(w) + y) / (1.0 + y * tanh(w)), tanh(w) / (1.0 + y * tanh(w))),
    label="log(cosh + y sinh)", plain="log(cosh(#1) + #2·sinh(#1))",
    latex=r"\ln\left(\cosh\left(#1\right) + #2 \sinh\left(#1\right)\right)",
    domain=((0.0, 5.0), (0.0, 0.95)),
)


def _fall(w: Any, y: Any) -> Any:
    """ln(cosh(w) + y sinh(w)), with all digits for a small w; y is tanh(s)."""
    u = -expm1(-w)
    part = 0.5 * u * (2.0 * y + u * (1.0 - y))
    return where(w < 1.0, log1p(part * exp(w)), w + log(part + (1.0 - u)))


def _integral(df: Any, y: Any, end: Any, factor: Callable[[Any], Any]) -> Any:
    """The integral of factor(w) exp(-df fall(w)) from 0 to `end`, which may be negative.

    The nodes are the denser near 0 the longer it is.
    """
    length = abs(end)
    unit = where(length < 4.0, where(length > 0.0, length, 1.0), 4.0)
    stretch, total = asinh(length / unit), 0.0
    signed = where(end < 0.0, -unit, unit)
    for node, weight in _gauss():
        grown = expm1(stretch * node)
        shrunk = grown / (1.0 + grown)
        w = 0.5 * signed * (grown + shrunk)
        term = (1.0 + 0.5 * grown * shrunk) * exp(-df * _t_fall(w, y))
        total = total + weight * (term * factor(w))
    return total * stretch * signed


def _far(df: Any, y: Any) -> Any:
    """The w from where on exp(-df fall(w)) is nothing."""
    top = div(LAST, df)
    most = where(top < 300.0, top, 300.0)
    square = expm1(2.0 * most)
    near = log1p((expm1(most) + div(square, sqrt(square + y * y) + y)) / (1.0 + y))
    return where(top < 300.0, near, top + math.log(2.0))


def _low_hazard(df: Any, distance: Any) -> Any:
    """The density over the distribution function at t = -distance."""
    size = hypot(sqrt(df), distance)
    y = div(distance, size)
    return div(1.0, size * _integral(df, y, _far(df, y), lambda w: 1.0))


def _log_upper(df: Any, distance: Any, hazard: Any) -> Any:
    """The logarithm of the probability beyond a distance from 0, on one side."""
    value = _t_log_density(df, distance) - log(hazard)
    return where(distance < inf, value, 0.0 * _positive(df) - distance)


def _hazard(df: Any, t: Any) -> Any:
    distance = abs(t)
    low = _low_hazard(_positive(df), distance)
    log_density = _t_log_density(df, t)
    above = div(exp(log_density), 1.0 - exp(log_density - log(low)))
    infinite = where(distance <= inf, 0.0 * _positive(df), t)
    return where(distance < inf, where(t > 0.0, above, low), infinite)


@family
def _t_mean(order: int) -> Row:
    """The derivative of the distribution function by df, over the function.

    Up to t, that is the mean of what the density's derivative is, over the density. Of all t it is
    0, so next to t = 0 it is taken from there.
    """

    def evaluate(df: Any, t: Any) -> Any:
        df, distance = _positive(df), abs(t)
        size = hypot(sqrt(df), distance)
        y, s = div(distance, size), asinh(div(distance, sqrt(df)))
        constants = [_t_constant(k + 1)(df) for k in range(order)]

        def factor(w: Any) -> Any:
            at = s + w
            return _bell(order, [c + _t_score(k)(df, at) for k, c in enumerate(constants)])

        end = where(distance < 1.0, where(s < 1.5, -s, _far(df, y)), _far(df, y))
        hazard = _t_hazard(df, -distance)
        mean = _integral(df, y, end, factor) * size * hazard
        upper = exp(_log_upper(df, distance, hazard))
        mean = where(t > 0.0, div(-mean * upper, 1.0 - upper), mean)
        return where(distance < inf, mean, where(distance <= inf, 0.0 * df, t))

    by = derivative(*DISTRIBUTION, order, 0)
    return Row(
        f"t_mean_{order}", evaluate,
        lambda out, df, t: (
            _t_mean(order + 1)(df, t) - out * _t_mean(1)(df, t),
            _t_hazard(df, t) * (_relative(order, df, t) - out),
        ),
        domain=(POSITIVE, ANY), label=f"{by['label']}/F", binds=2,
        plain=f"({by['plain']}) / F(#1, #2)",
        latex=r"\frac{1}{%s} \cdot %s" % (DISTRIBUTION[1], by["latex"]),
    )


_t_hazard: Row = Row(  # the density over the distribution function
    "t_hazard", _hazard,
    lambda out, df, t: (
        out * (_relative(1, df, t) - _t_mean(1)(df, t)), out * (_pull(df, t) - out),
    ),
    domain=(POSITIVE, ANY), label="f/F", plain="f(#1, #2) / F(#1, #2)", binds=2,
    latex=r"\frac{%s}{%s}" % (DENSITY[1], DISTRIBUTION[1]),
)


# The distribution function, its logarithm, its inverse --------------------------------------------


def _value(df: Any, t: Any) -> Any:
    upper = exp(_log_upper(df, abs(t), _t_hazard(df, -abs(t))))
    return where(t > 0.0, 1.0 - upper, where(t < 0.0, upper, where(df > 0.0, 0.5 + t, nan)))


@family
def _stdtr(order: int) -> Row:
    """Student's distribution function, or its derivative by df of this order."""
    return Row(
        f"stdtr_{order}" if order else "stdtr",
        (lambda df, t: stdtr(df, t) * _t_mean(order)(df, t)) if order else _value,
        lambda out, df, t: (_stdtr(order + 1)(df, t), _t_density(order)(df, t)),
        domain=(POSITIVE, ANY), **derivative(*DISTRIBUTION, order, 0),
    )


stdtr = _stdtr(0)


def _log_value(df: Any, t: Any) -> Any:
    upper = _log_upper(df, abs(t), _t_hazard(df, -abs(t)))
    return where(t > 0.0, log1p(-exp(upper)), upper)


_log_stdtr: Row = Row(
    "log_stdtr", _log_value, lambda out, df, t: (_t_mean(1)(df, t), _t_hazard(df, t)),
    label="log F", latex=r"\ln F_{#1}\left(#2\right)", domain=(POSITIVE, ANY),
)


def rough_quantile(q: Any) -> Any:
    """Of the normal distribution, within 4.5e-4; q <= 1/2: Abramowitz and Stegun 26.2.23."""
    t = sqrt(-2.0 * log(q))
    return (
        (2.515517 + t * (0.802853 + t * 0.010328))
        / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
    )


def _middle(df: Any, x: Any) -> Any:
    """The t at which the probability from 0 to t is x f(0), for a small t: by its power series."""
    t, coefficients = x, [1.0]
    for k in range(1, 13):
        coefficients.append(coefficients[-1] * (0.5 * (df + 1.0) / df + (k - 1.0) / df) / -k)
    for _ in range(3):
        series: Any = 0.0
        for k in range(12, -1, -1):
            series = series * (t * t) + coefficients[k] / (2.0 * k + 1.0)
        t = t + (x - t * series) * exp((df + 1.0) * _log_cosh(t / sqrt(df)))
    return t


def _quantile(df: Any, x: Any) -> Any:
    """The t with stdtr(df, t) = x.

    In the tails by three of Halley's steps in s for the logarithm, which is concave there, from
    Wallace's normal approximation (1959) or, for a few degrees of freedom, from the power law.
    """
    df = _positive(df)
    root, off = sqrt(df), div(abs(x - 0.5), exp(_t_log_density(df, 0.0)))
    near = off * off * (1.0 + 1.0 / df) < 0.05
    middle = _middle(df, where(near, off, 0.0))
    q = where(near, 0.25, where(x < 0.5, x, 1.0 - x))
    level = log(q)
    normal = (8.0 * df + 3.0) / (8.0 * df + 1.0) * rough_quantile(q)
    square = normal * normal / df
    constant = _t_constant(0)(df) - 0.5 * log(2.0 * pi * df)
    power_law = math.log(2.0) + (constant - level) / df
    steep = where(df < 3.0, power_law > 1.5, power_law > inf)
    s = where(steep, power_law, asinh(sqrt(expm1(where(square < 600.0, square, 600.0)))))
    far = s > 300.0  # where the power law is exact
    at = where(far, 1.0, s)
    for _ in range(3):
        t = root * sinh(at)
        hazard = _t_hazard(df, -t)
        rate = hazard * hypot(root, t)
        step = div(_t_log_density(df, -t) - log(hazard) - level, rate)
        at = at + div(step, 1.0 - 0.5 * step * (df * tanh(at) - rate))
    t = where(near, middle, root * sinh(where(far, s, at)))
    t = where(x < 0.5, -t, t)
    above = where(x > 1.0, nan, inf)
    t = where(x > 0.0, where(x < 1.0, t, above), where(x < 0.0, nan, where(x <= 0.0, -inf, x)))
    return where(df > 0.0, t, nan)


stdtrit: Row = Row(
    "stdtrit", _quantile,
    lambda out, df, x: (
        -_t_mean(1)(df, out) / _t_hazard(df, out), 1.0 / _t_density(0)(df, out),
    ),
    label="F⁻¹", latex=r"F_{#1}^{-1}\left(#2\right)", domain=(POSITIVE, (0.05, 0.95)),
)

# Those that a tape in C knows
_t_constant_0, _t_constant_1 = map(_t_constant, range(2))
_t_score_0 = _t_score(0)
_t_density_0, _t_density_1 = map(_t_density, range(2))
_t_mean_1, _stdtr_1 = _t_mean(1), _stdtr(1)

# fmt: on
ROWS = [row for row in list(globals().values()) if isinstance(row, Row)]
