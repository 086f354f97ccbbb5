"""Cross-validation: a model trained anew on each fold, and measured on the samples left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from autograd_lite.primitive import describe

from ..init import generator, size
from ..pairing import listed
from .callbacks import Checkpoint, CSVLogger
from .classes import as_classes
from .history import Table
from .loop import Training
from .options import training_data
from .samples import unwrapped
from .splits import Fold, k_fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..init import Seed

__all__ = ["cross_validate"]


def cross_validate(
    make_model: Callable[[], Any],
    x: Any,
    y: Any = None,
    *,
    loss: Any,
    optimizer: Any,
    lr: float | None = None,
    folds: Any = 5,
    metrics: Any = (),
    seed: Seed = None,
    stratify: Any = False,
    epochs: int = 1,
    batch_size: int = 32,
    sample_weight: Any = None,
    class_weight: Any = None,
    shuffle: bool = True,
    callbacks: Any = (),
    progress: bool | None = None,
    compile: bool = True,
) -> Table:
    """Train anew on each fold and measure on the samples left out: a table with a row per fold.

    Args:
        make_model: makes a new model, the same each time (give it a seed).
        x, y, loss, metrics: as for `fit`.
        optimizer: makes an optimizer from parameters, such as `nn.Adam`, or its name.
        folds: how many (see `k_fold`), or pairs of places, as from `leave_one_out`.
        seed: of the folds and of the order of the samples.
        stratify: as for `k_fold`.
        callbacks: a list, as for `fit`, used in each fold; or a function of the fold (from 1) that
            gives one, which those want that write a file.
        lr, epochs, batch_size, sample_weight, class_weight, shuffle, progress, compile: as for
            `fit`.

    Returns:
        A `Table` with the columns "loss" and "test_loss", and for each metric its own two;
        `mean()` has the means over the folds. They are those of the model that comes out, if
        `EarlyStopping` brings its best weights back. Ctrl-C ends it with the folds so far.

    Raises:
        ValueError, TypeError: as for `fit`; or the folds would share a model, an optimizer or a
            file; or a fold is no pair of places of samples.

    >>> import nn
    >>> data = nn.datasets.iris()
    >>> scores = nn.cross_validate(lambda: nn.MLP(4, [3], seed=0), data.x, data.y, folds=3,
    ...     loss=nn.cross_entropy, optimizer=nn.Adam, metrics=["accuracy"], seed=0)
    >>> list(scores), len(scores)
    (['loss', 'accuracy', 'test_loss', 'test_accuracy'], 3)
    """
    if hasattr(optimizer, "step") and not isinstance(optimizer, type):
        raise TypeError(
            "cross_validate trains a new model for each fold, so it wants what makes an "
            f"optimizer, such as nn.Adam; got {describe(optimizer)}"
        )
    if not callable(callbacks):
        for callback in callbacks or ():
            if isinstance(callback, (Checkpoint, CSVLogger)):
                raise ValueError(
                    "each fold wants a file of its own, or it would go on from another fold's: "
                    'callbacks=lambda fold: [nn.Checkpoint(f"fold{fold}.json", resume=True)]'
                )
    epochs, batch_size = size("epochs", epochs), size("batch_size", batch_size)
    data = training_data(x, y, sample_weight, class_weight)
    pairs = folds
    if not hasattr(folds, "__iter__"):
        classes = as_classes(data.samples.y) if stratify is True else stratify
        pairs = k_fold(len(data.samples.y), folds, seed=seed, stratify=classes)
    pairs = [_places(pair, fold, len(data.samples.y)) for fold, pair in enumerate(pairs, start=1)]
    if not pairs:
        raise ValueError("folds holds no fold")
    table, models = Table(rows="fold"), list[Any]()
    for fold, (train, test) in enumerate(pairs, start=1):
        models.append(make_model())
        if any(models[-1] is other for other in models[:-1]):
            raise ValueError("make_model gave the same model twice; each fold wants a new one")
        training = Training(
            models[-1], data.part(train).counted(class_weight), data.part(test).counted(),
            loss=loss, optimizer=optimizer, lr=lr, rng=generator(seed), metrics=metrics,
            compile=compile,
            callbacks=callbacks(fold) if callable(callbacks) else callbacks,
        )  # fmt: skip
        history = training.run(epochs, batch_size, shuffle, progress)
        if history.stopped and history.stopped.endswith("Ctrl-C"):
            break
        row = training.outcome()
        table.add({re.sub(r"^val_", "test_", name): number for name, number in row.items()})
    return table


def _places(pair: Any, fold: int, n: int) -> Fold:
    """A fold as two lists, checked."""
    parts = [listed(places) for places in listed(pair)] if isinstance(pair, Iterable) else []
    if len(parts) != 2 or not all(isinstance(places, list) for places in parts):
        raise TypeError(
            f"fold {fold} is no pair of places of samples, to train on and to test with, such as "
            f"([0, 1], [2]); got {describe(pair)}"
        )
    for places, what in zip(parts, ("train on", "test with")):
        if not places:
            raise ValueError(f"fold {fold} has no samples to {what}")
        for i in unwrapped(places):
            if isinstance(i, bool) or not isinstance(i, int):
                raise TypeError(f"fold {fold}: places are whole numbers, got {describe(i)}")
            if i not in range(n):
                raise ValueError(f"fold {fold}: there is no sample {i}; there are 0 to {n - 1}")
    return unwrapped(parts[0]), unwrapped(parts[1])
