"""13. 数据翻倍，步子也翻倍

十个样本时学得会；换成同一条直线上的四十个样本，权重就飞走了。
工具：打印 10 个样本和 40 个样本的梯度，各乘以学习率。
"""

from autograd_lite import Value, set_language
from autograd_lite.course import exercise

set_language("zh")


def loss_of(w, samples):
    total = Value(0.0)
    for x, y in samples:
        total = total + (w * x - y) ** 2
    return total


def trained(samples, lr=0.1):
    w = Value(0.0, "w")
    for _ in range(60):
        w.grad = 0.0
        loss_of(w, samples).backward()
        w.data -= lr * w.grad
    return w.data


ten = [(0.2 * i - 1.0, 3.0 * (0.2 * i - 1.0)) for i in range(10)]
print(f"10 个样本：w = {trained(ten):.3g}；40 个样本：w = {trained(ten * 4):.3g}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(13)
def check():
    few, many = trained(ten), trained(ten * 4)
    assert abs(many - 3.0) < 0.2, f"直线的斜率是 3；40 个样本时 w = {many:.3g}"
    assert abs(few - many) < 1e-6, "同样的样本重复四遍，结果不该变"
