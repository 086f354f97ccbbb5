"""Mutation testing: the code is changed in one place at a time; do tests notice?

    pip install 'cosmic-ray>=8.3'
    python tests/mutation.py nn/optim.py autograd_lite/chain_rule.py

By hand, before a release, for what has changed much: each mutant takes a run of the tests that are
named here, seconds to a minute, until one fails. Works on a copy. Prints each mutant that survived
as a diff; a person says whether it is equivalent, or a test is missing.

cosmic-ray starts a new process for each mutant. (mutmut is faster, since it forks after the import;
what is computed at import time, as the operators of `Value` are, it does not see changed.)
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = {"AUTOGRAD_LITE_BACKEND": "python"}  # where the native engine has code of its own
GRAPHS = "test_graph test_numbers test_anomaly test_nested_transforms test_transforms"
TRACES = "test_compile_order test_own_primitives test_compile"
TESTS = {  # of each module, those that should notice first
    "autograd_lite/value.py": (f"{GRAPHS} test_scopes test_words test_micrograd", PYTHON),
    "autograd_lite/chain_rule.py": (f"{GRAPHS} test_micrograd", PYTHON),
    "autograd_lite/derivatives.py": (f"test_derivatives {GRAPHS} test_gradient_graph", PYTHON),
    "autograd_lite/transforms.py": (
        "test_transforms test_nested_transforms test_derivatives test_structure", PYTHON,
    ),
    "autograd_lite/compiler/simplify.py": (f"{TRACES} test_compile_random", {}),
    "autograd_lite/compiler/schedule.py": (TRACES, {}),
    "autograd_lite/compiler/tape.py": (f"{TRACES} test_saving test_tape_native", {}),
    "autograd_lite/compiler/interpreter.py": (f"{TRACES} test_tape_native", PYTHON),
    "nn/optim.py": ("test_optim", {}),
    "nn/training/loop.py": ("test_training test_measured", {}),
    "nn/training/clipping.py": ("test_optim", {}),
    "nn/training/schedules.py": ("test_optim test_training", {}),
    "nn/training/splits.py": ("test_measured test_training", {}),
    "autograd_lite/views/graph/folding.py": ("test_folding", PYTHON),
    "autograd_lite/views/graph/leaves.py": ("test_folding", PYTHON),
    "autograd_lite/views/graph/opening.py": ("test_folding", PYTHON),
}  # fmt: skip
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


def session_of(module: str, folder: Path, timeout: float) -> Path:
    """Run all mutants of a module on a copy of this checkout; the file with the results."""
    for name in COPIED.split():
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / name)
    tests, more = TESTS[module]
    files = [f"tests/{name}.py" for name in tests.split()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    configuration, session = folder / "mutation.toml", folder / "session.sqlite"
    configuration.write_text(
        CONFIGURATION.format(
            module=module,
            timeout=timeout,
            command=shlex.join(command),
            pairs="|".join(PAIRS.split()),
        )
    )
    environment = {**os.environ, **more, "PYTHONPATH": str(folder)}
    for step in (
        ["cosmic-ray", "baseline", configuration],
        ["cosmic-ray", "init", configuration, session],
        ["cr-filter-operators", session, configuration],
        ["cosmic-ray", "exec", configuration, session],
    ):
        subprocess.run(step, cwd=folder, env=environment, check=True)
    return session


def report(module: str, session: Path) -> Counter[str]:
    """Print the survivors of a module; how many there are of each outcome."""
    from cosmic_ray.work_db import WorkDB, use_db

    counts: Counter[str] = Counter()
    with use_db(session, WorkDB.Mode.open) as work:
        for _, result in work.completed_work_items:
            outcome = result.test_outcome.value if result.test_outcome else "skipped"
            counts[outcome] += 1
            if outcome == "survived":
                print(result.diff)
    print(f"{module}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items())}")
    return counts


def main(modules: list[str]) -> None:
    if not modules or not {*modules} <= TESTS.keys():
        sys.exit(f"{__doc__}\nThe modules:\n  " + "\n  ".join(TESTS))
    for module in modules:
        with tempfile.TemporaryDirectory() as folder:
            report(module, session_of(module, Path(folder), 120.0))


if __name__ == "__main__":
    main(sys.argv[1:])
