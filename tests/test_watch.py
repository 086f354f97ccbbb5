"""Plain numbers that change while a model is trained: the tape follows, whoever keeps them."""

import asyncio
import contextlib
import functools
import importlib
import random
import threading
import types
import warnings
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
