"""4. The path that ends

The weight never moves, although the output depends on it.
Tools: gradcheck(lambda w: loss_of(w), 0.5); explain; draw(loss).
"""

import math

from autograd_lite import Value
from autograd_lite.course import exercise


def loss_of(w):
    out = Value(math.tanh(w.data * 0.8))
    return (out - 0.9) ** 2


w = Value(0.5, "w")
loss = loss_of(w)
loss.backward()
print(f"gradient with respect to w: {w.grad:.3g}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(4)
def check():
    again, h = Value(0.5), 1e-6
    loss_of(again).backward()
    nudged = (loss_of(Value(0.5 + h)).data - loss_of(Value(0.5 - h)).data) / (2 * h)
    assert again.grad != 0.0, (
        "between w and the loss a number of Python stands, which remembers nothing"
    )
    assert abs(again.grad - nudged) < 1e-6, f"nudging says {nudged:.4f}"
