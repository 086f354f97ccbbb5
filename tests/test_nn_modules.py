"""Modules, layers, activations, initialisers: beside PyTorch's, compiled, kept, brought back."""

import copy
import json
import math
import pickle
import random
import re
import statistics
import warnings
import weakref

import pytest

import autograd_lite as ag
import nn
from autograd_lite.states import named_entries
from nn.modes import training_mode

VECTOR = [0.5, -1.25, 2.0, 0.75]
SEQUENCE = [[0.5, -1.25, 2.0, 0.75], [1.5, 0.25, -0.5, 1.0], [-1.0, 0.125, 0.375, -2.0]]

LAYERS = {  # ours and PyTorch's by the same call, and an input
    "Linear": (lambda k: k.Linear(4, 3), VECTOR),
    "Linear without bias": (lambda k: k.Linear(4, 1, bias=False), VECTOR),
    "LayerNorm": (lambda k: k.LayerNorm(4), VECTOR),
    "LayerNorm without bias": (lambda k: k.LayerNorm(4, eps=0.1, bias=False), VECTOR),
    "LayerNorm, plain": (lambda k: k.LayerNorm(4, elementwise_affine=False), VECTOR),
    "RMSNorm": (lambda k: k.RMSNorm(4), VECTOR),
    "RMSNorm, plain": (lambda k: k.RMSNorm(4, eps=0.1, elementwise_affine=False), VECTOR),
    "RNNCell": (lambda k: k.RNNCell(4, 3), VECTOR),
    "RNNCell relu": (lambda k: k.RNNCell(4, 3, nonlinearity="relu", bias=False), VECTOR),
    "GRUCell": (lambda k: k.GRUCell(4, 3), VECTOR),
    "GRUCell without bias": (lambda k: k.GRUCell(4, 2, bias=False), VECTOR),
    "LSTMCell": (lambda k: k.LSTMCell(4, 3), VECTOR),
    "LSTMCell without bias": (lambda k: k.LSTMCell(4, 2, bias=False), VECTOR),
    "Sequential": (lambda k: k.Sequential(k.Linear(4, 5), k.GELU(), k.Linear(5, 2)), VECTOR),
    "Sigmoid": (lambda k: k.Sigmoid(), VECTOR),
    "Tanh": (lambda k: k.Tanh(), VECTOR),
    "ReLU": (lambda k: k.ReLU(), [*VECTOR, 0.0]),
    "LeakyReLU": (lambda k: k.LeakyReLU(), [*VECTOR, 0.0]),
    "LeakyReLU 0.2": (lambda k: k.LeakyReLU(negative_slope=0.2), VECTOR),
    "ELU": (lambda k: k.ELU(), VECTOR),
    "ELU 0.5": (lambda k: k.ELU(alpha=0.5), VECTOR),
    "GELU": (lambda k: k.GELU(), VECTOR),
    "GELU tanh": (lambda k: k.GELU(approximate="tanh"), VECTOR),
    "SiLU": (lambda k: k.SiLU(), VECTOR),
    "Softplus": (lambda k: k.Softplus(), VECTOR),
    "Softmax": (lambda k: k.Softmax(**({"dim": -1} if k is not nn else {})), VECTOR),
    "LogSoftmax": (lambda k: k.LogSoftmax(**({"dim": -1} if k is not nn else {})), VECTOR),
}
SEQUENCES = {
    "CausalSelfAttention": lambda: nn.CausalSelfAttention(4, heads=2, seed=0),
    "RNN": lambda: nn.RNN(4, 3, seed=0),
    "LSTM": lambda: nn.LSTM(4, 3, seed=0),
    "GRU": lambda: nn.GRU(4, 3, 2, seed=0),
}


def leaves(Value, nested):
    """Nested lists of numbers as Values."""
    return [leaves(Value, x) for x in nested] if isinstance(nested, list) else Value(nested)


def flat(thing):
    """The entries of nested lists and tuples, or of a tensor, as numbers or Values."""
    return [entry for _, entry in named_entries(thing)]


def close(ours, theirs):
    ours = [x.data for x in flat(ours)]
    assert ours == pytest.approx(flat(theirs), rel=1e-12, abs=1e-12)


def weighted(outputs):
    """One number that depends on each output in its own way."""
    return sum(x * (0.3 + 0.7 * i) for i, x in enumerate(flat(outputs)))


def same_gradients(model, torch_model):
    ours = {name: p.grad for name, p in model.named_parameters()}
    theirs = dict(named_entries({name: p.grad for name, p in torch_model.named_parameters()}))
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def torch_weighted(torch, outputs):
    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    y = torch.cat([part.reshape(-1) for part in parts])
    return (y * (0.3 + 0.7 * torch.arange(len(y), dtype=torch.float64))).sum()


# Beside PyTorch -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_with_pytorchs_weights_is_pytorchs(name, Value, torch):
    make, x = LAYERS[name]
    torch.manual_seed(0)
    theirs, ours = make(torch.nn).double(), make(nn)
    for parameter in theirs.parameters():  # norms start with 1 and 0, which would show little
        torch.nn.init.normal_(parameter)
    ours.load_state_dict(theirs.state_dict())
    given, tensor = leaves(Value, x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y, z = ours(given), theirs(tensor)
    close(y, z if isinstance(z, torch.Tensor) else list(z))
    weighted(y).backward()
    torch_weighted(torch, z).backward()
    same_gradients(ours, theirs)
    assert [v.grad for v in given] == pytest.approx(tensor.grad.tolist(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_causal_attention_is_pytorchs(heads, Value, torch):
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(4, heads).double()
    torch.nn.init.normal_(theirs.in_proj_bias)
    torch.nn.init.normal_(theirs.out_proj.bias)
    ours = nn.CausalSelfAttention(4, heads)
    state = {"projection.weight": theirs.out_proj.weight, "projection.bias": theirs.out_proj.bias}
    for i, part in enumerate(("query", "key", "value")):
        state[f"{part}.weight"] = theirs.in_proj_weight[4 * i : 4 * i + 4]
        state[f"{part}.bias"] = theirs.in_proj_bias[4 * i : 4 * i + 4]
    ours.load_state_dict(state)
    given = leaves(Value, SEQUENCE)
    tensor = torch.tensor(SEQUENCE, dtype=torch.float64, requires_grad=True)
    later = torch.ones(3, 3, dtype=torch.bool).triu(1)
    z, _ = theirs(tensor, tensor, tensor, attn_mask=later, need_weights=False)
    y = ours(given)
    close(y, z)
    weighted(y).backward()
    torch_weighted(torch, z).backward()
    close([Value(v.grad) for v in flat(given)], tensor.grad)
    rows = theirs.in_proj_weight.grad.tolist()
    for i, part in enumerate((ours.query, ours.key, ours.value)):
        grads = [[w.grad for w in row] for row in part.weight]
        assert flat(grads) == pytest.approx(flat(rows[4 * i : 4 * i + 4]), rel=1e-12, abs=1e-12)
    ours_out = [w.grad for w in flat(ours.projection.weight)]
    assert ours_out == pytest.approx(flat(theirs.out_proj.weight.grad), rel=1e-12, abs=1e-12)


def test_a_position_does_not_see_later_ones(Value):
    attention = nn.CausalSelfAttention(4, heads=2, seed=0)
    whole = attention(SEQUENCE)
    changed = attention([*SEQUENCE[:2], [9.0, 9.0, 9.0, 9.0]])
    assert [v.data for v in flat(whole[:2])] == [v.data for v in flat(changed[:2])]
    assert [v.data for v in whole[2]] != [v.data for v in changed[2]]


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_nets_are_pytorchs(kind, num_layers, Value, torch):
    torch.manual_seed(0)
    theirs, ours = (getattr(k, kind)(4, 3, num_layers) for k in (torch.nn, nn))
    theirs = theirs.double()
    ours.load_state_dict(theirs.state_dict())  # by its names
    tensor = torch.tensor(SEQUENCE, dtype=torch.float64, requires_grad=True)
    given = leaves(Value, SEQUENCE)
    (outputs, state), (theirs_outputs, theirs_state) = ours(given), theirs(tensor)
    close(outputs, theirs_outputs)
    if kind == "LSTM":  # here the two of each layer, there the layers of each
        theirs_state = [list(pair) for pair in zip(*theirs_state)]
    close(state, list(theirs_state))
    weighted(outputs).backward()
    torch_weighted(torch, theirs_outputs).backward()
    close([Value(v.grad) for v in flat(given)], tensor.grad)
    for name, parameter in theirs.named_parameters():
        gradient = [w.grad for w in flat(getattr(ours, name))]
        assert gradient == pytest.approx(flat(parameter.grad), rel=1e-12, abs=1e-12)
    again, last = ours(given[1:], ours(given[:1])[1])  # a sequence in two parts
    assert [v.data for v in flat(again)] == [v.data for v in flat(outputs[1:])]
    assert [v.data for v in flat(last)] == [v.data for v in flat(state)]


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_nets_on_sequences_of_any_length(Value, kind):
    """One program for all lengths, with the numbers of the net itself."""
    net, head = getattr(nn, kind)(2, 3, num_layers=2, seed=0), nn.Linear(3, 1, seed=1)

    def loss(x, target):
        outputs, states = net(x)
        total, _ = ag.scan(lambda s, y: (s + y[0] * y[1], None), 0.0, outputs)
        last = states[1][0] if kind == "LSTM" else states[1]
        return (head(last)[0] - target) ** 2 + total

    def by_hand(x, target):
        outputs, states = net(x)
        last = states[1][0] if kind == "LSTM" else states[1]
        return (head(last)[0] - target) ** 2 + ag.sum([y[0] * y[1] for y in outputs])

    program, parameters = ag.compile(loss, sequences="x"), [*net.parameters(), *head.parameters()]
    for n in (4, 1, 7):
        x = [[0.1 * i, 1.0 - 0.3 * i] for i in range(n)]
        wanted = by_hand(x, 0.5)
        wanted.backward()
        slopes = [p.grad for p in parameters]
        for p in parameters:
            p.grad = 0.0
        assert program.backward(x, 0.5) == pytest.approx(wanted.data, rel=1e-13)
        assert [p.grad for p in parameters] == pytest.approx(slopes, rel=1e-12, abs=1e-16)
        for p in parameters:
            p.grad = 0.0
    assert program.traces == 1


def test_a_state_with_the_layers_of_each_as_pytorchs_is_refused(Value):
    """(h, c), with h and c of both layers, has as many entries as there are layers."""
    net, x = nn.LSTM(1, 2, num_layers=2, seed=0), [[0.5]]
    h, c = [[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]]
    message = (
        r"a list with \(hidden, memory\) of each layer, got tuple of .* it is list\(zip\(h, c\)\)"
    )
    for state in ((h, c), (h, (c[0], c[1]))):
        with pytest.raises(ValueError, match=message):
            net(x, state)
    of_each = list(zip(h, c))
    by_hand, _ = nn.LSTMCell.forward(net.cell, x[0], of_each[0])
    top, _ = net.above[0](by_hand, of_each[1])
    for state in (of_each, tuple(of_each), list(map(list, of_each))):
        assert [y.data for y in net(x, state)[0][0]] == [y.data for y in top]
    assert len(net(x, [None, of_each[1]])[1]) == 2


def test_an_index_may_be_an_array():
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    table = nn.Embedding(5, 1, seed=0)
    assert table(np.array(3)) == table(3)  # an array of no axes is one index
    assert table(np.array([3, 1])) == table([3, 1])


def test_a_state_may_be_an_array():
    array = pytest.importorskip("numpy", reason="NumPy is not installed").ones((2, 3))
    net, x = nn.GRU(2, 3, num_layers=2, seed=0), [[1.0, 2.0]]
    (of_array,), (of_lists,) = net(x, array)[0], net(x, array.tolist())[0]
    assert [y.data for y in of_array] == [y.data for y in of_lists]


def test_of_no_steps_the_last_state_is_the_first(Value):
    outputs, (hidden, memory) = nn.LSTM(1, 2, seed=0)([])
    assert (outputs, hidden, memory) == ([], [0.0, 0.0], [0.0, 0.0])
    assert nn.GRU(1, 2, seed=0)([]) == nn.RNN(1, 2, seed=0)([]) == ([], [0.0, 0.0])
    assert nn.GRU(1, 1, num_layers=2, seed=0)([]) == ([], [[0.0], [0.0]])
    assert nn.GRU(1, 1, seed=0)([], [0.5]) == ([], [0.5])


@pytest.mark.parametrize(
    ("keys", "values"),
    [([[1.0], [1.0]], [[1.0, 2.0], [3.0]]), ([[1.0]], []), ([[1.0]], [[1.0], [2.0]])],
)
def test_attend_takes_a_value_for_each_key(keys, values):
    lengths = re.escape(str([len(value) for value in values]))
    message = f"one value for each of {len(keys)} keys, all of one length; got .* {lengths}"
    with pytest.raises(ValueError, match=message):
        nn.attend([1.0], keys, values)


def test_norms_are_right_as_far_as_their_squares_are_finite(Value):
    """The numbers beyond which they are 0 are those of docs/limits.md."""
    ratios = [1.0, 2.0, -1.0]
    mean = sum(ratios) / 3
    spread = (sum((x - mean) ** 2 for x in ratios) / 3) ** 0.5
    size = (sum(x * x for x in ratios) / 3) ** 0.5
    for layer, wanted in [
        (nn.LayerNorm(3), [(x - mean) / spread for x in ratios]),
        (nn.RMSNorm(3), [x / size for x in ratios]),
    ]:
        for scale in (1e10, 1e100, 5e153):
            found = [y.data for y in layer([scale * x for x in ratios])]
            assert found == pytest.approx(wanted, rel=1e-13)
        assert [y.data for y in layer([1e155 * x for x in ratios])] == [0.0] * 3


def test_layers_of_recurrent_nets(Value):
    net = nn.GRU(2, 3, num_layers=2, seed=0)
    assert [name for name, _ in net.named_children()] == ["cell", "above.0"]
    assert net.weight_ih_l1 is net.above[0].weight_ih
    assert not hasattr(net, "weight_ih_l2")
    with pytest.raises(AttributeError, match="'GRU' object has no attribute 'weight_l1'"):
        _ = net.weight_l1
    message = "the state of 2 layers is a list with the hidden numbers of each layer, got list of"
    with pytest.raises(ValueError, match=f"{message} length 3"):
        net([[1.0, 2.0]], [0.0, 0.0, 0.0])
    for bad in (0, True, False, 1.5):
        with pytest.raises(ValueError, match="num_layers is a whole number of at least 1"):
            nn.LSTM(2, 3, num_layers=bad)
    assert copy.deepcopy(net).state_dict() == net.state_dict()


def test_embedding_is_pytorchs(Value, torch):
    theirs, ours = torch.nn.Embedding(5, 3).double(), nn.Embedding(5, 3)
    ours.load_state_dict(theirs.state_dict())
    index = [3, 1, 3]
    y, z = ours(index), theirs(torch.tensor(index))
    close(y, z)
    weighted(y).backward()
    torch_weighted(torch, z).backward()
    same_gradients(ours, theirs)


def test_functions_are_pytorchs(Value, torch):
    functional = torch.nn.functional
    xs = [-30.0, -2.0, -0.5, 0.0, 0.5, 2.0, 10.0]
    for name, options in {
        "sigmoid": {}, "tanh": {}, "relu": {}, "leaky_relu": {"negative_slope": 0.3},
        "elu": {"alpha": 2.0}, "gelu": {"approximate": "tanh"}, "silu": {}, "softplus": {},
    }.items():  # fmt: skip
        for chosen in ({}, options):
            for x in xs:
                v = Value(x)
                t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
                y, z = getattr(nn, name)(v, **chosen), getattr(functional, name)(t, **chosen)
                y.backward()
                z.backward()
                assert y.data == pytest.approx(z.item(), rel=1e-12, abs=1e-12)
                assert v.grad == pytest.approx(t.grad.item(), rel=1e-12, abs=1e-12)
    close([Value(y) for y in nn.softmax(xs)], functional.softmax(torch.tensor(xs).double(), 0))
    with pytest.raises(ValueError, match='"none" or "tanh", got \'erf\''):
        nn.gelu(1.0, approximate="erf")


def test_gains_are_pytorchs(torch):
    for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    for slope in (0.0, 0.2, math.sqrt(5)):
        ours = nn.init.calculate_gain("leaky_relu", slope)
        assert ours == torch.nn.init.calculate_gain("leaky_relu", slope)
    with pytest.raises(ValueError, match=r"one of linear, .*; got 'swish'"):
        nn.init.calculate_gain("swish")


# Initialisers -------------------------------------------------------------------------------------

MANY, FEW = 100, 40  # inputs and outputs
SPREADS = {  # an initialiser and its standard deviation
    "uniform_": (lambda w: nn.init.uniform_(w, -3.0, 3.0, seed=1), math.sqrt(3)),
    "normal_": (lambda w: nn.init.normal_(w, 0.0, 0.5, seed=1), 0.5),
    "xavier_uniform_": (lambda w: nn.init.xavier_uniform_(w, 2.0, seed=1), 2 * math.sqrt(2 / 140)),
    "xavier_normal_": (lambda w: nn.init.xavier_normal_(w, seed=1), math.sqrt(2 / 140)),
    "kaiming_uniform_": (lambda w: nn.init.kaiming_uniform_(w, seed=1), math.sqrt(2 / 100)),
    "kaiming_normal_": (
        lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="tanh", seed=1),
        5 / 3 / math.sqrt(40),
    ),
}


@pytest.mark.parametrize("name", SPREADS)
def test_initialisers_have_their_moments(name, Value):
    fill, deviation = SPREADS[name]
    weight = nn.init.values(FEW, MANY)
    assert fill(weight) is weight
    drawn = [w.data for w in flat(weight)]
    assert statistics.mean(drawn) == pytest.approx(0.0, abs=4 * deviation / math.sqrt(len(drawn)))
    assert statistics.pstdev(drawn) == pytest.approx(deviation, rel=0.04)
    if "uniform" in name:
        assert 0.99 * math.sqrt(3) * deviation < max(map(abs, drawn)) <= math.sqrt(3) * deviation
    else:
        assert max(map(abs, drawn)) > 3 * deviation
    again = fill(nn.init.values(FEW, MANY))
    assert [w.data for w in flat(again)] == drawn


def test_initialisers_have_pytorchs_spread(Value, torch):
    torch.manual_seed(0)
    for name in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"):
        theirs = getattr(torch.nn.init, name)(torch.empty(FEW, MANY))
        ours = [w.data for w in flat(getattr(nn.init, name)(nn.init.values(FEW, MANY), seed=2))]
        assert statistics.pstdev(ours) == pytest.approx(theirs.std().item(), rel=0.05)


def test_initialisers_say_what_does_not_fit(Value):
    with pytest.raises(ValueError, match="list of rows of Values, got list of length 3"):
        nn.init.xavier_uniform_(nn.init.values(3))
    with pytest.raises(TypeError, match=r"fills Values in lists, got float 1\.0"):
        nn.init.zeros_([1.0])
    with pytest.raises(ValueError, match='"fan_in" or "fan_out", got \'fan\''):
        nn.init.kaiming_normal_(nn.init.values(2, 2), mode="fan")


MODELS = {
    "MLP": lambda seed: nn.MLP(3, [4, 1], seed=seed),
    "Linear": lambda seed: nn.Linear(3, 2, seed=seed),
    "Embedding": lambda seed: nn.Embedding(3, 2, seed=seed),
    "CausalSelfAttention": lambda seed: nn.CausalSelfAttention(4, 2, seed=seed),
    "RNN": lambda seed: nn.RNN(2, 3, seed=seed),
    "LSTM": lambda seed: nn.LSTM(2, 3, seed=seed),
    "GRU": lambda seed: nn.GRU(2, 3, 2, seed=seed),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_model(name, Value, monkeypatch):
    make = MODELS[name]
    state = make(5).state_dict()
    assert make(random.Random(5)).state_dict() == state != make(6).state_dict()
    random.seed(7)
    unseeded = make(None).state_dict()
    assert make(None).state_dict() != unseeded
    random.seed(7)
    assert make(None).state_dict() == unseeded
    monkeypatch.setattr(ag, "Value", ag.PythonValue)  # and on the other engine
    assert make(5).state_dict() == state


# Compiled -----------------------------------------------------------------------------------------


def compiled_as_it_is(model, x):
    def loss(x):
        return weighted(model(x))

    model.zero_grad()
    value = loss(x)
    value.backward()
    grads = [p.grad for p in model.parameters()]
    model.zero_grad()
    program = ag.compile(loss)
    for _ in range(2):
        assert program.value(x) == pytest.approx(value.data, rel=1e-13, abs=1e-13)
    program.backward(x)
    assert [p.grad for p in model.parameters()] == pytest.approx(grads, rel=1e-12, abs=1e-13)
    assert program.traces == 1


@pytest.mark.parametrize("name", [name for name in LAYERS if not name.endswith("plain")])
def test_a_compiled_layer_gives_the_same_numbers(name, Value):
    make, x = LAYERS[name]
    model = nn.Sequential(nn.Linear(len(x), len(x), seed=1), make(nn))
    compiled_as_it_is(model, x)


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_compiled_sequence_gives_the_same_numbers(name, Value):
    compiled_as_it_is(SEQUENCES[name](), SEQUENCE)


def test_a_compiled_embedding_takes_its_index_as_data(Value):
    table = nn.Embedding(5, 3, seed=0)
    program = ag.compile(lambda index: weighted(table(index)))
    for index in ([0, 4], [3, 3]):
        table.zero_grad()
        expected = weighted(table(index))
        expected.backward()
        grads = [p.grad for p in table.parameters()]
        table.zero_grad()
        program.backward(index)
        assert program.value(index) == pytest.approx(expected.data, rel=1e-14)
        assert [p.grad for p in table.parameters()] == pytest.approx(grads, rel=1e-14)
    assert program.traces == 1
    with pytest.raises(IndexError, match="an int from 0 to 4, got"):
        program.value([0, 5])
    batch = ag.compile(lambda index: table(index)[0], batch="none")
    assert batch.value([0, 3, 1]) == [table.weight[i][0].data for i in (0, 3, 1)]


def test_dropout_is_not_frozen_by_compile(Value):
    net = nn.Sequential(nn.Linear(2, 4, seed=0), nn.Dropout(0.5, seed=0))
    program = ag.compile(lambda x: weighted(net(x)))
    with pytest.raises(ag.TraceError, match=r"Dropout\(p=0.5\) draws at random .* eval\(\)"):
        program.value([1.0, 2.0])
    net.eval()
    assert program.value([1.0, 2.0]) == pytest.approx(weighted(net([1.0, 2.0])).data)


# Layers by themselves -----------------------------------------------------------------------------


def test_dropout_draws_scales_and_stops(Value):
    x = [Value(1.0) for _ in range(2000)]
    dropout = nn.Dropout(0.25, seed=3)
    y = [v.data for v in dropout(x)]
    assert set(y) == {0.0, 1 / 0.75}
    assert y.count(0.0) / len(y) == pytest.approx(0.25, abs=0.04)
    assert [v.data for v in dropout(x)] != y
    assert [v.data for v in nn.Dropout(0.25, seed=3)(x)] == y
    first = dropout(x)[0]
    first.backward()
    assert x[0].grad == first.data
    assert dropout.eval()(x) == x
    assert nn.Dropout(0.0)(x) == x
    assert {v.data for v in nn.Dropout(1.0)(x)} == {0.0}
    twin = pickle.loads(pickle.dumps(dropout.train()))
    assert [v.data for v in twin(x)] == [v.data for v in dropout(x)]
    for bad in (-0.1, 1.5, math.nan):
        with pytest.raises(ValueError, match="probability, from 0 to 1; got"):
            nn.Dropout(bad)


def test_layers_give_lists_of_values_also_for_width_one(Value):
    for layer in (nn.Linear(1, 1), nn.LayerNorm(1), nn.RMSNorm(1), nn.RNNCell(1, 1)):
        y = layer([2.0])
        assert isinstance(y, list)
        assert [type(v) for v in y] == [Value]
    assert [type(v) for v in nn.Embedding(2, 1)(0)] == [Value]
    assert [type(v) for row in nn.CausalSelfAttention(1)([[2.0]]) for v in row] == [Value]


WRONG = {
    "Linear": (lambda: nn.Linear(3, 2), [1.0, 2.0], r"Linear\(in_.*\) takes 3 inputs, got 2"),
    "one": (lambda: nn.Linear(1, 2), [1.0, 2.0], r"Linear\(in_.*\) takes 1 input, got 2"),
    "LayerNorm": (lambda: nn.LayerNorm(3), [1.0], r"LayerNorm\(3, .*\) takes 3 inputs, got 1"),
    "RMSNorm": (lambda: nn.RMSNorm(3), [], r"RMSNorm\(3, .*\) takes 3 inputs, got 0"),
    "attention": (
        lambda: nn.CausalSelfAttention(4, 2),
        [[1.0] * 4, [1.0] * 3],
        r"CausalSelfAttention\(width=4, heads=2\) takes 4 numbers for each position, got 3",
    ),
    "RNNCell": (lambda: nn.RNNCell(2, 3), [1.0], r"RNNCell\(2, 3\) takes 2 inputs, got 1"),
    "LSTM": (lambda: nn.LSTM(2, 3), [[1.0]], r"LSTMCell\(2, 3\) takes 2 inputs, got 1"),
    "batch": (
        lambda: nn.Linear(2, 1),
        [[1.0, 2.0], [3.0, 4.0]],
        r"takes 2 inputs, got 2 lists of 2; .*\[layer\(x\) for x in samples\]",
    ),
    "ReLU": (lambda: nn.ReLU(), [[1.0]], r"ReLU\(\) takes inputs, got 1 lists of 1; .*one sample"),
    "Dropout": (lambda: nn.Dropout(0.1), [[1.0]], r"Dropout\(p=0.1\) takes inputs, got 1 lists"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_sizes_are_said_with_the_layer(name, Value):
    make, x, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        make()(x)


def test_other_mistakes_are_said(Value):
    with pytest.raises(TypeError, match=r"takes 2 inputs in a list, got float 2.0"):
        nn.Linear(2, 1)(2.0)
    with pytest.raises(TypeError, match=r"float 1.0; two samples are \[\[1.0\], \[2.0\]\]"):
        nn.predict(nn.Linear(1, 1), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"takes 3 numbers in the hidden state, got 2"):
        nn.RNNCell(2, 3)([1.0, 2.0], [0.0, 0.0])
    with pytest.raises(ValueError, match=r"takes 3 numbers in the memory, got 1"):
        nn.LSTMCell(2, 3)([1.0, 2.0], ([0.0] * 3, [0.0]))
    with pytest.raises(ValueError, match=r"a state of two lists \(hidden, memory\), got 3"):
        nn.LSTMCell(2, 3)([1.0, 2.0], [0.0] * 3)
    with pytest.raises(TypeError, match=r"Softmax\(\) takes inputs in a list, got Value"):
        nn.Softmax()(Value(1.0))
    with pytest.raises(TypeError, match="takes 3 inputs in a list, got str 'abc'"):
        nn.Linear(3, 1)("abc")
    for unordered in ({0: 5.0, 1: 6.0}, {5.0, 6.0}, {0: 5.0, 1: 6.0}.keys()):
        for layer in (nn.Linear(2, 1), nn.MLP(2, [1]), nn.LayerNorm(2), nn.RNNCell(2, 1)):
            with pytest.raises(TypeError, match=r"takes 2 inputs in a list, got (dict|set)"):
                layer(unordered)
        with pytest.raises(IndexError, match=r"takes an int from 0 to 4, got (dict|set)"):
            nn.Embedding(5, 2)(unordered)
    with pytest.raises(TypeError):
        nn.Linear(2, 1, seed=1.5)
    for bad in (5, -1, 1.5, "a", None, Value(1.0)):
        with pytest.raises(IndexError, match=r"Embedding\(5, 2\) takes an int from 0 to 4, got"):
            nn.Embedding(5, 2)(bad)
    with pytest.raises(ValueError, match="heads divide the width; got width 4 and 3 heads"):
        nn.CausalSelfAttention(4, 3)
    with pytest.raises(ValueError, match='"tanh" or "relu", got \'gelu\''):
        nn.RNNCell(1, 1, nonlinearity="gelu")
    for make in (nn.Linear, nn.RNNCell, nn.LSTMCell, nn.Embedding):
        for bad in (0, -1, 2.5, True, "3"):
            with pytest.raises(ValueError, match="is a whole number of at least 1, got"):
                make(2, bad)
    for bad in ("relu", nn.ReLU):
        with pytest.raises(TypeError, match=r"a function of one Value, such as nn\.relu"):
            nn.MLP(2, [2, 1], bad)
    for bad in (nn.relu, nn.ReLU, "relu"):
        with pytest.raises(TypeError, match=r"takes modules, such as nn\.Linear"):
            nn.Sequential(nn.Linear(2, 2), bad)


def test_activation_layers_serve_neurons_too(Value):
    for function, layer in ((nn.tanh, nn.Tanh()), (nn.gelu, nn.GELU())):
        one, two = nn.MLP(2, [3, 1], function, seed=0), nn.MLP(2, [3, 1], layer, seed=0)
        assert one([1.0, 2.0])[0].data == two([1.0, 2.0])[0].data
        assert nn.Neuron(2, layer, seed=0)([1.0, 2.0]).data == pytest.approx(
            nn.Neuron(2, function, seed=0)([1.0, 2.0]).data
        )
    assert nn.Step(0.5)([0.0, Value(0.0)])[0] == 0.5


# Sequential ---------------------------------------------------------------------------------------


def test_sequential_is_a_list_of_modules(Value):
    a, b, c = nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Linear(3, 1, seed=1)
    net = nn.Sequential(a, b, c)
    assert (len(net), net[0], net[-1], list(net)) == (3, a, c, [a, b, c])
    assert list(net[1:]) == [b, c]
    assert net([1.0, 2.0])[0].data == c(b(a([1.0, 2.0])))[0].data
    assert list(nn.Sequential([a, b])) == [a, b]
    assert list(nn.Sequential().append(a).append(b)) == [a, b]
    longer = net[1:].append(nn.Sigmoid())
    assert len(longer) == 3
    named = nn.Sequential({"first": a, "second": b}).add_module("third", c)
    assert named.third is c
    assert [name for name, _ in named.named_children()] == ["first", "second", "third"]
    assert next(iter(named.state_dict())) == "first.weight.0.0"
    for bad in ("first", "forward", "a.b", ""):
        with pytest.raises(ValueError, match="cannot be called"):
            named.add_module(bad, nn.ReLU())
    with pytest.raises(IndexError):
        net[3]
    assert nn.Sequential()(5.0) == 5.0


def test_a_state_of_pytorch_is_loaded_as_it_is(Value, torch):
    def make(k):
        return k.Sequential(k.Linear(2, 3), k.LayerNorm(3), k.Tanh(), k.Linear(3, 1))

    theirs, ours = make(torch.nn).double(), make(nn)
    ours.load_state_dict(theirs.state_dict())
    close(ours([1.0, 2.0]), theirs(torch.tensor([1.0, 2.0], dtype=torch.float64)))


# Modules ------------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        self.scale = ag.Value(2.0)
        self.parts = {"one": nn.Linear(2, 2, seed=0), "two": [nn.ReLU(), nn.Dropout(0.1)]}
        self.tied = self.parts["one"]
        self.name = "net"

    def forward(self, x):
        return [self.scale * y for y in self.parts["one"](x)]


def test_modules_are_found_by_name(Value):
    net = Net()
    names = ["", "parts.one", "parts.two.0", "parts.two.1"]
    assert [name for name, _ in net.named_modules()] == names
    assert net.modules()[0] is net
    assert net.children() == net.modules()[1:]
    called = []
    assert net.apply(called.append) is net
    assert called == net.modules()[::-1]


def test_train_and_eval_reach_the_children(Value):
    net = Net()
    assert all(module.training for module in net.modules())
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert net.train() is net
    assert all(module.training for module in net.modules())
    assert len(net.parameters()) == 7


class ReadOnly(nn.Module):
    @property
    def training(self):
        return False


class ByProperty(nn.Module):
    """Keeps its mode under another name."""

    mode = True

    @property
    def training(self):
        return self.mode

    @training.setter
    def training(self, mode):
        self.mode = mode


@pytest.mark.parametrize("mode", [True, False])
def test_a_mode_for_a_while_leaves_all_as_it_was(mode):
    net = nn.Sequential(nn.Linear(1, 1, seed=0), ByProperty(), nn.Dropout(0.5))
    net[0].training = net[1].training = mode
    before = [dict(vars(module)) for module in net.modules()]
    for wanted in (True, False):
        with training_mode(net.modules(), wanted):
            assert {module.training for module in net.modules()} == {wanted}
        assert [dict(vars(module)) for module in net.modules()] == before
    refusing = training_mode([*net.modules(), ReadOnly()], not mode)
    with pytest.raises(AttributeError), refusing:
        pass
    assert [dict(vars(module)) for module in net.modules()] == before


class Strange:
    def __getattr__(self, name):
        raise RuntimeError(f"nobody is to ask for {name}")


def test_no_attribute_of_a_module_is_asked_what_it_is(Value):
    """A weak proxy, for one, is a module where it is asked for its class, or gone."""
    net = Net()
    names, modules = list(net.state_dict()), net.modules()
    net.parent, net.strange = weakref.proxy(net), Strange()
    net.gone = weakref.proxy(Strange())
    assert list(net.state_dict()) == names
    assert net.modules() == modules
    for compile in (True, False):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nn.NotCompiledWarning)
            nn.fit(net, [[1.0, 2.0]], [[2.0, 1.0]], loss=nn.mse, optimizer="sgd", compile=compile)


def test_weights_may_be_tied(Value):
    net = nn.Sequential(nn.Embedding(5, 3, seed=0), nn.Linear(3, 5, bias=False))
    net[1].weight = net[0].weight
    assert len(net.parameters()) == 15
    assert [line.split()[-1] for line in net.summary().splitlines()[1:]] == ["15", "0", "15"]
    weighted(net(2)).backward()
    assert net[0].weight[2][0].grad != 0.0 != net[0].weight[1][0].grad
    twin = copy.deepcopy(net)
    assert twin[1].weight[0][0] is twin[0].weight[0][0]
    twin.load_state_dict(net.state_dict())


def test_arrays_of_values_are_parameters(Value):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    net = nn.Module()
    net.w = np.array([[Value(1.0), Value(2.0)]], dtype=object)
    net.mean = np.array([1.0, 2.0])
    assert net.state_dict() == {"w.0.0": 1.0, "w.0.1": 2.0}


def test_repr_and_summary_show_what_is_inside(Value):
    assert repr(Net()) == (
        "Net(\n"
        "  (parts.one): Linear(in_features=2, out_features=2, bias=True)\n"
        "  (parts.two.0): ReLU()\n"
        "  (parts.two.1): Dropout(p=0.1)\n"
        ")"
    )
    nested = nn.Sequential(nn.Sequential(nn.Tanh()), nn.Neuron(2))
    assert repr(nested) == (
        "Sequential(\n"
        "  (0): Sequential(\n"
        "    (0): Tanh()\n"
        "  )\n"
        "  (1): Neuron(2, activation=relu)\n"
        ")"
    )
    assert repr(nn.CausalSelfAttention(2)).startswith(
        "CausalSelfAttention(\n  width=2, heads=1\n  (query): Linear("
    )
    lines = Net().summary().splitlines()
    assert lines[0].split() == ["name", "layer", "parameters"]
    assert lines[1].split() == ["Net()", "1"]
    assert lines[2].split()[0] == "parts.one"
    assert lines[2].endswith(" 6")
    assert lines[-1].split() == ["total", "7"]
    child, parent = nn.Module(), nn.Module()
    child.parent, parent.child = parent, child
    assert repr(parent) == "Module(\n  (child): Module(\n    (parent): ...\n  )\n)"
    assert parent.summary().splitlines()[-1].split() == ["total", "0"]


def test_repr_of_a_sequential_is_pytorchs(Value, torch):
    def make(k):
        return k.Sequential(
            k.Linear(2, 3), k.LeakyReLU(), k.ELU(), k.GELU(), k.SiLU(), k.Sequential(k.Tanh()),
            k.Embedding(3, 2), k.RNNCell(2, 3), k.LSTMCell(2, 3),
        )  # fmt: skip

    assert repr(make(nn)) == repr(make(torch.nn))


# States -------------------------------------------------------------------------------------------

HARD = [0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 1 / 3]


def test_states_are_exact_and_files_readable(Value, tmp_path):
    net = nn.Module()
    net.w = [Value(x) for x in HARD]
    path = tmp_path / "m.json"
    net.save(path)
    twin = nn.Module()
    twin.w = [Value(1.0) for _ in HARD]
    assert twin.load(str(path)) is twin
    assert [repr(v.data) for v in twin.w] == [repr(x) for x in HARD]
    assert path.read_text().splitlines()[1] == ' "w.0": 0.1,'
    net.w[6].data = 1.0
    net.save(path)  # over the old file
    assert json.loads(path.read_text(), parse_constant=pytest.fail)["w.4"] == "inf"
    assert [p.name for p in tmp_path.iterdir()] == ["m.json"]


def test_a_save_that_fails_leaves_the_old_file(Value, tmp_path, monkeypatch):
    net, path = nn.Linear(2, 1), tmp_path / "m.json"
    net.save(path)
    before = path.read_text()

    def full(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    net.weight[0][0].data = 7.0
    with pytest.raises(OSError, match="no space"):
        net.save(path)
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.json"]


UNFIT = {
    "missing": ({"weight": [[1.0, 2.0]]}, ValueError, "does not fit Linear: bias is missing"),
    "extra": (
        {"weight": [[1.0, 2.0]], "bias": [1.0], "scale": 1.0},
        ValueError,
        "Linear has no scale",
    ),
    "size": (
        {"weight": [[1.0, 2.0, 3.0]], "bias": [1.0]},
        ValueError,
        "weight is 1 x 2 in Linear, 1 x 3 in the state",
    ),
    "flat": ({"weight": 1.0, "bias": [1.0]}, ValueError, "1 x 2 in Linear, one number in the"),
    "ragged": ({"weight": [[1.0, 2.0], [3.0]], "bias": [1.0]}, ValueError, "2 x 2 in the state"),
    "None": ({"weight": [[1.0, None]], "bias": [1.0]}, TypeError, "weight.0.1: .* got None"),
    "text": ({"weight": [[1.0, "2"]], "bias": [1.0]}, TypeError, "weight.0.1: .* got str '2'"),
    "huge": ({"weight": [[1.0, 10**400]], "bias": [1.0]}, OverflowError, "weight.0.1: int too"),
    "list": ([1.0, 2.0], TypeError, "a state is a dict of numbers by name, got list of length 2"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_state_that_does_not_fit_changes_nothing(name, Value):
    state, kind, message = UNFIT[name]
    net = nn.Linear(2, 1, seed=0)
    before = net.state_dict()
    with pytest.raises(kind, match=message):
        net.load_state_dict(state)
    assert net.state_dict() == before


def test_a_file_that_is_no_model_is_said(Value, tmp_path):
    path = tmp_path / "broken.json"
    for text in (b'{"weight.0.0": 1.0,', b"", b"\xff\xfe"):
        path.write_bytes(text)
        with pytest.raises(ValueError, match=r"broken\.json holds no saved model that fits Li"):
            nn.Linear(2, 1).load(path)
    nn.Linear(2, 1).save(path)  # a model, but another
    with pytest.raises(ValueError, match=r"no saved model that fits Linear: .*weight is 1 x 3"):
        nn.Linear(3, 1).load(path)
    with pytest.raises(FileNotFoundError):
        nn.Linear(2, 1).load(tmp_path / "none.json")


@pytest.mark.parametrize("name", MODELS)
def test_models_are_copied_and_pickled_also_across_engines(name, Value, monkeypatch):
    net = MODELS[name](0)
    net.parameters()[0].grad = 3.0
    pickled = pickle.dumps(net)
    for engine in {ag.PythonValue, ag.NativeValue or ag.PythonValue}:
        monkeypatch.setattr(ag, "Value", engine)
        for twin in (copy.deepcopy(net), pickle.loads(pickled)):
            assert {type(p) for p in twin.parameters()} == {engine}
            assert twin.state_dict() == net.state_dict()
            assert twin.parameters()[0].grad == 3.0
            twin.parameters()[0].data = 9.0
            assert net.parameters()[0].data != 9.0
