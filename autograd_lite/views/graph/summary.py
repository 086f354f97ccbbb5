"""What stands on the card of a group: its title, its lines and, for a layer, its neurons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ...primitives import add
from ..language import say
from ..rows import does, row_of
from ..text import counted, number, operation_text, shortened
from .chains import family, scope_of
from .graph import Graph, scopes_around
from .groups import Group, grouped, sum_of
from .leaves import kinds_of, role_of
from .partition import is_activation, is_unit
from .scene import Square

SATURATED = 0.05  # passes back less than this share of its gradient
OPERATIONS = 4  # kinds of operations named on a card


# Titles -------------------------------------------------------------------------------------------


def titles(graph: Graph, groups: Sequence[Group]) -> list[str]:
    """A title for each group, no two alike; "" for a single Value."""
    scopes = _short_names({str(group.scope) for group in groups if group.scope is not None})
    named = [_title(graph, group, scopes) for group in groups]
    around = [scopes.get(str(group.scope), "") for group in groups]
    alike = grouped(range(len(groups)), named.__getitem__)
    for title, places in alike.items():  # as neurons of one number, in several layers
        if title and len({around[k] for k in places}) > 1:
            for k in places:
                if around[k] and not title.startswith(around[k]):
                    named[k] = f"{around[k]}/{title}"
    by_group = dict(zip(map(id, groups), named))
    for title, places in grouped(range(len(groups)), named.__getitem__).items():
        for k in places if title and len(places) > 1 else ():  # as the parameters of each neuron
            user, what = by_group.get(id(groups[k].user)), title
            if groups[k].role == "outside":
                what = _origins(graph, groups[k].copies[0])
            if user:
                named[k] = say("{what} for {user}", what=what, user=user)
    return _counted_off(named)


def _counted_off(named: list[str]) -> list[str]:
    """Titles that are alike with a number behind them."""
    times, seen = Counter(named), Counter[str]()
    for k, title in enumerate(named):
        if title and times[title] > 1:
            seen[title] += 1
            named[k] = f"{title} ({seen[title]})"
    return named


def _title(graph: Graph, group: Group, scopes: dict[str, str]) -> str:
    members = group.copies[0]
    if len(group.copies) == 1 and len(members) == 1 and not group.leaves:
        return ""
    if group.role == "leaves":
        return kinds_of(graph, members)
    if group.role == "outside":
        return shortened(say("from {origins}", origins=_origins(graph, members)), 28)
    name = scopes.get(str(group.scope), "") if group.scope is not None else ""
    if group.steps is not None and group.role in ("scope", "shape", "chain"):
        first, last, _ = group.steps
        if group.scope is not None and family(str(group.scope)) != str(group.scope):
            end = scope_of(graph, group.copies[-1], group.scope)  # they have numbers of their own
            if last == first or (end is not None and end.path != group.scope.path):
                return _from_to(name, end.name) if last > first else name
        begin = f"{name} {first}" if name else say("step {number}", number=first)
        return _from_to(begin, last) if last > first else begin
    if group.role == "scope":
        return name
    if group.role == "rest" and name:
        return f"{name}: {operations(graph, members, 2)}"
    label = graph.order[members[-1]].label
    if group.role == "neuron" and group.number is not None:
        if label is not None and len(group.copies) == 1:  # the class that an output stands for
            return shortened(str(label), 40)
        return say("neuron {number}", number=group.number)
    if label is not None and len(group.copies) == 1:
        return shortened(str(label), 40)
    if group.role == "shape" and is_unit(graph, members):
        return say("neurons") if len(group.copies) > 1 else say("neuron")
    if len(members) <= 3:
        return " ".join(operation_sign(graph.ops[i]) for i in members)
    return say("{count} operations", count=f"{sum(map(len, group.copies)):,}")


def _origins(graph: Graph, members: Iterable[int]) -> str:
    """What is around a group that these leaves of it come from."""
    return ", ".join(dict.fromkeys(graph.origins[i] for i in members))


def _from_to(first: str, last: object) -> str:
    return say("{first} to {last}", first=first, last=last)


def _short_names(paths: set[str]) -> dict[str, str]:
    """For each path as few of its last names as tell it from the others."""
    short = {}
    split = {path: path.split("/") for path in paths}
    for path, names in split.items():
        for count in range(1, len(names) + 1):
            tail = names[-count:]
            alone = sum(other[-count:] == tail for other in split.values()) == 1
            if alone and not tail[0].isdigit():  # a bare number says nothing
                break
        short[path] = shortened("/".join(names[-count:]), 40)
    return short


def operation_sign(op: Any) -> str:
    """The sign of an operation without its constants."""
    return "xⁿ" if row_of(op).infix == "**" else op.label.split(" #")[0]


# Lines --------------------------------------------------------------------------------------------


def operations(graph: Graph, members: Iterable[int], most: int = OPERATIONS) -> str:
    """The most frequent operations: `× + tanh`."""
    return " ".join(label for label, _ in _counted(graph, members).most_common(most))


def _counted(graph: Graph, members: Iterable[int]) -> Counter[str]:
    count: Counter[str] = Counter()
    members = list(members)
    for op, n in Counter(map(graph.ops.__getitem__, members)).items():
        text = operation_sign(op)
        if "#2" in op.label:  # with the constant, if it is the same in all of them
            nodes = [graph.order[i] for i in members if graph.ops[i] is op]
            if len({node.args[1:] for node in nodes}) == 1 and len(nodes[0].parents) == 1:
                text = operation_text(nodes[0])
        count[text] += n
    return count


def group_lines(graph: Graph, group: Group, before: Sequence[float] | None = None) -> list[str]:
    """The lines of text of a group."""
    members = group.members()
    if group.role == "neuron" and len(group.copies) == 1:
        output = say("output {number}", number=number(graph.data[members[-1]]))
        lines = [output + _rms_text(graph, members[-1:], before)]
    else:
        lines = [counted(len(members), "value") + _rms_text(graph, members, before)]
    if group.role in ("leaves", "outside"):
        return lines
    count = _counted(graph, members)
    shown = [f"{label} {n:,}" for label, n in count.most_common(OPERATIONS)]
    if max(count.values()) == 1:
        shown = list(count)[:OPERATIONS]
    lines.append(", ".join(shown + ["…"] * (len(count) > OPERATIONS)))
    if group.leaves:
        roles = {role_of(graph, i) for i in group.leaves}
        leaves = counted(len(group.leaves), "leaf", "leaves")
        if "weight" in roles:
            leaves = counted(len(group.leaves), "parameter")
        lines.append(leaves + _rms_text(graph, group.leaves, before))
    return lines


def _rms_text(graph: Graph, places: Sequence[int], before: Sequence[float] | None) -> str:
    if not graph.has_gradients:
        return ""
    now = [graph.gradients[i] for i in places]
    then = [before[i] for i in places] if before is not None else []
    if len(now) == 1:
        text, shown = say("grad {number}", number=number(now[0])), then
    else:
        text, shown = say("rms grad {number}", number=number(rms(now))), [rms(then)] if then else []
    return " · " + text + "".join(say(", before {number}", number=number(x)) for x in shown)


def rms(numbers: Sequence[float]) -> float:
    """The root of the mean square; it does not overflow."""
    top = max(map(abs, numbers), default=0.0)
    if top == 0.0 or not math.isfinite(top):
        return top if top == 0.0 or not any(x != x for x in numbers) else math.nan
    if 1e-140 < top < 1e140:
        return math.sqrt(sum(x * x for x in numbers) / len(numbers))
    return top * math.sqrt(sum((x / top) ** 2 for x in numbers) / len(numbers))


# Copies and squares -------------------------------------------------------------------------------


def copy_name(group: Group, graph: Graph) -> str:
    """What the copies are: samples, calls, or steps of a chain; "" for a single one."""
    if len(group.copies) == 1:
        return ""
    if group.chained:
        beside, rest = divmod(len(group.copies), group.repeats)
        if beside > 1 and not rest:
            return say("chained, {count} side by side", count=beside)
        return say("chained")
    if group.scope is None:
        return say("copies")
    outermost = sum_of(scopes_around(graph.scopes[copy[0]])[:1] for copy in group.copies)
    return say("samples") if len(set(map(id, outermost))) == len(group.copies) else say("calls")


def squares(graph: Graph, group: Group, outputs: Sequence[bool]) -> list[Square]:
    """A square for each output of a layer; none for a group that is no layer.

    Args:
        graph: the graph.
        group: the group.
        outputs: for each place whether it is used outside its copy.
    """
    if group.role != "scope" or any(
        graph.scopes[i] is not graph.scopes[copy[0]] for copy in group.copies for i in copy
    ):
        return []
    units = [[i for i in copy if outputs[i]] for copy in group.copies]
    count = len(units[0])
    if any(len(copy) != count for copy in units) or not all(
        is_activation(graph, i) or does(graph.ops[i], add) for i in units[0]
    ):
        return []
    if not is_unit(graph, group.copies[0]) and not all(is_activation(graph, i) for i in units[0]):
        return []
    neurons = list(zip(*units))
    means = [sum(graph.gradients[i] for i in neuron) / len(neuron) for neuron in neurons]
    top = max(map(abs, means), default=0.0)
    copies = len(group.copies)
    what = say("steps") if group.chained else copy_name(group, graph)
    drawn = []
    for k, (neuron, mean) in enumerate(zip(neurons, means)):
        off = sum(_is_off(graph, i) for i in neuron)
        saturated = sum(_is_saturated(graph, i) for i in neuron)
        title = say("neuron {number}", number=k)
        if graph.has_gradients and copies > 1:
            title += say(": gradient {number} on average", number=number(mean))
        elif graph.has_gradients:
            title += say(": gradient {number}", number=number(mean))
        for word, times in ((say(", off"), off), (say(", saturated"), saturated - off)):
            if times:
                title += word
            if times and copies > 1:
                title += say(" in {count} of {all} {what}", count=times, all=copies, what=what)
        strength = abs(mean) / top if 0.0 < top < math.inf else float(mean != 0.0)
        if not 0.0 <= strength <= 1.0:  # nan
            strength = 1.0
        gradient = mean if graph.has_gradients else None
        drawn.append(Square(gradient, strength, 2 * saturated > copies, title))
    return drawn


def _is_off(graph: Graph, i: int) -> bool:
    """Whether it is 0 and passes nothing back, as ReLU left of 0."""
    return _is_saturated(graph, i) and graph.data[i] == graph.partials[graph.starts[i]] == 0.0


def _is_saturated(graph: Graph, i: int) -> bool:
    return is_activation(graph, i) and abs(graph.partials[graph.starts[i]]) < SATURATED
