"""Rows of the table as C functions, each after those that it calls."""

from __future__ import annotations

import re
from typing import Any

from ..primitive import Primitive
from .c import Writer, body
from .symbol import Symbol, symbols


def value_in_c(row: Primitive) -> Any:
    """The value of `row` as a formula for C: by its own C text or, without one, by its rule."""
    operands = symbols(row.operands)
    return Symbol._apply(row, operands) if row.c else row.evaluate(*operands)


class Functions:
    """The text of C functions, in order.

    Attributes:
        parts: the functions so far.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._written: set[str] = set()

    def need(self, writer: Writer) -> None:
        """Write what `writer` calls as `al_name`, where it is not written yet."""
        for row in writer.helpers.values():
            self.value(row)

    def value(self, row: Primitive) -> None:
        """`al_name(operands)`: the value of a row that has no C text of its own."""
        if row.name in self._written:
            return
        self._written.add(row.name)
        writer = Writer()
        result = writer.text(row.evaluate(*symbols(row.operands)))
        self.need(writer)
        operands = ", ".join(f"double {name}" for name in row.operands)
        text = " ".join([*writer.lines, result])
        unused = [f"(void){x};" for x in row.operands if not re.search(rf"\b{x}\b", text)]
        self.parts.append(
            f"static inline double\nal_{row.name}({operands})\n{{\n"
            f"{body([*unused, *writer.lines])}    return {result};\n}}\n"
        )
