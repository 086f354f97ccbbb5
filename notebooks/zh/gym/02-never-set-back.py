"""2. 上一步留下的

小球滚过谷底，又滚回来，而且一次比一次滚得高：步长怎么调都没有用。
工具：打印前三步的 w.grad，和 2 (w - 2) 比较。
"""

from autograd_lite import Value, set_language
from autograd_lite.course import exercise

set_language("zh")

w = Value(5.0, "w")
seen = []
for _ in range(30):
    loss = (w - 2.0) ** 2
    loss.backward()
    seen.append((w.data, w.grad))
    w.data -= 0.1 * w.grad
print(f"w = {w.data:.3g}；损失在 2 处最小")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(2)
def check():
    for at, gradient in seen:
        true = 2.0 * (at - 2.0)
        assert abs(gradient - true) < 1e-9, (
            f"在 w = {at:.3g} 处，梯度是 {true:.3g}，不是 {gradient:.3g}"
        )
    assert abs(w.data - 2.0) < 0.1, "损失在 w = 2 处最小"
