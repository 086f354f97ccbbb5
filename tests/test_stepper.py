"""The stepper: its numbers are the engine's, its `.grad`s nobody's, its texts right."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.views.formula.writer import FormulaWriter
from autograd_lite.views.output import page as pages
from autograd_lite.views.output.widget import MIME, bundle
from autograd_lite.views.stepper import runs

HOSTILE = [
    '"quoted"', "'single'", "<b>bold</b>", "a & b", "two\nlines", "\U0001f600", "\u202egnp.exe",
    "x" * 10_000, "</script><script>alert(1)</script>", "<!-- --", "]]>", "\x00\x1b[31m", "\ud800",
    "\u2028", "${x}", "{{x}}", "-->", "&lt;",
]  # fmt: skip


def neuron(Value):
    """(tanh(x w + b) - 1)² + w², in which w has three uses."""
    x, w, b = Value(2.0, label="x"), Value(-0.6, label="w"), Value(1.3, label="b")
    p = x * w
    p.label = "p"
    loss = ((p + b).tanh() - 1.0) ** 2 + w * w
    loss.label = "L"
    return loss


def in_full(line):
    """The number at the end of a line of the last step."""
    return float((line.total or line.result).replace("−", "-"))


def leaves(root):
    return [node for node in ag.topological_order(root) if node.op is None]


@st.composite
def graphs(draw):
    """A recipe: operations on what is there already."""
    count = draw(st.integers(1, 4))
    data = draw(st.lists(st.floats(-2, 2), min_size=count, max_size=count))
    moves = st.tuples(
        st.sampled_from(["+", "*", "tanh", "-"]), st.integers(0, 99), st.integers(0, 99)
    )
    return data, draw(st.lists(moves, min_size=1, max_size=12))


def built(Value, recipe):
    data, moves = recipe
    pool = [Value(x) for x in data]
    for op, i, j in moves:
        x, y = pool[i % len(pool)], pool[j % len(pool)]
        pool.append({"+": x + y, "*": x * y, "-": x - y, "tanh": x.tanh()}[op])
    return pool[-1]


@given(recipe=graphs())
def test_the_last_step_has_exactly_the_gradients_of_backward(Value, recipe):
    root = built(Value, recipe)
    last = ag.step(root).steps[-1]
    root.backward()
    assert [in_full(line) for line in last.lines] == [leaf.grad for leaf in leaves(root)]
    final = {key: x for key, what, x, _ in last.sets}
    assert list(final.values()) == [leaf.grad for leaf in leaves(root)]


@given(recipe=graphs())
def test_each_number_is_right_when_it_is_called_final(Value, recipe):
    root = built(Value, recipe)
    stepper = ag.step(root)
    order = ag.topological_order(root)
    right = dict(zip((f"v{i}" for i in range(len(order))), ag.gradients(root, order)))
    seen = set()
    for step in stepper.steps:
        for key, what, x, final in step.sets:
            if what == "gradient" and final:
                assert x == right[key]
                seen.add(key)
            elif what == "gradient":
                assert key not in seen, "a final number changed"
    assert seen == set(right)


def test_grad_stays_as_it_was(Value):
    root = neuron(Value)
    root.backward()
    nodes = ag.topological_order(root)
    for i, node in enumerate(nodes):
        node.grad = float(i)
    stepper = ag.step(root)
    str(stepper), stepper.svg, stepper.payload()
    assert [node.grad for node in nodes] == [float(i) for i in range(len(nodes))]
    fresh = ag.step(neuron(Value))
    assert stepper.svg == fresh.svg, "old gradients must not show"
    assert str(stepper) == str(fresh)


def test_a_graph_whose_leaf_was_changed_since_is_refused(Value):
    w, x = Value(-0.6, "w"), Value(2.0, "x")
    y = w * x
    ag.step(y)
    w.data = 0.5
    with pytest.raises(RuntimeError, match=r"changed after the graph was computed.*again first"):
        ag.step(y)
    size = abs(w)
    w.data = -0.5  # of the same size: only the partial is another
    with pytest.raises(RuntimeError, match="changed after the graph was computed"):
        ag.step(size)
    assert ag.step(w * x).steps
    assert ag.step(Value(float("nan")) * x).steps


def test_steps_are_in_the_order_of_backward(Value):
    root = neuron(Value)
    order = ag.topological_order(root)
    keys = {f"v{i}": node for i, node in enumerate(order)}
    stepper = ag.step(root)
    forward = [keys[step.key] for step in stepper.steps if step.phase == "forward"]
    backward = [keys[step.key] for step in stepper.steps if step.phase == "backward"]
    operations = [node for node in order if node.op is not None]
    assert forward == operations
    assert backward == [root, *reversed(operations)]


def test_the_text_accumulates(Value):
    text = str(ag.step(neuron(Value)))
    lines = [line.strip() for line in text.splitlines()]
    added = [line for line in lines if "accumulates" in line]
    assert len(added) == 2
    for line in added:
        assert re.search(
            r"\+= .* = (−?[\d.]+), accumulates: (−?[\d.]+) [+−] ([\d.]+) = (−?[\d.]+)", line
        )
    assert "p = x·w = 2 × (−0.6) = −1.2" in text


def test_the_signs_of_equality_stand_below_each_other(Value):
    x, w = Value(0.5, label="x"), Value(-1.0, label="w")
    text = str(ag.step(ag.max(x, 0.0) * w + w))
    assert "       max(x, 0).grad += " in text
    assert "       w.grad         += " in text


def test_a_repeated_operand_gives_two_lines(Value):
    x = Value(3.0, label="x")
    step = ag.step(x * x).steps[2]
    assert [line.result for line in step.lines] == ["3", "3"]
    assert step.lines[1].total == "6"


def test_constants_get_no_gradient(Value):
    x = Value(3.0, label="x")
    steps = ag.step(2.0 * x + 1.0).steps
    assert all(len(step.lines) == 1 for step in steps)


def test_the_rule_is_shown_beside_the_number(Value):
    z = Value(0.5, label="z")
    a = z.tanh()
    a.label = "a"
    assert "(∂a/∂z = 1 − a²)" in str(ag.step(a))


@pytest.mark.parametrize("label", ["½(a−y)²", "|x−y|", "⊕"])
def test_a_label_of_ones_own_stands_between_operands_only_if_it_is_a_sign(Value, label):
    own = ag.Primitive("own", lambda a, y: a + y, lambda out, a, y: (1.0, 1.0), label=label)
    a = Value(2.0, label="a")
    writer = FormulaWriter({a: "a"})
    found = writer.text(writer.value(own(a, 1.0)))
    assert found == ("a ⊕ 1" if label == "⊕" else "own(a, 1)")


def test_a_leaf_alone(Value):
    stepper = ag.step(Value(3.0, label="x"))
    assert [step.phase for step in stepper.steps] == ["backward", "result"]
    assert str(stepper.steps[-1].lines[0]) == "x.grad = 1"
    json.dumps(stepper.payload(), allow_nan=False)


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_not_finite(Value, bad):
    x = Value(bad, label="x")
    stepper = ag.step((x * x + x).tanh())
    json.dumps(stepper.payload(), allow_nan=False)
    assert str(stepper)


@pytest.mark.slow
def test_many_operands(Value):
    weights = [Value(0.1 * i, label=f"w{i}") for i in range(200)]
    stepper = ag.step(ag.dot(weights, [1.0] * 200), level="operation")
    assert len(stepper.steps[2].lines) == 200
    assert len(stepper.steps[2].title) < 200


# Wrong on purpose ---------------------------------------------------------------------------------


def test_assignment_loses_all_but_the_last_use(Value):
    x = Value(3.0, label="x")
    run = runs.record(x * x + x)
    wrong = runs.with_assignment(run)
    assert run.gradients[x] == 7.0
    assert wrong.gradients[x] == 3.0  # the last that is added, the second operand of x * x
    assert runs.wrong_leaves(run, wrong) == [x]


def test_assignment_is_right_when_every_value_is_used_once(Value):
    run = runs.record((Value(1.0) * 2.0).tanh())
    assert runs.wrong_leaves(run, runs.with_assignment(run)) == []


def test_a_shuffled_order_goes_wrong_and_always_in_the_same_way(Value):
    first, second = (runs.in_shuffled_order(runs.record(neuron(Value))) for _ in range(2))
    assert first is not None
    assert second is not None
    labels = [[node.label for node in run.visits] for run in (first, second)]
    assert labels[0] == labels[1]
    right = runs.record(neuron(Value))
    by_label = {leaf.label: right.gradients[leaf] for leaf in leaves(right.root)}
    assert any(first.gradients.get(x, 0.0) != by_label[x.label] for x in leaves(first.root))


def test_one_operation_has_no_wrong_order(Value):
    assert runs.in_shuffled_order(runs.record(Value(2.0) * Value(3.0))) is None


# Folded graphs ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_groups_take_part_as_one_step(Value):
    import nn

    net = nn.MLP(2, [8, 8, 1], seed=1)
    root = nn.mse([net([Value(float(i)), Value(1.0)]) for i in range(30)], [[1.0]] * 30)
    stepper = ag.step(root)
    backward = [step for step in stepper.steps if step.phase == "backward"]
    assert len(stepper.steps) < 200
    assert any("values pass their gradients on" in step.title for step in backward)
    root.backward()
    last = stepper.steps[-1].lines
    assert [in_full(line) for line in last] == [leaf.grad for leaf in leaves(root)]
    assert "A group hides" in stepper.payload()["unbroken"]


def test_an_unfolded_dot_product(Value):
    a, b, c, d = (Value(float(i), label=name) for i, name in enumerate("abcd"))
    stepper = ag.step(ag.dot([a, b], [c, d]).tanh(), unfold=True)
    known = {x[0] for step in stepper.payload()["steps"] for x in step["sets"]}
    assert known == set(stepper.payload()["cards"])


# Errors -------------------------------------------------------------------------------------------


def test_errors(Value):
    with pytest.raises(TypeError, match="step wants the Value to differentiate, got"):
        ag.step(3.0)
    with pytest.raises(ValueError, match='start is "forward" or "backward", got'):
        ag.step(Value(1.0), start="middle")
    with pytest.raises(ValueError, match="direction"):
        ag.step(Value(1.0) * 2, direction="up")


# Pages and bundles --------------------------------------------------------------------------------


def test_the_bundle_has_no_html_and_no_script():
    root = neuron(ag.Value)
    data = bundle(ag.step(root))
    assert set(data) - {"image/png"} == {"image/svg+xml", MIME, "text/plain"}
    assert data["image/svg+xml"].count("data-frame=") > 3, "a strip, for where nothing moves"
    assert data[MIME]["svg"].count("data-frame=") == 0, "the picture, for where it is alive"
    assert "<style" not in data[MIME]["svg"]
    assert "\n" not in data["text/plain"]
    assert "<script" not in data["image/svg+xml"]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_stay_text(label):
    x = ag.Value(2.0, label=label)
    y = x * x
    y.label = label
    stepper = ag.step(y)
    text = pages.page(
        label, [stepper, pages.Section(title=label, text=label, rows=[[label], [label]])]
    )
    text.encode()
    scripts = re.findall(r"<script[^>]*>", text)
    assert scripts == ['<script type="application/json">', '<script type="module">']
    assert text.count("</script>") == 2
    assert "<b>bold" not in text
    found = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert not re.search(r"[<>&\u2028\u2029]", found[1])
    assert json.loads(found[1])["kind"] == "step"
    from xml.etree import ElementTree

    ElementTree.fromstring(stepper.svg)
    assert len(text) < 200_000


def test_a_page_names_its_script_by_hash_and_allows_nothing_else():
    import base64
    import hashlib

    text = pages.page("t", [ag.step(neuron(ag.Value))])
    script = re.search(r'<script type="module">(.*?)</script>', text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; " in text
    assert f"script-src 'sha256-{digest}'; base-uri 'none'" in text
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)


def test_a_page_holds_steps_whose_gradients_are_nan(Value, tmp_path):
    x = Value(0.0, label="x")
    page = ag.step(x.log() * x).save(tmp_path / "a.html").read_text()
    assert "nan" in page
    payload = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    assert payload["live"]["gradients"] == ["nan"]


@pytest.mark.parametrize("terms", [1, 8, 40])  # small; fitted to the page; to be scrolled
def test_a_page_knows_how_wide_a_picture_is_without_a_script(terms):
    x = y = ag.Value(1.0, label="x")
    for _ in range(terms):
        y = y + x
    picture = ag.draw(y)
    wide = re.search(r'viewBox="0 0 (\d+) ', picture.svg)[1]
    assert f'style="--agv-wide:{wide}px"' in pages.page("t", [picture])


def test_a_page_without_views_has_no_script():
    text = pages.page("t", [pages.Section(text="one\n\ntwo")])
    assert "<script" not in text
    assert "<p>one</p>\n<p>two</p>" in text


def test_saving(tmp_path):
    stepper = ag.step(neuron(ag.Value))
    assert stepper.save(tmp_path / "a.svg").read_text().startswith("<svg")
    page = stepper.save(tmp_path / "a.html").read_text()
    assert "<h1>L, step by step</h1>" in page
    assert page == stepper.save(tmp_path / "b.html").read_text(), "the same in every run"
    with pytest.raises(ValueError, match=r"stepper is saved as one of \.svg, .*\.html"):
        stepper.save(tmp_path / "a.jpeg")


def test_a_stepper_of_ten_cards_is_read_in_rows(Value):
    """So that its text is large beside the words of a step."""
    from autograd_lite.views.output.svg import size_of

    x, w, b, t = (Value(n, m) for n, m in ((2.0, "x"), (-0.6, "w"), (1.3, "b"), (1.0, "t")))
    width, height = size_of(ag.step(((x * w + b).tanh() - t) ** 2).svg)
    assert width < 1100
    assert width < 2.5 * height
