"""Graph: the Values of a graph and their operands as lists of numbers, quick to walk."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, chain, repeat
from operator import attrgetter
from typing import Any

from ...primitives import mul
from ..rows import row_of


def scopes_around(scope: Any) -> list[Any]:
    """The scopes from the outermost one to this; none for None."""
    path = []
    while scope is not None:
        path.append(scope)
        scope = scope.outer
    return path[::-1]


class Graph:
    """The Values below some roots. A Value is known by its place in the topological order.

    Attributes:
        order: the Values, operands before the nodes that use them.
        place: the place of each.
        roots: the places of the roots.
        ops: their primitives; None for a leaf.
        operands: the places of all operands, those of one node after those of another: the edges.
        starts: where in `operands` those of each node begin, and after the last one the end.
        variables: the places of leaves that are variables of the program, where that is known.
        around: of a part of a graph the places in the whole; see `part`.
        outside: how many of the first places are of Values around that part.
        origins: for each of those the name of what it is in.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.graph.graph import Graph
    >>> x = Value(3.0)
    >>> y = x * x
    >>> graph = Graph(topological_order(y), [y])
    >>> graph.operands, graph.users, graph.partials, graph.uses
    ([0, 0], [1, 1], [3.0, 3.0], [2, 1])
    """

    def __init__(self, order: Sequence[Any], roots: Sequence[Any]) -> None:
        self.order = list(order)
        self.place: dict[Any, int] = dict(zip(self.order, range(len(self.order))))
        self.roots = [self.place[root] for root in roots]
        parents = list(map(attrgetter("parents"), self.order))
        self.counts = list(map(len, parents))
        self.operands = list(map(self.place.__getitem__, chain.from_iterable(parents)))
        self.starts = list(accumulate(self.counts, initial=0))
        self.ops: list[Any] = list(map(attrgetter("op"), self.order))
        self.variables: set[int] = set()
        self.around: list[int] = []
        self.outside = 0
        self.origins: list[str] = []

    def part(self, places: Iterable[int], origin_of: Callable[[int], str]) -> Graph:
        """Some of its Values as a graph, after those around them that they use, as leaves.

        Args:
            places: of the Values.
            origin_of: the name of what is at a place outside.

        >>> from autograd_lite import Value, topological_order
        >>> from autograd_lite.views.graph.graph import Graph
        >>> y = Value(3.0).exp().sin().cos()
        >>> part = Graph(topological_order(y), [y]).part([2, 3], lambda place: "around")
        >>> part.operands, [op and op.name for op in part.ops], part.origins
        ([0, 1], [None, 'sin', 'cos'], ['around'])
        """
        members = sorted(places)
        inside, roots = set(members), set(self.roots)
        around = sorted({p for i in members for p in self.operands_of(i)} - inside)
        chosen = [*around, *members]
        at = dict(zip(chosen, range(len(chosen))))
        ends = [i for i in members if i in roots or any(j not in inside for j in self.users_of[i])]
        part = object.__new__(Graph)
        part.variables = {at[i] for i in self.variables if i in at}
        part.around = chosen
        part.outside, part.origins = len(around), list(map(origin_of, around))
        part.order = [self.order[i] for i in chosen]
        part.place = dict(zip(part.order, range(len(chosen))))
        part.roots = [at[i] for i in ends or members[-1:]]
        part.ops = [*[None] * len(around), *[self.ops[i] for i in members]]
        part.counts = [*[0] * len(around), *[self.counts[i] for i in members]]
        part.starts = list(accumulate(part.counts, initial=0))
        part.operands = [at[p] for i in members for p in self.operands_of(i)]
        part.partials = [
            x for i in members for x in self.partials[self.starts[i] : self.starts[i + 1]]
        ]
        part.data = [self.data[i] for i in chosen]
        part.gradients = [self.gradients[i] for i in chosen]
        part.has_gradients = self.has_gradients
        part.scopes = [self.scopes[i] for i in chosen]
        return part

    @functools.cached_property
    def users_of(self) -> list[list[int]]:
        """The nodes that use each."""
        users: list[list[int]] = [[] for _ in self.order]
        for i, user in zip(self.operands, self.users):
            users[i].append(user)
        return users

    def __len__(self) -> int:
        return len(self.order)

    def operands_of(self, i: int) -> list[int]:
        """The places of the operands of the node at place i."""
        return self.operands[self.starts[i] : self.starts[i + 1]]

    @functools.cached_property
    def users(self) -> list[int]:
        """For each entry of `operands` the node that uses it."""
        return list(chain.from_iterable(map(repeat, range(len(self)), self.counts)))

    @functools.cached_property
    def partials(self) -> list[float]:
        """For each entry of `operands` the partial derivative."""
        return list(chain.from_iterable(map(attrgetter("partials"), self.order)))

    @functools.cached_property
    def uses(self) -> list[int]:
        """How often each node is used; being a root counts, too."""
        uses = [0] * len(self)
        for i in chain(self.operands, set(self.roots)):
            uses[i] += 1
        return uses

    @functools.cached_property
    def user(self) -> list[int]:
        """The last node that uses each; -1 if none does."""
        user = [-1] * len(self)
        for i, j in zip(self.operands, self.users):
            user[i] = j
        return user

    @functools.cached_property
    def interior(self) -> list[int]:
        """The places of the nodes that are no leaves."""
        return [i for i, op in enumerate(self.ops) if op is not None]

    @functools.cached_property
    def scopes(self) -> list[Any]:
        """The scope of each node, or None."""
        return [getattr(node, "scope", None) for node in self.order]

    @functools.cached_property
    def data(self) -> list[float]:
        """The number of each node when this was first asked for; it stays so."""
        return list(map(attrgetter("data"), self.order))

    @functools.cached_property
    def gradients(self) -> list[float]:
        """The gradient of each node."""
        return list(map(attrgetter("grad"), self.order))

    @functools.cached_property
    def has_gradients(self) -> bool:
        """Whether a backward has been there: it begins at a root, and leaves keep older ones."""
        return any(self.gradients[i] for i in self.roots)

    @functools.cached_property
    def leaves(self) -> list[int]:
        """The places of the leaves."""
        return [i for i, op in enumerate(self.ops) if op is None]

    @functools.cached_property
    def factors(self) -> tuple[set[int], set[int]]:
        """What stands first in a `dot`, weights as layers write it; and what stands second."""
        first: set[int] = set()
        second: set[int] = set()
        for i, op in enumerate(self.ops):
            if op is not None and mul in row_of(op).unfolds:
                args, operands = self.order[i].args, self.operands_of(i)
                half = len(args) // 2
                if len(operands) < len(args):
                    half = sum(type(x) is not float for x in args[:half])
                first.update(operands[:half])
                second.update(operands[half:])
        return first, second
