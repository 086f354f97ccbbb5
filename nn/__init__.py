"""nn: neural nets as ordinary arithmetic on Values, so that their gradients come by themselves."""

from . import datasets
from .activations import ReLU, Sigmoid, Softplus, Tanh, relu, sigmoid, softmax, softplus, tanh
from .advice import Advice
from .clipping import clip_grad_norm_, clip_grad_value_
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
from .optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .schedules import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    ReduceLROnPlateau,
    Schedule,
    SequentialLR,
    StepLR,
)

__all__ = [
    "MLP", "Layer", "Module", "Neuron", "ReLU", "Sigmoid", "Softplus", "Tanh",
    "datasets", "relu", "sigmoid", "softmax", "softplus", "tanh",
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
