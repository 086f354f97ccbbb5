"""A chain: the program of a function with loops in it, where a tape alone knows numbers only.

Operations of numbers are put into tapes, as many as possible into each. Between them stand
`Composed` operations, whose operands and results may be sequences (an array of doubles each) or a
whole loop: each says by itself how it runs forward, in reverse, and with tangents. A replay goes
through the chain in order, and back for the gradient; each tape replays as fast as it can.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..words import counted
from .flat_graph import FlatGraph, flattened
from .job import Job, zeros
from .schedule import schedule
from .simplify import CONSTANT, INPUT, Graph, mask, simplified
from .tape import Tape
from .trace import Composed

if TYPE_CHECKING:
    from .replay import Replay

LANES = 4  # directions that a loop takes at once; see native/loop_rows.h


def lowered(graph: Graph | FlatGraph, batched: Sequence[bool]) -> tuple[Any, list[str]]:
    """The tape of a graph, or a chain if there are loops in it; and the line of each guard.

    Args:
        batched: which inputs differ from sample to sample.
    """
    if isinstance(graph, FlatGraph):
        return graph.lowered(batched)
    if (flat := flattened(graph)) is not None:
        return flat.lowered(batched)
    simpler, operations = simplified(graph)
    loops = any(isinstance(op, Composed) for op in simpler.ops)
    program = (Chain if loops else schedule)(simpler, batched, operations)
    return program, [line for *_, line in simpler.guards]


class Segment(NamedTuple):
    """Operations of numbers that need no further sequence: a tape.

    Attributes:
        sources, targets: the results in the chain that are its inputs and its outputs.
        guards: which of the chain's guards are those of the tape.
    """

    tape: Tape
    sources: list[int]
    targets: list[int]
    guards: list[int]


class Step(NamedTuple):
    """A composed operation on results of the chain."""

    op: Composed
    args: tuple[int, ...]
    out: int


def _job(tape: Tape, numbers: list[float]) -> Job:
    """What a tape is to replay, for one sample."""
    return Job(1, 1, numbers, (), len(tape.outputs))


def evaluated(tape: Tape, replay: Any, numbers: list[float]) -> tuple[array[float], int]:
    """The outputs of a tape, and which guard does not hold, or -1."""
    job = _job(tape, numbers)
    broken = replay(job)
    return job.results, -1 if broken is None else broken[0]


def pulled(tape: Tape, replay: Any, numbers: list[float], seeds: list[float]) -> array[float]:
    """The gradient with respect to the inputs of a tape, for weights of its outputs."""
    job = _job(tape, numbers)
    job.seeds, job.uniform_gradient = array("d", seeds), zeros(len(numbers))
    replay(job)
    return job.uniform_gradient


def pushed(
    tape: Tape, replay: Any, numbers: list[float], rates: Sequence[list[float] | None], lanes: int
) -> tuple[array[float], int, list[Any]]:
    """The outputs of a tape, which guard does not hold, and the rates of each output by lane.

    Args:
        rates: for each input those by lane; None for one that does not move.
    """
    native = getattr(replay, "tape", None) if lanes > 1 else None
    if native is None:
        each = []
        for lane in range(lanes):
            job = _job(tape, numbers)
            job.uniform_rates = array("d", [r[lane] if r else 0.0 for r in rates])
            job.rates = zeros(len(tape.outputs))
            broken = replay(job)
            if broken is not None:
                return job.results, broken[0], []
            each.append(job.rates)
        return job.results, -1, list(zip(*each))
    results, at = evaluated(tape, replay, numbers)
    if at >= 0:
        return results, at, []
    given = array("d", [r[lane] if r else 0.0 for lane in range(lanes) for r in rates])
    answers, n = zeros(lanes * len(tape.outputs)), len(tape.outputs)
    native.directions(lanes, True, array("d", numbers), given, answers)
    return results, -1, [answers[k::n] for k in range(n)]


class Chain:
    """A program. It has of a `Tape` what a replay and a summary ask for.

    Attributes:
        steps: segments and composed operations, in order.
        captured, inputs, outputs: results that are leaves from outside, arguments, answers.
        batched: which inputs differ from sample to sample.
        guards: (sign, result, result, outcome), in order.
    """

    def __init__(self, graph: Graph, batched: Sequence[bool], operations: dict[str, int]) -> None:
        self.size, self.operations = len(graph.ops), operations
        self.captured, self.inputs = list(graph.captured), list(graph.inputs)
        self.outputs, self.batched = list(graph.outputs), list(batched)
        self.guards = [guard[:4] for guard in graph.guards]
        self.constants = {i: graph.values[i] for i, op in enumerate(graph.ops) if op is CONSTANT}
        self.steps: list[Segment | Step] = []
        self._arrange(graph)
        self.begin()

    def begin(self) -> None:
        """What follows from the steps."""
        self.kept = {  # the loops that keep states in any case
            step.args[0] for step in self.steps if isinstance(step, Step) and step.op.reads_states
        }
        self.replays: list[Any] = [None] * len(self.steps)
        order = {i: k for k, i in enumerate((*self.captured, *self.inputs))}
        self.uniform_places = [order[i] for i in self.uniform_inputs]
        self.varying_places = [order[i] for i in self.varying_inputs]
        self.start: list[Any] = [self.constants.get(i) for i in range(self.size)]

    def _arrange(self, graph: Graph) -> None:
        """Each operation of numbers as early as its operands are there."""
        stages = [0] * len(graph.ops)  # constants may stand behind what uses them
        numbers: dict[int, list[int]] = {}
        composed: dict[int, list[int]] = {}
        for i, (op, args) in enumerate(zip(graph.ops, graph.args)):
            stage = max([stages[x] for x in args], default=0)
            if args:
                part = composed if isinstance(op, Composed) else numbers
                part.setdefault(stage, []).append(i)
            stages[i] = stage + isinstance(op, Composed)
        used = set(graph.outputs)
        for i, args in enumerate(graph.args):
            for x in args:
                if isinstance(graph.ops[i], Composed) or stages[x] < stages[i]:
                    used.add(x)
        guards: dict[int, list[int]] = {}
        for k, (_, x, y, *_) in enumerate(graph.guards):
            guards.setdefault(max(stages[x], stages[y]), []).append(k)
            used |= {x, y}
        for stage in range(max(stages, default=0) + 1):
            mine, checks = numbers.get(stage, []), guards.get(stage, [])
            if mine or checks:
                self.steps.append(_segment(graph, mine, used, checks))
            for i in composed.get(stage, []):
                self.steps.append(Step(graph.ops[i], graph.args[i], i))

    def replayed_by(self, replayer: Callable[[Tape], Any]) -> Callable[[Any], Any]:
        """A function that replays a job, with such replays of tapes."""
        self.replays = [
            replayer(step.tape) if isinstance(step, Segment) else None for step in self.steps
        ]
        return self.replay

    # One sample -----------------------------------------------------------------------------------

    def forward(self, inputs: Sequence[Any], keep: bool = True) -> tuple[list[Any], int]:
        """All results, for captured leaves and inputs in order; and which guard does not hold.

        Args:
            keep: whether loops keep the states before their steps, as `reverse` wants them.
        """
        values = self._begun(inputs)
        for step, replay in zip(self.steps, self.replays):
            if isinstance(step, Step):
                operands = _entries(values, step.args)
                values[step.out] = step.op.forward(operands, keep or step.out in self.kept)
                continue
            numbers = _entries(values, step.sources)
            results, broken = evaluated(step.tape, replay, numbers)
            if broken >= 0:
                return values, step.guards[broken]
            for i, x in zip(step.targets, results):
                values[i] = x
        return values, -1

    def _begun(self, inputs: Sequence[Any]) -> list[Any]:
        values = self.start.copy()
        for i, x in zip((*self.captured, *self.inputs), inputs):
            values[i] = x
        return values

    def reverse(self, values: list[Any], seeds: Sequence[Any]) -> list[Any]:
        """The gradients of the inputs, captured leaves first; None for none."""
        adjoints: list[Any] = [None] * self.size
        for i, seed in zip(self.outputs, seeds):
            if type(seed) is not float or seed != 0.0:
                adjoints[i] = added(adjoints[i], seed)
        for step, replay in zip(reversed(self.steps), reversed(self.replays)):
            if isinstance(step, Step):
                if adjoints[step.out] is not None:
                    operands = _entries(values, step.args)
                    found = step.op.reverse(values[step.out], operands, adjoints[step.out])
                    _add(adjoints, step.args, found)
                continue
            weights = [adjoints[i] or 0.0 for i in step.targets]
            if any(w != 0.0 for w in weights):
                numbers = _entries(values, step.sources)
                _add(adjoints, step.sources, pulled(step.tape, replay, numbers, weights))
        return _entries(adjoints, (*self.captured, *self.inputs))

    def pushed(
        self, inputs: Sequence[Any], moving: Sequence[Any], lanes: int
    ) -> tuple[list[Any], int, list[list[Any] | None]]:
        """All results, which guard does not hold, and how fast the outputs change.

        Args:
            inputs: as in `forward`.
            moving: for each of them its rates in so many directions; None where it stands still.

        Returns:
            The last has for each output a list of its rates, or None for none.
        """
        values, rates = self._begun(inputs), list[Any]([None]) * self.size
        for i, several in zip((*self.captured, *self.inputs), moving):
            if several is not None:
                rates[i] = several if rates[i] is None else list(map(added, rates[i], several))
        for step, replay in zip(self.steps, self.replays):
            part = step.args if isinstance(step, Step) else step.sources
            numbers, given = [values[i] for i in part], [rates[i] for i in part]
            moves = any(several is not None for several in given)
            if isinstance(step, Step):
                keep = step.out in self.kept
                if moves:
                    found = step.op.pushed(numbers, given, lanes, keep)
                    values[step.out], rates[step.out] = found
                else:
                    values[step.out] = step.op.forward(numbers, keep)
                continue
            if moves:
                results, broken, slopes = pushed(step.tape, replay, numbers, given, lanes)
            else:
                results, broken = evaluated(step.tape, replay, numbers)
                slopes = []
            if broken >= 0:
                return values, step.guards[broken], []
            for i, x in zip(step.targets, results):
                values[i] = x
            for i, several in zip(step.targets, slopes):
                if any(rate != 0.0 for rate in several):
                    rates[i] = several
        return values, -1, [rates[i] for i in self.outputs]

    def directions(
        self, count: int, forward: bool, inputs: Sequence[float], given: array[float]
    ) -> tuple[array[float], int]:
        """Rates of the outputs in so many directions, or gradients of so many weightings.

        And which guard does not hold, or -1.
        """
        answers = array("d")
        n = len(inputs) if forward else len(self.outputs)
        if forward:
            for first in range(0, count, LANES):
                lanes = min(LANES, count - first)
                columns = [given[first * n + i : (first + lanes) * n : n] for i in range(n)]
                moving = [several if any(several) else None for several in columns]
                _, broken, rates = self.pushed(inputs, moving, lanes)
                if broken >= 0:
                    return answers, broken
                for lane in range(lanes):
                    answers.extend([several[lane] if several else 0.0 for several in rates])
            return answers, -1
        values, broken = self.forward(inputs)
        for k in range(0, count * n if broken < 0 else 0, n):
            answers.extend(x or 0.0 for x in self.reverse(values, given[k : k + n]))
        return answers, broken

    def runs_forward(self, inputs: int, outputs: int) -> bool:
        """Whether derivatives of so many outputs with respect to so many inputs are better taken
        forward: a pass takes twice as long as the numbers alone, one in reverse three times."""
        return 2 * -(-inputs // LANES) <= 1 + 2 * outputs

    # A job ----------------------------------------------------------------------------------------

    @property
    def uniform_inputs(self) -> list[int]:
        return self.captured + [i for i, differs in zip(self.inputs, self.batched) if not differs]

    @property
    def varying_inputs(self) -> list[int]:
        return [i for i, differs in zip(self.inputs, self.batched) if differs]

    def replay(self, job: Replay) -> tuple[int, int] | None:
        """Do what `job` asks for, one sample after another; see `interpreter.replay`.

        It may ask for a gradient or for rates, not for both.
        """
        uniform, varying = self.uniform_places, self.varying_places
        inputs: list[Any] = job.uniform.tolist() + [None] * len(varying)
        of_samples = {k: x for k, x in job.sequences.items() if not isinstance(x, array)}
        in_reverse = job.seeds is not None and job.moving is None
        if varying:
            for place, x in zip(uniform, job.uniform):
                inputs[place] = x
        for k, x in job.sequences.items():
            inputs[uniform[k]] = x
        for sample in range(job.samples):
            for k, column in of_samples.items():
                inputs[uniform[k]] = column[sample]
            for place, x in zip(varying, _of_sample(job.varying, sample)):
                inputs[place] = x
            rates: list[Any] = []
            if job.uniform_rates is not None:
                moving: list[Any] = [None] * len(inputs)
                for k, place in enumerate(uniform):
                    moving[place] = job.sequence_rates.get(k, job.uniform_rates[k])
                for place, x in zip(varying, _of_sample(job.varying_rates, sample)):
                    moving[place] = x
                moving = [None if x is None or x == 0.0 else [x] for x in moving]
                values, broken, rates = self.pushed(inputs, moving, 1)
            elif job.moving is not None:
                lanes = len(job.moving)
                moving = [None] * len(inputs)
                for lane, k in enumerate(job.moving):
                    moving[uniform[k]] = [float(i == lane) for i in range(lanes)]
                values, broken, rates = self.pushed(inputs, moving, lanes)
            else:
                values, broken = self.forward(inputs, in_reverse)
            if broken >= 0:
                return broken, sample
            self._put_results(job, sample, [values[i] for i in self.outputs])
            if in_reverse:
                gradients = self.reverse(values, job.seeds or ())
                self._put_gradients(job, sample, gradients, of_samples)
            elif job.moving is not None:
                for seed, slopes in zip(job.seeds or (), rates):
                    for k, slope in zip(job.moving, slopes or ()):
                        job.uniform_gradient[k] += seed * slope
            else:
                for k, several in enumerate(rates):
                    rate = several[0] if several else None
                    if isinstance(rate, array):
                        job.sequence_result_rates[k] = rate
                    else:
                        job.rates[sample * len(self.outputs) + k] = rate or 0.0
        return None

    def _put_results(self, job: Replay, sample: int, results: list[Any]) -> None:
        for k, x in enumerate(results):
            if not isinstance(x, array):
                job.results[sample * len(results) + k] = x
                job.totals[k] += x
            elif job.batch:
                job.sequence_results.setdefault(k, [None] * job.samples)[sample] = x
            else:
                job.sequence_results[k] = x

    def _put_gradients(
        self,
        job: Replay,
        sample: int,
        gradients: list[Any],
        of_samples: Any,
    ) -> None:
        slopes = [g or 0.0 for g in _entries(gradients, self.uniform_places)]
        for k in job.sequences:
            gradient, slopes[k] = gradients[self.uniform_places[k]], 0.0
            if k in of_samples:
                of_all = job.sequence_gradients.setdefault(k, [None] * job.samples)
                of_all[sample] = gradient
            else:
                job.sequence_gradients[k] = gradient
        before = job.uniform_gradient
        before[:] = array("d", map(operator.add, before, slopes) if sample else slopes)
        found = iter([gradients[place] for place in self.varying_places])
        for into, (_, n) in zip(job.varying_gradients, job.varying):
            for k in range(sample * n, (sample + 1) * n):
                into[k] += next(found) or 0.0

    @property
    def instructions(self) -> Any:
        raise TypeError(
            "a program with a loop in it (scan, while_loop) is no single tape: it cannot be "
            "written as JavaScript, or give sparse derivatives; with a `for` in place of the loop "
            "it can"
        )

    rows = encoded = slots = uniform = varying = instructions

    def describe(self) -> list[str]:
        """The lines of a summary."""
        counts = [
            counted(len(self.inputs), "input"),
            counted(len(self.captured), "leaf", "leaves"),
            counted(len(self.outputs), "output"),
            counted(len(self.guards), "guard"),
        ]
        lines = [", ".join(counts)]
        for step in self.steps:
            if isinstance(step, Segment):
                rows = sum(i.rows for i in step.tape.instructions)
                lines.append(f"  {counted(rows, 'operation')} of numbers")
            else:
                lines += [f"  {line}" for line in step.op.describe()]
        return lines


def _segment(graph: Graph, results: list[int], used: set[int], guards: list[int]) -> Segment:
    """Operations of numbers as a tape of their own."""
    part = Graph(graph.reorder)
    known: dict[int, int] = {}
    sources: list[int] = []

    def place(i: int) -> int:
        if i not in known:
            if graph.ops[i] is CONSTANT:
                known[i] = part.constant(graph.values[i])
            else:
                known[i] = part.add(INPUT, (), graph.values[i])
                part.inputs.append(known[i])
                sources.append(i)
        return known[i]

    for i in results:
        args = tuple([place(x) for x in graph.args[i]])
        known[i] = part.add(graph.ops[i], args, graph.values[i])
    for k in guards:
        sign, x, y, outcome, line = graph.guards[k]
        part.guards.append((sign, place(x), place(y), outcome, line))
    targets = [i for i in results if i in used]
    part.outputs = [known[i] for i in targets]
    tape = schedule(mask(part), [False] * len(sources), {})
    return Segment(tape, sources, targets, guards)


def _of_sample(batches: Sequence[tuple[Any, int]], sample: int) -> list[float]:
    return [x for numbers, n in batches for x in numbers[sample * n : (sample + 1) * n]]


def _entries(several: Sequence[Any], places: Iterable[int]) -> list[Any]:
    """Some entries, of which there may be as many as a net has leaves."""
    return list(map(several.__getitem__, places))


def _add(adjoints: list[Any], places: Sequence[int], gradients: Iterable[Any]) -> None:
    """Add to the gradients of some results; None is none."""
    for i, gradient in zip(places, gradients):
        before = adjoints[i]
        adjoints[i] = gradient if before is None else added(before, gradient)


def added(x: Any, y: Any) -> Any:
    """The sum of two gradients: numbers, sequences, or by the parts of a loop; None is none."""
    if x is None:
        return y
    if y is None:
        return x
    if isinstance(x, dict):
        return {part: added(x.get(part), y.get(part)) for part in {**x, **y}}
    if isinstance(x, array):
        return array("d", map(operator.add, x, y))
    return x + y
