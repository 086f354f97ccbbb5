"""18. Marked by itself

100 % right, says the report. In use it is right for half of the cases.
Tools: on which samples is the accuracy computed?
"""

import random

import nn
from autograd_lite.course import exercise

chance = random.Random(0)
xs = [[chance.gauss(0.0, 1.0) for _ in range(4)] for _ in range(40)]
ys = [chance.randrange(2) for _ in xs]  # labels by the toss of a coin: nothing to be learned
train_x, test_x, train_y, test_y = nn.train_test_split(xs, ys, test_size=0.5, seed=0)
net = nn.MLP(4, [12, 2], nn.tanh, seed=0)
nn.fit(
    net,
    train_x,
    train_y,
    loss=nn.cross_entropy,
    optimizer=nn.Adam,
    lr=0.05,
    epochs=150,
    progress=False,
)
reported = nn.accuracy([net(x) for x in train_x], train_y)
print(f"reported accuracy: {reported:.0%}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(18)
def check():
    true = nn.accuracy([net(x) for x in test_x], test_y)
    assert abs(reported - true) < 1e-12, (
        "report what the net does with samples that it has not seen"
    )
