"""Advice: what is legal but hardly meant, said once, with what to do about it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from autograd_lite.anomaly import PACKAGES


class Advice(UserWarning):
    """Something is legal but hardly meant. Each piece of advice is given once in a process."""


given: set[str] = set()  # the keys of the advice given so far


def advise(key: str, text: str) -> None:
    """Warn with `text` at the user's line, unless advice under this key was given before."""
    if key in given:
        return
    given.add(key)
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGES):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, Advice, stacklevel=level)


def is_softmax(xs: Sequence[Any]) -> bool:
    """Whether the Values are what `softmax` made: powers of e, each over the sum of them all."""
    quotients = [getattr(x, "op", None) for x in xs]
    if not quotients or any(op is None or op.name != "div" for op in quotients):
        return False
    powers = [x.args[0] for x in xs]
    total = xs[0].args[1]
    return (
        all(getattr(getattr(p, "op", None), "name", "") == "exp" for p in powers)
        and all(x.args[1] is total for x in xs)
        and getattr(getattr(total, "op", None), "name", "") == "sum"
        and len(total.args) == len(powers)
        and all(a is b for a, b in zip(total.args, powers))
    )


def is_sigmoid(x: Any) -> bool:
    """Whether the Value is what `sigmoid` made."""
    return getattr(getattr(x, "op", None), "name", "") == "sigmoid"


def advise_unreached(model: Any, reached: Iterable[Any]) -> list[str]:
    """The names of the model's parameters that are not among `reached`, with advice if any.

    A `.grad` of 0.0 does not tell: it is an honest gradient, too. What a loss is made of does.

    Args:
        model: has `named_parameters()`.
        reached: what the loss depends on: `topological_order(loss)`, or `leaves(...)` of a
            compiled program.
    """
    known = set(reached)
    names = [name for name, p in model.named_parameters() if p not in known]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        advise(
            "unreached",
            f"the loss does not depend on {', '.join(names[:3])}{more}: these parameters get no "
            "gradient and learn nothing. Are they used in forward()?",
        )
    return names
