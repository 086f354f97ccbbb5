"""Every notebook runs from top to bottom, and its stored outputs are what it gives now."""

import importlib.util
import re
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SOURCES = sorted(NOTEBOOKS.glob("[0-9]*.py"))


@pytest.fixture(scope="module")
def build():
    for needed in ("jupytext", "nbclient", "ipykernel"):
        pytest.importorskip(needed, reason=f"{needed} is not installed (extra [dev])")
    spec = importlib.util.spec_from_file_location("build", NOTEBOOKS / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build


def texts(notebook):
    """Sources and textual outputs, the reprs of pictures aside."""
    for cell in notebook.cells:
        yield cell.cell_type, cell.source
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            data = output.get("data", {})
            assert "text/html" not in data, "sanitisers would print it as text"
            if "image/svg+xml" not in data:
                yield (
                    "output",
                    re.sub(r"0x[0-9a-f]+", "0x", output.get("text") or data["text/plain"]),
                )


@pytest.mark.parametrize("source", SOURCES, ids=[s.stem for s in SOURCES])
@pytest.mark.filterwarnings("ignore")
def test_it_runs_and_its_outputs_are_current(build, source):
    import nbformat

    stored = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    assert list(texts(stored)) == list(texts(build(source)))


def test_there_are_notebooks():
    assert SOURCES
