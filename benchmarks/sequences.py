"""python -m benchmarks.sequences: the gradient of a net over sequences of different lengths.

A GRU of 16 units reads 32 sequences, of 5 to 14 rows of 10 numbers: eagerly, by a program that is
called for each, and by one with a batch. The three take turns; the table has the medians of the
processor time of the process, in microseconds a sequence.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Callable
from typing import Any

import nn
from autograd_lite import compile

from .loops import timed


def ways(units: int, width: int, count: int) -> dict[str, Callable[[], Any]]:
    """What takes the gradient of all sequences, by name."""
    rng = random.Random(0)
    net, head = nn.GRU(width, units, seed=0), nn.Linear(units, 2, seed=1)
    xs = [[[rng.random() for _ in range(width)] for _ in range(5 + i % 10)] for i in range(count)]
    ys = [[float(i % 2), float(1 - i % 2)] for i in range(count)]

    def loss(x: Any, y: Any) -> Any:
        _, state = net(x)
        return nn.cross_entropy(head(state), y)

    alone, batch = compile(loss, sequences=0), compile(loss, batch="mean", sequences=0)
    return {
        "eagerly": lambda: [loss(x, y).backward() for x, y in zip(xs, ys)],
        "one by one": lambda: [alone.backward(x, y) for x, y in zip(xs, ys)],
        "in a batch": lambda: batch.backward(xs, ys),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    count = 32
    every = ways(options.units, 10, count)
    first = {name: timed(work) for name, work in every.items()}
    times: dict[str, list[float]] = {name: [] for name in every}
    for _ in range(options.rounds):
        for name, work in every.items():
            times[name].append(timed(work))
    print(f"{options.units} units, microseconds a sequence; first call in ms")
    for name, several in times.items():
        each = statistics.median(several) / count * 1e6
        print(f"{name:12}{each:8.0f}{first[name] * 1e3:10.0f}")


if __name__ == "__main__":
    main()
