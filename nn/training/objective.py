"""The mean loss over samples: on a compiled tape where the model can be traced, else eagerly.

A tape takes numbers, so a class label reaches it as weights: 1.0 for the sample's own class and 0.0
for the others. A loss that takes probabilities gets them as they are. Of any other loss the tape
holds one branch per label and the weights choose. Which of these gives the loss's own numbers is
found out by comparing with an uncompiled run, so what cannot be traced is never trained on wrongly.
"""

from __future__ import annotations

import functools
import warnings
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import autograd_lite
from autograd_lite import no_grad, where
from autograd_lite import sum as total
from autograd_lite.anomaly import where_called
from autograd_lite.chain_rule import topological_order
from autograd_lite.primitive import describe, is_value, plain
from autograd_lite.structure import leaves_of

from .. import losses
from ..modes import modules_of, restored_generators

__all__ = ["NotCompiledWarning"]

MOST_LABELS = 64  # branches on one tape
PROBED = 8  # samples on which the tape is compared with an uncompiled run


class NotCompiledWarning(UserWarning):
    """A model could not be traced, and runs uncompiled."""

    __module__ = "nn"


class Packed:
    """Rows of doubles of one shape, each as bytes, from which batches are joined quickly."""

    def __init__(self, rows: Sequence[Any]) -> None:
        shape, first = [], rows[0]
        while isinstance(first, list):
            shape.append(len(first))
            first = first[0]
        self.shape = tuple(shape)
        self.rows = [array("d", leaves_of(row)).tobytes() for row in rows]

    def __call__(self, chosen: Sequence[int]) -> Any:
        """The chosen rows, as a buffer that a compiled program reads without a copy."""
        joined = memoryview(b"".join([self.rows[i] for i in chosen]))
        return joined.cast("d", (len(chosen), *self.shape))


class Objective:
    """The mean of loss(model(x), y) over samples.

    Args:
        model: anything that can be called with a sample.
        loss: of one sample: (prediction, target) -> Value.
        x, y: the samples, as from `as_samples`.
        compile: whether to try.
        quiet: whether to say nothing if it does not work.

    Attributes:
        program: the compiled loss, or None.

    >>> import nn
    >>> from nn.training.objective import Objective
    >>> data = nn.datasets.xor()
    >>> net = nn.MLP(2, [3, 2], seed=0)
    >>> objective = Objective(net, nn.cross_entropy, data.x, data.y)
    >>> objective.program is not None
    True
    >>> abs(objective.value() - nn.cross_entropy([net(x) for x in data.x], data.y).data) < 1e-12
    True
    """

    def __init__(
        self, model: Any, loss: Any, x: list[Any], y: list[Any], compile: bool = True,
        quiet: bool = False,
    ) -> None:  # fmt: skip
        self.model, self.loss, self.x, self.y = model, loss, x, y
        self.modules, self.quiet = modules_of(model), quiet
        self.program: Any = None
        with restored_generators(self.modules) as changed:
            probe = self._probe()
            wanted = plain(self.eager(probe))  # a mistake of the user's shows here
            if compile:
                self._compile(probe, wanted, changed)

    def _probe(self) -> list[int]:
        """Places of some samples, among them one of each label."""
        chosen = dict.fromkeys(range(min(PROBED, len(self.x))))
        if not isinstance(self.y[0], list):
            firsts = {label: i for i, label in reversed(list(enumerate(self.y)))}
            chosen.update(dict.fromkeys(list(firsts.values())[:MOST_LABELS]))
        return list(chosen)

    def eager(self, chosen: Sequence[int]) -> Any:
        """The mean loss of the chosen samples as a Value with its graph."""
        losses = [self.sample(i) for i in chosen]
        return total(losses) / len(losses)

    def sample(self, i: int) -> Any:
        """The loss of sample i as a Value."""
        loss = self.loss(self.model(self.x[i]), self.y[i])
        if isinstance(loss, float):
            return autograd_lite.Value(loss)
        if not is_value(loss):
            raise TypeError(f"loss(prediction, target) must return one Value, got {describe(loss)}")
        return loss

    # On the tape ----------------------------------------------------------------------------------

    def _compile(self, probe: list[int], wanted: float, changed: Callable[[], bool]) -> None:
        """Try the forms in which targets can reach the tape, the usual one first."""
        if changed():
            return self._say("it draws random numbers")
        reason = ""
        self.packed_x = Packed(self.x)
        for as_targets in self._targets():
            try:
                function, targets = as_targets(self)
                program = autograd_lite.compile(function, batch="mean")
                self.packed_y = Packed(targets)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # the uncompiled run has said it
                    number = program.value(self.packed_x(probe), self.packed_y(probe))
            except Exception as error:  # whatever a user's function raises on unusual operands
                reason = f"{type(error).__name__}: {error}"
                continue
            if abs(number - wanted) <= 1e-9 * max(1.0, abs(wanted)) or repr(number) == repr(wanted):
                self.program = program
                return None
            reason = f"its tape gives {number!r} where the function gives {wanted!r}"
        return self._say(reason)

    def _targets(self) -> list[Callable[[Objective], tuple[Any, Any]]]:
        bare = self.loss
        while isinstance(bare, functools.partial):
            bare = bare.func
        if bare in (losses.cross_entropy, losses.nll) and isinstance(self.y[0], int):
            return [_as_probabilities, _as_choice]
        if isinstance(self.y[0], list) or len(set(self.y)) > MOST_LABELS:
            return [_as_numbers]
        return [_as_numbers, _as_probabilities, _as_choice]

    def backward(self, chosen: Sequence[int]) -> float:
        """Add the gradient of the mean loss of the chosen samples; gives the mean loss."""
        if self.program is not None:
            try:
                x, y = self.packed_x(chosen), self.packed_y(chosen)
                return self.program.backward(x, y)  # type: ignore[no-any-return]
            except autograd_lite.BranchError as error:
                self.program = None
                self._say(str(error))
        loss = self.eager(chosen)
        loss.backward()
        return loss.data  # type: ignore[no-any-return]

    def value(self, chosen: Sequence[int] | None = None) -> float:
        """The mean loss of the chosen samples, or of all."""
        chosen = range(len(self.x)) if chosen is None else chosen
        if self.program is not None:
            try:
                x, y = self.packed_x(chosen), self.packed_y(chosen)
                return self.program.value(x, y)  # type: ignore[no-any-return]
            except autograd_lite.BranchError as error:
                self.program = None
                self._say(str(error))
        with no_grad():
            return plain(self.eager(chosen))

    def _say(self, reason: str) -> None:
        if not self.quiet:
            warnings.warn(
                f"runs uncompiled, which is slower, since it cannot be traced: {reason}. "
                "compile=False says that this is meant",
                NotCompiledWarning,
                stacklevel=where_called()[1],
            )

    def reached(self, chosen: Sequence[int]) -> set[int]:
        """The ids of the leaves that the loss of the chosen samples depends on."""
        if self.program is not None:
            leaves = self.program.leaves(self.packed_x(chosen), self.packed_y(chosen))
        else:
            with restored_generators(self.modules):
                leaves = topological_order(self.eager(chosen))
        return set(map(id, leaves))


def _as_numbers(objective: Objective) -> tuple[Any, Any]:
    return lambda x, y: objective.loss(objective.model(x), y), objective.y


def _as_probabilities(objective: Objective) -> tuple[Any, Any]:
    with no_grad():
        classes = range(len(objective.model(objective.x[0])))
    if not all(label in classes for label in objective.y):
        raise ValueError(f"targets are classes from 0 to {len(classes) - 1}")
    targets = [[float(label == k) for k in classes] for label in objective.y]
    return lambda x, y: objective.loss(objective.model(x), y), targets


def _as_choice(objective: Objective) -> tuple[Any, Any]:
    labels = sorted(set(objective.y))

    def chosen_loss(x: Any, weights: Any) -> Any:
        prediction = objective.model(x)
        losses = [
            where(w > 0.5, objective.loss(prediction, k), 0.0) for w, k in zip(weights, labels)
        ]
        return total(losses)

    return chosen_loss, [[float(target == k) for k in labels] for target in objective.y]


class Outputs:
    """What a model gives for samples, as numbers."""

    def __init__(self, model: Any, x: list[Any], compile: bool = True) -> None:
        self.model, self.x, self.program = model, x, None
        with restored_generators(modules_of(model)) as changed, no_grad():
            wanted = [numbers_of(model(row)) for row in x[:2]]
            if not compile or changed():
                return
            try:
                self.packed = Packed(x)
                program = autograd_lite.compile(model, batch="none")
                outputs = _rows(program.value(self.packed(range(len(wanted)))), len(wanted))
            except Exception:  # whatever a user's model raises; it runs uncompiled
                return
            if all(
                abs(a - b) <= 1e-9 * max(1.0, abs(b))
                for a, b in zip(leaves_of(outputs), leaves_of(wanted))
            ):
                self.program = program

    def all(self) -> list[Any]:
        """The outputs of every sample: rows of floats, or floats for a model that gives one."""
        if self.program is not None:
            try:
                return _rows(self.program.value(self.packed(range(len(self.x)))), len(self.x))
            except autograd_lite.BranchError:
                self.program = None
        with no_grad():
            return [numbers_of(self.model(row)) for row in self.x]


def numbers_of(output: Any) -> Any:
    """Values as floats, in the same lists."""
    if isinstance(output, (list, tuple)):
        return [numbers_of(entry) for entry in output]
    return plain(output)


def _rows(columns: Any, n: int) -> list[Any]:
    """From a list of samples per output to a list of outputs per sample."""
    if not isinstance(columns, (list, tuple)):
        return [columns] * n  # an output that is a constant
    if columns and isinstance(columns[0], float):
        return list(columns)
    return [list(row) for row in zip(*(_rows(column, n) for column in columns))]
