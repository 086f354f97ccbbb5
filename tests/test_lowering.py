"""Lowering in C gives the tapes of the lowering in Python, number for number, and takes no harm."""

import math
import random
import signal
from array import array

import pytest
from allocations import each_allocation_fails
from hypothesis import given
from test_random_graphs import programs

import autograd_lite as ag
from autograd_lite import compile, gradients, special, where
from autograd_lite.compiler import chain
from autograd_lite.compiler.flat_graph import NEUTRAL, TRAITS, flattened
from autograd_lite.compiler.schedule import schedule
from autograd_lite.compiler.simplify import CAPTURED, INPUT, Graph, simplified
from autograd_lite.compiler.tape import ROWS
from autograd_lite.native import engine
from autograd_lite.primitive import Reduction
from autograd_lite.shortcuts import shortcuts

pytestmark = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")


@pytest.fixture(autouse=True)
def native(monkeypatch):
    monkeypatch.setattr(ag, "Value", ag.NativeValue)


BY_NAME = {row.name: row for row in ROWS}
OFTEN = [BY_NAME[name] for name in ("add", "add", "add", "mul", "mul", "sum", "dot", "power")]
NUMBERS = [0.0, 0.0, -0.0, -0.0, 1.0, 2.0, -1.0, math.nan, -math.nan, math.inf, 0.5, 3.0]


def random_graph(seed):
    """Operations of any kind on results of shortly before, as a traced run may have made them."""
    rng = random.Random(seed)
    graph = Graph(reorder=rng.random() < 0.4)
    for kind, several in ((INPUT, graph.inputs), (CAPTURED, graph.captured)):
        several += [graph.add(kind, (), rng.uniform(-2, 2)) for _ in range(rng.randint(1, 4))]
    rows = OFTEN + rng.sample(ROWS, 3) if rng.random() < 0.7 else list(ROWS)
    near = rng.choice([3, 10, 1000])
    for _ in range(rng.randint(0, 60)):
        op = rng.choice(rows)
        count = len(op.operands)
        if isinstance(op, Reduction):
            count = op.columns * rng.choice([1, 1, 2, 3, 5])
        graph.add(op, tuple([operand(rng, graph, near) for _ in range(count)]), rng.choice(NUMBERS))
    some = [operand(rng, graph, near) for _ in range(rng.choice([1, 1, 2, 4]))]
    graph.outputs = [rng.choice(some) for _ in range(rng.choice([1, 1, 2, 5]))]
    for k in range(rng.choice([0, 0, 1, 6])):
        x, y = operand(rng, graph, near), operand(rng, graph, near)
        sign = rng.choice(["<", "<=", "!="])
        graph.guards += [(sign, x, y, rng.random() < 0.5, f"line {k}")] * rng.choice([1, 2])
    return graph, [rng.random() < 0.4 for _ in graph.inputs]


def operand(rng, graph, near):
    """A result, or a new constant."""
    if rng.random() < 0.25:
        return graph.constant(rng.choice(NUMBERS))
    return rng.randrange(max(0, len(graph.ops) - near), len(graph.ops))


def outcome(tape, lines):
    """All that is known of a tape; nan is nan."""
    *parts, numbers, reorder = tape.encoded()
    parts = [list(x) if isinstance(x, array) else x for x in parts]
    bits = [math.nan if x != x else x.hex() for x in numbers]
    fields = (tape.captured, tape.inputs, tape.outputs, tape.guards, tape.operations)
    return parts, repr(bits), reorder, fields, lines


def test_the_lowering_in_c_makes_the_tapes_of_the_one_in_python(full_or_quick):
    for seed in range(full_or_quick(2000, 300)):
        graph, batched = random_graph(seed)
        tape, lines = flattened(graph).lowered(batched)
        found = outcome(tape, lines)
        simpler, operations = simplified(graph)
        wanted = schedule(simpler, batched, operations)
        assert found == outcome(wanted, [line for *_, line in simpler.guards]), seed
        assert repr(tape.instructions) == repr(wanted.instructions)
        assert repr(tape.constants) == repr(wanted.constants)
        assert outcome(tape, []) == outcome(wanted, [])  # from instructions, not from arrays
        engine.Tape(*tape.encoded())


def lower_in_python(patch):
    patch.setattr(shortcuts, "traced_graph", lambda *args: NotImplemented)
    patch.setattr(chain, "flattened", lambda graph: None)


W = ag.Value(0.5)
NET = None


def steered(x, y):
    total = 0.0
    for k in range(6):
        total = total + (x * W if x * k < y else -y) + 2
    return total


def several(x, y):
    inside = ag.Value(1.5)  # a leaf that no one else holds: a constant
    nan = ag.Value(math.nan)
    return [x * inside, 3.0, {"a": where(x < y, x, y) + -0.0, "b": nan * 0.0}, x, x.detach() * y]


def with_slopes(x, y):
    z = ag.tanh(x * y) ** 2 + special.erfcx(x)
    return z + gradients(z, [x, y], create_graph=True)[1] * x.data


def mixed(x, y):
    return ag.max([W, x, y])  # of a batch: the last slot for all samples, and the first for each


def looped(x, y):
    return ag.scan(lambda s, z: (s * z + W, s), x, [y, y, 1.0])[0]


CUBE = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))


def of_a_user(x, y):
    return CUBE(x) + W * y


def layered(x, y):
    import nn

    global NET
    NET = NET or nn.MLP(2, [5, 4, 1], ag.tanh, seed=1)
    return (NET([x, y])[0] - y) ** 2 + sum(w * w for w in NET.parameters())


@pytest.mark.parametrize("reorder", [False, True])
@pytest.mark.parametrize("f", [steered, several, with_slopes, mixed, looped, of_a_user, layered])
def test_a_traced_run_becomes_the_same_tape_on_either_way(f, reorder, monkeypatch):
    native = compile(f, reorder=reorder)
    batched = compile(f, reorder=reorder, batch="none")
    found = [native(0.4, 0.7), native(0.7, 0.4)]
    several = f in (steered, with_slopes, mixed, layered) and batched.value([0.4, 0.45], [0.7, 0.8])
    assert not native.refresh(0.4, 0.7)
    lower_in_python(monkeypatch)
    python = compile(f, reorder=reorder)
    apart = compile(f, reorder=reorder, batch="none")
    assert repr(found) == repr([python(0.4, 0.7), python(0.7, 0.4)])
    assert several == (several and apart.value([0.4, 0.45], [0.7, 0.8]))
    pairs = [*zip(native._all(), python._all()), *zip(batched._all(), apart._all())]
    assert len(pairs) == 1 + (f is steered) + bool(several)
    for one, two in pairs:
        if f in (looped, of_a_user):
            assert one.tape.describe() == two.tape.describe()
        else:
            assert one.tape.in_arrays
            assert not two.tape.in_arrays
            assert outcome(one.tape, one.lines) == outcome(two.tape, two.lines)
        assert one.leaves() == two.leaves()
        assert len(one.entries) == len(two.entries)


@pytest.mark.slow
@given(programs())
def test_random_programs_become_the_same_tape_on_either_way(program):
    def f(xs):
        return program.run(xs, ag.Value._apply, float)

    one, two = compile(f), compile(f)
    one.value(program.leaves)
    with pytest.MonkeyPatch.context() as patch:
        lower_in_python(patch)
        two.value(program.leaves)
    assert outcome(one.tapes()[0], []) == outcome(two.tapes()[0], [])


def test_what_a_trace_cannot_tell_apart_has_one_fingerprint():
    scale = [2.0]

    def f(x):
        return ag.Value(scale[0]) * x + (W if scale[0] < 5.0 else ag.Value(0.5))

    program = compile(f)
    program(1.0)
    assert not program.refresh(1.0)
    scale[0] = 3.0
    assert program.refresh(1.0)
    program(1.0)
    scale[0] = 7.0
    assert program.refresh(1.0)


# Hostile input ------------------------------------------------------------------------------------


def parts_of(seed):
    """The arguments of engine.lower."""
    graph, batched = random_graph(seed)
    flat = flattened(graph)
    return [*flat[:8], bytes(batched), TRAITS, NEUTRAL, flat.reorder]


def test_a_damaged_graph_is_refused_or_harmless(full_or_quick):
    refused = 0
    for seed in range(full_or_quick(3000, 600)):
        parts = parts_of(seed)
        rng = random.Random(-1 - seed)
        for _ in range(rng.randint(1, 3)):
            which = rng.randrange(9)
            code = "d" if which == 3 else "b" if which == 8 else "i"
            part = array(code, parts[which]) if len(parts[which]) else array(code, [0])
            place = rng.randrange(len(part))
            change = rng.randrange(3)
            if change == 0:
                part[place] = rng.choice([-5, -4, -3, -2, -1, 0, 1, 2, 7, 100])
            elif change == 1:
                del part[place:]
            else:
                part.extend(part)
            parts[which] = part if rng.random() < 0.5 else part.tobytes()
        try:
            found = engine.lower(*parts)
        except ValueError:
            refused += 1
            continue
        assert len(found) == 12
    assert 0 < refused < seed


@pytest.mark.parametrize(
    ("part", "ints", "told"),
    [
        (0, [-2, 0, 4], "does not fit"),  # neg takes one operand
        (0, [-4, 0, 0], "does not fit"),
        (0, [-2, 0, 999], "does not fit"),
        (1, [0, 2, 0], "does not fit"),
        (2, [0, 0, 0, 2], "comes after"),
        (2, [0, 0, 0, -1], "does not exist"),
        (2, [0, 0, 0], "does not fit"),
        (2, [0, 0, 0, 0, 0], "do not agree"),
        (3, [0, 0], "do not agree"),
        (4, [1], "an input is none"),
        (5, [0], "a captured leaf is none"),
        (6, [3], "does not exist"),
        (7, [0, 0, 1, 2], "guard is not sound"),
        (7, [3, 0, 1, 1], "guard is not sound"),
        (7, [0, 0, 3, 1], "guard is not sound"),
        (7, [0, 0, 1], "guard is cut off"),
        (8, [1], "do not agree"),
    ],
)
def test_what_does_not_hold_together_is_refused_by_name(part, ints, told):
    parts = [
        array("i", [-2, 0, 0]), array("i", [0, 2, 2]), array("i", [0, 0, 0, 1]),
        array("d", [1.0, 2.0, 3.0]), array("i", [0]), b"", array("i", [2]), b"", b"\0",
        TRAITS, NEUTRAL, False,
    ]  # fmt: skip
    engine.lower(*parts)
    parts[part] = array("i", ints)
    with pytest.raises(ValueError, match=told):
        engine.lower(*parts)


def test_arrays_of_the_wrong_kind_are_refused():
    parts = parts_of(3)
    engine.lower(*parts)
    for k in range(11):
        for bad in (None, 1, "x", [1], b"123", memoryview(bytes(9))[1:]):
            with pytest.raises((TypeError, ValueError)):
                engine.lower(*parts[:k], bad, *parts[k + 1 :])
    x, later = ag.Value(1.0), tuple(ROWS[-len(ROWS) + len(ag.primitive.TABLE) :])
    y = x * 2.0
    assert len(engine.traced_graph([x], [y, 1.0], later)) == 8
    for bad in ([y], [x, x], [1.0], (x,), None, ["x"]):
        assert engine.traced_graph(bad, [y], later) is NotImplemented
    for bad in ([1], [None], (y,), "xy"):
        assert engine.traced_graph([x], bad, later) is NotImplemented
    assert engine.traced_graph([x], [y], later[1:]) is NotImplemented
    with pytest.raises(TypeError):
        engine.traced_graph([x], [y], list(later))


def test_a_failing_allocation_is_a_memory_error_and_leaves_all_as_it_was():
    x, later = ag.Value(1.0), tuple(ROWS[len(ag.primitive.TABLE) :])
    y = ag.sum([x * k + x * x * W for k in range(600)])
    y.backward()
    grads = x.grad, W.grad, y.grad
    wanted = repr(engine.traced_graph([x], [y], later)[:4])
    parts = parts_of(14)
    for make in (
        lambda: repr(engine.traced_graph([x], [y], later)[:4]) == wanted,
        lambda: engine.lower(*parts) is not None,
    ):
        for failing in each_allocation_fails(10, 200):
            done = False
            with failing:
                done = make()
            assert (x.grad, W.grad, y.grad) == grads
        assert done


def lower_many(parts, raises):
    raises.append(True)
    while True:
        engine.lower(*parts)


def test_lowering_is_interrupted():
    if not hasattr(signal, "setitimer"):
        pytest.skip("Windows has no such timer")
    graph, calls, raises = Graph(), [], []
    x = graph.add(INPUT, (), 1.0)
    graph.inputs.append(x)
    for _ in range(200_000):
        x = graph.add(BY_NAME["tanh"], (x,), 1.0)
    graph.outputs.append(x)
    flat = flattened(graph)

    parts = [*flat[:8], bytes(1), TRAITS, NEUTRAL, False]

    def count(*args):
        calls.append(args)
        if raises and raises.pop():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, count)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
        engine.lower(*parts)
        during = len(calls)
        with pytest.raises(KeyboardInterrupt):
            lower_many(parts, raises)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert during > 3  # after the return there would be one
