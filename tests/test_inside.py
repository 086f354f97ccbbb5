"""What is inside the groups of a picture: complete, in order, linear in the graph, and bounded."""

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_folding import LEVELS, graph_of, mlp_loss, random_graph, spring, steps

import autograd_lite as ag
import nn
from autograd_lite import draw, topological_order
from autograd_lite.views.graph.folding import fold_graph
from autograd_lite.views.graph.opening import open_part
from autograd_lite.views.picture import inside


def tree(pictures, depth=0):
    """All inner pictures, with how deep they are."""
    for entry in pictures.values():
        yield depth, entry
        yield from tree(entry["inside"], depth + 1)


def unpacked(payload):
    return json.loads(zlib.decompress(base64.b64decode(payload["inside"])))


def check_inside(graph, parts):
    """Each group opens into parts that hold its Values once, operands first; gives how many."""
    count = 0
    for part in parts:
        if part.kind != "group" or part.is_outside:
            continue
        inner, found = open_part(graph, part, str)
        if not found:
            continue
        own = sorted(i for each in found if not each.is_outside for i in each.places)
        assert [inner.around[i] for i in own] == sorted(part.places)
        around = {i for each in found if each.is_outside for i in each.places}
        assert around == set(range(inner.outside))
        at = {i: k for k, each in enumerate(found) for i in each.places}
        assert all(at[i] <= at[user] for i, user in zip(inner.operands, inner.users))
        assert len({each.key for each in found}) == len(found)
        titles = [each.title for each in found if each.title]
        assert len(titles) == len(set(titles))
        count += len(found) + check_inside(inner, found)
    return count


@given(steps, st.integers(1, 8), st.sampled_from([None, *LEVELS]))
def test_each_value_of_a_group_is_inside_it_once(Value, program, max_cards, level):
    root = random_graph(Value, program)
    graph = graph_of(root)
    check_inside(graph, fold_graph(graph, level, max_cards))


@pytest.mark.slow
@pytest.mark.parametrize("scoped", [False, True])
def test_all_that_is_inside_is_as_long_as_the_graph_is_large(Value, scoped):
    cards = []
    for count in (100, 200, 400):
        graph = graph_of(spring(Value, count, scoped))
        cards.append(check_inside(graph, fold_graph(graph, "layer")) / len(graph))
    assert max(cards) < 3
    assert cards[2] < 1.1 * cards[0]


def test_a_part_of_a_graph_has_its_numbers(Value):
    x, w = Value(2.0, "x"), Value(3.0, "w")
    with ag.scope("inner"):
        p = x * w
        y = p.tanh()
    z = y * y
    z.backward()
    graph = graph_of(z)
    part = graph.part([graph.place[node] for node in (w, p, y)], lambda i: f"place {i}")
    assert part.order == [x, w, p, y]
    assert (part.outside, part.origins) == (1, [f"place {graph.place[x]}"])
    assert part.operands == [0, 1, 2]
    assert part.partials == [*p.partials, *y.partials]
    assert (part.data, part.gradients) == (
        [n.data for n in part.order],
        [n.grad for n in part.order],
    )
    assert part.roots == [3]
    assert [op is None for op in part.ops] == [True, True, False, False]


@pytest.mark.slow
def test_inner_pictures_of_time_steps(Value):
    picture = draw(spring(Value, scoped=True))
    first, between, last = picture.inside.values()
    assert [e["title"] for e in (first, between, last)] == [
        "time step 1", "time step 2 to 199", "time step 200",
    ]  # fmt: skip
    assert first["label"] == "Inside time step 1: 7 values"
    assert len(first["cards"]) == 7 + 4  # its operations, and what it takes from around
    lots = [entry["title"] for entry in between["inside"].values()]
    assert lots[0] == "time step 2 to 26"
    assert len(lots) == 8
    lots = next(iter(between["inside"].values()))["inside"]
    assert [entry["title"] for entry in lots.values()][:2] == [
        "time step 2 to 5", "time step 6 to 9",
    ]  # fmt: skip
    steps = next(iter(lots.values()))["inside"]
    assert [entry["title"] for entry in steps.values()] == [f"time step {k}" for k in range(2, 6)]


@pytest.mark.slow
def test_leaves_and_neurons_open(Value):
    picture = draw(mlp_loss(Value, inputs=True))
    entries = {entry["title"]: entry for entry in picture.inside.values()}
    assert set(entries) == {"inputs", "layers.0", "layers.1", "layers.2", "mse"}
    neurons = entries["layers.1"]["inside"]
    assert [entry["title"] for entry in neurons.values()] == [f"neuron {k}" for k in range(16)]
    assert len(neurons["g" + str(min(int(key[1:]) for key in neurons))]["cards"]) == 1 + 17 + 2
    assert "from layers.0" in entries["layers.1"]["svg"]


@pytest.mark.slow
def test_the_payload_has_them_packed(Value):
    picture = draw(mlp_loss(Value))
    payload = picture.payload()
    assert payload["opens"] == list(picture.inside)
    assert unpacked(payload) == picture.inside
    assert set(payload["opens"]) <= set(payload["cards"])
    small = draw(Value(2.0, "x") * Value(3.0, "y")).payload()
    assert not {"opens", "inside"} & set(small)
    stepper = ag.step(spring(Value, 30)).payload()
    assert stepper["opens"]


@pytest.mark.slow
def test_there_is_a_limit(Value, monkeypatch):
    root = spring(Value, scoped=True)
    sizes = []
    for most in (10**9, 500_000, 100_000, 1_000):
        monkeypatch.setattr(inside, "MOST_BYTES", most)
        pictures = draw(root).inside
        sizes.append(sum(len(entry["svg"]) for _, entry in tree(pictures)))
        assert sizes[-1] <= most
        assert len(pictures) in (0, 3)  # all groups of one picture open, or none
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 500_000
    assert sizes[3] == 0


@pytest.mark.slow
def test_pages_stay_small(Value, tmp_path):
    def size(view):
        return view.save(tmp_path / "page.html").stat().st_size

    assert size(draw(Value(2.0, "x") * Value(3.0, "y"))) < 150_000
    bare = size(draw(Value(2.0, "x") * Value(3.0, "y")))
    assert size(draw(spring(Value, scoped=True))) - bare < 150_000
    assert size(draw(mlp_loss(Value))) - bare < 100_000


@pytest.mark.slow
def test_the_numbers_inside_are_those_of_the_moment_it_was_drawn(Value):
    root = spring(Value, 30)
    before = draw(root).inside
    picture = draw(root)
    for node in topological_order(root):
        node.grad = 0.0
        if node.op is None:
            node.data = 77.0
    assert picture.inside == before


@pytest.mark.slow
def test_both_engines_have_the_same_inside():
    if ag.NativeValue is None:
        pytest.skip("the native engine is not built")
    one, other = (draw(spring(kind, 40)).inside for kind in (ag.PythonValue, ag.NativeValue))
    assert one == other


@pytest.mark.slow
def test_what_changed_is_inside_too(Value):
    net = nn.MLP(2, [16, 1], activation=nn.tanh, seed=0)

    def loss():
        outputs = [net([0.1 * k, 0.5])[0] for k in range(12)]
        root = nn.mse(outputs, [0.0] * 12)
        root.backward()
        return root

    before = ag.snapshot(loss())
    for parameter in net.parameters():
        parameter.data += 0.5
    texts = [entry["svg"] for _, entry in tree(draw(loss(), before=before).inside)]
    assert any("was " in text for text in texts)


def test_nothing_is_shown_as_a_sign_where_it_cannot_open(Value):
    svg = draw(spring(Value)).svg
    assert 'data-part="fold"' not in svg
    assert "agv-sign" not in svg
