"""Traces of rules, in which no decision is missed; a rule that decides cannot be a tape.

A rule is written for numbers: it may ask `x == 0.0`, look up x in a table, or catch the error of a
division by 0. Values do not tell of these: they are equal to themselves alone, have a hash, and
divide by 0. So a rule is traced on Operands, Values that behave as numbers do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from .. import modes
from ..primitive import Primitive, where
from .randomness import of_function
from .trace import Trace

FIXED = (Primitive, float, int, str, tuple, type(None), BuiltinFunctionType, ModuleType)


def read_by(op: Primitive) -> list[Any] | None:
    """All that the rule of a primitive reads, if it is functions, primitives and numbers.

    These stay as they are; of a module it is what the rule names. None where it reads more, such as
    a list or an attribute.
    """
    found: list[Any] = [op.on_values or op.partials]
    for x in found:
        if isinstance(x, FunctionType) and not vars(x):
            found += [y for y in of_function(x) if not any(y is z for z in found)]
        elif not (isinstance(x, FIXED) or type(x).__name__ == "ufunc"):
            return None
        elif isinstance(x, tuple):
            found += x
    return found


class Pole(ZeroDivisionError, OverflowError):
    """What a division of numbers may raise, and of Values never does."""


class RuleTrace(Trace):
    """One run of a rule.

    Args:
        kind: the engine's Value.
        pole: which of the divisions, remainders and powers is to raise; 0 for none.

    Attributes:
        divisions: how many there were.
    """

    def __init__(self, kind: Any, pole: int = 0) -> None:
        super().__init__(kind)
        self.pole, self.divisions = pole, 0

    def divide(self) -> None:
        """Called before each division, remainder or power."""
        self.divisions += 1
        if self.divisions == self.pole:
            raise Pole


class Operand:
    """A Value, or a condition, in the place of a number. To decide by it makes a guard."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @staticmethod
    def _apply(op: Primitive, operands: tuple[Any, ...]) -> Operand:
        return Operand(modes.trace().kind._apply(op, tuple(map(inner, operands))))

    def _where(self, x: Any, y: Any) -> Operand:
        return Operand(where(self.inner, inner(x), inner(y)))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Operand:
        return Operand(getattr(ufunc, method)(*map(inner, inputs), **named))

    def __bool__(self) -> bool:
        return bool(self.inner)

    def __eq__(self, other: object) -> Any:
        return (self <= other) & (self >= other)  # type: ignore[operator]

    def __hash__(self) -> int:
        return hash(bool(self))


def inner(x: Any) -> Any:
    """The Value in an Operand; anything else as it is."""
    return x.inner if type(x) is Operand else x


def _method(do: Callable[..., Any], divides: bool, reflected: bool = False) -> Callable[..., Any]:
    def method(self: Operand, *others: Any) -> Operand:
        if divides:
            modes.trace().divide()
        operands = (*others, self) if reflected else (self, *others)
        return Operand(do(*map(inner, operands)))

    return method


for _name in ("neg", "pos", "abs", "lt", "le", "gt", "ge"):
    setattr(Operand, f"__{_name}__", _method(getattr(operator, _name), divides=False))
for _name in ("add", "sub", "mul", "and", "or", "truediv", "floordiv", "mod", "pow"):
    _divides = _name in ("truediv", "floordiv", "mod", "pow")
    _do = getattr(operator, f"__{_name}__")
    setattr(Operand, f"__{_name}__", _method(_do, _divides))
    setattr(Operand, f"__r{_name}__", _method(_do, _divides, reflected=True))
