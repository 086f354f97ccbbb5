"""Modes and scopes end as they should: in any order, in tasks and threads, and after Ctrl-C."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import os
import subprocess
import sys
import threading
import weakref
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import detect_anomaly, modes, no_grad, scope
from autograd_lite.scopes import innermost

Mode = modes.Mode


@pytest.fixture(autouse=True)
def _nothing_is_left_on():
    usual()
    yield
    gc.collect()
    usual()


def state():
    """What is on in this task."""
    path = innermost()
    return modes.recording(), modes.watch(), path and str(path)


def usual():
    assert state() == (True, None, None)
    assert modes.trace() is None
    if "autograd_lite.native.engine" in sys.modules:
        memory = sys.modules["autograd_lite.native.engine"].memory()
        assert (memory["modes"], memory["scopes"]) == (0, 0), "else each operation asks what is on"
    else:
        assert not modes.active


def recorded(Value):
    """Whether the engine records; it must agree with what it says."""
    x = Value(3.0)
    y = x * x
    y.backward()
    assert (y.op is not None) == (x.grad == 6.0) == modes.recording()
    return y.op is not None


# In any order -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [no_grad, detect_anomaly, ag.source_lines])
def test_without_brackets_a_mode_says_how_it_is_written(Value, kind):
    message = rf"^write {kind.__name__}\(\), with brackets$"
    with pytest.raises(TypeError, match=message), kind:
        pass
    with pytest.raises(TypeError, match=message):
        kind(lambda x: x)
    assert str(inspect.signature(kind)) == "()"
    with kind():
        assert (Value(2.0) * 3.0).data == 6.0


def test_first_in_first_out(Value):
    a, b, c = no_grad(), no_grad(), Mode("recording", True)
    for manager in (a, b, c):
        manager.__enter__()
    assert recorded(Value)
    a.__exit__()
    assert recorded(Value)
    c.__exit__(None, None, None)
    assert not recorded(Value), "b is open"
    b.__exit__()
    assert recorded(Value)
    b.__exit__()
    assert recorded(Value), "leaving once more has no effect"


def test_a_manager_may_be_open_several_times(Value):
    manager = no_grad()
    with manager, manager:
        with manager:
            pass
        assert not recorded(Value)
    assert recorded(Value)


def test_each_attribute_is_for_itself(Value):
    a, b = no_grad(), detect_anomaly()
    a.__enter__(), b.__enter__()
    assert (recorded(Value), modes.watch()) == (False, b)
    a.__exit__()
    assert (recorded(Value), modes.watch()) == (True, b)
    with pytest.raises(ag.AnomalyError), Mode("recording", True):
        Value(-1.0).log()
    with Mode("watch", None):
        Value(-1.0).log()
    b.__exit__()


def test_a_generator_that_is_closed_inside_another_mode(Value):
    def samples():
        with no_grad():
            yield from (1.0, 2.0)

    g = samples()
    next(g)
    assert not recorded(Value)
    with detect_anomaly():
        g.close()
        assert recorded(Value)
    assert recorded(Value)


@pytest.mark.slow
def test_a_generator_that_is_thrown_away_ends_its_modes(Value):
    def samples():
        with no_grad(), scope("g"):
            yield

    g = samples()
    next(g)
    del g
    gc.collect()
    assert recorded(Value)
    assert innermost() is None


def test_an_entry_ends_with_its_manager(Value):
    manager, named = no_grad(), scope("s")
    manager.__enter__(), named.__enter__()
    assert not recorded(Value)
    dead = weakref.ref(manager), weakref.ref(named)
    del manager, named
    assert [reference() for reference in dead] == [None, None], "entries keep no manager alive"
    assert recorded(Value)
    assert innermost() is None


def test_an_anomaly_detector_dies_at_once(Value):
    watch = detect_anomaly()
    watch.__enter__()
    dead = weakref.ref(watch)
    del watch
    assert dead() is None


def test_in_an_exit_stack(Value):
    with ExitStack() as stack:
        stack.enter_context(no_grad())
        stack.enter_context(scope("s"))
        assert not recorded(Value)
        assert str(innermost()) == "s"
    assert recorded(Value)


@pytest.mark.slow
def test_hand_over_hand_leaves_no_list_behind(Value, full_or_quick):
    """Each is opened before those before it are closed: a list that only grew would be a leak."""
    window = []

    def steps(times):
        for _ in range(times):
            window.append(no_grad())
            window[-1].__enter__()
            if len(window) > 3:
                window.pop(0).__exit__()
        gc.collect()
        return sys.getallocatedblocks()

    before = steps(50)
    assert steps(full_or_quick(20_000, 2000)) - before < 100
    for manager in window:
        manager.__exit__()


@pytest.mark.slow
def test_ten_thousand_deep(Value):
    managers = [no_grad() for _ in range(10_000)]
    for manager in managers:
        manager.__enter__()
    assert not recorded(Value)
    for manager in reversed(managers):
        manager.__exit__()


# Functions ----------------------------------------------------------------------------------------


def test_a_decorated_coroutine_function_runs_inside(Value):
    @no_grad()
    async def evaluate():
        await asyncio.sleep(0)
        return recorded(Value)

    @scope("s")
    async def named():
        await asyncio.sleep(0)
        return str(innermost())

    async def main():
        return await asyncio.gather(evaluate(), named(), asyncio.sleep(0, recorded(Value)))

    assert asyncio.run(main()) == [False, "s", True]


def test_a_generator_function_is_not_decorated():
    def steps():
        yield

    async def tasks():
        yield

    for manager, name in ((no_grad(), "no_grad"), (detect_anomaly(), "detect"), (scope("s"), "sc")):
        for function in (steps, tasks):
            with pytest.raises(TypeError, match=f"{name}.* cannot decorate a generator function"):
                manager(function)


def test_each_call_of_a_decorated_function_has_an_entry_of_its_own(Value):
    depth = []

    @no_grad()
    def down(n):
        depth.append(recorded(Value))
        if n:
            down(n - 1)
        elif n == 0:
            raise KeyError

    with pytest.raises(KeyError):
        down(5)
    assert depth == [False] * 6
    assert recorded(Value)


# Tasks and threads --------------------------------------------------------------------------------


def test_tasks_do_not_see_each_others_modes(Value):
    async def evaluate():
        with no_grad(), scope("evaluate"), detect_anomaly():
            await asyncio.sleep(0.002)
            return recorded(Value), str(innermost())

    async def train():
        await asyncio.sleep(0)
        return recorded(Value), innermost()

    async def main():
        return await asyncio.gather(evaluate(), train(), evaluate(), train())

    assert asyncio.run(main()) == [(False, "evaluate"), (True, None)] * 2


def test_a_task_that_is_started_inside_is_inside_until_the_block_is_left(Value):
    found = []

    async def child(event):
        found.append(recorded(Value))
        await event.wait()
        found.append(recorded(Value))

    async def main():
        event = asyncio.Event()
        with no_grad():
            task = asyncio.create_task(child(event))
            await asyncio.sleep(0)
        event.set()
        await task

    asyncio.run(main())
    assert found == [False, True]


def test_a_mode_may_be_left_in_another_thread_or_context(Value):
    for leave in (lambda f: contextvars.copy_context().run(f), in_thread):
        manager, named = no_grad(), scope("s")
        manager.__enter__(), named.__enter__()
        leave(manager.__exit__), leave(named.__exit__)
        assert recorded(Value)
        assert innermost() is None


def test_a_thread_that_ends_with_an_open_mode_does_no_harm(Value):
    kept = []

    def work():
        kept.append(no_grad())
        kept[0].__enter__()
        assert not recorded(Value)

    in_thread(work)
    assert recorded(Value)
    kept.clear()


def in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


# A simple model -----------------------------------------------------------------------------------
#
# Trees of blocks: each runs in the task of the one around it, in a thread, in an asyncio task or in
# a generator that may outlive it. The model is a list for each task.

KINDS = ("no_grad", "record", "watch", "unwatched", "scope")
steps = st.recursive(
    st.sampled_from(["look", "leave first", "leave last", "forget", "end a generator"]),
    lambda inner: st.tuples(
        st.sampled_from([*KINDS, "open", "generator", "thread", "context", "coroutine"]),
        st.sampled_from(KINDS),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


class Watch:
    def recorded(self, node):
        pass

    def passed_back(self, *step):
        pass


def manager_of(kind, number):
    return {
        "no_grad": no_grad,
        "record": lambda: Mode("recording", True),
        "watch": lambda: Mode("watch", WATCH),
        "unwatched": lambda: Mode("watch", None),
        "scope": lambda: scope(f"s{number}"),
    }[kind]()


WATCH = Watch()


class Model:
    """What is open: for each task a list of [kind, number, whether it is open]."""

    def __init__(self, Value):
        self.Value, self.numbers, self.loose, self.generators = Value, 0, [], []

    def open(self, kind, entries):
        self.numbers += 1
        entry, manager = [kind, self.numbers, True], manager_of(kind, self.numbers)
        manager.__enter__()
        entries.append(entry)
        return entry, manager

    def close(self, entry, manager):
        manager.__exit__(None, None, None)
        entry[2] = False

    def look(self, entries):
        newest = [entry for entry in entries[::-1] if entry[2]]
        kinds = [kind for kind, *_ in newest]
        recording = next((k == "record" for k in kinds if k in ("record", "no_grad")), True)
        watched = next((k == "watch" for k in kinds if k in ("watch", "unwatched")), False)
        name = next((f"s{number}" for kind, number, _ in newest if kind == "scope"), None)
        assert modes.recording() == recording
        assert modes.watch() is (WATCH if watched else None)
        assert (innermost() and innermost().name) == name
        node = self.Value(2.0) * 3.0
        assert (node.op is not None) == recording
        assert (node.scope and node.scope.name) == name

    def run(self, steps, entries):
        for step in steps:
            self.look(entries)
            if isinstance(step, tuple):
                self.nested(*step, entries)
            elif step == "end a generator" and self.generators:
                generator, entry = self.generators.pop(0)
                generator.close()
                entry[2] = False
            elif step.startswith("leave") and self.loose:
                self.close(*self.loose.pop(0 if step == "leave first" else -1))
            elif step == "forget" and self.loose:
                entry, manager = self.loose.pop(0)
                entry[2] = False
                del manager
        self.look(entries)

    def nested(self, way, kind, steps, entries):
        if way in KINDS:
            self.numbers += 1
            entry = [way, self.numbers, True]
            with manager_of(way, self.numbers):
                entries.append(entry)
                self.run(steps, entries)
            entry[2] = False
        elif way == "open":
            self.loose.append(self.open(kind, entries))
            self.run(steps, entries)
        elif way == "generator":
            self.numbers += 1
            entry = [kind, self.numbers, True]

            def generate(number=self.numbers):
                with manager_of(kind, number):
                    yield

            generator = generate()
            next(generator)
            entries.append(entry)
            self.generators.append((generator, entry))
            self.run(steps, entries)
        elif way == "thread":  # it starts with nothing on
            failures = []
            in_thread(lambda: failures.extend(self.failure(steps, [])))
            assert not failures, failures
        elif way == "context":  # what it opens is its own; what it closes is closed
            contextvars.copy_context().run(self.run, steps, entries[:])
        else:
            self.coroutine(kind, steps, entries)

    def failure(self, steps, entries):
        try:
            self.run(steps, entries)
        except BaseException as error:
            return [error]
        return []

    def coroutine(self, kind, steps, entries):
        """Two tasks in turn: one in a mode, and one that must not see it."""
        other = entries[:]

        async def inside():
            mine = entries[:]
            self.numbers += 1
            entry = [kind, self.numbers, True]
            with manager_of(kind, self.numbers):
                mine.append(entry)
                await asyncio.sleep(0)
                self.run(steps, mine)
                await asyncio.sleep(0)
                self.look(mine)
            entry[2] = False
            self.look(mine)

        async def beside():
            for _ in range(3):
                self.look(other)
                await asyncio.sleep(0)

        async def both():
            await asyncio.gather(inside(), beside())

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(both())

    def end(self):
        for generator, _ in self.generators:
            generator.close()
        for entry, manager in self.loose:
            self.close(entry, manager)


@pytest.mark.slow
@given(tree=st.lists(steps, max_size=6))
def test_random_trees_of_modes(Value, tree):
    model = Model(Value)
    model.run(tree, [])
    model.end()
    model.look([])
    usual()


# Ctrl-C -------------------------------------------------------------------------------------------

INTERRUPTED = """if True:
    import random, signal, sys, time
    import nn
    import autograd_lite as ag
    from autograd_lite import Value, detect_anomaly, hessian, modes, no_grad, scope
    from autograd_lite.scopes import innermost

    seed, times, keep = map(int, sys.argv[1:])
    random.seed(seed)
    net, x, w = nn.MLP(2, [4, 1], seed=1), Value(2.0), Value(3.0)

    def handler(*_):
        raise KeyboardInterrupt

    @no_grad()
    def decorated():
        return x * w

    @scope("named")
    def named():
        return x * w

    def tight():
        with no_grad():
            x * w

    def evaluation():
        with no_grad():
            net([0.1, 0.2])

    def watched():
        with detect_anomaly(), scope("outer"), scope("inner"):
            (x * w).backward()

    def generator():
        def steps():
            with no_grad(), scope("generator"):
                yield
                yield

        for _ in steps():
            x * w

    def second():
        hessian(lambda v: v[0] * v[1] * v[1])([1.0, 2.0])

    def traced():
        ag.compile(lambda v: v * w).value(3.0)

    def call():
        net([0.1, 0.2])

    work = [decorated, named, tight, evaluation, watched, generator, second, traced, call]
    signal.signal(signal.SIGVTALRM, handler)  # it counts the time of this process
    for do in work:
        do()
    kept = []
    for done in range(1, times + 1):
        do = random.choice(work)
        try:
            moment = 1e-4 + random.random() * 1e-3  # and once more, if a weak reference drops it
            signal.setitimer(signal.ITIMER_VIRTUAL, moment, 0.05)
            while True:
                do()
        except KeyboardInterrupt as error:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
            if keep:
                kept[:] = [error]
        y = x * w
        usual = y.op is not None and y.scope is None and innermost() is None
        if not usual or modes.trace() or modes.watch():
            print(done, do.__name__)
            break
    else:
        print(times)
"""


def interrupts_that_left_something(engine, times, keep):
    """How many of so many interrupts left a mode or a scope open, and where."""
    environment = {**os.environ, "AUTOGRAD_LITE_BACKEND": engine}
    left, seed, failures = times, 0, []
    while left > 0:
        done = subprocess.run(
            [sys.executable, "-c", INTERRUPTED, str(seed), str(left), str(int(keep))],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        count, *where = done.stdout.split()
        failures += where
        left, seed = left - int(count), seed + 1
    return failures


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no interval timer")
def test_an_interrupt_leaves_nothing_open(Value, full_or_quick):
    engine = "native" if Value is ag.NativeValue else "python"
    assert interrupts_that_left_something(engine, full_or_quick(1000, 60), keep=False) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no interval timer")
def test_nor_does_it_while_its_traceback_is_kept(full_or_quick):
    """A session keeps the last one. On the Python engine it may hold a manager; see limits.md."""
    if ag.NativeValue is not None:
        assert interrupts_that_left_something("native", full_or_quick(1000, 60), keep=True) == []
