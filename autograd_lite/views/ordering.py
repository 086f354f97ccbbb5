"""Ordering: which item stands above which, so that few wires cross.

The order of a column follows the mean position of its neighbours in the column before, then in
the column after, and so on in turn; then neighbours change places where that removes crossings. It
starts from several orders, and the best result wins. Ports count: two wires that reach one box in
another order than their ports do cross.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite.views.layout import Mesh


def order(mesh: Mesh) -> None:
    """Sort each column of `mesh` in place."""
    items = len(mesh.size)
    work = items + len(mesh.links)
    if work > 20_000:
        sweeps, starts, polish = 1, 1, False
    elif work > 2_000:
        sweeps, starts, polish = 3, 1, False
    else:
        sweeps, starts, polish = 12, 3, True
    column_of = [0] * items
    for index, column in enumerate(mesh.columns):
        for item in column:
            column_of[item] = index
    best: list[list[int]] = []
    fewest = -1
    for start in range(starts):
        columns = _start(mesh, column_of, start)
        rank = [0] * items
        for column in columns:
            _number(column, rank)
        crossings = _crossings(mesh, columns, rank)
        if fewest < 0 or crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
        stale = 0
        for sweep in range(sweeps):
            if fewest == 0 or stale >= 4:
                break
            _sweep(mesh, columns, rank, forward=sweep % 2 == 0, flip=sweep % 4 >= 2)
            if polish:
                _exchange(mesh, columns, rank)
            crossings = _crossings(mesh, columns, rank)
            stale += 1
            if crossings < fewest:
                best, fewest, stale = [list(column) for column in columns], crossings, 0
    mesh.columns = best


def _number(column: list[int], rank: list[int]) -> None:
    for place, item in enumerate(column):
        rank[item] = place


def _start(mesh: Mesh, column_of: list[int], start: int) -> list[list[int]]:
    """An order to begin with.

    0: walk from the results back to the operands, in the order of ports (exact for a tree).
    1: walk from the leaves forward. 2: as 0, with the operands in reverse.
    """
    links = mesh.links
    seen = bytearray(len(mesh.size))
    columns: list[list[int]] = [[] for _ in mesh.columns]
    if start == 1:
        ends = [item for column in mesh.columns for item in column if not mesh.into[item]]
    else:
        ends = [item for column in mesh.columns for item in column if not mesh.out_of[item]]
    ends.sort()
    for end in ends:
        stack = [end]
        while stack:
            item = stack.pop()
            if seen[item]:
                continue
            seen[item] = 1
            columns[column_of[item]].append(item)
            if start == 1:
                near = sorted(mesh.out_of[item], key=lambda link: links[link][2])
                near_items = [links[link][1] for link in near]
            else:
                near = sorted(mesh.into[item], key=lambda link: links[link][3])
                near_items = [links[link][0] for link in near]
            stack.extend(near_items if start == 2 else reversed(near_items))
    for column, full in zip(columns, mesh.columns):
        column.extend(item for item in full if not seen[item])
    return columns


def _sweep(
    mesh: Mesh, columns: list[list[int]], rank: list[int], forward: bool, flip: bool
) -> None:
    """Order each column by the mean position of its neighbours in the column before it."""
    links, size = mesh.links, mesh.size
    near = mesh.into if forward else mesh.out_of
    side, offset = (0, 2) if forward else (1, 3)
    own = 5 - offset
    for column in columns[1:] if forward else columns[-2::-1]:
        keys = {}
        for place, item in enumerate(column):
            if near[item]:
                total = 0.0
                for index in near[item]:
                    link = links[index]
                    other = link[side]
                    total += rank[other]
                    total += link[offset] / (size[other] + 1.0) - link[own] / (size[item] + 1.0)
                keys[item] = total / len(near[item])
            else:
                keys[item] = float(place)
        if flip:
            column.reverse()
        _sort_but_leave(column, keys, near)
        _number(column, rank)


def _sort_but_leave(column: list[int], keys: dict[int, float], near: list[list[int]]) -> None:
    """Sort the items that have neighbours; the others keep their places."""
    movable = sorted((item for item in column if near[item]), key=keys.__getitem__)
    if len(movable) == len(column):
        column[:] = movable
        return
    rest = iter(movable)
    column[:] = [next(rest) if near[item] else item for item in column]


def _crossings(mesh: Mesh, columns: list[list[int]], rank: list[int]) -> int:
    """How many pairs of links cross."""
    links, out_of = mesh.links, mesh.out_of
    total = 0
    for column in columns:
        passed: list[tuple[int, float]] = []
        for item in column:
            mine = [
                (link[2], rank[link[1]], link[3]) for link in map(links.__getitem__, out_of[item])
            ]
            mine.sort()
            for _, place, at in mine:
                end = (place, at)
                if passed and end < passed[-1]:
                    total += len(passed) - bisect_right(passed, end)
                    insort(passed, end)
                else:
                    passed.append(end)
    return total


def _exchange(mesh: Mesh, columns: list[list[int]], rank: list[int]) -> None:
    """Let neighbours in a column change places while that removes crossings."""
    links, into, out_of = mesh.links, mesh.into, mesh.out_of
    for _ in range(3):
        gained = False
        for column in columns:
            left = {}
            right = {}
            for item in column:
                left[item] = sorted((rank[links[k][0]], links[k][2]) for k in into[item])
                right[item] = sorted((rank[links[k][1]], links[k][3]) for k in out_of[item])
            again = True
            while again:
                again = False
                for place in range(len(column) - 1):
                    one, two = column[place], column[place + 1]
                    gain = _gain(left[one], left[two]) + _gain(right[one], right[two])
                    if gain > 0:
                        column[place], column[place + 1] = two, one
                        again = gained = True
            _number(column, rank)
        if not gained:
            break


def _gain(one: list[tuple[int, float]], two: list[tuple[int, float]]) -> int:
    """How many crossings go away when `two` stands above `one`, not below."""
    if not one or not two:
        return 0
    if len(one) == len(two) == 1:
        return (two[0] < one[0]) - (one[0] < two[0])
    gain = 0
    for end in one:
        gain += bisect_left(two, end) - (len(two) - bisect_right(two, end))
    return gain
