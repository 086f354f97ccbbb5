"""Parameter groups: several optimisers that act as one, each on its own parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.primitive import describe
from autograd_lite.states import load_together

from ..optim import Optimizer

__all__ = ["ParameterGroups"]


class ParameterGroups(Optimizer):
    """Optimisers side by side, as one: for parts of a model with rates or methods of their own.

    Its `lr` is that of the first whose rate is not 0; whoever sets it (a schedule) changes all in
    proportion. From 0 each comes back in the proportion that it had before.

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

    _rates: Sequence[float] = ()  # the proportions that `lr` was last set in; none in old pickles

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
        self._rates = self._proportions()
        if not optimizers or len(set(self.parameters)) < len(self.parameters):
            raise ValueError("each parameter belongs to one group, and there is at least one group")

    @property
    def lr(self) -> float:
        return _first([optimizer.lr for optimizer in self.groups])

    @lr.setter
    def lr(self, rate: float) -> None:
        self._rates = self._proportions()
        before = _first(self._rates)
        for optimizer, own in zip(self.groups, self._rates):
            optimizer.lr = rate * (own / before) if before else rate

    def _proportions(self) -> Sequence[float]:
        """The rates of the groups; where all are 0, the last ones that were not."""
        rates = [optimizer.lr for optimizer in self.groups]
        return rates if any(rates) else self._rates or rates

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
        return {
            "optimizer": type(self).__name__, "initial_lr": self.initial_lr, "groups": states,
            "rates": list(self._proportions()),
        }  # fmt: skip

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
        own = list(self._proportions())
        rates = state.get("rates", own)  # which earlier states have not
        numbers = rates if isinstance(rates, list) and len(rates) == len(own) else [math.nan]
        if not all(isinstance(x, (int, float)) and 0.0 <= x < math.inf for x in numbers):
            raise ValueError(f"rates are {len(own)} finite numbers from 0, got {rates!r}")
        load_together(self.groups, groups)
        self._rates = rates
        self.initial_lr = state.get("initial_lr")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.groups))})"


def _first(rates: Iterable[float]) -> float:
    """The first rate that is not 0, if there is one."""
    return next(filter(None, rates), 0.0)
