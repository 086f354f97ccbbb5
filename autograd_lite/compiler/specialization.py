"""Variant: one traced run of a compiled function, lowered to a tape."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from weakref import ref

from ..chain_rule import topological_order
from ..shortcuts import shortcuts
from ..transforms import leaves_of, same_structure
from .lowering import INPUT, OUTER, Formulas, schedule
from .tape import Job, Tape
from .trace import Trace, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Variant:
    """One traced run: its tape, and what a tape does not know.

    Attributes:
        tape: see `Tape`.
        result: the function's result with the number of an output in place of each Value.
        lines: the source line of each guard.
    """

    def __init__(
        self, tape: Tape, leaves: list[Any], result: Any, lines: list[str], keep: bool = False
    ) -> None:
        self.kept = leaves if keep else []  # from a file or pickle, which nobody else may hold
        self.tape, self.result, self.lines = tape, result, lines
        self.references = list(map(ref, leaves))
        self.replay = replayer(tape)

    def leaves(self) -> list[Any]:
        """The Values from outside the function, in the order of `tape.outer`; None for a lost one.

        A leaf is lost when nobody outside holds it any more: it has been replaced.
        """
        return [reference() for reference in self.references]

    def is_current(self) -> bool:
        """Whether no leaf is lost; else the function must be traced again."""
        return None not in self.leaves()

    def read(self, numbers: array[float]) -> bool:
        """Put the data of the leaves into the first `numbers`; False if one is lost."""
        found = shortcuts.read_leaves(self.references, numbers)
        if found is not NotImplemented:
            return found  # type: ignore[no-any-return]
        for i, leaf in enumerate(self.leaves()):
            if leaf is None:
                return False
            numbers[i] = leaf._data
        return True

    def shaped(self, outputs: Sequence[Any], rates: bool = False) -> Any:
        """The function's result, or how fast it changes, from its outputs."""
        entries = [
            outputs[x.number] if isinstance(x, Output) else 0.0 if rates and is_number(x) else x
            for x in leaves_of(self.result)
        ]
        return same_structure(self.result, iter(entries))


def replayer(tape: Tape) -> Callable[[Job], tuple[int, int] | None]:
    """The fastest way there is to replay a tape."""
    found = shortcuts.replayer(tape)
    return tape.replay if found is NotImplemented else found


class Output:
    """The place of an output in a function's result."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def lowered(trace: Trace, batched: Sequence[bool], numbers: bool) -> Variant:
    """The tape of a traced run.

    `batched` says which inputs differ from sample to sample, `numbers` whether plain numbers in
    the result are outputs, too.
    """
    kind, formulas = trace.kind, Formulas()
    inputs = [formulas.new(INPUT) for _ in trace.inputs]
    place = {id(leaf): i for leaf, i in zip(trace.inputs, inputs)}  # results, by id of the node
    outer, references, data = [], [], []
    constant, record = formulas.constant, formulas.record
    for node in topological_order(*trace.roots()):
        op = node.op
        if op is not None:
            args = [constant(x) if type(x) is float else place[id(x)] for x in node.args]
            place[id(node)] = record(op, tuple(args), node)
        elif id(node) not in place:
            place[id(node)] = formulas.new(OUTER)
            outer.append(place[id(node)])
            references.append(ref(node))
            data.append(node._data)

    outputs: list[int] = []
    entries: list[Any] = []
    for x in leaves_of(trace.result):
        if isinstance(x, kind):
            entries.append(Output(len(outputs)))
            outputs.append(place[id(x)])
        elif is_number(x) and type(x) is not bool and (numbers or x is trace.result):
            entries.append(Output(len(outputs)))
            outputs.append(constant(float(x)))
        else:
            entries.append(x)
    result = same_structure(trace.result, iter(entries))
    decisions: dict[tuple[str, int, int], tuple[bool, str]] = {}
    for guard, line in zip(trace.guards, trace.lines):
        left, right = (place[id(x)] if isinstance(x, kind) else constant(x) for x in guard.operands)
        if left not in formulas.numbers or right not in formulas.numbers:
            decisions.setdefault((guard.sign, left, right), (guard.outcome, line))

    # Let the graph go. A leaf that is lost with it was made in the function: it never changes.
    trace.forget()
    node = guard = x = entries = None  # type: ignore[assignment]
    leaves = [reference() for reference in references]
    for i, x, own in zip(outer, data, leaves):
        if own is None:
            formulas.make_constant(i, x)
    tape = schedule(
        formulas,
        inputs,
        [i for i, differs in zip(inputs, batched) if differs],
        [i for i, own in zip(outer, leaves) if own is not None],
        outputs,
        [(*decision, outcome) for decision, (outcome, _) in decisions.items()],
    )
    kept = [own for own in leaves if own is not None]
    return Variant(tape, kept, result, [line for _, line in decisions.values()])
