"""Chart: a finished drawing of numbers, and `multiples`: several of them side by side.

The pieces of SVG here carry their colours as attributes, with a class for the dark theme.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from . import theme
from .text import shortened, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SMALL, LARGE = 11.0, 13.0  # sizes of text
HEADER = 26.0  # the line of the title
MARGIN = 10.0


@dataclass(frozen=True)
class Chart:
    """A finished chart.

    Attributes:
        body: what it shows, as SVG, with its top left corner at (0, 0).
        width, height: in pixels.
        label: what it shows, in a sentence, for those who do not see it.
        linked: whether there are links in it.

    >>> from autograd_lite.views.charts import lines
    >>> chart = lines({"loss": [1.0, 0.5, 0.25]}, title="loss")
    >>> chart.label
    'loss: from 1 to 0.25'
    >>> chart.svg[:15]
    '<svg class="ag"'
    """

    body: str
    width: float
    height: float
    label: str
    linked: bool = False

    @functools.cached_property
    def svg(self) -> str:
        """The picture: an SVG document, the same on every machine."""
        name = hashlib.sha256(self.body.encode()).hexdigest()[:10]
        wide, high = px(self.width + 2 * MARGIN), px(self.height + 2 * MARGIN)
        # A link inside is for the keyboard, too; inside an `img` it would not be found.
        role = "group" if self.linked else "img"
        return (
            f'<svg class="ag" id="ag-{name}" xmlns="http://www.w3.org/2000/svg" role="{role}" '
            f'aria-label="{escape(self.label)}" viewBox="0 0 {wide} {high}" width="{wide}" '
            f'height="{high}" style="max-width:100%;height:auto">'
            f"<style>{theme.style()}</style>"
            f'<rect {theme.fill("ground")} data-part="ground" width="{wide}" height="{high}"/>'
            f'<g transform="translate({px(MARGIN)} {px(MARGIN)})" '
            f'font-family="{escape(theme.FONT)}">{self.body}</g></svg>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.label}


def multiples(
    charts: Sequence[Chart], *, columns: int = 3, gap: float = 28.0, title: str = ""
) -> Chart:
    """Charts side by side, row by row.

    Args:
        charts: in reading order.
        columns: how many stand in a row, at most.
        gap: between them, in pixels.
        title: what they show together.

    Raises:
        ValueError: there are no charts, or `columns` is below 1.

    >>> from autograd_lite.views.charts import lines, multiples
    >>> one = lines({"loss": [1.0, 0.5]})
    >>> multiples([one, one, one], columns=2).width == 2 * one.width + 28
    True
    """
    if not charts:
        raise ValueError("multiples wants at least one chart, got none")
    if columns < 1:
        raise ValueError(f"columns is a number from 1, got {columns!r}")
    rows = [charts[k : k + columns] for k in range(0, len(charts), columns)]
    widths = [max(chart.width for chart in charts[k::columns]) for k in range(len(rows[0]))]
    body, y = [], 0.0
    for row in rows:
        x = 0.0
        for chart, wide in zip(row, widths):
            body.append(
                f'<g role="{"group" if chart.linked else "img"}" aria-label="{escape(chart.label)}"'
                f' transform="translate({px(x)} {px(y)})">{chart.body}</g>'
            )
            x += wide + gap
        y += max(chart.height for chart in row) + gap
    label = f"{title}: " * bool(title) + "; ".join(chart.label for chart in charts)
    linked = any(chart.linked for chart in charts)
    return Chart("".join(body), sum(widths) + gap * (len(widths) - 1), y - gap, label, linked)


# Pieces of SVG ------------------------------------------------------------------------------------


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
    """A line of text, cut to `room` pixels if that is above 0."""
    words = fitting(words, room, size, bold) if room else shortened(words, 200)
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text {theme.fill(role)} x="{px(x)}" y="{px(y)}" '
        f'font-size="{px(size)}"{placed}{weight}>{escape(words)}</text>'
    )


def fitting(words: str, room: float, size: float = SMALL, bold: bool = False) -> str:
    """As much of the words as `room` pixels hold.

    >>> fitting("a long title", 40.0)
    'a lon…'
    """
    words = shortened(words, 200)
    kept = len(words)
    while kept > 1 and width(shortened(words, kept), size, bold) > room:
        kept -= 1
    return shortened(words, kept)


def tip(words: str) -> str:
    """What a pointer reads."""
    return f"<title>{escape(shortened(words, 300))}</title>"


def header(name: str, note: str, wide: float) -> str:
    """The title above a chart on the left, and a note on the right."""
    noted = width(shortened(note, 200)[:40], SMALL) + 12.0 if note else 0.0
    body = text(0.0, 13.0, name, size=LARGE, bold=True, room=wide - noted) if name else ""
    return body + (text(wide, 13.0, note, "muted", anchor="end", room=noted) if note else "")


def path(points: Sequence[tuple[float, float]], closed: bool = False) -> str:
    """The `d` of a line through points, without those that fall on one place."""
    places = [f"{px(x)} {px(y)}" for x, y in points]
    kept = [p for k, p in enumerate(places) if not k or p != places[k - 1]]
    return f"M{kept[0]}L{' '.join(kept[1:])}" + "Z" * closed if len(kept) > 1 else ""
