"""11. Twins

A hidden layer of three neurons learns as little as one neuron would.
Tools: print the weights of the hidden neurons after the training; nn.Monitor; draw(net).
"""

import nn
from autograd_lite.course import exercise

xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
net = nn.MLP(2, [3, 1], nn.tanh, seed=1)
for p in net.parameters():
    p.data = 0.5
history = nn.fit(net, xs, ys, loss=nn.mse, optimizer=nn.Adam, lr=0.05, epochs=400, progress=False)
final = nn.mse([net(x) for x in xs], ys).data
print(f"loss after the training: {final:.4f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(11)
def check():
    rows = [[round(w.data, 6) for w in row] for row in net.layers[0].w]
    assert rows[0] != rows[1], "neurons that begin alike get the same gradient for ever"
    assert final < 0.02, f"XOR can be learned almost without error; the loss is {final:.3f}"
