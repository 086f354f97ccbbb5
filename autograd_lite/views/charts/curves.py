"""Curves: functions of one number drawn over a common axis, with points and lines on top.

What leaves the window is cut off at its rim, so a tangent, a pole or an explosion does no harm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...primitive import plain, real
from ..language import say
from ..output.svg import tip
from ..text import number
from .axis import Axis
from .figure import Chart
from .marks import Point, color_of, dashed, described, dot, header, line, path, px, round_line
from .plane import Box, Window, height_at, is_somewhere

WIDTH, HEIGHT = 420.0, 280.0
PLACES = 240  # at which a function is called, less one

Walk = Sequence[Sequence[float]]


def curves(
    shapes: Mapping[str, Callable[[float], Any] | Walk],
    between: tuple[float, float],
    *,
    points: Mapping[str, Walk] | None = None,
    low: float | None = None,
    high: float | None = None,
    names: tuple[str, str] = ("x", "y"),
    title: str = "",
    note: str = "",
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Chart:
    """Graphs of functions (or lines through places), and points, in one window.

    Args:
        shapes: functions of one number that give a number or a Value; or places (x, y) one after
            the other, which a line joins. Where a function is not finite there is a gap.
        between: the least and the largest x.
        points: places (x, y) that are marked, by name.
        low, high: the least and the largest y of the window; by default what is drawn fits in.
        names: of x and y.
        title, note: above the window, on the left and on the right.
        width, height: of all of it, in pixels.

    Raises:
        ValueError: there is nothing to draw, or the window spans nothing.

    >>> from autograd_lite.views.charts.curves import curves
    >>> chart = curves({"square": lambda x: x * x, "tangent": [(0.0, -1.0), (2.0, 3.0)]},
    ...                (-2.0, 2.0), points={"touch": [(1.0, 1.0)]}, title="a tangent")
    >>> chart.label
    'a tangent: square from 4 to 4, tangent from −1 to 3, touch at (1, 1)'
    """
    left, right = between
    if not (left < right and math.isfinite(left) and math.isfinite(right)):
        raise ValueError(f"between is (least x, largest x), got {between}")
    walks = {name: _walk(shape, left, right) for name, shape in shapes.items()}
    marks = {name: [_place(*p) for p in walk] for name, walk in (points or {}).items()}
    floor, ceiling = _window([*walks.values(), *marks.values()], low, high)
    drawn = {**dict.fromkeys(walks, "line"), **dict.fromkeys(marks, "points")}
    window = Window((left, right, floor, ceiling), names, drawn, width, height)
    body = [header(title, note, width), _grid(window), window.sides()]
    for k, (name, walk) in enumerate(walks.items()):
        body.append(f"<g>{tip(name)}{_line(window, walk, k)}</g>")
    for k, (name, walk) in enumerate(marks.items(), start=len(walks)):
        body.append(f"<g>{tip(name)}{_points(window, walk, color_of(k))}</g>")
    body.append(window.key())
    words = [_ends(name, walk) for name, walk in walks.items()]
    words += [_whereabouts(name, walk) for name, walk in marks.items()]
    label = described(title or say("curves"), say(", ").join(words))
    return Chart("".join(body), width, height, label)


def _walk(shape: Callable[[float], Any] | Walk, left: float, right: float) -> list[Point]:
    if not callable(shape):
        return [_place(*p) for p in shape]
    at = [left + (right - left) * k / PLACES for k in range(PLACES + 1)]
    return [(x, height_at(shape, x)) for x in at]


def _place(x: Any, y: Any) -> Point:
    return real(plain(x)), real(plain(y))


def _window(
    walks: Sequence[Sequence[Point]], low: float | None, high: float | None
) -> tuple[float, float]:
    """The least and the largest y: as asked for, or round places around all that is drawn."""
    heights = [point[1] for walk in walks for point in walk if is_somewhere(point)]
    if not heights:
        raise ValueError("curves wants at least one finite number to draw, got none")
    wanted = [y for y in (low, high) if y is not None]
    axis = Axis.of([*wanted, *(y for y in heights if _inside(y, low, high))], most=5)
    floor, ceiling = axis.low if low is None else low, axis.high if high is None else high
    if not floor < ceiling:
        raise ValueError(f"low is below high, got {floor} and {ceiling}")
    return floor, ceiling


def _inside(y: float, low: float | None, high: float | None) -> bool:
    return (low is None or y >= low) and (high is None or y <= high)


def _grid(box: Window) -> str:
    """Faint lines at the round places; those through 0 are stronger."""
    x0, y0 = box.corners[0], box.corners[2]
    lines = [
        (x, f"M{px(box.at((x, y0))[0])} {px(box.top)}V{px(box.bottom)}") for x, _ in box.across
    ]
    lines += [(y, f"M{px(box.left)} {px(box.at((x0, y))[1])}H{px(box.right)}") for y, _ in box.up]
    roles = {True: "neutral-line", False: "line"}
    return "".join(line(roles[at == 0.0], d, ' fill="none"') for at, d in lines)


def _line(box: Box, walk: Sequence[Point], k: int) -> str:
    drawn, run = [], []
    for point in [*walk, (math.nan, math.nan)]:
        if is_somewhere(point):
            run.append(box.at(point))
        else:
            drawn += [path(piece) for piece in box.runs(run)]
            run = []
    look = f'stroke-width="1.8"{dashed(k)}'
    return round_line(color_of(k), "".join(drawn), look) if any(drawn) else ""


def _points(box: Box, walk: Sequence[Point], color: str) -> str:
    places = [box.at(point) for point in walk if is_somewhere(point)]
    return "".join(dot(place, color, 3.2) for place in places if box.holds(place))


def _ends(name: str, walk: Sequence[Point]) -> str:
    """Where a line begins and ends, in words."""
    heights = [y for x, y in walk if is_somewhere((x, y))]
    if not heights:
        return say("{name} nowhere", name=name)
    first, last = number(heights[0]), number(heights[-1])
    return say("{name} from {first} to {last}", name=name, first=first, last=last)


def _whereabouts(name: str, walk: Sequence[Point]) -> str:
    if len(walk) == 1:
        x, y = walk[0]
        return say("{name} at ({x}, {y})", name=name, x=number(x), y=number(y))
    return say("{name} ({count} points)", name=name, count=len(walk))
