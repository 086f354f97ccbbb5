"""Eigenvalues and eigenvectors of a small symmetric matrix, as a primitive with several results.

To find them takes an iteration; their derivatives follow from the result. With w, v the pairs and
E the change of the matrix, d w[i] = v[i] E v[i], and d v[i] is the sum over the other pairs of
v[j] (v[j] E v[i]) / (w[i] - w[j]).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .primitive import family
from .primitives import div, dot
from .several import MultiPrimitive

SWEEPS = 50  # at most; ten do
NOT_SMALL = 0.29  # of the largest entry of an eigenvector


def eigenpairs(matrix: Sequence[Sequence[Any]]) -> tuple[list[Any], list[list[Any]]]:
    """The eigenvalues, ascending, and a matrix with the eigenvectors as columns.

    >>> from autograd_lite.eigenpairs import eigenpairs
    >>> eigenpairs([[0.0, 0.0], [2.0, 0.0]])[0]
    [-2.0, 2.0]
    """
    n = len(matrix)
    flat = _primitive(n)(*[matrix[k][j] for k, j in _lower(n)])
    return list(flat[:n]), _rows(flat[n:], n)


def _lower(n: int) -> list[tuple[int, int]]:
    """The places on and below the diagonal."""
    return [(k, j) for k in range(n) for j in range(k + 1)]


def _rows(flat: Sequence[Any], n: int) -> list[list[Any]]:
    return [list(flat[i * n : (i + 1) * n]) for i in range(n)]


@family
def _primitive(n: int) -> MultiPrimitive:
    """The eigenvalues and eigenvectors, row by row, of the entries on and below the diagonal."""

    def evaluate(*lower: Any) -> Any:
        return _jacobi(lower, n) if type(lower[0]) is float else _of_arrays(lower, n)

    def partials(outs: Any, *lower: Any) -> Any:
        w, v = outs[:n], _rows(outs[n:], n)
        columns = [_moved(w, v, k, j) for k, j in _lower(n)]
        return list(zip(*columns))

    return MultiPrimitive(f"eigenpairs_{n}", evaluate, partials, n + n * n, vectorized=True)


def _moved(w: Any, v: Any, k: int, j: int) -> list[Any]:
    """The derivative of all results with respect to the entry k, j and its mirror image."""
    n = len(w)
    mixed = [
        [v[k][b] * v[j][a] + v[j][b] * v[k][a] if k != j else v[k][b] * v[k][a] for b in range(n)]
        for a in range(n)
    ]
    found = [mixed[i][i] for i in range(n)]
    weights = [[div(mixed[i][b], w[i] - w[b]) for b in range(n) if b != i] for i in range(n)]
    for row in v:
        found += [dot(row[:i] + row[i + 1 :], weights[i]) for i in range(n)]
    return found


def _jacobi(lower: Sequence[float], n: int) -> list[float]:
    """By rotations in one plane after another, each of which makes one entry 0 (Jacobi)."""
    if not all(map(math.isfinite, lower)):
        return [math.nan] * (n + n * n)
    a = [[0.0] * n for _ in range(n)]
    for (k, j), x in zip(_lower(n), lower):
        a[k][j] = a[j][k] = x
    v = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(SWEEPS):
        turned = False
        for p in range(n):
            for q in range(p + 1, n):
                small = 1e-3 * math.ulp(abs(a[p][p]) + abs(a[q][q]))
                if abs(a[p][q]) > small:
                    _turn(a, v, p, q)
                    turned = True
        if not turned:
            break
    order = sorted(range(n), key=lambda i: a[i][i])
    columns = [_signed([row[i] for row in v]) for i in order]
    return [a[i][i] for i in order] + [x for row in zip(*columns) for x in row]


def _turn(a: list[list[float]], v: list[list[float]], p: int, q: int) -> None:
    """Turn in the plane of p and q so that a[p][q] becomes 0."""
    ratio = (a[q][q] - a[p][p]) / (2.0 * a[p][q])
    tangent = math.copysign(1.0, ratio) / (abs(ratio) + math.hypot(ratio, 1.0))
    cosine = 1.0 / math.hypot(tangent, 1.0)
    sine = tangent * cosine
    ends = a[p][p] - tangent * a[p][q], a[q][q] + tangent * a[p][q]
    for row in (*a, *v):
        row[p], row[q] = cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]
    x, y = a[p], a[q]
    a[p] = [cosine * s - sine * t for s, t in zip(x, y)]
    a[q] = [sine * s + cosine * t for s, t in zip(x, y)]
    (a[p][p], a[q][q]), a[p][q], a[q][p] = ends, 0.0, 0.0


def _signed(vector: list[float]) -> list[float]:
    """A vector, or its opposite, whose first entry that is not small is positive."""
    least = NOT_SMALL * max(map(abs, vector))
    first = next((x for x in vector if abs(x) >= least), 1.0)
    return [-x + 0.0 for x in vector] if first < 0.0 else vector


def _of_arrays(lower: Sequence[Any], n: int) -> list[Any]:
    """The same of many matrices, by NumPy."""
    import numpy

    matrices = numpy.empty((len(lower[0]), n, n))
    for (k, j), x in zip(_lower(n), lower):
        matrices[:, k, j] = matrices[:, j, k] = x
    odd = ~numpy.isfinite(matrices).all(axis=(1, 2))
    matrices[odd] = 0.0
    w, v = numpy.linalg.eigh(matrices)
    large = abs(v) >= NOT_SMALL * abs(v).max(axis=1, keepdims=True)
    first = numpy.take_along_axis(v, large.argmax(axis=1, keepdims=True), axis=1)
    v *= numpy.where(first < 0.0, -1.0, 1.0)
    w[odd] = v[odd] = numpy.nan
    return [*w.T, *v.reshape(-1, n * n).T]
