"""Callbacks: what else shall happen during `fit`. Each is a class with the hooks it wants."""

from __future__ import annotations

import csv
import difflib
import functools
import inspect
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from autograd_lite.files import as_json, check_writable, from_json, load, write_json
from autograd_lite.primitive import describe, real
from autograd_lite.states import check_counts, number

from ..init import size
from .snapshots import restore, snapshot

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

    def resumed(self, training: Any) -> None:
        """After `load_state_dict`, when the training goes on from a checkpoint."""


HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


def hooks_of(callback: Any) -> dict[str, Callable[[Any], None]]:
    """The hooks that a callback has defined: in its class, or on the object itself."""
    hooks = {name: getattr(callback, name) for name in HOOKS}
    return {
        name: hook
        for name, hook in hooks.items()
        if getattr(hook, "__func__", None) is not getattr(Callback, name)
    }


def checked(callbacks: Any) -> list[Any]:
    """The callbacks as a list, those that come last at its end.

    Raises:
        TypeError: one is no callback, or has what looks like a hook but would not be called.
    """
    if isinstance(callbacks, Callback) or not isinstance(callbacks, (Iterable, type(None))):
        raise TypeError(
            f"callbacks is a list, such as [nn.EarlyStopping()]; got {describe(callbacks)}"
        )
    several = list(callbacks or ())
    for callback in several:
        if isinstance(callback, type):
            raise TypeError(f"a callback is an object, {callback.__name__}(); got the class")
        if not isinstance(callback, Callback):
            wrapped = "; nn.LearningRateScheduler(schedule) makes one of a schedule"
            raise TypeError(
                f"a callback is of a class derived from nn.Callback; got {describe(callback)}"
                + wrapped * hasattr(callback, "step")
            )
        for name in dir(callback):
            if name.startswith("on_") and name not in HOOKS and callable(getattr(callback, name)):
                meant = difflib.get_close_matches(name, HOOKS, 1) or HOOKS
                raise TypeError(
                    f"{type(callback).__name__}.{name} is no hook, so nothing would call it; is "
                    f"{' or '.join(meant)} meant?"
                )
        for name, hook in hooks_of(callback).items():
            if not takes(hook, 1):
                raise TypeError(
                    f"{type(callback).__name__}.{name} is called with the training alone: "
                    f"def {name}(self, training)"
                )
    return sorted(several, key=lambda callback: callback.last)


def takes(function: Any, count: int) -> bool:
    """Whether a function can be called with so many arguments, as far as one can see."""
    try:
        inspect.signature(function).bind(*[None] * count)
    except ValueError:  # a function of C that does not tell
        return True
    except TypeError:
        return False
    return True


class EarlyStopping(Callback):
    """Stop when a number has not become better for some epochs, and restore the best weights.

    A number that is nan is never better. When the best weights are back, `history.restored` is the
    epoch that they are of.

    Args:
        monitor: a column of the history; by default the validation loss if there is one, else the
            loss.
        patience: epochs without getting better until training stops.
        min_delta: by how much better is better.
        mode: "min" or "max"; by default "min" for a loss or an error, "max" for an accuracy, an
            r2, and scores known to grow; of a name that does not tell, or that speaks of a turned
            sign (neg_mse), it must be given.
        restore_best_weights: whether the model gets the weights of its best epoch in the end.

    Attributes:
        best, best_epoch: the best number, and the epoch (from 1) it belongs to; nan and 0 if there
            is none.

    Raises:
        ValueError: the mode is unknown, or patience below 1; in `fit`, the name does not tell.

    >>> import nn
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [1], seed=0)
    >>> stopping = nn.EarlyStopping(patience=2, min_delta=0.1)
    >>> history = nn.fit(net, data.x, data.y, loss=nn.mse, optimizer=nn.Adam, epochs=50,
    ...                  seed=0, callbacks=[stopping])
    >>> history.epochs, history.stopped
    (3, 'epoch 3: loss has not become better than in epoch 1')
    """

    _parameters: int | None = None  # of the model, once that is known

    def __init__(
        self,
        monitor: str | None = None,
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best_weights: bool = True,
    ) -> None:
        self.monitor, self.min_delta, self.mode = monitor, abs(real(min_delta)), _mode(mode)
        self.patience = size("patience", patience)
        self.restore_best_weights = restore_best_weights
        self._reset()

    def _reset(self) -> None:
        self.best, self.best_epoch = math.nan, 0
        self.weights: list[float] = []

    def on_train_begin(self, training: Any) -> None:
        self._reset()
        self._parameters = len(training.parameters)
        self._column = watched(training, self.monitor)
        self._direction = self.mode or direction(self._column)

    def on_epoch_end(self, training: Any) -> None:
        found = training.history[self._column][-1]
        if is_better(found, self.best, self._direction, self.min_delta):
            self.best, self.best_epoch = found, training.epoch
            self.weights = [p.data for p in training.parameters]
        else:
            self.resumed(training)

    def resumed(self, training: Any) -> None:
        if training.epoch - self.best_epoch >= self.patience:
            than = f"than in epoch {self.best_epoch}" if self.best_epoch else "than nan"
            training.stop(f"{self._column} has not become better {than}")

    def on_train_end(self, training: Any) -> None:
        if self.restore_best_weights and self.weights:
            for p, best in zip(training.parameters, self.weights):
                p.data = best
            training.history.restored = self.best_epoch

    def state_dict(self) -> dict[str, Any]:
        state = {"best": self.best, "best_epoch": self.best_epoch, "weights": self.weights}
        return as_json(state)  # type: ignore[no-any-return]

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        best = number("best", from_json(state["best"]))
        weights = [number(f"weight {i}", from_json(x)) for i, x in enumerate(state["weights"])]
        check_counts(state, "best_epoch")
        if self._parameters is not None and len(weights) not in (0, self._parameters):
            raise ValueError(f"{len(weights)} best weights for {self._parameters} parameters")
        self.best, self.best_epoch, self.weights = best, state["best_epoch"], weights


class LearningRateScheduler(Callback):
    """A learning rate that changes from epoch to epoch.

    Args:
        schedule: a function that gives the rate: of the epoch (from 0, as in PyTorch's LambdaLR),
            or of the epoch and the rate so far (as in Keras); or an object with `step()`, called
            after each epoch, such as `nn.StepLR`. If its `step` wants a number, it gets the
            monitored one.
        monitor: as for `EarlyStopping`.

    Raises:
        TypeError: the schedule is something else.
        ValueError: in `fit`, it is for another optimizer, or gives no rate.

    >>> import nn
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [2, 2], seed=0)
    >>> optimizer = nn.SGD(net.parameters(), lr=1.0)
    >>> halved = nn.LearningRateScheduler(lambda epoch: 0.5**epoch)
    >>> history = nn.fit(net, data.x, data.y, loss=nn.cross_entropy, optimizer=optimizer,
    ...                  epochs=3, callbacks=[halved])
    >>> optimizer.lr
    0.25
    """

    takes_rate = False  # of pickles of version 0.1.0

    def __init__(self, schedule: Any, monitor: str | None = None) -> None:
        self.step: Callable[..., Any] | None = getattr(schedule, "step", None)
        takes_rate = self.step is None and not takes(schedule, 1)
        if isinstance(schedule, type) or (
            self.step is None and not (callable(schedule) and takes(schedule, 1 + takes_rate))
        ):
            raise TypeError(
                "a schedule is a function of the epoch, or of the epoch and the rate, or has "
                f"step(), got {schedule!r}"
            )
        self.schedule, self.monitor, self.takes_rate = schedule, monitor, takes_rate
        self.wants_number = self.step is not None and not takes(self.step, 0)

    def on_train_begin(self, training: Any) -> None:
        if self.wants_number:
            watched(training, self.monitor)
        if getattr(self.schedule, "optimizer", training.optimizer) is not training.optimizer:
            raise ValueError(
                f"the schedule {type(self.schedule).__name__} is for another optimizer than the "
                "one that trains; make it with the one that `fit` is given"
            )

    def on_epoch_begin(self, training: Any) -> None:
        if self.step is None:
            so_far = [training.optimizer.lr] * self.takes_rate
            rate = float(self.schedule(training.epoch - 1, *so_far))
            if not 0.0 <= rate < math.inf:
                raise ValueError(f"the schedule gave the learning rate {rate!r}")
            training.optimizer.lr = rate

    def on_epoch_end(self, training: Any) -> None:
        if self.step is not None:
            column = watched(training, self.monitor) if self.wants_number else ""
            self.step(*[training.history[column][-1]] if self.wants_number else [])

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
            return
        ours, theirs = plain_attributes(self.schedule), state["schedule"]
        if not isinstance(theirs, Mapping) or theirs.keys() != ours.keys():
            raise ValueError(f"the schedule has {list(ours)}, got {describe(theirs)}")
        vars(self.schedule).update(theirs)


class Checkpoint(Callback):
    """Keep all of a training in a file, so that it can go on later as if it had not stopped.

    The file holds weights, the optimiser's state, random states, history and the states of the
    other callbacks, as JSON; it is replaced at once, so whenever the program is stopped, it holds
    the state after a whole epoch. A training that is resumed from it gives the same numbers as one
    that was never interrupted (if `fit` is given the same seed, and no other source of randomness
    is at work than Python's `random`, `numpy.random` and generators of these two that modules of
    the model have as attributes of their own; `random.SystemRandom` has no state to keep). One that
    was ended by `training.stop` goes on, too.

    Args:
        path: of the file.
        every: epochs from one writing to the next; the last epoch is always written.
        resume: go on from the file if it is there. False starts anew and replaces it.
        best_only: write after those epochs only in which a number has become better than ever.
        monitor, mode: which number that is, as for `EarlyStopping`.

    Raises:
        ValueError: `every` is below 1; in `fit`, the file does not fit the training, of which
            nothing has changed then.
        OSError: in `fit`, before the first epoch: the file cannot be written or read.

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
    best_only, monitor, mode, best = False, None, None, math.nan  # of pickles of version 0.1.0

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int = 1,
        resume: bool = False,
        best_only: bool = False,
        monitor: str | None = None,
        mode: str | None = None,
    ) -> None:
        if not best_only and (monitor is not None or mode is not None):
            raise ValueError("monitor and mode say what is best: they go with best_only=True")
        self.path, self.every, self.resume = Path(path), size("every", every), resume
        self.best_only, self.monitor, self.mode = best_only, monitor, _mode(mode)
        self.best = math.nan

    def on_train_begin(self, training: Any) -> None:
        check_writable(self.path)
        self.best = math.nan
        if self.best_only:
            self._column = watched(training, self.monitor)
            self._direction = self.mode or direction(self._column)
        if self.resume and self.path.exists():
            try:
                load(self.path, "saved training that fits", functools.partial(restore, training))
            except OSError:
                raise
            except Exception as error:  # whatever a callback raises on a state that is not its own
                raise ValueError(
                    f"{self.path} does not fit this training ({type(error).__name__}: {error}); "
                    "it wants the same model, optimizer and callbacks"
                ) from error
            for callback in training.callbacks:
                callback.resumed(training)

    def on_epoch_end(self, training: Any) -> None:
        if self.best_only:
            found = training.history[self._column][-1]
            due = is_better(found, self.best, self._direction)
            self.best = found if due else self.best
        else:
            ends = training.epoch == training.epochs or training.history.stopped
            due = bool(ends) or training.epoch % self.every == 0
        if due:
            write_json(self.path, snapshot(training))

    def state_dict(self) -> dict[str, Any]:
        return {"best": as_json(self.best)} if self.best_only else {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.best = number("best", from_json(state.get("best", math.nan)))


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
        self.path.open("a").close()  # or an error, before any epoch
        self.begun = False

    def on_epoch_end(self, training: Any) -> None:
        columns = training.history.columns
        rows = list(zip(range(1, len(training.history) + 1), *columns.values()))
        with self.path.open("a" if self.begun else "w", newline="", encoding="utf-8") as file:
            new = rows[-1:] if self.begun else [("epoch", *columns), *rows]  # all after a resume
            csv.writer(file).writerows(new)
        self.begun = True


# Which column, and what is better in it -----------------------------------------------------------

LESS = {"loss", "error", "mse", "mae", "rmse", "msle", "mape", "deviance", "perplexity", "brier"}
MORE = {
    "accuracy", "acc", "auc", "auroc", "ap", "map", "f1", "fbeta", "precision", "recall", "r2",
    "iou", "dice", "kappa", "mcc", "sensitivity", "specificity", "bleu", "score",
}  # fmt: skip
# What turns the sign of a number (neg_mse, 1 - accuracy), or is a class (the recall of "negative").
TURNED = {"neg", "negative", "negated", "minus", "inverse", "inverted"}


def watched(training: Any, name: str | None) -> str:
    """The column to watch, by default the validation loss or else the loss.

    Raises:
        KeyError: the history will have no such column.
    """
    columns = training.columns
    name = name or ("val_loss" if "val_loss" in columns else "loss")
    if name not in columns:
        raise KeyError(f"there is no column {name!r}; there are {', '.join(columns)}")
    return name


def direction(name: str) -> str:
    """Whether more is better ("max") or less ("min"), by the last word of a name.

    Raises:
        ValueError: the name does not tell.
    """
    words = re.findall(r"[a-z0-9]+", name.lower())
    last, before = [*reversed(words), "", ""][:2]
    if TURNED.intersection(words) or re.match(r"(val_)?(1 *)?-", name):
        last = ""
    if last in LESS:
        return "min"
    # A score may be of either kind, unless it is said of what: f1_score, but brier_score.
    if last in MORE and (last != "score" or before in ("", "val", *MORE)):
        return "max"
    raise ValueError(
        f'whether more or less {name!r} is better is not known: give mode="min" or "max"'
    )


def is_better(found: float, best: float, mode: str, min_delta: float = 0.0) -> bool:
    """Whether a number is better than the best so far; nan is never, and anything beats nan."""
    if math.isnan(found) or math.isnan(best):
        return not math.isnan(found)
    return (best - found if mode == "min" else found - best) > min_delta


def _mode(mode: str | None) -> str | None:
    if mode not in (None, "min", "max"):
        raise ValueError(f'mode is "min", "max" or None, got {mode!r}')
    return mode


def plain_attributes(thing: Any) -> dict[str, Any]:
    """The attributes that are numbers, strings, or lists of them."""

    def is_plain(x: Any) -> bool:
        if isinstance(x, (list, tuple)):
            return all(map(is_plain, x))
        return x is None or isinstance(x, (bool, int, float, str))

    return {name: x for name, x in vars(thing).items() if is_plain(x)}
