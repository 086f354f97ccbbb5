"""Live leaves of a net in Chromium: what the page shows after a change is what Python draws anew.

The strongest test: all texts, widths, colours and attributes of a page whose leaves were changed
are those of the page that Python writes of the changed graph, without live leaves. The pages of
both engines are equal, so one will do in the browser.
"""

from __future__ import annotations

import math

import pytest

import autograd_lite as ag
import nn
from autograd_lite.views.output.page import page
from conftest import ENGINES

browser = pytest.importorskip("test_browser")  # skipped where there is none
chromium, open_page = browser.chromium, browser.open_page

PROJECTOR = {"width": 1280, "height": 720}


# Nets: from what is to be other than at first, by name, to a picture ------------------------------


def changed(model, numbers):
    """Give the parameters of these paths these numbers."""
    for name, parameter in model.named_parameters():
        if name in numbers:
            parameter.data = numbers[name]


def moons(Value, numbers, activation=ag.relu):
    """Inputs are numbers of the program; the target is a Value."""
    net = nn.MLP(2, [6, 5, 1], activation, seed=1)
    changed(net, numbers)
    target = Value(numbers.get("t", 1.0), "t")
    loss = (net([numbers.get("x0", 0.5), numbers.get("x1", -0.5)])[0] - target) ** 2
    loss.backward()
    return ag.draw(loss, name_from=net)


def tanh(Value, numbers):
    return moons(Value, numbers, ag.tanh)


def leaning(Value, numbers):
    """An activation of several operations."""
    return moons(Value, numbers, lambda z: (z * 2.0).tanh() * 0.5 + z * 0.125)


def flowers(Value, numbers):
    """A softmax classifier with inputs and outputs that have names."""
    names = ("sepal length", "sepal width", "petal length", "petal width")
    net = nn.MLP(4, [5, 3], seed=2)
    changed(net, numbers)
    first = dict(zip(names, (-1.1, -1.3, 0.4, 0.7)))
    scores = net([Value(numbers.get(name, x), name) for name, x in first.items()])
    for score, name in zip(scores, ("setosa", "versicolor", "virginica")):
        score.label = name
    loss = nn.cross_entropy([scores], [2])
    loss.backward()
    return ag.draw(loss, name_from=net)


def xor(Value, numbers, before=False):
    """Written by hand, of plain Values, the third sample of a batch."""
    w = {
        name: Value(numbers.get(name, x), name)
        for name, x in zip("abcdefpqr", (1.0, -1.5, 0.5, -0.5, 0.25, 0.0, 1.5, -2.0, 0.125))
    }
    losses = []
    for i, (x, y) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        u, v = Value(numbers.get(f"u{i}", x), f"u{i}"), Value(numbers.get(f"v{i}", y), f"v{i}")
        h = (w["a"] * u + w["b"] * v + w["c"]).tanh()
        k = (w["d"] * u + w["e"] * v + w["f"]).tanh()
        out = w["p"] * h + w["q"] * k + w["r"]
        losses.append((out - (x ^ y)) ** 2)
    loss = sum(losses[1:], losses[0])
    loss.label = "L"
    if not before:
        loss.backward()
    return ag.draw(loss, style="net", sample=2)


def batch(Value, numbers):
    net = nn.MLP(2, [3, 1], ag.sigmoid, seed=4)
    changed(net, numbers)
    points = [(0.5, -1.0), (1.5, 0.25), (-0.75, 2.0)]
    outputs = [net([Value(x), Value(y)])[0] for x, y in points]
    loss = nn.mse(outputs, [1.0, 0.0, -1.0])
    loss.backward()
    return ag.draw(loss, style="net", sample=1, name_from=net)


def without_backward(Value, numbers):
    return xor(Value, numbers, before=True)


def alone(Value, numbers):
    """No loss: the output is the result."""
    net = nn.MLP(3, [4, 1], ag.relu, seed=5)
    changed(net, numbers)
    inputs = [Value(numbers.get(f"x{i}", x)) for i, x in enumerate((0.5, -1.0, 2.0))]
    (y,) = net(inputs)
    y.backward()
    return ag.draw(y, name_from=net)


# What a page shows --------------------------------------------------------------------------------

SEEN = """() => {
    const texts = (nodes) => [...nodes].map((node) => node.textContent);
    const attribute = (node, name) => node && node.getAttribute(name);
    const classes = (node) => node && [...node.classList].filter((x) => /^ag-/.test(x)).sort();
    const styles = (node, ...names) => node && names.map((name) => node.style[name]);
    const strokes = ["stroke", "strokeWidth", "strokeOpacity", "strokeDasharray"];
    const told = () => {
        const copy = document.querySelector(".agv-net-side .agv-net-told").cloneNode(true);
        copy.querySelector(".agv-net-invites")?.remove();
        const bars = [...copy.querySelectorAll("i")].map((bar) => bar.style.cssText);
        return [[...copy.children].map((part) => part.tagName === "TABLE"
            ? [...part.rows].map((row) => texts(row.cells)) : part.textContent), bars];
    };
    const modes = {};
    const buttons = document.querySelectorAll(".agv-net-modes button:not([aria-disabled])");
    for (const button of buttons) {
        button.click();
        const hairs = [...document.querySelectorAll("[data-hair]")].map((path) => {
            path.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
            const title = path.querySelector("title").textContent;
            return [title, ...styles(path, ...strokes)];
        });
        const discs = [...document.querySelectorAll("[data-disc]")].map((node) => {
            const part = (name) => node.querySelector(`[data-part="${name}"]`);
            const arrow = part("arrow"), seen = arrow && arrow.style.display !== "none";
            return [node.getAttribute("aria-label"), texts(node.querySelectorAll("text")),
                [...node.querySelectorAll("text")].map(classes),
                styles(part("disc"), "stroke"), attribute(part("disc"), "stroke-dasharray"),
                styles(part("tint"), "fill", "fillOpacity"),
                seen && [arrow.getAttribute("d"), classes(arrow)]];
        });
        const units = [...document.querySelectorAll("[data-disc]")].map((node) => {
            node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
            const said = [told(), document.querySelector(".agv-net-brief").textContent];
            node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
            node.blur();
            return said;
        });
        document.querySelector("svg.ag").dispatchEvent(new PointerEvent("pointerleave"));
        modes[button.textContent] = { hairs: hairs.sort(), discs, units, overview: told(),
            legend: texts(document.querySelectorAll(".agv-net-legend li:not(.agv-net-dotted)")) };
    }
    const loss = document.querySelector('[data-part="loss"]');
    const written = loss && [...loss.querySelectorAll("text")];
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
        modes, loss: loss && [texts(written), written.map(classes)],
        heads: all("[data-column]").map((head) => texts(head.querySelectorAll("text"))),
        table: all(".agv-numbers tbody tr").map((row) => texts(row.cells)),
    };
}"""


def give(tab, numbers):
    """Give the leaves of these names these numbers, in the panel."""
    section = tab.locator(".agv-live")
    if not section.is_visible():
        tab.locator(".agv-net-alive").click()
    for name, x in numbers.items():
        section.locator("select").select_option(label=name)
        section.get_by_label("Its number").fill(repr(x))
        section.get_by_label("Its number").press("Enter")
        tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done(true)))")
    browser.rest(tab)


def assert_same(found, wanted, where=""):
    """Every text and attribute, with the place where the first differs."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), where
        for key, value in wanted.items():
            assert_same(found[key], value, f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list):
        assert len(found) == len(wanted), f"{where}: {found} for {wanted}"
        for i, (one, other) in enumerate(zip(found, wanted)):
            assert_same(one, other, f"{where}[{i}]")
    else:
        assert found == wanted, where


LAYER = "layers.0.w.1.0"
CASES = [
    (moons, {"x0": 1.25, LAYER: -2.5}),
    (moons, {"x0": 0.0, "x1": 0.0, "t": 0.0}),  # every ReLU at its kink but for biases
    (moons, {"layers.0.b.2": -3.0, "layers.1.b.1": 2.0}),
    (moons, {"layers.2.w.0.0": math.inf}),
    (moons, {"x1": math.nan}),
    (moons, {"x0": -1e200, LAYER: 1e200}),
    (tanh, {"x0": 9.0, "layers.0.w.0.0": 3.0}),  # saturated
    (tanh, {"t": -0.3333333, "layers.2.b.0": 0.99999999}),
    (leaning, {"x0": -1.5, "layers.1.b.0": 0.75}),
    (flowers, {"petal width": -2.0, "layers.1.b.2": 1.0}),
    (flowers, {"sepal width": 1234567.5, "petal length": 1e-7}),
    (xor, {"a": -2.0, "u2": 0.5, "r": 3.0}),
    (xor, {"p": 0.0, "q": 0.0}),
    (xor, {"p": 0.0078125}),  # its size is 62.5 of 1000
    (xor, {"u2": 0.0, "v2": 0.0}),  # all products are alike
    (batch, {"layers.0.w.1.0": -0.75, "layers.1.b.0": 0.5}),
    (without_backward, {"e": -4.0, "v2": -1.0}),
    (alone, {"x0": 4.0, "x1": 0.125, "layers.0.w.2.2": -8.0}),
]


BUILT = [moons, tanh, leaning, flowers, xor, batch, without_backward, alone]


@pytest.mark.parametrize("build", BUILT)
def test_the_pages_of_both_engines_are_equal(monkeypatch, build):
    pages = []
    for engine in ENGINES.values():
        monkeypatch.setattr(ag, "Value", engine)
        pages.append(page("A net", [build(engine, {})]))
    assert '"program"' in pages[0]
    assert pages == pages[:1] * len(ENGINES)


@pytest.mark.parametrize(("build", "numbers"), CASES)
def test_after_a_change_the_page_is_that_of_the_changed_graph(open_page, build, numbers):
    view = build(ag.Value, {})
    tab = open_page([view], viewport=PROJECTOR)
    give(tab, numbers)
    fresh = open_page([build(ag.Value, numbers).plain()], viewport=PROJECTOR)
    assert_same(tab.evaluate(SEEN), fresh.evaluate(SEEN))
    tab.get_by_role("button", name="Reset").click()
    browser.rest(tab)
    before = open_page([view.plain()], viewport=PROJECTOR)
    assert_same(tab.evaluate(SEEN), before.evaluate(SEEN))


@pytest.mark.parametrize("build", BUILT)
def test_before_any_change_it_is_that_of_the_graph(open_page, build):
    view = build(ag.Value, {})
    assert "program" in view.payload()["live"]
    tab, fresh = (open_page([each], viewport=PROJECTOR) for each in (view, view.plain()))
    assert_same(tab.evaluate(SEEN), fresh.evaluate(SEEN))
