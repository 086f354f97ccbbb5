"""How formulas are written for people: in names, in numbers, and in LaTeX.

A name may be a formula itself, as `x·w`, so a name, too, may need brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...formulas.latex import LatexDialect
from ...formulas.plain import PlainDialect
from ...formulas.symbol import Symbol
from ...primitive import Primitive
from ...primitives import TABLE
from ..latex import latex_constant
from ..rows import BY_HAND
from ..text import POWER, PRODUCT, SUM, TIGHT, binding, constant, shortened

ADD, SUB, NEG = TABLE["add"], TABLE["sub"], TABLE["neg"]


class ByHand(PlainDialect):
    """Formulas as one writes them by hand, on operands that may be formulas themselves."""

    times, over = "·", "/"

    def __init__(self, written: Callable[[Any], str]) -> None:
        self.written = written

    def leaf(self, x: Any) -> str:
        return self.written(x)

    def template(self, node: Any) -> str | None:
        template, op = super().template(node), node.op
        if op.name in BY_HAND:
            template = BY_HAND[op.name].plain
        if template is None and len(node.args) == 2 and _has_own_sign(op):
            template = f"#1 {op.label} #2"
        if template is not None and self.binds(op) == 2:
            template = template.replace(" · ", self.times).replace(" / ", self.over)
        return template

    def operation(self, node: Any, texts: list[str]) -> str:
        """No sign follows a sign: `a − 2`, `a − (−2)`, `−(−2)`."""
        op, last = node.op, len(texts) - 1
        if isinstance(op, Primitive) and texts[-1].startswith("−"):
            if op is ADD:
                return f"{texts[0]} − {texts[1][1:]}"
            if op in (SUB, NEG) and self.binding(node.args[last]) >= self.needed(op, last):
                texts = [*texts[:-1], f"({texts[-1]})"]
        return super().operation(node, texts)

    def binding(self, x: Any) -> int:
        if getattr(x, "op", None) is not None:
            return super().binding(x)
        text = self.leaf(x)
        if text.startswith(("−", "…")):  # a factor −2 comes first without brackets
            return TIGHT if text[0] == "…" else min(binding(text[1:]), PRODUCT)
        return binding(text)

    def binds(self, op: Primitive) -> int:
        if op.name in BY_HAND:
            return BY_HAND[op.name].binds
        return SUM if _has_own_sign(op) else super().binds(op)

    def needed(self, op: Primitive, i: int) -> int:
        """A sign before `b mod c` would be taken for that of the whole: `(−b) mod c`."""
        return POWER if op.infix == "%" or _has_own_sign(op) else super().needed(op, i)

    def call(self, op: Primitive, texts: Sequence[str]) -> str:
        label = op.label
        a_word = (label[0].isalpha() or label in "√∛") and not set("#(") & set(label)
        return f"{shortened(label, 40) if a_word else op.name}({', '.join(texts)})"

    def beside(self, before: str, after: str) -> int:
        if after.startswith(("^", "²")) or before.endswith("∂"):
            return 4
        return POWER if before.rstrip().endswith(("/", "·", "×")) else 0


class InNumbers(ByHand):
    """The same with a number for each name."""

    times, over = " × ", " / "


class InLatex(LatexDialect):
    """Formulas in LaTeX, in names that may be formulas themselves."""

    def beside(self, before: str, after: str) -> int:
        return 4 if before.endswith(r"\partial ") else super().beside(before, after)

    def binding(self, x: Any) -> int:
        if getattr(x, "op", None) is not None:
            return super().binding(x)
        text = _plain_leaf(x)
        return TIGHT if text.startswith("…") else binding(text)


def _has_own_sign(op: Primitive) -> bool:
    """Whether an operation without a formula has a sign that may stand between two operands."""
    label, marks = op.label, "√∛()|#_"
    if op.plain is not None or op.name in BY_HAND:
        return False
    return len(label) <= 3 and not any(c.isalnum() or c.isspace() or c in marks for c in label)


def _plain_leaf(x: Any) -> str:
    return x.name if isinstance(x, Symbol) else constant(x)


def latex_leaf(x: Any, written: Callable[[str], str]) -> str:
    """A constant, or a name as `written` writes it."""
    if not isinstance(x, Symbol):
        return latex_constant(x)
    return r"\cdots" if x.name.startswith("… (") else written(x.name)


PLAIN, LATEX = ByHand(_plain_leaf), InLatex()
