"""Chains for the samples of a batch side by side: a step of a loop is one replay for all of them.

Samples are sorted by the length of their sequences, the longest first. So those that have a step t
are the first ones, and it is replayed for so many lanes: none is masked, and none waits. Which
samples are in a batch, and how long they are, is data.

What differs from sample to sample is, of a number, an array with one for each sample; of sequences,
a column of `Blocks`: for each step an array with a row for each sample that has it. A loop leaves
its results as such blocks, and reads those of another as they are; its tape has inputs for columns
that it does not read.

The gradient of a step, for weights that differ from sample to sample, is that of one number, the
weighted sum of what it gives: a tape of its own.

Loops of a known end (`scan`) whose step is a tape can, if they keep the state of every step. A
chain with others goes through the samples one after another.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from operator import add
from typing import Any, NamedTuple

from .calls import plus
from .chain import Chain, Segment, added
from .lane_blocks import Blocks, Column, blocks_of
from .lane_steps import SegmentLanes, SharedLanes, TooLong
from .lane_tapes import NotInLanes
from .tape import Tape

MOST = 1024  # samples side by side


class Prepared(NamedTuple):
    """What all runs of a chain in lanes share; a run keeps the one that it began with.

    Attributes:
        uniform, differing: results that are inputs, the same for all samples or not.
        varying: results that differ from sample to sample.
        asked: loops with ys.
        steps: what does the steps.
    """

    uniform: list[int]
    differing: list[int]
    varying: set[int]
    asked: set[int]
    steps: list[Any]


class Lanes:
    """A chain for samples side by side.

    Args:
        chain: it.
        replayer: what makes a replay of a tape.
    """

    def __init__(self, chain: Chain, replayer: Callable[[Tape], Any]) -> None:
        self.chain, self.replayer = chain, replayer
        self._one_by_one = chain.replayed_by(replayer)
        ops = [step.op for step in chain.steps if not isinstance(step, Segment)]
        self.possible = all(op.lanes is not None for op in ops)
        self.prepared: Prepared | None = None

    def replay(self, job: Any) -> tuple[int, int] | None:
        """Do what `job` asks for; see `interpreter.replay`."""
        if self.possible and job.samples > 1 and job.uniform_rates is None:
            try:
                return self._side_by_side(job)
            except NotInLanes:  # nothing is done yet
                pass
        broken: tuple[int, int] | None = self._one_by_one(job)
        return broken

    def _side_by_side(self, job: Any) -> tuple[int, int] | None:
        columns = list(job.sequences.items())
        lengths = [len(columns[0][1][s]) if columns else 0 for s in range(job.samples)]
        order = sorted(range(job.samples), key=lengths.__getitem__, reverse=True)
        if self.prepared is None:
            self.prepared = self._prepare({k for k, _ in columns})  # at once, for threads
        answers: list[LaneAnswers] = []
        first, most = 0, MOST
        while first < len(order):
            run = LaneRun(self, job, order[first : first + most])
            try:
                run.forward()
                if job.seeds is not None:
                    run.reverse()
            except TooLong as error:
                (most,) = error.args
                if most < 2:
                    raise NotInLanes from None
                continue
            answers.append(LaneAnswers(run))  # and nothing else is kept
            first += most
        for some in answers:
            some.put(job)
        return None

    def _prepare(self, sequences: set[int]) -> Prepared:
        """Which results differ from sample to sample, and what does the steps."""
        chain = self.chain
        uniform, differing = chain.uniform_inputs, chain.varying_inputs
        varying = {*differing, *(uniform[k] for k in sequences)}
        composed = [x for x in chain.steps if not isinstance(x, Segment)]
        asked = {  # loops with ys
            x.args[0] for x in composed if getattr(x.op, "key", ("",))[0] == "each"
        }
        steps: list[Any] = []
        for step, replay in zip(chain.steps, chain.replays):
            reads = step.sources if isinstance(step, Segment) else step.args
            if varying.isdisjoint(reads):
                steps.append(SharedLanes(step, replay))
            elif isinstance(step, Segment):
                varying.update(step.targets)
                steps.append(SegmentLanes(step, varying, self.replayer))
            else:
                varying.add(step.out)
                steps.append(step.op.lanes(step, varying, self.replayer))
        return Prepared(uniform, differing, varying, asked, steps)


class LaneRun:
    """Some samples in lanes: the results of the chain, and their gradients.

    Attributes:
        order: the samples.
        values, adjoints: for each result what it is, and the gradient, or None.
    """

    def __init__(self, lanes: Lanes, job: Any, order: list[int]) -> None:
        assert lanes.prepared is not None
        self.lanes, self.chain, self.job, self.order = lanes.prepared, lanes.chain, job, order
        self.samples, self.varying = len(order), self.lanes.varying
        self.values: list[Any] = [None] * self.chain.size
        self.adjoints: list[Any] = [None] * self.chain.size
        self.kept = job.seeds is not None
        self.given: dict[int, Blocks] = {}  # the sequences among the arguments, by the id of these
        self._read()

    def _read(self) -> None:
        """The inputs."""
        chain, job, order, values = self.chain, self.job, self.order, self.values
        for i, x in chain.constants.items():
            values[i] = x
        uniform = self.lanes.uniform
        for i, x in zip(uniform, job.uniform):
            values[i] = x
        for k, column in job.sequences.items():
            of = column.of
            if id(of) not in self.given:
                rows = [of.rows[s].numbers for s in order]
                self.given[id(of)] = found = blocks_of(rows, of.width, False)
                found.wanted = job.by_sample
                if len(set(found.lengths)) > 1 and sorted(found.lengths)[::-1] != found.lengths:
                    raise NotInLanes  # sorted by other sequences
            values[uniform[k]] = self.given[id(of)], column.j
        places = iter(self.lanes.differing)
        for xs, n in job.varying:
            for c in range(n):
                values[next(places)] = array("d", [xs[s * n + c] for s in order])

    def column(self, x: Any) -> Column:
        """A number as one for each sample."""
        return array("d", [x]) * self.samples if type(x) is float else x

    def forward(self) -> None:
        for step in self.lanes.steps:
            step.forward(self)

    def reverse(self) -> None:
        for i, seed in zip(self.chain.outputs, self.job.seeds):
            if seed != 0.0:
                if i in self.varying:
                    self.add(i, self.column(seed))
                else:
                    self.add(i, seed * self.samples)
        for step in reversed(self.lanes.steps):
            step.reverse(self)

    def add(self, i: int, gradient: Any) -> None:
        """Add to the gradient of a result, in the form that it has."""
        if gradient is None or i in self.chain.constants:
            return
        before = self.adjoints[i]
        if i not in self.varying:
            if type(gradient) is not float and type(self.values[i]) is float:
                gradient = sum(gradient)
            self.adjoints[i] = added(before, gradient)
        else:
            self.adjoints[i] = gradient if before is None else plus(before, gradient)


class LaneAnswers:
    """What `LaneRun` has found, for a job."""

    def __init__(self, run: LaneRun) -> None:
        chain, job = run.chain, run.job
        self.order, self.outputs = run.order, [run.values[i] for i in chain.outputs]
        self.differs = [i in run.varying for i in chain.outputs]
        adjoints = run.adjoints
        self.uniform = [adjoints[i] for i in run.lanes.uniform] if run.kept else []
        self.varying = [adjoints[i] for i in run.lanes.differing] if run.kept else []
        self.slopes: dict[int, list[Any]] = {}
        if run.kept and job.by_sample:
            for k, column in job.sequences.items():
                blocks = run.given[id(column.of)]
                slopes = blocks.gradient()
                if slopes is not None:
                    rows = [blocks.rows(slopes, s) for s in range(run.samples)]
                    self.slopes[k] = [x[column.j :: blocks.width] for x in rows]

    def put(self, job: Any) -> None:
        """Write all into the job."""
        count = len(self.outputs)
        for k, x in enumerate(self.outputs):
            if isinstance(x, tuple):
                blocks, j = x
                several = job.sequence_results.setdefault(k, [None] * job.samples)
                for place, s in enumerate(self.order):
                    several[s] = blocks.rows(blocks.blocks, place)[j :: blocks.width]
                continue
            if isinstance(x, array) and not self.differs[k]:  # a sequence that all share
                several = job.sequence_results.setdefault(k, [None] * job.samples)
                for s in self.order:
                    several[s] = x
                continue
            column = array("d", [x]) * len(self.order) if type(x) is float else x
            for s, y in zip(self.order, column):
                job.results[s * count + k] = y
            job.totals[k] += sum(column)
        if self.uniform:
            found = [0.0 if x is None else x for x in self.uniform]
            for k in job.sequences:
                found[k] = 0.0
            job.uniform_gradient[:] = array("d", map(add, job.uniform_gradient, found))
        for k, found in self.slopes.items():
            several = job.sequence_gradients.setdefault(k, [None] * job.samples)
            for s, x in zip(self.order, found):
                several[s] = x
        gradients = iter(self.varying)
        for into, (_, n) in zip(job.varying_gradients, job.varying) if self.varying else ():
            for c in range(n):
                gradient = next(gradients)
                for s, g in zip(self.order, gradient or ()):
                    into[s * n + c] += g
