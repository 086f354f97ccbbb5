"""Neuron, Layer, MLP: a weighted sum and an activation, side by side, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import autograd_lite
from autograd_lite import Primitive, dot
from autograd_lite.calls import in_one_step

from .activations import relu
from .init import generator, size
from .layers import affine, check
from .module import Module
from .pairing import listed

__all__ = ["MLP", "Layer", "Neuron"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_lite import Value

    from .init import Seed

    Activation = Callable[[Any], Any]


class Neuron(Module):
    """activation(w . x + b): one `dot` node and one activation; the bias weighs an input of 1.

    Args:
        nin: number of inputs.
        activation: a function of one Value; None for a linear neuron.
        seed: an int or a random.Random. Weights and bias are uniform in +-1/sqrt(nin).

    >>> import nn
    >>> neuron = nn.Neuron(2, activation=None, seed=0)
    >>> neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1.0, 0.25
    >>> neuron([2.0, 3.0]).data
    -1.75
    """

    def __init__(self, nin: int, activation: Activation | None = relu, seed: Seed = None) -> None:
        if isinstance(activation, type) or not (activation is None or callable(activation)):
            raise TypeError(
                "activation is a function of one Value, such as nn.relu, or None; "
                f"got {activation!r}"
            )
        rng = generator(seed)
        bound = 1.0 / size("nin", nin) ** 0.5
        self.w = [autograd_lite.Value(rng.uniform(-bound, bound), f"w{i}") for i in range(nin)]
        self.b = autograd_lite.Value(rng.uniform(-bound, bound), "b")
        self.activation = activation

    def forward(self, x: Sequence[Any]) -> Value:
        """The output, one Value, for `nin` numbers or Values."""
        check(self, x, len(self.w))
        z = dot([*self.w, self.b], [*x, 1.0])
        return z if self.activation is None else self.activation(z)

    def example_input(self) -> list[float]:
        return [0.0] * len(self.w)

    def extra_repr(self) -> str:
        return f"{len(self.w)}, activation={_name(self.activation)}"


class Layer(Module):
    """`nout` neurons that read the same `nin` inputs: activation(w x + b).

    Args:
        nin, nout: number of inputs and of neurons.
        activation, seed: as for `Neuron`.

    Attributes:
        w: the weights, one list of `nin` Values per neuron.
        b: the biases, one Value per neuron.

    >>> import nn
    >>> [type(y).__name__ for y in nn.Layer(3, 2)([1.0, 2.0, 3.0])]
    ['Value', 'Value']
    """

    def __init__(
        self, nin: int, nout: int, activation: Activation | None = relu, seed: Seed = None
    ) -> None:
        rng = generator(seed)
        neurons = [Neuron(nin, activation, rng) for _ in range(size("nout", nout))]
        self.w = [neuron.w for neuron in neurons]
        self.b = [neuron.b for neuron in neurons]
        self.activation = activation

    @in_one_step(weight="w", bias="b", activation="activation")
    def forward(self, x: Sequence[Any]) -> list[Value]:
        """A list of `nout` Values."""
        z, activation = affine(self, self.w, x, self.b), self.activation
        if activation is None:
            return z
        if isinstance(activation, Primitive):
            return activation.each(z)
        if isinstance(activation, Module):
            return list(activation(z))
        return [activation(entry) for entry in z]

    def example_input(self) -> list[float]:
        return [0.0] * len(self.w[0])

    def extra_repr(self) -> str:
        return f"{len(self.w[0])}, {len(self.w)}, activation={_name(self.activation)}"


class MLP(Module):
    """A multilayer perceptron: layers one after another, the last one linear.

    Args:
        nin: number of inputs.
        nouts: the width of each layer; the last is the number of outputs.
        activation: of every layer but the last.
        seed: as for `Neuron`.

    >>> import nn
    >>> net = nn.MLP(2, [16, 16, 1], seed=1)
    >>> len(net.parameters()), len(net([0.5, -0.5]))
    (337, 1)
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], activation: Activation | None = relu,
        seed: Seed = None,
    ) -> None:  # fmt: skip
        rng = generator(seed)
        widths = listed(nouts)
        if not isinstance(widths, list) or not widths:
            raise ValueError(f"nouts lists the width of each layer, as [16, 1]; got {nouts!r}")
        self.layers = [
            Layer(a, b, activation if i < len(widths) - 1 else None, rng)
            for i, (a, b) in enumerate(pairwise([nin, *widths]))
        ]

    def forward(self, x: Sequence[Any]) -> list[Value]:
        """A list of Values, one per output."""
        for layer in self.layers:
            x = layer(x)
        return list(x)


def _name(activation: Activation | None) -> str:
    return getattr(activation, "__name__", None) or repr(activation)
