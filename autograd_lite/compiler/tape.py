"""The tape: a program as a flat list of instructions over numbered slots, and how to replay it.

Slots hold numbers. The first `same` of them (constants, parameters and what depends on these alone)
are the same for all samples of a batch; the others exist once for each sample. An instruction does
one primitive for several rows of operands and writes consecutive slots. Here is the reference
interpreter, which does what it says and no more; the native engine brings a fast one.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Iterable, Sequence
from copy import copy

from ..primitive import Primitive, partials_at, value_at
from ..primitives import TABLE
from .trace import SIGNS, TRACE_ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROWS: tuple[Primitive, ...] = (*TABLE.values(), *TRACE_ROWS)
OPCODES: dict[Primitive, int] = {row: opcode for opcode, row in enumerate(ROWS)}
HOLDS = {"<": operator.lt, "<=": operator.le, "!=": operator.ne}


class Column:
    """The slots of one operand of an instruction, for all its rows.

    Attributes:
        slots: a range if they are consecutive, else a list.
        shared: whether every row reads the same slots.
    """

    __slots__ = ("shared", "slots")

    def __init__(self, slots: Sequence[int], shared: bool) -> None:
        self.slots, self.shared = slots, shared

    @classmethod
    def of(cls, slots: list[int], shared: bool, same: int) -> Column:
        run = range(slots[0], slots[0] + len(slots))
        if slots == list(run) and (run[-1] < same or run[0] >= same):
            return cls(run, shared)
        return cls(slots, shared)


class Instruction:
    """`op` done `rows` times; row r writes slot `out + r`.

    Attributes:
        width: how many operands a row takes from each column; 0 for a row of one from each.
        gated: whether a gradient of 0 passes nothing on, not even times an infinite partial.
    """

    __slots__ = ("columns", "gated", "op", "out", "rows", "width")

    def __init__(
        self,
        op: Primitive,
        rows: int,
        width: int,
        out: int,
        gated: bool,
        columns: tuple[Column, ...],
    ) -> None:
        self.op, self.rows, self.width, self.out = op, rows, width, out
        self.gated, self.columns = gated, columns

    def operands(self, row: int) -> list[int]:
        """The slots that a row reads."""
        if not self.width:
            return [column.slots[row] for column in self.columns]
        first = row * self.width
        return [
            slot
            for column in self.columns
            for slot in (
                column.slots if column.shared else column.slots[first : first + self.width]
            )
        ]


class Tape:
    """A program. See the module's text; `lowering.schedule` makes them.

    Attributes:
        instructions: in order; those that write shared slots come first.
        same, lanes: how many slots are the same for all samples, and how many are not.
        constants: numbers by slot.
        outer, inputs, outputs: the slots of parameters, arguments and results.
        guards: (sign, slot, slot, outcome): the comparisons that steered the traced run, in order.
        operations: how many there were after each simplification, for `summary`.
    """

    def __init__(
        self,
        instructions: Sequence[Instruction],
        *,
        same: int,
        lanes: int,
        constants: dict[int, float],
        outer: Sequence[int],
        inputs: Sequence[int],
        outputs: Sequence[int],
        guards: Sequence[tuple[str, int, int, bool]],
        operations: dict[str, int],
    ) -> None:
        self.instructions = tuple(instructions)
        self.same, self.lanes = same, lanes
        self.constants = constants
        self.outer, self.inputs, self.outputs = list(outer), list(inputs), list(outputs)
        self.guards = list(guards)
        self.operations = operations

    @property
    def slots(self) -> int:
        return self.same + self.lanes

    def told(self) -> list[str]:
        """The lines of a summary."""
        counts = [
            plural(len(self.inputs), "input"),
            "1 leaf" if len(self.outer) == 1 else f"{len(self.outer)} leaves",
            plural(len(self.outputs), "output"),
            plural(len(self.guards), "guard"),
        ]
        slots = self.lanes or self.same
        memory = f"{plural(slots, 'slot')}, {16 * slots:,} bytes a sample"
        if self.lanes:
            memory += f"; {plural(self.same, 'slot')} for all samples"
        lines = [f"{', '.join(counts)}; {memory}"]
        for what, count in self.operations.items():
            noun = "instruction" if what.startswith("in groups") else "operation"
            lines.append(f"  {what:<46}{count:>4,} {noun}{'s' * (count != 1)}")
        return lines

    # One sample -----------------------------------------------------------------------------------

    def forward(self, outer: Sequence[float], inputs: Sequence[float]) -> list[float]:
        """The numbers of all slots."""
        values = [0.0] * self.slots
        for slot, x in self.constants.items():
            values[slot] = x
        for slot, x in zip(self.outer, outer):
            values[slot] = x
        for slot, x in zip(self.inputs, inputs):
            values[slot] = x
        for instruction in self.instructions:
            for row in range(instruction.rows):
                operands = [values[slot] for slot in instruction.operands(row)]
                values[instruction.out + row] = value_at(instruction.op, operands)
        return values

    def reverse(self, values: Sequence[float], seeds: Sequence[float]) -> list[float]:
        """The gradient of the outputs, weighted by `seeds`, by all slots."""
        adjoints = [-0.0] * self.slots  # -0.0 + x is x, for every x
        for slot, seed in zip(self.outputs, seeds):
            adjoints[slot] += seed
        for instruction in reversed(self.instructions):
            for row in reversed(range(instruction.rows)):
                gradient = adjoints[instruction.out + row]
                slots = instruction.operands(row)
                for slot, partial in zip(slots, self._partials(instruction, row, slots, values)):
                    if not (instruction.gated and (gradient == 0.0 or partial == 0.0)):
                        adjoints[slot] += gradient * partial
        return adjoints

    def tangents(self, values: Sequence[float], directions: dict[int, float]) -> list[float]:
        """How fast all slots change when some change at the rates in `directions`."""
        rates = [0.0] * self.slots
        for slot, rate in directions.items():
            rates[slot] += rate
        for instruction in self.instructions:
            for row in range(instruction.rows):
                slots = instruction.operands(row)
                rate = 0.0
                for slot, partial in zip(slots, self._partials(instruction, row, slots, values)):
                    if rates[slot] != 0.0 and not (instruction.gated and partial == 0.0):
                        rate += rates[slot] * partial
                rates[instruction.out + row] = rate
        return rates

    @staticmethod
    def _partials(
        instruction: Instruction, row: int, slots: Sequence[int], values: Sequence[float]
    ) -> Sequence[float]:
        operands = [values[slot] for slot in slots]
        return partials_at(instruction.op, values[instruction.out + row], operands)

    def broken_guard(self, values: Sequence[float]) -> int:
        """The first guard that does not hold, or -1."""
        for i, (sign, x, y, outcome) in enumerate(self.guards):
            if HOLDS[sign](values[x], values[y]) is not outcome:
                return i
        return -1

    def encoded(self) -> tuple[Any, ...]:
        """The tape in arrays: what the native engine makes its own tape of.

        (same, lanes, code, lists, slots of constants, of same_inputs, of lane_inputs, of outputs,
        guards, numbers of the constants). The code of an instruction is opcode, rows, width, out,
        gated, how many columns, and for each column a kind (1 listed, 2 shared, 4 constants only)
        and where it starts: a slot, or a place in the lists.
        """
        code, lists = array("i"), array("i")
        constants = self.constants.keys()
        for i in self.instructions:
            code.extend((OPCODES[i.op], i.rows, i.width, i.out, i.gated, len(i.columns)))
            for column in i.columns:
                listed = not isinstance(column.slots, range)
                resting = column.slots[0] in constants and constants >= set(column.slots)
                code.append(listed + 2 * column.shared + 4 * resting)
                code.append(len(lists) if listed else column.slots[0])
                if listed:
                    lists.extend(column.slots)
        guards = array("i")
        for sign, x, y, outcome in self.guards:
            guards.extend((SIGNS.index(sign), x, y, outcome))
        return (
            self.same,
            self.lanes,
            code,
            lists,
            array("i", constants),
            array("i", self.same_inputs),
            array("i", self.lane_inputs),
            array("i", self.outputs),
            guards,
            array("d", self.constants.values()),
        )

    # Many samples ---------------------------------------------------------------------------------

    @property
    def same_inputs(self) -> list[int]:
        """The slots of parameters and of those arguments that are the same for all samples."""
        return self.outer + [slot for slot in self.inputs if slot < self.same]

    @property
    def lane_inputs(self) -> list[int]:
        return [slot for slot in self.inputs if slot >= self.same]

    def replay(self, job: Job) -> tuple[int, int] | None:
        """Do a job; (guard, sample) of the first guard that does not hold, or None."""
        place = {slot: i for i, slot in enumerate(self.inputs)}
        same, lanes = self.same_inputs, self.lane_inputs
        parameters, outputs = len(self.outer), len(self.outputs)
        numbers = [0.0] * len(place)
        for slot, x in zip(same[parameters:], job.same[parameters:]):
            numbers[place[slot]] = x
        for sample in range(job.samples):
            for slot, x in zip(lanes, job.sample(job.lanes, sample)):
                numbers[place[slot]] = x
            values = self.forward(job.same[:parameters], numbers)
            broken = self.broken_guard(values)
            if broken >= 0:
                return broken, sample
            for k, slot in enumerate(self.outputs):
                job.results[sample * outputs + k] = values[slot]
                job.totals[k] += values[slot]
            if job.seeds is not None:
                adjoints = self.reverse(values, job.seeds)
                for k, slot in enumerate(same):
                    job.same_gradient[k] += adjoints[slot]
                left = iter(lanes)
                for gradient, (_, width) in zip(job.lane_gradients, job.lanes):
                    for k in range(sample * width, (sample + 1) * width):
                        gradient[k] += adjoints[next(left)]  # to 0.0, so that it is never -0.0
            if job.same_rates is not None:
                directions = dict(zip(same, job.same_rates))
                directions.update(zip(lanes, job.sample(job.lane_rates, sample)))
                rates = self.tangents(values, directions)
                for k, slot in enumerate(self.outputs):
                    job.rates[sample * outputs + k] = rates[slot]
        return None


class Job:
    """What to replay a tape on, and where the answers go; all numbers in arrays of doubles.

    Attributes:
        samples: how many.
        same: numbers for `tape.same_inputs`.
        lanes: the columns of the batch, (numbers, how many of them make a sample), which together
            are numbers for `tape.lane_inputs`.
        seeds: weights of the outputs in the gradient, or None for no gradient.
        same_rates, lane_rates: tangents of the inputs like `same` and `lanes`, or None.
        results, totals: outputs of each sample, and their sums.
        same_gradient, lane_gradients: of the weighted outputs, if there are seeds; without
            `by_sample` there are no lane_gradients.
        rates: tangents of the outputs of each sample, if those of the inputs are given.
    """

    def __init__(
        self,
        tape: Tape,
        samples: int,
        same: Sequence[float],
        lanes: tuple[tuple[Sequence[float], int], ...] = (),
        seeds: Sequence[float] | None = None,
        rates: tuple[Sequence[float], tuple[tuple[Sequence[float], int], ...]] | None = None,
        by_sample: bool = True,
    ) -> None:
        self.samples, self.same, self.lanes, self.seeds = samples, same, lanes, seeds
        self.same_rates = rates[0] if rates else None
        self.lane_rates = rates[1] if rates else ()
        self.results = _zeros(samples * len(tape.outputs))
        self.totals = _zeros(len(tape.outputs))
        wanted = 0 if seeds is None else 1
        self.same_gradient = _zeros(len(same) * wanted)
        self.lane_gradients = (
            tuple([_zeros(samples * width * wanted) for _, width in lanes]) if by_sample else ()
        )
        self.rates = _zeros(samples * len(tape.outputs) if rates else 0)

    def part(self, first: int, count: int) -> Job:
        """The job for some of the samples; it shares the arrays that have one entry for each."""
        part = copy(self)

        def cut(x: Any, width: int) -> Any:
            return memoryview(x)[first * width : (first + count) * width] if len(x) else x

        n = len(self.totals)
        part.samples = count
        part.lanes = tuple([(cut(x, width), width) for x, width in self.lanes])
        part.lane_rates = tuple([(cut(x, width), width) for x, width in self.lane_rates])
        part.results, part.rates = cut(self.results, n), cut(self.rates, n)
        part.lane_gradients = tuple(
            [cut(x, width) for x, (_, width) in zip(self.lane_gradients, self.lanes)]
        )
        part.totals, part.same_gradient = _zeros(n), _zeros(len(self.same_gradient))
        return part

    def join(self, parts: Iterable[Job]) -> None:
        """Add up, in order, what parts have summed."""
        for part in parts:
            for total, own in (
                (self.totals, part.totals),
                (self.same_gradient, part.same_gradient),
            ):
                for k, x in enumerate(own):
                    total[k] += x

    @staticmethod
    def sample(columns: Sequence[tuple[Sequence[float], int]], i: int) -> list[float]:
        """The numbers of sample `i`."""
        return [x for numbers, width in columns for x in numbers[i * width : (i + 1) * width]]


def _zeros(n: int) -> array[float]:
    return array("d", bytes(8 * n))


def plural(n: int, noun: str) -> str:
    """A count and its noun: 1 slot, 2 slots."""
    return f"{n:,} {noun}" + "s" * (n != 1)
