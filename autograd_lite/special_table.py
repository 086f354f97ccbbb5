"""What a row of the second file of the table is, loops in its rule, and where rows are found by
name."""

from __future__ import annotations

from math import nan

from .primitive import Primitive, where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Row(Primitive):
    """A row of the second file."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.custom = False

    def __reduce__(self) -> Any:
        known = self is SPECIAL.get(self.name) or self is FUNCTIONS.get(self.name)
        return (_special_row, (self.name,)) if known else super().__reduce__()


def _special_row(name: str) -> Row:
    """The row called `name` (pickles of rows refer to it)."""
    from . import special_rows  # which fills the tables

    return special_rows.SPECIAL.get(name) or special_rows.FUNCTIONS[name]


SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SPECIAL: dict[str, Row] = {}  # the formulas, by name: those that a tape in C knows
FUNCTIONS: dict[str, Row] = {}  # the public ones


def raised(n: int) -> str:
    """An exponent or order in plain text; nothing for 1."""
    return "" if n == 1 else str(n).translate(SUPERSCRIPTS)


def derivative(plain: str, latex: str, *orders: int) -> dict[str, Any]:
    r"""How a derivative of a function is written, of these orders by its operands.

    >>> from autograd_lite.special_table import derivative
    >>> derivative("P(#1, #2)", r"P\left(#1, #2\right)", 2, 0)["plain"]
    '∂²P(#1, #2)/∂#1²'
    """
    name = plain.partition("(")[0]
    if not any(orders):
        return {"label": name, "latex": latex}
    order = sum(orders)
    by = [(i, n) for i, n in enumerate(orders, start=1) if n]
    below = "".join(f"∂#{i}{raised(n)}" for i, n in by)
    latex_below = " ".join(rf"\partial #{i}" + (f"^{{{n}}}" if n > 1 else "") for i, n in by)
    above = r"\partial" + (f"^{{{order}}}" if order > 1 else "")
    return {
        "label": f"∂{raised(order)}{name}",
        "plain": f"∂{raised(order)}{plain}/{below}",
        "latex": rf"\frac{{{above}}}{{{latex_below}}}{latex}",
        "binds": 2,
    }


def iterate(step: Callable[..., tuple[Any, ...]], *start: Any, most: int) -> Sequence[Any]:
    """What `step` makes of its own results, again and again, until it says that it is enough.

    In the rule of a row it is to a loop what `where` is to a branch: on floats it runs, on Symbols
    it becomes a loop of the language that is written.

    Args:
        step: `step(k, *results)`, with k = 1.0, 2.0, ..., gives whether to go on, and the next
            results.
        start: the first results.
        most: after so many steps that want to go on, the results are nan.

    >>> from autograd_lite.special_table import iterate
    >>> def newton(k, root, before):  # the square root of 2
    ...     return root != before, 0.5 * (root + 2.0 / root), root
    >>> iterate(newton, 1.0, 0.0, most=100)[0]
    1.414213562373095
    """
    results: Sequence[Any] = start
    for k in range(1, most + 1):
        going, *results = step(float(k), *results)
        if type(going) is not bool:
            return type(going)._iterate(step, start, most)  # type: ignore[no-any-return]
        if not going:
            return results
    return [nan] * len(start)


def branch(condition: Any, x: Callable[[], Any], y: Callable[[], Any]) -> Any:
    """`where(condition, x(), y())`, of which on floats only the branch that is taken is run."""
    if type(condition) is bool:
        return x() if condition else y()
    return where(condition, x(), y())
