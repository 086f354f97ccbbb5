"""The lines below a worksheet's picture: words, and blanks with their answers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..formula.writer import FormulaWriter
from ..language import say
from ..stepper.notation import bracketed, grad_of
from ..stepper.nudge import evaluated
from ..stepper.runs import ChainStep, Run
from ..text import number, text_width
from .printed import printed

SIZE = 13.5
NUMBER, FORMULA, PRODUCT = 46.0, 66.0, 150.0  # widths of blanks
NUDGE = 0.01
DIGITS = 6  # of the results that are compared
SEEN = 1e-4  # of a result: a change that six digits tell well enough


@dataclass(frozen=True)
class Blank:
    """A place to write in, and what belongs there."""

    width: float
    answer: str


@dataclass
class Row:
    """A row of words and blanks."""

    pieces: list[str | Blank]
    size: float = SIZE

    @property
    def width(self) -> float:
        """How wide it is, as far as one knows without its font."""
        return sum(
            5.0 + (piece.width if isinstance(piece, Blank) else text_width(piece, self.size))
            for piece in self.pieces
        )


def rows_of(run: Run, names: Mapping[Any, str], blank: Collection[str]) -> list[list[Row]]:
    """The rows of each operation, and of each use of the chain rule.

    Args:
        run: forward and backward.
        names: of all Values.
        blank: what is asked for.
    """
    writer = FormulaWriter(names)
    groups = []
    if blank == ("values",):
        groups = [[_forward(node, writer)] for node in run.order if node.op is not None]
    else:
        groups = [_backward(use, writer, blank) for use in run.steps]
    return groups


def _forward(node: Any, writer: FormulaWriter) -> Row:
    """`p = x·w = ____ = ____`."""
    name, formula = writer.names[node], writer.text(writer.value(node))
    left = name if name == formula else f"{name} = {formula}"
    numbers = Blank(PRODUCT, writer.numbers(node))
    return Row([f"{left} =", numbers, "=", Blank(NUMBER, number(node.data))])


def _backward(use: ChainStep, writer: FormulaWriter, blank: Collection[str]) -> list[Row]:
    """`x.grad += ∂p/∂x · p.grad`, and below it the same in numbers."""
    local = writer.local(use.node, use.operand)
    partial = number(use.partial)
    told, prefix = (
        writer.rule(use.node, use.operand),
        f"{writer.local(use.node, use.operand, True)} = ",
    )
    rule = told.removeprefix(prefix) if told.startswith(prefix) else partial
    formula: list[str | Blank] = [f"{local} =", Blank(FORMULA, rule)]
    if "gradients" not in blank:
        return [Row([*formula, "=", Blank(NUMBER, partial)])]
    goal, known = grad_of(writer.names[use.parent]), grad_of(writer.names[use.node])
    symbols = Row([f"{goal} += {local} · {known}"])
    result = Blank(NUMBER, number(use.contribution))
    gradient = Blank(NUMBER, bracketed(number(use.gradient)))
    given: list[str | Blank] = [f"= {partial}"]
    if "local derivatives" in blank:
        given = [*formula, "\u2003", Blank(NUMBER, partial)]
    rows = [symbols, Row([*given, "×", gradient, "=", result])]
    if use.before is not None:
        before, after = Blank(NUMBER, number(use.before)), Blank(NUMBER, number(use.after))
        change = Blank(NUMBER, bracketed(result.answer))
        rows.append(Row([say("added up:"), before, "+", change, "=", after]))
    return rows


def check(run: Run, names: Mapping[Any, str], blank: Collection[str]) -> list[Row]:
    """A check of one gradient: what does a small change of its leaf do?

    Three digits of two results do not tell their difference. So it is asked for with six.

    Args:
        run: forward and backward, on the numbers that are printed.
        names: of all Values.
        blank: what is asked for; the result is given unless the values are.
    """
    leaves = {x: x.data for x in run.order if x.op is None}
    sloping = [x for x in leaves if run.gradients[x] and math.isfinite(run.gradients[x])]
    if not sloping:
        return []
    root = run.order[-1]
    before = root.data
    moving = [x for x in sloping if abs(NUDGE * run.gradients[x]) > SEEN * abs(before)]
    leaf = moving[-1] if moving else max(sloping, key=lambda x: abs(run.gradients[x]))
    after = evaluated(run.order, {**leaves, leaf: leaves[leaf] + NUDGE})
    if not math.isfinite(before) or not math.isfinite(after):
        return []
    first, then = number(before, DIGITS), number(after, DIGITS)
    h, name = number(NUDGE), names[leaf]
    given: list[str | Blank] = [Blank(PRODUCT / 2, first)] if "values" in blank else [first]
    asked: list[str | Blank] = [
        say("Check, with six digits: {root} =", root=names[root]), *given,
        say("; with {leaf} larger by {h} it is", leaf=name, h=h), Blank(PRODUCT / 2, then),
    ]  # fmt: skip
    changed = Blank(FORMULA, number(printed(after, DIGITS) - printed(before, DIGITS)))
    foretold = Blank(FORMULA, number(NUDGE * run.gradients[leaf]))
    told = say("and {h} × {gradient} is", h=h, gradient=grad_of(name))
    return [Row(asked), Row([say("It changes by"), changed, told, foretold])]
