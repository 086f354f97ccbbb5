"""An option that dies at a barrier: its price and Greeks from random paths. (Merton 1973)

A call that is worth nothing once the share has fallen to the barrier. Whether a path was there
between two dates is not simulated: given both prices, the chance of it is known (a Brownian
bridge), and the payoff is weighted by the chance of survival. So nothing jumps, and the mean of the
gradients is the gradient of the mean. Paths are samples of a batch; `where` chooses for each.

    python examples/science/barrier_option.py
"""

import math
from typing import Any

import numpy as np

import autograd_lite as ag

OPTION = {"spot": 100.0, "barrier": 85.0, "rate": 0.03, "volatility": 0.25}
STRIKE, TIME, DATES = 105.0, 1.0, 12


def payoff(spot: Any, barrier: Any, rate: Any, volatility: Any, normals: Any) -> Any:
    """What is paid on one path, discounted, times the chance that the barrier was not touched."""
    h = TIME / len(normals)
    variance, spread = volatility * volatility * h, volatility * math.sqrt(h)
    drift = rate * h - variance / 2.0
    height, alive = ag.log(spot / barrier), 1.0
    for normal in normals:
        new = height + drift + spread * normal
        touched = ag.exp(-2.0 * height * new / variance)
        alive = ag.where(new > 0.0, alive * (1.0 - touched), 0.0)
        height = new
    gain = ag.relu(barrier * ag.exp(height) - STRIKE)
    return ag.exp(-rate * TIME) * gain * alive


def formula(spot: Any, barrier: Any, rate: Any, volatility: Any) -> Any:
    """The price in closed form (Merton 1973): a call less its mirror image in the barrier."""
    power = 2.0 * rate / (volatility * volatility) - 1.0
    mirrored = call(barrier * barrier / spot, rate, volatility)
    return call(spot, rate, volatility) - (barrier / spot) ** power * mirrored


def call(spot: Any, rate: Any, volatility: Any) -> Any:
    """Black and Scholes's price."""
    normal = lambda x: 0.5 * ag.erfc(-x / math.sqrt(2.0))
    spread = volatility * math.sqrt(TIME)
    d = (ag.log(spot / STRIKE) + rate * TIME) / spread + spread / 2.0
    return spot * normal(d) - STRIKE * ag.exp(-rate * TIME) * normal(d - spread)


def main(paths: int = 200_000) -> None:
    normals = np.random.default_rng(0).standard_normal((paths // 2, DATES))
    normals = np.concatenate([normals, -normals])  # each path and its mirror image
    program = ag.compile(payoff, batch="mean", argnums=(0, 1, 2, 3))
    price, slopes = program.value_and_grad(*OPTION.values(), normals)
    exact, truth = ag.value_and_grad(formula)(*OPTION.values())
    print(f"{paths:,} paths of {DATES} dates{'simulated':>14}{'formula':>12}")
    print(f"{'price':<27}{price:>14.4f}{exact:>12.4f}")
    for name, slope, right in zip(OPTION, slopes, truth):
        print(f"{'d price / d ' + name:<27}{slope:>14.4f}{right:>12.4f}")


if __name__ == "__main__":
    main()
