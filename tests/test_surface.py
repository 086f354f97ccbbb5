"""Maps of functions: lines of equal height lie where the function has that height, and what walks
off the map is cut off at its rim."""

import math
import re
from xml.etree import ElementTree

import pytest

from autograd_lite.views.charts import heights, surface
from autograd_lite.views.charts.axis import inside

CORNERS = (-2.0, 2.0, -1.5, 1.5)
SVG = "{http://www.w3.org/2000/svg}"


def bowl(x, y):
    return x * x + y * y


def drawn(chart):
    return ElementTree.fromstring(chart.svg)


def frame(chart):
    """Left, top, right and bottom of the map in pixels: its frame is the one closed rectangle."""
    found = re.search(r'd="M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+Z"', chart.body)
    return tuple(map(float, found.groups()))


def places(chart, d):
    """The points of a drawn line, as places of the function."""
    left, top, right, bottom = frame(chart)
    low, high, floor, ceiling = CORNERS
    pairs = re.findall(r"([-\d.]+) ([-\d.]+)", d)
    return [
        (
            low + (float(x) - left) / (right - left) * (high - low),
            floor + (bottom - float(y)) / (bottom - top) * (ceiling - floor),
        )
        for x, y in pairs
    ]


def level_lines(chart):
    """Of each level the drawn line, by what a pointer reads."""
    return {
        title.text: path.get("d")
        for path in drawn(chart).iter(f"{SVG}path")
        if (title := path.find(f"{SVG}title")) is not None and title.text.startswith("height")
    }


def test_lines_of_equal_height_lie_at_that_height():
    chart = surface(lambda x, y: bowl(x - 0.2, y - 0.3), CORNERS, levels=[0.5, 1.0, 2.0])
    lines = level_lines(chart)
    assert list(lines) == ["height 0.5", "height 1", "height 2"]
    for words, d in lines.items():
        wanted = math.sqrt(float(words.split()[1]))
        radii = [math.hypot(x - 0.2, y - 0.3) for x, y in places(chart, d)]
        assert len(radii) > 20
        assert radii == pytest.approx([wanted] * len(radii), abs=0.015)


def test_each_tint_covers_the_same_share():
    chart = surface(bowl, CORNERS, levels=3)
    found = [float(words.split()[1]) for words in level_lines(chart)]
    cells = sorted(z for row in heights(bowl, CORNERS, 200) for z in row)
    shares = [sum(z < level for z in cells) / len(cells) for level in found]
    assert shares == pytest.approx([0.25, 0.5, 0.75], abs=0.03)


def test_a_path_is_drawn_where_it_goes():
    walk = [(1.5, 1.0), (-1.0, 0.5), (0.25, -0.75)]
    chart = surface(bowl, CORNERS, paths={"walk": walk})
    lines = [path.get("d") for path in drawn(chart).iter(f"{SVG}path")
             if path.get("stroke-width") == "1.8" and path.get("fill") == "none"]  # fmt: skip
    assert len(lines) == 1
    for got, wanted in zip(places(chart, lines[0]), walk, strict=True):
        assert got == pytest.approx(wanted, abs=0.01)
    assert chart.label.endswith("walk from 3.25 to 0.625 in 2 steps")


@pytest.mark.parametrize(
    ("walk", "seen"),
    [
        ([(0.0, 0.0), (5.0, 0.0), (0.0, 0.5)], True),  # out and back in
        ([(0.0, 0.0), (-9.0, 7.0), (1e300, -1e300), (math.nan, 0.0)], True),
        ([(-5.0, 0.1), (5.0, 0.2)], True),  # across
        ([(3.0, 3.0), (4.0, 9.0)], False),
        ([(0.0, 0.0)], False),  # a dot, no line
        ([], False),
    ],
)
def test_what_leaves_the_map_is_cut_off(walk, seen):
    chart = surface(bowl, CORNERS, paths={"walk": walk})
    left, top, right, bottom = frame(chart)
    for path in drawn(chart).iter(f"{SVG}path"):
        if path.get("stroke-linecap") == "round":
            for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", path.get("d")):
                assert left <= float(x) <= right
                assert top <= float(y) <= bottom
    assert ('stroke-linecap="round"' in chart.body) == seen


def test_a_line_that_crosses_the_map_keeps_its_slope():
    chart = surface(bowl, CORNERS, paths={"walk": [(-5.0, -1.0), (5.0, 1.0)]})
    d = re.search(r'd="([^"]+)" fill="none" stroke-linejoin', chart.body)[1]
    (x0, y0), (x1, y1) = places(chart, d)
    assert (x0, x1) == pytest.approx((-2.0, 2.0), abs=0.01)
    assert (y0, y1) == pytest.approx((-0.4, 0.4), abs=0.01)


def test_names_and_arrows():
    chart = surface(
        bowl, CORNERS, points={"least": (0.0, 0.0), "outside": (9.0, 0.0)}, names=("w1", "w2"),
        arrows=[((1.0, 1.0), (0.5, 0.5)), ((1.0, 1.0), (9.0, 9.0))],
    )  # fmt: skip
    words = [text.text for text in drawn(chart).iter(f"{SVG}text")]
    assert {"w1", "w2", "least"} <= set(words)
    assert "outside" not in words
    assert chart.body.count('stroke-width="1.2"') == 1


def test_many_paths_have_a_key_that_fits():
    names = [f"a rather long name {k}" for k in range(6)]
    chart = surface(bowl, CORNERS, paths={name: [(1.0, 1.0), (0.0, 0.0)] for name in names})
    for text in drawn(chart).iter(f"{SVG}text"):
        assert 0.0 <= float(text.get("x")) <= chart.width
        assert 0.0 <= float(text.get("y")) <= chart.height
    assert all(name in chart.svg for name in names)


@pytest.mark.slow
def test_values_and_heights_that_are_not_finite(Value):
    of_values = surface(lambda x, y: Value(x) ** 2 + y * y, CORNERS)
    assert of_values.svg == surface(lambda x, y: x**2 + y * y, CORNERS).svg
    holes = [lambda x, y: 1.0 / x, lambda x, y: Value(x).log() + y, lambda x, y: 10.0 ** (1e3 * x)]
    for f in holes:
        chart = surface(f, CORNERS)
        assert "nan" not in chart.body
        assert "inf" not in chart.body
    assert level_lines(surface(lambda x, y: 3.0, CORNERS)) == {}


def test_it_says_what_is_wrong():
    with pytest.raises(ValueError, match="least x, largest x, least y, largest y"):
        surface(bowl, (1.0, 1.0, 0.0, 1.0))
    with pytest.raises(ValueError, match="finite nowhere"):
        surface(lambda x, y: math.nan, CORNERS)
    with pytest.raises(ValueError, match="resolution is a number from 1"):
        surface(bowl, CORNERS, resolution=0)


@pytest.mark.parametrize(("low", "high"), [(-2, 2), (0.1, 0.93), (995.0, 1005.0), (-1e-7, 3e-7)])
def test_ticks_are_inside_and_round(low, high):
    found = [tick.value for tick in inside(low, high)]
    assert 3 <= len(found) <= 8
    assert low - 1e-9 * (high - low) <= found[0]
    assert found[-1] <= high + 1e-9 * (high - low)
    assert all(len(f"{tick:g}") <= 6 for tick in found)
