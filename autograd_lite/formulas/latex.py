"""Formulas in LaTeX, without dollar signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..primitive import Reduction
from .dialect import LOOSE, Dialect, fill

BEGIN, END = r"\begin{cases}", r"\end{cases}"


class LatexDialect(Dialect):
    """LaTeX."""

    signs = {"<=": r"\le", ">=": r"\ge"}
    parentheses = r"\left(", r"\right)"
    where_binds = LOOSE

    def number(self, x: float) -> str:
        if x != x:
            return r"\mathrm{nan}"
        mantissa, _, exponent = f"{x:g}".replace("inf", r"\infty").partition("e")
        if not exponent:
            return mantissa
        digits = rf"{mantissa} \cdot " if abs(float(mantissa)) != 1.0 else mantissa[:-1]
        return rf"{digits}10^{{{int(exponent)}}}"

    def name(self, name: str) -> str:
        return name if len(name) == 1 else r"\mathrm{%s}" % name.replace("_", r"\_")

    def template(self, node: Any) -> str | None:
        latex: str = node.op.latex
        return latex

    def operation(self, node: Any, texts: list[str]) -> str:
        if not isinstance(node.op, Reduction):
            return super().operation(node, texts)
        n = len(texts) // node.op.columns
        columns = [", ".join(texts[c * n : (c + 1) * n]) for c in range(node.op.columns)]
        return fill(node.op.latex, lambda i, before, after: columns[i], len(columns))

    def where(self, node: Any, texts: Sequence[str]) -> str:
        other = rf"{texts[2]} & \text{{else}}"
        if getattr(node.args[2], "op", None) == "where":  # one list of cases
            other = texts[2].removeprefix(BEGIN).removesuffix(END)
        return rf"{BEGIN}{texts[1]} & {texts[0]}\\{other}{END}"


LATEX = LatexDialect()
