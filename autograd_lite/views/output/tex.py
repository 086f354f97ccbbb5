r"""TeX: what every picture in TikZ shares: the file around it, its colours, and text made safe.

A file compiles by itself, with pdflatex and lualatex, and a document that loads tikz,
amsmath and amssymb may `\input` it. Colours and kinds of lines have names and styles, so that a
paper can give them its own. Text is escaped: whatever stands in a label, TeX only prints it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import groupby

from ..latex import ESCAPES, latex_name, latex_number
from ..text import shortened
from ..theme import ROLES

POINT = 0.7  # points to a pixel: type of 14 pixels is set in 10 points
FARTHEST = 22_000.0  # pixels; TeX knows no lengths above 16,384 points

NAMED = {  # signs that are a command in formulas
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "×": "times",
    "÷": "div", "±": "pm", "·": "cdot", "∂": "partial", "∑": "sum", "∏": "prod", "√": "surd",
    "∞": "infty", "≈": "approx", "≠": "neq", "≤": "leq", "≥": "geq", "→": "rightarrow",
    "←": "leftarrow", "▲": "blacktriangle", "▼": "blacktriangledown", "⌊": "lfloor", "⌋": "rfloor",
    "⌈": "lceil", "⌉": "rceil", "∇": "nabla", "∈": "in", "ℓ": "ell", "⊙": "odot", "⊕": "oplus",
    "′": "prime",
}  # fmt: skip
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ˣʸ°", [*"0123456789-+()xy", r"\circ"]))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
SIGNS = {
    **{sign: rf"\ensuremath{{\{name}}}" for sign, name in NAMED.items()},
    **{sign: rf"\ensuremath{{{{}}^{{{text}}}}}" for sign, text in RAISED.items()},
    **{sign: rf"\ensuremath{{{{}}_{{{text}}}}}" for sign, text in LOWERED.items()},
    "−": r"\ensuremath{-}", "…": r"\ldots{}", "″": r"\ensuremath{''}", "‴": r"\ensuremath{'''}",
    "\N{NO-BREAK SPACE}": "~", "–": "--", "—": "---", "‘": "`", "’": "'", "•": r"\textbullet{}",
    "“": "``", "”": "''", "†": r"\dag{}",
}  # fmt: skip
IN_NAMES = {**SIGNS, **{sign: rf"\ensuremath{{{sign}}}" for sign in "<>|"}}  # text or formula
ASCII = {**ESCAPES, "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''"}
LAST_LATIN = "\u024f"  # LaTeX knows these letters by itself; of others a font must be found
FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Zen Hei", "FandolSong", "DejaVu Sans",
)  # fmt: skip

ALONE = r"""\ifdefined\tikzpicture\let\agfinish\relax\else
\documentclass[border=6pt]{standalone}
\usepackage{amsmath,amssymb,tikz}
%s\def\agfinish{\end{document}}
\begin{document}
\fi%%
"""
SCRIPTS = r"""\usepackage{iftex}
\ifPDFTeX
\PackageError{autograd_lite}{The names in this picture need lualatex}{}
\else
\usepackage{fontspec}
\newcommand\agscript[1]{#1}
\newcommand\agtry[1]{\IfFontExistsTF{#1}{\newfontfamily\agface{#1}%%
  \renewcommand\agscript[1]{{\agface ##1}}\renewcommand\agtry[1]{}}{}}
%s
\fi
"""


def tex_words(text: str) -> str:
    r"""Plain text for TeX, outside of formulas.

    >>> print(tex_words(r"50% of \input{x} − 1"))
    50\% of \textbackslash{}input\{x\} \ensuremath{-} 1
    """
    return _letters("".join(SIGNS.get(sign) or ASCII.get(sign, sign) for sign in text))


def tex_name(name: str, literal: Collection[str] = ()) -> str:
    r"""A display name as a formula, as `latex_name` writes it, in signs that every TeX knows.

    Args:
        literal: names of which all signs are written.

    >>> print(tex_name("w1"), tex_name("λ·x"))
    $w_{1}$ $\ensuremath{\lambda} \cdot x$
    """
    formula = latex_name(name, literal)
    return f"${_letters(''.join(IN_NAMES.get(sign, sign) for sign in formula))}$"


def tex_number(x: float) -> str:
    """A number as a formula."""
    return f"${latex_number(x)}$"


def tex_factor(x: float) -> str:
    r"""A local derivative as a formula.

    >>> print(tex_factor(-0.5))
    ${\times}\,{-0.5}$
    """
    return rf"${{\times}}\,{{{latex_number(x)}}}$"


def tex_gradient(x: float) -> str:
    r"""A gradient as a formula, with the arrow that says where raising leads.

    >>> print(tex_gradient(-0.5), tex_gradient(0.0))
    $\blacktriangledown\,{-0.5}$ ${0}$
    """
    arrow = r"\blacktriangle\," if x > 0.0 else r"\blacktriangledown\," if x < 0.0 else ""
    return f"${arrow}{{{latex_number(x)}}}$"


def _letters(text: str) -> str:
    r"""`text` with letters that are not Latin in `\agscript`, which finds a font for them."""
    return "".join(
        rf"\agscript{{{''.join(some)}}}" if other else "".join(some)
        for other, some in groupby(text, lambda sign: sign > LAST_LATIN)
    )


def document(about: Iterable[str], styles: Iterable[str], lines: Iterable[str]) -> str:
    r"""The whole file.

    Args:
        about: lines of the comment on top.
        styles: of TikZ, as `ag line/.style={...}`.
        lines: of the picture, in pixels from its upper left corner; `ag-ink` and so on are colours.
    """
    body, used = "\n".join(lines), list(styles)
    drawn = "\n".join([*used, body])
    comment = "".join(f"% {shortened(line, 300)}\n" for line in about)
    fonts = SCRIPTS % "".join(rf"\agtry{{{font}}}" for font in FONTS)
    scripts = fonts if r"\agscript" in body else ""
    names = sorted(set(re.findall(r"\bag-([a-z-]+)", drawn)) & set(ROLES))
    colors = "".join(
        rf"\definecolor{{ag-{name}}}{{HTML}}{{{ROLES[name][0][1:].upper()}}}%" + "\n"
        for name in names
    )
    options = ",\n  ".join([f"x={POINT:g}pt, y=-{POINT:g}pt", *used])
    provided = "\\providecommand\\agscript[1]{#1}%\n" if scripts else ""
    return (
        f"{comment}{ALONE % scripts}{provided}{colors}"
        f"\\begin{{tikzpicture}}[{options}]\n{body}\n\\end{{tikzpicture}}%\n\\agfinish\n"
    )


def refuse_if_too_large(wide: float, high: float) -> None:
    """TeX cannot place what is farther away than its lengths reach."""
    if max(wide, high) > FARTHEST:
        raise ValueError(
            f"this picture is too large for TeX, {wide:,.0f} × {high:,.0f} units: save it as .pdf, "
            "or draw fewer cards, by level= or max_cards="
        )
