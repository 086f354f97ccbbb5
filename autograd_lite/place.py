"""Place: where a Value was made, while lines are recorded; see lines.py."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Place:
    """Where a Value was made while `source_lines` was on; several Values may share one.

    Attributes:
        scope: the innermost `Scope`, or None.
        source: the `SourceLine`, or None.
        time: when it was made; places and comparisons are numbered together.
    """

    __slots__ = ("scope", "source", "time")

    def __init__(self, scope: Any, source: Any, time: int) -> None:
        self.scope, self.source, self.time = scope, source, time
