"""A call of a program as one C function: it answers as the Python code does, or leaves it to it."""

from __future__ import annotations

import collections
import dataclasses
import gc
import math
import threading
import weakref
from array import array

import pytest

import autograd_lite as ag
from autograd_lite.compiler.quick import METHODS

numpy = pytest.importorskip("numpy")
pytestmark = pytest.mark.skipif(
    ag.backend != "native", reason="the native engine is not in use here"
)
Pair = collections.namedtuple("Pair", "left right")


@dataclasses.dataclass
class Point:
    x: object
    y: object
    name: str = "p"


def total(x):
    """The sum of all numbers in a structure, each times its place."""
    return ag.sum([(i + 1.0) * v.exp() for i, v in enumerate(values_in(x))])


def values_in(x):
    if isinstance(x, ag.Value):
        return [x]
    if isinstance(x, dict):
        return [v for part in x.values() for v in values_in(part)]
    if dataclasses.is_dataclass(x):
        return values_in([x.x, x.y])
    return [v for part in x for v in values_in(part)] if not isinstance(x, (str, bool)) else []


def asked(program, name, *args, **named):
    """What a method gives; tangents are the arguments themselves."""
    return getattr(program, name)(*((args, args) if name == "jvp" else args), **named)


def in_python(program, name, *args, **named):
    """What the Python method gives."""
    if name == "jvp":
        args = (args, args)
    return getattr(type(program), name).__wrapped__(program, *args, **named)


def warmed(program, *args, **named):
    """The program after as many calls as it takes to have a Call."""
    for _ in range(4):
        program.value(*args, **named)
    return program


def assert_same(found, wanted):
    assert type(found) is type(wanted)
    if isinstance(wanted, numpy.ndarray):
        assert found.dtype == wanted.dtype
        assert found.shape == wanted.shape
        assert found.tobytes() == wanted.tobytes()
    elif isinstance(wanted, dict):
        assert list(found) == list(wanted)
        for name in wanted:
            assert_same(found[name], wanted[name])
    elif dataclasses.is_dataclass(wanted):
        assert_same(vars(found), vars(wanted))
    elif isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted):
            assert_same(one, other)
    elif isinstance(wanted, ag.Value):
        assert (found.data, found.op and found.op.name) == (
            wanted.data,
            wanted.op and wanted.op.name,
        )
        assert found.partials == wanted.partials
        assert len(found.args) == len(wanted.args)
        for one, other in zip(found.args, wanted.args):
            assert one is other if isinstance(other, ag.Value) else one == other
    else:
        assert found == wanted or (found != found and wanted != wanted)


ARGUMENTS = {
    "number": (0.5,),
    "int": (2,),
    "list": ([0.1, 0.2, 0.3],),
    "ints in a list": ([1, 2, 3],),
    "nested": ([[0.1, 0.2], [0.3, [0.4]]],),
    "tuple": ((0.1, (0.2, 0.3)),),
    "named tuple": (Pair(0.1, [0.2, 0.3]),),
    "dict": ({"b": 0.1, "a": [0.2, 0.3]},),
    "dataclass": (Point(0.1, [0.2, 0.3]),),
    "constants": ([0.1, True, "text", 0.2],),
    "several": (0.1, [0.2, 0.3], {"c": (0.4,)}),
    "ndarray": (numpy.array([0.1, 0.2, 0.3]),),
    "matrix": (numpy.arange(6.0).reshape(2, 3) / 10,),
    "array without axes": (numpy.array(0.5),),
    "array.array": (array("d", [0.1, 0.2, 0.3]),),
    "integers in an array": (numpy.arange(3),),
    "strided": (numpy.arange(12.0)[::2] / 10,),
    "float32": (numpy.array([0.5, 0.25], dtype="float32"),),
    "numpy scalar": (numpy.float64(0.5),),
    "empty list": ([], 0.5),
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("args", ARGUMENTS.values(), ids=ARGUMENTS)
def test_each_structure_of_arguments(args, name):
    w = ag.Value(1.5)
    program = warmed(ag.compile(lambda *xs: w * total(xs)), *args)
    wanted = in_python(program, name, *args)
    by_python, w.grad = w.grad, 0.0
    assert_same(asked(program, name, *args), wanted)
    assert w.grad == by_python


QUICK = ["number", "list", "nested", "named tuple", "dict", "dataclass", "constants", "matrix"]


@pytest.mark.parametrize("which", QUICK)
def test_there_is_a_call_for_it(which):
    """Else the comparison above would be one of the Python code with itself."""
    program = warmed(ag.compile(lambda *xs: total(xs)), *ARGUMENTS[which])
    before = program._quick
    assert type(before).__name__ == "Call"
    program._kept.clear()  # which only the Python code reads
    assert program.value(*ARGUMENTS[which]) > 0.0
    assert program.traces == 1


def view(doubles, *shape, start=0):
    """Doubles as a memoryview, from byte `start` of some more."""
    several = bytes(start) + array("d", doubles).tobytes()
    return memoryview(several)[start:].cast("d", shape)


PART = 1024  # samples that are added up by themselves, as in native/job.h
BATCHES = {
    "list": ([0.1, 0.2, 0.3],),
    "lists": ([[0.1, 0.2], [0.3, 0.4]],),
    "ndarray": (numpy.array([0.1, 0.2, 0.3]),),
    "matrix": (numpy.arange(8.0).reshape(4, 2) / 10,),
    "array.array": (array("d", [0.1, 0.2, 0.3]),),
    "list of arrays": ([numpy.array([0.1, 0.2]), numpy.array([0.3, 0.4])],),
    "tuples in a list": ([(0.1, 0.2), (0.3, 0.4)],),
    "memoryview": (view([0.1, 0.2, 0.3], 3),),
    "memoryview of rows": (view([0.1, 0.2, 0.3, 0.4], 2, 2), view([0.5, 0.6], 2)),
    "memoryview from any byte": (view([0.1, 0.2, 0.3], 3, start=3),),
    "every other of a memoryview": (view([0.1, 0.2, 0.3, 0.4], 4)[::2],),
    "with a number": ([0.1, 0.2, 0.3], 0.5),
    "two": ([[0.1, 0.2], [0.3, 0.4]], numpy.array([0.1, 0.2])),
    "more than a part": (numpy.linspace(0.0, 1.0, 2 * PART + 5),),
    "threads": (numpy.linspace(0.0, 1.0, 9 * PART + 5),),
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("batch", ["mean", "sum", "none"])
@pytest.mark.parametrize("which", BATCHES)
def test_each_kind_of_batch(which, batch, name):
    args = BATCHES[which]
    w = ag.Value(1.5)
    threads = 2 if which == "threads" else 1
    program = ag.compile(lambda *xs: w * total(xs), batch=batch, threads=threads)
    warmed(program, *args)
    wanted = in_python(program, name, *args)
    by_python, w.grad = w.grad, 0.0
    assert_same(asked(program, name, *args), wanted)
    assert w.grad == by_python


@pytest.mark.parametrize("batch", ["mean", "sum", "none"])
def test_there_is_a_call_for_memoryviews(batch):
    """By which the batches of a training come."""
    program = warmed(ag.compile(lambda x, y: x[0] * x[1] + y, batch=batch), *ROWS)
    program._kept.clear()  # which only the Python code reads
    program.value(*ROWS)
    if batch != "none":
        program.backward(*ROWS)
    assert program.traces == 1


ROWS = BATCHES["memoryview of rows"]


def test_several_results_in_a_structure():
    function = lambda x, y: {"s": x + y, "both": (x * y, [x - y])}
    program = warmed(ag.compile(function), 2.0, 3.0)
    assert_same(program.value(4.0, 5.0), {"s": 9.0, "both": (20.0, [-1.0])})
    batch = warmed(ag.compile(function, batch="none"), [2.0, 3.0], 3.0)
    assert_same(batch.value([4.0, 1.0], 5.0), in_python(batch, "value", [4.0, 1.0], 5.0))
    for name in ("grad", "backward", "value_and_grad"):
        with pytest.raises(TypeError, match="must return one Value"):
            getattr(program, name)(4.0, 5.0)


@pytest.mark.parametrize("argnums", [None, 0, 1, -1, (1, 0), (2,)])
def test_argnums(argnums):
    program = ag.compile(lambda x, y, z: total([x, y, z]), argnums=argnums)
    warmed(program, 0.1, [0.2, 0.3], {"k": 0.4})
    for name in ("grad", "value_and_grad"):
        found = getattr(program, name)(0.2, [0.3, 0.5], {"k": 0.1})
        assert_same(found, in_python(program, name, 0.2, [0.3, 0.5], {"k": 0.1}))


def test_arguments_by_name():
    def function(x, y=2.0, *, z=1.0):
        return x * y + z * x

    program = warmed(ag.compile(function), 3.0, y=4.0, z=5.0)
    assert program.value(3.0, z=5.0, y=4.0) == program.value(3.0, 4.0, z=5.0) == 27.0
    assert program.grad(x=3.0, y=4.0, z=5.0) == in_python(program, "grad", 3.0, y=4.0, z=5.0)
    assert program.value(3.0) == 9.0
    for wrong in ({"q": 1.0}, {"y": 1.0, "x": 2.0}):
        with pytest.raises(TypeError):
            program.value(3.0, **wrong)


def test_values_among_the_arguments():
    program = warmed(ag.compile(lambda x, y: x * y), 2.0, 3.0)
    x = ag.Value(5.0)
    assert program.value(x, 3.0) == 15.0
    assert program.backward(x, 3.0) == 15.0
    assert x.grad == 3.0
    assert program.backward(x, x) == 25.0  # twice the same
    assert x.grad == 13.0
    inner = x * 2.0
    assert program.backward(inner, 3.0) == 30.0  # on through its graph
    assert x.grad == 19.0
    assert program.value(ag.PythonValue(5.0), 3.0) == 15.0


def test_a_call_gives_a_node_on_leaves_and_values():
    w = ag.Value(1.5)
    program = warmed(ag.compile(lambda x, y: (w * x).exp() * y), 0.2, 3.0)
    x = ag.Value(0.3)
    inner = x * 2.0
    for args in ((x, 3.0), (inner, x), (x, x), (2, inner), (0.5, 0.25)):
        node = program(*args)
        assert_same(node, in_python(program, "__call__", *args))
        plain = (w * args[0]).exp() * args[1]
        assert node.data == plain.data
        found, wanted = ag.gradients(node * node, [w, x]), ag.gradients(plain * plain, [w, x])
        assert found == pytest.approx(wanted, rel=1e-14)
        [slope] = ag.gradients(node, [w], create_graph=True)
        [wanted] = ag.gradients(plain, [w], create_graph=True)
        found, wanted = ag.gradients(slope, [w, x]), ag.gradients(wanted, [w, x])
        assert found == pytest.approx(wanted, rel=1e-14)
    assert warmed(ag.compile(lambda x: x * x), 2.0)(3.0).op is None  # of numbers alone
    assert program(0.3, 0.5).op is program(x, x).op  # one primitive for all calls


def test_a_leaf_that_was_changed_after_a_call_is_noticed():
    w = ag.Value(1.5)
    program = warmed(ag.compile(lambda x: w * x), 2.0)
    node = program(ag.Value(3.0))
    w.data = 2.5
    with pytest.raises(RuntimeError, match="was changed after it was called"):
        ag.gradients(node, [w], create_graph=True)


def test_rates_of_lists_and_of_a_single_argument():
    program = warmed(ag.compile(lambda xs: total(xs)), [0.1, 0.2])
    assert program.jvp([0.1, 0.2], [1.0, 0.0]) == math.exp(0.1)
    assert program.jvp(([0.1, 0.2],), ([0.0, 1.0],)) == 2.0 * math.exp(0.2)
    for tangents in ([1.0], "ab", [1.0, None], 1.0):
        with pytest.raises((TypeError, ValueError)):
            program.jvp([0.1, 0.2], tangents)
    several = warmed(ag.compile(lambda x, y: [x * y, {"d": x - y}]), 2.0, 3.0)
    assert several.jvp((2.0, 3.0), (1.0, 10.0)) == [23.0, {"d": -9.0}]


@pytest.mark.parametrize("argnums", [None, 0, 1, (0,), (1,), (0, 1), (1, 0)])
def test_rates_are_in_the_order_of_argnums(argnums):
    """However often the program was called, as when it was called for the first time."""

    def function(x, y):
        return [x * y, x]

    program = warmed(ag.compile(function, argnums=argnums), 2.0, 3.0)
    point = 3.0, 4.0
    for tangents in ((1.0, 0.0), (1.0,), [1.0, 0.0], [1.0], 1.0):
        for at in (point, [*point], 3.0):
            fresh = ag.compile(function, argnums=argnums)
            try:
                expected = fresh.jvp(at, tangents)
            except (TypeError, ValueError) as error:
                for _ in range(3):
                    with pytest.raises(type(error)):
                        program.jvp(at, tangents)
            else:
                assert [program.jvp(at, tangents) for _ in range(3)] == [expected] * 3


def test_branches_are_tried_and_the_last_goes_first():
    program = ag.compile(lambda x: x * 2.0 if x > 0.0 else x * 3.0)
    for x in (1.0, -1.0, 2.0, -2.0) * 10:
        assert program.value(x) == (2.0 * x if x > 0.0 else 3.0 * x)
    traces, call = program.traces, program._quick
    assert traces == 2
    assert type(call).__name__ == "Call"
    for x in (3.0, -3.0, -4.0, 4.0):
        assert program.value_and_grad(x) == ((2.0 * x, 2.0) if x > 0.0 else (3.0 * x, 3.0))
    assert program._quick is call
    [kept] = program._kept.values()
    guard = kept.several[0].tape.guards[0]
    assert guard[3] is True, "x > 0 was last"
    batch = ag.compile(lambda x: x * 2.0 if x > 0.0 else x * 3.0, batch="sum")
    warmed(batch, [1.0, 2.0])
    assert batch.value([1.0, -2.0]) == -4.0
    assert batch.value([1.0, 2.0]) == 6.0


def test_a_branch_that_is_traced_later_gets_a_call_with_all_branches():
    program = warmed(ag.compile(lambda x: x * 2.0 if x > 0.0 else x * 3.0), 1.0)
    first = program._quick
    assert type(first).__name__ == "Call"
    assert program.value(-1.0) == -3.0
    warmed(program, -1.0)
    assert type(program._quick).__name__ == "Call"
    assert program._quick is not first


def test_a_lost_leaf_and_a_forgotten_trace():
    class Model:
        w = ag.Value(2.0)

    program = warmed(ag.compile(lambda x: Model.w * x), 3.0)
    assert program.value(4.0) == 8.0
    Model.w = ag.Value(5.0)
    assert program.value(4.0) == 20.0
    warmed(program, 4.0)
    program.retrace()
    assert program._quick is None
    assert program.value(4.0) == 20.0
    assert program.traces == 3


def test_modes_are_left_to_the_python_code():
    program = warmed(ag.compile(lambda x: x.log()), 1.0)
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError):
        program.backward(ag.Value(-1.0))
    with ag.no_grad():
        assert program.value(1.0) == 0.0
    with pytest.raises(ag.TraceError, match="would be frozen"):
        ag.compile(lambda x: program.value(1.0) * x).value(1.0)


class Odd:
    def __float__(self):
        raise RuntimeError("no number")


@pytest.mark.parametrize("x", ["text", None, object(), 1j, 10**400, Odd(), [], {}, float])
def test_errors_are_those_of_the_python_code(x):
    program = warmed(ag.compile(lambda x, y: x * y), 2.0, 3.0)
    for name in METHODS:
        answers = []
        for call in (asked, in_python):
            try:
                answers.append(call(program, name, x, 3.0))
            except Exception as error:
                answers.append((type(error), str(error)))
        assert_same(*answers)


def test_wrong_samples():
    program = warmed(ag.compile(lambda x, y: x * y, batch="sum"), [1.0, 2.0], [3.0, 4.0])
    with pytest.raises(ValueError, match="one batch holds 2 samples, another 1"):
        program.value([1.0, 2.0], [3.0])
    with pytest.raises(ValueError, match="a batch of no numbers"):
        program.value([], [])
    assert program.value([1.0, math.inf], [3.0, 0.0]) != 0.0


def test_arguments_may_change_while_they_are_read():
    """An attribute may run Python code, and so may other threads while the tape is replayed."""

    @dataclasses.dataclass
    class Reader:
        x: float

    program = warmed(ag.compile(lambda xs: xs[0].x * xs[1] * xs[2]), [Reader(2.0), 3.0, 4.0])
    xs = [Reader(2.0), 3.0, 4.0]
    Reader.__getattribute__ = lambda self, name: (xs.clear(), object.__getattribute__(self, name))[
        1
    ]
    with pytest.raises((IndexError, TypeError, ValueError)):
        program.value(xs)

    @dataclasses.dataclass
    class Fresh:
        rows: list

        def __getattribute__(self, name):
            x = object.__getattribute__(self, name)
            return list(x) if isinstance(x, list) else x

    batch = warmed(ag.compile(lambda p: p.rows * p.rows, batch="sum"), Fresh([1.0] * 50))
    assert len(batch.grad(Fresh([2.0] * 50)).rows) == 50


def test_a_list_may_grow_while_other_threads_run():
    xs = [float(i) for i in range(20_000)]
    program = warmed(ag.compile(lambda w, x: (w * x).tanh().exp().sin(), batch="mean"), 0.5, xs)
    wanted = program.grad(0.5, xs)
    stop = threading.Event()

    def grow():
        while not stop.is_set():
            del xs[20_000:]
            xs.extend([0.0] * 5_000)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(50):
            found = program.grad(0.5, xs)
            assert len(found[1]) in range(20_000, 25_001)
            if len(found[1]) == 20_000:
                assert found == wanted
    finally:
        stop.set()
        thread.join()


class Row(list):
    _fields = ("a", "b")


def test_only_tuples_are_named_tuples():
    program = warmed(ag.compile(lambda x: ag.sum(x)), Row([1.0, 2.0]))
    assert program._quick is None
    assert program.value(Row([1.0, 2.0])) == 3.0


class Swapped(Pair):
    """A named tuple with a `__new__` of its own, whose instances may have attributes."""

    scale = 1.0

    def __new__(cls, both):
        return super().__new__(cls, both, 2.0 * both)


def test_named_tuples_of_a_class_of_ones_own():
    program = warmed(ag.compile(lambda p: p.left * p.right * p.scale), Swapped(3.0))
    assert program._quick is not None
    value, slopes = program.value_and_grad(Swapped(5.0))
    assert (value, tuple(slopes), type(slopes)) == (50.0, (10.0, 5.0), Swapped)
    scaled = Swapped(5.0)
    scaled.scale = 2.0
    with pytest.raises(TypeError, match="Swapped of length 2 also has the attributes scale"):
        program.value(scaled)
    del scaled.scale
    assert program.value(scaled) == 50.0


def test_nothing_is_added_if_a_call_fails_in_the_end():
    class Stop(Exception):
        pass

    w = ag.Value(2.0)
    program = ag.compile(lambda x: w * x if x > 0.0 else w * x * 3.0)
    for x in (1.0, -1.0, 1.0, -1.0, 1.0):
        warmed(program, x)
    [kept] = program._kept.values()

    def use(specialization):
        raise Stop

    call = program._quick
    assert type(call).__name__ == "Call"
    original, type(kept).use = type(kept).use, lambda self, specialization: use(specialization)
    try:
        with pytest.raises(Stop):
            program.backward(-1.0)
    finally:
        type(kept).use = original
    assert w.grad == 0.0
    assert program.backward(-1.0) == -6.0
    assert w.grad == -3.0


def test_an_error_in_an_attribute_is_not_lost():
    @dataclasses.dataclass
    class Point:
        x: float

    program = warmed(ag.compile(lambda p: p.x * 2.0), Point(1.0))

    def interrupted(self, name):
        if name == "x":
            raise KeyboardInterrupt
        return object.__getattribute__(self, name)

    Point.__getattribute__ = interrupted
    with pytest.raises(KeyboardInterrupt):
        program.value(Point(1.0))


def test_threads_lose_no_branch():
    def branches(x):
        for i in range(4):
            if x < i:
                return x * (i + 1.0)
        return x * 9.0

    program = ag.compile(branches)
    numbers = (-0.5, 0.5, 1.5, 2.5)
    for x in numbers * 3:
        program.value(x)

    def work():
        for i in range(2_000):
            program.value(numbers[i % 4])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [kept] = program._kept.values()
    assert len(set(map(id, kept.several))) == 4
    traces = program.traces
    assert [program.value(x) for x in numbers] == [-0.5, 1.0, 4.5, 10.0]
    assert program.traces == traces == 4


def test_each_allocation_may_fail():
    from autograd_lite.native import engine

    program = warmed(ag.compile(lambda x, xs: x * total(xs), batch="mean"), 0.5, [[0.1] * 60] * 9)
    args = (0.5, [[0.1] * 60] * 9)
    wanted = program.value_and_grad(*args)
    for n in range(1, 12):
        engine.fail_allocation(n)
        try:
            assert_same(program.value_and_grad(*args), wanted)
        except MemoryError:
            pass
        finally:
            engine.fail_allocation(0)
    assert_same(program.value_and_grad(*args), wanted)
    one = warmed(ag.compile(lambda xs: total(xs)), [0.1] * 60)
    values = [ag.Value(0.1) for _ in range(60)]
    node, rate = one(values), one.jvp([0.1] * 60, [1.0] * 60)
    for n in range(1, 12):
        engine.fail_allocation(n)
        try:
            assert_same(one(values), node)
            assert one.jvp([0.1] * 60, [1.0] * 60) == rate
        except MemoryError:
            pass
        finally:
            engine.fail_allocation(0)
    assert_same(one(values), node)


def test_nothing_is_kept_alive():
    program = ag.compile(lambda x: total(x))
    gone = weakref.ref(program)
    warmed(program, {"a": [0.1, 0.2]})
    assert program._quick is not None
    value = ag.Value(0.3)
    of_value = weakref.ref(value)
    program(value)
    program({"a": [value, value]})
    del program, value
    gc.collect()
    assert gone() is None
    assert of_value() is None
    point = Point(ag.Value(0.1), [0.2])
    program = warmed(ag.compile(lambda p: total(p)), point)
    before = ag.native.engine.memory() if hasattr(ag, "native") else None
    for _ in range(100):
        program.backward(point)
        program.value_and_grad(point)
        program.jvp(point, point)
        program(point)
    assert before is None or ag.native.engine.memory() == before


def test_several_threads():
    program = warmed(ag.compile(lambda xs: total(xs)), [0.1] * 500)
    wanted = program.value_and_grad([0.1] * 500)
    wrong = []

    def work():
        for _ in range(50):
            if program.value_and_grad([0.1] * 500) != wanted:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_methods_look_like_functions():
    import inspect

    assert inspect.signature(ag.Program.value) == inspect.signature(ag.Program.value.__wrapped__)
    assert "The function's result in numbers" in ag.Program.value.__doc__
    assert ag.compile(lambda x: x).grad.__name__ == "grad"
