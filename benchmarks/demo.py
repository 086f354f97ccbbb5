"""python -m benchmarks.demo: a step of micrograd's demo, by it and by `autograd_lite.micrograd`.

The net (2-16-16-1), the 100 moons, the loss and the update are those of the demo. The contestants
take turns, each in a new process, for one must not collect the garbage of another; the table has
medians and quartiles of the processor's time over the rounds. The losses must agree.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

import nn

OURS = "autograd_lite.micrograd.nn"
CONTESTANTS = {  # the module that has the MLP, and AUTOGRAD_LITE_BACKEND
    "micrograd": ("micrograd.nn", "python"),  # the data alone is ours
    "the native engine": (OURS, "native"),
    "the Python engine": (OURS, "python"),
}


def stepper(kind: Any) -> Callable[[], float]:
    """What trains a net of this kind by one step, and returns the loss before it."""
    random.seed(1337)
    net = kind(2, [16, 16, 1])
    data = nn.datasets.moons(100, seed=0)
    samples = [(list(x), 2 * y - 1) for x, y in zip(data.x, data.y)]

    def step() -> float:
        hinges = [(1 + -y * net(x)).relu() for x, y in samples]
        loss = sum(hinges) * (1.0 / len(hinges)) + 1e-4 * sum(p * p for p in net.parameters())
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.5 * p.grad
        return float(loss.data)

    return step


def measure(name: str, steps: int) -> None:
    """Print the milliseconds of a step, and the losses."""
    step = stepper(importlib.import_module(CONTESTANTS[name][0]).MLP)
    times, losses = [], []
    for _ in range(steps):
        start = time.process_time()
        losses.append(step())
        times.append(1000.0 * (time.process_time() - start))
    print(json.dumps({"ms": statistics.median(times), "losses": losses}))


def measured(name: str, steps: int) -> dict[str, Any]:
    """What a new process prints for a contestant."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.demo", "--steps", str(steps), "--only", name],
        stdout=subprocess.PIPE,
        env={**os.environ, "AUTOGRAD_LITE_BACKEND": CONTESTANTS[name][1]},
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of all (default: 5)")
    parser.add_argument("--steps", type=int, default=7, help="of each round (default: 7)")
    parser.add_argument("--only", choices=CONTESTANTS, help="measure one, in this process")
    options = parser.parse_args()
    if options.only:
        measure(options.only, options.steps)
        return
    times: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for _ in tqdm(range(options.rounds), desc="rounds", disable=None):
        losses = []
        for name in CONTESTANTS:
            found = measured(name, options.steps)
            times[name].append(found["ms"])
            losses.append(found["losses"])
        for step, each in enumerate(zip(*losses)):
            if max(each) - min(each) > 1e-9:
                raise SystemExit(f"the losses of step {step} differ: {each}")
    print("| a step by | ms | quartiles | micrograd takes, times that |\n|---|---|---|---|")
    for name, ms in times.items():
        low, middle, high = statistics.quantiles(ms, n=4, method="inclusive")
        ratio = statistics.median(one / other for one, other in zip(times["micrograd"], ms))
        print(f"| {name} | {middle:.4g} | {low:.4g} to {high:.4g} | {ratio:.3g} |")


if __name__ == "__main__":
    main()
