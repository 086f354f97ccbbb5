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
from ...primitive import describe, is_value
from ...refusals import two_engines
from ..names import names

Operand = tuple[int, int, float]  # place among the parents, place among the nodes between, partial

# Partials without a finite logarithm count beyond all others: 0 below, inf and then nan above.
ZERO, INFINITE, UNDEFINED = -1, 1 << 40, 1 << 80


class PathFinder:
    """The part of a graph that lies on some path from x to the root.

    Attributes:
        x, root: the ends.
        order: all nodes of the root's graph, in topological order.
        nodes: those on some path, in that order: x is the first, the root the last; empty if the
            root does not depend on x.
        operands: for each of them the operands that are on some path, too.
    """

    def __init__(self, x: Any, root: Any) -> None:
        for role, node in (("x", x), ("root", root)):
            if not is_value(node):
                raise TypeError(f"{role} must be a Value, got {describe(node)}")
        if type(x)._apply is not type(root)._apply:
            raise two_engines(type(x), type(root))
        self.x, self.root = x, root
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

    def names(self, name_from: Any) -> dict[Any, str]:
        """A name for each node of the graph and for x, no two alike."""
        nodes = self.order if self.nodes else [*self.order, self.x]
        return names(nodes, name_from)

    def gradients(self) -> list[float]:
        """d root / d node for each node, in the order in which the engine multiplies and adds."""
        gradients = [-0.0] * len(self.nodes)  # -0.0 + g is g
        if gradients:
            gradients[-1] = 1.0
        for i in reversed(range(len(gradients))):
            for _, j, partial in self.operands[i]:
                gradients[j] += gradients[i] * partial
        return gradients

    def count(self) -> int:
        """How many paths there are."""
        readers = [0] * len(self.nodes)
        for operands in self.operands:
            for _, j, _ in operands:
                readers[j] += 1
        counts = [0] * len(self.nodes)
        for i, operands in enumerate(self.operands):
            counts[i] = 0 if operands else 1
            for _, j, _ in operands:
                counts[i] += counts[j]
                readers[j] -= 1
                if not readers[j]:
                    counts[j] = 0  # these numbers may have thousands of digits
        return counts[-1] if counts else 0

    def magnitude(self) -> float:
        """The sum of the absolute products of all paths."""
        sums = [1.0] * len(self.nodes)
        for i, operands in enumerate(self.operands):
            if operands:
                sums[i] = sum(sums[j] * abs(p) for _, j, p in operands)
        return sums[-1] if sums else 0.0

    def largest(self, top: int) -> list[list[tuple[int, int]]]:
        """The `top` paths with the largest absolute product, as (node, operand) from the root down.

        From each node there is a best continuation towards x. A path that takes another operand
        somewhere loses the difference, and the path with the least loss comes next; one that
        follows the best continuations all along loses exactly 0.
        """
        if not self.nodes or top < 1:
            return []
        best = [(0, 0.0)] * len(self.nodes)  # the largest weight of a path from x
        for i, operands in enumerate(self.operands):
            if operands:
                best[i] = max(_plus(best[j], _weight(p)) for _, j, p in operands)
        paths: list[list[tuple[int, int]]] = []
        made = 0  # of two equal losses the earlier one comes first
        heap: list[Any] = [(0, 0.0, made, len(self.nodes) - 1, None)]
        while heap and len(paths) < top:
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
            paths.append(steps[::-1])
        return paths


def _weight(partial: float) -> tuple[int, float]:
    """Its logarithm, so that the weights along a path add up, after what has no finite one."""
    size = abs(partial)
    if 0.0 < size < math.inf:
        return 0, math.log(size)
    return (ZERO if size == 0.0 else INFINITE if size == math.inf else UNDEFINED), 0.0


def _plus(x: tuple[int, float], y: tuple[int, float]) -> tuple[int, float]:
    return x[0] + y[0], x[1] + y[1]
