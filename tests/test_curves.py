"""Curves lie where the functions say, have gaps where these are not finite, and end at the rim."""

import math
import re
from xml.etree import ElementTree

import pytest

from autograd_lite.views.charts import curves

SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart):
    return ElementTree.fromstring(chart.svg)


def frame(chart):
    """Left, top, right and bottom of the window in pixels."""
    found = re.search(r'd="M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+Z"', chart.body)
    return tuple(map(float, found.groups()))


def pieces(chart, name, corners):
    """The lines drawn for a name, as places of the plane."""
    left, top, right, bottom = frame(chart)
    low, high, floor, ceiling = corners
    group = next(
        g for g in drawn(chart).iter(f"{SVG}g")
        if (title := g.find(f"{SVG}title")) is not None and title.text == name
    )  # fmt: skip
    return [
        [
            (
                low + (float(x) - left) / (right - left) * (high - low),
                floor + (bottom - float(y)) / (bottom - top) * (ceiling - floor),
            )
            for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", piece)
        ]
        for path in group.iter(f"{SVG}path")
        for piece in path.get("d").split("M")[1:]
    ]


def test_a_curve_lies_where_its_function_says():
    chart = curves({"sine": math.sin}, (-3.0, 3.0), low=-1.5, high=1.5)
    [line] = pieces(chart, "sine", (-3.0, 3.0, -1.5, 1.5))
    assert len(line) > 100
    assert [y for _, y in line] == pytest.approx([math.sin(x) for x, _ in line], abs=0.015)
    assert (line[0][0], line[-1][0]) == pytest.approx((-3.0, 3.0), abs=0.01)


def test_a_curve_of_values(Value):
    chart = curves({"square": lambda x: Value(x) * x}, (0.0, 2.0), low=0.0, high=4.0)
    [line] = pieces(chart, "square", (0.0, 2.0, 0.0, 4.0))
    assert [y for _, y in line] == pytest.approx([x * x for x, _ in line], abs=0.03)


def test_what_leaves_the_window_is_cut_off():
    chart = curves({"steep": [(-2.0, -20.0), (2.0, 20.0)]}, (-2.0, 2.0), low=-1.0, high=5.0)
    [line] = pieces(chart, "steep", (-2.0, 2.0, -1.0, 5.0))
    assert line[0] == pytest.approx((-0.1, -1.0), abs=0.02)
    assert line[-1] == pytest.approx((0.5, 5.0), abs=0.02)


def test_where_it_is_not_finite_there_is_a_gap():
    chart = curves({"pole": lambda x: 1.0 / x, "root": math.sqrt}, (-2.0, 2.0), low=-4.0, high=4.0)
    corners = (-2.0, 2.0, -4.0, 4.0)
    left, right = pieces(chart, "pole", corners)
    assert max(x for x, _ in left) < 0.0 < min(x for x, _ in right)
    [root] = pieces(chart, "root", corners)
    assert root[0] == pytest.approx((0.0, 0.0), abs=0.02)


def test_points_are_drawn_inside_only():
    points = {"seen": [(1.0, 0.5), (9.0, 0.5), (0.5, math.nan)]}
    chart = curves({"flat": lambda x: 0.0}, (0.0, 2.0), points=points, low=-1.0, high=1.0)
    left, top, right, bottom = frame(chart)
    inside = [c for c in drawn(chart).iter(f"{SVG}circle") if float(c.get("cy")) < bottom]
    assert len(inside) == 1
    assert float(inside[0].get("cx")) == pytest.approx((left + right) / 2, abs=0.06)
    assert float(inside[0].get("cy")) == pytest.approx(top + (bottom - top) / 4, abs=0.06)


def test_the_window_fits_what_is_drawn():
    chart = curves({"f": lambda x: 10.0 * x}, (0.0, 1.0), points={"p": [(0.5, -3.0)]})
    [line] = pieces(chart, "f", (0.0, 1.0, -5.0, 10.0))  # round numbers around −3 and 10
    assert line == [pytest.approx((x, 10.0 * x), abs=0.05) for x, _ in line]


def test_what_is_cut_off_does_not_stretch_the_window():
    deep = {"f": [(0.0, -1e6), (0.5, 2.0), (1.0, 3.0)]}
    chart = curves(deep, (0.0, 1.0), low=0.0)
    [line] = pieces(chart, "f", (0.0, 1.0, 0.0, 3.0))
    assert line[-2:] == [pytest.approx((0.5, 2.0), abs=0.02), pytest.approx((1.0, 3.0), abs=0.02)]


def test_the_names_are_told():
    chart = curves({"a": abs}, (-1.0, 1.0), points={"b": [(0.0, 0.0), (1.0, 1.0)]}, title="two")
    assert str(chart) == "two: a from 1 to 1, b (2 points)"
    assert {"a", "b", "two"} <= {text.text for text in drawn(chart).iter(f"{SVG}text")}


@pytest.mark.parametrize(
    ("shapes", "between", "window", "message"),
    [
        ({"a": abs}, (1.0, 1.0), {}, "between is"),
        ({"a": abs}, (0.0, math.inf), {}, "between is"),
        ({"a": lambda x: math.nan}, (0.0, 1.0), {}, "at least one finite number"),
        ({}, (0.0, 1.0), {}, "at least one finite number"),
        ({"a": abs}, (0.0, 1.0), {"low": 2.0, "high": 1.0}, "low is below high"),
    ],
)
def test_what_cannot_be_drawn(shapes, between, window, message):
    with pytest.raises(ValueError, match=message):
        curves(shapes, between, **window)
