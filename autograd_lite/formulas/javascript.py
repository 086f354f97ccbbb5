"""Formulas in JavaScript: its expressions are C's, with the functions of C's math library in scope.

What is around them differs: no types, and a place in a list is a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .c import Syntax, body


class JavaScriptSyntax(Syntax):
    """How JavaScript says what is around C's expressions."""

    counter = "let"

    def constant(self, text: str) -> str:
        return f"const {untyped(text)};"

    def variable(self, text: str) -> str:
        return f"let {untyped(text)};"

    def function(self, kind: str, name: str, parameters: Sequence[str], lines: list[str]) -> str:
        return f"function {name}({', '.join(map(untyped, parameters))}) {{\n{body(lines)}}}\n"

    def place(self, slots: str, step: str, row: str) -> str:
        return f"{row} * {step}"

    def slot(self, slots: str, place: str, i: str) -> str:
        return f"{slots}[{place} + {i}]"


def untyped(text: str) -> str:
    """`const double *v` without its type.

    >>> untyped("const int *x_at"), untyped("double x = v[0]")
    ('x_at', 'x = v[0]')
    """
    return re.sub(r"^(const )?(double|int) \*?", "", text)


JAVASCRIPT = JavaScriptSyntax()
