"""Nets as discs, columns and hairs: what is found, what is drawn, and that the numbers are true."""

from __future__ import annotations

import json
import math
import os
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

import autograd_lite as ag
import nn
from autograd_lite.views.net.picture import NetPicture
from autograd_lite.views.net.sizes import MODES, carried, hair_sizes
from autograd_lite.views.output.page import page
from autograd_lite.views.picture import Picture

SVG = "{http://www.w3.org/2000/svg}"
ACTIVATIONS = [ag.relu, ag.tanh, ag.sigmoid, nn.gelu, None]


def moons(seed=1):
    net = nn.MLP(2, [16, 16, 1], seed=seed)
    loss = (net([0.5, -0.5])[0] - 1.0) ** 2
    loss.backward()
    return loss, net


def made(Value, seed):
    """A random net after a backward: the loss, the layers, and what each of them gave."""
    rng = random.Random(seed)
    widths = [rng.randint(1, 6) for _ in range(rng.randint(2, 5))]
    layers = [nn.Layer(a, b, rng.choice(ACTIVATIONS), rng) for a, b in pairwise(widths)]
    layers[-1].activation = rng.choice([None, ag.tanh])
    given = [[Value(rng.uniform(-2, 2), f"x{k}") for k in range(widths[0])]]
    for layer in layers:
        given.append(layer(given[-1]))
    loss = nn.mse(given[-1], [rng.uniform(-1, 1) for _ in given[-1]])
    loss.backward()
    return loss, layers, given


# Numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_every_number_is_that_of_the_engine(Value, seed):
    loss, layers, given = made(Value, seed)
    net = ag.draw(loss, style="net").net
    assert [len(column) for column in net.columns] == [len(values) for values in given]
    for column, values in zip(net.columns, given):
        for k, value in zip(column, values):
            assert (net.discs[k].value, net.discs[k].gradient) == (value.data, value.grad)
    for layer, column, before, after in zip(layers, net.columns[1:], net.columns, given[1:]):
        for row, k in enumerate(column):
            disc, output = net.discs[k], after[row]
            z = output if layer.activation is None else output.parents[0]
            assert (disc.total, disc.total_gradient) == (z.data, z.grad)
            assert disc.total_gradient == disc.slope * disc.gradient
            assert len(disc.hairs) == len(before) + 1
            for hair in map(net.hairs.__getitem__, disc.hairs):
                assert hair.target == k
                w, x = layer.b[row], 1.0
                if hair.source >= 0:
                    w, x = layer.w[row][before.index(hair.source)], net.discs[hair.source].value
                assert (hair.weight, hair.gradient) == (w.data, w.grad)
                assert hair.product == w.data * x
                assert hair.carried == w.data * z.grad
                assert hair.share == x * z.grad == w.grad
    assert len(net.drawn) == sum(len(w) for layer in layers for w in layer.w)


def test_terms_come_by_size(Value):
    net = ag.draw(made(Value, 3)[0], style="net").net
    for disc in net.discs:
        sizes = [abs(net.hairs[k].product) for k in disc.hairs if net.hairs[k].source >= 0]
        assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("seed", range(5))
def test_widths_and_colors_are_those_of_what_is_carried(Value, seed):
    view = ag.draw(made(Value, seed)[0], style="net")
    net, order = view.net, view.payload()["order"]
    most = max(abs(net.hairs[k].carried) for k in net.drawn)
    drawn = [
        (group, path)
        for group in ElementTree.fromstring(view.svg).find(f"{SVG}g[@data-part='hairs']")
        for path in group
    ]
    assert sorted(order) == net.drawn
    assert len(drawn) == len(order)
    for k, (group, _) in zip(order, drawn):
        number = net.hairs[k].carried
        if number == 0.0:
            assert group.get("stroke-dasharray") == "1 5"
            continue
        assert ("positive" if number > 0 else "negative") in group.get("class")
        width = 0.6 + 6.4 * math.sqrt(abs(number) / most)
        assert float(group.get("stroke-width")) == pytest.approx(width, abs=6.4 / 40 + 0.01)


@pytest.mark.parametrize("mode", MODES)
def test_sizes_of_the_switch(Value, mode):
    net = ag.draw(made(Value, 4)[0], style="net").net
    for k, size in enumerate(hair_sizes(net, mode)):
        number = carried(net.hairs[k], mode)
        assert (size > 0) == (number > 0)
        assert (size < 0) == (number < 0)
    if mode == "weight":
        ordered = sorted(net.drawn, key=lambda k: abs(net.hairs[k].weight))
        found = [abs(hair_sizes(net, mode)[k]) for k in ordered]
        assert found == sorted(found)
        assert found[-1] == 1000


def test_the_derivative_of_a_constant_input_is_that_of_a_value_in_its_place(Value):
    net = nn.MLP(3, [4, 1], ag.tanh, seed=0)
    numbers = [0.3, -1.2, 2.0]
    loss = (net(numbers)[0] - 1.0) ** 2
    loss.backward()
    view = ag.draw(loss)
    inputs = [Value(x) for x in numbers]
    again = (net(inputs)[0] - 1.0) ** 2
    again.backward()
    for k, value in enumerate(inputs):
        disc = view.net.discs[k]
        assert disc.is_constant
        assert disc.gradient is None
        carried = [view.net.hairs[i].carried for i in disc.out]
        assert math.fsum(carried) == pytest.approx(value.grad, rel=1e-12)
        assert "constant" in view.plain()["discs"][k][3]


def test_a_weight_that_is_penalised_has_another_gradient_than_its_share(Value):
    net = nn.MLP(2, [3, 1], ag.tanh, seed=0)
    loss = (net([1.0, -1.0])[0] - 1.0) ** 2 + 0.1 * nn.l2_penalty(net.parameters())
    loss.backward()
    hairs = ag.draw(loss, name_from=net).net.hairs
    assert len(hairs) == 13
    assert all(hair.gradient != hair.share for hair in hairs)
    by_path = dict(net.named_parameters())
    assert all(by_path[hair.name].grad == hair.gradient for hair in hairs)


# What is a net ------------------------------------------------------------------------------------


def by_hand(Value, turned):
    """Two layers in loops, with `w * x` or `x * w`, no scope and no label."""
    rng = random.Random(0)
    x = [Value(0.5), Value(-1.0)]
    for width in (3, 2):
        out = []
        for _ in range(width):
            z = Value(rng.random())
            for entry in x:
                w = Value(rng.uniform(-1, 1))
                z = z + (entry * w if turned else w * entry)
            out.append(z.tanh())
        x = out
    return (x[0] - 1) ** 2 + (x[1] - 0.5) ** 2


class Residual(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(2, 2, seed=1)

    def forward(self, x):
        return [a + b.tanh() for a, b in zip(x, self.layer(x))]


class Conv(nn.Module):
    def __init__(self):
        self.w = [ag.Value(0.1 * k) for k in range(3)]

    def forward(self, x):
        return [ag.dot(self.w, x[k : k + 3]).tanh() for k in range(len(x) - 2)]


def sizes(root):
    return [len(column) for column in ag.draw(root, style="net").net.columns]


@pytest.mark.parametrize("turned", [False, True])
def test_a_net_of_loops_is_found(Value, turned):
    assert sizes(by_hand(Value, turned)) == [2, 3, 2]
    assert isinstance(ag.draw(by_hand(Value, turned)), Picture)  # small, and no scopes


def test_nets_of_many_kinds_are_found(Value):
    x = [Value(0.5, "x0"), Value(-1.0, "x1")]
    linear = nn.Sequential(nn.Linear(2, 4), nn.GELU(), nn.Dropout(0.5, seed=0), nn.Linear(4, 3))
    assert sizes(nn.cross_entropy([linear(x)], [1])) == [2, 4, 3]
    assert sizes(nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3), nn.Softmax())(x)) == [
        2, 4, 3,
    ]  # fmt: skip
    assert sizes(nn.MLP(2, [3], seed=0)(x)) == [2, 3]
    assert sizes(nn.Neuron(2)(x)) == [2, 1]
    assert sizes(nn.Sequential(nn.Linear(2, 2), Residual(), nn.Linear(2, 1))(x)) == [2, 2, 2, 2, 1]
    chain = Value(0.5, "x")
    for k in range(20):
        chain = (Value(1.1, f"w{k}") * chain).tanh()
    assert sizes(chain) == [1] * 21


def test_micrograds_net_is_found():
    from autograd_lite.micrograd.nn import MLP

    loss = (MLP(3, [8, 8, 1])([1.0, 2.0, 3.0]) - 1) ** 2
    loss.backward()
    assert [len(column) for column in ag.draw(loss).net.columns] == [3, 8, 8, 1]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: nn.GRU(2, 3, seed=0), "weighs what no unit gives|multiplies"),
        (lambda: nn.LSTM(2, 3, seed=0), "weighs what no unit gives|multiplies"),
        (lambda: nn.GRUCell(2, 3, seed=0), "multiplies"),
        (lambda: nn.RNN(2, 3, seed=0), "uses a weight several times"),
        (lambda: nn.CausalSelfAttention(4, 2, seed=0), "."),
        (lambda: nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Linear(3, 1)), "no unit gives"),
        (
            lambda: nn.Sequential(Conv(), nn.Linear(3, 1))([1.0, 2.0, 3.0, 4.0, 5.0]),
            "several times",
        ),
        (lambda: ag.Value(2.0) ** 2, "no sum of weights"),
        (lambda: ag.Value(2.0), "no sum of weights"),
    ],
)
def test_what_is_no_net_is_drawn_as_cards(make, reason):
    what = make()
    assert isinstance(ag.draw(what), Picture)
    with pytest.raises(ValueError, match=f"this graph is none: .*({reason}).*style='cards'"):
        ag.draw(what, style="net")


@pytest.mark.slow
def test_the_default():
    loss, net = moons()
    for what in (loss, net, nn.MLP(64, [23]), nn.cross_entropy([nn.Linear(4, 3)([1.0] * 4)], [1])):
        assert isinstance(ag.draw(what), NetPicture)
    cards = [
        nn.Neuron(3),  # one unit: cards show all of it
        nn.MLP(65, [2]), nn.MLP(64, [24]), nn.MLP(2, [32, 46, 1]),
        nn.mse([net(x)[0] for x in [[1.0, 2.0], [2.0, 1.0]]], [1.0, 0.0]),
    ]  # fmt: skip
    for what in cards:
        assert isinstance(ag.draw(what), Picture)
        assert isinstance(ag.draw(what, style="net"), NetPicture)
    for options in (
        {"level": "layer"}, {"unfold": True}, {"direction": "down"},
        {"max_cards": 50}, {"before": ag.snapshot(loss)}, {"highlight": [loss]}, {"style": "cards"},
    ):  # fmt: skip
        assert isinstance(ag.draw(loss, **options), Picture)
    assert isinstance(ag.step(loss)._picture, Picture)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "dots"}, 'style is "net", "cards", or None to choose, got \'dots\''),
        ({"style": "net", "level": 1}, "level is an option of cards"),
        ({"sample": 0, "direction": "down"}, "direction is an option of cards"),
        ({"style": "cards", "sample": 0}, "sample is an option of a net"),
        ({"sample": 1}, "sample is a whole number from 0 to 0 here, got 1"),
        ({"sample": -1}, "got -1"),
        ({"sample": True}, "got True"),
    ],
)
def test_a_bad_option_is_told(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ag.draw(moons()[0], **options)


@pytest.mark.slow
def test_more_weights_than_can_be_drawn():
    with pytest.raises(ValueError, match="this net has 8,000 weights, and at most 6,000"):
        ag.draw(nn.MLP(80, [100]), style="net")


# Batches and names --------------------------------------------------------------------------------


def test_one_sample_of_a_batch(Value):
    net = nn.MLP(2, [4, 3], ag.tanh, seed=0)
    xs = [[0.1 * k, 1.0 - 0.3 * k] for k in range(5)]
    outs = [net(x) for x in xs]
    loss = nn.cross_entropy(outs, [0, 1, 2, 0, 1])
    loss.backward()
    for k, (x, out) in enumerate(zip(xs, outs)):
        view = ag.draw(loss, sample=k)
        assert str(view).endswith(f"20 weights, sample {k} (of 5, the first is 0)")
        discs = view.net.discs
        assert [disc.value for disc in discs[:2]] == x
        assert [(d.value, d.gradient) for d in view.net.outputs] == [(o.data, o.grad) for o in out]
        assert any(f"Sample {k} of a batch of 5" in said for said in
                   view.plain()["modes"]["gradient"]["said"])  # fmt: skip
    shares = [ag.draw(loss, sample=k).net.hairs for k in range(5)]
    names = {hair.name for hair in shares[0]}
    by_name = [{hair.name: hair for hair in hairs} for hairs in shares]
    for name in names:
        total = math.fsum(hairs[name].share for hairs in by_name)
        assert total == pytest.approx(by_name[0][name].gradient, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_outputs_stand_in_their_order(Value, classes):
    net = nn.MLP(2, [4, classes], seed=1)
    names = [f"class {k}" for k in range(classes)]
    for target in range(classes):
        for named in (None, net):
            scores = net([0.1, 0.2])
            for score, name in zip(scores, names):
                score.label = name
            for loss in (nn.cross_entropy([scores], [target]), nn.mse(scores, [1.0] * classes)):
                view = ag.draw(loss, name_from=named)
                assert [disc.name for disc in view.net.outputs] == names


def test_names_of_weights(Value):
    loss, net = moons()
    named = {hair.name: hair for hair in ag.draw(loss, name_from=net).net.hairs}
    assert named.keys() == dict(net.named_parameters()).keys()
    assert named["layers.1.w.3.5"].weight == net.layers[1].w[3][5].data
    without = [hair.name for hair in ag.draw(loss).net.hairs]
    assert len(set(without)) == len(without)
    assert {"h1.0.w0", "h2.15.b", "y.w3"} <= set(without)
    assert named.keys() == {hair.name for hair in ag.draw(net).net.hairs}  # of a model, by itself


# The picture --------------------------------------------------------------------------------------


def discs_of(view):
    found = ElementTree.fromstring(view.svg).findall(f"{SVG}g[@data-disc]")
    return {int(group.get("data-disc")): group for group in found}


def test_units_that_are_off_are_dashed_and_hairs_to_them_fade():
    loss, _ = moons()
    view = ag.draw(loss)
    net = view.net
    off = {k for k, disc in enumerate(net.discs) if disc.is_off}
    assert off == {k for k, d in enumerate(net.discs) if d.activation and d.total <= 0.0}
    assert 5 < len(off) < 30
    for k, group in discs_of(view).items():
        assert (group.find(f"{SVG}circle").get("stroke-dasharray") is not None) == (k in off)
    assert f"Off: {len(off)} of 32 hidden units" in " ".join(
        view.plain()["modes"]["gradient"]["said"]
    )
    opacity = {}
    groups = ElementTree.fromstring(view.svg).find(f"{SVG}g[@data-part='hairs']")
    order = iter(view.payload()["order"])
    for group in groups:
        for _ in group:
            hair = net.hairs[next(order)]
            if hair.carried and abs(hair.carried) > 0.05:
                fades = hair.source in off
                opacity.setdefault(fades, []).append(float(group.get("stroke-opacity")))
    assert max(opacity[True]) < min(opacity[False])


def test_saturated_units_are_told(Value):
    net = nn.MLP(1, [3, 1], ag.tanh, seed=0)
    net.layers[0].b[1].data = 5.0
    loss = nn.mse(net([0.1]), [1.0])
    loss.backward()
    view = ag.draw(loss)
    assert "Saturated: 1 of 3 hidden units" in " ".join(view.plain()["modes"]["gradient"]["said"])
    told = [disc[1] for disc in view.plain()["discs"] if "nearly flat there" in disc[3]]
    assert told == ["h1.1"]


def test_before_a_backward_it_shows_weights():
    view = ag.draw(nn.MLP(2, [4, 1], seed=0))
    payload = view.plain()
    assert list(payload["modes"]) == ["weight", "activation"]
    assert "grad" not in re.sub("<style>.*</style>", "", view.svg)
    assert "no gradient yet" in payload["modes"]["weight"]["said"][0]
    assert "▲" not in view.svg


def test_nan_and_infinity_are_loud():
    net = nn.MLP(2, [6, 4, 1], seed=1)
    net.layers[0].w[2][0].data = math.inf
    loss = (net([0.5, -0.5])[0] - 1.0) ** 2
    loss.backward()
    view = ag.draw(loss)
    assert view.svg.count("∞ begins here") == 1
    begins = [
        k for k, group in discs_of(view).items() if "begins here" in "".join(group.itertext())
    ]
    assert [view.net.discs[k].name for k in begins] == ["h1.2"]
    assert 'class="ag-s-nan-line"' in view.svg
    assert "∞ or nan" in view.svg
    assert "Its weight h1.2.w0 is ∞." in view.plain()["discs"][begins[0]][3]
    json.dumps(view.payload(), allow_nan=False)


@pytest.mark.slow
def test_the_same_bytes_in_every_run_and_on_both_engines():
    program = (
        "from autograd_lite import draw\nimport nn, sys\n"
        "net = nn.MLP(2, [3, 2], seed=1)\n"
        "loss = nn.cross_entropy([net([0.5, -0.25])], [1])\n"
        "loss.backward()\n"
        "view = draw(loss, name_from=net)\n"
        "sys.stdout.buffer.write((view.svg + repr(view.payload())).encode())\n"
    )
    engines = ["python"] + ["native"] * (ag.NativeValue is not None)
    texts = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True,
            env={**os.environ, "AUTOGRAD_LITE_BACKEND": engine, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent,
        ).stdout
        for engine in engines for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1


def test_every_shape_has_its_own_colors():
    for shape in ElementTree.fromstring(ag.draw(moons()[0]).svg).iter():
        tag = shape.tag.removeprefix(SVG)
        if tag in ("rect", "circle", "text"):
            assert shape.get("fill", "").startswith("#"), ElementTree.tostring(shape)
    assert "var(" not in ag.draw(moons()[0]).svg


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", '" onload="x', "\u202eturned", "x" * 9999]
)
def test_labels_break_nothing(Value, label):
    net = nn.MLP(1, [2, 2], seed=0)
    scores = net([Value(1.0, label)])
    scores[0].label = label
    view = ag.draw(nn.cross_entropy([scores], [0]))
    ElementTree.fromstring(view.svg)
    assert "<script>alert" not in view.svg
    text = page("t", [view])
    assert text.count("<script") == 2
    assert len(text) < 200_000


def test_a_table_tells_it_all_without_a_picture():
    loss, _ = moons()
    view = ag.draw(loss)
    head, *rows = view.payload()["rows"]
    assert [row[0] for row in rows] == [disc.name for disc in view.net.discs]
    assert all(len(row) == len(head) for row in rows)
    text = page("t", [view])
    body, _, _ = text.partition('<script type="application/json">')
    assert "All numbers as a table" in body
    assert body.count("<tr>") == len(rows) + 1


def test_titles_are_sentences():
    view = ag.draw(moons()[0])
    titles = [group.find(f"{SVG}title").text for group in discs_of(view).values()]
    assert titles[0].startswith("x0, an input, a constant of the program: value 0.5. Raise it")
    assert titles[-1] == (
        "y, output (layers.2): value 0.21, gradient −1.58. "
        "Raise it a little: loss falls 1.58 times as much."
    )
    assert any("where ReLU is flat: 0 goes on and no gradient comes back" in t for t in titles)


def test_files(tmp_path):
    view = ag.draw(moons()[0])
    assert sorted(
        view.save(tmp_path / f"net{ending}").suffix for ending in (".svg", ".html", ".dot")
    ) == [".dot", ".html", ".svg"]
    assert repr(view) == "<Net 2-16-16-1 of loss: 304 weights>"
    deep = ag.draw(nn.MLP(2, [2] * 20 + [1], ag.tanh, seed=0))
    assert str(deep) == "Net 2-2-…-2-1 (21 layers): 82 weights"


def test_pages_stay_small():
    net = nn.MLP(4, [8, 3], seed=2)
    loss = nn.cross_entropy([net([5.1, 3.5, 1.4, 0.2])], [0])
    loss.backward()
    small = len(page("t", [ag.draw(loss)]))
    assert small < 135_000  # most of it is the script that computes
    assert len(page("t", [ag.draw(moons()[0])])) < 185_000
    loss = nn.cross_entropy([nn.MLP(64, [20, 10], seed=0)([0.1 * k for k in range(64)])], [3])
    loss.backward()
    view = ag.draw(loss, style="net")
    assert view.net.weights == 1480
    assert len(view.svg) < 200_000
    assert len(page("t", [view])) - small < 350_000
