"""Pictures of ours as an animated GIF, for slides, chats and mail that show no SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from .raster import png

NO_PILLOW = (
    "to write a GIF Pillow and a rasteriser are needed: pip install 'autograd_lite[gif]'; "
    "save('NAME.svg', animate=True) moves as well, and needs nothing"
)
COLORS = 200  # of a picture: its own, and the most frequent between text and ground
LEAST = 20  # milliseconds that viewers keep to


def gif(pictures: Sequence[tuple[str, float]], rounds: int, scale: float = 1.0) -> bytes:
    """The pictures one after another, then the last one for good.

    Args:
        pictures: each `<svg>`, and for how many seconds it is shown; all of one size.
        rounds: how often all of them are shown.
        scale: pixels per unit of the picture.

    Raises:
        ImportError: no Pillow, or no rasteriser.
        ValueError: the pictures are too large.
    """
    try:
        from PIL import Image  # optional: the extra [gif]
    except ImportError:
        raise ImportError(NO_PILLOW) from None
    opened = []
    for svg, _ in pictures:
        try:
            drawn = Image.open(io.BytesIO(png(svg, scale))).convert("RGBA")
        except ImportError:
            raise ImportError(NO_PILLOW) from None
        ground = Image.new("RGBA", drawn.size, drawn.getpixel((drawn.width // 2, 1)))
        opened.append(Image.alpha_composite(ground, drawn).convert("RGB"))  # its corners are round
    palette = Image.new("P", (1, 1))
    palette.putpalette(_colors(opened[-1]))  # it has all the colours that the others have
    frames = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in opened]
    written = io.BytesIO()
    frames[0].save(
        written,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[max(LEAST, 10 * round(100 * seconds)) for _, seconds in pictures],
        loop=rounds - 1,  # after the first time
        optimize=False,
    )
    return written.getvalue()


def _colors(image: Any) -> bytes:
    """The most frequent colours, of those that are much alike only one.

    Pillow finds the nearest of a palette by the first bits alone: a second white would be taken
    for the ground.
    """
    counts = image.getcolors(image.width * image.height)
    chosen: dict[tuple[int, ...], tuple[int, ...]] = {}
    for _, color in sorted(counts, reverse=True):
        chosen.setdefault(tuple(part >> 3 for part in color), color)
    return bytes(part for color in list(chosen.values())[:COLORS] for part in color)
