"""Heston's model of options, calibrated: which volatility of volatility do prices imply? (1993)

The variance of a share is pulled back to a mean and shakes by itself. A call's price is an integral
of a complex function (Lewis 2001, in the form of Albrecher et al. 2007, whose logarithm does not
jump), here a sum over 48 nodes. Five numbers are fitted to fifteen prices; samples of one batch are
options, and the gradients of the samples are the rows of the Jacobian.

    python examples/science/heston.py
"""

import math
from typing import Any

import numpy as np

import autograd_lite as ag

NAMES = ["variance now", "mean variance", "pull", "vol of vol", "correlation"]
TRUTH = [0.04, 0.06, 1.5, 0.5, -0.7]
START = [0.1, 0.1, 1.0, 0.3, -0.3]
SPOT, RATE = 100.0, 0.02
GAUSS = list(zip(*[x.tolist() for x in np.polynomial.legendre.leggauss(48)]))
NODES = [(10.0 * (1.0 + x) / (1.0 - x), 20.0 * w / (1.0 - x) ** 2) for x, w in GAUSS]
"""Gauss and Legendre's nodes and weights, stretched from 0 to infinity."""
STRIKES, TIMES = [
    x.ravel() for x in np.meshgrid([80.0, 90.0, 100.0, 110.0, 120.0], [0.5, 1.0, 2.0])
]


def call(p: Any, strike: Any, time: Any) -> Any:
    """The price of a call; `p` as in NAMES."""
    now, mean, pull, shake, correlation = p
    forward = ag.log(SPOT / strike) + RATE * time
    total = 0.0
    for u, weight in NODES:
        a = Complex(pull - 0.5 * shake * correlation, -shake * correlation * u)
        d = (a * a + Complex(shake * shake * (u * u + 0.25), 0.0)).sqrt()
        ratio, decay = (a - d) / (a + d), (d * -time).exp()
        one, left = Complex(1.0, 0.0), (a - d) * (1.0 / (shake * shake))
        c = left * time - ((one - ratio * decay) / (one - ratio)).log() * (2.0 / shake**2)
        e = left * ((one - decay) / (one - ratio * decay))
        turn = Complex(0.0, u * forward)
        total += weight * (c * (pull * mean) + e * now + turn).exp().real / (u * u + 0.25)
    return SPOT - ag.sqrt(SPOT * strike) * ag.exp(-0.5 * RATE * time) / math.pi * total


class Complex:
    """A complex number of two Values."""

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = real, imag

    def __add__(self, other: Any) -> Any:
        return Complex(self.real + other.real, self.imag + other.imag)

    def __sub__(self, other: Any) -> Any:
        return Complex(self.real - other.real, self.imag - other.imag)

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Complex):
            return Complex(self.real * other, self.imag * other)
        return Complex(
            self.real * other.real - self.imag * other.imag,
            self.real * other.imag + self.imag * other.real,
        )

    def __truediv__(self, other: Any) -> Any:
        square = other.real * other.real + other.imag * other.imag
        return self * Complex(other.real, -other.imag) * (1.0 / square)

    def exp(self) -> Any:
        size = ag.exp(self.real)
        return Complex(size * ag.cos(self.imag), size * ag.sin(self.imag))

    def log(self) -> Any:
        return Complex(ag.log(ag.hypot(self.real, self.imag)), ag.atan2(self.imag, self.real))

    def sqrt(self) -> Any:
        size, half = ag.hypot(self.real, self.imag), ag.atan2(self.imag, self.real) * 0.5
        return Complex(ag.sqrt(size) * ag.cos(half), ag.sqrt(size) * ag.sin(half))


def main() -> None:
    from scipy.optimize import least_squares

    program = ag.compile(call, batch="none", argnums=0)
    each = lambda p: np.tile(p, (len(STRIKES), 1))  # the same five numbers for each option
    prices = np.round(program.value(each(TRUTH), STRIKES, TIMES), 2)
    fit = least_squares(
        lambda p: program.value(each(p), STRIKES, TIMES) - prices,
        START,
        jac=lambda p: program.grad(each(p), STRIKES, TIMES),
        bounds=([1e-3, 1e-3, 1e-2, 1e-2, -0.99], [1.0, 1.0, 10.0, 3.0, 0.99]),
    )
    print(f"{len(prices)} prices met within {max(abs(fit.fun)):.4f}; {fit.nfev} evaluations")
    for name, x, truth in zip(NAMES, fit.x, TRUTH):
        print(f"{name:<14}{x:8.4f} (prices were made with {truth})")


if __name__ == "__main__":
    main()
