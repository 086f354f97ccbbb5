"""Computing: what a page needs to compute a graph again when a reader changes its leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ...chain_rule import number_adjoints
from ...javascript import NotInJavaScript, graph_program
from ...javascript.program import as_json
from ...lines import Guard, guards
from ..language import say
from .graph import Graph
from .states import was_changed


def gradients_of(graph: Graph) -> dict[Any, float] | None:
    """The gradient of each Value, if what a page computes will be what the graph shows; else None.

    That is not so where there are several results, gradients of more than one `backward`, leaves
    that were changed since the graph was computed, or nodes of an engine of one's own.
    """
    order = graph.order
    if len(graph.roots) != 1 or not all(hasattr(node, "_data") for node in order):
        return None
    if was_changed(order):
        return None
    gradients = {node: 0.0 + x for node, x in number_adjoints(order).items()}
    seen = zip(graph.gradients, gradients.values())
    if graph.has_gradients and not all(x == y or (x != x and y != y) for x, y in seen):
        return None
    return gradients


def computing(
    order: Sequence[Any], given: Mapping[tuple[int, int], int] = MappingProxyType({})
) -> dict[str, Any]:
    """The program of a graph, its guards and its recorded numbers, for `js/model.js`.

    Args:
        order: all Values, the root last.
        given: numbers that are inputs, as for `graph_program`.

    Raises:
        NotInJavaScript: it has custom primitives.
    """
    program, _ = graph_program(order, given)
    first = len(set(given.values()))
    count = first + len(order)
    numbers = [x for slot, x in program["constants"] if slot < first]
    return {
        "values": [*numbers, *(as_json(node._data) for node in order)],
        "guards": _guards(order, program),
        "program": {
            "rows": program["rows"],  # first, where a page looks for them
            "masked": program["masked"],
            "slots": program["slots"],
            "constants": [[slot, x] for slot, x in program["constants"] if slot >= count],
            "code": program["code"],
        },
    }


def why_python(error: NotInJavaScript) -> str:
    """Why a page cannot compute a graph with custom primitives."""
    return say("{names} is Python, which a page cannot run", names=", ".join(error.names))


def _guards(order: Sequence[Any], program: Mapping[str, Any]) -> list[list[Any]]:
    """The comparisons that steered the graph, as in its program; where each is, and its sign there.

    Of a line that compares several times it is said which time.
    """
    steered = guards(order)
    return [
        [*compared, _where(guard, steered), guard.sign]
        for compared, guard in zip(program["guards"], steered)
    ]


def _where(guard: Guard, steered: Sequence[Guard]) -> str:
    source = guard.source
    if source is None:
        return ""
    if guard.turn == 1 and sum(other.source is source for other in steered) == 1:
        return say("line {line}", line=source.number)
    n, line = guard.turn, source.number
    ending = 0 if n // 10 % 10 == 1 else n % 10
    if ending == 1:
        return say("line {line}, {n}st time", line=line, n=n)
    if ending == 2:
        return say("line {line}, {n}nd time", line=line, n=n)
    if ending == 3:
        return say("line {line}, {n}rd time", line=line, n=n)
    return say("line {line}, {n}th time", line=line, n=n)
