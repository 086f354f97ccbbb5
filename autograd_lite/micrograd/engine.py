"""micrograd's Value: it takes micrograd's arguments and attributes of the program's own."""

from __future__ import annotations

from .. import engines
from ..refusals import no_leaf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .. import Value as Base
else:
    Base = engines.Value


class _Kind(type):
    def __instancecheck__(cls, x: object) -> bool:
        """Results of operations are Values of the engine: they count as Values here, too."""
        return isinstance(x, Base) if cls is Value else super().__instancecheck__(x)


class Value(Base, metaclass=_Kind):
    """A leaf that takes attributes, such as the moments that an optimizer keeps at a parameter.

    Results of operations are Values of the engine in use, which take none and cost no more than
    elsewhere; `isinstance(result, Value)` holds. All have `_prev`, `_op` and `_backward()`. On the
    native engine a result that is kept as an attribute of a leaf below it is never freed.

    Args:
        data: a number.
        _children, _op: empty; operations alone record operands.
        label: a name for pictures and error messages.

    Raises:
        TypeError: data is no real number, or `_children` or `_op` is not empty.

    >>> from autograd_lite.micrograd.engine import Value
    >>> p = Value(3.0)
    >>> p.m = 0.5
    >>> y = p * p
    >>> y.backward()
    >>> p.grad * p.m, isinstance(y, Value), y._op
    (3.0, True, '*')
    """

    def __init__(
        self, data: Any, _children: Any = (), _op: str = "", label: str | None = None
    ) -> None:
        if _children or _op:
            raise no_leaf(data, None, _children, _op)
        super().__init__(data, label)
