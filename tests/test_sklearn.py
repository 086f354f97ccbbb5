"""nn.sklearn: scikit-learn's own checks, and what its checks do not look at."""

import warnings

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.utils.estimator_checks import check_estimator

from nn.sklearn import Classifier, Regressor


@pytest.mark.parametrize("kind", [Classifier, Regressor])
def test_scikit_learns_own_checks(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_estimator(kind(), on_fail=None)
    failed = [(x["check_name"], x["exception"]) for x in found if x["status"] == "failed"]
    assert not failed
    assert sum(x["status"] == "passed" for x in found) > 35


def test_the_penalty_is_on_weights_alone():
    """So a net of weights near 0 gives each class its share of the samples, as scikit-learn's."""
    random = np.random.RandomState(0)
    x, y = random.randn(200, 2), (np.arange(200) < 20).astype(int)
    options = {"hidden_layer_sizes": (4,), "alpha": 3000.0, "learning_rate_init": 0.01,
               "max_iter": 100, "batch_size": 50, "random_state": 0}  # fmt: skip
    theirs = MLPClassifier(**options).fit(x, y).predict_proba(x)[:, 1].mean()
    ours = Classifier(**options).fit(x, y).predict_proba(x)[:, 1].mean()
    assert ours == pytest.approx(theirs, abs=0.02)
    assert ours == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_targets_of_any_size_are_learned_alike(size):
    x = [[i / 10] for i in range(-5, 6)]

    def predictions(unit):
        net = Regressor(max_iter=3, random_state=0).fit(x, [unit * abs(row[0]) for row in x])
        return (net.predict(x) / unit).tolist()

    assert predictions(size) == pytest.approx(predictions(1.0))
