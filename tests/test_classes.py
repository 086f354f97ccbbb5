"""One rule for which class an output stands for, in scores, fit, cross-validation and pictures."""

import functools
import math

import pytest

import autograd_lite as ag
import nn
from nn.training.classes import rule_of

X = [[0.1], [0.2], [-0.1], [-0.2]]


def line(weight=1.0, bias=0.0):
    net = nn.Linear(1, 1)
    net.load_state_dict({"weight": [[weight]], "bias": [bias]})
    return net


def fit(net, y, loss, x=X, **options):
    options = {"optimizer": lambda p: nn.SGD(p, lr=0.0), "metrics": ["accuracy"], **options}
    return nn.fit(net, x, y, loss=loss, seed=0, progress=False, **options)


def by_hand(z, y):
    p = z[0].sigmoid()
    return -(p.log()) if y == 1 else -((1 - p).log())


LOSSES = {  # loss, bias, labels: the four samples are right where the cut is that of the loss
    "logits": (nn.binary_cross_entropy_with_logits, 0.0, (0, 1)),
    "weighed": (
        functools.partial(nn.binary_cross_entropy_with_logits, pos_weight=9.0),
        0.0,
        (0, 1),
    ),
    "probabilities": (nn.binary_cross_entropy, 0.5, (0, 1)),
    "hinge": (nn.hinge, 0.0, (-1, 1)),
    "squares": (nn.mse, 0.5, (0, 1)),
    "signs": (nn.mse, 0.0, (-1, 1)),
    "floats": (nn.mse, 0.5, (0.0, 1.0)),
    "own logits": (by_hand, 0.0, (0, 1)),
    "own margins": (lambda z, y: ag.relu(1.0 - y * z[0]), 0.0, (-1, 1)),
    "own squares": (lambda z, y: nn.mse(z[0].sigmoid(), y) + 0.5, 0.0, (0, 1)),
    "a penalty": (lambda z, y: nn.l1(z, y) + 0.1, 0.5, (0, 1)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_fit_cuts_where_the_loss_cuts(Value, name):
    loss, bias, (no, yes) = LOSSES[name]
    y = [yes, yes, no, no]
    for targets in (y, *[[[t] for t in y]] * (not name.startswith("own"))):
        assert fit(line(bias=bias), targets, loss)["accuracy"] == [1.0]
    assert fit(line(-1.0, bias), y, loss)["accuracy"] == [0.0]
    for metric in (nn.accuracy, [nn.accuracy], {"right": nn.accuracy}):
        assert list(fit(line(bias=bias), y, loss, metrics=metric).columns.values())[1] == [1.0]
    inspection = nn.Inspection(line(bias=bias), loss, nn.as_samples(X, y))
    assert [sample.wrong for sample in inspection.samples()] == [False] * 4


@pytest.mark.parametrize("yes", [0, 1])
def test_a_part_with_one_label_is_measured_as_the_whole(Value, yes):
    """Also where the samples left out have one label, or the samples to train on."""
    for loss, labels in ((nn.hinge, (-1, 1)), (nn.binary_cross_entropy_with_logits, (0, 1))):
        y = [labels[yes]] * 4
        assert fit(line(0.0, 3.0 if yes else -3.0), y, loss)["accuracy"] == [1.0]
        inspection = nn.Inspection(line(0.0, -3.0 if yes else 3.0), loss, nn.as_samples(X, y))
        assert [sample.wrong for sample in inspection.samples()] == [True] * 4
    y = [1, 1, -1, -1]
    table = nn.cross_validate(
        line, X, y, loss=nn.hinge, optimizer=lambda p: nn.SGD(p, lr=0.0),
        folds=nn.leave_one_out(4), metrics="accuracy", progress=False,
    )  # fmt: skip
    assert table["test_accuracy"] == [1.0] * 4


def test_scores_of_one_output():
    assert nn.accuracy([[-2.0], [-3.0]], [-1, -1]) == 1.0
    assert nn.accuracy([-2.0, 3.0], [-1, 1]) == 1.0
    assert nn.accuracy([[0.4], [0.6]], [0, 0]) == 0.5
    assert nn.accuracy([[0.4], [0.6]], [[0.0], [1.0]]) == 1.0
    assert nn.accuracy([[0.4], [0.2]], [1, 0], threshold=0.3) == 1.0
    assert nn.confusion_matrix([[-2.0], [-3.0]], [-1, -1]) == [[2]]
    assert nn.confusion_matrix([[0.1], [-0.1]], [1, 0], threshold=0.0) == [[1, 0], [0, 1]]
    assert nn.confusion_matrix([[-0.1]], [1], labels=[-1, 1]) == [[0, 0], [1, 0]]
    assert nn.predict_classes(line(), X, threshold=0) == [1, 1, 0, 0]
    assert nn.predict_classes(line(), X, labels=[-1, 1]) == [1, 1, -1, -1]


def test_logits_without_a_threshold_are_told(monkeypatch):
    monkeypatch.setattr("nn.advice.advised", set())
    with pytest.warns(nn.Advice, match="threshold=0") as told:
        assert nn.accuracy([[1.5], [-0.1]], [1, 0]) == 1.0
    assert told[0].filename == __file__
    monkeypatch.setattr("nn.advice.advised", set())
    assert nn.accuracy([[1.0], [0.0]], [1, 0]) == 1.0  # probabilities: a warning is an error here
    assert nn.accuracy([[-3.0, 2.0]], [1]) == 1.0
    with pytest.warns(nn.Advice, match="threshold=0"):
        assert nn.accuracy([[0.2], [1.001]], [0, 1]) == 1.0


def test_scores_of_rows_and_of_labels():
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    rows, hot = [[0.2, 0.8], [0.9, 0.1]], [[0.0, 1.0], [0.0, 1.0]]
    for outputs in (rows, np.array(rows), [[ag.Value(x) for x in row] for row in rows]):
        for targets in ([1, 1], hot, np.array(hot), np.array([1, 1]), [1.0, 1.0]):
            assert nn.accuracy(outputs, targets) == 0.5
    assert nn.confusion_matrix(rows, hot) == [[0, 0], [1, 1]]
    assert nn.accuracy(np.array([1, 0]), np.array([[1.0], [0.0]])) == 1.0
    assert nn.accuracy(["a", "b"], ["a", "a"]) == 0.5


@pytest.mark.parametrize(
    ("predictions", "targets", "message"),
    [
        ([[0.2, 0.8]], ["b"], "the label 'b', and outputs stand for numbers of classes"),
        ([1, 0], ["a", "b"], "labels of one kind, got int 1 and str 'a'"),
        (["a", "b"], [0, 1], "labels of one kind, got str 'a' and int 0"),
        ([0.0, 1.0, 2.0], [0, 1, 2], "of one output the classes are 0 and 1"),
        ([[0.2, 0.8]], [2], "of 2 outputs the classes are 0 to 1, .*target 0 is 2|target 0 is 2"),
        ([[0.2, 0.8]], [-1], "target 0 is -1"),
        ([[0.2, 0.8]], [0.5], "target 0 is 0.5"),
        ([[0.2, math.nan]], [0], "an output is nan"),
        ([math.nan], [0], "an output is nan"),
        ([[0.2, 0.8]], [math.nan], "target 0 is missing"),
        ([[0.2, 0.8]], [None], "target 0 is missing"),
        ([[0.2, 0.8]], [[1.0, 1.0]], "of no single class"),
        ([[0.2, 0.8]], [[0.0, 0.0]], "of no single class"),
    ],
)
def test_what_stands_for_no_class_is_refused(predictions, targets, message):
    for score in (nn.accuracy, nn.confusion_matrix):
        with pytest.raises((ValueError, TypeError), match=message):
            score(predictions, targets)


def test_fit_refuses_an_accuracy_of_numbers_before_the_first_epoch(Value):
    epochs = []

    class Count(nn.Callback):
        def on_epoch_begin(self, training):
            epochs.append(training.epoch)

    for net, y, loss in (
        (line(), [0.1, 0.2, 0.7, 0.9], nn.mse),
        (line(), [0, 1, 2, 3], nn.mse),
        (nn.Linear(1, 2), [[1.0, 1.0]] * 4, nn.binary_cross_entropy_with_logits),
    ):
        with pytest.raises(ValueError, match=r"of one output the classes|of no single class"):
            fit(net, y, loss, callbacks=[Count()])
    with pytest.raises(ValueError, match="of one output the classes"):
        fit(line(), [0, 1, 1, 0], nn.mse, validation_data=([[1.0]], [7]), callbacks=[Count()])
    assert epochs == []


def test_one_hot_targets_and_losses_that_are_small_for_the_greatest(Value):
    hot = [nn.one_hot(c, 2) for c in (1, 1, 0, 0)]
    net = nn.Linear(1, 2)
    net.load_state_dict({"weight": [[-1.0], [1.0]], "bias": [0.0, 0.0]})
    assert fit(net, hot, nn.cross_entropy)["accuracy"] == [1.0]
    assert fit(net, hot, nn.mse)["accuracy"] == [1.0]
    inspection = nn.Inspection(net, nn.cross_entropy, nn.as_samples(X, hot))
    assert inspection.counts() == [[2, 0], [0, 2]]
    nearest = lambda z, y: nn.cross_entropy([-distance for distance in z], y)
    assert fit(net, [0, 0, 1, 1], nearest)["accuracy"] == [1.0]


def test_where_a_loss_has_no_cut_of_its_own_the_class_that_costs_less_is_taken(Value):
    lopsided = lambda z, y: nn.mse(z, y) * (9.0 if y == 1 else 1.0)  # equal at 0.75
    with pytest.warns(nn.TrainingWarning, match="where the loss cuts one output is not clear"):
        history = fit(line(bias=0.6), [1, 1, 0, 0], lopsided)
    assert history["accuracy"] == [0.75]  # 0.7, 0.8, 0.5, 0.4
    rule = rule_of([[0.6]], [0, 1], loss=lopsided)
    assert [rule([x]) for x in (0.7, 0.8, -3.0)] == [0, 1, 0]


def test_an_output_that_is_nan_gives_an_accuracy_that_is_nan(Value):
    class Odd(nn.Module):
        def __init__(self):
            self.w = ag.Value(1.0)

        def forward(self, x):
            return [ag.log(self.w * x[0])]

    with pytest.warns(nn.TrainingWarning, match="loss of the validation data is nan"):
        history = fit(Odd(), [1, 1, 1, 1], nn.mse, x=[[1.0]] * 4, validation_data=([[-1.0]], [1]))
    assert math.isnan(history["val_accuracy"][0])
    assert math.isnan(history["val_loss"][0])


def test_counts_are_no_classes(Value):
    """Whole numbers are classes if the outputs can stand for them."""
    x = [[float(i), 1.0] for i in range(9)]
    counts = nn.Inspection(nn.MLP(2, [1], seed=0), nn.mse, nn.as_samples(x, list(range(9))))
    assert not counts.classes
    assert not counts.planar
    assert counts.labels == []
    assert "predicted" in counts.describe(3)
    two = nn.Inspection(nn.MLP(2, [1], seed=0), nn.mse, nn.as_samples(x, [1] * 9))
    assert two.labels == [0, 1]
    named = nn.Dataset(x, [0, 1, 2] * 3, ["a", "b"], ["same", "same", "other"])
    assert nn.Inspection(nn.MLP(2, [3], seed=0), nn.cross_entropy, named).counts()[1][0] + 1 > 0


def test_plots_cut_there_too():
    chart = nn.plots.decision_boundary(nn.Linear(2, 1, seed=0), [[0.0, 1.0], [1.0, 0.0]], [1, 1])
    assert "2 classes" in chart.label
    assert nn.plots.confusion_matrix([[0.1]], [1], threshold=0.0).label.count("1 of 1 right") == 1
