"""20. 每次答案都不同

训练好的网络，同一个输入每问一次，答案都不一样。
工具：把答案打印十次；使用网络的时候，Dropout 做了什么？
"""

import nn
from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")

net = nn.Sequential(
    nn.Layer(2, 8, nn.tanh, seed=0), nn.Dropout(0.5, seed=1), nn.Linear(8, 1, seed=2)
)
net.train()
answers = [net([0.3, -0.7])[0].data for _ in range(10)]
print(f"答案从 {min(answers):.3f} 到 {max(answers):.3f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(20)
def check():
    assert len(set(answers)) == 1, "Dropout 是训练时用的；使用网络时，所有单元都在"
    assert any(isinstance(layer, nn.Dropout) and layer.p == 0.5 for layer in net.modules()), (
        "不要去掉 Dropout：训练需要它"
    )
