"""Write table.inc, formulas.inc, special.inc, rules.inc, table.js and special_rows.js: the formulas
of the table in C and JavaScript, by running the rules on Symbols.

python -m autograd_lite.native.generate          writes the files
python -m autograd_lite.native.generate --check  exits with 1 if one is not current

What follows is about formulas in C; for the rules as steps see `generate_rules`, for JavaScript
`javascript.table`. table.inc has the lists of rows, and formulas.inc the functions. These are
written once and may be compiled more than once: a file that includes formulas.inc says by ROW(name)
what they are called and by ROW_KIND what they are, and which functions stand for exp, log, ... (see
lane_table.h).

Each row becomes `name_forward(a, p)`: the value for the operands a[0], a[1], ..., and the partials
into p; and, for the tape, which wants one or the other, `name_value(a)` and
`name_partials(out, a, p)`. Rows of any number of operands get loops. Opcodes are the rows' places
in the table, and after them come those that only tapes know: what only a trace records, and the
rows of special_rows.py and student_rows.py, whose functions are in special.inc; what those say with
`iterate` becomes a loop.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import incomplete, javascript, primitives, special_rows, student_rows
from ..compiler.tape import LATER_ROWS
from ..compiler.trace import TRACE_ROWS
from ..formulas.c import SYNTAX
from ..formulas.c_functions import Functions, defined, loop, value_in_c
from ..formulas.symbol import Folds, Symbol, symbols
from ..javascript.table import written
from ..primitive import Primitive, Reduction
from ..primitives import TABLE
from ..special_rows import SPECIAL
from . import generate_rules
from .digest import digest_of, fnv

SOURCE, *SPECIAL_SOURCES = (
    Path(str(module.__file__)) for module in (primitives, special_rows, student_rows, incomplete)
)
TARGET = Path(__file__).with_name("table.inc")
FORMULAS = Path(__file__).with_name("formulas.inc")
SPECIAL_FORMULAS = Path(__file__).with_name("special.inc")
RULES = Path(__file__).with_name("rules.inc")
SCRIPT = Path(javascript.__file__).with_name("table.js")
SPECIAL_SCRIPT = SCRIPT.with_name("special_rows.js")
OPCODES = tuple(TABLE)  # the rows, in the order of their opcodes
HEADER = """\
/* Made from autograd_lite/primitives.py by `python -m autograd_lite.native.generate`. */
#ifndef AUTOGRAD_LITE_TABLE_INC
#define AUTOGRAD_LITE_TABLE_INC

#include "engine.h"
"""
COMPILED_ONCE = """\
#define ROW(name) name
#define ROW_KIND static inline
#include "formulas.inc"
#undef ROW
#undef ROW_KIND

#define DECLARED(name, arity) \
    HIDDEN double name##_value(const double *); \
    HIDDEN void name##_partials(double, const double *, double *);
SPECIAL_ROWS(DECLARED)
#undef DECLARED

#endif
"""
FORMULAS_HEADER = """\
/* Made from autograd_lite/primitives.py by `python -m autograd_lite.native.generate`: functions
 * that are called ROW(name), of the kind ROW_KIND. */
"""


SPECIAL_HEADER = """\
/* Made from special_rows.py and student_rows.py by `python -m autograd_lite.native.generate`. */
"""


class File(Functions):
    """The functions of formulas.inc, each helper before its first use."""

    def forward(self, row: Primitive) -> None:
        """`name_forward(a, p)` of a row with a fixed number of operands."""
        lines: list[str] = []
        partials = row.partials(Symbol("out"), *symbols(row.operands))
        texts = self.written(partials, lines, out=value_in_c(row))
        lines += [f"p[{i}] = {text};" for i, text in enumerate(texts)]
        lines.append("return out;")
        self._add(
            "double",
            f"{row.name}_forward",
            row,
            [f"const double *{_array(row)}", "double *p"],
            lines,
        )

    def halves(self, row: Primitive) -> None:
        """`name_partials(out, a, p)`, and `name_value(a)`, which calls what the partials call."""
        lines: list[str] = []
        texts = self.written(row.partials(Symbol("out"), *symbols(row.operands)), lines)
        lines += [f"p[{i}] = {text};" for i, text in enumerate(texts)]
        parameters = ["double out", f"const double *{_array(row)}", "double *p"]
        self._add("void", f"{row.name}_partials", row, parameters, lines)
        lines = []
        [result] = self.written([self.value(row)], lines)
        lines.append(f"return {result};")
        self._add("double", f"{row.name}_value", row, [f"const double *{_array(row)}"], lines)

    def _add(
        self, kind: str, name: str, row: Primitive, parameters: Sequence[str], lines: list[str]
    ) -> None:
        """A function that finds the operands of a row in an array."""
        operands = {x: f"double {x} = {_array(row)}[{i}]" for i, x in enumerate(row.operands)}
        lines = [*defined(operands, lines), *lines]
        self.parts.append(SYNTAX.function(f"inline {kind}", name, parameters, lines))

    def reduction(self, row: Reduction) -> None:
        """`name_forward(n, a, p)`: n operands (of each column), one column after another.

        And `name_value(n, a, b)` for two columns that may lie anywhere.
        """
        folds = Folds(row, "xy")
        operands = {x.name: f"double {x.name} = {a}[i]" for a, x in zip("ab", folds.operands)}

        def over_operands(lines: Sequence[str]) -> list[str]:
            return loop("Py_ssize_t i = 0; i < n; i++", lines, operands)

        lines = self.passes(folds, len(row.folds), over_operands)
        self.written([], lines, out=folds.finish)
        parameters = ["Py_ssize_t n", "const double *a"]
        if row.columns == 2:
            value = SYNTAX.function(
                "inline double", f"{row.name}_value", [*parameters, "const double *b"],
                [*lines, "return out;"],
            )  # fmt: skip
            self.parts.append(value)
            lines.insert(0, "const double *b = a + n;")
        inside: list[str] = []
        texts = self.written(folds.partials(Symbol("out"), folds.operands), inside)
        inside += [f"p[i{f' + {c} * n' if c else ''}] = {text};" for c, text in enumerate(texts)]
        lines += [*over_operands(inside), "return out;"]
        parameters.append("double *p")
        name = f"{row.name}_forward"
        self.parts.append(SYNTAX.function("inline double", name, parameters, lines))


def _array(row: Primitive) -> str:
    """What the array of a row's operands is called."""
    return "operands" if "a" in row.operands else "a"


def generated() -> str:
    """The text of table.inc."""
    fixed, reductions = _rows()
    opcodes = "".join(f"    OP_{name},\n" for name in OPCODES)
    traced = "".join(
        f"    OP_{row.name}{' = OPCODES' * (i == 0)},\n" for i, row in enumerate(LATER_ROWS)
    )

    def macro(entries: Sequence[tuple[str, int]]) -> str:
        return " \\\n".join(f"    X({name}, {count})" for name, count in entries)

    rows = (*TABLE.values(), *LATER_ROWS)
    return "\n".join(
        [
            HEADER,
            "/* What this file was made from: see digest.py. X(name, digest), by opcode */",
            f"#define TABLE_SOURCE 0x{fnv(SOURCE.read_bytes()):016x}u",
            *(
                f"#define {path.stem.upper()}_SOURCE 0x{fnv(path.read_bytes()):016x}u"
                for path in SPECIAL_SOURCES
            ),
            f"#define ROW_DIGESTS(X) \\\n{macro([(r.name, digest_of(r)) for r in rows])}\n",
            f"enum {{\n{opcodes}    OPCODES\n}};\n",
            f"enum {{\n{traced}    TAPE_OPCODES\n}};\n",
            "/* X(name, number of operands) */",
            f"#define FIXED_ROWS(X) \\\n{macro([(r.name, len(r.operands)) for r in fixed])}\n",
            f"#define TRACE_ROWS(X) \\\n{macro([(r.name, len(r.operands)) for r in TRACE_ROWS])}\n",
            "#define SPECIAL_ROWS(X) \\",
            macro([(r.name, len(r.operands)) for r in SPECIAL.values()]) + "\n",
            "/* X(name, number of columns) */",
            f"#define REDUCTIONS(X) \\\n{macro([(r.name, r.columns) for r in reductions])}\n",
            COMPILED_ONCE,
        ]
    )


def formulas() -> str:
    """The text of formulas.inc."""
    text = "\n".join([FORMULAS_HEADER, *_file().parts])
    names = re.findall(r"^static inline \w+\n(\w+)\(", text, re.MULTILINE)
    text = re.sub(rf"\b({'|'.join(names)})\(", r"ROW(\1)(", text)
    return text.replace("static inline ", "ROW_KIND ")


def special_formulas() -> str:
    """The text of special.inc."""
    file = _file()
    before = len(file.parts)
    for row in SPECIAL.values():
        file.halves(row)
    text = "\n".join([SPECIAL_HEADER, *file.parts[before:]])
    kinds = r"static inline (\w+\n(?!al_))"  # what the tape calls is not static
    return re.sub(kinds, r"\1", text)


def _file() -> File:
    """The functions of the table and of what only a trace records."""
    file = File()
    fixed, reductions = _rows()
    for row in fixed:
        file.forward(row)
    for row in (*fixed, *TRACE_ROWS):
        file.halves(row)
    for reduction in reductions:
        file.reduction(reduction)
    return file


def _rows() -> tuple[list[Primitive], list[Reduction]]:
    """The rows of a fixed number of operands, and the others."""
    rows = TABLE.values()
    fixed = [row for row in rows if not isinstance(row, Reduction)]
    return fixed, [row for row in rows if isinstance(row, Reduction)]


def script() -> str:
    """The text of table.js."""
    return written((*TABLE.values(), *TRACE_ROWS))


def special_script() -> str:
    """The text of special_rows.js."""
    return written((*TABLE.values(), *TRACE_ROWS), SPECIAL.values())


def rules() -> str:
    """The text of rules.inc."""
    return generate_rules.written(TABLE.values())


OTHERS = {
    FORMULAS: formulas,
    SPECIAL_FORMULAS: special_formulas,
    RULES: rules,
    SCRIPT: script,
    SPECIAL_SCRIPT: special_script,
}


def is_current() -> bool:
    """Whether the files hold the table's formulas. A change that leaves the formulas alone changes
    the sources, too, which only saves time, and so may be an older one."""
    text = TARGET.read_text(encoding="utf-8")
    same = _without_source(text) == _without_source(generated())
    return same and all(path.read_text(encoding="utf-8") == made() for path, made in OTHERS.items())


def _without_source(text: str) -> list[str]:
    return [line for line in text.splitlines() if "_SOURCE 0x" not in line]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        return int(not is_current())
    TARGET.write_text(generated(), encoding="utf-8")
    for path, made in OTHERS.items():
        path.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
