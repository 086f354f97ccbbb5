"""The native interpreter of tapes: sound on any input, the same on any machine and threads."""

import random
import sys
import threading
import weakref
from array import array

import pytest
from allocations import each_allocation_fails
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from autograd_lite import compile
from autograd_lite.compiler.tape import ROWS
from autograd_lite.native import engine

pytestmark = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")


@pytest.fixture(autouse=True)
def native(monkeypatch):
    monkeypatch.setattr(ag, "Value", ag.NativeValue)


def net_loss():
    net = nn.MLP(3, [5, 7, 2], ag.tanh, seed=3)

    def loss(x, y, scale):
        logits = net(x)
        return (
            ag.logsumexp(logits)
            - logits[0] * y
            + scale * ag.where(logits[1] > 0.1, logits[1], ag.exp(logits[1]))
        )

    return net, loss


def batch(samples, seed=0):
    rng = random.Random(seed)
    x = [[rng.uniform(-2, 2) for _ in range(3)] for _ in range(samples)]
    return x, [rng.uniform(-1, 1) for _ in range(samples)]


def everything(program, samples):
    x, y = batch(samples)
    value, gradient = program.value_and_grad(x, y, 0.5)
    rates = program.jvp((x, y, 0.5), (x, y, 1.0))
    return value, gradient, list(program.leaf_gradients(x, y, 0.5)), rates


@pytest.mark.parametrize("samples", [1, 3, 8, 63, 64, 65, 200, 777])
def test_every_instruction_set_gives_the_same_bits(samples):
    best = engine.use_kernels(-1)
    _, loss = net_loss()
    try:
        found = []
        for kernels in range(best + 1):
            engine.use_kernels(kernels)
            assert engine.use_kernels(-1) == kernels
            found.append(everything(compile(loss, batch="mean"), samples))
    finally:
        engine.use_kernels(best)
    assert all(one == found[0] for one in found)


def test_a_square_in_a_batch_is_a_product():
    x = array("d", [1.0 + i / 997.0 for i in range(5000)])
    found, slopes = compile(lambda x: x**2, batch="none").value_and_grad(x)
    assert list(found) == [v * v for v in x]
    assert list(slopes) == [v + v for v in x]
    values = compile(lambda x, w: x**w, batch="none").value(x, 2.0)  # here the 2 may change
    assert list(values) == pytest.approx(list(found), rel=1e-15)


def test_two_threads_replay_one_program():
    _, loss = net_loss()
    program = compile(loss, batch="mean")
    wanted = {n: everything(program, n) for n in (1, 70, 300)}
    wrong = []

    def work(n):
        for _ in range(30):
            if everything(program, n) != wanted[n]:
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in wanted for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def encoded(samples=None):
    _, loss = net_loss()
    program = compile(loss, batch=samples and "sum")
    if samples:
        program.value(*batch(samples), 0.5)
    else:
        program.value([1.0, 2.0, 3.0], 0.5, 0.5)
    (tape,) = program.tapes()
    return list(tape.encoded())


JOBS = {None: (0, 3), 1: (3, 1)}


def replay(parts, tape):
    """Replay with jobs of the right sizes, as far as the parts of the tape say them."""
    outputs, same, lanes = len(parts[7]), len(parts[5]), len(parts[6])
    zeros = lambda n: array("d", [0.25] * n)
    columns = ((zeros(3 * lanes), lanes),)
    return tape.replay(
        3, zeros(same), columns, zeros(outputs), zeros(same), columns, zeros(3 * outputs),
        zeros(outputs), zeros(same), (zeros(3 * lanes),), zeros(3 * outputs),
    )  # fmt: skip


@given(st.data())
def test_a_damaged_tape_is_refused_or_harmless(data):
    parts = encoded(2)
    assert replay(parts, engine.Tape(*parts)) in (None, (0, 0))
    numbers = st.one_of(st.integers(-3, 60), st.sampled_from([-(2**31), 2**31 - 1, 2**30, 10**6]))
    for _ in range(data.draw(st.integers(1, 4))):
        which = data.draw(st.integers(0, 9))
        if which < 2:
            parts[which] = data.draw(numbers)
        elif len(parts[which]):
            change = data.draw(st.sampled_from(["set", "drop", "double"]))
            place = data.draw(st.integers(0, len(parts[which]) - 1))
            part = array(parts[which].typecode, parts[which])
            if change == "set":
                part[place] = data.draw(numbers)
            elif change == "drop":
                del part[place:]
            else:
                part.extend(part)
            parts[which] = part
    try:
        tape = engine.Tape(*parts)
    except (ValueError, OverflowError):
        return
    if parts[0] + parts[1] < 10**5:
        replay(parts, tape)


def test_jobs_that_do_not_fit_are_refused():
    parts = encoded(2)
    tape = engine.Tape(*parts)
    outputs, same, lanes = len(parts[7]), len(parts[5]), len(parts[6])
    zeros = lambda n: array("d", bytes(8 * n))
    good = [
        3, zeros(same), ((zeros(3 * lanes), lanes),), zeros(outputs), zeros(same),
        ((zeros(3 * lanes), lanes),), zeros(3 * outputs), zeros(outputs), zeros(same),
        (zeros(3 * lanes),), zeros(3 * outputs),
    ]  # fmt: skip
    tape.replay(*good)
    bad = [
        0,
        -1,
        4,
        2**62,
        None,
        "x",
        zeros(2),
        array("f", [1.0]),
        b"12345678",
        (),
        [],
        (zeros(2),),
    ]
    bad += [((zeros(3), 1),), ((zeros(3 * lanes), lanes, 1),), ((zeros(3 * lanes), -1),), (None,)]
    for i in range(len(good)):
        for thing in bad:
            if (thing is None and i in (3, 4)) or (i, thing) in ((0, 3), (9, ())):
                continue
            job = list(good)
            job[i] = thing
            with pytest.raises((TypeError, ValueError, BufferError)):
                tape.replay(*job)
    frozen = memoryview(bytes(8 * 3 * outputs)).cast("d")
    with pytest.raises((TypeError, ValueError, BufferError)):
        tape.replay(*good[:6], frozen, *good[7:])


def test_a_failing_allocation_is_a_memory_error():
    for failing in each_allocation_fails(4, 30):
        parts = encoded(2)
        with failing:
            tape = engine.Tape(*parts)
            replay(parts, tape)


@pytest.mark.parametrize("bad", [None, 1, [], "ab", [1.0, 2.0]])
def test_leaves_of_the_wrong_kind(bad):
    with pytest.raises((TypeError, ValueError, BufferError)):
        engine.read_leaves([ag.NativeValue(1.0)], bad)
    with pytest.raises((TypeError, ValueError, BufferError)):
        engine.add_gradients([ag.NativeValue(1.0)] * 3, bad)
    with pytest.raises((TypeError, ValueError, BufferError)):
        engine.read_numbers([1.0], bad, 0)
    assert engine.add_gradients([object()], array("d", [1.0])) is NotImplemented
    assert engine.read_numbers([object()], array("d", [1.0]), 0) is NotImplemented
    assert engine.key_of({}, "n", "l", []) is NotImplemented


@pytest.mark.slow
def test_a_list_that_changes_while_it_is_read():
    deep = current = []
    for _ in range(10**6):  # Python 3.14 goes down as far as the stack does
        current.append([])
        current = current[0]
    with pytest.raises(RecursionError):
        engine.key_of(deep, "n", "l", [])
    del current
    while deep:  # free it without nesting
        deep = deep[0]


def test_a_node_of_known_partials():
    cube = ag.Primitive("cube", lambda *x: 8.0, lambda out, *x: (12.0, 0.0, 0.0))
    x, w = ag.NativeValue(2.0), ag.NativeValue(3.0)
    partials = array("d", [12.0, 0.5, 7.0])
    node = engine.node(cube, 8.0, [x, weakref.ref(w), 1.5], partials)
    assert (node.data, node.op, node.args, node.partials) == (8.0, cube, (x, w, 1.5), (12.0, 0.5))
    node.backward()
    assert (x.grad, w.grad) == (12.0, 0.5)
    for operands in ([x, w, "a"], [x, weakref.ref(ag.NativeValue(1.0)), 1.5], []):
        assert engine.node(cube, 8.0, operands, partials) is NotImplemented
    assert engine.node("cube", 8.0, [x, w, 1.5], partials) is NotImplemented
    with pytest.raises(ValueError, match="one partial for each operand"):
        engine.node(cube, 8.0, [x, w], partials)
    with pytest.raises(TypeError):
        engine.node(cube, 8.0, [x, w, 1.5], None)
    with ag.no_grad():
        assert engine.node(cube, 8.0, [x, w, 1.5], partials) is NotImplemented
    before = sys.getrefcount(w)
    del node
    assert sys.getrefcount(w) == before - 1


def test_directions_that_do_not_fit_are_refused_and_no_allocation_is_trusted():
    parts = encoded()
    tape = engine.Tape(*parts)
    outputs, inputs = len(parts[7]), len(parts[5])
    zeros = lambda n: array("d", bytes(8 * n))
    for forward in (True, False):
        wide, high = (inputs, outputs) if forward else (outputs, inputs)
        good = [3, forward, zeros(inputs), zeros(3 * wide), zeros(3 * high)]
        for i, bad in [
            (0, -1), (0, 2), (0, 2**62), (0, "x"), (2, zeros(1)), (2, None), (3, zeros(1)),
            (3, array("f", [1.0])), (4, zeros(1)), (4, bytes(24 * high)),
        ]:  # fmt: skip
            with pytest.raises((ValueError, TypeError, BufferError, OverflowError)):
                tape.directions(*good[:i], bad, *good[i + 1 :])
        for failing in each_allocation_fails(4, 20):
            fresh = engine.Tape(*parts)
            with failing:
                fresh.directions(*good)
        tape.directions(0, forward, zeros(inputs), zeros(0), zeros(0))
        places = lambda *numbers: array("i", numbers)
        at = [4, forward, zeros(inputs), places(0, 1), places(2), zeros(1)]
        assert tape.directions_at(*at) == -1
        for i, bad in [
            (0, 0), (0, -4), (0, 33), (0, "x"), (2, zeros(1)), (3, places(-1)),
            (3, places(2**30)), (3, zeros(1)), (3, None), (4, places(-1)), (4, places(0, 1)),
            (4, places(2**30)), (4, zeros(1)), (5, zeros(2)), (5, bytes(8)),
        ]:  # fmt: skip
            with pytest.raises((ValueError, TypeError, BufferError, OverflowError)):
                tape.directions_at(*at[:i], bad, *at[i + 1 :])
        for failing in each_allocation_fails(3, 20):
            fresh = engine.Tape(*parts)
            with failing:
                fresh.directions_at(*at)
    passive = bytes(len(ROWS))
    good = [places(*parts[5]), passive]
    counts, members = (array("i", x) for x in tape.dependencies(*good))
    assert len(counts) == outputs
    assert len(members) == sum(counts)
    for i, bad in [
        (0, zeros(1)), (0, None), (0, places(-1)), (0, places(2**30)), (1, None), (1, b""),
        (1, passive[1:]),
    ]:  # fmt: skip
        with pytest.raises((ValueError, TypeError, BufferError)):
            tape.dependencies(*good[:i], bad, *good[i + 1 :])
    nothing = tape.dependencies(*good[:1], b"\xff" * len(ROWS))
    assert sum(array("i", nothing[0])) <= sum(counts)
    for failing in each_allocation_fails(5, 40):
        with failing:
            tape.dependencies(*good)
    with pytest.raises(ValueError, match="without a batch"):
        engine.Tape(*encoded(2)).dependencies(places(), passive)
    with pytest.raises(ValueError, match="without a batch"):
        engine.Tape(*encoded(2)).directions(0, True, zeros(0), zeros(0), zeros(0))
    with pytest.raises(ValueError, match="without a batch"):
        engine.Tape(*encoded(2)).directions_at(4, True, zeros(0), places(), places(), zeros(0))
