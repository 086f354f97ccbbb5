"""What docs/howto/size.md promises of large graphs, and of where memory ends."""

import os
import subprocess
import sys
import tracemalloc

import pytest

import autograd_lite as ag

native = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")
limits = pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="there is no /proc here, which Linux has"
)


def chain(x, count):
    y = x
    for _ in range(count // 2):
        y = y * x + 0.5
    return y


@native
def test_an_operation_recorded_in_c_takes_at_most_90_bytes():
    engine = ag.native.engine
    x, before = ag.NativeValue(0.5), engine.memory()
    y = chain(x, 100_000)
    after = engine.memory()
    blocks = (after["blocks"] - after["empty"]) - (before["blocks"] - before["empty"])
    assert 60 * 100_000 < blocks * after["block"] < 90 * 100_000
    del y


@pytest.mark.slow
def test_an_operation_recorded_in_python_takes_at_most_500_bytes():
    x = ag.PythonValue(0.5)
    tracemalloc.start()  # Python keeps up to 2,000 free tuples of each size, which count as nothing
    y = chain(x, 20_000)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 200 * 20_000 < used < 500 * 20_000
    del y


LIMITED = """
import resource, sys
import autograd_lite as ag

def pages():
    return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()

x = ag.Value(0.5)
x.grad = 7.0
ag.compile(lambda x: ag.scan(lambda y, _: (y * x, None), x, length=3)[0]).grad(0.5)  # loads all
resource.setrlimit(resource.RLIMIT_AS, (pages() + (int(sys.argv[1]) << 20), -1))
{work}
"""
EAGER = """
kept, y = [], x
try:
    while True:
        y = y * x + 0.5
        kept = [y, *kept[:1]]
except MemoryError:
    pass
before = x.grad
try:
    y.backward()          # which wants memory, too
except MemoryError:
    assert x.grad == before
del y, kept
y = x * x + 0.5           # what was given back is used again
x.grad = 0.0
y.backward()
print(before, x.grad)
"""
LOOPS = """
program = ag.compile(  # the gradient with respect to {numbers} numbers
    lambda x, n: ag.scan(
        lambda y, _: (y * x[0] + 0.5, None), x[0], length=n, checkpoint={checkpoint})[0],
    argnums=0)
x = [0.5] * {numbers}
program.grad(x, 300)
try:
    print(program.grad(x, {steps})[0])
except MemoryError:
    print("MemoryError")
"""


def limited(megabytes, work):
    """What a process prints that may have so much more memory than after its imports."""
    command = [sys.executable, "-c", LIMITED.format(work=work), str(megabytes)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@native
@limits
def test_where_memory_ends_is_an_error_and_nothing_is_lost():
    assert limited(30, EAGER) == "7.0 1.0"


@pytest.mark.slow
@native
@limits
def test_a_checkpointed_scan_runs_where_a_plain_one_does_not(full_or_quick):
    steps = full_or_quick(10_000_000, 1_000_000)
    megabytes = 8 * steps // 2**20
    work = lambda checkpoint, numbers=5: LOOPS.format(
        checkpoint=checkpoint, numbers=numbers, steps=steps
    )
    assert limited(megabytes, work(None)) == "MemoryError"
    least = 4 + megabytes // 100
    few = [limited(least, work(1000)), limited(least, work(None, numbers=4))]  # the last: forward
    plain = limited(3 * megabytes, work(None))
    assert [*map(float, few), float(plain)] == pytest.approx([2.0] * 3, rel=1e-9)
