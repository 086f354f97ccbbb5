"""Views in a real browser, Chromium, driven by playwright; skipped where there is none."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from importlib.util import find_spec

import pytest

import autograd_lite as ag
from autograd_lite.views.output.page import Section, page

BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ARROW_UP = """document.querySelector(".agv-pull").dispatchEvent(
    new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }))"""

if find_spec("playwright") is None:
    pytest.skip("playwright is not installed (extra [browser])", allow_module_level=True)
if BROWSER is None:
    pytest.skip("no chromium on the PATH (or in $CHROMIUM)", allow_module_level=True)


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, tmp_path):
    """Open a page of these sections; every error and every request is noted."""
    contexts = []

    def opened(sections, title="A page", url=None, **options):
        options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
        context = chromium.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.requests, tab.errors = [], []
        tab.on("request", lambda request: tab.requests.append(request.url))
        tab.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.on("console", lambda message: tab.errors.append(message.text))
        if url is None:
            path = tmp_path / f"page{len(contexts)}.html"
            path.write_text(page(title, sections), encoding="utf-8")
            url = path.as_uri()
        tab.goto(url)
        return tab

    yield opened
    for context in contexts:
        for tab in context.pages:
            assert getattr(tab, "errors", []) == []
        context.close()


def rest(tab):
    """Wait by the clock of the page until what it does later, after 600 ms at most, is done.

    Its timers end in their order, however busy the machine is.
    """
    tab.evaluate("() => new Promise((done) => setTimeout(done, 700))")


def work(tab, act, times=20):
    """How many functions the page calls, and layouts it makes, for an act and the frame after it.

    Averages of so many times. Unlike time they are the same on every machine and at every load.
    """
    tools = tab.context.new_cdp_session(tab)
    tools.send("Performance.enable")
    tools.send("Profiler.enable")

    def layouts():
        metrics = tools.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "LayoutCount")

    before = layouts()
    tools.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
    tab.evaluate(
        f"""async (times) => {{
            const frame = () => new Promise((done) => requestAnimationFrame(done));
            for (let i = 0; i < times; i++) {{
                {act};
                await frame();
                await frame();
            }}
        }}""",
        times,
    )
    scripts = tools.send("Profiler.takePreciseCoverage")["result"]
    made = layouts() - before
    tools.detach()
    functions = [function for script in scripts for function in script["functions"]]
    return sum(each["ranges"][0]["count"] for each in functions) / times, made / times


def neuron(label="L"):
    x, w, b = (ag.Value(n, label=name) for n, name in ((2.0, "x"), (-0.6, "w"), (1.3, "b")))
    p = x * w
    p.label = "p"
    loss = ((p + b).tanh() - 1.0) ** 2 + w * w
    loss.label = label
    return loss


def press(tab, *keys):
    tab.locator(".agv-picture").first.focus()
    for key in keys:
        tab.keyboard.press(key)


def said(tab):
    """What stands beside the picture, on one line."""
    return " ".join(tab.locator(".agv-said").first.text_content().split())


def card(tab, key):
    return tab.locator(f'[data-card="{key}"]')


def shown(tab, key, part):
    """The text of a part of a card, or "" if it cannot be seen."""
    found = card(tab, key).locator(f'[data-part="{part}"]')
    return found.text_content() if found.count() and found.is_visible() else ""


# Pages --------------------------------------------------------------------------------------------


def test_no_request_from_disk_nor_over_http(open_page, tmp_path):
    tab = open_page([ag.step(neuron())])
    press(tab, *["ArrowRight"] * 30)
    assert [url for url in tab.requests if not url.startswith("file:")] == []
    assert len(tab.requests) == 1

    (tmp_path / "index.html").write_text(page("t", [ag.step(neuron())]), encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    handler.log_message = lambda *args: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/index.html"
        tab = open_page([], url=url)
        press(tab, "End")
        assert tab.requests == [url]
        server.shutdown()


def test_the_policy_stops_requests_and_foreign_scripts(open_page):
    html = '<img src="http://127.0.0.1:9/a.png"><script>document.title = "run"</script>'
    tab = open_page([ag.step(neuron()), Section(html=html)])
    assert tab.title() == "A page"
    assert any("Content Security Policy" in error for error in tab.errors)
    tab.errors.clear()


def test_keys_and_slider(open_page):
    stepper = ag.step(neuron())
    tab = open_page([stepper])
    assert "Start" in said(tab)
    press(tab, "ArrowRight")
    assert "p = x·w = 2 × (−0.6) = −1.2" in said(tab)
    press(tab, "End")
    assert "The gradients of the leaves" in said(tab)
    press(tab, "ArrowLeft")
    assert f"step {len(stepper.steps) - 1} of" in said(tab)
    press(tab, "Home")
    assert "Start" in said(tab)
    tab.locator('.agv-controls input[type="range"]').fill("3")
    assert "step 3 of" in said(tab)
    assert tab.locator(".agv-count").inner_text() == f"3 / {len(stepper.steps)}"


def test_every_step_is_said_as_python_has_it(open_page):
    stepper = ag.step(neuron())
    tab = open_page([stepper])
    for step in stepper.steps:
        press(tab, "ArrowRight")
        text = said(tab)
        assert step.title in text
        lines = [" ".join(str(line).split()) for line in step.lines]
        # The full number stands on a row of its own.
        assert [line for line in lines if line.replace(", in full", "in full") not in text] == []


def test_the_last_step_shows_the_gradients_of_the_leaves(open_page):
    root = neuron()
    tab = open_page([ag.step(root)])
    press(tab, "End")
    root.backward()
    for i, node in enumerate(ag.topological_order(root)):
        if node.op is None:
            assert f"{node.label}.grad = " in said(tab)
            assert repr(node.grad).replace("-", "−") in said(tab)
            number = shown(tab, f"v{i}", "gradient-text").lstrip("▲▼ ")
            assert float(number.replace("−", "-")) == pytest.approx(node.grad, rel=0.01)


def test_nothing_is_given_away_before_its_step(open_page):
    stepper = ag.step(neuron())
    tab = open_page([stepper])
    operations = [step.key for step in stepper.steps if step.phase == "forward"]
    assert all(shown(tab, key, "data") == "" for key in operations)
    press(tab, *["ArrowRight"] * len(operations))
    assert all(shown(tab, key, "data") for key in operations)
    for known in range(len(operations), len(stepper.steps)):
        expected = {x[0] for step in stepper.steps[:known] for x in step.sets if x[1] == "gradient"}
        cards = tab.locator("[data-card]")
        seen = {
            cards.nth(i).get_attribute("data-card")
            for i in range(cards.count())
            if cards.nth(i).locator('[data-part="gradient-text"]').is_visible()
        }
        assert seen == expected
        for i in range(cards.count()):
            if cards.nth(i).get_attribute("data-card") not in expected:
                assert "gradient" not in cards.nth(i).get_attribute("aria-label")
                assert "gradient" not in cards.nth(i).locator("title").text_content()
        classes = tab.locator("[data-edge] path").evaluate_all(
            "all => all.map(path => path.getAttribute('class'))"
        )
        carried = {
            i for step in stepper.payload()["steps"][:known] for i, *_ in step.get("edges", ())
        }
        for i, name in enumerate(classes):
            assert (i in carried) or name == "ag-s-neutral-line"
        press(tab, "ArrowRight")


def test_groups_give_nothing_away_either(open_page):
    import nn

    net = nn.MLP(2, [4, 1], seed=1)
    stepper = ag.step(nn.mse(net([1.0, 2.0]), [1.0]), level="neuron")
    tab = open_page([stepper])
    groups = tab.locator('[data-kind="group"]')
    assert groups.count() > 0
    lines = groups.locator('[data-part="line"]')
    assert not any("grad" in text or "output" in text for text in lines.all_text_contents())
    press(tab, "End")
    assert all("grad" in text for text in groups.all_text_contents())


def test_a_partial_sum_is_marked(open_page):
    tab = open_page([ag.step(neuron())])
    texts = []
    for _ in range(20):
        press(tab, "ArrowRight")
        texts.append(shown(tab, "v1", "gradient-text"))
    parts = list(dict.fromkeys(text for text in texts if text))
    assert parts == ["▼ −1.2 …", parts[-1]]
    assert "…" not in parts[-1]


def test_playing(open_page):
    tab = open_page([ag.step(neuron())])
    tab.locator("select[aria-label=Speed]").select_option("fast")
    press(tab, " ")
    tab.locator(".agv-count", has_text=re.compile(r"^[1-9]")).wait_for()
    press(tab, " ")
    before = tab.locator(".agv-count").inner_text()
    rest(tab)
    assert tab.locator(".agv-count").inner_text() == before


def test_predict_first(open_page):
    tab = open_page([ag.step(neuron(), start="backward", predict=True)])
    assert "1 × 1" not in said(tab)
    tab.keyboard.type("1")  # the first answer has the focus: L.grad
    tab.keyboard.press("Enter")
    assert "✓ right" in said(tab)
    assert "1 of 1 right" in said(tab)
    tab.get_by_role("button", name="Next question").click()
    answers = tab.locator(".agv-answer")
    assert answers.count() == 2
    answers.nth(0).fill("2/2")
    answers.nth(1).fill("−7,5")
    tab.get_by_role("button", name="Check").click()
    assert "✗ you said −7,5" in said(tab)
    assert "2 of 3 right" in said(tab)
    tab.get_by_role("button", name="Next question").click()
    tab.get_by_role("button", name="Show me").click()
    assert "2 of 3 right" in said(tab)


def test_nudge(open_page):
    root = neuron()
    tab = open_page([ag.step(root)])
    tab.get_by_role("button", name="Nudge").click()
    card(tab, "v1").click()
    assert "w becomes w + h" in said(tab)
    tab.locator('.agv-extra input[type="range"]').fill("4")
    slope = float(tab.locator(".agv-row-now td").nth(2).inner_text().replace("−", "-"))
    w = ag.topological_order(root)[1]
    assert slope == pytest.approx(ag.gradients(root, w), rel=1e-3)
    tab.get_by_role("button", name="up").click()
    assert tab.locator(".agv-h").inner_text().startswith("−")


def test_break_it(open_page):
    root = neuron()
    tab = open_page([ag.step(root)])
    tab.get_by_role("button", name="Break it").click()
    press(tab, "End")
    assert "✗ wrong, it is" in said(tab)
    assert "✗" in shown(tab, "v1", "gradient-text")
    tab.get_by_role("button", name="a shuffled order").click()
    press(tab, "End")
    assert "✗ wrong, it is" in said(tab)
    tab.get_by_role("button", name="Watch").click()
    assert "in full " in said(tab)


def test_pointing_and_pinning(open_page):
    picture = ag.draw(neuron())
    tab = open_page([picture])
    card(tab, "v0").hover()
    dimmed = tab.locator(".agv-dim")
    assert dimmed.count() > 0
    assert "agv-dim" not in (card(tab, "v2").get_attribute("class") or "")  # p depends on x
    assert "agv-dim" in card(tab, "v1").get_attribute("class")  # w does not
    card(tab, "v0").click()
    tab.mouse.move(2, 2)
    assert dimmed.count() > 0
    assert card(tab, "v0").get_attribute("aria-pressed") == "true"
    tab.keyboard.press("Escape")
    assert dimmed.count() == 0
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.dataset.card") == "v1"


def test_keys_follow_the_lines_of_a_picture_and_go_no_further(open_page):
    tab = open_page([ag.draw(neuron())])
    tab.evaluate("document.body.addEventListener('keydown', () => { window.escaped = true; })")
    card(tab, "v0").click()
    keys = ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft"]
    walked = []
    for key in keys:
        tab.keyboard.press(key)
        walked.append(tab.evaluate("document.activeElement.dataset.card"))
    assert walked == ["v2", "v4", "v2", "v0", "v0"]  # x, p, z, and back; x has no operand
    assert not tab.evaluate("window.escaped")  # a notebook has keys of its own


def test_a_presenters_keys_work_while_a_number_is_asked_for(open_page):
    stepper = ag.step(neuron())
    tab = open_page([stepper])
    tab.get_by_role("button", name="Predict first").click()
    assert tab.locator(".agv-answer").first.evaluate("node => node === document.activeElement")
    tab.keyboard.press("PageDown")  # shows what was asked for
    assert "= −1.2" in said(tab)
    tab.keyboard.press("PageDown")  # asks for the next
    assert tab.locator(".agv-answer").count() == 1
    tab.keyboard.press("PageUp")
    assert "step 1 of" in said(tab).lower()


@pytest.mark.parametrize("mode", ["Watch", "Predict first", "Nudge", "Break it"])
def test_a_narrow_screen_has_no_horizontal_scroll(open_page, mode):
    tab = open_page([ag.step(neuron())], viewport={"width": 360, "height": 740})
    tab.get_by_role("button", name=mode).click()
    for key in ("ArrowRight", "End"):
        press(tab, key)
        width = tab.evaluate("document.scrollingElement.scrollWidth")
        assert width <= 360
    if mode in ("Watch", "Predict first"):
        press(tab, "Home", "ArrowRight")
        name = tab.locator('.agv-now [data-part="name"]')
        assert name.bounding_box()["height"] >= 11, "the text of the step's card can be read"


def test_light_and_dark(open_page):
    def colors(tab):
        styles = "getComputedStyle(document.querySelector"
        wanted = [
            ("body", "backgroundColor"),
            ("[data-part=box]", "fill"),
            ("[data-part=name]", "fill"),
        ]
        return [tab.evaluate(f"{styles}('{at}')).{what}") for at, what in wanted]

    from autograd_lite.views.theme import ROLES

    def rgb(role, theme):
        sign = ROLES[role][theme]
        return "rgb({}, {}, {})".format(*(int(sign[i : i + 2], 16) for i in (1, 3, 5)))

    for theme, scheme in enumerate(("light", "dark")):
        tab = open_page([ag.step(neuron())], color_scheme=scheme)
        assert colors(tab) == [rgb(role, theme) for role in ("ground", "leaf", "ink")]


def test_print_has_the_picture_and_all_steps(open_page):
    stepper = ag.step(neuron())
    tab = open_page([stepper], color_scheme="dark")
    tab.emulate_media(media="print")
    assert tab.locator(".agv-all").is_visible()
    assert not tab.locator(".agv-side, .agv-controls, .agv-tools").first.is_visible()
    text = tab.locator(".agv-all").inner_text()
    assert all(str(line) in text for step in stepper.steps for line in step.lines)
    ground = "getComputedStyle(document.querySelector('[data-part=ground]')).fill"
    assert tab.evaluate(ground) == "rgb(255, 255, 255)"
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown(tab, "v1", "gradient-text")
    assert tab.pdf().startswith(b"%PDF")


def test_without_scripts(open_page):
    stepper = ag.step(neuron())
    tab = open_page([stepper], java_script_enabled=False)
    assert tab.locator("svg.ag").is_visible()
    assert str(stepper.steps[-1].lines[0]) in tab.locator(".agv-all").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_accessible(open_page, scheme, width):
    pytest.importorskip("axe_playwright_python", reason="extra [browser]")
    from axe_playwright_python.sync_playwright import Axe

    sections = [
        Section(title="One", text="Text", rows=[["a", "b"], ["1", "2"]], view=ag.step(neuron())),
        Section(title="Two", view=ag.draw(neuron())),
    ]  # fmt: skip
    viewport = {"width": width, "height": 800}
    tab = open_page(sections, color_scheme=scheme, viewport=viewport)
    for mode, key in (("Watch", "Home"), ("Watch", "End"), ("Predict first", "ArrowLeft"),
                      ("Nudge", ""), ("Break it", "End"), ("All steps", "")):  # fmt: skip
        tab.get_by_role("button", name=mode).click()
        if key:
            press(tab, key)
        found = Axe().run(tab)
        broken = [
            (rule["id"], [n["html"][:200] for n in rule["nodes"]])
            for rule in found.response["violations"]
        ]
        assert broken == [], mode


def test_motion_only_where_it_is_wanted(open_page):
    for wanted, expected in (("no-preference", "agv-flow"), ("reduce", "none")):
        tab = open_page([ag.step(neuron())], reduced_motion=wanted)
        press(tab, "ArrowRight")
        name = "getComputedStyle(document.querySelector('.agv-forth path')).animationName"
        assert tab.evaluate(name) == expected


HOSTILE = [
    "</script><script>document.title='run'</script>",
    "<img src=x onerror=\"document.title='run'\">",
    "\"' onload=x", "<!-- ]]> &amp; \n &", "\u202eevil \U0001f600 مرحبا", "x" * 10_000, "${1}`",
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_neither_break_nor_inject(open_page, label):
    x = ag.Value(2.0, label=label)
    y = x * x
    y.label = label
    tab = open_page([Section(title=label, text=label, view=ag.step(y))], title="A page")
    press(tab, "End")
    assert "The gradients of the leaves" in said(tab)
    for mode in ("Predict first", "Nudge", "Break it"):
        tab.get_by_role("button", name=mode).click()
        press(tab, "End")
    assert tab.title() == "A page"
    assert tab.locator("img, iframe, .agv-said script").count() == 0
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= 1280


# Notebooks ----------------------------------------------------------------------------------------

CELL = """\
from autograd_lite import Value, step, draw
x, w = Value(2.0, label="x"), Value(-0.6, label="w")
loss = (x * w) ** 2 + w
loss.label = "L"
step(loss)"""


FOLDED = """\
import nn
net = nn.MLP(2, [8, 8, 1], seed=1)
draw(nn.mse([net([float(i), 1.0]) for i in range(30)], [[1.0]] * 30))"""


def write_notebook(path, *sources):
    nbformat = pytest.importorskip("nbformat", reason="extra [notebook]")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(source[3:]) if source.startswith("md ")
        else nbformat.v4.new_code_cell(source)
        for source in sources
    ]  # fmt: skip
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python",
        "language": "python",
    }
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a free port, with a folder of its own."""
    for needed in ("jupyterlab", "anywidget", "nbformat"):
        pytest.importorskip(needed, reason="extra [notebook]")
    folder = tmp_path_factory.mktemp("lab")
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=",
    ]  # fmt: skip
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(400):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/api", timeout=2)
                break
            time.sleep(0.5)
        else:
            pytest.fail(f"JupyterLab did not start: {(folder / 'log').read_text()[-2000:]}")
        yield folder, url
    finally:
        server.terminate()
        server.wait(20)


def run_cell(tab, place):
    """Run a cell until its view is there.

    JupyterLab drops a run before the kernel is connected; where that takes long, it asks which
    kernel is wanted, and takes no click beside the question.
    """
    from playwright.sync_api import TimeoutError

    for _ in range(12):
        with contextlib.suppress(TimeoutError):
            answer = tab.locator(".jp-Dialog .jp-mod-accept")
            if answer.count():
                answer.first.click(timeout=5_000)
            tab.locator(".jp-CodeCell .cm-content").nth(place).click(timeout=5_000)
            tab.keyboard.press("Shift+Enter")
            tab.locator(".agv").nth(place).wait_for(timeout=6_000)
            return
    pytest.fail(f"cell {place} shows no view")


def test_in_jupyterlab(lab, open_page):
    folder, url = lab
    write_notebook(folder / "test.ipynb", CELL, FOLDED)
    tab = open_page([], url=f"{url}/lab/tree/test.ipynb")
    cell = tab.locator(".jp-CodeCell .cm-content").first
    cell.wait_for(timeout=60_000)
    tab.wait_for_selector(".jp-NotebookPanel-toolbar", timeout=60_000)
    for place in (0, 1):
        run_cell(tab, place)
    assert "Start" in said(tab)
    press(tab, "ArrowRight")
    assert "x·w = 2 × (−0.6) = −1.2" in said(tab)
    press(tab, "End")
    assert "x.grad = " in said(tab)
    assert tab.locator(".agv").first.get_attribute("data-theme") == "light"
    big = tab.locator(".agv").nth(1)
    big.locator(".agv-sign[role=button]").first.click(force=True)  # opens the group
    big.locator(".agv-lens [data-card]").first.wait_for()
    tab.keyboard.press("Escape")
    assert big.locator(".agv-lens").count() == 0
    tab.evaluate("document.body.dataset.jpThemeLight = 'false'")
    tab.locator('.agv[data-theme="dark"]').first.wait_for()
    tab.errors.clear()  # JupyterLab's own


def test_an_exported_notebook(open_page, tmp_path):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    from autograd_lite.export import page_of

    text = "md # Title\n$\\frac{a}{b}$ and ![](http://127.0.0.1:9/x.png)"
    text += f"\n```\n{'x' * 300}\n```"
    notebook = write_notebook(tmp_path / "t.ipynb", text, CELL, "draw(loss)", "print('<i>')")
    (tmp_path / "t.html").write_text(page_of(notebook, execute=True), encoding="utf-8")
    tab = open_page([], url=(tmp_path / "t.html").as_uri())
    assert tab.title() == "Title"
    press(tab, "ArrowRight")
    assert "x·w = " in said(tab)
    assert tab.locator(".agv").count() == 2
    assert tab.locator(".output_stream i").count() == 0
    if find_spec("latex2mathml"):
        assert tab.locator("math mfrac").count() == 1
    tab.set_viewport_size({"width": 360, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [
        url for url in tab.requests if not url.startswith("file:") and "127.0.0.1:9" not in url
    ] == []
    assert all("Content Security Policy" in error for error in tab.errors)  # of the image
    tab.errors.clear()


def test_stored_outputs_leave_no_script_behind(tmp_path):
    """What a host shows that strips scripts: the pictures, and no source of a program."""
    pytest.importorskip("nbclient", reason="extra [notebook]")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(write_notebook(tmp_path / "t.ipynb", CELL, "draw(loss)"), 4)
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for cell in notebook.cells:
        data = cell.outputs[0].data
        assert "text/html" not in data
        assert "application/javascript" not in data
        assert data["image/svg+xml"].startswith("<svg")
        assert "<script" not in data["image/svg+xml"]
        assert "\n" not in data["text/plain"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.ipynb", None, "there is no file"),
        ("text.ipynb", "hello", "is not a notebook"),
        ("list.ipynb", "[1, 2]", "is not a notebook"),
    ],
)
def test_what_cannot_be_exported(tmp_path, capsys, name, content, message):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    from autograd_lite.export import main

    if content is not None:
        (tmp_path / name).write_text(content)
    assert main([str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err


def test_a_notebook_that_was_not_run(tmp_path, capsys):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    from autograd_lite.export import main

    path = write_notebook(tmp_path / "t.ipynb", "1 / 0")
    assert main([str(path)]) == 1
    assert "add --execute" in capsys.readouterr().err
    assert main([str(path), "--execute"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


# A training ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_a_wrong_sample_of_a_training_to_its_steps(open_page, tmp_path, width, scheme):
    import nn

    monitor = nn.Monitor()
    data, net = nn.datasets.moons(60, noise=0.2, seed=3), nn.MLP(2, [4, 2], nn.tanh, seed=1)
    nn.fit(net, data, loss=nn.cross_entropy, optimizer=nn.Adam, seed=0, callbacks=[monitor])
    url = monitor.figure().save(tmp_path / "training.html").as_uri()
    tab = open_page([], url=url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    place = monitor.wrong(1)[0].place
    assert monitor.wrong(1)[0].wrong
    tab.locator(f'a[href="#sample-{place}"]').focus()
    tab.keyboard.press("Enter")
    section = tab.locator(f"section#sample-{place}")
    assert section.bounding_box()["y"] < 400  # scrolled into view
    assert "taken for" in section.locator("h2").inner_text()
    assert section.locator(".agv button").first.is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert {request for request in tab.requests if not request.startswith("data:")} == {url}
    if find_spec("axe_playwright_python") is None:
        pytest.skip("axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    assert Axe().run(tab).response["violations"] == []
