"""Layers: Linear, Embedding, Dropout, and Sequential, which puts them one after another.

At the end, what all layers share: checks of sizes and of inputs, and weight x + bias.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from autograd_lite import TraceError, dot, matvec, modes
from autograd_lite.calls import in_one_step
from autograd_lite.primitive import describe, is_value
from autograd_lite.primitives import mul
from autograd_lite.shortcuts import shortcuts

from . import init
from .classes import is_index, one_hot_of
from .init import size
from .module import Module
from .pairing import UNORDERED

__all__ = ["Dropout", "Embedding", "Linear", "Sequential"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, overload

    from autograd_lite import Value

    from .init import Seed


class Linear(Module):
    """weight x + bias.

    Args:
        in_features, out_features: number of inputs and of outputs.
        bias: False for none.
        seed: an int or a random.Random. All are uniform in +-1/sqrt(in_features).

    Attributes:
        weight: a list of `in_features` Values for each output.
        bias: a Value for each output, or None.

    >>> import nn
    >>> layer = nn.Linear(2, 1)
    >>> layer.load_state_dict({"weight": [[0.5, -1.0]], "bias": [0.25]})
    >>> [y.data for y in layer([2.0, 3.0])]
    [-1.75]
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, seed: Seed = None
    ) -> None:
        self.in_features = size("in_features", in_features)
        self.out_features = size("out_features", out_features)
        rng, bound = init.generator(seed), 1.0 / self.in_features**0.5
        sizes = self.out_features, self.in_features
        self.weight = init.uniform_(init.values(*sizes), -bound, bound, rng)
        self.bias = init.uniform_(init.values(sizes[0]), -bound, bound, rng) if bias else None

    @in_one_step(weight="weight", bias="bias")
    def forward(self, x: Sequence[Any]) -> list[Value]:
        """A list of `out_features` Values."""
        return affine(self, self.weight, x, self.bias)

    def example_input(self) -> list[float]:
        return [0.0] * self.in_features

    def extra_repr(self) -> str:
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


class Embedding(Module):
    """A table of vectors, one for each of `num_embeddings` things: weight[index].

    In a function that is compiled the index is data: the vector is then the product of the table
    with 1.0 at the index and 0.0 elsewhere.

    Args:
        num_embeddings: how many vectors.
        embedding_dim: their length.
        seed: an int or a random.Random. Normal, of mean 0 and standard deviation 1.

    >>> import nn
    >>> table = nn.Embedding(10, 3, seed=0)
    >>> table(7) == table.weight[7], len(table([1, 2]))
    (True, 2)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, seed: Seed = None) -> None:
        self.num_embeddings = size("num_embeddings", num_embeddings)
        self.embedding_dim = size("embedding_dim", embedding_dim)
        self.weight = init.normal_(init.values(num_embeddings, embedding_dim), seed=seed)

    def forward(self, index: Any) -> list[Any]:
        """The vector of an index; a list of vectors for a list of them."""
        if _is_list(index):
            return [self.forward(one) for one in index]
        if is_index(index):
            hot = one_hot_of(index, self.num_embeddings)
            if hot is None:
                raise self._unknown(index)
            return [dot(hot, column) for column in zip(*self.weight)]
        if is_value(index) or index not in range(self.num_embeddings):
            raise self._unknown(index)
        return list(self.weight[int(index)])

    def _unknown(self, index: Any) -> IndexError:
        return IndexError(
            f"{self.one_line()} takes an int from 0 to {self.num_embeddings - 1}, "
            f"got {describe(index)}"
        )

    def example_input(self) -> int:
        return 0

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}"


class Dropout(Module):
    """While training each entry is 0 with probability p, and else entry / (1 - p).

    So the mean stays the same, and after `eval()` entries pass as they are. Each call draws anew;
    since a compiled function would repeat the draws of its trace, it may not call this one.

    Args:
        p: the probability of 0, from 0 to 1.
        seed: an int or a random.Random.

    Attributes:
        rng: the generator of random numbers.

    >>> import nn
    >>> dropout = nn.Dropout(0.5, seed=0)
    >>> dropout([1.0, 2.0, 3.0, 4.0]), dropout.eval()([1.0, 2.0])
    ([2.0, 4.0, 0.0, 0.0], [1.0, 2.0])
    """

    def __init__(self, p: float = 0.5, seed: Seed = None) -> None:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"p is a probability, from 0 to 1; got {p!r}")
        self.p = p
        self.rng = init.generator(seed)

    def forward(self, x: Sequence[Any]) -> list[Any]:
        """As many as x has entries."""
        check(self, x)
        if not self.training or self.p == 0.0:
            return list(x)
        if modes.trace() is not None:
            raise TraceError(
                f"{self.one_line()} draws at random in training, and a compiled function would "
                "repeat the draws of its trace; call eval() of the model first, or do not compile"
            )
        scale = 1.0 / (1.0 - self.p) if self.p < 1.0 else 0.0
        return mul.each(x, [0.0 if self.rng.random() < self.p else scale for _ in x])

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Sequential(Module):
    """Modules one after another: each reads what the one before gives.

    Args:
        modules: the modules; or one list of them; or one dict, which names them.

    >>> import nn
    >>> net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    >>> net
    Sequential(
      (0): Linear(in_features=2, out_features=8, bias=True)
      (1): Tanh()
      (2): Linear(in_features=8, out_features=1, bias=True)
    )
    >>> len(net), len(net[:2]), len(net([0.5, -0.5]))
    (3, 2, 1)
    >>> named = nn.Sequential({"hidden": nn.Linear(2, 8), "activation": nn.Tanh()})
    >>> named.hidden is named[0]
    True
    """

    def __init__(self, *modules: Any) -> None:
        self._names: list[str] = []
        first = modules[0] if len(modules) == 1 else modules
        if isinstance(first, Mapping):
            for name, module in first.items():
                self.add_module(name, module)
        else:
            for module in first if isinstance(first, (list, tuple)) else modules:
                self.append(module)

    def append(self, module: Module) -> Sequential:
        """Add a module at the end, called by its place."""
        free = (str(place) for place in count(len(self._names)) if not hasattr(self, str(place)))
        return self.add_module(next(free), module)

    def add_module(self, name: str, module: Module) -> Sequential:
        """Add a module at the end, as the attribute `name`; gives the Sequential itself."""
        if not isinstance(module, Module):
            raise TypeError(
                "Sequential takes modules, such as nn.Linear(2, 1) and nn.ReLU(); "
                f"got {describe(module)}"
            )
        if not isinstance(name, str) or not name or "." in name or hasattr(self, name):
            raise ValueError(f"a module cannot be called {name!r} here")
        setattr(self, name, module)
        self._names.append(name)
        return self

    def forward(self, x: Any) -> Any:
        """What the last module gives."""
        for module in self:
            x = module(x)
        return x

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Module]:
        return (getattr(self, name) for name in self._names)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, place: int) -> Module: ...
        @overload
        def __getitem__(self, place: slice) -> Sequential: ...

    def __getitem__(self, place: int | slice) -> Module:
        if isinstance(place, slice):
            return Sequential({name: getattr(self, name) for name in self._names[place]})
        module: Module = getattr(self, self._names[place])
        return module


# What layers share -------------------------------------------------------------------------------


def check(layer: Any, x: Any, wanted: int | None = None, what: str = "input") -> None:
    """Raise an error that names the layer unless x holds `wanted` numbers or Values.

    With None for `wanted` any number of them will do.
    """
    if type(x) is list and x and len(x) == wanted:
        kind = type(x[0])  # the usual case, seen quickly
        if kind is float or is_value(x[0]):
            return
    if not _is_list(x):
        hint = "; two samples are [[1.0], [2.0]]" * (what == "input" and hasattr(x, "__float__"))
        raise TypeError(f"{_takes(layer, wanted, what)} in a list, got {describe(x)}{hint}")
    first: Any = next(iter(x), 0.0)
    if type(first) is not float and _is_list(first):
        raise ValueError(
            f"{_takes(layer, wanted, what)}, got {len(x)} lists of {len(first)}; a layer reads one "
            "sample at a time: [layer(x) for x in samples]"
        )
    if wanted is not None and len(x) != wanted:
        raise ValueError(f"{_takes(layer, wanted, what)}, got {len(x)}")


def affine(layer: Any, weight: Any, x: Any, bias: Any, what: str = "input") -> list[Any]:
    """weight x + bias, or an error that names the layer; see `check`."""
    y = shortcuts.matvec(weight, x, bias)  # before the checks: a fifth of a forward pass
    if y is NotImplemented:
        check(layer, x, len(weight[0]), what)
        y = matvec(weight, x, bias)
    return y  # type: ignore[no-any-return]


def _is_list(x: Any) -> bool:
    """Whether x holds entries in an order: a dict and a set do not, nor an array of one number."""
    return hasattr(x, "__len__") and not isinstance(x, UNORDERED) and getattr(x, "shape", 1) != ()


def _takes(layer: Any, wanted: int | None, what: str) -> str:
    noun, space, rest = what.partition(" ")
    number = "" if wanted is None else f"{wanted} "
    return f"{layer.one_line()} takes {number}{noun}{'s' * (wanted != 1)}{space}{rest}"
