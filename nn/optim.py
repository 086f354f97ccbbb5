"""Optimisers: what to do with a gradient. Each is one formula for one parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_lite import sqrt
from autograd_lite.elementwise import Elementwise, zero_grad


class Optimizer:
    """Base of the optimisers: parameters, and the numbers kept for each of them.

    A subclass says how one parameter moves (`formula`), and what the constants of a step are
    (`constants`).

    Args:
        parameters: leaves, as from `model.parameters()`.

    Raises:
        ValueError: there are no parameters.
    """

    formula: Elementwise

    def __init__(self, parameters: Iterable[Any]) -> None:
        self.parameters = list(dict.fromkeys(parameters))  # each once
        if not self.parameters:
            raise ValueError(f"{type(self).__name__} was given no parameters")
        self.states = self.formula.new_states(len(self.parameters))
        self.steps = 0

    def constants(self) -> Sequence[float]:
        """The numbers of this step that are the same for all parameters."""
        return ()

    def step(self) -> None:
        """Move each parameter by its gradient."""
        self.steps += 1
        self.formula(self.parameters, self.states, self.constants())

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        zero_grad(self.parameters)


class SGD(Optimizer):
    """Stochastic gradient descent: velocity <- momentum * velocity + g, p <- p - lr * velocity.

    Args:
        parameters: as for `Optimizer`.
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

    @staticmethod
    def _formula(p: Any, g: Any, velocity: Any, lr: Any, momentum: Any) -> Any:
        velocity = momentum * velocity + g
        return p - lr * velocity, velocity

    formula = Elementwise(_formula, states=1, constants=2)

    def __init__(self, parameters: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0) -> None:
        _not_negative(lr=lr, momentum=momentum)
        super().__init__(parameters)
        self.lr = lr
        self.momentum = momentum

    def constants(self) -> Sequence[float]:
        return self.lr, self.momentum


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015): steps of the mean gradient over its root mean square.

    m <- m + (1 - beta1)(g - m), v <- beta2 v + (1 - beta2) g g,
    p <- p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), at step t from 1.

    Args:
        parameters: as for `Optimizer`.
        lr: learning rate.
        betas: how slowly the mean and the mean square forget.
        eps: added to the root, against division by 0.
        weight_decay: times p, added to the gradient.

    Raises:
        ValueError: no parameters, a negative number, or a beta that is not below 1.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x = Value(4.0)
    >>> optimizer = nn.Adam([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(f"{x:.6f}")
    3.500000
    """

    @staticmethod
    def _formula(
        p: Any, g: Any, m: Any, v: Any, decay: Any, forget1: Any, beta2: Any, forget2: Any,
        rate: Any, root: Any, eps: Any,
    ) -> Any:  # fmt: skip
        g = g + decay * p
        m = m + forget1 * (g - m)
        v = beta2 * v + forget2 * (g * g)
        return p - rate * (m / (sqrt(v) / root + eps)), m, v

    formula = Elementwise(_formula, states=2, constants=7)

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        _not_negative(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, weight_decay=weight_decay)
        if not max(betas) < 1.0:
            raise ValueError(f"betas are below 1, got {betas!r}")
        super().__init__(parameters)
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay

    def constants(self) -> Sequence[float]:
        beta1, beta2 = self.betas
        rate = self.lr / (1.0 - beta1**self.steps)
        root = (1.0 - beta2**self.steps) ** 0.5
        return self.weight_decay, 1.0 - beta1, beta2, 1.0 - beta2, rate, root, self.eps


def _not_negative(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number >= 0.0:
            raise ValueError(f"{name} is at least 0, got {number!r}")
