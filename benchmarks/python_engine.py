"""python -m benchmarks.python_engine: what the Python engine costs, beside a Value without engine.

The other Value is that of `slots.py`: slots, tuples, no names, no modes, no errors that help. Both
do the same work in turns, in one process that loads no C; the table has the least processor time of
the rounds, in nanoseconds a node, and the ratios to it. `--counts` counts instructions instead, by
valgrind, which no other work on the machine disturbs.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import gpt, slots

Build = Callable[[], Any]
GOALS = {"building": 1.8, "backward": 1.2, "all": 1.5}


def scalar_gpt(Value: Any, name: str = "isabella") -> Build:
    model = gpt.parameters(Value)
    return lambda: gpt.loss(
        model, name, lambda v: v.exp(), lambda v: v.log(), lambda v: v.relu(), lambda v: v.data
    )


def tanh_net(Value: Any, samples: int = 40) -> Build:
    """The squared error of a 2-16-16-1 net, in plain loops."""
    rng = random.Random(0)
    draw = lambda count: [rng.uniform(-1.0, 1.0) for _ in range(count)]
    sizes = ((2, 16), (16, 16), (16, 1))
    net = [[[Value(w) for w in draw(before + 1)] for _ in range(after)] for before, after in sizes]
    points = [draw(2) for _ in range(samples)]

    def loss() -> Any:
        total = Value(0.0)
        for point in points:
            x: list[Any] = point
            for layer in net:
                out = []
                for *weights, z in layer:
                    for w, v in zip(weights, x):
                        z = z + w * v
                    out.append(z.tanh())
                x = out
            miss = x[0] + -1.0
            total = total + miss * miss
        return total

    return loss


def chain(Value: Any, length: int = 20_000) -> Build:
    x, one = Value(0.5), Value(1.0)

    def loss() -> Any:
        y = x
        for _ in range(length // 2):
            y = y * one + x
        return y

    return loss


WORK: dict[str, Callable[[Any], Build]] = {
    "a scalar GPT": scalar_gpt,
    "a tanh net": tanh_net,
    "a chain": chain,
}
SMALL: dict[str, Callable[[Any], Build]] = {
    "a scalar GPT": lambda Value: scalar_gpt(Value, "a"),
    "a tanh net": lambda Value: tanh_net(Value, 8),
}


def engines() -> dict[str, Any]:
    import autograd_lite as ag

    assert ag.backend == "python", "a native engine is loaded, so that modes are asked of it"
    return {"slots and tuples": slots.Value, "autograd_lite Python": ag.PythonValue}


def nodes(build: Build) -> int:
    import autograd_lite as ag

    return len(ag.topological_order(build()))


# By time ------------------------------------------------------------------------------------------


def timed(build: Build) -> list[float]:
    """Seconds of building, of the backward pass and of freeing the graph."""
    stamps = [time.thread_time()]
    y = build()
    stamps.append(time.thread_time())
    y.backward()
    stamps.append(time.thread_time())
    del y
    stamps.append(time.thread_time())
    return [after - before for before, after in pairwise(stamps)]


def by_time(rounds: int) -> None:
    for work, make in WORK.items():
        builds = {name: make(Value) for name, Value in engines().items()}
        least = {name: [math.inf] * 3 for name in builds}
        for _ in range(rounds):
            for name, build in builds.items():
                least[name] = list(map(min, least[name], timed(build)))
        report(work, nodes(builds["autograd_lite Python"]), least, 1e9, "ns")


# By instructions ----------------------------------------------------------------------------------

PHASES = ("nothing", "build", "backward")


def one_phase(work: str, engine: str, phase: str) -> None:
    """What valgrind looks at: `phase` and all that comes before it, once."""
    Value = engines()[engine]
    for _ in range(10):  # Python puts faster instructions into code that has run a few times
        warm = chain(Value, 10)()
        warm.backward()
    build = SMALL[work](Value)
    y = None if phase == "nothing" else build()
    if phase == "backward":
        y.backward()  # type: ignore[union-attr]
    os._exit(0)  # without freeing anything


def instructions(*arguments: str) -> float:
    """How many a process executes."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "counts"
        subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}", sys.executable,
             "-m", "benchmarks.python_engine", "--phase", *arguments],
            check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "0"},
        )  # fmt: skip
        (line,) = (s for s in file.read_text().splitlines() if s.startswith("summary:"))
        return float(line.split()[1])


def by_count() -> None:
    if shutil.which("valgrind") is None:
        sys.exit("--counts needs valgrind")
    for work in SMALL:
        found = {}
        for engine in engines():
            start, built, done = (instructions(work, engine, phase) for phase in PHASES)
            found[engine] = [built - start, done - built, 0.0]
        report(work, nodes(SMALL[work](engines()["autograd_lite Python"])), found, 1.0, "instr.")


def report(work: str, count: int, costs: dict[str, list[float]], scale: float, unit: str) -> None:
    """The costs of a node, and the ratios of the second engine to the first, beside the goals."""
    print(f"\n{work}, {count:,} nodes ({unit} a node)")
    print(f"{'':24}{'building':>10}{'backward':>10}{'freeing':>10}{'all':>10}")
    totals = {}
    for name, parts in costs.items():
        totals[name] = [*parts, sum(parts)]
        print(f"{name:24}" + "".join(f"{x * scale / count:10.0f}" for x in totals[name]))
    base, ours = totals.values()
    ratios = [y / x if x else math.nan for x, y in zip(base, ours)]
    print(f"{'times':24}" + "".join(f"{ratio:10.2f}" for ratio in ratios))
    goals = GOALS["building"], GOALS["backward"], math.nan, GOALS["all"]
    print(f"{'goal: at most':24}" + "".join(f"{g:10.2f}" if g == g else " " * 10 for g in goals))


def main() -> None:
    sys.setrecursionlimit(10**6)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.python_engine", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of which the least is taken")
    parser.add_argument("--counts", action="store_true", help="instructions instead of time")
    parser.add_argument("--phase", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["AUTOGRAD_LITE_BACKEND"] = "python"  # nothing has imported the engine so far
    if options.phase:
        one_phase(*options.phase)
    elif options.counts:
        by_count()
    else:
        by_time(options.rounds)


if __name__ == "__main__":
    main()
