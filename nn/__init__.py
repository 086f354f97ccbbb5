"""nn: neural nets as ordinary arithmetic on Values, so that their gradients come by themselves."""

from . import datasets, init, plots
from .activations import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    step,
    tanh,
)
from .advice import Advice
from .attention import CausalSelfAttention, attend
from .callbacks import Callback, Checkpoint, CSVLogger, EarlyStopping, LearningRateScheduler
from .clipping import clip_grad_norm_, clip_grad_value_
from .diagnosis import NotFiniteError, TrainingWarning, dead_units
from .history import History, Table
from .inspection import Inspection, Sample
from .layers import Dropout, Embedding, Linear, Sequential
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    huber,
    l1,
    l1_penalty,
    l2_penalty,
    mse,
    nll,
    one_hot,
)
from .module import Module
from .monitor import Monitor
from .neuron import MLP, Layer, Neuron
from .normalization import LayerNorm, RMSNorm
from .objective import NotCompiledWarning
from .optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .recurrent import LSTM, RNN, LSTMCell, RNNCell
from .samples import as_samples
from .schedules import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    ReduceLROnPlateau,
    Schedule,
    SequentialLR,
    StepLR,
)
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

__all__ = [  # modules
    "CausalSelfAttention", "Dropout", "Embedding", "LSTM", "LSTMCell", "Layer", "LayerNorm",
    "Linear", "MLP", "Module", "Neuron", "RMSNorm", "RNN", "RNNCell", "Sequential", "attend",
    "init",
]  # fmt: skip
__all__ += [  # activations
    "ELU", "GELU", "LeakyReLU", "LogSoftmax", "ReLU", "SiLU", "Sigmoid", "Softmax", "Softplus",
    "Step", "Tanh", "elu", "gelu", "leaky_relu", "log_softmax", "relu", "sigmoid", "silu",
    "softmax", "softplus", "step", "tanh",
]  # fmt: skip
__all__ += [  # losses
    "Advice", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "hinge",
    "huber", "l1", "l1_penalty", "l2_penalty", "mse", "nll", "one_hot",
]  # fmt: skip
__all__ += [  # optimisers and schedules
    "Adagrad", "Adam", "AdamW", "CosineAnnealingLR", "ExponentialLR", "LinearLR", "Optimizer",
    "RMSprop", "ReduceLROnPlateau", "SGD", "Schedule", "SequentialLR", "StepLR",
    "clip_grad_norm_", "clip_grad_value_",
]  # fmt: skip
__all__ += [  # training
    "CSVLogger", "Callback", "Checkpoint", "EarlyStopping", "History", "Inspection",
    "LearningRateScheduler", "Monitor", "NotCompiledWarning", "NotFiniteError", "Sample", "Table",
    "TrainingWarning", "dead_units", "fit",
]  # fmt: skip
__all__ += [  # data, selection, plots
    "accuracy", "as_samples", "confusion_matrix", "cross_validate", "datasets", "k_fold",
    "leave_one_out", "plots", "predict", "predict_classes", "r2_score", "train_test_split",
]  # fmt: skip
