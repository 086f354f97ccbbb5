"""Scopes: which part of a computation a Value belongs to, in both engines and in nn."""

import copy
import gc
import inspect
import pickle
import random
import subprocess
import sys
import threading
import weakref
from collections import defaultdict

import pytest

import autograd_lite as ag
import nn
from autograd_lite import Scope, calls, gradients, scope, topological_order
from autograd_lite.scopes import innermost
from nn.training.findings import calls_watched

native = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")


@pytest.fixture(autouse=True)
def _none_is_left_open():
    assert innermost() is None
    yield
    assert innermost() is None


@pytest.fixture(params=["as usual", "in Python"])
def Net(request, Value, monkeypatch):
    """nn.MLP, called by the code in C, if that is built, and by that in Python."""
    if request.param == "in Python":
        call = lambda self, *args, **named: calls.call(self, args, named)
        monkeypatch.setattr(nn.Module, "__call__", call)
    return nn.MLP


def paths(*roots):
    """The paths of the operations that the roots are made of."""
    nodes = {node: None for root in roots for node in topological_order(root)}
    return [str(node.scope) for node in nodes if node.op is not None]


# scope() ------------------------------------------------------------------------------------------


def test_names_and_paths(Value):
    a = Value(2.0, "a")
    with scope("encoder") as outer:
        y = a * 2.0
        with scope("attention"):
            z = y * y
        b = y + 1.0
    assert a.scope is None
    assert (a + 1.0).scope is None
    assert y.scope is b.scope is outer
    assert (outer.name, outer.outer, outer.path) == ("encoder", None, "encoder")
    assert type(z.scope) is Scope
    assert (z.scope.name, z.scope.path, str(z.scope)) == ("attention",) + ("encoder/attention",) * 2
    assert z.scope.outer is outer
    assert repr(z.scope) == "Scope('encoder/attention')"


def test_each_entry_is_a_scope_of_its_own(Value):
    entries, again = [], scope("same")
    for entry in (scope("same"), scope("same"), again, again):
        with entry:
            entries.append(Value(1.0).scope)
    assert len(set(entries)) == 4
    assert {str(entry) for entry in entries} == {"same"}


def test_all_ways_to_a_node(Value):
    a, b = Value(0.5), Value(2.0)
    custom = ag.Primitive("c", lambda x, y: x * y, lambda out, x, y: (y, x))
    with scope("s") as s:
        made = [
            a + b, a * 2.0, 2.0 - a, -a, abs(a), a**2.0, 2.0**a, a % b, a // b, a.tanh(), ag.exp(a),
            ag.sum([a] * 5), ag.dot([a, 1.0], [b, a]), ag.logsumexp([a, b]), custom(a, b),
            ag.clip(a, 0.0, 1.0), *ag.relu.each([a, b]), *ag.add.each([a, b], [b, a]),
            *ag.matvec([[a, b], [b, a]], [a, 1.0], [a, b]), *ag.softmax([a, b]), Value(1.0),
            Value(1.0, "x"), Value(data=1.0), Value(1.0, label="x"), a.detach(), round(a, 1),
            ag.max([a, b]),
        ]  # fmt: skip
        with ag.no_grad():
            made += [a * b, custom(a, b), Value(1.0)]
        with ag.detect_anomaly():
            made += [a * b, ag.sum([a, b])]
        made.append(gradients(a * a * b, a, create_graph=True))
    assert [v.scope is s for v in made] == [True] * len(made)
    assert [v.label for v in made if v.label] == ["x", "x"]


def test_higher_order_is_recorded_where_it_is_asked_for(Value):
    x = Value(2.0)
    with scope("forward"):
        y = x * x * x
    with scope("slope"):
        slope = gradients(y, x, create_graph=True)
    assert slope.scope.path == "slope"
    assert gradients(slope, x) == 12.0


def test_label_and_scope_do_not_disturb_each_other(Value):
    with scope("s") as s:
        v, leaf = Value(1.0) * 2.0, Value(1.0, "first")
    for x in (v, leaf):
        for label in ("a", None, "b", "c", s, ("a", "tuple"), None, None, s):
            x.label = label
            assert x.label is label
            assert x.scope is s
    plain = Value(1.0)
    for label in (s, None, "a", s, "b"):
        plain.label = label
        assert plain.label is label
        assert plain.scope is None
    leaf.__init__(3.0, "again")
    assert (leaf.data, leaf.label, leaf.scope) == (3.0, "again", None)


def test_the_scope_of_a_value_is_fixed(Value):
    with scope("s") as s:
        v = Value(1.0)
    with pytest.raises(AttributeError):
        v.scope = None
    with pytest.raises(AttributeError):
        del v.scope
    assert v.scope is s


@pytest.mark.parametrize("name", [None, 3, b"a", ["a"], Ellipsis])
def test_a_name_is_a_str(name):
    with pytest.raises(TypeError, match="a scope has a str as its name, got"):
        scope(name)


def test_a_name_is_not_empty():
    with pytest.raises(ValueError, match="at least one letter"):
        scope("")


def test_a_name_of_a_subclass_of_str_keeps_nothing_alive(Value):
    class Name(str):
        def __str__(self):
            return self

    name = Name("n")
    dead = weakref.ref(name)
    with scope(name):
        v = Value(1.0)
    del name
    assert dead() is None
    assert type(v.scope.name) is str


def test_one_scope_is_not_entered_twice_at_once(Value):
    once = scope("once")
    with once, pytest.raises(RuntimeError, match="is open; make another"), once:
        pass
    once.__exit__()  # has no effect: it has been left
    with once:
        assert Value(1.0).scope.path == "once"


def test_an_exception_closes_the_scope(Value):
    with pytest.raises(ZeroDivisionError), scope("a"), scope("b"):
        1 / 0  # noqa: B018
    assert Value(1.0).scope is None


def test_a_decorator_opens_one_for_each_call(Value):
    @scope("power")
    def power(x: float, n: int = 3):
        """x**n"""
        return x if n == 1 else x * power(x, n - 1)

    x = Value(2.0)
    y = power(x)
    assert paths(y) == ["power/power", "power"]
    assert power(x).scope is not y.scope
    assert (power.__name__, power.__doc__) == ("power", "x**n")
    assert list(inspect.signature(power).parameters) == ["x", "n"]


def test_a_generator_may_outlive_the_block_around_it(Value):
    def steps():
        with scope("generator"):
            for _ in range(2):
                yield Value(1.0)

    g = steps()
    with scope("one"):
        first = next(g)
    between = Value(1.0)  # the generator's is open still
    with scope("two"):
        last = next(g)
        assert next(g, None) is None
        inside = Value(1.0)
    assert first.scope.path == "one/generator"
    assert between.scope is first.scope
    assert last.scope is inside.scope
    assert last.scope.path == "one/generator/two"
    assert Value(1.0).scope is None


def test_a_scope_may_be_closed_by_another_thread(Value):
    def forever():
        with scope("g"):
            while True:
                yield Value(1.0)

    g = forever()
    assert next(g).scope.path == "g"
    thread = threading.Thread(target=g.close)
    thread.start()
    thread.join()
    assert Value(1.0).scope is None
    with scope("next"):
        assert Value(1.0).scope.path == "next"


def test_each_thread_has_its_own(Value):
    found, barrier = {}, threading.Barrier(2)

    def work(name):
        nodes = []
        for i in range(50):
            barrier.wait()
            with scope(name):
                barrier.wait()
                nodes.append(Value(1.0) * 2.0)
                with scope(str(i)):
                    barrier.wait()
                    nodes.append(ag.sum([nodes[-1], 1.0, 2.0]))
            barrier.wait()
            nodes.append(Value(1.0))
        found[name] = [str(v.scope) for v in nodes]

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    with scope("here"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Value(1.0).scope.path == "here"
    for name in ("a", "b"):
        expected = [path for i in range(50) for path in (name, f"{name}/{i}", "None")]
        assert found[name] == expected


def test_a_thread_that_ends_with_an_open_scope_does_no_harm(Value):
    kept = []

    def work():
        def g():
            with scope("left"):
                yield Value(1.0)

        kept.append(g())
        next(kept[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert Value(1.0).scope is None
    kept[0].close()


@native
def test_the_native_engine_knows_when_none_is_open():
    from autograd_lite.native import engine

    count = lambda: engine.memory()["scopes"]
    assert count() == 0, "else each recording asks for the innermost"
    with scope("a"), scope("b"):
        assert count() == 2
    nn.MLP(1, [1])([1.0])
    assert count() == 0


def test_leaves_are_copied_and_pickled_without(Value):
    with scope("s"):
        leaf = Value(1.5, "x")
    for twin in (copy.copy(leaf), copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))):
        assert (twin.data, twin.label, twin.scope) == (1.5, "x", None)


def test_subclasses_have_it_too(Value):
    class Named(Value):
        pass

    with scope("s") as s:
        v, named = Named(1.0), Named(1.0, "x")
    assert v.scope is named.scope is s
    assert named.label == "x"
    assert (v * 2.0).scope is None


def test_a_compiled_function_does_not_depend_on_it(Value):
    @ag.compile
    def f(x):
        with scope("inside"):
            return x * x + 1.0

    assert f.value(2.0) == 5.0
    with scope("around"):
        assert f.value(3.0) == 10.0
        node = f(Value(3.0))
    assert len(f.tapes()) == 1
    assert node.scope.path == "around"


def test_an_anomaly_tells_the_scope(Value):
    x = Value(-1.0, "x")
    with ag.detect_anomaly(), scope("loss"), scope("root"):
        with pytest.raises(ag.AnomalyError, match=r"sqrt gave nan for x = -1 \(line .*, in loss/r"):
            x.sqrt()
        y = (x + 1.0).sqrt() * 0.0
        with pytest.raises(ag.AnomalyError, match=r"backward pass of sqrt .*, in loss/root\)"):
            y.backward()


@pytest.mark.slow
def test_very_many_scopes_deep(Value, full_or_quick):
    deep = full_or_quick(500_000, 100_000)

    def work():
        entered = [scope("s") for _ in range(deep)]
        for s in entered:
            s.__enter__()
        v = Value(1.0)
        for s in reversed(entered):
            s.__exit__()
        entered.clear()
        found.append(v.scope.path.count("/"))
        del v

    found = []
    in_python = ag.NativeValue is None  # CPython 3.13 frees 10,000 such objects by nested calls
    before = threading.stack_size((1024 if in_python else 256) * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert found == [deep - 1]


@pytest.mark.slow
def test_a_hundred_thousand_steps_leave_memory_as_it_was(Value):
    x = Value(0.5, "x")

    def step():
        with scope("a"):
            y = x * 2.0
            y.label = "y"
            with scope("b"):
                z = ag.sum([y, x, 1.0]).tanh()
        z.backward()

    for _ in range(1000):
        step()
    gc.collect()
    objects = sys.getallocatedblocks()
    for _ in range(100_000 if Value is ag.NativeValue else 5_000):
        step()
    gc.collect()
    assert abs(sys.getallocatedblocks() - objects) < 100


@native
def test_every_allocation_may_fail():
    from autograd_lite.native import engine

    Value = ag.NativeValue
    a, net, many = Value(1.5), nn.MLP(1, [1]), Many()
    net([1.0])

    def scoped():
        with scope("a"), scope("b"):
            return a * 2.0

    def labelled():
        with scope("a"):
            (a * 2.0).label = "x"

    def named():
        with scope("a"):
            return Value(1.0, "x"), Value(1.0, label="x")

    failures = 0
    for do in (scoped, labelled, named, lambda: net([1.0]), lambda: many(*[1] * 9, k=1)):
        for nth in range(1, 12):
            engine.fail_allocation(nth)
            try:
                do()
            except MemoryError:
                failures += 1
            finally:
                engine.fail_allocation(0)
            assert innermost() is None
    assert failures >= 10


def test_hostile_labels_in_a_scope(Value):
    class Label(str):
        def __del__(self):
            with scope("del"):
                y = Value(1.0) * 2.0
            seen.append(y.scope.path)

    seen = []
    with scope("s"):
        for _ in range(10):
            y = Value(1.0, Label("x")) * 2.0
            y.label = Label("y")
            y.label = "z"
            del y
    assert len(seen) == 20
    assert set(seen) == {"s/del"}


@native
def test_the_functions_in_c_take_no_junk():
    from autograd_lite.native import engine

    for do in (lambda: engine.call(3, len, (), {}), lambda: engine.call("a", len, [], {}),
               lambda: engine.Scope(), lambda: scope.__enter__(3), lambda: scope.__exit__("a"),
               lambda: engine.join_managers(3, scope), lambda: engine.call("a", 3, (), {}),
               lambda: engine.Scope("a", None), lambda: type("S", (engine.Scope,), {}),
               lambda: engine.scoped_call(3, len)):  # fmt: skip
        with pytest.raises(TypeError):
            do()
    assert engine.call("a", lambda x, y: innermost(), (1,), {"y": 2}).path == "a"
    with scope("a") as s:
        pass
    with pytest.raises(AttributeError):
        s.name = "b"


@pytest.mark.slow
@native
def test_all_of_this_without_the_native_engine():
    options = ["-q", "-p", "no:cacheprovider", "--everything"]
    code = (
        "import sys; sys.modules['autograd_lite.native.engine'] = None; import pytest; "
        f"sys.exit(pytest.main([{__file__!r}, *{options}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "4 skipped" in done.stdout


# nn -----------------------------------------------------------------------------------------------


def test_a_net_is_scoped_by_its_layers(Net):
    net = Net(2, [3, 1])
    outputs = [net([1.0, float(i)])[0] for i in range(4)]
    assert paths(outputs[0]) == ["MLP/layers.0"] * 6 + ["MLP/layers.1"]
    assert len({y.scope for y in outputs}) == 4
    assert len({y.scope.outer for y in outputs}) == 4
    with scope("epoch"):
        assert net([1.0, 2.0])[0].scope.path == "epoch/MLP/layers.1"


def test_names_are_those_of_named_modules(Net):
    net = nn.Sequential(
        nn.Linear(2, 2), nn.Sequential({"act": nn.Tanh(), "norm": nn.LayerNorm(2)}), nn.Dropout(0.0)
    )
    used = {path.partition("/")[2].replace("/", ".") for path in paths(*net([1.0, 2.0]))}
    known = {name for name, _ in net.named_modules()}
    assert used <= known
    assert used == {"0", "1.act", "1.norm"}


def test_a_recurrent_net_calls_one_cell_many_times(Net):
    outputs, _ = nn.RNN(2, 1)([[1.0, 2.0]] * 5)
    assert len({y.scope for [y] in outputs}) == 5
    assert {str(y.scope) for [y] in outputs} == {"RNN/cell"}


def test_attention(Net):
    y = nn.CausalSelfAttention(2)([[1.0, 2.0], [3.0, 4.0]])
    assert set(paths(*y[0], *y[1])) == {
        f"CausalSelfAttention{part}" for part in ("", "/query", "/key", "/value", "/projection")
    }


class Calls(nn.Module):
    """Calls what `chosen` gives."""

    def __init__(self, **attributes):
        vars(self).update(attributes)

    def forward(self, x):
        return self.chosen()(x)


class Many(nn.Module):
    def forward(self, *args, **named):
        return args, named


def inner(module):
    return str(module([1.0])[0].scope)


def test_attributes_may_change_at_any_time(Net):
    one, other = nn.Linear(1, 1), nn.Linear(1, 1)
    model = Calls(parts=[one, other], chosen=lambda: one)
    assert inner(model) == "Calls/parts.0"
    model.parts.reverse()
    assert inner(model) == "Calls/parts.1"
    model.parts = {"ab": [other], 3: (one,)}
    assert inner(model) == "Calls/parts.3.0"
    model.parts = None
    assert inner(model) == "Calls/Linear"
    for _ in range(5):
        assert inner(model) == "Calls/Linear"
    new = nn.Linear(1, 1)
    model.late, model.chosen = new, lambda: new
    assert inner(model) == "Calls/late"
    model.chosen, model.back = lambda: one, one
    assert "Calls/back" in [inner(model) for _ in range(8)], "looked for again, now and then"


def test_looking_for_a_module_adds_nothing_to_a_dict(Net):
    part = nn.Linear(1, 1)
    model = Calls(parts=defaultdict(list, a=part), chosen=lambda: part)
    assert inner(model) == "Calls/parts.a"
    model.parts.clear()
    assert inner(model) == "Calls/Linear"
    assert not model.parts


def test_shared_modules_have_the_first_name_and_inner_ones_the_whole_path(Net):
    shared = nn.Linear(1, 1)
    model = Calls(first=shared, second=shared, block=nn.Sequential(nn.Linear(1, 1)))
    model.chosen = lambda: model.second
    assert inner(model) == "Calls/first"
    model.chosen = lambda: model.block[0]
    assert inner(model) == "Calls/block.0"


def test_modules_in_arrays(Net):
    np = pytest.importorskip("numpy")
    part = nn.Linear(1, 1)
    grid = np.array([[None, part]], dtype=object)
    assert inner(Calls(grid=grid, chosen=lambda: part)) == "Calls/grid.0.1"


def test_a_walk_that_fails_leaves_the_call_alone(Net):
    class Strange:
        @property
        def dtype(self):
            raise RuntimeError("no")

    part = nn.Linear(1, 1)
    assert inner(Calls(odd=Strange(), part=part, chosen=lambda: part)) == "Calls/Linear"
    loop = []
    loop.append(loop)
    assert inner(Calls(loop=loop, part=part, chosen=lambda: part)) == "Calls/Linear"


def test_a_walk_is_not_made_at_each_call(Net, monkeypatch):
    walks, walk = [], nn.Module._inside
    monkeypatch.setattr(nn.Module, "_inside", lambda self: walks.append(self) or walk(self))
    elsewhere, net = nn.Linear(1, 1), nn.MLP(1, [1] * 50)
    model = Calls(chosen=lambda: elsewhere)
    for _ in range(20):
        net([1.0])
        model([1.0])
    assert walks.count(net) == 1
    assert walks.count(model) == 5  # at calls 1, 2, 4, 8, 16


@pytest.mark.slow
def test_many_modules_are_named_right_though_few_names_are_kept(Net):
    net = nn.Sequential(*[nn.Tanh() for _ in range(3000)])
    x = ag.Value(0.1)
    for _ in range(2):
        places = [path.rpartition("/")[2] for path in paths(net([x])[0])]
        assert places == [str(i) for i in range(3000)]


def test_calls_leave_the_module_as_it_was_and_hold_nothing(Net):
    net = Net(2, [3, 1])
    before, shown, state = set(vars(net)), repr(net), net.state_dict()
    y = net([1.0, 2.0])[0]
    assert (set(vars(net)), repr(net), net.state_dict()) == (before, shown, state)
    assert set(vars(net.layers[0])) == {"w", "b", "activation"}
    twins = copy.deepcopy(net), pickle.loads(pickle.dumps(net))
    for twin in twins:
        assert twin([1.0, 2.0])[0].data == y.data
        assert twin([1.0, 2.0])[0].scope.path == "MLP/layers.1"
    dead = weakref.ref(net)
    del net
    assert dead() is None, "the graph holds no module"
    assert y.scope.path == "MLP/layers.1"
    assert len(calls._inside) < 50


def test_a_module_that_fails_closes_its_scope(Net):
    net = nn.Sequential(Net(2, [1]))
    for wrong in (lambda: net([1.0]), lambda: net(), lambda: net([1.0, 2.0], 3), lambda: net(y=1)):
        with pytest.raises((ValueError, TypeError)):
            wrong()
        assert innermost() is None
    with pytest.raises(TypeError, match="must define forward"):
        nn.Module()(1.0)
    assert net([1.0, 2.0])[0].scope.path == "Sequential/0/layers.0"


def test_arguments_arrive(Net):
    many = Many()
    for count in (0, 1, 6, 7, 8, 9, 300):
        args = tuple(range(count))
        assert many(*args) == (args, {})
        assert many(*args, a=1, b=2) == (args, {"a": 1, "b": 2})
        named = {f"k{i}": i for i in range(count)}
        assert many(**named) == ((), named)
    assert many.__call__(1, a=2) == nn.Module.__call__(many, 1, a=2) == ((1,), {"a": 2})
    with pytest.raises((TypeError, AttributeError)):
        nn.Module.__call__(3, 1)


def test_a_subclass_may_define_its_own_call(Net):
    class Own(nn.Linear):
        def __call__(self, x):
            return super().__call__([x])[0]

    class Without(nn.Linear):
        def __call__(self, x):
            return self.forward([x])[0]

    assert Own(1, 1)(2.0).scope.path == "Own"
    assert Without(1, 1)(2.0).scope is None


def test_recursion_and_nets_in_each_others_calls(Net):
    class Twice(nn.Module):
        def __init__(self):
            self.part = nn.Linear(1, 1)

        def forward(self, x, again=True):
            return self(x, False) if again else self.part(x)

    assert Twice()([1.0])[0].scope.path == "Twice/Twice/part"


def test_threads_call_one_net(Net):
    net, found = Net(1, [2, 1]), []

    def work():
        found.extend(str(net([float(i)])[0].scope) for i in range(200))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["MLP/layers.1"] * 800


def test_watching_calls_keeps_their_scopes(Net):
    net = Net(1, [2, 1])
    with calls_watched() as watched:
        y = net([1.0])[0]
    assert [module for module, _ in watched] == [*net.layers, net]
    assert y.scope.path == "MLP/layers.1"


def test_threads_watch_their_own_calls_and_leave_in_any_order(Net):
    nets, watched, usual = [Net(1, [2, 1]) for _ in range(2)], [None, None], nn.Module.__call__
    inside, leave = [[threading.Event() for _ in range(2)] for _ in range(2)]

    def work(i):
        with calls_watched() as watched[i]:
            inside[i].set()
            assert leave[i].wait(10)
            nets[i]([1.0])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread, is_inside in zip(threads, inside):
        thread.start()
        assert is_inside.wait(10)
    for thread, may_leave in zip(threads, leave):
        may_leave.set()
        thread.join()
    for net, seen in zip(nets, watched):
        assert [module for module, _ in seen] == [*net.layers, net]
    assert nn.Module.__call__ is usual


@pytest.mark.slow
def test_a_step_of_a_net_leaves_memory_as_it_was(Net, Value):
    net = Net(2, [2, 1])

    def step():
        nn.mse(net([1.0, 2.0]), [0.5]).backward()

    for _ in range(200):
        step()
    gc.collect()
    objects = sys.getallocatedblocks()
    for _ in range(20_000 if Value is ag.NativeValue else 500):
        step()
    gc.collect()
    assert abs(sys.getallocatedblocks() - objects) < 100


@pytest.mark.slow
def test_models_come_and_go(Net):
    def one():
        Net(1, [1, 1])([1.0])

    for _ in range(2000):
        one()
    gc.collect()
    objects, known = sys.getallocatedblocks(), len(calls._inside)
    for _ in range(2000):
        one()
    gc.collect()
    assert abs(sys.getallocatedblocks() - objects) < 500
    assert len(calls._inside) <= known


LOSSES = [
    (nn.mse, [1.0], [2.0]), (nn.l1, [1.0], [2.0]), (nn.huber, [1.0], [2.0]),
    (nn.binary_cross_entropy, [0.5], [1]), (nn.binary_cross_entropy_with_logits, [0.5], [1]),
    (nn.hinge, [0.5], [1]), (nn.cross_entropy, [[0.5, 1.0]], [1]), (nn.nll, [[-0.5, -1.0]], [1]),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "prediction", "target"), LOSSES, ids=lambda x: str(x)[:12])
def test_losses_have_a_scope_of_their_name(Value, loss, prediction, target):
    x = Value(1.0)
    leaf = lambda p: [leaf(q) for q in p] if isinstance(p, list) else x * p
    y = loss(leaf(prediction), target)
    name = loss.__name__
    assert set(paths(y)) == {"None", name}
    assert pickle.loads(pickle.dumps(loss)) is loss
    assert list(inspect.signature(loss).parameters)[:3] == ["prediction", "target", "reduction"]
    assert loss.__doc__
    with scope("train"):
        assert loss(leaf(prediction), target).scope.path == f"train/{name}"


# Examples -----------------------------------------------------------------------------------------


def leaves(output):
    """The labels of the leaves that an output is made of."""
    if isinstance(output, (list, tuple)):
        return {label for entry in output for label in leaves(entry)}
    return {v.label for v in topological_order(output) if v.op is None}


@pytest.mark.parametrize(
    ("make", "inputs"),
    [
        (lambda: nn.Neuron(3), 3), (lambda: nn.Layer(3, 2), 3), (lambda: nn.MLP(3, [2, 1]), 3),
        (lambda: nn.Linear(3, 2), 3), (lambda: nn.LayerNorm(3), 3), (lambda: nn.RMSNorm(3), 3),
        (lambda: nn.RNNCell(3, 2), 3), (lambda: nn.LSTMCell(3, 2), 3), (lambda: nn.RNN(3, 2), 9),
        (lambda: nn.LSTM(3, 2), 9), (lambda: nn.CausalSelfAttention(4, 2), 12), (nn.Tanh, 1),
        (nn.Softmax, 2), (lambda: nn.Dropout(0.9), 2), (lambda: nn.Embedding(5, 2), 0),
        (lambda: nn.Sequential(nn.Tanh(), nn.Dropout(), nn.Linear(3, 1)), 3),
        (lambda: nn.Sequential(nn.Embedding(5, 2), nn.Linear(2, 1)), 0),
    ],
)  # fmt: skip
def test_each_layer_knows_an_example(Value, make, inputs):
    model = make()
    output = model.example()
    assert {x for x in leaves(output) if x and x[0] == "x"} == {f"x{i}" for i in range(inputs)}
    assert repr(output) == repr(model.example()), "the same each time"


def test_an_example_leaves_the_model_as_it_was(Value):
    class Noisy(nn.Dropout):
        def forward(self, x):
            return [entry + self.rng.random() * random.random() for entry in super().forward(x)]

    model = nn.Sequential(nn.Linear(2, 20), Noisy(0.5, seed=0))
    model[0].train()
    before = copy.deepcopy(vars(model[0])).keys(), model[1].rng.getstate(), random.getstate()
    assert "mul" not in {v.op.name for y in model.example() for v in topological_order(y) if v.op}
    assert (vars(model[0]).keys(), model[1].rng.getstate(), random.getstate()) == before
    assert model[1].training
    assert "training" not in vars(model[1])
    assert {p.grad for p in model.parameters()} == {0.0}


def test_examples_of_ones_own_modules(Value):
    class Reader(nn.Module):
        def __init__(self):
            self.table, self.attention = nn.Embedding(5, 2), nn.CausalSelfAttention(2)

        def forward(self, tokens):
            return self.attention([self.table(token) for token in tokens])

    class Two(nn.Module):
        def forward(self, x, y):
            return x * y

    class Told(Two):
        def forward(self, x):
            return x["a"] * 2.0

        def example_input(self):
            return {"a": Value(3.0, "mine")}

    assert len(Reader().example()) == 3, "it takes a list of what its first layer takes"
    with pytest.raises(TypeError, match=r"^Two cannot be called .* give a sample, as in draw\(mod"):
        Two().example()
    assert leaves(Told().example()) == {"mine"}
