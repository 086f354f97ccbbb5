"""5. 用了两次

一个十二行的引擎。x * y 算得对，x * x 却只得到一半。
工具：手算 x * x；看看哪一行忘了原先已有的数。
"""

from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")


class Number:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __mul__(self, other):
        return Number(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, grad=1.0):
        self.grad = grad
        for parent, slope in self.parents:
            parent.backward(grad * slope)


x = Number(3.0)
(x * x).backward()
print(f"x * x 在 3 处的导数：{x.grad}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(5)
def check():
    for power, right in ((2, 6.0), (3, 27.0)):
        x = Number(3.0)
        y = x
        for _ in range(power - 1):
            y = y * x
        y.backward()
        assert x.grad == right, f"x 的 {power} 次方在 3 处的斜率是 {right}，不是 {x.grad}"
