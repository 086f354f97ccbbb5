"""Text in the DOT language."""

from __future__ import annotations

import re


def record_text(label: str, limit: int = 60) -> str:
    """`label` for a record: no character of it has a meaning in DOT, and it is not endless."""
    if len(label) > limit:
        label = label[: limit - 1] + "…"
    label = label.replace("&", "&amp;").replace('"', "&quot;")
    label = re.sub(r"[{}|<>\\]", lambda match: "\\" + match[0], label)
    return _encodable(re.sub(r"\s*[\r\n]+\s*|[\x00-\x1f]", " ", label))


def oval_text(text: str) -> str:
    """`text` for an oval."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _encodable(text.replace("\\", r"\\"))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
