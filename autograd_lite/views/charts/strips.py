"""Strips: small lines row by row, such as a measure of each layer during a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..language import say
from ..output.svg import SMALL, tip
from ..text import number, text_width
from .axis import Axis
from .figure import WIDTH, Chart
from .lines import course
from .marks import HEADER, Point, described, header, line, line_through, px, text

MOST_ROWS = 12
SPARK = 24.0  # a small line is at least so wide, in pixels, and its number no smaller than LEAST
NUMBER, LEAST = 52.0, 7.0  # the room for the number beside it, where none needs more


@dataclass(frozen=True)
class Measure:
    """A column of `strips`.

    Attributes:
        key: its name among the measures of a row.
        title: what stands above it.
        log: whether its axis is logarithmic.
        low, high: what its axis reaches at least.
        guide: a number worth comparing with, drawn as a dotted line; None for none.
        percent: whether its numbers are shares.
    """

    key: str
    title: str
    log: bool = False
    low: float | None = None
    high: float | None = None
    guide: float | None = None
    percent: bool = False


def strips(
    rows: Mapping[str, Mapping[str, Sequence[float]]],
    measures: Sequence[Measure],
    *,
    x: Sequence[float] | None = None,
    title: str = "",
    note: str = "",
    x_name: str = "",
    width: float = WIDTH,
    height: float = 0.0,
) -> Chart:
    """A strip of small lines for each layer: one column for each measure, one axis per column.

    Args:
        rows: of each layer the numbers of each measure. Of more than 12 layers the first and the
            last are shown.
        measures: the columns.
        x: where the numbers stand; by default 1, 2, 3, ...
        title, note: above the chart, on the left and on the right.
        x_name: what x counts.
        width, height: of all of it, in pixels; a height of 0 is the one that the rows take.

    Raises:
        ValueError: there are no rows or no measures.

    >>> from autograd_lite.views.charts import Measure, strips
    >>> strips({"first": {"rms": [0.5, 0.1]}}, [Measure("rms", "gradient rms", log=True)]).label
    'layers: first: gradient rms from 0.5 to 0.1'
    """
    if not rows or not measures:
        raise ValueError(f"strips wants rows and measures, got {len(rows)} and {len(measures)}")
    names, hidden = list(rows), 0
    if len(names) > MOST_ROWS:
        hidden = len(names) - MOST_ROWS + 1
        names = [*names[: MOST_ROWS // 2], *names[-(MOST_ROWS // 2 - 1) :]]
    head, foot = HEADER + 22.0, 20.0
    each = max((height - head - foot) / (len(names) + bool(hidden)), 50.0)
    gap = 10.0
    wide = (width - gap * (len(measures) - 1)) / len(measures)
    axes = {
        m.key: _axis_of(m, [y for name in names for y in rows[name].get(m.key, ())])
        for m in measures
    }
    rooms = [_room_of(m, [rows[name].get(m.key, ()) for name in names], wide) for m in measures]
    body = [header(title, note, width)]
    body += [
        text(k * (wide + gap), HEADER + 8.0, m.title, "muted", room=wide)
        for k, m in enumerate(measures)
    ]
    y = head
    for place, name in enumerate(names):
        if hidden and place == MOST_ROWS // 2:
            body.append(
                text(0.0, y + each / 2, say("… {count} more layers", count=hidden), "muted")
            )
            y += each
        body.append(text(0.0, y + 10.0, name, bold=True, room=width))
        for k, m in enumerate(measures):
            ys = list(rows[name].get(m.key, ()))
            spark = _spark(ys, x, axes[m.key], m, wide - rooms[k] - 6.0, each - 26.0)
            spark += _last(ys, m, wide - rooms[k], rooms[k], each - 26.0)
            moved = f"translate({px(k * (wide + gap))} {px(y + 17.0)})"
            summary = described(say(", ").join((name, m.title)), _course_if_any(ys))
            body.append(f'<g transform="{moved}">{tip(summary)}{spark}</g>')
        y += each
    lengths = [len(ys) for row in rows.values() for ys in row.values()]
    places = list(x) if x is not None else [1.0, float(max(lengths, default=1))]
    if places:
        first, last = number(places[0]), number(places[-1])
        span = say("{first} to {last}", first=first, last=last)
        if x_name:
            span = say("{unit} {first} to {last}", unit=x_name, first=first, last=last)
        body.append(text(0.0, y + 12.0, span, "muted"))
    words = [
        described(name, say(", ").join(_course_of(m, rows[name]) for m in measures))
        for name in names
    ]
    label = described(title or say("layers"), say("; ").join(words))
    return Chart("".join(body), width, y + foot, label)


def _course_of(measure: Measure, row: Mapping[str, Sequence[float]]) -> str:
    return f"{measure.title} {_course_if_any(row.get(measure.key, ()))}"


def _axis_of(measure: Measure, numbers: Sequence[float]) -> Axis:
    edges = [edge for edge in (measure.low, measure.high) if edge is not None]
    usable = [y for y in numbers if math.isfinite(y) and (y > 0.0 or not measure.log)]
    return Axis.of([*usable, *edges] or [1.0], measure.log)


def _course_if_any(numbers: Sequence[float]) -> str:
    """`course`; all nan is where there is nothing to measure."""
    return course([] if all(map(math.isnan, numbers)) else numbers)


def _room_of(measure: Measure, rows: Sequence[Sequence[float]], wide: float) -> float:
    """How wide the numbers beside the small lines of a column are."""
    widest = max(text_width(_last_text(ys, measure), SMALL) for ys in rows)
    return min(max(widest, NUMBER), max(wide - 6.0 - SPARK, 0.5 * wide))


def _last_text(ys: Sequence[float], measure: Measure) -> str:
    last = ys[-1] if ys else math.nan
    if math.isnan(last):
        return "–"
    return f"{100 * last:.0f}%" if measure.percent else number(last, 2)


def _last(ys: Sequence[float], measure: Measure, x: float, room: float, y: float) -> str:
    """The last number, smaller where there is little room, and left out where there is none."""
    words = _last_text(ys, measure)
    size = SMALL * min(1.0, room / text_width(words, SMALL))
    return text(x, y, words, size=size) if size >= LEAST else ""


def _spark(
    ys: Sequence[float], x: Sequence[float] | None, axis: Axis, measure: Measure,
    right: float, high: float,
) -> str:  # fmt: skip
    """One small line, as far as `right`."""
    at = list(range(len(ys))) if x is None else list(x)[-len(ys) :] if ys else []
    span = (at[-1] - at[0]) if len(at) > 1 else 0.0

    def place(k: int, y: float) -> Point | None:
        if not math.isfinite(y):
            return None
        y = max(y, math.ulp(0.0)) if measure.log else y  # a 0 lies at the bottom
        across = (at[k] - at[0]) / span if span else 1.0
        return across * right, high - axis.share(y) * high

    body = [line("line", f"M0 {px(high)}H{px(right)}")]
    if measure.guide is not None:
        y = high - axis.share(measure.guide) * high
        body.append(line("neutral-line", f"M0 {px(y)}H{px(right)}", ' stroke-dasharray="1.5 2.5"'))
    body.append(line_through([place(k, y) for k, y in enumerate(ys)], "accent", radius=2.2))
    return "".join(body)
