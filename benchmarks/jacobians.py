"""python -m benchmarks.jacobians: second derivatives of a program, beside CasADi and JAX.

Two functions: a dense one of 50 variables, and Rosenbrock's chain of 10,000, whose Hessian has
three diagonals. For each contestant, in a process of its own and pinned to one thread, the table
has the time from the function to its first Hessian (what compiles is part of it, what is imported
is not), and that of a call at other numbers. The contestants take turns; times are medians and
quartiles over the rounds. All must agree on the product of the Hessian and a vector.

Functions are written with a loop over scalars, or with slices of a vector. JAX has no sparse
Hessians: it is told that three products with vectors of 0 and 1 hold all its numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy

from .__main__ import THREADS

Hessian = Callable[[Any], Any]
SIZES = {"dense, of 50 variables": 50, "sparse, of 10,000 variables": 10_000}
DENSE, SPARSE = SIZES
POINTS = 12  # calls that are timed


def valley(x: Any) -> Any:
    """With a loop."""
    return sum(
        100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len_of(x) - 1)
    )


def valley_of_slices(x: Any, total: Callable[[Any], Any]) -> Any:
    return total(100.0 * (x[1:] - x[:-1] ** 2) ** 2) + total((1.0 - x[:-1]) ** 2)


def mixed(x: Any, exp: Any, log: Any, sin: Any) -> Any:
    """With loops; everything meets everything."""
    n = len_of(x)
    crossed = sum(sin(x[i]) * x[n - 1 - i] for i in range(n))
    return log(sum(exp(x[i]) for i in range(n))) + crossed + sum(x[i] for i in range(n)) ** 2 / n


def len_of(x: Any) -> int:
    return int(x.shape[0])


# Contestants: from a size to what gives the Hessian at a point, and what makes a NumPy array of it.


def ours(size: int, function: Callable[[Any], Any]) -> Hessian:
    import autograd_lite as ag

    program = ag.compile(function)
    return lambda x: program.hessian(x, sparse=size > 50)


def ours_with_a_loop(size: int) -> Hessian:
    import autograd_lite as ag

    if size > 50:
        return ours(size, valley)
    return ours(size, lambda x: mixed(x, ag.exp, ag.log, ag.sin))


def ours_with_slices(size: int) -> Hessian:
    return ours(size, lambda x: valley_of_slices(x, numpy.sum))


def casadi(function: Callable[[Any, Any], Any], scipy: bool) -> Callable[[int], Hessian]:
    def make(size: int) -> Hessian:
        import casadi

        x = casadi.SX.sym("x", size)
        hessian, _ = casadi.hessian(function(casadi, x), x)
        program = casadi.Function("hessian", [x], [hessian])
        if not scipy:
            return program  # type: ignore[no-any-return]
        return lambda x: program(x).sparse() if size > 50 else program(x).full()

    return make


def with_a_loop(casadi: Any, x: Any) -> Any:
    if len_of(x) > 50:
        return valley(x)
    return mixed(x, casadi.exp, casadi.log, casadi.sin)


def with_slices(casadi: Any, x: Any) -> Any:
    return valley_of_slices(x, casadi.sum1)


def jax_dense(size: int) -> Hessian:
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def function(x: Any) -> Any:
        return jnp.log(jnp.exp(x).sum()) + (jnp.sin(x) * x[::-1]).sum() + x.sum() ** 2 / size

    hessian = jax.jit(jax.hessian(function))
    return lambda x: numpy.asarray(hessian(x))


def jax_products(size: int) -> Hessian:
    import jax
    from scipy.sparse import csr_array

    jax.config.update("jax_enable_x64", True)
    columns = numpy.arange(size)
    directions = numpy.array([columns % 3 == k for k in range(3)], dtype=float)
    rows = numpy.concatenate([columns, columns[1:], columns[:-1]])
    where = numpy.concatenate([columns, columns[:-1], columns[1:]])
    slope = jax.grad(lambda x: valley_of_slices(x, jax.numpy.sum))
    of_one = lambda x, direction: jax.jvp(slope, (x,), (direction,))[1]
    products = jax.jit(jax.vmap(of_one, (None, 0)))

    def hessian(x: Any) -> Any:
        found = numpy.asarray(products(x, directions))
        return csr_array((found[where % 3, rows], (rows, where)), shape=(size, size))

    return hessian


OURS = "autograd_lite"
CONTESTANTS: dict[str, dict[str, Callable[[int], Hessian]]] = {
    DENSE: {
        f"{OURS}, a loop": ours_with_a_loop,
        "CasADi, a loop": casadi(with_a_loop, scipy=False),
        "CasADi, a loop, as an ndarray": casadi(with_a_loop, scipy=True),
        "JAX, vectors": jax_dense,
    },
    SPARSE: {
        f"{OURS}, a loop": ours_with_a_loop,
        f"{OURS}, slices": ours_with_slices,
        "CasADi, a loop": casadi(with_a_loop, scipy=False),
        "CasADi, slices": casadi(with_slices, scipy=False),
        "CasADi, slices, as a SciPy matrix": casadi(with_slices, scipy=True),
        "JAX, slices, three products": jax_products,
    },
}


def measure(case: str, name: str) -> None:
    """One contestant at one case; prints what came out."""
    size = SIZES[case]
    points = [numpy.linspace(0.5, 1.5, size) + 0.001 * k for k in range(POINTS)]
    try:
        for needed in ("casadi",) if "CasADi" in name else ("jax", "scipy.sparse"):
            if "JAX" in name or needed != "jax":
                __import__(needed)
        import autograd_lite.compiler.compile
        import autograd_lite.compiler.sparsity  # noqa: F401 (imports are not timed)

        start = time.perf_counter()
        hessian = CONTESTANTS[case][name](size)
        found = hessian(points[0])
        first = time.perf_counter() - start
    except ImportError as missing:
        print(json.dumps({"missing": missing.name}))
        return
    times = []
    for x in points:
        start = time.perf_counter()
        hessian(x)
        times.append(time.perf_counter() - start)
    product = numpy.asarray(found @ numpy.cos(numpy.arange(size))).ravel()
    check = float(numpy.abs(product).sum())
    print(json.dumps({"first": first, "call": statistics.median(times), "check": check}))


def run(case: str, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, "--measure", case, name]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | THREADS
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def told(seconds: list[float]) -> str:
    """Median and quartiles in milliseconds."""
    low, middle, high = (1e3 * x for x in statistics.quantiles(seconds, n=4))
    return f"{middle:>10.3g}  {f'{low:.3g} to {high:.3g}':<18}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jacobians", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    parser.add_argument("--measure", nargs=2, metavar=("CASE", "NAME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    for case, contestants in CONTESTANTS.items():
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in contestants}
        for _ in range(max(options.rounds, 2)):
            for name in contestants:
                found[name].append(run(case, name))
        print(f"Hessian, {case}; milliseconds: median, quartiles")
        print(f"{'':<36}{'to the first Hessian':<30}a call")
        checks = []
        for name, rounds in found.items():
            if "missing" in rounds[0]:
                print(f"{name:<36}{rounds[0]['missing']} is not installed")
                continue
            checks.append(rounds[0]["check"])
            times = [told([one[what] for one in rounds]) for what in ("first", "call")]
            print(f"{name:<36}{''.join(times)}")
        assert max(checks) - min(checks) <= 1e-9 * abs(checks[0]), checks
        print()


if __name__ == "__main__":
    main()
