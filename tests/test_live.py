"""Live leaves in Chromium: what a reader changes, and what the page says then, is what Python says.

The strongest test: all steps of a page whose leaves were changed are, word for word, those of a
fresh `step` of the changed graph.
"""

from __future__ import annotations

import math
import random
import re
import struct

import pytest
from test_browser import (  # noqa: F401 (fixtures)
    card,
    chromium,
    neuron,
    open_page,
    press,
    said,
    shown,
)

import autograd_lite as ag
from autograd_lite.javascript import module
from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE
from autograd_lite.views.charts.axis import inside
from autograd_lite.views.output.page import HERE
from autograd_lite.views.text import in_full, number

FULL = re.compile(r"in full (\S+)")
PROJECTOR = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}


def script(*names):
    return "".join((HERE / "js" / f"{name}.js").read_text(encoding="utf-8") for name in names)


# Numbers as text ----------------------------------------------------------------------------------


def test_numbers_are_written_as_in_python(chromium):  # noqa: F811
    rng = random.Random(1)
    numbers = [
        0.0,
        -0.0,
        1.125,
        0.3125,
        1e-5,
        1e16,
        1e6 + 0.5,
        0.99986,
        0.99999999,
        5e-324,
        1.7e308,
    ]
    numbers += [rng.gauss(0, 1) * 10 ** rng.uniform(-12, 12) for _ in range(4000)]
    numbers += [rng.randrange(-4000, 4000) / 2 ** rng.randrange(14) for _ in range(4000)]  # ties
    numbers += [struct.unpack("d", rng.randbytes(8))[0] for _ in range(2000)]
    numbers = [x for x in numbers if math.isfinite(x)]
    tab = chromium.new_page()
    tab.evaluate(script("numbers") + "; Object.assign(window, { number, inFull });")
    written = tab.evaluate(
        "(xs) => xs.map((x) => [number(x), number(x, 4), number(x, 6), inFull(x)])", numbers
    )
    expected = [[number(x), number(x, 4), number(x, 6), in_full(x)] for x in numbers]
    expected = [[*three, full.replace("−0.0", "0.0") if x == 0.0 else full]
                for x, (*three, full) in zip(numbers, expected)]  # fmt: skip
    assert [pair for pair in zip(written, expected) if pair[0] != pair[1]] == []
    assert tab.evaluate("[NaN, Infinity, -Infinity].map((x) => number(x))") == ["nan", "∞", "−∞"]
    tab.close()


def test_ticks_of_a_playground_are_written_as_far_as_they_differ(chromium):  # noqa: F811
    tab = chromium.new_page()
    scripts = script("numbers", "play_canvas", "play_plane")
    tab.evaluate(scripts + "; Object.assign(window, { playTicks });")
    for low, high in [(1234560, 1234564), (12345.1, 12345.3), (-2.4, 2.4), (0.0, 1e-7)]:
        ticks = [tuple(tick) for tick in tab.evaluate("(ends) => playTicks(...ends)", [low, high])]
        assert len(ticks) >= 3
        assert set(ticks) <= {tuple(tick) for tick in inside(low, high)}
    tab.close()


# The model ----------------------------------------------------------------------------------------

PLAIN = [
    row for row in TABLE.values()
    if not isinstance(row, Reduction) and len(row.operands) <= 2 and not row.name.startswith("poly")
]  # fmt: skip
REDUCTIONS = [TABLE[name] for name in ("sum", "max", "min", "logsumexp", "dot")]


def random_graph(seed):
    """A function from numbers of leaves to a root, and two sets of numbers."""
    rng = random.Random(seed)
    count = rng.randrange(2, 5)
    moves = [(rng.choice(PLAIN), rng.choice(REDUCTIONS), rng.random(), rng.random(), rng.random())
             for _ in range(rng.randrange(4, 12))]  # fmt: skip

    def build(numbers):
        pool = [ag.Value(x, label=f"x{i}") for i, x in enumerate(numbers)]
        for row, reduction, which, first, second in moves:
            x, y = pool[int(first * len(pool))], pool[int(second * len(pool))]
            if which < 0.2:
                ends = [[x, y], [y, x]] if reduction.columns == 2 else [[x, y, x * 0.5]]
                pool.append(reduction(*ends))
            else:
                operands = [(x + 0.1) * 0.7, y][: len(row.operands)]
                pool.append(row(*operands))
        return ag.sum(pool) * 0.5

    draws = lambda: [round(rng.uniform(-2.0, 2.0), 3) for _ in range(count)]
    return build, draws(), draws()


def same(x, y):
    if x != x or y != y:
        return x != x and y != y
    return x == y or abs(x - y) <= 1e-12 * max(1.0, abs(x), abs(y))


MODEL = """([live, leaves]) => {
    const model = new Model({ live, lists: [] });
    model.set(leaves);
    const texts = (numbers) => [...numbers].map(String);
    return [texts(model.values.slice(0, model.count)), texts(model.right.s)];
}"""


@pytest.mark.parametrize("engine", ["python", "native"])
def test_values_and_gradients_are_those_of_python(chromium, engine, Value):  # noqa: F811
    rows = [row.name for row in TABLE.values()]
    tab = chromium.new_page()
    tab.evaluate(f"(() => {{ {module(rows, tape=False)} {script('model')}"
                 "window.Model = Model; })()")  # fmt: skip
    for seed in range(60):
        build, first, second = random_graph(seed)
        live = ag.step(build(first), max_cards=2000).payload()["live"]
        values, gradients = tab.evaluate(
            MODEL, [live, [[i, x] for i, x in zip(places(build(first)), second)]]
        )
        root = build(second)
        order = ag.topological_order(root)
        right = ag.gradients(root, order)
        pairs = [*zip(values, (node.data for node in order)), *zip(gradients, right)]
        wrong = [(x, y) for x, y in pairs if not same(float(x), y)]
        assert wrong == [], seed
    tab.close()


def places(root):
    """The places of x0, x1, ... in the order."""
    order = [node.label for node in ag.topological_order(root)]
    count = sum(label is not None and re.fullmatch(r"x\d", label) is not None for label in order)
    return [order.index(f"x{i}") for i in range(count) if f"x{i}" in order]


# All words of all steps ---------------------------------------------------------------------------


def typed(tab, numbers):
    """Give the leaves of these names these numbers, as a reader does: by their card."""
    for name, x in numbers.items():
        tab.locator(f'.agv-pull[aria-label="{name}"]').focus()
        tab.keyboard.press("Enter")
        tab.locator(".agv-typed").fill(repr(x))
        tab.keyboard.press("Enter")
    tab.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => done(true)))")


LISTED = """() => {
    const list = document.querySelector(".agv-list");
    if (list.getAttribute("aria-expanded") === "false") list.click();
    return [...document.querySelectorAll(".agv-all li")].map((item) => [
        [...item.childNodes].filter((node) => node.nodeName !== "CODE")
            .map((node) => node.textContent).join(""),
        ...[...item.querySelectorAll("code")].map((code) => code.textContent)]);
}"""


def listed(stepper):
    """The same of a stepper."""
    return [
        [f"{title}: {note}" if note else title,
         *(f"{text} {rule}" if rule else text for text, rule in lines)]
        for title, note, *lines in stepper.payload()["listed"]
    ]  # fmt: skip


def assert_same_words(words, expected):
    """All of them, but for the last digits of numbers in full."""
    for step, right in zip(words, expected, strict=True):
        for line, wanted in zip(step, right, strict=True):
            full, digits = FULL.search(line), FULL.search(wanted)
            if full and digits:
                assert float(full[1].replace("−", "-")) == pytest.approx(
                    float(digits[1].replace("−", "-")), rel=1e-12, abs=1e-15
                )
                line, wanted = FULL.sub("", line), FULL.sub("", wanted)
            assert line == wanted


def of(numbers):
    """A neuron."""
    x, w, b = (ag.Value(numbers[name], name) for name in "xwb")
    p = x * w
    p.label = "p"
    loss = ((p + b).tanh() - 1.0) ** 2 + w * w
    loss.label = "L"
    return loss


def of_kinks(numbers):
    """Relu, abs, max, clip, log and a square root, to be led to where they have no derivative."""
    a, b, c = (ag.Value(numbers[name], name) for name in "abc")
    total = a.relu() + abs(b) + ag.max(a, b, c) + c.clip(-1.0, 1.0) * b - a.leaky_relu() * c
    total = total + ag.dot([a, b, c], [c, 2.0, a]) * 0.1 - (a * b).sqrt() / c + c.log()
    total.label = "L"
    return total


@pytest.mark.parametrize(
    ("build", "first", "second"),
    [
        (of, {"x": 2.0, "w": -0.6, "b": 1.3}, {"x": -1.5, "w": 0.25, "b": -2.125}),
        (of, {"x": 2.0, "w": -0.6, "b": 1.3}, {"x": 0.0, "w": -1e-7, "b": 1234567.5}),
        (of, {"x": 0.5, "w": -0.6, "b": 1.3}, {"x": 1.0, "w": 0.99999999, "b": -3e-9}),
        (of_kinks, {"a": 1.0, "b": 2.0, "c": 0.5}, {"a": -1.0, "b": -2.0, "c": 3.0}),
        (of_kinks, {"a": 1.0, "b": 2.0, "c": 0.5}, {"a": 0.0, "b": 0.0, "c": 1.0}),
        (of_kinks, {"a": 0.0, "b": 2.0, "c": -0.5}, {"a": 2.0, "b": 2.0, "c": 2.0}),
        (of_kinks, {"a": 1.0, "b": 2.0, "c": 0.5}, {"a": 1e200, "b": -1.0, "c": 0.0}),
    ],
)
def test_after_a_change_all_words_are_those_of_a_fresh_stepper(
    open_page,  # noqa: F811
    Value,
    build,
    first,
    second,
):
    tab = open_page([ag.step(build(first))], viewport=PROJECTOR)
    assert_same_words(tab.evaluate(LISTED), listed(ag.step(build(first))))
    typed(tab, second)
    assert_same_words(tab.evaluate(LISTED), listed(ag.step(build(second))))
    tab.get_by_role("button", name="Reset").click()
    assert tab.evaluate(LISTED) == listed(ag.step(build(first)))


@pytest.mark.parametrize("seed", range(8))
def test_so_are_those_of_random_graphs(open_page, seed):  # noqa: F811
    build, first, second = random_graph(seed)
    if not all(
        f"x{i}" in {node.label for node in ag.topological_order(build(first))}
        for i in range(len(first))
    ):
        second = [
            x if f"x{i}" in {n.label for n in ag.topological_order(build(first))} else first[i]
            for i, x in enumerate(second)
        ]
    names = [node.label for node in ag.topological_order(build(first)) if node.label]
    tab = open_page([ag.step(build(first), level="operation")], viewport=PROJECTOR)
    typed(tab, {f"x{i}": x for i, x in enumerate(second) if f"x{i}" in names})
    words, expected = tab.evaluate(LISTED), listed(ag.step(build(second), level="operation"))
    without_sums = lambda steps: [[line for line in step if "exp(" not in line] for step in steps]
    assert_same_words(without_sums(words), without_sums(expected))
