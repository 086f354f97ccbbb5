"""Structures: numbers alone, or in lists, tuples, dicts, dataclasses and arrays, however nested.

`flatten` takes a structure apart into its numbers, in order, and a key for all else; `unflatten`
puts something in the places of the numbers again. The transforms and `compile` use these two, so
what the one takes and gives, the other takes and gives.

A key is NUMBER, or a tuple that begins with what the structure is:

    ("list", *keys), (tuple, *keys), (a class of lists or tuples, as of named ones, *keys)
    ("dict", names, *keys), ("mapping", (class of dicts, Factory or None, *names), *keys)
    ("dataclass", (class, *names), *keys)
    ("array", shape)
    ("constant", Constant(x))       anything else: a bool, a string, None, an enum, a model
    ("samples", shape, ...)         a batch, in `compile` only; see `compiler.arguments`

A function gets an array as a NumPy array of Values, which it may index, add and multiply like an
array of floats; derivatives are float64 arrays.
"""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, product
from types import FunctionType

from .primitive import describe, is_value, real
from .shortcuts import shortcuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NUMBER = "a number"
WITH_NAMES = ("dict", "mapping", "dataclass")  # whose keys have names before the entries
KEPT = "compiled "  # so begin the names under which instances keep programs of their methods
REAL, NUMBERS = "iuf", "iufcO"  # kinds of NumPy's types; an object may be a number


# Apart and together -------------------------------------------------------------------------------


def constant(x: Any) -> Any:
    """The key of what is no number."""
    return "constant", Constant(x)


def flatten(
    x: Any,
    numbers: list[Any],
    other: Callable[[Any], Any] = constant,
    whole: Callable[[Any], Any] | None = None,
) -> Any:
    """The key of `x`, whose numbers and Values are appended to `numbers`.

    Args:
        other: gives the key of what is neither a number nor a structure.
        whole: is asked first about everything but plain numbers and Values; its key, if it has
            one, stands for the whole.

    Raises:
        TypeError: a complex number, a masked array, an array of other things than numbers, a list,
            tuple or dict with attributes.

    >>> from autograd_lite.structure import flatten, unflatten
    >>> numbers = []
    >>> key = flatten({"w": [1.0, 2], "b": 3.0}, numbers)
    >>> numbers
    [1.0, 2, 3.0]
    >>> unflatten(key, iter([10.0, 20.0, 30.0]))
    {'w': [10.0, 20.0], 'b': 30.0}
    """
    kind = type(x)
    if kind is float or kind is int or is_value(x):
        numbers.append(x)
        return NUMBER
    if whole is not None:
        key = whole(x)
        if key is not None:
            return key
    if kind is list:
        known = shortcuts.key_of(x, NUMBER, "list", numbers)
        if known is not NotImplemented:
            return known
        return "list", *[flatten(entry, numbers, other, whole) for entry in x]
    if kind is tuple:
        return tuple, *[flatten(entry, numbers, other, whole) for entry in x]
    if kind is dict:
        return "dict", tuple(x), *[flatten(x[name], numbers, other, whole) for name in x]
    if hasattr(kind, "__members__"):  # an entry of an enum, whatever else it is
        return other(x)
    if isinstance(x, (list, tuple, dict)):
        _check_attributes(x)
        if not isinstance(x, dict):  # entries as they are, whatever the class makes of them
            entries = list.__iter__(x) if isinstance(x, list) else tuple.__iter__(x)
            return kind, *[flatten(entry, numbers, other, whole) for entry in entries]
        factory = Factory(None) if attributes(x) is x else None
        if isinstance(x, defaultdict):
            factory = Factory(x.default_factory)
        keys = [flatten(entry, numbers, other, whole) for entry in dict.values(x)]
        return "mapping", (kind, factory, *dict.keys(x)), *keys
    if kind is array or kind is memoryview:
        return flatten(x.tolist(), numbers, other, whole)
    if is_array(x):
        key = _flatten_array(as_numpy(x), numbers, other)
        return other(x) if key is None else key
    if hasattr(kind, "__dataclass_fields__"):
        names = fields_of(x)
        keys = [flatten(getattr(x, name), numbers, other, whole) for name in names]
        return "dataclass", (kind, *names), *keys
    if isinstance(x, complex) or (hasattr(kind, "__float__") and not _is_no_number(x)):
        numbers.append(real(x))
        return NUMBER
    return other(x)


def _is_no_number(x: Any) -> bool:
    """Whether something that may have `__float__` is a truth value, text or a date."""
    dtype = getattr(x, "dtype", None)  # every scalar of NumPy has `__float__`
    return isinstance(x, (bool, str)) or getattr(dtype, "kind", "f") not in NUMBERS


def _check_attributes(x: Any) -> None:
    """Raise if a list, tuple or dict holds more than entries."""
    found = attributes(x)
    if found is x or not found:  # a dict whose entries are its attributes, as `x.name`
        return
    own = [str(name) for name in found if not _is_kept(type(x), name)]
    if names := ", ".join(sorted(own)):
        raise TypeError(
            f"a list, tuple or dict is taken apart into its entries, and {describe(x)} also has "
            f"the attributes {names}: give these as an argument of their own, or make its class "
            "a dataclass"
        )


def _is_kept(kind: type, name: str) -> bool:
    """Whether an attribute was put there by Python, or by a method that keeps what it has found."""
    if name == "__orig_class__" or name.startswith(KEPT):  # the one is left by Counter[str](...)
        return True
    return isinstance(of_class(kind, name), cached_property)


def _flatten_array(x: Any, numbers: list[Any], other: Callable[[Any], Any]) -> Any:
    """The key of an array of NumPy; None if it holds truth values, strings or dates."""
    if x.dtype.kind in REAL:
        numbers += x.ravel().astype(float).tolist()
    elif x.dtype.kind in NUMBERS:
        entries, before = x.ravel().tolist(), len(numbers)
        known = shortcuts.key_of(entries, NUMBER, "list", numbers)
        if known is NotImplemented or known.count(NUMBER) < len(entries):
            del numbers[before:]
            for entry in entries:
                if flatten(entry, numbers, other) != NUMBER:
                    raise TypeError(f"an array holds numbers and Values, got {describe(entry)}")
    else:
        return None
    return "array", x.shape


def unflatten(key: Any, values: Iterator[Any], constants: bool = True) -> Any:
    """What has this key, with `values` in the places of the numbers.

    An array of floats is one of float64; of anything else, of objects. If the values are arrays
    (the derivatives of an array's entries), an array of numbers gets the axes of both.

    Args:
        constants: whether constants are put in, too, as arguments of a function want it; else, as
            in derivatives, they are None, and an array without axes stays an array.
    """
    if key == NUMBER:
        return next(values)
    head = key[0]
    if head == "list":
        if is_plain_list(key):
            return list(taken(values, len(key) - 1))
        return [unflatten(entry, values, constants) for entry in key[1:]]
    if head == "constant":
        return key[1].x if constants else None
    if head == "array":
        if key[1] == () and constants:  # as the entries of an array with axes are taken
            return next(values)
        return array_of(taken(values, math.prod(key[1])), key[1])
    if head == "dict":
        return {name: unflatten(entry, values, constants) for name, entry in zip(key[1], key[2:])}
    if head == "mapping":
        kind, factory, *names = key[1]
        return _mapping(kind, factory, zip(names, unflatten((tuple, *key[2:]), values, constants)))
    if head == "dataclass":
        kind, *names = key[1]
        made = object.__new__(kind)  # a check in `__post_init__` may not like a derivative
        for name, entry in zip(names, key[2:]):
            object.__setattr__(made, name, unflatten(entry, values, constants))
        return made
    entries = [unflatten(entry, values, constants) for entry in key[1:]]
    if head is tuple:
        return tuple(entries)
    return _sequence(head, entries)


def _sequence(kind: Any, entries: list[Any]) -> Any:
    """A list or a tuple of this class: not by its `__init__`, which may want something else."""
    if issubclass(kind, list):
        made = list.__new__(kind)
        list.extend(made, entries)
        return made
    try:
        return tuple.__new__(kind, entries)
    except TypeError:  # one of C, such as time.struct_time
        return kind(entries)


class Factory:
    """The `default_factory` of a dict, in a key: equal to those that are made by the same code.

    Without one, in a dict whose entries are its attributes.
    """

    __slots__ = ("make",)

    def __init__(self, make: Any) -> None:
        self.make = make

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Factory):
            return False
        makes = (self.make, other.make)
        if makes[0] is makes[1]:
            return True
        fixed = all(
            type(make) is FunctionType and not (make.__closure__ or make.__defaults__)
            for make in makes
        )
        return fixed and makes[0].__code__ is makes[1].__code__

    def __hash__(self) -> int:
        return hash(type(self.make))

    def __reduce__(self) -> Any:
        import pickle

        try:
            pickle.dumps(self.make)
        except Exception:  # a lambda: who gives such a dict after unpickling brings another one
            return Factory, (None,)
        return Factory, (self.make,)


def _mapping(kind: Any, factory: Factory | None, entries: Iterable[tuple[Any, Any]]) -> Any:
    """A dict of this class, likewise."""
    base: Any = next(one for one in (OrderedDict, defaultdict, dict) if issubclass(kind, one))
    made = base.__new__(kind)
    if base is defaultdict:
        defaultdict.__init__(made, factory.make if factory else None)
    elif factory:
        made.__dict__ = made
    for name, entry in entries:
        base.__setitem__(made, name, entry)
    return made


class Doubles:
    """An iterator over an array of doubles that gives many at a time, too."""

    __slots__ = ("numbers", "place")

    def __init__(self, numbers: array[float]) -> None:
        self.numbers, self.place = numbers, 0

    def __iter__(self) -> Doubles:
        return self

    def __next__(self) -> float:
        self.place += 1
        return self.numbers[self.place - 1]

    def take(self, n: int) -> array[float]:
        """The next n."""
        self.place += n
        return self.numbers[self.place - n : self.place]


def taken(values: Iterator[Any], n: int) -> Sequence[Any]:
    """The next n values."""
    return values.take(n) if hasattr(values, "take") else list(islice(values, n))


def leaves_of(x: Any) -> list[Any]:
    """The entries of a structure in order: its numbers and Values, and whatever else is in it."""
    leaves: list[Any] = []
    flatten_all(x, leaves)
    return leaves


def flatten_all(x: Any, leaves: list[Any]) -> Any:
    """The key of `x` if every entry counts as a number; the entries are appended to `leaves`."""

    def leaf(entry: Any) -> Any:
        leaves.append(entry)
        return NUMBER

    return flatten(x, leaves, leaf)


def flatten_like(
    key: Any,
    x: Any,
    numbers: list[Any],
    path: str,
    whole: Callable[[Any, Any, str], bool] = lambda key, x, path: False,
) -> None:
    """Append the numbers of `x`, in the order of `key`, whose structure it must have.

    Names of a dict may come in any order, and a list, a tuple and an array stand for one another.
    What stands for a constant is ignored.

    Args:
        path: where `x` is, for the error.
        whole: is asked first; whether it has dealt with `x`.

    Raises:
        ValueError: x has another structure; the message says where, what is wanted, what came.
    """
    if type(x) is list:
        before = len(numbers)
        if shortcuts.key_of(x, NUMBER, "list", numbers) == key:
            return
        del numbers[before:]
    if whole(key, x, path):
        return
    if key == NUMBER:
        if type(x) is not float and not is_value(x):
            try:
                x = real(x)
            except TypeError:
                raise _misfit(key, x, path) from None
        numbers.append(x)
        return
    head = key[0]
    if head == "constant":
        return
    if head == "array":
        entries: list[Any] = []
        try:
            found = _flatten_array(_as_array(x), entries, constant)
        except TypeError:
            found = None
        if found != key:
            raise _misfit(key, x, path)
        numbers += entries
        return
    if head in ("dict", "mapping"):
        names = _names_in(key)
        fits = isinstance(x, dict) and x.keys() == set(names)
        entries = [x[name] for name in names] if fits else []
    elif head == "dataclass":
        fits = isinstance(x, key[1][0])
        entries = [getattr(x, name) for name in _names_in(key)] if fits else []
    else:
        entries = x.tolist() if is_array(x) or type(x) in (array, memoryview) else x
        fits = isinstance(entries, (list, tuple)) and len(entries) == len(key) - 1
    if not fits:
        raise _misfit(key, x, path)
    for entry, own, part in zip(entries_of(key), entries, _parts_of(key, path)):
        flatten_like(entry, own, numbers, part, whole)


def _misfit(key: Any, x: Any, path: str) -> ValueError:
    return ValueError(
        "tangents must have the structure of the arguments, and None for what is no number: "
        f"{path} must be {outline(key)}, got {describe(x)}"
    )


# Which arguments ----------------------------------------------------------------------------------


def checked(argnums: Any) -> int | tuple[int, ...] | None:
    """`argnums` as an int, a tuple of ints, or None for all arguments."""
    if argnums is None or type(argnums) is int:
        return argnums
    if isinstance(argnums, (tuple, list)) and argnums and set(map(type, argnums)) == {int}:
        return tuple(argnums)
    raise TypeError(
        "argnums is the place of an argument, a tuple of places, or None for all arguments; got "
        f"{describe(argnums)}"
    )


def chosen(argnums: int | tuple[int, ...] | None, count: int) -> tuple[int, ...]:
    """The places that `argnums` means in a call with `count` arguments by place."""
    if argnums is None:
        return tuple(range(count))
    wanted = (argnums,) if isinstance(argnums, int) else argnums
    places = tuple([i + count if i < 0 else i for i in wanted])
    if not all(0 <= i < count for i in places) or len(set(places)) < len(places):
        raise ValueError(
            f"argnums names each argument once, got {argnums} for a call with {count} "
            f"argument{'s' * (count != 1)} by place"
        )
    return places


def by_place(
    names: Sequence[str | None], args: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments, those given by name in their places where that can be; the rest in order.

    Args:
        names: of the parameters, in order; None for one that cannot be given by name.
    """
    placed = list(args)
    for name in names[len(args) :]:
        if name not in named:
            break
        placed.append(named[name])
    done = names[len(args) : len(placed)]
    return tuple(placed), {name: named[name] for name in sorted(named) if name not in done}


def parameters(function: Callable[..., Any]) -> list[str | None]:
    """The names of the parameters that have a place; None for one that has nothing else.

    >>> from autograd_lite.structure import parameters
    >>> parameters(lambda a, /, b, *c, d: a)
    [None, 'b']
    """
    return [name if named else None for name, named in _parameters(function)]


def names_by_place(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters that have a place, for messages."""
    return [name for name, _ in _parameters(function)]


def _parameters(function: Callable[..., Any]) -> list[tuple[str, bool]]:
    """Each parameter that has a place, and whether it may be given by name, too."""
    import inspect

    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # not every callable tells
        return []
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [(p.name, p.kind == either) for p in found if p.kind <= either]


def each(tangents: Any, count: int, single: bool) -> tuple[Any, ...]:
    """The tangents of `count` arguments; of a single one they are not in a tuple."""
    if single:
        return (tangents,)
    if not isinstance(tangents, (tuple, list)) or len(tangents) != count:
        raise ValueError(
            f"tangents of {count} argument{'s' * (count != 1)} are a tuple of {count}, got "
            f"{describe(tangents)}"
        )
    return tuple(tangents)


# What is what -------------------------------------------------------------------------------------


def is_array(x: Any) -> bool:
    """Whether `x` is an array of NumPy's kind, or a series or frame; a NumPy scalar is none."""
    return (
        hasattr(x, "shape")
        and hasattr(type(x), "__len__")
        and (hasattr(x, "tolist") or hasattr(x, "to_numpy"))
        and not isinstance(x, (str, bytes, memoryview))
    )


def unmasked(x: Any) -> Any:
    """A series or a frame as an array; what has no numbers missing, as it is."""
    if getattr(x, "mask", None) is not None and hasattr(x, "filled"):
        raise TypeError("a masked array has numbers missing: give x.filled(...) or x.compressed()")
    return x.to_numpy() if hasattr(x, "to_numpy") else x


def as_numpy(x: Any) -> Any:
    """An array of any library as one of NumPy."""
    import numpy

    x = unmasked(x)
    return x if isinstance(x, numpy.ndarray) else numpy.array(x.tolist())


def _as_array(x: Any) -> Any:
    """An array, or what one of objects can be made of."""
    import numpy

    return as_numpy(x) if is_array(x) else numpy.array(x, dtype=object)


def unwrapped(x: Any) -> Any:
    """The entry of an array without axes; anything else as it is."""
    return x.item() if is_array(x) and x.shape == () else x


def array_of(entries: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Entries as a NumPy array: of float64, or of objects. Arrays get `shape` as further axes."""
    import numpy

    if isinstance(entries, array):
        return numpy.array(entries).reshape(shape)
    if isinstance(entries, numpy.ndarray):
        return numpy.moveaxis(entries, 0, -1).reshape(*entries.shape[1:], *shape)
    if entries and isinstance(entries[0], (list, numpy.ndarray)):
        together = numpy.stack(entries, axis=-1)
        return together.reshape(*together.shape[:-1], *shape)
    if set(map(type, entries)) <= {float, int, bool}:
        return numpy.array(entries, dtype=float).reshape(shape)
    objects = numpy.empty(len(entries), dtype=object)
    objects[:] = entries
    return objects.reshape(shape)


def attributes(x: Any) -> Mapping[str, Any]:
    """What an object has in its `__dict__`, if it has one; no `__getattr__` is called.

    >>> from autograd_lite.structure import attributes
    >>> attributes(3.0)
    {}
    """
    try:
        found: Mapping[str, Any] = object.__getattribute__(x, "__dict__")
    except AttributeError:
        return {}
    return found


def of_class(kind: type, name: str) -> Any:
    """What a class or one of its bases has under a name, as it is there; None for nothing."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def fields_of(x: Any) -> list[str]:
    """The names of a dataclass's fields."""
    from dataclasses import fields

    return [field.name for field in fields(x)]


def entries_of(key: Any) -> tuple[Any, ...]:
    """The keys of the entries of a structure; none of what has no entries of its own."""
    if key == NUMBER or key[0] in ("constant", "array", "samples"):
        return ()
    return key[2:] if key[0] in WITH_NAMES else key[1:]  # type: ignore[no-any-return]


def _names_in(key: Any) -> tuple[Any, ...]:
    """The names of the entries, of a structure that has some."""
    first = {"dict": 0, "dataclass": 1, "mapping": 2}[key[0]]
    return key[1][first:]  # type: ignore[no-any-return]


def is_plain_list(key: Any) -> bool:
    """Whether it is the key of a list of numbers alone."""
    return key[0] == "list" and bool(key.count(NUMBER) == len(key) - 1)


def count_of(key: Any) -> int:
    """How many numbers a structure has."""
    if key == NUMBER:
        return 1
    return math.prod(key[1]) if key[0] == "array" else sum(map(count_of, entries_of(key)))


def replaced(key: Any, head: str, new: Callable[[Any], Any]) -> Any:
    """A key with `new(key)` in place of those keys inside it that begin with `head`."""
    if key != NUMBER and key[0] == head:
        return new(key)
    entries = entries_of(key)
    if not entries:
        return key
    return *key[: len(key) - len(entries)], *[replaced(entry, head, new) for entry in entries]


def names_of(key: Any, name: str) -> Iterator[str]:
    """What each number is called in a structure of this name: x[0], x['a'], x.a, x[0, 1]."""
    if key == NUMBER:
        yield name
    elif key[0] == "array":
        for place in product(*map(range, key[1])):
            yield f"{name}[{', '.join(map(str, place))}]" if place else name
    else:
        for part, entry in zip(_parts_of(key, name), entries_of(key)):
            yield from names_of(entry, part)


def _parts_of(key: Any, name: str) -> list[str]:
    """What the entries of a structure of this name are called."""
    if key[0] in ("dict", "mapping"):
        return [f"{name}[{entry!r}]" for entry in _names_in(key)]
    if key[0] == "dataclass":
        return [f"{name}.{field}" for field in _names_in(key)]
    return [f"{name}[{i}]" for i in range(len(key) - 1)]


def outline(key: Any) -> str:
    """A key in a few words."""
    if key == NUMBER:
        return NUMBER
    if key[0] == "constant":
        return repr(key[1].x)
    if key[0] == "array":
        return f"an array of shape {key[1]}"
    if key[0] == "samples":
        return f"samples of shape {key[1]}"
    if key[0] == "sequence":
        entries = f"entries of shape {key[1]}" if key[1] else "numbers"
        return f"a sequence of {entries}{' in an array' * (len(key) > 2)}"
    if key[0] == "dataclass":
        return f"a {key[1][0].__name__}"
    kind = key[1][0] if key[0] == "mapping" else key[0]
    kind = kind if isinstance(kind, str) else kind.__name__
    return f"a {kind} of {len(entries_of(key))}"


# Constants ----------------------------------------------------------------------------------------


class Constant:
    """Something that is no number, in a key: equal if it is equal and of the same type."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and _alike(self.x, other.x)

    def __hash__(self) -> int:
        x = self.x
        if isinstance(x, tuple):
            return hash(tuple(map(Constant, x)))
        if isinstance(x, frozenset):
            return hash(frozenset(map(Constant, x)))
        if hasattr(x, "__next__"):
            raise TypeError(f"an iterator serves for one call only: give a list, not {describe(x)}")
        if is_array(x):
            return hash(_content(x))
        try:
            return hash(x) if x == x else 0
        except TypeError:
            raise TypeError(
                "arguments of a compiled function are numbers, Values, lists, tuples, dicts, "
                f"dataclasses, arrays, or else hashable constants; got {describe(x)}"
            ) from None


def _alike(x: Any, y: Any) -> bool:
    """Whether a function cannot tell constants apart: 0.0 and -0.0, or 1 and True, it can."""
    if type(x) is not type(y):
        return False
    if isinstance(x, float):
        if x != x or y != y:
            return bool(x != x and y != y)  # nan is nan
        return bool(x == y and math.copysign(1.0, x) == math.copysign(1.0, y))
    if isinstance(x, tuple):
        return len(x) == len(y) and all(map(_alike, x, y))
    if isinstance(x, frozenset):
        return set(map(Constant, x)) == set(map(Constant, y))
    if is_array(x):
        return bool(_content(x) == _content(y))
    return bool(x == y or (x != x and y != y))  # nan is nan


def _content(x: Any) -> Any:
    """What tells arrays apart, to be hashed."""
    x = as_numpy(x)
    entries = tuple(x.ravel().tolist()) if x.dtype.hasobject else x.tobytes()
    return x.dtype.str, x.shape, entries
