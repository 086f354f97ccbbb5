"""NumPy's numbers, arrays of numbers and arrays of Values."""

import numpy as np
from typing_extensions import assert_type

from autograd_lite import Value, compile, grad, jacobian

w = Value(2.0, label="w")
xs = np.linspace(-1.0, 1.0, 5)
assert_type(w * np.float64(2.0), Value)
assert_type(w + np.int64(2), Value)
assert_type(np.float32(2.0) * w, Value)
print(Value(xs[0]), (w * xs).sum(), (xs * w)[0], (w - xs) ** 2, xs @ np.array([w] * 5))
values = np.array([w, w + 1.0])
print(np.exp(values), values.sum(), (w * values)[0], values[0] * w, (w < xs).any())
squares = lambda x: (x**2).sum()
print(grad(squares)(xs).shape, jacobian(lambda x: np.exp(x))(xs).shape)
print(compile(squares).grad(xs).sum(), compile(squares, batch="sum").grad(np.ones((2, 3)))[0])
