"""5. Used twice

An engine of twelve lines. For x * y it is right, for x * x it gives half of the truth.
Tools: work out x * x by hand; see which line forgets what was there before.
"""

from autograd_lite.course import exercise


class Number:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __mul__(self, other):
        return Number(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, grad=1.0):
        self.grad = grad
        for parent, slope in self.parents:
            parent.backward(grad * slope)


x = Number(3.0)
(x * x).backward()
print(f"the derivative of x * x at 3: {x.grad}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(5)
def check():
    for power, right in ((2, 6.0), (3, 27.0)):
        x = Number(3.0)
        y = x
        for _ in range(power - 1):
            y = y * x
        y.backward()
        assert x.grad == right, f"x to the power {power} has slope {right} at 3, not {x.grad}"
