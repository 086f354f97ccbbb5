"""NetPicture: a net as a View, with what a page needs to bring it to life."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from ...chain_rule import topological_order
from ..graph.graph import Graph
from ..language import spoken
from ..output.view import View, Writer, source
from ..text import number
from .build import NoNetError, net_of
from .drawing import drawing, order_of
from .legend import legend, rows
from .live import live_leaves
from .net import Disc, Hair, Net
from .placement import place
from .sizes import derivative, disc_sizes, hair_sizes, modes_of, thickness
from .tikz import tikz
from .words import description, headings, layer_of, layers, overview, said, signed

MOST_WEIGHTS = 1500  # drawn as a net unless asked otherwise
MOST_UNITS = 64  # in one layer, the same
LIMIT = 6000  # weights that can be drawn as hairs at all
MOST_VALUES = 10_000  # of a graph in which a net of so many weights is looked for

Writers = Mapping[str, Writer]


class NetPicture(View):
    """A drawn net. A notebook shows it; `save` writes it.

    Args:
        net: what it shows, as plain data.
        graph: the graph that it was made from.
        writers: what else it can be saved as, by the ending of the file.

    Attributes:
        net: the same.
        svg: the picture as text.
    """

    kind = "picture"

    def __init__(self, net: Net, graph: Graph, writers: Writers) -> None:
        self.net, self._graph, self._others = net, graph, writers

    @functools.cached_property
    @spoken
    def svg(self) -> str:
        return drawing(self.net)

    @spoken
    def payload(self) -> dict[str, Any]:
        entry = live_leaves(self.net, self._graph)
        if "program" in entry:  # what it can compute it need not be told
            return {**self._around(), "live": entry}
        return {**self.plain(), **entry}

    @spoken
    def plain(self) -> dict[str, Any]:
        """Its payload without live leaves."""
        net, tall = self.net, place(self.net).tall
        modes = modes_of(net)
        return {
            **self._around(),
            "modes": {
                mode: {
                    "legend": legend(net, mode),
                    "said": overview(net, mode),
                    "thick": thickness(net, mode, tall),
                    "hairs": hair_sizes(net, mode),
                    "discs": disc_sizes(net, mode),
                }
                for mode in modes
            },
            "layers": layers(net),
            "discs": [_disc(net, disc) for disc in net.discs],
            "hairs": [_hair(hair) for hair in net.hairs],
        }

    def _around(self) -> dict[str, Any]:
        """What both payloads have: the picture, its table, and where the discs are."""
        net, at = self.net, place(self.net)
        return {
            "version": 1,
            "kind": "net",
            "svg": self.svg,
            "label": str(self),
            "samples": net.samples,
            "rows": rows(net),
            "order": order_of(net, modes_of(net)[0]),
            "columns": [
                [len(column), at.radii[k], *headings(net)[k]]
                for k, column in enumerate(net.columns)
            ],
            "at": at.y,
            "place": [at.left, at.right, at.gap, at.height],
        }

    def _writers(self) -> dict[str, Writer]:
        return {
            **super()._writers(), ".tex": source(lambda: tikz(self.net)), **self._others
        }  # fmt: skip

    @spoken
    def __str__(self) -> str:
        return description(self.net)

    def __repr__(self) -> str:
        return f"<{self}>"


def _disc(net: Net, disc: Disc) -> list[Any]:
    slope = derivative(net, disc)
    return [
        disc.column,
        disc.name,
        layer_of(net, disc),
        said(net, disc),
        number(disc.value),
        signed(slope) if disc.gradient is not None else "",
        "" if disc.total is None else number(disc.total),
        signed(disc.total_gradient),
        disc.activation,
        number(disc.slope),
        disc.is_off,
        disc.is_output,
        disc.hairs,
    ]


def _hair(hair: Hair) -> list[Any]:
    numbers = hair.weight, hair.product, hair.carried, hair.share
    texts = ["" if x is None else number(x) for x in numbers]
    whole = "" if hair.gradient == hair.share else signed(hair.gradient)
    return [hair.source, hair.target, hair.name, *texts, whole]


def net_picture(
    roots: Sequence[Any], sample: int | None, name_from: Any, writers: Writers
) -> NetPicture:
    """The net of the graph of `roots` as a picture, or an error that says why it is none.

    Raises:
        ValueError: the graph is no net of units, or has too many weights for hairs; there is no
            such sample.
    """
    instead = "; draw(..., style='cards') draws any graph"
    try:
        graph = Graph(topological_order(*roots), roots)
        net = net_of(graph, name_from, sample)
    except NoNetError as reason:
        raise ValueError(
            "a net is layers of units, each an activation of a sum of weights times inputs; this "
            f"graph is none: {reason}{instead}"
        ) from None
    if len(net.drawn) > LIMIT:
        raise ValueError(
            f"this net has {len(net.drawn):,} weights, and at most {LIMIT:,} can be drawn as hairs"
            + instead
        )
    return NetPicture(net, graph, writers)


def usual_net(
    roots: Sequence[Any], name_from: Any, most_values: int, writers: Writers
) -> NetPicture | None:
    """The picture of a net if that is what one wants to see of this graph, or None.

    It is for one sample in layers of two units or more, of at most 1,500 weights and 64 units in a
    layer, if they were made in scopes, as modules do, or are too many Values to draw one by one.
    """
    order = topological_order(*roots)
    if len(order) > MOST_VALUES:
        return None
    graph = Graph(order, roots)
    try:
        net = net_of(graph, name_from)
    except NoNetError:
        return None
    fits = (
        net.samples == 1
        and len(net.discs) - len(net.columns[0]) > 1
        and len(net.drawn) <= MOST_WEIGHTS
        and max(map(len, net.columns)) <= MOST_UNITS
        and (net.scoped or len(order) > most_values)
    )
    return NetPicture(net, graph, writers) if fits else None
