"""An arm of three links draws a circle: inverse kinematics. (Whitney 1969)

Which angles of the joints bring the hand where it shall be? The hand's place is arithmetic, so its
Jacobian is known exactly; each step takes the smallest turns that move the hand the right way,
damped where the arm is nearly stretched (Levenberg).

    python examples/science/robot_arm.py
"""

from typing import Any

import numpy as np

import autograd_lite as ag

LINKS = [1.0, 0.8, 0.5]
START = [0.3, 0.9, 0.6]


def hand(angles: Any) -> Any:
    """Where the hand is: each angle is measured from the link before."""
    x, y, angle = 0.0, 0.0, 0.0
    for link, turn in zip(LINKS, angles):
        angle = angle + turn
        x, y = x + link * ag.cos(angle), y + link * ag.sin(angle)
    return np.array([x, y])


def turned(angles: Any, goal: Any, slopes: Any, damping: float = 1e-4) -> Any:
    """Angles with which the hand is nearer to the goal, and how far off it was."""
    off = goal - hand(angles)
    jacobian = slopes(angles)
    inner = jacobian @ jacobian.T + damping * np.eye(2)
    return angles + jacobian.T @ np.linalg.solve(inner, off), np.hypot(*off)


def main() -> None:
    slopes = ag.compile(ag.jacobian(hand)).value  # so small a Jacobian is best compiled itself
    angles, steps = np.array(START), 0
    for corner in range(13):
        way = 2.0 * np.pi * corner / 12
        goal = 1.2 + 0.4 * np.cos(way), 0.8 + 0.4 * np.sin(way)
        gap = 1.0
        while gap > 1e-9:
            angles, gap = turned(angles, goal, slopes)
            steps += 1
        if corner % 3 == 0:
            told = ", ".join(f"{np.degrees(x):6.1f}" for x in angles)
            print(f"hand at ({goal[0]:.3f}, {goal[1]:.3f}): angles {told} degrees")
    print(f"{steps} steps for 13 places; each within 1e-9")


if __name__ == "__main__":
    main()
