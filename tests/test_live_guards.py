"""A leaf that is pulled across an `if` of the program: the page greys and says why."""

from __future__ import annotations

import pytest
from test_browser import chromium, open_page  # noqa: F401 (fixtures)
from test_live import typed

import autograd_lite as ag


def leaky(Value):
    """A program with a comparison of a Value and a number, and one of two Values."""
    with ag.source_lines():
        x, b = Value(2.0, "x"), Value(-1.0, "b")
        s = x + b
        y = s * 3.0 if s > 0.25 else s * 0.1
        if x > b:
            y = y + 1.0
        y.label = "y"
    return y


def test_the_guards_are_the_comparisons_that_steered(Value):
    guards = ag.step(leaky(Value)).payload()["live"]["guards"]
    assert [(each[0], each[3]) for each in guards] == [("<", 1), ("<", 1)]  # turned
    first = leaky.__code__.co_firstlineno
    assert [each[4:] for each in guards] == [[f"line {first + i}", ">"] for i in (5, 6)]
    x, b = Value(2.0, "x"), Value(-1.0, "b")
    assert ag.step(x + b).payload()["live"]["guards"] == []


@pytest.mark.parametrize(
    ("numbers", "line"),
    [({"x": 1.2}, "0.2 > 0.25 is now false"), ({"x": -9.0, "b": 9.5}, "−9 > 9.5 is now false")],
)
def test_across_an_if_the_picture_is_grey_and_says_why(open_page, Value, numbers, line):  # noqa: F811
    tab = open_page([ag.step(leaky(Value))], viewport={"width": 1280, "height": 720})
    warning = tab.locator(".agv-warning")
    assert warning.count() == 0
    typed(tab, numbers)
    assert line in warning.inner_text()
    assert "would take another branch" in warning.inner_text()
    assert tab.locator(".agv-picture.agv-otherwise").count() == 1
    typed(tab, {"x": 2.5, "b": -1.0})
    assert warning.count() == 0
    assert tab.locator(".agv-picture.agv-otherwise").count() == 0


def halving(Value):
    with ag.source_lines():
        x = Value(5.5, "x")
        y = x * 1.0
        for _ in range(3):
            if x > 0:
                y = y * 2.0
            x = x - 1.0
        y = y + x
        y.label = "y"
    return y


def test_of_a_loop_it_is_said_which_time_and_which_numbers(open_page, Value):  # noqa: F811
    tab = open_page([ag.step(halving(Value))], viewport={"width": 1280, "height": 720})
    typed(tab, {"x": 0.5})
    line = halving.__code__.co_firstlineno + 5
    said = tab.locator(".agv-warning").inner_text()
    assert said.startswith(f"line {line}, 2nd time: −0.5 > 0 is now false.")
    assert said.count(":") == 2  # the other one before what to do


def test_across_an_if_nothing_else_is_told_as_true(open_page, Value):  # noqa: F811
    tab = open_page([ag.step(leaky(Value))], viewport={"width": 1280, "height": 720})
    typed(tab, {"x": 1.2})
    path = tab.locator(".agv-slope .agv-curve").get_attribute("d")
    low, high = (float(tab.locator(".agv-slope text").nth(i).text_content()) for i in (0, 2))
    start = low + (float(path[1:].split()[0]) - 8.0) / 384.0 * (high - low)
    assert start == pytest.approx(1.25, abs=0.06)  # from where on the recorded branch is taken
    assert path.count("L") > 10
    assert not tab.locator(".agv-said").is_visible()
    panel = tab.locator(".agv-live").inner_text()
    assert "slope = " not in panel
    assert "branch" in panel
    assert tab.locator(".agv-side.agv-untrue").count() == 1
    down = tab.get_by_role("button", name="Step downhill")
    assert down.is_disabled()
    assert "another branch" in down.get_attribute("title")
    tab.keyboard.press("d")
    assert "No step downhill" in tab.locator(".agv-live").inner_text()
    warning = tab.locator(".agv-warning").bounding_box()
    picture = tab.locator(".agv-picture").bounding_box()
    beside = warning["x"] >= picture["x"] + picture["width"] - 1
    assert beside or warning["y"] >= picture["y"] + picture["height"] - 1
    typed(tab, {"x": 2.5})
    assert down.is_enabled()
    assert "slope = " in tab.locator(".agv-live").inner_text()
