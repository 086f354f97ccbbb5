"""Rows of the table as C functions, each after those that it calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..primitive import Primitive
from .c import C, Writer, body
from .symbol import Folds, Symbol, symbols

COLUMNS = 100


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

    def written(self, trees: Sequence[Any], lines: list[str], out: Any = None) -> list[str]:
        """Formulas in C; what they share is defined in `lines`, and before it `out`, if given.

        Where they call a row as `al_name`, that is written first, if it is not there yet.
        """
        writer = Writer()
        if out is not None:
            writer.define("out", out)
        texts = list(map(writer.text, trees))
        for row in writer.helpers.values():
            self._value(row)
        lines += writer.lines
        return texts

    def _value(self, row: Primitive) -> None:
        """`al_name(operands)`: the value of a row that has no C text of its own."""
        if row.name not in self._written:
            self._written.add(row.name)
            lines: list[str] = []
            [result] = self.written([row.evaluate(*symbols(row.operands))], lines)
            operands = [f"double {name}" for name in row.operands]
            lines.append(f"return {result};")
            self.parts.append(function("inline double", f"al_{row.name}", operands, lines))

    def passes(self, folds: Folds, count: int, loop: Callable[[list[str]], list[str]]) -> list[str]:
        """Loops over operands, for the first `count` folds; `loop` makes one of what is in it."""
        lines: list[str] = []
        for result, start, step in zip(folds.results[:count], folds.starts, folds.steps):
            inside: list[str] = []
            [text] = self.written([step], inside)
            lines.append(f"double {result.name} = {C.number(start)};")
            lines += loop([*inside, f"{result.name} = {text};"])
        return lines


def function(kind: str, name: str, parameters: Sequence[str], lines: Sequence[str]) -> str:
    """A static function of C. It mentions each of its parameters, lest a compiler warns."""
    names = [re.findall(r"\w+", parameter)[-1] for parameter in parameters]
    unused = [f"(void){x};" for x in names if not mentioned(x, lines)]
    declared = ", ".join(parameters)
    if len(name) + len(declared) + 2 > COLUMNS:
        margin = ",\n" + " " * (len(name) + 1)
        declared = ", ".join(parameters[:4]) + margin + ", ".join(parameters[4:])
    return f"static {kind}\n{name}({declared})\n{{\n{body([*unused, *lines])}}}\n"


def loop(head: str, lines: Sequence[str], variables: Mapping[str, str]) -> list[str]:
    """`lines` in a loop of C, after those of the `variables` that they mention."""
    inside = [*defined(variables, lines), *lines]
    return [f"for ({head}) {{", *(f"    {line}" for line in inside), "}"]


def defined(variables: Mapping[str, str], lines: Sequence[str]) -> list[str]:
    """The definitions of the variables that `lines` mention."""
    return [f"const {text};" for name, text in variables.items() if mentioned(name, lines)]


def mentioned(name: str, lines: Iterable[str]) -> bool:
    """Whether some C has this name in it."""
    return re.search(rf"\b{name}\b", " ".join(lines)) is not None
