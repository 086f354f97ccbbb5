"""Newton's method in a curved valley of many variables, with a sparse Hessian. (Rosenbrock 1960)

Each variable meets only its neighbours, so the Hessian has three diagonals: three products with it,
each with every third variable moved at once, tell all of its entries (Curtis, Powell and Reid
1974).

    python examples/science/rosenbrock.py
"""

from itertools import pairwise
from typing import Any

import numpy as np

import autograd_lite as ag


def valley(x: Any) -> Any:
    """Rosenbrock's function of many variables; 0 where all are 1."""
    return ag.sum([100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(x)])


def bands(hvp: Any, x: Any) -> Any:
    """The Hessian as `scipy.linalg.solve_banded` wants it: above, on and below the diagonal."""
    n = len(x)
    colours = [(np.arange(n) % 3 == k).astype(float) for k in range(3)]
    products = np.array([hvp(x, colour) for colour in colours])
    found = np.zeros((3, n))
    for i in range(n):  # row i + shift - 1 of column i
        for shift in range(max(0, 1 - i), min(3, n - i + 1)):
            found[shift, i] = products[i % 3, i + shift - 1]
    return found


def main(n: int = 100) -> None:
    from scipy.linalg import solve_banded

    program = ag.compile(valley)
    x = np.full(n, -1.0)
    steps, move = 0, x
    while np.abs(move).max() > 1e-10:
        height, slope = program.value_and_grad(x)
        move = solve_banded((1, 1), bands(program.hvp, x), slope)
        size = 1.0
        while program.value(x - size * move) > height - 1e-4 * size * (slope @ move):
            size /= 2.0  # the bend was not that of the whole way
        x, steps = x - size * move, steps + 1
    print(f"{n} variables: {program.value(x):.1e} after {steps} steps of Newton")
    print(f"farthest from 1: {np.abs(x - 1.0).max():.1e}")


if __name__ == "__main__":
    main()
