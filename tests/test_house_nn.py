"""The rooms of nn: what makes nets stands alone, and can be read in one sitting."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from count_lines import code_lines

import autograd_lite
import nn
from nn.diagnosis.elsewhere import INSTEAD
from nn.diagnosis.inspection import Inspection

NN = Path(nn.__file__).parent
FILES = {
    ".".join(path.relative_to(NN).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(NN.rglob("*.py"))
}  # by module, within nn
LATER = ("sequences", "training", "diagnosis")  # loaded when one of their names is asked for
FIRST = sorted(name for name in FILES if "." not in name and name not in LATER)


def imported(name):
    """The modules of nn that one of them imports, anywhere in it."""
    path = FILES[name]
    package = path.relative_to(NN).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *filter(None, [node.module])]
            inner = [".".join([*base, alias.name]) for alias in node.names]
            yield from (module if module in FILES else ".".join(base) for module in inner)
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "nn":
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "nn")


@pytest.mark.parametrize("name", sorted(set(FIRST) - {"__init__"}))
def test_the_first_room_imports_from_no_other(name):
    assert [module for module in imported(name) if module not in FIRST] == []


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("training")])
def test_training_imports_nothing_of_diagnosis(name):
    assert [module for module in imported(name) if module.startswith(("diagnosis", "nn"))] == []


def test_no_module_of_nn_imports_itself_by_way_of_others():
    arrows = {name: set(imported(name)) & set(FILES) for name in FILES if name != "__init__"}
    while True:
        free = {name for name, to in arrows.items() if not to & set(arrows)}
        if not free:
            break
        arrows = {name: to for name, to in arrows.items() if name not in free}
    assert arrows == {}


def test_import_nn_loads_the_first_room_only():
    program = "import sys, nn; print(*sorted(m[3:] for m in sys.modules if m[:3] == 'nn.'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == sorted(set(FIRST) - {"__init__"}), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("room", LATER)
def test_a_room_is_had_by_its_name(room):
    done = subprocess.run([sys.executable, "-c", f"import nn; print(nn.{room}.__name__)"],
                          capture_output=True, text=True)  # fmt: skip
    assert done.stdout.strip() == f"nn.{room}", done.stderr


@pytest.mark.slow
def test_without_scikit_learn_its_adapters_say_what_to_install():
    program = (
        "import sys; sys.modules['sklearn'] = None\n"
        "try: from nn.sklearn import Classifier\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.startswith("for nn.sklearn sklearn"), done.stderr
    assert "pip install 'autograd_lite[sklearn]'" in done.stdout


def test_the_first_room_is_read_in_one_sitting():
    lines = {name: code_lines(FILES[name]) for name in FIRST}
    assert sum(lines.values()) <= 1150, lines
    middle = ("neuron", "module", "activations", "losses", "optim")
    assert sum(lines[name] for name in middle) <= 700, lines


def test_every_public_name_is_there():
    assert [name for name in nn.__all__ if not hasattr(nn, name)] == []
    assert {"MLP", "fit", "Monitor", "datasets", "plots", "heaviside"} <= set(nn.__all__)
    assert {"step", "Any", "dot"}.isdisjoint(nn.__all__)
    assert set(nn.__all__) <= set(dir(nn))
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'Liner'"):
        _ = nn.Liner


def test_names_from_elsewhere_say_what_to_use_here():
    """Each sentence names only what is there, and no name of it is ours."""
    assert len(INSTEAD) > 60
    for name, words in INSTEAD.items():
        with pytest.raises(AttributeError) as error:
            getattr(nn, name)
        assert str(error.value) == f"module 'nn' has no attribute {name!r}; {words}"
        for path in re.findall(r"\b(?:nn|autograd_lite)(?:\.\w+)+", words):
            package, *names = path.split(".")
            thing = {"nn": nn, "autograd_lite": autograd_lite}[package]
            if names[0] == "sklearn":
                continue  # scikit-learn may not be there
            for inner in names:
                thing = getattr(thing, inner)
    assert not hasattr(nn, "Dense")


def test_names_of_before_warn():
    with pytest.warns(DeprecationWarning, match=r"nn\.step is now called nn\.heaviside") as caught:
        assert nn.step(2.0) == 1.0
    assert caught[0].filename == __file__
    inspection = Inspection(nn.MLP(2, [2], seed=0), nn.cross_entropy, nn.datasets.xor())
    with pytest.warns(DeprecationWarning, match="is now called describe") as caught:
        assert inspection.told(0) == inspection.describe(0)
    assert caught[0].filename == __file__
