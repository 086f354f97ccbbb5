"""`from autograd_lite import *`, as in a notebook; Python's own abs, max, pow, sum stay."""

from autograd_lite import *
from typing_extensions import assert_type

x = Value(0.5, label="x")
y = tanh(x) + gelu(x) + sigmoid(x)
assert_type(y, Value)
assert_type(abs(-1), int)
assert_type(gradients(y, x), float)
assert_type(grad(lambda x: x * x)(3.0), float)
picture = draw(y)
