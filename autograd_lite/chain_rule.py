"""The chain rule, walked over the graph in topological order.

One loop does all of reverse mode: a node whose gradient is complete hands to each parent its
gradient times the local partial. The partials are the recorded floats, or, for derivatives of
higher order (derivatives.py), what the rule of the row gives when it runs on Values.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

from . import modes
from .primitive import describe, is_value, real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Value


def topological_order(*roots: Value) -> list[Value]:
    """Every node that the roots depend on, parents before the nodes that use them.

    The order is that of a depth-first search that takes operands from left to right; it is the
    same in every run. No recursion, so any depth will do.

    >>> from autograd_lite import Value, topological_order
    >>> a = Value(1.0, label="a")
    >>> b = a + a
    >>> [node.label or node.op.label for node in topological_order(b * a)]
    ['a', '+', '×']
    """
    for root in roots:
        kind_of(root, "a root")
    return order_since(0, roots)


def order_since(since: int, roots: Sequence[Value], leaves: Sequence[Value] = ()) -> list[Value]:
    """The topological order above, in which the nodes made before the run `since` are leaves.

    `since` is what `_begin_run` gave when the run of a transform began: what was made before does
    not depend on the run's inputs, however much there is upstream of it. 0 is before all. `leaves`
    come first in the order, as leaves, whatever they are made of.
    """
    native = roots and getattr(type(roots[0]), "_topological_order", None)
    if native and not leaves:
        return native(roots, since)  # type: ignore[no-any-return]
    order: list[Value] = list(dict.fromkeys(leaves))
    seen: set[Value] = set(order)
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # all that the node below it depends on is in `order` by now
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if node.op is not None and not (since and node._made < since):
                stack.append(node)
                stack.append(None)
                stack.extend(node.parents[::-1])
            else:
                order.append(node)
    return order


def adjoints(
    order: list[Value], seed: Any, partials_of: Callable[[Value], Sequence[Any]], zero: Any
) -> dict[Value, Any]:
    """`seed` times d last / d node for every node of `order`; no gradient passes to others.

    `partials_of(node)` gives one partial for each parent, or none at all where nothing passes; it
    is called when the gradient of the node is complete. `zero + x` is x.
    """
    watch = modes.watch()
    adjoint: dict[Value, Any] = dict.fromkeys(order, zero)
    adjoint[order[-1]] = seed
    for node in reversed(order):
        gradient = adjoint[node]
        for parent, partial in zip(node.parents, partials_of(node)):
            if parent in adjoint:
                adjoint[parent] += gradient if partial == 1.0 else gradient * partial
                if watch is not None:
                    watch.passed_back(node, parent, gradient, partial, adjoint[parent])
    return adjoint


def number_adjoints(order: list[Value], seed: float = 1.0, since: int = 0) -> dict[Value, float]:
    """`seed` times d last / d node as floats, for every node of a topological order.

    Of `order_since(since, [last])`: what is a leaf there passes nothing on here.
    """
    partials_of: Any = operator.attrgetter("_partials")
    if since:
        partials_of = lambda node: node._partials if node._made >= since else ()
    return adjoints(order, seed, partials_of, -0.0)  # -0.0 + x is x


def backward(root: Value, gradient: Any = 1.0) -> None:
    """`root.backward(gradient)`; the native engine does it by itself unless it is watched."""
    if (native := getattr(root, "_run_backward", None)) and native(gradient):
        return
    order, seed = order_since(0, [root]), real(gradient)
    if modes.watch() is None and root.op is not None:
        _pass_back(order, seed)
    else:  # a watch may raise in the middle, and then no gradient is to have changed
        for node, total in number_adjoints(order, seed).items():
            node._grad = total if node.op else node._grad + total


def _pass_back(order: list[Value], seed: float) -> None:
    """What `number_adjoints` gives, added to `.grad` at once: no dict, and one pass less.

    A leaf may be in other graphs, too: what this graph gives it is summed up beside it.
    """
    leaves = {node: -0.0 for node in order if node.op is None}
    for node in order:
        if node.op is not None:
            node._grad = -0.0
    order[-1]._grad = seed
    for node in reversed(order):
        gradient = node._grad
        for parent, partial in zip(node.parents, node._partials):
            if parent.op is not None:
                parent._grad += gradient * partial
            else:
                leaves[parent] += gradient * partial
    for leaf, total in leaves.items():
        leaf._grad += total


def add_to_parents(node: Value) -> None:
    """`node._backward()`: add `node.grad` times its partial to the gradient of each parent.

    >>> from autograd_lite import Value
    >>> a, b = Value(2.0), Value(-3.0)
    >>> y = a * b
    >>> y.grad = 1.0
    >>> y._backward()
    >>> a.grad, b.grad
    (-3.0, 2.0)
    """
    for parent, partial in zip(node.parents, node.partials):
        parent.grad += node.grad * partial


def kind_of(y: Any, name: str) -> type:
    """The class of `y` if it is a Value of either engine."""
    if not is_value(y):
        raise TypeError(f"{name} must be a Value, got {describe(y)}")
    return type(y)
