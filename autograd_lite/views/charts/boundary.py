"""Boundary: where a model puts each class in the plane of two features, and samples on top.

Classes have a shape as well as a colour.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from .. import theme
from ..language import say
from ..output.svg import SMALL, one_line, tip
from ..text import text_width
from .contours import Field
from .figure import HEIGHT, WIDTH, Chart
from .marks import HEADER, class_name, color_of, described, header, px, text
from .plane import Box

MOST_POINTS = 400  # that are drawn; more hide one another


def boundary(
    shares: Sequence[Sequence[Sequence[float]]],
    corners: tuple[float, float, float, float],
    points: Sequence[Sequence[float]] = (),
    classes: Sequence[int] = (),
    *,
    class_names: Sequence[str] = (),
    feature_names: Sequence[str] = (),
    wrong: Collection[int] | None = None,
    links: Mapping[int, str] | None = None,
    title: str = "",
    note: str = "",
    key: bool = True,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Chart:
    """Where a model puts each class in the plane of two features, and samples on top.

    The tint of a place is the stronger, the surer the model is of its class; a line runs where it
    is undecided. Samples have a shape and a colour by class; a ring is around one that the model
    gets wrong.

    Args:
        shares: rows of a grid from the least second feature up, each of them the places from the
            least first feature up, each of them the share (the probability) of each class.
        corners: the least and the largest first feature, the least and the largest second one.
        points, classes: samples, and the class of each, from 0. Of more than 400 every k-th is
            drawn; the wrong ones always.
        class_names, feature_names: what they are called.
        wrong: places (in `points`) of the samples that the model gets wrong; None if that is not
            known.
        links: where a click on a sample leads to, by its place.
        title, note: above the chart, on the left and on the right.
        key: whether the shapes are explained below.
        width, height: of all of it, in pixels.

    Raises:
        ValueError: the grid is smaller than 2 by 2 or not rectangular, or there is not one class
            for each point.

    >>> from autograd_lite.views.charts import boundary
    >>> grid = [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]]
    >>> boundary(grid, (0.0, 1.0, 0.0, 1.0), [[0.2, 0.5], [0.4, 0.5]], [0, 1], wrong=[1]).label
    'decision boundary: 2 samples of 2 classes, 1 wrong'
    """
    across = {len(row) for row in shares}
    if len(shares) < 2 or len(across) != 1 or min(across) < 2:
        raise ValueError(f"the grid is at least 2 by 2 and rectangular, got rows of {across}")
    if len(points) != len(classes):
        raise ValueError(f"each point has a class, got {len(points)} and {len(classes)}")
    links, ringed = links or {}, wrong or ()
    top, bottom = HEADER if title or note else 0.0, height - (20.0 if key else 0.0)
    box = Box(corners, 0.0, width, top, bottom)
    size = f'width="{px(width)}" height="{px(bottom - top)}"'
    body = [
        header(title, note, width),
        f'<rect {theme.fill("ground")} y="{px(top)}" {size}/>',
        _regions(shares, box),
    ]
    shown = _some(len(points), ringed)
    for i in sorted(shown, key=lambda i: (i in ringed, i)):
        name = class_name(class_names, classes[i])
        words = say("sample {number}: {what}", number=i, what=name)
        words += say(", taken for another class") if i in ringed else ""
        mark = _mark(*box.nearest(points[i]), classes[i], ring=i in ringed)
        point = f'<g data-point="{i}">{tip(words)}{mark}</g>'
        if i in links:
            point = f'<a href="{one_line(links[i])}" aria-label="{one_line(words)}">{point}</a>'
        body.append(point)
    kinds = max([len(shares[0][0]), *(c + 1 for c in classes)])
    if key:
        drawn, taken = _key(kinds, class_names, bool(ringed), width, bottom + 15.0)
        body.append(drawn)
        if len(feature_names) == 2 and width - taken > 60.0:
            body.append(text(width, bottom + 15.0, "→ {}  ↑ {}".format(*feature_names), "muted",
                             anchor="end", room=width - taken))  # fmt: skip
    words = say("{samples} samples of {classes} classes", samples=len(points), classes=kinds)
    words += "" if wrong is None else say(", {count} wrong", count=len(wrong))
    if len(shown) < len(points):
        words += say(" ({count} of them drawn)", count=len(shown))
    label = described(title or say("decision boundary"), words)
    linked = any(i in links for i in shown)
    return Chart("".join(body), width, height, label, linked)


def _regions(shares: Sequence[Sequence[Sequence[float]]], box: Box) -> str:
    """The tints of the classes, and the lines between them."""
    tints, between = [], []
    for k in range(len(shares[0][0])):
        margin: Field = [[_margin(place, k) for place in row] for row in shares]
        for level in (0.0, 0.2, 0.4, 0.6, 0.8, 0.95):
            if area := box.outlines(margin, level):
                paint = f'{theme.fill(color_of(k))} fill-opacity="0.09" fill-rule="evenodd"'
                tints.append(f'<path {paint} d="{area}"/>')
        if k or len(shares[0][0]) > 2:
            between.append(box.contours(margin, 0.0))
    return (
        f"<g>{''.join(tints)}</g>"
        f'<path {theme.stroke("ink")} d="{"".join(between)}" fill="none" stroke-width="1.4" '
        'stroke-opacity="0.75"/>'
    )


def _margin(shares: Sequence[float], k: int) -> float:
    """By how much class k leads (or lags behind) the best of the others; nan counts as a tie."""
    margin = shares[k] - max(share for other, share in enumerate(shares) if other != k)
    return margin if math.isfinite(margin) else 0.0


def _some(count: int, always: Collection[int]) -> list[int]:
    """The places that are drawn: all, or about MOST_POINTS."""
    step = -(-count // MOST_POINTS)
    return sorted({*range(0, count, max(step, 1)), *sorted(always)[:MOST_POINTS]})


SHAPES: tuple[str, ...] = (  # around (0, 0), after the circle of class 0
    "M0 -4.9L4.9 0L0 4.9L-4.9 0Z",  # a diamond
    "M-3.4 -3.4H3.4V3.4H-3.4Z",  # a square
    "M0 -4.6L4.4 3.4H-4.4Z",  # a triangle
    "M0 4.6L4.4 -3.4H-4.4Z",  # a triangle, upside down
    "M-1.4 -4.4H1.4V-1.4H4.4V1.4H1.4V4.4H-1.4V1.4H-4.4V-1.4H-1.4Z",  # a plus
)


def _mark(x: float, y: float, kind: int, ring: bool = False) -> str:
    """The sign of a class; a ring around it says that the model is wrong there."""
    paint = theme.both(color_of(kind), "ground")
    shape = kind % (len(SHAPES) + 1)
    drawn = f'<circle {paint} cx="{px(x)}" cy="{px(y)}" r="3.8"/>'
    if shape:
        moved = f'transform="translate({px(x)} {px(y)})"'
        drawn = f'<path {paint} {moved} d="{SHAPES[shape - 1]}"/>'
    around = (
        f'<circle {theme.stroke("ink")} cx="{px(x)}" cy="{px(y)}" r="6.6" fill="none" '
        'stroke-width="1.4" pointer-events="all"/>'
    )
    return drawn + around * ring


def _key(
    kinds: int, names: Sequence[str], wrong: bool, width: float, y: float
) -> tuple[str, float]:
    """What the signs mean, in one line, and how far that reaches."""
    entries = [(_mark(5.0, 0.0, k), class_name(names, k)) for k in range(kinds)]
    if wrong:
        ring = f'<circle {theme.stroke("ink")} cx="6" r="5.6" fill="none" stroke-width="1.4"/>'
        entries.append((ring, say("wrong")))
    body, x = [], 0.0
    for mark, name in entries:
        taken = 16.0 + text_width(name, SMALL)
        if x + taken > width:
            break
        body.append(f'<g transform="translate({px(x)} {px(y - 4.0)})">{mark}</g>')
        body.append(text(x + 16.0, y, name, "muted"))
        x += taken + 14.0
    return "".join(body), x
