"""Optimal control: calm an oscillator that excites itself, with little force. (van der Pol 1926)

    x' = (1 - y**2) x - y + u,   y' = x,   the least integral of x**2 + y**2 + u**2

in ten seconds, from (0, 1), with a force of at most 1. By multiple shooting (Bock and Plitt 1984):
the states at the beginnings of 20 intervals are unknowns, too, and each must be where the one
before leads. Then the Jacobian of these conditions, 42 x 62, is sparse, and nothing explodes.

    python examples/science/van_der_pol.py
"""

from typing import Any

import numpy as np

import autograd_lite as ag

INTERVALS, STEPS, TIME = 20, 4, 10.0
BEGIN = [0.0, 1.0]


def interval(x: Any, y: Any, u: Any) -> Any:
    """The state and the cost after one interval, by Runge and Kutta's rule."""
    h, cost = TIME / INTERVALS / STEPS, 0.0

    def slopes(x: Any, y: Any) -> Any:
        return (1.0 - y * y) * x - y + u, x, x * x + y * y + u * u

    for _ in range(STEPS):
        a1, b1, c1 = slopes(x, y)
        a2, b2, c2 = slopes(x + h / 2 * a1, y + h / 2 * b1)
        a3, b3, c3 = slopes(x + h / 2 * a2, y + h / 2 * b2)
        a4, b4, c4 = slopes(x + h * a3, y + h * b3)
        x = x + h / 6 * (a1 + 2.0 * (a2 + a3) + a4)
        y = y + h / 6 * (b1 + 2.0 * (b2 + b3) + b4)
        cost = cost + h / 6 * (c1 + 2.0 * (c2 + c3) + c4)
    return x, y, cost


def parts(z: Any) -> Any:
    """States and force of each interval; z holds x, y, u of each, then the last state."""
    return [(z[3 * k], z[3 * k + 1], z[3 * k + 2]) for k in range(INTERVALS)]


def cost(z: Any) -> Any:
    return ag.sum([interval(x, y, u)[2] for x, y, u in parts(z)])


def gaps(z: Any) -> Any:
    """By how much each state is off; all are 0 in a solution."""
    found = [z[0] - BEGIN[0], z[1] - BEGIN[1]]
    for k, (x, y, u) in enumerate(parts(z)):
        goal_x, goal_y, _ = interval(x, y, u)
        found += [z[3 * k + 3] - goal_x, z[3 * k + 4] - goal_y]
    return np.array(found)


def main() -> None:
    from scipy.optimize import minimize

    height, states = ag.compile(cost), ag.compile(gaps)
    found = minimize(
        height.value_and_grad, np.zeros(3 * INTERVALS + 2), jac=True, method="SLSQP", tol=1e-9,
        bounds=[(None, None), (None, None), (-1.0, 1.0)] * INTERVALS + [(None, None)] * 2,
        constraints={
            "type": "eq",
            "fun": states.value,
            "jac": lambda z: states.jacobian(z, sparse=True).toarray(),
        },
    )  # fmt: skip
    force = ", ".join(f"{u:.2f}" for u in found.x[2::3][:8])
    print(f"{found.message}: cost {found.fun:.6f} after {found.nit} steps")
    print(f"gaps of {abs(states.value(found.x)).max():.1e} at most")
    print(f"force in the first intervals: {force}")


if __name__ == "__main__":
    main()
