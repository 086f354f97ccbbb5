"""Calls of a user's functions in a replay: the primitives that are no rows of the table.

A call does one primitive at many points: several rows of operands, each for all samples. What is
computed at all of them is a column, an array of doubles.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from itertools import chain
from operator import add, is_
from typing import TYPE_CHECKING, Any

from ..ieee import fsum
from ..primitive import Primitive
from ..several import all_at_once, points_of, slopes_at, values_at
from .job import Job, zeros
from .rule_traces import read_by
from .tape import Instruction

if TYPE_CHECKING:
    Column = array[float]


# Columns, by NumPy where it is loaded and they are long -------------------------------------------


def plus(x: Column, y: Column) -> Column:
    """Their sum at each point."""
    numpy = _numpy(x)
    if numpy is None:
        return array("d", map(add, x, y))
    with numpy.errstate(all="ignore"):
        return _column_of(numpy.frombuffer(x) + numpy.frombuffer(y))


def times(x: Column, slopes: Column, masked: bool, moves: bool = False) -> Column:
    """Gradients times partials.

    Args:
        masked: whether a 0 makes it 0, also beside inf.
        moves: x are rates, of which 0 makes it 0 in any case.
    """
    numpy = _numpy(x)
    if numpy is None:
        pairs = zip(x, slopes)
        if moves or masked:
            products = [a * b if a != 0.0 and (b != 0.0 or not masked) else 0.0 for a, b in pairs]
        else:
            products = [a * b for a, b in pairs]
        return array("d", products)
    a, b = numpy.frombuffer(x), numpy.frombuffer(slopes)
    with numpy.errstate(all="ignore"):
        product = a * b
    if moves or masked:
        product[a == 0.0] = 0.0
    if masked:
        product[b == 0.0] = 0.0
    return _column_of(product)


def total(x: Column) -> float:
    """Their sum."""
    numpy = _numpy(x)
    if numpy is None:
        return fsum(x)
    with numpy.errstate(all="ignore"):
        return float(numpy.frombuffer(x).sum())


def _numpy(x: Column) -> Any:
    return sys.modules.get("numpy") if len(x) > 32 else None


def _column_of(x: Any) -> Column:
    return array("d", x.tobytes())


class Row:
    """The slots of a call at one point of each sample.

    Attributes:
        operands: the slots that it reads.
        outs: for the results that are wanted, by place: the slot, and whether it is masked.
    """

    def __init__(self, operands: list[int]) -> None:
        self.operands = operands
        self.outs: dict[int, tuple[int, bool]] = {}


class Call:
    """All calls of one primitive that can be done at the same time.

    Attributes:
        op: the primitive; of several results the one that gives them all.
        varies: whether it is done for each sample.
        guards: none; those are checked by pieces.
        rows: what is called.
        trace_rule: gives the rule of a primitive as a tape; see `specialization`.
        reads, results: the slots that it takes, and that it writes.
    """

    guards = ()

    def __init__(
        self, op: Primitive, rows: list[Row], varies: bool, trace_rule: Callable[..., Any]
    ) -> None:
        self.op, self.rows, self.varies = op, rows, varies
        self.results = {slot for row in rows for slot, _ in row.outs.values()}
        self.reads = sorted({slot for row in rows for slot in row.operands})
        self._trace_rule = trace_rule
        self._traceable = op.vectorized  # until it turns out not to be
        self._rule: Any = None  # what it is as a tape
        self._read: list[Any] | None = None  # what it read then, see `read_by`

    @classmethod
    def of(
        cls, instructions: Iterable[Instruction], varies: bool, trace_rule: Callable[..., Any]
    ) -> Iterator[Call]:
        """The calls of instructions. Results of one primitive at the same operands are one call."""
        rows: dict[Any, dict[Any, Row]] = {}
        for i in instructions:
            op, place = points_of(i.op)
            for k in range(i.rows):
                operands = i.operands(k)
                which = tuple(operands) if op is not i.op else i.out + k
                row = rows.setdefault(op, {}).setdefault(which, Row(operands))
                row.outs[place] = (i.out + k, i.masked)
        for op, found in rows.items():
            yield cls(op, list(found.values()), varies, trace_rule)

    def begin(self) -> None:
        """Called before a replay: what the rule reads may have changed since the last one."""
        self._is_stale = True

    def forward(
        self, job: Any, values: dict[Any, Any], rates: dict[int, Any] | None, totals: Any
    ) -> None:
        """Add the results to `values`, and how fast they change to `rates`."""
        samples = job.samples if self.varies else 1
        operands = [self._column(values, slots, samples) for slots in self._by_operand()]
        outs = self._evaluated(operands)
        values[self] = operands, outs  # all of them, for the rule
        for slot, _, place, part in self._outs(samples):
            values[slot] = outs[place][part] if self.varies else outs[place][part.start]
        if rates is None:
            return
        slopes = self._slopes(operands, outs, job.threads)
        moving = [self._column(rates, slots, samples) for slots in self._by_operand()]
        for slot, masked, place, part in self._outs(samples):
            rate = zeros(samples)
            for moves, slope in zip(moving, slopes[place]):
                rate = plus(rate, times(moves[part], slope[part], masked, moves=True))
            rates[slot] = rate if self.varies else rate[0]

    def reverse(self, job: Any, values: dict[Any, Any], adjoints: Any) -> None:
        """Pass the gradients of the results on to what the call reads."""
        samples = job.samples if self.varies else 1
        if adjoints.keys().isdisjoint(self.results):
            return
        operands, outs = values[self]
        slopes = self._slopes(operands, outs, job.threads)
        for row, part in self._parts(samples):
            for place, (slot, masked) in row.outs.items():
                gradient = adjoints.get(slot)
                if gradient is None:
                    continue
                column = gradient if self.varies else array("d", [gradient])
                for operand, slope in zip(row.operands, slopes[place]):
                    product = times(column, slope[part], masked)
                    like = values[operand]
                    adjoints.add(operand, total(product) if type(like) is float else product)

    # Points ---------------------------------------------------------------------------------------

    def _by_operand(self) -> Iterator[tuple[int, ...]]:
        """For each operand its slots in all rows."""
        return zip(*[row.operands for row in self.rows])

    def _column(self, numbers: dict[int, Any], slots: tuple[int, ...], samples: int) -> Column:
        """The numbers of slots, one row after another."""
        found = [numbers.get(slot, 0.0) for slot in slots]
        columns = [array("d", [x]) * samples if type(x) is float else x for x in found]
        if len(columns) == 1:
            return columns[0]
        joined = array("d")
        for column in columns:
            joined.extend(column)
        return joined

    def _parts(self, samples: int) -> Iterator[tuple[Row, slice]]:
        """Each row, and which part of a column is its."""
        for k, row in enumerate(self.rows):
            yield row, slice(k * samples, (k + 1) * samples)

    def _outs(self, samples: int) -> Iterator[tuple[int, bool, int, slice]]:
        """Each result that is wanted: its slot, whether it is masked, its place, its part."""
        for row, part in self._parts(samples):
            for place, (slot, masked) in row.outs.items():
                yield slot, masked, place, part

    # What the functions give ----------------------------------------------------------------------

    def _evaluated(self, operands: list[Column]) -> list[Column]:
        """The results at all points, a column of each."""
        if self.op.vectorized and len(operands[0]) > 1 and find_spec("numpy"):
            return _of_arrays(self.op, operands)
        return _columns(values_at(self.op, point) for point in zip(*operands))

    def _slopes(
        self, operands: list[Column], outs: list[Column], threads: int
    ) -> list[list[Column]]:
        """For each result its partials at all points, a column for each operand."""
        points, n = len(operands[0]), len(operands)
        rule = self._traced(outs, operands) if self._traceable and points > 1 else None
        if rule is not None:
            job = Job(points, threads, (), [*outs, *operands], n * len(outs))
            rule.replay(job)
            columns = [job.results[k :: n * len(outs)] for k in range(n * len(outs))]
        else:
            columns = _columns(
                chain.from_iterable(slopes_at(self.op, point[: len(outs)], point[len(outs) :]))
                for point in zip(*outs, *operands)
            )
        return [columns[k * n : (k + 1) * n] for k in range(len(outs))]

    def _traced(self, outs: list[Column], operands: list[Column]) -> Any:
        """The rule as a tape, as it is in this replay; None if it is to run on numbers."""
        if self._is_stale:
            read = read_by(self.op)
            if not _same(self._read, read):
                first = [[x[0] for x in columns] for columns in (outs, operands)]
                self._rule = self._trace_rule(self.op, *first, self._rule)
            self._read = read
            self._traceable, self._is_stale = self._rule is not None, False
        return self._rule


def _same(some: list[Any] | None, others: list[Any] | None) -> bool:
    """Whether both are known, and the very same objects."""
    if some is None or others is None:
        return False
    return len(some) == len(others) and all(map(is_, some, others))


def _columns(points: Iterable[Iterable[float]]) -> list[Column]:
    """Columns of what is given point by point."""
    return [array("d", column) for column in zip(*points)]


def _of_arrays(op: Any, operands: list[Column]) -> list[Column]:
    """The results at all points, by one call of a function that takes arrays."""
    import numpy

    points = len(operands[0])
    with numpy.errstate(all="ignore"):
        found = all_at_once(op, [numpy.frombuffer(column) for column in operands])
    columns = []
    for x in found:
        x = numpy.asarray(x, dtype=float)
        if x.shape not in ((points,), ()):
            raise ValueError(
                f"{op.name} is vectorized: of arrays of {points} numbers it must give "
                f"{'arrays' if len(found) > 1 else 'an array'} of {points}, got an array of shape "
                f"{x.shape}"
            )
        columns.append(_column_of(x if x.shape else numpy.full(points, x)))
    return columns
