"""A Scene as SVG: one card per Value or group, one line per operand, the numbers of the chain rule.

Every element carries its own colours and font, so that a renderer without style sheets draws the
same picture; a style sheet inside turns it dark where the reader wants that. The text depends on
the scene alone, to the last byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..graph.scene import Edge, Scene
from ..language import say
from ..layout.layered import Layout, layout
from ..layout.mesh import Wire
from ..layout.stretching import stretched
from ..layout.wrapping import PAGE
from ..output.svg import SIZE, SMALL, framed
from ..text import counted, number, shortened, text_width
from ..theme import fill, stroke
from .card_drawing import NAN_SIZE, Scale, card_svg, magnitude, sign_of, size_of, text_at
from .far_uses import far_uses, name_svg, size_of_name
from .legend import legend_drawn, notes, spreads

MARGIN, TITLE = 16.0, 16.0
STAGE = 1100.0  # a picture of this width is seen as a whole on a projector
STAGE_SHAPE = 1.7  # width of a stage by its height
WIDTHS = 1.4, 1.2, 3.8  # of a line before any backward; of the thinnest; what the widest has more
FORWARD = 2.6  # of one along which a number goes forward now
LINES = {tone: f"{tone}-line" for tone in ("positive", "negative", "neutral", "nan")}
STAGE_PAGE = 850.0, 500.0  # what a projector leaves for the picture beside the words of a step
LEGEND_BELOW = 640.0  # of a higher picture the legend stands above


def drawing(scene: Scene, direction: str = "right", page: tuple[float, float] | None = None) -> str:
    """The picture of a scene, as a whole `<svg>`; `page` is the size of what it is read on.

    >>> from autograd_lite.views.graph.scene import Card, Scene
    >>> drawing(Scene([Card("v0", "x", data=3.0)], []))[:33]
    '<svg xmlns="http://www.w3.org/200'
    """
    arrangement = arranged(scene, direction, page)
    placed = arrangement.placed
    titled = 26.0 if scene.title else 0.0
    entries = list(notes(scene, bool(arrangement.names)))
    above = placed.height > LEGEND_BELOW  # where it is seen without scrolling
    place = MARGIN + titled + (0.0 if above else placed.height + MARGIN)
    legend, legend_width, legend_height = legend_drawn(entries, MARGIN, place, placed.width)
    top = MARGIN + titled + (legend_height + 8.0 if above and legend else 0.0)
    wide = max(placed.width, text_width(scene.title, TITLE, bold=True), legend_width) + 2 * MARGIN
    high = top + placed.height + MARGIN
    if legend and not above:
        high += legend_height + 8.0
    body = "".join(
        [
            ground(wide, high),
            text_at(MARGIN, MARGIN + 13.0, scene.title, size=TITLE, bold=True) if titled else "",
            f'<g transform="translate({MARGIN:g} {top:g})">',
            *edges_drawn(scene, arrangement),
            *cards_drawn(scene, arrangement),
            "</g>",
            f'<g data-part="legend">{legend}</g>' if legend else "",
        ]
    )
    return framed(body, wide, high, description(scene))


class Arrangement(NamedTuple):
    """Where everything of a scene stands.

    Attributes:
        scale: what the widths of lines refer to.
        sizes: of all boxes, which are cards and names of leaves beside their uses.
        boxes: which of them each card is, by its key.
        names: which of them is the name of a leaf, by the number of the edge that begins there.
        placed: the places of boxes and the routes of lines.
    """

    scale: Scale
    sizes: list[tuple[float, float]]
    boxes: dict[str, int]
    names: dict[int, int]
    placed: Layout


def arranged(
    scene: Scene, direction: str = "right", page: tuple[float, float] | None = None
) -> Arrangement:
    """Find places for the cards and lines of a scene.

    `page` is the size of what it is read on: of a stepper its stage, if it is not told.
    """
    scale = Scale(scene)
    sizes, boxes, names = _boxes(scene, far_uses(scene))
    wires = list(_wires(scene, scale, boxes, names))
    placed = layout(sizes, wires, direction, page or (STAGE_PAGE if scene.products else PAGE))
    if scene.products and direction == "right" and placed.width <= STAGE:
        placed = stretched(placed, sizes, wires, placed.width / STAGE_SHAPE)
    return Arrangement(scale, sizes, boxes, names, placed)


def ground(wide: float, high: float) -> str:
    """What a picture of this size stands on."""
    return f'<rect data-part="ground" {fill("ground")} width="{wide:g}" height="{high:g}" rx="8"/>'


def cards_drawn(scene: Scene, arrangement: Arrangement) -> Iterator[str]:
    """The cards of a scene in their places."""
    for card in scene.cards:
        box = arrangement.boxes[card.key]
        yield card_svg(card, *arrangement.placed.places[box], *arrangement.sizes[box])


def description(scene: Scene) -> str:
    """The picture in one sentence."""
    if scene.inside:
        group, values = shortened(scene.inside, 60), counted(scene.total, "value")
        return say("Inside {group}: {values}", group=group, values=values)
    of = shortened(", ".join(scene.results[:3]), 60) + (", ..." if len(scene.results) > 3 else "")
    values, cards = counted(scene.total, "value"), len(scene.cards)
    if cards >= scene.total:
        return say("Computation graph of {root}: {values}", root=of, values=values)
    return say(
        "Computation graph of {root}: {values}, folded into {cards}",
        root=of, values=values, cards=f"{cards:,}",
    )  # fmt: skip


# Edges --------------------------------------------------------------------------------------------


def _boxes(
    scene: Scene, far: set[int]
) -> tuple[list[tuple[float, float]], dict[str, int], dict[int, int]]:
    """The sizes of all boxes in topological order, which of them each card is, by its key, and
    which are names of leaves, by the edges that begin there."""
    before: dict[str, list[int]] = {}
    for i in sorted(far):
        before.setdefault(scene.edges[i].target, []).append(i)
    named = {card.key: card.name for card in scene.cards} if far else {}
    sizes: list[tuple[float, float]] = []
    boxes: dict[str, int] = {}
    names: dict[int, int] = {}
    for card in scene.cards:
        for i in before.get(card.key, ()):
            names[i] = len(sizes)
            sizes.append(size_of_name(named[scene.edges[i].source]))
        boxes[card.key] = len(sizes)
        sizes.append(size_of(card, stepped=scene.products))
    return sizes, boxes, names


def _wires(
    scene: Scene, scale: Scale, boxes: dict[str, int], names: dict[int, int]
) -> Iterator[Wire]:
    gradients = {card.key: card.gradient for card in scene.cards}
    for i, edge in enumerate(scene.edges):
        label = label_of(edge)
        width, height = (text_width(label, SMALL) + 6.0, 15.0) if label else (0.0, 0.0)
        if scene.products:
            width, height = product_size(edge, gradients[edge.target])
        yield Wire(
            names.get(i, boxes[edge.source]),
            boxes[edge.target],
            target_port=None,
            label_width=width,
            label_height=height,
            thickness=thickness(edge, scale),
        )


def product_size(edge: Edge, gradient: float | None) -> tuple[float, float]:
    """What `js/pills.js` needs for `2 × 0.856` and below it `= 1.71`, on the line of `edge`."""
    if edge.partial is None or edge.carried is None or gradient is None:
        return 0.0, 0.0
    size, product = 0.9 * SIZE, number(edge.carried)
    if edge.partial == 1.0:
        return text_width(product, size, bold=True) + 12.0, 1.8 * size
    factors = f"{number(edge.partial)} × {number(gradient)}"
    wide = max(text_width(factors, size), text_width(f"= {product}", 1.08 * size, bold=True))
    return wide + 12.0, 2.8 * size


def thickness(edge: Edge, scale: Scale) -> float:
    """The width of a line: the size of the gradient that it carries."""
    if edge.carried is None:
        return WIDTHS[0]
    return width_of(magnitude(edge.carried, scale.carried))


def width_of(size: float) -> float:
    """The width of a line that carries so much beside the largest."""
    return round(WIDTHS[1] + WIDTHS[2] * size, 1)


def label_of(edge: Edge) -> str:
    """What stands on a line: the local derivative, unless it is 1."""
    return "" if edge.partial is None or edge.partial == 1.0 else f"× {number(edge.partial)}"


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """A line of Bezier pieces, as SVG writes it."""
    start, *rest = [f"{x:g} {y:g}" for x, y in points]
    return f"M{start}C{' '.join(rest)}"


def edges_drawn(scene: Scene, arrangement: Arrangement) -> Iterator[str]:
    """The lines, some with the name of a leaf where they begin, and on top of them their labels."""
    scale, _, _, names, placed = arrangement
    named = {card.key: card.name for card in scene.cards} if names else {}
    dimmed = {card.key for card in scene.cards if card.dimmed}
    labels = []
    edges = zip(scene.edges, placed.routes, spreads(scene))
    for i, (edge, route, spread) in enumerate(edges):
        faint = ' opacity="0.42"' if {edge.source, edge.target} & dimmed else ""
        tone, wide, dash = sign_of(edge.carried), thickness(edge, scale), ' stroke-linecap="round"'
        if edge.highlighted:
            tone, wide = "accent", FORWARD
        if spread:
            tone, dash = "nan", ' stroke-dasharray="7 5"'
            wide = max(wide, width_of(NAN_SIZE))
        room = ""
        if scene.products and route.label:
            room = f' data-room="{route.label[0]:g} {route.label[1]:g}"'
        again = name_svg(named[edge.source], *placed.places[names[i]]) if i in names else ""
        yield (
            f'<g data-edge="{i}" data-source="{edge.source}" data-target="{edge.target}"'
            f"{faint}{room}>"
            f'<path data-part="line" {stroke(LINES.get(tone, tone))} fill="none" '
            f'stroke-width="{wide:g}"{dash} d="{path_of(route.points)}"/>{again}</g>'
        )
        label = label_of(edge)
        if label and route.label:
            x, y = route.label
            wide = text_width(label, SMALL) + 4.0
            ink = "nan" if sign_of(edge.partial) == "nan" else "muted"
            labels.append(
                f'<g data-label="{i}"{faint}><rect {fill("ground")} fill-opacity="0.9" '
                f'x="{round(x - wide / 2, 1):g}" y="{y - 7.5:g}" width="{round(wide, 1):g}" '
                f'height="15" rx="4"/>'
                f"{text_at(x, y + 4.5, label, ink, size=SMALL, anchor='middle')}</g>"
            )
    yield from labels
