"""Charts: what they show, read back from their SVG."""

import hashlib
import math
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite.views import theme
from autograd_lite.views.charts import Measure, boundary, counts, lines, multiples, strips, tiles
from autograd_lite.views.charts.axis import Axis, inside
from autograd_lite.views.charts.contours import contours, outlines
from autograd_lite.views.charts.marks import fitting
from autograd_lite.views.text import number, text_width

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert(1)</script>&\"'\x00\n]]>\u202e\ud800" + "x" * 5000
DISC = [[1.0 - math.hypot(i - 10, j - 10) / 6.0 for i in range(21)] for j in range(21)]
MEASURES = [Measure("rms", "gradient rms", log=True), Measure("share", "saturated", percent=True)]


def parsed(chart):
    """The tree of its SVG; every drawn element has colours of its own."""
    tree = ElementTree.fromstring(chart.svg)
    for element in tree.iter():
        if element.tag in {SVG + "path", SVG + "rect", SVG + "circle", SVG + "text"}:
            assert element.get("fill") or element.get("stroke")
            for role in re.findall(r"ag-[fs]-([\w-]+)", element.get("class", "")):
                assert role in theme.ROLES
    assert not tree.findall(f".//{SVG}script")
    return tree


def texts(chart):
    return [element.text for element in parsed(chart).iter(SVG + "text")]


def plane(shares=((0.0, 1.0), (1.0, 0.0)), n=5):
    """A grid whose left half is the first class's."""
    return [[list(shares[int(2 * i < n)]) for i in range(n)] for _ in range(n)]


def samples():
    return {
        "lines": lines({"loss": [1.0, 0.4, 0.2], "val_loss": [1.1, 0.6, 0.5]}, title="loss"),
        "boundary": boundary(plane(), (0, 1, 0, 1), [[0.1, 0.5], [0.9, 0.5]], [0, 1], wrong=[1]),
        "counts": counts([[3, 1], [0, 4]], class_names=["no", "yes"]),
        "strips": strips({"first": {"rms": [0.5, 0.1], "share": [0.0, 0.5]}}, MEASURES),
        "tiles": tiles([[0.5, -1.0], [0.0, 2.0]], row_names=["first", "second"], title="weights"),
    }


# Contours -----------------------------------------------------------------------------------------


def area(line):
    return 0.5 * sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(line))


def test_the_contour_of_a_cone_is_a_circle():
    (circle,) = contours(DISC, 0.5)
    assert circle[0] == circle[-1]
    assert all(abs(math.hypot(x - 10, y - 10) - 3.0) < 0.05 for x, y in circle)
    assert area(circle) == pytest.approx(math.pi * 9.0, rel=0.03)  # above on the left


def test_outlines_follow_the_rim():
    half = [[float(i) for i in range(5)] for _ in range(4)]
    (outline,) = outlines(half, 1.5)
    assert area(outline) == pytest.approx(2.5 * 3.0)
    assert outlines(half, -1.0)[0][0] == outlines(half, -1.0)[0][-1]
    assert area(outlines(half, -1.0)[0]) == pytest.approx(12.0)  # all of it
    assert outlines(half, 9.0) == contours(half, 9.0) == []


def test_a_saddle_is_joined_where_its_middle_is_above():
    saddle = [[1.0, 0.0], [0.0, 1.0]]
    assert [len(outlines(saddle, level)) for level in (0.4, 0.6)] == [1, 2]
    assert [len(contours(saddle[::-1], level)) for level in (0.4, 0.6)] == [2, 2]
    assert len(outlines(saddle[::-1], 0.4)) == 1


GRIDS = st.integers(2, 6).flatmap(
    lambda n: st.lists(
        st.lists(st.floats(-1.0, 1.0), min_size=n, max_size=n), min_size=2, max_size=6
    )
)


@given(GRIDS, st.floats(-0.9, 0.9))
def test_every_outline_is_closed_and_every_contour_lies_on_the_level(grid, level):
    for line in outlines(grid, level):
        assert line[0] == line[-1]
    for line in contours(grid, level):
        for x, y in line:
            i, j = min(int(x), len(grid[0]) - 2), min(int(y), len(grid) - 2)
            a, b = x - i, y - j
            low = grid[j][i] * (1 - a) + grid[j][i + 1] * a
            high = grid[j + 1][i] * (1 - a) + grid[j + 1][i + 1] * a
            assert low * (1 - b) + high * b == pytest.approx(level, abs=1e-9)
    if all(above > level for row in grid for above in row):
        assert area(outlines(grid, level)[0]) == pytest.approx((len(grid) - 1) * (len(grid[0]) - 1))


# All of them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", samples())
def test_a_chart_is_an_image_with_a_name_and_two_themes(name):
    chart = samples()[name]
    tree = parsed(chart)
    assert tree.get("role") == "img"
    assert tree.get("aria-label") == chart.label
    style = tree.find(SVG + "style").text
    assert "prefers-color-scheme:dark" in style
    assert tree.get("viewBox") == f"0 0 {tree.get('width')} {tree.get('height')}"
    assert set(chart._repr_mimebundle_()) - {"image/png"} == {"image/svg+xml", "text/plain"}
    inside = [float(t.get("x")) for t in tree.iter(SVG + "text")]
    assert all(0.0 <= x <= chart.width for x in inside)


@pytest.mark.slow
def test_the_same_numbers_give_the_same_bytes_in_every_run():
    program = (
        "import sys; sys.path.insert(0, 'tests'); import test_charts, hashlib;"
        "print([hashlib.sha256(c.svg.encode()).hexdigest()"
        " for c in test_charts.samples().values()])"
    )
    own = [hashlib.sha256(chart.svg.encode()).hexdigest() for chart in samples().values()]
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert ran.stdout.strip() == str(own)


def test_hostile_names_do_no_harm():
    charts = [
        lines({HOSTILE: [1.0, 2.0], "b": [1.0]}, title=HOSTILE, note=HOSTILE, x_name=HOSTILE),
        boundary(plane(), (0, 1, 0, 1), [[0.5, 0.5]], [0], class_names=[HOSTILE] * 2,
                 feature_names=[HOSTILE] * 2, links={0: '"><script>'}, title=HOSTILE),
        counts([[1, 2], [3, 4]], class_names=[HOSTILE] * 2, title=HOSTILE),
        strips({HOSTILE: {"rms": [1.0]}}, [Measure("rms", HOSTILE)], title=HOSTILE),
    ]  # fmt: skip
    for chart in [*charts, multiples(charts)]:
        parsed(chart)
        assert len(chart.svg) < 40_000


def test_files(tmp_path):
    chart = samples()["lines"]
    assert chart.save(tmp_path / "a.svg").read_text(encoding="utf-8") == chart.svg
    assert chart.svg in chart.save(tmp_path / "a.html").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"a chart is saved as one of .svg, .png, .pdf, .html"):
        chart.save(tmp_path / "a.tex")


def test_png(tmp_path):
    if not (find_spec("resvg_py") or shutil.which("rsvg-convert")):
        pytest.skip("neither resvg-py nor rsvg-convert is installed")
    written = multiples(list(samples().values())).save(tmp_path / "a.png").read_bytes()
    assert written.startswith(b"\x89PNG")


def test_multiples_stand_side_by_side():
    charts = list(samples().values())
    whole = multiples(charts, columns=3)
    places = [
        tuple(map(float, re.findall(r"[\d.]+", group.get("transform"))))
        for group in parsed(whole).iter(SVG + "g")
        if group.get("role") == "img"
    ]
    assert len(set(places)) == len(charts)
    assert places[1] == (charts[0].width + 28.0, 0.0)
    for (x, y), chart in zip(places, charts):
        assert x + chart.width <= whole.width
        assert y + chart.height <= whole.height
    assert whole.label == "; ".join(chart.label for chart in charts)
    with pytest.raises(ValueError, match="at least one chart"):
        multiples([])
    with pytest.raises(ValueError, match="columns is a number from 1, got 0"):
        multiples(charts, columns=0)


# Axes and lines -----------------------------------------------------------------------------------

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1, max_size=5))
def test_ticks_are_few_and_in_order(numbers):
    axis = Axis.of(numbers)
    assert 2 <= len(axis.ticks) <= 8
    assert axis.ticks == sorted(set(axis.ticks))
    assert len(set(axis.texts)) == len(axis.texts)
    assert all(0.0 <= axis.share(x) <= 1.0 for x in numbers)


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=5))
def test_a_logarithmic_axis(numbers):
    axis = Axis.of(numbers, log=True)
    assert 1 <= len(axis.ticks) <= 8
    shares = [axis.share(x) for x in sorted(numbers)]
    assert shares == sorted(shares)


NORMAL = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
CLOSE = [
    (1234560.0, 1234564.0),
    (0.12345671, 0.12345679),
    (1.0000001, 1.0000003),
    (123.4565, 123.4571),
    (-1e12 - 4.0, -1e12),
    (1.0, 1.0 + 2**-52),
]


@pytest.mark.parametrize(("low", "high"), CLOSE)
def test_ticks_of_close_numbers_are_written_as_far_as_they_differ(low, high):
    axis = Axis.of([low, high])
    assert list(map(read, axis.texts)) == axis.ticks
    assert [read(tick.text) for tick in inside(low, high)] == [x for x, _ in inside(low, high)]
    assert axis.ticks[0] <= low < high <= axis.ticks[-1]


def read(text):
    """The number that a text shows."""
    mantissa, _, power = text.replace("−", "-").partition("×10")
    return float(f"{mantissa}e{power.translate(NORMAL) or 0}")


@pytest.mark.parametrize(
    "numbers",
    [[1e308, -1e308], [1.79e308, -1.79e308], [1.7e308], [-1.7e308], [1e300, 1e308], [0.0, 5e-324]],
)
def test_the_largest_and_the_least_floats_stand_where_they_are(numbers):
    axis = Axis.of(numbers)
    assert all(map(math.isfinite, [*axis.ticks, axis.low, axis.high]))
    assert list(map(read, axis.texts)) == pytest.approx(axis.ticks, rel=1e-5, abs=5e-324)
    for x in numbers:  # no tick of another size stands where a number stands
        near = [t for t in axis.ticks if abs(axis.share(t) - axis.share(x)) < 1e-6]
        assert all(abs(t - x) <= max(1e-5 * max(map(abs, numbers)), 5e-324) for t in near)


def test_round_numbers():
    assert Axis.of([0.0, 1.0]).ticks == [0.0, 0.5, 1.0]
    assert Axis.of([-3.0, 7.0]).ticks == [-5.0, 0.0, 5.0, 10.0]
    assert Axis.of([1000.0, 1003.0]).texts == ["1000", "1001", "1002", "1003"]
    assert Axis.of([1e-5, 1.0], log=True).share(1e-3) == pytest.approx(0.4)


def curve(chart, k=0):
    """The points of a line."""
    paths = [p for p in parsed(chart).iter(SVG + "path") if p.get("stroke-linejoin")]
    numbers = list(map(float, re.findall(r"-?[\d.]+", paths[k].get("d"))))
    return list(zip(numbers[::2], numbers[1::2]))


def test_a_line_is_where_its_numbers_are():
    column = [4.0, 2.0, 3.0, 0.0]
    points = curve(lines({"a": column}))
    x0, y0 = points[0]
    x3, y3 = points[3]
    for k, (x, y) in enumerate(points):
        assert x == pytest.approx(x0 + (x3 - x0) * k / 3, abs=0.11)
        assert y == pytest.approx(y3 + (y0 - y3) * column[k] / 4.0, abs=0.11)
    assert y0 < y3  # more is higher
    assert x3 - x0 > 200.0


def test_lines_have_their_names_at_their_ends_and_are_not_told_apart_by_colour_alone():
    chart = samples()["lines"]
    assert texts(chart)[-2:] == ["loss 0.2", "val_loss 0.5"]
    drawn = [p for p in parsed(chart).iter(SVG + "path") if p.get("stroke-linejoin")]
    assert [p.get("stroke-dasharray") for p in drawn] == [None, "5 3"]
    close = lines({"a": [1.0, 0.5], "b": [1.0, 0.5], "c": [1.0, 0.5]})
    heights = [float(t.get("y")) for t in list(parsed(close).iter(SVG + "text"))[-3:]]
    assert min(b - a for a, b in pairwise(heights)) >= 14.0
    high = lines({"a": [1.0, 2.0], "b": [0.0, 2.0], "c": [1.0, 2.0]})
    heights = [float(t.get("y")) for t in list(parsed(high).iter(SVG + "text"))[-3:]]
    assert 26.0 < heights[0] < heights[1] < heights[2] < 80.0


def test_what_is_not_finite_leaves_a_gap_and_a_cross():
    chart = lines({"a": [1.0, 2.0, math.nan, 3.0, 4.0, math.inf]}, x_name="epoch")
    (path,) = [p for p in parsed(chart).iter(SVG + "path") if p.get("stroke-linejoin")]
    assert path.get("d").count("M") == 2
    titles = [t.text for t in parsed(chart).iter(SVG + "title")]
    assert titles == ["a: from 1 to ∞", "epoch 3: nan", "epoch 6: inf"]


@pytest.mark.parametrize(
    "column",
    [[0.5], [1.0] * 5, [0.0, 0.0], [-1e308, 1e308], [5e-324, 1e-320], [math.nan, 1.0], [1e9, 1e9]],
)
def test_unusual_numbers_are_drawn(column):
    for log in (False, None):
        parsed(lines({"a": column, "b": []}, log=log))
    parsed(strips({"first": {"rms": column}}, MEASURES))


def test_lines_that_cannot_be_drawn():
    for series in ({}, {"a": []}, {"a": [math.nan]}):
        with pytest.raises(ValueError, match="at least one number that is finite"):
            lines(series)
    with pytest.raises(ValueError, match="above 0, as the axis is logarithmic"):
        lines({"a": [0.0, -1.0]}, log=True)
    with pytest.raises(ValueError, match="'a' has 2 numbers for 3 places"):
        lines({"a": [1.0, 2.0]}, x=[1, 2, 3])


@pytest.mark.slow
def test_a_long_line_is_thinned_and_keeps_its_extremes():
    column = [math.sin(k / 3000) for k in range(100_000)]
    column[50_000] = 30.0
    chart = lines({"a": column})
    assert len(chart.svg) < 40_000
    assert len(curve(chart)) < 1500
    assert min(y for _, y in curve(chart)) < 60.0  # the peak


# Boundary, counts, strips -------------------------------------------------------------------------


def test_the_boundary_runs_where_the_model_is_undecided():
    slope = [[[1.0 - i / 10, i / 10] for i in range(11)] for _ in range(6)]
    chart = boundary(slope, (0.0, 1.0, 0.0, 1.0))
    line = next(p for p in parsed(chart).iter(SVG + "path") if p.get("stroke-opacity"))
    assert {x for x, _ in pairs(line.get("d"))} == {chart.width / 2}
    tints = [p for p in parsed(chart).iter(SVG + "path") if p.get("fill-opacity")]
    assert {p.get("class") for p in tints} == {"ag-f-positive", "ag-f-negative"}
    for p in tints:
        left = all(x <= chart.width / 2 for x, _ in pairs(p.get("d")))
        assert left == (p.get("class") == "ag-f-positive")


def pairs(d):
    numbers = list(map(float, re.findall(r"-?[\d.]+", d)))
    return list(zip(numbers[::2], numbers[1::2]))


def test_samples_have_a_shape_by_class_and_a_ring_where_the_model_is_wrong():
    points = [[0.1, 0.2], [0.9, 0.8], [0.6, 0.5]]
    chart = boundary(plane(), (0, 1, 0, 1), points, [0, 1, 2], wrong=[1], links={1: "#sample-1"})
    tree = parsed(chart)
    found = {g.get("data-point"): g for g in tree.iter(SVG + "g") if g.get("data-point")}
    shapes = {i: [(e.tag, e.get("d")) for e in g][1:] for i, g in found.items()}
    assert shapes["0"][0][0] == SVG + "circle"
    assert shapes["1"][0][1] != shapes["2"][0][1]
    assert [len(shapes[i]) for i in "012"] == [1, 2, 1]  # the ring
    circle = found["0"].find(SVG + "circle")
    width, high = chart.width, chart.height - 20.0  # without the line below
    assert float(circle.get("cx")) == pytest.approx(0.1 * width)
    assert float(circle.get("cy")) == pytest.approx(0.8 * high)
    (link,) = tree.iter(SVG + "a")
    assert link.get("href") == "#sample-1"
    assert link.find(SVG + "g").get("data-point") == "1"
    assert tree.get("role") == "group"
    assert chart.label == "decision boundary: 3 samples of 3 classes, 1 wrong"
    assert texts(chart)[-1] == "wrong"


def test_of_many_samples_some_are_drawn_and_all_wrong_ones():
    points = [[k / 5000, 0.5] for k in range(5000)]
    chart = boundary(plane(), (0, 1, 0, 1), points, [0] * 5000, wrong=[1234, 4321])
    drawn = [int(g.get("data-point")) for g in parsed(chart).iter(SVG + "g") if g.get("data-point")]
    assert {1234, 4321} <= set(drawn)
    assert len(drawn) <= 402
    assert "of them drawn" in chart.label


def test_a_boundary_of_numbers_that_are_not_finite():
    parsed(boundary(plane(((math.nan, math.nan), (1.0, 0.0))), (0, 1, 0, 1)))


def test_boundaries_that_cannot_be_drawn():
    with pytest.raises(ValueError, match="at least 2 by 2"):
        boundary([[[1.0, 0.0]]], (0, 1, 0, 1))
    with pytest.raises(ValueError, match="each point has a class, got 1 and 0"):
        boundary(plane(), (0, 1, 0, 1), [[0.0, 0.0]])


def test_counts():
    chart = samples()["counts"]
    assert texts(chart)[-4:] == ["3", "1", "0", "4"]
    assert chart.label == "confusion matrix: 7 of 8 right; 1 no taken for yes"
    opacities = {
        r.get("class"): float(r.get("fill-opacity"))
        for r in parsed(chart).iter(SVG + "rect")
        if r.get("fill-opacity") not in (None, "0.00")
    }
    assert set(opacities) == {"ag-f-positive", "ag-f-negative"}
    assert opacities["ag-f-positive"] > opacities["ag-f-negative"]
    parsed(counts([[0]]))
    parsed(counts([list(range(40)) for _ in range(40)]))
    with pytest.raises(ValueError, match="square and not empty"):
        counts([[1, 2]])
    with pytest.raises(ValueError, match="square and not empty"):
        counts([])


LONG = [f"class with long name {k}" for k in range(12)]
ARMS = ["left arm raised", "right arm raised", "left leg raised", "right leg raised", "jump"]
TWINS = [f"{'a' * 40}{letter}{'a' * 40}" for letter in "xy"]


@pytest.mark.parametrize("names", [LONG, ARMS, TWINS, list(map(str, range(40)))])
def test_rows_and_columns_of_counts_are_told_apart(names):
    size = range(len(names))
    tree = parsed(counts([[0] * len(names) for _ in size], class_names=names))
    sides = [t.text for t in tree.iter(SVG + "text") if t.get("text-anchor") == "end"]
    above = [t for t in tree.iter(SVG + "text") if t.get("y") == "50"]
    heads = [t.text for t in above if t.get("text-anchor") == "middle"]
    for words in (sides, heads):
        assert len(words) > 1
        assert len(set(words)) == len(words)
        assert not any(re.search("^…$|[0-9]…|…[0-9]", word) for word in words)
    if heads[0] == "0":
        assert set(heads) <= {side.split()[0] for side in sides}, "the number says which row it is"
    reach = sorted((begin, end) for y, begin, end in ends(tree) if y == "50")
    assert all(end < begin for (_, end), (begin, _) in pairwise(reach))


def test_a_cross_has_the_colour_of_its_own_line():
    chart = lines({"a": [1.0, math.nan, 2.0], "b": [2.0, math.inf, 1.0], "c": [1.0, 2.0, math.nan]})
    tree = parsed(chart)
    crosses = [p for p in tree.iter(SVG + "path") if p.find(SVG + "title") is not None]
    roles = [p.get("class").removeprefix("ag-s-") for p in crosses]
    assert roles == ["positive", "negative", "accent"]


def test_strips():
    chart = samples()["strips"]
    assert "0.1" in texts(chart)
    assert "50%" in texts(chart)
    assert "first" in texts(chart)
    many = strips({f"layer {k}": {"rms": [1.0, 2.0]} for k in range(40)}, MEASURES)
    assert "… 29 more layers" in texts(many)
    assert texts(many).count("–") == 11  # the other measure has no numbers
    with pytest.raises(ValueError, match="rows and measures, got 0 and 2"):
        strips({}, MEASURES)


@pytest.mark.parametrize("width", [100.0, 160.0, 240.0, 320.0, 640.0])
@pytest.mark.parametrize("last", [5.6e-9, -1.00001e-300, 123456.0, 3.99e-8])
def test_the_number_beside_a_small_line_is_shown_whole_or_not_at_all(width, last):
    measures = [Measure(key, key) for key in "abc"]
    chart = strips({"first": {"a": [1.0, last], "b": [2.0], "c": [3.0]}}, measures, width=width)
    assert not any("…" in words for words in texts(chart))
    assert number(last, 2) in texts(chart) or width < 320.0
    for _, begin, end in list(ends(parsed(chart)))[:-1]:  # without the line below
        assert end <= width / 3 or begin > width / 3 - 10.0


def test_a_number_among_words_is_not_cut_where_room_ends():
    words = "from 5.6×10⁻⁹ to −12.5% in 1e-05 s of layer 10"
    whole = {"5.6×10⁻⁹", "−12.5%", "1e-05", "10", "…"}
    for room in range(4, 400):
        shown = fitting(words, float(room))
        assert {part for part in shown.split() if re.search("[0-9]", part)} <= whole, shown
    assert fitting(words, 400.0) == words


def test_a_long_name_at_the_end_of_a_line_leaves_the_number_whole():
    chart = lines({"a long name " * 20: [1.0, 5.6e-9], "b": [1.0, 2.0]}, log=True)
    assert texts(chart)[-2].endswith("… 5.6×10⁻⁹")
    assert curve(chart)[-1][0] - curve(chart)[0][0] > 60.0


def ends(tree):
    """Of each text how high it stands, where it begins and where it ends."""
    for element in tree.iter(SVG + "text"):
        x, wide = float(element.get("x")), text_width(element.text, float(element.get("font-size")))
        x -= {"end": wide, "middle": wide / 2}.get(element.get("text-anchor"), 0.0)
        yield element.get("y"), x, x + wide


@pytest.mark.parametrize("names", ["01", "0123456789", ["setosa", "versicolor", "virginica"]])
def test_no_words_lie_on_others(names):
    features = ["petal length (cm)", "petal width (cm)"]
    plane_of = boundary(plane(), (0, 1, 0, 1), class_names=names, feature_names=features)
    size = range(len(names))
    counted = counts([[1] * len(names) for _ in size], class_names=names)
    for chart in (plane_of, counted):
        rows = sorted(ends(parsed(chart)))
        for (y, _, end), (other, begin, _) in pairwise(rows):
            assert y != other or end + 10.0 < begin, (y, end, begin)  # fonts differ a little


# Tiles --------------------------------------------------------------------------------------------


def strengths(chart):
    """(colour, strength, how many tiles) of each path of tiles, without the ground."""
    return {
        (p.get("class"), float(p.get("fill-opacity")), p.get("d").count("M"))
        for p in parsed(chart).iter(SVG + "path")
        if p.get("fill-opacity")
    }


def test_tiles_are_as_strong_as_their_numbers():
    assert strengths(tiles([[0.0, 1.0], [2.0, 2.0]])) == {
        ("ag-f-ink", 0.5, 1),
        ("ag-f-ink", 1.0, 2),
    }
    assert strengths(tiles([[-1.0, 1.0, 0.0]], most=2.0)) == {
        ("ag-f-positive", 0.5, 1),
        ("ag-f-negative", 0.5, 1),
    }
    assert strengths(tiles([[-1.0, 1.0]], signed=False)) == {("ag-f-ink", 1.0, 1)}
    assert not strengths(tiles([[0.0, math.nan, math.inf]]))


def test_tiles_stand_in_rows_and_columns():
    chart = tiles([[1, 2, 3], [4, 5, 6]], row_names=["a", "b"], column_names="xyz", digits=2)
    ground = next(p for p in parsed(chart).iter(SVG + "path") if "leaf" in p.get("class"))
    places = [tuple(map(float, m)) for m in re.findall(r"M([\d.]+) ([\d.]+)", ground.get("d"))]
    assert len({y for _, y in places}) == 2
    assert len({x for x, _ in places}) == 3
    assert texts(chart) == ["x", "y", "z", "a", "b", *"123456"]
    assert chart.label == "2 by 3 numbers from 1 to 6"
    assert texts(tiles([[math.nan]])) == ["×"]
    assert texts(tiles([[-0.1234] * 5], digits=4)) == ["−0.1"] * 5  # never half a number


def test_names_beside_tiles_are_told_apart_and_numbers_above_them_are_whole():
    numbers = [str(k) for k in range(12)]
    rows = ["layer of cats", "layer of dogs"]
    words = texts(tiles([[1.0] * 12] * 2, row_names=rows, column_names=numbers))
    assert words == ["0", "2", "4", "6", "8", "10", "lay…ts", "lay…gs"]


def test_tiles_that_cannot_be_drawn():
    for matrix in ([], [[]], [[1.0], [1.0, 2.0]]):
        with pytest.raises(ValueError, match="rectangular and not empty"):
            tiles(matrix)
    with pytest.raises(ValueError, match="there are 2 columns, got 1 column_names"):
        tiles([[1.0, 2.0]], column_names=["a"])
