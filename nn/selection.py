"""Model selection: splits, folds, predictions, and how good they are."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_lite.primitive import describe

from .history import Table
from .objective import Outputs, mode, modules_of
from .samples import Dataset, as_samples

Fold = tuple[list[int], list[int]]


# Splits -------------------------------------------------------------------------------------------


def train_test_split(
    x: Any,
    y: Any,
    *,
    test_size: float = 0.25,
    seed: int | random.Random | None = None,
    stratify: Any = False,
) -> tuple[Any, Any, Any, Any]:
    """Samples and targets to train on and to test with: x_train, x_test, y_train, y_test.

    Args:
        x, y: lists, arrays or frames; the parts are of the same kind.
        test_size: the share of the samples to test with, or how many.
        seed: of the choice.
        stratify: True for the same share of each class of y; or the classes themselves.

    >>> import nn
    >>> data = nn.datasets.iris()
    >>> x, x_test, y, y_test = nn.train_test_split(
    ...     data.x, data.y, test_size=0.2, seed=0, stratify=True)
    >>> len(x), [y_test.count(c) for c in range(3)]
    (120, [10, 10, 10])
    """
    if len(x) != len(y):
        raise ValueError(f"one target per sample is wanted, got {len(x)} and {len(y)}")
    classes = _classes(y, stratify)
    train, test = split(len(x), test_size, seed, classes)
    return _taken(x, train), _taken(x, test), _taken(y, train), _taken(y, test)


def split(
    n: int,
    test_size: float,
    seed: int | random.Random | None = None,
    classes: Sequence[Any] | None = None,
    what: str = "test_size",
) -> Fold:
    """Places of the samples to train on and to test with."""
    whole = isinstance(test_size, int) and not isinstance(test_size, bool)
    count = int(test_size) if whole else round(n * float(test_size))
    if not 0 < count < n:
        raise ValueError(
            f"{what} is a share between 0 and 1 that leaves samples in both parts, "
            f"got {test_size!r} for {n} samples"
        )
    order = _order(n, seed, True, classes)
    # Every k-th of an order that is sorted by class has the same share of each class.
    if classes is None:
        test = order[:count]
    else:
        test = [order[(2 * i + 1) * n // (2 * count)] for i in range(count)]
    held = set(test)
    return [i for i in order if i not in held], test


def k_fold(
    n: int | Sequence[Any],
    k: int = 5,
    *,
    shuffle: bool = True,
    seed: int | random.Random | None = None,
    stratify: Any = False,
) -> Iterator[Fold]:
    """k times the places to train on and the places to test with; each is tested once.

    Args:
        n: how many samples there are, or their targets.
        k: number of folds, from 2 to n.
        shuffle, seed: whether the samples are taken in random order.
        stratify: True for the same share of each class in each fold; or the classes.

    >>> import nn
    >>> [test for _, test in nn.k_fold(5, 2, shuffle=False)]
    [[0, 2, 4], [1, 3]]
    """
    count = n if isinstance(n, int) else len(n)
    if not isinstance(k, int) or not 2 <= k <= count:
        raise ValueError(f"k is from 2 to the number of samples ({count}), got {k!r}")
    classes = _classes(n, stratify)
    order = _order(count, seed, shuffle, classes)
    return (
        (sorted(set(range(count)).difference(order[i::k])), sorted(order[i::k])) for i in range(k)
    )


def leave_one_out(n: int | Sequence[Any]) -> Iterator[Fold]:
    """For each sample the places of the others, and its own.

    >>> import nn
    >>> list(nn.leave_one_out(3))
    [([1, 2], [0]), ([0, 2], [1]), ([0, 1], [2])]
    """
    count = n if isinstance(n, int) else len(n)
    return k_fold(count, count, shuffle=False)


def _order(n: int, seed: Any, shuffle: bool, classes: Sequence[Any] | None) -> list[int]:
    """The samples in random order; with classes, those of one class one after another."""
    order = list(range(n))
    if shuffle:
        rng = seed if isinstance(seed, random.Random) else random.Random(seed)
        rng.shuffle(order)
    if classes is not None:
        rank = {label: i for i, label in enumerate(dict.fromkeys(classes))}
        order.sort(key=lambda i: rank[classes[i]])
    return order


def _classes(y: Any, stratify: Any) -> list[Any] | None:
    if stratify is None or stratify is False:
        return None
    found = y if stratify is True else stratify
    if isinstance(found, int):
        raise TypeError("stratify=True wants the targets, not how many there are")
    return [entry.item() if hasattr(entry, "item") else entry for entry in found]


def _taken(data: Any, places: list[int]) -> Any:
    if hasattr(data, "iloc"):
        return data.iloc[places]
    return data[places] if hasattr(data, "shape") else [data[i] for i in places]


# Predictions --------------------------------------------------------------------------------------


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
    with mode(modules_of(model), False):
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
    found, wanted = _decided(predictions, targets, threshold)
    return sum(bool(a == b) for a, b in zip(found, wanted)) / len(wanted)


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
    found, wanted = _decided(predictions, targets, None)
    known = sorted({*found, *wanted}) if labels is None else list(labels)
    place = {label: i for i, label in enumerate(known)}
    counts = [[0] * len(known) for _ in known]
    for a, b in zip(wanted, found):
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
    for found, wanted in zip(zip(*predictions), zip(*targets)):
        mean = math.fsum(wanted) / len(wanted)
        missed = math.fsum((a - b) ** 2 for a, b in zip(found, wanted))
        spread = math.fsum((b - mean) ** 2 for b in wanted)
        scores.append(1.0 - missed / spread if spread else float(not missed))
    return math.fsum(scores) / len(scores)


def _row(x: Any) -> list[float]:
    return list(x) if isinstance(x, (list, tuple)) else [x]


# Cross-validation ---------------------------------------------------------------------------------


def cross_validate(
    make_model: Callable[[], Any],
    x: Any,
    y: Any = None,
    *,
    loss: Callable[..., Any],
    optimizer: Callable[..., Any],
    folds: Any = 5,
    metrics: Any = (),
    seed: int | None = None,
    stratify: Any = False,
    **options: Any,
) -> Table:
    """Train anew on each fold and measure on the samples left out: a table with a row per fold.

    Args:
        make_model: makes a new model, the same each time (give it a seed).
        x, y, loss, metrics: as for `fit`.
        optimizer: makes an optimizer from parameters, such as `nn.Adam`.
        folds: how many (see `k_fold`), or pairs of places, as from `leave_one_out`.
        seed: of the folds and of the order of the samples.
        stratify: as for `k_fold`.
        options: of `fit`.

    Returns:
        A `Table` with the columns "loss" and "test_loss", and for each metric its own two;
        `mean()` has the means over the folds.

    >>> import nn
    >>> data = nn.datasets.iris()
    >>> scores = nn.cross_validate(lambda: nn.MLP(4, [3], seed=0), data.x, data.y, folds=3,
    ...     loss=nn.cross_entropy, optimizer=nn.Adam, metrics=["accuracy"], seed=0)
    >>> list(scores), len(scores)
    (['loss', 'accuracy', 'test_loss', 'test_accuracy'], 3)
    """
    from .training import fit

    if hasattr(optimizer, "step") and not isinstance(optimizer, type):
        raise TypeError(
            "cross_validate trains a new model for each fold, so it wants what makes an "
            f"optimizer, such as nn.Adam; got {describe(optimizer)}"
        )
    data: Dataset = as_samples(x, y)
    pairs = k_fold(data.y, folds, seed=seed, stratify=stratify) if isinstance(folds, int) else folds
    table = Table(rows="fold")
    for train, test in pairs:
        history = fit(
            make_model(), _taken(data.x, train), _taken(data.y, train), loss=loss,
            optimizer=optimizer, metrics=metrics, seed=seed,
            validation_data=(_taken(data.x, test), _taken(data.y, test)), **options,
        )  # fmt: skip
        table.add({name.replace("val_", "test_"): history[name][-1] for name in history})
    return table
