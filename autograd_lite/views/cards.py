"""The Scene of a graph: a card for each of its parts, and the edges between them."""

from __future__ import annotations

from ..chain_rule import topological_order
from .folding import fold
from .graph import Graph
from .scene import Card, Edge, Scene
from .text import names, operation_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from .folding import Part


def build_scene(
    roots: Sequence[Any],
    *,
    level: str | int | None = None,
    unfold: Iterable[Any] | bool = (),
    max_cards: int = 150,
    highlight: Iterable[Any] = (),
    name_from: Mapping[str, Any] | None = None,
    before: Any = None,
) -> Scene:
    """All that a picture of the graph of `roots` shows.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.cards import build_scene
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> scene = build_scene([y])
    >>> [(card.name, card.operation, card.data, card.gradient) for card in scene.cards]
    [('x', '', 3.0, 6.0), ('v0', '×', 9.0, 1.0)]
    >>> [(edge.operand, edge.partial, edge.carried) for edge in scene.edges]
    [(0, 3.0, 3.0), (1, 3.0, 3.0)]
    """
    graph = Graph(topological_order(*roots), roots)
    parts = fold(graph, level, max_cards, unfold)
    named = names(graph.order, name_from)
    has_gradients = any(node.grad != 0.0 for node in graph.order)
    root = roots[0] if len(roots) == 1 and roots[0].grad == 1.0 else None
    return Scene(
        [_card(graph, part, named, has_gradients) for part in parts],
        _edges(graph, parts, has_gradients),
        root="" if root is None else named[root],
        has_gradients=has_gradients,
        total=len(graph),
    )


def _card(graph: Graph, part: Part, named: Mapping[Any, str], has_gradients: bool) -> Card:
    nodes = [graph.order[i] for i in part.places]
    node = nodes[0]
    return Card(
        part.key,
        named[node],
        "" if node.op is None else operation_text(node),
        node.data,
        node.grad if has_gradients else None,
        kind=part.kind,
        nodes=nodes,
    )


def _edges(graph: Graph, parts: Sequence[Part], has_gradients: bool) -> list[Edge]:
    edges = []
    for i, node in enumerate(graph.order):
        operands, partials = graph.operands_of(i), node.partials
        for k, (source, partial) in enumerate(zip(operands, partials)):
            carried = None
            if has_gradients:
                carried = node.grad if partial == 1.0 else node.grad * partial
            edges.append(Edge(f"v{source}", f"v{i}", k, len(operands), partial, carried))
    return edges
