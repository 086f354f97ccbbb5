"""Words of the views: where nan began, names no two alike, and equations that hold as printed."""

from __future__ import annotations

import pytest

import autograd_lite as ag
from autograd_lite import draw
from autograd_lite.views.formula.kinks import kink
from autograd_lite.views.graph.graph import Graph
from autograd_lite.views.graph.origins import beginnings


def begins(root):
    root.backward()
    return {card.name: card.begins for card in draw(root).scene.cards if card.begins}


def test_a_card_says_where_nan_and_infinity_began(Value):
    x = Value(-1.0, "x")
    y = x.log()
    y.label = "y"
    assert begins((y * 0.0) + 1.0) == {"y": "nan begins here"}
    x = Value(1e308, "x")
    y = x * -10.0
    z = y - y
    y.label, z.label = "y", "z"
    assert begins(z * 2.0) == {"y": "−∞ begins here", "z": "nan begins here"}
    assert begins(Value(float("nan"), "x") * 2.0) == {"x": "nan begins here"}
    x = Value(0.0, "x")
    assert begins(x.sqrt() * 0.0 + x) == {"x": "gradient: nan begins here"}
    x = Value(0.0, "x")
    assert begins(x.sqrt() + x) == {"x": "gradient: ∞ begins here"}
    assert begins(Value(0.0) * 2.0) == {}


def flags(root):
    """By place in the graph, what begins there; gradients with a ∂ before it."""
    root.backward()
    graph = Graph(ag.topological_order(root), [root])
    return {i: "∂" * each.in_gradient + each.what for i, each in beginnings(graph).items()}


# An expression of x and n, which is −1; what x is; at which of its Values (x is 0) what begins.
BEGINS = [
    ("1 / x", 0.0, {1: "∞"}),  # the partial is infinite for the data is
    ("x.sqrt()", 0.0, {0: "∂∞"}),
    ("x.sqrt() + x.sqrt()", 0.0, {0: "∂∞"}),
    ("x.sqrt() - x.sqrt()", 0.0, {0: "∂nan"}),  # ∞ − ∞
    ("(x * 2).sqrt()", 0.0, {1: "∂∞"}),  # and goes on to x
    ("(x * 0).sqrt()", 0.0, {1: "∂∞", 0: "∂nan"}),  # ∞ · 0
    ("(x * 1e300) * 1e300", 1.0, {2: "∞", 0: "∂∞"}),  # both are too large
    ("x.log() * 2", -1.0, {1: "nan"}),
    ("(1 / x) * n.log()", 0.0, {1: "∞", 3: "nan"}),  # the gradient of 1 / x is nan before that of x
    ("(x.log() * 2 + x) * (1 / (x - x))", -1.0, {1: "nan", 5: "∞", 3: "∂∞"}),
]


@pytest.mark.parametrize(("expression", "x", "wanted"), BEGINS)
def test_what_begins_at_a_value_had_come_to_it_from_no_other(Value, expression, x, wanted):
    assert flags(eval(expression, {"x": Value(x), "n": Value(-1.0)})) == wanted


def test_a_group_says_that_nan_began_inside(Value):
    y = Value(-1.0, "x")
    for k in range(200):
        y = (y.log() if k == 100 else y) * 0.99
    assert {card.begins for card in draw(y).scene.cards} == {"", "nan begins inside"}
    assert ag.snapshot(y).data[-1] != ag.snapshot(y).data[-1]


# Names --------------------------------------------------------------------------------------------


def cards(what, **options):
    return [card.name for card in draw(what, **options).scene.cards]


def test_short_results_are_called_by_what_they_compute(Value):
    x, w, b = Value(2.0, "x"), Value(-0.6, "w"), Value(1.3, "b")
    s = x * w + b
    assert cards(s.tanh()) == ["x", "w", "x·w", "b", "x·w + b", "v0"]
    assert cards(s.sin() * w)[4:] == ["x·w + b", "v0", "v1"]  # no function of a formula
    assert cards(x.sin() * w)[1:] == ["sin(x)", "w", "sin(x)·w"]
    assert cards((s + x) * w)[4:] == ["x·w + b", "x·w + b + x", "v0"]  # 12 characters at most
    assert cards((x + b) * w)[2:] == ["x + b", "w", "(x + b)·w"]
    assert cards(-(x**2) - (w - b))[1:] == ["x²", "−x²", "w", "b", "w − b", "v0"]
    assert cards(x * w + (x * w).tanh())[2:] == ["x·w", "v0", "v1", "v2"]  # a name is taken once


def test_names_of_the_callers_variables(Value):
    def program():
        w, xs = Value(2.0), [Value(1.0), Value(3.0)]
        z = (w * xs[0] + xs[1]).softplus()
        step = ag.step(z, name_from="caller")
        assert draw(z, name_from="caller").scene.cards[-1].name == "z"
        assert str(ag.explain(w, z, name_from="caller")).startswith("w.grad after z.backward()")
        assert str(ag.paths(xs[1], z, name_from="caller")).startswith("One path from xs[1] to z")
        return step

    step = program()  # it keeps the names of where it was made
    assert [line.left for line in step.steps[-1].lines] == [
        "w.grad =", "xs[0].grad =", "xs[1].grad ="
    ]  # fmt: skip
    assert "z.backward()" in step.steps[-1].note


def test_weights_are_called_by_their_paths(Value):
    import nn

    net = nn.MLP(2, [2, 1], seed=1)
    wanted = {path for path, _ in net.named_parameters()}
    assert wanted < set(cards(net, level="operation"))
    loss = nn.mse(net([1.0, 2.0]), [0.5])
    assert wanted < set(cards(loss, name_from=net, level="operation"))
    prefixed = {f"net.{path}" for path in wanted}
    assert prefixed < set(cards(loss, name_from={"net": net}, level="operation"))
    left = [line.left for line in ag.step(loss, name_from=net).steps[-1].lines]
    assert {f"{path}.grad =" for path in wanted} == set(left)
    assert {"weight.0.0", "weight.0.1", "bias.0"} < set(cards(nn.Linear(2, 1), level="operation"))


def test_a_label_of_ones_own_wins_over_a_variable_unless_it_occurs_twice(Value):
    first, second, other = Value(1.0, "w"), Value(2.0, "w"), Value(3.0, "rate")
    found = cards(ag.sum([first, second, other]), name_from={"u": second, "r": other})
    assert found[:3] == ["w", "u", "rate"]
    assert cards(ag.sum([first, second, other]))[:3] == ["w", "w_2", "rate"]


def test_long_names_stay_different(Value):
    words = ["learning_rate_of_encoder_layer_1", "learning_rate_of_encoder_layer_2",
             "learning_rate_of_decoder_layer_1", "x" * 30, "x" * 31, "x" * 5000]  # fmt: skip
    found = cards(ag.sum([Value(1.0, word) for word in words]))[: len(words)]
    assert len(set(found)) == len(words)
    assert max(map(len, found)) <= 24
    assert found[:2] == ["learning_rat…der_layer_1", "learning_rat…der_layer_2"]
    assert f"in full {words[0]}</title>" in draw(Value(1.0, words[0])).svg


def test_no_two_cards_of_a_folded_picture_share_a_name(Value):
    import nn

    net = nn.MLP(3, [4, 4, 2], seed=0)
    out = net([Value(0.1, "neuron 0"), Value(0.2, "layers.0"), Value(0.3, "w0")])
    loss = nn.cross_entropy(out, 1)
    for level in ("model", "layer", "neuron", "operation"):
        found = cards(loss, level=level)
        assert len(set(found)) == len(found), level


# Numbers and titles -------------------------------------------------------------------------------


def test_a_number_that_is_not_one_is_not_shown_as_one(Value):
    x = Value(2.0, "x")
    picture = draw(x * 1.0001)
    assert "1.0001" in picture.svg
    assert [card.operation for card in picture.scene.cards] == ["", "× 1.0001"]
    assert draw(x * 1.00000001).scene.cards[1].operation == "× 1.00000001"


def test_a_card_is_read_as_a_sentence(Value):
    from autograd_lite.views.picture.card_drawing import title

    x, w = Value(2.0, "x"), Value(-0.6, "w")
    y = x * w * 2.0 - x * 0.25
    y.label = "y"
    y.backward()
    read = {card.name: title(card) for card in draw(y).scene.cards}
    assert read["w"] == f"w, −0.6, gradient {w.grad:.6g}"
    assert read["x"] == f"x, 2, gradient minus {abs(x.grad):.6g}"
    assert read["x·w"].startswith("x × w, −1.2, gradient ")
    assert read["y"].startswith("y = x × w × 2 − x × 0.25, ")


def test_what_did_not_change_is_not_said_to_have_been(Value):
    x, w = Value(2.0, "x"), Value(3.0, "w")
    before = ag.snapshot(x * w)
    w.data = 4.0
    picture = draw(x * w, before=before)
    assert picture.svg.count("was ") == 2 * 2  # w and the product, on the card and in its title


def test_a_relu_that_is_off_is_not_called_saturated(Value):
    import nn

    net = nn.MLP(1, [8, 1], seed=0)
    (y,) = net([Value(1.0, "x")])
    y.backward()
    titles = [s.title for card in draw(y, level="layer").scene.cards for s in card.squares]
    off = [
        node.data == 0.0 for node in ag.topological_order(y) if node.op and node.op.name == "relu"
    ]
    assert sum(", off" in title for title in titles) == sum(off) > 0
    assert not any("saturated" in title for title in titles)


def test_the_neuron_of_a_class_says_so():
    import nn

    data = nn.datasets.xor()
    inspection = nn.Inspection(nn.MLP(2, [2, 2], seed=0), nn.cross_entropy, data)
    found = cards(inspection.sample(0), level="neuron")
    assert {"equal", "different"} == set(data.class_names) < set(found)


class Rule:
    """An operation of an engine of one's own; its name is one of the table, or a new one."""

    def __init__(self, name):
        self.name = self.label = name


class Node:
    """A number of an engine of one's own, which keeps its constants as they came."""

    def __init__(self, data, label=None, op=None, args=()):
        self.data, self.grad, self.label, self.op, self.args = float(data), 0.0, label, op, args
        self.parents = tuple(x for x in args if isinstance(x, Node))
        self.partials = (1.0,) * len(self.parents)

    @staticmethod
    def _apply(op, args):
        raise NotImplementedError


def test_values_of_another_engine_have_formulas_too():
    x = Node(2.0, "x")
    double = Node(4.0, op=Rule("mul"), args=(x, 2))
    own = Node(6.0, op=Rule("mixed"), args=(double, 1))
    odd = Node(6.0, op=Rule("½(a−y)²"), args=(own, x))
    assert cards(odd) == ["x", "x·2", "v0", "v1"]
    formulas = [card.formula for card in draw(odd).scene.cards]
    assert formulas == ["", "x × 2", "mixed(x × 2, 1)", "f(v0, x)"]


def test_beside_the_smallest_numbers_there_is_no_room_to_look_for_a_kink(Value):
    for x in (5e-324, -1e-310, 1e-300):
        assert kink(Value(x).relu(), 0) == ""
        assert kink(Value(x) + 1.0, 0) == ""
