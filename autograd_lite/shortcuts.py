"""Faster functions of the native engine, where it is loaded, for what it knows."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Function = Callable[..., Any]


class Shortcuts:
    """One function each; it answers NotImplemented for what it leaves to the Python code."""

    add_gradients: Function
    elementwise: Function
    flat: Function
    formula: Function
    in_one_step: Function
    key_of: Function
    lower: Function
    matvec: Function
    node: Function
    quick_call: Function
    quick_method: Function
    read_leaves: Function
    read_numbers: Function
    replayer: Function
    scoped_call: Function
    traced_graph: Function
    zero_grad: Function

    def __init__(self) -> None:
        for name in self.__annotations__:
            setattr(self, name, _unknown)


def _unknown(*args: Any) -> Any:
    return NotImplemented


shortcuts = Shortcuts()
