"""Primitives with several results: an eigenpair, an ODE solver, a simulator of one's own.

A node of a graph is one number, so each result is a primitive by itself, a `Result`. They share the
functions of the `MultiPrimitive`, which are called once for all results.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from . import primitive
from .primitive import Primitive, apply, describe, partials_at, value_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class MultiPrimitive(Primitive):
    """An operation with several results: their values, and their partial derivatives.

    Args:
        name: a Python identifier, unique among the primitives in use.
        evaluate: operands (floats) -> the results, a sequence of floats. It is a function of its
            operands: it is called once for all results, and of compiled calls with the same
            operands once.
        partials: `(outs, *operands)` -> for each result a row with its derivative with respect to
            each operand; `outs` is the tuple of results. Its argument names and defaults become
            those of the function. For derivatives of higher order it must use only arithmetic,
            comparisons, `where` and other primitives.
        results: how many results there are.
        label, latex, domain, vectorized: see `Primitive`. A vectorized `evaluate` gives, of arrays,
            one array for each result.

    Calling it gives a tuple: of floats, or with a Value among the operands of Values.

    >>> from autograd_lite import MultiPrimitive, Value, cos, sin
    >>> import math
    >>> polar = MultiPrimitive(
    ...     "polar",
    ...     lambda r, t: (r * math.cos(t), r * math.sin(t)),
    ...     lambda outs, r, t: ((cos(t), -outs[1]), (sin(t), outs[0])),
    ...     results=2,
    ... )
    >>> r, t = Value(2.0), Value(0.0)
    >>> x, y = polar(r, t)
    >>> y.backward()
    >>> x.data, y.data, r.grad, t.grad
    (2.0, 0.0, 0.0, 2.0)
    """

    __module__ = "autograd_lite"

    def __init__(
        self,
        name: str,
        evaluate: Callable[..., Any],
        partials: Callable[..., Any],
        results: int,
        *,
        label: str | None = None,
        latex: str | None = None,
        domain: tuple[tuple[float, float], ...] | None = None,
        vectorized: bool = False,
    ) -> None:
        if isinstance(results, bool) or not isinstance(results, int) or results < 1:
            raise ValueError(f"results of {name} is how many there are, got {results!r}")
        super().__init__(
            name, evaluate, partials, label=label, latex=latex, domain=domain, vectorized=vectorized
        )
        self.__doc__ = f"{name}({', '.join(self.operands)}): a primitive of {results} results"
        self.results = tuple([Result(self, place) for place in range(results)])
        self._memo: dict[Any, Any] | None = None  # what the functions gave in the call under way

    def __call__(self, *operands: Any, **named: Any) -> Any:
        if named or (len(operands) != len(self.operands) and not self.variadic):
            operands = self._bind(operands, named)
        self._memo = {}
        try:
            return tuple([apply(result, operands) for result in self.results])
        finally:
            self._memo = None

    def at_once(self, *operands: Any) -> tuple[Any, ...]:
        """The results, as many as there must be."""
        found = self.evaluate(*operands)
        wanted = len(self.results)
        results = tuple(found) if isinstance(found, Iterable) else ()
        if len(results) != wanted:
            raise TypeError(
                f"{self.name} must return a sequence of {wanted} results, got {describe(found)}"
            )
        return results

    def rows(self, outs: Sequence[Any], operands: Sequence[Any]) -> tuple[tuple[Any, ...], ...]:
        """The partials of each result, as many as there must be."""
        found = self.partials(tuple(outs), *operands)
        count, columns = len(self.results), len(operands)
        try:
            rows = tuple([tuple(row) for row in found])
        except TypeError:  # a number, or None
            rows = ()
        if [len(row) for row in rows] != [columns] * count:
            raise TypeError(
                f"the rule of {self.name} must return {count} rows of {columns} partials, one row "
                f"per result and one partial per operand; got {describe(found)}"
                + (f" with rows of {', '.join(str(len(row)) for row in rows)}" if rows else "")
            )
        return rows

    def remembered(
        self, compute: Callable[..., Any], numbers: Sequence[float], *more: Sequence[float]
    ) -> Any:
        """What `compute` gives for these numbers; within one call it is computed once."""
        memo = self._memo
        if memo is None:
            return compute(self, *more, numbers)
        key = compute, array("d", numbers).tobytes()
        if key not in memo:
            memo[key] = compute(self, *more, numbers)
        return memo[key]


class Result(Primitive):
    """One result of a `MultiPrimitive`, as a primitive.

    Attributes:
        of: the MultiPrimitive.
        place: which of its results it is.
    """

    def __init__(self, of: MultiPrimitive, place: int) -> None:
        shared = ("operands", "defaults", "variadic", "custom", "domain", "binds")
        self.__dict__.update({name: getattr(of, name) for name in shared})
        self.of, self.place = of, place
        self.name = self.__name__ = f"{of.name}_{place}"
        self.label = f"{of.label}[{place}]"
        self.latex = r"\left[%s\right]_{%d}" % (of.latex, place)
        self.__doc__ = f"result {place} of {of.name}({', '.join(of.operands)})"

    def __reduce__(self) -> Any:
        if self.of.member_of is None:
            return super().__reduce__()
        return _result, (self.of, self.place)

    def evaluate(self, *operands: Any) -> Any:
        return self.of.remembered(values_at, operands)[self.place]

    def partials(self, out: Any, *operands: Any) -> tuple[Any, ...]:
        of = self.of
        if all(type(x) is float for x in operands):
            outs = of.remembered(values_at, operands)
            return of.remembered(slopes_at, operands, outs)[self.place]  # type: ignore[no-any-return]
        return of.rows(of(*operands), operands)[self.place]


def _result(of: MultiPrimitive, place: int) -> Result:
    """A result of a primitive that pickles name (those of its results refer to it)."""
    return of.results[place]


# Any primitive as one of several results ----------------------------------------------------------


def points_of(op: Primitive) -> tuple[Primitive, int]:
    """The primitive that gives the result of `op`, and as which one of its results."""
    return (op.of, op.place) if isinstance(op, Result) else (op, 0)


def values_at(op: Primitive, numbers: Sequence[float]) -> tuple[float, ...]:
    """The values of all results on floats."""
    if not isinstance(op, MultiPrimitive):
        return (value_at(op, numbers),)
    return primitive.numbers_of(op, op.at_once, numbers, "value")


def slopes_at(
    op: Primitive, outs: Sequence[float], numbers: Sequence[float]
) -> Sequence[tuple[float, ...]]:
    """The partials of all results on floats; `outs` are the values there."""
    if not isinstance(op, MultiPrimitive):
        return (partials_at(op, outs[0], numbers),)
    count = len(outs)

    def rule(*given: Any) -> tuple[Any, ...]:
        return tuple(chain.from_iterable(op.rows(given[:count], given[count:])))

    flat = primitive.numbers_of(op, rule, (*outs, *numbers), "partial")
    return [flat[k : k + len(numbers)] for k in range(0, len(flat), len(numbers))]


def all_at_once(op: Primitive, arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The values of all results on arrays, of a vectorized primitive."""
    if isinstance(op, MultiPrimitive):
        return op.at_once(*arrays)
    return (op.evaluate(*arrays),)


def all_rows(
    op: Primitive, outs: Sequence[Any], operands: Sequence[Any]
) -> Sequence[tuple[Any, ...]]:
    """The partials of all results, on whatever the rule runs on."""
    if isinstance(op, MultiPrimitive):
        return op.rows(outs, operands)
    return (op.partials(outs[0], *operands),)
