"""Pages in Chinese, in Chromium: nothing that is shown, read aloud or pointed at is English."""

from __future__ import annotations

import pytest
from test_browser import chromium, open_page, rest  # noqa: F401 (fixtures)
from test_language import english_in

import autograd_lite as ag
import nn

VIEWPORTS = {"projector": {"width": 1280, "height": 720}, "phone": {"width": 390, "height": 844}}
TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("script, style, .agv-program, .agv-code"))
      found.push(walker.currentNode.textContent);
  for (const node of document.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "aria-valuetext", "placeholder", "aria-description"])
      if (node.hasAttribute(name)) found.push(node.getAttribute(name));
  return found;
}"""


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    from autograd_lite.views import language

    monkeypatch.setattr(language, "_set", "zh")


@pytest.fixture(params=VIEWPORTS)
def tab_of(request, open_page):  # noqa: F811
    def opened(view, **options):
        tab = open_page([view], title="页", viewport=VIEWPORTS[request.param], **options)
        assert tab.evaluate("document.documentElement.lang") == "zh"
        return tab

    return opened


def check(tab):
    assert list(english_in(tab.evaluate(TEXTS))) == []
    wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def graph():
    x, w, b = (ag.Value(n, name) for n, name in ((2.0, "x"), (-0.6, "w"), (1.3, "b")))
    y = (x * w + b).relu() * w + (x * x).tanh() + (x - 2.0).relu()
    y.label = "y"
    return y


def test_a_stepper(tab_of):
    tab = tab_of(ag.step(graph()))
    steps = len(ag.step(graph()).steps)
    check(tab)
    for _ in range(steps):
        tab.keyboard.press("ArrowRight")
        check(tab)
    for mode in ("predict", "nudge", "break"):
        tab.locator(f"[data-mode={mode}]").click()
        check(tab)
    for choice in tab.locator(".agv-extra .agv-choices button").all():
        choice.click()
        for _ in range(steps):
            tab.keyboard.press("ArrowRight")
        check(tab)
    tab.locator("[data-mode=predict]").click()
    for answer in ("1", ""):
        tab.locator(".agv-answer").first.fill(answer)
        tab.locator(".agv-lines button[type=submit]").click()
        check(tab)
        tab.locator(".agv-score button").click()
    tab.locator("[data-mode=watch]").click()
    tab.locator(".agv-modes > .agv-mode:not([data-mode]), .agv-list").first.click()
    check(tab)
    tab.keyboard.press("?")
    check(tab)


@pytest.mark.parametrize("view", [ag.draw, ag.step])
def test_live_leaves(tab_of, view):
    y = graph()
    y.backward()
    tab = tab_of(view(y))
    tab.get_by_role("button", name="动手改").click()
    check(tab)
    for number in ("3", "-0,5", "no number", "1e400"):
        field = tab.locator(".agv-live input.agv-answer").first
        field.fill(number)
        field.press("Enter")
        check(tab)
    tab.locator(".agv-live .agv-main").click()
    check(tab)


def test_folded_layers_and_what_is_inside(tab_of):
    model = nn.MLP(2, [4, 1], seed=0)
    losses = [(model([0.1 * k, 1.0])[0] - 1.0) ** 2 for k in range(20)]
    loss = sum(losses[1:], losses[0])
    loss.backward()
    tab = tab_of(ag.step(loss, max_cards=12))
    for _ in range(12):
        check(tab)
        tab.keyboard.press("ArrowRight")
    tab = tab_of(ag.draw(loss, max_cards=12))
    check(tab)
    tab.locator("g.agv-sign").first.dispatch_event("click")
    tab.locator(".agv-lens").wait_for()
    check(tab)


def test_a_net(tab_of):
    loss = (nn.MLP(2, [4, 4, 1], seed=0)([1.0, -0.5])[0] - 1.0) ** 2
    loss.label = "L"
    loss.backward()
    tab = tab_of(ag.draw(loss))
    for key in "gwa":
        tab.keyboard.press(key)
        check(tab)
    for unit in tab.locator("[data-disc]").all():
        unit.dispatch_event("click")
        check(tab)
    tab.locator(".agv-grip").first.focus()
    for key in ("ArrowUp", "-", "9", "9", "Enter", "Escape", "d"):
        tab.keyboard.press(key)
        check(tab)
    rest(tab)
    tab.locator(".agv-which summary").click()
    for key in "gwa":
        tab.locator("[data-disc]").first.press(key)
        check(tab)
    tab.locator("[data-hair]").first.dispatch_event("pointerover", {"bubbles": True})
    check(tab)


def test_a_playground(tab_of):
    data = nn.datasets.moons(20, seed=0)._replace(class_names=["上", "下"])
    tab = tab_of(
        nn.playground(
            nn.MLP(2, [4, 1], seed=0),
            data,
            loss=nn.binary_cross_entropy_with_logits,
            optimizer=nn.Adam,
            validation_split=0.2,
        )
    )
    check(tab)
    for key in ("ArrowRight", "n", "n", "Escape"):
        tab.keyboard.press(key)
        check(tab)


def test_views_of_one_notebook_speak_their_own_languages(open_page, tmp_path):  # noqa: F811
    """A notebook calls `render` for each, with what the widget of the view carries."""
    from autograd_lite.views.language import script_words
    from autograd_lite.views.output.page import css, javascript, script_json, whole_javascript

    script = whole_javascript().replace("export default", "const view =", 1)
    payloads = [
        view.payload() | {"language": spoken, "words": script_words(javascript(), spoken)}
        for spoken in ("zh", "en")
        for view in [ag.step(graph(), language=spoken)]
    ]
    path = tmp_path / "cells.html"
    path.write_text(
        f"""<!DOCTYPE html><html lang="en"><title>t</title><meta charset="utf-8">
        <style>{css()}</style><div id="zh"></div><div id="en"></div><script type="module">{script}
        for (const payload of {script_json(payloads)})
          view.render({{ model: {{ get: () => payload, on() {{}} }},
                         el: document.getElementById(payload.language) }});</script></html>""",
        encoding="utf-8",
    )
    tab = open_page([], url=path.as_uri())
    for spoken, start in (("zh", "开始"), ("en", "Start"), ("zh", "开始")):
        cell = tab.locator(f"#{spoken}")
        assert cell.get_attribute("lang") == spoken
        cell.locator("[data-mode=watch]").click()
        tab.keyboard.press("Home")
        assert cell.locator(".agv-said").inner_text().startswith(start)
