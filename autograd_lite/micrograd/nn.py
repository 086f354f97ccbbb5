"""micrograd's Neuron, Layer and MLP: its draws from `random`, its arithmetic, its `repr`.

`nn`, the package beside autograd_lite, has more: layers, losses, optimizers, `fit`. There a layer
gives a list for one output, too, and the bias is drawn like the weights.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from .engine import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Module:
    """Base of neurons, layers and nets."""

    def parameters(self) -> list[Value]:
        """The leaves to be trained, in order."""
        return []

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """b + w . x, and relu of it if `nonlin`.

    Args:
        nin: number of inputs. The weights are uniform in +-1, drawn from `random`; the bias is 0.
        nonlin: whether relu follows.

    >>> from autograd_lite.micrograd.nn import Neuron
    >>> neuron = Neuron(2, nonlin=False)
    >>> neuron.w[0].data, neuron.w[1].data = 0.5, -1.0
    >>> neuron([2.0, 3.0]).data
    -2.0
    """

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Any:
        """The output, one Value, for `nin` numbers or Values.

        Raises:
            ValueError: another number of inputs.
        """
        if len(x) != len(self.w):
            raise ValueError(f"{self!r} takes {len(self.w)} inputs, got {len(x)}")
        total: Any = self.b
        for weight, entry in zip(self.w, x):
            total = total + weight * entry
        return total.relu() if self.nonlin else total

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons that read the same `nin` inputs; `nonlin` as for `Neuron`."""

    def __init__(self, nin: int, nout: int, nonlin: bool = True) -> None:
        self.neurons = [Neuron(nin, nonlin) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        """A list of `nout` Values; for one neuron its Value alone."""
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """Layers one after another, all but the last with relu.

    Args:
        nin: number of inputs.
        nouts: the width of each layer, in a list; the last is the number of outputs.

    >>> import random
    >>> from autograd_lite.micrograd.nn import MLP
    >>> random.seed(1337)
    >>> model = MLP(2, [2, 1])
    >>> model
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]
    >>> print(f"{model([0.5, -0.25]):.6f}")
    -0.067611
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != last) for i in range(len(nouts))]

    def __call__(self, x: Sequence[Any]) -> Any:
        """What the last layer gives: a list of Values, or the Value of a single output."""
        output: Any = x
        for layer in self.layers:
            output = layer(output)
        return output

    def parameters(self) -> list[Value]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"
