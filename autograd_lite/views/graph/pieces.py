"""Pieces: a `dot` as products and a sum, a `sum` as additions, with their own numbers.

These pieces are no Values of the graph. What they show is exact: a product is that of the numbers
which the partial derivatives recorded, and the gradient of every term is that of the whole. What
only the operands tell has no number where these have changed since.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...primitives import mul
from ..formula.recorded import as_recorded
from ..rows import row_of
from ..text import number
from .graph import Graph


@dataclass(slots=True)
class Piece:
    """One operation of an unfolded Value.

    Attributes:
        key: of its card.
        operation: what it shows.
        data, gradient: its numbers; no data where it cannot be known any more.
        operands: the keys of what it takes, with the partial derivative with respect to each.
    """

    key: str
    operation: str
    data: float | None
    gradient: float
    operands: list[tuple[str, float]]


def pieces_of(graph: Graph, i: int) -> list[Piece]:
    """The pieces of the `dot` or `sum` at place i, in order; the last stands for the Value itself.

    >>> from autograd_lite import Value, dot, topological_order
    >>> from autograd_lite.views.graph.graph import Graph
    >>> from autograd_lite.views.graph.pieces import pieces_of
    >>> y = dot([Value(2.0), Value(3.0), Value(4.0)], [Value(5.0), 6.0, 1.0])
    >>> [(p.operation, p.data) for p in pieces_of(Graph(topological_order(y), [y]), 4)]
    [('×', 10.0), ('× 6', 18.0), ('Σ', 32.0)]
    """
    node = graph.order[i]
    if mul in row_of(node.op).unfolds:
        return _products(graph, i)
    known = as_recorded(node)
    pieces: list[Piece] = []
    total, before, gradient = 0.0, "", node.grad
    for x in node.args:
        total += x if type(x) is float else x.data
        key = f"v{i}p{len(pieces)}"
        sign = f"+ {number(x, 4)}" if type(x) is float else "+"
        operands = [(before, 1.0)] if before else []
        if type(x) is not float:
            operands.append((f"v{graph.place[x]}", 1.0))
        pieces.append(Piece(key, sign, total if known else None, gradient, operands))
        before = key
    if len(pieces) > 1 and len(pieces[0].operands) == 1 and type(node.args[0]) is not float:
        first = pieces.pop(0)  # 0 + x is x
        pieces[0].operands[0] = first.operands[0]
    last = pieces[-1]
    last.key, last.data = f"v{i}", node.data
    return pieces


def _products(graph: Graph, i: int) -> list[Piece]:
    node = graph.order[i]
    partials = iter(node.partials)
    recorded = [None if type(x) is float else next(partials) for x in node.args]
    known, n = as_recorded(node), len(node.args) // 2
    pieces: list[Piece] = []
    terms: list[tuple[str, float]] = []
    constant = 0.0
    for x, y, dx, dy in zip(node.args[:n], node.args[n:], recorded[:n], recorded[n:]):
        factors = [
            (f"v{graph.place[operand]}", partial)
            for operand, partial in ((x, dx), (y, dy))
            if partial is not None
        ]
        if not factors:
            constant += x * y
        elif len(factors) == 1 and factors[0][1] == 1.0:
            terms.append(factors[0])  # 1 × x is x
        else:
            key = f"v{i}p{len(pieces)}"
            if dx is not None and dy is not None:
                sign, data = "×", dx * dy  # the partial with respect to one factor is the other
            else:
                other, operand = (x, y) if type(x) is float else (y, x)
                sign = f"× {number(other, 4)}"
                data = other * operand.data if known else None
            pieces.append(Piece(key, sign, data, node.grad, factors))
            terms.append((key, 1.0))
    sign = "Σ" if not constant else f"Σ + {number(constant, 4)}"
    return [*pieces, Piece(f"v{i}", sign, node.data, node.grad, terms)]
