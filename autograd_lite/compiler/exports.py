"""Exports: what the tapes of a program can be written as: source, machine code, or a file.

What writes them (`write_python`, `write_c`, `write_js`, `c_library`, `saving`) is loaded when asked
for, for it takes as long to load as all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..words import counted
from .chain import Chain
from .saved_function import SavedFunction
from .specialization import Specialization

if TYPE_CHECKING:
    from .arguments import Arguments
    from .c_library import InC
    from .kept import Kept
    from .replay import Replay


class Exports:
    """The base of `Program`: what writes its tapes as source, as machine code, or to a file."""

    __name__: str
    function: Any
    reduction: str | None
    static: frozenset[Any]
    sequences: frozenset[Any]
    argnums: Any
    _kept: dict[Any, Kept]
    _traced: Callable[[Any, Any], Replay]
    _arguments: Callable[[Any, Any], tuple[Arguments, Any]]

    def to_python(self, *args: Any, **named: Any) -> str:
        """Python source of the tape for such arguments, to read, run and step through.

        The source is a function of the leaves (a list, in the order of `leaves(...)`) and of the
        numbers among the arguments, in order; it gives the result, its gradient with respect to
        the numbers, and that with respect to the leaves. Of a batch it is that of one sample. A
        loop (`scan`, `while_loop`) is a loop, and the number of its steps a number.

        Args:
            args, named: like those of a call; may be left out if there is just one tape.

        Raises:
            ValueError: it is not clear which tape is meant, or the function returns no Value.
            TypeError: the tape has custom primitives, or a loop that gives a sequence or reads a
                whole one from outside; the program has `sequences`.

        >>> from autograd_lite import Value, compile
        >>> w = Value(3.0, label="w")
        >>> program = compile(lambda x: (w * x).exp())
        >>> print(program.to_python(2.0))
        from autograd_lite import exp
        <BLANKLINE>
        <BLANKLINE>
        def program(leaves, x0):
            ...
            [w] = leaves
        <BLANKLINE>
            # Forward.
            t0 = w * x0
            t1 = exp(t0)
        <BLANKLINE>
            # Backward: how fast the result changes with each number, from the last to the first.
            d_t1 = 1.0
            d_t0 = d_t1 * t1
            d_w = d_t0 * x0
            d_x0 = d_t0 * w
        <BLANKLINE>
            return t1, [d_x0], [d_w]
        """
        from .write_python import python_name, to_python
        from .write_python_chain import chain_to_python

        one = self._meant(args, named)
        name, labels = python_name(self.__name__, one.tape), [leaf.label for leaf in one.leaves()]
        if isinstance(one.tape, Chain):
            self._refuse_sequences("written in Python")
            return chain_to_python(one.tape, name, labels, one.lines)
        return to_python(one.tape, name, labels, one.lines)

    def to_c(self, *args: Any, **named: Any) -> str:
        """C99 source of the tape for such arguments: one file, which needs the C library alone.

        Its first comment says how to call it. Of a batch it is the function of one sample. A loop
        (`scan`, `while_loop`) is a loop, and keeps the state of each step for the gradient.

        Args:
            args, named: like those of a call; may be left out if there is just one tape.

        Raises:
            ValueError: it is not clear which tape is meant, or the function returns no Value.
            TypeError: the tape has custom primitives, or a loop that gives a sequence or reads a
                whole one from outside; the program has `sequences`.

        >>> from autograd_lite import compile
        >>> program = compile(lambda x: x * x)
        >>> print(program.to_c(3.0))
        /* program: a value and its gradient, as autograd_lite traced them.
        ...
        """
        from .write_c import c_name, to_c
        from .write_c_chain import chain_to_c

        one = self._meant(args, named)
        if isinstance(one.tape, Chain):
            self._refuse_sequences("written in C")
            labels = [leaf.label for leaf in one.leaves()]
            return chain_to_c(one.tape, c_name(self.__name__), labels)
        return to_c(one.tape, c_name(self.__name__), [leaf.label for leaf in one.leaves()])

    def in_c(self, *args: Any, flags: Sequence[str] = (), **named: Any) -> InC:
        """The program for such arguments as machine code: `to_c`, compiled, loaded and called.

        It has `value`, `grad`, `value_and_grad` and `leaf_gradients`, which take arguments of the
        same structure and constants, and give what those of the program give: values with the same
        bits, derivatives that can differ in the last digits. Each call reads the leaves anew. The C
        compiler is `cc`, or what the environment variable CC names, and takes a tenth of a second
        or more. Several threads may call it at once.

        Args:
            args, named: like those of a call; may be left out if there is just one tape.
            flags: more flags for the C compiler. Values keep their bits with those that leave the
                arithmetic as it is written: not with "-ffast-math" or "-ffp-contract=fast".

        Raises:
            RuntimeError: there is no C compiler, or it fails.
            ValueError: it is not clear which tape is meant, or the function returns no Value.
            TypeError: the program has a batch or `sequences`, or is one that `to_c` refuses; in a
                call, the arguments have another structure or other constants.
            BranchError: in a call, the numbers take another branch.

        >>> import shutil
        >>> from autograd_lite import compile
        >>> program = compile(lambda x, y: x * x * y)
        >>> if shutil.which("cc"):
        ...     program = program.in_c(3.0, 5.0)
        >>> program.value_and_grad(3.0, 5.0)
        (45.0, (30.0, 9.0))
        """
        from .c_library import InC

        self._refuse_sequences("made machine code")
        if self.reduction is not None:
            raise TypeError(
                f"{self.__name__} has a batch, and in_c is for programs without: compile the "
                "function without batch, and call what in_c gives for each sample"
            )
        one = self._meant(args, named)
        key = next(key for key, kept in self._kept.items() if one in kept.several)
        return InC(self, one, key, flags)

    def to_js(self, *args: Any, **named: Any) -> str:
        """A JavaScript module of the tape for such arguments: one file, for any page.

        It exports `value(inputs, data)`, `valueAndGradient(inputs, data, seeds)` and `leaves`, the
        names and numbers of what `data` may replace; its first comment says more. It has no
        dependency and needs no `eval`. Of a batch it is the function of one sample; of several
        results the gradient is that of their sum, each times its seed (1 unless given).

        Args:
            args, named: like those of a call; may be left out if there is just one tape.

        Raises:
            ValueError: it is not clear which tape is meant, or the function returns no Value.
            TypeError: the tape has custom primitives, or a loop.

        >>> from autograd_lite import compile
        >>> program = compile(lambda x: x * x)
        >>> print(program.to_js(3.0))
        // program: a value and its gradient, as autograd_lite traced them.
        ...
        """
        from .write_c import c_name
        from .write_js import to_js

        one = self._meant(args, named)
        leaves = one.leaves()
        labels, data = [leaf.label for leaf in leaves], [leaf.data for leaf in leaves]
        return to_js(one.tape, c_name(self.__name__), labels, data, one.lines)

    def save(self, path: Any) -> None:
        """Write the tapes to a file, with the leaves they read; see `load_program`.

        It is JSON with exact floats: readable, and safe to load. What is saved is what the program
        has met: structures of arguments, and branches. A file holds no code, so neither the
        function nor custom primitives. It appears whole, or not at all.

        Args:
            path: of the file; one that is there is replaced.

        Raises:
            ValueError: there is no tape yet; call the program first.
            TypeError: a tape, its arguments or its result hold what a file cannot.
            OSError: the file cannot be written.

        >>> import os, tempfile
        >>> from autograd_lite import compile, load_program
        >>> program = compile(lambda x: x * x)
        >>> program.value(3.0)
        9.0
        >>> path = os.path.join(tempfile.mkdtemp(), "square.json")
        >>> program.save(path)
        >>> load_program(path).grad(5.0)
        10.0
        """
        from .saving import save

        options = self.reduction, self.static, self.argnums, self.sequences
        save(path, self.__name__, self._current(), *options)

    # Which tapes ----------------------------------------------------------------------------------

    def _all(self) -> list[Specialization]:
        return [specialization for kept in self._kept.values() for specialization in kept.several]

    def _current(self) -> dict[Any, list[Specialization]]:
        """The specializations that could still be replayed."""
        if isinstance(self.function, SavedFunction):
            return self.function.tapes
        current = {
            key: [s for s in kept.several if s.is_current()] for key, kept in self._kept.items()
        }
        return {key: several for key, several in current.items() if several}

    def _meant(self, args: tuple[Any, ...], named: dict[str, Any]) -> Specialization:
        """The specialization for these arguments; the only one if there are none."""
        if args or named:
            one = self._traced(args, named).specialization
            if one not in self._all():
                raise ValueError(
                    f"these samples take several branches of {self.__name__}, and have a tape for "
                    "each: give a batch of one sample"
                )
            return one
        every = [one for several in self._current().values() for one in several]
        if not every:
            raise ValueError(
                f"{self.__name__} has no tape{' whose leaves are still there' * bool(self._kept)}: "
                "call it first, or give arguments like those of a call"
            )
        if len(every) > 1:
            raise ValueError(
                f"{self.__name__} has {counted(len(every), 'tape')}: give arguments like those of "
                "a call, to say which is meant"
            )
        return every[0]

    def _refuse_sequences(self, what: str) -> None:
        if self.sequences:
            raise TypeError(
                f"{self.__name__} has sequences, which may be of any length, and cannot be {what}; "
                "a program of the same function without can, for one length"
            )
