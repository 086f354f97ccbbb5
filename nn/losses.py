"""Losses: how far predictions are from targets, as one Value to call `backward` on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import autograd_lite
from autograd_lite import logsumexp, power, sub
from autograd_lite import sum as total


def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """(prediction - target)**2, the squared error.

    Args:
        prediction, target: numbers or Values, or equally nested lists of them.
        reduction: "mean" over all entries, "sum", or "none" for the list of entries.

    Raises:
        ValueError: the two differ in length, or the reduction is unknown.

    >>> import nn
    >>> nn.mse([1.0, 2.0], [0.0, 4.0]).data
    2.5
    """
    predicted, wanted = _flat(prediction), _flat(target)
    if len(predicted) != len(wanted):
        raise ValueError(
            f"mse compares as many predictions as targets, got {len(predicted)} and {len(wanted)}"
        )
    return _reduced(power.each(sub.each(predicted, wanted), [2.0] * len(wanted)), reduction)


def cross_entropy(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """-ln softmax(logits)[class]: log sum exp(logits - logits[class]), stable for any logits.

    Args:
        prediction: the logits of one sample (a list of numbers or Values), or a list of those.
        target: the class of the sample, an int from 0; or a list of classes, one per sample.
        reduction: "mean" over the samples, "sum", or "none" for the list of losses.

    Raises:
        ValueError: a class outside the logits, or not one class for each sample.

    >>> import nn
    >>> round(nn.cross_entropy([2.0, 0.0, 0.0], 0).data, 6)
    0.239545
    """
    if not isinstance(target, Iterable):
        prediction, target = [prediction], [target]
    target = list(target)
    if len(prediction) != len(target):
        raise ValueError(
            f"cross_entropy wants one class per sample, got {len(target)} for {len(prediction)}"
        )
    losses = []
    for logits, label in zip(prediction, target):
        if label not in range(len(logits)):
            raise ValueError(
                f"a class is an int from 0 to {len(logits) - 1}, for {len(logits)} logits; "
                f"got {label!r}"
            )
        own = logits[int(label)]
        losses.append(logsumexp([0.0 if x is own else x - own for x in logits]))
    return _reduced(losses, reduction)


def _reduced(losses: Sequence[Any], reduction: str) -> Any:
    if reduction == "none":
        return list(losses)
    if reduction not in ("mean", "sum"):
        raise ValueError(f'reduction is "mean", "sum" or "none", got {reduction!r}')
    if not losses:
        raise ValueError("a loss of no samples is undefined")
    summed = total(losses)
    if isinstance(summed, float):  # of numbers alone
        summed = autograd_lite.Value(summed)
    return summed / len(losses) if reduction == "mean" else summed


def _flat(x: Any) -> list[Any]:
    """The entries of nested sequences, in order."""
    if not isinstance(x, Iterable):
        return [x]
    flat: list[Any] = []
    for entry in x:
        if isinstance(entry, (float, autograd_lite.Value)):
            flat.append(entry)
        else:
            flat += _flat(entry)
    return flat
