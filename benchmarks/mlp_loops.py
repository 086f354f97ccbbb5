"""A 2-16-16-1 MLP with tanh over 100 samples, as plain loops of scalar operations."""

from __future__ import annotations

import random
import time
import tracemalloc
from itertools import pairwise
from typing import Any

PROGRAM = (
    "import json; from benchmarks import mlp_loops; print(json.dumps(mlp_loops.run('{name}')))"
)
IMPORT = """
import subprocess, sys, time
start = time.perf_counter()
subprocess.run([sys.executable, "-c", "{line}"], check=True)
print(time.perf_counter() - start)
"""


def contestant(name: str) -> Any:
    """The Value class of a contestant; all have `+`, `*`, `**` and `exp`-free ReLU."""
    if name == "micrograd":
        from micrograd.engine import Value

        return Value
    import autograd_lite

    return autograd_lite.PythonValue


def build(Value: Any) -> tuple[Any, list[Any]]:
    """The mean squared error of the net, and its parameters."""
    rng = random.Random(0)
    sizes = [2, 16, 16, 1]
    net = [
        [([Value(rng.uniform(-1, 1)) for _ in range(i)], Value(0.1)) for _ in range(o)]
        for i, o in pairwise(sizes)
    ]
    loss = Value(0.0)
    for _ in range(100):
        x: list[Any] = [rng.uniform(-1, 1), rng.uniform(-1, 1)]
        for layer in net:
            out = []
            for weights, bias in layer:
                total = bias
                for w, v in zip(weights, x):
                    total = total + w * v
                out.append(total.relu())
            x = out
        difference = x[0] - 1.0
        loss = loss + difference * difference
    return loss, [p for layer in net for ws, b in layer for p in [*ws, b]]


def run(name: str) -> dict[str, float]:
    """Nanoseconds per node to build and to go backward, bytes per node, and a check sum."""
    Value = contestant(name)
    nodes = count(build(Value)[0])
    builds, backwards = [], []
    for _ in range(5):
        start = time.perf_counter()
        loss, parameters = build(Value)
        middle = time.perf_counter()
        loss.backward()
        end = time.perf_counter()
        builds.append(middle - start)
        backwards.append(end - middle)
        check = sum(p.grad for p in parameters)
        del loss, parameters
    tracemalloc.start()
    kept = build(Value)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return {
        "build": sorted(builds)[2] / nodes * 1e9,
        "backward": sorted(backwards)[2] / nodes * 1e9,
        "bytes": memory / nodes,
        "check": check,
        "nodes": nodes,
    }


def count(root: Any) -> int:
    """Nodes of the graph of `root`."""
    found, stack = {root}, [root]
    while stack:
        node = stack.pop()
        for parent in getattr(node, "parents", None) or getattr(node, "_prev", ()):
            if parent not in found:
                found.add(parent)
                stack.append(parent)
    return len(found)
