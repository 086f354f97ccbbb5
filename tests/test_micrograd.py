"""Programs written for micrograd: its names on every Value, and the modules that take its place."""

import copy
import importlib
import pickle
import random
import subprocess
import sys

import pytest
from graphviz import Digraph

import autograd_lite as ag


@pytest.fixture
def room(Value):
    """The modules of autograd_lite.micrograd on the engine of `Value`: they take the one in use."""
    names = ["autograd_lite.micrograd.engine", "autograd_lite.micrograd.nn"]
    for name in names:
        sys.modules.pop(name, None)
    engine, nn = map(importlib.import_module, names)
    assert issubclass(engine.Value, Value)
    return engine, nn


def neuron(Value):
    """The neuron of the first lecture, with names for what lies between."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    first, second = x1 * w1, x2 * w2
    both = first + second
    n = both + b
    o = n.tanh()
    for node, label in ((first, "x1*w1"), (second, "x2*w2"), (both, "sum"), (n, "n"), (o, "o")):
        node.label = label
    return o, [x1, x2, w1, w2, b], [o, n, both, second, first]


def below(root):
    """Nodes and edges, found by walking `_prev`."""
    nodes, edges, waiting = set(), set(), [root]
    while waiting:
        node = waiting.pop()
        if node not in nodes:
            nodes.add(node)
            edges |= {(operand, node) for operand in node._prev}
            waiting += node._prev
    return nodes, edges


def picture(root):
    """A graph in the way of the lectures: a record for a number, a circle for its operation."""
    dot = Digraph()
    nodes, edges = below(root)
    for node in nodes:
        here = str(id(node))
        dot.node(here, f"{{ {node.label} | data {node.data:.4f} | grad {node.grad:.4f} }}")
        if node._op:
            dot.node(here + node._op, node._op)
            dot.edge(here + node._op, here)
    for operand, node in edges:
        dot.edge(str(id(operand)), str(id(node)) + node._op)
    return dot.source


# micrograd's names --------------------------------------------------------------------------------


def test_a_graph_is_walked_and_drawn_by_micrograds_names(Value):
    o, _, _ = neuron(Value)
    o.backward()
    nodes, edges = below(o)
    assert (len(nodes), len(edges)) == (10, 9)
    source = picture(o)
    assert source.count("->") == 9 + 5
    assert "{ x1*w1 | data -6.0000 | grad 0.5000 }" in source
    assert source.count('[label="*"]') == source.count('[label="+"]') == 2
    assert source.count("[label=tanh]") == 1


def test_the_operands_are_given_once_and_in_order(Value):
    a, b = Value(2.0), Value(3.0)
    assert (a + a)._prev == (a,)
    y = ag.dot([b, a, b], [1.0, a, b])
    assert y._prev == (b, a)
    assert y._prev[0] is b
    assert a._prev == () == Value(1.0).detach()._prev


def test_the_operation_is_a_string(Value):
    x = Value(0.5)
    cube = ag.Primitive("cube", lambda x: x**3, lambda out, x: (3 * x * x,))
    signs = {
        "": x, "+": 1 + x, "-": x - 1, "*": x * x, "/": 2 / x, "%": x % 2, "//": x // 2,
        "**2": x**2, "**-1": x**-1, "**0.5": x**0.5, "**": 2**x, "tanh": x.tanh(), "exp": x.exp(),
        "ReLU": x.relu(), "dot": ag.dot([x], [x]), "clip": x.clip(0.0, 1.0), "round": round(x, 1),
        "cube": cube(x),
    }  # fmt: skip
    assert {sign: node._op for sign, node in signs.items()} == {sign: sign for sign in signs}
    assert all(type(ag.Value._apply(row, (x,) * len(row.operands))._op) is str
               for row in ag.primitives.FUNCTIONS.values()
               if not row.variadic)  # fmt: skip


def test_manual_backpropagation(Value):
    o, leaves, results = neuron(Value)
    o.grad = 1.0
    for node in results:
        node._backward()
    by_hand = [node.grad for node in leaves + results]
    twin, its_leaves, its_results = neuron(Value)
    twin.backward()
    assert by_hand == [node.grad for node in its_leaves + its_results]
    leaves[0]._backward()  # there is nothing behind a leaf
    assert by_hand == [node.grad for node in leaves + results]


def test_an_operand_used_twice_gets_both_shares(Value):
    a, b = Value(-2.0), Value(3.0)
    f = (a * b) * (a + b) + a * a
    f.backward()
    wanted = a.grad, b.grad
    a.grad = b.grad = 0.0
    for node in reversed(ag.topological_order(f)):
        node.grad = 1.0 if node is f else 0.0
    for node in reversed(ag.topological_order(f)):
        node._backward()
    assert (a.grad, b.grad) == wanted


def test_backward_calls_no_method_that_a_subclass_calls_backward_within(Value):
    class Mine(Value):
        def _backward(self):
            raise AssertionError("the engine has called it")

    leaf = Mine(3.0)
    leaf.backward()
    (leaf * leaf).backward()
    assert leaf.grad == 1.0 + 6.0


@pytest.mark.parametrize("name", ["_prev", "_op", "_backward"])
def test_the_names_are_read_only(Value, name):
    class Mine(Value):
        pass

    for node in (Value(1.0), Value(1.0) * 2, Mine(1.0)):
        with pytest.raises(AttributeError, match="write a Primitive"):
            setattr(node, name, lambda: None)


def test_they_cost_no_memory(Value):
    assert not {"_prev", "_op", "_backward", "__dict__"} & {*ag.PythonValue.__slots__}
    assert Value.__dictoffset__ == 0  # no dict on either engine


def test_in_a_trace_backward_by_hand_is_refused(Value):
    def f(x):
        y = x * x
        y._backward()
        return y

    with pytest.raises(ag.TraceError, match=r"grad in a compiled function"):
        ag.compile(f)(2.0)


@pytest.mark.parametrize(
    "arguments",
    [
        lambda a: {"args": (2.0, (a, a), "+")},
        lambda a: {"args": (2.0, (a, a))},
        lambda a: {"args": (2.0, {a})},
        lambda a: {"args": (2.0,), "named": {"_op": "+"}},
        lambda a: {"args": (2.0,), "named": {"_children": (a,), "_op": "+"}},
        lambda a: {"args": (2.0, (), "", "label")},
    ],
)
def test_the_constructor_takes_no_operands_and_says_so(Value, arguments):
    class Mine(Value):
        pass

    given = arguments(Value(1.0))
    for kind in (Value, Mine):
        with pytest.raises(TypeError, match=r"operands of a result are recorded by the operation"):
            kind(*given["args"], **given.get("named", {}))


def test_a_label_is_still_a_label(Value):
    assert Value(2.0, "x").label == Value(2.0, label="x").label == Value(data=2, label="x").label
    for wrong in (lambda: Value(), lambda: Value(label="x")):
        with pytest.raises(TypeError, match="data"):
            wrong()


def test_new_attributes_are_refused_with_advice(Value):
    for node in (Value(1.0), Value(1.0) * 2.0):
        with pytest.raises(AttributeError, match="'m'") as error:
            node.m = 0.0
        if Value is ag.NativeValue:  # a class of Python with slots speaks for itself
            assert "autograd_lite.micrograd.engine" in str(error.value)
        with pytest.raises(AttributeError):
            del node.m
    with pytest.raises(AttributeError, match="interior node"):
        node.data = 1.0


def test_item_pow_and_square(Value):
    x = Value(3.0)
    assert type(x.item()) is float
    assert (x.item(), x.pow(3).data, x.pow(Value(2.0)).data, x.square().data) == (3, 27, 9, 9)
    x.square().backward()
    assert x.grad == 6.0
    program = ag.compile(lambda x: x.square() * x.item() + x.pow(3))
    assert program.value_and_grad(2.0) == (16.0, 20.0)
    assert program.value_and_grad(3.0) == (54.0, 45.0)  # item() is read anew


# The modules in the place of micrograd's ----------------------------------------------------------


def test_the_draws_are_micrograds(room):
    _, nn = room
    random.seed(1337)
    wanted = [random.uniform(-1, 1) for _ in range(2 * 3 + 3 * 1)]
    after = random.random()
    random.seed(1337)
    model = nn.MLP(2, [3, 1])
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    assert [w.data for neuron in neurons for w in neuron.w] == wanted
    assert [neuron.b.data for neuron in neurons] == [0.0] * 4
    assert random.random() == after
    assert [p.data for p in model.parameters()[:3]] == [*wanted[:2], 0.0]


def test_one_output_is_a_value_and_more_are_a_list(room):
    engine, nn = room
    one, two = nn.MLP(2, [3, 1])([1.0, 2.0]), nn.MLP(2, [3, 2])([1.0, 2.0])
    assert isinstance(one, engine.Value)
    assert [isinstance(y, engine.Value) for y in two] == [True, True]
    assert isinstance(nn.Layer(2, 1, nonlin=False)([1.0, 2.0]), engine.Value)


def test_a_neuron_is_micrograds_arithmetic(room):
    engine, nn = room
    neuron = nn.Neuron(2)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1.0, 0.25
    y = neuron([engine.Value(1.0), engine.Value(-2.0)])
    assert y.data == 2.75
    assert y._op == "ReLU"
    assert sorted(node._op for node in below(y)[0]) == [
        "",
        "",
        "",
        "",
        "",
        "*",
        "*",
        "+",
        "+",
        "ReLU",
    ]
    assert nn.Neuron(2, nonlin=False)([1.0, 1.0])._op == "+"


def test_repr_and_zero_grad(room):
    _, nn = room
    model = nn.MLP(2, [2, 1])
    assert repr(model) == (
        "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"
    )
    model([1.0, 1.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())
    assert nn.Module().parameters() == []


def test_a_wrong_number_of_inputs_is_told(room):
    _, nn = room
    with pytest.raises(ValueError, match=r"ReLUNeuron\(2\) takes 2 inputs, got 3"):
        nn.MLP(2, [3, 1])([1.0, 2.0, 3.0])


def test_attributes_of_ones_own(room):
    engine, nn = room
    for p in nn.Neuron(2).parameters():
        p.m = p.v = 0.0
        p.m += 1.0
        assert (p.m, p.v) == (1.0, 0.0)
    assert not hasattr(engine.Value(1.0), "m")
    assert not hasattr(engine.Value(1.0) * 1.0, "m")


def test_what_counts_as_a_value(room, Value):
    engine, _ = room

    class Mine(engine.Value):
        pass

    leaf = engine.Value(2.0)
    assert isinstance(leaf * leaf, engine.Value)
    assert isinstance(Value(1.0), engine.Value)
    assert isinstance(Mine(1.0), engine.Value)
    assert not isinstance(leaf, Mine)
    assert not isinstance(2.0, engine.Value)


def test_the_constructors_of_micrograd_and_of_the_lecture(room):
    engine, _ = room
    assert engine.Value(2, (), "").data == 2.0
    assert engine.Value(2.0, (), "", "x").label == engine.Value(2.0, label="x").label == "x"
    with pytest.raises(TypeError, match="recorded by the operation"):
        engine.Value(2.0, (engine.Value(1.0),), "+")
    with pytest.raises(TypeError, match="real number"):
        engine.Value("2")


def test_copies_and_pickles_keep_class_and_attributes(room):
    engine, nn = room
    leaf = engine.Value(2.0, label="w")
    leaf.grad, leaf.m = 0.5, [1.0]
    shallow, deep = copy.copy(leaf), copy.deepcopy(leaf)
    for twin in (shallow, deep, pickle.loads(pickle.dumps(leaf))):
        assert type(twin) is engine.Value
        assert (twin.data, twin.grad, twin.label, twin.m) == (2.0, 0.5, "w", [1.0])
    assert shallow.m is leaf.m
    assert deep.m is not leaf.m
    model = pickle.loads(pickle.dumps(nn.MLP(2, [2, 1])))
    assert isinstance(model([1.0, 2.0]), engine.Value)
    assert repr(leaf) == "Value(2, grad=0.5, label='w')"
    assert type(leaf.detach()) is engine.Value


def test_a_subclass_that_is_called_value_too_is_copied_as_itself(Value):
    kind = type("Value", (Value,), {"__module__": "its own"})
    leaf = kind(2.0)
    leaf.color = "green"
    twin = copy.deepcopy(leaf)
    assert type(twin) is kind
    assert twin.color == "green"


def test_it_is_drawn_stepped_compiled_and_differentiated(room):
    engine, nn = room
    random.seed(3)
    model = nn.MLP(2, [3, 1])
    x = [engine.Value(0.5, label="x"), engine.Value(-1.0, label="y")]
    y = model(x)
    y.backward()
    assert "<svg" in ag.draw(y).svg
    assert "label" in ag.draw_dot(y).source
    assert len(ag.step(y).steps) > 5
    slopes = [leaf.grad for leaf in x]
    assert ag.gradients(y, x) == slopes

    program = ag.compile(lambda a, b: model([a, b]))
    value, gradient = program.value_and_grad(0.5, -1.0)
    assert value == y.data
    assert list(gradient) == slopes
    assert program.value(*x) == y.data
    with ag.no_grad():
        assert list(ag.grad(lambda a, b: model([a, b]), argnums=(0, 1))(0.5, -1.0)) == slopes
        assert model(x)._prev == ()


def test_adam_with_its_moments_on_the_parameters(room):
    """As in a course after micrograd: the optimizer keeps what it knows at each parameter."""
    engine, nn = room
    random.seed(0)
    model = nn.MLP(2, [8, 1])
    data = [([0.0, 0.0], -1.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], -1.0)]
    for p in model.parameters():
        p.m = p.v = 0.0
    losses = []
    for t in range(1, 61):
        loss = engine.Value(0.0)
        for x, target in data:
            loss = loss + (model(x) - target) ** 2
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.m = 0.9 * p.m + 0.1 * p.grad
            p.v = 0.95 * p.v + 0.05 * p.grad**2
            p.data -= 0.1 * (p.m / (1 - 0.9**t)) / ((p.v / (1 - 0.95**t)) ** 0.5 + 1e-8)
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


# Against micrograd itself -------------------------------------------------------------------------


def moons(count):
    """Two half circles, and -1 or 1 for each point."""
    from math import cos, pi, sin

    noise = random.Random(1)
    for i in range(count):
        angle, side = pi * i / count, 1 if i % 2 else -1
        x = cos(angle), sin(angle)
        x = (1.0 - x[0], 0.5 - x[1]) if side == 1 else x
        yield [entry + noise.gauss(0.0, 0.1) for entry in x], side


def training(Value, nn, widths, count, steps):
    """The losses of micrograd's demo: hinge, a little weight decay, a falling learning rate."""
    random.seed(1337)
    model = nn.MLP(2, widths)
    data = list(moons(count))
    losses = []
    for k in range(steps):
        scores = [model(list(map(Value, x))) for x, _ in data]
        hinges = [(1 + -target * score).relu() for (_, target), score in zip(data, scores)]
        decay = 1e-4 * sum(p * p for p in model.parameters())
        loss = sum(hinges) * (1.0 / len(hinges)) + decay
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / steps) * p.grad
        losses.append(loss.data)
    return losses


def test_the_losses_are_micrograds(room):
    pytest.importorskip("micrograd.engine", reason="micrograd is not installed")
    import micrograd.engine
    import micrograd.nn

    engine, nn = room
    wanted = training(micrograd.engine.Value, micrograd.nn, [6, 4, 1], 16, 10)
    assert training(engine.Value, nn, [6, 4, 1], 16, 10) == pytest.approx(wanted, rel=1e-9)
    assert repr(nn.MLP(3, [2, 1])) == repr(micrograd.nn.MLP(3, [2, 1]))


def test_a_leaf_that_changes_before_backward(room):
    """As the table of differences says; micrograd gives 7.0."""
    engine, _ = room
    x, y = engine.Value(2.0), engine.Value(5.0)
    z = x * y
    y.data = 7.0
    z.backward()
    assert x.grad == 5.0


def test_the_engine_alone_does_not_load_it():
    code = (
        "import sys, autograd_lite as ag; y = ag.Value(2.0) * 3; y._prev, y._op; y._backward()\n"
        "print([name for name in sys.modules if 'micrograd' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout == "[]\n", done.stderr
