"""Lines: series of numbers over a common axis, each with its name at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..language import say
from ..output.svg import SMALL, tip
from ..text import number, text_width
from .axis import Axis
from .figure import HEIGHT, WIDTH, Chart
from .marks import (
    HEADER,
    Point,
    color_of,
    dashed,
    described,
    fitting,
    header,
    line,
    line_through,
    px,
    text,
)  # fmt: skip

KEPT = 135.0  # pixels for the axis and the lines, beside long names


def lines(
    series: Mapping[str, Sequence[float]],
    *,
    x: Sequence[float] | None = None,
    title: str = "",
    note: str = "",
    x_name: str = "",
    log: bool | None = False,
    low: float | None = None,
    high: float | None = None,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Chart:
    """Lines over a common axis, each with its name and its last number at its end.

    A number that is nan or infinite (or not above 0 on a logarithmic axis) leaves a gap, and a
    cross at the top says where.

    Args:
        series: numbers by name.
        x: where they stand; by default 1, 2, 3, ...
        title, note: above the chart, on the left and on the right.
        x_name: what x counts, below the chart.
        log: whether the axis is logarithmic; None if all numbers are above 0 and the largest is
            more than 50 times the least.
        low, high: what the axis shall reach at least.
        width, height: of all of it, in pixels.

    Raises:
        ValueError: there is no number to draw, or a series has not one number for each x.

    >>> from autograd_lite.views.charts import lines
    >>> lines({"loss": [1.0, 0.5], "val_loss": [1.0, 0.7]}, title="loss", x_name="epoch").label
    'loss: loss from 1 to 0.5, val_loss from 1 to 0.7'
    """
    longest = max(map(len, series.values()), default=0)
    at = [float(k) for k in range(1, longest + 1)] if x is None else [float(k) for k in x]
    for name, ys in series.items():
        if len(ys) > len(at) or (x is not None and len(ys) != len(at)):
            raise ValueError(f"{name!r} has {len(ys)} numbers for {len(at)} places on the axis")
    finite = [y for ys in series.values() for y in ys if math.isfinite(y)]
    if log is None:
        log = bool(finite) and min(finite) > 0.0 and max(finite) > 50.0 * min(finite)
    usable = [y for y in finite if y > 0.0] if log else finite
    if not usable:
        kind = "above 0, as the axis is logarithmic" if log else "finite"
        raise ValueError(f"a chart wants at least one number that is {kind}; got {dict(series)}")
    axis = Axis.of([*usable, *(edge for edge in (low, high) if edge is not None)], log)
    room = max(0.5 * width, width - KEPT)
    tails = [
        _tail(name if len(series) > 1 else "", number(ys[-1]) if ys else "", room)
        for name, ys in series.items()
    ]
    top, bottom = HEADER + 8.0, height - 20.0
    left = 6.0 + max(map(text_width, axis.texts, [SMALL] * len(axis.texts)))
    right = width - 9.0 - max(text_width(tail, SMALL, bold=True) for tail in tails)
    body = [header(title, note, width)]
    for tick, words in zip(axis.ticks, axis.texts):
        y = bottom - axis.share(tick) * (bottom - top)
        body.append(line("line", f"M{px(left)} {px(y)}H{px(right)}"))
        body.append(text(left - 6.0, y + 4.0, words, "muted", anchor="end"))
    first, last = at[0], at[-1]
    body.append(_ends(first, last, left, right, bottom + 16.0, x_name))

    def place(k: int, y: float) -> Point | None:
        if not math.isfinite(y) or (log and y <= 0.0):
            return None
        across = (at[k] - first) / (last - first) if last > first else 0.5
        return left + across * (right - left), bottom - axis.share(y) * (bottom - top)

    ends = []
    for k, (name, ys) in enumerate(series.items()):
        points = [place(i, y) for i, y in enumerate(ys)]
        gaps = [i for i, point in enumerate(points) if point is None][:20]
        span = (right - left) / ((last - first) or 1.0)
        crosses = [
            _cross(
                left + (at[i] - first) * span,
                top,
                color_of(k),
                described(_at(x_name, at[i]), str(ys[i])),
            )
            for i in gaps
        ]
        drawn = line_through(points, color_of(k), dashed(k))
        body.append(f"<g>{tip(described(name, course(ys)))}{drawn}{''.join(crosses)}</g>")
        ends.append(next((point[1] for point in reversed(points) if point), bottom))
    for k, y in enumerate(_apart(ends, 14.0, top, bottom)):
        body.append(text(right + 9.0, y + 4.0, tails[k], color_of(k), bold=True))
    courses = [f"{name} " * (len(series) > 1) + course(ys) for name, ys in series.items()]
    return Chart("".join(body), width, height, described(title, say(", ").join(courses)))


def _tail(name: str, last: str, room: float) -> str:
    """A name and a number that stand at the end of a line; only the name may be cut."""
    if not name:
        return last
    return f"{fitting(name, room - text_width(f' {last}', SMALL, bold=True), bold=True)} {last}"


def course(numbers: Sequence[float]) -> str:
    """Where numbers begin and end, in words.

    >>> course([1.0, 0.7, 0.5]), course([1.0]), course([])
    ('from 1 to 0.5', '1', 'no numbers')
    """
    if not numbers:
        return say("no numbers")
    first, last = number(numbers[0]), number(numbers[-1])
    return say("from {first} to {last}", first=first, last=last) if len(numbers) > 1 else first


def _at(name: str, place: float) -> str:
    """A place on the x axis, with what it counts."""
    if not name:
        return number(place)
    return say("{unit} {number}", unit=name, number=number(place))


def _ends(first: float, last: float, left: float, right: float, y: float, name: str) -> str:
    """The first and the last place on the x axis, and what it counts."""
    begin = _at(name, first)
    if not last > first:
        return text((left + right) / 2, y, begin, "muted", anchor="middle")
    return text(left, y, begin, "muted") + text(right, y, number(last), "muted", anchor="end")


def _cross(x: float, y: float, color: str, words: str) -> str:
    d = f"M{px(x - 3)} {px(y - 3)}l6 6m0 -6l-6 6"
    return line(color, d, ' stroke-width="1.6"', tip(words))


def _apart(places: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """The places, moved as little as needed for a gap between neighbours."""
    order = sorted(range(len(places)), key=places.__getitem__)
    apart, least, most = list(places), top, bottom
    for k in order:
        apart[k] = max(apart[k], least)
        least = apart[k] + gap
    for k in reversed(order):
        apart[k] = min(apart[k], most)
        most = apart[k] - gap
    return apart
