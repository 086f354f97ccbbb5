"""A batch whose samples take different branches: each is replayed on the tape of its own branch.

`Branches` looks like one specialization. Its replay sorts the samples first, by a tape that
computes nothing but which guards hold, and then replays those of each branch together.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from .chain import Chain
from .errors import BranchError
from .job import Job, zeros
from .schedule import schedule
from .simplify import CAPTURED, DOT, INPUT, Graph, mask, prune
from .specialization import Output, Specialization, replay_of
from .tape import OPCODES, Tape
from .trace import CHOICES

if TYPE_CHECKING:
    from .replay import Replay


class Branches(Specialization):
    """Several specializations for one structure of the arguments, as one.

    A sample is replayed on the first whose guards hold. `tape` and `lines` are those of the first.

    Raises:
        BranchError: their results are not of one structure.
    """

    def __init__(self, several: Sequence[Specialization]) -> None:
        first = several[0]
        self.tape, self.lines = first.tape, first.lines
        self.key, self.entries, self.in_order = first.key, first.entries, first.in_order
        self.watched = any(one.watched for one in several)
        self.reads_inputs = any(one.reads_inputs for one in several)
        for one in several:
            if one.key != first.key or _constants(one) != _constants(first):
                raise BranchError(
                    "samples of a batch that take different branches must give results of one "
                    f"structure; they differ after "
                    f"{first.lines[-1] if first.lines else 'a comparison'}"
                )
        places: dict[Any, int] = {}
        for one in several:
            for reference in one.references:
                places.setdefault(reference, len(places))
        self.references = list(places)
        self.parts = [_Branch(one, [places[x] for x in one.references], places) for one in several]
        self.choice = _choice_of(self.parts, len(places))
        self._kept = []

    def replay(self, job: Replay) -> tuple[int, int] | None:
        """Do what `job` asks for; (0, sample) of the first sample that takes another branch.

        Then `job.left` has all such samples; else `job.mixed` says whether groups are several.
        """
        groups = list[list[int]](map(list, [()] * len(self.parts)))
        left: list[int] = []
        for i, number in enumerate(self._numbers(job)):
            (groups[int(number) - 1] if number else left).append(i)
        if left:
            job.left = left
            return 0, left[0]
        job.mixed = sum(map(bool, groups)) > 1
        for part, samples in zip(self.parts, groups):
            if samples:
                part.replay(job, samples)
        return None

    def _numbers(self, job: Any) -> Sequence[float]:
        """For each sample the number of its branch, from 1; 0 for none."""
        if self.choice is not None:
            found = Job(job.samples, job.threads, job.uniform, (), 1)
            found.varying = job.varying
            self.choice(found)
            return found.results
        numbers = zeros(job.samples)  # one by one: a guard may shield a function of the user
        for i in range(job.samples):
            fits = (k for k, part in enumerate(self.parts, 1) if part.fits(job, i))
            numbers[i] = next(fits, 0)
        return numbers


class _Branch:
    """One of the specializations.

    Args:
        one: it.
        leaves: which of the leaves of all branches are its own.
        all: those of all.
    """

    def __init__(self, one: Any, leaves: list[int], all: Collection[Any]) -> None:
        self.one, self.tape, self.leaves = one, one.tape, leaves
        uniform, count = len(self.tape.uniform_inputs) - len(leaves), len(all)
        self.places = [*leaves, *range(count, count + uniform)]

    def fits(self, job: Any, sample: int) -> bool:
        """Whether the guards hold for a sample."""
        alone = self._job(job, [sample], len(self.tape.outputs))
        return self.one.replay(alone) is None

    def replay(self, job: Any, samples: list[int]) -> None:
        """Replay some samples; the answers go where they belong in `job`."""
        outputs, n = len(self.tape.outputs), len(samples)
        part = self._job(job, samples, outputs)
        part.by_sample = job.by_sample
        if job.seeds is not None:
            part.seeds, part.uniform_gradient = job.seeds, zeros(len(self.places))
            part.varying_gradients = tuple(
                [zeros(n * width) for _, (_, width) in zip(job.varying_gradients, job.varying)]
            )
        if job.uniform_rates is not None:
            part.uniform_rates = array("d", [job.uniform_rates[i] for i in self.places])
            part.varying_rates = _picked(job.varying_rates, samples)
            part.rates = zeros(n * outputs)
        if (broken := self.one.replay(part)) is not None:
            raise BranchError(
                f"sample {samples[broken[1]]} took a branch on {self.one.lines[broken[0]]} and "
                "another when it was replayed; does it depend on anything but its arguments?"
            )
        _put(job.results, part.results, outputs, samples)
        for k, total in enumerate(part.totals):
            job.totals[k] += total
        if job.seeds is not None:
            for i, gradient in zip(self.places, part.uniform_gradient):
                job.uniform_gradient[i] += gradient
            several = zip(job.varying_gradients, part.varying_gradients, job.varying)
            for gradients, found, (_, width) in several:
                _put(gradients, found, width, samples)
        for k, found in part.sequence_results.items():
            _put_each(job.sequence_results, k, found, samples, job.samples)
        for k, found in part.sequence_gradients.items():
            _put_each(job.sequence_gradients, self.places[k], found, samples, job.samples)
        if job.uniform_rates is not None:
            _put(job.rates, part.rates, outputs, samples)

    def _job(self, job: Any, samples: list[int], outputs: int) -> Job:
        uniform = [job.uniform[i] for i in self.places]
        part = Job(len(samples), job.threads, uniform, (), outputs)
        everything = len(samples) == job.samples
        part.varying = job.varying if everything else _picked(job.varying, samples)
        part.batch = True
        part.sequence_results, part.sequence_gradients = {}, {}
        if job.sequences:
            part.sequences = {
                k: job.sequences[place].picked(samples)
                for k, place in enumerate(self.places)
                if place in job.sequences
            }
        return part


def fitting(replay: Replay, samples: list[int]) -> Sequence[bool]:
    """For each of some samples whether the guards of a replay's tape hold for it."""
    one = replay.specialization
    if not replay.read():
        return [False] * len(samples)
    numbers = Branches([one])._numbers(replay)
    return [numbers[i] != 0.0 for i in samples]


# Which branch -------------------------------------------------------------------------------------


def _choice_of(parts: Sequence[_Branch], leaves: int) -> Any:
    """A replay of `choice`; None where there are loops or functions of the user."""
    tapes = [part.tape for part in parts]
    for tape in tapes:
        if isinstance(tape, Chain) or any(i.op not in OPCODES for i in tape.instructions):
            return None
    return replay_of(choice(tapes, [part.leaves for part in parts], leaves))


def choice(tapes: Sequence[Tape], leaves: Sequence[Sequence[int]], count: int) -> Tape:
    """A tape that gives the number, from 1, of the tape whose guards hold; 0 for none.

    What the tapes have in common, as the beginning of one function, is computed once.

    Args:
        tapes: with the same inputs; the guards of at most one hold.
        leaves: for each tape which of all leaves its own are.
        count: how many leaves there are.
    """
    first = tapes[0]
    graph, known = Graph(first.reorder), dict[Any, int]()
    graph.captured = [graph.add(CAPTURED, (), 0.0) for _ in range(count)]
    graph.inputs = [graph.add(INPUT, (), 0.0) for _ in first.inputs]

    def result(op: Any, *args: int) -> int:
        key = op, args
        if key not in known:
            known[key] = graph.add(op, args, 0.0)
        return known[key]

    held = [_held(graph, result, tape, own) for tape, own in zip(tapes, leaves)]
    numbers = [graph.constant(float(k)) for k in range(1, len(held) + 1)]
    graph.outputs = [result(DOT, *numbers, *held)]
    batched = [slot >= first.uniform for slot in first.inputs]
    return schedule(mask(prune(graph)), batched, {})


def _held(graph: Graph, result: Callable[..., int], tape: Tape, leaves: Sequence[int]) -> int:
    """The result that is 1 where the guards of a tape hold, else 0."""
    place = {slot: graph.constant(x) for slot, x in tape.constants.items()}
    place.update(zip(tape.captured, [graph.captured[i] for i in leaves]))
    place.update(zip(tape.inputs, graph.inputs))
    for instruction, out, slots in tape.rows():
        place[out] = result(instruction.op, *[place[slot] for slot in slots])
    held, none = graph.constant(1.0), graph.constant(0.0)
    for sign, x, y, outcome in tape.guards:
        x, y = place[x], place[y]
        then, otherwise = (held, none) if outcome else (none, held)
        if sign == "!=":  # a nan differs from everything
            equal = result(CHOICES["<="], y, x, otherwise, then)
            held = result(CHOICES["<="], x, y, equal, then)
        else:
            held = result(CHOICES[sign], x, y, then, otherwise)
    return held


# Results and samples ------------------------------------------------------------------------------


def _constants(one: Specialization) -> list[Any]:
    """What in a result is no output."""
    return [None if isinstance(x, Output) else x for x in one.entries]


def _picked(columns: Any, samples: list[int]) -> tuple[Any, ...]:
    """The columns of a batch with some of the samples."""
    return tuple([(_rows(numbers, width, samples), width) for numbers, width in columns])


def _rows(numbers: Any, width: int, samples: list[int]) -> array[float]:
    """Some rows of so many numbers each; by NumPy, if it is there anyway."""
    if (numpy := sys.modules.get("numpy")) is not None:
        rows = numpy.frombuffer(numbers).reshape(-1, width)[samples]
        return array("d", rows.tobytes())
    if width == 1:
        return array("d", [numbers[i] for i in samples])
    return array("d", [x for i in samples for x in numbers[i * width : (i + 1) * width]])


def _put_each(into: dict[int, Any], k: int, found: Any, samples: list[int], count: int) -> None:
    """Put sequences where those of some of so many samples are."""
    every = into.setdefault(k, [None] * count)
    for i, x in zip(samples, found):
        every[i] = x


def _put(into: Any, numbers: array[float], width: int, samples: list[int]) -> None:
    """Put rows where those of some samples are."""
    if not width:
        return
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.frombuffer(into).reshape(-1, width)[samples] = numpy.frombuffer(numbers).reshape(
            -1, width
        )
        return
    for k, i in enumerate(samples):
        into[i * width : (i + 1) * width] = numbers[k * width : (k + 1) * width]
