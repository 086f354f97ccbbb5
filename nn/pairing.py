"""Pairing: predictions and targets side by side, and what becomes of their losses.

Both come as numbers, lists or arrays; in a compiled function the target is data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import autograd_lite
from autograd_lite import sum as total
from autograd_lite.shortcuts import shortcuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


UNORDERED = (str, bytes, Mapping, Set)  # can be iterated over, but hold no entries in an order


def paired(name: str, prediction: Any, target: Any) -> tuple[Any, list[Any], list[Any]]:
    """The prediction; its entries and those of the target, in order.

    Axes of length 1 do not count: a column of outputs goes with a list of targets.

    Raises:
        ValueError: the two differ in length or in shape.
    """
    prediction, target = listed(prediction), listed(target)
    predicted, wanted = flat(prediction), flat(target)
    if len(predicted) != len(wanted):
        raise ValueError(
            f"{name} compares as many predictions as targets, "
            f"got {len(predicted)} and {len(wanted)}"
        )
    ours, theirs = shape(prediction), shape(target)
    if [size for size in ours if size != 1] != [size for size in theirs if size != 1]:
        raise ValueError(f"{name} compares equal shapes, got {ours} and {theirs}")
    return prediction, predicted, wanted


def reduced(losses: Sequence[Any], reduction: str, like: Any) -> Any:
    """The mean or the sum of the losses as one Value, or all of them in the structure of `like`.

    Raises:
        ValueError: the reduction is unknown, or there are no losses to reduce.
    """
    if reduction == "none":
        return _in_structure(like, iter(losses))
    if reduction not in ("mean", "sum"):
        raise ValueError(f'reduction is "mean", "sum" or "none", got {reduction!r}')
    if not losses:
        raise ValueError("a loss of no samples is undefined")
    summed = as_value(total(losses))
    return summed / len(losses) if reduction == "mean" else summed


def _in_structure(like: Any, losses: Iterator[Any]) -> Any:
    like = listed(like)
    if not isinstance(like, list):
        return next(losses)
    return [_in_structure(entry, losses) for entry in like]


def as_value(x: Any) -> autograd_lite.Value:
    """Of numbers alone the engine makes a number, which has no `backward`."""
    return autograd_lite.Value(x) if isinstance(x, float) else x


def listed(x: Any) -> Any:
    """An array, a data frame, a tuple, an iterator as a list; anything else as it is."""
    if type(x) in (list, int, float):
        return x
    for method in ("to_numpy", "tolist"):
        if hasattr(x, method):
            x = getattr(x, method)()
    return list(x) if isinstance(x, Iterable) and not isinstance(x, UNORDERED) else x


def flat(x: Any, deepest: int = 32) -> list[Any]:
    """The entries of nested lists, in order.

    Raises:
        ValueError: lists more than `deepest` deep.
    """
    entries = shortcuts.flat(x)
    if entries is not NotImplemented:
        return entries  # type: ignore[no-any-return]
    x = listed(x)
    if not isinstance(x, list):
        return [x]
    if deepest == 0:
        raise ValueError("lists more than 32 deep; or does one of them contain itself?")
    numbers = (float, autograd_lite.Value)
    parts = ([part] if isinstance(part, numbers) else flat(part, deepest - 1) for part in x)
    return [entry for part in parts for entry in part]


def shape(x: Any) -> list[int]:
    """The lengths of nested lists, each read off its first entry."""
    sizes = []
    x = listed(x)
    while isinstance(x, list):
        sizes.append(len(x))
        x = listed(x[0]) if x else None
    return sizes


def number_of(x: Any) -> Any:
    """The number behind a Value, also while a function is traced; what is no Value, as it is."""
    return getattr(x, "_data", x)
