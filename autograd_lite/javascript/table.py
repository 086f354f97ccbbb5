"""The text of table.js and of special_rows.js: each row as three kernels, and what they call."""

from __future__ import annotations

from collections.abc import Iterable

from ..formulas.c_functions import Kernels
from ..formulas.javascript import JAVASCRIPT
from ..primitive import Primitive

HEADER = """\
// Made from %s by `python -m autograd_lite.native.generate`.
"""


def written(rows: Iterable[Primitive], special: Iterable[Primitive] = ()) -> str:
    """The text of table.js for these rows; or what `special` ones add to it.

    `NAME_forward(v, first, rows, x_at, ...)` computes values; `NAME_reverse(v, d, first, rows,
    x_at, ...)` adds up derivatives, and `NAME_reverse_masked` does so where a gradient of 0 passes
    nothing on, not even times an infinite partial. A reduction takes a `width`, and a step with
    each list.
    """
    kernels = Kernels(JAVASCRIPT)
    _add(kernels, rows)
    helpers, functions = kernels.helpers.parts, list(kernels.functions.values())
    source = "autograd_lite/primitives.py"
    if special := list(special):
        source, known = "special_rows.py and student_rows.py", (len(helpers), len(functions))
        _add(kernels, special)
        helpers = kernels.helpers.parts[known[0] :]
        functions = list(kernels.functions.values())[known[1] :]
    return "\n".join([HEADER % source, *helpers, *functions])


def _add(kernels: Kernels, rows: Iterable[Primitive]) -> None:
    for row in rows:
        kernels.reverse(row, masked=False)
        kernels.reverse(row, masked=True)
        kernels.forward(row)  # which calls what the partials call
