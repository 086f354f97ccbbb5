"""Schedules: how the learning rate of an optimiser changes from epoch to epoch.

Call `step()` after each epoch (or each batch, if that is the unit meant). A schedule by epoch is a
factor: a function of the epoch, by which it multiplies the rate that it finds. So several may act
on one optimiser, and what else changes the rate stays in force. To go on with an interrupted
training, make the optimiser and its schedules anew, then load their states.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from autograd_lite.anomaly import warn
from autograd_lite.primitive import real
from autograd_lite.states import check_counts, check_fit

from ..init import size
from ..optim import Optimizer
from ..pairing import number_of

__all__ = [
    "CosineAnnealingLR", "ExponentialLR", "LinearLR", "ReduceLROnPlateau", "Schedule",
    "SequentialLR", "StepLR",
]  # fmt: skip

COUNTS = ("last_epoch", "num_bad_epochs", "cooldown_counter")  # in states of schedules
_as_made: WeakKeyDictionary[Optimizer, float] = WeakKeyDictionary()  # rates after the last was made


class _State:
    """What the schedules share: an optimiser, and a state that can be kept and loaded."""

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is for an Optimizer, got {optimizer!r}")
        self.optimizer = optimizer
        self.last_epoch = 0

    def state_dict(self) -> dict[str, Any]:
        """All that another step depends on, but the optimiser, whose state has the rate."""
        return {
            "schedule": type(self).__name__,
            **{name: x for name, x in vars(self).items() if name != "optimizer"},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict()`, also one that was JSON in between.

        Raises:
            ValueError: it is of another schedule; nothing is changed.
        """
        state = _completed(state, self.optimizer)
        check_fit("schedule", self, state)
        check_counts(state, *[name for name in COUNTS if hasattr(self, name)])
        vars(self).update({name: x for name, x in state.items() if name != "schedule"})


class Schedule(_State):
    """Base of the schedules by epoch. A subclass says by what the rate is multiplied (`factor`).

    Attributes:
        last_epoch: the number of steps made.
        base_lr: the rate without this schedule.

    >>> import nn
    >>> from autograd_lite import Value
    >>> class Halved(nn.Schedule):
    ...     def factor(self, epoch):
    ...         return 0.5 if epoch >= 2 else 1.0
    >>> schedule = Halved(nn.SGD([Value(0.0)], lr=1.0))
    >>> for _ in range(3):
    ...     schedule.step()
    >>> schedule.optimizer.lr
    0.5
    """

    base_lr = 0.0

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__(optimizer)
        if optimizer.initial_lr is None:
            optimizer.initial_lr = optimizer.lr
        self.base_lr = optimizer.lr
        optimizer.lr *= self.factor(0)
        _as_made[optimizer] = optimizer.lr

    def factor(self, epoch: int) -> float:
        """The rate of an epoch, from 0, as a multiple of the rate without this schedule."""
        raise TypeError(f"{type(self).__name__} must define factor(self, epoch)")

    def step(self) -> None:
        """Go on to the next epoch."""
        factor = self.factor(self.last_epoch)
        if factor and self.optimizer.lr != self.base_lr * factor:  # something else has changed it
            self.base_lr = self.optimizer.lr / factor
        self.last_epoch += 1
        self.optimizer.lr = self.base_lr * self.factor(self.last_epoch)

    def restart(self) -> None:
        """Back to epoch 0 and its rate. Deprecated: make a new schedule."""
        warn("Schedule.restart() will go: make a new schedule", DeprecationWarning)
        self.last_epoch = 0
        self.optimizer.lr = self.base_lr * self.factor(0)


class StepLR(Schedule):
    """lr gamma^(epoch // step_size): a smaller rate every `step_size` epochs.

    >>> import nn
    >>> from autograd_lite import Value
    >>> optimizer = nn.SGD([Value(0.0)], lr=1.0)
    >>> schedule = nn.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for _ in range(4):
    ...     schedule.step()
    >>> optimizer.lr
    0.25
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = size("step_size", step_size), real(gamma)
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        return self.gamma ** (epoch // self.step_size)


class ExponentialLR(Schedule):
    """lr gamma^epoch.

    >>> import nn
    >>> from autograd_lite import Value
    >>> optimizer = nn.SGD([Value(0.0)], lr=1.0)
    >>> schedule = nn.ExponentialLR(optimizer, gamma=0.5)
    >>> schedule.step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = real(gamma)
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        return self.gamma**epoch


class CosineAnnealingLR(Schedule):
    """eta_min + (lr - eta_min) (1 + cos(pi epoch / T_max)) / 2 (Loshchilov and Hutter 2017).

    After T_max epochs the rate is eta_min; it then rises again. lr is the rate that the schedule
    finds; if others have been made just before, the rate before all of them. What changes the rate
    later, such as a step of another schedule, changes eta_min in proportion.

    >>> import nn
    >>> from autograd_lite import Value
    >>> optimizer = nn.SGD([Value(0.0)], lr=1.0)
    >>> schedule = nn.CosineAnnealingLR(optimizer, T_max=2)
    >>> schedule.step()
    >>> round(optimizer.lr, 12)
    0.5
    """

    own_lr: float | None = None  # the lr of the formula; old pickles have none

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max, self.eta_min = size("T_max", T_max), real(eta_min)
        if isinstance(optimizer, Optimizer):
            found, before = optimizer.lr, optimizer.initial_lr
            self.own_lr = found if before is None or _as_made.get(optimizer) != found else before
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        least = self.eta_min / (self.own_lr or self.optimizer.initial_lr or 1.0)
        return least + (1.0 - least) * (1.0 + math.cos(math.pi * epoch / self.T_max)) / 2.0


class LinearLR(Schedule):
    """Warm-up: lr times a factor that goes from start_factor to end_factor in total_iters epochs.

    >>> import nn
    >>> from autograd_lite import Value
    >>> optimizer = nn.SGD([Value(0.0)], lr=1.0)
    >>> schedule = nn.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> optimizer.lr
    0.5
    >>> schedule.step()
    >>> optimizer.lr
    0.75
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        if not 0.0 < real(start_factor) <= 1.0 or not 0.0 <= real(end_factor) <= 1.0:
            raise ValueError(
                "start_factor is above 0, end_factor at least 0, neither above 1; "
                f"got {start_factor!r} and {end_factor!r}"
            )
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = size("total_iters", total_iters)
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        share = min(epoch / self.total_iters, 1.0)
        return self.start_factor + (self.end_factor - self.start_factor) * share


class SequentialLR(Schedule):
    """One schedule after another, as a warm-up and then a fall.

    Args:
        optimizer: the one that all schedules are for.
        schedulers: the schedules, in order.
        milestones: the epochs at which the second and later schedules take over, rising.

    Raises:
        ValueError: not one milestone less than schedules, or schedules of another optimiser.

    >>> import nn
    >>> from autograd_lite import Value
    >>> optimizer = nn.SGD([Value(0.0)], lr=1.0)
    >>> warm_up = nn.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> fall = nn.ExponentialLR(optimizer, gamma=0.1)
    >>> schedule = nn.SequentialLR(optimizer, [warm_up, fall], milestones=[2])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.1]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[Schedule], milestones: Sequence[int]
    ) -> None:
        if len(milestones) != len(schedulers) - 1 or sorted(milestones) != list(milestones):
            raise ValueError(
                f"{len(schedulers)} schedules want one milestone less, rising; got {milestones!r}"
            )
        if not all(isinstance(schedule, Schedule) for schedule in schedulers):
            raise TypeError(f"a sequence is of schedules by epoch, got {schedulers!r}")
        if any(schedule.optimizer is not optimizer for schedule in schedulers):
            raise ValueError("all schedules of a sequence are for its optimizer")
        self.schedulers = list(schedulers)
        self.milestones = [operator.index(epoch) for epoch in milestones]
        if optimizer.initial_lr is not None:
            optimizer.lr = optimizer.initial_lr  # without the factors of the schedules
            for schedule in schedulers:
                if isinstance(schedule, CosineAnnealingLR):
                    schedule.own_lr = optimizer.lr
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        place = bisect_right(self.milestones, epoch)
        begun = self.milestones[place - 1] if place else 0
        return self.schedulers[place].factor(epoch - begun)

    def state_dict(self) -> dict[str, Any]:
        inner = [schedule.state_dict() for schedule in self.schedulers]
        return {**super().state_dict(), "schedulers": inner}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        state = _completed(state, self.optimizer)
        state = {"base_lr": self.base_lr, **state}  # which states of version 0.1.0 have not
        for schedule, inner in zip(self.schedulers, state.get("schedulers", ())):
            check_fit("schedule", schedule, inner)
            check_counts(inner, "last_epoch")
        check_fit("schedule", self, state)
        check_counts(state, "last_epoch")
        for schedule, inner in zip(self.schedulers, state["schedulers"]):
            schedule.load_state_dict(inner)
        self.last_epoch, self.base_lr = state["last_epoch"], state["base_lr"]
        self.milestones = state["milestones"]


def _completed(state: Any, optimizer: Optimizer) -> Any:
    """A state of a schedule, with what earlier ones have not."""
    if isinstance(state, Mapping) and "eta_min" in state:
        return {"own_lr": optimizer.initial_lr or 1.0, **state}
    if isinstance(state, Mapping) and isinstance(state.get("schedulers"), list):
        return {**state, "schedulers": [_completed(x, optimizer) for x in state["schedulers"]]}
    return state


class ReduceLROnPlateau(_State):
    """lr <- max(factor lr, min_lr) when a metric has not improved for more than `patience` epochs.

    Args:
        optimizer: whose rate to reduce.
        mode: "min" for a metric that should fall, "max" for one that should rise.
        factor: below 1.
        patience: how many epochs without improvement to wait.
        threshold: how much better counts as better: of the best so far ("rel"), or as such ("abs").
        threshold_mode: "rel" or "abs".
        cooldown: how many epochs to wait after a reduction before counting again.
        min_lr: the rate does not fall below it.
        eps: a change of the rate of at most this is not made.

    >>> import nn
    >>> from autograd_lite import Value
    >>> optimizer = nn.SGD([Value(0.0)], lr=1.0)
    >>> schedule = nn.ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in (0.5, 0.5, 0.5):
    ...     schedule.step(loss)
    >>> optimizer.lr
    0.1
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(optimizer)
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                'mode is "min" or "max" and threshold_mode "rel" or "abs", '
                f"got {mode!r} and {threshold_mode!r}"
            )
        if not 0.0 <= real(factor) < 1.0:
            raise ValueError(f"factor is at least 0 and below 1, got {factor!r}")
        self.mode, self.factor, self.patience = mode, factor, size("patience", patience, 0)
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.min_lr, self.eps = size("cooldown", cooldown, 0), min_lr, eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics: Any) -> None:
        """Take note of an epoch's metric, a number or a Value."""
        metric = real(number_of(metrics))
        self.last_epoch += 1
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            lr = max(self.optimizer.lr * self.factor, self.min_lr)
            if self.optimizer.lr - lr > self.eps:
                self.optimizer.lr = lr
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def _is_better(self, metric: float) -> bool:
        sign = 1.0 if self.mode == "min" else -1.0
        if self.threshold_mode == "rel":
            return sign * metric < sign * self.best * (1.0 - sign * self.threshold)
        return sign * metric < sign * self.best - self.threshold
