"""The picture of a playground before its first step: the data, and the net beside them."""

from __future__ import annotations

from collections.abc import Sequence

from ...compiler.interpreter import forward
from .. import theme
from ..charts.boundary import SHAPES, boundary
from ..charts.curves import curves
from ..charts.figure import Chart, multiples
from ..charts.marks import HEADER, color_of, px
from ..charts.plane import Box
from ..charts.tiles import tiles
from ..language import say
from ..net.drawing import inside
from ..net.words import description
from .trial import Trial

MOST_SAMPLES = 8  # that are drawn where there is no plane
PLACES = 120  # of a curve
MOST_WEIGHTS = 1500  # of a net in the picture
MOST_POINTS = 400  # of one class
WIDE, HIGH, KEY = 400.0, 320.0, 20.0  # of the plane, with its key


def picture(trial: Trial, label: str) -> Chart:
    """The data as the model sees them at the start, and its net."""
    charts = [*_data(trial)]
    if trial.net is not None and len(trial.net.drawn) <= MOST_WEIGHTS:
        body, width, height = inside(trial.net)
        charts.append(Chart(body, width, height, description(trial.net)))
    whole = multiples(charts, columns=4) if charts else Chart("", 320.0, 20.0, label)
    return Chart(whole.body, whole.width, whole.height, label)


def _data(trial: Trial) -> list[Chart]:
    if trial.surface:
        return [_plane(trial)]
    if trial.kind == "curve":
        return [_curve(trial)]
    return _first(trial)


def _plane(trial: Trial) -> Chart:
    """The boundary; of one output the second class comes first, for it is blue, as its score."""
    columns = list(zip(*trial.train.x))
    corners = (*_around(columns[0]), *_around(columns[1]))
    turned = trial.outputs == 1
    surface = [[place[::-1] if turned else place for place in row] for row in trial.surface]
    classes = [1 - k if turned else k for k in trial.train.labels]
    names = trial.classes[::-1] if turned else trial.classes
    ground = boundary(
        surface, corners, class_names=names, feature_names=trial.features,
        title=say("before the first step"), width=WIDE, height=HIGH,
    )  # fmt: skip
    box = Box(corners, 0.0, WIDE, HEADER, HIGH - KEY)
    marks = "".join(_marks(trial.train.x, classes, k, box) for k in sorted(set(classes)))
    return Chart(ground.body + marks, WIDE, HIGH, ground.label)


def _marks(points: Sequence[Sequence[float]], classes: Sequence[int], k: int, box: Box) -> str:
    """The samples of a class, which have their colours from the group around them."""
    places = [box.nearest(x) for x, label in zip(points, classes) if label == k][:MOST_POINTS]
    shape = k % (len(SHAPES) + 1)
    signs = [
        f'<path transform="translate({px(x)} {px(y)})" d="{SHAPES[shape - 1]}"/>'
        if shape
        else f'<circle cx="{px(x)}" cy="{px(y)}" r="3.8"/>'
        for x, y in places
    ]
    return f"<g {theme.both(color_of(k), 'ground')}>{''.join(signs)}</g>"


def _around(column: Sequence[float]) -> tuple[float, float]:
    low, high = min(column), max(column)
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


def _curve(trial: Trial) -> Chart:
    low, high = _around([x for (x,) in trial.train.x])
    places = [low + (high - low) * k / PLACES for k in range(PLACES + 1)]
    line = [(x, outputs_at(trial, [x])[trial.outputs + 1 if trial.classes else 0]) for x in places]
    heights = trial.train.labels if trial.classes else [y[0] for y in trial.train.y]
    points = [(x, y) for (x,), y in zip(trial.train.x, heights)]
    return curves({say("the model"): line}, (low, high), points={say("samples"): points},
                  title=say("before the first step"))  # fmt: skip


def outputs_at(trial: Trial, x: Sequence[float]) -> list[float]:
    """What the tape that looks gives for one sample."""
    tape = trial.look.tape
    leaves = dict(zip(tape.captured, (trial.leaves[k] for k in trial.look.leaves)))
    values = forward(tape, leaves | dict(zip(tape.inputs, x)))
    return [values[slot] for slot in tape.outputs]


def _first(trial: Trial) -> list[Chart]:
    """The first samples, as images or rows of numbers."""
    charts = []
    for k in range(min(MOST_SAMPLES, len(trial.train))):
        x, labels = trial.train.x[k], trial.train.labels
        across = trial.shape[-1] if len(trial.shape) > 1 else _side(len(x))
        rows = [x[i : i + across] for i in range(0, len(x) - len(x) % across, across)]
        name = trial.classes[labels[k]] if labels else say("sample {place}", place=k)
        charts.append(tiles(rows, title=name, width=96.0))
    return charts


def _side(size: int) -> int:
    side = round(size**0.5)
    return side if side * side == size and size >= 16 else size
