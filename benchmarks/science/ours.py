"""The programs as their readers write them: recorded, and compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag
import nn
from examples.science import (
    barrier_option,
    bundle_adjustment,
    comet,
    eight_schools,
    epidemic,
    gaussian_process,
    heston,
    hidden_markov,
    kalman,
    lotka_volterra,
    neural_ode,
    ringdown,
    robot_arm,
    robust_fit,
    rosenbrock,
    sabr,
    three_body,
    van_der_pol,
    yield_curve,
)

from . import inputs as at
from .inputs import Forms, Work, form

COMPILED: Forms = {}
RECORDED: Forms = {}


def squared_gaps(v: Any) -> Any:
    gaps = three_body.gaps(v, at.STEPS)
    return ag.dot(gaps, gaps)


SCALARS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "lotka_volterra": (lotka_volterra.misfit, at.RATES),
    "kalman": (kalman.misfit, at.VARIANCES),
    "gaussian_process": (
        lambda p: gaussian_process.misfit(p, at.PLACES.tolist(), at.READINGS.tolist()),
        at.SCALES,
    ),
    "hidden_markov": (lambda p: hidden_markov.misfit(p, at.THROWS), at.DICE),
    "eight_schools": (eight_schools.energy, at.SCHOOLS),
    "three_body": (squared_gaps, at.SPEEDS),
    "ringdown": (lambda p: ringdown.misfit(p, at.SOUND, len(at.SOUND)), at.BELL),
    "yield_curve": (yield_curve.holding, np.array(yield_curve.QUOTES)),
}
"""Functions of which the value and the gradient are wanted, and where."""


def _register(name: str, f: Callable[[Any], Any], x: Any) -> None:
    def compiled() -> Work:
        program = ag.compile(f)
        return lambda: program.value_and_grad(x)

    def recorded() -> Work:
        both = ag.value_and_grad(f)
        return lambda: both(x)

    COMPILED[name], RECORDED[name] = compiled, recorded


for name, (f, x) in SCALARS.items():
    _register(name, f, x)


@form(COMPILED, "gaussian_process_hessian")
def _() -> Work:
    program = ag.compile(SCALARS["gaussian_process"][0])
    return lambda: program.hessian(at.SCALES)


@form(RECORDED, "gaussian_process_hessian")
def _() -> Work:
    hessian = ag.hessian(SCALARS["gaussian_process"][0])
    return lambda: hessian(at.SCALES)


def of_samples(f: Any, p: Any, *data: Any) -> Callable[[], Work]:
    """Rows of a Jacobian as gradients of the samples of a batch."""

    def make() -> Work:
        program = ag.compile(f, batch="none", argnums=0)
        return lambda: program.grad(np.tile(p, (len(data[0]), 1)), *data)

    return make


COMPILED["heston"] = of_samples(heston.call, at.OPTION, heston.STRIKES, heston.TIMES)
COMPILED["robust_fit"] = of_samples(robust_fit.residual, at.SHAPE, *at.CURVE)
COMPILED["sabr"] = of_samples(sabr.smile, at.SMILE, sabr.STRIKES)


@form(RECORDED, "heston")
def _() -> Work:
    options = list(zip(heston.STRIKES.tolist(), heston.TIMES.tolist()))
    slopes = ag.grad(heston.call, argnums=0)
    return lambda: np.array([slopes(at.OPTION, *option) for option in options])


@form(RECORDED, "robust_fit")
def _() -> Work:
    points = list(zip(*map(np.ndarray.tolist, at.CURVE)))
    f = lambda p: [robust_fit.residual(p, x, y) for x, y in points]
    return lambda: np.array(ag.jacobian(f)(at.SHAPE))


@form(RECORDED, "sabr")
def _() -> Work:
    strikes = sabr.STRIKES.tolist()
    f = lambda p: [sabr.smile(p, strike) for strike in strikes]
    return lambda: np.array(ag.jacobian(f)(at.SMILE))


@form(COMPILED, "bundle_adjustment")
def _() -> Work:
    program = ag.compile(bundle_adjustment.off, batch="none", argnums=(0, 1))
    sides = np.repeat(np.eye(2), len(at.SEEN), axis=0)

    def work() -> Any:
        twice = [np.tile(x, (2, 1)) for x in (at.CAMERAS, at.POINTS, at.SEEN)]
        return np.concatenate(program.grad(*twice, sides), axis=1)

    return work


@form(COMPILED, "van_der_pol")
def _() -> Work:
    program = ag.compile(van_der_pol.gaps)
    return lambda: program.jacobian(at.SHOOTING, sparse=True)


@form(RECORDED, "van_der_pol")
def _() -> Work:
    return lambda: ag.jacobian(van_der_pol.gaps)(at.SHOOTING)


@form(COMPILED, "robot_arm")
def _() -> Work:
    slopes = ag.compile(ag.jacobian(robot_arm.hand))
    return lambda: slopes.value(at.ANGLES)


@form(RECORDED, "robot_arm")
def _() -> Work:
    return lambda: ag.jacobian(robot_arm.hand)(at.ANGLES)


@form(COMPILED, "epidemic")
def _() -> Work:
    program = ag.compile(epidemic.course)
    return lambda: program.jacobian(at.ILLNESS)


@form(RECORDED, "epidemic")
def _() -> Work:
    return lambda: ag.jacobian(epidemic.course)(at.ILLNESS)


@form(COMPILED, "rosenbrock")
def _() -> Work:
    program = ag.compile(rosenbrock.valley)
    return lambda: program.hessian(at.VALLEY, sparse=True)


@form(COMPILED, "comet")
def _() -> Work:
    time = comet.period(comet.SPEED)
    program = ag.compile(lambda v: comet.place(v, time, at.TOLERANCE))
    return lambda: program.jacobian(comet.SPEED)


@form(RECORDED, "comet")
def _() -> Work:
    time = comet.period(comet.SPEED)
    rate = ag.jvp(lambda v: comet.place(v, time, at.TOLERANCE))
    return lambda: rate(comet.SPEED, 1.0)


@form(RECORDED, "rosenbrock")
def _() -> Work:
    return lambda: ag.hessian(rosenbrock.valley)(at.VALLEY)


@form(COMPILED, "barrier_option")
def _() -> Work:
    program = ag.compile(barrier_option.payoff, batch="mean", argnums=(0, 1, 2, 3))
    return lambda: program.value_and_grad(*barrier_option.OPTION.values(), at.PATHS)


@form(COMPILED, "neural_ode")
def _() -> Work:
    net = nn.MLP(2, [8, 2], ag.tanh, seed=1)
    for p, number in zip(net.parameters(), at.WEIGHTS.tolist()):
        p.data = number

    def off(begin: Any, end: Any) -> Any:
        x, y = neural_ode.follow(net, begin)
        return (x - end[0]) ** 2 + (y - end[1]) ** 2

    program = ag.compile(off, batch="mean")
    return lambda: np.array(program.leaf_gradients(*at.JOURNEYS))
