"""The reference interpreter of tapes: it does what they say and no more, one sample after another.

The native engine brings a fast one; where there is none, and for custom primitives, this one runs.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..primitive import Primitive, partials_at, value_at
from .tape import Instruction, Tape
from .trace import HOLDS

if TYPE_CHECKING:
    from .replay import Replay

Step = tuple[Instruction, int, list[int]]  # as `Tape.rows` gives them


def forward(
    tape: Tape,
    leaves: dict[int, Any],
    evaluate: Callable[[Primitive, list[Any]], Any] = value_at,
    steps: Iterable[Step] | None = None,
) -> list[Any]:
    """The numbers of all slots; or Values, by an `evaluate` that does a primitive on Values.

    Args:
        leaves: what is in the slots of captured leaves and of inputs.
        steps: the tape's rows, from who has them at hand.
    """
    values: list[Any] = [0.0] * tape.slots
    for slot, x in (tape.constants | leaves).items():
        values[slot] = x
    for instruction, out, slots in tape.rows() if steps is None else steps:
        values[out] = evaluate(instruction.op, [values[slot] for slot in slots])
    return values


class Row(NamedTuple):
    """One row of a tape at some numbers: the slot it writes, those it reads, and its partials."""

    out: int
    slots: Sequence[int]
    partials: Sequence[float]
    masked: bool


def linearized(steps: Iterable[Step], values: Sequence[float]) -> list[Row]:
    """The rows of a tape in order, with their partials."""
    rows = []
    for instruction, out, slots in steps:
        partials = partials_at(instruction.op, values[out], [values[slot] for slot in slots])
        rows.append(Row(out, slots, partials, instruction.masked))
    return rows


def reverse(tape: Tape, rows: Sequence[Row], seeds: Sequence[float]) -> list[float]:
    """The gradient of the outputs, weighted by `seeds`, with respect to all slots."""
    adjoints = [-0.0] * tape.slots  # -0.0 + x is x, for every x
    for slot, seed in zip(tape.outputs, seeds):
        adjoints[slot] += seed
    for row in reversed(rows):
        gradient = adjoints[row.out]
        for slot, partial in zip(row.slots, row.partials):
            if not (row.masked and (gradient == 0.0 or partial == 0.0)):
                adjoints[slot] += gradient * partial
    return adjoints


def tangents(tape: Tape, rows: Sequence[Row], directions: dict[int, float]) -> list[float]:
    """How fast all slots change when some change at the rates in `directions`."""
    rates = [0.0] * tape.slots
    for slot, rate in directions.items():
        rates[slot] += rate
    for row in rows:
        rate = 0.0
        for slot, partial in zip(row.slots, row.partials):
            if rates[slot] != 0.0 and not (row.masked and partial == 0.0):
                rate += rates[slot] * partial
        rates[row.out] = rate
    return rates


def replay_directions(
    tape: Tape,
    count: int,
    forward_mode: bool,
    uniform: Sequence[float],
    given: Sequence[float],
    answers: array[float],
) -> int:
    """What moves forward or passes back in several directions, of a tape without a batch.

    It gives the first guard that does not hold, or -1; if there is one, nothing is computed.

    Args:
        count: how many directions.
        forward_mode: whether rates of the inputs are given, and those of the outputs wanted; else
            seeds of the outputs, and gradients of the inputs.
        uniform: the inputs, as in a replay.
        given: of each direction.
        answers: of each direction, to be filled in.
    """
    inputs, outputs = tape.uniform_inputs, tape.outputs
    values = forward(tape, dict(zip(inputs, uniform)))
    broken = broken_guard(tape, values)
    rows = linearized(tape.rows(), values) if broken < 0 else []
    for k in range(count if broken < 0 else 0):
        if forward_mode:
            rates = given[k * len(inputs) : (k + 1) * len(inputs)]
            found = tangents(tape, rows, dict(zip(inputs, rates)))
        else:
            found = reverse(tape, rows, given[k * len(outputs) : (k + 1) * len(outputs)])
        wanted = outputs if forward_mode else inputs
        for i, slot in enumerate(wanted):
            answers[k * len(wanted) + i] = found[slot] + 0.0  # so that it is never -0.0
    return broken


def broken_guard(tape: Tape, values: Sequence[float]) -> int:
    """The first guard that does not hold, or -1."""
    for i, (sign, x, y, outcome) in enumerate(tape.guards):
        if HOLDS[sign](values[x], values[y]) is not outcome:
            return i
    return -1


def replay(tape: Tape, job: Replay) -> tuple[int, int] | None:
    """Do what `job` asks for; (guard, sample) of the first guard that does not hold, or None."""
    uniform, varying, outputs = tape.uniform_inputs, tape.varying_inputs, len(tape.outputs)
    leaves = dict(zip(uniform, job.uniform))
    steps = list(tape.rows())
    for sample in range(job.samples):
        leaves.update(zip(varying, _sample(job.varying, sample)))
        values = forward(tape, leaves, steps=steps)
        broken = broken_guard(tape, values)
        if broken >= 0:
            return broken, sample
        for k, slot in enumerate(tape.outputs):
            job.results[sample * outputs + k] = values[slot]
            job.totals[k] += values[slot]
        moved = job.seeds is not None or job.uniform_rates is not None
        rows = linearized(steps, values) if moved else []
        if job.seeds is not None:
            adjoints = reverse(tape, rows, job.seeds)
            for k, slot in enumerate(uniform):
                job.uniform_gradient[k] += adjoints[slot]
            slots = iter(varying)
            for gradient, (_, width) in zip(job.varying_gradients, job.varying):
                for k in range(sample * width, (sample + 1) * width):
                    gradient[k] += adjoints[next(slots)]  # to 0.0, so that it is never -0.0
        if job.uniform_rates is not None:
            directions = dict(zip(uniform, job.uniform_rates))
            directions.update(zip(varying, _sample(job.varying_rates, sample)))
            rates = tangents(tape, rows, directions)
            for k, slot in enumerate(tape.outputs):
                job.rates[sample * outputs + k] = rates[slot]
    return None


def _sample(batches: Sequence[tuple[Sequence[float], int]], i: int) -> list[float]:
    """The numbers of sample `i` in batches of (numbers, how many make a sample)."""
    return [x for numbers, width in batches for x in numbers[i * width : (i + 1) * width]]
