"""Make the notebooks from their sources and run them: python notebooks/build.py [names ...]

The sources are the .py files beside this one (percent format, paired by jupytext); the .ipynb
carry the outputs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

HERE = Path(__file__).parent
SOURCES = sorted(HERE.glob("[0-9]*.py"))


def build(source: Path) -> nbformat.NotebookNode:
    """The notebook of `source`, executed."""
    notebook = jupytext.read(source)
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i}"  # the same in every build
    os.environ["AUTOGRAD_LITE_WIDGETS"] = "0"  # stored outputs are pictures: no kernel is there
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(HERE)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day
    notebook.metadata.pop("language_info", None)
    return notebook


def main(names: list[str]) -> None:
    wanted = [s for s in SOURCES if not names or s.stem in names or s.name in names]
    if not wanted:
        sys.exit(f"no such notebook; there are: {', '.join(s.stem for s in SOURCES)}")
    for source in tqdm(wanted, desc="notebooks", disable=None):
        nbformat.write(build(source), source.with_suffix(".ipynb"))


if __name__ == "__main__":
    main(sys.argv[1:])
