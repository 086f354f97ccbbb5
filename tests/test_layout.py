"""The layout of pictures: nothing overlaps, lines start and end at ports, few of them cross."""

import dataclasses
import json
import os
import random
import shutil
import subprocess
import sys
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite.views.layout import Wire, columns, layout
from autograd_lite.views.layout.columns import assign_columns
from autograd_lite.views.layout.placement import settle
from autograd_lite.views.layout.spine import longest_path, spread_ports
from autograd_lite.views.layout.stretching import stretched
from autograd_lite.views.layout.wrapping import PAGE, one_row, wrapped

CARD = (112.0, 58.0)
LABEL = (40.0, 14.0)


class Graph:
    """Boxes and the operands of each."""

    def __init__(self):
        self.operands = []

    def box(self, *operands):
        self.operands.append(operands)
        return len(self.operands) - 1

    def boxes(self, count):
        return [self.box() for _ in range(count)]

    def fold(self, boxes):
        total = boxes[0]
        for box in boxes[1:]:
            total = self.box(total, box)
        return total

    def picture(self):
        """Sizes and wires, with cards, labels and evenly spread ports."""
        wires = [
            Wire(source, target, 0.5, (place + 1) / (len(operands) + 1), *LABEL)
            for target, operands in enumerate(self.operands)
            for place, source in enumerate(operands)
        ]
        return [CARD] * len(self.operands), wires


def neuron(inputs):
    graph = Graph()
    products = [graph.box(*graph.boxes(2)) for _ in range(inputs)]
    graph.box(graph.fold([*products, graph.box()]))
    return graph


def mlp(widths, dots=False):
    graph = Graph()
    layer = graph.boxes(widths[0])
    for width in widths[1:]:
        after = []
        for _ in range(width):
            weights = graph.boxes(len(layer))
            if dots:
                total = graph.box(*layer, *weights, graph.box())
            else:
                products = [graph.box(x, w) for x, w in zip(layer, weights)]
                total = graph.fold([*products, graph.box()])
            after.append(graph.box(total))
        layer = after
    return graph


def attention(steps, width):
    graph = Graph()
    query = graph.boxes(width)
    keys = [graph.boxes(width) for _ in range(steps)]
    values = [graph.boxes(width) for _ in range(steps)]
    scores = [graph.fold([graph.box(q, k) for q, k in zip(query, key)]) for key in keys]
    powers = [graph.box(graph.box(score)) for score in scores]
    total = graph.fold(powers)
    shares = [graph.box(power, total) for power in powers]
    for part in range(width):
        graph.fold([graph.box(share, value[part]) for share, value in zip(shares, values)])
    return graph


def cross_entropy(classes):
    graph = Graph()
    powers = [graph.box(x) for x in graph.boxes(classes)]
    total = graph.fold(powers)
    losses = [graph.box(graph.box(), graph.box(graph.box(p, total))) for p in powers]
    graph.box(graph.fold(losses))
    return graph


def recurrent(steps):
    graph = Graph()
    w, u, b, h = graph.boxes(4)
    for _ in range(steps):
        h = graph.box(graph.box(graph.box(graph.box(w, h), graph.box(u, graph.box())), b))
    graph.box(h, graph.box())
    return graph


def random_graph(count, wires, seed, reach):
    draw = random.Random(seed)
    operands = [[] for _ in range(count)]
    for target in range(1, count):
        operands[target].append(draw.randrange(max(0, target - reach), target))
    for _ in range(wires - count + 1):
        target = draw.randrange(1, count)
        operands[target].append(draw.randrange(max(0, target - reach), target))
    graph = Graph()
    for sources in operands:
        graph.box(*sources)
    return graph


def diamonds(count):
    graph = Graph()
    x = graph.box()
    for _ in range(count):
        x = graph.box(graph.box(x), graph.box(x))
    return graph


def tree(depth):
    graph = Graph()
    row = graph.boxes(2**depth)
    while len(row) > 1:
        row = [graph.box(a, b) for a, b in zip(row[::2], row[1::2])]
    return graph


def squares(count):
    graph = Graph()
    x = graph.box()
    for _ in range(count):
        x = graph.box(x, x)
    return graph


def ladder(count):
    graph = Graph()
    a, b = graph.boxes(2)
    for _ in range(count):
        a, b = graph.box(a, b), graph.box(b, a)
    return graph


def polynomial(degree):
    graph = Graph()
    x, total = graph.boxes(2)
    power = x
    for _ in range(degree):
        total = graph.box(total, graph.box(graph.box(), power))
        power = graph.box(power, x)
    return graph


GRAPHS = {
    "neuron of 2": neuron(2),
    "neuron of 5": neuron(5),
    "mlp 2-3-1": mlp([2, 3, 1]),
    "mlp 2-4-1": mlp([2, 4, 1]),
    "mlp 2-2-2": mlp([2, 2, 2]),
    "mlp 2-3-1, dots": mlp([2, 3, 1], dots=True),
    "mlp 3-4-2, dots": mlp([3, 4, 2], dots=True),
    "attention, 3 steps": attention(3, 2),
    "attention, 4 steps": attention(4, 3),
    "cross entropy of 4": cross_entropy(4),
    "cross entropy of 8": cross_entropy(8),
    "recurrent, 4 steps": recurrent(4),
    "recurrent, 8 steps": recurrent(8),
    "random, 20 boxes": random_graph(20, 30, 1, 20),
    "random, 60 boxes": random_graph(60, 80, 2, 60),
    "random, 100 boxes": random_graph(100, 150, 3, 20),
    "random, 150 boxes": random_graph(150, 190, 4, 150),
    "dense": random_graph(40, 90, 5, 12),
    "diamonds": diamonds(6),
    "tree": tree(5),
    "squares": squares(8),
    "ladder": ladder(12),
    "polynomial": polynomial(8),
}
every_graph = pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS.keys())


STEPS = 24  # of a piece of a line, to see where it goes
PARTS = [
    ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    for t in (step / STEPS for step in range(1, STEPS + 1))
]


def flatten(points):
    """The polyline of a row of cubic Bezier pieces."""
    line = [points[0]]
    for k in range(1, len(points), 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[k - 1 : k + 3]
        for a, b, c, d in PARTS:
            x, y = a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy
            line.append((round(x, 6), round(y, 6)))  # a level line is level
    return line


def around(points):
    """The smallest box with all of these points in it."""
    xs, ys = zip(*points)
    return min(xs), min(ys), max(xs), max(ys)


def crossings(lines, wires):
    """How often lines cross, but for crossings at a box that two wires share."""
    segments = sorted(
        (min(a[0], b[0]), max(a[0], b[0]), wire, a, b)
        for wire, line in enumerate(lines)
        for a, b in pairwise(line)
        if a != b
    )
    found = {}
    active = []
    for segment in segments:
        active = [other for other in active if other[1] >= segment[0]]
        for other in active:
            if other[2] != segment[2]:
                point = meeting(segment[3], segment[4], other[3], other[4])
                pair = (min(other[2], segment[2]), max(other[2], segment[2]))
                if point and not at_shared_box(point, pair, lines, wires):
                    found.setdefault(pair, []).append(point)
        active.append(segment)
    return sum(
        1 + sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) > 1 for a, b in pairwise(sorted(points)))
        for points in found.values()
    )


def meeting(a, b, c, d):
    """The point where two segments properly cross, or None."""
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return None

    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    if side(a, b, c) * side(a, b, d) >= 0 or side(c, d, a) * side(c, d, b) >= 0:
        return None
    t = side(c, d, a) / (side(c, d, a) - side(c, d, b))
    return a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])


def at_shared_box(point, pair, lines, wires):
    one, two = (wires[wire] for wire in pair)
    shared = {one.source, one.target} & {two.source, two.target}
    ends = [lines[wire][end] for wire in pair for end in (0, -1)] if shared else []
    return any(abs(point[0] - x) + abs(point[1] - y) < 6 for x, y in ends)


def graphviz(sizes, wires):
    """The lines that Graphviz draws for the same boxes and ports."""
    lines = ["digraph{rankdir=LR;ranksep=0.889;nodesep=0.25;node[shape=record,fixedsize=true]"]
    for box, (width, height) in enumerate(sizes):
        ports = sorted((w.target_port, k) for k, w in enumerate(wires) if w.target == box)
        fields = "|".join(f"<i{k}>" for _, k in ports) or " "
        lines.append(
            f'n{box}[width={width / 72},height={height / 72},label="{{{{{fields}}}|<o>}}"]'
        )
    for k, wire in enumerate(wires):
        lines.append(f"n{wire.source}:o:e->n{wire.target}:i{k}:w[id=w{k},arrowhead=none]")
    run = subprocess.run(
        ["dot", "-Tjson"],
        input="\n".join([*lines, "}"]),
        capture_output=True,
        text=True,
        check=True,
    )
    drawn = {}
    for edge in json.loads(run.stdout)["edges"]:
        (spline,) = (part for part in edge["_draw_"] if part["op"] == "b")
        drawn[int(edge["id"][1:])] = flatten([tuple(point) for point in spline["points"]])
    return [drawn[k] for k in range(len(wires))]


def meet(one, two):
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def check(sizes, wires, direction="right", dropped=0, picture=None):
    """Lay out, and check all that must hold for every picture; or of one that is laid out."""
    picture = picture or layout(sizes, wires, direction)
    assert len(picture.places) == len(sizes)
    assert len(picture.routes) == len(wires)
    boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(picture.places, sizes)]
    for one, two in combinations(boxes, 2):
        assert not meet(one, two)
    for box in boxes:
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= picture.width + 0.1
        assert box[3] <= picture.height + 0.1
    labels = []
    for wire, route in zip(wires, picture.routes):
        points = route.points
        assert len(points) % 3 == 1
        start, end = boxes[wire.source], boxes[wire.target]
        arrives = wire.target_port
        if arrives is None:
            k = 1 if direction == "right" else 0
            arrives = (points[-1][k] - end[k]) / (end[k + 2] - end[k])
            assert 0.1 < arrives < 0.9
        if direction == "right":
            first = (start[2], start[1] + wire.source_port * (start[3] - start[1]))
            last = (end[0], end[1] + arrives * (end[3] - end[1]))
        else:
            first = (start[0] + wire.source_port * (start[2] - start[0]), start[3])
            last = (end[0] + arrives * (end[2] - end[0]), end[1])
        assert points[0] == pytest.approx(first, abs=0.11)
        assert points[-1] == pytest.approx(last, abs=0.11)
        line = flatten(points)
        whole = around(line)
        pieces = [around(piece) for piece in pairwise(line)]
        for index, box in enumerate(boxes):
            inner = (box[0] + 0.2, box[1] + 0.2, box[2] - 0.2, box[3] - 0.2)
            if index not in (wire.source, wire.target) and meet(whole, inner):
                assert not any(meet(piece, inner) for piece in pieces)
        if route.label:
            (x, y), w, h = route.label, wire.label_width / 2, wire.label_height / 2
            labels.append((x - w, y - h, x + w, y + h))
            near = (x - w - 0.2, y - h - 0.2, x + w + 0.2, y + h + 0.2)
            assert any(meet(near, piece) for piece in pieces)
        elif wire.label_width and wire.label_height:
            dropped -= 1
    assert dropped >= 0
    for label in labels:
        assert not any(meet(label, box) for box in boxes)
    for one, two in combinations(labels, 2):
        assert not meet(one, two)
    return picture


@every_graph
@pytest.mark.parametrize("direction", ["right", "down"])
def test_nothing_overlaps(graph, direction):
    check(*graph.picture(), direction)


@cache
def both_crossings(graph):
    """How often lines cross in our picture, and in Graphviz's."""
    sizes, wires = graph.picture()
    lines = [flatten(route.points) for route in layout(sizes, wires).routes]
    return crossings(lines, wires), crossings(graphviz(sizes, wires), wires)


@pytest.mark.slow
@every_graph
@pytest.mark.skipif(not shutil.which("dot"), reason="needs the dot program of Graphviz")
def test_no_more_crossings_than_graphviz(graph):
    ours, theirs = both_crossings(graph)
    assert ours <= 1.2 * theirs


@pytest.mark.skipif(not shutil.which("dot"), reason="needs the dot program of Graphviz")
def test_far_fewer_crossings_than_graphviz_in_total():
    ours, theirs = zip(*map(both_crossings, GRAPHS.values()))
    assert sum(ours) <= 0.6 * sum(theirs)


@pytest.mark.parametrize("name", ["neuron of 5", "tree", "diamonds", "squares", "polynomial"])
def test_what_is_planar_has_no_crossing(name):
    sizes, wires = GRAPHS[name].picture()
    routes = layout(sizes, wires).routes
    assert crossings([flatten(route.points) for route in routes], wires) == 0


@st.composite
def pictures(draw):
    """Hostile graphs: boxes and labels of any size, ports anywhere, repeated wires."""
    count = draw(st.integers(1, 24))
    extent = st.sampled_from([1.0, 17.3, 32.0, 58.0, 112.0, 240.7])
    sizes = [(draw(extent), draw(extent)) for _ in range(count)]
    wires = []
    if count > 1:
        for _ in range(draw(st.integers(0, 50))):
            target = draw(st.integers(1, count - 1))
            port = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0])
            label = draw(st.sampled_from([(0.0, 0.0), LABEL, (90.0, 31.5)]))
            thickness = draw(st.sampled_from([0.5, 1.5, 6.0]))
            source = draw(st.integers(0, target - 1))
            wires.append(Wire(source, target, draw(port), draw(port), *label, thickness))
    return sizes, wires


@pytest.mark.slow
@settings(max_examples=3 * settings.default.max_examples // 2)
@given(pictures(), st.sampled_from(["right", "down"]))
def test_nothing_overlaps_in_hostile_graphs(picture, direction):
    check(*picture, direction, dropped=len(picture[1]))


@settings(max_examples=max(1, settings.default.max_examples // 3))
@given(pictures(), st.sampled_from([1.2, 3.0]))
def test_nothing_overlaps_in_stretched_graphs(graph, factor):
    flat = layout(*graph)
    picture = stretched(flat, *graph, factor * flat.height)
    assert [x for x, _ in picture.places] == [x for x, _ in flat.places]
    check(*graph, dropped=len(graph[1]), picture=picture)


def test_a_stretched_picture_is_as_high_as_wanted_with_its_boxes_apart():
    graph = neuron(2).picture()
    flat = layout(*graph)
    picture = stretched(flat, *graph, 1.4 * flat.height)
    assert picture.height == pytest.approx(1.4 * flat.height, abs=1)
    assert [x for x, _ in picture.places] == [x for x, _ in flat.places]
    assert stretched(flat, *graph, flat.height) is flat


def test_labels_of_a_busy_leaf_all_find_a_place():
    graph = Graph()
    x = graph.box()
    for _ in range(16):
        graph.box(x, graph.box())
    check(*graph.picture(), dropped=0)


def test_wires_with_the_same_ends_are_drawn_apart():
    wires = [Wire(0, 1, label_width=40, label_height=14) for _ in range(3)]
    picture = check([CARD, CARD], wires)
    heights = sorted(flatten(route.points)[12][1] for route in picture.routes)
    assert min(b - a for a, b in pairwise(heights)) > 5


def test_a_chain_is_a_straight_line():
    sizes = [(112.0, 58.0), (112.0, 32.0)] * 4
    picture = check(sizes, [Wire(k, k + 1) for k in range(7)])
    for route in picture.routes:
        assert {y for _, y in route.points} == {29.0}


def test_a_long_wire_is_straight_where_it_passes_boxes():
    wires = [*(Wire(k, k + 1) for k in range(6)), Wire(0, 6)]
    picture = check([CARD] * 7, wires)
    assert len(picture.routes[-1].points) == 1 + 3 * 3  # a curve, a line, a curve


def test_leaves_stand_next_to_their_consumer():
    # Box 2 is a leaf of box 4, the fourth column.
    assert assign_columns(5, [(0, 1), (1, 3), (3, 4), (2, 4)]) == [0, 1, 2, 2, 3]


@every_graph
@pytest.mark.skipif(not shutil.which("dot"), reason="needs the dot program of Graphviz")
def test_columns_make_wires_as_short_as_graphviz_does(graph):
    _, wires = graph.picture()
    source = "".join(f"n{wire.source}->n{wire.target};" for wire in wires)
    run = subprocess.run(
        ["dot", "-Tplain"],
        input=f"digraph{{rankdir=LR;{source}}}",
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split() for line in run.stdout.splitlines() if line.startswith("node")]
    places = {int(row[1][1:]): float(row[2]) for row in rows}
    ranks = {x: rank for rank, x in enumerate(sorted(set(places.values())))}
    theirs = sum(ranks[places[w.target]] - ranks[places[w.source]] for w in wires)
    column = assign_columns(len(graph.operands), [(w.source, w.target) for w in wires])
    assert all(column[wire.source] < column[wire.target] for wire in wires)
    assert sum(column[wire.target] - column[wire.source] for wire in wires) == theirs


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.1, 9), st.floats(0, 20)), min_size=1))
def test_settle_keeps_distances_and_cannot_be_improved(items):
    wanted, strength, gaps = (list(values) for values in zip(*items))
    places = settle(wanted, strength, gaps[1:])
    assert all(b - a >= gap - 1e-6 for a, b, gap in zip(places, places[1:], gaps[1:]))

    # At the best place, no run of touching items is pulled up at its top or down at its bottom.
    def pull(first, last):
        return sum(strength[k] * (wanted[k] - places[k]) for k in range(first, last + 1))

    first = 0
    for last in range(len(places)):
        touching = (
            last + 1 < len(places) and places[last + 1] - places[last] < gaps[last + 1] + 1e-6
        )
        assert pull(first, last) >= -1e-5
        if not touching:
            assert pull(first, last) == pytest.approx(0, abs=1e-5)
            first = last + 1


def large(name):
    if name == "3,000 boxes":
        return random_graph(3000, 4500, 1, 60)
    if name == "3,000 boxes with long wires":
        return random_graph(3000, 4500, 1, 3000)
    graph = Graph()
    if name == "chain of 5,000":
        x = graph.box()
        for _ in range(4999):
            x = graph.box(x)
    elif name == "chain of 5,000 that also uses the first leaf":
        leaf = graph.box()
        x = graph.box(leaf)
        for _ in range(4998):
            x = graph.box(x, leaf)
    elif name == "1,000 operands":
        graph.box(*graph.boxes(1000))
    elif name == "200 users":
        leaf = graph.box()
        for _ in range(200):
            graph.box(leaf)
    elif name == "2,000 pairs of long wires":
        leaves = graph.boxes(1000)
        x = graph.fold(leaves)
        for leaf in leaves:
            x = graph.box(x, leaf)
    return graph


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "3,000 boxes",
        "3,000 boxes with long wires",
        "chain of 5,000",
        "chain of 5,000 that also uses the first leaf",
        "1,000 operands",
        "200 users",
        "2,000 pairs of long wires",
    ],
)
def test_large_graphs_are_laid_out(name):
    """A way that takes the square of their size would take minutes here."""
    picture = layout(*large(name).picture())
    rows = {}
    for x, y in picture.places:
        rows.setdefault(x, []).append(y)
    for column in rows.values():
        column.sort()
        assert all(b - a >= CARD[1] for a, b in pairwise(column))


def test_parts_that_nothing_connects_stand_apart():
    picture = check([CARD] * 5, [Wire(0, 2), Wire(1, 3)])
    assert picture.places[0][1] < picture.places[1][1] < picture.places[4][1]


def test_no_boxes_and_boxes_alone():
    assert layout([], []) == layout([], [], "down")
    assert layout([CARD], []).places == [(0.0, 0.0)]
    check([CARD] * 3, [])


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="'left'; it must be 'right' or 'down'"):
        layout([CARD], [], "left")
    with pytest.raises(ValueError, match="from box 1 to box 0 of 2"):
        layout([CARD] * 2, [Wire(1, 0)])
    with pytest.raises(ValueError, match="from box 0 to box 2 of 2"):
        layout([CARD] * 2, [Wire(0, 2)])


@pytest.mark.slow
def test_the_same_in_every_process():
    program = (
        "from test_layout import GRAPHS, layout\n"
        "for graph in GRAPHS.values(): print(layout(*graph.picture()))"
    )
    here = Path(__file__).parent
    path = os.pathsep.join([str(here.parent), str(here)])
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert len(runs.pop()) > 10_000


def test_coordinates_are_rounded():
    sizes, wires = GRAPHS["random, 60 boxes"].picture()
    picture = layout(sizes, wires)
    numbers = [number for place in picture.places for number in place]
    for route in picture.routes:
        numbers += [number for point in [*route.points, route.label] for number in point]
    assert all(number == round(number, 1) for number in numbers)


# Spine and rows -----------------------------------------------------------------------------------


def layers(count):
    """A chain of products with a weight each and activations."""
    graph = Graph()
    x = graph.box()
    for _ in range(count):
        x = graph.box(graph.box(graph.box(), x))
    return graph


def free_ports(graph):
    """The same picture, whose ports the layout may choose."""
    sizes, wires = graph.picture()
    return sizes, [dataclasses.replace(wire, target_port=None) for wire in wires]


def middles(picture, sizes):
    return [round(y + h / 2, 1) for (_, y), (_, h) in zip(picture.places, sizes)]


@every_graph
def test_the_longest_path_is_one_level_line(graph):
    sizes, wires = free_ports(graph)
    sizes = [(w, (58.0, 32.0, 76.0)[k % 3]) for k, (w, _) in enumerate(sizes)]
    picture = layout(sizes, wires, "down")  # one row in any case
    spine = longest_path(len(sizes), [(wire.source, wire.target) for wire in wires])
    boxes = {wires[k].source for k in spine} | {wires[k].target for k in spine}
    across = {picture.places[box][0] + sizes[box][0] / 2 for box in boxes}
    assert max(across) - min(across) <= 0.5


def test_the_longest_path_is_level_in_each_row():
    sizes, wires = free_ports(layers(20))
    picture = check(sizes, wires)
    spine = longest_path(len(sizes), [(wire.source, wire.target) for wire in wires])
    middle = middles(picture, sizes)
    turns = 0
    for k in spine:
        if middle[wires[k].source] == middle[wires[k].target]:
            assert {y for _, y in picture.routes[k].points} == {middle[wires[k].source]}
        else:
            turns += 1
    assert turns == len({middle[wires[k].target] for k in spine}) - 1
    assert 2 <= turns <= 8


def test_twenty_layers_fit_a_page():
    sizes, wires = free_ports(layers(20))
    picture = layout(sizes, wires)
    assert picture.width <= 2.5 * picture.height
    assert picture.width < 1_900  # in one row more than 6,000
    weights = [wire for wire in wires if not any(w.target == wire.source for w in wires)]
    for wire in weights[1:]:  # a weight is near its use: in the same row, a column before
        x, y = picture.places[wire.source]
        to_x, to_y = picture.places[wire.target]
        assert 0 < to_x - x < 2.5 * CARD[0]
        assert abs(to_y - y) < 2 * CARD[1]


@pytest.mark.slow
@pytest.mark.parametrize("count", [30, 300, 3000])
def test_a_chain_of_any_length_has_the_shape_of_a_page(count):
    graph = Graph()
    x = graph.box()
    for _ in range(count):
        x = graph.box(x)
    sizes, wires = free_ports(graph)
    picture = layout(sizes, wires)
    assert 1.0 < picture.width / picture.height < 2.5


def test_what_fits_a_page_stays_in_one_row():
    for count in (1, 5, 7):
        sizes, wires = [CARD] * count, [Wire(k, k + 1) for k in range(count - 1)]
        assert len({y for _, y in layout(sizes, wires).places}) == 1


def test_rows_are_cut_where_few_wires_are():
    strands = [[(wire, 0.0, 0.0, 0.0) for wire in range(1 if gap == 4 else 9)] for gap in range(12)]
    columns = [100.0] * 12, [100.0] * 12, [(0.0, 300.0)] * 12
    row = one_row(*columns[:2])
    assert wrapped(row, columns[0], columns[2], strands, [0.0] * 9, PAGE).cuts == [4]


@pytest.mark.slow
def test_columns_are_those_of_the_picture():
    for graph in GRAPHS.values():
        sizes, wires = graph.picture()
        found = columns(len(sizes), wires)
        assert all(found[wire.source] < found[wire.target] for wire in wires)
        places = layout([(10.0, 10.0)] * len(sizes), wires, "down").places
        rank = {y: k for k, y in enumerate(sorted({y for _, y in places}))}
        assert found == [rank[y] for _, y in places]


def test_down_is_never_wrapped():
    sizes, wires = free_ports(layers(20))
    picture = layout(sizes, wires, "down")
    assert all(picture.places[wire.source][1] < picture.places[wire.target][1] for wire in wires)


def test_ports_are_in_order_and_those_of_the_spine_in_the_middle():
    ends = [(0, 5), (1, 5), (2, 5), (5, 6), (5, 6), (3, 6), (4, 7), (6, 7)]
    spine = longest_path(8, ends)
    assert [ends[k] for k in spine] == [(1, 5), (5, 6), (6, 7)]
    ports = spread_ports(ends, spine)
    assert ports[0] < ports[1] == 0.5 < ports[2]
    assert ports[3] + ports[4] == pytest.approx(1.0, abs=1e-3)
    assert ports[3] < ports[4] < ports[5]
    assert ports[6] < ports[7] == 0.5
    assert all(0.1 < port < 0.9 for port in ports)
