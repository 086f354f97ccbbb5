"""Complex: pairs of Values, against mpmath and Python's cmath, in every mode."""

import cmath
import math
import operator

import pytest

import autograd_lite as ag
from autograd_lite import Complex, compile, grad, jacobian, jvp

mpmath = pytest.importorskip("mpmath")
ONE = Complex(1.0, 0.0)
FUNCTIONS = ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
POINTS = (0.3 - 0.7j, -2 + 0.5j, -0.25 - 3j, 1 + 1e-9j, 1.2 + 0.1j, 1e-5 + 0.2j, 3 + 0j)
EXTREME = (-3 + 0j, complex(-3, -0.0), 1e-200 + 1e-200j, 3e200 - 4e200j, 1e-300j, 1e308 + 1e308j)


def near(found, wanted, digits=1e-13):
    found = complex(found.data) if isinstance(found, Complex) else complex(found)
    return abs(found - complex(wanted)) <= digits * abs(complex(wanted))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_two_derivatives_of_functions(Value, name):
    ours, true = getattr(ag, name), getattr(mpmath, name)
    with mpmath.workdps(40):
        for z in POINTS:
            given = Complex(z)
            value, slope, second = mpmath.taylor(true, z, 2)
            assert near(ours(given), value)
            assert near(getattr(given, name)(), value)
            assert near(jvp(ours)(given, ONE), slope, 1e-12)
            turned = jvp(ours)(given, Complex(0.0, 1.0))  # i times the slope, for f is analytic
            assert near(turned * -1j, slope, 1e-12)
            twice = jvp(lambda z: jvp(ours)(z, ONE))(given, ONE)
            assert near(twice, 2 * second, 1e-10)


@pytest.mark.parametrize("name", ["log", "sqrt", "abs", "angle"])
def test_far_and_near_and_on_the_cut(Value, name):
    true = {"abs": abs, "angle": cmath.phase}.get(name) or getattr(cmath, name)
    for z in EXTREME:
        found = abs(Complex(z)) if name == "abs" else getattr(Complex(z), name)()
        assert near(found, true(z), 1e-15), z
    assert Complex(0.0).sqrt() == 0
    tail = float(mpmath.tanh(20 + 0.5j).imag)  # it is not lost beside the real part
    assert Complex(20.0, 0.5).tanh().imag == pytest.approx(tail, rel=1e-13, abs=0.0)
    assert Complex(0.0).log().real == -math.inf


def test_parts_keep_their_digits_beside_the_other():
    """A small real part of a root next to the cut, and of a logarithm on the unit circle."""
    for z in (-1 + 1e-12j, -3 + 1e-160j, -1e150 - 1j, -2 - 1e-9j):
        found, true = Complex(z).sqrt().data, cmath.sqrt(z)
        assert found.real == pytest.approx(true.real, rel=1e-14, abs=0.0)
        assert found.imag == pytest.approx(true.imag, rel=1e-14, abs=0.0)
    for z in (1e-9 + 1j, -1e-9 - 1j, 1 - 1e-9j):
        assert Complex(z).log().real == pytest.approx(cmath.log(z).real, rel=1e-14, abs=0.0)
    for y in (0.0, -0.0):  # exactly on the cut
        assert str(Complex(-4.0, y).sqrt().data) == str(cmath.sqrt(complex(-4.0, y)))


def test_sums_and_products_of_sequences(Value):
    zs, ws = [Complex(Value(1.0), 2.0), 3.0, 1j], [2.0, Complex(0.0, 1.0), 4.0]
    assert ag.sum(zs) == sum(zs) == 4 + 3j
    assert ag.dot(zs, ws) == 2 + 11j
    assert Complex(0.0) ** 0j == Complex(0.0) ** Complex(0.0) == 1


def test_a_value_beside_a_complex_number_is_told_of_complex(Value):
    x = Value(2.0)
    for do in (lambda: x * 1j, lambda: 1j * x, lambda: x**1j, lambda: 1j - x):
        with pytest.raises(TypeError, match=r"a Value is a real number, .* take autograd_lite.Com"):
            do()


def test_where_one_number_is_wanted_a_complex_is_told_to_give_its_parts(Value):
    batch = compile(lambda z: abs(z), batch="none")
    with pytest.raises(TypeError, match=r"got Complex .*: give its parts z.real and z.imag"):
        batch.value([Complex(1.0, 2.0), Complex(2.0, 3.0)])
    with pytest.raises(TypeError, match=r"give its parts"):
        ag.linalg.solve([[Complex(1.0, 2.0)]], [Value(1.0)])


def test_a_quotient_overflows_only_where_the_result_does():
    for a in (*EXTREME, *POINTS):
        for b in (*EXTREME, *POINTS):
            with mpmath.workdps(30):
                true = mpmath.mpc(a) / mpmath.mpc(b)
            if 1e-290 < abs(true) < 1e290:
                assert near(Complex(a) / Complex(b), true, 2e-15), (a, b)


OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)


@pytest.mark.parametrize("do", OPERATORS, ids=lambda do: do.__name__)
def test_operators_with_every_kind_of_number_on_either_side(Value, do):
    z, kinds = 0.8 - 1.5j, (2.5, -3, 0, Value(1.5), 1.5 + 0.5j, True)
    numpy = pytest.importorskip("numpy")
    for other in (*kinds, numpy.float64(2.5), numpy.complex128(1j), numpy.int64(2)):
        number = getattr(other, "data", other) if isinstance(other, Value) else complex(other)
        for pair in (Complex(z), Complex(Value(z.real), Value(z.imag))):
            if (do, number) != (operator.truediv, 0):
                assert near(do(pair, other), do(z, number), 1e-14), other
            if (do, number) != (operator.pow, 0):
                assert near(do(other, pair), do(number, z), 1e-14), other
    assert near(do(Complex(z), Complex(0.5, 2.0)), do(z, 0.5 + 2j), 1e-14)
    with pytest.raises(TypeError, match="Complex"):
        do(Complex(z), "1")
    entries = do(Complex(z), numpy.array([1.0, 2.0]))
    assert [near(x, do(z, n)) for x, n in zip(entries, (1.0, 2.0))] == [True, True]


@pytest.mark.parametrize("n", [-65, -3, -1, 0, 1, 2, 3, 7, 64, 65, 0.5, 1.5])
def test_powers_by_numbers(Value, n):
    z = 0.9 + 0.3j
    with mpmath.workdps(30):
        value, slope = mpmath.taylor(lambda z: z**n, z, 1)
    assert near(Complex(z) ** n, value, 1e-13)
    assert near(jvp(lambda z: z**n)(Complex(z), ONE), slope, 1e-12)
    if n in (1, 2, 3):  # products, so that 0 is nothing special
        assert jvp(lambda z: z**n)(Complex(0.0), ONE) == (n == 1)


def test_a_power_by_a_value_and_of_a_value(Value):
    f = lambda x, w: x**w
    with mpmath.workdps(30):
        by_w = mpmath.diff(lambda w: mpmath.mpf(1.7) ** w, 0.5 + 1j)
        by_x = mpmath.diff(lambda x: x ** (0.5 + 1j), 1.7)
    assert near(jvp(f)((1.7, Complex(0.5, 1.0)), (0.0, ONE)), by_w)
    assert near(jvp(f)((1.7, Complex(0.5, 1.0)), (1.0, Complex(0.0))), by_x)


def test_a_structure_of_two_numbers(Value):
    assert grad(lambda z: abs(z) ** 2)(Complex(3.0, 4.0)) == 6 + 8j
    rows = jacobian(lambda z: z * z)(Complex(3.0, 4.0))
    assert (rows.real, rows.imag) == (Complex(6.0, -8.0), Complex(8.0, 6.0))
    both = grad(lambda p: (p["z"] * p["x"]).imag)({"z": Complex(1.0, 2.0), "x": 3.0})
    assert both == {"z": 3j, "x": 2.0}
    x = Value(0.5)
    Complex.polar(2.0, x).imag.backward()
    assert x.grad == 2.0 * math.cos(0.5)


def test_compiled_without_a_guard_also_across_the_cut(Value):
    f = lambda z: (z.sqrt() + z.log() * z.tanh()) / (z**2 - 1.5)
    program = compile(f)
    for z in (*POINTS, -2 - 0.5j):
        assert program.value(Complex(z)) == f(Complex(z)).data
        assert near(program.jvp(Complex(z), ONE), jvp(f)(Complex(z), ONE).data, 1e-13)
        assert program.grad is not None
    assert program.traces == 1
    assert [tape.guards for tape in program.tapes()] == [[]]
    batch = compile(lambda x, y: f(Complex(x, y)).real, batch="none")
    found = batch.value([z.real for z in POINTS], [z.imag for z in POINTS])
    assert found == pytest.approx([f(Complex(z)).real for z in POINTS], rel=1e-12)


def test_comparisons_text_and_conversions(Value):
    z = Complex(Value(1.0), -2.0)
    assert z == 1 - 2j
    assert z != 1
    assert Complex(2.0) == Value(2.0)
    assert (z == "1") is False
    assert z
    assert not Complex(0.0, -0.0)
    assert (repr(z), f"{z:.2f}", str(Complex(1j))) == (
        "Complex(1, -2)", "1.00-2.00j", "Complex(0, 1)",
    )  # fmt: skip
    assert complex(Complex(1.0, 2.0)) == z.conjugate().data == 1 + 2j
    with pytest.raises(TypeError, match=r"take v\.data"):
        complex(z)
    with pytest.raises(TypeError, match="unhashable"):
        hash(z)
    with pytest.raises(TypeError, match="not supported between"):
        z < 1  # noqa: B015
    with pytest.raises(TypeError, match=r"relu of a complex number.*exp, log"):
        ag.relu(z)
    with pytest.raises(TypeError, match="expected a real number, got str"):
        Complex("1", 2.0)
    with pytest.raises(TypeError, match=r"got complex 1j; a pair of real ones is an .*\.Complex"):
        Complex(1j, 2.0)
    with pytest.raises(TypeError, match="must return one Value"):
        grad(lambda z: z)(Complex(1.0))


# The price of an option in Heston's model, by Lewis' integral -------------------------------------


def heston(parameters, nodes, exp, log, sqrt, number):
    """The price of a call of strike 1.1 in a year's time, by a rule of a few nodes."""
    spot, kappa, theta, sigma, rho, v0 = parameters
    total = 0.0
    for node, weight in nodes:
        u = number(node, -0.5)
        iu = u * number(0.0, 1.0)
        beta = kappa - iu * (rho * sigma)
        d = sqrt(beta * beta + (iu + u * u) * sigma**2)
        g = (beta - d) / (beta + d)
        fading = exp(-d)
        c = (beta - d - log((1.0 - g * fading) / (1.0 - g)) * 2.0) * (kappa * theta / sigma**2)
        end = (beta - d) * (1.0 - fading) / (1.0 - g * fading) * (v0 / sigma**2)
        log_moneyness = log(spot / 1.1)
        share = exp(c + end + number(0.0, node) * log_moneyness)
        total = total + share.real * (weight / (node * node + 0.25))
    return spot - sqrt(spot * 1.1) * total / math.pi


def test_heston_against_mpmath(Value):
    numpy = pytest.importorskip("numpy")
    x, w = numpy.polynomial.laguerre.laggauss(12)
    nodes = list(zip(x.tolist(), (w * numpy.exp(x)).tolist()))
    parameters = [1.0, 1.5, 0.06, 0.4, -0.6, 0.05]
    ours = lambda p: heston(p, nodes, ag.exp, ag.log, ag.sqrt, Complex)
    true = lambda *p: heston(p, nodes, mpmath.exp, mpmath.log, mpmath.sqrt, mpmath.mpc)
    with mpmath.workdps(30):
        value = true(*parameters)
        slopes = []
        for i, at in enumerate(parameters):
            moved = lambda h, i=i, at=at: true(*parameters[:i], at + h, *parameters[i + 1 :])
            h = mpmath.mpf("1e-10")
            slopes.append((moved(h) - moved(-h)) / (2 * h))
    program = compile(ours)
    assert float(value) == pytest.approx(program.value(parameters), rel=1e-13)
    assert program.grad(parameters) == pytest.approx(list(map(float, slopes)), rel=1e-11)
    assert grad(ours)(parameters) == pytest.approx(program.grad(parameters), rel=1e-12)
