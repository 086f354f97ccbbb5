"""Sizes: of layers, and of what they are given; and the product of the two."""

from __future__ import annotations

from typing import Any

from autograd_lite import matvec
from autograd_lite.primitive import describe
from autograd_lite.shortcuts import shortcuts


def size(name: str, n: Any) -> int:
    """n, if it can be the size of a layer."""
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{name} is a size, an int that is at least 1; got {n!r}")
    return n


def check(layer: Any, x: Any, wanted: int | None = None, what: str = "input") -> None:
    """Raise an error that names the layer unless x holds `wanted` numbers or Values.

    With None for `wanted` any number of them will do.
    """
    if type(x) is list and x and len(x) == wanted:
        kind = type(x[0])  # the usual case, told apart quickly
        if kind is float or hasattr(kind, "_apply"):
            return
    if not hasattr(x, "__len__"):
        raise TypeError(f"{_takes(layer, wanted, what)} in a list, got {describe(x)}")
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
    found = shortcuts.matvec(weight, x, bias)
    if found is NotImplemented:
        check(layer, x, len(weight[0]), what)
        found = matvec(weight, x, bias)
    return found  # type: ignore[no-any-return]


def _is_list(x: Any) -> bool:
    return hasattr(x, "__len__") and not isinstance(x, str) and getattr(x, "shape", None) != ()


def _takes(layer: Any, wanted: int | None, what: str) -> str:
    noun, space, rest = what.partition(" ")
    number = "" if wanted is None else f"{wanted} "
    return f"{layer.one_line()} takes {number}{noun}{'s' * (wanted != 1)}{space}{rest}"
