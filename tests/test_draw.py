"""draw: cards, lines and numbers of a graph as SVG that every renderer draws the same."""

import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite import draw
from autograd_lite.views.language import speaking
from autograd_lite.views.picture.legend import notes
from autograd_lite.views.text import number

SVG = "{http://www.w3.org/2000/svg}"


def parsed(picture):
    return ET.fromstring(picture.svg)


def parts(element, **wanted):
    """The elements below that have all the attributes (None: with any content)."""
    named = {f"data-{name}": value for name, value in wanted.items()}
    return [
        e for e in element.iter()
        if all(k in e.attrib and v in (None, e.attrib[k]) for k, v in named.items())
    ]  # fmt: skip


def said(element, part):
    return ["".join(e.itertext()) for e in parts(element, part=part)]


def loss(Value):
    """The graph of the mock-ups: a neuron with a squared error and a penalty for its weight."""
    x, w, b = Value(2.0, "x"), Value(-0.6, "w"), Value(1.3, "b")
    p = x * w
    y = (p + b).tanh()
    out = (y - 1.0) ** 2 + 0.5 * (w * w)
    p.label, y.label, out.label = "p", "y", "L"
    return out


def test_a_card_shows_name_operation_data_and_gradient(Value):
    root = loss(Value)
    root.backward()
    picture = parsed(draw(root))
    cards = {
        said(card, "name")[0]: card for card in parts(picture, card=None)
    }  # fmt: skip
    w = next(v for v in ag.topological_order(root) if v.label == "w")
    assert said(cards["p"], "operation") == ["×"]
    assert said(cards["p"], "data") == ["−1.2"]
    assert said(cards["w"], "data") == ["−0.6"]
    assert said(cards["w"], "gradient-text") == ["▼ " + number(w.grad)]
    assert number(w.grad).startswith("−")
    assert said(cards["L"], "gradient-text") == ["▲ 1"]
    assert cards["w"].attrib["data-kind"] == "leaf"


def test_a_line_carries_the_local_derivative(Value):
    x, w = Value(2.0, "x"), Value(-0.6, "w")
    picture = parsed(draw(x * w))
    assert ["".join(e.itertext()) for e in parts(picture, label=None)] == ["× −0.6", "× 2"]
    ends = [(e.get("data-source"), e.get("data-target")) for e in parts(picture, edge=None)]
    assert ends == [("v0", "v2"), ("v1", "v2")]


def test_before_a_backward_there_are_no_gradients_and_no_colors(Value):
    picture = parsed(draw(loss(Value)))
    assert parts(picture, part="gradient") == []
    assert "▲" not in "".join(picture.itertext())


def test_a_repeated_operand_has_two_lines(Value):
    x = Value(3.0, "x")
    picture = parsed(draw(x * x))
    lines = parts(picture, part="line")
    assert len(lines) == 2
    assert lines[0].get("d") != lines[1].get("d")


@pytest.mark.slow
def test_the_same_bytes_in_every_run_and_on_both_engines():
    program = (
        "from autograd_lite import draw\nimport nn, sys\n"
        "net = nn.MLP(2, [3, 2], seed=1)\n"
        "loss = nn.cross_entropy(net([0.5, -0.25]), 1)\n"
        "loss.backward()\n"
        "sys.stdout.buffer.write(draw(loss, max_cards=1000).svg.encode())\n"
    )
    engines = ["python"] + ["native"] * (ag.NativeValue is not None)
    texts = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True,
            env={**os.environ, "AUTOGRAD_LITE_BACKEND": engine, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent,
        ).stdout
        for engine in engines for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1


HOSTILE = [
    'quotes " and \' here', "<script>alert(1)</script>", "a & b &amp; c", "two\nlines\r\nand\ttabs",
    "🙂 👩‍🔬 emoji", "עברית العربية", "\u202eturned round\u202c", "]]> <!-- --> <![CDATA[",
    "x" * 10_000,
    "\ud800 lone", "\x00\x07control", "", "   ", "名前", "</svg>", "url(javascript:alert(1))",
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_break_and_inject_nothing(Value, label):
    x = Value(2.0, label)
    y = x * 3.0
    y.label = label
    y.backward()
    picture = draw(y)
    root = parsed(picture)
    tags = {e.tag.removeprefix(SVG) for e in root.iter()}
    assert tags <= {"svg", "style", "rect", "g", "path", "text", "title"}
    assert len(parts(root, card=None)) == 2
    assert len(picture.svg) < 20_000
    for e in root.iter():
        assert not any(name.startswith("on") for name in e.attrib)
    picture.svg.encode("utf-8")


def test_every_element_has_its_own_colors_and_the_font_is_on_the_root():
    root = loss(ag.Value)
    root.backward()
    svg = parsed(draw(root))
    assert "sans-serif" in svg.attrib["font-family"]
    for e in svg.iter(SVG + "text"):
        assert e.get("fill", "").startswith("#")
    for e in svg.iter():
        if e.tag in (SVG + "rect", SVG + "path"):
            assert e.get("fill") is not None
            assert e.get("stroke") is not None or e.get("fill") != "none"
    assert "var(" not in draw(root).svg


def test_a_strict_renderer_draws_text_and_colors():
    resvg = pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    image = pytest.importorskip("matplotlib.image", reason="reads the picture (extra [dev])")
    root = loss(ag.Value)
    root.backward()
    picture = bytes(resvg.svg_to_bytes(svg_string=draw(root).svg))
    pixels = (image.imread(io.BytesIO(picture))[..., :3] * 255).round().astype(int)
    for color in ("#ffffff", "#1b2430", "#1a5fbd", "#b34a00", "#e4eefc", "#fdebdd"):
        wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        assert (pixels == wanted).all(axis=-1).sum() > 10, f"{color} is not to be seen"


def test_saving_by_the_ending(tmp_path, monkeypatch):
    picture = draw(loss(ag.Value))
    assert picture.save(tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg
    assert "digraph" in picture.save(tmp_path / "a.DOT").read_text(encoding="utf-8")
    page = picture.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<svg" in page
    with pytest.raises(ValueError, match=r"saved as one of \.svg, .*\.html, .*\.dot.*'\.jpeg'"):
        picture.save(tmp_path / "a.jpeg")
    with pytest.raises(ValueError, match="add the ending"):
        picture.save(tmp_path / "a")
    assert {p.suffix for p in tmp_path.iterdir()} == {".svg", ".DOT", ".html"}


def test_a_png_needs_a_rasteriser_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ImportError, match=r"pip install 'autograd_lite\[png\]'"):
        draw(ag.Value(1.0)).save(tmp_path / "a.png")


def test_a_picture_too_large_for_a_png_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("autograd_lite.views.output.raster.MOST_PIXELS", 10_000)
    with pytest.raises(ValueError, match=r"too large for a PNG, .* units: save it as \.svg"):
        draw(loss(ag.Value)).save(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_large_picture_has_fewer_pixels_in_a_png(tmp_path):
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    from autograd_lite.views.output.raster import png

    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="100" viewBox="0 0 {0} 100"/>'
    sizes = [int.from_bytes(png(svg.format(wide))[16:20], "big") for wide in (1_000, 200_000)]
    assert sizes == [2_000, 200_000]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"direction": "up"}, ValueError, '"right" or "down", got \'up\''),
        ({"max_cards": 0}, ValueError, "from 1, got 0"),
        ({"max_cards": "many"}, ValueError, "got 'many'"),
        ({"level": "atoms"}, ValueError, "'atoms'"),
    ],
)
def test_a_bad_option_is_told(options, error, message):
    with pytest.raises(error, match=message):
        draw(ag.Value(1.0) * 2.0, **options)


@pytest.mark.parametrize("thing", [3.0, "text", [], None, [ag.Value(1.0), 2.0]])
def test_what_has_no_graph_is_told(thing):
    with pytest.raises(TypeError, match=r"drawn, got|nothing to draw"):
        draw(thing)


@pytest.mark.slow
def test_drawing_needs_nothing_but_python(tmp_path):
    """No program on the PATH, nothing outside the standard library is loaded."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "from autograd_lite import Value, draw\n"
        "assert draw(Value(2.0) * Value(3.0)).svg.startswith('<svg')\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True,
        env={**os.environ, "PATH": ""}, cwd=Path(__file__).parent.parent,
    ).stdout  # fmt: skip
    assert shown.strip() == "['autograd_lite']"


@pytest.mark.slow
def test_a_deep_chain_is_drawn_card_by_card(Value, full_or_quick):
    y = x = Value(1.0, "x")
    long = full_or_quick(5_000, 1_500)  # longer than Python's limit of recursion
    for _ in range(long):
        y = y * 1.0001
    root = parsed(draw(y, max_cards=10_000))
    assert len(parts(root, card=None)) == long + 1
    assert len(parts(root, part="line")) == long
    assert len(parts(parsed(draw(y)), card=None)) <= 150
    assert x.grad == 0.0


def test_a_notebook_shows_a_value_as_its_graph(Value):
    y = Value(2.0, "x") * 3.0
    bundle = y._repr_mimebundle_()
    assert bundle["text/plain"] == repr(y)
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "text/html" not in bundle


# What a picture must not say ----------------------------------------------------------------------


def test_gradients_of_another_graph_are_not_shown(Value):
    w, x = Value(-0.6, "w"), Value(2.0, "x")
    (w * x).backward()
    anew = (w * x).tanh()
    scene = draw(anew).scene
    assert not scene.has_gradients
    assert [card.gradient for card in scene.cards] == [None] * 4
    assert ag.snapshot(anew).gradients == [0.0] * 4
    anew.backward()
    assert draw(anew).scene.cards[0].gradient == w.grad


def test_pieces_of_an_unfolded_value_are_lit_with_what_they_belong_to(Value):
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    y = ag.dot([a, b], [b, c]) + ag.sum([a, b, c])
    for name, lit in [
        ("a", "v0 v3 v3p0 v4 v4p1 v5"),
        ("c", "v2 v3 v3p1 v4 v5"),
        ("a + b + c", "v0 v1 v2 v4 v4p1 v5"),  # the sum
    ]:
        cards = draw(y, unfold=True, highlight=name).scene.cards
        assert {card.key for card in cards if not card.dimmed} == set(lit.split())


def test_a_nan_that_was_one_before_is_no_change(Value):
    y = Value(float("nan"), "x") * Value(2.0, "w")
    colors = [e.get("class") for e in parts(parsed(draw(y, before=y)), part="data")]
    assert colors == ["ag-f-nan", "ag-f-ink", "ag-f-nan"]
    z = Value(0.0, "z")
    y = z.sqrt() * 0.0
    y.backward()  # the gradient of z is nan
    assert "was" not in draw(y, before=ag.snapshot(y)).svg


def test_the_line_of_text_names_the_result_that_a_group_hides(Value):
    x = Value(1.0, "x")
    y = x
    for _ in range(300):
        y = y * 0.99
    y.label = "y"
    assert str(draw([y, y])) == "Computation graph of y: 301 values, folded into 2"
    assert str(draw([x * 2.0, x])) == "Computation graph of x·2, x: 2 values"


def test_arrows_on_squares_stand_out_from_any_depth():
    from autograd_lite.views.graph.scene import Square
    from autograd_lite.views.picture.card_drawing import _square
    from autograd_lite.views.theme import ROLES

    for strength in (0.0, 0.1, 0.3, 0.5, 0.7, 0.87, 0.9, 1.0):
        for gradient, role in ((1.0, "positive-line"), (-1.0, "negative-line")):
            svg = ET.fromstring(_square(Square(gradient, strength), 0.0, 0.0))
            depth = float(svg.find("rect").get("fill-opacity"))
            ink = svg.find("path").get("class").removeprefix("ag-f-")
            for theme in (0, 1):
                card, color, arrow = (rgb(ROLES[name][theme]) for name in ("card", role, ink))
                behind = [depth * a + (1.0 - depth) * b for a, b in zip(color, card)]
                assert contrast(arrow, behind) > 2.6, (strength, role, theme)


def rgb(color):
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def contrast(one, other):
    """As WCAG 2 has it."""

    def light(color):
        linear = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in (part / 255 for part in color)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    ratio = light(one) / light(other)
    return max(ratio, 1.0 / ratio)


def test_text_can_be_read_on_every_ground_in_both_themes():
    from autograd_lite.views.theme import ROLES

    grounds = ("ground", "card", "leaf", "positive-tint", "negative-tint", "zero-tint")
    for text in ("ink", "muted", "accent", "positive", "negative"):
        for ground in grounds:
            for theme in (0, 1):
                pair = rgb(ROLES[text][theme]), rgb(ROLES[ground][theme])
                assert contrast(*pair) >= 4.5, (text, ground, theme)


# What people pass ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"highlight": None}, ValueError, "takes Values and names, got None"),
        ({"highlight": 5}, ValueError, "takes Values and names, got int 5"),
        ({"highlight": "no"}, ValueError, "'no', which is no part of this graph; there are x, x·2"),
        ({"name_from": [1]}, TypeError, "a dict of variables, as .* got list"),
        ({"name_from": "abc"}, TypeError, "a dict of variables, as .* got str 'abc'"),
    ],
)
def test_what_is_no_name_is_told(Value, options, error, message):
    with pytest.raises(error, match=message):
        draw(Value(1.0, "x") * 2.0, **options)


def test_odd_variables_name_what_they_can(Value):
    class Odd:
        def __repr__(self):
            raise RuntimeError("no text")

    x, w = Value(1.0), Value(2.0)
    scene = draw(x * w, name_from={"d": {Odd(): x}, "w" * 10_000: w, 3: w}).scene
    assert [card.name for card in scene.cards] == ["d[…]", "w" * 12 + "…" + "w" * 11, "v0"]


def test_iterators_are_read_once_and_kept(Value):
    x = Value(1.0, "x")
    total = ag.sum([x, Value(2.0), Value(3.0)])
    picture = draw(total, unfold=iter([total]), highlight=iter([x]))
    assert {"part"} < {card.kind for card in picture.scene.cards}
    y = x
    for _ in range(300):
        y = y * 0.99
    folded = draw(y, highlight=iter([x]), unfold=frozenset())
    assert [card.highlighted for card in folded.scene.cards][:2] == [True, False]


def test_the_class_of_a_model_is_no_model():
    import nn

    with pytest.raises(TypeError, match=r"got the class MLP: make one first, MLP\(\.\.\.\)"):
        draw(nn.MLP)


def test_a_program_has_no_graph(Value):
    with pytest.raises(TypeError, match=r"has no graph, but a tape, which draw_dot draws"):
        draw(ag.compile(lambda x: x * x))


def test_a_list_that_holds_itself_is_drawn_all_the_same(Value):
    held = [Value(1.0, "x")]
    held += [held, {"again": held}]
    assert str(draw(held)) == "Computation graph of x: 1 value"


def test_a_snapshot_is_taken_of_all_that_can_be_drawn():
    import nn

    net = nn.MLP(2, [2], seed=0)
    before = ag.snapshot(net)
    net.layers[0].b[0].data += 1.0
    changed = [card.name for card in draw(net, before=before).scene.cards
               if card.before[0] != card.data]  # fmt: skip
    assert len(changed) == 2  # the bias and one output
    with pytest.raises(TypeError, match="nothing to draw in list"):
        ag.snapshot([])


def test_the_sign_of_a_primitive_stays_on_one_line(Value):
    odd = ag.Primitive("odd", lambda x: x, lambda out, x: (1.0,), label="two\nlines" + "!" * 500)
    card = draw(odd(Value(1.0))).scene.cards[1]
    assert card.operation == "two lines" + "!" * 30 + "…"


def test_a_compiled_function_draws_nothing(Value):
    @ag.compile
    def square(x):
        y = x * x
        draw(y)
        return y

    with pytest.raises(ag.TraceError, match=r"draw in a compiled function .*test_draw\.py"):
        square(2.0)


# Leaves whose gradient is not what the lines bring ------------------------------------------------


def legend_of(root):
    return [note.words for note in notes(draw(root).scene) if note.mark in ("neutral", "kept")]


def two_leaves(Value):
    x, w = Value(3.0, label="x"), Value(-2.0, label="w")
    y = w * x + 5
    y.label = "y"
    return x, w, y


ADDED = "not of these lines alone: all uses and calls of backward() add up in {}"


def test_gradients_that_were_set_to_0_do_not_say_that_the_result_is_flat(Value):
    x, w, y = two_leaves(Value)
    y.backward()
    assert legend_of(y) == []
    x.grad = 0.0
    w.grad = 0.0
    assert legend_of(y) == ["set to 0 after backward()"]


def test_a_gradient_of_several_calls_has_a_note_beside_lines_that_bring_one(Value):
    _, w, y = two_leaves(Value)
    y.backward()
    y.backward()
    assert (w.grad, y.grad) == (6.0, 1.0)
    assert set(legend_of(y)[0].rpartition(" in ")[2].split(", ")) == {"w.grad", "x.grad"}
    w.grad = 3.0
    assert legend_of(y) == [ADDED.format("x.grad")]
    with speaking("zh"):
        assert legend_of(y) == ["不只来自这些线：x.grad 把各处使用、历次 backward() 的梯度加在一起"]


def test_what_is_flat_says_so_beside_what_was_set_to_0(Value):
    x, w = Value(-1.0, label="x"), Value(2.0, label="w")
    y = x.relu() + w
    y.backward()
    assert legend_of(y) == ["ReLU(x) + w is flat here, or has a kink"]
    w.grad = 0.0
    assert legend_of(y) == ["ReLU(x) + w is flat here, or has a kink; set to 0 after backward()"]
    cancels = x - x
    x.grad = 0.0
    cancels.backward()
    assert legend_of(cancels) == ["x − x is flat here, or has a kink"]
