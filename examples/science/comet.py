"""A comet, followed in steps that fit: the gradient of a loop that decides by itself.

Near the sun a step must be short, far away it may be long (the rule of Bogacki and Shampine 1989,
which estimates its own error). How many steps there are is known when they are done, so nothing is
compiled: a `while` is recorded as it runs, and differentiated like anything else. After a period
the comet is where it began, whatever its speed; so the exact derivatives are known, too.

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


def number(x: Any) -> float:
    return x.data if isinstance(x, ag.Value) else x


def after(z: Any, time: float, tolerance: float) -> tuple[Any, int]:
    """Places and speeds after the time, and how many steps it took."""
    done, h, steps, a = 0.0, 1e-3, 0, slopes(z)
    while done < time:
        h = min(h, time - done)
        b = slopes([x + h / 2 * k for x, k in zip(z, a)])
        c = slopes([x + h * 3 / 4 * k for x, k in zip(z, b)])
        new = [x + h / 9 * (2.0 * i + 3.0 * j + 4.0 * k) for x, i, j, k in zip(z, a, b, c)]
        d = slopes(new)
        off = [h / 72 * (8.0 * k + 6.0 * j - 5.0 * i - 9.0 * m) for i, j, k, m in zip(a, b, c, d)]
        error = max(abs(number(x)) for x in off) / tolerance  # steps have no derivative
        if error <= 1.0:
            z, a, done, steps = new, d, done + h, steps + 1
        h = h * min(4.0, 0.9 * max(error, 0.01) ** (-1 / 3))
    return z, steps


def place(speed: Any, time: float, tolerance: float) -> Any:
    """Where a comet is that began at (1, 0)."""
    return after([1.0, 0.0, 0.0, speed], time, tolerance)[0][:2]


def main(tolerance: float = 1e-7) -> None:
    time = period(SPEED)
    _, steps = after([1.0, 0.0, 0.0, SPEED], time, tolerance)
    (x, y), (x_slope, y_slope) = (
        place(SPEED, time, tolerance),
        ag.jacobian(lambda speed: place(speed, time, tolerance))(SPEED),
    )
    print(f"after {time:.6f} and {steps} steps the comet is at ({x:.5f}, {y:.5f})")
    print(f"with a little more speed it moves by ({x_slope:.4f}, {y_slope:.4f}) of that")
    print(f"by Kepler's law                      (0.0000, {-SPEED * ag.grad(period)(SPEED):.4f})")


if __name__ == "__main__":
    main()
