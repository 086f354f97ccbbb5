"""The site that runs the notebooks in a browser: built, served under a sub-path, opened, run."""

from __future__ import annotations

import functools
import hashlib
import http.server
import importlib.util
import json
import math
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILDER = ROOT / "notebooks" / "lite.py"
(FIRST,) = (ROOT / "notebooks").glob("01-*.ipynb")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def build(folder):
    command = [sys.executable, str(BUILDER), "--output", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def sums(folder):
    """Each file of the site and its check sum."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the site in its folder `autograd_lite`."""
    for needed in ("jupyterlite_core", "jupyterlite_pyodide_kernel", "jupyter_server", "anywidget"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed (extra [lite])")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed; Pyodide comes from there")
    folder = tmp_path_factory.mktemp("server")
    build(folder / "autograd_lite")
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class Notebook:
    """A notebook, open in the site."""

    def __init__(self, page, base, file=FIRST):
        self.page = page
        path = file.relative_to(ROOT).as_posix()
        page.goto(f"{base}/lab/index.html?path={path}")
        page.wait_for_function(
            """name => {
                const w = window.jupyterapp?.shell.currentWidget;
                return w?.context?.isReady && w.context.path.endsWith(name)
                    && w.sessionContext?.session?.kernel;
            }""",
            arg=file.name,
            polling=500,  # not by frames: a page that is not in front may draw none
            timeout=180_000,  # all processors may be busy with other tests
        )

    def do(self, javascript, argument=None):
        """What the body of a function with the notebook's widget `w` and `model` returns."""
        return self.page.evaluate(
            f"""argument => {{
                const w = jupyterapp.shell.currentWidget, model = w.content.model.sharedModel;
                const late = new Error("no answer in 180 s: did the kernel start?");
                const end = new Promise((_, reject) => setTimeout(() => reject(late), 180_000));
                return Promise.race([end, (async () => {{ {javascript} }})()]);
            }}""",
            argument,
        )

    def run_all(self):
        """Press `run all cells`; returns the code cells with their outputs."""
        self.do("await jupyterapp.commands.execute('notebook:run-all-cells')")
        cells = self.do("return w.model.toJSON()")["cells"]
        return [cell for cell in cells if cell["cell_type"] == "code"]

    def run(self, *sources):
        """The outputs of cells with these sources, which take the place of all cells."""
        self.do(
            """model.deleteCellRange(0, model.cells.length);
               const cell = source => ({cell_type: 'code', source, metadata: {}, outputs: []});
               model.insertCells(0, argument.map(cell));""",
            list(sources),
        )
        return ["".join(map(text, cell["outputs"])) for cell in self.run_all()]


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")


def same(text, expected):
    """Whether the texts agree, numbers up to rounding: another libm may round tanh otherwise."""
    numbers = zip(map(float, NUMBER.findall(text)), map(float, NUMBER.findall(expected)))
    close = all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in numbers)
    return close and NUMBER.sub("#", text).split() == NUMBER.sub("#", expected).split()


def text(output):
    """An output as text, without addresses."""
    assert output["output_type"] != "error", "\n".join(output["traceback"])
    shown = output["text"] if "text" in output else output["data"].get("text/plain", "")
    return re.sub(r"0x[0-9a-f]+", "0x", "".join(shown))


@pytest.fixture(scope="module")
def notebook(site):
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (extra [browser])"
    )
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    base = f"{origin}/autograd_lite"
    outside = []

    def seen(request):
        if not request.url.startswith((f"{origin}/", "data:", "blob:")):
            outside.append(request.url)

    def with_a_handle(route):
        """The settings as they are, and the application where a test can reach it."""
        settings = route.fetch().json()
        settings["jupyter-config-data"]["exposeAppInBrowser"] = True
        route.fulfill(json=settings)

    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def a_reader():
            """A page of a reader who was not here before: the site restores what was open."""
            context = browser.new_context()
            context.set_default_timeout(90_000)
            context.on("request", seen)
            context.route(f"{base}/jupyter-lite.json*", with_a_handle)
            return context.new_page()

        notebook = Notebook(a_reader(), base)
        notebook.base, notebook.outside, notebook.a_reader = base, outside, a_reader
        yield notebook
        browser.close()
    server.shutdown()
    server.server_close()


def test_the_first_notebook_gives_its_stored_outputs(notebook):
    stored = json.loads(FIRST.read_text(encoding="utf-8"))["cells"]
    stored = [cell for cell in stored if cell["cell_type"] == "code"]
    ran = notebook.run_all()
    assert len(ran) == len(stored) > 15
    for cell, expected in zip(ran, stored):
        assert cell["execution_count"], cell["source"]
        assert len(cell["outputs"]) == len(expected["outputs"]), cell["source"]
        for output, wanted in zip(cell["outputs"], expected["outputs"]):
            picture = "".join(wanted.get("data", {}).get("image/svg+xml", ""))
            if not picture:
                assert same(text(output), text(wanted)), (text(output), text(wanted))
            elif "Generated by graphviz" in picture:
                assert "DOT language" in text(output)  # no program can run in a browser
            else:
                assert "".join(output["data"]["image/svg+xml"]).lstrip().startswith("<svg")
    printed = [text(output) for cell in ran for output in cell["outputs"]]
    assert any("dy/dw1  = +1.4232" in said for said in printed)
    assert notebook.outside == []


@pytest.mark.parametrize(
    "number",
    ["00", "12", *(pytest.param(number, marks=pytest.mark.long) for number in ("04", "07b", "10"))],
)
def test_notebooks_print_what_is_stored(notebook, number, request):
    (path,) = (ROOT / "notebooks").glob(f"{number}-*.ipynb")
    page = notebook.a_reader()
    request.addfinalizer(page.context.close)
    training = Notebook(page, notebook.base, path)
    start = time.perf_counter()
    finished = page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    took = time.perf_counter() - start
    cells = training.do("return w.model.toJSON()")["cells"]
    failed = [
        (cell["source"], out["ename"], out["evalue"])
        for cell in cells
        for out in cell.get("outputs", [])
        if out["output_type"] == "error"
        and "raises-exception" not in cell["metadata"].get("tags", [])
    ]
    assert not failed
    assert finished is not False
    ran = [cell for cell in cells if cell["cell_type"] == "code"]
    stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
    stored = [cell for cell in stored if cell["cell_type"] == "code"]
    for cell, expected in zip(ran, stored):
        assert cell["execution_count"], cell["source"]
        one, other = (
            "".join(text(out) for out in each["outputs"] if out.get("name") == "stdout")
            for each in (cell, expected)
        )
        one = one.replace("\n,", "\n")  # a stream of several messages comes joined by commas
        assert same(one, other), (one, other)
    print(f"notebook {number}: {took:.1f} s")


def test_a_net_is_trained_and_saved_and_data_and_examples_are_there(notebook):
    accuracy, backend, names, size, slope = notebook.run(
        """import nn
data = nn.datasets.iris()
net = nn.Sequential(nn.Linear(4, 8, seed=3), nn.Tanh(), nn.Linear(8, 3, seed=2))
history = nn.fit(net, data, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.05),
                 epochs=10, seed=0, metrics="accuracy")
history["accuracy"][-1] > 0.9""",
        "import autograd_lite; autograd_lite.backend",
        "len(nn.datasets.names()), len(open('../examples/gpt.py').read())",
        "net.save('net.json'); import os; os.path.getsize('net.json') > 1000",
        "autograd_lite.compile(lambda x: x**3).grad(2.0)",
    )
    assert accuracy.endswith("True")
    assert "Warning" not in accuracy
    assert (backend, size, slope) == ("'python'", "True", "12.0")
    assert eval(names) == (5163, len((ROOT / "examples" / "gpt.py").read_text()))
    assert notebook.outside == []


def test_a_widget_is_live_in_both_directions(notebook):
    notebook.run(
        '''import anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = """export default { render({ model, el }) {
        const button = document.createElement("button");
        const show = () => { button.textContent = `count ${model.get("n")}`; };
        button.id = "counter";
        button.onclick = () => { model.set("n", model.get("n") + 1); model.save_changes(); };
        model.on("change:n", show);
        show();
        el.append(button);
    } }"""
    n = traitlets.Int(3).tag(sync=True)
counter = Counter()
counter'''
    )
    button = notebook.page.locator("#counter")
    assert button.text_content() == "count 3"
    button.click()
    seen = notebook.do(
        """const source = 'print(counter.n); counter.n = 40';
           const cell = {cell_type: 'code', source, metadata: {}, outputs: []};
           model.insertCells(model.cells.length, [cell]);
           w.content.activeCellIndex = model.cells.length - 1;
           await jupyterapp.commands.execute('notebook:run-cell');
           return w.model.toJSON().cells.at(-1).outputs[0].text;"""
    )
    assert "".join(seen).strip() == "4"
    notebook.page.wait_for_function("document.querySelector('#counter').textContent == 'count 40'")
    assert notebook.outside == []


def test_a_picture_is_in_the_page(notebook):
    notebook.run(
        """class Picture:
    def _repr_mimebundle_(self, **options):
        svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>dot</title></svg>'
        return {"image/svg+xml": svg, "text/plain": "dot"}
Picture()"""
    )
    assert notebook.page.locator(".jp-RenderedSVG").count() == 1


def test_what_is_not_there_is_not_looked_for_elsewhere(notebook):
    with pytest.raises(AssertionError, match="PyPI fallback is disabled"):
        notebook.run("%pip install numpy")
    assert notebook.outside == []


def test_the_first_page_leads_to_every_notebook(notebook):
    page = notebook.a_reader()
    page.goto(f"{notebook.base}/")
    links = page.locator("li > a")
    assert links.count() == len(list((ROOT / "notebooks").rglob("[0-9]*.ipynb")))
    links.first.click()
    page.wait_for_selector(".jp-RenderedHTMLCommon h1")
    assert page.locator(".jp-RenderedHTMLCommon h1").first.text_content().startswith("0. ")
    page.context.close()
    assert notebook.outside == []


def test_two_builds_are_the_same(site, tmp_path):
    build(tmp_path / "again")
    first = sums(site / "autograd_lite")
    assert sums(tmp_path / "again") == first
    assert len(first) > 100


@pytest.fixture
def builder():
    spec = importlib.util.spec_from_file_location("lite", BUILDER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_folder_with_other_files_is_left_alone(builder, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SystemExit, match="wants a new folder or an older site"):
        builder.build(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_what_a_package_needs_comes_with_it(builder):
    packages = {name: {"depends": needs} for name, needs in
                {"a": ["B_1"], "b-1": ["c", "a"], "c": [], "d": []}.items()}  # fmt: skip
    assert builder.closure(["a"], packages) == ["a", "b-1", "c"]


def test_compiled_wheels_are_those_of_the_lock_file(builder, tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "pyodide_version", lambda: "1.0")
    (tmp_path / "numpy.whl").write_bytes(b"numpy")
    total = hashlib.sha256(b"numpy").hexdigest()
    packages = {
        "numpy": {"depends": [], "file_name": "numpy.whl", "sha256": total},
        "matplotlib": {"depends": ["numpy"], "file_name": "plots.whl", "sha256": total},
    }
    with pytest.raises(SystemExit, match=r"Pyodide 1.0: no plots.whl there"):
        builder.compiled_wheels(packages, tmp_path)
    (tmp_path / "plots.whl").write_bytes(b"something else")
    with pytest.raises(SystemExit, match="is not the file"):
        builder.compiled_wheels(packages, tmp_path)
    (tmp_path / "plots.whl").write_bytes(b"numpy")
    assert sorted(builder.compiled_wheels(packages, tmp_path)) == ["matplotlib", "numpy"]


def test_without_npm_it_says_what_to_install(builder, tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "cache", lambda: tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"npm is needed to download pyodide@1.0.*Node"):
        builder.from_npm("pyodide@1.0")


def test_imports_that_the_site_does_not_have_are_seen(builder):
    cells = [("code", "import os\nfrom numpy import pi\n"), ("markdown", "import this")]
    notebook = {"cells": [{"cell_type": kind, "source": [code]} for kind, code in cells]}
    assert builder.imports(notebook) == {"os", "numpy"}
