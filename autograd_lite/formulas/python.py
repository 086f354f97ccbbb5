"""Formulas in Python, with the names of the primitives."""

from __future__ import annotations

from typing import Any

from ..primitive import Primitive
from .dialect import Dialect

BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "//": 2}  # `**` raises where a power gives nan


class PythonDialect(Dialect):
    """Python.

    Args:
        total: no operator that could raise on floats where its primitive gives inf or nan.
    """

    def __init__(self, total: bool = False) -> None:
        self.total = total

    def template(self, node: Any) -> str | None:
        sign = node.op.infix
        if sign not in BINDS:
            return "-#1" if node.op.operator == "neg" else None
        if self.total and sign in ("/", "%", "//"):
            divisor = node.args[1]
            if sign == "//" or hasattr(divisor, "op") or divisor == 0.0:
                return None
        return f"#1 {sign} #2"

    def binds(self, op: Primitive) -> int:
        return BINDS[op.infix] if op.infix else 3  # the sign: -(x // y) is not -x // y


PYTHON = PythonDialect()
TOTAL_PYTHON = PythonDialect(total=True)
