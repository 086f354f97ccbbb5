"""Runs of backward: what is added to what, in which order.

They are recorded from the engine while it runs, not computed again: the watch that `chain_rule`
calls after each `+=` notes what it was told. Two more runs are wrong on purpose, with `=` for `+=`
and in a shuffled order, to see why both matter.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from ... import chain_rule
from ...modes import Mode

SHUFFLES, MOST_VISITS = 100, 200_000  # orders tried for one that goes wrong in few places


class ChainStep(NamedTuple):
    """One use of the chain rule: what a node passes back to one of its operands.

    Attributes:
        node: whose gradient is passed back.
        parent: the operand that it is passed to,
        operand: and its place among `node.parents`.
        partial: d node / d operand.
        gradient: d root / d node.
        before: the gradient of the operand until now; None if this is its first contribution.
        after: its gradient now.
        place: the number of the node on the way back from the root, from 1.
    """

    node: Any
    parent: Any
    operand: int
    partial: float
    gradient: float
    before: float | None
    after: float
    place: int

    @property
    def contribution(self) -> float:
        """What the operand gets: the local derivative times the gradient of the node."""
        return self.gradient * self.partial


@dataclass(slots=True)
class Run:
    """One run of backward.

    Attributes:
        root: the Value whose gradients are taken.
        order: all Values, operands before what is made of them.
        visits: the Values in the order in which they pass their gradients on.
        steps: what was added to what, in order.
        gradients: d root / d Value at the end.
        assigns: whether it has `=` where `+=` belongs.
    """

    root: Any
    order: list[Any]
    visits: list[Any]
    steps: list[ChainStep]
    gradients: dict[Any, float]
    assigns: bool = False

    def by_visit(self) -> Iterator[tuple[Any, list[ChainStep]]]:
        """Each Value that has operands, with its steps."""
        for _, group in groupby(self.steps, attrgetter("place")):
            steps = list(group)
            yield steps[0].node, steps


class _Recorder:
    """A watch that notes every `+=` of a backward run."""

    def __init__(self) -> None:
        self.steps: list[ChainStep] = []
        self._so_far: dict[Any, float] = {}

    def passed_back(
        self, node: Any, parent: Any, gradient: float, partial: float, total: float
    ) -> None:
        operand, place = 0, 1
        if self.steps:
            last = self.steps[-1]
            same_node = last.node is node
            operand, place = (last.operand + 1) * same_node, last.place + (not same_node)
        before = self._so_far.get(parent)
        self._so_far[parent] = total
        use = ChainStep(node, parent, operand, partial, gradient, before, total, place)
        self.steps.append(use)


def record(root: Any) -> Run:
    """The engine's own backward run from `root`; every `.grad` stays as it is.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.stepper.runs import record
    >>> x = Value(3.0)
    >>> [(step.before, step.after) for step in record(x * x).steps]
    [(None, 3.0), (3.0, 6.0)]
    """
    recorder = _Recorder()
    with Mode("watch", recorder):
        adjoints = chain_rule.number_adjoints(chain_rule.topological_order(root))
    order = list(adjoints)
    gradients = {node: 0.0 + total for node, total in adjoints.items()}  # no -0.0, as in `.grad`
    return Run(root, order, order[::-1], recorder.steps, gradients)


def with_assignment(right: Run) -> Run:
    """The run with `=` where `+=` belongs: the last use of a Value wins."""
    return _wrong(right, right.visits, assign=True)


def in_shuffled_order(right: Run) -> Run | None:
    """The run in an order that does not wait for all uses of a Value; None if none goes wrong.

    The root comes first, the others as a seeded shuffle puts them. Of some such orders it is the
    one that spoils the fewest leaves, which shows best where it goes wrong.
    """
    rest = [node for node in right.visits if node.parents and node is not right.root]
    spoilt: list[tuple[int, Run]] = []
    tries = min(SHUFFLES, 1 + MOST_VISITS // max(1, len(rest))) if len(rest) > 1 else 0
    for seed in range(tries):
        visits = rest[:]
        random.Random(seed).shuffle(visits)
        run = _wrong(right, [right.root, *visits])
        spoilt.append((len(wrong_leaves(right, run)), run))
    return min((pair for pair in spoilt if pair[0]), key=itemgetter(0), default=(0, None))[1]


def _wrong(right: Run, visits: list[Any], assign: bool = False) -> Run:
    """Backward as a beginner might write it."""
    gradients = {right.root: 1.0}
    steps = []
    for place, node in enumerate(visits, 1):
        gradient = gradients.get(node, 0.0)
        for operand, (parent, partial) in enumerate(zip(node.parents, node.partials)):
            before = gradients.get(parent)
            after = gradient * partial
            if before is not None and not assign:
                after += before
            gradients[parent] = after
            use = ChainStep(node, parent, operand, partial, gradient, before, after, place)
            steps.append(use)
    return Run(right.root, right.order, visits, steps, gradients, assign)


def same(a: float, b: float) -> bool:
    """Whether two gradients agree but for rounding."""
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (a != a and b != b)


def wrong_leaves(right: Run, wrong: Run) -> list[Any]:
    """The leaves whose gradients differ between two runs, beyond rounding."""
    return [
        leaf
        for leaf in right.order
        if leaf.op is None and not same(right.gradients[leaf], wrong.gradients.get(leaf, 0.0))
    ]
