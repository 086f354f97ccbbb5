"""Parts: what stands on one card each, of groups of Values or of pieces of one."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from .graph import Graph
from .groups import Group, sum_of, topological
from .pieces import Piece, pieces_of
from .summary import titles


@dataclass(slots=True)
class Part:
    """A Value, several folded into one, or a piece of an unfolded one.

    Attributes:
        key: unique: "v12" for the Value at place 12, "g12" for a group whose first is there,
            "v12p3" for a piece of the Value at place 12.
        kind: "leaf", "value", "group", "part", or "outside" in an inner picture.
        places: of its Values with the leaves that it alone uses, ascending; none for a piece.
        group: what it was made of.
        title: of a group; "" for one Value.
        piece: what an unfolded Value and its pieces show and take in place of their own.
    """

    key: str
    kind: str
    places: list[int]
    group: Group
    title: str = ""
    piece: Piece | None = None

    @property
    def is_outside(self) -> bool:
        """Whether it is around an inner picture, and shown there only for what it gives."""
        return self.kind == "outside" or self.group.role == "outside"


def parts_of(graph: Graph, groups: Sequence[Group], unfolded: Set[int] = frozenset()) -> list[Part]:
    """The groups as parts, operands first."""
    named = titles(graph, groups)
    order, _ = topological(graph, [sum_of(group.copies) for group in groups])
    assert len(order) == len(groups), "the groups form a cycle"
    parts = []
    for k in order:
        group = groups[k]
        if not is_single(group):
            places = sorted([*sum_of(group.copies), *group.leaves])
            parts.append(Part(f"g{group.first}", "group", places, group, named[k]))
            continue
        i = group.copies[0][0]
        piece = None
        if i in unfolded:
            *pieces, piece = pieces_of(graph, i)
            parts += [Part(p.key, "part", [], group, piece=p) for p in pieces]
        kind = "outside" if i < graph.outside else "leaf" if graph.ops[i] is None else "value"
        parts.append(Part(f"v{i}", kind, [i], group, piece=piece))
    return parts


def is_single(group: Group) -> bool:
    """Whether it is one Value."""
    return len(group.copies) == 1 and len(group.copies[0]) == 1 and not group.leaves
