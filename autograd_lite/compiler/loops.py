"""Loops in a compiled function: the step is traced once, and the loop is one operation.

The step becomes a program of its own, the body: from the state, the x of a step and what is
captured it computes the next state and the y. An `if` in it becomes a `where`, see
step_branches.py. What in a step depends on neither the state nor the x is computed once, outside. A
`Loop` is a `Composed` operation on the numbers of the first state,
on sequences (the xs, column by column) and on what is captured; it runs the body n times and keeps
the state before each step. `Part` takes its results out: the last state, and sequences of ys or of
states. `Pack` makes a sequence of numbers, and `Entry` takes a number out of one.

n is data: the length of the xs, or a number. A `while_loop` is a loop whose n a second body finds
out; its derivative is that of a loop of n steps.

In reverse the body's gradient is taken n times, from the last step to the first. Each step adds to
the gradients of what is captured. As a graph (for derivatives of higher order) that is itself a
loop: its xs are the states kept before each step, the xs and the gradients of the ys, its state is
the gradient with respect to the state, and the sum of those of what is captured. So all orders
follow from one rule.

Sequences are nodes of the trace that stand for an array of doubles; `Trace.data` has the array of
the traced run.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

from .. import modes
from ..loops import Entries, by_steps, check_structure, pair_of, structure_of
from ..primitive import describe, is_value, where
from ..structure import NUMBER, count_of, flatten, is_array, outline, unflatten
from .arguments import lists_of
from .errors import TraceError
from .loop_gradients import partials_of as partials_of
from .loop_operations import AS_XS, Entry, Loop, Pack, data_of, recorded
from .loop_tracing import Traced, mapped, run_loop, traced
from .step_branches import refuse_loop
from .trace import Condition

# Steps of a loop that is no operation of its own, where its length is known: in a batch, where
# the steps then are done for many samples side by side, and in the step of another loop, which
# then is a tape.
UNROLLED = 256


class Sequence:
    """What a loop goes over or gives, in a compiled function: numbers, as many as steps.

    Attributes:
        key: the structure of an entry.
        columns: for each number of an entry a node, or an array of constants.
        n: how many entries; None if that differs from call to call.
    """

    of_a_loop = True

    def __init__(self, trace: Any, key: Any, columns: list[Any], n: int | None) -> None:
        self.trace, self.key, self.columns, self.n = trace, key, columns, n
        self._entries: dict[int, Any] = {}

    def __len__(self) -> int:
        if self.n is None:
            raise self.refused("how long it is")
        return self.n

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, i: Any) -> Any:
        if self.n is None:
            raise self.refused("an entry of it", "; the last output of a net is in its state")
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(self.n))]
        k = operator.index(i) + self.n * (i < 0)
        if not 0 <= k < self.n:
            raise IndexError(f"entry {i} of a sequence of {self.n}")
        if k not in self._entries:
            numbers = (
                x[k] if isinstance(x, array) else recorded(modes.trace(), Entry(k), [x])
                for x in self.columns
            )
            self._entries[k] = unflatten(self.key, numbers)
        return self._entries[k]

    def __repr__(self) -> str:
        size = "any number of" if self.n is None else self.n
        return f"<sequence of {size} entries, each {outline(self.key)}>"

    def moved(self, rates: Sequence, time: Any) -> Sequence:
        """The sequence moved at rates for a time."""
        columns = [
            mapped(lambda x, rate: x + time * rate, [x, rate])
            for x, rate in zip(self.columns, rates.columns)
        ]
        return Sequence(self.trace, self.key, columns, self.n)

    def listed(self) -> Any:
        """As a list, if its length is known."""
        return self if self.n is None else list(self)

    def refused(self, what: str, more: str = "") -> TraceError:
        return TraceError(
            f"a sequence in a compiled function has another length from call to call; {what} is "
            "not known while it is traced: give it to scan as xs. Its sum is "
            f"scan(lambda total, x: (total + x, None), 0.0, xs)[0]{more}"
        )


def sequence_of(trace: Any, entries: Any) -> Sequence:
    """A sequence among the arguments, as leaves of the trace."""
    columns = []
    for column in entries.columns():
        node = trace.kind(column[0])
        trace.data[node] = column
        columns.append(node)
    key = ("array", entries.shape) if entries.arrays else lists_of(entries.shape)
    return Sequence(trace, key, columns, None)


def columns_of(trace: Any, x: Any) -> Sequence:
    """A list or an array as a sequence."""
    if isinstance(x, Sequence):
        return x
    if is_array(x) and x.dtype.kind in "iuf":
        flat = x.reshape(len(x), -1).astype(float)
        key = ("array", x.shape[1:]) if x.ndim > 1 else NUMBER
        return Sequence(trace, key, [array("d", column) for column in flat.T], len(x))
    rows: list[list[Any]] = []
    keys = []
    for entry in x:
        rows.append([])
        keys.append(flatten(entry, rows[-1]))
    for i, key in enumerate(keys):
        if key != keys[0]:
            raise ValueError(
                f"the xs of a loop in a compiled function have one structure; x 0 is "
                f"{outline(keys[0])}, x {i} {outline(key)}"
            )
    columns: list[Any] = []
    for column in zip(*rows):
        numbers = _floats(column)
        constant = not any(map(is_value, numbers))
        columns.append(array("d", numbers) if constant else recorded(trace, Pack(), numbers))
    return Sequence(trace, keys[0] if keys else NUMBER, columns, len(rows))


def scan(
    trace: Any, step: Any, start: Any, xs: Any, length: Any, reverse: bool, every: int | None
) -> tuple[Any, Any]:
    """`scan` in a trace."""
    entries = Entries(xs)
    known = [x.n if isinstance(x, Sequence) else len(x) for x in entries.sequences]
    n: int | None = None
    if None not in known and not is_value(length):
        n = entries.length(length)
        if n == 0 or (n <= UNROLLED and (trace.batched or trace.outer is not None)):
            return by_steps(step, start, xs, length, reverse, every)
    elif length is not None and not is_value(length):
        n = Entries(None).length(length)
    refuse_loop(trace, "scan")
    count = float(n) if n is not None else AS_XS if length is None else 1.0 * length
    sequences = [columns_of(trace, x) for x in entries.sequences]
    columns = [x for sequence in sequences for x in sequence.columns]
    numbers: list[Any] = []
    key, structure = flatten(start, numbers), structure_of(start)
    numbers = _floats(numbers)
    keys: Any = None  # of a y: above its lists and arrays, and of each of these

    def on_lists(state: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
        nonlocal keys
        left = iter(row)
        x = None
        if entries.key is not None:
            x = unflatten(entries.key, (unflatten(s.key, left) for s in sequences))
        state_after, y = pair_of(step(unflatten(key, iter(state)), x))
        after = numbers_of(state_after, key, structure)
        found, ys = list[Any](), list[Any]()
        own = top_key(y, found), [None if top is None else flatten(top, ys) for top in found]
        if keys is not None and own != keys:
            raise TraceError(
                "each step gives a y of one structure; an `if` in it gives "
                f"{outline(structure_of(y))} on one branch and another structure on the other"
            )
        keys = own
        return after, ys

    done = run_loop(trace, on_lists, numbers, columns, count, reverse, every or 1)
    made = iter(done.ys)
    y_key, own_keys = keys
    each = (
        k if k is None else Sequence(trace, k, [next(made) for _ in range(count_of(k))], n)
        for k in own_keys
    )
    return unflatten(key, iter(done.last)), unflatten(y_key, each)


def numbers_of(state: Any, key: Any, structure: Any) -> list[Any]:
    """The numbers of a state that a step gives, of which the rest is as in the first state."""
    numbers: list[Any] = []
    if flatten(state, numbers) != key:
        check_structure(structure, state)
        raise ValueError(
            "a loop in a compiled function carries numbers from step to step: what else is in its "
            "state (a text, None, an object) each step must give on as it is"
        )
    return _floats(numbers)


def _floats(numbers: Iterable[Any]) -> list[Any]:
    return [x if is_value(x) else float(x) for x in numbers]


def top_key(y: Any, tops: list[Any]) -> Any:
    """The structure of a y above its lists and arrays, each of which becomes a sequence."""

    def whole(x: Any) -> Any:
        if type(x) is list or is_array(x):
            tops.append(x)
            return NUMBER
        return None

    def other(x: Any) -> Any:
        if x is not None:
            raise TraceError(
                f"the y of a loop in a compiled function is made of numbers; got {describe(x)}"
            )
        tops.append(x)
        return NUMBER

    return flatten(y, tops, other, whole)


def while_loop(trace: Any, condition: Any, step: Any, start: Any) -> Any:
    """`while_loop` in a trace."""
    refuse_loop(trace, "while_loop")
    numbers: list[Any] = []
    key, structure = flatten(start, numbers), structure_of(start)
    numbers = _floats(numbers)

    def holds(state: list[Any]) -> tuple[list[Any], list[Any]]:
        found = condition(unflatten(key, iter(state)))
        if isinstance(found, (Condition, trace.kind)):
            found = where(found, 1.0, 0.0)
        return [], [found if is_value(found) else float(bool(found))]

    def on_lists(state: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
        return numbers_of(step(unflatten(key, iter(state))), key, structure), []

    data = [data_of(trace, x) for x in numbers]
    plain = [not is_value(x) or trace.is_plain(x) for x in numbers]
    check, more = traced(trace, holds, plain, data)
    body, captured = traced(trace, on_lists, plain, data, [])
    loop = Loop(body, [], False, 1, check)
    return unflatten(key, iter(Traced(trace, loop, [AS_XS, *numbers, *captured, *more]).last))
