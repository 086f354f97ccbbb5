"""Ordering: which item stands above which, so that few wires cross.

The order of a column follows the mean position of its neighbours in the column before, then in
the column after, and so on in turn; then neighbours change places where that removes crossings. It
starts from several orders, and the best result wins. Ports count: two wires that reach one box in
another order than their ports do cross.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from .mesh import Mesh

EFFORT = 2_000  # starts times the size of the mesh, for pictures that people look at
PATIENCE = 3  # starts without a better result after which no more are made
SMALL, LARGE = 2_000, 8_000  # sizes from which on there is time for a few sweeps, for one


def order(mesh: Mesh) -> None:
    """Sort each column of `mesh` in place."""
    work = len(mesh.size) + len(mesh.links)
    sweeps = 14 if work < SMALL else 3 if work < LARGE else 1
    starts = min(max(EFFORT // work, 3), 12) if work < SMALL else 1
    column_of = [0] * len(mesh.size)
    for index, column in enumerate(mesh.columns):
        for item in column:
            column_of[item] = index
    best: list[list[int]] = []
    fewest = -1
    idle = 0
    for start in range(starts):
        columns = _start(mesh, column_of, start)
        crossings = _improve(mesh, columns, sweeps, work < SMALL)
        if fewest < 0 or crossings < fewest:
            best, fewest, idle = columns, crossings, 0
        else:
            idle += 1
        if fewest == 0 or idle == PATIENCE:
            break
    mesh.columns = best


def _improve(mesh: Mesh, columns: list[list[int]], sweeps: int, thorough: bool) -> int:
    """Sweep over `columns` while it helps; the number of crossings that are left."""
    rank = [0] * len(mesh.size)
    for column in columns:
        _number(column, rank)
    fewest = _crossings(mesh, columns, rank)
    best = [list(column) for column in columns]
    stale = 0
    for sweep in range(sweeps):
        if fewest == 0 or stale >= 4:
            break
        _sweep(mesh, columns, rank, forward=sweep % 2 == 0, flip=sweep % 4 >= 2)
        if thorough:
            _exchange(mesh, columns, rank)
        crossings = _crossings(mesh, columns, rank)
        stale += 1
        if crossings < fewest:
            best, fewest, stale = [list(column) for column in columns], crossings, 0
    columns[:] = best
    if thorough and fewest:
        for column in columns:
            _number(column, rank)
        while _sift(mesh, columns, rank):
            pass
        fewest = _crossings(mesh, columns, rank)
    return fewest


def _number(column: list[int], rank: list[int]) -> None:
    for place, item in enumerate(column):
        rank[item] = place


def _start(mesh: Mesh, column_of: list[int], start: int) -> list[list[int]]:
    """An order to begin with: that of a walk from the results back to the operands.

    The first one takes operands in the order of their ports, which is exact for a tree; the second
    one walks from the leaves forward; the third one takes operands in reverse; the others shuffle
    them, with numbers that are the same in every run.
    """
    links = mesh.links
    forward = start % 2 == 1
    near = mesh.out_of if forward else mesh.into
    far = mesh.into if forward else mesh.out_of
    seen = bytearray(len(mesh.size))
    columns: list[list[int]] = [[] for _ in mesh.columns]
    stack = [item for column in mesh.columns for item in column if not far[item]]
    stack.sort(reverse=start != 2)
    state = start
    while stack:
        item = stack.pop()
        if seen[item]:
            continue
        seen[item] = 1
        columns[column_of[item]].append(item)
        ahead = near[item]
        if len(ahead) > 1:
            if start < 3:
                ahead = sorted(
                    ahead, key=lambda k: links[k][2 if forward else 3], reverse=start != 2
                )
            else:
                state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
                cut = (state >> 16) % len(ahead)
                ahead = ahead[cut:] + ahead[:cut]
                if state >> 30:
                    ahead.reverse()
        stack.extend([links[k][1] if forward else links[k][0] for k in ahead])
    return columns


def _sweep(
    mesh: Mesh, columns: list[list[int]], rank: list[int], forward: bool, flip: bool
) -> None:
    """Order each column by the mean position of its neighbours in the column before it."""
    links, size = mesh.links, mesh.size
    near = mesh.into if forward else mesh.out_of
    for column in columns[1:] if forward else columns[-2::-1]:
        keys = {}
        for place, item in enumerate(column):
            if near[item]:
                total = 0.0
                for k in near[item]:
                    left, right, at_left, at_right = links[k]
                    if forward:
                        total += rank[left]
                    else:
                        total += rank[right]
                        at_left, at_right, left, right = at_right, at_left, right, left
                    total += at_left / (size[left] + 1.0) - at_right / (size[right] + 1.0)
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


def _keys(
    mesh: Mesh, column: list[int], rank: list[int]
) -> tuple[dict[int, list[tuple[int, float]]], dict[int, list[tuple[int, float]]]]:
    """For each item of a column, where its links end in the columns on both sides; sorted."""
    links, into, out_of = mesh.links, mesh.into, mesh.out_of
    left = {x: sorted([(rank[links[k][0]], links[k][2]) for k in into[x]]) for x in column}
    right = {x: sorted([(rank[links[k][1]], links[k][3]) for k in out_of[x]]) for x in column}
    return left, right


def _exchange(mesh: Mesh, columns: list[list[int]], rank: list[int]) -> None:
    """Let neighbours in a column change places while that removes crossings."""
    for _ in range(3):
        gained = False
        for column in columns:
            left, right = _keys(mesh, column, rank)
            again = True
            while again:
                again = False
                for place in range(len(column) - 1):
                    one, two = column[place], column[place + 1]
                    if _gain(left[one], left[two]) + _gain(right[one], right[two]) > 0:
                        column[place], column[place + 1] = two, one
                        again = gained = True
            _number(column, rank)
        if not gained:
            break


def _sift(mesh: Mesh, columns: list[list[int]], rank: list[int]) -> bool:
    """Put each item where it has the fewest crossings in its column; whether any were removed."""
    gained = False
    for column in columns:
        if len(column) < 3:
            continue
        left, right = _keys(mesh, column, rank)
        for item in list(column):
            mine_left, mine_right = left[item], right[item]
            place = column.index(item)
            best, to = 0, place
            total = 0
            for other in range(place - 1, -1, -1):
                above = column[other]
                total += _gain(left[above], mine_left) + _gain(right[above], mine_right)
                if total > best:
                    best, to = total, other
            total = 0
            for other in range(place + 1, len(column)):
                below = column[other]
                total += _gain(mine_left, left[below]) + _gain(mine_right, right[below])
                if total > best:
                    best, to = total, other
            if to != place:
                column.insert(to, column.pop(place))
                gained = True
        _number(column, rank)
    return gained


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
