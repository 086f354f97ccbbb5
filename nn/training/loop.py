"""fit: descend the mean loss over samples, batch by batch, and tell what happens."""

from __future__ import annotations

import functools
import math
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from autograd_lite.anomaly import quietly, warn
from autograd_lite.compiler.elementwise import zero_grad
from autograd_lite.ieee import fsum
from autograd_lite.primitive import describe

from ..init import generator, size
from ..modes import modules_of, named, restored_generators, training_mode
from ..pairing import number_of
from .callbacks import Callback, checked, hooks_of
from .findings import (
    NotFiniteError,
    TrainingWarning,
    at_rest,
    too_many_dead,
    unsaid,
    where_it_began,
    without_gradient,
)
from .history import History
from .objective import UNSEEN, Objective, Outputs
from .options import (
    Data,
    bound_to,
    loss_function,
    metrics_by_name,
    optimizer_for,
    training_data,
    with_validation,
)
from .snapshots import checksum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..init import Seed
    from .workers import Workers

__all__ = ["Training", "fit"]

HUGE = 1e30  # a loss beyond it is reason to look at the gradient


def fit(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    loss: Any,
    optimizer: Any,
    lr: float | None = None,
    epochs: int = 1,
    batch_size: int = 32,
    validation_data: Any = None,
    validation_split: float = 0.0,
    stratify: bool = False,
    sample_weight: Any = None,
    class_weight: Any = None,
    shuffle: bool = True,
    seed: Seed = None,
    callbacks: Iterable[Callback] = (),
    progress: bool | None = None,
    metrics: Any = (),
    compile: bool = True,
    workers: Workers | None = None,
) -> History:
    """Train a model; every step descends the mean loss of one batch.

    Args:
        model: a Module, called with one sample.
        x, y: samples and targets, of any kind that `as_samples` takes; or x alone, a data set.
            Samples may be sequences of different lengths: one program reads all of them.
        loss: of one sample, (prediction, target) -> Value, such as `nn.mse`, or `nn.cross_entropy`
            with classes as targets; or the name of one of nn, such as "mse".
        optimizer: an Optimizer; or what makes one from parameters, such as the class `nn.Adam`, or
            its name, "adam": it gets the parameters of the model that are not frozen.
        lr: the learning rate of an optimizer that is made here; None for its own default.
        epochs: passes over the data.
        batch_size: samples per step; the last batch of an epoch may be smaller.
        validation_data: (x, y), (x, y, weights) or a data set, to be measured after each epoch.
            Labels are numbered as those of the training are.
        validation_split: or the share of the samples to be set aside for that, drawn with `seed`; a
            whole number says how many.
        stratify: whether that share has the same share of each class.
        sample_weight: for each sample how much it counts in the loss, as if it were there so
            often; of weight 0, it is left out. The weights are scaled, to a mean of 1.
        class_weight: how much the samples of each class count, a dict by class (or its name); or
            "balanced", so that all classes count the same among the samples to train on. The loss
            of validation data has the weights of samples only, not those of classes.
        shuffle: whether each epoch takes the samples in another order.
        seed: of the order and of the split: an int, a random.Random, or None for Python's own
            random numbers.
        callbacks: a list, see `Callback`.
        progress: whether to show a progress bar; None: in a terminal or a notebook.
        metrics: functions (predictions, targets) -> number or Value, such as a loss of nn; a list
            of them or a dict by name; "accuracy" and "r2" are known by name. Measured after each
            epoch, of predictions as `nn.predict` gives them. The accuracy of one output is cut
            where the loss cuts: at 0 for logits and margins, 0.5 for probabilities.
        compile: run on a compiled tape if the model can be traced; the same numbers to rounding. A
            plain number that the model or the loss reads may change meanwhile: then it is traced
            anew. Of what cannot be seen to change (in an extension of Python, in the rows of data)
            tell it by `training.retrace()`, in a callback; once an epoch a sample is compared with
            an uncompiled run, and if it differs all goes on uncompiled.
        workers: processes, here or on many machines, that share the samples of each batch, and
            the measuring after each epoch: `nn.Workers(client)`, with a client of Dask. The same
            numbers for any number of workers; to rounding those of a `fit` without.

    Returns:
        The history: a table of the loss and the metrics by epoch. Ctrl-C ends training with the
        history so far.

    Raises:
        NotFiniteError: the loss, a gradient or a parameter became nan or inf. It says where, and in
            which layer it began.
        ValueError, TypeError: samples and targets do not fit (`as_samples`), or an option is wrong;
            before the first epoch.

    >>> import nn
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [4, 2], seed=1)
    >>> history = nn.fit(net, data.x, data.y, loss=nn.cross_entropy, optimizer=nn.Adam, epochs=3,
    ...                  batch_size=2, seed=0, metrics=["accuracy"])
    >>> list(history), history.epochs
    (['loss', 'accuracy'], 3)
    """
    epochs, batch_size = size("epochs", epochs), size("batch_size", batch_size)
    rng = generator(seed)
    data, validation = with_validation(
        training_data(x, y, sample_weight, class_weight), validation_data, validation_split,
        stratify, rng, class_weight,
    )  # fmt: skip
    training = Training(
        model, data, validation, loss=loss, optimizer=optimizer, lr=lr, rng=rng,
        callbacks=callbacks, metrics=metrics, compile=compile, workers=workers,
    )  # fmt: skip
    return training.run(epochs, batch_size, shuffle, progress)


class Training:
    """A `fit` that is running: what callbacks are given.

    Attributes:
        model, optimizer, loss_function: as given to `fit`.
        parameters: those that the optimizer moves, and the model's others, in order.
        x, y: the samples to train on.
        feature_names, class_names: of them, if they are known; else [].
        history: of the epochs so far.
        columns: the names of its columns.
        epoch, epochs, batch, batches: where training is, from 1, and of how many.
        chosen: places of the samples of this batch.
        loss: the mean loss of this batch.
        random: what draws the order of the samples.
    """

    def __init__(
        self, model: Any, data: Data, validation: Data | None, *, loss: Any, optimizer: Any,
        lr: Any, rng: random.Random, callbacks: Any, metrics: Any, compile: bool,
        workers: Workers | None = None,
    ) -> None:  # fmt: skip
        if isinstance(model, type) or not callable(model):
            raise TypeError(f"a model is called with a sample; got {describe(model)}")
        optimizer, loss = optimizer_for(model, optimizer, lr), loss_function(loss)
        callbacks, metrics = checked(callbacks), metrics_by_name(metrics)
        self.model, self.optimizer, self.loss_function = model, optimizer, loss
        inside = model.parameters() if hasattr(model, "parameters") else []
        self.parameters = list(dict.fromkeys([*optimizer.parameters, *inside]))
        (self.x, self.y, self.feature_names, self.class_names), weights = data
        self.random, self.callbacks, self.history = rng, callbacks, History()
        self.epoch = self.epochs = self.batch = self.batches = 0
        self.loss = math.nan
        self.chosen: Sequence[int] = []
        self.modules = modules_of(model)
        with training_mode(self.modules, True):
            self.objective = Objective(model, loss, self.x, self.y, compile, weights=weights)
            self.objective.must_reach(optimizer.parameters)
        self.validation: Objective | None = None
        self.outputs: list[Outputs] = []  # of the samples to train on, and to validate with
        with training_mode(self.modules, False):
            if validation is not None:
                x, y, *_ = validation.samples
                self.validation = Objective(model, loss, x, y, compile, True, validation.weights)
            if metrics:
                parts = [part for part in (self.objective, self.validation) if part is not None]
                self.outputs = [Outputs(model, part.x, compile) for part in parts]
                every = [target for part in parts for target in part.y]
                metrics, uncut = bound_to(metrics, self.outputs[0].first, every, loss)
        self.metrics = metrics
        every_run = (self.objective, self.validation, *self.outputs)
        self.runs = [run for run in every_run if run is not None]
        self.workers = workers
        if not (workers is None or hasattr(workers, "replay")):
            raise TypeError(f"workers=nn.Workers(client) is wanted; got {describe(workers)}")
        if workers is not None and self.objective.program is None:
            raise ValueError(
                "workers replay the tape, and this model runs uncompiled: leave compile=True"
                + ", and see the warning above for what cannot be traced" * compile
            )
        names = ["loss", *metrics]
        self.columns = names + [f"val_{name}" for name in names if validation is not None]
        moved = set(map(id, optimizer.parameters))
        self._others = [p for p in self.parameters if id(p) not in moved]
        self._changed_at_end = False
        self._warned: set[str] = set()
        self._unmoved = list(optimizer.parameters)
        self._at_first = math.nan
        if metrics and uncut:
            self._warn(
                "accuracy",
                "where the loss cuts one output is not clear: neither at 0 nor at 0.5 are both "
                "classes alike to it. So accuracy takes the class that costs less; a metric of "
                "your own, as lambda p, y: nn.accuracy(p, y, threshold=0), cuts where you say",
            )

    @functools.cached_property
    def samples(self) -> int:
        """A number that other samples do not have, for checkpoints."""
        return checksum(self.x, self.y)

    def retrace(self) -> None:
        """Trace anew what was compiled, for numbers in it have changed that cannot be seen."""
        for run in self.runs:
            run.retrace()

    def stop(self, reason: str) -> None:
        """End training after this epoch."""
        self.history.stopped = f"epoch {self.epoch}: {reason}"

    def run(self, epochs: int, batch_size: int, shuffle: bool, progress: bool | None) -> History:
        """All epochs."""
        started, n = time.perf_counter(), len(self.x)
        self.epochs, self.batches = epochs, -(-n // batch_size)
        self._call("on_train_begin")
        with training_mode(self.modules, True), restored_generators(*self.objective.drawers):
            self._at_first = self.objective.value(range(min(n, 64)))
        bar = _bar(epochs * self.batches, self.epoch * self.batches, progress)
        gradient, stepped = self._hooks("on_gradient"), self._hooks("on_batch_end")
        try:
            if self.workers is not None:
                self.workers.take(self.runs)
            while self.epoch < epochs and not self.history.stopped:
                self.epoch += 1
                self._call("on_epoch_begin")
                bar.set_description(f"epoch {self.epoch}/{epochs}", refresh=False)
                with training_mode(self.modules, True):
                    self._check(self.objective.differs_traced)
                    losses = []
                    for chosen in self._batches(batch_size, shuffle):
                        losses.append(self._step(chosen, gradient, stepped) * len(chosen))
                        bar.update()
                row = {"loss": fsum(losses) / n, **self._measured()}
                self.history.add(row)
                bar.set_postfix({k: f"{v:.4g}" for k, v in row.items()}, refresh=False)
                self._refuse_numbers("parameter", "data", f"in epoch {self.epoch}")
                self._look()
                self._call("on_epoch_end")
        except KeyboardInterrupt:
            self.history.stopped = f"epoch {self.epoch}: Ctrl-C"
            bar.close()
            print(f"stopped by Ctrl-C in epoch {self.epoch} of {epochs}", file=sys.stderr)
        finally:
            bar.close()
            if self.workers is not None:
                self.workers.leave()
        self._warn_of_dead_units()
        self.history.seconds += time.perf_counter() - started
        weights = [p.data for p in self.parameters]
        self._call("on_train_end")
        self._changed_at_end = weights != [p.data for p in self.parameters]
        return self.history

    def outcome(self) -> dict[str, float]:
        """The columns for the model as it is after all: measured again if it was changed."""
        if not self._changed_at_end:
            return {name: self.history[name][-1] for name in self.history}
        with training_mode(self.modules, False):
            return {"loss": self.objective.value(), **self._measured()}

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
        zero_grad(self._others)  # which no step follows, but somebody may look at
        self.loss = loss = self.objective.backward(chosen)
        if not abs(loss) < HUGE:
            self._refuse_what_is_not_finite()
        if self._unmoved and self.epoch == 1:
            self._unmoved = [p for p in self._unmoved if p.grad == 0.0]
        for hook in gradient:
            hook(self)
        if self.batch == self.batches:  # looking at it each time would take long
            self._refuse_what_is_not_finite()
        with unsaid("step"):  # what it would say of a gradient of 0 is for loops written by hand
            self.optimizer.step()
        for hook in stepped:
            hook(self)
        return loss

    def _measured(self) -> dict[str, float]:
        """The metrics after an epoch, and loss and metrics of the validation data."""
        with training_mode(self.modules, False):
            self._check(*[run.differs for run in self.runs[1:]])
            row = self._metrics(0, self.y)
            if self.validation is not None:
                row["val_loss"] = self.validation.value()
                measured = self._metrics(1, self.validation.y)
                row |= {f"val_{name}": number for name, number in measured.items()}
        return row

    def _check(self, *differences: Callable[[int], bool]) -> None:
        """No tapes any more if one is not that of an uncompiled run, for nobody sees why."""
        with restored_generators(self.model, quick=True), quietly():  # an earlier run has said it
            differ = any(differs(self.epoch) for differs in differences)
        if differ:
            for run in self.runs:
                run.give_up(UNSEEN)

    def _metrics(self, part: int, targets: Any) -> dict[str, float]:
        if not self.metrics:
            return {}
        predictions = self.outputs[part].all()
        found = ((name, metric(predictions, targets)) for name, metric in self.metrics.items())
        return {name: float(number_of(number)) for name, number in found}

    def _hooks(self, name: str) -> list[Callable[[Any], None]]:
        """The hooks of that name which callbacks have defined."""
        every = map(hooks_of, self.callbacks)
        return [hooks[name] for hooks in every if name in hooks]

    def _call(self, name: str) -> None:
        for hook in self._hooks(name):
            hook(self)

    # What can go wrong ----------------------------------------------------------------------------

    def _refuse_what_is_not_finite(self) -> None:
        """Raise if the loss or the gradient of this batch is not finite."""
        where = f"at epoch {self.epoch}, batch {self.batch}"
        if not math.isfinite(self.loss):
            layer, words = where_it_began(self.objective, self.chosen)
            self._refuse(f"the loss became {self.loss} {where}: {words}", layer)
        self._refuse_numbers("gradient of", "grad", f"{where}, where the loss is {self.loss:.3g}")

    def _refuse_numbers(self, what: str, attribute: str, where: str) -> None:
        """Raise if one of the numbers at the parameters is not finite."""
        for p in self.optimizer.parameters:
            number = getattr(p, attribute)
            if not math.isfinite(number):
                names = {id(other): name for name, other in named(self.model, "parameters")}
                name = names.get(id(p), "a parameter")
                self._refuse(f"the {what} {name} became {number} {where}", name.rpartition(".")[0])

    def _refuse(self, what: str, layer: str | None) -> None:
        rate = getattr(self.optimizer, "lr", None)
        advice = (
            f"Try a smaller learning rate (it is {rate:g}), inputs scaled to about 1, or clipped "
            "gradients" if isinstance(rate, (int, float)) else "Try inputs scaled to about 1"
        )  # fmt: skip
        raise NotFiniteError(f"{what}. {advice}", self.epoch, self.batch, layer, self.history)

    def _look(self) -> None:
        """Warn of what can be seen after an epoch."""
        loss, first = self.history["loss"][-1], self._at_first
        last = self.history["loss"][-3:]
        scale = max(abs(first), first - min(self.history["loss"]))
        high = len(last) > 1 and min(last[-2:]) > first + 9.0 * scale
        rising = len(last) > 2 and last[2] > last[1] > last[0] > first + scale
        if high or rising:
            self._warn(
                "rate",
                f"training diverges: the loss has grown from {first:.3g} to {loss:.3g} in epoch "
                f"{self.epoch}. Use a smaller learning rate, such as "
                f"{min(self.optimizer.lr / 10, 0.1):g}",
            )
        if math.isnan(self.history.columns.get("val_loss", [0.0])[-1]):
            self._warn(
                "validation",
                f"the loss of the validation data is nan in epoch {self.epoch}, though that of the "
                "training data is not: look for inputs out of the range of the others",
            )
        if self.epoch == 1:
            if self._unmoved and not at_rest(self.objective, self.chosen):
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
            warn(message, TrainingWarning)


def in_notebook() -> bool:
    """Whether a notebook runs this, which can show pictures."""
    shell = sys.modules.get("IPython")  # only there if it is running, or is used
    return bool(shell and hasattr(shell.get_ipython(), "kernel"))


def _bar(total: int, done: int, progress: bool | None) -> Any:
    """A progress bar; quiet unless there is a terminal or a notebook to show it in."""
    with quietly():  # of missing widgets: then it is drawn with characters
        from tqdm.auto import tqdm

    if sys.platform == "emscripten":
        tqdm.monitor_interval = 0  # it watches from a thread, and browsers have none
    if progress is None and in_notebook():
        progress = True  # where tqdm by itself shows nothing without widgets
    hidden = None if progress is None else not progress  # None: where there is no terminal
    return tqdm(total=total, initial=done, unit="batch", disable=hidden, dynamic_ncols=True)
