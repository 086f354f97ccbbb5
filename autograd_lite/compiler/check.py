"""check: whether a tape can be replayed at all, so that an interpreter need not look again.

Slots are written in rising order, leaves apart: whatever an instruction reads has a lower number
than what it writes. Nearly everything that an interpreter relies on follows from this.
"""

from __future__ import annotations

from itertools import chain

from ..primitive import Primitive, Reduction, describe
from .tape import HOLDS, Column, Instruction, Tape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MOST = 2**31 - 1  # slots of a tape: numbers for a C int


class TapeError(ValueError):
    """A tape cannot be replayed, or a file does not hold one."""

    __module__ = "autograd_lite"


def check(tape: Tape) -> None:
    """Raise unless `tape` is sound.

    Established are: every slot is in range, and defined exactly once: by a constant, a parameter,
    an input or a row of an instruction. Constants and parameters are the same for all samples. The
    rows of an instruction write consecutive slots, all the same for all samples or all not, above
    those of every instruction before it; they read lower ones. So operands come first, and what is
    the same for all samples depends on nothing else, and comes first, too. A column that is a range
    does not reach from slots of the one kind into the other. The columns of an instruction have as
    many entries as its operation reads: one for each row; or, of any number of operands, `width`
    for each row, or `width` that all rows share. Outputs and guards refer to slots.

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
    for name in ("same", "lanes"):
        n = getattr(tape, name)
        _require(type(n) is int and 0 <= n <= MOST, name, f"a number of slots, got {describe(n)}")
    _require(tape.slots <= MOST, "slots", f"{tape.slots}, at most {MOST} are possible")
    end = 0
    for i, instruction in enumerate(tape.instructions):
        where = f"instruction {i + 1}"
        _check_instruction(instruction, tape, where)
        first, last = instruction.out, instruction.out + instruction.rows
        _require(end <= first, where, f"writes slot {first} after slot {end - 1}")
        _require(
            last <= tape.slots and not first < tape.same < last,
            where,
            f"writes slots {first} to {last - 1}, {tape.same} of {tape.slots} are for all samples",
        )
        end = last
    _check_leaves(tape)
    _check_slots(tape.outputs, tape.slots, "outputs")
    for k, guard in enumerate(tape.guards):
        where = f"guard {k + 1}"
        _require(type(guard) is tuple and len(guard) == 4, where, f"got {describe(guard)}")
        sign, x, y, outcome = guard
        _require(type(sign) is str and sign in HOLDS, where, f"unknown sign {describe(sign)}")
        _check_slots([x, y], tape.slots, where)
        _require(type(outcome) is bool, where, f"an outcome is True or False, got {outcome!r}")


def _require(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise TapeError(f"{where}: {what}")


def _check_slots(slots: Iterable[Any], below: int, where: str) -> None:
    for slot in slots:
        _require(type(slot) is int and 0 <= slot < below, where, f"slot {slot!r} of {below}")


def _check_instruction(instruction: Instruction, tape: Tape, where: str) -> None:
    op, rows, width = instruction.op, instruction.rows, instruction.width
    _require(isinstance(op, Primitive), where, f"no primitive: {describe(op)}")
    for name, n, least in (("rows", rows, 1), ("width", width, 0), ("out", instruction.out, 0)):
        _require(type(n) is int and least <= n <= MOST, where, f"{name} {n!r}")
    _require(type(instruction.gated) is bool, where, f"gated {instruction.gated!r}")
    columns = instruction.columns
    if isinstance(op, Reduction):
        _require(width >= 1, where, f"{op.name} of rows of {width} operands")
        arity = op.columns
    else:
        _require(width == 0, where, f"{op.name} with a width of {width}")
        arity = len(columns) if op.variadic else len(op.operands)
    _require(
        type(columns) is tuple and len(columns) == arity,
        where,
        f"{op.name} has {arity} columns of operands, got {describe(columns)}",
    )
    for column in columns:
        _check_column(column, instruction, tape, where)


def _check_column(column: Column, instruction: Instruction, tape: Tape, where: str) -> None:
    slots, shared, width = column.slots, column.shared, instruction.width
    _require(type(shared) is bool and (width > 0 or not shared), where, f"shared {shared!r}")
    entries = width if shared else instruction.rows * max(width, 1)
    _require(
        isinstance(slots, (list, range)) and len(slots) == entries,
        where,
        f"a column of {entries} slots is wanted, got {describe(slots)}",
    )
    below = instruction.out
    if isinstance(slots, range):
        first, last = slots[0], slots[-1]
        _require(slots.step == 1, where, f"a column of slots {slots}")
        _require(
            first >= 0 and last < below and not first < tape.same <= last,
            where,
            f"reads slots {first} to {last} and writes slot {below}",
        )
    elif set(map(type, slots)) != {int} or min(slots) < 0 or max(slots) >= below:
        _check_slots(slots, below, f"{where}, operands")


def _check_leaves(tape: Tape) -> None:
    """Constants, parameters and inputs fill what instructions leave free."""
    _check_slots(tape.constants, tape.same, "constants")
    _check_slots(tape.outer, tape.same, "parameters")
    _check_slots(tape.inputs, tape.slots, "inputs")
    for slot, x in tape.constants.items():
        _require(type(x) is float, f"constant in slot {slot}", f"no float: {describe(x)}")
    written = [(i.out, i.rows) for i in tape.instructions]
    leaves = [(slot, 1) for slot in chain(tape.constants, tape.outer, tape.inputs)]
    end = 0
    for first, rows in sorted([*written, *leaves]):
        _require(first >= end, f"slot {first}", "is written twice")
        _require(first == end, f"slot {end}", "is never written")
        end = first + rows
    _require(end == tape.slots, f"slot {end}", "is never written")
