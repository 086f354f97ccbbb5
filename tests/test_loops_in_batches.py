"""Loops of the samples of a batch, side by side, of any length; against eager code, one by one."""

import functools
import math
import random
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_compile import reference, replayer  # noqa: F401 (a fixture: each interpreter of tapes in turn)

import autograd_lite as ag
import nn
from autograd_lite import compile, exp, scan, sin, sqrt, tanh, where, while_loop
from autograd_lite.compiler import lane_steps, loops

pytestmark = pytest.mark.usefixtures("Value", "replayer")
LENGTHS = (3, 1, 7, 7, 2, 5)
RNG = random.Random(5)
XS = [[[RNG.gauss(0, 1) for _ in range(2)] for _ in range(n)] for n in LENGTHS]
US = [[RNG.gauss(0, 1) for _ in range(n)] for n in LENGTHS]
BY_SAMPLE = [RNG.gauss(0, 1) for _ in LENGTHS]


def last(w, xs, us, b):
    return scan(lambda s, x: (tanh(w * s + x[0] * b - x[1]), None), b, xs)[0]


def two_layers(w, xs, us, b):
    """Each reads what the one before gives, and what that has read, too."""
    _, ys = scan(lambda s, x: (tanh(w * s + x[0]), (s, s * x[1])), 0.0, xs)
    end, zs = scan(lambda s, x: (s * 0.9 + x[0][0] * x[1] + x[0][1], s), 1.0, (ys, us))
    return end + scan(lambda s, x: (s + sin(x[0]) * x[1][0], None), b, (zs, xs))[0]


def both_ways(w, xs, us, b):
    """One layer backwards, and one forwards that reads what it gives."""
    end, ys = scan(lambda s, x: (tanh(w * s + x[0]), s * w), b, xs, reverse=True)
    return scan(lambda s, x: (s * 0.5 + x[0] * x[1], None), end, (ys, us))[0]


def with_branches(w, xs, us, b):
    def step(s, u):
        if u > 0.0:
            s = s * w
        return s + where(s > 0.3, sqrt(abs(s)), u), None

    return scan(step, b, us)[0]


def by_number(w, xs, us, b):
    """As many steps as a number of the sample says."""
    return scan(lambda s, _: (s * w + b, None), 1.0, length=4 + where(b > 0.0, 1.0, 0.0))[0]


def shared(w, xs, us, b):
    """Sequences that all samples share, one of them of Values; and a loop that all share."""
    table = [w * k for k in range(9)]
    end, _ = scan(lambda s, x: (0.9 * s + x[0] * b - x[1], None), b, (table, [0.25] * 9))
    common, _ = scan(lambda s, _: (0.99 * s + w, None), 0.0, length=9)
    return end * common


def of_numbers(w, xs, us, b):
    """A long sequence of numbers of the sample, and entries of what comes out."""
    xs = [b * 0.01 * k + w for k in range(9)]
    end, ys = scan(lambda s, x: (0.9 * s + x, s), 0.0, xs, reverse=True)
    return end + ys[3] * ys[-1]


FUNCTIONS = [last, two_layers, both_ways, with_branches, by_number, shared, of_numbers]


def eagerly(f, w, reduced=True):
    """The mean and its gradients, with respect to w, xs, us and b; of each sample for itself."""
    w = ag.Value(w)
    xs = [[[ag.Value(x) for x in row] for row in rows] for rows in XS]
    us = [[ag.Value(u) for u in row] for row in US]
    bs = [ag.Value(b) for b in BY_SAMPLE]
    results = [f(w, *each) for each in zip(xs, us, bs)]
    mean = sum(results) / len(results)
    mean.backward()
    slopes = w.grad, *([leaf.grad for leaf in flat(x)] for x in (xs, us, bs))
    return [y.data for y in results], mean.data, slopes


def lanes_of(program):
    [one] = program._all()
    return one.replay.__self__


def flat(x):
    return [y for entry in x for y in flat(entry)] if isinstance(x, (list, tuple)) else [x]


@pytest.fixture(autouse=True)
def loops_of_any_length(monkeypatch):
    """None is unrolled, and none too short or too small to go side by side."""
    monkeypatch.setattr(loops, "UNROLLED", 1)
    monkeypatch.setattr(lane_steps, "STEP", 0.0)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_batch_of_sequences_gives_the_numbers_of_eager_code(f):
    results, mean, (w, *slopes) = eagerly(f, 0.6)
    program = compile(f, batch="mean", sequences=("xs", "us"))
    value, found = program.value_and_grad(0.6, XS, US, BY_SAMPLE)
    assert value == pytest.approx(mean, rel=1e-13, abs=1e-14)
    assert found[0] == pytest.approx(w, rel=1e-12, abs=1e-14)
    for some, wanted in zip(found[1:], slopes):
        assert flat(some) == pytest.approx(wanted, rel=1e-12, abs=1e-14)
    assert [len(rows) for rows in found[1]] == list(LENGTHS)
    assert lanes_of(program).possible
    several = compile(f, batch="none", sequences=("xs", "us")).value(0.6, XS, US, BY_SAMPLE)
    assert several == pytest.approx(results, rel=1e-13, abs=1e-14)
    leaf = ag.Value(0.6)
    program = compile(functools.partial(f, leaf), batch="sum", sequences=(0, 1))
    assert program.backward(XS, US, BY_SAMPLE) == pytest.approx(6 * mean, rel=1e-13, abs=1e-13)
    assert leaf.grad == pytest.approx(6 * w, rel=1e-12, abs=1e-13)
    assert program(XS, US, BY_SAMPLE).data == pytest.approx(6 * mean, rel=1e-13, abs=1e-13)
    by_sample = program.leaf_gradients_by_sample(XS, US, BY_SAMPLE)
    assert math.fsum(g for (g,) in by_sample) == pytest.approx(6 * w, rel=1e-12, abs=1e-13)
    assert program.traces == 1


def test_in_parts_and_one_by_one_the_numbers_are_the_same(monkeypatch):
    """As many samples side by side as fit; and where they cannot, one after another."""
    made = lambda: compile(two_layers, batch="mean", sequences=("xs", "us"))
    xs, us, bs = 3 * XS, 3 * US, 3 * BY_SAMPLE
    program = made()
    value, slopes = program.value_and_grad(0.6, xs, us, bs)
    monkeypatch.setattr(lane_steps, "NUMBERS", 7 * 3 * 4)  # so that 4 go side by side
    parts = program.value_and_grad(0.6, xs, us, bs)
    assert flat(parts[1]) == pytest.approx(flat(slopes), rel=1e-13, abs=1e-15)
    program = made()
    monkeypatch.setattr(lane_steps, "NUMBERS", 1)
    alone = program.value_and_grad(0.6, xs, us, bs)
    assert [alone[0], parts[0]] == pytest.approx([value, value], rel=1e-13)
    assert flat(alone[1]) == pytest.approx(flat(slopes), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("lanes", [True, False])
def test_what_cannot_go_side_by_side_goes_one_by_one(lanes):
    """Two sequences whose lengths differ, each in its own way; a `while_loop`; checkpoints."""
    count = lambda b: while_loop(lambda s: s < 5.0, lambda s: s * 1.5 + abs(b), 1.0)
    kept = lambda b, xs: scan(lambda s, x: (s * x, None), b, xs, checkpoint=2)[0]
    f = lambda xs, us, b: count(b) if lanes else kept(b, xs) + scan(
        lambda s, u: (s + u, None), b, us
    )[0]  # fmt: skip
    us = [u[:1] if len(u) == 7 else [*u, 1.0] for u in US]
    found = compile(f, batch="none", sequences=(0, 1)).value(US, us, BY_SAMPLE)
    assert found == pytest.approx([f(*each) for each in zip(US, us, BY_SAMPLE)], rel=1e-13)
    sums = lambda xs, us: scan(lambda s, u: (s + u, None), scan(
        lambda s, u: (s * 0.5 + u, None), 0.0, xs)[0], us)[0]  # fmt: skip
    program = compile(sums, batch="none", sequences=(0, 1))
    wanted = [sums(*each) for each in zip(US, us)]
    assert program.value(US, us) == pytest.approx(wanted, rel=1e-13)
    assert lanes_of(program).possible


def test_few_samples_of_a_long_loop_go_one_by_one(monkeypatch):
    """C is faster at many cheap steps of a few samples; the numbers are the same to rounding."""
    f = lambda x, w: scan(lambda s, _: (s * 0.9 + x * w, None), x, length=50)[0]
    program = compile(f, batch="mean")
    together = program.value_and_grad(BY_SAMPLE, 0.6)
    monkeypatch.setattr(lane_steps, "STEP", 1000.0)
    assert flat(program.value_and_grad(BY_SAMPLE, 0.6)) == pytest.approx(flat(together), rel=1e-12)


def test_sequences_that_come_out_belong_to_the_samples():
    f = lambda us, b: {"ys": scan(lambda s, u: (s + u, (s, s * u)), b, us)[1], "b": b}
    found = compile(f, batch="none", sequences="us").value(US, BY_SAMPLE)
    for s, (us, b) in enumerate(zip(US, BY_SAMPLE)):
        first, second = f(us, b)["ys"]
        assert found["ys"][0][s] == pytest.approx(first, rel=1e-13)
        assert found["ys"][1][s] == pytest.approx(second, rel=1e-13)
    assert found["b"] == BY_SAMPLE
    with pytest.raises(TypeError, match='there is no mean: batch="none" gives that of each'):
        compile(f, batch="mean", sequences="us").value(US, BY_SAMPLE)


def test_samples_that_take_different_branches():
    def f(us, b, w):
        if b > 0.0:
            return scan(lambda s, u: (s * w + u, None), b, us)[0]
        return w * b * b

    program = compile(f, batch="sum", sequences=0)
    value, (us, _, w) = program.value_and_grad(US, BY_SAMPLE, 0.6)
    leaf, leaves = ag.Value(0.6), [[ag.Value(u) for u in row] for row in US]
    eager = sum(f(row, b, leaf) for row, b in zip(leaves, BY_SAMPLE))
    eager.backward()
    assert value == pytest.approx(eager.data, rel=1e-13)
    assert w == pytest.approx(leaf.grad, rel=1e-12)
    assert flat(us) == pytest.approx([u.grad for row in leaves for u in row], rel=1e-12)
    assert program.traces == 2


def test_a_gradient_of_0_meets_an_infinite_slope():
    """Of the last state only the first number counts; the slope of the second one is infinite."""
    step = lambda s, x: ((s[0] * x, sqrt(s[1] * 0.0)), None)
    f = lambda xs, b: scan(step, (b, b), xs)[0][0]
    program = compile(f, batch="sum", sequences=0)
    value, (xs, bs) = program.value_and_grad([[2.0], [3.0, 2.0]], [1.0, 1.0])
    assert (value, xs, bs) == (8.0, [[1.0], [2.0, 3.0]], [2.0, 6.0])


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM], ids=lambda kind: kind.__name__)
def test_nets_along_sequences_of_any_length(kind):
    net, head = kind(2, 3, num_layers=2, seed=1), nn.Linear(3, 2, seed=2)

    def f(xs, y):
        hidden = net(xs)[1][-1]
        return nn.cross_entropy(head(hidden[0] if kind is nn.LSTM else hidden), y)

    weights = [*net.parameters(), *head.parameters()]
    labels = [[float(n > 3), float(n <= 3)] for n in LENGTHS]
    program = compile(f, batch="mean", sequences=0)
    value = program.backward(XS, labels)
    found = [p.grad for p in weights]
    for p in weights:
        p.grad = 0.0
    eager = sum(f(xs, y) for xs, y in zip(XS, labels)) / len(XS)
    eager.backward()
    assert value == pytest.approx(eager.data, rel=1e-13)
    assert found == pytest.approx([p.grad for p in weights], rel=1e-11, abs=1e-15)
    alone = f(XS[0], labels[0]).data
    assert program.value(XS[:1], labels[:1]) == pytest.approx(alone, rel=1e-13)
    assert program.traces == 1


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda f: f.value([[1.0], []], [1.0, 2.0]), ValueError, r"got list .*for sample 1"),
        (lambda f: f.value([[1.0], 2.0], [1.0, 2.0]), ValueError, "got float .*for sample 1"),
        (lambda f: f.value([[1.0]], [1.0, 2.0]), ValueError, "holds 1 samples, another 2"),
        (lambda f: f.value([[1.0], [[1.0]]], [1.0, 2.0]), ValueError, "those of sample 1 have"),
        (lambda f: f.value([], [1.0, 2.0]), ValueError, "; got list of length 0"),
        (
            lambda f: f.value(array("d", [1.0, 2.0]), [1.0, 2.0]),
            ValueError,
            r"it is list\(x\)\); got array",
        ),
        (lambda f: f.value([[1.0], [[1.0], []]], [1.0, 2.0]), ValueError, "rows of one shape"),
        (lambda f: f.value(1.0, 2.0), ValueError, "at least one list or array of samples"),
        (lambda f: f.jvp(([[1.0]], [1.0]), ([[1.0]], [1.0])), TypeError, "has no jvp and hvp"),
        (lambda f: f.hvp(([[1.0]], [1.0]), ([[1.0]], [1.0])), TypeError, "has no jvp and hvp"),
        (lambda f: f.jacobian([[1.0]], [1.0]), TypeError, "has no jacobian and hessian"),
        (lambda f: f.hessian([[1.0]], [1.0]), TypeError, "has no jacobian and hessian"),
    ],
)
def test_what_is_wrong_is_said(call, error, says):
    f = lambda us, b: scan(lambda s, u: (s + exp(u), None), b, us)[0]
    with pytest.raises(error, match=says):
        call(compile(f, batch="sum", sequences=0))


def test_each_sample_has_the_gradients_of_its_own_sequence():
    """Picked out of a batch in which the samples take two branches."""
    w = ag.Value(1.5)

    def f(xs):
        total, _ = scan(lambda s, x: (s * w + x, None), 0.0, xs)
        return total * total if total > 10.0 else total * w

    samples = [[1.0, 2.0], [10.0, 20.0], [3.0], [4.0, 5.0, 9.0]]
    wanted = []
    for xs in samples:
        w.grad = 0.0
        f(xs).backward()
        wanted.append(w.grad)
    w.grad = 0.0
    program = compile(f, batch="sum", sequences="xs")
    found = program.leaf_gradients_by_sample(samples)
    assert [next(iter(each)) if not isinstance(each, float) else each for each in found] == wanted


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_gradient_is_that_of_eager_code_for_any_number_of_samples(count):
    def f(a, xs):
        return scan(lambda s, x: (s * 0.9 + sqrt(x * x) * a, None), a, xs)[0]

    program = compile(f, batch="sum", sequences="xs")
    _, (_, slopes) = program.value_and_grad(1.0, [[0.0] + [0.5] * 99] * count)
    assert all(math.isnan(each[0]) and each[1] == pytest.approx(0.9**98) for each in slopes)


def test_a_guard_that_all_samples_share_is_no_matter_of_their_order():
    def f(k, xs):
        total, _ = scan(lambda s, x: (s * k + x, None), 0.0, xs)
        return [total, total * 2.0] if k > 0.0 else {"a": total}

    program, xs = compile(f, batch="none", sequences="xs"), [[1.0], [3.0, 1.0]]
    assert program.value(1.0, xs) == [[1.0, 4.0], [2.0, 8.0]]
    assert program.value(-1.0, xs) == {"a": [1.0, -2.0]}
    assert program.value(1.0, xs) == [[1.0, 4.0], [2.0, 8.0]]


@pytest.mark.slow
def test_threads_may_begin_with_one_program_at_once():
    def f(w, xs):
        _, ys = scan(lambda s, x: (sin(w * s + x), s), w, xs)
        return scan(lambda s, y: (s * 0.5 + y, None), 0.0, ys)[0]

    samples = [[0.1 * n] * n for n in (3, 5, 2, 4)]
    wanted = compile(f, batch="sum", sequences="xs").value_and_grad(0.5, samples)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(10):
                program = compile(f, batch="sum", sequences="xs")
                jobs = [pool.submit(program.value_and_grad, 0.5, samples) for _ in range(4)]
                assert all(job.result() == wanted for job in jobs)
    finally:
        sys.setswitchinterval(before)
