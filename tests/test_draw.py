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
    assert said(cards["w"], "symbol") == ["∂L"]
    assert said(cards["w"], "gradient-text") == ["▼ " + number(abs(w.grad))]
    assert said(cards["L"], "gradient-text") == ["▲ 1"]
    assert cards["w"].attrib["data-kind"] == "leaf"


def test_a_line_carries_the_local_derivative(Value):
    x, w = Value(2.0, "x"), Value(-0.6, "w")
    picture = parsed(draw(x * w))
    assert ["".join(e.itertext()) for e in parts(picture, label=None)] == ["×−0.6", "×2"]
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
    image = pytest.importorskip("matplotlib.image", reason="reads the picture (extra [plots])")
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
    with pytest.raises(ValueError, match=r"saved as one of \.svg, \.png, \.html, \.dot.*'\.jpeg'"):
        picture.save(tmp_path / "a.jpeg")
    with pytest.raises(ValueError, match="add the ending"):
        picture.save(tmp_path / "a")
    assert {p.suffix for p in tmp_path.iterdir()} == {".svg", ".DOT", ".html"}


def test_a_png_needs_a_rasteriser_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ImportError, match=r"pip install 'autograd_lite\[png\]'"):
        draw(ag.Value(1.0)).save(tmp_path / "a.png")


def test_a_picture_too_large_for_a_png_is_told(tmp_path):
    y = x = ag.Value(1.0, "x")
    for _ in range(600):
        y = y * 0.999 + x
    with pytest.raises(ValueError, match=r"too large for a PNG, .* units: save it as \.svg"):
        draw(y, level="operation").save(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_large_picture_has_fewer_pixels_in_a_png(tmp_path):
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    from autograd_lite.views.raster import png

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


def test_a_deep_chain_is_drawn_card_by_card(Value):
    y = x = Value(1.0, "x")
    for _ in range(5_000):
        y = y * 1.0001
    root = parsed(draw(y, max_cards=10_000))
    assert len(parts(root, card=None)) == 5_001
    assert len(parts(root, part="line")) == 5_000
    assert len(parts(parsed(draw(y)), card=None)) <= 150
    assert x.grad == 0.0


def test_a_notebook_shows_a_value_as_its_graph(Value):
    y = Value(2.0, "x") * 3.0
    bundle = y._repr_mimebundle_()
    assert bundle["text/plain"] == repr(y)
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "text/html" not in bundle
