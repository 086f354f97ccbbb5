"""Pictures that a command may have made: those that are there are shown, others are not missed.

A line `<!-- pictures: gallery/*.svg -->` in a page becomes a figure for each file. Of a pair such
as net.svg and net-dark.svg the second is for the dark theme. What an SVG says that it shows is its
caption. Each picture leads to itself in full size.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

LABEL = re.compile(r'<svg\b[^>]*\baria-label="([^"]*)"')
LINE = re.compile(r"^<!-- pictures: (\S+) -->$", re.M)


def caption(path: Path) -> str:
    """What the picture says that it shows: its label, its title, or its file's name in words."""
    svg = path.read_text(encoding="utf-8")
    found = LABEL.search(svg) or re.search(r"<title[^>]*>(.*?)</title>", svg, re.S)
    text = html.unescape(found[1]).strip() if found else path.stem.replace("-", " ")
    first = text.partition(";")[0]  # of several charts
    return " ".join(first.replace("_", " ").split()).translate(str.maketrans("[]`", "()'"))


def show(app: Any, docname: str, content: list[str]) -> None:
    """Replace the lines by images."""
    root = Path(app.srcdir)
    up = "../" * docname.count("/")

    def figures(match: re.Match[str]) -> str:
        found = sorted(root.glob(match[1]))
        shown = []
        for path in found:
            if path.stem.endswith("-dark"):
                continue
            dark, told = path.with_name(f"{path.stem}-dark{path.suffix}"), caption(path)
            images = f"![{told}](/{path.relative_to(root).as_posix()})"
            if dark in found:
                other = f"![{told}](/{dark.relative_to(root).as_posix()})"
                images = f"{images}{{.only-light}}{other}{{.only-dark}}"
            # Sphinx puts all images into one folder, under the names of their files.
            link = f'<a class="picture" href="{up}_images/{path.name}" title="Full size">'
            shown.append(f"{link}{images}</a>\n\n*{told}*\n")
        return "\n".join(shown) or "*(The picture has not been made here.)*"

    content[0] = LINE.sub(figures, content[0])


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", show)
    return {"parallel_read_safe": True}
