"""Calls of layers, which the native engine does in one step: the same as their `forward` gives."""

import pytest

import autograd_lite as ag
import nn
from autograd_lite import calls, gradients, topological_order

Native, Python = ag.NativeValue, ag.PythonValue
native_only = pytest.mark.skipif(Native is None, reason="the native engine is not built")

ACTIVATIONS = {
    "none": None, "relu": nn.relu, "tanh": nn.tanh, "heaviside": nn.heaviside, "elu": nn.elu,
    "leaky_relu": nn.leaky_relu, "a function": lambda x: x * x, "a layer": nn.Softmax(),
    "a method": ag.Value.tanh, "of its own": ag.Primitive(
        "twice", lambda x: 2.0 * x, lambda out, x: (2.0,)
    ),
}  # fmt: skip


def recorded(ys, leaves):
    """All that can be seen of a graph, bit for bit but for the sign of nan."""
    nodes = topological_order(ag.sum(ys))
    number = {id(node): i for i, node in enumerate(nodes)}
    seen = [
        (
            node.op and node.op.name, node.data, node.partials, str(node.scope),
            [number[id(p)] for p in node.parents],
        )
        for node in nodes
    ]  # fmt: skip
    return repr((seen, gradients(ag.sum(ys), leaves)))


def net_of(kind, activation):
    ag.Value, before = kind, ag.Value
    try:
        net = nn.Sequential(
            nn.Layer(3, 5, activation, seed=1), nn.Linear(5, 4, seed=2),
            nn.Linear(4, 2, bias=False, seed=3),
        )  # fmt: skip
        ys = [y for x in ([0.5, -1.0, 2], [kind(0.25), 0.0, -3.0]) for y in net(x)]
        return recorded(ys, net.parameters())
    finally:
        ag.Value = before


@native_only
@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"a method"}))
def test_both_engines_record_the_same(name):
    assert net_of(Native, ACTIVATIONS[name]) == net_of(Python, ACTIVATIONS[name])


@pytest.mark.parametrize(
    "name", sorted(ACTIVATIONS.keys() - {"a layer"})
)  # which a call alone can name
@pytest.mark.parametrize("x", [[0.5, -1.0, 2], (0.5, -1.0, 2), [1.0, True, 0.25]])
def test_a_call_records_what_forward_does(Value, name, x):
    activation = ACTIVATIONS[name] if name != "a method" else Value.tanh
    layer = nn.Layer(3, 4, activation, seed=1)
    linear = nn.Linear(3, 4, seed=1)
    for module in (layer, linear):
        called = module(x)
        with ag.scope(type(module).__name__):
            done = module.forward(x)
        assert recorded(called, module.parameters()) == recorded(done, module.parameters())
        assert [type(y) for y in called] == [Value] * 4


@pytest.mark.parametrize("name", ["none", "relu", "leaky_relu"])
def test_without_recording_a_call_gives_leaves(Value, name):
    layer = nn.Layer(2, 3, ACTIVATIONS[name], seed=1)
    graph = layer([1.0, -2.0])
    with ag.no_grad():
        leaves = layer([1.0, -2.0])
    assert [y.data for y in leaves] == [y.data for y in graph]
    assert all(y.op is None and y.parents == () and str(y.scope) == "Layer" for y in leaves)


def test_whoever_defines_another_forward_is_called(Value):
    class Doubled(nn.Layer):
        def forward(self, x):
            return [2.0 * y for y in super().forward(x)]

    class Counted(nn.Layer):
        calls = 0

        def __call__(self, x):
            self.calls += 1
            return super().__call__(x)

    plain, doubled, counted = (kind(2, 2, seed=1) for kind in (nn.Layer, Doubled, Counted))
    numbers = [y.data for y in plain([1.0, 2.0])]
    assert [y.data for y in doubled([1.0, 2.0])] == [2.0 * x for x in numbers]
    assert [y.data for y in counted([1.0, 2.0])] == numbers
    assert counted.calls == 1
    plain.forward = lambda x: "of the object"
    assert plain([1.0, 2.0]) == "of the object"


def test_attributes_are_looked_up_as_python_does(Value):
    class Squared(nn.Linear):
        """Its weights are computed from others, so they are no leaves."""

        @property
        def weight(self):
            return [[w * w for w in row] for row in self.roots]

        @weight.setter
        def weight(self, rows):
            self.roots = rows

    layer = Squared(2, 1, seed=1)
    root = layer.roots[0][0]
    root.data, layer.bias[0].data = 3.0, 0.0
    y = layer([1.0, 0.0])[0]
    assert y.data == 9.0
    assert gradients(y, [root]) == [6.0]
    layer.bias = None
    assert layer([1.0, 0.0])[0].data == 9.0
    del layer.bias
    with pytest.raises(AttributeError, match="bias"):
        layer([1.0, 0.0])


def test_attributes_that_were_replaced_are_read_anew(Value):
    layer = nn.Layer(2, 1, nn.relu, seed=1)
    layer.w[0][0].data, layer.w[0][1].data, layer.b[0].data = 1.0, -3.0, 0.5
    found = [layer([1.0, 1.0])[0].data]
    layer.activation = None
    found.append(layer([1.0, 1.0])[0].data)
    layer.activation = nn.heaviside
    found.append(layer([1.0, 1.0])[0].data)
    layer.activation, layer.w[0] = None, (Value(2.0), 4.0)
    found.append(layer([1.0, 1.0])[0].data)
    layer.b = [0.0]
    found.append(layer([1.0, 1.0])[0].data)
    assert found == [0.0, -1.5, 0.0, 6.5, 6.0]


def test_what_does_not_fit_is_refused_by_forward(Value):
    layer = nn.Layer(2, 1)
    for bad, message in (
        ([1.0], "takes 2 inputs, got 1"),
        ([[1.0, 2.0]], "one sample at a time"),
        (3.0, "in a list, got"),
        ([], "takes 2 inputs, got 0"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            layer(bad)
    with pytest.raises(TypeError, match="positional argument"):
        layer()
    with pytest.raises(TypeError, match="positional argument"):
        layer([1.0, 2.0], [3.0])
    assert len(layer(x=[1.0, 2.0])) == 1


def test_anomalies_are_found_inside_a_layer(Value):
    layer = nn.Layer(2, 1, ag.exp, seed=1)
    layer.w[0][0].data = 1e200
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError, match="exp"):
        layer([1.0, 0.0])


def test_a_layer_of_ones_own_may_say_what_it_computes(Value):
    class Own(nn.Module):
        def __init__(self):
            self.rows, self.shifts, self.function = (
                [[Value(2.0)], [Value(-2.0)]],
                [1.0, 0.0],
                ag.relu,
            )

        @calls.in_one_step(weight="rows", bias="shifts", activation="function")
        def forward(self, x):
            return self.function.each(ag.matvec(self.rows, x, self.shifts))

    own = Own()
    assert [y.data for y in own([3.0])] == [7.0, 0.0]
    assert recorded(own([3.0]), own.parameters()).count("'Own'") == 4


@native_only
def test_every_allocation_of_a_call_may_fail():
    from autograd_lite.native import engine

    layer = nn.Layer(70, 3, nn.relu, seed=1)
    before = ag.Value
    ag.Value = Native
    try:
        expected = [y.data for y in layer([1.0] * 70)]
        hold = [Native(0.0) for _ in range(200_000)]  # use up the blocks that are kept empty
        failures = 0
        for nth in range(1, 14):
            engine.fail_allocation(nth)
            try:
                layer([1.0] * 70)
            except MemoryError:
                failures += 1
            finally:
                engine.fail_allocation(0)
        assert failures >= 3
        del hold
        assert [y.data for y in layer([1.0] * 70)] == expected
    finally:
        ag.Value = before
