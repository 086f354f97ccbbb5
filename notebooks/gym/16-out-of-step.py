"""16. Out of step

The samples are shuffled before the training. Since then nothing is learned.
Tools: print three samples with their labels, before and after.
"""

import random

import nn
from autograd_lite.course import exercise

xs = [[0.1 * i] for i in range(-10, 11)]
ys = [[0.5 * x[0]] for x in xs]
chance = random.Random(4)
chance.shuffle(xs)
chance.shuffle(ys)
net = nn.Linear(1, 1, seed=0)
nn.fit(net, xs, ys, loss=nn.mse, optimizer=nn.Adam, lr=0.05, epochs=200, progress=False)
final = nn.mse([net(x) for x in xs], ys).data
print(f"loss after the training: {final:.4f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(16)
def check():
    assert sorted(xs) != xs, "the samples are to be shuffled"
    assert all(abs(y[0] - 0.5 * x[0]) < 1e-12 for x, y in zip(xs, ys)), (
        "each sample keeps its own label"
    )
    assert final < 1e-4, "then a line is learned almost without error"
