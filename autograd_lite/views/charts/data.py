"""Charts: numbers as small SVG pictures, in the same colours as the graphs, with no dependency.

Each function takes plain numbers and gives a `Chart`. They are small on purpose: a chart is read at
its own size on a telephone, and several of them stand side by side (`multiples`) on a wide screen.
Classes have a shape as well as a colour, and lines have their name at their end.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .. import theme
from ..picture.svg import escaped
from ..text import number
from ..text import width as width_of
from .axis import Axis
from .contours import Field, contours, outlines
from .figure import HEADER, SMALL, Chart, header, path, px, text, tip
from .figure import multiples as multiples

WIDTH, HEIGHT = 320.0, 220.0
COLORS = ("positive", "negative", "accent", "muted")  # of classes and of lines, in order
DASHES = ("", "5 3", "2 2.5", "8 3 2 3")
MOST_POINTS = 400  # that are drawn; more hide one another
MOST_ROWS = 12  # of strips

Point = tuple[float, float]


# Lines --------------------------------------------------------------------------------------------


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
    longest = max((len(column) for column in series.values()), default=0)
    at = [float(k) for k in range(1, longest + 1)] if x is None else [float(k) for k in x]
    for name, column in series.items():
        if len(column) > len(at) or (x is not None and len(column) != len(at)):
            raise ValueError(f"{name!r} has {len(column)} numbers for {len(at)} places on the axis")
    finite = [y for column in series.values() for y in column if math.isfinite(y)]
    if log is None:
        log = bool(finite) and min(finite) > 0.0 and max(finite) > 50.0 * min(finite)
    usable = [y for y in finite if y > 0.0] if log else finite
    if not usable:
        kind = "above 0, as the axis is logarithmic" if log else "finite"
        raise ValueError(f"a chart wants at least one number that is {kind}; got {dict(series)}")
    axis = Axis.of([*usable, *(edge for edge in (low, high) if edge is not None)], log)
    tails = [
        f"{name} " * (len(series) > 1) + (number(column[-1]) if column else "")
        for name, column in series.items()
    ]
    top, bottom = HEADER + 8.0, height - 20.0
    left = 6.0 + max(map(width_of, axis.texts, [SMALL] * len(axis.texts)))
    right = width - 9.0 - max(width_of(tail, SMALL, bold=True) for tail in tails)
    body = [header(title, note, width)]
    for tick, words in zip(axis.ticks, axis.texts):
        y = bottom - axis.share(tick) * (bottom - top)
        body.append(f'<path {theme.stroke("line")} d="M{px(left)} {px(y)}H{px(right)}"/>')
        body.append(text(left - 6.0, y + 4.0, words, "muted", anchor="end"))
    first, last = at[0], at[-1]
    body.append(_ends(first, last, left, right, bottom + 16.0, x_name))

    def place(k: int, y: float) -> Point | None:
        if not math.isfinite(y) or (log and y <= 0.0):
            return None
        across = (at[k] - first) / (last - first) if last > first else 0.5
        return left + across * (right - left), bottom - axis.share(y) * (bottom - top)

    ends = []
    for k, (name, column) in enumerate(series.items()):
        points = [place(i, y) for i, y in enumerate(column)]
        gaps = [i for i, point in enumerate(points) if point is None][:20]
        span = (right - left) / ((last - first) or 1.0)
        crosses = [
            _cross(left + (at[i] - first) * span, top, f"{x_name} {number(at[i])}: {column[i]}")
            for i in gaps
        ]
        drawn = _line(points, COLORS[k % len(COLORS)], DASHES[k % len(DASHES)])
        body.append(f"<g>{tip(f'{name}: {_told(column)}')}{drawn}{''.join(crosses)}</g>")
        ends.append(next((point[1] for point in reversed(points) if point), bottom))
    for k, y in enumerate(_apart(ends, 14.0, top, bottom)):
        body.append(text(right + 9.0, y + 4.0, tails[k], COLORS[k % len(COLORS)], bold=True))
    told = [f"{name} " * (len(series) > 1) + _told(column) for name, column in series.items()]
    return Chart("".join(body), width, height, _label(title, ", ".join(told)))


def _label(title: str, told: str) -> str:
    return f"{title}: {told}" if title else told


def _told(column: Sequence[float]) -> str:
    """How a column of numbers goes, in words."""
    if not column:
        return "no numbers"
    first, last = number(column[0]), number(column[-1])
    return f"from {first} to {last}" if len(column) > 1 else first


def _told_if_any(column: Sequence[float]) -> str:
    """The same; nan is where there is nothing to measure."""
    return _told([] if all(map(math.isnan, column)) else column)


def _ends(first: float, last: float, left: float, right: float, y: float, name: str) -> str:
    """The first and the last place on the x axis, and what it counts."""
    begin = f"{name} {number(first)}".strip()
    if not last > first:
        return text((left + right) / 2, y, begin, "muted", anchor="middle")
    return text(left, y, begin, "muted") + text(right, y, number(last), "muted", anchor="end")


def _line(points: Sequence[Point | None], color: str, dashes: str = "", dot: float = 3.0) -> str:
    """A line through points, with gaps, a dot at its end and one at a point that stands alone."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    drawn = "".join(path(_thinned(run)) for run in runs if len(run) > 1)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    pieces = []
    if drawn:
        pieces.append(
            f'<path {theme.stroke(color)} d="{drawn}" fill="none" stroke-width="1.8" '
            f'stroke-linejoin="round" stroke-linecap="round"{dashed}/>'
        )
    alone = [run[0] for run in runs if len(run) == 1]
    ended = [run[-1] for run in runs if run][-1:]
    for x, y in dict.fromkeys([*alone, *ended]):
        pieces.append(f'<circle {theme.fill(color)} cx="{px(x)}" cy="{px(y)}" r="{px(dot)}"/>')
    return "".join(pieces)


def _thinned(run: list[Point]) -> list[Point]:
    """Of the points that fall on one column of pixels the first, the extremes and the last."""
    if len(run) < 1000:
        return run
    columns: dict[int, list[Point]] = {}
    for point in run:
        columns.setdefault(int(point[0]), []).append(point)
    kept = []
    for column in columns.values():
        heights = [y for _, y in column]
        extremes = heights.index(min(heights)), heights.index(max(heights))
        kept += [column[k] for k in sorted({0, *extremes, len(column) - 1})]
    return kept


def _cross(x: float, y: float, words: str) -> str:
    return (
        f'<path {theme.stroke("negative")} stroke-width="1.6" '
        f'd="M{px(x - 3)} {px(y - 3)}l6 6m0 -6l-6 6">{tip(words)}</path>'
    )


def _apart(places: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """The places, moved as little as needed for a gap between neighbours."""
    order = sorted(range(len(places)), key=places.__getitem__)
    found, least, most = list(places), top, bottom
    for k in order:
        found[k] = max(found[k], least)
        least = found[k] + gap
    for k in reversed(order):
        found[k] = min(found[k], most)
        most = found[k] - gap
    return found


# A model of two features --------------------------------------------------------------------------


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
    low, high, floor, ceiling = corners

    def place(point: Sequence[float]) -> Point:
        x, y = (point[0] - low) / (high - low), (point[1] - floor) / (ceiling - floor)
        return min(max(x, 0.0), 1.0) * width, bottom - min(max(y, 0.0), 1.0) * (bottom - top)

    size = f'width="{px(width)}" height="{px(bottom - top)}"'
    body = [
        header(title, note, width),
        f'<rect {theme.fill("ground")} y="{px(top)}" {size}/>',
        _regions(shares, width, top, bottom),
    ]
    shown = _some(len(points), ringed)
    for i in sorted(shown, key=lambda i: (i in ringed, i)):
        name = _name(class_names, classes[i])
        words = f"sample {i}: {name}" + ", taken for another class" * (i in ringed)
        mark = _mark(*place(points[i]), classes[i], ring=i in ringed)
        point = f'<g data-point="{i}">{tip(words)}{mark}</g>'
        if i in links:
            point = f'<a href="{escaped(links[i])}" aria-label="{escaped(words)}">{point}</a>'
        body.append(point)
    kinds = max([len(shares[0][0]), *(c + 1 for c in classes)])
    if key:
        drawn, taken = _key(kinds, class_names, bool(ringed), width, bottom + 15.0)
        body.append(drawn)
        if len(feature_names) == 2 and width - taken > 60.0:
            body.append(text(width, bottom + 15.0, "→ {}  ↑ {}".format(*feature_names), "muted",
                             anchor="end", room=width - taken))  # fmt: skip
    told = f"{len(points)} samples of {kinds} classes"
    told += "" if wrong is None else f", {len(wrong)} wrong"
    told += f" ({len(shown)} of them drawn)" * (len(shown) < len(points))
    label, linked = _label(title or "decision boundary", told), any(i in links for i in shown)
    return Chart("".join(body), width, height, label, linked)


def _regions(
    shares: Sequence[Sequence[Sequence[float]]], width: float, top: float, bottom: float
) -> str:
    """The tints of the classes, and the lines between them."""
    right, up = len(shares[0]) - 1, len(shares) - 1

    def drawn(found: Sequence[Sequence[Point]], closed: bool) -> str:
        return "".join(
            path([(x / right * width, bottom - y / up * (bottom - top)) for x, y in line], closed)
            for line in found
        )

    tints, between = [], []
    for k in range(len(shares[0][0])):
        margin: Field = [[_margin(place, k) for place in row] for row in shares]
        color = COLORS[k % len(COLORS)]
        for level in (0.0, 0.2, 0.4, 0.6, 0.8, 0.95):
            area = drawn(outlines(margin, level), closed=True)
            if area:
                paint = f'{theme.fill(color)} fill-opacity="0.09" fill-rule="evenodd"'
                tints.append(f'<path {paint} d="{area}"/>')
        if k or len(shares[0][0]) > 2:
            between.append(drawn(contours(margin, 0.0), closed=False))
    return (
        f"<g>{''.join(tints)}</g>"
        f'<path {theme.stroke("ink")} d="{"".join(between)}" fill="none" stroke-width="1.4" '
        'stroke-opacity="0.75"/>'
    )


def _margin(shares: Sequence[float], k: int) -> float:
    """By how much class k leads (or lags behind) the best of the others; nan counts as a tie."""
    found = shares[k] - max(share for other, share in enumerate(shares) if other != k)
    return found if math.isfinite(found) else 0.0


def _some(count: int, always: Collection[int]) -> list[int]:
    """The places that are drawn: all, or about MOST_POINTS."""
    step = -(-count // MOST_POINTS)
    kept = sorted(always)[:MOST_POINTS]
    return sorted({*range(0, count, max(step, 1)), *kept})


def _name(names: Sequence[str], k: int) -> str:
    return names[k] if 0 <= k < len(names) else f"class {k}"


SHAPES: tuple[str, ...] = (  # around (0, 0), after the circle of class 0
    "M0 -4.9L4.9 0L0 4.9L-4.9 0Z",  # a diamond
    "M-3.4 -3.4H3.4V3.4H-3.4Z",  # a square
    "M0 -4.6L4.4 3.4H-4.4Z",  # a triangle
    "M0 4.6L4.4 -3.4H-4.4Z",  # a triangle, upside down
    "M-1.4 -4.4H1.4V-1.4H4.4V1.4H1.4V4.4H-1.4V1.4H-4.4V-1.4H-1.4Z",  # a plus
)


def _mark(x: float, y: float, kind: int, ring: bool = False) -> str:
    """The sign of a class; a ring around it says that the model is wrong there."""
    paint = theme.both(COLORS[kind % len(COLORS)], "ground")
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
    entries = [(_mark(5.0, 0.0, k), _name(names, k)) for k in range(kinds)]
    if wrong:
        ring = f'<circle {theme.stroke("ink")} cx="6" r="5.6" fill="none" stroke-width="1.4"/>'
        entries.append((ring, "wrong"))
    body, x = [], 0.0
    for mark, name in entries:
        taken = 16.0 + width_of(name, SMALL)
        if x + taken > width:
            break
        body.append(f'<g transform="translate({px(x)} {px(y - 4.0)})">{mark}</g>')
        body.append(text(x + 16.0, y, name, "muted"))
        x += taken + 14.0
    return "".join(body), x


# Counts -------------------------------------------------------------------------------------------


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
    names = [_name(class_names, k) if class_names else str(k) for k in range(size)]
    widest = max(width_of(name, SMALL) for name in [*names, "truly ↓"])
    named = min(widest, 0.3 * width)
    left, top = named + 8.0, HEADER + 34.0
    across, down = (width - left) / size, (height - top) / size
    body = [
        header(title, note, width),
        text(0.0, HEADER + 24.0, "truly ↓", "muted"),
        text(left, HEADER + 6.0, "taken for →", "muted"),
    ]
    for k, name in enumerate(names):
        middle = top + (k + 0.5) * down + 4.0
        body.append(text(left - 8.0, middle, name, anchor="end", room=named))
        body.append(
            text(left + (k + 0.5) * across, HEADER + 24.0, name, anchor="middle", room=across - 4.0)
        )
    for i, row in enumerate(matrix):
        for j, count in enumerate(row):
            x, y = left + j * across, top + i * down
            opacity = 0.08 + 0.42 * count / max(sum(row), 1) if count else 0.0
            paint = theme.fill("positive" if i == j else "negative")
            words = f"{count} {names[i]} taken for {names[j]}"
            place = f'x="{px(x + 1)}" y="{px(y + 1)}" width="{px(across - 2)}"'
            inner = f'{place} height="{px(down - 2)}" rx="4"'
            body.append(f"<g>{tip(words)}<rect {theme.fill('leaf')} {inner}/>")
            body.append(f'<rect {paint} fill-opacity="{opacity:.2f}" {inner}/>')
            if min(across, down) >= 15.0:
                x, y = x + across / 2, y + down / 2 + 4.5
                role = "ink" if count else "muted"
                body.append(text(x, y, str(count), role, size=13.0, anchor="middle", bold=i == j))
            body.append("</g>")
    right, total = sum(matrix[k][k] for k in range(size)), sum(map(sum, matrix))
    mistakes = [
        f"{count} {names[i]} taken for {names[j]}"
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if count and i != j
    ]
    told = "; ".join([f"{right} of {total} right", *mistakes[:6]])
    return Chart("".join(body), width, height, _label(title or "confusion matrix", told))


# Layers -------------------------------------------------------------------------------------------


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
    body = [header(title, note, width)]
    body += [
        text(k * (wide + gap), HEADER + 8.0, m.title, "muted", room=wide)
        for k, m in enumerate(measures)
    ]
    y = head
    for place, name in enumerate(names):
        if hidden and place == MOST_ROWS // 2:
            body.append(text(0.0, y + each / 2, f"… {hidden} more layers", "muted"))
            y += each
        body.append(text(0.0, y + 10.0, name, bold=True, room=width))
        for k, m in enumerate(measures):
            column = list(rows[name].get(m.key, ()))
            spark = _spark(column, x, axes[m.key], m, wide, each - 26.0)
            moved = f"translate({px(k * (wide + gap))} {px(y + 17.0)})"
            words = f"{name}, {m.title}: {_told_if_any(column)}"
            body.append(f'<g transform="{moved}">{tip(words)}{spark}</g>')
        y += each
    places = list(x) if x is not None else [1.0, float(max(_lengths(rows), default=1))]
    if places:
        span = f"{number(places[0])} to {number(places[-1])}"
        body.append(text(0.0, y + 12.0, f"{x_name} {span}".strip(), "muted"))
    told = [
        f"{name}: "
        + ", ".join(f"{m.title} {_told_if_any(rows[name].get(m.key, ()))}" for m in measures)
        for name in names
    ]
    return Chart("".join(body), width, y + foot, _label(title or "layers", "; ".join(told)))


def _lengths(rows: Mapping[str, Mapping[str, Sequence[float]]]) -> list[int]:
    return [len(column) for row in rows.values() for column in row.values()]


def _axis_of(measure: Measure, found: Sequence[float]) -> Axis:
    edges = [edge for edge in (measure.low, measure.high) if edge is not None]
    usable = [y for y in found if math.isfinite(y) and (y > 0.0 or not measure.log)]
    return Axis.of([*usable, *edges] or [1.0], measure.log)


def _spark(
    column: Sequence[float], x: Sequence[float] | None, axis: Axis, measure: Measure,
    wide: float, high: float,
) -> str:  # fmt: skip
    """One small line, with its last number beside it."""
    right = wide - 58.0
    at = list(range(len(column))) if x is None else list(x)[-len(column) :] if column else []
    span = (at[-1] - at[0]) if len(at) > 1 else 0.0

    def place(k: int, y: float) -> Point | None:
        if not math.isfinite(y):
            return None
        y = max(y, 1e-300) if measure.log else y  # a 0 lies at the bottom
        across = (at[k] - at[0]) / span if span else 1.0
        return across * right, high - axis.share(y) * high

    body = [f'<path {theme.stroke("line")} d="M0 {px(high)}H{px(right)}"/>']
    if measure.guide is not None:
        y = high - axis.share(measure.guide) * high
        body.append(
            f'<path {theme.stroke("neutral-line")} stroke-dasharray="1.5 2.5" '
            f'd="M0 {px(y)}H{px(right)}"/>'
        )
    body.append(_line([place(k, y) for k, y in enumerate(column)], "accent", dot=2.2))
    last = column[-1] if column else math.nan
    words = (
        "–" if math.isnan(last) else f"{100 * last:.0f}%" if measure.percent else number(last, 2)
    )
    body.append(text(right + 6.0, high, words, room=53.0))
    return "".join(body)
