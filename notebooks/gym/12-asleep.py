"""12. Asleep

The loss does not change at all, and every gradient of the hidden layer is 0.
Tools: nn.dead_units(net, xs).
"""

import nn
from autograd_lite.course import exercise

xs, ys = [[-1.0], [-0.5], [0.0], [0.5], [1.0]], [[1.0], [0.25], [0.0], [0.25], [1.0]]
net = nn.MLP(1, [6, 1], nn.relu, seed=3)
for bias in net.layers[0].b:
    bias.data = -10.0
asleep = nn.dead_units(net, xs)
nn.fit(net, xs, ys, loss=nn.mse, optimizer=nn.Adam, lr=0.02, epochs=300, progress=False)
final = nn.mse([net(x) for x in xs], ys).data
print(f"asleep at first: {asleep}; loss after the training: {final:.4f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(12)
def check():
    assert final < 0.02, (
        "a ReLU whose input is below 0 for every sample has gradient 0 and stays so"
    )
