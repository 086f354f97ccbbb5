"""python -m benchmarks.demo: a step of micrograd's demo, by it and by `autograd_lite.micrograd`.

The net (2-16-16-1), the 100 moons, the loss and the update are those of the demo; the engine is the
one in use (AUTOGRAD_LITE_BACKEND=python for that in Python). The steps take turns; the table has
medians and quartiles of the processor's time. The losses must agree.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

import autograd_lite
import nn


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


def main() -> None:
    import micrograd.nn  # type: ignore[import-untyped]

    import autograd_lite.micrograd.nn as ours

    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo", description=__doc__)
    parser.add_argument("--steps", type=int, default=15, help="of each (default: 15)")
    steps = parser.parse_args().steps
    take = {"micrograd": stepper(micrograd.nn.MLP), autograd_lite.backend: stepper(ours.MLP)}
    times: dict[str, list[float]] = {name: [] for name in take}
    for k in tqdm(range(steps), desc="steps", disable=None):
        losses = []
        for name, step in take.items():
            start = time.process_time()
            losses.append(step())
            times[name].append(1000.0 * (time.process_time() - start))
        if abs(losses[0] - losses[1]) > 1e-9:
            raise SystemExit(f"the losses of step {k} differ: {losses}")
    print("| a step by | ms | quartiles | micrograd takes, times that |\n|---|---|---|---|")
    for name, found in times.items():
        low, middle, high = statistics.quantiles(found, n=4, method="inclusive")
        ratio = statistics.median(one / other for one, other in zip(times["micrograd"], found))
        print(f"| {name} | {middle:.4g} | {low:.4g} to {high:.4g} | {ratio:.3g} |")


if __name__ == "__main__":
    main()
