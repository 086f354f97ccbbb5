"""Where a transform gives floats although its function used Values of the outside: that is told.

`grad(f)(2.0)` takes a number and gives one. If f refers to a Value that was made outside, the
derivative may depend on it, and a float says nothing of that to a later `backward`: the path is
lost. So a warning says at which line, and how to keep the path or to say that numbers are meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import anomaly, modes
from .chain_rule import order_since
from .primitive import is_value
from .primitives import add, neg, sub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Value

CONSTANT_PARTIALS = (add, sub, neg)


class LostPathWarning(UserWarning):
    """A transform of numbers gave floats that depend on Values from outside its function.

    No gradient with respect to these Values will see the floats. To keep the path give the
    arguments as Values; to say that numbers are meant, call the transform inside `no_grad()`.

    >>> import warnings
    >>> from autograd_lite import LostPathWarning, Value, grad, no_grad
    >>> w = Value(3.0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     slope = grad(lambda x: w * x)(2.0)
    >>> slope, [warning.category is LostPathWarning for warning in caught]
    (3.0, [True])
    >>> grad(lambda x: w * x)(Value(2.0))
    Value(3, op=mul)
    >>> with no_grad():
    ...     grad(lambda x: w * x)(2.0)
    3.0
    """

    __module__ = "autograd_lite"


def warn(name: str) -> None:
    """Say that floats depend on Values from outside the function called `name`."""
    anomaly.warn(
        f"{name} uses Values from outside, and the derivatives taken of it are floats that depend "
        "on them: a later backward() does not see how. To keep the path, give the argument as a "
        "Value, as in grad(f)(Value(2.0)); if numbers are meant, take them inside no_grad()",
        LostPathWarning,
    )


def depend_on_outside(results: Sequence[Value], inputs: Sequence[Value], since: int) -> bool:
    """Whether a derivative of the results with respect to inputs of the run `since` depends on
    nodes that were made before.

    It does if the partial of a node, with respect to a parent that depends on the inputs, does.
    """
    inside: set[Value] = set(inputs)
    outside: set[Value] = set()
    for node in order_since(since, results):
        parents = node.parents
        if node._made < since:
            outside.add(node)
            continue
        depends_on_outside = not outside.isdisjoint(parents)
        if not inside.isdisjoint(parents):
            if depends_on_outside and _partials_depend(node, inside, since):
                return True
            inside.add(node)
        if depends_on_outside:
            outside.add(node)
    return False


def _partials_depend(node: Value, inside: set[Any], since: int) -> bool:
    """Whether a partial of `node` with respect to a parent inside depends on what was before."""
    if node.op in CONSTANT_PARTIALS:
        return False
    assert node.op is not None
    with modes.Mode("recording", True), modes.Mode("watch", None):
        partials = node.op.partials(node, *node.args)
    varying = [p for x, p in zip(node.args, partials) if is_value(p) and x in inside]
    return any(partial._made < since for partial in order_since(since, varying))
