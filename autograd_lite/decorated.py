"""Functions that are decorated with a manager such as `no_grad()`; loaded with the first."""

from __future__ import annotations

import functools
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

GENERATOR, COROUTINE = 0x220, 0x80  # flags of code, named CO_... in inspect, which is slow to load


def decorated(function: F, manager: Any, call: Callable[..., Any] | None = None) -> F:
    """`function` with a manager around each call; of a coroutine function, around its run.

    Args:
        function: any but a generator function.
        manager: a closed one; each call has a copy of it, which dies with the call.
        call: a faster way to do `with manager: return function(*args, **named)`, if there is one;
            it is given `function, args, named`.

    Raises:
        TypeError: it is a generator function, whose caller works between two of its steps.

    >>> from autograd_lite import Value, no_grad
    >>> @no_grad()
    ... def square(x):
    ...     return x * x
    >>> square(Value(3.0)).parents
    ()
    """
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    if flags & GENERATOR:
        name = type(manager).__name__
        raise TypeError(
            f"{name} cannot decorate a generator function, for it would be open in the caller, "
            f"too, between two steps: write `with {name}(...):` in {function.__name__}, around "
            "what it computes from one yield to the next"
        )
    if flags & COROUTINE:

        @functools.wraps(function)
        async def run(*args: Any, **named: Any) -> Any:
            with _twin(manager):
                return await function(*args, **named)

        return run  # type: ignore[return-value]

    @functools.wraps(function)
    def inside(*args: Any, **named: Any) -> Any:
        if call is not None:
            return call(function, args, named)
        with _twin(manager):
            return function(*args, **named)

    return inside  # type: ignore[return-value]


def _twin(manager: Any) -> Any:
    twin = object.__new__(type(manager))
    vars(twin).update(vars(manager), _entry=None)
    return twin
