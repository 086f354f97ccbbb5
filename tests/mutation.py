"""Mutation testing: the code is changed in one place at a time; do tests notice?

    pip install 'cosmic-ray>=8.3'
    python tests/mutation.py nn/optim.py autograd_lite/chain_rule.py
    python tests/mutation.py --sample 60 nn/optim.py    # 60 of the mutants, the same ones each time

By hand, before a release, for what has changed much: each mutant takes a run of the tests that are
named here, seconds to a minute, until one fails. Works on a copy. Prints as a diff each mutant that
survived, or ran out of time; a person says whether it is equivalent, or a test is missing. Ctrl-C
ends with a report.

cosmic-ray starts a new process for each mutant. (mutmut is faster, since it forks after the import;
what is computed at import time, as the operators of `Value` are, it does not see changed.)
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = {"AUTOGRAD_LITE_BACKEND": "python"}  # where the native engine has code of its own
GRAPHS = "test_graph test_numbers test_anomaly test_nested_transforms test_transforms"
TRACES = "test_compile_order test_own_primitives test_compile"
BATCHES = "test_loops_in_batches test_saving_loops test_fit_sequences"
TESTS = {  # of each module, those that should notice first
    "autograd_lite/value.py": (f"{GRAPHS} test_scopes test_words test_micrograd", PYTHON),
    "autograd_lite/chain_rule.py": (f"{GRAPHS} test_micrograd", PYTHON),
    "autograd_lite/derivatives.py": (f"test_derivatives {GRAPHS} test_gradient_graph", PYTHON),
    "autograd_lite/random_states.py": ("test_training test_randomness test_measured", {}),
    "autograd_lite/transforms.py": (
        "test_transforms test_structure test_derivatives test_compile_frozen test_gradient_graph "
        "test_nested_transforms test_graph", PYTHON,
    ),
    "autograd_lite/compiler/simplify.py": (
        "test_lowering test_own_primitives test_compile_order", {},
    ),
    "autograd_lite/compiler/schedule.py": (f"test_lowering {TRACES}", {}),
    "autograd_lite/compiler/tape.py": (f"test_lowering test_saving test_tape_native {TRACES}", {}),
    "autograd_lite/compiler/loops.py": (f"test_compile_loops {BATCHES}", {}),
    "autograd_lite/compiler/loop_gradients.py": (f"test_compile_loops {BATCHES}", {}),
    "autograd_lite/compiler/interpreter.py": (f"{TRACES} test_tape_native", PYTHON),
    "autograd_lite/compiler/randomness.py": ("test_randomness", {}),
    "nn/modes.py": ("test_nn_modules test_randomness test_measured test_training", {}),
    "nn/optim.py": ("test_optim", {}),
    "nn/training/loop.py": ("test_training test_measured", {}),
    "nn/training/objective.py": ("test_training test_fit_sequences test_watch test_measured", {}),
    "nn/training/metrics.py": ("test_classes test_selection test_measured test_training", {}),
    "nn/training/samples.py": ("test_selection test_measured test_fit_sequences", {}),
    "nn/training/clipping.py": ("test_optim", {}),
    "nn/training/schedules.py": ("test_optim test_measured", {}),
    "nn/training/splits.py": ("test_selection test_measured", {}),
    "autograd_lite/views/graph/folding.py": ("test_folding", PYTHON),
    "autograd_lite/views/graph/leaves.py": ("test_folding", PYTHON),
    "autograd_lite/views/graph/opening.py": ("test_folding", PYTHON),
}  # fmt: skip
SLOW = (  # and no more likely than others to notice
    "test_nested_transforms.py::test_random_nests_agree_with_jax",
    "test_structure.py::test_against_jax",
    "test_training.py::test_real_data_are_learned_as_well_as_elsewhere",
)
# Of the operators that may stand for another: one that does something else, and the one beside it.
PAIRS = (
    "Add_Sub Sub_Add Mul_Div Div_Mul Mod_Mul FloorDiv_Mul Pow_Mul Lt_LtE LtE_Lt Gt_GtE GtE_Gt "
    "Lt_GtE LtE_Gt Gt_LtE GtE_Lt Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is USub_UAdd Delete_Not"
)
CONFIGURATION = """
[cosmic-ray]
module-path = "{module}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/Replace(Binary|Comparison|Unary)Operator_(?!({pairs})$).*"]
"""
COPIED = "autograd_lite nn tests examples docs conftest.py pyproject.toml setup.py README.md"


def session_of(module: str, folder: Path, size: int | None) -> Path:
    """Run the mutants of a module on a copy of this checkout; the file with the results."""
    for name in COPIED.split():
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / name)
    tests, more = TESTS[module]
    files = [*(f"tests/{name}.py" for name in tests.split()), module]  # its docstrings last
    slow = (f"--deselect=tests/{name}" for name in SLOW)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *slow, *files]
    if more is PYTHON:
        for engine in (folder / "autograd_lite" / "native").glob("engine.*"):
            if engine.suffix in (".so", ".pyd"):
                engine.unlink()  # its tests would notice nothing, and take as long again
    environment = {**os.environ, **more, "PYTHONPATH": str(folder)}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # to load them takes as long as most tests
    before = time.monotonic()
    subprocess.run(command, cwd=folder, env=environment, check=True)
    taken = time.monotonic() - before
    configuration, session = folder / "mutation.toml", folder / "session.sqlite"
    configuration.write_text(
        CONFIGURATION.format(
            module=module,
            timeout=10.0 + 4.0 * taken,  # a mutant may loop for ever
            command=shlex.join(command),
            pairs="|".join(PAIRS.split()),
        )
    )

    def step(*command: object) -> None:
        subprocess.run([*map(str, command)], cwd=folder, env=environment, check=True)

    step("cosmic-ray", "init", configuration, session)
    step("cr-filter-operators", session, configuration)
    if size is not None:
        sample(session, size)
    with contextlib.suppress(KeyboardInterrupt):
        step("cosmic-ray", "exec", configuration, session)
    return session


def sample(session: Path, size: int) -> None:
    """Leave out all mutants of a session but `size`, drawn with a fixed seed."""
    from cosmic_ray.work_db import WorkDB, use_db
    from cosmic_ray.work_item import WorkerOutcome, WorkResult

    with use_db(session, WorkDB.Mode.open) as work:
        mutants = sorted(work.pending_work_items, key=lambda mutant: str(mutant.mutations))
        random.Random(0).shuffle(mutants)
        omitted = [mutant.job_id for mutant in mutants[size:]]
        work.set_multiple_results(omitted, WorkResult(WorkerOutcome.SKIPPED))


def report(module: str, session: Path) -> Counter[str]:
    """Print the survivors of a module; how many there are of each outcome."""
    from cosmic_ray.work_db import WorkDB, use_db

    counts: Counter[str] = Counter()
    with use_db(session, WorkDB.Mode.open) as work:
        for _, result in work.completed_work_items:
            outcome = result.test_outcome.value if result.test_outcome else "skipped"
            if result.output == "timeout":  # it may loop for ever, or the machine was busy
                outcome = "killed by the time limit"
            counts[outcome] += 1
            if outcome not in ("killed", "skipped"):
                print(f"{outcome}:\n{result.diff}")
    print(f"{module}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items())}")
    return counts


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="The modules:\n  " + "\n  ".join(TESTS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sample", type=int, metavar="N", help="N mutants of each module")
    parser.add_argument("modules", nargs="+", choices=TESTS, metavar="MODULE")
    options = parser.parse_args(arguments)
    for module in options.modules:
        with tempfile.TemporaryDirectory() as folder:
            report(module, session_of(module, Path(folder), options.sample))


if __name__ == "__main__":
    main(sys.argv[1:])
