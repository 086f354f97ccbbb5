"""The Scene of a graph: a card for each of its parts, and the edges between them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...chain_rule import topological_order
from ...primitive import describe, is_value
from ..formula.writer import FormulaWriter
from ..graph.folding import fold_graph
from ..graph.graph import Graph
from ..graph.groups import piece_of, sum_of
from ..graph.kept import kept
from ..graph.origins import Beginning, beginnings
from ..graph.parts import Part
from ..graph.roots import as_list
from ..graph.scene import Card, Edge, Scene
from ..graph.states import Snapshot, earlier
from ..graph.summary import copy_name, group_lines, rms, squares
from ..language import say
from ..names import MOST_FORMULAS, names, names_in
from ..text import counted, operation_text


def build_scene(
    roots: Sequence[Any],
    *,
    level: str | int | None = None,
    unfold: Any = (),
    max_cards: int = 150,
    highlight: Any = (),
    name_from: Any = None,
    before: Any = None,
) -> Scene:
    """All that a picture of the graph of `roots` shows.

    Args:
        roots: Values of one engine.
        level, unfold, max_cards: as for `fold_graph`.
        highlight: Values, or names of Values or groups, that stand out; with them stays what they
            depend on and what depends on them, and the rest is dimmed.
        name_from: as for `names`.
        before: the same graph at an earlier time: a Value, or what `snapshot(root)` gave.

    Raises:
        ValueError: as for `fold_graph`; nothing like that to highlight; or another shape before.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.picture.cards import build_scene
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> scene = build_scene([y])
    >>> [(card.name, card.operation, card.data, card.gradient) for card in scene.cards]
    [('x', '', 3.0, 6.0), ('x·x', '×', 9.0, 1.0)]
    >>> [(edge.operand, edge.partial, edge.carried) for edge in scene.edges]
    [(0, 3.0, 3.0), (1, 3.0, 3.0)]
    """
    options = {"level": level, "unfold": unfold, "max_cards": max_cards, "highlight": highlight}
    return show(roots, name_from=name_from, before=before, **options)[1]


@dataclass(slots=True)
class Shown:
    """A graph as one picture shows it, from which those of its groups can be made.

    Attributes:
        graph: the graph, or what is inside one of its groups.
        parts: one for each card.
        named: the name of each Value.
        before: its numbers at an earlier time, if they are compared.
        begins: the Values where nan or infinity begins, and which.
        kept: the leaves whose gradient is not the sum of what their lines bring.
    """

    graph: Graph
    parts: list[Part]
    named: Mapping[Any, str]
    before: Snapshot | None
    begins: Mapping[Any, Beginning]
    kept: Collection[Any]

    def scene(self, **about: Any) -> Scene:
        """Its cards and edges; `about` is what else a Scene says."""
        graph, parts = self.graph, self.parts
        outputs = _outputs(graph, parts)
        cards = [_card(graph, part, self.named, self.before, outputs) for part in parts]
        _tell_apart(cards)
        for card in cards if self.kept else ():
            card.kept = card.kind == "leaf" and any(x in self.kept for x in card.nodes)
        for card in cards if self.begins else ():
            first = next((self.begins[x] for x in card.nodes if x in self.begins), None)
            if first is not None:
                card.begins = first.said(inside=card.kind == "group")
                card.begins_backward = first.in_gradient
        about = {"has_gradients": graph.has_gradients, **about}
        return Scene(cards, _edges(graph, parts), **about)


def show(
    roots: Sequence[Any],
    *,
    level: str | int | None = None,
    unfold: Any = (),
    max_cards: int = 150,
    highlight: Any = (),
    name_from: Any = None,
    before: Any = None,
) -> tuple[Shown, Scene]:
    """The graph of `roots` with its parts, and the Scene of them; see `build_scene`."""
    graph = Graph(topological_order(*roots), roots)
    variables = names_in(name_from)
    graph.variables = {i for i in graph.leaves if id(graph.order[i]) in variables.plain}
    parts = fold_graph(graph, level, max_cards, unfold)
    state = None if before is None else earlier(graph, before)
    named = names(graph.order, variables)
    root = roots[0] if len(roots) == 1 and roots[0].grad == 1.0 else None
    begins = {graph.order[i]: text for i, text in beginnings(graph).items()}
    held = {graph.order[i] for i in kept(graph)}
    shown = Shown(graph, parts, named, state, begins, held)
    groups = sum(part.kind == "group" for part in parts)
    scene = shown.scene(
        root="" if root is None else shown.named[root],
        total=len(graph),
        results=list(dict.fromkeys(_result(graph, parts, shown.named, root) for root in roots)),
        title=_title(len(graph), groups, len(parts)),
    )
    _highlight(graph, parts, scene.cards, as_list(highlight), shown.named)
    return shown, scene


def _result(graph: Graph, parts: Sequence[Part], named: Mapping[Any, str], root: Any) -> str:
    """The name of a result; if it has none of its own, that of the group that holds it."""
    if root.label is None and re.fullmatch(r"v\d+", named[root]):
        place = graph.place[root]
        return next((p.title for p in parts if p.title and place in p.places), named[root])
    return named[root]


def _title(total: int, groups: int, cards: int) -> str:
    if not groups:
        return ""
    values, inside = f"{total:,}", counted(groups, "group")
    if cards == groups:
        return say("{values} values in {groups}", values=values, groups=inside)
    return say(
        "{values} values in {groups} and {rest} by themselves",
        values=values, groups=inside, rest=cards - groups,
    )  # fmt: skip


# Cards --------------------------------------------------------------------------------------------


def _card(
    graph: Graph,
    part: Part,
    named: Mapping[Any, str],
    before: Snapshot | None,
    outputs: Sequence[bool],
) -> Card:
    group = part.group
    nodes = [graph.order[i] for i in part.places]
    scope = "" if group.scope is None else str(group.scope)
    if part.kind == "group":
        return Card(
            part.key,
            part.title,
            count=len(nodes),
            kind="group",
            copies=group.repeats,
            copy_name=copy_name(group, graph),
            lines=group_lines(graph, group, None if before is None else before.gradients),
            squares=squares(graph, group, outputs),
            nodes=nodes,
            scope=scope,
            outside=part.is_outside,
        )
    piece, seen = part.piece, graph.has_gradients
    if part.kind == "part":
        assert piece is not None
        gradient = piece.gradient if seen else None
        return Card(part.key, "", piece.operation, piece.data, gradient, 0, "part", scope=scope)
    [node], [i] = nodes, part.places
    operation = piece.operation if piece else "" if graph.ops[i] is None else operation_text(node)
    gradient = graph.gradients[i] if seen else None
    card = Card(part.key, named[node], operation, graph.data[i], gradient)
    card.kind, card.nodes, card.scope = part.kind, nodes, scope
    if node.op is not None and len(graph) <= MOST_FORMULAS:
        writer = FormulaWriter(named)
        card.formula = writer.text(writer.value(node)).replace("·", " × ")
    if part.is_outside:
        origin = graph.origins[i]
        card.kind, card.outside = "leaf" if node.op is None else "value", True
        card.operation = "" if origin == card.name else say("from {origins}", origins=origin)
    if before is not None:
        gradient = before.gradients[i] if any(before.gradients) else None
        card.before = (before.data[i], gradient)
    return card


def _tell_apart(cards: Sequence[Card]) -> None:
    """Groups that are called as some Value is get a number."""
    taken = {card.name for card in cards if card.kind != "group"}
    for card in cards:
        name, count = card.name, 1
        while card.kind == "group" and card.name in taken:
            count += 1
            card.name = f"{name} ({count})"


def _outputs(graph: Graph, parts: Sequence[Part]) -> list[bool]:
    """For each place whether it is a root, or used outside the copy that it is in."""
    of = piece_of(graph, sum_of(part.group.copies for part in parts if part.places))
    outputs = [False] * len(graph)
    for i, user in zip(graph.operands, graph.users):
        if of[i] != of[user]:
            outputs[i] = True
    for i in graph.roots:
        outputs[i] = True
    return outputs


# Edges --------------------------------------------------------------------------------------------


def _edges(graph: Graph, parts: Sequence[Part]) -> list[Edge]:
    """In the order of their targets and operands; one between two parts, two Values apart."""
    of = piece_of(graph, [part.places for part in parts])
    single = [part.kind != "group" for part in parts]
    unfolded = [part.piece is not None for part in parts]
    gradients = graph.gradients
    keys = {part.key: k for k, part in enumerate(parts)}
    edges: list[list[Edge]] = [[] for _ in parts]  # by target
    bundles: dict[tuple[int, int], tuple[Edge, list[float]]] = {}  # all between two parts
    sources, targets = map(of.__getitem__, graph.operands), map(of.__getitem__, graph.users)
    for source, target, user, partial in zip(sources, targets, graph.users, graph.partials):
        if source == target or unfolded[target]:
            continue
        carried = gradients[user] * partial
        if (source, target) in bundles:
            bundles[source, target][1].append(carried)
            continue
        edge = Edge(parts[source].key, parts[target].key, carried=carried)
        edges[target].append(edge)
        if single[source] and single[target]:
            edge.partial = partial
        else:
            bundles[source, target] = edge, [carried]
    for edge, bundle in bundles.values():
        edge.count = len(bundle)
        if edge.count > 1:
            edge.carried = math.copysign(rms(bundle), sum(bundle))
    for part, incoming in zip(parts, edges):
        if part.piece is None:
            continue
        for operand, partial in part.piece.operands:
            key = operand if operand in keys else parts[of[int(operand[1:])]].key
            edge = Edge(key, part.key, partial=partial if single[keys[key]] else None)
            edge.carried = part.piece.gradient * partial
            incoming.append(edge)
    for incoming in edges:
        for place, edge in enumerate(incoming):
            edge.operand, edge.operands = place, len(incoming)
            if not graph.has_gradients:
                edge.carried = None
    return [edge for incoming in edges for edge in incoming]


# Highlighting -------------------------------------------------------------------------------------


def _highlight(
    graph: Graph,
    parts: Sequence[Part],
    cards: Sequence[Card],
    wanted: Iterable[Any],
    named: Mapping[Any, str],
) -> None:
    """Mark the cards that are wanted, and dim those that have nothing to do with them."""
    chosen = [False] * len(graph)
    for what in wanted:
        if isinstance(what, str):
            places = [graph.place[node] for node, name in named.items() if name == what]
            for card in cards:
                if card.kind == "group" and what in (card.key, card.name, card.scope):
                    places += [graph.place[node] for node in card.nodes]
        elif is_value(what):
            places = [graph.place[what]] if what in graph.place else []
        else:
            raise ValueError(f"highlight takes Values and names, got {describe(what)}")
        if not places:
            known = list(dict.fromkeys(card.name for card in cards if card.name))
            raise ValueError(
                f"highlight got {what!r}, which is no part of this graph; "
                f"there are {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"
            )
        for i in places:
            chosen[i] = True
    if not any(chosen):
        return
    above = _reached(chosen, zip(graph.operands, graph.users))
    below = _reached(chosen, zip(reversed(graph.users), reversed(graph.operands)))
    above_too: set[str] = set()  # pieces that depend on what is chosen
    for part, card in zip(parts, cards):
        card.highlighted = any(chosen[i] for i in part.places)
        card.dimmed = not any(above[i] or below[i] for i in part.places)
        if part.kind == "part":
            assert part.piece is not None
            for key, _ in part.piece.operands:
                if key in above_too or ("p" not in key and above[int(key[1:])]):
                    above_too.add(part.key)
            card.dimmed = part.key not in above_too and not below[part.group.first]


def _reached(start: Sequence[bool], steps: Iterable[tuple[int, int]]) -> list[bool]:
    """For each place whether `steps`, taken in this order, lead there from the start."""
    reached = list(start)
    for i, j in steps:
        reached[j] = reached[j] or reached[i]
    return reached
