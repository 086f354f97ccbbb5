"""Worksheets: nothing on them tells an answer, and their key has them all in the same places."""

from __future__ import annotations

import os
import re
import shutil
from xml.etree import ElementTree as ET

import pytest

import autograd_lite as ag
import nn
from autograd_lite import draw
from autograd_lite.views.output.svg import SIZE
from autograd_lite.views.text import number, text_width
from autograd_lite.views.worksheet.worksheet import PARTS, Worksheet, asked_for

SVG = "{http://www.w3.org/2000/svg}"
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
LONG = (2.0312, -0.61749, 1.3148)  # leaves that are printed as 2.03, −0.617 and 1.31
BLANKS = ["values", "local derivatives", "gradients", ["local derivatives", "gradients"], "all"]


def neuron(Value=None, leaves=(2.03, -0.617, 1.31)):
    """tanh(x w + b) times w: no two of its numbers are alike."""
    Value = Value or ag.Value
    x, w, b = (Value(n, label=name) for n, name in zip(leaves, "xwb"))
    p = x * w
    p.label = "p"
    q = (p + b).tanh()
    q.label = "q"
    y = q * w
    y.label = "y"
    return y


def answers(root):
    """What is to be found, by the part it belongs to."""
    run = ag.step(root).run
    nodes = [node for node in run.order if node.op is not None]
    return {
        "values": {number(node.data) for node in nodes},
        "local derivatives": {number(use.partial) for use in run.steps} - {"1"},
        "gradients": {number(run.gradients[node]) for node in run.order} - {"1"}
        | {number(use.contribution) for use in run.steps} - {"1"},
    }


def given(root):
    return {number(node.data) for node in ag.step(root).run.order if node.op is None}


def numbers_in(svg):
    """The numbers in all texts, and in all attributes but those that say where and how."""
    found = ET.fromstring(svg)
    words = [x.text or "" for x in found.iter()]
    for x in found.iter():
        words += [value for name, value in x.attrib.items() if name.startswith(("aria", "data"))]
    return {n for text in words for n in re.findall(r"−?\d+(?:\.\d+)?", text)}


@pytest.mark.parametrize("blank", BLANKS, ids=str)
def test_a_sheet_tells_no_answer_and_its_key_all(blank, tmp_path):
    root = neuron()
    sheet = draw(root, blank=blank)
    asked = asked_for(blank)
    found = answers(root)
    hidden = set().union(*(found[part] for part in PARTS[PARTS.index(asked[0]) :]))
    if asked[0] == "gradients":
        hidden -= found["local derivatives"]
    hidden -= given(root)
    if "values" not in asked:
        hidden -= found["values"]
    page = sheet.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert len(hidden) >= 3
    for text in (sheet.svg, re.search(r"<svg.*</svg>", page, re.S)[0]):
        assert not hidden & numbers_in(text)
    assert "▲" not in sheet.svg
    assert "▼" not in sheet.svg
    assert "<script" not in page
    assert "application/json" not in page
    told = numbers_in(sheet.key.svg)
    for part in asked:
        assert found[part] <= told, part


@pytest.mark.parametrize("blank", BLANKS, ids=str)
def test_the_key_is_the_same_sheet_with_more_written_in(blank):
    def places(svg):
        found = ET.fromstring(svg)
        return [
            sorted(x.attrib.items()) for x in found.iter() if x.tag in (f"{SVG}rect", f"{SVG}path")
        ]

    sheet = draw(neuron(), blank=blank)
    plain, key = places(sheet.svg), places(sheet.key.svg)
    assert [x for x in plain if x not in key] == [x for x in plain if "58H" in str(x)], "Name, Date"
    assert [x for x in key if x not in plain] == []
    assert sheet.key.is_key
    assert not sheet.is_key


@pytest.mark.parametrize("blank", BLANKS, ids=str)
def test_words_stand_above_the_picture_and_beside_each_other(blank):
    found = list(ET.fromstring(draw(neuron(), blank=blank).svg))
    picture = next(i for i, x in enumerate(found) if x.tag == f"{SVG}g")
    words = [x for x in found[:picture] if x.tag == f"{SVG}text"]
    top = float(re.findall(r"[\d.]+", found[picture].get("transform"))[1])
    assert 10.0 <= top - max(float(x.get("y")) for x in words) <= 40.0
    title, name, _ = words[:3]
    ends = 40.0 + text_width(title.text, 23.0, bold=True)
    assert ends < float(name.get("x")) < 500.0


def test_an_answer_keeps_a_space_from_its_box():
    key = ET.fromstring(draw(neuron(), blank="all").key.svg)
    drawn = list(key.iter())
    found = 0
    for box, *after in zip(drawn, drawn[1:], drawn[2:]):
        if box.get("stroke-dasharray") != "3 3":
            continue
        left, wide = float(box.get("x")), float(box.get("width"))
        answer = next(text for text in after if text.get("text-anchor") == "middle")
        half = text_width(answer.text, float(answer.get("font-size", SIZE)), bold=True) / 2
        middle = float(answer.get("x"))
        assert left + 4.5 <= middle - half, answer.text
        assert middle + half <= left + wide - 3.5, answer.text
        found += 1
    assert found > 8


def test_no_width_tells_an_answer():
    """Whatever the numbers between are, the boxes are alike."""
    shapes = set()
    for leaves in ((2.0, 3.0, 1.0), (2.0, 5.0, 4.0), (9.0, 7.0, 3.0)):
        svg = draw(neuron(leaves=leaves), blank="all").svg
        shapes.add(
            re.sub(
                r'id="[^"]*"',
                "",
                re.sub(r">\d</text>", "></text>", re.sub(r", \d</title>", "</title>", svg)),
            )
        )
    assert len(shapes) == 1


def test_lines_are_neutral_as_long_as_gradients_are_asked_for():
    svg = draw(neuron(), blank="gradients").svg
    assert "positive" not in svg
    assert "negative" not in svg
    assert len(set(re.findall(r'data-part="line"[^>]*stroke-width="([\d.]+)"', svg))) == 1


def test_it_needs_no_backward_and_leaves_gradients_alone(Value):
    root = neuron(Value)
    root.parents[1].grad = 5.0
    assert draw(root, blank="gradients").key.svg == draw(neuron(Value), blank="gradients").key.svg
    assert root.parents[1].grad == 5.0


def test_sheets_are_the_same_on_both_engines():
    engines = [engine for engine in (ag.PythonValue, ag.NativeValue) if engine]
    assert len({draw(neuron(engine), blank="all").key.svg for engine in engines}) == 1


def test_the_check_of_the_key_is_what_a_careful_student_gets():
    """Who takes the numbers as they are printed, and six digits of each result."""
    root, printed = neuron(leaves=LONG), (2.03, -0.617, 1.31)
    before = number(neuron(leaves=printed).data, 6)
    after = number(neuron(leaves=(2.03, -0.617, 1.31 + 0.01)).data, 6)
    changed = float(after.replace("−", "-")) - float(before.replace("−", "-"))
    taken = neuron(leaves=printed)
    b = taken.parents[0].parents[0].parents[1]
    foretold = 0.01 * ag.step(taken).run.gradients[b]
    assert changed == pytest.approx(foretold, rel=0.05)
    for blank in ("gradients", "all"):
        svg = draw(root, blank=blank).key.svg
        for text in (before, after, number(changed), number(foretold)):
            assert f">{text}</text>" in svg
    assert f">{before}</text>" in draw(root, blank="gradients").svg
    assert f">{before}</text>" not in draw(root, blank="all").svg


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("key", [False, True])
def test_a_sheet_of_long_numbers_is_that_of_the_numbers_printed(Value, blank, key):
    """All of it: boxes, lines, products, the check."""

    def sheet(leaves, constant):
        root = neuron(Value, leaves) / constant
        root.label = "z"
        made = draw(root, blank=blank)
        return made.key.svg if key else made.svg

    assert sheet(LONG, 2.99999e-3) == sheet((2.03, -0.617, 1.31), 0.003)


def test_who_computes_from_the_numbers_on_a_key_gets_what_is_on_it():
    a, b = ag.Value(1.2345, "a"), ag.Value(-0.5, "b")
    y = a * a * a + b
    y.label = "y"
    key = draw(y, blank="all").key.svg
    texts = re.findall(r">([^<>]+)</text>", key)
    assert {"1.23", "1.51", "1.86", "1.36", "1.36087"} <= set(texts)
    assert not {"1.52", "1.88", "1.38"} & set(texts)
    assert a.data == 1.2345


def test_a_sheet_of_long_numbers_keeps_names_and_what_is_unfolded(Value):
    first, second = Value(1.23456), Value(0.5)
    y = ag.dot([first, second], [second, 0.123456])
    variables = {"first": first, "second": second, "y": y}
    with ag.no_grad():
        sheet = draw(y, blank="all", name_from=variables, unfold=[y]).key.svg
    for name in ("first", "second", "y"):
        assert f">{name}</text>" in sheet
    assert ">× 0.1235</text>" in sheet
    y.parents[0].data = 7.0
    with pytest.raises(RuntimeError, match="changed after"):
        draw(y, blank="all")


def test_a_long_name_is_cut_once():
    root = neuron()
    root.label = "the loss of the whole model"
    assert "Write the loss of …whole model.grad = 1." in draw(root, blank="gradients").svg


def test_the_check_takes_a_leaf_whose_change_is_seen():
    x, c = ag.Value(3.0, "x"), ag.Value(5000.0, "c")
    key = draw(x * c + 0.0001 * ag.Value(1.0, "s"), blank="gradients").key.svg
    assert ">and 0.01 × s.grad is<" not in key
    assert ">and 0.01 × " in key


def test_what_can_be_blank():
    assert asked_for("all") == asked_for(["all"]) == asked_for(["gradients", "values"]) == PARTS
    for blank in ("gradient", [], 3, ["values", "x"], ""):
        with pytest.raises(
            ValueError, match=r'blank is one of "values", "local derivatives", "grad'
        ):
            draw(neuron(), blank=blank)


@pytest.mark.slow
def test_what_is_no_worksheet():
    y = neuron()
    with pytest.raises(TypeError, match="a worksheet is of one Value, got 2"):
        draw([y, y * 2.0], blank="all")
    with pytest.raises(ValueError, match="highlight is no option of a worksheet"):
        draw(y, blank="all", highlight=["x"])
    with pytest.raises(ValueError, match=r"too large for a sheet of A4, with [\d,]+ values"):
        draw(nn.MLP(2, [16, 1], seed=1), blank="gradients")


def test_a_name_cannot_break_out_of_a_sheet():
    label = "</text><script>alert(1)</script>" + "x" * 500
    y = ag.Value(2.0, label=label) * ag.Value(3.0, label="a & b")
    for blank in BLANKS:
        for sheet in (draw(y, blank=blank), draw(y, blank=blank).key):
            assert "<script" not in sheet.svg
            ET.fromstring(sheet.svg)


@pytest.mark.parametrize(
    "options", [{}, {"direction": "down"}, {"unfold": True}, {"language": "zh"}]
)
def test_options_of_the_picture(options):
    y = ag.dot(
        [ag.Value(x, label=f"x{x:g}") for x in (1.0, 2.0)],
        [ag.Value(w, label=f"w{w:g}") for w in (0.5, 0.25)],
    )
    sheet = draw(y, blank="gradients", **options)
    assert isinstance(sheet, Worksheet)
    ET.fromstring(sheet.key.svg)
    assert ("手算" in sheet.svg) == ("language" in options)


def test_a_notebook_shows_it(tmp_path):
    sheet = draw(neuron(), blank="gradients")
    forms = sheet._repr_mimebundle_()
    assert forms["image/svg+xml"] == sheet.svg
    assert "text/plain" in forms
    assert not [kind for kind in forms if "autograd" in kind], "no payload, which would tell"
    assert repr(sheet) == "<Worksheet: y, gradients by hand>"


def test_it_is_one_page_of_a4(tmp_path):
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip("no chromium on the PATH (or in $CHROMIUM)")
    sheet = draw(neuron(), blank="all")
    with driver.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(color_scheme="dark")
        page.goto(sheet.save(tmp_path / "a.html").as_uri())
        ground = "() => getComputedStyle(document.querySelector('[data-part=ground]')).fill"
        assert page.evaluate(ground) == "rgb(255, 255, 255)", "paper is white"
        printed = page.pdf(prefer_css_page_size=True)
        browser.close()
    assert re.findall(rb"/Type /Pages\s.*?/Count (\d+)", printed, re.S) or b"/Count 1" in printed
    assert b"/Count 2" not in printed
    box = re.search(rb"/MediaBox ?\[([^\]]*)\]", printed)[1].split()
    assert [round(float(x) / 72 * 25.4) for x in box[2:]] == [210, 297]
