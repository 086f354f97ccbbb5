"""Nets in Firefox and in WebKit: the picture in its pixels, pointing, opening, the switch."""

from __future__ import annotations

import pytest
from other_browsers import missing, started

import autograd_lite as ag
import nn

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the clients


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def browser(request):
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    with started(request.param) as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    net = nn.MLP(2, [16, 16, 1], seed=1)
    loss = (net([0.5, -0.5])[0] - 1.0) ** 2
    loss.backward()
    return ag.draw(loss).save(tmp_path_factory.mktemp("page") / "net.html").as_uri()


@pytest.mark.parametrize("size", [(1280, 720), (500, 844)], ids=str)
def test_a_net_in_its_pixels(browser, address, size):
    browser.open(address, *size)
    wide, small, cut = browser.run(
        """
        const svg = document.querySelector("svg.ag"), frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll("text")]
          .filter((text) => getComputedStyle(text).visibility === "visible");
        const scale = frame.width / svg.viewBox.baseVal.width;
        return [document.documentElement.scrollWidth,
          texts.filter((text) => text.getAttribute("font-size") * scale < 12).length,
          texts.filter((text) => text.getBoundingClientRect().right > frame.right + 1).length];
        """
    )
    assert wide <= size[0]
    assert (small, cut) == (0, 0)


def test_pointing_opening_and_the_switch(browser, address):
    browser.open(address, 1280, 720)
    said = "return document.querySelector('.agv-net-side').innerText"
    assert "Off: 20 of 32 hidden units" in browser.run(said)
    browser.run("document.querySelector('[data-disc=\"34\"]').focus(); return 1")
    browser.press("Enter")
    assert browser.run(said).startswith("y")
    assert "What it sums" in browser.run(said)
    browser.press("ArrowLeft")
    assert browser.run(said).startswith("h2.")
    browser.press("Escape")
    assert "A click opens its sum" in browser.run(said)  # it is only pointed at
    browser.run("document.querySelectorAll('.agv-net-modes button')[1].click(); return 1")
    widths = browser.run(
        "return [...document.querySelectorAll('[data-hair]')].map((p) => p.style.strokeWidth)"
    )
    assert len(widths) == 304
    assert max(float(width.removesuffix("px")) for width in widths) == 7.0
