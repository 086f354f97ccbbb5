"""Folding and the scene: any graph as a few cards, with the numbers of the engine."""

import contextlib
import importlib.util
import itertools
import math
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from autograd_lite import snapshot, topological_order
from autograd_lite.views.graph.folding import fold_graph
from autograd_lite.views.graph.graph import Graph
from autograd_lite.views.output.svg import size_of
from autograd_lite.views.picture.cards import build_scene
from autograd_lite.views.picture.drawing import drawing

EXAMPLES = Path(__file__).parent.parent / "examples"
LEVELS = ["model", "layer", "neuron", "operation", 1, 2, 3]


# Any graph ----------------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(
        st.sampled_from(["+", "×", "tanh", "square", "dot", "sum", "leaf", "open", "close"]),
        st.integers(0, 1000),
        st.integers(0, 1000),
        st.sampled_from("ab"),
    ),
    max_size=120,
)


def random_graph(Value, program, seed=0):
    """A root, of straight-line code in scopes that open and close."""
    rng = random.Random(seed)
    values, scopes = [Value(rng.uniform(-1, 1)) for _ in range(2)], []
    for what, i, j, name in program:
        x, y = values[-1 - i % min(len(values), 9)], values[j % len(values)]
        if what == "open" and len(scopes) < 3:
            scopes.append(ag.scope(name))
            scopes[-1].__enter__()
        elif what == "close" and scopes:
            scopes.pop().__exit__(None, None, None)
        elif what == "leaf":
            values.append(Value(rng.uniform(-1, 1), label=name if i % 2 else None))
        elif what == "+":
            values.append(x + y)
        elif what == "×":
            values.append(x * y)
        elif what == "tanh":
            values.append(x.tanh())
        elif what == "square":
            values.append(x * x)
        elif what == "dot":
            values.append(ag.dot([x, y, 2.0], [y, 0.5, values[0]]))
        elif what == "sum":
            values.append(ag.sum([x, y, values[0]]))
    while scopes:
        scopes.pop().__exit__(None, None, None)
    total = values[0]
    for value in values[1:]:
        total = total + value if total is not value else total
    return total


def check(root, parts):
    """Every Value is in one part, and operands are in the same part or in one before it."""
    order = topological_order(root)
    places = sorted(i for part in parts for i in part.places)
    assert places == list(range(len(order)))
    assert len({part.key for part in parts}) == len(parts)
    of = {order[i]: k for k, part in enumerate(parts) for i in part.places}
    for node in order:
        for operand in node.parents:
            assert of[operand] <= of[node]


def graph_of(root):
    return Graph(topological_order(root), [root])


@given(steps, st.integers(1, 12), st.sampled_from([None, *LEVELS]))
def test_parts_have_no_cycle_and_hold_every_value_once(Value, program, max_cards, level):
    root = random_graph(Value, program)
    parts = fold_graph(graph_of(root), level, max_cards)
    check(root, parts)
    if level is None:
        assert len(parts) <= max_cards


@given(steps, st.integers(4, 12), st.integers(0, 100))
def test_groups_open(Value, program, max_cards, choice):
    root = random_graph(Value, program)
    unfold = []
    for _ in range(3):
        parts = fold_graph(graph_of(root), None, max_cards, unfold)
        check(root, parts)
        groups = [part for part in parts if part.kind == "group"]
        if not groups:
            break
        unfold.append(groups[choice % len(groups)].key)


@given(steps, st.sampled_from([None, *LEVELS]))
def test_edges_carry_the_gradients(Value, program, level):
    root = random_graph(Value, program)
    root.backward()
    scene = build_scene([root], level=level, max_cards=20)
    at = {card.key: k for k, card in enumerate(scene.cards)}
    assert scene.total == sum(card.count for card in scene.cards) == len(topological_order(root))
    assert all(at[edge.source] < at[edge.target] for edge in scene.edges)
    inside = {card.key: set(card.nodes) for card in scene.cards}
    for card in scene.cards:  # the number of operands that come from another card
        crossing = [p for node in card.nodes for p in node.parents if p not in inside[card.key]]
        incoming = [edge for edge in scene.edges if edge.target == card.key]
        assert sum(edge.count for edge in incoming) == len(crossing)
        assert [edge.operand for edge in incoming] == list(range(len(incoming)))
        assert all(edge.operands == len(incoming) for edge in incoming)
    for card in scene.cards:  # what its edges bring is the gradient of a Value
        outgoing = [edge for edge in scene.edges if edge.source == card.key]
        if card.kind != "group" and card.nodes != [root] and all(e.count == 1 for e in outgoing):
            brought = math.fsum(edge.carried for edge in outgoing)
            assert brought == pytest.approx(card.gradient, rel=1e-9, abs=1e-12)


@given(steps, st.sampled_from([None, "layer", "neuron", 2]))
def test_both_engines_give_the_same_scene(program, level):
    if ag.NativeValue is None:
        pytest.skip("the native engine is not built")
    scenes = []
    for kind in (ag.PythonValue, ag.NativeValue):
        root = random_graph(kind, program)
        root.backward()
        scene = build_scene([root], level=level, max_cards=10)
        for card in scene.cards:
            card.nodes = []
        scenes.append(scene)
    assert scenes[0] == scenes[1]


# Single Values ------------------------------------------------------------------------------------


def test_a_card_for_each_value(Value):
    a, b = Value(2.0, label="a"), Value(-3.0)
    y = (a * b + 1.0).tanh()
    scene = build_scene([y], name_from={"b": b, "y": y})
    assert [card.name for card in scene.cards] == ["a", "b", "a·b", "a·b + 1", "y"]
    assert [card.operation for card in scene.cards] == ["", "", "×", "+ 1", "tanh"]
    assert [card.kind for card in scene.cards] == ["leaf", "leaf", "value", "value", "value"]
    assert {card.gradient for card in scene.cards} == {None}
    assert (scene.has_gradients, scene.root, scene.title, scene.total) == (False, "", "", 5)
    y.backward()
    scene = build_scene([y], name_from={"y": y})
    assert [card.gradient for card in scene.cards] == [n.grad for n in topological_order(y)]
    assert scene.root == "y"


def test_a_repeated_operand_has_two_edges(Value):
    x = Value(3.0)
    y = x * x
    y.backward()
    edges = build_scene([y]).edges
    assert [(e.source, e.target, e.operand, e.operands) for e in edges] == [
        ("v0", "v1", 0, 2),
        ("v0", "v1", 1, 2),
    ]
    assert [e.partial for e in edges] == [e.carried for e in edges] == [3.0, 3.0]


def test_several_roots_and_lone_leaves(Value):
    x = Value(3.0, label="x")
    y = x.exp()
    assert [card.key for card in build_scene([y, x]).cards] == ["v0", "v1"]
    assert [card.key for card in build_scene([x]).cards] == ["v0"]
    assert len(build_scene([x], level="layer").cards) == 1
    assert len(build_scene([y, x], max_cards=1).cards) == 1


# Models -------------------------------------------------------------------------------------------


def mlp_loss(Value, samples=150, inputs=False):
    rng = random.Random(1)
    net = nn.MLP(2, [16, 16, 1], activation=nn.tanh, seed=0)
    number = (lambda x: Value(x)) if inputs else float
    rows = [[number(rng.uniform(-1, 1)) for _ in range(2)] for _ in range(samples)]
    loss = nn.mse([net(row)[0] for row in rows], [rng.choice((-1, 1)) for _ in rows])
    loss.backward()
    return loss


@pytest.mark.slow
@pytest.mark.parametrize("level", [None, "layer", 2])
def test_a_batch_is_a_stack_for_each_layer(Value, level):
    loss = mlp_loss(Value, inputs=True)
    scene = build_scene([loss], level=level)
    cards = {card.name: card for card in scene.cards}
    assert list(cards) == ["inputs", "layers.0", "layers.1", "layers.2", "mse"]
    assert [card.copies for card in cards.values()] == [1, 150, 150, 150, 1]
    assert cards["layers.1"].copy_name == "samples"
    assert cards["layers.1"].scope == "MLP/layers.1"
    assert cards["layers.1"].count == 150 * 32 + 16 * 17
    assert cards["layers.1"].lines[1:] == ["dot 2,400, tanh 2,400", cards["layers.1"].lines[2]]
    assert cards["layers.1"].lines[2].startswith("272 parameters · rms grad ")
    assert [len(card.squares) for card in cards.values()] == [0, 16, 16, 1, 0]
    assert scene.title == "10,689 values in 5 groups"
    assert [edge.count for edge in scene.edges] == [4800, 38400, 2400, 150]


def test_squares_are_means_over_the_samples(Value):
    x = [[Value(v) for v in row] for row in ([1.0, 2.0], [50.0, 50.0], [80.0, -90.0])]
    layer = nn.Layer(2, 3, activation=nn.tanh, seed=0)
    outputs = [layer(row) for row in x]
    loss = ag.sum([y * (k + 1.0) for row in outputs for k, y in enumerate(row)])
    loss.backward()
    [card] = [c for c in build_scene([loss], level="layer").cards if c.squares]
    means = [sum(row[k].grad for row in outputs) / 3 for k in range(3)]
    assert [square.gradient for square in card.squares] == pytest.approx(means)
    assert [square.strength for square in card.squares] == pytest.approx([1 / 3, 2 / 3, 1.0])
    flat = [sum(1 - row[k].data ** 2 < 0.05 for row in outputs) for k in range(3)]
    assert [square.saturated for square in card.squares] == [n >= 2 for n in flat]
    assert True in [n >= 2 for n in flat]


@pytest.mark.slow
def test_neurons_and_the_model(Value):
    loss = mlp_loss(Value, samples=1, inputs=True)
    names = Counter(card.name for card in build_scene([loss], level="neuron").cards)
    assert [names[f"layers.{k}/neuron 3"] for k in range(3)] == [1, 1, 0]
    assert [names[f"layers.{k}/neuron 0"] for k in range(3)] == [1, 1, 1]
    assert len(build_scene([loss]).cards) == 36  # neurons: the deepest level of at most 150 cards
    assert [c.name for c in build_scene([loss], level="model").cards][-2:] == ["MLP", "mse"]
    assert len(build_scene([loss], level="operation").cards) == 408  # honoured beyond max_cards
    stacked = build_scene([mlp_loss(Value)], level="neuron")
    assert {card.copies for card in stacked.cards} == {1, 150}
    assert len(stacked.cards) == 34


def test_cells_in_a_chain_are_the_first_those_between_and_the_last(Value):
    cell, hidden = nn.RNNCell(2, 4, seed=0), None
    for _ in range(10):
        hidden = cell([1.0, 2.0], hidden)
    root = ag.sum(hidden)
    for options in ({"level": "layer"}, {"max_cards": 6}):
        scene = build_scene([root], **options)
        found = [(card.name, card.copies, card.copy_name) for card in scene.cards]
        assert found == [
            ("parameters", 1, ""), ("RNNCell 1", 1, ""), ("RNNCell 2 to 9", 8, "chained"),
            ("RNNCell 10", 1, ""), (found[-1][0], 1, ""),
        ]  # fmt: skip
    [card] = [c for c in build_scene([root], max_cards=3).cards if c.name == "RNNCell"]
    assert (card.copies, card.copy_name) == (10, "chained")


@pytest.mark.slow
def test_attention_and_gpt(Value):
    spec = importlib.util.spec_from_file_location("gpt", EXAMPLES / "gpt.py")
    gpt = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gpt)
    model = gpt.GPT(width=8, heads=2, layers=2)
    tokens = gpt.tokens_of("anna")
    loss = nn.cross_entropy(model(tokens[:-1]), tokens[1:], reduction="sum")
    check(loss, fold_graph(graph_of(loss)))
    scene = build_scene([loss], level="layer")
    cards = {card.name: card for card in scene.cards}
    for name in ("blocks.0/attention/query", "blocks.1/mlp/0", "head", "cross_entropy"):
        assert name in cards
    assert (cards["head"].copies, cards["head"].copy_name) == (5, "calls")
    assert [c.name for c in build_scene([loss], level="model").cards][-2:] == [
        "GPT",
        "cross_entropy",
    ]


class FakeScope:
    """A scope that any Value may claim to be in."""

    def __init__(self, name, outer=None):
        self.name, self.outer = name, outer
        self.path = f"{outer.path}/{name}" if outer else name

    def __str__(self):
        return self.path


@given(steps, st.integers(0, 10**6), st.sampled_from([None, *LEVELS]))
def test_scopes_that_take_turns(Value, program, seed, level):
    """Threads and generators can leave scopes in any order along a graph."""
    root = random_graph(Value, program)
    rng, graph = random.Random(seed), graph_of(root)
    a, b = FakeScope("a"), FakeScope("b")
    pool = [None, a, b, FakeScope("a"), FakeScope("c", a), FakeScope("c", a), FakeScope("c", b)]
    graph.scopes = [rng.choice(pool) for _ in graph.order]
    check(root, fold_graph(graph, level, 12))


def test_sharing_makes_no_input_of_a_weight(Value):
    rnn = nn.RNN(2, 4, seed=0)
    _, last = rnn([[Value(1.0), Value(2.0)] for _ in range(6)])
    root = ag.sum(last)
    names = [(card.name, card.count) for card in build_scene([root], level="model").cards]
    assert names[:2] == [("inputs", 12), ("RNN", 96 + 32)]  # the weights are in it, used 6 times
    neuron = nn.Layer(12, 1, seed=0)
    [y] = neuron([Value(float(i)) for i in range(12)])
    cards = build_scene([y], level="layer").cards
    assert [(card.name, card.count) for card in cards] == [("inputs", 12), ("Layer", 13 + 2)]


def test_a_leaf_that_is_a_root_stays(Value):
    xs = [Value(float(i)) for i in range(6)]
    with ag.scope("sum"):
        y = ag.sum(xs)
    graph = Graph(topological_order(y, xs[0]), [y, xs[0]])
    assert [part.key for part in fold_graph(graph, "layer")] == ["v0", "g6"]


def test_edges_between_groups_are_summed_up(Value):
    loss = mlp_loss(Value, samples=7)
    [edge] = [e for e in build_scene([loss], level="layer").edges if e.count == 7 * 16]
    nodes = [node for node in topological_order(loss) if node.scope and "2" in str(node.scope)]
    carried = [
        node.grad * partial
        for node in nodes
        for x, partial in zip(node.parents, node.partials)
        if x.op is not None
    ]
    assert len(carried) == 7 * 16
    rms = math.sqrt(math.fsum(c * c for c in carried) / len(carried))
    assert edge.carried == pytest.approx(math.copysign(rms, math.fsum(carried)))
    assert edge.partial is None


def test_titles_say_more_than_a_number(Value):
    net = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=0))
    names = [card.name for card in build_scene(net([1.0, 2.0]), level="layer").cards]
    assert names == ["Sequential/0", "Sequential/1", "Sequential/2"]


# Labelled leaves ----------------------------------------------------------------------------------


def spring(Value, steps=200, scoped=False):
    """Where a spring is after some steps of Euler's method: 7 operations each."""
    k, m, x, v = (Value(n, name) for n, name in ((2.0, "k"), (1.5, "m"), (1.0, "x0"), (0.1, "v0")))
    for _ in range(steps):
        with ag.scope("time step") if scoped else contextlib.nullcontext():
            v = v + -k * x / m * 0.01
            x = x + v * 0.01
    x.label = "end"
    x.backward()
    return x


@pytest.mark.parametrize("scoped", [False, True])
@pytest.mark.parametrize("level", [None, *LEVELS])
def test_the_leaves_of_a_simulation_have_cards_of_their_own(Value, scoped, level):
    scene = build_scene([spring(Value, scoped=scoped)], level=level)
    own = {card.name: card for card in scene.cards if card.kind == "leaf"}
    assert set(own) == {"k", "m", "x0", "v0"}
    assert all(card.gradient for card in own.values())
    text = " ".join([card.name + " ".join(card.lines) for card in scene.cards])
    assert "weight" not in text
    assert "neuron" not in text


@given(steps, st.integers(1, 12), st.sampled_from([None, *LEVELS]))
def test_labelled_leaves_are_never_folded(Value, program, max_cards, level):
    root = random_graph(Value, program)
    leaves = [node for node in topological_order(root) if node.op is None and node.label]
    times = Counter(node.label for node in leaves)
    own = {graph_of(root).place[node] for node in leaves if times[node.label] == 1}
    parts = fold_graph(graph_of(root), level, max_cards)
    if level is not None or len(own) < max_cards:
        assert own <= {part.places[0] for part in parts if part.kind == "leaf"}


def test_variables_of_the_program_stay_like_labelled_leaves(Value):
    x, rates = Value(1.0, "x0"), [Value(0.1 * i) for i in range(20)]
    y = x
    with ag.scope("step"):
        for rate in rates:
            y = y * rate

    def own(name_from):
        cards = build_scene([y], level=1, name_from=name_from).cards
        return {card.name for card in cards if card.kind == "leaf"}

    assert own(None) == own({"rates": rates}) == {"x0"}
    assert own({"first": rates[0], "rates": rates}) == {"x0", "first"}
    assert own({f"rate{i}": rate for i, rate in enumerate(rates)}) == {"x0"}  # more than a dozen


def test_many_labelled_leaves_are_folded(Value):
    xs = [Value(0.1 * i, f"x{i}") for i in range(20)]
    with ag.scope("sum"):
        y = ag.sum(xs) * 2.0
    assert [card.name for card in build_scene([y], level="layer").cards] == ["inputs", "sum"]


def test_leaves_are_called_what_they_are(Value):
    def titles(labels):
        leaves = [Value(1.0, label) for label in labels]
        with ag.scope("a"):
            y = ag.sum(leaves)
        with ag.scope("b"):
            z = y * ag.sum(leaves)
        return next(card.name for card in build_scene([z], level="layer").cards)

    assert titles(["w"] * 5) == titles(["w", "w", "w", None, None]) == "parameters"
    assert titles(["x"] * 5) == "inputs"
    assert titles(["w", "w", "x", "x"]) == "inputs + parameters"
    assert titles([None] * 5) == titles(["k"] * 5) == "leaves"


# Chains -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scoped", "name"), [(False, "step"), (True, "time step")])
@pytest.mark.parametrize("level", [None, "layer"])
def test_time_steps_are_the_first_those_between_and_the_last(Value, scoped, name, level):
    scene = build_scene([spring(Value, scoped=scoped)], level=level)
    assert size_of(drawing(scene))[0] < 1500  # pixels
    groups = [card for card in scene.cards if card.kind == "group"]
    assert [(card.name, card.copies, card.count) for card in groups] == [
        (f"{name} 1", 1, 7), (f"{name} 2 to 199", 198, 198 * 7), (f"{name} 200", 1, 7),
    ]  # fmt: skip
    assert groups[1].copy_name == "chained"
    between = [(e.source, e.target) for e in scene.edges if e.source in {g.key for g in groups}]
    assert between == [(a.key, b.key) for a, b in itertools.pairwise(groups)]


def test_steps_may_have_numbers_in_their_names(Value):
    x = Value(1.0, "x")
    for t in range(30):
        with ag.scope(f"step {t}"):
            x = x - x.sin() * 0.1
    y = ag.sum([x * float(k) for k in range(3)])
    cards = build_scene([y], level=1).cards
    assert [card.name for card in cards][1:4] == ["step 0", "step 1 to step 28", "step 29"]
    z = Value(1.0, "z")
    heads = []
    for k in range(9):
        with ag.scope(f"head {k}"):  # none needs another
            heads.append((z * float(k)).tanh())
    names = [card.name for card in build_scene([ag.sum(heads)], level=1).cards]
    assert names[1:10] == [f"head {k}" for k in range(9)]


def bounce(state, push):
    """A step that takes another way at the ground."""
    height, speed = state
    if height.data < 0.0:
        return (-height, -0.9 * speed), height
    return (height + 0.1 * speed, speed - 0.1 * push), None


def test_loops_are_chains_of_their_steps(Value):
    (height, _), _ = ag.scan(bounce, (Value(1.0, "h"), Value(0.0, "v")), [Value(9.8, "g")] * 80)
    cards = [(c.name, c.copies, c.copy_name) for c in build_scene([height]).cards][-3:]
    assert cards == [("bounce 1", 1, ""), ("bounce 2 to 79", 78, "chained"), ("bounce 80", 1, "")]
    x = ag.while_loop(lambda x: x.data > 0.1, lambda x: x - 0.1 * x.sin(), Value(3.0, "x"))
    names = [card.name for card in build_scene([x], level=1).cards]
    assert [names[0], names[1]] == ["x", "step 1"]
    assert names[2].startswith("step 2 to ")


def test_a_loop_in_a_step_keeps_its_own_numbers(Value):
    def outer(x, _):
        return ag.scan(lambda x, u: ((x * u).tanh(), None), x, [0.5] * 6)[0] * 1.1, None

    y, _ = ag.scan(outer, Value(0.3, "x"), length=40)
    names = [card.name for card in build_scene([y]).cards]
    assert names[1:4] == ["step 1 (1)", "step 2 to 5 (1)", "step 6 (1)"]
    assert "outer 2 to 39" in names


def test_a_few_steps_are_shown_one_by_one(Value):
    names = [c.name for c in build_scene([spring(Value, 4, scoped=True)], level=1).cards]
    assert names[-4:] == ["time step 1", "time step 2", "time step 3", "time step 4"]


def test_steps_of_several_scopes_are_a_chain(Value):
    x = Value(1.0, "x")
    for _ in range(30):
        with ag.scope("step"):
            with ag.scope("force"):
                force = -x.sin()
            with ag.scope("move"):
                x = x + force * 0.1
    x = x.exp()
    cards = build_scene([x], level="layer").cards
    assert [(card.name, card.copies) for card in cards][1:-1] == [
        ("force 1", 1), ("move 1", 1), ("step 2 to 29", 28), ("force 30", 1), ("move 30", 1),
    ]  # fmt: skip
    assert [card.name for card in build_scene([x], level=1).cards][1] == "step 1"


def test_a_batch_of_sequences_is_a_chain_of_stacks(Value):
    net, last = nn.RNN(2, 3, seed=0), []
    for sample in range(5):
        last += net([[0.1 * sample, 0.2 * k] for k in range(12)])[1]
    root = nn.mse(last, [0.0] * len(last))
    cards = {card.name: card for card in build_scene([root], level="layer").cards}
    found = {name: (card.copies, card.copy_name) for name, card in cards.items()}
    assert found["cell 1"] == found["cell 12"] == (5, "samples")
    assert found["cell 2 to 11"] == (10, "chained, 5 side by side")
    titles = [square.title for square in cards["cell 2 to 11"].squares]
    assert all("chained" not in title for title in titles)


def test_a_chain_stays_folded_where_neurons_are_shown(Value):
    cell, hidden = nn.RNNCell(2, 4, seed=0), None
    for _ in range(10):
        hidden = cell([1.0, 2.0], hidden)
    names = [card.name for card in build_scene([ag.sum(hidden)], level="neuron").cards]
    assert names.count("RNNCell 2 to 9") == 1
    assert sum("neuron" in name for name in names) == 8


def test_what_repeats_without_need_of_the_others_is_no_chain(Value):
    cell, heads, hidden = nn.RNNCell(1, 3, seed=0), nn.Linear(3, 1, seed=0), None
    outputs = []
    for _ in range(20):
        hidden = cell([1.0], hidden)
        outputs += heads(hidden)
    root = nn.mse(outputs, [0.0] * 20)
    cards = {card.name: card for card in build_scene([root], level="layer").cards}
    assert (cards["Linear"].copies, cards["Linear"].copy_name) == (20, "samples")
    assert cards["RNNCell 2 to 19"].copy_name == "chained"


@given(st.integers(5, 40), st.integers(1, 3), st.sampled_from([None, *LEVELS]))
def test_chains_of_any_length_have_no_cycle(Value, count, states, level):
    values = [Value(0.1 * i, f"s{i}") for i in range(states)]
    rate = Value(0.5)
    for k in range(count):
        with ag.scope("step") if k % 2 else contextlib.nullcontext():
            values = [v * rate + values[i - 1].tanh() for i, v in enumerate(values)]
    root = ag.sum(values)
    check(root, fold_graph(graph_of(root), level, 20))


def test_the_same_short_name_twice_is_given_with_its_path(Value):
    x = Value(1.0, "x")
    for part in ("encoder", "decoder"):
        with ag.scope(part), ag.scope("head"):
            x = x.sin().cos()
    names = [card.name for card in build_scene([x], level="layer").cards]
    assert names == ["x", "encoder/head", "decoder/head"]


@given(steps, st.integers(1, 12), st.sampled_from([None, *LEVELS]))
def test_no_two_groups_have_one_title(Value, program, max_cards, level):
    parts = fold_graph(graph_of(random_graph(Value, program)), level, max_cards)
    titles = [part.title for part in parts if part.title]
    assert len(titles) == len(set(titles))


# Without scopes -----------------------------------------------------------------------------------


def test_a_chain_is_one_card(Value):
    y = Value(1.0, label="x")
    for _ in range(2500):
        y = (y * 1.001).sin()
    scene = build_scene([y])
    assert [card.name for card in scene.cards] == ["x", "5,000 operations"]
    assert scene.cards[1].lines[1] == "× 2,500, sin 2,500"


def test_equal_shapes_are_stacked(Value):
    rng = random.Random(0)
    weights = [[Value(rng.random()) for _ in range(3)] for _ in range(4)]
    total = Value(0.0)
    for _ in range(100):
        x = [Value(rng.random()) for _ in range(2)]
        hidden = [(w * x[0] + v * x[1] + b).tanh() for w, v, b in weights]
        total = total + (hidden[0] * hidden[1] - hidden[2] * hidden[3])
    total.label = "loss"
    scene = build_scene([total])
    stacks = [(card.name, card.copies) for card in scene.cards if card.kind == "group"]
    assert ("neurons", 400) in stacks
    assert scene.cards[-1].name == "loss"


def test_where_operands_come_from_is_no_matter_of_shape(Value):
    total = Value(0.0)
    for i in range(60):
        x, w, v = Value(0.1 * i), Value(1.0), Value(2.0)
        y = (x * x).tanh() if i % 2 else x.exp().sin()
        z = y + y  # used twice: a cone of its own, below which the shapes differ
        total = total + (z * w + z * v)
    names = Counter((c.name, c.copies) for c in build_scene([total], max_cards=100).cards)
    assert names["+", 60] == 1


@pytest.mark.slow
def test_what_has_no_shape_is_cut_by_depth(Value):
    rng = random.Random(0)
    values = [Value(rng.random()) for _ in range(30)]
    for _ in range(3000):
        values.append(rng.choice(values[-50:]) * rng.choice(values[-50:]))
    root = ag.sum(values[-50:])
    scene = build_scene([root], max_cards=10)
    assert 5 <= len(scene.cards) <= 10
    check(root, fold_graph(graph_of(root), None, 10))


def unlike(Value, count):
    """A line of so many Values, of which nothing repeats."""
    rng, y = random.Random(0), Value(0.5)
    for _ in range(count - 1):
        y = rng.choice([ag.sin, ag.cos, ag.tanh, ag.exp])(y)
    return y


@pytest.mark.slow
def test_as_many_cards_as_are_allowed(Value):
    for count in (2, 7, 30):
        graph = graph_of(unlike(Value, count))
        assert [part.kind for part in fold_graph(graph, max_cards=count)][1:] == ["value"] * (
            count - 1
        )
        assert len(fold_graph(graph, max_cards=count - 1)) < count
    names = ["inputs", "layers.0", "layers.1", "layers.2", "mse"]
    loss = mlp_loss(Value, samples=20, inputs=True)
    assert [card.name for card in build_scene([loss], max_cards=5).cards] == names
    assert len(build_scene([loss], max_cards=4).cards) < 5
    loss = mlp_loss(Value, samples=20)  # without leaves beside the layers
    assert [card.name for card in build_scene([loss], max_cards=4).cards] == names[1:]


def test_a_small_batch_is_stacked_although_its_neurons_would_fit(Value):
    net = nn.MLP(2, [8, 8, 1], activation=nn.tanh, seed=0)
    loss = ag.sum([net([0.1 * i, 0.5])[0] ** 2 for i in range(3)])
    parts = fold_graph(graph_of(loss))
    assert len(graph_of(loss)) > 150
    copies = {part.title: part.group.repeats for part in parts if part.kind == "group"}
    assert [copies[f"layers.{k}"] for k in range(3)] == [3, 3, 3]


def test_scopes_are_as_deep_as_fits(Value):
    x = Value(1.0, "x")
    y = x
    for i in range(3):
        with ag.scope(f"outer {'abc'[i]}"):
            for j in range(4):
                with ag.scope(f"middle {'abcd'[j]}"):
                    for k in range(5):
                        with ag.scope(f"inner {'abcde'[k]}"):
                            y = (ag.sin, ag.cos, ag.tanh, ag.exp, ag.erf)[(i + j + k) % 5](y)
                            y = (ag.cos, ag.exp, ag.sin, ag.erf, ag.tanh)[(i * j + k) % 5](y)

    def paths(max_cards):
        parts = fold_graph(graph_of(y), max_cards=max_cards)
        return [str(part.group.scope) for part in parts if part.kind == "group"]

    assert len(paths(61)) == 60
    for most in (13, 60):
        assert paths(most) == [f"outer {a}/middle {b}" for a in "abc" for b in "abcd"]
    for most in (4, 12):
        assert paths(most) == ["outer a", "outer b", "outer c"]
    assert len(fold_graph(graph_of(y), max_cards=3)) <= 3


# Opening and unfolding ----------------------------------------------------------------------------


def test_a_dot_unfolds_into_products_and_a_sum(Value):
    w, x = [Value(2.0), Value(3.0), Value(4.0)], [Value(5.0), 6.0, 1.0]
    y = ag.dot(w, x)
    z = y * 2.0
    z.backward()
    scene = build_scene([z], unfold=y)
    cards = {card.key: card for card in scene.cards}
    assert [
        (c.operation, c.data, c.gradient, c.count) for c in scene.cards if c.kind == "part"
    ] == [
        ("×", 10.0, 2.0, 0),
        ("× 6", 18.0, 2.0, 0),
    ]
    assert (cards["v4"].operation, cards["v4"].data, cards["v4"].gradient) == ("Σ", 32.0, 2.0)
    brought = Counter()
    for edge in scene.edges:
        assert edge.carried == edge.partial * cards[edge.target].gradient
        brought[edge.source] += edge.carried
    leaves = {card.key: card.gradient for card in scene.cards if card.kind == "leaf"}
    assert {key: brought[key] for key in leaves} == leaves
    assert build_scene([z], unfold=True) == scene


def test_a_dot_of_a_value_with_itself_unfolds(Value):
    x = Value(3.0)
    y = ag.dot([x, x], [x, 1.0])
    y.backward()
    edges = build_scene([y], unfold=True).edges
    assert [(e.source, e.target, e.partial) for e in edges] == [
        ("v0", "v1p0", 3.0),
        ("v0", "v1p0", 3.0),
        ("v1p0", "v1", 1.0),
        ("v0", "v1", 1.0),
    ]
    assert sum(e.carried for e in edges if e.source == "v0") == x.grad


def test_a_sum_unfolds_into_additions(Value):
    xs = [Value(1.0), Value(2.0), Value(4.0)]
    y = ag.sum([*xs, 8.0])
    cards = build_scene([y], unfold=y).cards
    assert [(c.operation, c.data) for c in cards if c.kind != "leaf"] == [
        ("+", 3.0),
        ("+", 7.0),
        ("+ 8", 15.0),
    ]


@pytest.mark.parametrize(
    ("whole", "pieces"),
    [
        (lambda a, b: ag.sum([a, b, 1.0]), [("+", None), ("+ 1", 6.0)]),
        (lambda a, b: ag.dot([a, b], [b, 2.0]), [("×", 6.0), ("× 2", None), ("Σ", 12.0)]),
    ],
)
def test_a_piece_has_no_number_that_a_changed_leaf_took_along(Value, whole, pieces):
    a, b = Value(2.0), Value(3.0)
    y = whole(a, b)
    a.data = b.data = 7.0
    cards = build_scene([y], unfold=y).cards
    assert [(c.operation, c.data) for c in cards if c.kind != "leaf"] == pieces


def test_names_and_values_are_unfolded_in_any_order(Value):
    a, b = Value(2.0), Value(3.0)
    with ag.scope("part"):
        inside = (a * b).tanh()
    y = ag.sum([inside, a, b])
    for unfold in (["part", y], [y, "part"]):
        cards = build_scene([y], level="model", unfold=unfold).cards
        assert [c.operation for c in cards if c.kind != "leaf"] == ["×", "tanh", "+", "+"]


def test_two_cards_are_the_operations_and_the_leaf_of_several(Value):
    a, b, c, d = map(Value, (1.0, 2.0, 3.0, 4.0))
    y = a * (c * ((d + b) * b))
    y = y * y
    parts = fold_graph(Graph(topological_order(y), [y]), max_cards=2)
    assert [(part.title, len(part.places)) for part in parts] == [("", 1), ("5 operations", 8)]


def test_a_labelled_leaf_stays_beside_the_others_while_there_is_room(Value):
    a, b, c = Value(1.0, "a"), Value(2.0), Value(3.0)
    y = b * (c + a)
    graph = Graph(topological_order(y), [y])
    parts = [(part.title, len(part.places)) for part in fold_graph(graph, max_cards=3)]
    assert sorted(parts) == [("", 1), ("+ ×", 2), ("leaves", 2)]


@pytest.mark.slow
def test_one_group_opens_while_the_rest_stays_folded(Value):
    loss = mlp_loss(Value)
    scene = build_scene([loss], unfold="layers.1")
    names = [card.name for card in scene.cards]
    assert names.count("neuron 3") == 1
    assert {"layers.0", "layers.2", "mse"} <= set(names)
    assert all(card.copies == 150 for card in scene.cards if card.name.startswith("neuron"))
    by_path = build_scene([loss], unfold=["MLP/layers.1"])
    assert by_path == scene
    deeper = build_scene([loss], unfold=["layers.1", "neuron 3"])
    assert {"dot", "tanh"} <= {card.operation or card.name for card in deeper.cards}
    assert {"w0", "b"} <= {card.name.partition("_")[0] for card in deeper.cards}


@pytest.mark.parametrize("count", [8, 30, 31, 100])
def test_a_group_of_leaves_opens_one_by_one_or_in_lots(Value, count):
    xs = [Value(0.1 * i) for i in range(count)]
    with ag.scope("first"):
        y = ag.sum(xs).tanh()
    with ag.scope("second"):
        z = y * ag.sum(xs)
    graph = graph_of(z)
    parts = fold_graph(graph, "layer", max_cards=30)
    assert [part.title for part in parts] == ["leaves", "first", "second"]
    opened = fold_graph(graph, "layer", max_cards=30, unfold="leaves")
    lots = [len(part.places) for part in opened if part.title not in ("first", "second")]
    if count <= 30:
        assert lots == [1] * count
    else:  # twelve at most, all but the last of one size
        size = -(-count // 12)
        assert lots == [size] * (count // size) + [count % size] * (count % size > 0)


@pytest.mark.parametrize("count", [20, 30, 31, 70])
def test_a_group_opens_into_as_many_parts_as_are_allowed(Value, count):
    rng, y = random.Random(0), Value(0.5)
    with ag.scope("outer"):
        for k in range(count):
            with ag.scope(f"inner {chr(97 + k // 26)}{chr(97 + k % 26)}"):
                for _ in range(rng.choice([2, 3, 4])):
                    y = rng.choice([ag.sin, ag.cos, ag.tanh, ag.exp])(y)
    parts = fold_graph(graph_of(y), "model", max_cards=30, unfold="outer")
    check(y, parts)
    if count <= 30:
        assert len(parts) == 1 + count
    else:
        assert 2 < len(parts) <= 31


def test_the_leaves_of_one_operation_come_out(Value):
    with ag.scope("layer"):
        y = ag.dot([Value(0.1 * i) for i in range(6)], [1.0] * 6)
    z = y.tanh()
    graph = graph_of(z)
    assert [part.title for part in fold_graph(graph, "layer")] == ["layer", ""]
    opened = fold_graph(graph, "layer", unfold="layer")
    check(z, opened)
    [dot] = [part for part in opened if part.places == [graph.place[y]]]
    assert dot.kind == "value"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"level": "layers"}, ValueError, "model.*layer.*neuron.*operation"),
        ({"level": 0}, ValueError, "number of scopes from 1"),
        ({"level": True}, ValueError, "got bool True"),
        ({"max_cards": 0}, ValueError, "from 1, got 0"),
        ({"unfold": "nothing"}, ValueError, "no 'nothing' here; nothing is folded"),
        ({"unfold": 3}, ValueError, "unfold takes"),
        ({"highlight": "nothing"}, ValueError, "no part of this graph"),
        ({"highlight": [3]}, ValueError, "Values and names, got int 3"),
        ({"before": 3}, TypeError, "before is a Value"),
    ],
)
def test_errors_say_what_came(Value, options, error, message):
    y = Value(1.0) + Value(2.0)
    with pytest.raises(error, match=message):
        build_scene([y], **options)


@pytest.mark.slow
def test_values_that_do_not_unfold(Value):
    x = Value(1.0)
    y = x.tanh()
    with pytest.raises(ValueError, match="is a dot or a sum"):
        build_scene([y], unfold=y)
    with pytest.raises(ValueError, match="no part of this graph"):
        build_scene([x], unfold=y)
    loss = mlp_loss(Value)
    dot = next(node for node in topological_order(loss) if node.op and node.op.name == "dot")
    with pytest.raises(ValueError, match="folded into a group"):
        build_scene([loss], unfold=dot)


# Standing out, and before -------------------------------------------------------------------------


@pytest.mark.slow
def test_what_a_highlight_dims(Value):
    a, b, c = Value(1.0, label="a"), Value(2.0, label="b"), Value(3.0, label="c")
    p, q = a * b, c.exp()
    y = p + q
    for wanted in (p, [p], "a·b"):
        cards = build_scene([y], highlight=wanted).cards
        assert [card.name for card in cards if card.highlighted] == ["a·b"]
        assert [card.name for card in cards if card.dimmed] == ["c", "exp(c)"]
    assert not any(card.dimmed or card.highlighted for card in build_scene([y]).cards)
    folded = build_scene([mlp_loss(Value)], highlight="layers.1").cards
    assert [card.highlighted for card in folded] == [False, True, False, False]
    assert not any(card.dimmed for card in folded)


def test_before_is_compared(Value):
    w, x = Value(2.0, label="w"), Value(3.0)

    def run():
        w.grad = 0.0
        y = (w * x - 1.0) ** 2
        y.backward()
        return y

    first = run()
    before = snapshot(first)
    w.data -= 0.1
    y = run()
    cards = {card.name: card for card in build_scene([y], before=before).cards}
    assert cards["w"].before == (2.0, 30.0)
    assert cards["w"].data == 1.9
    assert [card.before[0] for card in build_scene([y], before=first).cards][3:] == [5.0, 25.0]
    [group] = build_scene([y], before=before, level="model", max_cards=1).cards[-1:]
    assert ", before " in group.lines[0]


def test_another_shape_before(Value):
    x = Value(2.0)
    with pytest.raises(ValueError, match="place 1 holds exp before and tanh now"):
        build_scene([x.tanh()], before=x.exp())
    with pytest.raises(ValueError, match="2 values before and 3 now"):
        build_scene([x.tanh().exp()], before=x.tanh())
    y = Value(3.0)
    with pytest.raises(ValueError, match=r"operands of sub at place 3.* before .* now"):
        build_scene([(x + y) - x], before=(x + y) - y)


# Size ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_hundred_thousand_values(Value):
    rng = random.Random(0)
    layers = [
        [[Value(rng.uniform(-1, 1)) for _ in range(a + 1)] for _ in range(b)]
        for a, b in ((2, 16), (16, 16), (16, 1))
    ]
    total = Value(0.0)
    for _ in range(150):
        x = [Value(rng.random()), Value(rng.random())]
        for layer in layers:
            sums = []
            for *weights, b in layer:
                z = b
                for w, xi in zip(weights, x):
                    z = z + w * xi
                sums.append(z.tanh())
            x = sums
        total = total + (x[0] - 1.0) ** 2
    total.backward()
    scene = build_scene([total])
    assert scene.total > 90_000
    assert len(scene.cards) <= 8


@pytest.mark.slow
def test_no_depth_is_too_deep(Value, full_or_quick):
    y = Value(0.3)
    for _ in range(full_or_quick(20_000, 5_000)):
        with ag.scope("step"):
            y = y * y + 0.1
    check(y, fold_graph(graph_of(y)))
