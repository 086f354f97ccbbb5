"""Monitor: training as it goes, in pictures: loss, layers, decision boundary, and single samples.

While `fit` runs it only copies numbers: gradients are read where they are, and the weights of some
epochs are kept. What these weights did (the boundary, the saturated units) is worked out when
somebody looks, so that watching costs next to nothing.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Mapping
from typing import Any

from autograd_lite.files import as_json, from_json
from autograd_lite.views.language import counted, known, say, spoken

from ..init import size
from ..training.callbacks import Callback
from ..training.loop import in_notebook
from ..training.samples import Dataset
from .inspection import Inspection, Sample
from .saturation import Saturation, layers_of

__all__ = ["Monitor"]

MEASURED = 30  # epochs in which layers are measured, if `every` is not given
LOOKED_AT = 64  # samples that tell whether units are saturated
MOST_PENDING = 64  # weights of epochs that wait to be looked at
PAUSE = 0.25  # seconds between two live pictures
OTHERS = "parameters"  # those of no layer, as of a plain function
STEPPERS = 8  # wrong samples whose steps are in a page


class Monitor(Callback):
    """Watch a training: `fit(..., callbacks=[monitor])`, then look at `monitor`.

    It records loss and metrics of each epoch; of each layer the gradient (its root mean square),
    how far a step moves the weights (as a share of their size; 0.001 is usual) and the share of
    units that pass next to nothing back (saturated or dead); and where the decision boundary runs,
    if samples have two features. In a notebook the picture is drawn while training goes on.

    Args:
        every: layers are measured every so many epochs, in the last batch; None for about 30 times
            in a training. The first and the last epoch are always measured.
        boundary: whether to keep decision boundaries; None: if the samples have two features and
            their targets are classes.
        live: whether to draw while training goes on; None and True: in a notebook.
        language: of the words in its pictures, "en" or "zh"; by default as
            `autograd_lite.set_language` says.

    Attributes:
        model, history: of the training.
        epochs: those in which the layers were measured.
        layers: of each layer "gradient", "update" and "saturated", a number for each of `epochs`.
        surfaces: by epoch the share of each class on a grid; epoch 0 is before training.

    Raises:
        ValueError: `every` is below 1; or `boundary` is True where there is none.

    >>> import nn
    >>> monitor, net = nn.Monitor(), nn.MLP(2, [8, 2], seed=0)
    >>> history = nn.fit(net, nn.datasets.moons(40), loss=nn.cross_entropy, epochs=20, seed=0,
    ...                  optimizer=lambda p: nn.Adam(p, lr=0.1), callbacks=[monitor])
    >>> list(monitor.layers), len(monitor.layers["layers.0"]["gradient"])
    (['layers.0', 'layers.1'], 20)
    >>> print(monitor)
    <Monitor: 20 epochs, loss 0.343; 2 layers, 4 boundaries>
    """

    language: str | None = None  # also of those in pickles of version 0.1.0

    def __init__(
        self,
        every: int | None = None,
        boundary: bool | None = None,
        live: bool | None = None,
        language: str | None = None,
    ) -> None:
        every = None if every is None else size("every", every)
        self.every, self.boundary, self.live = every, boundary, live
        self.language = None if language is None else known(language)
        self._inspection: Inspection | None = None
        self._reset()

    def _reset(self) -> None:
        self.history: Any = None
        self.model: Any = None
        self.parameters: list[Any] = []  # layer by layer
        self._groups: dict[str, list[Any]] = {}  # those of each layer
        self._titles: dict[str, str] = {}
        self.epochs: list[int] = []
        self._layers: dict[str, dict[str, list[float]]] = {}
        self._surfaces: dict[int, Any] = {}
        self._pending: list[tuple[int, array[float]]] = []  # weights that nobody has looked at
        # Of each layer the gradient, and the weights before the step that is measured.
        self._before: dict[str, tuple[float, list[float]]] = {}
        self._live: Any = None

    # While training goes on -----------------------------------------------------------------------

    def on_train_begin(self, training: Any) -> None:
        self._reset()
        self.model = training.model
        data = Dataset(training.x, training.y, training.feature_names, training.class_names)
        self._inspection = Inspection(training.model, training.loss_function, data)
        if self.boundary and not self._inspection.planar:
            self._inspection.surface()  # says what is missing
        step = max(1, -(-len(data.x) // LOOKED_AT))
        self._saturation = Saturation(training.model, data.x[::step])
        self.history = training.history
        self._group(training)
        self._due = _epochs_due(self.every, training.epochs)
        self._kept = _epochs_drawn(training.epochs) if self._draws_boundaries else set()
        if self._draws_boundaries:
            self._pending.append((0, self._weights()))
        self._live = Live() if self.live is not False and in_notebook() else None

    def _group(self, training: Any) -> None:
        """The parameters layer by layer."""
        layers = layers_of(training.model)
        self._groups = {x.path: x.parameters for x in layers}
        self._titles = {x.path: f"{x.path} {type(x.module).__name__}".strip() for x in layers}
        inside = {id(p) for group in self._groups.values() for p in group}
        others = [p for p in training.parameters if id(p) not in inside]
        if others:
            self._groups[OTHERS], self._titles[OTHERS] = others, say("parameters")
        self.parameters = [p for group in self._groups.values() for p in group]
        names = ("gradient", "update", "saturated")
        self._layers = {path: {name: [] for name in names} for path in self._groups}

    @property
    def _draws_boundaries(self) -> bool:
        return self.boundary is not False and self._looked.planar

    def on_gradient(self, training: Any) -> None:
        if training.batch == training.batches and training.epoch in self._due:
            for path, group in self._groups.items():
                gradient = math.hypot(*[p.grad for p in group]) / math.sqrt(len(group))
                self._before[path] = gradient, [p.data for p in group]

    def on_batch_end(self, training: Any) -> None:
        if self._before:
            self.epochs.append(training.epoch)
            for path, (gradient, before) in self._before.items():
                moved = math.dist(before, [p.data for p in self._groups[path]])
                size = math.hypot(*before)
                self._layers[path]["gradient"].append(gradient)
                self._layers[path]["update"].append(moved / size if size else math.nan)
            self._before = {}

    def on_epoch_end(self, training: Any) -> None:
        if training.epoch in self._kept or self.epochs[-1:] == [training.epoch]:
            self._pending.append((training.epoch, self._weights()))
        if len(self._pending) > MOST_PENDING:
            self._look()
        if self._live:
            self._live.show(self)

    def on_train_end(self, training: Any) -> None:
        if self._live:
            self._live.show(self, at_once=True)

    def _weights(self) -> array[float]:
        return array("d", [p.data for p in self.parameters])

    def _look(self) -> None:
        """Work out what the weights did that wait for it; afterwards the model is as it was."""
        inspection = self._looked
        pending, self._pending = self._pending, []
        if not pending:
            return
        now = self._weights()
        try:
            for epoch, weights in pending:
                self._set(weights)
                if epoch in self.epochs:
                    shares = self._saturation.shares()
                    for path, columns in self._layers.items():
                        columns["saturated"].append(shares.get(path, math.nan))
                if epoch in self._kept or epoch == 0:
                    self._surfaces[epoch] = inspection.surface()
        finally:
            self._set(now)

    def _set(self, weights: array[float]) -> None:
        for p, number in zip(self.parameters, weights):
            p.data = number

    def state_dict(self) -> dict[str, Any]:
        """What was recorded, as JSON can hold it; the history is the checkpoint's own."""
        self._look()
        return {
            "epochs": self.epochs,
            "layers": as_json(self._layers),
            "surfaces": [
                [epoch, [[[round(share, 4) for share in place] for place in row] for row in grid]]
                for epoch, grid in self._surfaces.items()
            ],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The reverse of `state_dict`."""
        layers = state["layers"]
        if layers.keys() != self._layers.keys():
            raise ValueError(f"the layers were {list(layers)}, got {list(self._layers)}")
        columns, surfaces = from_json(dict(layers)), dict(state["surfaces"])
        self._pending, self.epochs = [], list(state["epochs"])
        self._layers, self._surfaces = columns, surfaces

    # Afterwards -----------------------------------------------------------------------------------

    @property
    def layers(self) -> dict[str, dict[str, list[float]]]:
        self._look()
        return self._layers

    @property
    def surfaces(self) -> dict[int, Any]:
        self._look()
        return self._surfaces

    @property
    def _looked(self) -> Inspection:
        if self._inspection is None:
            raise RuntimeError(
                "this monitor has not seen a training yet: fit(..., callbacks=[monitor])"
            )
        return self._inspection

    def wrong(self, n: int = 10) -> list[Sample]:
        """The worst `n` training samples: (place, target, prediction, loss, wrong).

        Those of the wrong class come first, each kind by its loss, as the model is now.
        """
        return self._looked.wrong(n)

    def sample(self, i: int) -> Any:
        """The loss of training sample i with its whole graph; see `nn.Inspection.sample`."""
        return self._looked.sample(i)

    @spoken
    def draw(self, i: int, **options: Any) -> Any:
        """The graph of the loss of training sample i as a picture; options as for `draw`."""
        from autograd_lite import draw

        return draw(self.sample(i), **self._looked.names | options)

    @spoken
    def step(self, i: int, **options: Any) -> Any:
        """A stepper through the loss of training sample i; options as for the stepper."""
        from autograd_lite.views.stepper.stepper import step

        return step(self.sample(i), **self._looked.names | options)

    @spoken
    def figure(self) -> Any:
        """All of it as small charts side by side: has `.svg`, `.save("training.html")`.

        In the page, a wrong sample of the boundary leads to the steps of its own gradient.

        >>> import nn
        >>> monitor = nn.Monitor()
        >>> history = nn.fit(nn.MLP(4, [3], seed=0), nn.datasets.iris(), loss=nn.cross_entropy,
        ...                  optimizer=nn.Adam, epochs=3, seed=0, callbacks=[monitor])
        >>> [chart.label.partition(":")[0] for chart in monitor.figure().charts]
        ['loss', 'layers']
        """
        from autograd_lite.views.charts import Figure

        if self._looked and not self.history:
            raise RuntimeError("training ended in its first epoch, so there is nothing to draw")
        linked = self._linked()
        charts = [*self.curves(), *self.strips()]
        free = -len(charts) % 3  # in the last row of three
        charts += self.boundaries(free if free == 2 else free + 3, linked)
        title = say("training, {epochs}", epochs=counted(len(self.history), "epoch"))
        return Figure(title, charts, sections=lambda: self._sections(linked))

    @spoken
    def curves(self) -> list[Any]:
        """A chart for each measure, the validation's beside the training's."""
        _ = self._looked
        return self.history.curves()  # type: ignore[no-any-return]

    @spoken
    def strips(self) -> list[Any]:
        """The chart of the layers; none before the first step."""
        from autograd_lite.views.charts import strips
        from autograd_lite.views.charts.figure import HEIGHT

        if not self.epochs:
            return []
        rows = {self._titles[path]: columns for path, columns in self.layers.items()}
        return [
            strips(
                rows,
                measures(),
                x=self.epochs,
                title=say("layers"),
                x_name=say("epoch"),
                height=HEIGHT,
            )
        ]

    @spoken
    def boundaries(self, most: int = 4, links: Mapping[int, str] | None = None) -> list[Any]:
        """Charts of the boundary before training, on the way, and as it is now.

        Args:
            most: how many, at most; the last one is always there.
            links: where a click on a sample of the last one leads to.
        """
        if not self._draws_boundaries:
            return []
        earlier = [epoch for epoch in sorted(self.surfaces) if epoch < len(self.history)]
        shown = (
            earlier if len(earlier) < most else [earlier[0], *earlier[len(earlier) - most + 2 :]]
        )
        charts = []
        for epoch in shown[: most - 1]:
            losses = self.history["loss"]
            note = ""
            if 0 < epoch <= len(losses):
                note = say("loss {number}", number=f"{losses[epoch - 1]:.3g}")
            title = say("epoch {number}", number=epoch) if epoch else say("before training")
            charts.append(
                self._looked.boundary(self._surfaces[epoch], title=title, note=note, rings=False)
            )
        now = say("epoch {number}", number=len(self.history))
        return [*charts, self._looked.boundary(title=now, links=links)]

    def _linked(self) -> dict[int, str]:
        """Where the wrong samples of the boundary lead to in a page."""
        if not self._draws_boundaries:
            return {}
        return {s.place: f"#sample-{s.place}" for s in self.wrong(STEPPERS) if s.wrong}

    def _sections(self, linked: Mapping[int, str]) -> list[Any]:
        """For a page: the steps of the worst samples."""
        shown = list(linked) or [sample.place for sample in self.wrong(1)]
        return [self._looked.section(i) for i in shown]

    @spoken
    def __repr__(self) -> str:
        if not self.history:
            return f"<Monitor: {say('nothing yet')}>"
        text = say(
            "{epochs}, loss {loss}; {layers}",
            epochs=counted(len(self.history), "epoch"),
            loss=f"{self.history['loss'][-1]:.3g}",
            layers=counted(len(self._layers), "layer"),
        )
        if self._draws_boundaries:
            text += say(", {count} boundaries", count=len(self._kept) + 2)
        return f"<Monitor: {text}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if not self.history:
            return {"text/plain": repr(self)}
        return self.figure().forms()


class Live:
    """A picture in a notebook that is replaced while training goes on."""

    def __init__(self) -> None:
        self.handle: Any = None
        self.next = 0.0

    def show(self, monitor: Monitor, at_once: bool = False) -> None:
        """Draw it anew, if the last time is long enough ago."""
        begun = time.monotonic()
        if begun < self.next and not at_once:
            return
        from IPython.display import display

        bundle = monitor._repr_mimebundle_()
        if self.handle is None:
            self.handle = display(  # type: ignore[no-untyped-call]
                bundle, raw=True, display_id=True
            )
        else:
            self.handle.update(bundle, raw=True)
        ended = time.monotonic()
        self.next = ended + max(PAUSE, 10.0 * (ended - begun))  # a tenth of the time at most


def measures() -> list[Any]:
    """What the strips of layers show."""
    from autograd_lite.views.charts import Measure

    return [
        Measure("gradient", say("gradient rms"), log=True),
        Measure("update", say("step / weight"), log=True, low=1e-4, high=1e-2, guide=1e-3),
        Measure("saturated", say("saturated"), low=0.0, high=1.0, percent=True),
    ]


def _epochs_due(every: int | None, epochs: int) -> set[int]:
    step = every or max(1, -(-epochs // MEASURED))
    return {1, *range(step, epochs + 1, step), epochs}


def _epochs_drawn(epochs: int) -> set[int]:
    """Some epochs between the first and the last: most happens early."""
    return {max(1, round(epochs ** (k / 3))) for k in (1, 2)}
