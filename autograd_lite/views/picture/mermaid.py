"""A Scene as a flowchart in Mermaid, the language that code hosts draw in their Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..graph.scene import Card, Scene
from ..text import number
from ..theme import ROLES
from .card_drawing import (
    Scale,
    copies_of,
    gradient_text,
    name_of,
    not_finite,
    operation_of,
    sign_of,
)
from .drawing import label_of, thickness

MOST_EDGES, MOST_SIGNS = 500, 50_000  # what Mermaid draws unless it is set up for more
LONGEST = 24  # characters of a formula beside a name
DIRECTIONS = {"right": "LR", "down": "TB"}
KINDS = {  # of cards: ground, outline, ink
    "plain": ("card", "line", "ink"),
    "leaf": ("leaf", "line", "ink"),
    "positive": ("positive-tint", "positive-line", "ink"),
    "negative": ("negative-tint", "negative-line", "ink"),
    "bad": ("nan-tint", "nan", "nan"),
}


def mermaid(scene: Scene, direction: str = "right") -> str:
    """The source of the flowchart: a node for each card, coloured by the sign of its gradient, and
    an arrow for each line, with its local derivative.

    Raises:
        ValueError: it is larger than what Mermaid draws.

    >>> from autograd_lite.views.graph.scene import Card, Edge, Scene
    >>> cards = [Card("v0", "x", data=3.0), Card("v1", "y", "tanh", 0.995)]
    >>> print(mermaid(Scene(cards, [Edge("v0", "v1", partial=0.00987)])))
    flowchart LR
      n0["x<br/>3"]:::plain
      n1["y, tanh<br/>0.995"]:::plain
      n0 -->|"× 0.00987"| n1
      linkStyle 0 stroke:#8a95a5,stroke-width:1.4px
      classDef plain fill:#ffffff,stroke:#d3d9e2,color:#1b2430
    <BLANKLINE>
    """
    if len(scene.edges) > MOST_EDGES:
        raise ValueError(
            f"Mermaid draws at most {MOST_EDGES} arrows, and this picture has "
            f"{len(scene.edges):,}: fold more of it, by level= or max_cards="
        )
    text = "\n".join(_lines(scene, direction)) + "\n"
    if len(text) > MOST_SIGNS:
        raise ValueError(
            f"Mermaid reads at most {MOST_SIGNS:,} characters, and this picture has {len(text):,}: "
            "fold more of it, by level= or max_cards="
        )
    return text


def _lines(scene: Scene, direction: str) -> Iterator[str]:
    yield f"flowchart {DIRECTIONS[direction]}"
    places = {card.key: f"n{i}" for i, card in enumerate(scene.cards)}
    kinds = [_kind(card) for card in scene.cards]
    for card, kind in zip(scene.cards, kinds):
        yield f'  {places[card.key]}["{"<br/>".join(map(inert, _shown(card)))}"]:::{kind}'
    for edge in scene.edges:
        label = label_of(edge)
        arrow = f'-->|"{inert(label)}"|' if label else "-->"
        yield f"  {places[edge.source]} {arrow} {places[edge.target]}"
    scale = Scale(scene)
    for i, edge in enumerate(scene.edges):
        color = ROLES[f"{sign_of(edge.carried)}-line"][0]
        yield f"  linkStyle {i} stroke:{color},stroke-width:{thickness(edge, scale):g}px"
    for kind in sorted(set(kinds)):
        ground, line, ink = (ROLES[role][0] for role in KINDS[kind])
        yield f"  classDef {kind} fill:{ground},stroke:{line},color:{ink}"


def _kind(card: Card) -> str:
    if not_finite(card) or card.begins:
        return "bad"
    sign = sign_of(card.gradient)
    if sign != "neutral":
        return sign
    return "leaf" if card.kind == "leaf" else "plain"


def _shown(card: Card) -> Iterator[str]:
    """The lines of text of a node."""
    name = name_of(card)
    if card.kind == "group":
        yield f"{name} {copies_of(card)}" if card.copies > 1 else name
        yield from card.lines
        return
    if card.sign and 0 < len(card.formula) <= LONGEST:
        yield f"{name} = {card.formula}"
    else:
        yield f"{name}, {operation_of(card)}" if card.sign else name
    if card.data is not None:
        yield number(card.data)
    if card.gradient is not None:
        yield gradient_text(card.gradient)
    if card.begins:
        yield card.begins


def inert(text: str) -> str:
    """`text` for a label: no sign in it means anything to Mermaid, Markdown or HTML.

    >>> inert('<b>"x"</b>')
    '#60;b#62;#34;x#34;#60;/b#62;'
    """
    text = text.replace("$$", "$\u200b$")  # is a formula even where the signs are escaped
    return re.sub(r"[]\"#$%&*;<>@[\\_`{|}~]", lambda match: f"#{ord(match[0])};", text)
