"""The smile of volatilities, in three numbers: SABR calibrated. (Hagan et al. 2002)

Options of different strikes are quoted with different volatilities. Hagan's formula draws such a
smile from the level alpha, the correlation rho and the volatility of volatility nu. At the money it
is 0 / 0; `where` chooses the limit there, and no gradient comes from what is not chosen.

    python examples/science/sabr.py
"""

from typing import Any

import numpy as np

import autograd_lite as ag

FORWARD, TIME, BETA = 0.03, 5.0, 0.5
STRIKES = np.array([0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06])
QUOTES = np.array([0.439, 0.376, 0.334, 0.304, 0.282, 0.267, 0.257, 0.247, 0.244])
START = [0.04, 0.0, 0.3]


def smile(p: Any, strike: Any) -> Any:
    """The volatility at a strike, of alpha, rho and nu."""
    alpha, rho, nu = p
    mean = (FORWARD * strike) ** ((1.0 - BETA) / 2.0)
    gap = ag.log(FORWARD / strike)
    z = nu / alpha * mean * gap
    root = ag.sqrt(1.0 - 2.0 * rho * z + z * z)
    near = ag.abs(z) < 1e-6
    ratio = ag.where(near, 1.0 - 0.5 * rho * z, z / ag.log((root + z - rho) / (1.0 - rho)))
    square = ((1.0 - BETA) * gap) ** 2
    growth = (
        ((1.0 - BETA) * alpha / mean) ** 2 / 24.0
        + rho * BETA * nu * alpha / (4.0 * mean)
        + (2.0 - 3.0 * rho * rho) * nu * nu / 24.0
    )
    level = alpha / (mean * (1.0 + square / 24.0 + square**2 / 1920.0))
    return level * ratio * (1.0 + growth * TIME)


def main() -> None:
    from scipy.optimize import least_squares

    program = ag.compile(smile, batch="none", argnums=0)
    each = lambda p: np.tile(p, (len(STRIKES), 1))  # a sample for each strike, with the same p
    fit = least_squares(
        lambda p: program.value(each(p), STRIKES) - QUOTES,
        START,
        jac=lambda p: program.grad(each(p), STRIKES),
        bounds=([1e-4, -0.999, 1e-3], [1.0, 0.999, 5.0]),
        x_scale="jac",
    )
    print("alpha {:.5f}, rho {:.4f}, nu {:.4f}".format(*fit.x))
    print(f"quotes met within {max(abs(fit.fun)):.4f}, after {fit.nfev} evaluations")


if __name__ == "__main__":
    main()
