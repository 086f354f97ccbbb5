"""Samples: the units of one forward pass among those of a whole batch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ..graph.graph import Graph
from .units import NoNetError, Unit


def samples_of(graph: Graph, units: Sequence[Unit]) -> list[list[Unit]]:
    """The units of each sample: units that read one another, or that one call of a layer made.

    Raises:
        NoNetError: a sample uses a weight twice, as a convolution and a recurrent cell do; or the
            samples have different weights.
    """
    joined = _Joined(len(units))
    number = {unit.output: k for k, unit in enumerate(units)}
    seen: dict[Hashable, int] = {}
    for k, unit in enumerate(units):
        scope = graph.scopes[unit.head]
        shared: list[Hashable] = [("scope", id(scope))] if scope is not None else []
        for place in unit.sources():
            if place in number:
                joined.join(k, number[place])
            else:
                shared.append(place)
        for what in shared:
            joined.join(k, seen.setdefault(what, k))

    parts: dict[int, list[Unit]] = {}
    for k, unit in enumerate(units):
        parts.setdefault(joined.root(k), []).append(unit)
    samples: list[tuple[list[Unit], set[int]]] = []
    for part in parts.values():
        weights = [place for unit in part for place in unit.weights()]
        if len(set(weights)) < len(weights):
            raise NoNetError("it uses a weight several times for one sample")
        if not samples or not samples[-1][1].isdisjoint(weights):
            samples.append(([], set()))
        samples[-1][0].extend(part)
        samples[-1][1].update(weights)
    if any(weights != samples[0][1] for _, weights in samples):
        raise NoNetError("its samples do not use the same weights")
    return [sorted(sample, key=lambda unit: unit.head) for sample, _ in samples]


class _Joined:
    """Sets that are joined again and again."""

    def __init__(self, count: int) -> None:
        self.above = list(range(count))

    def root(self, k: int) -> int:
        while self.above[k] != k:
            self.above[k] = self.above[self.above[k]]
            k = self.above[k]
        return k

    def join(self, j: int, k: int) -> None:
        j, k = self.root(j), self.root(k)
        self.above[max(j, k)] = min(j, k)
