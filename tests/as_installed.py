"""Test the package that is installed, not the sources: python tests/as_installed.py [options]

The tests of the engine, of the compiler and of nn are copied into an empty folder and run there, so
that Python finds the installed package and nothing of this checkout. First of all the native engine
must be in use: where it is missing, broken, or built from another table, nothing is run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent
TAKEN = (
    "test_compile", "test_compile_loops", "test_compile_random", "test_columns", "test_complex",
    "test_elementwise", "test_fixtures", "test_gradcheck", "test_graph", "test_jacobians",
    "test_layout", "test_linalg", "test_losses", "test_native", "test_native_stale", "test_nn",
    "test_nn_modules", "test_numbers", "test_optim", "test_random_graphs", "test_saving",
    "test_scopes", "test_size", "test_source", "test_special", "test_stepper", "test_table",
    "test_tape_native", "test_transforms",
)  # fmt: skip

CHECK = """
import pathlib, sys, autograd_lite, nn
for package in (autograd_lite, nn):
    where = pathlib.Path(package.__file__).resolve()
    assert pathlib.Path(sys.argv[1]) not in where.parents, f"{where} is in the checkout"
assert autograd_lite.backend == "native", autograd_lite.backend
print("testing", pathlib.Path(autograd_lite.__file__).parent)
"""


def main(options: list[str]) -> int:
    environment = {x: y for x, y in os.environ.items() if x != "PYTHONPATH"}
    with tempfile.TemporaryDirectory() as folder:
        tests = Path(folder, "tests")
        tests.mkdir()
        for path in TESTS.iterdir():
            if path.is_dir() and path.name == "fixtures":
                shutil.copytree(path, tests / path.name)
            elif path.suffix == ".py" and (path.stem in TAKEN or path.stem[:5] != "test_"):
                shutil.copy(path, tests)
        (tests / Path(__file__).name).unlink()
        commands = (
            [sys.executable, "-c", CHECK, str(TESTS.parent.resolve())],
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(tests)],
        )
        for command in commands:
            code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
