"""Where an operation has no derivative, and the number that stands for it is a choice."""

from __future__ import annotations

import math
from typing import Any

from ...primitive import is_value, value_at

STEP = 1e-7  # by which an operand is moved to see whether the slope jumps
LEAST = 1e-300  # steps below have no digits left


def place_in_args(node: Any, k: int) -> int:
    """The place of the k-th parent among all operands, constants included."""
    return [place for place, x in enumerate(node.args) if is_value(x)][k]


def kink(node: Any, k: int) -> str:
    """How a node misses the local derivative of its k-th parent: "has a kink", "jumps", or "".

    The operands hold what they held when the node was recorded (see `recorded.as_recorded`). The
    parent is moved a little to either side. A change that does not shrink with the move is a
    jump; slopes that differ on both sides, however small the move, make a kink.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.formula.kinks import kink
    >>> kink(Value(0.0).relu(), 0), kink(Value(0.1).relu(), 0), kink(Value(2.0).floor(), 0)
    ('has a kink', '', 'jumps')
    """
    numbers = [x.data if is_value(x) else float(x) for x in node.args]
    place = place_in_args(node, k)
    at, result = numbers[place], node.data
    if not all(map(math.isfinite, (at, result, node.partials[k]))):
        return ""
    far = STEP * min(1.0, abs(at) or 1.0)
    if far < LEAST:
        return ""

    def change(step: float) -> tuple[float, float]:
        """Of the result, and per step."""
        there = at + step
        numbers[place] = there
        moved = value_at(node.op, numbers) - result
        return moved, moved / (there - at) if there != at else 0.0

    (down, left), (up, right), (near_down, near_left), (near_up, near_right) = map(
        change, (-far, far, -far / 8.0, far / 8.0)
    )
    noise = 64.0 * math.ulp(result)
    for move, near in ((down, near_down), (up, near_up)):
        if noise < abs(move) < 2.0 * abs(near):
            return "jumps"
    bend, near_bend = abs(right - left), abs(near_right - near_left)
    least = 1e-6 * max(1.0, abs(left), abs(right)) + 8.0 * noise / far
    return "has a kink" if least < bend < 2.0 * near_bend < math.inf else ""
