"""One contestant at one case, in a process of its own.

python -m benchmarks.measure CASE NAME [SECONDS], for about how long to measure.
"""

from __future__ import annotations

import json
import os
import sys
import time

from autograd_lite import native

from . import cases, replays  # noqa: F401 (importing them registers what they measure)
from .registry import CASES, KERNELS

AT_LEAST = 3  # runs, unless they take 15 times as long as was asked for


def main(case: str, name: str, seconds: str = "0.3") -> None:
    sys.setrecursionlimit(10**6)
    if KERNELS in os.environ and native.engine is not None:
        native.engine.use_kernels(int(os.environ[KERNELS]))
    try:
        work = CASES[case][name]()
        check = work()  # also warms up: compiles, fills caches
        if callable(check):
            check = check()
    except ImportError as missing:
        print(json.dumps({"missing": missing.name}))
        return
    times: list[float] = []
    spent, enough = 0.0, float(seconds)
    while not times or spent < enough * (15.0 if len(times) < AT_LEAST else 1.0):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
        spent += times[-1]
    print(json.dumps({"seconds": sorted(times)[len(times) // 2], "check": check}))


if __name__ == "__main__":
    main(*sys.argv[1:])
