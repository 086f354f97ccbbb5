"""Inspection: how a model does on samples, one by one: which are wrong, where the boundary runs.

What a model takes a sample for is asked of the loss itself: the class with the least loss. So it is
right for logits, probabilities, margins and squares alike, with no threshold to be chosen; and as a
loss is a surprise (-log of a probability), exp(-loss) gives the share of each class.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import autograd_lite
from autograd_lite import sum as total
from autograd_lite.compiler.elementwise import zero_grad
from autograd_lite.primitive import describe, is_value

from ..modes import evaluating
from ..training.objective import Outputs
from ..training.samples import Dataset

__all__ = ["Inspection", "Sample"]

MOST_CLASSES = 20
MOST_CARDS = 60  # of a stepper in a page: neurons rather than operations
COLUMNS, ROWS = 40, 30  # points of the grid under a decision boundary


class Sample(NamedTuple):
    """How a model does on a sample.

    Attributes:
        place: in the data, from 0.
        target, prediction: class names if there are such; numbers else.
        loss: of it alone.
        wrong: whether it is taken for another class; False where there are no classes.
    """

    place: int
    target: Any
    prediction: Any
    loss: float
    wrong: bool


class Inspection:
    """A model, a loss and samples, to look at one by one.

    Args:
        model: as for `nn.fit`.
        loss: of one sample: (prediction, target) -> Value.
        data: a data set with targets, as `as_samples` gives it.

    Raises:
        TypeError: data is something else.

    Attributes:
        classes: whether the targets are classes: whole numbers, and not many.
        planar: whether they are, and the samples have two features.

    >>> import nn
    >>> data, net = nn.datasets.xor(), nn.MLP(2, [2], seed=0)
    >>> inspection = nn.Inspection(net, nn.cross_entropy, data)
    >>> worst = inspection.wrong(1)[0]
    >>> worst.target, worst.prediction, worst.wrong
    ('different', 'equal', True)
    >>> from autograd_lite import topological_order
    >>> graph = topological_order(inspection.sample(worst.place))
    >>> [node.label for node in graph if node.label in ("equal", "different", "loss")]
    ['equal', 'different', 'loss']
    """

    def __init__(self, model: Any, loss: Any, data: Dataset) -> None:
        if not isinstance(data, Dataset) or len(data.x) != len(data.y):
            what = describe(data) if not isinstance(data, Dataset) else "one without targets"
            raise TypeError(f"samples with targets are wanted, as_samples(x, y); got {what}")
        self.model, self.loss, self.data = model, loss, data
        targets = data.y
        whole = all(isinstance(t, (int, float)) and t == int(t) for t in targets)
        self.classes = whole and len(set(targets)) <= MOST_CLASSES
        self.planar = self.classes and _is_row(data.x[0]) and len(data.x[0]) == 2

    @functools.cached_property
    def labels(self) -> list[Any]:
        """The targets that stand for classes, in order; [] if the targets are no classes."""
        if not self.classes:
            return []
        if all(isinstance(target, int) for target in self.data.y):
            outputs = self._outputs(self.data.x[:1], self.model)[0]
            if isinstance(outputs, list) and len(outputs) > 1:
                return list(range(len(outputs)))
        return sorted(set(self.data.y))

    def _outputs(self, rows: list[Any], function: Any) -> list[Any]:
        with self._looking():
            return Outputs(function, rows, compile=False).all()

    # One by one -----------------------------------------------------------------------------------

    def samples(self) -> list[Sample]:
        """How the model does on each sample, as its parameters are now."""
        return [self._judged(i, row) for i, row in enumerate(self._table()[: len(self.data.x)])]

    def wrong(self, n: int = 10) -> list[Sample]:
        """The worst `n` samples: those of the wrong class first, each kind by its loss."""
        return sorted(self.samples(), key=lambda s: (not s.wrong, -_rank(s.loss)))[:n]

    def sample(self, i: int) -> Any:
        """The loss of sample i with its whole graph, its inputs and outputs labelled.

        `backward` has been called: gradients stand in the graph, those of the parameters are of
        this sample alone.

        Raises:
            IndexError: there is no such sample.
        """
        self._check(i)
        with self._looking():
            prediction = self.model(self._labelled(self.data.x[i]))
            outputs = prediction if isinstance(prediction, (list, tuple)) else [prediction]
            names = self.data.class_names
            named = names if len(names) == len(outputs) else _numbered("output", len(outputs))
            for name, output in zip(named, outputs):
                if getattr(output, "label", name) is None:
                    output.label = name
            loss = self.loss(prediction, self.data.y[i])
        if not is_value(loss):
            raise TypeError(f"loss(prediction, target) must return one Value, got {describe(loss)}")
        loss.label = "loss"
        return self._passed_back(loss)

    def _check(self, i: Any) -> None:
        if not isinstance(i, int) or not 0 <= i < len(self.data.x):
            raise IndexError(f"samples are numbered from 0 to {len(self.data.x) - 1}, got {i!r}")

    def mean(self) -> Any:
        """The mean loss of all samples with its whole graph; `backward` has been called, as above.

        >>> import nn
        >>> inspection = nn.Inspection(nn.MLP(2, [2], seed=0), nn.cross_entropy, nn.datasets.xor())
        >>> inspection.mean()
        Value(0.761842, grad=1, label='mean loss', op=div)
        """
        with self._looking():
            losses = [self.loss(self.model(x), y) for x, y in zip(self.data.x, self.data.y)]
        mean = total(losses) / len(losses)
        mean.label = "mean loss"
        return self._passed_back(mean)

    def _passed_back(self, loss: Any) -> Any:
        if hasattr(self.model, "parameters"):
            zero_grad(self.model.parameters())
        loss.backward()
        return loss

    def describe(self, i: int) -> str:
        """Sample i in words.

        Raises:
            IndexError: there is no such sample.

        >>> import nn
        >>> inspection = nn.Inspection(nn.MLP(2, [2], seed=0), nn.cross_entropy, nn.datasets.xor())
        >>> inspection.describe(0)
        'sample 0: equal, taken for equal (loss 0.682)'
        """
        self._check(i)
        sample = self.samples()[i]
        verb = "taken for" if self.labels else "predicted"
        return f"sample {i}: {sample.target}, {verb} {sample.prediction} (loss {sample.loss:.3g})"

    def told(self, i: int) -> str:
        """What is now called `describe`."""
        message = "Inspection.told is now called describe"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return self.describe(i)

    def section(self, i: int, before: str = "") -> Any:
        """Sample i for a page: it in words (after `before`), and the steps of its gradient.

        Links lead to it by `#sample-3`, for sample 3.
        """
        from autograd_lite.views.output.page import Section
        from autograd_lite.views.stepper.stepper import step

        words = self.describe(i)
        steps = step(self.sample(i), max_cards=MOST_CARDS, start="backward").payload()
        steps["label"] = f"{words}, step by step"  # a page may hold several
        return Section(title=before + words, key=f"sample-{i}", view=steps)

    def _labelled(self, row: Any) -> Any:
        if not _is_row(row):
            return autograd_lite.Value(row, "x") if isinstance(row, float) else row
        names = self.data.feature_names
        names = names if len(names) == len(row) else _numbered("x", len(row))
        return [autograd_lite.Value(entry, str(name)) for entry, name in zip(row, names)]

    def _judged(self, i: int, row: Any) -> Sample:
        target = self.data.y[i]
        if not self.labels:
            prediction, loss = row
            return Sample(i, target, prediction, loss, False)
        losses = [_rank(x) for x in row]
        best, label = losses.index(min(losses)), self.labels.index(target)
        return Sample(i, self._named(label), self._named(best), row[label], best != label)

    def _named(self, k: int) -> Any:
        names = self.data.class_names
        return names[k] if len(names) == len(self.labels) else self.labels[k]

    # All at once ----------------------------------------------------------------------------------

    @functools.cached_property
    def _rows(self) -> list[Any]:
        """What the model is asked: the samples, and after them the grid."""
        grid = grid_in(self.corners(), COLUMNS, ROWS) if self.planar else []
        return [*self.data.x, *grid]

    @functools.cached_property
    def _judge(self) -> Outputs:
        """The loss for each class, of all rows; on a tape if the model can be traced."""

        def losses(x: Any) -> list[Any]:
            prediction = self.model(x)
            return [self.loss(prediction, label) for label in self.labels]

        with self._looking():
            return Outputs(losses, self._rows)

    def _table(self) -> list[Any]:
        """Of each row the loss for each class; else the prediction and the loss of each sample."""
        if self.labels:
            with self._looking():
                return self._judge.all()
        predictions = self._outputs(self.data.x, self.model)
        rows = []
        for prediction, target in zip(predictions, self.data.y):
            loss = self.loss(prediction, target)
            single = isinstance(prediction, list) and len(prediction) == 1
            rows.append((prediction[0] if single else prediction, getattr(loss, "data", loss)))
        return rows

    def counts(self) -> list[list[int]]:
        """How often each class (row) is taken for each (column).

        Raises:
            ValueError: the targets are no classes.
        """
        if not self.labels:
            raise ValueError("the targets are no classes, so there are no counts of them")
        names = [self._named(k) for k in range(len(self.labels))]
        matrix = [[0] * len(names) for _ in names]
        for sample in self.samples():
            matrix[names.index(sample.target)][names.index(sample.prediction)] += 1
        return matrix

    # In the plane of two features -----------------------------------------------------------------

    def corners(self) -> Corners:
        """The part of the plane where the samples are, with some room around them."""
        return corners_around(self.data.x)

    def surface(self) -> list[list[list[float]]]:
        """The share of each class on a grid, row by row: what `charts.boundary` draws.

        Raises:
            ValueError: the samples have not two features, or the targets are no classes.
        """
        if not self.planar:
            raise ValueError(
                "a boundary is drawn for classes of samples with two features; here are "
                f"{len(self.data.x[0]) if _is_row(self.data.x[0]) else 'single'} features and "
                f"{len(self.labels)} classes"
            )
        shares = [_shares(losses) for losses in self._table()[len(self.data.x) :]]
        return [shares[k : k + COLUMNS] for k in range(0, len(shares), COLUMNS)]

    def boundary(
        self,
        surface: Any = None,
        *,
        title: str = "",
        note: str = "",
        rings: bool = True,
        links: Mapping[int, str] | None = None,
        key: bool = True,
    ) -> Any:
        """A Chart of the decision boundary with the samples.

        Args:
            surface: an earlier one; by default as it is now.
            title, note: above the chart; by default the note counts the wrong samples.
            rings: whether the wrong samples are marked.
            links: where a click on a sample leads to.
            key: whether the signs are explained.
        """
        from autograd_lite.views import charts

        names = [str(self._named(k)) for k in range(len(self.labels))]
        wrong = None
        if rings:
            wrong = [sample.place for sample in self.samples() if sample.wrong]
            note = note or f"{len(wrong)} of {len(self.data.x)} wrong"
        return charts.boundary(
            surface or self.surface(), self.corners(), self.data.x,
            [self.labels.index(y) for y in self.data.y], class_names=names,
            feature_names=self.data.feature_names, wrong=wrong, links=links, title=title,
            note=note, key=key,
        )  # fmt: skip

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """The model as it is used, not as it is trained; and nothing is said that fit has said."""
        with evaluating(self.model), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield


Corners = tuple[float, float, float, float]


def corners_around(points: Sequence[Sequence[float]]) -> Corners:
    """The least and the largest first coordinate, and second one, with some room around them."""
    (low, high), (floor, ceiling) = (_roomy(column) for column in zip(*points))
    return low, high, floor, ceiling


def grid_in(corners: Corners, columns: int, rows: int) -> list[list[float]]:
    """Points between the corners, row by row from the bottom."""
    low, high, floor, ceiling = corners
    across = [low + (high - low) * i / (columns - 1) for i in range(columns)]
    up = [floor + (ceiling - floor) * j / (rows - 1) for j in range(rows)]
    return [[x, y] for y in up for x in across]


def _roomy(column: Sequence[float]) -> tuple[float, float]:
    low, high = min(column), max(column)
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


def _is_row(x: Any) -> bool:
    return isinstance(x, list) and all(isinstance(entry, float) for entry in x)


def _numbered(name: str, n: int) -> list[str]:
    return [name] if n == 1 else [f"{name}{k}" for k in range(n)]


def _rank(loss: float) -> float:
    """A loss to compare by: nan is the worst."""
    return math.inf if math.isnan(loss) else loss


def _shares(losses: Sequence[float]) -> list[float]:
    """exp(-loss) of each class, as shares of their sum."""
    least = min(map(_rank, losses))
    if not math.isfinite(least):
        return [1.0 / len(losses)] * len(losses)
    odds = [math.exp(least - _rank(loss)) for loss in losses]
    return [odd / math.fsum(odds) for odd in odds]
