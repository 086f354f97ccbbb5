"""Data from anywhere, its splits, predictions and scores."""

import math
import random

import pytest

import autograd_lite as ag
import nn


def test_samples_come_from_lists_arrays_frames_and_data_sets():
    wanted = [[1.0, 2.0], [3.0, 4.0]], [0, 1]
    assert nn.as_samples([[1, 2], (3, 4.0)], (0, True))[:2] == wanted
    assert nn.as_samples(nn.as_samples(*wanted))[:2] == wanted
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    for kind in ("float32", "float64", "int8"):
        data = nn.as_samples(np.array(wanted[0], dtype=kind), np.array([0, 1]))
        assert data[:2] == wanted
        assert {type(entry) for entry in data.y} == {int}
    assert nn.as_samples([np.array([1, 2]), np.array([3, 4])], [np.int64(0), 1])[:2] == wanted
    assert nn.as_samples([1, 2]).x == [1.0, 2.0]
    assert nn.as_samples([[[1], [2]], [[3], [4]]], [[0.5, 1], [1, 2]]).y == [[0.5, 1.0], [1.0, 2.0]]
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pd.DataFrame({"a": [1, 3], "b": [2.0, 4.0]})
    data = nn.as_samples(frame, pd.Series(["no", "yes"]))
    assert data == (*wanted, ["a", "b"], ["no", "yes"])
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from sklearn.datasets import load_iris

    ours, theirs = nn.datasets.iris(), nn.as_samples(load_iris())
    assert theirs.y == ours.y
    assert theirs.class_names == ours.class_names
    assert sum(a != b for a, b in zip(theirs.x, ours.x)) == 0
    assert nn.as_samples(load_iris(as_frame=True)).feature_names == theirs.feature_names


def test_digits_are_those_that_scikit_learn_has():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from sklearn.datasets import load_digits

    ours, theirs = nn.datasets.digits(), nn.as_samples(load_digits())
    assert (ours.x, ours.y) == (theirs.x, theirs.y)
    assert len(ours.feature_names) == 64
    assert ours.class_names == theirs.class_names


def test_labels_become_classes():
    data = nn.as_samples([[0], [1], [2]], ["b", "a", "b"])
    assert (data.y, data.class_names) == ([1, 0, 1], ["a", "b"])
    assert nn.as_samples([[0]], ["b"], classes=["c", "b"]).y == [1]
    with pytest.raises(ValueError, match="classes names 'a' twice; each label has one place"):
        nn.as_samples([[1], [2]], ["a", "b"], classes=["a", "b", "a"])
    assert nn.as_samples([[0], [1]], [-1, 1], classes=[-1, 1]).y == [0, 1]
    with pytest.raises(ValueError, match="target 1 is the label 'z', which is none of the 2 known"):
        nn.as_samples([[0], [1]], ["a", "z"], classes=["a", "b"])


@pytest.mark.parametrize(
    ("x", "y", "error"),
    [
        ([], [], "x holds no samples"),
        ([[1, 2], [3]], [0, 1], "row 1 of x has 1 entries, row 0 has 2"),
        ([[1, 2], 3], [0, 1], "row 1 of x is no row"),
        ([1, [2]], [0, 1], "row 1 of x is a row of 1, row 0 is a single number"),
        ([[1, 2], [3, None]], [0, 1], "row 1, column 1 of x is missing"),
        ([[1, math.nan]], [0], "row 0, column 1 of x is missing"),
        ([[math.inf]], [0], "row 0, column 0 of x is inf"),
        ([["a"]], [0], "row 0, column 0 of x must be a number, got str"),
        ([[[1]], []], [0, 1], "of one entry or more are wanted: row 1 of x has 0 entries, row 0"),
        ([[], [[1]]], [0, 1], "row 0 of x has no entries"),
        ([[[], [1]]], [0], "entry 0 of row 0 of x has no entries"),
        ([[1, 2], [3]], [0, 1], r"of any length, is a list of rows, such as \[\[1.0\], \[2.0\]\]"),
        ([[[1]], [[1], [2, 3]]], [0, 1], "entry 1 of row 1 of x has 2 entries, entry 0 of row 0"),
        ([[[1]], [[1], 2]], [0, 1], "entry 1 of row 1 of x is no row"),
        ([[[1]], [[1], [None]]], [0, 1], "entry 1 of row 1, column 0 of x is missing"),
        ("abc", [0], "x is a list, an array or a frame"),
        ([[1], [2]], [0], "got 2 samples and 1 targets"),
        ([[1], [2]], [0, None], "target 1 is missing"),
        ([[1], [2]], [0.5, math.nan], "target 1 is missing"),
        ([[1], [2]], ["a", 1], "target 1 is int"),
        ([[1], [2]], [[1, 2], [1]], "target 1 is a row of 1, target 0 a row of 2"),
        ([[1], [2]], [1.5, [1]], "target 1 is a row of 1, target 0 a number"),
    ],
)
def test_data_that_will_not_do_is_refused_with_the_place(x, y, error):
    with pytest.raises((ValueError, TypeError), match=error):
        nn.as_samples(x, y)


def test_a_missing_value_in_a_frame_is_named_by_its_column():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    for missing in (None, math.nan, pd.NA):
        frame = pd.DataFrame({"length": [1.0, 2.0], "width": [1.0, missing]})
        with pytest.raises(ValueError, match="row 1, column width of x is missing"):
            nn.as_samples(frame, [0, 1])


def test_splits_are_seeded_complete_and_stratified():
    x, y = [[i] for i in range(50)], [int(i % 5 == 0) for i in range(50)]
    parts = nn.train_test_split(x, y, test_size=0.2, seed=3, stratify=True)
    assert parts == nn.train_test_split(x, y, test_size=0.2, seed=random.Random(3), stratify=y)
    assert parts != nn.train_test_split(x, y, test_size=0.2, seed=4, stratify=True)
    assert [len(part) for part in parts] == [40, 10, 40, 10]
    assert sum(parts[3]) == 2
    assert sorted(parts[0] + parts[1]) == x
    assert len(nn.train_test_split(x, y, test_size=7, seed=0)[1]) == 7
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    arrays = nn.train_test_split(np.array(x), np.array(y), test_size=0.2, seed=3, stratify=True)
    assert [part.tolist() for part in arrays] == list(parts)
    for bad in (0.0, 1.0, 50):
        with pytest.raises(ValueError, match="test_size is a share"):
            nn.train_test_split(x, y, test_size=bad)
    with pytest.raises(ValueError, match="got 50 and 2"):
        nn.train_test_split(x, [0, 1])


def test_folds_test_each_sample_once():
    y = [0] * 15 + [1] * 9
    for folds in (
        list(nn.k_fold(24, 5, seed=0)),
        list(nn.k_fold(y, 5, seed=0, stratify=True)),
        list(nn.leave_one_out(y)),
    ):
        assert sorted(i for _, test in folds for i in test) == list(range(24))
        assert all(sorted(train + test) == list(range(24)) for train, test in folds)
    stratified = [test for _, test in nn.k_fold(y, 3, seed=0, stratify=True)]
    assert [sum(y[i] for i in test) for test in stratified] == [3, 3, 3]
    for bad in (1, 25, 2.5):
        with pytest.raises(ValueError, match="k is from 2"):
            nn.k_fold(24, bad)
    with pytest.raises(TypeError, match="wants the targets"):
        nn.k_fold(24, 3, stratify=True)


def test_defaults_and_bounds_of_splits():
    y = [0, *[1] * 9] * 4
    x = list(range(40))
    assert [len(part) for part in nn.train_test_split(x, y, seed=0)] == [30, 10, 30, 10]
    assert nn.train_test_split(x, y, seed=0) == nn.train_test_split(x, y, seed=0, stratify=False)
    assert nn.train_test_split(x, y, seed=0) != nn.train_test_split(x, y, seed=0, stratify=True)
    for count in (1, 39):
        assert len(nn.train_test_split(x, y, test_size=count)[1]) == count
    for seed in range(9):  # a single sample is of the larger class
        assert nn.train_test_split(x, y, test_size=1, seed=seed, stratify=True)[3] == [1]
    folds = list(nn.k_fold(40, seed=0))
    assert folds == list(nn.k_fold(n=40, k=5, seed=0, shuffle=True, stratify=False))
    assert folds[0][1] != next(nn.k_fold(40, shuffle=False))[1] == x[::5]
    assert [len(part) for part, _ in nn.batches(x, y, seed=0)] == [32, 8]
    shuffled = [nn.batches(x, y, seed=0), nn.batches(x, y, shuffle=True, seed=0)]
    assert len({str(list(parts)) for parts in shuffled}) == 1
    assert [i for part, _ in nn.batches(x, y, seed=0) for i in part] != x
    for call in (lambda: nn.k_fold(40, 5, False), lambda: nn.batches(x, y, 7)):
        with pytest.raises(TypeError, match="positional"):
            call()


def test_scores():
    assert nn.accuracy([[0.4], [0.6]], [0, 1]) == 1.0
    assert nn.accuracy([[0.4], [-0.6]], [1, -1]) == 1.0
    assert nn.accuracy([[0.4], [0.2]], [1, 0], threshold=0.3) == 1.0
    assert nn.accuracy(["a", "b"], ["a", "a"]) == 0.5
    with pytest.raises(ValueError, match="got 1 predictions and 2 targets"):
        nn.accuracy([0], [0, 1])
    with pytest.raises(ValueError, match="no predictions"):
        nn.accuracy([], [])
    assert nn.confusion_matrix([1, 2], [0, 2], labels=[0, 1, 2]) == [
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 1],
    ]
    for predictions, targets in (([0, 2], [0, 2]), ([2, 0], [0, 1]), ([0, 1], [2, 1])):
        with pytest.raises(ValueError, match=r"the label 2 is not among \[0, 1\]"):
            nn.confusion_matrix(predictions, targets, labels=[0, 1])
    assert nn.r2_score([[1.0], [1.0]], [1.0, 1.0]) == 1.0
    assert nn.r2_score([1.0, 2.0], [1.0, 1.0]) == 0.0
    with pytest.raises(ValueError, match="as many predictions"):
        nn.r2_score([[1.0, 2.0]], [1.0])
    assert nn.r2_score([0.2] * 3, [0.1] * 3) == 0.0  # though 0.1 + 0.1 + 0.1 is not 0.3
    assert nn.r2_score([0.1] * 3, [0.1] * 3) == 1.0
    for size in (1.0, 1e200, 1e-200):
        assert nn.r2_score([2.0 * size, 0.0], [size, 3.0 * size]) == -4.0
    assert math.isnan(nn.r2_score([1.0, 2.0], [1.0, math.nan]))
    for predictions, targets, where in (
        ([[1.0, 9.0], [3.0]], [[1.0, 2.0], [3.0, 4.0]], "prediction 1 has 1, target 0 has 2"),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0]], "target 1 has 1, target 0 has 2"),
        ([[1.0], [3.0, 4.0]], [1.0, 3.0], "prediction 1 has 2, target 0 has 1"),
    ):
        with pytest.raises(ValueError, match=f"are wanted in each row: {where}"):
            nn.r2_score(predictions, targets)


@pytest.mark.parametrize("wrong", [1e200, math.inf, math.nan])
def test_the_score_of_a_net_that_has_diverged_is_no_error(wrong):
    score = nn.r2_score([wrong, 2.0], [1.0, 2.0])
    assert score == -math.inf or math.isnan(score)


def test_scores_of_values_are_those_of_their_numbers(Value):
    net, data = nn.MLP(1, [3, 2], nn.tanh, seed=0), nn.as_samples([[0.0], [1.0], [3.0]])
    y = [[0.5, 1.0], [1.0, 0.0], [2.0, -1.0]]
    score = nn.r2_score(nn.predict(net, data), y)
    assert nn.r2_score([net(x) for x in data.x], y) == pytest.approx(score)
    columns = nn.fit(
        net, data.x, y, loss=nn.mse, optimizer="adam", metrics=[nn.mse, nn.l1, "r2"], epochs=2,
        validation_data=(data.x, y),
    ).columns  # fmt: skip
    rows = nn.predict(net, data)
    for name, loss in (("mse", nn.mse), ("l1", nn.l1)):
        assert columns[name][-1] == columns[f"val_{name}"][-1] == loss(rows, y).data
        assert all(type(number) is float for number in columns[name])


def test_scores_are_scikit_learns():
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = random.Random(0)
    p, t = ([rng.randrange(4) for _ in range(60)] for _ in range(2))
    assert nn.accuracy(p, t) == metrics.accuracy_score(t, p)
    assert nn.confusion_matrix(p, t) == metrics.confusion_matrix(t, p).tolist()
    p, t = ([[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(60)] for _ in range(2))
    assert nn.r2_score(p, t) == pytest.approx(metrics.r2_score(t, p))


class Pair(nn.Module):
    """Gives a number for a number."""

    def __init__(self):
        self.w = ag.Value(2.0)

    def forward(self, x):
        return x * self.w


def test_predictions_are_the_models_outputs(Value):
    model = nn.MLP(2, [3, 2], ag.tanh, seed=0)
    x = nn.datasets.moons(9).x
    wanted = [[z.data for z in model(row)] for row in x]
    for compile in (True, False, None):
        for found, row in zip(nn.predict(model, x, compile=compile), wanted):
            assert found == pytest.approx(row, rel=1e-12)
    assert nn.predict_classes(model, x) == [int(row[1] > row[0]) for row in wanted]
    for compile in (True, False):
        assert nn.predict(Pair(), [1, 2.5], compile=compile) == [2.0, 5.0]
        nested = nn.predict(lambda x: [[x[0] * 2, x[1]], [x[1]]], [[1, 2]], compile=compile)
        assert nested == [[[2.0, 2.0], [2.0]]]
        branch = nn.predict(lambda x: x * 2 if x > 1 else x, [1, 1, 3], compile=compile)
        assert branch == [1.0, 1.0, 6.0]


def test_cross_validation(Value):
    data = nn.datasets.moons(24)
    scores = nn.cross_validate(
        lambda: nn.MLP(2, [2], seed=0), data, loss=nn.cross_entropy, optimizer=nn.Adam, folds=3,
        metrics=["accuracy"], epochs=2, seed=1, stratify=True,
    )  # fmt: skip
    assert str(scores).split()[:3] == ["fold", "loss", "accuracy"]
    mean = scores.mean()["test_accuracy"]
    assert mean == pytest.approx(sum(scores["test_accuracy"]) / 3)
    line = nn.cross_validate(
        lambda: nn.MLP(1, [1], seed=0), [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0], loss=nn.mse,
        optimizer=nn.SGD, folds=nn.leave_one_out(3), seed=1,
    )  # fmt: skip
    assert len(line) == 3
    with pytest.raises(TypeError, match="makes an optimizer"):
        nn.cross_validate(
            lambda: None, data, loss=nn.mse, optimizer=nn.SGD([Value(1.0)]), metrics=["accuracy"]
        )


@pytest.mark.parametrize(
    ("folds", "error", "message"),
    [
        ([([], [1])], ValueError, "fold 1 has no samples to train on"),
        ([([0], [1]), ([0, 1], [])], ValueError, "fold 2 has no samples to test with"),
        ([([0, 1], [-1])], ValueError, "fold 1: there is no sample -1; there are 0 to 2"),
        ([([0, 3], [1])], ValueError, "fold 1: there is no sample 3; there are 0 to 2"),
        ([([0.0], [1])], TypeError, "fold 1: places are whole numbers, got float 0.0"),
        ([([True, False, True], [1])], TypeError, "places are whole numbers"),
        ([[0, 1]], TypeError, "fold 1 is no pair of places of samples"),
        ([1], TypeError, "fold 1 is no pair of places of samples"),
        ([([0], [1], [2])], TypeError, "fold 1 is no pair of places of samples"),
        ([], ValueError, "folds holds no fold"),
    ],
)
def test_folds_are_checked_before_the_first(folds, error, message):
    def make():
        raise AssertionError("no model is wanted")

    with pytest.raises(error, match=message):
        nn.cross_validate(
            make, [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0], folds=folds, loss=nn.mse, optimizer="sgd"
        )


def test_made_data():
    circles = nn.datasets.circles(21, noise=0.0, factor=0.3)
    radii = [math.hypot(*point) for point in circles.x]
    assert radii == pytest.approx([0.3 if label else 1.0 for label in circles.y])
    spirals = nn.datasets.spirals(31, noise=0.0, arms=3)
    assert [spirals.y.count(arm) for arm in range(3)] == [11, 10, 10]
    assert max(math.hypot(*point) for point in spirals.x) == pytest.approx(1.0)
    assert nn.datasets.spirals(20, seed=1) != nn.datasets.spirals(20, seed=2)
    for bad in (
        lambda: nn.datasets.circles(1),
        lambda: nn.datasets.circles(9, factor=1.5),
        lambda: nn.datasets.spirals(1),
    ):
        with pytest.raises(ValueError, match="wants"):
            bad()
    data = nn.datasets.iris()
    part = nn.datasets.scaled(data._replace(x=data.x[:50]), like=data)
    whole = nn.datasets.scaled(data)
    assert part.x == whole.x[:50]
    assert [sum(column) for column in zip(*whole.x)] == pytest.approx([0.0] * 4, abs=1e-10)


def test_features_of_any_size_are_scaled_and_equal_ones_are_0():
    rows = [[0.1, 1e200, 1e-200, 5e-324], [0.1, 3e200, 3e-200, 0.0]]
    wanted = [[0.0, -1.0, -1.0, 1.0], [0.0, 1.0, 1.0, 0.0]]
    assert nn.datasets.scaled(nn.as_samples(rows, [0, 1])).x == wanted
    same = nn.as_samples([[0.1]] * 3, [0] * 3)  # 0.1 + 0.1 + 0.1 is not 0.3
    assert nn.datasets.scaled(same).x == [[0.0]] * 3
    assert nn.datasets.scaled(nn.as_samples([[0.6]], [0]), like=same).x == [[0.5]]


def test_scaled_features_are_scikit_learns():
    preprocessing = pytest.importorskip(
        "sklearn.preprocessing", reason="scikit-learn is not installed"
    )
    rng = random.Random(0)
    rows = [[rng.gauss(5.0, 3.0), 0.1, rng.gauss(-1e8, 1.0)] for _ in range(60)]
    wanted = preprocessing.StandardScaler().fit_transform(rows)
    found = nn.datasets.scaled(nn.as_samples(rows, [0] * 60)).x
    for ours, theirs in zip(found, wanted.tolist()):
        assert ours == pytest.approx(theirs, abs=1e-6)
