"""draw: a computation graph as a picture, in a notebook, a page, or a file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from ...methods import refuse_in_trace
from ..graph.roots import as_list, roots_of
from ..graph.scene import Scene
from ..output.view import View
from .cards import Shown, show
from .dot import draw_dot
from .drawing import description, drawing
from .inside import inner_pictures, packed


class Picture(View):
    """A drawn graph. A notebook shows it; `save` writes it.

    Attributes:
        scene: what it shows, as plain data.
        svg: the picture as text.
    """

    kind = "picture"

    def __init__(
        self, roots: list[Any], shown: Shown, scene: Scene, options: Mapping[str, Any]
    ) -> None:
        self.scene = scene
        self._roots, self._shown, self._options = roots, shown, options

    @functools.cached_property
    def svg(self) -> str:
        return drawing(self.scene, self._options["direction"])

    def payload(self) -> dict[str, Any]:
        return {
            "version": 1,
            "kind": "draw",
            "svg": self.svg,
            "label": str(self),
            "cards": [card.key for card in self.scene.cards],
            "edges": [[edge.source, edge.target] for edge in self.scene.edges],
            **packed(self.inside),
        }

    @functools.cached_property
    def inside(self) -> dict[str, dict[str, Any]]:
        """The pictures of what is inside its groups, which a click on ⊞ shows."""
        return inner_pictures(self._shown, self.scene, self._options["direction"])

    def opened(self, key: str) -> Picture:
        """The same with the group on the card `key` opened."""
        return draw(self._roots, **opened_too(self._options, key))

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        return super()._writers() | {".dot": lambda: draw_dot(self._roots).source.encode()}

    def __str__(self) -> str:
        return description(self.scene)

    def __repr__(self) -> str:
        return f"<{self}>"


DIRECTIONS = ("right", "down")


def draw(
    what: Any,
    *,
    level: str | int | None = None,
    unfold: Any = (),
    direction: str = "right",
    max_cards: int = 150,
    highlight: Any = (),
    name_from: Mapping[str, Any] | None = None,
    before: Any = None,
) -> Picture:
    """The graph of a Value as a picture: a card per Value, a line per operand.

    A card shows the name, the operation and the number, and below them the gradient once
    `backward()` has come by what is drawn: an arrow up where raising the Value raises the result,
    an arrow down where it lowers it. (What another graph has left in a leaf is not shown.) A line
    is a factor of the chain rule: it carries the local derivative, and is as wide as the gradient
    that flows back through it. A graph of more than `max_cards` Values is folded by its scopes
    (those of `nn`, and `with scope("name")`), or else by its shape.

    Args:
        what: a Value, a list of Values, or a model of `nn`, which is called on an example.
        level: "model", "layer", "neuron" or "operation"; by default the deepest that draws at most
            `max_cards` cards.
        unfold: groups to open, by their names; `dot` and `sum` nodes to take apart into products
            and a sum, or True for all of them.
        direction: "right" or "down": where the result is.
        max_cards: at most so many cards, unless `level` is given.
        highlight: Values, or their names, that stand out with what they depend on and what
            depends on them; the rest is dimmed.
        name_from: variables, as `locals()`, that give names to Values without a label.
        before: the root of the same graph at an earlier time, or a `snapshot` of it: cards show
            what changed.

    Raises:
        TypeError: `what` is nothing that has a graph, or name_from is no dict.
        ValueError: an unknown level or direction, nothing of that name to unfold or highlight, or
            a `before` of another shape.

    >>> from autograd_lite import Value, draw
    >>> w, x = Value(-0.6, label="w"), Value(2.0, label="x")
    >>> y = (w * x).tanh()
    >>> y.backward()
    >>> draw(y)
    <Computation graph of v1: 4 values>
    """
    refuse_in_trace("draw")
    if direction not in DIRECTIONS:
        raise ValueError(f'direction is "right" or "down", got {direction!r}')
    roots = roots_of(what)
    options = {
        "level": level, "max_cards": max_cards, "highlight": as_list(highlight),
        "unfold": unfold if unfold is True else as_list(unfold),
        "name_from": name_from, "before": before,
    }  # fmt: skip
    return Picture(roots, *show(roots, **options), {**options, "direction": direction})


def opened_too(options: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The options of a picture where the group `key` is opened, too."""
    unfold = options["unfold"]
    return {**options, "unfold": True if unfold is True else [*as_list(unfold), key]}
