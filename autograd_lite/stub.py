"""Write into __init__.pyi and special.pyi what type checkers and editors read of the table.

python -m autograd_lite.stub          brings the files up to date
python -m autograd_lite.stub --check  exits with 1 if one is not current

The stubs are written by hand but for what stands between their marks: the operators and rows that
are methods of Value, the rows as functions, and the list of names that a star import gives. A row
of numbers gives a float; if an operand is a Value, a Value.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import autograd_lite

from . import special, special_rows
from .complex import SAME as COMPLEX
from .formulas.symbol import partials_of, python_text
from .methods import NUMPY_NAMES
from .primitive import Primitive, Reduction
from .primitives import FUNCTIONS, TABLE

TARGET = Path(__file__).with_name("__init__.pyi")
SPECIAL_TARGET = TARGET.with_name("special.pyi")
ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
COMPARISONS = ("lt", "le", "gt", "ge")
SEQUENCES = {"Value": "_Values", "_Number": "_Numbers", "_Operand": "_Operands"}


def operators() -> Iterator[str]:
    """The binary operators; with an array NumPy does the operation for each of its elements."""
    signs = [*ARITHMETIC, *(f"r{name}" for name in ARITHMETIC), *COMPARISONS]
    for name in signs:
        result = "bool" if name in COMPARISONS else "Value"
        for other, gives in (("_Array", "Any"), ("_Operand", result)):
            yield from _overload(f"__{name}__", f"other: {other}, /", gives)


def methods() -> Iterator[str]:
    """The rows as methods of Value, under NumPy's names, too."""
    own = [row.name for row in FUNCTIONS.values() if row.operator is None]
    names = dict(zip(own, own)) | NUMPY_NAMES
    for name, row in ((name, TABLE[row]) for name, row in names.items()):
        if not isinstance(row, Reduction):
            others = _parameters(row, ["_Operand"] * len(row.operands))[1:]
            yield f"    def {name}({', '.join(['self', *others])}) -> Value:"
            yield f'        """{_described(name, row)}"""'


def functions() -> Iterator[str]:
    """The rows as functions: a class for each list of operands, and then the rows."""
    yield from _functions(FUNCTIONS)


def special_functions() -> Iterator[str]:
    """The same of special.py."""
    yield from _functions(special_rows.FUNCTIONS)


def _functions(functions: Mapping[str, Primitive]) -> Iterator[str]:
    kinds: dict[str, list[str]] = {}
    rows = []
    for name, row in functions.items():
        kind, overloads = _many(row) if isinstance(row, Reduction) else _few(row)
        base = "Reduction" if isinstance(row, Reduction) else "Primitive"
        if name in COMPLEX:
            kind += "_complex_too"
            overloads = [*_overload("__call__", "x: Complex", "Complex"), *overloads]
        kinds[kind] = [f"class {kind}({base}):", *overloads]
        rows += [f"{name}: {kind}", f'"""{_described(name, row)}"""']
    for lines in kinds.values():
        yield from lines
        yield ""
    yield from rows


def _described(name: str, row: Primitive) -> str:
    """What an editor shows: the operands, and the derivatives as the table has them."""
    if isinstance(row, Reduction):
        return f"{name}: of any number of operands."
    call = f"{name}({', '.join(row.operands)})"
    slopes = [
        f"d/d{operand} = {python_text(partial)}"
        for operand, partial in zip(row.operands, partials_of(row))
        if partial is not math.nan  # an operand that is a number
    ]
    text = (
        f"{call}: {', '.join(slopes)}" + ", where out is the result" * ("out" in str(slopes)) + "."
    )
    return text if len(text) <= 90 else f"{call}."


def _few(row: Primitive) -> tuple[str, list[str]]:
    """The class of a row with a fixed number of operands, and its methods."""
    lines, names = [], row.operands
    for types, result in _by_first_value(len(names)):
        lines += _overload("__call__", ", ".join(_parameters(row, types)), result)
    for types, result in _by_first_value(len(names)):
        lines += _overload("each", f"{_sequences(names, types)}, /", f"list[{result}]")
    return "_Of_" + "_".join(names), lines


def _many(row: Reduction) -> tuple[str, list[str]]:
    """The class of a row of any number of operands, and its methods."""
    names = [f"operands{i or ''}" for i in range(row.columns)]
    lines = []
    for types, result in [*_by_first_value(row.columns), (["_Operand"] * row.columns, "Value")]:
        lines += _overload("__call__", f"{_sequences(names, types)}, /", result)
    if row.columns == 1:
        for kind, result in (("_Number", "float"), ("_Operand", "Value")):
            lines += _overload("__call__", f"*operands: {kind}", result)
    return f"_Of_{row.columns}_sequence{'s' * (row.columns > 1)}", lines


def _overload(name: str, parameters: str, result: str) -> list[str]:
    return ["    @overload", f"    def {name}(self, {parameters}) -> {result}: ..."]


def _sequences(names: Sequence[str], types: Sequence[str]) -> str:
    return ", ".join(f"{name}: {SEQUENCES[kind]}" for name, kind in zip(names, types))


def _by_first_value(arity: int) -> Iterator[tuple[list[str], str]]:
    """Types of the operands, and of the result: by the first operand that is a Value."""
    for first in range(arity):
        types = ["_Number"] * first + ["Value"] + ["_Operand"] * (arity - first - 1)
        yield types, "Value"
    yield ["_Number"] * arity, "float"


def _parameters(row: Primitive, types: list[str]) -> list[str]:
    """The operands with their types and defaults. One that must be a Value has no default."""
    required = len(row.operands) - len(row.defaults)
    last = max((i for i, kind in enumerate(types) if kind == "Value"), default=0)
    return [
        f"{name}: {kind}" + " = ..." * (i >= required and i > last)
        for i, (name, kind) in enumerate(zip(row.operands, types))
    ]


def names() -> Iterator[str]:
    """What a star import gives."""
    yield from _names(autograd_lite.__all__)


def special_names() -> Iterator[str]:
    """What a star import of special.py gives."""
    yield from _names(special.__all__)


def _names(names: Iterable[str]) -> Iterator[str]:
    yield "__all__ = ["
    yield from (f'    "{name}",' for name in names)
    yield "]"


Parts = Mapping[str, Callable[[], Iterator[str]]]
PARTS: Parts = {
    "operators": operators,
    "methods": methods,
    "functions": functions,
    "names": names,
}
SPECIAL_PARTS: Parts = {"functions": special_functions, "names": special_names}
TARGETS = {TARGET: PARTS, SPECIAL_TARGET: SPECIAL_PARTS}


def current(text: str, parts: Parts = PARTS) -> str:
    """The stub `text` with what stands between its marks written anew."""
    for part, write in parts.items():
        begin, end = f"# {part}: from the table\n", f"# {part}: end\n"
        pattern = re.compile(rf"(?<={begin})(.*?)(?=^ *{end})", re.DOTALL | re.MULTILINE)
        text, marks = pattern.subn(lambda _: "".join(f"{line}\n" for line in write()), text)  # noqa: B023
        assert marks == 1, f"{TARGET.name} has {marks} places for {part}"
    return text


def main(arguments: list[str]) -> int:
    for target, parts in TARGETS.items():
        text = target.read_text(encoding="utf-8")
        new = current(text, parts)
        if "--check" in arguments:
            if new != text:
                return 1
        else:
            target.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
