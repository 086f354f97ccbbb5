"""The reference interpreter of tapes: it does what they say and no more, one sample after another.

The native engine brings a fast one; where there is none, and for custom primitives, this one runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..primitive import Primitive, partials_at, value_at
from .tape import Tape
from .trace import HOLDS

if TYPE_CHECKING:
    from .replay import Replay


def forward(
    tape: Tape,
    leaves: dict[int, Any],
    evaluate: Callable[[Primitive, list[Any]], Any] = value_at,
) -> list[Any]:
    """The numbers of all slots; or Values, by an `evaluate` that does a primitive on Values.

    Args:
        leaves: what is in the slots of captured leaves and of inputs.
    """
    values: list[Any] = [0.0] * tape.slots
    for slot, x in (tape.constants | leaves).items():
        values[slot] = x
    for instruction, out, slots in tape.rows():
        values[out] = evaluate(instruction.op, [values[slot] for slot in slots])
    return values


def reverse(tape: Tape, values: Sequence[float], seeds: Sequence[float]) -> list[float]:
    """The gradient of the outputs, weighted by `seeds`, with respect to all slots."""
    adjoints = [-0.0] * tape.slots  # -0.0 + x is x, for every x
    for slot, seed in zip(tape.outputs, seeds):
        adjoints[slot] += seed
    for instruction, out, slots in reversed(list(tape.rows())):
        gradient = adjoints[out]
        operands = [values[slot] for slot in slots]
        for slot, partial in zip(slots, partials_at(instruction.op, values[out], operands)):
            if not (instruction.masked and (gradient == 0.0 or partial == 0.0)):
                adjoints[slot] += gradient * partial
    return adjoints


def tangents(tape: Tape, values: Sequence[float], directions: dict[int, float]) -> list[float]:
    """How fast all slots change when some change at the rates in `directions`."""
    rates = [0.0] * tape.slots
    for slot, rate in directions.items():
        rates[slot] += rate
    for instruction, out, slots in tape.rows():
        operands = [values[slot] for slot in slots]
        rate = 0.0
        for slot, partial in zip(slots, partials_at(instruction.op, values[out], operands)):
            if rates[slot] != 0.0 and not (instruction.masked and partial == 0.0):
                rate += rates[slot] * partial
        rates[out] = rate
    return rates


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
    for sample in range(job.samples):
        leaves.update(zip(varying, _sample(job.varying, sample)))
        values = forward(tape, leaves)
        broken = broken_guard(tape, values)
        if broken >= 0:
            return broken, sample
        for k, slot in enumerate(tape.outputs):
            job.results[sample * outputs + k] = values[slot]
            job.totals[k] += values[slot]
        if job.seeds is not None:
            adjoints = reverse(tape, values, job.seeds)
            for k, slot in enumerate(uniform):
                job.uniform_gradient[k] += adjoints[slot]
            slots = iter(varying)
            for gradient, (_, width) in zip(job.varying_gradients, job.varying):
                for k in range(sample * width, (sample + 1) * width):
                    gradient[k] += adjoints[next(slots)]  # to 0.0, so that it is never -0.0
        if job.uniform_rates is not None:
            directions = dict(zip(uniform, job.uniform_rates))
            directions.update(zip(varying, _sample(job.varying_rates, sample)))
            rates = tangents(tape, values, directions)
            for k, slot in enumerate(tape.outputs):
                job.rates[sample * outputs + k] = rates[slot]
    return None


def _sample(batches: Sequence[tuple[Sequence[float], int]], i: int) -> list[float]:
    """The numbers of sample `i` in batches of (numbers, how many make a sample)."""
    return [x for numbers, width in batches for x in numbers[i * width : (i + 1) * width]]
