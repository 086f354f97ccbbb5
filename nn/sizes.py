"""Sizes: of layers, and of what they are given."""

from __future__ import annotations

from typing import Any

from autograd_lite.primitives import describe


def size(name: str, n: Any) -> int:
    """n, if it can be the size of a layer."""
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{name} is a size, an int that is at least 1; got {n!r}")
    return n


def check(layer: Any, x: Any, wanted: int, what: str = "input") -> None:
    """Raise an error that names the layer unless x holds `wanted` numbers or Values."""
    if not hasattr(x, "__len__"):
        raise TypeError(f"{_takes(layer, wanted, what)} in a list, got {describe(x)}")
    if len(x) != wanted or _nested(x):
        if len(x) and _nested(x):
            raise ValueError(
                f"{_takes(layer, wanted, what)}, got {describe(x)} of {describe(next(iter(x)))}; "
                "a layer reads one sample at a time: [layer(x) for x in samples]"
            )
        raise ValueError(f"{_takes(layer, wanted, what)}, got {len(x)}")


def _takes(layer: Any, wanted: int, what: str) -> str:
    return f"{layer.one_line()} takes {wanted} {_plural(what, wanted)}"


def _nested(x: Any) -> bool:
    first = next(iter(x))
    return hasattr(first, "__len__") and getattr(first, "shape", None) != ()


def _plural(what: str, n: int) -> str:
    noun, space, rest = what.partition(" ")
    return f"{noun}{'s' * (n != 1)}{space}{rest}"
