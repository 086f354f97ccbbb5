"""What runs on many processes, `fit` and the programs in examples/.

The same answer from any number of workers, also if one is killed.
"""

import contextlib
import functools
import math
import os
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

import autograd_lite as ag
import nn
from nn.training.direct_calls import Caller, DirectCalls, mapped

EXAMPLES = Path(__file__).parent.parent / "examples"
np = pytest.importorskip("numpy", reason="the examples need the extra [cluster]")
dask = pytest.importorskip("dask", reason="the examples need the extra [cluster]")
distributed = pytest.importorskip("distributed", reason="the examples need the extra [cluster]")
pytest.importorskip("joblib", reason="the examples need the extra [cluster]")

from nn.training.kept import KeptSamples, KeptTape  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def examples():
    """The directory on the path, here and in the workers; both on the engine they would choose."""
    before, ag.Value = ag.Value, ag.NativeValue if ag.backend == "native" else ag.PythonValue
    sys.path.insert(0, str(EXAMPLES))
    yield
    sys.path.remove(str(EXAMPLES))
    ag.Value = before


@contextlib.contextmanager
def threads(count):
    """A client of so many workers, which are threads of this process."""
    with (
        distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.nthreads()) == count
        yield client


@pytest.fixture(scope="module")
def started(examples):
    """Starts a client of two worker processes, in place of the one before.

    Dask would give up one that was killed if it is not there again after 15 seconds, which is soon
    on a busy machine.
    """
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "10 minutes"})
    with patient, contextlib.ExitStack() as stack:

        def start():
            stack.close()
            options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
            cluster = stack.enter_context(distributed.LocalCluster(**options))
            return stack.enter_context(distributed.Client(cluster))

        yield start


@pytest.fixture(scope="module")
def clients(started):
    return [started()]


@pytest.fixture
def client(clients, started):
    """Two workers: on a busy machine Dask may not start one again that was killed twice."""
    try:
        clients[0].wait_for_workers(2, timeout=20)
    except TimeoutError:
        clients[0] = started()
    return clients[0]


def kill_one(client):
    """Kill a worker process, as the kernel does when memory runs out."""
    pid = next(iter(client.run(os.getpid).values()))
    assert pid != os.getpid()
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def test_the_sum_over_the_parts_is_the_gradient_of_one_process(client):
    import data_parallel as example

    program, leaves = example.compiled()
    numbers = [leaf.data for leaf in leaves]
    call = functools.partial(example.loss_and_gradient, numbers, 40)
    loss, gradient = example.added(nn.Workers(client).map(call, range(5)))

    parts = [example.samples(i, 40) for i in range(5)]
    x, y = (np.concatenate(column) for column in zip(*parts))
    assert loss == pytest.approx(program.value(x, y), rel=1e-12)
    assert gradient == pytest.approx(list(program.leaf_gradients(x, y)), rel=1e-12, abs=1e-12)
    assert len(gradient) == 337


def test_training_goes_on_when_a_worker_is_killed(client, monkeypatch):
    import data_parallel as example

    start = [leaf.data for leaf in example.compiled()[1]]

    def trained():
        for leaf, x in zip(example.compiled()[1], start):
            leaf.data = x
        return example.train(client, 160, 4), [leaf.data for leaf in example.compiled()[1]]

    undisturbed = trained()
    summed, steps = example.added, []

    def after_a_murder(found):
        steps.append(len(found))
        if len(steps) == 2:
            kill_one(client)
        return summed(found)

    monkeypatch.setattr(example, "added", after_a_murder)
    assert trained() == undisturbed  # to the last bit
    assert steps == [example.PARTS] * 4


def test_chunks_are_the_same_whoever_computes_them(client):
    import monte_carlo as example

    alone = example.alone(7, 5, 64)
    dask = example.with_dask(7, 5, 64, client)
    assert dask == example.with_joblib(7, 5, 64, workers=2)
    assert np.allclose(alone, dask, rtol=1e-12, atol=0.0)
    assert example.alone(8, 1, 64)[0] != alone[0]
    prices = example.estimates(alone)
    assert list(prices) == ["price", *example.OPTION]
    price, error = prices["price"]
    assert abs(price - 4.6) < 6 * error


def test_sensitivities_are_differences_of_prices_on_the_same_paths():
    import monte_carlo as example

    normals = np.random.default_rng([7, 0]).standard_normal((64, example.DATES))
    for i, name in enumerate(example.OPTION):
        low, high = (
            example.compiled().value(*{**example.OPTION, name: x}.values(), normals)
            for x in (example.OPTION[name] - 1e-6, example.OPTION[name] + 1e-6)
        )
        slope = example.chunk_of_paths(7, 0, 64)[1 + i]
        assert slope == pytest.approx((high - low) / 2e-6, rel=1e-5)


def test_results_in_a_killed_worker_are_computed_again(client):
    import monte_carlo as example

    def submitted():
        calls = [client.submit(example.chunk_of_paths, 7, i, 64, pure=False) for i in range(6)]
        distributed.wait(calls)
        return calls

    before = client.gather(submitted())
    calls = submitted()
    kill_one(client)
    assert client.gather(calls) == before


def test_the_scripts_run():
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    for name, options in (
        ("data_parallel", ["--samples", "80", "--steps", "3", "--workers", "1"]),
        ("monte_carlo", ["--paths", "80", "--chunk", "8", "--workers", "1"]),
    ):
        script = str(EXAMPLES / f"{name}.py")
        done = subprocess.run(
            [sys.executable, script, *options], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        assert "1 worker" in done.stdout


# Calls --------------------------------------------------------------------------------------------


def process(_):
    return os.getpid()


def dies_once(place, item):
    """Kills its process at item 3, the first time."""
    if item == 3 and not place.exists():
        place.write_text("died", encoding="utf-8")
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    time.sleep(0.05)
    return item * item


def dies(item):
    if item == 2:
        os._exit(1)
    return item


def asks_for_more_than_there_is(_):
    raise FileNotFoundError("no such file, although workers live")


class Unusual(Exception):
    """Cannot be pickled."""

    def __init__(self):
        super().__init__("with a lock")
        self.lock = threading.Lock()


def raises_something_unusual(_):
    raise Unusual


def ends(_):
    sys.exit(3)


def stops(item):
    return next(iter([item] if item else []))


def a_generator(x):
    yield x


def both(workers):
    """The processes of two workers, once each of them is called."""
    deadline = time.monotonic() + 120
    while len(found := set(workers.map(process, range(2)))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_each_worker_is_called_for_the_same_items_again(client):
    workers = nn.Workers(client)
    both(workers)
    found = workers.map(process, range(6))
    assert found == workers.map(process, range(6))
    assert found[0] == found[2] != found[3] == found[5]
    assert workers.map(process, []) == []
    assert workers.map(process, "a") in ([found[0]], [found[5]])
    assert workers.map(math.sqrt, (x for x in (1.0, 4.0))) == [1.0, 2.0]


def test_a_call_whose_worker_dies_in_it_is_done_by_another(client, tmp_path):
    call = functools.partial(dies_once, tmp_path / "died")
    workers = nn.Workers(client)
    assert workers.map(call, range(6)) == [x * x for x in range(6)]
    assert (tmp_path / "died").exists()
    assert both(workers)  # the new one is called, too


def test_a_call_that_kills_each_worker_is_not_tried_for_ever(client):
    with pytest.raises(RuntimeError, match="3 workers died of a call with the same item"):
        nn.Workers(client).map(dies, range(3))


def test_what_a_call_raises_is_raised_here(client):
    workers = nn.Workers(client)
    with pytest.raises(FileNotFoundError, match="no such file, although workers live"):
        workers.map(asks_for_more_than_there_is, range(2))
    with pytest.raises(ValueError, match="math domain"):
        workers.map(math.sqrt, [1.0, -1.0])
    with pytest.raises(Exception, match="pickle"):  # what it gives cannot be sent
        workers.map(a_generator, [1])
    with pytest.raises(RuntimeError, match="a call on a worker raised Unusual: with a lock"):
        workers.map(raises_something_unusual, [1])
    with pytest.raises(RuntimeError, match="a call on a worker raised SystemExit: 3"):
        workers.map(ends, [1])
    with pytest.raises(StopIteration):
        workers.map(stops, range(2))
    assert workers.map(math.sqrt, [4.0]) == [2.0]


def test_a_client_need_not_be_the_default_one():
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        assert nn.Workers(client).map(abs, [-3]) == [3]
        trained(nn.Workers(client), epochs=1)


def test_several_threads_may_use_workers_while_a_fit_leaves_them(client):
    workers = nn.Workers(client)
    found = []
    call = lambda: found.append(workers.map(abs, range(5)))
    calls = [threading.Thread(target=call) for _ in range(3)]
    for thread in calls:
        thread.start()
    for _ in range(5):
        workers.leave()
    for thread in calls:
        thread.join()
    assert found == [[0, 1, 2, 3, 4]] * 3


class Mortal(DirectCalls):
    """Three workers, of which some die in their first calls."""

    def __init__(self, dying):
        self.dying = dying

    def _ready(self):
        return dict.fromkeys("abc")

    def _call(self, at, *arguments):
        return arguments

    def _answer(self, at, call):
        if at in self.dying:
            self.dying.remove(at)
            return None
        return Caller().call(*call)


@pytest.mark.parametrize("dying", ["b", "ac", "abc", "aabc"])
def test_what_several_dead_workers_had_is_done_by_others_and_keeps_its_place(dying):
    for items in (range(7), range(3), "x"):
        call = functools.partial(mapped, functools.partial(str.format, "<{}>"))
        assert Mortal([*dying])._share(call, items) == [f"<{x}>" for x in items]


@pytest.mark.parametrize("dying", ["aa", "aaa"])
def test_only_the_third_death_with_an_item_is_too_many(dying):
    calls, call = Mortal([*dying]), functools.partial(mapped, abs)
    if dying == "aa":
        assert calls._share(call, [-5]) == [5]
    else:
        with pytest.raises(RuntimeError, match="3 workers died"):
            calls._share(call, [-5])


def test_a_worker_without_an_actor_is_told_if_it_lives():
    def refuses():
        raise ImportError("no package of this name")

    def submit(function, *, workers, **options):
        [at] = workers
        return types.SimpleNamespace(
            done=lambda: True, result=refuses if at == "b" else lambda: f"actor of {at}"
        )

    there = {"a": 1, "b": 1}
    client = types.SimpleNamespace(submit=submit, nthreads=lambda: dict(there))
    with pytest.raises(ImportError, match="no package"):
        DirectCalls(client)._ready()
    counts = iter([dict(there)])  # b dies after it was counted
    client.nthreads = lambda: next(counts, {"a": 1})
    assert DirectCalls(client)._ready() == {"a": "actor of a"}


def test_calls_wait_for_a_worker(examples):
    with (
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        late = threading.Timer(0.5, cluster.scale, [1])
        late.start()
        assert nn.Workers(client).map(abs, [-3]) == [3]
        late.join()


def test_a_cluster_that_adapts_sees_that_a_worker_is_wanted(examples):
    with (
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        cluster.adapt(minimum=0, maximum=1, interval="100ms")
        assert nn.Workers(client).map(abs, [-3]) == [3]


def test_workers_forget_who_called_them():
    with threads(2) as client:
        workers = nn.Workers(client)
        workers.map(abs, range(2))
        trained(workers, epochs=1)
        deadline = time.monotonic() + 120
        while any(client.run(lambda dask_worker: len(dask_worker.state.actors)).values()):
            assert time.monotonic() < deadline
            time.sleep(0.05)


# fit ----------------------------------------------------------------------------------------------

DATA = nn.datasets.moons(60, seed=3)


def trained(workers, *, net=None, loss=nn.cross_entropy, callbacks=(), data=(DATA,), **options):
    """The history's columns and the numbers of the net after training it."""
    net = net or nn.MLP(2, [5, 2], seed=1)
    options = {"epochs": 3, "batch_size": 25, "seed": 0, "optimizer": "adam", "lr": 0.05, **options}
    history = nn.fit(net, *data, loss=loss, workers=workers, callbacks=callbacks, **options)
    return history.columns, [p.data for p in net.parameters()]


def close(x, y):
    assert list(x[0]) == list(y[0])
    for name, column in x[0].items():
        assert column == pytest.approx(y[0][name], rel=1e-9, abs=1e-12)
    assert x[1] == pytest.approx(y[1], rel=1e-9, abs=1e-12)


def test_fit_has_the_same_bits_for_any_number_of_workers(client):
    options = {"metrics": ["accuracy"], "validation_split": 0.2, "class_weight": {0: 1.0, 1: 2.0}}
    found = trained(nn.Workers(client), **options)
    for count in (1, 3):
        with threads(count) as other:
            assert trained(nn.Workers(other), **options) == found
    close(trained(None, **options), found)
    with threads(1) as other:
        other_parts = trained(nn.Workers(other, parts=3), **options)
    close(other_parts, found)


def test_metrics_get_outputs_of_any_structure():
    class Several(nn.Module):
        def __init__(self):
            self.inner = nn.MLP(2, [5, 2], seed=1)

        def forward(self, x):
            return {"logits": self.inner(x), "array": np.array(self.inner(x))}

    def first(predictions, targets):
        assert len(predictions) == len(targets)
        return sum(row["logits"][0] + 2.0 * row["array"][1] for row in predictions)

    def found(workers):
        loss = lambda p, y: nn.cross_entropy(p["logits"], y)
        return trained(workers, net=Several(), loss=loss, metrics={"first": first})

    with threads(2) as client:
        close(found(None), found(nn.Workers(client)))


class Murder(nn.Callback):
    """Kills a worker in the fourth batch."""

    def __init__(self, client):
        self.client, self.batches = client, 0

    def on_batch_end(self, training):
        self.batches += 1
        if self.batches == 4:
            kill_one(self.client)


def test_fit_goes_on_when_a_worker_is_killed(client):
    undisturbed = trained(nn.Workers(client))
    murder = Murder(client)
    assert trained(nn.Workers(client), callbacks=[murder]) == undisturbed
    assert murder.batches == 9


def test_what_changes_on_the_way_reaches_the_workers():
    class Bent(nn.Module):
        """Takes another branch when its weight has grown."""

        def __init__(self):
            self.w, self.b = ag.Value(0.3), ag.Value(0.1)

        def forward(self, x):
            return self.w * x[0] + (self.b * x[1] if self.w < 0.32 else x[1])

    penalty = {"weight": 0.0}

    class Anneal(nn.Callback):
        def on_epoch_begin(self, training):
            penalty["weight"] = 0.1 * training.epoch

    def found(workers):
        net = Bent()
        loss = lambda y, label: (y - label) ** 2 + penalty["weight"] * net.w * net.w
        options = {"optimizer": "sgd", "lr": 0.02, "callbacks": [Anneal()]}
        return trained(workers, net=net, loss=loss, **options)

    with threads(2) as client:
        shared = found(nn.Workers(client))
        assert not kept(client)
    close(found(None), shared)
    assert shared[1][0] > 0.32


class Spy(nn.Callback):
    """Sees of which kind the functions are that the workers have."""

    def __init__(self, client):
        self.client, self.kinds = client, []

    def on_epoch_end(self, training):
        for found in self.client.run(lambda dask_worker: kinds(dask_worker.plugins)).values():
            self.kinds += found


def kinds(plugins):
    programs = [plugin.program for plugin in plugins.values() if hasattr(plugin, "program")]
    return [type(program.function).__name__ for program in programs]


def test_workers_get_no_code_of_the_user():
    with threads(1) as client:
        spy = Spy(client)
        options = {"metrics": ["accuracy"], "validation_split": 0.2, "epochs": 1}
        trained(nn.Workers(client), callbacks=[spy], **options)
    assert spy.kinds == ["SavedFunction"] * 4  # two losses, two outputs


def kept(client):
    """The names of what the workers keep of trainings."""
    found = client.run(lambda dask_worker: list(dask_worker.plugins))
    every = [name for names in found.values() for name in names]
    return [name for name in every if name.startswith(("tape-", "samples-"))]


class Kinked(nn.Module):
    """Has another branch for samples that lie further to the right than the first eight."""

    def __init__(self):
        self.w, self.b = ag.Value(0.5), ag.Value(0.2)
        self.edge = max(x for x, _ in DATA.x[:8]) + 0.01

    def forward(self, x):
        return self.w * x[0] if x[0] < self.edge else self.w + self.b


def test_samples_that_take_another_branch_later_have_its_tape(client):
    found = lambda workers: trained(workers, net=Kinked(), loss=nn.mse, optimizer="sgd")
    shared = found(nn.Workers(client))
    close(found(None), shared)
    with threads(1) as other:
        assert found(nn.Workers(other)) == shared


@pytest.mark.parametrize("kind", [KeptSamples, KeptTape])
def test_a_worker_that_is_lost_while_it_is_sent_something_is_done_without(monkeypatch, kind):
    """One of two closes its connections at its first samples, or its first tape."""
    lost = []

    async def setup(kept, worker):
        if not lost:
            lost.append(worker.address)
            for connection in [*worker._comms]:
                connection.abort()
            await worker.close(nanny=False, executor_wait=False, reason="the test lost it")
        elif kind is KeptTape:
            before(kept, worker)

    before = getattr(kind, "setup", None)
    monkeypatch.setattr(kind, "setup", setup, raising=False)
    with threads(2) as client:
        shared = trained(nn.Workers(client))
        assert len(lost) == len(client.nthreads()) == 1
        assert lost[0] not in client.nthreads()
        assert not kept(client)
    monkeypatch.undo()
    with threads(1) as client:
        assert trained(nn.Workers(client)) == shared


def test_what_workers_cannot_keep_is_not_left_with_the_scheduler(monkeypatch):
    """Each worker that comes later would fail at its start."""

    def setup(kept, worker):
        raise ImportError("no package of this name on a worker")

    monkeypatch.setattr(KeptTape, "setup", setup)
    with threads(1) as client:
        with pytest.raises(ImportError, match="no package of this name on a worker"):
            trained(nn.Workers(client))
        assert not kept(client)
        left = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.worker_plugins))
        assert not [name for name in left if name.startswith(("tape-", "samples-"))]


def test_a_scheduler_that_is_gone_is_an_error():
    class Gone:
        """Of a Dask client's methods those that keep something, when nobody answers any more."""

        asynchronous, submit, gather, tries = False, abs, abs, 0

        def register_plugin(self, plugin, name):
            self.tries += 1
            raise OSError("Timed out trying to connect")

        def unregister_worker_plugin(self, name):
            raise OSError("Timed out trying to connect")

    client = Gone()
    with pytest.raises(OSError, match="Timed out"):
        trained(nn.Workers(client))
    assert client.tries == 3


def test_loops_and_sequences_of_different_lengths(client):
    class Reader(nn.Module):
        def __init__(self):
            self.net, self.head = nn.GRU(1, 3, seed=1), nn.Linear(3, 2, seed=2)

        def forward(self, xs):
            return self.head(self.net(xs)[1])

    xs = [[[x], [y], [x * y]][: 1 + i % 3] for i, (x, y) in enumerate(DATA.x)]
    options = {"data": (xs, DATA.y), "metrics": ["accuracy"], "epochs": 2}
    found = lambda workers: trained(workers, net=Reader(), **options)
    shared = found(nn.Workers(client))
    close(found(None), shared)
    with threads(1) as other:
        assert found(nn.Workers(other)) == shared


def test_a_loss_that_is_not_finite_is_told_as_without_workers():
    with threads(2) as client, pytest.raises(nn.NotFiniteError, match="epoch 1, batch"):
        trained(nn.Workers(client), loss=lambda y, label: (y[0] * 1e160) ** 2 * 1e10)


def test_what_workers_cannot_do_is_refused():
    with threads(1) as client:
        for wrong in (None, 2, "tcp://127.0.0.1:8786"):
            with pytest.raises(TypeError, match=r"as nn.Workers\(distributed.Client\(\)\); got "):
                nn.Workers(wrong)
        waits_for_nobody = types.SimpleNamespace(
            submit=abs, gather=abs, register_plugin=abs, asynchronous=True
        )
        with pytest.raises(TypeError, match="a client that waits, not of one for `await`"):
            nn.Workers(waits_for_nobody)
        with pytest.raises(ValueError, match="parts is a whole number of at least 1, got 0"):
            nn.Workers(client, parts=0)
        with pytest.raises(TypeError, match=r"workers=nn.Workers\(client\) is wanted; got "):
            trained(client)
        with pytest.raises(ValueError, match="workers replay the tape"):
            trained(nn.Workers(client), compile=False)
        drops = nn.Sequential(nn.Linear(2, 2, seed=1), nn.Dropout(0.5, seed=1))
        with pytest.warns(nn.NotCompiledWarning), pytest.raises(ValueError, match="warning above"):
            trained(nn.Workers(client), net=drops)
        assert not kept(client)
