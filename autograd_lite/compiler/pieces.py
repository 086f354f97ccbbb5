"""Replay of a tape with primitives that are no rows of the table: the functions of a user.

The tape is cut into pieces, which hold rows alone and are replayed as tapes of their own, in C
where the native engine is, and calls of the user's functions between them. A piece, and a call of
a function that takes arrays, does thousands of samples at once. Loaded when there is such a tape.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..primitives import TABLE
from .calls import Call, plus
from .calls import total as sum_of
from .job import Job, zeros
from .tape import OPCODES, Column, Instruction, Tape

if TYPE_CHECKING:
    from .replay import Replay

    Numbers = Any  # of a slot: a float if it is uniform, else an array with one of each sample

DOT = TABLE["dot"]
BLOCK = 4096  # samples


class Pieces:
    """A tape in parts that are done one after another.

    Args:
        tape: what is to be replayed.
        replayer: gives what replays the tape of a piece.
        trace_rule: gives the rule of a primitive as a tape.
    """

    def __init__(
        self, tape: Tape, replayer: Callable[[Tape], Any], trace_rule: Callable[..., Any]
    ) -> None:
        self.tape = tape
        self.parts = list(_parts(tape, trace_rule))
        self._give_guards()
        wanted = {*tape.outputs, *(slot for guard in tape.guards for slot in guard[1:3])}
        self.parts = [part for part in self.parts if part.results or part.guards]
        self.calls = [part for part in self.parts if isinstance(part, Call)]
        for part in reversed(self.parts):
            if isinstance(part, Piece):
                part.finish(tape, wanted, replayer)
            wanted.update(part.reads)

    def _give_guards(self) -> None:
        """Let each guard be checked by the first piece that can: before calls that it shields."""
        known_by = {slot: k for k, part in enumerate(self.parts) for slot in part.results}
        for i, (_, x, y, _) in enumerate(self.tape.guards):
            varies = max(x, y) >= self.tape.uniform
            known = max(known_by.get(x, 0), known_by.get(y, 0))
            places = (
                k
                for k, part in enumerate(self.parts)
                if k >= known and isinstance(part, Piece) and part.varies >= varies
            )
            self.parts[next(places)].guards.append(i)

    def replay(self, job: Replay) -> tuple[int, int] | None:
        """What `interpreter.replay` does."""
        tape = self.tape
        for call in self.calls:
            call.begin()
        values = dict(zip(tape.uniform_inputs, job.uniform)) | tape.constants
        rates: dict[int, Any] | None = None
        if job.uniform_rates is not None:
            rates = dict(zip(tape.uniform_inputs, job.uniform_rates))
        broken = self._forward(False, job, values, rates, {})
        if broken is not None:
            return broken
        adjoints = Adjoints()
        for first in range(0, job.samples, BLOCK):
            broken = self._block(Block(job, first), values, rates, adjoints)
            if broken is not None:
                return broken
        if job.seeds is not None:
            self._reverse(False, job, values, adjoints)
            for k, slot in enumerate(tape.uniform_inputs):
                job.uniform_gradient[k] += adjoints.get(slot, 0.0)
        return None

    def _block(
        self,
        block: Block,
        values: dict[int, Any],
        rates: dict[int, Any] | None,
        adjoints: Adjoints,
    ) -> tuple[int, int] | None:
        """Replay some of the samples; `adjoints` get the gradient of what is uniform."""
        tape, job, totals = self.tape, block.job, dict[int, float]()
        values = values | block.by_slot(tape, job.varying)
        if rates is not None:
            rates = rates | block.by_slot(tape, job.varying_rates)
        broken = self._forward(True, block, values, rates, totals)
        if broken is not None:
            return broken[0], broken[1] + block.first
        for k, slot in enumerate(tape.outputs):
            found, known = values[slot], totals.get(slot)
            block.store(found, job.results, k, len(tape.outputs))
            if slot < tape.uniform:
                known = found * block.samples
            job.totals[k] += sum_of(found) if known is None else known
            if rates is not None:
                block.store(rates.get(slot, 0.0), job.rates, k, len(tape.outputs))
        if job.seeds is None:
            return None
        own = Adjoints()
        for slot, seed in zip(tape.outputs, job.seeds):
            if slot < tape.uniform:
                adjoints.add(slot, seed * block.samples)
            else:
                own.add(slot, array("d", [seed]) * block.samples)
        self._reverse(True, block, values, own)
        slots, nothing = iter(tape.varying_inputs), zeros(block.samples)
        for gradient, (_, width) in zip(job.varying_gradients, job.varying):
            for j, slot in zip(range(width), slots):  # -0.0 + 0.0 is 0.0: none is -0.0
                block.store(plus(own.get(slot, nothing), nothing), gradient, j, width)
        for slot, gradient in own.items():
            if slot < tape.uniform:
                adjoints.add(slot, gradient)
        return None

    def _forward(
        self, varies: bool, job: Any, values: Any, rates: Any, totals: Any
    ) -> tuple[int, int] | None:
        for part in self.parts:
            if part.varies is varies:
                broken = part.forward(job, values, rates, totals)
                if broken is not None:
                    return broken  # type: ignore[no-any-return]
        return None

    def _reverse(self, varies: bool, job: Any, values: Any, adjoints: Adjoints) -> None:
        for part in reversed(self.parts):
            if part.varies is varies:
                part.reverse(job, values, adjoints)


class Block:
    """Some samples of a job, so few that what is computed of them stays in the cache."""

    def __init__(self, job: Replay, first: int) -> None:
        self.job, self.first, self.threads = job, first, job.threads
        self.samples = min(BLOCK, job.samples - first)

    def by_slot(self, tape: Tape, varying: Sequence[Any]) -> dict[int, Any]:
        """The inputs that differ from sample to sample, each as an array."""
        found = {}
        slots, last = iter(tape.varying_inputs), self.first + self.samples
        for numbers, width in varying:
            doubles = memoryview(numbers).cast("B").cast("d")[self.first * width : last * width]
            for j, slot in zip(range(width), slots):
                found[slot] = array("d", doubles[j::width].tobytes())
        return found

    def store(self, numbers: Numbers, to: array[float], k: int, n: int) -> None:
        """Put the number of each sample into every n-th place from the k-th on."""
        column = array("d", [numbers]) * self.samples if type(numbers) is float else numbers
        to[self.first * n + k : (self.first + self.samples) * n : n] = column


class Adjoints(dict[int, Any]):
    """The gradient with respect to slots, as far as it is known."""

    def add(self, slot: int, more: Numbers) -> None:
        """Add to that of a slot: a number, or an array that is not used again."""
        before = self.get(slot)
        if before is None:
            self[slot] = more
        elif type(more) is float:
            self[slot] = before + more
        else:
            self[slot] = plus(before, more)


class Piece:
    """Consecutive instructions of a tape that do rows of the table, as a tape of their own.

    Attributes:
        varies: whether it is done for each sample.
        reads, results: the slots of the whole tape that it takes, and that it writes.
        writes: those of the results that are wanted outside of it.
        guards: numbers of guards that it checks.
    """

    def __init__(self, varies: bool, instructions: list[Instruction]) -> None:
        self.varies, self.instructions = varies, instructions
        self.guards: list[int] = []
        self.results = {i.out + row for i in instructions for row in range(i.rows)}
        self.operands = {
            slot for i in instructions for column in i.columns for slot in column.slots
        }

    def finish(self, whole: Tape, wanted: set[int], replayer: Callable[[Tape], Any]) -> None:
        """Make the tape, of which the results among the slots `wanted` are outputs."""
        self._replayer = replayer
        self._guarded = [whole.guards[i] for i in self.guards]
        compared = {slot for guard in self._guarded for slot in guard[1:3]}
        read = (self.operands | compared) - self.results
        constants = read & whole.constants.keys()
        self._constants = {slot: whole.constants[slot] for slot in constants}
        self.reads = sorted(read - constants)
        self.uniform = [slot for slot in self.reads if slot < whole.uniform]
        self.varying = self.reads[len(self.uniform) :]
        self.writes = sorted(self.results & wanted)
        used = sorted(read | self.results)
        self._number = {slot: i for i, slot in enumerate(used)}
        self._uniform_slots = sum(slot < whole.uniform for slot in used)
        self._replay = replayer(self._tape(whole.reorder))
        self._reorder = whole.reorder
        self._pass_back: Any = None

    def _tape(self, reorder: bool, backwards: bool = False) -> Tape:
        """The tape; or for gradients, with a weight of each write that differs by sample.

        The weights are inputs behind all others, and the output is the weighted sum of the writes.
        """
        number, uniform, last = self._number, self._uniform_slots, len(self._number)
        instructions = [
            i._replace(
                out=number[i.out],
                columns=tuple(
                    Column.of([number[slot] for slot in column.slots], column.shared, uniform)
                    for column in i.columns
                ),
            )
            for i in self.instructions
        ]
        inputs, outputs = ([number[slot] for slot in slots] for slots in (self.reads, self.writes))
        guards = [(sign, number[x], number[y], holds) for sign, x, y, holds in self._guarded]
        if backwards:
            weights = list(range(last, last + len(outputs)))
            columns = tuple(Column.of(slots, False, uniform) for slots in (outputs, weights))
            last += len(weights)
            instructions.append(Instruction(DOT, 1, len(outputs), last, False, columns))
            inputs, outputs, guards = inputs + weights, [last], []
            last += 1
        return Tape(
            instructions,
            uniform=uniform,
            varying=last - uniform,
            constants={number[slot]: x for slot, x in self._constants.items()},
            captured=(),
            inputs=inputs,
            outputs=outputs,
            guards=guards,
            operations={},
            reorder=reorder,
        )

    def _job(self, whole: Any, values: dict[int, Any], outputs: int) -> Job:
        uniform, varying = ([values[slot] for slot in x] for x in (self.uniform, self.varying))
        samples = whole.samples if self.varies else 1
        return Job(samples, whole.threads, uniform, varying, outputs)

    def forward(
        self,
        whole: Any,
        values: dict[int, Any],
        rates: dict[int, Any] | None,
        totals: dict[int, float],
    ) -> tuple[int, int] | None:
        """Add the writes to `values`, how fast they change to `rates`, and their sums to `totals`.

        Gives the first guard that does not hold, and for which sample.
        """
        job = self._job(whole, values, len(self.writes))
        if rates is not None:
            job.uniform_rates = array("d", [rates.get(slot, 0.0) for slot in self.uniform])
            job.varying_rates = tuple([(rates[slot], 1) for slot in self.varying])
            job.rates = zeros(len(job.results))
        broken = self._replay(job)
        if broken is not None:
            return self.guards[broken[0]], broken[1]
        self._store(job.results, values)
        if self.varies:
            totals.update(zip(self.writes, job.totals))
        if rates is not None:
            self._store(job.rates, rates)
        return None

    def _store(self, results: array[float], to: dict[int, Any]) -> None:
        if not self.varies:
            to.update(zip(self.writes, results))
            return
        n = len(self.writes)
        for k, slot in enumerate(self.writes):
            to[slot] = results if n == 1 else results[k::n]

    def reverse(self, whole: Any, values: dict[int, Any], adjoints: Adjoints) -> None:
        """Pass the gradients of the writes on to what the piece reads."""
        if adjoints.keys().isdisjoint(self.writes) or not self.reads:
            return
        if not self.varies:
            job = self._job(whole, values, len(self.writes))
            job.seeds = array("d", [adjoints.get(slot, 0.0) for slot in self.writes])
            replay = self._replay
        else:
            if self._pass_back is None:
                self._pass_back = self._replayer(self._tape(self._reorder, backwards=True))
            job, replay = self._job(whole, values, 1), self._pass_back
            job.seeds = array("d", [1.0])
            nothing = zeros(job.samples)
            weights = [(adjoints.get(slot, nothing), 1) for slot in self.writes]
            job.varying += tuple(weights)
            job.varying_gradients = tuple([zeros(job.samples) for _ in job.varying])
        job.uniform_gradient = zeros(len(self.uniform))
        replay(job)
        for slot, gradient in zip(self.uniform, job.uniform_gradient):
            adjoints.add(slot, gradient)
        for slot, gradient in zip(self.varying, job.varying_gradients):
            adjoints.add(slot, gradient)


# From a tape to parts -----------------------------------------------------------------------------


def _parts(tape: Tape, trace_rule: Callable[..., Any]) -> Iterator[Any]:
    """Pieces and calls in turns; the first and the last, and one before each call, is a piece."""
    kinds = [False, True] if tape.varying else [False]
    for varies in kinds:
        own = [i for i in tape.instructions if (i.out >= tape.uniform) is varies]
        rows: list[Instruction] = []
        called: list[Instruction] = []
        written: set[int] = set()  # by what is called
        for i in own:
            needs = written and any(not written.isdisjoint(c.slots) for c in i.columns)
            if called and (i.op in OPCODES or needs):
                yield Piece(varies, rows)
                yield from Call.of(called, varies, trace_rule)
                rows, called, written = [], [], set()
            if i.op in OPCODES:
                rows.append(i)
            else:
                called.append(i)
                written.update(range(i.out, i.out + i.rows))
        yield Piece(varies, rows)
        if called:
            yield from Call.of(called, varies, trace_rule)
            yield Piece(varies, [])
