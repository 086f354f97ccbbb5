"""Arguments of a compiled function: taken apart into numbers, and a key for everything else.

A tape belongs to one key: the structure of the arguments and whatever in them is no number. For a
batch, lists and arrays have a leading sample axis, and a sample is a number or nested lists.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from itertools import chain
from math import prod

from ..primitive import describe, is_value, real
from ..shortcuts import shortcuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NUMBER = "a number"


class Arguments:
    """The arguments of a call.

    Attributes:
        key: see the module's text.
        given: the numbers and Values that are the same for all samples, in order.
        columns: for each argument with samples, its doubles and how many make a sample.
        samples: how many there are; 1 without a batch.
        in_order: of each number or column, in order, how many inputs of the batch it is; 0 for one
            that is the same for all samples.
    """

    def __init__(
        self, args: tuple[Any, ...], named: dict[str, Any], batch: bool, static: frozenset[Any]
    ) -> None:
        self.args, self.named, self.batch, self.static = args, named, batch, static
        self.given: list[Any] = []
        self.columns: list[tuple[Any, int]] = []
        self.in_order: list[int] = []
        self.samples = -1 if batch else 1
        key: list[Any] = []
        for name, x in (*enumerate(args), *named.items()):
            key.append((name, constant(x) if name in static else self._key(x)))
        self.key = tuple(key)
        if self.samples < 0:
            raise ValueError(
                "a compiled function with a batch wants at least one list or array of samples"
            )

    def _key(self, x: Any) -> Any:
        kind = type(x)
        if kind is float or kind is int or is_value(x):
            self.in_order.append(0)
            self.given.append(x)
            return NUMBER
        if self.batch and (kind is list or kind is array or (is_array(x) and x.shape != ())):
            return self._samples(x)
        if kind is list:
            before = len(self.given)
            found = shortcuts.key_of(x, NUMBER, "list", self.given)
            if found is not NotImplemented:
                self.in_order += [0] * (len(self.given) - before)
                return found
            return "list", *map(self._key, x)
        if isinstance(x, dict):
            return "dict", tuple(x), *map(self._key, x.values())
        if isinstance(x, tuple):
            return kind, *map(self._key, x)
        if is_array(x):
            return self._key(x.item() if x.shape == () else listed(x))
        if kind is array:
            return self._key(list(x))
        if not isinstance(x, (bool, str)) and hasattr(kind, "__float__"):
            return self._key(real(x))
        return constant(x)

    def _samples(self, x: Any) -> Any:
        numbers, samples, shape = samples_of(x)
        if self.samples not in (-1, samples):
            raise ValueError(f"one batch holds {self.samples} samples, another {samples}")
        self.samples = samples
        width = prod(shape)
        self.columns.append((numbers, width))
        self.in_order.append(width)
        return "samples", shape

    def built(self, values: Iterator[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with `values` in place of their numbers, for one sample."""
        made = [(name, _built(entry, values)) for name, entry in self.key]
        return (
            [x for name, x in made if isinstance(name, int)],
            {name: x for name, x in made if not isinstance(name, int)},
        )

    def first(self) -> list[Any]:
        """The numbers of the first sample, in order."""
        given, columns = iter(self.given), iter(self.columns)
        return [
            x
            for count in self.in_order
            for x in (next(columns)[0][:count] if count else [next(given)])
        ]

    def match(self, tangents: tuple[Any, ...]) -> Arguments:
        """Tangents, taken apart in the same way; those of constants are ignored."""
        other = Arguments(tangents, {}, self.batch, self.static)
        if structure(other.key) != structure(self.key) or other.samples != self.samples:
            raise ValueError(
                "tangents must have the structure of the arguments: a number for each number, "
                f"and None for what is constant; got {tangents!r:.60} for {self.args!r:.60}"
            )
        return other

    def shaped(self, given: Iterator[Any], columns: Iterator[Any]) -> Any:
        """What belongs to each number and column, in the structure of the arguments."""
        by_name = dict((*enumerate(self.args), *self.named.items()))
        found = tuple(_shaped(by_name[name], entry, given, columns) for name, entry in self.key)
        return found[0] if len(found) == 1 else found


def _built(key: Any, values: Iterator[Any]) -> Any:
    """What has this key, with `values` for its numbers."""
    if key == NUMBER:
        return next(values)
    if key[0] == "list":
        return [_built(entry, values) for entry in key[1:]]
    if key[0] == "dict":
        return {k: _built(entry, values) for k, entry in zip(key[1], key[2:])}
    if key[0] == "constant":
        return key[1].x
    if key[0] == "samples":
        return _nested(key[1], values)
    entries = [_built(entry, values) for entry in key[1:]]
    return key[0](*entries) if hasattr(key[0], "_fields") else key[0](entries)


def _shaped(x: Any, key: Any, given: Iterator[Any], columns: Iterator[Any]) -> Any:
    """What belongs to the numbers and columns of `x`, which has this key."""
    if key == NUMBER:
        return next(given)
    if key[0] == "samples":
        return like(x, key[1], next(columns))
    if key[0] == "constant":
        return None
    if key[0] == "dict":
        return {k: _shaped(x[k], entry, given, columns) for k, entry in zip(key[1], key[2:])}
    if is_array(x):
        x = listed(x)
    entries = [_shaped(part, entry, given, columns) for part, entry in zip(x, key[1:])]
    if key[0] == "list":
        return entries
    return key[0](*entries) if hasattr(key[0], "_fields") else key[0](entries)


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
    return bool(x == y or (x != x and y != y))  # nan is nan


class Constant:
    """Something that is no number, in a key: equal if it is equal and of the same type."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and _alike(self.x, other.x)

    def __hash__(self) -> int:
        if isinstance(self.x, tuple):
            return hash(tuple(map(Constant, self.x)))
        if isinstance(self.x, frozenset):
            return hash(frozenset(map(Constant, self.x)))
        return hash(self.x) if self.x == self.x else 0


def structure(key: Any) -> Any:
    """A key without its constants."""
    if not isinstance(key, tuple):
        return key
    return "constant" if len(key) == 2 and isinstance(key[1], Constant) else (*map(structure, key),)


def constant(x: Any) -> Any:
    if isinstance(x, complex):
        real(x)  # raises
    if hasattr(x, "__next__"):
        raise TypeError(f"an iterator serves for one call only: give a list, not {describe(x)}")
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            "arguments of a compiled function are numbers, Values, lists, tuples, dicts, arrays, "
            f"or else hashable constants; got {describe(x)}"
        ) from None
    return "constant", Constant(x)


def is_array(x: Any) -> bool:
    """Whether `x` is an array of NumPy's kind, or a data frame."""
    return hasattr(x, "shape") and (hasattr(x, "tolist") or hasattr(x, "to_numpy"))


def listed(x: Any) -> Any:
    """An array as nested lists."""
    return (x if hasattr(x, "tolist") else x.to_numpy()).tolist()


def samples_of(x: Any) -> tuple[Any, int, tuple[int, ...]]:
    """The doubles in a batch, how many samples they are, and the shape of a sample.

    Arrays of contiguous doubles are taken as they are, without a copy; a memoryview is copied.
    """
    if getattr(x, "mask", None) is not None and hasattr(x, "filled"):
        raise TypeError("a masked array has numbers missing: give x.filled(...) or x.compressed()")
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    if not isinstance(x, list):
        try:
            view = memoryview(x)
        except (TypeError, ValueError, BufferError):  # not every array has a buffer for doubles
            return samples_of(x.tolist())
        shape = view.shape or ()
        if view.format == "d" and view.c_contiguous and 0 not in shape:
            if isinstance(x, memoryview):  # which may begin at any byte
                return array("d", view.tobytes()), shape[0], shape[1:]
            return view.cast("B").cast("d"), shape[0], shape[1:]
        x = x.tolist()
    dims: list[int] = [len(x)]
    flat = [listed(row) if is_array(row) else row for row in x]
    while flat and isinstance(flat[0], (list, tuple)):
        dims.append(len(flat[0]))
        for i, row in enumerate(flat):
            if not isinstance(row, (list, tuple)) or len(row) != dims[-1]:
                raise ValueError(
                    f"samples of one shape are wanted: row {i} is {describe(row)}, "
                    f"row 0 {describe(flat[0])}"
                )
        flat = list(chain.from_iterable(flat))
    if 0 in dims:
        raise ValueError("a batch of no numbers was given")
    try:
        return array("d", flat), dims[0], tuple(dims[1:])
    except TypeError:
        for entry in flat:
            if is_value(entry):
                raise TypeError(
                    f"samples of a batch are numbers, got {entry!r}: take v.data, or give a Value "
                    "as an argument of its own, which is the same for all samples"
                ) from None
        return array("d", map(real, flat)), dims[0], tuple(dims[1:])  # its error says what came


def _nested(shape: tuple[int, ...], values: Iterator[Any]) -> Any:
    if not shape:
        return next(values)
    return [_nested(shape[1:], values) for _ in range(shape[0])]


def like(x: Any, shape: tuple[int, ...], numbers: array[float]) -> Any:
    """Doubles as a batch like `x`: an array of NumPy's kind, an array, or nested lists."""
    if isinstance(x, array):
        return numbers
    samples = len(numbers) // prod(shape)
    if not isinstance(x, memoryview) and (is_array(x) or hasattr(x, "to_numpy")):
        import numpy

        return numpy.frombuffer(numbers).reshape(samples, *shape)
    if not shape:
        return numbers.tolist()
    return memoryview(numbers).cast("B").cast("d", (samples, *shape)).tolist()
