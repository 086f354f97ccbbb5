"""A yield curve from the rates of swaps, and what a swap gains when a quote moves.

Discount factors are found one after the other, such that each quoted swap is worth nothing; between
the quotes their logarithms are straight lines. Each step solves an equation by Newton's method,
with a derivative inside, and what comes out is differentiated again: how all prices depend on all
quotes.

    python examples/science/yield_curve.py
"""

from itertools import pairwise
from typing import Any

import autograd_lite as ag

YEARS = [1, 2, 3, 5, 7, 10]
QUOTES = [0.0310, 0.0325, 0.0335, 0.0350, 0.0360, 0.0370]


def between(knots: Any, year: float) -> Any:
    """The logarithm of the discount factor of a year, on the line between two knots."""
    for (a, low), (b, high) in pairwise(knots):
        if year <= b:
            return low + (high - low) * ((year - a) / (b - a))
    raise ValueError(f"the curve ends before the year {year}")


def swap(knots: Any, rate: Any, years: int) -> Any:
    """What a swap is worth: fixed payments, one a year, and the notional."""
    factors = [ag.exp(between(knots, year)) for year in range(1, years + 1)]
    return rate * ag.sum(factors) + factors[-1] - 1.0


def curve(quotes: Any) -> Any:
    """Knots (year, logarithm of the discount factor) at which all quoted swaps are worth 0."""
    knots: list[Any] = [(0, 0.0)]
    for year, quote in zip(YEARS, quotes):
        worth = lambda x, quote, known=tuple(knots), year=year: swap(
            [*known, (year, x)], quote, year
        )
        x = knots[-1][1] - 0.03 * (year - knots[-1][0])
        for _ in range(6):  # more than enough; the last ones change nothing but derivatives
            x = x - worth(x, quote) / ag.grad(worth, argnums=0)(x, quote)
        knots.append((year, x))
    return knots


def zero_rates(quotes: Any) -> Any:
    """The yields that the curve implies."""
    return [-x / year for year, x in curve(quotes)[1:]]


def holding(quotes: Any) -> Any:
    """What an old swap is worth: a million at 4 % for eight more years."""
    return 1e6 * swap(curve(quotes), 0.04, 8)


def main() -> None:
    slopes = ag.jacobian(zero_rates)(QUOTES)
    value, gains = ag.value_and_grad(holding)(QUOTES)
    print(f"the swap is worth {value:,.0f}")
    gained = []
    for year, quote, rate, row, gain in zip(YEARS, QUOTES, zero_rates(QUOTES), slopes, gains):
        told = " ".join(f"{x:6.3f}" for x in row)
        print(f"{year:>2} years {quote:.2%}: yield {rate:.4%}, by quotes {told}")
        gained.append(f"{gain / 1e4:.1f}")
    print(f"when a quote rises by 0.01 %, it gains {', '.join(gained)}")


if __name__ == "__main__":
    main()
