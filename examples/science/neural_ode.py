"""A law of motion that a net has learned from where things went. (Chen et al. 2018)

Spirals into the origin are seen, each at its beginning and one second later. A net of 42 weights
gives the velocity at each place; Euler's rule follows it for twenty steps, and the gradient goes
back through all of them. The law that made the data is x' = -0.3 x - 2 y, y' = 2 x - 0.3 y.

    python examples/science/neural_ode.py
"""

import math
import random
from typing import Any

import autograd_lite as ag
import nn

STEPS = 20


def journeys(n: int) -> tuple[Any, Any]:
    """Where each begins, and where it is after a second."""
    rng, begins, ends = random.Random(0), [], []
    for _ in range(n):
        x, y = rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)
        shrink, c, s = math.exp(-0.3), math.cos(2.0), math.sin(2.0)
        begins.append([x, y])
        ends.append([shrink * (c * x - s * y), shrink * (s * x + c * y)])
    return begins, ends


def follow(net: Any, place: Any) -> Any:
    """Where the net's velocities lead in a second."""
    x, y = place
    for _ in range(STEPS):
        u, v = net([x, y])
        x, y = x + u / STEPS, y + v / STEPS
    return x, y


def main(epochs: int = 1500) -> None:
    net = nn.MLP(2, [8, 2], ag.tanh, seed=1)
    optimizer = nn.Adam(net.parameters(), lr=0.01)
    begins, ends = journeys(50)

    def off(begin: Any, end: Any) -> Any:
        x, y = follow(net, begin)
        return (x - end[0]) ** 2 + (y - end[1]) ** 2

    program = ag.compile(off, batch="mean")
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = program.backward(begins, ends)
        optimizer.step()
        if epoch % (epochs // 3) == 0:
            print(f"epoch {epoch:>5}: mean square {loss:.6f}")
    print(f"at the end:  mean square {program.value(begins, ends):.6f}")
    u, v = net([0.5, 0.5])
    print(f"velocity at (0.5, 0.5): ({u.data:.2f}, {v.data:.2f}), by the law (-1.15, 0.85)")


if __name__ == "__main__":
    main()
