"""Normalisation: a vector brought to a size that does not depend on the layers before."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from autograd_lite import dot, sqrt
from autograd_lite import sum as total

from . import init
from .module import Module
from .sizes import check, size


class LayerNorm(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias: Ba, Kiros and Hinton 2016.

    The variance is the mean of (x - mean)^2 over the entries.

    Args:
        normalized_shape: number of entries.
        eps: added to the variance, against division by 0.
        elementwise_affine: False for neither weight nor bias.
        bias: False for no bias.

    Attributes:
        weight, bias: a Value for each entry, at first 1 and 0; or None.

    >>> import nn
    >>> [f"{y.data:.4f}" for y in nn.LayerNorm(2)([1.0, 3.0])]
    ['-1.0000', '1.0000']
    """

    def __init__(
        self,
        normalized_shape: int,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        self.normalized_shape = size("normalized_shape", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        affine = elementwise_affine
        self.weight = init.ones_(init.values(normalized_shape)) if affine else None
        self.bias = init.values(normalized_shape) if affine and bias else None

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """As many as x has entries."""
        check(self, x, self.normalized_shape)
        mean = total(x) / len(x)
        centered = [entry - mean for entry in x]
        scale = 1.0 / sqrt(dot(centered, centered) / len(x) + self.eps)
        y = [entry * scale for entry in centered]
        if self.weight is not None:
            y = [entry * w for entry, w in zip(y, self.weight)]
        if self.bias is not None:
            y = [entry + b for entry, b in zip(y, self.bias)]
        return y

    def example_input(self) -> list[float]:
        return [0.0] * self.normalized_shape

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class RMSNorm(Module):
    """x / sqrt(mean of x^2 + eps) * weight: Zhang and Sennrich 2019.

    Args:
        normalized_shape: number of entries.
        eps: added to the mean of squares; None for the float's own, 2.2e-16.
        elementwise_affine: False for no weight.

    Attributes:
        weight: a Value for each entry, at first 1; or None.

    >>> import nn
    >>> [f"{y.data:.4f}" for y in nn.RMSNorm(2)([1.0, 7.0])]
    ['0.2000', '1.4000']
    """

    def __init__(
        self, normalized_shape: int, eps: float | None = None, elementwise_affine: bool = True
    ) -> None:
        self.normalized_shape = size("normalized_shape", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = init.ones_(init.values(normalized_shape)) if elementwise_affine else None

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """As many as x has entries."""
        check(self, x, self.normalized_shape)
        eps = sys.float_info.epsilon if self.eps is None else self.eps
        scale = 1.0 / sqrt(dot(x, x) / len(x) + eps)
        y = [entry * scale for entry in x]
        return y if self.weight is None else [entry * w for entry, w in zip(y, self.weight)]

    def example_input(self) -> list[float]:
        return [0.0] * self.normalized_shape

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
