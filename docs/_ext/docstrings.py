"""Docstrings are plain text to who writes them: only backticks, examples and sections mean more.

Examples, here and in pages, end with a blank line for the program that tests them, not for readers.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

MEANT = re.compile(r"(`[^`]*`)")


def as_written(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep signs such as |x| and x**2 from being markup, outside examples and backticks."""
    in_example = False
    for i, line in enumerate(lines):
        in_example = bool(line.strip()) and (in_example or line.lstrip().startswith(">>>"))
        if not in_example:
            parts = MEANT.split(line)
            lines[i] = "".join(
                quoted(part, parts[k + 1]) if k % 2 else re.sub(r"([|*\\]|_\b|_$)", r"\\\1", part)
                for k, part in enumerate(parts)
            )


def quoted(part: str, after: str) -> str:
    """`name`, so that it ends where it is meant to; `.name` is code and not looked up anywhere."""
    if part.startswith("`."):
        part = f"`{part}`"
    return part + "\\ " * after[:1].isalnum()


def without_last_lines(app: Any, doctree: nodes.document) -> None:
    """Take the blank lines from the end of each example."""
    for block in doctree.findall(nodes.literal_block):
        code = block.astext().rstrip()
        block[:] = [nodes.Text(code)]
        block.rawsource = code


def setup(app: Any) -> dict[str, Any]:
    """Before napoleon, which makes markup of the sections."""
    app.connect("autodoc-process-docstring", as_written, priority=400)
    app.connect("doctree-read", without_last_lines)
    return {"parallel_read_safe": True}
