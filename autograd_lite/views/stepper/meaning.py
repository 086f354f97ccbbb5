"""What the largest gradient of a computation means, in one sentence that has been tried."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..language import say
from ..text import alone, number
from .nudge import nudges
from .runs import Run

CHANGE = 0.01  # of the leaf
AGREES = 0.05  # the change of the result may differ by so much of it, to be called about this
MOST = 5_000  # Values that are evaluated again


def meaning(run: Run, names: Mapping[Any, str]) -> str:
    """How the result changes with the leaf that moves it most; "" where that is no straight line.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.stepper.meaning import meaning
    >>> from autograd_lite.views.stepper.runs import record
    >>> x, w = Value(2.0), Value(-0.6)
    >>> p = x * w
    >>> meaning(record(p), {x: "x", w: "w", p: "p"})
    'raise w by 0.01, and p rises by about 0.02'
    """
    leaves = [x for x in run.order if x.op is None and math.isfinite(run.gradients[x])]
    leaf = max(leaves, key=lambda x: abs(run.gradients[x]), default=None)
    if leaf is None or leaf is run.root or len(run.order) > MOST:
        return ""
    slope = run.gradients[leaf]
    tried = next(each.slope for each in nudges(run.order, leaf) if each.h == CHANGE)
    if not slope or not abs(tried - slope) <= AGREES * abs(slope):
        return ""
    parts = {
        "leaf": names[leaf],
        "h": number(CHANGE),
        "root": alone(names[run.root]),
        "change": number(abs(CHANGE * slope)),
    }
    if slope > 0.0:
        return say("raise {leaf} by {h}, and {root} rises by about {change}", **parts)
    return say("raise {leaf} by {h}, and {root} falls by about {change}", **parts)
