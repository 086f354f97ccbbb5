"""1. Uphill

The loss grows from step to step, until it is a number with many digits.
Tools: print the loss; think of what the gradient points to.
"""

from autograd_lite import Value
from autograd_lite.course import exercise

w = Value(5.0, "w")
losses = []
for _ in range(20):
    loss = (w - 2.0) ** 2
    loss.backward()
    w.data += 0.1 * w.grad
    w.grad = 0.0
    losses.append(loss.data)
print(f"loss: {losses[0]:.3g} at first, {losses[-1]:.3g} in the end; w = {w.data:.3g}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(1)
def check():
    assert losses[-1] < losses[0], "the gradient points to where the loss grows"
    assert abs(w.data - 2.0) < 0.1, "the least loss is at w = 2"
