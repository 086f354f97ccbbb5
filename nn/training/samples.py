"""Samples: data of any usual kind, checked, as plain lists of numbers and labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd_lite.ieee import fsum
from autograd_lite.primitive import describe

from ..pairing import listed, shape

__all__ = ["Dataset", "as_samples"]

SEQUENCES = "; a sequence of numbers, of any length, is a list of rows, such as [[1.0], [2.0]]"


class Dataset(NamedTuple):
    """Rows of features with a target each, and what the columns and classes are called."""

    x: list[Any]
    y: list[Any]
    feature_names: list[str]
    class_names: list[str]


def as_samples(x: Any, y: Any = None, *, classes: Sequence[Any] | None = None) -> Dataset:
    """Data as lists of numbers, checked.

    Args:
        x: one sample per row: lists or tuples, a NumPy array, a pandas frame, or a data set with
            its targets (from `nn.datasets`, or a Bunch of scikit-learn). A sample is a number, a
            row of numbers, or equally nested rows. A sample of rows may be a sequence: how many
            rows it has may differ from sample to sample, but each has the same shape.
        y: one target per sample: classes (ints), labels (str), numbers, or rows of numbers.
        classes: the labels in the order of their classes; else str labels are sorted.

    Returns:
        A `Dataset`. Labels (str, or with `classes` anything) have become classes, ints from 0,
        and `class_names` tells what they mean. Without y its targets are [].

    Raises:
        ValueError: no samples, rows of different lengths, a sequence without entries, a missing
            value (None, nan), not one target per sample, or a label that is not among `classes` or
            is there twice. It names the row.
        TypeError: something that is no number where a number must be.

    >>> import nn
    >>> data = nn.as_samples([[1, 2], [3, 4]], ["no", "yes"])
    >>> data.x, data.y, data.class_names
    ([[1.0, 2.0], [3.0, 4.0]], [0, 1], ['no', 'yes'])
    >>> nn.as_samples([[[1], [2]], [[3]]]).x  # sequences, of two entries and of one
    [[[1.0], [2.0]], [[3.0]]]
    """
    names: list[str] = []
    features: list[str] = []
    if y is None:
        x, y, features, names = _taken_apart(x)
    if hasattr(x, "columns"):
        features = [str(name) for name in x.columns]
    rows = _plain(x, "x")
    if not rows:
        raise ValueError("x holds no samples")
    sizes = shape(rows[0])
    if 0 in sizes:
        raise ValueError(f"{_place((0,) * len(sizes))} has no entries")
    numbers = [_sample(row, sizes, (i,), features) for i, row in enumerate(rows)]
    if y is None:
        return Dataset(numbers, [], features, names)
    targets = _plain(y, "y")
    if len(targets) != len(numbers):
        raise ValueError(
            f"one target per sample is wanted, got {len(numbers)} samples and "
            f"{len(targets)} targets"
        )
    targets, labels = _targets(targets, classes)
    return Dataset(numbers, targets, features, labels or names)


def numbered_like(data: Dataset, like: Dataset) -> Dataset:
    """The data with their classes numbered as those of other data are, by their names.

    Raises:
        ValueError: they have classes that the others have not, or columns in another order.
    """
    ours, theirs = data.feature_names, like.feature_names
    if ours != theirs and sorted(ours) == sorted(theirs):
        raise ValueError(f"the columns stand in another order: {ours}, not {theirs}")
    names, own = like.class_names, data.class_names
    if not all(isinstance(c, int) for c in (*data.y, *like.y)):
        return data  # numbers or rows
    for c in data.y if own or names else ():
        if c not in range(len(own or names)):
            raise ValueError(f"the target {c!r} is none of the classes {own or names}")
    if not own:
        return data
    unknown = [own[c] for c in data.y if own[c] not in names]
    if unknown:
        known = f"are {names}" if names else "have no names"
        raise ValueError(f"there is the label {unknown[0]!r}, but the classes to learn {known}")
    return data._replace(y=[names.index(own[c]) for c in data.y], class_names=names)


def centre(column: Sequence[float]) -> tuple[float, float]:
    """The mean of numbers, and how far they are from it: a power of two, or 0.0 if all are equal.

    Divided by it, which loses no digit, the distances have squares that are in range.
    """
    if all(x == column[0] for x in column):  # of which the mean may be off by a last digit
        return column[0], 0.0
    mean = fsum(column) / len(column)
    return mean, math.ldexp(1.0, math.frexp(max(abs(x - mean) for x in column))[1] - 1)


def _taken_apart(data: Any) -> tuple[Any, Any, list[str], list[str]]:
    """Samples, targets and names of a data set that holds both."""
    if isinstance(data, Dataset):
        return data.x, data.y or None, data.feature_names, data.class_names
    if hasattr(data, "data") and hasattr(data, "target"):  # a Bunch of scikit-learn
        names = getattr(data, "target_names", None)
        features = getattr(data, "feature_names", None)
        return (
            data.data,
            data.target,
            [] if features is None else list(map(str, features)),
            [] if names is None else list(map(str, names)),
        )
    return data, None, [], []


def _plain(data: Any, what: str) -> list[Any]:
    """The entries along the first axis; arrays and frames as lists."""
    entries = data if isinstance(data, dict) else listed(data)
    if not isinstance(entries, list):
        raise TypeError(
            f"{what} is a list, an array or a frame with one entry per sample; got {describe(data)}"
        )
    return unwrapped(entries)


def unwrapped(entries: Sequence[Any]) -> list[Any]:
    """Entries that are arrays, or numbers of NumPy, as lists and Python's numbers."""
    return [entry.tolist() if hasattr(entry, "tolist") else entry for entry in entries]


def is_ragged(samples: Sequence[Any]) -> bool:
    """Whether samples are sequences of different lengths."""
    return isinstance(samples[0], list) and len(set(map(len, samples))) > 1


def _sample(row: Any, sizes: list[int], at: tuple[int, ...], names: list[str]) -> Any:
    """One sample, or a part of it, as nested lists of floats.

    Args:
        row: it.
        sizes: the lengths of its nested lists, of which the first may differ if there are several.
        at: where it is: which sample, which entry of that, and so on.
        names: of the columns.
    """
    first = "entry 0 of " * (len(at) - 1) + "row 0"
    if not sizes:
        if isinstance(row, (list, tuple)):
            raise ValueError(f"{_place(at)} is a row of {len(row)}, {first} is a single number")
        return _number(row, _place(at))
    any_length = len(at) == 1 < len(sizes)
    fits = isinstance(row, (list, tuple)) and (len(row) == sizes[0] or (any_length and row))
    if not fits:
        size = f"has {len(row)} entries" if isinstance(row, (list, tuple)) else "is no row"
        wanted = "sequences of one entry or more" if any_length else "rows of one length"
        hint = "" if any_length or len(at) > 1 else SEQUENCES
        raise ValueError(f"{wanted} are wanted: {_place(at)} {size}, {first} has {sizes[0]}{hint}")
    if len(sizes) > 1:
        return [_sample(part, sizes[1:], (*at, k), []) for k, part in enumerate(row)]
    if set(map(type, row)) == {float} and all(map(math.isfinite, row)):
        return list(row)
    return [
        _number(entry, _place(at, f", column {names[k] if k < len(names) else k}"))
        for k, entry in enumerate(row)
    ]


def _place(at: tuple[int, ...], column: str = "") -> str:
    """Where something is, in words."""
    return "".join([f"entry {k} of " for k in at[:0:-1]]) + f"row {at[0]}{column} of x"


def _number(entry: Any, where: str) -> float:
    if entry is None or type(entry).__name__ in ("NAType", "NaTType"):
        raise ValueError(f"{where} is missing ({entry!r}); drop the row or fill the value in")
    if isinstance(entry, (str, bytes, complex)) or not hasattr(type(entry), "__float__"):
        raise TypeError(f"{where} must be a number, got {describe(entry)}")
    number = float(entry)
    if math.isnan(number):
        raise ValueError(f"{where} is missing (nan); drop the row or fill the value in")
    if math.isinf(number):
        raise ValueError(f"{where} is {number}; a finite number is wanted")
    return number


def _targets(targets: list[Any], classes: Sequence[Any] | None) -> tuple[list[Any], list[str]]:
    """Targets as ints, floats or rows of floats; and the names of the classes, if any."""
    for i, target in enumerate(targets):
        if target is None or target != target:
            raise ValueError(f"target {i} is missing ({target!r}); drop the sample")
    if classes is None and any(isinstance(target, str) for target in targets):
        if not all(isinstance(target, str) for target in targets):
            odd = next(i for i, target in enumerate(targets) if not isinstance(target, str))
            raise TypeError(f"target {odd} is {describe(targets[odd])}, others are labels (str)")
        classes = sorted(set(targets))
    if classes is not None:
        known = {label: i for i, label in enumerate(classes)}
        if len(known) < len(classes):
            twice = next(label for i, label in enumerate(classes) if known[label] != i)
            raise ValueError(f"classes names {twice!r} twice; each label has one place")
        for i, target in enumerate(targets):
            if target not in known:
                raise ValueError(
                    f"target {i} is the label {target!r}, which is none of the "
                    f"{len(known)} known: {', '.join(map(repr, list(known)[:10]))}"
                )
        return [known[target] for target in targets], [str(label) for label in classes]
    if all(isinstance(target, int) for target in targets):
        return [int(target) for target in targets], []
    sizes = shape(targets[0])
    checked = []
    for i, target in enumerate(targets):
        if shape(target) != sizes:
            raise ValueError(
                f"targets of one shape are wanted: target {i} is {_said(target)}, "
                f"target 0 {_said(targets[0])}"
            )
        checked.append(_row(target, i))
    return checked, []


def _row(target: Any, i: int) -> Any:
    if isinstance(target, (list, tuple)):
        return [_row(entry, i) for entry in target]
    return _number(target, f"target {i}")


def _said(target: Any) -> str:
    sizes = shape(target)
    return f"a row of {sizes[0]}" if sizes else "a number"
