"""nn: neural nets as ordinary arithmetic on Values, so that their gradients come by themselves."""

from . import datasets, init
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
from .attention import CausalSelfAttention, attend
from .layers import Dropout, Embedding, Linear, Sequential
from .losses import cross_entropy, mse
from .module import Module
from .neuron import MLP, Layer, Neuron
from .normalization import LayerNorm, RMSNorm
from .optim import SGD, Adam
from .recurrent import LSTM, RNN, LSTMCell, RNNCell

__all__ = [
    "Adam", "CausalSelfAttention", "Dropout", "ELU", "Embedding", "GELU", "LSTM", "LSTMCell",
    "Layer", "LayerNorm", "LeakyReLU", "Linear", "LogSoftmax", "MLP", "Module", "Neuron", "RMSNorm",
    "RNN", "RNNCell", "ReLU", "SGD", "Sequential", "SiLU", "Sigmoid", "Softmax", "Softplus", "Step",
    "Tanh", "attend", "cross_entropy", "datasets", "elu", "gelu", "init", "leaky_relu",
    "log_softmax", "mse", "relu", "sigmoid", "silu", "softmax", "softplus", "step", "tanh",
]  # fmt: skip
