"""Which engine is in use: chosen by a variable of the environment, changed by an assignment."""

import copy
import inspect
import os
import pickle
import subprocess
import sys

import pytest

import autograd_lite as ag

needs_native = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")
NOTHING_PATCHED = """if True:
    import sys, types
    import autograd_lite as ag, nn
    from autograd_lite import modes, primitive, scopes, shortcuts

    net = nn.MLP(2, [2, 1], seed=0)
    loss = ag.relu(net([1.0, 2.0])[0]) + ag.dot([ag.Value(1.0)], [2.0])
    loss.backward()
    ag.compile(lambda x: x * x).value_and_grad(3.0)
    ag.matvec([[1.0]], [2.0])
    assert ag.backend == "python" and ag.Value is ag.PythonValue
    assert not [name for name in sys.modules if name.startswith("autograd_lite.native")]
    python = types.FunctionType
    functions = [
        primitive.Primitive.__call__, primitive.Primitive.each, primitive.Reduction.__call__,
        scopes.scope.__enter__, scopes.scope.__exit__, scopes.innermost, scopes.call,
        scopes.managers, modes.Mode.__enter__, modes.Mode.__exit__, modes.recording, modes.watch,
        modes.trace, nn.Module.__call__, ag.Value.__add__,
        *vars(shortcuts.shortcuts).values(),
    ]
    assert all(type(function) is python for function in functions), functions
    assert "Scope" in vars(scopes) and type(scopes.Scope.path) is property
"""
NATIVE_ASKED_FOR = """
native = ag.NativeValue
assert native is not None and native is not ag.PythonValue
assert "autograd_lite.native.engine" in sys.modules
assert ag.Value is ag.PythonValue and ag.backend == "python"
x, y = native(3.0), ag.Value(3.0)
(ag.tanh(x) * 2.0).backward(), (ag.tanh(y) * 2.0).backward()
assert x.grad == y.grad and type(ag.tanh(y)) is ag.PythonValue
"""


OPERATORS = """if True:
    import operator, autograd_lite as ag
    doing = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod,
             operator.floordiv]
    for do in doing:
        for a, b in ((2.5, 1.25), (0.75, 3.0), (3.0, -0.5)):
            x, y, z = ag.Value(a), ag.Value(b), ag.Value(a)
            results = do(x, b), do(a, y), do(z, y), do(z, z), do(int(a) + 1, y), do(x, 2)
            ag.sum([k * r for k, r in enumerate(results, 1)]).backward()
            print(do.__name__, [r.data for r in results], [r.partials for r in results])
            print([v.grad for v in (x, y, z, *results)], [len(r.parents) for r in results])
    for base, exponent in ((0.0, 2.0), (-2.0, 2.0), (1e200, 2.0), (0.0, -1.0)):  # as IEEE has it
        for y in (ag.Value(base) ** exponent, base ** ag.Value(exponent)):
            print(y.data, y.partials)
    print((1.0 / ag.Value(0.0)).partials, (ag.Value(1.0) / 0.0).partials)
"""


def run(code, **environment):
    clean = {name: x for name, x in os.environ.items() if name != "AUTOGRAD_LITE_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", code], env={**clean, **environment}, capture_output=True, text=True
    )


def test_the_python_engine_loads_no_c_and_patches_nothing():
    done = run(NOTHING_PATCHED, AUTOGRAD_LITE_BACKEND="python")
    assert done.returncode == 0, done.stderr


@needs_native
@needs_native
def test_the_python_engine_alone_records_what_the_native_one_does():
    """Alone it takes a shorter way for operators than beside the native engine."""
    python, native = (run(OPERATORS, AUTOGRAD_LITE_BACKEND=name) for name in ("python", "native"))
    assert python.stderr == native.stderr == ""
    assert python.stdout == native.stdout
    assert len(python.stdout.splitlines()) == 51


def test_who_has_chosen_python_may_still_ask_for_the_native_value():
    done = run(NOTHING_PATCHED + NATIVE_ASKED_FOR, AUTOGRAD_LITE_BACKEND="python")
    assert done.returncode == 0, done.stderr


@needs_native
def test_the_native_engine_serves_where_it_is_built():
    done = run("import autograd_lite as ag; assert ag.Value is ag.NativeValue; print(ag.backend)")
    assert done.stdout == "native\n", done.stderr


def test_a_choice_that_there_is_not():
    done = run("import autograd_lite", AUTOGRAD_LITE_BACKEND="cuda")
    assert "ValueError: AUTOGRAD_LITE_BACKEND is python or native, got 'cuda'" in done.stderr


def test_the_warning_of_an_engine_that_cannot_serve_names_the_users_line():
    code = (
        "import sys, types\n"
        "sys.modules['autograd_lite.native.engine'] = types.ModuleType('stale')\n"
        "import autograd_lite as ag\n"
        "print(ag.backend, ag.NativeValue)\n"
    )
    done = run(code)
    assert done.stdout == "python None\n"
    assert "<string>:3: RuntimeWarning: the native engine was built from an older" in done.stderr


@needs_native
@pytest.mark.parametrize("engine", ["PythonValue", "NativeValue"])
def test_assigning_value_changes_the_engine_of_the_whole_package(engine, monkeypatch):
    monkeypatch.setattr(ag, "Value", getattr(ag, engine))
    kinds = []
    ag.grad(lambda x: kinds.append(type(x)) or x * x)(3.0)
    ag.compile(lambda x: kinds.append(type(x)) or x * x).value(3.0)
    kinds.append(type(pickle.loads(pickle.dumps(ag.PythonValue(2.0)))))
    assert kinds == [getattr(ag, engine)] * 3
    monkeypatch.undo()
    assert ag.engines.Value is ag.Value


def test_signatures_for_the_help_of_notebooks_and_editors():
    for function, text in [
        (ag.relu, "(x)"), (ag.leaky_relu, "(x, negative_slope=0.01)"), (ag.sum, "(*operands)"),
        (ag.dot, "(xs, ys)"), (ag.polygamma, "(order: 'int', x: 'Any') -> 'Any'"),
        (ag.Primitive("cube", lambda x: x**3, lambda out, x: (3 * x**2,)), "(x)"),
    ]:  # fmt: skip
        assert str(inspect.signature(function)) == text
    inspect.signature(ag.Primitive)  # the class has one of its own
    with pytest.raises(AttributeError, match="'Primitive' object has no attribute 'opreands'"):
        _ = ag.relu.opreands
    assert copy.copy(ag.relu) is ag.relu


def test_names_of_a_rows_operands_can_be_static():
    program = ag.compile(ag.leaky_relu, static="negative_slope")
    assert program.value(-3.0, 0.5) == -1.5
