"""Work that is done many times on new numbers, where compiling it once pays.

The tape takes part in the cases of `cases`, too.
"""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import autograd_lite as ag

from . import gpt, slots
from .cases import (
    POINT,
    SCENARIOS,
    black_scholes,
    gpt_by_torch,
    graph_inputs,
    graph_plan,
    graph_value,
    matrices,
    mlp_by_hand,
    mlp_by_jax,
    mlp_by_torch,
    mlp_of_nn,
    rosenbrock,
)
from .registry import (
    NATIVE,
    NOTES,
    PYTHON,
    TAPE,
    Work,
    contestant,
    engines,
    native,
    torch_alone,
)

# A small net --------------------------------------------------------------------------------------


def mlp_by_tape(samples: Any) -> Work:
    """One sample's loss is compiled; the batch sums."""
    import numpy as np

    import nn

    net = mlp_of_nn()
    leaves, targets = net.parameters(), np.ones((len(samples), 1))
    program = ag.compile(lambda x, y: nn.mse(net(x), y, reduction="sum"), batch="sum")

    def work() -> Any:
        program.backward(samples, targets)
        return lambda: math.fsum(v.grad for v in leaves)

    return work


contestant("mlp_natural", TAPE)(lambda: mlp_by_tape(matrices()[1]))
contestant("mlp_1000", TAPE)(lambda: mlp_by_tape(matrices(1000)[1]))
contestant("mlp_1000", "PyTorch tensors")(lambda: mlp_by_torch(1000))
contestant("mlp_1000", "JAX, jit")(lambda: mlp_by_jax(1000))
contestant("mlp_1000", "NumPy, deltas by hand")(lambda: mlp_by_hand(1000))


def repeated(make: Callable[[Any], Work], times: int) -> Work:
    """The work on the 100 samples, that many times over; its check is that of the 100."""
    import numpy as np

    work = make(np.tile(matrices()[1], (times, 1)))

    def repeats() -> Any:
        check = work()
        return lambda: check() / times

    return repeats


def mlp_of_tensors(samples: Any) -> Work:
    return mlp_by_torch(samples=samples)


for _count in (100, 1000, 10_000, 100_000):
    for _name, _make in ((TAPE, mlp_by_tape), ("PyTorch tensors", mlp_of_tensors)):
        contestant("mlp_batches", f"{_name}, {_count:,} samples", parts=_count)(
            lambda make=_make, times=_count // 100: repeated(make, times)
        )

# Training a scalar GPT ----------------------------------------------------------------------------

NAMES = [
    "bo", "amy", "anna", "james", "olivia", "charlie", "isabella", "elizabeth", "alexandria",
    "christopher", "maximilliano", "annaelizabeth",
]  # fmt: skip
RATE, BETAS, EPS = 0.01, (0.9, 0.999), 1e-8


def gpt_steps(Value: Any) -> Work:
    """Each name's graph is built, differentiated and dropped."""
    import nn

    ag.Value = Value
    model = gpt.parameters(Value)
    optimizer = nn.Adam(leaves_of(model), lr=RATE, betas=BETAS, eps=EPS)

    def work() -> Any:
        losses = []
        for name in NAMES:
            loss = gpt.loss(
                model, name, lambda v: v.exp(), lambda v: v.log(), lambda v: v.relu(),
                lambda v: v.data,
            )  # fmt: skip
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
        return math.fsum(losses)

    return work


def leaves_of(model: dict[str, list[list[Any]]]) -> list[Any]:
    return [v for matrix in model.values() for row in matrix for v in row]


@contestant("gpt_step", TAPE)
def _() -> Work:
    """A tape for each length; the tokens' rows of the model and the targets are arguments."""
    import nn

    model = gpt.parameters(ag.Value)
    optimizer = nn.Adam(leaves_of(model), lr=RATE, betas=BETAS, eps=EPS)
    one_hot = [[float(i == token) for i in range(gpt.TOKENS)] for token in range(gpt.TOKENS)]

    @ag.compile(reorder=True)
    def loss(rows: Any, targets: Any) -> Any:
        found = gpt.logits(model, rows, ag.softmax, ag.relu)
        losses = [ag.logsumexp(row) - ag.dot(row, target) for row, target in zip(found, targets)]
        return ag.sum(losses) / len(losses)

    def work() -> Any:
        losses = []
        for name in NAMES:
            tokens = gpt.tokens_of(name)
            optimizer.zero_grad()
            rows = [model["tokens"][token] for token in tokens[:-1]]
            losses.append(loss.backward(rows, [one_hot[token] for token in tokens[1:]]))
            optimizer.step()
        return math.fsum(losses)

    return work


engines("gpt_step", gpt_steps)
NOTES["gpt_step"] = (
    "This tape is compiled with `reorder=True`: a long dot product is added up in eight parts. The "
    "tapes of all other cases add in the order of the function, which costs them nothing."
)


@contestant("gpt_step", "slots and tuples, no engine")
def _() -> Work:
    model = gpt.parameters(slots.Value)
    leaves = leaves_of(model)
    first, second = [0.0] * len(leaves), [0.0] * len(leaves)
    steps = 0

    def adam() -> None:
        rate = RATE / (1.0 - BETAS[0] ** steps)
        root = math.sqrt(1.0 - BETAS[1] ** steps)
        for i, leaf in enumerate(leaves):
            g = leaf.grad
            first[i] = m = BETAS[0] * first[i] + (1.0 - BETAS[0]) * g
            second[i] = v = BETAS[1] * second[i] + (1.0 - BETAS[1]) * g * g
            leaf.data -= rate * m / (math.sqrt(v) / root + EPS)
            leaf.grad = 0.0

    def work() -> Any:
        nonlocal steps
        losses = []
        for name in NAMES:
            loss = gpt.loss(
                model, name, lambda v: v.exp(), lambda v: v.log(), lambda v: v.relu(),
                lambda v: v.data,
            )  # fmt: skip
            loss.backward()
            steps += 1
            adam()
            losses.append(loss.data)
        return math.fsum(losses)

    return work


@contestant("gpt_step", "PyTorch tensors")
def _() -> Work:
    torch = torch_alone()
    model, loss_of = gpt_by_torch(torch)
    optimizer = torch.optim.Adam(list(model.values()), lr=RATE, betas=BETAS, eps=EPS)

    def work() -> Any:
        losses = []
        for name in NAMES:
            loss = loss_of(torch.tensor(gpt.tokens_of(name)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return math.fsum(losses)

    return work


# A graph without structure ------------------------------------------------------------------------

PART = 200  # operations; JAX takes minutes to compile 1,000 of them


def part_plan() -> list[tuple[str, list[int]]]:
    """The first operations of the graph."""
    plan, count = [], 0
    for name, places in graph_plan():
        if count < PART:
            plan.append((name, places))
            count += 4 if name == "softmax" else 1
    return plan


def on_new_inputs(step: Callable[[Any], Any], wrap: Callable[[list[float]], Any] = list) -> Work:
    """A replay; each takes the next inputs. The first ones give the check."""
    start = graph_inputs()
    points = cycle([wrap([x + 0.01 * i for x in start]) for i in range(10)])

    def work() -> Any:
        slopes = step(next(points))
        return lambda: math.fsum(abs(float(g)) for g in slopes)

    return work


def graph_by_tape(plan: Any) -> Callable[[Any], Any]:
    program = ag.compile(lambda xs: graph_value(xs, ag.softplus, ag.exp, plan))
    return lambda xs: program.value_and_grad(xs)[1]


def graph_by_engine(Value: Any, plan: Any) -> Callable[[Any], Any]:
    def slopes(numbers: list[float]) -> Any:
        xs = [Value(x) for x in numbers]
        graph_value(xs, lambda v: v.softplus(), lambda v: v.exp(), plan).backward()
        return [x.grad for x in xs]

    return slopes


class Name:
    """A number to come: arithmetic on it writes down instructions for the switch loop."""

    def __init__(self, written: list[Any], slot: int) -> None:
        self.written, self.slot = written, slot

    def write(self, op: str, b: int = 0, factor: float = 0.0) -> Name:
        codes = {"ADD": 0, "MUL": 1, "SCALE": 2, "DIV": 3, "EXP": 4, "SOFTPLUS": 5}
        self.written.append((codes[op], self.slot, b, factor))
        return Name(self.written, len(self.written) + 99)

    def __add__(self, other: Name) -> Name:
        return self.write("ADD", other.slot)

    def __mul__(self, other: Any) -> Name:
        if isinstance(other, float):
            return self.write("SCALE", factor=other)
        return self.write("MUL", other.slot)

    def __truediv__(self, other: Name) -> Name:
        return self.write("DIV", other.slot)

    def exp(self) -> Name:
        return self.write("EXP")

    def softplus(self) -> Name:
        return self.write("SOFTPLUS")


class Instruction(ctypes.Structure):
    _fields_ = [
        ("op", ctypes.c_int),
        ("a", ctypes.c_int),
        ("b", ctypes.c_int),
        ("factor", ctypes.c_double),
    ]


def switch_loop() -> Any:
    """`replay` of switch_loop.c, compiled now."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise ImportError("switch_loop.c needs a compiler", name="gcc or clang")
    source = Path(__file__).with_name("switch_loop.c")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        library = Path(place) / "switch_loop.so"
        command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", source, "-o", library]
        subprocess.run([*command, "-lm"], check=True)
        replay = ctypes.CDLL(str(library)).replay
    replay.restype = ctypes.c_double
    return replay


def graph_by_switch(plan: Any) -> Callable[[Any], Any]:
    written: list[Any] = []
    graph_value(
        [Name(written, i) for i in range(100)], lambda v: v.softplus(), lambda v: v.exp(), plan
    )
    replay, count = switch_loop(), len(written)
    tape = (Instruction * count)(*written)
    values, adjoints = ((ctypes.c_double * (count + 100))() for _ in range(2))

    def slopes(numbers: Any) -> Any:
        replay(tape, count, numbers, 100, values, adjoints)
        return adjoints[:100]

    return slopes


def doubles(numbers: list[float]) -> Any:
    return (ctypes.c_double * len(numbers))(*numbers)


def graph_by_torch(plan: Any) -> Callable[[Any], Any]:
    torch = torch_alone()

    def slopes(numbers: Any) -> Any:
        xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
        y = graph_value(xs, torch.nn.functional.softplus, torch.exp, plan)
        return torch.autograd.grad(y, xs, materialize_grads=True)

    return slopes


def graph_by_jax(plan: Any) -> Any:
    """The compiled function: XLA has done its work when this returns."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    softplus = lambda v: jnp.log1p(jnp.exp(v))  # jax.nn.softplus takes longer to compile
    f = lambda x: graph_value([x[i] for i in range(100)], softplus, jnp.exp, plan)
    compiled = jax.jit(jax.value_and_grad(f)).lower(jnp.zeros(100)).compile()
    return lambda xs: jax.block_until_ready(compiled(xs))[1]


def graph_by_casadi(plan: Any) -> Callable[[Any], Any]:
    import casadi

    x = casadi.SX.sym("x", 100)
    softplus = lambda v: casadi.log1p(casadi.exp(v))
    y = graph_value(casadi.vertsplit(x), softplus, casadi.exp, plan)
    f = casadi.Function("g", [x], [y, casadi.gradient(y, x)])
    return lambda numbers: f(numbers)[1].nonzeros()


def graph_by_ddx(plan: Any) -> Callable[[Any], Any]:
    import ddx

    names = [f"x{i:02d}" for i in range(100)]  # it orders variables by name
    softplus = lambda v: ddx.log(ddx.exp(v) + 1.0)
    f = ddx.equation(lambda: graph_value([ddx.var(n) for n in names], softplus, ddx.exp, plan))
    return f.gradient


def jax_inputs(numbers: list[float]) -> Any:
    import jax.numpy as jnp

    return jnp.array(numbers)


for _case, _plan in (("graph_replay", graph_plan), ("part_replay", part_plan)):
    contestant(_case, TAPE)(lambda plan=_plan: on_new_inputs(graph_by_tape(plan())))
    engines(_case, lambda Value, plan=_plan: on_new_inputs(graph_by_engine(Value, plan())))
    contestant(_case, "a switch loop in C")(
        lambda plan=_plan: on_new_inputs(graph_by_switch(plan()), doubles)
    )
    contestant(_case, "PyTorch scalars")(lambda plan=_plan: on_new_inputs(graph_by_torch(plan())))
    contestant(_case, "CasADi, built once")(
        lambda plan=_plan: on_new_inputs(graph_by_casadi(plan()))
    )
    contestant(_case, "ddx-ad, built once")(lambda plan=_plan: on_new_inputs(graph_by_ddx(plan())))


@contestant("part_replay", "JAX, jit")
def _() -> Work:
    return on_new_inputs(graph_by_jax(part_plan()), jax_inputs)


def compiled_anew(make: Callable[[Any], Any], wrap: Callable[[list[float]], Any] = list) -> Work:
    plan = part_plan()
    return lambda: on_new_inputs(make(plan), wrap)()()


def compile_case(name: str, make: Callable[..., Any], *wrap: Any) -> None:
    contestant("compile", name, parts=PART)(lambda: compiled_anew(make, *wrap))


compile_case(TAPE, graph_by_tape)
compile_case("JAX, jit", graph_by_jax, jax_inputs)
compile_case("CasADi", graph_by_casadi)
compile_case("ddx-ad", graph_by_ddx)
NOTES["graph_replay"] = (
    "JAX is missing here because it had not compiled this graph after ten minutes; beyond a few "
    f"hundred scalar operations its compiler takes minutes. {PART} operations, below, it manages."
)

# A function of many variables ---------------------------------------------------------------------


@contestant("rosenbrock", TAPE)
def _() -> Work:
    program = ag.compile(rosenbrock)

    def work() -> Any:
        slope = program.grad(POINT)
        return lambda: math.fsum(map(abs, slope))

    return work


@contestant("rosenbrock_array", TAPE)
def _() -> Work:
    import numpy as np

    program, point = ag.compile(rosenbrock), np.array(POINT)
    return lambda: float(np.abs(program.grad(point)).sum())


@contestant("rosenbrock_array", "PyTorch tensors")
def _() -> Work:
    import numpy as np

    torch, point = torch_alone(), np.array(POINT)

    def work() -> Any:
        x = torch.from_numpy(point).requires_grad_()
        a, b = x[:-1], x[1:]
        (100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2).sum().backward()
        return float(np.abs(x.grad.numpy()).sum())

    return work


@contestant("rosenbrock_array", "JAX, jit")
def _() -> Work:
    import jax
    import numpy as np

    jax.config.update("jax_enable_x64", True)
    f = lambda x: (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()
    slope, point = jax.jit(jax.grad(f)), np.array(POINT)
    return lambda: float(np.abs(np.asarray(slope(point))).sum())


@contestant("rosenbrock_array", "CasADi, built once")
def _() -> Work:
    import casadi
    import numpy as np

    x, point = casadi.SX.sym("x", len(POINT)), np.array(POINT)
    f = casadi.Function("g", [x], [casadi.gradient(rosenbrock(casadi.vertsplit(x)), x)])
    return lambda: float(np.abs(f(point).full()).sum())


@contestant("rosenbrock_array", "ddx-ad, built once")
def _() -> Work:
    import ddx
    import numpy as np

    names, point = [f"x{i:04d}" for i in range(len(POINT))], np.array(POINT)  # it orders by name
    f = ddx.equation(lambda: rosenbrock([ddx.var(name) for name in names]))
    return lambda: float(np.abs(np.asarray(f.gradient(point))).sum())


# A tiny program: what a call costs ----------------------------------------------------------------

CALLS = 1000


def tiny_by(call: Callable[[float, float], Any]) -> Work:
    """`call` gives the derivatives of x*y + x; the sum of the last ones is compared."""

    def work() -> Any:
        for i in range(CALLS):
            slopes = call(2.0, 3.0 + 0.001 * i)
        return lambda: float(slopes[0]) + float(slopes[1])

    return work


def tiny(name: str) -> Callable[[Any], Any]:
    return contestant("tiny", name, parts=CALLS)


@tiny(TAPE)
def _() -> Work:
    program = ag.compile(lambda x, y: x * y + x)
    return tiny_by(lambda x, y: program.value_and_grad(x, y)[1])


def tiny_by_engine(Value: Any) -> Work:
    def call(x: float, y: float) -> Any:
        a, b = Value(x), Value(y)
        (a * b + a).backward()
        return a.grad, b.grad

    return tiny_by(call)


tiny(NATIVE)(lambda: tiny_by_engine(native()))
tiny(PYTHON)(lambda: tiny_by_engine(ag.PythonValue))


@tiny("JAX, jit")
def _() -> Work:
    import jax

    jax.config.update("jax_enable_x64", True)
    program = jax.jit(jax.value_and_grad(lambda x, y: x * y + x, argnums=(0, 1)))
    return tiny_by(lambda x, y: jax.block_until_ready(program(x, y))[1])


@tiny("CasADi, built once")
def _() -> Work:
    import casadi

    x, y = casadi.SX.sym("x"), casadi.SX.sym("y")
    value = x * y + x
    f = casadi.Function("f", [x, y], [value, casadi.jacobian(value, x), casadi.jacobian(value, y)])
    return tiny_by(lambda x, y: f(x, y)[1:])


@tiny("ddx-ad, built once")
def _() -> Work:
    import ddx

    f = ddx.equation(lambda: ddx.var("x") * ddx.var("y") + ddx.var("x"))
    return tiny_by(lambda x, y: f.gradient([x, y]))


@tiny("PyTorch scalars")
def _() -> Work:
    torch = torch_alone()

    def call(x: float, y: float) -> Any:
        a = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        b = torch.tensor(y, dtype=torch.float64, requires_grad=True)
        (a * b + a).backward()
        return a.grad.item(), b.grad.item()

    return tiny_by(call)


# A price ------------------------------------------------------------------------------------------


def price_of_values(*x: Any) -> Any:
    return black_scholes(*x, ag.log, ag.exp, ag.erf)


def many_scenarios() -> Any:
    """10,000 rows of the spot, the strike, the rate, the volatility and the time."""
    import numpy as np

    i = np.arange(10_000)
    ones = np.ones(10_000)
    return np.stack(
        [80.0 + 0.004 * i, 100.0 * ones, 0.03 * ones, 0.2 + 0.00001 * i, 0.5 + 0.0001 * i], axis=1
    )


def prices_by_tape(scenarios: Any) -> Work:
    import numpy as np

    program = ag.compile(price_of_values, batch="none")
    columns = [np.ascontiguousarray(column) for column in np.array(scenarios).T]

    def work() -> Any:
        _, greeks = program.value_and_grad(*columns)
        return lambda: sum(float(np.abs(g).sum()) for g in greeks)

    return work


@contestant("black_scholes", TAPE)
def _() -> Work:
    program = ag.compile(price_of_values)
    return lambda: math.fsum(
        math.fsum(map(abs, program.value_and_grad(*scenario)[1])) for scenario in SCENARIOS
    )


contestant("black_scholes", f"{TAPE}, a batch")(lambda: prices_by_tape(SCENARIOS))
contestant("black_scholes_10000", TAPE)(lambda: prices_by_tape(many_scenarios()))


def prices_by_engine(Value: Any) -> Work:
    scenarios = many_scenarios().tolist()

    def work() -> Any:
        total = 0.0
        for scenario in scenarios:
            xs = [Value(x) for x in scenario]
            price_of_values(*xs).backward()
            total += math.fsum(abs(x.grad) for x in xs)
        return total

    return work


engines("black_scholes_10000", prices_by_engine)


@contestant("black_scholes_10000", "JAX, jit and vmap")
def _() -> Work:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    f = lambda x: black_scholes(*x, jnp.log, jnp.exp, jax.scipy.special.erf)
    program, scenarios = jax.jit(jax.vmap(jax.value_and_grad(f))), jnp.array(many_scenarios())

    def work() -> Any:
        _, greeks = jax.block_until_ready(program(scenarios))
        return lambda: float(abs(greeks).sum())

    return work


@contestant("black_scholes_10000", "PyTorch tensors")
def _() -> Work:
    torch = torch_alone()
    columns = [torch.tensor(column, requires_grad=True) for column in many_scenarios().T]

    def work() -> Any:
        prices = black_scholes(*columns, torch.log, torch.exp, torch.erf)
        greeks = torch.autograd.grad(prices.sum(), columns)
        return lambda: sum(g.abs().sum().item() for g in greeks)

    return work


@contestant("black_scholes_10000", "NumPy and SciPy, Greeks by hand")
def _() -> Work:
    import numpy as np
    from scipy.special import ndtr

    s, k, r, sigma, t = (np.ascontiguousarray(column) for column in many_scenarios().T)

    def work() -> Any:
        root = np.sqrt(t)
        d1 = (np.log(s / k) + (r + 0.5 * sigma * sigma) * t) / (sigma * root)
        below1, below2 = ndtr(d1), ndtr(d1 - sigma * root)
        discount = np.exp(-r * t)
        density = s * np.exp(-0.5 * d1 * d1) * (2.0 * math.pi) ** -0.5
        owed = k * discount * below2
        price = s * below1 - owed
        vega, rho = density * root, owed * t
        theta = density * sigma / (2.0 * root) + r * owed
        greeks = below1, -discount * below2, rho, vega, theta
        return lambda: sum(float(np.abs(g).sum()) for g in greeks) + 0.0 * float(price[0])

    return work


@contestant("black_scholes_10000", "CasADi, mapped")
def _() -> Work:
    import casadi
    import numpy as np

    x = casadi.SX.sym("x", 5)
    price = black_scholes(*casadi.vertsplit(x), casadi.log, casadi.exp, casadi.erf)
    f = casadi.Function("g", [x], [price, casadi.gradient(price, x)]).map(10_000)
    scenarios = casadi.DM(many_scenarios().T)

    def work() -> Any:
        _, greeks = f(scenarios)
        return lambda: float(np.abs(greeks.full()).sum())

    return work


@contestant("black_scholes_10000", "ddx-ad, a batch")
def _() -> Work:
    import ddx
    import numpy as np

    f = ddx.equation(lambda: black_scholes(*map(ddx.var, "abcde"), ddx.log, ddx.exp, ddx.erf))
    columns = [np.ascontiguousarray(column) for column in many_scenarios().T]

    def work() -> Any:
        f.evaluate(columns)
        greeks = f.gradient(columns)
        return lambda: float(np.abs(greeks).sum())

    return work
