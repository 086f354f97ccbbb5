"""A card as SVG: its size, the name and the numbers on it, and the neurons of a layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from ..graph.scene import Card, Scene, Square
from ..language import say
from ..output.svg import SIZE, SMALL, one_line, tip
from ..text import middle, number, shortened, text_width
from ..theme import both, fill, stroke

ROW, BAND, SLIM, FLAG = 34.0, 28.0, 18.0, 22.0  # heights of a card's rows
LEAST, INSET, APART = 96.0, 10.0, 10.0  # width of a card, the space at its sides, between texts
LINE = 17.0  # from a line of a group to the next
SQUARE, PER_ROW, MOST_SQUARES = 15.0, 8, 64
NAN_SIZE = 0.4
USUAL = "▼ −0.123"  # a gradient of the usual length
HATCH = 9.0  # between the lines of a hatched ground


class Scale:
    """What the sizes of all gradients of a scene refer to.

    Attributes:
        carried: the largest finite size on a line.
    """

    def __init__(self, scene: Scene) -> None:
        self.carried = largest(edge.carried for edge in scene.edges)


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
    return middle(card.name, 28 if card.kind == "group" else 24)


def size_of(card: Card, stepped: bool = False) -> tuple[float, float]:
    """How wide and high a card must be for what stands on it.

    Args:
        card: the card.
        stepped: whether a stepper moves the picture, which marks a gradient that is unfinished or
            wrong, and shows others before the last one.
    """
    flag = FLAG if card.begins else 0.0
    flagged = text_width(card.begins, SMALL, bold=True) if card.begins else 0.0
    if card.kind == "group":
        lines = max((text_width(line, SMALL) for line in card.lines), default=0.0)
        title = text_width(name_of(card), SIZE, bold=True)
        if card.copies > 1:
            title += 18.0 + text_width(copies_of(card), SMALL)
        rows = -(-min(len(card.squares), MOST_SQUARES) // PER_ROW)
        grid = min(len(card.squares), PER_ROW) * (SQUARE + 4.0)
        inner = max(title, lines, grid, flagged)
        height = (
            32.0 + LINE * len(card.lines) + (rows * (SQUARE + 4.0) + 4.0 if rows else 0.0) + 6.0
        )
        stack = stack_of(card)
        return _even(max(LEAST, inner + 2 * INSET)) + stack, height + flag + stack
    first = text_width(name_of(card), SIZE, bold=True)
    second = 0.0
    if card.data is not None:
        first += APART + text_width(number(card.data), SIZE, bold=not math.isfinite(card.data))
    if card.sign:
        signed = text_width(operation_of(card), SMALL)
        if card.gradient is None:
            first += 6.0 + signed
        else:
            second = signed + APART
    if card.gradient is not None:
        shown = text_width(gradient_text(card.gradient), SIZE)
        if stepped:
            shown = max(shown, text_width(USUAL, SIZE)) + text_width(" ✗", SIZE)
        second += shown
    third = text_width(was(card), SMALL)
    height = ROW + flag + (BAND if card.gradient is not None else 0.0)
    height += SLIM if third else 0.0
    return _even(max(LEAST, max(first, second, third, flagged) + 2 * INSET)), height


def operation_of(card: Card) -> str:
    return shortened(card.sign, 16)


def _even(x: float) -> float:
    return 2.0 * math.ceil(x / 2.0)


def stack_of(card: Card) -> float:
    return 8.0 if card.copies > 1 else 0.0


def copies_of(card: Card) -> str:
    return f"×{card.copies:,} {card.copy_name}".rstrip()


def was(card: Card) -> str:
    """What its numbers were; "" where they are the same."""
    if card.before is None or all(map(_same, card.before, (card.data, card.gradient))):
        return ""
    data, gradient = card.before
    numbers = [number(data), *([] if gradient is None else [gradient_text(gradient)])]
    return say("was {numbers}", numbers=say(", ").join(numbers))


def _same(before: float | None, now: float | None) -> bool:
    """Whether two numbers are equal, or both nan."""
    return before == now or (before != before and now != now)


def gradient_text(gradient: float) -> str:
    """A gradient with an arrow beside its sign: some see no colours, and some hear no arrows.

    >>> from autograd_lite.views.picture.card_drawing import gradient_text
    >>> gradient_text(-0.594), gradient_text(2.0), gradient_text(0.0)
    ('▼ −0.594', '▲ 2', '0')
    """
    arrow = {"positive": "▲ ", "negative": "▼ "}.get(sign_of(gradient), "")
    return arrow + number(gradient)


def sign_of(x: float | None) -> str:
    """The role of the colour of a number: positive, negative, neutral; nan for what is not finite.

    >>> from autograd_lite.views.picture.card_drawing import sign_of
    >>> sign_of(-2.0), sign_of(0.0), sign_of(float("inf"))
    ('negative', 'neutral', 'nan')
    """
    if x is None or x == 0.0:
        return "neutral"
    if not math.isfinite(x):
        return "nan"
    return "positive" if x > 0.0 else "negative"


def not_finite(card: Card) -> bool:
    """Whether the data or the gradient of a card is nan or infinite."""
    return sign_of(card.data) == "nan" or sign_of(card.gradient) == "nan"


def changed(card: Card) -> bool:
    """Whether the data of a card is a number that it was not before."""
    return card.before is not None and card.data is not None and card.before[0] != card.data


def card_svg(card: Card, x: float, y: float, w: float, h: float) -> str:
    kind = "" if not card.highlighted else ' data-highlighted=""'
    opacity = ' opacity="0.42"' if card.dimmed else ""
    inside = _group(card, w, h) if card.kind == "group" else _value(card, w, h)
    return (
        f'<g data-card="{card.key}" data-kind="{card.kind}"{kind}{opacity} '
        f'transform="translate({x:g} {y:g})">{tip(title(card))}'
        f"{''.join(inside)}</g>"
    )


def title(card: Card) -> str:
    """What a pointer or a screen reader reads of a card: `w1, −0.6, gradient minus 0.513`."""
    parts = [said_name(card)]
    if card.kind == "group":
        parts += [say("{count} values", count=f"{card.count:,}"), *card.lines[1:]]
    else:
        if card.data is not None:
            parts.append(number(card.data, 6))
        if card.gradient is not None:
            parts.append(said_gradient(card.gradient))
    if was(card):
        parts.append(was(card))
    if card.begins:
        parts.append(card.begins)
    if card.scope:
        parts.append(say("in {scope}", scope=card.scope))
    label = getattr(card.nodes[0], "label", None) if len(card.nodes) == 1 else None
    if label is not None and "…" in card.name:
        parts.append(say("in full {name}", name=shortened(str(label), 200)))
    return say(", ").join(parts)


def said_name(card: Card) -> str:
    """The name of a card with what made it: `v0 = x × w`."""
    if card.kind == "part":
        return card.operation
    name = card.name.replace("·", " × ")
    if not card.formula:
        return name + say(", ") + card.operation if card.operation else name
    return name if card.formula == name else f"{name} = {card.formula}"


def said_gradient(gradient: float) -> str:
    """A gradient in words, for some readers skip signs: `gradient minus 0.513`."""
    text = number(gradient, 6).replace("≈", say("about ")).replace("−", say("minus "), 1)
    return say("gradient {number}", number=text)


def _box(card: Card, w: float, h: float, y: float = 0.0) -> str:
    role, ink, thick = ("leaf" if card.outside or card.kind == "leaf" else "card"), "line", ""
    if not_finite(card) or card.begins:
        ink, thick = "nan", ' stroke-width="2.5"'
    if card.highlighted:
        ink, thick = "accent", ' stroke-width="2"'
    dashed = ' stroke-dasharray="4 3"' if card.outside or card.kind == "part" else ""
    return (
        f'<rect data-part="box" {both(role, ink)}{thick}{dashed} y="{y:g}" '
        f'width="{w:g}" height="{h - y:g}" rx="8"/>'
    )


def _value(card: Card, w: float, h: float) -> Iterator[str]:
    yield _box(card, w, h)
    bottom = h - (FLAG if card.begins else 0.0)
    data, gradient = card.data, card.gradient
    if sign_of(data) == "nan":
        yield hatched(1.5, 1.5, w - 3.0, ROW - 2.0, 'data-part="nan-data"')
    name = name_of(card)
    yield text_at(INSET, 22.0, name, bold=True, part="name")
    if card.sign:
        x, y = INSET, bottom - 10.0
        if gradient is None and bottom < ROW + BAND:
            x, y = round(INSET + text_width(name, SIZE, bold=True) + 6.0, 1), 22.0
    if data is not None:
        bad = sign_of(data) == "nan"
        role = "nan" if bad else "accent" if changed(card) else "ink"
        yield text_at(w - INSET, 22.0, number(data), role, bold=bad, anchor="end", part="data")
    if gradient is not None:
        yield from gradient_svg(gradient, w, bottom, not card.begins, card.unfinished)
    if card.sign:
        yield text_at(x, y, operation_of(card), "muted", size=SMALL, part="operation")
    if was(card):
        yield text_at(INSET, ROW + 8.0, was(card), "muted", size=SMALL, part="before")
    if card.begins:
        yield from _flagged(card, w, h)


def gradient_svg(
    gradient: float, w: float, h: float, rounded: bool = True, unfinished: bool = False
) -> Iterator[str]:
    """The second row: arrow, sign and size of the gradient on a ground of its colour."""
    sign, top = sign_of(gradient), h - BAND
    tint = "zero-tint" if sign == "neutral" else f"{sign}-tint"
    faint = ' opacity="0.55"' if unfinished else ""
    yield f'<g data-part="gradient"{faint}>'
    if sign == "nan":
        yield hatched(1.0, top, w - 2.0, BAND - 1.0, 'data-part="band"')
    else:
        yield _strip(w, top, h, rounded, f'data-part="band" {fill(tint)}')
    ink = "muted" if sign == "neutral" else sign
    shown, bold = gradient_text(gradient), sign == "nan"
    yield text_at(w - INSET, top + 19.0, shown, ink, bold=bold, anchor="end", part="gradient-text")
    yield "</g>"


def _strip(w: float, top: float, bottom: float, rounded: bool, attributes: str) -> str:
    """The ground of a card between two heights; at its end it may be `rounded` as the card is."""
    right, bottom = w - 1.0, bottom - 1.0
    corners = f"V{bottom - 7:g}a7 7 0 0 1-7 7H8a7 7 0 0 1-7-7Z" if rounded else f"V{bottom:g}H1Z"
    return f'<path {attributes} d="M1 {top:g}H{right:g}{corners}"/>'


def _flagged(card: Card, w: float, h: float) -> Iterator[str]:
    """The lowest row, where nan or infinity begins."""
    part = "gradient-flag" if card.begins_backward else "flag"
    yield _strip(w, h - FLAG, h, True, f'data-part="{part}" {fill("nan")}')
    yield text_at(w / 2, h - 7.0, card.begins, "ground", size=SMALL, bold=True, anchor="middle")


def hatched(x: float, y: float, w: float, h: float, attributes: str) -> str:
    """A hatched rectangle, the ground of what is not finite."""
    lines = [f"M{a:g} {b:g}L{c:g} {d:g}" for a, b, c, d in hatch_lines(x, y, w, h)]
    return (
        f'<g {attributes}><rect {fill("nan-tint")} x="{x:g}" y="{y:g}" width="{w:g}" '
        f'height="{h:g}" rx="6"/><path {stroke("nan-hatch")} fill="none" stroke-width="2" '
        f'd="{"".join(lines)}"/></g>'
    )


def hatch_lines(
    x: float, y: float, w: float, h: float
) -> Iterator[tuple[float, float, float, float]]:
    """Both ends of each line across a hatched rectangle."""
    along = HATCH / 2
    while along < w + h:
        yield (
            x + max(0.0, along - h), y + min(along, h), x + min(along, w), y + max(0.0, along - w)
        )  # fmt: skip
        along += HATCH


def magnitude(x: float | None, most: float) -> float:
    """The size of a gradient beside the largest, from 0 to 1; a square root, to see small ones.

    nan has no size, and is to be seen.
    """
    if x is None or x == 0.0:
        return 0.0
    if math.isnan(x):
        return NAN_SIZE
    return 1.0 if abs(x) >= most else math.sqrt(abs(x) / most)


def _group(card: Card, w: float, h: float) -> Iterator[str]:
    top = stack_of(card)
    for step in (2, 1) if top else ():
        shift = 4.0 * step
        yield (
            f'<rect data-part="stack" {both("card", "line")} x="{shift:g}" y="{top - shift:g}" '
            f'width="{w - 8:g}" height="{h - top:g}" rx="8"/>'
        )
    w = w - 8.0 if top else w
    yield _box(card, w, h, top)
    yield text_at(INSET, top + 22.0, name_of(card), bold=True, part="name")
    if card.copies > 1:
        yield text_at(w - INSET, top + 22.0, copies_of(card), "muted", size=SMALL, anchor="end")
    for i, line in enumerate(card.lines):
        yield text_at(INSET, top + 40.0 + LINE * i, line, "muted", size=SMALL, part="line")
    below = top + 32.0 + LINE * len(card.lines) + 4.0
    for i, square in enumerate(card.squares[:MOST_SQUARES]):
        row, column = divmod(i, PER_ROW)
        yield _square(square, INSET + column * (SQUARE + 4.0), below + row * (SQUARE + 4.0))
    more = len(card.squares) - MOST_SQUARES
    if more > 0:
        bottom = h - (FLAG if card.begins else 0.0)
        yield text_at(w - INSET, bottom - 8.0, f"+{more:,}", "muted", size=SMALL, anchor="end")
    if card.begins:
        yield from _flagged(card, w, h)


def _square(square: Square, x: float, y: float) -> str:
    sign = sign_of(square.gradient)
    role = f"{sign}-line"
    depth = round(0.2 + 0.8 * square.strength, 2) if sign != "neutral" else 0.25
    outline = ""
    if square.saturated:
        outline = (
            f'<rect data-part="saturated" {stroke("ink")} fill="none" stroke-width="1.6" '
            f'x="{x:g}" y="{y:g}" width="{SQUARE:g}" height="{SQUARE:g}" rx="3"/>'
        )
    mark = ""
    if sign in ("positive", "negative"):  # an arrow, for colour alone says nothing to some readers
        up = "l3 5h-6z" if sign == "positive" else "l3-5h-6z"
        start = 5.0 if sign == "positive" else 10.0
        seen = fill("ground" if depth > 0.9 else "ink")
        mark = f'<path {seen} d="M{x + 7.5:g} {y + start:g}{up}"/>'
    return (
        f'<g data-part="square">{tip(square.title)}'
        f'<rect {fill(role)} fill-opacity="{depth:g}" x="{x:g}" y="{y:g}" width="{SQUARE:g}" '
        f'height="{SQUARE:g}" rx="3"/>{mark}{outline}</g>'
    )
