"""Steps: what forward and backward do, one operation at a time, in numbers and words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..formula.writer import FormulaWriter
from ..graph.groups import grouped
from ..language import say
from ..text import alone, counted, equal
from .notation import added, grad_of, product
from .numbers import InText
from .runs import ChainStep, Run, wrong_leaves

if TYPE_CHECKING:
    from ... import Value

SHOWN_LEAVES = 500  # whose gradients the last step lists
SHOWN_RULES = 12  # of the local derivatives of one operation


@dataclass(slots=True)
class Line:
    """One line of a step.

    Attributes:
        left, result: the line up to its last "=", and what stands after it.
        more, total: the same for what follows on the line; "" for nothing.
        quantity: what one may be asked for.
        answer: its number.
        answer_text: its number as shown.
        rule: why the local derivative is what it is; None where that is not told, "" where it says
            no more than the number.
        mistake: whether it does what one should not.
        factors: the local derivative and the gradient that is passed on, as shown.
        is_size: whether the result is a size, which has no sign.
        leaf: of the last step of a wrong run, the leaf whose gradient is compared.
    """

    left: str
    result: str
    more: str = ""
    total: str = ""
    quantity: str = ""
    answer: float = math.nan
    answer_text: str = ""
    rule: Any = None
    mistake: bool = False
    factors: tuple[str, str] | None = None
    is_size: bool = False
    leaf: Any = None

    def __str__(self) -> str:
        text = f"{self.left} {self.result}"
        return equal(f"{text}{self.more} {self.total}" if self.total else text)


@dataclass(slots=True)
class CardStep:
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
    sets: list[tuple[str, str, Any, bool]] = field(default_factory=list)
    carries: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def heading(self) -> str:
        """What it is about, and why it can happen now."""
        return say("{title}: {note}", title=self.title, note=self.note) if self.note else self.title

    def __str__(self) -> str:
        return "\n".join([self.heading, *(f"    {line}" for line in self.lines)])


@dataclass(slots=True)
class Wording:
    """How Values are called, and which cards they are on.

    Attributes:
        names: the display name of each Value.
        keys: the card of each Value.
        titles: the title of each card that stands for several Values.
        root: the name of the root.
        numbers: writes the numbers in the words.
    """

    names: Mapping[Value, str]
    keys: Mapping[Value, str]
    titles: Mapping[str, str]
    root: str
    numbers: InText = field(default_factory=InText)

    @property
    def writer(self) -> FormulaWriter:
        """Writes formulas in these names."""
        return FormulaWriter(self.names)

    def grad_of(self, node: Value) -> str:
        """`x.grad`."""
        return grad_of(self.names[node])

    def equation(self, node: Value, apart: bool = False) -> str:
        """`p = x·w`; only `x·w` where that is its name; `u = w·w = w′·w″` if `apart`."""
        writer = self.writer
        texts = [self.names[node], writer.text(writer.value(node))]
        if apart:
            texts.append(writer.text(writer.value(node, apart=True)))
        return " = ".join(dict.fromkeys(texts))


def forward_steps(order: Sequence[Value], wording: Wording) -> list[CardStep]:
    """One step for each operation, in the order in which operands are there."""
    steps: list[CardStep] = []
    members = grouped(order, lambda node: wording.keys[node])
    operations = {key: [x for x in members[key] if x.op is not None] for key in wording.titles}
    last = {nodes[-1]: key for key, nodes in operations.items() if nodes}
    results = _results(order, wording)
    for node in order:
        key = wording.keys[node]
        if node in last:
            count = counted(len(operations[key]), "operation")
            title = say("{title}: {note}", title=wording.titles[key], note=count)
            result = results.get(key)
            shown = wording.numbers.value
            lines = [Line(say("its result is"), shown(result))] if result is not None else []
            known = [(key, "data", 0.0, True)]
            steps.append(CardStep("forward", key, title, lines=lines, sets=known))
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


def _forward_step(node: Value, key: str, wording: Wording) -> CardStep:
    equation, shown = wording.equation(node), wording.numbers.value(node)
    numbers = wording.numbers.formula(node, wording.writer)
    copies = len(node.parents) == 1 and numbers == wording.numbers.value(node.parents[0])
    left = equation if copies else f"{equation} = {numbers}"
    line = Line(f"{left} =", shown)
    line.quantity, line.answer, line.answer_text = wording.names[node], node._data, shown
    known = [(key, "data", wording.numbers.data(node), True)]
    return CardStep("forward", key, equation, "", [line], known)


def backward_steps(run: Run, wording: Wording) -> list[CardStep]:
    """The seed, then one step for each Value that passes its gradient on."""
    root, goal = wording.names[run.root], wording.grad_of(run.root)
    seed = Line(f"{goal} =", "1", quantity=goal, answer=1.0, answer_text="1")
    key = wording.keys[run.root]
    note = say("backward starts here, for the gradient of the result itself is 1")
    steps = [CardStep("backward", key, root, note, [seed], [(key, "gradient", 1.0, True)])]
    results = _results(run.order, wording)
    uses = Counter(step.parent for step in run.steps)
    groups = grouped(run.steps, lambda step: wording.keys[step.node])
    last = {chain[-1].node: key for key, chain in groups.items() if key in wording.titles}
    for node, chain in run.by_visit():
        missing = uses[node]
        uses.subtract(step.parent for step in chain)
        key = wording.keys[node]
        if key not in wording.titles:
            steps.append(_backward_step(run, chain, missing, uses, wording))
        elif node in last:
            steps.append(_group_step(key, groups[key], uses, wording))
            result = results.get(key)
            if result is not None:
                gradient = wording.numbers.gradient(run, result)
                steps[-1].note = say("that of its result is final ({gradient})", gradient=gradient)
    return steps


def _backward_step(
    run: Run, chain: list[ChainStep], missing: int, uses: Mapping[Value, int], wording: Wording
) -> CardStep:
    node, shown = chain[0].node, wording.numbers.of_use(chain[0], "gradient")
    key = wording.keys[node]
    if not missing:
        note = say("its gradient is final ({gradient}), so it can pass it on", gradient=shown)
    elif missing == 1:
        note = say(
            "its gradient is {gradient} so far; 1 use of it has not been visited yet",
            gradient=shown,
        )
    else:
        note = say(
            "its gradient is {gradient} so far; {count} uses of it have not been visited yet",
            gradient=shown, count=missing,
        )  # fmt: skip
    for operand, times in Counter(use.parent for use in chain).items():
        name = alone(wording.names[operand])
        if times == 2:
            marks = say("{name}′ and {name}″ are {name} in its 2 places", name=name)
        elif times > 2:
            marks = say(
                "{name}′, {name}″ and so on are {name} in its {count} places",
                name=name, count=times,
            )  # fmt: skip
        if times > 1:
            note = say("{note}; {more}", note=note, more=marks)
    step = CardStep("backward", key, wording.equation(node, apart=True), note)
    gradient = wording.numbers.exactly(chain[0], "gradient")
    step.sets.append((key, "gradient", gradient, not missing))
    to_come = Counter(use.parent for use in chain)  # uses of an operand later in this step
    for k, use in enumerate(chain):
        to_come[use.parent] -= 1
        step.lines.append(_line(use, wording, "=" if run.assigns else "+="))
        if k < SHOWN_RULES and not step.lines[-1].rule:
            step.lines[-1].rule = wording.numbers.rule(node, use.operand, wording.writer)
        source = wording.keys[use.parent]
        final = uses[use.parent] == 0 and to_come[use.parent] == 0
        if source not in wording.titles:
            after = wording.numbers.exactly(use, "after")
            step.sets.append((source, "gradient", after, final))
        step.carries.append((source, key, wording.numbers.exactly(use, "contribution")))
    return step


def _line(use: ChainStep, wording: Wording, sign: str) -> Line:
    """`w1.grad += ∂p/∂w1 · p.grad = 2 × (−0.659) = −1.32, accumulates: −0.6 − 1.32 = −1.92`."""
    before, shown = use.before, wording.numbers.of_use
    local = wording.writer.local(use.node, use.operand)
    goal, known = wording.grad_of(use.parent), wording.grad_of(use.node)
    numbers = shown(use, "partial"), shown(use, "gradient")
    line = Line(product(goal, sign, local, known, *numbers), shown(use, "contribution"))
    line.quantity, line.answer, line.answer_text = goal, 0.0 + use.after, shown(use, "after")
    line.factors = numbers
    line.rule = wording.numbers.undefined(use)
    if before is not None:
        had, change = shown(use, "before"), added(line.result)
        line.more = say(", accumulates: {before} {change} =", before=had, change=change)
        if sign == "=":
            line.more = say(", overwrites {before}:", before=had)
            line.mistake = before != 0.0
        line.total = shown(use, "after")
    return line


def _group_step(
    key: str, chain: list[ChainStep], uses: Mapping[Value, int], wording: Wording
) -> CardStep:
    count = len({use.node for use in chain})
    about = wording.titles[key]
    if count == 1:
        title = say("{group}: 1 value passes its gradient on", group=about)
    else:
        title = say(
            "{group}: {count} values pass their gradients on", group=about, count=f"{count:,}"
        )
    step = CardStep("backward", key, title)
    step.sets.append((key, "gradient", 0.0, True))
    numbers = wording.numbers
    for source, group in grouped(chain, lambda use: wording.keys[use.parent]).items():
        if source == key:
            step.lines += _inside(group, wording)
            continue
        step.carries.append((source, key, numbers.signed_size(group)))
        times = counted(len(group), "contribution")
        if source in wording.titles:
            to = wording.titles[source]
            if len(group) == 1:
                text = say("{goal}: {contributions},", goal=to, contributions=times)
                step.lines.append(Line(text, numbers.of_use(group[0], "contribution")))
            else:
                text = say(
                    "{goal}: {contributions}, root mean square", goal=to, contributions=times
                )
                step.lines.append(Line(text, numbers.size(group), is_size=True))
        else:
            parent = group[-1].parent
            goal = wording.grad_of(parent)
            if len(group) > 1:
                text = say("{goal}: {contributions}, together", goal=goal, contributions=times)
            else:
                text = say("{goal}: {contributions},", goal=goal, contributions=times)
            step.lines.append(Line(text, numbers.total(group)))
            after = numbers.exactly(group[-1], "after")
            step.sets.append((source, "gradient", after, uses[parent] == 0))
    return step


def _inside(chain: list[ChainStep], wording: Wording) -> list[Line]:
    """What the leaves of a group get from its own operations."""
    to_leaves = [use for use in chain if use.parent.op is None]
    if not to_leaves:
        return []
    leaves = counted(len({use.parent for use in to_leaves}), "leaf", "leaves")
    text = say(
        "{leaves} of its own: {contributions}, root mean square",
        leaves=leaves, contributions=counted(len(to_leaves), "contribution"),
    )  # fmt: skip
    return [Line(text, wording.numbers.size(to_leaves), is_size=True)]


def result_step(run: Run, wording: Wording, right: Run | None = None) -> CardStep:
    """The last step: the gradient of every leaf, to the last bit; beside the right one if given."""
    leaves = [node for node in run.order if node.op is None]
    unnamed = max(0, len(leaves) - SHOWN_LEAVES)
    step = CardStep("result", "", say("The gradients of the leaves"))
    wrong = wrong_leaves(right, run) if right is not None else []
    numbers = wording.numbers
    for leaf in leaves[:SHOWN_LEAVES]:
        line = Line(f"{wording.grad_of(leaf)} =", numbers.gradient(run, leaf))
        if right is None:
            line.total = numbers.in_full(run, leaf)
            line.more = say(", in full") if line.total else ""
        elif leaf in wrong:
            line.mistake, line.more = True, say("  ✗ wrong, it is")
            line.total = numbers.gradient(right, leaf)
        else:
            line.more, line.total = "  ✓", say("right")
        line.leaf = None if right is None else leaf
        step.lines.append(line)
        if wording.keys[leaf] not in wording.titles:
            step.sets.append((wording.keys[leaf], "gradient", numbers.at_end(run, leaf), True))
    if unnamed:
        step.lines.append(Line(say("and of more leaves:"), f"{unnamed:,}"))
    if right is None:
        step.note = say("{root}.backward() adds these numbers to .grad", root=alone(wording.root))
    else:
        step.note = wrong_note(len(wrong), len(leaves))
    return step


def wrong_note(count: Any, of: int) -> str:
    """How many gradients of leaves are wrong."""
    if count == 1:
        return say("1 of {all} is wrong", all=of)
    return say("{count} of {all} are wrong", count=count, all=of)
