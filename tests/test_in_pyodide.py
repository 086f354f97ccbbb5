"""Python in a page (Pyodide, here in Node.js): programs and optimisers run in JavaScript there."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "tests" / "in_pyodide.py"
RUN = """
import { loadPyodide } from "PYODIDE/pyodide.mjs";
const python = await loadPyodide({ stdout: (line) => console.log(line) });
for (const [name, root] of Object.entries(FOLDERS)) {
  python.FS.mkdirTree(`/program/${name}`);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, `/program/${name}`);
}
python.runPython(`import sys; sys.path.insert(0, "/program"); sys.dont_write_bytecode = True`);
try {
  python.runPython(python.FS.readFile("/program/tests/in_pyodide.py", { encoding: "utf8" }));
} catch (error) {
  console.error(error.message); // without the line of Pyodide's source that it came through
  process.exit(1);
}
"""


@pytest.fixture(scope="module")
def pyodide():
    """The folder of Pyodide, as the site that runs the notebooks uses it."""
    if importlib.util.find_spec("jupyterlite_pyodide_kernel") is None:
        pytest.skip("jupyterlite_pyodide_kernel is not installed (extra [lite])")
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("Node.js is not installed; Pyodide comes from there, and runs in it")
    spec = importlib.util.spec_from_file_location("lite", ROOT / "notebooks" / "lite.py")
    lite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lite)
    return lite.from_npm(f"pyodide@{lite.pyodide_version()}")


@pytest.fixture(scope="module")
def found(pyodide, tmp_path_factory):
    """What the program prints there, and here."""
    script = tmp_path_factory.mktemp("node") / "run.mjs"
    folders = {name: (ROOT / name).as_posix() for name in ("autograd_lite", "nn", "tests")}
    folders["tqdm"] = Path(importlib.util.find_spec("tqdm").origin).parent.as_posix()
    text = RUN.replace("PYODIDE", pyodide.as_posix()).replace("FOLDERS", json.dumps(folders))
    script.write_text(text, encoding="utf-8")
    there = subprocess.run(["node", script], capture_output=True, text=True, timeout=900)
    assert there.returncode == 0, there.stderr[-1000:]
    here = subprocess.run(
        [sys.executable, PROGRAM], capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "AUTOGRAD_LITE_BACKEND": "python"},
    )  # fmt: skip
    assert here.returncode == 0, here.stderr[-1000:]
    return json.loads(there.stdout.splitlines()[-1]), json.loads(here.stdout.splitlines()[-1])


def agree(x, y):
    return math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) or (x != x and y != y)


PARTS = ["programs", "batches", "guards", "at_the_edge", "own_primitives", "trainings"]


@pytest.mark.parametrize("part", PARTS)
def test_the_numbers_are_those_of_cpython(found, part):
    there, here = (each["engine"][part] for each in found)
    assert len(there) == len(here) > 0
    assert [(x, y) for x, y in zip(there, here) if not agree(x, y)] == []


@pytest.mark.parametrize("part", PARTS)
def test_and_of_the_reference_interpreter(found, part):
    there = found[0]
    one, other = there["engine"][part], there["interpreter"][part]
    assert [(x, y) for x, y in zip(one, other) if not agree(x, y)] == []


def test_what_javascript_cannot_do_is_interpreted_and_nothing_else(found):
    there, here = found
    assert there["in a page"]
    assert not here["in a page"]
    assert there["left to the interpreter"] == []  # around a function of a user, too
    assert there["interpreted"] == 0


def test_leaves_of_an_engine_of_ones_own_are_not_for_the_browser(monkeypatch):
    """They have `data` alone: an optimiser's step is left to the Python code."""
    from array import array

    from autograd_lite import modes
    from autograd_lite.compiler.browser import FEWEST, formula

    class Node:
        op, data, grad = None, 0.5, 1.0

    monkeypatch.setattr(modes, "active", False)  # as in a page, which has no native engine
    leaves = [Node() for _ in range(FEWEST)]
    assert formula(None, leaves, [], array("d", [0.1])) is NotImplemented
