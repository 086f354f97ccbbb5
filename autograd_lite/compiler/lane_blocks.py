"""Sequences of the samples of a batch, step by step; see chain_lanes.py."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from .calls import plus
from .job import zeros

Column = Any  # array[float], one number for each sample


class Blocks:
    """Sequences of all samples, some numbers an entry: for each step an array with their rows.

    Attributes:
        lengths: of each sample, none longer than the one before.
        counts: for each step how many samples have it.
        width: how many numbers an entry has.
        backwards: whether the first step is that of the last entry.
        wanted: whether anybody asks for the gradient.
        slopes: for each step the gradient, or None; None if there is none at all.
    """

    def __init__(self, lengths: list[int], width: int, blocks: list[Any], backwards: bool) -> None:
        self.lengths, self.width, self.blocks = lengths, width, blocks
        self.counts = counts_of(lengths)
        self.backwards, self.wanted = backwards, True
        self.slopes: list[Any] | None = None
        self._other: Blocks | None = None

    def along(self, backwards: bool) -> Blocks:
        """These sequences, with steps in that order."""
        if self.backwards == backwards:
            return self
        if self._other is None:
            turned = self._turned(self.blocks)
            self._other = Blocks(self.lengths, self.width, turned, backwards)
            self._other.wanted = self.wanted
        return self._other

    def add(self, t: int, slope: Column) -> None:
        """Add to the gradient of a step."""
        if self.slopes is None:
            self.slopes = [None] * len(self.counts)
        before = self.slopes[t]
        self.slopes[t] = slope if before is None else plus(before, slope)

    def gradient(self) -> list[Column] | None:
        """The gradient of all steps, also that of the sequences in the other order."""
        if self._other is not None and (slopes := self._other.gradient()) is not None:
            self._other.slopes = None
            for t, more in enumerate(self._turned(slopes)):
                self.add(t, more)
        if self.slopes is None:
            return None
        sizes = [k * self.width for k in self.counts]
        return [zeros(n) if x is None else x for x, n in zip(self.slopes, sizes)]

    def _turned(self, blocks: list[Any]) -> list[Any]:
        w = self.width
        return [
            array(
                "d",
                b"".join(
                    [
                        memoryview(blocks[n - 1 - t])[s * w : (s + 1) * w].tobytes()
                        for s, n in enumerate(self.lengths[:k])
                    ]
                ),
            )
            for t, k in enumerate(self.counts)
        ]

    def step(self, i: int) -> int:
        """The step of entry `i`, for sequences of one length."""
        n = self.lengths[0]
        return n - 1 - i if self.backwards else i

    def rows(self, blocks: list[Any], sample: int) -> array[float]:
        """The entries of a sample, one after another."""
        w = self.width
        steps = range(self.lengths[sample])
        parts = [memoryview(blocks[t])[sample * w : (sample + 1) * w].tobytes() for t in steps]
        return array("d", b"".join(parts[::-1] if self.backwards else parts))


def counts_of(lengths: Sequence[int]) -> list[int]:
    """For each step how many samples have it; of lengths that do not grow."""
    counts: list[int] = []
    k = len(lengths)
    while True:
        while k and lengths[k - 1] <= len(counts):
            k -= 1
        if not k:
            return counts
        counts.append(k)


def blocks_of(rows: Sequence[Any], width: int, backwards: bool) -> Blocks:
    """The sequences of samples, each in one buffer of doubles, as blocks."""
    lengths, size = [len(x) // width for x in rows], 8 * width
    buffers = [memoryview(x).cast("B") for x in rows]
    blocks = []
    for t, k in enumerate(counts_of(lengths)):
        some = zip(buffers[:k], lengths)
        at = [(x, (n - 1 - t if backwards else t) * size) for x, n in some]
        blocks.append(memoryview(b"".join([x[i : i + size] for x, i in at])).cast("d"))
    return Blocks(lengths, width, blocks, backwards)
