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
from ..derivatives import inputs
from ..primitive import Primitive
from ..several import all_rows
from ..shortcuts import shortcuts
from ..structure import NUMBER, Doubles, flatten_all, is_plain_list, replaced, unflatten
from . import interpreter
from .chain import Chain, lowered
from .chain_lanes import Lanes
from .flat_graph import FlatGraph, flat_graph
from .randomness import traced_without_draws
from .rule_traces import Operand, Pole, RuleTrace, inner
from .simplify import CAPTURED, INPUT, Graph
from .tape import Tape
from .trace import Trace, is_number

if TYPE_CHECKING:
    from .replay import Replay


class Specialization:
    """A function for one structure of its arguments and one branch: a tape, and its leaves.

    Attributes:
        tape: see `Tape`.
        key, entries: the structure of the function's result, and what is in it: an `Output` in
            place of each Value, and constants.
        lines: the source line of each guard.
        fingerprint: of what was recorded, see `Recorded`; None from a file or pickle.
        watched: whether the function opens a `detect_anomaly`; see `watched.py`.
        reads_inputs: whether it reads `derivatives.inputs`, which a tape has no place for.
        in_order: whether the entries are the outputs of the tape, one after another.
    """

    fingerprint: int | None = None
    watched = reads_inputs = False
    wanted: Any = None  # of its derivatives, once they were asked for; see `jacobians`
    places: Any = None  # of its Jacobian, likewise
    plan: Any = None  # of its sparse Jacobian, once that was asked for; see `sparsity`

    def __init__(
        self,
        tape: Tape,
        leaves: list[Any],
        key: Any,
        entries: list[Any],
        lines: list[str],
        keep: bool = False,
    ) -> None:
        self._kept = leaves if keep else []  # from a file or pickle, which nobody else may hold
        self.tape, self.lines = tape, lines
        self.references = list(map(ref, leaves))
        self.replay = replay_of(tape)
        self.key = key if is_plain_list(key) else replaced(key, "array", _without_axes)
        self.entries = entries
        numbers = [getattr(x, "number", None) for x in entries]
        self.in_order = numbers == list(range(len(tape.outputs)))

    @property
    def is_one(self) -> bool:
        """Whether the function's result is one Value."""
        return bool(self.key == NUMBER) and isinstance(self.entries[0], Output)

    @property
    def result(self) -> Any:
        """The function's result with an `Output` in place of each Value."""
        return unflatten(self.key, iter(self.entries))

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
        sequences: dict[int, Any] | None = None,
        samples: int | None = None,
    ) -> Any:
        """The function's result, or how fast it changes, from its outputs.

        Args:
            sequences: those among the outputs; if there are `samples`, of each a list of theirs.
        """
        if self.in_order:
            values = Doubles(outputs) if isinstance(outputs, array) else iter(outputs)
            return unflatten(self.key, values)
        entries = [
            outputs[x.number]
            if isinstance(x, Output)
            else x.entries(sequences or {}, samples)
            if isinstance(x, OutputSequence)
            else 0.0
            if rates and is_number(x)
            else x
            for x in self.entries
        ]
        return unflatten(self.key, iter(entries))


def _without_axes(key: Any) -> Any:
    """The key of an array in a result: without axes it counts as the number in it."""
    return key if key[1] else NUMBER


def replay_of(program: Tape | Chain) -> Callable[[Replay], tuple[int, int] | None]:
    """What replays a tape or a chain."""
    if isinstance(program, Chain):
        return Lanes(program, replayer).replay
    return replayer(program)


def replayer(tape: Tape) -> Callable[[Replay], tuple[int, int] | None]:
    """The fastest way there is to replay a tape."""
    native = shortcuts.replayer(tape)
    if native is not NotImplemented:
        return native  # type: ignore[no-any-return]
    if not tape.known_in_c():
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

    def entries(self, sequences: dict[int, Any], samples: int | None = None) -> list[Any]:
        """The list of entries, from the outputs that are sequences; those not there are 0.0.

        For several samples a list of such lists.
        """
        if samples is not None:
            own = [{k: x[s] for k, x in sequences.items()} for s in range(samples)]
            return [self.entries(some) for some in own]
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
        key, entries: of the function's result, as in a `Specialization`.
        watched, reads_inputs: as of a `Specialization`.
    """

    graph: Graph | FlatGraph
    leaves: list[Any]
    key: Any
    entries: list[Any]
    watched: bool
    reads_inputs: bool

    def fingerprint(self) -> int:
        """A number that another run shares if a replay could not tell the two apart."""
        rest = [repr(x) for x in self.entries if not isinstance(x, (Output, OutputSequence))]
        return hash((self.key, self.graph.fingerprint(), *map(id, self.leaves), *rest))


def lower(recorded: Recorded, batched: Sequence[bool]) -> Specialization:
    """The specialization of a traced run.

    Args:
        recorded: what it did.
        batched: which inputs differ from sample to sample.
    """
    fingerprint = recorded.fingerprint()
    tape, lines = lowered(recorded.graph, batched)
    specialization = Specialization(tape, recorded.leaves, recorded.key, recorded.entries, lines)
    specialization.fingerprint, specialization.watched = fingerprint, recorded.watched
    specialization.reads_inputs = recorded.reads_inputs
    return specialization


def record(trace: Trace, numbers: bool, reorder: bool) -> Recorded:
    """What a trace has seen; its graph of Values is let go.

    Args:
        trace: the run.
        numbers: whether plain numbers in the result are outputs, too.
        reorder: whether additions may be grouped anew.
    """
    outputs, key, entries = _outputs(trace, numbers)
    reads_inputs = _reads(trace, outputs, inputs())
    graph: Graph | FlatGraph
    graph, leaves = flat_graph(trace, outputs, reorder) or _graph(trace, outputs, reorder)
    references = list(map(ref, leaves))
    trace.forget()
    del outputs, leaves
    known = [reference() for reference in references]
    # What is lost with the graph was made in the function: it never changes.
    lost = [i for i, leaf in zip(graph.captured, known) if leaf is None]
    if lost:
        graph = graph.with_constants(lost)
    found = [x for x in known if x is not None]
    return Recorded(graph, found, key, entries, trace.watched, reads_inputs)


def _reads(trace: Trace, outputs: list[Any], nodes: tuple[Any, ...]) -> bool:
    """Whether a traced run made its outputs of any of these Values."""
    roots = [x for x in outputs if isinstance(x, trace.kind)]
    return bool(nodes and roots) and not set(nodes).isdisjoint(topological_order(*roots))


def traced_rule(
    op: Primitive,
    outs: Sequence[float],
    operands: Sequence[float],
    before: Specialization | None = None,
) -> Specialization | None:
    """The rule of a primitive as a tape for many points; None where it is to run on numbers.

    There it depends on more than its operands, decides by them, or wants floats.

    Args:
        before: its tape of an earlier trace, which is given again if nothing has changed.
    """
    number = Operand if op.on_values is None else lambda x: x

    def rule(*numbers: Any) -> list[Any]:
        given = list(map(number, numbers))
        rows = all_rows(op, given[: len(outs)], given[len(outs) :])
        return list(map(inner, chain.from_iterable(rows)))

    def run(pole: int = 0) -> RuleTrace:
        trace = RuleTrace(engines.Value, pole)
        trace.inputs = [trace.kind(x) for x in (*outs, *operands)]
        trace.run(rule, trace.inputs, {})
        return trace

    def passes_on(pole: int) -> bool:
        try:
            run(pole)
        except Pole:
            return True
        return False

    try:
        trace: Any = traced_without_draws(run, op.partials, ()) if before is None else run()
        recorded = record(trace, numbers=True, reorder=False)
        if before is not None and before.fingerprint == recorded.fingerprint():
            return before
        graph = recorded.graph
        whole = len(graph.outputs) == len(outs) * len(operands)
        decides = graph.guards or not all(map(passes_on, range(1, trace.divisions + 1)))
    except Exception:
        return None
    if recorded.leaves or decides or not whole:
        return None
    return lower(recorded, [True] * len(graph.inputs))


def _graph(trace: Trace, outputs: list[Any], reorder: bool) -> tuple[Graph, list[Any]]:
    """All that was recorded, and the leaves from outside."""
    graph, place, leaves = Graph(reorder), dict[int, int](), list[Any]()
    for leaf in trace.inputs:
        place[id(leaf)] = graph.add(INPUT, (), leaf._data)
    graph.inputs = list(place.values())
    compared = [x for guard in trace.guards for x in guard.operands]
    roots = [x for x in (*outputs, *compared) if isinstance(x, trace.kind)]
    order = topological_order(*roots)  # as long as it is there, ids are those of nodes
    for node in order:
        key, op = id(node), node.op
        if op is not None:
            args = [graph.constant(x) if type(x) is float else place[id(x)] for x in node.args]
            place[key] = graph.add(op, tuple(args), node._data)
        elif key not in place:
            place[key] = i = graph.add(CAPTURED, (), node._data)
            graph.captured.append(i)
            leaves.append(node)

    def place_of(x: Any) -> int:
        return place[id(x)] if isinstance(x, trace.kind) else graph.constant(x)

    graph.outputs = [place_of(x) for x in outputs]
    for guard, line in zip(trace.guards, trace.lines):
        x, y = map(place_of, guard.operands)
        graph.guards.append((guard.sign, x, y, guard.outcome, line))
    return graph, leaves


def _outputs(trace: Trace, numbers: bool) -> tuple[list[Any], Any, list[Any]]:
    """The outputs, Values and floats; the key of the result, and its entries with an `Output` for
    each of them.
    """
    found: list[Any] = []
    entries: list[Any] = []
    outputs: list[Any] = []
    key = flatten_all(trace.result, found)
    if set(map(type, found)) == {trace.kind}:
        return found, key, list(map(Output, range(len(found))))
    for x in found:
        if isinstance(x, trace.kind):
            entries.append(Output(len(outputs)))
            outputs.append(x)
        elif hasattr(type(x), "of_a_loop"):
            first = len(outputs)
            outputs += x.columns
            entries.append(OutputSequence(x.key, list(range(first, len(outputs)))))
        elif is_number(x) and type(x) is not bool and (numbers or key == NUMBER):
            entries.append(Output(len(outputs)))
            outputs.append(float(x))
        else:
            entries.append(x)
    return outputs, key, entries
