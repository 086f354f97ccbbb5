"""Loops in C: sound on any input, and they end for a signal."""

import signal
from array import array

import pytest
from allocations import each_allocation_fails

import autograd_lite as ag
from autograd_lite import compile
from autograd_lite.native import engine

pytestmark = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")


@pytest.fixture(autouse=True)
def native(monkeypatch):
    monkeypatch.setattr(ag, "Value", ag.NativeValue)


def zeros(n):
    return array("d", bytes(8 * n))


def loop_tape():
    """A native tape of a step: a state of two numbers, an x, one captured number, a y."""
    program = compile(lambda a, b, x, c: [a + c * ag.sin(b) * x, b - a * x, a * b])
    program.value(0.5, 0.25, 1.0, 2.0)
    return program.tapes()[0], engine.Tape(*program.tapes()[0].encoded())


def loop_arguments(n=5, every=2):
    """Those of a loop in reverse and of one with rates, for `loop_tape`."""
    d = lambda *numbers: array("d", numbers)
    xs, kept = d(*[0.1] * n), zeros(2 * -(-n // every))
    reverse = [1, n, every, False, d(1.0, 1.0), (xs,), d(2.0), kept, (zeros(n),),
               (None, zeros(n)), (zeros(n),), zeros(1), None]  # fmt: skip
    tangents = [2, n, every, False, d(1.0, 1.0), (xs,), d(2.0), zeros(2 * n), (zeros(n),),
                (), (None,), zeros(1), d(0.5, 0.25)]  # fmt: skip
    return reverse, tangents


def forward_arguments(lanes=0, n=5, every=2):
    """Those of a loop forward, for `loop_tape`."""
    d = lambda *numbers: array("d", numbers)
    return [
        None, n, every, False, d(0.5, 0.25), (d(*[0.1] * n),), d(2.0), d(),
        zeros(2 * -(-n // every)), (zeros(n),), lanes, zeros(2 * lanes), (None,) * lanes,
        zeros(lanes), (zeros(2 * n),) * lanes if every == 1 else (), (zeros(n),) * lanes,
    ]  # fmt: skip


def test_loops_that_do_not_fit_are_refused():
    tape, native = loop_tape()
    for arguments in loop_arguments():
        native.loop(*arguments)
        for place, wrong in (
            (0, 3), (0, -1), (0, 0), (1, -1), (1, 4), (1, 2**62), (2, 0), (2, 5), (4, zeros(1)),
            (4, b"0123456789abcdef"), (5, ()), (5, (None,)), (5, (zeros(4),)), (6, zeros(0)),
            (7, zeros(3)), (8, ()), (8, (zeros(4),)), (8, None), (5, [zeros(5)]),
        ):  # fmt: skip
            damaged = list(arguments)
            damaged[place] = wrong
            if (arguments[0], place) == (2, 2) and wrong == 5:
                continue  # tangents keep every step in any case
            with pytest.raises((TypeError, ValueError, OverflowError, BufferError)):
                native.loop(*damaged)
    for place, wrong in ((9, ()), (9, (None, zeros(4))), (10, ()), (11, zeros(2)), (11, None)):
        damaged = loop_arguments()[0]
        damaged[place] = wrong
        with pytest.raises((TypeError, ValueError, BufferError)):
            native.loop(*damaged)
    for lanes, every in ((0, 2), (2, 2), (3, 1), (4, 1)):
        native.loop_forward(*forward_arguments(lanes, every=every))
        for place, wrong in (
            (0, 3), (0, native), (1, -1), (1, -2), (1, 4), (1, 2**62), (2, 0), (2, 4),
            (4, zeros(1)), (4, b"0123456789abcdef"), (5, ()), (5, (None,)), (5, (zeros(4),)),
            (6, zeros(0)), (7, zeros(1)), (8, zeros(3)), (8, 7), (9, ()), (9, (zeros(4),)),
            (9, (None,)), (10, 5), (10, -1), (10, 1), (11, zeros(1)), (12, (None,) * 9),
            (12, None), (13, zeros(5)), (14, (zeros(9),)), (14, (zeros(10),) * 9), (15, (1,)),
        ):  # fmt: skip
            damaged = forward_arguments(lanes, every=every)
            damaged[place] = wrong
            with pytest.raises((TypeError, ValueError, OverflowError, BufferError)):
                native.loop_forward(*damaged)
    program = compile(lambda x: x * x, batch="sum")
    program.value([1.0, 2.0])
    batched = engine.Tape(*program.tapes()[0].encoded())
    with pytest.raises(ValueError, match="do not agree with its tape"):
        batched.loop(*loop_arguments()[0])
    with pytest.raises(ValueError, match="do not agree with its tape"):
        batched.loop_forward(*forward_arguments())
    assert len(tape.outputs) == 3


def test_loops_and_failing_allocations():
    step, until = compile(lambda a, c: a * c), compile(lambda a, c: ag.where(a < c, 1.0, 0.0))
    for program in (step, until):
        program.value(1.0, 2.0)
    works = []
    for k in range(2):
        works.append(lambda k=k: loop_tape()[1].loop(*loop_arguments()[k]))
    works.append(lambda: loop_tape()[1].loop_forward(*forward_arguments(2, every=1)))

    def grow():
        tape, check = (engine.Tape(*p.tapes()[0].encoded()) for p in (step, until))
        n, _, kept = tape.loop_forward(
            check, -1, 1, False, array("d", [1.0]), (), array("d", [2.0]), array("d", [1e60]), True,
            (), 0, zeros(0), (), zeros(0), (), (),
        )  # fmt: skip
        assert n == 200
        assert len(kept) == 8 * n

    for work in (*works, grow):
        for failing in each_allocation_fails(8, 200):
            with failing:
                work()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_loop_without_end_stops_for_a_signal():
    class Enough(Exception):
        pass

    def stop(number, frame):
        raise Enough

    before = signal.signal(signal.SIGALRM, stop)
    program = compile(lambda x: ag.scan(lambda s, _: (s * x, None), x, length=x * 1e15)[0])
    endless = compile(lambda x: ag.while_loop(lambda s: s > 0.0, lambda s: s * x, 2.0))
    try:
        endless.value(0.5)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises((Enough, MemoryError)):
            endless.value(1.0)
        with pytest.raises((ValueError, MemoryError, OverflowError)):
            program.value(1.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.slow
def test_long_loops_in_groups_between_which_signals_are_looked_at():
    """Steps of 20,000 operations, so that there are several groups of them."""

    def end(x, every, reverse):
        step = lambda s, u: (0.5 * s + 2.5e-5 * u * ag.sum([s] * 20_000), s)
        return ag.scan(step, x, [1.0, 0.999] * 500, checkpoint=every, reverse=reverse)

    slopes = []
    for every, reverse in ((None, False), (7, False), (7, True), (2000, False)):
        program = compile(lambda x, e=every, r=reverse: (lambda s, ys: s + ys[1])(*end(x, e, r)))
        value, slope = program.value_and_grad(3.0)
        assert value == pytest.approx(3.0 * slope, rel=1e-9)
        slopes.append(slope)
    factor = 0.5 + 0.5 * 0.999
    wanted = factor**500 + 1.0, factor**500 + factor**499
    assert slopes == pytest.approx([wanted[0]] * 2 + [wanted[1]] + [wanted[0]], rel=1e-9)
    assert slopes[0] == slopes[1] == slopes[3]
