"""compile: run a function once, keep its operations as a tape, and replay them from then on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from .errors import CompileWarning as CompileWarning  # these are named by pickles of version 0.1.0
from .errors import MissingTapeError as MissingTapeError
from .errors import TraceError as TraceError
from .program import Program as Program


def compile(
    function: Callable[..., Any] | None = None,
    *,
    batch: str | None = None,
    static: Iterable[Any] = (),
    threads: int = 1,
    argnums: Any = None,
    reorder: bool = False,
    sequences: Iterable[Any] = (),
) -> Any:
    """A function of the same arguments that is traced once and replayed from then on.

    The first call runs `function` on Values and keeps its operations; later calls replay them, in
    C where the native engine is built. Arguments are numbers and Values, and lists, tuples, dicts,
    dataclasses and arrays of them; another structure is traced anew, and both are kept. What else
    the arguments hold (bools, strings, models) is constant: another one is traced anew, a changed
    attribute is not.
    Leaves that the function reaches from outside are read at each call and get their gradients in
    `.grad`; a replaced leaf is noticed once nobody holds the old one, else call `retrace`. Arrays
    reach the function as NumPy arrays of Values, and it may return such arrays.

    Comparisons that steer the function are checked in each replay; if one comes out differently,
    the function is traced for that branch, too. Samples of a batch that take different branches are
    replayed in groups. While it is traced, `v.data`, `v.partials` and what
    `gradients` and `jvp` give are Values that pass no gradient on, and derivatives taken inside
    (`grad(f)(1.0)`) are Values; what a replay could not repeat (text of a Value, `.grad`,
    `backward`, a copy) is refused, and so are random numbers that it draws: they are data, drawn
    outside and given as arguments. What is frozen: numbers from anywhere else (files, the clock,
    globals, attributes), and side effects, which happen while tracing only; see `refresh` and
    `retrace`. Where nearly each call is traced anew, such calls run uncompiled, and a
    `CompileWarning` says so once. Of one structure of the arguments 64 tapes are kept, and tapes of
    256 structures; those used longest ago go.

    Results, without a batch, are those of the function bit for bit: of sums, too, for a chain of
    additions is added up in the same order, and parentheses are kept. So are derivatives, but for
    the sign of a zero, if no Value is used more than twice and nothing is computed twice (x * 1.0
    is x); else their terms may be added up in another order, which changes the rounding. Those of a
    loop with respect to at most four numbers are taken along with its steps, and agree to
    rounding, too. In a branch of `where`, 0 times an infinite partial is 0 on a tape. Samples of a
    batch, and what `reorder` permits, agree with that to rounding. The native engine computes what
    differs from sample to sample by functions of its own in the place of the C library's: within 1
    ulp, and with the same bits on every machine and for any number of threads; docs/limits.md has
    the exceptions.

    Args:
        function: returns a Value, or lists, tuples and dicts of Values. Without it, `compile` is a
            decorator with options.
        batch: None; or what to make of the samples' results, "mean", "sum" or "none" (all of
            them). Lists and arrays among the arguments then have a leading sample axis, and the
            function is written for one sample. A single number is the same for all samples, and so
            is a tuple.
        static: names or places of arguments that are constants although they are numbers: counts,
            say, or tables. Another value is traced anew.
        threads: how many threads share a large batch; results do not depend on it.
        argnums: with respect to which arguments the program is differentiated, as for `grad`: a
            place, a tuple of places, or None for all. The others are data: read at each call, as
            all arguments are, unless they are static.
        reorder: whether sums may be grouped anew, which changes the rounding: long dot products of
            a single sample are then added up in eight parts.
        sequences: names or places of arguments whose lists and arrays may be of any length, for
            one tape: such an argument goes to `scan` as xs (or, taken out of a tuple or a dict, as
            a part of them), and has no length and no entries while the function is traced. In a
            batch it is a list with a sequence for each sample, each of its own length.

    Returns:
        A `Program`: call it as you would the function, or call `value`, `backward`,
        `value_and_grad`, `grad`, `jvp`, `hvp`, `jacobian`, `hessian`, `leaf_gradients`,
        `summary` of it.

    Raises:
        TraceError: the function does something that a replay could not repeat.
        BranchError: the samples of batches take more than 64 different branches, or give results
            of different structures.

    >>> from autograd_lite import Value, compile
    >>> w = Value(0.5)
    >>> @compile
    ... def loss(x, y):
    ...     return (w * x - y) ** 2
    >>> loss(2.0, 3.0).backward()
    >>> w.grad
    -8.0
    >>> w.data = 1.5
    >>> loss.value(2.0, 3.0)
    0.0
    """
    made = functools.partial(
        Program, batch=batch, static=static, threads=threads, argnums=argnums, reorder=reorder,
        sequences=sequences,
    )  # fmt: skip
    return made if function is None else made(function)


def load_program(path: Any, *, threads: int = 1) -> Program:
    """A program as it was when `Program.save` wrote it, with leaves of its own.

    It has no function: for arguments of another structure, or that take another branch, it raises.
    The file may come from anywhere: nothing in it is run, and whatever does not hold together is
    refused before it is used.

    Args:
        path: of the file.
        threads: see `compile`.

    Raises:
        TapeError: the file is no saved program, or damaged, or needs another version.
        OSError: it cannot be read.

    >>> import os, tempfile
    >>> from autograd_lite import Value, compile, load_program
    >>> w = Value(3.0, label="w")
    >>> program = compile(lambda x: w * x)
    >>> program.value(2.0)
    6.0
    >>> path = os.path.join(tempfile.mkdtemp(), "program.json")
    >>> program.save(path)
    >>> again = load_program(path)
    >>> again.backward(5.0), again.leaves(5.0)
    (15.0, [Value(3, grad=5, label='w')])
    """
    from .saving import load

    function, batch, argnums = load(path)
    return Program(function, batch, function.static, threads, argnums, sequences=function.sequences)
