"""3. 昨天的图

损失打印了一次又一次，每次都是同一个数。
工具：打印损失；循环之后 draw(loss)，把图里的 w 和 w.data 比较。
"""

from autograd_lite import Value, set_language
from autograd_lite.course import exercise

set_language("zh")

w = Value(5.0, "w")
loss = (w - 2.0) ** 2
losses = []
for _ in range(30):
    w.grad = 0.0
    loss.backward()
    w.data -= 0.1 * w.grad
    losses.append(loss.data)
print(f"损失：{losses[0]:.3g}, {losses[1]:.3g}, ..., {losses[-1]:.3g}；w = {w.data:.3g}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(3)
def check():
    assert losses[1] != losses[0], "节点保存的是计算它时得到的数"
    assert abs(w.data - 2.0) < 0.1, "损失在 w = 2 处最小"
