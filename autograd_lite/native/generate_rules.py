"""The text of rules.inc: the rules of the rows as lists of steps, for rules.h.

The numbers and the steps of all rules lie in two lists, one rule after another. A comment has each
rule as one reads it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..formulas.c import C
from ..primitive import Primitive, Reduction
from .steps import Steps, fold_steps_of, steps_of

HEADER = """\
/* Made from autograd_lite/primitives.py by `python -m autograd_lite.native.generate`. */
#ifndef AUTOGRAD_LITE_RULES_INC
#define AUTOGRAD_LITE_RULES_INC
"""


class File:
    """The two lists, as they grow.

    Attributes:
        numbers: the numbers of all rules, in C.
        steps: their steps, in C, with comments.
        places: the most places that a rule has.
    """

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.steps: list[str] = []
        self.places = 0

    def rule(self, name: str, steps: Steps | None) -> str:
        """A rule as the initialiser of a `Rule`."""
        if steps is None:  # it is asked in Python
            return "{0}"
        sizes = steps.operands, len(steps.numbers), len(steps.steps)
        firsts = len(self.numbers), sum(line.startswith("{") for line in self.steps)
        self.places = max(self.places, sum(sizes))
        self.numbers += map(C.number, steps.numbers)
        if steps.steps:
            self.steps.append(f"/* {name}: {steps} */")
        for row, places, depends in steps.steps:
            self.steps.append(f"{{OP_{row.name}, {_list(places)}, {depends}}},")
        return f"{{1, {', '.join(map(str, sizes + firsts))}, {_list(steps.results)}}}"


def written(rows: Iterable[Primitive]) -> str:
    """The text, for the rows in the order of their opcodes."""
    file = File()
    rules, folds, of_rows = [], [], []
    most = 0
    for row in rows:
        rules.append(f"    [OP_{row.name}] = {file.rule(row.name, steps_of(row))},\n")
        if not isinstance(row, Reduction) or not (listed := fold_steps_of(row)):
            continue
        constants = len(listed) if row.constants is None else row.constants
        most = max(most, len(listed))
        folds.append(f"static const Fold {row.name}_folds[] = {{\n")
        for k, ((start, _), steps) in enumerate(zip(row.folds, listed)):
            rule = file.rule(f"fold {k} of {row.name}", steps)
            folds.append(f"    {{{C.number(start)}, {rule}}},\n")
        folds.append("};\n")
        of_rows.append(f"    [OP_{row.name}] = {{{len(listed)}, {constants}, {row.name}_folds}},\n")
    return "\n".join(
        [
            HEADER,
            f"#define MOST_PLACES {file.places}",
            f"#define MOST_FOLDS {most}\n",
            _array("double rule_numbers[]", [f"    {x},\n" for x in file.numbers]),
            _array("RuleStep rule_steps[]", [f"    {line}\n" for line in file.steps]),
            _array("Rule rules_of_rows[OPCODES]", rules),
            "".join(folds),
            _array("Folds folds_of_rows[OPCODES]", of_rows),
            "#endif\n",
        ]
    )


def _list(places: Iterable[int]) -> str:
    return f"{{{', '.join(map(str, places))}}}"


def _array(declared: str, lines: Iterable[str]) -> str:
    return f"static const {declared} = {{\n{''.join(lines)}}};\n"
