"""The inverse of a small matrix of numbers or Values, as a primitive."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from .ieee import divide
from .several import MultiPrimitive


def inverse(matrix: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The inverse of a square matrix, in rows; of a singular one numbers that are not finite.

    >>> from autograd_lite.inverse import inverse
    >>> inverse([[2.0, 0.0], [1.0, 4.0]])
    [[0.5, 0.0], [-0.125, 0.25]]
    """
    n = len(matrix)
    return _rows(_inverse(n)(*[x for row in matrix for x in row]), n)


def _rows(flat: Sequence[Any], n: int) -> list[list[Any]]:
    return [list(flat[i * n : (i + 1) * n]) for i in range(n)]


@functools.cache
def _inverse(n: int) -> MultiPrimitive:
    """The inverse of an n by n matrix: the n * n numbers, row by row."""

    def evaluate(*flat: Any) -> Any:
        if all(type(x) is float for x in flat):
            return [x for row in _eliminated(_rows(flat, n)) for x in row]
        import numpy

        matrices = numpy.stack(flat, axis=-1).reshape(-1, n, n)
        try:
            inverses = numpy.linalg.inv(matrices)
        except numpy.linalg.LinAlgError:  # one of them is singular
            inverses = numpy.array([_eliminated(matrix) for matrix in matrices.tolist()])
        return list(inverses.reshape(-1, n * n).T)

    def partials(outs: Any, *flat: Any) -> Any:
        """d inverse[i][j] / d matrix[row][column] = -inverse[i][row] inverse[column][j]."""
        rows = _rows(outs, n)
        return [
            [-(rows[i][row] * rows[column][j]) for row in range(n) for column in range(n)]
            for i in range(n)
            for j in range(n)
        ]

    return MultiPrimitive(f"inverse_{n}", evaluate, partials, n * n, vectorized=True)


def _eliminated(matrix: list[list[float]]) -> list[list[float]]:
    """The inverse by Gauss and Jordan, with the largest pivot of each column."""
    n = len(matrix)
    rows = [[*row, *[float(i == j) for j in range(n)]] for i, row in enumerate(matrix)]
    for k in range(n):
        top = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[top] = rows[top], rows[k]
        pivot = rows[k][k]
        rows[k] = [divide(x, pivot) for x in rows[k]]
        for i in range(n):
            if i != k and (factor := rows[i][k]) != 0.0:
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k])]
    return [row[n:] for row in rows]
