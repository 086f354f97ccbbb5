"""Imports point one way; import-linter checks it, and notices an import that points up."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="import-linter is not installed")
ROOT = Path(__file__).parents[1]


def lint(folder):
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    return run.returncode, run.stdout + run.stderr


@pytest.fixture
def copy(tmp_path):
    for package in ("autograd_lite", "nn"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.so")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_point_one_way(copy):
    code, text = lint(copy)
    assert code == 0, text
    assert "4 kept, 0 broken" in text


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("autograd_lite/chain_rule.py", "from . import value", "autograd_lite.value"),
        ("autograd_lite/value.py", "def f():\n    from .compiler import tape", "compiler.tape"),
        ("autograd_lite/compiler/tape.py", "from ..views import text", "autograd_lite.views"),
        ("autograd_lite/views/text.py", "from .stepper import steps", "stepper"),
        ("nn/losses.py", "def f():\n    from .training import metrics", "nn.training"),
        ("autograd_lite/compiler/tape.py", "def f():\n    from . import compile", "compiler"),
    ],
)
def test_an_import_that_points_up_is_noticed(copy, file, line, told):
    with (copy / file).open("a", encoding="utf-8") as text:
        text.write(f"\n\n{line}\n")
    code, text = lint(copy)
    assert code == 1, text
    assert "BROKEN" in text
    assert told in text
