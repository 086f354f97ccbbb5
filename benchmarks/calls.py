"""python -m benchmarks.calls: what a call of a compiled program costs, around its replay.

Each row takes turns with the others; the table has medians and quartiles of the processor time of a
call in microseconds, beside a call of `math.hypot`. "In Python" is the same call by the methods
that the C function stands for.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

import autograd_lite as ag

Call = Callable[[], Any]


def rows() -> dict[str, Call]:
    """What is called, by its name."""
    tiny = ag.compile(lambda x, y: x * y + x)
    squares = ag.compile(lambda xs: ag.sum([x * x for x in xs]))
    batch = ag.compile(lambda x, y: (x - y) ** 2, batch="mean")
    numbers = [0.001 * i for i in range(1000)]
    array = numpy.array(numbers)
    programs: list[tuple[str, Any, tuple[Any, ...]]] = [
        ("x*y + x", tiny, (2.0, 3.0)),
        ("1,000 numbers in a list", squares, (numbers,)),
        ("1,000 numbers in an array", squares, (array,)),
        ("a batch of 1,000 in two arrays", batch, (array, array)),
    ]
    found: dict[str, Call] = {"math.hypot": lambda: math.hypot(2.0, 3.0)}
    slow = getattr(ag.Program.value_and_grad, "__wrapped__", ag.Program.value_and_grad)
    for name, program, args in programs:
        found[f"{name}: value"] = partial(program.value, *args)
        found[f"{name}: value_and_grad"] = partial(program.value_and_grad, *args)
        if program is not batch:
            found[f"{name}: as a node"] = partial(program, *args)
            found[f"{name}: jvp"] = partial(program.jvp, args, args)
        found[f"{name}: in Python"] = partial(slow, program, *args)
    return found


def timed(call: Call, seconds: float = 0.01) -> float:
    """Microseconds of processor time of a call, the mean of as many as fill the time."""
    count, begin = 0, time.thread_time()
    while (passed := time.thread_time() - begin) < seconds:
        for _ in range(20):
            call()
        count += 20
    return 1e6 * passed / count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="how often each is timed")
    rounds = parser.parse_args().rounds
    calls = rows()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(4):  # traced, and known to pay
            call()
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(timed(call))
    print(f"{'':<48}{'us':>9}{'quartiles':>18}")
    for name, found in times.items():
        low, middle, high = statistics.quantiles(found, n=4)
        print(f"{name:<48}{middle:>9.2f}{f'{low:.2f} to {high:.2f}':>18}")


if __name__ == "__main__":
    main()
