"""The tape: a program as a flat list of instructions over numbered slots.

Slots hold numbers. The first of them (constants, captured leaves and what depends on these alone)
are uniform, that is the same for all samples of a batch; the others vary: they exist once for each
sample. An instruction does one primitive for several rows of operands and writes consecutive slots.
`interpreter` is what it means; the native engine brings a faster one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..primitive import Primitive
from ..primitives import TABLE
from ..special_rows import SPECIAL
from ..words import counted
from .trace import HOLDS, TRACE_ROWS

LATER_ROWS: tuple[Primitive, ...] = (*TRACE_ROWS, *SPECIAL.values())  # no opcodes of eager code
ROWS: tuple[Primitive, ...] = (*TABLE.values(), *LATER_ROWS)
OPCODES: dict[Primitive, int] = {row: opcode for opcode, row in enumerate(ROWS)}
WORDS_OF_0_1_0 = {"same": "uniform", "lanes": "varying", "outer": "captured"}  # in files, pickles
GROUPED = "in groups of one kind"  # what a summary says of the number of instructions
COMPARISONS = tuple(HOLDS)  # whose places stand for them in arrays
LISTED, SHARED, ALL_CONSTANTS = 1, 2, 4  # what the kind of a column says in arrays


class Column(NamedTuple):
    """The slots of one operand of an instruction, for all its rows.

    Attributes:
        slots: a range if they are consecutive, else a list.
        shared: whether every row reads the same slots.
    """

    slots: Sequence[int]
    shared: bool

    @classmethod
    def of(cls, slots: list[int], shared: bool, uniform: int) -> Column:
        """The column of these slots, of which those below `uniform` are uniform.

        They become a range if they are consecutive and of one kind: each kind has memory of its
        own.
        """
        run = range(slots[0], slots[0] + len(slots))
        if len(slots) == 1:
            return cls(run, shared)
        of_one_kind = run[-1] < uniform or run[0] >= uniform
        return cls(run if of_one_kind and slots == list(run) else slots, shared)


class Instruction(NamedTuple):
    """`op` done `rows` times; row r writes slot `out + r`.

    Attributes:
        width: how many operands a row takes from each column; 0 for a row of one from each.
        masked: whether a gradient of 0 passes nothing on, not even times an infinite partial.
    """

    op: Primitive
    rows: int
    width: int
    out: int
    masked: bool
    columns: tuple[Column, ...]

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
    """A program. See the module's text; `schedule` makes them.

    Attributes:
        instructions: in order; those that write uniform slots come first.
        uniform, varying: how many slots are the same for all samples, and how many are not.
        constants: numbers by slot.
        captured, inputs, outputs: the slots of leaves from outside, of arguments and of results.
        guards: (sign, slot, slot, outcome): the comparisons that steered the traced run, in order.
        operations: how many there were after each simplification, for `summary`.
        reorder: whether a dot may add up its products in any order; else from left to right.
    """

    def __init__(
        self,
        instructions: Sequence[Instruction],
        *,
        uniform: int,
        varying: int,
        constants: dict[int, float],
        captured: Sequence[int],
        inputs: Sequence[int],
        outputs: Sequence[int],
        guards: Sequence[tuple[str, int, int, bool]],
        operations: dict[str, int],
        reorder: bool = True,  # as files and pickles of version 0.1.0, which do not say it
    ) -> None:
        self.instructions = tuple(instructions)
        self.constants = constants
        self.uniform, self.varying = uniform, varying
        self.captured, self.inputs, self.outputs = list(captured), list(inputs), list(outputs)
        self.guards = list(guards)
        self.operations, self.reorder = operations, reorder

    @classmethod
    def of_arrays(cls, parts: Sequence[Any], operations: dict[str, int], reorder: bool) -> Tape:
        """A tape whose instructions and constants stay in arrays, as `encoded` has them, until they
        are asked for: of each operation they would be several objects.

        Args:
            parts: uniform, varying; and in bytes code, lists, slots of constants, their numbers,
                slots of captured, inputs and outputs, guards.
            operations, reorder: see `Tape`.
        """
        uniform, varying, code, lists, places, constants, captured, inputs, outputs, guards = parts
        tape = cls.__new__(cls)
        tape._arrays = (
            array("i", code),
            array("i", lists),
            array("i", places),
            array("d", constants),
        )
        tape.uniform, tape.varying = uniform, varying
        tape.captured, tape.inputs, tape.outputs = (
            array("i", slots).tolist() for slots in (captured, inputs, outputs)
        )
        fields = iter(array("i", guards))
        tape.guards = [
            (COMPARISONS[sign], x, y, bool(outcome))
            for sign, x, y, outcome in zip(fields, fields, fields, fields)
        ]
        tape.operations, tape.reorder = operations, reorder
        return tape

    _arrays: tuple[array[int], array[int], array[int], array[float]] | None = None

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        assert self._arrays is not None
        code, lists, *_ = self._arrays
        return tuple(_decoded(code.tolist(), lists.tolist()))

    @cached_property
    def constants(self) -> dict[int, float]:
        assert self._arrays is not None
        return dict(zip(*self._arrays[2:]))

    @property
    def in_arrays(self) -> bool:
        """Whether nobody has asked for instructions and constants, so that C has all it needs."""
        return not {"instructions", "constants"} & vars(self).keys()

    def known_in_c(self) -> bool:
        """Whether it does rows of the table alone, and no primitive of a user."""
        return self.in_arrays or all(i.op in OPCODES for i in self.instructions)

    def rows(self) -> Iterator[tuple[Instruction, int, list[int]]]:
        """Each row in order: its instruction, the slot that it writes, and those that it reads."""
        for instruction in self.instructions:
            for row in range(instruction.rows):
                yield instruction, instruction.out + row, instruction.operands(row)

    @property
    def slots(self) -> int:
        return self.uniform + self.varying

    @property
    def uniform_inputs(self) -> list[int]:
        """The slots of captured leaves and of uniform arguments."""
        return self.captured + [slot for slot in self.inputs if slot < self.uniform]

    @property
    def varying_inputs(self) -> list[int]:
        return [slot for slot in self.inputs if slot >= self.uniform]

    def describe(self) -> list[str]:
        """The lines of a summary."""
        counts = [
            counted(len(self.inputs), "input"),
            counted(len(self.captured), "leaf", "leaves"),
            counted(len(self.outputs), "output"),
            counted(len(self.guards), "guard"),
        ]
        slots = self.varying or self.uniform
        memory = f"{counted(slots, 'slot')}, {16 * slots:,} bytes a sample"
        if self.varying:
            memory += f"; {counted(self.uniform, 'slot')} for all samples"
        lines = [f"{', '.join(counts)}; {memory}"]
        for what, count in self.operations.items():
            noun = "instruction" if what == GROUPED else "operation"
            lines.append(f"  {what:<46}{count:>4,} {noun}{'s' * (count != 1)}")
        return lines

    def encoded(self) -> tuple[Any, ...]:
        """The tape in arrays: what the native engine makes its own tape of.

        (uniform, varying, code, lists, slots of constants, of uniform_inputs, of varying_inputs, of
        outputs, guards, numbers of the constants, reorder). The code of an instruction is opcode,
        rows, width, out, masked, how many columns, and for each column a kind (1 listed, 2 shared,
        4 constants only) and where it starts: a slot, or a place in the lists.
        """
        kept = self._arrays if self.in_arrays else None
        code, lists, slots, numbers = kept or self._encoded()
        return (
            self.uniform,
            self.varying,
            code,
            lists,
            slots,
            array("i", self.uniform_inputs),
            array("i", self.varying_inputs),
            array("i", self.outputs),
            encoded_guards(self.guards),
            numbers,
            self.reorder,
        )

    def _encoded(self) -> tuple[array[int], array[int], array[int], array[float]]:
        """Instructions and constants in arrays."""
        code, lists = array("i"), array("i")
        constants = self.constants.keys()
        for i in self.instructions:
            code.extend((OPCODES[i.op], i.rows, i.width, i.out, i.masked, len(i.columns)))
            for column in i.columns:
                listed = not isinstance(column.slots, range)
                constant = column.slots[0] in constants and constants >= set(column.slots)
                code.append(LISTED * listed + SHARED * column.shared + ALL_CONSTANTS * constant)
                code.append(len(lists) if listed else column.slots[0])
                if listed:
                    lists.extend(column.slots)
        return code, lists, array("i", constants), array("d", self.constants.values())


def encoded_guards(guards: Iterable[tuple[str, int, int, bool]]) -> array[int]:
    """Guards in an array, four ints each."""
    code = array("i")
    for sign, x, y, outcome in guards:
        code.extend((COMPARISONS.index(sign), x, y, outcome))
    return code


def _decoded(code: list[int], lists: list[int]) -> Iterator[Instruction]:
    """The instructions that C has made, from `code` and `lists`; see `encoded`."""
    at = 0
    while at < len(code):
        opcode, rows, width, out, masked, count = code[at : at + 6]
        columns = []
        at += 6
        for k in range(at, at + 2 * count, 2):
            kind, start = code[k], code[k + 1]
            shared = kind & SHARED != 0
            end = start + (width or 1) * (1 if shared else rows)
            columns.append(Column(lists[start:end] if kind & LISTED else range(start, end), shared))
        yield Instruction(ROWS[opcode], rows, width, out, masked != 0, tuple(columns))
        at += 2 * count
