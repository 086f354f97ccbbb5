"""View: what people look at, as a picture, a file, a page, and the output of a notebook's cell."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ..language import spoken_here
from ..theme import painted
from .page import page
from .raster import png
from .widget import bundle

V = TypeVar("V", bound="View")


class View:
    """What is looked at: has an SVG, can be saved, and shows itself in a notebook.

    A subclass brings `svg`, `payload` and `__str__`, and `kind`, its name in messages.

    Attributes:
        language: the one in which it was made, which it keeps.
    """

    kind = "view"
    language: str

    def __new__(cls: type[V], *args: Any, **options: Any) -> V:
        view = super().__new__(cls)
        object.__setattr__(view, "language", spoken_here())  # some are frozen
        return view

    @property
    def svg(self) -> str:
        """The picture as text; the same for the same graph on every machine."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """What a page needs to show it and to bring it to life, as JSON can hold it."""
        raise NotImplementedError

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        """What writes each ending, but for those of a picture alone."""
        return {".html": lambda: self._page().encode()}

    def _page(self) -> str:
        return page(str(self), [self], language=self.language)

    def save(
        self, path: str | os.PathLike[str], *, theme: str | None = None, scale: float = 2.0
    ) -> Path:
        """Write the view to a file; the ending of its name says what: .svg, .png, .html, ...

        Args:
            path: of the file. `.svg` is the picture; `.png` too, by resvg (extra `[png]`) or
                rsvg-convert; `.html` is one page that works offline; a graph also has `.dot`, its
                source for Graphviz.
            theme: "light" or "dark", of a `.svg` or `.png`; by default a `.svg` follows the setting
                of who sees it, and a `.png` is light.
            scale: pixels of a `.png` per unit of the picture.

        Returns:
            The path.

        Raises:
            ValueError: an unknown ending; the message lists the known ones. An unknown theme, one
                for another ending, a scale that is not positive. Or a picture too large for a
                `.png`.
            ImportError: no rasteriser for a `.png`.

        >>> import autograd_lite as ag, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "graph.svg")
        >>> ag.draw(ag.Value(3.0, "x") ** 2).save(path).name
        'graph.svg'
        """
        path = Path(path)
        if theme not in (None, "light", "dark"):
            raise ValueError(f'theme is "light" or "dark", got {theme!r}')
        if not scale > 0.0:
            raise ValueError(f"scale is a number of pixels above 0, got {scale!r}")
        pictures: dict[str, Callable[[], bytes]] = {
            ".svg": lambda: self._painted(theme).encode(),
            ".png": lambda: png(self._painted(theme), scale),
        }
        writers = pictures | self._writers()
        if path.suffix.lower() not in writers:
            known = ", ".join(writers)
            raise ValueError(
                f"a {self.kind} is saved as one of {known}; "
                + (f"the ending {path.suffix!r} is not known" if path.suffix else "add the ending")
                + f": save({path.stem + '.svg'!r})"
            )
        if theme is not None and path.suffix.lower() not in pictures:
            raise ValueError(f"theme is for .svg and .png; {path.name!r} follows its reader")
        path.write_bytes(writers[path.suffix.lower()]())
        return path

    def _painted(self, theme: str | None) -> str:
        return self.svg if theme is None else painted(self.svg, theme)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return bundle(self)


def pictures_are_shown() -> bool:
    """Whether who asks for a mime bundle can show pictures: IPython in a terminal cannot."""
    ipython = sys.modules.get("IPython")
    formatter = getattr(ipython and ipython.get_ipython(), "display_formatter", None)
    return formatter is None or "image/svg+xml" in formatter.active_types
