"""The notebooks as pages: copied into docs/tutorial/, where Sphinx looks for its sources.

A line `<!-- notebooks: zh -->` in a page lists those of that folder, under the name of its
language, if there are any; the README.md that they may link to comes last.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from autograd_lite.views.output.page import Section, page
from autograd_lite.views.output.widget import MIME

LINE = re.compile(r"^<!-- notebooks: (\w+) -->$", re.M)
LANGUAGES = {"zh": "中文"}
TO_DOCS = re.compile(r"\]\(((?:\.\./)+)docs/")  # from here, those pages lie one folder nearer


def copy(app: Any) -> None:
    """Copy what has changed, and remove what is gone."""
    target = Path(app.srcdir) / "tutorial"
    source = Path(app.srcdir).parent / "notebooks"
    wanted = {
        path.relative_to(source): alive(path.read_text(encoding="utf-8")).encode()
        for path in source.glob("**/[0-9]*.ipynb")
    }
    for folder in LANGUAGES:
        for path in source.glob(f"{folder}/README.md"):
            wanted[path.relative_to(source)] = path.read_bytes()
    for path in [*target.glob("**/*.ipynb"), *target.glob("*/README.md")]:
        if path.relative_to(target) not in wanted:
            path.unlink()
    for name, content in wanted.items():
        page = target / name
        if not page.exists() or page.read_bytes() != content:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_bytes(content)


def alive(text: str) -> str:
    """A notebook whose steppers move, each in a frame of its own, and whose links find the site."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = TO_DOCS.sub(r"](\1", "".join(cell["source"]))
        for output in cell.get("outputs", []):
            payload = output.get("data", {}).get(MIME)
            if payload is not None:
                svg = "".join(output["data"]["image/svg+xml"])
                section = Section(view={"svg": svg, **payload})
                label = payload["label"]
                content = html.escape(page(label, [section], headed=False), quote=True)
                output["data"] = {
                    "text/html": f'<autograd-view><iframe name="autograd-view" srcdoc="{content}" '
                    f'title="{html.escape(label)}" loading="lazy" '
                    'style="width:100%;height:44rem;border:0"></iframe></autograd-view>'
                }
    return json.dumps(notebook, ensure_ascii=False)


def listed(app: Any, docname: str, content: list[str]) -> None:
    """Replace the lines by a heading and a list."""

    def pages(match: re.Match[str]) -> str:
        folder = match[1]
        if not any((Path(app.srcdir) / "tutorial" / folder).glob("*.ipynb")):
            return ""
        tree = f"```{{toctree}}\n:maxdepth: 1\n:glob:\n\n{folder}/[0-9]*\n{folder}/README*\n```"
        return f"## {LANGUAGES.get(folder, folder)}\n\n{tree}"

    content[0] = LINE.sub(pages, content[0])


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", copy)
    app.connect("source-read", listed)
    return {"parallel_read_safe": True}
