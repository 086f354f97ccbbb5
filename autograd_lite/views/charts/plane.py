"""Plane: a piece of a plane with numbers along its sides, a line on it, and the key of lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ...primitive import plain, real
from ..output.svg import SMALL
from ..text import text_width
from .axis import inside
from .contours import Field, Line, contours, outlines
from .marks import HEADER, Point, color_of, dashed, dot, line, path, px, text

ROW = 17.0  # of the key


class Box:
    """Where a piece of the plane lies in the picture."""

    def __init__(
        self, corners: tuple[float, float, float, float], left: float, right: float, top: float,
        bottom: float,
    ) -> None:  # fmt: skip
        self.corners = corners
        self.left, self.right, self.top, self.bottom = left, right, top, bottom

    def at(self, place: Sequence[float]) -> Point:
        """A place of the plane in pixels."""
        low, high, floor, ceiling = self.corners
        x, y = (place[0] - low) / (high - low), (place[1] - floor) / (ceiling - floor)
        return self.left + x * (self.right - self.left), self.bottom - y * (self.bottom - self.top)

    def holds(self, point: Point) -> bool:
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom

    def nearest(self, place: Sequence[float]) -> Point:
        """A place of the plane in pixels; of one outside the nearest place inside."""
        x, y = self.at(place)
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)

    def outlines(self, field: Field, level: float) -> str:
        """The `d` of the areas where a field that spans the box is above `level`."""
        return self._lines(field, outlines(field, level), closed=True)

    def contours(self, field: Field, level: float) -> str:
        """The `d` of the lines along which a field that spans the box is `level`."""
        return self._lines(field, contours(field, level), closed=False)

    def _lines(self, field: Field, lines: Sequence[Line], closed: bool) -> str:
        columns, rows = len(field[0]) - 1, len(field) - 1
        wide, high = self.right - self.left, self.bottom - self.top
        return "".join(
            path([(self.left + x / columns * wide, self.bottom - y / rows * high)
                  for x, y in line], closed)
            for line in lines
        )  # fmt: skip

    def cut(self, begin: Point, end: Point) -> tuple[Point, Point] | None:
        """The part of a line that lies inside (Liang and Barsky 1984)."""
        (x, y), dx, dy = begin, end[0] - begin[0], end[1] - begin[1]
        enters, leaves = 0.0, 1.0
        for toward, room in (
            (-dx, x - self.left), (dx, self.right - x), (-dy, y - self.top), (dy, self.bottom - y),
        ):  # fmt: skip
            if toward == 0.0:
                if room < 0.0:
                    return None
            elif toward < 0.0:
                enters = max(enters, room / toward)
            else:
                leaves = min(leaves, room / toward)
        if enters > leaves:
            return None
        inside = (x + enters * dx, y + enters * dy) if enters > 0.0 else begin
        return inside, (x + leaves * dx, y + leaves * dy) if leaves < 1.0 else end

    def runs(self, steps: Sequence[Point]) -> list[list[Point]]:
        """The line through some points (in pixels), as far as it lies inside."""
        runs: list[list[Point]] = []
        for begin, end in pairwise(steps):
            if (inside := self.cut(begin, end)) is None:
                continue
            if runs and runs[-1][-1] == inside[0]:
                runs[-1].append(inside[1])
            else:
                runs.append(list(inside))
        return runs


def is_somewhere(place: Sequence[float]) -> bool:
    """Whether both coordinates are finite."""
    return math.isfinite(place[0]) and math.isfinite(place[1])


def height_at(f: Callable[..., Any], *place: float, pole: float = math.nan) -> float:
    """`f` there, which may give a Value; `pole` where plain Python numbers raise an error."""
    try:
        return real(plain(f(*place)))
    except (ZeroDivisionError, OverflowError, ValueError):
        return pole


# A window with numbers along its sides, and a key below it ----------------------------------------

SAMPLE, GAP = 26.0, 16.0  # the piece of line before a name in the key, and the space after it


class Window(Box):
    """A chart's piece of the plane.

    Args:
        corners: the least and the largest x, the least and the largest y.
        names: of x and y.
        marks: what the key explains: names with "line", "walk" (which ends in a dot) or "points".
        width, height: of the whole chart, in pixels.

    Attributes:
        across, up: round places along x and y, and how they are written.
    """

    def __init__(
        self, corners: tuple[float, float, float, float], names: tuple[str, str],
        marks: Mapping[str, str], width: float, height: float,
    ) -> None:  # fmt: skip
        low, high, floor, ceiling = corners
        self.across, self.up = inside(low, high), inside(floor, ceiling)
        self.names, self.marks = names, marks
        self.rows = _key_rows(list(marks), width)
        numbers = [tick.text for tick in self.up]
        left = 6.0 + max(text_width(words, SMALL) for words in (names[1], *numbers))
        self.foot = height - ROW * len(self.rows)
        super().__init__(corners, left, width, HEADER, self.foot - 20.0)

    def sides(self) -> str:
        """The frame, and the numbers along it."""
        low, floor = self.corners[0], self.corners[2]
        left, right, top, bottom = map(px, (self.left, self.right, self.top, self.bottom))
        body = [line("line", f"M{left} {top}H{right}V{bottom}H{left}Z", ' fill="none"')]
        named = self.right - text_width(self.names[0], SMALL) - 8.0  # the name stands at the end
        for tick, words in self.across:
            x = self.at((tick, floor))[0]
            body.append(line("muted", f"M{px(x)} {bottom}v3"))
            if x + text_width(words, SMALL) / 2 < named:
                x = max(x, self.left + 3.0)
                body.append(text(x, self.bottom + 15.0, words, "muted", anchor="middle"))
        name = text(self.right, self.bottom + 15.0, self.names[0], anchor="end", bold=True)
        body.append(name)
        for tick, words in self.up:
            y = self.at((low, tick))[1]
            body.append(line("muted", f"M{left} {px(y)}h-3"))
            if y > self.top + 18.0:
                body.append(text(self.left - 6.0, y + 4.0, words, "muted", anchor="end"))
        name = text(self.left - 6.0, self.top + 10.0, self.names[1], anchor="end", bold=True)
        return "".join([*body, name])

    def key(self) -> str:
        """Which line is which."""
        body, names = [], list(self.marks)
        for row, entries in enumerate(self.rows):
            y = self.foot + row * ROW + 12.0
            for k, x in entries:
                color, mark = color_of(k), self.marks[names[k]]
                if mark != "points":
                    d = f"M{px(x)} {px(y - 4.0)}h{19 if mark == 'line' else 15}"
                    body.append(line(color, d, f' stroke-width="1.8"{dashed(k)}'))
                if mark != "line":
                    body.append(dot((x + (16.0 if mark == "walk" else 10.0), y - 4.0), color, 3.2))
                body.append(text(x + SAMPLE, y, names[k], color, bold=True))
        return "".join(body)


def _key_rows(names: Sequence[str], width: float) -> list[list[tuple[int, float]]]:
    """The key's rows: the place of each name, and how far in it stands."""
    rows: list[list[tuple[int, float]]] = []
    x = math.inf
    for k, name in enumerate(names):
        taken = SAMPLE + text_width(name, SMALL) + GAP
        if x + taken - GAP > width:
            rows.append([])
            x = 0.0
        rows[-1].append((k, x))
        x += taken
    return rows
