"""python -m benchmarks: what a node costs, beside peers doing the same work in the same run.

Machines are noisy, so the contestants take turns, each round in a new process, and the table gives
medians with the quartiles around them.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from typing import Any

from tqdm import tqdm

from . import mlp_loops

CONTESTANTS = ["autograd_lite (Python)", "micrograd"]


def measured(code: str) -> Any:
    """The JSON that `code` prints in a fresh interpreter."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def spread(numbers: list[float], digits: int = 0) -> str:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(numbers, n=4)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="of which medians are taken")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it runs")
    options = parser.parse_args()
    rounds = 3 if options.quick else max(options.rounds, 3)

    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    imports: dict[str, list[float]] = {"": [], "import autograd_lite": []}
    for _ in tqdm(range(rounds), desc="rounds", disable=None):
        for name in CONTESTANTS:
            runs[name].append(measured(mlp_loops.PROGRAM.format(name=name)))
        for line, times in imports.items():
            times.append(measured(mlp_loops.IMPORT.format(line=line)))

    gradients = {name: runs[name][0]["check"] for name in CONTESTANTS}
    assert max(gradients.values()) - min(gradients.values()) < 1e-9, gradients
    print(f"Python {platform.python_version()}, {platform.machine()}; {rounds} rounds, interleaved")
    print("\n2-16-16-1 MLP of plain loops over 100 samples, nanoseconds per node, collector on\n")
    print("| | build | backward | together | ratio | bytes per node |")
    print("|---|---|---|---|---|---|")
    totals = {n: [r["build"] + r["backward"] for r in runs[n]] for n in CONTESTANTS}
    for name in CONTESTANTS:
        ratios = [t / ours for t, ours in zip(totals[name], totals[CONTESTANTS[0]])]
        print(
            f"| {name} | {spread([r['build'] for r in runs[name]])} "
            f"| {spread([r['backward'] for r in runs[name]])} | {spread(totals[name])} "
            f"| {spread(ratios, 1)} | {runs[name][0]['bytes']:.0f} |"
        )
    extra = [(b - a) * 1e3 for a, b in zip(*imports.values())]
    print(f"\nimport autograd_lite: {spread(extra, 1)} ms more than the bare interpreter")


if __name__ == "__main__":
    main()
