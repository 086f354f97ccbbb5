"""Snapshots: all of a training, as JSON can hold it, and the way back."""

from __future__ import annotations

import random
import zlib
from array import array
from collections.abc import Mapping
from typing import Any

from autograd_lite.primitive import describe
from autograd_lite.states import check_counts, load_together, number

from ..modes import generators, state_of
from ..pairing import flat
from .history import History


def snapshot(training: Any) -> dict[str, Any]:
    """All that the next epoch depends on."""
    return {
        "epoch": training.epoch,
        "model": [p.data for p in training.parameters],
        "optimizer": training.optimizer.state_dict(),
        "random": [state_of(generator) for generator in _generators(training)],
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
    for generator, generator_state in zip(_generators(training), states):
        if generator_state is not None:
            generator.setstate(generator_state)
    training.history.load_state_dict(history.state_dict())
    training.history.stopped = None  # it goes on
    training.epoch = state["epoch"]


def _generators(training: Any) -> list[Any]:
    """That of the order of the samples, Python's own, and those of the model."""
    return [training.random, random, *generators(training.modules)]


def _checked(training: Any, state: Any) -> tuple[list[float], list[Any], History]:
    """The numbers of the model, the states of the generators and the history, if they fit."""
    wanted = ("epoch", "model", "optimizer", "random", "history", "callbacks")
    if not isinstance(state, Mapping) or not all(name in state for name in wanted):
        raise ValueError(f"{', '.join(wanted)} are wanted, got {describe(state)}")
    check_counts(state, "epoch")
    for name in ("model", "random", "callbacks"):
        if not isinstance(state[name], list):
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
    without = [state_of(generator) is None for generator in _generators(training)]
    if len(state["random"]) != len(without):
        raise ValueError(f"{len(state['random']) - 2} random generators were in the model")
    if [generator_state is None for generator_state in state["random"]] != without:
        raise ValueError("a random generator had a state and has none now, or the reverse")
    states: list[Any] = []
    for generator_state in state["random"]:
        if generator_state is not None:
            version, words, gauss = generator_state
            generator_state = version, tuple(words), gauss
            random.Random().setstate(generator_state)
        states.append(generator_state)
    history = History()
    history.load_state_dict(state["history"])
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
