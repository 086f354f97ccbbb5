"""Scopes: names for the parts of a computation, by which pictures fold a large graph.

A Value refers to the scope in which it was made. Each entry makes a new `Scope`, so that a layer
called for 150 samples leaves 150 scopes of one name. The current scope belongs to its task or
thread, like the modes; it changes no number, and a compiled function neither keeps it nor asks for
it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping

from . import modes
from .modes import Entry, Openings
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

    __slots__ = ("name", "outer")

    def __init__(self, name: str, outer: Scope | None) -> None:
        self.name, self.outer = name, outer

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
        self._entry: Entry | None = None

    def __enter__(self) -> Scope:
        if self._entry in _openings.open:
            raise self._is_open()
        self._entry = entry = _openings.entry(self, Scope(self._name, innermost()))
        _openings.open |= {entry}  # no call, after which an interrupt could come, but an operator
        return entry.content  # type: ignore[no-any-return]

    def __exit__(self, *exception: object) -> None:
        if self._entry in _openings.open:
            _openings.close(self)

    def __call__(self, function: F) -> F:
        from .decorated import decorated

        return decorated(function, self, functools.partial(call, self._name))

    def _is_open(self) -> RuntimeError:
        from .refusals import scope_is_open

        return scope_is_open(self._name)


# The current scope --------------------------------------------------------------------------------
#
# Where the native engine is built, it keeps the entries of scopes; what follows, Scope and the two
# methods of `scope` are replaced.

_openings = Openings("autograd_lite.scopes")
active: Any = _openings.open  # false if none is open in any task: recording looks at this alone


def innermost() -> Scope | None:
    """The newest scope of this task that is open."""
    entry = _openings.newest()
    return entry and entry.content  # type: ignore[return-value]


def place() -> Any:
    """What a new Value is given: the scope; while lines are recorded, a `Place` of lines.py."""
    return innermost() if (lines := modes.lines()) is None else lines.place(innermost())


def managers() -> Iterator[Any]:
    """The managers of the scopes of this task that are open, the newest first."""
    return (entry() for entry in _openings)


def call(name: str, function: Callable[..., Any], args: Any, named: Mapping[str, Any]) -> Any:
    """`function(*args, **named)` in a scope of this name."""
    with scope(name):
        return function(*args, **named)
