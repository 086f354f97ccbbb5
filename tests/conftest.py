"""Every test that touches the engine takes the fixture `Value`, and so runs on each backend."""

from __future__ import annotations

import pytest
from hypothesis import settings

import autograd_lite

settings.register_profile("default", deadline=None, max_examples=100, derandomize=True)
settings.load_profile("default")

ENGINES = {"python": autograd_lite.PythonValue}


@pytest.fixture(scope="session", params=ENGINES.values(), ids=ENGINES.keys())
def Value(request):
    """The Value of one engine, made the one that the whole package uses."""
    before, autograd_lite.Value = autograd_lite.Value, request.param
    yield request.param
    autograd_lite.Value = before
