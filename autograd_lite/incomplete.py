"""The incomplete gamma and beta functions, with derivatives by their parameters, for the table.

They are series and continued fractions: loops that end where they have converged (`iterate`). The
loops run on Taylor series in the parameters that end at the order wanted, so one loop gives the
value and, exactly, the derivatives. All of it is arithmetic, so that it runs on floats and on
Symbols, of which C and JavaScript are written. A branch that is not taken gets operands with which
its loop ends at once.
"""

from __future__ import annotations

import math
from math import inf, nan

from .primitive import where
from .primitives import (
    EULER,
    ZETA,
    _stirling,
    abs,
    exp,
    expm1,
    floor,
    lgamma,
    log,
    log1p,
    polygamma,
)
from .special_table import branch, iterate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

EPSILON = 1e-17
MOST = 100_000  # steps of a loop, enough for parameters up to 1e8; beyond them the result is nan


class Taylor:
    """The first terms of a Taylor series; its coefficients are numbers, or series in another
    variable. An int is a coefficient known when the rule is written: that of 0 takes no arithmetic.

    >>> x = Taylor([2.0, 1, 0])  # 2 + t
    >>> (x * x).terms, (1.0 / x).terms
    ([4.0, 4.0, 1], [0.5, -0.25, 0.125])
    """

    __slots__ = ("terms",)

    def __init__(self, terms: list[Any]) -> None:
        self.terms = terms

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Taylor):
            return Taylor([_plus(x, y) for x, y in zip(self.terms, other.terms)])
        return Taylor([_plus(self.terms[0], other), *self.terms[1:]])

    def __neg__(self) -> Taylor:
        return Taylor([-x for x in self.terms])

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Taylor):
            return Taylor([_times(x, other) for x in self.terms])
        xs, ys = self.terms, other.terms
        return Taylor([_dot(xs[: n + 1], ys[n::-1]) for n in range(len(xs))])

    def __rtruediv__(self, other: Any) -> Any:
        xs = self.terms
        inverse = 1.0 / xs[0]
        ys = [inverse]
        for n in range(1, len(xs)):
            ys.append(_times(-_dot(xs[1 : n + 1], ys[::-1]), inverse))
        return Taylor(ys) * other

    def __truediv__(self, other: Any) -> Any:
        return self * (1.0 / other)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self) -> Taylor:
        xs = self.terms
        ys = [_exp(xs[0])]
        for n in range(1, len(xs)):
            scaled = [_times(x, float(i)) for i, x in enumerate(xs[1 : n + 1], start=1)]
            ys.append(_times(_dot(scaled, ys[::-1]), 1.0 / n))
        return Taylor(ys)


def _plus(x: Any, y: Any) -> Any:
    if type(x) is int or isinstance(y, Taylor):  # a Symbol does not know what a Taylor is
        x, y = y, x
    return x if type(y) is int and y == 0 else x + y


def _times(x: Any, y: Any) -> Any:
    if type(x) is int or isinstance(y, Taylor):
        x, y = y, x
    return x * y if type(y) is not int else 0 if y == 0 else x if y == 1 else x * float(y)


def _over(x: Any, y: Any) -> Any:
    return y.__rtruediv__(x) if isinstance(y, Taylor) else x / y


def _dot(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    total: Any = 0
    for x, y in zip(xs, ys):
        total = _plus(total, _times(x, y))
    return total


def _exp(x: Any) -> Any:
    return x.exp() if isinstance(x, Taylor) else 1 if type(x) is int else exp(x)


def _variable(x: Any, order: int) -> Any:
    """x as a series of itself up to this order."""
    return Taylor([x, 1, *[0] * (order - 1)]) if order else x


def _derivative(series: Any, *orders: int) -> Any:
    """The derivative of these orders of a series, of a series of series."""
    for order in orders:
        if order:
            series = series.terms[order] * float(math.factorial(order))
    return series


def _flat(series: Any, orders: Sequence[int]) -> list[Any]:
    """All coefficients of a series, of a series of series."""
    if not orders:
        return [float(series) if type(series) is int else series]
    of_one = isinstance(series, Taylor)
    terms = series.terms if of_one else [series, *[0] * orders[0]]
    return [x for term in terms for x in _flat(term, orders[1:])]


def _series(coefficients: Iterator[Any], orders: Sequence[int]) -> Any:
    """The series of these orders that has these coefficients."""
    if not orders:
        return next(coefficients)
    return Taylor([_series(coefficients, orders[1:]) for _ in range(orders[0] + 1)])


def _chosen(condition: Any, x: Any, y: Any) -> Any:
    """`where` of series."""
    if isinstance(x, Taylor) or isinstance(y, Taylor):
        size = len((x if isinstance(x, Taylor) else y).terms)
        xs, ys = (z.terms if isinstance(z, Taylor) else [z, *[0] * (size - 1)] for z in (x, y))
        return Taylor([_chosen(condition, *pair) for pair in zip(xs, ys)])
    if type(x) is int and type(y) is int and x == y:
        return x
    return where(condition, *(float(z) if type(z) is int else z for z in (x, y)))


def _iterated(orders: Sequence[int], step: Callable[..., Any], *start: Any) -> list[Any]:
    """`iterate` with results that are numbers and series, if they are Taylor series, of these
    orders."""
    orders = [order for order in orders if order]
    shapes = [orders if isinstance(x, Taylor) else [] for x in start]
    if not any(hasattr(type(_flat(x, shape)[0]), "_iterate") for x, shape in zip(start, shapes)):
        return [*iterate(step, *start, most=2 * MOST + 20)]

    def on_numbers(k: Any, *flat: Any) -> tuple[Any, ...]:
        numbers = iter(flat)
        going, *results = step(k, *[_series(numbers, shape) for shape in shapes])
        return going, *_all_flat(results)

    def _all_flat(results: Sequence[Any]) -> list[Any]:
        return [x for result, shape in zip(results, shapes) for x in _flat(result, shape)]

    numbers = iter(iterate(on_numbers, *_all_flat(start), most=2 * MOST + 20))
    return [_series(numbers, shape) for shape in shapes]


def _last(series: Any) -> Any:
    """The size of the coefficient that converges last."""
    while isinstance(series, Taylor):
        series = series.terms[-1]
    return abs(series)


def _inside(x: Any, low: float, high: float, others: Any = 1.0) -> Any:
    """`others` if x is between these numbers, else 0."""
    return where(x > low, where(x < high, others, 0.0), 0.0)


# Continued fractions ------------------------------------------------------------------------------


def _not_0(x: Any) -> Any:
    return where(abs(x) > 0.0, x, 1e-300)


def _terms(steps: Callable[[Any], list[tuple[Any, Any]]], first: Any, most: int = MOST) -> Any:
    """How many steps a continued fraction takes, told by numbers alone (Lentz's algorithm).

    Args:
        steps: (a, b), ... of step k = 1, 2, ... of first + a_1 / (b_1 + a_2 / (b_2 + ...)).
        first: a number.
        most: how many are too many.
    """

    def step(k: Any, _: Any, c: Any, d: Any) -> tuple[Any, ...]:
        for top, bottom in steps(k):
            d = 1.0 / _not_0(bottom + top * d)
            c = _not_0(bottom + top / c)
        return abs(c * d - 1.0) >= 3e-16, k, c, d

    return iterate(step, 0.0, inf, 1.0 / _not_0(first), most=most)[0]


def _fraction(
    steps: Callable[[Any], list[tuple[Any, Any]]], first: Any, count: Any, orders: Sequence[int]
) -> Any:
    """1 / (first + a_1 / (b_1 + a_2 / (b_2 + ...))) of so many steps, from the far end."""

    def step(_: Any, k: Any, value: Any) -> tuple[Any, ...]:
        for top, bottom in reversed(steps(k)):
            value = top / (bottom + value)
        return k > 1.0, k - 1.0, value

    zeros = [0.0] * math.prod(order + 1 for order in orders)
    start = _series(iter(zeros), [order for order in orders if order])
    return 1.0 / (first + _iterated(orders, step, count, start)[1])


# Gamma --------------------------------------------------------------------------------------------


def _lgamma1p(a: Any) -> Any:
    """ln Gamma(1 + a), for a small a by the series of ln Gamma(2 + a), DLMF 5.7.3."""

    def near_0() -> Any:
        small: Any = where(a > 0.2, 0.0, a)
        series: Any = 0.0
        for coefficient in reversed(ZETA):
            series = (series + coefficient) * small
        return (series + (1.0 - EULER)) * small - log1p(small)

    return branch(a > 0.2, lambda: lgamma(1.0 + a), near_0)


def _log_powers(a: Any, x: Any) -> Any:
    """ln(x**a exp(-x) / Gamma(a + 1)); for a large a its large terms are taken together."""

    def together() -> Any:
        large: Any = where(a < 10.0, 10.0, a)
        far = (x - large) / large
        size = far - where(far > -0.5, log1p(far), log(x / large))
        return -0.5 * log(2.0 * math.pi * large) - large * size - _stirling(large)

    return branch(a < 10.0, lambda: a * log(x) - x - _lgamma1p(a), together)


def _gamma_slopes(order: int, a: Any, x: Any) -> Any:
    """x**a / Gamma(a + 1) as a series in a, over its value."""
    if not order:
        return 1
    slopes = [log(x) - polygamma(0, a + 1.0)]
    slopes += [polygamma(n, a + 1.0) * (-1.0 / math.factorial(n + 1)) for n in range(1, order)]
    return Taylor([0, *slopes]).exp()


def _gamma_domain(a: Any, x: Any) -> tuple[Any, Any, Any]:
    """Whether a and x are positive and finite, and operands that are."""
    inside = _inside(a, 0.0, inf, _inside(x, 0.0, inf)) > 0.0
    return inside, where(inside, a, 1.0), where(inside, x, 1.0)


def gamma_density(order: int, a: Any, x: Any) -> Any:
    """x**(a - 1) exp(-x) / Gamma(a), or its derivative by a of this order."""
    inside, b, y = _gamma_domain(a, x)
    powers = _times(_gamma_slopes(order, b, y), exp(_log_powers(b, y)))
    value = _derivative(powers * (_variable(b, order) * (1.0 / y)), order)
    at_0 = where(a > 1.0, 0.0, nan)
    if not order:
        at_0 = where(a > 1.0, 0.0, where(a < 1.0, inf, 1.0))
    edge = where(a > 0.0, where(x > 0.0, 0.0, where(x >= 0.0, at_0, nan)), nan)
    return where(inside, value, edge)


def gamma_lower(order: int, a: Any, x: Any) -> Any:
    """P(a, x), or its derivative by a of this order."""
    inside, b, y = _gamma_domain(a, x)
    value = _gamma(order, b, y)
    if order:
        return where(inside, value, where(a > 0.0, where(x >= 0.0, 0.0, nan), nan))
    return where(inside, value, _gamma_edge(a, x, 0.0, 1.0))


def gamma_upper(a: Any, x: Any) -> Any:
    """Q(a, x) = 1 - P(a, x), which keeps its digits where it is small."""
    inside, b, y = _gamma_domain(a, x)
    return where(inside, _gamma(0, b, y, upper=True), _gamma_edge(a, x, 1.0, 0.0))


def _gamma_edge(a: Any, x: Any, none: float, all_of_it: float) -> Any:
    """P or Q where a or x is 0 or infinite; for a = 0 all of the distribution is at 0."""
    at_infinity = where(x < inf, none, where(a < inf, all_of_it, nan))
    at_0 = where(a >= 0.0, where(x > 0.0, all_of_it, nan), nan)
    return where(a > 0.0, where(x >= 0.0, at_infinity, nan), at_0)


def _gamma(order: int, a: Any, x: Any, upper: bool = False) -> Any:
    """The derivative of this order of P(a, x) by a; or Q(a, x).

    For x < a + 1 by the series DLMF 8.11.4 or, if a is small, 8.7.1; else by the continued fraction
    DLMF 8.9.2 in its even part.
    """
    v, slopes = _variable(a, order), _gamma_slopes(order, a, x)
    far, small = x >= a + 1.0, a < 1.0

    def powers() -> Any:
        return _times(slopes, exp(_log_powers(a, x)))

    def by_fraction() -> Any:
        z = where(far, x, 9.0 * a + 9.0)
        middle = floor(a) + 0.5 if order else a  # at whole numbers it may end, its slopes do not
        count = _terms(
            lambda k: [((middle - k) * k, -middle + (z + (2.0 * k + 1.0)))], -middle + (z + 1.0)
        )
        fraction = _fraction(
            lambda k: [((v - k) * k, -v + (z + (2.0 * k + 1.0)))],
            -v + (z + 1.0),
            2.0 * count + 11.0 if order else count,
            [order],
        )
        q = _derivative(powers() * (v * fraction), order)
        return q if upper else -q if order else 1.0 - q

    def near_0() -> Any:  # P = exp(logarithm) (1 + rest), both of the size of a
        y = where(far, 0.0, where(small, x, 0.0))

        def step(k: Any, power: Any, rest: Any) -> tuple[Any, ...]:
            power = power * (-y / k)
            return abs(power) > 1e-19 * y, power, rest + v / (v + k) * power

        rest = _iterated([order], step, 1.0, v * 0.0)[1]
        logarithm = a * log(x) - _lgamma1p(a)
        all_of_it = _times(slopes, exp(logarithm))
        if upper:
            return -expm1(logarithm) - all_of_it * rest
        return _derivative(all_of_it * (1.0 + rest), order)

    def by_series() -> Any:
        y = where(far, 0.0, where(small, 0.0, x))

        def step(k: Any, term: Any, total: Any) -> tuple[Any, ...]:
            term = term * _over(y, v + k)
            total = total + term
            return _last(term) > EPSILON * _last(total), term, total

        one = v * 0.0 + 1.0
        p = _derivative(powers() * _iterated([order], step, one, one)[1], order)
        return 1.0 - p if upper else p

    return branch(far, by_fraction, lambda: branch(small, near_0, by_series))


# Beta ---------------------------------------------------------------------------------------------


def _beta_log_powers(a: Any, b: Any, x: Any, betaln: Any) -> Any:
    """ln(x**a (1 - x)**b / (a b B(a, b))); for large a and b its large terms are taken together."""
    low: Any = where(a < b, a, b)

    def apart() -> Any:
        # B(a, b) is 1 over the smaller of them and a number of moderate size
        return a * log(x) + b * log1p(-x) - (betaln + log(low) + log(where(a < b, b, a)))

    def together() -> Any:
        c, d = where(a < 10.0, 10.0, a), where(b < 10.0, 10.0, b)
        away = x * d - (1.0 - x) * c
        left = where(away > -0.5 * c, log1p(away / c), log(x * (1.0 + d / c)))
        right = where(away < 0.5 * d, log1p(-away / d), log((1.0 - x) * (1.0 + c / d)))
        rest = _stirling(c + d) - _stirling(c) - _stirling(d)
        return c * left + d * right + rest - 0.5 * log(2.0 * math.pi * c * (d * (c + d)))

    return branch(low < 10.0, apart, together)


def _beta_powers(m: int, n: int, a: Any, b: Any, x: Any, betaln: Any) -> Any:
    """x**a (1 - x)**b / (a b B(a, b)) as a series in a whose terms are series in b."""
    value = exp(_beta_log_powers(a, b, x, betaln))

    def slope(i: int, j: int) -> Any:  # a coefficient of the logarithm
        total = polygamma(i + j - 1, a + b) * (1.0 / (math.factorial(i) * math.factorial(j)))
        if i and j:
            return total
        first, k = (a, i) if i else (b, j)
        own = polygamma(k - 1, first + 1.0) * (1.0 / math.factorial(k)) - total
        return (log(x) if i else log1p(-x)) - own if k == 1 else -own

    def inner(i: int) -> Any:
        terms = [slope(i, j) if i or j else 0 for j in range(n + 1)]
        return Taylor(terms) if n else terms[0]

    if not m:
        return inner(0).exp() * value if n else value
    return Taylor([inner(i) for i in range(m + 1)]).exp() * value


def _two_variables(m: int, n: int, a: Any, b: Any) -> tuple[Any, Any]:
    """a and b as series in a up to order m, whose terms are series in b up to order n."""
    w = _variable(b, n)
    return _variable(a, m), Taylor([w, *[0] * m]) if m else w


def _beta_domain(a: Any, b: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """Whether a and b are positive and finite and x is between 0 and 1, and operands that are."""
    inside = _inside(a, 0.0, inf, _inside(b, 0.0, inf, _inside(x, 0.0, 1.0))) > 0.0
    return inside, where(inside, a, 1.0), where(inside, b, 1.0), where(inside, x, 0.5)


def _beta_edge(a: Any, b: Any, x: Any, at_0: Any, at_1: Any) -> Any:
    """What there is at x = 0 and at x = 1; else nan."""
    edge = where(x > 0.0, where(x < 1.0, nan, where(x > 1.0, nan, at_1)), at_0)
    return where(a > 0.0, where(b > 0.0, where(x >= 0.0, edge, nan), nan), nan)


def beta_density(orders: tuple[int, int], a: Any, b: Any, x: Any, betaln: Any) -> Any:
    """x**(a - 1) (1 - x)**(b - 1) / B(a, b), or its derivative by a and b of these orders.

    Args:
        orders, a, b, x: as above.
        betaln: ln B(a, b).
    """
    inside, c, d, y = _beta_domain(a, b, x)
    v, w = _two_variables(*orders, c, d)
    value = _derivative(_beta_powers(*orders, c, d, y, betaln) * v * w, *orders) / (y * (1.0 - y))
    at_0 = at_1 = nan
    if orders == (0, 0):
        at_0 = where(a > 1.0, 0.0, where(a < 1.0, inf, b))
        at_1 = where(b > 1.0, 0.0, where(b < 1.0, inf, a))
    return where(inside, value, _beta_edge(a, b, x, at_0, at_1))


def beta_lower(orders: tuple[int, int], a: Any, b: Any, x: Any, betaln: Any) -> Any:
    """I_x(a, b), or its derivative by a and b of these orders; `betaln` is ln B(a, b).

    For a large x it is 1 less that of 1 - x.
    """
    inside, c, d, y = _beta_domain(a, b, x)
    swapped = y > (c + 1.0) / (c + d + 2.0)
    powers = _beta_powers(*orders, c, d, y, betaln)
    v, w = _two_variables(*orders, c, d)
    p, q = _chosen(swapped, w, v), _chosen(swapped, v, w)
    middles = where(swapped, d, c), where(swapped, c, d)
    fraction = _beta_fraction(orders, p, q, where(swapped, 1.0 - y, y), middles)
    share = _derivative(powers * (q * fraction), *orders)
    if orders != (0, 0):
        return where(inside, where(swapped, -share, share), _beta_edge(a, b, x, 0.0, 0.0))
    long = where(share > 0.9, swapped, share > inf)

    def the_long_way() -> Any:  # takes more steps, next to 1 too many
        value = powers * (d * _beta_fraction(orders, c, d, where(long, y, 0.0), (c, d)))
        return where(value <= 1.0, value, 1.0 - share)

    less = branch(long, the_long_way, lambda: 1.0 - share)  # which loses the digits of a small rest
    return where(inside, where(swapped, less, share), _beta_edge(a, b, x, 0.0, 1.0))


def _beta_fraction(
    orders: tuple[int, int], a: Any, b: Any, x: Any, numbers: tuple[Any, Any]
) -> Any:
    """The continued fraction DLMF 8.17.22, two terms a step; `numbers` are the values of a, b."""

    def steps(a: Any, b: Any) -> Callable[[Any], list[tuple[Any, Any]]]:
        def step(k: Any) -> list[tuple[Any, Any]]:
            i = k - 1.0
            middle = a + (k + i)
            odd = -((a + i) * (_plus(a, b) + i) * x) / ((a + 2.0 * i) * middle)
            even = (b - k) * (k * x) / (middle * (a + 2.0 * k))
            return [(odd, 1.0), (even, 1.0)]

        return step

    several = orders != (0, 0)
    middles = [floor(z) + 0.5 if several else z for z in numbers]
    count = _terms(steps(*middles), 1.0, MOST // 2)
    return _fraction(steps(a, b), 1.0, 2.0 * count + 5.0 if several else count, orders)
