"""fit on sequences of different lengths: one trace, the numbers of eager code and of PyTorch."""

import random
import warnings

import pytest

import autograd_lite as ag
import nn
from nn.pairing import flat
from nn.training.objective import NotCompiledWarning, Objective, Outputs

RNG = random.Random(3)
X = [[[RNG.gauss(0, 1), RNG.gauss(0, 1)] for _ in range(n)] for n in (3, 1, 4, 4, 2, 6, 3, 5, 1, 2)]
Y = [len(rows) % 2 for rows in X]
OPTIONS = {"optimizer": "adam", "lr": 0.05, "epochs": 3, "batch_size": 4, "seed": 0}


class Reader(nn.Module):
    """A net that reads a sequence, and tells two numbers of it."""

    def __init__(self, kind=nn.GRU, layers=1, seed=1):
        self.net, self.head = kind(2, 3, num_layers=layers, seed=seed), nn.Linear(3, 2, seed=seed)

    def forward(self, xs):
        _, state = self.net(xs)
        state = state if len(self.net.above) == 0 else state[-1]
        return self.head(state[0] if isinstance(self.net, nn.LSTM) else state)


class LastOutput(Reader):
    def forward(self, xs):
        return self.head(self.net(xs)[0][-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "layers", "loss", "targets"),
    [
        (nn.GRU, 1, nn.cross_entropy, Y),
        (nn.LSTM, 2, nn.mse, [[0.1 * len(rows), rows[0][0]] for rows in X]),
        (nn.RNN, 1, lambda z, label: ag.logsumexp(z) - z[label], Y),
    ],
    ids=["GRU", "LSTM", "RNN"],
)
def test_compiled_and_not_give_the_same_numbers(Value, kind, layers, loss, targets):
    found = []
    for compile in (True, False):
        net = Reader(kind, layers)
        metrics = ["accuracy"] if targets is Y else ["r2"]
        history = nn.fit(
            net, X, targets, loss=loss, compile=compile, metrics=metrics, **OPTIONS,
            validation_data=(X[:5], targets[:5]), sample_weight=range(1, len(X) + 1),
        )  # fmt: skip
        columns = [x for name in history for x in history[name]]
        found.append([p.data for p in net.parameters()] + columns + flat(nn.predict(net, X)))
    assert found[0] == pytest.approx(found[1], rel=1e-10, abs=1e-12)


def test_all_lengths_have_one_trace(Value):
    net = Reader()
    objective, outputs = Objective(net, nn.cross_entropy, X, Y), Outputs(net, X)
    for chosen in ([0], [1, 2], range(len(X))):
        assert objective.value(chosen) == pytest.approx(objective.eager(chosen).data, rel=1e-13)
    wanted = [[y.data for y in net(xs)] for xs in X]
    assert flat(outputs.all()) == pytest.approx(flat(wanted), rel=1e-13)
    assert (objective.program.traces, outputs.program.traces) == (1, 1)


def test_long_sequences_of_one_length_are_a_loop(Value, monkeypatch):
    monkeypatch.setattr("nn.training.objective.UNROLLED", 3)
    xs = [[[0.1 * i * k, 0.2] for i in range(4)] for k in range(5)]
    for model, sequences in ((Reader(), True), (lambda x: [x[-1][0] * ag.Value(2.0)] * 2, False)):
        objective = Objective(model, nn.mse, xs, [[1.0, 2.0]] * 5)
        assert bool(objective.program.sequences) is sequences
        assert objective.value() == pytest.approx(objective.eager(range(5)).data, rel=1e-13)


@pytest.mark.slow
def test_what_asks_for_an_entry_runs_uncompiled(Value):
    with pytest.warns(NotCompiledWarning, match="the last output of a net is in its state"):
        history = nn.fit(LastOutput(), X, Y, loss=nn.cross_entropy, **OPTIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = nn.fit(Reader(), X, Y, loss=nn.cross_entropy, **OPTIONS)
    assert history["loss"] == pytest.approx(same["loss"], rel=1e-12)


def test_a_page_wants_one_length():
    with pytest.raises(ValueError, match="sequences of different lengths"):
        nn.playground(Reader(), X, Y, loss=nn.cross_entropy, optimizer=nn.SGD)


def test_pytorchs_packed_sequences():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    net = Reader()
    theirs, head = torch.nn.GRU(2, 3).double(), torch.nn.Linear(3, 2).double()
    numbers = lambda x: [numbers(y) for y in x] if isinstance(x, list) else x.data
    tensor = lambda x: torch.tensor(numbers(x), dtype=torch.float64)
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            parameter.copy_(tensor(getattr(net.net, name)))
        head.weight.copy_(tensor(net.head.weight))
        head.bias.copy_(tensor(net.head.bias))
    history = nn.fit(
        net, X, Y, loss=nn.cross_entropy, optimizer="sgd", lr=0.5, epochs=5, batch_size=len(X)
    )
    rows = [torch.tensor(xs, dtype=torch.float64) for xs in X]
    packed = torch.nn.utils.rnn.pack_sequence(rows, enforce_sorted=False)
    optimizer = torch.optim.SGD([*theirs.parameters(), *head.parameters()], lr=0.5)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(head(theirs(packed)[1][0]), torch.tensor(Y))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert history["loss"] == pytest.approx(losses, rel=1e-12)
    assert numbers(net.head.bias) == pytest.approx(head.bias.tolist(), rel=1e-11)
