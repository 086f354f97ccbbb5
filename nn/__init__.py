"""nn: neural nets as ordinary arithmetic on Values, so that their gradients come by themselves."""

from . import datasets
from .activations import ReLU, Sigmoid, Softplus, Tanh, relu, sigmoid, softmax, softplus, tanh
from .losses import cross_entropy, mse
from .module import Module
from .neuron import MLP, Layer, Neuron
from .optim import SGD, Adam

__all__ = [
    "MLP", "SGD", "Adam", "Layer", "Module", "Neuron", "ReLU", "Sigmoid", "Softplus", "Tanh",
    "cross_entropy", "datasets", "mse", "relu", "sigmoid", "softmax", "softplus", "tanh",
]  # fmt: skip
