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
    assert [(sign, outcome) for sign, _, _, outcome, _ in guards] == [("<", 1), ("<", 1)]  # turned
    assert guards[0][4] == "y = s * 3.0 if s > 0.25 else s * 0.1"
    assert guards[1][4] == "if x > b:"
    x, b = Value(2.0, "x"), Value(-1.0, "b")
    assert ag.step(x + b).payload()["live"]["guards"] == []


@pytest.mark.parametrize(
    ("numbers", "line"),
    [({"x": 1.2}, "y = s * 3.0 if s > 0.25"), ({"x": -9.0, "b": 9.5}, "if x > b:")],
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
