"""Formula: what a node of a graph computes, and its local derivatives, in the names of the graph.

A rule of the table runs on names where an operand is a Value, and on the number itself where it is
a constant. A branch (`where`) is decided by the numbers of the graph, so that the rule of relu
reads "1, since z > 0".

>>> from autograd_lite import Value
>>> from autograd_lite.views.stepper.formula import FormulaWriter
>>> x = Value(0.5)
>>> y = x.tanh()
>>> writer = FormulaWriter({x: "x", y: "y"})
>>> writer.text(writer.value(y)), writer.text(writer.partial(y, 0))
('tanh(x)', '1 − y²')
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ...formulas.symbol import Symbol, fold, latex_text, plain_text
from ...primitive import Primitive, Reduction
from ...primitives import TABLE
from ..text import latex_name, latex_number, number

LONGEST = 40  # names, numbers and operations of a formula
SHOWN = 4  # operands of a sum, of a dot product
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


class FormulaWriter:
    """Writes what the nodes of a graph compute, and their local derivatives, in these names."""

    def __init__(self, names: Mapping[Any, str]) -> None:
        self.names = names

    def value(self, node: Any, wanted: Collection[int] = ()) -> Formula:
        """What `node` computes from its operands.

        Args:
            wanted: the places among its operands that must be seen if not all of them are.
        """
        op, known = node.op, self._symbols(node)[0]
        if not isinstance(op, Reduction):
            return Formula(Symbol._apply(op, tuple(known.values())), node.data)
        rows = len(known) // op.columns
        some = list(range(rows))
        if rows > SHOWN:
            some = sorted({k % rows for k in wanted} or some)[:SHOWN]
        rest = [Symbol("…")] if rows > len(some) else []
        if not op.unfolds:
            terms = [known[k] for k in some] + rest
            return Formula(Symbol._apply(op, tuple(terms)), node.data)
        operands = [[known[k + rows * column] for column in range(op.columns)] for k in some]
        terms = [functools.reduce(_joined(op.unfolds[0]), each) for each in operands] + rest
        return Formula(functools.reduce(_joined(op.unfolds[-1]), terms), node.data)

    def partial(self, node: Any, operand: int) -> Formula | None:
        """d node / d its operand, by the rule of the table.

        Returns:
            None if it is too long to help, or the rule, that of a user's own primitive, does not
            run on names.
        """
        known, numbers = self._symbols(node)
        out = Symbol(self.names[node])
        numbers[out] = node.data
        try:
            tree = _rule(node, operand, out, known)
        except Exception:  # whatever a user's own rule may raise when it meets a name
            return None
        if fold(tree, lambda _, sizes: 1 + sum(sizes), lambda _: 1) > LONGEST:
            return None
        return _simplified(tree, numbers)

    def _symbols(self, node: Any) -> tuple[dict[int, Any], dict[Symbol, float]]:
        """The operands of `node` as names (one for each Value) or numbers; and their numbers."""
        one = {x: Symbol(self.names[x]) for x in node.parents}
        known = {k: x if isinstance(x, float) else one[x] for k, x in enumerate(node.args)}
        return known, {symbol: x.data for x, symbol in one.items()}

    def text(self, formula: Formula) -> str:
        """The formula in plain text."""
        return plain_text(formula.tree, _plain_leaf)

    def latex(self, formula: Formula) -> str:
        """The formula in LaTeX."""
        return latex_text(formula.tree, _latex_leaf)

    def reasons(self, formula: Formula) -> str:
        """The conditions in plain text, as `z > 0`; "" for none."""
        signs = {"<=": "≤", ">=": "≥"}
        return " and ".join(_written(formula, lambda x: plain_text(x, _plain_leaf), signs))

    def latex_reasons(self, formula: Formula) -> str:
        """The conditions in LaTeX."""
        signs = {"<=": r"\le", ">=": r"\ge"}
        reasons = _written(formula, lambda x: latex_text(x, _latex_leaf), signs)
        return r" \text{ and } ".join(reasons)

    def rule(self, node: Any, k: int) -> tuple[str, str]:
        """The local derivative `∂a/∂z = 1 − a²`, z the k-th parent, and why: `since z > 0`.

        Each is "" where it says no more than the number.
        """
        formula = self.partial(node, place_in_args(node, k))
        if formula is None:
            return "", ""
        reasons = self.reasons(formula)
        local = f"∂{self.names[node]}/∂{self.names[node.parents[k]]}"
        text = "" if isinstance(formula.tree, float) else f"{local} = {self.text(formula)}"
        return text, f"since {reasons}" if reasons else ""


def place_in_args(node: Any, k: int) -> int:
    """The place of the k-th parent among all operands, constants included."""
    return [place for place, x in enumerate(node.args) if not isinstance(x, float)][k]


def _written(formula: Formula, write: Callable[[Any], str], signs: dict[str, str]) -> list[str]:
    """The conditions as text."""
    return [
        f"{write(reason.left)} {signs.get(reason.sign, reason.sign)} {write(reason.right)}"
        for reason in _needed(formula.because)
    ]


def _joined(op: Primitive) -> Callable[[Any, Any], Any]:
    """`op` on two terms; a neutral operand, as that by which a bias is multiplied, is left out."""
    return lambda x, y: x if _is_number(y, op.neutral) else Symbol._apply(op, (x, y))


def _is_number(x: Any, number: float | None) -> bool:
    return isinstance(x, float) and x == number


def _rule(node: Any, operand: int, out: Symbol, known: Mapping[int, Any]) -> Any:
    """The rule of the table, run on names."""
    op, args = node.op, node.args
    if not isinstance(op, Reduction):
        return op.partials(out, *known.values())[operand]
    rows = len(args) // op.columns
    column, row = divmod(operand, rows)
    results = list[float]()
    if op.partial.__code__.co_argcount > 1 + op.columns:  # it wants the results of the folds
        numbers = [x if isinstance(x, float) else x.data for x in args]
        for start, step in op.folds:
            total = start
            for k in range(rows):
                total = step(total, *numbers[k::rows], *results)
            results.append(total)
    return op.partial(out, *(known[row + rows * c] for c in range(op.columns)), *results)[column]


def _plain_leaf(x: Any) -> str:
    return x.name if isinstance(x, Symbol) else number(x, 4)


def _latex_leaf(x: Any) -> str:
    if not isinstance(x, Symbol):
        return latex_number(x, 4)
    return r"\cdots" if x.name == "…" else latex_name(x.name)


def _simplified(tree: Any, numbers: Mapping[Symbol, float]) -> Formula:
    """`tree` with its branches decided, and without `1 ·`, `+ 0` and the like."""

    def word(node: Symbol, operands: list[Formula]) -> Formula:
        op = node.op
        if op == "where":
            return _chosen(*operands)
        because = tuple(reason for each in operands for reason in each.because)
        trees, values = [each.tree for each in operands], [each.value for each in operands]
        if isinstance(op, str):
            sign = "=" if values[0] == values[1] else op
            return Formula(Symbol._apply(sign, tuple(trees)), COMPARE[op](*values), because)
        assert op is not None
        value = _evaluated(op, values)
        if not any(isinstance(x, Symbol) for x in trees):
            return Formula(value, value, because)
        return Formula(_shorter(op, trees, values), value, because)

    def leaf(x: Any) -> Formula:
        return Formula(x, numbers.get(x, math.nan) if isinstance(x, Symbol) else x)

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


def _needed(because: tuple[Reason, ...]) -> list[Reason]:
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
    if _is_number(last, op.neutral):
        return first
    if op.commutative and _is_number(first, op.neutral):
        return last
    if op is MUL and any(_is_number(x, 0.0) for x in trees) and all(map(math.isfinite, values)):
        return 0.0
    if op.infix == "**" and _is_number(last, 0.0):
        return 1.0
    return Symbol._apply(op, tuple(trees))
