"""Which engine is in use: Python's or the native one. Nothing else knows.

Each engine is a class of Values; `Value` here is the one of which the package makes its Values. The
native engine is it where it is built, unless AUTOGRAD_LITE_BACKEND says `python`, which loads no C
at all. To assign `autograd_lite.Value` is to change the engine.
"""

from __future__ import annotations

import os

from .anomaly import warn
from .value import Value as PythonValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NativeValue: Any = None  # the native engine's Value, once it is loaded
Value: Any = PythonValue  # the one in use
backend = os.environ.get("AUTOGRAD_LITE_BACKEND") or ""  # the engine chosen at the start


def load_native(required: bool = False) -> Any:
    """The Value of the native engine, which is loaded when first asked for.

    Returns:
        None where it is not built; also, with a warning, where it is built and cannot serve,
        because it was made from another table, say.

    Raises:
        ImportError: the same, if it is `required`.
    """
    global NativeValue
    from . import native

    try:
        NativeValue = native.load()
    except ImportError as error:
        if required:
            raise
        if not isinstance(error, ModuleNotFoundError):
            warn(f"{error}. The Python engine serves meanwhile", RuntimeWarning)
    return NativeValue


asked_for = backend  # "" if nobody asked
if backend not in ("", "python", "native"):
    raise ValueError(f"AUTOGRAD_LITE_BACKEND is python or native, got {backend!r}")
if backend != "python":
    Value = load_native(required=backend == "native") or PythonValue
    backend = "python" if Value is PythonValue else "native"
