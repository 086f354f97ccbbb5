"""Far uses: where a leaf is used far from its card, its name stands there once more.

A weight that a program uses in every step would send lines across the whole picture, below which
nobody sees the steps. Instead, each use that is far from the card has the leaf's name beside it,
and the line starts there; it carries what it would carry otherwise.
"""

from __future__ import annotations

from collections import Counter

from ..graph.scene import Scene
from ..language import say
from ..layout import Wire, columns
from ..output.svg import SMALL, tip
from ..text import shortened, text_width
from ..theme import both
from .card_drawing import text_at

FAR = 4  # columns from a leaf to a use that is far
HEIGHT = 22.0


def far_uses(scene: Scene) -> set[int]:
    """The edges that begin at a name, not at the card of their leaf."""
    places = {card.key: i for i, card in enumerate(scene.cards)}
    uses = Counter(edge.source for edge in scene.edges)
    leaves = {card.key for card in scene.cards if card.kind == "leaf" and uses[card.key] > 1}
    if not leaves:
        return set()
    wires = [Wire(places[edge.source], places[edge.target]) for edge in scene.edges]
    column = columns(len(scene.cards), wires)
    return {
        i
        for i, (edge, wire) in enumerate(zip(scene.edges, wires))
        if edge.source in leaves and column[wire.target] - column[wire.source] >= FAR
    }


def size_of_name(name: str) -> tuple[float, float]:
    return 2.0 * round(text_width(shown_name(name), SMALL) / 2.0) + 16.0, HEIGHT


def name_svg(name: str, x: float, y: float) -> str:
    """The name of a leaf beside a use of it."""
    wide, high = size_of_name(name)
    words = tip(say("{name} again", name=name))
    return (
        f'<g data-part="again" transform="translate({x:g} {y:g})">{words}'
        f'<rect {both("leaf", "neutral-line")} stroke-dasharray="2 2" width="{wide:g}" '
        f'height="{high:g}" rx="{high / 2:g}"/>'
        f"{text_at(wide / 2, 15.5, shown_name(name), size=SMALL, anchor='middle')}</g>"
    )


def shown_name(name: str) -> str:
    return shortened(name, 12)
