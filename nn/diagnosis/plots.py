"""Plots of training and of what was learned, by matplotlib: pip install "autograd_lite[plots]".

Each draws into the Axes it is given, or into new ones, and returns them: `axes.figure.savefig(...)`
writes a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..training.history import Table
from ..training.samples import as_samples

INK, FAINT, GRID = "#1f2937", "#6b7280", "#e5e7eb"
COLORS = ["#1a5fbd", "#d9622b", "#2c8a5b", "#8e4ec6", "#b8860b", "#c2385a", "#0f7f8f", "#6b7280"]


def history(table: Table, axes: Any = None) -> Any:
    """Loss and metrics over the epochs: each measure in its own field, validation dashed.

    Args:
        table: as `fit` returns it.
        axes: where to draw, one Axes per measure; None for new ones.

    Returns:
        The Axes, or a list of them if there are metrics.

    >>> import nn
    >>> axes = nn.plots.history(nn.History({"loss": [1.0, 0.5], "val_loss": [1.1, 0.7]}))
    >>> axes.get_xlabel()
    'epoch'
    """
    measures = [name for name in table if f"val_{name}" in table or not name.startswith("val_")]
    if axes is None:
        axes = list(_new(6.0, 2.9 * len(measures), rows=len(measures)))
    fields = axes if isinstance(axes, (list, tuple)) else [axes]
    for measure, field in zip(measures, fields):
        epochs = range(1, len(table) + 1)
        dots = {"marker": "o", "markersize": 3} if len(table) < 30 else {}
        field.plot(epochs, table[measure], color=COLORS[0], linewidth=1.8, label="training", **dots)
        if f"val_{measure}" in table:
            field.plot(
                epochs, table[f"val_{measure}"], color=COLORS[1], linewidth=1.8,
                linestyle=(0, (4, 1.5)), label="validation", **dots,
            )  # fmt: skip
            if field is fields[0]:
                field.legend(frameon=False, labelcolor=INK)
        _quiet(field)
        field.set_ylabel(measure)
        field.xaxis.get_major_locator().set_params(integer=True)
        field.margins(x=0.02)
        if min(map(min, (line.get_ydata() for line in field.lines))) >= 0.0 and "loss" in measure:
            field.set_ylim(bottom=0.0)
    fields[-1].set_xlabel("epoch")
    return fields if len(fields) > 1 else fields[0]


def decision_boundary(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    class_names: Sequence[str] = (),
    feature_names: Sequence[str] = (),
    steps: int = 100,
    threshold: float = 0.5,
    axes: Any = None,
) -> Any:
    """Samples of two features, and the regions that the model gives to each class.

    The tint is the stronger, the surer the model is; a line runs where it is undecided.

    Args:
        model: gives one output per class (logits), or a single one.
        x, y: samples and their classes, or a data set.
        class_names, feature_names: for the legend and the axes; a data set has its own.
        steps: points of the grid along each side.
        threshold: of a single output; 0.0 for a logit.
        axes: where to draw.

    >>> import nn
    >>> data = nn.datasets.moons(20)
    >>> axes = nn.plots.decision_boundary(nn.MLP(2, [4, 2], seed=0), data, steps=10)
    >>> axes.get_xlabel()
    'x'
    """
    import numpy as np
    from matplotlib.colors import to_rgb

    from ..training.metrics import predict

    data = as_samples(x, y)
    if len(data.x[0]) != 2:
        raise ValueError(f"a plane has two features, the samples have {len(data.x[0])}")
    points, classes = np.array(data.x), np.array(data.y)
    low, high = points.min(axis=0), points.max(axis=0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    across, up = np.linspace(low[0], high[0], steps), np.linspace(low[1], high[1], steps)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    outputs = np.array(predict(model, grid)).reshape(steps, steps, -1)
    labels = sorted(set(data.y))
    if outputs.shape[-1] == 1:
        above = 1.0 / (1.0 + np.exp(-np.clip(4.0 * (outputs[..., 0] - threshold), -50, 50)))
        shares = np.stack([1.0 - above, above], axis=-1)
    else:
        odds = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        shares = odds / odds.sum(axis=-1, keepdims=True)
        labels = list(range(outputs.shape[-1]))

    tints = np.array([to_rgb(COLORS[i % len(COLORS)]) for i in range(shares.shape[-1])])
    axes = axes or next(_new(5.2, 4.4))
    axes.imshow(
        1.0 - 0.38 * (shares @ (1.0 - tints)),
        origin="lower", aspect="auto", interpolation="bilinear",
        extent=(low[0], high[0], low[1], high[1]),
    )  # fmt: skip
    winner = shares.argmax(axis=-1)
    for i in range(shares.shape[-1]):
        if 0 < (winner == i).sum() < winner.size and (i or shares.shape[-1] > 2):
            rest = np.delete(shares, i, axis=-1).max(axis=-1)
            axes.contour(across, up, shares[..., i] - rest, [0.0], colors=INK, linewidths=1.0)
    names = list(class_names) or data.class_names
    for i, label in enumerate(labels):
        own = points[classes == label]
        axes.scatter(
            own[:, 0], own[:, 1], s=26, color=COLORS[i % len(COLORS)], edgecolors="white",
            linewidths=0.7, label=names[i] if i < len(names) else str(label), zorder=3,
        )  # fmt: skip
    _quiet(axes, grid=None)
    shown = list(feature_names) or data.feature_names or ["x1", "x2"]
    axes.set(xlabel=shown[0], ylabel=shown[1])
    axes.legend(frameon=False, labelcolor=INK, loc="lower left", bbox_to_anchor=(0, 1),
                ncols=min(len(labels), 4), borderaxespad=0.2, handletextpad=0.2)  # fmt: skip
    return axes


def confusion_matrix(
    predictions: Any, targets: Any, *, class_names: Sequence[str] = (), axes: Any = None
) -> Any:
    """How often each class (row) was taken for each (column): right in blue, wrong in orange.

    Args:
        predictions, targets: as for `nn.confusion_matrix`.
        class_names: of the classes, in order.
        axes: where to draw.

    >>> import nn
    >>> axes = nn.plots.confusion_matrix([0, 1, 1], [0, 1, 0], class_names=["no", "yes"])
    >>> [text.get_text() for text in axes.texts]
    ['1', '1', '0', '1']
    """
    from matplotlib.colors import to_rgb

    from ..training import metrics

    labels = list(range(len(class_names))) or None
    counts = metrics.confusion_matrix(predictions, targets, labels=labels)
    n = len(counts)
    names = list(class_names) or [str(i) for i in range(n)]
    side = max(3.2, 1.2 + 0.55 * n)
    axes = axes or next(_new(side + 0.4, side))
    colors = []
    for i, row in enumerate(counts):
        share = [count / max(sum(row), 1) for count in row]
        inks = [to_rgb(COLORS[0] if i == j else COLORS[1]) for j in range(n)]
        deep = [s if i == j else min(1.0, 3.0 * s) for j, s in enumerate(share)]
        colors.append([[1 - 0.85 * d * (1 - c) for c in ink] for d, ink in zip(deep, inks)])
        for j, count in enumerate(row):
            axes.text(
                j, i, str(count), ha="center", va="center", fontsize=10,
                color="white" if deep[j] > 0.55 else INK if count else "#c3c8d0",
            )  # fmt: skip
    axes.imshow(colors)
    axes.set_xticks([i - 0.5 for i in range(1, n)], minor=True)
    axes.set_yticks([i - 0.5 for i in range(1, n)], minor=True)
    axes.grid(which="minor", color=GRID, linewidth=1)
    long = max(map(len, names)) * n > 40
    axes.set_xticks(range(n), names, rotation=35 if long else 0, ha="right" if long else "center",
                    rotation_mode="anchor" if long else "default")  # fmt: skip
    axes.set_yticks(range(n), names)
    _quiet(axes, grid=None)
    axes.tick_params(which="both", length=0)
    axes.set(xlabel="predicted", ylabel="true")
    return axes


def parameters(model: Any, *, gradients: bool = True, axes: Any = None) -> Any:
    """The weights of each layer, and below the gradients there are, as histograms side by side.

    Narrow, or all at 0: a layer that does not learn. The number is the root mean square.

    Args:
        model: a Module; its gradients are those of the last backward pass.
        gradients: whether to draw them.
        axes: where to draw; two Axes if gradients are wanted.

    Returns:
        The two Axes, or the one.

    >>> import nn
    >>> axes = nn.plots.parameters(nn.MLP(2, [4, 1], seed=0), gradients=False)
    >>> axes.get_title(loc="left")
    'weights'
    """
    groups: dict[str, list[Any]] = {}
    for name, value in model.named_parameters():
        path = name.split(".")
        while len(path) > 1 and path[-1].isdigit():
            path.pop()
        groups.setdefault(".".join(path[:-1]) or type(model).__name__, []).append(value)
    kinds = ["weights", "gradients"] if gradients else ["weights"]
    if axes is None:
        height = 1.0 + 0.55 * len(groups)
        axes = list(_new(4.0 * len(kinds), height, columns=len(kinds)))
    fields = axes if isinstance(axes, (list, tuple)) else [axes]
    for kind, field in zip(kinds, fields):
        numbers = [[v.data if kind == "weights" else v.grad for v in g] for g in groups.values()]
        _ridges(field, list(groups), numbers, COLORS[kinds.index(kind)], kind == "weights")
        field.set_title(kind, loc="left", color=INK, fontsize=11)
    return fields if len(fields) > 1 else fields[0]


def _ridges(
    axes: Any, names: list[str], numbers: list[list[float]], color: str, first: bool
) -> None:
    """One histogram per row, on a common scale."""
    import numpy as np

    span = max((abs(x) for row in numbers for x in row), default=0.0) or 1.0
    edges = np.linspace(-span, span, 42)
    for i, row in enumerate(numbers):
        base = len(numbers) - 1 - i
        counts, _ = np.histogram(row, edges)
        axes.stairs(base + 0.75 * counts / max(counts.max(), 1), edges, baseline=base, fill=True,
                    color=color, alpha=0.75)  # fmt: skip
        root = float(np.sqrt(np.mean(np.square(row))))
        axes.annotate(f"{root:.2g}", (1.0, base + 0.45), xycoords=("axes fraction", "data"),
                      ha="right", va="bottom", fontsize=9, color=FAINT)  # fmt: skip
    _quiet(axes)
    axes.grid(axis="y", visible=False)
    axes.axvline(0.0, color=FAINT, linewidth=0.6, zorder=0)
    axes.set_ylim(-0.1, len(numbers))
    axes.set_yticks([len(numbers) - 1 - i + 0.2 for i in range(len(names))], names if first else [])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _new(width: float, height: float, rows: int = 1, columns: int = 1) -> Any:
    """New Axes, one after another."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError:
        raise ImportError("plots want matplotlib: pip install 'autograd_lite[plots]'") from None
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    figure = Figure(figsize=(width, height), layout=layout, dpi=120)
    yield from figure.subplots(rows, columns, squeeze=False).flat


def _quiet(axes: Any, grid: str | None = "y") -> None:
    """No frame, faint grid, grey numbers."""
    for side in ("top", "right") if grid else ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GRID)
    axes.tick_params(colors=FAINT, labelsize=9)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(INK)
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
