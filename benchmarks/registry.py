"""What is measured: cases, and who takes part in them.

`CASES[case][contestant]` makes what is to be timed: a function that does the work once and returns
a number that all contestants of a case must agree on, or a function that gives it (after the first
run, untimed). Making it is not timed. `nan` stands for no number to compare.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd_lite as ag

Work = Callable[[], Any]
Maker = Callable[[], Work]

NATIVE, PYTHON, TAPE = "autograd_lite native", "autograd_lite Python", "autograd_lite tape"
KERNELS = "BENCHMARK_KERNELS"
"""The environment's word for the number of our set of instructions; the best one without it."""
TITLES = {
    "mlp_loops": "2-16-16-1 MLP over 100 samples, plain scalar loops, loss and gradients",
    "mlp_natural": "the same net and samples in each one's natural style",
    "mlp_1000": "the same net over 1,000 samples",
    "mlp_batches": "the same net over more and more samples, for each sample",
    "gpt": "a scalar GPT, 4,192 parameters, one name of 8 letters, loss and gradients",
    "gpt_natural": "the same GPT and name in each one's natural style",
    "gpt_step": "training that GPT: twelve steps with Adam, on names of 2 to 13 letters",
    "graph": "10,000 operations (softplus, sums, products, softmax) from 100 inputs",
    "graph_replay": "the same graph, replayed on new inputs: its value and 100 derivatives",
    "part_replay": "the first 200 of these operations, replayed on new inputs",
    "compile": "from the function of these 200 to its first value and derivatives, by operation",
    "tiny": "x*y + x with its two derivatives, one call",
    "rosenbrock": "the gradient of Rosenbrock's function in 1,000 variables",
    "rosenbrock_array": "the same, from an ndarray to an ndarray",
    "black_scholes": "a Black-Scholes price with five Greeks, 100 times",
    "black_scholes_10000": "a Black-Scholes price with five Greeks, 10,000 times",
    "chain": "a chain of 200,000 additions, built, differentiated and freed",
    "moons": "from `python script.py` to a trained moons net, interpreter and imports included",
}
BASES = dict.fromkeys(
    ["mlp_1000", "gpt_step", "graph_replay", "part_replay", "compile", "tiny",
     "rosenbrock_array", "black_scholes_10000"], TAPE,
) | {"mlp_batches": f"{TAPE}, 100 samples"}  # fmt: skip
"""To whose time the others' are compared, where it is not the native engine's."""
UNITS = {
    "mlp_batches": ("microseconds a sample", 1e6),
    "compile": ("microseconds an operation", 1e6),
    "tiny": ("microseconds a call", 1e6),
}
"""How times are told, where not in milliseconds."""
NOTES: dict[str, str] = {}
"""What a reader of a table must know."""

CASES: dict[str, dict[str, Maker]] = {case: {} for case in TITLES}
PARTS: dict[tuple[str, str], int] = {}
"""How many parts a contestant's work has, where the time of one of them is told."""


def contestant(case: str, name: str, parts: int = 1) -> Callable[[Maker], Maker]:
    """Register what the decorated function makes."""

    def register(make: Maker) -> Maker:
        CASES[case][name] = make
        PARTS[case, name] = parts
        return make

    return register


def native() -> Any:
    """The Value of the native engine."""
    if ag.NativeValue is None:
        raise ImportError("the native engine is not built", name="the native engine")
    return ag.NativeValue


def engines(case: str, make: Callable[[Any], Work]) -> None:
    """Register both engines of autograd_lite for a case; only one of them loads the C."""
    contestant(case, NATIVE)(lambda: make(native()))
    contestant(case, PYTHON)(lambda: make(ag.PythonValue))


def torch_alone() -> Any:
    import torch

    torch.set_num_threads(1)
    return torch
