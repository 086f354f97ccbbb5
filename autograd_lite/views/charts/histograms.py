"""Histograms: how the numbers of several rows are spread, on one scale with 0 in the middle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .. import theme
from ..language import say
from ..output.svg import SMALL, tip
from ..text import number, text_width
from .figure import WIDTH, Chart
from .marks import HEADER, described, header, line, px, text

ROW, HIGH = 52.0, 26.0  # of a row all, and the highest bar
BINS = 41


def histograms(
    rows: Mapping[str, Sequence[float]], *, title: str = "", note: str = "", width: float = WIDTH
) -> Chart:
    """A row for each name: how many of its numbers fall into each of 41 bins, and their size.

    The highest bar of each row is as high as those of the others. The number on the right is the
    root mean square; what is nan or infinite is left out.

    Args:
        rows: the numbers, by name.
        title, note: above the chart, on the left and on the right.
        width: of all of it, in pixels.

    Raises:
        ValueError: there are no rows.

    >>> from autograd_lite.views.charts import histograms
    >>> histograms({"first": [3.0, -4.0], "second": [0.0]}, title="weights").label
    'weights: first rms 3.54, second rms 0'
    """
    if not rows:
        raise ValueError("histograms want at least one row of numbers, got none")
    finite = {name: [x for x in row if math.isfinite(x)] for name, row in rows.items()}
    span = max((abs(x) for row in finite.values() for x in row), default=0.0) or 1.0
    body, sizes, y = [header(title, note, width)], [], HEADER
    for name, row in finite.items():
        counts = [0] * BINS
        for x in row:
            counts[min(int((x / span + 1.0) / 2.0 * BINS), BINS - 1)] += 1
        size = math.hypot(*row) / math.sqrt(len(row)) if row else math.nan
        sizes.append(say("{name} rms {number}", name=name, number=number(size)))
        named = width - max(60.0, text_width(number(size), SMALL) + 12.0)
        floor, tall, wide = y + ROW - 8.0, HIGH / max(*counts, 1), width / BINS
        steps = "".join(
            f"L{px(k * wide)} {px(floor - count * tall)}H{px((k + 1) * wide)}"
            for k, count in enumerate(counts)
        )
        body += [
            f"<g>{tip(say('{summary}, {count} numbers', summary=sizes[-1], count=len(row)))}",
            text(0.0, y + 10.0, name, bold=True, room=named),
            text(width, y + 10.0, number(size), "muted", anchor="end"),
            f'<path {theme.fill("accent")} d="M0 {px(floor)}{steps}V{px(floor)}Z"/>',
            line("line", f"M0 {px(floor)}H{px(width)}") + "</g>",
        ]
        y += ROW
    for x, words, anchor in ((0.0, -span, "start"), (0.5, 0.0, "middle"), (1.0, span, "end")):
        body.append(text(x * width, y + 10.0, number(words), "muted", anchor=anchor))
    return Chart("".join(body), width, y + 16.0, described(title, say(", ").join(sizes)))
