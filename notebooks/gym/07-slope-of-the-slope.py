"""7. The derivative that eats the wrong number

From a tutorial: the slope of sigmoid is s * (1 - s), so far so good.
Tools: gradcheck(squash, 0.5).
"""

from autograd_lite import Primitive, exp, gradcheck
from autograd_lite.course import exercise


def sigmoid(x):
    return 1.0 / (1.0 + exp(-x))


squash = Primitive("squash", sigmoid, lambda out, x: (x * (1.0 - x),))
y = squash(0.5)
print(f"the value at 0.5 is {y:.3f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(7)
def check():
    assert gradcheck(squash, 0.5, raise_exception=False), "s in s * (1 - s) is which number?"
    assert gradcheck(squash, -3.0, raise_exception=False), "try it at -3, too"
