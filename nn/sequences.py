"""Sequences: recurrent nets, attention, and the norms that keep deep stacks of layers in range."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd_lite import dot, matvec, relu, scan, sigmoid, softmax, sqrt, tanh
from autograd_lite import sum as total
from autograd_lite.anomaly import warn
from autograd_lite.primitive import describe
from autograd_lite.primitives import add, mul, sub

from . import init
from .init import size
from .layers import Linear, affine, check
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .init import Seed

__all__ = [
    "CausalSelfAttention", "GRU", "GRUCell", "LSTM", "LSTMCell", "LayerNorm", "RMSNorm", "RNN",
    "RNNCell", "attend",
]  # fmt: skip

# Recurrent nets: a cell that reads a sequence step by step and keeps a state ----------------------

NONLINEARITIES = {"tanh": tanh, "relu": relu}


class Cell(Module):
    """Base of the cells: weights for the input and for the hidden state, in `gates` blocks.

    Attributes:
        weight_ih: gates * hidden_size rows of input_size Values.
        weight_hh: gates * hidden_size rows of hidden_size Values.
        bias_ih, bias_hh: gates * hidden_size Values each; or None.
    """

    gates = 1

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, seed: Seed = None
    ) -> None:
        self.input_size = size("input_size", input_size)
        self.hidden_size = size("hidden_size", hidden_size)
        rows, rng = self.gates * self.hidden_size, init.generator(seed)
        bound = 1.0 / self.hidden_size**0.5
        self.weight_ih = init.uniform_(init.values(rows, input_size), -bound, bound, rng)
        self.weight_hh = init.uniform_(init.values(rows, hidden_size), -bound, bound, rng)
        self.bias_ih = init.uniform_(init.values(rows), -bound, bound, rng) if bias else None
        self.bias_hh = init.uniform_(init.values(rows), -bound, bound, rng) if bias else None

    def blocks(self, x: Sequence[Any], hidden: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """weight_ih x + bias_ih and weight_hh hidden + bias_hh, each in its blocks."""
        what, n = "number in the hidden state", self.hidden_size
        from_input = affine(self, self.weight_ih, x, self.bias_ih)
        from_hidden = affine(self, self.weight_hh, hidden, self.bias_hh, what)
        starts = range(0, len(from_input), n)
        return [from_input[k : k + n] for k in starts], [from_hidden[k : k + n] for k in starts]

    def zeros(self) -> list[float]:
        """The hidden numbers before the first step."""
        return [0.0] * self.hidden_size

    def start(self) -> Any:
        """The state before the first step."""
        return self.zeros()

    def example_input(self) -> list[float]:
        return [0.0] * self.input_size

    def extra_repr(self) -> str:
        bias = "" if self.bias_ih is not None else ", bias=False"
        return f"{self.input_size}, {self.hidden_size}{bias}"


class RNNCell(Cell):
    """h' = tanh(weight_ih x + bias_ih + weight_hh h + bias_hh): Elman 1990.

    Args:
        input_size, hidden_size: numbers of a step's input and of the hidden state.
        bias: False for none.
        nonlinearity: "tanh" or "relu".
        seed: an int or a random.Random. All are uniform in +-1/sqrt(hidden_size).

    >>> import nn
    >>> cell = nn.RNNCell(1, 1)
    >>> _ = nn.init.ones_(cell.weight_ih), nn.init.zeros_([cell.bias_ih, cell.bias_hh])
    >>> print(f"{cell([0.5])[0]:.4f}")  # tanh(0.5); the hidden state is 0 at first
    0.4621
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
        seed: Seed = None,
    ) -> None:  # fmt: skip
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f'nonlinearity is "tanh" or "relu", got {nonlinearity!r}')
        super().__init__(input_size, hidden_size, bias, seed)
        self.nonlinearity = nonlinearity

    def forward(self, x: Sequence[Any], hidden: Sequence[Any] | None = None) -> list[Any]:
        """The next hidden state, a list of `hidden_size` Values."""
        (i,), (h,) = self.blocks(x, self.zeros() if hidden is None else hidden)
        return NONLINEARITIES[self.nonlinearity].each(add.each(i, h))


class GRUCell(Cell):
    """Gated recurrent unit: Cho et al. 2014, as in PyTorch.

    With [r, z, n] the three blocks of i = weight_ih x + bias_ih and of k = weight_hh h + bias_hh,
    n' = tanh(i_n + sigmoid(i_r + k_r) k_n),  h' = n' + sigmoid(i_z + k_z) (h - n').

    Args:
        input_size, hidden_size, bias, seed: as for `RNNCell`.

    >>> import nn
    >>> len(nn.GRUCell(3, 2, seed=0)([1.0, 2.0, 3.0]))
    2
    """

    gates = 3

    def forward(self, x: Sequence[Any], hidden: Sequence[Any] | None = None) -> list[Any]:
        """The next hidden state, a list of `hidden_size` Values."""
        h = self.zeros() if hidden is None else hidden
        i, k = self.blocks(x, h)
        r, z = (sigmoid.each(add.each(i[block], k[block])) for block in (0, 1))
        n = tanh.each(add.each(i[2], mul.each(r, k[2])))
        return add.each(n, mul.each(z, sub.each(h, n)))


State = tuple[Sequence[Any], Sequence[Any]]


class LSTMCell(Cell):
    """Long short-term memory: Hochreiter and Schmidhuber 1997, with a forget gate.

    With [i, f, g, o] the four blocks of weight_ih x + bias_ih + weight_hh h + bias_hh,
    c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c').

    Args:
        input_size, hidden_size, bias, seed: as for `RNNCell`.

    >>> import nn
    >>> hidden, memory = nn.LSTMCell(3, 2, seed=0)([1.0, 2.0, 3.0])
    >>> len(hidden), len(memory)
    (2, 2)
    """

    gates = 4

    def start(self) -> State:
        return self.zeros(), self.zeros()

    def forward(self, x: Sequence[Any], state: State | None = None) -> tuple[list[Any], list[Any]]:
        """The next hidden numbers and the next memory, `hidden_size` Values each."""
        if state is not None and len(state) != 2:
            raise ValueError(
                f"{self.one_line()} takes a state of two lists (hidden, memory), got {len(state)}"
            )
        hidden, memory = self.start() if state is None else state
        check(self, memory, self.hidden_size, "number in the memory")
        z = [add.each(i, h) for i, h in zip(*self.blocks(x, hidden))]
        i, f, o = (sigmoid.each(z[block]) for block in (0, 1, 3))
        memory = add.each(mul.each(f, memory), mul.each(i, tanh.each(z[2])))
        return mul.each(o, tanh.each(memory)), memory


class Recurrent(Module):
    """Base of the nets along a sequence: layers of cells, each reads what the one before gives.

    In a compiled function x may be one of its `sequences`: the net is then a `scan`, one program
    for all lengths, and so are its outputs a sequence.

    A subclass says what its `Cell` is. PyTorch's names lead to the weights, too: `weight_ih_l1` is
    the weight_ih of the second layer, so that the state of a PyTorch module can be loaded.

    Attributes:
        cell: that of the first layer.
        above: those of the other layers, a list.
    """

    Cell: type[Any]
    above: Sequence[Any] = ()

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        seed: Seed = None, **options: Any,
    ) -> None:  # fmt: skip
        inputs = [input_size] + [hidden_size] * (size("num_layers", num_layers) - 1)
        rng = init.generator(seed)
        self.cell, *self.above = [
            self.Cell(n, hidden_size, bias, seed=rng, **options) for n in inputs
        ]

    def forward(self, x: Sequence[Sequence[Any]], state: Any = None) -> tuple[Any, Any]:
        """The hidden numbers at each step of x, of the last layer, and the last state.

        A state is as the cell's; of several layers a list with that of each. Of no steps the
        last state is the one before them, zeros if there is none.
        """
        cells = [self.cell, *self.above]
        several = len(cells) > 1
        before = [None] * len(cells) if state is None else state if several else [state]
        pairs = several and isinstance(self.cell, LSTMCell)
        if len(before) != len(cells) or (pairs and _is_pytorchs(before)):
            of_each = "(hidden, memory)" if pairs else "the hidden numbers"
            hint = "; of PyTorch's (h, c) it is list(zip(h, c))" if pairs else ""
            raise ValueError(
                f"the state of {len(cells)} layers is a list with {of_each} of each layer, got "
                f"{describe(before)}{hint}"
            )
        outputs: Any = x
        states: list[Any] = []
        for cell, last in zip(cells, before):
            outputs, last = _along(cell, outputs, last)
            states.append(last)
        return outputs, states[0] if len(states) == 1 else states

    def __getattr__(self, name: str) -> Any:
        kind, _, layer = name.rpartition("_l")
        if kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh") and layer.isdigit():
            for cell in [self.cell, *self.above][int(layer) :][:1]:
                return getattr(cell, kind)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def example_input(self) -> list[list[float]]:
        return [self.cell.example_input()] * 3


def _is_pytorchs(state: Any) -> bool:
    """Whether a state is (h, c) with h and c of all layers, and not a pair for each layer."""
    return isinstance(state, tuple) and not all(isinstance(x, (tuple, type(None))) for x in state)


def _along(cell: Any, x: Any, state: Any) -> tuple[Any, Any]:
    """The hidden numbers at each step of x, and the last state."""
    state = cell.start() if state is None else state

    def step(state: Any, x: Any) -> tuple[Any, Any]:
        state = cell(x, state)
        return state, state[0] if isinstance(state, tuple) else state

    if hasattr(type(x), "of_a_loop"):  # of any length
        state, outputs = scan(step, state, x)
        return outputs, state
    outputs = []
    for entry in x:
        state, y = step(state, entry)
        outputs.append(y)
    return outputs, state


def _as_before(*names: str) -> Callable[[Any], Any]:
    """Take a third argument that is a bool or a str, and those after it, by these names.

    So they were called in version 0.1.0, before `num_layers` came in their place, which is neither.
    """

    def wrapper(init: Any) -> Any:
        @wraps(init)
        def take(self: Any, *arguments: Any, **named: Any) -> None:
            earlier = dict(zip(names, arguments[2:]))
            if len(arguments) > 2 and isinstance(arguments[2], (bool, str)):
                if len(earlier) < len(arguments) - 2 or not earlier.keys().isdisjoint(named):
                    raise TypeError(f"{type(self).__name__} got an argument twice, or too many")
                example = ", ".join(f"{name}={x!r}" for name, x in earlier.items())
                net = type(self).__name__
                said = f"the third argument of {net} is num_layers now: write {net}(..., {example})"
                warn(said, DeprecationWarning)
                arguments, named = arguments[:2], earlier | named
            init(self, *arguments, **named)

        return take

    return wrapper


class RNN(Recurrent):
    """RNNCells along a sequence.

    Args:
        input_size, hidden_size, nonlinearity, bias, seed: as for `RNNCell`.
        num_layers: how many, one above the other.

    >>> import nn
    >>> outputs, hidden = nn.RNN(2, 3, seed=0)([[1.0, 2.0], [3.0, 4.0]])
    >>> len(outputs), outputs[-1] == hidden
    (2, True)
    """

    Cell = RNNCell

    @_as_before("nonlinearity", "bias", "seed")
    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh",
        bias: bool = True, seed: Seed = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, num_layers, bias, seed, nonlinearity=nonlinearity)

    def forward(
        self, x: Sequence[Any], state: Any = None, *, hidden: Any = None
    ) -> tuple[Any, Any]:
        """As of the base; `hidden` is what `state` was called in version 0.1.0, and warns."""
        if hidden is not None:
            warn("the argument hidden is called state now", DeprecationWarning)
        return super().forward(x, state if hidden is None else hidden)


class GRU(Recurrent):
    """GRUCells along a sequence.

    Args:
        input_size, hidden_size, bias, seed: as for `GRUCell`.
        num_layers: how many, one above the other.

    >>> import nn
    >>> outputs, last = nn.GRU(2, 3, num_layers=2, seed=0)([[1.0, 2.0], [3.0, 4.0]])
    >>> len(outputs), outputs[-1] == last[1]
    (2, True)
    """

    Cell = GRUCell


class LSTM(Recurrent):
    """LSTMCells along a sequence.

    Args:
        input_size, hidden_size, bias, seed: as for `LSTMCell`.
        num_layers: how many, one above the other.

    >>> import nn
    >>> outputs, (hidden, memory) = nn.LSTM(2, 3, seed=0)([[1.0, 2.0], [3.0, 4.0]])
    >>> len(outputs), outputs[-1] == hidden, len(memory)
    (2, True, 3)
    """

    Cell = LSTMCell

    @_as_before("bias", "seed")
    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        seed: Seed = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, num_layers, bias, seed)


# Attention: each position reads from those before it what it looks for ----------------------------


def attend(query: Sequence[Any], keys: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The mean of `values`, weighted by softmax(query . key / sqrt(d)): Vaswani et al. 2017.

    Args:
        query: d numbers or Values.
        keys: one list of d for each position.
        values: one list for each position, all of one length.

    Raises:
        ValueError: not one value for each key, or their lengths differ.

    >>> import nn
    >>> nn.attend([1.0, 0.0], [[2.0, 3.0], [2.0, 4.0]], [[1.0], [3.0]])  # two keys that fit alike
    [2.0]
    """
    scale = 1.0 / len(query) ** 0.5
    weights = softmax([dot(query, key) * scale for key in keys])
    lengths = list(map(len, values))
    if len(lengths) != len(weights) or len(set(lengths)) != 1:
        raise ValueError(
            f"attend takes one value for each of {len(weights)} keys, all of one length; got "
            f"values of lengths {lengths}"
        )
    return matvec(zip(*values), weights)


class CausalSelfAttention(Module):
    """Each position attends to itself and those before it, in `heads` parts of its vector.

    With q, k, v = query(x), key(x), value(x), head h of position t is
    attend(q_t, [k_0 ... k_t], [v_0 ... v_t]) of the h-th part of each, and the output is
    projection(the heads of t, one after another).

    Args:
        width: the length of each position's vector.
        heads: how many parts it has; they divide the width.
        bias: False for Linear layers without.
        seed: an int or a random.Random.

    >>> import nn
    >>> attention = nn.CausalSelfAttention(4, heads=2, seed=0)
    >>> y = attention([[1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    >>> len(y), len(y[0])
    (3, 4)
    """

    def __init__(self, width: int, heads: int = 1, bias: bool = True, seed: Seed = None) -> None:
        self.width, self.heads = size("width", width), size("heads", heads)
        if self.width % self.heads:
            raise ValueError(f"heads divide the width; got width {width} and {heads} heads")
        rng = init.generator(seed)
        self.query = Linear(width, width, bias, rng)
        self.key = Linear(width, width, bias, rng)
        self.value = Linear(width, width, bias, rng)
        self.projection = Linear(width, width, bias, rng)

    def forward(self, x: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """For a list of positions as long a list of vectors, each of `width` Values."""
        for position in x:
            check(self, position, self.width, "number for each position")
        queries = [self.query(position) for position in x]
        keys = [self.key(position) for position in x]
        values = [self.value(position) for position in x]
        part = self.width // self.heads
        outputs: list[list[Any]] = [[] for _ in x]
        for start in range(0, self.width, part):
            q, k, v = ([row[start : start + part] for row in y] for y in (queries, keys, values))
            for t, output in enumerate(outputs):
                output += attend(q[t], k[: t + 1], v[: t + 1])
        return [self.projection(output) for output in outputs]

    def example_input(self) -> list[list[float]]:
        return [[0.0] * self.width] * 3

    def extra_repr(self) -> str:
        return f"width={self.width}, heads={self.heads}"


# Norms: a vector brought to a size that does not depend on the layers before ----------------------


class Norm(Module):
    """Base of the normalisations: a vector brought to one size, then weighed entry by entry.

    Attributes:
        weight, bias: a Value for each entry, at first 1 and 0; or None.
    """

    bias: Any = None

    def __init__(
        self, normalized_shape: int, eps: float | None, elementwise_affine: bool, bias: bool
    ) -> None:
        self.normalized_shape = size("normalized_shape", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = init.ones_(init.values(normalized_shape)) if elementwise_affine else None
        self.bias = init.values(normalized_shape) if elementwise_affine and bias else None

    def scaled(self, x: Sequence[Any]) -> list[Any]:
        """x / sqrt(mean of x^2 + eps) * weight + bias."""
        eps = sys.float_info.epsilon if self.eps is None else self.eps
        scale = 1.0 / sqrt(dot(x, x) / len(x) + eps)
        y = [entry * scale for entry in x]
        if self.weight is not None:
            y = [entry * w for entry, w in zip(y, self.weight)]
        return y if self.bias is None else [entry + b for entry, b in zip(y, self.bias)]

    def example_input(self) -> list[float]:
        return [0.0] * self.normalized_shape

    def extra_repr(self) -> str:
        affine = f"elementwise_affine={self.elementwise_affine}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


class LayerNorm(Norm):
    """(x - mean) / sqrt(variance + eps) * weight + bias: Ba, Kiros and Hinton 2016.

    The variance is the mean of (x - mean)^2 over the entries; where it overflows, for differences
    from some 1e154 on, all is 0.

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
        self, normalized_shape: int, eps: float = 1e-5, elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(normalized_shape, eps, elementwise_affine, bias)

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """As many as x has entries."""
        check(self, x, self.normalized_shape)
        mean = total(x) / len(x)
        return self.scaled([entry - mean for entry in x])


class RMSNorm(Norm):
    """x / sqrt(mean of x^2 + eps) * weight: Zhang and Sennrich 2019.

    Where the mean of x^2 overflows, for entries from some 1e154 on, all is 0.

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
        super().__init__(normalized_shape, eps, elementwise_affine, bias=False)

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """As many as x has entries."""
        check(self, x, self.normalized_shape)
        return self.scaled(x)
