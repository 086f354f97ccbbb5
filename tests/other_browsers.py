"""Firefox and WebKit, each driven by its own client, behind one small interface.

Firefox speaks Marionette, WebKitGTK the WebDriver protocol; WebKit needs a display, which Xvfb
gives where there is none.
"""

from __future__ import annotations

import base64
import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT = shutil.which("WebKitWebDriver")
MINI_BROWSER = sorted(glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser"))
KEYS = {  # names in the page -> signs of the WebDriver protocol
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
    "PageUp": "\ue00e", "PageDown": "\ue00f", "End": "\ue010", "Home": "\ue011",
    "Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004",
}  # fmt: skip

UP = """
    if (window.framesSeen === undefined) {
      window.framesSeen = 0;
      const count = () => { if (++window.framesSeen < 5) requestAnimationFrame(count); };
      requestAnimationFrame(count);
    }
    return document.readyState === "complete" && window.framesSeen >= 5;
"""  # whether a page is loaded and has been drawn some times


def missing(name: str) -> str:
    """What a browser lacks here, "" if it can be driven."""
    if name == "firefox":
        if FIREFOX is None:
            return "no firefox on the PATH (Debian: firefox-esr)"
        return "" if find_spec("marionette_driver") else "no marionette_driver (extra [browser])"
    if WEBKIT is None or not MINI_BROWSER:
        return "no WebKitWebDriver (Debian: webkit2gtk-driver)"
    if "DISPLAY" not in os.environ and shutil.which("Xvfb") is None:
        return "no display and no Xvfb"
    return "" if find_spec("selenium") else "no selenium (extra [browser])"


class Firefox:
    """Firefox without a window."""

    def __init__(self, port: int) -> None:
        from marionette_driver.marionette import Marionette

        for _ in range(120):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                break
            time.sleep(0.25)
        else:
            raise RuntimeError("firefox does not answer")
        self.driver = Marionette(host="127.0.0.1", port=port)
        self.driver.start_session()

    def open(self, url: str, width: int, height: int) -> None:
        _fit(self, lambda w, h: self.driver.set_window_rect(width=w, height=h), width, height)
        self.driver.navigate("about:blank")  # else a link within one page is no new page
        self.driver.navigate(url)

    def run(self, script: str) -> object:
        return self.driver.execute_script(script)

    def press(self, *keys: str) -> None:
        for key in keys:
            sign = KEYS.get(key, key)
            self.driver.actions.sequence("key", "keyboard").key_down(sign).key_up(sign).perform()

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.driver.screenshot(full=False)))

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.driver.delete_session()


class WebKit:
    """WebKitGTK's small browser."""

    def __init__(self) -> None:
        from selenium import webdriver

        options = webdriver.WebKitGTKOptions()
        options.binary_location = MINI_BROWSER[-1]
        options.add_argument("--automation")
        service = webdriver.webkitgtk.service.Service(executable_path=WEBKIT)
        self.driver = webdriver.WebKitGTK(options=options, service=service)
        self.fresh = True

    def open(self, url: str, width: int, height: int) -> None:
        _fit(self, self.driver.set_window_size, width, height)
        self.driver.get("about:blank")
        self.driver.get(url)
        for _ in range(1000):
            if self.run(UP):
                break
            time.sleep(0.02)
        else:
            raise RuntimeError(f"{url} does not come up")
        time.sleep(1.0 if self.fresh else 0.2)  # keys are lost while a window or a page comes up
        self.fresh = False

    def run(self, script: str) -> object:
        return self.driver.execute_script(script)

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        for key in keys:
            sign = KEYS.get(key, key)
            ActionChains(self.driver).key_down(sign).key_up(sign).perform()

    def picture(self, path: Path) -> None:
        self.driver.save_screenshot(str(path))

    def close(self) -> None:
        self.driver.quit()


def _fit(browser: Firefox | WebKit, resize: Callable[[int, int], object], *wanted: int) -> None:
    """Make a window in which a page has just this width and height, without bars and borders.

    Windows follow with a delay, so the page is asked until it has them, for 5 seconds.
    """
    bars = [0, 0]
    for _ in range(10):
        resize(*(size + bar for size, bar in zip(wanted, bars)))
        for _ in range(5):
            time.sleep(0.1)
            inner, outer = browser.run(
                "return [[innerWidth, innerHeight], [outerWidth, outerHeight]]"
            )
            if inner == list(wanted):
                return
        outer = browser.run("return [outerWidth, outerHeight]")
        bars = [max(0, out - into) for into, out in zip(inner, outer)]


@contextlib.contextmanager
def started(name: str) -> Iterator[Firefox | WebKit]:
    """A running browser, "firefox" or "webkit"."""
    with contextlib.ExitStack() as stack:
        if name == "firefox":
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            )
            port = _free_port()
            (folder / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
            command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", folder]
            stack.enter_context(_program(command))
            browser = Firefox(port)
        else:
            if "DISPLAY" not in os.environ:
                stack.enter_context(_display())
            browser = WebKit()
        stack.callback(browser.close)
        yield browser


@contextlib.contextmanager
def _display() -> Iterator[None]:
    """A display that nobody sees."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "2600x1400x24"]
    with _program(command, pass_fds=[write]):
        os.close(write)
        with os.fdopen(read) as number:
            os.environ["DISPLAY"] = ":" + number.readline().strip()
        try:
            yield
        finally:
            del os.environ["DISPLAY"]


@contextlib.contextmanager
def _program(command: list[object], **options: object) -> Iterator[None]:
    """A program that runs until the block is left."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet, **options)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
