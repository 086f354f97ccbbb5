"""10. Where does the nan come from?

After some steps all weights are nan, and nobody says since when.
Tools: autograd_lite.detect_anomaly (`with detect_anomaly():` around the loop) names the operation;
then think of a loss that takes the output before its sigmoid.
"""

import nn
from autograd_lite import Value, log, sigmoid
from autograd_lite.course import exercise

w = Value(30.0, "w")


def loss_of(w, x, target):
    p = sigmoid(w * x)
    return -(target * log(p) + (1.0 - target) * log(1.0 - p))


for _ in range(3):
    w.grad = 0.0
    loss = loss_of(w, 2.0, 1.0)
    loss.backward()
    w.data -= 0.1 * w.grad
print(f"w = {w.data}, {nn.binary_cross_entropy_with_logits.__name__} may help")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(10)
def check():
    import math

    for start in (30.0, -400.0, 0.5):
        w = Value(start)
        loss = loss_of(w, 2.0, 1.0)
        loss.backward()
        assert math.isfinite(loss.data + w.grad), f"at w = {start:g}: log(0), 0 times inf"
    assert abs(loss_of(Value(0.0), 2.0, 1.0).data - math.log(2.0)) < 1e-12, (
        "at w = 0 it costs log 2"
    )
    assert abs(loss_of(Value(-5.0), 2.0, 0.0).data - math.log1p(math.exp(-10.0))) < 1e-12, (
        "target 0, too"
    )
