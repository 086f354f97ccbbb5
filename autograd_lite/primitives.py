"""The table: the value and the partial derivatives of each operation, written once.

The idea of the whole engine is in one row:

    sqrt = Primitive("sqrt", ieee.sqrt, lambda out, x: (0.5 / out,), ...)

`evaluate` maps floats to a float. `partials` maps the result and the operands to one partial
derivative per operand. It is plain arithmetic, comparisons, `where` and other primitives, so it
runs on three kinds of things: on floats it gives the numbers that `backward` multiplies; on
`Value`s it records a graph, which can be differentiated again; on `Symbol`s it gives text.

The rows are also the public functions: `exp(2.0)` is a float, `exp(Value(2.0))` is a Value.
From here on `abs`, `max`, `min`, `pow`, `round` and `sum` mean the primitives, not the builtins.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from math import inf, nan, pi

from . import ieee
from .primitive import ANY, Primitive, Reduction, describe, family, plain, where
from .primitive import TABLE as TABLE
from .primitive import _row as _row  # pickles written by 0.1.0 look for it here

TYPE_CHECKING = False
if TYPE_CHECKING:  # not at run time: `typing` would be a good part of `import autograd_lite`
    from typing import Any

    Comparison = Callable[[Any, Any], Any]

POSITIVE = (0.05, 8.0)
UNIT = (-0.95, 0.95)


def _by_sign(x: Any, below: Any, at: Any, above: Any) -> Any:
    """`below`, `at` or `above` as x is less than, equal to or greater than 0; nan for nan."""
    return where(x > 0.0, above, where(x < 0.0, below, at + 0.0 * x))


# fmt: off
# Arithmetic ---------------------------------------------------------------------------------------

add = Primitive(
    "add", lambda x, y: x + y, lambda out, x, y: (1.0, 1.0),
    label="+", latex="#1 + #2", c="#1 + #2", domain=(ANY, ANY), binds=1,
    infix="+", operator="add", plain="#1 + #2", neutral=-0.0, commutative=True, arithmetic=True,
)
sub = Primitive(
    "sub", lambda x, y: x - y, lambda out, x, y: (1.0, -1.0),
    label="−", latex="#1 - #2", c="#1 - #2", binds=1,
    infix="-", operator="sub", plain="#1 − #2", neutral=0.0, arithmetic=True,
)
mul = Primitive(
    "mul", lambda x, y: x * y, lambda out, x, y: (y, x),
    label="×", latex=r"#1 \cdot #2", c="#1 * #2", binds=2,
    infix="*", operator="mul", plain="#1 · #2", neutral=1.0, commutative=True, arithmetic=True,
)
div = Primitive(
    "div", ieee.divide, lambda out, x, y: (1.0 / y, -out / y),
    label="÷", latex=r"\frac{#1}{#2}", c="#1 / #2", domain=(ANY, POSITIVE), binds=2,
    infix="/", operator="truediv", plain="#1 / #2", neutral=1.0, arithmetic=True,
)
neg = Primitive(
    "neg", lambda x: -x, lambda out, x: (-1.0,),
    label="−", latex="-#1", c="-#1", binds=2,
    operator="neg", plain="−#1", arithmetic=True,
)


POWER = "(#2 == 2.0 ? #1 * #1 : #2 == 1.0 ? #1 : pow(#1, #2))"
power: Primitive = Primitive(  # the exponent is a number: exact for negative bases and at 0
    "power",
    ieee.power,
    lambda out, x, exponent: (  # x**0 is 1 for every x, so its slope is 0 at 0 and at nan, too
        where(abs(exponent) > 0.0, exponent * power(x, exponent - 1.0), 0.0 * exponent),
        nan,
    ),
    label="**#2", latex="#1^{#2}", c=POWER, domain=(POSITIVE, (-3.0, 3.0)), binds=3,
    infix="**", operator="pow", plain="#1^#2", neutral=1.0,
)
pow: Primitive = Primitive(
    "pow", ieee.power, lambda out, x, y: (_times_power(out, x, y, pow), _pow_log(x, y)),
    label="**#2", latex="#1^{#2}", c=POWER, domain=(POSITIVE, (-3.0, 3.0)), binds=3,
    infix="**", operator="pow", plain="#1^#2", neutral=1.0,
)


def _times_power(out: Any, x: Any, y: Any, function: Primitive) -> Any:
    """y f(x, y - 1), where `out` is f(x, y) and holds a factor x**y.

    For y = 0 that is 0 however small x is, but its derivatives with respect to y are not.
    """
    none = where(abs(x) > 0.0, div(y, x) * out, 0.0 * y)
    return where(abs(y) > 0.0, y * function(x, y - 1.0), none)


@family
def _power_log(order: int) -> Primitive:
    """x**y log(x)**order, the derivative of x**y of that order by y, as a primitive."""

    def evaluate(x: Any, y: Any) -> Any:
        value = power = pow(x, y)
        for _ in range(order):
            value = value * log(x)
        vanishes = where(y < 0.0, value, 0.0 * x * y)  # 0**y for y >= 0; nan for nan
        return where(abs(x) > 0.0, where(abs(power) > 0.0, value, power), vanishes)

    def partials(out: Any, x: Any, y: Any) -> tuple[Any, Any]:
        row, before = _power_log(order), pow if order == 1 else _power_log(order - 1)
        return (
            _times_power(out, x, y, row) + float(order) * before(x, y - 1.0),
            _power_log(order + 1)(x, y),
        )

    return Primitive(
        f"pow_log_{order}", evaluate, partials,
        latex=r"#1^{#2} \ln^{%d}\left(#1\right)" % order, domain=pow.domain,
    )


abs: Primitive = Primitive(
    "abs", math.fabs, lambda out, x: (sign(x),),
    label="|x|", latex=r"\left|{#1}\right|", c="fabs(#1)",
    operator="abs", plain="|#1|",
)
MODULO = (  # C's fmod has the sign of x; a remainder of 0 takes the sign of y
    "(fmod(#1, #2) == 0.0 ? copysign(0.0, #2)"
    " : (fmod(#1, #2) < 0.0) == (#2 < 0.0) ? fmod(#1, #2) : fmod(#1, #2) + #2)"
)
mod = Primitive(  # Python's %: the sign of y
    "mod", ieee.modulo, lambda out, x, y: (1.0, -floordiv(x, y)),
    label="%", latex=r"#1 \bmod #2", c=MODULO, domain=(ANY, POSITIVE), binds=2,
    infix="%", operator="mod", plain="#1 mod #2",
)
floordiv: Primitive = Primitive(
    "floordiv",
    lambda x, y: where(
        abs(y) < inf,
        where(abs(y) > 0.0, round(div(x - mod(x, y), y)), div(x, y)),
        where(x * y < 0.0, -1.0, div(x, y)),
    ),
    lambda out, x, y: (0.0, 0.0),
    label="//",
    latex=r"\left\lfloor\frac{#1}{#2}\right\rfloor",
    domain=(ANY, POSITIVE),
    infix="//", operator="floordiv", plain="⌊#1 / #2⌋",
)

# Exponentials, logarithms, roots ------------------------------------------------------------------

exp = Primitive("exp", ieee.exp, lambda out, x: (out,), latex="e^{#1}", c="exp(#1)", binds=3)
expm1 = Primitive(
    "expm1", ieee.expm1, lambda out, x: (exp(x),),
    latex=r"\left(e^{#1} - 1\right)", c="expm1(#1)",
)
log: Primitive = Primitive(
    "log", ieee.log, lambda out, x: (where(x < 0.0, out, 1.0 / x),),
    latex=r"\ln\left(#1\right)", c="log(#1)", domain=(POSITIVE,),
)
log1p = Primitive(
    "log1p", ieee.log1p, lambda out, x: (where(x < -1.0, out, 1.0 / (1.0 + x)),),
    latex=r"\ln\left(1 + #1\right)", c="log1p(#1)", domain=((-0.9, 8.0),),
)
log2 = Primitive(
    "log2", ieee.log2, lambda out, x: (where(x < 0.0, out, math.log2(math.e) / x),),
    latex=r"\log_2\left(#1\right)", c="log2(#1)", domain=(POSITIVE,),
)
log10 = Primitive(
    "log10", ieee.log10, lambda out, x: (where(x < 0.0, out, math.log10(math.e) / x),),
    latex=r"\log_{10}\left(#1\right)", c="log10(#1)", domain=(POSITIVE,),
)
sqrt = Primitive(
    "sqrt", ieee.sqrt, lambda out, x: (0.5 / out,),
    label="√", latex=r"\sqrt{#1}", c="sqrt(#1 + 0.0)", domain=(POSITIVE,),
)
cbrt = Primitive(
    "cbrt", ieee.cbrt, lambda out, x: (1.0 / 3.0 / out / out,),
    label="∛", latex=r"\sqrt[3]{#1}", c="cbrt(#1)",
)
hypot: Primitive = Primitive(
    "hypot", ieee.hypot,
    lambda out, x, y: (_direction(x, y), _direction(y, x)),
    latex=r"\sqrt{#1^2 + #2^2}", c="hypot(#1, #2)",
)

# Trigonometric and hyperbolic ---------------------------------------------------------------------

sin = Primitive(
    "sin", ieee.sin, lambda out, x: (cos(x),),
    latex=r"\sin\left(#1\right)", c="sin(#1)",
)
cos: Primitive = Primitive(
    "cos", ieee.cos, lambda out, x: (-sin(x),),
    latex=r"\cos\left(#1\right)", c="cos(#1)",
)
tan = Primitive(
    "tan", ieee.tan, lambda out, x: (1.0 + out * out,),
    latex=r"\tan\left(#1\right)", c="tan(#1)", domain=((-1.4, 1.4),),
)
asin = Primitive(
    "asin", ieee.asin, lambda out, x: (1.0 / sqrt(_one_less_square(x)),),
    latex=r"\arcsin\left(#1\right)", c="asin(#1)", domain=(UNIT,),
)
acos = Primitive(
    "acos", ieee.acos, lambda out, x: (-1.0 / sqrt(_one_less_square(x)),),
    latex=r"\arccos\left(#1\right)", c="acos(#1)", domain=(UNIT,),
)
atan = Primitive(
    "atan", math.atan, lambda out, x: (1.0 / hypot(1.0, x) / hypot(1.0, x),),
    latex=r"\arctan\left(#1\right)", c="atan(#1)",
)
atan2 = Primitive(
    "atan2", math.atan2, lambda out, y, x: (_inverse_real(x, y), _inverse_imaginary(x, y)),
    latex=r"\operatorname{atan2}\left(#1, #2\right)", c="atan2(#1, #2)",
)
sinh = Primitive(
    "sinh", ieee.sinh, lambda out, x: (cosh(x),),
    latex=r"\sinh\left(#1\right)", c="sinh(#1)",
)
cosh: Primitive = Primitive(
    "cosh", ieee.cosh, lambda out, x: (sinh(x),),
    latex=r"\cosh\left(#1\right)", c="cosh(#1)",
)
tanh: Primitive = Primitive(
    "tanh", math.tanh, lambda out, x: (_tanh_slope(plain(out), x),),
    latex=r"\tanh\left(#1\right)", c="tanh(#1)",
)
asinh = Primitive(
    "asinh", math.asinh, lambda out, x: (1.0 / hypot(1.0, x),),
    latex=r"\operatorname{arsinh}\left(#1\right)", c="asinh(#1)",
)
acosh = Primitive(
    "acosh", ieee.acosh, lambda out, x: (1.0 / sqrt(x - 1.0) / sqrt(x + 1.0),),
    latex=r"\operatorname{arcosh}\left(#1\right)", c="acosh(#1)", domain=((1.05, 8.0),),
)
atanh = Primitive(
    "atanh", ieee.atanh, lambda out, x: (where(abs(x) > 1.0, out, 1.0 / _one_less_square(x)),),
    latex=r"\operatorname{artanh}\left(#1\right)", c="atanh(#1)", domain=(UNIT,),
)

# Error function and the gamma family --------------------------------------------------------------



def _bell(x: Any) -> Any:
    """exp(-x**2); far out, where it is 0, all its derivatives are 0."""
    return exp(-(clip(x, -30.0, 30.0) ** 2.0))


erf = Primitive(
    "erf", math.erf, lambda out, x: (2.0 / math.sqrt(pi) * _bell(x),),
    latex=r"\operatorname{erf}\left(#1\right)", c="erf(#1)",
)
erfc = Primitive(
    "erfc", math.erfc, lambda out, x: (-2.0 / math.sqrt(pi) * _bell(x),),
    latex=r"\operatorname{erfc}\left(#1\right)", c="erfc(#1)",
)
# B_2, B_4, ..., B_16: the Bernoulli numbers of the asymptotic series.
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
EULER = 0.5772156649015329
SHIFT = 10  # the series is summed at x + SHIFT, where these terms are enough for full precision


def _from_whole(x: Any) -> Any:
    """x less the nearest whole number, for sines and tangents of pi x without its rounding."""
    return where(abs(x) < 0.5, x, x - round(x))  # of -0.0 it is -0.0


# Not the C library's gamma and lgamma: Python brings algorithms of its own for these, and theirs
# lose digits near 1 and 2. So they are computed here, with the same bits on both engines.


def _stirling(z: Any) -> Any:
    """ln gamma(z) - ((z - 1/2) ln z - z + ln(2 pi) / 2), for z >= SHIFT: DLMF 5.11.1."""
    series: Any = 0.0
    for k, bernoulli in reversed(list(enumerate(BERNOULLI, start=1))):
        series = (series + bernoulli / (2.0 * k * (2.0 * k - 1.0))) / (z * z if k > 1 else z)
    return series


def _positive_gamma(m: Any) -> Any:
    """gamma(m) for m >= 0, by recurrence to where Stirling's series is exact; whole numbers for
    whole numbers."""
    z = where(m < float(SHIFT), m + float(SHIFT), m)
    root = pow(z, 0.5 * z - 0.25)  # of z**(z - 1/2), which would overflow too early
    far = math.sqrt(2.0 * pi) * (root * exp(-z)) * root * exp(_stirling(z))
    product = m
    for k in range(1, SHIFT):
        product = product * (m + float(k))
    value = where(m < float(SHIFT), div(far, product), where(m < 172.0, far, m * inf))
    return where(m < 19.5, where(abs(m - round(m)) > 0.0, value, round(value)), value)


def _gamma(x: Any) -> Any:
    """By reflection left of 0: gamma(x) gamma(-x) = -pi / (x sin(pi x))."""
    right, away = _positive_gamma(abs(x)), _from_whole(x)
    sine = sin(pi * away)
    sine = where(mod(round(x), 2.0) > 0.0, -sine, sine)
    left = div(div(div(-pi, sine), right), x)
    pole = div(0.0, away)  # nan at -1, -2, ...
    return where(abs(x) < 1e-20, div(1.0, x), where(x > 0.0, right, left + pole))


# (-1)**k (zeta(k) - 1) / k from k = 2 on: the series of ln gamma(2 + t), DLMF 5.7.3
ZETA = (
    0.3224670334241132, -0.06735230105319810, 0.02058080842778454, -0.007385551028673985,
    0.002890510330741523, -0.001192753911703261, 0.0005096695247430425, -0.0002231547584535794,
    9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06,
    4.374866789907488e-06, -2.039215753801366e-06,
)


def _positive_lgamma(m: Any) -> Any:
    """ln gamma(m) for m >= 0; near its zeros 1 and 2 by their series."""
    t = where(m < 1.5, m - 1.0, m - 2.0)
    series: Any = 0.0
    for coefficient in reversed(ZETA):
        series = (series + coefficient) * t
    series = (series + (1.0 - EULER)) * t
    z = where(m < float(SHIFT), float(SHIFT), m)
    far = (z - 0.5) * (log(z) - 1.0) + (0.5 * math.log(2.0 * pi) - 0.5) + _stirling(z)
    middle = where(m < float(SHIFT), log(_positive_gamma(m)), far)
    near = where(m < 1.5, series - log1p(t), series)
    return where(abs(t) < 0.2, near, middle)


def _lgamma(x: Any) -> Any:
    right = _positive_lgamma(abs(x))
    sine = abs(sin(pi * _from_whole(x)))
    left = math.log(pi) - log(sine) - log(-x) - right
    left = where(abs(x) < inf, left, right)
    return where(abs(x) < 1e-20, -log(abs(x)), where(x < 0.0, left, right))


gamma = Primitive(
    "gamma", _gamma, lambda out, x: (out * where(x < 171.5, digamma(x), x),),
    latex=r"\Gamma\left(#1\right)", domain=(POSITIVE,),
)
lgamma = Primitive(
    "lgamma", _lgamma, lambda out, x: (digamma(x),),
    latex=r"\ln\left|\Gamma\left(#1\right)\right|", domain=(POSITIVE,),
)


def _digamma(x: Any) -> Any:
    """psi(x) by recurrence, asymptotic series, reflection: Abramowitz and Stegun 6.3.5, 18, 7."""
    mirrored = where(x < 0.5, 1.0 - x, x)
    z = mirrored + float(SHIFT)
    series = 0.0
    for k, bernoulli in reversed(list(enumerate(BERNOULLI, start=1))):
        series = (series + bernoulli / (2.0 * k)) / (z * z)
    total = log(z) - 0.5 / z - series
    for k in range(SHIFT):
        total = total - 1.0 / (mirrored + float(k))
    away = _from_whole(x)
    pole = where(x < 0.0, div(0.0, away), 0.0)  # nan at -1, -2, ...
    return where(x < 0.5, total - div(pi, tan(pi * away)) + pole, total)


@functools.cache
def _cotangent_derivative(order: int) -> tuple[int, ...]:
    """Coefficients of the polynomial P(c) with d^n cot(t) / dt^n = P(cot t)."""
    if order == 0:
        return (0, 1)
    slope = [k * a for k, a in enumerate(_cotangent_derivative(order - 1))][1:]
    padded = [*slope, 0, 0]
    return tuple(-(padded[k] + (slope[k - 2] if k >= 2 else 0)) for k in range(len(padded)))


def _or_infinite(a: int) -> float:
    return float(a) if -(2**1023) < a < 2**1023 else inf if a > 0 else -inf


@family
def _polygamma(order: int) -> Primitive:
    """The `order`-th derivative of digamma, as a primitive (`order` >= 1).

    (-1)^(n+1) n! zeta(n + 1, x), the zeta function by Euler-Maclaurin summation (DLMF 25.11.28);
    left of 1/2 by reflection (DLMF 5.15.6).
    """
    s, shift = order + 1.0, SHIFT + order
    factorial = math.factorial(order)
    # Of high orders n! is huge and the powers are tiny: then each term is (sqrt(n!) z^(-s/2))^2.
    root = math.isqrt(factorial << 256) / (1 << 128) if order > 16 else 0.0
    scale = (-1.0) ** (order + 1) * (1.0 if root else float(factorial))
    cotangent = [_or_infinite(a) * pi ** (order + 1) for a in _cotangent_derivative(order)]

    def falling(z: Any, exponent: float) -> Any:
        if not root:
            return power(z, exponent)
        half = root * power(z, 0.5 * exponent)
        return half * half

    def evaluate(x: Any) -> Any:
        mirrored = where(x < 0.5, 1.0 - x, x)
        z = mirrored + float(shift)
        series = 0.0
        for k, bernoulli in reversed(list(enumerate(BERNOULLI, start=1))):
            rising = math.prod(s + i for i in range(2 * k - 1)) / math.factorial(2 * k)
            series = (series + bernoulli * rising) / (z * z if k > 1 else z)
        tail = falling(z, 1.0 - s) * (1.0 / (s - 1.0) + (0.5 + series) / z)
        for k in reversed(range(shift)):
            tail = tail + falling(mirrored + float(k), -s)
        c = div(1.0, tan(pi * _from_whole(x)))
        reflected = cotangent[-1]  # every other coefficient is 0
        for coefficient in cotangent[-3::-2]:
            reflected = reflected * (c * c) + coefficient
        if order % 2 == 0:
            reflected = reflected * c
        return where(x < 0.5, (-1.0) ** order * scale * tail - reflected, scale * tail)

    return Primitive(
        f"polygamma_{order}",
        evaluate,
        lambda out, x: (_polygamma(order + 1)(x),),
        label=f"ψ⁽{order}⁾", latex=r"\psi^{(%d)}\left(#1\right)" % order, domain=(POSITIVE,),
    )


digamma: Primitive = Primitive(
    "digamma", _digamma, lambda out, x: (trigamma(x),),
    label="ψ", latex=r"\psi\left(#1\right)", domain=(POSITIVE,),
)
trigamma: Primitive = _polygamma(1)


def polygamma(order: int, x: Any) -> Any:
    """The `order`-th derivative of digamma at `x`; polygamma(0, x) is digamma(x).

    Left of 1/2 orders from 164 on may give nan, for the terms of the reflection are no floats.

    >>> from autograd_lite import polygamma
    >>> print(f"{polygamma(1, 1.0):.12f}")  # pi**2 / 6
    1.644934066848
    """
    if not isinstance(order, int) or not 0 <= order <= 170:
        raise ValueError(f"the order of polygamma is an int from 0 to 170, got {describe(order)}")
    return (_polygamma(order) if order else digamma)(x)


# Rounding and kinks: the derivative at a kink is chosen, never nan --------------------------------

floor = Primitive(
    "floor", ieee.floor, lambda out, x: (0.0,),
    label="⌊x⌋", latex=r"\left\lfloor{#1}\right\rfloor", c="floor(#1)", plain="⌊#1⌋",
)
ceil = Primitive(
    "ceil", ieee.ceil, lambda out, x: (0.0,),
    label="⌈x⌉", latex=r"\left\lceil{#1}\right\rceil", c="ceil(#1)", plain="⌈#1⌉",
)
round: Primitive = Primitive(  # half to even
    "round", ieee.rint, lambda out, x: (0.0,),
    c="rint(#1)",
)
sign: Primitive = Primitive("sign", lambda x: _by_sign(x, -1.0, 0.0, 1.0), lambda out, x: (0.0,))
heaviside = Primitive(
    "heaviside", lambda x, at_zero: _by_sign(x, 0.0, at_zero, 1.0),
    lambda out, x, at_zero=0.0: (0.0, _by_sign(x, 0.0, 1.0, 0.0)),
    label="step", latex=r"H\left(#1\right)", domain=(ANY, (0.0, 1.0)),
)


def _if_ordered(low: Any, high: Any, ordered: Any, crossed: Any) -> Any:
    """`ordered` if low <= high, `crossed` if low > high (high wins, as in PyTorch), else nan."""
    return where(low <= high, ordered, where(low > high, crossed, low + high))


clip = Primitive(
    "clip",
    lambda x, low, high: _if_ordered(
        low, high, where(x < low, low, where(x > high, high, x)), high
    ),
    lambda out, x, low, high: (
        _if_ordered(low, high, where(x < low, 0.0, where(x <= high, 1.0, 0.0 * out)), 0.0),
        _if_ordered(low, high, where(x < low, 1.0, 0.0), 0.0),
        _if_ordered(low, high, where(x > high, 1.0, 0.0), 1.0),
    ),
    label="clip #2…#3", domain=(ANY, (-2.0, -1.0), (1.0, 2.0)),
)

# Activations --------------------------------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    small = exp(-abs(x))  # never overflows
    return where(x < 0.0, small, 1.0) / (1.0 + small)


sigmoid = Primitive(
    "sigmoid", _sigmoid, lambda out, x: (_sigmoid_slope(plain(out), x),),
    label="σ", latex=r"\sigma\left(#1\right)",
)
softplus = Primitive(
    "softplus", lambda x: relu(x) + log1p(exp(-abs(x))), lambda out, x: (sigmoid(x),),
    latex=r"\ln\left(1 + e^{#1}\right)",
)
logsigmoid = Primitive(
    "logsigmoid", lambda x: -softplus(-x), lambda out, x: (sigmoid(-x),),
    label="log σ", latex=r"\ln\sigma\left(#1\right)",
)
relu: Primitive = Primitive(
    "relu", lambda x: where(x < 0.0, 0.0, x), lambda out, x: (_by_sign(x, 0.0, 0.0, 1.0),),
    label="ReLU",
)
leaky_relu = Primitive(
    "leaky_relu",
    lambda x, negative_slope: where(x > 0.0, x, negative_slope * x),
    lambda out, x, negative_slope=0.01: (
        _by_sign(x, negative_slope, negative_slope, 1.0),
        where(x > 0.0, 0.0, x),
    ),
    label="leaky ReLU", domain=(ANY, (0.01, 0.3)),
)
elu = Primitive(
    "elu",
    lambda x, alpha: where(x > 0.0, x, alpha * expm1(x)),
    lambda out, x, alpha=1.0: (
        where(x > 0.0, 1.0, alpha * exp(x)),
        where(x > 0.0, 0.0, expm1(x)),
    ),
    label="ELU", domain=(ANY, (0.5, 2.0)),
)

LARGE = 1e308
gelu = Primitive(  # x times the normal distribution function; erfc keeps the negative tail
    "gelu",
    lambda x: where(x < -LARGE, 0.0, 0.5 * x * erfc(-x * math.sqrt(0.5))),
    lambda out, x: (
        0.5 * erfc(-x * math.sqrt(0.5))
        + clip(x, -50.0, 50.0) * _bell(x * math.sqrt(0.5)) / math.sqrt(2.0 * pi),
    ),
    label="GELU",
)


def _gelu_tanh_inner(x: Any) -> Any:
    """2u, for sigmoid(2u) = (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x**3).

    Hendrycks 2016. Of an x that was clipped, for x * x * x must not overflow.
    """
    return 2.0 * math.sqrt(2.0 / pi) * (x + 0.044715 * x * x * x)


def _gelu_tanh_slope(x: Any) -> Any:
    near = clip(x, -1e3, 1e3)  # saturated far earlier
    inner = _gelu_tanh_inner(near)
    gate = sigmoid(inner)
    slope = 2.0 * math.sqrt(2.0 / pi) * (1.0 + 3.0 * 0.044715 * near * near)
    return gate + near * slope * _sigmoid_slope(plain(gate), inner)


gelu_tanh = Primitive(
    "gelu_tanh",
    lambda x: where(x < -LARGE, 0.0, x * sigmoid(_gelu_tanh_inner(clip(x, -1e3, 1e3)))),
    lambda out, x: (_gelu_tanh_slope(x),),
    label="GELU tanh",
)


def _silu_slope(x: Any, gate: Any) -> Any:
    near = clip(x, -1e3, 1e3)  # far out the slope of the sigmoid is 0
    return gate + near * _sigmoid_slope(plain(gate), x)


silu = Primitive(
    "silu", lambda x: where(x < -LARGE, 0.0, x * sigmoid(x)),
    lambda out, x: (_silu_slope(x, sigmoid(x)),),
    label="SiLU", latex=r"#1 \cdot \sigma\left(#1\right)", binds=2,
)

# Any number of operands ---------------------------------------------------------------------------


def _extreme(name: str, start: float, beyond: Comparison, upto: Comparison) -> Reduction:
    """max or min; k operands that tie for the extreme share the derivative, 1/k each."""
    return Reduction(
        name,
        folds=(
            (
                start,
                lambda top, x: where(beyond(x, top), x, where(upto(x, top), top, x + top)),
            ),
            (0.0, lambda ties, x, top: ties + where(beyond(top, x), 0.0, 1.0)),
        ),
        partial=lambda out, x, _, ties: (
            where(beyond(out, x), 0.0, where(upto(out, x), 1.0 / ties, out)),
        ),
        label=name, latex=r"\%s\left(#1\right)" % name,
    )


sum = Reduction(
    "sum",
    folds=((-0.0, lambda total, x: total + x),),  # -0.0 + x is x, for every x
    partial=lambda out, x: (1.0,),
    empty=0.0, unfolds=(add,), label="Σ", latex=r"\textstyle\sum\left(#1\right)",
)
dot = Reduction(
    "dot",
    folds=((-0.0, lambda total, x, y: total + x * y),),
    partial=lambda out, x, y: (y, x),
    columns=2, empty=0.0, unfolds=(mul, add), label="dot",
    latex=r"\left(#1\right) \cdot \left(#2\right)", domain=(ANY, ANY),
)
max = _extreme("max", -inf, operator.gt, operator.le)
min = _extreme("min", inf, operator.lt, operator.ge)


def _share(x: Any, top: Any, tied: Any, rest: Any) -> Any:
    """exp(x) / sum of exp. If x alone is the largest, then 1 less this share keeps its digits."""
    power = exp(x - top)
    share = power / (tied + rest)
    return where(x < top, share, where(tied > 1.0, share, 1.0 / (1.0 + div(rest, power))))


logsumexp = Reduction(
    "logsumexp",
    folds=(  # the largest; the sums of exp relative to it, of those equal to it and of the rest
        max.folds[0],
        (0.0, lambda tied, x, top: tied + where(x < top, 0.0, exp(x - top))),
        (0.0, lambda rest, x, top, tied: rest + where(x < top, exp(x - top), 0.0)),
    ),
    constants=1,
    finish=lambda top, tied, rest: where(
        abs(top) < inf, top + (log(tied) + log1p(rest / tied)), top
    ),
    partial=lambda out, x, top, tied, rest: (_share(x, top, tied, rest),),
    label="log Σ exp", latex=r"\ln\textstyle\sum\exp\left(#1\right)",
)

# Parts of the rules above -------------------------------------------------------------------------
#
# A slope is a row of its own where, as a formula, it would lose digits in the next order: to the
# difference of two nearly equal numbers, as 1 - tanh(x)**2 far out, or to an overflow on the way.


def _logistic(x: Any) -> Any:
    """sigmoid(x) sigmoid(-x), from the exponential alone, which is the same for x and -x."""
    small = exp(-abs(x))  # never overflows
    return small / ((1.0 + small) * (1.0 + small))


# Both are written in the value y of sigmoid(x) or tanh(x), as by hand, and computed from x.
_sigmoid_slope: Primitive = Primitive(
    "sigmoid_slope", lambda y, x: _logistic(x), lambda out, y, x: (0.0, -tanh(0.5 * x) * out),
    plain="#1 · (1 − #1)", latex=r"#1 \cdot \left(1 - #1\right)", binds=2,
)
_tanh_slope: Primitive = Primitive(
    "tanh_slope", lambda y, x: 4.0 * _logistic(2.0 * x),
    lambda out, y, x: (0.0, -2.0 * tanh(x) * out),
    plain="1 − #1²", latex="1 - #1^{2}", binds=1,
)
_one_less_square: Primitive = Primitive(
    "one_less_square", lambda x: (1.0 - x) * (1.0 + x), lambda out, x: (-2.0 * x,),
    latex=r"\left(1 - #1^2\right)", c="((1.0 - #1) * (1.0 + #1))",
)


def _cosine(x: Any, y: Any) -> Any:
    r = hypot(x, y)
    far = sign(x) + 0.0 * y  # of an infinite x beside a finite y
    return where(r > 0.0, where(abs(x) < inf, div(x, r), far), 0.0 * r)


def _direction_slopes(out: Any, x: Any, y: Any) -> tuple[Any, Any]:
    r, across = hypot(x, y), _direction(y, x)
    nothing = 0.0 * r  # at the origin
    return (
        where(r > 0.0, across * (across / r), nothing),
        where(r > 0.0, -out * (across / r), nothing),
    )


_direction: Primitive = Primitive(
    "direction", _cosine, _direction_slopes, latex=r"\frac{#1}{\sqrt{#1^2 + #2^2}}"
)


@family
def _inverse_power(order: int, part: int) -> Primitive:
    """The real (part 0) or imaginary part (1) of (x + iy)**-order; 0 at the origin."""
    name = f"{('real', 'imaginary')[part]}_of_inverse_power_{order}"

    def evaluate(x: Any, y: Any) -> Any:
        r = hypot(x, y)
        cosine, sine = div(x, r), div(-y, r)
        parts = cosine, sine
        for _ in range(order - 1):
            a, b = parts
            parts = a * cosine - b * sine, a * sine + b * cosine
        value = parts[part]
        for _ in range(order):
            value = div(value, r)
        far = 0.0 * (sign(x) + sign(y))
        return where(r > 0.0, where(r < inf, value, far), 0.0 * r)

    def partials(out: Any, x: Any, y: Any) -> tuple[Any, Any]:
        real = -float(order) * _inverse_power(order + 1, 0)(x, y)
        imaginary = -float(order) * _inverse_power(order + 1, 1)(x, y)
        return (imaginary, real) if part else (real, -imaginary)

    return Primitive(
        name, evaluate, partials,
        latex=r"\operatorname{%s}\left(#1 + i #2\right)^{-%d}" % (("Re", "Im")[part], order),
    )


_pow_log: Primitive = _power_log(1)
_inverse_real: Primitive = _inverse_power(1, 0)
_inverse_imaginary: Primitive = _inverse_power(1, 1)

# fmt: on
_rows = {name: row for name, row in list(globals().items()) if isinstance(row, Primitive)}
for row in _rows.values():
    row.custom = False
    TABLE[row.name] = row
del row
FUNCTIONS = {name: row for name, row in _rows.items() if not name.startswith("_")}
__all__ = [*FUNCTIONS, "polygamma"]
