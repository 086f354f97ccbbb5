"""Scene: what a picture shows, as plain data; neither Values nor coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Square:
    """A neuron on the card of a layer.

    Attributes:
        gradient: the mean gradient of its values; None if there is none.
        strength: from 0 to 1, its size beside the largest on the card.
        saturated: whether its activation passes next to nothing back.
        title: what a pointer reads.
    """

    gradient: float | None
    strength: float
    saturated: bool = False
    title: str = ""


@dataclass(slots=True)
class Card:
    """A Value, or a group of them folded into one.

    Attributes:
        key: unique in the scene; the same in every run.
        name: the label of the Value, or a short name; the title of a group.
        operation: what made it, as a sign: `×`, `tanh`, `**2`; "" for a leaf and for a group.
        data, gradient: the numbers; None for a group, and `gradient` before any backward.
        count: how many Values it stands for.
        kind: "leaf", "value", "group"; "part" for a piece of an unfolded `dot` or `sum`, which is
            no Value of the graph.
        copies: how many like it are stacked in it, as over a batch; 1 for none.
        copy_name: what they are: "samples", "calls".
        lines: more lines of text, for a group.
        squares: the neurons of a layer.
        before: data and gradient in an earlier state, where two are compared.
        nodes: the Values it stands for, in topological order.
        highlighted, dimmed: how it stands out from the rest.
        scope: the path of the scope it belongs to, as "MLP/layers.0".
        formula: what made it, in the names of its operands: `x × w`; "" for a leaf and for a group.
        unfinished: whether shares of its gradient are still to come.
        begins: "nan begins here", where a number first is nan or infinite; "" elsewhere.
        begins_backward: whether that number is the gradient, which is known later than the data.
        kept: whether its gradient, that of a leaf, is not the sum of what its lines bring.
        outside: whether it is around the group whose inside is shown.
    """

    key: str
    name: str
    operation: str = ""
    data: float | None = None
    gradient: float | None = None
    count: int = 1
    kind: str = "value"
    copies: int = 1
    copy_name: str = ""
    lines: list[str] = field(default_factory=list)
    squares: list[Square] = field(default_factory=list)
    before: tuple[float, float | None] | None = None
    nodes: list[Any] = field(default_factory=list)
    highlighted: bool = False
    dimmed: bool = False
    scope: str = ""
    formula: str = ""
    outside: bool = False
    begins: str = ""
    begins_backward: bool = False
    kept: bool = False
    unfinished: bool = False

    @property
    def sign(self) -> str:
        """The operation as it stands beside the name; "" where the name says it already."""
        said = self.formula and self.name.replace("·", " × ") == self.formula
        return "" if said else self.operation


@dataclass(slots=True)
class Edge:
    """An operand of a Value; or all that one group takes from another.

    Attributes:
        source, target: keys of cards; gradients flow from target to source.
        operand: the place among the operands of the target, from 0.
        operands: how many the target has.
        partial: d target / d source as this operand alone; None between groups.
        carried: the gradient it brings to the source: partial times the target's gradient. For
            several the size is their root mean square, and the sign that of their sum: whether the
            result rises where all of them do. None before any backward.
        count: how many operands it stands for.
        highlighted: whether a number goes forward along it.
    """

    source: str
    target: str
    operand: int = 0
    operands: int = 1
    partial: float | None = None
    carried: float | None = None
    count: int = 1
    highlighted: bool = False


@dataclass(slots=True)
class Scene:
    """All that a picture shows.

    Attributes:
        cards: in topological order, so that every edge runs forward in the list.
        edges: in the order of their targets and operands.
        root: the name of what the gradients are of; "" if there are several or none was taken.
        has_gradients: whether any backward has been there.
        total: how many Values the graph has.
        results: the names of the Values whose graph it is.
        title: the line above the picture; "" for none.
        inside: the title of the group whose inside it is; "" for the whole graph.
        products: whether the lines leave room for the products that a stepper writes on them.
    """

    cards: list[Card]
    edges: list[Edge]
    root: str = ""
    has_gradients: bool = False
    total: int = 0
    results: list[str] = field(default_factory=list)
    title: str = ""
    products: bool = False
    inside: str = ""
