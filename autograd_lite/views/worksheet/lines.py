"""The lines below a worksheet's picture: words, and blanks with their answers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..formula.writer import FormulaWriter
from ..language import say
from ..stepper.notation import bracketed, grad_of
from ..stepper.nudge import nudges
from ..stepper.runs import ChainStep, Run
from ..text import number, text_width

SIZE = 13.5
NUMBER, FORMULA, PRODUCT = 46.0, 66.0, 150.0  # widths of blanks
NUDGE = 0.01


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


def check(run: Run, names: Mapping[Any, str]) -> list[Row]:
    """A check of one gradient: what does a small change of its leaf do?"""
    leaves = [x for x in run.order if x.op is None and math.isfinite(run.gradients[x])]
    leaf = next((x for x in reversed(leaves) if run.gradients[x]), None)
    if leaf is None or not math.isfinite(run.root.data):
        return []
    nudge = next(each for each in nudges(run.order, leaf) if each.h == NUDGE)
    name, root = names[leaf], names[run.root]
    asked = say(
        "Check: make {leaf} larger by {h} and compute {root} again. It changes by",
        leaf=name, h=number(NUDGE), root=root,
    )  # fmt: skip
    told = say("and {h} × {gradient} is", h=number(NUDGE), gradient=grad_of(name))
    changed = Blank(FORMULA, number(nudge.slope * nudge.h))
    foretold = Blank(FORMULA, number(NUDGE * run.gradients[leaf]))
    return [Row([asked, changed]), Row([told, foretold])]
