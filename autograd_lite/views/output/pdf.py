"""SVG as PDF, its text as text, where something that writes PDF is installed.

Typst is a typesetter that `pip` installs on every system; it embeds the fonts that the picture
uses, one for each script, and tells readers without eyes what the picture shows. The program
rsvg-convert does as well where it is there.
"""

from __future__ import annotations

from .raster import converted

NO_WRITER = (
    "to write a PDF typst is needed: pip install 'autograd_lite[pdf]' (or the program "
    "rsvg-convert); save as .svg or .html needs nothing"
)
DOCUMENT = """
#set document(title: sys.inputs.title, date: none)
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.svg), format: "svg", alt: sys.inputs.title)
"""


def pdf(svg: str, title: str) -> bytes:
    """The picture as a PDF of one page of its size, by typst (extra `[pdf]`) or rsvg-convert.

    Args:
        svg: the whole `<svg>`.
        title: what it shows, in a sentence.

    Raises:
        ImportError: neither is there; the message says what to install.
    """
    try:
        import typst  # optional: the extra [pdf]
    except ImportError:
        return converted(svg, NO_WRITER, "--format=pdf", "--unlimited")
    inputs = {"svg": svg, "title": title}
    return bytes(typst.compile(DOCUMENT.encode(), sys_inputs=inputs, format="pdf"))
