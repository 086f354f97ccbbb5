"""Three bodies that chase each other along a figure of eight. (Chenciner, Montgomery 2000)

Three equal masses, from known places with two unknown speeds: with which of them does everything
stand again where it began, after a third of the period, one body further? The leapfrog rule
integrates the orbits, and the Jacobian goes through all of its steps; least squares does the rest.

    python examples/science/three_body.py
"""

from typing import Any

import numpy as np

import autograd_lite as ag

PERIOD = 6.32591398
PLACES = [0.97000436, -0.24308753, -0.97000436, 0.24308753, 0.0, 0.0]  # x, y of each body
SPEEDS = [0.4662036850, 0.4323657300]  # of the first two bodies; the third balances them


def pulls(places: Any) -> Any:
    """Newton's accelerations, for masses of 1."""
    found = [0.0] * 6
    for i, j in ((0, 2), (0, 4), (2, 4)):
        x, y = places[j] - places[i], places[j + 1] - places[i + 1]
        square = x * x + y * y
        weight = 1.0 / (square * ag.sqrt(square))
        found[i], found[i + 1] = found[i] + x * weight, found[i + 1] + y * weight
        found[j], found[j + 1] = found[j] - x * weight, found[j + 1] - y * weight
    return found


def leapfrog(places: Any, speeds: Any, time: float, steps: int) -> Any:
    """Places and speeds after the time."""
    h = time / steps
    forces = pulls(places)
    for _ in range(steps):
        speeds = [v + h / 2 * a for v, a in zip(speeds, forces)]
        places = [x + h * v for x, v in zip(places, speeds)]
        forces = pulls(places)
        speeds = [v + h / 2 * a for v, a in zip(speeds, forces)]
    return places, speeds


def gaps(v: Any, steps: int) -> Any:
    """How far each body is, after a third of the period, from where another began."""
    x, y = v
    begin = [x, y, x, y, -2.0 * x, -2.0 * y]
    places, speeds = leapfrog(PLACES, begin, PERIOD / 3, steps)
    goal, pace = [PLACES[i] for i in (4, 5, 0, 1, 2, 3)], [begin[i] for i in (4, 5, 0, 1, 2, 3)]
    return np.array([a - b for a, b in zip([*places, *speeds], [*goal, *pace])])


def main(steps: int = 1000) -> None:
    from scipy.optimize import least_squares

    program = ag.compile(lambda v: gaps(v, steps))
    fit = least_squares(program.value, np.array([0.45, 0.45]), program.jacobian)
    print(f"speeds {fit.x[0]:.5f}, {fit.x[1]:.5f} (in books {SPEEDS[0]:.5f}, {SPEEDS[1]:.5f})")
    print(f"gaps of {abs(fit.fun).max():.1e} at most, after {fit.nfev} evaluations")


if __name__ == "__main__":
    main()
