"""How numbers get into the words of a step: as text for people, or as marks for a page.

A page computes its numbers anew when a reader changes a leaf, so its words have marks in place of
numbers, which `js/numbers.js` replaces. A mark stands between two DEL characters, which no name has
(`text.shortened` removes control characters): a letter that says which number, a place, and how it
is written if not simply so.

    v  the number of the Value at a place of the order
    s, f  its gradient when the run is over; of a leaf, to the last recorded digit
    p, g, c, b, a  of the use of an operand at a place of all: the local derivative, the gradient
       that comes in, their product, what the operand had before and what it has afterwards
    m, t, r  of several uses at once, listed in the payload: the size of their products, their sum,
       the size with the sign of the sum

After the place there may be `:` and a number whose bits say where brackets are: 1 around a negative
number, 2 around one with a power of ten, 4 around one that is about right; 8 that the sign joins it
to what stands before, `− 2` and `+ 2`. Or `!`: with all digits, or nothing if those say no more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from ...ieee import fsum
from ..formula.by_hand import InNumbers
from ..formula.writer import FormulaWriter
from ..graph.summary import rms
from ..language import say
from ..text import constant, in_full, number
from .cases import cases, recorded
from .runs import ChainStep, Run

MARK = "\x7f"
NEGATIVE, POWER, ABOUT, JOINED = 1, 2, 4, 8  # see above


def is_mark(text: str) -> bool:
    return text.startswith(MARK)


def marked(text: str, form: int) -> str:
    """A mark with another form."""
    return f"{text[:-1]}:{form}{MARK}" if form else text


class InText:
    """Numbers as text, for people."""

    def value(self, node: Any) -> str:
        return number(node._data)

    def data(self, node: Any) -> Any:
        """The number itself, or a mark for it; so are the next ones."""
        return node._data

    def exactly(self, use: ChainStep, what: str) -> Any:
        return 0.0 + getattr(use, what)  # no -0.0, as in `.grad`

    def at_end(self, run: Run, node: Any) -> Any:
        return run.gradients.get(node, 0.0)

    def signed_size(self, uses: Sequence[ChainStep]) -> Any:
        """Of the products of several uses the root mean square, with the sign of their sum."""
        products = [use.contribution for use in uses]
        return math.copysign(rms(products), sum(products))

    def formula(self, node: Any, writer: FormulaWriter) -> str:
        """What a node computes, in numbers."""
        return writer.numbers(node)

    def undefined(self, use: ChainStep) -> str | None:
        """What to say of a product that is nan and whose factors are not."""
        numbers = use.contribution, use.partial, use.gradient
        return (
            say("∞ × 0 is not a number")
            if [x != x for x in numbers] == [True, False, False]
            else None
        )

    def rule(self, node: Any, operand: int, writer: FormulaWriter) -> Any:
        """Why a local derivative is what it is; for a page, all that it may be."""
        return writer.rule(node, operand)

    def of_use(self, use: ChainStep, what: str) -> str:
        """The `partial`, `gradient`, `contribution`, `before` or `after` of a use."""
        return number(getattr(use, what))

    def gradient(self, run: Run, node: Any) -> str:
        """The gradient of a node when the run is over."""
        return number(run.gradients.get(node, 0.0))

    def in_full(self, run: Run, node: Any) -> str:
        """The same with all digits; "" where these say no more."""
        gradient = run.gradients.get(node, 0.0)
        text = in_full(gradient)
        same = text.removesuffix(".0") == number(gradient)
        return text if math.isfinite(gradient) and not same else ""

    def size(self, uses: Sequence[ChainStep]) -> str:
        """The root mean square of the products of several uses."""
        return number(rms([use.contribution for use in uses]))

    def total(self, uses: Sequence[ChainStep]) -> str:
        """The sum of the products of several uses."""
        return number(fsum(use.contribution for use in uses))


class InMarks(InText):
    """Marks in place of numbers, for a page.

    Attributes:
        place: of each Value.
        starts: for each Value the place of its first use of an operand.
        lists: the places of the uses that are told of together.
        fixed: whether the numbers stay as they are recorded.
    """

    def __init__(self, order: Sequence[Any], fixed: bool = False) -> None:
        self.fixed = fixed
        self.place: dict[Any, int] = {node: i for i, node in enumerate(order)}
        counts = accumulate((len(node.parents) for node in order), initial=0)
        self.starts: dict[Any, int] = dict(zip(order, counts))
        self.lists: list[list[int]] = []

    def value(self, node: Any) -> str:
        return f"{MARK}v{self.place[node]}{MARK}"

    data = value

    def exactly(self, use: ChainStep, what: str) -> str:
        return self.of_use(use, what)

    def at_end(self, run: Run, node: Any) -> str:
        return self.gradient(run, node)

    def formula(self, node: Any, writer: FormulaWriter) -> str:
        names = {writer.names[x]: self.value(x) for x in node.parents}
        return formula_in_marks(writer.value(node).tree, names)

    def use(self, use: ChainStep) -> int:
        """The place of a use."""
        return self.starts[use.node] + use.operand

    def of_use(self, use: ChainStep, what: str) -> str:
        return f"{MARK}{what[0]}{self.use(use)}{MARK}"

    def gradient(self, run: Run, node: Any) -> str:
        return f"{MARK}s{self.place[node]}{MARK}"

    def in_full(self, run: Run, node: Any) -> str:
        return f"{MARK}f{self.place[node]}!{MARK}"

    def size(self, uses: Sequence[ChainStep]) -> str:
        return self._of_all("m", uses)

    def total(self, uses: Sequence[ChainStep]) -> str:
        return self._of_all("t", uses)

    def signed_size(self, uses: Sequence[ChainStep]) -> str:
        return self._of_all("r", uses)

    def undefined(self, use: ChainStep) -> None:
        return None

    def rule(self, node: Any, operand: int, writer: FormulaWriter) -> Any:
        return (recorded if self.fixed else cases)(node, operand, writer)

    def _of_all(self, letter: str, uses: Sequence[ChainStep]) -> str:
        places = [self.use(use) for use in uses]
        if places not in self.lists[-2:]:
            self.lists.append(places)
        return f"{MARK}{letter}{len(self.lists) - 1 - self.lists[::-1].index(places)}{MARK}"


def formula_in_marks(tree: Any, names: Mapping[str, str]) -> str:
    """A formula with marks for these names, each with the form that it needs in its place.

    It is written four times, with numbers of each kind for all names at once: what a bracket
    depends on is its own number alone.
    """

    def written(before: str, after: str) -> list[str]:
        """The texts around the names, and the names between them."""

        def leaf(x: Any) -> str:
            name = getattr(x, "name", None)
            if name is None:
                return constant(x)
            return f"{before}{names[name]}{after}" if name in names else name

        return InNumbers(leaf).text(tree).split(MARK)

    plain = written("", "")
    minus, power, about = written("−", ""), written("", "×1"), written("≈", "")
    parts, marks = plain[::2], plain[1::2]
    minus, power, about = minus[::2], power[::2], about[::2]
    closed = [False, False, False]  # whether a bracket around the name before this one is open
    for i, mark in enumerate(marks):
        form = 0
        for kind, (texts, sign) in enumerate(((minus, "−"), (power, ""), (about, "≈"))):
            text = texts[i].removeprefix("×1" if i and kind == 1 else "")
            text = text.removeprefix(")") if closed[kind] else text
            before = text.removesuffix(sign)
            closed[kind] = before == parts[i] + "("
            if closed[kind]:
                form |= 1 << kind
            elif before != parts[i]:
                assert text == parts[i].removesuffix("+ ") + "− ", text
                form |= JOINED
        if form & JOINED:
            parts[i] = parts[i].removesuffix("+ ")
        marks[i] = marked(f"{MARK}{mark}{MARK}", form)
    return "".join(x for pair in zip(parts, [*marks, ""]) for x in pair)
