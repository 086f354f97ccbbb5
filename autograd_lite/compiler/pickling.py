"""Programs as pickles: the function, if that can be, and the tapes with their leaves."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from ..structure import flatten_all
from .chain import Chain
from .saved_function import SavedFunction
from .specialization import Specialization
from .tape import OPCODES, ROWS, WORDS_OF_0_1_0, Column, Instruction, Tape

if TYPE_CHECKING:
    from .saved_function import Tapes

FIELDS = (  # of a tape, beside its instructions
    "uniform", "varying", "constants", "captured", "inputs", "outputs", "guards", "operations",
    "reorder",
)  # fmt: skip
BY_NAME = {row.name: row for row in ROWS}
_asked: set[int] = set()  # ids of what is being tried


def tapes_out(tapes: Tapes) -> list[tuple[Any, ...]]:
    """Tapes as what `pickle` knows: numbers, strings, lists, dicts; and their leaves."""
    return [
        (key, _program_out(s.tape), s.leaves(), s.result, s.lines)
        for key, specializations in tapes.items()
        for s in specializations
    ]


def tapes_in(state: list[tuple[Any, ...]], keep: bool) -> Tapes:
    """What `tapes_out` was given; `keep` the leaves if nobody else holds them."""
    tapes: Tapes = {}
    for arguments, tape, leaves, result, lines in state:
        entries: list[Any] = []
        key = flatten_all(result, entries)
        program = _program_in(tape)
        specialization = Specialization(program, list(leaves), key, entries, lines, keep)
        tapes.setdefault(arguments, []).append(specialization)
    return tapes


def leaves_of_tapes(program: Any) -> list[Any]:
    """The leaves that the tapes of a program read, each once."""
    every = (s for several in program._current().values() for s in several)
    return list({id(leaf): leaf for s in every for leaf in s.leaves()}.values())


def _program_out(program: Any) -> dict[str, Any]:
    if not isinstance(program, Chain):
        return _tape_out(program)
    from .chain_parts import chain_out

    return {"chain": chain_out(program, _forms()), "batched": program.batched}


def _program_in(state: dict[str, Any]) -> Any:
    if "chain" not in state:
        return _tape_in(state)
    from .chain_parts import chain_in

    return chain_in(state["chain"], _forms(), lambda *_: None, state["batched"])


def _forms() -> Any:
    from .chain_parts import Forms  # only loops wait for it

    return Forms(_tape_out, lambda state, where: _tape_in(state))


def _tape_out(tape: Tape) -> dict[str, Any]:
    instructions = [
        (i.op.name if i.op in OPCODES else i.op, *i[1:-1], [tuple(column) for column in i.columns])
        for i in tape.instructions
    ]
    return {"instructions": instructions, **{name: getattr(tape, name) for name in FIELDS}}


def _tape_in(state: dict[str, Any]) -> Tape:
    state = {WORDS_OF_0_1_0.get(name, name): x for name, x in state.items()}
    state["instructions"] = [
        Instruction(
            BY_NAME.get(op, op), rows, width, out, masked, tuple(Column(*c) for c in columns)
        )
        for op, rows, width, out, masked, columns in state["instructions"]
    ]
    return Tape(**state)


def function_out(function: Any, program: Any) -> tuple[Any, ...] | None:
    """How to find a function again, as `function_in` takes it; None if it cannot be pickled.

    ("import", module, name), ("object", the function), or of a method ("method", how to find its
    function, the instance): its name may mean another one, of a subclass, or a program.
    `program` is the class of what may wrap it under its name.
    """
    if isinstance(function, SavedFunction):
        return None
    if isinstance(function, FunctionType):
        path = ("import", function.__module__, function.__qualname__)
        return path if function_in(path, program) is function else None
    if isinstance(function, MethodType):
        own = function_out(function.__func__, program)
        return ("method", own, function.__self__) if own and _pickles(function.__self__) else None
    return ("object", function) if _pickles(function) else None


def _pickles(x: Any) -> bool:
    """Whether something can be pickled, which may hold the program that asks."""
    if id(x) in _asked:
        return True
    _asked.add(id(x))
    try:
        pickle.dumps(x)
    except Exception:
        return False
    finally:
        _asked.discard(id(x))
    return True


def function_in(path: tuple[Any, ...] | None, program: Any) -> Callable[..., Any] | None:
    """The function that `function_out` described; None if it cannot be imported here."""
    if path is None:
        return None
    function: Any = path[1]
    if path[0] == "method":
        own = function_in(path[1], program)
        return own and MethodType(own, path[2])
    if path[0] == "import":
        try:
            function = sys.modules.get(path[1]) or importlib.import_module(path[1])
            for name in path[2].split("."):
                function = getattr(function, name)
        except (ImportError, AttributeError):
            return None
    if isinstance(function, program):  # the name of a decorated function is the program's
        function = function.__wrapped__
    elif isinstance(function, MethodType) and path[0] == "import":  # of a class
        function = function.__func__
    return function if callable(function) else None
