"""A first program: Values, operators, functions of the package, gradients."""

import math
from decimal import Decimal
from fractions import Fraction

from typing_extensions import assert_type

import autograd_lite as ag
from autograd_lite import Value, clip, exp, gradients, relu, tanh


def slope(y: ag.Value, x: ag.Value) -> float:
    x.grad = 0
    y.backward()
    return x.grad


a, b = Value(2.0, "a"), Value(Fraction(1, 2), label="b")
y = ((a * b + b**2 - 1 / a + 2**a) % 7).tanh()
assert_type(y, Value)
assert_type(slope(y, a), float)

a.data = Decimal("1.5")
a.label = "a"
a.grad = 0
assert_type(y.data, float)
assert_type(-a, Value)
assert_type(abs(a), Value)
assert_type(round(a, 2), Value)
assert_type(divmod(a, 2), tuple[Value, Value])
assert_type(a < b, bool)
assert_type(max(a, b), Value)
assert_type(f"{a:.3f}", str)
print(math.exp(a.data))
a += 1
assert_type(a, Value)

# A row of the table: of numbers a float, of a Value a Value; as a method under NumPy's name, too.
assert_type(tanh(a), Value)
assert_type(tanh(1), float)
assert_type(ag.hypot(3.0, a), Value)
assert_type(ag.hypot(3.0, 4), float)
assert_type(ag.leaky_relu(a, negative_slope=0.1), Value)
assert_type(clip(a, -1, 1), Value)
assert_type(a.clip(-1, 1).arctan().atan2(b), Value)
assert_type(relu.each([a, b]), list[Value])
assert_type(relu.each([1.0, -1.0]), list[float])
assert_type(relu.name, str)
assert_type(ag.polygamma(1, a), Value)
assert_type(ag.where(a > 0, a, 0.0), Value)
assert_type(ag.where(True, 1.0, 0.0), float)


def either(x: Value | float) -> Value | float:
    return exp(x)


# Of any number of operands.
assert_type(ag.sum([a, b]), Value)
assert_type(ag.sum([a, 1.0, b]), Value)
assert_type(ag.sum(x * x for x in (a, b)), Value)
assert_type(ag.max(a, 0.0), Value)
assert_type(ag.max(1.0, 2.0), float)
assert_type(ag.dot([a, b], [1.0, 2.0]), Value)
assert_type(ag.dot([1.0], [2.0]), float)
assert_type(ag.matvec([[a, b]], [1.0, 2.0], bias=[0.5]), list[Value])
assert_type(ag.softmax([a, b]), list[Value])
assert_type(ag.log_softmax([1.0, 2.0]), list[float])

# The graph and its gradients.
y = (a * b).tanh()
assert_type(gradients(y, a), float)
assert_type(gradients(y, [a, b]), list[float])
assert_type(gradients(y, a, create_graph=True), Value)
assert_type(gradients(y, (a, b), create_graph=True), list[Value])
assert_type(gradients(gradients(y, a, create_graph=True), b), float)
assert_type(ag.jvp(y, [a, b], [1.0, 0.0]), float)
assert_type(y.detach(), Value)
assert_type(y.parents, tuple[Value, ...])
assert_type([node.label for node in ag.topological_order(y)], list[str | None])
if y.op is not None:
    assert_type(y.op.name, str)
if y.scope is not None:
    assert_type(y.scope.path, str)

# A primitive of one's own.
cube = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
assert_type(cube(a), Value)
assert_type(cube(2.0), float)

both = ag.MultiPrimitive("both", lambda x: (x, x), lambda outs, x: ((1.0,), (1.0,)), results=2)
assert_type(both(2.0), tuple[float, ...])
assert_type(both(Value(2.0)), tuple[Value, ...])
array = ag.Primitive("array", abs, lambda out, x: (ag.sign(x),), vectorized=True)
assert_type(array(2.0), float)


def shown(primitive: ag.Primitive) -> str:
    return primitive.label


shown(cube)
shown(ag.tanh)
shown(ag.dot)
shown(both)
