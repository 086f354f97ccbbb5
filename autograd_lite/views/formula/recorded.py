"""Whether a node is still what its operands would give: leaves can change after they were used."""

from __future__ import annotations

import math
from typing import Any

from ...primitive import Primitive, is_value, partials_at, value_at


def as_recorded(node: Any) -> bool:
    """Whether `node`, computed again from what its operands hold now, comes out as it was recorded.

    Its value and its partials both count: of `abs(x)` only the partial tells -3 from 3. If so,
    what is said of the operands' present numbers is true of what was recorded, too.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.formula.recorded import as_recorded
    >>> x = Value(3.0)
    >>> y = abs(x)
    >>> before = as_recorded(y)
    >>> x.data = -3.0
    >>> before, as_recorded(y)
    (True, False)
    """
    numbers = [x.data if is_value(x) else float(x) for x in node.args]
    value = value_at(node.op, numbers)
    if not _same(value, node.data):
        return False
    partials = zip(node.args, partials_at(node.op, value, numbers))
    return all(map(_same, (p for x, p in partials if is_value(x)), node.partials))


def operands_changed(node: Any) -> bool:
    """Whether operands of `node` certainly hold other numbers than those it was computed from.

    A primitive of one's own may draw random numbers, so of that nothing is certain.
    """
    return isinstance(node.op, Primitive) and not node.op.custom and not as_recorded(node)


def _same(now: float, then: float) -> bool:
    """Whether two numbers agree but for rounding, in which the engines may differ."""
    return math.isclose(now, then, rel_tol=1e-9) or (now != now and then != then)
