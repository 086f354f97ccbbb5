"""15. 够不着的目标

不管训练多久，总有一半的答案差 1。
工具：sigmoid 能给出哪些数？打印目标。
"""

import nn
from autograd_lite import set_language, sigmoid
from autograd_lite.course import exercise

set_language("zh")

xs, targets = [[-2.0], [-1.0], [1.0], [2.0]], [[-1.0], [-1.0], [1.0], [1.0]]
last = sigmoid
net = nn.Sequential(nn.Layer(1, 4, nn.tanh, seed=1), nn.Layer(4, 1, last, seed=2))
nn.fit(net, xs, targets, loss=nn.mse, optimizer=nn.Adam, lr=0.05, epochs=300, progress=False)
final = nn.mse([net(x) for x in xs], targets).data
print(f"训练之后的损失：{final:.3f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(15)
def check():
    assert targets == [[-1.0], [-1.0], [1.0], [1.0]], "不要改目标"
    assert final < 0.01, "最后一层的激活函数，必须能给出目标那样的数"
