"""Chart: a finished drawing of numbers. Figure: several that belong together."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import theme
from ..language import say, spoken
from ..output.page import Section, page
from ..output.svg import framed, one_line
from ..output.view import View, pictures_are_shown
from ..output.widget import pictures
from .marks import described, px

WIDTH, HEIGHT = 320.0, 220.0  # of most charts, by default
MARGIN = 10.0


class Still(View):
    """A view that needs no script: a notebook is given the picture, and its words."""

    def payload(self) -> dict[str, Any]:
        """What a page needs to show it."""
        return {"version": 1, "kind": "chart", "svg": self.svg, "label": str(self)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def forms(self) -> dict[str, Any]:
        """Itself for a notebook that replaces it again soon."""
        words = {"text/plain": str(self)}
        return {"image/svg+xml": self.svg, **words} if pictures_are_shown() else words

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        forms = self.forms()
        return forms | pictures(self.svg) if "image/svg+xml" in forms else forms


@dataclass(frozen=True, repr=False)
class Chart(Still):
    """A finished chart: a notebook shows it, `save` writes it as .svg, .png or .html.

    Attributes:
        body: what it shows, as SVG, with its top left corner at (0, 0).
        width, height: in pixels.
        label: what it shows, in a sentence, for those who do not see it.
        linked: whether there are links in it.

    >>> from autograd_lite.views.charts import lines
    >>> chart = lines({"loss": [1.0, 0.5, 0.25]}, title="loss")
    >>> print(chart)
    loss: from 1 to 0.25
    >>> chart.svg[:4], chart.svg[-6:]
    ('<svg', '</svg>')
    """

    body: str
    width: float
    height: float
    label: str
    linked: bool = False

    kind = "chart"

    @functools.cached_property
    @spoken
    def svg(self) -> str:
        """The picture as text; the same for the same numbers on every machine."""
        wide, high = self.width + 2 * MARGIN, self.height + 2 * MARGIN
        ground = f'<rect {theme.fill("ground")} data-part="ground" width="{wide:g}" '
        ground += f'height="{high:g}" rx="8"/>'
        moved = f'<g transform="translate({MARGIN:g} {MARGIN:g})">{self.body}</g>'
        whole = framed(ground + moved, wide, high, self.label)
        # A link inside is for the keyboard, too; inside an `img` it would not be found.
        return whole.replace('role="img"', 'role="group"', 1) if self.linked else whole

    def __str__(self) -> str:
        return self.label

    def _page(self) -> str:
        title = re.split("[:：]", self.label)[0]
        return page(title, [Section(html=side_by_side([self]))], language=self.language)


class Figure(Still):
    """Charts that belong together: side by side in a picture, as wide as the reader's in a page.

    Attributes:
        title: what they show.
        charts: in reading order.
        columns: how many stand in a row of the picture.
        sections: called for what comes below the charts in a page; it may take its time.

    >>> from autograd_lite.views.charts import Figure, lines
    >>> print(Figure("a training", [lines({"loss": [1.0, 0.5]}, title="loss")]))
    a training: loss: from 1 to 0.5
    """

    kind = "figure"

    def __init__(
        self,
        title: str,
        charts: Sequence[Chart],
        columns: int = 3,
        sections: Callable[[], list[Any]] = list,
    ) -> None:
        self.title, self.charts, self.columns = title, list(charts), columns
        self.sections = sections

    @functools.cached_property
    @spoken
    def whole(self) -> Chart:
        """All charts as one."""
        return multiples(self.charts, columns=self.columns, title=self.title)

    @functools.cached_property
    @spoken
    def svg(self) -> str:
        """The picture as text; the same for the same numbers on every machine."""
        return self.whole.svg

    def __str__(self) -> str:
        return self.whole.label

    @spoken
    def _page(self) -> str:
        charts = Section(html=side_by_side(self.charts))
        return page(
            self.title, [charts, *self.sections()], style=CHARTS_STYLE, language=self.language
        )


CHARTS_STYLE = (
    ".charts{display:flex;flex-wrap:wrap;gap:12px 8px;margin:12px -10px 0}"
    ".charts figure{margin:0;max-width:100%}"
)


def side_by_side(charts: Sequence[Chart]) -> str:
    """Charts as HTML, as many in a row as the window holds; for pages with `CHARTS_STYLE`."""
    figures = "".join(f"<figure>{chart.svg}</figure>" for chart in charts)
    return f'<div class="charts">{figures}</div>'


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
                f'<g role="{"group" if chart.linked else "img"}" '
                f'aria-label="{one_line(chart.label)}" '
                f'transform="translate({px(x)} {px(y)})">{chart.body}</g>'
            )
            x += wide + gap
        y += max(chart.height for chart in row) + gap
    label = described(title, say("; ").join(chart.label for chart in charts))
    linked = any(chart.linked for chart in charts)
    return Chart("".join(body), sum(widths) + gap * (len(widths) - 1), y - gap, label, linked)
