"""Derivatives of functions, compiled functions, modes, views."""

import tempfile
from pathlib import Path

from typing_extensions import assert_type

import autograd_lite as ag
from autograd_lite import Program, Value, compile


def square(x: Value) -> Value:
    return x * x


def area(sides: list[Value]) -> Value:
    return sides[0] * sides[1]


assert_type(ag.grad(square)(3.0), float)
assert_type(ag.grad(square)(Value(3.0)), Value)
assert_type(ag.grad(ag.grad(ag.sin))(0), float)
assert_type(ag.grad(area)([2.0, 3.0]), list[float])
assert_type(ag.value_and_grad(square)(3.0), tuple[float, float])
assert_type(ag.value_and_grad(area)([2.0, 3.0]), tuple[float, list[float]])
assert_type(ag.hessian(area)([2.0, 3.0]), list[list[float]])
assert_type(ag.hvp(area)([2.0, 3.0], [1.0, 0.0]), list[float])
print(ag.grad(lambda x, n: x**n, argnums=0)(2.0, n=3))
assert_type(ag.jvp(Value(2.0) * 3.0, [w0 := Value(1.0)], [1.0]), float)
print(ag.jvp(area)([2.0, 3.0], [1.0, 0.0]), ag.hessian(area, argnums=(0,))([2.0, 3.0]), w0)
parameters = ag.grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 5.0})
print(parameters["a"], ag.jacobian(lambda x: [x[0], x[0] * x[1]])([1.0, 2.0])[1][0])
assert_type(bool(ag.gradcheck(square, 0.5, order=2)), bool)
root = ag.implicit(lambda x, a: x * x - a, lambda a: a**0.5, tol=1e-9)
print(root(2.0), root(Value(2.0)).data, ag.grad(root)(2.0), ag.implicit(area, x0=1.0, tol=None))

w = Value(1.0, label="w")
end, states = ag.scan(lambda state, x: (state * w + x, state), 1.0, [1.0, 2.0], reverse=True)
print(end, states, ag.scan(lambda s, _: (s * 2.0, None), w, length=3, checkpoint=2)[0])
print(ag.while_loop(lambda s: s < 3.0, lambda s: s * 2.0, w))
assert_type(ag.checkpoint(square)(w), Value)


@compile
def loss(x: float, target: float) -> Value:
    return (w * x - target) ** 2


assert_type(loss(2.0, target=3.0), Value)
loss(2.0, 3.0).backward()
assert_type(loss.value(2.0, 3.0), float)
assert_type(loss.backward(2.0, 3.0), float)
assert_type(loss.value_and_grad(2.0, 3.0)[0], float)
assert_type(loss.jvp((2.0, 3.0), (1.0, 0.0)), float)
assert_type(loss.leaves(2.0, 3.0), list[Value])
assert_type(loss.leaf_gradients(2.0, 3.0).tolist(), list[float])
assert_type(loss.to_c(2.0, 3.0), str)
print(loss.grad(2.0, 3.0)[0], loss.traces, loss.summary())
print(loss.hessian(2.0, 3.0)[0][1], loss.jacobian(2.0, target=3.0, sparse=True).nnz)


@compile(batch="mean", threads=2)
def risk(x: float, target: float) -> Value:
    return (w * x - target) ** 2


risk([1.0, 2.0], [2.0, 4.0]).backward()
assert_type(risk.value([1.0, 2.0], [2.0, 4.0]), float)

assert_type(compile(square, argnums=0).value(3.0), float)
each = compile(square, batch="none")
print(each([1.0, 2.0])[0], each.value([1.0, 2.0]))
assert_type(compile(square).value(3.0), float)
power = compile(lambda x, n: x**n, static="n")
print(power.value(2.0, n=3))
total = compile(lambda xs: ag.scan(lambda s, x: (s + x, None), 0.0, xs)[0], sequences="xs")
print(total.value([1.0, 2.0]))


class Line:
    def __init__(self) -> None:
        self.slope = Value(2.0)

    @compile
    def at(self, x: float) -> Value:
        return self.slope * x


assert_type(Line().at(3.0), Value)
assert_type(Line().at.value(3.0), float)


def run(program: Program[[float, float], Value]) -> float:
    return program(1.0, 2.0).data


run(loss)
with tempfile.TemporaryDirectory() as folder:
    loss.save(Path(folder, "loss.json"))
    print(ag.load_program(Path(folder, "loss.json")).value(2.0, 3.0))
    ag.draw(loss(2.0, 3.0)).save(Path(folder, "loss.svg"))

with ag.no_grad():
    assert_type(w * 2, Value)


@ag.no_grad()
def scaled(x: float, by: float = 2.0) -> float:
    return x * by


assert_type(scaled(1.0, by=3.0), float)


@ag.scope("square")
def named(x: Value) -> Value:
    return x * x


with ag.scope("cost") as entered, ag.detect_anomaly():
    y = named(w)
assert_type(entered.path, str)
assert_type(y, Value)
try:
    with ag.detect_anomaly():
        ag.log(Value(-1.0))
except ag.AnomalyError as error:
    if error.node is not None:
        assert_type(error.node.data, float)

before = ag.snapshot(y)
y.backward()
assert_type(ag.draw(y, before=before, direction="down").svg, str)
assert_type(str(ag.step(y, start="backward")), str)
assert_type(ag.step(y).svg, str)
assert_type(ag.draw(y, style="cards").scene.total, int)
print(ag.explain(y, w), ag.paths(y, w), ag.draw_dot(y).source)
if ag.backend == "native":
    print(ag.__version__)

z = ag.Complex(y, 2.0)
assert_type(ag.exp(z), ag.Complex)
assert_type(z * 1j + y, ag.Complex)
assert_type(y * z, ag.Complex)
assert_type(z.data, complex)
ag.grad(lambda z: abs(z))(z)
