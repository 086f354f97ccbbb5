"""A casino that cheats now and then: how often, and with which die? (Durbin et al. 1998)

A hidden Markov model: the die in use is fair or loaded, and changes by chance; only the throws are
seen. The forward algorithm, in logarithms, adds up the probabilities of all 2**1000 ways in which
the dice may have changed. Its gradient fits the model; no formulas of Baum and Welch are needed.

    python examples/science/hidden_markov.py
"""

import random
from math import log
from typing import Any

import autograd_lite as ag

LOADED = [0.1, 0.1, 0.1, 0.1, 0.1, 0.5]
STAY_FAIR, STAY_LOADED = 0.95, 0.9
START = [2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def throws(n: int) -> list[int]:
    """What is seen of a casino with the numbers above: 0 for a one, and so on."""
    rng, loaded, seen = random.Random(1), False, []
    for _ in range(n):
        seen.append(rng.choices(range(6), LOADED if loaded else None)[0])
        loaded = rng.random() < (STAY_LOADED if loaded else 1.0 - STAY_FAIR)
    return seen


def misfit(p: Any, seen: Any) -> Any:
    """Minus the log-likelihood: of two logits of staying, and six scores of the loaded die."""
    stay_fair, go_loaded = ag.logsigmoid(p[0]), ag.logsigmoid(-p[0])
    stay_loaded, go_fair = ag.logsigmoid(p[1]), ag.logsigmoid(-p[1])
    sides = ag.log_softmax(list(p[2:8]))
    fair, loaded = 0.0, -30.0  # it begins with the fair die
    for i, side in enumerate(seen):
        if i:
            fair, loaded = (
                ag.logsumexp([fair + stay_fair, loaded + go_fair]),
                ag.logsumexp([fair + go_loaded, loaded + stay_loaded]),
            )
        fair, loaded = fair - log(6.0), loaded + sides[side]
    return -ag.logsumexp([fair, loaded])


def main() -> None:
    from scipy.optimize import minimize

    seen = throws(1000)
    program = ag.compile(lambda p: misfit(p, seen))
    fit = minimize(program.value_and_grad, START, jac=True, method="BFGS")
    sides = ", ".join(f"{x:.2f}" for x in ag.softmax(list(fit.x[2:])))
    print(f"minus the log-likelihood {fit.fun:.4f} after {fit.nfev} evaluations")
    print(f"the fair die stays with {ag.sigmoid(fit.x[0]):.3f} (made with {STAY_FAIR})")
    print(f"the loaded one with {ag.sigmoid(fit.x[1]):.3f} (made with {STAY_LOADED})")
    print(f"its sides: {sides} (made with 0.1, and 0.5 for the six)")


if __name__ == "__main__":
    main()
