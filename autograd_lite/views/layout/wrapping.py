"""Wrapping: a picture that is far too wide is cut between columns into rows, read like text.

A wire that is cut leaves its row on the right, runs back between the two rows in a lane of its own,
and enters the next row from the left. Wires keep their order on the way, so that they cross there
no more than they did before. Rows are about equally long, and cut where few wires are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt

from .labels import Strand

Point = tuple[float, float]

PAGE = 1_200.0, 760.0  # rows are as many as fit on such a page with the largest text, if not told
GAIN = 1.15  # which they have to make larger by so much; else there is one row
LANE = 8.0  # between wires that run back side by side, at least
MARGIN = 16.0  # between a row and the first lane
CORNER = 12.0  # radius of the turns
SEARCH = 0.3  # a row may be so much of its length longer or shorter, to be cut at a good place
OFF = 12.0  # so many wires are as bad a cut as one that makes rows 1.3 times as long


@dataclass(slots=True)
class Turn:
    """The way of a wire from one row to the next.

    Attributes:
        right, left: the x of its lanes beside the two rows.
        between: the y of its lane between them.
    """

    right: float
    between: float
    left: float


@dataclass(slots=True)
class Rows:
    """Where columns stand: in one row of them or in several.

    Attributes:
        starts: the left side of each column.
        shift: how far down each column is moved.
        cuts: the gaps at which a row ends.
        turns: for each cut the way of each wire there.
        right: where the widest row ends, with its lanes.
    """

    starts: list[float]
    shift: list[float]
    cuts: list[int] = field(default_factory=list)
    turns: dict[int, dict[int, Turn]] = field(default_factory=dict)
    right: float = 0.0


def one_row(widths: Sequence[float], gaps: Sequence[float]) -> Rows:
    """All columns side by side, with the room of `gaps` after each."""
    starts = [0.0]
    for width, gap in zip(widths, gaps):
        starts.append(starts[-1] + width + gap)
    return Rows(starts, [0.0] * len(widths), right=starts[len(widths) - 1] + widths[-1])


def fits(wide: float, high: float, page: Point) -> bool:
    """Whether a picture of that size is on a page as large as it would be in rows."""
    return wide <= page[0] or wide * page[1] <= page[0] * high


def wrapped(
    row: Rows,
    widths: Sequence[float],
    spans: Sequence[tuple[float, float]],
    strands: Sequence[Sequence[Strand]],
    heights: Sequence[float],
    page: Point,
    cuts: list[int] | None = None,
) -> Rows:
    """Put the columns of a row into as few rows as make a picture of a good shape.

    Args:
        row: the columns in one row, which is the result where rows do not help.
        widths, spans: of each column its width, and its top and bottom with all that is in it.
        strands: the wires in each gap.
        heights: for each wire the room its label needs where it is cut; 0 for none.
        page: width and height of what they are to be read on.
        cuts: the gaps at which rows end, where that is decided.
    """
    if cuts:
        return _wrapped(widths, row.starts, spans, strands, heights, cuts)
    high = max(bottom for _, bottom in spans) - min(top for top, _ in spans)
    best, largest = row, GAIN * _scale(row.right, high, page)
    count = max(2, int(sqrt(row.right * page[1] / (page[0] * (high + 4 * MARGIN)))))
    while largest < 1.0 and count <= len(widths):
        ends = _cuts(row.starts, strands, count)
        rows = _wrapped(widths, row.starts, spans, strands, heights, ends)
        bottom = rows.shift[-1] + max(bottom for _, bottom in spans[ends[-1] + 1 :])
        scale = _scale(rows.right, bottom, page)
        if scale < largest and count > 2:
            break
        if scale >= largest:
            best, largest = rows, scale
        count += 1
    return best


def _scale(wide: float, high: float, page: Point) -> float:
    """How large a picture of that size is on a page that it just fits; at most 1."""
    return min(page[0] / max(wide, 1.0), page[1] / max(high, 1.0), 1.0)


def _cuts(starts: Sequence[float], strands: Sequence[Sequence[Strand]], count: int) -> list[int]:
    """The gaps after which the rows end: near equal parts, where few wires are."""
    columns = len(strands)
    cuts: list[int] = []
    for row in range(1, count):
        begin = cuts[-1] + 1 if cuts else 0
        length = (starts[columns] - starts[begin]) / (count - row + 1)
        wanted = starts[begin] + length
        best: tuple[float, int] | None = None
        for gap in range(begin, columns - 1):
            off = abs(starts[gap + 1] - wanted) / length
            if best and off > SEARCH:
                if starts[gap + 1] > wanted:
                    break
                continue
            cost = len(strands[gap]) + OFF * off / SEARCH
            if off > SEARCH:  # only where there is nothing nearer
                cost += 1e6 * off
            if best is None or cost < best[0]:
                best = (cost, gap)
        if best is None:
            break
        cuts.append(best[1])
    return cuts


def _wrapped(
    widths: Sequence[float],
    starts: Sequence[float],
    spans: Sequence[tuple[float, float]],
    strands: Sequence[Sequence[Strand]],
    heights: Sequence[float],
    cuts: list[int],
) -> Rows:
    """The columns in rows that end at `cuts`, and the lanes of the wires that are cut."""
    most = max(len(strands[cut]) for cut in cuts)
    indent = MARGIN + LANE * most
    rows = Rows([], [], cuts)
    top = 0.0
    for first, last in zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(widths) - 1]):
        columns = range(first, last + 1)
        highest = min(spans[column][0] for column in columns)
        lowest = max(spans[column][1] for column in columns)
        rows.starts += [starts[column] - starts[first] + indent for column in columns]
        rows.shift += [float(round(top - highest)) for _ in columns]
        right = rows.starts[-1] + widths[last]
        rows.right = max(rows.right, right)
        if last not in cuts:
            break
        between = lowest + rows.shift[-1] + MARGIN
        wires = sorted(strands[last], key=lambda strand: (strand[1], strand[2], strand[0]))
        turns = rows.turns[last] = {}
        for lane, (wire, *_) in enumerate(reversed(wires)):
            half = max(LANE, heights[wire]) / 2
            between += half
            turns[wire] = Turn(
                right + MARGIN + LANE * lane,
                round(between, 1),
                indent - MARGIN - LANE * (len(wires) - 1 - lane),
            )
            between += half
        rows.right = max(rows.right, right + MARGIN + LANE * len(wires))
        top = float(ceil(between + MARGIN))
    return rows


def turned(start: Point, turn: Turn, end: Point) -> list[Point]:
    """The cubic pieces from the end of one row at `start` to the begin of the next at `end`."""
    (_, y0), (x1, y1), r = start, end, CORNER
    corners = [
        (turn.right, y0),
        (turn.right, turn.between),
        (turn.left, turn.between),
        (turn.left, y1),
    ]
    points: list[Point] = []
    here = start
    for corner, towards in zip(corners, [*corners[1:], (x1, y1)]):
        before, after = _near(corner, here, r), _near(corner, towards, r)
        points += [here, before, before, corner, corner, after]
        here = after
    return [*points, here, end, end]


def _near(corner: Point, other: Point, distance: float) -> Point:
    """The point so far from `corner` on the level or upright line to `other`."""
    (x, y), (to_x, to_y) = corner, other
    far = abs(to_x - x) + abs(to_y - y)
    part = min(distance / far, 0.5) if far else 0.0
    return round(x + part * (to_x - x), 1), round(y + part * (to_y - y), 1)
