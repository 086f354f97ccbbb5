"""Placement: how far down each item stands, once its column is in order.

Every link pulls its two items together like a spring, most of all the tracks of a long wire. A
column at a time is settled exactly for the pull of its neighbours (the nearest positions in the
given order, with the distances kept). Then long wires and chains are made straight, each one a rod
that moves as a whole; the longest path is one of them, the spine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .mesh import Mesh

BOX_GAP = 18.0  # between boxes
TRACK_GAP = 6.0  # between lines side by side
SIDE_GAP = 10.0  # between a line and a box
SNAP = 6.0  # a wire that is out of line by no more than this becomes straight,
SLACK = 2.0  # a long one even if some distances get smaller by so much
SMALL, LARGE = 2_000, 8_000  # items and links from which on there is time for fewer rounds


def place(mesh: Mesh, spine: Sequence[int] = (), cuts: Sequence[int] = ()) -> list[float]:
    """The middle of each item, from the top of the picture; the boxes of `spine` are in line.

    Args:
        mesh: boxes and tracks, each column in order.
        spine: the wires of the path that is straight.
        cuts: the gaps at which rows of columns end: links there do not pull.
    """
    items = len(mesh.size)
    work = items + len(mesh.links)
    rounds = 10 if work < SMALL else 3 if work < LARGE else 1
    gaps = [[_gap(mesh, a, b) for a, b in pairwise(c)] for c in mesh.columns]
    middle = [0.0] * items
    for column, gap in zip(mesh.columns, gaps):
        place_now = 0.0
        for item, step in zip(column, [0.0, *gap]):
            place_now += step
            middle[item] = place_now
        for item in column:
            middle[item] -= place_now / 2
    weights = [_weight(mesh, link) for link in mesh.links]
    for cut in cuts:
        for item in mesh.columns[cut]:
            for k in mesh.out_of[item]:
                weights[k] = 0.0
    for step in range(rounds):
        _sweep(mesh, gaps, weights, middle, True, step)
        _sweep(mesh, gaps, weights, middle, False, step)
    _straighten(mesh, gaps, weights, middle, rounds, spine)
    top = min(middle[i] - mesh.size[i] / 2 for i in range(items))
    return [place_now - top for place_now in middle]


def _gap(mesh: Mesh, above: int, below: int) -> float:
    """The least distance between the middles of two neighbours."""
    half = (mesh.size[above] + mesh.size[below]) / 2
    tracks = (above >= mesh.boxes) + (below >= mesh.boxes)
    if tracks == 2:
        return half + (TRACK_GAP if mesh.owner[above] == mesh.owner[below] else TRACK_GAP + 4)
    return half + (SIDE_GAP if tracks else BOX_GAP)


def _weight(mesh: Mesh, link: tuple[int, int, float, float]) -> float:
    left, right = link[0], link[1]
    tracks = (left >= mesh.boxes) + (right >= mesh.boxes)
    if tracks:
        return 8.0 if tracks == 2 else 2.0
    return 4.0 if len(mesh.out_of[left]) == 1 and len(mesh.into[right]) == 1 else 1.0


def _sweep(
    mesh: Mesh,
    gaps: list[list[float]],
    weights: list[float],
    middle: list[float],
    forward: bool,
    step: int,
) -> None:
    """Settle one column after another; at first by the column before it only, later by both."""
    links, into, out_of = mesh.links, mesh.into, mesh.out_of
    count = len(mesh.columns)
    for index in range(count) if forward else range(count - 1, -1, -1):
        column = mesh.columns[index]
        wanted = []
        strength = []
        for item in column:
            total = weight = 0.0
            if step or forward or not out_of[item]:
                for k in into[item]:
                    left, _, at_left, at_right = links[k]
                    total += weights[k] * (middle[left] + at_left - at_right)
                    weight += weights[k]
            if step or not forward or not into[item]:
                for k in out_of[item]:
                    _, right, at_left, at_right = links[k]
                    total += weights[k] * (middle[right] + at_right - at_left)
                    weight += weights[k]
            wanted.append(total / weight if weight else middle[item])
            strength.append(weight or 0.01)
        for item, settled in zip(column, settle(wanted, strength, gaps[index])):
            middle[item] = settled


def settle(wanted: list[float], strength: list[float], gaps: list[float]) -> list[float]:
    """The positions nearest to `wanted` by weighted squares that keep order and gaps; exact.

    Neighbours that would come too close form a group that stands at its mean (isotonic regression
    by pooling).

    Example:
        >>> from autograd_lite.views.layout.placement import settle
        >>> settle([0.0, 0.0, 9.0], [1.0, 1.0, 1.0], [2.0, 2.0])
        [-1.0, 1.0, 9.0]
    """
    means: list[float] = []
    masses: list[float] = []
    counts: list[int] = []
    shift = 0.0
    for index, target in enumerate(wanted):
        if index:
            shift += gaps[index - 1]
        mean, mass, count = target - shift, strength[index], 1
        while means and means[-1] > mean:
            before = masses.pop()
            mean = (means.pop() * before + mean * mass) / (before + mass)
            mass += before
            count += counts.pop()
        means.append(mean)
        masses.append(mass)
        counts.append(count)
    result = []
    shift = 0.0
    index = 0
    for mean, count in zip(means, counts):
        for _ in range(count):
            if index:
                shift += gaps[index - 1]
            result.append(mean + shift)
            index += 1
    return result


@dataclass(slots=True)
class Rods:
    """Items that move as one: the tracks of a wire; boxes joined by a wire that is their only one.

    A rod has the number of its leftmost item.

    Attributes:
        rod, shift: for each item its rod, and how far below the rod's position it is.
        position: of each rod.
        above, below: for each rod its neighbours with the distance to keep from them.
        pulls: for each rod what its links join it to: the rod, how far from it a straight link
            would put this one, the strength.
        ordered: the rods, each after all that stand above it.
    """

    rod: list[int]
    shift: list[float]
    position: list[float]
    above: list[list[tuple[int, float]]]
    below: list[list[tuple[int, float]]]
    pulls: list[list[tuple[int, float, float]]]
    ordered: list[int]


def _straighten(
    mesh: Mesh,
    gaps: list[list[float]],
    weights: list[float],
    middle: list[float],
    rounds: int,
    spine: Sequence[int],
) -> None:
    """Put all items of a rod in line, then let rods move where their links pull them."""
    rods = _make_rods(mesh, gaps, weights, _followed(mesh, spine))
    _align(rods, middle)
    position, pulls = rods.position, rods.pulls
    for turn in range(2 * rounds):
        for name in rods.ordered if turn % 2 else reversed(rods.ordered):
            if pulls[name]:
                total = mass = 0.0
                for other, apart, weight in pulls[name]:
                    total += weight * (position[other] + apart)
                    mass += weight
                _move(rods, name, total / mass)
    for turn in range(2 if rounds > 1 else 1):
        for name in rods.ordered if turn else reversed(rods.ordered):
            nearly = [
                (-weight, abs(position[other] + apart - position[name]), position[other] + apart)
                for other, apart, weight in pulls[name]
                if abs(position[other] + apart - position[name]) <= SNAP
            ]
            if nearly:
                best = min(nearly)
                _move(rods, name, best[2], SLACK if best[0] < -1.0 else 0.0)
    for item, name in enumerate(rods.rod):
        middle[item] = position[name] + rods.shift[item]


def _followed(mesh: Mesh, spine: Sequence[int]) -> dict[int, int]:
    """For each item of the spine the next one; it is broken where a wire goes around."""
    after: dict[int, int] = {}
    for wire in spine:
        tracks = mesh.tracks[wire]
        if tracks is not None:
            source, target = mesh.ends[wire]
            after.update(pairwise([source, *tracks, target]))
    return after


def _make_rods(
    mesh: Mesh, gaps: list[list[float]], weights: list[float], spine: dict[int, int]
) -> Rods:
    """Join items to rods. Two links in rods never cross, so rods have an order from the top."""
    items = len(mesh.size)
    rank = [0] * items
    for column in mesh.columns:
        for place_now, item in enumerate(column):
            rank[item] = place_now
    rod, shift = list(range(items)), [0.0] * items
    for column in mesh.columns:
        lowest = -1
        if not any(weights[k] for item in column for k in mesh.out_of[item]):
            continue  # a row ends here
        limit = next((rank[spine[item]] for item in column if item in spine), items)
        for item in column:
            if item in spine:
                right = spine[item]
                lowest, limit = limit, items
                rod[right], shift[right] = rod[item], shift[item]
                continue
            for k in mesh.out_of[item]:
                left, right, at_left, at_right = mesh.links[k]
                if (
                    lowest < rank[right] < limit
                    and (left >= mesh.boxes or len(mesh.out_of[left]) == 1)
                    and (right >= mesh.boxes or len(mesh.into[right]) == 1)
                ):
                    lowest = rank[right]
                    rod[right] = rod[left]
                    shift[right] = shift[left] + at_left - at_right
    above: list[list[tuple[int, float]]] = [[] for _ in rod]
    below: list[list[tuple[int, float]]] = [[] for _ in rod]
    for column, gap in zip(mesh.columns, gaps):
        for one, two, step in zip(column, column[1:], gap):
            step += shift[one] - shift[two]
            above[rod[two]].append((rod[one], step))
            below[rod[one]].append((rod[two], step))
    pulls: list[list[tuple[int, float, float]]] = [[] for _ in rod]
    for (left, right, at_left, at_right), weight in zip(mesh.links, weights):
        one, two = rod[left], rod[right]
        if one != two and weight:
            apart = shift[left] + at_left - shift[right] - at_right
            pulls[one].append((two, -apart, weight))
            pulls[two].append((one, apart, weight))
    missing = [len(others) for others in above]
    ordered = [k for k, name in enumerate(rod) if name == k and not missing[k]]
    for name in ordered:
        for other, _ in below[name]:
            missing[other] -= 1
            if not missing[other]:
                ordered.append(other)
    return Rods(rod, shift, [0.0] * items, above, below, pulls, ordered)


def _align(rods: Rods, middle: list[float]) -> None:
    """Give each rod the mean position of its items, as far as distances allow.

    Moving rods only down, or only up, until all distances are kept gives two solutions; the mean
    of both keeps all distances as well, and prefers no side.
    """
    position = rods.position
    members = [0] * len(position)
    for item, name in enumerate(rods.rod):
        position[name] += middle[item] - rods.shift[item]
        members[name] += 1
    for name in rods.ordered:
        position[name] /= members[name]
    lower, upper = list(position), list(position)
    for name in rods.ordered:
        for other, step in rods.above[name]:
            if lower[name] < lower[other] + step:
                lower[name] = lower[other] + step
    for name in reversed(rods.ordered):
        for other, step in rods.below[name]:
            if upper[name] > upper[other] - step:
                upper[name] = upper[other] - step
    for name in rods.ordered:
        position[name] = (lower[name] + upper[name]) / 2


def _move(rods: Rods, name: int, wanted: float, slack: float = 0.0) -> None:
    """Move a rod towards `wanted`, as far as there is room; distances may lack `slack`."""
    position = rods.position
    for other, step in rods.above[name]:
        if wanted < position[other] + step - slack:
            wanted = position[other] + step - slack
    for other, step in rods.below[name]:
        if wanted > position[other] - step + slack:
            wanted = position[other] - step + slack
    position[name] = wanted
