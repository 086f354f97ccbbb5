"""How the chain rule is written, in plain text and in LaTeX.

∂ is for local derivatives, of a node with respect to one of its operands. The derivative of the
result has the name that it has in a program: `w.grad`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..language import say
from ..text import SUPERSCRIPTS, alone
from .numbers import ABOUT, JOINED, NEGATIVE, is_mark, marked

BACKSLASH = "\\"  # begins a number in LaTeX that is only about right


def bracketed(text: str) -> str:
    """A number as a later factor: a sign does not follow a sign."""
    if is_mark(text):
        return marked(text, NEGATIVE | ABOUT)
    return f"({text})" if text.startswith(("−", "≈")) else text


def latex_bracketed(text: str) -> str:
    """`bracketed` in LaTeX."""
    return rf"\left({text}\right)" if text.startswith(("-", r"\approx")) else text


def added(text: str) -> str:
    """A number as a later term: `+ 2`, `− 2`; in LaTeX, too."""
    if is_mark(text):
        return marked(text, JOINED | ABOUT)
    if text.startswith(("−", "-")):
        return f"{text[0]} {text[1:]}"
    return f"+ {latex_bracketed(text) if text.startswith(BACKSLASH) else bracketed(text)}"


def grad_of(name: str) -> str:
    """The derivative of the result with respect to what has this name: `w.grad`, `(x·w).grad`."""
    return f"{alone(name)}.grad"


def latex_grad_of(name: str, written: Callable[[str], str]) -> str:
    """`grad_of` in LaTeX, the name as `written` writes it."""
    return rf"{written(alone(name))}.\mathrm{{grad}}"


def product(goal: str, sign: str, local: str, known: str, partial: str, gradient: str) -> str:
    """The chain rule up to its result: `x.grad += ∂p/∂x · p.grad = 2 × 3 =`."""
    return f"{goal} {sign} {local} · {known} = {partial} × {bracketed(gradient)} ="


def aligned(rows: Sequence[str]) -> str:
    """Equations under one another, their signs aligned."""
    return r"\begin{aligned}" + "\n" + " \\\\\n".join(rows) + "\n" + r"\end{aligned}"


def stacked(rows: Sequence[str], alignment: str) -> str:
    """Rows of an array."""
    body = " \\\\\n".join(rows)
    return rf"\begin{{array}}{{{alignment}}}" + f"\n{body}\n" + r"\end{array}"


def huge(n: int) -> str:
    """A count, which may have thousands of digits: `12`, `1,024`, `about 1.6×10⁶⁰`."""
    if n < 10**9:
        return f"{n:,}"
    power = math.floor(math.log10(n))
    first = 10.0 ** (math.log10(n) - power)
    return say("about {number}", number=f"{first:.1f}×10{str(power).translate(SUPERSCRIPTS)}")
