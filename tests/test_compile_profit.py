"""Where tracing does not pay it ends, and what is kept of traces is bounded."""

import math
import random
import re
import warnings

import pytest
from test_compile import replayer  # noqa: F401 (a fixture: each interpreter of tapes in turn)

from autograd_lite import CompileWarning, compile, grad, gradients, no_grad
from autograd_lite.compiler import kept
from autograd_lite.compiler import program as compiled
from autograd_lite.structure import leaves_of


def called(program, *calls):
    """What a program gives for several tuples of arguments, one after another."""
    return [program.value(*args) for args in calls]


def adaptive(k, tolerance=1e-3):
    """y' = -k y**2 from 1 by steps of a size that depends on the error."""
    y, t, h = k * 0.0 + 1.0, 0.0, 0.1
    while t < 2.0:
        h = min(h, 2.0 - t)
        a = -k * y * y
        b = -k * (y + h * a) * (y + h * a)
        error = abs(h * (b - a) / 2.0)
        if error <= tolerance:
            y, t = y + h * (a + b) / 2.0, t + h
        h = h * min(2.0, max(0.3, 0.9 * (tolerance / (error + 1e-300)) ** 0.5))
    return y


@pytest.mark.slow
def test_a_new_branch_at_nearly_each_call_runs_uncompiled_and_that_is_said_once(Value):
    program, rng = compile(adaptive), random.Random(0)
    points = [rng.uniform(0.5, 5.0) for _ in range(90)]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = [program.value_and_grad(k) for k in points]
    [warning] = said
    assert issubclass(warning.category, CompileWarning)
    assert warning.filename == __file__
    assert re.search(
        r"adaptive is traced anew .* another branch, now on line \d+", str(warning.message)
    )
    assert "run uncompiled from now on" in str(warning.message)
    assert program.traces <= 16
    for k, (value, slope) in zip(points, found):
        wanted, (by_k,) = value_of(adaptive, Value, k)
        assert (value, slope) == (wanted, pytest.approx(by_k, rel=1e-12))


def value_of(function, Value, *numbers):
    leaves = list(map(Value, numbers))
    y = function(*leaves)
    return y.data, gradients(y, leaves)


def in_a_loop(w):
    def function(xs, flag):
        total, n = w * xs[0], 0.0
        while n < xs[1]:
            n += 1.0
            total = total + xs[1] * n
        return total if flag else {"total": total, "n": n, "also": (total * 2.0, "text", xs[0])}

    return function


ANSWERS = {
    "value": lambda p, x, a, b: p.value(x, True),
    "values": lambda p, x, a, b: p.value(x, False),
    "value_and_grad": lambda p, x, a, b: p.value_and_grad(x, True),
    "a node": lambda p, x, a, b: p(x, True).data,
    "of Values": lambda p, x, a, b: p([a, b * x[1]], True).data,
    "backward": lambda p, x, a, b: [p.backward([a, b * x[1]], True), a.grad, b.grad],
    "backward of numbers": lambda p, x, a, b: p.backward(x, True),
    "jvp": lambda p, x, a, b: p.jvp((x, True), ([1.0, -2.0], None)),
    "jvp of several": lambda p, x, a, b: p.jvp((x, False), ([1.0, -2.0], None)),
    "hvp": lambda p, x, a, b: p.hvp((x, True), ([1.0, -2.0], None)),
    "nodes": lambda p, x, a, b: [y.data for y in p(x, False)["also"][::2]],
    "a node's gradient": lambda p, x, a, b: gradients(p([a, b * x[1]], True), [a, b]),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_what_calls_give_uncompiled(Value, answer):
    """All answers are those of a replay."""
    w = Value(3.0)
    resting, tracing = compile(in_a_loop(w)), compile(in_a_loop(w))
    visits = [([1.0, n + 0.5], flag) for n in range(12) for flag in (True, False)]
    with pytest.warns(CompileWarning, match="another branch"):
        called(resting, *visits)
    traces = resting.traces
    for n in range(3):
        answers = []
        for program in (resting, tracing):
            a, b, w.grad = Value(2.0), Value(1.0), 0.0
            answers.append([answer(program, [2.0, n + 20.5], a, b), w.grad])
        for found, wanted in zip(*(leaves_of(answer) for answer in answers), strict=True):
            assert found == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)
    assert resting.traces == traces
    assert tracing.traces <= 3


def test_what_only_a_tape_can_say_is_traced(Value):
    w = Value(3.0)
    program = compile(in_a_loop(w), argnums=0)
    with pytest.warns(CompileWarning, match="another branch"):
        called(program, *[([1.0, n + 0.5], True) for n in range(12)])
    traces = program.traces
    assert program.grad([2.0, 20.5], True) == [3.0, 231.0]
    with no_grad():
        assert program.grad([2.0, 20.5], True) == [3.0, 231.0]
        assert program([2.0, 20.5], True).op is None
    assert program.traces == traces
    assert program.leaves([2.0, 20.5], True) == [w]
    assert list(program.leaf_gradients([2.0, 21.5], True)) == [2.0]
    assert program.traces == traces + 2
    several = compile(in_a_loop(w))
    with pytest.warns(CompileWarning, match="another branch"):
        called(several, *[([1.0, n + 0.5], False) for n in range(12)])
    with pytest.raises(TypeError, match="function must return one Value to be differentiated"):
        several.grad([2.0, 30.5], False)


def test_derivatives_taken_inside_stay_differentiable(Value):
    def cube(x):
        n = 0.0
        while n < x:
            n += 1.0
        return x * x * grad(lambda y: x * y)(1.0)

    program = compile(cube)
    with pytest.warns(CompileWarning, match="another branch"):
        found = [(program.value_and_grad(n + 0.5), program.hvp(n + 0.5, 1.0)) for n in range(30)]
    for n, ((value, slope), product) in enumerate(found):
        x = n + 0.5
        assert (value, slope) == (x**3, pytest.approx(3.0 * x * x))
        assert product == pytest.approx(6.0 * x)
    assert program.traces < 20


def test_a_number_uncompiled(Value):
    program = compile(lambda x: float(sum(1 for n in range(30) if x > n)))
    with pytest.warns(CompileWarning, match="another branch"):
        assert called(program, *[(n + 0.5,) for n in range(20)]) == [n + 1.0 for n in range(20)]
    assert program.value_and_grad(25.5) == (26.0, 0.0)
    assert program(25.5).data == program.backward(25.5) == 26.0
    assert program.jvp(25.5, 1.0) == 0.0


@pytest.mark.slow
def test_calls_are_compiled_again_once_the_branches_are_known(Value):
    def function(x):
        n = 0.0
        while n < x:
            n += 1.0
        return x * n

    program = compile(function)
    with pytest.warns(CompileWarning) as said:
        found = called(program, *[(i * 7 % 20 + 0.5,) for i in range(2000)])
    assert found == [x * math.ceil(x) for x in (i * 7 % 20 + 0.5 for i in range(2000))]
    assert len(said) == 1
    assert program.traces == 20
    traces = program.traces
    program.function = None  # all that follow are replays
    called(program, *[(n + 0.5,) for n in range(20)])
    assert program.traces == traces


def test_a_few_branches_are_no_reason_to_stop(Value):
    program = compile(lambda x: [x, -x, x * 2.0, x * 3.0][sum(1 for n in (1.0, 2.0, 3.0) if x > n)])
    for x in (0.5, 1.5, 2.5, 3.5, 0.5, 1.5, 2.5, 3.5):
        program.value(x)
    assert program.traces == 4


def test_leaves_that_are_replaced_at_each_call(Value):
    state = {}
    program = compile(lambda x: state["w"] * x)

    def training(number):
        state["w"] = Value(number)
        return program.value_and_grad(2.0)

    with pytest.warns(CompileWarning, match="leaves that it reads have been replaced"):
        found = [training(float(i)) for i in range(20)]
    assert found == [(2.0 * i, float(i)) for i in range(20)]
    assert program.traces <= 10


@pytest.mark.slow
def test_another_constant_or_length_at_each_call(Value):
    program = compile(lambda xs: sum(xs) * xs[0])
    with pytest.warns(CompileWarning, match="another structure, or other constants"):
        found = called(program, *[([2.0] * n,) for n in range(1, 101)])
    assert found == [4.0 * n for n in range(1, 101)]
    assert program.traces == kept.BRANCHES
    few = compile(lambda xs: sum(xs) * xs[0])
    for _ in range(3):
        for n in range(1, 41):
            assert few.value([2.0] * n) == 4.0 * n
    assert few.traces == 40


@pytest.mark.slow
def test_a_batch_is_told_and_traced(Value):
    program = compile(adaptive, batch="none")
    with pytest.warns(CompileWarning, match="traced anew at nearly each call") as said:
        called(program, *[([0.5 + 0.2 * n],) for n in range(20)])
    assert len(said) == 1
    assert "uncompiled" not in str(said[0].message)
    assert program.traces >= 15


def test_tapes_are_bounded_and_the_ones_used_longest_ago_go(Value, monkeypatch):
    monkeypatch.setattr(kept, "PATIENCE", 10**6)
    monkeypatch.setattr(kept, "BRANCHES", 4)
    monkeypatch.setattr(compiled, "STRUCTURES", 3)

    def steps(xs):
        n = 0.0
        while n < xs[0]:
            n += 1.0
        return xs[0] * n

    program = compile(steps)
    for n in range(10):
        program.value([0.5])  # used in between, so that it stays
        assert program.value([n + 0.5]) == (n + 0.5) * (n + 1)
    assert len(program.tapes()) == 4
    traces = program.traces
    assert program.value([0.5]) == 0.5
    assert program.traces == traces
    for n in range(2, 8):
        program.value([0.5])
        program.value([0.5] * n)
    assert len(program.tapes()) == 4 + 2
    traces = program.traces
    program.value([0.5])
    program.value([0.5] * 7)
    assert program.traces == traces
    program.value([0.5] * 2)
    assert program.traces == traces + 1


@pytest.mark.slow
def test_many_structures_that_come_again_are_no_reason_to_stop(Value):
    program = compile(lambda xs: sum(xs))
    for n in range(1, 150):
        program.value([1.0] * n)
        assert program.value([1.0] * (1 + n // 2)) == 1 + n // 2
    assert program.traces == 149
    assert len(program.tapes()) == 149
