"""python -m benchmarks.first_calls: what the first call of a program costs, beside CasADi.

It traces the function, lowers what was recorded to a tape, and replays that once. The programs are
a wide graph and a chain of 100,000 operations, a small net on 100 samples, and the Hessian of
Rosenbrock's function of 10,000 variables. Each run is a process of its own, pinned to one thread;
contestants take turns. The table has medians of the processor time in microseconds an operation,
imports apart, and how many bytes an operation more memory the process takes at its peak. CasADi
builds a function of its SX and calls it; on the first two it is given the same operations.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from .__main__ import THREADS

OPERATIONS = 100_000
VARIABLES = 10_000
Run = Callable[[], int]  # gives how many operations were recorded


def wide(x: Any, tanh: Callable[[Any], Any], total: Callable[[list[Any]], Any]) -> Any:
    return total([tanh(x * (1.0 + i)) for i in range(OPERATIONS // 2)])


def chain(x: Any, tanh: Callable[[Any], Any]) -> Any:
    for _ in range(OPERATIONS // 2):
        x = tanh(x * 0.9)
    return x


def valley(x: Any, total: Callable[[list[Any]], Any]) -> Any:
    return total([100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(x)])


def recorded(program: Any) -> int:
    return int(program.tapes()[0].operations["recorded"])


def called(function: Callable[..., Any], *numbers: Any) -> Run:
    import autograd_lite as ag

    program = ag.compile(function)

    def run() -> int:
        program.value(*numbers)
        return recorded(program)

    return run


def our_net() -> Run:
    import random

    import autograd_lite as ag
    import nn

    rng = random.Random(0)
    net = nn.MLP(2, [16, 16, 1], ag.tanh, seed=0)
    xs = [[rng.uniform(-1.0, 1.0) for _ in range(2)] for _ in range(100)]
    ys = [[rng.uniform(-1.0, 1.0)] for _ in xs]
    return called(lambda xs, ys: nn.mse([net(x) for x in xs], ys), xs, ys)


def our_hessian() -> Run:
    import autograd_lite as ag

    program = ag.compile(lambda x: valley(x, ag.sum))
    ag.compile(lambda x: valley(x, ag.sum)).hessian([0.5, 0.6, 0.7], sparse=True)  # imports SciPy

    def run() -> int:
        program.hessian(point(), sparse=True)
        return recorded(program._slopes)

    return run


def point() -> list[float]:
    return [0.5 + 0.1 * (i % 7) for i in range(VARIABLES)]


def ours(name: str) -> Run:
    import autograd_lite as ag

    if name == "net":
        return our_net()
    if name == "Hessian":
        return our_hessian()
    if name == "wide":
        return called(lambda x: wide(x, ag.tanh, ag.sum), 0.5)
    return called(lambda x: chain(x, ag.tanh), 0.5)


def lowered_in_python(name: str) -> Run:
    from autograd_lite.compiler import chain
    from autograd_lite.shortcuts import shortcuts

    shortcuts.traced_graph = lambda *args: NotImplemented
    chain.flattened = lambda graph: None
    return ours(name)


def casadi(name: str) -> Run:
    import casadi

    def run() -> int:
        if name == "Hessian":
            x = casadi.SX.sym("x", VARIABLES)
            y, _ = casadi.hessian(valley(casadi.vertsplit(x), of_parts), x)
            at: Any = point()
        else:
            x, at = casadi.SX.sym("x"), 0.5
            y = chain(x, casadi.tanh) if name == "chain" else wide(x, casadi.tanh, of_parts)
        casadi.Function("f", [x], [y])(at)
        return 0

    def of_parts(parts: list[Any]) -> Any:
        return casadi.sum1(casadi.vertcat(*parts))

    return run


CONTESTANTS = {
    "autograd_lite": ours,
    "the same, lowered in Python": lowered_in_python,
    "CasADi": casadi,
}
PROGRAMS = ("wide", "chain", "net", "Hessian")


def peak() -> int:
    """Bytes that this process has had at most."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def measure(contestant: str, name: str) -> tuple[float, int, int]:
    """Seconds, bytes, and operations, 0 where these are not known."""
    run = CONTESTANTS[contestant](name)
    before, start = peak(), time.thread_time()
    count = run()
    return time.thread_time() - start, peak() - before, count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_calls", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(*options.only)))
        return
    environment = {**os.environ, **THREADS}
    pairs = [(c, p) for p in PROGRAMS for c in CONTESTANTS if (c, p) != ("CasADi", "net")]
    found: dict[tuple[str, str], list[Any]] = {pair: [] for pair in pairs}
    for _ in range(options.rounds):
        for pair in pairs:
            command = [sys.executable, "-m", "benchmarks.first_calls", "--only", *pair]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                found[pair].append(json.loads(done.stdout))
            elif "No module named" not in done.stderr:
                sys.exit(done.stderr)
    print(f"{'':44}{'operations':>10}{'µs each':>10}{'bytes each':>12}")
    for name in PROGRAMS:
        count = found["autograd_lite", name][0][2]
        for contestant in CONTESTANTS:
            runs = found.get((contestant, name))
            if runs:
                seconds, size = (statistics.median(column) for column in list(zip(*runs))[:2])
                title = f"{name}: {contestant}"
                cost = f"{1e6 * seconds / count:10.2f}{size / count:12,.0f}"
                print(f"{title:44}{count:10,}{cost}")


if __name__ == "__main__":
    main()
