"""Callbacks: what else shall happen during `fit`. Each is a class with the hooks it wants."""

from __future__ import annotations

import csv
import inspect
import json
import math
import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autograd_lite.files import write

from ..modes import generators

__all__ = ["CSVLogger", "Callback", "Checkpoint", "EarlyStopping", "LearningRateScheduler"]


class Callback:
    """Base of the callbacks; a subclass defines the hooks that it wants.

    Each hook is given the running training, whose attributes tell everything: `model`,
    `optimizer`, `history`, `epochs`, `epoch` and `batch` (both from 1), `batches`, `loss` (of the
    batch), `chosen` (places of its samples in `x` and `y`). `training.stop(reason)` ends it after
    the epoch.

    >>> import nn
    >>> class Tell(nn.Callback):
    ...     def on_epoch_end(self, training):
    ...         print(f"epoch {training.epoch} of {training.epochs}")
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [2, 2], seed=0)
    >>> history = nn.fit(net, data.x, data.y, loss=nn.cross_entropy, optimizer=nn.Adam,
    ...                  epochs=2, callbacks=[Tell()])
    epoch 1 of 2
    epoch 2 of 2
    """

    last = False  # whether its hooks come after those of the others

    def on_train_begin(self, training: Any) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, training: Any) -> None:
        """Before the first batch of an epoch."""

    def on_gradient(self, training: Any) -> None:
        """After the gradients of a batch are there, before the step: to clip or to look at them."""

    def on_batch_end(self, training: Any) -> None:
        """After the step; the gradients are still there."""

    def on_epoch_end(self, training: Any) -> None:
        """When the epoch stands in `training.history`."""

    def on_train_end(self, training: Any) -> None:
        """At the end, also after Ctrl-C or `stop`, but not after an error."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it, as JSON can hold it."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The reverse of `state_dict`."""


class EarlyStopping(Callback):
    """Stop when a number has not become better for some epochs, and restore the best weights.

    Args:
        monitor: a column of the history; by default the validation loss if there is one, else the
            loss.
        patience: epochs without getting better until training stops.
        min_delta: by how much better is better.
        mode: "min" or "max"; by default "max" for an accuracy or an r2, else "min".
        restore_best_weights: whether the model gets the weights of its best epoch in the end.

    Attributes:
        best, best_epoch: the best number, and the epoch (from 1) it belongs to.

    >>> import nn
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [1], seed=0)
    >>> stopping = nn.EarlyStopping(patience=2, min_delta=0.1)
    >>> history = nn.fit(net, data.x, data.y, loss=nn.mse, optimizer=nn.Adam, epochs=50,
    ...                  seed=0, callbacks=[stopping])
    >>> history.epochs, history.stopped
    (3, 'epoch 3: loss has not become better than in epoch 1')
    """

    def __init__(
        self,
        monitor: str | None = None,
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best_weights: bool = True,
    ) -> None:
        if mode not in (None, "min", "max"):
            raise ValueError(f'mode is "min", "max" or None, got {mode!r}')
        if patience < 1:
            raise ValueError(f"patience is at least 1, got {patience!r}")
        self.monitor, self.patience, self.min_delta = monitor, patience, abs(min_delta)
        self.mode, self.restore_best_weights = mode, restore_best_weights
        self._reset()

    def _reset(self) -> None:
        self.best, self.best_epoch = math.nan, 0
        self.weights: list[float] = []

    def on_train_begin(self, training: Any) -> None:
        self._reset()

    def on_epoch_end(self, training: Any) -> None:
        name, number = monitored(training, self.monitor)
        sign = -1.0 if (self.mode or direction(name)) == "max" else 1.0
        if not self.best_epoch or sign * (self.best - number) > self.min_delta:
            self.best, self.best_epoch = number, training.epoch
            self.weights = [p.data for p in training.parameters]
        elif training.epoch - self.best_epoch >= self.patience:
            training.stop(f"{name} has not become better than in epoch {self.best_epoch}")

    def on_train_end(self, training: Any) -> None:
        if self.restore_best_weights and self.weights:
            for p, best in zip(training.parameters, self.weights):
                p.data = best

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch, "weights": self.weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self.weights = list(state["weights"])


class LearningRateScheduler(Callback):
    """A learning rate that changes from epoch to epoch.

    Args:
        schedule: a function of the epoch (from 0, as in Keras and PyTorch's LambdaLR) that gives
            the rate; or an object with `step()`, called after each epoch, such as `nn.StepLR`. If
            its `step` wants a number, it gets the monitored one.
        monitor: as for `EarlyStopping`.

    >>> import nn
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [2, 2], seed=0)
    >>> optimizer = nn.SGD(net.parameters(), lr=1.0)
    >>> halved = nn.LearningRateScheduler(lambda epoch: 0.5**epoch)
    >>> history = nn.fit(net, data.x, data.y, loss=nn.cross_entropy, optimizer=optimizer,
    ...                  epochs=3, callbacks=[halved])
    >>> optimizer.lr
    0.25
    """

    def __init__(self, schedule: Any, monitor: str | None = None) -> None:
        self.step: Callable[..., Any] | None = getattr(schedule, "step", None)
        if self.step is None and not callable(schedule):
            raise TypeError(
                f"a schedule is a function of the epoch or has step(), got {schedule!r}"
            )
        self.schedule, self.monitor = schedule, monitor
        self.wants_number = self.step is not None and any(
            p.default is p.empty for p in inspect.signature(self.step).parameters.values()
        )

    def on_epoch_begin(self, training: Any) -> None:
        if self.step is None:
            rate = float(self.schedule(training.epoch - 1))
            if not 0.0 <= rate < math.inf:
                raise ValueError(f"the schedule gave the learning rate {rate!r}")
            training.optimizer.lr = rate

    def on_epoch_end(self, training: Any) -> None:
        if self.step is not None:
            self.step(*[monitored(training, self.monitor)[1]] * self.wants_number)

    def state_dict(self) -> dict[str, Any]:
        if self.step is None:
            return {}
        if hasattr(self.schedule, "state_dict"):
            return {"schedule": self.schedule.state_dict()}
        return {"schedule": plain_attributes(self.schedule)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if "schedule" not in state:
            return
        if hasattr(self.schedule, "load_state_dict"):
            self.schedule.load_state_dict(state["schedule"])
        else:
            vars(self.schedule).update(state["schedule"])


class Checkpoint(Callback):
    """Keep all of a training in a file, so that it can go on later as if it had not stopped.

    The file holds weights, the optimiser's state, random states, history and the states of the
    other callbacks, as JSON; it is replaced at once, so whenever the program is stopped, it holds
    the state after a whole epoch. A training that is resumed from it gives the same numbers as one
    that was never interrupted (if `fit` is given the same seed, and no other source of randomness
    than Python's `random` and generators of the model is at work).

    Args:
        path: of the file.
        every: epochs from one writing to the next; the last epoch is always written.
        resume: go on from the file if it is there. False starts anew and replaces it.

    >>> import nn, os, tempfile
    >>> data, path = nn.datasets.xor(), os.path.join(tempfile.mkdtemp(), "run.json")
    >>> def train(epochs):
    ...     net = nn.MLP(2, [2, 2], seed=0)
    ...     return nn.fit(net, data.x, data.y, loss=nn.cross_entropy, optimizer=nn.Adam, seed=0,
    ...                   epochs=epochs, callbacks=[nn.Checkpoint(path, resume=True)])
    >>> train(3).epochs, train(5).epochs  # the second makes two epochs
    (3, 5)
    """

    last = True

    def __init__(self, path: str | os.PathLike[str], every: int = 1, resume: bool = False) -> None:
        if every < 1:
            raise ValueError(f"every is a number of epochs from 1, got {every!r}")
        self.path, self.every, self.resume = Path(path), every, resume

    def on_train_begin(self, training: Any) -> None:
        if self.resume and self.path.exists():
            try:
                restore(training, json.loads(self.path.read_text(encoding="utf-8")))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{self.path} does not fit this training ({type(error).__name__}: {error}); "
                    "it wants the same model, optimizer and callbacks"
                ) from error

    def on_epoch_end(self, training: Any) -> None:
        ends = training.epoch == training.epochs or training.history.stopped
        if ends or training.epoch % self.every == 0:
            write(self.path, json.dumps(snapshot(training)) + "\n")


class CSVLogger(Callback):
    """Write the history to a CSV file, a row after each epoch.

    >>> import nn, os, tempfile
    >>> data, path = nn.datasets.xor(), os.path.join(tempfile.mkdtemp(), "log.csv")
    >>> history = nn.fit(nn.MLP(2, [2, 2], seed=0), data.x, data.y, loss=nn.cross_entropy,
    ...                  optimizer=nn.Adam, epochs=2, callbacks=[nn.CSVLogger(path)])
    >>> from pathlib import Path
    >>> Path(path).read_text().splitlines()[0]
    'epoch,loss'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path, self.begun = Path(path), False

    def on_train_begin(self, training: Any) -> None:
        self.begun = False

    def on_epoch_end(self, training: Any) -> None:
        columns = training.history.columns
        rows = list(zip(range(1, len(training.history) + 1), *columns.values()))
        with self.path.open("a" if self.begun else "w", newline="", encoding="utf-8") as file:
            new = rows[-1:] if self.begun else [("epoch", *columns), *rows]  # all after a resume
            csv.writer(file).writerows(new)
        self.begun = True


def monitored(training: Any, name: str | None) -> tuple[str, float]:
    """The column to watch, and its last number."""
    history = training.history
    name = name or ("val_loss" if "val_loss" in history else "loss")
    return name, history[name][-1]


def direction(name: str) -> str:
    """Whether more is better ("max") or less ("min")."""
    return "max" if any(part in name for part in ("accuracy", "r2", "score")) else "min"


# All of a training -------------------------------------------------------------------------------


def snapshot(training: Any) -> dict[str, Any]:
    """A training as JSON can hold it."""
    states = [training.random.getstate(), random.getstate()]
    states += [generator.getstate() for generator in generators(training.modules)]
    return {
        "epoch": training.epoch,
        "model": [p.data for p in training.parameters],
        "optimizer": training.optimizer.state_dict(),
        "random": states,
        "history": training.history.state_dict(),
        "callbacks": [[type(c).__name__, c.state_dict()] for c in training.callbacks],
    }


def restore(training: Any, state: Mapping[str, Any]) -> None:
    """The reverse of `snapshot`; the training goes on after that epoch."""
    names = [type(callback).__name__ for callback in training.callbacks]
    if names != [name for name, _ in state["callbacks"]]:
        raise ValueError(f"the callbacks were {[name for name, _ in state['callbacks']]}")
    states = [(version, tuple(words), gauss) for version, words, gauss in state["random"]]
    inside = generators(training.modules)
    if len(state["model"]) != len(training.parameters) or len(states) != 2 + len(inside):
        raise ValueError(
            f"it holds {len(state['model'])} parameters, the model has {len(training.parameters)}"
        )
    training.optimizer.load_state_dict(state["optimizer"])
    for p, number in zip(training.parameters, state["model"]):
        p.data = number
    training.random.setstate(states[0])
    random.setstate(states[1])
    for generator, words in zip(inside, states[2:]):
        generator.setstate(words)
    training.history.load_state_dict(state["history"])
    for callback, (_, callback_state) in zip(training.callbacks, state["callbacks"]):
        callback.load_state_dict(callback_state)
    training.epoch = state["epoch"]


def plain_attributes(thing: Any) -> dict[str, Any]:
    """The attributes that are numbers, strings, or lists of them."""

    def is_plain(x: Any) -> bool:
        if isinstance(x, (list, tuple)):
            return all(map(is_plain, x))
        return x is None or isinstance(x, (bool, int, float, str))

    return {name: x for name, x in vars(thing).items() if is_plain(x)}
