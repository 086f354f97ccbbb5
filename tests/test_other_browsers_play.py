"""The playground in Firefox and in WebKit: it trains as Python does, and paints the plane."""

from __future__ import annotations

import pytest
from other_browsers import missing, started

import nn

playground = pytest.importorskip("test_playground")  # skipped where there is no Chromium
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the clients

PLAY = """  // what drives Firefox sees what scripts have added to an element only unwrapped
        const el = document.querySelector(".agv"), PLAY = (el.wrappedJSObject ?? el).playground;
"""
LOSS = nn.binary_cross_entropy_with_logits


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def browser(request):
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    with started(request.param) as running:
        yield running


def made():
    net, data = nn.MLP(2, [8, 8, 1], seed=3), nn.datasets.moons(60, seed=0)
    optimizer = nn.Adam(net.parameters(), lr=0.02)
    return net, data, optimizer, nn.playground(net, data, loss=LOSS, optimizer=optimizer)


def test_it_trains_as_python_does(browser, tmp_path):
    net, data, optimizer, page = made()
    browser.open(page.save(tmp_path / "page.html").as_uri(), 1280, 720)
    losses = browser.run(
        PLAY
        + """
        const { training } = PLAY, losses = [];
        for (let k = 0; k < 100; k++) losses.push(training.once());
        return losses;
        """
    )
    wanted, _ = playground.trained(net, data, LOSS, optimizer, page)
    assert losses == pytest.approx(wanted, rel=0.0, abs=1e-10)


@pytest.mark.parametrize("size", [(1280, 720), (500, 844)], ids=str)
def test_it_paints_and_fits(browser, tmp_path, size):
    *_, page = made()
    browser.open(page.save(tmp_path / "page.html").as_uri() + "#steps=20", *size)
    wide, colors, units = browser.run(
        PLAY
        + """
        const { view, net } = PLAY;
        const { width, height } = view.canvas, pen = view.canvas.getContext("2d");
        const { data } = pen.getImageData(0, 0, width, height), colors = new Set();
        for (let at = 0; at < data.length; at += 4) colors.add(data.slice(at, at + 3).join());
        return [document.documentElement.scrollWidth, colors.size, net.discs.length];
        """
    )
    assert wide <= size[0]
    assert colors > 20
    assert units == 19
