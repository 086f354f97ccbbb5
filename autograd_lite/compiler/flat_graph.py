"""The operations of a traced run in arrays, which the native engine lowers.

What it does is what `simplify` and `schedule` do, result for result: these say what is meant.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import engines
from ..shortcuts import shortcuts
from .simplify import CAPTURED, CONSTANT, INPUT, MASKS, PASSES, Graph, exactly
from .tape import GROUPED, LATER_ROWS, OPCODES, ROWS, Tape, encoded_guards

if TYPE_CHECKING:
    from .trace import Trace

# What stands in the place of an opcode, and the traits of rows; lowering.c knows them.
LEAVES = {CONSTANT: -1, INPUT: -2, CAPTURED: -3}
HAS_NEUTRAL, COMMUTES, MASKING = 1, 2, 4
TRAITS = bytes(
    MASKING * (row in MASKS)
    + (HAS_NEUTRAL + COMMUTES * row.commutative) * (row.neutral is not None)
    for row in ROWS
)
NEUTRAL = array("d", [0.0 if row.neutral is None else row.neutral for row in ROWS])


class FlatGraph(NamedTuple):
    """A `Graph` in arrays of C's ints and doubles; see there.

    Attributes:
        ops: of each result its opcode, or one of LEAVES.
        counts, operands: of how many results it is made; and of which, those of all in order.
        values: of each result.
        guards: (sign, result, result, outcome), one after another.
        lines: the source line of each guard.
        known: a number for all that was recorded but its leaves.
    """

    ops: bytes
    counts: bytes
    operands: bytes
    values: bytes
    inputs: array[int]
    captured: array[int]
    outputs: array[int]
    guards: array[int]
    lines: list[str]
    reorder: bool
    known: int

    def with_constants(self, several: Sequence[int]) -> FlatGraph:
        """The graph with constants in the place of some captured leaves."""
        ops, values = array("i", self.ops), memoryview(self.values).cast("d")
        for i in several:
            ops[i] = LEAVES[CONSTANT]
        captured = array("i", [i for i in self.captured if ops[i] == LEAVES[CAPTURED]])
        known = hash((self.known, *several, *(exactly(values[i]) for i in several)))
        return self._replace(ops=ops.tobytes(), captured=captured, known=known)

    def fingerprint(self) -> int:
        """A number that another graph of the same operations shares."""
        return hash((self.known, *self.outputs, *self.guards))

    def lowered(self, batched: Sequence[bool]) -> tuple[Tape, list[str]]:
        """The tape, and the source line of each of its guards.

        Args:
            batched: which inputs differ from sample to sample.
        """
        *parts, kept, counts = shortcuts.lower(
            *self[:8], bytes(batched), TRAITS, NEUTRAL, self.reorder
        )
        passes = ("recorded", *(what for what, _ in PASSES), GROUPED)
        tape = Tape.of_arrays(parts, dict(zip(passes, counts)), self.reorder)
        return tape, [self.lines[k] for k in array("i", kept)]


def flattened(graph: Graph) -> FlatGraph | None:
    """A graph in arrays; None without the native engine, or where it cannot do an operation."""
    if engines.Value is not engines.NativeValue:
        return None
    codes: dict[Any, int] = {**OPCODES, **LEAVES}
    try:
        ops = array("i", [codes[op] for op in graph.ops])
    except KeyError:
        return None
    lines = [line for *_, line in graph.guards]
    return FlatGraph(
        ops.tobytes(),
        array("i", map(len, graph.args)).tobytes(),
        array("i", chain.from_iterable(graph.args)).tobytes(),
        array("d", graph.values).tobytes(),
        array("i", graph.inputs),
        array("i", graph.captured),
        array("i", graph.outputs),
        encoded_guards([guard[:4] for guard in graph.guards]),
        lines,
        graph.reorder,
        0,
    )


def flat_graph(
    trace: Trace, outputs: list[Any], reorder: bool
) -> tuple[FlatGraph, list[Any]] | None:
    """All that a trace has recorded, and the leaves from outside.

    None where it is not the native engine that has it, or where there is a loop or a primitive of
    a user.
    """
    roots = [*outputs, *(x for guard in trace.guards for x in guard.operands)]
    found = shortcuts.traced_graph(trace.inputs, roots, LATER_ROWS)
    if found is NotImplemented:
        return None
    ops, counts, operands, values, leaves, captured, places, known = found
    of_roots = array("i", places)
    compared = iter(of_roots[len(outputs) :])
    guards = encoded_guards(
        (guard.sign, x, y, guard.outcome) for guard, x, y in zip(trace.guards, compared, compared)
    )
    graph = FlatGraph(
        ops,
        counts,
        operands,
        values,
        array("i", range(len(trace.inputs))),
        array("i", captured),
        of_roots[: len(outputs)],
        guards,
        trace.lines,
        reorder,
        known,
    )
    return graph, leaves
