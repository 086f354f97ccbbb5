"""Every test that touches the engine takes the fixture `Value`, and so runs on each backend."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings

import autograd_lite

for profile, examples in (("quick", 10), ("ci", 40), ("everything", 100), ("sanitizer", 10)):
    settings.register_profile(profile, deadline=None, max_examples=examples, derandomize=True)

MARKERS = (
    "slow: see CONTRIBUTING; runs with --slow, in CI, and if files or names of tests are given",
    "long: takes a minute or more; CI leaves it to `make test-everything`",
)

ENGINES = {"python": autograd_lite.PythonValue}
if autograd_lite.NativeValue:
    ENGINES["native"] = autograd_lite.NativeValue


@pytest.fixture(scope="session", params=ENGINES.values(), ids=ENGINES.keys())
def Value(request):
    """The Value of one engine, which the whole package uses while the test runs."""
    return request.param


def engine_of(item):
    """The Value of the engine that a test runs on, if it has the fixture."""
    return item.callspec.params.get("Value") if hasattr(item, "callspec") else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Put the engine of a test with the fixture `Value` in use, and the one before back.

    The fixture itself lasts a session, so that fixtures of a module can take it: what comes between
    its tests, as an example in a docstring, is to find the engine that is in use outside of tests.
    """
    chosen = engine_of(item)
    if chosen not in ENGINES.values():
        return (yield)
    before, autograd_lite.Value = autograd_lite.Value, chosen
    try:
        return (yield)
    finally:
        autograd_lite.Value = before


@pytest.fixture(scope="session")
def full_or_quick(request):
    """`full_or_quick(full, quick)`: a size with --everything, and the one of a usual run."""
    option = request.config.option
    at_full_size = option.everything and option.sizes == "full"
    return lambda full, quick: full if at_full_size else quick


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure (CI)")
    parser.addoption("--everything", action="store_true", help="full sizes and all random examples")
    parser.addoption("--sizes", choices=("full", "quick"), default="full", help="of --everything")
    parser.addoption("--slow", action="store_true", help="what is marked as slow, too")
    parser.addoption("--note-passed", metavar="FILE", help="write the names of tests that pass")
    parser.addoption("--leave-out", metavar="FILE", help="of names of tests that are not to run")
    parser.addoption("--native", action="store_true", help="not the tests of the Python engine")


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("everything" if config.getoption("--everything") else "quick")
    chosen = config.option.keyword or config.option.markexpr
    if chosen or config.option.everything or config.args_source is config.ArgsSource.ARGS:
        config.option.slow = True
    path = config.getoption("--note-passed")
    if path and not hasattr(config, "workerinput"):  # workers of xdist report to one process
        config.pluginmanager.register(Passed(path))


class Passed:
    """Writes the names of tests that passed to a file, one in a line."""

    def __init__(self, path):
        self.path, self.names = Path(path), []

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            self.names.append(report.nodeid + "\n")

    def pytest_sessionfinish(self):
        self.path.write_text("".join(self.names), encoding="utf-8")


def pytest_collection_modifyitems(config, items):
    """Leave out slow tests, unless they are asked for, and what other options leave out."""
    kept = items[:]
    if not config.option.slow:
        kept = [item for item in kept if not item.get_closest_marker("slow")]
    if path := config.getoption("--leave-out"):
        names = set(Path(path).read_text(encoding="utf-8").splitlines())
        kept = [item for item in kept if item.nodeid not in names]
    if config.option.native:
        kept = [item for item in kept if engine_of(item) is not autograd_lite.PythonValue]
    config.hook.pytest_deselected(items=list(set(items) - set(kept)))
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Thousands of tests live as long as the run: the collector need not look at them each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_report_header(config):
    if config.getoption("--everything"):
        return f"all of it, with {config.option.sizes} sizes"
    sizes = "with smaller sizes and fewer random examples than --everything"
    if config.option.slow:
        return f"all tests, {sizes}"
    return f"quick: all tests but those marked as slow (--slow runs them, too), {sizes}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and --no-skips is on: {report.longrepr}"
    return report
