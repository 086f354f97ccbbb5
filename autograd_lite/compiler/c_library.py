"""A compiled function as machine code: its C source, compiled by the system's C compiler."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..primitive import describe, plain
from ..shortcuts import shortcuts
from ..structure import Doubles
from .chain import Chain
from .errors import BranchError
from .job import zeros
from .replay import not_one
from .saved_function import outline_of_call
from .specialization import Specialization
from .write_c import c_name, to_c
from .write_c_chain import chain_to_c

if TYPE_CHECKING:
    from .arguments import Arguments
    from .exports import Exports

FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-fPIC", "-shared")
DOUBLE = 8  # bytes


class InC:
    """A compiled function as machine code, for arguments of one structure; `in_c` makes them.

    Attributes:
        source: the C that was compiled.
        command: the compiler with its flags.
    """

    def __init__(
        self, program: Exports, specialization: Specialization, key: Any, flags: Sequence[str] = ()
    ) -> None:
        if isinstance(flags, str) or not all(isinstance(flag, str) for flag in flags):
            raise TypeError(f'flags is a list of strings, such as ["-O3"], got {describe(flags)}')
        if specialization.watched:
            raise TypeError(
                f"{program.__name__} opens detect_anomaly, which machine code has no part of"
            )
        self._program, self._specialization, self._key = program, specialization, key
        self.__name__ = program.__name__
        tape, name = specialization.tape, c_name(program.__name__)
        labels = [leaf.label for leaf in specialization.leaves()]
        write: Any = chain_to_c if isinstance(tape, Chain) else to_c
        self.source: str = write(tape, name, labels, tells=True)
        self.command = [*compiler(), *FLAGS, *flags]
        self._function = function_of(self.source, self.command)

    def __repr__(self) -> str:
        compiled = f"<{self.__name__} as machine code by {self.command[0]}"
        return f"{compiled}, for arguments {outline_of_call(self._key)}>"

    def value(self, *args: Any, **named: Any) -> Any:
        """The function's result in numbers, with the bits that the program gives."""
        _, _, results, _ = self._run(args, named)
        return self._specialization.shaped(results)

    def value_and_grad(self, *args: Any, **named: Any) -> tuple[Any, Any]:
        """The value, and its derivatives in the structure of the arguments, as of the program.

        Raises:
            TypeError: the function returns something else than one Value.
        """
        arguments, n, results, slopes = self._run(args, named, gradient=True)
        gradient = arguments.shaped(Doubles(slopes[n:]), iter(()), self._program.argnums)
        return self._specialization.shaped(results), gradient

    def grad(self, *args: Any, **named: Any) -> Any:
        """The derivatives in the structure of the arguments; see `value_and_grad`."""
        return self.value_and_grad(*args, **named)[1]

    def leaves(self) -> list[Any]:
        """The Values from outside that it reads; each call takes their `data` of that time."""
        return self._specialization.leaves()

    def leaf_gradients(self, *args: Any, **named: Any) -> array[float]:
        """The derivatives with respect to `leaves()`, in order; no `.grad` is touched."""
        _, n, _, slopes = self._run(args, named, gradient=True)
        return slopes[:n]

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{self!r} is of this process: pickle or save the program, and call its in_c where "
            "it is loaded"
        )

    def _run(
        self, args: tuple[Any, ...], named: dict[str, Any], gradient: bool = False
    ) -> tuple[Arguments, int, array[float], array[float]]:
        """(the arguments, how many leaves, the results, derivatives by leaves and arguments)."""
        program, specialization = self._program, self._specialization
        if gradient and not specialization.is_one:
            raise not_one(self.__name__, specialization.result)
        arguments, _ = program._arguments(args, named)
        if arguments.key != self._key:
            wanted, got = outline_of_call(self._key), outline_of_call(arguments.key)
            how = f"of {wanted}, got {got}" if wanted != got else "of other names or constants"
            raise TypeError(
                f"{self.__name__} was made machine code for arguments {how}: call in_c of the "
                "program with such ones"
            )
        n, given = len(specialization.references), arguments.given
        numbers = zeros(n + len(given))
        if not specialization.read(numbers):
            raise RuntimeError(
                f"a leaf that {self.__name__} reads has been replaced: call in_c of the program "
                "again, or keep leaves and assign their data"
            )
        if shortcuts.read_numbers(given, numbers, n) is NotImplemented:
            numbers[n:] = array("d", map(plain, given))
        results = zeros(len(specialization.tape.outputs))
        slopes = zeros(len(numbers) if gradient else 0)
        start, to = numbers.buffer_info()[0], slopes.buffer_info()[0]
        by_leaves, by_inputs = (to, to + DOUBLE * n) if gradient else (None, None)
        failed = self._function(
            start, start + DOUBLE * n, results.buffer_info()[0], None, by_leaves, by_inputs
        )
        if failed:
            raise self._failure(failed)
        return arguments, n, results, slopes

    def _failure(self, failed: int) -> Exception:
        """What to raise for what the C function gives."""
        if failed == 1:
            lines = sorted(set(self._specialization.lines))
            where = f", of those on {', '.join(lines)}" if 0 < len(lines) < 4 else ""
            return BranchError(
                f"these numbers take another branch of {self.__name__} at a comparison{where}: "
                "call in_c of the program with such arguments, or use where(condition, x, y) "
                "instead of `if`"
            )
        if failed == 2:
            return MemoryError(f"there is not enough memory for the numbers of {self.__name__}")
        return ValueError(
            f"the number of steps of a loop in {self.__name__} is a whole number from 0, and that "
            "of its xs"
        )


def compiler() -> list[str]:
    """The command of the C compiler, `$CC` or `cc`.

    Raises:
        RuntimeError: there is none.
    """
    command = shlex.split(os.environ.get("CC", ""), posix=os.name != "nt") or ["cc"]
    if shutil.which(command[0]) is not None:
        return command
    if sys.platform == "win32":
        how = "gcc of MinGW-w64 (as of msys2.org), and set CC=gcc; that of Visual Studio is not for"
    elif sys.platform == "darwin":
        how = "Apple's by `xcode-select --install`; CC may name another for"
    else:
        how = "gcc or clang by the system's package manager; CC may name another for"
    raise RuntimeError(
        f"in_c needs a C compiler, and there is no {command[0]!r} here: get {how} this. The "
        "program itself works without"
    )


def function_of(source: str, command: Sequence[str]) -> Any:
    """The function at the end of a C file, compiled and loaded for as long as the process lives.

    The library is written into a directory of its own, which is removed once it is loaded; Windows
    keeps it, for there a file in use cannot be.

    Raises:
        RuntimeError: the compiler fails, or what it made cannot be loaded.
    """
    name = source[len("/* ") : source.index(":")]
    with tempfile.TemporaryDirectory(
        prefix="autograd_lite_", ignore_cleanup_errors=os.name == "nt"
    ) as folder:
        file = Path(folder, f"{name}.c")
        library = file.with_suffix(".dll" if os.name == "nt" else ".so")
        file.write_text(source, encoding="utf-8")
        run = [*command, "-o", str(library), str(file), "-lm"]
        try:
            done = subprocess.run(run, capture_output=True, text=True, errors="replace")
        except OSError as error:
            raise RuntimeError(f"the C compiler {command[0]!r} cannot be run: {error}") from error
        if done.returncode:
            raise RuntimeError(
                f"the C compiler failed: {' '.join(command)}\n"
                f"{(done.stderr or done.stdout).strip() or f'exit status {done.returncode}'}"
            )
        try:
            loaded = ctypes.CDLL(str(library))
        except OSError as error:
            raise RuntimeError(
                f"what the C compiler made cannot be loaded: {error}; if files in "
                f"{tempfile.gettempdir()} may not be run, let TMPDIR name another directory"
            ) from error
    function = getattr(loaded, name)
    function.argtypes, function.restype = [ctypes.c_void_p] * 6, ctypes.c_int
    return function
