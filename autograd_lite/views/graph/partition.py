"""Which Values of a graph go together, so that what is left has no cycle.

Two rules keep the cycles away. A part within a part: cutting a part into smaller ones that have no
cycle among themselves makes none outside. And ranks: let the rank of a node be the largest among
its operands, plus one where the colour changes; then parts of one colour and one rank have none,
for along every edge between two parts the rank grows, or it stays and the part is the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any

from .graph import Graph

Pieces = Sequence[list[int]]
Ordered = tuple[list[int], list[list[int]]]  # what `topological` gives

ARITHMETIC = ("add", "sub", "mul", "div", "neg")
SLICES = 12  # as many as one sees at once
DEEPEST = 1 << 30


@dataclass(slots=True)
class Group:
    """Values that go together.

    Attributes:
        role: "value" (one), "scope" (all of one), "rest" (of a scope, between those inside it),
            "neuron", "shape" (alike, without a scope), "slice", "leaves".
        copies: the places of each of the copies that are stacked, ascending.
        scope: of the first copy.
        depth: how many scopes deep the fold went.
        number: of a neuron in its layer.
        chained: whether some copies depend on others.
        leaves: the places of leaves that it alone uses.
    """

    role: str
    copies: list[list[int]]
    scope: Any = None
    depth: int = DEEPEST
    number: int | None = None
    chained: bool = False
    leaves: list[int] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The place that stands for it in keys."""
        return min(copy[0] for copy in self.copies)

    def members(self) -> list[int]:
        """The places of its Values without the leaves, ascending."""
        return self.copies[0] if len(self.copies) == 1 else sorted(sum_of(self.copies))


def sum_of(lists: Iterable[list[int]]) -> list[int]:
    """All entries of some lists."""
    return [i for entries in lists for i in entries]


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
        self.depth = depth
        self.pieces, self.kinds, known = _by_entry(graph, members, depth)
        shapes = _shapes(graph, self.pieces, [role == "shape" for _, role in self.kinds])
        self.colours = [
            (None if entry is None else entry.path, role, shape)
            for (entry, role), shape in zip(self.kinds, shapes)
        ]
        self.ordered = known or topological(graph, self.pieces)

    def groups(self, loops: bool = False, most: int = DEEPEST) -> list[Group]:
        """Pieces of one path stacked; with `loops` also those that depend on each other.

        Nothing if that would be more than `most` groups.
        """
        stacks = stacked(self.ordered, self.colours, loops)
        if len(stacks) > most:
            return []
        found = []
        for stack, chained in stacks:
            entry, role = self.kinds[stack[0]]
            copies = [self.pieces[k] for k in stack]
            found.append(Group(role, copies, entry, self.depth, chained=chained))
        return found


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
    chains: dict[Any, list[Any]] = {None: []}
    for scope in scopes:
        path, outer = [], scope
        while outer is not None:
            path.append(outer)
            outer = outer.outer
        chains[scope] = path[::-1]
    has_inner = {outer for path in chains.values() for outer in path[:-1]}
    found: dict[Any, tuple[Any, bool]] = {None: (None, False)}
    for scope in scopes - {None}:
        path = chains[scope]
        entry = path[min(depth, len(path)) - 1]
        found[scope] = (entry, len(path) >= depth or scope not in has_inner)
    return found if None in scopes else {s: entry for s, entry in found.items() if s is not None}


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
    ranks = _ranks(order, operands, colours)
    joined: dict[Hashable, list[int]] = {}
    for k in range(len(pieces)):
        joined.setdefault((colours[k], ranks[k]), []).append(k)
    return (
        [sorted(sum_of(pieces[k] for k in group)) for group in joined.values()],
        [kinds[group[0]] for group in joined.values()],
        None,
    )


# Copies -------------------------------------------------------------------------------------------


def stacked(
    ordered: Ordered, colours: Sequence[Hashable], loops: bool = False
) -> list[tuple[list[int], bool]]:
    """Pieces of one colour together, by their numbers, and whether some depend on others.

    Pieces that are equally far from the beginning do not depend on each other.
    """
    order, operands = ordered
    heights = [0] * len(operands)
    for k in order:
        heights[k] = 1 + max((heights[p] for p in operands[k]), default=0)
    ranks = _ranks(order, operands, colours) if loops else heights
    groups: dict[Hashable, list[int]] = {}
    for k, colour in enumerate(colours):
        groups.setdefault((colour, ranks[k]), []).append(k)
    return [(group, len({heights[k] for k in group}) > 1) for group in groups.values()]


def topological(graph: Graph, pieces: Pieces) -> tuple[list[int], list[list[int]]]:
    """The pieces with operands first, and the operands of each; fewer if there is a cycle.

    The order is the same in every run.
    """
    of = piece_of(graph, pieces)
    pairs = set(zip(map(of.__getitem__, graph.operands), map(of.__getitem__, graph.users)))
    operands: list[list[int]] = [[] for _ in pieces]
    for source, target in pairs:
        if source >= 0 and target >= 0 and source != target:
            operands[target].append(source)
    order = sorted(range(len(pieces)), key=list(map(max, pieces)).__getitem__)
    at = [0] * len(pieces)
    for position, k in enumerate(order):
        at[k] = position
    if all(at[p] < at[k] for k, below in enumerate(operands) for p in below):
        return order, operands  # it often is as simple as that
    waiting = list(map(len, operands))
    users: list[list[int]] = [[] for _ in pieces]
    for k, below in enumerate(operands):
        for p in below:
            users[p].append(k)
    ready = [(piece[0], k) for k, piece in enumerate(pieces) if not waiting[k]]
    heapify(ready)
    order = []
    while ready:
        _, k = heappop(ready)
        order.append(k)
        for user in users[k]:
            waiting[user] -= 1
            if not waiting[user]:
                heappush(ready, (pieces[user][0], user))
    return order, operands


def _ranks(
    order: Sequence[int], operands: Sequence[list[int]], colours: Sequence[Hashable]
) -> list[int]:
    ranks = [0] * len(operands)
    for k in order:
        colour = colours[k]
        ranks[k] = max((ranks[p] + (colours[p] != colour) for p in operands[k]), default=0)
    return ranks


# By shape -----------------------------------------------------------------------------------------


def cones(graph: Graph, pieces: Pieces, lines: bool = False) -> list[int]:
    """For each place the last place of its cone; -1 outside the pieces.

    A cone is a node with all that is used for it alone: a weighted sum and its activation, but not
    the activations it weighs, nor what is in another piece or scope. With `lines` it is only what
    follows one after another.
    """
    ops, uses, user, scopes = graph.ops, graph.uses, graph.user, graph.scopes
    of = piece_of(graph, pieces)
    cone = [-1] * len(graph)
    for i in range(len(graph) - 1, -1, -1):
        if of[i] >= 0:
            cone[i] = i
            j = user[i]
            if uses[i] == 1 and j >= 0 and of[j] == of[i] and scopes[j] is scopes[i]:
                if lines:
                    ends = sum(ops[p] is not None for p in graph.operands_of(j)) > 1
                else:
                    ends = graph.counts[i] == 1 and _ends_neuron(graph, i, j)
                if not ends:
                    cone[i] = cone[j]
    return cone


def piece_of(graph: Graph, pieces: Pieces) -> list[int]:
    """For each place the number of its piece; -1 for none."""
    of = [-1] * len(graph)
    for k, piece in enumerate(pieces):
        for i in piece:
            of[i] = k
    return of


def _ends_neuron(graph: Graph, i: int, j: int) -> bool:
    """Whether node i is the activation of a weighted sum, or is weighed by its user j."""
    if not is_activation(graph, i):
        return False
    below = graph.ops[graph.operands[graph.starts[i]]]
    weighed = graph.counts[j] > 1 and graph.ops[j].name in ("mul", "dot")
    return weighed or (below is not None and below.name in ("add", "dot", "sum"))


def is_activation(graph: Graph, i: int) -> bool:
    """Whether the node is a function of one Value other than plain arithmetic."""
    return graph.counts[i] == 1 and graph.ops[i].name not in ARITHMETIC


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
        inside: dict[int, list[int]] = {}
        for i in copy:
            inside.setdefault(cone[i], []).append(i)
        found = [inside[last] for last in sorted(inside)]
        count: Counter[Any] = Counter()
        for k, piece in enumerate(found):
            scope = graph.scopes[piece[0]]
            neuron = not lines and is_neuron(graph, piece)
            numbers.append(count[scope] if neuron else None)
            count[scope] += neuron
            colours.append((k, graph.ops[piece[-1]].name) if stack else len(pieces))
            pieces.append(piece)
    return [
        Group("neuron", [pieces[k] for k in same], graph.scopes[pieces[same[0]][0]],
              number=numbers[same[0]], chained=chained)
        for same, chained in stacked(topological(graph, pieces), colours)
    ]  # fmt: skip


def is_neuron(graph: Graph, piece: Sequence[int]) -> bool:
    """Whether there is a weighted sum in it."""
    names = {graph.ops[i].name for i in piece if graph.counts[i] > 1}
    return "dot" in names or ("mul" in names and not names.isdisjoint(("add", "sum")))


# One by one, and by depth -------------------------------------------------------------------------


def by_value(graph: Graph, group: Group) -> list[Group]:
    """Every Value of a group by itself; of copies, each with its like in the others."""
    if len(group.copies) == 1:
        return [Group("value", [[i]], graph.scopes[i]) for i in group.copies[0]]
    pieces = [[i] for copy in group.copies for i in copy]
    colours = [(k, graph.ops[i].name) for copy in group.copies for k, i in enumerate(copy)]
    return [
        Group("value", [pieces[k] for k in same], graph.scopes[pieces[same[0]][0]], chained=chained)
        for same, chained in stacked(topological(graph, pieces), colours)
    ]


def by_copy(group: Group) -> list[Group]:
    """Every copy by itself."""
    return [
        Group(group.role, [copy], group.scope, group.depth, group.number) for copy in group.copies
    ]


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
    groups: dict[int, list[int]] = {}
    for i in members:
        groups.setdefault(band[heights[i]], []).append(i)
    return [Group("slice", [groups[k]], graph.scopes[groups[k][0]]) for k in sorted(groups)]
