"""A curve through points of which some are badly wrong: least squares that forgive. (Huber 1964)

Sixty-seven readings of exp(m x + c), of which eleven went wrong. The sum of squares follows them;
Huber's and Cauchy's losses grow more slowly and do not. SciPy knows the losses, and wants the
residuals and their Jacobian.

    python examples/science/robust_fit.py
"""

import random
from typing import Any

import numpy as np

import autograd_lite as ag

TRUTH = [0.3, 0.1]
START = [0.0, 0.0]


def readings() -> tuple[Any, Any]:
    """Sixty-seven points; every sixth, roughly, is off by much."""
    rng = random.Random(5)
    x = np.array([0.075 * i for i in range(67)])
    noise = [rng.gauss(0.0, 0.2) + 6.0 * (i % 6 == 5) * rng.random() for i in range(67)]
    return x, np.exp(TRUTH[0] * x + TRUTH[1]) + noise


def residual(p: Any, x: Any, y: Any) -> Any:
    return ag.exp(p[0] * x + p[1]) - y


def main() -> None:
    from scipy.optimize import least_squares

    x, y = readings()
    program = ag.compile(residual, batch="none", argnums=0)
    each = lambda p: np.tile(p, (len(x), 1))  # a sample for each reading, with the same p
    value = lambda p: program.value(each(p), x, y)
    slopes = lambda p: program.grad(each(p), x, y)
    for loss, scale in (("linear", 1.0), ("huber", 0.3), ("cauchy", 0.3)):
        fit = least_squares(value, START, jac=slopes, loss=loss, f_scale=scale)
        covariance = np.linalg.inv(fit.jac.T @ fit.jac) * 0.2**2
        errors = np.sqrt(np.diag(covariance))
        found = ", ".join(f"{z:.3f} ± {e:.3f}" for z, e in zip(fit.x, errors))
        print(f"{loss:<7} m, c = {found} (made with {TRUTH[0]}, {TRUTH[1]})")


if __name__ == "__main__":
    main()
