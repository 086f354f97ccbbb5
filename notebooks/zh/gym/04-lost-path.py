"""4. 中断的路径

权重一动也不动，可是输出明明取决于它。
工具：gradcheck(lambda w: loss_of(w), 0.5)；explain；draw(loss)。
"""

import math

from autograd_lite import Value, set_language
from autograd_lite.course import exercise

set_language("zh")


def loss_of(w):
    out = Value(math.tanh(w.data * 0.8))
    return (out - 0.9) ** 2


w = Value(0.5, "w")
loss = loss_of(w)
loss.backward()
print(f"对 w 的梯度：{w.grad:.3g}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(4)
def check():
    again, h = Value(0.5), 1e-6
    loss_of(again).backward()
    nudged = (loss_of(Value(0.5 + h)).data - loss_of(Value(0.5 - h)).data) / (2 * h)
    assert again.grad != 0.0, "w 和损失之间隔着一个 Python 的数，它什么也不记得"
    assert abs(again.grad - nudged) < 1e-6, f"扰动得到的是 {nudged:.4f}"
