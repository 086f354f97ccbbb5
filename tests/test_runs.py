"""Which tests a run has: CI leaves out what has passed before, and no more than that."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent
TESTS = """
import pytest
from hypothesis import given
from hypothesis import strategies as st

def test_usual():
    pass

@pytest.mark.slow
def test_slow():
    pass

def test_with_sizes(full_or_quick):
    assert full_or_quick(3, 1) == 1

@given(st.integers())
def test_with_random_examples(n):
    pass

def test_with_a_package():
    pytest.importorskip("a_package_that_nobody_has")
"""
QUICK = {"usual": "passed", "with_sizes": "passed", "with_random_examples": "passed"}
SKIPPED = {"with_a_package": "skipped"}

WORKERS = ("-n", "2")


@pytest.fixture
def run(tmp_path):
    """A function of options: the outcome of each test that a run with them has."""
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")

    def outcomes(*options):
        (tmp_path / "told.xml").unlink(missing_ok=True)  # of the run before
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--junitxml=told.xml", *options],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert (tmp_path / "told.xml").exists(), done.stdout + done.stderr
        tests = ElementTree.parse(tmp_path / "told.xml").iter("testcase")
        return {
            test.get("name").removeprefix("test_"): test[0].tag if len(test) else "passed"
            for test in tests
        }

    return outcomes


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), WORKERS], ids=["alone", "two workers"])
def test_of_two_runs_each_test_has_a_part(run, workers):
    assert run("--note-passed=passed", *workers) == {**QUICK, **SKIPPED}
    second = run("--everything", "--leave-out=passed", "--no-skips", *workers)
    assert second == {"slow": "passed", "with_a_package": "failure"}


@pytest.mark.slow
def test_the_other_engine_can_be_left_out(run, tmp_path):
    (tmp_path / "test_some.py").write_text("def test_engine(Value): pass", encoding="utf-8")
    both = run()
    assert "engine[python]" in both
    assert run("--native") == {name: x for name, x in both.items() if "python" not in name}


@pytest.mark.slow
def test_everything_has_full_sizes_unless_others_are_wanted(run):
    assert run("--everything")["with_sizes"] == "failure"
    assert run("--everything", "--sizes=quick")["with_sizes"] == "passed"


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["--slow", "test_some.py", "-k=test", "-m=slow or not slow"])
def test_slow_tests_run_if_they_are_asked_for(run, choice):
    assert run(choice, *WORKERS) == {**QUICK, **SKIPPED, "slow": "passed"}
