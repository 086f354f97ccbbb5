"""Primitives of a user in compiled functions: several results, and functions that take arrays.

The replay in pieces is compared with the function itself, with the reference interpreter, and with
SciPy and formulas of the same function that are rows of the table.
"""

import functools
import math
import random
import threading
from array import array
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import special

import autograd_lite as ag
from autograd_lite import (
    MultiPrimitive,
    Primitive,
    TraceError,
    compile,
    cos,
    detect_anomaly,
    exp,
    grad,
    gradcheck,
    hessian,
    hvp,
    implicit,
    no_grad,
    sin,
    sqrt,
    where,
)
from autograd_lite.compiler import interpreter, specialization
from autograd_lite.compiler.calls import times
from autograd_lite.compiler.pieces import BLOCK, Pieces
from autograd_lite.compiler.replay import Asked, Replay
from autograd_lite.compiler.tape import OPCODES

j0 = Primitive("j0", special.j0, lambda out, x: (-j1(x),), vectorized=True)
j1 = Primitive("j1", special.j1, lambda out, x: (j0(x) - out / x,), vectorized=True)
cube = Primitive("cube", lambda x: x**3, lambda out, x: (3.0 * x * x,))
ratio = Primitive("ratio", lambda x, y: x / y, lambda out, x, y: (1.0 / y, -out / y))
polar = MultiPrimitive(
    "polar",
    lambda r, t: (r * math.cos(t), r * math.sin(t)),
    lambda outs, r, t: ((cos(t), -outs[1]), (sin(t), outs[0])),
    results=2,
)


def polar_of_rows(r, t):
    return r * cos(t), r * sin(t)


# Several results ----------------------------------------------------------------------------------


def f(point, r, t):
    x, y = point(r, t)
    return x * x * y + exp(x) - sin(y) * t


def close(x, y, tolerance=1e-13):
    return np.allclose(x, y, rtol=tolerance, atol=tolerance)


def test_several_results_are_values_with_gradients_of_every_order(Value):
    mine, rows = (lambda r, t: f(polar, r, t)), (lambda r, t: f(polar_of_rows, r, t))
    r, t = Value(1.7), Value(0.4)
    x, y = polar(r, t)
    assert (x.op.name, x.op.label, y.op.label) == ("polar_0", "polar[0]", "polar[1]")
    mine(r, t).backward()
    assert close((r.grad, t.grad), grad(rows)(1.7, 0.4))
    assert close(hessian(mine)(1.7, 0.4), hessian(rows)(1.7, 0.4))
    for k in (0, 1):
        third = [grad(grad(grad(g, k), k), k)(1.7, 0.4) for g in (mine, rows)]
        assert close(*third)
    gradcheck(mine, 1.7, 0.4, order=2)
    assert polar(2.0, 0.0) == (2.0, 0.0)  # numbers in, numbers out
    assert polar(t=0.0, r=2.0) == (2.0, 0.0)


def test_they_are_compiled(Value):
    program = compile(lambda r, t: f(polar, r, t))
    rows = compile(lambda r, t: f(polar_of_rows, r, t))
    for at in ((1.7, 0.4), (0.3, -2.0)):
        assert close(program.value(*at), rows.value(*at))
        assert close(program.grad(*at), rows.grad(*at))
        assert close(program.jvp(at, (1.0, 2.0)), rows.jvp(at, (1.0, 2.0)))
        assert close(program.hvp(at, (1.0, 2.0)), rows.hvp(at, (1.0, 2.0)))
        assert close(program.hvp(at, (1.0, 2.0)), hvp(lambda *at: f(polar, *at))(at, (1.0, 2.0)))
    assert program.traces == 1
    r = Value(1.7)
    program(r, 0.4).backward()
    assert close(r.grad, rows.grad(1.7, 0.4)[0])
    many = compile(lambda r, t: f(polar, r, t), batch="none")
    at = np.linspace(0.5, 2.0, 40), 0.4  # the second is the same for all samples
    values, slopes = many.value_and_grad(*at)
    each = [rows.value_and_grad(r, 0.4) for r in at[0]]
    assert close(values, [value for value, _ in each])
    assert close(slopes[0], [slope[0] for _, slope in each])
    assert close(slopes[1], sum(slope[1] for _, slope in each))


def test_results_of_one_call_are_one_call(Value):
    calls = []

    def evaluate(x):
        calls.append(x)
        return x, x * x, x**3

    powers = MultiPrimitive(
        "powers", evaluate, lambda outs, x: ((1.0,), (2.0 * x,), (3.0 * x * x,)), results=3
    )
    a, b, c = powers(Value(2.0))
    assert (a.data, b.data, c.data, calls) == (2.0, 4.0, 8.0, [2.0])
    powers(2.0)
    assert calls == [2.0, 2.0]  # another call may give something else
    program = compile(lambda x, y: ag.sum(powers(x)) + powers(y)[1] + powers(x)[2])
    assert program.value(2.0, 5.0) == 14.0 + 25.0 + 8.0
    calls.clear()
    assert program.value_and_grad(3.0, 5.0) == (39.0 + 25.0 + 27.0, (1.0 + 6.0 + 54.0, 10.0))
    assert sorted(calls) == [3.0, 5.0]
    program = compile(lambda x: (lambda a, b, c: sin(a) * b + c)(*powers(x)))
    program.value(2.0)
    calls.clear()
    program.value(3.0)  # also where rows could go on with the first result
    assert calls == [3.0]


def test_a_result_by_itself_is_computed_anew(Value):
    state = SimpleNamespace(scale=1.0)
    pair = MultiPrimitive(
        "pair", lambda x: (state.scale * x, x), lambda outs, x: ((state.scale,), (1.0,)), results=2
    )
    assert pair(3.0) == (3.0, 3.0)
    state.scale = 5.0
    assert pair.results[0](3.0) == 15.0


def test_results_at_a_pole_are_those_of_ieee(Value):
    both = MultiPrimitive(
        "both", lambda x: (1.0 / x, x), lambda outs, x: ((-outs[0] / x,), (1.0,)), results=2
    )
    x = Value(0.0)
    y, z = both(x)
    z.backward()
    assert (y.data, z.data, x.grad) == (math.inf, 0.0, 1.0)
    y.backward()
    assert x.grad == -math.inf


def test_they_are_told_from_each_other_under_a_watch_and_without_recording(Value):
    with no_grad():
        x, y = polar(Value(2.0), 0.0)
    assert (x.data, y.data, x.parents) == (2.0, 0.0, ())
    bad = MultiPrimitive(
        "bad", lambda x: (x, math.inf), lambda outs, x: ((1.0,), (0.0,)), results=2
    )
    with detect_anomaly(), pytest.raises(ag.AnomalyError, match="bad_1"):
        bad(Value(1.0))


def test_threads_do_not_take_each_others_results(Value):
    wrong = []

    def work(k):
        for i in range(200):
            r = 1.0 + k + i / 1000.0
            x, y = polar(Value(r), 0.5)
            if (x.data, y.data) != (r * math.cos(0.5), r * math.sin(0.5)):
                wrong.append(r)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("evaluate", "rule", "error"),
    [
        (lambda x: x, None, r"pair must return a sequence of 2 results, got float 1\.0"),
        (lambda x: (x, x, x), None, "sequence of 2 results, got tuple of length 3"),
        (lambda x: (x, "y"), None, "a value of pair must be a number, got str 'y'"),
        (None, lambda outs, x: (1.0, 2.0), "2 rows of 1 partial.*got tuple of length 2"),
        (None, lambda outs, x: ((1.0,),), "got tuple of length 1 with rows of 1$"),
        (None, lambda outs, x: ((1.0, 2.0), (3.0, 4.0)), "with rows of 2, 2$"),
        (None, lambda outs, x: ((1.0,), (None,)), "a partial of pair must be a number, got None"),
    ],
)
def test_wrong_functions_are_refused(Value, evaluate, rule, error):
    pair = MultiPrimitive(
        "pair", evaluate or (lambda x: [x, x]), rule or (lambda outs, x: ((1.0,), (1.0,))), 2
    )
    with pytest.raises(TypeError, match=error):
        pair(Value(1.0))
    with pytest.raises(TypeError, match=error):
        compile(lambda x: ag.sum(pair(x))).grad(1.0)


@pytest.mark.parametrize("results", [0, -1, 2.0, True, None])
def test_how_many_results_is_a_count(results):
    with pytest.raises(ValueError, match="results of pair is how many there are, got"):
        MultiPrimitive("pair", lambda x: (x, x), lambda outs, x: ((1.0,), (1.0,)), results)


# Functions that take arrays -----------------------------------------------------------------------


def g(x, w):
    return sin(w * x) * j0(x * w) + exp(-x) * j0(w)


def test_a_batch_calls_a_vectorized_function_for_all_samples_at_once(Value):
    sizes = []

    def evaluate(x):
        sizes.append(np.size(x))
        return np.cos(x)

    mine = Primitive("mine", evaluate, lambda out, x: (-sin(x),), vectorized=True)
    program = compile(lambda x: mine(x) + mine(2.0 * x), batch="sum")
    xs = np.linspace(0.0, 3.0, 50)
    value, slopes = program.value_and_grad(xs)
    assert max(sizes) == 100
    assert len(sizes) == 3
    assert close(value, (np.cos(xs) + np.cos(2.0 * xs)).sum())
    assert close(slopes, -np.sin(xs) - 2.0 * np.sin(2.0 * xs))


@pytest.mark.parametrize("samples", [1, 2, 40])
def test_its_derivatives_are_those_of_the_function(Value, samples):
    w = Value(0.7)
    program = compile(lambda x: g(x, w), batch="sum")
    xs = np.linspace(0.1, 5.0, samples)
    value, slopes = program.value_and_grad(xs)
    assert close(value, sum(g(x, 0.7) for x in xs.tolist()))
    assert close(slopes, [grad(g, 0)(x, 0.7) for x in xs.tolist()])
    [slope] = program.leaf_gradients(xs)
    assert close(slope, sum(grad(g, 1)(x, 0.7) for x in xs.tolist()))
    assert close(program.jvp(xs, np.ones(samples)), slopes.sum())
    second = [grad(grad(lambda x: g(x, 0.7)))(x) for x in xs.tolist()]
    assert close(program.hvp(xs, np.ones(samples)), second, 1e-12)
    y = program(xs)
    w.grad = 0.0
    y.backward()
    assert close(w.grad, slope)


@pytest.mark.slow
def test_batches_of_several_blocks(Value, full_or_quick):
    samples = full_or_quick(3 * BLOCK + 5, BLOCK + 5)
    if Value is not ag.NativeValue:
        samples = BLOCK + 5
    w = Value(0.7)
    program = compile(lambda x: w * j0(x[0] * x[1]), batch="mean", threads=2)
    xs = np.random.default_rng(1).uniform(0.1, 3.0, (samples, 2))
    value, slopes = program.value_and_grad(xs)
    inner = xs[:, 0] * xs[:, 1]
    assert close(value, 0.7 * special.j0(inner).mean())
    wanted = -0.7 * special.j1(inner)[:, None] * xs[:, ::-1] / samples
    assert close(slopes, wanted)
    assert close(program.leaf_gradients(xs), [special.j0(inner).mean()])


def test_a_result_that_all_samples_share(Value):
    program = compile(lambda x, a: [x * 2.0, cube(a)][1], batch="sum")
    assert program.value_and_grad([1.0, 2.0, 5.0], 3.0) == (81.0, ([0.0, 0.0, 0.0], 81.0))
    program = compile(lambda x, a: cube(a), batch="mean")
    assert program.value_and_grad([1.0, 2.0, 5.0], 3.0) == (27.0, ([0.0, 0.0, 0.0], 27.0))


def test_a_rule_that_cannot_be_traced_runs_on_numbers(Value):
    by_scipy = Primitive("by_scipy", special.j0, lambda out, x: (-special.j1(x),), vectorized=True)
    decides = Primitive(
        "decides", np.abs, lambda out, x: (1.0 if x > 0.0 else -1.0,), vectorized=True
    )
    constant = Primitive("constant", lambda x: 2.0, lambda out, x: (0.0,), vectorized=True)
    xs = np.array([-1.0, 0.5, 2.0])
    assert close(compile(by_scipy, batch="sum").grad(xs), -special.j1(xs))
    assert compile(decides, batch="sum").grad(xs).tolist() == [-1.0, 1.0, 1.0]
    assert compile(constant, batch="sum").value_and_grad(xs)[0] == 6.0


def slope(out, x):
    return 1.5 * out / x


def caught(out, x):
    try:
        return (slope(out, x),)
    except ZeroDivisionError:
        return (0.0,)


def caught_on_the_way(out, x):
    with suppress(ArithmeticError):
        out = out + 0.0 / (1.0 - x)  # a Value is nan at 1
        x = x + x**-400.0 * 0.0  # and here at 0
        return (slope(out, x),)
    return (7.0,)


def looked_up(out, x):
    return ({0.0: 7.0, 8.0: 5.0}.get(2.0 * x) or slope(out, x),)


@functools.cache
def kept(x):
    return x * 1.0


# Of |x|**1.5 the slope at 0 is 0 / 0, unless a rule decides, and in some it is wrong elsewhere.
DECIDING = {
    "==": lambda out, x: (0.0 if x == 0.0 else slope(out, x),),
    "== of a result": lambda out, x: (0.0 if out * 2.0 == 0.0 else slope(out, x),),
    "!=": lambda out, x: (slope(out, x) if x != 0.0 else 0.0,),
    "bool": lambda out, x: (slope(out, x) if x else 0.0,),
    "in a tuple": lambda out, x: (0.0 if x in (0.0, 5.0) else slope(out, x),),
    "in a set": lambda out, x: (0.0 if x in {0.0, 5.0} else slope(out, x),),
    "in a table": looked_up,
    "in a cache": lambda out, x: (kept(x) + (slope(out, x) if x else 0.0),),
    "an error": caught,
    "errors on the way": caught_on_the_way,
}
POINTS = [1.0, 0.0, 4.0, -4.0] * 10


def of_this_slope(rule):
    return Primitive("own", lambda x: abs(x) ** 1.5, rule, vectorized=True)


@pytest.mark.parametrize("rule", DECIDING.values(), ids=DECIDING.keys())
def test_a_rule_that_decides_by_numbers_does_so_for_each_sample(Value, rule):
    own = of_this_slope(rule)
    one, many = compile(lambda x: own(x)), compile(lambda x: own(x), batch="sum")
    slopes = [one.grad(x) for x in POINTS]
    assert many.grad(POINTS) == slopes
    assert compile(lambda xs: ag.sum(own(x) for x in xs)).grad(POINTS) == slopes
    assert many.jvp(POINTS, [1.0] * 40) == pytest.approx(sum(slopes))


FORMULAS = {
    "where ==": lambda out, x: (where(x == 0.0, 0.0, slope(out, x)),),
    "where <": lambda out, x: (where((x < 0.0) | (x > 0.0), slope(out, x), 0.0),),
    "where and": lambda out, x: (where((x >= 0.0) & (x <= 0), 0.0, slope(out, x)),),
    "operators": lambda out, x: (
        1.5 * (-(abs(x) ** 0.5)) * -x / (abs(x) + 1e-300) + 0.0 * (1.0 - x),
    ),
    "NumPy": lambda out, x: (np.float64(1.5) * np.sqrt(abs(x)) * ag.sign(x),),
    "rows": lambda out, x: (ag.sign(x) * ag.sum(ag.mul(1.5, sqrt(abs(x))), x % 1.0),),
    "a power": lambda out, x: (ag.sign(x) * out ** (1.0 / 3.0) * 1.5,),
}


@pytest.mark.parametrize("rule", FORMULAS.values(), ids=FORMULAS.keys())
def test_a_rule_that_is_a_formula_is_not_called_for_each_sample(Value, rule):
    calls = []

    def counted(out, x):
        calls.append(x)
        return rule(out, x)

    own = of_this_slope(counted)
    program = compile(lambda x: own(x), batch="sum")
    program.grad(POINTS)
    calls.clear()
    found = program.grad(POINTS)
    assert len(calls) == 1
    assert found == pytest.approx([1.5, 0.0, 3.0, -3.0] * 10)


FACTOR = 1.0


def by_global():
    def put(factor):
        global FACTOR
        FACTOR = factor

    return put, lambda out, x: (FACTOR * cos(x),)


def by_closure():
    factor = 1.0

    def put(new):
        nonlocal factor
        factor = new

    return put, lambda out, x: (factor * cos(x),)


def by_entry():
    factors = {"by": 1.0}
    return lambda factor: factors.update(by=factor), lambda out, x: (factors["by"] * cos(x),)


def by_attribute_of_a_function():
    def times(x):
        return times.factor * x

    return lambda factor: setattr(times, "factor", factor), lambda out, x: (times(cos(x)),)


@pytest.mark.parametrize("made", [by_global, by_closure, by_entry, by_attribute_of_a_function])
def test_numbers_that_a_rule_reads_are_those_of_the_call(Value, made, monkeypatch):
    lowered, lower = [], specialization.lower
    monkeypatch.setattr(specialization, "lower", lambda *x: lowered.append(x) or lower(*x))
    put, rule = made()
    own = Primitive("own", np.sin, rule, vectorized=True)
    program = compile(lambda x: own(x), batch="sum")
    for factor, tapes in ((1.0, 1), (1.0, 1), (5.0, 2), (5.0, 2), (1.0, 3)):
        put(factor)
        assert program.grad(POINTS) == pytest.approx([factor * math.cos(x) for x in POINTS])
        assert len(lowered) == tapes


def test_a_rule_that_reads_nothing_that_changes_is_traced_once(Value, monkeypatch):
    traced, trace = [], specialization.traced_rule
    monkeypatch.setattr(specialization, "traced_rule", lambda *x: traced.append(x) or trace(*x))
    root = implicit(lambda y, x: y * y - x, lambda x: np.sqrt(x), vectorized=True)
    of_modules = of_this_slope(lambda out, x: (ag.cos(x) + np.cos(x),))
    for f in (j0, of_this_slope(FORMULAS["where =="]), of_modules, lambda x: root(x * x + 1.0)):
        program = compile(lambda x, f=f: f(x), batch="sum")
        for n in (40, 10, 5000):
            program.grad(np.linspace(1.0, 2.0, n))
        assert len(traced) == 1
        traced.clear()


def test_a_rule_that_draws_does_so_for_each_sample(Value):
    rng = random.Random(1)
    noisy = Primitive("noisy", np.sin, lambda out, x: (cos(x) + rng.random(),), vectorized=True)
    slopes = compile(lambda x: noisy(x), batch="sum").grad(POINTS)
    assert len(set(slopes)) == 40


def test_a_rule_with_transforms_runs_on_numbers(Value):
    own = Primitive("own", np.square, lambda out, x: (grad(lambda v: v * v)(x),), vectorized=True)
    assert compile(lambda x: own(x), batch="sum").grad(POINTS) == [2.0 * x for x in POINTS]


def test_several_results_of_arrays(Value):
    both = MultiPrimitive(
        "both",
        lambda x: (np.sin(x), np.cos(x)),
        lambda outs, x: ((outs[1],), (-outs[0],)),
        results=2,
        vectorized=True,
    )
    program = compile(lambda x: both(x)[0] * both(2.0 * x)[1], batch="none")
    rows = compile(lambda x: sin(x) * cos(2.0 * x), batch="none")
    xs = np.linspace(-2.0, 2.0, 33)
    assert close(program.value_and_grad(xs), rows.value_and_grad(xs))
    assert close(compile(lambda x: both(x)[1]).hvp(0.3, 1.0), -math.cos(0.3))


def test_an_array_of_another_length_is_refused(Value):
    wrong = Primitive("wrong", lambda x: np.zeros(7), lambda out, x: (0.0,), vectorized=True)
    program = compile(lambda x: wrong(x), batch="sum")
    with pytest.raises(TypeError, match="a value of wrong must be a number, got ndarray of shape"):
        program.value([1.0, 2.0])  # by the trace, which has one sample
    right_for_one = Primitive(
        "wrong", lambda x: x if np.size(x) == 1 else x[1:], lambda out, x: (1.0,), vectorized=True
    )
    with pytest.raises(ValueError, match=r"arrays of 2 numbers it must give an array of 2, got .*"):
        compile(right_for_one, batch="sum").value([1.0, 2.0])


# In pieces ----------------------------------------------------------------------------------------


def mixed(x, a):
    """Rows and functions of a user in turns, some on what all samples share."""
    r, s = polar(a, 0.3)
    y = cube(x) * r + j0(x * a)
    u, v = polar(y, s * x)
    z = where(u > v, sqrt(ratio(u, 1.0 + v * v) ** 2 + 1.0), cube(v))
    return ratio(z, exp(a)) + cube(a)


def test_pieces_do_what_the_reference_interpreter_does(Value):
    xs = [0.2, 0.9, -1.3]
    for batch, args in (("none", (xs, 0.7)), (None, (0.9, 0.7))):
        program = compile(mixed, batch=batch)
        values = program.value_and_grad(*args)
        rates = program.jvp(args, ([1.0, 2.0, 3.0] if batch else 1.0, 0.5))
        [tape] = program.tapes()
        assert any(i.op not in OPCODES for i in tape.instructions)
        [specialization] = program._all()
        specialization.replay = lambda job, tape=tape: interpreter.replay(tape, job)
        program._quick = None
        wanted = program.value_and_grad(*args)
        assert close(values[0], wanted[0])
        assert close(values[1][0], wanted[1][0])
        assert close(values[1][1], wanted[1][1])
        assert close(rates, program.jvp(args, ([1.0, 2.0, 3.0] if batch else 1.0, 0.5)))
    each = [grad(mixed)(x, 0.7) for x in xs]
    program = compile(mixed, batch="sum")
    slopes = program.grad(xs, 0.7)
    assert close(slopes[0], [dx for dx, _ in each])
    assert close(slopes[1], sum(da for _, da in each))
    seconds = [hvp(mixed)((x, 0.7), (1.0, 0.0))[0] for x in xs]
    assert close(program.hvp((xs, 0.7), ([1.0, 1.0, 1.0], 0.0))[0], seconds, 1e-12)


def test_a_single_sample_has_the_bits_of_the_function(Value):
    program = compile(mixed)
    for x in (0.2, 0.9, -1.3):
        assert program.value(x, 0.7) == mixed(x, 0.7)


@pytest.mark.slow
def test_a_guard_shields_a_function(Value):
    def root(x):
        if x < 0.0:
            raise LookupError("no such root")
        return math.sqrt(x)

    mine = Primitive("root", root, lambda out, x: (0.5 / out,))
    program = compile(lambda x: mine(x) if x > 0.0 else -x)
    assert program.value(4.0) == 2.0
    assert program.value_and_grad(-3.0) == (3.0, -1.0)
    assert program.value(9.0) == 3.0
    assert program.traces == 2
    many = compile(lambda x: mine(x) if x > 0.0 else -x, batch="sum")
    assert many.value([1.0, 4.0]) == 3.0
    assert many.value([-1.0, -4.0]) == 5.0
    assert many.value([1.0, -4.0]) == 5.0
    assert many.grad([4.0, -1.0, 16.0]) == [0.25, -1.0, 0.125]
    assert many.value([1.0] * (BLOCK + 2) + [-1.0]) == BLOCK + 3.0


def test_which_of_several_guards_does_not_hold(Value):
    def f(x):
        y = cube(x) if x > 0.0 else x
        if y > 100.0:
            y = sqrt(y)  # fmt: skip
        return ratio(y, x) if y < 50.0 else y

    program = compile(f, batch="none")
    program.value([1.0, 2.0])
    [specialization] = program._all()
    for x, guard in ((-1.0, 0), (5.0, 1), (4.0, 2)):
        replay = Replay(program, specialization, program._arguments(([1.0, x],), {})[0])
        assert not replay.run(Asked())
        assert replay.broken == (guard, 1)
    alone = [compile(f).value(x) for x in (1.0, -1.0, 5.0, 4.0)]
    assert program.value([1.0, -1.0, 5.0, 4.0]) == pytest.approx(alone, rel=1e-13)


def test_products_of_columns():
    for n in (3, 50):  # by Python, and by NumPy
        nothing, much = array("d", [0.0] * n), array("d", [math.inf] * n)
        for x, slopes in ((nothing, much), (much, nothing)):
            assert times(x, slopes, masked=True) == nothing
            assert all(map(math.isnan, times(x, slopes, masked=False)))
        assert times(nothing, much, masked=False, moves=True) == nothing
        assert times(array("d", [2.0] * n), array("d", [3.0] * n), True).tolist() == [6.0] * n


@pytest.mark.parametrize("samples", [2, 40])  # which Python adds up, and NumPy
@pytest.mark.parametrize("of_two", [[math.inf, -math.inf], [1.5e308, 1.5e308]])
def test_sums_over_samples_are_those_of_ieee(Value, of_two, samples):
    xs = of_two * (samples // 2)
    mine = Primitive("mine", lambda x, w: x, lambda out, x, w: (0.0, float(x)))
    rows = compile(lambda x, w: x * w, batch="sum")
    program = compile(lambda x, w: mine(x, w), batch="sum")
    value, (_, slope) = program.value_and_grad(xs, 1.0)
    moved = program.jvp((xs, 1.0), ([0.0] * samples, 1.0))
    wanted = math.inf if of_two[1] > 0.0 else math.nan
    for found in (value, slope, moved, rows.value(xs, 1.0)):
        assert found == wanted or (math.isnan(found) and math.isnan(wanted))


def test_a_guard_on_what_a_function_gives(Value):
    program = compile(lambda x: cube(x) if cube(x) + 1.0 < 9.0 else -x)
    assert [program.value(x) for x in (1.0, 3.0, 1.5)] == [1.0, -3.0, 1.5**3]


def test_a_branch_that_is_not_taken_passes_nothing_back(Value):
    mine = Primitive("root", lambda x: x**0.5 if x > 0.0 else 0.0, lambda out, x: (0.5 / out,))
    array = Primitive("roots", np.sqrt, lambda out, x: (0.5 / out,), vectorized=True)
    for root in (mine, array):
        program = compile(lambda x, root=root: where(x > 0.0, root(x), 0.0 * x), batch="sum")
        for samples in ([4.0, 0.0], [4.0, 0.0] * 30):
            assert program.grad(samples) == [0.25, 0.0] * (len(samples) // 2)


def test_a_function_is_called_again_with_fresh_numbers(Value):
    state = SimpleNamespace(scale=1.0)
    mine = Primitive("mine", lambda x: state.scale * x, lambda out, x: (state.scale,))
    program = compile(lambda x: mine(x) * 2.0)
    assert program.value_and_grad(3.0) == (6.0, 2.0)
    state.scale = 5.0
    assert program.value_and_grad(3.0) == (30.0, 10.0)


def test_a_function_is_called_as_often_as_it_stands_there(Value):
    calls = []

    def evaluate(x):
        calls.append(x)
        return x + len(calls)

    counting = Primitive("counting", evaluate, lambda out, x: (1.0,))
    program = compile(lambda x: counting(x) * 10.0 + counting(x))
    program.value(1.0)
    for x in (1.0, 5.0):
        calls.clear()
        value, slope = program.value_and_grad(x)
        assert (calls, slope) == ([x, x], 11.0)
        assert value - 11.0 * x in (10.0 + 2.0, 20.0 + 1.0)  # the numbers of two calls


def test_a_function_that_draws_random_numbers_draws_at_each_call(Value):
    def noise(scale):
        return scale * random.random()

    def evaluate(x):
        draws = [noise(1.0), noise(random.random())]
        return x + sum(draws)

    noisy = Primitive("noisy", evaluate, lambda out, x: (1.0,))
    program = compile(lambda x: noisy(x) * 2.0)
    values = [program.value_and_grad(1.0) for _ in range(3)]
    assert len(set(values)) == 3
    assert {slope for _, slope in values} == {2.0}
    for draws in (lambda x: noisy(x * random.random()), lambda x: noisy(x) * random.random()):
        with pytest.raises(TraceError, match="Python's random is drawn from"):
            compile(draws).value(1.0)


def test_functions_make_pieces_and_rows_do_not(Value):
    program = compile(lambda x: cube(x * 2.0) + cube(x * 3.0) * cube(1.0 + cube(x)))
    program.value(1.0)
    [tape] = program.tapes()
    kinds = [type(part).__name__ for part in Pieces(tape, lambda tape: None, None).parts]
    assert kinds == ["Piece", "Call", "Piece", "Call", "Piece"]  # three cubes are one call
    program = compile(lambda x: cube(x))
    program.value(1.0)
    [tape] = program.tapes()
    assert [type(part).__name__ for part in Pieces(tape, None, None).parts] == ["Call"]


def test_they_are_neither_saved_nor_written_in_other_languages(Value, tmp_path):
    program = compile(lambda r, t: polar(r, t)[1])
    program.value(1.0, 2.0)
    for write in (lambda: program.save(tmp_path / "p.json"), program.to_c, program.to_js):
        with pytest.raises(TypeError, match="polar_1"):
            write()
