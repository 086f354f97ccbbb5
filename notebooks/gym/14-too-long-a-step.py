"""14. One step too long

The loss goes down, then up, then out of sight. Nothing is wrong with the gradients.
Tools: print the loss; the curvature is 2 * 9: how long may a step be?
"""

from itertools import pairwise

from autograd_lite import Value
from autograd_lite.course import exercise

lr = 0.12
w = Value(1.0, "w")
losses = []
for _ in range(40):
    w.grad = 0.0
    loss = (3.0 * w - 1.5) ** 2
    loss.backward()
    w.data -= lr * w.grad
    losses.append(loss.data)
print(f"first {losses[0]:.3g}, last {losses[-1]:.3g}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(14)
def check():
    assert all(b <= a for a, b in pairwise(losses)), "a step longer than 2 / curvature climbs out"
    assert losses[-1] < 1e-6, "and it may not be so short that nothing is learned in 40 steps"
    assert len(losses) == 40, "with as many steps as before"
