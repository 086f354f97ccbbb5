"""The operations of loops: how they run forward, in reverse and with tangents; see loops.py.

On the native engine a loop whose step is a tape runs in C (native/loop.h), without Python between
its steps. What stands here does the same, one step after another, and says what it means.

Rates go along with the numbers, in a few directions at once, and nothing is kept of a step; in
reverse the states before all steps are wanted.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from ..loops import MOST_STEPS
from . import specialization
from .chain import Chain, added, evaluated, lowered, pulled, pushed
from .job import zeros
from .lane_steps import EntryLanes, LoopLanes, PackLanes, PartLanes
from .simplify import Graph
from .trace import Composed

# The body -----------------------------------------------------------------------------------------

AS_XS = -1.0  # in place of a number of steps: as many as there are xs; files hold it
READ = itertools.count()  # bodies that were read from files and pickles


class Body:
    """The program of one step.

    Attributes:
        program: a tape or a chain, whose inputs are the state, the x, and what is captured, and
            whose outputs are the next state and the y.
        carried, entries, captured: how many inputs of each kind.
        ys: how many outputs there are beside the next state.
        fingerprint: of what was recorded.
    """

    def __init__(self, graph: Graph, carried: int, entries: int, captured: int) -> None:
        self.fingerprint = graph.fingerprint()
        self._keep(lowered(graph, [False] * len(graph.inputs))[0], carried, entries, captured)

    @classmethod
    def of(cls, program: Any, carried: int, entries: int, captured: int) -> Body:
        """The body that a program is: from a file or a pickle."""
        body = cls.__new__(cls)
        body.fingerprint = hash(("read", next(READ)))
        body._keep(program, carried, entries, captured)
        return body

    def _keep(self, program: Any, carried: int, entries: int, captured: int) -> None:
        self.carried, self.entries, self.captured = carried, entries, captured
        self.ys, self.program = len(program.outputs) - carried, program
        self.replay = specialization.replay_of(program)

    def native(self, captured: list[Any]) -> Any:
        """The tape in C, where the loop can run there: what is captured are numbers."""
        tape = getattr(self.replay, "tape", None)
        return tape if {float}.issuperset(map(type, captured)) else None

    def evaluate(self, numbers: list[Any]) -> Any:
        """The outputs."""
        if isinstance(self.program, Chain):
            values, _ = self.program.forward(numbers)
            return [values[i] for i in self.program.outputs]
        return evaluated(self.program, self.replay, numbers)[0]

    def pull(self, numbers: list[Any], seeds: list[float]) -> Sequence[Any]:
        """The gradient with respect to the inputs, for weights of the outputs; None for none."""
        if isinstance(self.program, Chain):
            values, _ = self.program.forward(numbers)
            return self.program.reverse(values, seeds)
        return pulled(self.program, self.replay, numbers, seeds)

    def push(
        self, numbers: list[Any], rates: list[Any], lanes: int
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """The outputs, and the rates of each by lane, for those of the inputs; None for none."""
        if isinstance(self.program, Chain):
            values, _, found = self.program.pushed(numbers, rates, lanes)
            return [values[i] for i in self.program.outputs], found
        outputs, _, found = pushed(self.program, self.replay, numbers, rates, lanes)
        return outputs, found


# Operations ---------------------------------------------------------------------------------------


class Run:
    """What a loop has done, or the rates of that.

    Attributes:
        n: how many steps.
        kept: the state before every so many steps, in the order of the steps.
        last: the last state.
        ys: for each number of a y, those of all steps, in the order of the xs.
        operands: of the loop.
    """

    def __init__(
        self, n: int, kept: Any, every: int, last: Sequence[float], ys: list[Any], operands: Any
    ) -> None:
        self.n, self.kept, self.every, self.last, self.ys = n, kept, every, last, ys
        self.operands = operands


class Loop(Composed):
    """A body, run again and again. Operands: a count, the first state, the xs, what is captured.

    Attributes:
        fixed: for each column of the xs its numbers, if they are constants, else None: then it is
            an operand.
        while_: the body that says by a number whether there is one more step, and which operands,
            counted from the first captured, are what it captures; or None.
    """

    def __init__(
        self,
        body: Body,
        fixed: Sequence[Any],
        reverse: bool,
        every: int,
        while_: Body | None = None,
    ) -> None:
        super().__init__("loop")
        self.body, self.fixed, self.while_ = body, tuple(fixed), while_
        self.backwards, self.every = reverse, every
        if while_ is None and every == 1 and not isinstance(body.program, Chain):
            self.lanes = LoopLanes
        self.fingerprint = hash(
            (
                body.fingerprint,
                *(x and x.tobytes() for x in fixed),
                reverse,
                every,
                while_ and while_.fingerprint,
            )
        )

    def split(
        self, operands: Sequence[Any]
    ) -> tuple[Any, list[Any], list[Any], list[Any], list[Any]]:
        """The count, the first state, the xs, what the body captures, what the condition does."""
        first = 1 + self.body.carried
        after = first + sum([x is None for x in self.fixed])
        end = after + self.body.captured
        own = iter(operands[first:after])
        xs = [next(own) if x is None else x for x in self.fixed]
        captured, more = list(operands[after:end]), list(operands[end:])
        return operands[0], list(operands[1:first]), xs, captured, more

    def joined(self, start: Sequence[Any], xs: Sequence[Any], captured: Sequence[Any]) -> list[Any]:
        """What belongs to the operands, in their order; None for the count."""
        own = [x for x, fixed in zip(xs, self.fixed) if fixed is None]
        rest = self.while_.captured if self.while_ else 0
        return [None, *start, *own, *captured, *[None] * rest]

    def count(self, count: float, xs: list[Any]) -> int:
        """How many steps there are: the count, or where it is AS_XS the length of the xs."""
        sizes = {len(x) for x in xs}
        if count != AS_XS or not xs:
            if not 0.0 <= count <= MOST_STEPS or count != int(count):
                raise ValueError(
                    f"length is a whole number of steps from 0 to 2**53, got {count:g}"
                )
            sizes.add(int(count))
        if len(sizes) > 1:
            raise ValueError(f"xs are of one length, got {', '.join(map(str, sorted(sizes)))}")
        return sizes.pop()

    def place(self, n: int, t: int) -> int:
        """Which of n xs is that of step `t`."""
        return n - 1 - t if self.backwards else t

    def forward(self, operands: list[Any], keep: bool = True) -> Run:
        return self.pushed(operands, [None] * len(operands), 0, keep)[0]

    def pushed(
        self, operands: list[Any], rates: list[Any], lanes: int, keep: bool
    ) -> tuple[Run, list[Run]]:
        """What it does, and in each lane the rates of that, in the same steps."""
        _, _, _, captured, more = self.split(operands)
        native = self.body.native(captured)
        check = self.while_ and self.while_.native(more)
        if native is None or (self.while_ and (check is None or not self.body.carried)):
            return self._by_steps(operands, rates, lanes, keep)
        if check and keep and lanes:  # how many steps there are is known before states are kept
            still = [None] * len(rates)
            n = self._in_c(native, check, operands, still, 0, False, -1)[0].n
            return self._in_c(native, None, operands, rates, lanes, keep, n)
        n = -1 if check else self._steps(operands)
        return self._in_c(native, check, operands, rates, lanes, keep, n)

    def _steps(self, operands: list[Any]) -> int:
        count, _, xs, _, _ = self.split(operands)
        return self.count(count, xs)

    def _rates(self, rates: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Those of the first state, the xs, what is captured."""
        _, start, xs, captured, _ = self.split(rates)
        return start, [None if fixed else r for fixed, r in zip(self.fixed, xs)], captured

    def _in_c(
        self,
        native: Any,
        check: Any,
        operands: list[Any],
        rates: list[Any],
        lanes: int,
        keep: bool,
        n: int,
    ) -> tuple[Run, list[Run]]:
        """On the native engine, where the body is a tape, and so is the condition."""
        _, state, xs, captured, more = self.split(operands)
        moving, x_rates, captured_rates = self._rates(rates)
        carried, still = self.body.carried, [0.0] * lanes
        last = array("d", state)
        speeds = array("d", [x for several in moving for x in several or still])
        every = 1 if lanes or check else self.every
        kept = zeros(-(-n // every) * carried if keep and not check else 0)
        kept_rates = [zeros(len(kept)) for _ in range(lanes if keep else 0)]
        ys = [zeros(n) for _ in range(self.body.ys)]
        y_rates = [zeros(n) for _ in range(self.body.ys * lanes)]
        n, undefined, states = native.loop_forward(
            check, n, every, self.backwards, last, tuple(xs), array("d", captured),
            array("d", more if check else ()), kept if keep else None, tuple(ys), lanes, speeds,
            tuple([x for several in x_rates for x in several or [None] * lanes]),
            array("d", [x for several in captured_rates * (lanes > 0) for x in several or still]),
            tuple(kept_rates), tuple(y_rates),
        )  # fmt: skip
        kept.frombytes(states)
        run = Run(n, kept, every, last, ys, operands)
        if undefined:
            several = [[r and r[lane] for r in rates] for lane in range(lanes)]
            return run, [self._with_care(native, n, operands, r) for r in several]
        return run, [
            Run(n, kept_rates[lane] if keep else None, 1, speeds[lane::lanes],
                y_rates[lane::lanes], operands)
            for lane in range(lanes)
        ]  # fmt: skip

    def _with_care(self, native: Any, n: int, operands: list[Any], rates: list[Any]) -> Run:
        """The rates in one direction, of which some are infinite or undefined."""
        _, state, xs, captured, _ = self.split(operands)
        moving, x_rates, captured_rates = self._rates(rates)
        kept, ys = zeros(n * self.body.carried), [zeros(n) for _ in range(self.body.ys)]
        last = array("d", [rate or 0.0 for rate in moving])
        native.loop(
            2, n, 1, self.backwards, last, tuple(xs), array("d", captured), kept, tuple(ys), (),
            tuple(x_rates), array("d", [rate or 0.0 for rate in captured_rates]),
            array("d", state),
        )  # fmt: skip
        return Run(n, kept, 1, last, ys, operands)

    def _by_steps(
        self, operands: list[Any], rates: list[Any], lanes: int, keep: bool
    ) -> tuple[Run, list[Run]]:
        state: Sequence[Any]
        _, state, xs, captured, more = self.split(operands)
        moving, x_rates, captured_rates = self._rates(rates)
        body, carried, every = self.body, self.body.carried, 1 if lanes else self.every
        n = -1 if self.while_ else self._steps(operands)
        ys = [zeros(n) for _ in range(body.ys)]
        y_rates = [[zeros(n) for _ in range(body.ys)] for _ in range(lanes)]
        kept, kept_rates = array("d"), [array("d") for _ in range(lanes)]
        still, t = [0.0] * lanes, 0
        while t < n if self.while_ is None else self.while_.evaluate([*state, *more])[0] != 0.0:
            i = self.place(n, t)
            if keep and t % every == 0:
                kept.extend(state)
                for lane, column in enumerate(kept_rates):
                    column.extend([(several or still)[lane] for several in moving])
            numbers = [*state, *[x[i] for x in xs], *captured]
            if lanes:
                row = [r and [column[i] for column in r] for r in x_rates]
                out, found = body.push(numbers, [*moving, *row, *captured_rates], lanes)
                moving = list(found[:carried])
                for j, several in enumerate(found[carried:]):
                    for lane, rate in enumerate(several or still):
                        y_rates[lane][j][i] = rate
            else:
                out = body.evaluate(numbers)
            state = out[:carried]
            for column, y in zip(ys, out[carried:]):
                column[i] = y
            t += 1
        each = [
            array("d", [(several or still)[lane] for several in moving]) for lane in range(lanes)
        ]
        return Run(t, kept, every, state, ys, operands), [
            Run(t, kept_rates[lane], 1, each[lane], y_rates[lane], operands)
            for lane in range(lanes)
        ]

    def states(self, run: Run) -> Iterator[tuple[int, Sequence[float]]]:
        """Each step, from the last one, with the state before it; computed again if not kept."""
        _, _, xs, captured, _ = self.split(run.operands)
        carried = self.body.carried
        for first in range((run.n - 1) // self.every * self.every, -1, -self.every):
            at = first // self.every * carried
            several = [run.kept[at : at + carried]]
            for t in range(first, min(first + self.every, run.n) - 1):
                row = [x[self.place(run.n, t)] for x in xs]
                several.append(self.body.evaluate([*several[-1], *row, *captured])[:carried])
            for t in range(first + len(several) - 1, first - 1, -1):
                yield t, several[t - first]

    def before(self, run: Run, j: int) -> Any:
        """Number `j` of the state before each step, in the order of the xs."""
        if run.every == 1:
            column = run.kept[j :: self.body.carried]
            return column[::-1] if self.backwards else column
        column = zeros(run.n)
        for t, state in self.states(run):
            column[self.place(run.n, t)] = state[j]
        return column

    def reverse(self, run: Run, operands: list[Any], adjoint: Any) -> list[Any]:
        body, n = self.body, run.n
        _, _, xs, captured, _ = self.split(operands)
        down: list[Any] = [adjoint.get(("last", j)) or 0.0 for j in range(body.carried)]
        weights = [adjoint.get(("each", j)) for j in range(body.ys)]
        before = [adjoint.get(("before", j)) for j in range(body.carried)]
        slopes, total = [zeros(n) for _ in xs], [None] * body.captured
        if native := body.native(captured):
            first, sums = array("d", down), zeros(body.captured)
            native.loop(
                1, n, self.every, self.backwards, first, tuple(xs), array("d", captured), run.kept,
                tuple(weights), tuple(before), tuple(slopes), sums, None,
            )  # fmt: skip
            return self.joined(first, slopes, sums)
        for t, state in self.states(run):
            i = self.place(n, t)
            seeds = [*down, *[0.0 if w is None else w[i] for w in weights]]
            found = body.pull([*state, *[x[i] for x in xs], *captured], seeds)
            down = [g or 0.0 for g in found[: body.carried]]
            down = [g if w is None else g + w[i] for g, w in zip(down, before)]
            rest = found[body.carried :]
            for column, g in zip(slopes, rest):
                column[i] = g or 0.0
            total = [added(x, g) for x, g in zip(total, rest[len(xs) :])]
        return self.joined(down, slopes, total)

    def describe(self) -> list[str]:
        kind = "while loop" if self.while_ else "loop"
        return [f"{kind}, whose step is", *self.body.program.describe()]


class Part(Composed):
    """A result of a loop: number `j` of the "last" state; of "each" y, or of the state "before"."""

    def __init__(self, loop: Loop, kind: str, j: int) -> None:
        super().__init__(kind)
        self.loop, self.key, self.reads_states = loop, (kind, j), kind == "before"
        self.lanes = None if kind == "before" else PartLanes
        self.fingerprint = hash(self.key)

    def forward(self, operands: list[Any], keep: bool = True) -> Any:
        run, (kind, j) = operands[0], self.key
        if kind == "before":
            return self.loop.before(run, j)
        return run.last[j] if kind == "last" else run.ys[j]

    def reverse(self, out: Any, operands: list[Any], adjoint: Any) -> list[Any]:
        return [{self.key: adjoint}]

    def tangents(self, out: Any, operands: list[Any], rates: list[Any]) -> Any:
        return self.forward(rates)


class Pack(Composed):
    """A sequence of numbers, which are the operands."""

    fingerprint = hash("pack")
    lanes = PackLanes

    def __init__(self) -> None:
        super().__init__("pack")

    def forward(self, operands: list[Any], keep: bool = True) -> Any:
        return array("d", operands)

    def reverse(self, out: Any, operands: list[Any], adjoint: Any) -> Any:
        return adjoint

    def tangents(self, out: Any, operands: list[Any], rates: list[Any]) -> Any:
        return array("d", [rate or 0.0 for rate in rates])


class Entry(Composed):
    """Number `i` of a sequence."""

    lanes = EntryLanes

    def __init__(self, i: int) -> None:
        super().__init__("entry")
        self.i, self.fingerprint = i, hash(("entry", i))

    def forward(self, operands: list[Any], keep: bool = True) -> Any:
        return operands[0][self.i]

    def reverse(self, out: Any, operands: list[Any], adjoint: Any) -> Any:
        found = zeros(len(operands[0]))
        found[self.i] = adjoint
        return [found]

    def tangents(self, out: Any, operands: list[Any], rates: list[Any]) -> Any:
        return rates[0][self.i]


def recorded(trace: Any, op: Composed, operands: list[Any]) -> Any:
    """The node of a composed operation, with what it gives in the traced run."""
    result = op.forward([data_of(trace, x) for x in operands])
    op.number = result if type(result) is float else 0.0
    node = trace.kind._apply(op, tuple(operands))
    if type(result) is not float:
        trace.data[node] = result
    return node


def data_of(trace: Any, x: Any) -> Any:
    """What a node stands for in the traced run: a number, a sequence, a run."""
    if type(x) is float:
        return x
    at = trace
    while at is not None:
        if x in at.data:
            return at.data[x]
        at = at.outer
    return x._data
