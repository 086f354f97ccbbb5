"""Where nan and infinity came into a graph: the Values that are the first to be one."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import NamedTuple

from ..language import say
from .graph import Graph


class Beginning(NamedTuple):
    """What begins at a Value: nan, ∞ or −∞, in its data or in its gradient."""

    what: str
    in_gradient: bool = False

    def said(self, inside: bool = False) -> str:
        """The words for a card; `inside` the group that it stands for."""
        if self.in_gradient:
            if inside:
                return say("gradient: {what} begins inside", what=self.what)
            return say("gradient: {what} begins here", what=self.what)
        if inside:
            return say("{what} begins inside", what=self.what)
        return say("{what} begins here", what=self.what)


def beginnings(graph: Graph) -> dict[int, Beginning]:
    """By place, what begins at a Value.

    Data begins to be nan (or infinite) where no operand is. A gradient begins to be so where no
    user is, neither by its gradient, from which this one came, nor by its data, from which the
    partial came. Of ∞ and −∞ each follows from the other; a nan that comes of them begins anew.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.graph.graph import Graph
    >>> from autograd_lite.views.graph.origins import beginnings
    >>> x = Value(-1.0)
    >>> y = x.log() + 1.0
    >>> beginnings(Graph(topological_order(y), [y]))
    {1: Beginning(what='nan', in_gradient=False)}
    """
    data = list(map(attrgetter("data"), graph.order))
    begins: dict[int, Beginning] = {}
    if not all(map(math.isfinite, data)):
        for i, x in enumerate(data):
            what = _odd(x)
            if what and not any(_alike(what, _odd(data[k])) for k in graph.operands_of(i)):
                begins[i] = Beginning(what)
    gradients = graph.gradients
    if graph.has_gradients and not all(map(math.isfinite, gradients)):
        came_in: dict[int, list[str]] = {}
        for i, user in zip(graph.operands, graph.users):
            came_in.setdefault(i, []).extend((_odd(gradients[user]), _odd(data[user])))
        for i, x in enumerate(gradients):
            what = _odd(x)
            known = came_in.get(i, [])
            if what and i not in begins and not any(_alike(what, one) for one in known):
                begins[i] = Beginning(what, in_gradient=True)
    return begins


def _odd(x: float) -> str:
    """What is unusual about a number; "" for a finite one."""
    return "" if math.isfinite(x) else "nan" if x != x else "∞" if x > 0.0 else "−∞"


def _alike(one: str, other: str) -> bool:
    """Whether both are nan, or both infinite."""
    return bool(other) and (one == "nan") == (other == "nan")
