"""Programs that show notebooks, and pages of others: each is run with views of ours in it."""

from __future__ import annotations

import base64
import io
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograd_lite import Value, draw, step
from autograd_lite.views.charts import lines, surface
from autograd_lite.views.theme import ROLES

ROOT = Path(__file__).parent.parent
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SETUP = """
from autograd_lite import Value, draw, step
x, w, b = Value(2.0, "x"), Value(-0.6, "w"), Value(1.3, "b")
y = (x * w + b).tanh()
y.backward()
"""


def environment():
    before = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), before]))}


@pytest.fixture(scope="module")
def browser():
    if find_spec("playwright") is None:
        pytest.skip("playwright is not installed (extra [browser])")
    if BROWSER is None:
        pytest.skip("no chromium on the PATH (or in $CHROMIUM)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.errors, page.requests = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.requests.append(request.url))
    yield page
    page.close()
    assert page.errors == []


# Notebooks ----------------------------------------------------------------------------------------


def test_a_png_stands_beside_the_svg():
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    root = Value(2.0, "x").tanh()
    for shown in (draw(root), step(root), root, lines({"loss": [1.0, 0.5]})):
        forms = shown._repr_mimebundle_()
        assert forms["image/svg+xml"].startswith("<svg")
        assert base64.b64decode(forms["image/png"]).startswith(b"\x89PNG")


def test_the_png_has_the_colors_of_the_picture():
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    image = pytest.importorskip("PIL.Image", reason="Pillow gives the PNG its palette")
    root = Value(2.0, "x") * Value(-0.6, "w")
    root.backward()
    png = image.open(io.BytesIO(base64.b64decode(draw(root)._repr_mimebundle_()["image/png"])))
    assert png.mode == "P"
    colors = {color for _, color in png.convert("RGB").getcolors()}
    assert {ROLES[role][0] for role in ("leaf", "positive-tint", "negative-tint", "ground")} <= {
        "#%02x%02x%02x" % color for color in colors
    }
    assert png.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_the_png_of_a_map_keeps_the_colors_of_thin_paths():
    """With 64 colours nearly all went into the tints, and every path was the same grey."""
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    image = pytest.importorskip("PIL.Image", reason="Pillow gives the PNG its palette")
    places = range(-9, 10)
    paths = {f"path {k}": [(x / 5, math.sin(x + k) / 2) for x in places[k:]] for k in range(4)}
    chart = surface(lambda x, y: x**2 + 10 * y**2, (-2.0, 2.0, -0.8, 0.8), paths=paths)
    forms = chart._repr_mimebundle_()
    png = image.open(io.BytesIO(base64.b64decode(forms["image/png"]))).convert("RGB")
    colors = {color for _, color in png.getcolors()}
    drawn = set(re.findall(r'stroke="#([0-9a-f]{6})"', forms["image/svg+xml"]))
    bright = [rgb for rgb in map(bytes.fromhex, drawn) if max(rgb) - min(rgb) > 60]
    assert len(bright) >= 3
    for rgb in bright:
        nearest = min(max(abs(a - b) for a, b in zip(rgb, color)) for color in colors)
        assert nearest < 45, rgb


def test_without_a_rasteriser_the_svg_stands_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    monkeypatch.setenv("PATH", "")
    assert "image/png" not in draw(Value(2.0, "x"))._repr_mimebundle_()


def write_notebook(path, *cells):
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    some = [new_markdown_cell("# A neuron"), *(new_code_cell(source) for source in cells)]
    nbformat.write(new_notebook(cells=some), path)
    return path


def test_nbconvert_writes_a_page_that_works_offline(tab, tmp_path):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = project.partition('[project.entry-points."nbconvert.exporters"]')[2]
    (entry,) = re.findall(r'^autograd_lite = "(\S+)"$', section, re.MULTILINE)
    notebook = write_notebook(tmp_path / "neuron.ipynb", SETUP, "step(y)", "draw(y)", "y")
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", entry.replace(":", "."),
         "--PageExporter.language=zh", str(notebook)],
        check=True, capture_output=True, env=environment(), timeout=300,
    )  # fmt: skip
    tab.goto(notebook.with_suffix(".html").as_uri())
    assert tab.title() == "A neuron"
    assert tab.get_attribute("html", "lang") == "zh"
    assert tab.locator(".agv").count() == 3
    tab.keyboard.press("ArrowRight")
    tab.get_by_text("1 / 8").wait_for()
    assert [url for url in tab.requests if not url.startswith("file:")] == []


def test_without_widgets_any_page_of_nbconvert_shows_pictures(tab, tmp_path):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    notebook = write_notebook(tmp_path / "neuron.ipynb", SETUP, "step(y)", "draw(y)")
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to=html", str(notebook)],
        check=True, capture_output=True, timeout=300,
        env={**environment(), "AUTOGRAD_LITE_WIDGETS": "0"},
    )  # fmt: skip
    tab.context.set_offline(True)
    tab.goto(notebook.with_suffix(".html").as_uri())
    pictures = tab.locator(".jp-RenderedSVG img").all()
    assert len(pictures) == 2
    for picture in pictures:
        picture.evaluate("image => image.decode()")  # fails where nothing can be shown
        assert picture.evaluate("image => image.clientWidth > 300 && image.clientHeight > 100")


def test_marimo_shows_live_views(tab, tmp_path):
    if find_spec("marimo") is None or find_spec("anywidget") is None:
        pytest.skip("marimo or anywidget is not installed (extras [browser,notebook])")
    cells = [SETUP + "return step, draw, y", "step(y)\nreturn", "draw(y)\nreturn", "y\nreturn"]
    needs = ["", "step, y", "draw, y", "y"]
    text = "import marimo\napp = marimo.App()\n"
    for cell, names in zip(cells, needs):
        inside = "\n".join("    " + line for line in cell.strip().splitlines())
        text += f"\n@app.cell\ndef _({names}):\n{inside}\n"
    (tmp_path / "neuron.py").write_text(text, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "marimo", "run", "neuron.py", "--headless", "--no-token",
         f"--port={port}", "--host=127.0.0.1"],
        cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        answers(f"http://127.0.0.1:{port}")
        tab.goto(f"http://127.0.0.1:{port}")
        tab.locator(".agv .agv-stage").nth(2).wait_for(timeout=60_000)
        assert tab.locator(".agv").count() == 3
        stepper = tab.locator(".agv-step")
        stepper.get_by_text("0 / 8").wait_for()
        stepper.locator("svg.ag").first.click()
        tab.keyboard.press("ArrowRight")
        stepper.get_by_text("1 / 8").wait_for()
    finally:
        server.terminate()
        server.wait(20)


def answers(url):
    """Wait until a server does."""
    for _ in range(150):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"{url} does not answer")


# <autograd-view> ----------------------------------------------------------------------------------

AROUND = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Around</title>
<meta name="viewport" content="width=device-width"><script src="autograd-view.js" defer></script>
<p>Before.</p>
<autograd-view src="step.html"><a href="step.html">A neuron, step by step</a></autograd-view>
<p>Between.</p>
<autograd-view src="net.html#" title="a net"></autograd-view><p>After.</p>"""
HEIGHTS = """() => [...document.querySelectorAll("iframe")].map((frame) => frame.clientHeight)"""
WANTED = "Math.ceil(document.querySelector('main').getBoundingClientRect().height)"


def heights(tab):
    """Those of the elements, once they are those of their pages."""
    for _ in range(200):
        found = tab.evaluate(HEIGHTS)
        if found == [frame.evaluate(WANTED) for frame in tab.frames[1:]]:
            return found
        tab.wait_for_timeout(50)
    pytest.fail(f"never as high as their pages: {found}")


@pytest.fixture
def around(tmp_path):
    import nn
    from autograd_lite.export import main

    root = (Value(2.0, "x") * Value(-0.6, "w") + 1.3).tanh()
    step(root).save(tmp_path / "step.html")
    loss = nn.MLP(2, [4, 1], seed=1)([0.5, -0.5])[0] ** 2
    loss.backward()
    draw(loss).save(tmp_path / "net.html")
    assert main(["--element", "-o", str(tmp_path / "autograd-view.js")]) == 0
    (tmp_path / "around.html").write_text(AROUND, encoding="utf-8")
    return (tmp_path / "around.html").as_uri()


@pytest.mark.parametrize("wide", [360, 820, 1280])
def test_the_element_is_as_high_as_its_page(tab, around, wide):
    tab.set_viewport_size({"width": wide, "height": 700})
    tab.goto(around)
    for k in range(2):
        tab.locator("autograd-view").nth(k).scroll_into_view_if_needed()
        tab.frame_locator("iframe").nth(k).locator(".agv-framed svg.ag").first.wait_for()
    first = heights(tab)
    for frame in tab.frames[1:]:
        assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert all(200 < height < 1400 for height in first), first
    tab.wait_for_timeout(300)
    assert tab.evaluate(HEIGHTS) == first, "it does not grow by itself"
    frame = tab.frames[2]
    frame.get_by_text("All numbers as a table").click()
    tab.wait_for_function(f"{HEIGHTS.removeprefix('() => ')}[1] > {first[1]} + 50")
    assert [url for url in tab.requests if not url.startswith("file:")] == []


def test_the_element_steps_and_takes_the_theme_of_the_page_around(tab, around):
    tab.goto(around)
    frame = tab.frame_locator("iframe").first
    frame.locator(".agv-stage svg.ag").first.click()
    tab.keyboard.press("ArrowRight")
    frame.locator(".agv-count", has_text="1 /").wait_for()
    assert tab.locator("iframe").first.get_attribute("title") == "A neuron, step by step"
    assert frame.get_by_role("heading", level=1).count() == 1
    ground = "getComputedStyle(document.body).backgroundColor"
    assert tab.frames[1].evaluate(ground) == "rgb(255, 255, 255)"
    tab.evaluate("document.body.dataset.theme = 'dark'")
    tab.frames[1].wait_for_function(f"{ground} === 'rgb(17, 21, 27)'")
    frame.locator('.agv[data-theme="dark"]').wait_for()
    tab.evaluate("delete document.body.dataset.theme")
    tab.frames[1].wait_for_function(f"{ground} === 'rgb(255, 255, 255)'")


def test_messages_of_others_do_not_move_the_element(tab, around):
    tab.goto(around)
    tab.frame_locator("iframe").first.locator(".agv-framed .agv-body").wait_for()
    before = heights(tab)
    tab.evaluate("postMessage({ autogradView: 5000 }, '*')")
    tab.frames[1].evaluate("parent.postMessage({ autogradView: 'tall' }, '*')")
    tab.wait_for_timeout(200)
    assert tab.evaluate(HEIGHTS) == before


def test_without_script_the_element_is_a_link(browser, around):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(around)
    assert page.get_by_role("link", name="A neuron, step by step").is_visible()
    page.context.close()


def test_either_a_notebook_or_the_element_is_written(capsys):
    from autograd_lite.export import main

    for arguments in ([], ["--element", "a.ipynb"]):
        with pytest.raises(SystemExit):
            main(arguments)
        assert "either a notebook or --element" in capsys.readouterr().err
