"""A Gaussian process: how far does a measurement tell of its neighbours? (Rasmussen, Williams 2006)

Noisy readings of a smooth curve. The height of the curve, the length over which it changes
and the noise are those that make the readings most likely. The likelihood is written out number by
number, with Cholesky's factors; the Hessian at the best point says how sure each is.

    python examples/science/gaussian_process.py
"""

import math
import random
from typing import Any

import autograd_lite as ag


def readings(n: int) -> tuple[list[float], list[float]]:
    """Noisy values of a sine at n places."""
    rng = random.Random(3)
    places = [6.0 * i / (n - 1) for i in range(n)]
    return places, [math.sin(x) + 0.1 * rng.gauss(0.0, 1.0) for x in places]


def misfit(logs: Any, places: Any, values: Any) -> Any:
    """Minus the log-likelihood; of the logarithms of height, length and noise."""
    height, length, noise = [ag.exp(x) for x in logs]
    square = lambda x: x * x
    covariance = [
        [
            square(height) * ag.exp(-0.5 * square((a - b) / length))
            + (square(noise) + 1e-10 if a == b else 0.0)
            for b in places
        ]
        for a in places
    ]
    factor = ag.linalg.cholesky(covariance)
    solved = ag.linalg.solve_triangular(factor, values, lower=True)
    determinant = ag.sum([ag.log(row[i]) for i, row in enumerate(factor)])
    return 0.5 * ag.dot(solved, solved) + determinant + 0.5 * len(values) * math.log(2.0 * math.pi)


def main(n: int = 30) -> None:
    import numpy as np
    from scipy.optimize import minimize

    places, values = readings(n)
    program = ag.compile(lambda logs: misfit(logs, places, values))
    start = np.zeros(3)
    fit = minimize(program.value_and_grad, start, jac=True, method="BFGS")
    errors = np.sqrt(np.diag(np.linalg.inv(program.hessian(fit.x))))
    print(f"minus the log-likelihood {fit.fun:.4f} after {fit.nfev} evaluations")
    for name, x, error in zip(("height", "length", "noise"), fit.x, errors):
        print(f"{name:<7} {math.exp(x):.4f}, give or take {100 * error:.0f} %")


if __name__ == "__main__":
    main()
