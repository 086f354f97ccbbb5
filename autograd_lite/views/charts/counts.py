"""Counts: a table of how often each class was taken for each other one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .. import theme
from ..language import say
from ..output.svg import SIZE, SMALL, tip
from ..text import text_width
from .figure import HEIGHT, WIDTH, Chart
from .marks import HEADER, class_name, described, header, numbers_above, px, text, told_apart


def counts(
    matrix: Sequence[Sequence[int]],
    *,
    class_names: Sequence[str] = (),
    title: str = "",
    note: str = "",
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Chart:
    """How often each class (row) was taken for each (column): right in blue, wrong in orange.

    Args:
        matrix: as `nn.confusion_matrix` gives it.
        class_names: of the classes, in order.
        title, note: above the chart, on the left and on the right.
        width, height: of all of it, in pixels.

    Raises:
        ValueError: the matrix is empty or not square.

    >>> from autograd_lite.views.charts import counts
    >>> counts([[9, 1], [0, 10]], class_names=["no", "yes"]).label
    'confusion matrix: 19 of 20 right; 1 no taken for yes'
    """
    size = len(matrix)
    if not size or any(len(row) != size for row in matrix):
        raise ValueError(
            f"a matrix of counts is square and not empty, got rows of {[len(r) for r in matrix]}"
        )
    names = [class_name(class_names, k) if class_names else str(k) for k in range(size)]
    widest = max(text_width(name, SMALL) for name in [*names, say("truly ↓")])
    named = min(widest, 0.3 * width)
    left, top = named + 8.0, HEADER + 34.0
    across, down = (width - left) / size, (height - top) / size
    body = [
        header(title, note, width),
        text(0.0, HEADER + 24.0, say("truly ↓"), "muted"),
        text(left, HEADER + 6.0, say("taken for →"), "muted"),
    ]
    heads, sides = _heads_and_sides(names, across, named)
    every = max(1, math.ceil(SMALL / down))  # of many rows some have a name
    for k, side in enumerate(sides):
        if k % every == 0:
            body.append(text(left - 8.0, top + (k + 0.5) * down + 4.0, side, anchor="end"))
        if heads[k]:
            middle = left + (k + 0.5) * across
            body.append(text(middle, HEADER + 24.0, heads[k], anchor="middle"))
    for i, row in enumerate(matrix):
        for j, count in enumerate(row):
            x, y = left + j * across, top + i * down
            opacity = 0.08 + 0.42 * count / max(sum(row), 1) if count else 0.0
            paint = theme.fill("positive" if i == j else "negative")
            words = _taken(count, names[i], names[j])
            place = f'x="{px(x + 1)}" y="{px(y + 1)}" width="{px(across - 2)}"'
            inner = f'{place} height="{px(down - 2)}" rx="4"'
            body.append(f"<g>{tip(words)}<rect {theme.fill('leaf')} {inner}/>")
            body.append(f'<rect {paint} fill-opacity="{opacity:.2f}" {inner}/>')
            if min(across, down) >= 15.0:
                x, y = x + across / 2, y + down / 2 + 4.5
                role = "ink" if count else "muted"
                body.append(text(x, y, str(count), role, size=SIZE, anchor="middle", bold=i == j))
            body.append("</g>")
    right, total = sum(matrix[k][k] for k in range(size)), sum(map(sum, matrix))
    mistakes = [
        _taken(count, names[i], names[j])
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if count and i != j
    ]
    parts = [say("{right} of {total} right", right=right, total=total), *mistakes[:6]]
    label = described(title or say("confusion matrix"), say("; ").join(parts))
    return Chart("".join(body), width, height, label)


def _heads_and_sides(
    names: Sequence[str], across: float, beside: float
) -> tuple[list[str], list[str]]:
    """What stands above the columns ("" for nothing) and beside the rows.

    Names; where there is no room to tell them apart numbers stand above, and the same numbers
    before the names beside the rows.
    """
    heads, sides = told_apart(names, across - 4.0), told_apart(names, beside)
    if len(set(heads)) == len(set(sides)) == len(set(names)) and "…" not in heads:
        return heads, sides
    numbers = [str(k) for k in range(len(names))]
    above = numbers_above(numbers, across)
    if list(names) == numbers:
        return above, numbers
    rests = told_apart(names, beside - text_width(f"{numbers[-1]} ", SMALL))
    return above, [f"{number} {rest}" for number, rest in zip(numbers, rests)]


def _taken(count: int, one: str, other: str) -> str:
    return say("{count} {one} taken for {other}", count=count, one=one, other=other)
