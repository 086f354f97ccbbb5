"""13. Twice the data, twice the step

With ten samples it learns; with forty from the same line the weight flies away.
Tools: print the gradient for 10 and for 40 samples; multiply by the learning rate.
"""

from autograd_lite import Value
from autograd_lite.course import exercise


def loss_of(w, samples):
    total = Value(0.0)
    for x, y in samples:
        total = total + (w * x - y) ** 2
    return total


def trained(samples, lr=0.1):
    w = Value(0.0, "w")
    for _ in range(60):
        w.grad = 0.0
        loss_of(w, samples).backward()
        w.data -= lr * w.grad
    return w.data


ten = [(0.2 * i - 1.0, 3.0 * (0.2 * i - 1.0)) for i in range(10)]
print(f"10 samples: w = {trained(ten):.3g}; 40 samples: w = {trained(ten * 4):.3g}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(13)
def check():
    few, many = trained(ten), trained(ten * 4)
    assert abs(many - 3.0) < 0.2, f"the line has slope 3; with 40 samples w = {many:.3g}"
    assert abs(few - many) < 1e-6, "the same samples four times over ought to change nothing"
