"""Files: written so that nobody ever finds one half written; and what JSON cannot hold."""

from __future__ import annotations

import math
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def write(path: Any, text: str) -> None:
    """Write a text file; whoever stops the program finds the old file or the new one, whole.

    The new text goes to a file beside it, which then takes its place. Of a link, the file that it
    stands for is replaced.
    """
    whole = os.path.realpath(os.fsdecode(path))
    part = f"{whole}.{os.getpid()}-{os.urandom(4).hex()}.part"  # threads may write it at once, too
    try:
        with open(part, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, whole)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


def as_json(number: Any) -> Any:
    """A number as JSON can hold it, which has no nan and no inf: these become strings."""
    return str(number) if isinstance(number, float) and not math.isfinite(number) else number


def from_json(entry: Any) -> Any:
    """The reverse of `as_json`."""
    return float(entry) if entry in ("nan", "inf", "-inf") else entry
