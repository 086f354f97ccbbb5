"""Small linear algebra against NumPy, SciPy, mpmath, closed forms and JAX, in every mode."""

import json
import math

import pytest

import autograd_lite as ag
from autograd_lite import compile, grad, gradcheck, hessian, jacobian, linalg

numpy = pytest.importorskip("numpy")
SIZES = (1, 2, 3, 6, 7)  # determinants by minors, and by elimination


def matrix(n, seed=0):
    return numpy.random.default_rng([n, seed]).normal(size=(n, n))


def positive(n, seed=0):
    a = matrix(n, seed)
    return a @ a.T + n * numpy.eye(n)


def near(found, wanted, digits=1e-12):
    found, wanted = numpy.asarray(found, dtype=float), numpy.asarray(wanted)
    return found.shape == wanted.shape and abs(found - wanted).max() <= digits * abs(wanted).max()


# Values and first derivatives ---------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_values_are_those_of_numpy(Value, n):
    a, s, b, several = matrix(n), positive(n), matrix(n)[0], matrix(n, 1)[:, : n // 2 + 1]
    assert near(linalg.solve(a, b), numpy.linalg.solve(a, b))
    assert near(linalg.solve(a.tolist(), several.tolist()), numpy.linalg.solve(a, several))
    for lower in (False, True):
        triangle = numpy.tril(s) if lower else numpy.triu(s)
        x = linalg.solve_triangular(s, b, lower=lower)  # what is in the other triangle is not read
        assert near(triangle @ x, b)
        assert near(triangle @ linalg.solve_triangular(s, several, lower), several)
    assert near(linalg.inv(a), numpy.linalg.inv(a))
    assert linalg.det(a) == pytest.approx(numpy.linalg.det(a), rel=1e-12)
    assert linalg.slogdet(-1e90 * a) == pytest.approx(tuple(numpy.linalg.slogdet(-1e90 * a)))
    assert near(linalg.cholesky(s), numpy.linalg.cholesky(s))
    w, v = linalg.eigh(s)
    assert near(w, numpy.linalg.eigh(s)[0])
    assert near(s @ v, v * w)
    assert near(v.T @ v, numpy.eye(n))


@pytest.mark.parametrize("n", SIZES)
def test_first_derivatives_are_the_closed_forms(Value, n):
    a, s, b = matrix(n), positive(n), matrix(n)[0]
    inverse, ones = numpy.linalg.inv(a), numpy.ones(n)
    x, left = inverse @ b, inverse.T @ ones
    by_a, by_b = grad(lambda a, b: numpy.sum(linalg.solve(a, b)))(a, b)
    assert near(by_b, left)
    assert near(by_a, -numpy.outer(left, x), 1e-11)
    by_inverse = grad(lambda a: numpy.sum(linalg.inv(a)))(a)
    assert near(by_inverse, -numpy.outer(left, inverse @ ones), 1e-11)
    assert near(grad(linalg.det)(a), numpy.linalg.det(a) * inverse.T, 1e-11)
    assert near(grad(lambda a: linalg.slogdet(a)[1])(a), inverse.T, 1e-11)
    _, v = numpy.linalg.eigh(s)
    for i in range(n):
        slopes = grad(lambda s, i=i: linalg.eigh(s)[0][i])(s)
        both = numpy.outer(v[:, i], v[:, i])
        assert near(slopes, numpy.tril(both) + numpy.tril(both, -1), 1e-11)
    lower = grad(lambda s: sum(ag.log(linalg.cholesky(s)[i, i]) for i in range(n)))(s)
    half = numpy.linalg.inv(s)  # of log det s = 2 sum of log L[i, i]
    assert near(lower, numpy.tril(half) - 0.5 * numpy.diag(numpy.diag(half)), 1e-11)


def lower_triangle(entries, n):
    entries = iter(entries)
    rows = [[next(entries) for _ in range(i + 1)] for i in range(n)]
    return [[*row, *[0.0] * (n - len(row))] for row in rows]


@pytest.mark.slow
def test_second_derivatives_agree_with_finite_differences(Value, full_or_quick):
    n = full_or_quick(3, 2)
    full, symmetric = matrix(n).ravel().tolist(), positive(n)[numpy.tril_indices(n)].tolist()
    square = lambda x: [x[i * n : (i + 1) * n] for i in range(n)]
    triangle = lambda x: lower_triangle(x, n)
    for function, point in (
        (lambda *x: linalg.solve(square(x), [1.0, 2.0, 3.0][:n])[1], full),
        (lambda *x: linalg.inv(square(x))[1][0], full),
        (lambda *x: linalg.slogdet(square(x))[1], full),
        (lambda *x: linalg.expm(square(x))[0][1], full),
        (lambda *x: linalg.cholesky(triangle(x))[-1][1], symmetric),
        (lambda *x: linalg.eigh(triangle(x))[0][1], symmetric),
        (lambda *x: linalg.eigh(triangle(x))[1][1][0], symmetric),
    ):
        assert gradcheck(function, *point, order=2)


def test_determinants_have_all_their_derivatives_at_singular_matrices(Value):
    zero = [[0.0, 0.0], [0.0, 0.0]]
    for singular in (zero, [[0.0, 1.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 4.0]]):
        (a, b), (c, d) = singular
        assert linalg.det(singular) == 0.0
        assert grad(linalg.det)(singular) == [[d, -c], [-b, a]]
    second = hessian(linalg.det)(zero)
    assert (second[0][0][1][1], second[0][1][1][0], second[0][0][0][0]) == (1.0, -1.0, 0.0)
    a = numpy.outer(matrix(5)[0], matrix(5)[1])  # of rank 1: no derivative below the fourth
    assert abs(grad(linalg.det)(a)).max() < 1e-15
    columns = matrix(8)
    columns[:, 1] = columns[:, 0] = 0.0
    assert math.isnan(linalg.det(columns))  # by elimination; see its docstring


def test_singular_matrices_raise_nothing(Value):
    singular = [[1.0, 2.0], [2.0, 4.0]]
    assert not any(map(math.isfinite, linalg.solve(singular, [1.0, 1.0])))
    assert not math.isfinite(linalg.inv(singular)[0][0])
    assert linalg.slogdet(singular) == (0.0, -math.inf)
    assert math.isnan(linalg.cholesky([[-1.0]])[0][0])
    x = [[Value(entry) for entry in row] for row in singular]
    assert not math.isfinite(linalg.solve(x, [1.0, 1.0])[0].data)


# The exponential ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.0, 1e-9, 1.0, 100.0])
def test_the_exponential_and_its_derivative(Value, scale):
    scipy = pytest.importorskip("scipy.linalg")
    for n in (1, 2, 4):
        a, direction = scale * matrix(n), matrix(n, 1)
        a = a - 3 * scale * numpy.eye(n)
        value, rate = scipy.expm_frechet(a, direction)
        digits = 1e-13 * max(1.0, scale)
        assert near(linalg.expm(a), value, digits)
        assert near(ag.jvp(linalg.expm)(a, direction), rate, 10 * digits)


def test_exponentials_of_turns_and_of_extremes(Value):
    turned = linalg.expm([[0.0, -1e4], [1e4, 0.0]])
    assert turned[0] == pytest.approx([math.cos(1e4), -math.sin(1e4)], abs=1e-9)
    assert linalg.expm([[0.0, 0.0], [0.0, 0.0]]) == [[1.0, 0.0], [0.0, 1.0]]
    assert linalg.expm([[-1e9]]) == [[0.0]]
    assert math.isnan(linalg.expm([[1e11]])[0][0])
    assert math.isnan(linalg.expm([[math.nan]])[0][0])


# Eigenvalues that are equal -----------------------------------------------------------------------


def test_equal_eigenvalues(Value):
    identity = [[1.0, 0.0], [0.0, 1.0]]
    assert linalg.eigh(identity) == ([1.0, 1.0], identity)
    both = grad(lambda a: sum(w**3 for w in linalg.eigh(a)[0]))  # of the trace of a @ a @ a
    assert both(identity) == [[3.0, 0.0], [0.0, 3.0]]
    slope = grad(lambda a: linalg.eigh(a)[1][0][0])(identity)
    assert not math.isfinite(slope[1][0])
    second = hessian(lambda a: linalg.eigh(a)[0][0])(identity)
    assert not math.isfinite(second[1][0][1][0])


def test_eigenvectors_have_one_sign_also_in_batches(Value):
    rng = numpy.random.default_rng(0)
    pairs = rng.normal(size=(50, 2, 2))
    pairs[:5] = [[[2.0, 1.0], [1.0, 2.0]], [[1.0, 0.0], [0.0, 2.0]], [[2.0, -1.0], [-1.0, 2.0]],
                 [[0.0, 0.0], [0.0, 0.0]], [[math.nan, 0.0], [0.0, 1.0]]]  # fmt: skip
    program = compile(lambda a: linalg.eigh(a)[1][0, 1] + linalg.eigh(a)[0][1], batch="none")
    alone = [linalg.eigh(a)[1][0, 1] + linalg.eigh(a)[0][1] for a in pairs]
    assert numpy.allclose(program.value(pairs), alone, rtol=1e-12, atol=0, equal_nan=True)
    slopes = grad(lambda a: linalg.eigh(a)[1][0, 1])(pairs[7])
    batch = compile(lambda a: linalg.eigh(a)[1][0, 1], batch="sum")
    assert near(batch.grad(pairs[5:10])[2], slopes)


# Compiled -----------------------------------------------------------------------------------------

FUNCTIONS = {
    "solve": lambda a: linalg.solve(a, [1.0, 2.0, 3.0])[0],
    "inv": lambda a: linalg.inv(a)[0, 2],
    "solve_triangular": lambda a: linalg.solve_triangular(a, a[0], lower=True)[2],
    "det": linalg.det,
    "slogdet": lambda a: linalg.slogdet(a)[0] * linalg.slogdet(a)[1],
    "cholesky": lambda a: linalg.cholesky(a)[2, 1],
    "expm": lambda a: linalg.expm(a)[0, 1],
    "eigh": lambda a: linalg.eigh(a)[0][2] * linalg.eigh(a)[1][0, 2],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_tape_without_guards_does_all_pivots_and_norms(Value, name, full_or_quick):
    function = FUNCTIONS[name]
    program, batch = compile(function), compile(function, batch="none")
    make = positive if name in ("cholesky", "eigh", "solve_triangular") else matrix
    samples = [make(3, seed) * 10.0 ** (seed - 2) for seed in range(full_or_quick(5, 4))]
    samples.append(numpy.eye(3)[[2, 0, 1]] + (3.0 * numpy.eye(3)) * (make is positive))
    for a in samples:
        assert program.value(a) == function(a)
        assert near(program.grad(a), grad(function)(a), 1e-11)
    assert program.traces == 1
    assert program.tapes()[0].guards == []
    assert batch.value(numpy.array(samples)) == pytest.approx(
        list(map(function, samples)), rel=1e-12
    )
    direction = matrix(3, 9)
    product = ag.hvp(function)(samples[2], direction)
    assert near(program.hvp(samples[2], direction), product, 1e-10)


def test_what_is_arithmetic_is_saved_and_written_as_javascript(Value, tmp_path):
    program = compile(lambda a: linalg.solve(a, [1.0, 2.0])[0])
    a = [[1.0, 2.0], [3.0, 5.0]]
    value = program.value(a)
    program.save(tmp_path / "program.json")
    assert json.loads((tmp_path / "program.json").read_text())
    assert ag.load_program(tmp_path / "program.json").value(a) == value
    assert "export" in program.to_js(a)


def test_values_know_the_scope(Value):
    a = [[Value(2.0), 1.0], [1.0, 3.0]]
    assert str(linalg.inv(a)[0][0].scope) == "inv"


# Structures and errors ----------------------------------------------------------------------------


def test_lists_in_lists_out_and_arrays_in_arrays_out(Value):
    rows, x = [[2.0, 1.0], [1.0, 3.0]], Value(2.0)
    values = [[x, 1.0], (1, numpy.float64(3.0))]
    assert linalg.solve(rows, (5, 10)) == [1.0, 3.0]
    assert [float(ag.primitive.plain(y)) for y in linalg.solve(values, [5, 10])] == [1.0, 3.0]
    array = linalg.solve(numpy.array(values, dtype=object), [5.0, 10.0])
    assert (array.dtype, array.shape, array[0].op.name) == (object, (2,), "div")
    assert linalg.inv(numpy.array(rows)).dtype == float
    assert linalg.solve(rows, numpy.eye(2)).shape == (2, 2)
    assert linalg.cholesky([numpy.array(row) for row in rows]).shape == (2, 2)
    assert rows == [[2.0, 1.0], [1.0, 3.0]]
    assert jacobian(lambda b: linalg.solve(rows, b))([1.0, 1.0]) == [[0.6, -0.2], [-0.2, 0.4]]


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: linalg.inv([[1.0, 2.0]]), ValueError, "inv takes a square matrix"),
        (lambda: linalg.det([1.0, 2.0]), ValueError, "det takes a square matrix"),
        (lambda: linalg.det([[1.0, 2.0], [3.0]]), ValueError, "rows of one length"),
        (lambda: linalg.expm(numpy.ones((2, 2, 2))), TypeError, "real number, got list of length"),
        (lambda: linalg.solve([[1.0]], [1.0, [2.0]]), ValueError, "rows of one length"),
        (lambda: linalg.eigh([]), TypeError, "eigh takes lists of numbers"),
        (lambda: linalg.eigh(2.0), TypeError, "eigh takes lists of numbers, or arrays, got float"),
        (lambda: linalg.inv([["1"]]), TypeError, "expected a real number, got str"),
        (lambda: linalg.inv([[1j]]), TypeError, "expected a real number, got complex"),
        (lambda: linalg.solve([[1.0]], [1.0, 2.0]), ValueError, "1 equation takes .*, got 2"),
        (lambda: linalg.solve_triangular([[1.0]], []), TypeError, "solve_triangular takes lists"),
    ],
)
def test_errors_say_what_is_wanted(Value, call, error, told):
    with pytest.raises(error, match=told):
        call()


def test_numpy_names_ours(Value):
    for function in (numpy.linalg.det, numpy.linalg.inv, lambda a: numpy.linalg.solve(a, a)):
        for call in (grad(function), jacobian(function), compile(function).value):
            with pytest.raises(TypeError, match=r"autograd_lite\.linalg, which has solve") as told:
                call(positive(2))
            assert "Cannot cast" in str(told.value.__cause__)

    def wrong(a):
        raise TypeError("of the user")

    for call in (grad(wrong), compile(wrong).value):
        with pytest.raises(TypeError, match=r"^of the user$"):
            call(1.0)


def test_with_jax(Value, full_or_quick):
    if not full_or_quick(True, False):
        return  # it takes seconds to load
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    lin, tri = jax.numpy.linalg, lambda s: jax.numpy.tril(s) + jax.numpy.tril(s, -1).T
    weights = matrix(4, 7)
    cases = (
        (lambda a: numpy.sum(weights * linalg.inv(a)), lambda a: (weights * lin.inv(a)).sum()),
        (linalg.det, lin.det),
        (lambda a: linalg.slogdet(a)[1], lambda a: lin.slogdet(a)[1]),
        (
            lambda a: numpy.sum(weights * linalg.expm(a)),
            lambda a: (weights * jax.scipy.linalg.expm(a)).sum(),
        ),
        (
            lambda a: numpy.sum(weights * linalg.cholesky(a)),
            lambda a: (weights * lin.cholesky(tri(a))).sum(),
        ),
        (
            lambda a: numpy.sum(weights[0] * linalg.eigh(a)[0]),
            lambda a: (weights[0] * lin.eigh(tri(a))[0]).sum(),
        ),
        (
            lambda a: numpy.sum(linalg.eigh(a)[1][:, 2] * linalg.eigh(a)[1][:, 1] ** 2),
            lambda a: (lin.eigh(tri(a))[1][:, 2] * lin.eigh(tri(a))[1][:, 1] ** 2).sum(),
        ),
    )
    for k, (ours, theirs) in enumerate(cases):
        a = positive(4, k)
        found, wanted = hessian(ours)(a), jax.hessian(theirs)(a)
        sign = 1.0 if near(found, wanted, 1e-8) else -1.0  # of eigenvectors
        assert near(found, sign * numpy.asarray(wanted), 1e-8), k
