"""Programs as JSON: what `tape.js` replays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ..lines import guards
from ..primitive import Primitive
from ..primitives import TABLE
from ..special_rows import SPECIAL
from .module import every_row


class NotInJavaScript(TypeError):
    """A custom primitive is Python, which a page cannot run.

    Attributes:
        names: those of the custom primitives.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(set(names))
        super().__init__(
            f"{', '.join(self.names)} cannot be written in JavaScript: only built-in operations "
            "can, not primitives of your own (compose them of these), nor functions that only "
            "derivatives of high order need, nor "
            "Bessel functions above order 3"
        )


def as_json(x: float) -> float | int | str:
    """A number for JSON, which has no nan and no infinity, and whose readers may drop -0.0.

    >>> as_json(0.5), as_json(2.0), as_json(float("inf")), as_json(-0.0)
    (0.5, 2, 'inf', '-0.0')
    """
    if not math.isfinite(x):
        return str(x)
    if x == 0.0 and math.copysign(1.0, x) < 0.0:
        return "-0.0"
    return int(x) if x == int(x) and abs(x) < 1e15 else x


SWAPPED = {">": ("<", True), ">=": ("<=", True)}


class _Rows:
    """The rows in use, by name, in the order of their first use."""

    def __init__(self, ops: Iterable[Primitive], special: Mapping[str, Primitive]) -> None:
        ops = list(ops)
        rows = {**TABLE, **special}
        traced = {*every_row()}.difference(rows)  # what only the compiler records
        unknown = [x.name for x in ops if rows.get(x.name) is not x and x.name not in traced]
        if unknown:
            raise NotInJavaScript(unknown)
        self.names = list(dict.fromkeys(op.name for op in ops))
        self.places = {name: i for i, name in enumerate(self.names)}


def tape_program(tape: Any) -> dict[str, Any]:
    """A Tape of the compiler as JSON for `tape.js`.

    Raises:
        NotInJavaScript: it has custom primitives.

    >>> from autograd_lite import compile
    >>> program = compile(lambda x, y: x * y + x)
    >>> program.value(2.0, 3.0)
    8.0
    >>> tape_program(program.tapes()[0])["rows"]
    ['mul', 'add']
    """
    rows = _Rows((i.op for i in tape.instructions), SPECIAL)
    return {
        "rows": rows.names,
        "masked": sorted({i.op.name for i in tape.instructions if i.masked}),
        "slots": tape.slots,
        "constants": [[slot, as_json(x)] for slot, x in tape.constants.items()],
        "inputs": list(tape.inputs),
        "captured": list(tape.captured),
        "outputs": list(tape.outputs),
        "guards": [[sign, x, y, int(outcome)] for sign, x, y, outcome in tape.guards],
        "code": [
            [rows.places[i.op.name], i.rows, i.width, i.out, int(i.masked)]
            + [_column(column.slots, column.shared) for column in i.columns]
            for i in tape.instructions
        ],
    }


def _column(slots: Sequence[int], shared: bool = False) -> int | list[int]:
    slots = list(slots)
    if slots == list(range(slots[0], slots[0] + len(slots))):
        return -1 - slots[0] if shared else slots[0]
    return slots


def graph_program(
    order: Sequence[Any], given: Mapping[tuple[int, int], int] = MappingProxyType({})
) -> tuple[dict[str, Any], dict[Any, int]]:
    """A recorded graph as JSON for `tape.js`, and the slot of each Value.

    Operations stay what they are and as they follow each other, so that numbers and gradients have
    the bits of `backward()`. Leaves are its inputs, with their numbers among the constants. Guards
    are the comparisons that were recorded with `source_lines`, in the order of `lines.guards`.

    Args:
        order: the Values, operands before what is made of them, the root last.
        given: numbers of the program that are inputs, too, in slots of their own before those of
            the Values: (place of a node, which of its arguments) and the slot.

    Raises:
        NotInJavaScript: it has custom primitives, or rows of special.py, which pages are without.

    >>> from autograd_lite import Value, topological_order
    >>> x = Value(3.0)
    >>> program, slots = graph_program(topological_order(x * x + 1.0))
    >>> program["slots"], program["rows"], program["code"]
    (4, ['mul', 'add'], [[0, 1, 0, 1, 0, 0, 0], [1, 1, 0, 2, 0, 1, 3]])
    >>> program, slots = graph_program(topological_order(x * x + 1.0), {(2, 1): 0})
    >>> program["slots"], program["code"], program["constants"]
    (4, [[0, 1, 0, 2, 0, 1, 1], [1, 1, 0, 3, 0, 2, 0]], [[0, 1], [1, 3]])
    """
    rows = _Rows((node.op for node in order if node.op is not None), {})
    first = len(set(given.values()))
    slots = {node: first + i for i, node in enumerate(order)}
    own = {slot: as_json(order[i].args[k]) for (i, k), slot in given.items()}
    constants = [[slot, own[slot]] for slot in sorted(own)]
    constants += [[slots[node], as_json(node._data)] for node in order if node.op is None]
    leaves = [slot for slot, _ in constants]
    after = first + len(order)
    numbers: dict[str, int] = {}  # slots of numbers that are no Values

    def slot(x: Any) -> int:
        if not isinstance(x, float):
            return slots[x]
        if repr(x) not in numbers:
            numbers[repr(x)] = after + len(numbers)
            constants.append([numbers[repr(x)], as_json(x)])
        return numbers[repr(x)]

    code = []
    for i, node in enumerate(order):
        if node.op is not None:
            at = [given[i, k] if (i, k) in given else slot(x) for k, x in enumerate(node.args)]
            columns = getattr(node.op, "columns", 0)  # of a reduction; others take one of each
            width = len(at) // columns if columns else 0
            read = [_column(at[k * width : (k + 1) * width]) for k in range(columns)] or at
            code.append([rows.places[node.op.name], 1, width, slots[node], 0, *read])
    compared = []
    for guard in guards(order):  # as x > y is y < x
        sign, swapped = SWAPPED.get(guard.sign, (guard.sign, False))
        at = [slot(guard.x), slot(guard.y)]
        compared.append([sign, *(at[::-1] if swapped else at), int(guard.outcome)])
    program = {
        "rows": rows.names, "masked": [], "slots": after + len(numbers),
        "constants": constants, "inputs": leaves, "captured": [], "outputs": [after - 1],
        "guards": compared, "code": code,
    }  # fmt: skip
    return program, slots
