"""python -m benchmarks.workers: what many workers are worth to a step of `fit`, as a picture.

First two real workers, whole batches of more and more samples, beside the same steps done alone;
then 1 to 64 workers that sleep for as long as their part would take, with the messages of a net of
so many parameters, through the one scheduler: so two cores can tell where it is the end. The
workers' own side of the messages, which 64 machines would share, is done on these cores, too, so
that the speeds are lower bounds: the dots of the picture. Its lines are calculated: a step takes a
share of its seconds, and what the client and the scheduler take of a processor. The pictures are
docs/workers.svg and workers-dark.svg.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import nn
from nn.training.objective import OnTape

from .pictures import pictures

COUNTS = (1, 2, 4, 8, 16, 32, 64)
STEPS = (0.1, 1.0, 10.0)  # seconds that a step takes one worker
PARAMETERS = (337, 10_000, 100_000)
SAMPLES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
COLOURS = {0.1: ("#b34a00", "#f08c4a"), 1.0: ("#1a5fbd", "#6cb0ff"), 10.0: ("#2e7d32", "#7bc67e")}


class Sleeper:
    """In place of a program: a worker sleeps for as long as it would replay."""

    reduction = "mean"

    def __init__(self, seconds: float, leaves: list[Any]) -> None:
        self.seconds, self._leaves = seconds, leaves

    def leaves(self) -> list[Any]:
        return self._leaves

    def _current(self) -> dict[str, list[Any]]:
        return {"": [self]}

    def tapes(self) -> list[Any]:
        return [self]

    def value(self, rows: Any) -> float:
        return 0.0

    def backward(self, rows: Any) -> float:
        time.sleep(self.seconds * len(rows))
        return 0.0


class Slept(OnTape):
    """A run over as many samples as there are parts."""

    def __init__(self, seconds: float, parameters: int) -> None:
        import autograd_lite

        samples = COUNTS[-1]
        leaves = [autograd_lite.Value(0.5) for _ in range(parameters)]
        self.program = Sleeper(seconds / samples, leaves)
        self.packed = [lambda chosen: chosen]  # type: ignore[list-item]


def serve(address: str, count: int) -> None:
    """So many workers in this process, until it is killed."""
    from distributed import Worker

    async def run() -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(count):
                await stack.enter_async_context(Worker(address, nthreads=1))
            await asyncio.Event().wait()

    asyncio.run(run())


def quiet() -> Any:
    """Dask looks less often at what it does itself: idle, that takes 17 % of a core, then 8."""
    import dask

    often = {
        "distributed.admin.tick.interval": "500ms",
        "distributed.worker.profile.enabled": False,
    }
    return dask.config.set(often)


@contextlib.contextmanager
def growing() -> Iterator[Any]:
    """A client, and a function that brings its workers to a number."""
    from distributed import Client, LocalCluster

    started: list[subprocess.Popen[bytes]] = []
    with LocalCluster(n_workers=0, dashboard_address=":0") as cluster, Client(cluster) as client:

        def grow(count: int) -> None:
            more = count - len(client.nthreads())
            command = [sys.executable, "-m", "benchmarks.workers", "--serve"]
            command += [cluster.scheduler_address, str(more)]
            started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            while len(client.nthreads()) < count:
                time.sleep(0.1)

        try:
            yield client, grow
        finally:
            for process in started:
                process.kill()
                process.wait()


def step_of(client: Any, seconds: float, parameters: int, rounds: int) -> tuple[float, float]:
    """The seconds of a step, and of the processor for client and scheduler."""
    workers, run = nn.Workers(client, parts=COUNTS[-1]), Slept(seconds, parameters)
    workers.take([run])
    wall, spent = [], []
    for _ in range(rounds):
        before, used = time.perf_counter(), time.process_time()
        workers.replay(run, "backward", range(COUNTS[-1]))
        wall.append(time.perf_counter() - before)
        spent.append(time.process_time() - used)
    workers.leave()
    return min(wall), statistics.median(spent)


Found = dict[int, tuple[list[float], list[float]]]
"""By the number of workers: how many times as fast, for each of STEPS; and the milliseconds of the
processor that client and scheduler take a step, for each of PARAMETERS."""


def simulated(counts: list[int]) -> Found:
    """Print the table, and give it."""
    found: Found = {}
    heads = [*(f"{s:g} s a step" for s in STEPS), *(f"{p:,} parameters" for p in PARAMETERS)]
    print(f"\nTimes as fast, and milliseconds of client and scheduler a step; {load()}\n")
    print(f"| workers | {' | '.join(heads)} |\n|{'---|' * (1 + len(heads))}", flush=True)
    with growing() as (client, grow):
        for count in counts:
            grow(count)
            costs = [1e3 * step_of(client, 0.0, p, 5)[1] for p in PARAMETERS]
            rounds = [1 if seconds / count > 0.5 else 5 for seconds in STEPS]
            walls = [step_of(client, s, PARAMETERS[0], n)[0] for s, n in zip(STEPS, rounds)]
            found[count] = [s / wall for s, wall in zip(STEPS, walls)], costs
            cells = [*(f"{x:.2f}" for x in found[count][0]), *(f"{x:.1f}" for x in costs)]
            print(f"| {count} | {' | '.join(cells)} |", flush=True)
    return found


def load() -> str:
    return f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def trained(samples: int, steps: int, workers: Any) -> float:
    """The median seconds of a step on so many samples."""
    import numpy as np

    x = np.random.default_rng(samples).uniform(-1.0, 1.0, (samples, 2))
    y = np.sin(3.0 * x[:, 0]) * x[:, 1]
    stamps = []

    class Clock(nn.Callback):
        def on_batch_end(self, training: Any) -> None:
            stamps.append(time.perf_counter())

    net = nn.MLP(2, [16, 16, 1], nn.tanh, seed=1)
    nn.fit(
        net, x, y, loss=lambda p, t: (p[0] - t) ** 2, optimizer="adam", lr=0.02, epochs=steps,
        batch_size=samples, shuffle=False, seed=0, workers=workers, callbacks=[Clock()],
        progress=False,
    )  # fmt: skip
    return statistics.median(b - a for a, b in itertools.pairwise(stamps[1:]))


def real(rounds: int) -> None:
    """Print what two workers are worth, by samples of a step."""
    from distributed import Client, LocalCluster

    print(f"{load()}\n")
    print("| samples a step | alone, ms | one worker | two workers | two beside one |")
    print("|---|---|---|---|---|")
    options: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": ":0"}
    clusters = [LocalCluster(n_workers=n, **options) for n in (1, 2)]
    clients = [Client(cluster) for cluster in clusters]
    for samples in SAMPLES:
        times: list[list[float]] = [[], [], []]
        for _ in range(rounds):
            for place, client in enumerate((None, *clients)):
                workers = nn.Workers(client) if client is not None else None
                times[place].append(trained(samples, 12, workers))
        alone, one, two = map(statistics.median, times)
        ratio = statistics.median(a / b for a, b in zip(*times[1:]))
        cells = [f"{1e3 * t:.1f}" for t in (alone, one, two)]
        print(f"| {samples:,} | {' | '.join(cells)} | {ratio:.2f} |", flush=True)
    for client, cluster in zip(clients, clusters):
        client.close()
        cluster.close()


def draw(found: Found) -> None:
    """Write the picture, light and dark."""
    title = "The speed of a step by the number of workers, for steps of 0.1, 1 and 10 seconds"
    for axes, ink, theme in pictures("workers", title):
        axes.set(xlim=(0.9, COUNTS[-1] * 4), ylim=(0.4, COUNTS[-1] * 1.2))
        axes.plot(COUNTS, COUNTS, color=ink, linewidth=0.8, linestyle="dotted")
        axes.annotate(
            "as many times as workers", (12, 12), rotation=31, ha="center",
            xytext=(-6, 10), textcoords="offset points",
        )  # fmt: skip
        counts = list(found)
        for i, seconds in enumerate(STEPS):
            colour = COLOURS[seconds][theme]
            own = [cost[0] / 1e3 for _, cost in found.values()]
            line = [seconds / (seconds / n + spent) for n, spent in zip(counts, own)]
            axes.plot(counts, line, color=colour)
            axes.plot(counts, [speeds[i] for speeds, _ in found.values()], "o", color=colour)
            axes.annotate(
                f"{seconds:g} s a step", (counts[-1], line[-1]), color=colour, va="center",
                xytext=(8, 0), textcoords="offset points",
            )  # fmt: skip
        axes.set_xticks(COUNTS, map(str, COUNTS))
        axes.set_yticks(COUNTS, map(str, COUNTS))
        axes.minorticks_off()
        axes.set_xlabel("workers")
        axes.set_ylabel("times as fast as one that needs no messages")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3, help="of the real workers")
    parser.add_argument("--most", type=int, default=COUNTS[-1], help="workers that are simulated")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve[0], int(options.serve[1]))
        return
    with quiet():
        real(options.rounds)
        found = simulated([count for count in COUNTS if count <= options.most])
    draw(found)


if __name__ == "__main__":
    import benchmarks.workers as this  # by its name: workers import it

    this.main()
