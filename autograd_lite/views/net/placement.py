"""Placement: where the discs of a net stand. A column for a layer, its units one below another."""

from __future__ import annotations

from dataclasses import dataclass

from ..text import shortened, text_width
from .net import Disc, Net
from .words import gradient_text, loss_lines, output_text, value_text

NAME, NUMBER = 15.0, 14.0  # sizes of type
LARGEST = 17.0  # radius of a disc
TOP, BOTTOM = 64.0, 26.0
TALL, PITCH, CLOSEST = 540.0, 74.0, 14.0  # of a column: its height, and from disc to disc
WIDE, GAP = 900.0, (64.0, 230.0)  # of the picture, and from column to column
TWO_LINES, ONE_LINE = 36.0, 13.0  # from disc to disc, for that many lines of text beside each


@dataclass(slots=True)
class Placement:
    """Coordinates of a net.

    Attributes:
        width, height: of the picture, without a legend.
        left, right: what the names of inputs and outputs take at the sides.
        gap: from column to column.
        tall: the height of the highest column.
        radii: of the discs of each column.
        x: of each column.
        y: of each disc.
        lines: how many lines of text stand beside an input, and beside an output.
        loss: the upper left corner of the card of the loss, its width and height; None for none.
    """

    width: float
    height: float
    left: float
    right: float
    gap: float
    tall: float
    radii: list[float]
    x: list[float]
    y: list[float]
    lines: tuple[int, int]
    loss: tuple[float, float, float, float] | None = None


def place(net: Net) -> Placement:
    """Where everything stands; see `Placement`."""
    most = max(map(len, net.columns))
    tall = max(min(TALL, PITCH * most), CLOSEST * most)
    pitches = [min(PITCH, tall / max(len(column), 1)) for column in net.columns]
    radii = [round(min(LARGEST, 0.40 * pitch), 1) for pitch in pitches]
    y = [
        round(
            TOP + tall / 2 + pitches[d.column] * (d.row - (len(net.columns[d.column]) - 1) / 2), 1
        )
        for d in net.discs
    ]
    outputs = net.outputs
    closest = min(
        [abs(y[k] - y[j]) for k, j in _neighbours(net) if net.discs[k].is_output], default=PITCH
    )
    lines = _lines(pitches[0]), _lines(closest)
    card, high = _card(net)
    texts = [wide for disc in outputs for wide in _output_widths(net, disc, lines[1])]
    beside = radii[-1] + 11.0
    right = beside + max([*texts, card, 40.0]) + (26.0 if net.loss and len(outputs) > 1 else 14.0)
    names = [_input_width(disc, lines[0]) for disc in net.discs if disc.column == 0]
    left = max(radii[0] + 21.0 + max(names, default=0.0), radii[0] + 40.0)
    count = max(len(net.columns) - 1, 1)
    gap = round(min(max((WIDE - left - right) / count, GAP[0]), GAP[1]))
    x = [round(left + gap * column, 1) for column in range(len(net.columns))]
    width, bottom = x[-1] + right, TOP + tall
    loss = None
    if net.loss:
        below = max(y[k] for k, disc in enumerate(net.discs) if disc.is_output)
        at = below + (62.0 if lines[1] == 2 else 40.0)
        loss = round(x[-1] + beside, 1), round(at, 1), card, high
        bottom = max(bottom, at + high)
    return Placement(
        round(width), round(bottom + BOTTOM), round(left), round(right), gap, tall, radii, x, y,
        lines, loss,
    )  # fmt: skip


def _neighbours(net: Net) -> list[tuple[int, int]]:
    return [pair for column in net.columns for pair in zip(column[1:], column)]


def _lines(pitch: float) -> int:
    return 2 if pitch >= TWO_LINES else 1 if pitch >= ONE_LINE else 0


def _input_width(disc: Disc, lines: int) -> float:
    name, value = text_width(name_of(disc), NAME, bold=True), text_width(value_text(disc), NUMBER)
    return (0.0, name + 8.0 + value, max(name, value))[lines]


def _output_widths(net: Net, disc: Disc, lines: int) -> list[float]:
    name = text_width(output_text(disc), NAME, bold=True)
    gradient = text_width(gradient_text(net, disc), NUMBER, bold=True)
    return ([], [name + 10.0 + gradient], [name, gradient])[lines]


def name_of(disc: Disc) -> str:
    """The name beside a disc."""
    return shortened(disc.name, 18)


def _card(net: Net) -> tuple[float, float]:
    """The width and the height of the card of the loss."""
    if net.loss is None:
        return 0.0, 0.0
    first, *rest = loss_lines(net, net.loss)
    wide = max([text_width(first, 16.0, bold=True), *(text_width(line, 13.0) for line in rest)])
    return round(wide + 24.0), 30.0 + 18.0 * len(rest)
