"""How a reader changes leaves of a net: pulling inputs and hairs, keys, touch; what is said."""

from __future__ import annotations

import pytest

import autograd_lite as ag
import nn
from autograd_lite.views.output.page import css, page, script_json, whole_javascript
from autograd_lite.views.text import number

browser = pytest.importorskip("test_browser")  # skipped where there is none
live_net = pytest.importorskip("test_live_net")
chromium, open_page = browser.chromium, browser.open_page
PROJECTOR, PHONE = live_net.PROJECTOR, {"width": 390, "height": 844}
X0 = '.agv-pull[aria-label="x0"]'

MIDDLE = """(path) => {
    const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
    const { a, d, e, f } = path.getScreenCTM();
    return [x * a + e, y * d + f];
}"""


def moons(numbers={}, activation=ag.tanh):  # noqa: B006 (not changed)
    return live_net.moons(ag.Value, numbers, activation)


def frame(tab):
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done(true)))")


def drag(tab, x, y, dx):
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + dx, y, steps=5)
    frame(tab)
    tab.mouse.up()


def hair(tab, view, name):
    k = next(k for k, each in enumerate(view.net.hairs) if each.name == name)
    return tab.locator(f'[data-hair="{k}"]')


def panel(tab):
    return tab.locator(".agv-net-told").inner_text()


def loss_of(tab):
    return tab.locator('[data-part="loss"] text').first.text_content()


def value_of(tab, selector):
    return float(tab.locator(selector).get_attribute("aria-valuenow"))


def test_an_input_is_pulled_and_all_follows(open_page):
    tab = open_page([moons()], viewport=PROJECTOR)
    box = tab.locator(f"{X0} rect").bounding_box()
    drag(tab, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, 75)
    assert value_of(tab, X0) == 1.25
    right = moons({"x0": 1.25}).net
    assert loss_of(tab) == f"loss = {number(right.loss.value)}"
    assert f"loss is {number(right.loss.value)}." in panel(tab)
    text = f"loss = {number(right.loss.value)}, slope over x0 = "  # a constant has no .grad
    assert text in tab.locator(".agv-live").inner_text()


def test_a_hair_is_pulled_for_its_weight(open_page):
    view = moons()
    tab = open_page([view], viewport=PROJECTOR)
    x, y = hair(tab, view, "layers.1.w.2.3").evaluate(MIDDLE)
    drag(tab, x, y, 60)
    name = tab.locator(".agv-net-tag").get_attribute("aria-label")  # several cross there
    before = next(each.weight for each in view.net.hairs if each.name == name)
    after = value_of(tab, ".agv-net-tag")
    assert after == pytest.approx(before + 0.6, abs=1e-9)
    assert panel(tab).startswith(name)
    assert tab.locator(".agv-net-tag").text_content().endswith(number(after))
    right = moons({name: after}).net
    assert loss_of(tab) == f"loss = {number(right.loss.value)}"
    grad = next(each.gradient for each in right.hairs if each.name == name)
    assert number(grad) in panel(tab)
    tab.locator(".agv-net-tag").focus()
    tab.keyboard.press("Escape")  # from the number to the unit, and from there to the whole
    assert tab.evaluate("document.activeElement.dataset.disc") is not None
    tab.keyboard.press("Escape")
    assert tab.locator(".agv-net-tag").count() == 0


def test_a_click_on_a_hair_picks_it(open_page):
    view = moons()
    tab = open_page([view], viewport=PROJECTOR)
    x, y = hair(tab, view, "layers.2.w.0.4").evaluate(MIDDLE)
    tab.mouse.move(x, y + 2)
    assert tab.locator(".agv-net-touched").count() == 1
    tab.mouse.click(x, y + 2)
    assert panel(tab).startswith("layers.2.w.0.4")
    assert tab.locator(".agv-net-picked").count() == 1
    tab.locator(".agv-net-close").click()
    assert panel(tab).startswith("Overview")
    assert tab.locator(".agv-net-picked, .agv-net-tag").count() == 0


def test_after_a_click_on_a_hair_keys_change_its_weight(open_page):
    view = moons()
    tab = open_page([view], viewport=PROJECTOR)
    x, y = hair(tab, view, "layers.2.w.0.4").evaluate(MIDDLE)
    tab.mouse.click(x, y + 2)
    tab.keyboard.press("ArrowUp")
    frame(tab)
    before = next(each.weight for each in view.net.hairs if each.name == "layers.2.w.0.4")
    assert value_of(tab, ".agv-net-tag") == pytest.approx(before + 0.1)
    tab.keyboard.press("3")
    tab.keyboard.press("Enter")
    frame(tab)
    assert loss_of(tab) == f"loss = {number(moons({'layers.2.w.0.4': 3.0}).net.loss.value)}"


@pytest.mark.parametrize("viewport", [PROJECTOR, PHONE])
def test_beside_an_opened_unit_is_the_curve_of_a_leaf_of_its_own(open_page, viewport):
    view = moons()
    tab = open_page([view], viewport=viewport)
    tab.locator(".agv-net-alive").click()
    shown = tab.locator(".agv-live select option:checked")
    for k, disc in enumerate(view.net.discs):
        tab.locator(f'[data-disc="{k}"]').dispatch_event("click")
        weights = [view.net.hairs[i] for i in disc.hairs if view.net.hairs[i].source >= 0]
        largest = max(weights, key=lambda each: abs(each.weight), default=disc)
        assert shown.inner_text() == largest.name
    assert tab.locator(".agv-slope").get_attribute("aria-label").startswith("loss over layers.2.w")
    told, curve = (tab.locator(each).bounding_box() for each in (".agv-net-told", ".agv-live"))
    assert told["y"] < curve["y"]


def test_discs_stay_where_they_are_while_numbers_grow(open_page):
    tab = open_page([moons()], viewport=PROJECTOR)
    where = "all => all.map(node => node.getAttribute('transform'))"
    before = tab.locator("[data-disc]").evaluate_all(where)
    live_net.give(tab, {"x0": -0.00125, "layers.2.b.0": -1.25})
    assert tab.locator("[data-disc]").evaluate_all(where) == before


def test_what_was_changed_is_marked_where_the_panel_is_closed(open_page):
    tab = open_page([moons()], viewport=PROJECTOR)
    button = tab.locator(".agv-net-alive")
    assert button.inner_text() == "Live"
    live_net.give(tab, {"x0": 1.0})
    button.click()
    assert not tab.locator(".agv-live").is_visible()
    assert button.inner_text() == "Live · changed"
    button.click()
    tab.get_by_role("button", name="Reset").click()
    assert button.inner_text() == "Live"


def test_the_curve_is_labelled_with_its_own_numbers(open_page, Value):
    tab = open_page([moons()], viewport=PROJECTOR)
    live_net.give(tab, {"x0": 0.75})
    low, high = map(parsed, reversed(tab.locator(".agv-slope .agv-y").all_text_contents()))
    losses = [moons({"x0": -2.5 + i * 5 / 96}).net.loss.value for i in range(97)]
    assert low == pytest.approx(min(losses), rel=1e-2)
    assert high == pytest.approx(max(losses), rel=1e-2)
    assert low >= 0.0  # as a square is
    boxes = tab.locator(".agv-slope .agv-y").evaluate_all(
        """all => all.map((text) => {
            const { x, y, width, height } = text.getBBox();
            return [x, x + width, y + 3, y + height - 3];
        })"""
    )
    points = tab.locator(".agv-slope .agv-curve").evaluate(
        """path => [...Array(200).keys()].map((i) => {
            const { x, y } = path.getPointAtLength((path.getTotalLength() * i) / 199);
            return [x, y];
        })"""
    )
    for left, right, top, bottom in boxes:
        assert not [1 for x, y in points if left < x < right and top < y < bottom]


def parsed(text):
    return float(text.replace("−", "-").replace("≈", ""))


def test_where_a_leaf_is_no_number_there_is_no_curve(open_page):
    tab = open_page([moons()], viewport=PROJECTOR)
    live_net.give(tab, {"x0": 0.75})
    assert len(tab.locator(".agv-slope .agv-curve").get_attribute("d")) > 100
    live_net.give(tab, {"x0": float("inf")})
    assert tab.locator(".agv-slope .agv-curve").get_attribute("d") == "M0 0"
    assert tab.locator(".agv-slope .agv-y").all_text_contents() == ["", ""]


def test_numbers_that_are_about_right_do_not_follow_a_sign_of_equality(open_page):
    numbers = {"layers.2.b.0": 0.99999999, "layers.2.w.0.4": 2.00000001}
    tab = open_page([moons()], viewport=PROJECTOR)
    live_net.give(tab, numbers)
    seen = """() => {
        const copy = document.querySelector(".agv").cloneNode(true);
        copy.querySelectorAll("script, style").forEach((part) => part.remove());
        return copy.textContent;
    }"""
    everything = tab.evaluate(seen) + moons(numbers).svg
    k = len(moons().net.discs) - 1
    tab.locator(f'[data-disc="{k}"]').dispatch_event("click")
    everything += tab.evaluate(seen)
    tab.mouse.click(*hair(tab, moons(), "layers.2.w.0.4").evaluate(MIDDLE))
    everything += tab.evaluate(seen)
    assert "= ≈" not in everything
    assert "layers.2.w.0.4 ≈ 2" in everything
    labels = tab.locator("[data-disc]").evaluate_all("all => all.map(n => n.ariaLabel)")
    assert "≈" not in "".join(labels)


def test_leaves_are_listed_from_the_inputs_to_the_targets(open_page):
    tab = open_page([moons()], viewport=PROJECTOR)
    tab.locator(".agv-net-alive").click()
    names = tab.locator(".agv-live select option").all_inner_texts()
    assert names[:3] == ["x0", "x1", "layers.0.w.0.0"]
    assert names[-2:] == ["layers.2.b.0", "t"]
    assert len(set(names)) == len(names) == 2 + 59 + 1
    assert [n.split(".")[1] for n in names[2:-1]] == sorted(n.split(".")[1] for n in names[2:-1])


def test_a_batch_tells_its_gradients_from_those_of_a_sample(open_page):
    view = live_net.batch(ag.Value, {})
    for each in (view, view.plain()):
        tab = open_page([each], viewport=PROJECTOR)
        assert "loss of the batch = " in tab.locator("svg.ag").first.text_content()
        tab.mouse.click(*hair(tab, view, "layers.1.w.0.0").evaluate(MIDDLE))
        said = panel(tab)
        assert "layers.1.w.0.0.grad (all 3 samples) = " in said
        assert "of it, this sample: h1.0 × z.grad = " in said
        assert "back through the hair: w × z.grad = " in said


def test_on_a_touch_screen_the_hint_is_for_fingers(open_page):
    tab = open_page([moons()], viewport=PHONE, has_touch=True, is_mobile=True)
    assert "tap a hair, then drag its number" in panel(tab)


def test_keys_alone_change_weights_and_inputs(open_page):
    view = moons()
    tab = open_page([view], viewport=PROJECTOR)
    tab.locator(X0).focus()
    for key, wanted in (("ArrowUp", 0.6), ("Shift+ArrowDown", 0.59)):
        tab.keyboard.press(key)
        frame(tab)
        assert value_of(tab, X0) == wanted
    tab.keyboard.press("-")
    tab.keyboard.type("2,5")
    tab.keyboard.press("Enter")
    frame(tab)
    assert value_of(tab, X0) == -2.5
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "x0"
    k = next(k for k, each in enumerate(view.net.discs) if each.name == "h2.3")
    tab.locator(f'[data-disc="{k}"]').focus()
    tab.keyboard.press("Enter")
    grips = tab.locator(".agv-net-told .agv-grip")
    assert grips.count() == 7  # six weights and a bias
    names = grips.evaluate_all("all => all.map(grip => grip.getAttribute('aria-label'))")
    for _ in range(60):  # by the tabulator alone
        if tab.evaluate("document.activeElement.getAttribute('aria-label')") == names[2]:
            break
        tab.keyboard.press("Tab")
    before = value_of(tab, f'.agv-grip[aria-label="{names[2]}"]')
    tab.keyboard.press("ArrowUp")
    frame(tab)
    tab.keyboard.press("ArrowUp")
    frame(tab)
    assert value_of(tab, f'.agv-grip[aria-label="{names[2]}"]') == pytest.approx(before + 0.2)
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == names[2]
    assert grips.evaluate_all("all => all.map(grip => grip.getAttribute('aria-label'))") == names
    tab.keyboard.press("4")  # a digit begins to type
    tab.keyboard.press("Enter")
    frame(tab)
    assert value_of(tab, f'.agv-grip[aria-label="{names[2]}"]') == 4.0
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == names[2]
    assert loss_of(tab) == f"loss = {number(moons({'x0': -2.5, names[2]: 4.0}).net.loss.value)}"


def test_a_number_of_the_panel_is_dragged(open_page):
    tab = open_page([moons()], viewport=PROJECTOR)
    grip = tab.locator('.agv-net-told .agv-grip[aria-label="t"]')  # the target
    box = grip.bounding_box()
    drag(tab, box["x"] + 5, box["y"] + 8, 50)
    assert value_of(tab, '.agv-net-told .agv-grip[aria-label="t"]') == 1.5
    assert loss_of(tab) == f"loss = {number(moons({'t': 1.5}).net.loss.value)}"


def test_a_finger_picks_a_hair_and_pulls_its_number(open_page):
    view = moons()
    tab = open_page([view], viewport=PHONE, has_touch=True)
    x, y = hair(tab, view, "layers.2.w.0.0").evaluate(MIDDLE)
    tab.touchscreen.tap(x, y)
    name = tab.locator(".agv-net-tag").get_attribute("aria-label")
    before = value_of(tab, ".agv-net-tag")
    tab.locator(".agv-net-tag").evaluate("""(node) => {
        const { x, y } = node.getBoundingClientRect();
        node.setPointerCapture = () => {};
        const moves = [["down", 0], ["move", 10], ["move", 50], ["up", 50]];
        for (const [kind, dx] of moves)
            node.dispatchEvent(new PointerEvent(`pointer${kind}`, { pointerType: "touch",
                pointerId: 7, clientX: x + 9 + dx, clientY: y + 9, bubbles: true }));
    }""")
    frame(tab)
    after = value_of(tab, ".agv-net-tag")
    assert after == pytest.approx(before + 0.5)
    assert tab.locator(".agv-net-brief").inner_text().startswith(f"{name} = {number(after)}")
    action = tab.locator(".agv-net-tag").evaluate("node => getComputedStyle(node).touchAction")
    assert action == "none"
    assert loss_of(tab) == f"loss = {number(moons({name: after}).net.loss.value)}"


def test_downhill_goes_with_the_weights_and_not_with_the_inputs(open_page):
    net = nn.MLP(2, [6, 5, 1], ag.tanh, seed=1)
    tab = open_page([moons()], viewport=PROJECTOR)
    tab.locator(".agv-net-alive").click()
    for _ in range(2):
        loss = (net([0.5, -0.5])[0] - 1.0) ** 2
        for p in net.parameters():
            p.grad = 0.0
        loss.backward()
        for p in net.parameters():
            p.data -= 0.1 * p.grad
    for _ in range(2):
        tab.get_by_role("button", name="Step downhill").click()
    assert loss_of(tab) == f"loss = {number(((net([0.5, -0.5])[0] - 1.0) ** 2).data)}"
    assert value_of(tab, X0) == 0.5
    assert "→" in tab.locator(".agv-way").inner_text()
    tab.locator(".agv-which summary").click()
    assert tab.locator(".agv-which label").all_inner_texts() == [
        "layer 1", "layer 2", "output", "inputs and targets",
    ]  # fmt: skip


def clipped(Value):
    """A loss with an `if` of the program."""
    with ag.source_lines():
        net = nn.MLP(2, [3, 1], ag.tanh, seed=1)
        (y,) = net([Value(0.5, "u"), Value(-0.5, "v")])
        loss = (y - 1.0) ** 2 if y < 1.0 else y - 1.0
        loss.label = "L"
    loss.backward()
    return ag.draw(loss, name_from=net, style="net")


def test_across_an_if_the_picture_is_grey_and_says_why(open_page, Value):
    tab = open_page([clipped(Value)], viewport=PROJECTOR)
    live_net.give(tab, {"layers.1.b.0": 3.0})
    warning = tab.locator(".agv-warning").inner_text()
    assert "< 1 is now false. Your program would take another branch" in warning
    line = clipped.__code__.co_firstlineno + 5
    assert f"line {line}: " in warning
    assert tab.locator(".agv-picture.agv-otherwise").count() == 1
    tab.get_by_role("button", name="Reset").click()
    assert tab.locator(".agv-warning").count() == 0
    assert tab.locator(".agv-picture.agv-otherwise").count() == 0


def test_a_primitive_of_ones_own_keeps_the_leaves_fixed_and_says_so(open_page, Value):
    cube = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
    net = nn.MLP(2, [3, 1], cube, seed=1)
    loss = (net([0.5, -0.5])[0] - 1.0) ** 2
    loss.backward()
    tab = open_page([ag.draw(loss, name_from=net)], viewport=PROJECTOR)
    assert tab.locator(".agv-pull, .agv-grip, .agv-live").count() == 0
    assert "The leaves are fixed here: cube is Python, which a page cannot run." in panel(tab)


def test_where_a_page_could_not_tell_the_truth_nothing_is_live(Value):
    net = nn.MLP(2, [3, 1], seed=1)
    outputs = nn.MLP(2, [3, 2], seed=1)([0.5, -0.5])
    assert "live" not in ag.draw(outputs, style="net").payload()  # several results
    loss = (net([0.5, -0.5])[0] - 1.0) ** 2
    loss.backward()
    view = ag.draw(loss)
    assert "live" in view.payload()
    loss.backward()
    assert "live" not in ag.draw(loss).payload()  # gradients of two runs
    view = ag.draw((net([0.5, -0.5])[0] - 1.0) ** 2)
    net.layers[0].w[0][0].data += 1.0
    assert "live" not in view.payload()  # a weight was changed since


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"viewport": PHONE}])
def test_axe_has_nothing_to_say(open_page, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = open_page([moons()], **({"viewport": PROJECTOR} | look))
    live_net.give(tab, {"x0": -1.0})
    tab.locator(".agv-which summary").click()
    hair(tab, moons(), "layers.2.w.0.0").evaluate(
        "path => path.dispatchEvent(new MouseEvent('click', { bubbles: true }))"
    )
    for k in (0, 4):
        tab.locator(f'[data-disc="{k}"]').dispatch_event("click")
        broken = axe.Axe().run(tab).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]][:2]) for each in broken] == []


@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1920])
def test_no_page_is_wider_than_its_window(open_page, width):
    tab = open_page([moons()], viewport={"width": width, "height": 800})
    live_net.give(tab, {"x0": -1234567.5, "layers.2.b.0": 1e-7})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (
        ".agv-live .agv-answer",
        ".agv-slope",
        ".agv-live .agv-main",
        ".agv-net-alive",
    ):
        box = tab.locator(selector).first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    cut = tab.locator(".agv-picture svg.ag").evaluate(
        """svg => {
          const frame = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].filter((text) => {
            const { left, right } = text.getBoundingClientRect();
            return left < frame.left - 1 || right > frame.right + 1;
          }).map((text) => text.textContent);
        }"""
    )
    assert cut == []


def test_a_notebook_has_them_too(open_page, tmp_path):
    path = tmp_path / "widget.html"
    path.write_text(
        f'<!DOCTYPE html><html lang="en"><title>t</title><meta charset="utf-8">'
        f"<style>{css()}</style><div id='cell'></div><script type='module'>"
        f"{whole_javascript().replace('export default', 'const view =', 1)}"
        f"const model = {{ get: () => ({script_json(moons().payload())}), on() {{}} }};"
        "view.render({ model, el: document.getElementById('cell') });</script></html>",
        encoding="utf-8",
    )
    tab = open_page([], url=path.as_uri(), viewport=PROJECTOR)
    tab.locator(X0).focus()
    tab.keyboard.press("ArrowUp")
    frame(tab)
    assert loss_of(tab) == f"loss = {number(moons({'x0': 0.6}).net.loss.value)}"


def test_an_embedded_view_has_them_too(open_page, tmp_path):
    from autograd_lite.views.output.page import element

    (tmp_path / "net.html").write_text(page("t", [moons()]), encoding="utf-8")
    outer = tmp_path / "outer.html"
    outer.write_text(
        f'<!DOCTYPE html><html lang="en"><title>t</title><script>{element()}</script>'
        '<autograd-view src="net.html"></autograd-view></html>',
        encoding="utf-8",
    )
    tab = open_page([], url=outer.as_uri(), viewport=PROJECTOR)
    inner = tab.frame_locator("iframe")
    inner.locator(X0).focus()
    tab.keyboard.press("ArrowUp")
    inner.locator("text=loss is").wait_for()
    wanted = f"loss = {number(moons({'x0': 0.6}).net.loss.value)}"
    inner.locator('[data-part="loss"] text', has_text=wanted).wait_for()


def test_a_drag_does_little(open_page):
    """The time that it takes is measured by `python -m benchmarks.views`."""
    net = nn.MLP(2, [16, 16, 1], ag.tanh, seed=1)
    loss = (net([0.5, -0.5])[0] - 1.0) ** 2
    loss.backward()
    assert len(ag.topological_order(loss)) > 400
    tab = open_page([ag.draw(loss)], viewport=PROJECTOR)
    tab.locator(".agv-pull").first.focus()
    functions, layouts = browser.work(tab, browser.ARROW_UP)
    assert 1_000 < functions < 18_000
    assert 1 <= layouts <= 2
