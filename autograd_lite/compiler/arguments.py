"""Arguments of a compiled function: taken apart into numbers, and a key for everything else.

A tape belongs to one key: the structure of the arguments and whatever in them is no number. For a
batch, lists and arrays have a leading sample axis; their key is ("samples", shape of a sample), of
arrays ("samples", shape, "array"), for a sample that is an array reaches the function as one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from copy import copy
from itertools import chain, islice, repeat
from math import prod

from .. import engines
from ..primitive import describe, is_value, plain, real
from ..structure import (
    NUMBER,
    chosen,
    constant,
    count_of,
    each,
    entries_of,
    flatten,
    flatten_like,
    is_array,
    replaced,
    unflatten,
    unmasked,
)
from ..structure import Constant as Constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Arguments:
    """The arguments of a call.

    Attributes:
        key: for each argument its name or place, and its key.
        given: the numbers and Values that are the same for all samples, and the `Rows` of each
            sequence (in a batch `RowsOfSamples`), in order.
        sequences: whether there are any.
        columns: for each argument with samples, its doubles and how many make a sample.
        samples: how many there are; 1 without a batch.
    """

    def __init__(
        self,
        args: tuple[Any, ...],
        named: dict[str, Any],
        batch: bool,
        static: frozenset[Any],
        sequences: frozenset[Any] = frozenset(),
    ) -> None:
        self.batch, self.sequences = batch, False
        self.given: list[Any] = []
        self.columns: list[tuple[Any, int]] = []
        self.batches: list[Any] = []  # what the columns were
        self.samples = -1 if batch else 1
        whole = self._batch if batch else None
        sequence = self._sequences if batch else self._sequence
        self.key: Any = tuple(
            [
                (
                    name,
                    constant(x)
                    if name in static
                    else flatten(x, self.given, constant, sequence if name in sequences else whole),
                )
                for name, x in (*enumerate(args), *named.items())
            ]
        )
        if self.samples < 0:
            raise ValueError(
                "a compiled function with a batch wants at least one list or array of samples"
            )

    def _batch(self, x: Any) -> Any:
        """The key of a list or an array of samples; None for anything else."""
        if not is_batch(x):
            return None
        numbers, samples, shape = samples_of(x)
        self._count(samples)
        self.columns.append((numbers, prod(shape)))
        self.batches.append(x)
        return ("samples", shape, "array") if shape and holds_arrays(x) else ("samples", shape)

    def _rows(self, x: Any) -> Rows:
        """A sequence taken apart."""
        return Rows(x)

    def _sequence(self, x: Any) -> Any:
        """The key of a list or an array of any length; None for anything else."""
        if not is_batch(x) or not len(x):  # an empty one is a structure of its own
            return None
        rows = self._rows(x)
        self.sequences = True
        self.given.append(rows)
        return ("sequence", rows.shape, "array") if rows.arrays else ("sequence", rows.shape)

    def _sequences(self, x: Any) -> Any:
        """The key of a list with a sequence for each sample; None for anything else."""
        if not is_batch(x):
            return None
        if not isinstance(x, list) or not x:
            raise ValueError(
                "a batch of sequences is a list with a sequence for each sample (of an array x it "
                f"is list(x)); got {describe(x)}"
            )
        rows = RowsOfSamples(x)
        self.sequences = True
        self._count(len(x))
        self.given.append(rows)
        return ("sequence", rows.shape, "array") if rows.arrays else ("sequence", rows.shape)

    def _count(self, samples: int) -> None:
        """So many samples are in a batch."""
        if self.samples not in (-1, samples):
            raise ValueError(f"one batch holds {self.samples} samples, another {samples}")
        self.samples = samples

    def flat(self, given: list[Any] | None = None) -> list[Any]:
        """The numbers and Values in order, with the columns of sequences."""
        return [
            x
            for entry in (self.given if given is None else given)
            for x in (entry.columns() if isinstance(entry, ROWS) else (entry,))
        ]

    def regrouped(self, flat: Iterator[Any]) -> Iterator[Any]:
        """What belongs to each number, and to each sequence in its form, from `flat` entries."""
        for entry in self.given:
            if isinstance(entry, ROWS):
                yield entry.like(list(islice(flat, entry.width)))
            else:
                yield next(flat)

    def differing(self) -> list[bool]:
        """Of each input of a tape, whether it differs from sample to sample; not of sequences."""
        if not self.batch and not self.sequences:
            return [False] * len(self.given)
        given = iter(self.given)
        found: list[bool] = []
        for n in self.in_order:
            entry = None if n else next(given)
            found += [n > 0] * (n or getattr(entry, "width", 1))
        return found

    @property
    def in_order(self) -> list[int]:
        """Of each number or column, how many inputs of the batch it is; 0 for a single number."""
        inputs = [shape for _, key in self.key for shape in inputs_of(key)]
        return [0 if shape is None else prod(shape) for shape in inputs]

    def built(self, values: Iterator[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with `values` in place of their numbers, for one sample."""
        made = [(name, unflatten(of_one_sample(key), values)) for name, key in self.key]
        return (
            [x for name, x in made if isinstance(name, int)],
            {name: x for name, x in made if not isinstance(name, int)},
        )

    def of_sample(self, i: int) -> list[Any]:
        """The numbers of a sample, in order, and Values that are the same for all."""
        if not self.batch:
            return self.given
        given, columns = iter(self.given), iter(self.columns)
        return [
            x
            for n in self.in_order
            for x in (next(columns)[0][i * n : (i + 1) * n] if n else [_own(next(given), i)])
        ]

    def match(
        self, tangents: Any, argnums: Any = None, single: bool = False, all: bool = True
    ) -> Tangents:
        """Tangents, taken apart in the same way; those of constants are ignored.

        Args:
            argnums, single: as for the derivatives, see `shaped`.
            all: whether arguments that `argnums` leaves out have tangents, too: zeros.
        """
        self.refuse_batch_of_sequences("jvp and hvp")
        places = chosen(argnums, len(self.key))
        single = isinstance(argnums, int) if argnums is not None else single
        parts: dict[Any, Any] = dict(zip(places, each(tangents, len(places), single)))
        found = Tangents(self)
        for name, key in self.key:
            if name in parts:
                path = "tangents" if single else f"tangents[{places.index(name)}]"
                flatten_like(key, parts[name], found.given, path, found.batch)
            elif all:
                found.rest(key)
        return found

    def refuse_batch_of_sequences(self, what: str) -> None:
        """Raise where there is a batch of sequences."""
        if self.batch and self.sequences:
            raise TypeError(
                f"a batch of sequences has no {what}: take them of one sample at a time, by a "
                "program of the same function without a batch"
            )

    def packed(self, given: list[Any], columns: list[tuple[Any, int]], argnums: Any = None) -> Any:
        """Numbers and columns as one argument of another function of as many samples."""
        if self.sequences:
            return tuple([x.given if isinstance(x, Rows) else x for x in given])
        if not self.batch:
            return given
        places = chosen(argnums, len(self.key))
        numbers, doubles = iter(given), iter(columns)
        inputs = [shape for name, key in self.key if name in places for shape in inputs_of(key)]
        return tuple(
            [
                next(numbers)
                if shape is None
                else memoryview(next(doubles)[0]).cast("B").cast("d", (self.samples, prod(shape)))
                for shape in inputs
            ]
        )

    def shaped(
        self, given: Iterator[Any], columns: Iterator[Any], argnums: Any = None, single: Any = None
    ) -> Any:
        """What belongs to each number and column, in the structure of the arguments.

        Args:
            argnums: of which arguments; for an int that of one, without a tuple.
            single: with all arguments, whether they are one, without a tuple; None: look.
        """
        values, keys = given, self.key
        if self.sequences:
            values = self.regrouped(given)
            keys = [(name, replaced(key, "sequence", lambda _: NUMBER)) for name, key in keys]
        if self.batch:
            values = self._merged(values, columns)
            keys = [(name, replaced(key, "samples", lambda _: NUMBER)) for name, key in keys]
        if argnums is None:
            found = [unflatten(key, values, constants=False) for _, key in keys]
            return found[0] if (len(found) == 1 if single is None else single) else tuple(found)
        places = chosen(argnums, sum(isinstance(name, int) for name, _ in keys))
        of_place: dict[Any, Any] = {}
        for name, key in keys:
            if name in places:
                of_place[name] = unflatten(key, values, constants=False)
            else:
                for _ in islice(values, count_of(key)):
                    pass
        return of_place[places[0]] if isinstance(argnums, int) else tuple(map(of_place.get, places))

    def column(self, numbers: array[float]) -> Any:
        """One number for each sample: an array if the batches are arrays, else a list."""
        if not any(map(holds_arrays, self.batches)):
            return numbers.tolist()
        import numpy

        return numpy.array(numbers)

    def _merged(self, given: Iterator[Any], columns: Iterator[Any]) -> Iterator[Any]:
        """Numbers, and columns in the form of their batches, in the order of the arguments."""
        batches = iter(self.batches)
        for _, key in self.key:
            for shape in inputs_of(key):
                yield next(given) if shape is None else like(next(batches), shape, next(columns))


class Tangents:
    """How fast the numbers and the columns of arguments change; see `Arguments`."""

    def __init__(self, arguments: Arguments) -> None:
        self.samples, self.lengths = arguments.samples, arguments.given
        self.given: list[Any] = []
        self.columns: list[tuple[Any, int]] = []

    def batch(self, key: Any, x: Any, path: str) -> bool:
        """Take samples apart, where the arguments have samples."""
        if key != NUMBER and key[0] == "sequence":
            self.sequence(key, x, path)
            return True
        if key == NUMBER or key[0] != "samples":
            return False
        numbers, samples, shape = samples_of(x) if is_batch(x) else (None, 0, ())
        if (samples, shape) != (self.samples, key[1]):
            raise ValueError(
                "tangents must have the structure of the arguments: "
                f"{path} must be {self.samples} samples of shape {key[1]}, got {describe(x)}"
            )
        self.columns.append((numbers, prod(shape)))
        return True

    def sequence(self, key: Any, x: Any, path: str) -> None:
        """Take a sequence apart, where the arguments have one."""
        entries = Rows(x) if is_batch(x) and len(x) else None
        wanted = self.lengths[len(self.given)]
        if entries is None or (entries.n, entries.shape) != (wanted.n, key[1]):
            raise ValueError(
                "tangents must have the structure of the arguments: "
                f"{path} must be a sequence of {wanted.n} entries of shape {key[1]}, "
                f"got {describe(x)}"
            )
        self.given.append(entries)

    def rest(self, key: Any) -> None:
        """Tangents of zero for an argument that does not move."""
        for shape in inputs_of(key):
            if shape is None:
                like = self.lengths[len(self.given)]
                self.given.append(like.zeros() if isinstance(like, Rows) else 0.0)
            else:
                width = prod(shape)
                self.columns.append((array("d", bytes(8 * width * self.samples)), width))


# Keys with samples --------------------------------------------------------------------------------


def inputs_of(key: Any) -> Iterator[tuple[int, ...] | None]:
    """For each column the shape of a sample, for each number None, in order."""
    if key == NUMBER or key[0] == "sequence":
        yield None
    elif key[0] == "samples":
        yield key[1]
    elif key[0] == "array":
        yield from repeat(None, prod(key[1]))
    else:
        for entry in entries_of(key):
            yield from inputs_of(entry)


def of_one_sample(key: Any) -> Any:
    """The key of an argument of the function for one sample; a sequence counts as a number."""
    key = replaced(key, "sequence", lambda _: NUMBER)
    return replaced(key, "samples", lambda x: ("array", x[1]) if len(x) > 2 else lists_of(x[1]))


def as_lists(key: Any) -> Any:
    """A key with nested lists in place of arrays."""
    return replaced(key, "array", lambda x: lists_of(x[1]))


def lists_of(shape: tuple[int, ...]) -> Any:
    key: Any = NUMBER
    for n in reversed(shape):
        key = ("list", *[key] * n)
    return key


def leaf_like(x: Any) -> Any:
    """A leaf in the place of a number or a Value, with the label of that; of a sequence, leaves."""
    if isinstance(x, Rows):
        return x.entries(map(leaf_like, x.numbers))
    return engines.Value(plain(x), getattr(x, "label", None))


# Sequences ----------------------------------------------------------------------------------------


class Rows:
    """A list or an array among the arguments that may be of any length.

    Attributes:
        numbers: its doubles, one entry after another.
        n, shape, width: how many entries, their shape, and how many numbers make one.
        arrays: whether an entry is an array.
    """

    def __init__(self, given: Any) -> None:
        try:
            self.numbers, self.n, self.shape = samples_of(given)
        except TypeError as error:
            said = str(error).replace("samples of a batch", "entries of a sequence")
            said = said.replace(", which is the same for all samples", "")
            raise TypeError(said) from None
        self.given, self.width = given, prod(self.shape)
        self.arrays = bool(self.shape) and holds_arrays(given)

    def columns(self) -> list[array[float]]:
        """For each number of an entry those of all entries."""
        return [self.column(j) for j in range(self.width)]

    def column(self, j: int) -> array[float]:
        """Number `j` of each entry."""
        if not isinstance(self.numbers, array):
            self.numbers = array("d", self.numbers)
        return self.numbers if self.width == 1 else self.numbers[j :: self.width]

    def entries(self, numbers: Iterator[Any]) -> Any:
        """A list of entries with such numbers."""
        key = ("array", self.shape) if self.arrays else lists_of(self.shape)
        return [unflatten(key, numbers) for _ in range(self.n)]

    def like(self, columns: list[Any]) -> Any:
        """Columns in the form that the sequence has; None for one of zeros."""
        numbers = array("d", bytes(8 * self.n * self.width))
        for j, column in enumerate(columns):
            if column is not None:
                numbers[j :: self.width] = column
        return like(self.given, self.shape, numbers)

    def zeros(self) -> Rows:
        """One of the same form."""
        return Rows(like(self.given, self.shape, array("d", bytes(8 * self.n * self.width))))


class RowsOfSamples:
    """A sequence for each sample of a batch, of any length.

    Attributes:
        rows: the `Rows` of each; entries are alike.
        shape, width, arrays: of an entry, see `Rows`.
    """

    _picked: tuple[tuple[int, ...], RowsOfSamples] | None = None  # the last, for all its columns

    def __init__(self, given: list[Any]) -> None:
        self.rows = [
            Rows(x) if is_batch(x) and len(x) else _no_sequence(x, i) for i, x in enumerate(given)
        ]
        first = self.rows[0]
        self.shape, self.width, self.arrays = first.shape, first.width, first.arrays
        for i, rows in enumerate(self.rows):
            if rows.shape != self.shape:
                raise ValueError(
                    f"sequences of a batch have entries of one shape: those of sample {i} have "
                    f"{rows.shape}, those of sample 0 {self.shape}"
                )

    def picked(self, samples: tuple[int, ...]) -> RowsOfSamples:
        """Those of some samples."""
        if self._picked is None or self._picked[0] != samples:
            some = copy(self)
            some.rows, some._picked = [self.rows[s] for s in samples], None
            self._picked = samples, some
        return self._picked[1]

    def columns(self) -> list[ColumnOfSamples]:
        """For each number of an entry those of all entries, of each sample."""
        return [ColumnOfSamples(self, j) for j in range(self.width)]

    def like(self, columns: list[Any]) -> list[Any]:
        """Columns, each with one for each sample, in the form that the sequences have."""
        return [
            rows.like([None if column is None else column[s] for column in columns])
            for s, rows in enumerate(self.rows)
        ]


class ColumnOfSamples:
    """Number `j` of each entry of the sequences of samples, of which `of` has all."""

    def __init__(self, of: RowsOfSamples, j: int) -> None:
        self.of, self.j = of, j

    def __getitem__(self, sample: int) -> array[float]:
        return self.of.rows[sample].column(self.j)

    def picked(self, samples: list[int]) -> ColumnOfSamples:
        """That of some samples."""
        return self.of.picked(tuple(samples)).columns()[self.j]


ROWS = (Rows, RowsOfSamples)


def _own(x: Any, sample: int) -> Any:
    """What a sample has of something that was given."""
    return x.rows[sample] if isinstance(x, RowsOfSamples) else x


def _no_sequence(x: Any, sample: int) -> Any:
    """Raise for a sample that has no sequence."""
    raise ValueError(
        "a batch has a sequence of one entry or more for each sample, a list or an array; got "
        f"{describe(x)} for sample {sample}"
    )


# Samples ------------------------------------------------------------------------------------------


def is_batch(x: Any) -> bool:
    """Whether `x` has a leading sample axis."""
    return type(x) in (list, array, memoryview) or (is_array(x) and x.shape != ())


def holds_arrays(x: Any) -> bool:
    """Whether the samples of a batch are arrays."""
    return is_array(x[0] if isinstance(x, list) else x)


def samples_of(x: Any) -> tuple[Any, int, tuple[int, ...]]:
    """The doubles in a batch, how many samples they are, and the shape of a sample.

    Arrays of contiguous doubles are taken as they are, without a copy; a memoryview is copied.
    """
    x = unmasked(x)
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
    flat = [unmasked(row).tolist() if is_array(row) else row for row in x]
    while flat and isinstance(flat[0], (list, tuple)):
        dims.append(len(flat[0]))
        for i, row in enumerate(flat):
            if not isinstance(row, (list, tuple)) or len(row) != dims[-1]:
                raise ValueError(
                    f"rows of one shape are wanted: row {i} is {describe(row)}, "
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


def like(x: Any, shape: tuple[int, ...], numbers: array[float]) -> Any:
    """Doubles as a batch like `x`: an array of NumPy's kind, an array, or lists."""
    if isinstance(x, array):
        return numbers
    samples = len(numbers) // prod(shape)
    if holds_arrays(x):
        import numpy

        together = numpy.frombuffer(numbers).reshape(samples, *shape)
        return list(together) if isinstance(x, list) else together
    if not shape:
        return numbers.tolist()
    return memoryview(numbers).cast("B").cast("d", (samples, *shape)).tolist()
