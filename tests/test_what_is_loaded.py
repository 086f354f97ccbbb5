"""What the imports load: nothing that takes long and is rarely wanted."""

import os
import subprocess
import sys

import pytest

BIG = {
    "argparse", "asyncio", "dataclasses", "decimal", "enum", "fractions", "html", "http", "inspect",
    "json", "linecache", "logging", "multiprocessing", "numpy", "pathlib", "pickle", "random", "re",
    "statistics", "subprocess", "tempfile", "tokenize", "typing", "unittest", "urllib",
}  # fmt: skip
LATER = {
    "autograd_lite": {
        "nn", "autograd_lite.compiler", "autograd_lite.formulas", "autograd_lite.views",
        "autograd_lite.lines", "autograd_lite.export", "autograd_lite.micrograd",
    },
    "nn": {
        "nn.sequences", "nn.training", "nn.diagnosis", "autograd_lite.formulas",
        "autograd_lite.views", "autograd_lite.compiler.program", "autograd_lite.compiler.trace",
        "autograd_lite.compiler.elementwise_tape",
    },
}  # fmt: skip


def loaded_by(line, *, backend):
    """The modules that a line loads into a new interpreter."""
    code = f"old = set(sys.modules)\n{line}\nprint(*sorted({{*sys.modules}} - old))"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "AUTOGRAD_LITE_BACKEND": backend},
    )  # fmt: skip
    return set(run.stdout.split())


@pytest.fixture(params=["native", "python"])
def backend(request):
    if request.param == "native" and pytest.importorskip("autograd_lite").NativeValue is None:
        pytest.skip("the native engine is not built")
    return request.param


@pytest.mark.slow
@pytest.mark.parametrize("package", LATER)
def test_an_import_waits_for_nothing_that_is_rarely_wanted(package, backend):
    loaded = loaded_by(f"import {package}", backend=backend)
    assert package in loaded
    assert not loaded & (BIG | LATER[package])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("autograd_lite.draw", "autograd_lite.views.picture.draw"),
        ("autograd_lite.draw_dot", "autograd_lite.views.picture.dot"),
        ("autograd_lite.compile", "autograd_lite.compiler.compile"),
        ("autograd_lite.source_lines", "autograd_lite.lines"),
        ("__import__('nn').fit", "nn.training.loop"),
        ("__import__('nn').init.generator(1)", "random"),
    ],
)
def test_what_is_asked_for_is_loaded_then(line, module, backend):
    assert module in loaded_by(f"import autograd_lite\n{line}", backend=backend)


def test_the_python_engine_loads_no_c_of_ours(backend):
    loaded = loaded_by("import autograd_lite", backend=backend)
    assert ("autograd_lite.native.engine" in loaded) == (backend == "native")
