"""The same programs by JAX, as its users write them: arrays, `vmap`, `scan`, all under `jit`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import log_sigmoid, log_softmax
from jax.scipy.linalg import cho_factor, cho_solve
from jax.scipy.special import logsumexp

from examples.science import (
    barrier_option,
    comet,
    epidemic,
    kalman,
    lotka_volterra,
    neural_ode,
    ringdown,
    three_body,
    van_der_pol,
    yield_curve,
)

from . import arrays
from . import inputs as at
from .inputs import Forms, Work, form

jax.config.update("jax_enable_x64", True)
FORMS: Forms = {}


def gradient(name: str, x: Any) -> Callable[[Any], Any]:
    """Register the value and the gradient of the decorated function."""

    def register(f: Any) -> Any:
        def make() -> Work:
            both = jax.jit(jax.value_and_grad(f))

            def work() -> Any:
                value, slopes = both(x)
                return float(value), np.asarray(slopes)

            return work

        FORMS[name] = make
        return f

    return register


def array(name: str, transform: Any, x: Any) -> Callable[[Any], Any]:
    """Register what a transform makes of the decorated function, an array."""

    def register(f: Any) -> Any:
        def make() -> Work:
            built = jax.jit(transform(f))
            return lambda: np.asarray(built(x))

        FORMS[name] = make
        return f

    return register


def runge_kutta(slopes: Any, z: Any, h: float) -> Any:
    a = slopes(z)
    b = slopes(z + h / 2 * a)
    c = slopes(z + h / 2 * b)
    d = slopes(z + h * c)
    return z + h / 6 * (a + 2.0 * (b + c) + d)


def repeated(step: Any, z: Any, n: int) -> Any:
    return lax.scan(lambda z, _: (step(z), None), z, length=n)[0]


@gradient("lotka_volterra", at.RATES)
def _(logs: Any) -> Any:
    birth, hunt, death, feed, *_ = jnp.exp(logs)

    def slopes(z: Any) -> Any:
        return jnp.stack([(birth - hunt * z[1]) * z[0], (feed * z[0] - death) * z[1]])

    def year(z: Any, _: Any) -> Any:
        n = lotka_volterra.STEPS
        return repeated(lambda z: runge_kutta(slopes, z, 1.0 / n), z, n), z

    pelts = jnp.log(jnp.array([lotka_volterra.HARES, lotka_volterra.LYNXES])).T
    years = lax.scan(year, jnp.exp(logs[4:6]), length=len(pelts))[1]
    off = (jnp.log(years) - pelts) / jnp.exp(logs[6])
    return 2.0 * len(pelts) * logs[6] + 0.5 * (off**2).sum()


@gradient("kalman", at.VARIANCES)
def _(logs: Any) -> Any:
    noise, level_moves, slope_moves = jnp.exp(logs)

    def year(state: Any, flow: Any) -> Any:
        level, slope, p, q, r = state
        surprise, variance = flow - level, p + noise
        gain, bend = p / variance, q / variance
        level, slope = level + gain * surprise, slope + bend * surprise
        p, q, r = p * (1.0 - gain), q * (1.0 - gain), r - bend * q
        term = jnp.log(variance) + surprise**2 / variance
        return (level + slope, slope, p + 2 * q + r + level_moves, q + r, r + slope_moves), term

    begin = (0.0, 0.0, kalman.UNSURE, 0.0, slope_moves)
    terms = lax.scan(year, begin, jnp.array(at.FLOWS))[1]
    return 0.5 * (terms.sum() + len(at.FLOWS) * math.log(2.0 * math.pi))


def process(logs: Any) -> Any:
    height, length, noise = jnp.exp(logs)
    gaps = (at.PLACES[:, None] - at.PLACES) / length
    diagonal = (noise**2 + 1e-10) * jnp.eye(len(at.PLACES))
    factor = cho_factor(height**2 * jnp.exp(-0.5 * gaps**2) + diagonal, lower=True)
    determinant = jnp.log(jnp.diag(factor[0])).sum()
    quadratic = 0.5 * at.READINGS @ cho_solve(factor, at.READINGS)
    return quadratic + determinant + 0.5 * len(at.READINGS) * math.log(2.0 * math.pi)


gradient("gaussian_process", at.SCALES)(process)
array("gaussian_process_hessian", jax.hessian, at.SCALES)(process)


array("heston", jax.jacfwd, at.OPTION)(partial(arrays.prices, jnp))


@gradient("hidden_markov", at.DICE)
def _(p: Any) -> Any:
    moves = jnp.stack([
        jnp.stack([log_sigmoid(p[0]), log_sigmoid(-p[0])]),
        jnp.stack([log_sigmoid(-p[1]), log_sigmoid(p[1])]),
    ])  # fmt: skip
    seen = jnp.stack([jnp.full(6, -math.log(6.0)), log_softmax(p[2:])])[:, jnp.array(at.THROWS)].T

    def step(logs: Any, chances: Any) -> Any:
        return logsumexp(logs[:, None] + moves, axis=0) + chances, None

    return -logsumexp(lax.scan(step, jnp.array([0.0, -30.0]) + seen[0], seen[1:])[0])


gradient("eight_schools", at.SCHOOLS)(partial(arrays.schools, jnp))


def pulls(places: Any) -> Any:
    gaps = places - places[:, None]
    squares = (gaps**2).sum(-1) + jnp.eye(3)
    return (gaps * (squares**-1.5)[..., None]).sum(1)


@gradient("three_body", at.SPEEDS)
def _(v: Any) -> Any:
    h = three_body.PERIOD / 3 / at.STEPS

    def step(state: Any) -> Any:
        places, speeds, forces = state
        speeds = speeds + h / 2 * forces
        places = places + h * speeds
        forces = pulls(places)
        return places, speeds + h / 2 * forces, forces

    places, speeds = jnp.array(three_body.PLACES).reshape(3, 2), jnp.stack([v, v, -2.0 * v])
    ends = repeated(step, (places, speeds, pulls(places)), at.STEPS)
    turn = jnp.array([2, 0, 1])
    return ((ends[0] - places[turn]) ** 2).sum() + ((ends[1] - speeds[turn]) ** 2).sum()


@array("comet", jax.jacfwd, comet.SPEED)  # reverse mode through a while loop is refused
def _(speed: Any) -> Any:
    time = comet.period(comet.SPEED)

    def slopes(z: Any) -> Any:
        return jnp.concatenate([z[2:], -z[:2] * (z[:2] @ z[:2]) ** -1.5])

    def step(state: Any) -> Any:
        z, a, done, h = state
        h = jnp.minimum(h, time - done)
        b = slopes(z + h / 2 * a)
        c = slopes(z + h * 3 / 4 * b)
        new = z + h / 9 * (2.0 * a + 3.0 * b + 4.0 * c)
        d = slopes(new)
        off = h / 72 * (8.0 * c + 6.0 * b - 5.0 * a - 9.0 * d)
        error = lax.stop_gradient(jnp.abs(off).max()) / at.TOLERANCE
        good = error <= 1.0
        h_next = h * jnp.minimum(4.0, 0.9 * jnp.maximum(error, 0.01) ** (-1 / 3))
        return (
            jnp.where(good, new, z), jnp.where(good, d, a), jnp.where(good, done + h, done), h_next
        )  # fmt: skip

    z = jnp.stack([1.0, 0.0, 0.0, speed])
    return lax.while_loop(lambda state: state[2] < time, step, (z, slopes(z), 0.0, 1e-3))[0][:2]


@gradient("ringdown", at.BELL)
def _(p: Any) -> Any:
    frequency, decay = p
    fade = jnp.exp(-ringdown.RATE * decay)
    c, s = fade * jnp.cos(ringdown.RATE * frequency), fade * jnp.sin(ringdown.RATE * frequency)

    def step(z: Any, sound: Any) -> Any:
        x, y = z
        return (c * x - s * y, s * x + c * y), (x - sound) ** 2

    return lax.scan(step, (1.0, 0.0), jnp.array(at.SOUND))[1].mean()


@array("epidemic", jax.jacfwd, at.ILLNESS)
def _(p: Any) -> Any:
    beta, gamma, ill = p

    def slopes(z: Any) -> Any:
        infected = beta * z[0] * z[1] / epidemic.BOYS
        return jnp.stack([-infected, infected - gamma * z[1]])

    def day(z: Any, _: Any) -> Any:
        n = epidemic.STEPS
        return repeated(lambda z: runge_kutta(slopes, z, 1.0 / n), z, n), z[1]

    return lax.scan(day, jnp.stack([epidemic.BOYS - ill, ill]), length=len(epidemic.IN_BED))[1]


array("robust_fit", jax.jacfwd, at.SHAPE)(partial(arrays.residuals, jnp))


array("sabr", jax.jacfwd, at.SMILE)(partial(arrays.smile, jnp))


@form(FORMS, "bundle_adjustment")
def _() -> Work:
    def off(p: Any, seen: Any) -> Any:
        turn, point = p[:3], p[9:]
        angle = jnp.sqrt(turn @ turn)
        axis = turn / angle
        x = point * jnp.cos(angle) + jnp.cross(axis, point) * jnp.sin(angle)
        x = x + axis * (axis @ point) * (1.0 - jnp.cos(angle)) + p[3:6]
        u = -x[:2] / x[2]
        square = u @ u
        return p[6] * (1.0 + square * (p[7] + square * p[8])) * u - seen

    built = jax.jit(jax.vmap(jax.jacfwd(off)))
    return lambda: np.asarray(built(np.concatenate([at.CAMERAS, at.POINTS], axis=1), at.SEEN))


@form(FORMS, "van_der_pol")
def _() -> Work:
    """Each interval depends on its own three numbers: blocks, put into the dense Jacobian."""
    n = van_der_pol.INTERVALS

    def interval(z: Any) -> Any:
        slopes = lambda s: jnp.stack([(1.0 - s[1] ** 2) * s[0] - s[1] + z[2], s[0]])
        h = van_der_pol.TIME / n / van_der_pol.STEPS
        return repeated(lambda s: runge_kutta(slopes, s, h), z[:2], van_der_pol.STEPS)

    rows = 2 + np.arange(2 * n).reshape(n, 2, 1)
    columns = 3 * np.arange(n).reshape(n, 1, 1) + np.arange(3)

    @jax.jit
    def jacobian(z: Any) -> Any:
        blocks = jax.vmap(jax.jacfwd(interval))(z[: 3 * n].reshape(n, 3))
        whole = jnp.zeros((2 * n + 2, 3 * n + 2)).at[rows, columns].set(-blocks)
        ones = np.arange(2 * n + 2)
        return whole.at[ones, 3 * (ones // 2) + ones % 2].set(1.0)

    return lambda: np.asarray(jacobian(at.SHOOTING))


array("robot_arm", jax.jacfwd, at.ANGLES)(partial(arrays.hand, jnp))


array("rosenbrock", jax.hessian, at.VALLEY)(partial(arrays.valley, jnp))


@gradient("yield_curve", np.array(yield_curve.QUOTES))
def _(quotes: Any) -> Any:
    """Discount factors are interpolated by a matrix; Newton's steps are written out."""
    knots = np.array([0, *yield_curve.YEARS])
    lines = np.array([np.interp(np.arange(1, 11), knots, row) for row in np.eye(len(knots))]).T
    logs = jnp.zeros(len(knots))
    for i, (year, quote) in enumerate(zip(yield_curve.YEARS, quotes), start=1):

        def worth(
            x: Any, i: int = i, year: int = year, quote: Any = quote, known: Any = logs
        ) -> Any:
            factors = jnp.exp(lines[:year] @ known.at[i].set(x))
            return quote * factors.sum() + factors[-1] - 1.0

        x = logs[i - 1] - 0.03 * (year - knots[i - 1])
        for _ in range(6):
            height, slope = jax.value_and_grad(worth)(x)
            x = x - height / slope
        logs = logs.at[i].set(x)
    factors = jnp.exp(lines[:8] @ logs)
    return 1e6 * (0.04 * factors.sum() + factors[-1] - 1.0)


@form(FORMS, "barrier_option")
def _() -> Work:
    both = jax.jit(jax.value_and_grad(partial(arrays.price, jnp)))
    option = np.array(list(barrier_option.OPTION.values()))

    def work() -> Any:
        value, slopes = both(option, at.PATHS)
        return float(value), np.asarray(slopes)

    return work


@form(FORMS, "neural_ode")
def _() -> Work:
    def loss(p: Any, begins: Any, ends: Any) -> Any:
        first, bias, last, shift = p[:16].reshape(8, 2), p[16:24], p[24:40].reshape(2, 8), p[40:]
        step = lambda z: z + (jnp.tanh(z @ first.T + bias) @ last.T + shift) / neural_ode.STEPS
        return ((repeated(step, begins, neural_ode.STEPS) - ends) ** 2).sum(axis=1).mean()

    slopes = jax.jit(jax.grad(loss))
    return partial(lambda begins, ends: np.asarray(slopes(at.WEIGHTS, begins, ends)), *at.JOURNEYS)
