"""Formulas in C: one expression, or straight-line code with what occurs twice computed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..primitive import Primitive
from .dialect import Dialect, fill, number_text


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


class Writer:
    """Straight-line C for several formulas: what occurs more than once is computed once.

    Attributes:
        lines: definitions of `const double`s, in order.
        helpers: the rows that the code calls as `al_name`, by name.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.helpers: dict[str, Primitive] = {}
        self._names: dict[Any, str] = {}  # the text that stands for a formula, by its key
        self._keys: dict[int, Any] = {}  # by id of a tree
        self._numbers: dict[Any, int] = {}  # a number for each key, so that keys stay short
        self._trees: list[Any] = []  # alive, so that ids stay unique

    def define(self, name: str, tree: Any) -> None:
        """`const double name = tree;` after whatever the tree shares."""
        text = self.text(tree)
        self.lines.append(f"const double {name} = {text};")
        self._names[self._key(tree)] = name

    def text(self, tree: Any) -> str:
        """The formula as C, with temporaries written for what it uses more than once."""
        uses = self._uses(tree)
        done: dict[int, str] = {}
        stack = [tree]
        while stack:
            node = stack[-1]
            if id(node) in done:
                stack.pop()
                continue
            known = self._names.get(self._key(node))
            if known is not None:
                done[id(node)] = known
            elif getattr(node, "op", None) is None:
                done[id(node)] = C.leaf(node)
            else:
                waiting = [x for x in node.args if id(x) not in done]
                if waiting:
                    stack += reversed(waiting)
                    continue
                done[id(node)] = text = self._operation(node, [done[id(x)] for x in node.args])
                shared = uses.get(self._key(node), 0) > 1 and not isinstance(node.op, str)
                if shared and node is not tree:
                    name = f"t{len(self._names)}"
                    self.lines.append(f"const double {name} = {text};")
                    self._names[self._key(node)] = done[id(node)] = name
            stack.pop()
        return done[id(tree)]

    def _operation(self, node: Any, texts: list[str]) -> str:
        if isinstance(node.op, Primitive) and node.op.c is None:
            self.helpers[node.op.name] = node.op
        return C.operation(node, texts)

    def _key(self, tree: Any) -> Any:
        """Equal for formulas of equal structure."""
        stack = [tree]
        while stack:
            node = stack[-1]
            if id(node) not in self._keys:
                args = getattr(node, "args", ())
                waiting = [x for x in args if id(x) not in self._keys]
                if waiting:
                    stack += waiting
                    continue
                self._trees.append(node)
                self._keys[id(node)] = self._key_of_known(node, args)
            stack.pop()
        return self._keys[id(tree)]

    def _key_of_known(self, node: Any, args: Sequence[Any]) -> Any:
        op = getattr(node, "op", None)
        if op is None:
            named = hasattr(node, "name")
            return ("name", node.name) if named else ("number", repr(float(node)))
        numbers = self._numbers
        parts = [numbers.setdefault(self._keys[id(x)], len(numbers)) for x in args]
        return (op if isinstance(op, str) else op.name, *parts)

    def _uses(self, tree: Any) -> dict[Any, int]:
        """How often each structure occurs as an operand in the tree."""
        uses: dict[Any, int] = {}
        seen: set[Any] = set()
        stack = [tree]
        while stack:
            node = stack.pop()
            key = self._key(node)
            if key in seen:
                continue
            seen.add(key)
            for x in getattr(node, "args", ()):
                uses[self._key(x)] = uses.get(self._key(x), 0) + 1
                stack.append(x)
        return uses


def body(lines: Iterable[str]) -> str:
    """Lines of C as the body of a function."""
    return "".join(f"    {line}\n" for line in lines)
