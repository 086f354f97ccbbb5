"""Random numbers that a traced function draws: noticed and refused, for a replay repeats them.

A generator whose state has moved while a function was traced has been drawn from. Looked at are
Python's `random`, NumPy's global generator, and the generators that the function reaches: in its
closure and defaults, among the globals it names, in attributes, of objects and of their classes,
and in arguments. What the operating system draws, and the clock, leave no such mark.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from types import (
    BuiltinMethodType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

from .. import modes
from ..anomaly import PACKAGES
from ..primitive import Primitive, is_value
from ..random_states import global_generators, kinds, name_of, state_of
from ..structure import Constant, attributes
from .errors import TraceError

if TYPE_CHECKING:
    from types import FrameType

    from .trace import Trace

# To look for generators is to take no longer than to trace a small function.
MOST_OBJECTS, MOST_ENTRIES = 1000, 100  # in all; of one list, tuple, set or dict
PLAIN = (float, int, str, bytes, complex, type(None), CodeType, Primitive)
CONTAINERS = (list, tuple, set, frozenset, deque)
BOUND = (MethodType, BuiltinMethodType, classmethod, staticmethod)
LIBRARIES = {"autograd_lite", "nn", "numpy", "scipy"} | sys.stdlib_module_names  # not of the user


def traced_without_draws(run: Callable[[], Trace], function: Any, arguments: Any) -> Trace:
    """What `run` traces, if it draws no random numbers.

    If a generator has moved the function is traced again, up to twice: the first run may have
    prepared something that it keeps, and another thread may draw during each of them.

    Raises:
        TraceError: a generator moves in the third run, too.
    """
    generators = generators_reached(function, arguments)
    before = states(generators)
    trace = run()
    if states(generators) == before:
        return trace
    watch = Watch(generators)
    trace = watch.during(run)
    if watch.moved is None:
        return trace
    before = states(generators)
    trace = run()
    if states(generators) != before:
        raise TraceError(
            f"{watch.moved} is drawn from in a compiled function ({watch.line}), which would "
            "happen while it is traced and never again: draw outside, and give the numbers as an "
            "argument, a list or an array of them (of a batch, a row for each sample)"
        )
    return trace


# States -------------------------------------------------------------------------------------------


def states(generators: list[Any]) -> dict[Any, Any]:
    """The states of the two global generators, if they are there, and of others."""
    found: dict[Any, Any] = {name: state_of(x) for name, x in global_generators().items()}
    return found | {generator: state_of(generator) for generator in generators}


class Watch:
    """Finds the line that draws, as a debugger would: for one run.

    Attributes:
        moved: which generator was drawn from; None if none was.
        line: the line of the user's that drew first.
    """

    def __init__(self, generators: list[Any]) -> None:
        self.generators, self.before = generators, states(generators)
        self.moved: str | None = None
        self.line = self._last = "in code that Python does not trace"
        self._apart = False  # in a function of a primitive, which each replay calls: it may draw

    def during(self, run: Callable[[], Trace]) -> Trace:
        """What `run` gives, watched."""
        other = sys.gettrace()
        sys.settrace(self._step)
        try:
            trace = run()
        finally:
            sys.settrace(other)
        self._look()
        return trace

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Called before each line of the user's, and as their functions begin and end."""
        if self.moved is not None or not _of_user(frame):
            return None
        before, self._apart = self._apart, modes.trace() is None
        if before and self._apart:
            self.before = states(self.generators)
        self._look()
        at = frame.f_back if event == "return" and frame.f_back else frame
        if _of_user(at):
            self._last = f"line {at.f_lineno} of {at.f_code.co_filename}"
        return self._step

    def _look(self) -> None:
        """Note the first generator that has moved, and the line before this one."""
        if self.moved is None:
            now = states(self.generators)
            moved = [x for x in now if x not in self.before or now[x] != self.before[x]]
            if moved:
                self.moved = moved[0] if isinstance(moved[0], str) else f"a {name_of(moved[0])}"
                self.line = self._last


def _of_user(frame: FrameType) -> bool:
    file, module = frame.f_code.co_filename, frame.f_globals.get("__name__", "scipy")
    return not file.startswith(PACKAGES) and module.split(".")[0] not in LIBRARIES


# What a function reaches --------------------------------------------------------------------------


def generators_reached(*things: Any) -> list[Any]:
    """The generators of random numbers that functions, or other things, reach; nearest first.

    Objects are not asked for attributes, or for their class: that may load something, or fail.
    """
    generators = kinds()
    found: list[Any] = []
    seen: dict[int, Any] = {}
    waiting = deque(things)
    while waiting and generators and len(seen) < MOST_OBJECTS:
        x = waiting.popleft()
        if issubclass(type(x), PLAIN) or is_value(x) or id(x) in seen:
            continue
        seen[id(x)] = x
        if issubclass(type(x), generators):
            found.append(x)
        else:
            waiting.extend(islice(_parts(x), MOST_ENTRIES))
    return found


def _parts(x: Any) -> Iterator[Any]:
    """What an object holds, as far as a call of it may use that."""
    kind = type(x)
    if issubclass(kind, type):
        if not _of_library(x):
            yield from (*x.__bases__, *vars(x).values())
    elif kind is FunctionType:
        yield from of_function(x)
    elif kind in BOUND:
        yield from (getattr(x, "__self__", None), getattr(x, "__func__", None))
    elif kind is property:
        yield from (x.fget, x.fset)
    elif kind is partial:
        yield from (x.func, x.args, x.keywords)
    elif issubclass(kind, dict):
        yield from list(dict.values(x))
    elif kind is Constant:
        yield x.x
    else:
        for container in CONTAINERS:
            if issubclass(kind, container):
                yield from container.__iter__(x)
    yield kind
    if not issubclass(kind, (type, ModuleType)):
        yield from _slots(x)
        yield from list(attributes(x).values())


def _slots(x: Any) -> Iterator[Any]:
    """What is in the slots of an object."""
    for kind in type(x).__mro__:
        if "__slots__" in vars(kind):
            for slot in vars(kind).values():
                if type(slot) is MemberDescriptorType:
                    with suppress(AttributeError):  # not assigned yet
                        yield slot.__get__(x)


def of_function(f: FunctionType) -> Iterator[Any]:
    """Its defaults, what its closure holds, and the globals that it names, also in modules."""
    yield from (f.__defaults__, f.__kwdefaults__)
    for cell in f.__closure__ or ():
        with suppress(ValueError):  # not assigned yet
            yield cell.cell_contents
    if _of_library(f):
        return
    names = set(_names(f.__code__))
    spaces: list[Mapping[str, Any]] = [f.__globals__]
    for space in spaces:
        for name in names & space.keys():
            thing = space[name]
            yield thing
            if issubclass(type(thing), ModuleType):
                own = attributes(thing)
                spaces += [] if any(own is other for other in spaces) else [own]


def _of_library(x: Any) -> bool:
    return str(x.__module__).split(".")[0] in LIBRARIES


def _names(code: CodeType) -> Iterator[str]:
    """The globals and attributes that code names, and those of functions inside."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
