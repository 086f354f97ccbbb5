"""Programs that show notebooks, and pages of others: each is run with views of ours in it."""

from __future__ import annotations

import base64
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
from autograd_lite.views.charts import lines

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
        check=True, capture_output=True, env=environment(), timeout=120,
    )  # fmt: skip
    tab.goto(notebook.with_suffix(".html").as_uri())
    assert tab.title() == "A neuron"
    assert tab.get_attribute("html", "lang") == "zh"
    assert tab.locator(".agv").count() == 3
    tab.keyboard.press("ArrowRight")
    tab.get_by_text("1 / 8").wait_for()
    assert [url for url in tab.requests if not url.startswith("file:")] == []


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
