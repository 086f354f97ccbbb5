"""What the views ask of the row of an operation."""

from __future__ import annotations

from typing import Any

from ..primitive import TABLE, Primitive

UNKNOWN = Primitive("unknown", lambda *operands: 0.0, lambda out, *operands: ())


def row_of(op: Any) -> Primitive:
    """The primitive itself; for a rule of an engine of your own, the row of the same name."""
    return op if isinstance(op, Primitive) else TABLE.get(op.name, UNKNOWN)


def does(op: Any, row: Primitive) -> bool:
    """Whether an operation is `row`, or does it among others, as a dot product multiplies.

    >>> from autograd_lite.primitives import add, dot, mul, tanh
    >>> from autograd_lite.views.rows import does
    >>> [does(op, mul) for op in (mul, dot, add, tanh)]
    [True, True, False, False]
    """
    return row_of(op) is row or row in row_of(op).unfolds
