"""The thin nn: parameters, layers, losses, SGD, data."""

import copy
import math
import pickle
import random
import re

import pytest

import autograd_lite as ag
import nn


def test_parameters_are_found_in_attributes_once_and_in_order(Value):
    class Net(nn.Module):
        def __init__(self):
            self.a = Value(1.0)
            self.inner = nn.Neuron(2, seed=0)
            self.table = {"x": Value(2.0), "deep": [(Value(3.0),)]}
            self.again = self.a
            self.name = "net"

    net = Net()
    names = [name for name, _ in net.named_parameters()]
    assert names == ["a", "inner.w.0", "inner.w.1", "inner.b", "table.x", "table.deep.0.0"]
    assert net.parameters()[0] is net.a
    for p in net.parameters():
        p.grad = 1.0
    net.zero_grad()
    assert [p.grad for p in net.parameters()] == [0.0] * 6
    with pytest.raises(TypeError, match="Net must define forward"):
        net([1.0])


def test_a_neuron_is_the_formula(Value):
    neuron = nn.Neuron(3, ag.tanh, seed=1)
    x = [0.5, Value(-1.0), 2]
    z = sum(w.data * float(getattr(v, "data", v)) for w, v in zip(neuron.w, x)) + neuron.b.data
    assert neuron(x).data == pytest.approx(math.tanh(z))


def test_initial_weights_are_bounded_and_seeded(Value):
    for seed in (3, random.Random(3)):
        net = nn.MLP(16, [4, 1], seed=seed)
        again = nn.MLP(16, [4, 1], seed=3)
        assert [p.data for p in net.parameters()] == [p.data for p in again.parameters()]
        assert all(abs(p.data) <= 0.25 for p in net.layers[0].parameters())
    assert len(nn.MLP(2, [16, 16, 1]).parameters()) == 337


def test_layers_say_sizes_when_they_do_not_fit(Value):
    with pytest.raises(ValueError, match=r"Layer\(3, 4, activation=relu\) takes 3 inputs, got 2"):
        nn.MLP(3, [4, 1])([1.0, 2.0])
    for bad in (0, -1, 2.5, "3", True):
        with pytest.raises(ValueError, match="at least 1"):
            nn.Layer(2, bad)
    with pytest.raises(ValueError, match="lists the width of each layer"):
        nn.MLP(2, [])


def test_layers_return_lists_also_for_width_one(Value):
    assert isinstance(nn.Layer(2, 1)([1.0, 2.0]), list)
    assert [type(y) for y in nn.MLP(2, [3, 1])([1.0, 2.0])] == [Value]
    assert [y.data for y in nn.Tanh()([Value(1.0)])] == [math.tanh(1.0)]
    assert "relu" in repr(nn.MLP(2, [3, 1]))


def test_losses_and_their_gradients(Value):
    p = [Value(1.0), Value(3.0)]
    loss = nn.mse(p, [0.0, 1.0])
    assert loss.data == 2.5
    loss.backward()
    assert [v.grad for v in p] == [1.0, 2.0]
    assert nn.mse([[1.0, 2.0]], [[0.0, 0.0]], reduction="sum").data == 5.0
    assert nn.mse([1.0, 2.0], [0.0, 0.0], reduction="none") == [1.0, 4.0]

    logits = [Value(1.0), Value(2.0), Value(0.5)]
    loss = nn.cross_entropy(logits, 1)
    loss.backward()
    soft = ag.softmax([1.0, 2.0, 0.5])
    assert loss.data == pytest.approx(-math.log(soft[1]))
    assert [v.grad for v in logits] == pytest.approx([soft[0], soft[1] - 1, soft[2]])
    batch = nn.cross_entropy([[0.0, 0.0], [0.0, 0.0]], [0, 1])
    assert batch.data == pytest.approx(math.log(2))


def test_losses_refuse_what_does_not_fit(Value):
    with pytest.raises(ValueError, match="got 2 and 1"):
        nn.mse([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="from 0 to 1, for 2 logits; got 2"):
        nn.cross_entropy([1.0, 2.0], 2)
    with pytest.raises(ValueError, match=r"got 0\.5"):
        nn.cross_entropy([1.0, 2.0], 0.5)
    with pytest.raises(ValueError, match="got 1 for 2"):
        nn.cross_entropy([[1.0], [2.0]], [0])
    with pytest.raises(ValueError, match="reduction"):
        nn.mse([1.0], [1.0], reduction="average")
    with pytest.raises(ValueError, match="no samples"):
        nn.mse([], [])


def test_sgd_with_momentum_is_pytorchs(Value):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x, t = Value(4.0), torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
    ours, theirs = nn.SGD([x], lr=0.03, momentum=0.9), torch.optim.SGD([t], lr=0.03, momentum=0.9)
    for _ in range(100):
        ours.zero_grad()
        theirs.zero_grad()
        (x**2 + x.sin()).backward()
        (t**2 + t.sin()).backward()
        ours.step()
        theirs.step()
        assert x.data == pytest.approx(t.item(), rel=1e-12, abs=1e-15)
    for bad in ({"lr": -1.0}, {"momentum": -0.1}, {"lr": math.nan}):
        with pytest.raises(ValueError, match="is at least 0"):
            nn.SGD([x], **bad)
    with pytest.raises(ValueError, match="no parameters"):
        nn.SGD([])


@pytest.mark.slow
def test_a_hidden_layer_learns_xor_and_one_unit_does_not(Value):
    data = nn.datasets.xor()

    def train(net, steps):
        optimizer = nn.SGD(net.parameters(), lr=0.5, momentum=0.9)
        for _ in range(steps):
            loss = nn.mse([net(x)[0].sigmoid() for x in data.x], data.y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.data

    assert train(nn.MLP(2, [1], seed=0), 300) == pytest.approx(0.25, abs=1e-3)
    assert train(nn.MLP(2, [4, 1], ag.tanh, seed=0), 300) < 0.01


def test_data_sets():
    iris = nn.datasets.iris()
    assert [iris.y.count(c) for c in range(3)] == [50, 50, 50]
    assert iris.class_names == ["setosa", "versicolor", "virginica"]
    means = [sum(column) / 150 for column in zip(*iris.x)]
    assert means == pytest.approx([5.843333, 3.057333, 3.758, 1.199333], abs=1e-6)
    moons = nn.datasets.moons(101, noise=0.0, seed=1)
    assert len(moons.x) == len(moons.y) == 101
    assert all(math.hypot(*p) == pytest.approx(1) for p, y in zip(moons.x, moons.y) if y == 0)
    assert nn.datasets.moons(10, seed=1) == nn.datasets.moons(10, seed=1)
    assert nn.datasets.moons(10, seed=1) != nn.datasets.moons(10, seed=2)
    with pytest.raises(ValueError, match="at least 2"):
        nn.datasets.moons(1)


def test_models_are_copied_and_pickled(Value):
    net = nn.MLP(2, [3, 1], ag.tanh, seed=0)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin([1.0, 2.0])[0].data == net([1.0, 2.0])[0].data
        twin.parameters()[0].data = 9.0
        assert net.parameters()[0].data != 9.0


def test_cycles_and_cached_results_are_no_parameters(Value):
    child, parent = nn.Neuron(1, seed=0), nn.Neuron(1, seed=1)
    child.parent, parent.child = parent, child
    parent.cache = parent.w[0] * 2
    assert len(parent.parameters()) == 4


def test_targets_may_be_numpy_arrays(Value):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    p = [Value(1.0), Value(3.0)]
    assert nn.mse(p, np.array([0.0, 1.0])).data == 2.5
    assert nn.cross_entropy([[0.0, 0.0]], np.array([1])).data == pytest.approx(math.log(2))
    for bad in ("a", math.nan, -1):
        with pytest.raises(ValueError, match="a class is an int from 0 to 1"):
            nn.cross_entropy([[0.0, 1.0]], [bad])


def test_names_come_with_the_package():
    names = nn.datasets.names()
    assert len(names) == 5163
    assert names == sorted(set(names))
    assert all(re.fullmatch("[a-z]{2,11}", name) for name in names)
    assert {"ada", "alan", "grace"} <= set(names)
