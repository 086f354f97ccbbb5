"""Nets: calling a module gives what its `forward` gives."""

from typing_extensions import assert_type

import nn
from autograd_lite import Value


class Line(nn.Module):
    def __init__(self) -> None:
        self.slope, self.offset = Value(2.0), Value(1.0)

    def forward(self, x: float, scale: float = 1.0) -> Value:
        return scale * (self.slope * x + self.offset)


line = Line()
assert_type(line(3.0, scale=2.0), Value)
assert_type(line.parameters(), list[Value])
assert_type(line.train().eval(), Line)
net = nn.MLP(2, [3, 1], activation=nn.tanh, seed=0)
assert_type(net([0.5, line(1.0)]), list[Value])
assert_type(net.layers[0]([0.5, -0.5]), list[Value])
assert_type(nn.Neuron(2)([0.5, -0.5]), Value)
assert_type(nn.Linear(2, 1)([0.5, -0.5]), list[Value])
sequential = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
print(sequential([0.5, -0.5])[0].data, sequential[0])
loss = nn.cross_entropy(net([0.5, -0.5]) * 2, 1) + nn.mse(net([0.5, -0.5]), [1.0])
loss.backward()
nn.SGD(net.parameters(), lr=0.1).step()
history = nn.fit(net, [[0.0, 1.0]], [[1.0]], loss=nn.mse, optimizer=nn.Adam(net.parameters()))
print(history, net.state_dict()["layers.0.b.0"])
assert_type(nn.mse([line(1.0)], [1.0], reduction="sum"), Value)
assert_type(nn.huber([line(1.0)], [1.0], delta=2.0), Value)
print(nn.mse([line(1.0)], [1.0], reduction="none")[0].data)
assert_type(nn.relu(line(1.0)), Value)
assert_type(nn.accuracy([0.0, 1.0], [0, 1]), float)
