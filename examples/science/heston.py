"""Heston's model of options, calibrated: which volatility of volatility do prices imply? (1993)

The variance of a share is pulled back to a mean and shakes by itself. A call's price is an integral
of a complex function (Lewis 2001, in the form of Albrecher et al. 2007, whose logarithm does not
jump), here a sum over 48 nodes. Five numbers are fitted to fifteen prices; samples of one batch are
options, and the gradients of the samples are the rows of the Jacobian.

    python examples/science/heston.py
"""

import math
from typing import Any

import numpy as np

import autograd_lite as ag

NAMES = ["variance now", "mean variance", "pull", "vol of vol", "correlation"]
TRUTH = [0.04, 0.06, 1.5, 0.5, -0.7]
START = [0.1, 0.1, 1.0, 0.3, -0.3]
SPOT, RATE = 100.0, 0.02
GAUSS = list(zip(*[x.tolist() for x in np.polynomial.legendre.leggauss(48)]))
NODES = [(10.0 * (1.0 + x) / (1.0 - x), 20.0 * w / (1.0 - x) ** 2) for x, w in GAUSS]
"""Gauss and Legendre's nodes and weights, stretched from 0 to infinity."""
STRIKES, TIMES = [
    x.ravel() for x in np.meshgrid([80.0, 90.0, 100.0, 110.0, 120.0], [0.5, 1.0, 2.0])
]


def call(p: Any, strike: Any, time: Any) -> Any:
    """The price of a call; `p` as in NAMES."""
    now, mean, pull, shake, correlation = p
    forward = ag.log(SPOT / strike) + RATE * time
    total = 0.0
    for u, weight in NODES:
        a = ag.Complex(pull - 0.5 * shake * correlation, -shake * correlation * u)
        d = ag.sqrt(a * a + shake**2 * (u * u + 0.25))
        decay = ag.exp(d * -time)
        below = (a + d) - (a - d) * decay
        c = ((a - d) * time - 2.0 * ag.log(below / (2.0 * d))) / shake**2
        e = (decay - 1.0) / below * (u * u + 0.25)
        turn = ag.Complex(0.0, u * forward)
        total += weight * ag.exp(c * (pull * mean) + e * now + turn).real / (u * u + 0.25)
    return SPOT - ag.sqrt(SPOT * strike) * ag.exp(-0.5 * RATE * time) / math.pi * total


def main() -> None:
    from scipy.optimize import least_squares

    program = ag.compile(call, batch="none", argnums=0)
    each = lambda p: np.tile(p, (len(STRIKES), 1))  # the same five numbers for each option
    prices = np.round(program.value(each(TRUTH), STRIKES, TIMES), 2)
    fit = least_squares(
        lambda p: program.value(each(p), STRIKES, TIMES) - prices,
        START,
        jac=lambda p: program.grad(each(p), STRIKES, TIMES),
        bounds=([1e-3, 1e-3, 1e-2, 1e-2, -0.99], [1.0, 1.0, 10.0, 3.0, 0.99]),
    )
    print(f"{len(prices)} prices met within {max(abs(fit.fun)):.4f}; {fit.nfev} evaluations")
    for name, x, truth in zip(NAMES, fit.x, TRUTH):
        print(f"{name:<14}{x:8.4f} (prices were made with {truth})")


if __name__ == "__main__":
    main()
