"""What editors and notebooks show of a call: signatures and docstrings, on both engines alike."""

import inspect
import os
import subprocess
import sys

import pytest

import autograd_lite as ag
from autograd_lite import Primitive, Reduction

SIGNATURES = {
    "relu": "(x)",
    "leaky_relu": "(x, negative_slope=0.01)",
    "clip": "(x, low, high)",
    "atan2": "(y, x)",
    "sum": "(*operands)",
    "dot": "(xs, ys)",
}


@pytest.mark.parametrize(("name", "signature"), SIGNATURES.items())
def test_a_primitive_shows_its_operands(Value, name, signature):
    row = getattr(ag, name)
    assert str(inspect.signature(row)) == signature
    assert str(inspect.signature(row.each)) == "(*sequences)"
    assert "entries of several" in inspect.getdoc(row.each)


def test_so_does_a_custom_one_and_the_classes_show_what_makes_one():
    cube = Primitive("cube", lambda x: x**3, lambda out, side=1.0: (3.0 * side**2,))
    assert str(inspect.signature(cube)) == "(side=1.0)"
    assert list(inspect.signature(Primitive).parameters)[:3] == ["name", "evaluate", "partials"]
    assert list(inspect.signature(Reduction).parameters)[:3] == ["name", "folds", "partial"]


def test_a_value_shows_its_arguments_and_its_docstring(Value):
    signature = inspect.signature(Value)
    assert list(signature.parameters) == ["data", "label"]
    assert signature.parameters["label"].default is None
    assert inspect.getdoc(Value).startswith("A real number in a computation graph.")
    assert len(inspect.signature(Value.tanh).parameters) == 1
    assert Value.tanh.__doc__


def test_compile_finds_the_names_of_a_primitives_operands(Value):
    program = ag.compile(ag.leaky_relu, static="negative_slope")
    assert program.value(-2.0, 0.5) == -1.0


def test_the_same_where_no_native_engine_is():
    code = "import sys; sys.modules['autograd_lite.native.engine'] = None; import inspect\n"
    code += "import autograd_lite as ag\n"
    code += f"print([str(inspect.signature(getattr(ag, name))) for name in {[*SIGNATURES]!r}])"
    environment = {**os.environ, "AUTOGRAD_LITE_BACKEND": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.stdout == f"{[*SIGNATURES.values()]!r}\n", done.stderr
