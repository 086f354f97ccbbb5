"""Stretching: a flat picture takes the shape of the stage that it stands on.

Boxes keep their size and move apart; lines keep their level ends, so they stay S-curves between
their boxes, and what lay between two lines lies between them still.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from .layered import Layout, Route
from .mesh import Wire

Point = tuple[float, float]

MOST = 1.8  # times as far apart, at most
HALVINGS = 30  # of a piece of a line, to find the place on it at some x


def stretched(
    placed: Layout, sizes: Sequence[Point], wires: Sequence[Wire], height: float
) -> Layout:
    """The same picture, as high as wanted or a part of the way there.

    Pictures in several rows stay as they are, and those whose labels would meet.

    >>> from autograd_lite.views.layout.layered import layout
    >>> sizes, wires = [(100.0, 60.0)] * 3, [Wire(0, 2), Wire(1, 2)]
    >>> flat = layout(sizes, wires)
    >>> flat.height, stretched(flat, sizes, wires, 200.0).height
    (138.0, 200.0)
    """
    middles = [y + size[1] / 2 for (_, y), size in zip(placed.places, sizes)]
    first, span = min(middles), max(middles) - min(middles)
    turns = any(b[0] < a[0] for route in placed.routes for a, b in _ends(route))
    if height <= placed.height or span == 0.0 or turns:
        return placed
    factor = min(MOST, 1.0 + (height - placed.height) / span)

    def moved(y: float) -> float:
        return first + (y - first) * factor

    places = [
        (x, _half(moved(middle) - size[1] / 2))
        for (x, _), middle, size in zip(placed.places, middles, sizes)
    ]
    shifts = [after[1] - before[1] for after, before in zip(places, placed.places)]
    routes = []
    for route, wire in zip(placed.routes, wires):
        points = [(x, _half(moved(y))) for x, y in route.points]
        for i in (0, 1):
            points[i] = (points[i][0], route.points[i][1] + shifts[wire.source])
        for i in (-2, -1):
            points[i] = (points[i][0], route.points[i][1] + shifts[wire.target])
        label = route.label
        if label:
            by = _at(points, label[0]) - _at(route.points, label[0])
            label = (label[0], _half(label[1] + by))
        routes.append(Route(points, label))
    if _meet(routes, wires):
        return placed
    lowest = [y + size[1] for (_, y), size in zip(places, sizes)]
    for route, wire in zip(routes, wires):
        lowest += [y for _, y in route.points]
        if route.label:
            lowest.append(route.label[1] + wire.label_height / 2)
    return Layout(places, routes, placed.width, max(lowest))


def _ends(route: Route) -> list[tuple[Point, Point]]:
    """The start and the end of each piece of a line."""
    return list(zip(route.points[:-1:3], route.points[3::3]))


def _half(y: float) -> float:
    return round(2 * y) / 2


def _at(points: Sequence[Point], x: float) -> float:
    """How far down a line is at `x`."""
    i = next((i for i in range(0, len(points) - 4, 3) if x <= points[i + 3][0]), len(points) - 4)
    (a, b, c, d) = points[i : i + 4]

    def bezier(t: float, axis: int) -> float:
        s = 1.0 - t
        return (
            s * s * s * a[axis]
            + 3 * s * s * t * b[axis]
            + 3 * s * t * t * c[axis]
            + t * t * t * d[axis]
        )

    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if bezier(middle, 0) < x else (low, middle)
    return bezier((low + high) / 2, 1)


def _meet(routes: Sequence[Route], wires: Sequence[Wire]) -> bool:
    """Whether two labels overlap."""
    labels = [
        (route.label, wire.label_width, wire.label_height)
        for route, wire in zip(routes, wires)
        if route.label
    ]
    return any(
        abs(p[0] - q[0]) < (w + v) / 2 and abs(p[1] - q[1]) < (h + k) / 2
        for (p, w, h), (q, v, k) in combinations(labels, 2)
    )
