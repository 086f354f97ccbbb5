"""python -m benchmarks.scaling: does everything take time in proportion to the size of its graph?

Each action runs at four sizes, on a chain, a wide sum, a net of many samples and more, or on a
model of so many parameters. The table has the processor time and the exponent of the size in it: 1
is linear, 2 quadratic. A row above the limit is measured again before it counts; the program then
ends with an error. What takes nanoseconds a node, as backward and replays, is left to
`benchmarks.curve`: its exponents would be those of the caches.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

import autograd_lite as ag
import nn

Action = Callable[[], object]
Maker = Callable[[int], Action]
SIZES = (200, 800, 3_200, 12_800)
LIMIT = 1.2  # caches alone come to 1.15
PATIENCE = 0.05  # seconds at a size, after which there are no more runs

# Graphs, given how many nodes they have, about ----------------------------------------------------


def chain(xs: list[Any]) -> Any:
    y = xs[0]
    for x in xs[1:]:
        y = y * 0.9 + x
    return y


def wide(xs: list[Any]) -> Any:
    return ag.sum([x * x for x in xs])


def joined(xs: list[Any]) -> Any:
    """Each result is used by the two that follow."""
    a, b = xs[0], xs[1]
    for x in xs[2:]:
        a, b = b, ag.sin(a + b) * x
    return a + b


def of_samples(xs: list[Any]) -> Any:
    """The loss of one small net on many samples."""
    net = nn.MLP(1, [4, 1], ag.tanh, seed=0)
    return nn.mse([net([x]) for x in xs], [[0.5] for _ in xs])


SHAPES = {
    "chain": (chain, 2),
    "wide": (wide, 2),
    "joined": (joined, 3),
    "samples": (of_samples, 12),
}


def graph_of(shape: str, size: int) -> tuple[list[Any], Any]:
    """Inputs and a result, after backward."""
    f, nodes = SHAPES[shape]
    xs = [ag.Value(0.5 + 0.3 * math.sin(i)) for i in range(max(size // nodes, 2))]
    xs[0].label = "x"
    y = f(xs)
    y.backward()
    return xs, y


def of_graph(shape: str, act: Callable[[list[Any], Any], object]) -> Maker:
    """What `act` does with the inputs and the result of a graph."""

    def make(size: int) -> Action:
        xs, y = graph_of(shape, size)
        return lambda: act(xs, y)

    return make


GRAPH_ACTIONS: dict[str, Callable[[list[Any], Any], object]] = {
    "gradients(create_graph)": lambda xs, y: ag.gradients(y, xs, create_graph=True),
    "draw": lambda xs, y: ag.draw(y).svg,
    "draw_dot": lambda xs, y: ag.draw_dot(y).source,
    "step": lambda xs, y: saved(ag.step(y), "steps.html"),
    "explain": lambda xs, y: str(ag.explain(xs[0], y)),
    "paths": lambda xs, y: str(ag.paths(xs[0], y)),
    "snapshot": lambda xs, y: ag.snapshot(y),
}


def saved(thing: Any, name: str) -> None:
    with TemporaryDirectory() as folder:
        thing.save(str(Path(folder) / name))


# Programs -----------------------------------------------------------------------------------------


def program_of(shape: str, size: int) -> tuple[Any, list[float]]:
    f, nodes = SHAPES[shape]
    numbers = [0.5 + 0.3 * math.sin(i) for i in range(max(size // nodes, 2))]
    program = ag.compile(f)
    program.value_and_grad(numbers)
    return program, numbers


def of_program(shape: str, act: Callable[[Any, list[float]], object]) -> Maker:
    def make(size: int) -> Action:
        program, numbers = program_of(shape, size)
        return lambda: act(program, numbers)

    return make


def loading(shape: str) -> Maker:
    def make(size: int) -> Action:
        program, _ = program_of(shape, size)
        folder = TemporaryDirectory()
        path = Path(folder.name) / "program.json"
        program.save(path)

        def load(folder: Any = folder) -> object:
            return ag.load_program(path)

        return load

    return make


PROGRAM_ACTIONS: dict[str, Callable[[Any, list[float]], object]] = {
    "save": lambda program, numbers: saved(program, "program.json"),
    "to_c": lambda program, numbers: program.to_c(),
    "to_python": lambda program, numbers: program.to_python(),
    "to_js": lambda program, numbers: program.to_js(),
    "summary": lambda program, numbers: program.summary(),
}


def tracing(shape: str) -> Maker:
    f, nodes = SHAPES[shape]

    def make(size: int) -> Action:
        numbers = [0.5 + 0.3 * math.sin(i) for i in range(max(size // nodes, 2))]
        return lambda: ag.compile(f).value_and_grad(numbers)

    return make


# Models -------------------------------------------------------------------------------------------


def of_model(act: Callable[[Any], object]) -> Maker:
    """What `act` does with a model of so many parameters, in many small layers."""

    def make(size: int) -> Action:
        model = nn.Sequential(*(nn.Linear(4, 4, seed=i) for i in range(max(size // 20, 1))))
        return lambda: act(model)

    return make


def model_saved(model: Any) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save(path)
        model.load(path)


MODEL_ACTIONS: dict[str, Callable[[Any], object]] = {
    "state_dict": lambda model: model.load_state_dict(model.state_dict()),
    "model.save, load": model_saved,
    "repr": repr,
    "a step of Adam": lambda model: nn.Adam(model.parameters()).state_dict(),
}


def checking(size: int) -> Action:
    """Of two inputs: with as many inputs as operations it is quadratic by what it does."""

    def f(x: Any, y: Any) -> Any:
        for _ in range(size // 2):
            x = x * 0.9 + y
        return x

    return lambda: ag.gradcheck(f, 0.5, 0.25)


def rows() -> dict[str, Maker]:
    found: dict[str, Maker] = {}
    for shape in SHAPES:
        for name, act in GRAPH_ACTIONS.items():
            found[f"{name}: {shape}"] = of_graph(shape, act)
    for shape in SHAPES:
        found[f"compile: {shape}"] = tracing(shape)
        for name, use in PROGRAM_ACTIONS.items():
            found[f"{name}: {shape}"] = of_program(shape, use)
        found[f"load_program: {shape}"] = loading(shape)
    for name, change in MODEL_ACTIONS.items():
        found[f"{name}: model"] = of_model(change)
    found["gradcheck: chain"] = checking
    return found


def least(act: Action, before: float = math.inf) -> float:
    """The least seconds of processor time of some runs."""
    spent = 0.0
    while spent < PATIENCE:
        start = time.thread_time()
        act()
        taken = time.thread_time() - start
        before, spent = min(before, taken), spent + max(taken, 1e-3)
    return before


def exponent(times: list[float]) -> float:
    """Of the size, from the second to the fourth; the first has much that does not grow."""
    return math.log(times[-1] / times[1]) / math.log(SIZES[-1] / SIZES[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("rows", nargs="*", help="only rows whose names hold one of these words")
    parser.add_argument("--limit", type=float, default=LIMIT, help="exponent that is too much")
    options = parser.parse_args()
    wanted = [
        (name, make)
        for name, make in rows().items()
        if not options.rows or any(word in name for word in options.rows)
    ]
    gc.disable()  # what it takes depends on all that is alive, not on the action
    above = []
    print(f"{'':32}microseconds a node or parameter, from small to large{'exponent':>14}")
    for name, make in tqdm(wanted, disable=None, leave=False):
        gc.collect()
        acts = [make(size) for size in SIZES]
        times = [least(act) for act in acts]
        for _ in range(3):
            if exponent(times) > options.limit:
                times = [least(act, before) for act, before in zip(acts, times)]
        steep = exponent(times) > options.limit
        cells = "".join(f"{1e6 * t / size:10.2f}" for t, size in zip(times, SIZES))
        print(f"{name:32}{cells}{exponent(times):12.2f}{'  too steep' * steep}", flush=True)
        if steep:
            above.append(name)
    if above:
        sys.exit(f"steeper than size**{options.limit}: {', '.join(above)}")


if __name__ == "__main__":
    main()
