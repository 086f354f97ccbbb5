"""Which Values of a graph go together: by scope, by shape, one by one, by depth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

from ...primitives import add, mul
from ..rows import does, row_of
from .chains import TOO_MANY, family, fold_runs, in_steps
from .graph import Graph, scopes_around
from .groups import (
    DEEPEST,
    Group,
    Ordered,
    Pieces,
    chained,
    grouped,
    heights_of,
    piece_of,
    ranks,
    stacked,
    sum_of,
    topological,
)  # fmt: skip

SLICES = 12  # as many as one sees at once


# By scope -----------------------------------------------------------------------------------------


def by_scope(graph: Graph, members: Sequence[int], depth: int = DEEPEST) -> list[Group]:
    """One group for each scope, as many scopes deep as `depth` or where there are none inside.

    What belongs to a scope between those inside it makes groups of its own. Groups of one path are
    stacked where none depends on another.

    Args:
        graph: the graph.
        members: the places to group, ascending; no leaves.
        depth: 1 for the outermost scopes.
    """
    return Scopes(graph, members, depth).groups()


class Scopes:
    """The pieces of which `by_scope` makes groups, one for each entry into a scope."""

    def __init__(self, graph: Graph, members: Sequence[int], depth: int) -> None:
        self.graph, self.depth = graph, depth
        self.pieces, self.kinds, known = _by_entry(graph, members, depth)
        shapes = _shapes(graph, self.pieces, [role == "shape" for _, role in self.kinds])
        self.colours = [
            (None if entry is None else entry.path, role, shape)
            for (entry, role), shape in zip(self.kinds, shapes)
        ]
        self.families = [
            self._family(colour, piece) for colour, piece in zip(self.colours, self.pieces)
        ]
        self.ordered = known or topological(graph, self.pieces)

    def _family(self, colour: tuple[Any, ...], piece: Sequence[int]) -> Hashable:
        """The colour of a piece; steps with numbers in their names have one if they do the same."""
        path = colour[0]
        if path is None or family(path) == path:
            return colour
        does = Counter(self.graph.ops[i].name for i in piece)
        return (family(path), *colour[1:], *sorted(does.items()))

    def groups(self, loops: bool = False, most: int = DEEPEST) -> list[Group]:
        """Pieces of one path stacked; of those that need each other the first and the last apart.

        With `loops` those are one stack, too. Nothing if there would be more than `most` groups.
        """
        heights = heights_of(self.ordered)
        level = stacked(self.ordered, self.colours)
        groups: list[Group] = []
        colours: list[Hashable] = []
        for stack, chain in chained(self.ordered, self.colours if loops else self.families):
            apart = grouped(stack, self.colours.__getitem__).values()
            for same in [stack] if chain else apart:
                entry, role = self.kinds[same[0]]
                copies = [self.pieces[k] for k in same]
                split = [Group(role, copies, entry, self.depth, chained=chain)]
                if chain and not loops:
                    split = in_steps(self.graph, split[0], [heights[k] for k in same])
                groups += split
                colours += [(self.families[same[0]], len(each.copies)) for each in split]
        if len(level) < len(groups):
            if len(level) > max(most, TOO_MANY):
                return []
            groups = [
                Group(role, [self.pieces[k] for k in stack], entry, self.depth)
                for stack, (entry, role) in ((stack, self.kinds[stack[0]]) for stack in level)
            ]
            colours = [(self.colours[stack[0]], len(stack)) for stack in level]
        groups = fold_runs(self.graph, groups, colours)
        return groups if len(groups) <= most else []


def _by_entry(
    graph: Graph, members: Sequence[int], depth: int
) -> tuple[Pieces, list[tuple[Any, str]], Ordered | None]:
    """The places of each entry into a scope, its scope and role, and the order if it is known."""
    entries = _entries({graph.scopes[i] for i in members}, depth)
    cone = cones(graph, [list(members)]) if depth > 1 and None in entries else None
    units: dict[Hashable, list[int]] = {}
    for i in members:
        entry, whole = entries[graph.scopes[i]]
        if whole:
            units.setdefault(entry, []).append(i)
        else:
            units.setdefault(cone[i] if cone and entry is None else i, []).append(i)

    pieces: Pieces = list(units.values())
    kinds: list[tuple[Any, str]] = []  # the scope and the role of each piece
    for piece in pieces:
        entry, whole = entries[graph.scopes[piece[-1]]]
        role = "scope" if whole else "shape" if cone and entry is None else "rest"
        kinds.append((entry, role))

    return _joined(graph, pieces, kinds)


def _entries(scopes: set[Any], depth: int) -> dict[Any, tuple[Any, bool]]:
    """For each scope the one around it that is `depth` deep, and whether all of it is one unit.

    It is not if it has others inside that are not as deep; then they are units of their own.
    """
    chains = {scope: scopes_around(scope) for scope in scopes}
    has_inner = {outer for path in chains.values() for outer in path[:-1]}
    units: dict[Any, tuple[Any, bool]] = {None: (None, False)}
    for scope in scopes - {None}:
        path = chains[scope]
        entry = path[min(depth, len(path)) - 1]
        units[scope] = (entry, len(path) >= depth or scope not in has_inner)
    return units if None in scopes else {s: unit for s, unit in units.items() if s is not None}


def _joined(
    graph: Graph, pieces: Pieces, kinds: list[tuple[Any, str]]
) -> tuple[Pieces, list[tuple[Any, str]], Ordered | None]:
    """Pieces that are the rest of one scope, joined where that makes no cycle; their order."""
    order, operands = known = topological(graph, pieces)
    if len(order) < len(pieces):  # scopes that take turns, as in generators: node by node, then
        kinds = [kind for kind, piece in zip(kinds, pieces) for _ in piece]
        pieces = [[i] for piece in pieces for i in piece]
        kinds = [(entry, "rest") for entry, _ in kinds]
        order, operands = topological(graph, pieces)
    elif not any(role == "rest" for _, role in kinds):
        return pieces, kinds, known
    colours = [k if role != "rest" else entry for k, (entry, role) in enumerate(kinds)]
    rank = ranks(order, operands, colours)
    joined = grouped(range(len(pieces)), lambda k: (colours[k], rank[k]))
    return (
        [sorted(sum_of(pieces[k] for k in group)) for group in joined.values()],
        [kinds[group[0]] for group in joined.values()],
        None,
    )


# By shape -----------------------------------------------------------------------------------------


def cones(graph: Graph, pieces: Pieces, lines: bool = False) -> list[int]:
    """For each place the last place of its cone; -1 outside the pieces.

    A cone is a node with all that is used for it alone: a weighted sum and its activation, but not
    the activations it weighs, nor what is in another piece or scope. With `lines` it is only what
    follows one after another.
    """
    uses, user, scopes = graph.uses, graph.user, graph.scopes
    of = piece_of(graph, pieces)
    several = [lines and _joins(graph, i) for i in range(len(graph))]
    cone = [-1] * len(graph)
    for i in range(len(graph) - 1, -1, -1):
        if of[i] >= 0:
            cone[i] = i
            j = user[i]
            if uses[i] == 1 and j >= 0 and of[j] == of[i] and scopes[j] is scopes[i]:
                if lines:
                    ends = several[j]
                else:
                    ends = graph.counts[i] == 1 and _ends_neuron(graph, i, j)
                if not ends:
                    cone[i] = cone[j]
    return cone


def _joins(graph: Graph, i: int) -> bool:
    """Whether the node has several operands that are results themselves."""
    return sum(graph.ops[p] is not None for p in graph.operands_of(i)) > 1


def _ends_neuron(graph: Graph, i: int, j: int) -> bool:
    """Whether node i is the activation of a weighted sum, or is weighed by its user j."""
    if not is_activation(graph, i):
        return False
    below = graph.ops[graph.operands[graph.starts[i]]]
    weighed = graph.counts[j] > 1 and does(graph.ops[j], mul)
    return weighed or (below is not None and does(below, add))


def is_activation(graph: Graph, i: int) -> bool:
    """Whether the node is a function of one Value other than plain arithmetic."""
    return graph.counts[i] == 1 and not row_of(graph.ops[i]).arithmetic


def _shapes(graph: Graph, pieces: Pieces, wanted: Sequence[bool]) -> list[int]:
    """A number for each piece, equal for those whose operations are arranged alike; else 0."""
    known: dict[Hashable, int] = {}
    numbers = [0] * len(graph)  # of each node, by its operation and the numbers of its operands
    shapes = []
    for piece, want in zip(pieces, wanted):
        if want:
            for i in piece:
                inside = [numbers[p] for p in graph.operands_of(i)]
                key = (graph.ops[i].name, *inside)
                number = known.get(key)
                if number is None:
                    number = known[key] = len(known) + 1
                numbers[i] = number
            shape = numbers[piece[-1]]
            for i in piece:
                numbers[i] = 0  # outside, where it came from does not matter
            shapes.append(shape)
        else:
            shapes.append(0)
    return shapes


def by_cone(graph: Graph, group: Group, lines: bool = False, stack: bool = True) -> list[Group]:
    """The neurons of a group; of copies, each neuron with its like in the others."""
    cone = cones(graph, group.copies, lines)
    pieces: list[list[int]] = []
    colours: list[Hashable] = []
    numbers: list[int | None] = []
    for copy in group.copies:
        inside = grouped(copy, cone.__getitem__)
        count: Counter[Any] = Counter()
        for k, (_, piece) in enumerate(sorted(inside.items())):
            scope = graph.scopes[piece[0]]
            neuron = not lines and is_unit(graph, piece)
            numbers.append(count[scope] if neuron else None)
            count[scope] += neuron
            colours.append((k, graph.ops[piece[-1]].name) if stack else len(pieces))
            pieces.append(piece)
    return _alike(graph, "neuron", pieces, colours, numbers)


def _alike(
    graph: Graph,
    role: str,
    pieces: Pieces,
    colours: Sequence[Hashable],
    numbers: Sequence[int | None],
) -> list[Group]:
    """A group for the pieces of each colour that are equally far from the beginning."""
    groups = []
    for same in stacked(topological(graph, pieces), colours):
        first, number = pieces[same[0]], numbers[same[0]]
        kind = "value" if len(first) == 1 and number is None else role
        copies = [pieces[k] for k in same]
        groups.append(Group(kind, copies, graph.scopes[first[0]], number=number))
    return groups


def is_neuron(graph: Graph, piece: Sequence[int]) -> bool:
    """Whether there is a weighted sum in it."""
    names = {graph.ops[i].name for i in piece if graph.counts[i] > 1}
    return "dot" in names or ("mul" in names and not names.isdisjoint(("add", "sum")))


def is_unit(graph: Graph, piece: Sequence[int]) -> bool:
    """Whether it is a neuron for sure: a dot product, or a weighted sum and its activation."""
    dots = any(mul in row_of(graph.ops[i]).unfolds for i in piece)
    return dots or (is_activation(graph, piece[-1]) and is_neuron(graph, piece))


# One by one, and by depth -------------------------------------------------------------------------


def by_value(graph: Graph, group: Group) -> list[Group]:
    """Every Value of a group by itself; of copies, each with its like in the others."""
    if len(group.copies) == 1:
        return [Group("value", [[i]], graph.scopes[i]) for i in group.copies[0]]
    pieces = [[i] for copy in group.copies for i in copy]
    colours = [(k, graph.ops[i].name) for copy in group.copies for k, i in enumerate(copy)]
    return _alike(graph, "value", pieces, colours, [None] * len(pieces))


def by_depth(graph: Graph, members: Sequence[int], count: int) -> list[Group]:
    """At most `count` groups of about one size, by how far from the beginning the Values are."""
    heights = [-1] * len(graph)
    for i in members:
        heights[i] = 1 + max((heights[p] for p in graph.operands_of(i)), default=-1)
    at = Counter(heights[i] for i in members)
    band, before = {}, 0
    for height in sorted(at):
        band[height] = before * count // len(members)
        before += at[height]
    groups = grouped(members, lambda i: band[heights[i]])
    return [Group("slice", [groups[k]], graph.scopes[groups[k][0]]) for k in sorted(groups)]
