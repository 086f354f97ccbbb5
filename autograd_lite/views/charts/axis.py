"""Axis: where numbers stand along the side of a chart, and which round ones are written there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..text import number

HUGE = 1e300  # what lies beyond stands at the end of the axis


@dataclass(frozen=True)
class Axis:
    """The numbers along a side of a chart.

    Attributes:
        low, high: its ends (their logarithms if it is logarithmic).
        log: whether it is.
        ticks, texts: where numbers stand, and how they are written.

    >>> from autograd_lite.views.charts.axis import Axis
    >>> Axis.of([0.1, 0.93]).texts, Axis.of([0.003, 20.0], log=True).texts
    (['0', '0.5', '1'], ['0.01', '0.1', '1', '10'])
    """

    low: float
    high: float
    log: bool
    ticks: list[float]
    texts: list[str]

    @classmethod
    def of(cls, values: Iterable[float], log: bool = False, most: int = 4) -> Axis:
        """An axis for some finite numbers, with about `most` ticks at round places."""
        least = 1.0 / HUGE if log else -HUGE
        numbers = [min(max(value, least), HUGE) for value in values]
        low, high = min(numbers), max(numbers)
        if log:
            a, b = math.log10(low), math.log10(high)
            if b - a < 0.2:
                a, b = a - 0.1, b + 0.1
            step = max(1, math.ceil((b - a) / most))
            places = range(math.ceil(a - 1e-9), math.floor(b + 1e-9) + 1)
            ticks = [10.0**power for power in places if power % step == 0]
            if b - a < 2.0:  # too few whole powers
                powers = range(math.floor(a), min(math.ceil(b) + 1, 309))
                rounds = [m * 10.0**power for power in powers for m in (1, 2, 5)]
                ticks = [t for t in rounds if t and a <= math.log10(t) <= b] or [low, high]
            return cls(a, b, True, ticks, _texts(ticks))
        if 0.0 < low < 0.6 * high:
            low = 0.0
        elif 0.6 * low < high < 0.0:
            high = 0.0
        ticks = _round_steps(low, high, most)
        return cls(min(low, ticks[0]), max(high, ticks[-1]), False, ticks, _texts(ticks))

    def share(self, value: float) -> float:
        """Where `value` is, from 0 to 1."""
        place = math.log10(value) if self.log else value
        half = 0.5 * self.high - 0.5 * self.low  # the difference itself may overflow
        return min(max((0.5 * place - 0.5 * self.low) / half, 0.0), 1.0)


def _texts(ticks: list[float]) -> list[str]:
    return [number(tick, 6) for tick in ticks]  # ticks close to one another differ far back


def _round_steps(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from below `low` to above `high`."""
    if not high > low:
        spread = abs(low) * 0.5 or 1.0
        low, high = low - spread, high + spread
    raw = high / most - low / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((m * power for m in (1.0, 2.0, 5.0) if m * power >= raw * 0.999), 10.0 * power)
    begin, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{k * step:.12g}") for k in range(begin, end + 1)]
