"""Chains: what repeats one after another, as time steps do, with the first and the last shown.

Two kinds are found. Pieces of one colour that need each other, with nothing else between them; and
runs of equal segments, where several pieces make up one repeat. A segment ends with its anchor:
the anchors are all the pieces of one colour, and each needs the one before. The number of anchors
on the way to a piece is the number of its segment; it never falls along an edge, so segments, and
what lies before and after some of them, have no cycle among themselves.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from .graph import Graph, scopes_around
from .groups import Group, Ordered, grouped, heights_of, sum_of, topological

LONG = 5  # so many repeats fold; fewer are shown one by one
SEVERAL, TOO_MANY = 12, 4_000  # how many parts are worth while to look for segments in
LOTS = 8  # into which a long chain is cut
COUNTING = re.compile(r"(?<![.\d])\d+(?=/|$)")  # a number at the end of a name
CANDIDATES = 6  # colours that are tried as anchors


def family(path: str) -> str:
    """The path of a scope without the numbers that count steps, as in `with scope(f"step {t}")`.

    What stands after a dot is the place of a layer, and stays.

    >>> family("step 12/force"), family("layers.0")
    ('step #/force', 'layers.0')
    """
    return COUNTING.sub("#", path)


def in_steps(graph: Graph, group: Group, heights: Sequence[int]) -> list[Group]:
    """The repeats of a chain: the first, those between, the last; each by itself where few.

    Args:
        graph: the graph.
        group: copies that need each other.
        heights: of each copy, how far it is from the beginning.
    """
    each = _in_order(group, heights)
    # Steps of unequal width and without a name are none, but what grew by chance.
    uneven = group.role == "shape" and len(set(map(len, each))) > 1
    few = len(each) < LONG or uneven
    return _stretches(
        graph, group, each, range(len(each) + 1) if few else [0, 1, len(each) - 1, len(each)]
    )


def finer_steps(graph: Graph, group: Group, most: int) -> list[Group]:
    """The steps that a part of a chain stands for: one by one, or in lots if there are over `most`.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.graph.graph import Graph
    >>> from autograd_lite.views.graph.groups import Group
    >>> y = Value(1.0)
    >>> for _ in range(6):
    ...     y = y.sin()
    >>> graph = Graph(topological_order(y), [y])
    >>> chain = Group("chain", [[i] for i in range(1, 7)], chained=True, steps=(2, 7, 9))
    >>> [part.steps for part in finer_steps(graph, chain, 10)][:2]
    [(2, 2, 9), (3, 3, 9)]
    """
    each = _in_order(group, heights_of(topological(graph, group.copies)))
    size = -(-len(each) // LOTS) if len(each) > most else 1
    return _stretches(graph, group, each, [*range(0, len(each), size), len(each)])


def _in_order(group: Group, heights: Sequence[int]) -> list[list[list[int]]]:
    """The copies of each step, the first step first."""
    steps = grouped(range(len(heights)), heights.__getitem__)
    return [[group.copies[k] for k in steps[height]] for height in sorted(steps)]


def _stretches(
    graph: Graph, group: Group, each: list[list[list[int]]], cuts: Sequence[int]
) -> list[Group]:
    """A group for the steps from each cut to the next."""
    start, _, of = group.steps or (1, 0, len(each))
    groups = []
    for low, high in itertools.pairwise(cuts):
        copies = sum_of(each[low:high])
        scope = group.scope and scope_of(graph, copies[0], group.scope)
        steps = start + low, start + high - 1, of
        groups.append(
            Group(group.role, copies, scope, group.depth, group.number, high - low > 1, steps)
        )
    return groups


def scope_of(graph: Graph, copy: Sequence[int], like: Any) -> Any:
    """The scope around a copy that is as deep as the scope of another one."""
    around = scopes_around(graph.scopes[copy[0]])
    return around[min(len(scopes_around(like)), len(around)) - 1] if around else None


# Runs of equal segments ---------------------------------------------------------------------------


def fold_runs(graph: Graph, groups: list[Group], colours: Sequence[Hashable]) -> list[Group]:
    """`groups`, those of a run of equal segments folded; the same list where there is none.

    Args:
        graph: the graph.
        groups: parts without a cycle.
        colours: equal for parts that are alike.
    """
    if not SEVERAL <= len(groups) <= TOO_MANY:
        return groups
    ordered = topological(graph, [group.members() for group in groups])
    contents: list[Counter[Hashable]] = [
        Counter((path, graph.ops[i].name) for i in group.members())
        for group, path in zip(groups, (family(str(group.scope or "")) for group in groups))
    ]
    run = _longest_run(ordered, colours, contents)
    if run is None:
        return groups
    segment, low, high = run
    zones: dict[str, list[int]] = {"before": [], "run": [], "after": []}
    for k in range(len(groups)):
        where = "before" if segment[k] < low else "after" if segment[k] > high else "run"
        zones[where].append(k)
    steps = grouped(zones["run"], segment.__getitem__)
    copies = [
        sorted(sum_of(groups[k].members() for k in steps[step])) for step in range(low, high + 1)
    ]
    scope = _scope_around(graph, copies[0])
    chain = Group("chain", copies, scope, chained=True)
    first, between, last = in_steps(graph, chain, range(len(copies)))
    for one, parts in ((first, steps[low]), (last, steps[high])):
        for k in parts:
            if groups[k].steps is None:  # a step may have a chain inside
                groups[k].steps = one.steps
    # Without a scope of their own, the parts of a step say less than their sum.
    return [
        *fold_runs(graph, *_chosen(zones["before"], groups, colours)),
        *([first] if scope is None else [groups[k] for k in steps[low]]),
        between,
        *([last] if scope is None else [groups[k] for k in steps[high]]),
        *fold_runs(graph, *_chosen(zones["after"], groups, colours)),
    ]


def _chosen(
    places: Sequence[int], groups: Sequence[Group], colours: Sequence[Hashable]
) -> tuple[list[Group], list[Hashable]]:
    return [groups[k] for k in places], [colours[k] for k in places]


def _scope_around(graph: Graph, members: Sequence[int]) -> object:
    """The innermost scope that all are in, or None."""
    paths = [scopes_around(graph.scopes[i]) for i in members]
    around = None
    for level in zip(*paths):
        if any(scope is not level[0] for scope in level):
            break
        around = level[0]
    return around


def _longest_run(
    ordered: Ordered, colours: Sequence[Hashable], contents: Sequence[Counter[Hashable]]
) -> tuple[list[int], int, int] | None:
    """The segment of each piece, and the first and the last of the run of equal ones.

    Of all anchors those count that put most pieces into a run, and cut the fewest edges.
    """
    best = None
    heights = heights_of(ordered)
    for refined in _refined(ordered, colours):
        for anchors in _candidates(refined, heights):
            segment = _segments(ordered, anchors)
            if segment is None:
                continue
            low, high, size = _run(segment, contents)
            if high - low + 1 < LONG:
                continue
            crossing = {
                p
                for k, below in enumerate(ordered[1])
                for p in below
                if low <= segment[p] < segment[k] <= high
            }
            score = (size, -len(crossing))
            if best is None or score > best[0]:
                best = score, segment, low, high
        if best is not None and 2 * best[0][0] >= len(colours):
            break
    return best and best[1:]


def _refined(ordered: Ordered, colours: Sequence[Hashable]) -> Iterator[list[int]]:
    """The colours as numbers; then told apart by those of their operands; then once more."""
    order, operands = ordered
    known: dict[Hashable, int] = {}
    now = [known.setdefault(colour, len(known)) for colour in colours]
    for _ in range(3):
        yield now
        known = {}
        finer = [0] * len(now)
        for k in order:
            key = (now[k], tuple(sorted(now[p] for p in operands[k])))
            finer[k] = known.setdefault(key, len(known))
        now = finer


def _candidates(colours: Sequence[int], heights: Sequence[int]) -> Iterator[set[int]]:
    """The pieces of each colour that may be anchors, of the most frequent colours first."""
    members = grouped(range(len(colours)), colours.__getitem__).values()
    often = [
        set(pieces)
        for pieces in members
        if len(pieces) >= LONG and len({heights[k] for k in pieces}) == len(pieces)
    ]
    return iter(sorted(often, key=len, reverse=True)[:CANDIDATES])


def _segments(ordered: Ordered, anchors: set[int]) -> list[int] | None:
    """How many anchors lie before each piece; None if the anchors are no chain."""
    order, operands = ordered
    segment = [0] * len(operands)
    free = [True] * len(operands)
    for k in order:
        for p in operands[k]:
            segment[k] = max(segment[k], segment[p] + (p in anchors))
            free[k] = free[k] and free[p]
        free[k] = free[k] and k not in anchors
    if sorted(segment[k] for k in anchors) != list(range(len(anchors))):
        return None
    soonest: dict[int, int] = {}  # what needs no anchor goes where it is first used
    for k in reversed(order):
        if free[k]:
            segment[k] = soonest.get(k, segment[k])
        for p in operands[k]:
            soonest[p] = min(soonest.get(p, segment[k]), segment[k])
    return segment


def _run(segment: Sequence[int], contents: Sequence[Counter[Hashable]]) -> tuple[int, int, int]:
    """The longest run of segments of equal contents, and how many pieces are in it."""
    count = max(segment) + 1
    inside: list[Counter[Hashable]] = [Counter() for _ in range(count)]
    pieces = Counter(segment)
    for s, content in zip(segment, contents):
        inside[s].update(content)
    low = high = start = 0
    for s in range(1, count):
        if inside[s] != inside[start]:
            start = s
        if s - start > high - low:
            low, high = start, s
    return low, high, sum(pieces[s] for s in range(low, high + 1))
