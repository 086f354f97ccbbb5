"""Live: a graph as a page computes it again when a reader changes a leaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...javascript import NotInJavaScript
from ...javascript.program import as_json
from ..graph.computing import computing, gradients_of, why_python
from ..graph.scene import Scene
from ..language import say
from ..text import alone
from .card_drawing import largest, said_name
from .cards import Shown
from .drawing import WIDTHS

MOST_LIVE, MOST_FOLDED = 2_000, 300  # Values of a picture with live leaves; of one with groups


def live(
    order: Sequence[Any],
    gradients: Mapping[Any, float],
    scene: Scene,
    names: Mapping[Any, str],
    keys: Mapping[Any, str],
) -> dict[str, Any]:
    """What `js/model.js` needs: the program, the recorded numbers, where they are in the picture.

    Without a program there are the recorded partials, and the reason why the leaves are fixed.

    Args:
        order: all Values, the root last.
        gradients: of the root with respect to each.
        scene: the picture.
        names: of the Values.
        keys: of the cards that the Values are on.
    """
    place = {node: i for i, node in enumerate(order)}
    entry: dict[str, Any] = {
        "values": [as_json(node._data) for node in order],
        "gradients": [as_json(gradients[node]) for node in order if node.op is None],
        "edges": edge_uses(scene, order, keys),
    }
    single = {card.nodes[0]: card.key for card in scene.cards if card.kind in ("leaf", "value")}
    entry["names"] = [names[node] if node in single else "" for node in order]
    entry["alone"] = {
        place[node]: alone(names[node]) for node in single if alone(names[node]) != names[node]
    }
    why = _why_fixed(scene)
    try:
        program = computing(order)
    except NotInJavaScript as error:
        why = why_python(error)
    if not why:
        return entry | program
    pieces = [edge.carried for edge, uses in zip(scene.edges, entry["edges"]) if not uses]
    return {
        **entry,
        "largest": largest(pieces),
        "why": say("The leaves are fixed here: {why}.", why=why),
        "parents": [[place[x] for x in node.parents] for node in order],
        "partials": [as_json(x) for node in order for x in node.partials],
    }


def _why_fixed(scene: Scene) -> str:
    if any(card.kind == "part" for card in scene.cards):
        return say("pieces of a dot or sum show the recorded numbers")
    return ""


def edge_uses(scene: Scene, order: Sequence[Any], keys: Mapping[Any, str]) -> list[list[int]]:
    """For each line of the picture the places of the uses that it stands for."""
    between: dict[tuple[str, str], list[int]] = {}
    use = 0
    for node in order:
        for parent in node.parents:
            between.setdefault((keys[parent], keys[node]), []).append(use)
            use += 1
    of: dict[str, str] = {}  # of a piece, the card of the whole
    for card in scene.cards:
        if card.kind == "part":
            of[card.key] = card.key.partition("p")[0]
    lines: dict[tuple[str, str], list[int]] = {}
    for i, edge in enumerate(scene.edges):
        lines.setdefault((edge.source, of.get(edge.target, edge.target)), []).append(i)
    found: list[list[int]] = [[] for _ in scene.edges]
    for pair, places in lines.items():
        uses = between.get(pair, [])
        if len(uses) == len(places):
            for i, place in zip(places, uses):
                found[i] = [place]
        elif len(places) == 1:
            found[places[0]] = uses
    return found


def live_leaves(shown: Shown, scene: Scene) -> dict[str, Any]:
    """What a page of a picture needs to change the numbers of leaves; nothing where it cannot.

    That is where there are several results, gradients of more than one `backward`, leaves that were
    changed since the graph was computed, groups of so many Values that the page would be long, or
    nodes of an engine of one's own.
    """
    order = shown.graph.order
    leaves = any(card.kind == "leaf" for card in scene.cards)
    folded = any(card.kind == "group" for card in scene.cards)
    most = MOST_FOLDED if folded else MOST_LIVE
    gradients = gradients_of(shown.graph) if leaves and len(order) <= most else None
    if gradients is None:
        return {}
    keys = {node: card.key for card in scene.cards for node in card.nodes}
    entry = live(order, gradients, scene, shown.named, keys)
    if "program" not in entry:
        return {}
    titles = {card.key: said_name(card) for card in scene.cards if card.kind in ("leaf", "value")}
    return {
        "alive": True, "root": scene.results[0], "titles": titles, "widths": WIDTHS,
        "graded": scene.has_gradients, "live": entry,
    }  # fmt: skip
