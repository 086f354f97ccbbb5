"""Files that pictures are saved as, each opened by the program that it is for, where there is."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from xml.etree import ElementTree as ET

import pytest

import autograd_lite as ag
import nn
from autograd_lite import Value, draw, step
from autograd_lite.views.charts import lines
from autograd_lite.views.output.svg import size_of

HOSTILE = (
    r"\input{/etc/passwd}", "50% of #1 & $x^2$ ~ {", r"\end{document}", "^^M^^5cx", "x\n\\bye",
    '%%{init: {"theme":"dark"}}%%', '<img src=x onerror="alert(1)">', '"]; click n0 call f()',
    "`code` [a](javascript:1)", "- end", "1. one", "$$x$$", "a|b", "#35;", "é ł ß",
)  # fmt: skip


def neuron() -> Value:
    x, w, b = Value(2.0, "x"), Value(-0.6, "w"), Value(1.3, "b")
    y = (x * w + b).tanh()
    y.label = "y"
    y.backward()
    return y


def hostile() -> Value:
    root = Value(2.0, HOSTILE[0])
    for label in HOSTILE[1:]:
        root = root * Value(2.0, label)
    root.backward()
    return root


def not_finite() -> Value:
    root = Value(-1.0, "x").log() * Value(math.inf, "λ")
    root.backward()
    return root


def net_picture():
    loss = (nn.MLP(2, [4, 1], seed=1)([Value(0.5, "x0"), Value(-0.5, "x1")])[0] - 1.0) ** 2
    loss.backward()
    return draw(loss)


def chinese() -> Value:
    root = Value(2.0, "权重") * Value(-3.0, "λ₂")
    root.backward()
    return root


def batch():
    data, model = nn.datasets.moons(20, seed=0), nn.MLP(2, [8, 1], seed=0)
    root = nn.mse([model(x)[0] for x in data.x], data.y)
    root.backward()
    return draw(root)


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def needs(*programs):
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"the program {program} is not installed")


def needs_a_chinese_font():
    needs("fc-list")
    if not run("fc-list", ":lang=zh"):
        pytest.skip("no font with Chinese letters is installed")


# Which options belong to which ending -------------------------------------------------------------


def test_an_option_that_makes_no_difference_is_refused(tmp_path):
    picture = draw(neuron())
    for name, options, told in (
        ("a.html", {"theme": "dark"}, r"theme is an option of \.svg, \.png, \.pdf; 'a\.html' has"),
        ("a.svg", {"scale": 3}, r"scale is an option of \.png; 'a\.svg' has none such"),
        ("a.tex", {"transparent": True}, r"transparent is an option of \.svg, \.png, \.pdf; "),
    ):
        with pytest.raises(ValueError, match=told):
            picture.save(tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_who_has_which_endings(tmp_path):
    usual = [".svg", ".png", ".pdf", ".html"]
    for view, endings in (
        (draw(neuron()), [*usual, ".tex", ".mmd", ".dot"]),
        (net_picture(), [*usual, ".tex", ".dot"]),
        (step(neuron()), [*usual, ".tex", ".mmd"]),
        (lines({"loss": [1.0, 0.5]}), usual),
    ):
        with pytest.raises(ValueError, match=r"the ending '\.xyz' is not known") as told:
            view.save(tmp_path / "a.xyz")
        listed = str(told.value).partition(" as one of ")[2].partition(";")[0].split(", ")
        assert [ending for ending in listed if ending in {*usual, ".tex", ".mmd", ".dot"}] == (
            endings
        )


def test_a_transparent_picture_has_no_ground(tmp_path):
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    image = pytest.importorskip("matplotlib.image", reason="reads the picture (extra [dev])")
    for view in (draw(neuron()), net_picture(), step(neuron()), lines({"loss": [1.0, 0.5]})):
        corners = [
            image.imread(view.save(tmp_path / "a.png", transparent=clear, scale=1))[40, 3, -1]
            for clear in (True, False, None)
        ]
        assert corners == [0.0, 1.0, 1.0]
        assert 'data-part="ground"' not in view.save(
            tmp_path / "a.svg", transparent=True
        ).read_text("utf-8")


# PDF ----------------------------------------------------------------------------------------------


@pytest.fixture(params=["typst", "rsvg-convert"])
def pdf_writer(request, monkeypatch):
    if request.param == "typst":
        if find_spec("typst") is None:
            pytest.skip("typst is not installed (extra [pdf])")
    else:
        needs("rsvg-convert")
        monkeypatch.setitem(sys.modules, "typst", None)
    return request.param


def test_a_pdf_has_text_as_text_in_its_own_fonts(pdf_writer, tmp_path):
    needs("pdftotext", "pdffonts", "pdfinfo")
    needs_a_chinese_font()
    picture = draw(chinese())
    path = picture.save(tmp_path / "a.pdf")
    text = run("pdftotext", str(path), "-")
    assert all(shown in text for shown in ("权重", "λ₂", "▼ −3", "−6")), text
    fonts = run("pdffonts", str(path)).splitlines()[2:]
    assert fonts
    assert all(re.search(r" yes (yes|no ) yes ", font) for font in fonts), (
        fonts
    )  # embedded, Unicode
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", run("pdfinfo", str(path)))
    wide, high = map(float, size.groups())
    assert (wide, high) == pytest.approx([0.75 * x for x in size_of(picture.svg)], abs=1.0)


def test_a_pdf_is_drawn_with_the_colors_of_its_theme(pdf_writer, tmp_path):
    needs("pdftoppm")
    image = pytest.importorskip("matplotlib.image", reason="reads the picture (extra [dev])")
    for view in (draw(neuron()), net_picture(), lines({"loss": [1.0, 0.5]})):
        for theme, ground in ((None, 255), ("light", 255), ("dark", 17)):
            path = view.save(tmp_path / "a.pdf", theme=theme)
            run("pdftoppm", "-r", "96", "-png", "-singlefile", str(path), str(tmp_path / "a"))
            pixels = image.imread(tmp_path / "a.png")
            assert round(255 * float(pixels[40, 3, 0])) == ground
            assert len({tuple(pixel) for row in pixels[::7, ::7] for pixel in row}) > 4


def test_a_pdf_needs_a_writer_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ImportError, match=r"pip install 'autograd_lite\[pdf\]'"):
        draw(Value(1.0)).save(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


# TikZ ---------------------------------------------------------------------------------------------


def typeset(path, program="pdflatex"):
    """What a file of TeX prints; nothing may be missing or stand out."""
    needs(program, "pdftotext")
    run(program, "-interaction=nonstopmode", "-halt-on-error", path.name, cwd=path.parent)
    log = path.with_suffix(".log").read_text("utf-8", "replace")
    assert not re.search(r"Missing character|Overfull|LaTeX (Font )?Warning", log), log[-3000:]
    return run("pdftotext", "-layout", str(path.with_suffix(".pdf")), "-")


@pytest.mark.slow
def test_tikz_of_cards_compiles_and_shows_the_numbers(tmp_path):
    text = typeset(draw(neuron()).save(tmp_path / "a.tex"))
    for shown in ("−0.6", "0.0997", "1.98", "tanh"):
        assert shown in text
    source = (tmp_path / "a.tex").read_text("utf-8")
    assert r"{${\times}\,{-0.6}$}" in source  # the local derivative, as a formula
    assert source.count(r"\begin{scope}") == 6  # a card each


@pytest.mark.slow
@pytest.mark.parametrize(
    "view",
    [
        lambda: draw((Value(2.0, "x") * 3.0).tanh()),
        lambda: draw(not_finite()),
        lambda: draw(neuron(), highlight=["w"], direction="down"),
        lambda: draw(nn.Neuron(3, seed=0)([Value(1.0), Value(-2.0), Value(0.5)]), unfold=True),
        batch,
        net_picture,
        lambda: draw(nn.MLP(2, [8, 3], seed=1)),
        lambda: step(neuron()),
    ],
    ids=["no gradient", "nan", "highlight", "pieces", "groups", "net", "weights", "stepper"],
)
def test_tikz_of_other_pictures_compiles(view, tmp_path):
    typeset(view().save(tmp_path / "a.tex"))


def test_no_two_names_of_a_picture_in_tikz_are_alike(tmp_path):
    w1, w_1, w_in_a_list = Value(2.0, "w1"), Value(3.0, "w_1"), Value(4.0, "w[1]")
    cards = draw(w1 * w_1 + w_in_a_list).save(tmp_path / "cards.tex").read_text("utf-8")
    for name in (r"w_{1}", r"\mathrm{w\_1}", r"w_{1} \cdot \mathrm{w\_1}", r"\mathrm{w[1]}"):
        assert cards.count(f"{{${name}$}}") == 1
    net = draw(nn.MLP(2, [3, 1], seed=1)([Value(1.0, "x1"), Value(2.0, "x_1")])[0], style="net")
    discs = net.save(tmp_path / "net.tex").read_text("utf-8")
    for name in (r"x_{1}", r"\mathrm{x\_1}"):
        assert discs.count(f"{{${name}$}}") == 1


@pytest.mark.slow
def test_a_label_is_only_printed_by_tex(tmp_path):
    picture = draw(hostile())
    path = picture.save(tmp_path / "a.tex")
    text = typeset(path)
    for printed in (r"\input{/etc/passwd}", "50% of #1 & $x", r"\end{document}", "M", "alert(1)"):
        assert printed in text
    assert "root:" not in text
    source = path.read_text("utf-8")
    assert source.count(r"\end{document}") == 1 + source.count(r"% \end{document}")
    assert source.endswith("\\end{tikzpicture}%\n\\agfinish\n")


@pytest.mark.slow
def test_tikz_stands_in_a_document(tmp_path):
    draw(neuron()).save(tmp_path / "neuron.tex")
    net_picture().save(tmp_path / "net.tex")
    document = tmp_path / "paper.tex"
    document.write_text(
        r"\documentclass{article}\usepackage{tikz,amsmath,amssymb}\begin{document}"
        r"\noindent\resizebox{\linewidth}{!}{\input{neuron}}\par between\par\noindent"
        r"\resizebox{\linewidth}{!}{\input{net}}\par after\end{document}",
        encoding="utf-8",
    )
    text = typeset(document)
    assert text.index("tanh") < text.index("between") < text.index("inputs") < text.index("after")


@pytest.mark.slow
def test_names_in_chinese_want_a_tex_that_knows_unicode(tmp_path):
    needs_a_chinese_font()
    path = draw(chinese()).save(tmp_path / "a.tex")
    assert "权重" in typeset(path, "lualatex")
    needs("pdflatex")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode != 0
    assert "need lualatex" in done.stdout.replace("\n", "")


def test_a_picture_too_large_for_tex_is_told(tmp_path):
    root = Value(1.0, "x")
    for _ in range(300):
        root = root.tanh()
    with pytest.raises(ValueError, match=r"too large for TeX, [\d,]+ × [\d,]+ units: save it as"):
        draw(root, direction="down", max_cards=1000, level="operation").save(tmp_path / "a.tex")


# Mermaid ------------------------------------------------------------------------------------------


def rendered(path):
    """A diagram as Mermaid's own program draws it: the SVG."""
    needs("mmdc")
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium on the PATH (or in $CHROMIUM)")
    config = path.with_suffix(".json")
    config.write_text(json.dumps({"executablePath": browser, "args": ["--no-sandbox"]}), "utf-8")
    out = path.with_suffix(".svg")
    run("mmdc", "-q", "-p", str(config), "-i", str(path), "-o", str(out))
    return ET.fromstring(out.read_text("utf-8"))


def classed(svg, name):
    return [e for e in svg.iter() if name in (e.get("class") or "").split()]


def test_mermaid_draws_a_node_for_each_card_and_an_arrow_for_each_line(tmp_path):
    root = neuron()
    square = root * root
    square.backward()
    picture = draw(square)
    svg = rendered(picture.save(tmp_path / "a.mmd"))
    texts = ["".join(e.itertext()) for e in classed(svg, "node")]
    assert len(texts) == len(picture.scene.cards) == 7
    assert any("y = tanh(x × w + b)" in text and "0.0997" in text for text in texts), texts
    arrows = classed(svg, "flowchart-link")
    assert len(arrows) == len(picture.scene.edges) == 7  # two of them for y * y
    assert sum("stroke:#d9702c" in (e.get("style") or "").replace(" ", "") for e in arrows) == 1
    labels = {"".join(e.itertext()).strip() for e in classed(svg, "edgeLabel")}
    assert {"× −0.6", "× 2", "× 0.99"} <= labels


def test_a_label_is_only_printed_by_mermaid(tmp_path):
    svg = rendered(draw(hostile()).save(tmp_path / "a.mmd"))
    text = "\n".join("".join(e.itertext()) for e in classed(svg, "node"))
    for label in HOSTILE:
        shown = " ".join(label.split()).replace("$$", "$\u200b$")
        assert shown[:8] in text, (label, text)
        assert shown[-6:] in text, (label, text)
    tags = {e.tag.rpartition("}")[2] for e in svg.iter()}
    assert not tags & {"img", "script", "a", "code", "em", "math"}
    assert classed(svg, "clickable") == []


def test_mermaid_draws_groups_and_what_is_not_finite(tmp_path):
    for view in (batch(), draw(not_finite()), step(neuron()), draw(neuron(), direction="down")):
        assert classed(rendered(view.save(tmp_path / "a.mmd")), "node")


def test_a_picture_too_large_for_mermaid_is_told(tmp_path):
    leaves = [Value(float(i), f"x{i}") for i in range(260)]
    root = ag.sum([x * x for x in leaves])
    picture = draw(root, level="operation", max_cards=1000)
    with pytest.raises(ValueError, match=r"at most 500 arrows, and this picture has 780"):
        picture.save(tmp_path / "a.mmd")
    deep = Value(1.0, "x")
    for _ in range(450):
        deep = deep * 1.0001
    deep.backward()
    with pytest.raises(ValueError, match=r"at most 50,000 characters, and this picture has"):
        draw(deep, level="operation", max_cards=1000).save(tmp_path / "a.mmd")
