"""What only the native engine can get wrong: memory, reference counts, errors half-way, bits."""

import contextlib
import gc
import math
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_random_graphs import ROWS, programs
from test_table import NOT_LIBM

import autograd_lite as ag
from autograd_lite import gradients, topological_order

Native, Python = ag.NativeValue, ag.PythonValue
pytestmark = pytest.mark.skipif(Native is None, reason="the native engine is not built")
if Native is not None:
    from autograd_lite.native import engine, generate

EXACT = sorted(set(ROWS) - NOT_LIBM)


def bits(x):
    """The float as bytes; every nan alike."""
    return b"nan" if x != x else struct.pack("d", x)


@pytest.mark.slow
def test_the_generated_file_is_current():
    assert generate.is_current()


@given(programs(EXACT))
def test_both_engines_give_the_same_bits(program):
    outcomes = []
    for Value in (Python, Native):
        leaves = [Value(x) for x in program.leaves]
        y = program.run(leaves, Value._apply, float)
        y.backward()
        nodes = topological_order(y)
        outcomes.append(
            [(node.op and node.op.name, bits(node.data), bits(node.grad)) for node in nodes]
            + [tuple(map(bits, node.partials)) for node in nodes]
            + list(map(bits, gradients(y, leaves)))
        )
    assert outcomes[0] == outcomes[1]


@given(st.sampled_from(EXACT), st.lists(st.floats(), min_size=4, max_size=4))
def test_both_engines_give_the_same_bits_anywhere(name, xs):
    row = ag.primitives.TABLE[name]
    xs = xs if row.variadic else xs[: len(row.operands)]
    one, other = (Value._apply(row, tuple(map(Value, xs))) for Value in (Python, Native))
    assert bits(one.data) == bits(other.data)
    assert list(map(bits, one.partials)) == list(map(bits, other.partials))


def test_both_engines_have_the_same_attributes():
    ignored = {"__weakref__", "__slots__", "__module__", "_data", "_run_backward", "_gradients"}
    ignored |= {"_scope", "_topological_order", "_gradient_graph", "_rates", "__doc__", "__del__"}
    ignored |= {"__annotations__", "__annotations_cache__"}  # some versions show one or the other
    public = lambda kind: {n for n in dir(kind) if n not in ignored}
    assert public(Native) == public(Python)


def test_values_of_two_engines_do_not_mix():
    n, p = Native(1.0), Python(2.0)
    for do in (lambda: n + p, lambda: p + n, lambda: n < p, lambda: p < n, lambda: n**p,
               lambda: ag.dot([n], [p]), lambda: ag.dot([p], [n]), lambda: Native(p),
               lambda: setattr(n, "data", p), lambda: gradients(n, [p])):  # fmt: skip
        with pytest.raises(TypeError, match=r"two engines|y's engine"):
            do()
    with pytest.raises(TypeError, match=r"Value of the native engine and \S+Value of the Python"):
        n + p


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("backend", ["python", "native"])
def test_the_environment_chooses_the_engine(backend):
    code = (
        "import autograd_lite as ag; print(ag.backend, ag.Value is ag.PythonValue, "
        "ag.Value is ag.NativeValue, ag.Value(1) + 1)"
    )
    done = run(code, AUTOGRAD_LITE_BACKEND=backend)
    chosen = [str(backend == name) for name in ("python", "native")]
    assert done.stdout.split() == [backend, *chosen, "Value(2,", "op=add)"]


def test_a_choice_that_cannot_be_met_is_an_error():
    code = "import autograd_lite"
    assert "is python or native, got 'fast'" in run(code, AUTOGRAD_LITE_BACKEND="fast").stderr
    absent = "import sys; sys.modules['autograd_lite.native.engine'] = None; import autograd_lite"
    assert "not built here" in run(absent, AUTOGRAD_LITE_BACKEND="native").stderr
    done = run(absent + "; print(autograd_lite.backend, autograd_lite.NativeValue)")
    assert done.stdout.split() == ["python", "None"]


def test_leaves_pickled_by_one_engine_are_read_by_the_other():
    import pickle

    data = pickle.dumps([Native(2.5, "x"), Python(3.5)])
    code = f"import pickle, autograd_lite; print(pickle.loads({data!r}))"
    for backend in ("python", "native"):
        assert run(code, AUTOGRAD_LITE_BACKEND=backend).stdout == (
            "[Value(2.5, label='x'), Value(3.5)]\n"
        )


# Size ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_millions_of_nodes_deep_and_deletion_on_a_small_stack(full_or_quick):
    deep = full_or_quick(10_000_000, 2_000_000)

    def work():
        x = Native(1.0)
        y = x
        for _ in range(deep):
            y = y + 1.0
        y.backward()
        kept.append((y.data, x.grad))
        del y

    kept = []
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert kept == [(deep + 1.0, 1.0)]


def test_a_node_is_at_most_96_bytes_and_memory_is_given_back():
    assert engine.memory()["node"] <= 96
    gc.collect()
    before = engine.memory()
    y = Native(1.0)
    for _ in range(2_000_000):
        y = y + 1.0
    grown = engine.memory()
    used = (grown["blocks"] - grown["empty"]) - (before["blocks"] - before["empty"])
    assert used * grown["block"] <= 2_000_000 * 96
    del y
    after = engine.memory()
    assert after["blocks"] - after["empty"] <= before["blocks"] - before["empty"] + 1
    in_use = after["blocks"] - after["empty"]  # each may hold its chunk, which is given back whole
    assert after["empty"] < 1024 + 32 * (1 + in_use)


def test_chunks_of_blocks_are_given_back_whatever_order_they_empty_in():
    """80 MB die in pieces, at random, but for nodes that hold their block, and so their chunk."""
    pieces = [[Native(float(i)) for _ in range(300)] for i in range(3000)]
    assert engine.memory()["blocks"] > 1200
    kept = [piece[0] for piece in pieces[::100]]
    random.Random(5).shuffle(pieces)
    while pieces:
        pieces.pop()
    after = engine.memory()
    assert after["empty"] < 1024 + 32 * len(kept)
    assert after["blocks"] - after["empty"] <= len(kept) + 40
    assert [v.data for v in kept] == [float(i) for i in range(0, 3000, 100)]
    y = Native(1.0)
    for _ in range(500_000):
        y = y + 1.0
    assert engine.memory()["blocks"] == after["blocks"], "what is empty is used first"
    assert y.data == 500_001.0


def test_a_few_survivors_do_not_hold_all_memory():
    kept = []
    before = engine.memory()["blocks"]
    for _ in range(400):
        y = Native(1.0)
        for _ in range(2000):
            y = y * 1.0
        kept.append(y.detach())
    assert engine.memory()["blocks"] - before < 40, "places beside survivors are used again"
    assert [v.data for v in kept] == [1.0] * 400


@pytest.mark.slow
def test_nodes_on_memory_that_holds_rubbish_are_born_and_die():
    in_use = lambda: engine.memory()["blocks"] - engine.memory()["empty"]
    before = in_use()
    for _ in range(5):
        rubbish = [b"\xff" * 65_600 for _ in range(1500)]
        del rubbish
        y = Native(1.0)
        for _ in range(1_000_000):
            y = y + 1.0
        del y
    assert in_use() <= before + 1


# Leaks and reference counts -----------------------------------------------------------------------


def everything(Value):
    """One pass over all that the type can do."""
    a, b = Value(1.5, label="a"), Value(-0.5)
    custom = ag.Primitive("c", lambda x, y: x * y, lambda out, x, y: (y, x))
    y = (a * b + 2 - b / 3) ** 2 + a.tanh() * ag.dot([a, b, 1.0], [b, a, a]) + custom(a, b)
    y = y + ag.sum([a] * 100) + a.clip(-1, 1) + ag.where(a > b, a, b) % 2
    y.backward()
    gradients(y, [a, b])
    gradients(gradients(y, a, create_graph=True), [a])
    topological_order(y)
    with ag.no_grad():
        a * b
        custom(a, b)
    with ag.detect_anomaly():
        (a * b).exp().backward()
    for wrong in (lambda: a + "x", lambda: Value("x"), lambda: ag.dot([a, "x"], [b, b]),
                  lambda: setattr(y, "data", 1), lambda: a + 10**400, lambda: Value(),
                  lambda: Value(1, 2, 3), lambda: float(a), lambda: a._apply(1, (a,)),
                  lambda: y.backward("x"), lambda: ag.exp(a, a)):  # fmt: skip
        with pytest.raises((TypeError, AttributeError, OverflowError)):
            wrong()
    y.args, y.parents, y.partials, y.op, y.label, a.label, repr(y), hash(y), a < 3, a >= b
    weakref.ref(y)
    return y


@pytest.mark.slow
def test_a_hundred_thousand_steps_leave_memory_and_counts_as_they_were():
    x, w = Native(0.5), Native(0.1)

    def step():
        loss = ((x * w).tanh() - 0.3) ** 2 + ag.dot([x, w, 1.0], [w, w, x])
        loss.backward()
        w.data -= 1e-6 * w.grad
        w.grad = 0.0

    for _ in range(1000):
        step()
    gc.collect()
    counts = sys.getrefcount(x), sys.getrefcount(w), sys.getrefcount(ag.tanh)
    blocks, objects = engine.memory()["blocks"], sys.getallocatedblocks()
    for _ in range(100_000):
        step()
    gc.collect()
    assert (sys.getrefcount(x), sys.getrefcount(w), sys.getrefcount(ag.tanh)) == counts
    assert engine.memory()["blocks"] <= blocks
    assert abs(sys.getallocatedblocks() - objects) < 100


@pytest.mark.slow
def test_everything_leaves_the_count_of_objects_flat():
    blocks, growth = [], []
    for _ in range(10):  # a leak grows in every round, a cache that fills up does not
        before = sys.getallocatedblocks()
        for _ in range(100):
            everything(Native)
        gc.collect()
        growth.append(sys.getallocatedblocks() - before)
        blocks.append(engine.memory()["blocks"])
    assert min(growth) < 50
    assert blocks[-1] == blocks[0]


def test_weak_references_and_labels_die_with_the_node():
    class Label(str):
        pass

    v = Native(1.0) + 1
    v.label = Label("x")
    dead = [weakref.ref(v), weakref.ref(v.label)]
    called = []
    weakref.finalize(v, called.append, 1)
    assert dead[0]() is v
    del v
    assert [r() for r in dead] == [None, None]
    assert called == [1]


# Errors half-way ----------------------------------------------------------------------------------


def test_every_allocation_may_fail():
    a, b = Native(1.5), Native(-0.5)
    y = ag.sum([a * b for _ in range(300)]) + a
    work = [
        lambda: a * b, lambda: ag.sum([a] * 100), lambda: ag.dot([a] * 2, [b] * 2),
        lambda: y.backward(), lambda: gradients(y, [a]), lambda: topological_order(y),
        lambda: Native(1.0), lambda: a.clip(-1, 1), lambda: chain(a),
        lambda: [a + 1 for _ in range(3000)],
    ]  # fmt: skip

    def chain(x):
        for _ in range(1000):
            x = x + 1.0
        x.backward()

    chain(a)
    hold = [Native(0.0) for _ in range(200_000)]  # use up the blocks that are kept empty
    a.grad = b.grad = 0.0
    failures = 0
    for do in work:
        for nth in range(1, 12):
            kept = a.grad, b.grad
            engine.fail_allocation(nth)
            try:
                do()
            except MemoryError:
                failures += 1
                assert (a.grad, b.grad) == kept
            finally:
                engine.fail_allocation(0)
    assert failures > 15
    del hold
    a.grad = 0.0
    y.backward()
    assert a.grad == 300 * -0.5 + 1


def test_a_walk_that_runs_out_of_memory_leaves_every_grad_as_it_was():
    x = Native(0.5)
    nodes = [x]
    for _ in range(1000):
        nodes.append(x * nodes[-1])
    nodes[-1].backward()
    grads, failures = [v.grad for v in nodes], 0
    for nth in range(1, 12):
        engine.fail_allocation(nth)
        try:
            nodes[-1].backward()
        except MemoryError:
            failures += 1
            assert [v.grad for v in nodes] == grads
        else:
            x.grad = grads[0]
        finally:
            engine.fail_allocation(0)
    assert failures > 5


@pytest.mark.slow
def test_an_interrupt_in_a_long_backward_changes_no_gradient(full_or_quick):
    x = Native(1.0)
    y = x
    for _ in range(full_or_quick(6_000_000, 2_000_000)):
        y = y + 1.0
    x.grad = 7.0

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    interrupted = 0
    try:
        for delay in (0.001, 0.01, 0.03, 0.05, 0.08, 0.1, 0.15):
            signal.setitimer(signal.ITIMER_REAL, delay)
            try:
                y.backward()
                signal.setitimer(signal.ITIMER_REAL, 0)
                x.grad = 7.0
            except KeyboardInterrupt:
                interrupted += 1
                assert x.grad in (7.0, 8.0)  # before or after, never between
                x.grad = 7.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted
    y.backward()
    assert x.grad == 8.0


@pytest.mark.slow
def test_a_signal_handler_that_walks_the_same_graph_does_no_harm():
    x = Native(1.0)
    y = x
    for _ in range(6_000_000):
        y = y + 1.0
    middle = y.parents[0].parents[0]

    def handler(number, frame):
        seen.append(gradients(middle, x))

    seen = []
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        y.backward()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert x.grad == 1.0
    assert not seen or seen[0] == 1.0


def test_a_custom_primitive_that_raises_leaves_no_trace():
    x = Native(2.0)
    for evaluate, rule in [
        (lambda x: 1 / {}["a"], lambda out, x: (1.0,)), (lambda x: x, lambda out, x: 1 // 0),
        (lambda x: "a", lambda out, x: (1.0,)), (lambda x: x, lambda out, x: (1.0, 2.0)),
        (lambda x: x, lambda out, x: ("a",)), (lambda x: x, lambda out, x: [1.0]),
        (lambda x: 10**400, lambda out, x: (1.0,)),
    ]:  # fmt: skip
        count = sys.getrefcount(x)
        bad = ag.Primitive("bad", evaluate, rule)
        with pytest.raises((TypeError, KeyError, ZeroDivisionError, OverflowError)):
            bad(x)
        assert sys.getrefcount(x) == count


# Hostile objects ----------------------------------------------------------------------------------


class Hostile:
    """A number that does something to the graph when it is looked at."""

    def __init__(self, act):
        self.act = act

    def __float__(self):
        result = self.act()
        return result if isinstance(result, float) else 1.0


class HostileLabel(str):
    def __new__(cls, act):
        label = super().__new__(cls, "label")
        label.act = act
        return label

    def __del__(self):
        self.act()


@pytest.mark.slow
def test_hostile_numbers():
    x = Native(2.0)
    operands = [x, Native(3.0), 1.0]

    def change():
        x.data = 5.0

    def shrink():
        operands.clear()
        gc.collect()

    def fail():
        raise KeyError("no")

    assert (x + Hostile(change)).data == 6.0, "data is read after the conversion"
    assert ag.sum([x, Hostile(shrink), *operands]).data > 0
    operands[:] = [x, Hostile(shrink), Native(4.0)]
    assert ag.sum(operands).data == 10.0
    operands[:] = [Native(1.0), Hostile(shrink), Native(4.0)]
    with pytest.raises(ValueError, match="one length"):
        ag.dot(operands, [v for v in operands if shrink() is None])
    for do in (lambda: x + Hostile(fail), lambda: Hostile(fail) * x, lambda: Native(Hostile(fail)),
               lambda: ag.sum([x, Hostile(fail)]), lambda: x < Hostile(fail),
               lambda: setattr(x, "grad", Hostile(fail)),
               lambda: x.backward(Hostile(fail))):  # fmt: skip
        with pytest.raises(KeyError):
            do()
    assert (x + Hostile(lambda: x.backward() or 2.0)).data == 7.0
    deep = Hostile(lambda: float((x * 2).data))
    assert (x**deep).data == 5.0**10


def test_hostile_labels_and_weak_references():
    def rebuild():
        y = Native(1.0)
        for _ in range(100):
            y = y + 1
        y.backward()

    for _ in range(20):
        y = Native(1.0)
        for i in range(50):
            y = y * 1.01
            if i % 7 == 0:
                y.label = HostileLabel(rebuild)
        refs = [weakref.ref(node, lambda r: rebuild()) for node in topological_order(y)]
        del y
        assert all(r() is None for r in refs)


def test_subclasses_are_leaves_like_others():
    class Named(Native):
        def __init__(self, data, name):
            super().__init__(data)
            self.name = name

    class Slotted(Native):
        __slots__ = ("extra",)

    v, s = Named(2.0, "v"), Slotted(3.0)
    v.me = v  # a cycle through the instance's own dict
    s.extra = [s]
    y = v * s + v
    assert type(y) is Native
    y.backward()
    assert (v.grad, s.grad, v.name) == (4.0, 2.0, "v")
    for _ in range(1000):
        w = Named(1.0, "w")
        (w * w + s).backward()
    del v, y, w
    gc.collect()


def test_attributes_cannot_be_deleted_or_forged():
    v = Native(1.0) + 1
    for name in ("data", "grad", "label", "op", "args", "parents", "partials"):
        with pytest.raises((AttributeError, TypeError)):
            delattr(v, name)
    for name in ("op", "args", "parents", "partials"):
        with pytest.raises(AttributeError):
            setattr(v, name, None)
    with pytest.raises(AttributeError):
        v.__init__(3.0)
    leaf = Native(1.0)
    leaf.__init__(4.0, "again")
    assert (leaf.data, leaf.label) == (4.0, "again")
    assert Native.__new__(Native).data == 0.0


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just(b"1"),
    st.just(10**400), st.just(Native), st.just(ag.tanh), st.just(ag.sum), st.just(object()),
    st.lists(st.floats(), max_size=3), st.just(Hostile(lambda: 2.0)), st.complex_numbers(),
    st.builds(lambda x: Native and Native(x), st.floats()),
    st.builds(lambda x: Native and Native(x) * 2, st.floats()),
    st.tuples(st.just(ag.tanh), st.floats()),
)  # fmt: skip


@given(st.data())
def test_no_method_crashes_on_any_arguments(data):
    names = [
        n for n in dir(Native) if n not in ("__class__", "__init_subclass__", "__subclasshook__")
    ]
    v = data.draw(st.sampled_from([Native(2.0), Native(2.0) * 3, ag.sum([Native(1.0)] * 5)]))
    name = data.draw(st.sampled_from(names))
    arguments = data.draw(st.lists(JUNK, max_size=4))
    with contextlib.suppress(Exception):  # any error is fine; a crash is not
        getattr(v, name)(*arguments)
    assert math.isfinite(v.data) or name in ("__init__", "__setattr__")
    v.backward()


def test_the_engine_is_joined_once_and_with_its_own_table():
    with pytest.raises(RuntimeError, match="joined already"):
        engine.join((), None, None, None, None, None, None)
    with pytest.raises(TypeError):
        engine.join()


def test_threads_with_shared_leaves_do_not_crash():
    leaves = [Native(random.random()) for _ in range(50)]

    def work():
        for _ in range(200):
            y = ag.sum([a * b for a, b in zip(leaves, reversed(leaves))])
            y.backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(v.grad > 0 for v in leaves)


def test_garbage_collection_in_the_middle_changes_nothing():
    a, b = Native(2.0), Native(3.0)
    y = a * b
    xs = [a, b]
    more = [Native(1.0) for _ in range(20)]

    def hook(phase, info):
        gradients(a * 1.0, [a])
        xs.clear()
        more.clear()

    thresholds = gc.get_threshold()
    gc.callbacks.append(hook)
    try:
        for n in range(1, 30):
            xs[:], more[:] = [a, b], [Native(-1.0) for _ in range(20)]
            gc.set_threshold(n, 1, 1)
            (found,), _ = y._gradients([y], [a, b], 0)
            each = ag.relu.each(more)
            rows = engine.matvec([more, more], more, None)
            gc.set_threshold(*thresholds)
            assert found == [3.0, 2.0]
            for made in (each, rows):
                assert made is NotImplemented or all(type(v) is Native for v in made)
    finally:
        gc.callbacks.remove(hook)
        gc.set_threshold(*thresholds)
    assert (a.grad, b.grad) == (0.0, 0.0)


@pytest.mark.slow
def test_a_handler_that_differentiates_adds_its_own():
    a = Native(1.0)
    y = a
    for _ in range(3_000_000):
        y = y + 1.0

    def handler(number, frame):
        (a * 10.0).backward()
        seen.append(1)

    seen = []
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        y.backward()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert a.grad == 1.0 + 10.0 * len(seen)


# Operands that die with the last node that uses them ----------------------------------------------


def test_weak_references_to_operands_are_cleared():
    x = Native(2.0)
    middle = x * 3.0
    root = ag.sum([middle + 1.0, ag.dot([x, middle], [1.0, 2.0])])
    called = []
    refs = [weakref.ref(v, called.append) for v in (x, middle, root)]
    del x, middle
    assert all(ref() is not None for ref in refs)
    del root
    others = [Native(float(i)) for i in range(10)]
    assert [ref() for ref in refs] == [None] * 3
    assert len(others) == 10
    assert len(called) == 3


def test_leaves_of_a_subclass_die_as_operands():
    class Leaf(Native):
        pass

    kind = weakref.ref(Leaf)
    alive = []
    for _ in range(100):
        leaf = Leaf(2.0)
        leaf.name = "of its own"
        alive.append(weakref.ref(leaf))
        y = leaf * leaf + ag.dot([leaf, 1.0], [leaf, 2.0])
        y.backward()
        assert leaf.grad == 8.0
    del leaf, y
    others = [Native(float(i)) for i in range(500)]
    assert not any(ref() for ref in alive)
    assert len(others) == 500
    del Leaf
    gc.collect()
    assert kind() is None


def test_places_between_nodes_that_live_are_used_again():
    def graphs():
        made = [Native(float(i)) for i in range(200_000)]
        return made[::10]

    kept = graphs()
    before = engine.memory()
    more = [Native(0.0) for _ in range(150_000)]
    after = engine.memory()
    assert after["blocks"] - before["blocks"] < 20  # 150,000 nodes take 201 blocks of their own
    assert 0 <= after["empty"] <= after["blocks"]
    assert len(kept) + len(more) == 170_000


def test_memory_counts_the_blocks_that_are_kept_empty():
    for _ in range(5):
        made = [Native(0.0) for _ in range(50_000)]
        del made
        found = engine.memory()
        assert 0 <= found["empty"] <= found["blocks"]


@pytest.mark.slow
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="it keeps freed memory")
def test_operations_that_fail_or_are_not_recorded_give_their_memory_back():
    resource = pytest.importorskip("resource")
    v, odd = Native(1.5), ag.Primitive("odd", lambda *xs: 1 / 0, lambda out, *xs: xs)
    many, words = [v] * 100, ["no"] * 100

    def work():
        for fails in (lambda: ag.dot(many, words), lambda: ag.sum([*many, "no"]),
                      lambda: odd(*many), lambda: ag.matvec([many], words)):  # fmt: skip
            with contextlib.suppress(TypeError, ZeroDivisionError):
                fails()
        with ag.no_grad():
            ag.dot(many, many), ag.sum(many), ag.matvec([many], many), ag.clip(v, 0, 1)

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for _ in range(200):
        work()
    before = peak()
    for _ in range(4000):
        work()
    assert (peak() - before) * (1 if sys.platform == "darwin" else 1024) < 4e6
