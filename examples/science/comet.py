"""A comet, followed in steps that fit: the gradient of a loop that decides by itself.

Near the sun a step must be short, far away it may be long (the rule of Bogacki and Shampine 1989,
which estimates its own error). How many steps there are is known when they are done: that is a
`while_loop`, whose step chooses by `where`. Recorded it is a loop of Python; compiled, its step is
traced once. After a period the comet is where it began, whatever its speed; so the exact
derivatives are known, too.

    python examples/science/comet.py
"""

import math
from typing import Any

import autograd_lite as ag

SPEED = 0.6  # at the point that is farthest from the sun, at a distance of 1; mass of the sun 1


def period(speed: Any) -> Any:
    """Kepler's third law."""
    return 2.0 * math.pi * (2.0 - speed * speed) ** -1.5


def slopes(z: Any) -> Any:
    """Newton's law, for places and speeds."""
    x, y, u, v = z
    square = x * x + y * y
    pull = -1.0 / (square * ag.sqrt(square))
    return [u, v, pull * x, pull * y]


def constant(x: Any) -> Any:
    """Without a derivative."""
    return x.detach() if isinstance(x, ag.Value) else x


def after(z: Any, time: float, tolerance: float) -> tuple[Any, Any]:
    """Places and speeds after the time, and how many steps it took."""

    def step(state: Any) -> Any:
        z, a, done, h, steps = state
        h = ag.where(h < time - done, h, time - done)
        b = slopes([x + h / 2 * k for x, k in zip(z, a)])
        c = slopes([x + h * 3 / 4 * k for x, k in zip(z, b)])
        new = [x + h / 9 * (2.0 * i + 3.0 * j + 4.0 * k) for x, i, j, k in zip(z, a, b, c)]
        d = slopes(new)
        off = [h / 72 * (8.0 * k + 6.0 * j - 5.0 * i - 9.0 * m) for i, j, k, m in zip(a, b, c, d)]
        error = constant(ag.max([abs(x) for x in off]) / tolerance)  # steps have no derivative
        good = error <= 1.0
        z, a = ([ag.where(good, x, y) for x, y in zip(*pair)] for pair in ((new, z), (d, a)))
        done, steps = ag.where(good, done + h, done), ag.where(good, steps + 1.0, steps)
        return z, a, done, h * ag.min(4.0, 0.9 * ag.max(error, 0.01) ** (-1 / 3)), steps

    start = (z, slopes(z), 0.0, 1e-3, 0.0)
    z, _, _, _, steps = ag.while_loop(lambda state: state[2] < time, step, start)
    return z, steps


def place(speed: Any, time: float, tolerance: float) -> Any:
    """Where a comet is that began at (1, 0)."""
    return after([1.0, 0.0, 0.0, speed], time, tolerance)[0][:2]


def main(tolerance: float = 1e-7) -> None:
    time = period(SPEED)
    _, steps = after([1.0, 0.0, 0.0, SPEED], time, tolerance)
    program = ag.compile(lambda speed: place(speed, time, tolerance))
    (x, y), (x_slope, y_slope) = program.value(SPEED), program.jacobian(SPEED)
    print(f"after {time:.6f} and {steps:.0f} steps the comet is at ({x:.5f}, {y:.5f})")
    print(f"with a little more speed it moves by ({x_slope:.4f}, {y_slope:.4f}) of that")
    print(f"by Kepler's law                      (0.0000, {-SPEED * ag.grad(period)(SPEED):.4f})")


if __name__ == "__main__":
    main()
