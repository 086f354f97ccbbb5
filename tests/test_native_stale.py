"""A native engine that was built from another table gives no numbers: the Python engine serves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite import Primitive, where

pytestmark = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")
PACKAGE = Path(ag.__file__).parent
SHOW = (
    "import autograd_lite as ag; v = ag.Value(0.0); "
    "print(ag.backend, ag.sin(v).data, v.cos().data, ag.compile(ag.sin).value(0.0))"
)
EXCHANGE = """
_rows = list(TABLE.items())
_i, _j = list(TABLE).index("sin"), list(TABLE).index("cos")
_rows[_i], _rows[_j] = _rows[_j], _rows[_i]
TABLE.clear()
TABLE.update(_rows)
"""
ADD = """
TABLE["cube"] = Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
TABLE["cube"].custom = False
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package somewhere else, with its native engine."""
    target = tmp_path_factory.mktemp("copy") / "autograd_lite"
    ignored = shutil.ignore_patterns("__pycache__", "views")
    shutil.copytree(PACKAGE, target, ignore=ignored)
    shutil.copytree(PACKAGE / "views", target / "views", ignore=ignored)
    return target


@pytest.fixture
def run(copy):
    """Runs code on the copy after more code was put at the end of one of its files."""

    def run(code, more="", file="primitives.py", **environment):
        path = copy / file
        before = path.read_text(encoding="utf-8")
        kept = {k: v for k, v in os.environ.items() if k != "AUTOGRAD_LITE_BACKEND"}
        path.write_text(before + more, encoding="utf-8")
        try:
            return subprocess.run(
                [sys.executable, "-B", "-c", code], cwd=copy.parent, timeout=300,
                env={**kept, "PYTHONPATH": str(copy.parent), **environment},
                capture_output=True, text=True,
            )  # fmt: skip
        finally:
            path.write_text(before, encoding="utf-8")

    return run


@pytest.mark.slow
def test_the_copy_is_current_as_it_is(run):
    done = run(SHOW)
    assert (done.stdout.split(), done.stderr) == (["native", "0.0", "1.0", "0.0"], "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "says"),
    [
        (EXCHANGE, "the order of the rows differs"),
        (ADD, "row cube differs"),
        ("del TABLE['silu']", "row silu differs"),
        ("tanh.partials = lambda out, x: (1.0 - out * x,)", "row tanh differs"),
        ("tanh.partials = lambda out, x: (_tanh_slope(out, x),)", "row tanh differs"),
        ("logsumexp.constants = 0", "row logsumexp differs"),
        ("exp.c = 'exp2(#1)'", "row exp differs"),
        ("relu.evaluate = lambda x: where(x < 0.0, x, 0.0)", "row relu differs"),
        ("max.finish = lambda top, ties: ties", "row max differs"),
        ("for _row in TABLE.values(): _row.c = '0.0'", "row abs, acos, acosh, add, asin and "),
    ],
)
def test_another_table_is_a_warning_and_the_python_engine(run, more, says):
    done = run(SHOW, more)
    assert done.stdout.split() == ["python", "0.0", "1.0", "0.0"]
    assert "RuntimeWarning: the native engine was built from another table" in done.stderr
    assert says in done.stderr
    assert "--no-cache-dir --force-reinstall" in done.stderr


@pytest.mark.slow
def test_who_asks_for_the_native_engine_gets_the_error(run, copy):
    done = run(SHOW, EXCHANGE, AUTOGRAD_LITE_BACKEND="native")
    assert done.stdout == ""
    assert "StaleEngineError: the native engine was built from another table" in done.stderr
    assert "--no-cache-dir --force-reinstall" in done.stderr
    (copy.parent / "setup.py").touch()  # as in a checkout
    try:
        assert "make generate native" in run(SHOW, EXCHANGE).stderr
    finally:
        (copy.parent / "setup.py").unlink()


@pytest.mark.slow
def test_who_asks_for_the_python_engine_is_not_warned(run):
    done = run(SHOW, EXCHANGE, AUTOGRAD_LITE_BACKEND="python")
    assert (done.stdout.split(), done.stderr) == (["python", "0.0", "1.0", "0.0"], "")


@pytest.mark.slow
def test_not_built_is_another_error_and_no_warning(run):
    absent = "import sys; sys.modules['autograd_lite.native.engine'] = None; "
    done = run(absent + SHOW)
    assert (done.stdout.split()[0], done.stderr) == ("python", "")
    done = run(absent + SHOW, AUTOGRAD_LITE_BACKEND="native")
    assert "ModuleNotFoundError: the native engine is not built here" in done.stderr
    assert "--no-cache-dir --force-reinstall" in done.stderr


@pytest.mark.slow
def test_an_engine_of_an_older_version_is_stale(run):
    old = (
        "import sys, types; sys.modules['autograd_lite.native.engine'] = types.ModuleType('old'); "
    )
    done = run(old + SHOW)
    assert done.stdout.split()[0] == "python"
    assert "built from an older version: it has no digests" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("more", ["# a comment", "tanh.label = 'th'", "tanh.latex = 'th'"])
def test_what_is_no_formula_may_change(run, more):
    done = run(SHOW, more)
    assert (done.stdout.split()[0], done.stderr) == ("native", "")


@pytest.mark.slow
def test_without_source_files_formulas_are_compared_all_the_same(copy, tmp_path):
    code = "import compileall; compileall.compile_dir('.', quiet=1, legacy=True)"
    for more, backend in (("", "native"), (EXCHANGE, "python")):
        target = tmp_path / backend / "autograd_lite"
        shutil.copytree(copy, target)
        with open(target / "primitives.py", "a", encoding="utf-8") as file:
            file.write(more)
        subprocess.run([sys.executable, "-c", code], cwd=target, check=True, timeout=300)
        for path in target.rglob("*.py"):
            path.unlink()
        done = subprocess.run(
            [sys.executable, "-c", SHOW], cwd=target.parent, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(target.parent), "AUTOGRAD_LITE_BACKEND": ""},
            timeout=300,
        )  # fmt: skip
        assert done.stdout.split() == [backend, "0.0", "1.0", "0.0"]


@pytest.mark.slow
def test_rows_that_only_a_trace_records_are_compared_before_the_first_replay(run):
    code = (
        "import autograd_lite as ag; "
        "f = ag.compile(lambda x: ag.where(x < 1.0, 2.0 * x, 5.0 * x)); print(f.value(1.0))"
    )
    assert run(code).stdout == "5.0\n"
    exchanged = "TRACE_ROWS = (WHERE_AT_MOST, WHERE_LESS, DETACH)"
    done = run(code, exchanged, file="compiler/trace.py")
    assert done.stdout == "5.0\n"
    assert "The Python tape serves meanwhile" in done.stderr


# A second initialisation --------------------------------------------------------------------------


def test_modules_may_be_loaded_again(run):
    code = (
        "import importlib, autograd_lite as ag; v = ag.Value(2.0); "
        "importlib.reload(ag.native); importlib.reload(ag); "
        "print(ag.backend, (ag.Value(3.0) * v).data)"
    )
    done = run(code)
    assert (done.stdout, done.stderr) == ("native 6.0\n", "")


def test_a_second_copy_of_the_package_takes_the_python_engine(run):
    code = (
        "import sys, autograd_lite as first; v = first.Value(2.0)\n"
        "for name in list(sys.modules):\n"
        "    if name.startswith('autograd_lite'): del sys.modules[name]\n"
        "import autograd_lite as second\n"
        "print(first is second, second.backend, second.sin(second.Value(0.0)).data, (v * v).data)"
    )
    done = run(code)
    assert done.stdout == "False python 0.0 4.0\n"
    assert "RuntimeWarning: the native engine serves one copy of autograd_lite" in done.stderr


def test_a_subinterpreter_takes_the_python_engine(run):
    code = """if True:
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import autograd_lite as ag
        inside = "print(ag.backend, ag.sin(ag.Value(0.0)).data, flush=True)"
        interpreters.run_string(interpreters.create(), "import autograd_lite as ag; " + inside)
        print(ag.backend, (ag.Value(2.0) * 3.0).data)
    """
    done = run(code)
    assert done.stdout == "python 0.0\nnative 6.0\n", done.stderr
    assert "RuntimeWarning" in done.stderr


def test_the_interpreter_lock_is_on(run):
    code = """if True:
        import sys, autograd_lite as ag
        locked = getattr(sys, "_is_gil_enabled", lambda: True)  # before 3.13 there is no other way
        print(ag.backend, locked())
    """
    assert run(code).stdout == "native True\n"


def test_the_module_in_c_is_loaded_once(run):
    code = """if True:
        import importlib.util, autograd_lite as ag
        v = ag.Value(2.0)
        spec = importlib.util.spec_from_file_location("another.engine", ag.native.engine.__file__)
        try:
            importlib.util.module_from_spec(spec)
        except ImportError as error:
            print(error)
        print((v * v).data, type(v * v) is ag.Value)
    """
    done = run(code)
    assert done.stdout == "the native engine is loaded once per process\n4.0 True\n", done.stderr


# The digest ---------------------------------------------------------------------------------------


def digest(value, partials=lambda out, a, b, c, d: (1.0,) * 4, **named):
    from autograd_lite.native.digest import digest_of

    return digest_of(Primitive("row", value, partials, **named))


def test_other_formulas_have_other_digests():
    formulas = [
        lambda a, b, c, d: (a - b) * (c - d), lambda a, b, c, d: (a - c) * (b - d),
        lambda a, b, c, d: (b - a) * (d - c), lambda a, b, c, d: (a - b) / (c - d),
        lambda a, b, c, d: a - b - c - d, lambda a, b, c, d: a - (b - (c - d)),
        lambda a, b, c, d: (a - b) - (c - d), lambda a, b, c, d: a + 1.0,
        lambda a, b, c, d: a - 1.0, lambda a, b, c, d: a + -1.0, lambda a, b, c, d: 1.0 + a,
        lambda a, b, c, d: 1.0 - a,
        lambda a, b, c, d: a + 1.000001, lambda a, b, c, d: a + 2.0, lambda a, b, c, d: a + 0.5,
        lambda a, b, c, d: -a, lambda a, b, c, d: a * 0.0, lambda a, b, c, d: a * -0.0,
        lambda a, b, c, d: a + float("inf"), lambda a, b, c, d: a + float("nan"),
        lambda a, b, c, d: where(a < b, c, d), lambda a, b, c, d: where(a <= b, c, d),
        lambda a, b, c, d: where(a > b, c, d), lambda a, b, c, d: where(a < b, d, c),
        lambda a, b, c, d: ag.sin(a), lambda a, b, c, d: ag.cos(a), lambda a, b, c, d: a**2,
        lambda a, b, c, d: a % b, lambda a, b, c, d: a // b, lambda a, b, c, d: 2**a,
        lambda a, b, c, d: ag.sin(ag.cos(a)), lambda a, b, c, d: ag.cos(ag.sin(a)),
    ]  # fmt: skip
    digests = [digest(formula) for formula in formulas]
    digests += [digest(formulas[0], c=text) for text in ("#1", "#2", "sin(#1)")]
    slopes = [lambda out, a: (a,), lambda out, a: (-a,), lambda out, a: (out,), lambda out, a: (1,)]
    digests += [digest(lambda a: a, slope) for slope in slopes]
    assert len(set(digests)) == len(digests)
    assert digest(formulas[0]) == digest(lambda p, q, r, s: (p - q) * (r - s), label="another")


def test_each_row_has_a_digest_of_its_own_and_the_engine_has_them():
    from autograd_lite.native.digest import digest_of

    rows = [(name, digest_of(row)) for name, row in ag.primitives.TABLE.items()]
    assert rows == ag.native.engine.digests()[0]
    assert len({digest for _, digest in rows}) == len(rows)


def test_the_engine_knows_the_text_of_its_table():
    from autograd_lite.native.digest import fnv

    made_from = ag.native.engine.made_from
    assert fnv(b"") == 0xCBF29CE484222325
    assert fnv(b"foobar") == 0x85944171F73967E8  # from the authors' list
    assert not made_from(b"foobar")
    with pytest.raises(TypeError, match="bytes"):
        made_from("foobar")
