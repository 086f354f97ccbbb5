"""Adapters to scikit-learn: a Classifier and a Regressor for its pipelines, searches and scores.

They take the arguments of scikit-learn's MLPClassifier and MLPRegressor under the same names. They
want scikit-learn: pip install "autograd_lite[sklearn]".
"""

from __future__ import annotations

from typing import Any

try:
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"for nn.sklearn {error.name} is needed: pip install 'autograd_lite[sklearn]'",
        name=error.name,
    ) from error

import autograd_lite

from ..init import size
from ..losses import cross_entropy, mse
from ..neuron import MLP
from ..optim import Adam
from .groups import ParameterGroups
from .loop import fit
from .metrics import predict

ACTIVATIONS = {
    "identity": None,
    "logistic": autograd_lite.sigmoid,
    "tanh": autograd_lite.tanh,
    "relu": autograd_lite.relu,
}


class _Net(BaseEstimator):  # type: ignore[misc]
    """What the two have in common: a multilayer perceptron, trained with Adam."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (16,),
        activation: str = "relu",
        *,
        alpha: float = 0.0001,
        batch_size: Any = 32,
        learning_rate_init: float = 0.01,
        max_iter: int = 100,
        shuffle: bool = True,
        random_state: Any = None,
        compile: bool = True,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.compile = compile

    def _train(self, x: Any, y: Any, outputs: int, loss: Any) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation is one of {list(ACTIVATIONS)}, got {self.activation!r}")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        hidden = self.hidden_layer_sizes
        widths = [*(hidden if hasattr(hidden, "__iter__") else [hidden]), outputs]
        self.model_ = MLP(x.shape[1], widths, ACTIVATIONS[self.activation], seed=seed)
        most = 200 if self.batch_size == "auto" else size("batch_size", self.batch_size)
        batch_size = min(most, len(x))
        biases = [b for layer in self.model_.layers for b in layer.b]
        weights = [p for p in self.model_.parameters() if p not in set(biases)]
        rate, decay = self.learning_rate_init, self.alpha / batch_size
        optimizer = ParameterGroups(
            Adam(weights, lr=rate, weight_decay=decay), Adam(biases, lr=rate)
        )
        self.history_ = fit(
            self.model_, x, y, loss=loss, optimizer=optimizer, epochs=self.max_iter,
            batch_size=batch_size, shuffle=self.shuffle, seed=seed, progress=False,
            compile=self.compile,
        )  # fmt: skip
        self.n_iter_ = self.history_.epochs
        self.loss_curve_ = self.history_["loss"]

    def _outputs(self, X: Any) -> Any:
        check_is_fitted(self)
        x = validate_data(self, X, reset=False, dtype=np.float64)
        return np.array(predict(self.model_, x, compile=self.compile and len(x) >= 64))


class Classifier(ClassifierMixin, _Net):  # type: ignore[misc]
    """A multilayer perceptron that gives classes, trained on the cross-entropy.

    Args:
        hidden_layer_sizes: the width of each hidden layer; or of the only one.
        activation: of the hidden layers: "identity", "logistic", "tanh" or "relu".
        alpha: strength of the L2 penalty, on weights and not on biases.
        batch_size: samples per step; "auto" for 200, or all if there are less.
        learning_rate_init: of Adam.
        max_iter: epochs.
        shuffle: whether each epoch takes the samples in another order.
        random_state: of weights and order.
        compile: as for `nn.fit`.

    Attributes:
        model_, history_: the net, and how it was trained.
        classes_, n_features_in_, n_iter_, loss_curve_: as in scikit-learn.

    >>> import nn
    >>> from nn.sklearn import Classifier
    >>> data = nn.datasets.iris()
    >>> net = Classifier(activation="tanh", max_iter=60, random_state=0).fit(data.x, data.y)
    >>> net.score(data.x, data.y) > 0.95
    True
    """

    def fit(self, X: Any, y: Any) -> Classifier:
        """Train anew."""
        x, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, classes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"Classifier can't train when only one class is present, got {self.classes_}"
            )
        self._train(x, classes, len(self.classes_), cross_entropy)
        return self

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, a row per sample."""
        logits = self._outputs(X)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def decision_function(self, X: Any) -> Any:
        """The logits; of two classes the difference, which is above 0 for the second."""
        logits = self._outputs(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict(self, X: Any) -> Any:
        """The class of each sample."""
        best = self._outputs(X).argmax(axis=1)
        return self.classes_[best]


class Regressor(RegressorMixin, _Net):  # type: ignore[misc]
    """A multilayer perceptron that gives numbers, trained on the squared error.

    The targets are shifted and scaled for training, so they may have any size.

    Args:
        hidden_layer_sizes: and all the others, as for `Classifier`.

    >>> import nn
    >>> from nn.sklearn import Regressor
    >>> x = [[i / 10] for i in range(-20, 21)]
    >>> net = Regressor(random_state=0).fit(x, [abs(row[0]) for row in x])
    >>> net.score(x, [abs(row[0]) for row in x]) > 0.95
    True
    """

    def fit(self, X: Any, y: Any) -> Regressor:
        """Train anew."""
        x, y = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        y = np.asarray(y, dtype=np.float64)
        self.mean_ = y.mean(axis=0)
        missed = y - self.mean_
        largest = np.exp2(
            np.frexp(np.abs(missed).max(axis=0))[1] - 1.0
        )  # so that no square overflows
        spread = largest * np.sqrt(np.mean((missed / largest) ** 2, axis=0))
        self.scale_ = np.where(np.ptp(y, axis=0) > 0.0, spread, 1.0)
        self.single_ = y.ndim == 1
        self._train(x, (y - self.mean_) / self.scale_, 1 if self.single_ else y.shape[1], mse)
        return self

    def predict(self, X: Any) -> Any:
        """The number, or the row of numbers, for each sample."""
        outputs = self._outputs(X)
        return (outputs[:, 0] if self.single_ else outputs) * self.scale_ + self.mean_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
