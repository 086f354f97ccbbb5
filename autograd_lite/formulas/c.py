"""Formulas in C: one expression, or straight-line code with what occurs twice computed once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ..primitive import Primitive
from .dialect import Dialect, fill, fold, number_text

COLUMNS = 100


class CDialect(Dialect):
    """C; every operation stands in parentheses, and a row without C text calls `al_name`."""

    def number(self, x: float) -> str:
        if x != x:
            return "NAN"
        text = number_text(x).replace("inf", "INFINITY")
        return f"({text})" if x < 0 else text

    def operation(self, node: Any, texts: list[str]) -> str:
        op = node.op
        if op == "where":
            return "({} ? {} : {})".format(*texts)
        if isinstance(op, str):
            return f"({texts[0]} {op} {texts[1]})"
        if op.c is None:
            return f"al_{op.name}({', '.join(texts)})"
        return f"({fill(op.c, lambda i, before, after: texts[i], len(texts))})"


C = CDialect()


class Syntax:
    """How C says what is around its expressions; a language with the same expressions differs.

    Attributes:
        counter: the type of the variable of a loop.
    """

    counter = "int"

    def constant(self, text: str) -> str:
        """`double x = 1.0` as a definition that stays."""
        return f"const {self.variable(text)}"

    def variable(self, text: str) -> str:
        """`double x = 1.0` as a definition."""
        return f"{text};"

    def function(self, kind: str, name: str, parameters: Sequence[str], lines: list[str]) -> str:
        """A static function. It mentions each of its parameters, lest a compiler warns."""
        names = [re.findall(r"\w+", parameter)[-1] for parameter in parameters]
        lines = [f"(void){x};" for x in names if not mentioned(x, lines)] + lines
        declared = ", ".join(parameters)
        if len(name) + len(declared) + 2 > COLUMNS:
            margin = ",\n" + " " * (len(name) + 1)
            declared = ", ".join(parameters[:4]) + margin + ", ".join(parameters[4:])
        return f"static {kind}\n{name}({declared})\n{{\n{body(lines)}}}\n"

    def place(self, slots: str, step: str, row: str) -> str:
        """Where in the list `slots` a row begins, as the value of a definition."""
        return f"{slots} + (size_t){row} * (size_t){step}"

    def slot(self, slots: str, place: str, i: str) -> str:
        """Entry i of the list from there on."""
        return f"{place}[{i}]"


SYNTAX = Syntax()


class Writer:
    """Straight-line C for several formulas: what occurs more than once is computed once.

    Attributes:
        lines: definitions of `const double`s, in order.
        helpers: the rows that the code calls as `al_name`, by name.
    """

    def __init__(self, syntax: Syntax = SYNTAX) -> None:
        self.syntax = syntax
        self.lines: list[str] = []
        self.helpers: dict[str, Primitive] = {}
        self._numbers: dict[Any, int] = {}  # formulas of equal structure have one number
        self._names: dict[int, str] = {}  # the variable that stands for a formula, by its number

    def define(self, name: str, tree: Any) -> None:
        """`const double name = tree;` after whatever the tree shares."""
        number, text = self._written(tree)
        self.lines.append(self.syntax.constant(f"double {name} = {text}"))
        self._names[number] = name

    def text(self, tree: Any) -> str:
        """The formula as C, with temporaries written for what it uses more than once."""
        return self._written(tree)[1]

    def _written(self, tree: Any) -> tuple[int, str]:
        parts: dict[int, tuple[Any, Sequence[int]]] = {}  # with their operands, which come first

        def number(node: Any, operands: Sequence[int] = ()) -> int:
            i = self._numbers.setdefault(_key(node, operands), len(self._numbers))
            parts[i] = node, operands
            return i

        root = fold(tree, number, number)
        uses = Counter(i for _, operands in parts.values() for i in operands)
        needed = {root}
        for i in reversed(parts):
            if i in needed and i not in self._names:
                needed.update(parts[i][1])
        texts: dict[int, str] = {}
        for i, (node, operands) in parts.items():
            if i in self._names:
                texts[i] = self._names[i]
            elif getattr(node, "op", None) is None:
                texts[i] = C.leaf(node)
            elif i in needed:
                texts[i] = self._operation(node, [texts[x] for x in operands])
                if uses[i] > 1 and not isinstance(node.op, str):
                    name = f"t{len(self._names)}"
                    self.lines.append(self.syntax.constant(f"double {name} = {texts[i]}"))
                    self._names[i] = texts[i] = name
        return root, texts[root]

    def _operation(self, node: Any, texts: list[str]) -> str:
        if isinstance(node.op, Primitive) and node.op.c is None:
            self.helpers[node.op.name] = node.op
        return C.operation(node, texts)


def _key(node: Any, operands: Sequence[int]) -> Any:
    """Equal for formulas of equal structure, whose operands have equal numbers."""
    op = getattr(node, "op", None)
    if op is None:
        return ("name", node.name) if hasattr(node, "name") else ("number", repr(float(node)))
    return (op if isinstance(op, str) else op.name, *operands)


def body(lines: Iterable[str]) -> str:
    """Lines of C as the body of a function."""
    return "".join(f"    {line}\n" for line in lines)


def mentioned(name: str, lines: Iterable[str]) -> bool:
    """Whether some C has this name in it."""
    return re.search(rf"\b{name}\b", " ".join(lines)) is not None
