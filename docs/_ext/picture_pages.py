"""Pictures that a command may have made: those that are there are shown, others are not missed.

A line `<!-- pictures: gallery/*.svg -->` in a page becomes a figure for each file. Of a pair such
as net.svg and net-dark.svg the second is for the dark theme. What an SVG says that it shows is its
caption. A picture leads to the page that `pages/` beside it has under its name, or to itself in
full size; it is scrolled rather than shrunk until its type is too small.

A picture right before a live page is its still, for hosts that show the text alone: it is left out.
"""

from __future__ import annotations

import html
import math
import re
from pathlib import Path
from typing import Any

READABLE = 11.0  # pixels of the smallest type
LABEL = re.compile(r'<svg\b[^>]*\baria-label="([^"]*)"')
STILL = re.compile(
    r'^!\[[^\]]*\]\([^)]*\)\n\n(?=```\{raw\} html\n(?:<div class="on-wide">)?<autograd-view )', re.M
)
LINE = re.compile(r"^<!-- pictures: (\S+) -->$", re.M)


def caption(path: Path) -> str:
    """What the picture says that it shows: its label, its title, or its file's name in words."""
    svg = path.read_text(encoding="utf-8")
    found = LABEL.search(svg) or re.search(r"<title[^>]*>(.*?)</title>", svg, re.S)
    text = html.unescape(found[1]).strip() if found else path.stem.replace("-", " ")
    first = text.partition(";")[0]  # of several charts
    return " ".join(first.replace("_", " ").split()).translate(str.maketrans("[]`", "()'"))


def least(path: Path) -> int:
    """How wide a picture has to be shown so that all of its type can be read."""
    svg = path.read_text(encoding="utf-8")
    wide = re.search(r'viewBox="0 0 ([\d.]+)', svg)
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]
    return math.ceil(float(wide[1]) * READABLE / min(sizes)) if wide and sizes else 0


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
            page = path.parent / "pages" / f"{path.stem}.html"
            # Sphinx puts all images into one folder, under the names of their files.
            goal = f"{up}{page.name}" if page.exists() else f"{up}_images/{path.name}"
            title = "Open the live page" if page.exists() else "Full size"
            link = f'<a class="picture" href="{goal}" title="{title}" '
            link += f'style="--least:{least(path)}px">'
            shown.append(f"{link}{images}</a>\n\n*{told}*\n")
        return "\n".join(shown) or "*(The picture has not been made here.)*"

    content[0] = LINE.sub(figures, STILL.sub("", content[0]))


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", show)
    return {"parallel_read_safe": True}
