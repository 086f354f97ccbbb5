"""The work that is measured, each in the natural style of each contestant.

Here the graph is built and differentiated anew each time; in `replays` it is compiled once.
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import autograd_lite as ag

from . import gpt, slots
from .registry import NATIVE, PYTHON, Work, contestant, engines, native, torch_alone

# A small net --------------------------------------------------------------------------------------

SIZES = [2, 16, 16, 1]


def net_numbers(count: int = 100) -> tuple[list[list[tuple[list[float], float]]], list[Any]]:
    """Weights and biases, layer by layer, and `count` samples."""
    rng = random.Random(0)
    net = [
        [([rng.uniform(-1, 1) for _ in range(i)], rng.uniform(-1, 1)) for _ in range(o)]
        for i, o in pairwise(SIZES)
    ]
    return net, [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(count)]


def mlp_loss(net: Any, samples: Any, relu: Callable[[Any], Any]) -> Any:
    loss = 0.0
    for x in samples:
        for layer in net:
            out = []
            for weights, bias in layer:
                total = bias
                for w, v in zip(weights, x):
                    total = total + w * v
                out.append(relu(total))
            x = out
        difference = x[0] - 1.0
        loss = loss + difference * difference
    return loss


def mlp_of_values(Value: Any) -> Work:
    numbers, samples = net_numbers()
    net = [[([Value(w) for w in ws], Value(b)) for ws, b in layer] for layer in numbers]
    leaves = [v for layer in net for ws, b in layer for v in [*ws, b]]

    def work() -> Any:
        mlp_loss(net, samples, lambda v: v.relu()).backward()
        return lambda: math.fsum(v.grad for v in leaves)

    return work


engines("mlp_loops", mlp_of_values)


@contestant("mlp_loops", "micrograd")
def _() -> Work:
    from micrograd.engine import Value

    return mlp_of_values(Value)


contestant("mlp_loops", "slots and tuples, no engine")(lambda: mlp_of_values(slots.Value))


@contestant("mlp_loops", "bare floats, forward only")
@contestant("mlp_natural", "bare floats, forward only")
def _() -> Work:
    net, samples = net_numbers()

    def work() -> Any:
        mlp_loss(net, samples, lambda v: v if v > 0.0 else 0.0)
        return math.nan  # no gradient to compare

    return work


@contestant("mlp_loops", "PyTorch scalars")
def _() -> Work:
    torch = torch_alone()
    numbers, samples = net_numbers()
    leaf = lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True)
    net = [[([leaf(w) for w in ws], leaf(b)) for ws, b in layer] for layer in numbers]
    leaves = [v for layer in net for ws, b in layer for v in [*ws, b]]

    def work() -> Any:
        mlp_loss(net, samples, torch.relu).backward()
        return lambda: math.fsum(v.grad.item() for v in leaves)

    return work


def mlp_of_nn() -> Any:
    """The net as `nn` has it, with relu at its end as well."""
    import nn

    numbers, _ = net_numbers()
    net = nn.MLP(2, SIZES[1:], ag.relu)
    net.layers[-1].activation = ag.relu
    for layer, rows in zip(net.layers, numbers):
        for ws, b, (new, bias) in zip(layer.w, layer.b, rows):
            b.data = bias
            for w, x in zip(ws, new):
                w.data = x
    return net


def mlp_by_nn(Value: Any) -> Work:
    import nn

    ag.Value = Value
    net, (_, samples) = mlp_of_nn(), net_numbers()
    leaves, targets = net.parameters(), [[1.0]] * len(samples)

    def work() -> Any:
        nn.mse([net(x) for x in samples], targets, reduction="sum").backward()
        return lambda: math.fsum(v.grad for v in leaves)

    return work


engines("mlp_natural", mlp_by_nn)
contestant("mlp_natural", "autograd_lite native, plain loops")(lambda: mlp_of_values(native()))


def matrices(count: int = 100) -> tuple[list[Any], Any]:
    import numpy as np

    numbers, samples = net_numbers(count)
    layers = [
        (np.array([ws for ws, _ in layer]), np.array([b for _, b in layer])) for layer in numbers
    ]
    return layers, np.array(samples)


def mlp_by_torch(count: int = 100, samples: Any = None) -> Work:
    torch = torch_alone()
    layers, drawn = matrices(count)
    tensors = [tuple(torch.tensor(m, requires_grad=True) for m in layer) for layer in layers]
    x = torch.tensor(drawn if samples is None else samples)

    def work() -> Any:
        h = x
        for w, b in tensors:
            h = torch.relu(torch.nn.functional.linear(h, w, b))
        ((h - 1.0) ** 2).sum().backward()
        return lambda: sum(w.grad.sum().item() + b.grad.sum().item() for w, b in tensors)

    return work


contestant("mlp_natural", "PyTorch tensors")(mlp_by_torch)


def mlp_by_jax(count: int = 100) -> Work:
    import jax

    jax.config.update("jax_enable_x64", True)
    layers, samples = matrices(count)

    def loss(layers: Any) -> Any:
        h = samples
        for w, b in layers:
            h = jax.nn.relu(h @ w.T + b)
        return ((h - 1.0) ** 2).sum()

    slope = jax.jit(jax.grad(loss))

    def work() -> Any:
        return sum(float(w.sum()) + float(b.sum()) for w, b in slope(layers))

    return work


contestant("mlp_natural", "JAX, jit")(mlp_by_jax)


@contestant("mlp_natural", "HIPS autograd")
def _() -> Work:
    import autograd
    import autograd.numpy as np

    layers, samples = matrices()

    def loss(layers: Any) -> Any:
        h = samples
        for w, b in layers:
            h = np.maximum(h @ w.T + b, 0.0)
        return np.sum((h - 1.0) ** 2)

    slope = autograd.grad(loss)
    return lambda: float(sum(w.sum() + b.sum() for w, b in slope(layers)))


def mlp_by_hand(count: int = 100) -> Work:
    layers, samples = matrices(count)

    def work() -> Any:
        inputs, h = [], samples
        for w, b in layers:
            inputs.append(h)
            h = (h @ w.T + b).clip(0.0)
        delta, total = 2.0 * (h - 1.0), 0.0
        outputs = [*inputs[1:], h]
        for (w, _), x, out in zip(reversed(layers), reversed(inputs), reversed(outputs)):
            delta = delta * (out > 0.0)
            total += (delta.T @ x).sum() + delta.sum()
            delta = delta @ w
        return float(total)

    return work


contestant("mlp_natural", "NumPy, deltas by hand")(mlp_by_hand)


@contestant("mlp_natural", "tinygrad, TinyJit")
def _() -> Work:
    if shutil.which("clang") is None:  # which its CPU device compiles with
        raise ImportError("tinygrad's CPU device compiles with clang", name="clang")
    from tinygrad import Device, Tensor, TinyJit

    layers, samples = matrices()
    tensors = [tuple(Tensor(m, device="CPU").realize() for m in layer) for layer in layers]
    x, flat = Tensor(samples, device="CPU").realize(), [m for layer in tensors for m in layer]

    @TinyJit
    def gradients() -> Any:
        h = x
        for w, b in tensors:
            h = (h @ w.T + b).relu()
        found = ((h - 1.0) ** 2).sum().gradient(*flat)
        Tensor.realize(*found)
        return found

    for _ in range(2):  # runs, then records; from the third call on it replays
        gradients()

    def work() -> Any:
        found = gradients()
        Device["CPU"].synchronize()
        return lambda: sum(g.sum().item() for g in found)

    return work


# A scalar GPT -------------------------------------------------------------------------------------


def gpt_of_values(Value: Any) -> Work:
    model = gpt.parameters(Value)
    leaves = [v for matrix in model.values() for row in matrix for v in row]

    def work() -> Any:
        gpt.loss(
            model, "isabella", lambda v: v.exp(), lambda v: v.log(), lambda v: v.relu(),
            lambda v: v.data,
        ).backward()  # fmt: skip
        return lambda: math.fsum(abs(v.grad) for v in leaves)

    return work


engines("gpt", gpt_of_values)
contestant("gpt", "slots and tuples, no engine")(lambda: gpt_of_values(slots.Value))


@contestant("gpt", "bare floats, forward only")
@contestant("gpt_natural", "bare floats, forward only")
def _() -> Work:
    model = gpt.parameters(float)

    def work() -> Any:
        gpt.loss(model, "isabella", math.exp, math.log, lambda v: v if v > 0 else 0.0, float)
        return math.nan

    return work


def gpt_by_torch(torch: Any) -> tuple[dict[str, Any], Callable[[Any], Any]]:
    """The model's matrices, and the loss of a name's tokens."""
    model = {
        name: torch.tensor(rows, dtype=torch.float64, requires_grad=True)
        for name, rows in gpt.parameters(float).items()
    }
    c = gpt.CONTEXT
    hidden = torch.triu(torch.full((c, c), -math.inf, dtype=torch.float64), diagonal=1)
    norm = lambda x: x * (x.square().mean(-1, keepdim=True) + 1e-5) ** -0.5

    def loss(tokens: Any) -> Any:
        n = len(tokens) - 1
        heads = lambda x: x.view(n, gpt.HEADS, -1).transpose(0, 1)
        x = norm(model["tokens"][tokens[:-1]] + model["places"][:n])
        h = norm(x)
        q, k, v = (heads(h @ model[name].T) for name in ("query", "key", "value"))
        weights = torch.softmax(q @ k.transpose(1, 2) / 2.0 + hidden[:n, :n], -1)
        x = (weights @ v).transpose(0, 1).reshape(n, -1) @ model["mix"].T + x
        x = torch.relu(norm(x) @ model["up"].T) @ model["down"].T + x
        return torch.nn.functional.cross_entropy(x @ model["out"].T, tokens[1:])

    return model, loss


def gpt_natural_of_values(Value: Any) -> Work:
    model = gpt.parameters(Value)
    leaves = [v for matrix in model.values() for row in matrix for v in row]

    def work() -> Any:
        gpt.natural_loss(model, "isabella").backward()
        return lambda: math.fsum(abs(v.grad) for v in leaves)

    return work


engines("gpt_natural", gpt_natural_of_values)
contestant("gpt_natural", "autograd_lite native, plain loops")(lambda: gpt_of_values(native()))


@contestant("gpt", "PyTorch tensors")
@contestant("gpt_natural", "PyTorch tensors")
def _() -> Work:
    torch = torch_alone()
    model, loss = gpt_by_torch(torch)
    tokens = torch.tensor(gpt.tokens_of("isabella"))

    def work() -> Any:
        loss(tokens).backward()
        return lambda: sum(m.grad.abs().sum().item() for m in model.values())

    return work


# A graph without structure ------------------------------------------------------------------------


def graph_plan() -> list[tuple[str, list[int]]]:
    """Operations and where their operands come from; softmax of four counts four."""
    rng, plan, count = random.Random(1), [], 100
    while count < 10_100:
        name = rng.choice(["softplus", "sum", "product", "softmax"])
        size = {"softplus": 1, "product": 2}.get(name, 4)
        plan.append((name, [rng.randrange(max(0, count - 300), count) for _ in range(size)]))
        count += 4 if name == "softmax" else 1
    return plan


def graph_value(xs: list[Any], softplus: Any, exp: Any, plan: Any) -> Any:
    values = list(xs)
    for name, places in plan:
        picked = [values[i] for i in places]
        if name == "softplus":
            values.append(softplus(picked[0]))
        elif name == "sum":
            values.append((picked[0] + picked[1] + picked[2] + picked[3]) * 0.25)
        elif name == "product":
            values.append(picked[0] * picked[1] * 0.5)
        else:
            powers = [exp(x) for x in picked]
            total = powers[0] + powers[1] + powers[2] + powers[3]
            values += [p / total for p in powers]
    total = values[-1]
    for v in [*values[100:-200:50], *values[-200:-1]]:  # all along, else gradients fade to nothing
        total = total + v
    return total


def graph_inputs() -> list[float]:
    rng = random.Random(2)
    return [rng.uniform(-1, 1) for _ in range(100)]


def graph_of_values(Value: Any) -> Work:
    plan, numbers = graph_plan(), graph_inputs()

    def work() -> Any:
        xs = [Value(x) for x in numbers]
        graph_value(xs, lambda v: v.softplus(), lambda v: v.exp(), plan).backward()
        return lambda: math.fsum(abs(x.grad) for x in xs)

    return work


engines("graph", graph_of_values)


@contestant("graph", "PyTorch scalars")
def _() -> Work:
    torch = torch_alone()
    plan, numbers = graph_plan(), graph_inputs()

    def work() -> Any:
        xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
        graph_value(xs, torch.nn.functional.softplus, torch.exp, plan).backward()
        return lambda: math.fsum(abs(x.grad.item()) for x in xs if x.grad is not None)

    return work


@contestant("graph", "XAD")
def _() -> Work:
    return _graph_by_xad


def _graph_by_xad() -> Any:
    import xad.adj_1st as adjoint
    from xad import math as xm

    plan, numbers = graph_plan(), graph_inputs()
    with adjoint.Tape() as tape:
        xs = [adjoint.Real(x) for x in numbers]
        for x in xs:
            tape.registerInput(x)
        tape.newRecording()
        y = graph_value(xs, lambda v: xm.log1p(xm.exp(v)), xm.exp, plan)
        tape.registerOutput(y)
        y.derivative = 1.0
        tape.computeAdjoints()
        return math.fsum(abs(x.derivative) for x in xs)


@contestant("graph", "HIPS autograd")
def _() -> Work:
    import autograd
    import autograd.numpy as np

    plan, numbers = graph_plan(), graph_inputs()
    f = lambda xs: graph_value(xs, lambda v: np.log1p(np.exp(v)), np.exp, plan)
    slope = autograd.grad(f)
    return lambda: math.fsum(abs(g) for g in slope(numbers))


# A function of many variables ---------------------------------------------------------------------

POINT = [math.sin(i) for i in range(1000)]


def rosenbrock(x: Any) -> Any:
    total = 0.0
    for a, b in pairwise(x):
        total = total + (100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2)
    return total


def rosenbrock_of_values(Value: Any) -> Work:
    def work() -> Any:
        xs = [Value(x) for x in POINT]
        rosenbrock(xs).backward()
        return lambda: math.fsum(abs(x.grad) for x in xs)

    return work


engines("rosenbrock", rosenbrock_of_values)


@contestant("rosenbrock", "micrograd")
def _() -> Work:
    import sys

    from micrograd.engine import Value

    sys.setrecursionlimit(10**6)
    return rosenbrock_of_values(Value)


contestant("rosenbrock", "slots and tuples, no engine")(lambda: rosenbrock_of_values(slots.Value))


@contestant("rosenbrock", "bare floats, forward only")
def _() -> Work:
    return lambda: rosenbrock(POINT) * math.nan


@contestant("rosenbrock", "PyTorch tensors")
def _() -> Work:
    torch = torch_alone()

    def work() -> Any:
        x = torch.tensor(POINT, dtype=torch.float64, requires_grad=True)
        a, b = x[:-1], x[1:]
        (100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2).sum().backward()
        return x.grad.abs().sum().item()

    return work


@contestant("rosenbrock", "JAX, jit")
def _() -> Work:
    import jax
    import numpy as np

    jax.config.update("jax_enable_x64", True)
    f = lambda x: (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()
    slope, point = jax.jit(jax.grad(f)), np.array(POINT)
    return lambda: float(np.abs(np.asarray(slope(point))).sum())


@contestant("rosenbrock", "CasADi, built once")
def _() -> Work:
    import casadi
    import numpy as np

    x = casadi.SX.sym("x", len(POINT))
    f = casadi.Function("g", [x], [casadi.gradient(rosenbrock(casadi.vertsplit(x)), x)])
    return lambda: float(np.abs(f(POINT).full()).sum())


@contestant("rosenbrock", "ddx-ad, built once")
def _() -> Work:
    import ddx
    import numpy as np

    names = [f"x{i:04d}" for i in range(len(POINT))]  # it orders variables by name
    f = ddx.equation(lambda: rosenbrock([ddx.var(name) for name in names]))
    return lambda: float(np.abs(f.gradient(POINT)).sum())


# A price ------------------------------------------------------------------------------------------


def black_scholes(s: Any, k: Any, r: Any, sigma: Any, t: Any, log: Any, exp: Any, erf: Any) -> Any:
    """The price of a European call (Black and Scholes 1973)."""
    root = t**0.5
    d1 = (log(s / k) + (r + sigma * sigma * 0.5) * t) / (sigma * root)
    d2 = d1 - sigma * root
    normal = lambda x: (erf(x * 0.7071067811865476) + 1.0) * 0.5
    return s * normal(d1) - k * exp(-(r * t)) * normal(d2)


SCENARIOS = [(80.0 + 0.4 * i, 100.0, 0.03, 0.2 + 0.001 * i, 1.0) for i in range(100)]


def prices_of_values(Value: Any) -> Work:
    def work() -> Any:
        total = 0.0
        for scenario in SCENARIOS:
            xs = [Value(x) for x in scenario]
            black_scholes(*xs, lambda v: v.log(), lambda v: v.exp(), lambda v: v.erf()).backward()
            total += math.fsum(abs(x.grad) for x in xs)
        return total

    return work


engines("black_scholes", prices_of_values)


@contestant("black_scholes", "bare floats, forward only")
def _() -> Work:
    def work() -> Any:
        for scenario in SCENARIOS:
            black_scholes(*scenario, math.log, math.exp, math.erf)
        return math.nan

    return work


@contestant("black_scholes", "PyTorch scalars")
def _() -> Work:
    torch = torch_alone()

    def work() -> Any:
        total = 0.0
        for scenario in SCENARIOS:
            xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in scenario]
            black_scholes(*xs, torch.log, torch.exp, torch.erf).backward()
            total += math.fsum(abs(x.grad.item()) for x in xs if x.grad is not None)
        return total

    return work


@contestant("black_scholes", "XAD")
def _() -> Work:
    import xad.adj_1st as adjoint
    from xad import math as xm

    def work() -> Any:
        total = 0.0
        with adjoint.Tape() as tape:
            for scenario in SCENARIOS:
                xs = [adjoint.Real(x) for x in scenario]
                for x in xs:
                    tape.registerInput(x)
                tape.newRecording()
                y = black_scholes(*xs, xm.log, xm.exp, xm.erf)
                tape.registerOutput(y)
                y.derivative = 1.0
                tape.computeAdjoints()
                total += math.fsum(abs(x.derivative) for x in xs)
        return total

    return work


@contestant("black_scholes", "CasADi, built once")
def _() -> Work:
    import casadi
    import numpy as np

    x = casadi.SX.sym("x", 5)
    price = black_scholes(*casadi.vertsplit(x), casadi.log, casadi.exp, casadi.erf)
    f = casadi.Function("g", [x], [price, casadi.gradient(price, x)])
    return lambda: sum(float(np.abs(f(s)[1].full()).sum()) for s in SCENARIOS)


@contestant("black_scholes", "ddx-ad, built once")
def _() -> Work:
    import ddx
    import numpy as np

    def price() -> Any:
        return black_scholes(*map(ddx.var, "abcde"), ddx.log, ddx.exp, ddx.erf)

    f = ddx.equation(price)

    def work() -> Any:
        return sum(f.evaluate(s) * 0.0 + float(np.abs(f.gradient(s)).sum()) for s in SCENARIOS)

    return work


@contestant("black_scholes", "JAX, jit and vmap")
def _() -> Work:
    import jax
    import jax.numpy as jnp
    import numpy as np

    jax.config.update("jax_enable_x64", True)
    f = lambda x: black_scholes(*x, jnp.log, jnp.exp, jax.scipy.special.erf)
    slope, scenarios = jax.jit(jax.vmap(jax.value_and_grad(f))), np.array(SCENARIOS)
    return lambda: float(np.abs(np.asarray(slope(scenarios)[1])).sum())


# Depth --------------------------------------------------------------------------------------------


def chain_of_values(make: Callable[[float], Any]) -> Work:
    def work() -> Any:
        x = make(1.0)
        y = x
        for _ in range(200_000):
            y = y + 1.0
        y.backward()
        return float(x.grad)

    return work


engines("chain", chain_of_values)


@contestant("chain", "PyTorch scalars")
def _() -> Work:
    torch = torch_alone()
    return chain_of_values(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True))


# A whole program ----------------------------------------------------------------------------------

MOONS = {
    "autograd_lite": """
import nn
data = nn.datasets.moons(100)
net = nn.MLP(2, [8, 2], seed=1)
optimizer = nn.Adam(net.parameters(), lr=0.05)
for _ in range(60):
    loss = nn.cross_entropy([net(x) for x in data.x], data.y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
assert loss.data < 0.35, loss
""",
    "PyTorch tensors": """
import torch
import nn
torch.manual_seed(1)
torch.set_num_threads(1)
data = nn.datasets.moons(100)
x, y = torch.tensor(data.x), torch.tensor(data.y)
net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(60):
    loss = torch.nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
assert loss.item() < 0.35, loss
""",
}


def script(text: str, **environment: str) -> Work:
    def work() -> Any:
        import os
        import subprocess
        import sys

        subprocess.run([sys.executable, "-c", text], check=True, env={**os.environ, **environment})
        return 0.0

    return work


contestant("moons", NATIVE)(
    lambda: native() and script(MOONS["autograd_lite"], AUTOGRAD_LITE_BACKEND="native")
)
contestant("moons", PYTHON)(lambda: script(MOONS["autograd_lite"], AUTOGRAD_LITE_BACKEND="python"))


@contestant("moons", "PyTorch tensors")
def _() -> Work:
    import torch  # noqa: F401

    return script(MOONS["PyTorch tensors"])
