"""Slides of a notebook: one file, in which each key reveals one thing.

A key shows the code of the next cell, then what it gives, or the next step of a stepper.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..export import page_from
from .sources import without_solutions

REVEAL = "reveal.js@5.2.1"  # what shows slides in a browser, from npm
NETWORK = f"https://cdn.jsdelivr.net/npm/{REVEAL}/dist"
POLICY = re.compile(
    r'<meta http-equiv="Content-Security-Policy"[^>]*>\n'
)  # allows our script alone
TEMPLATE = """\
{%- extends "basic/index.html.j2" -%}
{%- block any_cell -%}
{{ cell.metadata.before }}{{ super() }}{{ cell.metadata.after }}
{%- endblock any_cell -%}
{%- block input_group -%}
{% if cell.source.strip() %}{{ super() }}{% endif %}
{%- endblock input_group -%}
{%- block output_group -%}
<div class="fragment">{{ super() }}</div>
{%- endblock output_group -%}
"""
STYLE = """
html,body.agv-page,.agv-page main,.agv-page main>section{
  height:100%;max-width:none;margin:0;padding:0;overflow:hidden}
.reveal .slides>section{
  height:100%;overflow-y:auto;box-sizing:border-box;padding:0 60px 60px;text-align:left}
.reveal .slides>section,.reveal .slides>section>*{line-height:1.45}
.reveal .slides>section p,.reveal .slides>section li{font-size:23px;max-width:none}
.reveal .slides>section h1{font-size:42px}
.reveal .slides>section h2,.reveal .slides>section h3{font-size:31px}
.reveal .slides>section pre{font-size:19px}
.reveal .cell .agv{font-size:15px}
"""
FIRST, LAST = '<div class="reveal"><div class="slides">', "</div></div>"


def slides(notebook: Any, path: Path, language: str, reveal: Path | None) -> str:
    """The slides of a notebook, without solutions.

    Each text begins a slide, on which the code after it is revealed, and then what that gives: the
    answer of a prediction, and its reason, come with the latter.

    Args:
        notebook: as nbformat has it, with its outputs.
        path: of its file.
        language: of the words of its views.
        reveal: the folder of reveal.js, which is put into the page; None leaves it in the network.
    """
    cells = [cell for cell in without_solutions(notebook, told=True).cells if cell.source.strip()]
    notebook.cells = cells
    for i, cell in enumerate(cells):
        if cell.cell_type == "code":
            cell.source = untold(cell.source)
        begins = i == 0 or cell.cell_type == "markdown"
        ends = i + 1 == len(cells) or cells[i + 1].cell_type == "markdown"
        inner = '<div class="fragment">' if cell.cell_type == "code" and cell.source else ""
        cell.metadata["before"] = FIRST * (i == 0) + "<section>" * begins + inner
        cell.metadata["after"] = "</div>" * bool(inner) + "</section>" * ends
    cells[-1].metadata["after"] += LAST
    text = page_from(notebook, path, language, template=TEMPLATE, style=STYLE)
    script = (Path(__file__).parent / "slides.js").read_text(encoding="utf-8")
    head, shown = _parts(reveal)
    text = POLICY.sub("", text, count=1).replace("<style>", f"{head}<style>", 1)
    return text.replace("</body>", f"{shown}<script>\n{script}</script>\n</body>", 1)


def untold(source: str) -> str:
    """Code without its calls of `predicted`, for they hold the answer and its reason.

    >>> from autograd_lite.course.slides import untold
    >>> untold('truth = 2\\npredicted(guess, truth,\\n    "so it is")  # why')
    'truth = 2'
    """
    lines = source.splitlines()
    with suppress(SyntaxError):  # a magic of IPython
        for statement in ast.walk(ast.parse(source)):
            if isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("predicted("):
                for i in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
                    lines[i] = ""
    return "\n".join(lines).strip("\n")


def _parts(reveal: Path | None) -> tuple[str, str]:
    """The style and the script of reveal.js, as elements of a page."""
    if reveal is None:
        style = f'<link rel="stylesheet" href="{NETWORK}/reveal.css">\n'
        return style, f'<script src="{NETWORK}/reveal.js"></script>\n'
    css, script = (
        (reveal / "dist" / name).read_text(encoding="utf-8") for name in ("reveal.css", "reveal.js")
    )
    script = script.replace("</script", r"<\/script")
    return f"<style>{css}</style>\n", f"<script>{script}</script>\n"
