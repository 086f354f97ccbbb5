"""19. 十个里最好的

试了十个种子，论文里写的是最好的那一个。
工具：statistics.fmean 和 statistics.stdev。
"""

import statistics

import nn
from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")

xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
results = []
for seed in range(10):
    net = nn.MLP(2, [2, 1], nn.tanh, seed=seed)
    nn.fit(net, xs, ys, loss=nn.mse, optimizer=nn.Adam, lr=0.05, epochs=60, progress=False)
    results.append(nn.mse([net(x) for x in xs], ys).data)
reported = min(results)
error = 0.0
print(f"损失 {reported:.3f} ± {error:.3f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(19)
def check():
    assert len(results) == 10, "十个种子"
    assert abs(reported - statistics.fmean(results)) < 1e-12, "要报告所有种子的平均"
    assert abs(error - statistics.stdev(results) / 10**0.5) < 1e-12, (
        "还要报告它的标准误差：标准差除以个数的平方根"
    )
