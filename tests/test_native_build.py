"""How the native engine is built: files of C that stand alone, an archive that holds them all."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite import native

ROOT = Path(__file__).parents[1]
NATIVE = ROOT / "autograd_lite" / "native"
PARTS = sorted(path for ending in ("c", "h", "inc") for path in NATIVE.glob(f"*.{ending}"))
FRAGMENTS = (
    "formulas.inc",
    "lane_coefficients.inc",
    "loop_steps.inc",
    "rules.inc",
    "special.inc",
)  # others include them, and say how
STANDALONE = [path for path in PARTS if path.name not in FRAGMENTS]
INCLUDE = sysconfig.get_path("include")
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]


@pytest.mark.slow
@pytest.mark.skipif(
    not COMPILERS or not Path(INCLUDE, "Python.h").exists(),
    reason="no gcc or clang, or no Python.h",
)
@pytest.mark.parametrize("part", STANDALONE, ids=lambda path: path.name)
def test_each_part_includes_what_it_uses(part):
    for compiler in COMPILERS:
        command = [compiler, "-std=c11", "-fsyntax-only", "-x", "c", f"-I{INCLUDE}", str(part)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr


def test_each_header_has_a_guard_of_its_own():
    guards = {
        f"AUTOGRAD_LITE_{p.name.upper().replace('.', '_')}": p
        for p in STANDALONE
        if p.suffix != ".c"
    }
    for guard, part in guards.items():
        text = part.read_text(encoding="utf-8")
        assert f"#ifndef {guard}\n#define {guard}\n" in text, part.name
    assert len(guards) > 15


def test_lines_written_by_hand_have_at_most_100_columns():
    for part in PARTS:
        if part.suffix != ".inc":
            lines = part.read_text(encoding="utf-8").splitlines()
            assert max(map(len, lines)) <= 100, part.name


def test_the_engine_is_small():
    if ag.NativeValue is None:
        pytest.skip("the native engine is not built")
    built = Path(native.engine.__file__).read_bytes()
    if b"__asan_init" in built:
        pytest.skip("it is built with sanitizers")
    assert len(built) < 2.5e6
    assert b".debug_info" not in built


@pytest.mark.slow
def test_the_source_archive_holds_every_part(tmp_path):
    pytest.importorskip("setuptools", minversion="77")  # older ones do not know our licence field
    if not (ROOT / "setup.py").exists():
        pytest.skip("the tests are not in a checkout")
    command = [sys.executable, "setup.py", "-q", "egg_info", f"--egg-base={tmp_path}", "sdist"]
    done = subprocess.run(
        [*command, f"--dist-dir={tmp_path}"], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "AUTOGRAD_LITE_NATIVE": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        names = {Path(name).name for name in files.getnames() if "/native/" in name}
    assert {part.name for part in PARTS} <= names
