"""Pictures of what benchmarks find, in docs/: one for light pages and one for dark ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
INKS = {"": "#333333", "-dark": "#d0d0d0"}  # of axes and letters


def pictures(name: str, title: str) -> Iterator[tuple[Any, str, int]]:
    """For each theme the axes to draw on, their colour, and the number of the theme.

    What was drawn when the next one is asked for is saved as docs/`name`.svg or `name`-dark.svg.
    """
    import matplotlib
    from matplotlib.figure import Figure

    settings: dict[str, Any] = {"svg.hashsalt": "autograd_lite", "svg.fonttype": "none"}
    settings |= {"font.family": "sans-serif", "font.size": 12}
    for number, (theme, ink) in enumerate(INKS.items()):
        inks = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), ink)
        inks |= dict.fromkeys(("xtick.color", "ytick.color"), ink)
        path = DOCS / f"{name}{theme}.svg"
        with matplotlib.rc_context({**settings, **inks}):
            figure = Figure(figsize=(8, 4.6), layout="constrained")
            axes = figure.add_subplot()
            axes.set(xscale="log", yscale="log")
            yield axes, ink, number
            axes.spines[["top", "right"]].set_visible(False)
            figure.savefig(path, transparent=True, metadata={"Date": None, "Title": title})
        print(f"picture: {path}")
