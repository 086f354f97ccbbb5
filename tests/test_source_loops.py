"""Programs with loops written in Python and C: the bits that the program gives."""

import itertools
import math
import re
import shutil
from pathlib import Path

import pytest
import test_compile_loops as cases
from test_source import COMPILERS, Compiled, array, needs_compiler

import autograd_lite
from autograd_lite import compile, gradients, scan, sin, sqrt, where, while_loop
from autograd_lite.compiler import loops, write_c_chain, write_c_straight

turn = itertools.count()
POINT = [0.9, 0.4, 0.1, -0.4, 0.3, 0.25, -0.2]


@pytest.fixture(autouse=True)
def loops_stay_loops(monkeypatch):
    monkeypatch.setattr(loops, "UNROLLED", 0)


def in_python(program, leaves, numbers):
    space = {}
    exec(program.to_python(), space)
    return space[program.__name__](leaves, *numbers)


def in_c(program, folder, leaves, numbers):
    [tape] = program.tapes()
    compiler = COMPILERS[next(turn) % len(COMPILERS)]
    built = Compiled(program.to_c(), tape, folder, compiler, program.__name__)
    (result,), by_numbers, by_leaves = built(leaves, numbers, [1.0])
    assert value_alone(built, leaves, numbers) == result or math.isnan(result)
    return result, by_numbers, by_leaves


def value_alone(built, leaves, numbers):
    return built.function(array(leaves), array(numbers), None, None)


def slope(x, v, forces):
    """A loop backward, whose xs are the states of a loop."""
    x = 1.0 * x
    end, _ = scan(lambda s, u: (s * sin(s) + u * v, None), x, forces)
    return gradients(end, x, create_graph=True)


FUNCTIONS = [
    cases.nested, slope, cases.until, cases.structures, cases.end_and_ys, cases.backwards,
    cases.with_checkpoints, cases.chosen, cases.after_another, cases.captured_twice,
    cases.below_a_where, cases.two_gradients, cases.slope_of_a_loop, cases.branching,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_what_python_source_gives(Value, function):
    program = compile(function)
    value, (dx, dv, df) = program.value_and_grad(*POINT[:2], POINT[2:])
    assert in_python(program, [], POINT) == (value, [dx, dv, *df], [])


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("form", ["small", "straight", "long"])
def test_what_c_source_gives(tmp_path, full_or_quick, monkeypatch, form):
    """Steps that are put into the loops, as functions, and as tables; small states, and large."""
    if form != "small":
        monkeypatch.setattr(write_c_chain, "LOCAL", 0)
        monkeypatch.setattr(write_c_chain, "INLINED", 0)
    if form == "long":
        monkeypatch.setattr(write_c_straight, "MOST", 0)
    for function in FUNCTIONS[: full_or_quick(None, 2)]:
        program = compile(function)
        value, (dx, dv, df) = program.value_and_grad(*POINT[:2], POINT[2:])
        assert in_c(program, tmp_path, [], POINT) == (value, [dx, dv, *df], [])


@needs_compiler
def test_a_slope_of_0_meets_an_infinite_one(tmp_path):
    """The gradient of a step is taken again with care where it is a nan, and only there."""

    def f(x):
        step = lambda s, _: (where(s > 1.0, sqrt(s - 1.0), 0.5 * s + 0.5 * s * s), None)
        return scan(step, x, length=3)[0]

    program = compile(f)
    assert program.value_and_grad(1.0) == (1.0, 1.5**3)
    assert in_c(program, tmp_path, [], [1.0]) == (1.0, [1.5**3], [])
    text, [tape] = program.to_c().replace(", 1)) != 0", ", 0)) != 0"), program.tapes()
    (value,), (slope,), _ = Compiled(text, tape, tmp_path, COMPILERS[0])([], [1.0], [1.0])
    assert value == 1.0
    assert math.isnan(slope), "without care"


def steps(Value):
    """A program of leaves, constant xs and a number of steps that is data."""
    w, kick = Value(0.3, label="w"), Value(-0.2)

    def swing(x, n):
        (x, v), _ = scan(
            lambda s, u: ((s[0] + 0.1 * s[1], s[1] - w * sin(s[0]) + u), None), (x, kick),
            [0.1, 0.0, -0.0, -0.1],
        )  # fmt: skip
        return scan(lambda s, _: (where(s > 0.0, s * w, -s * v), None), x, length=n)[0]

    return w, kick, compile(swing)


@needs_compiler
def test_leaves_and_the_number_of_steps(tmp_path):
    w, kick, program = steps(autograd_lite.Value)
    program.value(0.5, 3)
    leaves = program.leaves(0.5, 3)
    [tape] = program.tapes()
    built = Compiled(program.to_c(), tape, tmp_path, COMPILERS[0], "swing")
    space = {}
    exec(program.to_python(), space)
    assert "w is v" in space["swing"].__doc__
    for n in (0, 1, 3, 1000):
        value, (dx, _) = program.value_and_grad(0.5, n)
        numbers = [leaf.data for leaf in leaves]
        wanted = space["swing"](numbers, 0.5, float(n))
        assert wanted == (value, [pytest.approx(dx, rel=1e-13), 0.0], wanted[2])
        assert wanted[2] == list(program.leaf_gradients(0.5, n))
        (result,), *slopes = built(numbers, [0.5, float(n)], [1.0])
        assert (result, *slopes) == wanted
        assert value_alone(built, numbers, [0.5, float(n)]) == value
    for n in (-1.0, 0.5, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="a whole number of steps"):
            space["swing"](numbers, 0.5, n)
        assert math.isnan(built(numbers, [0.5, n], [1.0])[0][0])
    assert math.isnan(built(numbers, [0.5, 8e15], [1.0])[0][0]), "there is not so much memory"
    assert {w, kick} == set(leaves)


@needs_compiler
def test_guards_several_results_and_a_long_while(tmp_path):
    def step_1(x, y):
        if x < 1.0:
            x = 2.0 * x
        n, x = while_loop(lambda s: s[0] < 300.0, lambda s: (s[0] + 1.0, s[1] * y), (0.0, x))
        return [x, x * n, y]

    program = compile(step_1)
    results = program.value(0.5, 0.99)
    text = program.to_python()
    assert "\ndef program(" in text, "step_1 is the name of a step"
    space = {}
    exec(text, space)
    found, by_numbers, _ = space["program"]([], 0.5, 0.99, seeds=[2.0, 0.5, 1.0])
    assert found == results
    weighed = compile(lambda x, y: sum(a * w for a, w in zip(step_1(x, y), [2.0, 0.5, 1.0])))
    assert by_numbers == pytest.approx(weighed.grad(0.5, 0.99), rel=1e-12)
    with pytest.raises(ValueError, match=r"another branch.*decided on line \d+"):
        space["program"]([], 1.5, 0.99)
    [tape] = program.tapes()
    built = Compiled(program.to_c(), tape, tmp_path, COMPILERS[0], "program")
    assert built([], [0.5, 0.99], [2.0, 0.5, 1.0])[:2] == (results, by_numbers)
    with pytest.raises(AssertionError):
        built([], [1.5, 0.99], [1.0, 1.0, 1.0])  # gives 1


@needs_compiler
def test_infinite_and_missing_numbers_among_constants(tmp_path, full_or_quick):
    odd = [float("inf"), float("nan"), -1.0]

    def f(x):
        low = scan(lambda s, u: (where(s < u, s, u), None), x, odd)[0]
        return scan(lambda s, _: (s, None), float("-inf"), length=x)[0] + low

    program = compile(f)
    value = program.value(2.0)
    assert value == float("-inf")
    assert in_python(program, [], [2.0])[0] == value
    if full_or_quick(True, False):
        assert in_c(program, tmp_path, [], [2.0])[0] == value


@needs_compiler
def test_sequences_of_different_lengths_are_found(tmp_path, full_or_quick):
    def f(x, n, m):
        counted = lambda n: scan(lambda s, _: (s + x, s), 0.0, length=n)[1]
        return scan(lambda s, u: (s + u[0] * u[1], None), 0.0, (counted(n), counted(m)))[0]

    program = compile(f)
    value = program.value(2.0, 3, 3)
    assert in_python(program, [], [2.0, 3.0, 3.0])[0] == value
    with pytest.raises(ValueError, match="xs are of one length"):
        in_python(program, [], [2.0, 3.0, 4.0])
    if full_or_quick(True, False):
        assert in_c(program, tmp_path, [], [2.0, 3.0, 3.0])[0] == value
        assert math.isnan(in_c(program, tmp_path, [], [2.0, 3.0, 4.0])[0])


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no cc here")
def test_the_page_on_loops_calls_c():
    page = Path(__file__).parent.parent / "docs" / "howto" / "loops.md"
    section = page.read_text("utf-8").split("## As machine code")[1]
    [code] = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.S)
    space = {}
    exec(code, space)
    value, slopes = space["program"].value_and_grad(0.5, 0.2, 1000)
    assert (space["value"], space["slopes"]) == (value, pytest.approx(slopes, rel=1e-12))


def test_what_cannot_be_written_says_so(Value):
    total = lambda xs: scan(lambda s, x: (s + x, s), 0.0, xs)
    sequences = compile(lambda xs: total(xs)[0], sequences="xs")
    sequences.value([1.0, 2.0])
    for write in (sequences.to_python, sequences.to_c):
        with pytest.raises(TypeError, match="has sequences, which may be of any length"):
            write()
    program = compile(lambda n: scan(lambda s, _: (s + 1.0, s), 0.0, length=n)[1])
    program.value(3)
    for write in (program.to_python, program.to_c):
        with pytest.raises(TypeError, match="gives a sequence of any length"):
            write()
    inner = lambda s, x, xs: (scan(lambda t, u: (t * u + x, None), s, xs)[0], None)
    program = compile(lambda xs, ys: scan(lambda s, x: inner(s, x, xs), 1.0, ys)[0])
    program.value([1.0, 2.0], [3.0, 4.0])
    for write in (program.to_python, program.to_c):
        with pytest.raises(TypeError, match="reads a whole sequence from outside"):
            write()
