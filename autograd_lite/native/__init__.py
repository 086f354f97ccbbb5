"""The native engine: the same Value in C, its formulas generated from the table.

`engine.c` and its headers are mechanism: recording, topological order, backward, memory.
`primitives.inc` holds the formulas and is made by `python -m autograd_lite.native.generate`. This
module joins the two with the Python code that both engines share.
"""

from __future__ import annotations

from .. import interface, modes, primitives, value
from ..primitives import TABLE, Primitive, Reduction

try:
    from . import engine  # type: ignore[attr-defined]
except ImportError:  # not built; then there is no Value here, but `generate` still has its uses
    engine = None
else:
    Value = engine.Value


def _join() -> None:
    """Give the C type the shared methods, and the C code the rows that its opcodes stand for."""
    shared = vars(interface.ValueInterface)
    own = vars(Value)
    for name in TABLE:
        if name in own and name not in shared:  # operators, which are no methods
            delattr(Value, name)
    for name, method in shared.items():
        row = interface.NUMPY_NAMES.get(name, name)
        if name not in ("__module__", "__slots__", "__doc__") and name not in own:
            setattr(Value, name, own.get(row, method))
    Value.__doc__ = value.Value.__doc__
    engine.join(
        rows=tuple(TABLE.values()),
        primitive=Primitive,
        current=modes.current,
        value_at=interface.value_at,
        partials_at=interface.partials_at,
        only_leaves_change=interface.only_leaves_change,
        number=interface.number,
    )
    modes.listeners.append(engine.set_active)
    for kind in (Primitive, Reduction):
        kind.__call__ = engine.faster("__call__", kind.__call__)  # type: ignore[method-assign]
    Primitive.each = engine.faster("each", Primitive.each)  # type: ignore[method-assign]
    for name in ("matvec", "elementwise", "zero_grad"):
        primitives.shortcuts[name] = getattr(engine, name)


if engine is not None:
    _join()
