"""The gallery of the documentation, built by Sphinx and looked at in Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
LEAST = 11.0  # pixels
WIDTHS = """() => [...document.querySelectorAll("a.picture img.only-light")].map((image) =>
  [image.getAttribute("src"), image.getBoundingClientRect().width, image.closest("a").href])"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The page of the gallery and the front page, alone in a site."""
    if find_spec("furo") is None or find_spec("myst_nb") is None:
        pytest.skip("Sphinx and its theme are not installed (extra [docs])")
    sources, built = tmp_path_factory.mktemp("docs"), tmp_path_factory.mktemp("site")
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    (sources / "index.md").write_text(re.sub(r"\{doc\}`[^`]*`", "", page), encoding="utf-8")
    front = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").partition("::::{grid}")[0]
    front = re.sub(r"\{doc\}`[^`]*`", "", front)
    (sources / "front.md").write_text(f"---\norphan: true\n---\n{front}", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "docs/gallery.py"], check=True, cwd=ROOT, env=environment)
    (sources / "gallery").symlink_to(ROOT / "docs" / "gallery")
    config = ROOT / "docs"
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-c", str(config), str(sources), str(built)],
        check=True, env=environment, timeout=300,
    )  # fmt: skip
    return built


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


@pytest.mark.parametrize("wide", [390, 820, 1280, 1440, 1920])
def test_all_type_in_the_gallery_can_be_read(site, browser, wide):
    page = browser.new_page(viewport={"width": wide, "height": 900})
    page.goto((site / "index.html").as_uri())
    shown = page.evaluate(WIDTHS)
    assert len(shown) >= 20
    for source, width, goal in shown:
        svg = (site / source).read_text(encoding="utf-8")
        whole = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
        smallest = min(float(size) for size in re.findall(r'font-size="([\d.]+)"', svg))
        assert smallest * width / whole >= LEAST - 0.05, (source, width)
        assert goal.endswith(f"/{Path(source).stem}.html")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "figures scroll"
    page.close()


def test_a_click_on_a_picture_opens_its_live_page(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "index.html").as_uri())
    page.locator("a.picture").first.click()
    page.locator(".agv-stage svg.ag").first.wait_for()
    assert page.url.endswith("/01-neuron.html")
    page.close()


# The front page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("wide", "high"), [(1280, 800), (390, 844)])
def test_on_the_front_page_a_number_is_dragged_and_gradients_move(
    site, browser, wide, high, scheme
):
    page = browser.new_page(viewport={"width": wide, "height": high}, color_scheme=scheme)
    page.set_default_timeout(10_000)
    page.goto((site / "front.html").as_uri())
    assert page.locator("img[src*=neuron-plays]").count() == 0, "the still is for code hosts"
    views = page.locator("autograd-view").all()
    (shown,) = [k for k, view in enumerate(views) if view.is_visible()]
    view = page.frame_locator("autograd-view iframe").nth(shown)
    view.locator(".agv-stage svg.ag").first.wait_for()
    said = view.locator(".agv-said")
    said.get_by_text("1.98", exact=True).wait_for()
    gradients = said.inner_text()
    leaf = view.locator('.agv-pull[aria-label="x"] rect')
    leaf.scroll_into_view_if_needed()
    box = leaf.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    page.mouse.up()
    pulled = view.locator('.agv-pull[aria-label="x"]').get_attribute("aria-valuenow")
    assert float(pulled) > 2.0
    said.get_by_text("1.98", exact=True).wait_for(state="detached")
    assert said.inner_text() != gradients
    ground = view.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 21, 27)"}[scheme]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
