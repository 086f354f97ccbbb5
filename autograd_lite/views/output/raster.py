"""SVG as PNG, where something that rasterises is installed."""

from __future__ import annotations

import base64
import io
import math
import shutil
import subprocess

from .svg import size_of

MOST_SMALL, COLORS = 3_000_000, 128  # pixels, and colours, of a PNG beside an SVG
MOST_PIXELS = 50_000_000  # a rasteriser that runs out of memory takes the whole process with it
NO_RASTERISER = (
    "to write a PNG a rasteriser is needed: pip install 'autograd_lite[png]'; "
    "save as .svg or .html needs nothing"
)


def png(svg: str, scale: float | None = None) -> bytes:
    """The picture as PNG, by resvg (extra `[png]`) or else by the program rsvg-convert.

    Args:
        svg: the whole `<svg>`.
        scale: pixels per unit of the picture; by default 2, or 1 where that would be too many.

    Raises:
        ImportError: neither is there; the message says what to install.
        ValueError: the picture is too large, with so many pixels per unit or even with one.
    """
    scale = _bearable(svg, scale)
    try:
        import resvg_py  # optional: the extra [png]
    except ImportError:
        return converted(svg, NO_RASTERISER, "--format=png", f"--zoom={scale:g}", "--unlimited")
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale))


def small_png(svg: str) -> str:
    """The picture as a PNG of its own size in base64, for a notebook; "" where none can be made.

    Jupyter hides the SVG of a notebook that it does not trust, and shows this. Where Pillow is
    installed, it has a palette, and takes a third of the room.
    """
    wide, high = size_of(svg)
    if wide * high > MOST_SMALL:
        return ""
    try:
        picture = png(svg, 1.0)
    except ImportError:
        return ""
    try:
        from PIL import Image  # optional: many packages bring it
    except ImportError:
        return base64.b64encode(picture).decode()
    drawn = Image.open(io.BytesIO(picture)).convert("RGBA")
    page = Image.new("RGBA", drawn.size, "white")  # round corners are not black
    page.alpha_composite(drawn)
    few = page.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def _bearable(svg: str, scale: float | None) -> float:
    """`scale`, if that is not too many pixels."""
    wide, high = size_of(svg)
    if wide * high > MOST_PIXELS:
        raise ValueError(
            f"this picture is too large for a PNG, {wide:,} × {high:,} units: save it as .svg or "
            ".html, or draw fewer cards, by level= or max_cards="
        )
    most = math.sqrt(MOST_PIXELS / (wide * high))
    if scale is None:
        return 2.0 if most >= 2.0 else 1.0
    if scale > most:
        raise ValueError(
            f"this picture, {wide:,} × {high:,} units, can have a scale of up to {most:.1f}, got "
            f"{scale:g}: save it as .svg for any size"
        )
    return scale


def converted(svg: str, missing: str, *options: str) -> bytes:
    """The picture in another format, by the program rsvg-convert.

    Raises:
        ImportError: it is not there; with the text `missing`.
    """
    program = shutil.which("rsvg-convert")
    if program is None:
        raise ImportError(missing)
    command = [program, *options]
    return subprocess.run(command, input=svg.encode(), capture_output=True, check=True).stdout
