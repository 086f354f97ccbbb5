"""Newton's method in a curved valley of many variables, with a sparse Hessian. (Rosenbrock 1960)

Each variable meets only its neighbours, so nearly all of the Hessian is 0. Which entries are not is
read off the tape, and columns that share no row are computed at once (Curtis, Powell, Reid 1974):
here three products with the Hessian tell all of it, however many variables there are.

    python examples/science/rosenbrock.py
"""

from itertools import pairwise
from typing import Any

import numpy as np

import autograd_lite as ag


def valley(x: Any) -> Any:
    """Rosenbrock's function of many variables; 0 where all are 1."""
    return ag.sum([100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(x)])


def main(n: int = 100) -> None:
    from scipy.sparse.linalg import spsolve

    program = ag.compile(valley)
    x = np.full(n, -1.0)
    steps, move = 0, x
    while np.abs(move).max() > 1e-10:
        height, slope = program.value_and_grad(x)
        move = spsolve(program.hessian(x, sparse=True), slope)
        size = 1.0
        while program.value(x - size * move) > height - 1e-4 * size * (slope @ move):
            size /= 2.0  # the bend was not that of the whole way
        x, steps = x - size * move, steps + 1
    print(f"{n} variables: {program.value(x):.1e} after {steps} steps of Newton")
    print(f"farthest from 1: {np.abs(x - 1.0).max():.1e}")


if __name__ == "__main__":
    main()
