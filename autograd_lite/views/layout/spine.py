"""The spine: the longest path of a picture, which is drawn as one straight line.

It is what a reader follows first. Its boxes stand at one height, its wires run from the middle of a
box to the middle of the next, and what else a box takes arrives above or below them.
"""

from __future__ import annotations

from collections.abc import Sequence

SPREAD = 0.32  # ports are at most so far from the middle of a box


def longest_path(count: int, ends: Sequence[tuple[int, int]]) -> list[int]:
    """The wires of the longest path through `count` boxes in topological order, from its start.

    Of equally long ones it is the one that arrives nearest to the middle of each box, seen from the
    result; of two as near the upper one. It depends on the shape of the graph alone, so that it
    stays where it is when numbers change.

    Example:
        >>> from autograd_lite.views.layout.spine import longest_path
        >>> longest_path(5, [(0, 2), (1, 2), (2, 4), (3, 4)])
        [0, 2]
    """
    into: list[list[int]] = [[] for _ in range(count)]
    for wire, (_, target) in enumerate(ends):
        into[target].append(wire)
    depth = [0] * count
    for box, wires in enumerate(into):
        if wires:
            depth[box] = 1 + max([depth[ends[wire][0]] for wire in wires])
    path = []
    box = depth.index(max(depth))
    while into[box]:
        wires = into[box]
        middle = (len(wires) - 1) / 2
        _, place = min(
            (abs(place - middle), place)
            for place, wire in enumerate(wires)
            if depth[ends[wire][0]] == depth[box] - 1
        )
        path.append(wires[place])
        box = ends[path[-1]][0]
    return path[::-1]


def spread_ports(ends: Sequence[tuple[int, int]], spine: Sequence[int]) -> list[float]:
    """Where each wire arrives at its target: in order, and those of the spine in the middle.

    Two wires from one box to the next on the spine arrive as far above the middle as below it.

    Example:
        >>> from autograd_lite.views.layout.spine import spread_ports
        >>> spread_ports([(0, 2), (1, 2), (2, 4), (3, 4)], [0, 2])
        [0.5, 0.82, 0.5, 0.82]
    """
    into: dict[int, list[int]] = {}
    for wire, (_, target) in enumerate(ends):
        into.setdefault(target, []).append(wire)
    on_spine = set(spine)
    ports = [0.5] * len(ends)
    for wires in into.values():
        source = next((ends[wire][0] for wire in wires if wire in on_spine), None)
        straight = [place for place, wire in enumerate(wires) if ends[wire][0] == source]
        if not straight:
            for place, wire in enumerate(wires):
                ports[wire] = round(0.5 + 2 * SPREAD * ((place + 0.5) / len(wires) - 0.5), 4)
            continue
        middle = sum(straight) / len(straight)
        step = SPREAD / (max(middle, len(wires) - 1 - middle) or 1.0)
        for place, wire in enumerate(wires):
            ports[wire] = round(0.5 + step * (place - middle), 4)
    return ports
