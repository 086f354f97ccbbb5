"""Products: `2 × 0.99`, and below it `= 1.98`, on the line that carries it."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph.scene import Edge, Scene
from ..output.svg import SIZE
from ..picture.card_drawing import sign_of, text_at
from ..picture.drawing import Arrangement, product_size
from ..text import number
from ..theme import both

TEXT = round(0.9 * SIZE, 1)  # as in js/pills.js


def products(scene: Scene, arrangement: Arrangement) -> Iterator[tuple[int, str]]:
    """The products on the lines of a scene that has its gradients: which line, and the SVG."""
    gradients = {card.key: card.gradient for card in scene.cards}
    for i, edge in enumerate(scene.edges):
        point, gradient = arrangement.placed.routes[i].label, gradients[edge.target]
        if point and edge.partial is not None and edge.carried is not None:
            assert gradient is not None
            yield i, _product(edge, gradient, *point)


def _product(edge: Edge, gradient: float, x: float, y: float) -> str:
    """A box with the product; of × 1 only its result, which is what was there before."""
    wide, high = product_size(edge, gradient)
    tone, result = sign_of(edge.carried), number(edge.carried or 0.0)
    ink = "ink" if tone == "neutral" else tone
    left, top = round(x - wide / 2, 1), round(y - high / 2, 1)
    box = (
        f'<rect {both("card", f"{tone}-line")} x="{left:g}" y="{top:g}" '
        f'width="{round(wide, 1):g}" height="{round(high, 1):g}" rx="6"/>'
    )
    low = round(y + (0.37 if edge.partial == 1.0 else 1.02) * TEXT, 1)
    if edge.partial == 1.0:
        return box + text_at(x, low, result, ink, size=TEXT, bold=True, anchor="middle")
    factors = f"{number(edge.partial or 0.0)} × {number(gradient)}"
    return (
        box
        + text_at(x, round(y - 0.22 * TEXT, 1), factors, size=TEXT, anchor="middle")
        + text_at(x, low, f"= {result}", ink, size=TEXT, bold=True, anchor="middle")
    )
