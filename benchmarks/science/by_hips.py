"""The same programs by HIPS autograd: arrays where they serve, else the loops of the examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial, reduce
from operator import add
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import autograd
import autograd.numpy as np
from autograd.scipy.special import logsumexp

from examples.science import (
    barrier_option,
    comet,
    epidemic,
    hidden_markov,
    kalman,
    lotka_volterra,
    ringdown,
    three_body,
    van_der_pol,
    yield_curve,
)

from . import arrays
from . import inputs as at
from .inputs import Forms, Work, form, scan, while_loop
from .ours import SCALARS

FORMS: Forms = {}
FUNCTIONS = SimpleNamespace(
    exp=np.exp,
    log=np.log,
    sqrt=np.sqrt,
    sin=np.sin,
    cos=np.cos,
    sum=lambda xs: reduce(add, xs),
    dot=lambda xs, ys: reduce(add, [x * y for x, y in zip(xs, ys)], 0.0),
    logsigmoid=lambda x: -np.log1p(np.exp(-x)),
    logsumexp=lambda xs: np.logaddexp(*xs),
    log_softmax=lambda xs: np.array(xs) - logsumexp(np.array(xs)),
    grad=lambda f, argnums: autograd.grad(f, argnums),
    where=lambda condition, x, y: x if condition else y,
    max=max,
    min=min,
    scan=scan,
    while_loop=while_loop,
)
"""What stands in the loops for the functions of autograd_lite."""


def in_loops(module: Any, work: Work) -> Work:
    """The work, with the example's own loop on HIPS autograd's boxes."""

    def run() -> Any:
        with patch.multiple(module, ag=FUNCTIONS, np=np, create=True):
            return work()

    return run


MODULES = {
    "lotka_volterra": lotka_volterra, "kalman": kalman, "hidden_markov": hidden_markov,
    "ringdown": ringdown, "yield_curve": yield_curve,
}  # fmt: skip


def gradient_of(name: str) -> Callable[[], Work]:
    f, x = SCALARS[name]
    both = autograd.value_and_grad(f)
    return lambda: in_loops(MODULES[name], lambda: both(x))


for name in MODULES:
    FORMS[name] = gradient_of(name)


def of_arrays(transform: Any, f: Any, x: Any) -> Callable[[], Work]:
    def make() -> Work:
        built = transform(partial(f, np))
        return lambda: built(x)

    return make


def process(np: Any, logs: Any) -> Any:
    height, length, noise = np.exp(logs[0]), np.exp(logs[1]), np.exp(logs[2])
    gaps = (at.PLACES[:, None] - at.PLACES) / length
    covariance = height**2 * np.exp(-0.5 * gaps**2) + (noise**2 + 1e-10) * np.eye(len(at.PLACES))
    determinant = 0.5 * np.linalg.slogdet(covariance)[1]
    quadratic = 0.5 * at.READINGS @ np.linalg.solve(covariance, at.READINGS)
    return quadratic + determinant + 0.5 * len(at.READINGS) * math.log(2.0 * math.pi)


FORMS["gaussian_process"] = of_arrays(autograd.value_and_grad, process, at.SCALES)
FORMS["gaussian_process_hessian"] = of_arrays(autograd.hessian, process, at.SCALES)
FORMS["heston"] = of_arrays(autograd.jacobian, arrays.prices, at.OPTION)
FORMS["eight_schools"] = of_arrays(autograd.value_and_grad, arrays.schools, at.SCHOOLS)
FORMS["robust_fit"] = of_arrays(autograd.jacobian, arrays.residuals, at.SHAPE)
FORMS["sabr"] = of_arrays(autograd.jacobian, arrays.smile, at.SMILE)
FORMS["rosenbrock"] = of_arrays(autograd.hessian, arrays.valley, at.VALLEY)
FORMS["neural_ode"] = of_arrays(autograd.grad, arrays.journey_loss, at.WEIGHTS)


@form(FORMS, "three_body")
def _() -> Work:
    def squared_gaps(v: Any) -> Any:
        return reduce(add, [gap * gap for gap in three_body.gaps(v, at.STEPS)])

    both = autograd.value_and_grad(squared_gaps)
    return in_loops(three_body, lambda: both(at.SPEEDS))


@form(FORMS, "epidemic")
def _() -> Work:
    slopes = autograd.jacobian(lambda p: np.array(epidemic.course(p)))
    return in_loops(epidemic, lambda: slopes(at.ILLNESS))


@form(FORMS, "comet")
def _() -> Work:
    time = comet.period(comet.SPEED)
    slopes = autograd.jacobian(lambda v: np.array(comet.place(v, time, at.TOLERANCE)))

    def run() -> Any:
        with patch.object(comet, "constant", autograd.tracer.getval):
            return slopes(comet.SPEED)

    return in_loops(comet, run)


@form(FORMS, "van_der_pol")
def _() -> Work:
    """A block for each interval, which depends on its own three numbers."""
    n = van_der_pol.INTERVALS
    block = autograd.jacobian(lambda z: np.array(van_der_pol.interval(*z)[:2]))

    def jacobian() -> Any:
        whole = np.zeros((2 * n + 2, 3 * n + 2))
        ones = np.arange(2 * n + 2)
        whole[ones, 3 * (ones // 2) + ones % 2] = 1.0
        for k in range(n):
            columns = slice(3 * k, 3 * k + 3)
            whole[2 * k + 2 : 2 * k + 4, columns] = -block(at.SHOOTING[columns])
        return whole

    return jacobian


@form(FORMS, "robot_arm")
def _() -> Work:
    def hand(angles: Any) -> Any:
        turned = np.cumsum(angles)
        links = np.array([1.0, 0.8, 0.5])
        return np.array([links @ np.cos(turned), links @ np.sin(turned)])

    slopes = autograd.jacobian(hand)
    return lambda: slopes(at.ANGLES)


@form(FORMS, "bundle_adjustment")
def _() -> Work:
    """Each sighting depends on its own row, so a column's gradients are those of its sum."""
    columns = [
        autograd.grad(lambda p, i=i: np.sum(arrays.sightings(np, p)[:, i])) for i in range(2)
    ]

    def work() -> Any:
        p = np.concatenate([at.CAMERAS, at.POINTS], axis=1)
        return np.stack([column(p) for column in columns], axis=1)

    return work


@form(FORMS, "barrier_option")
def _() -> Work:
    both = autograd.value_and_grad(partial(arrays.price, np))
    option = np.array(list(barrier_option.OPTION.values()))
    return lambda: both(option, at.PATHS)
