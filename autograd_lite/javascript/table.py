"""The text of table.js: each row of the table as three kernels, and what they call."""

from __future__ import annotations

from collections.abc import Iterable

from ..formulas.c_functions import Kernels
from ..formulas.javascript import JAVASCRIPT
from ..primitive import Primitive

HEADER = """\
// Made from autograd_lite/primitives.py by `python -m autograd_lite.native.generate`.
"""


def written(rows: Iterable[Primitive]) -> str:
    """The text of table.js for these rows.

    `NAME_forward(v, first, rows, x_at, ...)` computes values; `NAME_reverse(v, d, first, rows,
    x_at, ...)` adds up derivatives, and `NAME_reverse_masked` does so where a gradient of 0 passes
    nothing on, not even times an infinite partial. A reduction takes a `width`, and a step with
    each list.
    """
    kernels = Kernels(JAVASCRIPT)
    for row in rows:
        kernels.forward(row)
        kernels.reverse(row, masked=False)
        kernels.reverse(row, masked=True)
    return "\n".join([HEADER, *kernels.helpers.parts, *kernels.functions.values()])
