"""Tapes for samples side by side, made of those for one sample; see chain_lanes.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .lane_blocks import Column
from .schedule import schedule
from .simplify import DOT, INPUT, Graph, mask, prune
from .tape import Tape

UNREAD = "unread", 0


class NotInLanes(Exception):
    """These samples must go through the chain one after another, which also says which guard does
    not hold, and for which sample."""


def rescheduled(tape: Tape, inputs: Sequence[tuple[str, int]], batched: Sequence[bool]) -> Tape:
    """A tape of the same operations, with other inputs.

    Args:
        tape: it has no captured leaves.
        inputs: what each is: ("input", which one of the tape's), ("weight", of which output), or
            ("unread", 0). With weights the result is the sum of the outputs times theirs, and there
            are no guards.
        batched: which of them differ from sample to sample.
    """
    graph = Graph(tape.reorder)
    place = {slot: graph.constant(x) for slot, x in tape.constants.items()}
    weights: dict[int, int] = {}
    for kind, i in inputs:
        graph.inputs.append(graph.add(INPUT, (), 0.0))
        if kind == "input":
            place[tape.inputs[i]] = graph.inputs[-1]
        elif kind == "weight":
            weights[i] = graph.inputs[-1]
    for instruction, out, slots in tape.rows():
        place[out] = graph.add(instruction.op, tuple([place[slot] for slot in slots]), 0.0)
    graph.outputs = [place[slot] for slot in tape.outputs]
    if weights:
        pairs = *[graph.outputs[k] for k in weights], *weights.values()
        graph.outputs = [graph.add(DOT, pairs, 0.0)]
    else:
        graph.guards = [
            (sign, place[x], place[y], outcome, "") for sign, x, y, outcome in tape.guards
        ]
    return schedule(mask(prune(graph)), batched, {})


class Pulls(dict[tuple[int, ...], Any]):
    """For outputs of a tape, a replay for the gradient of their weighted sum; made when asked for.

    Args:
        made: gives the replay for these outputs.
    """

    def __init__(self, made: Callable[[tuple[int, ...]], Any]) -> None:
        self._made = made

    def __missing__(self, outputs: tuple[int, ...]) -> Any:
        self[outputs] = found = self._made(outputs)
        return found


def refuse_nan(columns: Iterable[Column]) -> None:
    """Raise where there is a nan in a gradient.

    A weight may be 0, and what it weighs have a derivative of inf: one sample after another, what
    is not asked for passes nothing on.
    """
    if any(math.isnan(sum(column)) for column in columns):
        raise NotInLanes
