"""Saturation: which units pass next to nothing of their gradient back."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd_lite import abs as absolute
from autograd_lite.chain_rule import topological_order
from autograd_lite.modes import Mode
from autograd_lite.primitive import Reduction, is_value
from autograd_lite.structure import leaves_of

from ..modes import looking, modules_of, named
from ..training.objective import Outputs

SATURATED = 0.05  # a slope, as a share of the gradient that passes


class ParameterGroup(NamedTuple):
    """A module that owns parameters itself, not only by what is inside it."""

    path: str
    module: Any
    parameters: list[Any]


def layers_of(model: Any) -> list[ParameterGroup]:
    """The layers of a model in order; none of a plain function.

    >>> import nn
    >>> from nn.diagnosis.saturation import layers_of
    >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> [(layer.path, len(layer.parameters)) for layer in layers_of(net)]
    [('0', 9), ('2', 4)]
    """
    modules, layers = dict(named(model, "modules")), dict[str, ParameterGroup]()
    for name, parameter in named(model, "parameters"):
        path = name
        while path not in modules:  # layers.0.w.3.1: lists and dicts lie between
            path = path.rpartition(".")[0]
        layers.setdefault(path, ParameterGroup(path, modules[path], [])).parameters.append(
            parameter
        )
    return list(layers.values())


class Saturation:
    """The share of the units of each layer that are saturated (or dead), whatever the samples.

    A unit is an operation of one operand, such as tanh, on a Value that is made with parameters,
    such as w . x + b. Which operation that is does not matter; its local derivative does. A unit
    whose |derivative| is below 0.05 in the mean over the samples passes next to nothing back.

    Args:
        model: a Module; of a plain function nothing is known.
        rows: samples to look at, such as 64.

    >>> import nn
    >>> from nn.diagnosis.saturation import Saturation
    >>> net = nn.MLP(2, [4, 1], nn.tanh, seed=0)
    >>> net.layers[0].b[1].data = -100.0
    >>> Saturation(net, [[0.5, 1.0], [1.0, 0.5]]).shares()
    {'layers.0': 0.25}
    """

    def __init__(self, model: Any, rows: Sequence[Any]) -> None:
        self.model, self.rows = model, list(rows)
        self._owners: list[str] = []  # the layer of each unit, in the order of the slopes

    def shares(self) -> dict[str, float]:
        """The share of saturated units, by the path of the layer whose parameters they use."""
        columns = self._mean_slopes() if modules_of(self.model) and self.rows else []
        units: dict[str, list[bool]] = {}
        for owner, slope in zip(self._owners, columns):
            units.setdefault(owner, []).append(slope < SATURATED)
        return {owner: sum(quiet) / len(quiet) for owner, quiet in units.items()}

    def _mean_slopes(self) -> list[float]:
        """The mean of |slope| over the rows, of each unit."""
        with looking(self.model):
            by_row = self._outputs.all()
        return [sum(column) / len(column) for column in zip(*by_row)]

    @functools.cached_property
    def _outputs(self) -> Outputs:
        """The slopes of all rows; on a tape, which is fifty times as quick, if there can be one."""
        return Outputs(self._slopes, self.rows)

    @functools.cached_property
    def _layer_of(self) -> dict[int, str]:
        """The layer of each parameter, by its id."""
        layers = layers_of(self.model)
        return {id(p): layer.path for layer in layers for p in layer.parameters}

    def _slopes(self, row: Any) -> list[Any]:
        """|derivative| of each unit by its operand; sets the owners."""
        slopes, self._owners = [], []
        with Mode("recording", True):
            outputs = leaves_of(self.model(row))
        for node in topological_order(*(x for x in outputs if is_value(x))):
            owner = self._owner(node)
            if owner is not None:
                slopes.append(slope_of(node))
                self._owners.append(owner)
        return slopes

    def _owner(self, node: Any) -> str | None:
        """The layer whose parameters a unit is directly made with; None if it is no unit."""
        if node.op is None or not is_unit(node):
            return None
        (before,) = node.parents
        while len(before.parents) == 1:  # as in tanh(2 * z)
            (before,) = before.parents
        paths = (self._layer_of.get(id(parent)) for parent in before.parents)
        return next((path for path in paths if path is not None), None)


def is_unit(node: Any) -> bool:
    """Whether a Value is an activation of one other Value."""
    op = node.op
    return len(node.parents) == 1 and not isinstance(op, Reduction) and not op.arithmetic


def slope_of(unit: Any) -> Any:
    """|d unit / d operand|, by the rule of its row."""
    place = next(i for i, x in enumerate(unit.args) if not isinstance(x, float))
    return absolute(unit.op.partials(unit, *unit.args)[place])
