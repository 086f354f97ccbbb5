"""View: what people look at, as a picture, a file, a page, and the output of a notebook's cell."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .page import page
from .raster import png
from .widget import bundle


class View:
    """What is looked at: has an SVG, can be saved, and shows itself in a notebook.

    A subclass brings `svg`, `payload` and `__str__`, and `kind`, its name in messages.
    """

    kind = "view"

    @property
    def svg(self) -> str:
        """The picture as text; the same for the same graph on every machine."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """What a page needs to show it and to bring it to life, as JSON can hold it."""
        raise NotImplementedError

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        return {
            ".svg": lambda: self.svg.encode(),
            ".png": lambda: png(self.svg),
            ".html": lambda: self._page().encode(),
        }

    def _page(self) -> str:
        return page(str(self), [self])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the view to a file; the ending of its name says what: .svg, .png, .html, ...

        Args:
            path: of the file. `.svg` is the picture; `.png` too, by resvg (extra `[png]`) or
                rsvg-convert; `.html` is one page that works offline; a graph also has `.dot`, its
                source for Graphviz.

        Returns:
            The path.

        Raises:
            ValueError: an unknown ending; the message lists the known ones. Or a picture too large
                for a `.png`.
            ImportError: no rasteriser for a `.png`.

        >>> import autograd_lite as ag, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "graph.svg")
        >>> ag.draw(ag.Value(3.0, "x") ** 2).save(path).name
        'graph.svg'
        """
        path = Path(path)
        writers = self._writers()
        if path.suffix.lower() not in writers:
            known = ", ".join(writers)
            raise ValueError(
                f"a {self.kind} is saved as one of {known}; "
                + (f"the ending {path.suffix!r} is not known" if path.suffix else "add the ending")
                + f": save({path.stem + '.svg'!r})"
            )
        path.write_bytes(writers[path.suffix.lower()]())
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return bundle(self)


def pictures_are_shown() -> bool:
    """Whether who asks for a mime bundle can show pictures: IPython in a terminal cannot."""
    ipython = sys.modules.get("IPython")
    formatter = getattr(ipython and ipython.get_ipython(), "display_formatter", None)
    return formatter is None or "image/svg+xml" in formatter.active_types
