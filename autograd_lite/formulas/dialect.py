"""How a formula is written: one loop for every language, and what a language says of itself.

A formula is a tree: a number, a name, or an operation on trees; see `symbol`. A `Dialect` says how
a language writes these, and where an operand needs parentheses. A new language is a subclass.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..primitive import Primitive

Result = TypeVar("Result")

TIGHT = 10  # binds tighter than any operator: a name, a call, whatever stands in brackets
LOOSE = 0  # a comparison
OPENING = ("{", "(", ", ", "|", "⌊", "⌈")  # between these and those an operand stands alone
CLOSING = ("}", ")", ",", r"\right)", "|", "⌋", "⌉")


def fold(
    root: Any,
    operation: Callable[[Any, list[Result]], Result],
    leaf: Callable[[Any], Result],
) -> Result:
    """`operation(node, results of its operands)` from the leaves of a formula up to its root.

    Operands from left to right. No recursion, so any depth will do.
    """
    results: dict[int, Result] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if getattr(node, "op", None) is None:
            results[id(node)] = leaf(node)
            stack.pop()
            continue
        waiting = [x for x in node.args if id(x) not in results]
        if waiting:
            stack += reversed(waiting)
        else:
            results[id(node)] = operation(node, [results[id(x)] for x in node.args])
            stack.pop()
    return results[id(root)]


def fill(template: str, operand: Callable[[int, str, str], str], count: int) -> str:
    """`template` with `operand(i, text before it, text after it)` for #1, #2, ...

    A number beyond `count` stays: it stands in a formula of the user's own.
    """

    def text(match: re.Match[str]) -> str:
        i = int(match[1]) - 1
        if not 0 <= i < count:
            return match[0]
        return operand(i, template[: match.start()], template[match.end() :])

    return re.sub(r"#(\d)", text, template)


def number_text(x: Any) -> str:
    """A number that reads back as the same float, in Python and, but for inf and nan, in C."""
    return repr(float(x)) if math.isfinite(x) else str(float(x))


class Dialect:
    """A language for formulas, with the rules that most of them share.

    Attributes:
        signs: how comparisons are written, where not as in Python.
        parentheses: what goes around an operand that binds too loosely.
        where_binds: how tightly a `where` binds.
    """

    signs: dict[str, str] = {}
    parentheses = "(", ")"
    where_binds = TIGHT

    def text(self, tree: Any, leaf: Callable[[Any], str] | None = None) -> str:
        """The formula; `leaf` writes its names and numbers if they are to look otherwise."""
        return fold(tree, self.operation, leaf or self.leaf)

    def leaf(self, x: Any) -> str:
        """A name or a number."""
        return self.name(x.name) if hasattr(x, "name") else self.number(x)

    def operation(self, node: Any, texts: list[str]) -> str:
        """An operation on operands that are written already."""
        if node.op == "where":
            return self.where(node, texts)
        if isinstance(node.op, str):
            return f"{texts[0]} {self.signs.get(node.op, node.op)} {texts[1]}"
        template = self.template(node)
        if template is None:
            return self.call(node.op, texts)

        def operand(i: int, before: str, after: str) -> str:
            if before.endswith(OPENING) and after.startswith(CLOSING):
                return texts[i]
            needed = max(self.needed(node.op, i), self.beside(before, after))
            enough = self.binding(node.args[i]) >= needed
            return texts[i] if enough else texts[i].join(self.parentheses)

        return fill(template, operand, len(texts))

    def binding(self, x: Any) -> int:
        """How tightly a name, a number or an operation holds together."""
        if not hasattr(x, "op"):
            return TIGHT if x >= 0 else 1
        if not isinstance(x.op, Primitive):
            return TIGHT if x.op is None else self.where_binds if x.op == "where" else LOOSE
        return TIGHT if self.template(x) is None else self.binds(x.op)

    def beside(self, before: str, after: str) -> int:
        """How tightly an operand must bind at least between these parts of a template."""
        return 4 if after.startswith("^") else 0

    def needed(self, op: Primitive, i: int) -> int:
        """How tightly operand `i` must bind to go without parentheses."""
        binds = self.binds(op) if self.binds(op) <= 3 else 2
        return binds + (i > 0 or binds == 3)

    # What differs from language to language

    def number(self, x: float) -> str:
        return number_text(x)

    def name(self, name: str) -> str:
        return name

    def binds(self, op: Primitive) -> int:
        """How tightly an operation with a template binds."""
        return op.binds

    def template(self, node: Any) -> str | None:
        """An operation with #1, #2 for its operands; None if it is a call."""
        raise NotImplementedError

    def call(self, op: Primitive, texts: Sequence[str]) -> str:
        return f"{op.name}({', '.join(texts)})"

    def where(self, node: Any, texts: Sequence[str]) -> str:
        """`where(condition, x, y)`."""
        return f"where({', '.join(texts)})"
