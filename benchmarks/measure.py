"""One contestant at one case, in a process of its own: python -m benchmarks.measure CASE NAME."""

from __future__ import annotations

import json
import sys
import time

from .cases import CASES


def main(case: str, name: str) -> None:
    sys.setrecursionlimit(10**6)
    try:
        work = CASES[case][name]()
        check = work()  # also warms up: compiles, fills caches
        if callable(check):
            check = check()
    except ImportError as missing:
        print(json.dumps({"missing": missing.name}))
        return
    times: list[float] = []
    until = time.perf_counter() + 0.3
    while len(times) < 3 or (time.perf_counter() < until and len(times) < 200):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": sorted(times)[len(times) // 2], "check": check}))


if __name__ == "__main__":
    main(*sys.argv[1:])
