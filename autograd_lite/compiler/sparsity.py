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
from .jacobians import Wanted, by_places, dense
from .specialization import Output
from .tape import ROWS, Tape
from .trace import SIGNS
from .uncompiled import Uncompiled

if TYPE_CHECKING:
    from .replay import Replay

NOTHING: frozenset[int] = frozenset()
PASSIVE = {DETACH: 1, **dict.fromkeys(SIGNS, 2)}  # how many operands of a row pass nothing on


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
    if plan is None or plan.inputs != wanted.places:
        plan = run.specialization.plan = Plan(run, wanted.places, symmetric)
    numbers = plan.numbers(run)
    shape = (len(plan.indptr) - 1, len(wanted.places))
    return csr_array((numbers, plan.indices.copy(), plan.indptr.copy()), shape=shape)


class Plan:
    """The directions that find all numbers of a Jacobian, and where each of these comes out.

    Attributes:
        inputs: which of them are the columns.
        indptr, indices: of the rows, as in a `csr_array`.
        forward, backward: how many directions of each kind.
    """

    def __init__(self, run: Replay, places: Sequence[int], symmetric: bool) -> None:
        import numpy

        self.inputs = places
        tape, entries = run.specialization.tape, run.specialization.entries
        inputs, outputs, shape = len(run.uniform), run.outputs, (len(entries), len(places))
        at = run.captured + numpy.array(places, dtype=int)
        slots = numpy.array(tape.uniform_inputs, dtype=int)[at]
        numbers = numpy.array([x.number if isinstance(x, Output) else -1 for x in entries], int)
        counts, columns = dependencies(run, _ints(slots))
        rows, columns = _in_order(numpy.repeat(numpy.flatnonzero(numbers >= 0), counts), columns)
        found = compressed(rows, columns, shape, symmetric)
        self.forward, self.backward = _count(found.columns), _count(found.rows)
        self._rates = _units(found.columns, at, inputs)
        self._seeds = _units(found.rows, numbers, outputs)
        forward, backward = found.columns[columns], found.rows[rows]
        where = forward * outputs + numbers[rows]
        back = (forward < 0) | ((backward >= 0) & found.backward_first)
        where[back] = (self.forward * outputs + backward * inputs + at[columns])[back]
        if symmetric:
            hub = found.hubs[rows] & ~found.hubs[columns]
            where[hub] = (found.columns[rows] * outputs + numbers[columns])[hub]
        self.indptr = numpy.searchsorted(rows, numpy.arange(shape[0] + 1)).astype(numpy.int32)
        self.indices = columns.astype(numpy.int32)
        self._where = where
        self._places: tuple[array[int], array[int]] | None = None
        count = self.forward
        if self.backward or not by_places(tape, count):
            return
        moving = found.columns >= 0
        put = slots[moving] * count + found.columns[moving]
        take = numpy.array(tape.outputs)[where % outputs] * count + where // outputs
        self._places = _ints(put), _ints(take)

    def numbers(self, run: Replay) -> Any:
        """The numbers of all rows, one after another."""
        import numpy

        if self._places is not None:
            numbers = numpy.empty(len(self._where))
            if run.directions_at(self.forward, *self._places, numbers):
                return numbers
        found = run.directions(self.forward, True, self._rates)
        if self.backward:
            found += run.directions(self.backward, False, self._seeds)
        return numpy.frombuffer(found)[self._where] if found else numpy.empty(0)


def _ints(numbers: Any) -> array[int]:
    """Numbers of NumPy as ints of C."""
    return array("i", numbers.astype("i").tobytes())


def _units(directions: Any, places: Any, width: int) -> array[float]:
    """Directions of so many numbers each, with a 1 at the places of those that have one, not -1."""
    import numpy

    numbers = numpy.zeros(_count(directions) * width)
    chosen = directions >= 0
    numbers[directions[chosen] * width + places[chosen]] = 1.0
    return array("d", numbers.tobytes())


# What depends on what -----------------------------------------------------------------------------
#
# Where a matrix has numbers is said by two arrays, of their rows and of their columns.


def dependencies(run: Replay, inputs: array[int]) -> tuple[Any, Any]:
    """On how many inputs each output depends, and on which, those of all outputs in order.

    Args:
        run: of a tape without a batch.
        inputs: their slots.
    """
    import numpy

    native = getattr(run.specialization.replay, "tape", None)
    if native is not None:
        passive = bytes([PASSIVE.get(row, 0) for row in ROWS])
        found = native.dependencies(inputs, passive)
        counts, members = (numpy.frombuffer(x, dtype=numpy.int32) for x in found)
        return counts, members.astype(int)
    tape = run.specialization.tape
    depends = dependencies_of_slots(tape, inputs)
    several = [depends[slot] for slot in tape.outputs]
    return list(map(len, several)), numpy.array([k for each in several for k in each], dtype=int)


def dependencies_of_slots(tape: Tape, inputs: Sequence[int]) -> list[frozenset[int]]:
    """For each slot of a tape, on which inputs it depends, by their places.

    The native engine does the same; see native/dependencies.h.
    """
    depends = [NOTHING] * tape.slots
    for place, slot in enumerate(inputs):
        depends[slot] = frozenset([place])
    for instruction, out, operands in tape.rows():
        passive = PASSIVE.get(instruction.op, 0)
        depends[out] = _union([depends[x] for x in operands[passive:]])
    return depends


def _union(sets: Sequence[frozenset[int]]) -> frozenset[int]:
    others = {id(x): x for x in sets if x}
    return next(iter(others.values())) if len(others) == 1 else NOTHING.union(*others.values())


def _in_order(rows: Any, columns: Any) -> tuple[Any, Any]:
    """Places row by row, and in each row from left to right."""
    import numpy

    order = numpy.lexsort((columns, rows))
    return rows[order], columns[order]


# Colours ------------------------------------------------------------------------------------------


class Compressed(NamedTuple):
    """Directions that find all numbers of a matrix.

    Attributes:
        columns: of each column its direction forward, or -1.
        rows: of each row its direction backward, or -1.
        backward_first: whether a number that both would find is taken from the backward one.
        hubs: of a symmetric matrix, whether a column has a direction of its own, which gives its
            row, too.
    """

    columns: Any
    rows: Any
    backward_first: bool
    hubs: Any = None


def compressed(rows: Any, columns: Any, shape: tuple[int, int], symmetric: bool) -> Compressed:
    """Few directions for a matrix of this shape that has numbers at `rows` and `columns`."""
    import numpy

    m, n = shape
    crowded, wanted = _crowded(rows, m)
    if symmetric:
        rest = ~(crowded[rows] | crowded[columns])
        colours = coloured(rows[rest], columns[rest], shape)
        colours = numpy.where(crowded, _count(colours) + _apart(crowded), colours)
        return Compressed(colours, numpy.full(m, -1), False, crowded)
    crowded_columns, others = _crowded(columns, n)
    if wanted <= others:
        rest = ~crowded[rows]
        return Compressed(coloured(rows[rest], columns[rest], shape), _apart(crowded), True)
    rest = ~crowded_columns[columns]
    colours = coloured(columns[rest], rows[rest], (n, m))
    return Compressed(_apart(crowded_columns), colours, False)


def _crowded(rows: Any, m: int) -> tuple[Any, int]:
    """Which of `m` rows are better computed apart, and how many directions that takes at least.

    Each of them takes one, and the others one for each number in the fullest of them.
    """
    import numpy

    counts = numpy.bincount(rows, minlength=m)
    order = numpy.argsort(-counts, kind="stable")
    wanted = numpy.append(counts[order] + numpy.arange(m), m)
    fewest = int(wanted.argmin())
    crowded = numpy.zeros(m, dtype=bool)
    crowded[order[:fewest]] = True
    return crowded, int(wanted[fewest])


def _apart(chosen: Any) -> Any:
    """A colour of its own for each of those that are chosen, -1 for others."""
    import numpy

    return numpy.where(chosen, numpy.cumsum(chosen) - 1, -1)


def coloured(rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    """A colour for each column, others for columns that share a row; -1 for empty ones.

    >>> from autograd_lite.compiler.sparsity import coloured
    >>> rows, columns = [0, 0, 1, 1, 1, 2, 2, 2, 3, 3], [0, 1, 0, 1, 2, 1, 2, 3, 2, 3]
    >>> coloured(rows, columns, (4, 4)).tolist()
    [2, 0, 1, 2]
    """
    import numpy

    m, n = shape
    counts = numpy.bincount(columns, minlength=n)
    order = numpy.argsort(-counts, kind="stable")[: numpy.count_nonzero(counts)]
    ends = numpy.cumsum(counts)[order]
    by_column = numpy.asarray(rows)[numpy.argsort(columns, kind="stable")].tolist()
    taken = [0] * m  # the colours in each row, as bits
    chosen = []
    for start, end in zip((ends - counts[order]).tolist(), ends.tolist()):
        several = by_column[start:end]
        others = 0
        for i in several:
            others |= taken[i]
        free = ~others & (others + 1)
        for i in several:
            taken[i] |= free
        chosen.append(free.bit_length() - 1)
    colours = numpy.full(n, -1)
    colours[order] = chosen
    return colours


def _count(colours: Any) -> int:
    return int(colours.max(initial=-1)) + 1
