"""Replays under `detect_anomaly`: a tape knows no lines, so the function runs beside it.

Loaded when a watch is on around a batch, or in the function; else `uncompiled` takes the place of
the replay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import modes
from ..anomaly import AnomalyError
from ..chain_rule import number_adjoints, topological_order
from ..primitive import is_value
from .arguments import Arguments, leaf_like


def run_watched(function: Callable[..., Any], arguments: Arguments, gradient: bool) -> None:
    """Run the function on the numbers of each sample, and backward if the gradient is wanted.

    Raises:
        AnomalyError: from the watch that is on, or that the function switches on.
    """
    for sample in range(arguments.samples):
        try:
            with modes.Mode("recording", True):
                args, named = arguments.built(map(leaf_like, arguments.of_sample(sample)))
                with modes.Mode("nested", True):  # as in the trace
                    result = function(*args, **named)
                if gradient and is_value(result):
                    number_adjoints(topological_order(result))
        except AnomalyError as error:
            if arguments.samples == 1:
                raise
            raise AnomalyError(f"{error}, for sample {sample}", error.node) from None
