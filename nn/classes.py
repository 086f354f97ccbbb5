"""Classes: what stands for one as a target, or as the index of an embedding.

It is an int from 0; in a function that is compiled it may be one of its arguments, of which the
program knows the number only when it is replayed.
"""

from __future__ import annotations

from autograd_lite import abs as absolute
from autograd_lite import modes, where
from autograd_lite import sum as total
from autograd_lite.primitive import describe, is_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_index(x: Any) -> bool:
    """Whether x is a Value in place of an int: an argument of a function that is being traced."""
    return is_value(x) and modes.trace() is not None


def one_hot_of(index: Any, n: int) -> list[Any] | None:
    """1.0 at such an index and 0.0 elsewhere; None if it is no int from 0 to n - 1.

    A replay asks again: an index that is none is another branch.
    """
    hot = [where(absolute(index - i) <= 0.0, 1.0, 0.0) for i in range(n)]
    return hot if total(hot) > 0.5 else None


def one_hot(target: Any, classes: int) -> list[float]:
    """The probabilities of a target that is certain: 1.0 at its class, 0.0 elsewhere.

    In a function that is compiled the target may be one of its arguments.

    Raises:
        ValueError: the class is not an int from 0 to classes - 1.

    >>> import nn
    >>> nn.one_hot(1, 3)
    [0.0, 1.0, 0.0]
    """
    if is_index(target):
        hot = one_hot_of(target, classes)
        if hot is None:
            raise _no_class(target, classes)
        return hot
    index = class_index(target, classes)
    return [1.0 if k == index else 0.0 for k in range(classes)]


def entry_at(row: list[Any], label: Any) -> Any:
    """The row's entry at a class.

    Raises:
        ValueError, TypeError: as for `class_index`.
    """
    if not is_index(label):
        return row[class_index(label, len(row))]
    hot = one_hot(label, len(row))
    return total([where(h > 0.5, x, 0.0) for h, x in zip(hot, row)])  # a product: inf * 0 is nan


def class_index(label: Any, classes: int) -> int:
    """The class as an int.

    Raises:
        ValueError: it is not an int from 0 to classes - 1.
        TypeError: it is a Value.
    """
    if label in range(classes):
        return int(label)
    if is_value(label):
        raise TypeError(
            f"a class is an int, got {label!r}. A Value can stand for one in a compiled function "
            "only; otherwise give the int, or one-hot probabilities (nn.one_hot) to cross_entropy"
        )
    raise _no_class(label, classes)


def _no_class(label: Any, classes: int) -> ValueError:
    shown = describe(label) if is_value(label) else repr(label)
    return ValueError(
        f"a class is an int from 0 to {classes - 1}, for {classes} logits; got {shown}"
        + "; for one logit take binary_cross_entropy_with_logits" * (classes == 1)
    )
