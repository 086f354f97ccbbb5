"""The price of an Asian option and its five sensitivities, from many random paths on all cores.

The payoff of one path is ordinary arithmetic; compiled, it gives its own derivatives (the pathwise
method). Chunks of paths have random streams of their own, counted from one seed, and are added up
in their order: the answer is the same to the last bit for any number of workers, with joblib, with
Dask, or alone. With Dask a worker that dies loses nothing; joblib gives up if one does.

    python examples/monte_carlo.py --paths 1000000
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from tqdm import tqdm

import autograd_lite as ag

OPTION = {"spot": 100.0, "strike": 105.0, "rate": 0.03, "volatility": 0.25, "time": 1.0}
DATES = 12  # whose prices are averaged
CHUNK = 4096  # paths; which numbers are drawn depends on it
TASKS = 8  # of Dask for each worker: fewer cost less, more are shared more evenly


def payoff(spot: Any, strike: Any, rate: Any, volatility: Any, time: Any, normals: Any) -> Any:
    """What the option pays on one path, discounted: the mean price above the strike, if it is."""
    step = time / len(normals)
    drift, spread = (rate - volatility * volatility / 2.0) * step, volatility * ag.sqrt(step)
    price, prices = spot, []
    for normal in normals:
        price = price * ag.exp(drift + spread * normal)
        prices.append(price)
    return ag.exp(-rate * time) * ag.relu(ag.sum(prices) / len(prices) - strike)


@cache  # once in each process
def compiled() -> Any:
    """The mean payoff over a batch of paths."""
    return ag.compile(payoff, batch="mean")


def chunk_of_paths(seed: int, chunk: int, paths: int = CHUNK) -> list[float]:
    """The means of the payoff and of its five derivatives over the paths of one chunk."""
    normals = np.random.default_rng([seed, chunk]).standard_normal((paths, DATES))
    mean, slopes = compiled().value_and_grad(*OPTION.values(), normals)
    return [mean, *slopes[:-1]]


def some_chunks(seed: int, some: range, paths: int) -> list[list[float]]:
    """One chunk after another."""
    return [chunk_of_paths(seed, i, paths) for i in some]


def estimates(chunks: Iterable[list[float]]) -> dict[str, tuple[float, float]]:
    """Means over the paths of all chunks, and their standard errors."""
    found = {}
    for name, column in zip(["price", *OPTION], zip(*chunks)):
        n = len(column)
        mean = math.fsum(column) / n
        squares = math.fsum((x - mean) ** 2 for x in column)
        found[name] = mean, math.sqrt(squares / max(n - 1, 1) / n)
    return found


def alone(seed: int, chunks: int, paths: int) -> list[list[float]]:
    """All chunks in this process."""
    return [chunk_of_paths(seed, i, paths) for i in tqdm(range(chunks), **BAR)]


def with_joblib(seed: int, chunks: int, paths: int, workers: int) -> list[list[float]]:
    """All chunks in `workers` processes of joblib."""
    from joblib import Parallel, delayed

    calls = (delayed(chunk_of_paths)(seed, i, paths) for i in range(chunks))
    found = Parallel(workers, return_as="generator")(calls)
    return list(tqdm(found, total=chunks, **BAR))


def with_dask(seed: int, chunks: int, paths: int, client: Any) -> list[list[float]]:
    """All chunks on the workers of a Dask client, several in a task, which costs a millisecond."""
    from dask.distributed import as_completed

    tasks = min(chunks, TASKS * max(1, len(client.nthreads())))
    parts = [range(chunks * i // tasks, chunks * (i + 1) // tasks) for i in range(tasks)]
    futures = [client.submit(some_chunks, seed, part, paths, pure=False) for part in parts]
    sizes = dict(zip(futures, map(len, parts)))
    with tqdm(total=chunks, **BAR) as bar:
        for future in as_completed(futures):
            bar.update(sizes[future])
    return [chunk for found in client.gather(futures) for chunk in found]


BAR: dict[str, Any] = {"desc": "chunks", "leave": False, "disable": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=int, default=400_000)
    parser.add_argument("--chunk", type=int, default=CHUNK, help="paths summed by themselves")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    chunks = max(2, -(-options.paths // options.chunk))

    methods = {"alone": lambda work: work(alone)}
    for n in options.workers:
        methods[f"joblib, {_plural(n)}"] = lambda work, n=n: work(with_joblib, n)
        methods[f"Dask, {_plural(n)}"] = lambda work, n=n: _on_cluster(work, n)

    def work(method: Any, *where: Any) -> tuple[float, list[list[float]]]:
        method(options.seed, 4 * max(options.workers), 8, *where)  # starts workers, imports, traces
        begin = time.perf_counter()
        found = method(options.seed, chunks, options.chunk, *where)
        return time.perf_counter() - begin, found

    first, first_time = None, 0.0
    print(f"{chunks * options.chunk:,} paths of {DATES} dates")
    for name, method in methods.items():
        spent, found = method(work)
        if first is None:
            first, first_time = found, spent
        if found != first:
            raise SystemExit(f"{name} gives another answer: {estimates(found)}, {estimates(first)}")
        print(f"{name:<18} {spent:7.2f} s, {first_time / spent:4.2f} times the speed of one alone")
    print("the same bits each time:")
    for name, (mean, error) in estimates(first or []).items():
        label = name if name == "price" else f"d price / d {name}"
        print(f"  {label:<22} {mean:12.6f} +- {error:.6f}")


def _plural(n: int) -> str:
    return f"{n} worker" + "s" * (n > 1)


def _on_cluster(work: Any, workers: int) -> Any:
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        return work(with_dask, client)


if __name__ == "__main__":
    import monte_carlo  # by its name: workers import it, and keep what they have compiled

    monte_carlo.main()
