"""A sheet of A4: the picture with boxes to fill in, and a line for each use of the chain rule.

The sheet and its key are one drawing; the key has the answers in the boxes. The places of all
things are found without the answers, so that no width tells one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..formula.writer import FormulaWriter
from ..graph.scene import Card, Edge, Scene
from ..language import say
from ..names import names
from ..output.svg import SIZE, framed
from ..picture.card_drawing import BAND, INSET, ROW, text_at
from ..picture.drawing import Arrangement, arranged, cards_drawn, edges_drawn, ground
from ..text import number, shortened, text_width
from ..theme import both, fill, stroke
from .lines import Blank, Row, check, rows_of

if TYPE_CHECKING:
    from ..stepper.stepper import Stepper

PARTS = ("values", "local derivatives", "gradients")  # in the order in which they are found
WIDE, HIGH = 793.0, 1122.0  # A4 in pixels of 1/96 inch
SIDE, BOTTOM = 40.0, 1092.0  # the margins; the footer
SMALLEST = 0.55  # the picture is shrunk by so much at most
HIGHEST = 560.0  # of the picture
UNKNOWN = -0.123  # stands for every number while places are found
BOX = 62.0, 22.0  # a box for a number
PILL = 66.0, 26.0
READ_ON = 960.0, 640.0  # what the picture is arranged for, before it is shrunk to the sheet
GUTTER = 24.0  # between two columns of lines
COLUMN = (WIDE - 2 * SIDE - GUTTER) / 2
WIDER = 1.5  # times as far apart where there is room, for a pencil
TIGHT = 0.75  # lines are made so much smaller, rather than take one column
PAGE_STYLE = (
    "@page{size:A4;margin:0}.agv-page main{max-width:none;padding:0}"
    ".agv-figure{margin:0}.agv-figure svg.ag{display:block;margin:0 auto;background:#fff}"
)


class Sheet:
    """Writes one sheet.

    Args:
        stepper: whose graph it is.
        blank: what is left empty, of PARTS.
        is_key: whether the answers are written in.
        who: whose it is; "" for a line to write a name on.
    """

    def __init__(
        self, stepper: Stepper, blank: tuple[str, ...], is_key: bool, who: str = ""
    ) -> None:
        self.stepper, self.blank, self.is_key, self.who = stepper, blank, is_key, who
        self.scene = stepper.scene
        self.names = names(stepper.run.order, stepper.name_from)

    def svg(self, label: str) -> str:
        """The whole sheet."""
        plan = arranged(self._unknown(), self.stepper.direction, READ_ON)
        scale = min(1.0, (WIDE - 2 * SIDE) / plan.placed.width, HIGHEST / plan.placed.height)
        if any(card.kind == "group" for card in self.scene.cards) or scale < SMALLEST:
            raise ValueError(
                f"this graph is too large for a sheet of A4, with {self.scene.total:,} values: "
                'draw a part of it, give it shorter labels, or try direction="down"'
            )
        across = (WIDE - 2 * SIDE - scale * plan.placed.width) / 2 + SIDE
        head, top = self._head()
        below = top + scale * plan.placed.height + 42.0
        body = [
            ground(WIDE, HIGH),
            *head,
            f'<g transform="translate({round(across, 1):g} {top:g}) scale({round(scale, 4):g})">',
            *edges_drawn(self._printed(), plan),
            *map(_dark, cards_drawn(self._printed(), plan)),
            *self._boxes(plan),
            "</g>",
            *self._lines(below),
            text_at(SIDE, BOTTOM, say("autograd_lite · three digits"), "muted", size=11.0),
        ]
        sheet = framed("".join(body), WIDE, HIGH, label, rules="")
        fitted = f'width="100%" style="max-width:{WIDE:g}px'
        return sheet.replace(fitted, f'width="{WIDE:g}" height="{HIGH:g}" style="max-width:100%', 1)

    # The picture ----------------------------------------------------------------------------------

    def _unknown(self) -> Scene:
        """The scene with one and the same number in all places, to find room for boxes."""
        return replace(
            self.scene,
            products=True,
            cards=[
                replace(card, gradient=UNKNOWN, begins="", data=self._data(card) or UNKNOWN)
                for card in self.scene.cards
            ],
            edges=[replace(edge, partial=1.0, carried=UNKNOWN) for edge in self.scene.edges],
        )

    def _printed(self) -> Scene:
        """The scene with what is given."""
        return replace(
            self.scene,
            cards=[
                replace(card, gradient=None, begins="", data=self._data(card))
                for card in self.scene.cards
            ],
            edges=[replace(edge, partial=None, carried=None) for edge in self.scene.edges],
        )

    def _data(self, card: Card) -> float | None:
        """The number on a card, if it is given."""
        return None if "values" in self.blank and card.kind != "leaf" else card.data

    def _boxes(self, plan: Arrangement) -> Iterator[str]:
        """What is to be filled in."""
        for i, edge in enumerate(self.scene.edges):
            point = plan.placed.routes[i].label
            if point and edge.partial is not None:
                yield from self._local(edge, *point)
        for card in self.scene.cards:
            box = plan.boxes[card.key]
            (x, y), (w, _) = plan.placed.places[box], plan.sizes[box]
            right = x + w - INSET + 4.0
            if "values" in self.blank and card.kind != "leaf":
                yield self._box(right - BOX[0], y + 6.0, *BOX, number(card.data or 0.0))
            if "gradients" in self.blank:
                answer = number(card.gradient or 0.0)
                yield self._box(right - BOX[0], y + ROW + (BAND - BOX[1]) / 2 - 3.0, *BOX, answer)

    def _local(self, edge: Edge, x: float, y: float) -> Iterator[str]:
        """The local derivative on a line: given, or a box."""
        wide, high = PILL
        left, top = x - wide / 2, y - high / 2
        if "local derivatives" in self.blank:
            yield self._box(left, top, wide, high, number(edge.partial or 0.0), "×")
        elif "gradients" in self.blank:
            text = f"× {number(edge.partial or 0.0)}"
            wide = text_width(text, SIZE) + 10.0
            yield (
                f'<rect {fill("ground")} x="{round(x - wide / 2, 1):g}" y="{top:g}" '
                f'width="{round(wide, 1):g}" height="{high:g}" rx="6"/>'
                f"{text_at(x, y + 5.0, text, anchor='middle')}"
            )

    def _box(self, x: float, y: float, w: float, h: float, answer: str, sign: str = "") -> str:
        """An empty box, in the key with what belongs in it."""
        drawn = (
            f'<rect {both("card", "neutral-line")} stroke-dasharray="3 3" x="{round(x, 1):g}" '
            f'y="{round(y, 1):g}" width="{w:g}" height="{h:g}" rx="5"/>'
        )
        if sign:
            drawn += text_at(round(x + 6.0, 1), round(y + h / 2 + 5.0, 1), sign, "muted")
        if self.is_key:
            middle, room = (x + w / 2 + 7.0, w - 22.0) if sign else (x + w / 2, w - 10.0)
            drawn += _answer(middle, y + h / 2 + 5.0, answer, SIZE, room)
        return drawn

    # The words ------------------------------------------------------------------------------------

    def _head(self) -> tuple[list[str], float]:
        """The title, a line for the name, what is to be done; and where it ends."""
        if self.blank == ("values",):
            title = say("Forward by hand")
        elif self.blank == ("local derivatives",):
            title = say("Local derivatives by hand")
        else:
            title = say("Backpropagation by hand")
        if self.is_key:
            title = say("{sheet} · key", sheet=title)
        drawn = [text_at(SIDE, 56.0, title, size=23.0, bold=True)]
        beside = round(SIDE + text_width(title, 23.0, bold=True) + 16.0, 1)
        if self.who:
            drawn.append(text_at(beside, 56.0, shortened(self.who, 40), size=13.0))
        elif not self.is_key:
            who, when = say("Name"), say("Date")
            for x, word, end in ((beside, who, 610.0), (626.0, when, WIDE - SIDE)):
                drawn.append(text_at(x, 56.0, word, "muted", size=13.0))
                start = round(x + text_width(word, 13.0) + 6.0, 1)
                drawn.append(f'<path {stroke("neutral-line")} d="M{start:g} 58H{end:g}"/>')
        writer = FormulaWriter(self.names)
        made = {x: writer.text(writer.value(x)) for x in self.stepper.run.order if x.op is not None}
        pairs = [(self.names[x], formula) for x, formula in made.items()]
        formulas = "\u2003".join(f"{name} = {text}" for name, text in pairs if name != text)
        top = 84.0
        if 0.0 < text_width(formulas, 14.0) <= WIDE - 2 * SIDE:
            drawn.append(text_at(SIDE, top, formulas, size=14.0))
            top += 22.0
        for text in _lines(self._todo()):
            drawn.append(text_at(SIDE, top, text, "muted", size=13.0))
            top += 19.0
        return drawn, top + 14.0

    def _todo(self) -> list[str]:
        """What is to be done, step by step."""
        steps = []
        if "values" in self.blank:
            steps.append(say("Forward: what does each operation give?"))
        if "local derivatives" in self.blank:
            steps.append(say("On each line: the derivative of its end with respect to its start."))
        if "gradients" in self.blank:
            root = self.names[self.stepper.run.root]
            steps += [
                say("Write {root}.grad = 1.", root=root),
                say("Go back: multiply the gradient by the local derivative of the line."),
                say("Where lines meet, add."),
            ]
        return steps if len(steps) == 1 else [f"{i}. {text}" for i, text in enumerate(steps, 1)]

    def _lines(self, top: float) -> Iterator[str]:
        """A line for each use of the chain rule, or each operation, as far as there is room."""
        groups = rows_of(self.stepper.run, self.names, self.blank)
        last = check(self.stepper.run, self.names, self.blank) if "gradients" in self.blank else []
        widest = max((row.width for group in groups for row in group), default=0.0)
        columns = 2 if widest * TIGHT <= COLUMN else 1
        scale = min(1.0, (COLUMN if columns == 2 else WIDE - 2 * SIDE) / max(widest, 1.0))
        step, gap = 21.0 * scale, 9.0 * scale
        bottom = BOTTOM - 26.0 - 22.0 * len(last)
        columns_of = _in_columns([step * len(group) + gap for group in groups], columns)
        high = max((sum(size) for size in columns_of), default=0.0)
        wider = max(1.0, min(WIDER, (bottom - top - 26.0) / max(high, 1.0)))
        if top + 10.0 + high > bottom:
            text = say("Write your calculation on the back of the sheet.")
            yield text_at(SIDE, min(top + 8.0, bottom), text, size=14.0)
        else:
            heading = say("One line for each use of the chain rule")
            if self.blank == ("values",):
                heading = say("One line for each operation")
            elif "gradients" not in self.blank:
                heading = say("One line for each local derivative")
            yield text_at(SIDE, top, heading, size=15.0, bold=True)
            waiting = iter(groups)
            for i, sizes in enumerate(columns_of):
                x, y = SIDE + i * (COLUMN + GUTTER), top + 26.0
                for size, group in zip(sizes, waiting):
                    for j, row in enumerate(group):
                        yield from self._row(row, x, y + j * wider * step, scale)
                    y += wider * size
        for i, row in enumerate(last):
            yield from self._row(row, SIDE, bottom + 8.0 + 22.0 * i, 1.0)

    def _row(self, row: Row, x: float, y: float, scale: float) -> Iterator[str]:
        """A row of words and blanks."""
        for piece in row.pieces:
            if isinstance(piece, Blank):
                wide = piece.width * scale
                yield (
                    f'<path {stroke("muted")} stroke-dasharray="1.5 2.5" '
                    f'd="M{round(x, 1):g} {round(y + 3.0, 1):g}H{round(x + wide, 1):g}"/>'
                )
                if self.is_key:
                    yield _answer(x + wide / 2, y, piece.answer, row.size * scale, wide)
            else:
                wide = text_width(piece, row.size) * scale
                yield _text(x, y, piece, row.size * scale)
            x += wide + 5.0 * scale


def _text(x: float, y: float, text: str, size: float) -> str:
    return text_at(round(x, 1), round(y, 1), text, size=round(size, 1))


def _dark(card: str) -> str:
    """A card whose outline is seen on any printer."""
    for role in ("card", "leaf"):
        card = card.replace(both(role, "line"), both(role, "muted"), 1)
    return card


def _answer(x: float, y: float, text: str, size: float, room: float) -> str:
    """An answer in the middle of its room, as large as that allows."""
    size *= min(1.0, room / max(text_width(text, size, bold=True), 1.0))
    return text_at(
        round(x, 1), round(y, 1), text, "accent", size=round(size, 1), bold=True, anchor="middle"
    )


def _lines(texts: Sequence[str]) -> list[str]:
    """Sentences on as few lines as they need."""
    lines: list[str] = []
    for text in texts:
        longer = f"{lines[-1]}\u2003{text}" if lines else text
        if lines and text_width(longer, 13.0) <= WIDE - 2 * SIDE:
            lines[-1] = longer
        else:
            lines.append(text)
    return lines


def _in_columns(sizes: Sequence[float], columns: int) -> list[list[float]]:
    """Sizes in so many columns, in order, the first at least as long as the next."""
    if columns == 1 or not sizes:
        return [list(sizes)]
    half, first = sum(sizes) / 2, 0
    while sum(sizes[:first]) < half:
        first += 1
    return [list(sizes[:first]), list(sizes[first:])]
