"""Bars: what they show, read back from their SVG."""

import math
import re
from xml.etree import ElementTree

import pytest

from autograd_lite.views import theme
from autograd_lite.views.charts import bars
from autograd_lite.views.charts.bars import ROW

SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart):
    tree = ElementTree.fromstring(chart.svg)
    for element in tree.iter():
        if element.tag in {SVG + "path", SVG + "rect", SVG + "circle", SVG + "text"}:
            assert element.get("fill") or element.get("stroke")
            for role in re.findall(r"ag-[fs]-([\w-]+)", element.get("class", "")):
                assert role in theme.ROLES
    return tree


def lengths(chart):
    """How long each bar is."""
    rects = [r for r in parsed(chart).iter(SVG + "rect") if r.get("data-part") is None]
    return [float(r.get("width")) for r in rects]


def dots(chart):
    return [float(c.get("cx")) for c in parsed(chart).iter(SVG + "circle")]


def test_a_bar_is_as_long_as_its_number():
    one, three, none = lengths(bars({"one": 1.0, "three": 3.0, "none": 0.0}))
    assert three == pytest.approx(3.0 * one, rel=0.01)
    assert none == 1.0  # one still sees where it is


def test_on_a_logarithmic_axis_equal_factors_are_equal_steps():
    places = dots(bars({"a": 0.02, "b": 2.0, "c": 200.0}, log=True))
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)
    assert places[1] - places[0] > 50.0


def test_texts_and_names_are_written():
    chart = bars({"loops": 644, "dot": 69}, title="nodes", unit="each", highlight=["dot"])
    found = {t.text: t.get("font-weight") for t in parsed(chart).iter(SVG + "text")}
    assert {"loops", "dot", "644 each", "69 each", "nodes"} <= set(found)
    assert found["dot"] == found["69 each"] == "600"
    assert found["loops"] is None
    assert chart.label == "nodes: loops 644 each, dot 69 each"
    assert bars({"a": 1.0}, texts=["quick"]).label == "a quick"


@pytest.mark.parametrize("log", [False, True])
def test_nothing_leaves_the_chart(log):
    chart = bars({"x" * 200: 1.0, "y": 1e9, "z<&\"'": 1e-9}, log=log, title="t" * 300)
    for t in parsed(chart).iter(SVG + "text"):
        assert 0.0 <= float(t.get("x")) <= chart.width
        assert 0.0 <= float(t.get("y")) <= chart.height
    assert chart.height >= 3 * ROW


def test_the_same_everywhere():
    assert bars({"a": 1 / 3, "b": 2.0}).svg == bars({"a": 1 / 3, "b": 2.0}).svg


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="at least one number"):
        bars({})
    for x in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="'a' is"):
            bars({"a": x})
    with pytest.raises(ValueError, match="logarithmic"):
        bars({"a": 0.0}, log=True)
    with pytest.raises(ValueError, match="got 1 for 2 bars"):
        bars({"a": 1.0, "b": 2.0}, texts=["one"])
