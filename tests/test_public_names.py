"""What was public in an earlier version is there, or docs/migration.md says what became of it."""

import json
import os
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest

import nn

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("fixtures/names_*.json"))
MIGRATION = (HERE.parent / "docs" / "migration.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", MIGRATION))))


def by_place(called):
    """The parameters that may be given by place."""
    return [name.rstrip("=") for name in re.split(r"(?:^|, )\*", called)[0].split(", ") if name]


def changes(old, new):
    """The words for each name that has gone, and each argument that is no longer what it was."""
    for path, called in old.items():
        name = path.rpartition(".")[2]
        if path not in new:
            yield {name}
        elif called is not None and new[path] is not None and not called.startswith("*"):
            every = {each.strip("*=") for each in new[path].split(", ")}
            any_name, any_place = "**" in new[path], re.search(r"(^|, )\*\w", new[path])
            for each in called.split(", "):
                if not each.startswith("*") and each.rstrip("=") not in every and not any_name:
                    yield {name, each.rstrip("=")}
            for one, other in zip_longest(by_place(called), by_place(new[path])):
                if one is not None and one != other and not (other is None and any_place):
                    yield {name, one}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_change_is_in_the_migration_notes(path):
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "AUTOGRAD_LITE_BACKEND": "python"}
    script = [sys.executable, str(HERE / "public_names.py")]
    done = subprocess.run(script, env=environment, check=True, capture_output=True)
    old = json.loads(path.read_text(encoding="utf-8"))
    assert len(old) > 1000
    assert [words for words in changes(old, json.loads(done.stdout)) if not words <= CODE] == []


def test_changes_are_found():
    old = {"f": "x, y=", "g": "x, *, key=", "h": "x", "kept": "x, *args, **named", "C": None}
    assert list(changes(old, old)) == []
    for name, called, found in (
        ("f", "x, z=, y=", [{"f", "y"}]),
        ("f", "x, *, y=", [{"f", "y"}]),
        ("f", "x, *others, y=", []),
        ("f", "x", [{"f", "y"}, {"f", "y"}]),
        ("f", "x, y=, z=", []),
        ("g", "x, *, other=", [{"g", "key"}]),
        ("g", "x, **named", []),
    ):
        assert list(changes(old, old | {name: called})) == found
    assert list(changes(old, {name: x for name, x in old.items() if name != "h"})) == [{"h"}]


def test_arguments_are_taken_as_they_were(Value):
    with pytest.warns(DeprecationWarning, match=r"RNN\(\.\.\., nonlinearity='relu', bias=False"):
        before = nn.RNN(2, 3, "relu", False, 5)
    now = nn.RNN(2, 3, nonlinearity="relu", bias=False, seed=5)
    xs, start = [[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25, -1.0]
    with pytest.warns(DeprecationWarning, match="hidden is called state now") as told:
        _, last = before(xs, hidden=start)
    assert told[0].filename == __file__
    assert [x.data for x in last] == [x.data for x in now(xs, start)[1]]
    with pytest.warns(DeprecationWarning, match=r"num_layers now: write LSTM\(\.\.\., bias=False"):
        assert nn.LSTM(2, 3, False).cell.bias_ih is None
    assert [*nn.LSTM(2, 3, 2).above]
    for make in (
        lambda: nn.RNN(2, 3, "relu", nonlinearity="tanh"),
        lambda: nn.LSTM(2, 3, True, 0, 5),
    ):
        with pytest.raises(TypeError, match="got an argument twice, or too many"):
            make()


def test_a_schedule_can_be_restarted(Value):
    schedule = nn.StepLR(nn.SGD([Value(0.0)], lr=1.0), step_size=1)
    schedule.step()
    with pytest.warns(DeprecationWarning, match="make a new schedule"):
        schedule.restart()
    assert (schedule.last_epoch, schedule.optimizer.lr) == (0, 1.0)
