"""Anomaly detection: the first operation at which a nan or an inf comes out of finite numbers."""

from __future__ import annotations

import math
import os
import sys
import warnings
from _thread import RLock  # as threading has it, which takes longer to load
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from . import modes
from .modes import Mode
from .primitive import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Value

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = (HERE + os.sep, os.path.join(os.path.dirname(HERE), "nn") + os.sep)
IMPORT = "<frozen importlib"  # Python's own code between the two, if a module is being imported


class AnomalyError(ArithmeticError):
    """An operation made nan or inf out of finite numbers.

    Attributes:
        node: the Value whose computation or whose partial was not finite; None in the copy that a
            pickle brings from another process.
    """

    __module__ = "autograd_lite"

    def __init__(self, message: str, node: Value | None) -> None:
        super().__init__(message)
        self.node = node

    def __reduce__(self) -> Any:
        """The error as a pickle: a node in a graph stays behind, so that `node` is None then."""
        node = self.node if self.node is not None and self.node.op is None else None
        return type(self), (str(self), node)


class detect_anomaly(Mode):
    """Raise where a nan or an inf begins, forward or backward.

    Forward: the first operation that makes nan or inf out of finite operands. Backward: the first
    gradient that becomes nan, or that becomes infinite from finite ones. The message names the
    operation, its operands with their labels, and your line of code. Slow; for debugging. After an
    error in `backward` every `.grad` is as it was before.

    Around a call of a compiled function, or inside one, it runs the function itself beside the
    tape, at each call and for each sample, so that the operation and its line are found there, too.

    Raises:
        AnomalyError: as described.

    >>> from autograd_lite import Value, detect_anomaly
    >>> x = Value(-1.0, label="x")
    >>> with detect_anomaly():
    ...     x.sqrt()
    Traceback (most recent call last):
    autograd_lite.AnomalyError: sqrt gave nan for x = -1 (line 1 of <doctest ...>)
    """

    __module__ = "autograd_lite"

    def __init__(self, *function: Any) -> None:
        if function:  # of a decorator without brackets
            type(self).wanted()
        self._attribute = "watch"
        self._lines: WeakKeyDictionary[Value, str] = WeakKeyDictionary()

    __init__.__wrapped__ = lambda self: None  # type: ignore[attr-defined]  # shown

    @property
    def _value(self) -> Any:
        """The watch, which is the mode itself; an attribute would be a cycle, and it die late."""
        return self

    def _enter_trace(self, trace: Any) -> None:
        trace.watched = True  # the numbers of later calls count, too; see compiler/watched.py

    def recorded(self, node: Value) -> None:
        """Called with each node as it is recorded."""
        if modes.trace() is not None:
            return  # the function will run once more, and not be traced
        line = line_of_user()
        self._lines[node] = line
        if not math.isfinite(node.data) and _all_finite(node.args):
            assert node.op is not None
            raise AnomalyError(
                f"{node.op.name} gave {node.data} for {_operands(node)} ({_place(node, line)})",
                node,
            )

    def passed_back(
        self, node: Value, parent: Value, gradient: Any, partial: Any, total: Any
    ) -> None:
        """Called after `gradient` times `partial` was added to the gradient of `parent`."""
        if modes.trace() is not None:
            return
        total, gradient, partial = plain(total), plain(gradient), plain(partial)
        if math.isfinite(total) or not math.isfinite(gradient):
            return
        assert node.op is not None
        line = self._lines.get(node, "recorded before detect_anomaly was on")
        raise AnomalyError(
            f"the gradient of {_named(parent)} became {total} in the backward pass of "
            f"{node.op.name} at {_operands(node)}: its partial is {partial:.6g}, "
            f"the gradient handed to it {gradient:.6g} ({_place(node, line)})",
            node,
        )


def where_called() -> tuple[str, int]:
    """The innermost line that is in neither package, and its `stacklevel` in `warnings.warn`.

    >>> import warnings
    >>> from autograd_lite.anomaly import where_called
    >>> line, level = where_called()
    >>> line, level
    ('line 1 of <doctest ...>', 1)
    """
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        if not file.startswith((*PACKAGES, IMPORT)):
            break
        frame = frame.f_back
        level += not file.startswith(IMPORT)  # which warnings does not count
    return f"line {frame.f_lineno} of {frame.f_code.co_filename}", level


def warn(message: str, category: type[Warning]) -> None:
    """A warning at the innermost line that is in neither package."""
    warnings.warn(message, category, stacklevel=where_called()[1])


_quiet = RLock()


@contextmanager
def quietly(category: type[Warning] = Warning) -> Iterator[None]:
    """No such warnings inside. Threads take turns: filters of warnings belong to the process."""
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore", category)
        yield


def line_of_user() -> str:
    """The innermost line that is in neither package."""
    return where_called()[0]


def _all_finite(args: Iterable[Any]) -> bool:
    return all(math.isfinite(plain(x)) for x in args)


def _place(node: Value, line: str) -> str:
    return f"{line}, in {node.scope}" if node.scope else line


def _operands(node: Value) -> str:
    shown = [_named(x) for x in node.args[:6]]
    more = len(node.args) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _named(x: Any) -> str:
    if isinstance(x, float):
        return f"{x:.6g}"
    label = x.label or (x.op.name if x.op is not None else "a leaf")
    return f"{label} = {x.data:.6g}"
