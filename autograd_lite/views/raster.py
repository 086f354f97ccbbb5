"""SVG as PNG, where something that rasterises is installed."""

from __future__ import annotations

import shutil

NO_RASTERISER = (
    "to write a PNG a rasteriser is needed: pip install 'autograd_lite[png]'; "
    "save as .svg or .html needs nothing"
)


def png(svg: str, scale: float = 2.0) -> bytes:
    """The picture as PNG, by resvg (extra `[png]`) or else by the program rsvg-convert.

    Args:
        svg: the whole `<svg>`.
        scale: pixels per unit of the picture.

    Raises:
        ImportError: neither is there; the message says what to install.
    """
    try:
        import resvg_py
    except ImportError:
        return _by_program(svg, scale)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=int(scale)))


def _by_program(svg: str, scale: float) -> bytes:
    program = shutil.which("rsvg-convert")
    if program is None:
        raise ImportError(NO_RASTERISER)
    import subprocess

    command = [program, "--format=png", f"--zoom={scale:g}", "--unlimited"]
    return subprocess.run(command, input=svg.encode(), capture_output=True, check=True).stdout


def available() -> bool:
    """Whether `png` works here."""
    import importlib.util

    return bool(importlib.util.find_spec("resvg_py") or shutil.which("rsvg-convert"))
