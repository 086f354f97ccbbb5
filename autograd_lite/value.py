"""Value: a number that remembers how it was computed (the Python engine).

Each operation makes a node that keeps its operands and, taken from the operation's row in the
table, its partial derivatives there and then. `backward` has only to multiply and add them.
There are no closures and no reference cycles: a graph is freed when its last name goes.
"""

from __future__ import annotations

import operator
import sys
import threading
from collections.abc import Sequence

from . import modes, scopes
from .methods import ValueInterface, number, only_leaves_change, partials_at, value_at
from .primitive import Primitive, real
from .primitives import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Value(ValueInterface):
    """A real number in a computation graph.

    Args:
        data: a float64, or any real number that converts to one.
        label: a name for pictures and error messages.

    Attributes:
        data: the number. May be assigned on a leaf; an interior node's is fixed by its operands.
        grad: d root / d self after `root.backward()`; 0.0 before. Leaves accumulate over calls.
        op: the primitive that made this node; None for a leaf.
        args: its operands in order, Values and floats.
        parents: the Values among the operands, in order, repeated if used twice.
        partials: d self / d parent for each parent, recorded when this node was made.
        scope: the `Scope` in which it was made, or None; fixed.

    Raises:
        TypeError: data is not one real number.
        OverflowError: data is an int too large for a float.

    >>> from autograd_lite import Value
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> y = (x * w).tanh()
    >>> y.backward()
    >>> print(f"{y:.6f} {w.grad:.6f}")
    -0.999988 0.000049
    """

    __module__ = "autograd_lite"

    __slots__ = (
        "__weakref__", "_data", "_grad", "_scope", "args", "label", "op", "parents", "partials",
    )  # fmt: skip

    def __init__(self, data: Any, label: str | None = None) -> None:
        self._data = real(data)
        self._grad = 0.0
        self._scope = scopes.innermost() if scopes.opened else None
        self.label = label
        self.op: Primitive | None = None
        self.args: tuple[Any, ...] = ()
        self.parents: tuple[Value, ...] = ()
        self.partials: tuple[float, ...] = ()

    @staticmethod
    def _apply(op: Primitive, operands: tuple[Any, ...]) -> Value:
        """Record `op` on Values and numbers."""
        if op is POWER and isinstance(operands[1], Value):
            op = POW
        args = tuple([x if isinstance(x, Value) else number(x, Value) for x in operands])
        parents = tuple([x for x in args if isinstance(x, Value)])
        numbers = [x._data if isinstance(x, Value) else x for x in args]
        return _node(op, args, args if len(parents) == len(args) else parents, numbers)

    @property
    def data(self) -> float:
        if modes.active and modes.current.trace is not None:
            return self.detach()  # type: ignore[no-any-return]
        return self._data

    @data.setter
    def data(self, new: Any) -> None:
        if modes.active and modes.current.trace is not None:
            modes.current.trace.refuse("assigning data")
        if self.op is not None:
            raise only_leaves_change(self)
        self._data = real(new)

    @property
    def grad(self) -> float:
        return self._grad

    @grad.setter
    def grad(self, new: Any) -> None:
        self._grad = real(new)

    @property
    def scope(self) -> scopes.Scope | None:
        return self._scope

    def __add__(self, other: Any) -> Value:
        return _binary(ADD, self, other)

    def __radd__(self, other: Any) -> Value:
        return _binary(ADD, other, self)

    def __sub__(self, other: Any) -> Value:
        return _binary(SUB, self, other)

    def __rsub__(self, other: Any) -> Value:
        return _binary(SUB, other, self)

    def __mul__(self, other: Any) -> Value:
        return _binary(MUL, self, other)

    def __rmul__(self, other: Any) -> Value:
        return _binary(MUL, other, self)

    def __truediv__(self, other: Any) -> Value:
        return _binary(DIV, self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return _binary(DIV, other, self)

    def __floordiv__(self, other: Any) -> Value:
        return _binary(FLOORDIV, self, other)

    def __rfloordiv__(self, other: Any) -> Value:
        return _binary(FLOORDIV, other, self)

    def __mod__(self, other: Any) -> Value:
        return _binary(MOD, self, other)

    def __rmod__(self, other: Any) -> Value:
        return _binary(MOD, other, self)

    def __pow__(self, exponent: Any) -> Value:
        return _binary(POW if isinstance(exponent, Value) else POWER, self, exponent)

    def __rpow__(self, base: Any) -> Value:
        return _binary(POW, base, self)

    def __neg__(self) -> Value:
        return _node(NEG, (self,), (self,), (self._data,))

    def __eq__(self, other: object) -> Any:
        if modes.active and modes.current.trace is not None:
            return modes.current.trace.equal(self, other)
        return NotImplemented  # so that Python compares identities

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> Any:
        return _compared(self, "<", other)

    def __le__(self, other: Any) -> Any:
        return _compared(self, "<=", other)

    def __gt__(self, other: Any) -> Any:
        return _compared(self, ">", other)

    def __ge__(self, other: Any) -> Any:
        return _compared(self, ">=", other)


ADD, SUB, MUL, DIV, NEG = (TABLE[name] for name in ("add", "sub", "mul", "div", "neg"))
MOD, FLOORDIV, POWER, POW = (TABLE[name] for name in ("mod", "floordiv", "power", "pow"))


def _node(
    op: Primitive, args: tuple[Any, ...], parents: tuple[Value, ...], numbers: Sequence[float]
) -> Value:
    """The node of `op` on `args`, whose data are `numbers` and whose Values are `parents`."""
    data = value_at(op, numbers, Value)
    watch = None
    if modes.active:
        if not modes.current.recording:
            return Value(data)
        watch = modes.current.watch
    partials = partials_at(op, data, numbers, Value)
    if parents is not args:
        partials = tuple([p for p, x in zip(partials, args) if isinstance(x, Value)])

    node = _new(Value)
    node._data = data
    node._grad = 0.0
    node._scope = scopes.innermost() if scopes.opened else None
    node.label = None
    node.op = op
    node.args = args
    node.parents = parents
    node.partials = partials
    if watch is not None:
        watch.recorded(node)
    return node


_new = object.__new__


class _Dying(threading.local):
    """Operands of dead nodes that wait to be released, one after another."""

    def __init__(self) -> None:
        self.operands: list[Any] = []
        self.busy = False


def _release(node: Value) -> None:
    """A `__del__` that frees a deep graph without nesting: Python 3.13 nests too deep by itself."""
    if getattr(node, "parents", ()):  # there are none if `__init__` failed
        _dying.operands.append((node.args, node.parents))
        node.args = node.parents = ()
        if not _dying.busy:
            _dying.busy = True
            while _dying.operands:
                _dying.operands.pop()
            _dying.busy = False


_dying = _Dying()
if sys.version_info[:2] == (3, 13):
    Value.__del__ = _release  # type: ignore[attr-defined]


def _binary(op: Primitive, x: Any, y: Any) -> Value:
    """`x op y` for a Value and an operand of any type; NotImplemented if that is no number."""
    if isinstance(x, Value):
        if isinstance(y, Value):
            args = (x, y)
            return _node(op, args, args, (x._data, y._data))
        n = number(y, Value, x)
        if n is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]
        return _node(op, (x, n), (x,), (x._data, n))
    n = number(x, Value, y)
    if n is NotImplemented:
        return NotImplemented  # type: ignore[no-any-return]
    return _node(op, (n, y), (y,), (n, y._data))


def _compared(x: Value, sign: str, y: Any) -> Any:
    """`x sign y`; NotImplemented if y is no number."""
    if not isinstance(y, Value):
        y = number(y, Value, x)
        if y is NotImplemented:
            return y
    if modes.active and modes.current.trace is not None:
        return modes.current.trace.compare(sign, x, y)
    return COMPARISONS[sign](x._data, y._data if isinstance(y, Value) else y)


COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
