"""Text: the names and numbers that every view shows, and how wide they are."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..primitive import describe, is_value
from ..words import counted as counted
from .rows import row_of

# Numbers ------------------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("-−+0123456789", "⁻⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")


@functools.lru_cache(maxsize=4096)
def number(x: float, digits: int = 3) -> str:
    """A number as it is shown: short, with a true minus sign, and never 0 unless it is 0.

    Args:
        x: any float.
        digits: at most so many significant digits; integers up to 99999 are shown whole.

    >>> from autograd_lite.views.text import number
    >>> number(-0.65904), number(2.5e-7), number(-0.0), number(12345.0), number(float("inf"))
    ('−0.659', '2.5×10⁻⁷', '0', '12345', '∞')
    """
    sign, digit, power = _shown(x, digits)
    sign = "−" if sign else ""
    return sign + (digit if power is None else f"{digit}×10{str(power).translate(SUPERSCRIPTS)}")


def latex_number(x: float, digits: int = 3) -> str:
    r"""`number(x)` for a formula in LaTeX, without dollar signs.

    >>> from autograd_lite.views.text import latex_number
    >>> print(latex_number(-2.5e-7))
    -2.5 \times 10^{-7}
    """
    sign, digit, power = _shown(x, digits)
    digit = {"∞": r"\infty", "nan": r"\mathrm{nan}"}.get(digit, digit)
    return sign + (digit if power is None else rf"{digit} \times 10^{{{power}}}")


def _shown(x: float, digits: int) -> tuple[str, str, int | None]:
    """The sign, the digits, and the power of ten they are to be multiplied by (None for none)."""
    if x != x:
        return "", "nan", None
    sign, x = "-" if x < 0.0 else "", abs(x)
    if x == math.inf:
        return sign, "∞", None
    if x <= 99999.0 and x == int(x):
        return sign, str(int(x)), None
    mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -4 <= power < max(digits, 3):
        text = f"{float(f'{mantissa}e{exponent}'):.{max(digits - 1 - power, 0)}f}"
        return sign, _trimmed(text), None
    return sign, _trimmed(mantissa), power


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


# Names --------------------------------------------------------------------------------------------

NO_NAMES = ("In", "Out")  # a notebook's own lists of what went in and came out


def names(nodes: Iterable[Any], name_from: Any = None, distinct: bool = False) -> dict[Any, str]:
    """The display name of each Value of a graph.

    It is the label; else the name of a variable in `name_from`, also as an entry of a list, tuple
    or dict (`w[0]`); else v0, v1, ... in the order of the nodes that have no other name.

    Args:
        nodes: Values in topological order.
        name_from: variables by name, as `locals()` gives them. The first in alphabetical order
            that is the node counts; those that begin with an underscore do not. Or a module, for
            the paths of its parameters.
        distinct: no two alike. Values that share a label have the name from `name_from` instead,
            or, from the second on, a number after the label: w, w_2, w_3.

    Raises:
        TypeError: name_from is no mapping and no module.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.text import names
    >>> w, x = [Value(2.0), Value(3.0)], Value(5.0, label="input")
    >>> y = w[0] * x + w[1]
    >>> list(names(topological_order(y), {"w": w, "y": y}).values())
    ['w[0]', 'input', 'v0', 'w[1]', 'y']
    """
    nodes = list(nodes)
    variables = _variables(name_from)
    named: dict[Any, str] = {}
    for node in nodes:
        label = "" if node.label is None else shortened(str(node.label), 40)
        named[node] = label or variables.get(id(node), "")
    if distinct:
        _make_distinct(named, variables)
    taken, count = set(named.values()), 0
    for node in nodes:
        if not named[node]:
            while f"v{count}" in taken:
                count += 1
            named[node] = f"v{count}"
            count += 1
    return named


def _make_distinct(named: dict[Any, str], variables: Mapping[int, str]) -> None:
    """Give other names to Values that share one."""
    times = Counter(named.values())
    for node, name in named.items():
        if times[name] > 1:
            named[node] = variables.get(id(node), name)
    taken = set(named.values())
    seen: Counter[str] = Counter()
    for node, name in named.items():
        seen[name] += 1
        if name and seen[name] > 1:
            while f"{name}_{seen[name]}" in taken:
                seen[name] += 1
            named[node] = f"{name}_{seen[name]}"


def _variables(name_from: Any) -> dict[int, str]:
    """The names by the identity of what they name, which is safe: `name_from` keeps it alive."""
    if name_from is None:
        return {}
    if hasattr(name_from, "named_parameters"):
        return {id(x): shortened(path, 40) for path, x in name_from.named_parameters()}
    if not isinstance(name_from, Mapping):
        raise TypeError(
            "name_from is a dict of variables, as locals() gives it, or a module; "
            f"got {describe(name_from)}"
        )
    variables = {
        name: name_from[name]
        for name in sorted(name for name in name_from if isinstance(name, str))
        if not name.startswith("_") and name not in NO_NAMES
    }
    names: dict[int, str] = {}
    for name, variable in variables.items():
        names.setdefault(id(variable), shortened(name, 40))
    for name, variable in variables.items():
        entries: Iterable[tuple[Any, Any]] = ()
        if type(variable) in (list, tuple):
            entries = enumerate(variable)
        elif type(variable) is dict:
            entries = variable.items()
        for key, entry in entries:
            if is_value(entry):
                names.setdefault(id(entry), shortened(f"{name}[{_written(key)}]", 40))
    return names


def _written(key: Any) -> str:
    """The key of a dict as a program has it."""
    try:
        return repr(key)
    except Exception:  # whatever a class of somebody else may raise
        return "…"


def shortened(text: str, limit: int) -> str:
    r"""`text` on one line of at most `limit` characters, safe to show anywhere.

    Control characters and line breaks become a space, marks that turn the direction of writing go,
    and what is no character (a lone surrogate) becomes `\ufffd`.

    >>> from autograd_lite.views.text import shortened
    >>> shortened("a long label\nof two lines", 14)
    'a long label …'
    """
    if len(text) <= limit and text.isprintable() and text == text.strip():
        return text  # as nearly always
    if len(text) > 8 * limit + 100:  # what follows need not read a novel
        text = text[: 8 * limit + 100]
    text = re.sub(r"\s*[\x00-\x1f\x7f-\x9f\u2028\u2029]+\s*", " ", text)
    text = re.sub(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)
    text = re.sub(r"[\ud800-\udfff\ufffe\uffff]", "\ufffd", text).strip()
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


# Operations ---------------------------------------------------------------------------------------


def operation_text(node: Any) -> str:
    """The operation of `node` with its constant operands: `tanh`, `x²`, `1 −`, `× 0.5`.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.text import operation_text
    >>> x = Value(3.0)
    >>> operation_text(x**2), operation_text(1 - x), operation_text(x.clip(-1, 1))
    ('x²', '1 −', 'clip −1…1')
    """
    op, args = node.op, node.args
    label = shortened(op.label, 40)
    numbers = {i: number(x, 4) for i, x in enumerate(args) if isinstance(x, float)}
    if row_of(op).infix == "**":
        return _power_text(numbers)
    if "#" in label:
        return re.sub(r"#(\d)", lambda match: numbers.get(int(match[1]) - 1, ""), label)
    if not numbers or len(args) != 2 or getattr(op, "columns", 1) > 1:
        return label
    return f"{numbers[0]} {label}" if 0 in numbers else f"{label} {numbers[1]}"


def _power_text(numbers: Mapping[int, str]) -> str:
    base, exponent = numbers.get(0, "x"), numbers.get(1, "ʸ" if 0 not in numbers else "ˣ")
    if base.startswith("−"):
        base = f"({base})"
    if re.fullmatch(r"−?\d+|[ˣʸ]", exponent):
        return base + exponent.translate(SUPERSCRIPTS)
    return f"{base}^{exponent}"


# LaTeX --------------------------------------------------------------------------------------------

ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "-",
    **{sign: "\\" + sign for sign in "#$%&_{}"},
}
PARTS = r"([^\W\d_]+)(?:_?(\d+)|_([^\W_]+)|\[(\d+)\])?"  # w, w1, w_1, w_in, w[1]


def latex_name(name: str) -> str:
    r"""A display name as LaTeX: letters in italics, digits below, anything else as text.

    >>> from autograd_lite.views.text import latex_name
    >>> print(latex_name("w1"), latex_name("w[0]"), latex_name("loss"), latex_name("100%"))
    w_{1} w_{0} \mathrm{loss} \text{100\%}
    """
    parts = re.fullmatch(PARTS, name)
    if parts is None:
        return latex_words(name)
    stem, below = parts[1], parts[2] or parts[4] or parts[3]
    return _word(stem) + (f"_{{{below if below.isdigit() else _word(below)}}}" if below else "")


def _word(letters: str) -> str:
    if len(letters) == 1 and (letters.isascii() or "α" <= letters.lower() <= "ω"):
        return letters
    return r"\mathrm{%s}" % letters if letters.isascii() else latex_words(letters)


def latex_words(text: str) -> str:
    r"""Plain text for a formula in LaTeX, every sign that has a meaning there escaped."""
    return r"\text{%s}" % "".join(ESCAPES.get(sign, sign) for sign in text)


# Widths -------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float = 13.0, bold: bool = False) -> float:
    """How many pixels `text` takes at most in the usual sans-serif fonts.

    Nobody knows which font a reader has. DejaVu Sans is the widest of the usual ones, so what fits
    by its measures fits by all.

    Args:
        size: of the font, in pixels.

    >>> from autograd_lite.views.text import text_width
    >>> text_width("w1") < text_width("w1", bold=True) < text_width("w10")
    True
    """
    return sum(_advance(sign, bold) for sign in text) * size / 100.0


def terminal_width(text: str) -> int:
    """How many columns `text` takes in a terminal.

    >>> from autograd_lite.views.text import terminal_width
    >>> terminal_width("w1"), terminal_width("重み")
    (2, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(sign) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )


@functools.lru_cache(maxsize=4096)
def _advance(sign: str, bold: bool) -> int:
    """The width of one character in hundredths of an em."""
    known = _advances(bold).get(sign)
    if known is not None:
        return known
    base = unicodedata.normalize("NFD", sign)[0]  # é is as wide as e
    if base != sign:
        return _advance(base, bold)
    if unicodedata.category(sign) in ("Mn", "Me", "Cf", "Cc"):  # accents, joiners
        return 0
    if ord(sign) >= 0x1F000 or "\u2600" <= sign <= "\u27bf":
        return 130
    if unicodedata.east_asian_width(sign) in "WF":
        return 100
    return 100 if bold else 90


@functools.cache
def _advances(bold: bool) -> dict[str, int]:
    return dict(zip(SIGNS, map(int, (BOLD if bold else REGULAR).split())))


# Advance widths of SIGNS in DejaVu Sans and DejaVu Sans Bold, in hundredths of an em, rounded up.
SIGNS = "".join(map(chr, range(32, 127))) + (
    "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
    "−×÷·±∂∑∏√∛∞≈≠≤≥…→←▲▼°²³¹⁰⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ˣʸ₀₁₂₃₄₅₆₇₈₉⌊"
    "⌋⌈⌉–—‘’“”•†′″∇∈ℓ"
)
REGULAR = """
32 41 46 84 64 96 78 28 40 40 50 84 32 37 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 54
100 69 69 70 78 64 58 78 76 30 30 66 56 87 75 79 61 79 70 64 62 74 69 99 69 62 69 40 34 40 84 50
50 62 64 55 64 62 36 64 64 28 28 58 28 98 64 62 64 64 42 53 40 64 60 82 60 60 53 64 34 64 84 66 64
60 62 55 55 64 62 34 59 60 64 56 56 61 64 64 61 58 66 58 66 84 56 69 79 69 64 76 64 79 79 77 84 84
84 32 84 52 68 76 64 64 84 84 84 84 84 100 84 84 77 77 50 41 41 41 41 41 41 41 41 41 41 53 53 25
25 45 38 41 41 41 41 41 41 41 41 41 41 40 40 40 40 50 100 32 32 52 52 59 50 23 38 67 88 42
"""
BOLD = """
35 46 53 84 70 101 88 31 46 46 53 84 38 42 38 37 70 70 70 70 70 70 70 70 70 70 40 40 84 84 84 59
100 78 77 74 84 69 69 83 84 38 38 78 64 100 84 86 74 86 78 73 69 82 78 111 78 73 73 46 37 46 84 50
50 68 72 60 72 68 44 72 72 35 35 67 35 105 72 69 72 72 50 60 48 72 66 93 65 66 59 72 37 72 84 69
72 69 69 56 60 72 69 39 72 64 74 69 60 80 72 78 64 68 79 65 80 87 64 78 86 78 64 84 69 86 85 86 84
84 84 38 84 55 72 79 67 67 84 84 84 84 84 100 84 84 77 77 50 44 44 44 44 44 44 44 44 44 44 53 53
29 29 42 42 44 44 44 44 44 44 44 44 44 44 46 46 46 46 50 100 38 38 66 66 64 50 27 45 70 90 48
"""
