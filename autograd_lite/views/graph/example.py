"""An example: a call of a model on made-up numbers, to draw it without a sample."""

from __future__ import annotations

import random
from typing import Any

import autograd_lite


def example_of(model: Any, known: Any) -> Any:
    """What the model gives for an example; see `nn.Module.example`.

    Args:
        model: called with one input.
        known: an input with a float for each number, or None if none is known. What is called is
            that, or else a sequence of it; of None a number, or else a vector.

    Raises:
        TypeError: the model takes none of them.
    """
    failure = None
    one, many = (0.0, 2) if known is None else (known, 3)
    for shape in (one, [one] * many):
        try:
            return model(_Maker().filled(shape))
        except Exception as error:  # of another shape it may be right
            failure = failure or error
    raise TypeError(
        f"{type(model).__name__} cannot be called with an input made up for it ({failure}): give a "
        "sample, as in draw(model(x)), or define example_input(self) in its class"
    ) from failure


class _Maker:
    """Makes x0, x1 and so on, of the same numbers each time."""

    def __init__(self) -> None:
        self.rng, self.count = random.Random(0), 0

    def filled(self, shape: Any) -> Any:
        """The input with a Value for each float in its lists."""
        if isinstance(shape, (list, tuple)):
            return [self.filled(entry) for entry in shape]
        if not isinstance(shape, float):
            return shape
        self.count += 1
        return autograd_lite.Value(self.rng.uniform(-1.0, 1.0), f"x{self.count - 1}")
