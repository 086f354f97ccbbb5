"""Mistakes with nets; each line that is marked is to be found, and no other."""

import nn
from autograd_lite import Value


class Line(nn.Module):
    def __init__(self) -> None:
        self.slope = Value(2.0)

    def forward(self, x: float, scale: float = 1.0) -> Value:
        return scale * self.slope * x


line = Line()
line("x")  # wrong
line()  # wrong
line(1.0).bakward()  # wrong
line.paramters()  # wrong
line.parameters()[0].grda  # wrong
net = nn.MLP(2, [3, 1])
net([1.0, 2.0]).backward()  # wrong
net([1.0, 2.0])[0].bakward()  # wrong
nn.Lineer(2, 1)  # wrong
nn.Linear(2)  # wrong
nn.Linear("2", 1)  # wrong
nn.msee([1.0], [1.0])  # wrong
nn.SGD(net.parameters(), rate=0.1)  # wrong
nn.fitt  # wrong
nn.mse([1.0], [1.0]).bakward()  # wrong
nn.huber([1.0], [1.0], detla=2.0)  # wrong
