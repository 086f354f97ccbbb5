"""Plain numbers that change while a model is trained: the tape follows, whoever keeps them."""

import asyncio
import contextlib
import functools
import importlib
import math
import random
import threading
import types
import warnings
import weakref
from collections import UserDict, deque
from contextvars import ContextVar
from dataclasses import dataclass

import pytest

import autograd_lite as ag
import nn
from nn.training.watch import Watch

LEVEL = 0.0
XOR = nn.datasets.xor()


@dataclass
class Settings:
    level: float = 0.0


class Slotted:
    __slots__ = ("level",)

    def __init__(self):
        self.level = 0.0


class Scaled(nn.Module):
    """Reads a number of its own, and one of its class."""

    shared = 0.0

    def __init__(self):
        self.inner, self.own = nn.Linear(2, 1, seed=0), 0.0

    def forward(self, x):
        return [y * (1.0 + self.own + self.shared) for y in self.inner(x)]


class Box:
    """Has a number by its class, until it gets one of its own."""

    level = 0.0


class Table(dict):
    """A dict with attributes."""


class SlottedNet(nn.Module):
    __slots__ = ("own",)

    def __init__(self):
        self.inner, self.own = nn.Linear(2, 1, seed=0), 0.0

    def forward(self, x):
        return [y * (1.0 + self.own) for y in self.inner(x)]


class Property(Scaled):
    @property
    def twice(self):
        return 2.0 * self.own

    def forward(self, x):
        return [y * (1.0 + self.twice) for y in self.inner(x)]


def keepers():
    """By name: a model, a loss, and what sets the number that they read."""

    def penalized(read):
        net = nn.Linear(2, 1, seed=0)
        return net, lambda p, y: nn.mse(p, y) + read() * nn.l2_penalty(net.parameters())

    def in_global(x):
        global LEVEL
        LEVEL = x

    def in_cell():
        level = 0.0

        def write(x):
            nonlocal level
            level = x

        return (lambda: level), write

    table, entries, settings = {"level": 0.0}, [0.0, 0.0], Settings()
    space, slotted = types.SimpleNamespace(level=0.0), Slotted()
    read, write = in_cell()
    yield "dict", *penalized(lambda: table["level"]), functools.partial(table.__setitem__, "level")
    yield "list", *penalized(lambda: entries[1]), functools.partial(entries.__setitem__, 1)
    yield (
        "object",
        *penalized(lambda: settings.level),
        functools.partial(setattr, settings, "level"),
    )
    yield (
        "getattr",
        *penalized(lambda: getattr(settings, "lev" + "el")),
        functools.partial(setattr, settings, "level"),
    )
    yield "namespace", *penalized(lambda: space.level), functools.partial(setattr, space, "level")
    yield "slots", *penalized(lambda: slotted.level), functools.partial(setattr, slotted, "level")
    yield "global", *penalized(lambda: LEVEL), in_global
    yield "cell", *penalized(read), write
    box, with_attribute, recent, user_dict = Box(), Table(), deque([0.0]), UserDict(level=0.0)
    long = [0.0] * 300
    box_write = lambda x: x and setattr(box, "level", x)  # none of its own before
    yield "default of a class", *penalized(lambda: box.level), box_write
    write = functools.partial(setattr, with_attribute, "level")
    yield "attribute of a dict", *penalized(lambda: with_attribute.level), write
    yield "deque", *penalized(lambda: recent[0]), functools.partial(recent.__setitem__, 0)
    write = functools.partial(user_dict.__setitem__, "level")
    yield "UserDict", *penalized(lambda: user_dict["level"]), write
    yield "long list", *penalized(lambda: long[290]), functools.partial(long.__setitem__, 290)
    missing, several = {}, []
    write = lambda x: x and missing.update(level=x)
    yield "missing key", *penalized(lambda: missing.get("level", 0.0)), write
    fill = lambda x: x and several.append(x)
    yield "empty list", *penalized(lambda: several[-1] if several else 0.0), fill

    def of_function():
        return of_function.level

    yield "function", *penalized(of_function), functools.partial(setattr, of_function, "level")

    def by_default(level=0.0):
        return level

    write = lambda x: setattr(by_default, "__defaults__", (x,))
    yield "defaults", *penalized(by_default), write
    net = SlottedNet()
    yield "slots of a module", net, nn.mse, functools.partial(setattr, net, "own")
    net = Scaled()
    yield "attribute", net, nn.mse, functools.partial(setattr, net, "own")
    yield "class", Scaled(), nn.mse, functools.partial(setattr, Scaled, "shared")
    net = Property()
    yield "property", net, nn.mse, functools.partial(setattr, net, "own")
    loss = functools.partial(nn.huber, delta=1.0)
    yield "partial", nn.Linear(2, 1, seed=0), loss, lambda x: loss.keywords.update(delta=1.0 + x)


class Anneal(nn.Callback):
    """Sets a number, before an epoch or after each batch."""

    def __init__(self, write, by_batch):
        self.write, self.by_batch = write, by_batch
        write(0.0)

    def on_epoch_begin(self, training):
        if not self.by_batch:
            self.write(0.25 * training.epoch)

    def on_batch_end(self, training):
        if self.by_batch:
            self.write(0.25 * training.epoch + 0.1 * training.batch)


@pytest.mark.parametrize("name", [name for name, *_ in keepers()])
@pytest.mark.parametrize("by_batch", [False, True])
def test_compiled_and_not_give_the_same_numbers(Value, name, by_batch):
    found = []
    for compile in (True, False):
        model, loss, write = next(kept[1:] for kept in keepers() if kept[0] == name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            history = nn.fit(
                model, XOR.x, [3.0, -1.0, 0.5, 2.0], loss=loss, optimizer="sgd", lr=0.05, epochs=3,
                batch_size=2, seed=0, callbacks=[Anneal(write, by_batch)], compile=compile,
                metrics=["r2"], validation_data=(XOR.x[:2], [3.0, -1.0]), progress=False,
            )  # fmt: skip
        write(0.0)
        found.append([p.data for p in model.parameters()])
        found[-1] += [x for column in history.columns.values() for x in column]
    assert found[0] == pytest.approx(found[1], rel=1e-10, abs=1e-12)


def test_what_nobody_can_see_is_found_once_an_epoch_or_told(Value):
    """The function is traced once more in each epoch, and compared with the tape."""
    level = ContextVar("level", default=0.0)

    class Set(nn.Callback):
        tells = False

        def on_epoch_begin(self, training):
            level.set(0.1 * training.epoch)
            if self.tells:
                training.retrace()

    class Tell(Set):
        tells = True

    def losses(*callbacks, compile=True):
        loss = lambda p, y: nn.mse(p, y) + level.get()
        net = nn.Linear(2, 1, seed=0)
        return nn.fit(net, XOR, loss=loss, optimizer="sgd", epochs=3, seed=0, compile=compile,
                      callbacks=callbacks, progress=False)["loss"]  # fmt: skip

    wanted = losses(Set(), compile=False)
    with pytest.warns(nn.NotCompiledWarning, match="changes where nobody can see it"):
        assert losses(Set()) == pytest.approx(wanted, rel=1e-12)
    assert losses(Tell()) == pytest.approx(wanted, rel=1e-12)


def fitted(make, *, write, **options):
    """The columns of a training in which `write(epoch)` is called as each epoch begins."""

    class Write(nn.Callback):
        def on_epoch_begin(self, training):
            write(training.epoch)

    model, loss = make()
    options = {"epochs": 4, "batch_size": 2, "seed": 0, "lr": 0.05, **options}
    history = nn.fit(
        model, XOR.x, [[3.0], [-1.0], [0.5], [2.0]], loss=loss, optimizer="sgd", progress=False,
        metrics={"mean": lambda p, y: sum(row[0] for row in p) / len(p)},
        validation_data=(XOR.x[:2], [[3.0], [-1.0]]), callbacks=[Write()], **options,
    )  # fmt: skip
    return dict(history.columns)


HIDDEN = ContextVar("hidden", default=1.0)


class Hidden(nn.Module):
    """Reads a number where nobody can see it: always, or only where it is trained or used."""

    def __init__(self, when=(True, False), before=None):
        self.inner, self.before = nn.Linear(2, 1, seed=0), before or list
        self.when = when

    def forward(self, x):
        scale = HIDDEN.get() if self.training in self.when else 1.0
        return [y * scale for y in self.inner(self.before(x))]


@pytest.mark.parametrize(
    "make",
    [
        lambda: (nn.Linear(2, 1, seed=0), lambda p, y: nn.mse(p, y) * HIDDEN.get()),
        lambda: (Hidden(), nn.mse),
        lambda: (Hidden(when=(True,)), nn.mse),
        lambda: (Hidden(when=(False,)), nn.mse),
        lambda: (Hidden(when=(False,), before=nn.Dropout(0.5, seed=1)), nn.mse),
    ],
    ids=["loss", "model", "in training", "in use", "in use, of a model that draws"],
)
def test_what_nobody_can_see_changes_no_measure_either(Value, make):
    """The tapes that measure were kept when that of the training was given up."""
    write = lambda epoch: HIDDEN.set(0.5**epoch)
    token = HIDDEN.set(1.0)
    with pytest.warns(nn.NotCompiledWarning) as told:
        found = fitted(make, write=write)
    HIDDEN.set(1.0)
    wanted = fitted(make, write=write, compile=False)
    HIDDEN.reset(token)
    assert found.keys() == wanted.keys() == {"loss", "mean", "val_loss", "val_mean"}
    for name, column in wanted.items():
        assert found[name] == pytest.approx(column, rel=1e-10), name
    assert len(told) == 1


def refuses_numbers(y):
    """A factor of 1 that cannot be had while a function is traced."""
    return math.exp(0.0 * float(y[0]))


def wants_a_float(y):
    return {float: 1.0}[type(y[0])]


@pytest.mark.parametrize("factor", [refuses_numbers, wants_a_float])
@pytest.mark.parametrize("seen", [False, True])
def test_a_change_after_which_nothing_can_be_traced_ends_the_tape_alone(Value, factor, seen):
    """It ended `fit`, which runs with compile=False."""
    level = {"now": 0}
    read = (lambda: level["now"]) if seen else HIDDEN.get
    loss = lambda p, y: nn.mse(p, y) * (factor(y) if read() > 2 else 1.0)
    make = lambda: (nn.Linear(2, 1, seed=0), loss)

    def write(epoch):
        HIDDEN.set(epoch)
        level["now"] = epoch

    token = HIDDEN.set(0)
    with pytest.warns(nn.NotCompiledWarning) as told:
        found = fitted(make, write=write)
    write(0)
    wanted = fitted(make, write=write, compile=False)
    HIDDEN.reset(token)
    for name, column in wanted.items():
        assert found[name] == pytest.approx(column, rel=1e-10), name
    assert len(told) == 1


def test_what_a_walk_does_not_reach_is_found_once_an_epoch(Value, monkeypatch):
    monkeypatch.setattr("nn.training.watch.MOST_PLACES", 4)
    deep = {"a": {"b": {"c": {"d": {"level": 1.0}}}}}
    write = lambda epoch: deep["a"]["b"]["c"]["d"].update(level=0.5**epoch)

    def make():
        write(0)
        read = lambda: deep["a"]["b"]["c"]["d"]["level"]
        return nn.Linear(2, 1, seed=0), lambda p, y: nn.mse(p, y) * read()

    with pytest.warns(nn.NotCompiledWarning, match="changes where nobody can see it"):
        found = fitted(make, write=write)
    wanted = fitted(make, write=write, compile=False)
    for name, column in wanted.items():
        assert found[name] == pytest.approx(column, rel=1e-10), name


def test_a_leaf_that_is_replaced(Value):
    """The optimizer keeps the old one, so that its tape goes on."""

    class Replace(nn.Callback):
        def on_batch_end(self, training):
            training.model.bias[0] = ag.Value(training.batch)

    losses = [
        nn.fit(nn.Linear(2, 1, seed=0), XOR, loss=nn.mse, optimizer="sgd", epochs=2, batch_size=2,
               seed=0, callbacks=[Replace()], compile=compile, progress=False)["loss"]
        for compile in (True, False)
    ]  # fmt: skip
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)


def test_retracing_changes_nothing(Value):
    class Retrace(nn.Callback):
        def on_epoch_begin(self, training):
            training.retrace()

    history = nn.fit(
        nn.Linear(2, 1, seed=0), XOR, loss=nn.mse, optimizer="sgd", epochs=4, seed=0,
        callbacks=[Retrace()], progress=False,
    )  # fmt: skip
    assert history == nn.fit(
        nn.Linear(2, 1, seed=0), XOR, loss=nn.mse, optimizer="sgd", epochs=4, seed=0, progress=False
    )


def test_a_number_that_changes_all_the_time_ends_the_tape_and_that_is_told(Value):
    net, level = nn.Linear(2, 1, seed=0), {"now": 0.0}

    class Each(nn.Callback):
        def on_batch_end(self, training):
            level["now"] += 1e-3

    with pytest.warns(nn.NotCompiledWarning, match="changes again and again") as told:
        nn.fit(
            net, XOR, loss=lambda p, y: nn.mse(p, y) * (1.0 + level["now"]), optimizer="sgd",
            epochs=20, batch_size=1, seed=0, callbacks=[Each()], progress=False,
        )  # fmt: skip
    assert len(told) == 1


def test_a_number_that_does_not_change_costs_no_trace(Value):
    traces = []

    class Look(nn.Callback):
        def on_epoch_end(self, training):
            traces.append(training.objective.program.tapes())

    class Counting(Scaled):
        def __init__(self):
            super().__init__()
            self.inner = nn.MLP(2, [3, 1], seed=0)

    nn.fit(Counting(), XOR, loss=nn.mse, optimizer="sgd", epochs=5, batch_size=2, seed=0,
           callbacks=[Look(), nn.Monitor(every=1)], progress=False)  # fmt: skip
    assert len(traces[0]) == 1
    assert all(one is traces[0][0] for tapes in traces for one in tapes)


def test_pictures_follow_too(Value):
    net = Scaled()
    inspection = nn.Inspection(net, nn.mse, XOR)
    before = [sample.loss for sample in inspection.samples()]
    net.own = 9.0
    after = [sample.loss for sample in inspection.samples()]
    fresh = [sample.loss for sample in nn.Inspection(net, nn.mse, XOR).samples()]
    assert after == fresh != before


def test_a_watch_sees_what_is_changed_and_nothing_else():
    settings, odd = Settings(), float("nan")
    other = {"unrelated": 1.0}
    watch = Watch(lambda x: x * settings.level * odd + ag.tanh(x))
    assert not watch.changed()
    settings.other = 3.0  # an attribute that the code does not name
    other["unrelated"] = 2.0
    assert not watch.changed()
    settings.level = 2.0
    assert watch.changed()
    watch.reset()
    assert not watch.changed()


class Lazy:
    """Loads what it stands for as soon as it is asked for an attribute, as lazy modules do."""

    def __getattr__(self, name):
        raise ImportError(f"nobody is to ask for {name}")


class LazySlots(Lazy):
    __slots__ = ()


LAZY, MASKED = [Lazy(), LazySlots()], []


def test_a_watch_asks_no_thing_for_an_attribute_that_it_may_have_to_make():
    watch = Watch(lambda x: x * len(LAZY))
    assert not watch.changed()
    LAZY.append(Lazy())
    assert watch.changed()
    del LAZY[-1]


class Refusing:
    """Raises whatever it is asked; so does its class, for one attribute."""

    __slots__ = ("__dict__", "empty", "filled")

    def __init__(self):
        self.filled = 1.0

    def refuse(self, *args):
        raise RuntimeError("nobody is to ask for anything")

    __getattr__ = __eq__ = __len__ = __iter__ = __getitem__ = __contains__ = __bool__ = refuse
    __hash__ = None

    class OfClass:
        def __get__(self, thing, kind):
            raise RuntimeError("it is not ready")

    absent = OfClass()


class RefusingList(list):
    __getattr__ = __eq__ = __len__ = __iter__ = __getitem__ = __bool__ = Refusing.refuse
    __hash__ = None


class RefusingDict(dict):
    __getattr__ = __eq__ = __len__ = __iter__ = __getitem__ = __bool__ = Refusing.refuse
    keys = values = items = __contains__ = Refusing.refuse
    __hash__ = None


class Gone:
    """Is soon no more."""


def test_a_watch_runs_no_code_of_others():
    settings, several, table = Refusing(), RefusingList([1.0]), RefusingDict(level=1.0)
    gone = weakref.proxy(Gone())
    watch = Watch(
        lambda x: (settings.empty, settings.filled, settings.absent, several, table, gone)
    )
    assert not watch.changed()
    for change in (
        lambda: setattr(settings, "filled", 2.0),
        lambda: setattr(settings, "empty", 2.0),
        lambda: list.append(several, 2.0),
        lambda: dict.update(table, level=2.0),
        lambda: setattr(several, "filled", 2.0),
    ):
        watch.reset()
        change()
        assert watch.changed()
    watch.reset()
    assert not watch.changed()


def test_a_number_may_become_something_that_is_compared_with_no_number():
    numbers = [1.0, 2.0]
    watch = Watch(lambda x: x * numbers[0])
    numbers[0] = Refusing()
    assert watch.changed()


@pytest.mark.parametrize(("size", "seen"), [(256, True), (10_000, True), (10_001, False)])
def test_how_long_a_list_of_numbers_may_be(size, seen):
    numbers = [0.5] * size
    watch = Watch(lambda x: x * numbers[-1])
    numbers[-1] = 0.75
    assert watch.changed() is seen


@pytest.mark.parametrize(("size", "seen"), [(256, True), (257, False)])
def test_how_many_things_a_container_may_hold(size, seen):
    rows = {i: [0.5] for i in range(size)}
    watch = Watch(lambda x: x * rows[0][0])
    rows[0][0] = 0.75
    assert watch.changed() is seen


def test_a_watch_passes_objects_that_have_no_dict():
    async def nothing():
        pass

    loop = asyncio.new_event_loop()
    task = loop.create_task(nothing())
    assert not Watch(lambda x: (x, task)).changed()
    loop.run_until_complete(task)
    loop.close()


def test_a_watch_passes_arrays_that_refuse_to_give_their_bytes():
    MASKED.append(pytest.importorskip("numpy").ma.masked)
    assert not Watch(lambda x: x * len(MASKED)).changed()


def test_a_watch_does_not_look_into_the_standard_library():
    weight = {"penalty": 0.5}

    def loss(x):
        thread = threading.Thread(target=random.random)
        warnings.warn(str(thread), stacklevel=2)
        return x * weight["penalty"]

    watch = Watch(loss)
    assert len(watch.places) < 12  # it took a hundred, and reached modules that had to be imported
    weight["penalty"] = 0.75
    assert watch.changed()


def test_a_watch_looks_into_what_the_standard_library_decorates():
    weight = {"penalty": 0.5}

    @contextlib.contextmanager
    def scaled(x):
        yield x * weight["penalty"]

    watch = Watch(scaled)
    weight["penalty"] = 0.75
    assert watch.changed()


def test_of_installed_packages_a_watch_looks_into_those_of_model_and_loss(tmp_path, monkeypatch):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "library_of_losses.py").write_text(
        "import library_of_arrays\nPENALTY = 0.5\n"
        "def loss(x):\n    return library_of_arrays.scaled(x) * PENALTY\n"
    )
    (folder / "library_of_arrays.py").write_text(
        "SCALE = 2.0\ndef scaled(x):\n    return x * SCALE\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    losses, arrays = map(importlib.import_module, ("library_of_losses", "library_of_arrays"))
    watch = Watch(losses.loss)
    arrays.SCALE = 3.0
    assert not watch.changed()
    losses.PENALTY = 0.75
    assert watch.changed()
