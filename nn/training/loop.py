"""fit: descend the mean loss over samples, batch by batch, and tell what happens."""

from __future__ import annotations

import math
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograd_lite.anomaly import where_called

from ..modes import modules_of, named, restored_generators, training_mode
from .callbacks import Callback
from .findings import (
    NotFiniteError,
    TrainingWarning,
    too_many_dead,
    where_it_began,
    without_gradient,
)
from .history import History
from .metrics import accuracy, r2_score
from .objective import Objective, Outputs
from .samples import as_samples
from .splits import split

__all__ = ["Training", "fit"]

HUGE = 1e30  # a loss beyond it is reason to look at the gradient


def fit(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    loss: Callable[..., Any],
    optimizer: Any,
    epochs: int = 1,
    batch_size: int = 32,
    validation_data: Any = None,
    validation_split: float = 0.0,
    shuffle: bool = True,
    seed: int | random.Random | None = None,
    callbacks: Iterable[Callback] = (),
    progress: bool | None = None,
    metrics: Any = (),
    compile: bool = True,
) -> History:
    """Train a model; every step descends the mean loss of one batch.

    Args:
        model: a Module, called with one sample.
        x, y: samples and targets, of any kind that `as_samples` takes; or x alone, a data set.
        loss: of one sample, (prediction, target) -> Value, such as `nn.mse`, or `nn.cross_entropy`
            with classes as targets.
        optimizer: an Optimizer, or what makes one from parameters, such as the class `nn.Adam`.
        epochs: passes over the data.
        batch_size: samples per step; the last batch of an epoch may be smaller.
        validation_data: (x, y) or a data set, to be measured after each epoch.
        validation_split: or the share of the samples to be set aside for that, drawn with `seed`.
        shuffle: whether each epoch takes the samples in another order.
        seed: of the order and of the split: an int, a random.Random, or None for any.
        callbacks: see `Callback`.
        progress: whether to show a progress bar; None: in a terminal or a notebook.
        metrics: functions (predictions, targets) -> number, a list of them or a dict by name;
            "accuracy" and "r2" are known by name. Measured after each epoch.
        compile: run on a compiled tape if the model can be traced; the same numbers to rounding.

    Returns:
        The history: a table of the loss and the metrics by epoch. Ctrl-C ends training with the
        history so far.

    Raises:
        NotFiniteError: the loss became nan or inf. It says where, and in which layer it began.
        ValueError, TypeError: samples and targets do not fit (`as_samples`), or an option is wrong.

    >>> import nn
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [4, 2], seed=1)
    >>> history = nn.fit(net, data.x, data.y, loss=nn.cross_entropy, optimizer=nn.Adam, epochs=3,
    ...                  batch_size=2, seed=0, metrics=["accuracy"])
    >>> list(history), history.epochs
    (['loss', 'accuracy'], 3)
    """
    _check(epochs=epochs, batch_size=batch_size)
    rng = seed if isinstance(seed, random.Random) else random.Random(seed)
    data, validation = as_samples(x, y), None
    if not data.y:
        raise ValueError("fit wants targets: fit(model, x, y, ...)")
    if data.class_names and y is not None:
        raise ValueError(
            "the targets are labels; `data = nn.as_samples(x, y)` gives classes (data.y) and "
            "their names (data.class_names), which predictions want, too"
        )
    if validation_data is not None:
        pair = validation_data if isinstance(validation_data, tuple) else (validation_data, None)
        validation = as_samples(*pair[:2])
    elif validation_split:
        train, test = split(
            len(data.x), test_size=validation_split, seed=rng, what="validation_split"
        )
        x, y = data.x, data.y
        validation = data._replace(x=[x[i] for i in test], y=[y[i] for i in test])
        data = data._replace(x=[x[i] for i in train], y=[y[i] for i in train])
    if isinstance(optimizer, type) or not hasattr(optimizer, "step"):
        optimizer = optimizer(model.parameters())
    training = Training(model, optimizer, loss, data, validation, rng, callbacks, metrics, compile)
    return training.run(epochs, batch_size, shuffle, progress)


class Training:
    """A `fit` that is running: what callbacks are given.

    Attributes:
        model, optimizer, loss_function: as given to `fit`.
        parameters: those that the optimizer moves, and the model's others, in order.
        x, y: the samples to train on.
        feature_names, class_names: of them, if they are known; else [].
        history: of the epochs so far.
        epoch, epochs, batch, batches: where training is, from 1, and of how many.
        chosen: places of the samples of this batch.
        loss: the mean loss of this batch.
        random: what draws the order of the samples.
    """

    def __init__(
        self, model: Any, optimizer: Any, loss: Any, data: Any, validation: Any,
        rng: random.Random, callbacks: Iterable[Callback], metrics: Any, compile: bool,
    ) -> None:  # fmt: skip
        self.model, self.optimizer, self.loss_function = model, optimizer, loss
        inside = model.parameters() if hasattr(model, "parameters") else []
        self.parameters = list(dict.fromkeys([*optimizer.parameters, *inside]))
        self.x, self.y, self.random = data.x, data.y, rng
        self.feature_names, self.class_names = data.feature_names, data.class_names
        self.history = History()
        self.epoch = self.epochs = self.batch = self.batches = 0
        self.loss = math.nan
        self.chosen: Sequence[int] = []
        self.callbacks = sorted(callbacks, key=lambda callback: callback.last)
        self.metrics = _by_name(metrics)
        self.modules = modules_of(model)
        with training_mode(self.modules, True):
            self.objective = Objective(model, loss, data.x, data.y, compile)
        with training_mode(self.modules, False):
            self.outputs = Outputs(model, data.x, compile) if self.metrics else None
            if validation is not None:
                self.validation = Objective(
                    model, loss, validation.x, validation.y, compile, quiet=True
                )
                self.validation_outputs = Outputs(model, validation.x, compile)
            else:
                self.validation = None  # type: ignore[assignment]
        self._warned: set[str] = set()
        self._unmoved = list(optimizer.parameters)
        self._at_first = math.nan

    def stop(self, reason: str) -> None:
        """End training after this epoch."""
        self.history.stopped = f"epoch {self.epoch}: {reason}"

    def run(self, epochs: int, batch_size: int, shuffle: bool, progress: bool | None) -> History:
        """All epochs."""
        started = time.perf_counter()
        n = len(self.x)
        self.epochs, self.batches = epochs, -(-n // batch_size)
        self._call("on_train_begin")
        with restored_generators(self.modules):
            self._at_first = self.objective.value(range(min(n, 64)))
        bar = _bar(epochs * self.batches, self.epoch * self.batches, progress)
        gradient, stepped = self._hooks("on_gradient"), self._hooks("on_batch_end")
        try:
            while self.epoch < epochs and not self.history.stopped:
                self.epoch += 1
                self._call("on_epoch_begin")
                bar.set_description(f"epoch {self.epoch}/{epochs}", refresh=False)
                with training_mode(self.modules, True):
                    losses = []
                    for chosen in self._batches(batch_size, shuffle):
                        losses.append(self._step(chosen, gradient, stepped) * len(chosen))
                        bar.update()
                row = {"loss": math.fsum(losses) / n, **self._measured()}
                self.history.add(row)
                bar.set_postfix({k: f"{v:.4g}" for k, v in row.items()}, refresh=False)
                self._look()
                self._call("on_epoch_end")
        except KeyboardInterrupt:
            self.history.stopped = f"epoch {self.epoch}: Ctrl-C"
            bar.close()
            print(f"stopped by Ctrl-C in epoch {self.epoch} of {epochs}", file=sys.stderr)
        finally:
            bar.close()
        self._warn_of_dead_units()
        self.history.seconds += time.perf_counter() - started
        self._call("on_train_end")
        return self.history

    def _batches(self, size: int, shuffle: bool) -> Iterator[Sequence[int]]:
        order: Sequence[int] = range(len(self.x))
        if shuffle:
            keys = [self.random.random() for _ in order]
            order = sorted(order, key=keys.__getitem__)
        for self.batch, first in enumerate(range(0, len(order), size), start=1):
            yield order[first : first + size]

    def _step(self, chosen: Sequence[int], gradient: list[Any], stepped: list[Any]) -> float:
        self.chosen = chosen
        self.optimizer.zero_grad()
        self.loss = loss = self.objective.backward(chosen)
        if not abs(loss) < HUGE:
            self._refuse_what_is_not_finite()
        if self._unmoved and self.epoch == 1:
            self._unmoved = [p for p in self._unmoved if p.grad == 0.0]
        for hook in gradient:
            hook(self)
        self.optimizer.step()
        for hook in stepped:
            hook(self)
        return loss

    def _measured(self) -> dict[str, float]:
        """The metrics after an epoch, and loss and metrics of the validation data."""
        with training_mode(self.modules, False):
            row = self._metrics(self.outputs, self.y)
            if self.validation is not None:
                row["val_loss"] = self.validation.value()
                measured = self._metrics(self.validation_outputs, self.validation.y)
                row |= {f"val_{name}": number for name, number in measured.items()}
        return row

    def _metrics(self, outputs: Outputs | None, targets: Any) -> dict[str, float]:
        if not self.metrics or outputs is None:
            return {}
        predictions = outputs.all()
        return {name: float(metric(predictions, targets)) for name, metric in self.metrics.items()}

    def _hooks(self, name: str) -> list[Callable[[Any], None]]:
        """The hooks of that name which callbacks have defined."""
        empty = getattr(Callback, name)
        callbacks = [c for c in self.callbacks if getattr(type(c), name, empty) is not empty]
        return [getattr(callback, name) for callback in callbacks]

    def _call(self, name: str) -> None:
        for hook in self._hooks(name):
            hook(self)

    # What can go wrong ----------------------------------------------------------------------------

    def _refuse_what_is_not_finite(self) -> None:
        """Raise if the loss or the gradient of this batch is not finite."""
        where = f"at epoch {self.epoch}, batch {self.batch}"
        rate = getattr(self.optimizer, "lr", None)
        advice = (
            f"Try a smaller learning rate (it is {rate:g}), inputs scaled to about 1, or clipped "
            "gradients" if isinstance(rate, (int, float)) else "Try inputs scaled to about 1"
        )  # fmt: skip
        if not math.isfinite(self.loss):
            layer, words = where_it_began(self.objective, self.chosen)
            raise NotFiniteError(
                f"the loss became {self.loss} {where}: {words}. {advice}",
                self.epoch, self.batch, layer, self.history,
            )  # fmt: skip
        names = {id(p): name for name, p in named(self.model, "parameters")}
        for p in self.parameters:
            if not math.isfinite(p.grad):
                name = names.get(id(p), "a parameter")
                raise NotFiniteError(
                    f"the gradient of {name} became {p.grad} {where}, where the loss is "
                    f"{self.loss:.3g}. {advice}",
                    self.epoch, self.batch, name.rpartition(".")[0], self.history,
                )  # fmt: skip

    def _look(self) -> None:
        """Warn of what can be seen after an epoch."""
        loss, first = self.history["loss"][-1], self._at_first
        last = self.history["loss"][-3:]
        high = len(last) > 1 and min(last[-2:]) > 10.0 * first
        rising = len(last) > 2 and last[2] > last[1] > last[0] > 2.0 * first
        if high or rising:
            self._warn(
                "rate",
                f"training diverges: the loss has grown from {first:.3g} to {loss:.3g} in epoch "
                f"{self.epoch}. Use a smaller learning rate, such as {self.optimizer.lr / 10:g}",
            )
        if self.epoch == 1:
            if self._unmoved:
                reached = self.objective.reached(self.chosen)
                self._warn("gradient", without_gradient(self.model, self._unmoved, reached))
            self._warn_of_dead_units()

    def _warn_of_dead_units(self) -> None:
        if "dead" not in self._warned and self.history:
            with training_mode(self.modules, False):
                self._warn("dead", too_many_dead(self.model, self.x))

    def _warn(self, kind: str, message: str) -> None:
        if message and kind not in self._warned:
            self._warned.add(kind)
            warnings.warn(message, TrainingWarning, stacklevel=where_called()[1])


def _check(**counts: Any) -> None:
    for name, n in counts.items():
        if not isinstance(n, int) or isinstance(n, bool) or n < 1:
            raise ValueError(f"{name} is a whole number of at least 1, got {n!r}")


def _by_name(metrics: Any) -> dict[str, Callable[..., float]]:
    """The metrics by their names."""
    if isinstance(metrics, Mapping):
        return dict(metrics)
    known = {"accuracy": accuracy, "r2": r2_score}
    by_name: dict[str, Callable[..., float]] = {}
    for metric in [metrics] if callable(metrics) or isinstance(metrics, str) else metrics:
        if isinstance(metric, str):
            if metric not in known:
                raise ValueError(f"a metric is a function or one of {list(known)}, got {metric!r}")
            by_name[metric] = known[metric]
        else:
            by_name[getattr(metric, "__name__", type(metric).__name__)] = metric
    return by_name


def _bar(total: int, done: int, progress: bool | None) -> Any:
    """A progress bar; quiet unless there is a terminal or a notebook to show it in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of missing widgets: then it is drawn with characters
        from tqdm.auto import tqdm

    if sys.platform == "emscripten":
        tqdm.monitor_interval = 0  # it watches from a thread, and browsers have none
    shell = sys.modules.get("IPython")  # only there if it is running, or is used
    if progress is None and shell and hasattr(shell.get_ipython(), "kernel"):
        progress = True  # a notebook, where tqdm by itself shows nothing without widgets
    hidden = None if progress is None else not progress  # None: where there is no terminal
    return tqdm(total=total, initial=done, unit="batch", disable=hidden, dynamic_ncols=True)
