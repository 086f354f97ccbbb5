"""Activations: the engine's primitives as functions, and as layers that apply them to a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite import relu, sigmoid, softmax, softplus, tanh

from .module import Module

__all__ = ["ReLU", "Sigmoid", "Softplus", "Tanh", "relu", "sigmoid", "softmax", "softplus", "tanh"]


class _Elementwise(Module):
    function: Callable[[Any], Any]

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """The activation of each entry of x."""
        return [type(self).function(entry) for entry in x]

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ReLU(_Elementwise):
    """max(0, x) of each entry."""

    function = relu


class Sigmoid(_Elementwise):
    """1 / (1 + exp(-x)) of each entry."""

    function = sigmoid


class Softplus(_Elementwise):
    """ln(1 + exp(x)) of each entry."""

    function = softplus


class Tanh(_Elementwise):
    """tanh(x) of each entry."""

    function = tanh
