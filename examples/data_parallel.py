"""Train a small net on several processes: each takes its part of the data, their gradients add up.

Dask runs the processes, here or on a cluster. A worker traces the loss of one sample once and then
replays it on its parts. The gradient of all samples is the sum over the parts, taken in order, so
it does not depend on who computed which part: any number of workers gives the same net.

A worker that dies loses nothing: others make its part of the data again, and do what it had.

A call by `nn.Workers.map` costs some 5 ms, where a task of Dask costs 15. Each worker gets the same
parts at each step, so it keeps their data.

    python examples/data_parallel.py --samples 200000 --steps 20
"""

from __future__ import annotations

import argparse
import math
import time
from array import array
from functools import cache, partial
from typing import Any

import numpy as np
from tqdm import tqdm

import autograd_lite as ag
import nn

PARTS = 8  # of the data; more of them balance better, fewer are added up faster


@cache  # once in each process
def compiled() -> tuple[Any, list[Any]]:
    """The program that sums the losses of a batch, and the leaves that it reads."""
    net = nn.MLP(2, [16, 16, 1], ag.tanh, seed=1)

    def loss_of_one(x: Any, y: Any) -> Any:
        return (net(x)[0] - y) ** 2

    program = ag.compile(loss_of_one, batch="sum")
    return program, program.leaves(np.zeros((1, 2)), np.zeros(1))


@cache  # so that a worker makes its parts of the data once
def samples(part: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of the plane and what the net shall say there: the same at every call."""
    x = np.random.default_rng([2024, part]).uniform(-1.0, 1.0, (count, 2))
    return x, np.sin(3.0 * x[:, 0]) * x[:, 1]


def loss_and_gradient(numbers: array[float], count: int, part: int) -> tuple[float, Any]:
    """The sum of the losses of a part where the leaves are `numbers`, and its derivatives."""
    program, leaves = compiled()
    for leaf, x in zip(leaves, numbers):
        leaf.data, leaf.grad = x, 0.0
    loss = program.backward(*samples(part, count))
    return loss, array("d", [leaf.grad for leaf in leaves])


def added(found: list[tuple[float, Any]]) -> tuple[float, list[float]]:
    """The losses and gradients of the parts, summed."""
    return math.fsum(loss for loss, _ in found), [
        math.fsum(column) for column in zip(*(gradient for _, gradient in found))
    ]


def train(client: Any, count: int, steps: int) -> list[float]:
    """Train the net of this process; gives the mean loss before each step."""
    _, leaves = compiled()
    optimizer = nn.Adam(leaves, lr=0.02)
    workers, losses = nn.Workers(client), []
    for _ in tqdm(range(steps), desc="steps", leave=False, disable=None):
        numbers = array("d", [leaf.data for leaf in leaves])
        call = partial(loss_and_gradient, numbers, count // PARTS)
        loss, gradient = added(workers.map(call, range(PARTS)))
        for leaf, g in zip(leaves, gradient):
            leaf.grad = g / count
        optimizer.step()
        losses.append(loss / count)
    return losses


def main() -> None:
    from dask.distributed import Client, LocalCluster

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    count = options.samples // PARTS * PARTS

    _, leaves = compiled()
    start, alone = [leaf.data for leaf in leaves], None
    for workers in options.workers:
        for leaf, x in zip(leaves, start):
            leaf.data = x
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=":0"
            ) as cluster,
            Client(cluster) as client,
        ):
            client.run(warmed_up)
            begin = time.perf_counter()
            losses = train(client, count, options.steps)
            spent = time.perf_counter() - begin
            workers = len(client.nthreads())
        alone = alone or spent
        print(
            f"{workers} worker{'s' * (workers > 1)}: {options.steps} steps on {count:,} samples, "
            f"{spent / options.steps * 1e3:.1f} ms a step ({alone / spent:.2f} times the speed of "
            f"the first); mean loss {losses[0]:.6f} -> {losses[-1]:.6f}"
        )


def warmed_up() -> None:
    """So that no time is taken of imports and of tracing."""
    loss_and_gradient(array("d", [leaf.data for leaf in compiled()[1]]), 8, 0)


if __name__ == "__main__":
    import data_parallel  # by its name: workers import it, and keep what they have compiled

    data_parallel.main()
