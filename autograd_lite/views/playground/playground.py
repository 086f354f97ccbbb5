"""Playground: a page in which a model trains, as a View."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

from ...javascript import tape_program
from ...javascript.program import as_json
from ..charts.boundary import SHAPES
from ..charts.marks import color_of
from ..language import counted, say, spoken
from ..net.net import Net
from ..output.view import View
from ..text import number, shortened
from .picture import picture
from .trial import Samples, Traced, Trial, Update

MOST_DISCS = 400  # of a net that is drawn
MOST_HAIRS = 6000
IMAGE = 16  # numbers of a sample from which on it is shown as an image, and not one by one


class Playground(View):
    """A model that trains in a page. A notebook shows it; `save` writes it.

    Args:
        trial: what it trains.

    Raises:
        TypeError: an operation is a custom primitive (`NotInJavaScript`).

    Attributes:
        trial: the same.
        svg: the picture at the start, as text.
    """

    kind = "playground"

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self._step, self._look = _traced(trial.step), _traced(trial.look)
        self._updates = [_update(update) for update in trial.updates]

    @functools.cached_property
    @spoken
    def svg(self) -> str:
        return picture(self.trial, str(self)).svg

    @spoken
    def payload(self) -> dict[str, Any]:
        trial = self.trial
        return {
            "version": 1,
            "kind": "play",
            "svg": self.svg,
            "label": str(self),
            "model": model_name(trial),
            "optimizer": _optimizers(trial),
            "rows": self._rows(),
            "shows": trial.kind,
            "step": self._step,
            "look": self._look,
            "updates": self._updates,
            "leaves": list(map(as_json, trial.leaves)),
            "outputs": trial.outputs,
            "train": _samples(trial.train),
            "test": _samples(trial.test),
            "image": image_shape(trial.shape),
            "classes": [_class(trial, k) for k in range(len(trial.classes))],
            "features": [shortened(str(name), 40) for name in _features(trial)],
            "net": self._net(),
            "batch": trial.batch_size,
            "seed": trial.seed,
            "loss": shortened(trial.loss, 40),
        }

    def _net(self) -> dict[str, Any] | None:
        """The units and the weights between them; None if they cannot be drawn."""
        net, trial = self.trial.net, self.trial
        if net is None or len(net.discs) > MOST_DISCS or len(net.hairs) > MOST_HAIRS:
            return None
        return {
            "columns": [len(column) for column in net.columns],
            "discs": [
                [disc.column, name, disc.activation, int(disc.is_output)]
                for disc, name in zip(net.discs, _disc_names(trial, net))
            ],
            "inputs": trial.inputs,
            "isWhole": trial.is_whole,
            "hairs": [
                [h.source, h.target, leaf, as_json(h.weight) if leaf < 0 else 0]
                for h, leaf in zip(net.hairs, trial.weights)
            ],
        }

    def _rows(self) -> list[list[str]]:
        """What trains, as a table: for print, and where no script runs."""
        trial = self.trial
        optimizers, lr = ", ".join(u.name for u in trial.updates), number(trial.updates[0].lr)
        parameters = counted(trial.parameters, "parameter")
        rows = [
            [say("what trains"), say("at the start")],
            [say("model"), f"{model_name(trial)}, {parameters}"],
            [say("loss"), trial.loss],
            [say("optimizer"), say("{name}, learning rate {lr}", name=optimizers, lr=lr)],
            [say("samples to train on"), str(len(trial.train))],
            [say("samples for validation"), str(len(trial.test))],
            [say("batch size"), str(trial.batch_size)],
        ]
        if trial.classes:
            rows.append([say("classes"), shortened(", ".join(trial.classes), 200)])
        return rows

    @spoken
    def __str__(self) -> str:
        trial = self.trial
        return say(
            "{model} learns {data} with {optimizer}",
            model=model_name(trial),
            data=_data(trial),
            optimizer=_optimizers(trial),
        )

    def __repr__(self) -> str:
        return f"<{self}>"


def _optimizers(trial: Trial) -> str:
    return " + ".join(update.name for update in trial.updates)


def _data(trial: Trial) -> str:
    samples = counted(len(trial.train), "sample")
    if not trial.classes:
        return samples
    classes = counted(len(trial.classes), "class", "classes")
    return say("{samples} of {classes}", samples=samples, classes=classes)


def model_name(trial: Trial) -> str:
    """What the model is called, with the widths of its layers.

    They are told where the units are known: "MLP 2-8-8-1".
    """
    name = shortened(trial.model, 40)
    widths = [] if trial.net is None else [str(len(column)) for column in trial.net.columns]
    return f"{name} {'-'.join(widths)}".strip()


def image_shape(shape: Sequence[int]) -> list[int] | None:
    """The height and the width of a sample as an image; None for one shown number by number.

    >>> image_shape([8, 8]), image_shape([64]), image_shape([4]), image_shape([20])
    ([8, 8], [8, 8], None, [20, 1])
    """
    size = math.prod(shape)
    if len(shape) == 2:
        return list(shape)
    if size < IMAGE:
        return None
    side = math.isqrt(size)
    return [side, side] if side * side == size else [size, 1]


def _features(trial: Trial) -> Sequence[str]:
    size = len(trial.train.x[0])
    if len(trial.features) == size:
        return trial.features
    return ["x"] if size == 1 else [f"x{k}" for k in range(size)]


def _disc_names(trial: Trial, net: Net) -> list[str]:
    """Inputs are called as the features are, and outputs as their classes."""
    features, outputs = _features(trial), [disc for disc in net.discs if disc.is_output]
    names = [disc.name for disc in net.discs]
    for k, entry in enumerate(trial.inputs):
        names[k] = str(features[entry]) if entry >= 0 else names[k]
    if trial.is_whole and len(outputs) == len(trial.classes):
        for k, name in enumerate(trial.classes):
            names[net.discs.index(outputs[k])] = name
    if len(outputs) == 1 and "y" in features:  # a y of its own would be taken for this one
        place = net.discs.index(outputs[0])
        names[place] = say("output") if names[place] == "y" else names[place]
    return [shortened(name, 24) for name in names]


def _class(trial: Trial, k: int) -> list[Any]:
    """A class: its name, colour, shape, and target. Of one output the class above the cut is blue,
    as all that is positive."""
    place = 1 - k if trial.outputs == 1 else k
    shape = place % (len(SHAPES) + 1)
    path = SHAPES[shape - 1] if shape else ""
    name = shortened(trial.classes[k], 40)
    return [name, color_of(place), path, trial.targets[k]]


def _traced(traced: Traced) -> dict[str, Any]:
    return {"program": tape_program(traced.tape), "leaves": traced.leaves}


def _update(update: Update) -> dict[str, Any]:
    states = [list(map(as_json, state)) if any(state) else 0 for state in update.states]
    return {
        "first": update.first,
        "count": update.count,
        "step": {"program": tape_program(update.step)},
        "literals": list(map(as_json, update.literals)),
        "constants": [{"program": tape_program(tape)} for tape in update.constants],
        "states": states,
        "lr": update.lr,
        "steps": update.steps,
    }


def _samples(samples: Samples) -> dict[str, Any]:
    return {
        "x": [list(map(as_json, row)) for row in samples.x],
        "y": [list(map(as_json, row)) for row in samples.y],
        "labels": samples.labels,
    }
