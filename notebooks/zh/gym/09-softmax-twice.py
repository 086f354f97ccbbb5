"""9. 两次 softmax

网络很有把握，答得也对，损失却始终离 0 很远。
工具：看 help(nn.cross_entropy)：它要的是什么？打印 [50, 0, 0] 这类输出的损失。
"""

import nn
from autograd_lite import Value, set_language, softmax
from autograd_lite.course import exercise

set_language("zh")


def loss_of(outputs, label):
    return nn.cross_entropy(softmax(outputs), label)


outputs = [Value(8.0), Value(0.0), Value(0.0)]
print(f"有把握，也答对了：损失 {loss_of(outputs, 0).data:.3f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(9)
def check():
    sure = loss_of([Value(8.0), Value(0.0), Value(0.0)], 0).data
    assert sure < 0.01, f"有把握的正确答案，损失几乎是 0，而不是 {sure:.3f}"
    even = loss_of([Value(1.0), Value(1.0), Value(1.0)], 2).data
    assert abs(even - 1.0986122886681098) < 1e-9, "三个相等的输出，损失是 log 3"
