"""nudge: what the result becomes when one leaf is changed a little, beside what the gradient says.

The recorded graph is evaluated again with the changed leaf: the same operations on other numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...primitive import value_at
from ..language import say
from ..text import number

if TYPE_CHECKING:
    from ... import Value

SIZES = (1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001)
MOST_WORK = 300_000  # operations evaluated for all nudges of a graph together


class Nudge(NamedTuple):
    """One change of a leaf.

    Attributes:
        h: what is added to it.
        result: the root then.
        slope: the change of the root divided by h.
    """

    h: float
    result: float
    slope: float


def nudges(order: Sequence[Value], leaf: Value) -> list[Nudge]:
    """The last of `order` when `leaf` is changed by h and by -h, from large to small.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.stepper.nudge import nudges
    >>> x = Value(3.0)
    >>> [round(nudge.slope, 6) for nudge in nudges(topological_order(x**2), x)[:3]]
    [7.0, 6.1, 6.01]
    """
    before = order[-1]._data
    moved = {leaf}
    above = []  # the operations that depend on the leaf
    for node in order:
        if node.op is not None and any(parent in moved for parent in node.parents):
            moved.add(node)
            above.append(node)
    changes = []
    for h in [*SIZES, *(-h for h in SIZES)]:
        now = {leaf: leaf._data + h}
        for node in above:
            now[node] = _recomputed(node, now)
        result = now.get(order[-1], before)
        changes.append(Nudge(h, result, (result - before) / h))
    return changes


def compared(nudges: Sequence[Nudge], gradient: float) -> str:
    """What the changes of one leaf say of its gradient.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.stepper.nudge import compared, nudges
    >>> x = Value(0.0)
    >>> compared(nudges(topological_order(x.relu()), x), 0.0)
    'From above the change ÷ h is 1, from below 0: there is a kink here, and 0 is a choice.'
    """
    count = len(SIZES)
    slopes = [n.slope for n in nudges]
    if not all(map(math.isfinite, [*slopes[count - 2 : count], *slopes[-2:], gradient])):
        return say("Where a result or a gradient is nan or infinite, there is nothing to compare.")
    if all(math.isclose(slope, gradient, rel_tol=1e-6, abs_tol=1e-12) for slope in slopes):
        return say("The two are equal for each h: the result changes as a straight line does.")
    wide, narrow = (abs(slopes[at] - slopes[at + count]) for at in (count - 2, count - 1))
    if narrow > 0.5 * wide and narrow > 1e-4 * max(abs(slopes[count - 1]), abs(slopes[-1])):
        return say(
            "From above the change ÷ h is {above}, from below {below}: there is a kink here, and "
            "{gradient} is a choice.",
            above=number(slopes[count - 1], 6),
            below=number(slopes[-1], 6),
            gradient=number(gradient, 6),
        )
    return say(
        "The smaller h is, the closer the two come: the gradient is what is left when h goes to 0."
    )


def _recomputed(node: Value, now: Mapping[Value, float]) -> float:
    """What `node` computes where some of its operands have other numbers now."""
    assert node.op is not None
    numbers = [x if isinstance(x, float) else now.get(x, x._data) for x in node.args]
    return value_at(node.op, numbers)


def changed(order: Sequence[Value]) -> bool:
    """Whether some leaf's data was changed after the graph was recorded."""
    for node in order:
        if node.op is not None:
            now, then = _recomputed(node, {}), node._data
            if not (math.isclose(now, then, rel_tol=1e-9) or (now != now and then != then)):
                return True
    return False
