"""Local derivatives as formulas: the rules of the table run on names, and made short.

A branch (`where`) is decided by the numbers of the graph, and the reason is kept.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...formulas.symbol import Symbol, fold
from ...primitive import Primitive, Reduction
from ...primitives import TABLE

MUL, POWER = TABLE["mul"], TABLE["power"]
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(slots=True)
class Reason:
    """Why a branch was taken: `left sign right` holds."""

    left: Any
    sign: str
    right: Any
    turned: bool  # the rule asked for the opposite


@dataclass(slots=True)
class Formula:
    """A formula that holds at the numbers of the graph.

    Attributes:
        tree: Symbols, or a float.
        value: what it comes to.
        because: the conditions under which it holds.
    """

    tree: Any
    value: Any
    because: tuple[Reason, ...] = ()


def reads_results(op: Primitive) -> bool:
    """Whether the partials of a row are formulas in what its passes over the operands gave."""
    return isinstance(op, Reduction) and op.partial.__code__.co_argcount > 1 + op.columns


def has_branches(tree: Any) -> bool:
    """Whether numbers decide what a formula is."""
    return fold(tree, lambda node, found: node.op == "where" or any(found), lambda _: False)


def rule_on_names(node: Any, operand: int, out: Symbol, known: Mapping[int, Any]) -> Any:
    """The rule of the table, run on names."""
    op, args = node.op, node.args
    if not isinstance(op, Reduction):
        return op.partials(out, *known.values())[operand]
    rows = len(args) // op.columns
    column, row = divmod(operand, rows)
    results = list[float]()
    if reads_results(op):
        numbers = [x if isinstance(x, float) else x.data for x in args]
        for start, step in op.folds:
            total = start
            for k in range(rows):
                total = step(total, *numbers[k::rows], *results)
            results.append(total)
    return op.partial(out, *(known[row + rows * c] for c in range(op.columns)), *results)[column]


def simplified(
    tree: Any,
    numbers: Mapping[str, float],
    compared: Callable[[Any, Any, tuple[Any, Any]], tuple[Any, Any]] | None = None,
) -> Formula:
    """`tree` with its branches decided, and without `1 ·`, `+ 0` and the like.

    Args:
        tree: a formula.
        numbers: those of its names.
        compared: what to compare in place of the numbers of two sides; it is given both.
    """

    def word(node: Symbol, operands: list[Formula]) -> Formula:
        op = node.op
        if op == "where":
            return _chosen(*operands)
        because = tuple(reason for each in operands for reason in each.because)
        trees, values = [each.tree for each in operands], [each.value for each in operands]
        if isinstance(op, str):
            if compared is not None:
                values = list(compared(trees[0], trees[1], (values[0], values[1])))
            sign = "=" if values[0] == values[1] else op
            return Formula(Symbol._apply(sign, tuple(trees)), COMPARE[op](*values), because)
        assert op is not None
        value = _evaluated(op, values)
        if not any(isinstance(x, Symbol) for x in trees):
            return Formula(value, value, because)
        return Formula(_shorter(op, trees, values), value, because)

    def leaf(x: Any) -> Formula:
        return Formula(x, numbers.get(x.name, math.nan) if isinstance(x, Symbol) else x)

    return fold(tree, word, leaf)


def _chosen(condition: Formula, x: Formula, y: Formula) -> Formula:
    """The branch that is taken, with the reason if the reader should know it."""
    taken, other = (x, y) if condition.value else (y, x)
    because = taken.because
    compared = condition.tree
    if not isinstance(compared, Symbol):
        return taken
    left, right = compared.args
    kink = not (isinstance(taken.tree, Symbol) and isinstance(other.tree, Symbol))
    guard = isinstance(right, float) and abs(right) > 1e300  # against overflow, not a kink
    if kink and not guard:
        sign, turned = str(compared.op), not condition.value
        if turned and sign != "=":
            sign = OPPOSITE[sign]
        because = (Reason(left, sign, right, turned), *because)
    return Formula(taken.tree, taken.value, because)


def needed(because: tuple[Reason, ...]) -> list[Reason]:
    """The conditions without those that follow from others, as z ≤ 0 from z < 0."""
    needed: dict[tuple[str, str], Reason] = {}
    for reason in because:
        pair = (str(reason.left), str(reason.right))
        before = needed.get(pair)
        if before is None or before.turned:
            needed[pair] = reason
    return list(needed.values())


def _evaluated(op: Primitive, values: list[Any]) -> float:
    try:
        return float(op.evaluate(*values))
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def _shorter(op: Primitive, trees: list[Any], values: list[Any]) -> Any:
    """`op` on `trees`, as one would write it."""
    first, last = trees[0], trees[-1]
    if op is MUL and first is last:
        return Symbol._apply(POWER, (first, 2.0))
    if is_number(last, op.neutral):
        return first
    if op.commutative and is_number(first, op.neutral):
        return last
    if op is MUL and any(is_number(x, 0.0) for x in trees) and all(map(math.isfinite, values)):
        return 0.0
    if op.infix == "**" and is_number(last, 0.0):
        return 1.0
    if op.name == "pow_log_1" and values[0] == 0.0:
        return _evaluated(op, values)  # the limit: 0**y log(0) is no number
    return Symbol._apply(op, tuple(trees))


def is_number(x: Any, number: float | None) -> bool:
    return isinstance(x, float) and x == number
