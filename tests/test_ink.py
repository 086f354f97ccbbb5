"""What pictures look like: what stands where, how large it is, and what the legend says of it."""

import math
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

import autograd_lite as ag
import nn
from autograd_lite import Value, draw
from autograd_lite.views.output.svg import size_of
from autograd_lite.views.picture.card_drawing import gradient_text
from autograd_lite.views.picture.drawing import drawing
from autograd_lite.views.text import text_width

SVG = "{http://www.w3.org/2000/svg}"


def after_backward(root, label="L"):
    root.label = label
    root.backward()
    return root


def neuron():
    x1, w1, x2, w2 = Value(2.0, "x1"), Value(-0.6, "w1"), Value(0.5, "x2"), Value(1.4, "w2")
    return after_backward((x1 * w1 + x2 * w2 + Value(0.9, "b")).tanh())


def reused():
    a = Value(3.0, "a")
    return after_backward(a * a + a)


def xor():
    net = nn.MLP(2, [2, 1], ag.tanh, seed=3)
    return after_backward((net([Value(1.0, "x1"), Value(0.0, "x2")])[0] - 1.0) ** 2, "loss")


def fourth_derivative():
    x = Value(0.5, "x")
    y = ag.tanh(x)
    for _ in range(4):
        y = ag.gradients(y, x, create_graph=True)
    return after_backward(y, "tanh⁗")


def layers(count=20):
    h = Value(0.5, "x")
    for i in range(count):
        h = ag.tanh(Value(1.1 - 0.05 * (i % 5), f"w{i}") * h)
    return after_backward(h)


def squaring():
    y = Value(1.01, "x")
    for _ in range(12):
        y = y * y
    return after_backward(y)


def option():
    """The price of a call by Black and Scholes."""
    s, k, r, v, t = (Value(x, name) for x, name in zip((100, 105, 0.03, 0.2, 0.5), "SKrσT"))

    def normal(x):
        return 0.5 * (1 + ag.erf(x / math.sqrt(2)))

    d1 = (ag.log(s / k) + (r + v * v / 2) * t) / (v * ag.sqrt(t))
    return after_backward(s * normal(d1) - k * ag.exp(-r * t) * normal(d1 - v * ag.sqrt(t)), "call")


def recurrent(steps=8):
    w, u, b, h = Value(0.5, "w"), Value(-0.3, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for i in range(steps):
        h = ag.tanh(w * h + u * Value(0.1 * i, f"x{i}") + b)
    return after_backward(h * h)


def batch():
    data, net = nn.datasets.moons(40, seed=0), nn.MLP(2, [8, 8, 1], ag.tanh, seed=0)
    return after_backward(ag.sum([(net(x)[0] - y) ** 2 for x, y in zip(data.x, data.y)]) / 40.0)


def not_a_number():
    x, w = Value(-1.0, "x"), Value(2.0, "w")
    return after_backward((ag.log(x * w) * w + 1.0).tanh())


def infinite_slope():
    x = Value(0.0, "x")
    return after_backward(x.sqrt() + x)


def odd_names():
    names = ["a very long name of a weight", "重み", "🙂", "W" * 60, "", "i"]
    values = [Value(-0.000594 * 7.3**i, name) for i, name in enumerate(names)]
    return after_backward(ag.sum([v * v for v in values]).sin() ** 2, "the loss of all of them")


PICTURES = {
    "neuron": lambda: draw(neuron()),
    "before a backward": lambda: draw(Value(2.0, "x") * Value(3.0, "w") + 1.0),
    "a value alone": lambda: draw(Value(2.0, "x")),
    "reused": lambda: draw(reused()),
    "xor": lambda: draw(xor(), level="operation"),
    "xor, down": lambda: draw(xor(), level="operation", direction="down"),
    "fourth derivative": lambda: draw(fourth_derivative()),
    "layers": lambda: draw(layers()),
    "squaring": lambda: draw(squaring()),
    "option": lambda: draw(option()),
    "recurrent": lambda: draw(recurrent(), level="operation"),
    "batch": lambda: draw(batch()),
    "neurons": lambda: draw(xor(), level="neuron"),
    "pieces": lambda: draw(xor(), level="operation", unfold=True),
    "highlighted": lambda: draw(xor(), level="operation", highlight=["x1"]),
    "odd names": lambda: draw(odd_names()),
    "nan": lambda: draw(not_a_number()),
    "an infinite gradient": lambda: draw(infinite_slope()),
    "zero": lambda: draw(after_backward(Value(2.0, "x") * 0.0 + Value(1.0, "y"))),
    "plus only": lambda: draw(after_backward(Value(2.0, "x") + Value(1.0, "y"))),
    "the same before": lambda: draw(neuron(), before=neuron()),
    "changed": lambda: changed(),
}
every_picture = pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES.keys())


def changed():
    x, w = Value(2.0, "x"), Value(-0.6, "w")
    before = ag.snapshot(after_backward(x * w))
    w.data = 0.4
    x.grad = w.grad = 0.0
    return draw(after_backward(x * w), before=before)


def parsed(picture):
    return ET.fromstring(picture.svg)


def marked(element, **wanted):
    names = {f"data-{name}": value for name, value in wanted.items()}
    return [
        e
        for e in element.iter()
        if all(k in e.attrib and v in (None, e.attrib[k]) for k, v in names.items())
    ]


def extent(text):
    """Left, top, right, bottom of a line of text, by the widest of the usual fonts."""
    size = float(text.get("font-size", 14.0))
    wide = text_width("".join(text.itertext()), size, bold=text.get("font-weight") is not None)
    x, y = float(text.get("x")), float(text.get("y"))
    left = x - wide * {"end": 1.0, "middle": 0.5}.get(text.get("text-anchor"), 0.0)
    return left, y - 0.76 * size, left + wide, y + 0.24 * size


def meet(one, two):
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


@every_picture
def test_nothing_on_a_card_is_printed_over_something_else(make):
    for card in marked(parsed(make()), card=None):
        [box] = marked(card, part="box")
        wide = float(box.get("width"))
        high = float(box.get("y", 0.0)) + float(box.get("height"))
        texts = [extent(text) for text in card.iter(SVG + "text")]
        for left, top, right, bottom in texts:
            assert left >= 5.0
            assert right <= wide - 5.0
            assert top >= 3.0
            assert bottom <= high - 1.0
        for one, two in combinations(texts, 2):
            assert not meet(one, two)


@every_picture
def test_type_is_large_enough(make):
    root = parsed(make())
    assert float(root.get("font-size")) == 14.0
    for text in root.iter(SVG + "text"):
        assert float(text.get("font-size", 14.0)) >= 12.0
        if text.get("data-part") in ("name", "data", "gradient-text"):
            assert text.get("font-size") is None


@every_picture
def test_the_legend_explains_what_is_there_and_nothing_else(make):
    root = parsed(make())
    legend = marked(root, part="legend")
    said = [e.get("data-legend") for e in marked(root, legend=None)]
    assert len(said) == len(set(said))
    for part in legend:
        root.remove(part)
    assert set(said) == kinds_on(root)


def kinds_on(root):
    """The kinds of marks on a picture, by what its elements look like."""
    cards, lines = marked(root, card=None), marked(root, part="line")
    colors = {name for e in root.iter() for name in e.get("class", "").split()}
    signs = {color for color in colors if "positive" in color or "negative" in color}
    singles = {c.get("data-card") for c in cards if c.get("data-kind") != "group"}
    of_values = [
        e for e in marked(root, edge=None)
        if e.get("data-source") in singles and e.get("data-target") in singles
    ]  # fmt: skip
    texts = {"".join(e.itertext()) for e in marked(root, part="line") if e.tag == SVG + "text"}
    drawn = [line for line in lines if line.tag == SVG + "path"]
    kinds = {c.get("data-kind") for c in cards}
    data = marked(root, part="data")
    grey = [*marked(root, part="band"), *drawn, *(e[1] for e in marked(root, part="square"))]
    tests = {
        "positive": any("positive" in color for color in signs),
        "negative": any("negative" in color for color in signs),
        "neutral": bool(marked(root, part="gradient") or signs)
        and any(e.get("class") in ("ag-f-zero-tint", "ag-s-neutral-line") for e in grey),
        "nan": "ag-f-nan-tint" in colors,
        "spread": any(line.get("stroke-dasharray") for line in drawn),
        "partial": bool(of_values),
        "width": len({line.get("stroke-width") for line in drawn}) > 1,
        "leaf": "leaf" in kinds and len(kinds) > 1,
        "part": "part" in kinds,
        "fold": bool(marked(root, part="fold")),
        "stack": bool(marked(root, part="stack")),
        "square": bool(marked(root, part="square")),
        "saturated": bool(marked(root, part="saturated")),
        "again": bool(marked(root, part="again")),
        "rms": any("rms" in text for text in texts),
        "changed": any(e.get("class") == "ag-f-accent" for e in data),
        "before": bool(marked(root, part="before")),
        "highlighted": bool(marked(root, highlighted="")),
        "dimmed": any(c.get("opacity") for c in cards),
    }
    return {kind for kind, there in tests.items() if there}


@every_picture
def test_the_legend_is_seen_as_a_whole(make):
    picture = make()
    wide, high = size_of(picture.svg)
    for note in marked(parsed(picture), legend=None):
        across, down = map(float, note.get("transform")[10:-1].split())
        [words] = [e for e in note if e.tag == SVG + "text"]
        _, _, right, bottom = extent(words)
        assert across + right <= wide
        assert down + bottom <= high
        assert down < 760.0


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("layers", 0.2),
        ("fourth derivative", 0.15),
        ("option", 0.15),
        ("squaring", 0.24),
        ("recurrent", 0.15),
    ],
)
def test_pictures_have_the_shape_of_a_page_and_use_it(name, share):
    picture = PICTURES[name]()
    wide, high = size_of(picture.svg)
    assert wide <= 3.0 * high
    boxes = marked(parsed(picture), part="box")
    area = sum(float(box.get("width")) * float(box.get("height")) for box in boxes)
    assert area >= share * wide * high


def test_a_local_derivative_of_one_is_not_written():
    picture = parsed(draw(neuron()))
    labels = ["".join(e.itertext()) for e in marked(picture, label=None)]
    assert labels == ["× −0.6", "× 2", "× 1.4", "× 0.5", "× 0.856"]
    assert "× 1 is not written" in "".join(picture.itertext())
    minus = parsed(draw(after_backward(Value(1.0, "x") - Value(2.0, "y"))))
    assert ["".join(e.itertext()) for e in marked(minus, label=None)] == ["× −1"]


def test_the_width_of_a_line_tells_how_much_it_carries():
    x, y = Value(1.0, "x"), Value(1.0, "y")
    picture = draw(after_backward(4.0 * x + 0.25 * y))
    lines = [e for e in marked(parsed(picture), part="line") if e.get("stroke-width")]
    widths = {
        edge.source: float(line.get("stroke-width"))
        for edge, line in zip(picture.scene.edges, lines)
    }
    assert widths["v0"] == 5.0  # of x, the most
    assert widths["v2"] < 2.6


def test_lines_between_groups_have_the_sign_of_what_they_carry():
    picture = draw(batch(), level="layer")
    carried = [edge.carried for edge in picture.scene.edges if edge.partial is None]
    lines = [e for e in marked(parsed(picture), part="line") if e.get("stroke-width")]
    colors = [line.get("class") for line in lines]
    assert len(carried) == len(colors) >= 3
    for x, color in zip(carried, colors):
        assert color == ("ag-s-positive-line" if x > 0.0 else "ag-s-negative-line")
    assert len({line.get("stroke-width") for line in lines}) > 1
    assert not marked(parsed(picture), label=None)  # no counts on lines


def test_nan_is_hatched_and_shows_where_it_begins_and_how_it_spread():
    picture = draw(not_a_number())
    root = parsed(picture)
    cards = {card.get("data-card"): card for card in marked(root, card=None)}
    named = {card.key: card for card in picture.scene.cards}
    hatched = {key for key, card in cards.items() if marked(card, part="nan-data")}
    assert hatched == {key for key, card in named.items() if card.data != card.data}
    flags = {key for key, card in cards.items() if marked(card, part="flag")}
    assert [named[key].operation for key in flags] == ["log"]
    assert "nan begins here" in "".join(cards[flags.pop()].itertext())
    dashed = {
        (e.get("data-source"), e.get("data-target"))
        for e in marked(root, edge=None)
        if e[0].get("stroke-dasharray")
    }
    assert dashed == {(edge.source, edge.target) for edge in picture.scene.edges}
    assert not marked(parsed(draw(neuron())), part="flag")


def test_static_pictures_keep_their_shapes_where_colors_are_forced():
    from autograd_lite.views.theme import GROUNDS, ROLES, forced

    rules = forced()
    for role in ROLES:
        if role in GROUNDS:
            assert f".ag-f-{role}" in rules.partition("{fill:Canvas}")[0]
    assert "@media (forced-colors:active)" in draw(neuron()).svg


def test_a_stepper_has_room_for_its_marks():
    wide = {}
    for stepped in (False, True):
        scene = draw(xor(), level="operation").scene
        scene.products = stepped
        [box] = [
            marked(card, part="box")[0]
            for card in marked(ET.fromstring(drawing(scene)), card=None)
            if card.get("data-card") == "v0"
        ]
        wide[stepped] = float(box.get("width"))
    card = draw(xor(), level="operation").scene.cards[0]
    marks = text_width(f"{gradient_text(card.gradient)} ✗", 14.0)
    assert wide[True] >= marks + 20.0
    assert wide[False] < wide[True]


@every_picture
def test_a_dark_picture_has_no_light_color(make):
    from autograd_lite.views.theme import ROLES, painted

    svg = painted(make().svg, "dark")
    drawn = svg.partition("</style>")[2]
    used = {e.get(kind) for e in ET.fromstring(svg).iter() for kind in ("fill", "stroke")}
    assert used - {None, "none"} <= {dark for _, dark in ROLES.values()}
    assert len(drawn) == len(make().svg.partition("</style>")[2])
    assert 'data-theme="dark"' in svg[:300]


def test_a_png_has_a_theme_and_a_scale(tmp_path):
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    image = pytest.importorskip("matplotlib.image", reason="reads the picture (extra [dev])")
    picture = draw(neuron())
    wide, high = size_of(picture.svg)
    for theme, scale, ground in (("light", 1, 1.0), ("dark", 2, 0.07), (None, 2, 1.0)):
        path = picture.save(tmp_path / "a.png", theme=theme, scale=scale)
        pixels = image.imread(path)
        assert pixels.shape[:2] == (scale * high, scale * wide)
        assert pixels[scale * high // 2, 3, 0] == pytest.approx(ground, abs=0.02)
    assert 'data-theme="dark"' in picture.save(tmp_path / "a.svg", theme="dark").read_text("utf-8")
    with pytest.raises(ValueError, match='theme is "light" or "dark", got \'blue\''):
        picture.save(tmp_path / "b.png", theme="blue")
    with pytest.raises(ValueError, match=r"theme is an option of \.svg, .*; 'b\.html' has none"):
        picture.save(tmp_path / "b.html", theme="dark")
    with pytest.raises(ValueError, match="scale is a number of pixels above 0, got 0"):
        picture.save(tmp_path / "b.png", scale=0)
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "a.svg"}


def test_no_line_of_a_leaf_crosses_the_whole_picture():
    picture = draw(recurrent(), level="operation")
    root = parsed(picture)
    leaves = {card.key: card.name for card in picture.scene.cards if card.kind == "leaf"}
    again = [e for e in marked(root, edge=None) if marked(e, part="again")]
    named = ["".join(e.itertext()).split(" again")[0] for e in again]
    assert sorted(named) == ["b"] * 7 + ["u"] * 7 + ["w"] * 7  # the first use is by the card
    for edge in marked(root, edge=None):
        if edge.get("data-source") in leaves:
            points = edge[0].get("d").replace("M", "").split("C")
            start, end = (float(points[k].split()[-2]) for k in (0, -1))
            assert abs(end - start) < 400.0


def test_a_leaf_that_is_used_nearby_has_all_its_lines():
    for make in (neuron, reused, xor):
        assert not marked(parsed(draw(make(), level="operation")), part="again")
