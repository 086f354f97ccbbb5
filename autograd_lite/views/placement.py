"""Placement: how far down each item stands, once its column is in order.

Every link pulls its two items together like a spring, most of all the lanes of a long wire. A
column at a time is settled exactly for the pull of its neighbours (the nearest positions in the
given order, with the distances kept). Then long wires and chains are made straight, each one a rod
that moves as a whole.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite.views.layout import Mesh, Wire

BOX_GAP = 18.0  # between boxes
LANE_GAP = 6.0  # between lines side by side
SIDE_GAP = 10.0  # between a line and a box
SNAP = 6.0  # a wire that is out of line by no more than this becomes straight
SMALL, LARGE = 2_000, 8_000  # items and links from which on there is time for fewer rounds


def place(mesh: Mesh, wires: list[Wire]) -> list[float]:
    """The middle of each item, from the top of the picture."""
    items = len(mesh.size)
    work = items + len(mesh.links)
    rounds = 10 if work < SMALL else 3 if work < LARGE else 1
    gaps = [[_gap(mesh, a, b) for a, b in zip(c, c[1:])] for c in mesh.columns]
    middle = [0.0] * items
    for column, gap in zip(mesh.columns, gaps):
        place_now = 0.0
        for item, step in zip(column, [0.0, *gap]):
            place_now += step
            middle[item] = place_now
        for item in column:
            middle[item] -= place_now / 2
    weights = [_weight(mesh, link) for link in mesh.links]
    for step in range(rounds):
        _sweep(mesh, gaps, weights, middle, True, step)
        _sweep(mesh, gaps, weights, middle, False, step)
    _straighten(mesh, gaps, weights, middle, rounds)
    top = min(middle[i] - mesh.size[i] / 2 for i in range(items))
    return [place_now - top for place_now in middle]


def _gap(mesh: Mesh, above: int, below: int) -> float:
    """The least distance between the middles of two neighbours."""
    half = (mesh.size[above] + mesh.size[below]) / 2
    lanes = (above >= mesh.boxes) + (below >= mesh.boxes)
    if lanes == 2:
        return half + (LANE_GAP if mesh.owner[above] == mesh.owner[below] else LANE_GAP + 4)
    return half + (SIDE_GAP if lanes else BOX_GAP)


def _weight(mesh: Mesh, link: tuple[int, int, float, float]) -> float:
    left, right = link[0], link[1]
    lanes = (left >= mesh.boxes) + (right >= mesh.boxes)
    if lanes:
        return 8.0 if lanes == 2 else 2.0
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
        >>> from autograd_lite.views.placement import settle
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


def _rods(mesh: Mesh) -> tuple[list[int], list[float]]:
    """The rod of each item and its shift from the rod's position.

    Rods are the lanes of a wire, and boxes joined by a wire that is the only one on both sides.
    Two links of a rod never cross, so there is an order of all rods from top to bottom.
    """
    links, boxes = mesh.links, mesh.boxes
    rank = [0] * len(mesh.size)
    for column in mesh.columns:
        for place_now, item in enumerate(column):
            rank[item] = place_now
    rod = list(range(len(mesh.size)))
    shift = [0.0] * len(mesh.size)
    for column in mesh.columns:
        lowest = -1
        for item in column:
            for k in mesh.out_of[item]:
                left, right, at_left, at_right = links[k]
                stiff = (left >= boxes or len(mesh.out_of[left]) == 1) and (
                    right >= boxes or len(mesh.into[right]) == 1
                )
                if stiff and rank[right] > lowest:
                    lowest = rank[right]
                    rod[right] = rod[left]
                    shift[right] = shift[left] + at_left - at_right
    return rod, shift


def _straighten(
    mesh: Mesh,
    gaps: list[list[float]],
    weights: list[float],
    middle: list[float],
    rounds: int,
) -> None:
    """Put all items of a rod in line, then let rods move where their links pull them."""
    rod, shift = _rods(mesh)
    members: dict[int, list[int]] = {}
    for column in mesh.columns:
        for item in column:
            members.setdefault(rod[item], []).append(item)
    position = {}
    for name, items in members.items():
        total = 0.0
        for item in items:
            total += middle[item] - shift[item]
        position[name] = total / len(items)
    above: dict[int, list[tuple[int, float]]] = {name: [] for name in members}
    below: dict[int, list[tuple[int, float]]] = {name: [] for name in members}
    for column, gap in zip(mesh.columns, gaps):
        for one, two, step in zip(column, column[1:], gap):
            step += shift[one] - shift[two]
            above[rod[two]].append((rod[one], step))
            below[rod[one]].append((rod[two], step))
    ordered = _from_top(above, below)
    lower, upper = dict(position), dict(position)
    for name in ordered:
        for other, step in above[name]:
            lower[name] = max(lower[name], lower[other] + step)
    for name in reversed(ordered):
        for other, step in below[name]:
            upper[name] = min(upper[name], upper[other] - step)
    for name in ordered:  # both keep all distances, so their mean does
        position[name] = (lower[name] + upper[name]) / 2
    pulls: dict[int, list[tuple[int, float, float]]] = {name: [] for name in members}
    for k, (left, right, at_left, at_right) in enumerate(mesh.links):
        one, two = rod[left], rod[right]
        if one != two:
            apart = shift[left] + at_left - shift[right] - at_right
            pulls[one].append((two, -apart, weights[k]))
            pulls[two].append((one, apart, weights[k]))
    for step_number in range(2 * rounds):
        for name in ordered if step_number % 2 else reversed(ordered):
            if pulls[name]:
                total = mass = 0.0
                for other, apart, weight in pulls[name]:
                    total += weight * (position[other] + apart)
                    mass += weight
                _move(name, total / mass, position, above, below)
    for name in ordered:
        wanted = sorted((position[other] + apart, weight) for other, apart, weight in pulls[name])
        if wanted:
            near = min(wanted, key=lambda pair: abs(pair[0] - position[name]))[0]
            if abs(near - position[name]) <= SNAP:
                _move(name, near, position, above, below)
    for name, items in members.items():
        for item in items:
            middle[item] = position[name] + shift[item]


def _move(
    name: int,
    wanted: float,
    position: dict[int, float],
    above: dict[int, list[tuple[int, float]]],
    below: dict[int, list[tuple[int, float]]],
) -> None:
    """Move a rod towards `wanted`, as far as there is room."""
    for other, step in above[name]:
        wanted = max(wanted, position[other] + step)
    for other, step in below[name]:
        if wanted > position[other] - step:
            wanted = position[other] - step
    position[name] = wanted


def _from_top(
    above: dict[int, list[tuple[int, float]]], below: dict[int, list[tuple[int, float]]]
) -> list[int]:
    """Rods, each after all that stand above it."""
    missing = {name: len(others) for name, others in above.items()}
    ready = [name for name, count in missing.items() if not count]
    for name in ready:
        for other, _ in below[name]:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return ready
