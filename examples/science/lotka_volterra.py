"""Hares and lynxes: which rates explain twenty years of pelts? (Lotka 1925, Volterra 1926)

    hares'  = (birth - hunt * lynxes) * hares
    lynxes' = (feed * hares - death) * lynxes

The pelts that the Hudson's Bay Company bought, in thousands (Howard 2009), are read as the numbers
of animals times log-normal errors. Four rates, two numbers of 1900 and the size of the errors are
those of the greatest likelihood. The equations are integrated by Runge and Kutta's rule, ten steps
a year, and the gradient goes through all 200.

    python examples/science/lotka_volterra.py
"""

from math import log
from typing import Any

import autograd_lite as ag

HARES = [
    30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1,
    40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7,
]  # fmt: skip
LYNXES = [
    4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4,
    8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6,
]  # fmt: skip
NAMES = ["birth", "hunt", "death", "feed", "hares in 1900", "lynxes in 1900", "error"]
START = [log(x) for x in (0.5, 0.03, 0.8, 0.03, 30.0, 4.0, 0.5)]
STEPS = 10  # of Runge and Kutta's rule, a year


def year_by_year(rates: Any, hares: Any, lynxes: Any, years: int) -> Any:
    """The numbers of both at the end of each year."""
    birth, hunt, death, feed = rates
    h = 1.0 / STEPS

    def slopes(x: Any, y: Any) -> Any:
        return (birth - hunt * y) * x, (feed * x - death) * y

    for _ in range(years):
        for _ in range(STEPS):
            a, b = slopes(hares, lynxes)
            c, d = slopes(hares + h / 2 * a, lynxes + h / 2 * b)
            e, f = slopes(hares + h / 2 * c, lynxes + h / 2 * d)
            g, k = slopes(hares + h * e, lynxes + h * f)
            hares = hares + h / 6 * (a + 2.0 * c + 2.0 * e + g)
            lynxes = lynxes + h / 6 * (b + 2.0 * d + 2.0 * f + k)
        yield hares, lynxes


def misfit(logs: Any) -> Any:
    """Minus the log-likelihood but for constants; of logarithms, for all seven are positive."""
    *rates, hares, lynxes, error = [ag.exp(x) for x in logs]
    total = 2.0 * len(HARES) * logs[6]
    years = [(hares, lynxes), *year_by_year(rates, hares, lynxes, len(HARES) - 1)]
    for (x, y), pelts, skins in zip(years, HARES, LYNXES):
        off, out = (ag.log(x) - log(pelts)) / error, (ag.log(y) - log(skins)) / error
        total = total + (off * off + out * out) * 0.5
    return total


def main() -> None:
    from scipy.optimize import minimize

    program = ag.compile(misfit)
    fit = minimize(program.value_and_grad, START, jac=True, method="BFGS")
    print(f"minus the log-likelihood {fit.fun:.4f} after {fit.nfev} evaluations")
    for name, x in zip(NAMES, fit.x):
        print(f"{name:<14} {ag.exp(x):.4f}")


if __name__ == "__main__":
    main()
