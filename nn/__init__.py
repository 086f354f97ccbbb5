"""nn: neural nets as ordinary arithmetic on Values, so that their gradients come by themselves."""

from . import datasets
from .activations import ReLU, Sigmoid, Softplus, Tanh, relu, sigmoid, softmax, softplus, tanh
from .advice import Advice
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
from .neuron import MLP, Layer, Neuron
from .optim import SGD, Adam

__all__ = [
    "MLP", "SGD", "Adam", "Layer", "Module", "Neuron", "ReLU", "Sigmoid", "Softplus", "Tanh",
    "datasets", "relu", "sigmoid", "softmax", "softplus", "tanh",
]  # fmt: skip
__all__ += [  # losses
    "Advice", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "hinge",
    "huber", "l1", "l1_penalty", "l2_penalty", "mse", "nll", "one_hot",
]  # fmt: skip
