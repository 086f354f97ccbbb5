"""Graph: the Values of a graph and their operands as lists of numbers, quick to walk."""

from __future__ import annotations

from itertools import accumulate, chain
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Graph:
    """The Values below some roots. A Value is known by its place in the topological order.

    Attributes:
        order: the Values, operands before the nodes that use them.
        place: the place of each.
        roots: the places of the roots.
        ops: their primitives; None for a leaf.
        operands: the places of all operands, those of one node after those of another.
        starts: where in `operands` those of each node begin, and after the last one the end.
    """

    __slots__ = ("operands", "ops", "order", "place", "roots", "starts")

    def __init__(self, order: Sequence[Any], roots: Sequence[Any]) -> None:
        self.order = list(order)
        self.place: dict[Any, int] = dict(zip(self.order, range(len(self.order))))
        self.roots = [self.place[root] for root in roots]
        parents = list(map(attrgetter("parents"), self.order))
        self.operands = list(map(self.place.__getitem__, chain.from_iterable(parents)))
        self.starts = list(accumulate(map(len, parents), initial=0))
        self.ops = list(map(attrgetter("op"), self.order))

    def __len__(self) -> int:
        return len(self.order)

    def operands_of(self, i: int) -> list[int]:
        """The places of the operands of the node at place i."""
        return self.operands[self.starts[i] : self.starts[i + 1]]
