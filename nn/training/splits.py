"""Splits: which samples to train on and which to test with."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

from ..init import generator
from ..init import size as whole
from .samples import Dataset, unwrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..init import Seed

__all__ = ["batches", "k_fold", "leave_one_out", "train_test_split"]

Fold = tuple[list[int], list[int]]


def train_test_split(
    x: Any,
    y: Any,
    *,
    test_size: float = 0.25,
    seed: Seed = None,
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
    return taken(x, train), taken(x, test), taken(y, train), taken(y, test)


def split(
    n: int,
    test_size: float,
    seed: Seed = None,
    classes: Sequence[Any] | None = None,
    what: str = "test_size",
) -> Fold:
    """Places of the samples to train on and to test with."""
    whole = hasattr(type(test_size), "__index__") and not isinstance(test_size, bool)
    count = operator.index(test_size) if whole else round(n * float(test_size))  # type: ignore[arg-type]
    if not 0 < count < n:
        raise ValueError(
            f"{what} is a share between 0 and 1 that leaves samples in both parts, "
            f"got {test_size!r} for {n} samples"
        )
    rng = generator(seed)
    order = _order(n, rng, True, classes)
    # Every k-th of an order that is sorted by class has the same share of each class.
    if classes is None:
        test = order[:count]
    else:
        test = [order[(2 * i + 1) * n // (2 * count)] for i in range(count)]
    held = set(test)
    train = [i for i in order if i not in held]
    if classes is not None:  # or both would be sorted by class
        rng.shuffle(train)
        rng.shuffle(test)
    return train, test


def batches(
    x: Any, y: Any = None, *, size: int = 32, shuffle: bool = True, seed: Seed = None
) -> Iterator[tuple[Any, Any]]:
    """Samples and targets in batches, once all of them: for a training loop of your own.

    Args:
        x, y: lists, arrays or frames, of which the batches are, too; or a data set.
        size: of a batch; the last one may be smaller.
        shuffle, seed: whether the samples are taken in random order.

    >>> import nn
    >>> [(x, y) for x, y in nn.batches([1, 2, 3], [4, 5, 6], size=2, shuffle=False)]
    [([1, 2], [4, 5]), ([3], [6])]
    """
    if isinstance(x, Dataset) and y is None:
        x, y = x.x, x.y
    if y is None or len(x) != len(y):
        got = "none" if y is None else len(y)
        raise ValueError(f"one target per sample is wanted, got {len(x)} and {got}")
    size, order = whole("size", size), _order(len(x), seed, shuffle, None)
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    return ((taken(x, part), taken(y, part)) for part in parts)


def k_fold(
    n: int | Sequence[Any],
    k: int = 5,
    *,
    shuffle: bool = True,
    seed: Seed = None,
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
    count = _count(n)
    if not hasattr(type(k), "__index__") or not 2 <= k <= count:
        raise ValueError(f"k is from 2 to the number of samples ({count}), got {k!r}")
    k = whole("k", k)
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
    count = _count(n)
    return k_fold(count, count, shuffle=False)


def _count(n: Any) -> int:
    """How many samples there are: n, or as many as it holds."""
    return len(n) if hasattr(n, "__len__") else whole("n", n)


def _order(n: int, seed: Any, shuffle: bool, classes: Sequence[Any] | None) -> list[int]:
    """The samples in random order; with classes, those of one class one after another."""
    order = list(range(n))
    if shuffle:
        generator(seed).shuffle(order)
    if classes is not None:
        if len(classes) != n:
            raise ValueError(f"one class per sample is wanted, got {len(classes)} for {n} samples")
        rank = {label: i for i, label in enumerate(dict.fromkeys(classes))}
        order.sort(key=lambda i: rank[classes[i]])
    return order


def _classes(y: Any, stratify: Any) -> list[Any] | None:
    if stratify is None or stratify is False:
        return None
    classes = y if stratify is True else stratify
    if not hasattr(classes, "__len__"):
        raise TypeError("stratify=True wants the targets, not how many there are")
    return unwrapped(classes)


def taken(data: Any, places: list[int]) -> Any:
    if hasattr(data, "iloc"):
        return data.iloc[places]
    return data[places] if hasattr(data, "shape") else [data[i] for i in places]
