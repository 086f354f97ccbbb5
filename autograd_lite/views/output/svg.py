"""The frame around every picture, and the text inside it."""

from __future__ import annotations

import functools
import hashlib
import html
import math
import re

from ..language import ENGLISH, spoken_here
from ..text import shortened
from ..theme import FONT, style

SIZE, SMALL = 14.0, 12.0  # of text, in pixels
STYLE = re.compile("<style>.*?</style>", re.DOTALL)
SHRINKS = 720, 1600  # widths of pictures that are fitted to the page


def id_of(body: str) -> str:
    """The id of the picture with this body; no other picture in a page has it."""
    return f"ag-{hashlib.sha256(body.encode()).hexdigest()[:10]}"


def framed(body: str, wide: float, high: float, label: str, rules: str | None = None) -> str:
    """`body` in an `<svg>` of that size, with the style sheet and an id of its own.

    `rules` stand for that style sheet, if they are given.

    What is a little too wide for a page shrinks to its width wherever it is shown, also as an
    `<img>`; what is far too wide would be unreadable, and is scrolled.
    """
    wide, high = math.ceil(wide), math.ceil(high)
    size = f'width="{wide}" height="{high}" style="max-width:100%;height:auto"'
    if SHRINKS[0] < wide <= SHRINKS[1]:
        size = f'width="100%" style="max-width:{wide}px;height:auto"'
    language = spoken_here()
    spoken = "" if language == ENGLISH else f'lang="{language}" '  # as fonts differ
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ag" id="{id_of(body)}" {spoken}role="img" '
        f'aria-label="{one_line(label)}" viewBox="0 0 {wide} {high}" {size} '
        f'font-family="{FONT}" font-size="{SIZE:g}">'
        f"<style>{style() if rules is None else rules}</style>{body}</svg>"
    )


def language_of(svg: str) -> str:
    """The language of the words on a picture of ours."""
    lang = re.match(r'<svg [^>]*? lang="(\w+)"', svg)
    return lang[1] if lang else ENGLISH


def size_of(svg: str) -> tuple[int, int]:
    """The width and the height of a picture of ours; its `width` may say "100%"."""
    view_box = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    return (int(view_box[1]), int(view_box[2])) if view_box else (0, 0)


def unstyled(svg: str) -> str:
    """A picture for a page of ours, which has its colours.

    >>> unstyled("<svg><style>a{}</style><g/></svg>")
    '<svg><g/></svg>'
    """
    return STYLE.sub("", svg)


def without_ground(svg: str) -> str:
    """A picture of ours through which one sees what is behind it.

    >>> without_ground('<svg><rect data-part="ground" rx="8"/><path d="M0 0"/></svg>')
    '<svg><path d="M0 0"/></svg>'
    """
    return re.sub(r'<rect\b[^>]* data-part="ground"[^>]*/>', "", svg, count=1)


def tip(words: str) -> str:
    """What a pointer or a screen reader reads of the element that it stands in."""
    return f"<title>{one_line(words)}</title>"


@functools.lru_cache(maxsize=1 << 14)
def one_line(text: str) -> str:
    """`text` for the inside of an element or attribute, on one line of at most 400 characters."""
    return escaped(shortened(text, 400))


def escaped(text: str) -> str:
    """`text` for the inside of an element or attribute, of SVG or HTML.

    >>> escaped('1 < 2 & "3"')
    '1 &lt; 2 &amp; &quot;3&quot;'
    """
    encodable = text.encode("utf-8", "replace").decode()
    return html.escape(encodable, quote=False).replace('"', "&quot;")
