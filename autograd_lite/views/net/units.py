"""Units: the neurons of a graph, found by what was computed.

A unit is a sum of products, each of a weight and of what another unit gives (or an input), and what
is done to that sum alone: its activation. `dot`, `sum` and chains of `×` and `+` are such sums. No
class of a model is asked, so a layer of your own is found like those of `nn`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...primitive import is_value
from ...primitives import add, mul
from ..graph.graph import Graph, scopes_around
from ..graph.leaves import role_of
from ..graph.partition import is_activation
from ..rows import does, row_of

LONGEST = 20  # nodes of an activation; what is longer is no activation


class NoNetError(ValueError):
    """A graph that is no net of units; the message says what is in the way."""


@dataclass(slots=True, frozen=True)
class Operand:
    """What stands in a sum: the node at a place, or a number of the program.

    Attributes:
        place: in the graph; -1 for a number.
        data: its value.
        partial: the recorded derivative of the node that it is an operand of; None for a number.
        at: the place of that node, and which of its arguments this is; None where it is none.
    """

    place: int
    data: float
    partial: float | None = None
    at: tuple[int, int] | None = None


@dataclass(slots=True)
class Term:
    """A weight times a source; a bias has no source, and what is added as it is no weight."""

    weight: Operand | None
    source: Operand | None


@dataclass(slots=True)
class Unit:
    """A sum of terms and its activation.

    Attributes:
        head: the place of the sum.
        terms: what is summed.
        inside: the places of the nodes that make the sum.
        activation: the places of the nodes from the sum to the output, without the sum.
        bare: a single product that nothing was added to.
    """

    head: int
    terms: list[Term]
    inside: list[int]
    activation: list[int] = field(default_factory=list)
    bare: bool = False

    @property
    def output(self) -> int:
        """The place of what the unit gives."""
        return self.activation[-1] if self.activation else self.head

    @property
    def weighs(self) -> bool:
        """Whether a leaf weighs something in it."""
        return any(t.weight and t.weight.place >= 0 and t.source for t in self.terms)

    def sources(self) -> Iterator[int]:
        """The places of the nodes that its terms weigh."""
        return (t.source.place for t in self.terms if t.source and t.source.place >= 0)

    def weights(self) -> Iterator[int]:
        """The places of the leaves that weigh, with the bias."""
        return (t.weight.place for t in self.terms if t.weight and t.weight.place >= 0)


def units_of(graph: Graph, weight_first: bool = True) -> list[Unit]:
    """The units of a graph, operands first.

    Args:
        graph: the graph.
        weight_first: whether of two leaves the first weighs the other, where no name tells.

    Raises:
        NoNetError: there are none, or something that learns is no unit.

    >>> import nn
    >>> from autograd_lite import topological_order
    >>> from autograd_lite.views.graph.graph import Graph
    >>> from autograd_lite.views.net.units import units_of
    >>> (y,) = nn.MLP(2, [3, 1], seed=0)([1.0, -1.0])
    >>> [len(unit.terms) for unit in units_of(Graph(topological_order(y), [y]))]
    [3, 3, 3, 4]
    """
    return _Search(graph, weight_first).found()


class _Search:
    def __init__(self, graph: Graph, weight_first: bool) -> None:
        self.graph, self.weight_first = graph, weight_first
        self.users: list[list[int]] = [[] for _ in range(len(graph))]
        for i, user in zip(graph.operands, graph.users):
            self.users[i].append(user)
        self.roots = set(graph.roots)
        self.units: list[Unit] = []
        self.giver: dict[int, int] = {}  # the number of the unit that a node is the output of
        self.failed: list[int] = []  # sums with a leaf that weighs what is no unit

    def found(self) -> list[Unit]:
        graph = self.graph
        for i in graph.interior:
            if self._is_affine(i) and not self._is_absorbed(i):
                self._try(i)
        units = self._used()
        if not units:
            raise NoNetError("there is no sum of weights times inputs in it")
        taken = {i for unit in units for i in (*unit.inside, *unit.activation)}
        learned = {place for unit in units for place in unit.weights()}
        inputs = {place for unit in units for place in unit.sources()}
        for i in self.failed:
            raise NoNetError(f"{graph.ops[i].name} weighs what no unit gives")
        if not learned.isdisjoint(inputs):
            raise NoNetError("a leaf is a weight in one place and an input in another")
        self._check_rest(units, taken)
        return units

    # Sums -----------------------------------------------------------------------------------------

    def _is_affine(self, i: int) -> bool:
        return does(self.graph.ops[i], add) or does(self.graph.ops[i], mul)

    def _is_absorbed(self, i: int) -> bool:
        """Whether node i is only a part of the sum that uses it."""
        graph = self.graph
        j = graph.user[i]
        return (
            graph.uses[i] == 1
            and j >= 0
            and graph.scopes[i] is graph.scopes[j]
            and does(graph.ops[j], add)
            and not does(graph.ops[j], mul)
        )

    def _operands(self, i: int) -> list[Operand]:
        graph = self.graph
        node, places = graph.order[i], iter(graph.operands_of(i))
        partials = iter(node.partials)
        return [
            Operand(next(places), x.data, next(partials), (i, k))
            if is_value(x)
            else Operand(-1, float(x), None, (i, k))
            for k, x in enumerate(node.args)
        ]

    def _try(self, head: int) -> None:
        """Make a unit of the sum at `head`, if it is one."""
        unit = Unit(head, [], [])
        stack = [Operand(head, 0.0)]
        interior_weighed = False
        while stack:
            operand = stack.pop()
            i = operand.place
            if i < 0 or (i != head and not (self._sums(i) and self._is_absorbed(i))):
                term = self._added(operand)
                if term is None:
                    unit.terms.clear()
                    break
                unit.terms.append(term)
                continue
            unit.inside.append(i)
            operands = self._operands(i)
            if not does(self.graph.ops[i], mul):
                stack.extend(reversed(operands))
                continue
            half = len(operands) // 2
            pairs = list(zip(operands[:half], operands[half:]))
            for k, (x, y) in enumerate(pairs):
                last = k == len(pairs) - 1 and len(pairs) > 1
                found = self._product(x, y, last)
                interior_weighed |= found is None and self._weighs_a_node(x, y)
                if found is None:
                    unit.terms.clear()
                    stack.clear()
                    unit.bare = row_of(self.graph.ops[head]) is mul
                    if interior_weighed and not unit.bare:
                        self.failed.append(head)
                    return
                unit.terms.append(found)
        sources = sum(t.source is not None for t in unit.terms)
        if sources > 1 or (sources and unit.weighs):  # else 0.5 * h + 1 follows the unit h
            unit.bare = row_of(self.graph.ops[head]) is mul
            self._add(unit)

    def _sums(self, i: int) -> bool:
        return self.graph.ops[i] is not None and self._is_affine(i)

    def _weighs_a_node(self, x: Operand, y: Operand) -> bool:
        """Whether a leaf is multiplied by what some operation gave."""
        if x.place < 0 or y.place < 0:
            return False
        return (self.graph.ops[x.place] is None) != (self.graph.ops[y.place] is None)

    def _added(self, operand: Operand) -> Term | None:
        """The term of what is added as it is: a bias, or what another unit gives."""
        i = operand.place
        if i < 0:
            return Term(operand, None)
        if self._is_leaf(i):
            given = self._is_named_input(i)
            return Term(None, operand) if given else Term(operand, None)
        return Term(None, operand) if i in self.giver else None

    def _product(self, x: Operand, y: Operand, last: bool) -> Term | None:
        if x.place < 0 and y.place < 0:
            return Term(Operand(-1, x.data * y.data), None)
        if x.place < 0 or y.place < 0:
            number, node = (x, y) if x.place < 0 else (y, x)
            if not self._is_leaf(node.place):
                return Term(number, node) if node.place in self.giver else None
            if self._is_named_input(node.place):
                return Term(number, node)
            return Term(node, None if last and number.data == 1.0 else number)
        if x.place == y.place:
            return None
        leaves = self._is_leaf(x.place), self._is_leaf(y.place)
        if all(leaves):
            return Term(x, y) if self._is_weight(x.place, y.place) else Term(y, x)
        weight, source = (x, y) if leaves[0] else (y, x)
        return Term(weight, source) if any(leaves) and source.place in self.giver else None

    def _is_weight(self, i: int, j: int) -> bool:
        """Whether leaf i weighs leaf j and not the other way round, by what their names tell."""
        one, other = role_of(self.graph, i), role_of(self.graph, j)
        return one == "weight" or other == "input" if one != other else self.weight_first

    def _is_leaf(self, i: int) -> bool:
        return self.graph.ops[i] is None

    def _is_named_input(self, i: int) -> bool:
        return self.graph.order[i].label is not None and role_of(self.graph, i) == "input"

    # Activations ----------------------------------------------------------------------------------

    def _add(self, unit: Unit) -> None:
        """Keep a unit; until another reads it, its output may be the sum or what follows it."""
        number = len(self.units)
        self.units.append(unit)
        unit.activation = self._activation(unit.head)
        self.giver[unit.output] = number

    def _activation(self, head: int) -> list[int]:
        """The nodes that depend on the sum alone, if all that is used elsewhere is the last."""
        reached, queue = {head}, [head]
        order: list[int] = []
        while queue and len(order) <= LONGEST:
            i = queue.pop(0)
            for j in dict.fromkeys(self.users[i]):
                if j not in reached and reached.issuperset(self.graph.operands_of(j)):
                    reached.add(j)
                    order.append(j)
                    queue.append(j)
        used = [
            i for i in (head, *order) if i in self.roots or not reached.issuperset(self.users[i])
        ]
        fits = len(used) == 1 and order and used[0] != head and len(order) <= LONGEST
        return sorted(order) if fits and used[0] == max(order) else []

    def _used(self) -> list[Unit]:
        """The units that weigh something, and those that they read."""
        feeds = [False] * len(self.units)
        kept: list[Unit] = []
        for k in range(len(self.units) - 1, -1, -1):
            unit = self.units[k]
            if not feeds[k]:
                unit.activation = self._of_an_output(unit)
                if not unit.weighs or (unit.bare and not unit.activation):
                    continue
            kept.append(unit)
            for place in unit.sources():
                if place in self.giver:
                    feeds[self.giver[place]] = True
        return kept[::-1]

    def _of_an_output(self, unit: Unit) -> list[int]:
        """The activation of a unit that no other reads: one function, and not of the loss."""
        graph, users = self.graph, self.users[unit.head]
        if len(users) != 1 or unit.head in self.roots:
            return []
        j = users[0]
        if not is_activation(graph, j) or row_of(graph.ops[j]).infix is not None:
            return []
        outermost = [scopes_around(graph.scopes[i])[:1] for i in (unit.head, j)]
        return [j] if outermost[0] == outermost[1] else []

    # The rest -------------------------------------------------------------------------------------

    def _check_rest(self, units: list[Unit], taken: set[int]) -> None:
        """After the units comes a loss. Gates and attention multiply what units give."""
        graph = self.graph
        models = {id(scopes_around(graph.scopes[u.head])[0]) for u in units if graph.scopes[u.head]}
        for i in graph.interior:
            if i in taken or graph.scopes[i] is None or not does(graph.ops[i], mul):
                continue
            if id(scopes_around(graph.scopes[i])[0]) in models:
                operands = {p for p in graph.operands_of(i) if graph.ops[p] is not None}
                if len(operands) > 1:
                    raise NoNetError("it multiplies what units give with one another")
