"""The programs in examples/: the same answer from any number of workers, also if one is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_lite as ag

EXAMPLES = Path(__file__).parent.parent / "examples"
np = pytest.importorskip("numpy", reason="the examples need the extra [cluster]")
distributed = pytest.importorskip("distributed", reason="the examples need the extra [cluster]")
pytest.importorskip("joblib", reason="the examples need the extra [cluster]")


@pytest.fixture(scope="module", autouse=True)
def examples():
    """The directory on the path, here and in the workers; both on the engine they would choose."""
    before, ag.Value = ag.Value, ag.NativeValue if ag.backend == "native" else ag.PythonValue
    sys.path.insert(0, str(EXAMPLES))
    yield
    sys.path.remove(str(EXAMPLES))
    ag.Value = before


@pytest.fixture(scope="module")
def client(examples):
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def kill_one(client):
    """Kill a worker process, as the kernel does when memory runs out."""
    pid = next(iter(client.run(os.getpid).values()))
    assert pid != os.getpid()
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def test_the_sum_over_the_parts_is_the_gradient_of_one_process(client):
    import data_parallel as example

    program, leaves = example.compiled()
    numbers = [leaf.data for leaf in leaves]
    parts = [example.samples(i, 40) for i in range(5)]
    found = client.gather(
        [client.submit(example.loss_and_gradient, numbers, part, pure=False) for part in parts]
    )
    loss, gradient = example.added(found)

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
    client.wait_for_workers(2)


def test_chunks_are_the_same_whoever_computes_them(client):
    import monte_carlo as example

    alone = example.alone(7, 5, 64)
    dask = example.with_dask(7, 5, 64, client)
    assert dask == example.with_joblib(7, 5, 64, workers=2)
    assert np.allclose(alone, dask, rtol=1e-12, atol=0.0)
    assert example.alone(8, 1, 64)[0] != alone[0]
    prices = example.told(alone)
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
        ("monte_carlo", ["--paths", "80", "--chunk", "8", "--workers", "2"]),
    ):
        script = str(EXAMPLES / f"{name}.py")
        done = subprocess.run(
            [sys.executable, script, *options], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        assert "worker" in done.stdout
