"""Batches whose samples take different branches, against the function sample by sample."""

import gc
import random
import sys

import pytest
from test_compile import replayer  # noqa: F401 (a fixture: each interpreter of tapes in turn)

import autograd_lite as ag
from autograd_lite import BranchError, compile
from autograd_lite.compiler.branches import choice
from autograd_lite.compiler.interpreter import broken_guard, forward

pytestmark = pytest.mark.usefixtures("Value", "replayer")


def by_branch(x, y, k):
    if x > 0.0:
        z = x * y * k
        return [z.sin() if y > 0.5 else z, x]
    return [(x - y * k) ** 2, x * 3.0]


def test_samples_of_a_batch_take_their_own_branches(Value):
    """Values and derivatives are those of the function, sample by sample."""
    k, rng = Value(1.25), random.Random(3)
    xs, ys = [rng.uniform(-1.0, 1.0) for _ in range(40)], [rng.random() for _ in range(40)]
    loss = lambda x, y, k: by_branch(x, y, k)[0]
    program = compile(loss, batch="mean")
    inputs = [Value(x) for x in xs]
    wanted = sum(loss(x, y, k) for x, y in zip(inputs, ys)) / 40.0
    wanted.backward()
    slopes, k.grad = [[x.grad for x in inputs], k.grad], 0.0
    for _ in range(2):
        value, (dx, _, dk) = program.value_and_grad(xs, ys, k)
        assert value == pytest.approx(wanted.data, rel=1e-13)
        assert [dx, dk] == [pytest.approx(slope, rel=1e-13) for slope in slopes]
        assert program(xs, ys, k).data == pytest.approx(wanted.data, rel=1e-13)
    assert program.traces == 3
    program.backward(xs, ys, k)
    assert k.grad == pytest.approx(slopes[1], rel=1e-13)
    assert program.value([0.5, 0.25], [0.1, 0.2], 1.0) == pytest.approx(0.05)
    assert program.traces == 3

    apart = compile(by_branch, batch="none")
    assert apart.value(xs, ys, 1.25) == [
        pytest.approx([by_branch(x, y, k)[i].data for x, y in zip(inputs, ys)], rel=1e-13)
        for i in range(2)
    ]
    alone = compile(by_branch)
    rates = [alone.jvp((x, y, 1.25), (1.0, 2.0, 3.0)) for x, y in zip(xs, ys)]
    found = apart.jvp((xs, ys, 1.25), ([1.0] * 40, [2.0] * 40, 3.0))
    assert found == [pytest.approx(list(column), rel=1e-12) for column in zip(*rates)]
    rows = [alone.jacobian(x, y, 1.25) for x, y in zip(xs, ys)]
    for i in range(2):
        for j in range(3):
            column = [row[i][j] for row in rows]
            assert apart.jacobian(xs, ys, 1.25)[i][j] == pytest.approx(column, rel=1e-12)
    second = compile(loss, batch="none").hvp((xs, ys, 1.25), ([1.0] * 40, [0.0] * 40, 1.0))
    each = [compile(loss).hvp((x, y, 1.25), (1.0, 0.0, 1.0)) for x, y in zip(xs[:5], ys)]
    assert second[0][:5] == pytest.approx([one[0] for one in each], rel=1e-12)


def test_branches_read_their_own_leaves(Value):
    a, b, c = Value(2.0), Value(3.0), Value(5.0)
    program = compile(lambda x: a * x * c if x < 1.0 else b * x, batch="sum")
    assert program.backward([0.5, 2.0, 0.25, 4.0]) == 7.5 + 18.0
    assert (a.grad, b.grad, c.grad) == (3.75, 6.0, 1.5)
    assert program.leaves([0.5, 2.0]) in ([a, c, b], [b, a, c])
    b.data = 1.0
    assert program.value([0.5, 2.0]) == 7.0
    by_sample = program.leaf_gradients_by_sample([0.5, 2.0])
    places = [program.leaves([0.5, 2.0]).index(leaf) for leaf in (a, b, c)]
    assert [[row[i] for i in places] for row in by_sample] == [[2.5, 0.0, 1.0], [0.0, 2.0, 0.0]]
    b = Value(10.0)  # the old one is lost
    assert program.value([0.5, 2.0]) == 25.0


def test_nan_takes_its_own_branch(Value):
    nan = float("nan")
    program = compile(
        lambda x: 2.0 * x if x < 1.0 else 5.0 if x.data != x.data else -x, batch="none"
    )
    assert program.value([0.5, nan, 3.0, 0.25, nan]) == [1.0, 5.0, -3.0, 0.5, 5.0]


def test_where_branches_of_samples_end(Value, monkeypatch):
    def steps(x):
        n = 0.0
        while n < x:
            n += 1.0
        return x * n

    monkeypatch.setattr("autograd_lite.compiler.program.BRANCHES", 9)
    program = compile(steps, batch="none")
    found = program.value([i % 6 + 0.5 for i in range(20)])
    assert found == [(i % 6 + 0.5) * (i % 6 + 1.0) for i in range(20)]
    message = (
        r"more than 9 different branches: sample 3 takes none .* line \d+ of .*where\(condition"
    )
    with pytest.raises(BranchError, match=message):
        program.value([6.5 + i for i in range(5)])
    traces = program.traces
    assert traces == 9
    with pytest.raises(BranchError, match="sample 3 takes none"):
        program.value([6.5 + i for i in range(5)])
    assert program.value([0.5, 8.5]) == [0.5, 8.5 * 9.0]
    assert program.traces == traces
    shapes = compile(lambda x: [x] if x > 0.0 else [x, x], batch="none")
    with pytest.raises(BranchError, match=r"results of one structure; they differ after line"):
        shapes.value([1.0, -1.0])
    with pytest.raises(ValueError, match=r"these samples take several branches .* one sample"):
        program.to_python([0.5, 1.5])
    assert "def steps" in program.to_python([0.5])


def test_batches_of_one_branch_are_quick_again(Value):
    program = compile(lambda x: x * 2.0 if x > 0.0 else x * 3.0, batch="sum")
    assert program.value([1.0, -1.0]) == -1.0
    [kept] = program._kept.values()
    branches = kept.branches
    assert kept.mixed
    assert program.value([1.0, 2.0]) == 6.0
    assert not kept.mixed
    for _ in range(3):
        assert program.value([1.0, 2.0]) == 6.0
    quick = program._quick
    assert program.value([1.0, -1.0]) == -1.0
    assert kept.branches is branches, "they are kept"
    assert program.value([-1.0, -2.0]) == -9.0
    assert (type(quick).__name__, program.traces) in {("Call", 2), ("NoneType", 2)}


@pytest.mark.slow
def test_memory_is_flat_without_the_collector(Value):
    program = compile(lambda x: x * x.exp() if x > 0.0 else -x, batch="sum")
    xs = [1.0, -1.0, 2.0, -3.0]
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            program.value_and_grad(xs)
        before = sys.getallocatedblocks()
        for _ in range(300):
            program.value_and_grad(xs)
        assert sys.getallocatedblocks() - before < 100
    finally:
        gc.enable()


def test_which_guards_hold(Value):
    def f(x, y):
        if x < y and not x * y >= 1.0:
            return x
        return y if (x - y).data != 0.0 else x * y

    program, nan = compile(f), float("nan")
    points = [(0.5, 1.0), (2.0, 3.0), (3.0, 2.0), (1.0, 1.0), (nan, 1.0), (-0.0, 0.0)]
    for x, y in points[:-2]:
        program.value(x, y)
    tapes = program.tapes()
    assert len(tapes) == 4
    chooses = choice(tapes, [[]] * 4, 0)
    multiplied = [i.rows for i in chooses.instructions if i.op.name == "mul"]
    assert multiplied == [1], "what the branches have in common is computed once"
    for point in points:
        held = [
            broken_guard(tape, forward(tape, dict(zip(tape.inputs, point)))) < 0 for tape in tapes
        ]
        values = forward(chooses, dict(zip(chooses.inputs, point)))
        assert values[chooses.outputs[0]] == (held.index(True) + 1 if any(held) else 0)


def test_loops_in_branches(Value):
    def f(x, n):
        end = lambda x: ag.scan(lambda s, _: (s * 0.5 + x, None), x, length=300)[0]
        return end(x) if x > n else x * x

    program = compile(f, batch="sum")
    wanted = [f(x, 0.0) if x < 0.0 else f(Value(x), 0.0).data for x in (1.0, -2.0, 3.0)]
    assert program.value([1.0, -2.0, 3.0], 0.0) == pytest.approx(sum(wanted), rel=1e-13)
    assert program.grad([1.0, -2.0, 3.0], 0.0)[0] == pytest.approx([2.0, -4.0, 2.0])


def barrier(spot, level, normals):
    """A call that is worth nothing once the share has been at the barrier."""
    for z in normals:
        spot = spot * ag.exp(0.2 * z - 0.02)
        if spot < level:
            return 0.0
    return ag.relu(spot - 95.0)


def test_a_barrier_option_by_if(Value, full_or_quick):
    """Its price and slope are those of `where`, in some dozens of branches."""
    rng = random.Random(1)
    steps, count = full_or_quick(20, 6), full_or_quick(1000, 60)
    paths = [[rng.gauss(0.0, 1.0) for _ in range(steps)] for _ in range(count)]

    def by_where(spot, level, normals):
        alive = 1.0
        for z in normals:
            spot = spot * ag.exp(0.2 * z - 0.02)
            alive = ag.where(spot < level, 0.0, alive)
        return alive * ag.relu(spot - 95.0)

    options = {"batch": "mean", "threads": 2, "argnums": (0, 1)}
    program, other = compile(barrier, **options), compile(by_where, **options)
    value, slopes = program.value_and_grad(100.0, 70.0, paths)
    wanted, wanted_slopes = other.value_and_grad(100.0, 70.0, paths)
    assert value == pytest.approx(wanted, rel=1e-12)
    assert slopes == pytest.approx(wanted_slopes, rel=1e-12)
    assert steps / 2 < program.traces <= steps + 1
