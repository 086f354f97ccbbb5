"""Trial: a model, a loss, data and an optimiser as plain data, so that a page can train without us.

All that is computed is on tapes: the loss of one sample with its gradient, what the model makes of
a place of the plane, an optimiser's step, and the numbers of this step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...compiler.tape import Tape
from ..net.net import Net


@dataclass(slots=True, kw_only=True)
class Traced:
    """A tape, and which leaf is in each of its captured slots."""

    tape: Tape
    leaves: list[int]


@dataclass(slots=True, kw_only=True)
class Update:
    """How an optimiser moves its parameters, a run of all of them.

    Attributes:
        name: of the optimiser, with its options, for the reader.
        first, count: of its parameters among all.
        step: as `tape_of` makes it.
        literals: its literal numbers.
        constants: (lr, number of the step) -> the numbers of this step; a tape for each branch.
        states: what is kept for each parameter.
        lr: the learning rate.
        steps: made so far.
    """

    name: str
    first: int
    count: int
    step: Tape
    literals: list[float]
    constants: list[Tape]
    states: list[list[float]]
    lr: float
    steps: int


@dataclass(slots=True, kw_only=True)
class Samples:
    """Samples, flat.

    Attributes:
        x: the numbers of each.
        y: its target as the tape of the loss takes it.
        labels: the place of its class; [] where there are no classes.
    """

    x: list[list[float]]
    y: list[list[float]]
    labels: list[int]

    def __len__(self) -> int:
        return len(self.x)


@dataclass(slots=True, kw_only=True)
class Trial:
    """All that a page needs to train a model.

    Attributes:
        model, loss: what they are called.
        step: (x, y) -> the loss, the outputs, and of each unit its sum and what it gives.
        look: x -> the outputs, the share of each class, and what each unit gives.
        leaves: the numbers of all leaves: the parameters that are trained, then the others.
        updates: of the optimiser; together they move all parameters.
        outputs: how many the model has.
        train, test: the samples.
        shape: of one sample, as [2] or [8, 8].
        classes: what they are called; [] where the targets are numbers.
        targets: of each class the target as the tape takes it.
        features: what the numbers of a sample are called.
        net: the units of the model; None if it has none that can be drawn.
        weights: for each of its hairs the leaf that weighs; -1 for a number of the program.
        is_whole: whether what its last units give is what the model gives.
        inputs: for each disc of its first column which number of x it is; -1 for none.
        batch_size: of a step.
        seed: of the order of the samples.
        surface: the share of each class on a grid of the plane before any step, as
            `charts.boundary` takes it; [] where there is no plane of classes.
    """

    model: str
    loss: str
    step: Traced
    look: Traced
    leaves: list[float]
    updates: list[Update]
    outputs: int
    train: Samples
    test: Samples
    shape: list[int]
    classes: list[str] = field(default_factory=list)
    targets: list[list[float]] = field(default_factory=list)
    features: Sequence[str] = ()
    net: Net | None = None
    is_whole: bool = True
    weights: list[int] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    batch_size: int = 10
    seed: int = 0
    surface: list[list[list[float]]] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """How many are trained."""
        return sum(update.count for update in self.updates)

    @property
    def kind(self) -> str:
        """What the page shows of the data: "plane", "curve" or "samples"."""
        size = len(self.train.x[0])
        if size == 2 and (self.classes or self.outputs == 1):
            return "plane"
        if size == 1 and (len(self.classes) == 2 if self.classes else self.outputs == 1):
            return "curve"
        return "samples"
