"""Every test that touches the engine takes the fixture `Value`, and so runs on each backend."""

from __future__ import annotations

import pytest
from hypothesis import settings

import autograd_lite

settings.register_profile("default", deadline=None, max_examples=100, derandomize=True)
settings.register_profile("sanitizer", deadline=None, max_examples=10, derandomize=True)
settings.load_profile("default")

ENGINES = {"python": autograd_lite.PythonValue}
if autograd_lite.NativeValue:
    ENGINES["native"] = autograd_lite.NativeValue


@pytest.fixture(scope="session", params=ENGINES.values(), ids=ENGINES.keys())
def Value(request):
    """The Value of one engine, made the one that the whole package uses."""
    before, autograd_lite.Value = autograd_lite.Value, request.param
    yield request.param
    autograd_lite.Value = before


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure (CI)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and --no-skips is on: {report.longrepr}"
    return report
