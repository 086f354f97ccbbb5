"""Marks: the pieces of SVG that all charts are made of.

They carry their colours as attributes, with a class for the dark theme. Lines and classes take
turns through a few colours, and have a pattern of dashes or a shape besides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from .. import theme
from ..language import say
from ..output.svg import SIZE, SMALL, one_line
from ..text import middle, number, shortened, text_width

HEADER = 26.0  # the line of the title
COLORS = ("positive", "negative", "accent", "muted")  # of classes and of lines, in order
DASHES = ("", "5 3", "2 2.5", "8 3 2 3")
NUMBER = re.compile(r"[−≈+-]*\d[\d.,]*(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|e[+-]?\d+)?%?")

Point = tuple[float, float]


def color_of(k: int) -> str:
    """The role of the colour of the k-th line or class."""
    return COLORS[k % len(COLORS)]


def dashed(k: int) -> str:
    """The attribute of the k-th line, whose colour alone is not enough."""
    dashes = DASHES[k % len(DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def px(x: float) -> str:
    """A coordinate, to a tenth of a pixel.

    >>> px(12.04), px(-0.01), px(3.25)
    ('12', '0', '3.2')
    """
    text = f"{x:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


def text(
    x: float, y: float, words: str, role: str = "ink", *, size: float = SMALL,
    anchor: str = "start", bold: bool = False, room: float = 0.0,
) -> str:  # fmt: skip
    """A line of text; if `room` is above 0, as much of it as so many pixels hold."""
    words = fitting(words, room, size, bold) if room else _cut(shortened(words, 201), 200)
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text {theme.fill(role)} x="{px(x)}" y="{px(y)}" '
        f'font-size="{px(size)}"{placed}{weight}>{one_line(words)}</text>'
    )


def fitting(words: str, room: float, size: float = SMALL, bold: bool = False) -> str:
    """As much of the words as `room` pixels hold. A number is in it as a whole, or not at all.

    >>> fitting("a long title", 40.0), fitting("loss 5.6×10⁻⁹", 80.0)
    ('a lo…', 'loss…')
    """
    words = shortened(words, 201)
    count = min(len(words), 200)
    while count > 1 and text_width(_cut(words, count), size, bold) > room:
        count -= 1
    return _cut(words, count)


def told_apart(names: Sequence[str], room: float) -> list[str]:
    """Names in a room of so many pixels, cut at the end, or in the middle if that tells more apart.

    >>> told_apart(["class of cats", "class of dogs"], 50.0)
    ['cla…ats', 'cla…gs']
    """
    ended = [fitting(name, room) for name in names]
    halved = [_halved(name, room) for name in names]
    return halved if len(set(halved)) > len(set(ended)) else ended


def numbers_above(numbers: Sequence[str], wide: float) -> list[str]:
    """The numbers of columns of that width; where they are narrow only each second, third, ...

    >>> numbers_above(["9", "10", "11"], 20.0), numbers_above(["9", "10", "11"], 12.0)
    (['9', '10', '11'], ['9', '', '11'])
    """
    widest = max(text_width(number, SMALL) for number in numbers) + 2.0
    every = max(1, math.ceil(widest / wide))
    return ["" if k % every else number for k, number in enumerate(numbers)]


def _halved(name: str, room: float) -> str:
    """A name without its middle, in which no number is cut."""
    for count in range(min(len(name), 200), 3, -1):
        shown = middle(name, count)
        if text_width(shown, SMALL) <= room and not re.search(r"\d…|…\d", shown):
            return shown
    return "…"


def _cut(words: str, limit: int) -> str:
    """At most `limit` characters of a line; no number is cut, nor stands before the `…`."""
    if len(words) <= limit:
        return words
    end = max(limit - 1, 0)
    for each in NUMBER.finditer(words):
        if each.start() < end <= each.end():
            return words[: each.start()].rstrip() + "…"
    return words[:end] + "…"


def digits_fitting(x: float, digits: int, room: float) -> str:
    """The number with as many digits as there is room for; nothing if there is none.

    >>> [digits_fitting(0.1234, 3, room) for room in (40.0, 20.0, 9.0)]
    ['0.123', '0.1', '']
    """
    texts = [number(x, d) for d in range(digits, 0, -1)]
    return next((words for words in texts if text_width(words, SMALL) <= room), "")


def header(name: str, note: str, wide: float) -> str:
    """The title above a chart on the left, and a note on the right."""
    noted = text_width(shortened(note, 200)[:40], SMALL) + 12.0 if note else 0.0
    body = text(0.0, 13.0, name, size=SIZE, bold=True, room=wide - noted) if name else ""
    return body + (text(wide, 13.0, note, "muted", anchor="end", room=noted) if note else "")


def path(points: Sequence[Point], closed: bool = False) -> str:
    """The `d` of a line through points, without those that fall on the one before."""
    places = [f"{px(x)} {px(y)}" for x, y in points]
    distinct = [p for k, p in enumerate(places) if not k or p != places[k - 1]]
    return f"M{distinct[0]}L{' '.join(distinct[1:])}" + "Z" * closed if len(distinct) > 1 else ""


def line(role: str, d: str, look: str = "", inside: str = "") -> str:
    """A line of a colour along `d`; `look` are more attributes."""
    end = f">{inside}</path>" if inside else "/>"
    return f'<path {theme.stroke(role)}{look} d="{d}"{end}'


def round_line(role: str, d: str, look: str) -> str:
    """A thick line of a colour with round corners and ends."""
    shape = f'd="{d}" fill="none" stroke-linejoin="round" stroke-linecap="round"'
    return f"<path {theme.stroke(role)} {shape} {look}/>"


def dot(point: Point, color: str, radius: float) -> str:
    """A filled circle."""
    x, y = point
    return f'<circle {theme.fill(color)} cx="{px(x)}" cy="{px(y)}" r="{px(radius)}"/>'


def line_through(
    points: Sequence[Point | None], color: str, dashes: str = "", radius: float = 3.0
) -> str:
    """A line through points, with gaps, a dot at its end and one at a point that stands alone."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    drawn = "".join(path(_thinned(run)) for run in runs if len(run) > 1)
    pieces = [round_line(color, drawn, f'stroke-width="1.8"{dashes}')] if drawn else []
    alone = [run[0] for run in runs if len(run) == 1]
    ended = [run[-1] for run in runs if run][-1:]
    pieces += [dot(point, color, radius) for point in dict.fromkeys([*alone, *ended])]
    return "".join(pieces)


def _thinned(run: list[Point]) -> list[Point]:
    """Of the points that fall on one column of pixels the first, the extremes and the last."""
    if len(run) < 1000:
        return run
    by_pixel: dict[int, list[Point]] = {}
    for point in run:
        by_pixel.setdefault(int(point[0]), []).append(point)
    visible = []
    for points in by_pixel.values():
        heights = [y for _, y in points]
        extremes = heights.index(min(heights)), heights.index(max(heights))
        visible += [points[k] for k in sorted({0, *extremes, len(points) - 1})]
    return visible


def described(title: str, words: str) -> str:
    """What a chart shows, in a sentence; its title comes first."""
    return say("{title}: {note}", title=title, note=words) if title else words


def class_name(names: Sequence[str], k: int) -> str:
    """What the k-th class is called."""
    return names[k] if 0 <= k < len(names) else say("class {number}", number=k)
