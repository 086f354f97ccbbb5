"""The chain rule, walked over the graph in topological order.

One loop does all of reverse mode: a node whose gradient is complete hands to each parent its
gradient times the local partial. The partials are the recorded floats, or, for derivatives of
higher order, what the rule of the row gives when it runs on Values.
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
        _kind(root, "a root")
    return order_since(0, roots)


def order_since(since: int, roots: Sequence[Value]) -> list[Value]:
    """The topological order above, in which the nodes made before the run `since` are leaves.

    `since` is what `_begin_run` gave when the run of a transform began: what was made before does
    not depend on the run's inputs, however much there is upstream of it. 0 is before all.
    """
    if native := roots and getattr(type(roots[0]), "_topological_order", None):
        return native(roots, since)  # type: ignore[no-any-return]
    order: list[Value] = []
    seen: set[Value] = set()
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


def _adjoints(
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


def number_adjoints(order: list[Value], seed: float = 1.0) -> dict[Value, float]:
    """`seed` times d last / d node as floats, for every node of a topological order."""
    return _adjoints(order, seed, operator.attrgetter("_partials"), -0.0)  # -0.0 + x is x


class _NoGradient:
    """A zero that leaves no trace in a graph."""

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __add__


def _value_adjoints(order: list[Value], xs: Sequence[Value]) -> dict[Value, Any]:
    """d last / d node as Values, for every node of `order` that depends on an x and matters."""
    moving = set(xs)
    for node in order:
        if not moving.isdisjoint(node.parents):
            moving.add(node)
    if order[-1] not in moving:
        return {}
    rules: Any = lambda node: [] if moving.isdisjoint(node.parents) else partials_on_values(node)
    trace = modes.trace()  # it holds both branches of a `where`, of which one is taken
    partials_of = rules if trace is None else trace.masked(order[-1], rules)
    adjoint = _adjoints([node for node in order if node in moving], 1.0, partials_of, NO_GRADIENT)
    return {node: total for node, total in adjoint.items() if total is not NO_GRADIENT}


NO_GRADIENT = _NoGradient()


def partials_on_values(node: Value) -> list[Any]:
    """The partials of `node` as Values: its rule, run on the node and its operands."""
    assert node.op is not None
    with modes.Mode("watch", None):  # a branch that `where` does not take is no anomaly
        partials = node.op.partials(node, *node.args)
        with modes.Mode("recording", True):
            fresh = node._apply(node.op, node.args)
    now, then = (fresh._data, *fresh._partials), (node._data, *node._partials)
    for number, recorded in zip(now, then):
        if number != recorded and (number == number or recorded == recorded):
            from . import refusals

            raise refusals.changed_below(node)
    return [p for p, x in zip(partials, node.args) if isinstance(x, type(node))]


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
    """`_adjoints` in floats, added to `.grad` at once.

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


def gradients(y: Value, xs: Any, create_graph: bool = False) -> Any:
    """d y / d x for each x in `xs`, leaving every `.grad` alone.

    Args:
        y: the Value to differentiate.
        xs: a sequence of Values, leaves or interior nodes; or one Value.
        create_graph: give Values that can be differentiated again, instead of floats.

    Returns:
        A list, one entry per x, or for a single x the entry itself. 0 where y does not depend on x.
        In a compiled function the numbers differ from call to call: there a Value that passes no
        gradient on stands for each float.

    Raises:
        TypeError: y or an x is not a Value.
        RuntimeError: with `create_graph`, a leaf's data changed after y was computed.

    >>> from autograd_lite import Value, gradients
    >>> x = Value(2.0)
    >>> slope = gradients(x**3, x, create_graph=True)
    >>> slope.data, gradients(slope, x)
    (12.0, 12.0)
    """
    kind = _kind(y, "y")
    nodes: list[Any] = [xs] if isinstance(xs, kind) else list(xs)
    for x in nodes:
        if not isinstance(x, kind):
            raise TypeError(f"an x of gradients is a Value of y's engine, got {describe(x)}")
    if not create_graph and modes.trace() is not None:
        return modes.trace().detached(gradients(y, xs, create_graph=True))
    result, _ = gradients_since(0, y, nodes, create_graph)
    return result[0] if isinstance(xs, kind) else result


def gradients_since(since: int, y: Value, xs: list[Value], graph: bool) -> tuple[list[Any], bool]:
    """`gradients` with respect to inputs of the run `since` (see `order_since`), as a graph or not.

    A graph holds the rules of the nodes between the xs and y alone. Also gives whether floats
    depend on nodes made before the run.
    """
    native = None if graph else getattr(y, "_gradients", None)
    if native and (found := native(xs, since)):
        return found  # type: ignore[no-any-return]
    order = order_since(since, [y])
    if graph:
        adjoint = _value_adjoints(order, xs)
        return [g if is_value(g := adjoint.get(x, 0.0)) else type(y)(g) for x in xs], False
    numbers = number_adjoints(order)
    return [numbers.get(x, 0.0) for x in xs], any(node._made < since for node in order)


def _kind(y: Any, name: str) -> type:
    """The class of `y` if it is a Value of either engine."""
    if not is_value(y):
        raise TypeError(f"{name} must be a Value, got {describe(y)}")
    return type(y)
