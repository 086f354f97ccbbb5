"""The package nn is found beside autograd_lite, whatever else is called nn."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(folder, *arguments):
    """Python in a folder whose files come first on its path; what it printed, line by line."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def shadowed(tmp_path):
    """A folder with a student's own nn.py."""
    (tmp_path / "nn.py").write_text("class Net: pass\n")
    return tmp_path


@pytest.mark.parametrize("order", ["import nn; from autograd_lite import nn as ours",
                                   "from autograd_lite import nn as ours; import nn"])  # fmt: skip
def test_each_of_two_packages_called_nn_can_be_had(shadowed, order):
    printed = run(shadowed, "-c", f"{order}; print(nn.Net.__name__, len(ours.MLP(2, [1])([1, 2])))")
    assert printed == ["Net 1"]


@pytest.mark.slow
def test_all_rooms_work_under_the_other_name(shadowed):
    code = """
from autograd_lite import nn
data = nn.datasets.iris()
net, monitor = nn.MLP(4, [3], seed=0), nn.Monitor()
nn.fit(net, data, loss=nn.cross_entropy, optimizer=nn.Adam, seed=0, callbacks=[monitor])
print(monitor, nn.recurrent.LSTM.__module__, nn.__name__)
"""
    printed = run(shadowed, "-c", code)
    assert printed[0].startswith("<Monitor: 1 epoch")
    assert printed[0].endswith("autograd_lite.nn.sequences autograd_lite.nn")


@pytest.mark.slow
def test_the_program_runs_beside_it(shadowed):
    assert "test accuracy" in "".join(run(shadowed, "-m", "autograd_lite", "--epochs", "1"))


@pytest.mark.slow
def test_what_was_pickled_beside_it_is_read_elsewhere(shadowed):
    write = """
import pickle
from autograd_lite import nn
data, net = nn.datasets.xor(), nn.MLP(2, [2], seed=0)
history = nn.fit(net, data, loss=nn.cross_entropy, optimizer=nn.Adam, seed=0)
with open("net.pickle", "wb") as file:
    pickle.dump((net, history, nn.fit), file)
"""
    read = """
import pickle
with open("net.pickle", "rb") as file:
    net, history, fit = pickle.load(file)
import sys
from autograd_lite import nn
print(type(net) is nn.MLP, type(history) is nn.History, fit is nn.fit, nn.__name__)
"""
    run(shadowed, "-c", write)
    assert run(shadowed, "-c", read) == ["True True True autograd_lite.nn"]
    (shadowed / "nn.py").rename(shadowed / "own.py")
    assert run(shadowed, "-c", read) == ["True True True nn"]


def test_by_both_names_it_is_one_package(tmp_path):
    code = """
import sys
import nn, autograd_lite.nn
from autograd_lite.nn.training.loop import fit
from autograd_lite import nn as third
assert autograd_lite.nn is nn and third is nn and nn.fit is fit
print(nn.__name__, nn.__spec__.name)
"""
    assert run(tmp_path, "-c", code) == ["nn nn"]


def test_a_package_in_the_way_is_named(tmp_path):
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "__init__.py").touch()
    code = """
import autograd_lite
try:
    import nn.recurrent
except ModuleNotFoundError as error:
    print(error)
"""
    (message,) = run(tmp_path, "-c", code)
    assert str(tmp_path / "nn" / "__init__.py") in message
    assert "is in the way: rename it, or take `from autograd_lite import nn`" in message
