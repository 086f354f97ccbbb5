"""Metrics: predictions of a model for samples, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite.ieee import fsum
from autograd_lite.primitive import describe

from ..advice import advise
from ..modes import modules_of, training_mode
from ..pairing import listed, number_of
from .classes import as_classes, numbers_in, rule_of
from .objective import Outputs
from .samples import as_samples, centre, unwrapped

__all__ = ["accuracy", "confusion_matrix", "predict", "predict_classes", "r2_score"]


def predict(model: Any, x: Any, *, compile: bool | None = None) -> list[Any]:
    """The model's outputs for samples, as floats.

    An output is a float, a list of floats, or whatever structure the model gives: a dict, a
    dataclass or a named tuple stays one; an array or another tuple becomes a list.

    Args:
        model: called with each sample, not in training mode.
        x: samples, of any kind that `as_samples` takes.
        compile: whether to run on a compiled tape; None: for 64 samples or more.

    >>> import nn
    >>> net = nn.Layer(2, 1, activation=None)
    >>> for w, number in zip(net.parameters(), [1.0, 2.0, 0.5]):
    ...     w.data = number
    >>> nn.predict(net, [[1, 1], [0, 3]])
    [[3.5], [6.5]]
    """
    samples = as_samples(x).x
    with training_mode(modules_of(model), False):
        return Outputs(model, samples, len(samples) >= 64 if compile is None else compile).all()


def predict_classes(
    model: Any, x: Any, *, threshold: float | None = None, labels: Sequence[Any] | None = None
) -> list[Any]:
    """The class of each sample: the place of the greatest output; or of one output, whether it is
    above the threshold.

    Args:
        model, x: as for `predict`.
        threshold: for one output; None: halfway between the two classes. For logits give 0.
        labels: the two classes of one output: 0 and 1 by default, or -1 and 1.

    >>> import nn
    >>> len(nn.predict_classes(nn.MLP(4, [3]), nn.datasets.iris().x))
    150
    """
    outputs = predict(model, x)
    return _classes_of(outputs, [0] if labels is None else list(labels), threshold)


def _classes_of(outputs: list[Any], labels: list[Any], threshold: float | None) -> list[Any]:
    """The classes of outputs."""
    rule = rule_of(outputs, labels, threshold)
    classes = [rule(output) for output in outputs]
    odd = (x for x in outputs if len(numbers_in(x)) == 1 and not 0.0 <= numbers_in(x)[0] <= 1.0)
    if threshold is None and rule.threshold == 0.5 and next(odd, None) is not None:
        advise(
            "threshold",
            "outputs below 0 or above 1 are no probabilities, and are cut at 0.5 to tell the "
            "classes 0 and 1; for logits say threshold=0, or threshold=0.5 if that is meant",
        )
    return classes


def _decided(
    predictions: Any, targets: Any, threshold: float | None, labels: Sequence[Any] = ()
) -> tuple[Any, Any]:
    """Predictions as classes, and the targets, as equally long lists."""
    predictions, targets = _entries(predictions), _entries(targets)
    if len(predictions) != len(targets):
        raise ValueError(
            f"one target per prediction is wanted, got {len(predictions)} predictions and "
            f"{len(targets)} targets"
        )
    if not targets:
        raise ValueError("there are no predictions to measure")
    if not all(isinstance(p, (int, str)) for p in predictions):
        classes = as_classes(targets)
        return _classes_of(predictions, [*targets, *labels], threshold), classes
    targets = as_classes(targets)
    kinds = {isinstance(x, str) for x in (*predictions, *targets)}
    if len(kinds) > 1:
        raise TypeError(
            f"predictions and targets are labels of one kind, got {describe(predictions[0])} and "
            f"{describe(targets[0])}"
        )
    return predictions, targets


def _entries(data: Any) -> list[Any]:
    entries = listed(data)
    if not isinstance(entries, list):
        raise TypeError(f"predictions and targets come in lists, got {describe(data)}")
    return unwrapped([number_of(entry) for entry in entries])


def accuracy(predictions: Any, targets: Any, *, threshold: float | None = None) -> float:
    """The share of samples whose class was predicted.

    Args:
        predictions: classes (ints or labels), or rows of outputs (the greatest one is the class),
            or rows of one output (above the threshold is the second of two classes).
        targets: the classes, or rows with 1.0 for the class.
        threshold: for rows of one output; None: halfway between the two classes, which is 0 if -1
            is among the targets, for classes of -1 and 1, and else 0.5, for classes of 0 and 1.
            For logits of 0 and 1 give 0. In `nn.fit`, the metric "accuracy" takes it from the loss.

    Raises:
        ValueError, TypeError: a prediction is nan, or targets are no classes that such predictions
            can stand for.

    >>> import nn
    >>> nn.accuracy([0, 1, 1, 1], [0, 1, 1, 0]), nn.accuracy([[0.2, 0.8], [0.9, 0.1]], [1, 1])
    (0.75, 0.5)
    """
    classes, wanted = _decided(predictions, targets, threshold)
    return sum(bool(a == b) for a, b in zip(classes, wanted)) / len(wanted)


def confusion_matrix(
    predictions: Any,
    targets: Any,
    *,
    labels: Sequence[Any] | None = None,
    threshold: float | None = None,
) -> list[list[int]]:
    """How often a class (row) was taken for a class (column).

    Args:
        predictions, targets: as for `accuracy`; the losses' order, not that of scikit-learn.
        labels: the classes in the order of the rows; by default all there are, sorted.
        threshold: as for `accuracy`.

    >>> import nn
    >>> nn.confusion_matrix([0, 1, 1, 1], [0, 1, 1, 0])
    [[1, 1], [0, 2]]
    """
    classes, wanted = _decided(predictions, targets, threshold, () if labels is None else labels)
    known = sorted({*classes, *wanted}) if labels is None else list(labels)
    place = {label: i for i, label in enumerate(known)}
    counts = [[0] * len(known) for _ in known]
    for a, b in zip(wanted, classes):
        if a not in place or b not in place:
            raise ValueError(f"the label {b if a in place else a!r} is not among {known}")
        counts[place[a]][place[b]] += 1
    return counts


def r2_score(predictions: Any, targets: Any) -> float:
    """1 - sum (y - p)^2 / sum (y - mean y)^2: 1 is perfect, 0 no better than the mean.

    Args:
        predictions, targets: numbers, or rows of numbers (then the mean over the columns); the
            losses' order, not that of scikit-learn. For a constant target it is 1 if the
            predictions are perfect, else 0.

    >>> import nn
    >>> nn.r2_score([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """
    predictions = [_row(p) for p in _entries(predictions)]
    targets = [_row(t) for t in _entries(targets)]
    if len(predictions) != len(targets) or not targets:
        raise ValueError(
            f"as many predictions as targets are wanted, got {len(predictions)} and {len(targets)}"
            " rows"
        )
    for what, rows in (("prediction", predictions), ("target", targets)):
        for i, row in enumerate(rows):
            if len(row) != len(targets[0]) or not row:
                raise ValueError(
                    f"as many predictions as targets are wanted in each row: {what} {i} has "
                    f"{len(row)}, target 0 has {len(targets[0])}"
                )
    scores = []
    for outputs, wanted in zip(zip(*predictions), zip(*targets)):
        mean, scale = centre(wanted)
        missed = [(a - b) / (scale or 1.0) for a, b in zip(outputs, wanted)]
        spread = [(b - mean) / scale for b in wanted if scale]
        share = fsum(x * x for x in missed) / (fsum(x * x for x in spread) or 1.0)
        scores.append(1.0 - share if scale else float(not any(missed)))
    return fsum(scores) / len(scores)


def _row(x: Any) -> list[float]:
    """The numbers of a prediction or of a target."""
    return [number_of(number) for number in x] if isinstance(x, (list, tuple)) else [x]
