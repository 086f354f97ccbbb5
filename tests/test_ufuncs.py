"""NumPy's and SciPy's functions of arrays, called with a Value: what they give and refuse."""

import math

import numpy as np
import pytest
from scipy import linalg as linear
from scipy import special as scipy

import autograd_lite as ag
from autograd_lite import compile, grad, primitives, special, ufuncs

ROWS = primitives.FUNCTIONS | special.FUNCTIONS
OF_SCIPY = {name: ufuncs.NAMES.get(name, name) for name in ufuncs.NAMES | ROWS}
OF_SCIPY = {
    name: ours
    for name, ours in OF_SCIPY.items()
    if isinstance(getattr(scipy, name, None), np.ufunc) and ours in ROWS
}


def point(name):
    """Where all of these functions are smooth."""
    return tuple(low + 0.6 * (high - low) for low, high in ROWS[OF_SCIPY[name]].domain)


@pytest.mark.parametrize("name", OF_SCIPY)
def test_scipys_function_of_a_value_is_the_row(Value, name):
    function, row, xs = getattr(scipy, name), ROWS[OF_SCIPY[name]], point(name)
    leaves = list(map(Value, xs))
    y = function(*leaves)
    assert y.op is row
    assert y.data == row(*xs)
    assert y.data == pytest.approx(function(*xs), rel=1e-12)
    assert grad(lambda *xs: function(*xs))(*xs) == grad(row)(*xs)
    assert compile(lambda *xs: function(*xs)).value(*xs) == row(*xs)


def test_what_these_are_has_been_found():
    assert {"erfcx", "ndtr", "gammainc", "expit", "gammaln", "betainc", "j0", "erf"} <= {*OF_SCIPY}


def test_functions_of_an_order_or_a_branch(Value):
    x = Value(1.3)
    for name, other in (("jv", "jv"), ("iv", "iv"), ("kv", "kv"), ("kn", "kv")):
        for n in (2, 2.0, np.int64(2)):
            y = getattr(scipy, name)(n, x)
            assert y.data == getattr(special, other)(2, 1.3)
            assert y.parents == (x,)
    with pytest.raises(ValueError, match=r"the order of jv is an int from 0 to 20, got float 0\.5"):
        scipy.jv(0.5, x)
    assert scipy.lambertw(Value(-0.1), -1).data == special.lambertw(-0.1, -1)
    assert scipy.zeta(Value(3.0)).data == scipy.zeta(Value(3.0), 1.0).data == special.zeta(3.0)
    assert np.logaddexp(x, 2.0).data == special.logaddexp(1.3, 2.0)


def test_operators_of_numpys_numbers_with_a_value(Value):
    v = Value(2.5)
    for ufunc, do in ufuncs.OPERATORS.items():
        for x in (np.float64(1.5), np.float32(1.5), np.int64(3), 1.5):
            for found, wanted in (
                (do(x, v), do(float(x), 2.5)),
                (ufunc(x, v), do(float(x), 2.5)),
                (do(v, x), do(2.5, float(x))),
            ):
                assert (found.data if isinstance(found, Value) else found) == wanted
    y = np.float64(2.0) * v
    assert type(y) is type(v)
    assert y.parents == (v,)
    with pytest.raises(TypeError):
        np.multiply(np.float64(2.0), v, out=np.empty(()))


def test_arrays_beside_a_value(Value):
    v, xs = Value(2.5), np.array([0.5, 1.5])
    for found in (scipy.xlogy(xs, v), scipy.xlogy(list(xs), v)):
        assert found.shape == (2,)
        assert [y.data for y in found] == list(scipy.xlogy(xs, 2.5))
    assert [y.data for y in scipy.xlogy(v, xs)] == list(scipy.xlogy(2.5, xs))
    assert [y.data for y in scipy.betainc(xs, v, 0.3)] == pytest.approx(
        list(scipy.betainc(xs, 2.5, 0.3)), rel=1e-13
    )
    assert scipy.ndtr(v, out=np.empty((), object)).item().data == special.ndtr(2.5)
    with pytest.raises(TypeError, match="Cannot cast ufunc"):  # the graph would be lost
        scipy.ndtr(v, out=np.empty(()))


def test_what_numpy_does_with_objects_it_does_with_a_value(Value):
    v, xs = Value(2.5), np.array([0.5, 1.5])
    for found in (xs * v, v * xs, np.multiply(xs, v), np.multiply.outer(v, xs)):
        assert [y.data for y in found] == [1.25, 3.75]
        assert found[0].op.name == "mul"
    assert list(xs < v) == list(v > xs) == [True, True]
    for found in (np.float64(2.0) * v, v * np.float64(2.0)):
        assert (type(found), found.data) == (type(v), 5.0)
    assert np.exp(v).op.name == "exp"
    assert [y.data for y in np.divmod(np.array([6.0]), v)[1]] == [1.0]
    assert np.arctan2(v, np.float64(1.0)).data == np.arctan2(2.5, 1.0)


def test_a_table_with_functions_of_its_own_comes_first(Value):
    class Table:
        """As that of pandas: it does a function for each of its entries."""

        def __init__(self, entries):
            self.entries = entries

        def __array_ufunc__(self, ufunc, method, *inputs):
            assert any(x is v for x in inputs)  # and no box around it
            inputs = [x.entries if isinstance(x, Table) else x for x in inputs]
            return Table(getattr(ufunc, method)(*inputs))

    v = Value(2.5)
    for operands in ((Table(np.array([0.5, 1.5])), v), (v, Table(np.array([0.5, 1.5])))):
        found = np.multiply(*operands)
        assert type(found) is Table
        assert [y.data for y in found.entries] == [1.25, 3.75]


@pytest.mark.filterwarnings(
    "ignore:Calling .* of dtype=object:DeprecationWarning"
)  # SciPy 1.18, of objects
def test_what_is_refused_and_what_is_said(Value):
    xs = np.array([0.1, 0.2])
    for function, ours in [
        (scipy.erfcx, r"autograd_lite\.special\.erfcx\.each\(xs\)"),
        (scipy.expit, r"autograd_lite\.sigmoid\.each\(xs\)"),
        (np.logaddexp.reduce, r"autograd_lite\.special\.logaddexp of each"),
        (np.isnan, "no such function: write it with those of autograd_lite"),
    ]:
        for transform in (grad, compile):  # of an array of Values, in which NumPy does not ask
            with pytest.raises(TypeError, match=ours):
                transform(lambda x, f=function: ag.sum(list(f(x))))(xs)
    a = np.array([[2.0, 0.5], [0.5, 1.0]])
    for function in (np.linalg.inv, linear.inv, linear.det, linear.eigvalsh, np.linalg.eigvals):
        for transform in (grad, compile):
            with pytest.raises(TypeError, match=r"autograd_lite\.linalg"):
                transform(lambda x, f=function: ag.sum(list(np.ravel(f(x)))))(a)
    for call in (np.isnan, scipy.ellipk, np.trunc, lambda v: np.fmod(v, 2.0)):
        with pytest.raises(TypeError, match=r"or as a Primitive; .* take it of v\.data"):
            call(Value(0.5))
    with pytest.raises(TypeError, match=r"take autograd_lite\.special\.xlogy\.each"):
        scipy.xlogy.outer(Value(0.5), xs)


def test_an_array_of_values_and_plain_numbers_is_refused_with_what_to_take(Value):
    for function, ours in [
        (np.exp, r"one is a float: take autograd_lite\.exp\.each\(xs\)"),
        (np.arctan, r"autograd_lite\.atan\.each\(xs\)"),
        (scipy.logsumexp, r"SciPy.s logsumexp there is autograd_lite\.logsumexp"),
    ]:

        def f(x, function=function):
            return ag.sum(list(np.ravel(function(np.array([x, 1.0])))))

        for transform in (grad, compile):
            with pytest.raises(TypeError, match=ours):
                transform(f)(2.0)
    xs = np.array([0.5, 1.5])
    assert [y.data for y in np.hypot(xs, Value(2.0))] == list(np.hypot(xs, 2.0))


def test_what_a_function_does_on_the_way_is_no_warning(Value):
    assert scipy.zeta(Value(2.0), 2.0).data == pytest.approx(scipy.zeta(2.0, 2.0), rel=1e-13)


@pytest.mark.filterwarnings("ignore:Calling .* of dtype=object:DeprecationWarning")
def test_a_function_that_wants_plain_numbers_is_named_with_what_to_take(Value):
    v = Value(2.0)
    a = np.array([[v, 1.0], [1.0, 2.0]])
    ours = r"NumPy or SciPy .* has asked .*autograd_lite\.linalg"
    for function, x in [(np.linalg.qr, a), (np.gradient, a[0])]:
        with pytest.raises(TypeError, match=ours):
            function(x)
    for function in (linear.cholesky, linear.expm):  # from version 1.18 on SciPy asks nobody
        with pytest.raises((TypeError, ValueError), match=f"{ours}|object arrays are not support"):
            function(a)
    with pytest.raises(TypeError, match=r"NumPy or SciPy \(interp\) has asked"):
        np.interp(v, [0.0, 4.0], [1.0, 2.0])
    with pytest.raises(ag.TraceError, match=r"NumPy or SciPy \(interp\) has asked"):
        compile(lambda x: np.interp(x, [0.0, 4.0], [1.0, 2.0])).value(2.0)
    with pytest.raises(TypeError, match=r"instead of math\.exp\(v\)$"):
        float(v)


def test_other_errors_are_left_alone(Value):
    with pytest.raises(TypeError, match=r"unexpected keyword|invalid keyword"):
        np.exp(Value(1.0), some=1)
    with pytest.raises(TypeError, match="some error of one's own"):
        grad(lambda x: np.exp(x) + raising())(1.0)


def raising():
    raise TypeError("some error of one's own about a ufunc")


# What NumPy does by comparisons -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin"])
@pytest.mark.parametrize(
    "pair", [(1.5, -2.0), (3.0, 3.0), (np.nan, 1.0), (1.0, np.nan), (0.5, np.inf)]
)
def test_the_larger_and_the_smaller_are_numpys_and_share_the_slope_at_a_tie(Value, name, pair):
    function = getattr(np, name)
    with np.errstate(all="raise"):
        for operands in ((Value(pair[0]), pair[1]), (pair[0], Value(pair[1])), map(Value, pair)):
            found = function(*operands)
            assert getattr(found, "data", found) == pytest.approx(function(*pair), nan_ok=True)
    compiled = compile(lambda x, y: function(x, y) * 1.0)
    assert compiled.value(*pair) == pytest.approx(function(*pair), nan_ok=True)
    assert grad(lambda x: function(x, 3.0))(3.0) == grad(lambda x: function(3.0, x))(3.0) == 0.5
    mixed = function(Value(2.0), np.array([1.0, 2.0, 3.0]))
    assert [float(x.data) for x in mixed] == list(function(2.0, np.array([1.0, 2.0, 3.0])))


@pytest.mark.parametrize("number", [-2.0, -0.0, 0.0, 3.0, np.inf, np.nan])
def test_the_sign_is_numpys(Value, number):
    assert np.sign(Value(number)) == pytest.approx(np.sign(number), nan_ok=True)


@pytest.mark.parametrize("kind", [np.longdouble, np.float16, np.float32, np.int64, np.uint8])
def test_every_number_of_numpy_goes_with_a_value(Value, kind):
    """Those of more digits than a float has are no floats to NumPy, and were asked for ever."""
    v, x = Value(2.0), kind(3)
    assert (v == x) == False  # noqa: E712
    assert v != x
    assert (v < x, x < v, x > v, v >= x, x <= v) == (True, False, True, False, False)
    assert [y.data for y in (x + v, x - v, v - x, x * v, v / x, x**v, x % v, x // v)] == [
        5.0, 1.0, -1.0, 6.0, 2.0 / 3.0, 9.0, 1.0, 1.0,
    ]  # fmt: skip
    assert [y.data for y in (np.maximum(x, v), np.hypot(x, v), np.add(v, x))] == [
        3.0, math.hypot(3.0, 2.0), 5.0,
    ]  # fmt: skip
    assert [y.data for y in v + np.array([1, 2], kind)] == [3.0, 4.0]
    assert list(np.array([1, 3], kind) > v) == [False, True]
    assert [y.data for y in np.array([1, 3], kind) * np.array([v, v])] == [2.0, 6.0]
