"""Jacobians and Hessians of programs: against eager code, finite differences and JAX."""

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import compile, grad, hessian, jacobian, jvp


def same(found, wanted):
    """Whether both have one structure, and numbers that agree."""
    if isinstance(wanted, np.ndarray):
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-300)
        return
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        found, wanted = list(found.values()), list(wanted.values())
    if isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for x, y in zip(found, wanted):
            same(x, y)
    elif wanted is not None:
        assert found == wanted or found == pytest.approx(wanted, rel=1e-12)


def rosenbrock(x):
    return ag.sum([100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])


X = [1.0, 2.0, 3.0]
NESTED = {"a": 1.5, "b": np.array([2.0, 3.0])}

FUNCTIONS = {
    "wide": (lambda x: [x[0] * x[1], x[2] ** 2], (X,)),
    "high": (lambda x: [x[0] * x[1], x[2]] * 5, (X,)),
    "a number among them": (lambda x: [x[0] * x[1], 5.0, ag.exp(x[2])], (X,)),
    "no number": (lambda x: {"a": x**2, "b": None, "c": "s"}, (3.0,)),
    "one result": (lambda x: x[0] * x[1] * x[2], (X,)),
    "a constant": (lambda x: 3.0, (X,)),
    "nothing": (lambda x: [], (X,)),
    "arrays": (lambda x: np.exp(x) * x[0], (np.array(X),)),
    "a matrix": (lambda x: np.outer(x, x), (np.array(X),)),
    "a list and arrays": (lambda x, y: [x[0] * y, np.outer(x, x)], (np.array(X), 2.0)),
    "names": (lambda p, y: [p["a"] * y[0][0], p["b"][0]], (NESTED, [[3.0], 4.0])),
    "a tuple": (lambda p, y: (p["a"] * y[0][0], p["b"] * y[1]), (NESTED, [[3.0], 4.0])),
    "reductions": (lambda x: [ag.max(x), ag.logsumexp(x), ag.hypot(*x[:2])] * 2, (X,)),
    "a long dot": (lambda x: [ag.dot(x * 9, x * 9), ag.dot(x, [v * v for v in x])], (X,)),
    "data": (lambda x, twice, y: [x * y, x + y] if twice else x, (2.0, True, 3.0)),
    "a branch not taken": (lambda x: [ag.where(x > 2, ag.sqrt(x - 2), x * x)] * 2, (2.0,)),
    "and backward": (
        lambda x: [ag.where(x[0] > 2, ag.sqrt(x[0] - 2) * x[1], x[1]), x[2] * x[0]],
        ([2.0, 3.0, 4.0],),
    ),
}


@pytest.mark.parametrize(("f", "args"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_program_has_the_jacobian_of_its_function(Value, f, args):
    wanted = jacobian(f)(*args)
    same(compile(f).jacobian(*args), wanted)
    same(compile(jacobian(f)).value(*args), wanted)
    for i, x in enumerate(args):
        if x is not True:
            same(compile(f, argnums=i).jacobian(*args), jacobian(f, i)(*args))
            same(compile(f, argnums=(i,)).jacobian(*args), jacobian(f, (i,))(*args))
    if len(args) == 2:
        same(compile(f, argnums=(1, 0)).jacobian(*args), jacobian(f, (1, 0))(*args))


SCALARS = {
    "a list": (rosenbrock, (X,)),
    "an array": (rosenbrock, (np.array(X),)),
    "two numbers": (lambda x, y: x**2 * y, (2.0, 3.0)),
    "names": (lambda p: p["a"] * p["b"][0] ** 2, ({"a": 1.0, "b": [2.0, "text"]},)),
    "matrices": (lambda x, a: (x * x).sum() * (a * a).sum(), (np.array(X), np.ones((2, 2)))),
    "a text": (lambda x, text, y: x * x * y, (2.0, "s", 3.0)),
    "a branch": (lambda x: ag.where(x[0] > 0, x[0] ** 3 * x[1], ag.sqrt(x[0] - 4)), ([1.5, 2.0],)),
    "linear": (lambda x: 2 * x[0] - x[1], (X,)),
    "a constant": (lambda x: 1.0, (X,)),
}


@pytest.mark.parametrize(("f", "args"), SCALARS.values(), ids=SCALARS)
def test_a_program_has_the_hessian_of_its_function(Value, f, args):
    same(compile(f).hessian(*args), hessian(f)(*args))
    same(compile(f, argnums=0).hessian(*args), hessian(f, 0)(*args))
    same(compile(grad(f)).jacobian(*args), hessian(f)(*args))


def path(p, steps):
    x, v, found = p[0], p[1], []
    for _ in range(steps):
        v = v - 0.1 * x * p[2]
        x = x + 0.1 * v
        found.append(x)
    return found


def test_where_there_are_fewer_inputs_a_trace_has_operations_for_each_input_alone(Value):
    p, counts = [1.0, 0.0, 2.0], []
    for steps in (20, 40):
        trajectory = partial(path, steps=steps)
        slopes = compile(jacobian(trajectory))
        wanted = [jvp(trajectory)(p, [*map(float, e)]) for e in np.eye(3)]
        assert np.transpose(slopes.value(p)) == pytest.approx(np.array(wanted), rel=1e-12)
        (tape,) = slopes.tapes()
        counts.append(tape.operations["recorded"])
    assert counts[1] < 2.2 * counts[0]


def test_eager_jacobians_run_forward_where_there_are_fewer_inputs(Value, monkeypatch):
    from autograd_lite import derivatives

    passes = []
    before = derivatives.rows_since
    monkeypatch.setattr(
        derivatives, "rows_since", lambda since, ys, xs: passes.extend(ys) or before(since, ys, xs)
    )
    assert np.shape(jacobian(lambda p: path(p, 9))([1.0, 0.0, 2.0])) == (9, 3)
    assert not passes
    assert np.shape(jacobian(lambda p: path(p, 2))([1.0, 0.0, 2.0])) == (2, 3)
    assert len(passes) == 2


def test_forward_mode_inside_a_trace_can_be_differentiated_again(Value):
    def f(x):
        steps = [ag.where(x[0] > k, ag.sqrt(x[0] - k), x[1] * x[0] ** 2) for k in range(5)]
        return [*steps, x[0] * x[1], x[1].detach() * x[0], ag.sqrt(abs(x[0])).data * x[1]]

    flat = lambda x: [v for row in jacobian(f)(x) for v in row]
    for x in ([2.5, 1.0], [0.0, 2.0], [-1.0, 3.0]):
        same(compile(jacobian(f)).value(x), jacobian(f)(x))
        same(compile(flat).jacobian(x), jacobian(flat)(x))
        same(compile(jacobian(flat)).value(x), jacobian(flat)(x))


RULES_WITH_CONDITIONS = {
    "relu": ag.relu,
    "abs": abs,
    "leaky_relu": lambda x: ag.leaky_relu(x, 0.1),
    "elu": ag.elu,
    "clip": lambda x: ag.clip(x, -1.0, 1.0),
    "max": lambda x: ag.max([x, 0.5, 2.0 * x]),
    "logsumexp": lambda x: ag.logsumexp([x, 0.5, -x]),
    "hypot": lambda x: ag.hypot(x, 0.5),
    "atan2": lambda x: ag.atan2(x, 0.5),
    "power": lambda x: (x + 9.0) ** 1.5 + (x + 9.0) ** 0,
    "pow": lambda x: (x + 9.0) ** (x * x),
    "where": lambda x: ag.where(x < 0.2, x * x, ag.exp(x)),
    "an infinite slope not taken": lambda x: ag.where(x > 0.3, ag.sqrt(x - 0.3), x),
    "a number": lambda x: x * getattr(x * x, "data", x),
}


@pytest.mark.parametrize("f", RULES_WITH_CONDITIONS.values(), ids=RULES_WITH_CONDITIONS)
def test_a_gradient_in_a_trace_decides_anew_in_each_replay(Value, f):
    second = lambda x: grad(lambda x: f(x) * x + x)(x)
    program = compile(second)
    for x in (2.0, -2.0, 0.3, -0.3):
        assert program.value(x) == pytest.approx(second(x), rel=1e-13)
        assert program.grad(x) == pytest.approx(grad(second)(x), rel=1e-12)
    assert program.traces == 1


def test_values_in_values_out(Value):
    w = Value(2.0)
    found = jacobian(lambda x: [w * x, x * x, 3.0])(Value(1.5))
    assert [x.data for x in found] == [2.0, 3.0, 0.0]
    assert ag.gradients(found[0], w) == 1.0


def test_a_number_that_does_not_move_meets_no_infinite_partial(Value):
    f = lambda x: [ag.sqrt(x[0]) + x[1], x[1], x[0] * x[1]]
    found = compile(f).jacobian([0.0, 3.0])
    assert found == [[math.inf, 1.0], [0.0, 1.0], [3.0, 0.0]] == jacobian(f)([0.0, 3.0])


@pytest.mark.parametrize(("n", "m"), [(70, 71), (71, 70), (5, 40), (40, 5)])
def test_many_directions_are_those_of_single_replays(Value, n, m):
    """Blocks of lanes, and the rest of one that is not full."""
    x = [0.1 + 0.01 * i for i in range(n)]
    program = compile(lambda x: [ag.sin(x[i % n]) * x[(3 * i + 1) % n] for i in range(m)])
    found = program.jacobian(x)
    for j in (0, 3, n - 1):
        column = program.jvp(x, [float(i == j) for i in range(n)])
        assert [row[j] for row in found] == column


def test_a_program_that_rests_runs_its_function(Value):
    def f(x):
        count = 0
        while x[0] > count:
            count += 1
        return [x[0] * count, x[1] ** 2, 1.0]

    program, wide = compile(f), compile(lambda x: f(x)[:1])
    points = [[k + 0.5, 2.0] for k in range(12)]
    with pytest.warns(ag.CompileWarning):
        found = [(program.jacobian(x), wide.jacobian(x)) for x in points]
    assert program.traces < len(points) > wide.traces
    for x, (several, first) in zip(points, found):
        same(several, jacobian(f)(x))
        same(first, jacobian(f)(x)[:1])


def test_leaves_and_values_among_the_arguments_stand_still(Value):
    w = Value(3.0)
    program = compile(lambda x: [w * x[0], x[1] * x[0]])
    assert program.jacobian([Value(2.0), 5.0]) == [[3.0, 0.0], [5.0, 2.0]]
    w.data = 4.0
    assert program.jacobian([2.0, 5.0]) == [[4.0, 0.0], [5.0, 2.0]]
    assert compile(lambda x: w * x**3).hessian(2.0) == 48.0
    assert w.grad == 0.0


def test_arguments_by_name_branches_and_retrace(Value):
    state = {"scale": 1.0}
    program = compile(lambda x, y: [x * y * state["scale"], x] if x > 0 else [y, y])
    assert program.jacobian(y=3.0, x=2.0) == [(3.0, 2.0), (1.0, 0.0)]
    assert program.jacobian(-1.0, y=3.0) == [(0.0, 1.0), (0.0, 1.0)]
    scalar = compile(lambda x, y: x**2 * y * state["scale"])
    assert scalar.hessian(2.0, y=3.0) == ((6.0, 4.0), (4.0, 0.0))
    state["scale"] = 2.0
    scalar.retrace()
    assert scalar.hessian(2.0, 3.0) == ((12.0, 8.0), (8.0, 0.0))


def test_a_hessian_of_several_results_is_refused(Value):
    with pytest.raises(TypeError, match="must return one Value"):
        compile(lambda x: [x[0], x[1]]).hessian([1.0, 2.0])


@settings(max_examples=20)
@given(st.lists(st.floats(-3, 3), min_size=2, max_size=6))
def test_against_finite_differences(x):
    f = lambda x: [ag.sin(a) * b + ag.softplus(a - b) for a, b in pairwise(x)]
    found, h = np.array(compile(f).jacobian(x)), 1e-6
    program = compile(f)
    for j in range(len(x)):
        moved = [[*x[:j], x[j] + d, *x[j + 1 :]] for d in (h, -h)]
        slope = np.subtract(*map(program.value, moved)) / (2 * h)
        assert found[:, j] == pytest.approx(slope, abs=1e-8)


def test_against_jax(Value):
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    jax.config.update("jax_enable_x64", True)
    x = np.linspace(0.2, 1.4, 7)

    def f(np, x):
        return np.exp(-x[1:] * x[:-1]) + np.sin(x[0]) * x[1:] ** 2

    scalar = lambda np, x: np.log(np.exp(x).sum()) + (x * x[::-1] ** 2).sum()
    found = compile(lambda x: f(np, x)).jacobian(x)
    np.testing.assert_allclose(found, jax.jacobian(lambda x: f(jnp, x))(x), rtol=1e-12)
    found = compile(lambda x: scalar(np, x)).hessian(x)
    wanted = jax.hessian(lambda x: scalar(jnp, x))(x)
    np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-13)


# Batches ------------------------------------------------------------------------------------------

SAMPLES = np.array([[0.1 * i, 0.5 - 0.2 * i] for i in range(5)])


def stacked(of_sample):
    return np.array([of_sample(x) for x in SAMPLES])


def test_a_batch_with_the_samples_apart(Value):
    f = lambda p, x: [p[0] * ag.exp(p[1] * x[0]), x[0] * x[1] * p[0], 2.0]
    p = (2.0, 0.5)
    for samples in (SAMPLES, SAMPLES.tolist()):
        found = compile(f, batch="none").jacobian(p, samples)
        by_p = stacked(lambda x: jacobian(f, 0)(p, list(x)))
        by_x = stacked(lambda x: jacobian(f, 1)(p, list(x)))
        for k, (shared, apart) in enumerate(found):
            assert type(apart) is type(samples)
            np.testing.assert_allclose(np.transpose(shared), by_p[:, k], rtol=1e-13)
            np.testing.assert_allclose(apart, by_x[:, k], rtol=1e-13)
        one = compile(f, batch="none", argnums=1).jacobian(p, samples)
        assert np.array_equal(one[0], found[0][1])


def test_a_batch_of_results_that_are_arrays(Value):
    f = lambda p, x: p * np.outer(x, x)
    p, x = compile(f, batch="none").jacobian(2.0, SAMPLES)
    np.testing.assert_allclose(p, stacked(lambda x: jacobian(f, 0)(2.0, x)), rtol=1e-13)
    np.testing.assert_allclose(x, stacked(lambda x: jacobian(f, 1)(2.0, x)), rtol=1e-13)
    p, x = compile(f, batch="mean").jacobian(2.0, SAMPLES)
    np.testing.assert_allclose(p, stacked(lambda x: jacobian(f, 0)(2.0, x)).mean(0))
    wanted = stacked(lambda x: jacobian(f, 1)(2.0, x) / len(SAMPLES))
    np.testing.assert_allclose(x, np.moveaxis(wanted, 0, 2), rtol=1e-13)


def test_the_hessian_of_a_batch(Value):
    f = lambda p, x: ag.exp(p[0] * x[0]) * x[1] + p[1] * x[1] ** 2
    p = (0.5, 2.0)
    found = compile(f, batch="none", argnums=1).hessian(p, SAMPLES)
    np.testing.assert_allclose(found, stacked(lambda x: hessian(f, 1)(p, x)), rtol=1e-13)
    each = stacked(lambda x: hessian(f, 0)(p, x))
    found = compile(f, batch="none", argnums=0).hessian(p, SAMPLES)
    np.testing.assert_allclose(np.moveaxis(found, -1, 0), each, rtol=1e-13)
    for reduction, wanted in (("mean", each.mean(0)), ("sum", each.sum(0))):
        found = compile(f, batch=reduction, argnums=0).hessian(p, SAMPLES)
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
        with pytest.raises(ValueError, match=f"Hessian of a {reduction} .* argnums"):
            compile(f, batch=reduction).hessian(p, SAMPLES)


# Sparse -------------------------------------------------------------------------------------------

W = [0.3 + 0.1 * i for i in range(12)]


def directions(program):
    """How many forward and backward ones the plan of a program's only tape has."""
    (specialization,) = program._all()
    return specialization.plan.forward, specialization.plan.backward


SPARSE = {
    "a band": (lambda x: [x[i] * x[i + 1] - x[i - 1] for i in range(1, 11)], (3, 0)),
    "a band and a full row": (lambda x: [a * b for a, b in pairwise(x)] + [ag.dot(x, x)], (2, 1)),
    "a full column": (lambda x: [x[0] * a for a in x], (2, 0)),
    "a full column and row": (lambda x: [x[0] * a for a in x] + [x[1] * ag.sum(x)], (2, 1)),
    "few rows": (lambda x: [ag.dot(x, x), x[3], 2.0], (1, 1)),
    "crowded columns": (lambda x: [x[0] * x[1] * x[2] * a for a in x[3:]], (4, 0)),
    "rows that share columns": (lambda x: [ag.dot(x[i : i + 6], x[:6]) for i in (0, 3, 6)], (0, 3)),
    "blocks": (lambda x: [x[i] * x[i + 1] * x[i + 2] * x[i + 3] for i in (0, 4, 8)], (0, 1)),
    "blocks, a full column": (
        lambda x: [x[0] * x[i] * x[i + 1] * x[i + 2] for i in (1, 4, 7)],
        (1, 1),
    ),
    "constants alone": (lambda x: [2.0, 3.0], (0, 0)),
    "a condition": (lambda x: [ag.where(x[0] > a, a * a, x[1]) for a in x], (2, 0)),
    "a detached number": (lambda x: [a * getattr(b, "data", b) for a, b in pairwise(x)], (1, 0)),
    "everything": (lambda x: np.exp(np.outer(x[:3], x)), None),
}


@pytest.mark.parametrize(("f", "wanted"), SPARSE.values(), ids=SPARSE)
def test_a_sparse_jacobian_has_the_numbers_of_the_dense_one(Value, f, wanted):
    x = np.array(W)
    program = compile(lambda x: f(list(x)) if wanted else f(x))
    for x in (np.array(W), np.array(W[::-1])):
        found, dense = program.jacobian(x, sparse=True), program.jacobian(x)
        dense = np.reshape(dense, found.shape)
        np.testing.assert_allclose(found.toarray(), dense, rtol=1e-13, atol=0)
        assert found.nnz <= max(np.count_nonzero(dense) + 12, 1)
        found.data[:], found.indices[:] = 0.0, 0  # it is the caller's
    if wanted:
        assert directions(program) == wanted


HESSIANS = {
    "a band": (rosenbrock, 3),
    "an arrow": (lambda x: ag.sum([a**3 * x[0] for a in x]), 2),
    "a band and a hub": (lambda x: ag.sum([a**2 * b * x[5] for a, b in pairwise(x)]), 4),
    "full": (lambda x: ag.sum(x) ** 2, 12),
    "linear": (lambda x: ag.sum(x) + 3.0, 0),
    "apart": (lambda x: ag.sum([ag.sin(a) for a in x]), 1),
    "a branch": (lambda x: ag.where(x[0] > 0.1, x[1] * x[2] ** 2, x[3] * x[4]), 2),
}


@pytest.mark.parametrize(("f", "wanted"), HESSIANS.values(), ids=HESSIANS)
def test_a_sparse_hessian_has_the_numbers_of_the_dense_one(Value, f, wanted):
    program = compile(f)
    found = program.hessian(W, sparse=True)
    np.testing.assert_allclose(found.toarray(), program.hessian(W), rtol=1e-13, atol=0)
    assert directions(program._slopes) == (wanted, 0)


def test_structures_argnums_and_branches_of_sparse_matrices(Value):
    def f(p, scale, x):
        y = p["b"] if p["a"] > 0 else p["c"]
        return {"u": [y * x[0] * scale, None, 3.0], "v": np.array([p["a"], x[1] ** 2])}

    program = compile(f, argnums=(2, 0))
    for a in (1.0, -1.0, 2.0):
        p, x = {"a": a, "b": 2.0, "c": 4.0}, [5.0, 6.0]
        found = program.jacobian(p, 0.5, x, sparse=True).toarray()
        y = [0, x[0] / 2, 0] if a > 0 else [0, 0, x[0] / 2]
        assert found.tolist() == [
            [1.0 + (a < 0), 0.0, *y], [0.0] * 5, [0.0] * 5, [0, 0, 1.0, 0, 0], [0, 12.0, 0, 0, 0],
        ]  # fmt: skip
    assert program.traces == 2


def test_programs_of_one_saved_function_differ_in_argnums(Value, tmp_path):
    """They share its tapes; what one of them was asked for is not the answer of another."""
    compiled = compile(lambda x, y: [x * y, x + y * y])
    compiled.value(3.0, 4.0)
    compiled.save(tmp_path / "saved.json")
    saved = ag.load_program(tmp_path / "saved.json").function
    wanted = {0: [4.0, 1.0], 1: [3.0, 8.0], (1, 0): [(3.0, 4.0), (8.0, 1.0)]}
    programs = {argnums: compile(saved, argnums=argnums) for argnums in wanted}
    for argnums in (0, 1, (1, 0), 0):
        program, rows = programs[argnums], wanted[argnums]
        assert program.jacobian(3.0, 4.0) == rows
        sparse = program.jacobian(3.0, 4.0, sparse=True).toarray()
        np.testing.assert_array_equal(sparse, np.array(rows).reshape(2, -1))


def test_what_sparse_matrices_are_refused_and_when_they_are_made_uncompiled(Value):
    with pytest.raises(ValueError, match="without a batch; this one has 'sum'"):
        compile(lambda x: x * x, batch="sum").jacobian([1.0, 2.0], sparse=True)
    with pytest.raises(ValueError, match="without a batch"):
        compile(lambda x: x * x, batch="none").hessian([1.0, 2.0], sparse=True)

    def f(x):
        count = 0
        while x[0] > count:
            count += 1
        return [x[0] * count, 4.0, x[1]]

    program = compile(f)
    with pytest.warns(ag.CompileWarning):
        found = [program.jacobian([k + 0.5, 2.0], sparse=True).toarray() for k in range(12)]
    assert [x.tolist() for x in found] == [[[k + 1, 0], [0, 0], [0, 1]] for k in range(12)]


def matrices():
    entries = lambda size: st.sets(
        st.tuples(st.integers(0, size[0] - 1), st.integers(0, size[1] - 1))
    ).map(lambda places: (size, places))
    return st.tuples(st.integers(1, 7), st.integers(1, 7)).flatmap(entries)


@given(matrices(), st.booleans())
def test_any_pattern(of_matrix, symmetric):
    (m, n), places = of_matrix
    if symmetric:
        m = n = max(m, n)
        places = {(max(p), min(p)) for p in places}
        f = lambda x: ag.sum([x[i] ** 2 * x[j] ** 3 * (i + 2 * j + 1) for i, j in places])
        program, x = compile(f), W[:n]
        found, dense = program.hessian(x, sparse=True), hessian(f)(x) if places else [[0.0] * n] * n
    else:
        f = lambda x: [
            ag.sum([x[j] ** 2 * (i + 7 * j + 1) for k, j in sorted(places) if k == i])
            for i in range(m)
        ]
        program, x = compile(f), W[:n]
        found, dense = program.jacobian(x, sparse=True), jacobian(f)(x)
        assert found.nnz == len(places)
        assert sum(directions(program)) <= min(m, n)
    np.testing.assert_allclose(found.toarray(), dense, rtol=1e-13, atol=0)


OPERATIONS = {  # with the operands that pass something on
    "sin": (lambda a, b, c, d: ag.sin(a), [0]),
    "mul": (lambda a, b, c, d: a * b, [0, 1]),
    "where": (lambda a, b, c, d: ag.where(a > b, c, d), [2, 3]),
    "detached": (lambda a, b, c, d: getattr(a, "data", a) + b, [1]),
    "detached alone": (lambda a, b, c, d: getattr(a, "data", a) * 2.0, []),
    "sum": (lambda a, b, c, d: ag.sum([a, b, c]), [0, 1, 2]),
    "dot": (lambda a, b, c, d: ag.dot([a, b], [c, d]), [0, 1, 2, 3]),
    "max": (lambda a, b, c, d: ag.max([a, b, c, d]), [0, 1, 2, 3]),
}


def straight_lines():
    four = st.tuples(*[st.integers(0, 40)] * 4)
    return st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), four), max_size=30)


@given(st.integers(1, 9), straight_lines())
def test_a_sparse_jacobian_has_the_numbers_that_a_path_leads_to(Value, n, lines):
    def results(x):
        found = list(x)
        for name, places in lines:
            found.append(OPERATIONS[name][0](*(found[i % len(found)] for i in places)))
        return found[n:]

    reached = [{i} for i in range(n)]
    for name, places in lines:
        several = [reached[i % len(reached)] for i in places]
        reached.append(set().union(*(several[k] for k in OPERATIONS[name][1])))
    found = compile(results).jacobian(W[:n], sparse=True)
    ends = found.indptr.tolist()
    rows = [found.indices[i:j].tolist() for i, j in pairwise(ends)]
    assert rows == [sorted(own) for own in reached[n:]]


@pytest.mark.slow
def test_directions_of_many_variables_are_few(Value, full_or_quick):
    n = full_or_quick(10_000, 400)
    x = np.linspace(0.5, 1.5, n)
    program = compile(rosenbrock)
    found = program.hessian(x, sparse=True)
    assert found.shape == (n, n)
    assert found.nnz == 3 * n - 2
    assert directions(program._slopes) == (3, 0)
    step = np.cos(np.arange(n))
    np.testing.assert_allclose(found @ step, program.hvp(x, step), rtol=1e-9, atol=1e-9)


def test_what_does_not_move_passes_nothing_on(Value):
    """As docs/limits.md says; backward, 0 times an infinite partial is a nan."""

    def f(x):
        return ag.sqrt(ag.floor(x))

    program = compile(f)
    assert jvp(f)(0.5, 1.0) == program.jvp(0.5, 1.0) == 0.0
    assert math.isnan(grad(f)(0.5))
    assert math.isnan(program.grad(0.5))
