"""nn: neural nets as ordinary arithmetic on Values, so that their gradients come by themselves."""

from . import datasets, plots
from .activations import ReLU, Sigmoid, Softplus, Tanh, relu, sigmoid, softmax, softplus, tanh
from .callbacks import Callback, Checkpoint, CSVLogger, EarlyStopping, LearningRateScheduler
from .diagnosis import NotFiniteError, TrainingWarning, dead_units
from .history import History, Table
from .losses import cross_entropy, mse
from .module import Module
from .neuron import MLP, Layer, Neuron
from .objective import NotCompiledWarning
from .optim import SGD, Adam
from .samples import as_samples
from .selection import (
    accuracy,
    confusion_matrix,
    cross_validate,
    k_fold,
    leave_one_out,
    predict,
    predict_classes,
    r2_score,
    train_test_split,
)
from .training import fit

__all__ = [
    "CSVLogger", "Callback", "Checkpoint", "EarlyStopping", "History", "LearningRateScheduler",
    "MLP", "NotCompiledWarning", "NotFiniteError", "SGD", "Adam", "Layer", "Module", "Neuron",
    "ReLU", "Sigmoid", "Softplus", "Table", "Tanh", "TrainingWarning", "accuracy", "as_samples",
    "confusion_matrix", "cross_entropy", "cross_validate", "datasets", "dead_units", "fit",
    "k_fold", "leave_one_out", "mse", "plots", "predict", "predict_classes", "r2_score", "relu",
    "sigmoid", "softmax", "softplus", "tanh", "train_test_split",
]  # fmt: skip
