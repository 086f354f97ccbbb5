"""A Value of slots and tuples in the briefest Python: what one can do without an engine.

Each operation keeps its operands and its local gradients; one loop does the chaining.
"""

from __future__ import annotations

import math
from typing import Any


class Value:
    __slots__ = ("data", "grad", "local", "parents")

    def __init__(self, data: float, parents: Any = (), local: Any = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local = local

    def __add__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, p: float) -> Value:
        return Value(self.data**p, (self,), (p * self.data ** (p - 1),))

    def exp(self) -> Value:
        out = math.exp(self.data)
        return Value(out, (self,), (out,))

    def log(self) -> Value:
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> Value:
        return Value(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + (-other)

    def __rsub__(self, other: Any) -> Value:
        return (-self) + other

    def __truediv__(self, other: Any) -> Value:
        return self * other**-1

    __radd__ = __add__
    __rmul__ = __mul__

    def tanh(self) -> Value:
        out = math.tanh(self.data)
        return Value(out, (self,), (1.0 - out * out,))

    def backward(self) -> None:
        order: list[Value] = []
        _visit(self, set(), order)
        self.grad = 1.0
        for node in reversed(order):
            for parent, local in zip(node.parents, node.local):
                parent.grad += local * node.grad


def _visit(node: Value, found: set[Value], order: list[Value]) -> None:
    """Put `node` into `order`, after all that it depends on."""
    if node not in found:
        found.add(node)
        for parent in node.parents:
            _visit(parent, found, order)
        order.append(node)
