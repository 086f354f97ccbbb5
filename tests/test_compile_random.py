"""compile against the eager engine: every row at every edge, and graphs made by Hypothesis."""

import itertools
import math
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lane_functions import FUNCTIONS, calls
from test_compile import replayer  # noqa: F401 (a fixture: each interpreter of tapes in turn)
from test_random_graphs import ROWS, Program, programs
from test_table import EXTREME, NOT_LIBM

from autograd_lite import compile, gradients, jvp, where
from autograd_lite import grad as grad_of
from autograd_lite import hvp as hvp_of
from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE

CALLS = calls()
LANE_FUNCTIONS = set(FUNCTIONS)
EDGES = [-0.0, 1e-320, -1e-320, math.pi, 3.0, -2.0, -8.0, 1 / 3, *EXTREME]
FEW = [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 0.5, 1e308, -1e-308, inf, -inf, nan]


def same(found, wanted, name=""):
    """Equal to the last bit, but for the sign of a zero.

    For rows of which Python and C have different algorithms, equal but for the last bits.
    """
    if name in NOT_LIBM and math.isfinite(wanted):
        return math.isclose(found, wanted, rel_tol=1e-13)
    return found == wanted or (found != found and wanted != wanted)


def same_in_batch(found, wanted, name):
    """The same, or equal but for the last bits, where native batches compute by lane functions."""
    called = CALLS.get(name, set())
    if called & LANE_FUNCTIONS and math.isfinite(wanted) and abs(wanted) > 1e-300:
        return math.isclose(found, wanted, rel_tol=1e-13)
    if called & LANE_FUNCTIONS and math.isfinite(wanted):
        return abs(found - wanted) <= 1e-313
    return same(found, wanted, name)


def eager(Value, function, numbers):
    leaves = [Value(x) for x in numbers]
    y = function(*leaves)
    return y.data, gradients(y, leaves)


def points(row):
    arity = len(row.operands)
    if isinstance(row, Reduction):
        return [*((x,) * row.columns for x in FEW), *itertools.product(FEW, repeat=2 * row.columns)]
    return list(itertools.product(EDGES if arity == 1 else FEW, repeat=arity))


def functions():
    for name, row in TABLE.items():
        if name == "power":
            for exponent in (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, inf, nan):
                power = lambda x, row=row, exponent=exponent: row(x, exponent)
                yield pytest.param(power, [(x,) for x in EDGES], id=f"power {exponent}")
        elif isinstance(row, Reduction):
            by_size = itertools.groupby(points(row), len)
            for size, group in by_size:
                half = size // row.columns
                call = lambda *xs, row=row, half=half: (
                    row(xs[:half], xs[half:]) if row.columns == 2 else row(xs)
                )
                group = list(group)
                yield pytest.param(call, group[:: 1 + len(group) // 200], id=f"{name} {size}")
        else:
            yield pytest.param(row, points(row), id=name)


@pytest.mark.parametrize(("function", "edges"), list(functions()))
def test_every_row_at_every_edge(Value, function, edges):
    """In a batch and, at some of the points, by itself; replays are of another point's trace."""
    name = getattr(function, "name", "power" if len(edges[0]) == 1 else "")
    one = compile(lambda xs: function(*xs))
    many = compile(lambda xs: function(*xs), batch="none")
    one.value([0.25] * len(edges[0]))
    wanted = [eager(Value, function, point) for point in edges]
    batch = zip(edges, wanted, *many.value_and_grad([list(point) for point in edges]))
    found = [(same_in_batch, *sample) for sample in batch]
    for point, alone in list(zip(edges, wanted))[:: 1 + len(edges) // 40]:
        found.append((same, point, alone, *one.value_and_grad(list(point))))
    for equal, point, (value, slope), x, g in found:
        assert equal(x, value, name), (point, x, value)
        assert all(equal(a, b, name) for a, b in zip(g, slope)), (point, g, slope)
    assert one.traces == many.traces == 1


@pytest.mark.parametrize(("function", "edges"), list(functions()))
def test_second_order_of_every_row(Value, function, edges):
    program = compile(lambda xs: function(*xs))
    products = hvp_of(lambda xs: function(*xs))
    rates = [1.0, -0.5, 2.0, 0.25][: len(edges[0])]
    inside = [p for p in edges if all(0.0 < abs(x) < 10.0 for x in p)]
    for point in inside[:: 1 + len(inside) // 12]:
        found, wanted = program.hvp(list(point), rates), products(list(point), rates)
        for x, y in zip(found, wanted):
            if y == y:  # else the rule of atanh has 0 times inf at 1, which a tape takes as 0
                assert same(x, y) or math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-15), (point, x, y)


def close(found, wanted, scale):
    return same(found, wanted) or abs(found - wanted) <= 1e-13 * scale


def agree(found, wanted):
    """Lists of numbers, to 1e-13 of the largest."""
    finite = [abs(x) for x in (*found, *wanted) if math.isfinite(x)]
    scale = max(finite, default=0.0)
    return len(found) == len(wanted) and all(close(x, y, scale) for x, y in zip(found, wanted))


class Case:
    """A program of which some leaves are arguments and some are outside."""

    def __init__(self, Value, program, inside):
        self.Value, self.program = Value, program
        self.outer = [Value(x) for x, arg in zip(program.leaves, inside) if not arg]
        self.inside = inside

    def function(self, *args):
        given, outer = iter(args), iter(self.outer)
        leaves = [next(given) if arg else next(outer) for arg in self.inside]
        return self.program.run(leaves, self.Value._apply, float)

    def eager(self, numbers):
        leaves = [self.Value(x) for x in numbers]
        y = self.function(*leaves)
        return y, leaves

    def gradients(self, numbers):
        y, leaves = self.eager(numbers)
        return y.data, gradients(y, leaves), gradients(y, self.outer)


def cases(Value, data):
    program = data.draw(programs())
    n = len(program.leaves)
    inside = data.draw(st.lists(st.booleans(), min_size=n, max_size=n).filter(any))
    case = Case(Value, program, inside)
    return case, sum(inside)


numbers = st.floats(-3.0, 3.0).map(lambda x: round(x, 3) + 0.0137)


@pytest.mark.slow
@settings(max_examples=3 * settings.default.max_examples // 10)
@given(st.data())
def test_replay_equals_eager(Value, data):
    case, n = cases(Value, data)
    one = compile(case.function)
    for _ in range(2):
        args = data.draw(st.lists(numbers, min_size=n, max_size=n))
        for leaf in case.outer:
            leaf.data = data.draw(numbers)
            leaf.grad = 0.0
        value, by_args, by_outer = case.gradients(args)
        found, slopes = one.value_and_grad(*args)
        slopes = [slopes] if n == 1 else slopes
        assert close(found, value, abs(value) + 1.0)
        assert agree(list(slopes), by_args)
        known = dict(zip(one.leaves(*args), one.leaf_gradients(*args)))
        assert agree([known.get(leaf, 0.0) for leaf in case.outer], by_outer)
        assert one.backward(*args) == found
        assert agree([leaf.grad for leaf in case.outer], by_outer)
        rates = data.draw(st.lists(st.floats(-1, 1), min_size=n, max_size=n))
        y, leaves = case.eager(args)
        if all(map(math.isfinite, by_args)):
            scale = 1.0 + max(map(abs, by_args))
            assert abs(one.jvp(tuple(args), tuple(rates)) - jvp(y, leaves, rates)) <= 1e-12 * scale
    assert one.traces == 1


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples // 5)
@given(st.data(), st.sampled_from([1, 3, 64]), st.sampled_from(["sum", "mean", "none"]))
def test_batches_equal_eager(Value, data, samples, batch):
    case, n = cases(Value, data)
    shared = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    shared[data.draw(st.integers(0, n - 1))] = False
    many = compile(case.function, batch=batch)
    own = [data.draw(numbers) for _ in range(n)]
    args = [
        x if same_for_all else [x + 0.01 * i for i in range(samples)]
        for x, same_for_all in zip(own, shared)
    ]
    rows = [[x if isinstance(x, float) else x[i] for x in args] for i in range(samples)]
    wanted = [case.gradients(row) for row in rows]
    values = [value for value, _, _ in wanted]
    weight = 1.0 / samples if batch == "mean" else 1.0
    found, slopes = many.value_and_grad(*args)
    slopes = [slopes] if n == 1 else slopes
    if batch == "none":
        assert agree(found, values)
    else:
        total = weight * math.fsum(values)
        assert close(found, total, weight * sum(map(abs, values)) or 1.0)
    for k, (x, slope) in enumerate(zip(args, slopes)):
        each = [weight * by_args[k] for _, by_args, _ in wanted]
        if isinstance(x, float):
            assert close(slope, sum(each), 1e-300 + sum(map(abs, each)))
        else:
            assert agree(slope, each)
    by_outer = [dict(zip(case.outer, slopes)) for _, _, slopes in wanted]
    leaves, found = many.leaves(*args), many.leaf_gradients(*args)
    for leaf, slope in zip(leaves, found):
        each = [weight * slopes[leaf] for slopes in by_outer]
        assert close(slope, sum(each), 1e-300 + sum(map(abs, each)))
    by_sample = many.leaf_gradients_by_sample(*args)
    for sample in (0, samples - 1):
        assert agree(list(by_sample[sample]), [by_outer[sample][leaf] for leaf in leaves])
    if batch == "none":
        rates = tuple([1.0 if isinstance(x, float) else [1.0] * samples for x in args])
        for row, rate in zip(rows, many.jvp(tuple(args), rates)):
            y, xs = case.eager(row)
            pushed = jvp(y, xs, [1.0] * n)
            if math.isfinite(pushed):
                scale = 1.0 + sum(abs(g) for g in gradients(y, xs) if math.isfinite(g))
                assert abs(rate - pushed) <= 1e-12 * scale


@settings(max_examples=settings.default.max_examples // 7)
@given(programs(), st.lists(st.floats(-1, 1), min_size=5, max_size=5))
def test_second_order_equals_eager(Value, program, rates):
    n = len(program.leaves)
    case = Case(Value, program, [True] * n)
    function = lambda xs: case.function(*xs)
    xs, rates = list(program.leaves), rates[:n]
    found, wanted = compile(function).hvp(xs, rates), hvp_of(function)(xs, rates)
    if all(map(math.isfinite, wanted)):
        scale = 1.0 + max(map(abs, wanted))
        slopes = grad_of(function)(xs)
        scale += max(map(abs, slopes))
        assert all(abs(x - y) <= 1e-11 * scale for x, y in zip(found, wanted)), (found, wanted)


@pytest.mark.slow
def test_a_program_of_every_row(Value, full_or_quick):
    program = Program(
        [0.5, 1.5, -0.7], [(name, [i, i + 1, i + 2, i + 3]) for i, name in enumerate(ROWS)]
    )
    case = Case(Value, program, [True, False, True])
    many = compile(case.function, batch="none")
    n = full_or_quick(1000, 300)
    xs = [0.5 + 2.0 * i / n for i in range(n)]
    values, (slopes, others) = many.value_and_grad(xs, xs)
    for i in (0, 1, n // 2, n - 1):
        value, by_args, _ = case.gradients([xs[i], xs[i]])
        assert close(values[i], value, abs(value))
        assert agree([slopes[i], others[i]], by_args)


CHOICES = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "number <": lambda x, y: x > 1.0,
    "number >=": lambda x, y: x <= 1,
    "and": lambda x, y: (x > 0.0) & (y > 0.0),
    "or": lambda x, y: (x > 0.0) | (y > 0.0),
    "and or": lambda x, y: ((x > 0.0) & (y <= 1.0)) | (x < y),
    "and with a bool": lambda x, y: (x > 0.0) & True,
    "bool or": lambda x, y: False | (x > y),
    "a Value": lambda x, y: x,
    "a Value and": lambda x, y: (x > y) & (y >= x),
    "data": lambda x, y: x.data < y.data,
}


@pytest.mark.parametrize("choose", CHOICES.values(), ids=CHOICES.keys())
def test_where_in_a_batch_and_alone(Value, choose):
    """Both branches have infinite slopes and nans where they are not taken."""
    edges = list(itertools.product(FEW, repeat=2))

    def function(xs):
        x, y = xs
        return where(choose(x, y), x * 2.0 + TABLE["sqrt"](y), TABLE["log"](x) + y)

    one, many = compile(function), compile(function, batch="none")
    values, slopes = many.value_and_grad([list(point) for point in edges])
    assert many.traces == 1
    for point, value, slope in zip(edges, values, slopes):
        wanted, by = eager(Value, lambda x, y: function([x, y]), point)
        assert same(value, wanted), point
        assert all(map(same, slope, by)), (point, slope, by)
        assert same(one.value(list(point)), wanted), point


def test_zero_times_infinity_in_a_branch_is_zero(Value):
    """Where a tape and the graph differ: below a `where`, a gradient of 0 passes nothing on."""
    function = lambda x: where(x > -1.0, TABLE["sqrt"](x) * 0.0, 0.0)
    assert math.isnan(grad_of(function)(0.0))
    assert compile(function).grad(0.0) == 0.0


def test_the_sign_of_a_zero_is_kept(Value):
    """-0.0 + 0.0 is 0.0, and only x + -0.0 is x."""
    assert str((Value(-0.0) + 0.0).data) == "0.0"
    assert str(compile(lambda x: x + 0.0).value(-0.0)) == "0.0"
    assert compile(lambda x: 1.0 / (x + 0.0)).value(-0.0) == inf
    assert compile(lambda x: 1.0 / (x - -0.0)).value(-0.0) == inf
    assert compile(lambda x: 1.0 / (x + -0.0)).value(-0.0) == -inf
    assert str(compile(lambda x: x + x + x).value(-0.0)) == "-0.0"
    assert str(compile(lambda x: x * 1.0 + x * 3.0).value(-0.0)) == "-0.0"


def test_nested_where(Value):
    root, log = TABLE["sqrt"], TABLE["log"]

    def function(x):
        inner = where(x < 1.0, root(x) + where(x > 0.5, log(x), x), log(x - 1.0))
        return where(x <= 0.0, x * x, inner * inner)

    xs = [-2.0, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0, nan, -inf]
    many = compile(function, batch="none")
    values, slopes = many.value_and_grad(xs)
    for x, value, slope in zip(xs, values, slopes):
        wanted, (by_x,) = eager(Value, function, [x])
        assert same(value, wanted), x
        assert same(slope, by_x), x


def test_second_order_of_where_with_an_infinite_branch(Value):
    root = TABLE["sqrt"]
    for function, at in (
        (lambda x: where(x > 0.0, root(x), x * x), -2.0),
        (lambda x: where(x > 0.0, root(x), x * x), 0.0),
        (lambda x: where(x > 1.0, where(x > 2.0, root(x - 2.0), root(x)), (x - 1.0) ** 2), 1.0),
        (lambda x: where(x > 1.0, where(x > 2.0, root(x - 2.0), root(x)), (x - 1.0) ** 2), 1.5),
        (lambda x: root(where(x > 0.0, x, 1.0 - x)) * where(x < 0.0, x * x, root(x)), -3.0),
        (lambda x: where(x < 0.0, 1.0 / x, x**3) + root(x.detach()) * x, 0.0),
    ):
        wanted = hvp_of(function)(at, 1.0)
        program = compile(function)
        assert math.isfinite(wanted)
        assert math.isclose(program.hvp(at, 1.0), wanted, rel_tol=1e-13, abs_tol=1e-15), at
        assert math.isclose(compile(grad_of(function)).value(at), grad_of(function)(at))


def test_like_operations_inside_and_outside_of_a_branch(Value):
    """They go into one group of a tape only if both may or may not pass on 0 times inf."""
    root = TABLE["sqrt"]
    for function in (
        lambda x, y: root(y) + where(x > 0.0, root(x), 0.0),
        lambda y, x: where(x > 0.0, root(x), 0.0) + root(y),
    ):
        for x, y in ((0.0, 4.0), (4.0, 0.0), (0.0, 0.0)):
            _, slopes = eager(Value, function, [x, y])
            assert list(compile(function).grad(x, y)) == slopes
    assert compile(lambda x: [x / 0.0, x / -0.0]).value(1.0) == [inf, -inf]
