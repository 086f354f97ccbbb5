"""How a reader changes leaves: pulling, keys, typing, the curve, downhill; and what follows."""

from __future__ import annotations

import pytest
from test_browser import ARROW_UP, chromium, neuron, open_page, press, rest, said, shown, work  # noqa: F401 (fixtures)
from test_live import LISTED, PHONE, PROJECTOR, assert_same_words, listed, of, typed
from test_stage import units, xor

import autograd_lite as ag
from autograd_lite.views.text import number

FIRST = {"x": 2.0, "w": -0.6, "b": 1.3}
W = '.agv-pull[aria-label="w"]'


def frame(tab):
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done(true)))")


def drag(tab, selector, dx, dy=0):
    box = tab.locator(selector).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + dx, y + dy, steps=5)
    frame(tab)
    tab.mouse.up()


def value_of(tab, selector=W):
    return float(tab.locator(selector).get_attribute("aria-valuenow"))


def test_a_number_is_pulled_and_the_step_follows(open_page):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    press(tab, "End")
    drag(tab, f"{W} rect", 50)
    w = value_of(tab)
    assert w == pytest.approx(-0.1)
    right = of({**FIRST, "w": w})
    right.backward()
    leaf = next(node for node in ag.topological_order(right) if node.label == "w")
    assert shown(tab, "v1", "data") == number(w)
    assert number(leaf.grad) in shown(tab, "v1", "gradient-text")
    assert f"w.grad = {number(leaf.grad)}" in said(tab)
    assert f"slope = w.grad = {number(leaf.grad)}" in tab.locator(".agv-live").inner_text()
    assert_same_words(tab.evaluate(LISTED), listed(ag.step(of({**FIRST, "w": w}))))


def test_keys_alone_change_a_leaf(open_page):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    press(tab, "Tab", "ArrowDown", "ArrowDown", "Tab")  # the cards x and w, the number of w
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "w"
    for key, expected in (("ArrowUp", -0.5), ("Shift+ArrowUp", -0.49), ("ArrowDown", -0.59)):
        tab.keyboard.press(key)
        frame(tab)
        assert value_of(tab) == expected
    tab.keyboard.press("-")  # a digit or a sign begins to type
    tab.keyboard.type("2,5")
    tab.keyboard.press("Enter")
    frame(tab)
    assert value_of(tab) == -2.5
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "w"
    tab.keyboard.press("Enter")
    tab.keyboard.type("7")
    tab.keyboard.press("Escape")
    assert value_of(tab) == -2.5
    assert "gradient" in tab.locator(W).get_attribute("aria-valuetext")
    tab.keyboard.press("ArrowRight")  # steps are still the stepper's
    assert "step 1 of" in said(tab)


@pytest.mark.parametrize("text", ["", "x", "<b>1</b>", "1e", "1 2", "--1", "0x10", "1" * 39 + "z"])
def test_what_is_no_number_is_refused_kindly(open_page, text):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    tab.locator(W).dblclick()
    tab.locator(".agv-typed").fill(text)
    tab.keyboard.press("Enter")
    assert "is no number" in tab.locator(".agv-live").inner_text()
    assert value_of(tab) == -0.6
    assert tab.locator(".agv-live b, .agv-live i").count() == 1  # the slope; nothing of the text


@pytest.mark.parametrize("text", ["1,000", "-12,500", "−999,125"])
def test_a_comma_before_three_digits_is_asked_about(open_page, text):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    tab.locator(W).dblclick()
    tab.locator(".agv-typed").fill(text)
    tab.keyboard.press("Enter")
    whole, part = text.replace(",", ""), text.replace(",", ".")
    assert f"may mean {whole} or {part}" in tab.locator(".agv-live").inner_text()
    assert value_of(tab) == -0.6


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("0,125", 0.125),
        ("1e3", 1000.0),
        ("−.5", -0.5),
        (" 3 ", 3.0),
        ("inf", 0.0),
        ("−1/8", -0.125),
    ],
)
def test_numbers_are_read_as_people_type_them(open_page, text, x):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    tab.locator(W).focus()
    tab.keyboard.press("Enter")
    tab.locator(".agv-typed").fill(text)
    tab.keyboard.press("Enter")
    frame(tab)
    assert value_of(tab) == x
    assert shown(tab, "v1", "data") == ("∞" if text == "inf" else number(x))


def test_dragging_on_the_curve_drags_the_leaf(open_page):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    tab.locator(W).focus()
    drag(tab, ".agv-slope", 40)
    w = value_of(tab)
    assert 0.0 < w < 1.5
    low, high = (
        float(tab.locator(f".agv-slope text >> nth={i}").text_content().replace("−", "-"))
        for i in (0, 2)
    )
    assert low < w < high
    label = tab.locator(".agv-slope").get_attribute("aria-label")
    assert f"L over w: at {number(w)} it is {number(of({**FIRST, 'w': w}).data)}" in label


def test_downhill_is_gradient_descent_on_the_leaves_that_are_chosen(open_page):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    numbers = dict(FIRST)
    press(tab, "End", "d")
    tab.locator(".agv-which summary").click()
    tab.locator(".agv-which label", has_text="x").click()
    tab.locator(".agv-rate").fill("0,05")
    for rate, names in ((0.1, "xwb"), (0.05, "wb"), (0.05, "wb")):
        root = of(numbers)
        root.backward()
        leaves = {node.label: node for node in ag.topological_order(root) if node.op is None}
        numbers |= {name: leaves[name].data - rate * leaves[name].grad for name in names}
    for _ in range(2):
        tab.get_by_role("button", name="Step downhill").click()
    for name, x in numbers.items():
        assert value_of(tab, f'.agv-pull[aria-label="{name}"]') == pytest.approx(x, rel=1e-12)
    assert f"→ {number(of(numbers).data)}" in tab.locator(".agv-way").inner_text()
    assert tab.locator(".agv-spark path").get_attribute("d").count("L") == 3
    tab.get_by_role("button", name="Reset").click()
    assert value_of(tab) == -0.6
    assert tab.locator(".agv-way").inner_text() == ""


def test_nudge_break_and_predict_run_on_the_readers_numbers(open_page):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    numbers = {**FIRST, "w": 0.5, "b": -1.0}
    typed(tab, {"w": 0.5, "b": -1.0})
    tab.get_by_role("button", name="Nudge").click()
    tab.locator(".agv-extra select").select_option(label="w = 0.5")
    root, moved = of(numbers), of({**numbers, "w": 0.51})
    assert f"L goes from {number(root.data, 6)} to {number(moved.data, 6)}" in said(tab)
    assert f"= {number((moved.data - root.data) / 0.01, 6)}" in said(tab)
    tab.get_by_role("button", name="Break it").click()
    press(tab, "End")
    right = ag.gradients(root, [n for n in ag.topological_order(root) if n.label == "w"])[0]
    assert f"wrong, it is {number(right)}" in said(tab)
    tab.get_by_role("button", name="Predict first").click()
    press(tab, "Home")
    tab.locator(".agv-answer").first.fill("1")  # 2 × 0.5
    tab.keyboard.press("Enter")
    assert "✓ right" in said(tab)


@pytest.mark.parametrize(
    ("build", "start", "hint"),
    [
        (lambda x: x.relu() * 3, 0.0, "above the change ÷ h is 3, from below 0: there is a kink"),
        (lambda x: ag.max(x, 2.0) + x**2, 2.0, "and 4.5 is a choice"),
        (lambda x: x.log(), -1.0, "nothing to compare"),
        (lambda x: x * 3 + 1, 2.0, "equal for each h"),
        (lambda x: x**3, 2.0, "The smaller h is"),
        (lambda x: x.exp() * 1e9, 2.0, "The smaller h is"),
        (lambda x: (x * 1e3).sin(), 2.0, "The smaller h is"),
        (lambda x: x * 1e-9 + x**2 * 1e-9, 2.0, "The smaller h is"),
    ],
)
def test_nudges_say_what_is_true(open_page, build, start, hint):  # noqa: F811
    tab = open_page([ag.step(build(ag.Value(start, "x")))], viewport=PROJECTOR)
    tab.get_by_role("button", name="Nudge").click()
    assert hint in said(tab)


def test_nan_begins_where_the_reader_makes_it_begin(open_page):  # noqa: F811
    c = ag.Value(0.5, "c")
    y = c.log() * 2.0 + c
    y.label = "y"
    tab = open_page([ag.step(y)], viewport=PROJECTOR)
    press(tab, "End")
    assert tab.locator(".agv-flags text").count() == 0
    typed(tab, {"c": -1.0})
    assert tab.locator(".agv-flags text").all_text_contents() == ["nan begins here"]
    typed(tab, {"c": 0.0})
    assert tab.locator(".agv-flags text").first.text_content() == "−∞ begins here"
    typed(tab, {"c": 0.5})
    assert tab.locator(".agv-flags text").count() == 0


def test_what_is_not_finite_has_its_frame_and_its_flag_when_it_is_known(open_page):  # noqa: F811
    x = ag.Value(0.0, "x")
    y = (x * 2.0).sqrt() + 1.0 + ag.Value(0.0, "w").log()
    tab = open_page([ag.step(y)], viewport=PROJECTOR)
    press(tab, "Home")
    seen = [tab.evaluate(LOUD)]
    for _ in range(tab.locator(".agv-tick").count()):
        press(tab, "ArrowRight")
        seen.append(tab.evaluate(LOUD))
    assert seen[0] == [[], []]
    kinds = [flags for flags, _ in seen]
    assert ["−∞ begins here"] in kinds, "forward, before any gradient"
    assert sorted(kinds[-1]) == ["gradient: ∞ begins here", "−∞ begins here"]
    assert all(not wrong for _, wrong in seen)


# The flags that are seen, and the cards whose frame is not that of the numbers on them.
LOUD = """() => {
  const cards = [...document.querySelectorAll("[data-card]")];
  const flags = cards.flatMap((card) => [...card.querySelectorAll("[data-part$=flag] ~ text")]);
  const odd = (card) => /∞|nan/.test(card.getAttribute("aria-label"));
  const framed = (card) => card.querySelector("[data-part=box]").classList.contains("ag-s-nan");
  const seen = (flag) => getComputedStyle(flag).visibility === "visible";
  return [
    flags.filter(seen).map((flag) => flag.textContent),
    cards.filter((card) => odd(card) !== framed(card)).map((card) => card.dataset.card),
  ];
}"""


def test_a_gradient_that_comes_as_nan_does_not_begin_to_be_it(open_page):  # noqa: F811
    a, n = ag.Value(1.0, "a"), ag.Value(1.0, "n")
    tab = open_page([ag.step((1.0 / a) * n.log())], viewport=PROJECTOR)
    press(tab, "End")
    typed(tab, {"a": 0.0, "n": -1.0})
    flags = tab.locator(".agv-flags text").all_text_contents()
    assert flags == ["∞ begins here", "nan begins here"]


def test_a_primitive_of_ones_own_keeps_the_leaves_fixed_and_says_so(open_page):  # noqa: F811
    cube = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
    x = ag.Value(2.0, "x")
    tab = open_page([ag.step(cube(x) + 1.0)], viewport=PROJECTOR)
    assert tab.locator(".agv-pull").count() == 0
    press(tab, "d")
    assert "cube is Python, which a page cannot run" in tab.locator(".agv-live").inner_text()
    press(tab, "End")
    assert "x.grad = 12" in said(tab)


def test_groups_say_that_they_are_of_the_recorded_run(open_page):  # noqa: F811
    import nn

    net = nn.MLP(2, [16, 16, 1], seed=1)
    loss = nn.mse(net([ag.Value(1.0, "p"), ag.Value(2.0, "q")]), [1.0])
    tab = open_page([ag.step(loss)], viewport=PROJECTOR)
    press(tab, "End")
    assert tab.locator(".agv-recorded").count() == 0
    tab.locator(".agv-pull").first.focus()
    tab.keyboard.press("ArrowUp")
    frame(tab)
    groups = tab.locator('[data-card][data-kind="group"]')
    assert groups.count() > 0
    rest(tab)  # what is out of sight comes a little later
    assert "of the recorded run" in groups.first.get_attribute("aria-label")
    assert tab.locator(".agv-recorded").count() == groups.count()


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"viewport": PHONE}])
def test_axe_has_nothing_to_say(open_page, look):  # noqa: F811
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = open_page([ag.step(units())], **({"viewport": PROJECTOR} | look))
    press(tab, "End", "d")
    tab.locator(".agv-which summary").click()
    broken = axe.Axe().run(tab).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]][:2]) for each in broken] == []


@pytest.mark.parametrize("make", [units, xor])
@pytest.mark.parametrize("viewport", [PROJECTOR, PHONE, {"width": 1920, "height": 1080}])
def test_nothing_of_the_panel_is_cut(open_page, make, viewport):  # noqa: F811
    tab = open_page([], url=saved(make), viewport=viewport)
    press(tab, "End", "d")
    width, height = viewport["width"], viewport["height"]
    for selector in (".agv-live .agv-answer", ".agv-slope", ".agv-live .agv-main"):
        box = tab.locator(selector).first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    assert tab.evaluate("document.scrollingElement.scrollWidth") == width
    assert tab.evaluate("document.scrollingElement.scrollHeight") == height


def saved(make, folder={}):  # noqa: B006 (one folder for all)
    import pathlib
    import tempfile

    root = folder.setdefault("path", pathlib.Path(tempfile.mkdtemp()))
    return ag.step(make()).save(root / f"{make.__name__}.html").as_uri()


def test_of_a_long_list_the_lines_in_sight_follow_at_once_and_the_others_soon(open_page):  # noqa: F811
    def products(number):
        x = ag.Value(number, "x")
        return ag.sum([x * x * ag.Value(0.01 * i, f"w{i}") for i in range(1, 80)])

    def lines(tab):
        return tab.evaluate(
            "[...document.querySelectorAll('.agv-said .agv-line')].map((line) => line.textContent)"
        )

    fresh = open_page([ag.step(products(0.6), level="operation")], viewport=PROJECTOR)
    press(fresh, "End")
    wanted = lines(fresh)
    assert len(wanted) == 80
    for place in (0, 79):  # at the top, and at the end
        tab = open_page([ag.step(products(0.5), level="operation")], viewport=PROJECTOR)
        press(tab, "End")
        tab.get_by_role("button", name="Live").click()
        before = lines(tab)
        tab.locator(".agv-said .agv-line").nth(place).scroll_into_view_if_needed()
        tab.evaluate("""async () => {
            document.querySelector('.agv-pull[aria-label="x"]').dispatchEvent(
                new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            const field = document.querySelector(".agv-typed");
            field.value = "0.6";
            field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            await new Promise((done) => requestAnimationFrame(done));
        }""")
        now = lines(tab)
        assert now[place] == wanted[place] != before[place]
        assert now[79 - place] == before[79 - place]
        tab.wait_for_function(
            "(last) => document.querySelector('.agv-said .agv-lines').textContent === last",
            arg="".join(wanted),
        )


def test_a_drag_does_little(open_page):  # noqa: F811
    """The time that it takes is measured by `python -m benchmarks.views`."""
    x = ag.Value(0.5, "x")
    sums = [x]
    for i in range(80):
        sums.append((ag.Value(0.01 * i, f"w{i}") * sums[-1] + sums[-1]).tanh() + 0.1)
    tab = open_page([ag.step(ag.sum(sums) * 0.1, level="operation", max_cards=900)])
    tab.locator(".agv-pull").first.focus()
    functions, layouts = work(tab, ARROW_UP)
    assert 1_000 < functions < 13_000
    assert 1 <= layouts <= 2


# What is not told, and what is said instead -------------------------------------------------------


def test_nothing_tells_what_is_asked_for(open_page):  # noqa: F811
    root = of(FIRST)
    tab = open_page([ag.step(root)], viewport=PROJECTOR)
    tab.get_by_role("button", name="Live").click()
    tab.get_by_role("button", name="Predict first").click()
    press(tab, "Home")
    panel = tab.locator(".agv-live")
    for leaf in FIRST:
        panel.locator("select").select_option(label=leaf)
        assert number(root.data) not in panel.inner_text()
        assert "grad =" not in panel.inner_text()
        spoken = tab.locator(f'.agv-pull[aria-label="{leaf}"]').get_attribute("aria-valuetext")
        assert "gradient" not in spoken
    assert not tab.locator(".agv-slope").is_visible()
    assert tab.get_by_role("button", name="Step downhill").is_disabled()
    tab.get_by_role("button", name="Watch").click()
    assert "grad =" in panel.inner_text()
    assert tab.locator(".agv-slope").is_visible()
    assert "gradient" in tab.locator(W).get_attribute("aria-valuetext")


def test_the_curve_of_what_is_constant_is_flat(open_page):  # noqa: F811
    x = ag.Value(0.7, "x")
    y = (x.sin() ** 2 + x.cos() ** 2) * 3.3
    tab = open_page([ag.step(y)], viewport=PROJECTOR)
    tab.get_by_role("button", name="Live").click()
    path = tab.locator(".agv-slope .agv-curve").get_attribute("d")
    heights = [float(point.split()[1]) for point in path[1:].split("L")]
    assert max(heights) - min(heights) <= 1.0
    assert tab.locator(".agv-slope .agv-y").all_text_contents() == ["3.3", ""]


def test_a_kink_is_named_where_its_tangent_is_drawn(open_page):  # noqa: F811
    x = ag.Value(0.0, "x")
    tab = open_page([ag.step(x.relu() * 3.0)], viewport=PROJECTOR)
    tab.get_by_role("button", name="Live").click()
    assert "kink here: this slope is a choice" in tab.locator(".agv-live").inner_text()
    assert tab.locator(".agv-tangent.agv-chosen").count() == 1
    tab.get_by_role("button", name="Step downhill").click()
    assert "gradient of each chosen leaf is 0" in tab.locator(".agv-live").inner_text()
    typed(tab, {"x": 1.0})
    assert "kink" not in tab.locator(".agv-live").inner_text()
    assert tab.locator(".agv-tangent.agv-chosen").count() == 0


def test_the_legend_of_a_gradient_of_zero_is_true_at_a_kink(Value):
    x = Value(0.0, "x")
    y = x.relu()
    y.backward()
    svg = ag.draw(y, style="cards").svg
    assert "is flat here, or has a kink" in svg
    assert "react" not in svg


def test_what_cannot_be_broken_is_not_offered(open_page):  # noqa: F811
    x = ag.Value(2.0, "x")
    tab = open_page([ag.step(x.tanh())], viewport=PROJECTOR)
    button = tab.get_by_role("button", name="Break it")
    assert button.is_disabled()
    assert "nothing goes wrong" in button.get_attribute("title")


def test_break_it_opens_on_what_goes_wrong(open_page):  # noqa: F811
    tab = open_page([ag.step(of(FIRST))], viewport=PROJECTOR)
    tab.get_by_role("button", name="Break it").click()
    assert "Here nothing" not in tab.locator(".agv-extra").inner_text()


# Pictures -----------------------------------------------------------------------------------------


def test_a_picture_follows_its_leaves(open_page):  # noqa: F811
    root = of(FIRST)
    root.backward()
    tab = open_page([ag.draw(root, style="cards")], viewport=PROJECTOR)
    typed(tab, {"w": 0.25, "x": -1.5})
    rest(tab)
    right = of({"x": -1.5, "w": 0.25, "b": 1.3})
    right.backward()
    scene = ag.draw(right, style="cards").scene
    for each in scene.cards:
        assert shown(tab, each.key, "data") == number(each.data)
        assert shown(tab, each.key, "gradient-text").lstrip("▲▼ ") == number(each.gradient)
    labels = tab.locator("[data-label]").all_text_contents()
    partials = [edge.partial for edge in scene.edges if edge.partial != 1.0]
    assert sorted(filter(None, labels)) == sorted(f"× {number(x)}" for x in partials)
    lines = [
        line.get_attribute("stroke-width")
        for line in tab.locator('[data-part="line"][stroke-width]').all()
    ]
    from autograd_lite.views.picture.card_drawing import Scale
    from autograd_lite.views.picture.drawing import thickness

    wide = [thickness(edge, Scale(scene)) for edge in scene.edges]
    assert [float(x) for x in lines] == pytest.approx(wide, abs=0.11)
    press(tab, "d")
    assert "→" in tab.locator(".agv-way").inner_text()
    tab.get_by_role("button", name="Reset").click()
    assert shown(tab, "v1", "data") == "−0.6"


def test_pictures_whose_gradients_are_of_several_runs_stay_as_they_are(open_page):  # noqa: F811
    root = of(FIRST)
    root.backward()
    root.backward()
    assert "live" not in ag.draw(root, style="cards").payload()
    leaf = ag.topological_order(root)[0]
    leaf.data = 9.0
    assert "live" not in ag.draw(root, style="cards").payload()
    assert "live" not in ag.draw([of(FIRST), of(FIRST)], style="cards").payload()
    tab = open_page([ag.draw(of(FIRST), style="cards")], viewport=PROJECTOR)  # no gradients yet
    typed(tab, {"w": 1.0})
    assert shown(tab, "v1", "data") == "1"
    assert shown(tab, "v1", "gradient-text") == ""
