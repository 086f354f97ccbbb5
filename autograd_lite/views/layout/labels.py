"""Labels: each on its own wire, none on a box or on another label.

A label lies in a gap between two columns, so it never meets a box. It goes where it is easiest to
read: near the middle of its wire, or towards the target where other wires would run through it. A
label that finds no free place makes one other label move; if that does not help, the gap grows.
Only what still finds no place after that is left out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from .mesh import Mesh

Box = tuple[float, float, float, float]  # left, top, right, bottom
Spot = tuple[int, float, float]  # gap, x from its left side, y
Strand = tuple[int, float, float, float]
"""A wire in a gap: its index, how far down it is on both sides, how far it bends aside between."""

STEEP = 3.0  # a strand that falls by so many widths has its label near its target
APART = 2.0  # between labels, at least
STEPS = 16  # places that are tried along a strand
PART = [step / STEPS for step in range(STEPS + 1)]
ACROSS = [1.5 * t * (1 - t) + t * t * t for t in PART]  # x of an S-curve from (0, 0) to (1, 1)
ALONG = [t * t * (3 - 2 * t) for t in PART]  # its y
GROW, GROWTHS = 24.0, 4  # a gap with too little room becomes wider by so much, so many times
CAREFUL = 12_000  # wires times labels in all gaps, up to which labels keep off other wires
MOVING = 150  # labels in a gap up to which one makes another one move


def place_labels(
    mesh: Mesh,
    strands: list[list[Strand]],
    gaps: list[float],
    labels: list[tuple[float, float]],
    margin: float,
) -> list[Spot | None]:
    """Where the label of each wire is; `gaps` grow where they have to."""
    column, ends = mesh.column, mesh.ends
    spots: list[Spot | None] = [None] * len(ends)
    tables: list[_Table] = []
    waiting = []
    work = sum(len(inside) * len(inside) for inside in strands)
    for gap, inside in enumerate(strands):
        labelled = [
            strand
            for strand in inside
            if column[ends[strand[0]][1]] - 1 == gap and min(labels[strand[0]]) > 0
        ]
        for growth in range(GROWTHS + 1):
            table = _Table(inside, gaps[gap], labels, margin, work <= CAREFUL)
            lost = [strand for strand in labelled if not table.add(strand)]
            if not lost or growth == GROWTHS or len(labelled) > MOVING:
                break
            gaps[gap] += GROW
        waiting += [strand[0] for strand in lost]
        tables.append(table)
    for wire in waiting:  # a long wire has room near its source as well
        first = column[ends[wire][0]]
        if column[ends[wire][1]] - 1 != first:
            tables[first].add(next(strand for strand in strands[first] if strand[0] == wire))
    for gap, table in enumerate(tables):
        for wire, area in table.areas.items():
            spots[wire] = (gap, (area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
    return spots


class _Table:
    """The labels of one gap."""

    def __init__(
        self,
        strands: list[Strand],
        width: float,
        labels: list[tuple[float, float]],
        margin: float,
        careful: bool,
    ) -> None:
        self.others = [
            (strand[0], min(strand[1:3]), max(strand[1:3]), strand[1], strand[2] - strand[1])
            for strand in strands
            if careful
        ]
        self.movable = len(strands) <= MOVING
        self.width = width
        self.labels = labels
        self.margin = margin
        self.areas: dict[int, Box] = {}
        self.placed: dict[int, Strand] = {}
        self.rows: dict[int, list[int]] = {}

    def add(self, strand: Strand) -> bool:
        """Find a place for the label of `strand`; whether there was one."""
        if not self.others and self.simple(strand):
            return True
        areas = self.candidates(strand)
        if self.choose(strand, areas):
            return True
        if self.movable:
            for _, area in areas:
                blocking = self.blocking(area, 2)
                if len(blocking) == 1:
                    other = self.placed[blocking[0]]
                    old = self.areas[other[0]]
                    self.remove(other[0])
                    self.take(strand, area)
                    if self.choose(other, self.candidates(other)):
                        return True
                    self.remove(strand[0])
                    self.take(other, old)
        return False

    def simple(self, strand: Strand) -> bool:
        """Take the middle of the strand, if it is free."""
        wire, start, end, bow = strand
        if abs(end - start) > STEEP * self.width:
            return False
        width, height = self.labels[wire][0] / 2, self.labels[wire][1] / 2
        x, y = self.width / 2, (start + end) / 2 + bow
        area = (x - width, y - height, x + width, y + height)
        if self.blocking(area, 1):
            return False
        self.take(strand, area)
        return True

    def candidates(self, strand: Strand) -> list[tuple[float, Box]]:
        """Places for the label with their costs, the best one first."""
        wire, start, end, bow = strand
        width, height = self.labels[wire][0] / 2, self.labels[wire][1] / 2
        low, high = self.margin + width, self.width - self.margin - width
        steep = abs(end - start) > STEEP * self.width
        areas = []
        for step in range(STEPS + 1):
            x = ACROSS[step] * self.width
            y = start + (end - start) * ALONG[step] + bow * 4 * PART[step] * (1 - PART[step])
            if x < low - 0.01 or x > high + 0.01:
                continue
            away = float(step - STEPS // 2)
            cost = (STEPS - step) * 1.0 if steep else away if away >= 0 else -1.25 * away
            for aside in (0.0, -0.7 * height, 0.7 * height):
                area = (x - width, y + aside - height, x + width, y + aside + height)
                areas.append((cost + 3.5 * abs(aside) / height, area))
        areas.sort(key=lambda pair: pair[0])
        return areas

    def choose(self, strand: Strand, areas: list[tuple[float, Box]]) -> bool:
        """Take the place of least cost; each foreign wire behind a label is a cost."""
        best: tuple[float, Box] | None = None
        for cost, area in areas:
            if best and cost >= best[0]:
                break
            if self.blocking(area, 1):
                continue
            if self.others:
                cost += 4.0 * self.behind(strand, area)
            if not best or cost < best[0]:
                best = (cost, area)
        if best:
            self.take(strand, best[1])
        return best is not None

    def behind(self, strand: Strand, area: Box) -> int:
        """How many other wires run through `area`."""
        left = max(bisect_right(ACROSS, area[0] / self.width) - 1, 0)
        right = min(bisect_left(ACROSS, area[2] / self.width), STEPS)
        low, high = ALONG[left], ALONG[right]
        top, bottom = area[1], area[3]
        count = 0
        for wire, highest, lowest, start, fall in self.others:
            if highest < bottom and lowest > top and wire != strand[0]:
                one, two = start + fall * low, start + fall * high
                if (one < bottom and two > top) if fall > 0 else (two < bottom and one > top):
                    count += 1
        return count

    def blocking(self, area: Box, most: int) -> list[int]:
        """The labels, at most so many, that stand where `area` is."""
        left, top, right, bottom = area
        result: list[int] = []
        for row in _rows(area):
            for wire in self.rows.get(row, ()):
                other = self.areas[wire]
                if (
                    left < other[2] + APART
                    and other[0] < right + APART
                    and top < other[3] + APART
                    and other[1] < bottom + APART
                    and wire not in result
                ):
                    result.append(wire)
                    if len(result) == most:
                        return result
        return result

    def take(self, strand: Strand, area: Box) -> None:
        self.areas[strand[0]] = area
        self.placed[strand[0]] = strand
        for row in _rows(area):
            self.rows.setdefault(row, []).append(strand[0])

    def remove(self, wire: int) -> None:
        area = self.areas.pop(wire)
        del self.placed[wire]
        for row in _rows(area):
            self.rows[row].remove(wire)


def _rows(area: Box) -> range:
    """The strips of 32 pixels that hold `area`, by which other labels there are found."""
    return range(int(area[1] // 32), int((area[3] + APART) // 32) + 1)
