"""Kept: leaves whose gradient is not the sum of what the lines of a graph bring to them.

A leaf adds up the gradients of all its uses, in this graph and in others, and of all calls of
`backward`, until somebody sets it to 0.
"""

from __future__ import annotations

from .graph import Graph


def kept(graph: Graph) -> set[int]:
    """The places of those leaves; none before any backward.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.graph.graph import Graph
    >>> from autograd_lite.views.graph.kept import kept
    >>> x, w = Value(3.0), Value(-2.0)
    >>> y = w * x
    >>> y.backward()
    >>> w.grad = 0.0
    >>> [y.parents.index(w)] == list(kept(Graph(topological_order(y), [y])))
    True
    """
    if not graph.has_gradients:
        return set()
    leaves = set(graph.leaves).difference(graph.roots)
    sums, sizes = dict.fromkeys(leaves, 0.0), dict.fromkeys(leaves, 0.0)
    for i, user, partial in zip(graph.operands, graph.users, graph.partials):
        if i in leaves:
            brought = partial * graph.gradients[user]
            sums[i] += brought
            sizes[i] += abs(brought)
    # Rounding depends on the order of the terms; where a sum is nan or infinite nothing is greater.
    return {i for i in leaves if abs(graph.gradients[i] - sums[i]) > 1e-9 * sizes[i]}
