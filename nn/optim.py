"""Optimisers: what to do with a gradient. Each is one formula for one parameter.

In the formulas g is the gradient, p the parameter and t the number of the step, from 1. All
parameters move at each step, also those whose gradient is 0.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from autograd_lite import hypot, relu, sqrt
from autograd_lite.compiler.elementwise import Elementwise, zero_grad
from autograd_lite.primitive import describe, is_value
from autograd_lite.states import check_counts, check_fit, number

from .advice import advise
from .pairing import flat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "SGD"]


class Optimizer:
    """Base of the optimisers: parameters, and the numbers kept for each of them.

    A subclass says how one parameter moves (`formula`), and what the constants of a step are
    (`constants`); its hyperparameters are attributes, of which `lr` may change between steps.
    Numbers of NumPy among them become floats.

    Args:
        parameters: leaves, as from `model.parameters()`.
        lr: the learning rate.
        others: of its hyperparameters those that are at least 0 and finite; they become attributes.

    Raises:
        ValueError: there are no parameters, or a hyperparameter is out of its range.
        TypeError: something is no leaf.
    """

    lr: float

    def __init__(self, parameters: Iterable[Any], lr: float, **others: float) -> None:
        for name, given in {"lr": lr, **others}.items():
            setattr(self, name, number(name, given))
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is at least 0 and finite, got {given!r}")
        self.initial_lr: float | None = None  # before any schedule; the first schedule sets it
        self.parameters = _leaves(type(self).__name__, parameters)
        self.states = self.formula.new_states(len(self.parameters))
        self.steps = 0

    @property
    def formula(self) -> Elementwise:
        """How one parameter moves, and what is kept for it."""
        raise TypeError(f"{type(self).__name__} must define formula, an Elementwise")

    def constants(self) -> Sequence[float]:
        """The numbers of this step that are the same for all parameters."""
        return ()

    def step(self) -> None:
        """Move each parameter by its gradient."""
        self.steps += 1
        if self.steps == 1 and not any(p.grad for p in self.parameters):
            advise(
                "step",
                f"{type(self).__name__}.step: the gradient of every parameter is 0. Call "
                "zero_grad(), then loss.backward(), then step(), in this order, on the parameters "
                "that the loss is made of",
            )
        self.formula(self.parameters, self.states, self.constants())

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        zero_grad(self.parameters)

    def state_dict(self) -> dict[str, Any]:
        """All that another step depends on, but the parameters: numbers, lists and strings.

        Its entries: the name of the optimizer, the steps made, hyperparameters, and the states.
        """
        return {
            "optimizer": type(self).__name__,
            "steps": self.steps,
            "hyperparameters": self._hyperparameters(),
            "states": [state.tolist() for state in self.states],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict()`, also one that was JSON in between.

        Raises:
            ValueError: it is of another optimizer, for other parameters, or holds a number that is
                out of its range; nothing is changed.

        >>> import json, nn
        >>> from autograd_lite import Value
        >>> saved = json.dumps(nn.Adam([Value(0.0)], lr=0.5).state_dict())
        >>> optimizer = nn.Adam([Value(0.0)])
        >>> optimizer.load_state_dict(json.loads(saved))
        >>> optimizer.lr
        0.5
        """
        check_fit("optimizer", self, state, optional=("hyperparameters.initial_lr",))
        check_counts(state, "steps")
        options: dict[str, Any] = {k: tuple(x) if isinstance(x, list) else x
                                   for k, x in state["hyperparameters"].items()}  # fmt: skip
        states = [array("d", numbers) for numbers in state["states"]]
        with suppress(TypeError):  # of a class whose hyperparameters are not its arguments
            type(self)(self.parameters, **{k: x for k, x in options.items() if k != "initial_lr"})
        self.states, self.steps = states, state["steps"]
        vars(self).update(options)

    def _hyperparameters(self) -> dict[str, Any]:
        return {k: x for k, x in vars(self).items() if k not in ("parameters", "states", "steps")}

    def __repr__(self) -> str:
        options = [f"{name}={x!r}" for name, x in self._hyperparameters().items() if x is not None]
        return f"{type(self).__name__}({len(self.parameters)} parameters, {', '.join(options)})"


class SGD(Optimizer):
    """Stochastic gradient descent: velocity <- momentum velocity + g, p <- p - lr velocity.

    With nesterov, p <- p - lr (g + momentum velocity).

    Args:
        parameters, lr: as for `Optimizer`.
        momentum: how much of the velocity is left after a step; 0.0 for none.
        dampening: g counts (1 - dampening) in a velocity, from the second step on.
        weight_decay: times p, added to g.
        nesterov: look ahead; wants a momentum and no dampening.

    Raises:
        ValueError: no parameters, a negative number, or nesterov with what it does not go with.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x = Value(4.0)
    >>> optimizer = nn.SGD([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    2.0
    """

    @staticmethod
    def _formula(with_velocity: bool, nesterov: bool) -> Elementwise:
        def formula(p: Any, g: Any, velocity: Any, *constants: Any) -> Any:
            lr, momentum, share, decay = constants
            g = g + decay * p
            if with_velocity:  # else none is kept: 0 times an infinite one would be nan
                velocity = momentum * velocity + share * g
                g = g + momentum * velocity if nesterov else velocity
            return p - lr * g, velocity

        return Elementwise(formula, states=1, constants=4)

    _formulas = _formula(False, False), _formula(True, False), _formula(True, True)
    momentum = weight_decay = 0.0

    def __init__(
        self, parameters: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0,
        dampening: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False,
    ) -> None:  # fmt: skip
        if nesterov and not (momentum > 0.0 and dampening == 0.0):
            raise ValueError(
                "nesterov wants a momentum above 0 and no dampening, "
                f"got momentum={momentum!r} and dampening={dampening!r}"
            )
        self.nesterov, self.dampening = bool(nesterov), number("dampening", dampening)
        super().__init__(parameters, lr, momentum=momentum, weight_decay=weight_decay)

    @property
    def formula(self) -> Elementwise:
        return self._formulas[int(self.momentum > 0.0) + int(self.nesterov)]

    def constants(self) -> Sequence[float]:
        share = 1.0 - self.dampening if self.steps > 1 else 1.0
        return self.lr, self.momentum, share, self.weight_decay


class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton 2012): g over the root of its running mean square.

    v <- alpha v + (1 - alpha) g g, velocity <- momentum velocity + g / (sqrt(v) + eps),
    p <- p - lr velocity. Centered, v is less the square of the running mean of g.

    Args:
        parameters, lr: as for `Optimizer`.
        alpha: how slowly the mean square forgets, from 0 to 1.
        eps: added to the root, against division by 0.
        weight_decay: times p, added to g.
        momentum: as for `SGD`.
        centered: divide by the standard deviation instead of the root mean square.

    Raises:
        ValueError: no parameters, a negative number, or an alpha above 1.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x = Value(4.0)
    >>> optimizer = nn.RMSprop([x], lr=0.05)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(f"{x:.6f}")
    3.500000
    """

    @staticmethod
    def _formula(centered: bool) -> Elementwise:
        def formula(p: Any, g: Any, v: Any, mean: Any, velocity: Any, *constants: Any) -> Any:
            lr, alpha, forget, eps, decay, momentum = constants
            g = g + decay * p
            v = alpha * v + forget * (g * g)
            mean = mean + forget * (g - mean)
            spread = _excess(v, mean * mean) if centered else v
            velocity = momentum * velocity + g / (sqrt(spread) + eps)
            return p - lr * velocity, v, mean, velocity

        return Elementwise(formula, states=3, constants=6)

    _formulas = _formula(False), _formula(True)
    alpha = eps = weight_decay = momentum = 0.0

    def __init__(
        self, parameters: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False,
    ) -> None:  # fmt: skip
        self.centered = bool(centered)
        super().__init__(
            parameters, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum
        )
        if not self.alpha <= 1.0:
            raise ValueError(f"alpha is at most 1, got {alpha!r}")

    @property
    def formula(self) -> Elementwise:
        return self._formulas[int(self.centered)]

    def constants(self) -> Sequence[float]:
        return self.lr, self.alpha, 1.0 - self.alpha, self.eps, self.weight_decay, self.momentum


class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer 2011): g over the root of the sum of all its squares.

    v <- v + g g, p <- p - lr / (1 + (t - 1) lr_decay) g / (sqrt(v) + eps).

    Args:
        parameters, lr: as for `Optimizer`.
        lr_decay: how fast the learning rate falls.
        weight_decay: times p, added to g.
        initial_accumulator_value: v before the first step.
        eps: added to the root, against division by 0.

    Raises:
        ValueError: no parameters, or a negative number.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x = Value(4.0)
    >>> optimizer = nn.Adagrad([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(f"{x:.6f}")
    3.500000
    """

    @staticmethod
    def _formula(p: Any, g: Any, v: Any, rate: Any, decay: Any, eps: Any) -> Any:
        g = g + decay * p
        v = v + g * g
        return p - rate * (g / (sqrt(v) + eps)), v

    formula = Elementwise(_formula, states=1, constants=3)
    lr_decay = weight_decay = eps = initial_accumulator_value = 0.0

    def __init__(
        self, parameters: Iterable[Any], lr: float = 1e-2, lr_decay: float = 0.0,
        weight_decay: float = 0.0, initial_accumulator_value: float = 0.0, eps: float = 1e-10,
    ) -> None:  # fmt: skip
        super().__init__(
            parameters, lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps,
            initial_accumulator_value=initial_accumulator_value,
        )  # fmt: skip
        self.states = [array("d", [self.initial_accumulator_value]) * len(self.parameters)]

    def constants(self) -> Sequence[float]:
        return self.lr / (1.0 + (self.steps - 1) * self.lr_decay), self.weight_decay, self.eps


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015): steps of the mean gradient over its root mean square.

    m <- m + (1 - beta1)(g - m), v <- beta2 v + (1 - beta2) g g,
    p <- p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps).

    Args:
        parameters, lr: as for `Optimizer`.
        betas: how slowly the mean and the mean square forget.
        eps: added to the root, against division by 0.
        weight_decay: times p, added to g.
        amsgrad: divide by the root of the largest v so far (Reddi, Kale and Kumar 2018).

    Raises:
        ValueError: no parameters, a negative number, or a beta that is not below 1.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x = Value(4.0)
    >>> optimizer = nn.Adam([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(f"{x:.6f}")
    3.500000
    """

    @staticmethod
    def _formula(p: Any, g: Any, m: Any, v: Any, *others: Any) -> Any:
        *largest, decay, shrink, forget1, beta2, forget2, rate, root, eps = others
        g = g + decay * p
        m = m + forget1 * (g - m)
        v = beta2 * v + forget2 * (g * g)
        largest = [top + _excess(v, top) for top in largest]  # amsgrad's: one, or none
        spread = largest[0] if largest else v
        return shrink * p - rate * (m / (sqrt(spread) / root + eps)), m, v, *largest

    _formulas = Elementwise(_formula, 2, constants=8), Elementwise(_formula, 3, constants=8)
    eps = weight_decay = 0.0

    def __init__(
        self, parameters: Iterable[Any], lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:  # fmt: skip
        self.amsgrad, self.betas = bool(amsgrad), tuple(number("betas", x) for x in flat(betas))
        if len(self.betas) != 2 or not all(0.0 <= beta < 1.0 for beta in self.betas):
            raise ValueError(f"betas are two numbers, at least 0 and below 1, got {betas!r}")
        super().__init__(parameters, lr, eps=eps, weight_decay=weight_decay)

    @property
    def formula(self) -> Elementwise:
        return self._formulas[int(self.amsgrad)]

    def constants(self) -> Sequence[float]:
        beta1, beta2 = self.betas
        rate = self.lr / (1.0 - beta1**self.steps)
        root = (1.0 - beta2**self.steps) ** 0.5
        return *self._decay(), 1.0 - beta1, beta2, 1.0 - beta2, rate, root, self.eps

    def _decay(self) -> tuple[float, float]:
        """How much of p to add to g, and how much of p to keep."""
        return self.weight_decay, 1.0


class AdamW(Adam):
    """AdamW (Loshchilov and Hutter 2019): Adam that takes lr weight_decay p off p at each step.

    Args and errors as for `Adam`, with a weight_decay of 0.01.

    >>> import nn
    >>> from autograd_lite import Value
    >>> x = Value(4.0)
    >>> optimizer = nn.AdamW([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(f"{x:.6f}")
    3.480000
    """

    def __init__(
        self, parameters: Iterable[Any], lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, betas, eps, weight_decay, amsgrad)

    def _decay(self) -> tuple[float, float]:
        return 0.0, 1.0 - self.lr * self.weight_decay


def _excess(x: Any, y: Any) -> Any:
    """What x is above y, or 0; of an infinite x inf, also where y is infinite and x - y a nan."""
    return hypot(relu(x - y), relu(x - 1.7976931348623157e308))  # hypot of nan and inf is inf


def _leaves(name: str, parameters: Iterable[Any]) -> list[Any]:
    """Each parameter once; a TypeError if one is no leaf."""
    if not isinstance(parameters, Iterable):
        raise TypeError(f"{name} takes a list, as model.parameters(); got {describe(parameters)}")
    leaves = list(parameters)
    for p in leaves:
        if not is_value(p):
            groups = "; groups are optimizers in nn.ParameterGroups" * isinstance(p, dict)
            raise TypeError(f"a parameter of {name} is a Value, got {describe(p)}{groups}")
        if p.op is not None:
            raise TypeError(
                f"a parameter of {name} is a leaf, got {p!r}: the result of an operation cannot "
                "be moved, only what it was computed from"
            )
    if not leaves:
        raise ValueError(f"{name} was given no parameters")
    return list(dict.fromkeys(leaves))
