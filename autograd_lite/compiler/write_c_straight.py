"""A tape as straight code in C: a local `double` for each result, so that a compiler sees it all.

`v3` is the number in slot 3 of the tape, `d3` the derivative with respect to it. The formulas come
from running the table's rules on Symbols.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from ..formulas.c import C, Writer
from ..formulas.c_functions import Functions
from ..formulas.symbol import Folds, Symbol
from ..primitive import Reduction
from ..special_rows import SPECIAL
from .tape import Instruction, Tape
from .write_python import partial_trees, value_tree

MOST = 2000  # the size of a tape that becomes straight code; a C compiler takes seconds for it
LOOPS = 40  # lines for an operand of a special function, where others have one
PASSED = """\
/* slope * partial. If careful, 0 where one of them is 0, even if the other one is infinite: that
 * is what a branch that was not taken passes on. */
static inline double
passed(int careful, double slope, double partial)
{
    return careful && (slope == 0.0 || partial == 0.0) ? 0.0 : slope * partial;
}
"""


def size_of(tape: Tape) -> int:
    """How many operands, leaves and inputs a tape has; 0 if it has no operation."""
    operands = 0
    for i in tape.instructions:
        lines = LOOPS if i.op.name in SPECIAL else 1
        operands += i.rows * max(i.width, 1) * len(i.columns) * lines
    return operands and operands + len(tape.captured) + len(tape.inputs)


class Straight:
    """The lines of a tape.

    Args:
        tape: of rows of the table.
        helpers: get the functions that the lines call.
        careful: what says in C whether masked operations pass no slope of 0.

    Attributes:
        forward, backward: the lines; those of `backward` read the array `seeds`, which may be NULL.
    """

    def __init__(self, tape: Tape, helpers: Functions, careful: str) -> None:
        self.tape, self.careful = tape, careful
        self.writer = Writer()
        self.trees: list[Any] = []  # the writer knows some of them by their addresses
        self.asked = {*tape.captured, *tape.inputs}  # slots whose derivative is used
        self.known: set[int] = set()  # slots whose derivative has a value
        rows = [
            (out, self._row(instruction, out, slots)) for instruction, out, slots in tape.rows()
        ]
        self.forward = self.writer.lines
        self.backward = self.writer.lines = list[str]()
        for k, slot in enumerate(tape.outputs):
            if slot in self.asked:
                self._add(slot, "+", f"(seeds ? seeds[{k}] : 1.0)")
        for out, terms in reversed(rows):
            if out in self.known:
                for slot, partial, masked in terms:
                    self._pass(out, slot, partial, masked)
        helpers.write(self.writer.helpers)

    def value(self, slot: int) -> str:
        """How the number in a slot is written."""
        return C.leaf(self._operand(slot))

    def gradient(self, slot: int) -> str:
        """The derivative with respect to a leaf or an input, where no -0.0 is wanted."""
        return f"d{slot} + 0.0" if slot in self.known else "0.0"

    def _operand(self, slot: int) -> Any:
        constant = self.tape.constants.get(slot)
        return Symbol(f"v{slot}") if constant is None else constant

    def _define(self, name: str, tree: Any) -> Symbol:
        self.trees.append(tree)
        self.writer.define(name, tree)
        return Symbol(name)

    def _row(
        self, instruction: Instruction, out: int, slots: Sequence[int]
    ) -> list[tuple[int, Any, bool]]:
        """Write the value of a row; gives what it passes back: slot, partial, whether masked."""
        op, operands = instruction.op, [self._operand(slot) for slot in slots]
        name, partials = Symbol(f"v{out}"), []
        if isinstance(op, Reduction):
            n = len(slots) // op.columns
            each = [operands[i::n] for i in range(n)]
            results = self._folded(op, out, each)
            if results[0].name != name.name:
                self._define(name.name, op.finish(*results))
            used = results[: Folds(op).used]
            several = [op.partial(name, *row, *used) for row in each]
            partials = [row[c] for c in range(op.columns) for row in several]
        else:
            self._define(name.name, value_tree(op, operands))
            partials = list(partial_trees(op, name, operands, C.number))
        terms = []
        for slot, partial in zip(slots, partials):
            nothing = instruction.masked and not isinstance(partial, Symbol) and partial == 0.0
            if slot in self.asked and not nothing:
                terms.append((slot, partial, instruction.masked))
        if terms:
            self.asked.add(out)
        return terms

    def _folded(self, op: Reduction, out: int, each: Sequence[Sequence[Any]]) -> list[Symbol]:
        """Write the passes of a reduction over its operands; gives their results."""
        results: list[Symbol] = []
        for k, (start, step) in enumerate(op.folds):
            total: Any = start
            for i, row in enumerate(each):
                only = i == len(each) - 1 and len(op.folds) == 1 and op.finish(total) is total
                name = f"v{out}" if only else f"v{out}_{k}_{i}" if k else f"v{out}_{i}"
                total = self._define(name, step(total, *row, *results))
            results.append(total)
        return results

    def _pass(self, out: int, slot: int, partial: Any, masked: bool) -> None:
        """Add what a row passes to one of its operands."""
        slope = f"d{out}"
        constant = None if isinstance(partial, Symbol) else float(partial)
        if constant is not None and abs(constant) == 1.0:
            self._add(slot, "+" if constant > 0.0 else "-", slope)
            return
        self.trees.append(partial)
        text = self.writer.text(partial)
        if masked and (constant is None or not math.isfinite(constant)):
            self._add(slot, "+", f"passed({self.careful}, {slope}, {bare(text)})")
        else:
            self._add(slot, "+", f"{slope} * {text}")

    def _add(self, slot: int, sign: str, text: str) -> None:
        if slot in self.known:
            self.backward.append(f"d{slot} {sign}= {bare(text)};")
        else:  # -0.0 + x is x
            self.known.add(slot)
            self.backward.append(f"double d{slot} = {'-' * (sign == '-')}{bare(text)};")


def bare(text: str) -> str:
    """An expression without parentheses around all of it."""
    depth = 0
    for i, x in enumerate(text):
        depth += (x == "(") - (x == ")")
        if depth == 0:
            return text[1:-1] if text.startswith("(") and i == len(text) - 1 else text
    return text


def used(lines: Sequence[str]) -> list[str]:
    """The lines without definitions of names that no later line mentions."""
    names: set[str] = set()
    kept = []
    for line in reversed(lines):
        definition = re.fullmatch(r"(const double (\w+) = )(.*);", line)
        if definition is None or definition[2] in names:
            names.update(re.findall(r"[a-z]\w*", line))
            kept.append(f"{definition[1]}{bare(definition[3])};" if definition else line)
    return kept[::-1]
