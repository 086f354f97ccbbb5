"""Metrics: predictions of a model for samples, and how good they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..modes import modules_of, training_mode
from .objective import Outputs
from .samples import as_samples

__all__ = ["accuracy", "confusion_matrix", "predict", "predict_classes", "r2_score"]


def predict(model: Any, x: Any, *, compile: bool | None = None) -> list[Any]:
    """The model's outputs for samples, as lists of floats.

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


def predict_classes(model: Any, x: Any, *, threshold: float = 0.5) -> list[int]:
    """The class of each sample: the place of the greatest output; or of one output, whether it is
    above the threshold.

    >>> import nn
    >>> len(nn.predict_classes(nn.MLP(4, [3]), nn.datasets.iris().x))
    150
    """
    return [_class(output, [0, 1], threshold) for output in predict(model, x)]


def _class(output: Any, labels: Sequence[Any], threshold: float) -> Any:
    if isinstance(output, (list, tuple)) and len(output) > 1:
        return max(range(len(output)), key=output.__getitem__)
    number = output[0] if isinstance(output, (list, tuple)) else output
    return labels[number > threshold]


def _decided(predictions: Any, targets: Any, threshold: float | None) -> tuple[Any, Any]:
    """Predictions as classes, and the targets, as equally long lists."""
    predictions, targets = _list(predictions), _list(targets)
    if len(predictions) != len(targets):
        raise ValueError(
            f"one target per prediction is wanted, got {len(predictions)} predictions and "
            f"{len(targets)} targets"
        )
    if not targets:
        raise ValueError("there are no predictions to measure")
    if all(isinstance(p, (int, str)) for p in predictions):
        return predictions, targets
    labels = sorted(set(targets)) if len(set(targets)) == 2 else [0, 1]
    if threshold is None:
        numbers = not any(isinstance(label, str) for label in labels)
        threshold = sum(labels) / 2 if numbers else 0.5
    return [_class(p, labels, threshold) for p in predictions], targets


def _list(data: Any) -> list[Any]:
    data = data.tolist() if hasattr(data, "tolist") else list(data)
    return [entry.item() if hasattr(entry, "item") else entry for entry in data]


def accuracy(predictions: Any, targets: Any, *, threshold: float | None = None) -> float:
    """The share of samples whose class was predicted.

    Args:
        predictions: classes, or rows of outputs (the greatest one is the class), or rows of one
            output (above the threshold is the second of two classes).
        targets: the classes.
        threshold: for rows of one output; None: halfway between the two classes, which is 0.5 for
            0 and 1, and 0 for -1 and +1. For logits of 0 and 1 give 0.

    >>> import nn
    >>> nn.accuracy([0, 1, 1, 1], [0, 1, 1, 0]), nn.accuracy([[0.2, 0.8], [0.9, 0.1]], [1, 1])
    (0.75, 0.5)
    """
    classes, wanted = _decided(predictions, targets, threshold)
    return sum(bool(a == b) for a, b in zip(classes, wanted)) / len(wanted)


def confusion_matrix(
    predictions: Any, targets: Any, *, labels: Sequence[Any] | None = None
) -> list[list[int]]:
    """How often a class (row) was taken for a class (column).

    Args:
        predictions, targets: as for `accuracy`; the losses' order, not that of scikit-learn.
        labels: the classes in the order of the rows; by default all there are, sorted.

    >>> import nn
    >>> nn.confusion_matrix([0, 1, 1, 1], [0, 1, 1, 0])
    [[1, 1], [0, 2]]
    """
    classes, wanted = _decided(predictions, targets, None)
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
    predictions = [_row(p) for p in _list(predictions)]
    targets = [_row(t) for t in _list(targets)]
    if len(predictions) != len(targets) or not targets or len(predictions[0]) != len(targets[0]):
        raise ValueError(
            f"as many predictions as targets are wanted, got {len(predictions)} and {len(targets)}"
            " rows"
        )
    scores = []
    for outputs, wanted in zip(zip(*predictions), zip(*targets)):
        mean = math.fsum(wanted) / len(wanted)
        missed = math.fsum((a - b) ** 2 for a, b in zip(outputs, wanted))
        spread = math.fsum((b - mean) ** 2 for b in wanted)
        scores.append(1.0 - missed / spread if spread else float(not missed))
    return math.fsum(scores) / len(scores)


def _row(x: Any) -> list[float]:
    return list(x) if isinstance(x, (list, tuple)) else [x]
