"""compile: replaying a traced function gives what the function gives.

The fixture `interpreter` runs each test on the reference interpreter of the tape and, where there
is one, on the fast one.
"""

import math
import weakref
from collections import namedtuple

import pytest

import autograd_lite
from autograd_lite import TraceError, compile, compiled, sqrt


def interpreters():
    """What replays tapes: the reference interpreter and, if it is another one, the fastest."""
    program = compile(lambda x: x * x)
    program.value(1.0)
    (tape,) = program.tapes()
    fastest = compiled.replayer
    yield pytest.param(lambda tape: tape.replay, id="reference")
    if fastest(tape) != tape.replay:
        yield pytest.param(fastest, id="fastest")


@pytest.fixture(scope="module", autouse=True, params=interpreters())
def interpreter(request):
    before, compiled.replayer = compiled.replayer, request.param
    yield request.param
    compiled.replayer = before


# Leaves from outside ------------------------------------------------------------------------------


def test_a_replaced_leaf_is_noticed_when_nobody_else_holds_the_old_one(Value):
    holder = [Value(2.0)]
    program = compile(lambda x: holder[0] * x)
    assert program.value(3.0) == 6.0
    holder[0] = Value(5.0)
    assert program.value(3.0) == 15.0
    assert program.traces == 2
    assert program.leaves(3.0) == holder


def test_two_programs_do_not_keep_each_others_leaves_alive(Value):
    holder = [Value(2.0)]
    times, plus = compile(lambda x: holder[0] * x), compile(lambda x: holder[0] + x)
    assert (times.value(3.0), plus.value(3.0)) == (6.0, 5.0)
    holder[0] = Value(10.0)
    assert (times.value(3.0), plus.value(3.0)) == (30.0, 13.0)


def test_a_program_keeps_no_leaf_alive(Value):
    holder = {"w": Value(2.0)}
    gone = weakref.ref(holder["w"])
    program = compile(lambda x: holder["w"] * x)
    assert program.value(1.0) == 2.0
    holder.clear()
    assert gone() is None
    with pytest.raises(KeyError):
        program.value(1.0)


# What a function returns --------------------------------------------------------------------------


def test_results_keep_their_structure(Value):
    Pair = namedtuple("Pair", "product first")
    program = compile(lambda p: Pair(p["a"] * p["b"], [p["a"], ("text", None, True, 3)]))
    wanted = Pair(6.0, [2.0, ("text", None, True, 3)])
    for _ in range(2):
        found = program.value({"a": 2.0, "b": 3.0})
        assert found == wanted
        assert type(found) is Pair
    assert compile(lambda x: None).value(1.0) is None
    assert compile(lambda x: []).value(1.0) == []


def test_one_of_several_results_is_differentiated_beside_an_infinite_slope(Value):
    x = Value(0.0)
    double, root = compile(lambda x: [x * 2.0, sqrt(x)])(x)
    double.backward()
    assert x.grad == 2.0
    x.grad = 0.0
    root.backward()
    assert x.grad == math.inf


def test_a_result_that_is_a_number(Value):
    w = Value(2.0)
    program = compile(lambda x: w * x if x > 0 else 0.0)
    assert program.value_and_grad(3.0) == (6.0, 2.0)
    assert program.value_and_grad(-3.0) == (0.0, 0.0)
    assert program.backward(-3.0) == 0.0
    assert w.grad == 0.0
    assert compile(lambda x: (x * x, 5, [7.0])).jvp(3.0, 1.0) == (6.0, 0.0, [0.0])


@pytest.mark.parametrize(
    ("batch", "wanted"),
    [("sum", (6.0, 9.0)), ("mean", (2.0, 3.0)), ("none", ([1.0, 2.0, 3.0], [3.0, 3.0, 3.0]))],
)
def test_a_number_among_the_results_of_a_batch_counts_for_each_sample(Value, batch, wanted):
    assert compile(lambda x: (x, 3), batch=batch).value([1.0, 2.0, 3.0]) == wanted


def test_a_result_that_is_an_argument_or_a_leaf(Value):
    w = Value(2.0)
    assert compile(lambda x: x).value_and_grad(3.0) == (3.0, 1.0)
    assert compile(lambda x: w).value_and_grad(3.0) == (2.0, 0.0)
    assert compile(lambda: w * w).backward() == 4.0
    assert w.grad == 4.0
    y = compile(lambda x: [x, x, w])(w)
    assert len({id(entry) for entry in (*y, w)}) == 4
    w.grad = 0.0
    (y[0] + y[1] + y[2]).backward()
    assert w.grad == 3.0


def generator_function(x):
    yield x


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (lambda x: (y for y in [x]), "generator"),
        (generator_function, "generator_function returned generator"),
        (lambda x: {x * x}, "set of length 1"),
        (lambda x: x > 0.0, "Condition"),
        (lambda x: [x, object()], "object"),
        (lambda x: len, "len"),
    ],
)
def test_a_result_that_a_replay_could_not_give_again(Value, function, named):
    with pytest.raises(TraceError, match=named):
        compile(function).value(1.0)


def test_a_result_that_is_an_array_of_values(Value):
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TraceError, match="ndarray of shape"):
        compile(lambda xs: numpy.array(xs, dtype=object) * 2.0).value([1.0, 2.0])
    program = compile(lambda xs: list(numpy.exp(numpy.array(xs, dtype=object))))
    assert program.value([0.0, 0.0]) == [1.0, 1.0]
    assert program.value([1.0, 0.0]) == [math.e, 1.0]


# One inside another -------------------------------------------------------------------------------


def test_a_compiled_function_inside_a_compiled_function(Value):
    inner = compile(lambda x: x * x)
    outer = compile(lambda x, y: inner(x) * inner(y))
    assert outer.value_and_grad(3.0, 2.0) == (36.0, (24.0, 36.0))
    assert outer.value_and_grad(1.0, 5.0) == (25.0, (50.0, 10.0))
    assert inner.traces == 0
    slope = compile(lambda x: autograd_lite.grad(inner)(x) * x)
    assert slope.value_and_grad(3.0) == (18.0, 12.0)


def test_numbers_of_a_compiled_function_are_not_frozen_into_another(Value):
    inner, batch = compile(lambda x: x * x), compile(lambda x: x * 2.0, batch="mean")
    for function in (
        lambda x: inner.value(x) * x,
        lambda x: inner.grad(x),
        lambda x: inner.backward(x) and x,
        lambda x: inner.jvp(x, 1.0),
        lambda x: inner.hvp(x, 1.0),
        lambda x: inner.leaf_gradients(x),
        lambda x: batch([x, x]),
    ):
        program = compile(function)
        with pytest.raises(TraceError, match="inside another compiled function"):
            program.value(1.0)
    assert inner.value(3.0) == 9.0


def test_a_compiled_function_that_calls_itself(Value):
    @compile
    def factorial(n):
        return n * factorial(n - 1.0) if n > 1.0 else 1.0

    assert [factorial.value(float(n)) for n in (1, 3, 5, 3, 1)] == [1.0, 6.0, 120.0, 6.0, 1.0]
    assert factorial.traces == 3
    assert factorial.grad(3.0) == 5.0  # of n (n - 1)


def test_a_compiled_function_under_the_transforms(Value):
    program = compile(lambda x: x[0] * x[0] * x[1])
    assert autograd_lite.hessian(program)([3.0, 5.0]) == [[10.0, 6.0], [6.0, 0.0]]
    assert autograd_lite.hvp(program)([3.0, 5.0], [1.0, 0.0]) == [10.0, 6.0]
    assert autograd_lite.grad(autograd_lite.grad(compile(lambda x: x**3)))(2.0) == 12.0
    autograd_lite.gradcheck(program, [3.0, 5.0])


def test_anomaly_detection_around_a_compiled_function(Value):
    program = compile(lambda x: sqrt(x))
    x = Value(-2.0)
    with autograd_lite.detect_anomaly():
        assert program(Value(4.0)).data == 2.0
        with pytest.raises(autograd_lite.AnomalyError, match="nan"):
            program(x)
