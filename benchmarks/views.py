"""python -m benchmarks.views: how long pictures take, beside Graphviz's `dot` on the same graph.

Each picture is drawn anew several times, taking turns with the others; the table has medians and
quartiles in milliseconds. Where playwright and Chromium are installed, a second table has the time
of JavaScript in a frame in which a number was changed by a key.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from tqdm import tqdm

import nn
from autograd_lite import Value, backend, draw, draw_dot, step, tanh, topological_order
from autograd_lite import sum as total


def net_by_operations(width: int) -> Value:
    """The loss of one sample by a 2-width-width-1 net in plain loops, after backward."""
    net = nn.MLP(2, [width, width, 1], tanh, seed=0)
    return _after_backward((_by_loops(net, [Value(0.5), Value(-0.25)]) - 1.0) ** 2)


def net_by_layers() -> Value:
    """The loss of one sample by a 2-16-16-1 net, after backward."""
    net = nn.MLP(2, [16, 16, 1], tanh, seed=1)
    return _after_backward((net([0.5, -0.5])[0] - 1.0) ** 2)


def batch(samples: int = 150, by_loops: bool = True) -> Value:
    """The loss of a 2-16-16-1 net over a batch, after backward."""
    data, net = nn.datasets.moons(samples, seed=0), nn.MLP(2, [16, 16, 1], tanh, seed=0)
    outputs = [_by_loops(net, x) if by_loops else net(x)[0] for x in data.x]
    return _after_backward(total([(o - y) ** 2 for o, y in zip(outputs, data.y)]))


def chain(length: int) -> Value:
    y = Value(1.0)
    for _ in range(length):
        y = y * 1.0001
    return _after_backward(y)


def tangle(count: int) -> Value:
    """Operations on operands chosen at random among the last forty."""
    rng = random.Random(1)
    found = [Value(rng.random()) for _ in range(20)]
    while len(found) < count:
        a, b = rng.choice(found[-40:]), rng.choice(found[-40:])
        found.append(tanh(a + b))
    return _after_backward(total(found[-40:]))


def _by_loops(net: Any, x: Any) -> Value:
    for layer in net.layers:
        out = []
        for w, b in zip(layer.w, layer.b):
            z = b
            for weight, entry in zip(w, x):
                z = z + weight * entry
            out.append(tanh(z) if layer.activation else z)
        x = out
    return x[0]


def _after_backward(root: Value) -> Value:
    root.backward()
    return root


def pictures() -> dict[str, Callable[[], Any]]:
    """What is measured, by name; each call draws once."""
    small, large, random_graph = net_by_operations(4), net_by_operations(32), tangle(1_500)
    loops, layers, long = batch(), batch(by_loops=False), chain(5_000)

    def size(root: Value) -> str:
        return f"{len(topological_order(root)):,} values"

    found: dict[str, Callable[[], Any]] = {
        f"a small net, {size(small)}, a card each": lambda: draw(small, level="operation").svg,
        f"its stepper, {size(small)}": lambda: step(small).payload(),
        f"a net, {size(large)}, a card each": lambda: draw(large, level="operation").svg,
        f"random operations, {size(random_graph)}, a card each": lambda: (
            draw(random_graph, level="operation").svg
        ),
        f"a chain, {size(long)}, a card each": lambda: draw(long, level="operation").svg,
        f"a batch in loops, {size(loops)}, folded": lambda: draw(loops).svg,
        f"a batch by nn, {size(layers)}, folded": lambda: draw(layers).svg,
    }
    if shutil.which("dot"):
        source = draw_dot(large).source.encode()
        found[f"Graphviz's dot on the net, {size(large)}"] = lambda: subprocess.run(
            ["dot", "-Tsvg"], input=source, capture_output=True, check=True
        )
    return found


FRAMES = """async (count) => {
    const frame = window.requestAnimationFrame, times = [];
    let sum = 0;
    window.requestAnimationFrame = (act) => frame((now) => {
        const start = performance.now();
        act(now);
        sum += performance.now() - start;
    });
    const pull = document.querySelector(".agv-pull");
    pull.focus();
    for (let i = 0; i < count; i++) {
        sum = 0;
        pull.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
        await new Promise((done) => frame(() => frame(done)));
        times.push(sum);
    }
    return times;
}"""


def live_pictures() -> dict[str, Any]:
    """Pictures with numbers that can be changed, by name."""
    net = net_by_layers()
    x = Value(0.5, "x")
    sums = [x]
    for i in range(80):
        sums.append(tanh(Value(0.01 * i, f"w{i}") * sums[-1] + sums[-1]) + 0.1)
    root = total(sums) * 0.1
    return {
        f"a net, {len(topological_order(net)):,} values": draw(net),
        f"a stepper of cards, {len(topological_order(root)):,} values": step(
            root, level="operation", max_cards=900
        ),
    }


def frames(count: int) -> dict[str, list[float]]:
    """Milliseconds of JavaScript in each of so many frames, by the name of the picture."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if find_spec("playwright") is None or browser is None:
        return {}
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for name, picture in live_pictures().items():
            tab = chromium.new_page()
            tab.goto(picture.save(f"{folder}/page.html").as_uri())
            tab.locator(".agv-pull").first.wait_for()
            found[name] = tab.evaluate(FRAMES, count)
        chromium.close()
    return found


def print_table(what: str, times: dict[str, list[float]], digits: int) -> None:
    print(f"| {what} | median | quartiles |\n|---|---|---|")
    for name, found in times.items():
        low, middle, high = statistics.quantiles(found, n=4, method="inclusive")
        print(f"| {name} | {middle:,.{digits}f} | {low:,.{digits}f} to {high:,.{digits}f} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.views", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="pictures of each (default: 7)")
    rounds = parser.parse_args().rounds
    work = pictures()
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in tqdm(range(rounds), desc="rounds", disable=None):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            times[name].append(1000.0 * (time.perf_counter() - start))
    print(f"\nMilliseconds, {rounds} rounds, {backend} engine\n")
    print_table("picture", times, 0)
    in_browser = frames(20 * rounds)
    if in_browser:
        print(f"\nMilliseconds of JavaScript in a frame, {20 * rounds} frames, Chromium\n")
        print_table("picture in a browser", in_browser, 1)


if __name__ == "__main__":
    main()
