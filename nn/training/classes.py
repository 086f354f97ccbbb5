"""Which class an output stands for: one rule for scores, `fit`, cross-validation and pictures.

Of several outputs it is the place of the greatest, from 0. One output is compared with a cut: above
it is the second of two classes, which are -1 and +1 for labels among which is -1, else 0 and 1. The
cut is where the loss of both is the same, so 0 for logits and margins and 0.5 for probabilities;
where no loss is known it is said as `threshold`, or halfway between the two classes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import autograd_lite
from autograd_lite import no_grad
from autograd_lite.ieee import fsum
from autograd_lite.primitive import describe, is_value, plain

from .. import losses
from ..pairing import listed


@functools.cache
def known() -> dict[Any, tuple[tuple[int, int], float]]:
    """The two classes of losses of one output, and the cut; pos_weight does not move it."""
    return {
        losses.binary_cross_entropy: ((0, 1), 0.5),
        losses.binary_cross_entropy_with_logits: ((0, 1), 0.0),
        losses.hinge: ((-1, 1), 0.0),
    }


def of_the_greatest(loss: Any) -> bool:
    """Whether a loss takes an output for each class, of which the greatest is meant."""
    return loss in (losses.cross_entropy, losses.nll)


class Rule(NamedTuple):
    """Which class an output stands for; `rule_of` finds it.

    Attributes:
        labels: the classes in order.
        threshold: what one output is compared with.
        loss: or what decides, by the class that costs least, where no cut is the loss's own.
        rows: whether the loss takes a class as a row, 1.0 at its place.
    """

    labels: Sequence[Any]
    threshold: float = 0.5
    loss: Callable[[Any, Any], Any] | None = None
    rows: bool = False

    def __call__(self, output: Any) -> Any:
        """The class of an output: a number, or a list of them.

        Raises:
            ValueError: a number is nan, which is no class's.
        """
        numbers = numbers_in(output)
        if any(math.isnan(x) for x in numbers):
            raise ValueError(f"an output is nan, which stands for no class: {describe(output)}")
        if self.loss is not None:
            return min(self.labels, key=lambda label: self.cost(output, label))
        if len(numbers) > 1:
            return self.labels[max(range(len(numbers)), key=numbers.__getitem__)]
        return self.labels[numbers[0] > self.threshold]

    def target(self, label: Any) -> Any:
        """A class as the loss takes it."""
        return losses.one_hot(label, len(self.labels)) if self.rows else label

    def cost(self, output: Any, label: Any) -> float:
        """The loss of an output for a class; inf if it is nan or has none."""
        assert self.loss is not None
        try:
            with no_grad():
                cost = float(plain(self.loss(_values(output), self.target(label))))
        except (ValueError, ArithmeticError):  # outside of what the loss is defined for
            return math.inf
        return math.inf if math.isnan(cost) else cost

    def cuts_at(self, cut: float, like: Any) -> bool:
        """Whether beside this number the loss changes sides, in outputs like that one."""

        def more(x: float) -> float:
            """How much more the second class costs."""
            output = [x] if isinstance(like, list) else x
            return self.cost(output, self.labels[1]) - self.cost(output, self.labels[0])

        return abs(more(cut)) < 1e-9 and more(cut - 0.25) > 0.0 > more(cut + 0.25)


def rule_of(
    outputs: Sequence[Any],
    targets: Sequence[Any],
    threshold: float | None = None,
    loss: Callable[[Any, Any], Any] | None = None,
) -> Rule:
    """The rule for a model of which some outputs are known.

    Args:
        outputs: of samples, not all of the same class if possible.
        targets: all there are: numbers, or rows with 1.0 for the class.
        threshold: of one output, if it is not the loss that tells.
        loss: (output, target) -> Value, if it is known.

    Raises:
        ValueError, TypeError: targets are no classes that such outputs can stand for.
    """
    classes = as_classes(targets)
    row, first, bare = listed(targets[0]), numbers_in(outputs[0]), bare_loss(loss)
    rows = isinstance(row, list) and len(row) > 1
    if len(first) > 1:
        labels: Sequence[Any] = range(len(first))
        _refuse_others(classes, labels, f"{len(first)} outputs")
        rule = Rule(labels, rows=rows)
        if loss is None or of_the_greatest(bare) or rows:
            return rule
        asked = rule._replace(loss=loss)
        agrees = all(rule(output) == asked(output) for output in outputs if _finite(output))
        return rule if agrees else asked
    labels, halfway = known().get(bare, ((-1, 1), 0.0) if -1 in classes else ((0, 1), 0.5))
    _refuse_others(classes, labels, "one output")
    if threshold is not None or loss is None or bare in known():
        return Rule(labels, halfway if threshold is None else float(threshold))
    asked = Rule(labels, halfway, loss)
    for cut in dict.fromkeys((halfway, 0.0, 0.5)):
        if asked.cuts_at(cut, outputs[0]):
            return Rule(labels, cut)
    return asked


def bare_loss(loss: Any) -> Any:
    """The function within partials."""
    while isinstance(loss, functools.partial):
        loss = loss.func
    return loss


def as_classes(targets: Sequence[Any]) -> list[Any]:
    """Targets as single labels: a row with one number is that, of others it is the place of the 1.

    Raises:
        ValueError: a row is of several classes, or of none.
    """
    return [_as_class(target, i) for i, target in enumerate(targets)]


def _as_class(target: Any, i: int) -> Any:
    target = listed(target)
    if not isinstance(target, list):
        if target is None or target != target:
            raise ValueError(f"target {i} is missing ({target!r})")
        return target
    if len(target) == 1:
        return _as_class(target[0], i)
    numbers = numbers_in(target)
    if not abs(fsum(numbers) - 1.0) < 1e-4 or min(numbers) < 0.0:
        raise ValueError(
            f"target {i} is the row {describe(target)}, which is of no single class: the 1.0 of "
            "one class is wanted, or probabilities"
        )
    return max(range(len(numbers)), key=numbers.__getitem__)


def _refuse_others(classes: Sequence[Any], labels: Sequence[Any], what: str) -> None:
    for i, label in enumerate(classes):
        if isinstance(label, str):
            raise TypeError(
                f"target {i} is the label {label!r}, and outputs stand for numbers of classes: "
                "nn.as_samples(x, y) makes these of labels"
            )
        if label not in labels:
            known = "0 and 1, or -1 and 1" if len(labels) == 2 else f"0 to {len(labels) - 1}"
            raise ValueError(f"of {what} the classes are {known}; target {i} is {label!r}")


def numbers_in(output: Any) -> list[float]:
    """The numbers of an output: one, or a list of them."""
    output = listed(output)
    return [plain(x) for x in output] if isinstance(output, list) else [plain(output)]


def _finite(output: Any) -> bool:
    return all(map(math.isfinite, numbers_in(output)))


def _values(output: Any) -> Any:
    """An output as a model gives it, in Values."""
    if isinstance(output, (list, tuple)):
        return [_values(entry) for entry in output]
    return output if is_value(output) else autograd_lite.Value(output)
