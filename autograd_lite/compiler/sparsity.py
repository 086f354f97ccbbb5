"""Sparse Jacobians: which numbers can be anything but 0, and as few directions as find them all.

A tape says for each of its results on which inputs it depends. Columns that have no row in common
can share a direction: their numbers come out in different rows (Curtis, Powell and Reid, 1974).
Which columns share one is a colouring, and a greedy one is near the best: it takes the columns one
after another, those with most rows first, and gives each the first colour that is free. Libraries
for it are either compilers (ColPack), or bring a whole toolkit of graphs for these lines.

Rows with so many numbers that each column would want a direction of its own are computed apart, by
a backward pass each; in a symmetric matrix they are those of columns that are known already.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..methods import DETACH
from .jacobians import Wanted, dense
from .job import zeros
from .specialization import Output
from .tape import Tape
from .trace import SIGNS
from .uncompiled import Uncompiled

if TYPE_CHECKING:
    from .replay import Replay

NOTHING: frozenset[int] = frozenset()
SOME_LANES, MOST_DIRECTIONS = 4, 32  # as in native/directions.h


def sparse_jacobian(run: Replay | Uncompiled, wanted: Wanted, symmetric: bool = False) -> Any:
    """The derivatives of all entries of a result, as a `scipy.sparse.csr_array`.

    Args:
        run: without a batch.
        wanted: what they are taken with respect to: its numbers are the columns.
        symmetric: whether it is a Hessian.
    """
    try:
        from scipy.sparse import csr_array
    except ImportError:
        raise ImportError(
            "sparse=True gives a sparse array of SciPy, which is not installed: pip install scipy"
        ) from None
    if isinstance(run, Uncompiled):
        return csr_array(dense(run, wanted))
    plan = run.specialization.plan
    if plan is None:
        plan = run.specialization.plan = Plan(run, wanted.places, symmetric)
    numbers = plan.numbers(run)
    shape = (len(plan.indptr) - 1, len(wanted.places))
    return csr_array((numbers, plan.indices.copy(), plan.indptr.copy()), shape=shape)


class Plan:
    """The directions that find all numbers of a Jacobian, and where each of these comes out.

    Attributes:
        indptr, indices: of the rows, as in a `csr_array`.
        forward, backward: how many directions of each kind.
    """

    def __init__(self, run: Replay, places: Sequence[int], symmetric: bool) -> None:
        import numpy

        tape, entries = run.specialization.tape, run.specialization.entries
        captured, inputs, outputs = run.captured, len(run.uniform), run.outputs
        at = [captured + i for i in places]
        slots = tape.uniform_inputs
        depends = dependencies(tape, [slots[i] for i in at])
        numbers = [x.number if isinstance(x, Output) else -1 for x in entries]
        rows = [sorted(depends[tape.outputs[k]]) if k >= 0 else [] for k in numbers]
        found = compressed(rows, len(places), symmetric)
        self.forward, self.backward = _count(found.columns), _count(found.rows)
        self._rates = zeros(self.forward * inputs)
        for j, k in enumerate(found.columns):
            if k >= 0:
                self._rates[k * inputs + at[j]] = 1.0
        self._seeds = zeros(self.backward * outputs)
        for i, k in enumerate(found.rows):
            if k >= 0:
                self._seeds[k * outputs + numbers[i]] = 1.0
        start = self.forward * outputs
        where = []
        for i, row in enumerate(rows):
            backward = found.rows[i]
            for j in row:
                forward = found.columns[j]
                if i in found.hubs and j not in found.hubs:  # that is symmetric
                    where.append(found.columns[i] * outputs + numbers[j])
                elif forward < 0 or (backward >= 0 and found.backward_first):
                    where.append(start + backward * inputs + at[j])
                else:
                    where.append(forward * outputs + numbers[i])
        self.indptr = numpy.cumsum([0, *map(len, rows)], dtype=numpy.int32)
        self.indices = numpy.array([j for row in rows for j in row], dtype=numpy.int32)
        self._where = numpy.array(where, dtype=numpy.intp)
        self._places: tuple[array[int], array[int]] | None = None
        lanes = self.lanes = -(-self.forward // SOME_LANES) * SOME_LANES
        if self.backward or not 0 < lanes <= MOST_DIRECTIONS or tape.slots * lanes >= 2**31:
            return
        columns = [(j, k) for j, k in enumerate(found.columns) if k >= 0]
        slots_of_outputs = numpy.array(tape.outputs)
        take = slots_of_outputs[self._where % outputs] * lanes + self._where // outputs
        self._places = (
            array("i", [slots[at[j]] * lanes + k for j, k in columns]),
            array("i", take.astype(numpy.int32).tobytes()),
        )

    def numbers(self, run: Replay) -> Any:
        """The numbers of all rows, one after another."""
        import numpy

        if self._places is not None:
            numbers = numpy.empty(len(self._where))
            if run.directions_at(self.lanes, *self._places, numbers):
                return numbers
        found = run.directions(self.forward, True, self._rates)
        if self.backward:
            found += run.directions(self.backward, False, self._seeds)
        return numpy.frombuffer(found)[self._where] if found else numpy.empty(0)


# What depends on what -----------------------------------------------------------------------------


def dependencies(tape: Tape, slots: Sequence[int]) -> list[frozenset[int]]:
    """For each slot of a tape, on which of `slots` it depends, by their places."""
    depends = [NOTHING] * tape.slots
    for place, slot in enumerate(slots):
        depends[slot] = frozenset([place])
    for instruction in tape.instructions:
        if instruction.op is DETACH:
            continue
        columns = instruction.columns
        if instruction.op in SIGNS:
            columns = columns[2:]  # a condition passes nothing on
        out = instruction.out
        if instruction.width:
            for row in range(instruction.rows):
                depends[out + row] = _union([depends[x] for x in instruction.operands(row)])
        elif len(columns) == 1:
            depends[out : out + instruction.rows] = [depends[x] for x in columns[0].slots]
        elif len(columns) == 2:
            for row, (x, y) in enumerate(zip(*[column.slots for column in columns]), out):
                left, right = depends[x], depends[y]
                if left is right or not right:
                    depends[row] = left
                else:
                    depends[row] = left | right if left else right
        else:
            for row, operands in enumerate(zip(*[column.slots for column in columns]), out):
                depends[row] = _union([depends[x] for x in operands])
    return depends


def _union(sets: Sequence[frozenset[int]]) -> frozenset[int]:
    others = {id(x): x for x in sets if x}
    return next(iter(others.values())) if len(others) == 1 else NOTHING.union(*others.values())


# Colours ------------------------------------------------------------------------------------------


class Compressed(NamedTuple):
    """Directions that find all numbers of a matrix.

    Attributes:
        columns: of each column its direction forward, or -1.
        rows: of each row its direction backward, or -1.
        backward_first: whether a number that both would find is taken from the backward one.
        hubs: in a symmetric matrix, columns with a direction of their own, whose rows they give.
    """

    columns: list[int]
    rows: list[int]
    backward_first: bool
    hubs: frozenset[int] = NOTHING


def compressed(rows: Sequence[Sequence[int]], n: int, symmetric: bool) -> Compressed:
    """Few directions for a matrix of `n` columns that has numbers at `rows`."""
    crowded, wanted = _crowded(rows)
    rest: list[Sequence[int]] = [() if i in crowded else row for i, row in enumerate(rows)]
    if symmetric:
        rest = [[j for j in row if j not in crowded] for row in rest]
        columns = coloured(rest, n)
        count = _count(columns)
        for k, hub in enumerate(sorted(crowded), count):
            columns[hub] = k
        return Compressed(columns, [-1] * len(rows), False, crowded)
    crowded_columns, others = _crowded(transposed(rows, n))
    if wanted <= others:
        return Compressed(coloured(rest, n), _apart(crowded, len(rows)), True)
    rest = [[j for j in row if j not in crowded_columns] for row in rows]
    return Compressed(_apart(crowded_columns, n), coloured(transposed(rest, n), len(rows)), False)


def _crowded(rows: Sequence[Sequence[int]]) -> tuple[frozenset[int], int]:
    """The rows that are better computed apart, and how many directions that takes at least.

    Each of them takes one, and the others one for each number in the fullest of them.
    """
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    wanted = [k + len(rows[i]) for k, i in enumerate(order)] + [len(rows)]
    fewest = min(wanted)
    return frozenset(order[: wanted.index(fewest)]), fewest


def _apart(chosen: frozenset[int], count: int) -> list[int]:
    """A colour of its own for each of those that are chosen, -1 for others."""
    colours = [-1] * count
    for k, i in enumerate(sorted(chosen)):
        colours[i] = k
    return colours


def coloured(rows: Sequence[Sequence[int]], n: int) -> list[int]:
    """A colour for each of `n` columns, others for columns that share a row; -1 for empty ones.

    >>> from autograd_lite.compiler.sparsity import coloured
    >>> coloured([[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]], 4)
    [2, 0, 1, 2]
    """
    columns = transposed(rows, n)
    taken = [0] * len(rows)  # the colours in each row, as bits
    colours = [-1] * n
    for j in sorted(range(n), key=lambda j: -len(columns[j])):
        if columns[j]:
            others = 0
            for i in columns[j]:
                others |= taken[i]
            free = ~others & (others + 1)
            for i in columns[j]:
                taken[i] |= free
            colours[j] = free.bit_length() - 1
    return colours


def _count(colours: Sequence[int]) -> int:
    return max(colours, default=-1) + 1


def transposed(rows: Sequence[Sequence[int]], n: int) -> list[list[int]]:
    """The rows of each of `n` columns."""
    columns: list[list[int]] = [[] for _ in range(n)]
    for i, row in enumerate(rows):
        for j in row:
            columns[j].append(i)
    return columns
