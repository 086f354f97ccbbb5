"""Net: what the picture of a net shows, as plain data; neither Values nor coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Hair:
    """A weight, between the disc it reads and the disc it adds to.

    Attributes:
        source: the number of the disc that it weighs; -1 for a bias.
        target: the number of the disc that sums.
        name: of the weight.
        weight: its number.
        product: what it adds to the sum: weight times the value of the source.
        carried: what it brings back to the source: weight times the gradient of the sum; None
            before any backward.
        share: what it adds to the gradient of the weight: the value of the source times the
            gradient of the sum.
        gradient: the gradient of the weight; None for a number of the program, and before.
        is_fixed: whether the weight is a number of the program; 1 for what is added as it is.
        place: of the weight in the graph; -1 for a number of the program.
        term: which of the terms of the sum it is, as the program adds them.
    """

    source: int
    target: int
    name: str
    weight: float
    product: float
    carried: float | None = None
    share: float | None = None
    gradient: float | None = None
    is_fixed: bool = False
    place: int = -1
    term: int = 0


@dataclass(slots=True)
class Disc:
    """An input, or a unit.

    Attributes:
        name: of what it gives.
        column: 0 for the inputs; else one more than the last that it reads.
        row: its place in the column.
        value: what it gives.
        gradient: of that; None before any backward, and for a number of the program.
        total: the weighted sum; None for an input.
        total_gradient: the gradient of the sum.
        activation: what is done to the sum, as a sign: "relu"; "" for nothing.
        slope: the derivative of the activation there; 1 for none.
        hairs: the numbers of the hairs that it sums, the largest product first.
        out: the numbers of the hairs that read it.
        scope: the path of the scope it was made in.
        is_constant: an input that is a number of the program, no Value.
        is_output: what no other unit reads.
        place: of what it gives in the graph; -1 for a number of the program.
        total_place: of the sum; -1 for an input.
        written: where a number of the program stands: places of nodes, and which argument of each.
    """

    name: str
    column: int
    row: int
    value: float
    gradient: float | None = None
    total: float | None = None
    total_gradient: float | None = None
    activation: str = ""
    slope: float = 1.0
    hairs: list[int] = field(default_factory=list)
    out: list[int] = field(default_factory=list)
    scope: str = ""
    is_constant: bool = False
    is_output: bool = False
    place: int = -1
    total_place: int = -1
    written: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_off(self) -> bool:
        """Whether the activation lets nothing back: its slope is 0."""
        return bool(self.activation) and self.slope == 0.0


@dataclass(slots=True)
class Loss:
    """What is computed of the outputs.

    Attributes:
        name: of the result.
        value: its number.
        steps: what leads to it, as signs or names of scopes: ["− 1", "x²"].
        operations: how many there are.
        leaves: the leaves that it reads beside the outputs, as a target: places and names.
    """

    name: str
    value: float
    steps: list[str]
    operations: int
    leaves: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Net:
    """All that a picture of a net shows.

    Attributes:
        discs: the inputs and the units, column by column.
        hairs: a weight each; also those of biases, which are not drawn.
        columns: the numbers of the discs of each column, from above.
        loss: what is computed of the outputs; None if they are the result.
        has_gradients: whether any backward has been there.
        root: the name of what the gradients are of; "" if that is not one Value.
        sample, samples: which one of how many is shown.
        scoped: whether every unit was made in a scope.
    """

    discs: list[Disc]
    hairs: list[Hair]
    columns: list[list[int]]
    loss: Loss | None
    has_gradients: bool
    root: str
    sample: int = 0
    samples: int = 1
    scoped: bool = False

    @property
    def drawn(self) -> list[int]:
        """The numbers of the hairs that are drawn: all but those of biases."""
        return [k for k, hair in enumerate(self.hairs) if hair.source >= 0]

    @property
    def weights(self) -> int:
        """How many hairs are weights that can be trained."""
        return sum(not self.hairs[k].is_fixed for k in self.drawn)

    @property
    def outputs(self) -> list[Disc]:
        """The units that no other reads."""
        return [disc for disc in self.discs if disc.is_output]

    @property
    def hidden(self) -> list[Disc]:
        """The units that another reads."""
        return [disc for disc in self.discs if disc.column and not disc.is_output]
