"""python -m benchmarks.curve: what an operation costs, from 100 to 1,000,000 of them, as a picture.

The work is a chain of `y = y * x + 0.5`, its value and its gradient, which is no constant that a
peer could compute beforehand. Each size is measured in a process of its own; who would take too
long at a size has no point there. The pictures are docs/benchmarks-curve.svg and, for a dark page,
benchmarks-curve-dark.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from .pictures import pictures

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
PATIENCE = 60.0  # seconds for a process
Work = Callable[[], Any]


def chain(x: Any, count: int) -> Any:
    y = x
    for _ in range(count // 2):
        y = y * x + 0.5
    return y


def of_values(Value: Any, count: int) -> Work:
    def work() -> Any:
        x = Value(0.5)
        chain(x, count).backward()
        return x.grad

    return work


def native(count: int) -> Work:
    import autograd_lite as ag

    return of_values(ag.NativeValue, count)


def python(count: int) -> Work:
    import autograd_lite as ag

    return of_values(ag.PythonValue, count)


def tape(count: int) -> Work:
    import autograd_lite as ag

    program = ag.compile(lambda x: chain(x, count))
    return lambda: program.value_and_grad(0.5)


def without_engine(count: int) -> Work:
    from .slots import Value

    return of_values(Value, count)


def micrograd(count: int) -> Work:
    from micrograd.engine import Value

    return of_values(Value, count)


def torch(count: int) -> Work:
    import torch

    torch.set_num_threads(1)
    return of_values(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True), count)


def jax(count: int) -> Work:
    import jax

    jax.config.update("jax_enable_x64", True)
    program = jax.jit(jax.value_and_grad(lambda x: chain(x, count)))
    return lambda: jax.block_until_ready(program(0.5))


def casadi(count: int) -> Work:
    import casadi

    x = casadi.SX.sym("x")
    y = chain(x, count)
    program = casadi.Function("f", [x], [y, casadi.gradient(y, x)])
    return lambda: program(0.5)


# The work, the largest size, and a colour on white and on black.
LINES: dict[str, tuple[Callable[[int], Work], int, str, str]] = {
    "autograd_lite tape": (tape, 1_000_000, "#1a5fbd", "#6cb0ff"),
    "autograd_lite native": (native, 1_000_000, "#3d85c6", "#5a96d8"),
    "autograd_lite Python": (python, 1_000_000, "#6a9bc9", "#7d9fc4"),
    "bare Python Value": (without_engine, 10_000, "#757575", "#a0a0a0"),
    "micrograd": (micrograd, 10_000, "#b34a00", "#f08c4a"),
    "PyTorch scalars": (torch, 100_000, "#c2185b", "#f06292"),
    "JAX, jit": (jax, 1_000, "#6a3d9a", "#b794f4"),
    "CasADi, built once": (casadi, 100_000, "#2e7d32", "#7bc67e"),
}

BELOW = {"bare Python Value", "micrograd"}  # whose names would stand on another's line


def seconds(name: str, count: int) -> float:
    """The median of some runs, after one that warms up."""
    sys.setrecursionlimit(10**6)
    work = LINES[name][0](count)
    for _ in range(3):
        work()
    times: list[float] = []
    while not times or (sum(times) < 0.3 and len(times) < 200):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def measured(name: str, count: int) -> float | None:
    backend = "python" if name == "autograd_lite Python" else ""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.curve", "--one", name, str(count)],
            capture_output=True, text=True, timeout=PATIENCE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "AUTOGRAD_LITE_BACKEND": backend},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else float(json.loads(done.stdout.splitlines()[-1]))


def draw(found: dict[str, dict[int, float]]) -> None:
    """Write the picture, light and dark."""
    title = "The cost of an operation, value and gradient, by the size of the graph"
    for axes, _, theme in pictures("benchmarks-curve", title):
        axes.set(xlim=(SIZES[0] / 1.5, SIZES[-1] * 30))
        for name, times in found.items():
            if times:
                colour = LINES[name][2 + theme]
                costs = [1e9 * t / size for size, t in times.items()]
                axes.plot(list(times), costs, color=colour, marker="o", markersize=4)
                axes.annotate(
                    name, (list(times)[-1], costs[-1]), color=colour, va="center",
                    xytext=(0, -14) if name in BELOW else (8, 0), textcoords="offset points",
                )  # fmt: skip
        axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
        axes.xaxis.minorticks_off()
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel("operations in the graph")
        axes.set_ylabel("nanoseconds an operation")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.curve", description=__doc__)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(seconds(options.one[0], int(options.one[1]))))
        return
    found: dict[str, dict[int, float]] = {}
    print(f"{'nanoseconds an operation':30}" + "".join(f"{size:>12,}" for size in SIZES))
    for name, (_, largest, *_colours) in LINES.items():
        found[name] = {}
        for size in SIZES:
            time_taken = measured(name, size) if size <= largest else None
            if time_taken is not None:
                found[name][size] = time_taken
        cells = [1e9 * found[name][s] / s if s in found[name] else None for s in SIZES]
        print(f"{name:30}" + "".join(f"{c:12.1f}" if c is not None else f"{'':12}" for c in cells))
    draw(found)


if __name__ == "__main__":
    main()
