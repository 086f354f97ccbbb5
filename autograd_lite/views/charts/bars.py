"""Bars: named numbers side by side, the longest of them as long as the chart is wide.

On a logarithmic axis a length would say nothing, for there is no 0 to start from: so a dot stands
at each number, and a thin line leads the eye to it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from .. import theme
from ..language import say
from ..output.svg import SMALL, tip
from ..text import number, text_width
from .axis import Axis
from .figure import Chart
from .marks import HEADER, described, dot, header, line, px, text

ROW = 22.0
WIDTH = 420.0


def bars(
    numbers: Mapping[str, float],
    *,
    title: str = "",
    note: str = "",
    unit: str = "",
    log: bool = False,
    texts: Sequence[str] | None = None,
    highlight: Collection[str] = (),
    width: float = WIDTH,
) -> Chart:
    """A row for each number: its name, a bar (or a dot on a logarithmic axis), the number itself.

    Args:
        numbers: by name, from above to below; none below 0.
        title, note: above the chart, on the left and on the right.
        unit: what is counted, after each number.
        log: whether the axis is logarithmic.
        texts: what is written instead of each number and its unit.
        highlight: names of the rows that stand out.
        width: of all of it, in pixels.

    Raises:
        ValueError: there are no numbers; or one is below 0 or not finite (on a logarithmic axis:
            not above 0); or there is not one text for each.

    >>> from autograd_lite.views.charts.bars import bars
    >>> bars({"loops": 644, "dot": 69}, title="nodes for each sample").label
    'nodes for each sample: loops 644, dot 69'
    """
    if not numbers:
        raise ValueError("bars wants at least one number, got none")
    for name, x in numbers.items():
        if not math.isfinite(x) or x < 0.0 or (log and x == 0.0):
            wanted = "above 0, as the axis is logarithmic," if log else "not below 0"
            raise ValueError(f"a bar wants a number that is {wanted} and finite; {name!r} is {x}")
    if texts is None:
        texts = [f"{number(x)} {unit}".strip() for x in numbers.values()]
    if len(texts) != len(numbers):
        raise ValueError(f"each bar has a text, got {len(texts)} for {len(numbers)} bars")

    axis = Axis.of([*numbers.values(), *([] if log else [0.0])], log)
    named = min(max(text_width(name, SMALL, bold=True) for name in numbers), 0.5 * width)
    left = named + 10.0
    longest = max(text_width(words, SMALL, bold=True) for words in texts)
    right = max(width - longest - 12.0, left + 20.0)
    start = left + 14.0 if log else left
    top = HEADER if title or note else 0.0
    bottom = top + ROW * len(numbers)
    body = [header(title, note, width)]

    def place(x: float) -> float:
        return start + axis.share(x) * (right - start)

    for tick, words in zip(axis.ticks, axis.texts):
        body.append(line("line", f"M{px(place(tick))} {px(top)}V{px(bottom)}"))
        body.append(text(place(tick), bottom + 15.0, words, "muted", anchor="middle"))
    for k, ((name, x), words) in enumerate(zip(numbers.items(), texts)):
        y, bold = top + ROW * (k + 0.5), name in highlight
        color = "accent" if bold else "positive"
        row = [text(left - 10.0, y + 4.0, name, anchor="end", bold=bold, room=named)]
        row.append(_dot(left, place(x), y, color) if log else _bar(left, place(x), y, color))
        row.append(text(place(x) + 9.0, y + 4.0, words, bold=bold))
        body.append(f"<g>{tip(described(name, words))}{''.join(row)}</g>")
    listed = say(", ").join(f"{name} {words}" for name, words in zip(numbers, texts))
    return Chart("".join(body), width, bottom + 20.0, described(title, listed))


def _bar(left: float, end: float, y: float, color: str) -> str:
    wide = max(end - left, 1.0)
    return (
        f'<rect {theme.fill(color)} x="{px(left)}" y="{px(y - 7)}" width="{px(wide)}" '
        'height="14" rx="2"/>'
    )


def _dot(left: float, end: float, y: float, color: str) -> str:
    stalk = line(color, f"M{px(left)} {px(y)}H{px(end)}", ' stroke-opacity="0.5"')
    return stalk + dot((end, y), color, 4.5)
