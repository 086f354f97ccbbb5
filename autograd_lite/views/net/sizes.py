"""Sizes: how wide and how dark what a net carries is drawn, from 0 to 1000."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ...ieee import fsum
from .net import Disc, Hair, Net

MODES = ("gradient", "weight", "activation")  # what widths and colours show; the first is drawn
MOST = 1000
THICK = 6.4  # pixels
COVERED = 1.5  # so many times its height the hairs to a layer may cover, side by side
Sizes = list["int | None"]  # with the sign of the number; None for one that is not finite


def modes_of(net: Net) -> list[str]:
    """The modes that there is something to show in."""
    return [mode for mode in MODES if mode != "gradient" or net.has_gradients]


def carried(hair: Hair, mode: str) -> float | None:
    """What a hair carries: back to its source, by itself, or forward into the sum."""
    if mode == "gradient":
        return hair.carried
    return hair.weight if mode == "weight" else hair.product


def shown(net: Net, disc: Disc, mode: str) -> float | None:
    """What a disc shows: the derivative of the result with respect to its value, or the value."""
    return derivative(net, disc) if mode == "gradient" else disc.value


def derivative(net: Net, disc: Disc) -> float | None:
    """The gradient; for a number of the program, which has none, what its hairs bring together."""
    if disc.is_constant and net.has_gradients:
        return fsum(net.hairs[k].carried or 0.0 for k in disc.out)
    return disc.gradient


def hair_sizes(net: Net, mode: str) -> Sizes:
    """The size of each hair: beside the largest of all, or of those to one column (activation)."""
    numbers = [0.0 if (x := carried(hair, mode)) is None else x for hair in net.hairs]
    if mode != "activation":
        return _sizes(numbers, _largest(numbers[k] for k in net.drawn))
    columns = [net.discs[hair.target].column for hair in net.hairs]
    most = [
        _largest(numbers[k] for k in net.drawn if columns[k] == column)
        for column in range(len(net.columns))
    ]
    return [_size(x, most[column]) for x, column in zip(numbers, columns)]


def thickness(net: Net, mode: str, tall: float) -> float:
    """The width of the widest hair, above that of the thinnest; less where all would be wide.

    Args:
        net, mode: whose hairs.
        tall: the height of the highest column, of which the hairs to a layer may cover a share.
    """
    inked = [0.0] * len(net.columns)
    sizes = hair_sizes(net, mode)
    for k in net.drawn:
        inked[net.discs[net.hairs[k].target].column] += abs(sizes[k] or 0) / MOST
    return round(max(min(THICK, COVERED * tall / max(*inked, 1.0)), THICK / 4), 2)


def disc_sizes(net: Net, mode: str) -> Sizes:
    """The size of each disc: of gradients beside the largest of all, of values in its column."""
    numbers = [0.0 if (x := shown(net, disc, mode)) is None else x for disc in net.discs]
    if mode == "gradient":
        return _sizes(numbers, _largest(numbers))
    most = [_largest(numbers[k] for k in column) for column in net.columns]
    return [_size(x, most[disc.column]) for x, disc in zip(numbers, net.discs)]


def _sizes(numbers: Sequence[float], most: float) -> Sizes:
    return [_size(x, most) for x in numbers]


def _largest(numbers: Iterable[float]) -> float:
    return max((abs(x) for x in numbers if math.isfinite(x)), default=0.0)


def _size(x: float, most: float) -> int | None:
    """A square root, so that small ones are seen; at least 1 unless x is 0.

    Only a bias, which is not drawn, may be larger than the largest.
    """
    if not math.isfinite(x):
        return None
    if x == 0.0:
        return 0
    share = abs(x) / most if most else 1.0
    return (1 if x > 0.0 else -1) * max(round(MOST * math.sqrt(share)), 1)
