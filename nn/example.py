"""An example: a call of a model on made-up numbers, to draw it without a sample."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import autograd_lite

from .objective import generators_kept, mode


def example_of(model: Any) -> Any:
    """What the model gives for an example; see `Module.example`."""
    modules, failure = model.modules(), None
    with mode(modules, False), generators_kept(modules):
        for given in _shapes(model.example_input()):
            try:
                return model(_filled(given, _maker()))
            except Exception as error:  # of another shape it may be right
                failure = failure or error
    raise TypeError(
        f"{type(model).__name__} cannot be called with an input made up for it ({failure}): give a "
        "sample, as in draw(model(x)), or define example_input(self) in its class"
    ) from failure


def _shapes(known: Any) -> list[Any]:
    """Inputs to try: what is known, and a sequence of that; or else a number, and a vector."""
    one, many = (0.0, 2) if known is None else (known, 3)
    return [one, [one] * many]


def _maker() -> Callable[[], Any]:
    """A function that makes x0, x1 and so on, of the same numbers each time."""
    rng, made = random.Random(0), 0

    def value() -> Any:
        nonlocal made
        made += 1
        return autograd_lite.Value(rng.uniform(-1.0, 1.0), f"x{made - 1}")

    return value


def _filled(given: Any, value: Callable[[], Any]) -> Any:
    """The input with a Value for each float in its lists."""
    if isinstance(given, (list, tuple)):
        return [_filled(entry, value) for entry in given]
    return value() if isinstance(given, float) else given
