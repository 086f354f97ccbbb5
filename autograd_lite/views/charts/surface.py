"""Surface: a function of two variables, seen from above, and the paths of those who walk on it.

As on a map: a line joins places of the same height, and a stronger tint lies higher. The levels are
chosen so that each tint covers the same share of the map, so a narrow valley shows, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from .. import theme
from ..language import say
from ..output.svg import SMALL, tip
from ..text import counted, number, text_width
from .contours import Field
from .figure import Chart
from .marks import color_of, dashed, described, dot, header, line, path, px, round_line, text
from .plane import Box, Window, height_at, is_somewhere

WIDTH, HEIGHT = 420.0, 320.0
MOST_DOTS = 100  # on a path; more would hide it


def surface(
    f: Callable[[float, float], Any],
    corners: tuple[float, float, float, float],
    *,
    paths: Mapping[str, Sequence[Sequence[float]]] | None = None,
    points: Mapping[str, Sequence[float]] | None = None,
    arrows: Sequence[tuple[Sequence[float], Sequence[float]]] = (),
    levels: int | Sequence[float] = 12,
    names: tuple[str, str] = ("x", "y"),
    title: str = "",
    note: str = "",
    resolution: int = 40,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Chart:
    """A map of `f` with lines of equal height; paths, named places and arrows lie on top.

    A path has a ring where it begins, a dot at each step (of at most 100) and a large dot where it
    ends; where it leaves the map it is cut off, and comes back in if it does.

    Args:
        f: of two numbers; gives a number or a Value. A height that is not finite counts as the
            highest one that is.
        corners: the least and the largest x, the least and the largest y.
        paths: places (x, y) one after the other, by the name of the path.
        points: places worth a cross, by name.
        arrows: each from one place to another.
        levels: how many lines of equal height, each tint as large as the next; or the heights.
        names: of x and y.
        title, note: above the map, on the left and on the right.
        resolution: `f` is called at so many places along each side, plus one.
        width, height: of all of it, in pixels.

    Raises:
        ValueError: the corners span nothing, `f` is finite nowhere, or the resolution is below 1.

    >>> from autograd_lite.views.charts.surface import surface
    >>> bowl = lambda x, y: x * x + y * y
    >>> down = [(2.0, 1.0), (1.0, 0.5), (0.5, 0.25)]
    >>> surface(bowl, (-2.0, 2.0, -1.5, 1.5), paths={"descent": down}, title="a bowl").label
    'a bowl: heights from 0 to 6.25; descent from 5 to 0.312 in 2 steps'
    """
    low, high, floor, ceiling = corners
    if not (low < high and floor < ceiling and all(map(math.isfinite, corners))):
        raise ValueError(f"corners are (least x, largest x, least y, largest y), got {corners}")
    if resolution < 1:
        raise ValueError(f"resolution is a number from 1, got {resolution!r}")
    paths, points = paths or {}, points or {}
    box = Window(corners, names, dict.fromkeys(paths, "walk"), width, height)
    field = heights(f, corners, resolution)
    size = f'width="{px(box.right - box.left)}" height="{px(box.bottom - box.top)}"'
    body = [
        header(title, note, width),
        f'<rect {theme.fill("ground")} x="{px(box.left)}" y="{px(box.top)}" {size}/>',
        _tints(field, _levels(field, levels), box),
        box.sides(),
    ]
    body += [_arrow(box, begin, end) for begin, end in arrows]
    body += [
        f"<g>{tip(_summary(f, name, walk))}{_walk(box, walk, k)}</g>"
        for k, (name, walk) in enumerate(paths.items())
    ]
    body += [_place(box, name, point) for name, point in points.items()]
    body.append(box.key())
    least, largest = number(min(map(min, field))), number(max(map(max, field)))
    words = [say("heights from {least} to {largest}", least=least, largest=largest)]
    words += [_summary(f, name, walk) for name, walk in paths.items()]
    label = described(title or say("surface"), say("; ").join(words))
    return Chart("".join(body), width, height, label)


def heights(
    f: Callable[[float, float], Any], corners: tuple[float, float, float, float], resolution: int
) -> Field:
    """The heights on a grid, from the least y up; those that are not finite become the highest.

    >>> heights(lambda x, y: x / y, (0.0, 1.0, 0.0, 1.0), 1)
    [[1.0, 1.0], [0.0, 1.0]]
    """
    low, high, floor, ceiling = corners
    across = [low + (high - low) * i / resolution for i in range(resolution + 1)]
    up = [floor + (ceiling - floor) * j / resolution for j in range(resolution + 1)]
    field = [[height_at(f, x, y) for x in across] for y in up]
    finite = [z for row in field for z in row if math.isfinite(z)]
    if not finite:
        raise ValueError(f"the function is finite nowhere between the corners {corners}")
    top = max(finite)
    return [[z if math.isfinite(z) else top for z in row] for row in field]


def _levels(field: Field, levels: int | Sequence[float]) -> list[float]:
    if not isinstance(levels, int):
        return sorted(map(float, levels))
    ordered = sorted(z for row in field for z in row)
    return sorted({ordered[k * len(ordered) // (levels + 1)] for k in range(1, levels + 1)})


def _tints(field: Field, levels: Sequence[float], box: Box) -> str:
    """A tint above each level, and the lines between."""
    opacity = min(0.6 / max(len(levels), 1), 0.12)
    tint = f'{theme.fill("muted")} fill-opacity="{opacity:.3f}" fill-rule="evenodd"'
    thin = ' fill="none" stroke-width="0.8" stroke-opacity="0.55"'
    body = []
    for level in levels:
        if area := box.outlines(field, level):
            body.append(f'<path {tint} d="{area}"/>')
    for level in levels:
        if lines := box.contours(field, level):
            body.append(
                line("muted", lines, thin, tip(say("height {number}", number=number(level))))
            )
    return f"<g>{''.join(body)}</g>"


# Paths --------------------------------------------------------------------------------------------


def _walk(box: Box, walk: Sequence[Sequence[float]], k: int) -> str:
    """A path as far as it lies in the box."""
    color = color_of(k)
    steps = [box.at(place) for place in takewhile(is_somewhere, walk)]
    drawn = "".join(map(path, box.runs(steps)))
    body = []
    if drawn:
        # A seam in the colour of the ground keeps it apart from the lines below it.
        body.append(round_line("ground", drawn, 'stroke-width="4" stroke-opacity="0.6"'))
        body.append(round_line(color, drawn, f'stroke-width="1.8"{dashed(k)}'))
    if len(steps) <= MOST_DOTS:
        body += [dot(point, color, 2.1) for point in steps[1:-1] if box.holds(point)]
    body += [dot(point, color, 4.0) for point in steps[-1:] if box.holds(point)]
    for x, y in steps[:1]:
        if box.holds((x, y)):
            body.append(
                f'<circle {theme.both("ground", color)} cx="{px(x)}" cy="{px(y)}" r="4" '
                'stroke-width="1.8"/>'
            )
    return "".join(body)


def _summary(f: Callable[[float, float], Any], name: str, walk: Sequence[Sequence[float]]) -> str:
    """Where a path leads, in words."""
    if not walk:
        return say("{name} is empty", name=name)
    begin, end = (height_at(f, float(x), float(y), pole=math.inf) for x, y in (walk[0], walk[-1]))
    return say(
        "{name} from {first} to {last} in {steps}",
        name=name, first=number(begin), last=number(end), steps=counted(len(walk) - 1, "step"),
    )  # fmt: skip


def _arrow(box: Box, begin: Sequence[float], end: Sequence[float]) -> str:
    """An arrow that begins and ends on the map; others are left out."""
    if not (box.holds(box.at(begin)) and box.holds(box.at(end))):
        return ""
    (x, y), (to_x, to_y) = box.at(begin), box.at(end)
    length = math.hypot(to_x - x, to_y - y)
    if length < 1.0:
        return ""
    ux, uy, barb = (to_x - x) / length, (to_y - y) / length, min(4.0, 0.5 * length)
    barbs = [
        (to_x - barb * (ux + side * 0.6 * uy), to_y - barb * (uy - side * 0.6 * ux))
        for side in (1.0, -1.0)
    ]
    head = path([barbs[0], (to_x, to_y), barbs[1]])
    look = ' fill="none" stroke-width="1.2" stroke-linejoin="round"'
    return line("ink", path([(x, y), (to_x, to_y)]) + head, look)


def _place(box: Box, name: str, point: Sequence[float]) -> str:
    """A cross with a name beside it, on the side where there is room."""
    x, y = box.at(point)
    if not box.holds((x, y)):
        return ""
    cross = f"M{px(x - 4)} {px(y - 4)}l8 8m0 -8l-8 8"
    room = x + 9.0 + text_width(name, SMALL, bold=True) < box.right
    words = text(
        x + (9.0 if room else -9.0), y + 4.0, name, anchor="start" if room else "end", bold=True
    )
    return "<g>" + line("ink", cross, ' stroke-width="2"') + f"{words}</g>"
