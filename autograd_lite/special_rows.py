"""The second file of the table, rows only: functions of statistics, physics and finance.

They are public in `special.py`, beside functions that are made of them.

What is a difference of nearly equal numbers, or overflows on the way, is written so that it does
not, in the value and in every derivative: a slope is a row of its own where it would lose digits in
the next order. Formulas are those of the Digital Library of Mathematical Functions (DLMF) where a
number such as DLMF 7.18.7 says so.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from math import inf, nan, pi

from . import incomplete, primitives
from .primitive import ANY, family, where
from .primitives import (
    BERNOULLI,
    EULER,
    POSITIVE,
    UNIT,
    _bell,
    _from_whole,
    _stirling,
    abs,
    cos,
    div,
    erf,
    erfc,
    exp,
    expm1,
    hypot,
    lgamma,
    log,
    log1p,
    mod,
    pow,
    power,
    round,
    sign,
    sin,
    sqrt,
)
from .special_table import FUNCTIONS as FUNCTIONS
from .special_table import SPECIAL as SPECIAL
from .special_table import Row, derivative, raised
from .student_rows import ROWS, rough_quantile
from .student_rows import stdtr as stdtr
from .student_rows import stdtrit as stdtrit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NEGATIVE = (-8.0, -0.05)


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    value: Any = 0.0
    for coefficient in reversed(coefficients):
        value = value * x + float(coefficient)
    return value


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
    label="−1/(exp − 1)", plain="−1 / (exp(−#1) − 1)", binds=2,
)
logsubexp = Row(
    "logsubexp",
    lambda x, y: where(x > -inf, x + log1mexp(y - x), where(y <= x, x, nan)),
    lambda out, x, y: (1.0 - _log1mexp_slope(y - x), _log1mexp_slope(y - x)),
    latex=r"\ln\left(e^{#1} - e^{#2}\right)", domain=((1.0, 5.0), (-5.0, 0.9)),
)


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


@family
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
        series = _polynomial(coefficients, small * small)
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
        label=f"sinc⁽{order}⁾" if order else "sinc",
        latex=r"\operatorname{sinc}^{(%d)}\left(#1\right)" % order if order
        else r"\frac{\sin\left(\pi #1\right)}{\pi #1}",
    )


sinc, _sinc_1, _sinc_2 = map(_sinc, range(3))

# Beta function ------------------------------------------------------------------------------------


@family
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

    psi, latex = (f"ψ⁽{order}⁾", r"\psi^{(%d)}" % order) if order else ("ψ", r"\psi")
    return Row(
        f"polygamma_difference_{order}", evaluate,
        lambda out, x, y: (
            _polygamma_difference(order + 1)(x, y), -primitives._polygamma(order + 1)(x + y),
        ),
        label=f"{psi} − {psi}", plain=f"{psi}(#1) − {psi}(#1 + #2)", binds=1,
        latex=rf"{latex}\left(#1\right) - {latex}\left(#1 + #2\right)",
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

# Normal distribution, scaled error function -------------------------------------------------------
#
# Derivatives of erfcx and of log_ndtr are differences of nearly equal numbers far out, but products
# of ratios of repeated integrals of erfc, which a continued fraction gives.

ROOT_HALF, ROOT_PI = math.sqrt(0.5), math.sqrt(pi)


def _erfcx(x: Any) -> Any:
    """exp(x**2) erfc(x): with the digits that a rounded square would cost; far out by DLMF 7.12.1,
    for erfc would underflow."""
    near: Any = where(x < 25.0, where(x > -30.0, x, -30.0), 0.0)
    head = round(near * 2.0**20) * 2.0**-20  # its square is exact
    scaled = exp(head * head) * exp((near - head) * (near + head)) * erfc(near)
    far = where(x < 25.0, 25.0, x)
    squared = 0.5 / far / far
    series: Any = 1.0
    for k in range(8, 0, -1):
        series = 1.0 - (2.0 * k - 1.0) * squared * series
    return where(x < 25.0, scaled, div(series, far * ROOT_PI))


def _repeated_erfc(n: int) -> tuple[str, str]:
    """How the n-th repeated integral of erfc is written: DLMF 7.18.2."""
    if n == 0:
        return "erfc", r"\operatorname{erfc}"
    power = f"^{{{n}}}" if n > 1 else ""
    return f"i{raised(n)}erfc", rf"\mathrm{{i}}{power}\operatorname{{erfc}}"


@family
def _erfc_ratio(order: int) -> Row:
    """i^n erfc(x) / i^(n-1) erfc(x) for x >= 0: of the repeated integrals of erfc, DLMF 7.18.

    By the continued fraction of their recurrence DLMF 7.18.7, near 0 by the recurrence itself.
    """
    depth = 50

    def evaluate(x: Any) -> Any:
        far = where(x < 1.6, 1.6, x)
        fraction = 1.0 / (far + hypot(far, math.sqrt(2.0 * (order + depth))))
        for n in range(order + depth, order, -1):
            fraction = 0.5 / (far + float(n) * fraction)
        near = where(x < 1.6, where(x > 0.0, x, 0.0), 0.0)
        before, integral = 2.0 / ROOT_PI, erfcx(near)
        for n in range(1, order + 1):
            before, integral = integral, (0.5 * before - near * integral) / float(n)
        return where(x < 1.6, integral / before, fraction)

    (above, latex_above), (below, latex_below) = map(_repeated_erfc, (order, order - 1))
    return Row(
        f"erfc_ratio_{order}", evaluate,
        lambda out, x: (-2.0 * out * ((order + 1.0) * _erfc_ratio(order + 1)(x) - order * out),),
        label=f"{above}/{below}", plain=f"{above}(#1) / {below}(#1)", binds=2,
        latex=r"\frac{%s\left(#1\right)}{%s\left(#1\right)}" % (latex_above, latex_below),
        domain=((0.0, 5.0),),
    )


erfcx: Row = Row(
    "erfcx", _erfcx,
    lambda out, x: (
        where(x > 0.0, -2.0 * _erfc_ratio(1)(x) * out, 2.0 * x * out - 2.0 / ROOT_PI),
    ),
    latex=r"e^{#1^2}\operatorname{erfc}\left(#1\right)", domain=(ANY,),
)
_erfc_ratio_1, _erfc_ratio_2, _erfc_ratio_3 = map(_erfc_ratio, (1, 2, 3))
ndtr = Row(
    "ndtr", lambda x: 0.5 * erfc(-x * ROOT_HALF),
    lambda out, x: (_bell(x * ROOT_HALF) / math.sqrt(2.0 * pi),),
    label="Φ", latex=r"\Phi\left(#1\right)",
)
log_ndtr = Row(
    "log_ndtr",
    lambda x: where(
        x < -1.0,
        log(0.5 * erfcx(-x * ROOT_HALF)) - 0.5 * x * x,
        log1p(-0.5 * erfc(x * ROOT_HALF)),
    ),
    lambda out, x: (_normal_hazard(x),),
    label="log Φ", latex=r"\ln\Phi\left(#1\right)",
)
_normal_hazard: Row = Row(  # the density over the distribution function
    "normal_hazard", lambda x: div(math.sqrt(2.0 / pi), erfcx(-x * ROOT_HALF)),
    lambda out, x: (
        -out * where(
            x < 0.0,
            math.sqrt(2.0) * _erfc_ratio(1)(-x * ROOT_HALF),
            where(x > 40.0, 0.0, x + out),
        ),
    ),
    label="φ/Φ", plain="φ(#1) / Φ(#1)", binds=2,
    latex=r"\frac{\varphi\left(#1\right)}{\Phi\left(#1\right)}",
)


def _normal_quantile(q: Any) -> Any:
    """The x with ndtr(x) = q, for q <= 1/4: by two of Halley's steps for log_ndtr."""
    x = rough_quantile(q)
    for _ in range(2):
        slope = _normal_hazard(x)
        step = (log_ndtr(x) - log(q)) / slope
        x = x - step / (1.0 + 0.5 * step * (x + slope))
    return where(q > 0.0, x, where(q < 0.0, nan, where(q <= 0.0, -inf, q)))


def _central_erfinv(y: Any) -> Any:
    """erfinv(y), |y| <= 1/2: its first terms, DLMF 7.17.2, then two of Halley's steps for erf."""
    w = 0.5 * ROOT_PI * y
    x = w * (1.0 + w * w * (1.0 / 3.0 + w * w * (7.0 / 30.0 + w * w * (127.0 / 630.0))))
    for _ in range(2):
        step = 0.5 * ROOT_PI * (erf(x) - y) * exp(x * x)
        x = x - step / (1.0 + step * x)
    return x


def _erfinv(x: Any) -> Any:
    near = abs(x) < 0.5
    tail = _normal_quantile(where(near, 0.25, 0.5 * (1.0 - abs(x)))) * ROOT_HALF
    return where(near, _central_erfinv(where(near, x, 0.0)), where(x < 0.0, tail, -tail))


def _ndtri(x: Any) -> Any:
    near = abs(x - 0.5) < 0.25
    below = x < 0.5
    tail = _normal_quantile(where(near, 0.25, where(below, x, 1.0 - x)))
    central = math.sqrt(2.0) * _central_erfinv(where(near, 2.0 * x - 1.0, 0.0))
    return where(near, central, where(below, tail, -tail))


erfinv = Row(
    "erfinv", _erfinv, lambda out, x: (0.5 * ROOT_PI * exp(out * out),),
    latex=r"\operatorname{erf}^{-1}\left(#1\right)", domain=(UNIT,),
)
ndtri = Row(
    "ndtri", _ndtri, lambda out, x: (math.sqrt(2.0 * pi) * exp(0.5 * out * out),),
    label="Φ⁻¹", latex=r"\Phi^{-1}\left(#1\right)", domain=((0.05, 0.95),),
)

# Exponential integral, Lambert's W, zeta ----------------------------------------------------------


def _exp_over(x: Any) -> Any:
    """exp(x) / x, also where exp(x) alone overflows."""
    half = exp(0.5 * x)
    return div(half, x) * half


def _expi(x: Any) -> Any:
    """By its power series, DLMF 6.6.1; for x > 40 by its asymptotic series, DLMF 6.12.2; for x < -2
    by the continued fraction of E1, the even part of DLMF 6.9.1."""
    small = where(abs(x) <= 2.0, x, where(x > 0.0, where(x < 40.0, x, 2.0), 2.0))
    series, term = EULER + log(abs(small)), 1.0
    for k in range(1, 116):
        term = term * (small / float(k))
        series = series + term / float(k)
    large = where(x > 40.0, x, 40.0)
    asymptotic: Any = 1.0
    for k in range(40, 0, -1):
        asymptotic = 1.0 + float(k) / large * asymptotic
    z = where(x < -2.0, -x, 2.0)
    depth = 60
    fraction = z + (2.0 * depth + 1.0)
    for k in range(depth, 0, -1):
        fraction = z + (2.0 * k - 1.0) - float(k * k) / fraction
    far = where(x < 0.0, -exp(-z) / fraction, asymptotic * _exp_over(large))
    return where(x < -2.0, far, where(x < 40.0, series, where(x < inf, far, x)))


expi = Row(
    "expi", _expi, lambda out, x: (_exp_over(x),),
    label="Ei", latex=r"\operatorname{Ei}\left(#1\right)", domain=(POSITIVE,),
)
# 1 / e as a sum of two floats; coefficients of the series of W in sqrt(2 e x + 2), by Corless and
# others 1996, (4.23) and (4.24)
ONE_OVER_E, REST_OF_IT = 0.36787944117144233, -1.2428753672788363e-17


def _branch_series(count: int) -> list[float]:
    mu, alpha = [-1.0, 1.0], [2.0, -1.0]
    for k in range(2, count):
        alpha.append(math.fsum(mu[j] * mu[k + 1 - j] for j in range(2, k)))
        mu.append(
            (k - 1.0) / (k + 1.0) * (mu[k - 2] / 2.0 + alpha[k - 2] / 4.0)
            - alpha[k] / 2.0 - mu[k - 1] / (k + 1.0)
        )
    return mu


BRANCH_SERIES = _branch_series(18)


@family
def _lambertw(branch: int) -> Row:
    """The w with w exp(w) = x: from -1 up on branch 0, from -1 down on branch -1.

    Next to x = -1 / e by a series; else by three steps of Fritsch, Shafer and Crowley 1973.
    """

    def evaluate(x: Any) -> Any:
        root = sqrt((2.0 * math.e) * ((x + ONE_OVER_E) + REST_OF_IT))  # nan below -1 / e
        p = root if branch == 0 else -root
        series = _polynomial(BRANCH_SERIES, p)
        if branch == 0:
            apart = where(abs(x) > 0.0, where(root > 0.1, x, 1.0), 1.0)
            level = log1p(apart)
            start = where(root < 1.0, -1.0 + p * (1.0 - p / 3.0 + p * p * (11.0 / 72.0)),
                          level * (1.0 - log1p(level) / (2.0 + level)))
        else:
            apart = where(root > 0.1, where(x < 0.0, x, -0.25), -0.25)
            level = log(-apart)
            start = where(root < 1.0, -1.0 + p * (1.0 - p / 3.0 + p * p * (11.0 / 72.0)),
                          level - log(-level) + log(-level) / level)
        w = where(root > 0.1, where(abs(x) > 0.0, start, 0.5), -0.5 if branch == 0 else -2.0)
        for _ in range(3):
            z = log(div(apart, w)) - w
            q = 2.0 * (1.0 + w) * (1.0 + w + 2.0 / 3.0 * z)
            w = w * (1.0 + div(z, 1.0 + w) * div(q - z, q - 2.0 * z))
        value = where(root > 0.1, w, series)
        if branch == 0:
            return where(abs(x) > 0.0, where(x < inf, value, x), x)
        return where(x < 0.0, value, where(x <= 0.0, -inf, where(x > 0.0, nan, x)))

    return Row(
        "lambertw" if branch == 0 else "lambertw_1", evaluate,
        lambda out, x: (div(exp(-out), 1.0 + out),),
        label="W₋₁" if branch else "W", latex=r"W_{%d}\left(#1\right)" % branch,
        domain=((-0.3, 8.0) if branch == 0 else (-0.36, -0.01),),
    )


_lambertw_0, _lambertw_1 = _lambertw(0), _lambertw(-1)


def _rising(m: int) -> list[int]:
    """The coefficients of s (s + 1) ... (s + m - 1), from the constant on."""
    coefficients = [1]
    for i in range(m):
        padded = [0, *coefficients]
        coefficients = [a + i * b for a, b in zip(padded, [*coefficients, 0])]
    return coefficients


@family
def _zeta(order: int) -> Row:
    """Hurwitz's zeta(x, q) = sum of (q + k)**-x, or its derivative by x of this order; for q > 0.

    By Euler-Maclaurin summation, DLMF 25.11.28, differentiated term by term.
    """
    shift = 12
    slopes: list[Any] = [  # the derivatives of B_2k x (x + 1) ... (x + 2k - 2) / (2k)!
        [[]] + [
            [
                a * math.perm(i, j) * bernoulli / math.factorial(2 * k)
                for i, a in enumerate(_rising(2 * k - 1))
            ][j:]
            for k, bernoulli in enumerate(BERNOULLI, start=1)
        ]
        for j in range(order + 1)
    ]

    def evaluate(x: Any, q: Any) -> Any:
        z = q + float(shift)
        s = where(x < 1e15, x, 1e15)
        total: Any = 0.0
        for j in range(order + 1):  # derivatives of the tail but for its factor z**-x
            series: Any = 0.0
            for k in range(len(BERNOULLI), 0, -1):
                series = (series + _polynomial(slopes[j][k], s)) / (z * z if k > 1 else z)
            tail = (-1.0) ** j * math.factorial(j) * div(z, power(x - 1.0, j + 1.0)) + series
            if j == 0:
                tail = tail + 0.5
            total = total + math.comb(order, j) * power(-log(z), float(order - j)) * tail
        total = total * pow(z, -x)
        for k in reversed(range(shift)):
            term = pow(q + float(k), -x)
            if order:
                term = term * power(-log(q + float(k)), float(order))
            total = total + term
        return total

    def partials(out: Any, x: Any, q: Any = 1.0) -> tuple[Any, Any]:
        by_q = x * _zeta(order)(x + 1.0, q)
        if order:
            by_q = by_q + float(order) * _zeta(order - 1)(x + 1.0, q)
        return _zeta(order + 1)(x, q), -by_q

    return Row(
        f"zeta_{order}" if order else "zeta", evaluate, partials,
        **derivative("ζ(#1, #2)", r"\zeta\left(#1, #2\right)", order, 0),
        domain=((1.1, 8.0), (0.5, 4.0)),
    )


zeta, _zeta_1, _zeta_2 = map(_zeta, range(3))

# Bessel functions of whole order ------------------------------------------------------------------


def _hankel(order: int, count: int) -> list[float]:
    """a_k of DLMF 10.17.1."""
    found = [1.0]
    for k in range(1, count):
        found.append(found[-1] * (4.0 * order**2 - (2 * k - 1.0) ** 2) / (8.0 * k))
    return found


def _power_series(order: int, y: Any, count: int) -> Any:
    """Sum of y**k / (k! (order + 1) ... (order + k))."""
    series: Any = 1.0
    for k in range(count, 0, -1):
        series = 1.0 + y / float(k * (order + k)) * series
    return series


@family
def _bessel_j(order: int) -> Row:
    """J_n(x): by its power series, DLMF 10.2.2; by the trapezoidal rule for Bessel's integral,
    DLMF 10.9.2, whose error shrinks exponentially; far out by Hankel's series, DLMF 10.17.3."""
    least, most = float(builtins.max(4, order)), float(builtins.max(25, order**2))
    points = int(most + 10.0 * most ** (1.0 / 3.0) + 12 + order) // 2
    angles = [(order * pi * j / points, math.sin(pi * j / points)) for j in range(1, points)]
    a = _hankel(order, 24)

    def evaluate(x: Any) -> Any:
        m = abs(x)
        small = where(m < least, x, 0.0)
        near = _power_series(order, -0.25 * small * small, 20 + order)
        near = near * power(0.5 * small, float(order)) / float(math.factorial(order))
        middle: Any = where(m < most, m, 0.0)
        total: Any = 0.5 * (1.0 + (-1.0) ** order)
        for turned, sine in angles:
            total = total + cos(turned - middle * sine)
        total = total / float(points)
        far = where(m < most, most, where(m < inf, m, most))
        even, odd = a[-2], a[-1]
        for p, q in zip(a[-4::-2], a[-3::-2]):
            even, odd = p - even / far / far, q - odd / far / far
        odd = odd / far
        c, s = cos(far) + sin(far), sin(far) - cos(far)  # times sqrt(2), of far - pi / 4
        cosine = (c, s, -c, -s)[order % 4]
        sine = (s, -c, -s, c)[order % 4]
        large = (even * cosine - odd * sine) / sqrt(pi * far)
        large = where(m < inf, large, where(m <= inf, 0.0, x))
        further = where(m < most, total, large)
        if order % 2:
            further = where(x < 0.0, -further, further)
        return where(m < least, near, further)

    def partials(out: Any, x: Any) -> tuple[Any]:
        if order == 0:
            return (-_bessel_j(1)(x),)
        return (0.5 * (_bessel_j(order - 1)(x) - _bessel_j(order + 1)(x)),)

    return Row(
        f"j{order}", evaluate, partials, label=f"J{order}", latex=r"J_{%d}\left(#1\right)" % order
    )


@family
def _bessel_i(order: int) -> Row:
    """I_n(x): by its power series, DLMF 10.25.2, far out by its asymptotic one, DLMF 10.40.1."""
    most = float(builtins.max(30, order**2))
    a = _hankel(order, 22)

    def evaluate(x: Any) -> Any:
        m = abs(x)
        small = where(m < most, x, 0.0)
        near = _power_series(order, 0.25 * small * small, int(48 * most / 30))
        near = near * power(0.5 * small, float(order)) / float(math.factorial(order))
        far = where(m < most, most, m)
        half = exp(0.5 * far)
        large = half / sqrt(2.0 * pi * far) * _polynomial(a, -1.0 / far) * half
        if order % 2:
            large = where(x < 0.0, -large, large)
        return where(m < most, near, where(m < inf, large, x if order % 2 else m))

    def partials(out: Any, x: Any) -> tuple[Any]:
        if order == 0:
            return (_bessel_i(1)(x),)
        return (0.5 * (_bessel_i(order - 1)(x) + _bessel_i(order + 1)(x)),)

    return Row(
        f"i{order}", evaluate, partials, label=f"I{order}", latex=r"I_{%d}\left(#1\right)" % order
    )


@family
def _bessel_k(order: int) -> Row:
    """K_n(x) for x > 0: by its series, DLMF 10.31.1 and 2; by the trapezoidal rule for DLMF
    10.32.9, whose error shrinks exponentially; far out by DLMF 10.40.2. For n > 1 by recurrence."""
    step, a = 0.13, _hankel(order, 22)
    weights = [(math.cosh(order * step * j), math.cosh(step * j)) for j in range(1, 32)]
    harmonic = [math.fsum(1.0 / j for j in range(1, k + 1)) for k in range(20)]
    of_k = [2.0 * (h - EULER) + 1.0 / (k + 1.0) if order else h for k, h in enumerate(harmonic)]

    def evaluate(x: Any) -> Any:
        if order > 1:
            before, value = k0(x), k1(x)
            for n in range(1, order):
                before, value = value, before + 2.0 * n * div(value, x)
            return value
        small = where(x < 2.0, x, 2.0)
        y, series = 0.25 * small * small, 0.0
        for k in range(18, -1, -1):
            series = series + of_k[k]
            series = series * (y / float(k * (k + order))) if k else series
        if order:
            near = div(1.0, small) + xlogy(i1(small), 0.5 * small) - 0.25 * small * series
        else:
            near = series - (log(0.5 * small) + EULER) * i0(small)
        middle = where(x < 2.0, 2.0, where(x < 30.0, x, 2.0))
        total = 0.5 * exp(-middle)
        for weight, rate in weights:
            total = total + weight * exp(-middle * rate)
        far = where(x < 30.0, 30.0, x)
        large = exp(-far) * sqrt(0.5 * pi / far) * _polynomial(a, 1.0 / far)
        return where(x < 2.0, near, where(x < 30.0, step * total, large))

    def partials(out: Any, x: Any) -> tuple[Any]:
        if order == 0:
            return (-_bessel_k(1)(x),)
        return (-0.5 * (_bessel_k(order - 1)(x) + _bessel_k(order + 1)(x)),)

    return Row(
        f"k{order}", evaluate, partials, label=f"K{order}", latex=r"K_{%d}\left(#1\right)" % order,
        domain=(POSITIVE,),
    )


j0, j1, _j2, _j3 = map(_bessel_j, range(4))
i0, i1, _i2, _i3 = map(_bessel_i, range(4))
k0, k1, _k2, _k3 = map(_bessel_k, range(4))


# Incomplete gamma and beta functions --------------------------------------------------------------
#
# Their values are loops, which are in `incomplete.py`.


REGULARIZED_GAMMA = "P(#1, #2)", r"P\left(#1, #2\right)"
REGULARIZED_BETA = "I(#1, #2, #3)", r"I_{#3}\left(#1, #2\right)"


@family
def _gamma_density(order: int) -> Row:
    """x**(a - 1) exp(-x) / Gamma(a), or its derivative by a of this order."""

    def partials(out: Any, a: Any, x: Any) -> tuple[Any, Any]:
        by_x = ((a - 1.0) / x - 1.0) * out
        if order:
            by_x = by_x + float(order) / x * _gamma_density(order - 1)(a, x)
        return _gamma_density(order + 1)(a, x), by_x

    how = derivative(*REGULARIZED_GAMMA, order, 1)
    if not order:
        how["plain"] = "#2^(#1 − 1) · exp(−#2) / Γ(#1)"
        how["latex"] = r"\frac{#2^{#1 - 1} e^{-#2}}{\Gamma\left(#1\right)}"
    return Row(
        f"gamma_density_{order}", lambda a, x: incomplete.gamma_density(order, a, x), partials,
        domain=(POSITIVE, POSITIVE), **how,
    )


@family
def _gammainc(order: int) -> Row:
    """P(a, x), or its derivative by a of this order."""
    return Row(
        f"gammainc_{order}" if order else "gammainc",
        lambda a, x: incomplete.gamma_lower(order, a, x),
        lambda out, a, x: (_gammainc(order + 1)(a, x), _gamma_density(order)(a, x)),
        domain=(POSITIVE, POSITIVE), **derivative(*REGULARIZED_GAMMA, order, 0),
    )


gammainc, _gammainc_1, _gammainc_2 = map(_gammainc, range(3))
_gamma_density_0, _gamma_density_1 = map(_gamma_density, range(2))
gammaincc = Row(
    "gammaincc", incomplete.gamma_upper,
    lambda out, a, x: (-_gammainc(1)(a, x), -_gamma_density(0)(a, x)),
    label="Q", latex=r"Q\left(#1, #2\right)", domain=(POSITIVE, POSITIVE),
)


@family
def _beta_density(i: int, j: int) -> Row:
    """x**(a - 1) (1 - x)**(b - 1) / B(a, b), or its derivative by a and b of these orders."""

    def partials(out: Any, a: Any, b: Any, x: Any) -> tuple[Any, Any, Any]:
        by_x = ((a - 1.0) / x - (b - 1.0) / (1.0 - x)) * out
        if i:
            by_x = by_x + float(i) / x * _beta_density(i - 1, j)(a, b, x)
        if j:
            by_x = by_x - float(j) / (1.0 - x) * _beta_density(i, j - 1)(a, b, x)
        return _beta_density(i + 1, j)(a, b, x), _beta_density(i, j + 1)(a, b, x), by_x

    how = derivative(*REGULARIZED_BETA, i, j, 1)
    if not i and not j:
        how["plain"] = "#3^(#1 − 1) · (1 − #3)^(#2 − 1) / B(#1, #2)"
        how["latex"] = (
            r"\frac{#3^{#1 - 1} \left(1 - #3\right)^{#2 - 1}}{\mathrm{B}\left(#1, #2\right)}"
        )
    return Row(
        f"beta_density_{i}_{j}",
        lambda a, b, x: incomplete.beta_density((i, j), a, b, x, betaln(a, b)),
        partials, domain=(POSITIVE, POSITIVE, (0.05, 0.95)), **how,
    )


@family
def _betainc(i: int, j: int) -> Row:
    """I_x(a, b), or its derivative by a and b of these orders."""
    return Row(
        f"betainc_{i}_{j}" if i or j else "betainc",
        lambda a, b, x: incomplete.beta_lower((i, j), a, b, x, betaln(a, b)),
        lambda out, a, b, x: (
            _betainc(i + 1, j)(a, b, x), _betainc(i, j + 1)(a, b, x), _beta_density(i, j)(a, b, x),
        ),
        domain=(POSITIVE, POSITIVE, (0.05, 0.95)), **derivative(*REGULARIZED_BETA, i, j, 0),
    )


betainc = _betainc(0, 0)
_OF_BETA = [
    *(_betainc(i, j) for i in range(3) for j in range(3 - i)),
    *(_beta_density(i, j) for i in range(2) for j in range(2 - i)),
]

_line = Row(  # the line through (x0, y0)
    "line", lambda x, x0, y0, rate: rate * (x - x0) + y0,
    lambda out, x, x0, y0, rate: (rate, -rate, 1.0, x - x0),
    latex=r"#3 + #4 \cdot \left(#1 - #2\right)", domain=(ANY, ANY, ANY, ANY),
    plain="#3 + #4·(#1 − #2)", binds=1,
)

# fmt: on
for _value in [*globals().values(), *ROWS, *_OF_BETA]:
    if isinstance(_value, Row):
        SPECIAL[_value.name] = _value
for _row in SPECIAL.values():
    if globals().get(_row.name) is _row:
        FUNCTIONS[_row.name] = _row
__all__ = [*FUNCTIONS]
