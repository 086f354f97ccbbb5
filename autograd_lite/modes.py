"""What may be switched on around a computation: recording off, a watch for nan and inf, a trace.

Each `with` adds an entry to the list of its own task (or thread), and removes that entry when it is
left, in whatever order. The newest open entry rules. It refers weakly to its manager, so that it
ends with the manager where an interrupt comes before `__exit__` has run.

The native engine has the same in C, in native/openings.h and native/modes.h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from contextvars import ContextVar
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


class Entry(ref):  # type: ignore[type-arg]
    """One opening of a manager, to which it refers weakly."""

    __slots__ = ("content", "outer")
    __eq__, __hash__ = object.__eq__, object.__hash__  # two openings of one manager are two entries

    content: Any
    outer: Entry | None


class Openings:
    """The managers of one kind that are open.

    An entry counts while it is in the set `open`, which one step of C adds it to or takes it from:
    an interrupt comes before or after. A manager that dies takes its entries out.
    """

    def __init__(self, name: str) -> None:
        self.open: set[Entry] = set()  # in any task: whoever records looks at it first
        self._newest: ContextVar[Entry | None] = ContextVar(name, default=None)

    def entry(self, manager: Any, content: Any) -> Entry:
        """A new entry in the list of this task; it counts once the caller puts it into `open`."""
        entry = Entry(manager, self.open.discard)
        entry.content, entry.outer = content, self.newest()
        self._newest.set(entry)
        return entry

    def __iter__(self) -> Iterator[Entry]:
        """The open entries in the list of this task, the newest first; closed ones are unlinked."""
        newer, entry = None, self._newest.get()
        while entry is not None:
            if entry in self.open:
                yield entry
            if entry in self.open:  # still
                newer = entry
            elif newer is not None:
                newer.outer = entry.outer
            entry = entry.outer

    def newest(self) -> Entry | None:
        """The newest open entry in the list of this task."""
        entry = self._newest.get()
        return entry if entry is None or entry in self.open else next(iter(self), None)

    def close(self, manager: Any) -> None:
        """End the newest opening of a manager: in this task, or else in another."""
        entries = iter(self)
        mine = next((entry for entry in entries if entry() is manager), None)
        elsewhere = self.open.copy() if mine is None else ()
        self.open.discard(mine or next((e for e in elsewhere if e() is manager), mine))
        next(entries, None)  # unlinks it
        self._newest.set(self.newest())


_openings = Openings("autograd_lite.modes")
active: Any = _openings.open  # false if no mode is on in any task: recording looks at this alone


class Brackets(type):
    """The kind of managers that are written with brackets, also where there are no arguments."""

    def wanted(cls, *_: object) -> Any:
        raise TypeError(f"write {cls.__name__}(), with brackets")

    __enter__ = __exit__ = wanted  # of `with no_grad:`


class Mode(metaclass=Brackets):
    """A context manager (and decorator) that puts a value in the place of a default.

    Args:
        attribute: "recording" (by default True), "nested" (False; in the function of a transform
            True), "watch" (None, or an object with `recorded(node)` and `passed_back(...)`),
            "trace" (None, or a `Trace` of the compiler, which sees comparisons and reads of
            `data`) or "lines" (None, or an object with `place(scope)` and `compare(...)`: see
            lines.py).
        value: what it is while this mode is the newest of its attribute.
    """

    def __init__(self, attribute: str, value: Any) -> None:
        self._attribute, self._value = attribute, value

    def __enter__(self) -> Any:
        now = trace()
        if now is not None:
            self._enter_trace(now)
        entry = _openings.entry(self, self._attribute)
        _openings.open |= {entry}  # no call, after which an interrupt could come, but an operator
        return self

    def __exit__(self, *exception: object) -> None:
        _openings.close(self)

    def __call__(self, function: F) -> F:
        from .decorated import decorated

        return decorated(function, self)

    def _enter_trace(self, trace: Any) -> None:
        """Called before the mode is opened while a function is traced."""


NO_CHANGE = nullcontext()


class no_grad(Mode):
    """Record nothing: operations inside give leaves, which is faster and keeps no graph.

    It is on in its own thread, and of asyncio's tasks in its own and those that are started inside,
    until it is left.

    >>> from autograd_lite import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """

    __module__ = "autograd_lite"

    def __init__(self, *function: Any) -> None:
        if function:  # of `@no_grad`
            type(self).wanted()
        super().__init__("recording", False)

    __init__.__wrapped__ = lambda self: None  # type: ignore[attr-defined]  # shown

    def _enter_trace(self, trace: Any) -> None:
        trace.refuse_no_grad()


# What is on ---------------------------------------------------------------------------------------
#
# Where the native engine is built, it keeps the entries of modes; what follows, `active` and both
# methods of Mode are replaced.


def recording() -> bool:
    """Whether operations are recorded in this task."""
    return _ruling("recording", True)  # type: ignore[no-any-return]


def recorded() -> Any:
    """A context in which operations are recorded: under `no_grad`, too."""
    return NO_CHANGE if recording() else Mode("recording", True)


def watch() -> Any:
    """The watch that is on in this task, or None."""
    return _ruling("watch", None)


def nested() -> bool:
    """Whether the function of a transform, which is given Values, is running in this task."""
    return _ruling("nested", False)  # type: ignore[no-any-return]


def trace() -> Any:
    """The trace that is on in this task, or None: all that an engine knows of compiling."""
    return _ruling("trace", None) if active else None


def lines() -> Any:
    """What records the source lines in this task, or None."""
    return _ruling("lines", None) if active else None


def observer() -> Any:
    """Who compares in this task, instead of the engine: a trace, or what records lines; or None."""
    return trace() or lines()


def _ruling(attribute: str, default: Any) -> Any:
    for entry in _openings:
        if entry.content == attribute:
            mode = entry()
            if mode is not None:
                return mode._value
    return default
