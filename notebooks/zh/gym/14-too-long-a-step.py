"""14. 步子太大

损失先下降，再上升，然后大得没了边。梯度没有错。
工具：打印损失；曲率是 2 * 9：一步最多能走多远？
"""

from itertools import pairwise

from autograd_lite import Value, set_language
from autograd_lite.course import exercise

set_language("zh")

lr = 0.12
w = Value(1.0, "w")
losses = []
for _ in range(40):
    w.grad = 0.0
    loss = (3.0 * w - 1.5) ** 2
    loss.backward()
    w.data -= lr * w.grad
    losses.append(loss.data)
print(f"第一个 {losses[0]:.3g}，最后一个 {losses[-1]:.3g}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(14)
def check():
    assert all(b <= a for a, b in pairwise(losses)), "学习率大于 2 / 曲率，就会爬出谷去"
    assert losses[-1] < 1e-6, "也不能小到 40 步什么都没学到"
    assert len(losses) == 40, "步数要和原来一样"
