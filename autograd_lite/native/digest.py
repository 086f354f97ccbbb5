"""A number for each row of the table that changes when its formulas do.

The native engine is made from the table and compiled; by the time it is loaded, the table may be
another one, say after `git pull`. So table.inc holds a digest of each row, and `native.load`
compares. A digest is of the formulas, not of the text that they are written in: the rules run on
Digests, as they run on numbers, Values and Symbols, and each operation mixes its operands. It is
the same on every Python and machine, does not depend on source files, and does not mind comments
and labels. (Bytecode differs between versions of Python, and a hash of the text would call every
build stale whose table got a better comment.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import frexp

from ..primitive import Primitive, Reduction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PRIME = 1073741789  # below 2**30, which keeps Python's products short
OPERATORS = ("add", "sub", "mul", "truediv", "mod", "floordiv", "pow")
COMPARISONS = ("lt", "le", "gt", "ge")


class Digest:
    """An operand of which only the digest is known."""

    __slots__ = ("code",)

    def __init__(self, code: int) -> None:
        self.code = code

    @staticmethod
    def _apply(op: Primitive, operands: tuple[Any, ...]) -> Digest:
        return mixed(op.name, operands)

    def _where(self, x: Any, y: Any) -> Digest:
        return mixed("where", (self, x, y))

    @staticmethod
    def _iterate(step: Callable[..., Any], start: Sequence[Any], most: int) -> list[Digest]:
        state = [Digest(word(f"result{i}")) for i in range(len(start))]
        loop = mixed(f"at most {most}", (*start, *step(Digest(word("counter")), *state)))
        return [mixed(f"result {i} of", (loop,)) for i in range(len(start))]

    @property
    def data(self) -> Digest:
        """The number behind it, as `plain` takes it."""
        return mixed("plain", (self,))

    def __neg__(self) -> Digest:
        return mixed("neg", (self,))


def _operator(name: str, flipped: bool = False) -> Callable[[Digest, Any], Digest]:
    if flipped:
        return lambda self, other: mixed(name, (other, self))
    return lambda self, other: mixed(name, (self, other))


for _name in (*OPERATORS, *COMPARISONS):
    setattr(Digest, f"__{_name}__", _operator(_name))
for _name in OPERATORS:
    setattr(Digest, f"__r{_name}__", _operator(_name, flipped=True))


def mixed(name: str, operands: Iterable[Any]) -> Digest:
    """The digest of an operation. It squares its operands, for without that `(a - b) * (c - d)` and
    `(a - c) * (b - d)` would be alike."""
    code = word(name)
    for x in operands:
        x = x.code if type(x) is Digest else number(x)
        code = (code * 69621 + x * x) % PRIME
    return Digest(code)


def number(x: float) -> int:
    """The digest of a number: of its first 40 bits, for the last of `pi ** 2` is the machine's."""
    if not x or x - x != 0.0:  # 0, -0, inf, -inf, nan
        return word(str(x))
    mantissa, exponent = frexp(x)
    return (int((mantissa + 2.0) * 2.0**40) + 1299709 * exponent) % PRIME


def word(text: str) -> int:
    return int.from_bytes(text.encode(), "little") % PRIME


def digest_of(row: Primitive) -> int:
    """The digest of what table.inc and rules.inc make of a row: its value and its partials."""
    out, x, y = Digest(word("out")), Digest(word("x")), Digest(word("y"))
    if isinstance(row, Reduction):
        columns = (x, y)[: row.columns]
        formulas: list[Any] = []
        folds: list[Digest] = []
        for start, step in row.folds:
            fold = Digest(word(f"fold{len(folds)}"))
            formulas += (start, step(fold, *columns, *folds))
            folds.append(fold)
        known = folds[: row.partial.__code__.co_argcount - 1 - row.columns]
        formulas += (row.finish(*folds), *row.partial(out, *columns, *known))
        return mixed(f"reduction of {row.columns} by {row.constants}", formulas).code
    operands = [Digest(word(f"operand{i}")) for i in range(len(row.operands))]
    value = Digest(word(row.c)) if row.c else row.evaluate(*operands)
    return mixed("row", (value, *row.partials(out, *operands))).code


def fnv(data: bytes) -> int:
    """The hash of Fowler, Noll and Vo (FNV-1a, 64 bits), for which the engine has the same in C."""
    code = 0xCBF29CE484222325
    for byte in data:
        code = (code ^ byte) * 0x100000001B3 % 2**64
    return code
