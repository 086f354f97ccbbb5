"""check: whether a tape can be replayed at all, so that an interpreter need not look again.

Slots are written in rising order, leaves apart: whatever an instruction reads has a lower number
than what it writes. Nearly everything that an interpreter relies on follows from this.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from ..primitive import Reduction
from .errors import TapeError
from .tape import Column, Instruction, Tape
from .trace import HOLDS

MOST = 2**31 - 1  # slots of a tape: numbers for a C int


def check(tape: Tape) -> None:
    """Raise unless `tape` is sound.

    Established are: every slot is in range, and defined exactly once: by a constant, a captured
    leaf, an input or a row of an instruction. Constants and captured leaves are uniform. The rows
    of an instruction write consecutive slots, all uniform or all varying, above those of every
    instruction before it; they read lower ones. So operands come first, and what is uniform depends
    on nothing else, and comes first, too. A column that is a range does not reach from uniform
    slots into varying ones. The columns of an instruction have as many entries as its operation
    reads: one for each row; or, of any number of operands, `width` for each row, or `width` that
    all rows share. Outputs and guards refer to slots.

    Raises:
        TapeError: the tape is not sound; the message says where.

    >>> from autograd_lite import compile
    >>> from autograd_lite.compiler.check import check
    >>> program = compile(lambda x: x * x)
    >>> program.value(3.0)
    9.0
    >>> [tape] = program.tapes()
    >>> check(tape)
    >>> tape.outputs = [7]
    >>> check(tape)
    Traceback (most recent call last):
    autograd_lite.TapeError: outputs: slot 7 of 2
    """
    uniform, slots = tape.uniform, tape.slots
    require(0 <= uniform <= slots <= MOST, "slots", f"{uniform} and {tape.varying}")
    end = 0
    for i, instruction in enumerate(tape.instructions):
        where = f"instruction {i + 1}"
        _check_instruction(instruction, uniform, where)
        first, last = instruction.out, instruction.out + instruction.rows
        require(end <= first, where, f"writes slot {first} after slot {end - 1}")
        require(
            last <= slots and not first < uniform < last,
            where,
            f"writes slots {first} to {last - 1}, {uniform} of {slots} are uniform",
        )
        end = last
    _check_slots(tape.constants, uniform, "constants")
    _check_slots(tape.captured, uniform, "captured leaves")
    _check_slots(tape.inputs, slots, "inputs")
    _check_written(tape)
    _check_slots(tape.outputs, slots, "outputs")
    for k, (sign, x, y, _) in enumerate(tape.guards):
        require(sign in HOLDS, f"guard {k + 1}", f"unknown sign {sign!r:.40}")
        _check_slots([x, y], slots, f"guard {k + 1}")


def require(holds: object, where: str, what: str) -> None:
    """Raise a TapeError that says where and what unless something holds."""
    if not holds:
        raise TapeError(f"{where}: {what}")


def _check_slots(slots: Iterable[int], below: int, where: str) -> None:
    for slot in slots:
        require(0 <= slot < below, where, f"slot {slot} of {below}")


def _check_instruction(instruction: Instruction, uniform: int, where: str) -> None:
    op, rows, width = instruction.op, instruction.rows, instruction.width
    if not (1 <= rows <= MOST and 0 <= instruction.out <= MOST):
        require(False, where, f"{rows} rows")
    arity, count = len(op.operands), len(instruction.columns)
    if isinstance(op, Reduction):
        arity = op.columns
        require(1 <= width <= MOST, where, f"{op.name} of rows of {width} operands")
    elif width:
        require(False, where, f"{op.name} with a width of {width}")
    if count != arity and (isinstance(op, Reduction) or not op.variadic):
        require(False, where, f"{op.name} has {arity} columns of operands, got {count}")
    for column in instruction.columns:
        _check_column(column, instruction, uniform, where)


def _check_column(column: Column, instruction: Instruction, uniform: int, where: str) -> None:
    slots, width, below = column.slots, instruction.width, instruction.out
    if column.shared and not width:
        require(False, where, f"{instruction.op.name} with a shared column")
    entries = width if column.shared else instruction.rows * (width or 1)
    if len(slots) != entries:
        require(False, where, f"a column of {entries} slots is wanted, got {len(slots)}")
    run = isinstance(slots, range)
    first, last = (slots[0], slots[-1]) if run else (min(slots), max(slots))
    if first < 0 or last >= below:
        require(False, where, f"reads slots {first} to {last}, writes slot {below}")
    if run and (last - first != entries - 1 or first < uniform <= last):
        told = f"a column of slots {first} to {last}, of which {uniform} are uniform"
        require(False, where, told)


def _check_written(tape: Tape) -> None:
    """Constants, captured leaves and inputs fill what instructions leave free."""
    written = [(i.out, i.rows) for i in tape.instructions]
    leaves = [(slot, 1) for slot in chain(tape.constants, tape.captured, tape.inputs)]
    end = 0
    for first, rows in sorted([*written, *leaves]):
        require(first >= end, f"slot {first}", "is written twice")
        require(first == end, f"slot {end}", "is never written")
        end = first + rows
    require(end == tape.slots, f"slot {end}", "is never written")
