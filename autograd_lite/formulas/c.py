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

    def __init__(self, syntax: Syntax = SYNTAX, prefix: str = "t") -> None:
        self.syntax, self.prefix = syntax, prefix
        self.lines: list[str] = []
        self.helpers: dict[str, Primitive] = {}
        self._numbers: dict[Any, int] = {}  # formulas of equal structure have one number
        self._names: dict[int, str] = {}  # the variable that stands for a formula, by its number
        self.loops = False  # whether some formula has one

    def define(self, name: str, tree: Any) -> None:
        """`const double name = tree;` after whatever the tree shares."""
        number, text = self._written(tree)
        self.lines.append(self.syntax.constant(f"double {name} = {text}"))
        self._names[number] = name

    def text(self, tree: Any) -> str:
        """The formula as C, with temporaries written for what it uses more than once."""
        return self._written(tree)[1]

    def _numbered(self, tree: Any) -> tuple[int, dict[int, tuple[Any, Sequence[int]]]]:
        """The number of a formula; by number its parts with their operands, which come first."""
        parts: dict[int, tuple[Any, Sequence[int]]] = {}

        def number(node: Any, operands: Sequence[int] = ()) -> int:
            i = self._numbers.setdefault(_key(node, operands), len(self._numbers))
            parts[i] = node, operands
            return i

        return fold(tree, number, number), parts

    def _written(self, tree: Any) -> tuple[int, str]:
        root, parts = self._numbered(tree)
        self.loops = self.loops or any(is_loop(node) for node, _ in parts.values())
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
            elif i in needed and is_loop(node):
                self._names[i] = texts[i] = self._loop(node.op, [texts[x] for x in operands])
            elif i in needed:
                texts[i] = self._operation(node, [texts[x] for x in operands])
                if uses[i] > 1 and self._is_named(node.op):
                    name = f"{self.prefix}{len(self._names)}"
                    self.lines.append(self.syntax.constant(f"double {name} = {texts[i]}"))
                    self._names[i] = texts[i] = name
        return root, texts[root]

    def _is_named(self, op: Any) -> bool:
        """Whether what occurs more than once is computed once. Of `where`s that costs branches, but
        where there are loops they choose operands of much."""
        return not isinstance(op, str) or (self.loops and op == "where")

    def _loop(self, op: Any, texts: list[str]) -> str:
        """Write a loop; its results are `name_0`, `name_1`, ... of the name that comes back."""
        name = f"s{len(self._names)}"
        count, variable, constant = len(op.state), self.syntax.variable, self.syntax.constant
        op.counter.name = f"{name}_k"
        inner = Writer(self.syntax, f"{name}_t")
        inner.loops, inner.helpers = True, self.helpers
        for invariant, text in zip(op.invariants, texts[count:]):
            if not text.isidentifier():
                named = f"{name}_c{len(self.lines)}"
                self.lines.append(constant(f"double {named} = {text}"))
                text = named
            inner._names[inner._numbered(invariant)[0]] = text
        for i, x in enumerate(op.state):
            x.name = f"{name}_{i}"
            self.lines.append(variable(f"double {x.name} = {texts[i]}"))
        goes_on = inner.text(op.going)
        inner.lines.append(constant(f"double {name}_on = ({goes_on} ? 1.0 : 0.0)"))
        for i, result in enumerate(op.results):
            inner.lines.append(constant(f"double {name}_next{i} = {inner.text(result)}"))
        self.lines += [
            variable(f"double {op.counter.name} = 0.0"),
            "for (;;) {",
            f"    {op.counter.name} += 1.0;",
            *(f"    {line}" for line in inner.lines),
            *(f"    {x.name} = {name}_next{i};" for i, x in enumerate(op.state)),
            f"    if (!({name}_on > 0.0)) {{",
            "        break;",
            "    }",
            f"    if ({op.counter.name} >= {C.number(op.most)}) {{",
            *(f"        {x.name} = NAN;" for x in op.state),
            "        break;",
            "    }",
            "}",
        ]
        return name

    def _operation(self, node: Any, texts: list[str]) -> str:
        if isinstance(node.op, str) and node.op.startswith("result "):
            return f"{texts[0]}_{node.op.split()[1]}"
        if isinstance(node.op, Primitive) and node.op.c is None:
            self.helpers[node.op.name] = node.op
        return C.operation(node, texts)


def is_loop(node: Any) -> bool:
    """Whether a formula is the operation `symbol.Loop`."""
    return hasattr(getattr(node, "op", None), "invariants")


def _key(node: Any, operands: Sequence[int]) -> Any:
    """Equal for formulas of equal structure, whose operands have equal numbers."""
    op = getattr(node, "op", None)
    if op is None:
        return ("name", node.name) if hasattr(node, "name") else ("number", repr(float(node)))
    return (op if isinstance(op, str) else id(op) if is_loop(node) else op.name, *operands)


def body(lines: Iterable[str]) -> str:
    """Lines of C as the body of a function."""
    return "".join(f"    {line}\n" for line in lines)


def mentioned(name: str, lines: Iterable[str]) -> bool:
    """Whether some C has this name in it."""
    return re.search(rf"\b{name}\b", " ".join(lines)) is not None
