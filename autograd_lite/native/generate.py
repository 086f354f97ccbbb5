"""Write table.inc: the table's formulas in C, by running the rules on Symbols.

python -m autograd_lite.native.generate          writes the file
python -m autograd_lite.native.generate --check  exits with 1 if it is not current

Each row becomes `name_forward(a, p)`: the value for the operands a[0], a[1], ..., and the partials
into p; and, for the tape, which wants one or the other, `name_value(a)` and
`name_partials(out, a, p)`. Rows of any number of operands get loops. Opcodes are the rows' places
in the table, and after them come those that only a trace records.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import primitives
from ..compiler.trace import TRACE_ROWS
from ..formulas.c import C, Writer, body
from ..formulas.c_functions import Functions, value_in_c
from ..formulas.symbol import Symbol, symbols
from ..primitive import Primitive, Reduction
from ..primitives import TABLE
from .digest import digest_of, fnv

SOURCE = Path(primitives.__file__)
TARGET = Path(__file__).with_name("table.inc")
OPCODES = tuple(TABLE)  # the rows, in the order of their opcodes
HEADER = """\
/* Made from autograd_lite/primitives.py by `python -m autograd_lite.native.generate`. */
#ifndef AUTOGRAD_LITE_TABLE_INC
#define AUTOGRAD_LITE_TABLE_INC

#include "engine.h"
"""


class File(Functions):
    """The functions of table.inc, each helper before its first use."""

    def forward(self, row: Primitive) -> None:
        """`name_forward(a, p)` of a row with a fixed number of operands."""
        operands = symbols(row.operands)
        writer = Writer()
        writer.define("out", value_in_c(row))
        partials = [writer.text(p) for p in row.partials(Symbol("out"), *operands)]
        self.need(writer)
        loads = self._loads(row, [*writer.lines, *partials])
        stores = [f"p[{i}] = {text};" for i, text in enumerate(partials)]
        self.parts.append(
            f"static inline double\n{row.name}_forward(const double *a, double *p)\n{{\n"
            f"{body([*loads, *writer.lines, *stores])}    return out;\n}}\n"
        )

    def halves(self, row: Primitive) -> None:
        """`name_value(a)` and `name_partials(out, a, p)`."""
        operands = symbols(row.operands)
        writer = Writer()
        result = writer.text(value_in_c(row))
        self.need(writer)
        self.parts.append(
            f"static inline double\n{row.name}_value(const double *a)\n{{\n"
            f"{body([*self._loads(row, [*writer.lines, result]), *writer.lines])}"
            f"    return {result};\n}}\n"
        )
        writer = Writer()
        texts = [writer.text(p) for p in row.partials(Symbol("out"), *operands)]
        self.need(writer)
        used = [*writer.lines, *texts]
        unused = ["(void)out;"] * (not _mentions(" ".join(used), "out"))
        loads = self._loads(row, used)
        unused += ["(void)a;"] * (not loads)
        stores = [f"p[{i}] = {text};" for i, text in enumerate(texts)]
        self.parts.append(
            f"static inline void\n{row.name}_partials(double out, const double *a, double *p)\n{{\n"
            f"{body([*unused, *loads, *writer.lines, *stores])}}}\n"
        )

    @staticmethod
    def _loads(row: Primitive, used: Sequence[str]) -> list[str]:
        text = " ".join(used)
        return [
            f"const double {name} = a[{i}];"
            for i, name in enumerate(row.operands)
            if _mentions(text, name)
        ]

    def reduction(self, row: Reduction) -> None:
        """`name_forward(n, a, p)`: n operands (of each column), one column after another.

        And `name_value(n, a, b)` for two columns that may lie anywhere.
        """
        columns = symbols("xy"[: row.columns])
        arrays = "ab"[: row.columns]
        lines: list[str] = [] if row.columns == 1 else ["const double *b = a + n;"]
        found: list[Symbol] = []

        def loop(writer: Writer, statements: list[str]) -> None:
            self.need(writer)
            inner = [*writer.lines, *statements]
            used = " ".join(inner)
            loads = [
                f"const double {x.name} = {array}[i];"
                for array, x in zip(arrays, columns)
                if _mentions(used, x.name)
            ]
            lines.append("for (Py_ssize_t i = 0; i < n; i++) {")
            lines.extend(f"    {line}" for line in [*loads, *inner])
            lines.append("}")

        for k, (start, step) in enumerate(row.folds):
            fold = Symbol(f"fold{k}")
            lines.append(f"double {fold.name} = {C.number(start)};")
            writer = Writer()
            text = writer.text(step(fold, *columns, *found))
            loop(writer, [f"{fold.name} = {text};"])
            found.append(fold)
        writer = Writer()
        writer.define("out", row.finish(*found))
        self.need(writer)
        lines.extend(writer.lines)
        if row.columns == 2:
            self.parts.append(
                f"static inline double\n{row.name}_value(Py_ssize_t n, const double *a, "
                f"const double *b)\n{{\n{body(lines[1:])}    return out;\n}}\n"
            )
        writer = Writer()
        known = found[: row.partial.__code__.co_argcount - 1 - row.columns]
        partials = [writer.text(p) for p in row.partial(Symbol("out"), *columns, *known)]
        stores = [f"p[i{f' + {c} * n' if c else ''}] = {text};" for c, text in enumerate(partials)]
        loop(writer, stores)
        self.parts.append(
            f"static inline double\n{row.name}_forward(Py_ssize_t n, const double *a, double *p)\n"
            f"{{\n{body(lines)}    return out;\n}}\n"
        )


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def generated() -> str:
    """The text of table.inc."""
    file = File()
    fixed = [row for row in TABLE.values() if not isinstance(row, Reduction)]
    reductions = [row for row in TABLE.values() if isinstance(row, Reduction)]
    for row in fixed:
        file.forward(row)
    for row in (*fixed, *TRACE_ROWS):
        file.halves(row)
    for reduction in reductions:
        file.reduction(reduction)
    opcodes = "".join(f"    OP_{name},\n" for name in OPCODES)
    traced = "".join(
        f"    OP_{row.name}{' = OPCODES' * (i == 0)},\n" for i, row in enumerate(TRACE_ROWS)
    )

    def macro(entries: Sequence[tuple[str, int]]) -> str:
        return " \\\n".join(f"    X({name}, {count})" for name, count in entries)

    rows = (*TABLE.values(), *TRACE_ROWS)
    return "\n".join(
        [
            HEADER,
            "/* What this file was made from: see digest.py. X(name, digest), by opcode */",
            f"#define TABLE_SOURCE 0x{fnv(SOURCE.read_bytes()):016x}u",
            f"#define ROW_DIGESTS(X) \\\n{macro([(r.name, digest_of(r)) for r in rows])}\n",
            f"enum {{\n{opcodes}    OPCODES\n}};\n",
            f"enum {{\n{traced}    TAPE_OPCODES\n}};\n",
            "/* X(name, number of operands) */",
            f"#define FIXED_ROWS(X) \\\n{macro([(r.name, len(r.operands)) for r in fixed])}\n",
            f"#define TRACE_ROWS(X) \\\n{macro([(r.name, len(r.operands)) for r in TRACE_ROWS])}\n",
            "/* X(name, number of columns) */",
            f"#define REDUCTIONS(X) \\\n{macro([(r.name, r.columns) for r in reductions])}\n",
            *file.parts,
            "#endif\n",
        ]
    )


def is_current() -> bool:
    """Whether the file holds the table's formulas. A change that leaves the formulas alone changes
    TABLE_SOURCE, too, which only saves time, and so may be an older one."""
    text = TARGET.read_text(encoding="utf-8")
    return _without_source(text) == _without_source(generated())


def _without_source(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#define TABLE_SOURCE ")]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        return int(not is_current())
    TARGET.write_text(generated(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
