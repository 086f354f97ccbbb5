"""Specialization: one traced run of a compiled function, as a tape."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from .. import engines
from ..chain_rule import topological_order
from ..primitive import Primitive
from ..several import all_rows
from ..shortcuts import shortcuts
from ..structure import NUMBER, Doubles, flatten_all, unflatten
from . import interpreter
from .chain import Chain, arranged
from .simplify import CAPTURED, CONSTANT, INPUT, Graph, exactly, simplified
from .tape import OPCODES, Tape
from .trace import Trace, is_number

if TYPE_CHECKING:
    from .replay import Replay


class Specialization:
    """A function for one structure of its arguments and one branch: a tape, and its leaves.

    Attributes:
        tape: see `Tape`.
        result: the function's result with an `Output` in place of each Value.
        key, entries: the result's structure, and the Outputs and constants in it.
        lines: the source line of each guard.
        fingerprint: of what was recorded, see `Recorded`; None from a file or pickle.
        watched: whether the function opens a `detect_anomaly`; see `watched.py`.
        in_order: whether the entries are the outputs of the tape, one after another.
    """

    fingerprint: int | None = None
    watched = False
    plan: Any = None  # of its sparse Jacobian, once that was asked for; see `sparsity`

    def __init__(
        self, tape: Tape, leaves: list[Any], result: Any, lines: list[str], keep: bool = False
    ) -> None:
        self._kept = leaves if keep else []  # from a file or pickle, which nobody else may hold
        self.tape, self.result, self.lines = tape, result, lines
        self.references = list(map(ref, leaves))
        self.replay = replay_of(tape)
        self.entries: list[Any] = []
        self.key = flatten_all(result, self.entries)
        numbers = [getattr(x, "number", None) for x in self.entries]
        self.in_order = numbers == list(range(len(tape.outputs)))

    def leaves(self) -> list[Any]:
        """The captured leaves, in the order of `tape.captured`; None for a lost one.

        A leaf is lost when nobody outside holds it any more: it has been replaced.
        """
        return [reference() for reference in self.references]

    def is_current(self) -> bool:
        """Whether no leaf is lost; else the function must be traced again."""
        return None not in self.leaves()

    def read(self, numbers: array[float]) -> bool:
        """Put the data of the leaves into the first `numbers`; False if one is lost."""
        done = shortcuts.read_leaves(self.references, numbers)
        if done is not NotImplemented:
            return done  # type: ignore[no-any-return]
        for i, leaf in enumerate(self.leaves()):
            if leaf is None:
                return False
            numbers[i] = leaf._data
        return True

    def shaped(
        self,
        outputs: Sequence[Any],
        rates: bool = False,
        sequences: dict[int, array[float]] | None = None,
    ) -> Any:
        """The function's result, or how fast it changes, from its outputs."""
        if self.in_order:
            values = Doubles(outputs) if isinstance(outputs, array) else iter(outputs)
            return unflatten(self.key, values)
        entries = [
            outputs[x.number]
            if isinstance(x, Output)
            else x.entries(sequences or {})
            if isinstance(x, OutputSequence)
            else 0.0
            if rates and is_number(x)
            else x
            for x in self.entries
        ]
        return unflatten(self.key, iter(entries))


def replay_of(program: Tape | Chain) -> Callable[[Replay], tuple[int, int] | None]:
    """What replays a tape or a chain."""
    if isinstance(program, Chain):
        return program.replayed_by(replayer)
    return replayer(program)


def replayer(tape: Tape) -> Callable[[Replay], tuple[int, int] | None]:
    """The fastest way there is to replay a tape."""
    native = shortcuts.replayer(tape)
    if native is not NotImplemented:
        return native  # type: ignore[no-any-return]
    if any(i.op not in OPCODES for i in tape.instructions):
        from .pieces import Pieces  # only such tapes wait for it

        return Pieces(tape, replayer, traced_rule).replay
    return functools.partial(interpreter.replay, tape)


class Output:
    """The place of an output in a function's result."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class OutputSequence:
    """The place of a sequence of a loop in a function's result.

    Attributes:
        key: the structure of an entry.
        outputs: for each number of an entry which output it is.
    """

    def __init__(self, key: Any, outputs: list[int]) -> None:
        self.key, self.outputs = key, outputs

    def entries(self, sequences: dict[int, array[float]]) -> list[Any]:
        """The list of entries, from the outputs that are sequences; those not there are 0.0."""
        there = [sequences[k] for k in self.outputs if k in sequences]
        n = len(there[0]) if there else 0
        columns = [sequences.get(k) or [0.0] * n for k in self.outputs]
        if self.key == NUMBER:
            return list(columns[0])
        return [unflatten(self.key, iter(row)) for row in zip(*columns)]


class Recorded(NamedTuple):
    """What a traced run did.

    Attributes:
        graph: all operations.
        leaves: those from outside, in the order of `graph.captured`.
        result: the function's result with the number of an output in place of each Value.
        watched: whether the function opens a `detect_anomaly`.
    """

    graph: Graph
    leaves: list[Any]
    result: Any
    watched: bool

    def fingerprint(self) -> int:
        """A number that another run shares if a replay could not tell the two apart."""
        graph, entries = self.graph, list[Any]()
        key = flatten_all(self.result, entries)
        constants = [exactly(x) for op, x in zip(graph.ops, graph.values) if op is CONSTANT]
        rest = [repr(x) for x in entries if not isinstance(x, (Output, OutputSequence))]
        ops = [getattr(op, "fingerprint", op) for op in graph.ops]
        parts = (ops, graph.args, constants, map(id, self.leaves), graph.outputs, rest)
        return hash((key, tuple([guard[:4] for guard in graph.guards]), *map(tuple, parts)))


def lower(recorded: Recorded, batched: Sequence[bool]) -> Specialization:
    """The specialization of a traced run.

    Args:
        recorded: what it did.
        batched: which inputs differ from sample to sample.
    """
    fingerprint = recorded.fingerprint()
    graph, operations = simplified(recorded.graph)
    tape = arranged(graph, batched, operations)
    lines = [line for *_, line in graph.guards]
    specialization = Specialization(tape, recorded.leaves, recorded.result, lines)
    specialization.fingerprint, specialization.watched = fingerprint, recorded.watched
    return specialization


def record(trace: Trace, numbers: bool, reorder: bool) -> Recorded:
    """What a trace has seen; its graph of Values is let go.

    Args:
        trace: the run.
        numbers: whether plain numbers in the result are outputs, too.
        reorder: whether additions may be grouped anew.
    """
    graph, place = Graph(reorder), {}
    for leaf in trace.inputs:
        place[id(leaf)] = graph.add(INPUT, (), leaf._data)
    graph.inputs = list(place.values())
    references = _record(graph, place, trace)
    result = _outputs(graph, place, trace, numbers)
    _note_guards(graph, place, trace)
    trace.forget()
    captured, leaves = [], []
    for i, reference in zip(graph.captured, references):
        leaf = reference()
        if leaf is None:  # lost with the graph, so it was made in the function: it never changes
            graph.ops[i] = CONSTANT
        else:
            captured.append(i)
            leaves.append(leaf)
    graph.captured = captured
    return Recorded(graph, leaves, result, trace.watched)


def traced_rule(
    op: Primitive, outs: Sequence[float], operands: Sequence[float]
) -> Specialization | None:
    """The rule of a primitive as a tape for many points; None where it is to run on numbers.

    There it depends on more than its operands, decides by them, or wants floats.
    """
    trace = Trace(engines.Value)
    trace.inputs = [engines.Value(x) for x in (*outs, *operands)]

    def rule(*numbers: Any) -> list[Any]:
        return list(chain.from_iterable(all_rows(op, numbers[: len(outs)], numbers[len(outs) :])))

    try:
        trace.run(rule, trace.inputs, {})
        recorded = record(trace, numbers=True, reorder=False)
    except Exception:
        return None
    graph = recorded.graph
    if recorded.leaves or graph.guards or len(graph.outputs) != len(outs) * len(operands):
        return None
    return lower(recorded, [True] * len(graph.inputs))


def _record(graph: Graph, place: dict[int, int], trace: Trace) -> list[ref[Any]]:
    """Add all that was recorded, to `place` by id of the node; gives the leaves from outside."""
    references = []
    for node in topological_order(*trace.roots()):
        key, op = id(node), node.op
        if op is not None:
            args = [graph.constant(x) if type(x) is float else place[id(x)] for x in node.args]
            place[key] = graph.add(op, tuple(args), node._data)
        elif key not in place:
            place[key] = i = graph.add(CAPTURED, (), node._data)
            graph.captured.append(i)
            references.append(ref(node))
    return references


def _outputs(graph: Graph, place: dict[int, int], trace: Trace, numbers: bool) -> Any:
    """Note the outputs; gives the result with an `Output` for each."""
    found: list[Any] = []
    entries: list[Any] = []
    key = flatten_all(trace.result, found)
    for x in found:
        if hasattr(type(x), "of_a_loop"):
            outputs = len(graph.outputs)
            graph.outputs += [place[id(column)] for column in x.columns]
            entries.append(OutputSequence(x.key, list(range(outputs, len(graph.outputs)))))
            continue
        if isinstance(x, trace.kind):
            i = place[id(x)]
        elif is_number(x) and type(x) is not bool and (numbers or key == NUMBER):
            i = graph.constant(float(x))
        else:
            entries.append(x)
            continue
        entries.append(Output(len(graph.outputs)))
        graph.outputs.append(i)
    return unflatten(key, iter(entries))


def _note_guards(graph: Graph, place: dict[int, int], trace: Trace) -> None:
    for guard, line in zip(trace.guards, trace.lines):
        x, y = (
            place[id(x)] if isinstance(x, trace.kind) else graph.constant(x) for x in guard.operands
        )
        graph.guards.append((guard.sign, x, y, guard.outcome, line))
