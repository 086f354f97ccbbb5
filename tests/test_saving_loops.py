"""Programs with loops as files and pickles: the same numbers, of every kind; nothing unsound."""

import contextlib
import json
import pickle
import random

import pytest
from test_compile_loops import ARGS, FORCES, PROGRAMS, TANGENTS, flat
from test_loops_in_batches import BY_SAMPLE, US, XS, both_ways, two_layers

import autograd_lite as ag
from autograd_lite import (
    MissingTapeError,
    TapeError,
    compile,
    load_program,
    scan,
    where,
    while_loop,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "loops.json"


def copies(program, path):
    """The program from a file, and from a pickle."""
    program.save(path)
    return load_program(path), pickle.loads(pickle.dumps(program))


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_loops_of_all_kinds(Value, path, f):
    function = lambda *args: f(*args)  # which no pickle has
    program = compile(function)
    wanted = program.value_and_grad(*ARGS)
    eager = compile(f)
    moved, hvp = eager.jvp(ARGS, TANGENTS), flat(eager.hvp(ARGS, TANGENTS))
    for copied in copies(program, path):
        assert copied.value_and_grad(*ARGS) == wanted
        assert copied.jvp(ARGS, TANGENTS) == moved
        assert flat(copied.hvp(ARGS, TANGENTS)) == pytest.approx(hvp, rel=1e-12, abs=1e-14)
        outer = compile(lambda *args, copied=copied: 2.0 * copied(*args))
        assert outer.value(*ARGS) == 2.0 * wanted[0]
        xs = [Value(x) for x in ARGS[:2]]
        slopes = ag.gradients(copied(*xs, FORCES), xs, create_graph=True)
        assert [x.data for x in slopes] == pytest.approx(flat(wanted[1])[:2], rel=1e-12)


def test_sequences_leaves_and_branches(Value, path):
    w = Value(0.5, label="w")

    def f(xs, b):
        end, ys = scan(lambda s, x: (s * w + x, s), b, xs)
        if end > 3.0:
            return [end * w, ys]
        return [end, ys]

    program = compile(f, sequences="xs")
    calls = [([1.0, 2.0], 0.5), ([9.0], 1.0), ([0.5] * 9, 0.1)]
    wanted = [program.value(*call) for call in calls]
    for copied in copies(program, path):
        assert [copied.value(*call) for call in calls] == wanted
        assert len(copied.tapes()) == 2
        assert [x.label for x in copied.leaves(*calls[0])] == ["w"]
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["version"], document["sequences"]) == (2, [0, "xs"])
    total = compile(lambda xs: scan(lambda s, x: (s * w + x, None), 0.0, xs)[0], sequences=0)
    wanted = total.value_and_grad([1.0, 2.0, 3.0])
    for copied in copies(total, path):
        assert copied.value_and_grad([1.0, 2.0, 3.0]) == wanted
        node = copied([1.0, 2.0])
        [slope] = ag.gradients(node, copied.leaves([1.0]), create_graph=True)
        assert (node.data, slope.data) == (2.5, 1.0)
        with pytest.raises(TypeError, match="another compiled function, and has no hvp"):
            copied.hvp([1.0, 2.0], [1.0, 0.0])
        with pytest.raises(TypeError, match="cannot be called in another compiled function"):
            compile(lambda x, copied=copied: x * copied([1.0, 2.0])).value(1.0)


def test_which_arguments_or_branch_a_file_lacks_is_said(Value, path):
    def f(xs, b):
        total, _ = scan(lambda s, x: (s + x, None), 0.0, xs)
        return total if b > 0.0 else -total

    program = compile(f, sequences="xs")
    assert program.value([1.0, 2.0], 1.0) == 3.0
    for copied in copies(program, path):
        says = (
            r"like \(a sequence of entries of shape \(2,\), a number\), only for \(a sequence of n"
        )
        with pytest.raises(MissingTapeError, match=says):
            copied.value([[1.0, 2.0]], 1.0)
        with pytest.raises(MissingTapeError, match="none takes this branch"):
            copied.value([1.0, 2.0], -1.0)
        assert copied.value([4.0], 1.0) == 4.0


@pytest.mark.parametrize("f", [two_layers, both_ways], ids=lambda f: f.__name__)
def test_batches_of_sequences(Value, path, f):
    program = compile(lambda *args: f(*args), batch="mean", sequences=(1, 2))
    wanted = program.value_and_grad(0.6, XS, US, BY_SAMPLE)
    for copied in copies(program, path):
        assert copied.value_and_grad(0.6, XS, US, BY_SAMPLE) == wanted


def test_a_sequence_that_nobody_reads(Value, path):
    program = compile(lambda x, xs: x * x, sequences="xs")
    program.value(2.0, [[1.0, 2.0]])
    for copied in copies(program, path):
        assert copied.value_and_grad(3.0, [[1.0, 2.0]] * 3) == (9.0, (6.0, [[0.0, 0.0]] * 3))


@pytest.mark.parametrize("batch", [None, "mean"])
def test_anomalies_of_a_program_with_sequences(Value, path, batch):
    w = Value(0.5, label="w")

    def f(xs, b):
        last, _ = scan(lambda s, x: (s * w + x["a"] * x["b"][0], None), b, xs)
        return ag.log(last)

    program = compile(lambda xs, b: f(xs, b), batch=batch, sequences="xs")
    xs = {"a": [1.0, 2.0, 3.0], "b": [[0.5], [0.25], [2.0]]}
    wrong = {"a": [1.0, -2.0], "b": [[0.5], [2.0]]}
    if batch:
        xs, wrong = ({k: [x[k], x[k][:1]] for k in x} for x in (xs, wrong))
    wanted = program.value_and_grad(xs, 0.25)
    for copied in copies(program, path):
        with ag.detect_anomaly():
            assert copied.value_and_grad(xs, 0.25) == wanted
            assert copied.backward(xs, 0.25) == wanted[0]
            with pytest.raises(ag.AnomalyError, match="log gave nan for"):
                copied.value(wrong, 0.25)
        assert copied.value_and_grad(xs, 0.25) == wanted


def test_programs_without_loops_keep_their_version(Value, path):
    program = compile(lambda x: where(x > 0.0, x, 0.0))
    program.value(1.0)
    program.save(path)
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == 1


def nodes_of(x, at=()):
    """Every place in a document."""
    yield at
    for key in x if isinstance(x, dict) else range(len(x)) if isinstance(x, list) else ():
        yield from nodes_of(x[key], (*at, key))


def for_ever(x, xs, n):
    return (
        while_loop(lambda s: s < 4.0 + x, lambda s: s + 1.0, n)
        + scan(lambda s, x: (s * x, None), x, xs)[0]
    )


def with_loops(x, xs, n):
    a, ys = scan(lambda s, x: (s * n + x, (s, x)), x, xs, reverse=True)
    nested = lambda s, y: (scan(lambda u, _: (u * 0.5 + y[0], None), s, length=n)[0], None)
    return scan(nested, a, ys)[0] + scan(lambda s, t: (s + t, None), a, [0.5, 0.25])[0]


@pytest.mark.slow
@pytest.mark.parametrize("f", [with_loops, for_ever], ids=lambda f: f.__name__)
def test_a_changed_document_is_refused_or_replayed(Value, path, f):
    """Of 200 changes, each in one place, none is worse than a refusal or other numbers."""
    program, args = compile(f, sequences="xs"), (0.5, [1.0, 2.0], 3.0)
    program.value(*args)
    program.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert load_program(path).value(*args) == program.value(*args)
    places = [at for at in nodes_of(document) if at]
    rng = random.Random(7)
    refused = 0
    for _ in range(200):
        changed = json.loads(json.dumps(document))
        *at, last = rng.choice(places)
        inside = changed
        for key in at:
            inside = inside[key]
        inside[last] = rng.choice([-1, 0, 1, 3, 5, None, "loop", [], {}, 0.5, True, [[0]]])
        path.write_text(json.dumps(changed), encoding="utf-8")
        try:
            loaded = load_program(path)
        except TapeError:
            refused += 1
            continue
        if f is not for_ever:  # a loop whose end depends on numbers may have none
            with contextlib.suppress(ValueError, TypeError, RuntimeError, IndexError, TapeError):
                loaded.value_and_grad(*args)
    assert refused > 100


@pytest.mark.slow
def test_an_entry_beyond_the_end_is_refused(Value, path):
    def f(x):
        _, ys = scan(lambda s, u: (s * u, s), x, [x, 2.0 * x, x * x], reverse=True)
        _, us = scan(lambda s, _: (s + x, s), x, length=300)

        def step(s, y):
            _, ts = scan(lambda t, _: (t * y, t), s, length=300)
            return s + ys[1] * ts[299] * us[299], y

        last, zs = scan(step, x, ys)
        return last + zs[2] + ys[-1]

    program = compile(lambda x: ag.gradients(f(1.0 * x), [x], create_graph=True)[0] + f(x))
    value = program.value(0.5)
    program.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert load_program(path).value(0.5) == value
    places = [at for at in nodes_of(document) if at and at[-1] == "entry"]
    assert len({len(at) for at in places}) > 1, "some are in a step"
    for *at, last in places:
        changed = json.loads(json.dumps(document))
        inside = changed
        for key in at:
            inside = inside[key]
        for wrong in (-1, 300 if inside[last] == 299 else 3, 10**9):
            inside[last] = wrong
            path.write_text(json.dumps(changed), encoding="utf-8")
            with pytest.raises(TapeError, match=f"entry {wrong} of a sequence of 3"):
                load_program(path)


def test_an_argument_that_a_file_says_is_a_constant_and_a_sequence(Value, path):
    program = compile(lambda xs: scan(lambda s, x: (s + x, None), 0.0, xs)[0], sequences="xs")
    program.value([1.0])
    program.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["static"] = ["xs"]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(TapeError, match=r"sequences: \{'xs'\} in static, too"):
        load_program(path)


def test_no_chain_has_more_results_than_its_file_has_bytes(Value, path):
    def outer(s, _):
        return scan(lambda u, _: (u * s, None), s, length=300)[0] + s, None

    program = compile(lambda a: scan(outer, a, length=3)[0])
    program.value(0.5)
    program.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    sizes = [at for at in nodes_of(document) if at and at[-1] == "size"]
    assert len(sizes) >= 2
    for *at, last in sizes:
        changed = json.loads(json.dumps(document))
        inside = changed
        for key in at:
            inside = inside[key]
        inside[last] = 10**13
        path.write_text(json.dumps(changed), encoding="utf-8")
        with pytest.raises(TapeError, match="10000000000000 results"):
            load_program(path)
