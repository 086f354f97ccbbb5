"""python -m benchmarks: what gradients cost, beside peers doing the same work in the same run.

Machines are noisy, so the contestants take turns, each in a new process and pinned to one thread;
the tables give medians over the rounds, with quartiles, and ratios taken round by round: to the
native engine, or to the tape where the same program runs many times. All contestants of a case
must agree on the gradients.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

import autograd_lite as ag

from . import cases, readme, replays  # noqa: F401 (importing them registers what they measure)
from .registry import BASES, CASES, KERNELS, NATIVE, NOTES, PARTS, PYTHON, TAPE, TITLES, UNITS

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1") | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"
}
PICTURE = Path("benchmarks.svg")
INSTRUCTIONS = {  # what holds each contestant to a set of instructions of x86-64; ours is KERNELS
    "sse2": {
        KERNELS: "0",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 X86_V3",
        "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2",
    },
    "avx2": {
        KERNELS: "1",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4",
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
    },
    "best": {},
}


VECTORS = (TAPE, "PyTorch tensors", "JAX", "NumPy")
"""How the names of contestants begin whose time depends on that set."""


def measured(*arguments: str, patience: float, instructions: str = "best") -> Any:
    """What `python -m benchmarks.measure` prints within `patience` seconds."""
    command = [sys.executable, "-m", "benchmarks.measure", *arguments]
    alone = {"AUTOGRAD_LITE_BACKEND": "python"} if PYTHON in arguments else {}  # loads no C
    held = dict(INSTRUCTIONS[instructions])
    held["XLA_FLAGS"] = f"{THREADS['XLA_FLAGS']} {held.get('XLA_FLAGS', '')}"
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env={**os.environ, **THREADS, **held, **alone},
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        return {"slow": f"not done after {patience:.0f} s"}
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr else done.returncode}
    return json.loads(done.stdout.splitlines()[-1])


def spread(numbers: list[float]) -> str:
    """Median and quartiles, to three digits."""
    low, middle, high = readme.quartiles(numbers)
    return f"{_short(middle)} ({_short(low)} to {_short(high)})"


def _short(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def problem_of(runs: list[dict[str, Any]]) -> str | None:
    """Why a contestant has no times, if it has none."""
    for run in runs:
        if "missing" in run:
            return f"needs {run['missing']}, which is not there"
        if "seconds" not in run:
            return str(run.get("failed") or run["slow"])
    return None


def times_of(runs: dict[tuple[str, str], list[dict[str, Any]]]) -> readme.Results:
    """The seconds of those that have some, by case and contestant."""
    found: readme.Results = {}
    for (case, name), each in runs.items():
        if problem_of(each) is None:
            found.setdefault(case, {})[name] = [run["seconds"] for run in each]
    return found


def table(case: str, runs: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Print one case; returns the median ratio of each contestant."""
    runs = dict(sorted(runs.items(), key=lambda pair: not pair[0].startswith("autograd_lite")))
    problems = {name: problem_of(found) for name, found in runs.items()}
    wanted = (BASES.get(case, NATIVE), NATIVE, PYTHON, *runs)
    ours = next((name for name in wanted if problems.get(name, "absent") is None), None)
    unit, scale = UNITS.get(case, ("milliseconds", 1e3))
    print(f"\n### {TITLES[case]}\n\n| | {unit} | times {ours} |\n|---|---|---|")
    times = {
        name: [run["seconds"] / PARTS[case, name] for run in found]
        for name, found in runs.items()
        if problems[name] is None
    }
    ratios = {}
    for name, found in runs.items():
        if problems[name]:
            print(f"| {name} | {problems[name]} | |")
            continue
        got, check = found[0]["check"], runs[str(ours)][0]["check"]
        assert got != got or abs(got - check) <= 1e-6 * (1.0 + abs(check)), (case, name, got, check)
        relative = [s / b for s, b in zip(times[name], times[str(ours)])]
        ratios[name] = statistics.median(relative)
        print(f"| {name} | {spread([s * scale for s in times[name]])} | {spread(relative)} |")
    if case in NOTES:
        print(f"\n{NOTES[case]}")
    return ratios


def nodes() -> None:
    """Bytes per node and nanoseconds per node of the plain loops, and the time of the import."""
    code = (
        "import json, tracemalloc, autograd_lite as ag\n"
        "from benchmarks.cases import mlp_loss, net_numbers\n"
        "V = ag.{kind}Value\n"
        "numbers, samples = net_numbers()\n"
        "net = [[([V(w) for w in ws], V(b)) for ws, b in layer] for layer in numbers]\n"
        "tracemalloc.start()\n"
        "y = mlp_loss(net, samples * {times}, lambda v: v.relu())\n"
        "n = len(ag.topological_order(y))\n"
        "del V\n"
        "print(json.dumps([n, {memory}]))"
    )
    print("\n### Memory of a node, and the import\n")
    for kind, memory in (
        ("Native", "(m := ag.native.engine.memory())['block'] * (m['blocks'] - m['empty'])"),
        ("Python", "tracemalloc.get_traced_memory()[0]"),
    ):
        if kind == "Native" and ag.NativeValue is None:
            continue
        program = code.format(kind=kind, memory=memory, times=10)
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        count, used = json.loads(done.stdout)
        print(f"- {kind} engine: {used / count:.0f} bytes per node ({count:,} nodes)")
    times: dict[str, list[float]] = {"pass": [], "import autograd_lite": []}
    for _ in range(15):
        for line, found in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", line], check=True)
            found.append((time.perf_counter() - start) * 1e3)
    extra = [b - a for a, b in zip(*times.values())]
    print(f"- `import autograd_lite`: {spread(extra)} ms more than the bare interpreter")


def steady() -> None:
    """Whether a thousand steps of the GPT stay as fast as the first ones."""
    code = (
        "import time, statistics, autograd_lite as ag\n"
        "from benchmarks.cases import gpt_of_values\n"
        "work, times = gpt_of_values(ag.Value), []\n"
        "for _ in range(1000):\n"
        "    start = time.perf_counter(); work(); times.append(time.perf_counter() - start)\n"
        "m = statistics.median\n"
        "print(f'{m(times[:100]) * 1e3:.2f} {m(times[-100:]) * 1e3:.2f}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, last = done.stdout.split()
    print(f"- 1,000 GPT steps: the first 100 take {first} ms each, the last 100 {last} ms")


def draw(ratios: dict[str, dict[str, float]]) -> None:
    """A picture of all ratios."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return
    import matplotlib

    matplotlib.rcParams["svg.hashsalt"] = "autograd_lite"
    rows = [(case, n, r) for case, found in ratios.items() for n, r in found.items()]
    figure = Figure(figsize=(8, 0.24 * (len(rows) + len(ratios)) + 0.8), layout="constrained")
    axes = figure.add_subplot()
    place, labels = 0.0, []
    for case, found in ratios.items():
        place += 1
        axes.text(0.011, place, case.replace("_", " "), weight="bold", va="center")
        labels.append((place, ""))
        for name, ratio in sorted(found.items(), key=lambda pair: pair[1]):
            place += 1
            ours = name.startswith("autograd_lite")
            axes.plot([0.01, ratio], [place, place], color="#e5e7eb", linewidth=1, zorder=1)
            axes.scatter([ratio], [place], color="#1a5fbd" if ours else "#b34a00", zorder=2)
            axes.text(ratio * 1.25, place, _short(ratio), va="center", fontsize=8)
            labels.append((place, name))
    axes.set(xscale="log", xlim=(0.01, None), ylim=(place + 1, 0))
    axes.set_xlabel("time, relative to autograd_lite's line at 1 (less is faster)")
    axes.set_yticks([p for p, _ in labels], [n for _, n in labels], fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.axvline(1.0, color="#1a5fbd", linewidth=0.8, zorder=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.savefig(PICTURE, metadata={"Date": None})
    print(f"\npicture: {PICTURE}")


def by_instructions(wanted: list[str], rounds: int, seconds: str, patience: float) -> None:
    """Print a table for each case: whoever uses vectors, with each set of instructions."""
    for case in tqdm(wanted, desc="cases", disable=None):
        names = [name for name in CASES[case] if name.startswith(VECTORS)]
        pairs = [(name, held) for name in names for held in INSTRUCTIONS]
        runs: dict[tuple[str, str], list[dict[str, Any]]] = {pair: [] for pair in pairs}
        for _ in tqdm(range(rounds), desc="rounds", leave=False, disable=None):
            for name, held in pairs:
                if not problem_of(runs[name, held]):
                    run = measured(case, name, seconds, patience=patience, instructions=held)
                    runs[name, held].append(run)
        unit, scale = UNITS.get(case, ("milliseconds", 1e3))
        print(f"\n### {TITLES[case]}, {unit}\n\n| | {' | '.join(INSTRUCTIONS)} |")
        print("|---" * (1 + len(INSTRUCTIONS)) + "|")
        for name in names:
            cells = [
                problem_of(runs[name, held])
                or spread([r["seconds"] / PARTS[case, name] * scale for r in runs[name, held]])
                for held in INSTRUCTIONS
            ]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; all if none is named")
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    parser.add_argument("--quick", action="store_true", help="one short round: does it run?")
    parser.add_argument(
        "--instructions", choices=[*INSTRUCTIONS, "each"], default="best",
        help="the set that all contestants are held to; `each`: the tape's cases with every set",
    )  # fmt: skip
    parser.add_argument("--readme", action="store_true", help="write the tables of both READMEs")
    options = parser.parse_args()
    unknown = [case for case in options.cases if case not in CASES]
    if unknown:
        parser.error(f"no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    rounds = 1 if options.quick else max(options.rounds, 2)
    seconds, patience = ("0.02", 30.0) if options.quick else ("0.3", 120.0)
    wanted = options.cases or list(CASES)
    if options.instructions == "each":
        by_instructions([case for case in wanted if TAPE in CASES[case]], rounds, seconds, patience)
        return

    pairs = [(case, name) for case in wanted for name in CASES[case]]
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {pair: [] for pair in pairs}
    for _ in tqdm(range(rounds), desc="rounds", disable=None):
        for pair in tqdm(pairs, desc="contestants", leave=False, disable=None):
            if not problem_of(runs[pair]):
                runs[pair].append(
                    measured(*pair, seconds, patience=patience, instructions=options.instructions)
                )
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"{rounds} rounds; milliseconds, median (quartiles)"
    )
    ratios = {
        case: table(case, {name: runs[case, name] for name in CASES[case]}) for case in wanted
    }
    readme.keep(times_of(runs))
    if options.readme:
        readme.write(json.loads(readme.KEPT.read_text()))
    if not options.cases:
        nodes()
        if not options.quick:
            steady()
            draw(ratios)
    broken = [
        f"{name} failed at {case}"
        for (case, name), found in runs.items()
        if name.startswith("autograd_lite") and any("failed" in run for run in found)
    ]
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
