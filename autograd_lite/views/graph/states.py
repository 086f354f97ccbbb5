"""Snapshots: the numbers of a graph at one moment, to compare it with itself later on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...chain_rule import topological_order
from ...primitive import describe, is_value
from ..formula.recorded import as_recorded
from .graph import Graph
from .roots import roots_of


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """The numbers of a graph, as `snapshot` took them; it holds no Value.

    Attributes:
        data, gradients: of each Value in topological order.
        operations: the names of their operations; "" for a leaf.
        operands: the places of the operands of each.
    """

    data: list[float]
    gradients: list[float]
    operations: list[str]
    operands: list[list[int]]

    def part(self, places: Sequence[int]) -> Snapshot:
        """The numbers at these places, in this order."""
        data, gradients = self.data, self.gradients
        return Snapshot([data[i] for i in places], [gradients[i] for i in places], [], [])

    def __repr__(self) -> str:
        return f"Snapshot({len(self.data):,} values)"


def snapshot(root: Any) -> Snapshot:
    """The numbers of the graph of `root`, for `draw(later, before=...)`.

    An optimiser changes leaves in place, so take it before the step.

    Args:
        root: a Value, a list of Values or a model, as for `draw`.

    Raises:
        TypeError: root is nothing that has a graph.

    >>> from autograd_lite import Value, snapshot
    >>> x = Value(3.0)
    >>> before = snapshot(x * x)
    >>> x.data = 4.0
    >>> before, before.data
    (Snapshot(2 values), [3.0, 9.0])
    """
    roots = roots_of(root)
    return _numbers(Graph(topological_order(*roots), roots))


def _numbers(graph: Graph) -> Snapshot:
    return Snapshot(
        [node.data for node in graph.order],
        graph.gradients if graph.has_gradients else [0.0] * len(graph),
        ["" if op is None else op.name for op in graph.ops],
        [graph.operands_of(i) for i in range(len(graph))],
    )


def earlier(graph: Graph, before: Any) -> Snapshot:
    """`before`, a Value or a snapshot, if its graph has the shape of this one.

    Raises:
        ValueError: it has not; says where the two differ.
        TypeError: before is neither.
    """
    if not isinstance(before, Snapshot):
        first = before[0] if isinstance(before, (list, tuple)) and before else before
        if not is_value(first):
            raise TypeError(
                f"before is a Value, or what snapshot(root) gave; got {describe(before)}"
            )
        before = snapshot(before)
    assert isinstance(before, Snapshot)
    now = _numbers(graph)
    wrong = "the graphs to compare must have one shape: "
    for i, (old, new) in enumerate(zip(before.operations, now.operations)):
        if old != new:
            raise ValueError(
                f"{wrong}place {i} holds {old or 'a leaf'} before and {new or 'a leaf'} now"
            )
        if before.operands[i] != now.operands[i]:
            raise ValueError(
                f"{wrong}the operands of {new} at place {i} are those at {before.operands[i]} "
                f"before and at {now.operands[i]} now"
            )
    if len(before.data) != len(now.data):
        raise ValueError(f"{wrong}it has {len(before.data):,} values before and {len(graph):,} now")
    return before


def was_changed(order: Sequence[Any]) -> bool:
    """Whether some leaf's data was changed after the graph was recorded.

    >>> from autograd_lite import Value, topological_order
    >>> x = Value(3.0)
    >>> order = topological_order(x * x)
    >>> x.data = 4.0
    >>> was_changed(order)
    True
    """
    return not all(as_recorded(node) for node in order if node.op is not None)
