"""Opening: what is inside a group, in the picture around it or as a picture of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..language import ENGLISH, speaking
from .chains import finer_steps
from .graph import Graph, scopes_around
from .groups import Group, sum_of
from .leaves import share_out
from .partition import SLICES, by_cone, by_depth, by_scope, by_value
from .parts import Part, is_single, parts_of
from .summary import titles

MOST_STEPS = 12  # of a chain that are shown one by one
FEW_VALUES = 24  # that are shown one by one, where there are no neurons among them
MOST_INSIDE = 80  # parts of an inner picture, without its leaves


def open_named(
    graph: Graph, groups: list[Group], leaves: list[Group], what: str, max_cards: int
) -> tuple[list[Group], list[Group]]:
    """Replace the groups of that name by what is inside them.

    Args:
        graph: the graph.
        groups, leaves: the groups of operations, and those of leaves.
        what: a title, a key or the path of a scope.
        max_cards: the most parts that a group is opened into.

    Raises:
        ValueError: there is none of that name.
    """
    every = [*groups, *leaves]
    named = titles(graph, every)
    with speaking(ENGLISH):  # a program may name groups in English, whatever its reader speaks
        in_english = titles(graph, every)
    chosen = [
        group
        for group, *both in zip(every, named, in_english)
        if not is_single(group)
        and (
            what in (f"g{group.first}", str(group.scope), *both)
            or what in [f"{group.scope}/{title}" for title in both]
        )
    ]
    if not chosen:
        known = sorted({t for t, group in zip(named, every) if not is_single(group)})
        raise ValueError(
            f"unfold names a group by its title, key or scope, and there is no {what!r} here; "
            + (f"there are {', '.join(known[:12])}" if known else "nothing is folded")
        )
    ids = set(map(id, chosen))
    if not ids.isdisjoint(map(id, leaves)):
        opened = []
        for group in leaves:
            opened += _lots(group.copies[0], max_cards) if id(group) in ids else [group]
        return groups, opened
    finer = []
    for group in groups:
        finer += _inside(graph, group, max_cards) if id(group) in ids else [group]
    return finer, share_out(graph, finer)


def open_part(
    graph: Graph, part: Part, origin_of: Callable[[int], str]
) -> tuple[Graph, list[Part]]:
    """What is inside a group: its Values as a graph of their own, and the parts that show it.

    What it uses from around is there, too, as leaves. No parts where there is nothing to open.

    Args:
        graph: the graph.
        part: one of its groups.
        origin_of: the name of what is at a place outside the group.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.graph.folding import fold_graph
    >>> from autograd_lite.views.graph.graph import Graph
    >>> y = x = Value(1.0)
    >>> for _ in range(10):
    ...     y = y * 0.99 + 0.1
    >>> graph = Graph(topological_order(y), [y])
    >>> x, chain = fold_graph(graph, max_cards=5)
    >>> inner, parts = open_part(graph, chain, lambda place: "x")
    >>> [part.kind for part in parts][:3], inner.origins
    (['outside', 'value', 'value'], ['x'])
    """
    copies = part.group.copies
    many = len(copies) > MOST_INSIDE and len(copies[0]) == 1 and not part.group.chained
    if many and not part.group.leaves:
        return graph, []
    inner = graph.part(part.places, origin_of)
    at = {i: k + inner.outside for k, i in enumerate(part.places)}
    copies = [[at[i] for i in copy] for copy in copies]
    group = replace(part.group, role="value" if many else part.group.role, copies=copies, leaves=[])
    if group.role == "leaves":
        groups = _lots(copies[0], MOST_INSIDE)
    else:
        groups = [group] if many else _inside(inner, group, MOST_INSIDE)
        leaves = share_out(inner, groups)
        groups += leaves if len(leaves) <= MOST_INSIDE else _together(inner, leaves)
    parts = parts_of(inner, groups)
    same = any(len(each.places) == len(part.places) for each in parts if not each.is_outside)
    return inner, [] if same else parts


def _together(graph: Graph, leaves: list[Group]) -> list[Group]:
    """All leaves in one group, and all that are around in another."""
    places = sorted(sum_of(sum_of(group.copies) for group in leaves))
    kinds = {"outside": [i for i in places if i < graph.outside],
             "leaves": [i for i in places if i >= graph.outside]}  # fmt: skip
    return [
        Group(role if len(members) > 1 else "value", [members])
        for role, members in kinds.items()
        if members
    ]


def _lots(leaves: list[int], most: int) -> list[Group]:
    """Leaves one by one; more than `most` in a few lots."""
    if len(leaves) <= most:
        return [Group("value", [[i]]) for i in leaves]
    size = -(-len(leaves) // SLICES)
    return [Group("leaves", [leaves[k : k + size]]) for k in range(0, len(leaves), size)]


def _inside(graph: Graph, group: Group, max_cards: int) -> list[Group]:
    """The next finer groups."""
    for groups in _ever_finer(graph, group, max_cards):
        if 1 < len(groups) <= max_cards:
            return groups
    members = group.members()
    if len(members) == 1:  # its leaves come out
        return [Group("value", [members], group.scope)]
    return by_depth(graph, members, min(SLICES, max(max_cards, 2)))


def _ever_finer(graph: Graph, group: Group, most: int) -> Iterator[list[Group]]:
    """Finer groups, the coarsest first; those that would be more than `most` may be left out."""
    members = group.members()
    if group.chained:
        yield finer_steps(graph, group, MOST_STEPS)
    deepest = max(len(scopes_around(graph.scopes[i])) for i in members)
    if group.role in ("scope", "rest", "slice"):
        start = 0 if group.role == "slice" else min(group.depth, len(scopes_around(group.scope)))
        for depth in range(start + 1, deepest + 1):
            yield by_scope(graph, members, depth)
    neurons = [] if group.role == "neuron" else by_cone(graph, group)
    has_neurons = any(each.number is not None for each in neurons)
    if len(members) > FEW_VALUES or has_neurons:
        yield neurons
    if len(group.copies[0]) <= most:
        yield by_value(graph, group)
    if 1 < len(group.copies) <= most:
        role = "value" if len(group.copies[0]) == 1 else group.role
        yield [Group(role, [copy], group.scope, group.depth) for copy in group.copies]
    yield by_cone(graph, group, lines=True)
