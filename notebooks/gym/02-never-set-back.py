"""2. What was left from before

The ball rolls through the valley, back, and further up each time: no step size helps.
Tools: print w.grad in the first three steps and compare with 2 (w - 2).
"""

from autograd_lite import Value
from autograd_lite.course import exercise

w = Value(5.0, "w")
seen = []
for _ in range(30):
    loss = (w - 2.0) ** 2
    loss.backward()
    seen.append((w.data, w.grad))
    w.data -= 0.1 * w.grad
print(f"w = {w.data:.3g}; the least loss is at 2")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(2)
def check():
    for at, gradient in seen:
        true = 2.0 * (at - 2.0)
        assert abs(gradient - true) < 1e-9, (
            f"at w = {at:.3g} the gradient is {true:.3g}, not {gradient:.3g}"
        )
    assert abs(w.data - 2.0) < 0.1, "the least loss is at w = 2"
