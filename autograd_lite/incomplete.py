"""The incomplete gamma and beta functions in plain Python, with derivatives by their parameters.

They need loops that end where a series or a fraction has converged, which the rules of the table do
not have. The loops run on Taylor series in the parameters that end at the order wanted, so one loop
gives the value and, exactly, the derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf, nan

from .primitives import EULER, ZETA, _stirling, lgamma, polygamma

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EPSILON = 1e-17
MOST = 100_000  # steps of a loop, enough for parameters up to 1e8; beyond them the result is nan


class Taylor:
    """The first terms of a Taylor series; its coefficients are numbers, or series in another
    variable.

    >>> x = Taylor([2.0, 1.0, 0.0])  # 2 + t
    >>> (x * x).terms, (1.0 / x).terms
    ([4.0, 4.0, 1.0], [0.5, -0.25, 0.125])
    """

    __slots__ = ("terms",)

    def __init__(self, terms: list[Any]) -> None:
        self.terms = terms

    def __add__(self, other: Any) -> Taylor:
        if isinstance(other, Taylor):
            return Taylor([x + y for x, y in zip(self.terms, other.terms)])
        return Taylor([self.terms[0] + other, *self.terms[1:]])

    def __neg__(self) -> Taylor:
        return Taylor([-x for x in self.terms])

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Taylor:
        if not isinstance(other, Taylor):
            return Taylor([x * other for x in self.terms])
        xs, ys = self.terms, other.terms
        return Taylor([_total(xs[i] * ys[n - i] for i in range(n + 1)) for n in range(len(xs))])

    def __rtruediv__(self, other: float) -> Taylor:
        xs = self.terms
        ys = [1.0 / xs[0] * other]
        for n in range(1, len(xs)):
            ys.append(-(_total(xs[i] * ys[n - i] for i in range(1, n + 1)) / xs[0]))
        return Taylor(ys)

    def __truediv__(self, other: Any) -> Any:
        return self * (1.0 / other)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self) -> Taylor:
        xs = self.terms
        ys = [_exp(xs[0])]
        for n in range(1, len(xs)):
            ys.append(_total(xs[i] * ys[n - i] * float(i) for i in range(1, n + 1)) * (1.0 / n))
        return Taylor(ys)


def _total(xs: Any) -> Any:
    total, *rest = xs
    for x in rest:
        total = total + x
    return total


def _exp(x: Any) -> Any:
    return x.exp() if isinstance(x, Taylor) else math.exp(x)


def _number(x: Any) -> float:
    """The value of a series."""
    while isinstance(x, Taylor):
        x = x.terms[0]
    return float(x)


def _variable(x: float, order: int) -> Any:
    """x as a series of itself up to this order."""
    return Taylor([x, 1.0, *[0.0] * (order - 1)]) if order else x


def _derivative(series: Any, *orders: int) -> float:
    """The derivative of these orders of a series, of a series of series."""
    for order in orders:
        if order:
            series = series.terms[order] * math.factorial(order)
    return float(series)


def _fraction(term: Callable[[int, Any, Any], tuple[Any, Any]], a: Any, b: Any) -> Any:
    """a_1 / (b_1 + a_2 / (b_2 + ...)), where `term(n, a, b)` is (a_n, b_n).

    How many terms are needed is told by the numbers alone (Lentz's algorithm), then they are taken
    from the far end; nan if they are too many. At whole numbers a fraction may end, and its
    derivatives do not.
    """
    x, y = _number(a), _number(b)
    several = isinstance(a, Taylor) or isinstance(b, Taylor)
    if several:
        x, y = math.floor(x) + 0.5, math.floor(y) + 0.5
    c, d, n = inf, 0.0, 0
    while n < MOST:
        n += 1
        top, bottom = term(n, x, y)
        d = 1.0 / ((bottom + top * d) or 1e-300)
        c = (bottom + top / c) or 1e-300 if n > 1 else inf
        if n > 2 and abs(c * d - 1.0) < 3e-16:
            break
    else:
        return nan
    value: Any = 0.0
    for k in range(2 * n + 10 if several else n, 0, -1):
        top, bottom = term(k, a, b)
        value = top / (bottom + value)
    return value


# Gamma --------------------------------------------------------------------------------------------


def _lgamma1p(a: float) -> float:
    """ln Gamma(1 + a), for a small a by the series of ln Gamma(2 + a), DLMF 5.7.3."""
    if a > 0.2:
        return float(lgamma(1.0 + a))
    series = 0.0
    for coefficient in reversed(ZETA):
        series = (series + coefficient) * a
    return (series + (1.0 - EULER)) * a - math.log1p(a)


def _log_powers(a: float, x: float) -> float:
    """ln(x**a exp(-x) / Gamma(a + 1)); for a large a its large terms are taken together."""
    if a < 10.0:
        return a * math.log(x) - x - _lgamma1p(a)
    far = (x - a) / a
    size = far - (math.log1p(far) if far > -0.5 else math.log(x / a))
    return -0.5 * math.log(2.0 * math.pi * a) - a * size - float(_stirling(a))


def gamma_density(order: int, a: float, x: float) -> float:
    """x**(a - 1) exp(-x) / Gamma(a), or its derivative by a of this order."""
    if not (a > 0.0 and x > 0.0):
        if x == 0.0 and a > 0.0 and not order:
            return inf if a < 1.0 else 1.0 if a == 1.0 else 0.0
        return 0.0 if x == 0.0 and a > 1.0 else nan
    if x == inf:
        return 0.0
    return _derivative(_gamma_powers(order, a, x) * (_variable(a, order) * (1.0 / x)), order)


def _gamma_powers(order: int, a: float, x: float) -> Any:
    """x**a exp(-x) / Gamma(a + 1) as a series in a."""
    value = math.exp(_log_powers(a, x))
    return _with_slopes(order, a, x, value)


def _with_slopes(order: int, a: float, x: float, value: float) -> Any:
    """x**a / Gamma(a + 1) as a series in a, times what makes it `value`."""
    if not order:
        return value
    slopes = [math.log(x) - polygamma(0, a + 1.0)]
    slopes += [-polygamma(n, a + 1.0) / math.factorial(n + 1) for n in range(1, order)]
    return Taylor([0.0, *slopes]).exp() * value


def gamma_lower(order: int, a: float, x: float) -> float:
    """P(a, x), or its derivative by a of this order."""
    if order:
        return _gamma(order, a, x)[0]
    return _gamma(0, a, x)[0]


def gamma_upper(a: float, x: float) -> float:
    """Q(a, x) = 1 - P(a, x), which keeps its digits where it is small."""
    return _gamma(0, a, x)[1]


def _gamma(order: int, a: float, x: float) -> tuple[float, float]:
    """The derivatives of this order of P(a, x) and Q(a, x) by a.

    For x < a + 1 by the series DLMF 8.11.4 or, for Q if a is small, 8.7.1; else by the continued
    fraction DLMF 8.9.2 in its even part.
    """
    if not (a > 0.0 and x >= 0.0):
        limit = a == 0.0 and x > 0.0 and not order  # all of the distribution is at 0
        return (1.0, 0.0) if limit else (nan, nan)
    if x == 0.0 or x == inf or a == inf:
        at = float(x == inf and a < inf) if x != a else nan
        return (0.0, 0.0) if order else (at, 1.0 - at)
    v = _variable(a, order)
    if x >= a + 1.0:
        fraction = _fraction(_gamma_term(x), v, 0.0)
        q = _derivative(_gamma_powers(order, a, x) * (v * fraction), order)
        return (-q, q) if order else (1.0 - q, q)
    if a < 1.0:  # P = exp(log) (1 + rest), whose log and rest are of the size of a
        logarithm, power, rest = a * math.log(x) - _lgamma1p(a), 1.0, v * 0.0
        for k in range(1, 60):
            power *= -x / k
            rest = rest + v / (v + float(k)) * power
        all_of_it = _with_slopes(order, a, x, math.exp(logarithm))
        p = _derivative(all_of_it * (1.0 + rest), order)
        return (p, -p) if order else (p, -math.expm1(logarithm) - all_of_it * rest)
    term: Any = v * 0.0 + 1.0
    total = term
    for n in range(1, MOST):
        term = term * (x / (v + float(n)))
        total = total + term
        if _last(term) <= EPSILON * _last(total):
            break
    else:
        total = v * nan
    p = _derivative(_gamma_powers(order, a, x) * total, order)
    return (p, -p) if order else (p, 1.0 - p)


def _last(series: Any) -> float:
    """The size of the coefficient that converges last."""
    while isinstance(series, Taylor):
        series = series.terms[-1]
    return abs(float(series))


def _gamma_term(x: float) -> Callable[[int, Any, Any], tuple[Any, Any]]:
    def term(n: int, a: Any, _: Any) -> tuple[Any, Any]:
        bottom = (x + (2.0 * n - 1.0)) - a
        return (1.0 if n == 1 else (a - (n - 1.0)) * (n - 1.0)), bottom

    return term


# Beta ---------------------------------------------------------------------------------------------


def _beta_log_powers(a: float, b: float, x: float, betaln: float) -> float:
    """ln(x**a (1 - x)**b / (a b B(a, b))); for large a and b its large terms are taken together."""
    if a < 10.0 or b < 10.0:
        return a * math.log(x) + b * math.log1p(-x) - (betaln + math.log(a) + math.log(b))
    away = x * b - (1.0 - x) * a
    left = math.log1p(away / a) if away > -0.5 * a else math.log(x * (1.0 + b / a))
    right = math.log1p(-away / b) if away < 0.5 * b else math.log((1.0 - x) * (1.0 + a / b))
    size = a * left + b * right
    rest = _stirling(a + b) - _stirling(a) - _stirling(b)
    return size + float(rest) - 0.5 * math.log(2.0 * math.pi * a * (b * (a + b)))


def beta_density(orders: tuple[int, int], a: float, b: float, x: float, betaln: float) -> float:
    """x**(a - 1) (1 - x)**(b - 1) / B(a, b), or its derivative by a and b of these orders.

    Args:
        orders, a, b, x: as above.
        betaln: ln B(a, b).
    """
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0):
        return nan
    if x == 0.0 or x == 1.0:
        power = a if x == 0.0 else b
        size = b if x == 0.0 else a
        return nan if orders != (0, 0) else 0.0 if power > 1.0 else inf if power < 1.0 else size
    v, w = _two_variables(*orders, a, b)
    powers = _beta_powers(*orders, a, b, x, betaln)
    return _derivative(powers * v * w, *orders) / (x * (1.0 - x))


def _two_variables(m: int, n: int, a: float, b: float) -> tuple[Any, Any]:
    """a and b as series in a up to order m, whose terms are series in b up to order n."""
    v, w = _variable(a, m), _variable(b, n)
    if m and n:
        v = Taylor([Taylor([term, *[0.0] * n]) for term in v.terms])
        w = Taylor([w, *[Taylor([0.0] * (n + 1)) for _ in range(m)]])
    return v, w


def _beta_powers(m: int, n: int, a: float, b: float, x: float, betaln: float) -> Any:
    """x**a (1 - x)**b / (a b B(a, b)) as a series in a whose terms are series in b."""
    value = math.exp(_beta_log_powers(a, b, x, betaln))

    def slope(i: int, j: int) -> float:  # a coefficient of the logarithm
        total = polygamma(i + j - 1, a + b) / (math.factorial(i) * math.factorial(j))
        if i and j:
            return float(total)
        first, k = (a, i) if i else (b, j)
        power = (math.log(x) if i else math.log1p(-x)) if k == 1 else 0.0
        return float(power - (polygamma(k - 1, first + 1.0) / math.factorial(k) - total))

    def inner(i: int) -> Any:
        terms = [slope(i, j) if i or j else 0.0 for j in range(n + 1)]
        return Taylor(terms) if n else terms[0]

    if not m:
        return inner(0).exp() * value if n else value
    return Taylor([inner(i) for i in range(m + 1)]).exp() * value


def beta_lower(orders: tuple[int, int], a: float, b: float, x: float, betaln: float) -> float:
    """I_x(a, b), or its derivative by a and b of these orders; `betaln` is ln B(a, b)."""
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0):
        return nan
    if x == 0.0 or x == 1.0:
        return x if orders == (0, 0) else 0.0
    if x <= (a + 1.0) / (a + b + 2.0):
        return _beta(orders, a, b, x, betaln)
    other = _beta(orders[::-1], b, a, 1.0 - x, betaln)
    if orders != (0, 0):
        return -other
    if other > 0.9:  # 1 less it has lost digits; this way takes longer, next to 1 too long
        value = _beta(orders, a, b, x, betaln)
        return value if value == value else 1.0 - other
    return 1.0 - other


def _beta(orders: tuple[int, int], a: float, b: float, x: float, betaln: float) -> float:
    """By the continued fraction DLMF 8.17.22."""
    m, n = orders
    v, w = _two_variables(m, n, a, b)
    powers = _beta_powers(m, n, a, b, x, betaln)

    def term(k: int, a: Any, b: Any) -> tuple[Any, Any]:
        if k == 1:
            return 1.0, 1.0
        i, odd = divmod(k - 1, 2)
        if odd:
            top = -((a + float(i)) * (a + b + float(i)) * x)
            return top / ((a + 2.0 * i) * (a + (2.0 * i + 1.0))), 1.0
        return (b - float(i)) * (i * x) / ((a + (2.0 * i - 1.0)) * (a + 2.0 * i)), 1.0

    fraction = _fraction(term, v, w)
    return _derivative(powers * (w * fraction), m, n)
