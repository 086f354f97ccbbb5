"""Clipping: gradients that are too large, made smaller before the step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from autograd_lite.ieee import fsum
from autograd_lite.primitive import real

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(
    parameters: Iterable[Any], max_norm: float, norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:  # fmt: skip
    """Multiply all gradients by max_norm / (norm + 1e-6) if that is below 1; gives the norm before.

    Args:
        parameters: the leaves whose gradients form one vector.
        max_norm: the largest norm that is left alone.
        norm_type: the p of the norm sum(|g|**p)**(1/p); inf for the largest |g|.
        error_if_nonfinite: raise, instead of spreading it, if the norm is nan or inf.

    Raises:
        ValueError: the norm is nan or inf, and an error is wanted; or a number is out of range.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x, y = Value(1.0), Value(1.0)
    >>> (3 * x + 4 * y).backward()
    >>> nn.clip_grad_norm_([x, y], max_norm=1.0)
    5.0
    >>> print(f"{x.grad:.4f} {y.grad:.4f}")
    0.6000 0.8000
    """
    if not real(max_norm) >= 0.0 or not real(norm_type) > 0.0:
        raise ValueError(
            "max_norm is at least 0 and norm_type above 0, "
            f"got max_norm={max_norm!r} and norm_type={norm_type!r}"
        )
    parameters = list(parameters)
    norm = _norm([p.grad for p in parameters], norm_type)
    if error_if_nonfinite and not math.isfinite(norm):
        raise ValueError(f"the norm of the gradients is {norm}, so they cannot be clipped")
    scale = max_norm / (norm + 1e-6)
    if not scale >= 1.0:
        for p in parameters:
            p.grad *= scale
    return norm


def _norm(gradients: list[float], p: float) -> float:
    """Never overflows on the way; nan if a gradient is."""
    if any(map(math.isnan, gradients)):
        return math.nan
    if p == 2.0:
        return math.hypot(*gradients)
    largest = max(map(abs, gradients), default=0.0)
    if p == math.inf or largest in (0.0, math.inf):
        return largest
    return float(largest * fsum((abs(g) / largest) ** p for g in gradients) ** (1.0 / p))


def clip_grad_value_(parameters: Iterable[Any], clip_value: float) -> None:
    """Bring each gradient into the interval from -clip_value to clip_value.

    Raises:
        ValueError: clip_value is negative.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x, y = Value(1.0), Value(1.0)
    >>> (3 * x - 0.5 * y).backward()
    >>> nn.clip_grad_value_([x, y], 1.0)
    >>> x.grad, y.grad
    (1.0, -0.5)
    """
    bound = real(clip_value)
    if not bound >= 0.0:
        raise ValueError(f"clip_value is at least 0, got {clip_value!r}")
    for p in parameters:
        if abs(p.grad) > bound:
            p.grad = math.copysign(bound, p.grad)
