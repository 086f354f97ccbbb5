"""The promise of compile: a single sample is the function's own result, bit for bit."""

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_compile import replayer  # noqa: F401 (a fixture: each interpreter of tapes in turn)
from test_random_graphs import programs

import autograd_lite as ag
from autograd_lite import compile, gradients, where


def bits(x):
    return "nan" if x != x else struct.pack("<d", x)


def same(found, wanted):
    """Equal bit for bit; one nan is as good as another."""
    return list(map(bits, found)) == list(map(bits, wanted))


NUMBERS = st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e16, -1e16, 1.0 + 2**-52, 3.0, 1e308, -1e-308])
NUMBERS |= st.floats(-100.0, 100.0) | st.floats()

DO = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "+ 0.0": lambda x, y: x + 0.0,
    "0.0 +": lambda x, y: 0.0 + x,
    "- 0.0": lambda x, y: x - 0.0,
    "+ -0.0": lambda x, y: x + -0.0,
    "- -0.0": lambda x, y: x - -0.0,
    "* 1": lambda x, y: x * 1.0,
    "/ 1": lambda x, y: x / 1.0,
    "** 1": lambda x, y: x**1.0,
    "** 2": lambda x, y: x**2,
    "* 0": lambda x, y: 0.0 * x,
    "sum": lambda x, y: ag.sum([x, y, x]),
    "sum of one": lambda x, y: ag.sum([x]),
    "dot": lambda x, y: ag.dot([x, 2.0, y], [y, x, y]),
    "where": lambda x, y: where(x < y, x + y, x * y),
    "-x": lambda x, y: -x,
    "tanh": lambda x, y: x.tanh(),
    "builtin sum": lambda x, y: sum([x * y, y * 3.0, x]),
}
ADDING = [*["+"] * 8, *["*"] * 4, *DO]  # mostly sums and products
STEPS = st.lists(
    st.tuples(st.sampled_from(ADDING), st.integers(0, 3), st.integers(0, 8)),
    min_size=1,
    max_size=40,
)


def results_of(steps, xs):
    """What straight-line code makes: each step takes results of shortly before."""
    results = list(xs)
    for name, i, j in steps:
        results.append(DO[name](results[-1 - i % len(results)], results[-1 - j % len(results)]))
    return results


@pytest.mark.slow
@settings(max_examples=4 * settings.default.max_examples)
@given(STEPS, st.lists(NUMBERS, min_size=2, max_size=4), st.data())
def test_values_are_those_of_the_function_bit_for_bit(Value, steps, first, data):
    last = compile(lambda xs: results_of(steps, xs)[-1])
    every = compile(lambda xs: results_of(steps, xs))
    some = st.lists(NUMBERS, min_size=len(first), max_size=len(first))
    for xs in (first, data.draw(some)):
        wanted = [y.data for y in results_of(steps, list(map(Value, xs)))]
        assert same([last.value(xs)], wanted[-1:])
        assert same(every.value(xs), wanted)
        assert same([last(xs).data], wanted[-1:])
    assert last.traces == every.traces == 1


@settings(max_examples=settings.default.max_examples // 2)
@given(programs())
def test_values_of_every_row_bit_for_bit(Value, program):
    run = lambda *xs: program.run(xs, Value._apply, float)
    wanted = run(*map(Value, program.leaves)).data
    assert same([compile(run).value(*program.leaves)], [wanted])


@pytest.mark.parametrize("width", [1, 2, 7, 8, 9, 31, 64])
@pytest.mark.parametrize("rows", [1, 3, 8, 17])
def test_matrices_times_vectors_bit_for_bit(Value, rows, width):
    rng = random.Random(width)
    draw = lambda n: [rng.choice([1.0, -1.0]) * 10.0 ** rng.uniform(-9.0, 9.0) for _ in range(n)]
    matrix, bias, xs = [draw(width) for _ in range(rows)], draw(rows), draw(width)

    def layer(matrix, bias, xs):
        total = 0.0
        for row, b in zip(matrix, bias):
            start = b
            for w, x in zip(row, xs):
                start = start + w * x
            total = total + start * ag.dot(row, xs) + (ag.dot(row, xs) + b)
        return total

    values = [Value(x) for x in xs], [Value(b) for b in bias], [list(map(Value, r)) for r in matrix]
    wanted = layer(values[2], values[1], values[0]).data
    assert same([compile(layer).value(matrix, bias, xs)], [wanted])
    shape = compile(layer, batch="none")  # a batch of one sample is a single sample, too
    assert same(shape.value([matrix], [bias], [xs]), [wanted])


# Derivatives --------------------------------------------------------------------------------------

UNARY = ("0.0 +", "-x", "** 2", "tanh")
BINARY = ("+", "+", "+", "*", "*", "-", "/")
SLOPED = st.lists(
    st.tuples(st.sampled_from(BINARY + UNARY), st.integers(0, 8), st.integers(0, 8)),
    min_size=1,
    max_size=40,
)


def used_twice(steps, xs):
    """Straight-line code in which nothing is used more than twice, and nothing is done twice.

    A program has no instruction for `0.0 + x`: it and x are one value, whose uses count together.
    """
    pool = [[x, [2]] for x in xs]  # Values, and how often each may still be used
    counts = [entry[1] for entry in pool]  # kept, so that each has an id of its own
    done = set()

    def take(place):
        entry = pool[-1 - place % len(pool)]
        entry[1][0] -= 1
        if entry[1][0] == 0:
            pool.remove(entry)
        return entry

    for name, i, j in steps:
        if name == "0.0 +":
            entry = pool[-1 - i % len(pool)]
            entry[0] = DO[name](entry[0], None)
            continue
        x, uses = take(i)
        y, others = take(j) if name in BINARY and pool else (None, None)
        step = name, id(uses), id(others)
        if (name in BINARY and y is None) or step in done:
            continue
        done.add(step)
        pool.append([DO[name](x, y), [2]])
        counts.append(pool[-1][1])
    total = 0.0
    for x, _ in pool:
        total = total + x
    return total


@pytest.mark.slow
@settings(max_examples=4 * settings.default.max_examples)
@given(SLOPED, st.lists(NUMBERS, min_size=2, max_size=4), st.data())
def test_derivatives_bit_for_bit_where_nothing_is_used_more_than_twice(Value, steps, first, data):
    """But for the sign of a zero."""
    one = compile(lambda xs: used_twice(steps, xs))
    for xs in (first, data.draw(st.lists(NUMBERS, min_size=len(first), max_size=len(first)))):
        leaves = list(map(Value, xs))
        y = used_twice(steps, leaves)
        if not isinstance(y, Value):
            continue
        value, slopes = one.value_and_grad(xs)
        assert same([value], [y.data])
        assert same([0.0 + g for g in slopes], [0.0 + g for g in gradients(y, leaves)])


@settings(max_examples=settings.default.max_examples)
@given(STEPS, st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3))
def test_derivatives_are_sums_of_the_same_terms(Value, steps, xs):
    """In any order, so that they agree to rounding relative to the largest of what is added up."""
    steps = [step for step in steps if step[0] not in ("/", "where")]
    leaves = list(map(Value, xs))
    results = results_of(steps, leaves)
    y = results[-1]
    if not isinstance(y, Value):
        return
    program = compile(lambda xs: results_of(steps, xs)[-1])
    adjoint = ag.chain_rule.number_adjoints(ag.topological_order(y))
    terms = [1.0] + [
        abs(adjoint[node] * partial)
        for node in ag.topological_order(y)
        for partial in node.partials
    ]
    if max(terms) < 1e150:
        for found, wanted in zip(program.grad(xs), gradients(y, leaves)):
            assert abs(found - wanted) <= 1e-13 * max(terms)


SHARED = [  # sums and products that are used a second time, and operands that come late
    lambda x, y, z: (s := x + y) * (s + z),
    lambda x, y, z: (s := x + y) * (z + s),
    lambda x, y, z: (s := x + y) * (z + s + x),
    lambda x, y, z: (s := ag.sum([x, y, z])) * (s + x + (y + s)),
    lambda x, y, z: (p := x * y) * (p + y * z),
    lambda x, y, z: (p := x * y) * (y * z + p + x),
    lambda x, y, z: (d := ag.dot([x, y], [y, z])) * (d + x * z + y),
    lambda x, y, z: (d := ag.dot([x, y], [y, z])) * (x + d),
    lambda x, y, z: x * y + y.relu() * x + z.relu(),
    lambda x, y, z: z.relu() + x * y + y.relu() * x,
    lambda x, y, z: y.relu() * x + x * y + z.relu() + x * z,
]


@pytest.mark.parametrize("reorder", [False, True])
@pytest.mark.parametrize("function", SHARED)
def test_what_is_used_twice_or_comes_late_is_folded_rightly(Value, function, reorder):
    program = compile(function, reorder=reorder)
    for numbers in ((2.0, 3.0, 5.0), (-1.0, 4.0, 7.0)):  # so that nothing is rounded
        leaves = list(map(Value, numbers))
        y = function(*leaves)
        assert program.value_and_grad(*numbers) == (y.data, tuple(gradients(y, leaves)))
    assert program.traces == 1


@pytest.mark.parametrize("reorder", [False, True])
def test_a_product_of_leaves_is_folded_with_one_that_differs_by_sample(Value, reorder):
    w, v = Value(3.0), Value(5.0)
    function = lambda x: w * v + x.relu() * abs(x) + x.relu()
    program = compile(function, batch="none", reorder=reorder)
    assert program.value([1.0, 2.0, 4.0]) == [17.0, 21.0, 35.0]
    assert program.value([4.0, -1.0]) == [35.0, 15.0]


def test_reorder_may_group_anew(Value):
    function = lambda a, b, c: a + (b + c)
    assert compile(function).value(1.0, 1e16, -1e16) == 1.0
    program = compile(function, reorder=True)
    assert program.value(1.0, 1e16, -1e16) == 0.0
    assert len(program.tapes()[0].instructions) == 1
    with pytest.raises(TypeError, match="reorder is True or False, got int 1"):
        compile(function, reorder=1)


def test_what_a_chain_of_additions_becomes(Value):
    """Long chains stay one instruction; the zero that a loop starts from is added last."""

    def names(function, count, **options):
        program = compile(function, **options)
        program.value([1.0 + i for i in range(count)])
        return [instruction.op.name for instruction in program.tapes()[0].instructions]

    assert names(lambda xs: xs[0] + xs[1] + xs[2] + xs[3], 4) == ["sum"]
    assert names(sum, 5) == ["sum"]
    assert names(lambda xs: xs[0] + xs[1] * xs[2] + xs[3] * xs[4], 5) == ["dot"]
    assert names(lambda xs: sum(x * x for x in xs), 5) == ["dot", "add"]
    assert names(lambda xs: xs[0] + ag.dot(xs[1:3], xs[3:]), 5) == ["dot"]
    assert names(lambda xs: xs[0] * xs[1] + xs[2] * xs[3] + xs[4].exp(), 5) == ["dot", "exp", "add"]
    assert names(lambda xs: xs[0] + (xs[1] + (xs[2] + xs[3])), 4) == ["sum"]
    assert names(lambda xs: (xs[0] + xs[1]) + (xs[2] + xs[3]), 4) == ["add", "sum"]
    assert names(lambda xs: (xs[0] + xs[1]) + (xs[2] + xs[3]), 4, reorder=True) == ["sum"]
