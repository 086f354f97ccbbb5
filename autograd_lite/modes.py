"""What may be switched on around a computation: recording off, a watch for nan and inf, a trace.

A mode belongs to its thread. `active` counts the modes that are on in any thread, so that an
engine recording a node looks at one number when, as nearly always, there is none.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

active = 0
listeners: list[Any] = []  # called with `active` when it changes (the native engine keeps a copy)
_lock = threading.Lock()


class Current(threading.local):
    """The modes of this thread."""

    recording = True
    watch: Any = None  # an object with `recorded(node)` and `passed_back(...)`, or None
    trace: Any = None  # a `Trace` of the compiler, which sees comparisons and reads of `data`

    def __init__(self) -> None:
        self.before: list[Any] = []  # what the modes that are on have replaced


current = Current()


def trace() -> Any:
    """The trace that is on in this thread, or None: all that an engine knows of compiling."""
    return current.trace if active else None


class Mode:
    """A context manager (and decorator) that changes one attribute of `current`."""

    def __init__(self, attribute: str, value: Any) -> None:
        self._attribute, self._value = attribute, value

    def __enter__(self) -> Any:
        current.before.append(getattr(current, self._attribute))
        setattr(current, self._attribute, self._value)
        _count(+1)
        return self

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def inside(*args: Any, **named: Any) -> Any:
            with self:
                return function(*args, **named)

        return inside  # type: ignore[return-value]

    def __exit__(self, *exception: object) -> None:
        setattr(current, self._attribute, current.before.pop())
        _count(-1)


def _count(change: int) -> None:
    global active
    with _lock:
        active += change
        for listener in listeners:
            listener(active)


class no_grad(Mode):
    """Record nothing: operations inside give leaves, which is faster and keeps no graph.

    >>> from autograd_lite import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """

    __module__ = "autograd_lite"

    def __init__(self) -> None:
        super().__init__("recording", False)

    def __enter__(self) -> Any:
        if current.trace is not None:
            raise RuntimeError(
                "no_grad inside a compiled function would freeze the numbers of this call; "
                "use v.detach() for a value without a gradient"
            )
        return super().__enter__()
