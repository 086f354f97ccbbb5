"""Every promise about numbers: what a Value accepts, IEEE results, derivatives at edge points."""

import functools
import math
from decimal import Decimal
from fractions import Fraction
from math import inf, isnan, nan

import mpmath
import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import gradients, ieee


def slopes(Value, f, *points):
    """The value of f at the points and its derivatives there."""
    leaves = [Value(x) for x in points]
    y = f(*leaves)
    return y.data, gradients(y, leaves)


@pytest.mark.parametrize(
    "number",
    [2, 2.0, True, Fraction(4, 2), Decimal(2), np.float64(2), np.float32(2), np.int8(2),
     np.array(2.0), np.array([2.0])],
)  # fmt: skip
def test_a_value_takes_every_kind_of_real_number(Value, number):
    v = Value(number)
    assert type(v.data) is float
    assert v.data == float(np.asarray(number, dtype=float).reshape(()))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("2", "str '2'"), (None, "None"), ([1, 2], "list of length 2"), ({}, "dict of length 0"),
        (1j, "complex 1j"), (np.complex64(1), "complex64"), (np.ones(3), "ndarray of shape (3,)"),
        (object, "type <class 'object'>"), (b"2", "bytes b'2'"), ("x" * 99, "..."),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_by_name(Value, bad, words):
    with pytest.raises(TypeError) as error:
        Value(bad)
    assert "real number" in str(error.value)
    assert words in str(error.value)


def test_a_value_is_not_made_of_a_value(Value):
    with pytest.raises(TypeError):
        Value(Value(1.0))


def test_an_int_too_large_for_a_float_overflows(Value):
    with pytest.raises(OverflowError):
        Value(10**400)
    with pytest.raises(OverflowError):
        Value(1.0) + 10**400


def test_data_and_grad_take_only_numbers(Value):
    v = Value(1.0)
    for name in ("data", "grad"):
        with pytest.raises(TypeError):
            setattr(v, name, "1")
        setattr(v, name, Fraction(1, 2))
        assert getattr(v, name) == 0.5
        assert type(getattr(v, name)) is float
    assert v.data == 0.5


OPERATORS = [
    (lambda a, b: a + b, "add"), (lambda a, b: a - b, "sub"), (lambda a, b: a * b, "mul"),
    (lambda a, b: a / b, "div"), (lambda a, b: a**b, "pow"), (lambda a, b: a % b, "mod"),
    (lambda a, b: a // b, "floordiv"), (lambda a, b: divmod(a, b)[0], "divmod0"),
    (lambda a, b: divmod(a, b)[1], "divmod1"),
]  # fmt: skip
DIVMOD = [f for f, name in OPERATORS if name.startswith("divmod")]
# NumPy's own divmod knows no objects, and before 2.1 that of its scalars does not either.
OWN_DIVMOD = (
    np.ndarray if np.lib.NumpyVersion(np.__version__) >= "2.1.0" else (np.ndarray, np.generic)
)


@pytest.mark.parametrize("do", [f for f, _ in OPERATORS], ids=[n for _, n in OPERATORS])
@pytest.mark.parametrize(
    "number",
    [3, 2.5, True, Fraction(7, 2), Decimal("1.5"), np.float64(2.5), np.float32(0.5), np.int64(2),
     np.array(1.5)],
    ids=lambda number: f"{type(number).__name__} {number}",
)  # fmt: skip
def test_operators_with_a_number_on_either_side(Value, do, number):
    v = Value(1.75)
    plain = float(number)
    pairs = [(do(v, number), do(1.75, plain))]
    if not (isinstance(number, OWN_DIVMOD) and do in DIVMOD):
        pairs.append((do(number, v), do(plain, 1.75)))
    for got, wanted in pairs:
        assert type(got) is Value
        assert got.data == pytest.approx(wanted, rel=1e-15)
    assert do(v, Value(plain)).data == pytest.approx(do(1.75, plain), rel=1e-15)


SLOPES = {  # by a and by b
    "add": lambda a, b: (1, 1), "sub": lambda a, b: (1, -1), "mul": lambda a, b: (b, a),
    "div": lambda a, b: (1 / b, -a / b**2), "mod": lambda a, b: (1, -mpmath.floor(a / b)),
    "pow": lambda a, b: (b * a ** (b - 1), a**b * mpmath.log(a)),
    "floordiv": lambda a, b: (0, 0), "divmod0": lambda a, b: (0, 0),
    "divmod1": lambda a, b: (1, -mpmath.floor(a / b)),
}  # fmt: skip


@pytest.mark.parametrize(("do", "name"), OPERATORS, ids=[n for _, n in OPERATORS])
def test_slopes_of_operators_with_a_number_on_either_side(Value, do, name):
    for a, b in ((2.0, 1.75), (0.5, 3.25), (7.0, 2.0), (2.5, -1.25)):
        by_a, by_b = map(float, SLOPES[name](mpmath.mpf(a), mpmath.mpf(b)))
        for kind in (float, int, Fraction):
            n, m = kind(a), kind(b)
            if n == a:
                value, [slope] = slopes(Value, functools.partial(do, n), b)
                assert (value, slope) == pytest.approx((do(a, b), by_b), rel=1e-14)
            if m == b:
                value, [slope] = slopes(Value, lambda x, m=m: do(x, m), a)
                assert (value, slope) == pytest.approx((do(a, b), by_a), rel=1e-14)
        value, both = slopes(Value, do, a, b)
        assert (value, *both) == pytest.approx((do(a, b), by_a, by_b), rel=1e-14)


def test_a_number_to_the_power_of_a_value_in_every_order(Value):
    for base in (2.0, 0.5, 10):
        derivatives = [base ** (x := Value(1.25))]
        for _ in range(3):
            derivatives.append(gradients(derivatives[-1], x, create_graph=True))
        wanted = [mpmath.mpf(base) ** 1.25 * mpmath.log(base) ** k for k in range(4)]
        assert [d.data for d in derivatives] == pytest.approx(list(map(float, wanted)), rel=1e-14)
    assert slopes(Value, lambda x: 0.0**x, 2.0) == (0.0, [0.0])
    value, [slope] = slopes(Value, lambda x: (-2.0) ** x, 2.0)
    assert value == 4.0
    assert isnan(slope)  # beside a whole number it is no real number


@pytest.mark.parametrize("other", ["1", None, [1.0], {}, 1j, object()])
def test_operators_leave_other_types_to_python(Value, other):
    v = Value(1.0)
    for do, _ in OPERATORS:
        for pair in ((v, other), (other, v)):
            with pytest.raises(TypeError):
                do(*pair)
    for compare in (lambda: v < other, lambda: v >= other, lambda: other > v):
        with pytest.raises(TypeError):
            compare()
    if other != 1j:  # of which a Value says what to take
        assert v.__add__(other) is NotImplemented
        assert v.__lt__(other) is NotImplemented


def test_unary_operators_and_rounding(Value):
    v = Value(-2.75)
    assert [(-v).data, (+v).data, abs(v).data] == [2.75, -2.75, 2.75]
    assert [math.floor(v).data, math.ceil(v).data, round(v).data] == [-3.0, -2.0, -3.0]
    assert round(v, 1).data == -2.8
    assert all(type(x) is Value for x in (-v, abs(v), math.floor(v), math.ceil(v), round(v, 1)))


def test_ieee_instead_of_exceptions(Value):
    v, zero, big = Value, Value(0.0), Value(1e308)
    for got, wanted in [
        (v(1.0) / 0, inf), (v(-1.0) / 0.0, -inf), (1 / Value(-0.0), -inf), (v(0.0) / zero, nan),
        (zero % zero, nan), (big * 10, inf), (big * 10 - big * 10, nan), (big**2, inf),
        (v(-8.0) ** (1 / 3), nan), (zero**-1, inf), (Value(-0.0) ** -1, -inf), (10.0**big, inf),
        (v(1000.0).exp(), inf), (v(-1.0).log(), nan), (zero.log(), -inf), (v(-1.0).sqrt(), nan),
        (v(2.0).asin(), nan), (v(1.0).atanh(), inf), (v(inf).sin(), nan), (v(1000.0).cosh(), inf),
        (v(-1000.0).sinh(), -inf), (v(172.0).gamma(), inf), (zero.lgamma(), inf),
        (v(-1.0).digamma(), nan), (v(inf).floor(), inf), (v(nan).round(), nan),
        (v(-2.0) ** v(0.5), nan), (zero // zero, nan), (v(1.0) // 0, inf), (v(inf) % 2, nan),
    ]:  # fmt: skip
        assert type(got) is Value
        assert got.data == wanted or (isnan(got.data) and isnan(wanted)), (got, wanted)
        got.backward()  # the partials were recorded without an exception, too


def test_a_sum_is_rounded_once_or_is_that_of_ieee():
    assert ieee.fsum(x for x in [0.1] * 10) == 1.0
    for numbers, wanted in (
        ([], 0.0), ([1e308, 1e308], inf), ([-1e308, -1e308], -inf), ([1e308, 1e308, nan], nan),
        ([inf, 1.0], inf), ([inf, -inf], nan), ([1e308, 1e308, -inf], nan),
    ):  # fmt: skip
        found = ieee.fsum(numbers)
        assert found == wanted or (isnan(found) and isnan(wanted)), (numbers, found)


@pytest.mark.parametrize("name", ["relu", "heaviside", "abs", "sign", "leaky_relu", "elu", "floor"])
def test_nan_propagates_through_kinks(Value, name):
    v = Value(nan)
    assert isnan((abs(v) if name == "abs" else getattr(v, name)()).data)


def test_nan_propagates_through_max_min_and_clip(Value):
    for f in (ag.max, ag.min, ag.logsumexp, ag.sum):
        for operands in ([nan, 1.0], [1.0, nan], [1.0, nan, 2.0]):
            assert isnan(f([Value(x) for x in operands]).data)
    assert isnan(Value(nan).clip(-1, 1).data)


@pytest.mark.parametrize(
    ("f", "points", "wanted"),
    [
        (ag.relu, [0.0], [0.0]),
        (ag.abs, [0.0], [0.0]),
        (ag.leaky_relu, [0.0], [0.01]),
        (lambda x: ag.leaky_relu(x, 0.2), [0.0], [0.2]),
        (ag.max, [1.0, 1.0], [0.5, 0.5]),
        (ag.min, [1.0, 1.0, 1.0, 2.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
        (ag.max, [3.0, 1.0, 3.0], [0.5, 0.0, 0.5]),
        (ag.heaviside, [0.0], [0.0]),
        (ag.heaviside, [2.0], [0.0]),
        (ag.floor, [1.0], [0.0]),
        (ag.ceil, [0.5], [0.0]),
        (ag.round, [0.5], [0.0]),
        (ag.sqrt, [0.0], [inf]),
        (ag.cbrt, [0.0], [inf]),
        (lambda x: x**0, [0.0], [0.0]),
        (lambda x: x**0, [nan], [0.0]),
        (lambda x, p: x**p, [0.0, 2.0], [0.0, 0.0]),
        (lambda x, p: x**p, [0.0, -2.0], [-inf, -inf]),
        (lambda x, p: x**p, [-2.0, 3.0], [12.0, nan]),
        (lambda x: x**3, [-2.0], [12.0]),
        (lambda x: x ** (1 / 3), [-8.0], [nan]),
        (ag.hypot, [0.0, 0.0], [0.0, 0.0]),
        (ag.atan2, [0.0, 0.0], [0.0, 0.0]),
        (ag.log, [-1.0], [nan]),
        (ag.log2, [-1.0], [nan]),
        (ag.log10, [-1.0], [nan]),
        (ag.log1p, [-2.0], [nan]),
        (lambda x, y: x % y, [7.5, 2.0], [1.0, -3.0]),
        (lambda x, y: x % y, [-7.5, 2.0], [1.0, 4.0]),
        (lambda x, y: x % y, [1.0, 0.1], [1.0, -9.0]),
        (lambda x: ag.where(x > 0, ag.sqrt(x), 0), [0.0], [0.0]),
        (lambda x: ag.where(x < 0, 0, ag.sqrt(x)), [4.0], [0.25]),
        (lambda x: x.clip(-1, 1), [1.0], [1.0]),
        (lambda x: x.clip(-1, 1), [1.5], [0.0]),
        (lambda x, y: x / y, [1.0, 0.0], [inf, -inf]),
    ],
)
def test_the_derivative_at_an_edge_point(Value, f, points, wanted):
    _, got = slopes(Value, f, *points)
    assert got == pytest.approx(wanted, nan_ok=True, abs=0.0)


def test_values_at_edge_points(Value):
    assert slopes(Value, lambda x: x**0, nan)[0] == 1.0
    assert slopes(Value, lambda x: ag.heaviside(x), 0.0)[0] == 0.0
    assert slopes(Value, lambda x: ag.heaviside(x, at_zero=0.5), 0.0)[0] == 0.5
    assert slopes(Value, lambda x: x % 3, -1.0)[0] == 2.0
    assert slopes(Value, lambda x: x % -3, 1.0)[0] == -2.0


@pytest.mark.parametrize("x", [1e308, -1e308, 1e154, -800.0, 800.0, 0.0])
def test_stable_forms_stay_finite(Value, x):
    for name in ("sigmoid", "tanh", "softplus", "logsigmoid", "gelu", "gelu_tanh", "silu"):
        y, (slope,) = slopes(Value, lambda v, name=name: getattr(v, name)(), x)
        assert math.isfinite(y), name
        assert math.isfinite(slope), name
    others = [x, 0.0, x / 2]
    for y in (ag.logsumexp(list(map(Value, others))), *ag.softmax(list(map(Value, others))),
              *ag.log_softmax(list(map(Value, others)))):  # fmt: skip
        assert math.isfinite(y.data)
        y.backward()
        assert all(math.isfinite(p) for p in y.partials)


def test_full_precision_where_naive_forms_lose_it(Value):
    assert Value(40.0).softplus().data - 40.0 == pytest.approx(0.0, abs=1e-14)
    assert Value(-40.0).softplus().data == pytest.approx(math.exp(-40.0), rel=1e-14)
    assert Value(30.0).softplus().data == 30.0 + math.log1p(math.exp(-30.0))
    assert Value(-10.0).gelu().data == pytest.approx(-10 * 7.619853024160526e-24, rel=1e-12)


def test_logsumexp_of_infinities(Value):
    v = list(map(Value, [-inf, -inf]))
    assert ag.logsumexp(v).data == -inf
    assert ag.logsumexp([Value(inf), Value(1.0)]).data == inf


def test_numpy_functions_on_arrays_of_values(Value):
    xs = [0.25, 0.5]
    array = np.array([Value(x) for x in xs])
    assert array.dtype == object
    for name in (
        "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan",
        "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arctanh", "rint",
        "floor", "ceil", "abs", "fabs", "negative", "square",
    ):  # fmt: skip
        function = getattr(np, name)
        got = function(array)
        assert [type(v) for v in got] == [Value, Value], name
        assert [v.data for v in got] == pytest.approx(list(function(np.array(xs)))), name
    assert [v.data for v in np.arctan2(array, array)] == pytest.approx([math.pi / 4] * 2)
    assert [v.data for v in np.hypot(array, array)] == pytest.approx(list(np.hypot(xs, xs)))
    assert [v.data for v in np.arccosh(array + 1)] == pytest.approx(
        list(np.arccosh(np.array(xs) + 1))
    )
    assert (array @ array).data == pytest.approx(0.3125)
    assert np.sum(array).data == 0.75
    assert np.mean(array).data == 0.375


def test_numpy_numbers_and_arrays_beside_a_value(Value):
    v = Value(3.0)
    for got in (np.float64(2) * v, v * np.float64(2), np.float64(2) - v, 2 / v, np.array(2.0) * v):
        assert type(got) is Value
    for got in (np.array([1.0, 2.0]) * v, v * np.array([1.0, 2.0])):
        assert [x.data for x in got] == [3.0, 6.0]
    assert [x.data for x in v - np.array([1.0])] == [2.0]
    assert np.float64(2) < v
    assert not v < np.float64(2)


def test_functions_of_plain_numbers_give_floats():
    assert ag.exp(0) == 1.0
    assert type(ag.exp(0)) is float
    assert ag.log(-1.0) != ag.log(-1.0)
    assert ag.max([1, 3, 2]) == 3.0
    assert ag.where(True, 1.0, 2.0) == 1.0
    with pytest.raises(TypeError, match="real number"):
        ag.exp("1")


@pytest.mark.parametrize(
    ("named", "hint"),
    [
        ({"requires_grad": True}, "requires_grad: every Value has a gradient"),
        ({"name": "x"}, r"name: its name is its label, as in Value\(2\.0, label='x'\)"),
        ({"grad": 1.0}, "grad: operands of a result are recorded by the operation"),
    ],
)
def test_names_of_other_engines_are_answered(Value, named, hint):
    with pytest.raises(TypeError, match=f"Value takes data and a label, got also {hint}"):
        Value(1.0, **named)


def test_functions_and_methods_are_the_same_and_take_parameters_by_name(Value):
    v = Value(-2.0)
    assert v.leaky_relu(negative_slope=0.1).data == ag.leaky_relu(v, 0.1).data == -0.2
    assert v.clip(low=-1.0, high=1.0).data == -1.0
    with pytest.raises(TypeError, match=r"clip\(x, low, high\) takes 3 operands"):
        v.clip(1.0)
    with pytest.raises(TypeError, match=r"exp\(x\) takes 1 operand; got 2"):
        ag.exp(v, v)
    with pytest.raises(TypeError):
        ag.leaky_relu(v, slope=1.0)


def test_reductions(Value):
    a, b, c = (Value(x) for x in (1.0, 2.0, 4.0))
    assert (
        ag.sum([a, b, c]).data == ag.sum(a, b, c).data == ag.sum(x for x in (a, b, c)).data == 7.0
    )
    assert ag.dot([a, b], [b, 3.0]).data == 8.0
    assert ag.sum([]) == ag.dot([], []) == 0.0
    assert ag.max(a, 3).data == 3.0
    with pytest.raises(ValueError, match="max of no operands"):
        ag.max([])
    with pytest.raises(ValueError, match="one length"):
        ag.dot([a, b], [c])
    with pytest.raises(TypeError, match="2 sequences"):
        ag.dot([a])
    assert sum([a, b]).data == 3.0
    assert max(a, b) is b
    assert sorted([c, a, b]) == [a, b, c]


def test_a_custom_primitive_in_three_lines(Value):
    def softsign(x):
        return x / (1.0 + abs(x))

    p = ag.Primitive("softsign", softsign, lambda out, x: (1.0 / (1.0 + ag.abs(x)) ** 2,))
    x = Value(-2.0)
    y = p(x) * 3
    (slope,) = gradients(y, [x], create_graph=True)
    assert slope.data == pytest.approx(3 / 9)
    assert gradients(slope, x) == pytest.approx(3 * 2 / 27)
    assert ag.gradcheck(p, -2.0, order=2)
    assert "softsign" in ag.draw_dot(y).source
    assert p(2.0) == 2 / 3


def test_a_custom_primitive_at_a_pole_and_with_mistakes(Value):
    inverse = ag.Primitive("inverse", lambda x: 1 / x, lambda out, x: (-out / x,))
    y = inverse(Value(0.0))
    assert (y.data, y.partials) == (inf, (-inf,))
    wrong = ag.Primitive("wrong", lambda x: x, lambda out, x: 1.0)
    with pytest.raises(TypeError, match="tuple of 1 partial"):
        wrong(Value(1.0))
    uses_math = ag.Primitive("m", lambda x: math.sin(x), lambda out, x: (math.cos(x),))
    x = Value(1.0)
    assert gradients(uses_math(x), x) == math.cos(1.0)
    with pytest.raises(TypeError, match=r"autograd_lite\.exp"):
        gradients(uses_math(x), x, create_graph=True)
    bad = ag.Primitive("bad", lambda x: {}["missing"], lambda out, x: (1.0,))
    with pytest.raises(KeyError):
        bad(x)
    for name, evaluate in (("not a name", abs), ("f", 3)):
        with pytest.raises((TypeError, ValueError)):
            ag.Primitive(name, evaluate, lambda out, x: (1.0,))


@pytest.mark.parametrize(
    "bad",
    [np.str_("3.5"), np.array("3.5"), np.array(["3"]), np.bytes_(b"3"), np.timedelta64(5, "s"),
     np.array([1j]), np.array([None])],
    ids=repr,
)  # fmt: skip
def test_what_numpy_wraps_is_looked_at(Value, bad):
    with pytest.raises(TypeError, match="real number"):
        Value(bad)


def test_partials_of_a_custom_primitive_are_checked(Value):
    for rule, error in [(lambda out, x: (1j,), TypeError), (lambda out, x: (None,), TypeError),
                        (lambda out, x: (10**400,), OverflowError)]:  # fmt: skip
        with pytest.raises(error):
            ag.Primitive("p", lambda x: x, rule)(Value(1.0))
    p = ag.Primitive("p", lambda x: x, lambda out, x: (np.float64(2.0),))
    assert type(p(Value(1.0)).partials[0]) is float
    with pytest.raises(TypeError, match="value of p must be a number, got None"):
        ag.Primitive("p", lambda x: None, lambda out, x: (1.0,))(Value(1.0))


def test_custom_primitives_follow_ieee_where_they_can(Value):
    cube = ag.Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x**2,))
    assert cube(Value(1e200)).partials == (inf,)
    inverse = ag.Primitive("inverse", lambda x: 1 / x, lambda out, x: (-out * out,))
    assert inverse(0.0) == inverse(Value(0.0)).data == inf
    logarithm = ag.Primitive("logarithm", math.log, lambda out, x: (1 / x,))
    with pytest.raises(ValueError, match=r"logarithm failed at -1\.0"):
        logarithm(Value(-1.0))


def test_clip_with_crossed_or_undefined_bounds(Value):
    assert slopes(Value, ag.clip, 1.0, 2.0, 0.0) == (0.0, [0.0, 0.0, 1.0])
    assert isnan(slopes(Value, ag.clip, 1.0, nan, 2.0)[0])


def test_more_edges(Value):
    assert slopes(Value, ag.sqrt, -0.0)[1] == [inf]
    assert (Value(-1.0) // inf).data == -1.0
    assert slopes(Value, lambda x, y: x % y, -1.0, inf)[1] == [1.0, 1.0]
    assert isnan(slopes(Value, lambda x, p: x**p, 0.0, nan)[1][1])
    for f in (ag.gelu, ag.gelu_tanh, ag.silu):
        assert slopes(Value, f, -inf) == (0.0, [0.0])
        assert slopes(Value, f, inf) == (inf, [1.0])
    p = Value(3.0)
    assert gradients(ag.power(Value(2.0), p), p) == pytest.approx(8 * math.log(2))
    assert round(Value(1.115), 2).data == round(1.115, 2)
    assert round(Value(1e300), 20).data == 1e300
    with pytest.raises(TypeError):
        round(Value(1.5), 1.5)


def test_small_terms_survive_beside_large_ones(Value):
    assert ag.logsumexp([Value(0.0), Value(-40.0)]).data == pytest.approx(math.exp(-40), rel=1e-14)
    assert ag.log_softmax([40.0, 0.0])[0] == pytest.approx(-math.exp(-40), rel=1e-14)
    import nn

    loss = nn.cross_entropy([Value(1000.0), Value(990.0)], 0)
    assert loss.data == pytest.approx(math.log1p(math.exp(-10)), rel=1e-14)


def test_rules_may_be_any_callable(Value):
    import functools

    class Rule:
        def __call__(self, out, x, scale=2.0):
            return (scale, x)

        def bound(self, out, x):
            return (2.0,)

    twice = ag.Primitive("twice", lambda x, scale: x * scale, Rule())
    assert (twice.operands, twice(3.0), twice(Value(3.0), scale=4.0).data) == (
        ("x", "scale"),
        6,
        12,
    )
    assert ag.Primitive("p", lambda x: 2 * x, Rule().bound)(Value(1.0)).partials == (2.0,)
    rule = functools.partial(lambda k, out, x: (k,), 3.0)
    assert ag.Primitive("p", lambda x: 3 * x, rule)(Value(1.0)).partials == (3.0,)


def test_a_rule_with_an_if_has_no_formula():
    from autograd_lite.formulas.symbol import partials_of

    p = ag.Primitive("p", lambda x: x, lambda out, x: (1.0 if x > 0 else 0.0,))
    with pytest.raises(TypeError, match="use where"):
        partials_of(p)


def test_more_of_numpy(Value):
    xs = np.array([0.5, 2.0])
    array = np.array([Value(x) for x in xs])
    for f in (np.degrees, np.radians, np.deg2rad, np.rad2deg, np.exp2):
        assert [v.data for v in f(array)] == pytest.approx(list(f(xs)))
    assert np.var(array).data == pytest.approx(np.var(xs))
    assert np.std(array).data == pytest.approx(np.std(xs))


def test_a_star_import_brings_the_functions_and_nothing_else():
    names = {}
    exec("from autograd_lite import *", names)
    assert {"Value", "exp", "where", "grad", "dot", "logsumexp"} <= names.keys()
    others = ("math", "max", "sum", "round", "abs", "inf", "plain", "apply", "operator")
    for name in (*others, "linalg", "special", "nn"):
        assert name not in names


def test_hypot_of_nan_does_not_depend_on_an_earlier_underflow(Value):
    for x, y in ((1.0, nan), (nan, 1.0), (nan, nan)):
        math.exp(-900.0)  # leaves ERANGE in errno, which CPython's abs(complex) may read
        assert isnan(ag.hypot(Value(x), Value(y)).data)
    x = Value(nan)
    y = ag.asinh(x)
    math.exp(-900.0)
    y.backward()
    assert isnan(x.grad)


def test_ints_and_defaults_by_every_way(Value):
    v = Value(-2.0)
    ways = [
        ag.leaky_relu(v), v.leaky_relu(), ag.leaky_relu(v, 0.01), ag.leaky_relu.each([v])[0],
        ag.leaky_relu(v, negative_slope=0.01), ag.leaky_relu.each([v], [0.01])[0],
    ]  # fmt: skip
    assert [(y.data, y.args) for y in ways] == [(-0.02, (v, 0.01))] * 6
    assert ag.heaviside(Value(0.0)).data == 0.0
    assert ag.heaviside(Value(0.0), 1).data == 1.0
    assert ag.elu(v, 2).args == (v, 2.0)
    assert v.clip(-1, 1).args == (v, -1.0, 1.0)
    mixed = [
        ag.dot([v, 3], [2, v]), ag.matvec([[v, 3]], [2, v])[0], ag.sum([1, v]), ag.max([v, -7]),
        ag.matvec([[v]], [3], [1])[0], ag.mul.each([v, 4], [5, v])[1],
    ]  # fmt: skip
    assert [y.data for y in mixed] == [-10.0, -10.0, -1.0, -2.0, -5.0, -8.0]
    assert mixed[0].args == mixed[1].args == (v, 3.0, 2.0, v)
    assert all(type(x) in (float, Value) for y in mixed for x in y.args)
    huge = 10**400
    for fails in (
        lambda: ag.dot([v], [huge]), lambda: ag.matvec([[v]], [huge]), lambda: ag.sum([v, huge]),
        lambda: ag.mul.each([v], [huge]), lambda: ag.clip(v, huge, 1), lambda: ag.elu(v, huge),
    ):  # fmt: skip
        with pytest.raises(OverflowError):
            fails()
    with pytest.raises(TypeError, match="leaky_relu"):
        ag.leaky_relu(v, 0.1, 0.2)
    with pytest.raises(TypeError, match="clip"):
        ag.clip(v, 0.0)
    row, weights = [1, v], [[2, v]]
    kept = ag.matvec(weights, row)
    row[0] = weights[0][0] = 3
    assert (kept[0].data, ag.matvec(weights, row)[0].data) == (6.0, 13.0)


@pytest.mark.parametrize("x", [1.0, 20.0, 37.0, 40.0, 300.0])
def test_the_slope_of_the_largest_in_log_softmax_keeps_its_digits(Value, x):
    import nn

    for others in ([0.0], [0.0, -1.0], [0.0, 0.0, -700.0]):
        operands = [x, *others]
        shares = [math.exp(y - x) for y in others]
        rest = math.fsum(shares) / (1.0 + math.fsum(shares))  # of the shares
        for loss in (
            lambda v: -ag.log_softmax(v)[0],
            lambda v: nn.cross_entropy(v, 0),
            ag.compile(lambda v: nn.cross_entropy(v, 0)),
        ):
            v = list(map(Value, operands))
            y = loss(v)
            assert y.data == pytest.approx(math.log1p(math.fsum(shares)), rel=1e-13, abs=0.0)
            assert gradients(y, v)[0] == pytest.approx(-rest, rel=1e-12, abs=0.0)
        v = list(map(Value, operands))
        first = gradients(-ag.log_softmax(v)[0], v, create_graph=True)
        assert gradients(first[0], v)[0] == pytest.approx(rest * (1.0 - rest), rel=1e-12, abs=0.0)


@pytest.mark.parametrize("gone", [1, 2, 4])
@pytest.mark.parametrize("others", [[], [2.0], [1.0, 2.5]])
def test_operands_of_log_softmax_that_are_minus_infinity_have_slope_0(Value, gone, others):
    operands = [-math.inf, 1.5, *others, *[-math.inf] * (gone - 1)]
    shares = [math.exp(x - 1.5) for x in operands]
    shares = [share / sum(shares) for share in shares]

    def loss(v):
        return -ag.log_softmax(v)[1]

    v = list(map(Value, operands))
    compiled = ag.compile(loss).value_and_grad(operands)
    for value, slopes in ((loss(v).data, gradients(loss(v), v)), compiled):
        assert value == pytest.approx(-math.log(shares[1]), rel=1e-14, abs=0.0)
        assert slopes == pytest.approx([p - (i == 1) for i, p in enumerate(shares)], rel=1e-14)
    found = [y.data for y in ag.log_softmax(v)]
    assert [y for y in found if y > -math.inf] == pytest.approx([math.log(p) for p in shares if p])
    assert ag.compile(ag.log_softmax).value(operands) == found


def test_log_softmax_of_any_number_of_operands(Value):
    assert ag.log_softmax([Value(3.0)])[0].data == 0.0
    xs = [0.3, -2.0, 5.0, 5.0, 1e-3, 4.9]
    for operands in (xs, [1e10 + x for x in xs], xs[:2], xs[:3]):
        total = ag.logsumexp([x - operands[0] for x in operands])
        wanted = [x - operands[0] - total for x in operands]
        got = ag.log_softmax(list(map(Value, operands)))
        assert [y.data for y in got] == pytest.approx(wanted, rel=1e-12)
