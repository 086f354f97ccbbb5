"""The call of a program as one function in C, where the native engine is: see program_calls.h.

The Python code of `compile` and `replay` says what a call does, and does it wherever this does not
fit; a test compares the two.
"""

from __future__ import annotations

import functools
import sys
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from ..shortcuts import shortcuts
from ..structure import NUMBER, WITH_NAMES, chosen, parameters
from .replay import as_primitive
from .specialization import Specialization

if TYPE_CHECKING:
    from .arguments import Arguments
    from .kept import Kept
    from .program import Program

Method = TypeVar("Method", bound=Callable[..., Any])

METHODS = ("value", "backward", "value_and_grad", "grad", "__call__", "jvp")
REDUCTIONS = (None, "mean", "sum", "none")


def quick(method: Method) -> Method:
    """A method of Program as one that tries its `_quick` first."""
    faster: Any = shortcuts.quick_method(method, METHODS.index(method.__name__))
    if faster is NotImplemented:
        return method
    functools.update_wrapper(faster, method)
    return faster  # type: ignore[no-any-return]


def call_of(program: Program, kept: Kept, arguments: Arguments) -> Any:
    """The Call for such arguments; None if there is something in them that it does not know."""
    keys = tuple([(name, _known(key)) for name, key in arguments.key])
    branches = [_branch(program, arguments, specialization) for specialization in kept.several]
    if None in branches or any(key is None for _, key in keys):
        return None
    places, alone = None, len(keys) == 1
    if program.argnums is not None:
        places = chosen(program.argnums, sum(isinstance(name, int) for name, _ in keys))
        alone = isinstance(program.argnums, int)
    where = ref(kept)  # which has the call

    def use(specialization: Specialization) -> None:
        if (kept := where()) is not None:
            kept.use(specialization)

    numpy = sys.modules.get("numpy")
    call = shortcuts.quick_call(
        branches, use, NUMBER, keys, tuple(parameters(program.function)), places,
        numpy and numpy.empty, array("d", [0.0]), numpy and numpy.ndarray,
        len(arguments.given), REDUCTIONS.index(program.reduction), program.threads, alone,
    )  # fmt: skip
    return None if call is NotImplemented else call


def _branch(program: Program, arguments: Arguments, specialization: Specialization) -> Any:
    """A specialization as a Call wants it; None if it is for the Python code."""
    tape, key = getattr(specialization.replay, "tape", None), _known(specialization.key)
    if tape is None or key is None or not specialization.in_order:
        return None
    if specialization.watched or specialization.reads_inputs:
        return None
    if program.reduction == "none" and "array" in _heads(key):
        return None
    one = specialization.is_one
    primitive = as_primitive(program, arguments, specialization) if one else None
    return tape, specialization.references, key, one, specialization, primitive


def _known(key: Any) -> Any:
    """A key with the very objects that the C code compares with; None for what it does not know."""
    if key == NUMBER:
        return NUMBER
    head = sys.intern(key[0]) if isinstance(key[0], str) else key[0]
    if head in ("array", "samples", "constant"):
        return head, *key[1:]
    named = head in WITH_NAMES
    if head == "mapping" or not (named or head in ("list", tuple) or _is_named_tuple(head)):
        return None
    entries = [_known(entry) for entry in key[1 + named :]]
    return None if None in entries else (head, *key[1 : 1 + named], *entries)


def _is_named_tuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_make")


def _heads(key: Any) -> set[Any]:
    """What the structures in a key are."""
    if key == NUMBER:
        return set()
    named = key[0] in WITH_NAMES
    inner = key[1 + named :] if key[0] not in ("array", "samples", "constant") else ()
    return {key[0]}.union(*map(_heads, inner))
