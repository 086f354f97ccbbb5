"""Layout: where boxes and wires go; pictures read from the operands to the result.

Boxes stand in columns, so that every wire runs forward. A wire that passes other columns gets a
lane of its own in each. Four steps follow one another, one file each where they are long:
columns (here), the order within a column (`ordering`), positions (`placement`), lines and their
labels (`routing`). Everything is computed for the direction "right"; "down" is its mirror image.

The result is the same on every machine: no hash order, no chance, nothing from libm, and
coordinates are rounded at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .columns import assign_columns
from .ordering import order
from .placement import place
from .routing import draw

PART_GAP = 36.0  # between parts that no wire connects
SPARE_LANES = 1_000  # so many more than boxes before the longest wires go around


@dataclass(slots=True)
class Wire:
    """One edge, from the right side of a box to the left side of another.

    Attributes:
        source, target: indexes of boxes; boxes come in topological order, so source < target.
        source_port, target_port: where along the side it leaves and arrives, from 0 at the top to 1
            (from the left, for the direction "down").
        label_width, label_height: room for its label; 0 for none.
        thickness: the width of the line.
    """

    source: int
    target: int
    source_port: float = 0.5
    target_port: float = 0.5
    label_width: float = 0.0
    label_height: float = 0.0
    thickness: float = 1.5


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


@dataclass(slots=True)
class Mesh:
    """Boxes and lanes in columns: what the steps after the columns work on.

    An item is a box (its index) or a lane (the place where a wire passes a column). A link joins
    two items of neighbouring columns; a wire is a row of links. Offsets are measured from the
    middle of an item.

    Attributes:
        boxes: how many items are boxes; they come first.
        columns: the items of each column, from top to bottom.
        size: the height of each item.
        links: (left item, right item, offset at the left, offset at the right), in order of wires.
        into, out_of: for each item the indexes of the links that end and start there.
        lanes: for each wire its lanes, from left to right; None for a wire that goes around.
        owner: for each item the box it comes from: a lane has the source of its wire.
    """

    boxes: int
    columns: list[list[int]]
    size: list[float]
    links: list[tuple[int, int, float, float]] = field(default_factory=list)
    into: list[list[int]] = field(default_factory=list)
    out_of: list[list[int]] = field(default_factory=list)
    lanes: list[list[int] | None] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)


def layout(
    sizes: Sequence[tuple[float, float]], wires: Sequence[Wire], direction: str = "right"
) -> Layout:
    """Find places for boxes and lines for wires.

    Args:
        sizes: width and height of each box, in topological order.
        wires: what they are connected by; several may join the same two boxes.
        direction: "right" (operands left, result right) or "down".

    Raises:
        ValueError: for another direction, or a wire that does not run forward in the list.

    Example:
        >>> from autograd_lite.views.layout.layered import Wire, layout
        >>> picture = layout([(112, 58), (112, 58)], [Wire(0, 1)])
        >>> picture.places
        [(0.0, 0.0), (176.0, 0.0)]
        >>> picture.routes[0].points[0], picture.routes[0].points[-1]
        ((112.0, 29.0), (176.0, 29.0))
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
            [extents[box] for box in boxes], boxes, [wires[index] for index in members], down
        )
        top = height + PART_GAP if height else 0.0
        for box, (x, y) in zip(boxes, corners):
            places[box] = (x, y + top)
        for index, route in zip(members, lines):
            if top:
                route.points = [(x, round(y + top, 1)) for x, y in route.points]
                if route.label:
                    route.label = (route.label[0], round(route.label[1] + top, 1))
            routes[index] = route
        width = max(width, part_width)
        height = top + part_height
    return _finish(places, routes, width, height, down)


def _finish(
    places: list[tuple[float, float]],
    routes: list[Route],
    width: float,
    height: float,
    down: bool,
) -> Layout:
    """Mirror for "down"."""
    if down:
        for route in routes:
            route.points = [(y, x) for x, y in route.points]
            route.label = (route.label[1], route.label[0]) if route.label else None
        places = [(y, x) for x, y in places]
        width, height = height, width
    return Layout(places, routes, width, height)


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
    extents: list[tuple[float, float]], boxes: list[int], wires: list[Wire], down: bool
) -> tuple[list[tuple[float, float]], list[Route], float, float]:
    """Lay out one connected part; the corners, the routes, the width and the height."""
    local = {box: index for index, box in enumerate(boxes)}
    ends = [(local[wire.source], local[wire.target]) for wire in wires]
    column = assign_columns(len(boxes), ends)
    mesh = build_mesh([size[1] for size in extents], ends, wires, column)
    order(mesh)
    middle = place(mesh)
    corners, lines, labels, width, height = draw(mesh, extents, wires, ends, column, middle, down)
    return corners, [Route(*pair) for pair in zip(lines, labels)], width, height


def build_mesh(
    heights: list[float], ends: list[tuple[int, int]], wires: list[Wire], column: list[int]
) -> Mesh:
    """Cut wires into links, with a lane in each column that they pass.

    Lanes are many where wires are long: a chain in which every box uses the first leaf as well has
    a number that grows with the square of its length. So there is a limit; the longest wires
    beyond it go around, below all boxes.
    """
    boxes = len(heights)
    room = boxes + SPARE_LANES
    around = set()
    passed = [column[target] - column[source] - 1 for source, target in ends]
    for index in sorted(range(len(ends)), key=passed.__getitem__):
        room -= passed[index]
        if passed[index] and room < 0:
            around.add(index)
    columns: list[list[int]] = [[] for _ in range(max(column) + 1)]
    for box in range(boxes):
        columns[column[box]].append(box)
    mesh = Mesh(boxes, columns, list(heights), owner=list(range(boxes)))
    mesh.into = [[] for _ in range(boxes)]
    mesh.out_of = [[] for _ in range(boxes)]
    for index, (source, target) in enumerate(ends):
        if index in around:
            mesh.lanes.append(None)
            continue
        wire = wires[index]
        lanes = []
        item, offset = source, (wire.source_port - 0.5) * heights[source]
        for between in range(column[source] + 1, column[target]):
            lane = len(mesh.size)
            mesh.size.append(wire.thickness)
            mesh.owner.append(source)
            mesh.into.append([])
            mesh.out_of.append([])
            columns[between].append(lane)
            lanes.append(lane)
            _link(mesh, item, lane, offset, 0.0)
            item, offset = lane, 0.0
        _link(mesh, item, target, offset, (wire.target_port - 0.5) * heights[target])
        mesh.lanes.append(lanes)
    return mesh


def _link(mesh: Mesh, left: int, right: int, at_left: float, at_right: float) -> None:
    mesh.out_of[left].append(len(mesh.links))
    mesh.into[right].append(len(mesh.links))
    mesh.links.append((left, right, at_left, at_right))
