"""A card as SVG: its size, the name and the numbers on it, and the neurons of a layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from ..graph.scene import Card, Scene, Square
from ..output.svg import SIZE, SMALL, one_line, tip
from ..text import number, shortened, text_width
from ..theme import both, fill, stroke

ROW, BAND, SLIM = 32.0, 26.0, 16.0  # heights of a card's rows
LEAST, INSET = 112.0, 10.0  # width of a card, and the space at its sides
SQUARE, PER_ROW, MOST_SQUARES = 15.0, 8, 64


class Scale:
    """What the sizes and signs on all cards of a scene refer to.

    Attributes:
        gradient, carried: the largest finite size on a card, and on a line.
        symbol: what stands before a gradient: `∂L`.
    """

    def __init__(self, scene: Scene) -> None:
        self.gradient = largest(card.gradient for card in scene.cards)
        self.carried = largest(edge.carried for edge in scene.edges)
        self.symbol = "∂" + shortened(scene.root, 7)


def largest(numbers: Iterable[float | None]) -> float:
    """The largest finite size."""
    sizes = (abs(x) for x in numbers if x is not None)
    return max((size for size in sizes if size < math.inf), default=0.0)


def text_at(
    x: float, y: float, content: str, role: str = "ink", *, size: float = SIZE,
    bold: bool = False, anchor: str = "", part: str = "",
) -> str:  # fmt: skip
    """A line of text; `anchor` is start, middle or end."""
    return (
        f'<text x="{x:g}" y="{y:g}" {fill(role)}'
        + (f' font-size="{size:g}"' if size != SIZE else "")
        + (' font-weight="600"' if bold else "")
        + (f' text-anchor="{anchor}"' if anchor else "")
        + (f' data-part="{part}"' if part else "")
        + f">{one_line(content)}</text>"
    )


def name_of(card: Card) -> str:
    return shortened(card.name, 28 if card.kind == "group" else 18)


def size_of(card: Card, scale: Scale) -> tuple[float, float]:
    """How wide and high a card must be for what stands on it."""
    if card.kind == "group":
        lines = max((text_width(line, SMALL) for line in card.lines), default=0.0)
        title = 18.0 + text_width(name_of(card), SIZE, bold=True)
        if card.copies > 1:
            title += 18.0 + text_width(_copies(card), SMALL)
        rows = -(-min(len(card.squares), MOST_SQUARES) // PER_ROW)
        grid = min(len(card.squares), PER_ROW) * (SQUARE + 4.0)
        inner = max(title, lines, grid)
        height = (
            30.0 + 16.0 * len(card.lines) + (rows * (SQUARE + 4.0) + 4.0 if rows else 0.0) + 6.0
        )
        return _even(max(LEAST, inner + 2 * INSET)), height + _stack(card)
    first = text_width(name_of(card), SIZE, bold=True) + 18.0
    if card.operation:
        first += 6.0 + text_width(shortened(card.operation, 16), 12.0)
    if card.data is not None:
        first += text_width(number(card.data))
    second = third = 0.0
    if card.gradient is not None:
        second = (
            text_width(scale.symbol, SMALL) + 18.0 + text_width(f"▲ {number(abs(card.gradient))}")
        )
    if card.before is not None:
        third = text_width(_was(card), SMALL)
    height = ROW + (BAND if card.gradient is not None else 0.0)
    height += SLIM if card.before is not None else 0.0
    return _even(max(LEAST, max(first, second, third) + 2 * INSET)), height


def _even(x: float) -> float:
    return 2.0 * math.ceil(x / 2.0)


def _stack(card: Card) -> float:
    return 8.0 if card.copies > 1 else 0.0


def _copies(card: Card) -> str:
    return f"×{card.copies:,} {card.copy_name}".rstrip()


def _was(card: Card) -> str:
    assert card.before is not None
    data, gradient = card.before
    slope = "" if gradient is None else f", {_arrow(gradient)}{number(abs(gradient))}"
    return f"was {number(data)}{slope}"


def _arrow(gradient: float) -> str:
    return "▲ " if gradient > 0.0 else "▼ " if gradient < 0.0 else ""


def sign_of(x: float | None) -> str:
    """The role of the colour of a gradient: positive, negative or neutral."""
    if x is None or not (x > 0.0 or x < 0.0):
        return "neutral"
    return "positive" if x > 0.0 else "negative"


def card_svg(card: Card, scale: Scale, x: float, y: float, w: float, h: float) -> str:
    kind = "" if not card.highlighted else ' data-highlighted=""'
    opacity = ' opacity="0.42"' if card.dimmed else ""
    inside = _group(card, w, h) if card.kind == "group" else _value(card, scale, w, h)
    return (
        f'<g data-card="{card.key}" data-kind="{card.kind}"{kind}{opacity} '
        f'transform="translate({x:g} {y:g})">{tip(title(card))}'
        f"{''.join(inside)}</g>"
    )


def title(card: Card) -> str:
    """What a pointer or a screen reader reads of a card."""
    if card.kind == "group":
        parts = [card.name, f"{card.count:,} values", *card.lines[1:]]
    else:
        parts = [f"{card.name} {card.operation}".rstrip()]
        if card.data is not None:
            parts.append(f"data {number(card.data, 6)}")
        if card.gradient is not None:
            parts.append(f"gradient {number(card.gradient, 6)}")
    if card.before is not None:
        parts.append(_was(card))
    if card.scope:
        parts.append(f"in {card.scope}")
    return "; ".join(parts)


def _box(card: Card, w: float, h: float, y: float = 0.0) -> str:
    role, ink = ("leaf" if card.kind == "leaf" else "card"), "line"
    if card.highlighted:
        ink = "accent"
    thick = ' stroke-width="2"' if card.highlighted else ""
    dashed = ' stroke-dasharray="4 3"' if card.kind == "part" else ""
    return (
        f'<rect data-part="box" {both(role, ink)}{thick}{dashed} y="{y:g}" '
        f'width="{w:g}" height="{h - y:g}" rx="8"/>'
    )


def _value(card: Card, scale: Scale, w: float, h: float) -> Iterator[str]:
    yield _box(card, w, h)
    name = name_of(card)
    yield text_at(INSET, 20.5, name, bold=True, part="name")
    if card.operation:
        place = INSET + text_width(name, SIZE, bold=True) + 6.0
        sign = shortened(card.operation, 16)
        yield text_at(round(place, 1), 20.5, sign, "muted", size=12.0, part="operation")
    if card.data is not None:
        then, now = card.data if card.before is None else card.before[0], card.data
        role = "ink" if then == now or (then != then and now != now) else "accent"
        yield text_at(w - INSET, 20.5, number(card.data), role, anchor="end", part="data")
    if card.gradient is not None:
        yield from _gradient(card.gradient, scale, w, h)
    if card.before is not None:
        yield text_at(INSET, ROW + 6.0, _was(card), "muted", size=SMALL, part="before")


def _gradient(gradient: float, scale: Scale, w: float, h: float) -> Iterator[str]:
    """The second row: arrow, size and sign of the gradient, and a bar as long as it is large."""
    sign, top = sign_of(gradient), h - BAND
    tint = "zero-tint" if sign == "neutral" else f"{sign}-tint"
    right, bottom = w - 1.0, h - 1.0
    yield '<g data-part="gradient">'
    yield (
        f'<path data-part="band" {fill(tint)} d="M1 {top:g}H{right:g}V{bottom - 7:g}a7 7 0 0 1-7 7'
        f'H8a7 7 0 0 1-7-7Z"/>'
    )
    yield text_at(INSET, top + 16.5, scale.symbol, "muted", size=SMALL, part="symbol")
    ink = "muted" if sign == "neutral" else sign
    shown = _arrow(gradient) + number(abs(gradient))
    yield text_at(w - INSET, top + 16.5, shown, ink, anchor="end", part="gradient-text")
    share = magnitude(gradient, scale.gradient)
    if share:
        long = max(3.0, (w - 16.0) * share)
        yield (
            f'<rect data-part="bar" {fill(f"{sign}-line")} x="8" y="{h - 4:g}" '
            f'width="{round(long, 1):g}" height="3" rx="1.5"/>'
        )
    yield "</g>"


def magnitude(x: float | None, most: float) -> float:
    """The size of a gradient beside the largest, from 0 to 1; a square root, to see small ones."""
    if x is None or x == 0.0 or math.isnan(x):
        return 0.0
    return 1.0 if abs(x) >= most else math.sqrt(abs(x) / most)


def _group(card: Card, w: float, h: float) -> Iterator[str]:
    top = _stack(card)
    for step in (2, 1) if top else ():
        shift = 4.0 * step
        yield (
            f'<rect {both("card", "line")} x="{shift:g}" y="{top - shift:g}" width="{w - 8:g}" '
            f'height="{h - top:g}" rx="8"/>'
        )
    w = w - 8.0 if top else w
    yield _box(card, w, h, top)
    yield (
        f'<path data-part="fold" {stroke("muted")} fill="none" stroke-width="1.2" '
        f'd="M{INSET:g} {top + 11:g}h11v11h-11zM{INSET + 2.5:g} {top + 16.5:g}h6m-3-3v6"/>'
    )
    yield text_at(INSET + 18.0, top + 21.0, name_of(card), bold=True, part="name")
    if card.copies > 1:
        yield text_at(w - INSET, top + 21.0, _copies(card), "muted", size=SMALL, anchor="end")
    for i, line in enumerate(card.lines):
        yield text_at(INSET, top + 38.0 + 16.0 * i, line, "muted", size=SMALL, part="line")
    below = top + 30.0 + 16.0 * len(card.lines) + 4.0
    for i, square in enumerate(card.squares[:MOST_SQUARES]):
        row, column = divmod(i, PER_ROW)
        yield _square(square, INSET + column * (SQUARE + 4.0), below + row * (SQUARE + 4.0))
    more = len(card.squares) - MOST_SQUARES
    if more > 0:
        yield text_at(w - INSET, h - 8.0, f"+{more:,}", "muted", size=SMALL, anchor="end")


def _square(square: Square, x: float, y: float) -> str:
    sign = sign_of(square.gradient)
    role = "neutral-line" if sign == "neutral" else f"{sign}-line"
    depth = round(0.2 + 0.8 * square.strength, 2) if sign != "neutral" else 0.25
    outline = ""
    if square.saturated:
        outline = (
            f'<rect {stroke("ink")} fill="none" stroke-width="1.6" x="{x:g}" y="{y:g}" '
            f'width="{SQUARE:g}" height="{SQUARE:g}" rx="3"/>'
        )
    mark = ""
    if sign != "neutral":  # an arrow, for colour alone says nothing to some readers
        up = "l3 5h-6z" if sign == "positive" else "l3-5h-6z"
        start = 5.0 if sign == "positive" else 10.0
        seen = fill("ground" if depth > 0.9 else "ink")
        mark = f'<path {seen} d="M{x + 7.5:g} {y + start:g}{up}"/>'
    return (
        f"<g>{tip(square.title)}"
        f'<rect {fill(role)} fill-opacity="{depth:g}" x="{x:g}" y="{y:g}" width="{SQUARE:g}" '
        f'height="{SQUARE:g}" rx="3"/>{mark}{outline}</g>'
    )
