"""Floats whose arithmetic answers as IEEE 754 does where Python's raises; loaded when it has."""

from __future__ import annotations

import operator
from collections.abc import Callable

from . import ieee

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Number(float):
    """A float whose arithmetic with floats gives inf or nan instead of raising.

    >>> from autograd_lite.poles import Number
    >>> 1.0 / Number(0.0), 2.0 * Number(-1.0) / 0.0
    (inf, -inf)
    """

    def __neg__(self) -> Number:
        return Number(-float(self))


def _operator(function: Callable[[float, float], float], reflected: bool) -> Any:
    def operation(x: float, y: Any) -> Any:
        if not isinstance(y, (float, int)):
            return NotImplemented
        return Number(function(float(y), float(x)) if reflected else function(float(x), float(y)))

    return operation


for _name, _function in (
    ("add", operator.add), ("sub", operator.sub), ("mul", operator.mul),
    ("truediv", ieee.divide), ("mod", ieee.modulo), ("pow", ieee.power),
):  # fmt: skip
    setattr(Number, f"__{_name}__", _operator(_function, reflected=False))
    setattr(Number, f"__r{_name}__", _operator(_function, reflected=True))
