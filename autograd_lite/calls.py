"""A call of a module opens a scope, named by the keys that lead to it from the calling module.

`layers.0` is the name that `named_modules` gives. A walk through a module finds the names of all
that are in it; later calls only see whether the keys still lead to the module, for attributes may
change. Nothing here keeps a module alive. The native engine has the same in C, in native/calls.h.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping

from .scopes import managers, scope
from .shortcuts import shortcuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Keys = tuple[Any, ...]  # from a module: the attribute, and the keys of lists and dicts in it
    Forward = TypeVar("Forward", bound=Callable[..., Any])


def in_one_step(
    *, weight: str, bias: str, activation: str | None = None
) -> Callable[[Forward], Forward]:
    """Say of a `forward` that it gives activation(weight x + bias), three attributes of the module.

    It stays the one that says what a call gives. The native engine does calls of the module without
    calling it, where all is plain: lists of Values and numbers, and an activation of the table or
    None. It looks up `forward` first, so a subclass that defines another one is called as ever.
    """

    def known(forward: Forward) -> Forward:
        shortcuts.in_one_step(forward, weight, bias, activation)
        return forward

    return known


class _Call(scope):
    """The scope of a call of a module."""

    def __init__(self, name: str, module: Any) -> None:
        super().__init__(name)
        self.module = module


def call(module: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """`module.forward(*args, **named)` in a scope (the native engine has this in C)."""
    caller = next((one.module for one in managers() if isinstance(one, _Call)), None)
    name = type(module).__name__ if caller is None else name_in(caller, module)[0]
    with _Call(name, module):
        return module.forward(*args, **named)


def name_in(caller: Any, module: Any) -> tuple[str, Keys | None]:
    """The name of a module that `caller` calls, and the keys that lead to it.

    For a module that is not found in `caller` that is its class, and None.
    """
    inside = _inside.get(id(caller))
    if inside is None:
        inside = _inside[id(caller)] = _Inside(caller)
    return inside.find(caller, module)


class _Inside:
    """The modules in one that calls some: their names and keys by id, as they were at a walk."""

    def __init__(self, caller: Any) -> None:
        key = id(caller)
        self.end = weakref.ref(caller, lambda _: _inside.pop(key, None))
        self.known: dict[int, tuple[str, Keys]] = {}
        self.missed: dict[int, int] = {}  # how often each that is not known was called

    def find(self, caller: Any, module: Any) -> tuple[str, Keys | None]:
        name = self._checked(caller, module)
        if name is None and self._worth_a_walk(id(module)):
            self.known = {id(part): (joined(keys), keys) for keys, part in _walk(caller)}
            name = self._checked(caller, module)
            if name is not None:
                del self.missed[id(module)]
        return name or (type(module).__name__, None)

    def _checked(self, caller: Any, module: Any) -> tuple[str, Keys] | None:
        name = self.known.get(id(module))
        return name if name is not None and _leads(caller, name[1], module) else None

    def _worth_a_walk(self, key: int) -> bool:
        """At the 1st, 2nd, 4th, 8th ... call: a module kept elsewhere would cost a walk each."""
        if len(self.missed) > 1000:
            self.missed.clear()
        times = self.missed[key] = self.missed.get(key, 0) + 1
        return times & (times - 1) == 0


_inside: dict[int, _Inside] = {}  # by the id of the caller


def joined(keys: Keys) -> str:
    """Keys as a name, such as "layers.0"."""
    return ".".join(map(str, keys))


def _walk(caller: Any) -> list[tuple[Keys, Any]]:
    try:
        return [(keys, part) for keys, part in caller._inside() if hasattr(part, "forward")]
    except Exception:  # names are not worth an error: an attribute is strange, or just changing
        return []


def _leads(thing: Any, keys: Keys, module: Any) -> bool:
    """Whether the keys lead from a thing to the module."""
    try:
        for key in keys:
            if isinstance(thing, dict):
                thing = dict.get(thing, key)
            else:
                thing = (vars(thing) if isinstance(key, str) else thing)[key]
    except Exception:
        return False
    return thing is module
