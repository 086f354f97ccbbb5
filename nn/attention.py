"""Attention: each position of a sequence reads from the positions before it what it looks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite import dot, matvec, softmax

from . import init
from .init import Seed
from .layers import Linear
from .module import Module
from .sizes import check, size


def attend(query: Sequence[Any], keys: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The mean of `values`, weighted by softmax(query . key / sqrt(d)): Vaswani et al. 2017.

    Args:
        query: d numbers or Values.
        keys: one list of d for each position.
        values: one list for each position, all of one length.

    >>> import nn
    >>> nn.attend([1.0, 0.0], [[2.0, 3.0], [2.0, 4.0]], [[1.0], [3.0]])  # two keys that fit alike
    [2.0]
    """
    scale = 1.0 / len(query) ** 0.5
    weights = softmax([dot(query, key) * scale for key in keys])
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
        if width % heads:
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
