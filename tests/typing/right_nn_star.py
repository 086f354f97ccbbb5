"""`from nn import *`, as in a notebook."""

from nn import *
from typing_extensions import assert_type

from autograd_lite import Value

net = Sequential(Linear(2, 3), Tanh(), Linear(3, 1))
assert_type(mse(net([1.0, 2.0]), [1.0]), Value)
history = fit(net, [[0.0, 1.0]], [[1.0]], loss=mse, optimizer=SGD(net.parameters()))
