"""What a Value can do beyond recording: functions as methods, formatting, copying, errors.

Both engines take these methods as they are; an engine itself brings construction, `data`, `grad`,
`label`, `scope`, `op`, `args`, `parents`, `partials`, the arithmetic operators and the comparisons.
"""

from __future__ import annotations

import builtins
import functools
import math
import operator
from collections.abc import Callable

from . import chain_rule, modes
from .primitive import TABLE, Primitive, Reduction, family, is_value, real, where
from .primitives import FUNCTIONS, abs, ceil, floor, power, round
from .words import NUMPY_NAMES as NUMPY_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@family
def _round_to() -> Primitive:
    """round(v, n), as Python does it."""
    return Primitive(
        "round_to", lambda x, ndigits: builtins.round(x, int(ndigits)),
        lambda out, x, ndigits: (0.0, 0.0), label="round #2",
    )  # fmt: skip


ROUND_TO = _round_to()

DETACH = Primitive(  # how a traced program keeps `v.detach()` and `v.data`
    "detach", lambda x: x, lambda out, x: (0.0,), label="detach", latex="#1"
)


def _method(row: Primitive) -> Callable[..., Any]:
    """A row as a method."""
    if len(row.operands) == 1:

        def unary(self: Any) -> Any:
            return self._apply(row, (self,))

        method: Callable[..., Any] = unary
    else:

        def with_operands(self: Any, *operands: Any, **named: Any) -> Any:
            return row(self, *operands, **named)

        method = with_operands
    method.__name__ = row.name
    method.__doc__ = row.__doc__
    return method


NOTHING = object()


@functools.cache
def _ufuncs() -> Any:
    from . import ufuncs  # which loads NumPy

    return ufuncs


def _not_assigned(node: ValueInterface, new: Any) -> None:
    from . import refusals

    raise refusals.recorded()


# of micrograd, for programs that use it
_of_micrograd = functools.partial(property, fset=_not_assigned)


class ValueInterface:
    """The methods that the Values of both engines share."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: float
        _data: float  # also while a trace is on
        grad: float
        label: str | None
        scope: Any  # a `scopes.Scope` or None; not to be set
        op: Primitive | None
        args: tuple[Any, ...]
        parents: tuple[Any, ...]
        _grad: float
        _partials: tuple[float, ...]

        def __init__(self, data: Any, label: str | None = None) -> None: ...
        @staticmethod
        def _apply(primitive: Primitive, operands: tuple[Any, ...]) -> Any: ...

    def backward(self, gradient: float = 1.0) -> None:
        """Add d self / d leaf to the `.grad` of every leaf that self depends on.

        Interior nodes get the gradient of this call alone. `gradient` is the seed, d L / d self for
        an L beyond this graph. Either every `.grad` is updated or, after an error, none.

        >>> from autograd_lite import Value
        >>> a = Value(3.0)
        >>> b = a + a
        >>> b.backward()
        >>> a.grad  # two paths from a to b
        2.0
        """
        refuse_in_trace("calling backward()")
        chain_rule.backward(self, gradient)  # type: ignore[arg-type]

    @_of_micrograd
    def _prev(self) -> tuple[Any, ...]:
        """The parents, each once, in the order of the operands."""
        return tuple(dict.fromkeys(self.parents))

    @_of_micrograd
    def _op(self) -> str:
        """The sign or the label of the operation, as "+", "**2", "tanh"; "" for a leaf."""
        if self.op is power:
            return f"**{self.args[1]:g}"
        return "" if self.op is None else (self.op.infix or self.op.label).partition(" #")[0]

    @_of_micrograd
    def _backward(self) -> Callable[[], None]:
        """One step of the chain rule: calling it adds to the gradient of each parent."""
        return functools.partial(chain_rule.add_to_parents, self)  # type: ignore[arg-type]

    def item(self) -> float:
        """The number: `data`, by PyTorch's name."""
        return self.data

    def pow(self: Any, exponent: Any) -> Any:
        """`self**exponent`."""
        return self**exponent

    def square(self: Any) -> Any:
        """`self**2`."""
        return self**2

    def conjugate(self) -> Any:
        """Itself: a Value is real (NumPy's std and var ask)."""
        return self

    def __array_ufunc__(
        self, ufunc: Any, method: str, x: Any, y: Any = NOTHING, *others: Any, **named: Any
    ) -> Any:
        """NumPy's and SciPy's functions of arrays, of a Value."""
        ufuncs = _ufuncs()
        do = ufuncs.OPERATORS.get(ufunc)
        if do and isinstance(x, ufuncs.NUMBERS) and method == "__call__" and not (others or named):
            return do(float(x), y)  # np.float64(2.0) * v asks here first
        inputs = (x, *others) if y is NOTHING else (x, y, *others)
        return ufuncs.call(ufunc, method, inputs, named)

    def degrees(self: Any) -> Any:
        """An angle in radians as degrees."""
        return self * (180.0 / math.pi)

    def radians(self: Any) -> Any:
        """An angle in degrees as radians."""
        return self * (math.pi / 180.0)

    rad2deg, deg2rad = degrees, radians

    def exp2(self: Any) -> Any:
        """2 to the power of self."""
        return 2.0**self

    def detach(self) -> Any:
        """A new leaf with the same data, outside the graph."""
        return type(self)(self._data) if modes.trace() is None else self._apply(DETACH, (self,))

    @property
    def partials(self) -> tuple[float, ...]:
        trace = modes.trace()
        return self._partials if trace is None else trace.partials(self)

    @property
    def source(self: Any) -> Any:
        """The line that made it while `source_lines` was on; else None."""
        return getattr(self._place, "source", None)

    def __repr__(self) -> str:
        refuse_in_trace("writing a Value as text")
        return self._described()

    def _described(self) -> str:
        """The text of `repr`, for error messages, while a function is traced, too."""
        parts = [f"{self._data:.6g}"]
        if self._grad != 0.0:
            parts.append(f"grad={self._grad:.6g}")
        if self.label is not None:
            parts.append(f"label={self.label!r}")
        if self.op is not None:
            parts.append(f"op={self.op.name}")
        return f"Value({', '.join(parts)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """In a notebook a Value shows its graph; a terminal shows its repr."""
        from .views.picture import draw, pictures_are_shown

        text = {"text/plain": repr(self)}
        shown = pictures_are_shown()
        return draw(self)._repr_mimebundle_(include, exclude) | text if shown else text

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec and modes.trace() is None else str(self)

    def _is_not_zero(self) -> Any:
        """Whether it is not 0 (a nan is not): a bool, in a trace a condition."""
        observer = modes.active and modes.observer()
        return observer.compare("!=", self, 0.0) if observer else self._data != 0.0

    def _where(self, x: Any, y: Any) -> Any:
        """`where(self, x, y)`."""
        return where(self._is_not_zero(), x, y)

    def __bool__(self) -> bool:
        return bool(self._is_not_zero())

    def __float__(self) -> float:
        from . import refusals

        raise refusals.no_number()

    __int__ = __float__

    def __index__(self) -> int:
        from . import refusals

        raise refusals.no_index()

    __pos__ = conjugate
    __abs__, __floor__, __ceil__ = map(_method, (abs, floor, ceil))

    def __round__(self, ndigits: int | None = None) -> Any:
        if ndigits is None:
            return self._apply(round, (self,))
        return self._apply(ROUND_TO, (self, operator.index(ndigits)))

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __reduce__(self) -> Any:
        refuse_in_trace("copying or pickling a Value")
        if self.op is not None:
            from . import refusals

            raise refusals.no_copy(self)
        kind = None if type(self).__module__ == "autograd_lite" else type(self)
        return _leaf, (kind, self._data, self._grad, self.label), getattr(self, "__dict__", None)


def _leaf(kind: Any, data: float, grad: float, label: str | None) -> Any:
    """A leaf of the engine in use (copies and pickles are made with this)."""
    from . import engines  # above this module: only what reads a pickle knows the engine

    leaf = (kind or engines.Value)(data)
    leaf.grad, leaf.label = grad, label
    return leaf


for _row in FUNCTIONS.values():
    if _row.operator is None and not isinstance(_row, Reduction):
        setattr(ValueInterface, _row.name, _method(_row))
for _alias, _name in NUMPY_NAMES.items():
    setattr(ValueInterface, _alias, _method(TABLE[_name]))


def number(x: Any, kind: type, beside: Any = None) -> Any:
    """`x` as a float; if it is none: NotImplemented beside a Value of `kind`, else an error."""
    if type(x) is float or type(x) is int:
        return real(x)
    if is_value(x) and not isinstance(x, kind):
        from . import refusals

        raise refusals.two_engines(kind, type(x))
    if beside is not None and getattr(x, "shape", ()) != ():
        return NotImplemented  # an array does the operation with each of its elements
    try:
        return real(x)
    except TypeError:
        if beside is None:
            raise
        if type(x) is complex:  # which knows no Value, so that no other answer is to come
            from . import refusals

            raise refusals.complex_beside_value(x) from None
        return NotImplemented


def refuse_in_trace(what: str) -> None:
    """Raise if a trace is on: it would see `what` once, and no replay would do it."""
    trace = modes.trace()
    if trace is not None:
        trace.refuse(what)
