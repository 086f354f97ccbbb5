"""Derivatives of what was recorded, apart from `.grad`: gradients, as floats or as graphs.

As a graph a gradient can be differentiated again. It is what the rules of the rows record when they
run on Values, chained like the floats of `backward`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from . import modes
from .chain_rule import adjoints, kind_of, number_adjoints, order_since
from .primitive import describe, is_value, real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Value


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
    kind = kind_of(y, "y")
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

    An x made before the run is a leaf of it, too: nothing passes on to its own parents. A graph
    holds the rules of the nodes between the xs and y alone. Also gives whether floats depend on
    nodes made before the run.
    """
    if not graph:
        rows, uses_outside = rows_since(since, [y], xs)
        return rows[0], uses_outside
    native = getattr(y, "_gradient_graph", None)
    if native and (found := native(xs, since)) is not None:
        return found, False
    inner = [node for node in order_since(since, [y]) if node._made >= since]
    return _slopes(y, xs, value_adjoints(inner, xs)), False


def gradients_up_to(y: Value, xs: Sequence[Value]) -> list[Value]:
    """d y / d x as Values, where nothing passes on from an x to what it is itself made of."""
    if y in set(xs):
        return [type(y)(float(x is y)) for x in xs]
    inner = order_since(0, [y], xs)[len(set(xs)) :]
    return _slopes(y, xs, value_adjoints(inner, xs))


def _slopes(y: Value, xs: Sequence[Value], adjoint: dict[Value, Any]) -> list[Value]:
    return [g if is_value(g := adjoint.get(x, 0.0)) else type(y)(g) for x in xs]


def rows_since(
    since: int, ys: Sequence[Value], xs: Sequence[Value]
) -> tuple[list[list[float]], bool]:
    """For each y its derivatives with respect to the xs, inputs of the run `since`.

    Also gives whether a y depends on nodes made before the run.
    """
    native = ys and getattr(type(ys[0]), "_gradients", None)
    if native and (found := native(ys, xs, since)) is not None:
        return found  # type: ignore[no-any-return]
    rows, uses_outside = [], False
    for y in ys:
        order = order_since(since, [y])
        numbers = number_adjoints(order, since=since)
        rows.append([numbers.get(x, 0.0) for x in xs])
        uses_outside = uses_outside or any(node._made < since for node in order)
    return rows, uses_outside


def rates_since(
    since: int, ys: Sequence[Value], xs: Sequence[Value], tangents: Sequence[Any]
) -> tuple[list[float], bool]:
    """How fast each y changes when each x does at the rate of its tangent (forward mode).

    Also gives whether a y depends on nodes made before the run `since`.
    """
    if native := ys and getattr(type(ys[0]), "_rates", None):
        return native(ys, xs, tangents, since)  # type: ignore[no-any-return]
    order = order_since(since, ys)
    rates: dict[Value, float] = {}
    for x, tangent in zip(xs, tangents):
        rates[x] = rates.get(x, 0.0) + real(tangent)
    for node in order:
        for parent, partial in zip(node.parents, node._partials):
            rate = rates.get(parent, 0.0)
            if rate != 0.0:  # else it does not move, however large the partial
                rates[node] = rates.get(node, 0.0) + rate * partial
    return [rates.get(y, 0.0) for y in ys], any(node._made < since for node in order)


# What they are taken with respect to --------------------------------------------------------------

_inputs: ContextVar[tuple[Any, ...]] = ContextVar("autograd_lite.derivatives.inputs", default=())


def inputs() -> tuple[Any, ...]:
    """The Values, no leaves, that derivatives will be taken with respect to; see `as_inputs`."""
    return _inputs.get()


@contextmanager
def as_inputs(values: Iterable[Any]) -> Iterator[None]:
    """Derivatives of what is computed meanwhile are taken with respect to these Values.

    A compiled function that reads one which is no leaf does not replay a tape, which knows leaves
    alone.
    """
    computed = [x for x in values if x.op is not None]
    token = _inputs.set((*computed, *_inputs.get()))
    try:
        yield
    finally:
        _inputs.reset(token)


# Derivatives as graphs ----------------------------------------------------------------------------


def value_rates(
    since: int, ys: Sequence[Value], xs: Sequence[Value], directions: Sequence[Sequence[Any]]
) -> list[list[Any]]:
    """For each direction `rates_since` as Values, which can be differentiated again.

    The rule of a node is run once for all directions, which are tangents for each x.
    """
    moving = [
        [t if is_value(t) or t != 0.0 else NO_GRADIENT for t in tangents] for tangents in directions
    ]
    trace, order = modes.trace(), order_since(since, ys)
    if trace is not None and trace.has_loops(order):
        slopes = [gradients_since(since, y, list(xs), True)[0] for y in ys]
        found = [[_rate(tangents, row, NO_GRADIENT) for row in slopes] for tangents in moving]
    else:
        none = [NO_GRADIENT] * len(directions)
        rates = _node_rates(order, xs, moving, none)
        found = [list(rate) for rate in zip(*[rates.get(y, none) for y in ys])]
    kind = type(ys[0])
    return [
        [rate if is_value(rate) else kind(0.0 if rate is NO_GRADIENT else rate) for rate in part]
        for part in found
    ]


def _node_rates(
    order: list[Value], xs: Sequence[Value], directions: list[list[Any]], none: list[Any]
) -> dict[Value, list[Any]]:
    """The rates of the nodes that move, for each direction; `none` are those of what does not."""
    rates: dict[Value, list[Any]] = {}
    for x, tangents in zip(xs, zip(*directions)):
        rates[x] = [before + t for before, t in zip(rates.get(x, none), tangents)]
    trace = modes.trace()
    for node in order:
        parts = [rates.get(parent, none) for parent in node.parents]
        if all(part is none for part in parts):
            continue
        own = rates.get(node, none)  # it may be an x itself
        pushed = None if trace is None else trace.pushed(node, parts)
        if pushed is None:
            partials = partials_on_values(node)
            rates[node] = [_rate(at, partials, start) for start, at in zip(own, zip(*parts))]
        else:
            rates[node] = [start + rate for start, rate in zip(own, pushed)]
    return rates


def _rate(rates: Sequence[Any], partials: Sequence[Any], total: Any) -> Any:
    """How fast a node changes, added to `total`; what does not move adds nothing."""
    for rate, partial in zip(rates, partials):
        if rate is not NO_GRADIENT:
            total = total + (rate if type(partial) is float and partial == 1.0 else rate * partial)
    return total


class _NoGradient:
    """A zero that leaves no trace in a graph."""

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        return self


def value_adjoints(order: list[Value], xs: Sequence[Value]) -> dict[Value, Any]:
    """d last / d node as Values, for every x, and each node of `order` that depends on one.

    An x that is not in `order` passes nothing on. What does not matter to the last is left out.
    """
    moving, ends = set(xs), set(xs).difference(order)
    for node in order:
        if not moving.isdisjoint(node.parents):
            moving.add(node)
    if not order or order[-1] not in moving:
        return {}

    def rules(node: Value) -> Sequence[Any]:
        skipped = node in ends or moving.isdisjoint(node.parents)
        return [] if skipped else partials_on_values(node)

    trace = modes.trace()  # it holds both branches of a `where`, of which one is taken
    partials_of = rules if trace is None else trace.masked(order[-1], rules)
    walked = [*ends, *[node for node in order if node in moving]]
    adjoint = adjoints(walked, 1.0, partials_of, NO_GRADIENT)
    return {node: total for node, total in adjoint.items() if total is not NO_GRADIENT}


NO_GRADIENT = _NoGradient()


def _on_values(node: Value) -> Sequence[Any]:
    """What the rule of a node gives on the node and its operands."""
    assert node.op is not None
    try:
        return node.op.partials(node, *node.args)  # type: ignore[no-any-return]
    except ArithmeticError:  # of floats: 1 / y for a constant y that is 0
        from .poles import Number

        constants = [Number(x) if type(x) is float else x for x in node.args]
        partials = node.op.partials(node, *constants)
        return [float(p) if type(p) is Number else p for p in partials]


def partials_on_values(node: Value) -> list[Any]:
    """The partials of `node` as Values: its rule, run on the node and its operands."""
    assert node.op is not None
    with modes.Mode("watch", None):  # a branch that `where` does not take is no anomaly
        partials = _on_values(node)
        with modes.Mode("recording", True):
            fresh = node._apply(node.op, node.args)
    check_unchanged(node, (fresh._data, *fresh._partials), (node._data, *node._partials))
    return [p for p, x in zip(partials, node.args) if isinstance(x, type(node))]


def check_unchanged(node: Value, now: Sequence[float], then: Sequence[float]) -> None:
    """Raise if numbers that `node` was recorded with are others now."""
    for number, recorded in zip(now, then):
        if number != recorded and (number == number or recorded == recorded):
            from . import refusals

            raise refusals.changed_below(node)
