"""Jobs: what is to be replayed of a part of a program, and room for the answers; see `Replay`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any


class Job:
    """A replay of a part, as of a tape; what it is about is said at `Replay`.

    Args:
        varying: for each input that differs from sample to sample an array with its numbers.
    """

    seeds: array[float] | None = None
    moving: list[int] | None = None
    uniform_rates: array[float] | None = None
    varying_rates: tuple[Any, ...] = ()
    varying_gradients: tuple[Any, ...] = ()
    uniform_gradient = rates = array("d")
    sequences: Mapping[int, Any] = MappingProxyType({})
    sequence_results: dict[int, Any]
    sequence_gradients: dict[int, Any]
    batch = by_sample = False

    def __init__(
        self, samples: int, threads: int, uniform: Iterable[float], varying: Any, outputs: int
    ) -> None:
        self.samples, self.threads = samples, threads
        self.uniform = array("d", uniform)
        self.varying = tuple([(numbers, 1) for numbers in varying])
        self.results = zeros(samples * outputs)
        self.totals = zeros(outputs)


def zeros(n: int) -> array[float]:
    """An array of 0.0."""
    return array("d", bytes(8 * n))
