"""In the browser: a page in which a model trains on the reader's own data, without Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd_lite.views.language import speaking
from autograd_lite.views.playground.trial import Samples, Traced, Trial

from ..init import generator, size
from ..pairing import flat, shape
from ..training import schedules
from ..training.classes import Rule, as_classes, bare_loss, rule_of
from ..training.metrics import predict
from ..training.options import Data, loss_function, optimizer_for, with_validation
from ..training.samples import Dataset, as_samples
from .inspection import MOST_CLASSES, Inspection
from .traced import TracedLoss, updates_of

if TYPE_CHECKING:
    from autograd_lite.views.playground.playground import Playground

    from ..init import Seed

__all__ = ["playground"]


def playground(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    loss: Any,
    optimizer: Any,
    lr: float | None = None,
    batch_size: int = 10,
    validation_data: Any = None,
    validation_split: float = 0.0,
    stratify: bool = False,
    seed: Seed = 0,
    language: str | None = None,
) -> Playground:
    """A page in which this model trains on these data: no Python, no network.

    Its reader plays, pauses and steps; changes the learning rate, the batch size and the noise;
    sees the boundary (or the curve) move, what each unit makes of the plane, and the losses; adds
    samples by a click, and sends one through the net. Its numbers are those of Python to rounding.
    The model itself is not changed.

    Args:
        model: a Module, called with one sample; or any function of one sample, with an optimizer
            that has its parameters, as `nn.Adam([w, b])`.
        x, y: samples and targets, of any kind that `as_samples` takes; or x alone, a data set or
            the pair (x, y). Targets may be labels (str).
        loss, optimizer, lr: as for `nn.fit`; the page starts with the optimizer's state.
        batch_size: samples per step, to begin with.
        validation_data, validation_split, stratify: as for `nn.fit`: samples that are not trained
            on, whose loss is drawn beside the other. A whole number as validation_split says how
            many.
        seed: of the split, and of the order in which the page takes the samples.
        language: of the page, "en" or "zh"; by default as `autograd_lite.set_language` says.

    Returns:
        A view: a notebook shows it, and `save("page.html")` writes it.

    Raises:
        ValueError: the model cannot be traced, draws at random (`nn.Dropout`), or takes another
            branch for another sample; the optimizer's step is no formula, or a schedule sets its
            rate; there are no samples, no parameters, or none that the loss depends on; an option
            is wrong.
        TypeError: the loss is no single Value, or something else is no model, loss or optimizer; or
            an operation is a primitive of your own, which a browser does not know.

    >>> import nn
    >>> page = nn.playground(nn.MLP(2, [8, 8, 1], seed=0), nn.datasets.moons(80, seed=0),
    ...                      loss=nn.binary_cross_entropy_with_logits, optimizer=nn.Adam, lr=0.01)
    >>> print(page)
    MLP 2-8-8-1 learns 80 samples of 2 classes with Adam
    """
    batch_size = size("batch_size", batch_size)
    rng = generator(seed)
    samples = _samples(x, y)
    train, test = with_validation(
        Data(samples, None), validation_data, validation_split, stratify, rng
    )
    loss, optimizer = loss_function(loss), _optimizer(model, optimizer, lr)
    both = _joined(train.samples, test.samples if test else None)
    updates = updates_of(optimizer)
    traced = TracedLoss(model, loss, both.x, both.y, optimizer.parameters)
    rule = _rule(model, loss, both)
    step, step_leaves = traced.step()
    look, look_leaves = traced.look(rule)
    leaves = {id(leaf): leaf for leaf in [*optimizer.parameters, *step_leaves, *look_leaves]}
    number = {key: k for k, key in enumerate(leaves)}
    labels = [] if rule is None else [list(rule.labels).index(y) for y in as_classes(both.y)]
    rows, count = [flat(x) for x in both.x], len(train.samples.x)
    parts = [
        Samples(x=rows[part], y=traced.targets[part], labels=labels[part])
        for part in (slice(count), slice(count, None))
    ]
    trial = Trial(
        model=_name(model),
        loss=_name(bare_loss(loss)),
        step=Traced(tape=step, leaves=[number[id(leaf)] for leaf in step_leaves]),
        look=Traced(tape=look, leaves=[number[id(leaf)] for leaf in look_leaves]),
        leaves=[leaf.data for leaf in leaves.values()],
        updates=updates,
        outputs=traced.outputs,
        train=parts[0],
        test=parts[1],
        shape=shape(both.x[0]),
        classes=[] if rule is None else _class_names(both, rule),
        targets=[] if rule is None else _targets(traced.targets, labels, len(rule.labels)),
        features=both.feature_names,
        net=traced.net,
        weights=[-1 if leaf is None else number[id(leaf)] for leaf in traced.weights],
        is_whole=traced.is_whole,
        inputs=traced.inputs,
        batch_size=min(batch_size, count),
        seed=rng.getrandbits(32),
        surface=_surface(model, loss, train.samples),
    )
    with speaking(language):
        from autograd_lite.views.playground.playground import Playground  # and with it all charts

        return Playground(trial)


def _samples(x: Any, y: Any) -> Dataset:
    """The samples, which have targets."""
    if y is None and isinstance(x, tuple) and not isinstance(x, Dataset) and len(x) == 2:
        x, y = x
    samples = as_samples(x, y)
    if not samples.y:
        raise ValueError("playground wants samples with targets: x and y, or a data set with both")
    return samples


def _joined(train: Dataset, test: Dataset | None) -> Dataset:
    if test is None:
        return train
    if shape(train.x[0]) != shape(test.x[0]):
        raise ValueError(
            f"samples of one shape are wanted: those to train on are {shape(train.x[0])}, those "
            f"to validate with {shape(test.x[0])}"
        )
    return train._replace(x=train.x + test.x, y=train.y + test.y)


def _optimizer(model: Any, optimizer: Any, lr: float | None) -> Any:
    """The optimizer; an error that says so if a schedule moves its rate."""
    kinds = schedules.Schedule, schedules.ReduceLROnPlateau
    if isinstance(optimizer, kinds) or (
        isinstance(optimizer, type) and issubclass(optimizer, kinds)
    ):
        name = getattr(optimizer, "__name__", type(optimizer).__name__)
        raise TypeError(
            f"{name} is a schedule, which a page does not follow: its reader sets the learning "
            "rate. Give the optimizer alone"
        )
    made = optimizer_for(model, optimizer, lr)
    if any(group.initial_lr is not None for group in (made, *getattr(made, "groups", ()))):
        raise ValueError(
            f"a schedule moves the learning rate of this {type(made).__name__}, which a page does "
            "not follow: its reader sets it. Give an optimizer without a schedule"
        )
    return made


def _rule(model: Any, loss: Any, data: Dataset) -> Rule | None:
    """Which class an output stands for; None if the targets are no classes."""
    try:
        rule = rule_of(predict(model, data.x[:8]), data.y, loss=loss)
    except (TypeError, ValueError):
        return None
    return rule if len(rule.labels) <= MOST_CLASSES else None


def _class_names(data: Dataset, rule: Rule) -> list[str]:
    names = data.class_names
    return list(map(str, names if len(names) == len(rule.labels) else rule.labels))


def _targets(targets: list[list[float]], labels: list[int], classes: int) -> list[list[float]]:
    """Of each class the target as the tape takes it; [] for one that no sample is of."""
    by_class = dict(zip(labels, targets))
    return [by_class.get(label, []) for label in range(classes)]


def _name(thing: Any) -> str:
    return str(getattr(thing, "__name__", type(thing).__name__))


def _surface(model: Any, loss: Any, data: Dataset) -> list[list[list[float]]]:
    """The share of each class on a grid of the plane; [] where there is none."""
    inspection = Inspection(model, loss, data)
    return inspection.surface() if inspection.planar else []
