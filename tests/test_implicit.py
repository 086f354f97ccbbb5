"""implicit: solutions of equations and their derivatives, against formulas in closed form, mpmath
and finite differences; and what is said where there is no solution.
"""

import inspect
import math
import pickle
import subprocess
import sys
from collections import namedtuple

import mpmath
import numpy as np
import pytest
from scipy import optimize

import autograd_lite as ag
from autograd_lite import (
    ImplicitError,
    compile,
    cos,
    detect_anomaly,
    exp,
    grad,
    gradcheck,
    hessian,
    hvp,
    implicit,
    jacobian,
    many_roots,
    sin,
    where,
)


def close(x, y, tolerance=1e-12):
    return np.allclose(x, y, rtol=tolerance, atol=tolerance)


def kepler_F(E, e, M):
    return E - e * sin(E) - M


def by_newton(e, M):
    """A solver of one's own; of numbers, or of arrays."""
    E = M + 0.85 * e
    for _ in range(20):
        E = E - (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
    return E


SOLVERS = {
    "own": implicit(kepler_F, by_newton, name="kepler"),
    "arrays": implicit(kepler_F, by_newton, vectorized=True, name="kepler"),
    "bracket": implicit(kepler_F, bracket=lambda e, M: (M - e, M + e), name="kepler"),
    "newton": implicit(kepler_F, x0=lambda e, M: M, name="kepler"),
    "secant": implicit(kepler_F, x0=1.0, method="secant", name="kepler"),
    "results": implicit(
        kepler_F,
        lambda e, M: optimize.root_scalar(
            lambda E: kepler_F(E, e, M), bracket=(M - 1.0, M + 1.0), xtol=1e-14
        ),
        name="kepler",
    ),
}


@pytest.fixture(params=SOLVERS)
def kepler(request):
    return SOLVERS[request.param]


def derivatives_of_kepler(e, M):
    """E, dE/de, dE/dM, d2E/dM2 in closed form."""
    E = by_newton(e, M)
    d = 1.0 - e * math.cos(E)
    return E, math.sin(E) / d, 1.0 / d, -e * math.sin(E) / d**3


# One unknown --------------------------------------------------------------------------------------


def test_the_solution_and_its_derivatives(Value, kepler):
    E, by_e, by_M, twice = derivatives_of_kepler(0.3, 1.0)
    e, M = Value(0.3), Value(1.0)
    x = kepler(e, M)
    x.backward()
    assert close((x.data, e.grad, M.grad), (E, by_e, by_M))
    assert kepler(0.3, 1.0) == x.data  # numbers in, a number out
    assert close(grad(kepler)(0.3, 1.0), (by_e, by_M))
    assert close(grad(grad(kepler, 1), 1)(0.3, 1.0), twice)
    assert x.op.name == "kepler"
    assert x.parents == (e, M)


def test_derivatives_of_order_five_against_mpmath(Value):
    kepler = SOLVERS["own"]
    with mpmath.workdps(40):
        solve = lambda M: mpmath.findroot(lambda E: E - 0.3 * mpmath.sin(E) - M, M)
        wanted = [float(mpmath.diff(solve, 1.0, n)) for n in range(1, 6)]
    f, found = (lambda M: kepler(0.3, M)), []
    for _ in range(5):
        f = grad(f)
        found.append(f(1.0))
    assert close(found, wanted, 1e-11)


def test_it_is_compiled_and_the_solver_gets_fresh_numbers(Value, kepler):
    program = compile(lambda e, M: kepler(e, M) ** 2)
    for e, M in ((0.3, 1.0), (0.5, 2.0), (0.1, 0.2)):
        E, by_e, by_M, _ = derivatives_of_kepler(e, M)
        value, slopes = program.value_and_grad(e, M)
        assert close(value, E * E)
        assert close(slopes, (2.0 * E * by_e, 2.0 * E * by_M))
        wanted = hvp(lambda e, M: kepler(e, M) ** 2)((e, M), (1.0, -1.0))
        assert close(program.hvp((e, M), (1.0, -1.0)), wanted)
        assert close(program.jvp((e, M), (1.0, -1.0)), slopes[0] - slopes[1])
    assert program.traces == 1


def test_batches(Value, kepler):
    e, M = np.linspace(0.1, 0.6, 7), np.linspace(0.2, 2.8, 7)
    program = compile(lambda e, M: kepler(e, M), batch="none")
    values, slopes = program.value_and_grad(e, M)
    wanted = [derivatives_of_kepler(*point) for point in zip(e.tolist(), M.tolist())]
    assert close(values, [w[0] for w in wanted])
    assert close(slopes, ([w[1] for w in wanted], [w[2] for w in wanted]))
    seconds = compile(lambda M, e: kepler(e, M), batch="sum", argnums=0).hvp((M, e), np.ones(7))
    assert close(seconds, [w[3] for w in wanted])
    shared = compile(lambda M, e: kepler(e, M), batch="sum").grad(M, 0.3)
    assert close(shared[1], sum(derivatives_of_kepler(0.3, m)[1] for m in M.tolist()))


def test_a_vectorized_solver_is_called_once_for_a_batch(Value):
    sizes = []

    def solve(a):
        sizes.append(np.size(a))
        return np.sqrt(a)

    root = implicit(lambda x, a: x * x - a, solve, vectorized=True)
    program = compile(lambda a: root(a), batch="sum")
    value, slopes = program.value_and_grad(np.linspace(1.0, 4.0, 100))
    assert close(value, np.sqrt(np.linspace(1.0, 4.0, 100)).sum())
    assert close(slopes, 0.5 / np.sqrt(np.linspace(1.0, 4.0, 100)))
    assert set(sizes) == {1, 100}
    assert sizes.count(100) == 1


def test_parameters_are_structures_and_have_names(Value):
    def F(x, p, scale=1.0):
        return p["a"] * x - p["b"][0] * scale

    ratio = implicit(F, lambda p, scale=1.0: p["b"][0] * scale / p["a"])
    p = {"a": 2.0, "b": [3.0, None]}
    assert ratio(p) == 1.5
    assert ratio(p, scale=2.0) == ratio(p, 2.0) == 3.0
    assert grad(ratio)(p) == {"a": -0.75, "b": [0.5, None]}
    assert compile(ratio).grad(p) == {"a": -0.75, "b": [0.5, None]}
    array = implicit(lambda x, a: x * a.sum() - 6.0, lambda a: 6.0 / a.sum())
    assert close(grad(array)(np.array([1.0, 2.0])), [-2.0 / 3.0] * 2)
    with pytest.raises(TypeError, match="F has no argument angle"):
        ratio(p, angle=2.0)


def test_a_bracket_gives_all_digits_of_a_small_number(Value):
    small = implicit(lambda x, a: exp(1e6 * x) - a, bracket=(0.0, 1e-5))
    assert math.isclose(small(3.0), 1e-6 * math.log(3.0), rel_tol=1e-10)


def test_what_is_shown_of_it(Value):
    kepler = SOLVERS["own"]
    assert str(inspect.signature(kepler)) == "(e, M)"
    assert (kepler.__name__, repr(kepler)) == ("kepler", "<implicit function kepler>")
    assert "d/dM" in str(gradcheck(kepler, 0.3, 1.0))
    assert compile(kepler).value(M=1.0, e=0.3) == kepler(0.3, 1.0)
    x = kepler(Value(0.3), 1.0)
    assert x.op.latex == r"\operatorname{kepler}\left(#1, #2\right)"
    assert "kepler" in ag.draw(x).svg


def test_no_parameters_at_all(Value):
    assert close(implicit(lambda x: cos(x) - x, x0=1.0)(), 0.7390851332151607)


CURVES = {  # F, its solution, bounds, starts
    "cube": (lambda x, a: x**3 - a, np.cbrt, lambda a: (a + 1.0, 0.0), lambda a: a),
    "steep": (lambda x, a: exp(30.0 * x) - 1.0 - a, lambda a: np.log1p(a) / 30.0, (-1.0, 9.0), 0.2),
    "flat": (lambda x, a: ag.atan(x - a), lambda a: a, (-40.0, 60.0), lambda a: a + 0.5),
    "kinked": (lambda x, a: x - a if x > 2.0 else 2.0 * (x - a), lambda a: a, (-9.0, 9.0), 1.0),
}


@pytest.mark.parametrize("by", ["bracket", "x0"])
@pytest.mark.parametrize("which", CURVES)
def test_roots_of_a_batch_are_found_side_by_side(Value, which, by):
    F, solution, bracket, x0 = CURVES[which]
    root = implicit(F, bracket=bracket) if by == "bracket" else implicit(F, x0=x0)
    a = np.linspace(0.3, 5.0, 41)
    found, slopes = compile(root, batch="none").value_and_grad(a)
    assert np.allclose(found, solution(a), rtol=1e-14, atol=0.0)
    assert close(slopes, [grad(root)(x) for x in a.tolist()])


def with_steps(f, slope):
    """F and Newton's steps at arrays, as `many_roots` wants them."""

    def at(xs):
        with np.errstate(all="ignore"):
            return f(xs), f(xs) / slope(xs)

    return at


def test_bounds_lead_where_newton_alone_is_astray():
    by_cbrt = with_steps(np.cbrt, lambda x: np.cbrt(x) / (3.0 * x))  # Newton goes from x to -2 x
    lows, highs = np.array([-1.0, 1.7, 0.0, -3.0, 1.0]), np.array([1.7, -1.0, 2.0, 0.0, 2.0])
    found = many_roots.between(by_cbrt, lows, highs)
    assert np.all(abs(found[:4]) < 1e-11)
    assert math.isnan(found[4])
    assert found[2] == found[3] == 0.0  # the ends
    by_cube = with_steps(lambda x: x**3, lambda x: 3.0 * x * x)
    assert many_roots.between(by_cube, np.array([-1.0]), np.array([1.0])) == [0.0]  # 0 / 0 there
    by_ninth = with_steps(lambda x: x**9, lambda x: 9.0 * x**8)  # Newton takes 8/9 at a time
    [slow] = many_roots.between(by_ninth, np.array([-0.4]), np.array([1.0]))
    assert abs(slow) < 1e-11
    by_exp = with_steps(lambda x: np.expm1(1e6 * x) - 2.0, lambda x: 1e6 * np.exp(1e6 * x))
    [small] = many_roots.between(by_exp, np.array([0.0]), np.array([1e-5]))
    assert math.isclose(small, 1e-6 * math.log(3.0), rel_tol=1e-13)
    starts = many_roots.from_starts(by_cbrt, np.array([1.0, 0.5]))
    assert np.all(np.isnan(starts))  # it goes astray
    by_square = with_steps(lambda x: x * x - 4.0, lambda x: 2.0 * x)
    found = many_roots.from_starts(by_square, np.array([1.0, 0.0, -1.0]))
    assert found[0] == 2.0
    assert math.isnan(found[1])
    assert found[2] == -2.0


@pytest.mark.parametrize("x0", [
    lambda e, M: M,
    lambda e, M: M if M > 0.5 else 0.5,
    lambda e, M: math.sin(M) + M,
    lambda e, M: np.pi,
    lambda e, M: float(np.max(M)),  # of all points it is another
])  # fmt: skip
def test_a_start_that_is_a_function_of_many_thetas(Value, x0):
    kepler = implicit(kepler_F, x0=x0)
    e, M = np.full(50, 0.3), np.linspace(0.1, 2.8, 50)
    assert close(compile(kepler, batch="none").value(e, M), by_newton(e, M))
    calls = []
    counted = implicit(kepler_F, x0=lambda e, M: calls.append(0) or M)
    program = compile(counted, batch="none")
    program.value(e, M)
    calls.clear()
    program.value(e, M)
    assert len(calls) <= 3  # together, and at both ends


def circle_and_line(z, radius, slope):
    return [z["x"] * z["x"] + z["y"] * z["y"] - radius**2, z["y"] - slope * z["x"]]


@pytest.mark.parametrize("x0", [
    {"x": 1.0, "y": 1.0}, lambda radius, slope: {"x": radius, "y": radius * slope},
])  # fmt: skip
def test_several_unknowns_of_a_batch_are_found_side_by_side(Value, x0, monkeypatch):
    point = implicit(circle_and_line, x0=x0)
    radius, slope = np.linspace(0.5, 3.0, 30), np.linspace(-0.4, 4.0, 30)
    program = compile(lambda r, s: point(r, s)["x"] + 2.0 * point(r, s)["y"], batch="none")
    program.value(radius, slope)
    by_scipy = []
    root = optimize.root
    monkeypatch.setattr(optimize, "root", lambda *a, **k: by_scipy.append(0) or root(*a, **k))
    values, slopes = program.value_and_grad(radius, slope)
    assert not by_scipy
    away = np.sqrt(1.0 + slope**2)
    assert close(values, radius * (1.0 + 2.0 * slope) / away)
    assert close(slopes[0], (1.0 + 2.0 * slope) / away)
    assert close(slopes[1], radius * (2.0 - slope) / away**3)


def test_several_unknowns_of_which_newton_goes_astray_are_those_of_scipy(Value):
    bent = implicit(lambda z, a: [ag.atan(z[0]) - 0.1 * a, z[1] - z[0]], x0=[3.0, 0.0])
    a = np.array([0.1, 0.5, 1.0])
    found = compile(lambda a: bent(a), batch="none").value(a)
    assert close(found[0], np.tan(0.1 * a))
    assert np.isnan(many_roots.straight_on(
        with_steps(np.arctan, lambda x: 1.0 / (1.0 + x * x)), np.array([[3.0]])
    )).all()  # fmt: skip


def test_the_ends_of_a_bracket_may_be_roots_and_one_without_a_root_is_told(Value):
    root = implicit(lambda x, a: x * x - a, bracket=(1.0, 3.0), name="root")
    program = compile(root, batch="none")
    assert close(program.value([1.0, 9.0, 4.0]), [1.0, 3.0, 2.0])
    with pytest.raises(ImplicitError, match=r"root failed at a = 16\.0: ValueError: .*sign"):
        program.value([1.0, 16.0, 4.0])
    newton = compile(implicit(lambda x, a: x * x - a, x0=1.0, name="root"), batch="none")
    with pytest.raises(ImplicitError, match=r"solver of root failed at a = -1\.0: "):
        newton.value([4.0, -1.0])


# Several unknowns ---------------------------------------------------------------------------------


def circle(x, r, t):
    """x[0] and x[1] are r cos(t), r sin(t)."""
    return [x[0] ** 2 + x[1] ** 2 - r * r, x[1] * cos(t) - x[0] * sin(t)]


def at_once(r, t):
    return [r * math.cos(t), r * math.sin(t)]


CIRCLES = {
    "own": implicit(circle, at_once),
    "root": implicit(circle, x0=lambda r, t: [1.0, 0.1]),
    "results": implicit(
        circle, lambda r, t: optimize.root(lambda x: circle(x, r, t), [1.0, 0.1], tol=1e-13)
    ),
    "arrays": implicit(circle, lambda r, t: [r * np.cos(t), r * np.sin(t)], vectorized=True),
}


@pytest.mark.parametrize("which", CIRCLES)
def test_several_unknowns(Value, which):
    polar = CIRCLES[which]
    f = lambda r, t: (lambda x: x[0] ** 2 * x[1] + exp(x[1]))(polar(r, t))
    rows = lambda r, t: (r * cos(t)) ** 2 * (r * sin(t)) + exp(r * sin(t))
    at = 1.3, 0.4
    assert close(f(*at), rows(*at))
    assert close(grad(f)(*at), grad(rows)(*at))
    assert close(hessian(f)(*at), hessian(rows)(*at))
    third = [grad(grad(grad(g, 1), 1), 1)(*at) for g in (f, rows)]
    assert close(*third, 1e-10)
    wanted = jacobian(lambda r, t: [r * cos(t), r * sin(t)])(*at)
    assert close(jacobian(lambda r, t: list(polar(r, t)))(*at), wanted)
    program, by_rows = compile(f), compile(rows)
    assert close(program.value_and_grad(*at)[1], grad(rows)(*at))
    assert close(program.hvp(at, (1.0, 2.0)), by_rows.hvp(at, (1.0, 2.0)))
    many, by_rows = compile(f, batch="none"), compile(rows, batch="none")
    at = np.linspace(0.8, 1.5, 9), np.linspace(0.1, 1.2, 9)
    (value, slopes), (wanted, wanted_slopes) = many.value_and_grad(*at), by_rows.value_and_grad(*at)
    assert close(value, wanted)
    assert close(slopes, wanted_slopes)


def test_unknowns_have_the_structure_of_the_solution(Value):
    Point = namedtuple("Point", "x y")
    made = [
        lambda x, y: (x, y),
        lambda x, y: [x, y],
        lambda x, y: Point(x, y),
        lambda x, y: {"x": x, "y": y},
        lambda x, y: np.array([x, y]),
    ]
    for make in made:
        f = implicit(
            lambda z, a: [u - a * k for k, u in enumerate(entries(z), 1)],
            lambda a, make=make: make(a, 2.0 * a),
        )
        z = f(Value(3.0))
        assert type(z) is type(make(1.0, 2.0))
        assert [u.data for u in entries(z)] == [3.0, 6.0]
        assert grad(lambda a, f=f: entries(f(a))[1])(3.0) == 2.0


def entries(z):
    return list(z.values()) if isinstance(z, dict) else list(z)


def test_unknowns_that_their_own_equations_do_not_hold(Value):
    crossed = implicit(lambda x, a, b: [x[1] - a * b, x[0] - b], lambda a, b: [b, a * b])
    assert jacobian(crossed)(2.0, 3.0) == [(0.0, 1.0), (3.0, 2.0)]
    many = compile(lambda a, b: crossed(a, b)[1], batch="none")
    assert many.grad([2.0, 5.0], [3.0, 4.0]) == ([3.0, 4.0], [2.0, 5.0])


@pytest.mark.slow
def test_larger_systems(Value, full_or_quick):
    n = full_or_quick(12, 5)
    matrix = np.random.default_rng(3).normal(size=(n, n)) + n * np.eye(n)

    def F(x, b):
        return [ag.dot(row.tolist(), x) + 0.1 * x[i] ** 3 - b[i] for i, row in enumerate(matrix)]

    solve = implicit(F, x0=[0.0] * n)
    b = np.linspace(1.0, 2.0, n)
    x = np.array(solve(b.tolist()))
    assert close(matrix @ x + 0.1 * x**3, b, 1e-9)
    wanted = np.linalg.inv(matrix + np.diag(0.3 * x**2))
    assert close(jacobian(solve)(b.tolist()), wanted, 1e-9)
    gradcheck(lambda b: ag.sum(u * u for u in solve(b)), b.tolist())


# Where it is used ---------------------------------------------------------------------------------


def test_in_a_branch_that_is_not_taken_a_solver_may_give_nan(Value):
    root = implicit(lambda x, a: x * x - a, lambda a: math.sqrt(a) if a > 0.0 else math.nan)
    f = lambda a: where(a > 0.0, root(a), -a)
    assert grad(f)(4.0) == 0.25
    assert grad(f)(-4.0) == -1.0
    assert compile(f, batch="sum").grad([4.0, -4.0, 16.0]) == [0.25, -1.0, 0.125]
    assert math.isnan(root(-1.0))
    assert math.isnan(grad(root)(-1.0))


def test_a_condition_shields_the_solver(Value):
    root = implicit(lambda x, a: x * x - a, bracket=(0.0, 10.0))
    program = compile(lambda a: root(a) if a > 0.0 else -a)
    assert close(program.value(4.0), 2.0)
    assert program.value(-4.0) == 4.0


def test_solutions_of_solutions(Value):
    inner = implicit(lambda y, a: y * y - a, x0=1.0)
    outer = implicit(lambda x, a: x * inner(x) - a, x0=1.0)  # x = a ** (2 / 3)
    assert close(outer(8.0), 4.0)
    assert close(grad(outer)(8.0), 2.0 / 3.0 * 8.0 ** (-1.0 / 3.0))
    assert close(grad(grad(outer))(8.0), -2.0 / 9.0 * 8.0 ** (-4.0 / 3.0))
    assert close(compile(outer, batch="none").grad([8.0, 27.0]), [1.0 / 3.0, 2.0 / 9.0])


def test_under_a_watch(Value):
    with detect_anomaly():
        x = SOLVERS["own"](Value(0.3), 1.0)
        x.backward()
    assert x.op.label == "kepler"


def power(x, a, n):
    return x**n - a


def exact(a, n):
    return a ** (1.0 / n)


def test_programs_with_it_are_pickled(Value):
    root = implicit(power, exact)
    program = compile(root, batch="sum")
    assert close(program.grad([4.0, 9.0], 2.0)[0], [0.25, 1.0 / 6.0])
    again = pickle.loads(pickle.dumps(program))
    assert close(again.grad([16.0, 25.0], 2.0)[0], [0.125, 0.1])
    assert again.traces == 0


# What is refused ----------------------------------------------------------------------------------


def test_what_is_no_solution_is_told_with_the_numbers(Value):
    loose = implicit(lambda x, a: x * x - a, lambda a: 1.4, name="root")
    with pytest.raises(ImplicitError) as told:
        loose(Value(2.0))
    assert str(told.value) == (
        "the solver of root did not solve it at a = 2.0: x = 1.4, F = -0.04, and Newton's step "
        "from there is -0.0142857; ask the solver for more digits, or give another tol"
    )
    for batch, a in ((None, 2.0), ("sum", [1.96, 2.0])):
        program = compile(lambda a: loose(a), batch=batch)
        with pytest.raises(ImplicitError, match=r"did not solve it at a = 2\.0"):
            program.value(a)
    assert implicit(lambda x, a: x * x - a, lambda a: 1.4, tol=0.1)(2.0) == 1.4
    assert implicit(lambda x, a: x * x - a, lambda a: 1.4, tol=None)(2.0) == 1.4


def test_a_solver_that_fails_is_told_with_its_reason(Value):
    root = implicit(lambda x, a: x * x - a, bracket=(0.0, 1.0), name="root")
    with pytest.raises(
        ImplicitError, match=r"solver of root failed at a = 4\.0: ValueError: .*sign"
    ):
        root(Value(4.0))
    newton = implicit(lambda x, a: x * x + a, x0=1.0, name="none")
    with pytest.raises(ImplicitError, match=r"the solver of none failed at a = 1\.0: .*conver"):
        newton(Value(1.0))
    several = implicit(lambda x, a: [x[0] ** 2 + a, x[1] - a], x0=[1.0, 1.0], name="two")
    with pytest.raises(ImplicitError, match=r"the solver of two failed at a = 1\.0: "):
        several(1.0)
    broken = implicit(lambda x, a: x - a, lambda a: {}["a"])
    with pytest.raises(KeyError):
        broken(1.0)


def test_a_singular_derivative_is_told(Value):
    double = implicit(lambda x, a: (x - a) ** 2, lambda a: a, name="double")
    with pytest.raises(ImplicitError, match=r"dF/dx of double is singular at a = 2\.0: x = 2, F"):
        double(Value(2.0))
    pair = implicit(lambda x, a: [x[0] - x[1], 2.0 * x[0] - 2.0 * x[1]], lambda a: [a, a])
    with pytest.raises(ImplicitError, match=r"singular .*dF/dx = \[\[1, -1\], \[2, -2\]\]"):
        pair(Value(2.0))
    with pytest.raises(ImplicitError, match="singular"):
        compile(lambda a: double(a), batch="sum").grad([1.0, 2.0])
    x = Value(0.0)
    implicit(lambda x, a: x**3 - a, lambda a: a ** (1.0 / 3.0), tol=None)(x).backward()
    assert x.grad == math.inf


@pytest.mark.parametrize(
    ("F", "solve", "error"),
    [
        (lambda x, a: [x - a, x], lambda a: a, "as there are unknowns, 1; it gives 2: list of le"),
        (lambda x, a: x[0] - a, lambda a: [a, a], "as there are unknowns, 2; it gives 1: Value"),
        (lambda x, a: None, lambda a: a, "F of both must give numbers: .* got None"),
        (lambda x, a: "0", lambda a: a, "F of both must give numbers: .* got str '0'"),
        (lambda x, a: x - a, lambda a: None, "the solver of both must give .*number.* got None"),
        (lambda x, a: x - a, lambda a: "a", "the solver of both must give .*number.* got str"),
        (lambda x, a: x - a, lambda a: [], "the solver of both must give .*number.* got list"),
    ],
)
def test_functions_that_do_not_fit(Value, F, solve, error):
    with pytest.raises(TypeError, match=error):
        implicit(F, solve, name="both")(Value(1.0))


def test_a_solver_that_changes_its_mind(Value):
    fickle = implicit(lambda x, a: x - a, lambda a: a if a < 2.0 else [a, a], name="fickle")
    fickle(1.0)
    with pytest.raises(TypeError, match="solver of fickle gives another structure than before"):
        fickle(2.0)


def test_a_value_from_outside_is_refused(Value):
    w = Value(3.0)
    with pytest.raises(TypeError, match="F of root uses a Value from outside"):
        implicit(lambda x, a: x * x - a * w, lambda a: math.sqrt(3.0 * a), name="root")(2.0)
    with pytest.raises(TypeError, match="F of root uses a Value from outside"):
        compile(lambda a: implicit(lambda x: x * x - a, lambda: math.sqrt(2.0), name="root")()
                ).value(2.0)  # fmt: skip
    constant = implicit(lambda x, a: x * Value(2.0) - a, lambda a: a / 2.0)
    assert grad(constant)(3.0) == 0.5


def test_arguments_that_make_no_sense():
    F = lambda x, a: x - a
    for given in ({}, {"bracket": (0, 1), "x0": 1.0}, {"solve": F, "x0": 1.0}):
        with pytest.raises(TypeError, match="a solver, a bracket or an x0: one of them, got"):
            implicit(F, **given)
    with pytest.raises(TypeError, match="F of implicit is a function, got int 3"):
        implicit(3, x0=1.0)
    with pytest.raises(TypeError, match="solve of implicit is a function, got float"):
        implicit(F, 1.0)
    with pytest.raises(ValueError, match="tol is a number above 0 or None"):
        implicit(F, x0=1.0, tol=0.0)
    with pytest.raises(TypeError, match="method is one of SciPy's"):
        implicit(F, lambda a: a, method="brentq")
    with pytest.raises(TypeError, match="vectorized says something of `solve`"):
        implicit(F, x0=1.0, vectorized=True)


@pytest.mark.slow
def test_without_scipy_and_numpy():
    code = """
import sys
sys.modules["scipy"] = sys.modules["numpy"] = None
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numpy" else find(name, *rest)
from autograd_lite import compile, implicit
root = implicit(lambda x, a: x * x - a, lambda a: a**0.5)
print(compile(lambda a: root(a), batch="sum").grad([4.0, 16.0]))
try:
    implicit(lambda x, a: x * x - a, x0=1.0)(2.0)
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout == (
        "[0.25, 0.125]\nimplicit takes SciPy for a bracket or an x0, and SciPy is not installed: "
        "install it, or give a solver of your own as `solve`\n"
    ), done.stderr


def test_parameters_that_have_a_place_alone(Value):
    def line(x, a, /, b=0.0, c=0.0):
        return x - a - 10.0 * b - 100.0 * c

    solution = implicit(line, x0=0.0)
    for function in (solution, compile(solution)):
        assert grad(function)(1.0, b=2.0) == pytest.approx((1.0, 10.0))
        assert grad(function)(1.0, c=2.0, b=2.0) == pytest.approx((1.0, 10.0, 100.0))
    with pytest.raises(TypeError, match="line has no argument a, or "):
        solution(a=1.0)
    with pytest.raises(TypeError, match="argument c, or those before it are not given"):
        solution(1.0, c=1.0)
    with pytest.raises(ImplicitError, match=r"at a = 1.0, b = 2.0: "):
        implicit(line, lambda a, b: 7.0)(1.0, 2.0)
