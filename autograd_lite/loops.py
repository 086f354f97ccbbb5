"""Loops that are differentiated: scan, while_loop; and checkpoint, which trades time for memory.

In eager code they are the loops that one would write by hand, and record what those record. In a
compiled function the step is traced once, and the loop is one operation of the tape: see
compiler/loops.py.
"""

from __future__ import annotations

import functools
import operator
from array import array
from collections.abc import Callable, Iterator

from . import derivatives, engines, modes, scopes
from .chain_rule import order_since
from .primitive import Primitive, apply, describe, is_value, plain
from .structure import (
    NUMBER,
    as_numpy,
    constant,
    flatten,
    flatten_all,
    is_array,
    outline,
    unflatten,
)

MOST_STEPS = 2**53  # up to there a float counts
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def scan(
    step: Callable[[Any, Any], Any],
    start: Any,
    xs: Any = None,
    length: Any = None,
    *,
    reverse: bool = False,
    checkpoint: int | None = None,
) -> tuple[Any, Any]:
    """Carry a state through a loop: `state, y = step(state, x)` for each x. Differentiable.

    Its name and the order of its arguments are those of `jax.lax.scan`; the arguments' names are
    not. In eager code it is a loop, each step in a scope of the step's name, so that pictures fold
    them. In a compiled function `step` is traced once (once for each branch of an `if`) and
    replayed for each x, forward and backward, so that neither the time to compile nor the tape
    grows with the length. Up to 256 steps are unrolled instead where the function is compiled with
    `batch`, and in the step of another loop.

    Args:
        step: takes the state and an x, and gives the next state and a y, or None for no y. It may
            use Values from outside; they get their gradients. In a compiled function both branches
            of an `if` on the state or the x are traced, and both are computed in each step.
        start: the first state: a number or a Value, or a structure of them, which every step
            keeps.
        xs: a list or array of the x of each step; or a tuple or dict of such, of one length: x is
            then a tuple or dict of entries. None: every x is None.
        length: how many steps; may be left out if there are xs.
        reverse: from the last x to the first; the ys stay in the order of the xs.
        checkpoint: keep the state of every so many steps, and compute the others again when the
            gradient is taken. None: keep all that the gradient needs. The numbers are the same.

    Returns:
        The last state, and the ys: a list of what the steps gave. Of a y that is a tuple or a dict
        it is a tuple or a dict of lists, of one that is an array an array with one more axis; None
        if the steps give None. Of no step at all, an empty list. In a compiled function the ys
        are a sequence in the place of a list, made of Values where an entry is asked for.

    Raises:
        TypeError: xs is not made of lists and arrays; step gives no pair; neither xs nor length.
        ValueError: the xs are not of one length, or not of `length`; a step gives a state of
            another structure than `start`.
        TraceError: in a compiled function, a step with more than 64 branches, with one that raises
            an error, or with a `while_loop` or a `scan` of more than 256 steps after an `if`.

    >>> from autograd_lite import Value, scan
    >>> growth = Value(0.5, label="growth")
    >>> end, each = scan(lambda state, x: (state + growth * x, state), 1.0, [2.0, 4.0])
    >>> end.backward()
    >>> end.data, growth.grad, each[0], each[1].data
    (4.0, 6.0, 1.0, 2.0)
    >>> scan(lambda n, _: (2 * n, None), 1.0, length=10)
    (1024.0, None)
    """
    if not callable(step):
        raise TypeError(f"scan takes a step, state and x -> state and y; got {describe(step)}")
    if checkpoint is not None:
        checkpoint = _count(checkpoint, "checkpoint")
        if checkpoint < 1:
            raise ValueError(f"checkpoint is a number of steps from 1, got {checkpoint}")
    trace = modes.trace()
    if trace is not None and trace.loops is not None:
        return trace.loops.scan(trace, step, start, xs, length, reverse, checkpoint)  # type: ignore[no-any-return]
    return by_steps(step, start, xs, length, reverse, checkpoint)


def by_steps(
    step: Callable[[Any, Any], Any], start: Any, xs: Any, length: Any, reverse: bool, every: Any
) -> tuple[Any, Any]:
    """`scan` as a loop of Python."""
    entries = Entries(xs)
    n = entries.length(length)
    places = range(n - 1, -1, -1) if reverse else range(n)
    state, structure, name = start, structure_of(start), name_of(step)
    ys: list[Any] = []

    def block(state: Any, several: list[Any]) -> tuple[Any, list[Any]]:
        ys = []
        for i, x in enumerate(several):
            state, y = pair_of(scopes.call(name, step, (state, x), {}))
            if i == 0 or i == len(several) - 1:  # each time would cost as much as the step
                check_structure(structure, state)
            ys.append(y)
        return state, ys

    size = n if every is None else every
    run = block if every is None else checkpoint(block)
    for first in range(0, n, size or 1):
        state, some = run(state, [entries.at(i) for i in places[first : first + size]])
        ys += some
    return state, stacked(ys[::-1] if reverse else ys)


def while_loop(condition: Callable[[Any], Any], step: Callable[[Any], Any], start: Any) -> Any:
    """Carry a state through a loop for as long as a condition holds. Differentiable in reverse.

    Its name and the order of its arguments are those of `jax.lax.while_loop`; the arguments' names
    are not. How many steps there are is no number that could be differentiated: the derivative is
    that of the steps that were made. In a compiled function condition and step are traced once, and
    each call finds out how many steps it makes; of an `if` in the step, see `scan`.

    Args:
        condition: takes the state; true for one more step.
        step: takes the state and gives the next one, of the same structure.
        start: the first state; see `scan`.

    Returns:
        The first state for which the condition does not hold.

    Raises:
        TypeError: the condition or the step is no function.
        ValueError: a step gives a state of another structure than `start`.
        TraceError: as for `scan`.

    >>> from autograd_lite import Value, while_loop
    >>> x = Value(3.0)
    >>> y = while_loop(lambda y: y < 20.0, lambda y: y * x, 1.0)
    >>> y.backward()
    >>> y.data, x.grad  # y is x**3
    (27.0, 27.0)
    """
    for what, function in (("condition", condition), ("step", step)):
        if not callable(function):
            raise TypeError(
                f"while_loop takes a condition and a step; {what} is {describe(function)}"
            )
    trace = modes.trace()
    if trace is not None and trace.loops is not None:
        return trace.loops.while_loop(trace, condition, step, start)
    state, structure, first, name = start, structure_of(start), True, name_of(step)
    while condition(state):
        state = scopes.call(name, step, (state,), {})
        if first:
            check_structure(structure, state)
            first = False
    return state


# Parts of a loop ----------------------------------------------------------------------------------


class Entries:
    """The xs of a loop, taken apart into sequences: lists and arrays.

    Attributes:
        key: the structure of an x, see `structure.py`; None if there are no xs.
        sequences: lists, arrays, ranges.
    """

    def __init__(self, xs: Any) -> None:
        self.sequences: list[Any] = []
        self.key = None
        if xs is None:
            return

        def sequence(x: Any) -> Any:
            if is_array(x):
                x = as_numpy(x)
            if not (
                type(x) in (list, array, memoryview, range)
                or is_array(x)
                or hasattr(type(x), "of_a_loop")
            ):
                return None
            if is_array(x) and x.shape == ():
                return None
            self.sequences.append(x)
            return NUMBER

        def other(x: Any) -> Any:
            raise TypeError(
                "xs is a list or an array with the x of each step, or a tuple or a dict of such; "
                f"got {describe(x)}"
            )

        numbers: list[Any] = []
        self.key = flatten(xs, numbers, other, sequence)
        if numbers:
            other(numbers[0])

    def length(self, length: Any) -> int:
        """How many steps there are."""
        sizes = [len(x) for x in self.sequences]
        if length is not None:
            length = _count(length, "length")
            if length < 0:
                raise ValueError(f"length is a number of steps from 0, got {length}")
            sizes.append(length)
        if not sizes:
            raise TypeError("scan wants xs or a length, to know how many steps there are")
        if len(set(sizes)) > 1:
            named = f"; length is {length}" if length is not None else ""
            several = ", ".join(str(len(x)) for x in self.sequences)
            raise ValueError(f"xs are of one length, got {several}{named}")
        return sizes[0]

    def at(self, i: int) -> Any:
        """The x of step `i`."""
        if self.key is None:
            return None
        if self.key == NUMBER:  # the usual case, for which the rest would cost as much as a step
            return self.sequences[0][i]
        return unflatten(self.key, (x[i] for x in self.sequences))


def name_of(step: Any) -> str:
    """What the scope of a step is called: as the function, if that has a name."""
    name = getattr(step, "__name__", "")
    return name if name.isidentifier() else "step"


def pair_of(result: Any) -> Any:
    """The state and the y that a step has given."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError(
            "the step of scan gives a pair: the next state, and a y or None; got "
            f"{describe(result)}"
        )
    return result


def structure_of(state: Any) -> Any:
    """The structure of a state, which every step must keep."""
    return flatten_all(state, [])


def check_structure(structure: Any, state: Any) -> None:
    """Raise unless the state has the structure."""
    found = structure_of(state)
    if found != structure:
        raise ValueError(
            "each step gives a state of the structure that the first one has, which is "
            f"{outline(structure)}; got {outline(found)}"
        )


def stacked(ys: list[Any]) -> Any:
    """What the steps gave, as one structure of lists."""
    if not ys or is_value(ys[0]) or type(ys[0]) is float:
        return ys
    rows: list[list[Any]] = []

    def whole(x: Any) -> Any:
        if type(x) is list or is_array(x):
            rows[-1].append(x)
            return NUMBER
        return None

    def other(x: Any) -> Any:
        rows[-1].append(x)
        return NUMBER

    keys = []
    for y in ys:
        rows.append([])
        keys.append(flatten(y, rows[-1], other, whole))
    if any(key != keys[0] for key in keys):
        i = next(i for i, key in enumerate(keys) if key != keys[0])
        raise ValueError(
            f"each step gives a y of one structure; step 0 gave {outline(keys[0])}, "
            f"step {i} {outline(keys[i])}"
        )
    return unflatten(keys[0], map(_column, zip(*rows)))


def _column(entries: Any) -> Any:
    """An entry of each y, as one."""
    if all(x is None for x in entries):
        return None
    if is_array(entries[0]):
        import numpy

        return numpy.stack([as_numpy(x) for x in entries])
    return list(entries)


def _count(x: Any, name: str) -> int:
    """A number of steps, which is whole."""
    if is_value(x):
        x = plain(x)
    if isinstance(x, (int, float)) and not abs(x) <= MOST_STEPS:
        raise ValueError(f"{name} is a number of steps, at most 2**53, got {describe(x)}")
    try:
        return int(x) if type(x) is float and x.is_integer() else operator.index(x)
    except TypeError:
        raise TypeError(f"{name} is a whole number of steps, got {describe(x)}") from None


# Checkpoints --------------------------------------------------------------------------------------


def checkpoint(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that keeps no graph: its results, and their derivatives, are all it keeps.

    Each result is one node, whose parents are the Values among the arguments, and those from
    outside that the function uses. The operations in between are let go at once. For this each
    result is differentiated while it is computed: a call with m results takes the time of the
    function and of m times `backward`. Derivatives of higher order run the function again.

    Args:
        function: of numbers, Values and structures of them. It must give the same again for the
            same arguments.

    Returns:
        A function of the same arguments, which gives the same results.

    >>> from autograd_lite import Value, checkpoint, topological_order
    >>> def power(x):
    ...     y = x
    ...     for _ in range(99):
    ...         y = y * x
    ...     return y
    >>> x = Value(1.01)
    >>> y, lean = power(x), checkpoint(power)(x)
    >>> len(topological_order(y)), len(topological_order(lean)), lean.data == y.data
    (100, 2, True)
    >>> lean.backward()
    >>> f"{x.grad:.6f} {100 * 1.01**99:.6f}"
    '267.803349 267.803349'
    """
    if not callable(function):
        raise TypeError(f"checkpoint takes a function, got {describe(function)}")

    @functools.wraps(function)
    def lean(*args: Any, **named: Any) -> Any:
        if modes.trace() is not None or modes.watch() is not None or not modes.recording():
            return function(*args, **named)
        return _Lean(function, args, named).results()

    return lean


def _array_of_numbers(x: Any) -> Any:
    """The key of an array without Values: a copy, whose integers stay integers."""
    if not is_array(x) or (numbers := as_numpy(x)).dtype.kind == "O":
        return None
    return constant(numbers.copy())


class _Lean:
    """One call of a function that keeps no graph."""

    def __init__(self, function: Callable[..., Any], args: Any, named: Any) -> None:
        self.function = function
        self.given: list[Any] = []
        self.key = flatten((args, named), self.given, whole=_array_of_numbers)
        self.inputs = [x for x in self.given if is_value(x)]

    def run(self, inputs: list[Any]) -> tuple[Any, list[Any]]:
        """The structure of the result, and its entries, of the function on other Values."""
        fresh = iter(inputs)
        values: Iterator[Any] = (next(fresh) if is_value(x) else x for x in self.given)
        args, named = unflatten(self.key, values)
        entries: list[Any] = []
        with modes.Mode("recording", True):  # in a mode, walks leave `_made` of each node as it is
            return flatten_all(self.function(*args, **named), entries), entries

    def results(self) -> Any:
        """The results as nodes of the arguments, and of the Values from outside."""
        since = engines.Value._begin_run()
        fresh = [type(x)(x.data, x.label) for x in self.inputs]
        key, entries = self.run(fresh)
        mine = [k for k, x in enumerate(entries) if is_value(x) and x._made >= since]
        roots = [entries[k] for k in mine]
        outside = [x for x in order_since(since, roots) if x._made < since] if roots else []
        sources, operands = [*fresh, *outside], (*self.inputs, *outside)
        for k, root in zip(mine, roots):
            if root in fresh:
                entries[k] = self.inputs[fresh.index(root)]
                continue
            slopes, _ = derivatives.gradients_since(since, root, sources, False)
            entries[k] = self.node(k, root.data, operands, slopes)
        return unflatten(key, iter(entries))

    def node(self, k: int, value: float, operands: Any, slopes: list[float]) -> Any:
        """Result `k` as one node."""
        numbers = [x.data for x in operands]

        def partials(out: Any, *operands: Any) -> tuple[Any, ...]:
            if not any(map(is_value, operands)):
                return tuple(slopes)
            derivatives.check_unchanged(out, [x.data for x in operands], numbers)
            inputs, outside = operands[: len(self.inputs)], operands[len(self.inputs) :]
            fresh = [1.0 * x for x in inputs]  # to tell them apart, if two are one Value
            since = engines.Value._begin_run()  # what leads to `fresh` and `outside` is not walked
            with derivatives.as_inputs(fresh):
                _, entries = self.run(fresh)
            sources = [*fresh, *outside]
            return tuple(derivatives.gradients_since(since, entries[k], sources, True)[0])

        name = getattr(self.function, "__name__", "")
        name = name if name.isidentifier() else "checkpoint"
        if not operands:
            return engines.Value(value)
        return apply(Primitive(name, lambda *operands: value, partials), operands)
