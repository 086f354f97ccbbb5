"""Formula: what a node of a graph computes, and its local derivatives, in the names of the graph.

A rule of the table runs on names where an operand is a Value, and on the number itself where it is
a constant. A branch (`where`) is decided by the numbers of the graph, so that the rule of relu
reads "1, since z > 0". An operand that occurs twice is told apart as x′ and x″, for each place has
a local derivative of its own.

>>> from autograd_lite import Value
>>> from autograd_lite.views.formula.writer import FormulaWriter
>>> x, w = Value(0.5), Value(-3.0)
>>> p, y, q = x * w, x.tanh(), x * x
>>> writer = FormulaWriter({x: "x", w: "w", p: "p", y: "y", q: "q"})
>>> writer.text(writer.value(p)), writer.numbers(p)
('x·w', '0.5 × (−3)')
>>> writer.rule(y, 0), writer.rule(q, 0)
('∂y/∂x = 1 − y²', '∂(x′·x″)/∂x′ = x″')
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ...formulas.symbol import Symbol, fold
from ...primitive import Primitive, Reduction, is_value
from ..language import say
from ..latex import alike, latex_name, latex_words
from ..rows import SLOPES, written_as
from ..text import MARKS, alone, constant, number
from .by_hand import LATEX, PLAIN, InNumbers, latex_leaf
from .kinks import kink, place_in_args
from .recorded import as_recorded
from .rules import (
    Formula,
    has_branches,
    is_number,
    needed,
    reads_results,
    rule_on_names,
    simplified,
)

LONGEST = 40  # names, numbers and operations of a formula
SHOWN = 6  # operands of a sum, of a dot product
SHORT = 24  # characters of a formula that stands for its result
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class FormulaWriter:
    """Writes what the nodes of a graph compute, and their local derivatives, in these names."""

    def __init__(self, names: Mapping[Any, str]) -> None:
        self.names = names

    def latex_name(self, name: str) -> str:
        """One of these names in LaTeX, no two alike."""
        return latex_name(name, self._literal)

    @functools.cached_property
    def _literal(self) -> frozenset[str]:
        return alike(self.names.values())

    # What a node computes -------------------------------------------------------------------------

    def value(self, node: Any, wanted: Collection[int] = (), apart: bool = False) -> Formula:
        """What `node` computes from its operands.

        Args:
            wanted: the places among its operands that must be seen if not all of them are.
            apart: operands that are one Value are told apart, as x′ and x″.
        """
        op, known = written_as(node.op), self._symbols(node, apart)[0]
        if not isinstance(op, Reduction):
            operands = list(known.values())
            if op.name in SLOPES and isinstance(operands[0], float):
                operands[0] = Symbol._apply(SLOPES[op.name].of, (operands[1],))
            return Formula(Symbol._apply(op, tuple(operands)), node.data)
        rows = len(known) // op.columns
        some = list(range(rows))
        if rows > SHOWN:
            some = sorted({k % rows for k in wanted} or {*range(SHOWN - 2), rows - 1})[: SHOWN - 1]
        rest = [Symbol(f"… ({rows - len(some):,} more)")] if rows > len(some) else []
        if not op.unfolds:
            terms = [known[k] for k in some] + rest
            return Formula(Symbol._apply(op, tuple(terms)), node.data)
        operands = [[known[k + rows * column] for column in range(op.columns)] for k in some]
        terms = [functools.reduce(_joined(op.unfolds[0]), each) for each in operands]
        terms[-1:-1] = rest
        return Formula(functools.reduce(_joined(op.unfolds[-1]), terms), node.data)

    def numbers(self, node: Any, digits: int = 3) -> str:
        """The same in numbers: `2 × (−0.6)`."""
        tree, data = self.value(node).tree, self._symbols(node, False)[1]

        def written(x: Any) -> str:
            if not isinstance(x, Symbol):
                return constant(x)
            return number(data[x.name], digits) if x.name in data else x.name

        return InNumbers(written).text(tree)

    def _symbols(self, node: Any, apart: bool) -> tuple[dict[int, Any], dict[str, float]]:
        """The operands of `node` as names or numbers; and the numbers of the names."""
        told = marks(node) if apart else [""] * len(node.parents)
        symbols: dict[str, Symbol] = {}
        data: dict[str, float] = {}
        known: dict[int, Any] = {}
        k = 0
        for place, x in enumerate(node.args):
            if not is_value(x):
                known[place] = float(x)
            else:
                name = _marked(self.names[x], told[k])
                known[place], data[name] = symbols.setdefault(name, Symbol(name)), x.data
                k += 1
        return known, data

    # Local derivatives ----------------------------------------------------------------------------

    def partial(self, node: Any, operand: int) -> Formula | None:
        """d node / d its operand, by the rule of the table.

        Returns:
            None if it is too long to help, or the rule, that of a user's own primitive, does not
            run on names, or depends on numbers of operands that have changed since.
        """
        known, data = self._symbols(node, True)
        out = Symbol(self.names[node])
        changed = not as_recorded(node)
        if changed and reads_results(node.op):
            return None
        try:
            tree = rule_on_names(node, operand, out, known)
        except Exception:  # whatever a user's own rule may raise when it meets a name
            return None
        if fold(tree, lambda _, sizes: 1 + sum(sizes), lambda _: 1) > LONGEST:
            return None
        if changed:
            return None if has_branches(tree) else simplified(tree, {})
        return simplified(tree, {**data, out.name: node.data})

    def local(self, node: Any, k: int, written_out: bool = False) -> str:
        """The local derivative with respect to the k-th parent: `∂p/∂x`.

        Args:
            written_out: of a repeated operand, the node as what it computes: `∂(x′·x″)/∂x′`.
        """
        above, below = map(alone, self._ends(node, k, written_out))
        return f"∂{above}/∂{below}"

    def latex_local(self, node: Any, k: int, written_out: bool = False) -> str:
        """The same in LaTeX."""
        above, below = (self.latex_name(alone(end)) for end in self._ends(node, k, written_out))
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"

    def _ends(self, node: Any, k: int, written_out: bool) -> tuple[str, str]:
        """What a local derivative is of, and with respect to what."""
        name, mark = self.names[node], marks(node)[k]
        if mark:
            formula = self.text(self.value(node, apart=True))
            is_named_so = self.text(self.value(node)) == name
            if (written_out or is_named_so) and len(formula) <= SHORT:
                name = formula
        return name, _marked(self.names[node.parents[k]], mark)

    def rule(self, node: Any, k: int) -> str:
        """Why the local derivative with respect to the k-th parent is what it is.

        `∂a/∂z = 1 − a²`; the condition under which that holds, `since z > 0`; where there is no
        derivative, what was chosen; "" where all that says no more than the number. Where an
        operand has changed since, there is only a formula that holds for all numbers.
        """
        return self._told(node, k, self.text, self.reasons, self.local, str)

    def latex_rule(self, node: Any, k: int) -> str:
        """The same in LaTeX."""
        return self._told(node, k, self.latex, self.latex_reasons, self.latex_local, latex_words)

    def _told(
        self,
        node: Any,
        k: int,
        write: Callable[[Formula], str],
        reasons: Callable[[Formula], str],
        local: Callable[[Any, int, bool], str],
        words: Callable[[str], str],
    ) -> str:
        if as_recorded(node):
            chosen = self._chosen(node, k)
            if chosen:
                return words(chosen)
            seen = [x.data for x in node.parents]
        else:
            seen = [node.data, node.partials[k]]
        if not all(map(math.isfinite, seen)):
            return ""  # a limit, which a formula seldom gives
        formula = self.partial(node, place_in_args(node, k))
        return "" if formula is None else self._said(node, k, formula, write, reasons, local, words)

    def said(self, node: Any, k: int, formula: Formula) -> str:
        """What the formula of a local derivative says: itself, and when it holds."""
        return self._said(node, k, formula, self.text, self.reasons, self.local, str)

    def _said(
        self,
        node: Any,
        k: int,
        formula: Formula,
        write: Callable[[Formula], str],
        reasons: Callable[[Formula], str],
        local: Callable[[Any, int, bool], str],
        words: Callable[[str], str],
    ) -> str:
        text = (
            "" if isinstance(formula.tree, float) else f"{local(node, k, True)} = {write(formula)}"
        )
        why = reasons(formula)
        since = words(say("since ")) + why if why else ""
        return words(say(", ")).join(filter(None, (text, since)))

    def _chosen(self, node: Any, k: int) -> str:
        """What to say where the operation has no derivative; "" where it has one."""
        name, partial = self.names[node], node.partials[k]
        if partial != partial:
            if any(x.data != x.data for x in node.parents):
                return say("nan, for an operand is nan")
            if node.data != node.data:
                return say("nan, for {name} is not defined here", name=alone(name))
            return say("nan, for {name} has no derivative here", name=alone(name))
        shape, x = kink(node, k), node.parents[k]
        if not shape:
            return ""
        return say(
            "{partial} is a choice: {name} {shape} at {operand} = {number}",
            partial=number(partial, 4),
            name=alone(name),
            shape=say("jumps") if shape == "jumps" else say("has a kink"),
            operand=self.names[x],
            number=number(x.data),
        )

    # Text -----------------------------------------------------------------------------------------

    def text(self, formula: Formula) -> str:
        """The formula in plain text."""
        return PLAIN.text(formula.tree)

    def latex(self, formula: Formula) -> str:
        """The formula in LaTeX."""
        return self._latex(formula.tree)

    def reasons(self, formula: Formula) -> str:
        """The conditions in plain text, as `z > 0`; "" for none."""
        signs = {"<=": "≤", ">=": "≥"}
        return say(" and ").join(_written(formula, PLAIN.text, signs))

    def latex_reasons(self, formula: Formula) -> str:
        """The conditions in LaTeX."""
        signs = {"<=": r"\le", ">=": r"\ge"}
        reasons = _written(formula, self._latex, signs)
        return f" {latex_words(say(' and '))} ".join(reasons)

    def _latex(self, tree: Any) -> str:
        return LATEX.text(tree, functools.partial(latex_leaf, written=self.latex_name))


def marks(node: Any) -> list[str]:
    """What tells each operand of `node` from others that are the same Value: ′, ″ or "".

    >>> from autograd_lite import Value, dot
    >>> from autograd_lite.views.formula.writer import marks
    >>> x, w = Value(2.0), Value(3.0)
    >>> marks(x * w), marks(x * x), marks(dot([x, x], [w, x]))
    (['', ''], ['′', '″'], ['′', '″', '', '‴'])
    """
    times, seen = Counter(node.parents), Counter[Any]()
    found = []
    for x in node.parents:
        seen[x] += 1
        n = seen[x]
        mark = MARKS[n - 1 : n] or f"⁽{str(n).translate(RAISED)}⁾"
        found.append(mark if times[x] > 1 else "")
    return found


def _written(formula: Formula, write: Callable[[Any], str], signs: dict[str, str]) -> list[str]:
    """The conditions as text."""
    return [
        f"{write(reason.left)} {signs.get(reason.sign, reason.sign)} {write(reason.right)}"
        for reason in needed(formula.because)
    ]


def _joined(op: Primitive) -> Callable[[Any, Any], Any]:
    """`op` on two terms; a neutral operand, as that by which a bias is multiplied, is left out."""
    return lambda x, y: x if is_number(y, op.neutral) else Symbol._apply(op, (x, y))


def _marked(name: str, mark: str) -> str:
    """A name with the mark that tells it from the same name in another place."""
    return alone(name) + mark if mark else name
