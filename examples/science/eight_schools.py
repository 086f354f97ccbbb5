"""Eight schools: does coaching for a test help, and is it the same everywhere? (Rubin 1981)

A sampler for Bayes's posterior: Hamiltonian Monte Carlo (Neal 2011) slides along the gradient of
the log density. Effects of schools are mu + tau * z, each z standard normal, the prior of mu normal
(5), that of tau half-Cauchy (5). The field's figures: mu about 4.4, tau about 3.6.

    python examples/science/eight_schools.py
"""

from typing import Any

import autograd_lite as ag

EFFECTS = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]
ERRORS = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]


def energy(p: Any) -> Any:
    """Minus the log density, up to a constant; of mu, log tau, and z of each school."""
    mu, log_tau, *z = p
    tau = ag.exp(log_tau)
    off = [(y - mu - tau * x) / s for y, s, x in zip(EFFECTS, ERRORS, z)]
    prior = ag.dot(z, z) + mu * mu / 25.0
    return 0.5 * (ag.dot(off, off) + prior) + ag.log1p(tau * tau / 25.0) - log_tau


def sample(value_and_grad: Any, count: int, seed: int, step: float = 0.2, leaps: int = 20) -> Any:
    """`count` points of the posterior, and how many of the proposals were taken."""
    import numpy as np

    rng = np.random.default_rng(seed)
    p, points, taken = np.zeros(2 + len(EFFECTS)), [], 0
    height, slope = value_and_grad(p)
    for _ in range(count):
        begin = rng.standard_normal(len(p))
        place, momentum, there, pull = p, begin, height, slope
        for _ in range(leaps):
            momentum = momentum - step / 2 * pull
            place = place + step * momentum
            there, pull = value_and_grad(place)
            momentum = momentum - step / 2 * pull
        climb = there - height + (momentum @ momentum - begin @ begin) / 2.0
        if rng.random() < np.exp(min(-climb, 0.0)):
            p, height, slope, taken = place, there, pull, taken + 1
        points.append(p)
    return np.array(points), taken / count


def main(count: int = 20_000) -> None:
    import numpy as np

    points, taken = sample(ag.compile(energy).value_and_grad, count, seed=1)
    mu, tau = points[count // 10 :, 0], np.exp(points[count // 10 :, 1])
    print(f"{count:,} samples, {100 * taken:.0f} % of the proposals taken")
    print(f"mu  {mu.mean():.1f}, standard deviation {mu.std():.1f}")
    print(f"tau {tau.mean():.1f}, standard deviation {tau.std():.1f}")
    print(f"probability that coaching helps on the whole: {(mu > 0.0).mean():.2f}")


if __name__ == "__main__":
    main()
