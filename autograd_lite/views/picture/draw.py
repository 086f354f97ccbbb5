"""draw: a computation graph as a picture, in a notebook, a page, or a file."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ... import modes
from ...primitive import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..graph.scene import Scene


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
        from .raster import png

        return {
            ".svg": lambda: self.svg.encode(),
            ".png": lambda: png(self.svg),
            ".html": self._page,
        }

    def _page(self) -> bytes:
        from .page import page

        return page(str(self), [self]).encode()

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
        from .widget import bundle

        return bundle(self)


class Picture(View):
    """A drawn graph. A notebook shows it; `save` writes it.

    Attributes:
        scene: what it shows, as plain data.
        svg: the picture as text.
    """

    kind = "picture"

    def __init__(
        self, roots: list[Any], scene: Scene, direction: str, options: Mapping[str, Any]
    ) -> None:
        self.scene = scene
        self._roots, self._direction, self._options = roots, direction, options

    @functools.cached_property
    def svg(self) -> str:
        from .svg import drawing

        return drawing(self.scene, self._direction)

    def payload(self) -> dict[str, Any]:
        return {
            "version": 1,
            "kind": "draw",
            "svg": self.svg,
            "label": str(self),
            "cards": [card.key for card in self.scene.cards],
            "edges": [[edge.source, edge.target] for edge in self.scene.edges],
        }

    def opened(self, key: str) -> Picture:
        """The same with the group on the card `key` opened."""
        unfold = opened_too(self._options["unfold"], key)
        options = {**self._options, "unfold": unfold, "direction": self._direction}
        return draw(self._roots, **options)

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        return super()._writers() | {".dot": self._dot}

    def _dot(self) -> bytes:
        from .dot import draw_dot

        source: str = draw_dot(self._roots).source
        return source.encode()

    def __str__(self) -> str:
        from .svg import description

        return description(self.scene)

    def __repr__(self) -> str:
        return f"<{self}>"


def pictures_are_shown() -> bool:
    """Whether who asks for a mime bundle can show pictures: IPython in a terminal cannot."""
    ipython = sys.modules.get("IPython")
    formatter = getattr(ipython and ipython.get_ipython(), "display_formatter", None)
    return formatter is None or "image/svg+xml" in formatter.active_types


DIRECTIONS = ("right", "down")


def draw(
    what: Any,
    *,
    level: str | int | None = None,
    unfold: Any = (),
    direction: str = "right",
    max_cards: int = 150,
    highlight: Any = (),
    name_from: Mapping[str, Any] | None = None,
    before: Any = None,
) -> Picture:
    """The graph of a Value as a picture: a card per Value, a line per operand.

    A card shows the name, the operation and the number, and below them the gradient once
    `backward()` has come by what is drawn: an arrow up where raising the Value raises the result,
    an arrow down where it lowers it. (What another graph has left in a leaf is not shown.) A line
    is a factor of the chain rule: it carries the local derivative, and is as wide as the gradient
    that flows back through it. A graph of more than `max_cards` Values is folded by its scopes
    (those of `nn`, and `with scope("name")`), or else by its shape.

    Args:
        what: a Value, a list of Values, or a model of `nn`, which is called on an example.
        level: "model", "layer", "neuron" or "operation"; by default the deepest that draws at most
            `max_cards` cards.
        unfold: groups to open, by their names; `dot` and `sum` nodes to take apart into products
            and a sum, or True for all of them.
        direction: "right" or "down": where the result is.
        max_cards: at most so many cards, unless `level` is given.
        highlight: Values, or their names, that stand out with what they depend on and what
            depends on them; the rest is dimmed.
        name_from: variables, as `locals()`, that give names to Values without a label.
        before: the root of the same graph at an earlier time, or a `snapshot` of it: cards show
            what changed.

    Raises:
        TypeError: `what` is nothing that has a graph, or name_from is no dict.
        ValueError: an unknown level or direction, nothing of that name to unfold or highlight, or
            a `before` of another shape.

    >>> from autograd_lite import Value, draw
    >>> w, x = Value(-0.6, label="w"), Value(2.0, label="x")
    >>> y = (w * x).tanh()
    >>> y.backward()
    >>> draw(y)
    <Computation graph of v1: 4 values>
    """
    from .cards import build_scene

    if modes.active and modes.current.trace is not None:
        modes.current.trace.refuse("draw")
    if direction not in DIRECTIONS:
        raise ValueError(f'direction is "right" or "down", got {direction!r}')
    if not isinstance(max_cards, int) or max_cards < 1:
        raise ValueError(f"max_cards is a whole number from 1, got {max_cards!r}")
    if isinstance(unfold, Iterator):  # they are read more than once
        unfold = list(unfold)
    if isinstance(highlight, Iterator):
        highlight = list(highlight)
    roots = roots_of(what)
    options = {
        "level": level, "unfold": unfold, "max_cards": max_cards, "highlight": highlight,
        "name_from": name_from, "before": before,
    }  # fmt: skip
    return Picture(roots, build_scene(roots, **options), direction, options)


def opened_too(unfold: Any, key: str) -> Any:
    """What `unfold` says, and the group `key`."""
    if unfold is True:
        return True
    several = isinstance(unfold, Iterable) and not isinstance(unfold, str)
    return [*(unfold if several else [unfold]), key]


def roots_of(what: Any) -> list[Any]:
    """The Values whose graph is meant: of a Value, of a list of them, or of a model."""
    if isinstance(what, type):
        raise TypeError(
            f"a Value, a list of Values or a model can be drawn, got the class {what.__name__}: "
            f"make one first, {what.__name__}(...)"
        )
    if hasattr(what, "forward") and hasattr(what, "example"):
        what = what.example()
    roots = list(_flat(what))
    for root in roots:
        if not hasattr(type(root), "_apply"):
            raise TypeError(
                f"a Value, a list of Values or a model can be drawn, got {describe(root)}"
            )
    if not roots:
        raise TypeError(f"there is nothing to draw in {describe(what)}")
    return roots


def _flat(what: Any) -> Iterable[Any]:
    """The entries of nested lists, tuples, dicts and arrays, in order."""
    stack = [what]
    opened: dict[int, Any] = {}  # each once: a list may hold itself
    while stack:
        thing = stack.pop()
        if id(thing) in opened:
            continue
        if not hasattr(type(thing), "_apply"):
            opened[id(thing)] = thing
        if getattr(getattr(thing, "dtype", None), "kind", "") == "O":
            thing = thing.tolist()
        if isinstance(thing, dict):
            stack += reversed(list(thing.values()))
        elif isinstance(thing, (list, tuple)):
            stack += reversed(thing)
        else:
            yield thing
