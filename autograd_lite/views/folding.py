"""Folding: a graph of any size as a few parts that a person can read."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..primitives import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .graph import Graph
    from .scene import Square

LEVELS = ("model", "layer", "neuron", "operation")


@dataclass(slots=True)
class Part:
    """A Value, several folded into one, or a piece of an unfolded one.

    Attributes:
        key: unique; "v12" for the Value at place 12, "g12" for a group whose first is there.
        places: of its Values, ascending.
        kind: "leaf", "value", "group" or "part".
        title, lines, squares, copies, copy_name, scope: as on its `Card`; title "" for one Value.
    """

    key: str
    places: list[int]
    kind: str
    title: str = ""
    lines: list[str] = field(default_factory=list)
    squares: list[Square] = field(default_factory=list)
    copies: int = 1
    copy_name: str = ""
    scope: str = ""


def fold(
    graph: Graph,
    level: str | int | None = None,
    max_cards: int = 150,
    unfold: Iterable[Any] | bool = (),
) -> list[Part]:
    """The parts of a graph, in an order in which operands come first."""
    check_level(level)
    return [single(graph, i) for i in range(len(graph))]


def check_level(level: Any) -> None:
    """A ValueError if there is no such level."""
    depth = isinstance(level, int) and not isinstance(level, bool) and level >= 1
    if level is not None and not depth and level not in LEVELS:
        raise ValueError(
            f'a level is "model", "layer", "neuron", "operation", a depth of scopes from 1, '
            f"or None to choose by size; got {describe(level)}"
        )


def single(graph: Graph, i: int) -> Part:
    """The part that is the Value at place i."""
    return Part(f"v{i}", [i], "leaf" if graph.ops[i] is None else "value")
