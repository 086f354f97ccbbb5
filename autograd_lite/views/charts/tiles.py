"""Tiles: a matrix as a chart: a picture in ink, or weights and gradients in blue and orange."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .. import theme
from ..language import say
from ..output.svg import SMALL
from ..text import number, text_width
from .figure import Chart
from .marks import HEADER, described, digits_fitting, header, numbers_above, px, text, told_apart

LEVELS = 24  # of strength that are told apart
LARGEST = 34.0  # the side of a tile, in pixels


def tiles(
    matrix: Sequence[Sequence[float]],
    *,
    row_names: Sequence[str] = (),
    column_names: Sequence[str] = (),
    signed: bool | None = None,
    most: float | None = None,
    digits: int = 0,
    title: str = "",
    note: str = "",
    width: float = 160.0,
) -> Chart:
    """A tile for each number of a matrix, the stronger the larger the number is.

    Ink if no number is below 0; else blue above 0 and orange below. A number that is nan or
    infinite has a cross.

    Args:
        matrix: rows of numbers, the first at the top.
        row_names, column_names: written on the left and above.
        signed: True for blue and orange, False for ink; None: as the numbers are.
        most: the size that has the full strength, so that several charts can be compared; None for
            the largest there is.
        digits: write the numbers with so many digits, or fewer if a tile is small; 0 for none.
        title, note: above the chart, on the left and on the right.
        width: of all of it, in pixels; tiles are squares.

    Raises:
        ValueError: the matrix is empty or not rectangular, or a side has not one name for each.

    >>> from autograd_lite.views.charts.tiles import tiles
    >>> tiles([[0.0, 1.0], [2.0, 0.0]], title="a picture").label
    'a picture: 2 by 2 numbers from 0 to 2'
    """
    across = {len(row) for row in matrix}
    if len(across) != 1 or not min(across):
        raise ValueError(f"a matrix is rectangular and not empty, got rows of {sorted(across)}")
    columns = across.pop()
    for what, names, count in (("row", row_names, len(matrix)), ("column", column_names, columns)):
        if names and len(names) != count:
            raise ValueError(f"there are {count} {what}s, got {len(names)} {what}_names")
    finite = [x for row in matrix for x in row if math.isfinite(x)]
    signed = any(x < 0.0 for x in finite) if signed is None else signed
    full = (max(map(abs, finite), default=0.0) if most is None else most) or 1.0

    named = min(max((text_width(name, SMALL) for name in row_names), default=0.0), 0.3 * width)
    left = named + 7.0 if row_names else 0.0
    top = (HEADER if title or note else 0.0) + (18.0 if column_names else 0.0)
    side = min((width - left) / columns, LARGEST)
    body = [header(title, note, width)]
    for j, head in enumerate(_heads(column_names, side)):
        if head:
            body.append(text(left + (j + 0.5) * side, top - 6.0, head, "muted", anchor="middle"))
    for i, name in enumerate(told_apart(row_names, named)):
        middle = top + (i + 0.5) * side + 4.0
        body.append(text(left - 7.0, middle, name, "muted", anchor="end"))
    gap = 0.5 if side < 16.0 else 1.0
    inner = f"h{px(side - gap)}v{px(side - gap)}h-{px(side - gap)}z"
    drawn: dict[tuple[str, int], list[str]] = {}  # one path for all tiles that look alike
    written = []
    for i, row in enumerate(matrix):
        for j, x in enumerate(row):
            place = left + j * side, top + i * side
            look = _look(x, full, signed)
            drawn.setdefault(look, []).append(f"M{px(place[0])} {px(place[1])}{inner}")
            if digits or not math.isfinite(x):
                words = digits_fitting(x, digits, side - 2.0) if math.isfinite(x) else "×"
                strong = look[1] > (0.75 if signed else 0.5) * LEVELS
                role = "ground" if strong else "ink"
                x, y = place[0] + side / 2, place[1] + side / 2 + 4.0
                written.append(text(x, y, words, role, anchor="middle"))
    ground = "".join(tile for alike in drawn.values() for tile in alike)
    body.append(f'<path {theme.fill("leaf")} d="{ground}"/>')
    for (role, level), alike in sorted(drawn.items()):
        if level:
            strength = f'fill-opacity="{level / LEVELS:.3f}"'
            body.append(f'<path {theme.fill(role)} {strength} d="{"".join(alike)}"/>')
    least, largest = min(finite, default=math.nan), max(finite, default=math.nan)
    label = say(
        "{rows} by {columns} numbers from {least} to {largest}",
        rows=len(matrix), columns=columns, least=number(least), largest=number(largest),
    )  # fmt: skip
    whole = "".join([*body, *written])
    return Chart(whole, width, top + len(matrix) * side, described(title, label))


def _heads(names: Sequence[str], side: float) -> list[str]:
    """What stands above the columns: names, or as many numbers as there is room for."""
    if len(names) and all(map(str.isdigit, names)):
        return numbers_above(names, side)
    heads = told_apart(names, side)
    return [name if len(name) == 1 else head for name, head in zip(names, heads)]


def _look(x: float, full: float, signed: bool) -> tuple[str, int]:
    """The colour of a tile, and how strong it is."""
    role = "ink" if not signed else "positive" if x > 0.0 else "negative"
    share = min(abs(x) / full, 1.0) if math.isfinite(x) and (signed or x > 0.0) else 0.0
    return role, round(share * LEVELS)
