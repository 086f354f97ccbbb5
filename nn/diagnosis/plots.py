"""Plots of training and of what was learned: charts, which a notebook shows.

`.save("picture.png")` writes one to a file (or .svg, .html), and `.svg` is its text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite import sigmoid, softmax
from autograd_lite.views import charts
from autograd_lite.views.language import say

from ..training import metrics
from ..training.classes import as_classes, rule_of
from ..training.history import Table
from ..training.samples import as_samples
from .inspection import corners_around, grid_in
from .saturation import layers_of


def history(table: Table) -> Any:
    """Loss and metrics over the epochs: each measure in its own field, the validation's beside.

    Args:
        table: as `fit` returns it.

    >>> import nn
    >>> print(nn.plots.history(nn.History({"loss": [1.0, 0.5], "val_loss": [1.1, 0.7]})))
    loss: loss from 1 to 0.5, val_loss from 1.1 to 0.7
    """
    return charts.multiples(table.curves())


def decision_boundary(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    class_names: Sequence[str] = (),
    feature_names: Sequence[str] = (),
    steps: int = 40,
    threshold: float | None = None,
) -> Any:
    """Samples of two features, and the regions that the model gives to each class.

    The tint is the stronger, the surer the model is; a line runs where it is undecided.
    `nn.Inspection`, which knows the loss, marks the wrong samples, too.

    Args:
        model: gives one output per class (logits), or a single one.
        x, y: samples and their classes, or a data set.
        class_names, feature_names: for the key; a data set has its own.
        steps: points of the grid along each side.
        threshold: of a single output, as for `nn.accuracy`; 0.0 for a logit.

    >>> import nn
    >>> data = nn.datasets.moons(20)
    >>> print(nn.plots.decision_boundary(nn.MLP(2, [4, 2], seed=0), data, steps=10))
    decision boundary: 20 samples of 2 classes
    """
    data = as_samples(x, y)
    if len(data.x[0]) != 2:
        raise ValueError(f"a plane has two features, the samples have {len(data.x[0])}")
    corners, classes = corners_around(data.x), as_classes(data.y)
    rule = rule_of(metrics.predict(model, data.x[:1]), classes, threshold)

    def shares(output: Any) -> list[float]:
        outputs: list[float] = output if isinstance(output, list) else [output]
        if len(outputs) > 1:
            return softmax(outputs)
        above = sigmoid(4.0 * (outputs[0] - rule.threshold))
        return [1.0 - above, above]

    grid = [shares(output) for output in metrics.predict(model, grid_in(corners, steps, steps))]
    labels = list(rule.labels)
    return charts.boundary(
        [grid[k : k + steps] for k in range(0, len(grid), steps)], corners, data.x,
        [labels.index(label) for label in classes],
        class_names=list(class_names) or data.class_names or list(map(str, labels)),
        feature_names=list(feature_names) or data.feature_names,
    )  # fmt: skip


def confusion_matrix(
    predictions: Any,
    targets: Any,
    *,
    class_names: Sequence[str] = (),
    threshold: float | None = None,
) -> Any:
    """How often each class (row) was taken for each (column): right in blue, wrong in orange.

    Args:
        predictions, targets, threshold: as for `nn.confusion_matrix`.
        class_names: of the classes, in order.

    >>> import nn
    >>> print(nn.plots.confusion_matrix([0, 1, 1], [0, 1, 0], class_names=["no", "yes"]))
    confusion matrix: 2 of 3 right; 1 no taken for yes
    """
    labels = list(range(len(class_names))) or None
    matrix = metrics.confusion_matrix(predictions, targets, labels=labels, threshold=threshold)
    return charts.counts(matrix, class_names=class_names)


def parameters(model: Any, *, gradients: bool = True) -> Any:
    """The weights of each layer, and beside them the gradients there are, as histograms.

    Narrow, or all at 0: a layer that does not learn. The number is the root mean square.

    Args:
        model: a Module; its gradients are those of the last backward pass.
        gradients: whether to draw them.

    >>> import nn
    >>> print(nn.plots.parameters(nn.MLP(2, [4, 1], seed=0), gradients=False))
    weights: layers.0 rms 0.303, layers.1 rms 0.267
    """
    layers = {layer.path or type(model).__name__: layer.parameters for layer in layers_of(model)}
    fields = [{name: [p.data for p in layer] for name, layer in layers.items()}]
    if gradients:
        fields.append({name: [p.grad for p in layer] for name, layer in layers.items()})
    titled = zip((say("weights"), say("gradients")), fields)
    return charts.multiples([charts.histograms(rows, title=title) for title, rows in titled])
