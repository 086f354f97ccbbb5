"""A chain done on Values: what a program without its function does where derivatives of any order
are asked for. In a trace its loops become loops of that trace; else they are done step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from .. import modes
from ..primitive import plain
from .chain import Chain, Segment
from .loop_operations import Body, Entry, Loop, Pack, Part, recorded


class _Steps:
    """What a loop has done: the last state, the state before each step, and the ys."""

    def __init__(self, last: list[Any], before: list[list[Any]], ys: list[list[Any]]) -> None:
        self.last, self.before, self.ys = last, before, ys


def chain_on_values(
    chain: Chain, operands: Sequence[Any], on_tape: Callable[..., Any]
) -> list[Any] | None:
    """The outputs of a chain, Values and lists of Values; None if its guards do not hold.

    Args:
        operands: captured leaves and inputs; of sequences arrays, or lists with Values.
        on_tape: the outputs of a tape on Values, or None.
    """
    values: list[Any] = [None] * chain.size
    places = (*chain.captured, *chain.inputs)
    for i, x in (*chain.constants.items(), *zip(places, operands)):
        values[i] = x
    for step in chain.steps:
        if isinstance(step, Segment):
            found = on_tape(step.tape, [values[i] for i in step.sources])
            if found is None:
                return None
            for i, x in zip(step.targets, found):
                values[i] = x
            continue
        args = [values[i] for i in step.args]
        if modes.trace() is not None:
            values[step.out] = recorded(modes.trace(), copy(step.op), args)
        else:
            values[step.out] = _done(step.op, args, on_tape)
    return [values[i] for i in chain.outputs]


def _done(op: Any, args: list[Any], on_tape: Callable[..., Any]) -> Any:
    """What a composed operation gives."""
    if isinstance(op, Pack):
        return args
    if isinstance(op, Entry):
        return args[0][op.i]
    if isinstance(op, Loop):
        return _steps(op, args, on_tape)
    assert isinstance(op, Part)
    steps, (kind, j) = args[0], op.key
    return {"last": steps.last, "each": steps.ys, "before": steps.before}[kind][j]


def _steps(op: Loop, args: list[Any], on_tape: Callable[..., Any]) -> _Steps:
    """A loop, step by step."""
    count, state, xs, captured, more = op.split(args)
    carried = op.body.carried
    ys: list[list[Any]] = [[] for _ in range(op.body.ys)]
    before: list[list[Any]] = [[] for _ in range(carried)]
    n = None if op.while_ is not None else op.count(plain(count), xs)
    t = 0
    while t != n:
        if op.while_ is not None and plain(_outputs(op.while_, [*state, *more], on_tape)[0]) == 0:
            break
        row = [] if n is None else [x[op.place(n, t)] for x in xs]
        for into, x in zip(before, state):
            into.append(x)
        found = _outputs(op.body, [*state, *row, *captured], on_tape)
        state = found[:carried]
        for into, x in zip(ys, found[carried:]):
            into.append(x)
        t += 1
    if op.backwards:
        ys, before = ([x[::-1] for x in several] for several in (ys, before))
    return _Steps(state, before, ys)


def _outputs(body: Body, operands: list[Any], on_tape: Callable[..., Any]) -> Any:
    """What the body gives: it has no guards."""
    if isinstance(body.program, Chain):
        return chain_on_values(body.program, operands, on_tape)
    return on_tape(body.program, operands)
