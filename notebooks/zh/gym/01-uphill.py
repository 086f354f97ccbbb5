"""1. 上坡

损失一步比一步大，最后成了一个位数很多的数。
工具：打印损失；想一想梯度指向哪里。
"""

from autograd_lite import Value, set_language
from autograd_lite.course import exercise

set_language("zh")

w = Value(5.0, "w")
losses = []
for _ in range(20):
    loss = (w - 2.0) ** 2
    loss.backward()
    w.data += 0.1 * w.grad
    w.grad = 0.0
    losses.append(loss.data)
print(f"损失：开始是 {losses[0]:.3g}，最后是 {losses[-1]:.3g}；w = {w.data:.3g}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(1)
def check():
    assert losses[-1] < losses[0], "梯度指向损失增大的方向"
    assert abs(w.data - 2.0) < 0.1, "损失在 w = 2 处最小"
