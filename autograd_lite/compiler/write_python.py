"""A tape as Python source, to read and step through (`write_c` writes C).

It knows no formula. The table's rules run on Symbols, as they do for the native engine, and
what comes out is written down: values on the way forward, partials on the way back.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import keyword
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from ..formulas import dialect
from ..formulas.dialect import number_text
from ..formulas.python import TOTAL_PYTHON
from ..formulas.symbol import Folds, Loop, Symbol, symbols
from ..primitive import Primitive, Reduction
from ..primitives import FUNCTIONS, TABLE
from ..special_rows import FUNCTIONS as OF_SPECIAL
from ..special_rows import SPECIAL
from ..words import counted
from .chain import Chain
from .tape import OPCODES, Instruction, Tape
from .trace import TRACE_ROWS

Written = TypeVar("Written")

NAMED = 250  # operands in a tape up to which every number gets a name and a line of its own
SHORT = 8  # slots that are written where they are used; more get a table
COLUMNS = 100


PUBLIC = frozenset([*FUNCTIONS.values(), *OF_SPECIAL.values()])
IMPORTED = frozenset(
    ["where", "polygamma", "iterate", "passed", "inf", "nan", "leaves", "seeds", "v", "g"]
)


def ready(tape: Tape, language: str) -> None:
    for instruction in tape.instructions:
        if instruction.op not in OPCODES:
            raise TypeError(
                f"{instruction.op.name} cannot be written in {language}: only built-in operations "
                "can, not primitives of your own (compose them of these), nor functions that only "
                "derivatives of high order need, nor Bessel functions above order 3"
            )
    if not tape.outputs:
        raise ValueError("the function returns no Value: there is nothing to write")


def value_tree(op: Primitive, operands: Sequence[Any]) -> Any:
    """The value of `op` as a tree that names the primitive."""
    return op.evaluate(*operands) if op in TRACE_ROWS else Symbol._apply(op, tuple(operands))


def partial_trees(
    op: Primitive,
    out: Symbol,
    operands: Sequence[Any],
    number: Callable[[float], str] = number_text,
) -> tuple[Any, ...]:
    """The partials as trees. Numbers among the operands make them shorter.

    Args:
        number: writes a number that stays one until run time.
    """
    try:
        return tuple(op.partials(out, *operands))
    except (ArithmeticError, ValueError):  # the rule at just these numbers is left to run time
        named = [x if isinstance(x, Symbol) else Symbol(f"({number(x)})") for x in operands]
        return tuple(op.partials(out, *named))


def python_name(name: str, tape: Tape | Chain) -> str:
    """`name` if a function of the tape can be called so."""
    taken = name in TABLE or name in IMPORTED or keyword.iskeyword(name)
    if isinstance(tape, Chain):  # see write_python_chain
        taken |= name in SPECIAL or bool(re.fullmatch(r"whole|(part|step|goes_on)_\d+", name))
    elif name in SPECIAL:  # names as `square` are free where no such row is called
        taken = any(instruction.op.name in SPECIAL for instruction in tape.instructions)
    return name if name.isidentifier() and not taken else "program"


# Python -------------------------------------------------------------------------------------------


def to_python(
    tape: Tape, name: str, labels: Sequence[str | None] = (), lines: Sequence[str] = ()
) -> str:
    """Python source of a function that gives the tape's results and their gradients.

    A short tape becomes a line for each operation, with a name for each number; a long one a loop
    for each instruction, over numbered slots. The source imports the primitives it calls.

    Args:
        tape: of rows of the table.
        name: of the function.
        labels: of the leaves; those that are unique and identifiers become names.
        lines: the source line of each guard.

    Raises:
        TypeError: the tape has custom primitives.
        ValueError: `name` is no identifier, or the tape has no output.

    >>> from autograd_lite import compile
    >>> from autograd_lite.compiler.write_python import to_python
    >>> program = compile(lambda x: x * x)
    >>> program.value(3.0)
    9.0
    >>> namespace = {}
    >>> exec(to_python(program.tapes()[0], "square"), namespace)
    >>> namespace["square"]([], 3.0)
    (9.0, [6.0], [])
    """
    ready(tape, "Python")
    if python_name(name, tape) != name:
        raise ValueError(f"{name!r} cannot be the name of a Python function here")
    operands = sum(len(slots) for _, _, slots in tape.rows())
    short = operands + len(tape.inputs) + len(tape.captured) <= NAMED
    kind = NamedPython if short else SlotPython
    return kind(tape, name, labels, lines).text()


PASSED = [
    "def passed(gradient, partial):",
    '    """Their product; a branch that was not taken passes nothing."""',
    "    return gradient * partial if gradient and partial else 0.0",
]


class PythonSource:
    """What both forms share: the frame of the function, and how a step is written."""

    arguments: Callable[[], str]
    names_of_leaves: Callable[[], list[str]]
    start: Callable[[], list[str]]
    forward: Callable[[], list[str]]
    backward: Callable[[], list[str]]
    variable: Callable[[int], str]  # what holds the number in a slot
    gradients: Callable[[Iterable[int]], str]

    def __init__(
        self, tape: Tape, name: str, labels: Sequence[str | None], lines: Sequence[str]
    ) -> None:
        self.tape, self.name = tape, name
        self.labels = [x if isinstance(x, str) else None for x in labels] or [None] * len(
            tape.captured
        )
        self.lines = lines
        self.several = len(tape.outputs) > 1  # whether results are a list, with seeds
        self.inner = False  # whether it is a part of a program
        self.used: dict[str, None] = {}  # names of primitives, in order
        self.parts: dict[str, list[str]] = {}  # functions that cannot be imported
        self.tables: dict[tuple[int, ...], str] = {}
        self.known: set[int] = set()  # slots whose gradient has a value
        self.written: dict[Any, Any] = {}  # parts of instructions, by what is in them
        self.read: dict[int, Any] = {}  # what `operands` says, by the first slot written
        self.heads: dict[int, list[str]] = {}  # likewise what `loop` says

    # The frame

    def text(self) -> str:
        written = self.function()  # which notes what it uses
        return "\n".join([*self.preamble(), written])

    def function(self) -> str:
        """The function, without what it uses."""
        tape = self.tape
        results = [self.at(slot) for slot in tape.outputs]
        result = f"[{', '.join(results)}]" if self.several else results[0]
        body = [
            *self.docstring(),
            *self.start(),
            "",
            "# Forward.",
            *self.forward(),
            *self.guards(),
            "",
            "# Backward: how fast the result changes with each number, from the last to the first.",
            *self.backward(),
            "",
            f"return {result}, {self.gradients(tape.inputs)}, {self.gradients(tape.captured)}",
        ]
        seeds = ""
        if self.several:
            star = "" if "*" in self.arguments() else "*, "
            ones = ", ".join(["1.0"] * len(results)) + "," * (len(results) == 1)
            seeds = f", {star}seeds=({ones})"
        head = _wrapped(f"def {self.name}({self.arguments()}{seeds}):")
        lines = [head]
        lines += [_wrapped(f"    {line}") if line else "" for line in body]
        return "\n".join(lines) + "\n"

    def docstring(self) -> list[str]:
        if self.inner:
            return ['"""The results; of their sum, each times its seed, the gradient."""']
        leaves = ", ".join(self.names_of_leaves()[:12])
        more = ", ..." if len(self.tape.captured) > 12 else ""
        count = len(self.tape.captured)
        lines = [
            '"""The value and its gradient, as autograd_lite traced them.',
            "",
            "Args:",
            f"    leaves: {counted(count, 'number')}" + (f": {leaves}{more}." if count else "."),
            f"    {self.arguments().partition(', ')[2] or 'nothing else'}: "
            f"{counted(len(self.tape.inputs), 'number')} of the arguments.",
        ]
        if self.several:
            lines.append("    seeds: weights of the results in the gradient.")
        lines += [
            "",
            "Returns:",
            "    (the results, of their weighted sum the gradients of the arguments, of the leaves)"
            if self.several
            else "    (the result, the gradients of the arguments, those of the leaves)",
        ]
        if self.tape.guards:
            lines += ["", "Raises:", "    ValueError: the numbers take another branch."]
        return [*lines, '"""']

    def preamble(self) -> list[str]:
        """Imports, tables and helpers, once it is known which are used."""
        odd = [x for x in ("inf", "nan") if x in self.used]
        public = self.used.keys() - {*odd, *self.parts}
        lines = [f"from math import {', '.join(odd)}", ""] if odd else []
        special = public & {*OF_SPECIAL, "SPECIAL"}
        loops = public & {"iterate"}
        homes = {
            "autograd_lite": public - special - loops,
            "autograd_lite.special": special,
            "autograd_lite.special_table": loops,
        }
        imports = []
        for home, used in homes.items():
            names = ", ".join(sorted(used))
            names = names if len(names) < 70 else f"({names})"
            imports += [_wrapped(f"from {home} import {names}")] if used else []
        lines += [*imports, ""] if imports else []
        for part in self.parts.values():
            lines += ["", *map(_wrapped, part), ""]
        for slots, table in self.tables.items():
            lines.append(_wrapped(f"{table} = [{', '.join(map(str, slots))}]"))
        return [*lines, ""] if lines else []

    def guards(self) -> list[str]:
        if not self.tape.guards:
            return []
        lines = ["", "# The traced run took these branches."]
        for k, (sign, x, y, outcome) in enumerate(self.tape.guards):
            comparison = f"{self.at(x)} {sign} {self.at(y)}"
            line = f" (decided on {self.lines[k]})" if k < len(self.lines) else ""
            message = f"another branch: {comparison} was {outcome}{line}"
            lines.append(f"if {'not ' * outcome}{comparison}:")
            lines.append(f"    raise ValueError({message!r})")
        return lines

    # Steps

    def operand(self, slot: int) -> Any:
        constant = self.tape.constants.get(slot)
        return Symbol(self.variable(slot)) if constant is None else constant

    def at(self, slot: int) -> str:
        """How the number in a slot is written."""
        return self.tree(self.operand(slot))

    def tree(self, tree: Any) -> str:
        """A formula; the primitives in it are noted."""
        stack = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, Symbol):
                stack.extend(node.args)
                if isinstance(node.op, Primitive):
                    self.part(node.op)
            else:
                self.number(node)
        text = TOTAL_PYTHON.text(tree)
        for called in re.findall(r"\b(\w+)\(", text):
            self.used[called] = None
        return text

    def part(self, row: Primitive) -> None:
        """Note a row that cannot be imported, and what its own formula uses."""
        order = re.fullmatch(r"polygamma_(\d+)", row.name)
        if row.name in self.parts or (row in PUBLIC and order is None):
            return
        if SPECIAL.get(row.name) is row:
            self.used["SPECIAL"] = None
            self.parts[row.name] = [f'{row.name} = SPECIAL["{row.name}"]']
            return
        self.parts[row.name] = part = [f"def {row.name}({', '.join(row.operands)}):"]
        if order is not None:
            self.used["polygamma"] = None
            formula = f"polygamma({order[1]}, x)"
        else:
            names = (f"t{i}" for i in itertools.count())
            [tree] = self.shared([row.evaluate(*symbols(row.operands))], part, names)
            formula = self.tree(tree)
        part.append(f"    return {formula}")

    def shared(
        self, trees: Sequence[Any], lines: list[str], names: Iterator[str], indent: str = "    "
    ) -> list[Any]:
        """Formulas in which what occurs twice has a name; `lines` get the definitions."""
        uses: Counter[int] = Counter()
        for tree in trees:
            dialect.fold(tree, lambda node, _: uses.update(map(id, node.args)), id)
        known: dict[int, Symbol] = {}

        def operation(node: Any, operands: list[Any]) -> Any:
            if id(node) in known:
                return known[id(node)]
            if isinstance(node.op, Loop):
                again = Symbol(self.iterated(node.op, operands, lines, names, indent))
            elif isinstance(node.op, str) and node.op.startswith("result "):
                again = Symbol(f"{operands[0].name}[{node.op.split()[1]}]")
            else:
                again = Symbol._apply(node.op, tuple(operands))
                if uses[id(node)] < 2 or not isinstance(node.op, Primitive):
                    return again
                lines.append(f"{indent}{(name := next(names))} = {self.tree(again)}")
                again = Symbol(name)
            known[id(node)] = again
            return again

        return [dialect.fold(tree, operation, lambda x: x) for tree in trees]

    def iterated(
        self,
        loop: Loop,
        operands: Sequence[Any],
        lines: list[str],
        names: Iterator[str],
        indent: str,
    ) -> str:
        """Write a loop; gives the name of the list of its results."""
        name, count = next(names), len(loop.state)
        fixed: dict[int, Symbol] = {}
        for tree, operand in zip(loop.invariants, operands[count:]):
            lines.append(f"{indent}{(text := next(names))} = {self.tree(operand)}")
            fixed[id(tree)] = Symbol(text)
        loop.counter.name = f"{name}_k"
        for i, x in enumerate(loop.state):
            x.name = f"{name}_{i}"
        given = ", ".join(x.name for x in (loop.counter, *loop.state))
        lines.append(f"{indent}def {name}_step({given}):")
        trees = loop.with_invariants(lambda tree: fixed[id(tree)])
        results = self.shared(trees, lines, names, indent + "    ")
        lines.append(f"{indent}    return {', '.join(map(self.tree, results))}")
        start = ", ".join(map(self.tree, operands[:count]))
        lines.append(f"{indent}{name} = iterate({name}_step, {start}, most={loop.most})")
        self.used["iterate"] = None
        return name

    def number(self, x: float) -> str:
        if not math.isfinite(x):
            self.used["nan" if x != x else "inf"] = None
        return number_text(x)

    def passed(self, target: str, gradient: str, partial: Any, masked: bool, first: bool) -> str:
        """The statement that adds gradient * partial; "" if nothing can pass."""
        sign = "=" if first else "+="
        constant = None if isinstance(partial, Symbol) else float(partial)
        if masked and constant == 0.0:
            return ""
        if masked and (constant is None or not math.isfinite(constant)):
            self.parts["passed"] = PASSED
            return f"{target} {sign} passed({gradient}, {self.tree(partial)})"
        if constant == 1.0:
            return f"{target} {sign} {gradient}"
        if constant == -1.0:
            return f"{target} {'= -' if first else '-= '}{gradient}"
        return (
            f"{target} {sign} {self.tree(Symbol._apply(TABLE['mul'], (Symbol(gradient), partial)))}"
        )

    def reduction(self, op: Reduction, columns: Sequence[str]) -> str:
        self.used[op.name] = None
        return f"{op.name}({', '.join(columns)})"

    def folds(self, folds: Folds, columns: Sequence[str]) -> list[str]:
        """The results of passes over the operands that partials need."""
        names, operands = ", ".join(x.name for x in folds.operands), _side_by_side(columns)
        lines = []
        for fold, start, step in zip(folds.results[: folds.used], folds.starts, folds.steps):
            lines += [
                f"{fold.name} = {self.number(start)}",
                f"for {names} in {operands}:",
                f"    {fold.name} = {self.tree(step)}",
            ]
        return lines


class NamedPython(PythonSource):
    """Every number has a name, every operation a line."""

    @functools.cached_property
    def names(self) -> dict[int, str]:
        """What the number in each slot is called."""
        leaves = [own or f"w{i}" for i, own in enumerate(self._labels())]
        names = dict(zip(self.tape.captured, leaves))
        names.update((slot, f"x{i}") for i, slot in enumerate(self.tape.inputs))
        names.update((slot, f"t{i}") for i, (_, slot, _) in enumerate(self.tape.rows()))
        return names

    def _labels(self) -> list[str | None]:
        """The labels that can be names."""
        counts = Counter(self.labels)
        rows = {*TABLE, *SPECIAL}
        taken = {*keyword.kwlist, *dir(builtins), *rows, *IMPORTED, "x_i", "y_i", self.name, "_"}

        def fits(label: Any) -> bool:
            return (
                isinstance(label, str)
                and counts[label] == 1
                and label.isidentifier()
                and unicodedata.normalize("NFKC", label) == label
                and label not in taken
                and not re.fullmatch(
                    r"[wxt]\d+|d_.*|fold\d+|polygamma_\d+|pow_log_\d+|\w+_power_\d+|__.*", label
                )
            )

        return [label if fits(label) else None for label in self.labels]

    def arguments(self) -> str:
        return ", ".join(["leaves", *(self.names[slot] for slot in self.tape.inputs)])

    def names_of_leaves(self) -> list[str]:
        return [self.names[slot] for slot in self.tape.captured]

    def start(self) -> list[str]:
        return [f"[{', '.join(self.names_of_leaves())}] = leaves"]

    def variable(self, slot: int) -> str:
        return self.names[slot]

    def gradients(self, slots: Iterable[int]) -> str:
        lines = [f"d_{self.names[slot]}" if slot in self.known else "0.0" for slot in slots]
        return f"[{', '.join(lines)}]"

    def forward(self) -> list[str]:
        lines = []
        for instruction, out, slots in self.tape.rows():
            op = instruction.op
            if isinstance(op, Reduction):
                formula = self.reduction(op, self._columns(op, slots))
            else:
                formula = self.tree(value_tree(op, list(map(self.operand, slots))))
            note = "  # detached: no gradient passes" * (op.name == "detach")
            lines.append(f"{self.names[out]} = {formula}{note}")
        return lines

    def _columns(self, op: Reduction, slots: Sequence[int]) -> list[str]:
        n = len(slots) // op.columns
        texts = list(map(self.at, slots))
        return [f"[{', '.join(texts[c * n : (c + 1) * n])}]" for c in range(op.columns)]

    def add(self, slot: int, gradient: str, partial: Any, masked: bool) -> list[str]:
        if slot in self.tape.constants:
            return []
        target = f"d_{self.names[slot]}"
        statement = self.passed(target, gradient, partial, masked, slot not in self.known)
        if statement:
            self.known.add(slot)
        return [statement] if statement else []

    def backward(self) -> list[str]:
        lines = []
        for k, slot in enumerate(self.tape.outputs):
            if slot not in self.tape.constants:
                sign = "+=" if slot in self.known else "="
                self.known.add(slot)
                lines.append(
                    f"d_{self.names[slot]} {sign} {f'seeds[{k}]' if self.several else '1.0'}"
                )
        for instruction, out, slots in reversed(list(self.tape.rows())):
            if out in self.known:  # else no result depends on it
                lines += self.step_back(instruction, out, slots)
        return lines

    def step_back(self, instruction: Instruction, out: int, slots: list[int]) -> list[str]:
        op, result = instruction.op, Symbol(self.names[out])
        operands = list(map(self.operand, slots))
        lines: list[str] = []
        if isinstance(op, Reduction):
            folds, n = Folds(op), len(slots) // op.columns
            lines += self.folds(folds, self._columns(op, slots))
            terms = [folds.partials(result, operands[i::n]) for i in range(n)]
            partials = tuple(term[c] for c in range(op.columns) for term in terms)
        else:
            partials = partial_trees(op, result, operands)
        for slot, partial in zip(slots, partials):
            lines += self.add(slot, f"d_{result.name}", partial, instruction.masked)
        return lines


class SlotPython(PythonSource):
    """Numbers are in a list, `v`; an instruction is a loop over its rows."""

    def arguments(self) -> str:
        return "leaves, *inputs"

    def names_of_leaves(self) -> list[str]:
        return [
            label if label is not None and label.isidentifier() else f"w{i}"
            for i, label in enumerate(self.labels)
        ]

    def start(self) -> list[str]:
        tape = self.tape
        lines = [
            f"if len(leaves) != {len(tape.captured)} or len(inputs) != {len(tape.inputs)}:",
            f"    raise ValueError('{counted(len(tape.captured), 'leaf number')} and "
            f"{counted(len(tape.inputs), 'input')} are wanted')",
            f"v = [0.0] * {tape.slots}  # all numbers",
        ]
        for slots, numbers in ((tape.captured, "leaves"), (tape.inputs, "inputs")):
            if slots:
                lines.append(f"for slot, number in zip({self.slots(slots)}, {numbers}):")
                lines.append("    v[slot] = number")
        return lines + [f"v[{slot}] = {self.number(x)}" for slot, x in tape.constants.items()]

    def slots(self, slots: Sequence[int]) -> str:
        """A list of slots; a long one is a table."""
        if len(slots) == 1:
            return f"[{slots[0]}]"
        run = range(slots[0], slots[0] + len(slots)) if slots else range(0)
        if len(slots) > 2 and list(slots) == list(run):
            return f"range({run.start}, {run.stop})"
        if len(slots) <= SHORT:
            return f"[{', '.join(map(str, slots))}]"
        return self.tables.setdefault(tuple(slots), f"TABLE_{len(self.tables)}")

    def variable(self, slot: int) -> str:
        return f"v[{slot}]"

    def gradients(self, slots: Iterable[int]) -> str:
        return f"[0.0 + g[slot] for slot in {self.slots(list(slots))}]"

    def forward(self) -> list[str]:
        return [line for i in self.tape.instructions for line in self.step(i)]

    def backward(self) -> list[str]:
        outputs = self.tape.outputs
        lines = [f"g = [-0.0] * {self.tape.slots}  # derivatives with respect to all numbers"]
        if not self.several:
            lines.append(f"g[{outputs[0]}] += 1.0")
        else:
            lines.append(f"for slot, seed in zip({self.slots(outputs)}, seeds):")
            lines.append("    g[slot] += seed")
        return lines + [
            line for i in reversed(self.tape.instructions) for line in self.step_back(i)
        ]

    def step(self, instruction: Instruction) -> list[str]:
        op = instruction.op
        if isinstance(op, Reduction):
            names = ["xs", "ys"][: op.columns]
            formula = self.reduction(op, _values_in(names))
        else:
            names, operands = self.operands(instruction)
            formula = self.once(op, operands, lambda: self.tree(value_tree(op, operands)))
        head = self.loop(instruction, names, back=False)
        return [*head, f"    v[out] = {formula}"]

    def once(self, what: Any, operands: Sequence[Any], write: Callable[[], Written]) -> Written:
        """What `write` gives: written once for all instructions that have such operands."""
        key = (what, *[getattr(x, "name", None) or repr(x) for x in operands])
        found: Written | None = self.written.get(key)
        if found is None:
            found = self.written[key] = write()
        return found

    def operands(self, instruction: Instruction) -> tuple[list[str], list[Any]]:
        """Names for the slots of each column, "" for a number; and what is in them."""
        if instruction.out in self.read:
            return self.read[instruction.out]  # type: ignore[no-any-return]
        names: list[str] = []
        operands: list[Any] = []
        constants = self.tape.constants
        for name, column in zip(instruction.op.operands, instruction.columns):
            constant = constants.get(column.slots[0])
            if constant is not None and (
                len(column.slots) == 1
                or len({repr(constants.get(slot)) for slot in column.slots}) == 1
            ):
                names.append("")
                operands.append(constant)
            else:
                names.append(name)
                operands.append(Symbol(f"v[{name}]"))
        self.read[instruction.out] = names, operands
        return names, operands

    def loop(self, instruction: Instruction, names: Sequence[str], back: bool) -> list[str]:
        """`for out, x, y in ...:` over the rows."""
        rows, width, out = instruction.rows, instruction.width, instruction.out
        if back and rows == 1:  # as it was forward
            return self.heads[out]
        sequences = [self.slots(range(out, out + rows))]
        for name, column in zip(names, instruction.columns):
            if not name:
                continue
            slots = self.slots(column.slots)
            if not width:
                sequences.append(slots)
            elif column.shared:
                sequences.append(f"[{slots}] * {rows}")
            else:
                n = rows * width
                sequences.append(f"[{slots}[i : i + {width}] for i in range(0, {n}, {width})]")
        together = f"zip({', '.join(sequences)})"
        if back and rows > 1:
            together = f"reversed(list({together}))"
        noun = f"{rows} times {instruction.op.name}" if rows > 1 else instruction.op.name
        wide = f" of {width}" if width else ""
        targets = ", ".join(["out", *(name for name in names if name)])
        head = [f"# {noun}{wide}", f"for {targets}{',' * (len(sequences) == 1)} in {together}:"]
        if not back:
            self.heads[out] = head
        return head

    def step_back(self, instruction: Instruction) -> list[str]:
        op, masked, out = instruction.op, instruction.masked, Symbol("v[out]")
        lines: list[str] = []
        if isinstance(op, Reduction):
            names = ["xs", "ys"][: op.columns]
            folds = Folds(op)
            each, rows = ", ".join(name[0] for name in names), _side_by_side(names)
            lines += self.folds(folds, _values_in(names))
            entries = symbols(f"v[{name[0]}]" for name in names)
            for name, column, partial in zip(
                names, instruction.columns, folds.partials(out, entries)
            ):
                statement = self.passed(f"g[{name[0]}]", "g[out]", partial, masked, False)
                if statement and not self.constant(column.slots):
                    lines += [f"for {each} in {rows}:", f"    {statement}"]
        else:
            names, operands = self.operands(instruction)
            lines += self.once((op, masked), operands, lambda: [
                self.passed(f"g[{name}]", "g[out]", partial, masked, False)
                for name, partial in zip(names, partial_trees(op, out, operands)) if name
            ])  # fmt: skip
        lines = [f"    {line}" for line in lines if line]
        return [*self.loop(instruction, names, back=True), *lines] if lines else []

    def constant(self, slots: Sequence[int]) -> bool:
        return all(slot in self.tape.constants for slot in slots)


def _values_in(names: Sequence[str]) -> list[str]:
    """The numbers in lists of slots, each list called as its entries are, with an s."""
    return [f"[v[{name[0]}] for {name[0]} in {name}]" for name in names]


def _side_by_side(columns: Sequence[str]) -> str:
    return columns[0] if len(columns) == 1 else f"zip({', '.join(columns)})"


def _wrapped(line: str) -> str:
    """A long line of code without strings, broken where it stands in brackets."""
    if len(line) <= COLUMNS or "'" in line or '"' in line or line.lstrip().startswith("#"):
        return line
    words = line.split(" ")
    margin = " " * (len(line) - len(line.lstrip()) + 4)
    parts = [words[0]]
    depth = words[0].count("(") + words[0].count("[") - words[0].count(")") - words[0].count("]")
    for word in words[1:]:
        if depth > 0 and len(parts[-1]) + 1 + len(word) > COLUMNS:
            parts.append(margin + word)
        else:
            parts[-1] += " " + word
        depth += word.count("(") + word.count("[") - word.count(")") - word.count("]")
    return "\n".join(parts)
