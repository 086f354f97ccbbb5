"""Live: a net as a page computes it again when a reader changes a weight or an input.

The page has the program, and where in it the numbers of discs and hairs are; all texts, sizes and
sentences follow in `js/net_numbers.js` and `js/net_words.js`, sign by sign as those of Python.
"""

from __future__ import annotations

from typing import Any

from ...javascript import NotInJavaScript
from ...javascript.program import as_json
from ..graph.computing import computing, gradients_of, why_python
from ..graph.graph import Graph
from ..graph.summary import SATURATED
from ..language import say
from .net import Disc, Hair, Net
from .placement import place
from .sizes import modes_of
from .words import layer_of, loss_name, result_of

MOST_LIVE = 2_000  # Values of a graph whose net has live leaves
MOST_LISTED = 12  # leaves of a loss that are listed


def live_leaves(net: Net, graph: Graph) -> dict[str, Any]:
    """What a page of a net needs to change the numbers of leaves; nothing where it cannot.

    That is where a picture of cards cannot, either; with custom primitives it says that. Inputs
    that are numbers of the program are leaves of the page, which come before the Values.
    """
    if len(graph) > MOST_LIVE or gradients_of(graph) is None:
        return {}
    constants = [k for k, disc in enumerate(net.discs) if disc.is_constant]
    slots = dict(zip(constants, range(len(constants))))
    given = {at: slot for k, slot in slots.items() for at in net.discs[k].written}
    try:
        program = computing(graph.order, given)
    except NotInJavaScript as error:
        return {"fixed": say("The leaves are fixed here: {why}.", why=why_python(error))}
    first = len(constants)
    return {
        "net": {
            "modes": modes_of(net),
            "given": first,
            "discs": [
                _disc(net, disc, slots.get(k, first + disc.place), first)
                for k, disc in enumerate(net.discs)
            ],
            "hairs": [_hair(hair, first) for hair in net.hairs],
            "leaves": [[first + i, name] for i, name in _of_loss(net)],
            "loss": loss_name(net, net.loss) if net.loss else None,
            "of": result_of(net),
            "root": _root(net),
            "sample": [net.sample, net.samples],
            "tall": place(net).tall,
            "flat": SATURATED,
        },
        "gradients": [],
        **program,
    }


def _disc(net: Net, disc: Disc, slot: int, first: int) -> list[Any]:
    where = layer_of(net, disc)
    total = first + disc.total_place if disc.total_place >= 0 else -1
    return [disc.column, disc.name, where, disc.activation, disc.is_output, slot, total]


def _hair(hair: Hair, first: int) -> list[Any]:
    about: list[Any] = [hair.source, hair.target, hair.name, hair.term]
    return [*about, first + hair.place] if hair.place >= 0 else [*about, -1, as_json(hair.weight)]


def _of_loss(net: Net) -> list[tuple[int, str]]:
    """The leaves of the loss, unless there are too many, as the targets of a batch."""
    leaves = net.loss.leaves if net.loss else []
    return leaves if len(leaves) <= MOST_LISTED else []


def _root(net: Net) -> str:
    """The name of the result, which is the loss or an output."""
    return net.loss.name if net.loss else net.root or net.outputs[-1].name
