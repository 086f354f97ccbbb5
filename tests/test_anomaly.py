"""detect_anomaly around and inside compiled functions; its error in another process."""

import inspect
import math
import pickle
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import autograd_lite as ag
import nn
from autograd_lite import AnomalyError, compile, detect_anomaly, load_program, log, sqrt, where
from autograd_lite.anomaly import quietly
from nn import NotFiniteError


def line_of(function, text):
    """The number of the line of `function` that has `text`."""
    lines, first = inspect.getsourcelines(function)
    return next(first + i for i, line in enumerate(lines) if text in line)


def program_of(function, **options):
    """`function` compiled, after a call with fine numbers: what comes is a replay."""
    program = compile(function, **options)
    program.value([2.0, 3.0] if options.get("batch") else 2.0)
    return program


def half_log(x):
    y = x * 0.5
    z = log(y)
    return z * 2.0


def steep(x):
    y = x - 2.0
    return sqrt(y) * 3.0


def watched_inside(x):
    y = x * 0.5
    with detect_anomaly():
        z = log(y)
    return z * 2.0


WAYS = {
    "value": lambda program, x: program.value(x),
    "grad": lambda program, x: program.grad(x),
    "value_and_grad": lambda program, x: program.value_and_grad(x),
    "backward": lambda program, x: program.backward(x),
    "jvp": lambda program, x: program.jvp(x, 1.0),
    "hvp": lambda program, x: program.hvp(x, 1.0),
    "call": lambda program, x: program(x),
    "call of a Value": lambda program, x: program(ag.Value(x)).backward(),
    "leaf_gradients": lambda program, x: program.leaf_gradients(x),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_around_each_way_of_calling(Value, way):
    program, line = program_of(half_log), line_of(half_log, "log(y)")
    for call in (compile(half_log), program, program):
        with detect_anomaly():
            with pytest.raises(AnomalyError, match=rf"^log gave nan for mul = -1 \(line {line} of"):
                way(call, -2.0)
            way(call, 2.0)
    way(program, -2.0)
    assert math.isnan(program.value(-2.0)), "off again"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_inside(Value, way):
    program, line = program_of(watched_inside), line_of(watched_inside, "log(y)")
    for call in (compile(watched_inside), program, program):
        with pytest.raises(AnomalyError, match=rf"^log gave nan for mul = -1 \(line {line} of"):
            way(call, -2.0)
        way(call, 2.0)
    assert program.traces == 1
    assert program.value_and_grad(4.0) == compile(half_log).value_and_grad(4.0)


def test_inside_a_function_that_a_compiled_one_calls(Value):
    outer = program_of(lambda x: compile(watched_inside)(x) + 1.0)
    with pytest.raises(AnomalyError, match="log gave nan"):
        outer.value(-2.0)


def test_backward_of_a_replay(Value):
    program, line = program_of(steep), line_of(steep, "sqrt(y)")
    text = rf"the gradient of sub = 0 became inf in the backward pass of sqrt .*line {line} of"
    for way in ("grad", "backward", "value_and_grad", "call of a Value"):
        with detect_anomaly(), pytest.raises(AnomalyError, match=text):
            WAYS[way](program, 2.0)
    with detect_anomaly():
        assert program.value(2.0) == 0.0, "forward nothing went wrong"


def test_an_anomaly_changes_no_gradient(Value):
    w = Value(0.0, label="w")
    program = compile(lambda x: sqrt(w) * x)
    with detect_anomaly(), pytest.raises(AnomalyError, match="the gradient of w = 0 became inf"):
        program.backward(1.0)
    assert w.grad == 0.0


def test_in_a_batch_the_sample_is_named(Value):
    program = program_of(half_log, batch="mean")
    with detect_anomaly():
        for way in (program.value, program.grad, program):
            with pytest.raises(AnomalyError, match=r"mul = -1 .*, for sample 2$"):
                way([1.0, 2.0, -2.0, 3.0])
        assert program.value([2.0, 2.0]) == 0.0


def test_what_a_call_gives_under_it_is_what_it_gives(Value):
    w = Value(3.0)
    program = compile(lambda x, pair, flag: {"y": w * x * pair[1], "n": 2.0, "flag": flag})
    plain = program(2.0, [1.0, Value(5.0)], True)
    with detect_anomaly():
        watched = program(2.0, [1.0, Value(5.0)], True)
        assert compile(lambda x: 4.0)(1.0).data == 4.0
    assert (watched["y"].data, watched["n"], watched["flag"]) == (30.0, 2.0, True)
    assert watched["y"].data == plain["y"].data
    watched["y"].backward()
    assert w.grad == 10.0


def test_a_branch_of_where_is_none(Value):
    program = program_of(lambda x: where(x > 0.0, x * 2.0, 1.0))
    with detect_anomaly():
        assert program.value_and_grad(-1.0) == (1.0, 0.0)


def test_a_saved_program_names_the_operation(Value, tmp_path):
    program_of(half_log).save(tmp_path / "program.json")
    program = load_program(tmp_path / "program.json")
    with detect_anomaly(), pytest.raises(AnomalyError, match="log gave nan for mul = -1"):
        program.value_and_grad(-2.0)


def test_the_message_of_a_label_and_a_scope(Value):
    program = program_of(lambda x: log(x))
    text = r"for x = -1 \(line .*, in loss\)"
    with detect_anomaly(), ag.scope("loss"), pytest.raises(AnomalyError, match=text):
        program.value(Value(-1.0, label="x"))


# Pickles ------------------------------------------------------------------------------------------


def fail(text):
    x = ag.Value(-1.0, label="x")
    with detect_anomaly():
        x.log()


def diverge(text):
    raise NotFiniteError(text, 3, 4, "layers.0", {"loss": [1.0]})


def test_an_anomaly_error_survives_a_pickle(Value):
    with pytest.raises(AnomalyError) as caught:
        fail("")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is AnomalyError
    assert str(again) == str(caught.value)
    assert again.node is None
    leaf = pickle.loads(pickle.dumps(AnomalyError("a", Value(2.0, "x")))).node
    assert (leaf.data, leaf.label) == (2.0, "x")


def test_a_not_finite_error_survives_a_pickle(Value):
    data = [[1e200], [1e300]]
    model = nn.Sequential(nn.Linear(1, 1, seed=0), nn.Linear(1, 1, seed=1))
    with pytest.raises(NotFiniteError) as caught:
        nn.fit(model, data, [0.0, 1.0], loss=nn.mse, optimizer=nn.SGD, epochs=3)
    again = pickle.loads(pickle.dumps(caught.value))
    for name in ("epoch", "batch", "layer"):
        assert getattr(again, name) == getattr(caught.value, name)
    assert str(again) == str(caught.value)
    assert type(again.history) is type(caught.value.history)


@pytest.mark.slow
def test_errors_come_back_from_another_process():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(AnomalyError, match="log gave nan for x = -1"):
            pool.submit(fail, "").result()
        with pytest.raises(NotFiniteError, match="wrong") as caught:
            pool.submit(diverge, "wrong").result()
    assert (caught.value.epoch, caught.value.batch, caught.value.layer) == (3, 4, "layers.0")


def test_gradients_add_up_on_leaves_alone_as_without_it(Value):
    x = Value(3.0)
    with detect_anomaly():
        interior = 2.0 * x
        y = interior * interior
        for times in (1, 2, 3):
            y.backward()
            assert (x.grad, interior.grad, y.grad) == (24.0 * times, 12.0, 1.0)


def test_warnings_are_as_before_whichever_thread_leaves_first():
    filters = warnings.filters[:]
    inside, leave = [[threading.Event() for _ in range(2)] for _ in range(2)]

    def work(i):
        with quietly():
            inside[i].set()
            assert leave[i].wait(10)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread, is_inside in zip(threads, inside):
        thread.start()
        is_inside.wait(0.2)  # the second one has to wait for the first one
    for thread, may_leave in zip(threads, leave):
        may_leave.set()
        thread.join()
    assert warnings.filters == filters
