"""Activations: the engine's primitives as functions, and as layers that apply them to a list."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_lite import elu, heaviside, leaky_relu, log_softmax, relu, sigmoid, softmax, tanh
from autograd_lite.primitive import Primitive, is_value
from autograd_lite.primitives import gelu as gelu_erf
from autograd_lite.primitives import gelu_tanh, silu, softplus

from .layers import check
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "ELU", "GELU", "LeakyReLU", "LogSoftmax", "ReLU", "SiLU", "Sigmoid", "Softmax", "Softplus",
    "Step", "Tanh", "elu", "gelu", "heaviside", "leaky_relu", "log_softmax", "relu", "sigmoid",
    "silu", "softmax", "softplus", "tanh",
]  # fmt: skip


def gelu(x: Any, approximate: str = "none") -> Any:
    """x times the normal distribution function at x: Hendrycks and Gimpel 2016.

    Args:
        x: a number or a Value.
        approximate: "none", or "tanh" for x * (1 + tanh(u)) / 2, u = sqrt(2/pi) (x + 0.044715 x^3).

    >>> import nn
    >>> print(f"{nn.gelu(1.0):.4f} {nn.gelu(1.0, approximate='tanh'):.4f}")
    0.8413 0.8412
    """
    return _gelu(approximate)(x)


def _gelu(approximate: str) -> Primitive:
    if approximate not in ("none", "tanh"):
        raise ValueError(f'approximate is "none" or "tanh", got {approximate!r}')
    return gelu_tanh if approximate == "tanh" else gelu_erf


class Activation(Module):
    """Base of the activations of each entry of a list (or of a single Value).

    A subclass names the primitive; what that takes beside x are the `options`.
    """

    function: Primitive
    options: tuple[float, ...] = ()

    def forward(self, x: Any) -> Any:
        """The activation of each entry of x."""
        if is_value(x) or isinstance(x, (int, float)):
            return self.function(x, *self.options)
        check(self, x)
        return self.function.each(x, *[[option] * len(x) for option in self.options])

    def extra_repr(self) -> str:
        named = zip(self.function.operands[1:], self.options)
        return ", ".join(f"{name}={option!r}" for name, option in named)


class Step(Activation):
    """1 where x > 0, else 0; `at_zero` where x is 0. Its derivative is 0 everywhere.

    >>> import nn
    >>> nn.Step()([-1.0, 0.0, 2.0])
    [0.0, 0.0, 1.0]
    """

    function = heaviside

    def __init__(self, at_zero: float = 0.0) -> None:
        self.options = (at_zero,)


class Sigmoid(Activation):
    """1 / (1 + exp(-x)) of each entry.

    >>> import nn
    >>> nn.Sigmoid()([0.0])
    [0.5]
    """

    function = sigmoid


class Tanh(Activation):
    """tanh(x) of each entry.

    >>> import nn
    >>> nn.Tanh()([0.0])
    [0.0]
    """

    function = tanh


class ReLU(Activation):
    """max(0, x) of each entry.

    >>> import nn
    >>> nn.ReLU()([-1.0, 2.0])
    [0.0, 2.0]
    """

    function = relu


class LeakyReLU(Activation):
    """x where x > 0, else negative_slope * x.

    >>> import nn
    >>> nn.LeakyReLU(0.1)([-1.0, 2.0])
    [-0.1, 2.0]
    """

    function = leaky_relu

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.options = (negative_slope,)


class ELU(Activation):
    """x where x > 0, else alpha * (exp(x) - 1).

    >>> import nn
    >>> nn.ELU()([0.0, 2.0])
    [0.0, 2.0]
    """

    function = elu

    def __init__(self, alpha: float = 1.0) -> None:
        self.options = (alpha,)


class GELU(Activation):
    """x times the normal distribution function at x; see `gelu`.

    >>> import nn
    >>> nn.GELU(approximate="tanh")([0.0])
    [0.0]
    """

    def __init__(self, approximate: str = "none") -> None:
        self.function = _gelu(approximate)
        self.approximate = approximate

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Activation):
    """x * sigmoid(x) of each entry.

    >>> import nn
    >>> nn.SiLU()([0.0])
    [0.0]
    """

    function = silu


class Softplus(Activation):
    """ln(1 + exp(x)) of each entry, exact for large x, too.

    >>> import nn
    >>> nn.Softplus()([1000.0])
    [1000.0]
    """

    function = softplus


class Softmax(Module):
    """exp(x) / (the sum of exp(x)): positive numbers that add up to 1.

    >>> import nn
    >>> nn.Softmax()([3.0, 3.0])
    [0.5, 0.5]
    """

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """As many as x has entries."""
        check(self, x)
        return softmax(x)


class LogSoftmax(Module):
    """x - ln(the sum of exp(x)): the logarithms of Softmax.

    >>> import nn
    >>> nn.LogSoftmax()([0.0, -40.0])
    [-4.248354255291589e-18, -40.0]
    """

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """As many as x has entries."""
        check(self, x)
        return log_softmax(x)
