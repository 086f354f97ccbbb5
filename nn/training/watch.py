"""Watch: whether a plain number has changed that a model or a loss reads.

A tape has such numbers as constants, so a weight that a callback anneals or a temperature would be
frozen. What functions can reach is walked through once: closures, defaults, globals that they name,
attributes of modules, and of other objects those that the code names. Later only the places where
these things are kept are compared, which takes microseconds. Code of the standard library and of
installed packages, but for those of the model and the loss, is not looked into, only what it
decorates: it is large, and no number of the model is in it. No `__getattr__` is called: it may
import a module, or fail.
"""

from __future__ import annotations

import dis
import functools
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from autograd_lite.anomaly import PACKAGES
from autograd_lite.primitive import is_value
from autograd_lite.structure import attributes

from ..module import Module

STANDARD_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ")  # how its files begin
INSTALLED = tuple(f"{os.sep}{folder}{os.sep}" for folder in ("site-packages", "dist-packages"))
GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
PLAIN = (int, float, bool, str, type(None))
MOST_ENTRIES = 256  # of a container: what has more is data
MOST_PLACES = 2000

Place = tuple[Any, "frozenset[str] | None", list[Any]]  # a container, the names in it, its entries


class Watch:
    """Whether what functions read is still the same.

    >>> from nn.training.watch import Watch
    >>> weight = {"penalty": 0.5}
    >>> watch = Watch(lambda x: x * weight["penalty"])
    >>> watch.changed()
    False
    >>> weight["penalty"] = 0.75
    >>> watch.changed()
    True
    """

    def __init__(self, *functions: Any) -> None:
        self.functions = functions
        self.reset()

    def reset(self) -> None:
        """From now on, whether it is the same as now."""
        names, own = frozenset[str](), frozenset(_packages(self.functions))
        while True:
            walk = _Walk(names, own)
            walk.through(self.functions)
            if walk.names <= names:
                break
            names |= walk.names  # again: these may be attributes of what was passed before
        self.places = walk.places

    def changed(self) -> bool:
        """Whether something is another number than it was, or another thing."""
        return any(
            old is not new and not _equal(old, new)
            for container, names, before in self.places
            for old, new in zip_longest(before, _entries(container, names), fillvalue=Watch)
        )


class _Walk:
    """Through all that functions can reach."""

    def __init__(self, names: frozenset[str], own: frozenset[str]) -> None:
        self.known, self.names = names, set[str]()
        self.own = own  # the packages of the model and the loss
        self.places: list[Place] = []
        self.seen = dict[int, Any]()  # things by id, which keeps them alive as long

    def through(self, things: Iterable[Any]) -> None:
        waiting = deque(things)
        while waiting and len(self.places) < MOST_PLACES:  # the nearest first
            thing = waiting.popleft()
            if type(thing) not in PLAIN and id(thing) not in self.seen and not is_value(thing):
                self.seen[id(thing)] = thing
                waiting += self.inside(thing)

    def inside(self, thing: Any) -> Iterator[Any]:
        """What a thing leads to; where it keeps that becomes a place."""
        if isinstance(thing, FunctionType):
            yield from self.of_function(thing)
        elif isinstance(thing, (MethodType, BuiltinMethodType)):
            yield from (getattr(thing, "__func__", None), thing.__self__)
        elif isinstance(thing, (staticmethod, classmethod)):
            yield thing.__func__
        elif isinstance(thing, property):
            yield thing.fget
        elif isinstance(thing, functools.partial):
            yield from (thing.func, thing.args, thing.keywords)
        elif isinstance(thing, type):
            if _package(thing) not in ("nn", "autograd_lite", "builtins"):
                yield from self.place(vars(thing), self.known)
                yield from (x for x in vars(thing).values() if isinstance(x, FunctionType))
                yield from thing.__bases__
        elif isinstance(thing, Module):
            yield from self.place(vars(thing))
            yield type(thing)
        elif isinstance(thing, ModuleType):
            yield from self.place(vars(thing), self.known)
        elif isinstance(thing, (dict, list, tuple, set, frozenset)):
            if len(thing) <= MOST_ENTRIES and not all(map(is_value, thing)):
                yield from self.place(thing)
        elif hasattr(type(thing), "tobytes"):  # an array: its bytes are compared
            if len(_bytes(thing)) <= 8 * MOST_ENTRIES:
                self.place(thing)
        else:
            yield from self.place(_Slots(thing), self.known)
            yield from self.place(attributes(thing), self.known)
            yield type(thing)

    def of_function(self, function: FunctionType) -> Iterator[Any]:
        file = function.__code__.co_filename
        if file.startswith(PACKAGES):
            return
        installed = file.startswith(STANDARD_LIBRARY) or any(folder in file for folder in INSTALLED)
        if installed and _package(function) not in self.own:
            held = _entries(function.__closure__ or (), None)
            yield from (x for x in held if isinstance(x, FunctionType))  # that it decorates
            return
        for code in _codes(function.__code__):
            words = (const for const in code.co_consts if isinstance(const, str))
            self.names.update(code.co_names, filter(str.isidentifier, words))
            loads = (load for load in dis.get_instructions(code) if load.opname in GLOBALS)
            globals_named = frozenset(load.argval for load in loads)
            yield from self.place(function.__globals__, globals_named)
        yield from self.place(function.__closure__ or ())
        yield from (function.__defaults__, function.__kwdefaults__)

    def place(self, container: Any, names: frozenset[str] | None = None) -> Iterator[Any]:
        entries = _entries(container, names)
        if entries:
            self.places.append((container, names, entries))
        return iter(entries)


class _Slots:
    """The attributes of an object that has slots for them, by name."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __contains__(self, name: str) -> bool:
        slot = getattr(type(self.thing), name, None)
        return isinstance(slot, MemberDescriptorType) and hasattr(self.thing, name)

    def __getitem__(self, name: str) -> Any:
        return getattr(self.thing, name)


def _entries(container: Any, names: frozenset[str] | None) -> list[Any]:
    """What a container holds; of one with names, what it holds under these."""
    if names is not None:
        return [container[name] for name in names if name in container]
    if isinstance(container, Mapping):
        return list(container.values())
    if hasattr(type(container), "tobytes"):
        return [_bytes(container)]
    return [_held(entry) if isinstance(entry, CellType) else entry for entry in container]


def _held(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return None


def _equal(old: Any, new: Any) -> bool:
    """Whether two plain numbers, strings or bytes are equal; other things are if they are one."""
    if type(old) is not type(new) or not isinstance(old, (*PLAIN, bytes)):
        return False
    return bool(old == new or (old != old and new != new))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _bytes(array: Any) -> bytes:
    try:
        return bytes(array.tobytes())
    except (AttributeError, TypeError, ValueError):  # as of a constant of numpy.ma
        return b""


def _packages(things: Iterable[Any]) -> Iterator[str]:
    """The packages of functions and of modules, with those that are in them."""
    for thing in things:
        for part in thing.modules() if isinstance(thing, Module) else [thing]:
            yield _package(part)


def _package(thing: Any) -> str:
    """The name of the package, or the module, of a function, a class or an object of one."""
    return str(getattr(thing, "__module__", "")).partition(".")[0]
