"""Functions with several results, made of rows of the table: matvec, softmax, log_softmax."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from . import primitives
from .modes import trace
from .primitive import plain
from .primitives import dot, exp, logsigmoid, logsumexp
from .shortcuts import shortcuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


LOWEST = -1.7976931348623157e308  # of the floats


def matvec(
    matrix: Iterable[Iterable[Any]], x: Iterable[Any], bias: Iterable[Any] | None = None
) -> list[Any]:
    """A matrix times a vector: the dot product of each row of `matrix` with `x`.

    Args:
        matrix: rows of numbers or Values.
        x: numbers or Values, as many as a row has.
        bias: a number or Value to add for each row. It enters the dot product as the weight of
            one more input, which is 1: one node for a neuron's weighted sum.

    Raises:
        ValueError: a row that is not as long as x, or not one bias for each row.

    >>> from autograd_lite import matvec
    >>> matvec([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0])
    [12.0, 34.0]
    >>> matvec([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0], bias=[0.5, -0.5])
    [12.5, 33.5]
    """
    products = shortcuts.matvec(matrix, x, bias)
    if products is not NotImplemented:
        return products  # type: ignore[no-any-return]
    matrix, x = list(matrix), list(x)
    if bias is None:
        return [dot(row, x) for row in matrix]
    bias = list(bias)
    if len(bias) != len(matrix):
        raise ValueError(f"one bias for each of {len(matrix)} rows is wanted, got {len(bias)}")
    return [dot([*row, b], [*x, 1.0]) for row, b in zip(matrix, bias)]


def softmax(xs: Iterable[Any]) -> list[Any]:
    """exp(x) / sum of exp(x), for each x: positive numbers that add up to 1.

    >>> from autograd_lite import softmax
    >>> softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    powers = [exp(x) for x in _shifted(xs)]
    total = primitives.sum(powers)
    return [p / total for p in powers]


def log_softmax(xs: Iterable[Any]) -> list[Any]:
    """The logarithms of `softmax(xs)`, finite however far apart the operands are.

    >>> from autograd_lite import log_softmax
    >>> log_softmax([0.0, -40.0])
    [-4.248354255291589e-18, -40.0]
    """
    xs = _shifted(xs)
    if len(xs) == 1:
        return [xs[0] - xs[0]]
    # Of -inf alone a logsumexp has no slopes; a trace does not know whether one is there.
    least = [LOWEST] if trace() is not None or -inf in map(plain, xs) else []
    below, above = xs[:-1], xs[:0:-1]  # logsumexp of those before, and of those after
    for sums in (below, above):
        for i in range(1, len(sums)):
            sums[i] = logsumexp(sums[i - 1], sums[i], *least)
    between = [logsumexp(*pair, *least) for pair in zip(below[:-1], above[-2::-1])]
    rest = [above[-1], *between, below[-1]]
    # x - logsumexp(xs) would lose the slope of a large x, which is the share of the rest.
    return [logsigmoid(x - others) for x, others in zip(xs, rest)]


def _shifted(xs: Iterable[Any]) -> list[Any]:
    """Each operand less the largest: softmax stays the same, its powers cannot overflow."""
    xs = list(xs)
    if not xs:
        raise ValueError("softmax of no operands is undefined; give at least one")
    numbers = [plain(x) for x in xs]
    kinds = {type(x) for x in numbers}  # Values in a trace
    largest = max if kinds <= {float, int} else primitives.max
    top = largest(numbers)
    return [x - top for x in xs]
