"""What a program keeps of its traces, and whether tracing it pays at all."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .branches import Branches
    from .specialization import Specialization

BRANCHES = 64  # tapes kept for one structure of the arguments
STRUCTURES = 256  # structures of the arguments for which tapes are kept
PATIENCE = 8  # calls that are traced anew, one after another, until such calls run uncompiled
REST = 256  # calls for which they do, the first time; each time twice as many
CLOCK = itertools.count()  # what is later has a larger number


class Profit:
    """Whether it pays to trace: not where nearly every call is traced anew.

    A trace costs as much as hundreds of calls of the function itself, and more where the tapes of
    other branches are tried first.
    """

    def __init__(self, patience: int) -> None:
        self.patience, self.rest = patience, REST
        self.misses = 0  # traces, less the calls that needed none
        self.resting = 0  # calls that will run uncompiled

    def hit(self) -> None:
        """A tape was replayed."""
        self.misses -= self.misses > 0

    def miss(self) -> bool:
        """The function was traced anew; True if that has happened too often."""
        self.misses += 1
        if self.misses < self.patience:
            return False
        self.misses, self.resting, self.rest = 0, self.rest, 2 * self.rest
        return True


class Kept:
    """The specializations for one structure of the arguments.

    Attributes:
        several: the one used last first; another list after each change, for threads.
        used: larger than for what was used before.
        call: their Call, see `quick`; None if there is none, NotImplemented until it is asked for.
        branches: all of them as one, if the samples of a batch have taken different branches.
        mixed: whether those of the last batch have.
    """

    def __init__(self, several: list[Specialization]) -> None:
        self.several = several
        self.profit = Profit(PATIENCE)
        self.used = next(CLOCK)
        self.call: Any = NotImplemented
        self.branches: Branches | None = None
        self.mixed = False

    def use(self, specialization: Specialization) -> None:
        """Note that one of them was replayed: it is tried first from now on."""
        if specialization is not self.several[0]:
            others = [other for other in self.several if other is not specialization]
            self.several = [specialization, *others]
        self.profit.hit()

    def add(self, specialization: Specialization) -> int:
        """Keep one more; those that lost a leaf go, and of too many the one used longest ago.

        Returns:
            How many others could still be replayed.
        """
        current = [other for other in self.several if other.is_current()]
        self.several = [specialization, *current[: BRANCHES - 1]]
        self.call, self.branches = NotImplemented, None
        return len(current)
