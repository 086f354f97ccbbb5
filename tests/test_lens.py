"""The lens in a real browser: opening, the path back, keys, focus, steppers, and every host."""

from __future__ import annotations

import pytest

import autograd_lite as ag
import nn
from autograd_lite.views.output.page import Section

pytest.importorskip("playwright", reason="extra [browser]")
from test_browser import chromium, open_page, press, said, write_notebook  # noqa: F401
from test_folding import spring


def picture(name="time step", count=60):
    with_scope = ag.draw(spring(ag.Value, count, scoped=True))
    assert with_scope.scene.cards[-1].name == f"{name} {count}"
    return with_scope


def sign(tab, name):
    return tab.locator(f'.agv-sign[aria-label="Open {name}"]')


def path(tab):
    return tab.locator(".agv-trail li").all_inner_texts()


def focused(tab):
    return tab.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")


def opened(tab, *names):
    for name in names:
        sign(tab, name).last.click()
        tab.locator(".agv-trail b", has_text=name).wait_for()


def test_a_group_opens_and_there_is_a_way_back(open_page):  # noqa: F811
    tab = open_page([picture()])
    assert tab.locator(".agv-sign[role=button]").count() == 3
    opened(tab, "time step 2 to 59", "time step 2 to 9", "time step 3")
    assert path(tab) == ["end", "time step 2 to 59", "time step 2 to 9", "time step 3"]
    assert tab.locator(".agv-lens [data-card]").count() == 7 + 4
    assert tab.locator(".agv-lens .agv-sign[role=button]").count() == 0
    tab.get_by_role("button", name="Close (Escape)").click()
    assert path(tab)[-1] == "time step 2 to 9"
    assert tab.locator(".agv-lens .agv-sign[role=button]").count() == 8
    tab.locator(".agv-trail").get_by_role("button", name="end").click()
    assert tab.locator(".agv-lens").count() == 0
    assert focused(tab).startswith("time step 2 to 59")
    assert tab.locator("[inert]").count() == 0


def test_a_double_click_opens_once(open_page):  # noqa: F811
    tab = open_page([picture()])
    sign(tab, "time step 1").dblclick()
    tab.locator(".agv-lens").wait_for()
    assert path(tab) == ["end", "time step 1"]


def test_by_keyboard_alone(open_page):  # noqa: F811
    tab = open_page([picture()])
    press(tab, "ArrowDown")
    while not focused(tab).startswith("time step 2"):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.locator(".agv-lens").wait_for()
    assert focused(tab).startswith("Graph. Inside time step 2 to 59")
    tab.keyboard.press("ArrowDown")
    while not focused(tab).startswith("time step 10"):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.locator(".agv-trail b", has_text="time step 10 to 17").wait_for()
    tab.keyboard.press("Escape")
    assert focused(tab).startswith("time step 10 to 17")
    tab.keyboard.press("Escape")
    assert tab.locator(".agv-lens").count() == 0
    assert focused(tab).startswith("time step 2 to 59")


def test_keys_of_the_stage_are_those_of_the_lens(open_page):  # noqa: F811
    tab = open_page([picture()])
    box = "document.querySelector('{} svg.ag').getAttribute('viewBox')"
    below = tab.evaluate(box.format(".agv-picture"))
    opened(tab, "time step 2 to 59")
    before = tab.evaluate(box.format(".agv-lens"))
    tab.keyboard.press("+")
    assert tab.evaluate(box.format(".agv-lens")) != before
    assert tab.evaluate(box.format(".agv-picture")) == below


def test_screen_readers_find_buttons_with_names(open_page):  # noqa: F811
    tab = open_page([picture()])
    assert tab.locator("[role=button] [role=button]").count() == 0
    assert tab.get_by_role("button", name="Open time step 2 to 59").count() == 1
    opened(tab, "time step 2 to 59")
    assert tab.locator(".agv-lens").get_attribute("aria-label").startswith("Inside time step 2")
    assert tab.get_by_role("navigation", name="Path").count() == 1
    assert tab.locator('.agv-trail [aria-current="page"]').inner_text() == "time step 2 to 59"


@pytest.mark.parametrize("wide", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits(open_page, wide, scheme):  # noqa: F811
    size = {"viewport": {"width": wide, "height": 740}, "color_scheme": scheme}
    tab = open_page([ag.draw(spring(ag.Value, 60, scoped=True), direction="down")], **size)
    tab.locator(".agv-sign[role=button]").first.dispatch_event("click")
    tab.locator(".agv-lens").wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    lens = tab.locator(".agv-lens").bounding_box()
    assert lens["height"] > 300
    assert lens["x"] + lens["width"] <= wide


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(open_page, tmp_path, scheme):  # noqa: F811
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    where = picture().save(tmp_path / "page.html")
    tab = open_page([], url=where.as_uri(), color_scheme=scheme)
    for names in ((), ("time step 2 to 59",), ("time step 2 to 9", "time step 3")):
        opened(tab, *names)
        broken = axe.Axe().run(tab).response["violations"]
        assert [(rule["id"], [n["html"][:200] for n in rule["nodes"]]) for rule in broken] == []


def test_without_insides_there_is_no_sign(open_page):  # noqa: F811
    small = ag.draw(ag.Value(2.0, "x") * ag.Value(3.0, "y"))
    assert open_page([small]).locator(".agv-sign").count() == 0


def test_a_browser_that_cannot_unpack_has_no_signs(chromium, tmp_path):  # noqa: F811
    where = picture().save(tmp_path / "page.html")
    context = chromium.new_context()
    context.add_init_script("delete globalThis.DecompressionStream")
    tab = context.new_page()
    tab.goto(where.as_uri())
    assert tab.locator("[data-card][role=button]").count() == 7
    assert tab.locator(".agv-sign").count() == 0
    context.close()


def test_hostile_names_are_text(open_page):  # noqa: F811
    name = "<img src=x onerror=document.title='run'>"
    x = ag.Value(1.0, "x")
    for _ in range(9):
        with ag.scope(name):
            x = (x * 0.5).sin()
    tab = open_page([ag.draw(x, level=1)])
    tab.locator(".agv-sign[role=button]").nth(1).click()
    tab.locator(".agv-lens").wait_for()
    assert path(tab)[-1].startswith("<img src=x")
    assert tab.locator("img").count() == 0
    assert tab.title() == "A page"


def test_a_step_at_the_open_group_stays_in_the_lens(open_page):  # noqa: F811
    tab = open_page([ag.step(spring(ag.Value, 60, scoped=True))])
    opened(tab, "time step 1")
    numbers = tab.locator('.agv-lens [data-part="data"]:visible')
    gradients = tab.locator('.agv-lens [data-part="gradient-text"]:visible')
    assert (numbers.count(), gradients.count()) == (4, 0)  # of the leaves
    tab.keyboard.press("ArrowRight")
    assert "time step 1" in said(tab)
    assert tab.locator(".agv-lens.agv-now-inside").count() == 1
    assert (numbers.count(), gradients.count()) == (4 + 7, 0)
    tab.keyboard.press("ArrowRight")  # at another card
    assert tab.locator(".agv-lens").count() == 0
    assert "time step 2 to 59" in said(tab)
    tab.keyboard.press("End")
    opened(tab, "time step 1")
    assert gradients.count() > 0


def test_in_a_page_of_several_views(open_page):  # noqa: F811
    net = nn.MLP(2, [16, 16, 1], activation=nn.tanh, seed=0)
    loss = nn.mse([net([0.1 * k, 0.5])[0] for k in range(9)], [0.0] * 9)
    loss.backward()
    tab = open_page([Section(text="Before", view=picture()), Section(view=ag.draw(loss))])
    opened(tab, "layers.1", "neuron 0")
    assert path(tab)[1:] == ["layers.1", "neuron 0"]
    assert tab.locator(".agv-lens").count() == 1
    assert tab.locator(".agv").first.locator(".agv-lens").count() == 0


def test_in_an_exported_notebook(open_page, tmp_path):  # noqa: F811
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    from autograd_lite.export import page_of

    text = """
from autograd_lite import Value, draw, scope
x, rate = Value(1.0, "x"), Value(0.5, "rate")
for _ in range(60):
    with scope("decay"):
        x = x - x * rate * 0.1
x.backward()
draw(x, level=1)
"""
    notebook = write_notebook(tmp_path / "t.ipynb", text)
    (tmp_path / "t.html").write_text(page_of(notebook, execute=True), encoding="utf-8")
    tab = open_page([], url=(tmp_path / "t.html").as_uri())
    opened(tab, "decay 2 to 59", "decay 2 to 9")
    assert tab.locator(".agv-lens [data-card]").count() > 5
    assert [url for url in tab.requests if not url.startswith("file:")] == []
