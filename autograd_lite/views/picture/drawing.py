"""A Scene as SVG: one card per Value or group, one line per operand, the numbers of the chain rule.

Every element carries its own colours and font, so that a renderer without style sheets draws the
same picture; a style sheet inside turns it dark where the reader wants that. The text depends on
the scene alone, to the last byte.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from ..graph.scene import Card, Edge, Scene, Square
from ..layout.layered import Layout, layout
from ..layout.mesh import Wire
from ..output.svg import SIZE, SMALL, framed, one_line, tip
from ..text import number, shortened, width
from ..theme import both, fill, stroke

ROW, BAND, SLIM = 32.0, 26.0, 16.0  # heights of a card's rows
LEAST, INSET = 112.0, 10.0  # width of a card, and the space at its sides
SQUARE, PER_ROW, MOST_SQUARES = 15.0, 8, 64
MARGIN = 16.0


def drawing(scene: Scene, direction: str = "right") -> str:
    """The picture of a scene, as a whole `<svg>`.

    >>> from autograd_lite.views.graph.scene import Card, Scene
    >>> drawing(Scene([Card("v0", "x", data=3.0)], []))[:33]
    '<svg xmlns="http://www.w3.org/200'
    """
    sizes = [size_of(card, scene) for card in scene.cards]
    scale = Scale(scene)
    placed = layout(sizes, list(_wires(scene, scale)), direction)
    top = MARGIN + (24.0 if scene.title else 0.0) + (18.0 if scene.caption else 0.0)
    legend = list(_legend(scene))
    wide = max(placed.width, *(_heading_width(scene)), _legend_width(legend)) + 2 * MARGIN
    high = top + placed.height + (28.0 if legend else 0.0) + MARGIN
    cards = zip(scene.cards, placed.places, sizes)
    body = "".join(
        [
            f'<rect data-part="ground" {fill("ground")} width="{wide:g}" height="{high:g}" '
            'rx="8"/>',
            *_heading(scene),
            f'<g transform="translate({MARGIN:g} {top:g})">',
            *_edges(scene, placed, scale),
            *(_card(card, scale, *place, *size) for card, place, size in cards),
            "</g>",
            *_legend_drawn(legend, top + placed.height + 24.0),
        ]
    )
    return framed(body, wide, high, description(scene))


class Scale:
    """What the sizes and signs on all cards of a scene refer to.

    Attributes:
        gradient, carried: the largest finite size on a card, and on a line.
        symbol: what stands before a gradient: `∂L`.
    """

    def __init__(self, scene: Scene) -> None:
        self.gradient = _most(card.gradient for card in scene.cards)
        self.carried = _most(edge.carried for edge in scene.edges)
        self.symbol = _symbol(scene)


def _most(numbers: Iterable[float | None]) -> float:
    sizes = (abs(x) for x in numbers if x is not None)
    return max((size for size in sizes if size < math.inf), default=0.0)


def description(scene: Scene) -> str:
    """The picture in one sentence."""
    of = shortened(", ".join(scene.results[:3]), 60) + (", ..." if len(scene.results) > 3 else "")
    values = "1 value" if scene.total == 1 else f"{scene.total:,} values"
    shown = f", folded into {len(scene.cards):,}" if len(scene.cards) < scene.total else ""
    return f"Computation graph of {of}: {values}{shown}"


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


# Cards --------------------------------------------------------------------------------------------


def name_of(card: Card) -> str:
    return shortened(card.name, 28 if card.kind == "group" else 18)


def size_of(card: Card, scene: Scene) -> tuple[float, float]:
    """How wide and high a card must be for what stands on it."""
    if card.kind == "group":
        lines = max((width(line, SMALL) for line in card.lines), default=0.0)
        title = 18.0 + width(name_of(card), SIZE, bold=True)
        if card.copies > 1:
            title += 18.0 + width(_copies(card), SMALL)
        rows = -(-min(len(card.squares), MOST_SQUARES) // PER_ROW)
        grid = min(len(card.squares), PER_ROW) * (SQUARE + 4.0)
        inner = max(title, lines, grid)
        height = (
            30.0 + 16.0 * len(card.lines) + (rows * (SQUARE + 4.0) + 4.0 if rows else 0.0) + 6.0
        )
        return _even(max(LEAST, inner + 2 * INSET)), height + _stack(card)
    first = width(name_of(card), SIZE, bold=True) + 18.0
    if card.operation:
        first += 6.0 + width(shortened(card.operation, 16), 12.0)
    if card.data is not None:
        first += width(number(card.data))
    second = third = 0.0
    if card.gradient is not None:
        second = width(_symbol(scene), SMALL) + 18.0 + width(f"▲ {number(abs(card.gradient))}")
    if card.before is not None:
        third = width(_was(card), SMALL)
    height = ROW + (BAND if card.gradient is not None else 0.0)
    height += SLIM if card.before is not None else 0.0
    return _even(max(LEAST, max(first, second, third) + 2 * INSET)), height


def _even(x: float) -> float:
    return 2.0 * math.ceil(x / 2.0)


def _stack(card: Card) -> float:
    return 8.0 if card.copies > 1 else 0.0


def _symbol(scene: Scene) -> str:
    return "∂" + shortened(scene.root, 7)


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
    return (
        "neutral"
        if x is None or not (x > 0.0 or x < 0.0)
        else "positive"
        if x > 0.0
        else "negative"
    )


def _card(card: Card, scale: Scale, x: float, y: float, w: float, h: float) -> str:
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
        place = INSET + width(name, SIZE, bold=True) + 6.0
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


# Edges --------------------------------------------------------------------------------------------


def _wires(scene: Scene, scale: Scale) -> Iterator[Wire]:
    places = {card.key: i for i, card in enumerate(scene.cards)}
    arriving = Counter(edge.target for edge in scene.edges)
    come: Counter[str] = Counter()
    for edge in scene.edges:
        label = label_of(edge)
        come[edge.target] += 1
        yield Wire(
            places[edge.source],
            places[edge.target],
            target_port=_port(come[edge.target], arriving[edge.target]),
            label_width=width(label, SMALL) + 6.0 if label else 0.0,
            label_height=15.0 if label else 0.0,
            thickness=thickness(edge, scale),
        )


def _port(place: int, of: int) -> float:
    """Where the operands arrive: spread over the middle half of the card's side, in order."""
    return round(0.5 + 0.56 * ((place - 0.5) / of - 0.5), 4)


def thickness(edge: Edge, scale: Scale) -> float:
    """The width of a line: the size of the gradient that it carries."""
    if edge.carried is None:
        return 1.4
    return round(1.2 + 3.0 * magnitude(edge.carried, scale.carried), 1)


def tone(edge: Edge) -> str:
    """The sign of what a line carries; what stands for several operands has none."""
    return "neutral" if edge.partial is None else sign_of(edge.carried)


def label_of(edge: Edge) -> str:
    """What stands on a line: the local derivative, or how many operands it stands for."""
    if edge.partial is not None:
        return f"×{number(edge.partial)}"
    return f"{edge.count:,}" if edge.count > 1 else ""


def _edges(scene: Scene, placed: Layout, scale: Scale) -> Iterator[str]:
    dimmed = {card.key for card in scene.cards if card.dimmed}
    for i, (edge, route) in enumerate(zip(scene.edges, placed.routes)):
        points = [f"{x:g} {y:g}" for x, y in route.points]
        path = f"M{points[0]}C{' '.join(points[1:])}"
        faint = ' opacity="0.42"' if {edge.source, edge.target} & dimmed else ""
        yield (
            f'<g data-edge="{i}" data-source="{edge.source}" data-target="{edge.target}"{faint}>'
            f'<path data-part="line" {stroke(tone(edge) + "-line")} fill="none" '
            f'stroke-width="{thickness(edge, scale):g}" stroke-linecap="round" d="{path}"/></g>'
        )
    for i, (edge, route) in enumerate(zip(scene.edges, placed.routes)):
        label = label_of(edge)
        if label and route.label:
            x, y = route.label
            wide = width(label, SMALL) + 4.0
            faint = ' opacity="0.42"' if {edge.source, edge.target} & dimmed else ""
            yield (
                f'<g data-label="{i}"{faint}><rect {fill("ground")} fill-opacity="0.9" '
                f'x="{round(x - wide / 2, 1):g}" y="{y - 7.5:g}" width="{round(wide, 1):g}" '
                f'height="15" rx="4"/>'
                f"{text_at(x, y + 4.0, label, 'muted', size=SMALL, anchor='middle')}</g>"
            )


# Above and below ----------------------------------------------------------------------------------


def _heading_width(scene: Scene) -> Iterator[float]:
    yield width(scene.title, 15.0, bold=True)
    yield width(scene.caption, SMALL)


def _heading(scene: Scene) -> Iterator[str]:
    if scene.title:
        yield text_at(MARGIN, MARGIN + 13.0, scene.title, size=15.0, bold=True)
    if scene.caption:
        below = MARGIN + (31.0 if scene.title else 10.0)
        yield text_at(MARGIN, below, scene.caption, "muted", size=SMALL)


def _legend(scene: Scene) -> Iterator[tuple[str, str]]:
    """What the colours and widths mean, as (role, text), of what is in the picture."""
    if not scene.has_gradients:
        return
    signs = {sign_of(card.gradient) for card in scene.cards}
    signs |= {tone(edge) for edge in scene.edges}
    signs |= {sign_of(square.gradient) for card in scene.cards for square in card.squares}
    root = shortened(scene.root, 12) or "the result"
    if "positive" in signs:
        yield "positive", f"▲ raising it raises {root}"
    if "negative" in signs:
        yield "negative", f"▼ raising it lowers {root}"
    if any(edge.partial is not None for edge in scene.edges):
        yield "muted", "× local derivative"
    if scene.edges:
        yield "muted", "wide line: much gradient flows back"


def _legend_width(legend: list[tuple[str, str]]) -> float:
    return sum((width(said, SMALL) + 22.0 for _, said in legend), 0.0)


def _legend_drawn(legend: list[tuple[str, str]], y: float) -> Iterator[str]:
    x = MARGIN
    for role, said in legend:
        yield text_at(round(x, 1), y, said, role, size=SMALL)
        x += width(said, SMALL) + 22.0
