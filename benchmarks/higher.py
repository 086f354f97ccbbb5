"""python -m benchmarks.higher: what derivatives of higher order cost, on each engine.

Beside the native engine stands the same with its graphs of gradients made by Python, from the rules
of the rows (as the Python engine makes them, and as primitives of one's own are asked), and, where
it is installed, JAX with `jit`, warmed. Each row takes turns with the others; the table has medians
and quartiles of the processor time of the thread in microseconds, or of an operation of the graph.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import autograd_lite as ag
from autograd_lite import derivatives

Work = Callable[[], Any]
HIDDEN = (2, 4, 3, 1)  # a net of 31 parameters
NATIVE, RULES, PYTHON, JAX = "native", "native, rules in Python", "Python", "JAX"


def mixed_graph(Value: Any, size: int = 3000) -> tuple[Any, list[Any], int]:
    """A graph of products, quotients, sums and activations, its leaves, how many nodes it has."""
    r = random.Random(0)
    leaves = [Value(r.uniform(0.5, 2.0)) for _ in range(10)]
    rows: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a - b,
        lambda a, b: (a * 0.1).tanh(), lambda a, b: (a * 0.01).sin(),
        lambda a, b: a / (b * b + 1.0),
    ]  # fmt: skip
    nodes = list(leaves)
    for _ in range(size):
        nodes.append(r.choice(rows)(r.choice(nodes[-30:]), r.choice(nodes[-30:])))
    y = ag.sum(nodes[-20:])
    return y, leaves, len(ag.topological_order(y))


def net(parameters: Any, tanh: Any) -> Any:
    """The square of what a small net gives for one sample."""
    xs: Any = [0.3, -0.7]
    place = 0
    for fan_in, fan_out in itertools.pairwise(HIDDEN):
        outputs = []
        for _ in range(fan_out):
            total = parameters[place + fan_in]
            for k in range(fan_in):
                total = total + parameters[place + k] * xs[k]
            outputs.append(tanh(total))
            place += fan_in + 1
        xs = outputs
    return xs[0] * xs[0]


def rosenbrock(xs: Any) -> Any:
    return ag.sum([100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(xs)])


def autograd_lite_rows(Value: Any) -> dict[str, tuple[Work, float]]:
    """The work of each row on one engine, and into how many parts its time goes."""
    r = random.Random(1)
    parameters = [r.uniform(-1.0, 1.0) for _ in range(31)]
    point = [r.uniform(-1.0, 1.0) for _ in range(200)]
    y, leaves, count = mixed_graph(Value)
    of_net = lambda p: net(p, ag.tanh)
    return {
        "backward, of an operation": (lambda: y.backward(), count),
        "create_graph, of an operation": (
            lambda: ag.gradients(y, leaves, create_graph=True),
            count,
        ),
        "hessian of a net of 31 parameters": (lambda: ag.hessian(of_net)(parameters), 1),
        "hvp of that net": (lambda: ag.hvp(of_net)(parameters, parameters), 1),
        "jvp of that net": (lambda: ag.jvp(of_net)(parameters, parameters), 1),
        "hvp of Rosenbrock's function of 200": (lambda: ag.hvp(rosenbrock)(point, point), 1),
        "hessian of that function": (lambda: ag.hessian(rosenbrock)(point), 1),
        "third derivative of x sin(x)": (
            lambda: ag.grad(ag.grad(ag.grad(lambda x: x * ag.sin(x))))(2.0),
            1,
        ),
    }


def jax_rows() -> dict[str, tuple[Work, float]]:
    """The same by JAX, where it is installed."""
    try:
        import jax
        import jax.numpy as jnp
        import numpy
    except ImportError:
        return {}
    jax.config.update("jax_enable_x64", True)
    r = random.Random(1)
    parameters = numpy.array([r.uniform(-1.0, 1.0) for _ in range(31)])
    point = numpy.array([r.uniform(-1.0, 1.0) for _ in range(200)])

    def valley(x: Any) -> Any:
        return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    def hvp(f: Any) -> Any:
        return jax.jit(lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1])

    of_net = lambda p: net(p, jnp.tanh)
    hessian, of_valley = jax.jit(jax.hessian(of_net)), jax.jit(jax.hessian(valley))
    net_hvp, valley_hvp = hvp(of_net), hvp(valley)
    rate = jax.jit(lambda x, v: jax.jvp(of_net, (x,), (v,))[1])
    third = jax.jit(jax.grad(jax.grad(jax.grad(lambda x: x * jnp.sin(x)))))
    rows = {
        "hessian of a net of 31 parameters": lambda: hessian(parameters),
        "hvp of that net": lambda: net_hvp(parameters, parameters),
        "jvp of that net": lambda: rate(parameters, parameters),
        "hvp of Rosenbrock's function of 200": lambda: valley_hvp(point, point),
        "hessian of that function": lambda: of_valley(point),
        "third derivative of x sin(x)": lambda: third(2.0),
    }
    return {name: (lambda work=work: work().block_until_ready(), 1) for name, work in rows.items()}


def on(Value: Any, work: Work) -> Work:
    """`work` while this engine is the one in use."""

    def run() -> Any:
        before, ag.Value = ag.Value, Value
        try:
            return work()
        finally:
            ag.Value = before

    return run


def by_rules(work: Work) -> Work:
    """`work` with graphs of gradients made in Python, whatever the engine."""

    def gradients_since(since: int, y: Any, xs: Any, graph: bool) -> Any:
        if not graph:
            return original(since, y, xs, graph)
        adjoint = derivatives.value_adjoints(derivatives.order_since(since, [y]), xs)
        return [g if hasattr(g := adjoint.get(x, 0.0), "data") else type(y)(g) for x in xs], False

    original = derivatives.gradients_since

    def run() -> Any:
        with patch.object(derivatives, "gradients_since", gradients_since):
            return work()

    return run


def contestants() -> dict[tuple[str, str], tuple[Work, float]]:
    """What is timed, by row and contestant."""
    found: dict[tuple[str, str], tuple[Work, float]] = {}
    for name, Value in ((NATIVE, ag.NativeValue), (PYTHON, ag.PythonValue)):
        if Value is None:
            continue
        for row, (work, parts) in autograd_lite_rows(Value).items():
            found[row, name] = on(Value, work), parts
            if name == NATIVE and "backward" not in row and "jvp" not in row:
                found[row, RULES] = by_rules(on(Value, work)), parts
    for row, (work, parts) in jax_rows().items():
        found[row, JAX] = work, parts
    return found


def timed(work: Work, seconds: float = 0.004) -> float:
    """Microseconds of the thread's time, the mean of as many runs as fill the time."""
    count, begin = 0, time.thread_time()
    while (passed := time.thread_time() - begin) < seconds:
        work()
        count += 1
    return 1e6 * passed / count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.higher", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is timed")
    rounds = parser.parse_args().rounds
    works = contestants()
    times: dict[tuple[str, str], list[float]] = {key: [] for key in works}
    for work, _ in works.values():
        work()
    for _ in range(rounds):
        for key, (work, parts) in works.items():
            times[key].append(timed(work) / parts)
    print(f"{'microseconds':<38}{'':<26}{'median':>10}{'quartiles':>22}")
    row_before = ""
    for row, name in sorted(works, key=lambda key: [row for row, _ in works].index(key[0])):
        low, middle, high = statistics.quantiles(times[row, name], n=4)
        spread = f"{low:.3g} to {high:.3g}"
        print(f"{row * (row != row_before):<38}{name:<26}{middle:>10.3g}{spread:>22}")
        row_before = row


if __name__ == "__main__":
    main()
