"""Scopes: names for the parts of a computation, by which pictures fold a large graph.

A Value refers to the scope in which it was made. Each entry makes a new `Scope`, so that a layer
called for 150 samples leaves 150 scopes of one name. The current scope belongs to its thread; it
changes no number, and a compiled function neither keeps it nor asks for it.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from .primitive import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


class Scope:
    """One entry into a part of a computation; made by `with scope("name")` and by calls of modules.

    Two entries under one name are two Scopes. It holds nothing but names, so it keeps no model and
    no graph alive.

    Attributes:
        name: its own name, without those around it.
        outer: the Scope around it, or None.
        path: the names from the outermost to this one, joined by "/"; `str(scope)` gives it, too.

    >>> from autograd_lite import Value, scope
    >>> with scope("encoder"), scope("attention"):
    ...     y = Value(2.0) * 3.0
    >>> y.scope, y.scope.name, y.scope.outer.name
    (Scope('encoder/attention'), 'attention', 'encoder')
    """

    __module__ = "autograd_lite"

    __slots__ = ("closed", "name", "outer")

    def __init__(self, name: str, outer: Scope | None) -> None:
        self.name, self.outer, self.closed = name, outer, False

    @property
    def path(self) -> str:
        names, scope = [self.name], self.outer
        while scope is not None:
            names.append(scope.name)
            scope = scope.outer
        return "/".join(reversed(names))

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"Scope({self.path!r})"


class scope:
    """Give the Values made inside a scope of this name; a context manager and a decorator.

    Each entry, and each call of a decorated function, is a `Scope` of its own.

    Raises:
        TypeError, ValueError: the name is no str, or empty.
        RuntimeError: it is entered again before it was left; `scope(name)` once more is right.

    >>> from autograd_lite import Value, scope
    >>> @scope("square")
    ... def square(x):
    ...     return x * x
    >>> with scope("cost"):
    ...     one, other = square(Value(2.0)), square(Value(3.0))
    >>> str(one.scope), one.scope is other.scope, one.scope.outer is other.scope.outer
    ('cost/square', False, True)
    """

    __module__ = "autograd_lite"

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a scope has a str as its name, got {describe(name)}")
        if not name:
            raise ValueError("a scope has a name of at least one letter, got ''")
        self._name = str.__str__(name)  # of a subclass, the letters alone
        self._entered: Scope | None = None

    def __enter__(self) -> Scope:
        if self._entered is not None:
            raise RuntimeError(
                f"this scope({self._name!r}) is open; make another one to open it once more"
            )
        self._entered = enter(self._name)
        return self._entered

    def __exit__(self, *exception: object) -> None:
        entered, self._entered = self._entered, None
        if entered is not None:
            leave(entered)

    def __call__(self, function: F) -> F:
        name = self._name

        @functools.wraps(function)
        def inside(*args: Any, **named: Any) -> Any:
            entered = enter(name)
            try:
                return function(*args, **named)
            finally:
                leave(entered)

        return inside  # type: ignore[return-value]


# The current scope --------------------------------------------------------------------------------
#
# Where the native engine is built, it keeps the current scope, and what follows is replaced by the
# same in C.

opened = 0  # how many are open in any thread: recording asks for the innermost if there are some
_lock = threading.Lock()


class _Here(threading.local):
    scope: Scope | None = None


_here = _Here()


def enter(name: str) -> Scope:
    """Open a scope inside the innermost one of this thread."""
    global opened
    scope = Scope(name, innermost())
    _here.scope = scope
    with _lock:
        opened += 1
    return scope


def leave(scope: Scope) -> None:
    """Close a scope. It need not be the innermost: a generator may outlive the block around it."""
    global opened
    if not scope.closed:
        scope.closed = True
        with _lock:
            opened -= 1
    innermost()


def innermost() -> Scope | None:
    """The innermost scope of this thread that is open."""
    scope = _here.scope
    while scope is not None and scope.closed:
        _here.scope = scope = scope.outer
    return scope
