"""12. 睡着了

损失一点也不变，隐藏层的梯度全是 0。
工具：nn.dead_units(net, xs)。
"""

import nn
from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")

xs, ys = [[-1.0], [-0.5], [0.0], [0.5], [1.0]], [[1.0], [0.25], [0.0], [0.25], [1.0]]
net = nn.MLP(1, [6, 1], nn.relu, seed=3)
for bias in net.layers[0].b:
    bias.data = -10.0
asleep = nn.dead_units(net, xs)
nn.fit(net, xs, ys, loss=nn.mse, optimizer=nn.Adam, lr=0.02, epochs=300, progress=False)
final = nn.mse([net(x) for x in xs], ys).data
print(f"开始时睡着的：{asleep}；训练之后的损失：{final:.4f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(12)
def check():
    assert final < 0.02, "ReLU 的输入对每个样本都小于 0，梯度就是 0，而且一直是 0"
