"""nudge: what the result becomes when one leaf is changed a little.

The recorded graph is evaluated again with the changed leaf: the same operations on other numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...primitive import value_at

if TYPE_CHECKING:
    from ... import Value

SIZES = (1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001)


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


def evaluated(order: Sequence[Value], leaves: Mapping[Value, float]) -> float:
    """The last of `order` when the leaves have these numbers.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.stepper.nudge import evaluated
    >>> x = Value(3.0)
    >>> evaluated(topological_order(x * x), {x: 5.0})
    25.0
    """
    now = dict(leaves)
    for node in order:
        if node.op is not None:
            now[node] = _recomputed(node, now)
    return now.get(order[-1], order[-1]._data)


def _recomputed(node: Value, now: Mapping[Value, float]) -> float:
    """What `node` computes where some of its operands have other numbers now."""
    assert node.op is not None
    numbers = [x if isinstance(x, float) else now.get(x, x._data) for x in node.args]
    return value_at(node.op, numbers)
