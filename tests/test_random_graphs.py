"""Graphs made by Hypothesis: the engine against high-precision differences and against PyTorch."""

import math

import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import mp, mpf
from test_table import truth

from autograd_lite import gradients, jvp, primitive, topological_order
from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE

ROWS = sorted(TABLE)
STEP = mpf(10) ** -25


class Program:
    """Straight-line code: each line applies a row to results of earlier lines.

    Operands are squashed into the row's domain first, so nothing explodes; lines share operands.
    """

    def __init__(self, leaves, lines):
        self.leaves, self.lines = leaves, lines

    def run(self, leaves, do, number):
        """Run on any kind of numbers; `do(row, operands)` applies a row."""
        results = list(leaves)

        def squashed(index, low, high):
            gate = do(TABLE["sigmoid"], (results[index % len(results)],))
            width = do(TABLE["mul"], (gate, number(high - low)))
            return do(TABLE["add"], (width, number(low)))

        for name, indices in self.lines:
            row = TABLE[name]
            domain = row.domain
            if isinstance(row, Reduction):
                domain = [d for d in domain for _ in range(len(indices) // len(domain))]
            operands = [squashed(i, low, high) for i, (low, high) in zip(indices, domain)]
            if name == "power":
                operands[1] = number(round(float(indices[1] % 7) - 3.0, 1))
            results.append(do(row, tuple(operands)))
        total = results[0]
        for result in results[1:]:
            total = do(TABLE["add"], (total, do(TABLE["tanh"], (result,))))
        return total


def lines(draw_rows):
    indices = st.lists(st.integers(0, 400), min_size=4, max_size=4)
    line = st.tuples(st.sampled_from(draw_rows), indices)
    return st.lists(line, min_size=1, max_size=10) | st.lists(line, min_size=20, max_size=45)


def programs(rows=ROWS):
    numbers = st.floats(-3.0, 3.0).map(lambda x: round(x, 3) + 0.0137)
    return st.builds(Program, st.lists(numbers, min_size=1, max_size=5), lines(rows))


def slope_along(program, directions):
    """The directional derivative by a difference in 60 digits, independent of every rule."""

    def value(t):
        leaves = [mpf(x) + t * mpf(d) for x, d in zip(program.leaves, directions)]
        return program.run(leaves, lambda row, xs: truth(row, *xs), mpf)

    with mp.workdps(60):
        before, at, after = map(value, (-STEP, mpf(0), STEP))
        assume(None not in (before, at, after))  # at a pole there is no truth
        return (after - before) / (2 * STEP), at


def on_engine(Value, program):
    leaves = [Value(x) for x in program.leaves]
    return leaves, program.run(leaves, Value._apply, float)


@pytest.mark.slow
@given(programs(), st.lists(st.floats(-1, 1), min_size=5, max_size=5))
def test_gradient_and_jvp_against_differences_in_high_precision(Value, program, directions):
    leaves, y = on_engine(Value, program)
    wanted, value = slope_along(program, directions)
    assume(not beside_a_jump(y))
    assert math.isclose(y.data, value, rel_tol=1e-9, abs_tol=1e-9)
    directions = directions[: len(leaves)]
    slopes = gradients(y, leaves)
    assume(all(map(math.isfinite, slopes)))  # a vertical tangent, say of cbrt at 0
    reverse = math.fsum(g * d for g, d in zip(slopes, directions))
    scale = 1.0 + max(map(abs, slopes))
    if abs(reverse - wanted) > 1e-8 * scale:
        assert on_a_kink(program, directions), (reverse, wanted)
        return
    assert abs(jvp(y, leaves, directions) - reverse) <= 1e-11 * scale
    y.backward()
    assert [leaf.grad for leaf in leaves] == slopes


def beside_a_jump(y):
    """Whether rounding decides on which side of a jump an operand lies."""
    for node in topological_order(y):
        name, xs = node.op and node.op.name, [getattr(x, "data", x) for x in node.args]
        if name in ("floor", "ceil", "round", "floordiv", "mod", "sign", "heaviside"):
            x = xs[0] / xs[1] if name in ("floordiv", "mod") else xs[0] + 0.5 * (name == "round")
            if abs(x - round(x)) < 1e-9:
                return True
    return False


def at_the_origin(y):
    """Whether there is hypot(0, 0) or the like: slope 0 by choice here, nan in PyTorch."""
    return any(
        node.op.name in ("hypot", "atan2") and all(getattr(x, "data", x) == 0.0 for x in node.args)
        for node in topological_order(y)
        if node.op
    )


def on_a_kink(program, directions):
    """Whether the slopes from the left and from the right differ, so that none is the truth."""

    def value(t):
        leaves = [mpf(x) + t * mpf(d) for x, d in zip(program.leaves, directions)]
        return program.run(leaves, lambda row, xs: truth(row, *xs), mpf)

    with mp.workdps(60):
        here = value(mpf(0))
        right, left = (value(STEP) - here) / STEP, (here - value(-STEP)) / STEP
        return abs(right - left) > 1e-9


TORCH_ROWS = {
    "add", "sub", "mul", "div", "neg", "pow", "abs", "exp", "expm1", "log", "log1p", "log2",
    "log10", "sqrt", "hypot", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh",
    "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "lgamma", "digamma", "floor", "ceil", "round",
    "sign", "sigmoid", "softplus", "logsigmoid", "relu", "elu", "gelu", "gelu_tanh", "silu", "clip",
    "sum", "dot", "max", "min", "logsumexp", "mod", "leaky_relu",
}  # fmt: skip


def torch_row(torch, name, xs):
    functional = torch.nn.functional
    if name in ("sum", "max", "min", "logsumexp", "dot"):
        stacked = torch.stack(xs)
        if name == "dot":
            half = len(xs) // 2
            return torch.dot(stacked[:half], stacked[half:])
        if name == "logsumexp":
            return torch.logsumexp(stacked, 0)
        return {"sum": torch.sum, "max": torch.amax, "min": torch.amin}[name](stacked)
    special = {
        "mod": torch.remainder,
        "neg": torch.neg,
        "clip": torch.clamp,
        "softplus": lambda x: functional.softplus(x, threshold=700.0),
        "logsigmoid": functional.logsigmoid,
        "gelu": functional.gelu,
        "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
        "silu": functional.silu,
        "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.clamp(x, max=0.0))),
        "leaky_relu": lambda x, slope: torch.where(x > 0, x, slope * x),
    }
    return special.get(name, getattr(torch, name, None))(*xs)


@given(programs(sorted(TORCH_ROWS)))
def test_gradients_equal_pytorch(Value, program):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    leaves, y = on_engine(Value, program)
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.leaves]

    def do(row, operands):
        if not any(isinstance(x, torch.Tensor) for x in operands):
            return primitive.apply(row, operands)
        xs = [torch.as_tensor(x, dtype=torch.float64) for x in operands]
        return torch_row(torch, row.name, xs)

    assume(not beside_a_jump(y) and not at_the_origin(y))
    z = program.run(tensors, do, float)
    z.backward()
    assert math.isclose(y.data, z.item(), rel_tol=1e-9, abs_tol=1e-9)
    slopes = gradients(y, leaves)
    assume(all(map(math.isfinite, slopes)))
    scale = 1.0 + max(map(abs, slopes))
    for slope, tensor in zip(slopes, tensors):
        assert abs(slope - tensor.grad.item()) <= 1e-9 * scale


def test_programs_reach_hundreds_of_nodes(Value):
    program = Program([0.5, 1.5], [(name, [i, i + 1, i + 2, i + 3]) for i, name in enumerate(ROWS)])
    _, y = on_engine(Value, program)
    assert len(topological_order(y)) > 300


def test_second_derivatives_of_a_program(Value):
    program = Program([0.3], [("tanh", [0] * 4), ("mul", [0, 1, 0, 0]), ("exp", [2] * 4)])
    leaves, y = on_engine(Value, program)
    (slope,) = gradients(y, leaves, create_graph=True)
    (second,) = gradients(slope, leaves)
    with mp.workdps(40):
        f = lambda t: program.run([t], lambda row, xs: truth(row, *xs), mpf)
        assert math.isclose(second, mpmath.diff(f, mpf(0.3), 2), rel_tol=1e-10)
