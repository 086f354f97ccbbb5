"""Text: the names and numbers that every view shows, and how wide they are."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from .language import counted as counted
from .rows import SLOPES, row_of

# Numbers ------------------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("-−+0123456789", "⁻⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_DIGITS, MOST_WHOLE = 6, 1e6
MARKS = "′″‴⁗"  # tell the operands of one operation apart that are the same Value


@functools.lru_cache(maxsize=1 << 14)
def number(x: float, digits: int = 3) -> str:
    """A number as it is shown: short, with a true minus sign, and whole only if it is whole.

    Args:
        x: any float.
        digits: at most so many significant digits, but up to six where fewer would read as a whole
            number that it is not; where even these do, `≈` says so. Whole numbers up to a million
            are shown in full.

    >>> from autograd_lite.views.text import number
    >>> number(-0.65904), number(2.5e-7), number(-0.0), number(12345.0), number(float("inf"))
    ('−0.659', '2.5×10⁻⁷', '0', '12345', '∞')
    >>> number(0.99986), number(1.0001), number(0.99999999), number(1234.5)
    ('0.9999', '1.0001', '≈1', '1234.5')
    """
    about, sign, digit, power = digits_of(x, digits)
    sign = ("≈" if about else "") + ("−" if sign else "")
    return sign + (digit if power is None else f"{digit}×10{str(power).translate(SUPERSCRIPTS)}")


def equal(text: str) -> str:
    """An equation in numbers: what is only about right does not follow a sign of equality."""
    return text.replace("= ≈", "≈ ").replace(r"= \approx", r"\approx")


def constant(x: float) -> str:
    """A constant of a program: four digits, but all of them where these read as a whole number.

    >>> from autograd_lite.views.text import constant
    >>> constant(1 / 3), constant(1.00000001)
    ('0.3333', '1.00000001')
    """
    return number(x, constant_digits(x))


def constant_digits(x: float) -> int:
    """How many digits a constant is shown with."""
    if not digits_of(x, 4)[0]:
        return 4
    return len(repr(abs(x)).partition("e")[0].replace(".", "").strip("0"))


def in_full(x: float) -> str:
    """All the digits that tell this float from every other, with a true minus sign."""
    return repr(x).replace("-", "−")


def digits_of(x: float, digits: int) -> tuple[bool, str, str, int | None]:
    """What `number` writes: whether that is only about right, the sign, the digits, the power of
    ten (None for none).
    """
    if x != x:
        return False, "", "nan", None
    sign, x = "-" if x < 0.0 else "", abs(x)
    if x == math.inf:
        return False, sign, "∞", None
    if x <= MOST_WHOLE and x == int(x):
        return False, sign, str(int(x)), None
    most = max(digits, MOST_DIGITS)
    for shown in range(digits, most + 1):
        mantissa, _, exponent = f"{x:.{shown - 1}e}".partition("e")
        power: int | None = int(exponent)
        assert power is not None
        text = mantissa
        if -4 <= power < most:
            text = f"{float(f'{mantissa}e{exponent}'):.{max(shown - 1 - power, 0)}f}"
            power = None
        if "." in (text := _trimmed(text)):
            return False, sign, text, power
    return float(f"{text}e{power or 0}") != x, sign, text, power


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


# Names --------------------------------------------------------------------------------------------


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


def middle(text: str, limit: int) -> str:
    """A name on one line of at most `limit` characters; what is left out stood in its middle.

    >>> from autograd_lite.views.text import middle
    >>> middle("learning_rate_encoder_layer_2", 18)
    'learning_…_layer_2'
    """
    most = 4 * limit + 50
    if len(text) > 2 * most:  # what follows need not read a novel
        text = text[:most] + text[-most:]
    text = shortened(text, 2 * most)
    if len(text) <= limit:
        return text
    begin = limit // 2
    return f"{text[:begin]}…{text[len(text) - (limit - begin - 1) :]}"


# How tightly a text holds together in a formula, as in `formulas.dialect`.
LOOSE, SUM, PRODUCT, POWER, TIGHT = 0, 1, 2, 3, 10
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\|[^|]*\||⌊[^⌊⌋]*⌋|⌈[^⌈⌉]*⌉")


def binding(text: str) -> int:
    """How tightly a name or number holds together where it is an operand.

    >>> from autograd_lite.views.text import binding
    >>> [binding(text) for text in ("w1", "x·w + b", "x·w", "x²", "tanh(x + b)", "−2", "two words")]
    [10, 1, 2, 3, 10, 1, 1]
    """
    before = None
    while before != text:  # what stands in brackets holds together
        before, text = text, BRACKETS.sub("", text)
    if re.search(r"[\s+−≈<>=-]", text):
        return SUM
    if re.search(r"[·×*/÷%]", text):
        return PRODUCT
    return POWER if re.search(r"\^|[⁰¹²³⁴-⁹ˣʸ]$", text) else TIGHT


def alone(name: str) -> str:
    """A name to which something is joined: `w`, `(x·w)`.

    >>> from autograd_lite.views.text import alone
    >>> f"{alone('w')}.grad", f"{alone('x·w')}.grad"
    ('w.grad', '(x·w).grad')
    """
    return name if binding(name) == TIGHT else f"({name})"


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
    if op.name in SLOPES:
        return SLOPES[op.name].sign
    label = shortened(op.label, 40)
    numbers = {i: constant(x) for i, x in enumerate(args) if isinstance(x, float)}
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


# Widths -------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1 << 14)
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


@functools.lru_cache(maxsize=1 << 14)
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
