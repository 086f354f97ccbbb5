"""The native engine: the same Value in C, its formulas generated from the table.

`engine.c`, `tape.c` and their headers are mechanism: recording, topological order, backward,
memory, replay. `table.inc` holds the formulas and is made by
`python -m autograd_lite.native.generate`. This module joins the two with the Python code that both
engines share.
"""

from __future__ import annotations

import sys

from .. import methods, modes, scopes, value
from ..primitive import Primitive, Reduction
from ..primitives import TABLE
from ..shortcuts import shortcuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..compiler.tape import Job, Tape

try:
    from . import engine  # type: ignore[attr-defined]
except ImportError:  # not built; then there is no Value here, but `generate` still has its uses
    engine = None
else:
    Value = engine.Value


def _join() -> None:
    """Give the C type the shared methods, and the C code the rows that its opcodes stand for."""
    shared = vars(methods.ValueInterface)
    own = vars(Value)
    for name in TABLE:
        if name in own and name not in shared:  # operators, which are no methods
            delattr(Value, name)
    for name, method in shared.items():
        row = methods.NUMPY_NAMES.get(name, name)
        if name not in ("__module__", "__slots__", "__doc__") and name not in own:
            setattr(Value, name, own.get(row, method))
    Value.__doc__ = value.Value.__doc__
    engine.join(
        rows=tuple(TABLE.values()),
        primitive=Primitive,
        current=modes.current,
        value_at=methods.value_at,
        partials_at=methods.partials_at,
        only_leaves_change=methods.only_leaves_change,
        number=methods.number,
    )
    modes.listeners.append(engine.follow_modes)
    _join_scopes()
    for kind in (Primitive, Reduction):
        kind.__call__ = engine.faster("__call__", kind.__call__)  # type: ignore[method-assign]
    Primitive.each = engine.faster("each", Primitive.each)  # type: ignore[method-assign]
    for name in vars(shortcuts):
        setattr(shortcuts, name, _replayer if name == "replayer" else getattr(engine, name))


def _join_scopes() -> None:
    """Leave the current scope to the C code, and give its Scope what it has not."""
    for name in ("__doc__", "__repr__", "__str__", "path"):
        setattr(engine.Scope, name, vars(scopes.Scope)[name])
    for name in ("Scope", "enter", "leave", "innermost"):
        setattr(scopes, name, getattr(engine, name))
    scopes.opened = 1  # it keeps the count, and is asked each time


def _replayer(tape: Tape) -> Any:
    """`tape.replay` by the native engine; NotImplemented if that cannot be."""
    from ..compiler.tape import OPCODES

    if package().Value is not Value or any(i.op not in OPCODES for i in tape.instructions):
        return NotImplemented
    native = engine.Tape(*tape.encoded())

    def replay(job: Job) -> Any:
        return native.replay(
            job.samples,
            job.same,
            job.lanes,
            job.seeds,
            job.same_rates,
            job.lane_rates,
            job.results,
            job.totals,
            job.same_gradient,
            job.lane_gradients,
            job.rates,
        )

    return replay


def package() -> Any:
    """autograd_lite itself, whose `Value` says which engine is in use."""
    return sys.modules[__package__.rpartition(".")[0]]


if engine is not None:
    _join()
