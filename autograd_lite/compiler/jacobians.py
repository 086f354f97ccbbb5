"""Jacobians of programs: the directions of a matrix are lanes of one replay.

Forward, a direction is an input that moves, and gives a column; backward it is an output, and gives
a row. Whatever is fewer is chosen. The numbers are one array of doubles, which the structures of
the result and of the arguments are cut from.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ..structure import (
    NUMBER,
    Doubles,
    chosen,
    count_of,
    entries_of,
    flatten,
    is_array,
    is_plain_list,
    replaced,
    unflatten,
)
from .arguments import inputs_of, of_one_sample
from .chain import Chain
from .job import zeros
from .specialization import Output
from .trace import is_number
from .uncompiled import Uncompiled

if TYPE_CHECKING:
    from .arguments import Arguments
    from .replay import Replay
    from .tape import Tape


MOST_DIRECTIONS = 32  # as in native/directions.h
MOST_NUMBERS = 4096  # of a Jacobian whose places are listed one by one


class Wanted(NamedTuple):
    """With respect to what a program is differentiated.

    Attributes:
        keys: of the arguments that are meant, in the order of `argnums`.
        places: where their numbers are among those of all arguments.
        single: whether derivatives are those of one argument, and not in a tuple.
    """

    keys: list[Any]
    places: Sequence[int]
    single: bool

    @classmethod
    def of(cls, arguments: Arguments, argnums: Any) -> Wanted:
        """What `argnums` means in a call; of a batch, for one sample."""
        keys = {name: of_one_sample(key) for name, key in arguments.key}
        starts, start = {}, 0
        for name, key in keys.items():
            starts[name] = start
            start += count_of(key)
        names = meant(arguments, argnums)
        several = [range(starts[n], starts[n] + count_of(keys[n])) for n in names]
        places = several[0] if len(several) == 1 else [i for part in several for i in part]
        single = len(names) == 1 if argnums is None else isinstance(argnums, int)
        return cls([keys[name] for name in names], places, single)

    @classmethod
    def of_run(cls, run: Replay | Uncompiled, argnums: Any) -> Wanted:
        """The same, found but once for all calls with arguments of one structure.

        Programs of one saved function share its tapes, and differ in `argnums`.
        """
        if isinstance(run, Uncompiled) or run.program.reduction is not None:
            return cls.of(run.arguments, argnums)
        found = run.specialization.wanted
        if found is None or found[0] != argnums:
            found = run.specialization.wanted = argnums, cls.of(run.arguments, argnums)
        wanted: Wanted = found[1]
        return wanted

    @property
    def key(self) -> Any:
        """The structure of a gradient."""
        return self.keys[0] if self.single else (tuple, *self.keys)

    def shaped(self, values: Iterator[Any]) -> Any:
        """What belongs to each number, as a gradient."""
        return unflatten(self.key, values, constants=False)


def meant(arguments: Arguments, argnums: Any) -> list[Any]:
    """The names or places of the arguments that `argnums` means in a call."""
    names = [name for name, _ in arguments.key]
    if argnums is None:
        return names
    return list(chosen(argnums, sum(isinstance(name, int) for name in names)))


def jacobian(run: Replay | Uncompiled, wanted: Wanted, key: Any = None) -> Any:
    """The derivatives of each entry of a result, in its structure.

    Args:
        run: of the arguments.
        wanted: what they are taken with respect to.
        key: the structure, if the result is but the list of its entries.
    """
    own, entries = run.outline()
    if run.program.reduction is not None:
        assert not isinstance(run, Uncompiled)
        return _of_batch(run, own if key is None else key, entries)
    numbers = matrix(run, wanted.places)
    n = len(wanted.places)
    if not run.in_order:
        numbers = _with_constants(numbers, entries, n)
    return _shaped(own if key is None else key, entries, numbers, wanted)


def dense(run: Replay | Uncompiled, wanted: Wanted) -> Any:
    """A row for each entry of a result, as a NumPy array."""
    import numpy

    entries, n = run.outline()[1], len(wanted.places)
    numbers = _with_constants(matrix(run, wanted.places), entries, n)
    return numpy.array(numbers).reshape(len(entries), n)


def matrix(run: Replay | Uncompiled, places: Sequence[int]) -> array[float]:
    """The derivatives of all outputs with respect to the inputs at `places`, row after row."""
    m, n = run.outputs, len(places)
    if not isinstance(run, Uncompiled):
        specialization = run.specialization
        at = specialization.places
        if at is None or at.inputs != places:
            at = specialization.places = Places(run, places)
        if at.directions:
            numbers = zeros(m * n)
            if run.directions_at(at.directions, at.put, at.take, numbers, at.forward):
                return numbers
    inputs = run.captured + len(run.arguments.given)
    at = [run.captured + i for i in places]
    if run.runs_forward(n):
        answers = run.directions(n, True, _units(at, inputs))  # column after column
        return answers if n <= 1 else _transposed(answers, m)
    answers = run.directions(m, False, _units(range(m), m))
    first = at[0]
    if at == list(range(first, first + n)):
        rows = [answers[k + first : k + first + n] for k in range(0, m * inputs, inputs)]
    else:
        rows = [array("d", [answers[k + i] for i in at]) for k in range(0, m * inputs, inputs)]
    return _joined(rows)


class Places:
    """Where the directions of a Jacobian go into a native tape, and where its numbers come out.

    Attributes:
        inputs: which of them move.
        forward: whether they do, or else weights pass back.
        directions: how many there are; 0 where they go another way.
        put, take: places, see `replay_places` in native/directions.h.
    """

    def __init__(self, run: Replay, inputs: Sequence[int]) -> None:
        tape, m, n = run.specialization.tape, run.outputs, len(inputs)
        self.inputs, self.directions, self.forward = inputs, 0, run.runs_forward(n)
        count = n if self.forward else m
        if isinstance(tape, Chain) or not m * n <= MOST_NUMBERS or not by_places(tape, count):
            return
        self.directions = count
        xs = [tape.uniform_inputs[run.captured + i] * count for i in inputs]
        ys = [slot * count for slot in tape.outputs]
        if self.forward:
            self.put = array("i", [x + k for k, x in enumerate(xs)])
            self.take = array("i", [y + k for y in ys for k in range(n)])
        else:
            self.put = array("i", [y + k for k, y in enumerate(ys)])
            self.take = array("i", [x + k for k in range(m) for x in xs])


def by_places(tape: Tape, directions: int) -> bool:
    """Whether a native tape takes so many directions at once, by places."""
    return 0 < directions <= MOST_DIRECTIONS and tape.slots * directions < 2**31


def _units(places: Sequence[int], width: int) -> array[float]:
    """For each place a direction of so many numbers: 1 there, else 0."""
    directions = zeros(len(places) * width)
    for k, place in enumerate(places):
        directions[k * width + place] = 1.0
    return directions


def _transposed(numbers: array[float], m: int) -> array[float]:
    """Rows of `m` numbers each as columns, by NumPy if it is there anyway."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return _joined([numbers[i::m] for i in range(m)])
    return array("d", numpy.frombuffer(numbers).reshape(-1, m).T.tobytes())


def _joined(rows: Sequence[array[float]]) -> array[float]:
    joined = array("d")
    for row in rows:
        joined.extend(row)
    return joined


def _with_constants(numbers: array[float], entries: Sequence[Any], n: int) -> array[float]:
    """A row for each entry of the result, also for those that are no outputs: zeros."""
    places = [x.number * n if isinstance(x, Output) else -1 for x in entries]
    return _joined([zeros(n) if at < 0 else numbers[at : at + n] for at in places])


# Structures ---------------------------------------------------------------------------------------


class Columns:
    """An iterator over the columns of a stack of gradients, each as an array of `shape`."""

    def __init__(self, numbers: array[float], shape: tuple[int, ...]) -> None:
        import numpy

        n = len(numbers) // prod(shape) if prod(shape) else 0
        axes = len(shape), *range(len(shape))
        self.columns = numpy.array(numbers).reshape(*shape, n).transpose(axes)
        self.place = 0

    def __iter__(self) -> Columns:
        return self

    def __next__(self) -> Any:
        return self.take(1)[0]

    def take(self, n: int) -> Any:
        """The next n, as an array of them."""
        self.place += n
        return self.columns[self.place - n : self.place]


def _shaped(key: Any, entries: Sequence[Any], numbers: array[float], wanted: Wanted) -> Any:
    n, m = len(wanted.places), len(entries)
    if numbers and is_plain_list(key) and is_plain_list(wanted.key) and all(map(_has_row, entries)):
        return memoryview(numbers).cast("B").cast("d", (m, n)).tolist()
    if key[0] == wanted.key[0] == "array":
        import numpy

        return numpy.array(numbers).reshape(*key[1], *wanted.key[1])

    def parts() -> Iterator[Any]:
        row = 0
        for shape in _shapes_of(key):
            if shape is None:
                own = numbers[row * n : (row + 1) * n]
                yield wanted.shaped(Doubles(own)) if _has_row(entries[row]) else None
                row += 1
            else:
                count = prod(shape)
                yield wanted.shaped(Columns(numbers[row * n : (row + count) * n], shape))
                row += count

    return unflatten(replaced(key, "array", lambda _: NUMBER), parts(), constants=False)


def _has_row(x: Any) -> bool:
    """Whether an entry of a result is a number, whose derivatives are 0 if it is a constant."""
    return isinstance(x, Output) or (is_number(x) and type(x) is not bool)


def _shapes_of(key: Any) -> Iterator[tuple[int, ...] | None]:
    """For each array in a structure its shape, for each number None."""
    if key == NUMBER:
        yield None
    elif key[0] == "array":
        yield key[1]
    else:
        for entry in entries_of(key):
            yield from _shapes_of(entry)


# Batches ------------------------------------------------------------------------------------------


def moving_samples(arguments: Arguments, argnums: Any) -> bool:
    """Whether what differs from sample to sample is among the arguments that are meant."""
    keys = dict(arguments.key)
    return any(shape is not None for n in meant(arguments, argnums) for shape in inputs_of(keys[n]))


def _of_batch(run: Replay, key: Any, entries: Sequence[Any]) -> Any:
    """The derivatives of each entry: of the mean or the sum, or of each sample's result.

    One replay of all samples for each entry; where samples are apart, also one for each number that
    they share.
    """
    arguments, apart = run.arguments, run.program.reduction == "none"
    shared: list[array[float]] = []
    if apart:
        names = meant(arguments, run.program.argnums)
        moves = [
            name in names
            for name, key in arguments.key
            for shape in inputs_of(key)
            if shape is None
        ]
        shared = [run.pushed(i) if moves[i] else array("d") for i in range(len(moves))]

    def gradient(output: int) -> Any:
        again = run.pulled(output)
        if apart:
            given = iter([arguments.column(rates[output :: run.outputs]) for rates in shared])
        else:
            given = iter(again.uniform_gradient[run.captured :])
        return arguments.shaped(given, iter(again.varying_gradients), run.program.argnums)

    def parts() -> Iterator[Any]:
        found = (gradient(x.number) if isinstance(x, Output) else None for x in entries)
        for shape in _shapes_of(key):
            if shape is None:
                yield next(found)
            else:
                yield _stacked([next(found) for _ in range(prod(shape))], shape, apart)

    return unflatten(replaced(key, "array", lambda _: NUMBER), parts(), constants=False)


def _stacked(gradients: Sequence[Any], shape: tuple[int, ...], apart: bool) -> Any:
    """The gradients of an array's entries as one, with the array's axes after those of samples."""
    import numpy

    found: list[list[Any]] = []

    def an_array(x: Any) -> Any:
        if not is_array(x):
            return None
        found[-1].append(x)
        return NUMBER

    for gradient in gradients:
        found.append([])
        key = flatten(gradient, found[-1], whole=an_array)

    def together(parts: Sequence[Any]) -> Any:
        axis = int(apart and is_array(parts[0]))
        stack = numpy.stack(parts, axis)
        return stack.reshape(*stack.shape[:axis], *shape, *stack.shape[axis + 1 :])

    return unflatten(key, map(together, zip(*found)), constants=False) if found else None
