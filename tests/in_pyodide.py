"""A program for Pyodide and for CPython: it prints numbers, which are to agree.

Under Pyodide they come from the JavaScript engine; `compared` are those of the reference
interpreter there, which uses the same functions of the browser's C library or not.
"""

import json
import math
import random
import sys

import autograd_lite as ag
import nn
from autograd_lite.compiler import interpreter
from autograd_lite.shortcuts import shortcuts

UNARY = ("tanh", "exp", "sin", "relu", "sigmoid", "softplus", "sqrt", "abs", "erf", "gelu", "log")


def random_program(seed):
    """A function of three numbers: rows of one, two and many operands, `where`, powers."""

    def f(x, y, z):
        made = [x, y, z, x * 0.5 + 1.0]
        rng = random.Random(seed)
        for _ in range(12):
            one, other = rng.choice(made), rng.choice(made)
            kind = rng.randrange(6)
            if kind == 0:
                new = getattr(ag, rng.choice(UNARY))(one)
            elif kind == 1:
                new = rng.choice([one + other, one - other, one * other, one / (other**2 + 1.0)])
            elif kind == 2:
                new = ag.where(one > other, one.sqrt(), other * 2.0)
            elif kind == 3:
                new = ag.logsumexp([one, other, 0.5])
            elif kind == 4:
                new = ag.dot([one, other, x], [other, z, 2.0])
            else:
                new = (one * one + 1.0) ** 0.3
            made.append(new)
        return sum(made[4:]) * 0.1

    return f


def numbers(result):
    if isinstance(result, (list, tuple)):
        return [x for part in result for x in numbers(part)]
    return [float(getattr(result, "data", result))]


def programs():
    for seed in range(25):
        f = ag.compile(random_program(seed))
        rng = random.Random(seed + 1000)
        for _ in range(3):
            at = tuple(rng.uniform(-2.0, 2.0) for _ in range(3))
            yield f.value(*at)
            yield f.value_and_grad(*at)
            yield f.jvp(at, (1.0, -0.5, 0.25))
            yield f.hvp(at, (1.0, -0.5, 0.25))


def batches():
    net = nn.MLP(3, [5, 2], seed=0)
    rng = random.Random(0)
    data = [([rng.gauss(0.0, 1.0) for _ in range(3)], rng.gauss(0.0, 1.0)) for _ in range(20)]

    def loss(x, target):
        return (net(x)[0] - target) ** 2 + net(x)[1] ** 2

    for reduction in ("mean", "sum", "none"):
        program = ag.compile(loss, batch=reduction)
        xs, targets = [x for x, _ in data], [target for _, target in data]
        yield program.value(xs, targets)
        yield program.value_and_grad(xs, targets)
        yield program.leaf_gradients(xs, targets).tolist()
        yield program.jvp((xs, targets), (xs, targets))
        yield program.hvp((xs, targets), (xs, targets))


def guards():
    @ag.compile
    def f(x):
        return x * x if x > 0 else x.exp() if x > -1.0 else -x

    yield [f.value_and_grad(x) for x in (2.0, -0.5, -3.0, 0.0, 5.0, math.nan)]
    batch = ag.compile(lambda x: x * x if x > 0 else -x, batch="none")
    yield batch.value([1.0, 2.0])
    yield batch.value([1.0, 2.0, -3.0])


def at_the_edge():
    f = ag.compile(lambda x, y: ag.where(x > 0, x.sqrt(), y) + 1.0 / x + y.log() * x)
    for x in (0.0, -0.0, 1e-320, math.inf, -math.inf, math.nan, 1e308):
        yield f.value_and_grad(x, 2.0)


def own_primitives():
    cube = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3.0 * x * x,))
    yield ag.compile(lambda x: cube(x) + x).value_and_grad(2.0)


def trainings():
    rng = random.Random(1)
    xs = [[rng.random(), rng.random()] for _ in range(30)]
    ys = [x * y for x, y in xs]
    options = {
        nn.SGD: {"momentum": 0.9, "nesterov": True}, nn.RMSprop: {}, nn.Adagrad: {}, nn.Adam: {},
        nn.AdamW: {},
    }  # fmt: skip
    for optimizer, more in options.items():
        net = nn.MLP(2, [6, 1], seed=3)
        make = lambda p, kind=optimizer, more=more: kind(p, lr=0.01, **more)
        history = nn.fit(
            net, xs, ys, loss=nn.mse, optimizer=make, epochs=20, batch_size=10, seed=0,
            progress=False,
        )  # fmt: skip
        yield history["loss"]
        yield [p.data for p in net.parameters()]


def all_numbers():
    parts = (programs, batches, guards, at_the_edge, own_primitives, trainings)
    return {part.__name__: [x for result in part() for x in numbers(result)] for part in parts}


def main():
    found = {"engine": all_numbers(), "in a page": sys.platform == "emscripten"}
    if sys.platform == "emscripten":
        tapes = []
        replay = interpreter.replay
        interpreter.replay = lambda tape, job: tapes.append(tape) or replay(tape, job)
        all_numbers()
        found["left to the interpreter"] = sorted(
            {i.op.name for tape in tapes for i in tape.instructions if i.op.custom}
        )
        found["interpreted"] = len({id(tape) for tape in tapes})
        shortcuts.replayer = shortcuts.formula = lambda *args: NotImplemented
        found["interpreter"] = all_numbers()
    print(json.dumps(found))


main()
