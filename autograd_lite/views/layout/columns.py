"""Columns: which column each box stands in, so that wires run forward and are short in total.

Every box starts as far to the right as its consumers allow, which brings leaves next to their
nearest consumer. Boxes with more wires on their left then move left as far as that helps. For
pictures that people look at in detail, the network simplex method makes the total the least.
"""

from __future__ import annotations

from collections.abc import Iterable

EFFORT = 60_000  # steps of the simplex method times the size of the graph


def assign_columns(count: int, ends: list[tuple[int, int]]) -> list[int]:
    """The column of each of `count` boxes; `ends` are the boxes that each wire joins.

    The boxes are connected and in topological order. The first column is 0.

    Example:
        >>> from autograd_lite.views.layout.columns import assign_columns
        >>> assign_columns(4, [(0, 1), (1, 3), (2, 3)])  # the leaf 2 stands beside box 1
        [0, 1, 1, 2]
    """
    into: list[list[int]] = [[] for _ in range(count)]
    out_of: list[list[int]] = [[] for _ in range(count)]
    for source, target in ends:
        into[target].append(source)
        out_of[source].append(target)
    column = [0] * count
    for box in range(count - 1, -1, -1):
        if out_of[box]:
            column[box] = min([column[user] for user in out_of[box]]) - 1
    for _ in range(8):
        before = list(column)
        for box in range(count):
            if len(into[box]) > len(out_of[box]):
                column[box] = max([column[operand] for operand in into[box]]) + 1
        for box in range(count - 1, -1, -1):
            if len(out_of[box]) > len(into[box]):
                column[box] = min([column[user] for user in out_of[box]]) - 1
        if column == before:
            break
    steps = EFFORT // (count + len(ends))
    if steps >= 80:
        _shorten(column, ends, steps)
    first = min(column)
    return [place - first for place in column]


def _shorten(column: list[int], ends: list[tuple[int, int]], steps: int) -> None:
    """Make wires as short as possible in total, by the network simplex method.

    A tree of wires of length 1 holds the boxes together. Cutting one of them leaves two sets of
    boxes; where more wires come into the set of its source than leave it, that set moves left until
    another wire has length 1, which takes the place of the one that was cut.
    """
    count = len(column)
    tree = _tight_tree(column, ends)
    balance = [0] * count
    for source, target in ends:
        balance[source] += 1
        balance[target] -= 1
    for _ in range(steps):
        order, parent, wire_up = _walk(count, ends, tree)
        total = list(balance)
        for box in reversed(order[1:]):
            total[parent[box]] += total[box]
        worst, cut = 0, -1
        for box in order[1:]:
            # What leaves the side of the source, less what enters it.
            excess = total[box] if ends[wire_up[box]][0] == box else -total[box]
            if excess < worst:
                worst, cut = excess, box
        if cut < 0:
            return
        inside = bytearray(count)
        inside[cut] = 1
        for box in order[order.index(cut) + 1 :]:
            if inside[parent[box]]:
                inside[box] = 1
        source_inside = ends[wire_up[cut]][0] == cut
        room, enter = -1, -1
        for wire, (source, target) in enumerate(ends):
            if inside[target] == source_inside and inside[source] != source_inside:
                slack = column[target] - column[source] - 1
                if room < 0 or slack < room:
                    room, enter = slack, wire
        for box in range(count):
            if inside[box]:
                column[box] -= room if source_inside else -room
        tree.remove(wire_up[cut])
        tree.append(enter)


def _walk(
    count: int, ends: list[tuple[int, int]], tree: list[int]
) -> tuple[list[int], list[int], list[int]]:
    """Boxes in the order of a walk along the tree from box 0; their parents; the wires there."""
    near = _wires_of_boxes(count, ends, tree)
    parent, wire_up = [-1] * count, [-1] * count
    order = [0]
    for box in order:
        for wire in near[box]:
            if wire != wire_up[box]:
                other = sum(ends[wire]) - box
                parent[other], wire_up[other] = box, wire
                order.append(other)
    return order, parent, wire_up


def _wires_of_boxes(
    count: int, ends: list[tuple[int, int]], wires: Iterable[int]
) -> list[list[int]]:
    near: list[list[int]] = [[] for _ in range(count)]
    for wire in wires:
        for box in ends[wire]:
            near[box].append(wire)
    return near


def _tight_tree(column: list[int], ends: list[tuple[int, int]]) -> list[int]:
    """Wires of length 1 that connect all boxes; boxes move to make enough of them."""
    count = len(column)
    near = _wires_of_boxes(count, ends, range(len(ends)))
    joined = bytearray(count)
    joined[0] = 1
    boxes = [0]
    tree: list[int] = []
    done = 0
    while True:
        while done < len(boxes):
            for wire in near[boxes[done]]:
                source, target = ends[wire]
                if joined[source] + joined[target] == 1 and column[target] - column[source] == 1:
                    boxes.append(target if joined[source] else source)
                    joined[boxes[-1]] = 1
                    tree.append(wire)
            done += 1
        if len(boxes) == count:
            return tree
        slack, wire = min(
            (column[target] - column[source], wire)
            for wire, (source, target) in enumerate(ends)
            if joined[source] != joined[target]
        )
        shift = slack - 1 if joined[ends[wire][0]] else 1 - slack
        for box in boxes:
            column[box] += shift
        done = 0
