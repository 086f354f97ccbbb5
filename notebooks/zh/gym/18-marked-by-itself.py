"""18. 自己给自己打分

报告说百分之百正确。用起来，却只有一半是对的。
工具：准确率是在哪些样本上算的？
"""

import random

import nn
from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")

chance = random.Random(0)
xs = [[chance.gauss(0.0, 1.0) for _ in range(4)] for _ in range(40)]
ys = [chance.randrange(2) for _ in xs]  # 抛硬币得来的标签：没有什么可学
train_x, test_x, train_y, test_y = nn.train_test_split(xs, ys, test_size=0.5, seed=0)
net = nn.MLP(4, [12, 2], nn.tanh, seed=0)
nn.fit(
    net,
    train_x,
    train_y,
    loss=nn.cross_entropy,
    optimizer=nn.Adam,
    lr=0.05,
    epochs=150,
    progress=False,
)
reported = nn.accuracy([net(x) for x in train_x], train_y)
print(f"报告的准确率：{reported:.0%}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(18)
def check():
    true = nn.accuracy([net(x) for x in test_x], test_y)
    assert abs(reported - true) < 1e-12, "要报告的，是网络在没见过的样本上的表现"
