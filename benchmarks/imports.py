"""python -m benchmarks.imports: what the imports cost, above the bare interpreter.

Each import runs in a process of its own, in turns with an interpreter that does nothing, with the
bytecode of all modules on disk. The table has medians and quartiles of the processor time in
milliseconds; `--modules` names the modules that take longest by themselves.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
from tempfile import TemporaryDirectory

from tqdm import tqdm

GOALS = {"import autograd_lite": 15.0, "import nn": 25.0}
BACKENDS = ("native", "python")


def milliseconds(line: str, environment: dict[str, str]) -> float:
    """Processor time of an interpreter that runs the line."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", line], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user = after.ru_utime - before.ru_utime
    return 1e3 * (user + after.ru_stime - before.ru_stime)


def slowest(line: str, environment: dict[str, str], count: int = 12) -> None:
    """Print the modules that take longest, without those that they import."""
    command = [sys.executable, "-X", "importtime", "-c", line]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    rows = [row.removeprefix("import time:").split("|") for row in done.stderr.splitlines()[1:]]
    times = sorted(((int(own), name.strip()) for own, _, name in rows), reverse=True)
    print(f"\n{line}: microseconds of the slowest of {len(rows)} modules")
    for own, name in times[:count]:
        print(f"{own:8}  {name}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--modules", action="store_true", help="name those that take longest")
    options = parser.parse_args()
    with TemporaryDirectory() as bytecode:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environments = {
            backend: {**kept, "PYTHONPYCACHEPREFIX": bytecode, "AUTOGRAD_LITE_BACKEND": backend}
            for backend in BACKENDS
        }
        found: dict[tuple[str, str], list[float]] = {}
        for turn in tqdm(range(options.rounds + 1), disable=None):
            for backend, environment in environments.items():
                bare = milliseconds("pass", environment)
                for line in GOALS:
                    extra = milliseconds(line, environment) - bare
                    if turn:  # the first one writes the bytecode
                        found.setdefault((line, backend), []).append(extra)
        print(f"{'':32}{'ms':>8}{'quartiles':>18}{'goal':>8}")
        for (line, backend), times in found.items():
            low, middle, high = statistics.quantiles(times, n=4, method="inclusive")
            spread = f"{low:.1f} to {high:.1f}"
            print(f"{f'{line}, {backend}':32}{middle:8.1f}{spread:>18}{GOALS[line]:8.0f}")
        if options.modules:
            for line in GOALS:
                slowest(line, environments["native"])


if __name__ == "__main__":
    main()
