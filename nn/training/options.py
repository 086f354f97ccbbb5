"""Options of `fit`: what they may be, checked before the first epoch."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from autograd_lite.ieee import fsum
from autograd_lite.primitive import describe, real

from .. import losses, optim
from .callbacks import takes
from .classes import Rule, as_classes, numbers_in, rule_of
from .freezing import frozen_in, trainable
from .metrics import accuracy, r2_score
from .samples import Dataset, as_samples, numbered_like
from .splits import split

LOSSES = {
    name: getattr(losses, name)
    for name in losses.__all__
    if name not in ("l1_penalty", "l2_penalty", "one_hot")
}
METRICS = {"accuracy": accuracy, "r2": r2_score}
OPTIMIZERS = {name.lower(): getattr(optim, name) for name in optim.__all__ if name != "Optimizer"}


class Data(NamedTuple):
    """Samples for `fit`.

    Attributes:
        samples: as from `as_samples`.
        weights: how much each counts; None if all count the same.
    """

    samples: Dataset
    weights: list[float] | None

    def part(self, places: Sequence[int]) -> Data:
        """Some of them."""
        x, y, *names = self.samples
        some = None if self.weights is None else [self.weights[i] for i in places]
        return Data(Dataset([x[i] for i in places], [y[i] for i in places], *names), some)

    def counted(self, class_weight: Any = None) -> Data:
        """Those that count, with weights, also of their classes, of which the mean is 1."""
        data = self._there()
        if class_weight is not None:
            by_class = _by_class(data.samples, class_weight)
            found = [by_class[label] for label in as_classes(data.samples.y)]
            weights = [a * b for a, b in zip(data.weights or [1.0] * len(found), found)]
            data = Data(data.samples, weights)._there()
        return data if data.weights is None else data._replace(weights=scaled(data.weights))

    def _there(self) -> Data:
        """Those of a weight that is not 0."""
        if self.weights is None or 0.0 not in self.weights:
            return self
        return self.part([i for i, weight in enumerate(self.weights) if weight != 0.0])


def training_data(x: Any, y: Any, sample_weight: Any, class_weight: Any) -> Data:
    """The samples to train on, without the weights of their classes, which depend on the part."""
    data = as_samples(x, y)
    if not data.y:
        raise ValueError("fit wants targets: fit(model, x, y, ...)")
    if data.class_names and y is not None:
        raise ValueError(
            "the targets are labels; `data = nn.as_samples(x, y)` gives classes (data.y) and "
            "their names (data.class_names), which predictions want, too"
        )
    checked = Data(data, _weights(data, sample_weight))
    checked.counted(class_weight)
    return checked


def with_validation(
    data: Data, validation_data: Any, validation_split: Any, stratify: Any, rng: Any,
    class_weight: Any = None,
) -> tuple[Data, Data | None]:  # fmt: skip
    """The data to train on and those to validate with: of their own, or a part that is set aside.

    The first have the weights of their classes; both those of the samples.

    Raises:
        ValueError: both are wanted; or the validation data have other classes, or no targets.
    """
    if validation_data is not None:
        if validation_split or stratify:
            raise ValueError(
                "validation_split sets samples aside, and stratify says how; with validation_data "
                "there is nothing to set aside, so give one or the other"
            )
        own = isinstance(validation_data, (tuple, list)) and len(validation_data) in (2, 3)
        given = [*validation_data, None] if own else [validation_data, None, None]
        samples = as_samples(*given[:2])
        if not samples.y:
            raise ValueError("validation_data wants targets: (x, y), or a data set that has them")
        samples = numbered_like(samples, data.samples)
        validation = Data(samples, _weights(samples, given[2]))
        return data.counted(class_weight), validation.counted()
    if not validation_split:
        if stratify:
            raise ValueError("stratify says how to set samples aside: give a validation_split")
        return data.counted(class_weight), None
    if isinstance(validation_split, bool) or not hasattr(validation_split, "__float__"):
        raise TypeError(f"validation_split is a share, as 0.2; got {describe(validation_split)}")
    classes = as_classes(data.samples.y) if stratify else None
    train, test = split(len(data.samples.x), validation_split, rng, classes, "validation_split")
    return data.part(train).counted(class_weight), data.part(test).counted()


def _weights(data: Dataset, sample_weight: Any) -> list[float] | None:
    """The weights of samples as numbers; None if there are none."""
    if sample_weight is None:
        return None
    given = [real(w) for w in sample_weight]
    if len(given) != len(data.y):
        raise ValueError(
            f"one weight per sample is wanted, got {len(given)} for {len(data.y)} samples"
        )
    return given


def scaled(weights: list[float]) -> list[float]:
    """The weights times what makes their mean 1."""
    whole = fsum(weights)
    if not all(w >= 0.0 for w in weights) or not 0.0 < whole < math.inf:
        raise ValueError("weights are finite, not below 0, and not all 0")
    return [w * len(weights) / whole for w in weights]


def _by_class(data: Dataset, class_weight: Any) -> dict[Any, float]:
    classes = as_classes(data.y)
    counts = {label: classes.count(label) for label in dict.fromkeys(classes)}
    if class_weight == "balanced":
        return {label: len(classes) / (len(counts) * count) for label, count in counts.items()}
    if not isinstance(class_weight, Mapping):
        raise TypeError(f'class_weight is a dict by class or "balanced"; got {class_weight!r}')
    numbers = {name: i for i, name in enumerate(data.class_names)}
    weights = {numbers.get(label, label): real(w) for label, w in class_weight.items()}
    unknown = [label for label in counts if label not in weights]
    if unknown:
        raise ValueError(f"class_weight has no weight for the class {unknown[0]!r}")
    return weights


def _by_name(what: str, known: Mapping[str, Any], option: Any) -> Any:
    """An option, or what is known by its name; an optimizer also by that of its class."""
    if not isinstance(option, str):
        return option
    if option.lower() not in known:
        raise ValueError(f"{what} or one of {list(known)}, got {option!r}")
    return known[option.lower()]


def loss_function(loss: Any) -> Callable[..., Any]:
    """A loss, also by its name."""
    loss = _by_name("the loss is a function", LOSSES, loss)
    if not callable(loss) or isinstance(loss, type):
        raise TypeError(
            "the loss is a function (prediction, target) -> Value, such as nn.mse; got "
            f"{describe(loss)}"
        )
    return loss  # type: ignore[no-any-return]


def optimizer_for(model: Any, optimizer: Any, lr: Any = None) -> Any:
    """An optimizer of the model's parameters: one that is there, or made by its class or name."""
    optimizer = _by_name("the optimizer is an Optimizer", OPTIMIZERS, optimizer)
    if isinstance(optimizer, type) or not hasattr(optimizer, "step"):
        if not callable(optimizer):
            raise TypeError(
                "the optimizer is an Optimizer, or what makes one from parameters, such as "
                f"nn.Adam; got {describe(optimizer)}"
            )
        if not hasattr(model, "parameters"):
            raise TypeError(
                "the parameters of a model that is no Module are not known: make the optimizer "
                f"with them, as nn.Adam([w, b]); the model is {describe(model)}"
            )
        parameters = trainable(model)
        if not parameters and frozen_in(model):
            raise ValueError(
                "all parameters of this model are frozen, so nothing would be trained: "
                "nn.freeze(model, False) has them trained again"
            )
        optimizer = optimizer(parameters, **({} if lr is None else {"lr": lr}))
    elif lr is not None:
        raise ValueError(
            'lr is for an optimizer that fit makes, of nn.Adam or "adam"; this one has its own: '
            f"{describe(optimizer)}"
        )
    if not all(hasattr(optimizer, name) for name in ("step", "zero_grad", "parameters", "lr")):
        raise TypeError(f"the optimizer is no nn.Optimizer, but {describe(optimizer)}")
    frozen = frozen_in(model)
    moved = [frozen[id(p)] for p in optimizer.parameters if id(p) in frozen]
    if moved:
        raise ValueError(
            f"the optimizer would move {len(moved)} frozen parameters, as {moved[0]}: make it with "
            "nn.trainable(model)"
        )
    return optimizer


def metrics_by_name(metrics: Any) -> dict[str, Callable[..., float]]:
    """The metrics by the names of their columns.

    Raises:
        ValueError: a name is unknown, is there twice, or is that of another column.
        TypeError: one is no function.
    """
    if isinstance(metrics, Mapping):
        pairs = list(metrics.items())
    else:
        one = metrics is None or callable(metrics) or isinstance(metrics, str)
        several = [metrics] if one and metrics is not None else (metrics or ())
        pairs = [
            (metric if isinstance(metric, str) else _name(metric), metric) for metric in several
        ]
    by_name: dict[str, Callable[..., float]] = {}
    for name, metric in pairs:
        metric = _by_name("a metric is a function", METRICS, metric)
        if not callable(metric) or isinstance(metric, type):
            raise TypeError(
                "a metric is a function (predictions, targets) -> number; got " + describe(metric)
            )
        if not takes(metric, 2):
            raise TypeError(f"the metric {name!r} is called with (predictions, targets)")
        if name in by_name:
            raise ValueError(
                f"two metrics are called {name!r}: give a dict, that names them, such as "
                '{"first": f, "second": g}'
            )
        if not isinstance(name, str) or name == "loss" or name.startswith("val_"):
            raise ValueError(f"a metric cannot be called {name!r}, as another column is or may be")
        by_name[name] = metric
    return by_name


def _name(metric: Any) -> str:
    return str(getattr(metric, "__name__", type(metric).__name__))


def bound_to(
    metrics: dict[str, Callable[..., float]],
    outputs: list[Any],
    targets: list[Any],
    loss: Callable[..., Any],
) -> tuple[dict[str, Callable[..., float]], bool]:
    """The metrics, with accuracy cut where the loss cuts; and whether that is nowhere.

    Raises:
        ValueError, TypeError: accuracy or r2 cannot be had of such outputs and targets.
    """
    rule = None
    bound = dict(metrics)
    for name, metric in metrics.items():
        if metric is accuracy:
            rule = rule or rule_of(outputs, targets, loss=loss)
            bound[name] = functools.partial(_share_right, rule)
        elif metric is r2_score:
            r2_score(outputs, targets[: len(outputs)])
    single = len(numbers_in(outputs[0])) == 1
    return bound, single and rule is not None and rule.loss is not None


def _share_right(rule: Rule, outputs: list[Any], targets: list[Any]) -> float:
    """The accuracy by a rule; nan if an output is nan."""
    try:
        found = [rule(output) for output in outputs]
    except ValueError:
        return math.nan
    return sum(bool(a == b) for a, b in zip(found, as_classes(targets))) / len(targets)
