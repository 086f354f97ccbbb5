"""11. 双胞胎

三个神经元的隐藏层，学到的和一个神经元一样少。
工具：训练之后打印隐藏神经元的权重；nn.Monitor；draw(net)。
"""

import nn
from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")

xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
net = nn.MLP(2, [3, 1], nn.tanh, seed=1)
for p in net.parameters():
    p.data = 0.5
history = nn.fit(net, xs, ys, loss=nn.mse, optimizer=nn.Adam, lr=0.05, epochs=400, progress=False)
final = nn.mse([net(x) for x in xs], ys).data
print(f"训练之后的损失：{final:.4f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(11)
def check():
    rows = [[round(w.data, 6) for w in row] for row in net.layers[0].w]
    assert rows[0] != rows[1], "起点相同的神经元，得到的梯度永远相同"
    assert final < 0.02, f"异或可以学得几乎没有误差；现在的损失是 {final:.3f}"
