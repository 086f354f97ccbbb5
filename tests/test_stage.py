"""The stage of a page in Chromium: what is seen at which size, keys, links, the timeline."""

from __future__ import annotations

import functools

import pytest
from test_browser import (  # noqa: F401 (fixtures)
    Section,
    card,
    chromium,
    neuron,
    open_page,
    page,
    press,
    said,
)

import autograd_lite as ag

SIZES = {"projector": (1280, 720), "phone": (390, 844), "desktop": (1920, 1080)}


def units():
    """A neuron with two inputs."""
    x1, w1, x2, w2, b = (
        ag.Value(number, label=name)
        for name, number in (("x1", 2.0), ("w1", -0.6), ("x2", 0.5), ("w2", 1.4), ("b", 0.9))
    )
    y = (x1 * w1 + x2 * w2 + b).tanh()
    y.label = "y"
    return y


def xor():
    import nn

    net = nn.MLP(2, [2, 1], nn.tanh, seed=1)
    loss = (net([1.0, 0.0])[0] - 1.0) ** 2
    loss.label = "L"
    return loss


def attention():
    """One query on three keys: a softmax, and the mean of three numbers by its weights."""
    query = [ag.Value(0.5, "q0"), ag.Value(-0.3, "q1")]
    keys = [[ag.Value(0.2 * i - 0.1 * j, f"k{i}{j}") for j in range(2)] for i in range(3)]
    values = [ag.Value(0.3 * i + 0.1, f"u{i}") for i in range(3)]
    weights = [ag.dot(query, key).exp() for key in keys]
    total = ag.sum(weights)
    out = ag.sum([weight / total * value for weight, value in zip(weights, values)])
    out.label = "out"
    return out


def mlp():
    import nn

    net = nn.MLP(2, [16, 16, 1], seed=1)
    return nn.mse(net([1.0, 2.0]), [1.0])


GRAPHS = {"neuron": units, "xor": xor, "attention": attention, "mlp": mlp}


@functools.cache
def saved(name):
    stepper = ag.step(GRAPHS[name]())
    return stepper._page(), len(stepper.steps)


def opened(open_page, tmp_path, name, size="projector", link="", **options):  # noqa: F811
    text, steps = saved(name)
    path = tmp_path / f"{name}.html"
    path.write_text(text, encoding="utf-8")
    width, height = SIZES[size]
    viewport = {"width": width, "height": height}
    return open_page([], url=path.as_uri() + link, viewport=viewport, **options), steps


@pytest.mark.parametrize(("name", "most"), [("neuron", 150_000), ("xor", 150_000)])
def test_a_page_of_a_small_graph_is_small(name, most):
    assert len(saved(name)[0].encode()) < most


def test_a_picture_does_not_bring_the_scripts_of_steppers():
    picture = page("t", [ag.draw(units())])
    assert "class Stage" in picture
    assert "class Stepper" not in picture
    assert "class Stepper" in saved("neuron")[0]


# What is seen -------------------------------------------------------------------------------------

SEEN = """() => {
    const box = (node) => node.getBoundingClientRect();
    const side = box(document.querySelector(".agv-side"));
    const texts = [".agv-place", ".agv-title", ".agv-line"].map(
        (name) => document.querySelector(`.agv-said ${name}`)).filter(Boolean);
    const hidden = texts.filter((node) => {
        const { top, left, right } = box(node);
        const last = node.matches(".agv-line") ? box(node.querySelector(".agv-row")) : box(node);
        return top < side.top - 1 || last.bottom > Math.min(side.bottom, innerHeight) + 1 ||
            left < 0 || right > innerWidth + 1;
    });
    const size = (node) => parseFloat(getComputedStyle(node).fontSize);
    const stage = box(document.querySelector(".agv-window"));
    const now = document.querySelector(".agv-now [data-part=box]");
    const active = now ? box(now) : null;
    return {
        hidden: hidden.map((node) => node.className),
        sentence: Math.min(...[...document.querySelectorAll(".agv-title")].map(size), 99),
        least: Math.min(...[...document.querySelectorAll(".agv-said *")].filter(
            (node) => node.textContent.trim() && node.offsetParent).map(size)),
        page: [document.scrollingElement.scrollWidth, document.scrollingElement.scrollHeight],
        outside: active && (active.left < stage.left - 1 || active.right > stage.right + 1 ||
            active.top < stage.top - 1 || active.bottom > stage.bottom + 1),
        stage: [stage.width, stage.height],
    };
}"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", GRAPHS)
def test_each_step_is_seen_without_scrolling(open_page, tmp_path, name, size):  # noqa: F811
    tab, steps = opened(open_page, tmp_path, name, size)
    width, height = SIZES[size]
    for _ in range(0, steps + 1, 1 if steps < 40 else 3):
        seen = tab.evaluate(SEEN)
        assert seen["hidden"] == []
        assert not seen["outside"], "the card of the step is on the stage"
        assert seen["sentence"] >= 20
        assert seen["least"] >= 15
        assert seen["page"] == [width, height]
        tab.keyboard.press("ArrowRight")
    wide, high = seen["stage"]
    assert wide * high > (0.45 if size != "phone" else 0.3) * width * height


OVERPRINTED = """() => {
    const box = (node) => node.getBoundingClientRect();
    const meet = (a, b, by) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > by &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
    const seen = (node) => node.textContent.trim() && node.getBoundingClientRect().width &&
        getComputedStyle(node).visibility === "visible";
    const found = [];
    const pills = [...document.querySelectorAll(".agv-pill rect")];
    pills.forEach((one, i) => pills.slice(i + 1).forEach(
        (other) => meet(box(one), box(other), 0.5) && found.push(["two pills", i])));
    for (const card of document.querySelectorAll("[data-card]")) {
        const texts = [...card.querySelectorAll("text")].filter(seen);
        const frame = box(card.querySelector("[data-part=box]"));
        texts.forEach((one, i) => {
            const { left, right } = box(one);
            if (left < frame.left || right > frame.right) found.push(["out of", card.dataset.card]);
            texts.slice(i + 1).forEach((other) =>
                meet(box(one), box(other), 1.5) && found.push(["texts", card.dataset.card]));
            if (card.matches(".agv-now, .agv-gets")) pills.forEach((pill) =>
                meet(box(pill), box(one), 1) && found.push(["pill on", card.dataset.card]));
        });
    }
    const sizes = (names) => [...document.querySelectorAll(names)].map((node) =>
        (node.getAttribute("font-size") ?? 14) * node.getScreenCTM().a);
    const smallest = Math.min(...sizes(".agv-now [data-part=name]"), 99);
    const pillText = Math.min(...sizes(".agv-pill text"), 99);
    return { found, smallest, pillText, pills: pills.length };
}"""


@pytest.mark.parametrize("mode", ["Watch", "Break it"])
@pytest.mark.parametrize("name", ["neuron", "xor", "attention"])
def test_nothing_is_overprinted_and_all_can_be_read(open_page, tmp_path, name, mode):  # noqa: F811
    tab, steps = opened(open_page, tmp_path, name)
    tab.get_by_role("button", name=mode).click()
    pills = 0
    for _ in range(steps + 1):
        print_ = tab.evaluate(OVERPRINTED)
        assert print_["found"] == []
        assert print_["smallest"] >= 11
        assert print_["pillText"] >= 10
        pills += print_["pills"]
        tab.keyboard.press("ArrowRight")
    assert pills > steps / 2


def test_the_column_of_a_small_graph_needs_no_scrolling(open_page, tmp_path):  # noqa: F811
    for name in ("neuron", "xor"):
        tab, steps = opened(open_page, tmp_path, name)
        side = "document.querySelector('.agv-side')"
        for _ in range(steps + 1):
            tab.keyboard.press("ArrowRight")
            assert tab.evaluate(f"{side}.scrollHeight <= {side}.clientHeight + 1")


def test_the_equation_stands_on_its_line_and_its_factors_light_up(open_page, tmp_path):  # noqa: F811
    tab, _ = opened(open_page, tmp_path, "neuron")
    press_all(tab, ["End", "ArrowLeft"])
    pills = tab.locator(".agv-pill").all_text_contents()
    lines = [line for line in tab.locator(".agv-line").all_inner_texts() if "×" in line]
    assert len(pills) == len(lines) == 2
    for pill, line in zip(pills, lines):
        assert pill.replace(" ", "") in line.replace(" ", "").replace("\n", "")
    assert tab.locator("[data-edge] .agv-lit, .agv-lit").count() == 0
    tab.locator(".agv-line").first.locator(".agv-tone-factor").first.hover()
    assert tab.locator("[data-edge].agv-lit").count() == 1
    tab.mouse.move(2, 2)
    assert tab.locator(".agv-lit").count() == 0
    chip = tab.locator(".agv-line").first.locator(".agv-chip").first
    chip.hover()
    assert tab.locator("[data-card].agv-lit").count() == 1


def until(tab, condition):
    """Wait; not by playwright's own means, which the policy of our pages does not allow."""
    for _ in range(400):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(50)
    pytest.fail(f"never: {condition}")


# Keys and links -----------------------------------------------------------------------------------


def press_all(tab, keys):
    for key in keys:
        tab.keyboard.press(key)


def place(tab):
    return int(tab.locator(".agv-count").first.inner_text().split("/")[0])


def test_keys_act_at_once(open_page, tmp_path):  # noqa: F811
    tab, steps = opened(open_page, tmp_path, "neuron")
    for key, at in (
        ("ArrowRight", 1), ("PageDown", 2), ("PageDown", 3), ("PageUp", 2), ("ArrowLeft", 1),
        ("End", steps), ("Home", 0),
    ):  # fmt: skip
        tab.keyboard.press(key)
        assert place(tab) == at, key
    tab.keyboard.press("?")
    assert "full screen" in tab.get_by_role("dialog").inner_text()
    tab.keyboard.press("Escape")
    assert tab.get_by_role("dialog").count() == 0
    tab.locator("select[aria-label=Speed]").select_option("fast")
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press(" ")
    until(tab, "document.querySelector('.agv-count').textContent[0] !== '0'")
    tab.keyboard.press(" ")
    tab.keyboard.press("f")
    until(tab, "document.fullscreenElement?.matches('.agv')")


def test_links_to_steps(open_page, tmp_path):  # noqa: F811
    tab, steps = opened(open_page, tmp_path, "neuron", link="#step=5")
    assert place(tab) == 5
    history = tab.evaluate("history.length")
    press_all(tab, ["ArrowRight", "ArrowRight"])
    until(tab, "location.hash === '#step=7'")
    assert tab.evaluate("history.length") == history
    tab.evaluate("location.hash = '#step=2'")
    until(tab, "document.querySelector('.agv-count').textContent.startsWith('2 ')")
    tab, steps = opened(open_page, tmp_path, "xor", link="#step=9999")
    assert place(tab) == steps


def test_of_several_views_one_has_the_keys(open_page, tmp_path):  # noqa: F811
    path = tmp_path / "two.html"
    sections = [
        Section(title="One", text="Text", view=ag.step(neuron()), key="one"),
        Section(title="Two", view=ag.step(neuron()), key="two"),
    ]
    path.write_text(page("Two", sections), encoding="utf-8")
    tab = open_page([], url=f"{path.as_uri()}#two:step=4")
    counts = tab.locator(".agv-count")

    def places():
        return [int(text.split("/")[0]) for text in counts.all_inner_texts()]

    assert places() == [0, 4]
    tab.keyboard.press("ArrowRight")
    assert places() == [1, 4], "the arrow goes to the one most in sight"
    tab.keyboard.press("PageDown")
    assert places() == [1, 4], "a key that scrolls is the page's"
    tab.evaluate("scrollTo(0, document.body.scrollHeight)")
    tab.keyboard.press("ArrowRight")
    assert places() == [1, 5]
    tab.locator(".agv").nth(1).get_by_role("button", name="Forward").click()
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("PageDown")
    assert places() == [1, 7], "all keys go to the view last used"
    until(tab, "location.hash === '#two:step=7'")
    tab.locator("h2").first.click()
    tab.keyboard.press("End")
    assert places() == [1, 7], "a click elsewhere gives them back"


def test_the_timeline_has_a_tick_for_each_step(open_page, tmp_path):  # noqa: F811
    tab, steps = opened(open_page, tmp_path, "neuron")
    ticks = tab.locator(".agv-tick")
    assert ticks.count() == steps + 1
    assert tab.locator(".agv-tick.agv-backward").count() > steps / 3
    assert tab.locator(".agv-tick.agv-forward").count() > steps / 3
    slider = tab.get_by_role("slider", name="Step")
    box = slider.bounding_box()
    tab.mouse.move(box["x"] + 12, box["y"] + 12)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12, steps=4)
    assert place(tab) == round(steps / 2)
    tab.mouse.move(box["x"] + box["width"] - 2, box["y"] + 12, steps=4)
    tab.mouse.up()
    assert place(tab) == steps
    here = tab.locator(".agv-here")
    assert here.count() == 1
    assert here.inner_text() == "result"
    tab, steps = opened(open_page, tmp_path, "mlp")
    assert ticks.count() <= min(steps, 120) + 1


def test_a_long_computation_has_a_bounded_number_of_ticks(open_page):  # noqa: F811
    y = ag.Value(1.0, label="x")
    for _ in range(140):
        y = y * 0.99
    tab = open_page([ag.step(y)])
    assert tab.locator(".agv-tick").count() <= 121
    tab.keyboard.press("End")
    assert "The gradients of the leaves" in said(tab)


# Zoom ---------------------------------------------------------------------------------------------


def seen_part(tab):
    return tab.evaluate(
        "document.querySelector('svg.ag').getAttribute('viewBox').split(' ').map(Number)"
    )


def test_zoom_pan_fit_and_overview(open_page):  # noqa: F811
    tab = open_page([ag.draw(attention())])
    overview = tab.locator(".agv-overview")
    whole = seen_part(tab)
    assert not overview.is_visible()
    press_all(tab, "+++")
    near = seen_part(tab)
    assert near[2] < 0.6 * whole[2]
    assert overview.is_visible()
    box = tab.locator(".agv-picture").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(*middle)
    tab.mouse.down()
    tab.mouse.move(middle[0] - 90, middle[1], steps=3)
    tab.mouse.up()
    assert seen_part(tab)[0] > near[0] + 20
    assert tab.locator("[aria-pressed=true]").count() == 0, "a drag is no click"
    tab.keyboard.press("0")
    assert seen_part(tab) == whole
    assert not overview.is_visible()
    tab.keyboard.down("Control")
    tab.mouse.wheel(0, -200)
    tab.keyboard.up("Control")
    assert seen_part(tab)[2] < whole[2]
    assert tab.evaluate("visualViewport.scale") == 1
    tab.get_by_role("button", name="The whole picture").click()
    assert seen_part(tab) == whole


def test_two_fingers_zoom_the_picture_not_the_page(open_page):  # noqa: F811
    tab = open_page([ag.draw(attention())], has_touch=True)
    whole = seen_part(tab)
    box = tab.locator(".agv-picture").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = tab.context.new_cdp_session(tab)
    for kind, apart in [("Start", 40), *(("Move", 40 + 12 * i) for i in range(1, 8)), ("End", 0)]:
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": f"touch{kind}", "touchPoints": points if apart else []},
        )
    assert seen_part(tab)[2] < 0.6 * whole[2]
    assert tab.evaluate("visualViewport.scale") == 1


def test_small_graphs_grow_and_large_ones_fit(open_page):  # noqa: F811
    x = ag.Value(3.0, label="x")
    tab = open_page([ag.draw(x * x)], viewport={"width": 1920, "height": 1080})
    assert card(tab, "v0").bounding_box()["width"] > 1.7 * 100
    import nn

    net = nn.MLP(2, [8, 8, 1], seed=1)
    tab = open_page([ag.draw(nn.mse(net([1.0, 2.0]), [1.0]), level="operation", max_cards=400)])
    cards = tab.evaluate("""() => [...document.querySelectorAll("[data-card]")].length""")
    assert cards > 100


def test_a_camera_follows_the_steps_of_a_large_graph(open_page, tmp_path):  # noqa: F811
    tab, _ = opened(open_page, tmp_path, "mlp", "phone")
    views = []
    for _ in range(6):
        tab.keyboard.press("ArrowRight")
        views.append(seen_part(tab))
    assert len({tuple(view) for view in views}) > 3
    assert tab.locator(".agv-overview").is_visible()
    press_all(tab, "+")
    near = seen_part(tab)
    tab.keyboard.press("ArrowRight")
    assert seen_part(tab)[2:] == near[2:], "what is zoomed by hand stays"


def test_paper_has_the_whole_picture_at_any_step(open_page, tmp_path):  # noqa: F811
    tab, _ = opened(open_page, tmp_path, "attention")
    whole = ag.step(attention()).svg.split('viewBox="')[1].split('"')[0].split()
    press_all(tab, ["ArrowRight", "ArrowRight"])
    near = seen_part(tab)
    tab.emulate_media(media="print")
    tab.wait_for_timeout(100)
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert seen_part(tab) == [float(number) for number in whole]
    assert tab.locator('[data-part="legend"]').first.is_visible()
    tab.emulate_media(media="screen")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    tab.wait_for_timeout(100)
    assert seen_part(tab) == near


# Predict first, Break it --------------------------------------------------------------------------


def test_enter_goes_to_the_next_empty_field_and_empty_ones_are_not_counted(open_page):  # noqa: F811
    tab = open_page([ag.step(units(), start="backward", predict=True)])
    tab.keyboard.type("1")
    tab.keyboard.press("Enter")
    while tab.locator(".agv-answer").count() != 2:
        tab.keyboard.press("Enter")  # the button that has the focus: the next question
        if tab.locator(".agv-answer").count() == 1:
            tab.get_by_role("button", name="Show me").click()
    answers = tab.locator(".agv-answer")
    tab.keyboard.type("7")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement === document.querySelectorAll('.agv-answer')[1]")
    assert answers.count() == 2
    tab.keyboard.press("Enter")  # leaves the second empty
    assert "✗ you said 7" in said(tab)
    assert "not answered" in said(tab)
    assert "1 of 2 right" in said(tab)


def test_the_wrong_number_is_underlined_not_the_right_one(open_page):  # noqa: F811
    a = ag.Value(3.0, label="a")
    y = a * a + a
    tab = open_page([ag.step(y)])
    tab.get_by_role("button", name="Break it").click()
    press_all(tab, ["End"])
    wrong = tab.locator(".agv-mistaken")
    assert wrong.all_text_contents() == ["3"]
    assert "underline" in wrong.evaluate("node => getComputedStyle(node).textDecorationLine")
    assert "✗ wrong, it is 7" in said(tab)


def test_forced_colours_mark_what_is_pressed(open_page):  # noqa: F811
    tab = open_page([ag.step(units())], forced_colors="active")
    marks = tab.locator(".agv-mode[data-mode]").evaluate_all(
        "all => all.map(node => getComputedStyle(node, '::before').content)"
    )
    assert ["✓" in mark for mark in marks] == [True, False, False, False]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["projector", "phone"])
def test_a_page_that_is_a_stage_is_accessible(open_page, tmp_path, size, scheme):  # noqa: F811
    pytest.importorskip("axe_playwright_python", reason="extra [browser]")
    from axe_playwright_python.sync_playwright import Axe

    tab, _ = opened(open_page, tmp_path, "xor", size, color_scheme=scheme)
    for mode, keys in (
        ("Watch", []), ("Watch", ["ArrowRight"]), ("Watch", ["End", *["ArrowLeft"] * 5]),
        ("Predict first", []), ("Nudge", []), ("Break it", ["End"]), ("All steps", []), ("", ["?"]),
    ):  # fmt: skip
        if mode:
            tab.get_by_role("button", name=mode).click()
        press_all(tab, keys)
        broken = Axe().run(tab).response["violations"]
        assert [(rule["id"], [n["html"][:200] for n in rule["nodes"]]) for rule in broken] == []
