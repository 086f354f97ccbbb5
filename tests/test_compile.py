"""compile: replaying a traced function gives what the function gives.

The fixture `interpreter` runs each test on the reference interpreter of the tape and, where there
is one, on the fast one.
"""

import functools
import gc
import math
import pickle
import sys
import threading
import tracemalloc
import weakref
from array import array
from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

import pytest

import autograd_lite
from autograd_lite import (
    Primitive,
    TraceError,
    checkpoint,
    compile,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    modes,
    scan,
    sqrt,
    tanh,
    value_and_grad,
    where,
)
from autograd_lite.compiler import interpreter, specialization
from autograd_lite.compiler.simplify import PASSES
from autograd_lite.compiler.tape import GROUPED


def reference(tape):
    return functools.partial(interpreter.replay, tape)


def replayers():
    """What replays tapes: the reference interpreter and, if it is another one, the fastest."""
    program = compile(lambda x: x * x)
    program.value(1.0)
    (tape,) = program.tapes()
    fastest = specialization.replayer
    yield pytest.param(reference, id="reference")
    if not isinstance(fastest(tape), functools.partial):
        yield pytest.param(fastest, id="fastest")


@pytest.fixture(scope="module", autouse=True, params=list(replayers()))
def replayer(request):
    before, specialization.replayer = specialization.replayer, request.param
    yield request.param
    specialization.replayer = before


# Passes -------------------------------------------------------------------------------------------


def test_a_value_made_in_the_function_is_a_constant_that_simplifies(Value):
    program = compile(lambda x: Value(1.0) ** 2 * x - Value(0.0) + Value(3.0) * Value(2.0))
    assert program.value_and_grad(5.0) == (11.0, 1.0)
    [tape] = program.tapes()
    assert [i.op.name for i in tape.instructions] == ["add"]
    assert not tape.captured


def test_a_decision_on_constants_is_no_guard(Value):
    program = compile(lambda x: x if Value(2.0) * 3.0 > Value(1.0) else -x)
    assert program.value(5.0) == 5.0
    [tape] = program.tapes()
    assert not tape.guards


def test_each_pass_says_how_many_operations_are_left(Value):
    program = compile(lambda x, y: (x * y, x * y * 0.0, y + 0.0)[0] * 2.0 + x * 3.0 + y * 4.0)
    assert program.value(2.0, 3.0) == 30.0
    [tape] = program.tapes()
    names = ["recorded", *(name for name, _ in PASSES), GROUPED]
    assert list(tape.operations) == names
    assert list(tape.operations.values()) == sorted(tape.operations.values(), reverse=True)


# Leaves from outside ------------------------------------------------------------------------------


def test_a_replaced_leaf_is_noticed_when_nobody_else_holds_the_old_one(Value):
    holder = [Value(2.0)]
    program = compile(lambda x: holder[0] * x)
    assert program.value(3.0) == 6.0
    holder[0] = Value(5.0)
    assert program.value(3.0) == 15.0
    assert program.traces == 2
    assert program.leaves(3.0) == holder


def test_a_value_from_outside_that_was_computed_is_computed_anew_from_its_leaves(Value):
    """As docs/limits.md says; of an argument the derivative is its own."""
    w = Value(2.0)
    u = 3.0 * w
    program = compile(lambda x: u * x)
    assert gradients(program(5.0), [u, w]) == [0.0, 15.0]
    assert gradients(compile(lambda u, x: u * x)(u, 5.0), [u, w]) == [5.0, 15.0]
    w.data = 4.0
    assert (program.value(5.0), u.data) == (60.0, 6.0)


CLOSURES = [
    lambda x: compile(lambda z: z * x**3)(2.0),
    lambda x: compile(lambda y: compile(lambda z: z * y**3)(2.0))(x),
    compile(lambda x: compile(lambda z: z * x**3)(2.0)),
    checkpoint(lambda x: compile(lambda z: z * x**3)(2.0)),
    lambda x: compile(lambda z: [x, z * x**3])(2.0)[1],
    lambda x: compile(lambda z: z * x**3 if x < 9.0 else z)(2.0),
    lambda x: compile(lambda z: scan(lambda s, _: (s * x, None), z, length=3)[0])(2.0),
    lambda x: compile(lambda z, n: z * x**n, static="n")(2.0, 3),
]


@pytest.mark.parametrize("f", CLOSURES)
def test_a_function_compiled_in_one_that_is_differentiated_reads_its_argument(Value, f):
    """Of each order, though a tape knows leaves alone, and inner arguments are none."""
    for g, order in ((f, 1), (grad(f), 2), (grad(grad(f)), 3)):
        expected = {1: 54.0, 2: 36.0, 3: 12.0}[order]
        assert grad(g)(3.0) == expected
        assert jacobian(g)(3.0) == expected
        assert value_and_grad(g)(3.0)[1] == expected
        assert jvp(g)(3.0, 2.0) == 2.0 * expected
        x = Value(1.5)
        y = grad(g)(2.0 * x)
        assert y.data == expected
        if order < 3:
            assert gradients(y, x) == 2.0 * {1: 36.0, 2: 12.0}[order]
    assert hessian(f)(3.0) == hvp(f)(3.0, 1.0) == 36.0
    assert compile(grad(grad(f))).value(3.0) == 36.0


def test_a_program_made_once_reads_the_argument_of_a_function_that_is_differentiated(Value):
    cell = []

    @compile
    def program(z):
        return z * cell[-1] ** 3

    def f(x):
        cell.append(x)
        return program(2.0)

    assert [hessian(f)(3.0) for _ in range(3)] == [36.0] * 3


def test_a_program_called_with_what_is_differentiated_is_replayed(Value):
    """It reads that as an argument alone, so its tape has the first derivative."""
    calls = []

    @compile
    def program(z):
        calls.append(z)
        return z * z * z

    program.value(1.0)
    assert grad(lambda x: grad(lambda y: y * program(y))(x).data)(2.0) == 0.0
    assert [len(calls), program.traces] == [2, 1]  # the second run is for the second derivative
    assert jacobian(jacobian(lambda x: program(x) * x))(2.0) == 48.0


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_batch_that_reads_what_is_differentiated_is_refused(Value, reduction):
    def f(x):
        found = compile(lambda z: z * x**3, batch=reduction)([1.0, 2.0])
        return found if reduction != "none" else found[0]

    with pytest.raises(TraceError, match="give it as an argument"):
        grad(grad(f))(3.0)
    if reduction != "none":
        assert grad(f)(3.0) == {"mean": 40.5, "sum": 81.0}[reduction]


def test_numbers_of_all_kinds_are_compared_as_they_are_eagerly(Value):
    numpy = pytest.importorskip("numpy")
    numbers = [0.5, 1 / 3, 0.1, -0.0, 2.0**53, 1.0, math.inf, math.nan]
    others = [numpy.float64(0.5), numpy.float32(0.5), numpy.int64(1), numpy.bool_(True)]
    others += [
        numpy.array([0.5])[0],
        numpy.uint8(0),
        numpy.longdouble("0.1"),
        numpy.float64("nan"),
    ]
    others += [Fraction(1, 3), Fraction(1, 2), Decimal("0.1"), Decimal("0.5"), Decimal("nan")]
    others += [2**53 + 1, 2**53, 10**400, True, 0]
    for c in others:
        equal = lambda x, c=c: x * 1.0 if x.data == c else x * 2.0
        unequal = lambda x, c=c: x * 1.0 if x.data != c else x * 2.0
        for f in (equal, unequal):
            program = compile(f)
            batch = compile(f, batch="none")
            expected = [f(Value(x)).data for x in numbers]
            assert list(map(repr, map(program.value, numbers))) == list(map(repr, expected))
            assert list(map(repr, batch(numbers))) == list(map(repr, expected))


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
    program = compile(lambda xs: numpy.exp(numpy.array(xs, dtype=object)) * 2.0)
    for xs, wanted in (([0.0, 0.0], [2.0, 2.0]), ([1.0, 0.0], [2.0 * math.e, 2.0])):
        found = program.value(xs)
        assert (found.dtype, found.tolist()) == (float, wanted)
    a, b = program([Value(0.0), Value(1.0)])
    assert (a.data, b.data) == (2.0, 2.0 * math.e)
    program = compile(lambda xs: list(numpy.exp(numpy.array(xs, dtype=object))))
    assert program.value([1.0, 0.0]) == [math.e, 1.0]
    with pytest.raises(TraceError, match="ndarray of shape"):
        compile(lambda x: [x, numpy.array(["a", "b"])]).value(1.0)


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


# Arguments ----------------------------------------------------------------------------------------


def test_numbers_of_every_kind(Value):
    numpy = pytest.importorskip("numpy")
    program = compile(lambda x: x * x)
    for x in (3, 3.0, Fraction(3), Decimal(3), numpy.float32(3), numpy.int64(3)):
        assert program.value_and_grad(x) == (9.0, 6.0)
    assert program.traces == 1
    value, slope = program.value_and_grad(numpy.array(3.0))  # an array without axes
    assert (value, type(slope), slope.shape, slope.dtype) == (9.0, numpy.ndarray, (), float)
    assert slope == 6.0
    v = Value(3.0)
    assert program.value_and_grad(v) == (9.0, 6.0)
    assert v.grad == 0.0
    with pytest.raises(OverflowError):
        program.value(10**400)
    with pytest.raises(TypeError, match="expected a real number, got complex 1j"):
        program.value(1j)


def test_what_is_no_number_is_constant_and_a_change_is_traced_anew(Value):
    class Model:
        def __init__(self, slope):
            self.slope = slope

    program = compile(lambda x, constant: x * {True: 2.0, "a": 3.0, None: 4.0}[constant])
    for constant, slope in ((True, 2.0), ("a", 3.0), (None, 4.0), ("a", 3.0)):
        assert program.value_and_grad(1.0, constant) == (slope, (slope, None))
    assert program.traces == 3
    one, two = Model(Value(2.0)), Model(Value(5.0))
    program = compile(lambda model, x: model.slope * x)
    assert [program.value(model, 3.0) for model in (one, two, one)] == [6.0, 15.0, 6.0]
    assert program.backward(two, 3.0) == 15.0
    assert (one.slope.grad, two.slope.grad) == (0.0, 3.0)


def test_static_numbers_by_name_or_by_place(Value):
    for static in ("n", 1, ["n"], {1}):
        program = compile(lambda x, n: [x] * n + [x**n], static=static)
        assert program.value(2.0, 1) == [2.0, 2.0]
        assert program.value(2.0, n=3) == [2.0, 2.0, 2.0, 8.0]
        assert program.value(3.0, 3) == [3.0, 3.0, 3.0, 27.0]
    program = compile(lambda x, n: x**n, static="n")
    assert program.grad(2.0, 3) == (12.0, None)
    assert program.hvp((2.0, 3), (1.0, None)) == (12.0, None)
    assert program.jvp((2.0, 3), (1.0, None)) == 12.0
    program = compile(lambda x, n: x if isinstance(n, int) else -x, static="n")
    assert [program.value(1.0, n) for n in (2, 2.0, True, 1, 1.0)] == [1.0, -1.0, 1.0, 1.0, -1.0]
    program = compile(lambda x, n: x / n, static="n")
    assert [program.value(1.0, n) for n in (0.0, -0.0)] == [math.inf, -math.inf]
    program = compile(lambda x, n: x if type(n[0]) is bool else x / n[0], static="n")
    tuples = ((1,), (True,), (0.0,), (-0.0,))
    assert [program.value(2.0, n) for n in tuples] == [2.0, 2.0, math.inf, -math.inf]
    assert program.traces == 4
    for _ in range(3):
        assert math.isnan(program.value(2.0, (float("nan"), frozenset([float("nan")]))))
    assert program.traces == 5
    program = compile(lambda x, n: -x if any(k is True for k in n) else x, static="n")
    assert [program.value(2.0, frozenset([k])) for k in (1, True, 1)] == [2.0, -2.0, 2.0]
    with pytest.raises(ValueError, match=r"static names an argument, got 'm'; they are \(x, n\)"):
        compile(lambda x, n: x, static="m")


def test_doubles_that_begin_at_an_odd_byte(Value):
    for offset in (0, 1, 4):
        view = memoryview(bytearray(offset) + array("d", [1.0, 2.0, 3.0, 4.0]).tobytes())[offset:]
        program = compile(lambda x: x[0] * x[1], batch="none")
        assert program.value(view.cast("d", (2, 2))) == [2.0, 12.0]
        assert program.grad(view.cast("d", (2, 2))) == [[2.0, 1.0], [4.0, 3.0]]


@pytest.mark.parametrize(
    "function", [lambda x, i: x[i], lambda x, i: x[0] * range(i)[0], lambda x, i: math.exp(x[0])]
)
def test_a_value_taken_for_a_plain_number_says_what_to_do(Value, function):
    with pytest.raises(TraceError, match=r"line \d+ of .*test_compile.py.*`static`"):
        compile(function).value([1.0, 2.0], 1)
    with pytest.raises(TypeError, match=r"int\(v.data\)"):
        [1.0, 2.0][Value(1.0)]


def test_structures(Value):
    Pair = namedtuple("Pair", "a b")
    program = compile(lambda p: p.a * p.b[0])
    assert program.grad(Pair(2.0, (3.0,))) == Pair(3.0, (2.0,))
    program = compile(lambda p: p["a"] * p["a"] * p["b"])
    assert program.grad({"b": 5.0, "a": 3.0}) == {"a": 30.0, "b": 9.0}
    assert program.grad({"a": 3.0, "b": 5.0}) == {"a": 30.0, "b": 9.0}
    program = compile(lambda a, b: a * a * b)
    assert program.grad(b=5.0, a=3.0) == (30.0, 9.0)  # in the order of the parameters
    assert program.grad(3.0, b=5.0) == (30.0, 9.0)
    program = compile(lambda rows: rows[0][0] * rows[1][1])
    assert program.grad([[2.0], [3.0, 5.0, 7.0]]) == [[5.0], [0.0, 2.0, 0.0]]
    assert program.traces == 1
    assert program.grad([[2.0, 1.0], [3.0, 5.0]]) == [[5.0, 0.0], [0.0, 2.0]]
    assert program.traces == 2
    assert compile(lambda x, y: x).grad(1.0, [2.0, []]) == (1.0, [0.0, []])


def test_another_length_is_another_tape_and_both_are_kept(Value):
    program = compile(lambda xs: sum(xs))
    for length in (3, 5, 3, 0, 5):
        assert program.value([2.0] * length) == 2.0 * length
    assert program.traces == len(program.tapes()) == 3


def test_values_as_arguments(Value):
    x, y = Value(3.0), Value(5.0)
    program = compile(lambda a, b: a * a * b)
    program(x, y).backward()
    assert (x.grad, y.grad) == (30.0, 9.0)
    x.grad = y.grad = 0.0
    program(x, x).backward()  # the same one twice
    assert x.grad == 27.0
    x.grad = 0.0
    assert program.backward(x, 2.0) == 18.0
    assert x.grad == 12.0
    x.grad = 0.0
    outer = compile(lambda a: a * x)  # a leaf and an argument
    outer(x).backward()
    assert x.grad == 6.0
    assert outer.backward(x) == 9.0
    assert x.grad == 12.0


def test_interior_nodes_as_arguments(Value):
    for way in (lambda program, *args: program(*args).backward(), type(compile(len)).backward):
        x = Value(3.0)
        way(compile(lambda a, b: a * b), x * x, x + 1.0)
        assert x.grad == 33.0  # of x * x * (x + 1)
    with autograd_lite.no_grad():
        y = compile(lambda a: a * a)(x)
    assert (y.data, y.op) == (9.0, None)


def test_arguments_that_cannot_be(Value):
    program = compile(lambda x: x)
    with pytest.raises(TypeError, match="hashable constants; got set of length 1"):
        program.value({1.0})
    with pytest.raises(TypeError, match="an iterator serves for one call only"):
        program.value(iter([1.0]))
    with pytest.raises(TypeError, match="takes a function, got str 'mean'"):
        compile("mean")
    with pytest.raises(ValueError, match="got 'avg'"):
        compile(len, batch="avg")
    with pytest.raises(ValueError, match="threads is an int from 1, got 0"):
        compile(len, threads=0)
    with pytest.raises(TypeError, match="must return one Value to be differentiated, got list"):
        compile(lambda x: [x]).grad(1.0)
    with pytest.raises(TypeError, match="must return one Value to be differentiated, got list"):
        compile(lambda x: [x]).hvp(1.0, 1.0)
    with pytest.raises(TypeError, match="must return one Value to be differentiated, got list"):
        compile(lambda x: [x], batch="sum").leaf_gradients_by_sample([1.0])
    for tangents in (1.0, [1.0], [1.0, [2.0]], {"a": 1.0}):
        with pytest.raises(ValueError, match="tangents must have the structure"):
            compile(lambda x: x[0] * x[1]).jvp([1.0, 2.0], tangents)


# Batches ------------------------------------------------------------------------------------------


def batches():
    numpy = pytest.importorskip("numpy")
    rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    yield rows
    yield [tuple(row) for row in rows]
    yield [numpy.array(row) for row in rows]
    yield numpy.array(rows)
    yield numpy.array(rows, dtype=numpy.float32)
    yield numpy.array(rows, dtype=numpy.int8)
    yield numpy.array(rows, dtype=">f8")
    yield numpy.array(rows, dtype=object)
    yield numpy.asfortranarray(rows)
    yield numpy.array([[row, row] for row in rows])[:, 1]  # not contiguous
    yield numpy.array([[9.0, 9.0], *rows])[1:]
    pandas = pytest.importorskip("pandas")
    yield pandas.DataFrame(rows)
    torch = pytest.importorskip("torch")
    yield torch.tensor(rows)


def test_batches_of_every_kind(Value):
    w = Value(2.0)
    for batch in batches():
        program = compile(lambda row, c: row[0] * row[1] * w * c, batch="sum")
        value, (by_row, by_c) = program.value_and_grad(batch, 3.0)
        assert value == 6.0 * (2 + 12 + 30)
        assert [list(row) for row in by_row] == [[12.0, 6.0], [24.0, 18.0], [36.0, 30.0]]
        assert by_c == 2.0 * 44
        assert program.leaf_gradients(batch, 3.0).tolist() == [3.0 * 44]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [list, lambda xs: array("d", xs), lambda xs: array("f", xs)])
def test_batches_of_numbers(Value, kind):
    for n in (1, 3, 64, 1000, 5000):
        xs = kind([0.5 + i / 64 for i in range(n)])
        program = compile(lambda x: x * x, batch="none")
        value, slopes = program.value_and_grad(xs)
        assert value == [x * x for x in xs]
        assert list(slopes) == [2.0 * x for x in xs]
        total = math.fsum(value)
        assert math.isclose(compile(lambda x: x * x, batch="sum").value(xs), total, rel_tol=1e-13)
        mean = compile(lambda x: x * x, batch="mean")
        assert math.isclose(mean.value(xs), total / n, rel_tol=1e-13)
        assert math.isclose(mean.grad(xs)[-1], 2.0 * xs[-1] / n, rel_tol=1e-15)


@pytest.mark.slow
def test_threads_change_nothing(Value):
    xs = [math.sin(i) for i in range(10000)]
    w = Value(0.7)
    alone, shared = (compile(lambda x: tanh(w * x), batch="mean", threads=n) for n in (1, 3))
    assert alone.value_and_grad(xs) == shared.value_and_grad(xs)
    assert alone.leaf_gradients(xs) == shared.leaf_gradients(xs)
    assert alone.jvp(xs, xs) == shared.jvp(xs, xs)


def test_unused_samples_have_gradient_zero(Value):
    slopes = compile(lambda row: row[0] * 2.0, batch="sum").grad([[1.0, 2.0]])
    assert str(slopes) == "[[2.0, 0.0]]"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((1.0,), "wants at least one list or array of samples"),
        (([],), "a batch of no numbers"),
        (([[], []],), "a batch of no numbers"),
        (([1.0], [1.0, 2.0]), "one batch holds 1 samples, another 2"),
        (([[1.0, 2.0], [3.0]],), "row 1 is list of length 1, row 0 list of length 2"),
        (([[1.0], 2.0],), "row 1 is float 2.0, row 0 list of length 1"),
        (([1.0, [2.0]],), "got list of length 1"),
        ((["a"],), "expected a real number, got str 'a'"),
        (([None],), "expected a real number, got None"),
        ((autograd_lite.PythonValue(1.0), ["a"]), "got str 'a'"),
    ],
)
def test_batches_that_cannot_be(Value, args, message):
    program = compile(lambda *xs: xs[0], batch="sum")
    with pytest.raises((ValueError, TypeError), match=message):
        program.value(*args)


def test_values_are_no_samples(Value):
    with pytest.raises(TypeError, match=r"samples of a batch are numbers, got Value\(1\)"):
        compile(lambda x: x, batch="sum").value([Value(1.0)])


def test_a_batch_as_a_node(Value):
    w, v = Value(2.0), Value(5.0)
    program = compile(lambda x, c: w * x * c, batch="mean")
    loss = program([1.0, 3.0], v * v)
    (loss * 10.0).backward()
    assert loss.data == 100.0
    assert (w.grad, v.grad) == (500.0, 400.0)
    with pytest.raises(TypeError, match="higher order of a batch: use hvp"):
        autograd_lite.gradients(program([1.0], 2.0), [w], create_graph=True)
    assert program.hvp(([1.0, 3.0], 5.0), ([1.0, 0.0], 0.0)) == ([0.0, 0.0], 1.0)


def test_gradients_by_sample(Value):
    w, b = Value(2.0), Value(1.0)
    program = compile(lambda x, y: (w * x + b - y) ** 2, batch="mean")
    xs, ys = [1.0, 2.0, 3.0], [0.0, 1.0, 2.0]
    each = [list(g) for g in program.leaf_gradients_by_sample(xs, ys)]
    wanted = []
    for x, y in zip(xs, ys):
        wanted.append(autograd_lite.gradients((w * x + b - y) ** 2, program.leaves(xs, ys)))
    assert each == wanted
    mean = [sum(column) / 3.0 for column in zip(*wanted)]
    assert program.leaf_gradients(xs, ys).tolist() == pytest.approx(mean, rel=1e-14)


# Branches -----------------------------------------------------------------------------------------


def test_each_branch_is_traced_once_and_kept(Value):
    program = compile(lambda x: x * 2.0 if x > 1.0 else x + 5.0)
    for x, wanted in ((2.0, 4.0), (0.0, 5.0), (3.0, 6.0), (1.0, 6.0), (math.nan, None)):
        value = program.value(x)
        assert value == wanted or (wanted is None and math.isnan(value))
    assert program.traces == len(program.tapes()) == 2


COMPARED = {
    "<": lambda x: x < 1.0,
    "<=": lambda x: x <= 1,
    ">": lambda x: x > 1.0,
    ">=": lambda x: x >= 1.0,
    "number <": lambda x: x > 1.0,
    "number <=": lambda x: x >= 1,
    "number >": lambda x: x < 1.0,
    "number >=": lambda x: x <= 1.0,
    "not": lambda x: not x < 1.0,
    "bool": lambda x: bool(x - 1.0),
    "Value": lambda x: x - 1.0,
    "chained": lambda x: 0.0 < x < 1.0,
    "and": lambda x: (x > 0.0) & (x < 1.0),
    "or": lambda x: (x < 0.0) | (x > 1.0),
    "data": lambda x: x.data < 1.0,
    "itself": lambda x: x <= x,
    "detached": lambda x: x.detach() * 2.0 > 2.0,
}


@pytest.mark.parametrize("condition", COMPARED.values(), ids=COMPARED.keys())
def test_guards(Value, condition):
    function = lambda x: x * 3.0 if condition(x) else 7.0 - x
    program, chosen = compile(function), compile(lambda x: where(condition(x), x * 3.0, 7.0 - x))
    edges = (0.5, 1.0, 2.0, 0.0, -0.0, -1.0, math.inf, -math.inf, math.nan, 0.5, 1.0)
    for x in edges:
        v = Value(x)
        y = function(v)
        y.backward()
        for way in (program, chosen):
            value, slope = way.value_and_grad(x)
            assert value == y.data or math.isnan(y.data)
            assert math.isnan(value) == math.isnan(y.data)
            assert slope == v.grad
    assert program.traces <= 4


def test_guards_on_leaves(Value):
    w = Value(1.0)
    program = compile(lambda x: x * w if w > 0.0 else -x)
    assert program.value(3.0) == 3.0
    w.data = -2.0
    assert program.value(3.0) == -3.0
    w.data = 2.0
    assert program.value(3.0) == 6.0
    assert program.traces == 2


def test_builtins_that_compare(Value):
    program = compile(lambda xs: [*sorted(xs), max(xs), min(xs)])
    for xs in ([1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 2.0, 1.0], [1.0, 2.0, 3.0]):
        assert program.value(xs) == [*sorted(xs), max(xs), min(xs)]


def test_loops_that_depend_on_the_numbers(Value):
    def newton(a):
        x = a
        while abs(x * x - a) > 1e-12:
            x = 0.5 * (x + a / x)
        return x

    program = compile(newton)
    for a in (2.0, 9.0, 100.0, 2.0):
        v = Value(a)
        y = newton(v)
        y.backward()
        assert program.value_and_grad(a) == (y.data, v.grad)


# What a trace refuses -----------------------------------------------------------------------------


def test_side_effects_are_refused_and_leave_everything_as_it_was(Value):
    w = Value(2.0)

    def assigns(x):
        w.data = 3.0
        return x

    def without_gradient(x):
        with autograd_lite.no_grad():
            return x * x

    for function, message in (
        (assigns, r"assigning data .*line \d+ of .*test_compile.py"),
        (without_gradient, "no_grad inside a compiled function .*detach"),
        (lambda x: (x * x).backward(), r"backward\(\) in a compiled .*line \d+ of .*test_compile"),
    ):
        program = compile(function)
        for _ in range(2):
            with pytest.raises((TraceError, RuntimeError), match=message):
                program.value(1.0)
            usable(Value)
        assert program.tapes() == []
    assert w.data == 2.0
    assert w.grad == 0.0


def usable(Value):
    """Nothing is left on: no trace, no lack of recording."""
    assert (modes.recording(), modes.watch(), modes.trace()) == (True, None, None)
    assert type((Value(1.0) * 2.0).data) is float
    assert Value(1.0) * 2.0 > 0.0


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, RecursionError, SystemExit])
def test_an_error_in_the_function(Value, error):
    fails = [True]

    @compile
    def program(x):
        y = x * x
        if fails[0]:
            raise error("in the middle")
        return y

    with pytest.raises(error):
        program(Value(3.0))
    usable(Value)
    fails[0] = False
    assert program.value_and_grad(3.0) == (9.0, 6.0)
    fails[0] = True
    assert program.value_and_grad(4.0) == (16.0, 8.0)  # replayed
    program.retrace()
    with pytest.raises(error):
        program.value(4.0)
    usable(Value)


def test_retrace(Value):
    scale = [2.0]
    program = compile(lambda x: x * scale[0])
    assert program.value(1.0) == 2.0
    scale[0] = 3.0
    assert program.value(1.0) == 2.0  # a number from outside is frozen
    program.retrace()
    assert program.value(1.0) == 3.0
    assert program.traces == 2


CHANGES = {  # of what a function reads, and whether they show in what it records
    "a factor": (lambda s, w: s.update(a=0.5), True),
    "a zero's sign": (lambda s, w: s.update(zero=-0.0), True),
    "a factor behind another": (lambda s, w: s.update(b=0.25), True),
    "a number in the result": (lambda s, w: s.update(n=4.0), True),
    "a Value made in the function": (lambda s, w: s.update(t=3.0), True),
    "an operation": (lambda s, w: s.update(op=tanh), True),
    "another leaf": (lambda s, w: s.update(w=w[1]), True),
    "a limit of an if": (lambda s, w: s.update(limit=2.5), True),
    "nothing": (lambda s, w: None, False),
    "the data of a leaf": (lambda s, w: setattr(w[0], "data", 7.0), False),
    "what is not read": (lambda s, w: s.update(other=1.0), False),
    "a number to itself": (lambda s, w: s.update(a=2.0, n=3.0), False),
    "nan to nan": (lambda s, w: s.update(x=float("nan")), False),
}


@pytest.mark.parametrize(("change", "shows"), CHANGES.values(), ids=CHANGES.keys())
def test_refresh(Value, change, shows):
    w = [Value(1.0), Value(2.0)]
    s = {"a": 2.0, "b": 0.5, "n": 3.0, "op": sqrt, "w": w[0], "limit": 1.5, "zero": 0.0, "t": 2.0}
    s["x"] = float("nan")

    def function(x, kind="text"):
        y = s["op"](s["a"] * x + (s["w"] + s["zero"])) * s["b"] + Value(s["t"])
        return [y if x > s["limit"] else -y, s["n"], kind, y * s["x"]]

    batched = compile(function, batch="none")
    for program, point in ((compile(function), 2.0), (batched, [2.0, 2.25])):
        before = dict(s)
        program.value(point)
        program.value(point, "more")
        assert program.refresh(9.0 if program.reduction is None else [9.0]) is False
        change(s, w)
        assert program.refresh(point) is shows
        fresh = compile(function, batch=program.reduction)
        assert repr(program.value(point)) == repr(fresh.value(point))
        assert len(program.tapes()) == 2 - shows
        assert program.refresh(point) is False
        s.update(before)
        w[0].data = 1.0
    assert compile(function).refresh(1.0) is False  # there is nothing to forget


def test_refresh_of_a_program_that_gave_products_alone(Value):
    state = {"a": 2.0}
    program = compile(lambda x: state["a"] * x * x)
    assert program.hvp(1.0, 1.0) == 4.0
    state["a"] = 3.0
    assert program.refresh(1.0) is True
    assert program.hvp(1.0, 1.0) == 6.0


def test_detach_and_data_pass_no_gradient(Value):
    for function in (lambda x: x * x.detach(), lambda x: x * x.data):
        program = compile(function)
        assert program.value_and_grad(3.0) == (9.0, 3.0)
        assert program.value_and_grad(5.0) == (25.0, 5.0)
        assert program.jvp(5.0, 1.0) == 5.0
    program = compile(lambda x: sqrt(x).detach() + x)
    assert program.grad(0.0) == 1.0


def test_custom_primitives(Value):
    cube = Primitive("cube", lambda x: x**3, lambda out, x: (3.0 * x * x,))
    w = Value(2.0)
    program = compile(lambda x: cube(w * x) + cube(2.0))
    assert program.value_and_grad(1.0) == (16.0, 24.0)
    assert program.value_and_grad(2.0) == (72.0, 96.0)
    assert program.hvp(1.0, 1.0) == 48.0
    many = compile(lambda x: cube(x), batch="none")
    assert many.value_and_grad([1.0, 2.0]) == ([1.0, 8.0], [3.0, 12.0])

    def fails(x):
        raise LookupError("no such cube")

    broken = Primitive("broken", lambda x: x if x < 5.0 else fails(x), lambda out, x: (1.0,))
    program = compile(broken)
    assert program.value(1.0) == 1.0
    with pytest.raises(LookupError, match="no such cube"):
        program.value(6.0)
    assert program.value(2.0) == 2.0


def test_higher_order_of_a_node_whose_leaf_has_changed(Value):
    w = Value(2.0)
    y = compile(lambda x: w * w * x)(3.0)
    assert autograd_lite.gradients(y, w, create_graph=True).data == 12.0
    w.data = 5.0
    with pytest.raises(RuntimeError, match="changed after it was called"):
        autograd_lite.gradients(y, w, create_graph=True)
    y.backward()
    assert w.grad == 12.0


# Size, memory, threads ----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_deep_program(Value):
    w = Value(1.0)

    def chain(x):
        for _ in range(10_000):
            x = tanh(x * w)
        return x

    small_stack(lambda: deep(Value, compile(chain), chain, w))


def deep(Value, program, chain, w):
    v = Value(0.5)
    y = chain(v)
    y.backward()
    wanted = w.grad
    w.grad = 0.0
    assert program.value_and_grad(0.5) == (y.data, v.grad)
    assert program.backward(0.5) == y.data
    assert math.isclose(w.grad, wanted, rel_tol=1e-12)
    w.grad = 0.0


def small_stack(function):
    errors = []

    def run():
        try:
            function()
        except BaseException as error:
            errors.append(error)

    before = threading.stack_size(256 * 1024)
    thread = threading.Thread(target=run)
    thread.start()
    threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]


@pytest.mark.slow
def test_a_wide_program(Value):
    n = 20_000
    program = compile(lambda xs: sum(x * x for x in xs))
    xs = [1.0 / (1 + i) for i in range(n)]
    value, slopes = program.value_and_grad(xs)
    assert math.isclose(value, math.fsum(x * x for x in xs), rel_tol=1e-13)
    assert slopes == [2.0 * x for x in xs]


def test_graphs_and_programs_are_freed(Value):
    gc.collect()
    gc.disable()
    try:
        w = Value(2.0)
        function = lambda x: w * x if x > 0.0 else -w
        program = compile(function)
        program(Value(3.0)).backward()
        program.value(-1.0)
        program.hvp(1.0, 1.0)
        function.__dict__["held"] = freed = type("Token", (), {})()
        gone = [weakref.ref(x) for x in (program, *program.tapes(), freed)]
        del program, function, freed
        assert [x() for x in gone] == [None] * len(gone)
    finally:
        gc.enable()


@pytest.mark.slow
def test_memory_is_flat(Value, full_or_quick):
    w = Value(1.0)
    xs = [0.5] * full_or_quick(200, 60)
    kept = compile(lambda x, c: w * x * c if c > 0.0 else w - x * c, batch="sum")

    def round_trip(i):
        program = compile(lambda x, c: w * x * c if c > 0.0 else x * c, batch="sum")
        program.backward(xs[:50], 1.0 + i)
        program.value(xs[:50], -1.0 - i)
        kept.value_and_grad(xs, 2.0)
        kept(xs[:50], -1.0 - i).backward()
        kept.jvp((xs[:50], 1.0), (xs[:50], 1.0))
        kept.retrace()

    round_trip(0)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        round_trip(1)
        objects, memory = len(gc.get_objects()), tracemalloc.get_traced_memory()[0]
        for i in range(full_or_quick(40, 15)):
            round_trip(i)
        assert len(gc.get_objects()) - objects < 25
        # Python keeps up to 2,000 free tuples of each size; a round's arrays take 6,000 or more.
        assert tracemalloc.get_traced_memory()[0] - memory < 120_000
    finally:
        tracemalloc.stop()
        gc.enable()


@pytest.mark.slow
def test_ten_thousand_traces_and_guards(Value):
    w = Value(1.0)

    def many(x):
        total = x
        for i in range(1000):
            total = total + w if total < 1000.0 * i else total
        return total

    program = compile(many)
    value, slope = program.value_and_grad(3.0)
    assert (value, slope) == (1002.0, 1.0)
    (tape,) = program.tapes()
    assert len(tape.guards) == 1000
    gone = []
    for i in range(1000):
        program = compile(lambda x: x * w if x > w else w - x)
        assert program.value(float(i)) == (float(i) if i > 1 else 1.0 - i)
        gone.append(weakref.ref(program.tapes()[0]))
    del program
    assert not any(tape() for tape in gone)


def together(*functions):
    """Run functions at the same time; raise what one raised."""
    errors = []
    barrier = threading.Barrier(len(functions))

    def run(function):
        try:
            barrier.wait()
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def restless():
    """Threads take turns after a few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_that_replay_one_program(Value, restless):
    w = Value(2.0)
    program = compile(lambda x: w * x * x if x > 0.0 else w - x)

    def many(sign):
        for i in range(300):
            x = sign * (1.0 + i) * (-1.0) ** i
            wanted = (2.0 * x * x, 4.0 * x) if x > 0.0 else (2.0 - x, -1.0)
            assert program.value_and_grad(x) == wanted

    together(*[lambda sign=sign: many(sign) for sign in (1.0, -1.0, 1.0)])
    assert len(program.tapes()) <= 6


@pytest.mark.slow
def test_threads_that_trace_at_once(Value, restless):
    def traces(k):
        w = Value(float(k))
        for i in range(60):
            program = compile(lambda x, i=i: w * x * i if x > 0.0 else x.data + w)
            assert program.value_and_grad(2.0) == (2.0 * k * i, float(k * i))
            assert program.value(-1.0) == k - 1.0
            y = w * 3.0
            assert type(y.data) is float

    together(*[lambda k=k: traces(k) for k in (1, 2, 3)])
    usable(Value)


def test_a_leaf_may_be_assigned_in_one_thread_while_another_traces(Value, restless):
    w = Value(1.0)

    def assigns():
        for i in range(2000):
            w.data = 1.0 + i

    def traces():
        for _ in range(100):
            assert compile(lambda x: x * x + 0.0 * w).value(3.0) == 9.0

    together(assigns, traces)


def test_summary_counts(Value):
    program = compile(lambda x: x * 2.0 + x * 2.0 + 0.0)
    assert program.summary() == "compiled <lambda>: 0 tapes"
    program.value(1.0)
    assert "1 input, 0 leaves, 1 output, 0 guards" in program.summary()
    assert "traced 1 times" in repr(program)


def test_a_summary_says_what_a_tape_holds(Value):
    """A slot is two doubles: a number and its gradient."""
    alone = compile(lambda x: x * 2.0 + x * 2.0)
    alone.value(1.0)
    _, first, *passes = alone.summary().splitlines()
    assert first.endswith("1 output, 0 guards; 4 slots, 64 bytes a sample")
    counts = ["3 operations", "2 operations", "2 operations", "2 operations", "2 instructions"]
    assert [" ".join(line.split()[-2:]) for line in passes] == counts
    apart = compile(lambda x, w: tanh(x) * w, batch="mean")
    apart.value([1.0, 2.0, 3.0], 0.5)
    first = apart.summary().splitlines()[1]
    assert first.endswith("; 3 slots, 48 bytes a sample; 1 slot for all samples")


def test_a_constant_is_no_argument_that_has_its_value_in_the_traced_run(Value):
    program = compile(lambda x: x * (Value(1.5) + 0.5))
    assert (program.value(2.0), program.value(3.0)) == (4.0, 6.0)


def test_a_method_is_compiled_for_each_instance(Value):
    class Line:
        def __init__(self, slope):
            self.slope = Value(slope)

        @autograd_lite.compile
        def loss(self, x, y):
            return (self.slope * x - y) ** 2

        @autograd_lite.compile(static="times")
        def repeated(self, x, times):
            for _ in range(times):
                x = x * self.slope
            return x

    one, two = Line(2.0), Line(3.0)
    assert (one.loss.value(1.0, 1.0), two.loss.value(1.0, 1.0)) == (1.0, 4.0)
    assert one.loss.backward(1.0, 1.0) == 1.0
    assert (one.slope.grad, two.slope.grad) == (2.0, 0.0)
    assert one.loss.traces == 1
    assert one.repeated.value(1.0, 3) == 8.0
    assert isinstance(Line.loss, autograd_lite.Program)


def test_numbers_compared_for_equality_are_decisions(Value):
    program = autograd_lite.compile(lambda x: x * 2.0 if x.data == 1.0 else x + 5.0)
    assert [program.value(x) for x in (1.0, 3.0, 1.0)] == [2.0, 8.0, 2.0]
    other = autograd_lite.compile(lambda x, y: x * y if x.data != 2.0 else y)
    assert [other.value(x, 3.0) for x in (2.0, 3.0)] == [3.0, 9.0]
    both = autograd_lite.compile(lambda x, y: x if x.data == y.data else y)
    assert [both.value(1.0, y) for y in (1.0, 2.0)] == [1.0, 2.0]
    assert program.traces == other.traces == both.traces == 2
    among = autograd_lite.compile(lambda x: x * 2.0 if x.data in (1.0, 2.0) else -x)
    assert [among.value(x) for x in (1.0, 2.0, 3.0)] == [2.0, 4.0, -3.0]
    identity = autograd_lite.compile(
        lambda x: x if x == x and x != x * 1.5 and x not in [None, "x"] else -x
    )
    assert identity.value(2.0) == 2.0


def test_arguments_compared_for_equality_are_decisions_as_plain_numbers_are(Value):
    """What depends on arguments alone is a number outside of a trace, where == compares it."""
    w = Value(1.0)

    def masked(x, y):
        return w * sum((a - b) ** 2 for a, b in zip(x, y) if b != -1.0 and a * 2.0 != b)

    def found(x, y):
        return w * x[y.count(0.0)] + (1.0 in y) + (x == y)

    def derived(x, y):
        z = autograd_lite.sin(x[0]) + y[0]
        return w * (2.0 if z == y[0] else 3.0)

    def of_values(x, y):  # these are Values outside of a trace, too
        return w * (2.0 if w == 1.0 or w * x[0] == 0.0 or x[0] == w or w.detach() == 7.0 else 3.0)

    samples = [([0.0, 1.0], [5.0, 2.0]), ([1.0, 2.0], [-1.0, 0.0]), ([0.0, 2.0], [0.0, 2.0])]
    for function in (masked, found, derived, of_values):
        wanted = [float(getattr(y := function(*each), "data", y)) for each in samples]
        program = autograd_lite.compile(function)
        assert [program.value(*each) for each in samples] == wanted
        batched = autograd_lite.compile(function, batch="none")
        assert batched.value(*map(list, zip(*samples))) == wanted
    assert len(set(wanted)) == 1


@pytest.mark.parametrize(
    ("step", "start"),
    [
        (lambda c, y, w: c + (10.0 if c == 0.5 else 1.0) * y, 0.5),
        (lambda c, y, w: c + (10.0 if c != 0.5 else 1.0) * y, 0.5),
        (lambda c, y, w: c + (10.0 if y == 2.0 else 1.0) * y, 0.5),
        (lambda c, y, w: w * c + (10.0 if y == 2.0 else 1.0), 0.5),
        (lambda c, y, w: c + (10.0 if c == 0.5 else 1.0) * y, None),  # begins with a Value
    ],
)
def test_a_step_of_a_loop_compares_numbers_as_the_eager_one_does(Value, step, start):
    w = Value(1.0)

    def function(x, ys):
        begin = x if start is not None else x * w
        return autograd_lite.scan(lambda c, y: (step(c, y, w), c), begin, ys)[0]

    arguments = (0.5, [1.0, 2.0, 3.0])
    wanted = function(*arguments)
    wanted = getattr(wanted, "data", wanted)
    assert autograd_lite.compile(function).value(*arguments) == wanted
    assert autograd_lite.compile(function, sequences="ys").value(*arguments) == wanted
    constant = autograd_lite.compile(lambda x: function(x, [1.0, 2.0, 3.0]))
    assert constant.value(0.5) == wanted
    batched = autograd_lite.compile(lambda x: function(x, [1.0, 2.0, 3.0]), batch="none")
    assert batched.value([0.5, 0.5]) == [wanted, wanted]


def test_a_state_that_is_a_number_at_first_is_not_compared_for_equality(Value):
    w = Value(2.0)
    program = autograd_lite.compile(
        lambda x: autograd_lite.scan(lambda c, y: (c * w if c == y else c, c), x, [1.0, 2.0])[0]
    )
    with pytest.raises(autograd_lite.TraceError, match="compare by `<` and `>`"):
        program.value(1.0)


def test_a_step_of_a_loop_compares_what_it_is_given(Value):
    def function(start, goal):
        step = lambda x: x + (2.0 if x == goal else 1.0)
        return autograd_lite.while_loop(lambda x: x < 5.0, step, start)

    program = autograd_lite.compile(function)
    for goal in (2.0, 3.0, 2.5):
        assert program.value(0.0, goal) == function(0.0, goal)


def test_a_sum_of_one_term_is_kept_when_it_is_folded_into_another(Value):
    w = Value(0.5)
    program = autograd_lite.compile(lambda x: autograd_lite.sum([x * x]) + w, batch="mean")
    assert program.backward([1.0, 2.0]) == 3.0
    assert w.grad == 1.0
    nested = autograd_lite.compile(lambda x: autograd_lite.sum([autograd_lite.sum([x]) + w]) + w)
    assert nested.value_and_grad(2.0) == (3.0, 1.0)
    twice = autograd_lite.compile(lambda x: autograd_lite.sum([autograd_lite.sum([x * 1.5])]))
    assert twice.value_and_grad(2.0) == (3.0, 1.5)


def test_a_call_by_place_and_by_name_is_one_call(Value):
    program = autograd_lite.compile(lambda x, y, z=1.0: x / y * z)
    calls = [((2.0, 4.0), {}), ((2.0,), {"y": 4.0}), ((), {"y": 4.0, "x": 2.0})]
    assert [program.value(*args, **named) for args, named in calls] == [0.5] * 3
    assert program.traces == 1
    assert program.value(2.0, 4.0, z=2.0) == program.value(z=2.0, y=4.0, x=2.0) == 1.0
    assert program.traces == 2
    assert program.grad(y=4.0, x=2.0) == (0.25, -0.125)
    with pytest.raises(TypeError, match="multiple values"):
        program.value(2.0, 4.0, x=3.0)
    with pytest.raises(TypeError, match="unexpected keyword"):
        program.value(2.0, 4.0, w=3.0)


def test_a_masked_array_is_no_batch(Value):
    numpy = pytest.importorskip("numpy")
    program = autograd_lite.compile(lambda x: x * x, batch="sum")
    with pytest.raises(TypeError, match="masked array has numbers missing"):
        program.value(numpy.ma.array([1.0, 2.0], mask=[False, True]))


CUBE = Primitive("cube", lambda x: x**3, lambda out, x: (3.0 * x * x,))


@pytest.mark.parametrize("cube", [lambda x: x**3, CUBE], ids=["a row", "a primitive of a user"])
def test_a_trace_leaves_every_grad_as_it_was(Value, cube):
    w, x = Value(2.0), Value(3.0)
    w.grad, x.grad = 5.0, -7.0
    program = compile(lambda x: cube(w * x) + w)
    assert program.value(x) == 218.0
    assert program.hessian(3.0) == 144.0
    assert (w.grad, x.grad) == (5.0, -7.0)


def test_an_array_without_axes_in_a_result_counts_as_its_number(Value, tmp_path):
    numpy = pytest.importorskip("numpy")
    program = compile(lambda x: [numpy.array(x * x), x, numpy.array([x, 1.0])])
    value, _, pair = program.value(3.0)
    assert (value, pair.tolist()) == (9.0, [3.0, 1.0])
    assert program.jacobian(3.0)[:2] == [6.0, 1.0]
    program.save(tmp_path / "program.json")
    loaded = autograd_lite.load_program(tmp_path / "program.json")
    for copy in (loaded, pickle.loads(pickle.dumps(program))):
        assert copy.value(4.0)[:2] == [16.0, 4.0]
    assert compile(lambda x: numpy.array(x * x)).grad(3.0) == 6.0
