"""Mesh: boxes in columns, with a track in each column that a long wire passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

SPARE_TRACKS = 1_000  # so many more than boxes before the longest wires go around


@dataclass(slots=True)
class Wire:
    """One edge, from the right side of a box to the left side of another.

    Attributes:
        source, target: indexes of boxes; boxes come in topological order, so source < target.
        source_port, target_port: where along the side it leaves and arrives, from 0 at the top to 1
            (from the left, for the direction "down"). No target_port: the layout finds one, in the
            order of the wires, so that the longest path is straight.
        label_width, label_height: room for its label; 0 for none.
        thickness: the width of the line.
    """

    source: int
    target: int
    source_port: float = 0.5
    target_port: float | None = 0.5
    label_width: float = 0.0
    label_height: float = 0.0
    thickness: float = 1.5


@dataclass(slots=True)
class Mesh:
    """Boxes and tracks in columns: what the steps after the columns work on.

    An item is a box (its index) or a track (the place where a wire passes a column). A link joins
    two items of neighbouring columns; a wire is a row of links. Offsets are measured from the
    middle of an item.

    Attributes:
        wires: the wires, in order.
        ends: the boxes that each wire joins.
        ports: where each wire arrives, from 0 to 1.
        column: the column of each box.
        boxes: how many items are boxes; they come first.
        columns: the items of each column, from top to bottom.
        size: the height of each item.
        links: (left item, right item, offset at the left, offset at the right), in order of wires.
        into, out_of: for each item the indexes of the links that end and start there.
        tracks: for each wire its tracks, from left to right; None for a wire that goes around.
        owner: for each item the box it comes from: a track has the source of its wire.
    """

    wires: Sequence[Wire]
    ends: list[tuple[int, int]]
    ports: list[float]
    column: list[int]
    boxes: int
    columns: list[list[int]]
    size: list[float]
    links: list[tuple[int, int, float, float]] = field(default_factory=list)
    into: list[list[int]] = field(default_factory=list)
    out_of: list[list[int]] = field(default_factory=list)
    tracks: list[list[int] | None] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)


def build_mesh(
    heights: list[float],
    ends: list[tuple[int, int]],
    wires: Sequence[Wire],
    ports: list[float],
    column: list[int],
) -> Mesh:
    """Cut wires into links, with a track in each column that they pass.

    Tracks are many where wires are long: a chain in which every box uses the first leaf as well has
    a number that grows with the square of its length. So there is a limit; the longest wires
    beyond it go around, below all boxes.
    """
    boxes = len(heights)
    room = boxes + SPARE_TRACKS
    around = set()
    passed = [column[target] - column[source] - 1 for source, target in ends]
    for index in sorted(range(len(ends)), key=passed.__getitem__):
        room -= passed[index]
        if passed[index] and room < 0:
            around.add(index)
    columns: list[list[int]] = [[] for _ in range(max(column) + 1)]
    for box in range(boxes):
        columns[column[box]].append(box)
    mesh = Mesh(wires, ends, ports, column, boxes, columns, list(heights))
    mesh.owner = list(range(boxes))
    mesh.into = [[] for _ in range(boxes)]
    mesh.out_of = [[] for _ in range(boxes)]
    for index, (source, target) in enumerate(ends):
        if index in around:
            mesh.tracks.append(None)
            continue
        wire = wires[index]
        tracks = []
        item, offset = source, (wire.source_port - 0.5) * heights[source]
        for between in range(column[source] + 1, column[target]):
            track = len(mesh.size)
            mesh.size.append(wire.thickness)
            mesh.owner.append(source)
            mesh.into.append([])
            mesh.out_of.append([])
            columns[between].append(track)
            tracks.append(track)
            _link(mesh, item, track, offset, 0.0)
            item, offset = track, 0.0
        _link(mesh, item, target, offset, (ports[index] - 0.5) * heights[target])
        mesh.tracks.append(tracks)
    return mesh


def _link(mesh: Mesh, left: int, right: int, at_left: float, at_right: float) -> None:
    mesh.out_of[left].append(len(mesh.links))
    mesh.into[right].append(len(mesh.links))
    mesh.links.append((left, right, at_left, at_right))
