"""The gradient of a loop as a graph, which is a loop backward; see loops.py.

The chain rule multiplies gradients with partials and adds the products. For the nodes of loops the
gradients are objects that know how to be added, and the partials objects that know what to make of
such a gradient: that of a loop holds those of its parts, that of a sequence is a sequence.
"""

from __future__ import annotations

import functools
import operator
from array import array
from collections.abc import Sequence
from copy import copy
from typing import Any

from .. import modes
from ..derivatives import NO_GRADIENT, gradients
from ..primitive import is_value
from ..primitives import dot
from . import interpreter
from .chain import Chain, Segment
from .errors import TraceError
from .loop_operations import Body, Entry, Loop, Pack, Part, data_of, recorded
from .loop_tracing import mapped, run_loop
from .saved_function import on_values
from .tape import Tape
from .trace import Composed


class _Seeds:
    """The gradients of the parts of a loop, together the gradient of the loop."""

    def __init__(self, parts: dict[Any, Any]) -> None:
        self.parts = parts
        self._pulled: list[Any] | None = None

    def __add__(self, other: _Seeds) -> _Seeds:
        return _Seeds(_together(self.parts, other.parts))

    def pulled(self, node: Any) -> list[Any]:
        if self._pulled is None:
            self._pulled = pulled_back(node, self.parts)
        return self._pulled


class _SequenceGradient:
    """The gradient of a sequence: the sum of sequences, and of numbers for some of the entries."""

    def __init__(self, whole: list[Any], entries: dict[int, Any]) -> None:
        self.whole, self.entries = whole, entries

    def __add__(self, other: _SequenceGradient) -> _SequenceGradient:
        entries = _together(self.entries, other.entries)
        return _SequenceGradient([*self.whole, *other.whole], entries)

    def node(self, n: int) -> Any:
        """The sequence, of n numbers."""
        whole = list(self.whole)
        if self.entries:
            operands = [self.entries.get(i, 0.0) for i in range(n)]
            whole.append(recorded(modes.trace(), Pack(), operands))
        return whole[0] if len(whole) == 1 else mapped(_sum, whole)


def _sum(*xs: Any) -> Any:
    return functools.reduce(operator.add, xs)


def _together(one: dict[Any, Any], two: dict[Any, Any]) -> dict[Any, Any]:
    """The sums of what has a name in one of them or in both."""
    return {**one, **two, **{k: one[k] + two[k] for k in one if k in two}}


class _Seed:
    """The partial of a part with respect to its loop."""

    def __init__(self, key: tuple[str, int]) -> None:
        self.key = key

    def __rmul__(self, gradient: Any) -> _Seeds:
        return _Seeds({self.key: gradient})


class _Pull:
    """The partial of a loop with respect to operand `i`."""

    def __init__(self, node: Any, i: int) -> None:
        self.node, self.i = node, i

    def __rmul__(self, seeds: _Seeds) -> Any:
        return seeds.pulled(self.node)[self.i]


class _EntryOf:
    """The partial of a sequence with respect to the number that is its entry `i`."""

    def __init__(self, i: int) -> None:
        self.i = i

    def __rmul__(self, gradient: _SequenceGradient) -> Any:
        found = gradient.entries.get(self.i, NO_GRADIENT)
        for x in gradient.whole:
            found = found + recorded(modes.trace(), Entry(self.i), [x])
        return found


class _AtEntry:
    """The partial of entry `i` with respect to its sequence."""

    def __init__(self, i: int) -> None:
        self.i = i

    def __rmul__(self, gradient: Any) -> _SequenceGradient:
        return _SequenceGradient([], {self.i: gradient})


def partials_of(op: Composed, out: Any, operands: Sequence[Any]) -> list[Any]:
    """The partials of a node of the trace with respect to its operands, as objects."""
    if isinstance(op, Part):
        return [_Seed(op.key)]
    if isinstance(op, Entry):
        return [_AtEntry(op.i)]
    places = range(len(operands))
    return [_Pull(out, i) if isinstance(op, Loop) else _EntryOf(i) for i in places]


def pulled_back(node: Any, parts: dict[Any, Any]) -> list[Any]:
    """The gradients of the operands of a loop as nodes, for those of its parts: a loop backward."""
    trace: Any = modes.trace()
    loop: Loop = node.op
    body = loop.body
    count, _, xs, captured, _ = loop.split(node.args)
    n = data_of(trace, node).n
    if any(isinstance(data_of(trace, x), array) for x in captured):
        raise TraceError(
            "a derivative of higher order of a loop whose step reads a sequence from outside "
            "cannot be compiled: give the sequence among the xs"
        )
    weights = {k: g.node(n) for k, g in parts.items() if k[0] != "last"}
    columns = [recorded(trace, Part(loop, "before", j), [node]) for j in range(body.carried)]
    columns += xs
    columns += weights.values()

    def step(state: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
        inputs, seeds = row[: body.carried + body.entries], row[body.carried + body.entries :]
        weight = dict(zip(weights, seeds))
        # `1.0 * x` is a node of its own: what is captured may depend on something else captured
        operands = [*inputs, *[1.0 * x for x in captured]]
        out = followed(body, operands)
        pairs = list(zip(out[: body.carried], state))
        pairs += [
            (y, weight[key])
            for j, y in enumerate(out[body.carried :])
            if (key := ("each", j)) in weight
        ]
        nodes = [x for x in operands if is_value(x)]
        found = iter(gradients(dot(*zip(*pairs)), nodes, create_graph=True))
        slopes = [next(found) if is_value(x) else 0.0 for x in operands]
        down = slopes[: body.carried]
        for j in range(body.carried):
            if ("before", j) in weight:
                down[j] = down[j] + weight["before", j]
        rest = slopes[body.carried :]
        sums = [x + g for x, g in zip(state[body.carried :], rest[body.entries :])]
        wanted = [g for g, fixed in zip(rest, loop.fixed) if fixed is None]
        return [*down, *sums], wanted

    start = [parts.get(("last", j), 0.0) for j in range(body.carried)] + [0.0] * len(captured)
    done = run_loop(trace, step, start, columns, count, not loop.backwards, loop.every)
    slopes = iter([_SequenceGradient([y], {}) for y in done.ys])
    given = [None if fixed is not None else next(slopes) for fixed in loop.fixed]
    found = loop.joined(done.last[: body.carried], given, done.last[body.carried :])
    return [NO_GRADIENT if g is None else g for g in found]


def followed(body: Body, operands: Sequence[Any]) -> list[Any]:
    """The outputs of a body, done on Values and numbers."""
    program = body.program
    if not isinstance(program, Chain):
        return _tape_followed(program, operands)
    values: list[Any] = [None] * program.size
    for i, x in (*program.constants.items(), *zip(program.inputs, operands)):
        values[i] = x
    for step in program.steps:
        if isinstance(step, Segment):
            found = _tape_followed(step.tape, [values[i] for i in step.sources])
            for i, x in zip(step.targets, found):
                values[i] = x
        else:
            args = [values[i] for i in step.args]
            values[step.out] = recorded(modes.trace(), copy(step.op), args)
    return [values[i] for i in program.outputs]


def _tape_followed(tape: Tape, operands: Sequence[Any]) -> list[Any]:
    values = interpreter.forward(tape, dict(zip(tape.inputs, operands)), on_values)
    return [values[slot] for slot in tape.outputs]
