"""Make the notebooks from their sources and run them: python notebooks/build.py [names ...]

The sources are the .py files beside this one (percent format, paired by jupytext) and those in
`zh/`; the .ipynb carry the outputs, cleaned so that every machine and both engines store the same.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from autograd_lite.views.output.raster import small_png  # noqa: E402

SOURCES = sorted(HERE.glob("[0-9]*.py")) + sorted(HERE.glob("zh/[0-9]*.py"))

VIEW = "application/vnd.autograd-lite.view+json"
KEPT = ("image/svg+xml", "image/png", "text/latex", "text/plain")  # what previews show
LIVE = ("step",)  # kinds of views that are little without their payload; a picture is its SVG

PROGRESS = re.compile(r"[^\r\n]*\d+%\|.*|^\s*\d+(batch|it) ", re.MULTILINE)
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
MARK = "[\u3000-\u303f\uff00-\uffef“”‘’…]"  # the punctuation of Chinese
LETTER = rf"(?:[\u3400-\u9fff]|{MARK})"
WRAPPED = re.compile(  # bold may begin or end there; `* ` and `$$` are more than the next word
    rf"({LETTER}\**)\n *(?=\**{LETTER})|({MARK}\**)\n *(?=\**(?:[A-Za-z\[]|`(?!`)|\$(?!\$)))"
)
FENCED = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)
CELL_FILE = re.compile(r"\S*[/\\]ipykernel_\d+[/\\]\d+\.py:\d+")


def name_of(source: Path) -> str:
    """How a notebook is called here: `01-a-value`, `zh/01-a-value`."""
    return source.relative_to(HERE).with_suffix("").as_posix()


def read(source: Path) -> Any:
    """The notebook of a source, not run."""
    notebook = jupytext.read(source)
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i}"  # the same in every build
        if cell.cell_type == "markdown":
            cell.source = joined(cell.source)
    return notebook


def joined(text: str) -> str:
    """Markdown without the line breaks in Chinese, where a page would show a space."""
    parts = FENCED.split(text)
    parts[::2] = [WRAPPED.sub(r"\1\2", part) for part in parts[::2]]
    return "".join(parts)


def run(notebook: Any, folder: Path, backend: str | None = None) -> Any:
    """Execute a notebook in its folder, on an engine ("python", "native"), and clean it."""
    environment = {**os.environ, "AUTOGRAD_LITE_WIDGETS": "0"}
    if backend:
        environment["AUTOGRAD_LITE_BACKEND"] = backend
    client = NotebookClient(
        notebook, timeout=300, coalesce_streams=True, record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )  # fmt: skip
    asyncio.run(client.async_execute(env=environment))  # a loop of its own, closed at the end
    return clean(notebook)


def clean(notebook: Any) -> Any:
    """Without what differs from run to run, and without what a preview could not show.

    Widgets and their state, HTML, times of day, progress bars, addresses of objects, and the
    tracebacks of errors go; pictures, text and formulas stay, and the payloads of steppers.
    """
    for kept_nowhere in ("widgets", "language_info"):
        notebook.metadata.pop(kept_nowhere, None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs if (kept := _cleaned(output))]
    return notebook


def _cleaned(output: Any) -> Any:
    """The output as it is stored, or None."""
    if output.output_type == "stream":
        output.text = _steady(PROGRESS.sub("", output.text) if _is_bar(output) else output.text)
        return output if output.text.strip() else None
    if output.output_type == "error":  # one that is wanted, or the run would have ended
        output.traceback = [f"{output.ename}: {output.evalue}"]
        return output
    data = output.data
    if "image/svg+xml" in data:
        data.pop("image/png", None)  # its bytes depend on fonts and programs; `build` adds it
    if "application/vnd.jupyter.widget-view+json" in data and not any(k in data for k in KEPT[:3]):
        return None
    kept = {kind: data[kind] for kind in KEPT if kind in data}
    if data.get(VIEW, {}).get("kind") in LIVE:
        kept[VIEW] = data[VIEW]
    if "text/plain" in kept:
        kept["text/plain"] = _steady(kept["text/plain"])
    output.data, output.metadata = type(data)(kept), type(data)()
    return output if kept else None


def _is_bar(output: Any) -> bool:
    return output.name == "stderr" and PROGRESS.search(output.text) is not None


def _steady(text: str) -> str:
    """Text without what differs from run to run."""
    return CELL_FILE.sub("this cell", ADDRESS.sub("at 0x…", text))


def with_pngs(notebook: Any, before: Any = None) -> Any:
    """The notebook with a PNG beside each SVG, for Jupyter hides those of notebooks from elsewhere.

    Args:
        before: the notebook as it was; a picture that has not changed keeps the PNG that it had.
    """
    known = {}
    for data in displayed(before) if before else ():
        known["".join(data["image/svg+xml"])] = data.get("image/png")
    for data in displayed(notebook):
        svg = "".join(data["image/svg+xml"])
        png = known.get(svg) or small_png(svg)
        if png:
            data["image/png"] = png
    return notebook


def displayed(notebook: Any) -> Iterator[Any]:
    """The data of each output with an SVG."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/svg+xml" in output.get("data", {}):
                yield output.data


def build(source: Path) -> None:
    """Write the notebook of a source, executed, beside it."""
    path = source.with_suffix(".ipynb")
    before = nbformat.read(path, as_version=4) if path.exists() else None
    nbformat.write(with_pngs(run(read(source), source.parent), before), path)


def main(names: list[str]) -> None:
    known = {name_of(source): source for source in SOURCES}
    wanted = [known.get(name.removesuffix(".py").removeprefix("notebooks/")) for name in names]
    if None in wanted:
        sys.exit(f"{names[wanted.index(None)]} is no notebook; there are: {', '.join(known)}")
    sources = wanted or SOURCES
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a kernel of its own
        for _ in tqdm(pool.map(build, sources), "notebooks", total=len(sources), disable=None):
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
