"""python -m benchmarks.science: derivatives of scientific programs, beside peers, in the same run.

The programs of examples/science, compiled and recorded, beside JAX (jitted, written for arrays,
`vmap` and `scan`), CasADi (SX, interpreted) and HIPS autograd. Each contestant is a process of its
own on one thread; they take turns, row by row, and all must agree on the numbers. Times are of the
processor, medians over the rounds, with half the range of the quartiles; the first call is from the
function to its first numbers, with all that is traced, built and compiled for it. Ratios are taken
round by round, to the compiled program (to the recorded one where nothing is compiled): of a call,
and of a first call and a hundred more. Where a peer wins it is bold, and counted at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..__main__ import THREADS
from .inputs import TITLES
from .measure import CONTESTANTS

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "fit-calibrate-simulate.md"
MARKS = ("<!-- figures -->", "<!-- end of figures -->")
Runs = dict[tuple[str, str], list[dict[str, float]]]


class Contestant:
    """A process that measures what it is asked for."""

    def __init__(self, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.science.measure", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **THREADS},
        )  # fmt: skip
        self.rows: list[str] = self.answer()

    def answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args} ended early")
        return json.loads(line)

    def run(self, row: str, seconds: float) -> dict[str, float]:
        assert self.process.stdin
        self.process.stdin.write(f"{row} {seconds}\n")
        self.process.stdin.flush()
        found: dict[str, float] = self.answer()
        return found | {"hundred": found["first"] + 100.0 * found["call"]}

    def end(self) -> None:
        self.process.communicate()


def spread(numbers: list[float]) -> tuple[float, str]:
    """The median, and the text of it with half the range of the quartiles."""
    low, middle, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return middle, f"{_short(middle)} ± {_short(float(f'{(high - low) / 2:.1g}'))}"


def _short(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def ratio(theirs: list[dict[str, float]], ours: list[dict[str, float]], what: str) -> str:
    middle, text = spread([a[what] / b[what] for a, b in zip(theirs, ours)])
    return f"**{text}**" if middle < 1.0 else text


def table(rows: list[str], runs: Runs) -> tuple[list[str], list[str]]:
    """The lines of a table of all rows, and where a peer is ahead."""
    peers = [name for name in CONTESTANTS if name != "compiled"]
    lines = [f"| | ms a call | first call, ms | {' | '.join(peers)} |"]
    lines.append("|---" * (3 + len(peers)) + "|")
    behind = []
    for row in rows:
        base = "compiled" if (row, "compiled") in runs else "recorded"
        ours, cells = runs[row, base], []
        for name in peers:
            theirs = runs.get((row, name), [])
            if not theirs or name == base:
                cells.append("")
                continue
            a, b = theirs[0]["check"], ours[0]["check"]
            assert abs(a - b) <= 1e-8 * (1.0 + abs(b)), (row, name, a, b)
            call, hundred = (ratio(theirs, ours, what) for what in ("call", "hundred"))
            cells.append(f"{call}; {hundred}")
            if name != "recorded":
                behind += [f"{name}, {TITLES[row]}: a call" for _ in "x" if "**" in call]
                behind += [f"{name}, {TITLES[row]}: 1 + 100 calls" for _ in "x" if "**" in hundred]
        times = [spread([1e3 * run[what] for run in ours])[1] for what in ("call", "first")]
        lines.append(f"| {TITLES[row]} | {' | '.join([*times, *cells])} |")
    return lines, behind


def write(lines: list[str]) -> None:
    """Put the table into the page, between its two marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    text = "\n".join(["", "", *lines, "", ""])
    PAGE.write_text(f"{before}{MARKS[0]}{text}{MARKS[1]}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.science", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(TITLES)}; all if none is named")
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    parser.add_argument("--quick", action="store_true", help="two short rounds: does it run?")
    parser.add_argument("--page", action="store_true", help=f"write the table of {PAGE.name}")
    options = parser.parse_args()
    if options.page and options.rows:
        parser.error("--page writes all rows: name none")
    unknown = [row for row in options.rows if row not in TITLES]
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(TITLES)}")
    wanted = options.rows or list(TITLES)
    rounds, seconds = (2, 0.02) if options.quick else (max(options.rounds, 2), 0.2)

    contestants = {name: Contestant(name) for name in CONTESTANTS}
    runs: Runs = {}
    for _ in tqdm(range(rounds), desc="rounds", disable=None):
        for row in tqdm(wanted, desc="rows", leave=False, disable=None):
            for name, contestant in contestants.items():
                if row in contestant.rows:
                    runs.setdefault((row, name), []).append(contestant.run(row, seconds))
    for contestant in contestants.values():
        contestant.end()
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"{rounds} rounds, {load}; peers: times of a call; of a first call and a hundred more"
    )
    lines, behind = table(wanted, runs)
    print("\n".join(lines))
    if options.page:
        write(lines)
    print("\nPeers are ahead in:" if behind else "\nNo peer is ahead anywhere.")
    for line in behind:
        print(f"- {line}")


if __name__ == "__main__":
    main()
