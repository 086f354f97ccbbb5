"""Value: a number that remembers how it was computed (the Python engine).

Each operation makes a node that keeps its operands and, taken from the operation's row in the
table, its partial derivatives there and then. `backward` has only to multiply and add them.
There are no closures and no reference cycles: a graph is freed when its last name goes.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Sequence

from . import modes, primitive, scopes
from .methods import ValueInterface, number, refuse_in_trace
from .primitive import Primitive, partials_at, real, value_at
from .primitives import add, div, floordiv, mod, mul, neg, pow, power, sub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _operator(op: Primitive) -> tuple[Any, Any]:
    """The method for `x op y`, and the one for a number on the left."""

    def operation(x: Any, y: Any) -> Any:
        args: tuple[Any, ...] = (x, y)
        if type(y) is float:
            parents, a, b = args[:1], x._data, y
        elif type(x) is float:
            parents, a, b = args[1:], x, y._data
        elif isinstance(y, Value):
            parents, a, b = args, x._data, y._data
        else:
            y = number(y, Value, x)
            return y if y is NotImplemented else operation(x, y)
        if modes.active:
            return _recorded(op, args, parents, (a, b))
        try:  # what `_recorded` does, for two operands: most of a graph is made here
            data = op.evaluate(a, b)
            partials = op.partials(data, a, b)
        except (ArithmeticError, ValueError):
            return _recorded(op, args, parents, (a, b))
        if parents is not args:
            partials = partials[:1] if y is b else partials[1:]
        return _node(op, args, parents, data, partials)

    def reflected(y: Value, x: Any) -> Any:
        x = number(x, Value, y)
        return x if x is NotImplemented else operation(x, y)

    return operation, reflected


_to_a_value, _number_to_a_value = _operator(pow)
_to_a_number, _ = _operator(power)


def _comparison(sign: str, holds: Callable[[float, float], bool]) -> Any:
    """The method for `x sign y`: it gives a bool, in a trace a condition."""

    def compared(x: Value, y: Any) -> Any:
        other = y._data if isinstance(y, Value) else number(y, Value, x)
        if other is NotImplemented:
            return other
        observer = modes.active and modes.observer()
        return observer.compare(sign, x, y) if observer else holds(x._data, other)

    return compared


_runs = 0  # how many runs of transforms have begun


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
        source: the `SourceLine` that made it while `source_lines` was on, or None; fixed.

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

    __slots__ = ("__weakref__", "_data", "_grad", "_made", "_partials", "_place", "args", "label",
                 "op", "parents")  # fmt: skip

    def __init__(self, data: Any, label: str | None = None, *others: Any, **named: Any) -> None:
        if others or named or (label is not None and isinstance(label, (tuple, list, set))):
            from . import refusals

            raise refusals.no_leaf(data, label, *others, **named)
        self._data, self._grad, self.label = real(data), 0.0, label
        self._place = scopes.place() if scopes.active else None
        self._made = _runs
        self.op: Primitive | None = None
        self.args: tuple[Any, ...] = ()
        self.parents: tuple[Value, ...] = ()
        self._partials: tuple[float, ...] = ()

    __init__.__wrapped__ = lambda self, data, label=None: None  # type: ignore[attr-defined]  # shown

    @staticmethod
    def _apply(op: Primitive, operands: tuple[Any, ...]) -> Value:
        """Record `op` on Values and numbers."""
        if len(operands) == 1 and isinstance(operands[0], Value):
            return _recorded(op, operands, operands, (operands[0]._data,))
        if op is power and isinstance(operands[1], Value):
            op = pow
        parents = tuple([x for x in operands if isinstance(x, Value)])
        if len(parents) == len(operands):
            return _recorded(op, parents, parents, [x._data for x in parents])
        args = tuple([x if isinstance(x, Value) else number(x, Value) for x in operands])
        numbers = [x if type(x) is float else x._data for x in args]
        return _recorded(op, args, parents, numbers)

    @staticmethod
    def _begin_run() -> int:
        """The number of a run of a transform; the `_made` of what was made before is less."""
        global _runs
        _runs += 1
        return _runs

    @property
    def data(self) -> float:
        # `active` first: `data` is read often, and this takes no call
        return self.detach() if modes.active and modes.trace() is not None else self._data

    @data.setter
    def data(self, new: Any) -> None:
        refuse_in_trace("assigning data")
        if self.op is not None:
            from . import refusals

            raise refusals.only_leaves_change(self)
        self._data = real(new)

    @property
    def grad(self) -> float:
        refuse_in_trace("reading grad")
        return self._grad

    @grad.setter
    def grad(self, new: Any) -> None:
        refuse_in_trace("assigning grad")
        self._grad = real(new)

    @property
    def scope(self) -> scopes.Scope | None:
        return getattr(self._place, "scope", self._place)

    __add__, __radd__ = _operator(add)
    __sub__, __rsub__ = _operator(sub)
    __mul__, __rmul__ = _operator(mul)
    __truediv__, __rtruediv__ = _operator(div)
    __floordiv__, __rfloordiv__ = _operator(floordiv)
    __mod__, __rmod__ = _operator(mod)

    def __pow__(self, exponent: Any) -> Value:
        to_the_power = _to_a_value if isinstance(exponent, Value) else _to_a_number
        return to_the_power(self, exponent)  # type: ignore[no-any-return]

    __rpow__ = _number_to_a_value

    def __neg__(self) -> Value:
        return self._apply(neg, (self,))

    def __eq__(self, other: object) -> Any:
        trace = modes.trace()  # else NotImplemented, so that Python compares identities
        return NotImplemented if trace is None else trace.equal(self, other)

    __hash__ = object.__hash__
    __lt__, __le__ = _comparison("<", operator.lt), _comparison("<=", operator.le)
    __gt__, __ge__ = _comparison(">", operator.gt), _comparison(">=", operator.ge)


_new = object.__new__


def _node(op: Primitive, args: Any, parents: Any, data: float, partials: Any) -> Value:
    """A node of which all is known; `partials` has one entry for each parent."""
    node = _new(Value)
    node._data, node._grad, node.label = data, 0.0, None
    node._place = scopes.place() if scopes.active else None
    node._made = _runs
    node.op = op
    node.args = args
    node.parents = parents
    node._partials = partials
    return node


def _recorded(op: Primitive, args: Any, parents: Any, numbers: Sequence[float]) -> Value:
    """The node of `op` on `args`, whose data are `numbers` and whose Values are `parents`."""
    data = value_at(op, numbers)
    if modes.active and not modes.recording():
        return Value(data)
    partials = partials_at(op, data, numbers)
    if parents is not args:
        partials = tuple([p for p, x in zip(partials, args) if isinstance(x, Value)])
    node = _node(op, args, parents, data, partials)
    if modes.active and (watch := modes.watch()) is not None:
        watch.recorded(node)
    return node


primitive.ieee = Value
if sys.version_info[:2] == (3, 13):
    from .release import release

    Value.__del__ = release  # type: ignore[attr-defined]
