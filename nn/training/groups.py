"""Parameter groups: several optimisers that act as one, each on its own parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_lite.primitive import describe
from autograd_lite.states import load_together

from ..optim import Optimizer

__all__ = ["ParameterGroups"]


class ParameterGroups(Optimizer):
    """Optimisers side by side, as one: for parts of a model with rates or methods of their own.

    Its `lr` is that of the first; whoever sets it (a schedule) changes the others in proportion.

    Args:
        optimizers: two or more, of which no two have a parameter in common.

    Attributes:
        groups: the optimisers.
        parameters: of all of them, in order.

    Raises:
        ValueError: a parameter would be moved twice, or there is nothing to move.
        TypeError: something is no optimizer.

    >>> import nn
    >>> net = nn.MLP(2, [3, 2], seed=0)
    >>> body, head = (layer.parameters() for layer in net.layers)
    >>> optimizer = nn.ParameterGroups(nn.SGD(body, lr=0.1), nn.Adam(head, lr=0.01))
    >>> optimizer.lr = 0.05
    >>> optimizer.groups[1].lr
    0.005
    """

    def __init__(self, *optimizers: Optimizer) -> None:
        for optimizer in optimizers:
            if not isinstance(optimizer, Optimizer):
                raise TypeError(
                    "groups are optimizers, as nn.ParameterGroups(nn.SGD(a), nn.Adam(b)); got "
                    f"{describe(optimizer)}"
                )
        self.groups = optimizers
        self.parameters = [p for optimizer in optimizers for p in optimizer.parameters]
        self.initial_lr = None
        if not optimizers or len(set(self.parameters)) < len(self.parameters):
            raise ValueError("each parameter belongs to one group, and there is at least one group")

    @property
    def lr(self) -> float:
        return self.groups[0].lr

    @lr.setter
    def lr(self, rate: float) -> None:
        before = self.groups[0].lr
        for optimizer in self.groups:
            optimizer.lr = rate * (optimizer.lr / before) if before else rate

    @property
    def steps(self) -> int:  # type: ignore[override]
        """Those made by the first, as `lr` is its rate."""
        return self.groups[0].steps

    def step(self) -> None:
        """Move each parameter by its gradient."""
        for optimizer in self.groups:
            optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """The states of the groups, in order."""
        states = [optimizer.state_dict() for optimizer in self.groups]
        return {"optimizer": type(self).__name__, "initial_lr": self.initial_lr, "groups": states}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict()`.

        Raises:
            ValueError: it does not fit; nothing is changed.
        """
        name, groups = type(self).__name__, None
        if isinstance(state, Mapping) and state.get("optimizer") == name:
            groups = state.get("groups")
        if not isinstance(groups, list) or len(groups) != len(self.groups):
            raise ValueError(f"a state of {name} with {len(self.groups)} groups is wanted")
        load_together(self.groups, groups)
        self.initial_lr = state.get("initial_lr")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.groups))})"
