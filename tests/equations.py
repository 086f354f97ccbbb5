"""Equations as the views print them, read back: for tests that evaluate every one of them."""

from __future__ import annotations

import math
import re

from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE

RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
MARKS = "′″‴⁗"
MARK = rf"[{MARKS}]|⁽[⁰¹²³⁴⁵⁶⁷⁸⁹]+⁾"  # of a repeated operand
NUMBER = r"(?:≈−?)?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
LABELS = {row.label: row for row in TABLE.values() if row.label[0].isalpha() or row.label in "√∛"}
FUNCTIONS = {row.name: row for row in TABLE.values() if row.name != "mod"} | LABELS  # x mod y


def number_shown(text):
    """The number that a text shows, and by how much the true one may differ from it.

    What reads as a whole number is exactly that.
    """
    about = text.startswith("≈")
    plain = text.lstrip("≈").replace("−", "-")
    if plain.lstrip("-") in ("∞", "nan"):
        return float(plain.replace("∞", "inf")), 0.0
    mantissa, _, power = plain.partition("×10")
    scale = 10.0 ** int(power.translate(RAISED)) if power else 1.0
    value = float(f"{mantissa}e{int(power.translate(RAISED))}" if power else mantissa)
    if about:
        digits = 5 - math.floor(math.log10(abs(value)))  # six are shown at most
        return value, 0.5 * 10.0**-digits
    if "." not in mantissa:
        return value, 0.0
    return value, 0.5001 * scale * 10.0 ** -len(mantissa.partition(".")[2])


def shows(text, x):
    """Whether a text shows the number x."""
    value, slack = number_shown(text)
    return value == x or (value != value and x != x) or abs(value - x) <= slack


def operand_number(mark):
    """Which of several operands a mark means, from 0."""
    return MARKS.index(mark) if mark in MARKS else int(mark[1:-1].translate(RAISED)) - 1


class Reader:
    """Evaluates formulas in these names: a dict from names to numbers."""

    def __init__(self, names):
        self.names = names
        words = sorted([*names, *FUNCTIONS], key=len, reverse=True)
        words = "|".join(re.escape(word) + r"(?![a-zA-Z0-9_\[]|\.\w)" for word in words if word)
        self.token = re.compile(
            rf"\s*(?:(?P<name>{words})|(?P<mark>{MARK})|(?P<number>{NUMBER})"
            r"|(?P<raised>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<sign>∞|nan|mod|[-+−·×/^(),|⌊⌋⌈⌉]))"
        )

    def value(self, text, moved=None):
        """What a formula comes to.

        Args:
            text: the formula.
            moved: the place of a number in it, and by how much to move that.
        """
        self.tokens, place = [], 0
        while place < len(text.rstrip()):
            match = self.token.match(text, place)
            assert match, f"{text[place:]!r} in {text!r}"
            place = match.end()
            kind = match.lastgroup
            if kind != "mark":
                self.tokens.append((kind, match[kind]))
        self.tokens.append(("end", ""))
        self.at, self.literals, self.moved = 0, [], moved
        value = self._sum()
        assert self._next()[0] == "end", text
        return value

    def agrees(self, text, x):
        """Whether a formula comes to x, but for the rounding of the numbers in it."""
        value = self.value(text)
        if value == x or (value != value and x != x):
            return True
        slack = 1e-9 * max(abs(x), abs(value), 1e-12)
        for k, half in enumerate(self.literals[:]):
            moves = [abs(self.value(text, (k, sign * half)) - value) for sign in (1, -1)]
            slack += 1.5 * max(moves)
        return abs(value - x) <= slack

    def _next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, *signs):
        if self.tokens[self.at][1] in signs and self.tokens[self.at][0] == "sign":
            return self._next()[1]
        return None

    def _sum(self):
        value = self._product()
        while sign := self._take("+", "−"):
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self):
        value = self._signed()
        while sign := self._take("·", "×", "/", "mod"):
            other = self._signed()
            row = TABLE[{"·": "mul", "×": "mul", "/": "div", "mod": "mod"}[sign]]
            value = row(value, other)
        return value

    def _signed(self):
        return -self._signed() if self._take("−") else self._power()

    def _power(self):
        value = self._atom()
        while True:
            if self.tokens[self.at][0] == "raised":
                value = TABLE["pow"](value, float(self._next()[1].translate(RAISED)))
            elif self._take("^"):
                return TABLE["pow"](value, self._signed())
            else:
                return value

    def _atom(self):
        kind, text = self._next()
        if kind == "number":
            value, half = number_shown(text)
            if self.moved and self.moved[0] == len(self.literals):
                value += self.moved[1]
            self.literals.append(half)
            return value
        if text in ("∞", "nan"):
            return math.inf if text == "∞" else math.nan
        closing = {"(": ")", "|": "|", "⌊": "⌋", "⌈": "⌉"}.get(text)
        if closing:
            value = self._sum()
            assert self._take(closing), closing
            return {"(": float, "|": abs, "⌊": TABLE["floor"], "⌈": TABLE["ceil"]}[text](value)
        if text in self.names and not (text in FUNCTIONS and self.tokens[self.at][1] == "("):
            return self.names[text]
        assert self._take("("), text
        operands = [self._sum()]
        while self._take(","):
            operands.append(self._sum())
        assert self._take(")"), text
        row = FUNCTIONS[text]
        return row(operands) if isinstance(row, Reduction) else row(*operands)


# LaTeX --------------------------------------------------------------------------------------------

LATEX_WORDS = {
    r"\ln\textstyle\sum\exp": "logsumexp", r"\ln": "log", r"\sigma": "sigmoid", r"\approx ": "≈",
    r"\infty": "∞", r"\mathrm{nan}": "nan", r"\left": "", r"\right": "", r"\cdot": "·",
    r"\times": "×", r"\bmod": "mod", r"\,": " ",
}  # fmt: skip


def braced(text, at):
    """What stands in the braces that open at `at`, and where they are closed."""
    depth = 0
    for end in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if not depth:
            return text[at + 1 : end], end + 1
    raise AssertionError(text)


def read_latex(text, names):
    """A formula in LaTeX as plain text; `names` are the names by their LaTeX."""
    known = sorted(names, key=len, reverse=True)
    for k, name in enumerate(known):
        edge = r"(?![a-zA-Z])" if name[-1].isalpha() else ""
        start = r"(?<![a-zA-Z\\])" if name[0].isalpha() else ""
        text = re.sub(start + re.escape(name) + edge, f"⟦{k}⟧", text)
    lowered = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    powers = r"(\d) \\times 10\^\{(-?\d+)\}"
    text = re.sub(powers, lambda match: f"{match[1]}×10{match[2].translate(lowered)}", text)
    while r"\frac{" in text:
        at = text.index(r"\frac{")
        above, between = braced(text, at + 5)
        below, end = braced(text, between)
        text = f"{text[:at]}(({above})/({below})){text[end:]}"
    for command, function in ((r"\sqrt{", "√("), (r"e^{", "exp("), ("^{", "^("), ("|{", "|(")):
        while command in text:
            at = text.index(command)
            inside, end = braced(text, at + len(command) - 1)
            text = f"{text[:at]}{function}{inside}){text[end:]}"
    for command, sign in LATEX_WORDS.items():
        text = text.replace(command, sign)
    text = re.sub(r"\^\(\(\d+\)\)", "", text)  # a mark, as those that follow
    text = text.replace(" \\ln^(1)", "·log").replace(" log^(1)", "·log")
    text = text.replace(r"\_", "_").replace("-", "−").replace("'", "")
    text = re.sub(r"\\(?:operatorname|mathrm)\{(\w+)\}", r"\1", text)
    text = re.sub(r"\\([a-z]+)", r"\1", text)
    return re.sub(r"⟦(\d+)⟧", lambda match: names[known[int(match[1])]], text)
