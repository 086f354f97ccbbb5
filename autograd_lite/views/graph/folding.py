"""Folding: a graph of any size as a few parts that a person can read.

The finest of several ways to group the Values that gives few enough parts is taken: one by one, by
neuron, by scope (the layers), by the scopes around those; and, where there are no scopes, by what
follows one after another and by shape. Whatever is left is cut by depth. Repeats that need each
other are the first, those between, and the last; leaves with labels of their own stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...primitive import describe, is_value
from ..rows import row_of
from .graph import Graph, scopes_around
from .groups import DEEPEST, Group, sum_of
from .leaves import labelled, one_by_one, share_out
from .opening import open_named
from .partition import SLICES, Scopes, by_cone, by_depth, by_scope, by_value, cones
from .parts import Part, is_single, parts_of
from .roots import as_list

LEVELS = ("model", "layer", "neuron", "operation")


def fold_graph(
    graph: Graph, level: str | int | None = None, max_cards: int = 150, unfold: Any = ()
) -> list[Part]:
    """The parts of a graph, operands first; no cycle among them, and every Value in one.

    Args:
        graph: the graph.
        level: "model" (a part for each outermost scope), "layer" (for each innermost), "neuron",
            "operation" (for each Value), or how many scopes deep; None for the deepest that gives
            at most `max_cards` parts.
        max_cards: how many parts there are at most with level None, before any is unfolded.
        unfold: what to open: groups by key, title or path of their scope; Values that are `dot` or
            `sum`; True for all of those. An entry that comes twice opens what is inside, too.

    Raises:
        ValueError: no such level, max_cards below 1, or nothing like that to unfold.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.graph.folding import fold_graph
    >>> from autograd_lite.views.graph.graph import Graph
    >>> y = x = Value(1.0)
    >>> for _ in range(1000):
    ...     y = y * 0.99 + 0.1
    >>> [part.title for part in fold_graph(Graph(topological_order(y), [y]))]
    ['', '2,000 operations']
    """
    _check(level, max_cards)
    groups, leaves = _at_level(graph, level, max_cards)
    for what in as_list(unfold):
        if isinstance(what, str):
            groups, leaves = open_named(graph, groups, leaves, what, max_cards)
    shown = {group.first for group in groups if is_single(group)}
    return parts_of(graph, [*groups, *leaves], _unfolded_values(graph, unfold, shown))


def _check(level: Any, max_cards: Any) -> None:
    depth = isinstance(level, int) and not isinstance(level, bool) and level >= 1
    if level is not None and not depth and not (isinstance(level, str) and level in LEVELS):
        raise ValueError(
            'a level is "model", "layer", "neuron", "operation", a number of scopes from 1, '
            f"or None to choose by size; got {describe(level)}"
        )
    if not isinstance(max_cards, int) or max_cards < 1:
        raise ValueError(f"max_cards is a whole number from 1, got {max_cards!r}")


# Choosing a level ---------------------------------------------------------------------------------


def _at_level(
    graph: Graph, level: str | int | None, max_cards: int
) -> tuple[list[Group], list[Group]]:
    """The groups of a level, and those of the leaves that have groups of their own."""
    if level is not None:
        groups = _groups_at(graph, level)
        apart = level == "operation"
        return groups, one_by_one(graph.leaves) if apart else share_out(graph, groups)
    if len(graph) <= max_cards:
        return _groups_at(graph, "operation"), one_by_one(graph.leaves)
    for groups in _ever_fewer(graph, max_cards):
        if 0 < len(groups) <= max_cards:
            leaves = share_out(graph, groups, max_cards - len(groups))
            if len(groups) + len(leaves) <= max_cards:
                return groups, leaves
    stay = labelled(graph)
    if len(stay) >= max_cards:
        stay = set()
    others = [i for i in graph.leaves if i not in stay]
    groups = [Group("slice", [graph.interior])] if graph.interior else []
    if groups and others and len(stay) + 2 > max_cards:
        groups[0].leaves, others = others, []
    return groups, [*one_by_one(sorted(stay)), *([Group("leaves", [others])] if others else [])]


def _groups_at(graph: Graph, level: str | int) -> list[Group]:
    if not graph.interior:
        return []
    if level == "operation":
        return by_value(graph, _all(graph))
    if level == "neuron":
        layers = by_scope(graph, graph.interior)
        loose = sorted(sum_of(layer.members() for layer in layers if layer.role == "shape"))
        groups = by_cone(graph, Group("slice", [loose]), stack=False) if loose else []
        for layer in layers:
            if layer.role != "shape":
                inside = [] if layer.chained else by_cone(graph, layer)
                groups += inside if any(g.number is not None for g in inside) else [layer]
        return groups
    depth = level if isinstance(level, int) else 1 if level == "model" else DEEPEST
    return by_scope(graph, graph.interior, depth)


def _ever_fewer(graph: Graph, max_cards: int) -> Iterator[list[Group]]:
    """Groupings of all but the leaves, from the finest to the coarsest."""
    members = graph.interior
    deepest = max((len(scopes_around(scope)) for scope in set(graph.scopes)), default=0)
    scopes = Scopes(graph, members, DEEPEST)
    innermost = scopes.groups(most=max_cards)
    # What repeats is better stacked; without scopes that is said of what forms a chain.
    if not any(len(group.copies) > 1 and (deepest or group.chained) for group in innermost):
        for lines in (False,) if deepest else (True, False):
            if len(set(cones(graph, [members], lines))) <= max_cards + 1:  # one for no cone
                yield by_cone(graph, _all(graph), lines, stack=False)
    yield innermost
    yield scopes.groups(most=max_cards, loops=True)
    for depth in range(deepest - 1, 0, -1):
        scopes = Scopes(graph, members, depth)
        yield scopes.groups(most=max_cards)
        yield scopes.groups(most=max_cards, loops=True)
    if max_cards > 1:
        yield by_depth(graph, members, min(SLICES, max_cards - 1))


def _all(graph: Graph) -> Group:
    return Group("slice", [graph.interior])


# Taking Values apart ------------------------------------------------------------------------------


def _unfolded_values(graph: Graph, unfold: Any, shown: set[int]) -> set[int]:
    """The places of the Values to take apart; `shown` are those that are parts by themselves."""
    if unfold is True:
        return {i for i in shown if row_of(graph.ops[i]).unfolds}
    places = set()
    for what in as_list(unfold):
        if isinstance(what, (str, bool)):
            continue
        if not is_value(what):
            raise ValueError(
                "unfold takes names of groups, Values that are dot or sum, or True for all of "
                f"those; got {describe(what)}"
            )
        i = graph.place.get(what)
        if i is None:
            raise ValueError(f"unfold got {what!r}, which is no part of this graph")
        if graph.ops[i] is None or not row_of(graph.ops[i]).unfolds:
            raise ValueError(f"a Value to unfold is a dot or a sum, got {what!r}")
        if i not in shown:
            raise ValueError(
                f"{what!r} is folded into a group; open that first, or take level='operation'"
            )
        places.add(i)
    return places
