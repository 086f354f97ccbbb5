"""The public names and their types, for type checkers and editors; Python itself reads __init__.py.

Types are said where things are written, but for the losses: their reduction decides what they give.
"""

from typing import Any, Literal, TypeAlias, overload

from autograd_lite import Value

from . import init as init
from .activations import *
from .advice import *
from .diagnosis import *
from .diagnosis import plots as plots
from .layers import *
from .losses import l1_penalty as l1_penalty
from .losses import l2_penalty as l2_penalty
from .losses import one_hot as one_hot
from .module import *
from .neuron import *
from .optim import *
from .sequences import *
from .training import *
from .training import datasets as datasets

_Whole: TypeAlias = Literal["mean", "sum"]

@overload
def mse(prediction: Any, target: Any, reduction: _Whole = "mean") -> Value: ...
@overload
def mse(prediction: Any, target: Any, reduction: str) -> Any: ...
@overload
def l1(prediction: Any, target: Any, reduction: _Whole = "mean") -> Value: ...
@overload
def l1(prediction: Any, target: Any, reduction: str) -> Any: ...
@overload
def huber(
    prediction: Any, target: Any, reduction: _Whole = "mean", delta: float = 1.0
) -> Value: ...
@overload
def huber(prediction: Any, target: Any, reduction: str, delta: float = 1.0) -> Any: ...
@overload
def binary_cross_entropy(prediction: Any, target: Any, reduction: _Whole = "mean") -> Value: ...
@overload
def binary_cross_entropy(prediction: Any, target: Any, reduction: str) -> Any: ...
@overload
def binary_cross_entropy_with_logits(
    prediction: Any, target: Any, reduction: _Whole = "mean", pos_weight: Any = None
) -> Value: ...
@overload
def binary_cross_entropy_with_logits(
    prediction: Any, target: Any, reduction: str, pos_weight: Any = None
) -> Any: ...
@overload
def hinge(prediction: Any, target: Any, reduction: _Whole = "mean") -> Value: ...
@overload
def hinge(prediction: Any, target: Any, reduction: str) -> Any: ...
@overload
def cross_entropy(
    prediction: Any, target: Any, reduction: _Whole = "mean", label_smoothing: float = 0.0
) -> Value: ...
@overload
def cross_entropy(
    prediction: Any, target: Any, reduction: str, label_smoothing: float = 0.0
) -> Any: ...
@overload
def nll(prediction: Any, target: Any, reduction: _Whole = "mean") -> Value: ...
@overload
def nll(prediction: Any, target: Any, reduction: str) -> Any: ...
