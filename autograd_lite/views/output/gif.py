"""Pictures of ours as an animated GIF, for slides, chats and mail that show no SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence

from .raster import png

NO_PILLOW = (
    "to write a GIF Pillow and a rasteriser are needed: pip install 'autograd_lite[gif]'; "
    "save('NAME.svg', animate=True) moves as well, and needs nothing"
)
COLORS = 128  # all that a picture has, with what lies between text and ground
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
    opened = [Image.open(io.BytesIO(png(svg, scale))).convert("RGB") for svg, _ in pictures]
    palette = opened[-1].quantize(COLORS)  # the last picture has all the colours
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
