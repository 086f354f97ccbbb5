"""Ranking: which unit of a layer is the first, which the second.

A sum that reads a whole layer lists its units in their order. What follows the last layer need not:
a loss may take the score of the right class before the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph.graph import Graph
from ..rows import row_of
from .units import Unit


def by_weights(units: Sequence[Unit], numbers: Mapping[int, int]) -> list[Unit] | None:
    """The units in the order of their weights in the model; None if some are not its own.

    Args:
        units: of one layer.
        numbers: the number of each weight in the model, by its place in the graph.
    """
    ranks = [
        min((numbers[i] for i in unit.weights() if i in numbers), default=-1) for unit in units
    ]
    if -1 in ranks:
        return None
    return [unit for _, unit in sorted(zip(ranks, units), key=lambda pair: pair[0])]


def by_use(graph: Graph, units: Sequence[Unit]) -> list[Unit] | None:
    """Outputs in the order in which a node reads something of each; None if none does.

    So does the logsumexp of a cross entropy, which reads the differences to one of the outputs, and
    a constant in the place of that one.
    """
    of = {unit.output: 1 << k for k, unit in enumerate(units)}
    reads = [0] * len(graph)  # of each node the outputs below it, as bits
    for i in range(min(of), len(graph)):
        operands = graph.operands_of(i)
        if i in of:
            reads[i] = of[i]
        elif operands:
            for place in operands:
                reads[i] |= reads[place]
            if row_of(graph.ops[i]).variadic and len(graph.order[i].args) == len(units):
                places = iter(operands)
                arguments = [-1 if type(x) is float else next(places) for x in graph.order[i].args]
                found = _one_each(graph, reads, arguments, (1 << len(units)) - 1)
                if found:
                    return [units[bit.bit_length() - 1] for bit in found]
    return None


def _one_each(
    graph: Graph, reads: Sequence[int], arguments: Sequence[int], every: int
) -> list[int] | None:
    """The output that each argument is about, if each is about another."""
    found = []
    for place in arguments:
        bits = 0 if place < 0 else reads[place]
        if bits & (bits - 1):  # of several, the first in a difference of two
            below = [reads[p] for p in graph.operands_of(place)]
            bits = below[0] if all(b and not b & (b - 1) for b in below) else 0
            if not bits:
                return None
        found.append(bits)
    if found.count(0) == 1:
        rest = every
        for bits in found:
            rest &= ~bits
        found[found.index(0)] = rest
    ordered = sorted(found) == [1 << k for k in range(len(found))]
    return found if ordered else None
