"""Cross-validation: a model trained anew on each fold, and measured on the samples left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_lite.primitive import describe

from .history import Table
from .loop import fit
from .samples import Dataset, as_samples
from .splits import k_fold, taken

__all__ = ["cross_validate"]


def cross_validate(
    make_model: Callable[[], Any],
    x: Any,
    y: Any = None,
    *,
    loss: Callable[..., Any],
    optimizer: Callable[..., Any],
    folds: Any = 5,
    metrics: Any = (),
    seed: int | None = None,
    stratify: Any = False,
    **options: Any,
) -> Table:
    """Train anew on each fold and measure on the samples left out: a table with a row per fold.

    Args:
        make_model: makes a new model, the same each time (give it a seed).
        x, y, loss, metrics: as for `fit`.
        optimizer: makes an optimizer from parameters, such as `nn.Adam`.
        folds: how many (see `k_fold`), or pairs of places, as from `leave_one_out`.
        seed: of the folds and of the order of the samples.
        stratify: as for `k_fold`.
        options: of `fit`.

    Returns:
        A `Table` with the columns "loss" and "test_loss", and for each metric its own two;
        `mean()` has the means over the folds.

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
    data: Dataset = as_samples(x, y)
    pairs = k_fold(data.y, folds, seed=seed, stratify=stratify) if isinstance(folds, int) else folds
    table = Table(rows="fold")
    for train, test in pairs:
        history = fit(
            make_model(), taken(data.x, train), taken(data.y, train), loss=loss,
            optimizer=optimizer, metrics=metrics, seed=seed,
            validation_data=(taken(data.x, test), taken(data.y, test)), **options,
        )  # fmt: skip
        table.add({name.replace("val_", "test_"): history[name][-1] for name in history})
    return table
