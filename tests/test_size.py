"""Graphs of any size and depth: no recursion, no blow-up, also on a small stack."""

import threading

import pytest

import autograd_lite as ag
from autograd_lite import draw_dot, gradients, jvp, topological_order


@pytest.fixture(scope="module")
def many(full_or_quick):
    return full_or_quick(1_000_000, 100_000)


def on_a_small_stack(function):
    """Run on a thread with a 256 KiB stack; raises what the function raised."""
    outcome = []

    def target():
        try:
            outcome.append(function())
        except BaseException as error:
            outcome.append(error)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def chain(Value, n):
    x = Value(1.0)
    y = x
    for _ in range(n):
        y = y + 1.0
    return x, y


@pytest.mark.parametrize("where", [lambda f: f(), on_a_small_stack], ids=["main", "small stack"])
def test_a_very_long_chain_of_additions(Value, many, where):
    def run():
        x, y = chain(Value, many)
        assert y.data == many + 1.0
        y.backward()
        assert x.grad == 1.0
        assert len(repr(y)) < 100
        assert len(topological_order(y)) == many + 1
        assert jvp(y, [x], [2.0]) == 2.0
        del y
        return x.grad

    assert where(run) == 1.0


def test_a_graph_of_higher_order_over_a_deep_chain(Value):
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y * 1.0001

    def run():
        slope = gradients(y, x, create_graph=True)
        return slope.data

    assert on_a_small_stack(run) == pytest.approx(1.0001**20_000)


def test_a_sum_of_very_many_operands(Value, many):
    xs = [Value(1.0) for _ in range(many)]
    y = ag.sum(xs)
    assert y.data == many
    y.backward()
    assert all(x.grad == 1.0 for x in xs)
    assert len(y.parents) == many
    x = Value(2.0)
    y = ag.dot([x] * many, [0.5] * many)
    assert y.data == many
    assert gradients(y, x) == many / 2


def test_two_hundred_doublings_cost_their_edges_and_not_their_paths(Value):
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = y + y
    y.backward()
    assert x.grad == 2.0**200
    assert y.data == 2.0**200


def test_a_deep_graph_is_drawn(Value):
    _, y = chain(Value, 5000)
    source = draw_dot(y).source
    assert source.count("->") == 10_000


def test_deleting_from_the_root_down_on_a_small_stack(Value, many):
    def run():
        _, y = chain(Value, many)
        keep = y.parents[0].parents[0]
        del y
        return keep.data

    assert on_a_small_stack(run) == many - 1.0
