"""What is computed in each row, and with which numbers; the same for all contestants.

A form of a program prepares its work, which is a part of the first call, and gives the work: a
function of no arguments, whose arrays and numbers all contestants must agree on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from examples.science import (
    barrier_option,
    bundle_adjustment,
    gaussian_process,
    heston,
    hidden_markov,
    kalman,
    lotka_volterra,
    neural_ode,
    ringdown,
    robust_fit,
    three_body,
)

Work = Callable[[], Any]
Forms = dict[str, Callable[[], Work]]


def form(forms: Forms, name: str) -> Callable[[Any], Any]:
    """Register what the decorated function makes."""

    def register(make: Callable[[], Work]) -> Callable[[], Work]:
        forms[name] = make
        return make

    return register


def scan(step: Callable[[Any, Any], Any], state: Any, xs: Any) -> tuple[Any, None]:
    """The loop of `scan`, for those who have none."""
    for x in xs:
        state, _ = step(state, x)
    return state, None


def while_loop(condition: Callable[[Any], Any], step: Callable[[Any], Any], state: Any) -> Any:
    while condition(state):
        state = step(state)
    return state


TITLES = {
    "lotka_volterra": "Lotka-Volterra likelihood, 200 steps of Runge-Kutta, 7 derivatives",
    "kalman": "Kalman likelihood, 100 years, 3 derivatives",
    "gaussian_process": "Gaussian process, 30 readings, 3 derivatives",
    "gaussian_process_hessian": "the same, its 3 x 3 Hessian",
    "heston": "Heston calibration, 15 prices of 48 nodes, Jacobian 15 x 5",
    "hidden_markov": "hidden Markov model, 1,000 throws, 8 derivatives",
    "eight_schools": "eight schools, one gradient of HMC, 10 derivatives",
    "three_body": "three bodies, 1,000 steps of leapfrog, 2 derivatives",
    "comet": "a comet by adaptive steps (`while_loop`), 1 derivative",
    "ringdown": "ring-down, 10,000 samples in a `scan`, 2 derivatives",
    "epidemic": "epidemic, 130 steps of Runge-Kutta, Jacobian 14 x 3",
    "robust_fit": "robust fit, Jacobian 67 x 2",
    "sabr": "SABR smile, Jacobian 9 x 3",
    "bundle_adjustment": "bundle adjustment, 1,000 sightings, blocks of 2 x 12",
    "van_der_pol": "van der Pol, multiple shooting, Jacobian 42 x 62",
    "robot_arm": "an arm of three links, Jacobian 2 x 3",
    "rosenbrock": "Rosenbrock's Hessian, 100 variables",
    "yield_curve": "bootstrap of a yield curve, 6 derivatives",
    "barrier_option": "barrier option, 10,000 paths of 12 dates, 4 derivatives",
    "neural_ode": "neural ODE, 20 steps, 50 samples, 42 derivatives",
}

RATES = np.array(lotka_volterra.START)
VARIANCES = np.array([9.0, 7.0, 3.0])
FLOWS = np.array(kalman.FLOWS)
PLACES, READINGS = map(np.array, gaussian_process.readings(30))
SCALES = np.array([0.1, 0.2, -1.0])
OPTION = np.array(heston.TRUTH)
THROWS = hidden_markov.throws(1000)
DICE = np.array(hidden_markov.START)
SCHOOLS = np.linspace(-1.0, 1.0, 10)
SPEEDS = np.array(three_body.SPEEDS) - 0.01
STEPS = 1000
TOLERANCE = 1e-7
SOUND = np.array(ringdown.recording(10_000))
BELL = np.array([2.001, 0.005])
ILLNESS = np.array([1.7, 0.45, 2.0])
CURVE = robust_fit.readings()
SHAPE = np.array([0.2, 0.3])
SMILE = np.array([0.05, -0.3, 0.4])
CAMERAS, POINTS = (
    np.repeat(bundle_adjustment.scene(10, 100)[2], 100, axis=0),
    np.tile(bundle_adjustment.scene(10, 100)[3], (10, 1)),
)
SEEN = np.random.default_rng(2).normal(0.0, 100.0, (1000, 2))
SHOOTING = np.random.default_rng(0).normal(size=62) * 0.5
ANGLES = np.array([0.3, 0.9, 0.6])
VALLEY = np.sin(np.arange(100.0))
PATHS = np.random.default_rng(0).standard_normal((10_000, barrier_option.DATES))
WEIGHTS = np.random.default_rng(3).normal(size=42) * 0.5  # of neural_ode's net
JOURNEYS = tuple(map(np.array, neural_ode.journeys(50)))
