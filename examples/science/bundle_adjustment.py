"""Where did the cameras stand, and what did they see? Bundle adjustment. (Snavely et al. 2006)

Ten cameras see a hundred points, each with errors of half a pixel. A camera is nine numbers: a
rotation as an axis times its angle, a place, a focal length, two distortions. Every sighting
depends on one camera and one point, so the Jacobian is sparse: one batch of 1,000 sightings gives
its blocks of 2 x 12, and SciPy solves the least squares for all 390 numbers.

    python examples/science/bundle_adjustment.py
"""

from typing import Any

import numpy as np

import autograd_lite as ag


def rotated(turn: Any, x: Any) -> Any:
    """The point x, turned about the axis `turn` by the angle of its length (Rodrigues)."""
    a, b, c = turn
    angle = ag.sqrt(ag.dot(turn, turn))
    cos, sinc = ag.cos(angle), ag.sin(angle) / angle
    cross = [b * x[2] - c * x[1], c * x[0] - a * x[2], a * x[1] - b * x[0]]
    along = ag.dot(turn, x) * (1.0 - cos) / (angle * angle)
    return [cos * p + sinc * q + along * t for p, q, t in zip(x, cross, turn)]


def sighting(camera: Any, point: Any) -> Any:
    """Where in its picture a camera sees a point."""
    x, y, z = [p + q for p, q in zip(rotated(camera[:3], point), camera[3:6])]
    focal, bend, more = camera[6], camera[7], camera[8]
    u, v = -x / z, -y / z
    square = u * u + v * v
    scale = focal * (1.0 + square * (bend + square * more))
    return u * scale, v * scale


def off(camera: Any, point: Any, seen: Any, side: Any) -> Any:
    """By how much it is off along a side of the picture: (1, 0) or (0, 1)."""
    u, v = sighting(camera, point)
    return side[0] * (u - seen[0]) + side[1] * (v - seen[1])


def scene(cameras: int, points: int, seed: int = 0) -> Any:
    """True cameras and points, and a first guess of them."""
    rng = np.random.default_rng(seed)
    where = rng.uniform(-1.0, 1.0, (points, 3))
    who = np.column_stack([
        rng.normal(0.0, 0.1, (cameras, 3)), rng.normal(0.0, 0.3, (cameras, 2)),
        np.full(cameras, -6.0), np.full(cameras, 500.0), np.zeros((cameras, 2)),
    ])  # fmt: skip
    guess = who + rng.normal(0.0, 0.02, who.shape) * [1, 1, 1, 1, 1, 1, 100, 0.1, 0.1]
    return who, where, guess, where + rng.normal(0.0, 0.05, where.shape)


class Sightings:
    """Residuals and their sparse Jacobian, for all cameras and points in one array."""

    def __init__(self, cameras: int, points: int, seen: Any) -> None:
        from scipy.sparse import csr_matrix

        self.cameras, self.points = cameras, points
        self.who, self.what = [x.ravel() for x in np.mgrid[:cameras, :points]]
        self.who, self.what = np.tile(self.who, 2), np.tile(self.what, 2)  # each side of a picture
        self.seen = np.tile(seen, (2, 1))
        self.sides = np.repeat(np.eye(2), len(seen), axis=0)
        self.program = ag.compile(off, batch="none", argnums=(0, 1))
        who, what = 9 * self.who[:, None], 9 * cameras + 3 * self.what[:, None]
        columns = np.concatenate([who + range(9), what + range(3)], axis=1).ravel()
        rows = np.arange(0, len(columns) + 1, 12)  # where each begins
        self.sparse = lambda blocks: csr_matrix((blocks.ravel(), columns, rows))

    def split(self, p: Any) -> Any:
        where = p[9 * self.cameras :].reshape(-1, 3)
        return p[: 9 * self.cameras].reshape(-1, 9)[self.who], where[self.what]

    def residuals(self, p: Any) -> Any:
        return self.program.value(*self.split(p), self.seen, self.sides)

    def jacobian(self, p: Any) -> Any:
        blocks = self.program.grad(*self.split(p), self.seen, self.sides)
        return self.sparse(np.concatenate(blocks, axis=1))


def main(cameras: int = 10, points: int = 100) -> None:
    from scipy.optimize import least_squares

    who, where, *guess = scene(cameras, points)
    seen = np.array([sighting(c, p) for c in who for p in where], float)
    seen += np.random.default_rng(1).normal(0.0, 0.5, seen.shape)
    problem = Sightings(cameras, points, seen)
    start = np.concatenate([x.ravel() for x in guess])
    fit = least_squares(problem.residuals, start, jac=problem.jacobian, x_scale="jac", max_nfev=30)
    size = lambda r: np.sqrt((r**2).mean())
    print(f"{len(seen):,} sightings, {len(start)} unknowns")
    print(f"errors of {size(problem.residuals(start)):.2f} pixels before")
    print(f"and of {size(fit.fun):.3f} after {fit.nfev} evaluations (made with 0.5)")


if __name__ == "__main__":
    main()
