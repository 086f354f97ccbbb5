"""python -m benchmarks.loops: what a step of a loop costs, beside JAX's scan.

Three simulations: a damped oscillator, Lotka-Volterra by Runge and Kutta's rule, and
three bodies. Each is a `scan` of so many steps, compiled, its value and its gradient with respect
to its parameters; and that as machine code by `in_c`, where there is a C compiler. JAX has
`jit`, float64, and is warmed. They take turns; the table has the medians of the processor time of
the process, in nanoseconds a step, and of the first call in milliseconds, for `in_c` with the time
of the C compiler.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from collections.abc import Callable
from typing import Any

import autograd_lite as ag

Simulation = Callable[..., Any]


def oscillator(parameters: Any, scan: Any, sqrt: Any, steps: Any) -> Any:
    """The end and the work of a damped oscillator."""
    stiffness, damping, start = parameters

    def step(state: Any, _: Any) -> Any:
        x, v, work = state
        v = v - 0.001 * (stiffness * x + damping * v)
        x = x + 0.001 * v
        return (x, v, work + x * x), None

    (x, _, work), _ = scan(step, (start, 0.0, 0.0), None, steps)
    return x + work


def lotka_volterra(parameters: Any, scan: Any, sqrt: Any, steps: Any) -> Any:
    """Hares and foxes, by four evaluations a step."""
    a, b, c, d = parameters
    h = 0.001

    def slopes(x: Any, y: Any) -> Any:
        return a * x - b * x * y, d * x * y - c * y

    def step(state: Any, _: Any) -> Any:
        x, y = state
        p, q = slopes(x, y)
        r, s = slopes(x + h / 2 * p, y + h / 2 * q)
        t, u = slopes(x + h / 2 * r, y + h / 2 * s)
        v, w = slopes(x + h * t, y + h * u)
        x = x + h / 6 * (p + 2.0 * r + 2.0 * t + v)
        return (x, y + h / 6 * (q + 2.0 * s + 2.0 * u + w)), None

    (x, y), _ = scan(step, (1.0, 0.5), None, steps)
    return x * y


def three_bodies(masses: Any, scan: Any, sqrt: Any, steps: Any) -> Any:
    """Three bodies in a plane, whose gravity is softened."""

    def pulls(places: Any) -> Any:
        for i in range(3):
            ax: Any = 0.0
            ay: Any = 0.0
            for j in {0, 1, 2} - {i}:
                dx, dy = places[2 * j] - places[2 * i], places[2 * j + 1] - places[2 * i + 1]
                squared = dx * dx + dy * dy + 0.01
                pull = masses[j] / (squared * sqrt(squared))
                ax, ay = ax + pull * dx, ay + pull * dy
            yield ax
            yield ay

    def step(state: Any, _: Any) -> Any:
        places, speeds = state
        speeds = tuple(v + 1e-4 * a for v, a in zip(speeds, pulls(places)))
        return (tuple(x + 1e-4 * v for x, v in zip(places, speeds)), speeds), None

    start = (0.97, -0.24, -0.97, 0.24, 0.0, 0.0), (0.466, 0.432, 0.466, 0.432, -0.932, -0.864)
    (places, _), _ = scan(step, start, None, steps)
    return places[0] * places[1] + places[2]


CASES: dict[str, tuple[Simulation, list[float]]] = {
    "oscillator": (oscillator, [4.0, 0.1, 1.0]),
    "Lotka-Volterra": (lotka_volterra, [1.1, 0.4, 0.4, 0.1]),
    "three bodies": (three_bodies, [1.0, 1.0, 1.0]),
}


def ours(simulation: Simulation, at: list[float], steps: int) -> tuple[Any, Any]:
    """Functions of no arguments: the value, and the value and the gradient."""
    program = ag.compile(lambda p, n: simulation(p, ag.scan, ag.sqrt, n), argnums=0)
    return lambda: program.value(at, steps), lambda: program.value_and_grad(at, steps)


def in_c(simulation: Simulation, at: list[float], steps: int) -> tuple[Any, Any] | None:
    """The same as machine code; None where there is no C compiler."""
    if shutil.which("cc") is None:
        return None
    program = ag.compile(lambda p, n: simulation(p, ag.scan, ag.sqrt, n), argnums=0)
    made: list[Any] = []

    def fast() -> Any:
        if not made:  # which is a part of the first call
            made.append(program.in_c(at, steps))
        return made[0]

    return lambda: fast().value(at, steps), lambda: fast().value_and_grad(at, steps)


def jax_of(simulation: Simulation, at: list[float], steps: int) -> tuple[Any, Any] | None:
    """The same in JAX; None where it is not installed."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]

    def scan(step: Any, start: Any, xs: Any, length: int) -> Any:
        start = jax.tree_util.tree_map(lambda x: jax.numpy.asarray(x, float), start)
        return jax.lax.scan(step, start, xs, length)

    def function(p: Any) -> Any:
        return simulation(p, scan, jax.numpy.sqrt, steps)

    value, both = jax.jit(function), jax.jit(jax.value_and_grad(function))
    point = jax.numpy.array(at)
    wait = jax.block_until_ready
    return lambda: wait(value(point)), lambda: wait(both(point))


def timed(work: Callable[[], Any]) -> float:
    """The processor time of one call, in seconds, with that of the programs that it runs."""
    start = clock()
    work()
    return clock() - start


def clock() -> float:
    """The processor time of the process and of those that it has run, in seconds."""
    used = os.times()
    return time.process_time() + used.children_user + used.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    steps = options.steps
    print(f"{steps:,} steps; nanoseconds a step, median of {options.rounds}; first call in ms")
    print(f"{'':16}{'':12}{'value':>10}{'gradient':>10}{'first':>10}")
    for name, (simulation, at) in CASES.items():
        sides = {
            "ours": ours(simulation, at, steps),
            "ours, in_c": in_c(simulation, at, steps),
            "JAX": jax_of(simulation, at, steps),
        }
        present = {side: both for side, both in sides.items() if both is not None}
        first = {side: timed(both[1]) for side, both in present.items()}
        for both in present.values():
            both[0]()
        times: dict[tuple[str, int], list[float]] = {}
        for _ in range(options.rounds):
            for side, both in present.items():
                for k, work in enumerate(both):
                    times.setdefault((side, k), []).append(timed(work))
        for side in present:
            value, slope = (statistics.median(times[side, k]) / steps * 1e9 for k in (0, 1))
            print(f"{name:16}{side:12}{value:10.0f}{slope:10.0f}{first[side] * 1e3:10.0f}")


if __name__ == "__main__":
    main()
