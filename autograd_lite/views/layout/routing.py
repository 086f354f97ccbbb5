"""Routing: lines for wires, and how wide the gaps between columns are.

Between two columns every wire is one S-curve with level ends; over a column it is a straight line
in its own track. So no wire touches a foreign box, and two wires cross at most once in each gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from math import ceil

from .labels import Spot, Strand, place_labels
from .mesh import Mesh
from .wrapping import Rows, fits, one_row, turned, wrapped

Point = tuple[float, float]

COLUMN_GAP = 48.0  # between two columns, at least
WIDEST_GAP = 160.0  # for steep wires; labels may need more
LABEL_MARGIN = 9.0  # between a label and a column
AROUND_GAP = 8.0  # between the lines that go around
STRAIGHT = 1.5  # tracks this near to a port continue its line


@dataclass(slots=True)
class Drawn:
    """Where all is: corners of boxes, lines and labels of wires, the size, the ends of rows."""

    corners: list[Point]
    lines: list[list[Point]]
    labels: list[Point | None]
    width: float
    height: float
    cuts: list[int]


def route_wires(
    mesh: Mesh,
    extents: list[Point],
    middle: list[float],
    page: Point | None,
    cuts: list[int] | None = None,
) -> Drawn:
    """Find lines for the wires of boxes whose places down the page are known.

    Args:
        mesh, extents, middle: the boxes and tracks, the sizes of boxes, the middles of both.
        page: the size of what the picture is to be read on; None where the picture is the mirror
            image of one from top to bottom, which has no rows.
        cuts: the gaps at which rows end; None to find out whether rows are needed.
    """
    tops = [round(2 * (middle[box] - size[1] / 2)) / 2 for box, size in enumerate(extents)]
    levels = _levels(mesh, extents, middle, tops)
    bows = _bows(mesh, extents)
    labels = [
        (wire.label_width, wire.label_height) if page else (wire.label_height, wire.label_width)
        for wire in mesh.wires
    ]
    strands = _strands(mesh, levels, bows)
    gaps = _gaps(mesh, strands, labels)
    spots = place_labels(mesh, strands, gaps, labels, LABEL_MARGIN)

    widths = [0.0] * len(mesh.columns)
    for box, size in enumerate(extents):
        column = mesh.column[box]
        widths[column] = max(widths[column], float(ceil(size[0])))
    high = max(top + size[1] for top, size in zip(tops, extents)) - min(tops)
    rows = one_row(widths, gaps)
    if page and (cuts or not (None in mesh.tracks or fits(rows.right, high, page))):
        spans = _spans(mesh, extents, tops, strands, spots, labels)
        heights = [label[1] + 3.0 for label in labels]
        rows = wrapped(rows, widths, spans, strands, heights, page, cuts)
    starts, shift = rows.starts, rows.shift
    corners = [
        (
            round(2 * (starts[column] + (widths[column] - size[0]) / 2)) / 2,
            top + shift[column],
        )
        for column, size, top in zip(mesh.column, extents, tops)
    ]
    lines = []
    for wire, (source, target) in enumerate(mesh.ends):
        stops = _stops(mesh, wire, levels[wire], rows, widths)
        x = round(corners[source][0] + extents[source][0], 1)
        stops[0].insert(0, (min(x, stops[0][0][0]), stops[0][0][1]))
        stops[-1].append((corners[target][0], stops[-1][-1][1]))
        line = _line(stops[0], bows[wire] if len(stops) == 1 else 0.0)
        turns = [cut[wire] for cut in rows.turns.values() if wire in cut]
        for turn, part in zip(turns, stops[1:]):
            line += turned(line[-1], turn, part[0])
            line += _line(part, 0.0)[1:]
        lines.append(line)
    centres = [
        _centre(wire, spot, rows, widths, labels[wire]) if spot else None
        for wire, spot in enumerate(spots)
    ]
    width, height = _fit(rows, corners, extents, lines, centres, labels)
    return Drawn(corners, lines, centres, width, height, rows.cuts)


def _centre(wire: int, spot: Spot, rows: Rows, widths: list[float], label: Point) -> Point:
    """The middle of a label; that of a wire which is cut there stands between the rows."""
    gap, x, y = spot
    turns = rows.turns.get(gap)
    if turns:
        return round(rows.starts[0] + label[0] / 2, 1), turns[wire].between
    return round(rows.starts[gap] + widths[gap] + x, 1), round(y + rows.shift[gap], 1)


def _spans(
    mesh: Mesh,
    extents: list[Point],
    tops: list[float],
    strands: list[list[Strand]],
    spots: list[Spot | None],
    labels: list[Point],
) -> list[tuple[float, float]]:
    """The top and the bottom of each column, with what is in the gaps beside it."""
    high = [float("inf")] * len(mesh.columns)
    low = [float("-inf")] * len(mesh.columns)

    def add(column: int, top: float, bottom: float) -> None:
        high[column] = min(high[column], top)
        low[column] = max(low[column], bottom)

    for column, top, size in zip(mesh.column, tops, extents):
        add(column, top, top + size[1])
    for gap, inside in enumerate(strands):
        for _, one, two, bow in inside:
            aside = abs(bow) * 4 / 3
            add(gap, one - aside, one + aside)
            add(gap + 1, two - aside, two + aside)
    for spot, label in zip(spots, labels):
        if spot:
            add(spot[0], spot[2] - label[1] / 2, spot[2] + label[1] / 2)
    return list(zip(high, low))


def _fit(
    rows: Rows,
    corners: list[Point],
    extents: list[Point],
    lines: list[list[Point]],
    centres: list[Point | None],
    labels: list[Point],
) -> tuple[float, float]:
    """The size of the picture; everything moves down if a line or a label is above its top."""
    spans = [(y, y + size[1]) for (_, y), size in zip(corners, extents)]
    for line in lines:  # a curve stays within its control points
        heights = [y for _, y in line]
        spans.append((min(heights), max(heights)))
    spans += [(c[1] - label[1] / 2, c[1] + label[1] / 2) for c, label in zip(centres, labels) if c]
    top, bottom = min(0.0, *(y for y, _ in spans)), max(0.0, *(y for _, y in spans))
    if top < 0:
        shift = float(ceil(-top))
        bottom += shift
        corners[:] = [(x, y + shift) for x, y in corners]
        lines[:] = [[(x, round(y + shift, 1)) for x, y in line] for line in lines]
        centres[:] = [(c[0], round(c[1] + shift, 1)) if c else None for c in centres]
    return float(ceil(rows.right)), float(ceil(bottom))


def _levels(
    mesh: Mesh, extents: list[Point], middle: list[float], tops: list[float]
) -> list[list[float]]:
    """How far down each wire is at its source, in the columns that it passes, at its target.

    A wire that goes around has its source, its line below everything, its target. All such wires
    of one source share that line; lines of different sources do when they do not meet.
    """
    below = _around(mesh, extents, middle, tops)
    levels = []
    for wire, port, (source, target), tracks in zip(mesh.wires, mesh.ports, mesh.ends, mesh.tracks):
        start = round(tops[source] + wire.source_port * extents[source][1], 1)
        end = round(tops[target] + port * extents[target][1], 1)
        if tracks is None:
            levels.append([start, below[source], end])
            continue
        passed = [round(2 * middle[track]) / 2 for track in tracks]
        for index, level in enumerate(passed):  # roundings must not bend what is straight
            if abs(level - start) > STRAIGHT:
                break
            passed[index] = start
        for index in range(len(passed) - 1, -1, -1):
            if abs(passed[index] - end) > STRAIGHT or passed[index] == start:
                break
            passed[index] = end
        levels.append([start, *passed, end])
    return levels


def _around(
    mesh: Mesh, extents: list[Point], middle: list[float], tops: list[float]
) -> dict[int, float]:
    """For each box with wires that go around, how far down they do."""
    reach: dict[int, int] = {}
    for (source, target), tracks in zip(mesh.ends, mesh.tracks):
        if tracks is None:
            reach[source] = max(reach.get(source, 0), mesh.column[target])
    if not reach:
        return {}
    lowest = max(top + size[1] for top, size in zip(tops, extents))
    for track in range(mesh.boxes, len(middle)):
        lowest = max(lowest, middle[track])
    below: dict[int, float] = {}
    ready: list[tuple[int, int]] = []  # (the column where a line ends, the line)
    lines = 0
    for source in sorted(reach, key=lambda box: (mesh.column[box], box)):
        if ready and ready[0][0] <= mesh.column[source]:
            line = heappop(ready)[1]
        else:
            line, lines = lines, lines + 1
        heappush(ready, (reach[source], line))
        below[source] = float(int(lowest)) + 16.0 + AROUND_GAP * line
    return below


def _bows(mesh: Mesh, extents: list[Point]) -> list[float]:
    """How far each wire bends aside in the middle: wires with the same two ends are drawn apart."""
    alike: dict[tuple[int, int, float, float], list[int]] = {}
    for index, (wire, (source, target)) in enumerate(zip(mesh.wires, mesh.ends)):
        if mesh.column[target] - mesh.column[source] == 1:
            key = (source, target, wire.source_port, mesh.ports[index])
            alike.setdefault(key, []).append(index)
    bows = [0.0] * len(mesh.wires)
    for (source, target, _, _), members in alike.items():
        if len(members) > 1:
            room = max(extents[source][1], extents[target][1]) / (len(members) - 1)
            apart = max(mesh.wires[index].label_height + 4.0 for index in members)
            step = round(2 * min(room, max(apart, 10.0))) / 2
            for place, index in enumerate(members):
                bows[index] = step * (place - (len(members) - 1) / 2)
    return bows


def _strands(mesh: Mesh, levels: list[list[float]], bows: list[float]) -> list[list[Strand]]:
    """What runs through each gap, from top to bottom of its right side."""
    strands: list[list[Strand]] = [[] for _ in mesh.columns]
    for wire, (source, target) in enumerate(mesh.ends):
        first, last = mesh.column[source], mesh.column[target]
        level = levels[wire]
        if len(level) == last - first + 1:
            for gap in range(first, last):
                one, two = level[gap - first], level[gap - first + 1]
                strands[gap].append((wire, one, two, bows[wire]))
        else:
            strands[first].append((wire, level[0], level[1], 0.0))
            strands[last - 1].append((wire, level[1], level[2], 0.0))
    for column_strands in strands:
        column_strands.sort(key=lambda strand: (strand[2], strand[0]))
    return strands


def _gaps(mesh: Mesh, strands: list[list[Strand]], labels: list[Point]) -> list[float]:
    """The room after each column: enough for the widest label, and more where wires are steep."""
    gaps = [COLUMN_GAP] * len(strands)
    for index, column_strands in enumerate(strands):
        for wire, one, two, _ in column_strands:
            if mesh.tracks[wire] is not None:
                gaps[index] = max(gaps[index], min(WIDEST_GAP, 0.2 * abs(two - one)))
    for (source, target), label in zip(mesh.ends, labels):
        for gap in (mesh.column[source], mesh.column[target] - 1):
            gaps[gap] = max(gaps[gap], label[0] + 2 * LABEL_MARGIN)
    return [float(round(gap)) for gap in gaps]


def _stops(
    mesh: Mesh, wire: int, level: list[float], rows: Rows, widths: list[float]
) -> list[list[Point]]:
    """The points where a wire is level, both ends of each straight part; a list for each row."""
    source, target = mesh.ends[wire]
    first, last = mesh.column[source], mesh.column[target]
    starts, shift = rows.starts, rows.shift
    stops = [[(starts[first] + widths[first], level[0] + shift[first])]]
    if len(level) == last - first + 1:
        for column in range(first + 1, last + 1):
            if column - 1 in rows.turns:
                stops.append([])
            y = round(level[column - first] + shift[column], 1)
            stops[-1].append((starts[column], y))
            if column < last:
                stops[-1].append((starts[column] + widths[column], y))
    else:
        stops[0].append((starts[first + 1], level[1]))
        stops[0].append((starts[last - 1] + widths[last - 1], level[1]))
        stops[0].append((starts[last], level[-1]))
    return stops


def _line(stops: list[Point], bow: float) -> list[Point]:
    """Cubic pieces with level ends through `stops`; a straight part is one piece.

    A wire that bends aside by `bow` has four stops, and does it between the two in the middle.
    """
    corners = [stops[0]]
    for x, y in stops[1:]:
        if (x, y) == corners[-1]:
            continue
        if len(corners) > 1 and corners[-1][1] == y and corners[-2][1] == y and not bow:
            corners[-1] = (x, y)
        else:
            corners.append((x, y))
    points = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        half = round((x0 + x1) / 2, 1)
        if bow and x0 == stops[1][0]:
            y0, y3 = round(y0 + bow * 4 / 3, 1), round(y1 + bow * 4 / 3, 1)
        else:
            y3 = y1
        points += [(half, y0), (half, y3), (x1, y1)]
    return points
