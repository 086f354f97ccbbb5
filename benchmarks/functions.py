"""python -m benchmarks.functions: functions of one's own, and solutions of equations, in batches.

Nanoseconds a sample, medians of rounds in which all take turns, with JAX beside them where it is
installed. J0 is SciPy's: "NumPy call" is that of the function alone. Kepler's equation is solved
for the eccentric anomaly; in JAX by `custom_root`, vmapped and jitted, with ten of Newton's steps.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy import special

import autograd_lite as ag

Call = Callable[[], Any]


def bessel(xs: Any) -> dict[str, Call]:
    """The sum of J0 over all samples, and its slopes."""
    j1 = ag.Primitive("j1", special.j1, lambda out, x: (j0(x) - out / x,), vectorized=True)
    j0 = ag.Primitive("j0", special.j0, lambda out, x: (-j1(x),), vectorized=True)
    one_by_one = ag.Primitive("j0", special.j0, lambda out, x: (-special.j1(x),))
    program = ag.compile(lambda x: j0(x), batch="sum")
    slow = ag.compile(lambda x: one_by_one(x), batch="sum")
    sine = ag.compile(lambda x: ag.sin(x), batch="sum")
    return {
        "NumPy call of j0": lambda: special.j0(xs),
        "NumPy calls of j0 and j1": lambda: (special.j0(xs), special.j1(xs)),
        "j0, vectorized: value": lambda: program.value(xs),
        "j0, vectorized: value and slopes": lambda: program.value_and_grad(xs),
        "j0, one by one: value": lambda: slow.value(xs),
        "sin, a row: value and slopes": lambda: sine.value_and_grad(xs),
    }


def newton(e: Any, M: Any, steps: int = 10) -> Any:
    """The eccentric anomaly, by NumPy."""
    E = M + 0.85 * e
    for _ in range(steps):
        E = E - (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
    return E


def kepler(e: Any, M: Any) -> dict[str, Call]:
    """E(e, M) of all samples, and its slopes."""

    def equation(E: Any, e: Any, M: Any) -> Any:
        return E - e * ag.sin(E) - M

    ways = {
        "vectorized solver": ag.implicit(equation, newton, vectorized=True),
        "x0": ag.implicit(equation, x0=3.0),
        "bracket": ag.implicit(equation, bracket=(-1.0, 5.0)),
    }
    found: dict[str, Call] = {"NumPy: ten of Newton's steps": lambda: newton(e, M)}
    for name, solve in ways.items():
        program = ag.compile(lambda e, M, solve=solve: solve(e, M), batch="none")
        found[f"Kepler, {name}: value and slopes"] = lambda p=program: p.value_and_grad(e, M)
    if find_spec("jax"):
        found["Kepler, JAX: value and slopes"] = by_jax(e, M)
    return found


def by_jax(e: Any, M: Any) -> Call:
    """The same by JAX."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def solve(f: Any, start: Any) -> Any:
        slope = jax.grad(f)
        return jax.lax.fori_loop(0, 10, lambda _, E: E - f(E) / slope(E), start)

    def anomaly(e: Any, M: Any) -> Any:
        return jax.lax.custom_root(
            lambda E: E - e * jnp.sin(E) - M, M + 0.85 * e, solve, lambda g, y: y / g(1.0)
        )

    run = jax.jit(jax.vmap(jax.value_and_grad(anomaly, (0, 1))))
    return lambda: jax.block_until_ready(run(e, M))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.functions", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is timed")
    parser.add_argument("--samples", type=int, default=100_000)
    given = parser.parse_args()
    xs = np.linspace(0.1, 20.0, given.samples)
    e, M = np.linspace(0.1, 0.7, given.samples), np.linspace(0.2, 2.9, given.samples)
    calls = bessel(xs) | kepler(e, M)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for name, call in calls.items():
        begin = time.perf_counter()
        call()
        first = time.perf_counter() - begin
        print(f"first call {1e3 * first:>10.1f} ms  {name}")
    for _ in range(given.rounds):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            times[name].append(1e9 * (time.perf_counter() - begin) / given.samples)
    print(f"\n{'':<44}{'ns a sample':>12}{'quartiles':>20}")
    for name, found in times.items():
        low, middle, high = statistics.quantiles(found, n=4)
        print(f"{name:<44}{middle:>12.1f}{f'{low:.1f} to {high:.1f}':>20}")


if __name__ == "__main__":
    main()
