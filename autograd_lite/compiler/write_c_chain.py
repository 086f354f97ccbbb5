"""A program with loops as C99: a `for` for each loop, forward and back.

Operations of numbers, and the step of a loop, become functions of one form,
`int f(const double *x, double *y, const double *w, double *g)`: the results y for the inputs x,
and, unless g is NULL, the gradient g of their sum, each times its weight in w.

A short step is straight code (`write_c_straight`), a small one put into the loops forward and back,
so that a compiler keeps its numbers in registers. What a branch of `where` that is not taken passes
on it leaves out only where it is told to be careful, as it is after a nan came out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ..formulas.c import COLUMNS, C, body, mentioned
from .chain import Chain, Segment
from .loop_operations import Loop, Part
from .tape import Tape
from .write_c import HEAD, CSource, function, is_c_name, table
from .write_c_straight import PASSED, size_of
from .write_python import ready
from .write_python_chain import ChainFunction

INLINED = 400  # the size of a step that is put into the loops, thrice
LOCAL = 64  # numbers that an array in a function has; larger ones are on the heap
ABOUT = """\
/* A function named chain, part, step or goes_on gives the results of a part of the program and,
 * unless the array for it is NULL, the gradient of their sum, each times its weight; 0 if all went
 * well. v3 or v[3] is number 3 of that part, d3 or d[3] the derivative with respect to it. */
"""
ROOM = """\
/* Memory that is freed at the end of a function, all at once. */
typedef struct Room {
    struct Room *next;
    double numbers[];
} Room;

static double *
room(Room **all, size_t rows, size_t width)
{
    Room *made = NULL;
    if (rows < SIZE_MAX / 32 / (width + 1))
        made = malloc(sizeof(Room) + (rows * width + 1) * sizeof(double));
    if (made == NULL)
        return NULL;
    made->next = *all;
    *all = made;
    return made->numbers;
}

static double *
zeros(Room **all, size_t rows, size_t width)
{
    double *numbers = room(all, rows, width);
    for (size_t i = 0; numbers != NULL && i < rows * width; i++)
        numbers[i] = 0.0;
    return numbers;
}

static void
release(Room *all)
{
    while (all != NULL) {
        Room *next = all->next;
        free(all);
        all = next;
    }
}
"""
HELPERS = {
    "INLINE": """\
/* A small step is put into the loops, where its numbers can stay in registers. */
#if defined __GNUC__
#define INLINE __attribute__((always_inline)) inline
#else
#define INLINE inline
#endif
""",
    "passed": PASSED,
    "moves": """\
/* Whether any of some numbers is not 0. */
static inline int
moves(const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (x[i] != 0.0)
            return 1;
    return 0;
}
""",
    "whole": """\
/* x as a number of steps; 0 if it is none. */
static inline int
whole(double x, size_t *n)
{
    const int fits = x >= 0.0 && x < 9e15 && x == floor(x);
    *n = fits ? (size_t)x : 0;
    return fits;
}
""",
}
TAKEN = r"room|zeros|release|moves|passed|whole|Room|(part|step|goes_on|chain|run)_\d+"


def chain_to_c(
    chain: Chain, name: str, labels: Sequence[str | None] = (), tells: bool = False
) -> str:
    """C99 source of a function like that of `to_c`, of a program with loops in it.

    Args:
        chain, name, labels, tells: as of `to_c`.

    Raises:
        TypeError: there are primitives of one's own, sequences among the results, or a step that
            reads a whole sequence from outside.
        ValueError: `name` is no name for a C function, or nothing is computed.
    """
    if not is_c_name(name):
        raise ValueError(f"{name!r} cannot be the name of a C function here")
    if not chain.outputs:
        raise ValueError("the function returns no Value: there is nothing to write")
    free = "program" if re.fullmatch(TAKEN, name) else name
    return ChainC(chain, free, labels, tells).text()


class ChainC(CSource):
    """A C file for a chain, and the chains in the steps of its loops."""

    tape: Any

    def __init__(
        self, chain: Chain, name: str, labels: Sequence[str | None], tells: bool = False
    ) -> None:
        super().__init__(chain, name, labels, tells)  # type: ignore[arg-type]
        self.parts: list[str] = []
        self.careful: set[str] = set()  # functions that are told whether no slope of 0 passes
        self.count = 0

    def text(self) -> str:
        whole = self.function(self.tape, "chain")
        functions = [*self.shared(()), *self.parts, self.ending(whole)]
        helpers = [text for name, text in HELPERS.items() if mentioned(name, functions)]
        parts = [self.comment(), f"{HEAD}#include <stdint.h>\n", ABOUT, ROOM, *helpers, *functions]
        return "\n".join(parts)

    @property
    def large(self) -> bool:
        return True

    def memory(self) -> list[str]:
        """What the first comment says of memory."""
        wrong = "3" if self.several else "NAN"
        return [
            f"Gives {wrong}, and writes nothing, if a number of steps is not whole, or not that",
            "of the xs.",
            "Memory: on the heap, freed before it returns: 8 bytes for each number of the state of",
            "each step of a loop, if a gradient is wanted. Safe in several threads.",
        ]

    def function(self, program: Tape | Chain, kind: str) -> str:
        """The name of a function that does a program; it is written."""
        self.count += 1
        name, suffix = f"{kind}_{self.count}", f"_{self.count}"
        if isinstance(program, Chain):
            self.parts.append(CFunction(self, program, name).text())
            return name
        if program.outputs:
            ready(program, "C")
        source = CSource(program, name, ())
        source.kernels, source.slots, source.starts = self.kernels, self.slots, self.starts
        source.suffix, source.inner = suffix, True
        if source.short and kind == "step":
            self.careful.add(name)
            inline = "INLINE " * (size_of(program) <= INLINED)
            self.parts.append(source.run(f"static {inline}int\n{name}", "careful")[1])
            return name
        if source.short:
            self.parts.append(source.run(f"static int\n{name}")[1])
            return name
        tables, run = source.run(f"static int\nrun{suffix}")
        n = program.slots
        call = f"run{suffix}(v, %s, x, y, w, g)"
        lines = [f"double v[{n}], d[{n}];", f"return {call % 'd'};"]
        if source.large:
            lines = [
                f"double *v = malloc(2 * {n}u * sizeof *v);",
                "if (v == NULL) {",
                "    return 2;",
                "}",
                f"const int failed = {call % f'v + {n}'};",
                "free(v);",
                "return failed;",
            ]
        self.parts += [*tables, run, _function(name, lines)]
        return name

    def ending(self, whole: str) -> str:
        """The function that a caller sees."""
        chain = self.tape
        leaves, n, m = len(chain.captured), len(chain.captured) + len(chain.inputs), self.outputs

        def each(count: int, what: str) -> list[str]:
            return [f"for (int i = 0; i < {count}; i++) {{", f"    {what}", "}"]

        inputs = n - leaves
        lines = [
            f"double *x = malloc({2 * n + m + 1}u * sizeof *x);",
            "double value = NAN;",
            "if (x == NULL) {",
            f"    return {'2' if self.several else 'NAN'};",
            "}",
            f"double *g = x + {n}, *y = g + {n};",
            *(each(leaves, "x[i] = leaves[i];") if leaves else ["(void)leaves;"]),
            *(each(inputs, f"x[{leaves} + i] = inputs[i];") if inputs else ["(void)inputs;"]),
            "const int wanted = leaf_gradient != NULL || input_gradient != NULL;",
            f"const int failed = {whole}(x, y, {'seeds' if self.several else 'NULL'}, "
            "wanted ? g : NULL);",
            "if (!failed) {",
            "    value = y[0];",
        ]
        inside = each(m, "outputs[i] = y[i];") if self.several else []
        for count, first, target in (
            (leaves, 0, "leaf_gradient"),
            (inputs, leaves, "input_gradient"),
        ):
            if count:
                copied = each(count, f"{target}[i] = g[{first} + i] + 0.0;")
                inside += [f"if ({target} != NULL) {{", *(f"    {x}" for x in copied), "}"]
        lines += [*(f"    {x}" for x in inside), "}", "free(x);"]
        lines += ["(void)value;", "return failed;"] if self.several else ["return value;"]
        return self.signature() + "\n{\n" + body(lines) + "}\n"

    @property
    def outputs(self) -> int:
        return len(self.tape.outputs)


def _function(name: str, lines: Sequence[str]) -> str:
    parameters = ["const double *x", "double *y", "const double *w", "double *g"]
    return function(f"static int\n{name}", parameters, lines)


def _each(count: int, statement: str) -> list[str]:
    """`statement` of 0, 1, ...; a few in a line, many in a loop."""
    if count > LOCAL:
        return [f"for (int j = 0; j < {count}; j++) {{", f"    {statement.format('j')}", "}"]
    lines: list[str] = []
    for j in range(count):
        text = statement.format(j)
        if lines and len(lines[-1]) + len(text) < COLUMNS - 16:
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return lines


class CFunction(ChainFunction):
    """Result i is `v[i]` if it is a number, its gradient `d[i]`.

    Of a loop i there are the number of steps `n{i}`, the states `kept{i}`, the last one `last{i}`,
    and `y{i}_{j}`. Gradients of sequences have a d_ before the name.
    """

    language = "C"

    def __init__(self, file: ChainC, chain: Chain, name: str) -> None:
        super().__init__(chain)
        self.file, self.name = file, name
        self.names.update((i, self.number(i)) for i in chain.constants)
        self.lengths: dict[str, str] = {}  # of sequences that have gradients, by name
        self.declared: list[str] = []

    def number(self, i: int) -> str:
        return f"v[{i}]"

    def text(self) -> str:
        chain = self.chain
        self.steps()
        outputs = self.results()
        for x in self.lengths:
            self.declared.append(f"double *d_{x} = NULL;")
        given = [*chain.captured, *chain.inputs]
        lines = [
            "Room *all = NULL;",
            "int failed = 2;",
            *self.declared,
            f"double *v = room(&all, {chain.size}, 1), *d = zeros(&all, {chain.size}, 1);",
            "if (v == NULL || d == NULL) {",
            "    goto end;",
            "}",
            *(f"v[{i}] = x[{k}];" for k, i in enumerate(given)),
            *(f"v[{i}] = {C.number(x)};" for i, x in chain.constants.items()),
            *self.forward,
            *(f"y[{k}] = {x};" for k, x in enumerate(outputs)),
            "failed = 0;",
            "if (g == NULL) {",
            "    goto end;",
            "}",
            "failed = 2;",
            *(
                line
                for x, n in self.lengths.items()
                for line in self._room(f"d_{x}", n, "1", "zeros")
            ),
            *(f"d[{i}] += w ? w[{k}] : 1.0;" for k, i in enumerate(chain.outputs)),
            *(line for lines in reversed(self.backward) for line in lines),
            *(f"g[{k}] = d[{i}];" for k, i in enumerate(given)),
            "failed = 0;",
        ]
        text = _function(self.name, [*lines, "release(all);", "return failed;"])
        return text.replace("    release(all);", "end:\n    release(all);")

    # Lines ----------------------------------------------------------------------------------------

    def _room(self, name: str, rows: str, width: str, make: str = "room") -> list[str]:
        return [f"if (({name} = {make}(&all, {rows}, {width})) == NULL) {{", "    goto end;", "}"]

    def _declared(self, names: Sequence[str]) -> None:
        self.declared += [f"double *{name} = NULL;" for name in names]

    def _array(self, name: str, size: int) -> None:
        """An array of zeros: in the function if they are few."""
        if size <= LOCAL:
            self.declared.append(f"double {name}[{size or 1}] = {{0.0}};")
        else:
            self._declared([name])
            self.forward += self._room(name, str(size), "1", "zeros")

    def _call(self, function: str, what: str, careful: int = 0) -> list[str]:
        what += f", {careful}" * (function in self.file.careful)
        return [f"if ((failed = {function}({what})) != 0) {{", "    goto end;", "}"]

    def segment(self, segment: Segment) -> None:
        call = self.file.function(segment.tape, "part")
        k = len(self.backward)
        sources, targets = len(segment.sources), len(segment.targets)
        x, y, w, g = (f"{name}_{k}" for name in "xywg")
        self.declared.append(
            f"double {x}[{sources + 1}], {y}[{targets + 1}], {w}[{targets + 1}], "
            f"{g}[{sources + 1}];"
        )
        self.forward += [
            f"{x}[{j}] = {name};" for j, name in enumerate(self.numbers(segment.sources))
        ]
        self.forward += self._call(call, f"{x}, {y}, NULL, NULL")
        self.forward += ["failed = 2;"]
        self.forward += [f"v[{i}] = {y}[{j}];" for j, i in enumerate(segment.targets)]
        self.names.update((i, f"v[{i}]") for i in segment.targets)
        self.backward.append([
            *(f"{w}[{j}] = d[{i}];" for j, i in enumerate(segment.targets)),
            f"if (moves({w}, {targets})) {{",
            *(f"    {line}" for line in self._call(call, f"{x}, {y}, {w}, {g}")),
            *(f"    d[{i}] += {g}[{j}];" for j, i in enumerate(segment.sources)),
            "}",
            "failed = 2;",
        ] if targets and sources else [f"(void){w}, (void){g};"])  # fmt: skip

    def pack(self, args: Sequence[int], out: int) -> None:
        self.names[out] = name = f"s{out}"
        self._declared([name])
        self.lengths[name] = str(len(args))
        self.forward += self._room(name, str(len(args)), "1")
        self.forward += [f"{name}[{k}] = {x};" for k, x in enumerate(self.numbers(args))]
        self.backward.append([f"d[{i}] += d_{name}[{k}];" for k, i in enumerate(args)])

    def entry(self, op: Any, sequence: str, out: int) -> None:
        self.names[out] = f"v[{out}]"
        self.forward.append(f"v[{out}] = {sequence}[{op.i}];")
        self.backward.append([f"d_{sequence}[{op.i}] += d[{out}];"])

    def part(self, op: Part, loop: int, out: int) -> None:
        kind, j = op.key
        if kind == "last":
            self.names[out] = f"v[{out}]"
            self.forward.append(f"v[{out}] = last{loop}[{j}];")
            self.backward.append([f"d_last{loop}[{j}] += d[{out}];"])
        elif kind == "each":
            self.names[out] = f"y{loop}_{j}"
        else:
            self.names[out] = name = f"before{loop}_{j}"
            if name not in self.lengths:
                self._declared([name])
                op_loop = op.loop
                self.forward += self._room(name, f"n{loop}", "1")
                self.forward += self._steps(op_loop, loop, lambda t, i: [
                    f"{name}[{i}] = kept{loop}[{t} * {op_loop.body.carried} + {j}];"
                ])  # fmt: skip
            self.lengths[name] = f"n{loop}"

    def _steps(
        self, loop: Loop, out: int, inside: Callable[[str, str], list[str]], back: bool = False
    ) -> list[str]:
        """A C loop over the steps t, of which x and y are at place i."""
        place = f"n{out} - 1 - t" if loop.backwards else "t"
        head = f"for (size_t t = 0; t < n{out}; t++) {{"
        if back:
            head = f"for (size_t t = n{out}; t-- > 0;) {{"
        lines = inside("t", "i")
        if any("[i]" in line for line in lines):
            lines.insert(0, f"const size_t i = {place};")
        return [head, *(f"    {line}" for line in lines), "}"]

    def loop(self, loop: Loop, args: Sequence[int], out: int) -> None:
        loop_body, forward = loop.body, self.forward
        carried, ys = loop_body.carried, [f"y{out}_{j}" for j in range(loop_body.ys)]
        count, start, xs, captured, more = loop.split(args)
        constants = self.numbers(captured)
        call = self.file.function(loop_body.program, "step")
        columns = []
        for j, x in enumerate(xs):
            columns.append(self.names[x] if isinstance(x, int) else f"X{out}_{j}{self.name}")
            if not isinstance(x, int):
                text = table("double", f"{columns[-1]}[{len(x) or 1}]", map(C.number, x or [0.0]))
                self.file.parts.append(text)
        n, kept, last, x_in, results = (
            f"{name}{out}" for name in ("n", "kept", "last", "in", "out")
        )
        self.declared.append(f"size_t {n} = 0;")
        self._declared([kept, *ys])
        first = carried + len(xs)
        forward += [f"/* Loop {out}. */"]
        for name, size in (
            (f"d_{last}", carried), (x_in, first + len(captured)), (results, carried + len(ys)),
            (f"seeds{out}", carried + len(ys)), (f"found{out}", first + len(captured)),
        ):  # fmt: skip
            self._array(name, size)
        for name, size in ((last, carried * (out in self.ends)), (f"total{out}", len(captured))):
            if size:
                self._array(name, size)
        forward += [f"{x_in}[{j}] = {x};" for j, x in enumerate(self.numbers(start))]
        forward += [f"{x_in}[{first + j}] = {x};" for j, x in enumerate(constants)]
        before = any(at == out for at, _ in self.before)
        state = _each(carried, f"{kept}[t * {carried} + {{0}}] = {x_in}[{{0}}];")
        if not before and state:
            state = [f"if ({kept} != NULL) {{", *(f"    {line}" for line in state), "}"]
        row = [f"{x_in}[{carried + j}] = {x}[i];" for j, x in enumerate(columns)]
        step = self._call(call, f"{x_in}, {results}, NULL, NULL")
        after = _each(carried, f"{x_in}[{{0}}] = {results}[{{0}}];")
        if loop.while_ is not None:
            forward += self._while(loop, out, more, before, [*state, *step, *after])
        else:
            known = self.chain.constants.get(count)
            sizes = [
                self.lengths[column] if isinstance(x, int) else str(len(x))
                for column, x in zip(columns, xs)
            ]
            if known is None or known >= 0.0:
                forward += [f"if (!whole(v[{count}], &{n})) {{", "    failed = 3;", "    goto end;",
                            "}"]  # fmt: skip
                have = f"{known or 0.0:.0f}"
            else:
                have = sizes[0]
                forward.append(f"{n} = {have};")
            for length in dict.fromkeys(sizes):
                if length != have:
                    forward += [f"if ({n} != {length}) {{", "    failed = 3;", "    goto end;", "}"]
            forward += self._states(kept, n, carried, before)
            for y in ys:
                forward += self._room(y, n, "1")
            forward += self._steps(loop, out, lambda t, i: [
                *state, *row, *step, *after,
                *(f"{y}[i] = {results}[{carried + j}];" for j, y in enumerate(ys)),
            ])  # fmt: skip
        if out in self.ends:
            forward += _each(carried, f"{last}[{{0}}] = {x_in}[{{0}}];")
        forward.append("failed = 2;")
        self.lengths.update(dict.fromkeys(ys, n))
        self._back(loop, out, (start, xs, captured), columns, ys, call, row)

    def _states(self, kept: str, rows: str, carried: int, before: bool) -> list[str]:
        """Room for states, if something asks for them."""
        wanted = "" if before else "g != NULL && "
        return [f"if ({wanted}({kept} = room(&all, {rows}, {carried})) == NULL) {{",
                "    goto end;", "}"]  # fmt: skip

    def _while(
        self, loop: Loop, out: int, more: Sequence[int], before: bool, step: list[str]
    ) -> list[str]:
        assert loop.while_ is not None
        carried = loop.body.carried
        check = self.file.function(loop.while_.program, "goes_on")
        asked, n, kept = f"asked{out}", f"n{out}", f"kept{out}"
        self.declared.append(f"size_t most{out} = 64;")
        self._declared([f"more{out}"])
        self._array(asked, carried + len(more) + 1)
        lines = self._states(kept, f"most{out}", carried, before)
        lines += [f"{asked}[{carried + j}] = {x};" for j, x in enumerate(self.numbers(more))]
        answer = f"{asked}[{carried + len(more)}]"
        return [
            *lines,
            f"for (size_t t = 0;; t++, {n}++) {{",
            *(f"    {x}" for x in _each(carried, f"{asked}[{{0}}] = in{out}[{{0}}];")),
            *(f"    {x}" for x in self._call(check, f"{asked}, &{answer}, NULL, NULL")),
            "    failed = 2;",
            f"    if ({answer} == 0.0) {{",
            "        break;",
            "    }",
            f"    if ({kept} != NULL && t == most{out}) {{",
            *(f"        {x}" for x in self._room(f"more{out}", f"2 * most{out}", str(carried))),
            f"        for (size_t j = 0; j < t * {carried}; j++) {{",
            f"            more{out}[j] = {kept}[j];",
            "        }",
            f"        {kept} = more{out};",
            f"        most{out} *= 2;",
            "    }",
            *(f"    {x}" for x in step),
            "}",
        ]

    def _back(
        self, loop: Loop, out: int, operands: Any, columns: list[str], ys: list[str], call: str,
        row: list[str],
    ) -> None:  # fmt: skip
        start, xs, captured = operands
        carried = loop.body.carried
        first = carried + len(xs)
        x_in, found, seeds, slopes, total = (
            f"{x}{out}" for x in ("in", "found", "seeds", "d_last", "total")
        )
        before = [f"d_before{out}_{j}" for at, j in sorted(self.before) if at == out]
        given = [f"moves({slopes}, {carried})"]
        given += [f"moves({x}, n{out})" for x in (*(f"d_{y}" for y in ys), *before)]
        what = f"{x_in}, out{out}, {seeds}, {found}"
        inside = [
            *_each(carried, f"{x_in}[{{0}}] = kept{out}[t * {carried} + {{0}}];"),
            *row,
            *(f"{seeds}[{carried + j}] = d_{y}[i];" for j, y in enumerate(ys)),
            *self._call(call, what),
        ]
        if call in self.file.careful:
            inside += [
                "double sum = 0.0;",
                *_each(first + len(captured), f"sum += {found}[{{0}}];"),
                "if (sum != sum) {  /* there is a nan, perhaps of 0 times an infinite partial */",
                *(f"    {line}" for line in self._call(call, what, careful=1)),
                "}",
            ]
        inside += [
            *_each(carried, f"{seeds}[{{0}}] = {found}[{{0}}];"),
            *(
                f"{seeds}[{j}] += d_before{out}_{j}[i];"
                for at, j in sorted(self.before)
                if at == out
            ),
            *(
                f"d_{x}[i] += {found}[{carried + j}];"
                for j, x in enumerate(columns)
                if isinstance(xs[j], int)
            ),
            *_each(len(captured), f"{total}[{{0}}] += {found}[{first} + {{0}}];"),
        ]
        self.backward.append([
            f"if ({' || '.join(given)}) {{",
            *(f"    {x}" for x in [
                *_each(carried, f"{seeds}[{{0}}] = {slopes}[{{0}}];"),
                *self._steps(loop, out, lambda t, i: inside, back=True),
                *_each(carried, f"{slopes}[{{0}}] = {seeds}[{{0}}];"),
            ]),
            "}",
            "failed = 2;",
            *(f"d[{i}] += {slopes}[{j}];" for j, i in enumerate(start)),
            *(f"d[{i}] += {total}[{j}];" for j, i in enumerate(captured)),
        ])  # fmt: skip
