"""nn.sklearn: scikit-learn's own checks, and what its checks do not look at."""

import warnings

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

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
