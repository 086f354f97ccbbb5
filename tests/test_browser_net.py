"""Nets in a real browser: the switch, pointing, opening, keys, sizes of screens."""

from __future__ import annotations

import math

import pytest

import autograd_lite as ag
import nn
from autograd_lite.views.output.page import css, script_json, whole_javascript

browser = pytest.importorskip("test_browser")  # skipped where there is none
chromium, open_page = browser.chromium, browser.open_page


def moons():
    net = nn.MLP(2, [16, 16, 1], seed=1)
    loss = (net([0.5, -0.5])[0] - 1.0) ** 2
    loss.backward()
    return ag.draw(loss, name_from=net)


def flowers():
    names = ("sepal length", "sepal width", "petal length", "petal width")
    net = nn.MLP(4, [8, 3], seed=2)
    scores = net([ag.Value(x, name) for x, name in zip((-1.1, -1.3, 0.4, 0.7), names)])
    for score, name in zip(scores, ("setosa", "versicolor", "virginica")):
        score.label = name
    loss = nn.cross_entropy([scores], [2])
    loss.backward()
    return ag.draw(loss, name_from=net)


def disc(tab, k):
    return tab.locator(f'[data-disc="{k}"]')


def panel(tab):
    return tab.locator(".agv-net-side").inner_text()


def seen_hairs(tab):
    """The numbers of the hairs that are not dimmed."""
    return set(
        tab.locator("[data-hair]").evaluate_all(
            "all => all.filter(p => p.style.opacity === '').map(p => Number(p.dataset.hair))"
        )
    )


def number_of(view, name):
    return next(k for k, disc in enumerate(view.net.discs) if disc.name == name)


def test_pointing_isolates_a_unit(open_page):
    view = moons()
    tab = open_page([view])
    assert seen_hairs(tab) == set(view.net.drawn)
    assert "Off: 20 of 32 hidden units" in panel(tab)
    for name in ("h1.4", "h2.0", "y", "x1"):
        k = number_of(view, name)
        box = disc(tab, k).locator('[data-part="disc"]').bounding_box()
        tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        unit = view.net.discs[k]
        assert seen_hairs(tab) == {*unit.hairs, *unit.out} & set(view.net.drawn)
        assert panel(tab).startswith(name)
    tab.mouse.move(2, 2)
    assert seen_hairs(tab) == set(view.net.drawn)


def test_where_the_panel_is_below_a_line_above_says_the_most(open_page):
    view = moons()
    tab = open_page([view], viewport={"width": 700, "height": 700})
    line = tab.locator(".agv-net-brief")
    assert line.inner_text() == str(view)
    disc(tab, number_of(view, "y")).focus()
    tab.keyboard.press("ArrowLeft")
    assert line.inner_text().startswith("h2.")
    tab.set_viewport_size({"width": 1280, "height": 700})
    line.wait_for(state="hidden")


def test_a_hair_says_its_weight(open_page):
    view = moons()
    tab = open_page([view])
    names = {hair.name: k for k, hair in enumerate(view.net.hairs)}
    k = names["layers.2.w.0.5"]
    tab.locator(f'[data-hair="{k}"]').dispatch_event("pointerover", {"bubbles": True})
    title = tab.locator(f'[data-hair="{k}"] title').text_content()
    _, _, _, weight, product, carried, share, _ = view.plain()["hairs"][k]
    assert title.startswith(f"layers.2.w.0.5 = {weight}, layers.2.w.0.5.grad = ")
    assert all(number in title for number in (product, carried, share))


def test_print_has_the_numbers(open_page):
    tab = open_page([flowers()])
    assert not tab.locator(".agv-numbers table").is_visible()
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert tab.locator(".agv-numbers table").is_visible()
    assert tab.locator("svg.ag").is_visible()


def test_a_click_opens_the_sum(open_page):
    view = flowers()
    payload, tab = view.plain(), open_page([view])
    k = number_of(view, "h1.4")
    unit = view.net.discs[k]
    disc(tab, k).click()
    assert disc(tab, k).get_attribute("aria-pressed") == "true"
    said = panel(tab)
    for caption in ("What it sums", "Where its gradient comes from", "weights’ gradients"):
        assert caption in said
    rows = tab.locator(".agv-net-terms").first.locator("tbody tr").all_inner_texts()
    assert len(rows) == len(unit.hairs) + 1
    for row, i in zip(rows, unit.hairs):
        _, _, _, weight, product, *_ = payload["hairs"][i]
        assert weight in row
        assert product in row
    assert payload["discs"][k][6] in rows[-1]
    shares = tab.locator(".agv-net-terms").last.locator("tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in shares] == [view.net.hairs[i].name for i in unit.hairs]
    tab.locator(".agv-net-close").click()
    assert "What it sums" not in panel(tab)


def test_the_switch(open_page):
    view = moons()
    tab = open_page([view])
    net = view.net
    most = {
        "gradient": max(abs(net.hairs[k].carried) for k in net.drawn),
        "weight": max(abs(net.hairs[k].weight) for k in net.drawn),
    }
    for mode, attribute in (("weight", "weight"), ("gradient", "carried")):
        tab.locator(".agv-net-modes button", has_text=mode).click()
        drawn = tab.locator("[data-hair]").evaluate_all(
            "all => all.map(p => [Number(p.dataset.hair), p.style.strokeWidth, p.style.stroke])"
        )
        for k, width, color in drawn:
            number = getattr(net.hairs[k], attribute)
            if number:
                wanted = 0.6 + 6.4 * math.sqrt(abs(number) / most[mode])
                assert float(width) == pytest.approx(wanted, abs=0.02)
                assert ("positive" if number > 0 else "negative") in color
        widths = [float(width) for _, width, _ in drawn]
        assert widths[-1] == max(widths)  # the widest is on top
        pressed = tab.locator('.agv-net-modes [aria-pressed="true"]').all_inner_texts()
        assert pressed == [{"gradient": "gradient flowing back"}.get(mode, mode)]
    assert "▲ raise it: loss rises" in tab.locator(".agv-net-legend").inner_text()


def test_keys(open_page):
    view = moons()
    tab = open_page([view])
    disc(tab, 0).focus()
    tab.keyboard.press("ArrowRight")
    assert panel(tab).startswith("h1.")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert panel(tab).startswith("y")
    tab.keyboard.press("Enter")
    assert "What it sums" in panel(tab)
    tab.keyboard.press("ArrowLeft")
    assert panel(tab).startswith("h2.")
    before = panel(tab).split()[0]
    tab.keyboard.press("ArrowDown")
    assert panel(tab).split()[0] == f"h2.{int(before[3:]) + 1}"
    assert tab.locator('[data-disc][tabindex="0"]').count() == 1
    tab.keyboard.press("w")
    assert tab.locator('.agv-net-modes [aria-pressed="true"]').inner_text() == "weight"
    tab.keyboard.press("Escape")
    assert disc(tab, number_of(view, "y")).get_attribute("aria-pressed") == "false"


def test_the_only_view_of_a_page_needs_no_click_before_its_keys(open_page):
    tab = open_page([moons()])
    tab.keyboard.press("w")
    assert tab.locator('.agv-net-modes [aria-pressed="true"]').inner_text() == "weight"
    tab.keyboard.press("ArrowLeft")
    assert panel(tab).startswith("y")
    tab.keyboard.press("ArrowLeft")
    assert panel(tab).startswith("h2.")


def test_before_a_backward_there_is_no_gradient_to_choose(open_page):
    tab = open_page([ag.draw(nn.MLP(2, [4, 1], seed=0))])
    assert tab.locator('.agv-net-modes [aria-pressed="true"]').inner_text() == "weight"
    gradient = tab.locator(".agv-net-modes button", has_text="gradient")
    assert gradient.get_attribute("aria-disabled") == "true"
    gradient.click(force=True)
    assert tab.locator('.agv-net-modes [aria-pressed="true"]').inner_text() == "weight"
    assert "call backward() first" in panel(tab)


@pytest.mark.parametrize("size", [(360, 740), (390, 844), (768, 1024), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("make", [moons, flowers], ids=["moons", "flowers"])
def test_nothing_is_cut_at_any_size(open_page, make, size):
    tab = open_page([make()], viewport={"width": size[0], "height": size[1]})
    assert tab.evaluate("document.documentElement.scrollWidth") <= size[0]
    cut, small = tab.locator(".agv-picture svg.ag").evaluate(
        """svg => {
          const frame = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll("text")]
            .filter(text => getComputedStyle(text).visibility === "visible");
          return [
            texts.filter(text => { const box = text.getBoundingClientRect();
              return box.left < frame.left - 1 || box.right > frame.right + 1 ||
                box.bottom > frame.bottom + 1; }).map(text => text.textContent),
            texts.map(text => parseFloat(text.getAttribute("font-size")) *
              frame.width / svg.viewBox.baseVal.width).filter(size => size < 12),
          ];
        }"""
    )
    assert cut == []
    assert small == []
    if size[0] >= 1280:  # the whole picture and its legend at once
        box = tab.locator(".agv-net-legend").bounding_box()
        assert box["y"] + box["height"] <= size[1] + 8


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_accessible(open_page, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = open_page([moons()], color_scheme=scheme, viewport={"width": width, "height": 800})
    disc(tab, 0).click()
    results = axe.Axe().run(tab).response
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in results["violations"]] == []


def test_forced_colours_show_what_is_pressed(open_page):
    tab = open_page([moons()], forced_colors="active")
    width = "button => getComputedStyle(button).borderTopWidth"
    pressed = tab.locator('.agv-net-modes [aria-pressed="true"]').evaluate(width)
    other = tab.locator('.agv-net-modes [aria-pressed="false"]').first.evaluate(width)
    assert pressed != other


def test_without_scripts_picture_and_table_are_there(open_page):
    tab = open_page([moons()], java_script_enabled=False)
    assert tab.locator("svg.ag").is_visible()
    assert tab.locator(".agv-numbers table").is_visible()
    assert tab.locator(".agv-numbers tbody tr").count() == 35
    assert tab.locator(".agv-net").count() == 0


def test_two_nets_on_one_page(open_page):
    tab = open_page([moons(), flowers(), ag.step(browser.neuron())])
    assert tab.locator(".agv-net").count() == 2
    tab.locator(".agv-net").nth(1).locator('[data-disc="5"]').hover()
    assert tab.locator(".agv-net-side").nth(1).inner_text().startswith("h1.1")
    assert tab.locator(".agv-net-side").nth(0).inner_text().startswith("Overview")


def test_as_a_widget(open_page, tmp_path):
    """A notebook calls `render` with an empty element, and again when the payload is another."""
    path = tmp_path / "widget.html"
    payloads = script_json([moons().payload(), flowers().payload()])
    path.write_text(
        f'<!DOCTYPE html><html lang="en"><title>t</title><meta charset="utf-8">'
        f"<style>{css()}</style><div id='cell'></div><script type='module'>"
        f"{whole_javascript().replace('export default', 'const view =', 1)}"
        f"const payloads = {payloads}; let shown = 0, changed;"
        "const model = { get: () => payloads[shown], on(_, act) { changed = act; } };"
        "view.render({ model, el: document.getElementById('cell') });"
        "globalThis.next = () => { shown = 1; changed(); };</script></html>",
        encoding="utf-8",
    )
    tab = open_page([], url=path.as_uri())
    assert tab.locator("[data-disc]").count() == 35
    assert tab.locator(".agv-numbers tbody tr").count() == 35
    tab.evaluate("next()")
    assert tab.locator(".agv-net").count() == 1
    assert tab.locator(".agv-numbers").count() == 1
    assert tab.locator(".agv-numbers tbody tr").count() == 15
    assert tab.locator("[data-disc]").count() == 15
    assert "setosa" in tab.locator("svg.ag").text_content()
