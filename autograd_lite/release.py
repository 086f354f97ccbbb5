"""Freeing a deep graph without nesting, where Python does not manage by itself (in 3.13)."""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Dying(threading.local):
    """Operands of dead nodes that wait to be released, one after another."""

    busy = False

    def __init__(self) -> None:
        self.operands: list[Any] = []


_dying = _Dying()


def release(node: Any) -> None:
    """The `__del__` of a node: it lets its operands go when the nodes that died before it have."""
    if getattr(node, "parents", ()):  # there are none if `__init__` failed
        _dying.operands.append((node.args, node.parents))
        node.args = node.parents = ()
        if not _dying.busy:
            _dying.busy = True
            while _dying.operands:
                _dying.operands.pop()
            _dying.busy = False
