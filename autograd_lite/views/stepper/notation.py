"""How the chain rule is written, in plain text and in LaTeX."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..text import SUPERSCRIPTS, latex_name

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def bracketed(text: str) -> str:
    """A number as a later factor: a sign does not follow a sign."""
    return f"({text})" if text.startswith("−") else text


def latex_bracketed(text: str) -> str:
    """`bracketed` in LaTeX."""
    return rf"\left({text}\right)" if text.startswith("-") else text


def added(text: str) -> str:
    """A number as a later term: `+ 2`, `− 2`; in LaTeX, too."""
    return f"{text[0]} {text[1:]}" if text.startswith(("−", "-")) else f"+ {text}"


def product(slope: str, sign: str, local: str, known: str, partial: str, gradient: str) -> str:
    """The chain rule in names and numbers, up to its result: `∂L/∂x = ∂p/∂x · ∂L/∂p = 2 × 3 =`."""
    return f"{slope} {sign} {local} · {known} = {partial} × {bracketed(gradient)} ="


def latex_slope(root: str, x: str) -> str:
    """∂root/∂x in LaTeX."""
    return rf"\frac{{\partial {latex_name(root)}}}{{\partial {latex_name(x)}}}"


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
    return f"about {first:.1f}×10{str(power).translate(SUPERSCRIPTS)}"
