"""A step becomes a body, and a loop a node of the trace; see loops.py."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from .. import modes
from ..chain_rule import order_since
from .errors import TraceError
from .loop_operations import AS_XS, Body, Loop, Part, data_of, recorded
from .simplify import INPUT, Graph
from .step_branches import on_every_branch


class Traced:
    """A loop in a trace: its node, the last state, the sequences of the ys."""

    def __init__(self, trace: Any, loop: Loop, operands: list[Any]) -> None:
        self.node = recorded(trace, loop, operands)
        several = {"last": loop.body.carried, "each": loop.body.ys}
        self.last, self.ys = (
            [recorded(trace, Part(loop, kind, j), [self.node]) for j in range(n)]
            for kind, n in several.items()
        )


def run_loop(
    trace: Any,
    step: Any,
    start: list[Any],
    columns: list[Any],
    count: Any,
    backwards: bool,
    every: int,
) -> Traced:
    """Trace the step, of lists of numbers, and record the loop.

    Args:
        columns: of the xs: nodes, and arrays for constants.
        count: how many steps; AS_XS if there are as many as xs.
    """
    fixed = [x if isinstance(x, array) else None for x in columns]
    data = [x if isinstance(x, array) else data_of(trace, x) for x in columns]
    at = -1 if backwards else 0
    first = [x[at] if x else 1.0 for x in data]
    plain = [not isinstance(x, trace.kind) or trace.is_plain(x) for x in (*start, *columns)]
    body, captured = traced(trace, step, plain, [data_of(trace, x) for x in start], first)
    own = [x for x in columns if not isinstance(x, array)]
    loop = Loop(body, fixed, backwards, every)
    return Traced(trace, loop, [count, *start, *own, *captured])


def traced(
    trace: Any, step: Any, plain: list[bool], *groups: list[float]
) -> tuple[Body, list[Any]]:
    """The body of a step, and the nodes that it captures.

    Args:
        step: takes a list of Values for each group of numbers, and gives two lists of Values and
            numbers: the next state, and the y.
        plain: of all these numbers, whether they are plain ones outside of a trace.

    Raises:
        TraceError: what is compared by `==` is a plain number before the first step alone.
    """
    kind = trace.kind
    since = kind._begin_run()
    inner = trace.inner()
    inputs = [[kind(x) for x in group] for group in groups]
    given = [x for group in inputs for x in group]
    inner.given = dict(zip(given, plain))
    with modes.Mode("recording", True), modes.Mode("watch", None), modes.Mode("trace", inner):
        state, y = on_every_branch(inner, step, inputs, since)
    if inner.compared:
        _check_compared(inner, given, state)
    results = [x if isinstance(x, kind) else float(x) for x in (*state, *y)]
    trace.data.update(inner.data)
    steered = [x for guard in inner.guards for x in guard.operands if isinstance(x, kind)]
    order = order_since(since, [*given, *[x for x in results if isinstance(x, kind)], *steered])
    inside = set(given)
    for node in order:
        if node._made >= since and not inside.isdisjoint(node.parents):
            inside.add(node)
    trace.guards += inner.guards  # which are decided by what comes from outside
    trace.lines += inner.lines
    inner.forget()  # its guards refer to it
    graph, place, captured = Graph(trace.reorder), {}, list[Any]()
    for x in given:
        place[x] = graph.add(INPUT, (), x._data)
        graph.inputs.append(place[x])

    def result(x: Any) -> int:
        if type(x) is float:
            return graph.constant(x)
        if x not in place:
            captured.append(x)
            place[x] = graph.add(INPUT, (), x._data)
            graph.inputs.append(place[x])
        return place[x]

    for node in order:
        if node in inside and node not in place:
            args = tuple([result(x) for x in node.args])
            place[node] = graph.add(node.op, args, node._data)
    graph.outputs = [result(x) for x in results]
    return Body(graph, len(state), len(given) - len(groups[0]), len(captured)), captured


def _check_compared(trace: Any, given: list[Any], state: list[Any]) -> None:
    """Raise if what was compared by `==` as a plain number is one before the first step alone."""
    now = [(x, y) for x, y in zip(given, state) if isinstance(y, trace.kind)]
    while changed := [x for x, y in now if trace.given[x] and not trace.is_plain(y)]:
        trace.becomes_values(changed)
    if not all(map(trace.is_plain, trace.compared)):
        raise TraceError(
            "the step of a loop compares a state by `==` that is a plain number before the first "
            "step and a Value from then on, for which `==` asks whether they are the same node: "
            "compare by `<` and `>`, or begin with a Value"
        )


def mapped(function: Callable[..., Any], sequences: list[Any]) -> Any:
    """The sequence of what a function gives for the entries of others."""

    def step(state: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
        return [], [function(*row)]

    return run_loop(modes.trace(), step, [], sequences, AS_XS, False, 1).ys[0]
