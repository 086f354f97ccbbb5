"""A tape as C99: one file that needs the C library alone.

A short tape becomes straight code, see `write_c_straight`. Of a long one each kind of instruction
becomes two small C functions, one forward and one back, written by running the table's rule on
Symbols, and the tape itself a table for a loop.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence

from ..formulas.c import COLUMNS, C, body, mentioned
from ..formulas.c_functions import Kernels
from ..words import counted
from . import write_c_straight
from .tape import Instruction, Tape
from .write_c_straight import PASSED, Straight, size_of, used
from .write_python import SHORT, ready

HEAD = "#include <math.h>\n#include <stddef.h>\n#include <stdlib.h>\n"
NAMES = "/* v3 is number 3 of the program, d3 the derivative with respect to it. */\n"
STACK = 4096  # doubles that a C function keeps on the stack
C_WORDS = frozenset(
    """auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while main abort abs atexit atof atoi atol atoll bsearch calloc div exit
    free getenv labs ldiv llabs lldiv malloc mblen mbstowcs mbtowc qsort rand realloc srand strtod
    strtof strtol strtold strtoll strtoul strtoull system wcstombs wctomb acos acosh asin asinh atan
    atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax fmin
    fmod frexp hypot ilogb isfinite isgreater isinf isless isnan isnormal isunordered ldexp lgamma
    llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward
    pow remainder remquo rint round scalbln scalbn signbit sin sinh sqrt tan tanh tgamma trunc
    printf fprintf sprintf snprintf vprintf scanf sscanf puts gets putchar getchar fputs fgets fopen
    fclose fread fwrite remove rename perror memcpy memmove memset memcmp memchr strcpy strncpy
    strcat strncat strcmp strncmp strcoll strlen strchr strrchr strspn strcspn strstr strtok
    strerror isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace
    isupper isxdigit tolower toupper signal raise clock time difftime mktime asctime ctime gmtime
    localtime strftime conj cimag creal carg cproj cabs cexp clog cpow csqrt csin ccos ctan run
    passed asm typeof bool true false complex imaginary I NAN INFINITY NULL EOF""".split()  # noqa: SIM905
)


def is_c_name(name: str) -> bool:
    """Whether a C function may be called so, beside those of the C library and of the source."""
    return (
        re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) is not None
        and re.sub("[fl]$", "", name) not in C_WORDS
        and name not in C_WORDS
        and not re.search("^al_|_forward$|_reverse$|_masked$|_t$|^[A-Z0-9_]+$", name)
    )


def c_name(name: str) -> str:
    """`name` if a C function can be called so."""
    return name if is_c_name(name) else "program"


def to_c(tape: Tape, name: str, labels: Sequence[str | None] = (), tells: bool = False) -> str:
    """C99 source of a function that gives the tape's results and their gradients.

    It depends on the C library alone, keeps nothing between calls and may run in several threads.
    Its first comment says how to call it. Arithmetic is the tape's, operation by operation, so with
    -ffp-contract=off the numbers are those of the native engine.

    Args:
        tape: of rows of the table.
        name: of the function.
        labels: of the leaves, for the comment.
        tells: whether the function tells what failed also where it has one result, which then is
            an array of one.

    Raises:
        TypeError: the tape has custom primitives.
        ValueError: `name` is no name for a C function, or the tape has no output.

    >>> from autograd_lite import compile
    >>> from autograd_lite.compiler.write_c import to_c
    >>> program = compile(lambda x: x * x)
    >>> program.value(3.0)
    9.0
    >>> print(to_c(program.tapes()[0], "square").splitlines()[0])
    /* square: a value and its gradient, as autograd_lite traced them.
    """
    ready(tape, "C")
    if not is_c_name(name):
        raise ValueError(f"{name!r} cannot be the name of a C function here")
    return CSource(tape, name, labels, tells).text()


class CSource:
    """A C file for one tape."""

    def __init__(
        self, tape: Tape, name: str, labels: Sequence[str | None], tells: bool = False
    ) -> None:
        self.tape, self.name = tape, name
        self.labels = list(labels) or [None] * len(tape.captured)
        self.slots: list[int] = []  # the table of slots that instructions refer to
        self.starts: dict[tuple[int, ...], int] = {}
        self.kernels = Kernels()
        self.several = tells or len(tape.outputs) > 1
        self.inner = False  # whether it is a part of a program; then it has no leaves
        self.suffix = ""  # of names, where there are other tapes in the file

    def text(self) -> str:
        tables, run = self.run("static int\nrun")
        about = [NAMES] * self.short
        parts = [self.comment(), HEAD, *about, *self.shared([run]), *tables, run, self.entry()]
        return "\n".join(parts)

    def shared(self, functions: Sequence[str]) -> list[str]:
        """What functions need that stands before them, once they are written."""
        parts = [PASSED] if mentioned("passed", functions) else []
        parts += [*self.kernels.helpers.parts, *self.kernels.functions.values()]
        if self.slots:
            parts.append(table("int", f"SLOTS[{len(self.slots)}]", map(str, self.slots)))
        return parts

    # What a caller sees

    def signature(self) -> str:
        if self.several:
            return (
                f"int\n{self.name}(const double *leaves, const double *inputs, double *outputs, "
                "const double *seeds,\n"
                f"{' ' * len(self.name)} double *leaf_gradient, double *input_gradient)"
            )
        return (
            f"double\n{self.name}(const double *leaves, const double *inputs,\n"
            f"{' ' * len(self.name)} double *leaf_gradient, double *input_gradient)"
        )

    def comment(self) -> str:
        tape = self.tape
        usable = [
            label
            if isinstance(label, str) and re.fullmatch(r"[A-Za-z0-9_.\[\]]{1,40}", label)
            else f"w{i}"
            for i, label in enumerate(self.labels)
        ]
        leaves = ", ".join(usable[:8]) + (", ..." if len(usable) > 8 else "")
        lines = [
            f"{self.name}: a value and its gradient, as autograd_lite traced them.",
            "",
            f"leaves          {counted(len(tape.captured), 'double')}"
            + f": {leaves}" * bool(usable),
            f"inputs          {counted(len(tape.inputs), 'double')}: the numbers of the arguments",
        ]
        if self.several:
            lines += [
                f"outputs         {counted(len(tape.outputs), 'double')}, to be written",
                "seeds           the weight of each output in the gradient; NULL: 1 each",
            ]
        lines += [
            "leaf_gradient   as many doubles as leaves, to be written; NULL: not wanted",
            "input_gradient  as many doubles as inputs, to be written; NULL: not wanted",
            "",
        ]
        if self.several:
            lines.append("Gives 0 if all went well.")
            if tape.guards:
                lines.append("Gives 1, and writes nothing, if the numbers take another branch.")
            if self.large:
                lines.append("Gives 2, and writes nothing, if there is not enough memory.")
        else:
            lines.append("Gives the value.")
            if tape.guards:
                lines += [
                    "Gives NAN, and writes nothing, if the numbers take another branch than the",
                    "traced run did at one of the comparisons in `run`.",
                ]
            if self.large:
                lines.append("Gives NAN, and writes nothing, if there is not enough memory.")
        lines += [
            *self.memory(),
            "",
            "cc -std=c99 -O2 -ffp-contract=off -c file.c, and link with -lm.",
        ]
        head, *others = lines
        return "\n".join([f"/* {head}", *(f" * {x}".rstrip() for x in others), " */"]) + "\n"

    def memory(self) -> list[str]:
        """What the first comment says of memory."""
        where = "on the heap, freed before it returns" if self.large else "on the stack"
        size = f"{16 * max(self.tape.slots, 1):,}"
        return [f"Memory: {size} bytes {where}. Safe in several threads."]

    @functools.cached_property
    def short(self) -> bool:
        """Whether the tape becomes straight code."""
        return size_of(self.tape) <= write_c_straight.MOST

    @property
    def large(self) -> bool:
        """Whether numbers are on the heap."""
        return not self.short and 2 * self.tape.slots > STACK

    def entry(self) -> str:
        n = max(self.tape.slots, 1)
        results = "outputs, seeds" if self.several else "&value, NULL"
        targets = f"leaves, inputs, {results}, leaf_gradient, input_gradient"
        lines = [] if self.several else ["double value;"]
        if self.short:
            lines.append(f"const int failed = run({targets});")
        elif self.large:
            wanted = "leaf_gradient != NULL || input_gradient != NULL"
            failed = "2" if self.several else "NAN"
            lines += [
                f"double *v = malloc(({wanted} ? 2u : 1u) * {n}u * sizeof *v);",
                "if (v == NULL) {",
                f"    return {failed};",
                "}",
                f"const int failed = run(v, v + {n}, {targets});",
                "free(v);",
            ]
        else:
            lines += [
                f"double v[{n}], d[{n}];",
                f"const int failed = run(v, d, {targets});",
            ]
        lines.append("return failed;" if self.several else "return failed ? NAN : value;")
        return self.signature() + "\n{\n" + body(lines) + "}\n"

    # What it does

    def run(self, head: str, careful: str = "1") -> tuple[list[str], str]:
        """(tables, the function that does the tape).

        Args:
            head: what stands before its parameters.
            careful: a parameter of that name if the function is to have it, see `Straight`; "1".
        """
        parameters = ["const double *inputs", "double *outputs", "const double *seeds"]
        parameters += ["double *input_gradient"]
        if not self.inner:
            parameters.insert(0, "const double *leaves")
            parameters.insert(4, "double *leaf_gradient")
        if self.short:
            parameters += [f"int {careful}"] * (careful != "1")
            return [], function(head, parameters, self.straight(careful))
        tables, lines = self.by_table()
        return tables, function(head, ["double *v", "double *d", *parameters], lines)

    def straight(self, careful: str) -> list[str]:
        """The lines of a function that does a short tape."""
        tape = self.tape
        straight = Straight(tape, self.kernels.helpers, careful)
        start = [
            f"const double v{slot} = {numbers}[{i}];"
            for slots, numbers in ((tape.captured, "leaves"), (tape.inputs, "inputs"))
            for i, slot in enumerate(slots)
        ]
        forward = [*start, *straight.forward, *self.guards(straight.value)]
        forward += [f"outputs[{i}] = {straight.value(x)};" for i, x in enumerate(tape.outputs)]
        backward = self.back(
            straight.backward,
            [f"leaf_gradient[{i}] = {straight.gradient(x)};" for i, x in enumerate(tape.captured)],
            [f"input_gradient[{i}] = {straight.gradient(x)};" for i, x in enumerate(tape.inputs)],
        )
        return used([*forward, *backward])

    def by_table(self) -> tuple[list[str], list[str]]:
        """The tables of a long tape, and the lines of the function."""
        tape = self.tape
        tables, forward, backward = self.steps()
        lines = self.copied(tape.captured, "v[{}] = leaves[{}];")
        lines += self.copied(tape.inputs, "v[{}] = inputs[{}];")
        lines += [f"v[{slot}] = {C.number(x)};" for slot, x in tape.constants.items()]
        lines += [*forward, *self.guards("v[{}]".format)]
        lines += self.copied(tape.outputs, "outputs[{1}] = v[{0}];")
        return tables, lines + self.back(
            [
                f"for (int i = 0; i < {tape.slots}; i++) {{",
                "    d[i] = -0.0;  /* -0.0 + x is x */",
                "}",
                *self.copied(tape.outputs, "d[{0}] += seeds ? seeds[{1}] : 1.0;"),
                *backward,
            ],
            self.copied(tape.captured, "leaf_gradient[{1}] = d[{0}] + 0.0;"),
            self.copied(tape.inputs, "input_gradient[{1}] = d[{0}] + 0.0;"),
        )

    def guards(self, value: Callable[[int], str]) -> list[str]:
        """Lines that leave the function where the numbers take another branch."""
        lines = []
        for sign, x, y, outcome in self.tape.guards:
            comparison = f"{value(x)} {sign} {value(y)}"
            lines += [
                f"if ({f'!({comparison})' if outcome else comparison}) {{",
                "    return 1;",
                "}",
            ]
        return lines

    def back(self, lines: list[str], leaves: list[str], inputs: list[str]) -> list[str]:
        """Lines for the gradient, if it is wanted."""
        unwanted = "leaf_gradient == NULL && " * (not self.inner) + "input_gradient == NULL"
        lines = [f"if ({unwanted}) {{", "    return 0;", "}", *lines]
        if self.inner:
            return [*lines, *inputs, "return 0;"]
        for target, inside in (("leaf_gradient", leaves), ("input_gradient", inputs)):
            if inside:
                lines += [f"if ({target} != NULL) {{", *(f"    {line}" for line in inside), "}"]
        return [*lines, "return 0;"]

    def copied(self, slots: Sequence[int], statement: str) -> list[str]:
        """`statement` of slot and place, for all of them."""
        if len(slots) <= SHORT:
            return [statement.format(slot, i) for i, slot in enumerate(slots)]
        if list(slots) == list(range(slots[0], slots[0] + len(slots))):
            slot = f"{slots[0]} + i"
        else:
            slot = f"SLOTS[{self.start(slots)} + i]"
        return [
            f"for (int i = 0; i < {len(slots)}; i++) {{",
            f"    {statement.format(slot, 'i')}",
            "}",
        ]

    def start(self, slots: Sequence[int]) -> int:
        """Where these slots stand in the table."""
        key = tuple(slots)
        if key not in self.starts:
            self.starts[key] = len(self.slots)
            self.slots.extend(key)
        return self.starts[key]

    def numbers(self, instruction: Instruction) -> list[int]:
        """What the functions of an instruction are called with, besides arrays."""
        numbers = [instruction.out, instruction.rows]
        numbers += [instruction.width] * (instruction.width > 0)
        for column in instruction.columns:
            numbers.append(self.start(column.slots))
            if instruction.width:
                numbers.append(0 if column.shared else instruction.width)
        return numbers

    def call(self, instruction: Instruction, back: bool) -> str:
        """A call of its function, for the numbers in a row `t` of the table."""
        kernels, op, masked = self.kernels, instruction.op, instruction.masked
        kernel = kernels.reverse(op, masked) if back else kernels.forward(op)
        texts = [f"t[{i + 1}]" for i in range(len(self.numbers(instruction)))]
        reduction = instruction.width > 0
        for i in range(3 if reduction else 2, len(texts), 2 if reduction else 1):
            texts[i] = f"SLOTS + {texts[i]}"
        return f"{kernel}({'v, d' if back else 'v'}, {', '.join(texts)});"

    def steps(self) -> tuple[list[str], list[str], list[str]]:
        """(tables, what is done forward, what is done backward)."""
        instructions = self.tape.instructions
        numbers = list(map(self.numbers, instructions))
        kinds = {self.kind(i): i for i in instructions}
        entries = [
            f"{{{self.kind(i)}, {', '.join(map(str, x))}}}" for i, x in zip(instructions, numbers)
        ]
        size = 1 + max(map(len, numbers))
        names = ", ".join(kinds)
        text = (
            f"enum {{ {names} }};\n"
            if len(names) < COLUMNS - 10
            else ("enum {\n" + "".join(f"    {kind},\n" for kind in kinds) + "};\n")
        )
        tables = [text, table("int", f"TAPE{self.suffix}[{len(entries)}][{size}]", entries)]
        n = len(entries)
        return (
            tables,
            self.loop(f"for (int k = 0; k < {n}; k++) {{", kinds, back=False),
            self.loop(f"for (int k = {n - 1}; k >= 0; k--) {{", kinds, back=True),
        )

    def kind(self, instruction: Instruction) -> str:
        return f"DO{self.suffix}_{instruction.op.name}" + "_masked" * instruction.masked

    def loop(self, head: str, kinds: dict[str, Instruction], back: bool) -> list[str]:
        """A loop over the table of instructions."""
        lines = [head, f"    const int *t = TAPE{self.suffix}[k];", "    switch (t[0]) {"]
        for kind, instruction in kinds.items():
            call = self.call(instruction, back)
            lines += [f"    case {kind}:", f"        {call}", "        break;"]
        return [*lines, "    }", "}"]


def function(head: str, parameters: Sequence[str], lines: Sequence[str]) -> str:
    """A C function; it mentions each of its parameters, lest a compiler warns."""
    names = [re.findall(r"\w+", parameter)[-1] for parameter in parameters]
    unused = [f"(void){name};" for name in names if not mentioned(name, lines)]
    declared = [""]
    for parameter in parameters:
        if len(head) + len(declared[-1]) + len(parameter) > COLUMNS:
            declared.append("   ")
        declared[-1] += f" {parameter},"
    text = "\n".join(declared)[1:-1]
    return f"{head}({text})\n{{\n{body([*unused, *lines])}}}\n"


def table(kind: str, name: str, entries: Iterable[str]) -> str:
    """A constant array."""
    lines = [""]
    for entry in entries:
        if len(lines[-1]) + len(entry) + 2 > COLUMNS - 4:
            lines.append("")
        lines[-1] += f" {entry},"
    text = "".join(f"   {line}\n" for line in lines)
    return f"static const {kind} {name} = {{\n{text}}};\n"
