"""Inspection: how a model does on samples, one by one: which are wrong, where the boundary runs.

What a model takes a sample for is decided as everywhere in nn (see `nn.training.classes`): with the
cut of the loss, so it is right for logits, probabilities, margins and squares alike. And as a loss
is a surprise (-log of a probability), exp(-loss) gives the share of each class.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import autograd_lite
from autograd_lite import sum as total
from autograd_lite.anomaly import warn
from autograd_lite.compiler.elementwise import zero_grad
from autograd_lite.ieee import fsum
from autograd_lite.primitive import describe, is_value
from autograd_lite.views.language import say

from ..modes import looking
from ..training.classes import Rule, as_classes, numbers_in, rule_of
from ..training.metrics import confusion_matrix
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
        classes: whether the targets are classes: 0 and 1, or -1 and 1, of one output; of several
            their places, or rows with 1.0 at the class; and not many.
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

    @functools.cached_property
    def _rule(self) -> Rule | None:
        """Which class an output stands for; None if the targets are no classes."""
        outputs = self._outputs(self.data.x[:8], self.model)
        try:
            with looking(self.model):
                rule = rule_of(outputs, self.data.y, loss=self.loss)
        except (TypeError, ValueError):
            return None
        return rule if len(rule.labels) <= MOST_CLASSES else None

    @property
    def classes(self) -> bool:
        return self._rule is not None

    @property
    def planar(self) -> bool:
        return self.classes and _is_row(self.data.x[0]) and len(self.data.x[0]) == 2

    @property
    def labels(self) -> list[Any]:
        """The classes in order; [] if the targets are no classes."""
        return [] if self._rule is None else list(self._rule.labels)

    @functools.cached_property
    def _places(self) -> list[int]:
        """For each sample the place of its class."""
        return [self.labels.index(label) for label in as_classes(self.data.y)]

    def _outputs(self, rows: list[Any], function: Any) -> list[Any]:
        with looking(self.model):
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
        with looking(self.model):
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

    @property
    def names(self) -> dict[str, Any]:
        """For `draw`, `step` and `explain`: parameters are called by their paths in the model."""
        return {"name_from": self.model} if hasattr(self.model, "named_parameters") else {}

    def _check(self, i: Any) -> None:
        if not hasattr(type(i), "__index__") or not 0 <= i < len(self.data.x):
            raise IndexError(f"samples are numbered from 0 to {len(self.data.x) - 1}, got {i!r}")

    def mean(self) -> Any:
        """The mean loss of all samples with its whole graph; `backward` has been called, as above.

        >>> import nn
        >>> inspection = nn.Inspection(nn.MLP(2, [2], seed=0), nn.cross_entropy, nn.datasets.xor())
        >>> inspection.mean()
        Value(0.761842, grad=1, label='mean loss', op=div)
        """
        with looking(self.model):
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
        about = {
            "number": i, "target": sample.target, "prediction": sample.prediction,
            "loss": f"{sample.loss:.3g}",
        }  # fmt: skip
        if self.labels:
            return say("sample {number}: {target}, taken for {prediction} (loss {loss})", **about)
        return say("sample {number}: {target}, predicted {prediction} (loss {loss})", **about)

    def told(self, i: int) -> str:
        """What is now called `describe`."""
        warn("Inspection.told is now called describe", DeprecationWarning)
        return self.describe(i)

    def section(self, i: int, before: str = "") -> Any:
        """Sample i for a page: it in words (after `before`), and the steps of its gradient.

        Links lead to it by `#sample-3`, for sample 3.
        """
        from autograd_lite.views.output.page import Section
        from autograd_lite.views.stepper.stepper import step

        words = self.describe(i)
        options = {"max_cards": MOST_CARDS, "start": "backward", **self.names}
        steps = step(self.sample(i), **options).payload()
        steps["label"] = say("{root}, step by step", root=words)  # a page may hold several
        return Section(title=before + words, key=f"sample-{i}", view=steps)

    def _labelled(self, row: Any) -> Any:
        if not _is_row(row):
            return autograd_lite.Value(row, "x") if isinstance(row, float) else row
        names = self.data.feature_names
        names = names if len(names) == len(row) else _numbered("x", len(row))
        return [autograd_lite.Value(entry, str(name)) for entry, name in zip(row, names)]

    def _judged(self, i: int, row: Any) -> Sample:
        prediction, losses = row
        if self._rule is None:
            return Sample(i, self.data.y[i], prediction, losses, False)
        label, best = self._places[i], self._taken_for(prediction, losses)
        return Sample(i, self._named(label), self._named(best), losses[label], best != label)

    def _taken_for(self, prediction: Any, losses: list[float]) -> int:
        """The place of the class that an output stands for."""
        assert self._rule is not None
        costs = [_rank(x) for x in losses]
        if self._rule.loss is not None or any(map(math.isnan, numbers_in(prediction))):
            return costs.index(min(costs))
        return self.labels.index(self._rule(prediction))

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
        """Of all rows the prediction, and the loss for each class; on a tape if possible."""
        assert self._rule is not None
        targets = [self._rule.target(label) for label in self.labels]

        def judged(x: Any) -> tuple[Any, list[Any]]:
            prediction = self.model(x)
            return prediction, [self.loss(prediction, target) for target in targets]

        with looking(self.model):
            return Outputs(judged, self._rows, reads=(self.model, self.loss))

    def _table(self) -> list[Any]:
        """Of each row the prediction, and the loss for each class or else that of the sample."""
        if self._rule is not None:
            with looking(self.model):
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
        taken = [self._taken_for(*row) for row in self._table()[: len(self._places)]]
        return confusion_matrix(taken, self._places, labels=range(len(self.labels)))

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
        shares = [_shares(losses) for _, losses in self._table()[len(self.data.x) :]]
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
            note = note or say("{count} of {all} wrong", count=len(wrong), all=len(self.data.x))
        return charts.boundary(
            surface or self.surface(), self.corners(), self.data.x,
            self._places, class_names=names,
            feature_names=self.data.feature_names, wrong=wrong, links=links, title=title,
            note=note, key=key,
        )  # fmt: skip


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
    return [odd / fsum(odds) for odd in odds]
