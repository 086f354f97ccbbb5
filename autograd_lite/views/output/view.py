"""View: what people look at, as a picture, a file, a page, and the output of a notebook's cell."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..language import spoken, spoken_here
from ..theme import painted
from .page import page
from .pdf import pdf
from .raster import png
from .svg import without_ground
from .widget import bundle

V = TypeVar("V", bound="View")


class Look(NamedTuple):
    """How a file is to look: the options of `save`; None for what was not said."""

    theme: str | None = None
    scale: float | None = None
    transparent: bool | None = None
    animate: bool | None = None


class Writer(NamedTuple):
    """What writes the files of one ending.

    Attributes:
        write: called with the `Look`; gives the content.
        heeds: the fields of the Look that make a difference; others are refused.
    """

    write: Callable[[Look], bytes]
    heeds: tuple[str, ...] = ()


def source(text: Callable[[], str]) -> Writer:
    """The Writer of a text that looks as its reader wants."""
    return Writer(lambda look: text().encode("utf-8", "replace"))


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

    @property
    def still(self) -> str:
        """The picture where nothing moves, as in a file, a stored notebook, on paper."""
        return self.svg

    def payload(self) -> dict[str, Any]:
        """What a page needs to show it and to bring it to life, as JSON can hold it."""
        raise NotImplementedError

    def _writers(self) -> dict[str, Writer]:
        """What writes each ending; a subclass adds those that only it has."""
        return {
            ".svg": Writer(lambda look: self._drawn(look).encode(), ("theme", "transparent")),
            ".png": Writer(
                lambda look: png(self._drawn(look), look.scale),
                ("theme", "transparent", "scale"),
            ),
            ".pdf": Writer(
                lambda look: pdf(self._drawn(look), self._title()), ("theme", "transparent")
            ),
            ".html": source(self._page),
        }

    def _title(self) -> str:
        """What it shows, in a line."""
        return str(self)

    def _page(self) -> str:
        return page(self._title(), [self], language=self.language)

    @spoken
    def save(
        self,
        path: str | os.PathLike[str],
        *,
        theme: str | None = None,
        scale: float | None = None,
        transparent: bool | None = None,
        animate: bool | None = None,
    ) -> Path:
        """Write the view to a file; the ending of its name says what: .svg, .png, .html, ...

        Args:
            path: of the file. `.svg` is the picture; `.png` too, by resvg (extra `[png]`) or
                rsvg-convert; `.pdf` likewise, its text as text, by typst (extra `[pdf]`) or
                rsvg-convert; `.html` is one page that works offline. Graphs and steppers also have
                `.tex`, a picture in TikZ that compiles by itself and in `\\input`, and those drawn
                as cards `.mmd`, a flowchart in Mermaid; graphs have `.dot`, their source for
                Graphviz; steppers have `.gif` (extra `[gif]`), which plays. Of a stepper a `.svg`,
                `.png` or `.pdf` is a strip of frames.
            theme: "light" or "dark", of a `.svg`, `.png`, `.pdf` or `.gif`; by default a `.svg`
                follows the setting of who sees it, and the others are light.
            scale: pixels per unit of the picture, of a `.png`, by default 2 (1 of a very large
                one), and of a `.gif`, by default 1.5.
            transparent: leave out the ground of a `.svg`, `.png` or `.pdf`, so that what is behind
                it shows.
            animate: let the `.svg` of a stepper play by itself, also in an `<img>`: forward and
                backward in about eight seconds, three times, then it rests; for readers who want
                no motion it rests from the beginning.

        Returns:
            The path.

        Raises:
            ValueError: an unknown ending; the message lists the known ones. An unknown theme, a
                scale that is not positive, an option that another ending has. Or a picture too
                large for the format.
            ImportError: what writes a `.png`, a `.pdf` or a `.gif` is not installed.

        >>> import autograd_lite as ag, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "graph.svg")
        >>> ag.draw(ag.Value(3.0, "x") ** 2).save(path).name
        'graph.svg'
        """
        path = Path(path)
        if theme not in (None, "light", "dark"):
            raise ValueError(f'theme is "light" or "dark", got {theme!r}')
        if scale is not None and not (isinstance(scale, (int, float)) and 0.0 < scale < math.inf):
            raise ValueError(f"scale is a number of pixels above 0, got {scale!r}")
        writers = self._writers()
        writer = writers.get(path.suffix.lower())
        if writer is None:
            known = ", ".join(writers)
            if path.suffix.lower() == ".gif":
                raise ValueError(
                    f"a {self.kind} does not move, so it is no .gif: step(...).save({path.name!r}) "
                    f"writes one; a {self.kind} is saved as one of {known}"
                )
            raise ValueError(
                f"a {self.kind} is saved as one of {known}; "
                + (f"the ending {path.suffix!r} is not known" if path.suffix else "add the ending")
                + f": save({path.stem + '.svg'!r})"
            )
        look = Look(theme, scale, transparent, animate)
        for option, given in look._asdict().items():
            if given is not None and option not in writer.heeds:
                those = [ending for ending, other in writers.items() if option in other.heeds]
                if not those:
                    raise ValueError(
                        f"{option} is no option of a {self.kind}: a stepper moves, as by "
                        "step(...).save('NAME.svg', animate=True)"
                    )
                if option == "animate" and path.suffix.lower() == ".gif":
                    raise ValueError("a .gif always plays: leave animate out")
                raise ValueError(
                    f"{option} is an option of {', '.join(those)}; {path.name!r} has none such"
                )
        path.write_bytes(writer.write(look))
        return path

    def _drawn(self, look: Look, picture: str | None = None) -> str:
        svg = self.still if picture is None else picture
        svg = without_ground(svg) if look.transparent else svg
        return svg if look.theme is None else painted(svg, look.theme)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return bundle(self)


def pictures_are_shown() -> bool:
    """Whether who asks for a mime bundle can show pictures: IPython in a terminal cannot."""
    ipython = sys.modules.get("IPython")
    formatter = getattr(ipython and ipython.get_ipython(), "display_formatter", None)
    return formatter is None or "image/svg+xml" in formatter.active_types
