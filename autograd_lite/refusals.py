"""What a Value or a scope says when it refuses: errors, loaded when one is raised."""

from __future__ import annotations

import sys

from . import modes
from .primitive import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def no_leaf(data: Any, label: Any = None, *others: Any, **named: Any) -> TypeError:
    """The error for arguments of `Value` beside a number and a label, as micrograd has them."""
    operands = (label,) if isinstance(label, (tuple, list, set)) else ()
    beside = ", ".join([*map(describe, operands + others), *named])
    hint = ": operands of a result are recorded by the operation, as in a * b; for an operation of "
    hint += "your own write a Primitive"
    if "requires_grad" in named:
        hint = ": every Value has a gradient; one that is to stay as it is, is a number"
    elif "name" in named:
        hint = ": its name is its label, as in Value(2.0, label='x')"
    return TypeError(f"Value takes data and a label, got also {beside}{hint}")


def recorded() -> AttributeError:
    """The error for assigning one of micrograd's names."""
    return AttributeError(
        "_prev, _op and _backward of a Value follow from the operation that made it and are not "
        "assigned; for an operation of your own write a Primitive: its value and its partials"
    )


def only_leaves_change(node: Any) -> AttributeError:
    """The error for assigning `data` of an interior node."""
    return AttributeError(
        f"data of an interior node cannot be assigned: it is the result of {node.op.name} and "
        "would no longer agree with its operands. Assign data of a leaf and compute again, "
        "or take v.detach()"
    )


def no_attribute(node: Any, name: str) -> AttributeError:
    """The error for setting an attribute that a Value does not have."""
    return AttributeError(
        f"a Value has no attribute {name!r} and takes no new ones. The leaves of a subclass do "
        "(class Parameter(autograd_lite.Value): pass), as those of autograd_lite.micrograd.engine"
    )


def no_number() -> TypeError:
    """The error for a Value where a plain number is wanted; in a trace its own error is raised."""
    _refuse_number_in_trace()
    return TypeError(
        "a Value is not converted to a plain number silently, for that would drop its graph: "
        "take v.data for the number, and autograd_lite.exp(v) instead of math.exp(v)" + for_numpy()
    )


def for_numpy() -> str:
    """What to take instead, if a function of NumPy or SciPy has asked for a number."""
    frame: Any = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("autograd_lite."):
        frame = frame.f_back
    if frame.f_globals.get("__name__", "").partition(".")[0] not in ("numpy", "scipy"):
        return ""
    return (
        f". NumPy or SciPy ({frame.f_code.co_name}) has asked for it: for linear algebra there is "
        "autograd_lite.linalg, for distributions and interp autograd_lite.special, for what a "
        "solver finds implicit, for any other function Primitive and MultiPrimitive"
    )


def complex_beside_value(x: complex) -> TypeError:
    """The error for arithmetic of a Value with a complex number."""
    return TypeError(
        f"a Value is a real number, got beside it {describe(x)}: take autograd_lite.Complex(v), "
        "a pair of Values, for arithmetic with complex numbers"
    )


def no_index() -> TypeError:
    """The error for a Value where an index is wanted; in a trace its own error is raised."""
    _refuse_number_in_trace()
    return TypeError("a Value is no index and no count: take int(v.data)")


def _refuse_number_in_trace() -> None:
    trace = modes.trace()
    if trace is not None:
        trace.refuse_number()


def no_copy(node: Any) -> TypeError:
    """The error for copying an interior node."""
    return TypeError(
        f"{node!r} is an interior node; its graph is not copied or pickled. "
        "Take v.detach() for a leaf with the same data"
    )


def changed_below(node: Any) -> RuntimeError:
    """The error for second derivatives of a node of which a leaf has changed since."""
    return RuntimeError(
        f"a leaf below {node.op.name} = {node._data:.6g} was changed after the graph was recorded, "
        "so derivatives of higher order would mix old and new numbers; compute the result again "
        "first"
    )


def two_engines(one: type, other: type) -> TypeError:
    """The error for an expression that mixes Values of the Python and the native engine."""
    return TypeError(
        "Values of two engines cannot meet in one expression: "
        f"{_home(one)} and {_home(other)}. "
        "Rebuild one of them, e.g. autograd_lite.Value(v.data)"
    )


def scope_is_open(name: str) -> RuntimeError:
    """The error for entering one `scope` twice at once."""
    return RuntimeError(f"this scope({name!r}) is open; make another one to open it once more")


def _home(kind: type) -> str:
    """The class with its engine: the Values of both are called autograd_lite.Value."""
    engine = "native" if hasattr(kind, "_gradients") else "Python"
    engine = f" of the {engine} engine" if hasattr(kind, "backward") else ""
    return f"{kind.__module__}.{kind.__name__}{engine}"
