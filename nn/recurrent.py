"""Recurrent nets: a cell that reads a sequence step by step and keeps a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite import relu, sigmoid, tanh
from autograd_lite.primitives import add, mul

from . import init
from .init import Seed
from .module import Module
from .sizes import affine, check, size

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
        rows, rng = self.gates * hidden_size, init.generator(seed)
        bound = 1.0 / hidden_size**0.5
        self.weight_ih = init.uniform_(init.values(rows, input_size), -bound, bound, rng)
        self.weight_hh = init.uniform_(init.values(rows, hidden_size), -bound, bound, rng)
        self.bias_ih = init.uniform_(init.values(rows), -bound, bound, rng) if bias else None
        self.bias_hh = init.uniform_(init.values(rows), -bound, bound, rng) if bias else None

    def sums(self, x: Sequence[Any], hidden: Sequence[Any]) -> list[Any]:
        """weight_ih x + bias_ih + weight_hh hidden + bias_hh."""
        from_input = affine(self, self.weight_ih, x, self.bias_ih)
        what = "number in the hidden state"
        return add.each(from_input, affine(self, self.weight_hh, hidden, self.bias_hh, what))

    def zeros(self) -> list[float]:
        """The hidden numbers before the first step."""
        return [0.0] * self.hidden_size

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
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        seed: Seed = None,
    ) -> None:
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f'nonlinearity is "tanh" or "relu", got {nonlinearity!r}')
        super().__init__(input_size, hidden_size, bias, seed)
        self.nonlinearity = nonlinearity

    def forward(self, x: Sequence[Any], hidden: Sequence[Any] | None = None) -> list[Any]:
        """The next hidden state, a list of `hidden_size` Values."""
        z = self.sums(x, self.zeros() if hidden is None else hidden)
        return NONLINEARITIES[self.nonlinearity].each(z)


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

    def forward(self, x: Sequence[Any], state: State | None = None) -> tuple[list[Any], list[Any]]:
        """The next hidden numbers and the next memory, `hidden_size` Values each."""
        if state is not None and len(state) != 2:
            raise ValueError(
                f"{self.one_line()} takes a state of two lists (hidden, memory), got {len(state)}"
            )
        hidden, memory = (self.zeros(), self.zeros()) if state is None else state
        check(self, memory, self.hidden_size, "number in the memory")
        z, n = self.sums(x, hidden), self.hidden_size
        i, f, o = (sigmoid.each(z[k * n : (k + 1) * n]) for k in (0, 1, 3))
        g = tanh.each(z[2 * n : 3 * n])
        memory = add.each(mul.each(f, memory), mul.each(i, g))
        return mul.each(o, tanh.each(memory)), memory


class RNN(Module):
    """An RNNCell along a sequence.

    Args:
        input_size, hidden_size, nonlinearity, bias, seed: as for `RNNCell`.

    >>> import nn
    >>> outputs, hidden = nn.RNN(2, 3, seed=0)([[1.0, 2.0], [3.0, 4.0]])
    >>> len(outputs), outputs[-1] == hidden
    (2, True)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        nonlinearity: str = "tanh",
        bias: bool = True,
        seed: Seed = None,
    ) -> None:
        self.cell = RNNCell(input_size, hidden_size, bias, nonlinearity, seed)

    def forward(
        self, x: Sequence[Sequence[Any]], hidden: Sequence[Any] | None = None
    ) -> tuple[list[list[Any]], list[Any]]:
        """The hidden state at each step of x, and the last one."""
        last = self.cell.zeros() if hidden is None else list(hidden)
        outputs: list[list[Any]] = []
        for step in x:
            last = self.cell(step, last)
            outputs.append(last)
        return outputs, last

    def example_input(self) -> list[list[float]]:
        return [self.cell.example_input()] * 3


class LSTM(Module):
    """An LSTMCell along a sequence.

    Args:
        input_size, hidden_size, bias, seed: as for `LSTMCell`.

    >>> import nn
    >>> outputs, (hidden, memory) = nn.LSTM(2, 3, seed=0)([[1.0, 2.0], [3.0, 4.0]])
    >>> len(outputs), outputs[-1] == hidden, len(memory)
    (2, True, 3)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, seed: Seed = None
    ) -> None:
        self.cell = LSTMCell(input_size, hidden_size, bias, seed)

    def forward(
        self, x: Sequence[Sequence[Any]], state: State | None = None
    ) -> tuple[list[list[Any]], State]:
        """The hidden numbers at each step of x, and the last state (hidden, memory)."""
        last = (self.cell.zeros(), self.cell.zeros()) if state is None else state
        outputs: list[list[Any]] = []
        for step in x:
            last = self.cell(step, last)
            outputs.append(list(last[0]))
        return outputs, last

    def example_input(self) -> list[list[float]]:
        return [self.cell.example_input()] * 3
