"""PathFinder: the part of a graph that lies between x and the root, and what is true of its paths.

There may be 2^200 paths. They are counted by adding up, node by node, how many lead there; the
largest are found best first, by the largest that can still be reached from each node; the
derivative itself is what the chain rule gives.
"""

from __future__ import annotations

import heapq
import math
from typing import Any

from ...chain_rule import topological_order
from ...methods import two_engines
from ...primitive import describe

Operand = tuple[int, int, float]  # place among the parents, place on the way, partial

# Partials without a finite logarithm count beyond all others: 0 below, inf and then nan above.
ZERO, INFINITE, UNDEFINED = -1, 1 << 40, 1 << 80


class PathFinder:
    """The part of a graph that lies on some path from x to the root.

    Attributes:
        order: all nodes of the root's graph, in topological order.
        nodes: those on the way, in that order: x is the first, the root the last; empty if the root
            does not depend on x.
        operands: for each of them the operands that are on the way too.
    """

    def __init__(self, x: Any, root: Any) -> None:
        for role, node in (("x", x), ("root", root)):
            if not hasattr(type(node), "_apply"):
                raise TypeError(f"{role} must be a Value, got {describe(node)}")
        if type(x)._apply is not type(root)._apply:
            raise two_engines(type(x), type(root))
        self.order = topological_order(root)
        place = {x: 0}
        self.nodes: list[Any] = [x]
        self.operands: list[list[Operand]] = [[]]
        for node in self.order:
            parents = node.parents
            if place.keys().isdisjoint(parents):
                continue
            partials = node.partials
            self.operands.append(
                [(k, place[p], partials[k]) for k, p in enumerate(parents) if p in place]
            )
            place[node] = len(self.nodes)
            self.nodes.append(node)
        if root not in place:
            self.nodes, self.operands = [], []

    def gradients(self) -> list[float]:
        """d root / d node for each node, in the order in which the engine multiplies and adds."""
        found = [-0.0] * len(self.nodes)  # -0.0 + g is g
        if found:
            found[-1] = 1.0
        for i in reversed(range(len(found))):
            for _, j, partial in self.operands[i]:
                found[j] += found[i] * partial
        return found

    def count(self) -> int:
        """How many paths there are."""
        readers = [0] * len(self.nodes)
        for operands in self.operands:
            for _, j, _ in operands:
                readers[j] += 1
        found = [0] * len(self.nodes)
        for i, operands in enumerate(self.operands):
            found[i] = 0 if operands else 1
            for _, j, _ in operands:
                found[i] += found[j]
                readers[j] -= 1
                if not readers[j]:
                    found[j] = 0  # these numbers may have thousands of digits
        return found[-1] if found else 0

    def magnitude(self) -> float:
        """The sum of the absolute products of all paths."""
        found = [1.0] * len(self.nodes)
        for i, operands in enumerate(self.operands):
            if operands:
                found[i] = sum(found[j] * abs(p) for _, j, p in operands)
        return found[-1] if found else 0.0

    def largest(self, top: int) -> list[list[tuple[int, int]]]:
        """The `top` paths with the largest absolute product, as (node, operand) from the root down.

        Whoever leaves the best way at a node loses something. A path is known by its losses, so the
        least loss comes next; one that follows the best way all along loses exactly 0.
        """
        if not self.nodes or top < 1:
            return []
        best = [(0, 0.0)] * len(self.nodes)  # the largest weight of a path from x
        for i, operands in enumerate(self.operands):
            if operands:
                best[i] = max(_plus(best[j], _weight(p)) for _, j, p in operands)
        found: list[list[tuple[int, int]]] = []
        made = 0  # of two equal losses, the one found first
        heap: list[Any] = [(0, 0.0, made, len(self.nodes) - 1, None)]
        while heap and len(found) < top:
            rank, loss, _, i, taken = heapq.heappop(heap)
            while self.operands[i]:
                follow = None
                for k, j, p in self.operands[i]:
                    weight, step = _plus(best[j], _weight(p)), (i, k, taken)
                    if follow is None and weight == best[i]:
                        follow = (j, step)
                        continue
                    made += 1
                    lost = (rank + best[i][0] - weight[0], loss + (best[i][1] - weight[1]))
                    heapq.heappush(heap, (*lost, made, j, step))
                assert follow is not None
                i, taken = follow
            steps = []
            while taken is not None:
                i, k, taken = taken
                steps.append((i, k))
            found.append(steps[::-1])
        return found


def _weight(partial: float) -> tuple[int, float]:
    """Its logarithm, so that the weights along a path add up, after what has no finite one."""
    size = abs(partial)
    if 0.0 < size < math.inf:
        return 0, math.log(size)
    return (ZERO if size == 0.0 else INFINITE if size == math.inf else UNDEFINED), 0.0


def _plus(x: tuple[int, float], y: tuple[int, float]) -> tuple[int, float]:
    return x[0] + y[0], x[1] + y[1]
