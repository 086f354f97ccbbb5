"""Layout: where boxes and wires go; pictures read from the operands to the result.

Boxes stand in columns, so that every wire runs forward. A wire that passes other columns gets a
track of its own in each. The steps follow one another, one file each: columns, the longest path
(`spine`), the order within a column (`ordering`), positions (`placement`), lines and their labels
(`routing`), and where the picture would be too wide, several rows of columns (`wrapping`).
Everything is computed for the direction "right"; "down" is its mirror image.

The result is the same on every machine: no hash order, no chance, nothing from libm, and
coordinates are rounded at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .columns import assign_columns
from .mesh import Wire, build_mesh
from .ordering import order
from .placement import place
from .routing import route_wires
from .spine import longest_path, spread_ports
from .wrapping import PAGE

PART_GAP = 36.0  # between parts that no wire connects
SMALL = 2_000  # boxes and tracks up to which there is time to place rows anew


@dataclass(slots=True)
class Route:
    """The line of a wire.

    Attributes:
        points: the start; then for each cubic Bezier piece two control points and its end.
        label: the centre of its label; None if it has none or no room was left.
    """

    points: list[tuple[float, float]]
    label: tuple[float, float] | None


@dataclass(slots=True)
class Layout:
    """Where everything goes.

    Attributes:
        places: the top left corner of each box.
        routes: one for each wire.
        width, height: of the whole picture; it starts at 0, 0.
    """

    places: list[tuple[float, float]]
    routes: list[Route]
    width: float
    height: float


def layout(
    sizes: Sequence[tuple[float, float]],
    wires: Sequence[Wire],
    direction: str = "right",
    page: tuple[float, float] = PAGE,
) -> Layout:
    """Find places for boxes and lines for wires.

    Args:
        sizes: width and height of each box, in topological order.
        wires: what they are connected by; several may join the same two boxes.
        direction: "right" (operands left, result right) or "down".
        page: width and height of what the picture is to be read on; one that goes right is cut into
            rows where these make its text larger there.

    Raises:
        ValueError: for another direction, or a wire that does not run forward in the list.

    Example:
        >>> from autograd_lite.views.layout import Wire, layout
        >>> picture = layout([(112, 58), (112, 58)], [Wire(0, 1)])
        >>> picture.places
        [(0.0, 0.0), (160.0, 0.0)]
        >>> picture.routes[0].points[0], picture.routes[0].points[-1]
        ((112.0, 29.0), (160.0, 29.0))
    """
    if direction not in ("right", "down"):
        raise ValueError(f"direction is {direction!r}; it must be 'right' or 'down'")
    for wire in wires:
        if not 0 <= wire.source < wire.target < len(sizes):
            raise ValueError(
                f"a wire runs from box {wire.source} to box {wire.target} of {len(sizes)}; boxes "
                "must come in topological order, every wire from an earlier to a later one"
            )
    down = direction == "down"
    extents = [(float(h), float(w)) if down else (float(w), float(h)) for w, h in sizes]
    places = [(0.0, 0.0)] * len(sizes)
    routes = [Route([], None)] * len(wires)
    width = height = 0.0
    for boxes, members in _parts(len(sizes), wires):
        corners, lines, part_width, part_height = _part(
            [extents[box] for box in boxes],
            boxes,
            [wires[index] for index in members],
            None if down else page,
        )
        top = height + PART_GAP if height else 0.0
        for box, (x, y) in zip(boxes, corners):
            places[box] = (x, y + top)
        for index, route in zip(members, lines):
            if top:
                route.points = [(x, round(y + top, 1)) for x, y in route.points]
                route.label = route.label and (route.label[0], round(route.label[1] + top, 1))
            routes[index] = route
        width = max(width, part_width)
        height = top + part_height
    if down:  # the mirror image
        for route in routes:
            route.points = [(y, x) for x, y in route.points]
            route.label = route.label and (route.label[1], route.label[0])
        places = [(y, x) for x, y in places]
        width, height = height, width
    return Layout(places, routes, width, height)


def columns(count: int, wires: Sequence[Wire]) -> list[int]:
    """The column of each of `count` boxes, as `layout` puts them, before rows are made.

    Example:
        >>> from autograd_lite.views.layout import Wire, columns
        >>> columns(4, [Wire(0, 1), Wire(1, 3), Wire(2, 3)])
        [0, 1, 1, 2]
    """
    found = [0] * count
    for boxes, members in _parts(count, wires):
        local = {box: index for index, box in enumerate(boxes)}
        ends = [(local[wires[index].source], local[wires[index].target]) for index in members]
        for box, column in zip(boxes, assign_columns(len(boxes), ends)):
            found[box] = column
    return found


def _parts(count: int, wires: Sequence[Wire]) -> list[tuple[list[int], list[int]]]:
    """The boxes and the wires of each connected part, in the order of their first boxes."""
    leader = list(range(count))

    def find(box: int) -> int:
        while leader[box] != box:
            leader[box] = leader[leader[box]]
            box = leader[box]
        return box

    for wire in wires:
        one, other = find(wire.source), find(wire.target)
        leader[max(one, other)] = min(one, other)
    parts: dict[int, tuple[list[int], list[int]]] = {}
    for box in range(count):
        parts.setdefault(find(box), ([], []))[0].append(box)
    for index, wire in enumerate(wires):
        parts[find(wire.source)][1].append(index)
    return list(parts.values())


def _part(
    extents: list[tuple[float, float]],
    boxes: list[int],
    wires: list[Wire],
    page: tuple[float, float] | None,
) -> tuple[list[tuple[float, float]], list[Route], float, float]:
    """Lay out one connected part; the corners, the routes, the width and the height."""
    local = {box: index for index, box in enumerate(boxes)}
    ends = [(local[wire.source], local[wire.target]) for wire in wires]
    column = assign_columns(len(boxes), ends)
    spine = longest_path(len(boxes), ends)
    ports = [
        port if wire.target_port is None else wire.target_port
        for wire, port in zip(wires, spread_ports(ends, spine))
    ]
    mesh = build_mesh([size[1] for size in extents], ends, wires, ports, column)
    order(mesh)
    drawn = route_wires(mesh, extents, place(mesh, spine), page)
    if drawn.cuts and len(mesh.size) < SMALL:  # each row by itself can be lower
        drawn = route_wires(mesh, extents, place(mesh, spine, drawn.cuts), page, drawn.cuts)
    routes = [Route(*pair) for pair in zip(drawn.lines, drawn.labels)]
    return drawn.corners, routes, drawn.width, drawn.height
