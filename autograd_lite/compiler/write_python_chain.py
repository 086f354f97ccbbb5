"""A program with loops as Python source: a `for` for each loop, forward and back.

Operations of numbers, and the step of a loop, become functions, each as `write_python` writes a
tape: it gives the results, and the gradient of their weighted sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..formulas.dialect import number_text
from .chain import Chain, Segment
from .loop_operations import AS_XS, Loop, Pack, Part
from .tape import Tape
from .write_python import NAMED, NamedPython, PythonSource, SlotPython, ready

WHOLE = '''\
def whole(x):
    """A number of steps."""
    if not (0.0 <= x <= 2.0**53 and x == int(x)):
        raise ValueError(f"a whole number of steps from 0 is wanted, got {x}")
    return int(x)
'''


def chain_to_python(
    chain: Chain, name: str, labels: Sequence[str | None] = (), lines: Sequence[str] = ()
) -> str:
    """Python source of a function like that of `to_python`, of a program with loops in it.

    It takes the leaves, and the numbers of the arguments.

    Args:
        chain, name, labels, lines: as of `to_python`; labels are for the text alone.

    Raises:
        TypeError: there are primitives of one's own, sequences among the results, or a step that
            reads a whole sequence from outside.
    """
    return ChainPython(labels, lines).text(chain, name)


class ChainPython:
    """A Python file for a chain, and the chains in the steps of its loops.

    Attributes:
        functions: the source of each function, in order.
        used, parts, tables: what they share, see `PythonSource`.
    """

    def __init__(self, labels: Sequence[str | None], lines: Sequence[str]) -> None:
        self.labels, self.lines = labels, lines
        self.functions: list[str] = []
        self.used: dict[str, None] = {}
        self.parts: dict[str, list[str]] = {}
        self.tables: dict[tuple[int, ...], str] = {}
        self.count = 0

    def text(self, chain: Chain, name: str) -> str:
        whole = self._chain(chain, name, outermost=True)
        source = self._source(_nothing(), "nothing", ())
        return "\n".join([*source.preamble(), WHOLE, *self.functions, "", whole])

    def function(self, program: Tape | Chain, kind: str, lines: Sequence[str] = ()) -> str:
        """The name of a function that does a program; it is written."""
        self.count += 1
        name = f"{kind}_{self.count}"
        if isinstance(program, Chain):
            written = self._chain(program, name)
        else:
            if program.outputs:
                ready(program, "Python")
            written = self._source(program, name, lines).function()
        self.functions.append("\n" + written)
        return name

    def number(self, x: float) -> str:
        """A number of the program."""
        if not math.isfinite(x):
            self.used["nan" if x != x else "inf"] = None
        return number_text(x)

    def _source(self, tape: Tape, name: str, lines: Sequence[str]) -> PythonSource:
        operands = sum(len(slots) for _, _, slots in tape.rows()) + len(tape.inputs)
        source = (NamedPython if operands <= NAMED else SlotPython)(tape, name, (), lines)
        source.used, source.parts, source.tables = self.used, self.parts, self.tables
        source.several = source.inner = True
        return source

    def _chain(self, chain: Chain, name: str, outermost: bool = False) -> str:
        return PythonFunction(self, chain, self.lines if outermost else ()).text(
            name, self.labels, outermost
        )


def _nothing() -> Tape:
    return Tape(
        (), uniform=0, varying=0, constants={}, captured=(), inputs=(), outputs=(), guards=(),
        operations={},
    )  # fmt: skip


class ChainFunction:
    """The lines of a function that does a chain, in some language.

    Attributes:
        names: how each result is written so far: a number, a constant, a sequence.
        forward, backward: the lines; backward those of each step, the last step last.
        before: which numbers of states before steps are read, as (loop, number).
        ends: the loops whose last state is read.
    """

    language: str

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.names: dict[int, str] = {i: self.number(i) for i in (*chain.captured, *chain.inputs)}
        self.forward: list[str] = []
        self.backward: list[list[str]] = []
        steps: list[Any] = chain.steps
        parts = [x for x in steps if not isinstance(x, Segment) and isinstance(x.op, Part)]
        self.before = {(x.args[0], x.op.key[1]) for x in parts if x.op.key[0] == "before"}
        self.ends = {x.args[0] for x in parts if x.op.key[0] == "last"}

    def number(self, i: int) -> str:
        """The variable of a result that is a number."""
        raise NotImplementedError

    def steps(self) -> None:
        """Write all steps."""
        for step in self.chain.steps:
            if isinstance(step, Segment):
                self.segment(step)
            elif isinstance(step.op, Loop):
                self.loop(step.op, step.args, step.out)
            elif isinstance(step.op, Part):
                self.part(step.op, step.args[0], step.out)
            elif isinstance(step.op, Pack):
                self.pack(step.args, step.out)
            else:
                self.entry(step.op, self.names[step.args[0]], step.out)

    segment: Callable[[Segment], None]
    loop: Callable[[Loop, Sequence[int], int], None]
    part: Callable[[Part, int, int], None]
    pack: Callable[[Sequence[int], int], None]
    entry: Callable[[Any, str, int], None]

    def numbers(
        self, places: Sequence[int], why: str = "has a loop whose step reads a whole sequence from "
        "outside: give it among the xs; it",
    ) -> list[str]:  # fmt: skip
        """Results that are numbers; TypeError for a sequence."""
        for i in places:
            if i not in self.chain.constants and self.names[i] != self.number(i):
                raise TypeError(f"this program {why} cannot be written in {self.language}")
        return [self.names[i] for i in places]

    def results(self) -> list[str]:
        """The outputs."""
        return self.numbers(self.chain.outputs, "gives a sequence of any length, and")


class PythonFunction(ChainFunction):
    """Result i is `v{i}`, its gradient `d_v{i}`; of a loop i there are `states{i}`, in which order
    it goes through the `places{i}`, and `y{i}_{j}`."""

    language = "Python"

    def __init__(self, file: ChainPython, chain: Chain, lines: Sequence[str]) -> None:
        super().__init__(chain)
        self.file, self.lines = file, lines
        self.names.update((i, file.number(x)) for i, x in chain.constants.items())
        self.sequences: dict[str, None] = {}  # names of those that have gradients
        self.head: list[str] = []

    def number(self, i: int) -> str:
        return f"v{i}"

    def text(self, name: str, labels: Sequence[str | None], outermost: bool) -> str:
        chain = self.chain
        self.steps()
        results = ", ".join(self.results())
        names = [f"{x} is v{i}" for i, x in zip(chain.captured, labels) if isinstance(x, str)]
        single = outermost and len(chain.outputs) == 1
        seeds = ", ".join(["1.0"] * len(chain.outputs)) + "," * (len(chain.outputs) == 1)
        numbers = [i for i, x in self.names.items() if x == f"v{i}"]
        body = [
            '"""The results, and the gradients of the inputs and of the leaves.'
            + (f" {', '.join(names)}." if outermost and names else "")
            + '"""',
            f"[{', '.join(self.names[i] for i in chain.captured)}] = leaves",
            f"[{', '.join(self.names[i] for i in chain.inputs)}] = inputs",
            "",
            "# Forward.",
            *self.forward,
            "",
            "# Backward.",
            *(f"d_v{i} = 0.0" for i in numbers),
            *(f"d_{x} = [0.0] * len({x})" for x in self.sequences),
            *self.head,
            *(
                f"d_v{i} += seeds[{k}]"
                for k, i in enumerate(chain.outputs)
                if i not in chain.constants
            ),
            *(line for lines in reversed(self.backward) for line in lines),
            "",
            f"return {results if single else f'[{results}]'}, "
            f"[{', '.join(f'd_v{i}' for i in chain.inputs)}], "
            f"[{', '.join(f'd_v{i}' for i in chain.captured)}]",
        ]
        head = f"def {name}(leaves, *inputs, seeds=({seeds})):"
        return "\n".join([head, *(f"    {line}" if line else "" for line in body)]) + "\n"

    def _numbers(self, places: Sequence[int]) -> str:
        return ", ".join(self.numbers(places))

    def _add(self, i: int, what: str) -> list[str]:
        return [] if i in self.chain.constants else [f"d_v{i} += {what}"]

    def segment(self, segment: Segment) -> None:
        lines = [self.lines[k] for k in segment.guards] if self.lines else ()
        call = self.file.function(segment.tape, "part", lines)
        operands = self._numbers(segment.sources)
        self.names.update((i, f"v{i}") for i in segment.targets)
        targets = self._numbers(segment.targets)
        seeds = ", ".join(f"d_v{i}" for i in segment.targets)
        self.forward.append(f"[{targets}], _, _ = {call}([], {operands})")
        if not segment.targets:
            return
        inside = [x for k, i in enumerate(segment.sources) for x in self._add(i, f"slopes[{k}]")]
        if inside:
            self.backward.append([
                f"if any([{seeds}]):",
                f"    _, slopes, _ = {call}([], {operands}, seeds=[{seeds}])",
                *(f"    {line}" for line in inside),
            ])  # fmt: skip

    def pack(self, args: Sequence[int], out: int) -> None:
        self.names[out] = name = f"s{out}"
        self.sequences[name] = None
        self.forward.append(f"{name} = [{self._numbers(args)}]")
        self.backward.append(
            [x for k, i in enumerate(args) for x in self._add(i, f"d_{name}[{k}]")]
        )

    def entry(self, op: Any, sequence: str, out: int) -> None:
        self.names[out] = f"v{out}"
        self.forward.append(f"v{out} = {sequence}[{op.i}]")
        self.backward.append([f"d_{sequence}[{op.i}] += d_v{out}"])

    def part(self, op: Part, loop: int, out: int) -> None:
        kind, j = op.key
        if kind == "last":
            self.names[out] = f"v{out}"
            self.forward.append(f"v{out} = last{loop}[{j}]")
            self.backward.append([f"d_last{loop}[{j}] += d_v{out}"])
        elif kind == "each":
            self.names[out] = f"y{loop}_{j}"
        else:
            self.names[out] = name = f"before{loop}_{j}"
            if name not in self.sequences:
                self.forward += [
                    f"{name} = [0.0] * len(places{loop})",
                    f"for i, state in zip(places{loop}, states{loop}):",
                    f"    {name}[i] = state[{j}]",
                ]
            self.sequences[name] = None

    def loop(self, loop: Loop, args: Sequence[int], out: int) -> None:
        body, forward = loop.body, self.forward
        count, start, xs, captured, more = loop.split(args)
        constants = self._numbers(captured)
        call = self.file.function(body.program, "step")
        columns = []
        for j, x in enumerate(xs):
            if isinstance(x, int):
                columns.append(self.names[x])
                continue
            columns.append(f"x{out}_{j}")
            forward.append(f"x{out}_{j} = [{', '.join(map(self.file.number, x))}]")
        row = ", ".join(f"{x}[i]" for x in columns)
        inputs = ", ".join(filter(None, ["*state", row, constants]))
        ys = [f"y{out}_{j}" for j in range(body.ys)]
        forward += [f"# Loop {out}.", f"state, states{out} = [{self._numbers(start)}], []"]
        carried = body.carried
        if loop.while_ is not None:
            check = self.file.function(loop.while_.program, "goes_on")
            rest = ", ".join(filter(None, ["*state", self._numbers(more)]))
            forward += [
                f"while {check}([], {rest})[0][0]:",
                f"    states{out}.append(state)",
                f"    state = {call}([], {inputs})[0]",
                f"places{out} = range(len(states{out}))",
            ]
        else:
            given = self.chain.constants.get(count)
            if given is None:
                n = f"whole({self.names[count]})"
            else:
                n = repr(int(given)) if given >= 0.0 else f"len({columns[0]})"
            backwards = "[::-1]" * loop.backwards
            forward += [f"places{out} = range({n}){backwards}"]
            for x in dict.fromkeys(columns) if len(columns) > 1 or given != AS_XS else ():
                forward += [
                    f"if len({x}) != len(places{out}):",
                    "    raise ValueError('xs are of one length, and that is the number of steps')",
                ]
            forward += [f"{y} = [0.0] * len(places{out})" for y in ys]
            forward += [
                f"for i in places{out}:",
                f"    states{out}.append(state)",
                f"    results = {call}([], {inputs})[0]",
                f"    state = results[:{carried}]",
                *(f"    {y}[i] = results[{carried + j}]" for j, y in enumerate(ys)),
            ]
        forward.append(f"last{out} = state")
        self.sequences.update(dict.fromkeys(ys))
        self.head.append(f"d_last{out} = [0.0] * {carried}")
        seeds = ", ".join(["*slopes", *(f"d_{y}[i]" for y in ys)])
        before = ", ".join(
            f"d_before{out}_{j}[i]" if (out, j) in self.before else "0.0" for j in range(carried)
        )
        weights = ", ".join([f"*d_last{out}", *(f"*d_{y}" for y in ys)])
        weights += "".join(f", *d_before{out}_{j}" for at, j in sorted(self.before) if at == out)
        own = [(j, x) for j, x in enumerate(columns) if isinstance(xs[j], int)]
        self.backward.append([
            f"slopes, total = d_last{out}, [0.0] * {len(captured)}",
            f"if any([{weights}]):",
            f"    for i, state in zip(reversed(places{out}), reversed(states{out})):",
            f"        _, found, _ = {call}([], {inputs}, seeds=[{seeds}])",
            f"        slopes = found[:{carried}]",
            *([f"        slopes = [x + y for x, y in zip(slopes, [{before}])]"]
              if "[i]" in before else []),
            *(f"        d_{x}[i] += found[{carried + j}]" for j, x in own),
            f"        total = [x + y for x, y in zip(total, found[{carried + len(xs)}:])]",
            *(x for j, i in enumerate(start) for x in self._add(i, f"slopes[{j}]")),
            *(x for j, i in enumerate(captured) for x in self._add(i, f"total[{j}]")),
        ])  # fmt: skip
