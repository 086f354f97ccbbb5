"""Random numbers drawn in a traced function are refused, wherever the generator is."""

import asyncio
import functools
import inspect
import random
import sys
import threading
import types
import weakref

import pytest

import autograd_lite as ag
import nn
from autograd_lite.compiler.randomness import generators_reached

numpy = pytest.importorskip("numpy")
SEEDED = numpy.random.default_rng(0)
SETTINGS = types.ModuleType("settings")
SETTINGS.rng = random.Random(0)


class Noisy:
    shared = random.Random(2)

    def __init__(self):
        self.layers = [{"rng": random.Random(1)}]

    def __call__(self, x):
        return x + self.noise()

    def noise(self):
        return self.layers[0]["rng"].gauss(0.0, 1.0)  # draws

    def of_the_class(self, x):
        return x * self.shared.random()  # draws


def closure():
    rng = numpy.random.RandomState(1)

    def inner():
        return rng.normal()  # draws

    return lambda x: x * inner()


def by_default(x, rng=random.Random(3)):  # noqa: B008
    return x * rng.random()  # draws


def given(rng, x):
    y = x * x
    return y * rng.uniform(0.0, 1.0)  # draws


def decorated():
    @functools.wraps(by_default)
    def around(x):
        return by_default(x) + 1.0

    return around


def after_a_call(x):
    def one():
        return 1.0

    return x * (one() + SETTINGS.rng.random())  # draws


def two_in_a_line():
    near, far = random.Random(5), [numpy.random.RandomState(1)]
    return lambda x: x * far[0].normal() * near.random()  # draws


class Inherits(Noisy):
    """Its generators are in a class above, and in functions that are no methods of it."""

    by_numpy = numpy.random.default_rng(4)

    def __init__(self):
        pass

    def of_numpy(self, x):
        return x * self.by_numpy.normal()  # draws

    def of_a_global(self, x):
        return x * SEEDED.normal()  # draws

    @property
    def drawn(self):
        return SETTINGS.rng.random()  # draws

    @functools.cached_property
    def drawn_once(self):
        return SEEDED.normal()  # draws

    @classmethod
    def of_class(cls, x):
        return x * cls.shared.random()  # draws

    @staticmethod
    def static(x):
        return x * SEEDED.normal()  # draws


class InheritsMore(Inherits):
    def of_one_above(self, x):
        return super().of_the_class(x)


class InSlot:
    __slots__ = ("__hidden", "not_assigned", "rng")

    def __init__(self):
        self.rng = self.__hidden = random.Random(6)

    def __call__(self, x):
        return x * self.rng.random()  # draws

    def of_hidden(self, x):
        return x * self.__hidden.random()  # draws


class InSlotAbove(InSlot):
    pass


class DrawsWhenMade:
    def __init__(self):
        self.n = SEEDED.normal()  # draws


class Meta(type):
    rng = random.Random(7)


class ByMeta(metaclass=Meta):
    pass


SETTINGS.inner = types.ModuleType("inner")
SETTINGS.inner.own, SETTINGS.inner.settings = random.Random(8), SETTINGS
MORE = InheritsMore()
PYTHON, NUMPY = "Python's random", "numpy.random"
DRAWING = {
    "global": (lambda x: x * random.random(), PYTHON),  # draws
    "imported name": (lambda x, gauss=random.gauss: x * gauss(0.0, 1.0), PYTHON),  # draws
    "NumPy's global": (lambda x: x * numpy.random.rand(), NUMPY),  # draws
    "global generator": (lambda x: x * SEEDED.normal(), "a numpy.random.Generator"),  # draws
    "attribute": (Noisy(), "a random.Random"),
    "method": (Noisy().of_the_class, "a random.Random"),
    "closure": (closure(), "a numpy.random.RandomState"),
    "default": (by_default, "a random.Random"),
    "partial": (functools.partial(given, random.Random(4)), "a random.Random"),
    "decorated": (decorated(), "a random.Random"),
    "module": (after_a_call, "a random.Random"),
    "module in a module": (lambda x: x * SETTINGS.inner.own.random(), "a random.Random"),  # draws
    "class above": (MORE.of_the_class, "a random.Random"),
    "class above, by super": (MORE.of_one_above, "a random.Random"),
    "class above, of NumPy": (MORE.of_numpy, "a numpy.random.Generator"),
    "method of a class above": (MORE.of_a_global, "a numpy.random.Generator"),
    "property": (lambda x: x * MORE.drawn, "a random.Random"),
    "cached property": (lambda x: x * InheritsMore().drawn_once, "a numpy.random.Generator"),
    "method of the class": (lambda x: InheritsMore.of_class(x), "a random.Random"),
    "static method": (lambda x: InheritsMore.static(x), "a numpy.random.Generator"),
    "slot": (InSlot(), "a random.Random"),
    "slot with a hidden name": (InSlot().of_hidden, "a random.Random"),
    "slot of a class above": (InSlotAbove(), "a random.Random"),
    "global class": (lambda x: x * Noisy.shared.random(), "a random.Random"),  # draws
    "global class, above": (lambda x: x * Inherits.shared.random(), "a random.Random"),  # draws
    "object made inside": (lambda x: x * DrawsWhenMade().n, "a numpy.random.Generator"),
    "class of a class": (lambda x: x * ByMeta.rng.random(), "a random.Random"),  # draws
    "compiled": (ag.compile(by_default), "a random.Random"),
    "two": (two_in_a_line(), "a random.Random"),  # the nearer one is named
    "branch": (lambda x: x if random.random() < 0.5 else -x, PYTHON),  # draws
}


@pytest.mark.parametrize("name", DRAWING)
def test_a_draw_in_a_traced_function_is_refused_with_its_line(Value, name):
    function, what = DRAWING[name]
    with pytest.raises(ag.TraceError, match=f"^{what} is drawn from in a compiled") as told:
        ag.compile(function).value(2.0)
    line = int(str(told.value).partition("line ")[2].partition(" ")[0])
    assert __file__ in str(told.value)
    assert "# draws" in inspect.getsource(sys.modules[__name__]).splitlines()[line - 1]


def test_a_generator_among_the_arguments_is_looked_at_too(Value):
    program = ag.compile(given)
    with pytest.raises(ag.TraceError, match=r"a numpy.random.Generator is drawn from"):
        program.grad(numpy.random.default_rng(1), 2.0)
    with pytest.raises(ag.TraceError, match=r"a random.Random is drawn from"):
        program.grad(random.Random(1), 2.0)


def test_what_is_reached_twice_is_looked_at_once():
    rng = random.Random(0)
    around = [rng, rng]
    around.append(around)
    assert generators_reached(around, rng) == [rng]


def test_hessian_products_and_batches_are_traced_with_the_same_care(Value):
    with pytest.raises(ag.TraceError, match="is drawn from"):
        ag.compile(by_default, batch="sum").value([1.0, 2.0])
    with pytest.raises(ag.TraceError, match="is drawn from"):
        ag.compile(lambda x: by_default(x)).hvp(1.0, 1.0)


def test_numbers_that_are_drawn_outside_are_arguments(Value):
    program = ag.compile(lambda x, normals: sum(x * e for e in normals))
    rng = random.Random(5)
    for _ in range(3):
        normals = [rng.gauss(0.0, 1.0) for _ in range(4)]
        assert program.grad(2.0, normals)[0] == pytest.approx(sum(normals), rel=1e-15)
    assert program.traces == 1


def test_what_draws_only_once_is_traced_once_more(Value):
    prepared = []

    def f(x):
        if not prepared:
            prepared.append(random.random())
        return prepared[0] * x

    program = ag.compile(f)
    assert program.grad(2.0) == prepared[0]
    assert program.traces == 2


def draw_elsewhere():
    thread = threading.Thread(target=random.random)
    thread.start()
    thread.join()


def test_what_another_thread_draws_meanwhile_is_no_draw_of_the_function(Value):
    runs = []

    def f(x):
        runs.append(x)
        if len(runs) < 3:
            draw_elsewhere()
        return x * x

    assert ag.compile(f).grad(3.0) == 6.0
    assert len(runs) == 3


def test_an_import_of_random_in_the_function_is_no_draw(Value, monkeypatch):
    monkeypatch.delitem(sys.modules, "random")

    def f(x):
        import random

        return x if random else -x

    assert ag.compile(f).value(2.0) == 2.0


def test_the_operating_system_has_no_state_to_compare(Value):
    system = random.SystemRandom()
    assert 0.0 <= ag.compile(lambda x: x * system.random()).value(1.0) <= 1.0


def test_a_large_or_odd_surrounding_does_not_take_long(Value):
    loop = [1.0] * 100_000
    loop.append(loop)
    table = {i: [[i]] for i in range(10_000)}

    def f(x):
        return x * loop[0] + table[1][0][0] + (x if loop else later)

    if not loop:
        later = 1.0  # a cell that stays empty
    assert ag.compile(f).value(2.0) == 5.0


class Lazy:
    """Loads what it stands for as soon as it is asked for an attribute, as lazy modules do."""

    __slots__ = ()

    def __getattr__(self, name):
        raise ImportError(f"nobody is to ask for {name}")


class Stands:
    """For something that is not there (yet): whatever it is asked, it fails."""

    def __getattribute__(self, name):
        raise RuntimeError(f"nobody is to ask for {name}")

    __iter__ = __len__ = __eq__ = __hash__ = __getattribute__


class Listed(list):
    __iter__ = __len__ = Stands.__getattribute__


class Table(dict):
    __iter__ = __len__ = values = Stands.__getattribute__


def test_what_loads_itself_when_asked_is_not_asked():
    lazy, stands, rng = Lazy(), Stands(), random.Random(0)
    gone = weakref.proxy(type("Gone", (), {})())
    assert generators_reached(lambda x: (x, lazy, stands, gone)) == []
    things = Listed([rng]), Table(a=random.Random(1))
    assert generators_reached(lambda x: (x, things)) == [rng, dict.get(things[1], "a")]


def test_things_without_a_dict_are_looked_through_as_well():
    async def nothing():
        pass

    class Drawing:
        __slots__ = ()
        generator = random.Random(0)

    loop = asyncio.new_event_loop()
    task = loop.create_task(nothing())  # its class has a place for attributes, and no `__dict__`
    assert generators_reached(lambda x: (x, task)) == []
    loop.run_until_complete(task)
    loop.close()
    drawing = Drawing()
    assert generators_reached(lambda x: (x, drawing)) == [Drawing.generator]


def test_another_debugger_is_back_afterwards(Value):
    other = lambda frame, event, argument: None
    before = sys.gettrace()
    sys.settrace(other)
    try:
        with pytest.raises(ag.TraceError):
            ag.compile(by_default).value(1.0)
        assert sys.gettrace() is other
    finally:
        sys.settrace(before)


def test_refresh_compares_without_refusing(Value):
    draws = []
    program = ag.compile(lambda x: x * by_default(1.0) if draws else x)
    program.value(2.0)
    draws.append(True)
    assert program.refresh(2.0)
    with pytest.raises(ag.TraceError, match="is drawn from"):
        program.value(2.0)


def test_a_model_that_begins_to_draw_is_trained_uncompiled(Value):
    class Late(nn.Module):
        def __init__(self):
            self.inner, self.rng, self.noise = nn.Linear(2, 1, seed=0), random.Random(0), 0.0

        def forward(self, x):
            (y,) = self.inner(x)
            return [y + self.rng.gauss(0.0, self.noise)] if self.noise else [y]

    class Begin(nn.Callback):
        def on_epoch_end(self, training):
            model.noise = 0.1

    model = Late()
    with pytest.warns(nn.NotCompiledWarning, match="is drawn from"):
        history = nn.fit(
            model, [[0.0, 1.0], [1.0, 0.0]], [[0.0], [1.0]], epochs=3, seed=0, loss=nn.mse,
            optimizer=nn.SGD(model.parameters(), lr=0.1), callbacks=[Begin()],
        )  # fmt: skip
    assert len(history["loss"]) == 3


def test_a_function_of_a_primitive_may_draw_for_each_replay_calls_it(Value):
    rng = random.Random(0)

    def noisy(x):
        drawn = rng.random()
        return x + drawn

    noise = ag.Primitive("noise", noisy, lambda out, x: (1.0,))
    program = ag.compile(lambda x: 2.0 * noise(x))
    assert len({program.value(1.0) for _ in range(4)}) == 4
    with pytest.raises(ag.TraceError, match="is drawn from"):
        ag.compile(lambda x: noise(x) * rng.random()).value(1.0)
