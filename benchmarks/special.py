"""python -m benchmarks.special: what each function of autograd_lite.special costs.

Microseconds of processor time, the least of rounds: a call of plain numbers; one of Values with
`backward`, which gives all derivatives, those in the parameters, too; a sample of a batch of 1,000,
without and with derivatives; and beside them SciPy's function of numbers and of arrays, which gives
no derivatives.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

import autograd_lite as ag
from autograd_lite import special

SAMPLES = 1000


def least(call: Callable[[], Any], rounds: int) -> float:
    """Microseconds of a call."""
    call()
    start = time.process_time()
    call()
    count = max(2, int(0.01 / max(time.process_time() - start, 1e-7)))
    found = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(count):
            call()
        found.append((time.process_time() - start) / count)
    return 1e6 * min(found)


def costs(name: str, rounds: int) -> list[float]:
    """The columns of a function."""
    row = special.FUNCTIONS[name]
    point = [low + 0.6 * (high - low) for low, high in row.domain]
    rng = np.random.default_rng(0)
    columns = [rng.uniform(low, high, SAMPLES) for low, high in row.domain]
    batch = ag.compile(lambda *xs: row(*xs), batch="none")

    def eager() -> None:
        row(*map(ag.Value, point)).backward()

    calls: list[tuple[Callable[[], Any], float]] = [
        (lambda: row(*point), 1.0),
        (eager, 1.0),
        (lambda: batch.value(*columns), SAMPLES),
        (lambda: batch.value_and_grad(*columns), SAMPLES),
    ]
    scipys = getattr(scipy.special, name, None)
    if scipys is not None:
        calls += [(lambda: scipys(*point), 1.0), (lambda: scipys(*columns), SAMPLES)]
    return [least(call, rounds) / count for call, count in calls]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.special", description=__doc__)
    parser.add_argument("names", nargs="*", help="functions; all by default")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    heads = ("number", "backward", "batch", "slopes", "SciPy", "array")
    print(f"{ag.backend:12}" + "".join(f"{head:>10}" for head in heads))
    for name in arguments.names or special.FUNCTIONS:
        print(f"{name:12}" + "".join(f"{x:10.3f}" for x in costs(name, arguments.rounds)))


if __name__ == "__main__":
    main()
