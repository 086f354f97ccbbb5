"""3. A graph of yesterday

The loss is printed again and again, and it is the same number each time.
Tools: print the loss; draw(loss) after the loop and compare its w with w.data.
"""

from autograd_lite import Value
from autograd_lite.course import exercise

w = Value(5.0, "w")
loss = (w - 2.0) ** 2
losses = []
for _ in range(30):
    w.grad = 0.0
    loss.backward()
    w.data -= 0.1 * w.grad
    losses.append(loss.data)
print(f"losses: {losses[0]:.3g}, {losses[1]:.3g}, ..., {losses[-1]:.3g}; w = {w.data:.3g}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(3)
def check():
    assert losses[1] != losses[0], "a node keeps the number that it was computed with"
    assert abs(w.data - 2.0) < 0.1, "the least loss is at w = 2"
