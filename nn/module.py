"""Module: something with parameters, found by looking at its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import autograd_lite
from autograd_lite.elementwise import zero_grad


class Module:
    """Base of neurons, layers and nets.

    Parameters are found in the attributes: Values, Modules, and lists, tuples and dicts of them,
    in the order in which they were assigned. A subclass defines `forward`; calling the module
    calls it.

    >>> import nn
    >>> from autograd_lite import Value
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data, len(line.parameters())
    (7.0, 2)
    """

    def forward(self, x: Any) -> Any:
        """The output for the input x."""
        raise TypeError(f"{type(self).__name__} must define forward(self, x)")

    def __call__(self, x: Any) -> Any:
        return self.forward(x)

    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        """Each parameter once, with the path of attributes that leads to it."""
        seen: set[Any] = set()
        for name, found in _values_in(vars(self), "", (self,)):
            if found not in seen:
                seen.add(found)
                yield name, found

    def parameters(self) -> list[Any]:
        """The parameters, each once, in order."""
        return [value for _, value in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        zero_grad(self.parameters())


def _values_in(thing: Any, path: str, above: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """The parameters in `thing`, which is an attribute of the modules `above`."""
    if isinstance(thing, autograd_lite.Value):
        if thing.op is None:  # a result kept in an attribute is no parameter
            yield path, thing
    elif isinstance(thing, Module):
        if thing not in above:
            yield from _values_in(vars(thing), path, (*above, thing))
    elif isinstance(thing, dict):
        for key, inner in thing.items():
            yield from _values_in(inner, f"{path}.{key}" if path else str(key), above)
    elif isinstance(thing, (list, tuple)):
        for i, inner in enumerate(thing):
            yield from _values_in(inner, f"{path}.{i}", above)
