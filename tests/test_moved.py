"""Modules can still be imported by the names they had in version 0.1.0."""

import importlib
import pickle
import sys

import pytest

from autograd_lite.moved import FUNCTIONS, MOVED, new_name


@pytest.mark.parametrize("old", MOVED)
def test_an_old_name_gives_the_module_of_today(old):
    if old == "nn.sklearn":
        pytest.importorskip("sklearn", reason="scikit-learn is not installed (extra [sklearn])")
    old = old if old.startswith("nn.") else f"autograd_lite.{old}"
    today = importlib.import_module(new_name(old))
    spec = today.__spec__
    sys.modules.pop(old, None)
    assert importlib.import_module(old) is today
    assert today.__spec__ is spec  # so that it can be reloaded, and run with -m


def test_a_name_that_never_was_is_refused():
    with pytest.raises(ModuleNotFoundError, match=r"autograd_lite\.view_of"):
        importlib.import_module("autograd_lite.view_of")


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in FUNCTIONS.items() for name in names]
)
def test_a_pickle_finds_a_function_in_the_module_it_had(module, name):
    import autograd_lite

    reference = f"cautograd_lite.{module}\n{name}\n.".encode()  # pickle's protocol 0
    assert pickle.loads(reference) is getattr(autograd_lite, name)


def test_a_function_that_never_was_is_refused():
    with pytest.raises(ImportError, match="no_such_row"):
        exec("from autograd_lite.primitives import no_such_row")
