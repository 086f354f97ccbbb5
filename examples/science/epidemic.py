"""Influenza in a boarding school: how fast did it spread, and how sure is that? (BMJ 1978)

    susceptible' = -beta * susceptible * ill / 763
    ill'         = beta * susceptible * ill / 763 - gamma * ill

The boys in bed on fourteen days, fitted by least squares (Kermack and McKendrick's model of 1927).
The Jacobian of the trajectory gives the covariance C of the parameters, and J C J' carries it to
what is computed from them: the reproduction number and the course of the epidemic.

    python examples/science/epidemic.py
"""

from typing import Any

import numpy as np

import autograd_lite as ag

IN_BED = [3.0, 8.0, 28.0, 75.0, 221.0, 291.0, 255.0, 235.0, 190.0, 125.0, 70.0, 28.0, 12.0, 5.0]
BOYS = 763.0
START = [1.5, 0.5, 3.0]  # beta, gamma, ill on the first day
STEPS = 10  # a day


def course(p: Any, days: int = len(IN_BED)) -> Any:
    """How many are ill on each day, by Runge and Kutta's rule."""
    beta, gamma, ill = p
    healthy, h, found = BOYS - ill, 1.0 / STEPS, [ill]

    def slopes(s: Any, i: Any) -> Any:
        infected = beta * s * i / BOYS
        return -infected, infected - gamma * i

    for _ in range(days - 1):
        for _ in range(STEPS):
            a, b = slopes(healthy, ill)
            c, d = slopes(healthy + h / 2 * a, ill + h / 2 * b)
            e, f = slopes(healthy + h / 2 * c, ill + h / 2 * d)
            g, k = slopes(healthy + h * e, ill + h * f)
            healthy = healthy + h / 6 * (a + 2.0 * (c + e) + g)
            ill = ill + h / 6 * (b + 2.0 * (d + f) + k)
        found.append(ill)
    return np.array(found)


def main() -> None:
    from scipy.optimize import least_squares

    program = ag.compile(course)
    off = lambda p: program.value(p) - IN_BED
    fit = least_squares(off, np.array(START), jac=program.jacobian, x_scale="jac")
    spread = 2.0 * fit.cost / (len(IN_BED) - len(fit.x))
    covariance = spread * np.linalg.inv(fit.jac.T @ fit.jac)
    for name, x, error in zip(("beta", "gamma", "ill at first"), fit.x, np.diag(covariance)):
        print(f"{name:<13} {x:.3f} ± {error**0.5:.3f}")
    number = lambda p: p[0] / p[1]
    slope = ag.grad(number)(fit.x)
    error = np.sqrt(slope @ covariance @ slope)
    print(f"each boy infected {number(fit.x):.2f} ± {error:.2f} others, at the beginning")
    ill = program.value(fit.x)
    errors = np.sqrt(np.diag(fit.jac @ covariance @ fit.jac.T))
    peak = int(np.argmax(ill))
    print(f"in bed on day {peak}: {ill[peak]:.0f} ± {errors[peak]:.0f}")


if __name__ == "__main__":
    main()
