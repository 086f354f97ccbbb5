"""Explain: one derivative, step by step as `backward` finds it, and as a sum over paths."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from ..formula.kinks import place_in_args
from ..formula.recorded import operands_changed
from ..formula.writer import FormulaWriter
from ..language import say, speaking, spoken, spoken_here
from ..latex import latex_number, latex_words
from ..program import line_of
from ..text import alone, equal, number, terminal_width
from .notation import (
    added,
    aligned,
    grad_of,
    latex_bracketed,
    latex_grad_of,
    product,
    stacked,
)
from .path_finder import PathFinder
from .paths import Paths, check_count, unreachable
from .runs import ChainStep

MOST_NAMED = 3  # nodes whose operands hold other numbers now


@dataclass(frozen=True)
class Explanation:
    """The derivative of `root` with respect to `x`: text when printed, formulas in a notebook.

    Attributes:
        x, root: the ends.
        gradient: d root / d x, to the last bit what `gradients(root, x)` gives.
        steps: all uses of the chain rule between them, in the order of `backward`.
        paths: the largest paths from x to root.
        names: what each Value is called.
        limit: how many steps are shown; None for all.
        digits: at most so many significant digits of each number shown.
        language: of its words.
    """

    x: Any
    root: Any
    gradient: float
    steps: list[ChainStep] = field(repr=False)
    paths: Paths = field(repr=False)
    names: Mapping[Any, str] = field(repr=False)
    limit: int | None = 40
    digits: int = 3
    language: str = field(default_factory=spoken_here, repr=False)

    def __repr__(self) -> str:
        return str(self)

    @spoken
    def __str__(self) -> str:
        x, root = self.names[self.x], self.names[self.root]
        goal, call = grad_of(x), f"{alone(root)}.backward()"
        if self.x is self.root:
            return say(
                "{goal} after {call}: {x} is the result itself, so {goal} = 1.",
                goal=goal, call=call, x=x,
            )  # fmt: skip
        head = say(
            "{goal} after {call}: how much does {root} change when {x} changes?",
            goal=goal, call=call, root=root, x=x,
        )  # fmt: skip
        lines = [head, ""]
        if not self.steps:
            return "\n".join([*lines, unreachable(self.x, self.root, x, root)])
        lines += [
            say(
                "Start at {root} with {seed} = 1 and go back towards {x}:",
                root=root,
                seed=grad_of(root),
                x=x,
            ),
            "",
            *self._step_lines(),
            "",
            equal(say("So {goal} = {gradient}.", goal=goal, gradient=self._number(self.gradient))),
        ]
        lines += filter(None, (self._note(), self._changed()))
        return "\n".join([*lines, "", str(self.paths)])

    # Steps as text --------------------------------------------------------------------------------

    def _step_lines(self) -> list[str]:
        blocks: list[list[tuple[str, str]]] = []
        width = len(str(self.steps[-1].place))
        for group in self._groups():
            if isinstance(group, str):
                blocks.append([("", ""), (f"{'':{width}}  {group}", ""), ("", "")])
                continue
            place = group[0].place
            made = line_of([group[0].node])
            block = [(f"{place:{width}}. {' = '.join(self._equation(group))}", made)]
            for step in group:
                left, right = self._step_texts(step)
                block.append((f"{'':{width}}  {left}", right))
                if step.before is not None:
                    block.append((f"{'':{width}}  {self._accumulation(step)}", ""))
            blocks.append(block)
        lines = [line for block in blocks for line in block]
        edge = max((terminal_width(left) for left, right in lines if right), default=0)
        return [
            f"{left}{' ' * (edge - terminal_width(left))}   {right}" if right else left
            for left, right in lines
        ]

    def _step_texts(self, step: ChainStep) -> tuple[str, str]:
        """The equation in numbers, and the formula of the local derivative."""
        goal, known = grad_of(self.names[step.parent]), grad_of(self.names[step.node])
        local = self._writer.local(step.node, step.operand)
        first, second = self._number(step.partial), self._number(step.gradient)
        left = product(goal, "+=", local, known, first, second)
        rule = self._writer.rule(step.node, step.operand)
        return equal(f"{left} {self._number(step.contribution)}"), f"({rule})" if rule else ""

    def _equation(self, group: list[ChainStep], latex: bool = False) -> list[str]:
        """What a node computes: its name, the formula, and that with repeated operands apart."""
        node, writer = group[0].node, self._writer
        places = [place_in_args(node, step.operand) for step in group]
        name, write = (writer.latex_name, writer.latex) if latex else (str, writer.text)
        formulas = [writer.value(node, places), writer.value(node, places, apart=True)]
        return list(dict.fromkeys([name(self.names[node]), *map(write, formulas)]))

    def _accumulation(self, step: ChainStep) -> str:
        """The sum of what was there and what comes: it stands under the equation."""
        assert step.before is not None
        indent = terminal_width(grad_of(self.names[step.parent]))
        before, change, after = map(self._number, (step.before, step.contribution, step.after))
        change = equal(f"{added(change)} = {after}")
        text = say("accumulates: {before} {change}", before=before, change=change)
        return f"{'':{indent}} {text}"

    def _groups(self) -> Iterator[list[ChainStep] | str]:
        """The steps of each node; a str where some are left out."""
        left_out = 0 if self.limit is None else max(len(self.steps) - self.limit, 0)
        cut = (len(self.steps) - left_out + 1) // 2 if left_out else len(self.steps)
        for _, group in groupby(self.steps[:cut], attrgetter("place")):
            yield list(group)
        if left_out:
            count = f"{left_out:,}"
            yield "⋮  " + say("{count} steps left out (steps=None shows all)", count=count)
            for _, group in groupby(self.steps[cut + left_out :], attrgetter("place")):
                yield list(group)

    def _note(self) -> str:
        """What to say if `x.grad` holds something else."""
        goal, grad = grad_of(self.names[self.x]), self.x.grad
        if grad in (0.0, self.gradient) or (grad != grad and self.gradient != self.gradient):
            return ""
        why = say("it belongs to another call of backward()")
        if self.x.op is None:
            why = say(
                "leaves add up the gradients of all calls of backward(); set .grad = 0.0 between "
                "them"
            )
        return say(
            "{goal} holds {now} now, not this {gradient}: {why}.",
            goal=goal, now=self._number(grad), gradient=self._number(self.gradient), why=why,
        )  # fmt: skip

    def _changed(self) -> str:
        """What to say if operands of the steps shown hold other numbers than those recorded."""
        shown = (group[0].node for group in self._groups() if not isinstance(group, str))
        names = [self.names[x] for x in shown if operands_changed(x)]
        if not names:
            return ""
        if len(names) == 1:
            return say(
                "{node} was computed from other numbers than its operands hold now; those here "
                "were recorded then.",
                node=names[0],
            )
        several = ", ".join([*names[:MOST_NAMED], *["…"] * (len(names) > MOST_NAMED)])
        return say(
            "{nodes} were computed from other numbers than their operands hold now; those here "
            "were recorded then.",
            nodes=several,
        )

    @functools.cached_property
    def _writer(self) -> FormulaWriter:
        return FormulaWriter(self.names)

    def _number(self, x: float) -> str:
        return number(x, self.digits)

    # LaTeX ----------------------------------------------------------------------------------------

    @property
    @spoken
    def latex(self) -> str:
        """The steps and the sum over paths in LaTeX, without dollar signs."""
        slope = latex_grad_of(self.names[self.x], self._writer.latex_name)
        if not self.steps:
            return equal(f"{slope} = {latex_number(self.gradient, self.digits)}")
        rows = []
        for group in self._groups():
            if isinstance(group, str):
                rows.append(rf"&\;\vdots \quad {latex_words(group[1:].strip())}")
                continue
            first, *others = self._equation(group, latex=True)
            rows.append(rf"{first} &" + "".join(f"= {other} " for other in others).rstrip())
            rows += [self._latex_step(step) for step in group]
        rows.append(equal(rf"{slope} &= {latex_number(self.gradient, self.digits)}"))
        return stacked([aligned(rows), r"\quad", self.paths.latex], "l")

    def _latex_step(self, step: ChainStep) -> str:
        writer = self._writer
        goal, known = (
            latex_grad_of(self.names[n], writer.latex_name) for n in (step.parent, step.node)
        )
        local = writer.latex_local(step.node, step.operand)
        first, second, change = (
            latex_number(n, self.digits) for n in (step.partial, step.gradient, step.contribution)
        )
        text = rf"\quad {goal} &\mathrel{{+}}= {local} \cdot {known} "
        text += rf"= {first} \cdot {latex_bracketed(second)} = {change}"
        if step.before is not None:
            before, after = (latex_number(n, self.digits) for n in (step.before, step.after))
            text += rf" \quad\Rightarrow\quad {before} {added(change)} = {after}"
        rule = writer.latex_rule(step.node, step.operand)
        return equal(text) + (f" && {rule}" if rule else "")

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/latex": self._repr_latex_(), "text/plain": str(self)}


def explain(
    x: Any,
    root: Any,
    *,
    steps: int | None = 40,
    top: int = 10,
    digits: int = 3,
    name_from: Any = None,
    language: str | None = None,
) -> Explanation:
    """The derivative of `root` with respect to `x`, by the chain rule and as a sum over paths.

    Only nodes that depend on x are visited, in the order of `backward`. Nothing is changed: the
    numbers are those recorded when root was computed, and no `.grad` is touched. Where an operand
    has changed since, as by an optimiser's step, a note says so, and nothing is said of kinks.

    Args:
        x: a Value, leaf or interior node.
        root: the Value that depends on it.
        steps: how many steps to show, the first and the last; None for all.
        top: how many paths to show.
        digits: at most so many significant digits of each number.
        name_from: what names Values without a label, as for `draw`. Values that share a label
            are told apart: w, w_2, w_3.
        language: of the words, "en" or "zh"; by default as `set_language` says.

    Returns:
        An `Explanation`: printed it is text, `.latex` are formulas, which a notebook shows;
        `.gradient`, `.steps` and `.paths` are the same as data.

    Raises:
        TypeError: x or root is no Value, or they are of two engines; steps, top or digits is no
            int.
        ValueError: steps or top is negative, or digits is below 1.

    >>> from autograd_lite import Value, explain
    >>> x, w = Value(2.0, label="x"), Value(-0.5, label="w")
    >>> z = x * w
    >>> y = z.tanh()
    >>> explain(w, y, name_from=locals())
    w.grad after y.backward(): how much does y change when w changes?
    ...
    1. y = tanh(z)
       z.grad += ∂y/∂z · y.grad = 0.42 × 1 = 0.42   (∂y/∂z = 1 − y²)
    2. z = x·w
       w.grad += ∂z/∂w · z.grad = 2 × 0.42 = 0.84   (∂z/∂w = x)
    So w.grad = 0.84.
    ...
    """
    if steps is not None:
        check_count("steps", steps)
    check_count("top", top)
    check_count("digits", digits, least=1)
    finder = PathFinder(x, root)
    names = finder.names(name_from)
    with speaking(language):
        paths = Paths(finder, top, names, digits)
        return Explanation(x, root, paths.total, list(_steps(finder)), paths, names, steps, digits)


def _steps(finder: PathFinder) -> Iterator[ChainStep]:
    """The steps from the root to x."""
    gradients: list[float | None] = [None] * len(finder.nodes)
    if gradients:
        gradients[-1] = 1.0
    for place, i in enumerate(reversed(range(1, len(finder.nodes))), start=1):
        gradient = gradients[i]
        assert gradient is not None
        for k, j, partial in finder.operands[i]:
            before, change = gradients[j], gradient * partial
            after = gradients[j] = change if before is None else before + change
            node, parent = finder.nodes[i], finder.nodes[j]
            yield ChainStep(node, parent, k, partial, gradient, before, after, place)
