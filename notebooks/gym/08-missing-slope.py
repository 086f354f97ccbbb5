"""8. A layer without its slope

From a tutorial: backpropagation by hand through one sigmoid neuron. The gradient of the weight has
the right sign, but not the right size.
Tools: record the same neuron with Values, call backward(), and compare.
"""

import math

from autograd_lite import Value, sigmoid
from autograd_lite.course import exercise


def gradient_by_hand(w, x, target):
    """Of the loss (out - target)^2 / 2 with respect to w, where out = sigmoid(w x)."""
    out = 1.0 / (1.0 + math.exp(-w * x))
    error = out - target
    delta = error
    return delta * x


print(f"by hand: {gradient_by_hand(0.4, 1.5, 1.0):.4f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(8)
def check():
    for w, x, target in ((0.4, 1.5, 1.0), (-2.0, 0.7, 0.0)):
        weight = Value(w)
        ((sigmoid(weight * x) - target) ** 2 / 2.0).backward()
        given = gradient_by_hand(w, x, target)
        assert abs(given - weight.grad) < 1e-9, (
            f"the engine says {weight.grad:.4f}, by hand {given:.4f}: a factor is missing"
        )
