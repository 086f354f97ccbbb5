"""Explain: one derivative, step by step as `backward` finds it, and as a sum over paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from ..text import latex_name, latex_number, latex_words, number, terminal_width
from .formula import FormulaWriter, place_in_args
from .notation import added, aligned, latex_bracketed, latex_slope, product, stacked
from .path_finder import PathFinder
from .paths import Paths, check_count, unreachable
from .runs import ChainStep

ENDINGS = {1: "st", 2: "nd", 3: "rd"}


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
    """

    x: Any
    root: Any
    gradient: float
    steps: list[ChainStep] = field(repr=False)
    paths: Paths = field(repr=False)
    names: Mapping[Any, str] = field(repr=False)
    limit: int | None = 40
    digits: int = 3

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        x, root = self.names[self.x], self.names[self.root]
        lines = [f"∂{root}/∂{x}: how much does {root} change when {x} changes?", ""]
        if self.x is self.root:
            return "\n".join([*lines, f"{x} is {root} itself, so ∂{root}/∂{x} = 1."])
        if not self.steps:
            return "\n".join([*lines, unreachable(x, root)])
        lines += [
            f"Start at {root} with ∂{root}/∂{root} = 1 and go back towards {x}:",
            "",
            *self._step_lines(),
            "",
            f"So ∂{root}/∂{x} = {self._number(self.gradient)}.",
        ]
        note = self._note()
        lines += [note] if note else []
        return "\n".join([*lines, "", str(self.paths)])

    # Steps as text --------------------------------------------------------------------------------

    def _step_lines(self) -> list[str]:
        blocks: list[list[tuple[str, str]]] = []
        width = len(str(self.steps[-1].place))
        for group in self._groups():
            if isinstance(group, str):
                blocks.append([("", ""), (f"{'':{width}}  {group}", ""), ("", "")])
                continue
            node, place = group[0].node, group[0].place
            writer = self._writer
            formula = writer.text(writer.value(node, _places(group)))
            block = [(f"{place:{width}}. {self.names[node]} = {formula}", "")]
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
        root, node, parent = (self.names[n] for n in (self.root, step.node, step.parent))
        goal, local, known = f"∂{root}/∂{parent}", f"∂{node}/∂{parent}", f"∂{root}/∂{node}"
        first, second = self._number(step.partial), self._number(step.gradient)
        sign = "=" if step.before is None else "+="
        left = product(goal, sign, local, known, first, second)
        if step.node is self.root:
            left = f"{goal} {sign}"
        return f"{left} {self._number(step.contribution)}", self._rule_text(step)

    def _accumulation(self, step: ChainStep) -> str:
        """The sum of what was there and what comes: it stands under the equation."""
        assert step.before is not None
        indent = terminal_width(f"∂{self.names[self.root]}/∂{self.names[step.parent]} ")
        before, change, after = map(self._number, (step.before, step.contribution, step.after))
        return f"{'':{indent}}accumulates: {before} {added(change)} = {after}"

    def _rule_text(self, step: ChainStep) -> str:
        text, reasons = self._writer.rule(step.node, step.operand)
        which = _which(step)
        which = f"for the {which} {self.names[step.parent]}" if text and which else ""
        parts = [part for part in (text, which, reasons) if part]
        return f"({', '.join(parts)})" if parts else ""

    def _groups(self) -> Iterator[list[ChainStep] | str]:
        """The steps of each node; a str where some are left out."""
        left_out = 0 if self.limit is None else max(len(self.steps) - self.limit, 0)
        cut = (len(self.steps) - left_out + 1) // 2 if left_out else len(self.steps)
        for _, group in groupby(self.steps[:cut], attrgetter("place")):
            yield list(group)
        if left_out:
            yield f"⋮  {left_out:,} steps left out (steps=None shows all)"
            for _, group in groupby(self.steps[cut + left_out :], attrgetter("place")):
                yield list(group)

    def _note(self) -> str:
        """What to say if `x.grad` holds something else."""
        x, root, grad = self.names[self.x], self.names[self.root], self.x.grad
        if grad in (0.0, self.gradient) or (grad != grad and self.gradient != self.gradient):
            return ""
        why = (
            "leaves add up the gradients of all calls of backward(); set .grad = 0.0 between them"
            if self.x.op is None
            else "it belongs to another call of backward()"
        )
        return f"{x}.grad is {self._number(grad)}, not ∂{root}/∂{x}: {why}."

    @property
    def _writer(self) -> FormulaWriter:
        return FormulaWriter(self.names)

    def _number(self, x: float) -> str:
        return number(x, self.digits)

    # LaTeX ----------------------------------------------------------------------------------------

    @property
    def latex(self) -> str:
        """The steps and the sum over paths in LaTeX, without dollar signs."""
        x, root = self.names[self.x], self.names[self.root]
        slope = latex_slope(root, x)
        if not self.steps:
            return f"{slope} = {latex_number(self.gradient)}"
        rows = []
        for group in self._groups():
            if isinstance(group, str):
                rows.append(rf"&\;\vdots \quad {latex_words(group[1:].strip())}")
                continue
            node = group[0].node
            formula = self._writer.value(node, _places(group))
            rows.append(rf"{latex_name(self.names[node])} &= {self._writer.latex(formula)}")
            rows += [self._latex_step(step) for step in group]
        rows.append(rf"{slope} &= {latex_number(self.gradient, self.digits)}")
        return stacked([aligned(rows), r"\quad", self.paths.latex], "l")

    def _latex_step(self, step: ChainStep) -> str:
        root, node, parent = (self.names[n] for n in (self.root, step.node, step.parent))
        goal, local, known = (
            latex_slope(*pair) for pair in ((root, parent), (node, parent), (root, node))
        )
        first, second, change = (
            latex_number(n, self.digits) for n in (step.partial, step.gradient, step.contribution)
        )
        sign = "=" if step.before is None else r"\mathrel{+}="
        text = rf"\quad {goal} &{sign} "
        if step.node is not self.root:
            text += rf"{local} \cdot {known} = {first} \cdot {latex_bracketed(second)} = "
        text += change
        if step.before is not None:
            before, after = (latex_number(n, self.digits) for n in (step.before, step.after))
            text += rf" \quad\Rightarrow\quad {before} {added(change)} = {after}"
        formula = self._writer.partial(step.node, place_in_args(step.node, step.operand))
        if formula is None:
            return text
        reasons = self._writer.latex_reasons(formula)
        if not isinstance(formula.tree, float):
            text += rf" && {local} = {self._writer.latex(formula)}"
        elif reasons:
            text += " &&"
        return text + (rf" \text{{ since }} {reasons}" if reasons else "")

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/latex": self._repr_latex_(), "text/plain": str(self)}


def _places(steps: list[ChainStep]) -> list[int]:
    """Where the operands of the steps of one node stand among all of its operands."""
    return [place_in_args(step.node, step.operand) for step in steps]


def _which(step: ChainStep) -> str:
    """Which of several equal operands it is; "" if there is but one."""
    like = [k for k, parent in enumerate(step.node.parents) if parent is step.parent]
    if len(like) < 2:
        return ""
    n = like.index(step.operand) + 1
    return f"{n}{'th' if n % 100 // 10 == 1 else ENDINGS.get(n % 10, 'th')}"


def explain(
    x: Any,
    root: Any,
    *,
    steps: int | None = 40,
    top: int = 10,
    digits: int = 3,
    name_from: Any = None,
) -> Explanation:
    """The derivative of `root` with respect to `x`, by the chain rule and as a sum over paths.

    Only nodes that depend on x are visited, in the order of `backward`. Nothing is changed: the
    numbers are those recorded when root was computed, and no `.grad` is touched.

    Args:
        x: a Value, leaf or interior node.
        root: the Value that depends on it.
        steps: how many steps to show, the first and the last; None for all.
        top: how many paths to show.
        digits: at most so many significant digits of each number.
        name_from: variables that name Values without a label, as `locals()` gives them; or a
            module, whose parameters then have the names of their paths. Values that share a label
            are told apart: w, w_2, w_3.

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
    ∂y/∂w: how much does y change when w changes?
    ...
    1. y = tanh(z)
       ∂y/∂z = 0.42                              (∂y/∂z = 1 − y²)
    2. z = x · w
       ∂y/∂w = ∂z/∂w · ∂y/∂z = 2 × 0.42 = 0.84   (∂z/∂w = x)
    So ∂y/∂w = 0.84.
    ...
    """
    if steps is not None:
        check_count("steps", steps)
    check_count("top", top)
    check_count("digits", digits, least=1)
    finder = PathFinder(x, root)
    names = finder.names(name_from)
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
            yield ChainStep(finder.nodes[i], k, partial, gradient, before, after, place)
