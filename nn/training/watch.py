"""Watch: whether a plain number has changed that a model or a loss reads.

A tape has such numbers as constants, so a weight that a callback anneals or a temperature would be
frozen, and as leaves the Values that were there. What functions can reach is walked through once.
Each thing on the way holds others: a function its globals, cells, defaults and attributes, an
object its entries, slots and attributes. Later only what these hold is compared, which takes
microseconds.

Not all is looked into. Of attributes and slots those count that the code names, but for modules,
and for objects of a library that have entries, all of them. Code of the standard library and of
installed packages, but for those of the model and the loss, is not looked into, only what it
decorates: it is large, and no number of the model is in it. A container of more than 256 entries is
data, but a list or an array of numbers is compared up to 10,000. After 2000 things, the nearest
first, the walk ends; lists of Values do not count.

The code of others is not run: no thing is asked for an attribute or an entry, where its class may
say how.
"""

from __future__ import annotations

import dis
import functools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from operator import is_
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
)
from typing import Any

from autograd_lite.anomaly import PACKAGES
from autograd_lite.primitive import is_value
from autograd_lite.structure import attributes, of_class

from ..module import Module

STANDARD_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ")  # how its files begin
INSTALLED = tuple(f"{os.sep}{folder}{os.sep}" for folder in ("site-packages", "dist-packages"))
GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
PLAIN = (int, float, bool, complex, str, bytes, type(None))
CHANGEABLE = (dict, list, set, deque)  # containers that may get other entries
FIXED = (tuple, frozenset)
WRAPPERS = (MethodType, staticmethod, classmethod, property, functools.partial)
MOST_ENTRIES = 256  # of a container: what has more is data
MOST_NUMBERS = 10_000  # of a list or an array of numbers
MOST_PLACES = 2000
OWN_CLASSES = ("nn", "autograd_lite", "builtins")  # packages of classes that stay as they are

Slot = MemberDescriptorType
Place = tuple[Callable[[], list[Any]], list[Any]]  # what reads all that a thing holds; that


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
        names, own = frozenset[str](), frozenset(map(_package, self.functions))
        while True:
            walk = _Walk(names, own)
            walk.through(self.functions)
            if walk.names <= names and walk.packages <= own:
                break
            names |= walk.names  # again: these may be attributes of what was passed before
            own |= walk.packages
        self.places, self.lists = walk.places, walk.lists
        self.copies = [*map(list, walk.lists)]

    def changed(self) -> bool:
        """Whether something is another number than it was, or another thing."""
        try:
            if self.lists != self.copies:
                return True
        except Exception:  # something else has come in the place of a number
            return True
        return not all(_same(before, read()) for read, before in self.places)


class _Walk:
    """Through all that functions can reach."""

    def __init__(self, names: frozenset[str], own: frozenset[str]) -> None:
        self.known, self.names = names, set[str]()
        self.own, self.packages = own, set[str]()  # of the model and the loss
        self.places: list[Place] = []
        self.lists: list[list[Any]] = []  # of plain numbers and Values alone
        self.left = MOST_PLACES
        self.seen = dict[int, Any]()  # things by id, which keeps them alive as long
        self.leaves = dict.fromkeys(PLAIN, True)  # by type: whether such things hold no others
        self.slots = dict[type, list[Slot]]()

    def through(self, things: Iterable[Any]) -> None:
        waiting = deque(things)
        while waiting and self.left > 0:  # the nearest first
            thing = waiting.popleft()
            if not self.leaf(thing) and id(thing) not in self.seen:
                self.seen[id(thing)] = thing
                for read in self.readers(thing):
                    entries = read()
                    self.left -= 1
                    self.places.append((read, entries))
                    waiting += entries
                waiting += self.around(thing)

    def leaf(self, thing: Any) -> bool:
        """Whether a thing holds no others: plain ones, and Values."""
        kind = type(thing)
        if kind not in self.leaves:
            self.leaves[kind] = is_value(thing)
        return self.leaves[kind]

    def readers(self, thing: Any) -> Iterator[Callable[[], list[Any]]]:
        """What reads all that a thing holds, where that may change."""
        kind = type(thing)
        if kind is FunctionType:
            if self.looked_into(thing):
                names, of_globals = _names(thing.__code__)
                self.names |= names
                yield functools.partial(_in_function, thing, of_globals, self.known)
        elif issubclass(kind, type):
            if _package(thing) not in OWN_CLASSES:
                yield functools.partial(_in_attributes, thing, self.known)
        elif kind not in FIXED:
            for base in CHANGEABLE:
                if issubclass(kind, base):
                    yield from self.of_container(thing, base)
            if kind not in CHANGEABLE:
                yield from self.of_object(thing, kind)

    def of_container(self, thing: Any, base: Any) -> Iterator[Callable[[], list[Any]]]:
        """What reads its entries, unless they are data; a list of numbers is kept as it is."""
        size = base.__len__(thing)
        if type(thing) is list and size <= MOST_NUMBERS:
            kinds = dict(zip(map(type, thing), thing))
            if all(map(self.leaf, kinds.values())):
                self.lists.append(thing)
                self.left -= kinds.keys() <= {*PLAIN}
                return
        if size <= MOST_ENTRIES:
            yield functools.partial(_entries, thing, base)

    def of_object(self, thing: Any, kind: type) -> Iterator[Callable[[], list[Any]]]:
        """What reads its attributes, its slots, and its bytes if it is an array."""
        entry = of_class(kind, "__getitem__")
        of_library = type(entry) is FunctionType and not self.looked_into(entry)
        if issubclass(kind, Module):
            self.packages.add(_package(thing))
        whole = of_library or issubclass(kind, Module)
        if kind.__dictoffset__:
            yield functools.partial(_in_attributes, thing, None if whole else self.known)
        whole = whole or issubclass(kind, WRAPPERS)
        if kind not in self.slots:
            self.slots[kind] = [*_slots(kind)]
        slots = [slot for slot in self.slots[kind] if whole or slot.__name__ in self.known]
        if slots:
            yield functools.partial(_in_slots, thing, slots)
        if _bytes(thing):
            yield functools.partial(_bytes, thing)

    def around(self, thing: Any) -> Iterable[Any]:
        """What else a thing leads to: it stays the same."""
        kind = type(thing)
        if kind is FunctionType:
            if self.looked_into(thing) or thing.__code__.co_filename.startswith(PACKAGES):
                return ()
            held = map(_held, thing.__closure__ or ())
            return [x for x in held if type(x) is FunctionType]  # that it decorates
        if kind is BuiltinMethodType:
            return [thing.__self__]
        if issubclass(kind, type):
            if _package(thing) in OWN_CLASSES:
                return ()
            return [x for x in vars(thing).values() if type(x) is FunctionType] + [*thing.__bases__]
        for base in FIXED:
            if issubclass(kind, base) and base.__len__(thing) <= MOST_ENTRIES:
                return [*base.__iter__(thing), kind]
        return [kind]

    def looked_into(self, function: FunctionType) -> bool:
        """Whether numbers that its code names are watched."""
        file = function.__code__.co_filename
        if file.startswith(PACKAGES):
            return False
        installed = file.startswith(STANDARD_LIBRARY) or any(folder in file for folder in INSTALLED)
        return not installed or _package(function) in self.own


# What things hold ---------------------------------------------------------------------------------


def _in_function(
    function: FunctionType, of_globals: Iterable[str], names: frozenset[str]
) -> list[Any]:
    held = [function.__defaults__, function.__kwdefaults__]
    held += map(function.__globals__.get, of_globals)
    held += map(_held, function.__closure__ or ())
    return held + _in_attributes(function, names)


def _held(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return None


def _entries(container: Any, base: Any) -> list[Any]:
    if base is dict:
        return [*dict.keys(container), *dict.values(container)]
    return [*base.__iter__(container)]


def _in_attributes(thing: Any, names: frozenset[str] | None) -> list[Any]:
    """Attributes by name, these or all."""
    inside = attributes(thing)
    if names is None:
        return [*inside, *inside.values()]
    return [x for name in sorted(names & inside.keys()) for x in (name, inside.get(name))]


def _in_slots(thing: Any, slots: list[Slot]) -> list[Any]:
    held = []
    for slot in slots:
        try:
            held.append(slot.__get__(thing))
        except AttributeError:  # nothing is in it yet
            held.append(None)
    return held


def _bytes(thing: Any) -> list[Any]:
    """Those of an array, unless it is data."""
    try:
        view = memoryview(thing)
        return [view.tobytes()] if view.nbytes <= 8 * MOST_NUMBERS else []
    except Exception:  # it is no array, or cannot be read
        return []


def _same(before: list[Any], now: list[Any]) -> bool:
    """Whether things are those that they were; plain ones need only be equal."""
    if len(before) != len(now):
        return False
    return all(map(is_, before, now)) or all(map(_equal, before, now))


def _equal(old: Any, new: Any) -> bool:
    if old is new:
        return True
    if type(old) is not type(new) or type(old) not in PLAIN:
        return False
    return bool(old == new or (old != old and new != new))


# What code names, and what is in classes ----------------------------------------------------------


@functools.lru_cache(maxsize=1000)
def _names(code: CodeType) -> tuple[frozenset[str], tuple[str, ...]]:
    """All names in a function's code, and in those of the functions in it; those of globals."""
    names, of_globals = set[str](), dict[str, None]()
    for part in _codes(code):
        words = (const for const in part.co_consts if isinstance(const, str))
        names.update(part.co_names, filter(str.isidentifier, words))
        loads = (load for load in dis.get_instructions(part) if load.opname in GLOBALS)
        of_globals |= dict.fromkeys(load.argval for load in loads)
    return frozenset(names), tuple(of_globals)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _slots(kind: type) -> Iterator[Slot]:
    """The slots that a class and its bases have for attributes."""
    for base in kind.__mro__:
        yield from (x for x in vars(base).values() if type(x) is MemberDescriptorType)


def _package(thing: Any) -> str:
    """The name of the package, or the module, of a function, a class or an object of one."""
    kind = type(thing)
    named = kind is FunctionType or issubclass(kind, type)
    return str((thing if named else kind).__module__).partition(".")[0]
