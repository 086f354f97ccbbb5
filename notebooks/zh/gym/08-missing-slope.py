"""8. 少了斜率的一层

出自一篇教程：手工反向传播，经过一个 sigmoid 神经元。权重的梯度正负号对，大小不对。
工具：用 Value 记录同一个神经元，调用 backward()，再比较。
"""

import math

from autograd_lite import Value, set_language, sigmoid
from autograd_lite.course import exercise

set_language("zh")


def gradient_by_hand(w, x, target):
    """损失 (out - target)^2 / 2 对 w 的梯度，其中 out = sigmoid(w x)。"""
    out = 1.0 / (1.0 + math.exp(-w * x))
    error = out - target
    delta = error
    return delta * x


print(f"手算：{gradient_by_hand(0.4, 1.5, 1.0):.4f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(8)
def check():
    for w, x, target in ((0.4, 1.5, 1.0), (-2.0, 0.7, 0.0)):
        weight = Value(w)
        ((sigmoid(weight * x) - target) ** 2 / 2.0).backward()
        given = gradient_by_hand(w, x, target)
        assert abs(given - weight.grad) < 1e-9, (
            f"引擎得到 {weight.grad:.4f}，手算得到 {given:.4f}：少了一个因子"
        )
