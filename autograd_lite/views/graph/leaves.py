"""Leaves in a folded graph: parameters go to the part that uses them, inputs stand alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ..language import say
from .graph import Graph
from .groups import Group

FEW = 3  # leaves that need not be grouped
MOST_OUTSIDE = 8  # operands of a Value from around an inner picture, shown one by one
LABELLED = 12  # leaves with labels of their own that stay by themselves
WEIGHT = re.compile(r"(w|b|weight|bias)([\d_.\[]|$)")
INPUT = re.compile(r"(x|input)([\d_.\[]|$)")


def share_out(graph: Graph, groups: Sequence[Group], most: int = LABELLED) -> list[Group]:
    """Give each group the leaves that it alone uses: all its weights, and what it uses just once.

    What one copy of a group uses several times is no parameter but an input of its neurons, unless
    its name or its place in a `dot` tells otherwise. Leaves with a label of their own stay by
    themselves if there are no more than `most` of them: their gradients are what is asked for.

    Returns:
        Groups of the other leaves, those together that the same groups use.
    """
    for one in groups:
        one.leaves = []
    if len(graph.leaves) <= FEW:
        return one_by_one(graph.leaves)
    stay = labelled(graph)
    if len(stay) > most:
        stay = set()
    of, copy = [-1] * len(graph), [-1] * len(graph)
    for k, one in enumerate(groups):
        for c, members in enumerate(one.copies):
            for i in members:
                of[i], copy[i] = k, c
    used_by: dict[int, list[int]] = {i: [] for i in graph.leaves}
    for i, user in zip(graph.operands, graph.users):
        if i in used_by:
            used_by[i].append(user)

    alike: dict[tuple[int, ...], list[int]] = {}
    for i, users in used_by.items():
        if i in stay:
            continue
        of_users = sorted({of[user] for user in users})
        own = len(of_users) == 1 and i >= graph.outside and i not in graph.roots
        group = groups[of_users[0]] if own else None
        if group is not None and group.role != "value":
            role = role_of(graph, i)
            once = len({copy[user] for user in users}) == len(users)
            if role == "weight" or (once and role != "input"):
                group.leaves.append(i)
                continue
        alike.setdefault((i < graph.outside, *of_users), []).append(i)

    shared = one_by_one(sorted(stay))
    few = sum(map(len, alike.values())) <= FEW
    for (outside, *used), leaves in alike.items():
        by_values = all(groups[k].role == "value" for k in used)
        if (
            few
            or len(leaves) == 1
            or (by_values and len(leaves) <= (MOST_OUTSIDE if outside else len(leaves)))
        ):
            shared += one_by_one(leaves)
        else:
            only = groups[used[0]] if len(used) == 1 else None
            shared.append(Group("outside" if outside else "leaves", [leaves], user=only))
    return shared


def labelled(graph: Graph) -> set[int]:
    """The leaves with a label that no other leaf has, if there are a dozen of them at most.

    With them those that are variables of the program, if there are still no more than that.
    """
    labels: dict[str, int] = {}
    times: Counter[str] = Counter()
    variables = set()
    for i in graph.leaves[graph.outside :]:
        label = graph.order[i].label
        if label is not None:
            labels[str(label)] = i
            times[str(label)] += 1
        elif i in graph.variables:
            variables.add(i)
    alone = {i for label, i in labels.items() if times[label] == 1}
    for chosen in (alone | variables, alone):
        if len(chosen) <= LABELLED:
            return chosen
    return set()


def one_by_one(leaves: Iterable[int]) -> list[Group]:
    """Each leaf by itself."""
    return [Group("value", [[i]]) for i in leaves]


def role_of(graph: Graph, i: int) -> str:
    """ "weight", "input", or "" where neither its name nor its place in a `dot` tells."""
    label = graph.order[i].label
    if label is not None:
        if WEIGHT.match(str(label)):
            return "weight"
        if INPUT.match(str(label)):
            return "input"
    weighs, is_weighed = (i in factors for factors in graph.factors)
    return "" if weighs == is_weighed else "weight" if weighs else "input"


def kinds_of(graph: Graph, leaves: Iterable[int]) -> str:
    """What leaves are, all together, as the title of their group."""
    roles = {role_of(graph, i) for i in leaves}
    if "weight" in roles:
        return say("inputs + parameters") if "input" in roles else say("parameters")
    return say("inputs") if roles == {"input"} else say("leaves")
