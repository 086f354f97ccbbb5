"""What a worker keeps of a `fit`, and does with it: this runs in the processes of the workers."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.protocol.pickle import dumps, loads


class KeptSamples(WorkerPlugin):
    """The arguments of a program for all samples; see `OnTape.packed`."""

    def __init__(self, packed: Sequence[Any]) -> None:
        self.packed = packed


class KeptTape(WorkerPlugin):
    """A program without its function, and the leaves that its tapes read; as a pickle."""

    def __init__(self, program: Any, leaves: list[Any]) -> None:
        self.pickle = dumps((program, leaves))

    def setup(self, worker: Any) -> None:
        self.program, self.leaves = loads(self.pickle)

    def move(self, numbers: Sequence[float]) -> None:
        """Give the leaves their numbers."""
        for leaf, x in zip(self.leaves, numbers):
            leaf.data = x

    def answer(self, method: str, arguments: list[Any], samples: int) -> Any:
        """What the method gives; for "backward" the sums of the losses and of their gradients."""
        if method != "backward":
            return getattr(self.program, method)(*arguments)
        for leaf in self.leaves:
            leaf.grad = 0.0
        mean = self.program.backward(*arguments)
        return mean * samples, array("d", [leaf.grad * samples for leaf in self.leaves])


def answers(
    tape: str, samples: str, method: str, numbers: Sequence[float], parts: list[Sequence[int]]
) -> list[Any]:
    """The answers to some parts of a batch, by the tape and the samples of these names."""
    kept: Any = get_worker().plugins
    packed = kept[samples].packed
    kept[tape].move(numbers)
    return [kept[tape].answer(method, [rows(part) for rows in packed], len(part)) for part in parts]
