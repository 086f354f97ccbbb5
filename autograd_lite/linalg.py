"""Linear algebra of small matrices: equations, determinants, factors, exponentials, eigenvalues.

A matrix is a list of rows, or a NumPy array; its entries are numbers and Values. Where an array
comes in an array goes out (of floats, or of Values), else lists. Names and conventions are those
of `numpy.linalg` and `scipy.linalg`.

What is done is arithmetic, a dot product for each entry, so derivatives of any order, compiled
functions and batches follow as for other arithmetic; `eigh` alone is a primitive, see
`eigenpairs.py`. Rows change places by `where`: a compiled function is not traced anew where other
numbers want other pivots, and the samples of a batch may differ. As everywhere numbers raise no
exceptions: the inverse of a singular matrix holds inf or nan.

>>> from autograd_lite import Value, linalg
>>> a = Value(2.0)
>>> x = linalg.solve([[a, 1.0], [1.0, 3.0]], [5.0, 10.0])
>>> x
[Value(1, op=div), Value(3, op=div)]
>>> x[0].backward()
>>> round(a.grad, 12)
-0.6
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

from . import primitives
from .eigenpairs import eigenpairs
from .primitive import describe, is_value, plain, real, where
from .primitives import ceil, div, dot, log, log2, sign, sqrt
from .scopes import scope
from .structure import array_of, as_numpy, is_array
from .words import counted

__all__ = ["cholesky", "det", "eigh", "expm", "inv", "slogdet", "solve", "solve_triangular"]

Rows = list[list[Any]]

MOST_BY_MINORS = 6  # rows of a matrix whose determinant takes no more products that way
SQUARINGS = 32  # of an exponential, at most
DEGREE = 16  # of its Taylor polynomial, which is exact to rounding for norms up to 1/2


@scope("solve")
def solve(a: Any, b: Any) -> Any:
    """The x for which a @ x = b.

    Args:
        a: a square matrix, of n rows.
        b: a vector of n entries, or a matrix of n rows.

    Returns:
        x, in the shape of b.

    Raises:
        TypeError: a or b holds something that is no number.
        ValueError: a is not square, or b does not fit.

    >>> from autograd_lite import linalg
    >>> linalg.solve([[2.0, 1.0], [1.0, 3.0]], [5.0, 10.0])
    [1.0, 3.0]
    """
    return _with_right_sides(_solved, a, b, "solve")


@scope("solve_triangular")
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """The x for which a @ x = b, for a triangular matrix a; see `solve`.

    Args:
        a: a square matrix, of which the other triangle is not read.
        b: a vector or a matrix.
        lower: whether a has its entries on and below the diagonal, and not above.

    >>> from autograd_lite import linalg
    >>> linalg.solve_triangular([[2.0, 0.0], [1.0, 4.0]], [2.0, 9.0], lower=True)
    [1.0, 2.0]
    """
    method = partial(_substituted, lower=lower)
    return _with_right_sides(method, a, b, "solve_triangular")


@scope("inv")
def inv(a: Any) -> Any:
    """The inverse of a square matrix. To solve equations, `solve` does less and is more exact.

    Raises:
        TypeError, ValueError: see `solve`.

    >>> from autograd_lite import linalg
    >>> linalg.inv([[2.0, 0.0], [0.0, 4.0]])
    [[0.5, 0.0], [0.0, 0.25]]
    """
    rows, array = _square(a, "inv")
    return _shaped(_solved(rows, _identity(len(rows))), array)


@scope("det")
def det(a: Any) -> Any:
    """The determinant of a square matrix.

    Up to six rows it is a sum of products, by minors, whose derivatives are right at singular
    matrices, too. Beyond, it comes from elimination: a matrix whose first columns alone are
    linearly dependent, to the last bit, has a determinant of nan.

    Raises:
        TypeError, ValueError: see `solve`.

    >>> from autograd_lite import grad, linalg
    >>> linalg.det([[1.0, 2.0], [3.0, 4.0]])
    -2.0
    >>> grad(linalg.det)([[1.0, 2.0], [2.0, 4.0]])
    [[4.0, -2.0], [-2.0, 1.0]]
    """
    rows, _ = _square(a, "det")
    n = len(rows)
    if n > MOST_BY_MINORS:
        product, pivots = _eliminated(rows)
        for pivot in pivots:
            product = product * pivot
        return product
    minors: dict[tuple[int, ...], Any] = {(): 1.0}  # of the last rows, by columns
    for k, row in enumerate(reversed(rows), start=1):
        larger = {}
        for columns in combinations(range(n), k):
            rest = [minors[columns[:i] + columns[i + 1 :]] for i in range(k)]
            signed = [-minor if i % 2 else minor for i, minor in enumerate(rest)]
            larger[columns] = dot([row[column] for column in columns], signed)
        minors = larger
    return minors[tuple(range(n))]


@scope("slogdet")
def slogdet(a: Any) -> tuple[Any, Any]:
    """The sign and the logarithm of the absolute value of a determinant, which may be huge or tiny.

    Of a singular matrix they are 0 and -inf, or nan; see `det`.

    Raises:
        TypeError, ValueError: see `solve`.

    >>> from autograd_lite import linalg
    >>> linalg.slogdet([[1e-200, 0.0], [0.0, -1e-200]])
    (-1.0, -921.0340371976183)
    """
    rows, _ = _square(a, "slogdet")
    signs, pivots = _eliminated(rows)
    for pivot in pivots:
        signs = signs * sign(pivot)
    return signs, primitives.sum([log(abs(pivot)) for pivot in pivots])


@scope("cholesky")
def cholesky(a: Any) -> Any:
    """The lower triangular L with L @ L.T = a, for a symmetric positive definite matrix.

    Only entries on and below the diagonal are read, as NumPy does; those above have derivatives of
    0. Of a matrix that is not positive definite the result holds nan.

    Raises:
        TypeError, ValueError: see `solve`.

    >>> from autograd_lite import linalg
    >>> linalg.cholesky([[4.0, 2.0], [2.0, 10.0]])
    [[2.0, 0.0], [1.0, 3.0]]
    """
    rows, array = _square(a, "cholesky")
    n = len(rows)
    lower: Rows = [[0.0] * n for _ in rows]
    for i, row in enumerate(lower):
        for j in range(i):
            row[j] = div(rows[i][j] - dot(row[:j], lower[j][:j]), lower[j][j])
        row[i] = sqrt(rows[i][i] - dot(row[:i], row[:i]))
    return _shaped(lower, array)


@scope("expm")
def expm(a: Any) -> Any:
    """The exponential of a square matrix: the sum of a^k / k!.

    By the Taylor polynomial of a / 2^s, which is then squared s times, so that the error is about
    that of 2^s roundings. s follows from the largest sum of absolute values in a column of a; of a
    matrix where that is above 2^31 the result is nan.

    Raises:
        TypeError, ValueError: see `solve`.

    >>> from autograd_lite import linalg
    >>> linalg.expm([[0.0, 1.0], [0.0, 0.0]])
    [[1.0, 1.0], [0.0, 1.0]]
    """
    rows, array = _square(a, "expm")
    norm = primitives.max(
        [primitives.sum([abs(plain(x)) for x in column]) for column in zip(*rows)]
    )
    squarings = primitives.max(ceil(log2(2.0 * norm)), 0.0)
    scale = where(squarings <= SQUARINGS, 2.0**-squarings, math.nan)
    result = _taylor([[x * scale for x in row] for row in rows])
    for k in range(SQUARINGS):
        more = squarings > k  # in a compiled function it is not known beforehand
        if more is False:
            break
        square = _product(result, result)
        result = [[where(more, x, y) for x, y in zip(*both)] for both in zip(square, result)]
    return _shaped(result, array)


@scope("eigh")
def eigh(a: Any) -> tuple[Any, Any]:
    """The eigenvalues of a symmetric matrix, in ascending order, and its eigenvectors as columns.

    Only entries on and below the diagonal are read, as NumPy does; those above have derivatives of
    0. The eigenvectors have length 1, and the first entry that is not small beside the others is
    positive.

    Equal eigenvalues have no eigenvectors of their own. Which ones are found is left to rounding,
    and derivatives of them, and second derivatives of the eigenvalues, are inf or nan. The first
    derivatives of such eigenvalues are right where all of them count alike, as in their sum.

    Returns:
        The eigenvalues w, and a matrix v with a @ v[:, i] = w[i] * v[:, i].

    Raises:
        TypeError, ValueError: see `solve`.

    >>> from autograd_lite import grad, linalg
    >>> w, v = linalg.eigh([[2.0, 0.0], [0.0, 1.0]])
    >>> w, v
    ([1.0, 2.0], [[0.0, 1.0], [1.0, 0.0]])
    >>> grad(lambda a: linalg.eigh(a)[0][1])([[2.0, 0.0], [0.0, 1.0]])
    [[1.0, 0.0], [0.0, 0.0]]
    """
    rows, array = _square(a, "eigh")
    values, vectors = eigenpairs(rows)
    return _shaped(values, array), _shaped(vectors, array)


# How it is done -----------------------------------------------------------------------------------


def _eliminated(rows: Rows) -> tuple[Any, list[Any]]:
    """Bring rows, which may have more columns, into triangular form, in place.

    Gives the sign that the exchanges of rows bring, and the pivots. Beside the diagonal, what is
    to its left are the multipliers of the earlier rows.
    """
    n, sign = len(rows), 1.0
    for k in range(n):
        above = [row[k] for row in rows[:k]]
        for row in rows[k:]:
            row[k] = row[k] - dot(row[:k], above)
        for i in range(k + 1, n):
            larger = abs(plain(rows[i][k])) > abs(plain(rows[k][k]))
            rows[k], rows[i] = _exchanged(larger, rows[k], rows[i])
            sign = where(larger, -sign, sign)
        pivot = rows[k][k]
        for row in rows[k + 1 :]:
            row[k] = div(row[k], pivot)
        for j in range(k + 1, len(rows[k])):
            rows[k][j] = rows[k][j] - dot(rows[k][:k], [row[j] for row in rows[:k]])
    return sign, [rows[k][k] for k in range(n)]


def _exchanged(condition: Any, x: list[Any], y: list[Any]) -> tuple[list[Any], list[Any]]:
    """y and x if the condition holds, else x and y."""
    if type(condition) is bool:
        return (y, x) if condition else (x, y)
    both = list(zip(x, y))
    return [where(condition, b, a) for a, b in both], [where(condition, a, b) for a, b in both]


def _solved(rows: Rows, right: Rows) -> Rows:
    """The X for which rows @ X = right."""
    n = len(rows)
    rows = [row + more for row, more in zip(rows, right)]
    _eliminated(rows)
    return _substituted(rows, [row[n:] for row in rows], lower=False)


def _substituted(rows: Rows, right: Rows, lower: bool) -> Rows:
    """The X for which rows @ X = right, row after row: of the rows one triangle is read."""
    n = len(rows)
    solution: Rows = [[] for _ in rows]
    for i in range(n) if lower else reversed(range(n)):
        known = slice(i) if lower else slice(i + 1, n)
        columns = list(zip(*solution[known])) or [()] * len(right[i])
        solution[i] = [
            div(x - dot(rows[i][known], column), rows[i][i]) for x, column in zip(right[i], columns)
        ]
    return solution


def _taylor(rows: Rows) -> Rows:
    """The Taylor polynomial of the exponential, by four powers (Paterson and Stockmeyer)."""
    n = len(rows)
    powers = [_identity(n), rows]
    for _ in range(3):
        powers.append(_product(powers[-1], rows))
    factors = [1.0]
    for k in range(DEGREE):
        factors.append(factors[-1] / (k + 1.0))
    total = [[x * factors[DEGREE] for x in row] for row in powers[4]]
    for first in range(DEGREE - 4, -1, -4):
        part = factors[first : first + 4]
        for i in range(n):
            for j in range(n):
                terms = [power[i][j] for power in powers[:4]]
                total[i][j] = total[i][j] + dot(part, terms)
        if first:
            total = _product(total, powers[4])
    return total


def _product(x: Rows, y: Rows) -> Rows:
    columns = list(zip(*y))
    return [[dot(row, column) for column in columns] for row in x]


def _identity(n: int) -> Rows:
    return [[float(i == j) for j in range(n)] for i in range(n)]


def _with_right_sides(method: Callable[[Rows, Rows], Rows], a: Any, b: Any, name: str) -> Any:
    """What a method makes of a matrix, and of a vector or matrix of right sides."""
    rows, array = _square(a, name)
    right, of_b = _lists(b, name)
    vector = not isinstance(right[0], list)
    if len(right) != len(rows):
        raise ValueError(
            f"{name} of {counted(len(rows), 'equation')} takes as many right sides, "
            f"got {len(right)}"
        )
    x = method(rows, [[y] for y in right] if vector else right)
    return _shaped([entry for (entry,) in x] if vector else x, array or of_b)


# Lists and arrays ---------------------------------------------------------------------------------


def _lists(x: Any, name: str) -> tuple[list[Any], bool]:
    """A vector or matrix as a list of floats and Values, or of rows; and whether it is an array."""
    array = is_array(x)
    entries = as_numpy(x).tolist() if array else x
    if not isinstance(entries, (list, tuple)) or not entries:
        raise TypeError(f"{name} takes lists of numbers, or arrays, got {describe(x)}")
    rows = [_row(row) if _is_row(row) else _number(row) for row in entries]
    kinds = {len(row) if isinstance(row, list) else "a number" for row in rows}
    if len(kinds) > 1:
        raise ValueError(
            f"{name} takes rows of one length, got {', '.join(sorted(map(str, kinds)))}"
        )
    return rows, array or any(map(is_array, entries))


def _is_row(x: Any) -> bool:
    return isinstance(x, (list, tuple)) or is_array(x)


def _row(x: Any) -> list[Any]:
    return list(map(_number, as_numpy(x).tolist() if is_array(x) else x))


def _number(x: Any) -> Any:
    return x if is_value(x) else real(x)


def _square(a: Any, name: str) -> tuple[Rows, bool]:
    """A square matrix as rows of its own."""
    rows, array = _lists(a, name)
    if any(not isinstance(row, list) or len(row) != len(rows) for row in rows):
        raise ValueError(
            f"{name} takes a square matrix, as a list of rows or an array, got {describe(a)}"
        )
    return rows, array


def _shaped(x: list[Any], array: bool) -> Any:
    """Lists as they are, or as an array."""
    if not array:
        return x
    if isinstance(x[0], list):
        return array_of([entry for row in x for entry in row], (len(x), len(x[0])))
    return array_of(x, (len(x),))
