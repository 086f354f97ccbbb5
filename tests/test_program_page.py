"""The program beside the picture in a real browser: the lit line, pointing, keys, all sizes."""

from __future__ import annotations

import linecache

import pytest

import autograd_lite as ag
from autograd_lite import Value, source_lines
from autograd_lite.views.output.page import Section, page

pytest.importorskip("playwright", reason="extra [browser]")
from test_browser import chromium, open_page, press  # noqa: F401

TEXT = """\
def neuron(x, w, b):
    z = x * w + b
    if z < 0:
        z = 0.1 * z  # leaky
    return z.tanh()


def loss_of(points, w, b):
    total = w * 0.0
    for x, target in points:
        total = total + (neuron(x, w, b) - target) ** 2
    return total


w, b = Value(-0.6, "w"), Value(1.3, "b")
loss = loss_of([(2.0, 1.0), (-1.0, 0.5), (3.5, -1.0)], w, b)
"""


def run(text, name="program.py", **names):
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names = {"Value": Value, **names}
    with source_lines():
        exec(compile(text, name, "exec"), names)
    return names


@pytest.fixture
def loss():
    return run(TEXT)["loss"]


def rows(tab, which=".agv-running"):
    return tab.locator(f".agv-program {which} code").all_inner_texts()


def marks(tab):
    return tab.locator(".agv-program mark").all_inner_texts()


def step_to(tab, place):
    press(tab, "Home")
    for _ in range(place):
        press(tab, "ArrowRight")


def test_the_line_of_the_step_is_lit(open_page, loss):  # noqa: F811
    tab = open_page([ag.step(loss)])
    assert rows(tab) == []
    titles = tab.locator(".agv-code > .agv-file").all_inner_texts()
    assert titles == ["program.py", "loss_of · program.py", "neuron · program.py"]
    seen = []
    for place in range(1, 6):
        step_to(tab, place)
        seen.append((rows(tab)[0].strip(), *marks(tab)))
    lines = [line for line, _ in seen]
    assert lines[:4] == ["total = w * 0.0", "z = x * w + b", "z = x * w + b", "return z.tanh()"]
    assert [mark for _, mark in seen][:4] == ["w * 0.0", "x * w", "x * w + b", "z.tanh()"]
    assert tab.locator('[aria-current="step"]').count() == 1
    press(tab, "End")
    assert rows(tab) == []
    press(tab, "ArrowLeft")  # backward, too
    assert marks(tab) != []


def test_a_line_of_a_loop_is_lit_again_and_again(open_page, loss):  # noqa: F811
    stepper = ag.step(loss)
    tab = open_page([stepper])
    seen = []
    for place in range(1, len(stepper.steps)):
        press(tab, "ArrowRight")
        if marks(tab) == ["x * w + b"]:
            times = tab.locator(".agv-running .agv-times")
            seen.append((stepper.steps[place - 1].phase, times.inner_text()))
            assert times.get_attribute("title") == f"time {times.inner_text()[0]} of 3"
    assert [text for phase, text in seen if phase == "forward"] == ["1/3", "2/3", "3/3"]
    assert [text for phase, text in seen if phase == "backward"] == ["1/3", "2/3", "3/3"]


def test_pointing_lights_cards_and_lines(open_page, loss):  # noqa: F811
    tab = open_page([ag.draw(loss, style="cards")])
    tab.locator(".agv-makes", has_text="z = x * w + b").hover()
    lit = tab.locator("[data-card].agv-lit [data-part=name]").all_inner_texts()
    assert len(lit) == 6
    assert {"2·w", "2·w + b"} <= {
        *tab.locator("[data-card].agv-lit [data-part=name]").all_text_contents()
    }
    tab.locator(".agv-picture [data-card]").last.hover()
    assert [text.strip() for text in rows(tab, ".agv-pointed")] == [
        "total = total + (neuron(x, w, b) - target) ** 2"
    ]
    tab.mouse.move(2, 2)
    assert tab.locator("[data-card].agv-lit").count() == 0
    tab.locator(".agv-makes", has_text="return z.tanh()").click()
    assert tab.locator('[data-card][aria-pressed="true"]').count() == 1


def test_keys_move_along_the_lines_and_go_to_their_steps(open_page, loss):  # noqa: F811
    tab = open_page([ag.step(loss)])
    tab.locator(".agv-makes").first.focus()
    for _ in range(3):
        tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.querySelector('code').textContent").strip() == (
        "z = x * w + b"
    )
    assert tab.locator("[data-card].agv-lit").count() == 6
    tab.keyboard.press("Enter")
    assert marks(tab) == ["x * w"]
    tab.keyboard.press("Enter")
    assert marks(tab) == ["x * w + b"]
    assert tab.locator(".agv-program [tabindex='0']").count() == 1
    tab.keyboard.press("ArrowRight")
    assert marks(tab) == ["z.tanh()"]
    tab.keyboard.press("?")
    assert "↑ ↓ in the program" in tab.locator("dialog").inner_text()


@pytest.mark.parametrize("view", [ag.step, ag.draw])
@pytest.mark.parametrize("size", [(1280, 720), (390, 844), (360, 640), (1920, 1080), (900, 600)])
def test_it_fits(open_page, loss, view, size):  # noqa: F811
    tab = open_page([view(loss)], viewport=dict(zip(("width", "height"), size)))
    for place in (8, 30) if view is ag.step else (0,):
        step_to(tab, place)
        here = tab.evaluate(
            """() => {
              const at = (query) => document.querySelector(query);
              const box = (query) => at(query)?.getBoundingClientRect().toJSON();
              return {
                wide: document.documentElement.scrollWidth, panel: box(".agv-program"),
                lit: box(".agv-running"), picture: box(".agv-window"), said: box(".agv-said"),
                overflow: at(".agv-code").scrollWidth > at(".agv-program").clientWidth,
              };
            }"""
        )
        assert here["wide"] <= size[0]
        assert not here["overflow"]
        panel = here["panel"]
        assert panel["left"] >= 0
        assert panel["right"] <= size[0]
        assert panel["bottom"] <= size[1]
        assert panel["height"] >= 60
        assert here["picture"]["height"] >= 120
        if view is ag.step:
            assert here["lit"]["top"] >= panel["top"]
            assert here["lit"]["bottom"] <= panel["bottom"]
            assert here["said"]["height"] >= 90


@pytest.mark.parametrize("view", [ag.step, ag.draw])
def test_beside_live_leaves_there_is_room_for_all(open_page, loss, view):  # noqa: F811
    for size, shown in (((1280, 720), True), ((390, 844), False)):
        tab = open_page([view(loss)], viewport=dict(zip(("width", "height"), size)))
        program, live = tab.locator(".agv-program"), tab.locator(".agv-live")
        assert program.is_visible()
        tab.get_by_role("button", name="Live").click()
        assert live.is_visible()
        assert program.is_visible() is shown  # a phone has no room for both
        assert live.bounding_box()["y"] + live.bounding_box()["height"] <= size[1]
        assert tab.locator(".agv-window").bounding_box()["height"] >= 200
        tab.get_by_role("button", name="Live").click()
        assert program.is_visible()


def test_hostile_text_is_inert(open_page):  # noqa: F811
    text = (
        "y = x * 2.0  # </script><script>document.title = 'owned'</script>"
        "<img src=x onerror=alert(1)>\n"
        "z = y + 1.0  # \u202e\u2066 turned \x07 \ud800\n"
    )
    name = "<img src=x onerror='document.title=1'>.py"
    names = run(text.replace("\ud800", ""), name=name, x=Value(3.0))
    tab = open_page([ag.step(names["z"])], title="Safe")
    assert tab.title() == "Safe"
    assert tab.requests == [tab.url]
    assert tab.locator(".agv-program img, .agv-listing img").count() == 0
    press(tab, "ArrowRight")
    assert rows(tab)[0].startswith("y = x * 2.0  # </script>")
    assert "\u202e" not in tab.locator(".agv-program").inner_text()


def test_print_and_no_script_have_the_program_as_text(open_page, loss):  # noqa: F811
    tab = open_page([ag.step(loss)], java_script_enabled=False)
    assert "15  w, b = Value(-0.6" in tab.locator(".agv-listing").inner_text()
    assert tab.locator(".agv-listing").is_visible()
    tab = open_page([ag.step(loss)])
    assert not tab.locator(".agv-listing").is_visible()
    tab.emulate_media(media="print")
    assert tab.locator(".agv-listing").is_visible()
    assert not tab.locator(".agv-program").is_visible()


def test_several_views_in_a_page(open_page, loss):  # noqa: F811
    tab = open_page([Section(view=ag.step(loss)), Section(view=ag.draw(loss)), Section(text="end")])
    assert tab.locator(".agv-program").count() == 2
    tab.locator(".agv").first.click(position={"x": 5, "y": 5})
    step = tab.locator(".agv").first
    step.locator("[aria-label^='Forward']").click()
    assert step.locator(".agv-running").count() == 1
    assert tab.locator(".agv").nth(1).locator(".agv-running").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", [ag.step, ag.draw])
def test_axe_finds_nothing(open_page, loss, view, scheme):  # noqa: F811
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = open_page([view(loss)], color_scheme=scheme)
    step_to(tab, 8)
    found = axe.Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


def test_a_page_without_lines_has_nothing_of_it():
    text = page("Plain", [ag.step(Value(2.0) * 3.0)])
    assert "class Program" not in text
    assert ".agv-program" not in text
