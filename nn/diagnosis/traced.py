"""The tapes on which a page trains: of the loss of a sample, of the model alone, of an optimiser.

The loss and the model are traced together with their units, so that a page can show what happens
inside. Which operations are units is found once, in an uncompiled run, and by their places in the
graph they are found again while the function is traced.
"""

from __future__ import annotations

import copy
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import autograd_lite
from autograd_lite import Value, softmax, topological_order
from autograd_lite.compiler.elementwise_tape import tape_of
from autograd_lite.compiler.tape import Tape
from autograd_lite.primitive import is_value, plain, real
from autograd_lite.views.graph.graph import Graph
from autograd_lite.views.net.build import NoNetError, net_of
from autograd_lite.views.net.net import Net
from autograd_lite.views.playground.trial import Update

from ..modes import generators, named
from ..optim import Optimizer
from ..pairing import flat
from ..training.classes import Rule
from ..training.objective import Objective
from ..training.samples import is_ragged

RATES, STEPS = (0.1, 1e-4, 3.0), (1, 2, 3, 10, 1000)  # at which the constants of a step are traced


class TracedLoss(Objective):
    """The loss of a sample on a tape, whatever a page needs beside it, or an error that says why.

    Args:
        model, loss, x, y: as for `Objective`.
        parameters: those that are trained.

    Raises:
        ValueError: it cannot be traced, takes different branches for different samples, or depends
            on none of the parameters.

    Attributes:
        targets: of each sample the target as the tape takes it.
        outputs: how many Values the model gives.
        net: the units of the model; None if they cannot be drawn.
        is_whole: whether what its last units give is what the model gives.
        units, sums: where what each unit gives stands in the graph, and its sum.
        inputs: for each disc of the net's first column which number of x it is; -1 for none.
        weights: for each line of the net the leaf that weighs; None for a number of the program.
    """

    def __init__(
        self, model: Any, loss: Any, x: list[Any], y: list[Any], parameters: Sequence[Any]
    ) -> None:
        if is_ragged(x):
            raise ValueError(
                "a page repeats one recorded run, and these samples are sequences of different "
                "lengths: samples of one length are wanted"
            )
        super().__init__(model, loss, x, y)
        self.must_reach(parameters)
        self.targets = [array("d", row).tolist() for row in self.packed[1].rows]
        self._shape = self.packed[1].shape
        self._loss_of = self.program.function
        self._seen: list[Any] = []
        self.model = self._watched
        self._model = model
        self._find_units()

    def _say(self, reason: str) -> None:
        random = [
            f"{name or 'the model'} ({module.one_line()})"
            for name, module in named(self.model, "modules")
            if generators([module]) and hasattr(module, "one_line")
        ]
        if random and ("random" in reason or "TraceError" in reason):
            raise ValueError(
                f"a page repeats one recorded run, and {', '.join(random)} draws at "
                "random: call eval() of it before, or leave it out"
            )
        raise ValueError(
            f"a page repeats one recorded run, and this model cannot be compiled: {reason}"
        )

    def _watched(self, x: Any) -> Any:
        """The model, whose last prediction is kept."""
        prediction = self._model(x)
        self._seen = [p for p in flat(prediction) if is_value(p)]
        return prediction

    def _find_units(self) -> None:
        """The net, and the places of sums and units among what the prediction is made of."""
        inputs = _values(self.x[0])
        self._watched(inputs)
        outputs = self._seen
        if not outputs:
            raise ValueError("the model gives numbers that do not depend on any Value")
        self.outputs = len(outputs)
        order = topological_order(*outputs)
        entries = {id(x): k for k, x in enumerate(flat(inputs))}
        self.net: Net | None = None
        self.units: list[int] = []
        self.sums: list[int] = []
        self.inputs: list[int] = []
        self.weights: list[Any] = []
        self.is_whole = False
        try:
            names = self._model if hasattr(self._model, "named_parameters") else None
            net = net_of(Graph(order, outputs), names)
        except NoNetError:
            return
        discs = [disc for disc in net.discs if disc.column]
        self.net = net
        self.is_whole = {d.place for d in net.outputs} >= {order.index(x) for x in outputs}
        self.units, self.sums = [d.place for d in discs], [d.total_place for d in discs]
        self.inputs = [
            entries.get(id(order[d.place]), -1) if d.place >= 0 else -1
            for d in net.discs
            if not d.column
        ]
        self.weights = [None if h.place < 0 else order[h.place] for h in net.hairs]

    def step(self) -> tuple[Tape, list[Any]]:
        """(x, y) -> [the loss, outputs, sums, units], and the leaves that it reads.

        Raises:
            ValueError: a sample takes another branch.
        """

        def step(x: Any, y: Any) -> list[Any]:
            loss = self._loss_of(x, y)
            order = topological_order(*self._seen)
            return [loss, *self._seen, *(order[k] for k in (*self.sums, *self.units))]

        program = autograd_lite.compile(step)
        targets = [_shaped(iter(y), self._shape) for y in self.targets]
        for x, y in zip(self.x, targets):
            program.value(x, y)
        return self._only(program, self.x[0], targets[0])

    def look(self, rule: Rule | None) -> tuple[Tape, list[Any]]:
        """x -> [outputs, the share of each class, units], and the leaves that it reads.

        A loss is a surprise, so exp(-loss) says how much each class is expected.
        """
        targets = [] if rule is None else [rule.target(label) for label in rule.labels]

        def look(x: Any) -> list[Any]:
            prediction = self._watched(x)
            outputs = self._seen
            costs = [self.loss(prediction, target) for target in targets]
            shares = softmax([-cost for cost in costs]) if costs else []
            order = topological_order(*outputs)
            return [*outputs, *shares, *(order[k] for k in self.units)]

        program = autograd_lite.compile(look)
        for x in self.x:
            program.value(x)
        return self._only(program, self.x[0])

    def _only(self, program: Any, *arguments: Any) -> tuple[Tape, list[Any]]:
        """The one tape of a program."""
        leaves = program.leaves(*arguments)
        tapes = program.tapes()
        if len(tapes) > 1:
            raise ValueError(
                "a page repeats one recorded run, and this model takes another branch for "
                "another sample (an `if` that reads a Value): choose with where(condition, x, y)"
            )
        return tapes[0], leaves


def _values(x: Any) -> Any:
    return [_values(entry) for entry in x] if isinstance(x, list) else Value(x)


def _shaped(numbers: Iterator[float], shape: Sequence[int]) -> Any:
    """Numbers in nested lists of a shape."""
    if not shape:
        return next(numbers)
    return [_shaped(numbers, shape[1:]) for _ in range(shape[0])]


def updates_of(optimizer: Optimizer) -> list[Update]:
    """What an optimiser does, on tapes.

    Raises:
        ValueError: its step is no formula, or the numbers of a step cannot be traced.
    """
    updates, first = [], 0
    for group in getattr(optimizer, "groups", [optimizer]):
        count, name = len(group.parameters), type(group).__name__
        if type(group).step is not Optimizer.step:
            raise ValueError(
                f"{name} has a step of its own, which a page cannot do: say how one parameter "
                "moves as its `formula`, an Elementwise, and leave `step` to nn.Optimizer"
            )
        step, literals = tape_of(group.formula, count)
        update = Update(
            name=name, first=first, count=count, step=step, literals=literals,
            constants=_constants(group), states=[list(state) for state in group.states],
            lr=group.lr, steps=group.steps,
        )  # fmt: skip
        updates.append(update)
        first += count
    return updates


def _constants(optimizer: Optimizer) -> list[Tape]:
    """The tapes of an optimiser's `constants`, one for each branch of its program.

    They are compared with what it gives for numbers, so that a page never steps by wrong ones.
    """

    def constants(lr: Any, steps: Any) -> list[Any]:
        moved = copy.copy(optimizer)
        moved.lr, moved.steps = lr, steps
        return [x if is_value(x) else Value(real(x)) for x in moved.constants()]

    program = autograd_lite.compile(constants)
    name = type(optimizer).__name__
    try:
        for lr in (optimizer.lr, *RATES):
            for steps in STEPS:
                found = program.value(lr, float(steps))
                wanted = [plain(x) for x in constants(lr, steps)]
                if not all(abs(a - b) <= 1e-12 * abs(b) for a, b in zip(found, wanted)):
                    raise ValueError(f"the trace gives {found}, and {name} itself {wanted}")
    except (TypeError, ValueError, autograd_lite.TraceError) as error:
        raise ValueError(
            f"{name}.constants() must be arithmetic on self.lr and self.steps for a page to "
            f"follow it: {error}"
        ) from error
    return program.tapes()
