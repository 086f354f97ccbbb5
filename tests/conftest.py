"""Every test that touches the engine takes the fixture `Value`, and so runs on each backend."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings

import autograd_lite

for profile, examples in (("quick", 10), ("ci", 40), ("everything", 100), ("sanitizer", 10)):
    settings.register_profile(profile, deadline=None, max_examples=examples, derandomize=True)

ENGINES = {"python": autograd_lite.PythonValue}
if autograd_lite.NativeValue:
    ENGINES["native"] = autograd_lite.NativeValue


@pytest.fixture(scope="session", params=ENGINES.values(), ids=ENGINES.keys())
def Value(request):
    """The Value of one engine, which the whole package uses while the test runs."""
    return request.param


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Put the engine of a test with the fixture `Value` in use, and the one before back.

    The fixture itself lasts a session, so that fixtures of a module can take it: what comes between
    its tests, as an example in a docstring, is to find the engine that is in use outside of tests.
    """
    chosen = getattr(item, "callspec", None) and item.callspec.params.get("Value")
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
    everything = request.config.getoption("--everything")
    return lambda full, quick: full if everything else quick


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure (CI)")
    parser.addoption("--everything", action="store_true", help="full sizes and all random examples")


def pytest_configure(config):
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("everything" if config.getoption("--everything") else "quick")


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
        return "all of it: full sizes, all random examples"
    return "quick: all tests, with smaller sizes and fewer random examples than --everything"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and --no-skips is on: {report.longrepr}"
    return report
