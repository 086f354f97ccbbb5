"""Explain: one derivative, step by step as `backward` finds it, and as a sum over paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from ..text import columns, latex_name, latex_number, latex_words, names, number
from .formula import Formulas
from .path_finder import PathFinder
from .paths import (
    Paths,
    aligned,
    bracketed,
    check_count,
    latex_bracketed,
    latex_slope,
    stacked,
    unreachable,
)

ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True, slots=True)
class Step:
    """One use of the chain rule: what a node hands back to one of its operands.

    Attributes:
        node: whose gradient is complete.
        operand: the place among `node.parents` of the one that gets the contribution.
        partial: d node / d operand.
        gradient: d root / d node.
        contribution: partial times gradient.
        before: what was there already; None if nothing was.
        after: what is there now.
        place: the number of the node on the way back from the root, from 1.
    """

    node: Any
    operand: int
    partial: float
    gradient: float
    contribution: float
    before: float | None
    after: float
    place: int

    @property
    def parent(self) -> Any:
        """The operand itself."""
        return self.node.parents[self.operand]


@dataclass(frozen=True)
class Explanation:
    """The derivative of `root` by `x`; printed, it is the text, and a notebook shows the formulas.

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
    steps: list[Step] = field(repr=False)
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
            wanted = [_place_in_args(step) for step in group]
            formula = self._formulas.text(self._formulas.value(node, wanted))
            block = [(f"{place:{width}}. {self.names[node]} = {formula}", "")]
            for step in group:
                left, right = self._step_texts(step)
                block.append((f"{'':{width}}  {left}", right))
                if step.before is not None:
                    block.append((f"{'':{width}}  {self._accumulation(step)}", ""))
            blocks.append(block)
        lines = [line for block in blocks for line in block]
        edge = max((columns(left) for left, right in lines if right), default=0)
        return [
            f"{left}{' ' * (edge - columns(left))}   {right}" if right else left
            for left, right in lines
        ]

    def _step_texts(self, step: Step) -> tuple[str, str]:
        """The equation in numbers, and the formula of the local derivative."""
        root, node, parent = (self.names[n] for n in (self.root, step.node, step.parent))
        goal, local, known = f"∂{root}/∂{parent}", f"∂{node}/∂{parent}", f"∂{root}/∂{node}"
        first, second = self._number(step.partial), self._number(step.gradient)
        brought = self._number(step.contribution)
        sign = "=" if step.before is None else "+="
        if step.node is self.root:
            left = f"{goal} {sign} {brought}"
        else:
            left = f"{goal} {sign} {local} · {known} = {first} × {bracketed(second)} = {brought}"
        return left, self._rule_text(step, local)

    def _accumulation(self, step: Step) -> str:
        """The sum of what was there and what comes: it stands under the equation."""
        assert step.before is not None
        indent = columns(f"∂{self.names[self.root]}/∂{self.names[step.parent]} ")
        before, brought, after = map(self._number, (step.before, step.contribution, step.after))
        return f"{'':{indent}}accumulates: {before} {_added(brought)} = {after}"

    def _rule_text(self, step: Step, local: str) -> str:
        formula = self._formulas.partial(step.node, _place_in_args(step))
        if formula is None:
            return ""
        reasons = self._formulas.reasons(formula)
        text = (
            "" if isinstance(formula.tree, float) else f"{local} = {self._formulas.text(formula)}"
        )
        if not text and not reasons:
            return ""
        which = _which(step)
        parts = [text, f"for the {which} {self.names[step.parent]}" if text and which else ""]
        parts.append(f"since {reasons}" if reasons else "")
        return f"({', '.join(part for part in parts if part)})"

    def _groups(self) -> Iterator[list[Step] | str]:
        """The steps of each node; a str where some are left out."""
        shown, limit = self.steps, self.limit
        cut = None if limit is None or len(shown) <= limit else (limit + 1) // 2
        parts = [shown] if cut is None else [shown[:cut], shown[len(shown) - (limit or 0) + cut :]]
        for i, part in enumerate(parts):
            if i:
                left_out = len(shown) - (limit or 0)
                yield f"⋮  {left_out:,} steps left out (steps=None shows all)"
            for _, group in groupby(part, lambda step: step.place):
                yield list(group)

    def _note(self) -> str:
        """What to say if `x.grad` holds something else."""
        x, root, held = self.names[self.x], self.names[self.root], self.x.grad
        if (
            held == 0.0
            or held == self.gradient
            or (held != held and self.gradient != self.gradient)
        ):
            return ""
        why = (
            "leaves add up the gradients of all calls of backward(); set .grad = 0.0 between them"
            if self.x.op is None
            else "it belongs to another call of backward()"
        )
        return f"{x}.grad is {self._number(held)}, not ∂{root}/∂{x}: {why}."

    @property
    def _formulas(self) -> Formulas:
        return Formulas(self.names)

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
            formula = self._formulas.value(node, [_place_in_args(step) for step in group])
            rows.append(rf"{latex_name(self.names[node])} &= {self._formulas.latex(formula)}")
            rows += [self._latex_step(step) for step in group]
        rows.append(rf"{slope} &= {latex_number(self.gradient, self.digits)}")
        return stacked([aligned(rows), r"\quad", self.paths.latex], "l")

    def _latex_step(self, step: Step) -> str:
        root, node, parent = (self.names[n] for n in (self.root, step.node, step.parent))
        goal, local, known = (
            latex_slope(*pair) for pair in ((root, parent), (node, parent), (root, node))
        )
        first, second, brought = (
            latex_number(n, self.digits) for n in (step.partial, step.gradient, step.contribution)
        )
        sign = "=" if step.before is None else r"\mathrel{+}="
        if step.node is self.root:
            text = rf"\quad {goal} &{sign} {brought}"
        else:
            product = rf"{first} \cdot {latex_bracketed(second)}"
            text = rf"\quad {goal} &{sign} {local} \cdot {known} = {product} = {brought}"
        if step.before is not None:
            before, after = (latex_number(n, self.digits) for n in (step.before, step.after))
            added = f"- {brought[1:]}" if brought.startswith("-") else f"+ {brought}"
            text += rf" \quad\Rightarrow\quad {before} {added} = {after}"
        formula = self._formulas.partial(step.node, _place_in_args(step))
        if formula is None:
            return text
        reasons = self._formulas.latex_reasons(formula)
        if not isinstance(formula.tree, float):
            text += rf" && {local} = {self._formulas.latex(formula)}"
        elif reasons:
            text += " &&"
        return text + (rf" \text{{ since }} {reasons}" if reasons else "")

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/latex": self._repr_latex_(), "text/plain": str(self)}


def _place_in_args(step: Step) -> int:
    """The place among all operands, constants included."""
    places = [k for k, x in enumerate(step.node.args) if not isinstance(x, float)]
    return places[step.operand]


def _which(step: Step) -> str:
    """Which of several equal operands it is; "" if there is but one."""
    like = [k for k, parent in enumerate(step.node.parents) if parent is step.parent]
    if len(like) < 2:
        return ""
    n = like.index(step.operand) + 1
    return f"{n}{'th' if n % 100 // 10 == 1 else ENDINGS.get(n % 10, 'th')}"


def _added(text: str) -> str:
    return f"− {text[1:]}" if text.startswith("−") else f"+ {text}"


def explain(
    x: Any,
    root: Any,
    *,
    steps: int | None = 40,
    top: int = 10,
    digits: int = 3,
    name_from: Any = None,
) -> Explanation:
    """The derivative of `root` by `x`: each use of the chain rule, and the sum over all paths.

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
    called = names(finder.order if finder.nodes else [*finder.order, x], name_from, distinct=True)
    taken = list(_steps(finder))
    found = Paths(finder, x, root, top, called, digits)
    return Explanation(x, root, found.total, taken, found, called, steps, digits)


def _steps(finder: PathFinder) -> Iterator[Step]:
    """The steps from the root to x."""
    gradients: list[float | None] = [None] * len(finder.nodes)
    if gradients:
        gradients[-1] = 1.0
    for place, i in enumerate(reversed(range(1, len(finder.nodes))), start=1):
        gradient = gradients[i]
        assert gradient is not None
        for k, j, partial in finder.operands[i]:
            before, brought = gradients[j], gradient * partial
            after = gradients[j] = brought if before is None else before + brought
            yield Step(finder.nodes[i], k, partial, gradient, brought, before, after, place)
