"""Programs that are written for whole arrays, for any library with NumPy's functions (`np`)."""

from __future__ import annotations

import math
from typing import Any

import numpy

from examples.science import barrier_option, eight_schools, heston, robot_arm, sabr

from . import inputs as at


def schools(np: Any, p: Any) -> Any:
    mu, log_tau, z = p[0], p[1], p[2:]
    tau = np.exp(log_tau)
    off = (np.array(eight_schools.EFFECTS) - mu - tau * z) / np.array(eight_schools.ERRORS)
    return 0.5 * (off @ off + z @ z + mu**2 / 25.0) + np.log1p(tau**2 / 25.0) - log_tau


def prices(np: Any, p: Any) -> Any:
    """Of Heston's calls; nodes are columns."""
    now, mean, pull, shake, correlation = [p[i] for i in range(5)]
    u, weights = map(numpy.array, zip(*heston.NODES))
    strikes, times = heston.STRIKES[:, None], heston.TIMES[:, None]
    a = pull - 0.5 * shake * correlation - 1j * shake * correlation * u
    d = np.sqrt(a * a + shake**2 * (u**2 + 0.25))
    decay = np.exp(-d * times)
    below = (a + d) - (a - d) * decay
    c = ((a - d) * times - 2.0 * np.log(below / (2.0 * d))) / shake**2
    e = (decay - 1.0) / below * (u**2 + 0.25)
    forward = numpy.log(heston.SPOT / strikes) + heston.RATE * times
    inside = np.real(np.exp(c * pull * mean + e * now + 1j * u * forward)) / (u**2 + 0.25)
    scale = numpy.sqrt(heston.SPOT * strikes) * numpy.exp(-0.5 * heston.RATE * times) / math.pi
    return heston.SPOT - scale[:, 0] * (inside @ weights)


def residuals(np: Any, p: Any) -> Any:
    x, y = at.CURVE
    return np.exp(p[0] * x + p[1]) - y


def smile(np: Any, p: Any) -> Any:
    alpha, rho, nu = p[0], p[1], p[2]
    strikes, beta = sabr.STRIKES, sabr.BETA
    mean = (sabr.FORWARD * strikes) ** ((1.0 - beta) / 2.0)
    gap = numpy.log(sabr.FORWARD / strikes)
    z = nu / alpha * mean * gap
    near = np.abs(z) < 1e-6
    safe = np.where(near, 1.0, z)
    chi = np.log((np.sqrt(1.0 - 2.0 * rho * safe + safe**2) + safe - rho) / (1.0 - rho))
    ratio = np.where(near, 1.0 - 0.5 * rho * z, safe / chi)
    square = ((1.0 - beta) * gap) ** 2
    growth = (
        ((1.0 - beta) * alpha / mean) ** 2 / 24.0
        + rho * beta * nu * alpha / (4.0 * mean)
        + (2.0 - 3.0 * rho**2) * nu**2 / 24.0
    )
    level = alpha / (mean * (1.0 + square / 24.0 + square**2 / 1920.0))
    return level * ratio * (1.0 + growth * sabr.TIME)


def hand(np: Any, angles: Any) -> Any:
    turned, links = np.cumsum(angles), numpy.array(robot_arm.LINKS)
    return np.stack([links @ np.cos(turned), links @ np.sin(turned)])


def valley(np: Any, x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def price(np: Any, p: Any, normals: Any) -> Any:
    """Of a barrier option: the mean of all paths."""
    spot, barrier, rate, volatility = [p[i] for i in range(4)]
    h = barrier_option.TIME / barrier_option.DATES
    variance = volatility**2 * h
    moves = rate * h - variance / 2.0 + volatility * math.sqrt(h) * normals
    begin = np.log(spot / barrier)
    heights = begin + np.cumsum(moves, axis=1)
    before = np.concatenate([begin * numpy.ones((len(normals), 1)), heights[:, :-1]], axis=1)
    alive = np.where(heights > 0.0, 1.0 - np.exp(-2.0 * before * heights / variance), 0.0)
    gain = np.maximum(barrier * np.exp(heights[:, -1]) - barrier_option.STRIKE, 0.0)
    pays = np.exp(-rate * barrier_option.TIME) * gain
    # the product of the factors of a path, none of which is 0 where it counts
    touched = (heights <= 0.0).any(axis=1)
    factors = np.where(touched[:, None], 1.0, alive)
    return np.mean(pays * np.where(touched, 0.0, np.prod(factors, axis=1)))


def sightings(np: Any, p: Any) -> Any:
    """Of many cameras and points, a row for each: where they are seen."""
    turn, point = p[:, :3], p[:, 9:]
    square = np.sum(turn**2, axis=1)[:, None]
    angle = np.sqrt(square)
    along = np.sum(turn * point, axis=1)[:, None] * (1.0 - np.cos(angle)) / square
    a, b, c = turn[:, 0], turn[:, 1], turn[:, 2]
    x, y, z = point[:, 0], point[:, 1], point[:, 2]
    cross = np.stack([b * z - c * y, c * x - a * z, a * y - b * x], axis=1)
    moved = point * np.cos(angle) + cross * np.sin(angle) / angle + turn * along + p[:, 3:6]
    u = -moved[:, :2] / moved[:, 2:]
    far = np.sum(u**2, axis=1)[:, None]
    return p[:, 6:7] * (1.0 + far * (p[:, 7:8] + far * p[:, 8:9])) * u


def journey_loss(np: Any, p: Any) -> Any:
    """Of the neural ODE, in a loop."""
    begins, ends = at.JOURNEYS
    first, bias, last, shift = p[:16].reshape(8, 2), p[16:24], p[24:40].reshape(2, 8), p[40:]
    z = begins
    for _ in range(20):
        z = z + (np.tanh(z @ first.T + bias) @ last.T + shift) / 20
    return np.mean(np.sum((z - ends) ** 2, axis=1))
