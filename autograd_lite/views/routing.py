"""Routing: columns get their places from left to right, wires their lines and labels.

Between two columns every wire is one S-curve with level ends; over a column it is a straight line
in its own lane. So no wire touches a foreign box, and two wires cross at most once in each gap.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite.views.layout import Mesh, Wire

    Point = tuple[float, float]

COLUMN_GAP = 64.0  # between two columns, at least
WIDEST_GAP = 200.0  # for steep wires
LABEL_MARGIN = 6.0  # between a label and a box
LABEL_GAP = 2.0  # between labels
AROUND_GAP = 8.0  # between the lines that go around


def draw(
    mesh: Mesh,
    extents: list[tuple[float, float]],
    wires: list[Wire],
    ends: list[tuple[int, int]],
    column: list[int],
    middle: list[float],
    down: bool,
) -> tuple[list[Point], list[list[Point]], list[Point | None], float, float]:
    """The corners of boxes, the lines and labels of wires, and the size of the picture."""
    tops = [round(2 * (middle[box] - size[1] / 2)) / 2 for box, size in enumerate(extents)]
    height = max(top + size[1] for top, size in zip(tops, extents))
    for lane in range(mesh.boxes, len(middle)):
        height = max(height, middle[lane] + mesh.size[lane] / 2)
    heights, height = _heights(mesh, extents, wires, ends, column, middle, tops, height)
    labels = [
        (wire.label_height, wire.label_width) if down else (wire.label_width, wire.label_height)
        for wire in wires
    ]
    gaps = _gaps(len(mesh.columns), ends, column, heights, labels)
    widths = [0.0] * len(mesh.columns)
    for box, size in enumerate(extents):
        widths[column[box]] = max(widths[column[box]], size[0])
    for _ in range(3):
        starts = [0.0]
        for width, gap in zip(widths, gaps):
            starts.append(starts[-1] + width + gap)
        corners = [
            (starts[column[box]] + (widths[column[box]] - size[0]) / 2, tops[box])
            for box, size in enumerate(extents)
        ]
        stops = [
            _stops(wire, ends, column, corners, extents, starts, widths, heights)
            for wire in range(len(wires))
        ]
        centres, crowded = _labels(ends, column, stops, labels, starts, widths)
        if not crowded:
            break
        for gap in crowded:
            gaps[gap] += 48.0
    lines = [_line(stop) for stop in stops]
    return corners, lines, centres, starts[-2] + widths[-1], height


def _heights(
    mesh: Mesh,
    extents: list[tuple[float, float]],
    wires: list[Wire],
    ends: list[tuple[int, int]],
    column: list[int],
    middle: list[float],
    tops: list[float],
    height: float,
) -> tuple[list[list[float]], float]:
    """Where each wire is at its source, in the columns that it passes, and at its target.

    A wire that goes around is described by its source, its line below everything, its target. All
    such wires of one source share that line; lines of different sources do when they do not meet.
    """
    reach: dict[int, int] = {}
    for (source, target), lanes in zip(ends, mesh.lanes):
        if lanes is None:
            reach[source] = max(reach.get(source, 0), column[target])
    below: dict[int, float] = {}
    free: list[int] = []
    for source in sorted(reach, key=lambda box: (column[box], box)):
        for line, until in enumerate(free):
            if until <= column[source]:
                break
        else:
            line = len(free)
            free.append(0)
        free[line] = reach[source]
        below[source] = height + 10.0 + AROUND_GAP * line
    result = []
    for wire, (source, target), lanes in zip(wires, ends, mesh.lanes):
        start = tops[source] + wire.source_port * extents[source][1]
        end = tops[target] + wire.target_port * extents[target][1]
        if lanes is None:
            result.append([start, below[source], end])
            continue
        passed = [middle[lane] for lane in lanes]
        for index, value in enumerate(passed):  # roundings must not bend what is straight
            if abs(value - start) > 1.0:
                break
            passed[index] = start
        for index in range(len(passed) - 1, -1, -1):
            if abs(passed[index] - end) > 1.0 or passed[index] == start:
                break
            passed[index] = end
        result.append([start, *passed, end])
    if free:
        height += 10.0 + AROUND_GAP * len(free)
    return result, height


def _gaps(
    count: int,
    ends: list[tuple[int, int]],
    column: list[int],
    heights: list[list[float]],
    labels: list[tuple[float, float]],
) -> list[float]:
    """The room after each column: for the labels, and wider where wires are steep."""
    gaps = [COLUMN_GAP] * count
    for (source, target), passed, label in zip(ends, heights, labels):
        for gap in (column[source], column[target] - 1):
            gaps[gap] = max(gaps[gap], label[0] + 2 * LABEL_MARGIN)
        if len(passed) == column[target] - column[source] + 1:
            for step, (one, two) in enumerate(zip(passed, passed[1:])):
                gap = column[source] + step
                gaps[gap] = max(gaps[gap], min(WIDEST_GAP, 0.2 * abs(two - one)))
    return gaps


def _stops(
    wire: int,
    ends: list[tuple[int, int]],
    column: list[int],
    corners: list[Point],
    extents: list[tuple[float, float]],
    starts: list[float],
    widths: list[float],
    heights: list[list[float]],
) -> list[Point]:
    """The points where a wire is level: both ends of each straight part."""
    source, target = ends[wire]
    first, last = column[source], column[target]
    passed = heights[wire]
    stops = [
        (corners[source][0] + extents[source][0], passed[0]),
        (starts[first] + widths[first], passed[0]),
    ]
    if len(passed) == last - first + 1:
        for step in range(first + 1, last):
            stops.append((starts[step], passed[step - first]))
            stops.append((starts[step] + widths[step], passed[step - first]))
    else:
        stops.append((starts[first + 1], passed[1]))
        stops.append((starts[last - 1] + widths[last - 1], passed[1]))
    stops.append((starts[last], passed[-1]))
    stops.append((corners[target][0], passed[-1]))
    return stops


def _line(stops: list[Point]) -> list[Point]:
    """Cubic pieces with level ends through `stops`; a straight part is one piece."""
    kept = [stops[0]]
    for index in range(1, len(stops)):
        x, y = stops[index]
        if x == kept[-1][0] and y == kept[-1][1]:
            continue
        if len(kept) > 1 and kept[-1][1] == y and kept[-2][1] == y:
            kept[-1] = (x, y)
        else:
            kept.append((x, y))
    points = [kept[0]]
    for (x0, y0), (x1, y1) in zip(kept, kept[1:]):
        half = (x0 + x1) / 2
        points += [(half, y0), (half, y1), (x1, y1)]
    return points


def _labels(
    ends: list[tuple[int, int]],
    column: list[int],
    stops: list[list[Point]],
    labels: list[tuple[float, float]],
    starts: list[float],
    widths: list[float],
) -> tuple[list[Point | None], list[int]]:
    """Centres of labels, and the gaps in which some found no room."""
    centres: list[Point | None] = [None] * len(ends)
    taken: dict[tuple[int, int], list[tuple[float, float, float, float]]] = {}
    crowded: list[int] = []
    for wire, (source, target) in enumerate(ends):
        width, height = labels[wire]
        if width <= 0 or height <= 0:
            continue
        last, first = column[target] - 1, column[source]
        spots = _spots(stops[wire][-3], stops[wire][-2], width)
        if first != last:
            spots += _spots(stops[wire][1], stops[wire][2], width)
        for x, y in spots:
            area = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            if _claim(area, taken):
                centres[wire] = (x, y)
                break
        else:
            if last not in crowded:
                crowded.append(last)
    return centres, crowded


def _spots(start: Point, end: Point, width: float) -> list[Point]:
    """Points of an S-curve where a label fits between its ends: from the middle outwards."""
    (x0, y0), (x1, y1) = start, end
    spots = []
    for part in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.4, 0.3, 0.2, 0.1, 0.0):
        t = part
        x = x0 + (x1 - x0) * (1.5 * t * (1 - t) + t * t * t)
        y = y0 + (y1 - y0) * t * t * (3 - 2 * t)
        low, high = x0 + LABEL_MARGIN + width / 2, x1 - LABEL_MARGIN - width / 2
        if low - 1e-9 <= x <= high + 1e-9:
            spots.append((x, y))
    return spots


def _claim(
    area: tuple[float, float, float, float],
    taken: dict[tuple[int, int], list[tuple[float, float, float, float]]],
) -> bool:
    """Take an area for a label, if it is free."""
    x0, y0, x1, y1 = area
    cells = [
        (column, row)
        for column in range(int(x0 // 64), int((x1 + LABEL_GAP) // 64) + 1)
        for row in range(int(y0 // 32), int((y1 + LABEL_GAP) // 32) + 1)
    ]
    for cell in cells:
        for a0, b0, a1, b1 in taken.get(cell, ()):
            if (
                x0 < a1 + LABEL_GAP
                and a0 < x1 + LABEL_GAP
                and y0 < b1 + LABEL_GAP
                and b0 < y1 + LABEL_GAP
            ):
                return False
    for cell in cells:
        taken.setdefault(cell, []).append(area)
    return True
