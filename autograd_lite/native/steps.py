"""The rules of the table as steps: which rows, on which operands, a rule's partials are made of.

A rule that runs on Values records a graph. What it records is the same for all Values, but for the
branches that a `where` takes, so it can be written down once: the native engine then makes the
nodes of derivatives without running Python (native/rules.h). What runs on the Terms here is the
rule of the table itself, as it runs on numbers, Values and Symbols.

>>> from autograd_lite.primitives import TABLE
>>> from autograd_lite.native.steps import steps_of
>>> print(steps_of(TABLE["tanh"]))
2 = detach(0), 3 = tanh_slope(2, 1) -> 3
>>> print(steps_of(TABLE["log"]))
2 = 1.0, 3 = 0.0, 4 = div(2, 1), 5 = where_less(1, 3, 0, 4) -> 5
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..compiler.trace import TRACE_ROWS, WHERE_AT_MOST, WHERE_LESS
from ..formulas.symbol import arithmetic
from ..methods import DETACH
from ..primitive import Primitive, Reduction
from ..primitives import TABLE, neg, power


class NoSteps(Exception):
    """A rule uses what is no row of the table with a fixed number of operands."""


@arithmetic
class Term:
    """An operand of a rule, or the result of one of its steps.

    Args:
        steps: the steps so far, to which operations on it are added.
        step: the row and the operands of the step; None for an operand of the rule.
    """

    __slots__ = ("depends", "operands", "row", "steps")

    def __init__(self, steps: list[Term], depends: int, row: Any = None, operands: Any = ()):
        self.steps, self.depends, self.row, self.operands = steps, depends, row, operands

    @staticmethod
    def _apply(row: Primitive, operands: tuple[Any, ...]) -> Term:
        if row not in TRACE_ROWS and (TABLE.get(row.name) is not row or row.variadic):
            raise NoSteps(row.name)
        steps = next(x.steps for x in operands if isinstance(x, Term))
        branches = operands[2:] if row in (WHERE_LESS, WHERE_AT_MOST) else operands
        depends = 0
        for x in () if row is DETACH else branches:
            depends |= x.depends if isinstance(x, Term) else 0
        steps.append(Term(steps, depends, row, operands))
        return steps[-1]

    def __pow__(self, exponent: Any) -> Term:
        return self._apply(power, (self, exponent))  # which is `pow` where the exponent is a Value

    def __neg__(self) -> Term:
        return self._apply(neg, (self,))

    @property
    def data(self) -> Term:
        """The number behind it, as `plain` takes it."""
        return self._apply(DETACH, (self,))

    def __lt__(self, other: Any) -> _Condition:
        return _Condition(WHERE_LESS, self, other)

    def __le__(self, other: Any) -> _Condition:
        return _Condition(WHERE_AT_MOST, self, other)

    def __gt__(self, other: Any) -> _Condition:
        return _Condition(WHERE_LESS, other, self)

    def __ge__(self, other: Any) -> _Condition:
        return _Condition(WHERE_AT_MOST, other, self)


class _Condition:
    """A comparison of Terms: it chooses, and no rule may turn it into a bool."""

    def __init__(self, row: Primitive, left: Any, right: Any) -> None:
        self.row, self.operands = row, (left, right)

    def _where(self, x: Any, y: Any) -> Term:
        return Term._apply(self.row, (*self.operands, x, y))

    def __bool__(self) -> bool:
        raise TypeError("a rule chooses with where(condition, x, y), not with `if`")


class Steps:
    """A rule, written down.

    Places count its operands (`out` first), then the numbers, then the steps.

    Attributes:
        operands: how many operands it has.
        numbers: the numbers that occur in it.
        steps: for each step the row, the places of its operands, and a number whose bits say of
            which operands the result depends: it is a Value if one of these is.
        results: the places of what it gives.
    """

    def __init__(self, operands: int, rule: Callable[..., Sequence[Any]]) -> None:
        terms: list[Term] = []
        given = [Term(terms, 1 << i) for i in range(operands)]
        results = rule(*given)
        numbers: dict[str, float] = {}
        for x in (*(x for term in terms for x in term.operands), *results):
            if not isinstance(x, Term):
                numbers.setdefault(repr(float(x)), float(x))
        places: dict[int, int] = {id(term): i for i, term in enumerate(given)}
        first = operands + len(numbers)
        places |= {id(term): first + i for i, term in enumerate(terms)}
        by_text = {text: operands + i for i, text in enumerate(numbers)}

        def place(x: Any) -> int:
            return places[id(x)] if isinstance(x, Term) else by_text[repr(float(x))]

        self.operands, self.numbers = operands, list(numbers.values())
        self.steps = [(t.row, tuple(map(place, t.operands)), t.depends) for t in terms]
        self.results = tuple(map(place, results))

    def __str__(self) -> str:
        lines = [f"{self.operands + i} = {x}" for i, x in enumerate(self.numbers)]
        first = self.operands + len(self.numbers)
        lines += [
            f"{first + i} = {row.name}({', '.join(map(str, places))})"
            for i, (row, places, _) in enumerate(self.steps)
        ]
        return f"{', '.join(lines)} -> {', '.join(map(str, self.results))}".lstrip()


def steps_of(row: Primitive) -> Steps | None:
    """The partials of a row in `out` and its operands; None if other than rows occur in them.

    Of a Reduction: with respect to the operands that it reads at one step, in `out`, these
    operands and the results of its folds.
    """
    try:
        if isinstance(row, Reduction):
            count = 1 + row.columns + _folds_used(row)
            return Steps(count, lambda *given: row.partial(*given))
        return Steps(1 + len(row.operands), row.partials)
    except NoSteps:
        return None


def fold_steps_of(row: Reduction) -> list[Steps]:
    """The folds of a Reduction that its partials use: the next total, in the total, the operands
    that are read at one step, and the results of the folds before."""
    return [
        Steps(1 + row.columns + k, lambda *given, step=step: (step(*given),))
        for k, (_, step) in enumerate(row.folds[: _folds_used(row)])
    ]


def _folds_used(row: Reduction) -> int:
    return row.partial.__code__.co_argcount - 1 - row.columns
