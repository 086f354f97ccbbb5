"""Initialisers: what parameters are before training. Each fills nested lists of Values in place.

A weight is a list of rows, one per output (fan_out), each with one entry per input (fan_in).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from contextlib import suppress

import autograd_lite
from autograd_lite.primitive import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import random
    from typing import Any, TypeVar

    Seed = int | random.Random | None
    Weight = TypeVar("Weight")


def generator(seed: Seed = None) -> random.Random:
    """A generator of random numbers: `seed` itself if it is one, or a new one seeded with it.

    Without a seed the new one is seeded by Python's own, so that one `random.seed(0)` at the top
    makes a whole program repeat itself.

    >>> import nn
    >>> nn.init.generator(1).random() == nn.init.generator(1).random()
    True
    """
    import random  # which takes longer than all of nn.init

    if isinstance(seed, random.Random):
        return seed
    if seed is not None and not hasattr(type(seed), "__index__"):
        raise TypeError(f"a seed is an int, a random.Random or None, got {describe(seed)}")
    return random.Random(random.getrandbits(64) if seed is None else operator.index(seed))


def size(name: str, n: Any, least: int = 1) -> int:
    """n as an int, also if NumPy made it; an error that names it unless it is a whole number.

    Raises:
        ValueError: n is no whole number, or below the least.
    """
    with suppress(TypeError):
        if type(n).__name__ not in ("bool", "bool_") and operator.index(n) >= least:  # or NumPy's
            return operator.index(n)
    raise ValueError(f"{name} is a whole number of at least {least}, got {n!r}")


def values(*size: int) -> Any:
    """Leaves of 0.0 in nested lists: values(3) is a list, values(2, 3) is two rows of three.

    >>> import nn
    >>> [[w.data for w in row] for row in nn.init.ones_(nn.init.values(2, 3))]
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    if not size:
        return autograd_lite.Value(0.0)
    return [values(*size[1:]) for _ in range(size[0])]


def constant_(weight: Weight, val: float) -> Weight:
    """`val` everywhere.

    >>> import nn
    >>> [b.data for b in nn.init.constant_(nn.init.values(2), 0.5)]
    [0.5, 0.5]
    """
    return _filled(weight, lambda: val)


def zeros_(weight: Weight) -> Weight:
    """0 everywhere.

    >>> import nn
    >>> nn.init.zeros_(nn.init.values(3))[2].data
    0.0
    """
    return constant_(weight, 0.0)


def ones_(weight: Weight) -> Weight:
    """1 everywhere.

    >>> import nn
    >>> nn.init.ones_(nn.init.values(3))[2].data
    1.0
    """
    return constant_(weight, 1.0)


def uniform_(weight: Weight, a: float = 0.0, b: float = 1.0, seed: Seed = None) -> Weight:
    """Uniform between a and b.

    >>> import nn
    >>> bias = nn.init.uniform_(nn.init.values(100), -0.1, 0.1, seed=0)
    >>> max(abs(b.data) for b in bias) <= 0.1
    True
    """
    rng = generator(seed)
    return _filled(weight, lambda: rng.uniform(a, b))


def normal_(weight: Weight, mean: float = 0.0, std: float = 1.0, seed: Seed = None) -> Weight:
    """Normal, of that mean and standard deviation.

    >>> import nn
    >>> bias = nn.init.normal_(nn.init.values(1000), mean=3.0, seed=0)
    >>> print(f"{sum(b.data for b in bias) / 1000:.1f}")
    3.0
    """
    rng = generator(seed)
    return _filled(weight, lambda: rng.gauss(mean, std))


def xavier_uniform_(weight: Weight, gain: float = 1.0, seed: Seed = None) -> Weight:
    """Uniform in +-gain * sqrt(6 / (fan_in + fan_out)): Glorot and Bengio 2010.

    >>> import nn
    >>> w = nn.init.xavier_uniform_(nn.init.values(30, 20), nn.init.calculate_gain("tanh"), seed=0)
    >>> max(x.data for row in w for x in row) <= 5 / 3 * (6 / 50) ** 0.5
    True
    """
    bound = math.sqrt(3.0) * _xavier_std(weight, gain)
    return uniform_(weight, -bound, bound, seed)


def xavier_normal_(weight: Weight, gain: float = 1.0, seed: Seed = None) -> Weight:
    """Normal, of standard deviation gain * sqrt(2 / (fan_in + fan_out)): Glorot and Bengio 2010.

    >>> import nn
    >>> w = nn.init.xavier_normal_(nn.init.values(100, 100), seed=0)
    >>> print(f"{sum(x.data**2 for row in w for x in row) / 10_000:.3f}")  # 2 / 200
    0.010
    """
    return normal_(weight, 0.0, _xavier_std(weight, gain), seed)


def kaiming_uniform_(
    weight: Weight, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    seed: Seed = None,
) -> Weight:  # fmt: skip
    """Uniform in +-gain * sqrt(3 / fan): He et al. 2015; for the arguments see `kaiming_normal_`.

    >>> import nn
    >>> w = nn.init.kaiming_uniform_(nn.init.values(5, 24), nonlinearity="relu", seed=0)
    >>> max(x.data for row in w for x in row) <= 0.5  # sqrt(2) * sqrt(3 / 24)
    True
    """
    bound = math.sqrt(3.0) * _kaiming_std(weight, a, mode, nonlinearity)
    return uniform_(weight, -bound, bound, seed)


def kaiming_normal_(
    weight: Weight, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    seed: Seed = None,
) -> Weight:  # fmt: skip
    """Normal, of standard deviation gain / sqrt(fan): He et al. 2015.

    Args:
        weight: rows of Values.
        a: the negative slope of the leaky ReLU that follows.
        mode: "fan_in" keeps the size of what goes forward, "fan_out" that of the gradients.
        nonlinearity: what follows the layer; see `calculate_gain`.
        seed: an int or a random.Random.

    >>> import nn
    >>> w = nn.init.kaiming_normal_(nn.init.values(50, 200), nonlinearity="relu", seed=0)
    >>> print(f"{sum(x.data**2 for row in w for x in row) / 10_000:.3f}")  # 2 / 200
    0.010
    """
    return normal_(weight, 0.0, _kaiming_std(weight, a, mode, nonlinearity), seed)


GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3.0, "relu": math.sqrt(2.0), "selu": 0.75}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much larger weights should be for the activation that follows them.

    Args:
        nonlinearity: "linear", "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
        param: the negative slope of the leaky ReLU, 0.01 by default.

    >>> import nn
    >>> nn.init.calculate_gain("tanh") == 5 / 3
    True
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2.0 / (1.0 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        names = ", ".join([*GAINS, "leaky_relu"])
        raise ValueError(f"nonlinearity is one of {names}; got {nonlinearity!r}")
    return GAINS[nonlinearity]


def _xavier_std(weight: Any, gain: float) -> float:
    return gain * math.sqrt(2.0 / sum(_fans(weight)))


def _kaiming_std(weight: Any, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f'mode is "fan_in" or "fan_out", got {mode!r}')
    return calculate_gain(nonlinearity, a) / math.sqrt(_fans(weight)[mode == "fan_out"])


def _fans(weight: Any) -> tuple[int, int]:
    """fan_in and fan_out: the length of a row, and the number of rows."""
    if not (isinstance(weight, (list, tuple)) and weight and isinstance(weight[0], (list, tuple))):
        raise ValueError(f"a weight with fans is a list of rows of Values, got {describe(weight)}")
    return len(weight[0]), len(weight)


def _filled(weight: Weight, number: Callable[[], float]) -> Weight:
    """The Values in nested lists, each with a number of its own."""
    if isinstance(weight, (list, tuple)):
        for inner in weight:
            _filled(inner, number)
    elif isinstance(weight, autograd_lite.Value):
        weight.data = number()
    else:
        raise TypeError(f"an initialiser fills Values in lists, got {describe(weight)}")
    return weight
