"""widget: how a view shows itself in a notebook: live, as a picture, and as data for a page."""

from __future__ import annotations

import functools
import os
import sys
from importlib.util import find_spec
from typing import Any

from ..language import script_words
from .page import css, javascript, whole_javascript
from .raster import small_png
from .svg import unstyled

MIME = "application/vnd.autograd-lite.view+json"  # what `python -m autograd_lite.export` looks for
WIDGET = "application/vnd.jupyter.widget-view+json"
SWITCH = "AUTOGRAD_LITE_WIDGETS"


def bundle(view: Any) -> dict[str, Any]:
    """All forms of a View; a notebook shows the first that it can.

    The widget is among them in live Jupyter and marimo with anywidget (extra `[notebook]`), unless
    the environment says AUTOGRAD_LITE_WIDGETS=0, as for notebooks that are stored for readers who
    do not run them. There is never HTML: where scripts are stripped, they would be read.
    """
    data, still = view.payload(), view.still
    forms = pictures(still) | {MIME: data, "text/plain": data["label"]}
    if data["svg"] == still:
        del data["svg"]
    else:  # a page that brings the view to life needs the picture that moves
        data["svg"] = unstyled(data["svg"])
    if is_live():
        forms[WIDGET] = {
            "version_major": 2,
            "version_minor": 0,
            "model_id": _widget_class()(view).model_id,
        }
    return forms


def pictures(svg: str) -> dict[str, Any]:
    """The SVG, and beside it a PNG, where one can be made: Jupyter shows no SVG of a notebook that
    it does not trust."""
    png = small_png(svg)
    return {"image/svg+xml": svg} | ({"image/png": png} if png else {})


def is_live() -> bool:
    """Whether a widget can be shown: in a Jupyter kernel or in marimo, with anywidget installed."""
    if os.environ.get(SWITCH) == "0" or not (_in_jupyter() or _in_marimo()):
        return False
    return find_spec("anywidget") is not None


def _in_jupyter() -> bool:
    ipython = sys.modules.get("IPython")
    return hasattr(ipython and ipython.get_ipython(), "kernel")


def _in_marimo() -> bool:
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


@functools.cache
def _widget_class() -> Any:
    """The class of the widgets; made when first needed, for it needs anywidget."""
    import anywidget
    import traitlets

    class ViewWidget(anywidget.AnyWidget):  # type: ignore[misc]
        """A view that is alive in a notebook."""

        _esm = whole_javascript()
        _css = css()
        payload = traitlets.Dict().tag(sync=True)

        def __init__(self, view: Any) -> None:
            words = script_words(javascript(), view.language)
            about = {"words": words, "language": view.language}
            super().__init__(payload=view.payload() | about)

    return ViewWidget
