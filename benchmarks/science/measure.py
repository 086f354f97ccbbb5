"""One contestant, in a process of its own: python -m benchmarks.science.measure CONTESTANT.

Reads lines "ROW SECONDS"; answers each with JSON: how long the first call took, with all that is
traced and compiled for it, the median of later calls, and a number to compare.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse  # noqa: F401 (loaded before anything is timed)

CONTESTANTS = {
    "compiled": ("ours", "COMPILED"),
    "recorded": ("ours", "RECORDED"),
    "JAX": ("by_jax", "FORMS"),
    "CasADi": ("by_casadi", "FORMS"),
    "HIPS autograd": ("by_hips", "FORMS"),
}


def forms_of(contestant: str) -> dict[str, Callable[[], Any]]:
    module, name = CONTESTANTS[contestant]
    forms: dict[str, Callable[[], Any]] = getattr(
        importlib.import_module(f"benchmarks.science.{module}"), name
    )
    return forms


def numbers(result: Any) -> Any:
    """All numbers of a result, one after the other."""
    if isinstance(result, tuple):
        return np.concatenate([numbers(part) for part in result])
    if hasattr(result, "toarray"):
        result = result.toarray()
    return np.asarray(result, float).ravel()


def forget() -> None:
    """Nothing that an earlier first call has left shortens the next one."""
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
    gc.collect()


def timed(make: Callable[[], Any], seconds: float) -> dict[str, float]:
    """Processor time of a first call, and of those that follow."""
    forget()
    begin = time.process_time()
    work = make()
    result = work()
    first = time.process_time() - begin
    times: list[float] = []
    while sum(times) < seconds or len(times) < 3:
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
        if sum(times) > 10.0 * seconds:
            break
    check = float(np.abs(numbers(result)).sum())
    return {"first": first, "call": float(np.median(times)), "check": check}


def main(contestant: str) -> None:
    try:
        forms = forms_of(contestant)
    except ImportError as missing:
        forms = {}
        print(f"{contestant}: {missing}", file=sys.stderr)
    if forms:
        forms["robot_arm"]()()  # loads what a library loads when it is used for the first time
    print(json.dumps(list(forms)), flush=True)
    for line in sys.stdin:
        row, seconds = line.split()
        print(json.dumps(timed(forms[row], float(seconds))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
