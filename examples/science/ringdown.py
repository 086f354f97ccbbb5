"""A bell after the stroke: its pitch and its quality from a long recording.

    x'' = -frequency**2 * x - 2 * decay * x'

Samples of the sound with noise; frequency and decay are those of the simulation that fits it best.
Each sample is a step of the simulation, in the exact form for an oscillator that is not driven, and
the gradient goes back through all of them. So long a loop is a `scan`, whose step is traced once.

    python examples/science/ringdown.py
"""

import math
import random
from typing import Any

import autograd_lite as ag

TRUTH = [2.0, 0.004]  # radians in a millisecond, and the rate of decay
START = [2.0002, 0.006]
RATE = 0.05  # milliseconds from sample to sample


def recording(n: int) -> list[float]:
    rng, (frequency, decay) = random.Random(0), TRUTH
    times = [RATE * k for k in range(n)]
    return [math.exp(-decay * t) * math.cos(frequency * t) + rng.gauss(0.0, 0.1) for t in times]


def misfit(p: Any, heard: Any, samples: int) -> Any:
    """The mean of the squares of what the simulation is off."""
    frequency, decay = p
    fade = ag.exp(-RATE * decay)
    c, s = fade * ag.cos(RATE * frequency), fade * ag.sin(RATE * frequency)

    def step(state: Any, sound: Any) -> Any:
        x, y, total = state
        return (c * x - s * y, s * x + c * y, total + (x - sound) ** 2), None

    (_, _, total), _ = ag.scan(step, (1.0, 0.0, 0.0), heard)
    return total / samples


def main(samples: int = 10_000) -> None:
    import numpy as np
    from scipy.optimize import minimize

    heard = recording(samples)
    program = ag.compile(misfit, argnums=0, sequences="heard")
    fit = minimize(
        program.value_and_grad, START, args=(np.array(heard), samples), jac=True,
        method="BFGS", options={"hess_inv0": 1e-6 * np.eye(2)},
    )  # fmt: skip
    frequency, decay = fit.x
    print(f"{samples:,} samples, {fit.nfev} evaluations, misfit {fit.fun:.5f}")
    print(f"frequency {frequency:.6f}, decay {decay:.6f} (made with {TRUTH[0]}, {TRUTH[1]})")
    print(f"quality {frequency / (2.0 * decay):.1f}")


if __name__ == "__main__":
    main()
