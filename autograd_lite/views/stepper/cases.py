"""Cases: why a local derivative is what it is, for whatever numbers a reader gives the leaves.

The words are those of `FormulaWriter.rule`, written once for each outcome of the comparisons that
they depend on. `js/rules.js` makes the comparisons, and asks first, as `rule` does, whether there
is a derivative at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...formulas.symbol import Symbol, fold
from ...primitive import Reduction
from ..formula.kinks import place_in_args
from ..formula.rules import rule_on_names, simplified
from ..formula.writer import LONGEST, FormulaWriter

MOST = 4  # comparisons that one rule may depend on

Case = str | list[Any]


def cases(node: Any, k: int, writer: FormulaWriter) -> Any:
    """What there may be to say of the k-th parent's local derivative, as JSON can hold it.

    Returns:
        A text or a comparison: [left, right, case if <, case if =, case if >], whose sides are
        numbers, or "x0", "x1", ... for operands, "y" for the node, "|x0|" for a size. Or a dict
        with `recorded`, a text that is true of the recorded numbers alone.
    """
    place = place_in_args(node, k)
    known, _ = writer._symbols(node, True)
    out = Symbol(writer.names[node])
    reads_sums = isinstance(node.op, Reduction) and node.op.name not in ("sum", "dot", "max", "min")
    try:
        tree = rule_on_names(node, place, out, known)
    except Exception:  # whatever a user's own rule may raise when it meets a name
        return ""
    if fold(tree, lambda _, sizes: 1 + sum(sizes), lambda _: 1) > LONGEST:
        return ""
    sides = {x.name: f"x{i}" for i, x in known.items() if isinstance(x, Symbol)} | {out.name: "y"}
    try:
        if reads_sums:
            raise _Unknown
        return _Cases(tree, sides, lambda formula: writer.said(node, k, formula)).all({})
    except _Unknown:
        return recorded(node, k, writer)


def recorded(node: Any, k: int, writer: FormulaWriter) -> dict[str, str]:
    """What is said of the recorded numbers, for no others."""
    return {"recorded": writer.rule(node, k)}


class _Unknown(Exception):
    """A rule that depends on more than such comparisons can say."""


class _Cases:
    """The words of a rule for each outcome of its comparisons."""

    def __init__(self, tree: Any, sides: Mapping[str, str], write: Any) -> None:
        self._tree, self._sides, self._write = tree, sides, write

    def all(self, outcomes: dict[tuple[Any, Any], float]) -> Case:
        """The cases that are left when these comparisons have come out so."""
        asked: list[tuple[Any, Any]] = []

        def compared(left: Any, right: Any, values: tuple[Any, Any]) -> tuple[float, float]:
            if not isinstance(left, Symbol) and not isinstance(right, Symbol):
                return values
            pair = self._side(left), self._side(right)
            if pair not in outcomes and pair not in asked:
                asked.append(pair)
            return outcomes.get(pair, 1.0), 0.0

        formula = simplified(self._tree, dict.fromkeys(self._sides, 1.5), compared)
        if not asked:
            return self._write(formula)  # type: ignore[no-any-return]
        if len(outcomes) == MOST:
            raise _Unknown
        pair = asked[0]
        found = [self.all({**outcomes, pair: relation}) for relation in (-1.0, 0.0, 1.0)]
        return found[0] if found[0] == found[1] == found[2] else [*pair, *found]

    def _side(self, x: Any) -> Any:
        """A side of a comparison: a number, an operand, its size."""
        if not isinstance(x, Symbol):
            if not math.isfinite(x):
                raise _Unknown
            return x
        if x.op is None and x.name in self._sides:
            return self._sides[x.name]
        if getattr(x.op, "name", "") == "abs" and isinstance(x.args[0], Symbol):
            return f"|{self._side(x.args[0])}|"
        raise _Unknown
