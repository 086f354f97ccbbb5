"""Products of matrices and vectors, whose nodes share their operands in the native engine."""

import gc
import math
import random
import struct
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import gradients, matvec, topological_order

Native, Python = ag.NativeValue, ag.PythonValue
native_only = pytest.mark.skipif(Native is None, reason="the native engine is not built")

SIZE = 3
entries = st.sampled_from([0.0, -0.0, 1.0, -1.5, 0.1, 1e200, math.inf, math.nan])
multiply = st.tuples(
    st.just("multiply"), st.integers(0, 1), st.integers(-4, -1), st.booleans(),
    st.sampled_from([list, tuple]),
)  # fmt: skip
actions = st.lists(
    st.one_of(
        multiply, multiply, multiply,
        st.tuples(st.just("mix"), st.integers(-4, -1), st.integers(-4, -1)),
        st.tuples(st.just("write"), st.integers(0, 40), entries),
        st.tuples(st.just("replace"), st.integers(0, 1), st.integers(0, 2), st.integers(0, 40)),
        st.tuples(st.just("number"), st.integers(0, 1), st.integers(0, 2), entries),
        st.tuples(st.just("bias"), st.integers(0, 1), st.integers(0, 2), st.integers(0, 40)),
        st.tuples(st.just("backward"), st.integers(-4, -1)),
        st.tuples(st.just("forget")),
    ),
    min_size=1,
    max_size=14,
)  # fmt: skip


def bits(x):
    return b"nan" if x != x else struct.pack("d", x)


def outcome(Value, actions):
    """All numbers of the graphs that the actions make, bit for bit."""
    rng = random.Random(3)
    leaves = [Value(rng.uniform(-1, 1)) for _ in range(2 * SIZE * SIZE + 4 * SIZE)]
    fresh = iter(leaves)
    take = lambda n: [next(fresh) for _ in range(n)]
    matrices = [[take(SIZE) for _ in range(SIZE)] for _ in range(2)]
    biases = [take(SIZE) for _ in range(2)]
    vectors = [take(SIZE), take(SIZE), [0.5, -2.0, 0.0], [leaves[0], 1.0, leaves[0]]]
    seen = []
    for name, *details in actions:
        if name == "multiply":
            which, vector, bias, kind = details
            x = kind(vectors[vector])
            vectors.append(matvec(matrices[which], x, biases[which] if bias else None))
        elif name == "mix":  # one operand by several ways
            a, b = (vectors[i] for i in details)
            vectors.append([x * y for x, y in zip(a, b)])
        elif name == "write":
            place, number = details
            leaves[place % len(leaves)].data = number
        elif name == "replace":
            which, row, place = details
            matrices[which][row][place % SIZE] = leaves[place % len(leaves)]
        elif name == "number":
            which, row, number = details
            matrices[which][row][row] = number
        elif name == "bias":
            which, row, place = details
            biases[which][row] = leaves[place % len(leaves)]
        elif name == "backward":
            for y in vectors[details[0]]:
                if isinstance(y, Value):
                    y.backward()
        else:
            del vectors[4:]
        for y in [v for vector in vectors[-2:] for v in vector if isinstance(v, Value)]:
            nodes = topological_order(y)
            number = {id(node): i for i, node in enumerate(nodes)}
            seen += [(node.op and node.op.name, bits(node.data), bits(node.grad)) for node in nodes]
            seen += [tuple(number[id(p)] for p in node.parents) for node in nodes]
            seen += [tuple(map(bits, node.partials)) for node in nodes]
            seen += [[bits(getattr(x, "data", x)) for x in node.args] for node in nodes]
            seen += map(bits, gradients(y, leaves))
    return seen


@native_only
@given(actions)
def test_both_engines_agree_however_operands_are_shared_and_changed(actions):
    assert outcome(Python, actions) == outcome(Native, actions)


def test_a_row_that_was_changed_between_two_products_is_read_again(Value):
    a, b, x = Value(2.0), Value(3.0), [1.0, 10.0]
    row = [a, b]
    matrix = [row]
    before = matvec(matrix, x)[0]
    a.data = 5.0
    after = matvec(matrix, x)[0]
    row[1] = a
    replaced = matvec(matrix, x)[0]
    row[0] = 7.0
    number = matvec(matrix, x)[0]
    x[1] = -1.0
    other = matvec(matrix, x)[0]
    assert [y.data for y in (before, after, replaced, number, other)] == [32, 35, 55, 57, 2]
    assert [gradients(y, [a, b]) for y in (before, after, replaced, number, other)] == [
        [1.0, 10.0], [1.0, 10.0], [11.0, 0.0], [10.0, 0.0], [-1.0, 0.0],
    ]  # fmt: skip
    assert (before + after).args[0] is before
    assert before.parents == (a, b)


def test_an_optimiser_that_moves_the_weights_is_noticed(Value):
    import nn

    w = [[Value(1.0), Value(2.0)]]  # the same list each time
    kept = matvec(w, [1.0, 1.0])
    kept[0].backward()
    nn.SGD(w[0], lr=0.5).step()
    assert matvec(w, [1.0, 1.0])[0].data == 2.0
    assert kept[0].data == 3.0


def test_partials_stay_those_of_the_time_of_recording(Value):
    w, x = Value(2.0), Value(3.0)
    matrix, vector = [[w]], [x]
    y = matvec(matrix, vector)[0]
    w.data = x.data = 100.0
    assert gradients(y, [w, x]) == [3.0, 2.0]
    assert gradients(matvec(matrix, vector)[0], [w, x]) == [100.0, 100.0]
    kept = matvec(matrix, vector)[0]
    w.__init__(7.0)
    assert (kept.data, matvec(matrix, vector)[0].data) == (10000.0, 700.0)


def test_a_bias_that_was_changed_or_replaced(Value):
    w, x, b = [[Value(2.0)]], [3.0], [Value(1.0)]
    found = [matvec(w, x, b)[0]]
    b[0].data = 2.0
    found.append(matvec(w, x, b)[0])
    b[0] = Value(5.0)
    found.append(matvec(w, x, b)[0])
    b[0] = 9.0
    found.append(matvec(w, x, b)[0])
    assert [y.data for y in found] == [7.0, 8.0, 11.0, 15.0]


def test_the_sign_of_a_zero_is_a_change(Value):
    x, row, leaf = [Value(3.0)], [0.0], Value(0.0)
    matrix, other = [row], [[leaf]]
    found = [*matvec(matrix, x), *matvec(other, x)]
    row[0] = leaf.data = -0.0
    found += [*matvec(matrix, x), *matvec(other, x)]
    assert [math.copysign(1.0, y.partials[-1]) for y in found] == [1.0, 1.0, -1.0, -1.0]


@native_only
def test_an_operand_of_row_and_vector_adds_up_in_the_order_of_the_operands():
    for seed in range(50):
        outcomes = []
        for kind in (Python, Native):
            rng = random.Random(seed)
            a, b, c = (kind(rng.uniform(-1, 1)) for _ in range(3))
            y = matvec([[a, b, c]], [b, a, a])[0]
            outcomes.append(gradients(y, [a, b, c]))
        assert outcomes[0] == outcomes[1]


WAYS = {  # of an operand of a matrix to be reached by more than its row
    "none": lambda rows, bias, h: [],
    "a penalty": lambda rows, bias, h: [w * w for row in rows for w in row],
    "another row": lambda rows, bias, h: matvec([list(row) for row in rows], h[:3]),
    "twice in a row": lambda rows, bias, h: matvec([[*row, row[0]] for row in rows], h),
    "without a bias": lambda rows, bias, h: matvec(rows, h[:3]),
    "itself": lambda rows, bias, h: matvec(rows, rows[0], bias),
    "a dot product": lambda rows, bias, h: [ag.dot(rows[1], h[:3])],
}


@native_only
@pytest.mark.parametrize("way", WAYS)
def test_gradients_of_shared_operands_add_up_in_the_order_of_the_nodes(way):
    for seed in range(20):
        outcomes = []
        for kind in (Python, Native):
            rng = random.Random(seed)
            draw = lambda n, rng=rng, kind=kind: [kind(rng.uniform(-1, 1)) for _ in range(n)]
            rows, bias, top = [draw(3) for _ in range(4)], draw(4), [draw(4)]
            ys, places = [], rng.choices(range(6), k=3)
            for i in range(6):
                h = matvec(rows, draw(3) if i % 2 else [0.5, rng.random(), 1], bias)
                more = WAYS[way](rows, bias, h) if i in places else []
                ys += [*matvec(top, ag.tanh.each(h)), *more]
            leaves = [x for row in (*rows, bias, *top) for x in row]
            loss = ag.sum(y * y for y in ys)
            found = gradients(loss, [*leaves, *h])
            loss.backward()
            assert found == [x.grad for x in (*leaves, *h)]
            outcomes.append([*found, *(node.grad for node in topological_order(loss))])
        assert outcomes[0] == outcomes[1]


def test_with_and_without_a_bias_in_turn(Value):
    w, b, x = [[Value(2.0)], [Value(3.0)]], [Value(1.0), 0.5], [Value(10.0)]
    found = [matvec(w, x, bias) for bias in (b, None, b, None)]
    assert [[y.data for y in ys] for ys in found] == [[21, 30.5], [20, 30]] * 2
    assert [len(ys[0].args) for ys in found] == [4, 2, 4, 2]
    assert found[0][1].args == (w[1][0], 0.5, x[0], 1.0)
    assert found[0][1].parents == (w[1][0], x[0])
    assert found[0][1].partials == (10.0, 3.0)


def test_rows_and_vectors_of_nothing_but_numbers(Value):
    x = Value(4.0)
    found = matvec([[1.0, x], [2.0, 3.0]], [5.0, 6.0])
    assert [getattr(y, "data", y) for y in found] == [29.0, 28.0]
    assert isinstance(found[0], Value)
    assert isinstance(found[1], float)


def test_operands_live_as_long_as_the_nodes_and_no_longer(Value):
    class Label(str):
        pass

    alive = []

    def leaf():
        label = Label("w")
        alive.append(weakref.ref(label))
        return Value(1.0, label)

    rows, x = [[leaf(), leaf()], [leaf(), leaf()]], [leaf(), leaf()]
    ys = matvec(rows, x) + matvec(rows, x)
    del rows, x
    assert all(ref() for ref in alive)
    del ys[1:]
    ys[0].backward()
    assert [p.grad for p in ys[0].parents] == [1.0] * 4
    del ys
    gc.collect()
    assert not any(ref() for ref in alive)


def test_a_product_made_while_the_operands_of_another_die(Value):
    rows, x = [[None]], [2.0]
    found = []

    class Label(str):
        def __del__(self):
            found.append(matvec(rows, x)[0])

    rows[0][0] = Value(3.0, Label("w"))
    y = matvec(rows, x)
    rows[0][0] = Value(5.0)
    del y
    gc.collect()
    assert [z.data for z in found] == [10.0]
    found[0].backward()
    assert rows[0][0].grad == 2.0


def test_a_product_made_while_another_dies(Value):
    rows, x = [[Value(3.0)]], [Value(2.0)]
    found = []

    class Label(str):
        def __del__(self):
            found.append(matvec(rows, x)[0])

    y = matvec(rows, x)
    y[0].label = Label("y")
    del y
    gc.collect()
    others = [matvec([[Value(0.0)]], [Value(0.0)]) for _ in range(10)]  # in what memory is free
    found[0].backward()
    assert len(others) == 10
    assert (found[0].data, rows[0][0].grad, x[0].grad) == (6.0, 2.0, 3.0)
    assert found[0].parents == (rows[0][0], x[0])


def test_many_products_one_after_another(Value):
    n = 200_000 if Value is Native else 5_000
    x = h = [Value(1.0)]
    for _ in range(n):
        h = matvec([[1.0]], h, [0.0])
    h[0].backward()
    assert x[0].grad == 1.0
    assert len(topological_order(h[0])) == n + 1
    del h


@native_only
def test_memory_of_products_is_given_back():
    from autograd_lite.native import engine

    rows = [[Native(0.5) for _ in range(20)] for _ in range(20)]

    def work():
        for _ in range(300):
            ys = matvec(rows, matvec(rows, [1.0] * 20))
            ag.sum(ys).backward()

    work()
    before = engine.memory()
    work()
    after = engine.memory()
    assert before["blocks"] - before["empty"] == after["blocks"] - after["empty"]


@native_only
def test_every_allocation_of_a_product_may_fail():
    from autograd_lite.native import engine

    rows, bias = [[Native(0.5) for _ in range(70)] for _ in range(3)], [Native(1.0)] * 3
    hold = [Native(0.0) for _ in range(200_000)]  # use up the blocks that are kept empty
    failures = []
    for nth in range(1, 20):
        before = [b.grad for b in bias]
        engine.fail_allocation(nth)
        try:
            ag.sum(matvec(rows, [Native(1.0) for _ in range(70)], bias)).backward()
        except MemoryError:
            failures.append(nth)
        finally:
            engine.fail_allocation(0)
        assert [b.grad - x for b, x in zip(bias, before)] == [3.0 * (nth not in failures)] * 3
    assert len(failures) >= 8
    del hold
    assert [y.data for y in matvec(rows, [1.0] * 70, bias)] == [36.0] * 3


def made(Value, work):
    """What the ways of making many nodes at once make."""
    w, x = [[Value(2.0), Value(0.5)]] * 2, [Value(3.0), 1.0]
    return [*matvec(w, x), *matvec(w, x, [Value(1.0)] * 2), *ag.relu.each(x[:1]), ag.dot(w[0], x),
            *ag.mul.each(x, w[0]), ag.sum(w[0]), ag.max(w[0]), work(w[0][0])]  # fmt: skip


def custom(x):
    return ag.Primitive("twice", lambda x: 2.0 * x, lambda out, x: (2.0,))(x)


@pytest.mark.parametrize("work", [custom, lambda x: -x, lambda x: x * 2, lambda x: x**2.0])
def test_without_recording_the_same_numbers_are_leaves(Value, work):
    recorded = made(Value, work)
    with ag.no_grad():
        leaves = made(Value, work)
    assert [v.data for v in leaves] == [v.data for v in recorded]
    assert all(v.op is None and v.parents == () for v in leaves)
    assert all(v.op is not None and v.parents for v in recorded)
    assert all(v.op is not None for v in made(Value, work))


def test_a_watch_sees_each_node(Value):
    seen = []

    class Watch(ag.detect_anomaly):
        def recorded(self, node):
            seen.append(node)
            return super().recorded(node)

    with Watch():
        nodes = made(Value, custom)
        nodes[0].backward()
    assert [id(node) for node in seen] == [id(node) for node in nodes]
    with Watch(), pytest.raises(ag.AnomalyError):
        matvec([[Value(1e200)]], [1e200])


def test_modes_of_one_thread_are_not_those_of_another(Value):
    x, started, done = Value(2.0), threading.Event(), threading.Event()
    found = []

    def other():
        started.wait(10)
        found.extend([x * x, *matvec([[x]], [x])])
        with ag.no_grad():
            found.append(x * x)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with ag.no_grad():
        started.set()
        assert done.wait(10)
        here = x * x
    thread.join()
    assert [v.op is None for v in (*found, here)] == [False, False, True, True]
    assert (x * x).op is not None


def test_a_number_that_runs_code_while_it_is_assigned_leaves_no_old_column():
    w, x = ag.Value(1.0), [ag.Value(1.0), ag.Value(10.0)]

    class Lazy:
        def __float__(self):
            ag.matvec([[w, ag.Value(1.0)]], x)
            return 28.0

    ag.matvec([[w, ag.Value(1.0)]], x)
    row = [w, ag.Value(1.0)]
    ag.matvec([row], x)
    w.data = Lazy()
    [product] = ag.matvec([row], x)
    assert product.data == 38.0
