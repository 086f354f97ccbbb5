"""draw: a computation graph as a picture, in a notebook, a page, or a file."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from ...methods import refuse_in_trace
from ..graph.roots import as_list, roots_of
from ..graph.scene import Scene
from ..language import speaking, spoken
from ..names import names_in
from ..net.picture import NetPicture, net_picture, usual_net
from ..output.view import View, Writer, source
from ..program import program_beside
from ..text import shortened
from .cards import Shown, show
from .dot import draw_dot
from .drawing import description, drawing
from .inside import inner_pictures, packed
from .live import live_leaves
from .mermaid import mermaid
from .tikz import tikz

if TYPE_CHECKING:
    from ..worksheet.worksheet import Worksheet


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
    @spoken
    def svg(self) -> str:
        return drawing(self.scene, self.direction)

    @spoken
    def payload(self) -> dict[str, Any]:
        before = self._options["before"]
        shown = {} if before is not None else live_leaves(self._shown, self.scene)
        return {**self.plain(), **shown}

    def plain(self) -> dict[str, Any]:
        """Its payload without live leaves."""
        return {
            "version": 1,
            "kind": "draw",
            "svg": self.svg,
            "label": str(self),
            "cards": [card.key for card in self.scene.cards],
            "edges": [[edge.source, edge.target] for edge in self.scene.edges],
            "of": shortened(", ".join(self.scene.results), 24),
            **packed(self.inside),
            **program_beside(
                {card.key: card.nodes for card in self.scene.cards},
                [v for card in self.scene.cards for v in card.nodes],
            ),
        }

    @functools.cached_property
    @spoken
    def inside(self) -> dict[str, dict[str, Any]]:
        """The pictures of what is inside its groups, which a click on ⊞ shows."""
        return inner_pictures(self._shown, self.scene, self.direction)

    def _writers(self) -> dict[str, Writer]:
        dot = source(lambda: draw_dot(self._roots).source)
        return super()._writers() | self.sources() | {".dot": dot}

    def sources(self) -> dict[str, Writer]:
        """What writes the picture in languages that other programs draw."""
        return {
            ".tex": source(lambda: tikz(self.scene, self.direction)),
            ".mmd": source(lambda: mermaid(self.scene, self.direction)),
        }

    @property
    def direction(self) -> str:
        """Where the result is: "right" or "down"."""
        direction: str = self._options["direction"]
        return direction

    @spoken
    def __str__(self) -> str:
        return description(self.scene)

    def __repr__(self) -> str:
        return f"<{self}>"


DIRECTIONS = ("right", "down")
STYLES = ("net", "cards")
MAX_CARDS = 150


@overload
def draw(what: Any, *, style: Literal["net"], sample: int | None = ..., name_from: Any = ...,
         language: str | None = ...) -> NetPicture: ...  # fmt: skip
@overload
def draw(what: Any, *, style: Literal["cards"], level: str | int | None = ..., unfold: Any = ...,
         direction: str = ..., max_cards: int = ..., highlight: Any = ..., name_from: Any = ...,
         before: Any = ..., language: str | None = ...) -> Picture: ...  # fmt: skip
@overload
def draw(what: Any, *, blank: str | Sequence[str], unfold: Any = ..., direction: str = ...,
         name_from: Any = ..., language: str | None = ...) -> Worksheet: ...  # fmt: skip
@overload
def draw(what: Any, *, style: str | None = ..., level: str | int | None = ..., unfold: Any = ...,
         direction: str = ..., max_cards: int = ..., highlight: Any = ..., name_from: Any = ...,
         before: Any = ..., sample: int | None = ..., language: str | None = ...,
         ) -> Picture | NetPicture: ...  # fmt: skip
def draw(
    what: Any,
    *,
    style: str | None = None,
    level: str | int | None = None,
    unfold: Any = (),
    direction: str = "right",
    max_cards: int = MAX_CARDS,
    highlight: Any = (),
    name_from: Any = None,
    before: Any = None,
    sample: int | None = None,
    blank: Any = None,
    language: str | None = None,
) -> Picture | NetPicture | Worksheet:
    """The graph of a Value as a picture: a card per Value, or a net of neurons as discs.

    Cards: a card per Value, a line per operand. A card shows the name, the operation and the
    number, and below them the gradient once `backward()` has come by what is drawn: an arrow up
    where raising the Value raises the result, an arrow down where it lowers it. (What another graph
    has left in a leaf is not shown. A leaf that was changed since shows its number of now; results
    and derivatives are as recorded.) A line is a factor of the chain rule: it carries the local
    derivative, and is as wide as the gradient that flows back through it. A graph of more than
    `max_cards` Values is folded by its scopes (those of `nn`, and `with scope("name")`), or else by
    its shape; up to a dozen leaves with a label of their own stay. Of what repeats one after
    another, as time steps do, the first and the last are shown, and those between are one card. In
    a page and in a notebook ⊞ opens a card.

    A net: a disc for each unit, a column for each layer, a hair for each weight. It is as wide as
    the gradient that flows back through it is large, and blue or orange by the sign; a disc is
    dashed where its activation is flat. In a page, switch to weights and activations, point at a
    unit, open its sum, or drag an input or a hair: everything follows. A unit is whatever activates
    a sum of weights times inputs: the class of the model does not matter.

    Args:
        what: a Value, a list of Values, or a model of `nn`, which is called on an example.
        style: "net" or "cards". By default a net if the graph is one, made by modules or in scopes
            (or too large to be drawn Value by Value) for one sample, with at most 1,500 weights and
            64 units in a layer; and cards if any option that is theirs is given.
        level: "model", "layer", "neuron", "operation", or how many scopes deep; by default the
            deepest that draws at most `max_cards` cards.
        unfold: groups to open within the picture, by their names; `dot` and `sum` nodes to take
            apart into products and a sum, or True for all of them.
        direction: "right" or "down": where the result is.
        max_cards: at most so many cards, unless `level` is given or a group is opened.
        highlight: Values, or their names, that stand out with what they depend on and what
            depends on them; the rest is dimmed.
        name_from: what gives names to Values without a label: variables, as `locals()` gives them,
            or "caller" for those where `draw` is called; a model, for the paths of its parameters.
            A model that is drawn names its own.
        before: the root of the same graph at an earlier time, or a `snapshot` of it: cards show
            what changed.
        sample: which sample of a batch a net shows, from 0; without it the first.
        blank: a worksheet for pencils, of A4, in which this is left to be found: "gradients",
            "local derivatives", "values", a list of these, or "all". What one needs for it is
            given. It is a `Worksheet`, whose `key` has the answers; it needs no `backward()`.
        language: of the words on it, "en" or "zh"; by default as `set_language` says.

    Raises:
        TypeError: `what` is nothing that has a graph, or name_from is none of these.
        ValueError: an unknown style, level or direction, nothing of that name to unfold or
            highlight, a `before` of another shape; no net where one was asked for; nothing
            like that to leave blank, or too much for a sheet.

    >>> from autograd_lite import Value, draw
    >>> w, x = Value(-0.6, label="w"), Value(2.0, label="x")
    >>> y = (w * x).tanh()
    >>> y.backward()
    >>> draw(y)
    <Computation graph of v0: 4 values>
    >>> import nn
    >>> draw(nn.MLP(2, [16, 16, 1]))
    <Net 2-16-16-1: 304 weights>
    """
    refuse_in_trace("draw")
    if direction not in DIRECTIONS:
        raise ValueError(f'direction is "right" or "down", got {direction!r}')
    if style is not None and style not in STYLES:
        raise ValueError(f'style is "net", "cards", or None to choose, got {style!r}')
    roots = roots_of(what)
    if name_from is None and hasattr(what, "named_parameters"):
        name_from = what
    options = {
        "level": level, "max_cards": max_cards, "highlight": as_list(highlight),
        "unfold": unfold if unfold is True else as_list(unfold),
        "name_from": names_in(name_from), "before": before,
    }  # fmt: skip
    of_cards = [name for name, given in {
        "level": level is not None, "unfold": options["unfold"] != [],
        "direction": direction != "right", "max_cards": max_cards != MAX_CARDS,
        "highlight": options["highlight"] != [], "before": before is not None,
    }.items() if given]  # fmt: skip
    with speaking(language):
        if blank is not None:
            named = {"name_from": options["name_from"], "unfold": unfold, "direction": direction}
            return _worksheet(roots, blank, named, [
                name for name, given in {
                    "style": style not in (None, "cards"), "level": level is not None,
                    "max_cards": max_cards != MAX_CARDS, "highlight": options["highlight"] != [],
                    "before": before is not None, "sample": sample is not None,
                }.items() if given
            ])  # fmt: skip
        net = _net(roots, style, sample, options["name_from"], of_cards)
        if net is not None:
            return net
        return Picture(roots, *show(roots, **options), {**options, "direction": direction})


def _worksheet(
    roots: list[Any], blank: Any, options: dict[str, Any], of_pictures: list[str]
) -> Worksheet:
    """The worksheet, where one is wanted; `of_pictures` are options given that it does not have."""
    from ..worksheet.worksheet import worksheet  # it stands above: it has the steps of a stepper

    if of_pictures:
        raise ValueError(f"{of_pictures[0]} is no option of a worksheet, which blank asks for")
    return worksheet(roots, blank, options)


def _net(
    roots: list[Any], style: str | None, sample: int | None, name_from: Any, of_cards: list[str]
) -> NetPicture | None:
    """The picture as a net, where that is wanted; `of_cards` are options given for cards."""
    dot = {".dot": source(lambda: draw_dot(roots).source)}
    if style == "net" or (style is None and sample is not None):
        if of_cards:
            raise ValueError(f"{of_cards[0]} is an option of cards, not of a net")
        return net_picture(roots, sample, name_from, dot)
    if style == "cards" and sample is not None:
        raise ValueError("sample is an option of a net; cards show all samples of a batch")
    return None if style or of_cards else usual_net(roots, name_from, MAX_CARDS, dot)
