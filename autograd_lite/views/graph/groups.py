"""Groups of Values, and the order in which they can be computed.

Two rules keep cycles away. A part within a part: cutting a part into smaller ones that have no
cycle among themselves makes none outside. And ranks: let the rank of a node be the largest among
its operands, plus one where the colour changes; then parts of one colour and one rank have none,
for along every edge between two parts the rank grows, or it stays and the part is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, TypeVar

from .graph import Graph

Pieces = Sequence[list[int]]
Ordered = tuple[list[int], list[list[int]]]  # what `topological` gives
Thing = TypeVar("Thing")
Key = TypeVar("Key", bound=Hashable)

DEEPEST = 1 << 30


@dataclass(slots=True)
class Group:
    """Values that go together.

    Attributes:
        role: "value" (one), "scope" (all of one), "rest" (of a scope, between those inside it),
            "neuron", "shape" (alike, without a scope), "chain" (several parts that repeat),
            "slice", "leaves", "outside" (what an inner picture takes from around it).
        copies: the places of each of the copies that are stacked, ascending.
        scope: of the first copy.
        depth: how many scopes deep the fold went.
        number: of a neuron in its layer.
        chained: whether some copies depend on others.
        steps: of a chain the first and the last step that this is, and how many there are in all.
        leaves: the places of leaves that it alone uses.
        user: of leaves, the only group that uses them; None if there are several.
    """

    role: str
    copies: list[list[int]]
    scope: Any = None
    depth: int = DEEPEST
    number: int | None = None
    chained: bool = False
    steps: tuple[int, int, int] | None = None
    leaves: list[int] = field(default_factory=list)
    user: Group | None = None

    @property
    def first(self) -> int:
        """The place that stands for it in keys."""
        return min(copy[0] for copy in self.copies)

    @property
    def repeats(self) -> int:
        """How many are stacked: copies, or the steps of a chain, which may have several each."""
        return (
            self.steps[1] - self.steps[0] + 1 if self.chained and self.steps else len(self.copies)
        )

    def members(self) -> list[int]:
        """The places of its Values without the leaves, ascending."""
        return self.copies[0] if len(self.copies) == 1 else sorted(sum_of(self.copies))


def sum_of(lists: Iterable[Sequence[Thing]]) -> list[Thing]:
    """All entries of some lists."""
    return [entry for entries in lists for entry in entries]


def grouped(things: Iterable[Thing], key_of: Callable[[Thing], Key]) -> dict[Key, list[Thing]]:
    """Things of one key together, in order.

    >>> grouped([1, 4, 3], lambda n: n % 2)
    {1: [1, 3], 0: [4]}
    """
    groups: dict[Key, list[Thing]] = {}
    for thing in things:
        groups.setdefault(key_of(thing), []).append(thing)
    return groups


def stacked(ordered: Ordered, colours: Sequence[Hashable]) -> list[list[int]]:
    """Pieces of one colour together, by their numbers, where none depends on another.

    Those that are equally far from the beginning do not.
    """
    heights = heights_of(ordered)
    return list(grouped(range(len(colours)), lambda k: (colours[k], heights[k])).values())


def chained(ordered: Ordered, colours: Sequence[Hashable]) -> list[tuple[list[int], bool]]:
    """Pieces of one colour and rank together, and whether some depend on others."""
    order, operands = ordered
    rank = ranks(order, operands, colours)
    kinds = list(zip(colours, rank))
    return [
        (group, any(kinds[p] == kind for k in group for p in operands[k]))
        for kind, group in grouped(range(len(kinds)), kinds.__getitem__).items()
    ]


def heights_of(ordered: Ordered) -> list[int]:
    """How far each piece is from the beginning, counted in pieces."""
    order, operands = ordered
    heights = [0] * len(operands)
    for k in order:
        heights[k] = 1 + max((heights[p] for p in operands[k]), default=0)
    return heights


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


def ranks(
    order: Sequence[int], operands: Sequence[list[int]], colours: Sequence[Hashable]
) -> list[int]:
    """The rank of each piece, as above; `order` has operands first."""
    ranks = [0] * len(operands)
    for k in order:
        colour = colours[k]
        ranks[k] = max((ranks[p] + (colours[p] != colour) for p in operands[k]), default=0)
    return ranks


def piece_of(graph: Graph, pieces: Pieces) -> list[int]:
    """For each place the number of its piece; -1 for none."""
    of = [-1] * len(graph)
    for k, piece in enumerate(pieces):
        for i in piece:
            of[i] = k
    return of
