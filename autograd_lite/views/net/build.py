"""The Net of a graph: its units in columns, with their numbers and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..graph.graph import Graph
from ..language import say
from ..names import GENERIC, given_names, names_in
from ..text import operation_text, shortened
from .net import Disc, Hair, Loss, Net
from .ranking import by_use, by_weights
from .samples import samples_of
from .units import NoNetError, Operand, Term, Unit, units_of

CHAIN = 3  # so many operations of a loss are written one by one


def net_of(graph: Graph, name_from: Any = None, sample: int | None = None) -> Net:
    """The net that a graph computes.

    Args:
        graph: the graph.
        name_from: names for Values without a label, as for `draw`; a module for the paths of its
            weights.
        sample: which sample of a batch, from 0; by default the first.

    Raises:
        NoNetError: the graph is no net of units.
        ValueError: there is no such sample.

    >>> import nn
    >>> from autograd_lite import topological_order
    >>> from autograd_lite.views.graph.graph import Graph
    >>> from autograd_lite.views.net.build import net_of
    >>> (y,) = nn.MLP(2, [3, 1], seed=0)([1.0, -1.0])
    >>> net = net_of(Graph(topological_order(y), [y]))
    >>> [len(column) for column in net.columns], len(net.drawn)
    ([2, 3, 1], 9)
    """
    samples = _samples(graph)
    number = 0 if sample is None else sample
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(samples):
        raise ValueError(
            f"sample is a whole number from 0 to {len(samples) - 1} here, got {sample!r}"
        )
    units = samples[number]
    net = _Builder(graph, units, name_from).net
    net.sample, net.samples = number, len(samples)
    taken = {i for other in samples for u in other for i in (*u.inside, *u.activation)}
    net.loss = _loss(graph, units, taken, given_names(graph.order, names_in(name_from)))
    return net


def _samples(graph: Graph) -> list[list[Unit]]:
    """The units of each sample of a program that writes w * x, or else of one that writes x * w."""
    try:
        return samples_of(graph, units_of(graph))
    except NoNetError as reason:
        try:
            return samples_of(graph, units_of(graph, weight_first=False))
        except NoNetError:
            raise reason from None


class _Builder:
    def __init__(self, graph: Graph, units: Sequence[Unit], name_from: Any) -> None:
        self.graph, self.units = graph, units
        variables = names_in(name_from)
        self.given = given_names(graph.order, variables)
        self.times = Counter(self.given.values())
        self.paths = {i: path for i, path in variables.items() if i in variables.parameters}
        self.rank = dict(zip(self.paths, range(len(self.paths))))
        self.seen = graph.has_gradients
        self.inputs: dict[Any, int] = {}  # the number of the disc of each input
        self.number: dict[int, int] = {}  # the number of the disc of each output of a unit
        roots = [graph.order[i] for i in graph.roots]
        root = roots[0] if len(roots) == 1 and roots[0].grad == 1.0 else None
        self.net = Net([], [], [], None, self.seen, "" if root is None else self.given[root])
        self.net.scoped = all(graph.scopes[unit.head] is not None for unit in units)
        self._place()
        for unit in units:
            self._sum(unit)

    # Discs ----------------------------------------------------------------------------------------

    def _place(self) -> None:
        """The discs, column by column."""
        depth: dict[int, int] = {}
        read: set[int] = set()
        for unit in self.units:
            sources = list(unit.sources())
            depth[unit.output] = 1 + max((depth.get(place, 0) for place in sources), default=0)
            read.update(sources)
            for k, term in enumerate(unit.terms):
                if term.source is not None and term.source.place not in depth:
                    key = self._key(term.source, k)
                    if key not in self.inputs:
                        self.inputs[key] = len(self.net.discs)
                        self.net.discs.append(self._input(term.source))
        self._name_inputs()
        self.net.columns.append(list(self.inputs.values()))
        layers: dict[int, list[Unit]] = {}
        for unit in self.units:
            layers.setdefault(depth[unit.output], []).append(unit)
        layers = {column: self._ranked(layers[column], read) for column in sorted(layers)}
        outputs = [unit for layer in layers.values() for unit in layer if unit.output not in read]
        for column in layers:
            self.net.columns.append([])
            for row, unit in enumerate(layers[column]):
                self.number[unit.output] = len(self.net.discs)
                self.net.columns[-1].append(len(self.net.discs))
                is_output = unit.output not in read
                name = self._output_name(unit, outputs) if is_output else f"h{column}.{row}"
                self.net.discs.append(self._disc(unit, name, column, row, is_output))

    def _ranked(self, units: list[Unit], read: set[int]) -> list[Unit]:
        """The units of a layer in their order."""
        numbers = {
            place: self.rank[id(self.graph.order[place])]
            for unit in units
            for place in unit.weights()
            if id(self.graph.order[place]) in self.rank
        }
        ranked = by_weights(units, numbers) if numbers else None
        if ranked is None and len(units) > 1 and not any(u.output in read for u in units):
            ranked = by_use(self.graph, units)
        return ranked or units

    def _key(self, source: Operand, k: int) -> Any:
        """What tells an input from the others: its node; of a number, its place among the terms."""
        return source.place if source.place >= 0 else (k, repr(source.data))  # nan is not nan

    def _input(self, source: Operand) -> Disc:
        row = len(self.net.discs)
        if source.place < 0:
            return Disc("", 0, row, source.data, is_constant=True)
        node = self.graph.order[source.place]
        gradient = node.grad if self.seen else None
        name = self._own_name(source.place)
        return Disc(name, 0, row, node.data, gradient, place=source.place)

    def _name_inputs(self) -> None:
        """Those without a name of their own are x0, x1, ..."""
        taken = {disc.name for disc in self.net.discs}
        for k, disc in enumerate(self.net.discs):
            if not disc.name:
                name = "x" if len(self.net.discs) == 1 else f"x{k}"
                disc.name = name if name not in taken else say("input {number}", number=k)

    def _output_name(self, unit: Unit, outputs: Sequence[Unit]) -> str:
        label = self._own_name(unit.output) or self._own_name(unit.head)
        if label:
            return label
        return "y" if len(outputs) == 1 else f"y{outputs.index(unit)}"

    def _own_name(self, place: int) -> str:
        """The name of a node, if it was given one; else ""."""
        return self.given[self.graph.order[place]]

    def _disc(self, unit: Unit, name: str, column: int, row: int, is_output: bool) -> Disc:
        graph = self.graph
        scope = graph.scopes[unit.head]
        disc = Disc(
            name,
            column,
            row,
            graph.order[unit.output].data,
            total=graph.order[unit.head].data,
            activation=" ".join(operation_text(graph.order[i]) for i in unit.activation),
            slope=self._slope(unit),
            scope="" if scope is None else str(scope),
            is_output=is_output,
            place=unit.output,
            total_place=unit.head,
        )
        if self.seen:
            disc.gradient = graph.gradients[unit.output]
            disc.total_gradient = graph.gradients[unit.head]
        return disc

    def _slope(self, unit: Unit) -> float:
        """d output / d sum, by the chain rule through the activation."""
        graph = self.graph
        slopes = dict.fromkeys((unit.head, *unit.activation), 0.0)
        slopes[unit.output] = 1.0
        for i in reversed(unit.activation):
            for place, partial in zip(graph.operands_of(i), graph.order[i].partials):
                slopes[place] += slopes[i] * partial
        return slopes[unit.head]

    # Hairs ----------------------------------------------------------------------------------------

    def _sum(self, unit: Unit) -> None:
        """The hairs of a unit, the largest product first."""
        net, target = self.net, self.number[unit.output]
        disc = net.discs[target]
        hairs = [self._hair(term, k, target) for k, term in enumerate(unit.terms)]
        hairs.sort(key=lambda hair: (hair.source < 0, -_size(hair.product)))
        for hair in hairs:
            disc.hairs.append(len(net.hairs))
            if hair.source >= 0:
                net.discs[hair.source].out.append(len(net.hairs))
            net.hairs.append(hair)

    def _hair(self, term: Term, k: int, target: int) -> Hair:
        disc = self.net.discs[target]
        weight, source = term.weight, term.source
        number = 1.0 if weight is None else weight.data
        value = 1.0 if source is None else source.data
        fixed = weight is None or weight.place < 0
        hair = Hair(-1, target, "", number, number * value, is_fixed=fixed)
        hair.place, hair.term = -1 if weight is None else weight.place, k
        if source is not None:
            place = source.place
            hair.source = (
                self.number[place] if place in self.number else self.inputs[self._key(source, k)]
            )
            if place < 0 and source.at is not None:
                self.net.discs[hair.source].written.append(source.at)
        if disc.total_gradient is not None:
            back = number if source is None or source.partial is None else source.partial
            hair.carried = back * disc.total_gradient
            if weight is not None and weight.partial is not None:
                hair.share = weight.partial * disc.total_gradient
                hair.gradient = self.graph.gradients[weight.place]
        hair.name = self._weight_name(weight, disc, "b" if source is None else f"w{k}")
        return hair

    def _weight_name(self, weight: Operand | None, disc: Disc, usual: str) -> str:
        if weight is None or weight.place < 0:
            return "1" if weight is None else "constant"
        node = self.graph.order[weight.place]
        if id(node) in self.paths:
            return str(self.paths[id(node)])
        name = self._own_name(weight.place)
        if name and self.times[name] == 1 and not GENERIC.fullmatch(name):
            return name
        return f"{disc.name}.{name or usual}"


def _size(x: float) -> float:
    """The size of a number, where nan counts as the largest."""
    return abs(x) if x == x else float("inf")


# The loss -----------------------------------------------------------------------------------------


def _loss(
    graph: Graph, units: Sequence[Unit], taken: set[int], named: Mapping[Any, str]
) -> Loss | None:
    """What follows the outputs; None if they are the roots, or if there are several roots."""
    outputs = {unit.output for unit in units}
    if len(graph.roots) != 1 or graph.roots[0] in outputs:
        return None
    [root] = graph.roots
    rest = [i for i in graph.interior if i not in taken]
    node = graph.order[root]
    name = shortened(named[node], 24) or "loss"
    scopes = dict.fromkeys(graph.scopes[i].name for i in rest if graph.scopes[i] is not None)
    steps = list(map(operation_text, map(graph.order.__getitem__, rest)))
    one_by_one = all(graph.counts[i] == 1 for i in rest) and len(rest) <= CHAIN
    if not one_by_one:
        steps = [shortened(scope, 24) for scope in scopes]
    read = {p for i in rest for p in graph.operands_of(i) if graph.ops[p] is None}
    places = sorted(read.difference(*(unit.weights() for unit in units)))
    labels = [named[graph.order[i]] or say("leaf {number}", number=i) for i in places]
    return Loss(name, node.data, steps, len(rest), list(zip(places, labels)))


__all__ = ["NoNetError", "net_of"]
