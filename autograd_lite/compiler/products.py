"""Products of a Hessian and tangents, as a function that can be compiled; see `Program.hvp`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import islice
from typing import Any

from .. import engines
from ..derivatives import gradients
from ..primitive import is_value
from ..primitives import dot
from ..structure import chosen, count_of, leaves_of, unflatten, unwrapped
from ..transforms import grad
from .arguments import Arguments, of_one_sample
from .replay import not_one
from .trace import is_number


class Structure:
    """The structure of arguments and which of them move: a constant to `product`."""

    def __init__(self, arguments: Arguments, argnums: Any) -> None:
        self.keys = tuple([of_one_sample(key) for _, key in arguments.key])
        self.sequences = arguments.sequences
        self.moving = frozenset(chosen(argnums, len(self.keys)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.keys)


def product(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The gradient of `function` times tangents.

    It is a function of the numbers among the arguments, of the tangents of those that move, and
    of the arguments' `Structure`; its gradient with respect to the numbers is the Hessian of
    `function` times the tangents.
    """

    def rate(numbers: Any, tangents: Any, structure: Structure) -> Any:
        values = iter(numbers if structure.sequences else leaves_of(numbers))
        parts = [list(islice(values, count_of(key))) for key in structure.keys]
        rates = list(tangents) if structure.sequences else leaves_of(tangents)
        time = None
        if structure.sequences:  # which move with the time, for the sake of one derivative
            time, left = engines.Value(0.0), iter(rates)
            parts = [
                [_moved(x, next(left), time) for x in part] if i in structure.moving else part
                for i, part in enumerate(parts)
            ]
        args = [unflatten(key, iter(part)) for key, part in zip(structure.keys, parts)]
        y = unwrapped(function(*args))
        if is_number(y):
            return 0.0
        if not is_value(y):
            raise not_one(name, y)
        if time is not None:
            return gradients(y, time, create_graph=True)
        xs = [x for i, part in enumerate(parts) if i in structure.moving for x in part]
        return dot(gradients(y, xs, create_graph=True), rates)

    return rate


def slopes(function: Callable[..., Any], argnums: Any) -> Callable[..., Any]:
    """The gradient of `function`, as a function of the same arguments that gives a list."""
    gradient = grad(function, argnums)

    @functools.wraps(function)
    def flat(*args: Any, **named: Any) -> list[Any]:
        return [x for x in leaves_of(gradient(*args, **named)) if x is not None]

    return flat


def _moved(x: Any, rate: Any, time: Any) -> Any:
    """A number, a sequence or a list of numbers, moved at a rate for a time."""
    if hasattr(type(x), "of_a_loop"):
        return x.moved(rate, time)
    if isinstance(x, list):
        return [_moved(entry, own, time) for entry, own in zip(x, rate)]
    return x + time * rate
