"""The native engine: the same Value in C, its formulas generated from the table.

`engine.c`, `tape.c`, `lowering.c` and their headers are mechanism: recording, topological order,
backward, memory, replay, lowering. `formulas.inc` and `special.inc` hold the formulas, `table.inc`
the lists of rows; they are made by `python -m autograd_lite.native.generate`. `load` joins all that
with the Python code that both engines share, unless the engine was built from another table than
the one that is there now.
"""

from __future__ import annotations

import functools
import operator
import os
from importlib import import_module

from .. import derivatives, engines, methods, modes, primitives, scopes, value
from ..anomaly import warn
from ..place import Place
from ..primitive import Primitive, Reduction, partials_at, value_at
from ..primitives import TABLE
from ..shortcuts import shortcuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..compiler.tape import Tape

engine: Any = None  # the module in C, once it is loaded
NOT_IN_C = ("formula", "replayer")  # of the shortcuts: what only a page has; what is below


class StaleEngineError(ImportError):
    """The native engine was built from another table, so that its numbers would be wrong."""


def load() -> Any:
    """The Value of the native engine.

    Raises:
        ModuleNotFoundError: it is not built.
        StaleEngineError: it was built from other formulas.
        ImportError: it cannot serve here: its file is damaged or of another Python, or another
            interpreter of the process has it.
    """
    global engine
    try:
        module = import_module(".engine", __name__)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"the native engine is not built here. {_advice()}") from error
    except ImportError as error:
        raise ImportError(f"the native engine cannot be loaded: {error}. {_advice()}") from error
    missing = [name for name in _wanted() if not hasattr(module, name)]
    if missing:
        raise StaleEngineError(
            f"the native engine was built from an older version: it has no {missing[0]}. "
            f"{_advice()}"
        )
    rows = module.rows()
    if rows is not None and rows != tuple(TABLE.values()):
        raise ImportError(
            "the native engine serves one copy of autograd_lite in one interpreter of a process, "
            "and another one has it already"
        )
    if rows is None:
        _check(module)
    engine = module
    if rows is None:
        _join(module.Value)
    return module.Value


def _wanted() -> Iterable[str]:
    """What the module in C must have."""
    return (
        "digests",
        "lines",
        "made_from",
        "rows",
        *(n for n in vars(shortcuts) if n not in NOT_IN_C),
    )


def _check(module: Any) -> None:
    """Raise unless the rows are those that the engine was built from."""
    if not _made_from(module, primitives.__file__):
        _compare(module.digests()[0], TABLE.values())


def _made_from(module: Any, path: str) -> bool:
    """Whether a file of rows is the one that the engine was built from."""
    if not os.path.exists(path):
        return False
    with open(path, "rb") as file:
        return module.made_from(file.read())  # type: ignore[no-any-return]


def _compare(built: list[tuple[str, int]], rows: Iterable[Primitive]) -> None:
    """The same by digests, which do not mind what else has changed in the file."""
    from .digest import digest_of

    now = [(row.name, digest_of(row)) for row in rows]
    if now != built:
        others = sorted({name for name, _ in {*now} ^ {*built}})
        more = f" and {len(others) - 5} more" * (len(others) > 5)
        reason = f"row {', '.join(others[:5])}{more}" if others else "the order of the rows"
        raise StaleEngineError(
            f"the native engine was built from another table ({reason} differs), so its numbers "
            f"would be wrong. {_advice()}"
        )


def _advice() -> str:
    here = os.path.dirname(os.path.abspath(__file__))
    if os.path.exists(os.path.join(here, "..", "..", "setup.py")):
        return (
            "Build it where there is a C compiler: AUTOGRAD_LITE_NATIVE=required pip install -e . "
            "(if you have changed the table: make generate native)"
        )
    return (
        "Install again from where it came from, where there is a C compiler: "
        "AUTOGRAD_LITE_NATIVE=required pip install --no-cache-dir --force-reinstall ... "
        "(without --no-cache-dir pip may take a wheel that it has built before)"
    )


def _join(kind: Any) -> None:
    """Give the C type the shared methods, and the C code the rows that its opcodes stand for."""
    shared = vars(methods.ValueInterface)
    in_c = vars(kind)
    for name in TABLE:
        if name in in_c and name not in shared:  # operators, which are no methods
            delattr(kind, name)
    for name, method in shared.items():
        row = methods.NUMPY_NAMES.get(name, name)
        if name not in ("__module__", "__slots__", "__doc__") and name not in in_c:
            setattr(kind, name, in_c.get(row, method))
    kind.__doc__ = value.Value.__doc__
    engine.join(
        rows=tuple(TABLE.values()),
        primitive=Primitive,
        value_at=value_at,
        partials_at=partials_at,
        number=methods.number,
        partials_on_values=derivatives.partials_on_values,
        later_opcodes=_later_opcodes,
    )
    _join_managers()
    for primitive in (Primitive, Reduction):
        primitive.__call__ = engine.faster("__call__", primitive.__call__)  # type: ignore[method-assign]
    Primitive.each = engine.faster("each", Primitive.each)  # type: ignore[method-assign]
    shortcuts.replayer = _replayer
    for name in {*vars(shortcuts)}.difference(NOT_IN_C):
        setattr(shortcuts, name, getattr(engine, name))


def _join_managers() -> None:
    """Leave to the C code what is open, and give its Scope what it has not."""
    for name in ("__doc__", "__repr__", "__str__", "path"):
        setattr(engine.Scope, name, vars(scopes.Scope)[name])
    for room, names in ((modes, MODES), (scopes, SCOPES)):
        for name in names:
            setattr(room, name, getattr(engine, name))
    modes.active = scopes.active = True  # it keeps the counts, and is asked each time
    engine.join_managers(modes.Mode, scopes.scope, Place)


MODES = ("recording", "nested", "watch", "trace", "lines")
SCOPES = ("Scope", "innermost", "managers", "call", "place")


JOB = operator.attrgetter(
    "samples", "uniform", "varying", "seeds", "uniform_rates", "varying_rates", "results",
    "totals", "uniform_gradient", "varying_gradients", "rates", "threads",
)  # fmt: skip


def _replayer(tape: Tape) -> Any:
    """Replays a tape by the native engine; NotImplemented if that cannot be."""
    if engines.Value is not engine.Value or not tape.known_in_c():
        return NotImplemented
    if not _knows_later_rows():
        return NotImplemented
    native = engine.Tape(*tape.encoded())

    def replay(job: Any) -> Any:
        return native.replay(*JOB(job))

    replay.tape = native  # type: ignore[attr-defined]  # for `compiler.quick`
    return replay


def _later_opcodes() -> dict[Primitive, int]:
    """The opcodes of the rows of the second file, which eager code asks for at its first one."""
    from ..compiler.tape import OPCODES
    from ..special_rows import SPECIAL

    return {row: OPCODES[row] for row in SPECIAL.values()} if _knows_later_rows() else {}


@functools.cache
def _knows_later_rows() -> bool:
    """Whether the rows that only tapes know are those of the build; they are loaded late."""
    from .. import incomplete, special_rows, student_rows
    from ..compiler.tape import LATER_ROWS
    from ..compiler.trace import TRACE_ROWS

    files = special_rows.__file__, student_rows.__file__, incomplete.__file__
    same = all(_made_from(engine, file) for file in files)  # else by digests, which take a while
    rows = TRACE_ROWS if same else LATER_ROWS
    try:
        _compare(engine.digests()[1][: len(TRACE_ROWS) if same else None], rows)
    except StaleEngineError as error:
        warn(f"{error}. The Python tape serves meanwhile", RuntimeWarning)
        return False
    return True
