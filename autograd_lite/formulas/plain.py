"""Formulas as one writes them by hand: `1 − a²`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .dialect import Dialect

SUPERSCRIPTS = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class PlainDialect(Dialect):
    """Text for people."""

    signs = {"<=": "≤", ">=": "≥"}

    def number(self, x: float) -> str:
        return str(x)

    def template(self, node: Any) -> str | None:
        exponent = node.args[1] if node.op.infix == "**" else None
        if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) < 1e4:
            return "#1" + str(int(exponent)).translate(SUPERSCRIPTS)
        plain: str | None = node.op.plain
        return plain

    def where(self, node: Any, texts: Sequence[str]) -> str:
        return "({1} if {0} else {2})".format(*texts)


PLAIN = PlainDialect()
