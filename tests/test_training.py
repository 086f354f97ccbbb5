"""fit: the same numbers compiled and not, resumed and not; and what it says when it goes wrong."""

import contextlib
import functools
import importlib.util
import json
import math
import random
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

import autograd_lite as ag
import nn
from autograd_lite.primitive import plain
from nn.training.objective import Objective, Packed, _agree


def net(*widths, activation=ag.tanh, seed=1):
    return nn.MLP(widths[0], list(widths[1:]), activation, seed=seed)


def weights(model):
    return [p.data for p in model.parameters()]


XOR = nn.datasets.xor()
OPTIONS = {"loss": nn.cross_entropy, "optimizer": functools.partial(nn.Adam, lr=0.05), "seed": 0}


def user_cross_entropy(z, label):
    return ag.logsumexp(z) - z[label]


def user_branches(z, label):
    p = z[0].sigmoid()
    return -(p.log()) if label == 1 else -((1 - p).log())


LOSSES = {
    "cross_entropy": (nn.cross_entropy, 2, [0, 1, 1, 0]),
    "partial": (functools.partial(nn.cross_entropy, reduction="sum"), 2, [0, 1, 1, 0]),
    "indexed": (user_cross_entropy, 2, [0, 1, 1, 0]),
    "compared": (user_branches, 1, [0, 1, 1, 0]),
    "compared floats": (user_branches, 1, [0.0, 1.0, 1.0, 0.0]),
    "signs": (lambda z, y: ag.relu(1 - y * z[0]), 1, [-1, 1, 1, -1]),
    "hinge": (nn.hinge, 1, [-1, 1, 1, -1]),
    "logits": (nn.binary_cross_entropy_with_logits, 1, [0, 1, 1, 0]),
    "smoothed": (lambda z, y: nn.cross_entropy(z, y, label_smoothing=0.1), 2, [0, 1, 1, 0]),
    "numbers": (nn.mse, 1, [0.1, 0.9, 0.8, 0.3]),
    "rows": (nn.mse, 2, [[0.1, 0.2], [0.9, 0.1], [0.8, 0.5], [0.3, 0.3]]),
}


@pytest.mark.parametrize("case", LOSSES.values(), ids=LOSSES.keys())
def test_compiled_and_not_give_the_same_numbers(Value, case):
    loss, outputs, y = case
    found = []
    for compile in (True, False):
        model = net(2, 3, outputs)
        history = nn.fit(
            model, XOR.x, y, loss=loss, optimizer=nn.Adam(model.parameters(), lr=0.05), epochs=4,
            batch_size=3, seed=0, compile=compile, validation_data=(XOR.x, y),
        )  # fmt: skip
        found.append(weights(model) + history["loss"] + history["val_loss"])
    assert found[0] == pytest.approx(found[1], rel=1e-10, abs=1e-12)
    objective = Objective(net(2, 3, outputs), loss, XOR.x, y)
    assert objective.program is not None


def test_class_labels_reach_the_tape_as_probabilities(Value):
    objective = Objective(net(2, 3, 3), nn.cross_entropy, XOR.x, XOR.y)  # of three classes, two
    assert objective.packed[1]([0, 1]).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


@pytest.mark.parametrize("loaded", [True, False])
def test_rows_are_picked_as_from_a_list(monkeypatch, loaded):
    numpy = pytest.importorskip("numpy") if loaded else None
    monkeypatch.setitem(sys.modules, "numpy", numpy)
    rng = random.Random(0)
    numbers = [rng.random() for _ in range(400)]
    for rows in (numbers, [[x, -x] for x in numbers], [[[x], [1.0]] for x in numbers]):
        packed = Packed(rows)
        for chosen in (
            range(400), range(7, 10), range(0, 400, 2), range(399, -1, -1), [5],
            rng.choices(range(400), k=30), rng.choices(range(400), k=300),
        ):  # fmt: skip
            assert packed(chosen).tolist() == [rows[i] for i in chosen]
        assert Packed(rows[:1])(range(1)).tolist() == rows[:1]


@pytest.mark.parametrize(("number", "wanted", "same"), [
    (1e-10, 0.0, True), (2e-9, 0.0, False), (1.0 + 1e-10, 1.0, True), (1.0 + 2e-9, 1.0, False),
    (-1e9 - 0.5, -1e9, True), (-1e9 - 2.0, -1e9, False), (math.nan, math.nan, True),
    (math.inf, math.inf, True), (math.inf, -math.inf, False), (1.0, math.inf, False),
    (math.inf, 1.0, False), (1.0, math.nan, False), (math.nan, 1.0, False),
])  # fmt: skip
def test_a_tape_is_right_if_its_loss_is_the_same_to_rounding(number, wanted, same):
    assert _agree(number, wanted) is same


def test_fit_is_the_loop_written_by_hand(Value):
    model, twin = net(2, 3, 2), net(2, 3, 2)
    history = nn.fit(model, XOR, epochs=5, batch_size=4, shuffle=False, **OPTIONS)
    optimizer = nn.Adam(twin.parameters(), lr=0.05)
    for epoch in range(5):
        loss = nn.cross_entropy([twin(x) for x in XOR.x], XOR.y)
        assert history["loss"][epoch] == pytest.approx(loss.data, rel=1e-12)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert weights(model) == pytest.approx(weights(twin), rel=1e-11)


class Order(nn.Callback):
    """The places of the samples, batch by batch, in a list for each epoch."""

    def __init__(self):
        self.epochs = []

    def on_epoch_begin(self, training):
        self.epochs.append([])

    def on_batch_end(self, training):
        self.epochs[-1].append(list(training.chosen))


def test_each_epoch_takes_every_sample_once_in_an_order_of_its_own(Value):
    data = nn.datasets.moons(20, seed=0)

    def orders(**options):
        order = Order()
        options = OPTIONS | {"epochs": 3, "batch_size": 6, "callbacks": [order]} | options
        nn.fit(net(2, 2), data, **options)
        assert all([len(batch) for batch in epoch] == [6, 6, 6, 2] for epoch in order.epochs)
        return [[i for batch in epoch for i in batch] for epoch in order.epochs]

    straight = list(range(20))
    assert orders(shuffle=False) == [straight] * 3
    shuffled = orders()
    assert [sorted(epoch) for epoch in shuffled] == [straight] * 3
    assert len({tuple(epoch) for epoch in [straight, *shuffled]}) == 4
    assert orders(seed=random.Random(0)) == shuffled
    assert orders(seed=1) != shuffled


@pytest.mark.parametrize("compile", [True, False])
def test_metrics_are_taken_without_dropout(Value, compile):
    data, seen = nn.datasets.moons(20, seed=0), []
    parts = nn.Linear(2, 4, seed=0), nn.Dropout(0.5, seed=1), nn.Linear(4, 2, seed=2)
    model = nn.Sequential(*parts)

    def kept(predictions, targets):
        seen.append([plain(x) for row in predictions for x in row])
        return nn.cross_entropy(predictions, targets).data

    class InTraining(nn.Callback):
        def on_batch_end(self, training):
            assert all(module.training for module in model.modules())
            measured = training.runs[1:]  # which draw nothing, so that they have tapes
            assert [run.program is not None for run in measured] == [compile] * 3

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nn.NotCompiledWarning)
        history = nn.fit(
            model, data, validation_data=(data.x[:5], data.y[:5]), metrics={"kept": kept},
            callbacks=[InTraining()], compile=compile,
            **OPTIONS | {"optimizer": nn.SGD(model.parameters(), lr=0.0)},
        )  # fmt: skip
    assert all(module.training for module in model.modules())
    model.eval()
    outputs = [z.data for x in data.x for z in model(x)]
    assert seen == [pytest.approx(outputs), pytest.approx(outputs[:10])]
    wanted = nn.cross_entropy([model(x) for x in data.x], data.y).data
    assert history["kept"] == [pytest.approx(wanted)]
    assert history["val_kept"] == history["val_loss"]
    assert history["loss"][0] != pytest.approx(wanted)  # with dropout


def test_a_penalty_is_a_part_of_the_loss(Value):
    found = []
    for compile in (True, False):
        parameters = (model := net(2, 3, 2)).parameters()
        loss = lambda z, y: nn.cross_entropy(z, y) + 0.01 * nn.l2_penalty(parameters)  # noqa: B023
        nn.fit(model, XOR, **OPTIONS | {"loss": loss}, epochs=3, compile=compile)
        found.append(weights(model))
    assert found[0] == pytest.approx(found[1], rel=1e-11)


class Noisy(nn.Module):
    """Draws random numbers, so it cannot be traced."""

    def __init__(self):
        self.inner, self.rng = net(2, 2), random.Random(5)

    def forward(self, x):
        return [z + self.rng.gauss(0, 0.1) for z in self.inner(x)]


SOURCES = {  # what makes a generator of a model, and how it draws
    "Python": (lambda: random.Random(3), lambda rng: rng.gauss(0.0, 0.1)),
    "global, Python": (lambda: random.seed(3), lambda rng: random.gauss(0.0, 0.1)),
    "PCG64": (lambda: numpy_random().default_rng(3), lambda rng: rng.normal(0.0, 0.1)),
    "Philox": (
        lambda: numpy_random().Generator(numpy_random().Philox(3)),
        lambda rng: rng.integers(9, dtype="int32") / 9,
    ),
    "bits": (
        lambda: numpy_random().PCG64(3),
        lambda rng: rng.random_raw() / 2**70,
    ),
    "MT19937": (lambda: numpy_random().RandomState(3), lambda rng: rng.normal(0.0, 0.1)),
    "global, NumPy": (lambda: numpy_random().seed(3), lambda rng: numpy_random().normal(0.0, 0.1)),
}


def numpy_random():
    return pytest.importorskip("numpy", reason="NumPy is not installed").random


class Drawing(nn.Module):
    """Draws in training from a source."""

    def __init__(self, source):
        make, self.draw = SOURCES[source]
        self.inner, self.rng = net(2, 2), make()

    def forward(self, x):
        return [z + (float(self.draw(self.rng)) if self.training else 0.0) for z in self.inner(x)]


@pytest.mark.parametrize("source", SOURCES)
def test_a_generator_gives_the_same_numbers_compiled_or_not_and_resumed(Value, tmp_path, source):
    def train(epochs, **options):
        return nn.fit(model := Drawing(source), XOR, epochs=epochs, **OPTIONS | options), model

    with pytest.warns(nn.NotCompiledWarning, match="draws random numbers"):
        whole, model = train(4)
    assert train(4, compile=False)[0] == whole

    with nn.modes.evaluating(model):
        model.train()
        seen = [p.data for p in model([0.5, 0.25])]
    assert [p.data for p in model.train()([0.5, 0.25])] == seen  # the draw was taken back

    kept = [nn.Checkpoint(tmp_path / "run.json", resume=True)]
    train(2, compile=False, callbacks=kept)
    assert train(4, compile=False, callbacks=kept)[0] == whole


class OfClass(nn.Module):
    """Its class has the generator."""

    rng = None

    def __init__(self, rng):
        self.inner = net(2, 2)
        type(self).rng = rng

    def forward(self, x):
        return [z + self.rng.normalvariate(0.0, 0.1) for z in self.inner(x)]


class MadeLate(OfClass):
    """The first call makes the generator; the one given is not used."""

    def __init__(self, rng):
        self.inner, self.rng = net(2, 2), None

    def forward(self, x):
        if self.rng is None:
            self.rng = random.Random(3)
        return super().forward(x)


def in_a_list(rng):
    held, inner = [[rng]], net(2, 2)
    return Model(inner, lambda x: [z + held[0][0].gauss(0.0, 0.1) for z in inner(x)])


def bound(rng):
    draw, inner = rng.gauss, net(2, 2)
    return Model(inner, lambda x: [z + draw(0.0, 0.1) for z in inner(x)])


class Model(nn.Module):
    def __init__(self, inner, forward):
        self.inner, self.run = inner, forward

    def forward(self, x):
        return self.run(x)


@pytest.mark.parametrize("make", [OfClass, MadeLate, in_a_list, bound])
def test_generators_wherever_they_are_give_the_same_numbers_compiled_or_not(Value, make):
    with pytest.warns(nn.NotCompiledWarning, match="draws random numbers|is drawn from"):
        compiled = nn.fit(make(random.Random(3)), XOR, epochs=3, **OPTIONS)
    assert nn.fit(make(random.Random(3)), XOR, epochs=3, compile=False, **OPTIONS) == compiled


class Countdown(random.Random):
    """With a state of its own."""

    left = 1000

    def random(self):
        self.left -= 1
        return self.left / 1000

    def getstate(self):
        return {"left": self.left}

    def setstate(self, state):
        self.left = state["left"]


def test_a_generator_with_a_state_of_its_own_is_kept(Value, tmp_path):
    def train(epochs, **options):
        parts = nn.Linear(2, 4, seed=0), nn.Dropout(0.5, seed=Countdown()), nn.Linear(4, 2, seed=2)
        return nn.fit(nn.Sequential(*parts), XOR, epochs=epochs, compile=False, **OPTIONS | options)

    kept = [nn.Checkpoint(tmp_path / "run.json", resume=True)]
    train(2, callbacks=kept)
    assert train(4, callbacks=kept) == train(4)


DAMAGED_STATES = {  # of numpy.random, MT19937 and Philox
    "none": lambda s: s.update(numpy=[]),
    "no list": lambda s: s.update(numpy=None),
    "one more": lambda s: s["numpy"].append({}),
    "one less": lambda s: s["numpy"].pop(),
    "a word": lambda s: s["numpy"].__setitem__(1, "state"),
    "another kind": lambda s: s["numpy"].__setitem__(1, s["numpy"][2]),
    "a place behind the end": lambda s: s["numpy"][1]["state"].update(pos=700),
    "a place before the beginning": lambda s: s["numpy"][1]["state"].update(pos=-5),
    "half a place": lambda s: s["numpy"][1]["state"].update(pos=0.5),
    "no place": lambda s: s["numpy"][0]["state"].pop("pos"),
    "few words": lambda s: s["numpy"][0]["state"]["key"].pop(),
    "more words": lambda s: s["numpy"][1]["state"]["key"].append(1),
    "a word that is too large": lambda s: s["numpy"][1]["state"]["key"].__setitem__(0, 2**40),
    "no gauss": lambda s: s["numpy"][1].pop("gauss"),
    "a place outside of a buffer": lambda s: s["numpy"][2].update(buffer_pos=10**9),
}


@pytest.mark.parametrize("damage", DAMAGED_STATES)
def test_a_damaged_state_of_a_generator_of_numpy_changes_nothing(Value, tmp_path, damage):
    path = tmp_path / "run.json"

    def train(epochs):
        first, second = Drawing("MT19937"), Drawing("Philox")
        model = nn.Sequential(first, second)
        kept = [nn.Checkpoint(path, resume=True)]
        try:
            nn.fit(model, XOR, epochs=epochs, compile=False, callbacks=kept, **OPTIONS)
        except ValueError as error:
            return str(error), weights(model), repr(nn.modes.state_of(first.rng))
        return "trained", weights(model), repr(nn.modes.state_of(first.rng))

    train(2)
    before = path.read_text()
    state = json.loads(before)
    del state["numpy"]  # as version 0.1.0 wrote it
    path.write_text(json.dumps(state))
    assert train(2)[0] == "trained"
    state = json.loads(before)
    DAMAGED_STATES[damage](state)
    path.write_text(json.dumps(state))
    numbers = numpy_random().get_state()[1].tolist()
    message, *found = train(3)
    assert "does not fit this training (ValueError: " in message
    assert "NumPy were in the model" in message or "numpy" in message
    assert found[0] == weights(nn.Sequential(Drawing("MT19937"), Drawing("Philox")))
    assert found[1] == repr(nn.modes.state_of(tried("MT19937")))
    assert numpy_random().get_state()[1].tolist() == numbers


def tried(source):
    """A generator as `fit` leaves it when it has tried a model."""
    first, second = Drawing(source), Drawing("Philox")
    with pytest.raises(RuntimeError, match="before training"):
        nn.fit(nn.Sequential(first, second), XOR, compile=False, callbacks=[Ends()], **OPTIONS)
    return first.rng


class Ends(nn.Callback):
    def on_train_begin(self, training):
        raise RuntimeError("before training")


def test_what_another_thread_draws_meanwhile_is_no_draw_of_the_model(Value):
    class Disturbed(nn.Module):
        """Runs while another thread draws, as those of Dask do, from Python's own generator."""

        def __init__(self):
            self.inner, self.runs = net(2, 2), 0

        def forward(self, x):
            self.runs += 1
            if self.runs in (1, 5):
                thread = threading.Thread(target=random.random)
                thread.start()
                thread.join()
            return self.inner(x)

    model = Disturbed()
    with warnings.catch_warnings():
        warnings.simplefilter("error", nn.NotCompiledWarning)
        nn.fit(model, XOR, epochs=2, **OPTIONS)
    assert model.runs >= 12  # the four samples: as usual, twice more, and traced


def test_numbers_that_mark_a_sample_are_found_on_the_tape_too(Value):
    """Of the first samples, which are tried before training, none has the mark."""

    def masked(prediction, target):
        errors = [(p - y) ** 2 for p, y in zip(prediction, target) if y != -1.0]
        return sum(errors, Value(0.0)) * (1 + target.count(0.25))

    class Padded(nn.Module):
        def __init__(self):
            self.inner = nn.Linear(1, 1, seed=0)

        def forward(self, x):
            return self.inner(x) if x[0] != 1.5 else [Value(0.0)]

    xs = [[i / 10] for i in range(20)]
    ys = [[0.5] if i < 12 else [(-1.0, 0.25)[i % 2]] for i in range(20)]
    options = {"loss": masked, "optimizer": functools.partial(nn.SGD, lr=0.05), "seed": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("error", nn.NotCompiledWarning)
        found = nn.fit(Padded(), xs, ys, epochs=2, progress=False, **options)["loss"]
    assert found == pytest.approx(
        nn.fit(Padded(), xs, ys, epochs=2, compile=False, progress=False, **options)["loss"],
        rel=1e-12,
    )


def test_what_cannot_be_traced_runs_uncompiled_and_says_so_once(Value, monkeypatch):
    with pytest.warns(nn.NotCompiledWarning, match="draws random numbers") as told:
        compiled = nn.fit(Noisy(), XOR, epochs=2, **OPTIONS)
    assert len(told) == 1
    assert told[0].filename == __file__
    assert nn.fit(Noisy(), XOR, epochs=2, compile=False, **OPTIONS) == compiled

    def decides(x):
        n = 0.0
        while n < x[0]:
            n += 1.0
        return model([n, x[1]])

    model = net(2, 3, 2)
    options = OPTIONS | {"optimizer": nn.SGD(model.parameters(), lr=0.1)}
    many = [[float(i), 1.0] for i in range(12)], [0, 1] * 6
    monkeypatch.setattr("autograd_lite.compiler.program.BRANCHES", 9)
    with pytest.warns(nn.NotCompiledWarning, match="more than 9 different branches"):
        nn.fit(decides, *many, epochs=1, **options)


def test_a_branch_that_shows_late_is_taken(Value):
    x = [[float(i), 0.0] for i in range(12)]
    y = [0.5] * 12

    class Late(nn.Module):
        def __init__(self):
            self.inner = net(2, 1)

        def forward(self, x):
            return self.inner(x) if x[0] < 9.5 else [2 * self.inner(x)[0]]

    options = {"loss": nn.mse, "optimizer": nn.SGD, "epochs": 2, "seed": 0}
    model, twin = Late(), Late()
    nn.fit(model, x, y, **options)
    nn.fit(twin, x, y, compile=False, **options)
    assert weights(model) == pytest.approx(weights(twin), rel=1e-12)


# History and options ------------------------------------------------------------------------------


def test_a_history_is_a_table(Value, tmp_path):
    history = nn.fit(
        net(2, 3, 2), XOR, epochs=30, metrics=["accuracy"], validation_data=XOR, **OPTIONS
    )
    assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert history["loss"][-1] < history["loss"][0]
    assert history["accuracy"] == history["val_accuracy"] == history.history["accuracy"]
    lines = str(history).splitlines()
    assert lines[0].split() == ["epoch", *history]
    assert len(lines) == 22
    assert lines[11].split() == ["..."] * 5
    history.save(tmp_path / "history.json")
    again = nn.History.load(tmp_path / "history.json")
    assert again == history
    assert again.seconds == history.seconds > 0.0
    with pytest.raises(KeyError, match="no column 'lost'; there are loss, accuracy"):
        history["lost"]
    odd = nn.History({"loss": [math.inf, 1.0], "r2": [math.nan, 0.1]})
    odd.save(tmp_path / "odd.json")
    assert nn.History.load(tmp_path / "odd.json") == odd
    assert sorted(p.name for p in tmp_path.iterdir()) == ["history.json", "odd.json"]
    assert "NaN" not in (tmp_path / "odd.json").read_text()


def test_validation_split_is_drawn_with_the_seed_and_metrics_have_names(Value):
    data = nn.datasets.moons(40)

    def worst(predictions, targets):
        return max(max(row) for row in predictions)

    runs = [
        nn.fit(net(2, 2), data, epochs=2, validation_split=0.25, metrics={"best": worst}, **OPTIONS)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert list(runs[0]) == ["loss", "best", "val_loss", "val_best"]
    for bad in (1.0, -0.1, 0.001):
        with pytest.raises(ValueError, match="validation_split is a share"):
            nn.fit(net(2, 2), data, validation_split=bad, **OPTIONS)
    with pytest.raises(ValueError, match="a metric is a function or one of"):
        nn.fit(net(2, 2), data, metrics=["f1"], **OPTIONS)


def test_options_are_checked(Value):
    for bad in ({"epochs": 0}, {"batch_size": 2.5}, {"epochs": True}):
        with pytest.raises(ValueError, match="whole number of at least 1"):
            nn.fit(net(2, 2), XOR, **OPTIONS | bad)
    with pytest.raises(ValueError, match="wants targets"):
        nn.fit(net(2, 2), XOR.x, **OPTIONS)
    with pytest.raises(ValueError, match="as_samples"):
        nn.fit(net(2, 2), XOR.x, ["a", "b", "b", "a"], **OPTIONS)
    with pytest.raises(ValueError, match="from 0 to 1"):
        nn.fit(net(2, 2), XOR.x, [0, 1, 2, 0], **OPTIONS)
    with pytest.raises(ValueError, match="takes 3 inputs, got 2"):
        nn.fit(net(3, 2), XOR, **OPTIONS)
    with pytest.raises(TypeError, match="must return one Value"):
        nn.fit(net(2, 2), XOR, **OPTIONS | {"loss": lambda z, y: "bad"})


def test_no_bar_where_there_is_no_terminal(Value, capsys):
    nn.fit(net(2, 2), XOR, **OPTIONS)
    assert capsys.readouterr().err == ""
    nn.fit(net(2, 2), XOR, progress=True, **OPTIONS)
    assert "epoch 1/1" in capsys.readouterr().err


def test_a_bar_counts_all_batches_and_is_shown_in_a_notebook(Value, capsys, monkeypatch):
    nn.fit(net(2, 2), XOR, progress=True, epochs=3, batch_size=2, **OPTIONS)
    assert "6/6" in capsys.readouterr().err
    monkeypatch.setattr("nn.training.loop.in_notebook", lambda: True)
    nn.fit(net(2, 2), XOR, **OPTIONS)
    assert "epoch 1/1" in capsys.readouterr().err
    nn.fit(net(2, 2), XOR, progress=False, **OPTIONS)
    assert capsys.readouterr().err == ""


def test_only_in_a_browser_no_thread_watches_the_bar(Value, monkeypatch):
    from tqdm.auto import tqdm

    for platform, seconds in ((sys.platform, 7.0), ("emscripten", 0)):
        monkeypatch.setattr(tqdm, "monitor_interval", 7.0)
        monkeypatch.setattr(sys, "platform", platform)
        nn.fit(net(2, 2), XOR, progress=False, **OPTIONS)
        assert tqdm.monitor_interval == seconds


# Callbacks ----------------------------------------------------------------------------------------


class Recorder(nn.Callback):
    def __init__(self):
        self.calls = []

    def on_epoch_begin(self, training):
        self.calls.append(f"begin {training.epoch}")

    def on_gradient(self, training):
        self.calls.append(f"gradient {training.batch}/{training.batches}")
        assert any(p.grad for p in training.parameters)

    def on_batch_end(self, training):
        self.calls.append(len(training.chosen))

    def on_epoch_end(self, training):
        self.calls.append(f"end {len(training.history)}")

    def on_train_end(self, training):
        self.calls.append("over")


def test_hooks_are_called_in_order(Value):
    recorder = Recorder()
    nn.fit(net(2, 2), XOR, epochs=1, batch_size=3, callbacks=[recorder], **OPTIONS)
    assert recorder.calls == ["begin 1", "gradient 1/2", 3, "gradient 2/2", 1, "end 1", "over"]


class Interrupt(nn.Callback):
    def __init__(self, epoch, batch):
        self.at = epoch, batch

    def on_batch_end(self, training):
        if (training.epoch, training.batch) == self.at:
            raise KeyboardInterrupt


def test_ctrl_c_ends_with_the_history_so_far(Value, capsys):
    recorder = Recorder()
    history = nn.fit(
        net(2, 2), XOR, epochs=9, batch_size=2, callbacks=[Interrupt(3, 2), recorder], **OPTIONS
    )
    assert history.epochs == 2
    assert history.stopped == "epoch 3: Ctrl-C"
    assert recorder.calls[-1] == "over"
    assert "stopped by Ctrl-C in epoch 3 of 9" in capsys.readouterr().err


def test_early_stopping_restores_the_best_weights(Value):
    data = nn.datasets.moons(30, noise=0.4, seed=1)
    kept = {}

    class Keep(nn.Callback):
        def on_epoch_end(self, training):
            kept[training.epoch] = weights(training.model)

    stopping, model = nn.EarlyStopping(patience=2), net(2, 8, 2)
    options = OPTIONS | {"optimizer": nn.Adam(model.parameters(), lr=0.5)}
    history = nn.fit(
        model, data, epochs=60, validation_split=0.5, callbacks=[Keep(), stopping], **options
    )
    losses = history["val_loss"]
    assert stopping.best_epoch == losses.index(min(losses)) + 1 == history.epochs - 2
    assert weights(model) == kept[stopping.best_epoch] != kept[history.epochs]
    assert "val_loss has not become better" in history.stopped
    with pytest.raises(KeyError, match="no column 'auc'"):
        nn.fit(net(2, 2), XOR, callbacks=[nn.EarlyStopping("auc")], **OPTIONS)
    for bad in ({"mode": "up"}, {"patience": 0}):
        with pytest.raises(ValueError, match=r"mode is|patience is"):
            nn.EarlyStopping(**bad)


class Halving:
    """A schedule with step(), that wants a number if it is told to watch."""

    def __init__(self, optimizer):
        self.optimizer, self.count = optimizer, 0

    def step(self):
        self.count += 1
        self.optimizer.lr *= 0.5


class Watching(Halving):
    def step(self, metric):
        self.seen = metric
        super().step()


def test_schedules(Value):
    for kind in (Halving, Watching):
        model = net(2, 2)
        optimizer = nn.SGD(model.parameters(), lr=1.0)
        schedule = kind(optimizer)
        history = nn.fit(
            model, XOR, epochs=3, callbacks=[nn.LearningRateScheduler(schedule)],
            **OPTIONS | {"optimizer": optimizer},
        )  # fmt: skip
        assert optimizer.lr == 0.125
        assert getattr(schedule, "seen", history["loss"][-1]) == history["loss"][-1]
    with pytest.raises(ValueError, match="gave the learning rate -1"):
        nn.fit(net(2, 2), XOR, callbacks=[nn.LearningRateScheduler(lambda e: -1)], **OPTIONS)
    with pytest.raises(
        TypeError, match="a function of the epoch, or of the epoch and the rate, or has step"
    ):
        nn.LearningRateScheduler(3)


def run(path, epochs, *more, log=None, every=1):
    """A training with everything that has a state."""
    model = net(2, 3, 2)
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    callbacks = [
        nn.Checkpoint(path, every=every, resume=True),
        nn.LearningRateScheduler(Halving(optimizer)),
        nn.EarlyStopping(patience=50),
        *([nn.CSVLogger(log)] if log else []),
        *more,
    ]
    options = OPTIONS | {"optimizer": optimizer}
    history = nn.fit(
        model, nn.datasets.moons(20), epochs=epochs, batch_size=6, validation_split=0.3,
        callbacks=callbacks, **options,
    )  # fmt: skip
    return history, weights(model), optimizer.lr


@pytest.mark.slow
@pytest.mark.parametrize(("epoch", "batch", "every"), [(1, 1, 1), (4, 1, 1), (4, 3, 1), (6, 2, 4)])
def test_stopped_anywhere_and_resumed_gives_the_same_numbers(
    Value, tmp_path, capsys, epoch, batch, every
):
    whole = run(tmp_path / "whole.json", 8, Interrupt(99, 0), log=tmp_path / "whole.csv")
    path, log = tmp_path / "broken.json", tmp_path / "broken.csv"
    run(path, 8, Interrupt(epoch, batch), log=log, every=every)
    random.random()
    resumed = run(path, 8, Interrupt(99, 0), log=log, every=every)
    assert resumed == whole
    assert log.read_text() == (tmp_path / "whole.csv").read_text()
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".csv", ".csv", ".json", ".json"]


def test_the_seconds_of_a_resumed_training_are_added_up(Value, tmp_path, capsys):
    path = tmp_path / "run.json"
    run(path, 2)
    state = json.loads(path.read_text())
    state["history"]["seconds"] = 1000.0
    path.write_text(json.dumps(state))
    history, *_ = run(path, 4)
    assert history.epochs == 4
    assert 1000.0 < history.seconds < 2000.0


def test_dropout_goes_on_where_it_was(Value, tmp_path, capsys):
    def train(path, *more):
        parts = nn.Linear(2, 4, seed=0), nn.Tanh(), nn.Dropout(0.5, seed=1), nn.Linear(4, 2, seed=2)
        model = nn.Sequential(*parts)
        history = nn.fit(
            model, XOR, epochs=5, batch_size=2, compile=False, validation_data=XOR,
            callbacks=[nn.Checkpoint(tmp_path / path, resume=True), *more], **OPTIONS,
        )  # fmt: skip
        return history, weights(model)

    whole = train("whole", Interrupt(9, 9))
    train("broken", Interrupt(3, 1))
    assert train("broken", Interrupt(9, 9)) == whole
    with pytest.warns(nn.NotCompiledWarning, match="draws random numbers") as told:
        nn.fit(
            nn.Sequential(nn.Linear(2, 2, seed=0), nn.Dropout(seed=0)),
            XOR,
            validation_data=XOR,
            **OPTIONS,
        )
    assert len(told) == 1


def test_a_generator_without_a_state(Value, tmp_path):
    """It draws as others do, but cannot be put back."""

    def train(rng, order=0, **options):
        parts = nn.Linear(2, 4, seed=0), nn.Dropout(0.5, seed=rng), nn.Linear(4, 2, seed=2)
        options = OPTIONS | {"seed": order, "validation_data": XOR, "metrics": "accuracy"} | options
        return nn.fit(nn.Sequential(*parts), XOR, **options)

    with pytest.warns(nn.NotCompiledWarning, match="draws random numbers"):
        train(random.SystemRandom())
    kept = nn.Checkpoint(tmp_path / "run.json", resume=True)
    options = {"compile": False, "callbacks": [kept]}
    assert train(random.SystemRandom(), random.SystemRandom(), epochs=2, **options).epochs == 2
    assert train(random.SystemRandom(), random.SystemRandom(), epochs=3, **options).epochs == 3
    with pytest.raises(ValueError, match="had a state and has none now, or the reverse"):
        train(random.Random(0), random.SystemRandom(), epochs=4, **options)


def test_a_checkpoint_of_something_else_is_refused(Value, tmp_path):
    path = tmp_path / "run.json"
    run(path, 1)
    for model, callbacks, why in (
        (net(2, 5, 2), [], "the callbacks were"),
        (net(2, 5, 2), [nn.LearningRateScheduler(abs), nn.EarlyStopping()], "17 parameters"),
    ):
        before = weights(model)
        with pytest.raises(ValueError, match=f"does not fit this training.*{why}"):
            nn.fit(model, XOR, callbacks=[nn.Checkpoint(path, resume=True), *callbacks], **OPTIONS)
        assert weights(model) == before
    nn.fit(net(2, 2), XOR, epochs=3, callbacks=[nn.Checkpoint(path)], **OPTIONS)
    assert json.loads(path.read_text())["epoch"] == 3
    path.write_text("{")
    with pytest.raises(ValueError, match="does not fit this training"):
        nn.fit(net(2, 2), XOR, callbacks=[nn.Checkpoint(path, resume=True)], **OPTIONS)
    with pytest.raises(ValueError, match="every is"):
        nn.Checkpoint(path, every=0)


def damaged(saved, keys, entry):
    """A checkpoint with another entry at its keys."""
    saved = part = json.loads(json.dumps(saved))
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = entry
    return json.dumps(saved)


@pytest.mark.parametrize(
    ("keys", "entry", "why"),
    [
        (["history", "columns", "loss", 0], "a", "the column 'loss' holds"),
        (["history", "columns", "loss", 0], None, "the column 'loss' holds None"),
        (["history", "columns", "loss", 0], 10**400, "the column 'loss' holds"),
        (["model", 2], "nan", "parameter 2 is nan"),
        (["model", 2], "-inf", "parameter 2 is -inf"),
        (["optimizer", "states", 0, 1], "nan", "states.0.1 of the optimizer is nan"),
    ],
    ids=["text", "none", "huge", "nan", "inf", "state"],
)
def test_a_damaged_number_in_a_checkpoint_is_told_with_the_file(Value, tmp_path, keys, entry, why):
    path = tmp_path / "run.json"
    options = OPTIONS | {"callbacks": [nn.Checkpoint(path, resume=True)]}
    nn.fit(net(2, 2), XOR, epochs=2, **options)
    saved = json.loads(path.read_text())
    path.write_text(damaged(saved, keys, entry))
    model = net(2, 2)
    before = weights(model)
    with pytest.raises(ValueError, match=f"run.json does not fit this training.*{why}"):
        nn.fit(model, XOR, epochs=4, **options)
    assert weights(model) == before
    path.write_text(damaged(saved, ["history", "columns", "loss", 0], "nan"))  # as it is written
    assert math.isnan(nn.fit(net(2, 2), XOR, epochs=4, **options)["loss"][0])


def test_a_history_file_may_hold_texts(tmp_path):
    """As it could before; in a checkpoint, from which training goes on, it may not."""
    path = tmp_path / "history.json"
    nn.History({"loss": [0.5, math.inf]}).save(path)
    path.write_text(path.read_text().replace("0.5", '"a"'))
    assert nn.History.load(path)["loss"] == ["a", math.inf]
    path.write_text(path.read_text().replace('"a"', "[]"))
    with pytest.raises(ValueError, match=r"history.json holds no saved history: the column 'loss'"):
        nn.History.load(path)


# What goes wrong ----------------------------------------------------------------------------------


def test_a_nan_is_traced_to_its_layer(Value):
    model = net(2, 3, 3, 2, activation=ag.relu)
    model.layers[1].b[0].data = math.inf
    with pytest.raises(nn.NotFiniteError, match="1 of its 12 parameters are not finite") as error:
        nn.fit(model, XOR, **OPTIONS)
    assert (error.value.epoch, error.value.batch, error.value.layer) == (1, 1, "layers.1")

    class Root(nn.Module):
        def forward(self, x):
            return [ag.sqrt(z) for z in x]

    class Model(nn.Module):
        def __init__(self):
            self.first, self.root, self.last = net(2, 2), Root(), net(2, 2)

        def forward(self, x):
            return self.last(self.root(self.first(x)))

    model = Model()
    for p, number in zip(model.first.parameters(), [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]):
        p.data = number
    before = weights(model)
    with pytest.raises(
        nn.NotFiniteError, match=r"nan at epoch 1, batch 2: .* root \(Root"
    ) as error:
        nn.fit(
            model, [[9.0, 0.0], [-9.0, 0.0], [-9.0, 1.0]], [0, 1, 1], batch_size=1, shuffle=False,
            **OPTIONS | {"optimizer": nn.SGD(model.parameters(), lr=0.0)},
        )  # fmt: skip
    assert error.value.layer == "root"
    assert weights(model) == before
    with pytest.raises(nn.NotFiniteError, match="it is the loss itself"):
        nn.fit(net(2, 2), XOR, **OPTIONS | {"loss": lambda z, y: ag.log(z[0] * 0)})


def test_a_loss_that_overflows_is_told_from_a_log_of_0(Value):
    options = {"loss": nn.mse, "optimizer": "sgd", "seed": 0}
    with pytest.raises(nn.NotFiniteError, match=r"1e\+160; scale them to about 1") as error:
        nn.fit(net(1, 1), [[0.0], [1.0]], [1.0, 1e160], **options)
    assert "too large for a number" in str(error.value)
    assert "log" not in str(error.value)
    with pytest.raises(nn.NotFiniteError, match="is the loss itself, which is too large") as error:
        nn.fit(nn.Linear(1, 1, seed=0), [[1e200], [1.0]], [1.0, 2.0], **options)
    assert "targets" not in str(error.value)
    with pytest.raises(nn.NotFiniteError, match="as a log of 0 does; use a loss that takes logits"):
        nn.fit(net(1, 1), [[0.0]], [1.0], **options | {"loss": lambda z, y: ag.log(z[0] * 0) * y})


def test_a_rate_that_is_suggested_is_a_sensible_one(Value):
    def diverging(lr):
        model = net(1, 1, activation=None)
        said = pytest.warns(nn.TrainingWarning, match="diverges")
        with said as caught, contextlib.suppress(nn.NotFiniteError):
            nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], loss=nn.mse, lr=lr, optimizer="sgd",
                   epochs=20, seed=0)  # fmt: skip
        return str(caught[0].message)

    assert diverging(1e6).endswith("Use a smaller learning rate, such as 0.1")
    assert diverging(0.75).endswith("Use a smaller learning rate, such as 0.075")


def test_a_history_comes_with_the_error(Value):
    model = net(1, 1)
    x, y = [[float(i)] for i in range(8)], [float(i) for i in range(8)]
    options = {"loss": nn.mse, "optimizer": nn.SGD(model.parameters(), lr=1e10), "seed": 0}
    with (
        pytest.warns(nn.TrainingWarning, match="diverges: the loss has grown"),
        pytest.raises(nn.NotFiniteError, match=r"smaller learning rate \(it is 1e\+10\)") as error,
    ):
        nn.fit(model, x, y, epochs=99, **options)
    assert error.value.history.epochs == error.value.epoch - 1 > 2
    assert all(map(math.isfinite, weights(model)))


def test_a_huge_loss_is_reason_to_look_at_the_gradient_at_once(Value):
    def steep(z, y):  # finite, and its slope is not
        return 1e35 + ag.sqrt(z[0])

    model = nn.Linear(1, 1, seed=0)
    for p in model.parameters():
        p.data = 0.0
    with pytest.raises(nn.NotFiniteError, match="gradient of") as error:
        nn.fit(model, [[0.0]] * 9, [0.0] * 9, batch_size=3, loss=steep, optimizer=nn.SGD, seed=0)
    assert (error.value.epoch, error.value.batch) == (1, 1)


class Told(nn.Module):
    """A loss that is what it is told to be, epoch by epoch."""

    def __init__(self, first):
        self.w = ag.Value(first)

    def forward(self, x):
        return [self.w * x[0]]


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [
        ([20.0, 15.0], 2), ([20.0, 5.0, 15.0], 0), ([10.1, 10.1], 2), ([9.9, 30.0], 0),
        ([30.0, 9.9], 0), ([30.0], 0), ([2.1, 2.2, 2.3], 3), ([1.9, 4.0, 5.0], 0),
        ([3.0, 5.0, 4.0], 0), ([3.0, 3.0, 5.0], 0), ([3.0, 5.0, 5.0], 0), ([0.1] * 9, 0),
        ([-9.0, 80.0, 80.0], 0), ([-9.0, 92.0, 92.0], 3), ([-9.0, 10.0, 12.0, 13.0], 0),
        ([-9.0, 12.0, 13.0, 14.0], 4), ([0.5, 3.0, 4.0, 5.0], 4),
    ],
)  # fmt: skip
def test_when_training_diverges(Value, losses, epoch):
    """Two epochs 9 scales above the first loss, 1, or three that rise from above one scale."""
    model = Told(1.0)

    class Tell(nn.Callback):
        def on_epoch_begin(self, training):
            model.w.data = losses[training.epoch - 1]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nn.fit(
            model, [[1.0]] * 4, [0.0] * 4, loss=lambda z, y: z[0] + 0.0 * y, seed=0,
            optimizer=nn.SGD(model.parameters(), lr=0.0), epochs=len(losses), callbacks=[Tell()],
        )  # fmt: skip
    found = [str(told.message) for told in caught]
    if epoch:
        assert len(found) == 1
        assert f"grown from 1 to {losses[epoch - 1]:.3g} in epoch {epoch}" in found[0]
    else:
        assert found == []


@pytest.mark.parametrize("compile", [True, False])
def test_the_first_loss_is_one_of_training(Value, compile):
    """As with dropout: that of a model in use is no measure of what training begins with."""

    class Louder(Told):
        def forward(self, x):
            return [self.w * x[0] * (50.0 if self.training else 1.0)]

    model = Louder(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.fit(
            model, [[1.0]] * 4, [0.0] * 4, loss=lambda z, y: z[0] + 0.0 * y, seed=0, epochs=3,
            optimizer=nn.SGD(model.parameters(), lr=0.0), compile=compile,
        )  # fmt: skip


def test_an_optimizer_with_a_part_that_was_replaced(Value):
    model = net(2, 3, 2)
    optimizer = nn.Adam(model.parameters())
    model.layers[1] = nn.Layer(3, 2, None, seed=9)
    said = "8 parameters that are neither in the model nor in the loss.* Make the optimizer anew"
    with pytest.warns(nn.TrainingWarning, match=said):
        nn.fit(model, XOR, loss="cross_entropy", optimizer=optimizer, epochs=2)


@pytest.mark.parametrize("compile", [True, False])
def test_one_row_of_a_table_is_trained_though_few_samples_read_it(Value, compile):
    table = nn.Embedding(40, 1, seed=0)
    nn.fit(
        lambda i: table(i), list(range(40)), [[float(i)] for i in range(40)], loss=nn.mse,
        optimizer=nn.SGD(table.weight[20], lr=1.0), epochs=200, batch_size=40, compile=compile,
    )  # fmt: skip
    assert table.weight[20][0].data == pytest.approx(20.0, abs=0.1)


def test_fit_inside_of_no_grad_says_so(Value):
    with ag.no_grad(), pytest.raises(ValueError, match="nothing is recorded here"):
        nn.fit(net(2, 2), XOR, **OPTIONS)


@pytest.mark.parametrize("scale", [1.0, 1e-8])
def test_a_number_that_is_looked_up_is_found_unless_it_is_tiny(Value, scale):
    """As docs/limits.md says, of less than 1e-9 it is not."""

    class Looked(nn.Module):
        def __init__(self, scale):
            self.w, self.known = Value(scale), {0.0: 1.0, 1.0: 2.0}

        def forward(self, x):
            return self.w * self.known.get(x[0], 5.0)

    assert nn.predict(Looked(scale), [[0.0], [1.0]], compile=True) == [scale, 2.0 * scale]
    assert nn.predict(Looked(1e-10), [[0.0], [1.0]], compile=True) == [5e-10, 5e-10]


def test_parameters_without_gradient(Value):
    class Half(nn.Module):
        def __init__(self):
            self.used, self.forgotten = net(2, 2), nn.Neuron(2)

        def forward(self, x):
            return self.used(x)

    for compile in (True, False):
        with pytest.warns(nn.TrainingWarning, match=r"3 parameters .* forgotten.w.0") as told:
            nn.fit(Half(), XOR, epochs=3, compile=compile, **OPTIONS)
        assert len(told) == 1
    with pytest.warns(nn.TrainingWarning, match=r"layers.0 received no gradient other than 0"):
        nn.fit(net(2, 3, 2, activation=nn.heaviside), XOR, **OPTIONS)


def test_dead_units(Value):
    model = net(2, 3, 2, activation=ag.relu)
    for bias in model.layers[0].b[:2]:
        bias.data = -100.0
    assert nn.dead_units(model, XOR.x)["layers.0"][:2] == [0, 1]
    with pytest.warns(
        nn.TrainingWarning, match=r"of the 3 units of layers.0 .* leaky_relu"
    ) as told:
        nn.fit(model, XOR, epochs=3, **OPTIONS)
    assert len(told) == 1


@pytest.mark.slow
def test_training_well_warns_of_nothing(Value):
    data = nn.datasets.moons(40)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.fit(net(2, 8, 2, activation=ag.relu), data, epochs=10, metrics="accuracy", **OPTIONS)


# Problems -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_one_unit_cannot_learn_xor_and_a_hidden_layer_can(Value):
    options = {
        "loss": lambda z, y: nn.mse(z[0].sigmoid(), y), "optimizer": OPTIONS["optimizer"],
        "seed": 0, "epochs": 300, "batch_size": 4,
    }  # fmt: skip
    assert nn.fit(net(2, 1), XOR, **options)["loss"][-1] == pytest.approx(0.25, abs=1e-3)
    assert nn.fit(net(2, 4, 1), XOR, **options)["loss"][-1] < 0.01


def real_data():
    """The example of that name, as a module."""
    path = Path(__file__).parent.parent / "examples" / "real_data.py"
    spec = importlib.util.spec_from_file_location("real_data", path)
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    return module


@pytest.mark.slow
def test_iris_is_learned(Value):
    example = real_data()
    iris = example.problems()[0]._replace(epochs=4, lr=0.1)
    x = nn.datasets.scaled(iris.data).x
    found = example.with_nn(iris, x, iris.data.y, x, seed=0)
    assert nn.accuracy(found, iris.data.y) > 0.9


def test_real_data_are_learned_as_well_as_elsewhere():
    for name in ("sklearn", "torch"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    example, before = real_data(), ag.Value
    ag.Value = ag.NativeValue or ag.PythonValue
    try:
        for problem in example.problems()[: 3 if ag.NativeValue else 1]:
            row = example.compare(problem, folds=2 if problem.name == "digits" else 5)
            ours = float(row["nn"][:-1])
            assert ours >= float(row["scikit-learn"][:-1]) - 1.0, row
            assert ours >= float(row["PyTorch"][:-1]) - 1.0, row
    finally:
        ag.Value = before


def test_importing_nn_loads_none_of_what_it_can_do_without():
    code = (
        "import sys, nn; "
        "print([m for m in ('numpy', 'matplotlib', 'sklearn', 'pandas', 'tqdm') "
        "if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
