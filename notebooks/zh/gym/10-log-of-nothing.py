"""10. nan 从哪里来？

几步之后所有权重都是 nan，谁也说不出是从什么时候开始的。
工具：autograd_lite.detect_anomaly（把循环放进 `with detect_anomaly():`）会说出是哪个运算；
然后想一想，有没有一种损失接受 sigmoid 之前的数。
"""

import nn
from autograd_lite import Value, log, set_language, sigmoid
from autograd_lite.course import exercise

set_language("zh")

w = Value(30.0, "w")


def loss_of(w, x, target):
    p = sigmoid(w * x)
    return -(target * log(p) + (1.0 - target) * log(1.0 - p))


for _ in range(3):
    w.grad = 0.0
    loss = loss_of(w, 2.0, 1.0)
    loss.backward()
    w.data -= 0.1 * w.grad
print(f"w = {w.data}，{nn.binary_cross_entropy_with_logits.__name__} 也许有用")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(10)
def check():
    import math

    for start in (30.0, -400.0, 0.5):
        w = Value(start)
        loss = loss_of(w, 2.0, 1.0)
        loss.backward()
        assert math.isfinite(loss.data + w.grad), f"在 w = {start:g} 处：log(0)，0 乘 inf"
    assert abs(loss_of(Value(0.0), 2.0, 1.0).data - math.log(2.0)) < 1e-12, (
        "在 w = 0 处，损失是 log 2"
    )
    assert abs(loss_of(Value(-5.0), 2.0, 0.0).data - math.log1p(math.exp(-10.0))) < 1e-12, (
        "目标是 0 时也要对"
    )
