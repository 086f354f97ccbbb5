"""`program.in_c`: a program as machine code gives what the program gives."""

import copy
import math
import os
import pickle
import random
import shutil
import sys
import tempfile
import threading
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_random_graphs import programs
from test_source import FILES

from autograd_lite import BranchError, NativeValue, Primitive, compile, scan, sin, where, while_loop

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no cc here")


@pytest.fixture(autouse=True)
def cc(monkeypatch):
    monkeypatch.delenv("CC", raising=False)


def same_bits(x, y):
    return x == y and math.copysign(1.0, x) == math.copysign(1.0, y) if x == x else y != y


def check(program, fast, *args, **named):
    """The value has the same bits, the gradient is the same but for its last digits."""
    value, slopes = program.value_and_grad(*args, **named)
    found, of_c = fast.value_and_grad(*args, **named)
    assert same_bits(found, value), (found, value)
    assert same_bits(fast.value(*args, **named), value)
    assert type(of_c) is type(slopes)
    assert np.allclose(flat(of_c), flat(slopes), rtol=1e-13, atol=1e-300, equal_nan=True)
    of_leaves = program.leaf_gradients(*args, **named)
    found = fast.leaf_gradients(*args, **named)
    assert np.allclose(found, of_leaves, rtol=1e-13, atol=1e-300, equal_nan=True)


def flat(x):
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, (list, tuple)):
        return [number for entry in x for number in flat(entry)]
    return [] if x is None else [float(number) for number in np.ravel(x)]  # None: of a constant


@needs_cc
@given(program=programs(), leaves=st.integers(0, 5))
@FILES
def test_random_programs(Value, program, leaves):
    own = [Value(x) for x in program.leaves[:leaves]]
    compiled = compile(lambda *xs: program.run([*own, *xs], Value._apply, float))
    xs = program.leaves[leaves:]
    compiled.value(*xs)  # so that there is a tape, also where there are no arguments
    fast = compiled.in_c(*xs, flags=["-O0"])
    check(compiled, fast, *xs)


Pair = namedtuple("Pair", "a b")


@pytest.mark.slow
@needs_cc
def test_structures_argnums_constants_and_leaves(Value):
    w = Value(3.0, label="w")

    def f(p, xs, pair, kind, *, scale=1.0):
        sign = -1.0 if kind == "minus" else 1.0
        return sign * w * p["a"] * xs[0] * xs[1] * scale + pair.a / pair.b + sin(p["b"][1])

    args = {"a": 2.0, "b": [1.0, 0.5]}, np.array([1.5, -2.0]), Pair(1.0, 4.0), "minus"
    for argnums in (None, 1, (2, 0)):
        program = compile(f, argnums=argnums, static="kind")
        fast = program.in_c(*args, scale=0.5, flags=["-O0"])
        check(program, fast, *args, scale=0.5)
        value, slopes = fast.value_and_grad(*args, scale=0.5)
        assert repr(slopes) == repr(program.grad(*args, scale=0.5))
        assert repr(fast.grad(*args, scale=0.5)) == repr(slopes)
    assert fast.leaves() == [w]
    w.data = -0.25  # it is read at each call
    check(program, fast, *args, scale=0.5)
    assert fast.value(*args, scale=0.5) != value
    other = Value(0.5)
    assert fast.value(*args, scale=other) == program.value(*args, scale=0.5)
    with pytest.raises(TypeError, match=r"arguments of .*, got .*scale=a number\): call in_c"):
        fast.value({"a": 2.0}, [1.0], Pair(1.0, 2.0), "minus", scale=0.5)
    with pytest.raises(TypeError, match="of other names or constants: call in_c of the program"):
        fast.value({"a": 2.0, "c": [1.0, 0.5]}, *args[1:], scale=0.5)
    with pytest.raises(TypeError, match=r"got .*'plus'"):
        fast.value(*args[:3], "plus", scale=0.5)


@pytest.mark.slow
@needs_cc
def test_several_results_constants_among_them_and_none(Value):
    program = compile(lambda x, y: {"a": [x * y, 2.0], "b": (x + y, None), "c": x})
    fast = program.in_c(2.0, 3.0, flags=["-O0"])
    assert fast.value(2.0, 3.0) == program.value(2.0, 3.0)
    for found in (fast.grad, fast.leaf_gradients):
        with pytest.raises(TypeError, match="must return one Value to be differentiated"):
            found(2.0, 3.0)
    array = compile(lambda xs: np.array([[xs[0] * xs[1]], [xs[1]]]))
    given = np.array([2.0, 3.0])
    found = array.in_c(given, flags=["-O0"]).value(given)
    assert repr(found) == repr(array.value(given))


@pytest.mark.slow
@needs_cc
def test_loops(Value):
    push = Value(0.3, label="push")

    def swing(start, n):
        def step(state, _):
            angle, speed = state
            speed = speed + 0.01 * (push - sin(angle) - 0.2 * speed)
            if angle < 0.0:
                speed = 0.9 * speed
            return (angle + 0.01 * speed, speed), None

        (angle, speed), _ = scan(step, tuple(start), None, n)
        return angle * while_loop(lambda x: x < 10.0, lambda x: x * x + speed * speed, angle + 1.5)

    program = compile(swing, argnums=0)
    fast = program.in_c([0.5, 0.1], 10)
    for n in (0, 1, 100_000 if Value is NativeValue else 500):
        check(program, fast, [0.5, 0.1], n)
    push.data = -0.3
    check(program, fast, [-0.5, 0.1], 1000)
    for n in (2.5, -1, math.nan):
        with pytest.raises(ValueError, match="the number of steps of a loop in swing is a whole"):
            fast.value([0.5, 0.1], n)


@pytest.mark.slow
@needs_cc
def test_branches_nan_and_infinity(Value):
    program = compile(lambda x, y: x * y if x < y else where(y > 0.0, x / y, y).sqrt())
    program.value(1.0, 2.0)
    program.value(2.0, 1.0)
    with pytest.raises(ValueError, match="has 2 tapes: give arguments"):
        program.in_c()
    fast = program.in_c(2.0, 1.0)
    for args in ((2.0, 1.0), (2.0, -1.0), (math.nan, 1.0), (math.inf, 1.0), (2.0, 0.0), (-1.0, -2)):
        check(program, fast, *args)
    assert math.isnan(fast.value(math.nan, 1.0))  # which is a result, and no other branch
    for found in (fast.value, fast.grad):
        with pytest.raises(BranchError, match=r"another branch of <lambda> .*test_in_c\.py.*in_c"):
            found(1.0, 2.0)
    assert program.in_c(1.0, 2.0).value(1.0, math.inf) == math.inf


@pytest.mark.slow
@needs_cc
def test_the_only_tape_a_replaced_leaf_and_threads(Value):
    weights = [Value(random.Random(i).uniform(-1, 1)) for i in range(4)]
    program = compile(lambda x: sum(w * (x * k).tanh() for k, w in enumerate(weights)))
    with pytest.raises(ValueError, match="has no tape: call it first"):
        program.in_c()
    program.value(0.5)
    fast = program.in_c()
    wanted = [program.value_and_grad(0.01 * i) for i in range(100)]
    found = {}

    def work(k):
        found[k] = [fast.value_and_grad(0.01 * i) for i in range(100)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for several in found.values():
        assert [value for value, _ in several] == [value for value, _ in wanted]
        assert [x for _, x in several] == pytest.approx([x for _, x in wanted], rel=1e-13)
    assert "-ffp-contract=off" in fast.command
    assert "double *leaf_gradient" in fast.source
    assert repr(fast) == "<<lambda> as machine code by cc, for arguments (a number)>"
    for refused in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="pickle or save the program, and call its in_c"):
            refused(fast)
    weights[0] = Value(1.0)
    with pytest.raises(RuntimeError, match="has been replaced: call in_c of the program again"):
        fast.value(0.5)
    assert program.in_c(0.5, flags=["-O0"]).value(0.5) == program.value(0.5)


@needs_cc
def test_a_saved_program_and_no_file_is_left(Value, tmp_path, monkeypatch):
    from autograd_lite import load_program

    program = compile(lambda x, y: x * y.exp())
    program.value(2.0, 3.0)
    program.save(tmp_path / "program.json")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    loaded = load_program(tmp_path / "program.json")
    check(program, loaded.in_c(), 1.0, 2.0)
    if os.name != "nt":
        assert not list(folder.iterdir())


def test_what_is_refused(Value):
    total = lambda xs: scan(lambda s, x: (s + x, s), 0.0, xs)
    with pytest.raises(TypeError, match="has sequences, which may be of any length"):
        compile(lambda xs: total(xs)[0], sequences="xs").in_c([1.0, 2.0])
    with pytest.raises(TypeError, match="has a batch, and in_c is for programs without"):
        compile(lambda x: x * x, batch="mean").in_c([1.0, 2.0])
    with pytest.raises(TypeError, match="gives a sequence of any length"):
        compile(lambda n: scan(lambda s, _: (s + 1.0, s), 0.0, length=n)[1]).in_c(3)
    with pytest.raises(ValueError, match="returns no Value"):
        compile(lambda x: None).in_c(3.0)
    cube = Primitive("cube", lambda x: x * x * x, lambda out, x: (3.0 * x * x,))
    with pytest.raises(TypeError, match="cube cannot be written in C"):
        compile(lambda x: cube(x)).in_c(3.0)
    with pytest.raises(TypeError, match=r'flags is a list of strings, such as \["-O3"\], got'):
        compile(lambda x: x * x).in_c(3.0, flags="-O3")


@pytest.mark.parametrize("platform", ["linux", "darwin", "nt"])
def test_no_compiler(Value, monkeypatch, platform):
    monkeypatch.setenv("CC", "no_such_compiler -O1")
    if platform == "darwin":
        monkeypatch.setattr(sys, "platform", platform)
    if platform == "nt":
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setattr("shutil.which", lambda name: None)  # which would ask Windows
    with pytest.raises(RuntimeError, match=r"no 'no_such_compiler' here: get .* works without"):
        compile(lambda x: x * x).in_c(3.0)


@needs_cc
def test_a_compiler_that_fails(Value, monkeypatch):
    program = compile(lambda x: x * x)
    with pytest.raises(RuntimeError, match=r"(?s)the C compiler failed: cc .*no-such-flag"):
        program.in_c(3.0, flags=["-fno-such-flag"])
    if os.name != "nt":
        monkeypatch.setenv("CC", "true")  # which makes nothing
        with pytest.raises(RuntimeError, match="what the C compiler made cannot be loaded"):
            program.in_c(3.0)
