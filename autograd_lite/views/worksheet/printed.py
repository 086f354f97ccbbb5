"""The graph of a worksheet on the numbers that are printed on it.

A leaf is printed with three digits, and whoever computes by hand takes those. So the answers, too,
come from them: 1.2345 is 1.23 on the sheet, and its square 1.51, not 1.52.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...modes import recorded
from ...primitive import is_value
from ..text import constant_digits, digits_of


def on_printed_numbers(order: Sequence[Any]) -> dict[Any, Any]:
    """For each Value of a graph the same on the numbers that are printed; none if they are exact.

    Args:
        order: the Values, operands before what is made of them.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.worksheet.printed import on_printed_numbers
    >>> x = Value(1.2345)
    >>> y = x * x
    >>> again = on_printed_numbers(topological_order(y))[y]
    >>> round(again.data, 6), again.parents[0].data, x.data
    (1.5129, 1.23, 1.2345)
    """
    again: dict[Any, Any] = {}
    kind = type(order[-1])  # of its engine; leaves may be of a subclass
    with recorded():
        for node in order:
            if node.op is None:
                again[node] = kind(printed(node.data))
            else:
                operands = [again[x] if is_value(x) else _printed_constant(x) for x in node.args]
                again[node] = node._apply(node.op, tuple(operands))
            again[node].label = node.label
    exact = all(x.data == y.data or x.data != x.data for x, y in again.items())
    return {} if exact else again


def printed(x: float, digits: int = 3) -> float:
    """The number that is read where `number` wrote this one.

    >>> from autograd_lite.views.worksheet.printed import printed
    >>> printed(1.2345), printed(-1234.5), printed(0.99986)
    (1.23, -1234.5, 0.9999)
    """
    if not math.isfinite(x):
        return x
    _, minus, text, power = digits_of(x, digits)
    return float(f"{'-' if minus else ''}{text}e{power or 0}")


def _printed_constant(x: float) -> float:
    return printed(x, constant_digits(x)) if math.isfinite(x) else x
