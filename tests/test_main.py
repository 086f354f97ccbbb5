"""python -m autograd_lite, as a user would run it."""

import csv
import re
import subprocess
import sys

import pytest


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "autograd_lite", *arguments],
        capture_output=True, text=True, cwd=cwd, timeout=120,
    )  # fmt: skip


def test_it_trains_on_iris_and_says_where_things_are(tmp_path):
    done = run(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    accuracy = float(re.search(r"test accuracy ([\d.]+)%", done.stdout)[1])
    assert accuracy >= 93.0
    curve = re.search(r"loss curve: (\S+)", done.stdout)[1]
    graph = re.search(r"graph of one prediction .*: (\S+)", done.stdout)[1]
    assert (tmp_path / curve).stat().st_size > 100
    assert "P(" in (tmp_path / graph).read_text(encoding="utf-8")
    written = (tmp_path / "autograd_lite_output" / "loss.csv").read_text()
    rows = list(csv.reader(written.splitlines()))
    assert rows[0] == ["epoch", "loss"]
    assert float(rows[-1][1]) < 0.2 * float(rows[1][1])


def test_the_same_seed_gives_the_same_run(tmp_path):
    options = ("--epochs", "3", "--seed", "7", "--data", "moons", "--layers", "6,4")
    first, second = (re.sub(r"\(.* s\)", "", run(*options, cwd=tmp_path).stdout) for _ in range(2))
    assert first == second
    assert "160 samples to train on, 40 held out" in first


def test_help_explains_every_option(tmp_path):
    text = run("--help", cwd=tmp_path).stdout
    for option in ("--data", "--layers", "--epochs", "--batch", "--lr", "--seed", "--output"):
        assert option in text
    assert "default: 60" in text


@pytest.mark.parametrize(
    "options",
    [("--epochs", "0"), ("--epochs", "many"), ("--layers", "8,0"), ("--layers", ""), ("--lr", "0"),
     ("--lr", "nan"), ("--data", "mnist"), ("--seed", "x"), ("--nonsense",), ("--batch", "-1"),
     ("--output", "/dev/null/x")],
)  # fmt: skip
def test_a_bad_option_gets_one_line_and_exit_code_2(tmp_path, options):
    done = run(*options, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert options[0] in done.stderr
    assert not done.stdout


def test_a_diverging_run_says_what_to_do(tmp_path):
    done = run("--lr", "1e308", "--epochs", "5", cwd=tmp_path)
    assert done.returncode == 1
    assert "try a smaller --lr" in done.stderr
    assert "epoch" in done.stderr  # where it happened
    assert len(done.stderr.strip().splitlines()) == 1
