"""What a row of the second file of the table is, and where rows are found by name."""

from __future__ import annotations

from .primitive import Primitive

TYPE_CHECKING = False
if TYPE_CHECKING:
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


SPECIAL: dict[str, Row] = {}  # the formulas, by name: those that a tape in C knows
FUNCTIONS: dict[str, Row] = {}  # the public ones
