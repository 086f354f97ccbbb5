"""python -m autograd_lite.export notebook.ipynb: an executed notebook as one HTML file.

The page needs no network and no kernel. Pictures and steppers in it are alive: what a view left in
the notebook for this purpose is put into the page in place of its static picture. Formulas become
MathML, which browsers show by themselves. Needs the extra `[notebook]`.
"""

from __future__ import annotations

import argparse
import functools
import html
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .views.language import languages, speaking, spoken_here
from .views.output.page import Section, element, embedded, page
from .views.output.svg import language_of
from .views.output.widget import MIME

SHOWN = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")
ELEMENT = Path("autograd-view.js")
PLACE = "<p>autograd-lite-view-{}-is-put-here</p>"  # nbconvert rewrites HTML, so not through it
STYLE = """
.agv-page main{max-width:1100px}
.cell{margin:14px 0}.prompt{display:none}
.input_area{background:var(--ag-leaf);border-radius:6px;padding:2px 14px;overflow-x:auto}
pre{font:13px/1.5 var(--ag-mono);overflow-x:auto}
.output_area{margin:8px 0;overflow-x:auto}.output_area img{max-width:100%}
.output_subarea>svg{max-width:100%;height:auto}
.output_stderr pre,.output_error pre{color:var(--ag-negative)}
.agv-page .text_cell table{margin:12px 0}.anchor-link{display:none}
p code,li code{font:.9em var(--ag-mono);background:var(--ag-leaf);padding:1px 4px;border-radius:4px}
math[display="block"]{margin:10px 0;overflow-x:auto}
mtd[columnalign="left"]{text-align:left}mtd[columnalign="right"]{text-align:right}
"""


class ExportError(Exception):
    """A notebook that cannot be made into a page; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m autograd_lite.export",
        description="Write an executed notebook as one HTML file that works offline, with pictures "
        "and steppers that answer to keys.",
    )
    parser.add_argument("notebook", type=Path, nargs="?", help="the .ipynb file")
    parser.add_argument("-o", "--output", type=Path, help="the page (default: beside the notebook)")
    parser.add_argument(
        "--element",
        action="store_true",
        help="instead, write the script of <autograd-view>, by which other pages show saved ones "
        f"(default: {ELEMENT})",
    )
    parser.add_argument("--execute", action="store_true", help="run the notebook first")
    parser.add_argument(
        "--language", choices=languages(), help="of the text (default: that of its pictures)"
    )
    options = parser.parse_args(arguments)
    if options.element == (options.notebook is not None):
        parser.error("give either a notebook or --element")
    output = options.output
    try:
        if options.element:
            text, output = element(), output or ELEMENT
        else:
            text = page_of(options.notebook, execute=options.execute, language=options.language)
            output = output or options.notebook.with_suffix(".html")
        output.write_text(text, encoding="utf-8")
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or output} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{output} ({len(text.encode()) / 1000:,.0f} kB)")
    return 0


def page_of(path: Path, *, execute: bool = False, language: str | None = None) -> str:
    """The page of a notebook.

    Args:
        path: of the .ipynb file.
        execute: run it first, in its own folder; the file stays as it is.
        language: of the text, as `en` or `zh`; by default that of its first picture.

    Raises:
        ExportError: there is no such file, it is no notebook, it was not executed, a cell raises,
            or nbconvert is not installed.
    """
    nbformat, _ = _needed("export", "nbformat", "nbconvert")
    notebook = _read(path, nbformat)
    if execute:
        _execute(notebook, path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if code and not any(cell.outputs or cell.execution_count for cell in code):
        raise ExportError(f"{path} was not executed, so there is nothing to show: add --execute")
    return page_from(notebook, path, language)


def page_from(
    notebook: Any, path: Path, language: str | None = None, *, template: str = "", style: str = ""
) -> str:
    """The page of a notebook that was read, as nbformat has it; its outputs are taken from it.

    Args:
        notebook: what nbformat made of it.
        path: of its file, for what it refers to, and for a title where it has no heading.
        language: of the text, as `en` or `zh`; by default that of its first picture.
        template: another one for nbconvert than that of the cells one below the other.
        style: more CSS.
    """
    views: list[dict[str, Any]] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_for_page(output, views) for output in cell.outputs]
    notebook.metadata.pop("widgets", None)  # the state of live widgets, which views do not need
    body, _ = _exporter(path, template).from_notebook_node(notebook)
    language = language or (language_of(views[0]["svg"]) if views else spoken_here())
    with speaking(language if language in languages() else None):
        for i, view in enumerate(views):
            body = body.replace(PLACE.format(i), embedded(view))

    heading = next(filter(None, map(_heading, notebook.cells)), path.stem)
    style = STYLE + _code_style() + style
    return page(heading, [Section(html=body)], language=language, style=style, headed=False)


def _needed(purpose: str, *names: str) -> list[Any]:
    """Modules that are installed with the extra `[notebook]`."""
    try:
        return [import_module(name) for name in names]
    except ImportError as error:
        raise ExportError(
            f"to {purpose} a notebook, {error.name} is needed: pip install "
            "'autograd_lite[notebook]'"
        ) from error


def _read(path: Path, nbformat: Any) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ExportError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"{path} cannot be read as a notebook: {error}") from error
    try:
        return nbformat.reads(text, as_version=4)
    except Exception as error:  # whatever a file that is no notebook makes of the reader
        raise ExportError(f"{path} is not a notebook (.ipynb): {error}") from error


def _execute(notebook: Any, path: Path) -> None:
    client, exceptions = _needed("run", "nbclient", "nbclient.exceptions")
    resources = {"metadata": {"path": str(path.resolve().parent)}}
    try:
        client.NotebookClient(notebook, resources=resources).execute()
    except (exceptions.CellExecutionError, exceptions.DeadKernelError) as error:
        message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # colours of a terminal
        raise ExportError(f"{path} fails when it is run:\n{message}") from error
    except Exception as error:  # no such kernel, for one
        raise ExportError(f"{path} cannot be run: {error}") from error


def _for_page(output: Any, views: list[dict[str, Any]]) -> Any:
    """An output without what a page cannot show; a view leaves its place and joins `views`."""
    data = output.get("data")
    if data is None:
        return output
    if MIME in data and "image/svg+xml" in data:
        output.data = type(data)({"text/html": PLACE.format(len(views))})
        views.append({"svg": "".join(data["image/svg+xml"]), **data[MIME]})
        return output
    forms = {kind: data[kind] for kind in SHOWN if kind in data}
    if "text/latex" in forms and "text/html" not in forms:
        tex = "".join(forms["text/latex"]).strip()
        forms["text/html"] = mathml(tex.strip("$").strip(), block=True) or html.escape(tex)
    output.data = type(data)(forms)
    return output


def _heading(cell: Any) -> str:
    """The first heading in a cell of text; "" for none."""
    heading = re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE)
    return heading[1].strip() if heading and cell.cell_type == "markdown" else ""


def _exporter(path: Path, template: str = "") -> Any:
    """nbconvert's exporter of the cells alone, with formulas as MathML and images inside."""
    from nbconvert import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):  # type: ignore[misc]
        def block_html(self, html: str) -> str:
            # the parser that embeds images would close <details> before what it folds
            return str(super().block_html(html)) if "<img" in html else html

        def block_math(self, body: str) -> str:
            return mathml(body, block=True) or str(super().block_math(body))

        def inline_math(self, body: str) -> str:
            return mathml(body) or str(super().inline_math(body))

        def latex_environment(self, name: str, body: str) -> str:
            text = rf"\begin{{{name}}}{body}\end{{{name}}}"
            return mathml(text, block=True) or str(super().latex_environment(name, body))

    def to_html(context: Any, source: str) -> str:
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = Renderer(
            escape=False, attachments=attachments, embed_images=True, path=str(path.parent)
        )
        return str(MarkdownWithMath(renderer=renderer).render(source))

    from jinja2 import pass_context

    own = {"raw_template": template} if template else {}
    exporter = HTMLExporter(template_name="basic", embed_images=True, **own)
    exporter.register_filter("markdown2html", pass_context(to_html))
    return exporter


def mathml(tex: str, *, block: bool = False) -> str:
    r"""A formula in MathML; "" without latex2mathml, or for what it cannot read.

    >>> mathml(r"\frac{") # no formula
    ''
    """
    convert = _converter()
    if convert is None:
        return ""
    tex = tex.replace("{aligned}", "{align*}")  # which it knows
    try:
        tree = convert(tex.strip(), display="block" if block else "inline")
    except Exception:  # it meets TeX that it does not know in many ways; the TeX itself stays
        return ""
    for part in tree.iter():  # it writes entities, but leaves the `<` of words as it is
        text = html.unescape(part.text or "")
        part.text = re.sub(r"\\([#$%&_{}])", r"\1", text) if part.tag == "mtext" else text
    return ElementTree.tostring(tree, encoding="unicode", short_empty_elements=False)


@functools.cache
def _converter() -> Any:
    try:
        from latex2mathml.converter import convert_to_element
    except ImportError:
        return None
    return convert_to_element


def _code_style() -> str:
    """The colours of code in both themes."""
    from pygments.formatters import HtmlFormatter

    light, dark = (HtmlFormatter(style=name) for name in ("default", "github-dark"))
    rules = f"{light.get_style_defs('.highlight')}@media screen and (prefers-color-scheme:dark){{"
    rules += f"{dark.get_style_defs('.highlight')}}}"
    return rules + ".highlight{background:none!important}"


if __name__ == "__main__":
    sys.exit(main())
