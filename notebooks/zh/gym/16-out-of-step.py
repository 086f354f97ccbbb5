"""16. 对不上了

训练之前把样本打乱了。从那以后什么也学不到。
工具：打乱前后各打印三个样本和它们的标签。
"""

import random

import nn
from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")

xs = [[0.1 * i] for i in range(-10, 11)]
ys = [[0.5 * x[0]] for x in xs]
chance = random.Random(4)
chance.shuffle(xs)
chance.shuffle(ys)
net = nn.Linear(1, 1, seed=0)
nn.fit(net, xs, ys, loss=nn.mse, optimizer=nn.Adam, lr=0.05, epochs=200, progress=False)
final = nn.mse([net(x) for x in xs], ys).data
print(f"训练之后的损失：{final:.4f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(16)
def check():
    assert sorted(xs) != xs, "样本是要打乱的"
    assert all(abs(y[0] - 0.5 * x[0]) < 1e-12 for x, y in zip(xs, ys)), "每个样本要带着自己的标签"
    assert final < 1e-4, "这样一条直线可以学得几乎没有误差"
