"""The steps of a chain for samples side by side: forward, and back for the gradient; see
chain_lanes.py. Each puts its results where `LaneRun.values` has them, and adds to the gradients."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from .calls import plus
from .chain import Segment, evaluated, pulled
from .job import Job, zeros
from .lane_blocks import Blocks, Column, counts_of
from .lane_tapes import UNREAD, NotInLanes, Pulls, refuse_nan, rescheduled
from .tape import Tape

if TYPE_CHECKING:
    from .chain_lanes import LaneRun


NUMBERS = 1 << 22  # that may be kept of a loop

# Microseconds, as measured: what a step of a loop takes beside its operations when all samples are
# at it together; what a sample alone takes, for itself, for each number that the step captures and
# for each operand of a step, beyond what it takes in a lane.
STEP, ALONE, CAPTURED, OPERAND = 3.2, 15.0, 0.4, 0.004


class TooLong(Exception):
    """Too much would be kept of a loop: how many samples may go side by side."""


class SharedLanes:
    """A step that all samples share."""

    def __init__(self, step: Any, replay: Any) -> None:
        self.step, self.replay = step, replay

    def forward(self, run: LaneRun) -> None:
        step, values = self.step, run.values
        if not isinstance(step, Segment):
            values[step.out] = step.op.forward([values[i] for i in step.args])
            return
        results, broken = evaluated(step.tape, self.replay, [values[i] for i in step.sources])
        if broken >= 0:
            raise NotInLanes
        for i, x in zip(step.targets, results):
            values[i] = x

    def reverse(self, run: LaneRun) -> None:
        step, values, adjoints = self.step, run.values, run.adjoints
        if isinstance(step, Segment):
            weights = [adjoints[i] or 0.0 for i in step.targets]
            if any(w != 0.0 for w in weights):
                numbers = [values[i] for i in step.sources]
                for i, slope in zip(step.sources, pulled(step.tape, self.replay, numbers, weights)):
                    run.add(i, slope)
        elif adjoints[step.out] is not None:
            operands = [values[i] for i in step.args]
            found = step.op.reverse(values[step.out], operands, adjoints[step.out])
            for i, slope in zip(step.args, found):
                run.add(i, slope)


class SegmentLanes:
    """Operations of numbers."""

    def __init__(self, step: Segment, varying: set[int], replayer: Callable[[Tape], Any]) -> None:
        self.step, self.replayer = step, replayer
        self.differs = [i in varying for i in step.sources]
        self.varying = [i for i in step.sources if i in varying]
        self.uniform = [i for i in step.sources if i not in varying]
        self.inputs = [("input", k) for k in range(len(step.sources))]
        self.replay = replayer(rescheduled(step.tape, self.inputs, self.differs))
        self.pulls = Pulls(self._pull)

    def _pull(self, outputs: tuple[int, ...]) -> Any:
        inputs = [*self.inputs, *[("weight", k) for k in outputs]]
        batched = [*self.differs, *[True] * len(outputs)]
        return self.replayer(rescheduled(self.step.tape, inputs, batched))

    def forward(self, run: LaneRun) -> None:
        values, targets = run.values, self.step.targets
        numbers, n = [values[i] for i in self.varying], len(targets)
        uniform = [values[i] for i in self.uniform]
        job = Job(run.samples, run.job.threads, uniform, numbers, n)
        broken = self.replay(job)
        if broken is not None:
            raise NotInLanes
        for k, i in enumerate(targets):
            values[i] = job.results[k::n]

    def reverse(self, run: LaneRun) -> None:
        values, targets = run.values, self.step.targets
        outputs = tuple([k for k, i in enumerate(targets) if run.adjoints[i] is not None])
        if not outputs:
            return
        numbers = [values[i] for i in self.varying]
        numbers += [run.adjoints[targets[k]] for k in outputs]
        uniform = [values[i] for i in self.uniform]

        job = Job(run.samples, run.job.threads, uniform, numbers, 1)
        job.seeds, job.uniform_gradient = ONE, zeros(len(uniform))
        job.varying_gradients = tuple([zeros(run.samples) for _ in numbers])
        self.pulls[outputs](job)
        several = job.varying_gradients[: len(self.varying)]
        refuse_nan([job.uniform_gradient, *several])
        for i, slope in zip(self.uniform, job.uniform_gradient):
            run.add(i, slope)
        for i, column in zip(self.varying, several):
            run.add(i, column)


ONE = array("d", [1.0])


class LoopDone:
    """What a loop has done: its first and last states, each step's results, and the weights of the
    last state in the gradient. A row is the state that a step gives, and its y."""

    def __init__(self, start: Column, last: Column, results: Blocks, groups: Any) -> None:
        self.start, self.last, self.results, self.groups = start, last, results, groups
        self.weights: dict[int, Column] = {}


class LoopLanes:
    """A loop whose steps, or numbers, differ from sample to sample."""

    def __init__(self, step: Any, varying: set[int], replayer: Callable[[Tape], Any]) -> None:
        op, self.out, self.replayer = step.op, step.out, replayer
        self.op = op
        body = op.body
        self.count, self.start, xs, captured, _ = op.split(step.args)
        self.width = body.carried + body.ys
        places = list(enumerate([*xs, *captured], body.carried))
        several, others = places[: len(xs)], places[len(xs) :]
        self.read = [(k, x) for k, x in several if type(x) is int and x in varying]
        self.shared_xs = [(k, x) for k, x in several if type(x) is not int or x not in varying]
        self.own = [(k, i) for k, i in others if i in varying]
        self.shared = [(k, i) for k, i in others if i not in varying]
        self.replay: Any = None
        self._operands: int | None = None
        self._columns: list[Any] = []  # of the groups: which input of the body each column is
        self.pulls = Pulls(self._tape)
        self._places = [i for _, i in self.shared]
        self._numbers_shared = _getter(self._places)

    def _groups(self, run: LaneRun) -> list[tuple[Blocks, list[tuple[str, int]]]]:
        """The blocks that are read, and of each column which input of the body it is."""
        groups: list[tuple[Blocks, list[tuple[str, int]]]] = []
        for k, x in self.read:
            blocks, j = run.values[x]
            blocks = blocks.along(self.op.backwards)
            columns = [c for b, c in groups if b is blocks and c[j] == UNREAD]
            if not columns:
                columns = [[UNREAD] * blocks.width]
                groups.append((blocks, columns[0]))
            columns[0][j] = "input", k
        return groups

    def _tape(self, outputs: tuple[int, ...] = ()) -> Any:
        """A replay of the body. Its inputs are a row of results, the blocks, what differs else,
        weights of the next state and of the y in rows of results, and what all samples share."""
        carried, ys = self.op.body.carried, self.op.body.ys
        inputs = [*[("input", k) for k in range(carried)], *[UNREAD] * ys]
        for columns in self._columns:
            inputs += columns
        inputs += [("input", k) for k, _ in self.own]
        if outputs:
            weights = [("weight", k) if k in outputs else UNREAD for k in range(self.width)]
            inputs += [*weights[:carried], *[UNREAD] * self.width, *weights[carried:]]
        shared = [("input", k) for k, _ in (*self.shared_xs, *self.shared)]
        batched = [True] * len(inputs) + [False] * len(shared)
        tape: Tape = self.op.body.program
        return self.replayer(rescheduled(tape, [*inputs, *shared], batched))

    def _lengths(self, run: LaneRun, groups: Any) -> list[int]:
        """How many steps each sample makes."""
        count = run.values[self.count]
        if type(count) is float and count < 0.0 and not self.shared_xs:
            several: list[list[int]] = [blocks.lengths for blocks, _ in groups]
            if all(lengths == several[0] for lengths in several[1:]):
                return several[0]
        counts = run.column(count)
        xs = [self._shared(run, x) for _, x in self.shared_xs]
        lengths = [
            self.op.count(n, [*xs, *[range(blocks.lengths[s]) for blocks, _ in groups]])
            for s, n in enumerate(counts)
        ]
        if any(n < m for n, m in pairwise(lengths)):
            raise NotInLanes
        return lengths

    def _pays(self, lengths: list[int]) -> bool:
        """Whether samples side by side take less time than alone, where C does a loop alone."""
        body = self.op.body
        if getattr(body.replay, "tape", None) is None:
            return True
        if self._operands is None:
            rows = [(i.rows * max(i.width, 1), i.columns) for i in body.program.instructions]
            self._operands = sum(n * len(columns) for n, columns in rows)
        alone = ALONE + CAPTURED * body.captured
        spared = alone * len(lengths) + OPERAND * self._operands * sum(lengths)
        pays: bool = spared > STEP * max(lengths)
        return pays

    def _shared(self, run: LaneRun, x: Any) -> Any:
        return run.values[x] if type(x) is int else x

    def _job(self, run: LaneRun) -> tuple[Job, Column]:
        """A job for one step after another; and the numbers of each sample that no step changes."""
        numbers = [*[0.0] * len(self.shared_xs), *self._numbers_shared(run.values)]
        own = zeros(run.samples * len(self.own))
        for c, (_, i) in enumerate(self.own):
            own[c :: len(self.own)] = run.column(run.values[i])
        return Job(1, run.job.threads, numbers, (), self.width), own

    def _numbers(
        self, run: LaneRun, job: Job, t: int, k: int, before: Any, groups: Any, own: Any
    ) -> Any:
        """The numbers of step `t` for the first `k` samples."""
        for c, (_, x) in enumerate(self.shared_xs):
            sequence = self._shared(run, x)
            job.uniform[c] = sequence[self.op.place(len(sequence), t)]
        w, n = self.width, len(self.own)
        job.samples = k
        several = [(memoryview(before)[: k * w], w)]
        several += [(blocks.blocks[t], blocks.width) for blocks, _ in groups]
        if n:
            several.append((memoryview(own)[: k * n], n))
        return several

    def forward(self, run: LaneRun) -> None:
        w, groups = self.width, self._groups(run)
        if self.replay is None:
            self._columns = [columns for _, columns in groups]
            self.replay = self._tape()
        lengths = self._lengths(run, groups)
        if not self._pays(lengths):
            raise NotInLanes
        keep = run.kept or self.out in run.lanes.asked
        size = w * lengths[0]
        if keep and size * run.samples > NUMBERS:
            raise TooLong(NUMBERS // size)
        start = zeros(run.samples * w)
        for c, i in enumerate(self.start):
            start[c::w] = run.column(run.values[i])
        job, own = self._job(run)
        last, before, counts, kept = start[:], start, counts_of(lengths), list[Column]()
        for t, (k, left) in enumerate(zip(counts, [*counts[1:], 0])):
            job.varying = tuple(self._numbers(run, job, t, k, before, groups, own))
            job.results = zeros(k * w)
            self.replay(job)
            before = job.results
            if left < k:
                last[left * w : k * w] = before[left * w :]
            if keep:
                kept.append(before)
        results = Blocks(lengths, w, kept, self.op.backwards)
        run.values[self.out] = LoopDone(start, last, results, groups)

    def reverse(self, run: LaneRun) -> None:
        done: LoopDone = run.values[self.out]
        of_ys = done.results.gradient()
        if not done.weights and of_ys is None:
            return
        outputs = tuple(range(self.width if of_ys is not None else self.op.body.carried))
        found = self._descend(run, done, self.pulls[outputs], of_ys)
        refuse_nan(found)
        for blocks, _ in done.groups:
            if blocks.wanted:
                refuse_nan([x for x in blocks.slopes or () if x is not None])
        down, own, shared, *rest = found
        for c, i in enumerate(self.start):
            run.add(i, down[c :: self.width])
        for c, (_, i) in enumerate(self.own):
            run.add(i, own[c :: len(self.own)])
        for (_, x), found in zip(self.shared_xs, rest):
            if type(x) is int:
                run.add(x, found if self.op.backwards else found[::-1])
        adjoints = run.adjoints
        for i, slope in zip(self._places, shared):
            known = adjoints[i]
            adjoints[i] = slope if known is None else known + slope

    def _descend(self, run: LaneRun, done: LoopDone, replay: Any, of_ys: Any) -> list[Column]:
        """The steps from the last to the first: the gradient of the first states, of what differs
        else, of what all share, and of each sequence that they share, from its last step."""
        w, n, groups = self.width, len(self.own), done.groups
        weights = zeros(run.samples * w)  # of the last states
        for j, column in done.weights.items():
            weights[j::w] = column
        job, own = self._job(run)
        job.seeds, job.uniform_gradient = ONE, zeros(len(job.uniform))
        slopes, of_xs = zeros(len(own)), [array("d") for _ in self.shared_xs]
        down, came = array("d"), 0  # of the states after a step, for so many samples
        counts, results = done.results.counts, done.results.blocks
        most = max([w, *[blocks.width for blocks, _ in groups]]) * run.samples
        unwanted, nothing = memoryview(zeros(most)), memoryview(zeros(run.samples * w))
        for t in range(len(counts) - 1, -1, -1):
            k = counts[t]
            down.extend(weights[came * w : k * w])
            came = k
            before = results[t - 1] if t else done.start
            several = self._numbers(run, job, t, k, before, groups, own)
            of_y = nothing[: k * w] if of_ys is None else of_ys[t]
            job.varying = *several, (down, w), (of_y, w)
            up = zeros(k * w)
            into: list[Any] = [up]
            for blocks, _ in groups:
                size = k * blocks.width
                into.append(zeros(size) if blocks.wanted else unwanted[:size])
            if n:
                into.append(zeros(k * n))
            job.varying_gradients = *into, unwanted[: k * w], unwanted[: k * w]
            job.results, job.totals = zeros(k), zeros(1)
            replay(job)
            for (blocks, _), slope in zip(groups, into[1:]):
                if blocks.wanted:
                    blocks.add(t, slope)
            if n:
                slopes[: k * n] = plus(slopes[: k * n], into[-1])
            for c, found in enumerate(of_xs):
                found.append(job.uniform_gradient[c])
                job.uniform_gradient[c] = 0.0
            down = up
        down.extend(weights[came * w :])
        return [down, slopes, job.uniform_gradient[len(of_xs) :], *of_xs]


def _getter(places: list[int]) -> Callable[[list[Any]], Any]:
    """What takes some entries of a list."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: [values[i] for i in places]


class ComposedLanes:
    """A composed operation that is no loop."""

    def __init__(self, step: Any, varying: set[int], replayer: Callable[[Tape], Any]) -> None:
        self.op, self.args, self.out = step.op, step.args, step.out


class PartLanes(ComposedLanes):
    """A result of a loop."""

    def forward(self, run: LaneRun) -> None:
        done, (kind, j) = run.values[self.args[0]], self.op.key
        w = done.results.width
        if kind == "last":
            run.values[self.out] = done.last[j::w]
        else:
            run.values[self.out] = done.results, self.op.loop.body.carried + j

    def reverse(self, run: LaneRun) -> None:
        weights, (_, j) = run.values[self.args[0]].weights, self.op.key
        column = run.adjoints[self.out]
        if column is not None:  # of ys it is in the blocks
            weights[j] = plus(weights[j], column) if j in weights else column


class PackLanes(ComposedLanes):
    """A sequence of numbers."""

    def forward(self, run: LaneRun) -> None:
        blocks = [run.column(run.values[i]) for i in self.args]
        run.values[self.out] = Blocks([len(blocks)] * run.samples, 1, blocks, False), 0

    def reverse(self, run: LaneRun) -> None:
        for i, column in zip(self.args, run.values[self.out][0].gradient() or ()):
            run.add(i, column)


class EntryLanes(ComposedLanes):
    """A number of a sequence."""

    def forward(self, run: LaneRun) -> None:
        blocks, j = run.values[self.args[0]]
        column = blocks.blocks[blocks.step(self.op.i)]
        run.values[self.out] = array("d", column[j :: blocks.width])

    def reverse(self, run: LaneRun) -> None:
        blocks, j = run.values[self.args[0]]
        gradient = run.adjoints[self.out]
        if gradient is not None:
            slope = zeros(run.samples * blocks.width)
            slope[j :: blocks.width] = gradient
            blocks.add(blocks.step(self.op.i), slope)
