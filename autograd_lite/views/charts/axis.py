"""Axis: where numbers stand along the side of a chart, and which round ones are written there."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ..text import number

LARGEST = sys.float_info.max
LEAST_POWER = -323  # 10.0 to a lower power is 0
DIGITS, ALL_DIGITS = 6, 17  # of a number beside an axis, or more; so many tell all floats apart


class Tick(NamedTuple):
    """A round number beside an axis, and how it is written."""

    value: float
    text: str


class Step(NamedTuple):
    """The distance between two ticks: 1, 2 or 5 times a power of ten."""

    first: int
    power: int

    @classmethod
    def of(cls, low: float, high: float, most: int) -> Step:
        """The least step that takes about `most` ticks from `low` to `high`."""
        raw = high / most - low / most
        power = max(math.floor(math.log10(raw)), LEAST_POWER) if raw else LEAST_POWER
        for first in (1, 2, 5):
            if first * 10.0**power >= raw * 0.999:
                return cls(first, power)
        return cls(1, power + 1)

    @property
    def size(self) -> float:
        return self.first * 10.0**self.power

    def ticks(self, begin: int, end: int) -> list[Tick]:
        """The multiples from `begin` to `end` that are floats of their own.

        Neighbours differ in the last digit of the step, so each is written as far as that.

        >>> Step(1, -7).ticks(12345671, 12345672)
        [Tick(value=1.2345671, text='1.2345671'), Tick(value=1.2345672, text='1.2345672')]
        """
        digits = len(str(max(abs(begin), abs(end)) * self.first))
        digits = min(max(digits, DIGITS), ALL_DIGITS)
        values = (float(f"{k * self.first}e{self.power}") for k in range(begin, end + 1))
        distinct = dict.fromkeys(x for x in values if math.isfinite(x))
        return [Tick(x, number(x, digits)) for x in distinct]


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
        numbers = list(values)
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
                ticks = [t for t in rounds if t and a <= math.log10(t) <= b]
                ticks = ticks or sorted({low, high})
            return cls(a, b, True, ticks, _texts(ticks))
        if 0.0 < low < 0.6 * high:
            low = 0.0
        elif 0.6 * low < high < 0.0:
            high = 0.0
        if not high > low:
            spread = abs(low) * 0.5 or 1.0
            around = max(low - spread, -LARGEST), min(high + spread, LARGEST)
        else:
            around = low, high
        beside = _around(*around, Step.of(*around, most))
        ticks, texts = [tick.value for tick in beside], [tick.text for tick in beside]
        return cls(min(low, ticks[0]), max(high, ticks[-1]), False, ticks, texts)

    def share(self, value: float) -> float:
        """Where `value` is, from 0 to 1."""
        place = math.log10(value) if self.log else value
        half = 0.5 * self.high - 0.5 * self.low  # the difference itself may overflow
        return min(max((0.5 * place - 0.5 * self.low) / half, 0.0), 1.0)


def _texts(ticks: list[float]) -> list[str]:
    """Numbers with as many digits as tell them apart."""
    for digits in range(DIGITS, ALL_DIGITS + 1):
        texts = [number(tick, digits) for tick in ticks]
        if len(set(texts)) == len(set(ticks)):
            break
    return texts


def _around(low: float, high: float, step: Step) -> list[Tick]:
    """The ticks from below `low` to above `high`."""
    begin, end = math.floor(low / step.size + 1e-9), math.ceil(high / step.size - 1e-9)
    return step.ticks(begin, end)


def inside(low: float, high: float, most: int = 5) -> list[Tick]:
    """About `most` ticks from `low` to `high`, none of them outside.

    >>> [tick.value for tick in inside(-2.0, 2.0)], [tick.text for tick in inside(0.1, 0.93)]
    ([-2.0, -1.0, 0.0, 1.0, 2.0], ['0.2', '0.4', '0.6', '0.8'])
    """
    step = Step.of(low, high, most)
    begin, end = math.ceil(low / step.size - 1e-9), math.floor(high / step.size + 1e-9)
    return step.ticks(begin, end)
