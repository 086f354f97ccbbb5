"""What type checkers make of user programs, with the package as pip installs it.

Programs in `typing/` called right_* give no error, and run; of those called wrong_*, exactly the
lines that are marked as wrong are reported. Both mypy and pyright are asked, as they come.
"""

import ast
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

import autograd_lite
import nn
from autograd_lite import stub

ROOT = Path(__file__).parent.parent
PROGRAMS = sorted(Path(__file__).parent.glob("typing/*.py"))


def run(*command, **options):
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=600, **options
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python that has the package from a wheel, and else what this one has."""
    pytest.importorskip("setuptools", reason="setuptools is not installed")
    if not (find_spec("wheel") or find_spec("setuptools.command.bdist_wheel")):
        pytest.skip("wheels are made by setuptools from 70.1 on, or with the package wheel")
    folder = tmp_path_factory.mktemp("typing")
    source, wheels, home = folder / "source", folder / "wheels", folder / "venv"
    compiled = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    for name in ("autograd_lite", "nn"):
        shutil.copytree(ROOT / name, source / name, ignore=compiled)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    done = run(*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels, source,
               env={**environment(), "AUTOGRAD_LITE_NATIVE": "none"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    venv.create(home, symlinks=True)
    [packages] = [*home.glob("lib/*/site-packages"), *home.glob("Lib/site-packages")]
    [wheel] = wheels.glob("*.whl")
    done = run(*pip, "install", "-q", "--no-deps", "--target", packages, wheel)
    assert done.returncode == 0, done.stderr
    (packages / "else.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    [python] = [*home.glob("bin/python"), *home.glob("Scripts/python.exe")]
    return python


def environment():
    """Without a path to the source, which the checkers would prefer to what is installed."""
    source = ("PYTHONPATH", "MYPYPATH")
    own = {name: x for name, x in os.environ.items() if name not in source}
    return {**own, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}  # that there is a newer one


def mypy(python, folder, programs):
    pytest.importorskip("mypy", reason="mypy is not installed (extra [dev])")
    done = run(sys.executable, "-m", "mypy", "--config-file=", f"--python-executable={python}",
               f"--cache-dir={folder}", *programs, env=environment(), cwd=folder)  # fmt: skip
    assert not done.stderr, done.stderr
    for line in done.stdout.splitlines():
        error = re.match(r"(.+\.py):(\d+): error: (.*)", line)
        if error:
            yield Path(error[1]).name, int(error[2]), error[3]


def pyright(python, folder, programs):
    scripts = sysconfig.get_path("scripts")
    program = shutil.which("pyright", path=scripts) or shutil.which("pyright")
    if program is None:
        pytest.skip("pyright is not installed (extra [dev])")
    done = run(program, "--outputjson", "--pythonpath", python, *programs,
               env=environment(), cwd=folder)  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        if found["severity"] == "error":  # star imports from any library give a warning
            line = found["range"]["start"]["line"] + 1
            yield Path(found["file"]).name, line, found["message"]


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_programs_pass_and_the_mistakes_in_wrong_ones_are_found(
    python, checker, tmp_path_factory
):
    folder, reported = tmp_path_factory.mktemp(checker.__name__), {}
    names = folder / "right_names.py"
    every = [f"{p.__name__}.{name}" for p in (autograd_lite, nn) for name in p.__all__]
    names.write_text("import autograd_lite, nn\n" + "".join(f"print({x})\n" for x in every))
    for program, line, message in checker(python, folder, [*PROGRAMS, names]):
        reported.setdefault((program, line), message)
    marked = {
        (program.name, line)
        for program in PROGRAMS
        for line, text in enumerate(program.read_text(encoding="utf-8").splitlines(), start=1)
        if text.endswith("# wrong")
    }
    assert len(marked) > 50
    assert {at: message for at, message in reported.items() if at not in marked} == {}
    assert sorted(marked - reported.keys()) == []


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS if p.name.startswith("right")], ids=lambda p: p.stem
)
def test_right_programs_run(python, program):
    pytest.importorskip("typing_extensions", reason="typing_extensions is not installed")
    pytest.importorskip("graphviz")
    done = run(python, program, env=environment(), cwd=python.parent)
    assert done.returncode == 0, done.stderr


def test_the_stub_is_current():
    for target, parts in stub.TARGETS.items():
        text = target.read_text(encoding="utf-8")
        assert stub.current(text, parts) == text


def test_signatures_in_the_stub_are_those_of_the_functions():
    pytest.importorskip("mypy", reason="mypy is not installed (extra [dev])")
    done = run(sys.executable, "-m", "mypy.stubtest", "autograd_lite", "nn", "--concise",
               "--ignore-missing-stub", "--mypy-config-file=pyproject.toml", cwd=ROOT,
               env={**environment(), "PYTHONPATH": str(ROOT), "AUTOGRAD_LITE_BACKEND": "python"},
               )  # fmt: skip
    assert "build errors" not in done.stdout + done.stderr, done.stdout
    kinds = r"(Primitive|Reduction|special_table\.Row)"
    of_a_row = rf".*variable differs from runtime type autograd_lite\.{kinds}$"
    for_checkers = r"nn\.init\.(Seed|Weight) is not present at runtime$"
    differences = [
        line
        for line in done.stdout.splitlines()
        if re.match(r"(autograd_lite|nn)\.", line)
        if not re.match(f"{of_a_row}|{for_checkers}", line)
        if line.split()[0].split(".")[1] in {*dir(autograd_lite), *nn.__all__}
    ]
    assert differences == []
    assert "autograd_lite.tanh" in done.stdout  # it has looked


def test_what_is_public_is_in_the_stub_and_nothing_else():
    tree = ast.parse(stub.TARGET.read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname for alias in node.names if alias.asname}
        elif isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
    public = {name for name in names if not name.startswith("_")}
    assert public == {name for name in dir(autograd_lite) if not name.startswith("_")} | {
        "NativeValue"
    }


def test_a_star_import_gives_what_it_says():
    space = {}
    exec("from autograd_lite import *", space)
    del space["__builtins__"]
    assert sorted(space) == sorted(autograd_lite.__all__)
    private = {"TABLE", "describe", "plain", "inf", "math", "os", "primitives", "POSITIVE"}
    assert not private & {*space, *dir(autograd_lite)}


def test_public_classes_say_that_they_are_public():
    for name in autograd_lite.__all__:
        public = getattr(autograd_lite, name)
        if inspect.isclass(public):
            assert (public.__module__, public.__qualname__) == ("autograd_lite", name)
