"""Rows of the table as functions of C, or of a language with its expressions.

`Functions` writes each function after those that it calls; `Kernels` writes those that a tape is
made of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..primitive import Primitive, Reduction
from .c import SYNTAX, C, Syntax, Writer, mentioned
from .symbol import Folds, Symbol, symbols


def value_in_c(row: Primitive) -> Any:
    """The value of `row` as a formula for C: by its own C text or, without one, by its rule."""
    operands = symbols(row.operands)
    return Symbol._apply(row, operands) if row.c else row.evaluate(*operands)


class Functions:
    """The text of functions, in order.

    Attributes:
        parts: the functions so far.
    """

    def __init__(self, syntax: Syntax = SYNTAX) -> None:
        self.syntax = syntax
        self.parts: list[str] = []
        self._written: set[str] = set()

    def written(self, trees: Sequence[Any], lines: list[str], out: Any = None) -> list[str]:
        """Formulas in C; what they share is defined in `lines`, and before it `out`, if given.

        Where they call a row as `al_name`, that is written first, if it is not there yet.
        """
        writer = Writer(self.syntax)
        if out is not None:
            writer.define("out", out)
        texts = list(map(writer.text, trees))
        self.write(writer.helpers)
        lines += writer.lines
        return texts

    def write(self, helpers: Mapping[str, Primitive]) -> None:
        """Write the rows that some C calls as `al_name`, if they are not there yet."""
        for row in helpers.values():
            self._value(row)

    def value(self, row: Primitive) -> Any:
        """The value of `row` as a formula: a call of `al_name`, if that is there."""
        written = row.name in self._written
        return Symbol._apply(row, symbols(row.operands)) if written else value_in_c(row)

    def _value(self, row: Primitive) -> None:
        """`al_name(operands)`: the value of a row that has no C text of its own."""
        if row.name not in self._written:
            self._written.add(row.name)
            lines: list[str] = []
            [result] = self.written([row.evaluate(*symbols(row.operands))], lines)
            operands = [f"double {name}" for name in row.operands]
            lines.append(f"return {result};")
            text = self.syntax.function("inline double", f"al_{row.name}", operands, lines)
            self.parts.append(text)

    def passes(self, folds: Folds, count: int, loop: Callable[[list[str]], list[str]]) -> list[str]:
        """Loops over operands, for the first `count` folds; `loop` makes one of what is in it."""
        lines: list[str] = []
        for result, start, step in zip(folds.results[:count], folds.starts, folds.steps):
            inside: list[str] = []
            [text] = self.written([step], inside)
            lines.append(self.syntax.variable(f"double {result.name} = {C.number(start)}"))
            lines += loop([*inside, f"{result.name} = {text};"])
        return lines


class Kernels:
    """Functions for the kinds of instructions that a tape has, and the helpers that they need.

    `v` holds the numbers of all slots, `d` the derivatives with respect to them. A function does
    the rows of one instruction; their results are in slots from `first` on, their operands in those
    listed at `x_at`, of which a row reads `width` in a reduction.
    """

    def __init__(self, syntax: Syntax = SYNTAX) -> None:
        self.syntax = syntax
        self.helpers = Functions(syntax)
        self.functions: dict[str, str] = {}  # text by name

    def forward(self, row: Primitive) -> str:
        """Write the function that computes values; gives its name."""
        name = f"{row.name}_forward"
        if name not in self.functions:
            lines: list[str] = []
            if isinstance(row, Reduction):
                folds = Folds(row)
                lines = self._passes(row, folds, len(row.folds))
            value = folds.finish if lines else self.helpers.value(row)
            [text] = self.helpers.written([value], lines)
            lines.append(f"v[first + r] = {text};")
            self.functions[name] = self._function(name, row, lines, back=False)
        return name

    def reverse(self, row: Primitive, masked: bool) -> str:
        """Write the function that adds up derivatives; gives its name."""
        name = f"{row.name}_reverse" + "_masked" * masked
        if name not in self.functions:
            lines: list[str] = []
            if isinstance(row, Reduction):
                folds = Folds(row)
                lines = self._passes(row, folds, folds.used)
                for x, partial in zip("xy", folds.partials(Symbol("out"), folds.operands)):
                    target = f"d[{self._slot(x)}]"
                    lines += self._loop(row, self._added([target], [partial], masked))
            else:
                targets = [f"d[{x}_at[r]]" for x in row.operands]
                partials = row.partials(Symbol("out"), *symbols(row.operands))
                lines = self._added(targets, partials, masked)
            self.functions[name] = self._function(name, row, lines, back=True)
        return name

    def _passes(self, row: Reduction, folds: Folds, count: int) -> list[str]:
        return self.helpers.passes(folds, count, lambda lines: self._loop(row, lines))

    def _added(self, targets: Sequence[str], partials: Sequence[Any], masked: bool) -> list[str]:
        """Add slope * partial to each target; masked, only if neither is 0."""
        lines: list[str] = []
        texts = self.helpers.written(partials, lines)
        if masked:  # each is used twice
            for k, partial in enumerate(partials):
                if isinstance(partial, Symbol):
                    lines.append(self.syntax.constant(f"double partial{k} = {texts[k]}"))
                    texts[k] = f"partial{k}"
        for target, text, partial in zip(targets, texts, partials):
            constant = None if isinstance(partial, Symbol) else float(partial)
            statement = f"{target} += slope * {text};"
            if constant is not None and abs(constant) == 1.0:
                statement = f"{target} {'+' if constant > 0.0 else '-'}= slope;"
            if masked and (constant is None or not math.isfinite(constant)):
                lines += [f"if (slope != 0.0 && {text} != 0.0) {{", f"    {statement}", "}"]
            elif not masked or constant != 0.0:
                lines.append(statement)
        return lines

    def _function(self, name: str, row: Primitive, lines: list[str], back: bool) -> str:
        """A function that does `lines` for each row `r` of an instruction."""
        parameters = ["const double *v", "double *d"] if back else ["double *v"]
        parameters += ["int first", "int rows"]
        variables = {}
        if back:
            variables = {"out": "double out = v[first + r]", "slope": "double slope = d[first + r]"}
        if isinstance(row, Reduction):
            parameters.append("int width")
            for x in "xy"[: row.columns]:
                parameters += [f"const int *{x}_at", f"int {x}_step"]
                variables[x] = f"int *{x} = {self.syntax.place(f'{x}_at', f'{x}_step', 'r')}"
        else:
            parameters += [f"const int *{x}_at" for x in row.operands]
            variables.update((x, f"double {x} = v[{x}_at[r]]") for x in row.operands)
        counter = self.syntax.counter
        head = f"{counter} r = rows - 1; r >= 0; r--" if back else f"{counter} r = 0; r < rows; r++"
        over_rows = loop(head, lines, variables, self.syntax)
        return self.syntax.function("void", name, parameters, over_rows)

    def _loop(self, row: Reduction, lines: list[str]) -> list[str]:
        """`lines` for each operand of a row."""
        operands = {f"{x}_i": f"double {x}_i = v[{self._slot(x)}]" for x in "xy"[: row.columns]}
        head = f"{self.syntax.counter} i = 0; i < width; i++"
        return loop(head, lines, operands, self.syntax)

    def _slot(self, x: str) -> str:
        return self.syntax.slot(f"{x}_at", x, "i")


def loop(
    head: str, lines: Sequence[str], variables: Mapping[str, str], syntax: Syntax = SYNTAX
) -> list[str]:
    """`lines` in a loop, after those of the `variables` that they mention."""
    inside = [*defined(variables, lines, syntax), *lines]
    return [f"for ({head}) {{", *(f"    {line}" for line in inside), "}"]


def defined(
    variables: Mapping[str, str], lines: Sequence[str], syntax: Syntax = SYNTAX
) -> list[str]:
    """The definitions of the variables that `lines` mention."""
    return [syntax.constant(text) for name, text in variables.items() if mentioned(name, lines)]
