"""nudge: whether a leaf was changed after its graph was recorded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...primitive import value_at

if TYPE_CHECKING:
    from ... import Value


def changed(order: Sequence[Value]) -> bool:
    """Whether some leaf's data was changed after the graph was recorded."""
    for node in order:
        if node.op is not None:
            numbers = [x if isinstance(x, float) else x._data for x in node.args]
            now, then = value_at(node.op, numbers), node._data
            if not (math.isclose(now, then, rel_tol=1e-9) or (now != now and then != then)):
                return True
    return False
