"""What fit measures, keeps and tells is what happened; what it will not do it says at once."""

import copy
import functools
import json
import math
import os
import random
import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

import autograd_lite as ag
import nn
from autograd_lite.primitive import is_value
from autograd_lite.structure import leaves_of
from nn.training.callbacks import direction
from nn.training.objective import Outputs
from nn.training.rows import joined

XOR = nn.datasets.xor()


def fit(net=None, data=XOR, **options):
    options = {"loss": nn.cross_entropy, "optimizer": "adam", "lr": 0.05, "seed": 0, **options}
    return nn.fit(net or nn.MLP(2, [3, 2], nn.tanh, seed=0), data, progress=False, **options)


class Count(nn.Callback):
    """The epochs that were begun."""

    def __init__(self):
        self.epochs = 0

    def on_epoch_begin(self, training):
        self.epochs += 1


class Limit(nn.Callback):
    def __init__(self, epochs):
        self.epochs = epochs

    def on_epoch_end(self, training):
        if training.epoch == self.epochs:
            training.stop("time is up")


def weights(net):
    return [p.data for p in net.parameters()]


# Labels -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_validation_labels_are_numbered_as_those_of_the_training(Value):
    iris = nn.datasets.iris()
    names = [iris.class_names[c] for c in iris.y]
    train = nn.as_samples(iris.x[::2], names[::2])
    x, y = iris.x[51::2], names[51::2]  # no setosa among them
    wanted = nn.as_samples(x, y, classes=train.class_names)
    shuffled = nn.as_samples(x, y, classes=["virginica", "versicolor"])
    found = [
        fit(nn.MLP(4, [3], seed=0), train, metrics=["accuracy"], validation_data=data, epochs=9)
        for data in (wanted, (x, y), (x, wanted.y), nn.as_samples(x, y), shuffled)
    ]
    assert found == [found[0]] * 5
    for data, message in (
        ((x, ["rose"] * len(x)), "the label 'rose', but the classes to learn are"),
        ((x, [3] * len(x)), "the target 3 is none of the classes"),
        ((x, None), "validation_data wants targets"),
        (nn.as_samples(x), "validation_data wants targets"),
    ):
        with pytest.raises(ValueError, match=message):
            fit(nn.MLP(4, [3], seed=0), train, validation_data=data)
    with pytest.raises(ValueError, match="the classes to learn have no names"):
        fit(data=XOR._replace(class_names=[]), validation_data=(XOR.x, ["a", "b", "b", "a"]))
    crossed = XOR._replace(feature_names=["b", "a"])
    with pytest.raises(ValueError, match="columns stand in another order"):
        fit(validation_data=crossed)


# Going on -----------------------------------------------------------------------------------------


def test_a_training_that_was_stopped_goes_on(Value, tmp_path):
    def run(path, limit, **options):
        net = nn.MLP(2, [3, 2], nn.tanh, seed=0)
        callbacks = [Limit(limit), nn.Checkpoint(tmp_path / path, resume=True)]
        return fit(net, epochs=9, callbacks=callbacks, **options), weights(net)

    first, _ = run("a.json", 3)
    assert (first.epochs, first.stopped) == (3, "epoch 3: time is up")
    second = run("a.json", 99)
    assert (second[0].epochs, second[0].stopped) == (9, None)
    assert second == run("b.json", 99)


def test_early_stopping_stops_again_at_once_or_goes_on_with_more_patience(Value, tmp_path):
    def run(patience):
        stopping = nn.EarlyStopping(patience=patience, min_delta=10.0)
        return fit(epochs=9, callbacks=[stopping, nn.Checkpoint(tmp_path / "a.json", resume=True)])

    assert run(2).epochs == 3
    again = run(2)
    assert (again.epochs, again.stopped) == (
        3, "epoch 3: loss has not become better than in epoch 1",
    )  # fmt: skip
    assert run(4).epochs == 5


class Stateful(nn.Callback):
    """Refuses a state when it has already taken a part of it."""

    def __init__(self, breaks=False):
        self.seen, self.breaks = 0, breaks

    def on_epoch_end(self, training):
        self.seen = training.epoch

    def state_dict(self):
        return {"seen": self.seen}

    def load_state_dict(self, state):
        self.seen = state["seen"]
        if self.breaks and self.seen:
            raise RuntimeError("not mine")


DAMAGE = {
    "nothing": lambda s: [],
    "no epoch": lambda s: s.pop("epoch"),
    "text for an epoch": lambda s: s.update(epoch="3"),
    "another epoch": lambda s: s.update(epoch=7),
    "half an epoch": lambda s: s.update(epoch=2.5),
    "a short model": lambda s: s["model"].pop(),
    "a word for a weight": lambda s: s["model"].__setitem__(0, "w"),
    "None for a weight": lambda s: s["model"].__setitem__(0, None),
    "a huge weight": lambda s: s["model"].__setitem__(0, 10**400),
    "a dict for the model": lambda s: s.update(model={}),
    "no generator": lambda s: s["random"].pop(),
    "a generator without words": lambda s: s["random"][0].__setitem__(1, []),
    "a generator of text": lambda s: s["random"].__setitem__(1, "seed"),
    "a history of another kind": lambda s: s.update(history=[1]),
    "a short column": lambda s: s["history"]["columns"]["loss"].pop(),
    "another column": lambda s: s["history"]["columns"].update(accuracy=[1.0] * 3),
    "an optimizer of another kind": lambda s: s["optimizer"].update(optimizer="SGD"),
    "an optimizer without steps": lambda s: s["optimizer"].update(steps=None),
    "a rate that is negative": lambda s: s["optimizer"]["hyperparameters"].update(lr=-1.0),
    "another callback": lambda s: s["callbacks"][0].__setitem__(0, "Other"),
    "a callback without a state": lambda s: s["callbacks"][0].pop(),
    "a best epoch in words": lambda s: s["callbacks"][0][1].update(best_epoch="one"),
    "few best weights": lambda s: s["callbacks"][0][1]["weights"].pop(),
    "other samples": lambda s: s.update(samples=1),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_checkpoint_that_does_not_fit_changes_nothing(Value, tmp_path, name):
    path, count = tmp_path / "a.json", Count()

    def run(net):
        callbacks = [
            nn.EarlyStopping(patience=99),
            Stateful(),
            count,
            nn.Checkpoint(path, resume=True),
        ]
        return fit(
            net, epochs=5, callbacks=callbacks, optimizer=nn.Adam(net.parameters(), lr=0.1), lr=None
        )

    fit(nn.MLP(2, [3, 2], nn.tanh, seed=0), epochs=3, callbacks=[
        nn.EarlyStopping(patience=99), Stateful(), count, nn.Checkpoint(path, resume=True)
    ])  # fmt: skip
    state = json.loads(path.read_text())
    DAMAGE[name](state)
    path.write_text(json.dumps(state if name != "nothing" else []))
    net, count.epochs = nn.MLP(2, [3, 2], nn.tanh, seed=1), 0
    before, drawn = weights(net), random.getstate()
    with pytest.raises(ValueError, match=r"a\.json does not fit this training"):
        run(net)
    assert (weights(net), random.getstate(), count.epochs) == (before, drawn, 0)


def test_a_callback_that_refuses_late_changes_nothing(Value, tmp_path):
    def run(net, callback, optimizer, epochs):
        return fit(net, epochs=epochs, optimizer=optimizer, lr=None, callbacks=[
            nn.EarlyStopping(patience=99), callback, nn.Checkpoint(tmp_path / "a", resume=True)
        ])  # fmt: skip

    net = nn.MLP(2, [3, 2], nn.tanh, seed=0)
    run(net, Stateful(), nn.Adam(net.parameters()), 2)
    net, breaking = nn.MLP(2, [3, 2], nn.tanh, seed=1), Stateful(breaks=True)
    optimizer = nn.Adam(net.parameters(), lr=0.7)
    before = copy.deepcopy((weights(net), optimizer.state_dict()))
    with pytest.raises(ValueError, match=r"this training \(RuntimeError: not mine"):
        run(net, breaking, optimizer, 4)
    assert (weights(net), optimizer.state_dict()) == before
    assert breaking.seen == 0


def test_another_split_is_not_gone_on_with(Value, tmp_path):
    moons = nn.datasets.moons(20)
    for seed in (0, 0, None):
        options = {"epochs": 2 + 2 * (tmp_path / "a.json").exists(), "seed": seed}
        options |= {
            "validation_split": 0.25,
            "callbacks": [nn.Checkpoint(tmp_path / "a.json", resume=True)],
        }
        if seed is None:
            with pytest.raises(ValueError, match="on other samples, or on others of them"):
                fit(data=moons, **options)
        else:
            fit(data=moons, **options)


def test_best_only_keeps_the_best_epoch(Value, tmp_path):
    path, seen = tmp_path / "best.json", []
    scores = [0.1, math.nan, 0.5, 0.3, 0.5, 0.2]

    def run(scores, epochs):
        left = list(scores)

        class Keep(nn.Callback):
            def on_epoch_end(self, training):
                seen.append(weights(training.model))

        best = nn.Checkpoint(path, best_only=True, monitor="f1", resume=True)
        return fit(
            epochs=epochs, metrics={"f1": lambda p, y: left.pop(0)}, callbacks=[Keep(), best]
        )

    run(scores, 6)
    state = json.loads(path.read_text())
    assert (state["epoch"], state["model"]) == (3, seen[2])
    seen.clear()
    assert run([0.4, 0.9], 5)["f1"][2:] == [0.5, 0.4, 0.9]  # goes on after the best
    assert json.loads(path.read_text())["epoch"] == 5
    with pytest.raises(ValueError, match="go with best_only=True"):
        nn.Checkpoint(path, monitor="loss")


# Early stopping -----------------------------------------------------------------------------------


def test_nan_is_never_the_best(Value):
    for scores, best in (
        ([math.nan, 3.0, 2.0, 1.0], 4),
        ([3.0, math.nan, 2.0, math.nan], 3),
        ([math.nan] * 4, 0),
    ):
        left, net = iter(scores), nn.MLP(2, [3, 2], nn.tanh, seed=0)
        cost = functools.partial(lambda left, p, y: next(left), left)
        stopping = nn.EarlyStopping("cost", mode="min", patience=4)
        history = fit(net, epochs=4, metrics={"cost": cost}, callbacks=[stopping])
        assert stopping.best_epoch == best
        assert repr(stopping.best) == repr(scores[best - 1] if best else math.nan)
        assert history.restored == (best or None)
        assert history.epochs == 4


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("loss", "min"), ("val_loss", "min"), ("layer2_loss", "min"), ("r2_loss", "min"),
        ("mean_squared_error", "min"), ("rmse", "min"), ("accuracy_error", "min"),
        ("accuracy", "max"), ("val_accuracy", "max"), ("top5_acc", "max"), ("f1", "max"),
        ("f1_score", "max"), ("val_auc", "max"), ("precision", "max"), ("recall", "max"),
        ("r2", "max"), ("R2", "max"), ("score", "max"), ("val_score", "max"),
        ("error2", None), ("inaccuracy", None), ("brier_score", None), ("interval_score", None),
        ("scores", None), ("metric", None), ("", None), ("negotiated_loss", "min"),
        ("neg_mse", None), ("val_neg_log_loss", None), ("neg_mean_squared_error", None),
        ("negative_loss", None), ("Negative accuracy", None), ("minus_loss", None),
        ("one_minus_accuracy", None), ("-mse", None), ("1 - accuracy", None), ("val_1-dice", None),
        ("inverse_rmse", None), ("val-loss", "min"), ("top-1-accuracy", "max"),
    ],
)  # fmt: skip
def test_whole_words_decide_what_is_better(name, wanted):
    if wanted is None:
        with pytest.raises(ValueError, match='give mode="min" or "max"'):
            direction(name)
    else:
        assert direction(name) == wanted


def test_a_direction_or_a_column_that_is_not_known_is_told_before_the_first_epoch(Value):
    count = Count()
    metrics = {"inaccuracy": lambda p, y: 0.5, "neg_mse": lambda p, y: -0.5}
    for stopping, error in (
        (nn.EarlyStopping("inaccuracy"), ValueError),
        (nn.EarlyStopping("val_loss"), KeyError),
        (nn.LearningRateScheduler(nn.ReduceLROnPlateau(nn.SGD([ag.Value(1.0)])), "auc"), KeyError),
        (nn.Checkpoint("none.json", best_only=True, monitor="inaccuracy"), ValueError),
        (nn.EarlyStopping("neg_mse"), ValueError),
        (nn.Checkpoint("none.json", best_only=True, monitor="neg_mse"), ValueError),
    ):
        with pytest.raises(error, match=r"inaccuracy|no column|'neg_mse' is better is not known"):
            fit(metrics=metrics, callbacks=[stopping, count])
    fit(metrics=metrics, callbacks=[nn.EarlyStopping("inaccuracy", mode="min")])
    assert count.epochs == 0


@pytest.mark.slow
def test_the_table_is_of_the_model_that_comes_out(Value):
    data = nn.datasets.moons(30, noise=0.4, seed=1)
    models = []

    def make():
        models.append(nn.MLP(2, [8, 2], nn.tanh, seed=0))
        return models[-1]

    folds = list(nn.k_fold(30, 3, seed=1))
    table = nn.cross_validate(
        make, data, loss=nn.cross_entropy, optimizer="adam", lr=0.3, folds=folds, epochs=60,
        metrics="accuracy", seed=0, callbacks=[nn.EarlyStopping(patience=3)], progress=False,
    )  # fmt: skip
    for place, (model, (_, test)) in enumerate(zip(models, folds)):
        outputs, y = nn.predict(model, [data.x[i] for i in test]), [data.y[i] for i in test]
        assert table["test_loss"][place] == pytest.approx(nn.cross_entropy(outputs, y).data)
        assert table["test_accuracy"][place] == nn.accuracy(outputs, y)
    net = nn.MLP(2, [8, 2], nn.tanh, seed=0)
    history = fit(
        net, data, lr=0.3, epochs=60, validation_split=0.5, callbacks=[nn.EarlyStopping()]
    )
    losses = history["val_loss"]
    assert history.restored == losses.index(min(losses)) + 1 < history.epochs
    assert str(history).splitlines()[-1] == f"the model has the weights of epoch {history.restored}"
    assert nn.History().restored is None


def test_folds_share_nothing(Value, tmp_path):
    net = nn.MLP(2, [2], seed=0)
    options = {"loss": nn.cross_entropy, "optimizer": nn.Adam, "folds": 2, "progress": False}
    for callback in (nn.Checkpoint(tmp_path / "a"), nn.CSVLogger(tmp_path / "b")):
        with pytest.raises(ValueError, match="each fold wants a file of its own"):
            nn.cross_validate(lambda: nn.MLP(2, [2], seed=0), XOR, callbacks=[callback], **options)
    with pytest.raises(ValueError, match="make_model gave the same model twice"):
        nn.cross_validate(lambda: net, XOR, **options)
    by_fold = lambda fold: [nn.Checkpoint(tmp_path / f"{fold}.json", resume=True)]
    tables = [
        nn.cross_validate(
            lambda: nn.MLP(2, [2], seed=0), XOR, epochs=2, seed=0, callbacks=by_fold, **options
        )
        for _ in range(2)
    ]
    assert tables[0] == tables[1]
    assert sorted(os.listdir(tmp_path)) == ["1.json", "2.json"]
    scores = nn.cross_validate(
        lambda: nn.MLP(2, [2], seed=0), XOR, metrics={"interval_cost": lambda p, y: 1.0}, **options
    )
    assert list(scores) == ["loss", "interval_cost", "test_loss", "test_interval_cost"]


# Callbacks ----------------------------------------------------------------------------------------


def test_a_callback_that_would_be_ignored_is_refused(Value):
    class Misspelt(nn.Callback):
        def on_epoch_ends(self, training):
            pass

    class Keras(nn.Callback):
        def on_epoch_end(self, epoch, logs=None, extra=None):
            pass

    class Keras3(nn.Callback):
        def on_epoch_end(self, epoch, logs):
            pass

    class Other:
        def on_epoch_end(self, training):
            pass

    on_object = nn.Callback()
    on_object.on_batch_begin = lambda training: None
    for callbacks, message in (
        ([nn.EarlyStopping], r"an object, EarlyStopping\(\); got the class"),
        (nn.EarlyStopping(), r"callbacks is a list, such as \[nn.EarlyStopping\(\)\]"),
        (3, "callbacks is a list"),
        ([Other()], "derived from nn.Callback; got Other"),
        ([nn.StepLR(nn.SGD([ag.Value(1.0)]), 2)], r"nn.LearningRateScheduler\(schedule\)"),
        ([Misspelt()], "on_epoch_ends is no hook.* is on_epoch_end meant"),
        ([Keras3()], r"def on_epoch_end\(self, training\)"),
        ([on_object], "on_batch_begin is no hook"),
    ):
        with pytest.raises(TypeError, match=message):
            fit(callbacks=callbacks)
    fit(callbacks=None)
    fit(callbacks=[Keras()])


def test_a_hook_on_an_object_is_called(Value):
    seen, one = [], nn.Callback()
    one.on_epoch_end = lambda training: seen.append(training.epoch)
    fit(epochs=3, callbacks=[one])
    assert seen == [1, 2, 3]


def test_a_schedule_is_a_function_of_the_epoch_or_of_the_rate_too(Value):
    def rates(schedule, **options):
        found = []

        class Look(nn.Callback):
            def on_gradient(self, training):
                found.append(training.optimizer.lr)

        fit(epochs=3, callbacks=[nn.LearningRateScheduler(schedule), Look()], lr=0.8)
        return found

    assert rates(lambda epoch: 0.5**epoch) == [1.0, 0.5, 0.25]
    assert rates(lambda epoch, base=0.5: base**epoch) == [1.0, 0.5, 0.25]
    assert rates(lambda epoch, lr: lr * 0.5) == [0.4, 0.2, 0.1]
    for bad in (lambda: 0.1, lambda a, b, c: 0.1, nn.StepLR, 3):
        with pytest.raises(TypeError, match="a schedule is a function of the epoch"):
            nn.LearningRateScheduler(bad)
    schedule = nn.StepLR(nn.SGD([ag.Value(1.0)]), 2)
    with pytest.raises(ValueError, match="the schedule StepLR is for another optimizer"):
        rates(schedule)


def test_files_that_cannot_be_written_are_told_before_the_first_epoch(Value, tmp_path):
    count = Count()
    for callback in (nn.Checkpoint, nn.CSVLogger):
        for path in (tmp_path / "none" / "a.json", tmp_path):
            with pytest.raises(OSError, match=r"cannot be written|No such file|Is a directory"):
                fit(callbacks=[count, callback(path)])
    assert count.epochs == 0


# Gradients, weights and warnings ------------------------------------------------------------------


def test_gradients_of_parameters_that_no_step_moves_are_those_of_the_batch(Value):
    net = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))
    norms = []

    class Norm(nn.Callback):
        def on_gradient(self, training):
            norms.append(nn.clip_grad_norm_(training.model.parameters(), 1e9))

    fit(net, loss=nn.mse, optimizer=nn.SGD(net[2].parameters(), lr=0.0), lr=None, epochs=4,
        batch_size=4, shuffle=False, callbacks=[Norm()])  # fmt: skip
    assert norms == [pytest.approx(norms[0])] * 4


class Root(nn.Module):
    def __init__(self):
        self.w, self.v = ag.Value(1.0), ag.Value(0.0)

    def forward(self, x):
        return [ag.sqrt(self.v * x[0]) * 0.0 + self.w * x[0]]


def test_a_gradient_that_is_nan_is_refused_though_the_loss_is_finite(Value):
    for compile in (True, False):
        net = Root()
        with pytest.raises(nn.NotFiniteError, match=r"the gradient of v became (nan|inf)") as error:
            fit(net, nn.as_samples([[1.0], [2.0]], [1.0, 3.0]), loss=nn.mse, compile=compile)
        assert weights(net) == [1.0, 0.0]
        assert (error.value.epoch, error.value.batch) == (1, 1)


def test_weights_that_overflow_are_refused(Value):
    class Big(nn.Callback):
        def on_batch_end(self, training):
            training.model.weight[0][0].data = math.inf

    with pytest.raises(
        nn.NotFiniteError, match=r"the parameter weight\.0\.0 became inf in epoch 1"
    ):
        fit(nn.Linear(2, 2, seed=0), callbacks=[Big()])


def test_losses_of_which_the_sum_overflows(Value):
    x = nn.as_samples([[1.0], [2.0]], [1.0, 2.0])
    loss = lambda p, y: (p[0] * 0.0 + 1.0) * 1.6e308
    for compile in (True, False):
        net = nn.Linear(1, 1, seed=0)
        history = fit(net, x, loss=loss, optimizer="sgd", batch_size=1, epochs=2, compile=compile)
        assert history["loss"] == [math.inf, math.inf]


def test_numbers_of_which_the_sum_overflows():
    """They are data, however large, and weights that cannot be scaled are refused as others are."""
    assert nn.as_samples([[1.5e308, 1.5e308]]).x == [[1.5e308, 1.5e308]]
    assert nn.Table({"loss": [1.5e308, 1.5e308]}).mean() == {"loss": math.inf}
    assert math.isnan(nn.History({"loss": []}).mean()["loss"])
    for sample_weight in ([math.inf, -math.inf] * 2, [1.5e308] * 4):
        with pytest.raises(ValueError, match="weights are finite, not below 0, and not all 0"):
            fit(sample_weight=sample_weight)


def test_losses_below_zero_may_fall(Value):
    def run(shift, lr):
        x = nn.as_samples([[1.0], [2.0]], [2.0, 4.0])
        loss = lambda p, y: nn.mse(p, y) + shift
        return fit(nn.Linear(1, 1, seed=0), x, loss=loss, optimizer="sgd", lr=lr, epochs=6)

    for shift in (0.0, -20.0, -2.5):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run(shift, 0.01)
        with pytest.warns(nn.TrainingWarning, match="diverges"):
            run(shift, 0.6)


def test_a_model_that_is_right_is_not_told_what_to_do(Value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = nn.Linear(1, 1)
        net.load_state_dict({"weight": [[1.0]], "bias": [0.0]})
        fit(net, nn.as_samples([[1.0], [2.0]], [1.0, 2.0]), loss=nn.mse, epochs=2)
        net = nn.Linear(1, 1)
        net.load_state_dict({"weight": [[9.0]], "bias": [0.0]})
        fit(net, nn.as_samples([[1.0], [-2.0]], [1, -1]), loss=nn.hinge, epochs=2)


def test_what_cannot_learn_is_refused(Value):
    other = nn.MLP(2, [2], seed=0)
    with pytest.raises(ValueError, match="depends on none of the 6 parameters"):
        fit(optimizer=nn.Adam(other.parameters()), lr=None)
    with pytest.raises(ValueError, match="depends on none of the 17 parameters"):
        fit(loss=lambda z, y: z[0].data)


# A whole program ----------------------------------------------------------------------------------


def test_a_seed_at_the_top_repeats_everything(Value):
    moons = nn.datasets.moons(30)

    def program():
        random.seed(0)
        net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Dropout(0.2), nn.Linear(4, 2))
        return (
            net.state_dict(),
            nn.train_test_split(moons.x, moons.y),
            nn.train_test_split(moons.x, moons.y, stratify=True),
            list(nn.k_fold(30, 3)),
            nn.datasets.moons(9, seed=None),
            fit(net, moons, seed=None, batch_size=7, validation_split=0.3, compile=False),
            nn.cross_validate(lambda: nn.MLP(2, [2]), moons, loss=nn.cross_entropy,
                              optimizer=nn.Adam, folds=2, progress=False),
            list(nn.batches(moons, size=7)),
        )  # fmt: skip

    first = program()
    assert program() == first


def test_stratified_parts_are_mixed():
    iris = nn.datasets.iris()
    _, _, y, y_test = nn.train_test_split(iris.x, iris.y, test_size=0.2, seed=0, stratify=True)
    for part, count in ((y, 40), (y_test, 10)):
        assert [part.count(c) for c in range(3)] == [count] * 3
        assert sum(a != b for a, b in pairwise(part)) > len(part) / 3
    history = fit(nn.MLP(4, [3], seed=0), iris, validation_split=0.2, stratify=True)
    assert history.epochs == 1


@pytest.mark.slow
def test_numpy_integers_are_integers(Value, tmp_path):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    n, d = np.int64, XOR
    assert type(nn.Linear(n(2), n(1)).in_features) is int
    for make in (
        lambda: nn.Layer(n(2), n(3), seed=n(0)),
        lambda: nn.MLP(n(2), [n(4), n(2)], seed=n(0)),
        lambda: nn.MLP(2, np.array([4, 2])),
        lambda: nn.Embedding(n(3), n(2))(n(1)),
        lambda: nn.LSTM(n(2), n(3)), lambda: nn.RNN(n(2), n(3)), lambda: nn.GRU(n(2), n(3), n(2)),
        lambda: nn.LayerNorm(n(3)), lambda: nn.CausalSelfAttention(n(4), heads=n(2)),
        lambda: nn.Dropout(0.5, seed=n(1)),
        lambda: nn.one_hot(n(1), n(3)),
        lambda: nn.train_test_split(d.x, d.y, test_size=n(2), seed=n(2)),
        lambda: list(nn.k_fold(n(10), n(3), seed=n(3))), lambda: list(nn.leave_one_out(n(3))),
        lambda: nn.datasets.moons(n(9), seed=n(1)),
        lambda: nn.datasets.spirals(n(9), arms=n(2), seed=n(1)),
        lambda: nn.datasets.circles(n(9), seed=n(1)),
        lambda: nn.StepLR(nn.SGD([Value(1.0)]), n(3)),
        lambda: nn.CosineAnnealingLR(nn.SGD([Value(1.0)]), n(3)),
        lambda: nn.LinearLR(nn.SGD([Value(1.0)]), total_iters=n(3)),
        lambda: nn.ReduceLROnPlateau(nn.SGD([Value(1.0)]), patience=n(3)),
        lambda: nn.Inspection(nn.MLP(2, [2], seed=0), nn.cross_entropy, d).describe(n(1)),
        lambda: list(nn.batches(d, size=n(2), seed=n(1))),
    ):  # fmt: skip
        make()
    fit(batch_size=n(2), seed=n(2), epochs=n(2), callbacks=[
        nn.EarlyStopping(patience=n(3)), nn.Monitor(every=n(1)),
        nn.Checkpoint(tmp_path / "a.json", every=n(1)),
    ])  # fmt: skip
    nn.cross_validate(lambda: nn.MLP(2, [2], seed=0), d, loss=nn.cross_entropy, optimizer="adam",
                      folds=n(2), seed=n(1), epochs=n(1), batch_size=n(2),
                      progress=False)  # fmt: skip
    for bad in (True, 2.0, np.float64(2.0), np.bool_(True), "2", n(0)):
        with pytest.raises(ValueError, match="in_features is a whole number of at least 1"):
            nn.Linear(bad, 1)
    with pytest.raises(TypeError, match="a seed is an int"):
        nn.Linear(1, 1, seed=0.5)


# Options ------------------------------------------------------------------------------------------


class Named(NamedTuple):
    mean: Any
    parts: Any


@dataclass
class Kept:
    mean: Any
    parts: Any


def as_array(*entries):
    return pytest.importorskip("numpy").array(entries)


@pytest.mark.parametrize(
    "structure",
    [
        lambda x, y: x,
        lambda x, y: [x, y],
        lambda x, y: (x, [y, 1]),
        lambda x, y: {"mean": x, "parts": [y, {}]},
        lambda x, y: Named(x, [y, []]),
        lambda x, y: Kept(x, {"first": y, "no number": None}),
        lambda x, y: as_array(x, y),
        lambda x, y: as_array([x, y], [y, y]),
        lambda x, y: {"mean": as_array(x), "parts": as_array(y, x, y)},
        lambda x, y: [],
        lambda x, y: 2.0,
    ],
)
def test_outputs_are_numbers_in_the_structure_of_the_model(Value, structure):
    w, rows = ag.Value(0.5), [[float(i), 1.0 - i] for i in range(20)]
    model = lambda row: structure(row[0] * w, row[1] + w)
    compiled, eager = Outputs(model, rows), Outputs(model, rows, compile=False)
    assert compiled.program is not None
    assert compiled.all() == eager.all()
    with ag.no_grad():
        wanted = [leaves_of(model(row)) for row in rows]
    assert [leaves_of(row) for row in eager.all()] == [
        [x.data if is_value(x) else x for x in row] for row in wanted
    ]
    assert not any(compiled.differs(i) for i in range(30))
    several = [compiled.on_tape("value", part) for part in (range(3), range(3, 4), range(4, 20))]
    assert compiled.read(joined(several), 20) == eager.all()


@pytest.mark.parametrize("compile", [True, False])
def test_metrics_get_what_the_model_gives_as_numbers(Value, compile):
    class Several(nn.Module):
        def __init__(self):
            self.inner = nn.Linear(2, 2, seed=0)

        def forward(self, x):
            return {"logits": self.inner(x), "first": x[0]}

    found = []
    fit(
        Several(), loss=lambda p, y: nn.cross_entropy(p["logits"], y), validation_data=XOR,
        metrics={"m": lambda p, y: found.append(p) or nn.accuracy([row["logits"] for row in p], y)},
        compile=compile,
    )  # fmt: skip
    assert [row["first"] for row in found[-1]] == [0.0, 0.0, 1.0, 1.0]
    assert {type(x) for rows in found for row in rows for x in row["logits"]} == {float}


def test_metrics_have_names_of_their_own(Value):
    one, two = (lambda p, y: 1.0), (lambda p, y: 2.0)
    for metrics, message in (
        ([one, two], "two metrics are called '<lambda>': give a dict"),
        (["accuracy", nn.accuracy], "two metrics are called 'accuracy'"),
        ({"loss": one}, "cannot be called 'loss'"),
        ({"val_f1": one}, "cannot be called 'val_f1'"),
        ({1: one}, "cannot be called 1"),
        (["f1"], "a metric is a function or one of"),
    ):
        with pytest.raises(ValueError, match=message):
            fit(metrics=metrics)
    for metrics, message in (([3], "a metric is a function"), ([lambda p: 1.0], "is called with")):
        with pytest.raises(TypeError, match=message):
            fit(metrics=metrics)
    assert list(fit(metrics={"one": one, "two": two, "accuracy": "accuracy"})) == [
        "loss", "one", "two", "accuracy",
    ]  # fmt: skip


def test_losses_and_optimizers_by_name(Value):
    by_name = fit(loss="cross_entropy", optimizer="Adam", lr=0.05, epochs=3)
    assert by_name == fit(optimizer=lambda p: nn.Adam(p, lr=0.05), lr=None, epochs=3)
    assert by_name == fit(optimizer=nn.Adam, lr=0.05, epochs=3)
    net = nn.MLP(2, [2], seed=0)
    for options, kind, message in (
        ({"loss": "crossentropy"}, ValueError, "the loss is a function or one of"),
        ({"loss": 3}, TypeError, "the loss is a function"),
        ({"optimizer": "adamax"}, ValueError, "the optimizer is an Optimizer or one of"),
        ({"optimizer": 0.1}, TypeError, "the optimizer is an Optimizer, or what makes one"),
        ({"optimizer": lambda p: 3, "lr": None}, TypeError, "the optimizer is no nn.Optimizer"),
        ({"net": net, "optimizer": nn.SGD(net.parameters())}, ValueError, "lr is for an optimizer"),
        ({"net": lambda x: x}, TypeError, "make the optimizer with them"),
        ({"net": nn.MLP}, TypeError, "a model is called with a sample"),
        ({"loss": "mse"}, ValueError, "the loss of sample 0, with the prediction list of length 2"),
        ({"validation_split": 0.5, "validation_data": XOR}, ValueError, "give one or the other"),
        ({"validation_split": "half"}, TypeError, "validation_split is a share"),
        ({"stratify": True}, ValueError, "give a validation_split"),
    ):  # fmt: skip
        with pytest.raises(kind, match=message):
            fit(**options)


def test_weights_count_samples_as_often(Value):
    """A weight of 2 is the sample twice, in the loss and in the steps of whole batches."""
    x, y, counts = XOR.x, XOR.y, [1, 3, 2, 1]
    often = [i for i, count in enumerate(counts) for _ in range(count)]
    for compile in (True, False):
        found = []
        for data, options in (
            (nn.Dataset([x[i] for i in often], [y[i] for i in often], [], []), {}),
            (XOR, {"sample_weight": counts}),
            (XOR, {"sample_weight": [10.0 * count for count in counts]}),
        ):
            net = nn.MLP(2, [3, 2], nn.tanh, seed=0)
            history = fit(
                net, data, batch_size=9, epochs=4, shuffle=False, compile=compile, **options
            )
            found.append(history["loss"] + weights(net))
        assert found[1] == pytest.approx(found[0], rel=1e-10)
        assert found[2] == pytest.approx(found[0], rel=1e-10)


def test_classes_count_as_they_are_weighed(Value):
    data = nn.as_samples([[0.0], [1.0], [2.0], [3.0]], ["a", "b", "b", "b"])

    def run(**options):
        return fit(nn.MLP(1, [2], seed=0), data, epochs=3, **options)

    balanced = run(class_weight="balanced")
    assert balanced == run(class_weight={"a": 3.0, "b": 1.0}) == run(class_weight={0: 3, 1: 1})
    assert balanced == run(sample_weight=[3.0, 1.0, 1.0, 1.0])
    assert balanced != run()
    assert run(class_weight={"a": 1, "b": 1}, sample_weight=[3, 1, 1, 1]) == balanced
    split = fit(data=XOR, validation_data=(XOR.x, XOR.y, [1, 0, 0, 1]))
    assert split["val_loss"] == pytest.approx(
        fit(validation_data=([XOR.x[0], XOR.x[3]], [XOR.y[0], XOR.y[3]]))["val_loss"]
    )
    for options, message in (
        ({"sample_weight": [1.0]}, "one weight per sample is wanted, got 1 for 4"),
        ({"sample_weight": [1, 1, 1, -1]}, "weights are finite, not below 0"),
        ({"sample_weight": [0, 0, 0, 0]}, "weights are finite, not below 0"),
        ({"sample_weight": [1, 1, 1, math.nan]}, "weights are finite, not below 0"),
        ({"class_weight": {"a": 1.0}}, "class_weight has no weight for the class 1"),
    ):
        with pytest.raises(ValueError, match=message):
            run(**options)
    with pytest.raises(TypeError, match="class_weight is a dict"):
        run(class_weight=[1, 2])


class Trained(nn.Callback):
    """Keeps the training."""

    def on_train_begin(self, training):
        self.training = training


def test_classes_are_balanced_among_the_samples_to_train_on(Value):
    data = nn.Dataset(
        [[float(i)] for i in range(40)], [int(i % 10 == 0) for i in range(40)], [], []
    )
    own = data.x[:9], [0] * 6 + [1] * 3, [2.0] * 9
    for options in (
        {"validation_split": 0.3}, {"validation_split": 0.6}, {"validation_data": own[:2]},
        {"validation_data": own}, {"validation_split": 0.3, "sample_weight": [1.0, 3.0] * 20},
    ):  # fmt: skip
        kept, net = Trained(), nn.MLP(1, [2], seed=0)
        history = fit(net, data, seed=3, class_weight="balanced", callbacks=[kept], **options)
        y, weights = kept.training.y, kept.training.objective.weights
        assert sum(weights) == pytest.approx(len(y))
        by_class = [sum(w for w, label in zip(weights, y) if label == k) for k in (0, 1)]
        if "sample_weight" not in options:
            assert by_class == pytest.approx([len(y) / 2] * 2)
        held = kept.training.validation
        per = held.weights or [1.0] * len(held.y)  # without the weights of the classes
        total = sum(w * nn.cross_entropy(net(x), t).data for w, x, t in zip(per, held.x, held.y))
        assert history["val_loss"][-1] == pytest.approx(total / len(held.y))
        if "sample_weight" in options:
            assert per == pytest.approx(
                [
                    len(per) * (1.0 + 2.0 * (x % 2)) / sum(1.0 + 2.0 * (x % 2) for (x,) in held.x)
                    for (x,) in held.x
                ]
            )
    seen = []

    def callbacks(fold):
        seen.append(Trained())
        return seen[-1:]

    nn.cross_validate(
        lambda: nn.MLP(1, [2], seed=0), data, loss=nn.cross_entropy, optimizer="adam", folds=3,
        seed=1, class_weight="balanced", callbacks=callbacks,
    )  # fmt: skip
    for kept in seen:
        pairs = list(zip(kept.training.objective.weights, kept.training.y))
        by_class = [sum(w for w, label in pairs if label == k) for k in (0, 1)]
        assert by_class == pytest.approx([len(pairs) / 2] * 2)
        assert kept.training.validation.weights is None


def test_samples_of_weight_0_are_not_there(Value):
    """Whatever their loss is: it is infinite here."""
    x, y, weights = [[1.0], [2.0], [3.0]], [1.0, 1e200, 2.0], [1.0, 0.0, 3.0]
    without = [x[0], x[2]], [y[0], y[2]]
    for compile in (True, False):
        found = []
        for data, extra in (
            ((x, y), {"sample_weight": weights, "validation_data": (x, y, weights)}),
            (without, {"sample_weight": [1, 3], "validation_data": (*without, [1, 3])}),
        ):
            net = nn.MLP(1, [1], seed=0)
            found.append(fit(
                net, data[0], y=data[1], loss=nn.mse, optimizer="sgd", epochs=3, batch_size=2,
                metrics="r2", compile=compile, **extra,
            ))  # fmt: skip
        assert found[0] == found[1]
    often = {"class_weight": "balanced", "sample_weight": [0.0, 0.0, 0.0, 1.0, 1.0]}
    five = nn.Dataset([[0.0]] * 3 + [[1.0], [2.0]], [0, 0, 0, 0, 1], [], [])
    two = nn.Dataset(five.x[3:], five.y[3:], [], [])
    assert fit(nn.MLP(1, [2], seed=0), five, **often) == fit(nn.MLP(1, [2], seed=0), two)
    classes = {0: 0.0, 1: 1.0}
    assert fit(data=XOR, class_weight=classes) == fit(data=nn.Dataset(XOR.x[1:3], [1, 1], [], []))


# States -------------------------------------------------------------------------------------------


class Held(nn.Module):
    def __init__(self, parts):
        self.parts = parts


@pytest.mark.parametrize("keys", [("a.b",), (0, "0"), ("a.b", "a"), (1.5,)])
def test_names_that_would_collide_are_refused(Value, keys):
    parts = {key: Value(1.0) for key in keys}
    for ask in (Held.state_dict, Held.parameters, Held.named_parameters):
        with pytest.raises(ValueError, match="gives a parameter no name of its own"):
            list(ask(Held(parts)))
    assert Held({"a.b": 3.0, 0: 1, "0": 2, "w": Value(1.0)}).state_dict() == {"parts.w": 1.0}
    held = nn.Module()
    setattr(held, "a.b", Value(1.0))
    with pytest.raises(ValueError, match="no name of its own"):
        held.parameters()
    with pytest.raises(ValueError, match=r"the state has a\.b twice"):
        Held({}).load_state_dict({"a.b": 1.0, "a": {"b": 2.0}})


def test_the_state_of_tied_weights_may_have_both_names(Value):
    class Tied(nn.Module):
        def __init__(self):
            self.a, self.b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
            self.b.weight = self.a.weight
            self.again = {"a": self.a}

    w = [[1.0, 2.0], [3.0, 4.0]]
    for state in (
        {"a.weight": w}, {"b.weight": w}, {"a.weight": w, "b.weight": w},
        {"a.weight": w, "again.a.weight": w, "b.weight": w},
    ):  # fmt: skip
        net = Tied()
        net.load_state_dict(state)
        assert weights(net) == [1.0, 2.0, 3.0, 4.0]
    before = weights(net)
    with pytest.raises(ValueError, match=r"b\.weight\.1\.1 and a\.weight\.1\.1 are one parameter"):
        net.load_state_dict({"a.weight": w, "b.weight": [[1.0, 2.0], [3.0, 5.0]]})
    with pytest.raises(ValueError, match="Tied has no c"):
        net.load_state_dict({"a.weight": w, "c": 1.0})
    assert weights(net) == before


# Parts of a model ---------------------------------------------------------------------------------


def test_frozen_modules_stay_as_they_are(Value):
    net = nn.MLP(2, [3, 2], nn.tanh, seed=0)
    nn.freeze(net.layers[0])
    before = net.state_dict()
    for compile in (True, False):
        fit(net, epochs=2, compile=compile)
    moved = [name for name, number in net.state_dict().items() if number != before[name]]
    assert moved == [name for name in before if name.startswith("layers.1")]
    assert nn.trainable(net) == net.layers[1].parameters()
    with pytest.raises(ValueError, match=r"would move 9 frozen parameters, as layers\.0\.w\.0\.0"):
        fit(net, optimizer=nn.Adam(net.parameters()), lr=None)
    twin = copy.deepcopy(net)
    assert len(nn.trainable(twin)) == 8
    assert nn.trainable(nn.freeze(net, False)) == net.parameters()
    with pytest.raises(ValueError, match="all parameters of this model are frozen"):
        fit(nn.freeze(net))
    with pytest.raises(TypeError, match="a module is frozen"):
        nn.freeze(net.parameters())


def test_parameter_groups_move_as_each_by_itself(Value, tmp_path):
    def train(grouped, epochs=4, path="a.json"):
        net = nn.MLP(2, [3, 2], nn.tanh, seed=0)
        body, head = (layer.parameters() for layer in net.layers)
        if grouped:
            optimizer = nn.ParameterGroups(
                nn.SGD(body, lr=0.1, momentum=0.9), nn.Adam(head, lr=0.02)
            )
            halved = nn.LearningRateScheduler(nn.StepLR(optimizer, 1, gamma=0.5))
            saved = nn.Checkpoint(tmp_path / path, resume=True)
            fit(net, epochs=epochs, optimizer=optimizer, lr=None, callbacks=[halved, saved])
            return weights(net), [group.lr for group in optimizer.groups]
        one, two = nn.SGD(body, lr=0.1, momentum=0.9), nn.Adam(head, lr=0.02)
        for _ in range(epochs):
            loss = nn.cross_entropy([net(x) for x in XOR.x], XOR.y)
            net.zero_grad()
            loss.backward()
            one.step()
            two.step()
            one.lr, two.lr = one.lr * 0.5, two.lr * 0.5
        return weights(net), [one.lr, two.lr]

    found, rates = train(True)
    wanted, wanted_rates = train(False)
    assert found == pytest.approx(wanted, rel=1e-9)
    assert rates == pytest.approx(wanted_rates)
    train(True, epochs=2, path="b.json")
    assert train(True, path="b.json") == (found, rates)
    x, y = Value(1.0), Value(2.0)
    groups = nn.ParameterGroups(nn.SGD([x]), nn.SGD([y], lr=0.5))
    x.grad = y.grad = 1.0
    groups.step()
    assert groups.steps == nn.ParameterGroups(groups, nn.SGD([Value(1.0)])).steps == 1
    before = groups.state_dict()
    other = nn.ParameterGroups(nn.SGD([x]), nn.Adam([y])).state_dict()
    for state in (
        other,
        {**before, "groups": before["groups"][:1]},
        nn.SGD([x]).state_dict(),
        None,
    ):
        with pytest.raises(ValueError, match="is wanted"):
            groups.load_state_dict(state)
        assert groups.state_dict() == before
    for optimizers in ((), (nn.SGD([x]), nn.SGD([x, y]))):
        with pytest.raises(ValueError, match="each parameter belongs to one group"):
            nn.ParameterGroups(*optimizers)
    with pytest.raises(TypeError, match="groups are optimizers"):
        nn.ParameterGroups([x])
    with pytest.raises(TypeError, match=r"nn\.ParameterGroups"):
        nn.Adam([{"params": [x], "lr": 0.1}])


def test_batches_are_all_samples_once():
    moons = nn.datasets.moons(10)
    for shuffle in (True, False):
        parts = list(nn.batches(moons, size=4, shuffle=shuffle, seed=1))
        assert [len(x) for x, _ in parts] == [4, 4, 2]
        pairs = [(x, y) for xs, ys in parts for x, y in zip(xs, ys)]
        assert (pairs == list(zip(moons.x, moons.y))) is not shuffle
        assert sorted(pairs) == sorted(zip(moons.x, moons.y))
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    x, y = next(nn.batches(np.arange(6).reshape(3, 2), np.arange(3), size=2, shuffle=False))
    assert (x.shape, y.tolist()) == ((2, 2), [0, 1])
    for call, message in (
        (lambda: nn.batches([1, 2], [1]), "one target per sample"),
        (lambda: nn.batches([1, 2]), "one target per sample"),
        (lambda: nn.batches([1, 2], [1, 2], size=0), "size is a whole number"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
