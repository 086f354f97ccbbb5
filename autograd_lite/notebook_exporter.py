"""jupyter nbconvert --to autograd_lite: a notebook as one page that works offline, views alive.

nbconvert finds it by its entry point. The page is that of `python -m autograd_lite.export`; here
all of nbconvert's options work with it, such as `--execute` and `--output-dir`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Unicode

from .export import page_from


class PageExporter(Exporter):  # type: ignore[misc]
    """Writes a notebook as one HTML page without network, with pictures and steppers alive."""

    export_from_notebook = "Page with live pictures (autograd_lite)"  # in JupyterLab's menu
    output_mimetype = "text/html"
    file_extension = Unicode(".html")
    language = Unicode(help="of the text, as en or zh; by default that of its first picture").tag(
        config=True
    )

    def from_notebook_node(
        self, nb: Any, resources: Any = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, and nbconvert's notes on it."""
        notebook, resources = super().from_notebook_node(nb, resources, **options)
        known = resources.get("metadata", {})
        path = Path(known.get("path") or ".", known.get("name") or "notebook")
        return page_from(notebook, path, self.language or None), resources
