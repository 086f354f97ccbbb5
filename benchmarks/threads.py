"""python -m benchmarks.threads: do two threads share the samples of a batch to any use?

For each program and number of samples: the time of a call with one thread, and the time with two as
a part of it, call by call in turn, as median and from the first to the last decile. Small work
stays on one thread (native/job.h says from which size on it is shared). To be read on two idle
cores.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag

SIZES = (1_024, 2_048, 4_096, 5_000, 8_192, 10_000, 16_384, 50_000, 100_000)
CALLS = 31


def product(x: Any, y: Any) -> Any:
    return x * y + x


def black_scholes(spot: Any, strike: Any, years: Any, volatility: Any) -> Any:
    normal = lambda x: 0.5 * (1.0 + ag.erf(x / 2**0.5))
    spread = volatility * ag.sqrt(years)
    d = ag.log(spot / strike) / spread + spread / 2.0
    return spot * normal(d) - strike * normal(d - spread)


def net(sizes: tuple[int, ...] = (2, 16, 16, 1)) -> Callable[..., Any]:
    """The squared error of a net, whose weights are Values."""
    r = random.Random(0)
    layers = [
        [[ag.Value(r.gauss(0.0, 0.5)) for _ in range(n + 1)] for _ in range(m)]
        for n, m in itertools.pairwise(sizes)
    ]

    def loss(a: Any, b: Any, target: Any) -> Any:
        xs = [a, b]
        for layer in layers:
            sums = [ag.dot(w[:-1], xs) + w[-1] for w in layer]
            xs = sums if layer is layers[-1] else [ag.tanh(z) for z in sums]
        return (xs[0] - target) ** 2

    return loss


def programs() -> dict[str, tuple[Callable[..., Any], list[tuple[float, float]]]]:
    """Functions, and between which numbers each of their arguments is drawn."""
    return {
        "x*y + x": (product, [(0.0, 1.0)] * 2),
        "Black-Scholes": (black_scholes, [(50.0, 150.0)] * 2 + [(0.1, 2.0), (0.1, 0.5)]),
        "2-16-16-1 net": (net(), [(-1.0, 1.0)] * 3),
    }


def compare(f: Callable[..., Any], arguments: list[Any]) -> tuple[float, list[float]]:
    """The seconds of a call on one thread, and those on two threads as parts of it."""
    one, two = (ag.compile(f, batch="sum", threads=n) for n in (1, 2))
    for program in (one, two):
        program.value_and_grad(*arguments)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(CALLS):
        for program, found in zip((one, two), times):
            begin = time.perf_counter()
            program.value_and_grad(*arguments)
            found.append(time.perf_counter() - begin)
    return statistics.median(times[0]), [b / a for a, b in zip(*times)]


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.threads", description=__doc__).parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<16}{'samples':>8}{'one: ms':>10}{'two: of it':>12}{'deciles':>16}")
    rng = np.random.default_rng(0)
    for name, (f, ranges) in programs().items():
        for n in SIZES:
            one, parts = compare(f, [rng.uniform(*ends, n) for ends in ranges])
            low, *_, high = statistics.quantiles(parts, n=10)
            spread = f"{low:.2f} to {high:.2f}"
            print(
                f"{name:<16}{n:>8,}{1e3 * one:>10.3f}{statistics.median(parts):>12.2f}{spread:>16}"
            )


if __name__ == "__main__":
    main()
