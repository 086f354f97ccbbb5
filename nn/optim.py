"""Optimisers: what to do with a gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class SGD:
    """Stochastic gradient descent: p <- p - lr * velocity.

    The velocity is the gradient, or with momentum m: velocity <- m * velocity + gradient.

    Args:
        parameters: Values, as from `model.parameters()`.
        lr: learning rate.
        momentum: 0.0 for none.

    Raises:
        ValueError: no parameters, or a negative lr or momentum.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x = Value(4.0)
    >>> optimizer = nn.SGD([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    2.0
    """

    def __init__(self, parameters: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("SGD was given no parameters")
        if not lr >= 0.0 or not momentum >= 0.0:
            raise ValueError(f"lr and momentum are at least 0, got {lr!r} and {momentum!r}")
        self.lr = lr
        self.momentum = momentum
        self._velocities = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Move each parameter against its gradient."""
        for i, p in enumerate(self.parameters):
            velocity = self._velocities[i] = self.momentum * self._velocities[i] + p.grad
            p.data -= self.lr * velocity

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for p in self.parameters:
            p.grad = 0.0
