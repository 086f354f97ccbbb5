"""python -m autograd_lite, as a user would run it."""

import csv
import importlib.machinery
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite import doctor, engines


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "autograd_lite", *arguments],
        capture_output=True, text=True, cwd=cwd, timeout=300,
    )  # fmt: skip


@pytest.mark.slow
def test_the_doctor_tries_the_engine_and_each_part(tmp_path):
    done = run("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("gradients", "compiled functions", "nn", "pictures as SVG"):
        assert re.search(rf"^{part} +works$", done.stdout, re.M)
    assert f"engine: {'native' if ag.backend == 'native' else 'Python'}" in done.stdout
    told = [line[35:].split()[0] for line in done.stdout.split("\n\n")[1].splitlines()]
    assert len(told) == len(doctor.PARTS)
    assert {*told} <= {"works", "not"}


def test_the_doctor_says_what_does_not_work(monkeypatch, capsys):
    missing = lambda: importlib.import_module("no_such_module")
    parts = {
        "gradients": (lambda: 1 / 0, ""),
        "nn": (missing, ""),
        "nn.sklearn": (missing, "autograd_lite[sklearn]"),
    }
    monkeypatch.setattr(doctor, "PARTS", parts)
    assert doctor.main() == 1
    told = capsys.readouterr().out
    assert re.search(r"^gradients +FAILS with ZeroDivisionError: division by zero$", told, re.M)
    assert re.search(r"^nn +FAILS with ModuleNotFoundError: .*'no_such_module'$", told, re.M)
    wanted = (
        r"^nn.sklearn +not installed \(no_such_module\): pip install 'autograd_lite\[sklearn\]'$"
    )
    assert re.search(wanted, told, re.M)


def test_a_program_that_is_not_there_is_no_fault(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))  # neither `dot` nor the one that pip installs
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    wanted = "not installed (the program dot): pip install 'autograd_lite[dot]'"
    assert doctor.outcome(*doctor.PARTS["draw_dot"]) == (wanted, False)


@pytest.mark.slow
@pytest.mark.parametrize("damaged", [False, True])
def test_who_has_the_python_engine_is_told_why(tmp_path, damaged):
    """The engine in C is away, as where no compiler was; or what is there cannot be loaded."""
    here = Path(ag.__file__).parents[1]
    for package in ("autograd_lite", "nn"):
        shutil.copytree(here / package, tmp_path / package, ignore=no_engine)
    if damaged:
        suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
        (tmp_path / "autograd_lite" / "native" / f"engine{suffix}").write_bytes(b"no engine")
    environment = {x: y for x, y in os.environ.items() if "AUTOGRAD" not in x} | {
        "PYTHONPATH": str(tmp_path)
    }
    done = subprocess.run(
        [sys.executable, "-m", "autograd_lite", "doctor"],
        capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300,
    )  # fmt: skip
    cause = "cannot be loaded: " if damaged else "is not built here."
    assert f"engine: Python: the native engine {cause}" in done.stdout
    assert "--force-reinstall" in done.stdout
    assert re.search(r"^gradients +works$", done.stdout, re.M)
    assert done.returncode == damaged, done.stdout + done.stderr


@pytest.mark.parametrize(("wanted", "told"), [("", True), ("python", False)])
def test_the_program_says_that_the_engine_is_missing(monkeypatch, wanted, told):
    monkeypatch.setattr(engines, "backend", "python")
    monkeypatch.setattr(engines, "asked_for", wanted)
    assert doctor.engine_missing() is told


def no_engine(folder, names):
    return [name for name in names if name.endswith((".so", ".pyd")) or name == "__pycache__"]


@pytest.mark.slow
def test_it_trains_on_iris_and_says_where_things_are(tmp_path):
    done = run(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    accuracy = float(re.search(r"test accuracy ([\d.]+)%", done.stdout)[1])
    assert accuracy >= 93.0
    assert re.search(r"one prediction: P\(\w+\) = 0\.\d+, truly \w+", done.stdout)
    assert set(os.listdir(tmp_path / "autograd_lite_output")) == {
        "index.html", "loss.csv", "playground.html",
    }  # fmt: skip
    csv_path = re.search(r"the loss of each epoch: (\S+)", done.stdout)[1]
    written = (tmp_path / csv_path).read_text()
    rows = list(csv.reader(written.splitlines()))
    assert rows[0] == ["epoch", "loss"]
    assert float(rows[-1][1]) < 0.2 * float(rows[1][1])


@pytest.mark.slow
@pytest.mark.parametrize("data", ["iris", "moons"])
def test_the_page_shows_training_model_and_predictions(tmp_path, data):
    done = run("--data", data, "--epochs", "8", cwd=tmp_path)
    path = re.search(r"to be opened in a browser: (\S+)", done.stdout)[1]
    page = (tmp_path / path).read_text(encoding="utf-8")
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles[:3] == ["Training", "The model", "All of its neurons"]
    assert titles[3].startswith("A right prediction: sample")
    assert titles[-1] == "One of its neurons"
    charts = re.findall(r'aria-label="([^"]*)"', page)
    assert any(label.startswith("loss: from") for label in charts)
    wanted = r"held-out samples: (\d+ of 30 right|40 samples of 2 classes)"
    assert any(re.match(wanted, label) for label in charts)
    for name in ("train loss", "test loss", "test accuracy"):
        number = re.search(rf"{name} (\S+)", done.stdout)[1]
        assert f"<td>{number}</td>" in page  # what it prints is what the page says
    for link in re.findall(r'<a href="#([\w-]+)"', page):
        assert f'<section id="{link}"' in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)  # nothing from elsewhere
    assert page.count('class="agv"') >= 3


@pytest.mark.slow
def test_a_second_page_has_the_net_before_its_training(tmp_path):
    done = run("--epochs", "2", cwd=tmp_path)
    path = re.search(r"to train it yourself: (\S+)", done.stdout)[1]
    page = (tmp_path / path).read_text(encoding="utf-8")
    assert "<h1>MLP 4-8-3 learns 120 samples of 3 classes with SGD</h1>" in page


@pytest.mark.slow
def test_it_needs_no_package_beyond_the_required_ones(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "for name in ('matplotlib', 'anywidget', 'IPython', 'numpy', 'ipywidgets'):\n"
        "    sys.modules[name] = None\n"
    )
    paths = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", "autograd_lite", "--epochs", "2"], cwd=tmp_path, timeout=300,
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run(tmp_path):
    options = ("--epochs", "3", "--seed", "7", "--data", "moons", "--layers", "6,4")
    page = tmp_path / "autograd_lite_output" / "index.html"
    first, second = (
        (re.sub(r"\(.* s\)", "", run(*options, cwd=tmp_path).stdout), page.read_text("utf-8"))
        for _ in range(2)
    )
    assert first == second
    assert "160 samples to train on, 40 held out" in first[0]


@pytest.mark.slow
def test_help_explains_every_option(tmp_path):
    text = run("--help", cwd=tmp_path).stdout
    for option in ("--data", "--layers", "--epochs", "--batch", "--lr", "--seed", "--output"):
        assert option in text
    assert "default: 60" in text


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_diverging_run_says_what_to_do(tmp_path):
    done = run("--lr", "1e308", "--epochs", "5", cwd=tmp_path)
    assert done.returncode == 1
    assert "try a smaller --lr" in done.stderr
    assert "epoch" in done.stderr  # where it happened
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_it_speaks_another_language(tmp_path, capsys):
    from autograd_lite.__main__ import main

    assert main(["--language", "zh", "--epochs", "2", "--output", str(tmp_path)]) == 0
    assert "训练损失" in capsys.readouterr().out
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<html lang="zh">' in page
    assert "混淆矩阵" not in page  # it has a title of its own
    assert "留出的样本" in page
    assert "全部步骤" in page
