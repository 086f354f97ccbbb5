"""Large batches on several threads: the same answers, whatever else the process does."""

import hashlib
import os
import subprocess
import sys
import threading
from array import array

import pytest
from allocations import each_allocation_fails

import autograd_lite as ag
import nn
from autograd_lite.native import engine

pytestmark = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")
PART = 1024  # samples that are added up by themselves, as in native/job.h


@pytest.fixture(autouse=True)
def native(monkeypatch):
    monkeypatch.setattr(ag, "Value", ag.NativeValue)


def in_a_process(code):
    """What it prints on the native engine."""
    path = os.pathsep.join([*sys.path, os.path.dirname(__file__)])
    environment = {**os.environ, "AUTOGRAD_LITE_BACKEND": "native", "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code],
        capture_output=True, text=True, timeout=300, env=environment,
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def samples(count):
    return array("d", [(i * 0.37) % 1.9 - 0.95 for i in range(count)])


def program(threads, batch="sum"):
    """A net and some rows of the table, each sample with its own; 70 operations a sample."""
    net = nn.MLP(2, [6, 5, 1], ag.tanh, seed=1)

    def loss(x, y, scale):
        z = net([x, y])[0]
        return scale * (z - ag.exp(x) * ag.log(y + 2.0)) ** 2 + ag.erf(x / (y + 3.0)) - ag.sin(z)

    return ag.compile(loss, batch=batch, threads=threads)


def everything(compiled, count):
    x = samples(count)
    y = array("d", x[::-1])
    value, gradient = compiled.value_and_grad(x, y, 0.5)
    rates = compiled.jvp((x, y, 0.5), (y, x, 1.0))
    return value, gradient, list(compiled.leaf_gradients(x, y, 0.5)), rates


def digest(answers):
    return hashlib.sha256(repr(answers).encode()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("count", [PART - 1, PART + 1, 4096, 6 * PART + 77])
@pytest.mark.parametrize("batch", ["sum", "mean", "none"])
def test_answers_depend_neither_on_threads_nor_on_instructions(count, batch):
    best = engine.use_kernels(-1)
    found = set()
    try:
        for kernels in range(best + 1):
            engine.use_kernels(kernels)
            for threads in (1, 2, 3, 64):
                compiled, x = program(threads, batch), samples(count)
                answers = [compiled.value_and_grad(x, x, 0.5) for _ in range(2)]  # by Python, by C
                if batch != "none":
                    answers += everything(compiled, count)
                found.add(digest(answers))
    finally:
        engine.use_kernels(best)
    assert len(found) == 1


def test_the_parts_are_those_of_one_thread_summed_in_order():
    x = samples(2 * PART + 9)
    compiled = program(2)
    whole = compiled.leaf_gradients(x, x, 0.5)
    sums = [0.0] * len(whole)
    for first in range(0, len(x), PART):
        part = x[first : first + PART]
        for k, g in enumerate(compiled.leaf_gradients(part, part, 0.5)):
            sums[k] += g
    assert list(whole) == sums


@pytest.mark.slow
def test_several_callers_share_the_pool():
    compiled, other = program(4), program(3)
    wanted = everything(compiled, 5 * PART)
    wrong = []

    def work(mine):
        for _ in range(10):
            if everything(mine, 5 * PART) != wanted:
                wrong.append(mine)

    callers = [threading.Thread(target=work, args=(mine,)) for mine in (compiled, other) * 2]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("sample", [1, PART - 1, PART, 7 * PART + 3, 12 * PART - 1])
def test_samples_of_another_branch_are_found(threads, sample):
    compiled = ag.compile(
        lambda x: ag.exp(ag.sin(x)) if x < 2.0 else x, batch="none", threads=threads
    )
    x = samples(12 * PART)
    wanted = compiled.value(x)
    x[sample] = wanted[sample] = x[-1] = wanted[-1] = 5.0
    for _ in range(3):
        assert compiled.value(x) == wanted


def test_a_batch_that_takes_another_branch_as_a_whole_is_traced_anew():
    compiled = ag.compile(lambda x: ag.exp(x) if x < 2.0 else x * 2.0, batch="sum", threads=2)
    compiled.value(samples(5 * PART))
    assert compiled.value(array("d", [3.0] * (5 * PART))) == 6.0 * 5 * PART
    assert compiled.traces == 2


@pytest.mark.parametrize("call", ["value_and_grad", "leaf_gradients"])
def test_a_failing_allocation_is_a_memory_error(call):
    """Or the Python code serves, or fewer threads; never a wrong answer."""
    x = samples(10 * PART)
    wanted = getattr(program(1), call)(x, x, 0.5)
    for failing in each_allocation_fails(4, 60):
        compiled = program(5)
        compiled.value(x[:3], x[:3], 0.5)
        compiled.value(x[:3], x[:3], 0.5)
        with failing:
            assert getattr(compiled, call)(x, x, 0.5) == wanted


def forks():
    """Fork while another thread is at work; in a process where no other library has threads."""
    compiled = program(3)
    wanted = everything(compiled, 5 * PART)
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            everything(program(2), 3 * PART)

    caller = threading.Thread(target=busy)
    caller.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                os._exit(everything(compiled, 5 * PART) != wanted)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        caller.join()
    assert everything(compiled, 5 * PART) == wanted


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_threads_of_its_own():
    assert in_a_process("import test_compile_threads; test_compile_threads.forks()") == ""


@pytest.mark.slow
def test_the_interpreter_ends_while_threads_wait_and_work():
    code = """
import threading
import autograd_lite as ag
f = ag.compile(lambda x: ag.exp(ag.sin(x)) * ag.tanh(x), batch="sum", threads=4)
x = [0.001 * i for i in range(300_000)]
f.value(x)
for _ in range(2):
    threading.Thread(target=lambda: [f.value_and_grad(x) for _ in range(1000)], daemon=True).start()
print(f.value(x) == ag.compile(lambda x: ag.exp(ag.sin(x)) * ag.tanh(x), batch="sum").value(x))
"""
    assert in_a_process(code) == "True\n"
