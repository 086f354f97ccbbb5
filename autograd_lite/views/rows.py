"""What the views ask of the row of an operation."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..formulas.plain import SUPERSCRIPTS
from ..primitive import Primitive
from ..primitives import TABLE

UNKNOWN = Primitive("unknown", lambda *operands: 0.0, lambda out, *operands: ())


class Slope(NamedTuple):
    """A row for the slope of another, which reads the value of that as a number of its own.

    Attributes:
        of: the other row; the first operand is its value at the second.
        sign: what a card shows.
    """

    of: Primitive
    sign: str


SLOPES = {
    "tanh_slope": Slope(TABLE["tanh"], "1 − tanh²"),
    "sigmoid_slope": Slope(TABLE["sigmoid"], "σ·(1 − σ)"),
}


class ByHand(NamedTuple):
    """How a row that has no formula of its own is written by hand.

    Attributes:
        plain, binds: as those of a row.
    """

    plain: str
    binds: int


BY_HAND = {  # parts of rules, which computers do in another way, for precision
    "one_less_square": ByHand("1 − #1²", 1),
    "direction": ByHand("#1 / hypot(#1, #2)", 2),
    "pow_log_1": ByHand("#1^#2 · log(#1)", 2),
    "real_of_inverse_power_1": ByHand("#1 / (#1² + #2²)", 2),
    "imaginary_of_inverse_power_1": ByHand("−#2 / (#1² + #2²)", 2),
}


for _n in range(2, 10):  # of higher derivatives
    _power = str(_n).translate(SUPERSCRIPTS)
    BY_HAND[f"pow_log_{_n}"] = ByHand(f"#1^#2 · log(#1){_power}", 2)
    BY_HAND[f"real_of_inverse_power_{_n}"] = ByHand(f"Re((#1 + i·#2)⁻{_power})", 9)
    BY_HAND[f"imaginary_of_inverse_power_{_n}"] = ByHand(f"Im((#1 + i·#2)⁻{_power})", 9)


def row_of(op: Any) -> Primitive:
    """The primitive itself; for a rule of an engine of your own, the row of the same name."""
    return op if isinstance(op, Primitive) else TABLE.get(op.name, UNKNOWN)


def written_as(op: Any) -> Primitive:
    """What says how `op` is written: its row, or a primitive with no more than its name."""
    row = row_of(op)
    if row is not UNKNOWN:
        return row
    name = op.name if str(op.name).isidentifier() else "f"
    return Primitive(name, UNKNOWN.evaluate, UNKNOWN.partials, label=str(op.label))


def does(op: Any, row: Primitive) -> bool:
    """Whether an operation is `row`, or does it among others, as a dot product multiplies.

    >>> from autograd_lite.primitives import add, dot, mul, tanh
    >>> from autograd_lite.views.rows import does
    >>> [does(op, mul) for op in (mul, dot, add, tanh)]
    [True, True, False, False]
    """
    return row_of(op) is row or row in row_of(op).unfolds
