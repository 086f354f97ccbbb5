"""The mean loss over samples: on a compiled tape where the model can be traced, else eagerly.

A tape takes numbers, so a class label reaches it as weights: 1.0 for the sample's own class and 0.0
for the others. A loss that takes probabilities gets them as they are. Of any other loss the tape
holds one branch per label and the weights choose. Which of these gives the loss's own numbers is
found out by comparing with an uncompiled run, so what cannot be traced is not trained on wrongly; a
difference of less than 1e-9, in the loss or a prediction, counts as rounding.
"""

from __future__ import annotations

import functools
import math
import sys
from array import array
from collections.abc import Callable, Sequence
from itertools import chain, product
from typing import Any

import autograd_lite
from autograd_lite import modes, no_grad, where
from autograd_lite import sum as total
from autograd_lite.anomaly import quietly, warn
from autograd_lite.chain_rule import topological_order
from autograd_lite.compiler.loops import UNROLLED
from autograd_lite.primitive import describe, is_value, plain
from autograd_lite.structure import flatten, leaves_of

from .. import losses
from ..modes import always_draws, restored_generators
from ..pairing import shape
from .classes import bare_loss
from .rows import numbers_of, rows_of
from .samples import is_ragged
from .watch import Watch

__all__ = ["NotCompiledWarning"]

MOST_LABELS = 64  # branches on one tape
PROBED = 8  # samples on which a tape is compared with an uncompiled run
TRACE = 40  # samples that may be run uncompiled in the time of a trace
PATIENCE = 8  # traces that may have spared nothing
REFUSALS = autograd_lite.BranchError, autograd_lite.TraceError
UNSEEN = (
    "it reads a number that changes where nobody can see it "
    "(`training.retrace()`, in a callback, tells of it)"
)
MANY = 200  # rows, which are picked more quickly with NumPy, if it is loaded


class NotCompiledWarning(UserWarning):
    """A model could not be traced, and runs uncompiled."""

    __module__ = "nn"


class Packed:
    """Rows of doubles of one shape, as bytes, from which batches are joined quickly."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.shape = tuple(shape(rows[0]))
        self.whole = b"".join([array("d", leaves_of(row)).tobytes() for row in rows])
        self.size = len(self.whole) // len(rows)

    def __call__(self, chosen: Sequence[int]) -> Any:
        """The chosen rows, as a buffer that a compiled program reads without a copy."""
        return memoryview(self._bytes(chosen)).cast("d", (len(chosen), *self.shape))

    def _bytes(self, chosen: Sequence[int]) -> Any:
        if isinstance(chosen, range) and chosen.step == 1:
            return memoryview(self.whole)[chosen.start * self.size : chosen.stop * self.size]
        if len(chosen) <= MANY or not sys.modules.get("numpy"):
            return b"".join([self.rows[i] for i in chosen])
        import numpy  # which is there, and quicker

        rows: Any = numpy.frombuffer(self.whole, numpy.uint8).reshape(-1, self.size)
        return memoryview(rows[array("Q", chosen)]).cast("B")

    @functools.cached_property
    def rows(self) -> list[bytes]:
        """The rows one by one."""
        return [self.whole[i : i + self.size] for i in range(0, len(self.whole), self.size)]

    def __getstate__(self) -> dict[str, Any]:
        return {name: x for name, x in vars(self).items() if name != "rows"}


class PackedSequences:
    """Sequences of doubles, of any lengths; a batch is a list with one for each sample."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.shape = tuple(shape(rows[0])[1:])
        self.rows = [(array("d", leaves_of(row)).tobytes(), len(row)) for row in rows]

    def __call__(self, chosen: Sequence[int]) -> Any:
        """The chosen sequences, each as a buffer."""
        rows = [self.rows[i] for i in chosen]
        return [memoryview(row).cast("d", (n, *self.shape)) for row, n in rows]


def forms_of(x: Sequence[Any]) -> list[tuple[int, ...]]:
    """How samples may reach a tape: as sequences, of the first argument, or as they are.

    Those of one length are sequences, too, where it takes long to trace all steps one by one.
    """
    if is_ragged(x):
        return [(0,)]
    long = isinstance(x[0], list) and isinstance(x[0][0], list) and len(x[0]) > UNROLLED
    return [(0,), ()] if long else [()]


class OnTape:
    """What runs on a compiled tape, which is traced anew when a plain number has changed.

    Attributes:
        x: the samples.
        program: the compiled function, or None.
        packed: its arguments for all samples, each `Packed` or `PackedSequences`.
        workers: who replay it, if it is not done here.
    """

    x: list[Any]
    program: Any = None
    packed: Sequence[Any] = ()
    workers: Any = None

    def uncompiled(self, chosen: Sequence[int]) -> Any:
        """The numbers for the chosen samples, without a tape."""
        raise NotImplementedError

    def read(self, found: Any, n: int) -> Any:
        """The same numbers from what the program gives for n samples."""
        return found

    def numbers(self, chosen: Sequence[int]) -> Any:
        """The numbers for the chosen samples."""
        found = self.on_tape("value", chosen)
        return self.uncompiled(chosen) if found is None else self.read(found, len(chosen))

    def differs(self, i: int) -> bool:
        """Whether the tape gives other numbers for sample i than an uncompiled run.

        Samples are counted on from the first after the last.
        """
        chosen = [i % len(self.x)]
        program = self.ready(0)
        if program is None:
            return False
        try:
            found = self.read(program.value(*self.arguments(chosen)), 1)
        except Exception:  # as `on_tape` will say
            return False
        return not _agree(found, self.uncompiled(chosen))

    def arguments(self, chosen: Sequence[int]) -> list[Any]:
        """The chosen samples as the program takes them."""
        return [rows(chosen) for rows in self.packed]

    def keep(self, program: Any, *reads: Any) -> None:
        """Run on this program from now on; `reads` are the functions it was traced from."""
        self.program, self.watch = program, Watch(*reads)
        self._spared = PATIENCE * TRACE

    def on_tape(self, method: str, chosen: Sequence[int]) -> Any:
        """What a method of the program gives for the chosen samples; None if that cannot be."""
        program = self.ready(len(chosen))
        if program is not None:
            try:
                if self.workers is not None:
                    return self.workers.replay(self, method, chosen)
                return getattr(program, method)(*self.arguments(chosen))
            except Exception as error:  # whatever a user's function raises where it is traced anew
                if self.workers is not None and not isinstance(error, REFUSALS):
                    raise  # it may be theirs
                self.give_up(_named(error))
        return None

    def ready(self, samples: int) -> Any:
        """The program for a run over so many samples, or None."""
        if self.program is not None and self.watch.changed():
            self.retrace()
        if self.program is not None:
            self._spared += samples
        return self.program

    def retrace(self) -> None:
        """Let the next run trace the function again, for numbers in it have changed.

        If that happens so often that it costs more than the tape spares, there is no tape any more.
        """
        if self.program is None:
            return
        self.watch.reset()
        self.program.retrace()
        self._spared = min(self._spared, PATIENCE * TRACE) - TRACE
        if self._spared < 0:
            self.give_up("a plain number in it changes again and again, which is a new trace each")

    def give_up(self, reason: str) -> None:
        """Run uncompiled from now on."""
        self.program = None


class Objective(OnTape):
    """The mean of loss(model(x), y) over samples.

    Args:
        model: anything that can be called with a sample.
        loss: of one sample: (prediction, target) -> Value.
        x, y: the samples, as from `as_samples`.
        compile: whether to try.
        quiet: whether to say nothing if it does not work.
        weights: of the samples: what each loss is multiplied with.

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
        quiet: bool = False, weights: list[float] | None = None,
    ) -> None:  # fmt: skip
        self.model, self.loss, self.x, self.y, self.weights = model, loss, x, y, weights
        self.quiet, self.drawers = quiet, (model, loss)
        with restored_generators(*self.drawers) as changed:
            probe = self.probe()
            wanted = plain(self.eager(probe))  # a mistake of the user's shows here
            drawn = changed()
        with restored_generators(*self.drawers):  # a first call may make others
            if compile and drawn and always_draws(self.drawers, lambda: self.eager(probe)):
                self._say("it draws random numbers")
            elif compile:
                self._compile(probe, wanted)

    def probe(self) -> list[int]:
        """Places of some samples, among them one of each label."""
        chosen = dict.fromkeys(range(min(PROBED, len(self.x))))
        if not isinstance(self.y[0], list):
            firsts = {label: i for i, label in reversed(list(enumerate(self.y)))}
            ends = [firsts[min(firsts)], firsts[max(firsts)]]
            chosen.update(dict.fromkeys([*ends, *list(firsts.values())[:MOST_LABELS]]))
        return list(chosen)

    def eager(self, chosen: Sequence[int]) -> Any:
        """The mean loss of the chosen samples as a Value with its graph."""
        losses = [self.sample(i) for i in chosen]
        if self.weights is not None:
            losses = [loss * self.weights[i] for loss, i in zip(losses, chosen)]
        return total(losses) / len(losses)

    def sample(self, i: int) -> Any:
        """The loss of sample i as a Value, without its weight."""
        prediction = self.model(self.x[i])
        try:
            loss = self.loss(prediction, self.y[i])
        except (TypeError, ValueError) as error:
            if type(error) not in (TypeError, ValueError):
                raise
            found, wanted = describe(numbers_of(prediction)), describe(self.y[i])
            words = f"the loss of sample {i}, with the prediction {found} and the target {wanted}"
            raise type(error)(f"{words}: {error}") from error
        if isinstance(loss, float):
            return autograd_lite.Value(loss)
        if not is_value(loss):
            raise TypeError(f"loss(prediction, target) must return one Value, got {describe(loss)}")
        return loss

    # On the tape ----------------------------------------------------------------------------------

    def _compile(self, probe: list[int], wanted: float) -> None:
        """Try the forms in which targets can reach the tape, the usual one first."""
        reason = ""
        weights = [] if self.weights is None else [Packed(self.weights)]
        for sequences, as_targets in product(forms_of(self.x), self._targets()):
            try:
                x = PackedSequences(self.x) if sequences else Packed(self.x)
                function, targets = as_targets(self)
                if self.weights is not None:
                    function = _weighed(function)
                program = autograd_lite.compile(function, batch="mean", sequences=sequences)
                self.packed = [x, Packed(targets), *weights]
                with quietly():  # the uncompiled run has said it
                    number = program.value(*self.arguments(probe))
            except Exception as error:  # whatever a user's function raises on unusual operands
                reason = _named(error)
                continue
            if _agree(number, wanted):
                self.keep(program, self.model, self.loss)
                return None
            reason = f"its tape gives {number!r} where the function gives {wanted!r}"
        return self._say(reason)

    def _targets(self) -> list[Callable[[Objective], tuple[Any, Any]]]:
        if bare_loss(self.loss) in (losses.cross_entropy, losses.nll) and isinstance(
            self.y[0], int
        ):
            return [_as_probabilities, _as_choice]
        if isinstance(self.y[0], list) or len(set(self.y)) > MOST_LABELS:
            return [_as_numbers]
        return [_as_numbers, _as_probabilities, _as_choice]

    def backward(self, chosen: Sequence[int]) -> float:
        """Add the gradient of the mean loss of the chosen samples; gives the mean loss."""
        mean: float | None = self.on_tape("backward", chosen)
        if mean is None:
            loss = self.eager(chosen)
            loss.backward()
            mean = loss.data
        return mean

    def value(self, chosen: Sequence[int] | None = None) -> float:
        """The mean loss of the chosen samples, or of all."""
        mean: float = self.numbers(range(len(self.x)) if chosen is None else chosen)
        return mean

    def uncompiled(self, chosen: Sequence[int]) -> float:
        with no_grad():
            return plain(self.eager(chosen))

    def differs_traced(self, i: int) -> bool:
        """Whether sample i, traced once more, gives another tape or none, or other numbers."""
        program = self.ready(0)
        if program is None:
            return False
        try:
            again = program.refresh(*self.arguments([i % len(self.x)]))
        except Exception:  # whatever a user's function raises on unusual operands
            return True
        return again or self.differs(i)

    def give_up(self, reason: str) -> None:
        if self.program is not None:
            super().give_up(reason)
            self._say(reason)

    def _say(self, reason: str) -> None:
        if not self.quiet:
            warn(
                f"runs uncompiled, which is slower, since it cannot be traced: {reason}. "
                "compile=False says that this is meant",
                NotCompiledWarning,
            )

    def graph(self, chosen: Sequence[int]) -> set[int]:
        """The ids of the Values that the loss of the chosen samples is made of, uncompiled."""
        with restored_generators(*self.drawers):
            return set(map(id, topological_order(self.eager(chosen))))

    def must_reach(self, parameters: Sequence[Any]) -> None:
        """Raise if no step that moves these parameters can change the loss.

        Raises:
            ValueError: the loss of no sample depends on one of them.
        """
        moved, probe = set(map(id, parameters)), self.probe()
        rest = ([i] for i in range(len(self.x)) if modes.recording())
        if all(moved.isdisjoint(self.graph(some)) for some in chain((probe[:1], probe), rest)):
            why = "was it made for another model, or does the loss take `.data`?"
            raise ValueError(
                f"the loss depends on none of the {len(moved)} parameters that the optimizer has: "
                + (why if modes.recording() else "nothing is recorded here, inside of no_grad")
            )

    def reached(self, chosen: Sequence[int]) -> set[int]:
        """The ids of the leaves that the loss of the chosen samples depends on."""
        if self.program is None:
            return self.graph(chosen)
        return set(map(id, self.program.leaves(*self.arguments(chosen))))


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _agree(found: Any, wanted: Any) -> bool:
    """Whether two numbers, or two structures of them, are the same to rounding."""
    ours, theirs = list[Any](), list[Any]()
    if flatten(found, ours) != flatten(wanted, theirs):
        return False
    return all(
        (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
        for a, b in zip(ours, theirs)
    )


def _weighed(function: Any) -> Any:
    """The same function of a sample, times a weight."""
    return lambda x, y, weight: function(x, y) * weight


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


class Outputs(OnTape):
    """What a model gives for samples, as numbers.

    Args:
        model, x, compile: as for `Objective`.
        reads: functions that the model is made of, if that cannot be seen.

    Attributes:
        first: the outputs of the first samples.
    """

    def __init__(
        self, model: Any, x: list[Any], compile: bool = True, reads: Sequence[Any] = ()
    ) -> None:
        self.model, self.x = model, x
        probe = range(min(PROBED, len(x)))
        run = functools.partial(self.uncompiled, probe)
        with restored_generators(model) as changed:
            self.first = run()
            drawn = changed()
        with restored_generators(model):  # a first call may make others
            if not compile or (drawn and always_draws([model], run)):
                return
            for sequences in forms_of(x):
                try:
                    self.packed = [PackedSequences(x) if sequences else Packed(x)]
                    function = lambda x: model(x)
                    program = autograd_lite.compile(function, batch="none", sequences=sequences)
                    found = self.read(program.value(*self.arguments(probe)), len(probe))
                except Exception:  # whatever a user's model raises; it runs uncompiled
                    continue
                if _agree(found, self.first):
                    self.keep(program, model, *reads)
                    return

    def all(self) -> list[Any]:
        """The outputs of every sample, as `numbers_of` gives them."""
        outputs: list[Any] = self.numbers(range(len(self.x)))
        return outputs

    def uncompiled(self, chosen: Sequence[int]) -> list[Any]:
        with no_grad():
            return [numbers_of(self.model(self.x[i])) for i in chosen]

    def read(self, found: Any, n: int) -> list[Any]:
        return rows_of(found, n)
