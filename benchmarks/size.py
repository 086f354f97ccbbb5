"""python -m benchmarks.size: what memory a gradient takes, from 10,000 operations on, as a picture.

The work is a chain of `y = y * x + 0.5`, its value and its gradient: recorded by each engine, in
pieces with `checkpoint`, compiled as it stands, and compiled as a `scan`. Each is measured in a
process of its own: the most memory that it ever had, less that of the smallest chain, and the
processor time of the second run. A size that would not fit into the memory that is free is left
out. The pictures are docs/size.svg and, for a dark page, size-dark.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from .curve import chain
from .pictures import pictures

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
PIECE = 1_000  # operations between two checkpoints
PATIENCE = 600.0  # seconds for a process
Work = Callable[[], float]


def eager(count: int) -> Work:
    import autograd_lite as ag

    def work() -> float:
        x = ag.Value(0.5)
        chain(x, count).backward()
        return x.grad

    return work


def in_pieces(count: int) -> Work:
    import autograd_lite as ag

    @ag.checkpoint
    def piece(y: Any, x: Any) -> Any:
        for _ in range(PIECE // 2):
            y = y * x + 0.5
        return y

    def work() -> float:
        x = y = ag.Value(0.5)
        for _ in range(count // PIECE):
            y = piece(y, x)
        y.backward()
        return x.grad

    return work


def tape(count: int) -> Work:
    import autograd_lite as ag

    program = ag.compile(lambda x: chain(x, count))
    return lambda: program.grad(0.5)


def scanned(count: int, checkpoint: int | None = None) -> Work:
    import autograd_lite as ag

    def end(x: Any, steps: Any) -> Any:
        step = lambda y, _: (y * x[0] + 0.5, None)
        return ag.scan(step, x[0], length=steps, checkpoint=checkpoint)[0]

    program = ag.compile(end, argnums=0)
    x = [0.5] * 5  # with respect to four or fewer it would run forward, and keep nothing
    return lambda: program.grad(x, count // 2)[0]


# The work, the largest size by default, and a colour on white and on black.
LINES: dict[str, tuple[Callable[[int], Work], int, str, str]] = {
    "Python": (eager, 1_000_000, "#6a9bc9", "#7d9fc4"),
    "compiled as it stands": (tape, 10_000_000, "#b34a00", "#f08c4a"),
    "recorded in C": (eager, 10_000_000, "#3d85c6", "#5a96d8"),
    "checkpoint, 1,000 a piece": (in_pieces, 10_000_000, "#757575", "#a0a0a0"),
    "scan, compiled": (scanned, 10_000_000, "#1a5fbd", "#6cb0ff"),
    "scan, checkpoint=1000": (lambda n: scanned(n, PIECE), 10_000_000, "#2e7d32", "#7bc67e"),
}
GUESS = {"Python": 700, "compiled as it stands": 350, "recorded in C": 150}

ASIDE = {  # names that would stand on a line, or on the name of another one
    "Python": ("right", -2, 10),
    "compiled as it stands": ("left", 8, 3),
    "recorded in C": ("left", 8, -3),
}


def peak() -> int:
    """The most bytes that this process has had in memory."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def measured_here(name: str, count: int) -> dict[str, float]:
    make = LINES[name][0]
    make(PIECE)()  # imports, and the first pages of everything
    before = peak()
    work = make(count)
    work()
    start = time.process_time()
    slope = work()
    return {"seconds": time.process_time() - start, "bytes": peak() - before, "slope": slope}


def measured(name: str, count: int) -> dict[str, float] | None:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if count * GUESS.get(name, 20) > 0.8 * free:
        return None
    backend = "python" if name == "Python" else ""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.size", "--one", name, str(count)],
        capture_output=True, text=True, timeout=PATIENCE, check=True,
        env={**os.environ, "AUTOGRAD_LITE_BACKEND": backend},
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def draw(found: dict[str, dict[int, float]]) -> None:
    """Write the picture, light and dark."""
    title = "The memory of a value and its gradient, by the number of operations"
    for axes, _, theme in pictures("size", title):
        sizes = sorted({size for sizes in found.values() for size in sizes})
        axes.set(xlim=(sizes[0] / 1.5, sizes[-1] * 40))
        for name, most in found.items():
            colour = LINES[name][2 + theme]
            heights = [max(bytes_, 1e5) / 1e6 for bytes_ in most.values()]
            axes.plot(list(most), heights, color=colour, marker="o", markersize=4)
            side, dx, dy = ASIDE.get(name, ("left", 8, 0))
            axes.annotate(
                name, (list(most)[-1], heights[-1]), color=colour, va="center", ha=side,
                xytext=(dx, dy), textcoords="offset points",
            )  # fmt: skip
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.xaxis.minorticks_off()
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.set_xlabel("operations")
        axes.set_ylabel("megabytes at the peak, 0.1 and more")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--largest", type=int, default=0, help="also this size, in C alone")
    parser.add_argument("--no-picture", action="store_true", help="the table alone")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured_here(options.one[0], int(options.one[1]))))
        return
    found: dict[str, dict[int, float]] = {}
    print(f"{'bytes and nanoseconds an operation':36}" + "".join(f"{s:>16,}" for s in SIZES))
    slopes: dict[int, float] = {}
    for name, (_, largest, *_colours) in LINES.items():
        found[name], cells = {}, ""
        extra = [options.largest] if options.largest > SIZES[-1] == largest else []
        for size in [*SIZES, *extra]:
            run = measured(name, size) if size <= largest or size in extra else None
            if run is None:
                cells += f"{'':16}"
                continue
            first = slopes.setdefault(size, run["slope"])
            assert abs(run["slope"] - first) <= 1e-9 * abs(first), (name, size, run["slope"], first)
            found[name][size] = run["bytes"]
            cells += f"{run['bytes'] / size:8.1f}{1e9 * run['seconds'] / size:8.0f}"
        print(f"{name:36}{cells}", flush=True)
    if not options.no_picture:
        draw(found)


if __name__ == "__main__":
    main()
