"""python -m benchmarks.playground: how fast a net trains in a page, without and with painting.

It trains in Chromium (playwright, extra `[browser]`), in the page that `nn.playground` writes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nn

SETTLED = 3000  # steps before the first that counts: by then the browser has compiled the kernels
BARE = """() => {
    const { training } = document.querySelector(".agv").playground;
    for (let k = 0; k < %d; k++) training.once();
    const from = performance.now(), first = training.steps;
    while (performance.now() - from < 3000) for (let k = 0; k < 50; k++) training.once();
    return ((training.steps - first) / (performance.now() - from)) * 1000;
}"""
PAINTED = """speed => new Promise((done) => {
    const page = document.querySelector(".agv").playground, { training } = page;
    page.speed = speed ?? Infinity;
    page.play(true);
    const from = performance.now(), steps = training.steps, frames = page.frame;
    setTimeout(() => {
        const seconds = (performance.now() - from) / 1000;
        page.play(false);
        done([(training.steps - steps) / seconds, (page.frame - frames) / seconds]);
    }, 3000);
})"""


def page(folder: Path) -> Path:
    """MLP 2-8-8-1 on 200 samples, in batches of 10."""
    net, data = nn.MLP(2, [8, 8, 1], seed=3), nn.datasets.moons(200, seed=0)
    loss = nn.binary_cross_entropy_with_logits
    view = nn.playground(net, data, loss=loss, optimizer=nn.SGD, lr=0.1, batch_size=10)
    return view.save(folder / "page.html")


def main() -> None:
    from playwright.sync_api import sync_playwright

    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page(viewport={"width": 1280, "height": 720})
        tab.goto(page(Path(folder)).as_uri())
        print(f"steps a second, nothing painted: {tab.evaluate(BARE % SETTLED):,.0f}")
        for name, speed in (("5 steps a frame", 5), ("as fast as it can", None)):
            steps, frames = tab.evaluate(PAINTED, speed)
            print(f"{name}: {steps:,.0f} steps and {frames:.1f} frames a second")
        chromium.close()


if __name__ == "__main__":
    main()
