"""15. A target out of reach

However long it trains, half of the answers stay wrong by 1.
Tools: which numbers can a sigmoid give? Print the targets.
"""

import nn
from autograd_lite import sigmoid
from autograd_lite.course import exercise

xs, targets = [[-2.0], [-1.0], [1.0], [2.0]], [[-1.0], [-1.0], [1.0], [1.0]]
last = sigmoid
net = nn.Sequential(nn.Layer(1, 4, nn.tanh, seed=1), nn.Layer(4, 1, last, seed=2))
nn.fit(net, xs, targets, loss=nn.mse, optimizer=nn.Adam, lr=0.05, epochs=300, progress=False)
final = nn.mse([net(x) for x in xs], targets).data
print(f"loss after the training: {final:.3f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(15)
def check():
    assert targets == [[-1.0], [-1.0], [1.0], [1.0]], "leave the targets as they are"
    assert final < 0.01, "the activation of the last layer must be able to give the targets"
