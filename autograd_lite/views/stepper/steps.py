"""Steps: what forward and backward do, one operation at a time, in numbers and words.

Backward steps are recorded from the engine while it runs, not computed again: the watch that
`chain_rule` calls after each `+=` notes what was added to what. Two more runs are wrong on purpose,
with `=` for `+=` and in a shuffled order, to see why both matter.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from ... import chain_rule
from ...modes import Mode
from ..text import SUPERSCRIPTS, number
from .formula import Formulas
from .paths import bracketed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from ... import Value

    class Pass(NamedTuple):
        """One operand's share: the gradient of `node` times `partial`, added to `parent`."""

        node: Value
        parent: Value
        gradient: float
        partial: float
        before: float | None  # what `parent` had; None if this is the first
        total: float
else:
    from collections import namedtuple

    Pass = namedtuple("Pass", "node parent gradient partial before total")

SHOWN_OPERANDS = 6  # of a sum or a dot product; the rest is counted
SHOWN_LEAVES = 500  # whose gradients the last step lists
SHOWN_RULES = 12  # of the local derivatives of one operation
SHUFFLES, MOST_VISITS = 100, 200_000  # orders tried for one that goes wrong in few places


# Runs of backward ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """One run of backward.

    Attributes:
        root: the Value whose gradients are taken.
        order: all Values, operands before what is made of them.
        visits: the Values in the order in which they pass their gradients on.
        passes: what was added to what, in order.
        gradients: d root / d Value at the end.
    """

    root: Value
    order: list[Value]
    visits: list[Value]
    passes: list[Pass]
    gradients: dict[Value, float]

    def by_visit(self) -> Iterator[tuple[Value, list[Pass]]]:
        """Each Value that has operands, with its passes."""
        for node, passes in groupby(self.passes, itemgetter(0)):
            yield node, list(passes)


class _Recorder:
    """A watch that notes every `+=` of a backward run."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []
        self._so_far: dict[Value, float] = {}

    def passed_back(
        self, node: Value, parent: Value, gradient: float, partial: float, total: float
    ) -> None:
        before = self._so_far.get(parent)
        self._so_far[parent] = total
        self.passes.append(Pass(node, parent, gradient, partial, before, total))


def record(root: Value) -> Run:
    """The engine's own backward run from `root`; every `.grad` stays as it is.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.stepper.steps import record
    >>> x = Value(3.0)
    >>> [(p.before, p.total) for p in record(x * x).passes]
    [(None, 3.0), (3.0, 6.0)]
    """
    recorder = _Recorder()
    with Mode("watch", recorder):
        found = chain_rule.number_adjoints(root)
    order = list(found)
    gradients = {node: 0.0 + total for node, total in found.items()}  # no -0.0, as in `.grad`
    return Run(root, order, order[::-1], recorder.passes, gradients)


def with_assignment(right: Run) -> Run:
    """The run with `=` where `+=` belongs: the last use of a Value wins."""
    return _wrong(right, right.visits, assign=True)


def in_shuffled_order(right: Run) -> Run | None:
    """The run in an order that does not wait for all uses of a Value; None if none goes wrong.

    The root comes first, the others as a seeded shuffle puts them. Of some such orders it is the
    one that spoils the fewest leaves, which shows best where it goes wrong.
    """
    rest = [node for node in right.visits if node.parents and node is not right.root]
    spoilt: list[tuple[int, Run]] = []
    tries = min(SHUFFLES, 1 + MOST_VISITS // max(1, len(rest))) if len(rest) > 1 else 0
    for seed in range(tries):
        visits = rest[:]
        random.Random(seed).shuffle(visits)
        run = _wrong(right, [right.root, *visits])
        spoilt.append((len(wrong_leaves(right, run)), run))
    return min((found for found in spoilt if found[0]), key=itemgetter(0), default=(0, None))[1]


def _wrong(right: Run, visits: list[Value], assign: bool = False) -> Run:
    """Backward as a beginner might write it."""
    gradients = {right.root: 1.0}
    passes = []
    for node in visits:
        gradient = gradients.get(node, 0.0)
        for parent, partial in zip(node.parents, node.partials):
            product = gradient if partial == 1.0 else gradient * partial
            before = gradients.get(parent)
            total = product if assign or before is None else before + product
            gradients[parent] = total
            passes.append(Pass(node, parent, gradient, partial, before, total))
    return Run(right.root, right.order, visits, passes, gradients)


def same(a: float, b: float) -> bool:
    """Whether two gradients agree but for rounding."""
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (a != a and b != b)


def wrong_leaves(right: Run, wrong: Run) -> list[Value]:
    """The leaves whose gradients differ between two runs, beyond rounding."""
    return [
        leaf
        for leaf in right.order
        if leaf.op is None and not same(right.gradients[leaf], wrong.gradients.get(leaf, 0.0))
    ]


# Steps --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """One line of a step.

    Attributes:
        left, result: the line up to its last "=", and what stands after it.
        more, total: the same for what follows on the line; "" for nothing.
        quantity: what one may be asked for.
        answer: its number.
        answer_text: its number as shown.
        rule: the formula of the local derivative, if it says more than its number.
        mistake: whether it does what one should not.
    """

    left: str
    result: str
    more: str = ""
    total: str = ""
    quantity: str = ""
    answer: float = math.nan
    answer_text: str = ""
    rule: str = ""
    mistake: bool = False

    def __str__(self) -> str:
        text = f"{self.left} {self.result}"
        return f"{text}{self.more} {self.total}" if self.total else text


@dataclass(slots=True)
class Step:
    """What happens at one card.

    Attributes:
        phase: "forward", "backward" or "result".
        key: the card it happens at; "" for none.
        title: what it is about: `s = p + q`.
        note: why it can happen now.
        lines: what is computed.
        sets: what is known afterwards: (card, "data" or "gradient", number, whether it is final).
        carries: what goes back along the edges: (source card, target card, gradient).
    """

    phase: str
    key: str
    title: str
    note: str = ""
    lines: list[Line] = field(default_factory=list)
    sets: list[tuple[str, str, float, bool]] = field(default_factory=list)
    carries: list[tuple[str, str, float]] = field(default_factory=list)

    def __str__(self) -> str:
        head = f"{self.title}: {self.note}" if self.note else self.title
        return "\n".join([head, *(f"    {line}" for line in self.lines)])


@dataclass(slots=True)
class Wording:
    """How Values are called, and which cards they are on.

    Attributes:
        names: the display name of each Value.
        keys: the card of each Value.
        titles: the title of each card that stands for several Values.
        root: the name of the root.
    """

    names: Mapping[Value, str]
    keys: Mapping[Value, str]
    titles: Mapping[str, str]
    root: str

    def slope(self, node: Value) -> str:
        """`∂L/∂x`."""
        return f"∂{self.root}/∂{self.names[node]}"


def forward_steps(order: Sequence[Value], wording: Wording) -> list[Step]:
    """One step for each operation, in the order in which operands are there."""
    steps: list[Step] = []
    members: dict[str, list[Value]] = {}
    for node in order:
        if node.op is not None and wording.keys[node] in wording.titles:
            members.setdefault(wording.keys[node], []).append(node)
    last = {nodes[-1]: key for key, nodes in members.items()}
    results = _results(order, wording)
    for node in order:
        key = wording.keys[node]
        if node in last:
            title = f"{wording.titles[key]}: {_counted(members[key], 'operation')}"
            result = results.get(key)
            lines = [Line("its result is", number(result._data))] if result is not None else []
            known = [(key, "data", 0.0, True)]
            steps.append(Step("forward", key, title, lines=lines, sets=known))
        elif node.op is not None and key not in wording.titles:
            steps.append(_forward_step(node, key, wording))
    return steps


def _results(order: Sequence[Value], wording: Wording) -> dict[str, Value]:
    """The Value that others take from each group, if it is only one."""
    taken: dict[str, set[Value]] = {}
    keys = wording.keys
    for node in order:
        key = keys[node]
        for parent in node.parents:
            if keys[parent] != key and keys[parent] in wording.titles:
                taken.setdefault(keys[parent], set()).add(parent)
    if keys[order[-1]] in wording.titles:
        taken.setdefault(keys[order[-1]], set()).add(order[-1])
    return {key: next(iter(nodes)) for key, nodes in taken.items() if len(nodes) == 1}


def _forward_step(node: Value, key: str, wording: Wording) -> Step:
    name = wording.names[node]
    symbols = formula(node, lambda x: number(x) if isinstance(x, float) else wording.names[x])
    numbers = formula(node, lambda x: number(x if isinstance(x, float) else x._data))
    shown = number(node._data)
    line = Line(f"{name} = {symbols} = {numbers} =", shown)
    line.quantity, line.answer, line.answer_text = name, node._data, shown
    return Step(
        "forward", key, f"{name} = {symbols}", "", [line], [(key, "data", node._data, True)]
    )


def backward_steps(run: Run, wording: Wording) -> list[Step]:
    """The seed, then one step for each Value that passes its gradient on."""
    root = wording.names[run.root]
    seed = Line(f"∂{root}/∂{root} =", "1", quantity=f"∂{root}/∂{root}", answer=1.0, answer_text="1")
    key = wording.keys[run.root]
    note = f"backward starts here, for {root} changes exactly as {root} does"
    steps = [Step("backward", key, root, note, [seed], [(key, "gradient", 1.0, True)])]
    results = _results(run.order, wording)
    uses: dict[Value, int] = {}
    for p in run.passes:
        uses[p.parent] = uses.get(p.parent, 0) + 1
    groups: dict[str, list[Pass]] = {}
    for p in run.passes:
        if wording.keys[p.node] in wording.titles:
            groups.setdefault(wording.keys[p.node], []).append(p)
    last = {passes[-1].node: key for key, passes in groups.items()}
    for node, passes in run.by_visit():
        missing = uses.get(node, 0)
        for p in passes:
            uses[p.parent] -= 1
        key = wording.keys[node]
        if key not in wording.titles:
            steps.append(_backward_step(node, passes, missing, uses, wording))
        elif node in last:
            steps.append(_group_step(key, groups[key], uses, wording))
            result = results.get(key)
            if result is not None:
                gradient = number(run.gradients[result])
                steps[-1].note = f"that of its result is final ({gradient})"
    return steps


def _backward_step(
    node: Value, passes: list[Pass], missing: int, uses: Mapping[Value, int], wording: Wording
) -> Step:
    key, gradient = wording.keys[node], passes[0].gradient
    symbols = formula(node, lambda x: number(x) if isinstance(x, float) else wording.names[x])
    if missing:
        still = "1 use of it has" if missing == 1 else f"{missing} uses of it have"
        note = f"its gradient is {number(gradient)} so far; {still} not been visited yet"
    else:
        note = f"its gradient is final ({number(gradient)}), so it can pass it on"
    step = Step("backward", key, f"{wording.names[node]} = {symbols}", note)
    step.sets.append((key, "gradient", 0.0 + gradient, not missing))
    left: dict[Value, int] = {}  # uses of a parent that are still to come within this step
    for p in passes:
        left[p.parent] = left.get(p.parent, 0) + 1
    formulas = Formulas(wording.names)
    for k, p in enumerate(passes):
        left[p.parent] -= 1
        step.lines.append(_line(p, wording))
        if k < SHOWN_RULES:
            step.lines[-1].rule = _rule(p, k, formulas)
        source = wording.keys[p.parent]
        final = uses[p.parent] == 0 and left[p.parent] == 0
        if source not in wording.titles:
            step.sets.append((source, "gradient", 0.0 + p.total, final))
        step.carries.append((source, key, _product(p)))
    return step


def _line(p: Pass, wording: Wording) -> Line:
    """`∂L/∂w1 += ∂p/∂w1 · ∂L/∂p = 2 × −0.659 = −1.32, accumulates: −0.6 + −1.32 = −1.92`."""
    product = _product(p)
    local = f"∂{wording.names[p.node]}/∂{wording.names[p.parent]}"
    quantity, shown, total = wording.slope(p.parent), number(product), number(p.total)
    line = Line(
        f"{quantity} {'=' if p.before is None else '+='} {local} · {wording.slope(p.node)} = "
        f"{number(p.partial)} × {bracketed(number(p.gradient))} =",
        shown, quantity=quantity, answer=0.0 + p.total, answer_text=total,
    )  # fmt: skip
    if p.before is None:
        return line
    if p.total == product and p.before != 0.0 and p.before + product != product:
        line.left, line.mistake = line.left.replace("+=", "=", 1), True  # a run that forgets
        line.more, line.total = f", overwrites {number(p.before)}:", total
    else:
        line.more, line.total = f", accumulates: {number(p.before)} {_added(shown)} =", total
    return line


def _rule(p: Pass, operand: int, formulas: Formulas) -> str:
    """`∂a/∂z = 1 − a²`; "" where the number says as much."""
    places = [k for k, x in enumerate(p.node.args) if not isinstance(x, float)]
    formula = formulas.partial(p.node, places[operand])
    if formula is None:
        return ""
    reasons = formulas.reasons(formula)
    local = f"∂{formulas.names[p.node]}/∂{formulas.names[p.parent]}"
    said = [] if isinstance(formula.tree, float) else [f"{local} = {formulas.text(formula)}"]
    return ", ".join(said + [f"since {reasons}"] * bool(reasons))


def _group_step(key: str, passes: list[Pass], uses: Mapping[Value, int], wording: Wording) -> Step:
    nodes = list(dict.fromkeys(p.node for p in passes))
    counted = _counted(nodes, "value")
    verb = "passes its gradient" if len(nodes) == 1 else "pass their gradients"
    step = Step("backward", key, f"{wording.titles[key]}: {counted} {verb} on")
    step.sets.append((key, "gradient", 0.0, True))
    for source, group in _grouped(passes, lambda p: wording.keys[p.parent]).items():
        if source == key:
            step.lines += _inside(group)
            continue
        products = list(map(_product, group))
        size = _mean_square(products)
        step.carries.append((source, key, size))
        times = _counted(group, "contribution")
        if source in wording.titles:
            kind, shown = ("", products[0]) if len(group) == 1 else (" root mean square", size)
            step.lines.append(Line(f"{wording.titles[source]}: {times},{kind}", number(shown)))
        else:
            parent = group[-1].parent
            together = number(math.fsum(products))
            step.lines.append(Line(f"{wording.slope(parent)}: {times}, together", together))
            final = uses[parent] == 0
            step.sets.append((source, "gradient", 0.0 + group[-1].total, final))
    return step


def _inside(passes: list[Pass]) -> list[Line]:
    """What the leaves of a group get from its own operations."""
    products = [_product(p) for p in passes if p.parent.op is None]
    if not products:
        return []
    leaves = {p.parent for p in passes if p.parent.op is None}
    counted, times = _counted(leaves, "leaf"), _counted(products, "contribution")
    text = f"{counted} of its own: {times}, root mean square"
    return [Line(text.replace("leafs", "leaves"), number(_mean_square(products)))]


def _mean_square(numbers: list[float]) -> float:
    """The root mean square."""
    return math.sqrt(math.fsum(x * x for x in numbers) / len(numbers))


def _product(p: Pass) -> float:
    return p.gradient if p.partial == 1.0 else p.gradient * p.partial


def result_step(run: Run, wording: Wording, right: Run | None = None) -> Step:
    """The last step: the gradient of every leaf, to the last bit; beside the right one if given."""
    leaves = [node for node in run.order if node.op is None]
    unnamed = max(0, len(leaves) - SHOWN_LEAVES)
    step = Step("result", "", "The gradients of the leaves")
    wrong = wrong_leaves(right, run) if right is not None else []
    for leaf in leaves[:SHOWN_LEAVES]:
        gradient = run.gradients.get(leaf, 0.0)
        line = Line(f"{wording.slope(leaf)} =", number(gradient))
        if right is None:
            line.more, line.total = ", exactly", repr(gradient)
        elif leaf in wrong:
            line.mistake, line.more = True, "  ✗ wrong, it is"
            line.total = number(right.gradients[leaf])
        else:
            line.more, line.total = "  ✓", "right"
        step.lines.append(line)
        if wording.keys[leaf] not in wording.titles:
            step.sets.append((wording.keys[leaf], "gradient", gradient, True))
    if unnamed:
        step.lines.append(Line("and of more leaves:", f"{unnamed:,}"))
    if right is None:
        step.note = f"{wording.root}.backward() leaves these numbers in .grad"
    else:
        step.note = f"{len(wrong)} of {len(leaves)} are wrong"
    return step


# Words --------------------------------------------------------------------------------------------


def formula(node: Value, shown: Callable[[Any], str]) -> str:
    """The operation of `node` on operands as `shown` writes them.

    >>> from autograd_lite import Value
    >>> from autograd_lite.views.stepper.steps import formula
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> [formula(y, lambda x: x.label) for y in (a * b, a - b, a.tanh(), abs(a))]
    ['a × b', 'a − b', 'tanh(a)', '|a|']
    """
    op, args = node.op, node.args
    assert op is not None
    if op.name in ("sum", "dot"):
        count = len(args) // getattr(op, "columns", 1)
        terms = [
            shown(args[i]) + "".join(f" × {bracketed(shown(x))}" for x in args[i + count :: count])
            for i in range(count)
            if count <= SHOWN_OPERANDS or i < SHOWN_OPERANDS - 2 or i == count - 1
        ]
        if count > SHOWN_OPERANDS:
            terms[-1:] = [f"… ({count - SHOWN_OPERANDS + 1} more)", terms[-1]]
        return terms[0] + "".join(f" {_added(term)}" for term in terms[1:])
    texts = [shown(x) for x in args[:SHOWN_OPERANDS]]
    if op.label == "**#2":
        base = bracketed(texts[0])
        whole = isinstance(args[1], float) and args[1].is_integer()
        return base + texts[1].translate(SUPERSCRIPTS) if whole else f"{base}^{bracketed(texts[1])}"
    if op.name == "neg":
        return f"−{bracketed(texts[0])}"
    if len(args) == 2 and not any(sign.isalnum() or sign in "√∛()" for sign in op.label):
        return f"{texts[0]} {op.label} {bracketed(texts[1])}"
    if len(args) == 1 and "x" in op.label and not op.label[0].isalpha():  # |x|, ⌊x⌋
        return op.label.replace("x", texts[0])
    if len(args) > SHOWN_OPERANDS:
        texts.append(f"… {len(args) - SHOWN_OPERANDS} more")
    a_word = (op.label[0].isalpha() or op.label in "√∛") and not set("#(") & set(op.label)
    word = op.label if a_word else op.name  # not "½(a−y)²(a, y)"
    return f"{word}({', '.join(texts)})"


def _added(text: str) -> str:
    return f"− {text[1:]}" if text.startswith("−") else f"+ {text}"


def _counted(things: Collection[Any], name: str) -> str:
    return f"{len(things):,} {name}" + "s" * (len(things) != 1)


def _grouped(things: Iterable[Pass], by: Callable[[Pass], str]) -> dict[str, list[Pass]]:
    found: dict[str, list[Pass]] = {}
    for thing in things:
        found.setdefault(by(thing), []).append(thing)
    return found
