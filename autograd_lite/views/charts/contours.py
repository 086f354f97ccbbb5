"""Contours: where a surface that is known on a grid crosses a level, as lines and closed outlines.

Marching squares: each cell of the grid has a piece of line for each way in which its corners can
lie above or below the level; pieces that meet on the edge of a cell are one line.
"""

from __future__ import annotations

from collections.abc import Sequence

Line = list[tuple[float, float]]
Field = Sequence[Sequence[float]]

BOTTOM, RIGHT, TOP, LEFT = range(4)
# Corners above the level (1 bottom left, 2 bottom right, 4 top right, 8 top left) to pieces of line
# (from side, to side), what is above on their left.
PIECES: dict[int, tuple[tuple[int, int], ...]] = {
    0: (), 15: (),
    1: ((BOTTOM, LEFT),), 14: ((LEFT, BOTTOM),),
    2: ((RIGHT, BOTTOM),), 13: ((BOTTOM, RIGHT),),
    4: ((TOP, RIGHT),), 11: ((RIGHT, TOP),),
    8: ((LEFT, TOP),), 7: ((TOP, LEFT),),
    3: ((RIGHT, LEFT),), 12: ((LEFT, RIGHT),),
    6: ((TOP, BOTTOM),), 9: ((BOTTOM, TOP),),
    5: ((BOTTOM, LEFT), (TOP, RIGHT)), 10: ((RIGHT, BOTTOM), (LEFT, TOP)),
}  # fmt: skip
JOINED = {  # the saddles, where the middle of the cell is above, too
    5: ((BOTTOM, RIGHT), (TOP, LEFT)),
    10: ((LEFT, BOTTOM), (RIGHT, TOP)),
}


def contours(field: Field, level: float) -> list[Line]:
    """The lines along which `field` is `level`, in steps of the grid.

    Args:
        field: rows of numbers, `field[j][i]` at the point (i, j).
        level: the height of the lines.

    Returns:
        Lines of points; a closed one ends where it began. What is above is on their left.

    >>> contours([[0.0, 1.0], [0.0, 1.0]], 0.5)
    [[(0.5, 1.0), (0.5, 0.0)]]
    """
    follows: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for j in range(len(field) - 1):
        low, high = field[j], field[j + 1]
        for i in range(len(low) - 1):
            a, b, c, d = low[i], low[i + 1], high[i + 1], high[i]
            code = (a > level) + 2 * (b > level) + 4 * (c > level) + 8 * (d > level)
            pieces = PIECES[code]
            if len(pieces) > 1 and a + b + c + d > 4.0 * level:
                pieces = JOINED[code]
            for begin, end in pieces:
                follows[_side(begin, i, j)] = _side(end, i, j)
    ends = set(follows.values())
    starts = [side for side in follows if side not in ends]  # the open lines first
    lines = []
    for start in [*starts, *follows]:
        if start in follows:
            line, side = [_crossing(start, field, level)], start
            while side in follows:
                side = follows.pop(side)
                line.append(_crossing(side, field, level))
            lines.append(line)
    return lines


def outlines(field: Field, level: float) -> list[Line]:
    """Closed outlines of where `field` is above `level`; at its rim they follow the rim.

    >>> outlines([[0.0, 1.0], [0.0, 1.0]], 0.5)
    [[(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0), (0.5, 0.0)]]
    """
    below = level - 1.0
    wide = [below] * (len(field[0]) + 2)
    padded = [wide, *([below, *row, below] for row in field), wide]
    right, top = len(field[0]) - 1.0, len(field) - 1.0
    closed = []
    for line in contours(padded, level):
        inner = [(min(max(x - 1.0, 0.0), right), min(max(y - 1.0, 0.0), top)) for x, y in line]
        closed.append([p for k, p in enumerate(inner) if not k or p != inner[k - 1]])
    return closed


def _side(side: int, i: int, j: int) -> tuple[int, int, int]:
    """A side of cell (i, j) as the point where it begins and whether it goes up."""
    return (i + (side == RIGHT), j + (side == TOP), side in (LEFT, RIGHT))


def _crossing(side: tuple[int, int, int], field: Field, level: float) -> tuple[float, float]:
    """Where along a side of a cell the level is."""
    i, j, up = side
    first, second = field[j][i], field[j + up][i + 1 - up]
    share = (level - first) / (second - first)
    return (float(i), j + share) if up else (i + share, float(j))
