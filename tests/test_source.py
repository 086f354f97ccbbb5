"""Programs written as Python and as C: they run, and give the numbers of the tape."""

import ctypes
import itertools
import math
import os
import random
import re
import shutil
import subprocess
import threading
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_random_graphs import programs
from test_table import samples

import autograd_lite as ag
import nn
from autograd_lite.compiler import interpreter, write_c_straight
from autograd_lite.compiler import write_c as source_c
from autograd_lite.compiler import write_python as source
from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE

COMPILERS = [name for name in ("gcc", "clang", "cc") if shutil.which(name)][:2]
FLAGS = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    "-ffp-contract=off",
    "-shared",
    "-fPIC",
]
needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")
FILES = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=settings.default.max_examples // 8,  # each runs a compiler
)
numbers = itertools.count()


def tape_of(program, *args):
    """The tape for these arguments, its leaves' numbers and its inputs."""
    replay = program._run(args, {})
    leaves = [leaf.data for leaf in replay.specialization.leaves()]
    return replay.specialization, leaves, list(replay.arguments.of_sample(0))


def expected(tape, leaves, inputs, seeds):
    slots = (*tape.captured, *tape.inputs)
    values = interpreter.forward(tape, dict(zip(slots, (*leaves, *inputs))))
    adjoints = interpreter.reverse(tape, interpreter.linearized(tape.rows(), values), seeds)
    return (
        [values[slot] for slot in tape.outputs],
        [adjoints[slot] for slot in tape.inputs],
        [adjoints[slot] for slot in tape.captured],
    )


def same(found, wanted):
    """Equal to the last bits; zeros of both signs are equal, and so are nans."""
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted):
        assert (
            one == other
            or (one != one and other != other)
            or math.isclose(one, other, rel_tol=1e-13, abs_tol=1e-300)
        ), (one, other, found, wanted)


def in_python(traced, leaves, inputs, seeds, form=None):
    labels = [leaf.label for leaf in traced.leaves()]
    if form is None:
        text = source.to_python(traced.tape, "f", labels, traced.lines)
    else:
        text = form(traced.tape, "f", labels, traced.lines).text()
    space = {}
    exec(compile(text, "<source>", "exec"), space)
    if len(seeds) == 1:
        result, by_inputs, by_leaves = space["f"](leaves, *inputs)
        return [result], by_inputs, by_leaves
    return space["f"](leaves, *inputs, seeds=seeds)


DOUBLES = ctypes.POINTER(ctypes.c_double)


def array(xs):
    return (ctypes.c_double * max(len(xs), 1))(*xs)


class Compiled:
    """A C file as a shared library."""

    level = "-O2"

    def __init__(self, text, tape, folder, compiler, name="f"):
        base = folder / f"source{next(numbers)}"
        base.with_suffix(".c").write_text(text, encoding="utf-8")
        made = subprocess.run(
            [compiler, *FLAGS, self.level, "-o", f"{base}.so", f"{base}.c", "-lm"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr + text
        self.function = getattr(ctypes.CDLL(f"{base}.so"), name)
        self.several = len(tape.outputs) > 1
        self.tape = tape
        self.function.restype = ctypes.c_int if self.several else ctypes.c_double
        self.function.argtypes = [DOUBLES] * (6 if self.several else 4)

    def __call__(self, leaves, inputs, seeds):
        by_leaves, by_inputs = array(leaves), array(inputs)
        if self.several:
            outputs = array(self.tape.outputs)
            failed = self.function(
                array(leaves), array(inputs), outputs, array(seeds), by_leaves, by_inputs
            )
            assert failed == 0
            results = list(outputs)
        else:
            results = [self.function(array(leaves), array(inputs), by_leaves, by_inputs)]
        return results, list(by_inputs)[: len(inputs)], list(by_leaves)[: len(leaves)]


@pytest.fixture(autouse=True, scope="module")
def optimised_at_full_size(full_or_quick):
    """Most of the time goes into the compiler's optimisation."""
    with patch.object(Compiled, "level", full_or_quick("-O2", "-O0")):
        yield


def in_c(traced, leaves, inputs, seeds, folder, compiler):
    compiled = Compiled(source_c.to_c(traced.tape, "f"), traced.tape, folder, compiler)
    return compiled(leaves, inputs, seeds)


def check_python(program, *args):
    traced, leaves, inputs = tape_of(program, *args)
    seeds = [1.0 + k for k in range(len(traced.tape.outputs))]
    wanted = expected(traced.tape, leaves, inputs, seeds)
    for form in (None, source.NamedPython, source.SlotPython):
        for found, right in zip(in_python(traced, leaves, inputs, seeds, form), wanted):
            same(found, right)


def forms_of_c():
    """In turn, C as a line for each operation, and as a table for a loop."""
    return patch.object(write_c_straight, "MOST", next(numbers) % 2 * write_c_straight.MOST)


def check_c(program, folder, *args):
    traced, leaves, inputs = tape_of(program, *args)
    seeds = [1.0 + k for k in range(len(traced.tape.outputs))]
    wanted = expected(traced.tape, leaves, inputs, seeds)
    compiler = COMPILERS[next(numbers) % len(COMPILERS)]  # in turn
    with forms_of_c():
        results = in_c(traced, leaves, inputs, seeds, folder, compiler)
    for found, right in zip(results, wanted):
        same(found, right)


def test_a_power_with_exponent_0_in_a_branch(Value):
    program = ag.compile(lambda x: ag.where(x > 0, x**0.0, x))
    program.value(1.5)
    check_python(program, 1.5)
    check_python(program, -1.5)


# Every row ----------------------------------------------------------------------------------------


def row_program(Value, row, xs):
    if row.name == "power":
        return ag.compile(lambda x: Value._apply(row, (x, xs[1]))), xs[:1]
    return ag.compile(lambda *xs: Value._apply(row, xs)), xs


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in TABLE.values()])
def test_a_row_in_python(Value, row):
    for xs in samples(row, 4):
        program, args = row_program(Value, row, list(xs))
        check_python(program, *args)


@pytest.mark.slow
@needs_compiler
def test_every_row_in_c(Value, tmp_path):
    """All rows in one program, at three points, each with the gradient of its own output."""
    rows = [row for row in TABLE.values() if row.name != "power"]
    points = {row: [list(xs) for xs in samples(row, 3)] for row in rows}

    def everything(xs):
        given = iter(xs)
        found = [
            Value._apply(row, tuple(next(given) for _ in points[row][k % len(points[row])]))
            for row in rows
            for k in range(3)
        ]
        return [*found, *(found[0] ** p for p in (-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0))]

    xs = [x for row in rows for k in range(3) for x in points[row][k % len(points[row])]]
    traced, leaves, inputs = tape_of(ag.compile(everything), xs)
    n = len(traced.tape.outputs)
    for compiler in COMPILERS:
        with forms_of_c():
            text = source_c.to_c(traced.tape, "f")
        compiled = Compiled(text, traced.tape, tmp_path, compiler)
        for k in range(n):
            seeds = [float(k == i) for i in range(n)]
            for found, right in zip(
                compiled(leaves, inputs, seeds),
                expected(traced.tape, leaves, inputs, seeds),
            ):
                same(found, right)


HARD = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 1e-320, 1e308, -1e308, math.inf, -math.inf, math.nan]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["div", "log", "sqrt", "pow", "mod", "floordiv", "clip", "max"])
def test_poles_in_python(Value, name):
    row = TABLE[name]
    arity = 2 if isinstance(row, Reduction) else len(row.operands)
    program = ag.compile(lambda *xs: Value._apply(row, xs))
    for xs in itertools.product(HARD, repeat=min(arity, 2)):
        check_python(program, *xs, *[1.0] * (arity - len(xs)))


@pytest.mark.slow
@needs_compiler
def test_poles_in_c(Value, tmp_path):
    rows = [TABLE[name] for name in ("div", "pow", "mod", "floordiv", "hypot", "max", "logsumexp")]
    program = ag.compile(lambda x, y: [Value._apply(row, (x, y)) for row in rows])
    traced, _, _ = tape_of(program, 1.0, 2.0)
    with forms_of_c():
        text = source_c.to_c(traced.tape, "f")
    compiled = Compiled(text, traced.tape, tmp_path, COMPILERS[0])
    n = len(rows)
    for xs in itertools.product(HARD, repeat=2):
        for k in range(n):
            seeds = [float(k == i) for i in range(n)]
            values = expected(traced.tape, [], list(xs), seeds)[0]
            same(compiled([], list(xs), seeds)[0], values)


# Programs -----------------------------------------------------------------------------------------


@pytest.mark.slow
@given(program=programs(), leaves=st.integers(0, 5))
def test_random_programs_in_python(Value, program, leaves):
    own = [Value(x, label=f"leaf_{i}") for i, x in enumerate(program.leaves[:leaves])]
    run = lambda *xs: program.run([*own, *xs], Value._apply, float)
    check_python(ag.compile(run), *program.leaves[leaves:])


@pytest.mark.slow
@needs_compiler
@given(program=programs(), leaves=st.integers(0, 5))
@FILES
def test_random_programs_in_c(Value, tmp_path, program, leaves):
    own = [Value(x) for x in program.leaves[:leaves]]
    run = lambda *xs: program.run([*own, *xs], Value._apply, float)
    check_c(ag.compile(run), tmp_path, *program.leaves[leaves:])


def decisions(Value):
    a, b = Value(0.5, "a"), Value(2.0, "b")

    def f(x, y):
        h = (a * x + b).tanh()
        m = ag.max([h, x, y * h])
        h = ag.where(x < y, h.sqrt(), m / y) ** 3 if m > 0 else h + ag.where(x <= 0.0, x.log(), b)
        h = h + ag.where(x < 0.0, (-x).sqrt(), x.sqrt())  # one of them has no value
        return h * x.detach() + a.data * h

    return ag.compile(f)


@pytest.mark.parametrize("args", [(1.0, 2.0), (2.0, 1.0), (0.0, 0.0), (-9.0, -9.0), (-9.0, 0.5)])
def test_choices_branches_and_detached_in_python(Value, args):
    check_python(decisions(Value), *args)


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("args", [(1.0, 2.0), (2.0, 1.0), (0.0, 0.0), (-9.0, -9.0)])
def test_choices_branches_and_detached_in_c(Value, tmp_path, args):
    check_c(decisions(Value), tmp_path, *args)


def test_another_branch(Value, tmp_path):
    program = ag.compile(lambda x, y: x * y if x < y else x - y)
    assert (program.value(1.0, 2.0), program.value(2.0, 1.0)) == (2.0, 1.0)
    for args in ((1.0, 2.0), (2.0, 1.0)):
        space = {}
        exec(program.to_python(*args), space)
        assert space["program"]([], *args)[0] == program.value(*args)
        with pytest.raises(ValueError, match=r"another branch: x0 < x1 was .* line"):
            space["program"]([], *args[::-1])
        traced = tape_of(program, *args)[0]
        with pytest.raises(ValueError, match="another branch"):
            in_python(traced, [], args[::-1], [1.0], source.SlotPython)
        if COMPILERS:
            compiled = Compiled(program.to_c(*args), traced.tape, tmp_path, COMPILERS[0], "program")
            assert compiled([], args, [1.0])[0] == [program.value(*args)]
            results, by_inputs, _ = compiled([], args[::-1], [1.0])
            assert math.isnan(results[0])
            assert by_inputs == list(args[::-1])  # not written


@pytest.mark.slow
def test_several_results(Value, tmp_path):
    w = Value(3.0, "w")
    program = ag.compile(lambda x, y: {"a": w * x, "b": [x * y, x * y, y, w, x + 1.0, 7.0]})
    check_python(program, 2.0, 5.0)
    constant = ag.compile(lambda x: [x.detach() * 0.0 + 1.0, x, w * 1.0, Value(2.0)])
    check_python(constant, 2.0)
    if COMPILERS:
        check_c(program, tmp_path, 2.0, 5.0)
        check_c(constant, tmp_path, 2.0)


@pytest.mark.slow
def test_results_that_are_no_operation(Value, tmp_path):
    w = Value(3.0)
    for program, args in (
        (ag.compile(lambda x: x), (2.0,)),
        (ag.compile(lambda x, y: y), (2.0, 3.0)),
        (ag.compile(lambda x: w), (2.0,)),
        (ag.compile(lambda: w), ()),
        (ag.compile(lambda x: Value(4.0)), (2.0,)),
    ):
        check_python(program, *args)
        if COMPILERS:
            check_c(program, tmp_path, *args)


def test_equal_rows(Value, tmp_path):
    """Two sums that folding has made one are rows with the same operands."""
    w = [Value(0.1), Value(0.2)]
    program = ag.compile(lambda x: [(w[0] * x + w[1]) + x, w[0] * x + (w[1] + x)])
    check_python(program, 3.0)
    if COMPILERS:
        check_c(program, tmp_path, 3.0)


def a_model(Value):
    random.seed(1)
    model = nn.MLP(6, [20, 20, 1])
    return ag.compile(lambda x, y: (model(x)[0] - y) ** 2), ([0.1 * i for i in range(6)], 0.5)


def test_a_model_in_python(Value):
    program, args = a_model(Value)
    traced, leaves, inputs = tape_of(program, *args)
    text = program.to_python(*args)
    assert "for out, xs, ys in" in text
    space = {}
    exec(text, space)
    result, by_inputs, by_leaves = space["program"](leaves, *inputs)
    wanted = expected(traced.tape, leaves, inputs, [1.0])
    assert ([result], by_inputs, by_leaves) == tuple(map(list, wanted))  # each bit
    with pytest.raises(ValueError, match="are wanted"):
        space["program"](leaves[1:], *inputs)


@pytest.mark.slow
@needs_compiler
def test_a_model_in_c(Value, tmp_path):
    program, args = a_model(Value)
    traced, leaves, inputs = tape_of(program, *args)
    wanted = expected(traced.tape, leaves, inputs, [1.0])
    for compiler in COMPILERS:
        with forms_of_c():
            found = in_c(traced, leaves, inputs, [1.0], tmp_path, compiler)
        assert list(map(list, found)) == list(map(list, wanted))  # each bit


def long_program(Value):
    w = [Value(0.001 * i, f"w[{i}]") for i in range(50)]

    def f(xs):
        hidden = list(xs)
        for k in range(600):
            hidden[k % 5] = ag.tanh(ag.dot(hidden, w[k % 40 : k % 40 + 5]) + hidden[(k + 1) % 5])
        return ag.sum(hidden)

    return ag.compile(f), ([0.1, 0.2, 0.3, 0.4, 0.5],)


@pytest.mark.slow
def test_thousands_of_operations(Value, tmp_path):
    program, args = long_program(Value)
    traced, _, _ = tape_of(program, *args)
    assert len(traced.tape.instructions) > 1000
    text = program.to_python(*args)
    space = {}
    exec(text, space)
    leaves = [leaf.data for leaf in traced.leaves()]
    result, by_inputs, by_leaves = space["f"](leaves, *args[0])
    wanted = expected(traced.tape, leaves, list(args[0]), [1.0])
    assert [result] == wanted[0]
    same(by_inputs, wanted[1])
    same(by_leaves, wanted[2])
    if COMPILERS:
        check_c(program, tmp_path, *args)


@pytest.mark.slow
@needs_compiler
def test_c_without_gradients_on_the_heap_and_in_threads(Value, tmp_path):
    n = 3000
    program = ag.compile(lambda xs: ag.sum([x * x for x in xs]))
    xs = [0.001 * i for i in range(n)]
    traced, _, inputs = tape_of(program, xs)
    text = source_c.to_c(traced.tape, "f", [])
    assert "malloc" in text
    compiled = Compiled(text, traced.tape, tmp_path, COMPILERS[0])
    value = program.value(xs)
    value = compiled.function(None, array(inputs), None, None)
    assert value == pytest.approx(program.value(xs), rel=1e-13)  # the sum in another order
    found = []

    def work():
        for _ in range(20):
            found.append(compiled([], inputs, [1.0]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results == [value] and by[1] == 2 * xs[1] for results, by, _ in found)
    assert len(found) == 80


def test_batches_are_written_for_one_sample(Value):
    w = [Value(0.5, "a"), Value(-1.5, "b")]
    program = ag.compile(lambda x, y, k: (ag.dot(w, x) - y) ** 2 * k, batch="mean")
    program.value([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0], 0.5)
    space = {}
    exec(program.to_python(), space)
    result, by_inputs, by_leaves = space["program"]([0.5, -1.5], 1.0, 2.0, 1.0, 0.5)
    assert (result, by_leaves) == (6.125, [-3.5, -7.0])
    assert by_inputs[-1] == 12.25


# Names and refusals -------------------------------------------------------------------------------


def test_labels_become_names(Value):
    labels = ["a", "α", "x0", "leaves", "lambda", "print", "exp", "twice", "twice", "a b", None,
              '"""', "d_a", "t1", "*/", "ﬁ", 7, "v"]  # fmt: skip
    leaves = [Value(1.0 + i, label) for i, label in enumerate(labels)]
    program = ag.compile(lambda x: ag.sum([leaf * x for leaf in leaves]).exp().log())
    check_python(program, 0.01)
    text = program.to_python(0.01)
    names = text.partition("    [")[2].partition("] = leaves")[0].split(", ")
    assert names == ["a", "α", *(f"w{i}" for i in range(2, 18))]
    assert "*/ " not in program.to_c(0.01).split("*/\n")[0]
    check_python(ag.compile(lambda x: ag.sum([leaf * x for leaf in leaves * 30])), 0.01)


def test_the_names_of_functions(Value):
    def exp(x):
        return x * x

    def loss(x):
        return x + 1.0

    def lambda_(x):
        return x + 1.0

    for function, name in ((exp, ""), (loss, "loss"), (lambda_, "lambda_"), (lambda x: x, "")):
        program = ag.compile(function)
        assert f"\ndef {name or 'program'}(" in "\n" + program.to_python(1.0)
        assert f"\n{name or 'program'}(" in program.to_c(1.0)
    for name in ("1x", "a b", "for", "ünter", "sin", "sinf", "al_x", "x_forward", "run", "NAN",
                 "passed", "size_t", "uint64_t"):  # fmt: skip
        assert source_c.c_name(name) == "program"
        with pytest.raises(ValueError, match="cannot be the name"):
            source_c.to_c(program.tapes()[0], name)
    for name in ("1x", "a b", "for", "sin", "where", ""):
        with pytest.raises(ValueError, match="cannot be the name"):
            source.to_python(program.tapes()[0], name)


def test_which_tape_is_meant(Value):
    program = ag.compile(lambda x: x * 2.0)
    with pytest.raises(ValueError, match="has no tape: call it first, or give arguments"):
        program.to_python()
    assert "t0 = x0 * 2.0" in program.to_python(1.0)
    assert program.to_python() == program.to_python(5.0)
    assert program.to_c() == program.to_c(5.0)
    program = ag.compile(lambda x: ag.sum(x))
    program.value([1.0, 2.0])
    program.value([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="has 2 tapes"):
        program.to_c()
    assert "sum([x0, x1, x2])" in program.to_python([1.0, 2.0, 3.0])


@pytest.mark.parametrize("what", ["to_python", "to_c", "to_js", "in_c", "save"])
def test_a_tape_whose_leaf_was_replaced_is_not_meant(Value, what, tmp_path):
    held = {"w": Value(2.0)}
    program = ag.compile(lambda x: held["w"] * x)
    write = getattr(program, what)
    path = (tmp_path / "program.json",) if what == "save" else ()
    program.value(1.0)
    held["w"] = Value(3.0)
    with pytest.raises(ValueError, match="call it first"):
        write(*path)
    program.value(1.0)
    if what != "in_c" or COMPILERS:
        write(*path)


def test_what_cannot_be_written(Value):
    cube = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
    for write in (lambda p: p.to_python(1.0), lambda p: p.to_c(1.0)):
        with pytest.raises(TypeError, match="cube cannot be written"):
            write(ag.compile(lambda x: cube(x)))
        with pytest.raises(ValueError, match="no Value"):
            write(ag.compile(lambda x: "nothing"))


def test_the_source_is_deterministic_and_short_lines(Value):
    program = decisions(Value)
    text, c = program.to_python(1.0, 2.0), program.to_c(1.0, 2.0)
    assert program.to_python(1.0, 2.0) == text
    assert max(len(line) for line in text.splitlines() if "raise" not in line) <= 100
    assert set(re.findall(r"al_\w+", c)) <= {"al_tanh_slope"}  # no helper that is not needed
    assert c.count("= tanh(") == 1, "a line for each operation"
    with patch.object(write_c_straight, "MOST", 0):
        c = program.to_c(1.0, 2.0)
    assert c.count("tanh_forward(") == 2, "the function, and its call in the loop over the table"
    assert os.linesep.join(c.splitlines()).isascii()
