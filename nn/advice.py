"""Advice: what is legal but hardly meant, said once, with what to do about it."""

from __future__ import annotations

from autograd_lite.anomaly import warn

__all__ = ["Advice"]


class Advice(UserWarning):
    """Something is legal but hardly meant. Each piece of advice is given once in a process."""

    __module__ = "nn"


advised: set[str] = set()  # the keys of the advice that has been given


def advise(key: str, text: str) -> None:
    """Warn with `text` at the user's line, unless advice under this key was given before."""
    if key not in advised:
        advised.add(key)
        warn(text, Advice)
