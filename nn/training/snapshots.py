"""Snapshots: all of a training, as JSON can hold it, and the way back."""

from __future__ import annotations

import math
import random
import zlib
from array import array
from collections.abc import Mapping
from typing import Any

from autograd_lite.primitive import describe
from autograd_lite.random_states import checked, global_generators, state_of
from autograd_lite.random_states import restore as restore_generator
from autograd_lite.states import check_counts, load_together, named_entries, number

from ..modes import generators
from ..pairing import flat
from .history import History


def snapshot(training: Any) -> dict[str, Any]:
    """All that the next epoch depends on."""
    of_python, of_numpy = _generators(training)
    return {
        "epoch": training.epoch,
        "model": [p.data for p in training.parameters],
        "optimizer": training.optimizer.state_dict(),
        "random": [*map(state_of, of_python)],
        "numpy": [*map(state_of, of_numpy)],
        "samples": training.samples,
        "history": training.history.state_dict(),
        "callbacks": [[type(c).__name__, c.state_dict()] for c in training.callbacks],
    }


def checksum(x: Any, y: Any) -> int:
    """A number that other samples, or the same in another order, do not have."""
    sum_of_x = 0
    for row in x:
        sum_of_x = zlib.crc32(array("d", flat(row)).tobytes(), sum_of_x)
    return zlib.crc32(repr(y).encode(), sum_of_x)


def restore(training: Any, state: Any) -> None:
    """The reverse of `snapshot`; the training goes on after that epoch.

    Raises:
        ValueError, or what the `load_state_dict` of a callback raises: the state is not one of
            such a training. Then nothing is changed.
    """
    numbers, states, history = _checked(training, state)
    of_callbacks = [callback_state for _, callback_state in state["callbacks"]]
    parts = [training.optimizer, *training.callbacks]
    load_together(parts, [state["optimizer"], *of_callbacks])
    for p, found in zip(training.parameters, numbers):
        p.data = found
    for generator, generator_state in states:
        restore_generator(generator, generator_state)
    training.history.load_state_dict(history.state_dict())
    training.history.stopped = None  # it goes on
    training.epoch = state["epoch"]


def _generators(training: Any) -> tuple[list[Any], list[Any]]:
    """Two lists: Python's generators (that of the order of the samples, then the global one and
    those of the model), and NumPy's (the global one and those of the model).
    """
    of_modules, everywhere = generators(training.modules), [*global_generators().values()]
    found = [training.random, *everywhere, *of_modules]
    of_python = [x for x in found if isinstance(x, random.Random)]
    return of_python, [x for x in found if not isinstance(x, random.Random)]


def _checked(training: Any, state: Any) -> tuple[list[float], list[tuple[Any, Any]], History]:
    """The numbers of the model, generators with their states, and the history, if they fit."""
    wanted = ("epoch", "model", "optimizer", "random", "history", "callbacks")
    if not isinstance(state, Mapping) or not all(name in state for name in wanted):
        raise ValueError(f"{', '.join(wanted)} are wanted, got {describe(state)}")
    check_counts(state, "epoch")
    for name in ("model", "random", "numpy", "callbacks"):
        if not isinstance(state.get(name, []), list):
            raise ValueError(f"{name} is a list, got {describe(state[name])}")
    for entry in state["callbacks"]:
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], Mapping)):
            raise ValueError(f"a callback is a name and a state, got {describe(entry)}")
    theirs = [name for name, _ in state["callbacks"]]
    if theirs != [type(callback).__name__ for callback in training.callbacks]:
        raise ValueError(f"the callbacks were {theirs}")
    parameters, held = len(training.parameters), len(state["model"])
    if held != parameters:
        raise ValueError(f"it holds {held} parameters, the model has {parameters}")
    numbers = [number(f"parameter {i}", x) for i, x in enumerate(state["model"])]
    moved = set(training.optimizer.parameters)
    for i, (p, x) in enumerate(zip(training.parameters, numbers)):
        if p in moved and not math.isfinite(x):  # which no epoch ends with
            raise ValueError(f"parameter {i} is {x}")
    for name, x in named_entries(state["optimizer"]):
        if x != x:
            raise ValueError(f"{name} of the optimizer is nan")
    of_python, of_numpy = _generators(training)
    without = [state_of(generator) is None for generator in of_python]
    if len(state["random"]) != len(without):
        raise ValueError(
            f"{len(state['random'])} random generators were there (that of the order of the "
            f"samples, Python's own and those of the model), and {len(without)} are"
        )
    if [generator_state is None for generator_state in state["random"]] != without:
        raise ValueError("a random generator had a state and has none now, or the reverse")
    pairs = [pair for pair in zip(of_python, state["random"]) if pair[1] is not None]
    if "numpy" in state:  # version 0.1.0 kept none of these
        held, now = (max(len(found) - 1, 0) for found in (state["numpy"], of_numpy))
        if held != now:
            raise ValueError(f"{held} generators of NumPy were in the model, and {now} are")
        pairs += zip(of_numpy, state["numpy"])
    states = [(generator, checked(generator, saved)) for generator, saved in pairs]
    history = History()
    history.load_state_dict(state["history"])
    for name in history:
        if texts := [x for x in history[name] if isinstance(x, str)]:
            raise ValueError(f"the column {name!r} holds {texts[0]!r}, which is no number")
    if len(history) != state["epoch"]:
        raise ValueError(f"epoch {state['epoch']} has a history of {len(history)} epochs")
    if history and list(history) != training.columns:
        raise ValueError(f"its columns are {list(history)}, wanted are {training.columns}")
    if state.get("samples", training.samples) != training.samples:
        raise ValueError(
            "it was trained on other samples, or on others of them: with a validation_split, give "
            "`fit` the same seed"
        )
    return numbers, states, history
