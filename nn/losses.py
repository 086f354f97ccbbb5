"""Losses: how far predictions are from targets, as one Value to call `backward` on.

A loss is arithmetic on Values; its gradient comes by itself. Numbers will do as well, for
predictions and for targets, and targets may be Values: in a compiled function they are. Checks of
what targets hold are made when a function is traced, not when it is replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from autograd_lite import abs as absolute
from autograd_lite import clip, dot, log, log1p, logsumexp, mul, power, relu, softplus, sub, where
from autograd_lite import max as largest
from autograd_lite import sum as total
from autograd_lite.ieee import fsum
from autograd_lite.modes import trace
from autograd_lite.primitive import describe, is_value, plain, real
from autograd_lite.scopes import scope
from autograd_lite.vectors import LOWEST

from .advice import advise
from .classes import class_index, entry_at, is_index, one_hot
from .pairing import as_value, flat, listed, number_of, paired, reduced, shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_lite import Value

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "hinge", "huber",
    "l1", "l1_penalty", "l2_penalty", "mse", "nll", "one_hot",
]  # fmt: skip

# Of numbers ---------------------------------------------------------------------------------------


@scope("mse")
def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """(prediction - target)**2, the squared error.

    Args:
        prediction, target: numbers or Values, or equally nested lists or arrays of them; axes of
            length 1 do not count.
        reduction: "mean" over all entries, "sum", or "none" for a loss in place of each entry.

    Raises:
        ValueError: the two differ in length or shape, or the reduction is unknown.

    >>> import nn
    >>> nn.mse([1.0, 2.0], [0.0, 4.0]).data
    2.5
    """
    like, predicted, wanted = paired("mse", prediction, target)
    return reduced(power.each(sub.each(predicted, wanted), [2.0] * len(wanted)), reduction, like)


@scope("l1")
def l1(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """|prediction - target|, the absolute error; its derivative at 0 is 0.

    Args and errors as for `mse`.

    >>> import nn
    >>> nn.l1([1.0, 2.0], [0.0, 4.0]).data
    1.5
    """
    like, predicted, wanted = paired("l1", prediction, target)
    return reduced(absolute.each(sub.each(predicted, wanted)), reduction, like)


@scope("huber")
def huber(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """e**2 / 2 for an error |e| below delta, delta (|e| - delta / 2) beyond: outliers pull less.

    Args and errors as for `mse`, and:
        delta: where the parabola goes over into straight lines, above 0.

    >>> import nn
    >>> nn.huber([0.5, 3.0], [0.0, 0.0], reduction="none")
    [0.125, 2.5]
    """
    if not real(number_of(delta)) > 0.0:
        raise ValueError(f"delta is above 0, got {delta!r}")
    like, predicted, wanted = paired("huber", prediction, target)
    errors = absolute.each(sub.each(predicted, wanted))
    losses = [where(e < delta, 0.5 * e * e, delta * (e - 0.5 * delta)) for e in errors]
    return reduced(losses, reduction, like)


# Of two classes -----------------------------------------------------------------------------------


@scope("binary_cross_entropy")
def binary_cross_entropy(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """-t ln p - (1 - t) ln(1 - p) for a probability p and a target t; no logarithm below -100.

    The slope is (p - t) / (p (1 - p)), with no divisor below 1e-12, as in PyTorch: finite at
    0 and 1. From a logit, `binary_cross_entropy_with_logits` is exact everywhere.

    Args:
        prediction: probabilities, from 0 to 1.
        target: as many numbers from 0 to 1, mostly 0 or 1.
        reduction: as for `mse`.

    Raises:
        ValueError: a number outside [0, 1], or as for `mse`.

    >>> import nn
    >>> round(nn.binary_cross_entropy([0.5, 0.9], [0, 1]).data, 6)
    0.399254
    """
    like, predicted, wanted = paired("binary_cross_entropy", prediction, target)
    for p in predicted:
        if number_of(p) < 0.0 or number_of(p) > 1.0:
            raise ValueError(
                "binary_cross_entropy takes probabilities, from 0 to 1, got "
                f"{number_of(p)!r}; for logits take binary_cross_entropy_with_logits"
            )
    wanted = _zero_to_one("binary_cross_entropy", wanted)
    return reduced([_surprise(p, t) for p, t in zip(predicted, wanted)], reduction, like)


STEEP = 9.999999960041972e-13  # the least p (1 - p) that PyTorch divides by: 1e-12 as a float32


def _surprise(p: Any, t: Any) -> Any:
    """Beside 0 and 1 the number is kept, and the slope is that of a parabola."""
    one, zero = -log(p), -log1p(-p)
    loss, beside = _either(t, one, zero), p * (1.0 - p) < STEEP
    if beside is False:  # most often; a tape keeps both
        return loss
    number = _either(t, clip(plain(one), 0.0, 100.0), clip(plain(zero), 0.0, 100.0))
    parabola = (p - t) ** 2 / (2.0 * STEEP)
    return where(beside, plain(number) + (parabola - plain(parabola)), loss)


def _either(t: Any, one: Any, zero: Any) -> Any:
    """t one + (1 - t) zero, without the term that a target of 0 or 1 leaves out."""
    if type(t) is float and t in (0.0, 1.0):
        return one if t else zero
    return t * one + (1.0 - t) * zero


@scope("binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(
    prediction: Any, target: Any, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """w t softplus(-x) + (1 - t) softplus(x): the above with p = sigmoid(x), exact for any logit x.

    Args:
        prediction: logits; a sigmoid is part of the loss.
        target: as many numbers from 0 to 1, mostly 0 or 1.
        reduction: as for `mse`.
        pos_weight: w, how much a target of 1 counts: a number, or one for each output of a sample.

    Raises:
        ValueError: a target outside [0, 1], not as many weights as outputs, or as for `mse`.

    >>> import nn
    >>> nn.binary_cross_entropy_with_logits([0.0, -1000.0], [1, 1], reduction="none")
    [0.6931471805599453, 1000.0]
    """
    name = "binary_cross_entropy_with_logits"
    like, logits, wanted = paired(name, prediction, target)
    if logits and _operation(logits[0]) == "sigmoid":
        advise(
            name,
            f"{name} got the output of a sigmoid; it takes logits, and the sigmoid is a part of "
            "it: leave the last sigmoid out, or take binary_cross_entropy",
        )
    weights = _weights(pos_weight, like, len(logits))
    losses = [
        _either(t, softplus(-x) if w is None else mul(w, softplus(-x)), softplus(x))
        for x, t, w in zip(logits, _zero_to_one(name, wanted), weights)
    ]
    return reduced(losses, reduction, like)


def _weights(pos_weight: Any, like: Any, count: int) -> list[Any]:
    if pos_weight is None or not isinstance(listed(pos_weight), list):
        return [pos_weight] * count
    weights, outputs = flat(pos_weight), (shape(like) or [1])[-1]
    if len(weights) not in (1, outputs):
        raise ValueError(
            f"pos_weight is a number, or one for each of {outputs} outputs; got {len(weights)}"
        )
    return weights * (count // len(weights))


def _zero_to_one(name: str, target: Sequence[Any]) -> list[Any]:
    """The targets, of which numbers become floats; a ValueError if one is not from 0 to 1."""
    for t in target:
        if not 0.0 <= real(number_of(t)) <= 1.0:
            raise ValueError(
                f"a target of {name} is a number from 0 to 1, got {number_of(t)!r}"
                + "; labels of -1 and 1 are for hinge" * (number_of(t) == -1)
            )
    return [t if is_value(t) else real(t) for t in target]


@scope("hinge")
def hinge(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """max(0, 1 - t y) for a score y and a label t of -1 or +1; the derivative at the kink is 0.

    Args:
        prediction: scores, of any size: no sigmoid, no softmax.
        target: as many labels, each -1 or +1.
        reduction: as for `mse`.

    Raises:
        ValueError: a label that is not -1 or +1, or as for `mse`.

    >>> import nn
    >>> nn.hinge([2.0, 0.5, 0.5], [1, 1, -1], reduction="none")
    [0.0, 0.5, 1.5]
    """
    like, scores, labels = paired("hinge", prediction, target)
    for t in labels:
        if number_of(t) not in (-1, 1):
            raise ValueError(
                f"hinge takes labels -1 and +1, got {number_of(t)!r}; "
                "of labels 0 and 1 make them by 2 * label - 1"
            )
    return reduced([relu(1.0 - t * y) for y, t in zip(scores, labels)], reduction, like)


# Of many classes ----------------------------------------------------------------------------------


@scope("cross_entropy")
def cross_entropy(
    prediction: Any, target: Any, reduction: str = "mean", label_smoothing: float = 0.0
) -> Any:
    """-q . ln softmax(logits), for the target's probabilities q; stable for any logits.

    For a class index that is -ln softmax(logits)[class].

    Args:
        prediction: the logits of one sample (a list of numbers or Values), or a list of those; a
            softmax is part of the loss.
        target: for each sample its class, an int from 0, or a list with the probability of each
            class. In a function that is compiled both may be arguments of it.
        reduction: "mean" over the samples, "sum", or "none" for the losses of all samples.
        label_smoothing: the share e of q that goes to all classes alike: (1 - e) q + e / classes.

    Raises:
        ValueError: a class outside the logits, probabilities outside [0, 1] or that do not add up
            to 1, not one target for each sample, or a label_smoothing outside [0, 1].
        TypeError: a Value as class, other than an argument of a function that is compiled.

    >>> import nn
    >>> round(nn.cross_entropy([2.0, 0.0, 0.0], 0).data, 6)
    0.239545
    >>> round(nn.cross_entropy([2.0, 0.0, 0.0], [1.0, 0.0, 0.0]).data, 6)
    0.239545
    """
    if not 0.0 <= real(number_of(label_smoothing)) <= 1.0:
        raise ValueError(f"label_smoothing is from 0 to 1, got {label_smoothing!r}")
    advice = "logits, and the softmax is a part of it: leave the last softmax out"
    rows, targets, like = _samples("cross_entropy", prediction, target, advice)
    losses = []
    for logits, t in zip(rows, targets):
        if isinstance(t, list) or label_smoothing:
            top = plain(largest(logits))  # the loss is the same whatever is subtracted
            shifted = sub.each(logits, [top] * len(logits))
            losses.append(_divergence(shifted, t, label_smoothing))
        else:
            losses.append(_missing(logits, t))
    return reduced(losses, reduction, like)


def _missing(logits: list[Any], label: Any) -> Any:
    """-ln softmax(logits)[label]: softplus of the other classes' logsumexp less the label's logit.

    So all slopes have full digits, however far apart the logits are: that of the label's logit is
    the share of the others, and no difference; the others are compared among themselves alone.
    """
    own = entry_at(logits, label)
    if is_index(label):
        others = [where(h > 0.5, LOWEST, x) for h, x in zip(one_hot(label, len(logits)), logits)]
    else:
        i = class_index(label, len(logits))
        before, after = logits[:i], logits[i + 1 :]
        possible = trace() is None and any(plain(x) >= LOWEST for x in before + after)
        others = [*before, -inf if possible else LOWEST, *after]
    return softplus(logsumexp(others) - own)


def _divergence(shifted: list[Any], target: Any, smoothing: Any) -> Any:
    """sum(q) logsumexp(x) - q . x, two terms that cannot cancel: the largest x is 0."""
    classes = len(shifted)
    q = _probabilities(target, classes) if isinstance(target, list) else one_hot(target, classes)
    if smoothing:
        q = [(1.0 - smoothing) * share + smoothing / classes for share in q]
    # A share of 0.0 is left out, but not a Value, which may differ at the next replay.
    terms = [(share, x) for share, x in zip(q, shifted) if type(share) is not float or share != 0.0]
    shares, logits = [share for share, _ in terms], [x for _, x in terms]
    return total(shares) * logsumexp(shifted) - dot(shares, logits)


def _probabilities(target: list[Any], classes: int) -> list[Any]:
    if len(target) != classes:
        raise ValueError(
            f"a target is a class index, or {classes} probabilities for {classes} logits; "
            f"got {describe(target)}"
        )
    numbers = [real(number_of(q)) for q in target]
    if not all(0.0 <= q <= 1.0 for q in numbers) or not abs(fsum(numbers) - 1.0) < 1e-4:
        raise ValueError(
            f"probabilities are from 0 to 1 and add up to 1; got {', '.join(map(str, numbers))}"
        )
    return [q if is_value(q) else real(q) for q in target]


@scope("nll")
def nll(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """-x[class], for the logarithms x of probabilities, as from `log_softmax`.

    Args:
        prediction: the logarithms of one sample, or a list of those.
        target: for each sample its class, an int from 0.
        reduction: as for `cross_entropy`.

    Raises:
        ValueError: a class outside the prediction, or not one for each sample.
        TypeError: a Value as class, other than an argument of a function that is compiled.

    >>> import nn
    >>> nn.nll([[-0.5, -0.9], [-0.1, -2.4]], [0, 1], reduction="none")
    [0.5, 2.4]
    """
    advice = "logarithms: take log_softmax, or cross_entropy on the logits"
    rows, targets, like = _samples("nll", prediction, target, advice)
    return reduced([-entry_at(row, t) for row, t in zip(rows, targets)], reduction, like)


def _samples(
    name: str, prediction: Any, target: Any, advice: str
) -> tuple[list[Any], list[Any], Any]:
    """The rows of the prediction, a target for each, and a structure with an entry for each.

    The advice is for predictions that are the output of a softmax: what the loss takes instead.
    """
    rows, targets = listed(prediction), listed(target)
    if not isinstance(rows, list):
        raise TypeError(f"{name} takes a list with a number for each class, got {describe(rows)}")
    single = bool(rows) and not isinstance(listed(rows[0]), list)
    if single:
        rows, targets = [rows], [targets]
    elif not isinstance(targets, list) or len(rows) != len(targets):
        got = len(targets) if isinstance(targets, list) else describe(targets)
        raise ValueError(f"{name} wants one class per sample, got {got} for {len(rows)}")
    rows = [row if type(row) is list else listed(row) for row in rows]
    if rows and _is_softmax(rows[0]):
        advise(name, f"{name} got the output of a softmax; it takes {advice}")
    return rows, list(map(listed, targets)), 0 if single else [0] * len(targets)


# Penalties ----------------------------------------------------------------------------------------


@scope("l1_penalty")
def l1_penalty(parameters: Iterable[Any]) -> Value:
    """The sum of |p|: add a small multiple of it to a loss, and parameters of little use become 0.

    Raises:
        ValueError: there are no parameters.

    >>> import nn
    >>> nn.l1_penalty([3.0, -4.0]).data
    7.0
    """
    return as_value(total(absolute.each(_some(parameters))))


@scope("l2_penalty")
def l2_penalty(parameters: Iterable[Any]) -> Value:
    """The sum of p**2; L / 2 times it, added to a loss, is a weight_decay of L.

    Raises:
        ValueError: there are no parameters.

    >>> import nn
    >>> nn.l2_penalty([3.0, -4.0]).data
    25.0
    """
    numbers = _some(parameters)
    return as_value(dot(numbers, numbers))


def _some(parameters: Iterable[Any]) -> list[Any]:
    numbers = list(parameters)
    if not numbers:
        raise ValueError("a penalty of no parameters is undefined")
    return numbers


def _is_softmax(xs: Sequence[Any]) -> bool:
    """Whether the Values are what `softmax` made: powers of e, each over the sum of them all."""
    if not xs or any(_operation(x) != "div" for x in xs):
        return False
    powers, summed = [x.args[0] for x in xs], xs[0].args[1]
    return (
        _operation(summed) == "sum"
        and len(summed.args) == len(powers)
        and all(x.args[1] is summed for x in xs)
        and all(_operation(p) == "exp" and p is term for p, term in zip(powers, summed.args))
    )


def _operation(x: Any) -> str:
    """The name of what made a Value, "" for all else."""
    return getattr(getattr(x, "op", None), "name", "")
