"""LaTeX: numbers and names for formulas, without dollar signs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

from .text import MARKS, TIGHT, binding, constant_digits, digits_of


def latex_number(x: float, digits: int = 3) -> str:
    r"""`number(x)` for a formula in LaTeX, without dollar signs.

    >>> from autograd_lite.views.latex import latex_number
    >>> print(latex_number(-2.5e-7))
    -2.5 \times 10^{-7}
    """
    about, sign, digit, power = digits_of(x, digits)
    sign = (r"\approx " if about else "") + sign
    digit = {"∞": r"\infty", "nan": r"\mathrm{nan}"}.get(digit, digit)
    return sign + (digit if power is None else rf"{digit} \times 10^{{{power}}}")


def latex_constant(x: float) -> str:
    """`constant(x)` in LaTeX."""
    return latex_number(x, constant_digits(x))


ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "-",
    **{sign: "\\" + sign for sign in "#$%&_{}"},
}
RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
WORD = rf"[^\W\d_{RAISED}]+"
PARTS = rf"({WORD})(?:_?(\d+)|_([^\W_]+)|\[(\d+)\])?"  # w, w1, w_1, w_in, w[1]
LATEX_SIGNS = {
    " + ": " + ", " − ": " - ", "−": "-", "·": r" \cdot ", "×": r" \times ", "/": " / ",
    "(": "(", ")": ")", ", ": ", ", "|": "|",
    **{mark: "'" * k for k, mark in enumerate(MARKS, 1)},
}  # fmt: skip
LOWERED = str.maketrans(RAISED, "-0123456789")
TOKEN = (
    rf"(?:⁽[{RAISED}]+⁾| [+−] |[−·×/()|{MARKS}]|, |[{RAISED}]+|\d+(?:\.\d+)?"
    rf"|{WORD}(?:_?\d+|_[^\W_]+|\[\d+\])?)"
)


def latex_name(name: str, literal: Collection[str] = ()) -> str:
    r"""A display name as LaTeX: letters in italics, digits below, anything else as text.

    Args:
        literal: names, also those in formulas, that are written with all their signs; see `alike`.

    >>> from autograd_lite.views.latex import latex_name
    >>> print(latex_name("w1"), latex_name("w[0]"), latex_name("loss"), latex_name("100%"))
    w_{1} w_{0} \mathrm{loss} \text{100\%}
    >>> print(latex_name("x·w + b"), latex_name("x²"), latex_name("w1″"))
    x \cdot w + b x^{2} w_{1}''
    >>> print(latex_name("w1·w_1", literal={"w_1"}))
    w_{1} \cdot \mathrm{w\_1}
    """
    mark = re.search(rf"(?:[{MARKS}]|⁽[{RAISED}]+⁾)$", name)
    if mark:
        return latex_name(name[: mark.start()], literal) + _latex_token(mark[0])
    if name.startswith("(") and binding(name) == TIGHT and name.endswith(")"):
        return f"({latex_name(name[1:-1], literal)})"
    tokens = _tokens(name)
    if not tokens:
        return latex_words(name)
    return "".join(_literal(x) if x in literal else _latex_token(x) for x in tokens)


def alike(names: Iterable[str]) -> frozenset[str]:
    """Those names, also in formulas, that would look in LaTeX as another one does.

    Of `w1`, `w[1]` and `w_1` the first that there is becomes a w with a 1 below.

    >>> from autograd_lite.views.latex import alike
    >>> sorted(alike(["w1", "w_1·x", "w[1]", "w_2", "b"]))
    ['w[1]', 'w_1']
    """
    written = defaultdict(set)
    for name in names:
        for token in _tokens(name):
            if re.fullmatch(PARTS, token):
                written[_latex_token(token)].add(token)
    several = (sorted(tokens, key=lambda x: ("_" in x, x)) for tokens in written.values())
    return frozenset(token for first, *others in several for token in others)


def _tokens(name: str) -> list[str]:
    """The names, signs and numbers of which a name consists; none if it is another text."""
    if re.fullmatch(PARTS, name):
        return [name]
    tokens = re.findall(TOKEN, name)
    signs = any(token in LATEX_SIGNS or token[0] in RAISED + "⁽" for token in tokens)
    return tokens if "".join(tokens) == name and signs else []


def _literal(token: str) -> str:
    """A name with all its signs."""
    if not token.isascii():
        return latex_words(token)
    return r"\mathrm{%s}" % "".join(ESCAPES.get(sign, sign) for sign in token)


def _latex_token(token: str) -> str:
    """A name, a sign or a number of a formula."""
    if token in LATEX_SIGNS:
        return LATEX_SIGNS[token]
    if token[0] == "⁽":
        return "^{(%s)}" % token[1:-1].translate(LOWERED)
    if token[0] in RAISED:
        return "^{%s}" % token.translate(LOWERED)
    parts = re.fullmatch(PARTS, token)
    if parts is None:
        return token
    stem, below = parts[1], parts[2] or parts[4] or parts[3]
    return _word(stem) + (f"_{{{below if below.isdigit() else _word(below)}}}" if below else "")


def _word(letters: str) -> str:
    if len(letters) == 1 and (letters.isascii() or "α" <= letters.lower() <= "ω"):
        return letters
    return r"\mathrm{%s}" % letters if letters.isascii() else latex_words(letters)


def latex_words(text: str) -> str:
    r"""Plain text for a formula in LaTeX, every sign that has a meaning there escaped."""
    return r"\text{%s}" % "".join(ESCAPES.get(sign, sign) for sign in text)
