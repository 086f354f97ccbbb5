"""The operations of a traced run as a graph, and the passes that make it smaller.

Each pass takes a graph and gives one with fewer operations: PASSES lists them in order, with what
`Program.summary` says of each. A new pass is a function and an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..methods import DETACH
from ..primitives import TABLE
from ..several import Result
from .trace import WHERE_AT_MOST, WHERE_LESS, Composed

ADD, MUL, POWER, SUM, DOT = (TABLE[name] for name in ("add", "mul", "power", "sum", "dot"))
CONSTANT, INPUT, CAPTURED, UNUSED = "constant", "input", "captured", "unused"
MASKS = frozenset([WHERE_LESS, WHERE_AT_MOST, DETACH])  # their partials may be 0 and mean nothing


class Graph:
    """Numbered results, constants apart in an order in which they can be computed.

    Attributes:
        ops, args: result i is `ops[i]` of the results `args[i]`. Without operands, `ops[i]` is one
            of the texts CONSTANT, INPUT, CAPTURED, or UNUSED for what a pass has removed.
        values: the value of each result in the traced run.
        inputs, captured, outputs: results that are arguments, leaves from outside the function, and
            what the function gives.
        guards: (sign, result, result, outcome, source line), no two of them for one comparison.
        masked: results whose gradient, if it is 0, must pass nothing on; see `mask`.
        reorder: whether additions may be grouped anew, which changes the rounding.
    """

    def __init__(self, reorder: bool = False) -> None:
        self.reorder = reorder
        self.ops: list[Any] = []
        self.args: list[tuple[int, ...]] = []
        self.values: list[float] = []
        self.inputs: list[int] = []
        self.captured: list[int] = []
        self.outputs: list[int] = []
        self.guards: list[tuple[str, int, int, bool, str]] = []
        self.masked: set[int] = set()
        self._constants: dict[Any, int] = {}

    def add(self, op: Any, args: tuple[int, ...], value: float) -> int:
        """A new result; gives its number."""
        self.ops.append(op)
        self.args.append(args)
        self.values.append(value)
        return len(self.ops) - 1

    def remove(self, i: int) -> None:
        """Drop an operation; nothing uses its result any more."""
        self.ops[i], self.args[i] = UNUSED, ()

    def constant(self, x: float) -> int:
        """The result that is the number `x`."""
        key = exactly(x)
        number = self._constants.get(key)
        if number is None:
            number = self._constants[key] = self.add(CONSTANT, (), x)
        return number

    def with_constants(self, several: Sequence[int]) -> Graph:
        """The graph with constants in the place of some results without operands."""
        for i in several:
            self.ops[i] = CONSTANT
        self.captured = [i for i in self.captured if self.ops[i] is CAPTURED]
        self._constants.clear()
        for i, op in enumerate(self.ops):
            if op is CONSTANT:
                self._constants.setdefault(exactly(self.values[i]), i)
        return self

    def fingerprint(self) -> int:
        """A number that another graph of the same operations shares."""
        constants = [exactly(x) for op, x in zip(self.ops, self.values) if op is CONSTANT]
        ops = [getattr(op, "fingerprint", op) for op in self.ops]
        guards = [guard[:4] for guard in self.guards]
        return hash((*ops, *self.args, *constants, *self.outputs, *guards))

    def is_zero(self, i: int) -> bool:
        """Whether a result is the number 0.0, and not -0.0."""
        return self.ops[i] is CONSTANT and exactly(self.values[i]) == exactly(0.0)

    def count(self) -> int:
        """How many operations there are."""
        return sum(map(bool, self.args))

    def roots(self) -> list[int]:
        """The results that a replay must compute: outputs, and what guards compare."""
        return [*self.outputs, *(i for guard in self.guards for i in guard[1:3])]


def exactly(x: float) -> Any:
    """What equal numbers have in common: 0.0 is not -0.0, and nan is one nan."""
    return x if x == x and x != 0.0 else repr(x)


def simplify(graph: Graph) -> Graph:
    """Compute nothing that is constant, known already, or changed by a neutral operand only."""
    args = graph.args
    number = list(range(len(args)))  # the result that stands for each
    known: dict[Any, int] = {}
    for i in range(len(args)):
        if args[i]:
            args[i] = tuple([number[x] for x in args[i]])
            number[i] = _shorter(graph, known, i)
            if number[i] != i:
                graph.remove(i)
    graph.outputs = [number[i] for i in graph.outputs]
    compared: dict[tuple[str, int, int], tuple[bool, str]] = {}
    for sign, x, y, outcome, line in graph.guards:
        x, y = number[x], number[y]
        if graph.ops[x] is not CONSTANT or graph.ops[y] is not CONSTANT:
            compared.setdefault((sign, x, y), (outcome, line))
    graph.guards = [(*operands, *decision) for operands, decision in compared.items()]
    return graph


def _shorter(graph: Graph, known: dict[Any, int], i: int) -> int:
    """The result that stands for operation `i`: an operand, a constant, one known, or itself."""
    ops, values, op, args = graph.ops, graph.values, graph.ops[i], graph.args[i]
    first, last = args[0], args[-1]
    if isinstance(op, Composed):
        return i
    if ops[last] is CONSTANT:
        if ops[first] is CONSTANT and all(ops[x] is CONSTANT for x in args):
            return graph.constant(values[i])
        if op.neutral is not None and exactly(values[last]) == exactly(op.neutral):
            return first
        if op is POWER and values[last] == 2.0 and graph.reorder:  # the slope is x + x, not 2 x
            ops[i], graph.args[i] = op, args = MUL, (first, first)
    elif (
        ops[first] is CONSTANT and op.commutative and exactly(values[first]) == exactly(op.neutral)
    ):
        return last
    if op.custom and op not in MASKS and not isinstance(op, Result):
        return i  # it may do anything: as often as it is called
    return known.setdefault((op, args), i)


def prune(graph: Graph) -> Graph:
    """Compute only what outputs and guards need."""
    for i, uses in enumerate(_uses(graph)):
        if not uses and graph.args[i]:
            graph.remove(i)
    return graph


def fold_sums(graph: Graph) -> Graph:
    """Make additions one `sum`, or one `dot` if they mostly add products.

    In order, a sum adds from left to right, and what stands in parentheses is a sum of its own.
    """
    ops, args, uses = graph.ops, graph.args, _uses(graph)
    for i in range(len(ops) - 1, -1, -1):
        if ops[i] is not ADD and ops[i] is not SUM:
            continue
        terms = (_terms if graph.reorder else _terms_in_order)(graph, uses, i)
        products = [x for x in terms if uses[x] == 1 and (ops[x] is MUL or ops[x] is DOT)]
        if not graph.reorder:  # a dot after the first term is a sum in parentheses
            products = [x for x in products if len(args[x]) == 2 or x == terms[0]]
        if sum(len(args[x]) // 2 for x in products) >= 2 and 2 * len(products) >= len(terms):
            terms = _with_dot(graph, i, terms, set(products))
        if terms:
            ops[i], args[i] = (ADD if len(terms) == 2 else SUM), tuple(terms)
    return graph


def _terms(graph: Graph, uses: list[int], i: int) -> list[int]:
    """All that the sum `i` adds up. Sums that are used here only become a part of it."""
    ops, args = graph.ops, graph.args
    terms: list[int] = []
    stack = list(reversed(args[i]))
    while stack:
        x = stack.pop()
        if uses[x] == 1 and (ops[x] is ADD or ops[x] is SUM):
            stack.extend(reversed(args[x]))
            graph.remove(x)
        else:
            terms.append(x)
    return terms


def _terms_in_order(graph: Graph, uses: list[int], i: int) -> list[int]:
    """What the sum `i` adds up from left to right; its first term may be a sum, too."""
    ops, args = graph.ops, graph.args
    operands, backwards = args[i], list[int]()
    while True:
        sums = [uses[x] == 1 and (ops[x] is ADD or ops[x] is SUM) for x in operands]
        if sums == [False, True]:  # x + (y + z) is (y + z) + x
            operands, sums = operands[::-1], [True]
        backwards += operands[:0:-1]
        if not sums[0]:
            break
        first = operands[0]
        operands = args[first]
        graph.remove(first)
    terms = [operands[0], *reversed(backwards)]
    if graph.is_zero(terms[0]):
        terms.append(terms.pop(0))  # it makes 0.0 of -0.0, first or last
    dots = [uses[x] == 1 and ops[x] is DOT for x in terms[:2]]
    if dots == [False, True]:
        terms[:2] = terms[1::-1]
    return terms


def _with_dot(graph: Graph, i: int, terms: list[int], products: set[int]) -> list[int]:
    """Make one `dot` of the products and of what lies between them, as products with 1.

    It takes the place of their sum `i`, or is a term of it.

    Returns:
        The terms of the sum; none if the dot is all there is.
    """
    args = graph.args
    apart = {x for x in terms if x not in products and (args[x] or graph.is_zero(x))}
    if graph.reorder:
        terms = sorted(terms, key=lambda x: (x not in products, x in apart))
    count = next((k for k, x in enumerate(terms) if x in apart), len(terms))
    within = [x for x in terms[:count] if x in products]
    if sum(len(args[x]) // 2 for x in within) < 2:
        return terms
    left: list[int] = []
    right: list[int] = []
    for x in terms[:count]:
        half = len(args[x]) // 2
        left += args[x][:half] if x in products else (x,)  # a bias is the weight of an input of 1
        right += args[x][half:] if x in products else (graph.constant(1.0),)
    for x in within:
        graph.remove(x)
    if count < len(terms):
        i = max(within)  # the last one, which comes after the operands of all
    graph.ops[i], args[i] = DOT, (*left, *right)
    return [i, *terms[count:]] if count < len(terms) else []


def _uses(graph: Graph) -> list[int]:
    """How often each result is used by what outputs and guards need."""
    uses, args = [0] * len(graph.ops), graph.args
    for i in graph.roots():
        uses[i] += 1
    for i in range(len(args) - 1, -1, -1):
        if uses[i]:
            for x in args[i]:
                uses[x] += 1
    return uses


def mask(graph: Graph) -> Graph:
    """Mark the results whose gradient must pass nothing on where it is 0.

    They are a `where` and a detach, and what is used below these or by guards only: a branch that
    is not taken has the gradient 0, and 0 times an infinite partial would be nan. Of several
    outputs one may be differentiated alone; the others then have the gradient 0, so that everything
    is marked.
    """
    unmasked = set(graph.outputs) if len(set(graph.outputs)) == 1 else set()
    for i in range(len(graph.ops) - 1, -1, -1):
        if i not in unmasked or graph.ops[i] in MASKS:
            graph.masked.add(i)
        else:
            unmasked.update(graph.args[i])
    return graph


PASSES: tuple[tuple[str, Callable[[Graph], Graph]], ...] = (
    ("constants, doubles, neutral operands removed", simplify),
    ("results that nothing needs removed", prune),
    ("sums and products folded", fold_sums),
)


def simplified(graph: Graph) -> tuple[Graph, dict[str, int]]:
    """The graph after all passes; and how many operations there were before and after each."""
    operations = {"recorded": graph.count()}
    for what, simpler in PASSES:
        graph = simpler(graph)
        operations[what] = graph.count()
    return mask(graph), operations
