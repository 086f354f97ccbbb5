"""A Scene as SVG: one card per Value or group, one line per operand, the numbers of the chain rule.

Every element carries its own colours and font, so that a renderer without style sheets draws the
same picture; a style sheet inside turns it dark where the reader wants that. The text depends on
the scene alone, to the last byte.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..graph.scene import Edge, Scene
from ..layout.layered import Layout, layout
from ..layout.mesh import Wire
from ..output.svg import SMALL, framed
from ..text import counted, number, shortened, text_width
from ..theme import fill, stroke
from .card_drawing import Scale, card_svg, magnitude, sign_of, size_of, text_at

MARGIN = 16.0


def drawing(scene: Scene, direction: str = "right") -> str:
    """The picture of a scene, as a whole `<svg>`.

    >>> from autograd_lite.views.graph.scene import Card, Scene
    >>> drawing(Scene([Card("v0", "x", data=3.0)], []))[:33]
    '<svg xmlns="http://www.w3.org/200'
    """
    scale = Scale(scene)
    sizes = [size_of(card, scale) for card in scene.cards]
    placed = layout(sizes, list(_wires(scene, scale)), direction)
    top = MARGIN + (24.0 if scene.title else 0.0) + (18.0 if scene.caption else 0.0)
    legend, legend_width = _legend_drawn(list(_legend(scene)), top + placed.height + 24.0)
    headings = text_width(scene.title, 15.0, bold=True), text_width(scene.caption, SMALL)
    wide = max(placed.width, *headings, legend_width) + 2 * MARGIN
    high = top + placed.height + (28.0 if legend else 0.0) + MARGIN
    cards = zip(scene.cards, placed.places, sizes)
    body = "".join(
        [
            f'<rect data-part="ground" {fill("ground")} width="{wide:g}" height="{high:g}" '
            'rx="8"/>',
            *_heading(scene),
            f'<g transform="translate({MARGIN:g} {top:g})">',
            *_edges(scene, placed, scale),
            *(card_svg(card, scale, *place, *size) for card, place, size in cards),
            "</g>",
            *legend,
        ]
    )
    return framed(body, wide, high, description(scene))


def description(scene: Scene) -> str:
    """The picture in one sentence."""
    of = shortened(", ".join(scene.results[:3]), 60) + (", ..." if len(scene.results) > 3 else "")
    shown = f", folded into {len(scene.cards):,}" if len(scene.cards) < scene.total else ""
    return f"Computation graph of {of}: {counted(scene.total, 'value')}{shown}"


# Edges --------------------------------------------------------------------------------------------


def _wires(scene: Scene, scale: Scale) -> Iterator[Wire]:
    places = {card.key: i for i, card in enumerate(scene.cards)}
    for edge in scene.edges:
        label = label_of(edge)
        yield Wire(
            places[edge.source],
            places[edge.target],
            target_port=None,
            label_width=text_width(label, SMALL) + 6.0 if label else 0.0,
            label_height=15.0 if label else 0.0,
            thickness=thickness(edge, scale),
        )


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
    """The lines, and on top of them their labels."""
    dimmed = {card.key for card in scene.cards if card.dimmed}
    labels = []
    for i, (edge, route) in enumerate(zip(scene.edges, placed.routes)):
        points = [f"{x:g} {y:g}" for x, y in route.points]
        path = f"M{points[0]}C{' '.join(points[1:])}"
        faint = ' opacity="0.42"' if {edge.source, edge.target} & dimmed else ""
        yield (
            f'<g data-edge="{i}" data-source="{edge.source}" data-target="{edge.target}"{faint}>'
            f'<path data-part="line" {stroke(tone(edge) + "-line")} fill="none" '
            f'stroke-width="{thickness(edge, scale):g}" stroke-linecap="round" d="{path}"/></g>'
        )
        label = label_of(edge)
        if label and route.label:
            x, y = route.label
            wide = text_width(label, SMALL) + 4.0
            labels.append(
                f'<g data-label="{i}"{faint}><rect {fill("ground")} fill-opacity="0.9" '
                f'x="{round(x - wide / 2, 1):g}" y="{y - 7.5:g}" width="{round(wide, 1):g}" '
                f'height="15" rx="4"/>'
                f"{text_at(x, y + 4.0, label, 'muted', size=SMALL, anchor='middle')}</g>"
            )
    yield from labels


# Above and below ----------------------------------------------------------------------------------


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


def _legend_drawn(legend: list[tuple[str, str]], y: float) -> tuple[list[str], float]:
    """The legend on one line, and how wide it is."""
    texts, x = [], MARGIN
    for role, words in legend:
        texts.append(text_at(round(x, 1), y, words, role, size=SMALL))
        x += text_width(words, SMALL) + 22.0
    return texts, x - MARGIN
